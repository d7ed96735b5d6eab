"""Samples of a data set in the window: seen, heard, counted, and what looks wrong."""

from __future__ import annotations

import base64
import dataclasses
import io
import os
import stat
import wave

import numpy as np
import pytest
from PySide6.QtCore import Qt

from engine.data.spec import NO_DATA, DataSpec
from engine.events import StageFailed
from engine.examples import ClassCount, DataLook, DataProblem, Example, HardExample
from engine.summaries import StepSummary
from gui.intents import LookAtData, PlaySound, ShowExamples
from gui.lookups import LookedUp, look_question
from gui.pages.model_page import ModelPage
from gui.pages.train_page import TrainPage
from gui.readings import readings
from gui.sound_player import PLAYERS, SoundPlayer
from gui.widgets.count_bars import CountBars
from gui.widgets.data_preview import DataPreview
from gui.widgets.mistakes_card import HARDEST
from tests.gui import documents
from tests.gui.documents import STEP, project_model
from tests.gui.states import project_in
from tests.gui.test_without_data import candidate

SECONDS = 60_000


def wav() -> str:
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(bytes(3200))
    return base64.b64encode(file.getvalue()).decode()


def sound(origin: str, label: str = "yes") -> Example:
    shades = base64.b64encode(bytes(range(64))).decode()
    return Example(
        origin=origin, label=label, kind="sound", wav=wav(), seconds=0.1, wave=[-9, 9] * 8,
        grid=shades, grid_size=(8, 8),
    )  # fmt: skip


def look(**changes) -> DataLook:
    values = {
        "source": "words", "kind": "sound", "samples": 900, "checked": 400,
        "classes": [ClassCount("yes", 600), ClassCount("no", 300)],
        "problems": [], "examples": [sound("yes/a.wav#0"), sound("no/b.wav#0", "no")],
    }  # fmt: skip
    return DataLook(**{**values, **changes})


@pytest.fixture
def preview(qtbot):
    preview = DataPreview()
    qtbot.addWidget(preview)
    preview.resize(900, 700)
    return preview


def test_the_preview_says_that_it_looks_and_why_it_could_not(preview, qtbot):
    preview.show_look(LookedUp(), [])
    assert "Looking" in preview.state.text()
    assert preview._shown.isHidden()
    failure = StageFailed(stage="", code="bad-input-file", message="No folder.", hint="Choose again.")
    preview.show_look(LookedUp(failure=failure), [])
    assert preview.state.text() == "No folder. Choose again."
    with qtbot.waitSignal(preview.again_asked):
        preview.again.click()
    preview.show_look(LookedUp(look=look(examples=[])), [])
    assert "None of the files" in preview.state.text()


def test_the_preview_shows_samples_counts_and_problems(preview):
    problems = [
        DataProblem("silent", 3, ["no/x.wav", "no/y.wav"]),
        DataProblem("unbalanced", 2, ["yes", "no"]),
        DataProblem("of a later version", 1, ["a"]),
    ]
    preview.show_look(LookedUp(look=look(problems=problems)), ["All come from one speaker."])
    assert preview.about.text() == "900 in 2 classes; 400 of them were opened"
    assert preview.problem_words == [
        "Silent recordings: 3, such as no/x.wav, no/y.wav. Record them again or delete them.",
        "yes has over 5 times as many examples as no. Even classes are learnt better.",
        "All come from one speaker.",
    ]
    assert preview.bars.accessibleDescription() == "yes 600, no 300"
    preview.show_look(LookedUp(look=look(samples=2, checked=2)), [])
    assert preview.about.text() == "2 in 2 classes"
    assert preview.problem_words == ["Nothing, in the 2 that were opened."]


