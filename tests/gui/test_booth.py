"""Booth mode: it shows answers by itself, comes back by itself, and lets nobody into the settings."""

from __future__ import annotations

import os
import signal
import time

import numpy as np
import pytest
from PySide6.QtCore import Qt

from gui.booth import Booth, clip_picture
from gui.project_model import LiveState
from gui.spoken_words import SpokenWords
from gui.translation import LANGUAGES, language
from gui.widgets import booth_screen
from gui.widgets.booth_canvas import BoothAnswer, BoothFacts
from gui.widgets.booth_screen import BoothScreen
from tests.gui.documents import project_model
from tests.helpers.booth_project import booth_project

SECONDS = 90_000
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
LEAVE = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.ShiftModifier
)
FACTS = BoothFacts(
    board="STM32F407 Discovery", clock_hz=168_000_000, ram_bytes=192 * 1024, flash_bytes=1024 * 1024,
    task="keywords", classes=("yes", "no", "up", "down", "left", "right", "on", "off", "stop", "go"),
    program_bytes=45_000, memory_bytes=13_000, accuracy=0.975, tested=240,
)  # fmt: skip


@pytest.fixture(autouse=True)
def back_to_english():
    language().apply("en")
    yield
    language().apply("en")


@pytest.fixture
def screen(qtbot):
    shown = BoothScreen()
    shown.view.facts, shown.view.mode = FACTS, "playing"
    qtbot.addWidget(shown, before_close_func=lambda widget: setattr(widget, "may_close", True))
    with qtbot.waitExposed(shown):
        shown.show()
    shown.resize(1440, 900)
    return shown


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return booth_project(tmp_path_factory.mktemp("booth"))


def test_the_show_runs_survives_a_killed_board_and_leaves_nothing(qtbot, window, project):
    window.work.open_project_folder(project)
    booth = Booth(window)
    booth.open()
    screen = booth.screen
    assert not window.isVisible()
    qtbot.waitUntil(lambda: booth.answers >= 2, timeout=SECONDS)
    answer = screen.view.answer or screen.view.latencies
    assert answer
    assert screen.view.latencies[0] > 0
    assert screen.view.facts.program_bytes > 1000
    assert screen.view.clip.shape == (8, 8)
    os.kill(window.work.virtual_board._process.process_id, KILL)
    qtbot.waitUntil(lambda: screen.view.mode == "lost", timeout=SECONDS)
    seen = booth.answers
    qtbot.waitUntil(lambda: booth.answers > seen, timeout=SECONDS)
    assert screen.view.mode == "playing"
    assert booth.reconnects == 1
    booth.reset()
    assert screen.view.answers == 0
    qtbot.waitUntil(lambda: screen.view.answers > 0, timeout=SECONDS)
    with qtbot.waitSignal(screen.destroyed):
        qtbot.keyClick(screen, Qt.Key.Key_Q, LEAVE)
    assert window.isVisible()
    assert booth.screen is None
    assert not booth._second.isActive()
    assert not booth._next_clip.isActive()
    assert window.model.live.state == "closed"
    assert window.model.project.folder == project


def test_a_board_that_says_nothing_is_connected_anew(qtbot, window, project, monkeypatch):
    monkeypatch.setattr("gui.booth._SILENCE_SECONDS", 1.0)
    window.work.open_project_folder(project)
    booth = Booth(window)
    booth.open()
    qtbot.waitUntil(lambda: booth.answers >= 1, timeout=SECONDS)
    window.work.disconnect_board()
    seen = booth.answers
    qtbot.waitUntil(lambda: booth.answers > seen, timeout=SECONDS)
    booth.close()


def test_a_stopped_program_is_restarted(window, monkeypatch):
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(window.work.live, "send", sent.append)
    window.model.live = LiveState(state="lost", fault={"kind": "division_by_zero"})
    Booth(window)._revive()
    assert sent[0] == {"reset": True}


def test_a_job_that_fails_is_told_and_tried_again(qtbot, window, monkeypatch):
    booth = Booth(window)
    asked = []

    def fails(task, board_id=""):
        asked.append(task)
        window.model.begin_job({"verb": "new"})
        window.model.end_job(1)

    monkeypatch.setattr(window.work, "new_from_task", fails)
    monkeypatch.setattr("gui.booth._TRY_AGAIN_SECONDS", 0.1)
    booth.open()
    assert booth.screen.view.mode == "problem"
    qtbot.waitUntil(lambda: len(asked) >= 3, timeout=10_000)
    booth.leave()
    assert window.isVisible()


def test_only_the_combination_leaves(qtbot, screen):
    left = []
    screen.leave_asked.connect(lambda: left.append(1))
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_Q, Qt.Key.Key_F1, Qt.Key.Key_F11):
        qtbot.keyClick(screen, key)
    for key in (Qt.Key.Key_K, Qt.Key.Key_Q, Qt.Key.Key_O):
        qtbot.keyClick(screen, key, Qt.KeyboardModifier.ControlModifier)
    screen.close()
    assert screen.isVisible()
    assert left == []
    qtbot.keyClick(screen, Qt.Key.Key_Q, LEAVE)
    assert left == [1]


