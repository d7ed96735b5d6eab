from __future__ import annotations

import time

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.events import StageProgress, StageStarted
from engine.telemetry.ring import RingWriter
from gui.intents import (
    Connect,
    Disconnect,
    PlayInputs,
    RecordLive,
    ResetBoard,
    RunFreely,
    RunUntil,
    SaveImage,
    SaveText,
)
from gui.pages.live_page import LivePage
from gui.project_model import LiveState
from gui.widgets.live_cards import shares_of
from tests.gui import documents
from tests.gui.documents import CLASSES, STAGES, project_model


@pytest.fixture
def page(qtbot):
    page = LivePage()
    qtbot.addWidget(page)
    page.resize(940, 760)
    return page


@pytest.fixture
def ring(tmp_path):
    writer = RingWriter(tmp_path / "ring", capacity=8192)
    yield writer
    writer.close()


def _open(model, ring=None, **changes) -> None:
    path = str(ring.path) if ring is not None else ""
    state = {"state": "open", "link": "virtual", "ring": path, "since": time.time()}
    model.live = LiveState(**{**state, **changes})


def _inference(best: int, *, label: int | None = None, ms: float = 20.6) -> dict[str, object]:
    output = [-128] * len(CLASSES)
    output[best] = 120
    output[(best + 1) % len(CLASSES)] = -120
    frame: dict[str, object] = {"event": "inference", "latency_us": ms * 1e3, "output": output}
    return frame if label is None else {**frame, "label": label}


def test_empty_the_page_offers_to_flash(page, qtbot, tmp_path):
    page.refresh(project_model(tmp_path, done=STAGES[:6]))
    assert page.state == "empty"
    with qtbot.waitSignal(page.intent) as asked:
        page.empty.button.click()
    assert asked.args == [RunUntil("flash")]


def test_flashed_but_not_connected_nothing_is_invented(page, tmp_path):
    page.refresh(project_model(tmp_path, done=STAGES[:8]))
    assert page.state == "done"
    assert page.latency.number._text == "\u2013"
    assert page.latency.basis.text() == ""
    assert page.answer.word.text() == "\u2013"
    assert page.strip.latencies_ms.size == 0
    assert page.layers.bars.isHidden()
    assert page.footer().intent == Connect()
    assert not page.record.isEnabled()


def test_the_steps_of_the_last_write_with_their_seconds(page, tmp_path):
    page.refresh(project_model(tmp_path))
    shown = [(step.name, step.seconds) for step in page.flash.shown]
    assert shown == [
        ("Erase", 0.1), ("Write 54 KB", 0.8), ("Read back, compare", 0.3), ("Restart, say hello", 0.2)
    ]  # fmt: skip
    assert page.flash.badge.text == "Done, 1.4 s"


def test_an_answer_with_the_true_class_of_its_clip(page, tmp_path):
    model = project_model(tmp_path)
    _open(model)
    page.refresh(model)
    page.on_live(_inference(3, label=3))
    assert page.answer.title.text() == "It just heard"
    assert page.answer.word.text() == "down"
    assert page.answer.sure.text() == "97 % sure"
    assert page.answer.truth.text == "right: down"
    page.on_live(_inference(9, label=1))
    assert page.answer.word.text() == "go"
    assert page.answer.truth.text == "played: no"
    page.on_live(_inference(9))
    assert page.answer.truth.isHidden()  # running freely: nobody knows the truth


def test_the_basis_of_the_big_number_is_always_said(page, tmp_path):
    model = project_model(tmp_path)
    _open(model)
    page.refresh(model)
    page.on_live(_inference(0, ms=20.61))
    assert page.latency.number._text == "20.6"
    assert page.latency.basis.text() == "simulated, virtual board"
    _open(model, simulated=False, link="/dev/ttyACM0")
    page.refresh(model)
    assert page.latency.basis.text() == "measured on the chip"


def test_statistics_come_from_the_ring(page, qtbot, tmp_path, ring):
    model = project_model(tmp_path)
    values = 20_000 + np.random.default_rng(2).normal(0, 100, 600)
    values[10] = 45_000.0
    for index, value in enumerate(values):
        ring.append(index * 5e4, value)
    _open(model, ring)
    page.refresh(model)
    with qtbot.waitExposed(page):
        page.show()
    page.on_live(_inference(0))
    p50, p99 = np.percentile(values / 1e3, [50, 99])
    assert page.latency._rows["p50"][1].text() == f"{p50:.1f}"
    assert page.latency._rows["p99"][1].text() == f"{p99:.1f}"
    assert page.latency._rows["budget"][1].text() == "40.0"
    assert page.plots.strip_about.text() == "600 answers, 1 late"
    assert int(page.histogram.counts.sum()) == 600