def test_arrows_choose_a_sample_and_space_plays_it(preview, qtbot):
    found = LookedUp(look=look())
    preview.show_look(found, [])
    qtbot.keyClick(preview.grid, Qt.Key.Key_Right)
    assert preview.detail.title.text() == "no"
    assert preview.grid.accessibleDescription() == "no, b.wav"
    with qtbot.waitSignal(preview.play_asked) as asked:
        qtbot.keyClick(preview.grid, Qt.Key.Key_Space)
    assert asked.args == ["no/b.wav#0", wav()]
    found.playing = "no/b.wav#0"
    preview.show_look(found, [])
    assert preview.detail.play.accessibleName() == "Stop"
    assert preview.grid.playing == 1
    found.playing, found.sound_problem = "", "There is no sound card."
    preview.show_look(found, [])
    assert preview.detail.note.text() == "There is no sound card."
    assert preview.grid.playing == -1


def test_of_many_classes_the_largest_and_the_smallest_are_shown(qtbot):
    bars = CountBars()
    qtbot.addWidget(bars)
    bars.show_counts([ClassCount(f"c{n}", n) for n in range(100)])
    assert [row.samples if row else None for row in bars.rows] == [
        *(99, 98, 97, 96, 95, 94), None, *(5, 4, 3, 2, 1, 0),
    ]  # fmt: skip
    bars.resize(300, 260)
    assert not bars.grab().isNull()


@pytest.mark.parametrize(
    "kind",
    [
        {"kind": "lines", "lines": [[0.0, 1.0, 0.5], [9.0, 9.1, 9.0]]},
        {"kind": "grid", "grid": base64.b64encode(bytes(12)).decode(), "grid_size": (3, 4)},
        {"kind": "picture", "png": "bm90IGEgcGljdHVyZQ=="},
        {"kind": "", "problem": "It is no longer there."},
    ],
)
def test_every_kind_of_sample_can_be_painted(preview, kind):
    example = Example(**{"origin": "a#0", "label": "a", **kind})
    preview.show_look(LookedUp(look=look(examples=[example])), [])
    assert preview.detail.play.isHidden()
    assert not preview.grab().isNull()


def test_the_model_page_looks_only_when_asked_and_again_for_other_data(qtbot, tmp_path):
    page, model = ModelPage(), project_model(tmp_path)
    qtbot.addWidget(page)
    asked = []
    page.intent.connect(asked.append)
    page.refresh(model)
    assert page.preview.isHidden()
    assert asked == []
    page.look.click()
    assert asked == [LookAtData()]
    model.looked_up = LookedUp(question=look_question(model), look=look())
    page.refresh(model)
    assert len(asked) == 1
    assert not page.preview.isHidden()
    model.project.data = DataSpec(source="builtin:digits", task="images")
    page.refresh(model)
    assert asked == [LookAtData()] * 2
    model.project.data = None
    page.refresh(model)
    assert page.look.isHidden()
    assert page.minimumSizeHint().width() <= 1280 - 212 - 76


def test_a_data_set_is_looked_at_by_a_process_of_its_own(qtbot, window, tmp_path):
    inputs = np.random.default_rng(0).integers(0, 255, (60, 8, 8), dtype=np.uint8)
    np.savez(tmp_path / "set.npz", inputs=inputs, labels=np.arange(60) % 2)
    data = DataSpec(source=str(tmp_path / "set.npz"), task="images")
    window.work.open_project_folder(project_in(tmp_path, data=data).folder)
    page = window.pages["model"]
    page.look.click()
    assert "Looking" in page.preview.state.text()
    qtbot.waitUntil(lambda: window.model.looked_up.look is not None, timeout=SECONDS)
    assert page.preview.about.text() == "60 in 2 classes"
    assert page.preview.detail.title.text() == "0"
    window.act(ShowExamples(("#7",)))
    qtbot.waitUntil(lambda: "#7" in window.model.looked_up.examples, timeout=SECONDS)
    assert window.model.looked_up.examples["#7"].label == "1"
    (tmp_path / "set.npz").write_bytes(b"broken")
    window.model.looked_up.question = None
    page.refresh(window.model)
    qtbot.waitUntil(lambda: window.model.looked_up.failure is not None, timeout=SECONDS)
    assert "set.npz cannot be read" in page.preview.state.text()


