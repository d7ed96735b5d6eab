"""What the engine says, in the language of the window.

The engine knows no window and no language: its sentences arrive in English with their values in place.
`resources/translations/engine_*.ts` holds them as templates with numbered places (`{1} is empty.`), as
tests/engine_texts.py collects them from its source. Here a sentence is brought back to its template and
values, and said in the other language with the same values. What is not known stays as it is.

In a translation `{2:word}` stands for a value that is itself a word of the engine (recording, test), and
`{2:number}` for one that must be a whole number, since other sentences look alike.
"""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engine.resources import resource
from gui.translation import language, read_words

PLACE = re.compile(r"\{(\d+)(:word|:number)?\}")
_WORD = re.compile(r"[A-Za-z]+")
_SENTENCE_END = re.compile(r"(?<=[.!?]) +(?=\S)")
_BRACKET = re.compile(r"(.+?) \((.+)\)", re.DOTALL)
_NAMES = re.compile(r"\S+( (or|and) \S+)+")
_REMEMBERED = 4096
# what the engine says is shorter; a tool's output that comes as one text shall not hold up the window
_LONGEST, _MOST_SENTENCES, _MOST_IN_ONE = 1000, 24, 4


def engine_words(text: str) -> str:
    """The text in the language of the window; as it is where it is none of the engine's."""
    return text if language().name == "en" or not text else _said(language().name, text)


def engine_sentences(*texts: str) -> str:
    """Several of the engine's texts, each by itself, as one."""
    said = ""
    for text in filter(None, map(engine_words, map(str.strip, texts))):
        said = _joined(said, text) if said else text
    return said


def engine_file(name: str) -> Path:
    """Where the engine's words of a language are."""
    return resource("translations", f"engine_{name}.ts")


@dataclass(frozen=True)
class Template:
    """A sentence with places: the texts between them, and how it is said."""

    parts: tuple[str, ...]
    words: str

    @property
    def letters(self) -> int:
        """How much of it is fixed."""
        return sum(map(len, self.parts))

    @property
    def is_short(self) -> bool:
        """So little is fixed (`Choose {1}.`) that other sentences look like it."""
        words = sum(len(_WORD.findall(part)) for part in self.parts)
        return words < 2 and not self.parts[0].endswith(": ")

    def values(self, text: str) -> tuple[str, ...] | None:
        """What stands in the places, or None if the text is another sentence."""
        found = self._pattern.fullmatch(text)
        if found is None or any(value.count("(") != value.count(")") for value in found.groups()):
            return None
        return found.groups()

    @functools.cached_property
    def _pattern(self) -> re.Pattern[str]:
        counted = {int(number) for number, mark in PLACE.findall(self.words) if mark == ":number"}
        places = [r"(\d+)" if n in counted else "(.*?)" for n in range(1, len(self.parts))]
        pairs = zip(map(re.escape, self.parts), [*places, ""], strict=True)
        return re.compile("".join(map("".join, pairs)), re.DOTALL)

    def rare_word(self, counts: Counter[str]) -> str:
        """A whole word that every text of this template holds, '' if there is none."""
        inner = "\0".join(self.parts)
        words = re.findall(r"(?<![A-Za-z\0])[A-Za-z]+(?![A-Za-z\0])", inner)
        return min(words, key=lambda word: counts[word], default="")


