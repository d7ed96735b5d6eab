"""Events cross the process border as JSON lines and come back equal."""

from __future__ import annotations

import json
import math
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import events
from engine.errors import Cancelled

TEXT = st.text(max_size=40)
NUMBER = st.floats(allow_nan=False)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)

EVENTS = st.one_of(
    st.builds(events.StageStarted, stage=TEXT, title=TEXT),
    st.builds(
        events.StageProgress,
        stage=TEXT,
        done=NUMBER,
        total=NUMBER,
        unit=TEXT,
        seconds_left=st.none() | NUMBER,
    ),
    st.builds(events.Metric, stage=TEXT, name=TEXT, value=NUMBER, step=st.integers()),
    st.builds(
        events.LogLine, stage=TEXT, text=TEXT, level=st.sampled_from(["info", "warning", "error"])
    ),
    st.builds(
        events.ArtifactReady, stage=TEXT, path=TEXT, summary=st.dictionaries(TEXT, PLAIN, max_size=3)
    ),
    st.builds(events.StageFinished, stage=TEXT, seconds=NUMBER, cached=st.booleans()),
    st.builds(
        events.StageFailed,
        stage=TEXT,
        code=TEXT,
        message=TEXT,
        hint=TEXT,
        facts=st.dictionaries(TEXT, PLAIN, max_size=3),
        exit_code=st.integers(0, 9),
    ),
    st.builds(events.JobEnded, exit_code=st.integers(0, 9)),
    st.builds(
        events.Result, values=st.dictionaries(TEXT.filter(lambda k: k != "event"), PLAIN, max_size=3)
    ),
)


@given(EVENTS)
def test_json_round_trip(event):
    line = events.to_json(event)
    assert "\n" not in line
    assert json.loads(line)["event"] == event.kind
    assert events.from_json(line) == event


def test_an_epoch_survives_the_trip():
    epoch = events.EpochEnded(
        stage="step-1-train",
        step="train",
        epoch=3,
        epochs=30,
        train_loss=0.25,
        train_accuracy=0.9,
        validation_loss=0.5,
        validation_accuracy=0.8,
        learning_rate=4e-3,
        seconds=1.5,
        samples_per_second=2000.0,
    )
    assert events.from_json(events.to_json(epoch)) == epoch


def test_a_loss_that_is_not_a_number_still_arrives():
    metric = events.Metric(stage="train", name="loss", value=math.nan)
    received = events.from_json(events.to_json(metric))
    assert isinstance(received, events.Metric)
    assert math.isnan(received.value)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "not json",
        "[1, 2]",
        "null",
        '{"stage": "fit"}',
        '{"event": "no_such_kind"}',
        '{"event": "stage_finished", "stage": "fit"}',
        '{"event": "log_line", "stage": "fit", "text": "x", "colour": "red"}',
    ],
)
def test_what_is_no_event_is_refused(line):
    with pytest.raises(ValueError, match=r"not an event|Expecting value"):
        events.from_json(line)


def test_cancel_is_seen_at_the_next_check_from_another_thread():
    token = events.CancelToken()
    token.check()
    thread = threading.Thread(target=token.cancel)
    thread.start()
    thread.join()
    assert token.cancelled
    with pytest.raises(Cancelled):
        token.check()


def _waits(thread: threading.Thread) -> bool:
    thread.join(0.05)
    return thread.is_alive()


def test_a_paused_stage_waits_and_goes_on_and_its_rest_is_counted():
    token = events.CancelToken()
    token.check()
    assert token.paused_seconds == 0
    token.pause()
    stage = threading.Thread(target=token.check)
    stage.start()
    assert _waits(stage)
    token.go_on()
    stage.join(10)
    assert not stage.is_alive()
    assert token.paused_seconds > 0


def test_a_paused_stage_is_cancelled_at_once_and_a_cancelled_one_is_not_paused():
    token, ended = events.CancelToken(), []

    def stage() -> None:
        try:
            token.check()
        except Cancelled:
            ended.append(True)

    token.pause()
    thread = threading.Thread(target=stage)
    thread.start()
    assert _waits(thread)
    token.cancel()
    thread.join(1)
    token.pause()
    stage()
    assert ended == [True, True]
