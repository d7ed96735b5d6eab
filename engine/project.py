"""The project folder `NAME.thimble/`: what the user chose, saved atomically, migrated step by step.

project.json     format_version, names, board, budgets, meaning, front_end (written only by the front)
recipe.toml      the compression plan
data.toml        where the labelled data come from and how they are brought to the network
calibration.npz  for a project without labelled data: the user's own inputs, which set the ranges, if any
model/           the user's own model file, if any, and the network that was read from it
artefacts/       results by stage and input hash; may be deleted at any time
runs/            what each run told, as JSON lines
lock, run.lock   one writer of project.json, one run at a time
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock

from engine.data.spec import DataSpec
from engine.errors import BadInputFile, UsageError
from engine.front_end import BOARD, COUNTS_PER_UNIT, HOST, KINDS, PLACES, board_kind
from engine.meaning import Meaning
from engine.recipe import DEFAULT_RECIPE, RECIPE_WITHOUT_DATA, Recipe

FORMAT_VERSION = 1
FOLDER_SUFFIX = ".thimble"
CALIBRATION_FILE = "calibration.npz"
_LOCK_SECONDS = 5.0
_MOST_COUNTS = 1_000_000


@dataclass(frozen=True)
class Budgets:
    """What the user allows. `None` means: what the board leaves. `accuracy` is a fraction 0..1."""

    flash_bytes: int | None = None
    ram_bytes: int | None = None
    latency_ms: float | None = None
    accuracy: float | None = None


@dataclass
class Project:
    """One user's project; `save` writes it back.

    Attributes:
        folder: the project folder.
        name: for people.
        task: `keywords`, `images`, `anomaly` or `vibration`.
        board_id: chosen board, or "".
        network: id of a zoo network, or "" when `model_file` is used.
        model_file: path of the user's model relative to the folder, or "".
        data: where the labelled data come from; None for a model file that is not trained here.
        recipe: the compression plan.
        budgets: limits that the gauges show.
        meaning: of the numbers of the user's model, None for a network of the zoo. What is applied to
            samples stands in `data`; another choice of data takes it from here.
        front_end: who makes features of raw samples: `host`, or `board` for firmware that does.
        counts_per_unit: of the board's accelerometer, for one unit of the tables with vibration.
    """

    folder: Path
    name: str
    task: str = ""
    board_id: str = ""
    network: str = ""
    model_file: str = ""
    data: DataSpec | None = None
    recipe: Recipe = DEFAULT_RECIPE
    budgets: Budgets = field(default_factory=Budgets)
    meaning: Meaning | None = None
    front_end: str = HOST
    counts_per_unit: float = COUNTS_PER_UNIT

    @property
    def board_kind(self) -> str:
        """What a board computes of raw samples for this project; "" if it cannot."""
        return _board_kind(self.task, self.data)[0]

    @property
    def board_features_problem(self) -> str:
        """Why `front_end` cannot be `board`, "" if it can."""
        return _board_kind(self.task, self.data)[1]

    @property
    def takes_sound(self) -> bool:
        """Whether a board or this computer can make the network's input of what a microphone hears."""
        return self.board_kind in KINDS

    @property
    def artefacts_folder(self) -> Path:
        """Where stages leave their results."""
        return self.folder / "artefacts"

    @property
    def model_path(self) -> Path | None:
        """The user's model file, if the project has one."""
        return self.folder / self.model_file if self.model_file else None

    @property
    def is_without_data(self) -> bool:
        """A model file for which no data set was chosen: it is taken as it is, never trained."""
        return bool(self.model_file) and self.data is None

    @property
    def is_finished_model(self) -> bool:
        """A `.tflite` made elsewhere, without data: it skips training and conversion."""
        return self.model_file.endswith(".tflite") and self.is_without_data

    @property
    def calibration_path(self) -> Path | None:
        """The user's own inputs for a network without a data set, if there are any."""
        path = self.folder / CALIBRATION_FILE
        return path if self.is_without_data and path.is_file() else None

    @property
    def imported_folder(self) -> Path:
        """Where the network that was read from `model_file` lies as plain data."""
        return self.folder / "model" / "imported"

    def save(self) -> None:
        """Write `project.json`, `recipe.toml` and `data.toml` atomically, keeping one previous copy.

        Raises:
            UsageError: another window or command is saving, or the disk refused.
        """
        document = {
            "format_version": FORMAT_VERSION,
            "name": self.name,
            "task": self.task,
            "board_id": self.board_id,
            "network": self.network,
            "model_file": self.model_file,
            "budgets": vars(self.budgets),
            "meaning": self.meaning.to_document() if self.meaning is not None else None,
            "front_end": self.front_end,
            "counts_per_unit": self.counts_per_unit,
        }
        try:
            with filelock.FileLock(self.folder / "lock", timeout=_LOCK_SECONDS):
                if self.data is not None:
                    write_atomically(self.folder / "data.toml", self.data.to_toml())
                write_atomically(self.folder / "recipe.toml", self.recipe.to_toml())
                current = self.folder / "project.json"
                if current.exists():
                    shutil.copyfile(current, self.folder / "project.previous.json")
                write_atomically(current, json.dumps(document, indent=2) + "\n")
        except filelock.Timeout as error:
            raise UsageError(
                f"The project {self.name} is being saved by another window or command.",
                hint="Close it, then try again.",
            ) from error
        except OSError as error:
            raise UsageError(
                f"The project could not be saved: {error.strerror or error}.",
                hint="Free some disk space or choose another folder; nothing was lost.",
                path=str(self.folder),
            ) from error


