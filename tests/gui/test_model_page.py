"""What a person meets who brings a model file to the window, against the real engine."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QDropEvent
from torch import nn

from engine.meaning import PICTURE_RANGES, Meaning
from engine.project import open_project
from gui.widgets.import_tables import BoardsTable
from gui.widgets.meaning_form import MeaningForm
from tests.helpers.shared_data import shared_data

SECONDS = 300_000
BOARDS = 6


@pytest.fixture
def page(window):
    return window.pages["model"]


def drop(window, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(QPoint(400, 400), Qt.DropAction.CopyAction, data, left, none))


def ended(qtbot, window, verb: str, act, *, good: bool = True) -> None:
    """Do something, and wait until the job that it starts has ended."""
    mine = lambda job: job.job["verb"] == verb  # noqa: E731
    with qtbot.waitSignal(window.model.job_finished, timeout=SECONDS, check_params_cb=mine) as done:
        act()
    (job,) = done.args
    assert (job.exit_code == 0) == good, job.failure


def type_into(qtbot, field, text: str) -> None:
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, text)
    qtbot.keyClick(field, Qt.Key.Key_Return)


def test_an_onnx_file_is_looked_at_set_right_and_used(qtbot, window, page, tmp_path):
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(network.eval(), (torch.zeros(1, 3, 16, 16),), str(tmp_path / "net.onnx"))

    ended(qtbot, window, "import", lambda: drop(window, tmp_path / "net.onnx"))

    assert window.model.project is None
    assert page._model_card.isVisible()
    assert not page._big_drop.isVisible()
    boards = page._model_card.boards.rows
    assert page._model_card.boards.isVisible()
    assert boards.rowCount() >= BOARDS
    assert {boards.data(boards.index(row, 4)) for row in range(boards.rowCount())} == {"fits"}
    assert page._model_card._facts["parameters"].value.text() == "314"
    assert "guessed" in page._meaning._badge.text

    type_into(qtbot, page._meaning.scale, "zero")
    assert "not a number" in page._meaning.problem
    assert window.model.candidate.chosen == {}
    type_into(qtbot, page._meaning.scale, "1/128")
    assert page._meaning.problem == ""
    qtbot.mouseClick(page._meaning.confirm, Qt.MouseButton.LeftButton)
    assert window.model.candidate.meaning.guesses == ()
    assert page._meaning._badge.text == "All known"

    ended(qtbot, window, "run", lambda: window.footer.trigger())

    project = open_project(tmp_path / "projects" / "net.thimble")
    assert project.meaning.scale == (1 / 128,)
    assert project.data.input_scale == (1 / 128,)
    assert project.meaning.guesses == ()
    assert window.model.candidate is None
    qtbot.waitUntil(lambda: len(window.model.predictions) >= BOARDS, timeout=SECONDS)
    assert all(fit.latency_ms.basis == "predicted" for fit in window.model.predictions.values())


def test_a_keras_file_says_which_pixels_it_wants(qtbot, window, page):
    file = shared_data("models", "keras_h5", "pretrainedResnet.h5")
    ended(qtbot, window, "import", lambda: drop(window, file))
    assert page._model_card._what.text().startswith("Keras HDF5")
    assert page._meaning.range.currentData() == "0 to 255"
    assert "batch_normalization" in page._meaning._note.text()
    operators = page._model_card.operators.rows
    kinds = {operators.data(operators.index(r, 0)): r for r in range(operators.rowCount())}
    replaced = kinds["BATCH_NORM"]
    assert operators.data(operators.index(replaced, 3)) == "replaced"
    assert "Merged" in operators.data(operators.index(replaced, 4))


def test_torchscript_is_not_read_without_trust(qtbot, window, page, tmp_path):
    file = tmp_path / "net.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(nn.Sequential(nn.Linear(4, 2))).save(str(file))

    ended(qtbot, window, "import", lambda: drop(window, file), good=False)

    assert page._trust.isVisible()
    assert "net.pt may hold code" in page._trust.title.text()
    assert not page._error.isVisible()
    assert page._trust.decline.hasFocus()
    qtbot.keyClick(page._trust.decline, Qt.Key.Key_Space)
    assert not page._trust.isVisible()
    assert page._big_drop.isVisible()
    assert page._choose.isEnabled()
    assert window.model.project is None
    assert not list((tmp_path / "projects").glob("*"))


def test_trusted_torchscript_is_read_with_the_size_that_was_given(qtbot, window, page, tmp_path):
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    file = tmp_path / "any_size.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(network.eval(), torch.zeros(1, 1, 12, 12)).save(str(file))
    ended(qtbot, window, "import", lambda: drop(window, file), good=False)
    type_into(qtbot, page._trust.shape, "1, 20, 12")
    ended(
        qtbot, window, "import",
        lambda: qtbot.mouseClick(page._trust.trust, Qt.MouseButton.LeftButton),
    )  # fmt: skip
    assert not page._trust.isVisible()
    assert page._model_card._facts["input"].value.text() == "20\u00d712\u00d71"
    assert window.model.candidate.trust
    assert window.model.candidate.input_shape == (1, 20, 12)


def test_a_file_with_unknown_operators_shows_its_table(qtbot, window, page, tmp_path):
    class Odd(nn.Module):
        def forward(self, x):
            return torch.cumsum(torch.relu(x), 1)

    path = tmp_path / "odd.onnx"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(Odd().eval(), (torch.zeros(1, 8),), str(path), dynamo=False)
    ended(qtbot, window, "import", lambda: drop(window, path), good=False)
    card = page._model_card
    assert "CumSum" in card._badge.text
    assert card.layers.model().rowCount() == 2
    assert page.footer().intent is None, "it cannot be used"


def test_a_bad_file_leaves_the_page_of_use(qtbot, window, page, tmp_path):
    bad = tmp_path / "broken.onnx"
    bad.write_bytes(b"not a model")
    ended(qtbot, window, "import", lambda: drop(window, bad), good=False)
    assert page._error.isVisible()
    assert "broken.onnx" in page._error.verdict.title.text()
    assert all(card.isVisible() for card in page._tasks)
    window.model.forget_failure()
    assert not page._error.isVisible()


def test_a_saved_model_is_told_from_a_project_by_what_it_holds(qtbot, window, page, tmp_path):
    folder = tmp_path / "net"
    folder.mkdir()
    (folder / "saved_model.pb").write_bytes(b"")
    ended(qtbot, window, "import", lambda: drop(window, folder), good=False)
    assert "project" not in page._error.verdict.title.text()


def test_the_form_shows_what_is_guessed_and_refuses_what_cannot_be(qtbot):
    form, told = MeaningForm(), []
    qtbot.addWidget(form)
    form.changed.connect(told.append)
    meaning = Meaning(
        task="images", channel_order="RGB", scale=(1.0,), guesses=("scale",),
        reasons={"scale": "it looks like it"},
    )  # fmt: skip
    form.show_meaning(meaning, input_shape=(8, 8, 3), outputs=2)
    form.show()
    assert form._badge.text.startswith("1 guessed")
    assert "it looks like it" in form._note.text()
    type_into(qtbot, form.classes, "cat, dog, bird")
    assert "the network has 2 outputs" in form.problem
    type_into(qtbot, form.scale, "0.5, 0.5")
    assert "one per channel" in form.problem
    assert told == []
    form.range.setCurrentIndex(form.range.findData("-1 to 1"))
    form.range.activated.emit(form.range.currentIndex())
    scale, mean = PICTURE_RANGES["-1 to 1"]
    assert told == [{"scale": list(scale), "mean": list(mean)}]
    form.show_meaning(Meaning(task="keywords"), input_shape=(49, 10, 1), outputs=12)
    assert not form.range.isVisible()
    assert not form.order.isVisible()
    assert not form.confirm.isVisible()


def test_a_board_that_is_too_small_says_why(qtbot):
    table = BoardsTable()
    qtbot.addWidget(table)
    big = {"name": "Big", "flash_bytes": 2048, "ram_bytes": 1024, "latency_ms": 12.5,
           "latency_error_percent": 18.0, "fits": True, "reasons": []}  # fmt: skip
    table.show_report([big])
    assert table.isColumnHidden(5)
    small = {**big, "name": "Small", "fits": False, "reasons": ["SRAM: needs 2 KB, board has 1 KB."]}
    table.show_report([big, small])
    texts = [table.rows.data(table.rows.index(1, column)) for column in range(6)]
    assert texts == [
        "Small", "2.0 KB", "1.0 KB", "12.5 ms \u00b1 18 %", "does not fit", small["reasons"][0],
    ]  # fmt: skip
    assert not table.isColumnHidden(5)
