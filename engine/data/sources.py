"""Opens what a specification names: files or built-in samples become raw samples of one kind."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engine.data import audio_files, image_files, machine_hum, samples, tables
from engine.data.features import SPECTRUM_WINDOW, Floats
from engine.data.folder_scan import Listing, file_kind, scan_folder
from engine.data.spec import TASKS_WITH_FAULTS, DataSpec
from engine.errors import BadInputFile
from engine.resources import resource

# Called before each file with the number done and the total; raises to cancel.
Progress = Callable[[int, int], None]

_USUAL_PICTURE_SIZE = 32
_WORST_BAD_SHARE = 0.2


@dataclass(frozen=True, kw_only=True)
class RawSamples:
    """Samples before features and splitting.

    Attributes:
        kind: `mfcc` or `log-mel` (clips float32 (n, 16000)), `spectrum` or `gain-free` (records
            float32 (n, rows, axes)), `image` (scaled pixels), `features` or `vector` (as they are).
        values: float32 (n, ...).
        labels: int64 (n,).
        groups: n names; empty text where unknown.
        splits: n names of splits that the user's folders fix; empty text where they do not.
        classes: names in the order of the labels.
        problems: sentences about what was left out.
        origins: n texts that find each sample again, see `engine.examples.Example`.
    """

    kind: str
    values: Floats
    labels: np.ndarray
    groups: tuple[str, ...]
    splits: tuple[str, ...]
    classes: tuple[str, ...]
    origins: tuple[str, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class Source:
    """A source that has been looked at but not read: its content's hash, and how to read it."""

    name: str
    content_hash: str
    read: Callable[[Progress], RawSamples]


def open_source(spec: DataSpec) -> Source:
    """Look at the source of a specification.

    Raises:
        BadInputFile: it does not exist or holds nothing that the task can use.
    """
    if spec.source == "builtin:keywords":
        index = resource("samples", "keywords", "voices.json").read_bytes()
        return Source("Spoken words", hashlib.sha256(index).hexdigest(), lambda _: _spoken_words())
    if spec.source == "builtin:digits":
        return Source("Handwritten digits", "digits", lambda _: _digits(spec))
    if spec.source == "builtin:hum":
        return Source("Machine hum", "hum 1", lambda _: _hum(spec))
    path = Path(spec.source)
    if not path.exists():
        raise BadInputFile(f"There is no data at {path}.", hint="Choose the folder or file again.")
    if path.is_file():
        return _file_source(path, spec)
    kind = file_kind(spec.task)
    listing = scan_folder(path, kind)
    readers = {"image": _read_pictures, "table": _read_records, "audio": _read_recordings}
    reader = readers[kind]
    return Source(path.name, listing.content_hash, lambda progress: reader(listing, spec, progress))


def _spoken_words() -> RawSamples:
    clips, labels, groups, words = samples.spoken_words()
    return _unsplit("mfcc", clips, labels, groups, words)


def _digits(spec: DataSpec) -> RawSamples:
    pixels, labels, classes = samples.handwritten_digits()
    if spec.image_size not in (0, pixels.shape[1]):
        pixels = image_files.resize_grey(pixels, spec.image_size)
    pixels = np.repeat(pixels, max(spec.image_channels, 1), axis=3)
    inputs = image_files.network_inputs(pixels, spec, white=samples.DIGIT_WHITE)
    return _unsplit("image", inputs, labels, ("",) * len(labels), classes)


def _hum(spec: DataSpec) -> RawSamples:
    clips, labels, groups = machine_hum.machine_hum(spec.seed)
    return _unsplit("log-mel", clips, labels, groups, machine_hum.CLASSES)


def _unsplit(
    kind: str, values: Floats, labels: np.ndarray, groups: tuple[str, ...], classes: tuple[str, ...]
) -> RawSamples:
    return RawSamples(
        kind=kind,
        values=values,
        labels=labels,
        groups=groups,
        splits=("",) * len(labels),
        classes=classes,
        origins=tuple(f"#{number}" for number in range(len(labels))),
    )


