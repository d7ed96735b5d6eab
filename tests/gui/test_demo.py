from __future__ import annotations

from engine.figures import Predicted, Simulated
from gui.demo import closing_table
from gui.heartbeat import Heartbeat
from gui.project_model import ProjectModel
from tests.gui.states import model_with, project_in
from tests.gui.test_readings import board_run, build_summary, fit_summary


def test_the_closing_table_invents_nothing(qapp):
    assert {value for _, value in closing_table(ProjectModel())} == {"\u2013"}


def test_the_closing_table_sets_amounts_against_the_board(qapp, tmp_path):
    model = model_with(
        project_in(tmp_path),
        fit=fit_summary(flash=Predicted(1, "bytes")),
        build=build_summary(flash_bytes=44 * 1024),
        board_run=board_run(Simulated(22.4, "ms")),
    )
    table = dict(closing_table(model))
    assert table["Flash"] == "44 KB of 1,024 KB"
    assert table["RAM"] == "40 KB of 192 KB"
    assert table["Arena"] == "20,000 bytes, lower bound 20,000"
    assert table["Time per inference"] == "22.4 ms (simulated)"
    assert table["Bytes unlike TFLite Micro"] == "0 over 10 inputs"


def test_the_heartbeat_sees_a_blocked_window(qtbot):
    heartbeat = Heartbeat(lambda: "here")
    heartbeat.start()
    qtbot.waitUntil(lambda: heartbeat.worst_label == "here")
    before = heartbeat.worst_gap_ms

    def block() -> None:
        total = 0
        while total < 3_000_000:
            total += 1

    block()
    qtbot.waitUntil(lambda: heartbeat.worst_gap_ms > before)
    assert heartbeat.worst_work_ms > 0
    heartbeat.stop()
