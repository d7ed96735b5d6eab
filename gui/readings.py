"""What the four gauges show: a value, its budget, and where the value comes from."""

from __future__ import annotations

from dataclasses import dataclass

from engine.figures import Figure
from engine.summaries import FitSummary
from gui.project_model import ProjectModel

GAUGES = ("flash", "ram", "latency", "accuracy")
_WARN_SHARE = 0.85
_WARN_POINTS = 0.01
_KB = 1024.0


@dataclass(frozen=True)
class Reading:
    """One gauge.

    Attributes:
        value, budget: KB for flash and ram, ms for latency, a fraction for accuracy; None if unknown.
        basis: `measured`, `simulated`, `predicted`, or '' without a value.
        was: the value before compression, None if unknown.
        pending: a running job is about to replace the value, or it is stale.
        least: the budget is a minimum (accuracy), not a maximum.
        error_percent: half width of the error bar, None if the value is exact or that is unknown.
        area: the accuracy is the area under the ROC curve of an autoencoder.
    """

    value: float | None = None
    budget: float | None = None
    basis: str = ""
    was: float | None = None
    pending: bool = False
    least: bool = False
    error_percent: float | None = None
    area: bool = False

    @property
    def tone(self) -> str:
        """`ok`, `warn`, `bad`, or '' without value or budget."""
        if self.value is None or self.budget is None:
            return ""
        if self.least:
            above = round(self.value - self.budget, 6)
            return "bad" if above < 0 else "warn" if above < _WARN_POINTS else "ok"
        if self.budget <= 0:
            return "bad"
        share = self.value / self.budget
        return "bad" if share > 1 else "warn" if share > _WARN_SHARE else "ok"

    @property
    def scale(self) -> tuple[float, float]:
        """Ends of the track: 0 to 4/3 of the budget, or 15 points under the minimum to 5 above."""
        if self.least:
            minimum = self.budget if self.budget is not None else 0.85
            high = min(1.0, minimum + 0.05)
            return high - 0.20, high
        if self.budget:
            return 0.0, self.budget * 4 / 3
        return 0.0, (self.value or 1.0) * 4 / 3

    def position(self, value: float) -> float:
        """Where a value lies on the track, 0..1."""
        low, high = self.scale
        return min(max((value - low) / (high - low), 0.0), 1.0)

    @property
    def off_scale(self) -> bool:
        """The value lies past the end of the track."""
        return self.value is not None and not self.least and self.value > self.scale[1] * 1.0001


def readings(model: ProjectModel) -> dict[str, Reading]:
    """The four gauges for the present project."""
    return {
        "flash": _flash(model),
        "ram": _ram(model),
        "latency": _latency(model),
        "accuracy": _accuracy(model),
    }


def overall(values: dict[str, Reading]) -> str:
    """The worst tone of the four: `ok`, `warn`, `bad`, or '' if nothing can be judged."""
    tones = {reading.tone for reading in values.values()}
    return next((tone for tone in ("bad", "warn", "ok") if tone in tones), "")


def _flash(model: ProjectModel) -> Reading:
    project, board, fit, build = model.project, model.board(), _fit(model), model.build()
    budget: float | None = board.flash_budget_bytes if board is not None else None
    if fit is not None:
        budget = fit.flash_budget_bytes
    if project is not None and project.budgets.flash_bytes is not None:
        budget = project.budgets.flash_bytes
    value, basis, stage = None, "", ""
    if build is not None:
        value, basis, stage = float(build.flash_bytes), "measured", "build"
    elif fit is not None:
        value, basis, stage = fit.flash_bytes.value, fit.flash_bytes.basis, "fit"
    return _kilobytes(model, value, budget, basis, stage)


def _ram(model: ProjectModel) -> Reading:
    project, board, fit, build = model.project, model.board(), _fit(model), model.build()
    budget: float | None = board.arena_budget_bytes if board is not None else None
    if fit is not None:
        budget = fit.ram_budget_bytes
    if project is not None and project.budgets.ram_bytes is not None:
        budget = project.budgets.ram_bytes
    value, basis, stage = None, "", ""
    if build is not None:
        value, basis, stage = float(build.ram_bytes), "measured", "build"
    elif fit is not None:
        value, basis, stage = fit.ram_bytes.value, fit.ram_bytes.basis, "fit"
    return _kilobytes(model, value, budget, basis, stage)


def _latency(model: ProjectModel) -> Reading:
    project, fit, ran = model.project, _fit(model), model.board_run()
    budget = project.budgets.latency_ms if project is not None else None
    figure: Figure | None = None
    stage = ""
    if ran is not None:
        figure, stage = ran.latency_ms, "board-run"
    elif fit is not None:
        figure, stage = fit.latency_ms, "fit"
    if figure is None:
        return Reading(None, budget)
    return Reading(
        figure.value,
        budget,
        figure.basis,
        pending=_pending(model, stage),
        error_percent=figure.error_percent,
    )


def _accuracy(model: ProjectModel) -> Reading:
    project = model.project
    budget = project.budgets.accuracy if project is not None else None
    convert, ran = model.convert(), model.board_run()
    done = [summary for summary in model.steps().values() if summary is not None]
    figure: Figure | None = None
    stage = ""
    if ran is not None and ran.accuracy is not None:
        figure, stage = ran.accuracy, "board-run"
    elif convert is not None and convert.int8_accuracy is not None:
        figure, stage = convert.int8_accuracy, "convert"
    elif done:
        figure = done[-1].accuracy_after
        stage = [key for key, summary in model.steps().items() if summary is not None][-1]
    was = None
    if stage in ("board-run", "convert") and convert is not None and convert.float_accuracy is not None:
        was = convert.float_accuracy.value
    area = bool(done) and not done[-1].confusion
    if figure is None:
        return Reading(None, budget, least=True, area=area)
    pending = _pending(model, stage)
    return Reading(figure.value, budget, figure.basis, was, pending, least=True, area=area)


def _fit(model: ProjectModel) -> FitSummary | None:
    """The plan; before there is one, what the light worker predicts for the board."""
    fit = model.fit()
    if fit is not None or model.project is None:
        return fit
    return model.predictions.get(model.project.board_id)


def _kilobytes(
    model: ProjectModel, value: float | None, budget: float | None, basis: str, stage: str
) -> Reading:
    return Reading(
        None if value is None else value / _KB,
        None if budget is None else budget / _KB,
        basis,
        pending=bool(stage) and _pending(model, stage),
    )


def _pending(model: ProjectModel, stage: str) -> bool:
    state = model.stage(stage)
    return state is not None and state.state == "stale"
