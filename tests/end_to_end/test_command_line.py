"""The whole path on the command line: real training, compiler, virtual board and serial link."""

import json
import os
import signal
import sys
import time
from pathlib import Path

import pytest

from engine.board_access import open_board, start_virtual_board
from engine.boards import load_board
from engine.child import run_tool
from engine.errors import BoardError
from engine.pipeline import readiness
from engine.project import open_project
from engine.recipe import QuantizeStep, Recipe
from engine.summaries import BuildSummary
from engine.telemetry.board_session import BoardSession
from tests.helpers.command_line import ROOT, thimble


def built_elf(folder):
    state = next(s for s in readiness(open_project(folder)) if isinstance(s.summary, BuildSummary))
    return state.folder / state.summary.elf


def test_from_data_to_the_board_without_one_different_byte(digits_project):
    folder, outcome = digits_project
    assert outcome.exit_code == 0, outcome.stderr
    (closing,) = outcome.results
    assert closing["mismatched_bytes"] == 0
    assert closing["inputs_compared"] > 400
    assert closing["layers_passed"] is True
    assert closing["accuracy_int8_board"] == closing["accuracy_int8_host"]
    assert closing["accuracy_int8_board"] > 0.8  # ten digits: guessing gives 0.1
    assert closing["arena_bytes"] >= closing["arena_lower_bound_bytes"] > 0
    assert closing["basis"] == "simulated"
    assert {s.state for s in readiness(open_project(folder))} == {"done"}


def test_second_run_computes_nothing_again(digits_project):
    folder, first = digits_project
    again = thimble("run", folder)
    assert again.exit_code == 0
    cached = {e["stage"]: e["cached"] for e in again.events if e["event"] == "stage_finished"}
    assert {stage for stage, was in cached.items() if not was} == {"flash"}
    assert again.results == first.results


def test_events_of_the_run_are_kept(digits_project):
    folder, outcome = digits_project
    first_diary = min((folder / "runs").iterdir()) / "events.jsonl"
    kept = [json.loads(line) for line in first_diary.read_text("utf-8").splitlines()]
    assert kept == [e for e in outcome.events if e["event"] != "result"]


def test_changed_calibration_converts_again_but_does_not_train(digits_project):
    folder, _ = digits_project
    project = open_project(folder)
    before = project.recipe
    project.recipe = Recipe((*before.steps[:2], QuantizeStep(calibration_samples=120)))
    project.save()
    try:
        outcome = thimble("run", folder, "--until", "convert")
        cached = {e["stage"]: e["cached"] for e in outcome.events if e["event"] == "stage_finished"}
        assert cached["step-1-train"] is True
        assert cached["convert"] is False
    finally:
        project.recipe = before
        project.save()


def test_monitor_shows_right_answers_of_test_examples(digits_project):
    folder, _ = digits_project
    outcome = thimble("monitor", folder, "--count", "20", "--layers")
    assert outcome.exit_code == 0, outcome.stderr
    rows = outcome.results
    assert len(rows) == 20
    assert sum(row["answer"] == row["expected"] for row in rows) > 14
    assert all(sum(row["layers"]) <= row["cycles"] * 1.1 for row in rows)
    assert [row["sequence"] for row in rows] == sorted(row["sequence"] for row in rows)


def test_emulated_board_answers_on_its_port_and_ends_with_the_command(digits_project):
    folder, _ = digits_project
    child, listening = start_virtual_board("stm32f407", elf=built_elf(folder))
    try:
        outcome = thimble("monitor", "--on", listening["uart"], "--count", "3")
        assert outcome.exit_code == 0, outcome.stderr
        assert len({row["cycles"] for row in outcome.results}) >= 1
        with BoardSession(listening["uart"]) as session:
            assert session.hello().board_id == "stm32f407"
    finally:
        child.stop()
    assert not child.running