def _file_source(path: Path, spec: DataSpec) -> Source:
    readers = {".npz": tables.read_npz, ".csv": tables.read_vectors}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise BadInputFile(
            f"{path.name} is not a data file that Thimble reads.",
            hint="Choose an .npz or .csv file, or a folder with one sub-folder for each class.",
        )
    content_hash = hashlib.sha256(path.read_bytes()).hexdigest()

    def read(_: Progress) -> RawSamples:
        table = reader(path)
        values, kind = table.inputs, "vector"
        if values.ndim == 4:
            kind = "image" if spec.task == "images" else "features"
        if values.dtype == np.uint8:
            values = image_files.network_inputs(values, spec)
        return _unsplit(kind, values, table.labels, table.groups, table.classes)

    return Source(path.name, content_hash, read)


def _read_recordings(listing: Listing, spec: DataSpec, progress: Progress) -> RawSamples:
    spoken = spec.task == "keywords"
    generator = np.random.default_rng([spec.seed, 45])
    many_channels = 0

    def read(path: Path) -> Floats:
        nonlocal many_channels
        recording, channels = audio_files.read_recording(path)
        many_channels += channels > 1
        if spoken:
            return audio_files.spoken_clip(recording, generator)[None]
        return audio_files.consecutive_clips(recording)

    raw = _read_all(listing, read, progress, "recording", grouped_by_file=not spoken)
    problems = list(raw.problems)
    if many_channels:
        problems.append(f"{many_channels} recordings have several channels: the first one is used.")
    return _with_kind(raw, "mfcc" if spoken else "log-mel", problems)


def _read_pictures(listing: Listing, spec: DataSpec, progress: Progress) -> RawSamples:
    size = spec.image_size or _USUAL_PICTURE_SIZE
    colour = any(image_files.is_colour(file.path) for file in listing.files[:20])
    channels = spec.image_channels or (3 if colour else 1)

    def read(path: Path) -> Floats:
        picture = image_files.read_picture(path, size, channels)
        return image_files.network_inputs(picture, spec)[None]

    raw = _read_all(listing, read, progress, "picture")
    return _with_kind(raw, "image", list(raw.problems))


def record_shape(spec: DataSpec) -> tuple[int, int]:
    """Rows and axes of the records of vibration that a folder's network reads.

    Raises:
        BadInputFile: the folder does not exist, or its tables cannot be read or are too short.
    """
    return _record_shape(scan_folder(Path(spec.source), file_kind(spec.task)))


def _record_shape(listing: Listing) -> tuple[int, int]:
    """What most of the first tables have; others are cut, or repeated until they are as long."""
    shapes: Counter[tuple[int, int]] = Counter()
    for file in listing.files[:20]:
        try:
            shapes[tables.read_record(file.path).shape] += 1
        except BadInputFile:
            continue
    if not shapes:
        raise BadInputFile(
            f"{listing.files[0].path.name} and the tables after it cannot be read.",
            hint="Each row is one moment, each column one axis, numbers separated by commas.",
        )
    (rows, axes), _ = shapes.most_common(1)[0]
    if rows < SPECTRUM_WINDOW:
        raise BadInputFile(
            f"The tables hold {rows} rows; a spectrum needs {SPECTRUM_WINDOW}.",
            hint="Record longer pieces.",
        )
    return rows, axes


def _read_records(listing: Listing, spec: DataSpec, progress: Progress) -> RawSamples:
    rows, axes = _record_shape(listing)

    def read(path: Path) -> Floats:
        record = tables.read_record(path)
        if record.shape[1] != axes:
            raise BadInputFile(
                f"{path.name} has {record.shape[1]} columns, the others have {axes}.",
                hint="Record it again or delete it.",
            )
        return as_long(record, rows)[None]

    raw = _read_all(listing, read, progress, "table")
    kind = "gain-free" if spec.vibration_features == "gain-free" else "spectrum"
    return _with_kind(raw, kind, list(raw.problems))


