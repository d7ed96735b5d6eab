"""The live link with real processes: virtual board, recorder, and what happens when one is killed."""

from __future__ import annotations

import base64
import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest

from engine.boards import load_board
from engine.events import CancelToken, discard
from engine.model_import.tflite_file import read_tflite
from engine.planning import build_on_board
from gui.intents import ResetBoard
from gui.jobs import LiveLink, VirtualBoard
from gui.pages.live_page import LivePage
from gui.project_model import ProjectModel
from gui.translation import language
from tests.gui.documents import project_model
from tests.helpers.shared_data import shared_data
from tests.helpers.stub_firmware import build_stub, fault_input

SECONDS = 60_000
KILL = getattr(signal, "SIGKILL", signal.SIGTERM)


@pytest.fixture(scope="module")
def firmware(tmp_path_factory) -> Path:
    graph = read_tflite(shared_data("models", "tflite", "mlperf_kws_int8.tflite"))
    folder = tmp_path_factory.mktemp("firmware")
    board = load_board("stm32f407")
    built = build_on_board(
        graph, board, family=board.kernels, folder=folder, report=discard, cancel=CancelToken()
    )
    return folder / built.elf


@pytest.fixture
def parts(qtbot, firmware):
    model = ProjectModel()
    board, link = VirtualBoard(), LiveLink(model)
    with qtbot.waitSignal(board.listening, timeout=SECONDS):
        board.start("stm32f407", firmware)
    yield model, board, link
    for process in [*link.close(), *board.stop()]:
        process.wait()


def until_live(model, state):
    return lambda: model.live.state == state


def inference(frame) -> bool:
    return frame["event"] == "inference"


def test_a_virtual_board_says_hello_and_answers(qtbot, parts):
    model, board, link = parts
    link.send({"run_freely": 20})  # waits for the link to open
    with qtbot.waitSignal(model.live_frame, timeout=SECONDS, check_params_cb=inference) as frame:
        link.connect_to(board.uart, link="virtual", simulated=True)
    assert model.live.state == "open"
    assert model.live.hello["board_id"] == "stm32f407"
    assert Path(model.live.ring).exists()
    assert frame.args[0]["cycles"] > 100_000


def test_a_lost_board_is_told_and_comes_back(qtbot, parts, firmware):
    model, board, link = parts
    link.connect_to(board.uart, link="virtual", simulated=True)
    qtbot.waitUntil(until_live(model, "open"), timeout=SECONDS)
    link.send({"run_freely": 20})
    with qtbot.waitSignal(board.lost, timeout=SECONDS):
        os.kill(board._process.process_id, KILL)
    qtbot.waitUntil(until_live(model, "lost"), timeout=SECONDS)
    assert model.live.message
    with qtbot.waitSignal(board.listening, timeout=SECONDS):
        board.start("stm32f407", firmware)
    link.connect_to(board.uart, link="virtual", simulated=True)
    qtbot.waitUntil(until_live(model, "open"), timeout=SECONDS)


def test_a_killed_recorder_is_replaced(qtbot, parts):
    model, board, link = parts
    link.connect_to(board.uart, link="virtual", simulated=True)
    qtbot.waitUntil(until_live(model, "open"), timeout=SECONDS)
    killed = link._recorder.process_id
    os.kill(killed, KILL)
    qtbot.waitUntil(until_live(model, "lost"), timeout=SECONDS)
    qtbot.waitUntil(until_live(model, "open"), timeout=SECONDS)
    assert link._recorder.process_id != killed


