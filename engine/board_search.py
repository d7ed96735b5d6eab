"""`search`: the best networks for the project's board, within its flash, RAM and time: a growing front.

Candidates are recipes and networks of the project itself: each is run by the same pipeline, so what one
of them has trained serves all that begin like it, and a candidate that is taken is already trained.
"""

from __future__ import annotations

import dataclasses
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.board_cost import planned_cost
from engine.boards import load_board
from engine.candidates import Candidate, Cost, SearchSpace, Trial, pareto_front
from engine.content_hash import hash_values
from engine.errors import BadInputFile, UsageError
from engine.events import (
    CancelToken,
    EpochEnded,
    Event,
    LogLine,
    Report,
    Result,
    StageProgress,
    StageStarted,
)
from engine.front_end_choice import chosen_front_end
from engine.project import Project, open_project
from engine.project_data import load_project_data
from engine.recipe import PruneStep
from engine.summaries import ConvertSummary, read_summary

if TYPE_CHECKING:
    from engine.data import LabelledSet

STAGE = "search"
_CODE_VERSION = 1  # raise it when candidates mean something else
_PRUNED_PERCENTS = (0, 10, 20, 30, 40, 50, 60, 70)


def search(arguments: dict[str, Any], report: Report, cancel: CancelToken) -> None:
    """Search for the best that fits; or show, or take, what a search has found."""
    project = open_project(Path(arguments["project"]).absolute())
    space = space_of(
        project,
        networks=arguments.get("networks") or (),
        image_sizes=arguments.get("image_sizes") or (),
    )
    journal = Path(arguments.get("journal") or project.artefacts_folder / STAGE / "journal.log")
    if arguments.get("take") is not None:
        _take(project, space, journal, int(arguments["take"]), report)
        return
    if arguments.get("show"):
        _tell_all(_judged_before(project, space, journal), project.budgets.accuracy, report)
        return
    report(StageStarted(stage=STAGE, title="Search for the best that fits"))
    judge = _ProjectJudge(project, report, cancel)
    trials = _run(project, space, journal, judge, arguments, report, cancel)
    report(Result(values=_closing(trials, project.budgets.accuracy)))


def space_of(
    project: Project, *, networks: Sequence[str] = (), image_sizes: Sequence[int] = ()
) -> SearchSpace:
    """What may be combined for a project; what it is now comes first.

    Args:
        project: with a board and data.
        networks: of the zoo; by default the project's own.
        image_sizes: edges of pictures in pixels; by default the project's own.

    Raises:
        UsageError: the project cannot be searched, or a name does not suit it.
    """
    if not project.board_id:
        raise UsageError("Choose a board first.", hint="A search needs to know what must fit where.")
    if project.data is None:
        raise UsageError(
            "A finished model cannot be searched.", hint="A search trains: it needs data and a network."
        )
    if networks and not project.network:
        raise UsageError(
            "This project's network comes from a file.", hint="Leave --networks away: it is searched."
        )
    if image_sizes and (project.task != "images" or project.data.built_in or not project.network):
        raise UsageError(
            "--image-sizes is for your own pictures with a network of the zoo.",
            hint="Leave it away; the other settings are searched.",
        )
    known = _suiting(project.task) if networks else ()
    for name in networks:
        if name not in known:
            raise UsageError(
                f"The network {name} does not suit this task or any board.",
                hint=f"Choose among {', '.join(known)}.",
            )
    own_bits = project.recipe.quantisation()[0].first_last_int16
    return SearchSpace(
        networks=_first_come(project.network, networks),
        pruned_percents=_PRUNED_PERCENTS,
        first_last_int16=(own_bits, not own_bits),
        image_sizes=_first_come(project.data.image_size, image_sizes),
    )


def with_candidate(project: Project, candidate: Candidate) -> Project:
    """The project as the candidate wants it; nothing is saved."""
    data = project.data
    if data is not None and candidate.image_size:
        data = dataclasses.replace(data, image_size=candidate.image_size)
    recipe = candidate.in_recipe(project.recipe)
    return dataclasses.replace(project, network=candidate.network, recipe=recipe, data=data)


