"""The engine's sentences in the window's language: all of them, with their values, alone or together."""

from __future__ import annotations

import ast
import functools
import re

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.boards import load_board
from engine.errors import EngineError
from engine.events import StageFailed
from engine.firmware.build import _FLASH_PARTS
from engine.model_import.any_file import refuse_untrusted
from engine.model_import.survey import NO_EQUAL, UnsupportedLayers
from engine.model_import.tflite_file import read_tflite
from engine.pipeline import TITLES
from engine.recipe import Recipe
from engine.summaries import LayerInfo
from gui.engine_words import PLACE, Sayings, engine_file, engine_sentences, engine_words
from gui.translation import LANGUAGES, language, read_words
from gui.widgets.board_log import BoardLog
from gui.widgets.job_card import JobCard
from gui.widgets.rail import Rail
from gui.widgets.verdict import ErrorCard
from tests.engine_texts import CONTEXT, Module, templates
from tests.gui import documents

OTHERS = [name for name in LANGUAGES if name != "en"]
CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"[a-z]{2,} [a-z]{2,}")


@pytest.fixture
def chinese(qapp):
    language().apply("zh_TW")
    yield
    language().apply("en")


@pytest.fixture(scope="module")
def sayings():
    return {name: Sayings(words_of(name)) for name in OTHERS}


@functools.cache
def words_of(name: str) -> dict[str, str]:
    return {text: said for (_, text), said in read_words(engine_file(name)).items()}


def filled(text: str, values) -> str:
    return PLACE.sub(lambda place: values[int(place[1]) - 1], text)


# ---- the file of translations --------------------------------------------------------------------
@pytest.mark.parametrize("name", OTHERS)
def test_everything_that_the_engine_says_is_translated(name):
    """`python -m tests.engine_texts` puts new texts into the file; old ones are taken out."""
    said = read_words(engine_file(name))
    assert len(templates()) > 1000
    missing = {text: place for text, place in templates().items() if (CONTEXT, text) not in said}
    assert missing == {}
    assert {text for _, text in said} - set(templates()) == set(), "no longer in the engine"
    assert [text for text, words in words_of(name).items() if not CHINESE.search(words)] == []


@pytest.mark.parametrize("name", OTHERS)
def test_a_translation_keeps_the_places_of_values(name):
    for text, said in words_of(name).items():
        assert sorted(n for n, _ in PLACE.findall(said)) == sorted(n for n, _ in PLACE.findall(text))
        assert not re.search(r"[{}]", PLACE.sub("", said)), said


def test_titles_of_stages_and_parts_of_flash_are_among_them():
    assert set(TITLES.values()) | set(_FLASH_PARTS.values()) <= set(templates())


@pytest.mark.parametrize("name", OTHERS)
def test_where_several_templates_fit_the_right_one_is_said(sayings, name):
    for text, said in words_of(name).items():
        values = ["7" if f"{{{n}:number}}" in said else f"v{n}" for n in range(1, 10)]
        assert sayings[name].say(filled(text, values)) == filled(said, values), text


VALUE = st.text("aZ09_-./\\\u00e9\u6e2c\u03bc@", min_size=1, max_size=12)


@given(st.data())
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_value_comes_back_as_it_was(sayings, data):
    sure = [text for text in templates() if "{1}" in text and ":number" not in words_of("zh_TW")[text]]
    text = data.draw(st.sampled_from(sure))
    values = data.draw(st.lists(VALUE, min_size=9, max_size=9))
    for name in OTHERS:
        assert sayings[name].say(filled(text, values)) == filled(words_of(name)[text], values)


# ---- how the engine puts sentences together ------------------------------------------------------
def test_other_texts_and_english_stay_as_they_are(chinese):
    assert engine_words("Something new: nobody knows it.") == "Something new: nobody knows it."
    assert engine_words("") == ""
    language().apply("en")
    assert engine_words("This project has no examples.") == "This project has no examples."


def test_sentences_one_after_the_other_are_said_one_by_one(chinese):
    first, second = "a.tflite is empty.", "Choose another folder."
    both = engine_words(first) + engine_words(second)
    assert engine_words(f"{first} {second}") == both == engine_sentences(first, second, "")
    assert engine_words(f"Who knows. {second}") == "Who knows. " + engine_words(second)
    assert engine_words(f"{first}\n{second}") == engine_words(first) + "\n" + engine_words(second)


def test_a_tools_long_output_is_left_as_it_is(chinese):
    for text in ("a.o is empty. " * 100, "a.o is empty. " * 50):
        assert engine_words(text.strip()) == text.strip()


def test_a_sentence_inside_another_is_said_too(chinese):
    inner = "Layer 3 (conv) cannot run: its tensors do not have four dimensions."
    said = engine_words(f"It cannot be trained: {inner}")
    assert engine_words(inner) in said
    assert not ENGLISH.search(said)
    lowered = "Its weights are empty."
    assert engine_words(lowered).endswith("\u3002")
    assert CHINESE.search(engine_words(lowered))


def test_every_layer_that_cannot_be_imported_is_told_with_its_reason(chinese):
    def refused(name: str, kind: str, reason: str) -> LayerInfo:
        return LayerInfo(1, name, kind, (), 0, 0, 0, support="unsupported", reason=reason)

    layers = [
        refused("a", "LSTM", "Its sequence has 90 steps, more than 64."),
        refused("b", "Mean", "It is over several axes at once."),
        *[refused(f"c{n}", "CumSum", NO_EQUAL) for n in range(9)],
    ]
    error = UnsupportedLayers(msgspec.structs.replace(documents.model(), layers=layers))
    for text in (error.message, error.hint):
        said = engine_words(text)
        assert CHINESE.search(said)
        assert not ENGLISH.search(said), said
    assert "a (LSTM: " in engine_words(error.message)


