"""From a specification to a labelled set that is ready to train on, through a cache on disk."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.data import augment, features
from engine.data.features import Floats
from engine.data.image_files import scaled
from engine.data.labelled_set import LabelledSet, Split
from engine.data.sources import RawSamples, Source, in_order, normal_classes, open_source
from engine.data.spec import TASKS_WITH_FAULTS, DataSpec
from engine.data.split import SPLITS, assign_splits
from engine.errors import BadInputFile
from engine.events import CancelToken, LogLine, Report, StageProgress

STAGE = "data"
_VERSION = 4  # of everything that decides the arrays; a new one makes old cache files unused
_MOST_VARIANT_SAMPLES = 40_000


def load_data(
    spec: DataSpec, *, cache_folder: Path | None, report: Report, cancel: CancelToken
) -> LabelledSet:
    """Read, split and featurise a data set, or take it from the cache.

    The cache file is named by a hash of the content of all files, the settings and the code version.

    Args:
        spec: what to load; a path must be absolute (see `DataSpec.resolved`).
        cache_folder: where results are kept; None keeps nothing.
        report: told how far it is.
        cancel: checked at every file and every augmented copy.

    Returns:
        The same set, bit for bit, for the same content and specification.

    Raises:
        UsageError: a setting is out of its range.
        BadInputFile: the source is missing, damaged, of another kind, or too small to split.
    """
    spec.check()
    source = open_source(spec)
    cancel.check()
    path = None if cache_folder is None else cache_folder / f"{_cache_key(source, spec)}.npz"
    cached = None if path is None else _read_cache(path, source.name)
    if cached is not None:
        return cached

    def progress(done: int, total: int) -> None:
        cancel.check()
        if done % 32 == 0:
            report(StageProgress(stage=STAGE, done=done, total=total, unit="files"))

    raw = in_order(source.read(progress), spec.classes)
    data = _prepared(raw, spec, source.name, report, cancel)
    if path is not None:
        _write_cache(path, data, report)
    return data


def _prepared(
    raw: RawSamples, spec: DataSpec, name: str, report: Report, cancel: CancelToken
) -> LabelledSet:
    problems = list(raw.problems)
    parts = _parts(raw, spec, problems)
    to_features = _FEATURES.get(raw.kind, _as_they_are)

    def to_inputs(features: Floats) -> Floats:
        if raw.kind == "image":  # pixels became inputs when they were read
            return features
        return scaled(features, spec.input_scale, spec.input_mean)

    splits = []
    for number in range(len(SPLITS)):
        rows = np.flatnonzero(parts == number)
        cancel.check()
        inputs = to_inputs(to_features(raw.values[rows]))
        groups, origins = (tuple(names[i] for i in rows) for names in (raw.groups, raw.origins))
        splits.append(Split(inputs, raw.labels[rows], groups, origins))
    train_values = raw.values[parts == 0]
    count = 0
    if raw.kind in _VARIANTS:
        count = min(spec.variants, max(1, _MOST_VARIANT_SAMPLES // len(train_values)))
    variants = np.empty((count, *splits[0].inputs.shape), dtype=np.float32)
    for number in range(count):
        cancel.check()
        report(StageProgress(stage=STAGE, done=number, total=count, unit="augmented copies"))
        generator = np.random.default_rng([spec.seed, 24, number])
        variants[number] = to_inputs(_VARIANTS[raw.kind](train_values, generator))
    return LabelledSet(
        name=name,
        kind=raw.kind,
        classes=raw.classes,
        input_shape=tuple(splits[0].inputs.shape[1:]),
        train=splits[0],
        validation=splits[1],
        test=splits[2],
        train_variants=variants,
        normal=normal_classes(spec, raw.classes),
        mirror=spec.mirror and raw.kind == "image",
        problems=tuple(problems),
    )


def _as_they_are(values: Floats) -> Floats:
    return values


def _speech_variant(clips: Floats, generator: np.random.Generator) -> Floats:
    varied = augment.vary_clips(clips, generator)
    return features.coefficients(augment.vary_log_mel(features.speech_log_mel(varied), generator))


def _hum_variant(clips: Floats, generator: np.random.Generator) -> Floats:
    # A few per cent only: the speed of a machine is what its faults are told by.
    return features.log_mel(augment.vary_clips(clips, generator, speed=(0.96, 1.04)))


def _vibration_variant(records: Floats, generator: np.random.Generator) -> Floats:
    return features.vibration_spectra(augment.vary_records(records, generator))


_FEATURES: dict[str, Callable[[Floats], Floats]] = {
    "mfcc": features.mfcc,
    "log-mel": features.log_mel,
    "spectrum": features.vibration_spectra,
    "gain-free": features.gain_free_vibration,
}
_VARIANTS: dict[str, Callable[[Floats, np.random.Generator], Floats]] = {
    "mfcc": _speech_variant,
    "log-mel": _hum_variant,
    "spectrum": _vibration_variant,
}


def _parts(raw: RawSamples, spec: DataSpec, problems: list[str]) -> np.ndarray:
    """The split of every sample, as an index into `SPLITS`."""
    parts = _assigned(raw, spec, problems)
    shares = (1.0, spec.validation_share, spec.test_share)
    everywhere = set(raw.labels.tolist())
    needed = raw.classes  # to learn from
    if spec.task in TASKS_WITH_FAULTS:  # a machine is recorded for training while it is healthy
        needed = normal_classes(spec, raw.classes)
    for number, split in enumerate(SPLITS):
        held = set(raw.labels[parts == number].tolist())
        missing = [n for label, n in enumerate(raw.classes) if label in everywhere - held]
        if shares[number] == 0 or not missing:
            continue
        lost = [name for name in missing if name in needed] if number == 0 else []
        if lost or not held:
            raise BadInputFile(
                f"There are too few samples to split: {split} would hold none of class "
                f"{(lost or missing)[0]}.",
                hint="Add samples of that class, from several speakers or sessions if names tell them.",
            )
        problems.append(f"The {split} part holds no sample of {', '.join(missing)}.")
    return parts


def _assigned(raw: RawSamples, spec: DataSpec, problems: list[str]) -> np.ndarray:
    validation, test = spec.validation_share, spec.test_share

    def assign(rows: np.ndarray, groups: list[str], validation: float, test: float) -> np.ndarray:
        return assign_splits(
            raw.labels[rows], groups, validation_share=validation, test_share=test, seed=spec.seed
        )

    every = np.arange(len(raw.labels))
    fixed = set(raw.splits)
    if fixed != {""}:
        return _from_folders(
            raw, fixed, lambda rows: assign(rows, [raw.groups[i] for i in rows], validation, 0)
        )
    parts = assign(every, list(raw.groups), validation, test)
    if test > 0 and not (parts == 2).any():
        problems.append("All samples come from one group: test and training share it.")
        return assign(every, [""] * len(every), validation, test)
    if validation > 0 and not (parts == 1).any():
        problems.append("There are only two groups: validation shares one with training.")
        rows = np.flatnonzero(parts == 0)
        parts[rows] = assign(rows, [""] * len(rows), validation / (1 - test), 0)
    return parts


def _from_folders(
    raw: RawSamples, fixed: set[str], assign: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """Splits as the user's folders say; a lone validation folder serves as test."""
    numbers = {"train": 0, "validation": 1 if "test" in fixed else 2, "test": 2}
    parts = np.array([numbers[name] for name in raw.splits])
    rows = np.flatnonzero(parts == 0)
    if len(rows) and not (parts == 1).any():
        parts[rows] = assign(rows)
    return parts