def as_long(record: np.ndarray, rows: int) -> np.ndarray:
    """The first rows of a record (rows, axes); a shorter one begins again."""
    repeats = -(-rows // len(record))
    return np.tile(record, (repeats, 1))[:rows]


def _read_all(
    listing: Listing,
    read: Callable[[Path], Floats],
    progress: Progress,
    noun: str,
    *,
    grouped_by_file: bool = False,
) -> RawSamples:
    """Read every file; bad ones become problems unless they are many or a whole class."""
    classes = tuple(sorted({file.label for file in listing.files}))
    index = {name: number for number, name in enumerate(classes)}
    pieces: list[Floats] = []
    labels: list[int] = []
    groups: list[str] = []
    splits: list[str] = []
    origins: list[str] = []
    problems = list(listing.problems)
    bad: list[BadInputFile] = []
    for done, file in enumerate(listing.files):
        progress(done, len(listing.files))
        try:
            piece = read(file.path)
        except BadInputFile as error:
            bad.append(error)
            problems.append(f"{file.label}/{error.message} {error.hint}")
            continue
        pieces.append(piece)
        labels += [index[file.label]] * len(piece)
        groups += [file.group or (f"{file.label}/{file.path.stem}" if grouped_by_file else "")] * len(
            piece
        )
        splits += [file.split] * len(piece)
        name = file.path.relative_to(listing.folder).as_posix()
        origins += [f"{name}#{number}" for number in range(len(piece))]
    lost = [name for name in classes if index[name] not in set(labels)]
    if lost or len(bad) > _WORST_BAD_SHARE * len(listing.files):
        where = (
            f"The class {lost[0]} holds no usable {noun}"
            if lost
            else f"{len(bad)} of {len(listing.files)} files are of no use"
        )
        raise BadInputFile(f"{where}: {bad[0].message}", hint=bad[0].hint, problems=problems)
    return RawSamples(
        kind="",
        values=np.concatenate(pieces),
        labels=np.array(labels, dtype=np.int64),
        groups=tuple(groups),
        splits=tuple(splits),
        classes=classes,
        origins=tuple(origins),
        problems=tuple(problems),
    )


def _with_kind(raw: RawSamples, kind: str, problems: list[str]) -> RawSamples:
    return replace(raw, kind=kind, problems=tuple(problems))


def class_names(spec: DataSpec) -> tuple[str, ...]:
    """Names of the classes of a source in its own order, where a look at names is enough.

    Raises:
        BadInputFile: the source does not exist or holds nothing that the task can use.
    """
    if spec.source == "builtin:digits":
        return tuple("0123456789")
    if spec.source == "builtin:hum":
        return machine_hum.CLASSES
    if spec.built_in or Path(spec.source).is_file():
        return open_source(spec).read(lambda _done, _total: None).classes
    kind = file_kind(spec.task)
    return tuple(sorted({file.label for file in scan_folder(Path(spec.source), kind).files}))


def in_order(raw: RawSamples, classes: tuple[str, ...]) -> RawSamples:
    """The samples with labels in the order of the network's classes; () keeps the order of the data.

    Raises:
        BadInputFile: the data have a class that the network does not know.
    """
    if not classes or raw.classes == classes:
        return raw
    unknown = [name for name in raw.classes if name not in classes]
    if unknown:
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        raise BadInputFile(
            f"The network has no class {', '.join(unknown[:3])}{more}, but the data do.",
            hint=f"Its classes are {', '.join(classes[:12])}. Without names its last layer is new.",
        )
    places = np.array([classes.index(name) for name in raw.classes], np.int64)
    absent = [name for name in classes if name not in raw.classes]
    problems = [*raw.problems]
    if absent:
        problems.append(f"The data hold no sample of {', '.join(absent)}.")
    return replace(raw, labels=places[raw.labels], classes=classes, problems=tuple(problems))


def normal_classes(spec: DataSpec, classes: tuple[str, ...]) -> tuple[str, ...]:
    """Which classes are healthy: those the user names, or those whose name says normal.

    Raises:
        BadInputFile: a named class does not exist.
    """
    for name in spec.named_normal if spec.task in TASKS_WITH_FAULTS else ():
        if name not in classes:
            raise BadInputFile(
                f"The data have no class {name}.", hint=f"The classes are {', '.join(classes)}."
            )
    return spec.healthy(classes)