class Sayings:
    """The engine's sentences in one language."""

    def __init__(self, words: dict[str, str]) -> None:
        """`words`: each template in English with its translation."""
        self._fixed = {text: said for text, said in words.items() if not PLACE.search(text)}
        templates = [
            Template(tuple(PLACE.sub("\0", text).split("\0")), said)
            for text, said in words.items()
            if text not in self._fixed
        ]
        counts = Counter(word for t in templates for part in t.parts for word in _WORD.findall(part))
        self._by_word: dict[str, list[Template]] = {}
        for found in sorted(templates, key=lambda t: -t.letters):
            self._by_word.setdefault(found.rare_word(counts), []).append(found)

    def matches(self, text: str) -> list[tuple[Template, tuple[str, ...]]]:
        """Every template that a text fits, the one with most fixed text first."""
        words = {"", *_WORD.findall(text)}
        near = [t for word in words for t in self._by_word.get(word, ())]
        found = [(t, values) for t in near if (values := t.values(text)) is not None]
        return sorted(found, key=lambda match: (-match[0].letters, len(match[0].parts)))

    def say(self, text: str) -> str:
        """One or several sentences; lines are said one by one."""
        if "\n" in text:
            return "\n".join(self.say(line) for line in text.split("\n"))
        if len(text) > _LONGEST:
            return text
        return self._whole(text, strict=True) or self._by_sentences(text) or self._by_parts(text)

    def _whole(self, text: str, *, strict: bool = False) -> str:
        """One sentence, '' if it is unknown; `strict`: no value may look like a part of the sentence."""
        for spelt, ending in _spellings(text):
            if spelt in self._fixed:
                return _with_end(self._fixed[spelt], ending)
            for template, values in self.matches(spelt):
                if strict and (
                    any(map(_SENTENCE_END.search, values)) or any(": " in v for v in values[:-1])
                ):
                    continue
                if template.is_short and any(
                    " " in value and self._value(value) == value for value in values
                ):
                    continue
                return _with_end(self._filled(template.words, values), ending)
        return ""

    def _by_sentences(self, text: str) -> str:
        """Some sentences one after the other, '' if none is known."""
        ends = [found.span() for found in _SENTENCE_END.finditer(text)]
        if len(ends) >= _MOST_SENTENCES:
            return text
        for end, start in reversed(ends[:_MOST_IN_ONE]):
            if first := self._whole(text[:end], strict=True):
                rest = self.say(text[start:])
                whole = self._whole(text) if rest == text[start:] else ""
                return whole or _joined(first, rest)
        for end, start in ends[:1]:
            first, rest = self._by_parts(text[:end]), self.say(text[start:])
            if first + rest != text[:end] + text[start:]:
                return _joined(first, rest)
        return self._whole(text)

    def _by_parts(self, text: str) -> str:
        """What is known around a colon, or inside brackets."""
        head, *rest = _outside_brackets(text, ": ")
        if rest:
            known, tail = self._whole(head), self.say(": ".join(rest))
            return f"{known}\uff1a{tail}" if known else f"{head}: {tail}"
        bracket = _BRACKET.fullmatch(text)
        if bracket is not None:
            return f"{self._whole(bracket[1]) or bracket[1]} ({self.say(bracket[2])})"
        return text

    def _filled(self, words: str, values: tuple[str, ...]) -> str:
        said = PLACE.sub(
            lambda place: self._value(values[int(place[1]) - 1], place[2] == ":word"), words
        )
        return said.replace("\u3002\u3002", "\u3002").replace("\u3002\uff09", "\uff09")

    def _value(self, text: str, is_word: bool = False) -> str:
        """A value: names and numbers as they are, the engine's own sentences in the other language."""
        if is_word and text in self._fixed:
            return self._fixed[text]
        if " " not in text:  # a name, even if it is spelt like a word of the engine
            return text
        if _NAMES.fullmatch(text):
            return " ".join(
                self._fixed.get(word, word) if word in ("or", "and") else word for word in text.split()
            )
        whole = self._whole(text, strict=True)
        parts = _outside_brackets(text, ", ")
        if not whole and len(parts) > 1:
            return ", ".join(map(self._value, parts))
        return whole or self.say(text)


def _outside_brackets(text: str, mark: str) -> list[str]:
    """The text cut at each mark that is inside no brackets."""
    parts: list[str] = []
    for part in text.split(mark):
        if parts and parts[-1].count("(") > parts[-1].count(")"):
            parts[-1] += mark + part
        else:
            parts.append(part)
    return parts


def _spellings(text: str) -> Iterator[tuple[str, str]]:
    """The text as the engine may have written it, and the end that this text has instead.

    Where the engine puts a sentence into another, it may drop the full stop and change the first letter.
    """
    ended = text.endswith(".")
    other = text[:1].swapcase() + text[1:]
    for spelt in (text, other):
        yield spelt, "as it is"
        yield (spelt[:-1], "\u3002") if ended else (f"{spelt}.", "")


def _with_end(said: str, ending: str) -> str:
    return said if ending == "as it is" else said.rstrip("\u3002") + ending


def _joined(first: str, second: str) -> str:
    return first + ("" if first.endswith(("\u3002", "\uff1a")) else " ") + second


@functools.lru_cache(maxsize=_REMEMBERED)
def _said(name: str, text: str) -> str:
    return _sayings(name).say(text)


@functools.cache
def _sayings(name: str) -> Sayings:
    return Sayings({source: said for (_, source), said in read_words(engine_file(name)).items()})
