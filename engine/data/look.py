"""A look at a data set without reading all of it: a few samples, the balance of classes, problems."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image

from engine.data import shown
from engine.data.audio_files import read_recording
from engine.data.folder_scan import LFS_POINTER, SampleFile, file_kind, named_files
from engine.data.sources import RawSamples, open_source
from engine.data.spec import DataSpec
from engine.errors import BadInputFile
from engine.events import CancelToken, Report, StageProgress
from engine.examples import ClassCount, DataLook, DataProblem, Example

STAGE = "data"
MOST_SHOWN = 24
_MOST_CHECKED = 400
_MOST_SECONDS = 4.0  # of checking; reading names and a source of one file takes what it takes
_FEW = 20
_UNBALANCED = 5
_NAMED = 3
T = TypeVar("T")
_KINDS = {"audio": "sound", "image": "picture", "table": "lines"}


def look_at(spec: DataSpec, *, most: int = MOST_SHOWN, report: Report, cancel: CancelToken) -> DataLook:
    """Look at a data set.

    Of a folder the names of all files are read, and up to 400 files are opened, evenly over the classes.

    Args:
        spec: what to look at; a path must be absolute.
        most: samples to show at most.
        report: told how many names were seen and files opened.
        cancel: checked all along.

    Raises:
        BadInputFile: it does not exist or holds nothing that the task can use.
    """
    path = Path(spec.source)
    if not spec.built_in and path.is_dir():
        return _FolderLook(path, spec, report, cancel).result(most)
    return _look_at_samples(_raw(spec, cancel), spec, most, cancel)


def show(spec: DataSpec, origins: Sequence[str], *, cancel: CancelToken) -> list[Example]:
    """The samples of these origins; one that cannot be shown says why."""
    path = Path(spec.source)
    raw = None if not spec.built_in and path.is_dir() else _raw(spec, cancel)
    found = []
    for origin in origins:
        cancel.check()
        try:
            if raw is None:
                found.append(_from_folder(path, spec, origin))
            else:
                found.append(_sample(raw, int(origin.removeprefix("#")), spec))
        except (BadInputFile, ValueError, IndexError) as error:
            words = error.message if isinstance(error, BadInputFile) else f"{origin} is no sample here."
            found.append(Example(origin=origin, label="", kind="", problem=words))
    return found


def _from_folder(folder: Path, spec: DataSpec, origin: str) -> Example:
    name, _, piece = origin.rpartition("#")
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise BadInputFile(f"{name} is no longer there.", hint="Read the examples again.")
    return shown.shown_file(path, file_kind(spec.task), origin=origin, label="", piece=int(piece))


def _sample(raw: RawSamples, number: int, spec: DataSpec) -> Example:
    label, origin = raw.classes[int(raw.labels[number])], raw.origins[number]
    return shown.shown_sample(raw.values[number], raw.kind, spec, origin=origin, label=label)


def _raw(spec: DataSpec, cancel: CancelToken) -> RawSamples:
    cancel.check()
    return _read(spec, open_source(spec).content_hash)


@lru_cache(maxsize=1)  # a look is followed by others at the same set
def _read(spec: DataSpec, content_hash: str) -> RawSamples:
    return open_source(spec).read(lambda _done, _total: None)


# ---- a source that holds all samples ---------------------------------------------------------------
def _look_at_samples(raw: RawSamples, spec: DataSpec, most: int, cancel: CancelToken) -> DataLook:
    totals = np.bincount(raw.labels, minlength=len(raw.classes))
    counts = {name: int(n) for name, n in zip(raw.classes, totals, strict=True)}
    order = [
        int(i) for i in _in_turn([list(np.flatnonzero(raw.labels == n)) for n in range(len(counts))])
    ]
    checked = order[: 10 * _MOST_CHECKED]
    seen: set[bytes] = set()
    bad: dict[str, list[str]] = {}
    for number in checked:
        cancel.check()
        digest = hashlib.sha256(raw.values[number].tobytes()).digest()
        if digest in seen:
            bad.setdefault("copy", []).append(raw.origins[number])
        seen.add(digest)
        if raw.kind in ("mfcc", "log-mel") and shown.is_silent(raw.values[number]):
            bad.setdefault("silent", []).append(raw.origins[number])
    examples = [_sample(raw, number, spec) for number in order[:most]]
    return DataLook(
        source=spec.source,
        kind=examples[0].kind if examples else "",
        samples=len(raw.labels),
        checked=len(checked),
        classes=[ClassCount(name, n) for name, n in counts.items()],
        problems=[*_problems(bad), *_balance(counts)],
        examples=examples,
    )


# ---- a folder --------------------------------------------------------------------------------------
class _FolderLook:
    def __init__(self, folder: Path, spec: DataSpec, report: Report, cancel: CancelToken) -> None:
        self._folder, self._spec, self._report, self._cancel = folder, spec, report, cancel
        self._kind = file_kind(spec.task)
        self._seen: set[bytes] = set()
        self._bad: dict[str, list[str]] = {}

    def result(self, most: int) -> DataLook:
        files = named_files(self._folder, self._kind, tick=self._tick)
        counts = Counter(file.label for file in files)
        by_class: dict[str, list[SampleFile]] = {}
        for file in files:
            by_class.setdefault(file.label, []).append(file)
        examples, checked = self._opened(list(_in_turn(list(by_class.values()))), most)
        return DataLook(
            source=self._spec.source,
            kind=_KINDS[self._kind],
            samples=len(files),
            checked=checked,
            classes=[ClassCount(name, counts[name]) for name in sorted(counts)],
            problems=[*_problems(self._bad), *_balance(counts)],
            examples=examples,
        )

    def _tick(self, names: int) -> None:
        self._cancel.check()
        self._report(StageProgress(stage=STAGE, done=names, total=0, unit="names"))

    def _opened(self, order: list[SampleFile], most: int) -> tuple[list[Example], int]:
        """Samples to show and how many files were opened; there is at least time for what is shown."""
        examples: list[Example] = []
        wanted = order[:_MOST_CHECKED]
        until = time.monotonic() + _MOST_SECONDS
        for done, file in enumerate(wanted):
            self._cancel.check()
            if done >= most and time.monotonic() > until:
                return examples, done
            if done % 32 == 0:
                self._report(StageProgress(stage=STAGE, done=done, total=len(wanted), unit="files"))
            if self._usable(file) and len(examples) < most:
                origin = f"{self._name(file)}#0"
                examples.append(shown.shown_file(file.path, self._kind, origin=origin, label=file.label))
        return examples, len(wanted)

    def _usable(self, file: SampleFile) -> bool:
        try:
            content = file.path.read_bytes()
        except OSError:
            return self._is_bad("unreadable", file)
        if not content or content.startswith(LFS_POINTER):
            return self._is_bad("pointer" if content else "empty", file)
        digest = hashlib.sha256(content).digest()
        if digest in self._seen:
            return self._is_bad("copy", file)
        self._seen.add(digest)
        try:
            if self._kind == "audio" and shown.is_silent(read_recording(file.path)[0]):
                return self._is_bad("silent", file)
            if self._kind == "image" and _is_flat(file.path):
                return self._is_bad("flat", file)
            if self._kind == "table":
                shown.shown_file(file.path, self._kind, origin="", label="")
        except (BadInputFile, OSError, ValueError, Image.DecompressionBombError):
            return self._is_bad("unreadable", file)
        return True

    def _is_bad(self, kind: str, file: SampleFile) -> bool:
        self._bad.setdefault(kind, []).append(self._name(file))
        return False

    def _name(self, file: SampleFile) -> str:
        return file.path.relative_to(self._folder).as_posix()


def _is_flat(path: Path) -> bool:
    with Image.open(path) as picture:
        picture.draft("L", (64, 64))
        grey = np.asarray(picture.convert("L"), np.int16)
    return bool(grey.max() - grey.min() < 3)


def _in_turn(lists: Sequence[Sequence[T]]) -> Iterator[T]:
    """One of each list after the other, each in an order of its own that is always the same."""
    generator = np.random.default_rng(0)
    orders = [generator.permutation(len(entries)) for entries in lists]
    for place in range(max((len(entries) for entries in lists), default=0)):
        for entries, order in zip(lists, orders, strict=True):
            if place < len(entries):
                yield entries[order[place]]


def _problems(bad: dict[str, list[str]]) -> list[DataProblem]:
    return [DataProblem(kind, len(names), names[:_NAMED]) for kind, names in bad.items()]


def _balance(counts: dict[str, int]) -> list[DataProblem]:
    problems = []
    held = {name: n for name, n in counts.items() if n}
    if len(held) < 2:
        problems.append(DataProblem("one-class", len(held), list(held)))
    few = sorted((n, name) for name, n in counts.items() if n < _FEW)
    if few:
        problems.append(DataProblem("few", len(few), [name for _, name in few[:_NAMED]]))
    elif held and max(held.values()) > _UNBALANCED * min(held.values()):
        names = [max(held, key=held.__getitem__), min(held, key=held.__getitem__)]
        problems.append(DataProblem("unbalanced", len(names), names))
    return problems
