from __future__ import annotations

import pytest

from gui.widgets import amounts
from gui.widgets.log_view import MOST_LINES, LogView


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1,023 B"),
        (1024, "1.0 KB"),
        (9.94 * 1024, "9.9 KB"),
        (9.96 * 1024, "10 KB"),
        (2_097_152, "2,048 KB"),
        (-512, "\u2212512 B"),
    ],
)
def test_sizes(size, text):
    assert amounts.size(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0.0 s"),
        (0.0004, "1 ms"),
        (0.04, "40 ms"),
        (0.84, "0.8 s"),
        (42, "42 s"),
        (89.6, "90 s"),
        (200, "3 min"),
        (3900, "1 h 5 min"),
        (float("inf"), "\u2013"),
    ],
)
def test_durations(seconds, text):
    assert amounts.duration(seconds) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.5752, "0.575"), (9.994, "9.99"), (20.61, "20.6"), (1234.5, "1,234")]
)
def test_milliseconds(value, text):
    assert amounts.milliseconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(950, "950"), (9999, "9,999"), (12_400, "12.4 k"), (2_656_640, "2.66 M"), (3e9, "3.00 G")],
)
def test_counts(value, text):
    assert amounts.count(value) == text


@pytest.mark.parametrize(("value", "text"), [(0, "0"), (1.44e-6, "1.4e\u22126"), (0.25, "2.5e\u22121")])
def test_small_errors(value, text):
    assert amounts.scientific(value) == text


def test_a_log_shows_batches_marks_levels_and_forgets_the_oldest(qtbot):
    log = LogView()
    qtbot.addWidget(log)
    assert log.is_empty
    log.append_line("ready")
    log.append_line("late", "warning")
    assert log.toPlainText() == ""
    qtbot.waitUntil(lambda: log.document().blockCount() == 2)
    assert log.toPlainText() == "  ready\n! late"
    for number in range(MOST_LINES + 50):
        log.append_line(str(number))
    log.flush()
    assert log.document().blockCount() == MOST_LINES
    assert log.toPlainText().splitlines()[-1] == f"  {MOST_LINES + 49}"
    log.clear_log()
    assert log.is_empty


def test_a_reader_who_scrolled_up_is_left_in_peace(qtbot):
    log = LogView()
    qtbot.addWidget(log)
    log.resize(300, 120)
    with qtbot.waitExposed(log):
        log.show()
    for number in range(100):
        log.append_line(str(number))
    log.flush()
    bar = log.verticalScrollBar()
    assert bar.value() == bar.maximum()
    bar.setValue(5)
    log.append_line("new")
    log.flush()
    assert bar.value() == 5