def test_a_fault_is_shown_with_its_place_until_the_board_is_restarted(qtbot, tmp_path):
    elf = build_stub(tmp_path)
    np.savez(tmp_path / "inputs.npz", inputs=np.frombuffer(fault_input(3), np.int8)[None])
    model = project_model(tmp_path)
    page = LivePage()
    qtbot.addWidget(page)
    model.live_changed.connect(lambda: page.refresh(model))
    model.live_frame.connect(page.on_live)
    board, link = VirtualBoard(), LiveLink(model)
    page.intent.connect(lambda intent: link.send({"reset": True}))
    with qtbot.waitSignal(board.listening, timeout=SECONDS):
        board.start("stm32f407", elf)
    link.send({"play": {"inputs": str(tmp_path / "inputs.npz"), "interval_ms": 100}})
    link.connect_to(board.uart, link="virtual", simulated=True, elf=elf)
    qtbot.waitUntil(until_live(model, "lost"), timeout=SECONDS)
    assert page.state == "error"
    assert not page.fault.isHidden()
    assert page.lost.isHidden()
    assert page.fault.verdict.title.text() == "The program divided by zero."
    assert re.search(r"In stub_invoke \(model\.c:\d+\)", page.fault.verdict.sentence.text())
    assert page.footer().intent == ResetBoard()
    greeted = lambda frame: frame["event"] == "hello"  # noqa: E731
    with qtbot.waitSignal(model.live_frame, timeout=SECONDS, check_params_cb=greeted) as frame:
        page.fault.restart.click()
    assert frame.args[0]["reset_cause"] == 3  # by software
    assert page.fault.isHidden()
    for process in [*link.close(), *board.stop()]:
        process.wait()


def test_a_reset_is_a_line_of_the_log_in_the_language_of_the_window(qtbot):
    model = ProjectModel()
    link = LiveLink(model)
    with qtbot.waitSignal(model.live_frame) as told:
        link._on_line('{"event": "reset", "cause": 4, "message": "The board was reset (watchdog)."}')
    assert told.args[0]["event"] == "log"
    assert told.args[0]["message"] == "The board was reset (watchdog)."
    language().apply("zh_TW")
    try:
        with qtbot.waitSignal(model.live_frame) as told:
            link._on_line('{"event": "reset", "cause": 4, "message": "The board was reset (watchdog)."}')
    finally:
        language().apply("en")
    assert (
        told.args[0]["message"]
        == "\u958b\u767c\u677f\u91cd\u65b0\u555f\u52d5\u4e86\uff08\u770b\u9580\u72d7\uff09\u3002"
    )


def test_letting_go_closes_the_port_and_keeps_the_recorder(qtbot, parts):
    model, board, link = parts
    link.connect_to(board.uart, link="virtual", simulated=True)
    qtbot.waitUntil(until_live(model, "open"), timeout=SECONDS)
    released = lambda frame: frame.get("state") == "released"  # noqa: E731
    with qtbot.waitSignal(model.live_frame, timeout=SECONDS, check_params_cb=released):
        link.disconnect_link()
    assert model.live.state == "closed"
    assert link._recorder.running


def test_recording_is_shown_while_it_runs(qtbot, parts, tmp_path):
    model, board, link = parts
    link.connect_to(board.uart, link="virtual", simulated=True)
    qtbot.waitUntil(until_live(model, "open"), timeout=SECONDS)
    path = tmp_path / "live.thr"
    link.send({"record": str(path)})
    assert model.live.recording == str(path)
    link.send({"run_freely": 20})
    qtbot.waitUntil(lambda: path.exists() and path.stat().st_size > 0, timeout=SECONDS)
    link.send({"record": None})
    assert model.live.recording == ""


def test_a_board_without_a_front_end_gets_the_features_of_a_clip(qtbot, parts):
    model, board, link = parts
    link.connect_to(board.uart, link="virtual", simulated=True)
    tensor = np.arange(490, dtype=np.int16).astype(np.int8).tobytes()
    clip = {
        "tensor": base64.b64encode(tensor).decode(),
        "samples": base64.b64encode(bytes(32_000)).decode(),
        "features_us": 800.0,
        "number": 3,
    }
    qtbot.waitUntil(until_live(model, "open"), timeout=SECONDS)
    told = lambda frame: frame["event"] in ("clip", "error")  # noqa: E731
    with qtbot.waitSignal(model.live_frame, timeout=SECONDS, check_params_cb=told) as frame:
        link.send({"clip": clip})
    assert frame.args[0] == {"event": "clip", "number": 3, "made_on": "host", "features_us": 800.0}
    with qtbot.waitSignal(model.live_frame, timeout=SECONDS, check_params_cb=told) as frame:
        link.send({"clip": {"tensor": base64.b64encode(tensor[:-1]).decode()}})
    assert "489 bytes" in frame.args[0]["message"]
    assert model.live.state == "open"