def create_project(
    folder: Path,
    *,
    task: str,
    board_id: str = "",
    network: str = "",
    model_file: Path | None = None,
    companions: Sequence[str] = (),
    imported: Path | None = None,
    data: DataSpec | None = None,
    recipe: Recipe | None = None,
    budgets: Budgets | None = None,
    meaning: Meaning | None = None,
    calibration: Path | None = None,
    front_end: str = HOST,
) -> Project:
    """Make a new project folder and save it.

    Args:
        folder: must not exist or must be empty; the suffix `.thimble` is added if absent.
        task: what the model is for.
        board_id: id of a board, may come later.
        network: a zoo network, or "" when `model_file` is given.
        model_file: the user's model, a file or a folder; it is copied into the project.
        companions: names of files beside the model that belong to it.
        imported: folder with what was read from it, for a network that is trained; also copied.
        data: where the labelled data come from.
        recipe: the compression plan; by default the usual one, without data only the conversion.
        budgets: limits that the gauges show; by default what the board leaves.
        meaning: of the numbers of the user's model.
        calibration: the user's own inputs for a network without data; also copied.
        front_end: who makes features of raw samples, `host` or `board`.

    Raises:
        UsageError: the folder is taken or cannot be made, or boards cannot make this task's features.
    """
    check_front_end(front_end, task, data)
    if folder.suffix != FOLDER_SUFFIX:
        folder = folder.with_name(folder.name + FOLDER_SUFFIX)
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder.name} already exists.", hint="Choose another name.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        copied = ""
        if model_file is not None:
            (folder / "model").mkdir()
            copied = f"model/{model_file.name}"
            if model_file.is_dir():
                shutil.copytree(model_file, folder / copied)
            else:
                for name in (model_file.name, *companions):
                    shutil.copyfile(model_file.with_name(name), folder / "model" / name)
        if imported is not None:
            shutil.copytree(imported, folder / "model" / "imported")
        if calibration is not None:
            shutil.copyfile(calibration, folder / CALIBRATION_FILE)
    except OSError as error:
        raise UsageError(
            f"The project folder could not be made: {error.strerror or error}.",
            hint="Choose another place.",
            path=str(folder),
        ) from error
    project = Project(
        folder=folder,
        name=folder.stem,
        task=task,
        board_id=board_id,
        network=network,
        model_file=copied,
        data=data,
        budgets=budgets or Budgets(),
        meaning=meaning,
        front_end=front_end,
    )
    project.recipe = recipe or (RECIPE_WITHOUT_DATA if project.is_without_data else DEFAULT_RECIPE)
    project.save()
    return project