def test_samples_that_cannot_be_got_are_asked_for_once(qtbot, window, tmp_path):
    """Else every refresh of the page would ask again."""
    lost = DataSpec(source=str(tmp_path / "gone.npz"), task="images")
    window.work.open_project_folder(project_in(tmp_path, data=lost).folder)
    window.act(ShowExamples(("#1",)))
    found = window.model.looked_up
    qtbot.waitUntil(lambda: "#1" in found.examples, timeout=SECONDS)
    assert "gone.npz" in found.examples["#1"].problem


def test_the_data_of_a_model_file_are_looked_at_before_there_is_a_project(tmp_path):
    model = project_model(tmp_path)
    model.candidate = dataclasses.replace(candidate(), data=str(tmp_path))
    wanted = {"verb": "examples", "target": str(tmp_path), "task": "images"}
    assert look_question(model) == wanted
    model.candidate = dataclasses.replace(candidate(), data=NO_DATA)
    assert look_question(model) is None


# ---- sound ---------------------------------------------------------------------------------------
def player_in(folder, monkeypatch, script: str) -> None:
    """Let this script be the only player of the system."""
    folder.mkdir()
    program = folder / next(iter(PLAYERS))
    program.write_text("#!/bin/sh\n" + script)
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))


@pytest.fixture
def player(qtbot):
    player = SoundPlayer()
    yield player
    player.close()


@pytest.mark.skipif(os.name == "nt", reason="the stand-in player is a shell script")
def test_a_sound_is_handed_to_the_systems_player(player, qtbot, tmp_path, monkeypatch):
    player_in(tmp_path / "bin", monkeypatch, f'/bin/cp "$1" {tmp_path}/heard.wav')
    player.play("a", wav())
    assert player.playing == "a"
    qtbot.waitUntil(lambda: player.playing == "", timeout=SECONDS)
    assert (tmp_path / "heard.wav").read_bytes() == base64.b64decode(wav())
    assert player.problem == ""


@pytest.mark.skipif(os.name == "nt", reason="the stand-in player is a shell script")
def test_a_sound_can_be_stopped_and_a_failing_player_says_why(player, qtbot, tmp_path, monkeypatch):
    player_in(tmp_path / "bin", monkeypatch, "exec /bin/sleep 60")
    player.play("a", wav())
    player.stop()
    assert player.playing == ""
    assert player.problem == ""
    player_in(tmp_path / "other", monkeypatch, "echo 'no sound card.' >&2; exit 1")
    player.play("a", wav())
    qtbot.waitUntil(lambda: player.playing == "", timeout=SECONDS)
    assert player.problem == "The sound could not be played: no sound card."


