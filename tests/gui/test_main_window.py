from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent

from engine.events import EpochEnded
from engine.project import open_project
from engine.recipe import Recipe, TrainStep
from gui import intents
from gui.pages.page import PAGE_KEYS
from gui.theme import theme
from gui.widgets.rail import FOLDED_WIDTH as RAIL_FOLDED
from gui.widgets.rail import WIDTH as RAIL_WIDTH
from tests.gui.states import project_in
from tests.helpers.projects import verified_project
from tests.helpers.shared_data import shared_data

SECONDS = 60_000


def opened(qtbot, window, folder: Path) -> None:
    with qtbot.waitSignal(window.model.stages_changed, timeout=SECONDS):
        assert window.work.open_project_folder(folder)


def drop(window, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    window.dropEvent(
        QDropEvent(
            QPoint(400, 400),
            Qt.DropAction.CopyAction,
            data,
            Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )
    )


def test_every_page_opens_by_its_key(qtbot, window):
    for number, key in enumerate(PAGE_KEYS, start=1):
        qtbot.keyClick(window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier)
        assert window.page_key == key
        assert window.pages[key].isVisible()
        assert window.rail.steps[key].isChecked()


def test_pages_open_by_the_rail_and_by_the_back_button(qtbot, window):
    qtbot.mouseClick(window.rail.steps["verify"], Qt.MouseButton.LeftButton)
    assert window.page_key == "verify"
    window.footer.back_asked.emit()
    assert window.page_key == "train"


@pytest.mark.parametrize("name", ["dark", "light"])
def test_no_page_is_wider_than_the_smallest_window_leaves(qtbot, window, tmp_path, name):
    theme().apply(name)
    opened(qtbot, window, project_in(tmp_path).folder)
    room = 1280 - 212 - 76
    for key in PAGE_KEYS:
        window.open_page(key)
        assert window.pages[key].minimumSizeHint().width() <= room, key


def test_panels_fold_in_a_narrow_window(qtbot, window):
    window.resize(1440, 900)
    assert (window.rail.width(), window.fit_panel.width()) == (RAIL_WIDTH, 284)
    window.resize(1300, 800)
    assert (window.rail.width(), window.fit_panel.width()) == (RAIL_WIDTH, 76)
    window.resize(1200, 800)
    assert (window.rail.width(), window.fit_panel.width()) == (RAIL_FOLDED, 76)


def test_a_project_is_shown_with_its_stages(qtbot, window, tmp_path):
    opened(qtbot, window, project_in(tmp_path).folder)
    assert window.model.stage("fit").state == "todo"
    assert "p" in window.windowTitle()
    assert window.rail.steps["board"].status.state == "done"
    assert window.rail.steps["verify"].status.words == "not run yet"


def test_a_folder_that_is_no_project_is_refused_in_words(qtbot, window, tmp_path):
    assert not window.work.open_project_folder(tmp_path)
    page = window.pages["model"]
    assert page._error.isVisible()
    assert "not a Thimble project" in page._error.verdict.title.text()
    assert window.model.project is None


def test_a_dropped_model_becomes_a_project(qtbot, window, tmp_path):
    finished = lambda job: job.job["verb"] == "run"  # noqa: E731
    source = shared_data("models", "tflite", "mlperf_kws_int8.tflite")
    with qtbot.waitSignal(window.model.job_finished, timeout=SECONDS, check_params_cb=finished):
        drop(window, source)
    project = open_project(tmp_path / "projects" / "mlperf_kws_int8.thimble")
    assert project.is_finished_model
    qtbot.waitUntil(lambda: window.model.model() is not None, timeout=SECONDS)
    summary = window.model.model()
    assert summary.inputs[0].dtype == "int8"
    assert window.rail.steps["compress"].status.words == "not needed"


@pytest.mark.parametrize("content", [b"", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"])
def test_a_bad_file_is_refused_in_words_and_leaves_no_project(qtbot, window, tmp_path, content):
    bad = tmp_path / "broken.tflite"
    bad.write_bytes(content)
    with qtbot.waitSignal(window.model.job_finished, timeout=SECONDS) as finished:
        drop(window, bad)
    assert finished.args[0].exit_code == 3
    page = window.pages["model"]
    assert page._error.isVisible()
    assert "Traceback" not in page._error.verdict.title.text()
    assert window.model.project is None
    assert not list((tmp_path / "projects").glob("*"))


def test_a_task_makes_a_project(qtbot, window, tmp_path):
    made = lambda job: job.job["verb"] == "new"  # noqa: E731
    with qtbot.waitSignal(window.model.job_finished, timeout=SECONDS, check_params_cb=made):
        window.act(intents.ChooseTask("images"))
    assert window.model.project.task == "images"
    assert window.model.project.folder == tmp_path / "projects" / "images.thimble"


def test_a_change_of_the_recipe_is_saved_and_undone(qtbot, window, tmp_path):
    project = project_in(tmp_path)
    opened(qtbot, window, project.folder)
    changed = Recipe((TrainStep(epochs=3),))
    window.act(intents.ChangeRecipe(changed))
    assert open_project(project.folder).recipe == changed
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert open_project(project.folder).recipe == project.recipe
    both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(window, Qt.Key.Key_Z, both)
    assert open_project(project.folder).recipe == changed


def test_a_budget_recolours_the_gauge_at_once(qtbot, window, tmp_path):
    project = project_in(tmp_path)
    opened(qtbot, window, project.folder)
    window.act(intents.ChangeBudget("latency_ms", 12.5))
    assert window.fit_panel.gauges["latency"].reading.budget == 12.5
    assert open_project(project.folder).budgets.latency_ms == 12.5


def test_epochs_reach_the_pages_also_while_hidden(qtbot, window, tmp_path):
    opened(qtbot, window, project_in(tmp_path).folder)
    seen = []
    window.pages["train"].on_event = seen.append
    window.open_page("model")
    window.model.begin_job({"verb": "run", "until": "step-1-train"})
    event = EpochEnded(
        stage="step-1-train", step="train", epoch=1, epochs=3, train_loss=1.0, train_accuracy=0.5,
        validation_loss=1.0, validation_accuracy=0.5, learning_rate=1e-3, seconds=1.0,
        samples_per_second=10.0,
    )  # fmt: skip
    window.model.take_event(event)
    window.model.end_job(0)
    assert seen == [event]


def test_the_report_is_written_by_the_light_worker(qtbot, window, tmp_path, monkeypatch):
    project = verified_project(tmp_path)
    opened(qtbot, window, project.folder)
    file = tmp_path / "report.html"
    monkeypatch.setattr(window, "_ask_where", lambda *_: str(file))
    window.act(intents.SaveReport("report.html"))
    assert window.model.saved_report.running
    assert not file.exists()
    qtbot.waitUntil(lambda: window.model.saved_report.done, timeout=SECONDS)
    assert window.model.saved_report.failure is None
    assert "Passed on this computer" in file.read_text("utf-8")
    monkeypatch.setattr(window, "_ask_where", lambda *_: str(file / "below a file.html"))
    window.act(intents.SaveReport("report.html"))
    qtbot.waitUntil(lambda: window.model.saved_report.done, timeout=SECONDS)
    assert "could not be written" in window.model.saved_report.failure.message
    assert window.page_key == "model"  # where it was: no page is forced upon the person
    window.act(intents.ForgetReport())
    assert window.model.saved_report.path is None


def test_closing_ends_every_process(qtbot, window, tmp_path):
    opened(qtbot, window, project_in(tmp_path).folder)
    with qtbot.waitSignal(window.model.job_finished, timeout=SECONDS):
        window.work.jobs.start({"verb": "boards"})
    with qtbot.waitSignal(window.work.predictor.answered, timeout=SECONDS):
        window.work.predictor.ask({"verb": "boards"})
    with qtbot.waitSignal(window.work.virtual_board.listening, timeout=SECONDS):
        window.work.virtual_board.start("stm32f407")
    window.work.live.connect_to(window.work.virtual_board.uart, link="virtual", simulated=True)
    processes = [
        window.work.jobs._worker,
        window.work.predictor._worker,
        window.work.virtual_board._process,
        window.work.live._recorder,
    ]
    assert all(process.running for process in processes)
    window.close()
    assert not any(process.running for process in processes)