def test_a_ring_named_by_the_recorder_is_opened(page, tmp_path, ring):
    model = project_model(tmp_path)
    _open(model)
    page.refresh(model)
    page.on_live({"event": "ring", "path": str(ring.path), "capacity": ring.capacity})
    ring.append(1.0, 20_000.0)
    page.strip.draw()
    assert page.strip.latencies_ms.tolist() == [20.0]
    page.on_live({"event": "ring", "path": str(tmp_path / "missing")})
    page.log.flush()
    assert "cannot be read" in page.log.toPlainText()


def test_pause_freezes_the_view_and_not_the_recording(page, qtbot, tmp_path, ring):
    model = project_model(tmp_path)
    _open(model, ring)
    page.refresh(model)
    with qtbot.waitExposed(page):
        page.show()
    ring.append(0.0, 20_000.0)
    page.on_live(_inference(0, ms=20.0))
    qtbot.mouseClick(page.pause, Qt.MouseButton.LeftButton)
    assert page.latency.state.text == "Paused"
    assert not page.strip.running
    ring.append(1e6, 33_000.0)
    page.on_live(_inference(1, ms=33.0))
    assert page.latency.number._text == "20.0"
    assert page.answer.word.text() == "yes"
    assert page.strip.latencies_ms.size == 1
    qtbot.mouseClick(page.pause, Qt.MouseButton.LeftButton)
    assert page.strip.latencies_ms.tolist() == [20.0, 33.0]
    assert page.latency.state.text == "Live"


def test_layers_of_the_board_against_the_prediction(page, tmp_path):
    model = project_model(tmp_path, done=STAGES[:8])
    _open(model)
    page.refresh(model)
    cycles = [1680 * (n + 1) for n in range(len(documents.LAYERS))]
    page.on_live({"event": "layers", "cycles": cycles})
    bars = page.layers.bars
    assert [layer.value for layer in bars.layers] == pytest.approx([0.01 * (n + 1) for n in range(12)])
    predicted = [layer.cycles / 168_000 for layer in documents.fit().layers]
    assert [layer.predicted for layer in bars.layers] == pytest.approx(predicted)
    assert page.layers.about.text() == "ms, sums to 0.780; mark: predicted"
    page.on_live(
        {"event": "layers", "cycles": [1, 2, 3]}
    )  # of another model: not shown under wrong names
    assert bars.isHidden()


def test_a_lost_board_is_said_and_the_data_stay(page, tmp_path, ring):
    model = project_model(tmp_path)
    ring.append(0.0, 20_000.0)
    _open(model, ring)
    page.refresh(model)
    page.on_live(_inference(2, ms=20.0))
    _open(model, ring, state="lost", since=time.time() - 4.2)
    page.refresh(model)
    assert not page.lost.isHidden()
    assert page.lost.title.text() == "The board stopped talking 4 s ago. Check the cable."
    assert page.latency.number._text == "20.0"
    assert page.latency.state.text == "Lost"
    assert page.strip.latencies_ms.size == 1
    assert not page.answer.play.isEnabled()
    assert page.footer().intent == Disconnect()


def test_the_footer_counts_lost_messages(page, tmp_path):
    model = project_model(tmp_path)
    _open(model, since=time.time() - 46)
    page.refresh(model)
    assert page.footer().intent == PlayInputs(500)
    assert "not known" in page.footer().hint
    page.on_live({"event": "stats", "lost_frames": 1, "host_lost_frames": 2})
    assert page.footer().hint == "Connected for 46 s, 3 lost messages"
    page.on_live(_inference(0))
    assert page.footer().intent == Disconnect()


def test_what_the_board_says_is_logged(page, tmp_path):
    model = project_model(tmp_path)
    _open(model)
    page.refresh(model)
    page.on_live(
        {"event": "hello", "board_id": "stm32f407", "clock_hz": 168_000_000, "arena_bytes": 16_000}
    )
    page.on_live({"event": "log", "level": 2, "message": "input late"})
    page.on_live(
        {"event": "fault", "message": "The firmware stopped: hard fault.", "hint": "Restart it."}
    )
    page.on_live(_inference(4))
    page.log.flush()
    lines = page.log.toPlainText().splitlines()
    assert "hello from stm32f407, 168 MHz, arena 16 KB" in lines[0]
    assert lines[1].startswith("! ")
    assert lines[2].startswith("x ")
    assert "left" in lines[-1]
    assert "20.6 ms" in lines[-1]


def test_a_long_line_of_the_log_is_wrapped(page, qtbot, tmp_path):
    model = project_model(tmp_path)
    _open(model)
    page.refresh(model)
    with qtbot.waitExposed(page):
        page.show()
    words = "The port cannot be opened: no such device. " * 4 + "/dev/serial/by-id/" + "x" * 120
    page.on_live({"event": "error", "message": words, "hint": ""})
    page.log.flush()
    assert words in page.log.toPlainText()
    assert page.log.horizontalScrollBar().maximum() == 0
    block = page.log.document().lastBlock()
    assert block.layout().lineCount() > 1