def test_one_key_begins_anew_and_keys_and_buttons_change_the_language(qtbot, screen):
    with qtbot.waitSignal(screen.reset_asked):
        qtbot.keyClick(screen, Qt.Key.Key_R)
    with qtbot.waitSignal(screen.language_asked) as asked:
        qtbot.keyClick(screen, Qt.Key.Key_L)
    assert asked.args == ["zh_TW"]
    with qtbot.waitSignal(screen.language_asked) as asked:
        qtbot.mouseClick(screen.languages["en"], Qt.MouseButton.LeftButton)
    assert asked.args == ["en"]


def test_the_inviting_screen_comes_when_nobody_is_there_and_goes_by_a_touch(qtbot, screen):
    screen.idle_seconds = 0.0
    screen._touched = time.monotonic()
    qtbot.waitUntil(lambda: screen.view.attract, timeout=3000)
    screen.idle_seconds = 60.0
    qtbot.mouseMove(screen.canvas, screen.rect().center())
    qtbot.mouseClick(screen.canvas, Qt.MouseButton.LeftButton)
    assert not screen.view.attract


@pytest.mark.parametrize("still", [False, True])
def test_reduced_motion_shows_a_clip_at_once(qtbot, screen, monkeypatch, still):
    monkeypatch.setattr(booth_screen, "reduced_motion", lambda: still)
    screen.view.clip = np.zeros((4, 8), np.uint8)
    screen.begin_clip()
    assert (screen.view.clip_share == 1.0) is still
    assert (screen._timer.interval() == booth_screen._SLOW_MS) is still


@pytest.mark.parametrize("name", list(LANGUAGES))
@pytest.mark.parametrize("size", [(1280, 720), (1440, 900), (3840, 2160)])
def test_every_text_has_room(qtbot, screen, name, size):
    language().apply(name)
    screen.say_language()
    screen.resize(*size)
    view = screen.view
    view.answer = BoothAnswer("seven", 0.99, "down", 1234.5)
    view.latencies = (1234.5, 1234.0)
    view.answers = view.right = 123_456
    view.clip = np.zeros((10, 49), np.uint8)
    modes = [("playing", False), ("playing", True), ("lost", False), ("preparing", False)]
    for listens, (mode, attract) in [*((False, m) for m in modes), *((True, m) for m in modes[:2])]:
        view.mode, view.attract, view.listens, view.work = mode, attract, listens, "fit"
        picture = screen.grab()
        assert not picture.isNull()
        small = {text: share for text, share in screen.canvas.shrunk.items() if share < 0.7}
        assert small == {}


def listening_booth(window, monkeypatch, tmp_path, *, heard):
    """Booth mode before a keyword project whose board is connected; no process runs."""
    monkeypatch.setattr(window.work, "connect_board", lambda: None)
    sent: list[dict[str, object]] = []
    monkeypatch.setattr(window.work.live, "send", sent.append)
    started = {"hearing": True} if heard else {"problem": "No microphone was found.", "hint": "Plug."}
    monkeypatch.setattr(window.work.input, "_start_hearing", lambda: window.work.input._set(**started))
    model = project_model(tmp_path)
    window.model.project, window.model.stages = model.project, model.stages
    booth = Booth(window)
    booth.open()
    return booth, sent


def test_visitors_speak_where_there_is_a_microphone(window, monkeypatch, tmp_path):
    booth, _sent = listening_booth(window, monkeypatch, tmp_path, heard=True)
    view, model = booth.screen.view, window.model
    assert view.listens
    classes = view.facts.classes
    output = [-128] * len(classes)
    output[3] = 110
    answer = {"event": "inference", "output": output, "latency_us": 20_000.0}
    model.take_live_frame(answer)
    assert view.answer is None  # nobody spoke
    model.take_live_frame({"event": "heard_level", "db": -12.0})
    model.take_live_frame(answer)
    model.take_live_frame(answer)  # the same word in the next clip
    assert view.answer.word == classes[3]
    assert (view.answers, booth.answers) == (1, 1)
    assert not booth.screen.grab().isNull()
    booth.leave()
    assert model.input.source == "clips"


def test_without_a_microphone_clips_are_played(window, monkeypatch, tmp_path):
    booth, sent = listening_booth(window, monkeypatch, tmp_path, heard=False)
    assert not booth.screen.view.listens
    assert "play" in sent[-1]
    booth.leave()


def test_what_is_no_word_is_not_taken_for_one():
    words, classes = SpokenWords(), ["yes", "_silence_", "unknown"]
    words.hear_level(-10.0, 5.0)
    assert words.judge((0.1, 0.9, 0.0), classes, 5.1) == (-1, False)
    assert words.judge((0.5, 0.3, 0.2), classes, 5.1) == (-1, False)
    assert words.judge((0.9, 0.1, 0.0), classes, 5.1) == (0, True)
    assert words.judge((0.9, 0.1, 0.0), classes, 5.6) == (0, False)
    assert words.judge((0.9, 0.1, 0.0), classes, 9.0) == (-1, False)  # long after the sound
    words.hear_level(-10.0, 9.0)
    assert words.judge((0.9, 0.1, 0.0), classes, 9.1) == (0, True)


def test_the_window_offers_it(qtbot, window):
    with qtbot.waitSignal(window.booth_asked):
        window.top_bar.booth.click()


def test_a_sound_lies_with_time_to_the_right():
    row = np.zeros((49, 10), np.int8)
    row[48, 0] = 100  # the last moment, the lowest tone
    picture = clip_picture(row.reshape(-1), (49, 10, 1))
    assert picture.shape == (10, 49)
    assert picture[9, 48] == 255
    assert clip_picture(row.reshape(-1), (7,)).shape == (1, 490)