def test_without_a_player_the_reason_is_told(player, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    player.play("a", wav())
    assert player.playing == ""
    assert "aplay" in player.problem


# ---- hardest examples ----------------------------------------------------------------------------
HARD = [HardExample(3, 1, 9, 0.87, "no/b.wav#0"), HardExample(5, 0, 0, 0.41, "yes/a.wav#0")]


def hard_step() -> StepSummary:
    known = documents.step()
    values = {name: getattr(known, name) for name in known.__struct_fields__}
    return StepSummary(**{**values, "hardest": HARD})


def test_the_train_page_shows_and_plays_the_hardest_examples(qtbot, tmp_path):
    page, model = TrainPage(), project_model(tmp_path, step_1_train=hard_step())
    qtbot.addWidget(page)
    page.resize(940, 800)
    asked = []
    page.intent.connect(asked.append)
    page.refresh(model)
    assert page.mistakes.minimumSizeHint().height() < 300  # the other view takes no room
    assert asked == []  # nothing is got before somebody wants to see it
    page.mistakes.switch.choose(HARDEST)
    assert asked == [ShowExamples(("no/b.wav#0", "yes/a.wav#0"))]
    assert page.mistakes.hard_words.text() == "It was no; the model said go, 87 % sure."
    assert [tile.note for tile in page.mistakes.grid.tiles] == ["\u2192 go, 87 %", "41 %"]
    model.looked_up.examples = {"no/b.wav#0": sound("no/b.wav#0"), "yes/a.wav#0": sound("yes/a.wav#0")}
    page.refresh(model)
    page.mistakes.grid.choose(1)
    assert "said so, but only 41 % sure" in page.mistakes.hard_words.text()
    qtbot.keyClick(page.mistakes.grid, Qt.Key.Key_Return)
    assert asked[-1] == PlaySound("yes/a.wav#0", wav())


def test_an_autoencoder_shows_what_it_repeats_worst(qtbot, tmp_path):
    worst = [
        HardExample(3, 1, 1, 0.0, "no/b.wav#0", 14.2, healthy=False),
        HardExample(5, 0, 0, 0.0, "yes/a.wav#0", 2.34, healthy=True),
    ]
    known = hard_step()
    values = {name: getattr(known, name) for name in known.__struct_fields__}
    step = StepSummary(**{**values, "hardest": worst, "confusion": []})
    page, model = TrainPage(), project_model(tmp_path, step_1_train=step)
    qtbot.addWidget(page)
    asked = []
    page.intent.connect(asked.append)
    page.refresh(model)
    card = page.mistakes
    assert not card.isHidden()
    assert card.switch.isHidden()
    assert card.title.text() == "What it repeats worst"
    assert [tile.note for tile in card.grid.tiles] == ["error \u00d7 14", "error \u00d7 2.3"]
    assert [tile.tone for tile in card.grid.tiles] == ["text3", "bad"]
    assert asked == []  # not in sight yet
    with qtbot.waitExposed(page):
        page.show()
    assert asked == [ShowExamples(("no/b.wav#0", "yes/a.wav#0"))]
    assert "A fault (no)" in card.hard_words.text()
    card.grid.choose(1)
    assert "a false alarm" in card.hard_words.text()
    assert "97.5\u00a0% of all pairs (AUC)" in page.happening.text().replace(" %", "\u00a0%")
    assert readings(model)["accuracy"].area
    model.stages[STEP] = dataclasses.replace(model.stages[STEP], summary=hard_step())
    page.refresh(model)
    assert not readings(model)["accuracy"].area
    assert "right of examples" in page.happening.text()
    assert card.title.text() == "What it mixes up"
    assert not card.switch.isHidden()


def test_hardest_examples_of_other_data_are_named_but_not_shown(qtbot, tmp_path):
    page, model = TrainPage(), project_model(tmp_path, step_1_train=hard_step())
    qtbot.addWidget(page)
    asked = []
    page.intent.connect(asked.append)
    model.project.data = DataSpec(source="builtin:digits", task="images")
    page.refresh(model)
    page.mistakes.switch.choose(HARDEST)
    assert asked == []
    assert "have changed since" in page.mistakes.hard_words.text()


def test_mistakes_follow_every_epoch_of_a_running_job(qtbot, tmp_path):
    page, model = TrainPage(), project_model(tmp_path, done=("data", "model"))
    qtbot.addWidget(page)
    model.job_event.connect(page.on_event)
    model.begin_job({"verb": "run", "until": STEP})
    model.job.stages = ("data", "model", STEP)
    page.refresh(model)
    assert page.mistakes.isHidden()
    event = documents.epoch_event(4)
    hard = {"index": 1, "true_class": 2, "said_class": 7, "confidence": 0.6, "origin": "up/a.wav#0"}
    values = {**vars(event), "confusion": documents.confusion(each=4), "hardest": [hard]}
    model.take_event(type(event)(**values))
    assert not page.mistakes.isHidden()
    assert page.mistakes.about.text() == "40 of validation, epoch 4"
    page.mistakes.switch.choose(HARDEST)
    assert page.mistakes.hard_words.text() == "It was up; the model said off, 60 % sure."