def test_a_problem_that_is_told_with_every_try_is_logged_once(page, tmp_path):
    model = project_model(tmp_path)
    _open(model)
    page.refresh(model)
    for _ in range(3):
        page.on_live({"event": "fault", "message": "The firmware stopped."})
        page.on_live({"event": "state", "state": "lost", "message": "The firmware stopped."})
    page.on_live({"event": "hello", "board_id": "stm32f407"})
    page.on_live({"event": "fault", "message": "The firmware stopped."})
    page.log.flush()
    assert page.log.toPlainText().count("The firmware stopped.") == 2


def test_a_flood_of_answers_does_not_flood_the_log(page, tmp_path):
    model = project_model(tmp_path)
    _open(model)
    page.refresh(model)
    for _ in range(100):
        page.on_live(_inference(0))
    page.log.flush()
    assert page.log.document().blockCount() < 30


def test_buttons_ask_and_nothing_else(page, tmp_path):
    model = project_model(tmp_path)
    _open(model)
    page.refresh(model)
    asked = []
    page.intent.connect(asked.append)
    for button in (
        page.answer.play,
        page.answer.free,
        page.flash.restart,
        page.flash.flash,
        page.record,
    ):
        button.click()
    assert asked == [PlayInputs(500), RunFreely(20.0), ResetBoard(), RunUntil("flash"), RecordLive(True)]


def test_exports(page, tmp_path, ring):
    model = project_model(tmp_path)
    for index in range(3):
        ring.append(index * 5e5, 20_000.0 + index)
    _open(model, ring)
    page.refresh(model)
    asked = []
    page.intent.connect(asked.append)
    page.csv.click()
    page.png.click()
    text, picture = asked
    assert isinstance(text, SaveText)
    assert text.text == (
        "time_s,latency_ms\n0.000000,20.000000\n0.500000,20.001000\n1.000000,20.002000\n"
    )
    assert isinstance(picture, SaveImage)
    assert not picture.image.isNull()


def test_flashing_shows_the_step_that_runs(page, tmp_path):
    model = project_model(tmp_path, done=STAGES[:7])
    model.job_event.connect(page.on_event)
    model.begin_job({"verb": "run", "until": "flash"})
    model.job.stages = STAGES[:8]
    page.refresh(model)
    model.take_event(StageStarted(stage="flash", title="Write it to the board"))
    model.take_event(StageProgress(stage="flash", done=30_000, total=60_000, unit="bytes written"))
    assert page.state == "busy"
    assert [step.running for step in page.flash.shown] == [False, True, False, False]
    assert all(step.seconds is None for step in page.flash.shown)
    assert page.flash.bar._share == 0.5
    assert not page.flash.flash.isEnabled()


def test_comparing_on_the_board_has_a_job_card(page, tmp_path):
    model = project_model(tmp_path, done=STAGES[:8])
    model.job_event.connect(page.on_event)
    model.begin_job({"verb": "run", "until": "board-run"})
    model.job.stages = STAGES
    model.take_event(StageStarted(stage="board-run", title="Compare the board's answers"))
    page.refresh(model)
    model.take_event(
        StageProgress(stage="board-run", done=120, total=400, unit="inputs", seconds_left=14.0)
    )
    assert not page.job_card.isHidden()
    assert page.job_card.detail.text() == "120 of 400 inputs"
    assert page.job_card.left.text() == "about 15 s left"


def test_an_older_model_on_the_board_is_stale(page, tmp_path):
    page.refresh(project_model(tmp_path, stale=("flash", "board-run")))
    assert page.state == "stale"
    assert page.footer().intent == RunUntil("flash")


def test_an_output_that_is_no_list_of_classes_has_no_word(page, tmp_path):
    model = project_model(tmp_path)
    _open(model)
    page.refresh(model)
    page.on_live({"event": "inference", "latency_us": 5e3, "output": [1, 2, 3]})
    assert page.answer.word.text() == "\u2013"
    assert not page.answer.hint.isHidden()
    assert page.latency.number._text == "5.00"


def test_hidden_pages_have_no_running_timer(page, qtbot, tmp_path, ring):
    model = project_model(tmp_path)
    _open(model, ring)
    page.refresh(model)
    with qtbot.waitExposed(page):
        page.show()
    page.refresh(model)
    timers = (page._statistics_timer, page._second_timer)
    assert all(timer.isActive() for timer in timers)
    assert page.strip.running
    page.hide()
    assert not any(timer.isActive() for timer in timers)
    assert not page.strip.running


def test_int8_softmax_shares():
    assert shares_of([-128, 0, 127]) == (0.0, 0.5, 255 / 256)


def test_the_page_fits_its_place_in_the_smallest_window(page, tmp_path):
    page.refresh(project_model(tmp_path))
    assert page.minimumSizeHint().width() <= 1280 - 212 - 76
