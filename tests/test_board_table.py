"""The table of boards tells of each model whether it has room, and what ran with which toolchain."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import board_table
from tests.board_table import model_file, rows
from tests.helpers.shared_data import shared_data


@pytest.fixture(autouse=True)
def models() -> None:
    """Skips where the shared models are absent."""
    shared_data("models", "tflite", model_file("kws").name)


def test_a_model_runs_with_each_toolchain_that_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    zig = [tools for tools in board_table.available_toolchains() if tools.name == "zig"]
    monkeypatch.setattr(board_table, "available_toolchains", lambda: tuple(zig))

    ran, absent = rows(["stm32f407"], ["kws"], 2)

    assert ran.toolchain.startswith("zig")
    assert ran.fits.startswith("yes: flash ")
    assert "of 512 KB, RAM " in ran.fits
    assert ran.mismatched_bytes == "0 in 2 inputs"
    assert float(ran.simulated_ms) > 0
    assert absent.toolchain == "gcc"
    assert absent.mismatched_bytes == "arm-none-eabi-gcc is not installed"
    assert not ran.faulty
    assert not absent.faulty


def test_a_model_without_room_says_why_and_is_not_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*arguments: object, **settings: object) -> None:
        raise AssertionError("something was built")

    monkeypatch.setattr(board_table, "bench_rows", build)

    (row,) = rows(["cortex-m0plus"], ["ad"], 1)

    assert row.fits.startswith("no, nothing is built: Flash: needs ")
    assert row.fits.endswith("board has 128 KB.")
    assert not row.faulty
    assert "|" not in row.line().strip("| ").replace(" | ", "")


def test_without_the_models_it_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(board_table, "model_file", lambda name: tmp_path / f"{name}.tflite")
    monkeypatch.setattr("sys.argv", ["board_table", "--model", "kws"])
    assert board_table.main() == 2
    assert "kws.tflite" in capsys.readouterr().err