def _cache_key(source: Source, spec: DataSpec) -> str:
    settings = spec.to_toml().split("\n", 1)[1]  # without the path: moved files stay cached
    text = f"{_VERSION}\n{source.content_hash}\n{settings}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def _write_cache(path: Path, data: LabelledSet, report: Report) -> None:
    """Write beside and rename; a full disk costs the cache, not the run."""
    description = {
        "kind": data.kind,
        "classes": data.classes,
        "normal": data.normal,
        "mirror": data.mirror,
        "problems": data.problems,
        "groups": {name: split.groups for name, split in data.splits.items()},
        "origins": {name: split.origins for name, split in data.splits.items()},
    }
    arrays = {"variants": data.train_variants, "description": np.array(json.dumps(description))}
    for name, split in data.splits.items():
        arrays |= {f"{name}_inputs": split.inputs, f"{name}_labels": split.labels}
    draft = path.with_name(f".{path.stem}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]
        draft.replace(path)
    except OSError as error:
        text = f"The features could not be cached ({error.strerror}); training goes on without."
        report(LogLine(stage=STAGE, text=text, level="warning"))
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _read_cache(path: Path, name: str) -> LabelledSet | None:
    """The cached set; None if there is none or its file is damaged."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            description = json.loads(str(archive["description"]))
            splits = {
                split: Split(
                    archive[f"{split}_inputs"],
                    archive[f"{split}_labels"],
                    tuple(description["groups"][split]),
                    tuple(description["origins"][split]),
                )
                for split in SPLITS
            }
            variants = archive["variants"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    return LabelledSet(
        name=name,
        kind=description["kind"],
        classes=tuple(description["classes"]),
        input_shape=tuple(splits["train"].inputs.shape[1:]),
        train=splits["train"],
        validation=splits["validation"],
        test=splits["test"],
        train_variants=variants,
        normal=tuple(description["normal"]),
        mirror=description["mirror"],
        problems=tuple(description["problems"]),
    )