def test_instruction_count_is_the_same_run_after_run(digits_project):
    folder, _ = digits_project
    counts = []
    for _ in range(2):
        with open_board("virtual", "stm32f407") as access:
            from engine.events import CancelToken, discard

            access.flash(built_elf(folder), report=discard, cancel=CancelToken())
            session = access.session()
            session.run(bytes(session.hello().input_bytes))
            counts.append(access.statistics()["instructions"])
    assert counts[0] == counts[1] > 100_000


def test_simulated_time_carries_the_error_bar_of_its_board(digits_project):
    folder, _ = digits_project
    ran = next(s.summary for s in readiness(open_project(folder)) if s.stage == "board-run")
    assert ran.latency_ms.basis == "simulated"
    assert ran.latency_ms.error_percent == load_board("stm32f407").cycle_error_percent > 0


def test_a_serial_line_without_a_boot_loader_says_how_to_start_it(digits_project):
    folder, _ = digits_project
    child, listening = start_virtual_board("stm32f407", elf=built_elf(folder))
    with child:
        outcome = thimble("flash", folder, "--on", listening["uart"])
    assert outcome.exit_code == 8
    assert "BOOT0" in outcome.failure["hint"]


def test_unplugged_board_is_a_clear_error(digits_project):
    folder, _ = digits_project
    child, listening = start_virtual_board("stm32f407", elf=built_elf(folder))
    session = BoardSession(listening["uart"])
    session.hello()
    child.stop()
    with pytest.raises(BoardError):
        session.run(bytes(64))
    session.close()


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_interrupt_cancels_cleanly(tmp_path):
    folder = tmp_path / "d.thimble"
    assert thimble("new", folder, "--task", "images", "--board", "stm32f407").exit_code == 0
    script = (
        "import os, signal, sys\n"
        "from engine.cli import main\n"
        "import engine.cli as cli\n"
        "show = cli.to_json\n"
        "def stop_at_first_epoch(event):\n"
        "    if event.kind == 'epoch_ended':\n"
        "        os.kill(os.getpid(), signal.SIGINT)\n"
        "    return show(event)\n"
        "cli.to_json = stop_at_first_epoch\n"
        f"sys.exit(main(['run', {str(folder)!r}, '--json']))\n"
    )
    started = time.monotonic()
    done = run_tool([sys.executable, "-c", script], env={"PYTHONPATH": str(ROOT)})
    assert done.returncode == 9, done.stderr
    failures = [json.loads(x) for x in done.stdout.splitlines() if "stage_failed" in x]
    assert [f["code"] for f in failures] == ["cancelled"]
    assert "Traceback" not in done.stderr
    assert time.monotonic() - started < 200
    states = {s.stage: s.state for s in readiness(open_project(folder))}
    assert states["data"] == "done"
    assert states["step-1-train"] == "todo"


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGKILL")
def test_killed_run_goes_on_where_it_stopped(tmp_path):
    folder = tmp_path / "d.thimble"
    assert thimble("new", folder, "--task", "images", "--board", "stm32f407").exit_code == 0
    recipe = folder / "recipe.toml"
    recipe.write_text(recipe.read_text().replace("epochs = 30", "epochs = 4", 1))
    script = (
        "import os, signal, sys\n"
        "import engine.cli as cli\n"
        "show = cli.to_json\n"
        "def die_at_second_epoch(event):\n"
        "    if event.kind == 'epoch_ended' and event.epoch == 2:\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "    return show(event)\n"
        "cli.to_json = die_at_second_epoch\n"
        f"sys.exit(cli.main(['run', {str(folder)!r}, '--until', 'step-1-train', '--json']))\n"
    )
    done = run_tool([sys.executable, "-c", script], env={"PYTHONPATH": str(ROOT)})
    assert done.returncode == -signal.SIGKILL
    outcome = thimble("run", folder, "--until", "step-1-train")
    assert outcome.exit_code == 0, outcome.stderr
    epochs = [e["epoch"] for e in outcome.events if e["event"] == "epoch_ended"]
    assert epochs in ([2, 3, 4], [3, 4])  # the epoch being written at the kill may be lost
    leftovers = [p for p in Path(folder).rglob(".*") if p.is_dir()]
    assert leftovers == []
    assert os.path.exists(folder / "project.json")
