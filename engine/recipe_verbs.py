"""What the command line can do with recipes: show and change them, run them, compare two orders."""

from __future__ import annotations

import dataclasses
import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from engine import summaries
from engine.candidates import Cost
from engine.errors import UsageError
from engine.events import CancelToken, Report, Result
from engine.project import Project, open_project
from engine.recipe import (
    QuantizeStep,
    Recipe,
    Step,
    new_step,
    order_problem,
    step_from_table,
)
from engine.teacher_trust import refuse_untrusted_teachers

Arguments = dict[str, Any]


def recipe(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Show or change a project's recipe, or compare two orders of its steps."""
    project = open_project(Path(arguments["project"]).absolute())
    action = arguments["action"]
    if action == "compare":
        from engine.order_comparison import compare_orders

        seeds = arguments.get("seeds") or (0,)
        report(Result(values=compare_orders(project, seeds=seeds, report=report, cancel=cancel)))
        return
    if action == "sensitivity":
        from engine.mixed_precision import sensitivity

        sensitivity(project, improve=bool(arguments.get("improve")), report=report, cancel=cancel)
        return
    if action != "show":
        steps = list(project.recipe.steps)
        _ACTIONS[action](steps, arguments)
        running = [step for step in steps if step.enabled]
        problem = order_problem(
            running, trained=bool(project.model_file), data=not project.is_without_data
        )
        if problem:
            raise UsageError(problem, hint="The recipe stays as it was.")
        refuse_untrusted_teachers(steps)
        project.recipe = Recipe(tuple(steps))
        project.save()
    for row in recipe_rows(project, cancel=cancel):
        report(Result(values=row))


def compress(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Run a project's recipe up to its last step, and say what each step took and gave."""
    from engine import pipeline

    project = open_project(Path(arguments["project"]).absolute())
    rows = recipe_rows(project, cancel=cancel)
    stages = [row["stage"] for row in rows if row["stage"]]
    if not stages:
        raise UsageError(
            "The recipe has no step that is on.",
            hint=f"Add one: thimble-cli recipe add {arguments['project']} train",
        )
    pipeline.run(project, until=stages[-1], report=report, cancel=cancel)
    for row in recipe_rows(project, cancel=cancel):
        report(Result(values=row))


def recipe_rows(project: Project, *, cancel: CancelToken) -> list[dict[str, Any]]:
    """One row per step, with what its result says as far as there is one.

    `accuracy_*` are fractions (for an autoencoder the area under the ROC curve), `stage` is empty for a
    step that is off, `state` is `off` or that of its stage. Flash, RAM and time are predicted for the
    8-bit form on the project's board, before the step and after it.
    """
    from engine import pipeline
    from engine.recipe_costs import step_costs

    costs = step_costs(project, cancel=cancel)
    before = costs.get("model")
    states = {state.stage: state for state in pipeline.readiness(project)}
    rows, number = [], 0
    for place, step in enumerate(project.recipe.steps, start=1):
        stage = ""
        if step.enabled and isinstance(step, QuantizeStep):
            stage = "convert"
        elif step.enabled:
            number += 1
            stage = f"step-{number}-{step.kind}"
        settings = dataclasses.asdict(step)
        settings.pop("enabled")
        row = {"number": place, "kind": step.kind, "enabled": step.enabled, "stage": stage}
        state = states.get(stage)
        row["state"] = state.state if state else "off"
        row["changed"] = [f"{k}={v}" for k, v in settings.items() if v != getattr(type(step)(), k)]
        row |= {"settings": settings}
        if state is not None and state.state in ("done", "stale"):
            row |= _figures(state.summary)
        after = costs.get(stage)
        if after is not None:
            row |= _costs(before, after)
        before = after if stage else before
        rows.append(row)
    return rows


def _costs(before: Cost | None, after: Cost) -> dict[str, Any]:
    values: dict[str, Any] = {"basis": "predicted"}
    for name in ("flash_bytes", "ram_bytes", "latency_ms"):
        values[f"{name}_before"] = None if before is None else getattr(before, name)
        values[f"{name}_after"] = getattr(after, name)
    return values


def _figures(summary: summaries.Document | None) -> dict[str, Any]:
    if isinstance(summary, summaries.StepSummary):
        plain = summaries.to_plain(summary)
        plain["accuracy_before"] = _value(summary.accuracy_before)
        plain["accuracy_after"] = _value(summary.accuracy_after)
        plain["teacher_accuracy"] = _value(summary.teacher_accuracy)
        plain["alone_accuracy"] = _value(summary.alone_accuracy)
        for bulky in ("kind", "epochs", "confusion"):
            del plain[bulky]
        return plain
    if isinstance(summary, summaries.ConvertSummary):
        return {
            "accuracy_before": _value(summary.float_accuracy),
            "accuracy_after": _value(summary.int8_accuracy),
            "model_bytes_before": summary.file_bytes["float"],
            "model_bytes_after": summary.file_bytes["int8"],
        }
    return {}


def _value(figure: Any) -> float | None:
    return None if figure is None else float(figure.value)


def _add(steps: list[Step], arguments: Arguments) -> None:
    step = with_settings(new_step(arguments["kind"]), arguments.get("settings") or ())
    last = len(steps)
    if steps and isinstance(steps[-1], QuantizeStep) and not isinstance(step, QuantizeStep):
        last -= 1
    at = arguments.get("at")
    if at is not None and not 1 <= at <= len(steps) + 1:
        raise UsageError(
            f"There is no place {at} in a recipe of {len(steps)} steps.",
            hint=f"Choose 1 to {len(steps) + 1}.",
        )
    steps.insert(last if at is None else at - 1, step)


def _set(steps: list[Step], arguments: Arguments) -> None:
    place = _place(steps, arguments["number"])
    steps[place] = with_settings(steps[place], arguments["settings"])


def _move(steps: list[Step], arguments: Arguments) -> None:
    step = steps.pop(_place(steps, arguments["number"]))
    steps.append(step)  # so that the last place exists
    steps.insert(_place(steps, arguments["to"]), steps.pop())


def _switch(on: bool) -> Any:
    def switch(steps: list[Step], arguments: Arguments) -> None:
        place = _place(steps, arguments["number"])
        steps[place] = dataclasses.replace(steps[place], enabled=on)

    return switch


def _remove(steps: list[Step], arguments: Arguments) -> None:
    del steps[_place(steps, arguments["number"])]


_ACTIONS: dict[str, Any] = {
    "add": _add,
    "set": _set,
    "move": _move,
    "off": _switch(False),
    "on": _switch(True),
    "remove": _remove,
}


def _place(steps: Sequence[Step], number: int) -> int:
    if not 1 <= number <= len(steps):
        raise UsageError(
            f"The recipe has no step {number}.",
            hint=f"It has {len(steps)}; thimble-cli recipe show PROJECT lists them.",
        )
    return number - 1


def with_settings(step: Step, words: Sequence[str]) -> Step:
    """A step with some settings changed.

    Args:
        step: the step as it is.
        words: `key=value`, the value as TOML has it; quotes around text may be left out.

    Raises:
        UsageError: a word has no =, or a key or value is unknown; it is named.
    """
    table: dict[str, Any] = {"kind": step.kind, **dataclasses.asdict(step)}
    for word in words:
        key, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"{word!r} is no setting.", hint="Write for example ratio=0.4.")
        try:
            table[key] = tomllib.loads(f"value = {value}")["value"]
        except (tomllib.TOMLDecodeError, KeyError):
            table[key] = tomllib.loads(f"value = {json.dumps(value)}")["value"]
    return step_from_table(1, table)