def open_project(folder: Path) -> Project:
    """Read a project, migrating older formats in memory (the next `save` writes the new one).

    Raises:
        BadInputFile: it is not a project, damaged, or from a newer Thimble.
        UsageError: recipe.toml or data.toml holds an unknown key, or no sensor has so many counts.
    """
    try:
        document = json.loads((folder / "project.json").read_text("utf-8"))
        if not isinstance(document, dict):
            raise ValueError("not an object")
    except FileNotFoundError as error:
        raise BadInputFile(
            f"{folder.name} is not a Thimble project: it has no project.json.",
            hint="Choose a folder whose name ends in .thimble.",
            path=str(folder),
        ) from error
    except (OSError, ValueError) as error:
        raise BadInputFile(
            f"project.json of {folder.name} is damaged: {error}.",
            hint="Copy project.previous.json over it; that is the state before the last save.",
            path=str(folder),
        ) from error
    document = migrate(document, folder)
    front_end = str(document.get("front_end", HOST))
    if front_end not in PLACES:
        raise BadInputFile(
            f"project.json of {folder.name} says front_end {front_end!r}.",
            hint=f"Write {' or '.join(PLACES)} there.",
            path=str(folder),
        )
    data_file = folder / "data.toml"
    recipe_file = folder / "recipe.toml"
    try:
        return Project(
            folder=folder,
            name=str(document["name"]),
            task=str(document["task"]),
            board_id=str(document["board_id"]),
            network=str(document["network"]),
            model_file=str(document["model_file"]),
            budgets=Budgets(**document["budgets"]),
            meaning=Meaning.from_document(document["meaning"]) if document.get("meaning") else None,
            front_end=front_end,
            counts_per_unit=checked_counts(float(document.get("counts_per_unit", COUNTS_PER_UNIT))),
            data=DataSpec.from_toml(data_file.read_text("utf-8")) if data_file.exists() else None,
            recipe=(
                Recipe.from_toml(recipe_file.read_text("utf-8"))
                if recipe_file.exists()
                else DEFAULT_RECIPE
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInputFile(
            f"project.json of {folder.name} lacks something: {error}.",
            hint="Copy project.previous.json over it; that is the state before the last save.",
            path=str(folder),
        ) from error


def check_front_end(front_end: str, task: str, data: DataSpec | None) -> None:
    """Refuse what a project cannot have as `front_end`.

    Raises:
        UsageError: there is no such choice, or boards cannot make the task's features.
    """
    if front_end not in PLACES:
        raise UsageError(
            f"A project's features are not made by {front_end}.", hint=f"Use {' or '.join(PLACES)}."
        )
    _, problem = _board_kind(task, data)
    if problem and front_end == BOARD:
        raise UsageError(
            problem, hint="Boards make features of sound, and spectra of tables with vibration."
        )


def checked_counts(counts_per_unit: float) -> float:
    """What a project can have as `counts_per_unit`.

    Raises:
        UsageError: no sensor has so many counts.
    """
    if not 1 <= counts_per_unit <= _MOST_COUNTS:
        raise UsageError(
            f"A sensor with {counts_per_unit:g} counts per unit cannot be used.",
            hint=f"Give a number from 1 to {_MOST_COUNTS:,}.",
        )
    return counts_per_unit


def _board_kind(task: str, data: DataSpec | None) -> tuple[str, str]:
    return board_kind(task, data.source if data else "", data.vibration_features if data else "")


# One function per step, from version n to n + 1.
_MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def migrate(document: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Bring a project document to `FORMAT_VERSION`.

    Raises:
        BadInputFile: the version is missing or newer than this program.
    """
    version = document.get("format_version")
    if not isinstance(version, int) or version < 1:
        raise BadInputFile(f"{folder.name} has no format version.", hint="It is not a Thimble project.")
    if version > FORMAT_VERSION:
        raise BadInputFile(
            f"{folder.name} was made by a newer Thimble (format {version}, this one reads up to "
            f"{FORMAT_VERSION}).",
            hint="Update Thimble.",
        )
    while version < FORMAT_VERSION:
        document = _MIGRATIONS[version](document)
        version += 1
    return document


@contextlib.contextmanager
def run_lock(project: Project) -> Iterator[None]:
    """Held while a run writes artefacts.

    Raises:
        UsageError: another run works on the project.
    """
    lock = filelock.FileLock(project.folder / "run.lock", timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout as error:
        raise UsageError(
            f"Another run is working on {project.name}.", hint="Wait for it, or cancel it."
        ) from error
    try:
        yield
    finally:
        lock.release()


def write_atomically(path: Path, text: str) -> None:
    """Write a file so that readers see the old or the new content, never a part of it."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:  # not mkstemp: what it makes only its owner may read
        with temporary.open("x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