def test_a_sentence_that_only_looks_like_a_short_one_is_not_half_translated(chinese):
    fix = "Use ReLU, ReLU6 or hard-swish, and train for a few epochs more."
    assert engine_words(f"Erf: {fix}") == f"Erf: {engine_words(fix)}"
    for text in ("Choose whatever you like to have today.", "Use what the others use here."):
        assert engine_words(text) == text


def test_a_name_is_not_translated_even_if_it_is_a_word_of_the_engine(chinese):
    assert " weights" in engine_words("There is no folder weights.")
    said = engine_words("The class folder recording holds no recording.")
    assert said.count("recording") == 1


def _of(call) -> EngineError:
    with pytest.raises(EngineError) as caught:
        call()
    return caught.value


def test_errors_as_the_engine_raises_them(chinese, tmp_path):
    model = tmp_path / "small model.tflite"
    model.write_bytes(b"nothing")
    calls = [
        lambda: load_board("stm99"),
        lambda: read_tflite(model),
        lambda: Recipe.from_toml('[[step]]\nkind = "prune"\nratio = "much"'),
        lambda: Recipe.from_toml("[[step]]\nkind = 3"),
        lambda: refuse_untrusted(model, "TorchScript"),
        lambda: refuse_untrusted(model, "exported program"),
    ]
    for call in calls:
        error = _of(call)
        for text in filter(None, (error.message, error.hint)):
            said = engine_words(text)
            assert CHINESE.search(said), text
            unknown = re.sub(r"small model|exported program|thimble-cli import", "", said)
            assert not ENGLISH.search(unknown), said


# ---- the collector -------------------------------------------------------------------------------
SOURCE = '''
"""Documentation is said to nobody."""
LIMIT_HINT = "Take fewer of them."

def check(path, many, kind):
    what = "clip" if many else "set"
    raise BadInput(
        f"{path.name} holds no {what}." if kind else "It is empty.",
        hint=LIMIT_HINT,
        option="not a text for people",
    )

def _refuse(self, what):
    raise BadInput(f"{self.path} {what}.")

def use(self, n):
    self._refuse(f"holds {n} holes")
    self._refuse("has no end")
'''


def test_the_collector_finds_what_is_said_and_nothing_else():
    module = Module("some.py", ast.parse(SOURCE), {"BadInput", "_refuse"})
    assert {text for _, text in module.said()} == {
        "Take fewer of them.",
        "{1} holds no clip.",
        "{1} holds no set.",
        "It is empty.",
        "{1} holds {2} holes.",
        "{1} has no end.",
    }


# ---- in the window -------------------------------------------------------------------------------
def test_the_running_stage_is_named_in_the_language_of_the_window(chinese, qtbot):
    rail, card = Rail([("train", "Train")]), JobCard()
    for widget in (rail, card):
        qtbot.addWidget(widget)
    rail.show_job(TITLES["verify"], 0.5, "")
    card.show_job(title=TITLES["verify"], detail="", phases=[], seconds_left=None)
    assert rail._job_title.text() == card.title.text() == engine_words(TITLES["verify"])
    assert CHINESE.search(card.title.text())


def test_an_error_is_shown_in_chinese_and_its_details_as_the_engine_gave_them(chinese, qtbot):
    card = ErrorCard()
    qtbot.addWidget(card)
    hint = "Choose a model of at most a few megabytes."
    failure = StageFailed(
        stage="model", code="bad-input-file", message="a.onnx is empty.", hint=hint, facts={"why": hint}
    )
    card.show_failure(failure)
    shown = card.verdict.title.text(), card.verdict.sentence.text()
    assert shown == (engine_words(failure.message), engine_words(hint))
    assert all(map(CHINESE.search, shown))
    assert "a.onnx" in shown[0]
    assert hint in card.details._text.toPlainText()


def test_the_board_log_says_what_the_recorder_tells_and_leaves_the_boards_own_words(chinese, qtbot):
    log = BoardLog()
    qtbot.addWidget(log)
    log.take({"event": "log", "level": 0, "message": "Check the cable."})
    log.take({"event": "error", "message": "There is no port COM9.", "hint": "Check the cable."})
    log.take({"event": "state", "message": "The connection to COM9 was lost: it vanished."})
    log.view.flush()
    own, error, state = log.view.toPlainText().splitlines()
    assert own.endswith("Check the cable.")
    assert error.endswith(engine_words("Check the cable."))
    for line in (error, state):
        assert CHINESE.search(line)
        assert "COM9" in line


def test_an_error_in_view_changes_with_the_language(qtbot, window_with_project):
    window = window_with_project
    failure = StageFailed(
        stage="", code="usage", message="There is no port COM9.", hint="Start it again."
    )
    window.model.set_problem(failure)
    window.open_page("model")
    seen = []
    for name in ("zh_TW", "en"):
        with qtbot.waitSignal(window.language_shown):
            window.top_bar.language_chosen.emit(name)
        window.open_page("model")
        qtbot.waitUntil(lambda: window.pages["model"].findChild(ErrorCard) is not None)
        card = next(c for c in window.pages["model"].findChildren(ErrorCard) if not c.isHidden())
        seen.append(card.verdict.title.text())
    assert seen[1] == failure.message
    assert CHINESE.search(seen[0])
    assert "COM9" in seen[0]
