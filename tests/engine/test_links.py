from __future__ import annotations

import pytest

from engine.errors import BoardError
from engine.links import split_link
from engine.telemetry.link import serial_url


@pytest.mark.parametrize(
    ("link", "way", "line"),
    [
        ("virtual", "virtual", "virtual"),
        ("COM5", "COM5", "COM5"),
        ("socket://127.0.0.1:5000", "socket://127.0.0.1:5000", "socket://127.0.0.1:5000"),
        ("probe", "probe", ""),
        ("probe@COM12", "probe", "COM12"),
        ("probe:0669@/dev/ttyACM0", "probe:0669", "/dev/ttyACM0"),
        ("drive:/media/a@b", "drive:/media/a@b", ""),
        ("drive:/media/a@b@/dev/ttyACM0", "drive:/media/a@b", "/dev/ttyACM0"),
        ("drive:D:\\@COM3", "drive:D:\\", "COM3"),
        ("openocd:@socket://localhost:1", "openocd:", "socket://localhost:1"),
        ("dfu:355F@COM3", "dfu:355F", "COM3"),
    ],
)
def test_way_and_line(link: str, way: str, line: str) -> None:
    assert split_link(link) == (way, line)
    if line and not link.startswith("virtual"):
        assert serial_url(link) == line


def test_a_way_without_a_line_cannot_be_listened_to() -> None:
    with pytest.raises(BoardError, match="only writes firmware") as caught:
        serial_url("probe:0669")
    assert "probe:0669@PORT" in caught.value.hint
