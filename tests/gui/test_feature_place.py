"""The choice of who makes features of sound: its costs from the real engine, and what it changes."""

from __future__ import annotations

import pytest

from engine.events import StageFailed
from engine.meaning import Meaning
from engine.project import create_project, open_project
from gui.feature_place import FeatureCosts
from gui.intents import ChooseFeaturePlace
from gui.pages.board_page import BoardPage
from tests.gui import documents
from tests.gui.documents import project_model
from tests.helpers.shared_data import shared_data

SECONDS = 60_000


@pytest.fixture
def page(qtbot):
    page = BoardPage(())
    qtbot.addWidget(page)
    return page


def test_the_choice_costs_what_the_engine_predicts_and_is_kept(qtbot, tmp_path, page, window):
    model_file = shared_data("models", "tflite", "mlperf_kws_int8.tflite")
    meaning = Meaning(task="keywords", classes=tuple("abcdefghijkl"))
    folder = create_project(
        tmp_path / "w", task="keywords", model_file=model_file, board_id="stm32f407", meaning=meaning
    ).folder
    work = window.work
    work.open_project_folder(folder)
    qtbot.waitUntil(lambda: work.model.feature_costs.known, timeout=SECONDS)
    costs = work.model.feature_costs
    assert costs.board.flash_parts["front-end"] > 0
    assert costs.flash_bytes >= costs.board.flash_parts["front-end"]
    assert 32_000 < costs.ram_bytes < 40_000  # one second of sound waits there
    page.refresh(work.model)
    assert page.features.buttons["host"].isChecked()
    assert "If the board did it" in page.features.cost.text()
    page.intent.connect(lambda intent: work.features.actions()[type(intent)](intent))
    page.features.buttons["board"].click()
    assert open_project(folder).front_end == "board"
    page.refresh(work.model)
    assert page.features.buttons["board"].isChecked()
    board_bytes = costs.board.ram_bytes.value  # the bars of the boards count them, too
    qtbot.waitUntil(
        lambda: work.model.predictions["stm32f407"].ram_bytes.value == board_bytes, timeout=SECONDS
    )
    assert "It takes" in page.features.cost.text()


def test_a_board_without_room_or_a_network_that_reads_something_else_is_told(page, qtbot, tmp_path):
    model = project_model(tmp_path)
    model.feature_costs = FeatureCosts(documents.fit(), documents.fit(fits=False))
    page.refresh(model)
    assert "That is more than this board has." in page.features.cost.text()
    with qtbot.waitSignal(page.intent) as asked:
        page.features.buttons["board"].click()
    assert asked.args == [ChooseFeaturePlace("board")]
    failure = StageFailed(stage="", code="usage", message="The network takes 8x8, mfcc gives 49x10.")
    model.feature_costs = FeatureCosts(documents.fit(), problem=failure.message)
    page.refresh(model)
    assert page.features.cost.text() == failure.message
    assert not page.features.buttons["board"].isEnabled()


def test_networks_that_do_not_hear_have_no_such_choice(page, tmp_path):
    model = project_model(tmp_path)
    model.project.task = "images"
    page.refresh(model)
    assert page.features.isHidden()
