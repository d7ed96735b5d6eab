"""Trust in a teacher's file: asked for when a recipe names it, not after hours of training."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from engine.errors import BadInputFile
from engine.file_code import may_hold_code, shown_path
from engine.recipe import DistillStep, Step


def how_to_trust(step: DistillStep, project: Path, number: int, teacher: str) -> str:
    """The command that says that a teacher's file is trusted.

    Args:
        step: names the teacher.
        project: folder of the recipe's project.
        number: the step's place in the recipe, from 1.
        teacher: path of its file.
    """
    trusted = ",".join((*(name for name in step.teachers if step.trusts(name)), teacher))
    setting = f"trusted_teacher={trusted}"
    quoted = f'"{setting}"' if " " in setting else setting
    return f"thimble-cli recipe set {shown_path(project)} {number} {quoted}"


def refuse_untrusted_teachers(steps: Sequence[Step]) -> None:
    """Refuse a recipe with a teacher that may hold code and is not trusted.

    Raises:
        BadInputFile: names the file, and says how to trust it.
    """
    for step in (step for step in steps if isinstance(step, DistillStep) and step.enabled):
        for name in step.teachers:
            if may_hold_code(Path(name)) and not step.trusts(name):
                raise BadInputFile(
                    f"The teacher {Path(name).name} may hold code that runs when the file is read.",
                    hint="If you trust its author, add to the step's settings: "
                    f"trusted_teacher={shown_path(Path(name))}",
                    path=name,
                    option="trusted_teacher",
                )
