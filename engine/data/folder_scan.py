"""Which files of a folder are samples, what their class is, and who or what they come from.

Three layouts are understood: one sub-folder for each class; the same below `train`, `validation`
and `test` folders; and file names that carry the label, `label_speaker_number.wav`, flat or in
speaker folders.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import BadInputFile

SUFFIXES = {
    "audio": (".wav", ".flac", ".ogg"),
    "image": (".png", ".jpg", ".jpeg"),
    "table": (".csv",),
}
NOUNS = {"audio": "recording", "image": "picture", "table": "table"}
_SPLIT_FOLDERS = {"train": "train", "training": "train", "val": "validation", "valid": "validation"}
_SPLIT_FOLDERS |= {"validation": "validation", "test": "test", "testing": "test"}
LFS_POINTER = b"version https://git-lfs.github.com/spec"

# Speech Commands: word_SPEAKER_nohash_take, the speaker being eight hexadecimal digits.
_HASHED_SPEAKER = re.compile(r"(?:^|_)([0-9a-f]{8})_nohash_\d+$")
# Free Spoken Digit Dataset and many like it: label_speaker_take.
_NAMED_SPEAKER = re.compile(r"^([^_]+)_([A-Za-z][A-Za-z0-9-]*)_(\d+)$")
_NUMBERED = re.compile(r"^(.*?)(\d+)$")
# Recordings that follow each other come from one session and resemble each other.
_SESSION_FILES = 20
_NAMES_PER_TICK = 2000


@dataclass(frozen=True)
class SampleFile:
    """One file of a listing. `group` is empty and `split` is empty where nothing tells."""

    path: Path
    label: str
    group: str = ""
    split: str = ""


@dataclass(frozen=True)
class Listing:
    """The usable files of a folder, sorted, and what was left out, in sentences."""

    folder: Path
    files: tuple[SampleFile, ...]
    problems: tuple[str, ...]
    content_hash: str


def scan_folder(folder: Path, kind: str) -> Listing:
    """List the samples of one kind in a folder.

    Args:
        folder: the user's folder.
        kind: `audio`, `image` or `table`.

    Raises:
        BadInputFile: no folder, no samples, an empty class folder, or only one class.
    """
    noun = NOUNS[kind]
    if not folder.is_dir():
        raise BadInputFile(
            f"There is no folder {folder}.", hint="Choose a folder with one sub-folder for each class."
        )
    paths = _sample_paths(folder, kind)
    if not paths:
        endings = ", ".join(SUFFIXES[kind])
        raise BadInputFile(
            f"The folder {folder.name} holds no {noun} ({endings}).",
            hint="Choose a folder with one sub-folder for each class.",
        )
    background = [path for path in paths if "_background_noise_" in path.parts]
    paths = [path for path in paths if "_background_noise_" not in path.parts]
    problems = (
        [f"_background_noise_ is not a class: {len(background)} files left out."] if background else []
    )
    files = _labels_from_names(paths, folder) or _labels_from_folders(paths, folder, noun)
    files, content_hash = _without_unusable(files, folder, noun, problems)
    files = _grouped(files)
    classes = sorted({file.label for file in files})
    if len(classes) < 2:
        raise BadInputFile(
            f"The folder {folder.name} holds only one class, {classes[0]}.",
            hint="Add a sub-folder for each further class; training needs two or more.",
        )
    return Listing(folder, tuple(files), tuple(problems), content_hash)


def file_kind(task: str) -> str:
    """The kind of files that hold a task's samples."""
    return {"images": "image", "vibration": "table"}.get(task, "audio")


def labels_in(folder: Path, kind: str) -> set[str]:
    """The classes that the names in a folder tell; no file is read, and a bad folder tells none."""
    paths = [p for p in _sample_paths(folder, kind) if "_background_noise_" not in p.parts]
    with contextlib.suppress(BadInputFile):
        files = _labels_from_names(paths, folder) or _labels_from_folders(paths, folder, NOUNS[kind])
        return {file.label for file in files}
    return set()


def named_files(folder: Path, kind: str, *, tick: Callable[[int], None]) -> list[SampleFile]:
    """The samples that the names in a folder tell, without their groups; no file is read.

    Args:
        folder: the user's folder.
        kind: `audio`, `image` or `table`.
        tick: called with the number of names now and then; raises to cancel.

    Raises:
        BadInputFile: no folder, no samples, or no classes.
    """
    noun = NOUNS[kind]
    if not folder.is_dir():
        raise BadInputFile(f"There is no folder {folder}.", hint="Choose another folder.")
    paths = [p for p in _sample_paths(folder, kind, tick) if "_background_noise_" not in p.parts]
    if not paths:
        endings = ", ".join(SUFFIXES[kind])
        raise BadInputFile(
            f"The folder {folder.name} holds no {noun} ({endings}).",
            hint="Choose a folder with one sub-folder for each class.",
        )
    return _labels_from_names(paths, folder) or _labels_from_folders(paths, folder, noun)


def _sample_paths(
    folder: Path, kind: str, tick: Callable[[int], None] = lambda names: None
) -> list[Path]:
    found, seen = [], 0
    for home, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            seen += 1
            if seen % _NAMES_PER_TICK == 0:
                tick(seen)
            if not name.startswith(".") and name.lower().endswith(SUFFIXES[kind]):
                path = Path(home, name)
                if path.suffix and path.is_file():
                    found.append(path)
    return sorted(found)


