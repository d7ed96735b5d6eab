"""The report's content from what was compared, and its way into a file."""

from __future__ import annotations

import contextlib
import datetime
import importlib.metadata
import platform
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from engine.boards import BoardSpec, load_board
from engine.errors import EngineError, UsageError
from engine.project import FOLDER_SUFFIX, Project, write_atomically
from engine.report import ReportContent, report_text
from engine.summaries import StepSummary
from engine.verification import Verified

_PROGRAMS = {
    "Thimble": ("thimble-studio",),
    "PyTorch": ("torch",),
    "ONNX Runtime": ("onnxruntime",),
    "TensorFlow": ("tensorflow-cpu", "tensorflow"),
    "LiteRT": ("ai-edge-litert",),
    "TFLite Micro": ("tflite-micro",),
    "NumPy": ("numpy",),
    "Unicorn (virtual board)": ("unicorn",),
}


def write_report(found: Verified, arguments: dict[str, Any], path: Path) -> ReportContent:
    """Write a comparison as one HTML file: readers see the whole file or the one before, never a part.

    Args:
        found: what was compared.
        arguments: of the verb, for the command that does it again.
        path: the file; its folder is made.

    Raises:
        UsageError: it cannot be written there.
    """
    content = report_content(found, arguments)
    text = report_text(content)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    except OSError as error:
        blocked = isinstance(error, FileExistsError | NotADirectoryError)
        why = "a part of its path is a file, not a folder" if blocked else error.strerror or str(error)
        raise UsageError(
            f"The report could not be written to {path.name}: {why}.",
            hint="Choose another place, or free some disk space. No part of a report was left behind.",
            path=str(path),
        ) from error
    return content


def report_content(found: Verified, arguments: dict[str, Any]) -> ReportContent:
    """What the report shows of a comparison; see `write_report` for the arguments."""
    run, project = found.board_run, found.project
    board_id = run.board if run else found.fit.board if found.fit else ""
    board = _board(board_id)
    link = run.link if run else ""
    return ReportContent(
        title=found.title,
        facts=[(name, value) for name, value in _facts(found, board) if value],
        hashes=dict(found.hashes),
        versions=_versions(),
        verify=found.verify,
        fit=found.fit,
        build=found.build,
        board_run=run,
        board_title=board.name if board else board_id,
        host_confusion=found.host_confusion,
        needed=_needed(arguments),
        commands=_commands(arguments, board_id if run else "", link),
        recipe=project.recipe.to_toml() if project is not None and not project.is_finished_model else "",
        compared_on=found.compared_on or datetime.date.today().isoformat(),
        notes=found.notes,
    )


def _facts(found: Verified, board: BoardSpec | None) -> Iterable[tuple[str, str]]:
    project, run, build, verify = found.project, found.board_run, found.build, found.verify
    yield "Network", found.file
    if project is not None and project.data is not None:
        yield "Examples", project.data.source
    if board is not None:
        yield "Board", f"{board.name}, {board.core} at {board.clock_hz / 1e6:.0f} MHz"
    if run is not None:
        virtual = run.link.startswith("virtual")
        yield (
            "Reached by",
            "a virtual board: the firmware itself, on an emulated chip" if virtual else run.link,
        )
    if build is not None:
        yield "Firmware", f"built with {build.toolchain}, kernels: {build.kernels}"
        yield "Firmware's own mark", f"{build.model_hash}, which the board tells when it is asked"
    yield "Trainings ended early", _early_stops(project)
    yield "Inputs through every form", f"{verify.inputs_compared:,}"
    if verify.accuracy_samples:
        yield "Labelled samples for accuracy", f"{verify.accuracy_samples:,} of the test set"
    yield "Inputs on the board", f"{run.inputs_compared:,}" if run else "none: no board took part"
    yield "Seed", _seeds(project)


def _early_stops(project: Project | None) -> str:
    """Which trainings somebody ended with the best weights so far."""
    from engine.pipeline import readiness

    if project is None or project.is_without_data:
        return ""
    stops = [
        f"{state.title}: {stop.sentence}"
        for state in readiness(project)
        if isinstance(state.summary, StepSummary)
        for stop in state.summary.early_stops
    ]
    return " ".join(stops)


def _seeds(project: Project | None) -> str:
    if project is None or project.is_without_data:
        return "0 (made-up inputs)"
    seeds = {"split of the examples": project.data.seed if project.data else 0}
    for number, step in enumerate(project.recipe.steps, start=1):
        seed = getattr(step, "seed", None)
        if step.enabled and seed is not None:
            seeds[step.kind if step.kind not in seeds else f"{step.kind} (step {number})"] = seed
    if len(set(seeds.values())) == 1:
        return f"{next(iter(seeds.values()))} ({', '.join(seeds)})"
    return ", ".join(f"{name} {seed}" for name, seed in seeds.items())


def _commands(arguments: dict[str, Any], board_id: str, link: str) -> list[str]:
    """The command line, with names of files only: a report goes to people on other computers."""
    words = ["thimble-cli", "verify", _target(arguments)]
    if board_id:
        words += ["--board", board_id, "--on", "virtual" if link.startswith("virtual") else link]
    shape = arguments.get("input_shape") or ()
    if shape:
        words += ["--input-shape", ",".join(map(str, shape))]
    if arguments.get("trust"):
        words.append("--trust")
    return [shlex.join([*words, "--html", "report.html"])]


def _target(arguments: dict[str, Any]) -> str:
    return Path(str(arguments.get("target") or arguments.get("project") or "")).name


def _needed(arguments: dict[str, Any]) -> str:
    name = _target(arguments)
    return f"the project folder {name}" if name.endswith(FOLDER_SUFFIX) else f"the file {name}"


def _versions() -> dict[str, str]:
    found: dict[str, str] = {}
    for title, distributions in _PROGRAMS.items():
        for distribution in distributions:
            with contextlib.suppress(importlib.metadata.PackageNotFoundError):
                found.setdefault(title, importlib.metadata.version(distribution))
    return {**found, "Python": platform.python_version(), "System": platform.platform(terse=True)}


def _board(board_id: str) -> BoardSpec | None:
    try:
        return load_board(board_id) if board_id else None
    except EngineError:
        return None
