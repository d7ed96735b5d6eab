"""`calibration check`: is a project's calibration set good enough, and what would be better?"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from engine import pipeline
from engine.errors import UsageError
from engine.events import CancelToken, LogLine, Report, Result, StageProgress
from engine.project import Project
from engine.project_data import load_project_data
from engine.recipe import QuantizeStep

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import nn

    from engine.compress.calibration import Finding
    from engine.data import LabelledSet

STAGE = "calibration"
_SIZES = (100, 200, 300, 500)  # that the adviser tries, from the recipe's on


def check_calibration(
    project: Project, *, improve: bool = False, report: Report, cancel: CancelToken
) -> None:
    """Check the samples that the next conversion will take; train first what is not trained yet.

    Args:
        project: an opened project; with `improve` its recipe may be changed and saved.
        improve: look for a better set, and let the recipe take it if it is better.
        report: gets one `Result` a check (set, check, passed, sentence, cure, figures), then one for the
            whole set (check `all`).
        cancel: checked at every batch.

    Raises:
        UsageError: the project needs no calibration, or lacks something.
        EngineError: training failed.
        Cancelled: the user stopped it.
    """
    module, data = _trained(project, report, cancel)
    step, by_default = project.recipe.quantisation()
    if by_default:
        report(LogLine(stage=STAGE, text=by_default, level="warning"))
    findings, count = _examined(module, data, step, cancel)
    _tell(findings, count, step.choice, report)
    if improve:
        better = _better(module, data, step, findings, report, cancel)
        if better is not None:
            project.recipe = project.recipe.with_quantisation(better)
            project.save()


def _trained(project: Project, report: Report, cancel: CancelToken) -> tuple[nn.Module, LabelledSet]:
    """The network that will be converted, and its data."""
    plan = pipeline.planned_stages(project)
    keys = [planned.stage for planned in plan]
    if "convert" not in keys:
        raise UsageError(
            "This model is quantised already, so it needs no calibration.",
            hint="Make a project from the float network and its data.",
        )
    if project.is_without_data:
        raise UsageError(
            "This project has no data set whose samples could be checked.",
            hint="Make a project from the network and its data.",
        )
    last = plan[keys.index("convert") - 1]
    pipeline.run(project, until=last.stage, report=report, cancel=cancel)
    from engine.trainable_network import load_network

    data = load_project_data(project, report=report, cancel=cancel)
    return load_network(last.folder(project)), data


def _examined(
    module: nn.Module, data: LabelledSet, step: QuantizeStep, cancel: CancelToken
) -> tuple[list[Finding], int]:
    from engine.compress.calibration import examine
    from engine.compress.quantize import calibration_rows

    rows: NDArray[Any] = calibration_rows(data, step, module, cancel=cancel)
    return examine(data, rows, step, module, cancel=cancel), len(rows)


def _better(
    module: nn.Module,
    data: LabelledSet,
    step: QuantizeStep,
    findings: list[Finding],
    report: Report,
    cancel: CancelToken,
) -> QuantizeStep | None:
    """The smallest advised set with the fewest complaints; None if the present one is as good."""
    best, best_failed = None, _failed(findings)
    sizes = [n for n in _SIZES if n >= step.calibration_samples] or [_SIZES[-1]]
    for number, size in enumerate(sizes):
        if not best_failed:
            break
        report(StageProgress(stage=STAGE, done=number, total=len(sizes), unit="sets tried"))
        tried = dataclasses.replace(step, enabled=True, choice="advised", calibration_samples=size)
        found, count = _examined(module, data, tried, cancel)
        if _failed(found) < best_failed:
            best, best_failed, findings = tried, _failed(found), found
            samples = count
        if size >= len(data.train.labels):
            break
    if best is None:
        text = (
            "No chosen set is better than this one; the recipe stays as it is."
            if best_failed
            else "The set needs no improvement; the recipe stays as it is."
        )
        report(LogLine(stage=STAGE, text=text))
        return None
    _tell(findings, samples, "advised", report)
    text = (
        f"The recipe now lets the adviser choose {samples} samples; run the project again to use them."
    )
    report(LogLine(stage=STAGE, text=text))
    return best


def _failed(findings: list[Finding]) -> int:
    return sum(not finding.passed for finding in findings)


def _tell(findings: list[Finding], count: int, name: str, report: Report) -> None:
    for finding in findings:
        values = {"set": name, **dataclasses.asdict(finding)}
        report(Result(values=values))
    failed = _failed(findings)
    sentence = (
        f"{failed} of {len(findings)} checks found something to mend."
        if failed
        else f"These {count} samples are good enough."
    )
    whole = {"set": name, "check": "all", "passed": not failed, "sentence": sentence, "cure": ""}
    report(Result(values={**whole, "figures": {"samples": count, "failed": failed}}))
