"""What a person meets who brings a network that no data set can train, against the real engine."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
import torch
from PySide6.QtWidgets import QFileDialog

from engine import summaries
from engine.data.spec import NO_DATA
from engine.meaning import Meaning
from engine.project import open_project
from engine.summaries import TensorInfo
from gui.pages.page import PAGE_KEYS
from gui.project_model import Candidate
from gui.widgets.live_cards import Answer, AnswerCard, split_outputs
from tests.gui.test_model_page import SECONDS, drop, ended
from tests.helpers.networks import PictureAndVector

ENDS = (TensorInfo("scores", (1, 4), "float32"), TensorInfo("place", (1, 2), "float32"))


@pytest.fixture
def two_inputs(tmp_path) -> Path:
    torch.manual_seed(0)
    examples = (torch.zeros(1, 3, 12, 12), torch.zeros(1, 5))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(PictureAndVector().eval(), examples, str(tmp_path / "two.onnx"), dynamo=False)
    return tmp_path / "two.onnx"


def test_a_network_of_two_inputs_becomes_a_project_whose_pages_say_so(
    qtbot, window, two_inputs, tmp_path
):
    page = window.pages["model"]
    ended(qtbot, window, "import", lambda: drop(window, two_inputs))
    assert not page._other_data.isVisible()
    assert not page._no_data.isVisible()
    assert "2 inputs and 2 outputs" in page._data_note.text()
    assert "converted as it is" in page._model_card._what.text()

    ended(qtbot, window, "new", window.work.use_candidate)
    qtbot.waitUntil(lambda: window.model.model() is not None and not window.work.busy, timeout=SECONDS)

    project = open_project(tmp_path / "projects" / "two.thimble")
    assert project.is_without_data
    assert [step.kind for step in project.recipe.steps] == ["quantize"]
    assert page._data_title.text() == "No data set belongs to this model."
    assert window.rail.steps["compress"].status.words == "not needed"
    assert window.rail.steps["train"].status.words == "not needed"
    for key in PAGE_KEYS:
        window.open_page(key)
    assert "no data set" in window.pages["compress"]._finished.title.text()
    assert window.pages["train"].empty.title.text() == "Nothing to train"
    assert window.pages["verify"].empty.words.action == "Convert and verify"


def candidate(*, inputs: int = 1) -> Candidate:
    """As `import` tells of an ONNX file."""
    summary = summaries.ModelSummary(
        model="one.onnx", format="onnx", task="images", trainable=True,
        inputs=[TensorInfo(f"input_{n}", (1, 8, 8, 3), "float32") for n in range(inputs)],
        outputs=list(ENDS[:1]), parameters=1, macs=1, layers=[], model_hash="",
    )  # fmt: skip
    values = {**summaries.to_plain(summary), "meaning": Meaning(task="images").to_document()}
    return Candidate(Path("one.onnx"), False, {**values, "boards": [], "operators": []})


def test_examples_can_be_done_without(qtbot, window):
    page = window.pages["model"]
    window.model.set_candidate(candidate())
    assert page._no_data.isVisible()
    page._no_data.click()
    assert window.model.candidate.data == NO_DATA
    assert not page._no_data.isVisible()
    assert "without training" in page._data_title.text()
    assert page._other_data.isVisible()
    assert candidate(inputs=2).goes_without_data


def test_examples_may_lie_in_one_file(window, tmp_path, monkeypatch):
    page, file = window.pages["model"], tmp_path / "set.npz"
    file.touch()
    window.model.set_candidate(candidate())

    def choose(_parent, _title, _folder, kinds):
        assert "*.npz" in kinds
        return str(file), kinds

    monkeypatch.setattr(QFileDialog, "getOpenFileName", choose)
    page._data_file.click()
    assert window.model.candidate.data == str(file)
    window.model.set_candidate(candidate())
    drop(window, file)
    assert window.model.candidate.data == str(file)


def test_bytes_of_several_outputs_are_told_apart():
    assert split_outputs([1, 2, 3, 4, -5, 6], ENDS) == (("scores", (1, 2, 3, 4)), ("place", (-5, 6)))
    wide = split_outputs([0, 1, 2, 0, 3, 0, 4, 0, -1, -1, 6, 0], ENDS)
    assert wide == (("scores", (256, 2, 3, 4)), ("place", (-1, 6)))
    assert split_outputs([1, 2, 3], ENDS) == ()
    assert split_outputs([1, 2, 3], ()) == ()


def test_the_last_answer_shows_every_output(qtbot):
    card = AnswerCard("Last answer")
    qtbot.addWidget(card)
    card.show_answer(Answer((), (), outputs=(("scores", tuple(range(20))), ("place", (-5, 6)))))
    assert card.hint.text().splitlines() == ["scores:  0  1  2  3  4  5  \u2026", "place:  -5  6"]
    card.show_answer(Answer((), ()))
    assert "not one of a list of classes" in card.hint.text()
