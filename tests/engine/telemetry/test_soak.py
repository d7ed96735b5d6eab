"""The soak in short: nothing is lost over any line, and a line that was unplugged comes back."""

from __future__ import annotations

import sys

import pytest

if sys.platform != "linux":
    pytest.skip("the soak reads /proc", allow_module_level=True)

from tests.soak import __main__ as soak


@pytest.mark.parametrize(("over", "frames"), [("socket", 70_000), ("terminal", 5_000)])
def test_every_frame_arrives(over: str, frames: int, capsys: pytest.CaptureFixture[str]) -> None:
    """Over the socket, more than there are sequence numbers."""
    soak.stream(over, frames)
    assert f"{frames:,} frames arrived, 0 lost, 0 damaged" in capsys.readouterr().out


def test_lines_that_were_unplugged_come_back(capsys: pytest.CaptureFixture[str]) -> None:
    soak.replug(4)
    told = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in told] == ["socket", "terminal"]
