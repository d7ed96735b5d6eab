"""The commands about boards, as programs see them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from engine.device import detect as detect_module
from engine.device.mounted_drives import Drive
from engine.device.target_packs import TargetPackMissing
from engine.device.udev import rules_text
from engine.events import CancelToken, Event, StageFailed, to_json
from engine.terminal import TerminalView
from engine.verbs import perform
from tests.helpers.fake_pyocd import Installed

ROOT = Path(__file__).resolve().parents[3]


def run(**arguments: Any) -> list[dict[str, Any]]:
    """The events of a verb, as `--json` prints them."""
    events: list[Event] = []
    perform(arguments, report=events.append, cancel=CancelToken())
    return [json.loads(to_json(event)) for event in events]


def promised(verb: str) -> set[str]:
    """Keys in the table of docs/command-line.md."""
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8").split("`--json`", 1)[1]
    row = next(line for line in text.splitlines() if line.startswith(f"| `{verb}` |"))
    return set(re.sub(r"\(.*?\)", "", row.split("|")[2]).replace(" ", "").split(","))


def test_ports_gives_the_promised_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detect_module, "serial_ports", list)
    monkeypatch.setattr(detect_module, "_usb_or_pyocd", list)
    drive = Drive(Path("/media/NODE_F446RE"), "image", "ST-LINK drive", "0777")
    monkeypatch.setattr(detect_module, "mounted_drives", lambda: [drive])
    events = run(verb="ports")
    assert len(events) == 1
    assert set(events[0]) == {"event"} | promised("ports")
    assert events[0]["boards"] == ["stm32f446"]


def test_with_nothing_plugged_in_the_cable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("serial_ports", "mounted_drives", "_usb_or_pyocd"):
        monkeypatch.setattr(detect_module, name, list)
    events = run(verb="ports")
    assert [event["event"] for event in events] == ["log_line"]
    assert "no data lines" in events[0]["text"]


def test_doctor_writes_the_rules_and_names_the_command(tmp_path: Path) -> None:
    file = tmp_path / "60-thimble.rules"
    events = run(verb="doctor", udev=str(file))
    assert file.read_text("utf-8") == rules_text()
    assert events[-1]["command"].startswith("sudo cp")


def test_doctor_gets_a_pack(
    fake_pyocd: Installed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.device.target_packs.pack_files_folder", lambda: tmp_path)
    assert "is here now" in run(verb="doctor", pack="stm32f446")[-1]["pack"]
    fake_pyocd.packs, fake_pyocd.reachable = [], False
    with pytest.raises(TargetPackMissing) as caught:
        run(verb="doctor", pack="stm32f446")
    assert str(tmp_path) in caught.value.hint


def test_a_failure_with_a_picture_names_its_file(capfd: pytest.CaptureFixture[str]) -> None:
    view = TerminalView()
    view.show(StageFailed(stage="", code="x", message="m", hint="h", facts={"picture": "boot0"}))
    shown = capfd.readouterr().err
    path = Path(shown.split("Picture: ", 1)[1].strip())
    assert path.is_file()