def _labels_from_names(paths: list[Path], folder: Path) -> list[SampleFile]:
    """Samples whose names are label_speaker_number; empty if some are not, or folders are classes."""
    matches = [_NAMED_SPEAKER.match(path.stem) for path in paths]
    if not all(matches):
        return []
    files = [
        SampleFile(path, match[1], match[2])
        for path, match in zip(paths, matches, strict=True)
        if match is not None
    ]
    by_speaker = all(
        path.parent == folder or path.parent.name == f.group
        for path, f in zip(paths, files, strict=True)
    )
    return files if by_speaker and len({file.label for file in files}) > 1 else []


def _labels_from_folders(paths: list[Path], folder: Path, noun: str) -> list[SampleFile]:
    top_folders = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    split_folders = [p for p in top_folders if p.name.lower() in _SPLIT_FOLDERS]
    has_splits = len(split_folders) >= 2 and len(split_folders) == len(top_folders)
    files = []
    for path in paths:
        parts = path.relative_to(folder).parts
        split = _SPLIT_FOLDERS[parts[0].lower()] if has_splits else ""
        if len(parts) > 1 + has_splits:
            files.append(SampleFile(path, parts[has_splits], split=split))
    if not files:
        raise BadInputFile(
            f"The folder {folder.name} holds {len(paths)} files but no class folders.",
            hint=f"Put each {noun} into a sub-folder that is named after its class.",
        )
    if not has_splits:
        used = {file.label for file in files} | {"_background_noise_"}
        empty = [p.name for p in top_folders if p.name not in used]
        if empty:
            raise BadInputFile(
                f"The class folder {empty[0]} holds no {noun}.",
                hint=f"Add a {noun} to it, or delete the folder.",
                empty=empty,
            )
    return files


def _without_unusable(
    files: list[SampleFile], folder: Path, noun: str, problems: list[str]
) -> tuple[list[SampleFile], str]:
    """Drop pointers, empty files and copies (each becomes a problem); also hash all content."""
    whole = hashlib.sha256()
    seen: dict[bytes, SampleFile] = {}
    usable = []
    for file in files:
        content = file.path.read_bytes()
        digest = hashlib.sha256(content).digest()
        name = file.path.relative_to(folder).as_posix()
        whole.update(name.encode() + b"\0" + digest)
        if content.startswith(LFS_POINTER):
            problems.append(f"{name} is a Git LFS pointer, not a {noun}: run `git lfs pull`.")
        elif not content:
            problems.append(f"{name} is empty (0 bytes): record it again or delete it.")
        elif digest in seen:
            first = seen[digest]
            also = (
                ""
                if first.label == file.label
                else f" although their classes differ ({first.label}, {file.label})"
            )
            problems.append(
                f"{name} is a copy of {first.path.relative_to(folder).as_posix()}{also}: left out."
            )
        else:
            seen[digest] = file
            usable.append(file)
    lost = sorted({file.label for file in files} - {file.label for file in usable})
    if lost:
        raise BadInputFile(
            f"The class {lost[0]} holds no usable {noun}: {problems[-1]}",
            hint=f"Add a {noun} to it, or delete the folder.",
            problems=list(problems),
        )
    return usable, whole.hexdigest()


def _grouped(files: list[SampleFile]) -> list[SampleFile]:
    """Fill in the group of files that have none, as far as names tell."""
    hashed = [_HASHED_SPEAKER.search(file.path.stem) for file in files]
    if any(hashed):
        return [replace(f, group=m[1]) if m else f for f, m in zip(files, hashed, strict=True)]
    if any(file.group for file in files):
        return files
    named = [_NAMED_SPEAKER.match(file.path.stem) for file in files]
    speakers = Counter(m[2] for m in named if m)
    # A name that stands for one class only is part of the class's name, not a speaker.
    homes: dict[str, set[str]] = {}
    for file, match in zip(files, named, strict=True):
        if match:
            homes.setdefault(match[2], set()).add(file.label)
    if all(named) and len(speakers) > 1 and all(len(labels) > 1 for labels in homes.values()):
        return [replace(f, group=m[2]) for f, m in zip(files, named, strict=True) if m]
    return _grouped_by_number(files)


def _grouped_by_number(files: list[SampleFile]) -> list[SampleFile]:
    """Group by the running number of the file name, if there is one.

    One counter through all classes, each class in turn (a person shows every sign once): a round of
    all classes is one group. A counter in every class: twenty files that follow each other are one.
    """
    matches = [_NUMBERED.match(file.path.stem) for file in files]
    if not all(matches):
        return files
    numbers = [int(match[2]) for match in matches if match]
    classes = sorted({file.label for file in files})
    if len(set(numbers)) == len(files):
        order = sorted(range(len(files)), key=lambda i: numbers[i])
        rounds, current = {}, 0
        for previous, index in zip([order[0], *order], order, strict=False):
            # A label at or before the last one opens the next round.
            current += classes.index(files[index].label) <= classes.index(files[previous].label)
            rounds[index] = f"round {current}"
        if len(files) >= current * len(classes) / 2:
            return [replace(f, group=rounds[i]) for i, f in enumerate(files)]
    per_class = Counter(file.label for file in files)
    if min(per_class.values()) < 4 * _SESSION_FILES:
        return files
    return [
        replace(f, group=f"{f.label} {n // _SESSION_FILES}") for f, n in zip(files, numbers, strict=True)
    ]
