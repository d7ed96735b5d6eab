"""Where the board's inputs come from: the card of the live page, and the processes behind it."""

from __future__ import annotations

import base64
import time

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.meaning import Meaning
from engine.project import create_project
from gui.intents import ChooseInput, SendInput
from gui.live_input import InputState
from gui.pages.live_page import LivePage
from gui.project_model import LiveState
from gui.widgets.clip_preview import clip_picture
from tests.gui.documents import CLASSES, project_model
from tests.helpers.fed_microphone import fed_microphone, require_portaudio, spoken_words
from tests.helpers.projects import told_by
from tests.helpers.shared_data import shared_data

SECONDS = 60_000
ROWS = np.random.default_rng(4).integers(-128, 128, (30, 490)).astype(np.int8)
WORDS = ("down", "go", "left", "no", "off", "on", "right", "stop", "up", "yes", "silence", "unknown")


@pytest.fixture
def page(qtbot):
    page = LivePage()
    qtbot.addWidget(page)
    page.resize(940, 760)
    return page


@pytest.fixture
def model(tmp_path):
    model = project_model(tmp_path)
    hello: dict[str, object] = {"input_bytes": 490}
    model.live = LiveState(state="open", link="virtual", hello=hello, since=time.time())
    labels = np.arange(30) % len(CLASSES)
    model.input = InputState(rows=ROWS, labels=labels, classes=tuple(CLASSES))
    return model


def test_the_clip_that_was_played_is_shown(page, model):
    page.refresh(model)
    page.on_live({"event": "inference", "latency_us": 9e3, "output": [0] * 10, "index": 7})
    assert np.array_equal(page.input.preview.picture, clip_picture(ROWS[7], (1, 49, 10, 1)))
    assert page.input.preview.accessibleDescription() == f"Clip 8 of 30: {CLASSES[7]}"


def test_an_input_is_chosen_by_hand_from_the_keyboard(page, qtbot, model):
    model.input = InputState("hand", rows=ROWS)
    page.refresh(model)
    page.show()
    page.input.number.setFocus()
    with qtbot.waitSignal(page.intent) as asked:
        qtbot.keyClick(page.input.number, Qt.Key.Key_Up)
    assert asked.args == [SendInput(ROWS[1].tobytes())]
    model.input = InputState("hand")  # no test set: all values alike
    page.refresh(model)
    page.input.number.setValue(-3)
    with qtbot.waitSignal(page.intent) as asked:
        page.input.send.click()
    assert asked.args == [SendInput(b"\xfd" * 490)]


def test_a_microphone_shows_its_level_and_the_last_second(page, qtbot, model):
    page.refresh(model)
    with qtbot.waitSignal(page.intent) as asked:
        page.input.sources["microphone"].click()
    assert asked.args == [ChooseInput("microphone")]
    model.input = InputState("microphone", ("USB", "Webcam"), "USB", hearing=True)
    page.refresh(model)
    page.on_live({"event": "heard_level", "db": -23.2})
    assert page.input.level.accessibleDescription() == "\u221223 dB"
    spectrum = np.arange(12, dtype=np.uint8).reshape(3, 4)
    text = base64.b64encode(spectrum.tobytes()).decode()
    page.on_live({"event": "heard_clip", "spectrum": text, "rows": 3, "wave": [[-0.5, 0.5]] * 9})
    assert np.array_equal(page.input.preview.picture, spectrum)
    page.input.preview.grab()
    with qtbot.waitSignal(page.intent) as asked:
        page.input.devices.activated.emit(1)
    assert asked.args == [ChooseInput("microphone", "Webcam")]


def test_the_time_of_the_features_says_who_made_them(page, model):
    page.refresh(model)
    assert page.latency.features.isHidden()
    page.on_live({"event": "clip", "made_on": "board", "features_us": 20_580.0})
    assert page.latency.features.text() == "+ 20.6 ms  features made on the board, simulated"
    page.on_live({"event": "clip", "made_on": "host", "features_us": 850.0})
    assert page.latency.features.text() == "+ 0.850 ms  features made on this computer, measured"


def test_without_a_microphone_reason_and_cure_stand_there(page, qtbot, model):
    model.input = InputState("microphone", problem="No microphone was found.", hint="Plug one in.")
    page.refresh(model)
    assert page.input.problem.text() == "No microphone was found."
    assert page.input.cure.text() == "Plug one in."
    with qtbot.waitSignal(page.intent) as asked:
        page.input.again.click()
    assert asked.args == [ChooseInput("microphone")]


def test_a_network_for_pictures_is_not_fed_with_sound(page, model):
    model.project.task = "images"
    page.refresh(model)
    assert not page.input.sources["microphone"].isEnabled()
    assert page.input.sources["microphone"].toolTip() == "This model is not fed with sound"


def words_project(folder):
    return create_project(
        folder / "words",
        task="keywords",
        model_file=shared_data("models", "tflite", "mlperf_kws_int8.tflite"),
        board_id="stm32f407",
        meaning=Meaning(task="keywords", classes=WORDS),
        front_end="board",
    )


def test_the_process_that_hears_tells_what_is_missing(qtbot, tmp_path, monkeypatch, window):
    nothing = tmp_path / "asound.conf"
    nothing.write_text("pcm.!default { type hw card 31 }", "utf-8")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(nothing))
    model, inputs = window.model, window.work.input
    inputs.choose("microphone")
    assert model.input.hint  # no project: nothing could be heard by anybody
    window.work.open_project_folder(words_project(tmp_path).folder)
    inputs.choose("microphone")
    qtbot.waitUntil(lambda: bool(model.input.problem), timeout=SECONDS)
    assert "icrophone" in model.input.problem
    assert model.input.hint
    assert not model.input.hearing
    inputs.choose("clips")
    assert model.input.problem == ""


def test_spoken_words_are_answered_live(qtbot, tmp_path, monkeypatch, window):
    require_portaudio()
    project = words_project(tmp_path)
    told_by("build", target=str(project.folder), out=str(tmp_path / "built"))
    model, inputs, link = window.model, window.work.input, window.work.live
    board = window.work.virtual_board
    answers: list[str] = []
    made_on: set[object] = set()

    def take(frame: dict[str, object]) -> None:
        if frame["event"] == "inference":
            answers.append(WORDS[int(np.argmax(frame["output"]))])
        elif frame["event"] == "clip":
            made_on.add(frame["made_on"])

    model.live_frame.connect(take)
    window.work.open_project_folder(project.folder)
    with qtbot.waitSignal(board.listening, timeout=SECONDS):
        board.start("stm32f407", tmp_path / "built" / "firmware.elf")
    link.connect_to(board.uart, link="virtual", simulated=True)
    qtbot.waitUntil(lambda: model.live.state == "open", timeout=SECONDS)
    with fed_microphone(tmp_path, spoken_words("yes", "stop"), monkeypatch):
        inputs.choose("microphone")
        qtbot.waitUntil(lambda: {"yes", "stop"} <= set(answers), timeout=SECONDS)
        assert model.input.hearing
        assert made_on == {"board"}
        inputs.choose("clips")
        assert not model.input.hearing
