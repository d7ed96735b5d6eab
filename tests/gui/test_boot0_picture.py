"""The picture of BOOT0 in the error card, for what the serial boot loader really says."""

from __future__ import annotations

import pytest

from engine.boards import load_board
from engine.device.probe import ProbeNotFound
from engine.device.serial_bootloader import SerialBootloader
from engine.events import StageFailed
from gui.pages.live_page import LivePage
from gui.theme import theme
from gui.widgets.boot0_picture import HIGH, LOW, RESET, BoardDrawing
from tests.gui.documents import STAGES, project_model
from tests.helpers.stub_firmware import running_board


@pytest.fixture
def page(qtbot):
    page = LivePage()
    qtbot.addWidget(page)
    return page


def failed_flash(folder, **facts):
    model = project_model(folder, done=STAGES[:7])
    model.begin_job({"verb": "run", "until": "flash"})
    model.take_event(StageFailed(stage="flash", code="board", message="m", hint="h", facts=facts))
    model.end_job(8)
    return model


def test_a_silent_boot_loader_is_told_with_the_picture(page, tmp_path):
    with running_board() as board, pytest.raises(ProbeNotFound) as caught:
        SerialBootloader(board.uart_url)
    page.refresh(failed_flash(tmp_path, **caught.value.facts))
    assert page.state == "error"
    assert not page.failure.picture.isHidden()
    where = page.failure.picture.where.text()
    assert load_board("stm32f407").bootloader_uart in where


def test_other_failures_have_no_picture(page, tmp_path):
    page.refresh(failed_flash(tmp_path, link="/dev/ttyUSB0"))
    assert page.state == "error"
    assert page.failure.picture.isHidden()


@pytest.mark.parametrize("mode", ["dark", "light"])
def test_each_step_is_another_drawing(qtbot, mode):
    theme().apply(mode)
    pictures = []
    for step in (HIGH, RESET, LOW):
        drawing = BoardDrawing(step)
        qtbot.addWidget(drawing)
        pictures.append(drawing.grab().toImage())
    assert pictures[0] != pictures[1] != pictures[2] != pictures[0]