def trial_values(trial: Trial, front: Sequence[Trial], floor: float | None) -> dict[str, Any]:
    """The promised keys of one row of a search."""
    cost = trial.cost
    return {
        "number": trial.number,
        **dataclasses.asdict(trial.candidate),
        "accuracy": trial.accuracy,
        "flash_bytes": cost.flash_bytes if cost else None,
        "ram_bytes": cost.ram_bytes if cost else None,
        "latency_ms": cost.latency_ms if cost else None,
        "basis": "predicted",
        "fits": bool(cost and cost.fits),
        "keeps_accuracy": floor is None or (trial.accuracy is not None and trial.accuracy >= floor),
        "on_front": any(trial.number == other.number for other in front),
        "problem": trial.problem,
    }


def _run(
    project: Project,
    space: SearchSpace,
    journal: Path,
    judge: _ProjectJudge,
    arguments: Mapping[str, Any],
    report: Report,
    cancel: CancelToken,
) -> list[Trial]:
    from engine.compress.search import search as search_space

    wanted, started = int(arguments.get("trials") or 12), time.monotonic()
    floor = project.budgets.accuracy
    trained_before: int | None = None

    def tell(trial: Trial, judged: list[Trial]) -> None:
        nonlocal trained_before
        trained = sum(t.accuracy is not None for t in judged)
        if trained_before is None:
            trained_before = trained - (trial.accuracy is not None)
        here = trained - trained_before
        left = (time.monotonic() - started) / here * (wanted - trained) if here else None
        report(Result(values=trial_values(trial, pareto_front(judged), floor)))
        report(
            StageProgress(
                stage=STAGE, done=trained, total=wanted, unit="networks trained", seconds_left=left
            )
        )

    return search_space(
        space,
        judge,
        trials=wanted,
        journal=journal,
        study=_study(project, space),
        seed=int(arguments.get("seed") or 0),
        cancel=cancel,
        tell=tell,
    )


def _study(project: Project, space: SearchSpace) -> str:
    """Equal where figures may be compared: on any machine, with the same data and limits.

    It does not depend on what the project is now among the candidates: one may be taken, and the search
    goes on.
    """
    from engine import pipeline

    common = Candidate(min(space.networks), 0, False, min(space.image_sizes))
    network = with_candidate(project, common)
    stages = [planned.stage for planned in pipeline.planned_stages(network)]
    planned = pipeline.planned_stages(network, afresh=stages)
    converted = next(p for p in planned if p.stage == "convert")
    if converted.blocked:
        raise UsageError(converted.blocked, hint="Then search again.")
    limits = vars(project.budgets) | {"accuracy": None}
    choices = [sorted(choice) for choice in dataclasses.asdict(space).values()]
    content = [_CODE_VERSION, converted.input_hash, project.board_id, limits, choices]
    return f"thimble-{hash_values(content)}"


class _ProjectJudge:
    """Judges candidates with the project's data, on its board."""

    def __init__(self, project: Project, report: Report, cancel: CancelToken) -> None:
        self._project = project
        self._report = report
        self._cancel = cancel
        self._board = load_board(project.board_id)
        self._data: dict[int, LabelledSet] = {}

    def cost(self, candidate: Candidate) -> Cost:
        """Known before any training: memory does not depend on what the weights are, time hardly."""
        from engine import pipeline
        from engine.compress.prune import remove_filters
        from engine.int8_judgement import why_unknown
        from engine.trainable_network import first_network, write_data_outline

        self._say(f"{_words(candidate)}: does it fit?")
        project = with_candidate(self._project, candidate)
        pipeline.run(project, until="model", report=self._quietly, cancel=self._cancel)
        data = self._data_of(project, candidate)
        module = first_network(project, data, _result(project, "model"), seed=0)
        if getattr(module, "reconstructs", False):
            why = why_unknown(data, data.validation, "validation")
            if why:
                raise BadInputFile(why, hint="The search chooses by that figure: add such samples.")
        if candidate.pruned_percent:
            prune = next(step for step in project.recipe.steps if isinstance(step, PruneStep))
            remove_filters(module, data.input_shape, ratio=prune.ratio, round_to=prune.round_to)
        with tempfile.TemporaryDirectory(prefix="thimble-candidate-") as name:
            path = Path(name) / "outline.tflite"
            write_data_outline(
                module,
                data,
                path,
                first_last_int16=candidate.first_last_int16,
                report=self._quietly,
                cancel=self._cancel,
            )
            return self._cost_of(path)

    def trained(self, candidate: Candidate) -> tuple[float, Cost]:
        """Run the recipe, and measure the 8-bit network on the validation samples."""
        from engine import pipeline
        from engine.int8_judgement import judge_int8

        project = with_candidate(self._project, candidate)
        self._say(f"{_words(candidate)}: it fits and is trained.")
        channels: dict[str, Any] = {"report": self._quietly, "cancel": self._cancel}
        pipeline.run(project, until="convert", to_the_end=True, **channels)
        folder, data = _result(project, "convert"), self._data_of(project, candidate)
        _, accuracy = judge_int8(folder, data, data.validation, cancel=self._cancel)
        assert accuracy is not None  # `cost` has looked at the validation part
        return accuracy, self._cost_of(folder / read_summary(ConvertSummary, folder).files["int8"])

    def _cost_of(self, path: Path) -> Cost:
        front_end = chosen_front_end(None, self._project)
        return planned_cost(path, self._board, self._project.budgets, front_end)

    def _data_of(self, project: Project, candidate: Candidate) -> LabelledSet:
        if candidate.image_size not in self._data:
            data = load_project_data(project, report=self._quietly, cancel=self._cancel)
            if not len(data.validation.labels):
                raise BadInputFile(
                    "There are no validation samples to choose by.",
                    hint="Give data.toml a validation_share above 0.",
                )
            self._data[candidate.image_size] = data
        return self._data[candidate.image_size]

    def _say(self, text: str) -> None:
        self._report(LogLine(stage=STAGE, text=text))

    def _quietly(self, event: Event) -> None:
        """Of what a candidate's own stages tell, only how its training goes belongs to the search."""
        if isinstance(event, EpochEnded):
            self._report(dataclasses.replace(event, stage=STAGE))


