"""The verb `listen`: from plain arguments to `engine.listening`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from engine.errors import UsageError
from engine.events import CancelToken, Report
from engine.front_end import BOARD, COUNTS_PER_UNIT
from engine.front_end_choice import chosen_front_end
from engine.listening import DEFAULT_STEP_SECONDS, Listener
from engine.listening import listen as listen_to
from engine.project import Project


def listen(
    arguments: dict[str, Any],
    *,
    project: Project | None,
    network: Path | None,
    board_id: str,
    report: Report,
    cancel: CancelToken,
) -> None:
    """Send sound to a board that makes the features by itself, and show what it answers.

    Args:
        arguments: as `engine.cli` names them; `target` is a project, a network, firmware or nothing.
        project: if the target is one.
        network: the project's, or the target itself.
        board_id: of the board that listens.
        report: gets a `Result` per clip.
        cancel: looked at before each clip.

    Raises:
        UsageError: nothing would run on the board, or nothing is to be sent.
        EngineError: see `engine.listening.listen`.
    """
    target, link = arguments.get("target"), arguments.get("on") or "virtual"
    usual = project.counts_per_unit if project is not None else COUNTS_PER_UNIT
    counts = float(arguments.get("counts_per_unit") or usual)
    if network is not None:
        front_end = chosen_front_end(arguments.get("front_end") or BOARD, project)
        if front_end is None:
            raise UsageError(
                "Only a board with a front-end takes samples.", hint="Leave out --front-end host."
            )
        built = _built(project, board_id) if project and not arguments.get("front_end") else None
        listener = Listener(
            board_id,
            elf=built,
            model=network if built is None else None,
            front_end=front_end,
            classes=output_names(project) if project else (),
            counts_per_unit=counts,
        )
    elif target or link != "virtual":
        # Firmware for a real board is written by `flash`, as for `monitor`.
        elf = Path(target) if target and link == "virtual" else None
        listener = Listener(board_id, elf=elf, counts_per_unit=counts)
    else:
        raise UsageError(
            "Nothing runs on a new virtual board.", hint="Name a project, a .tflite or an ELF file."
        )
    step = arguments.get("step")
    listen_to(
        listener,
        link=link,
        recordings=[Path(name) for name in arguments.get("wav") or ()],
        microphone=arguments.get("microphone"),
        tables=[Path(name) for name in arguments.get("csv") or ()],
        step_seconds=DEFAULT_STEP_SECONDS if step is None else float(step),
        count=int(arguments.get("count") or 0),
        baud=int(arguments.get("baud") or 0),
        report=report,
        cancel=cancel,
    )


def _built(project: Project, board_id: str) -> Path | None:
    """Firmware of a project whose features the board makes, if it is built and nothing changed since."""
    from engine import pipeline
    from engine.summaries import BuildSummary

    if project.front_end != BOARD or project.board_id != board_id:
        return None
    for state in pipeline.readiness(project):
        if isinstance(state.summary, BuildSummary) and state.state == "done" and state.folder:
            return state.folder / state.summary.elf
    return None


def output_names(project: Project) -> tuple[str, ...]:
    """Names of the outputs: of the examples that the project learnt from, else of its model file."""
    from engine.live import project_inputs

    played = project_inputs(project)
    if played is not None:
        return tuple(played.classes)
    return project.meaning.classes if project.meaning is not None else ()