def _judged_before(project: Project, space: SearchSpace, journal: Path) -> list[Trial]:
    from engine.compress.search import judged_before

    return judged_before(journal, _study(project, space))


def _tell_all(trials: list[Trial], floor: float | None, report: Report) -> None:
    front = pareto_front(trials)
    for trial in trials:
        report(Result(values=trial_values(trial, front, floor)))
    if trials:
        report(Result(values=_closing(trials, floor)))


def _take(project: Project, space: SearchSpace, journal: Path, number: int, report: Report) -> None:
    found = [t for t in _judged_before(project, space, journal) if t.number == number]
    if not found:
        raise UsageError(
            f"The search has no candidate {number}.",
            hint="Search first, with the same --networks and --image-sizes; each row has its number.",
        )
    taken = with_candidate(project, found[0].candidate)
    taken.save()
    report(
        Result(
            values={"project": str(taken.folder), "taken": number, **trial_values(found[0], [], None)}
        )
    )


def _closing(trials: list[Trial], floor: float | None) -> dict[str, Any]:
    """What the search came to: the front, the most accurate, and the fastest that is accurate enough."""
    front = pareto_front(trials)
    enough = [t for t in front if floor is not None and (t.accuracy or 0.0) >= floor]
    refused = sum(trial.accuracy is None for trial in trials)
    values: dict[str, Any] = {
        "tried": len(trials),
        "refused_before_training": refused,
        "front": [trial.number for trial in front],
    }
    if not front:
        return {**values, "sentence": "Nothing that was tried fits."}
    best = front[-1]
    values["best"] = best.number
    sentence = f"Most accurate that fits: {_words(best.candidate)}, {best.accuracy:.1%} (validation)."
    if floor is not None:
        values["fastest_accurate_enough"] = enough[0].number if enough else None
        sentence += (
            f" Fastest with at least {floor:.0%}: {_words(enough[0].candidate)}."
            if enough
            else f" None reaches {floor:.0%}."
        )
    return {**values, "sentence": sentence}


def _suiting(task: str) -> tuple[str, ...]:
    from engine.zoo import NETWORKS

    return tuple(n.name for n in NETWORKS if task in n.tasks and n.for_boards)


def _first_come(own: Any, others: Sequence[Any]) -> tuple[Any, ...]:
    """The chosen ones, the project's own first where it is among them; only that without a choice."""
    if not others:
        return (own,)
    return tuple(dict.fromkeys(sorted(others, key=lambda value: value != own)))


def _result(project: Project, stage: str) -> Path:
    from engine import pipeline

    (planned,) = [p for p in pipeline.planned_stages(project) if p.stage == stage]
    return planned.folder(project)


def _words(candidate: Candidate) -> str:
    parts = [candidate.network or "the file's network", f"{candidate.pruned_percent} % pruned"]
    if candidate.first_last_int16:
        parts.append("16-bit ends")
    if candidate.image_size:
        parts.append(f"{candidate.image_size} pixels")
    return ", ".join(parts)
