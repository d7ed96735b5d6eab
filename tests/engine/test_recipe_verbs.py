"""The recipe on the command line: shown, changed, run, and two orders compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.cli import parser
from engine.data.spec import DataSpec
from engine.errors import EngineError, UsageError
from engine.events import CancelToken, Event, Result
from engine.order_comparison import orders
from engine.project import create_project, open_project
from engine.recipe import PruneStep, QatStep, QuantizeStep, Recipe, TrainStep
from engine.verbs import perform


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    project = create_project(
        tmp_path / "digits",
        task="images",
        network="tiny-cnn",
        data=DataSpec(source="builtin:digits", task="images"),
        recipe=Recipe((TrainStep(epochs=1, augment=False), PruneStep(enabled=False), QuantizeStep())),
    )
    return project.folder


def command(*words: str) -> list[dict[str, Any]]:
    events: list[Event] = []
    perform(vars(parser().parse_args(list(words))), report=events.append, cancel=CancelToken())
    return [event.values for event in events if isinstance(event, Result)]


def kinds(folder: Path) -> list[str]:
    return [step.kind for step in open_project(folder).recipe.steps]


def test_steps_are_added_moved_switched_and_removed(folder: Path) -> None:
    place = str(folder)
    rows = command("recipe", "show", place)
    assert [row["kind"] for row in rows] == ["train", "prune", "quantize"]
    assert [row["state"] for row in rows] == ["todo", "off", "todo"]
    command("recipe", "add", place, "qat", "epochs=3", "learning_rate=1e-4")
    assert kinds(folder) == ["train", "prune", "qat", "quantize"]
    assert open_project(folder).recipe.steps[2] == QatStep(epochs=3, learning_rate=1e-4)
    command("recipe", "move", place, "3", "2")
    assert kinds(folder) == ["train", "qat", "prune", "quantize"]
    rows = command("recipe", "on", place, "3")
    assert [row["stage"] for row in rows] == ["step-1-train", "step-2-qat", "step-3-prune", "convert"]
    command("recipe", "set", place, "3", "scope=global", 'importance="taylor"', "distil=true")
    assert open_project(folder).recipe.steps[2] == PruneStep(
        scope="global", importance="taylor", distil=True
    )
    command("recipe", "off", place, "2")
    assert not open_project(folder).recipe.steps[1].enabled
    command("recipe", "remove", place, "2")
    assert kinds(folder) == ["train", "prune", "quantize"]
    command("recipe", "add", place, "remove-dead", "--at", "2")
    assert kinds(folder) == ["train", "remove-dead", "prune", "quantize"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["add", "shrink"], "shrink"),
        (["add", "prune", "ratoi=1"], "ratoi"),
        (["add", "prune", "ratio=much"], "much"),
        (["add", "prune", "ratio"], "no setting"),
        (["add", "qat", "--at", "9"], "no place 9"),
        (["move", "9", "1"], "no step 9"),
        (["off", "0"], "no step 0"),
        (["add", "qat", "--at", "1"], "qat needs a trained network"),
        (["move", "3", "1"], "quantize to the end"),
        (["add", "quantize"], "twice"),
        (["set", "1", "epochs=few"], "few"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(folder: Path, words: list[str], named: str) -> None:
    before = (folder / "recipe.toml").read_text("utf-8")
    with pytest.raises(UsageError, match=named) as caught:
        command("recipe", words[0], str(folder), *words[1:])
    assert caught.value.hint
    assert (folder / "recipe.toml").read_text("utf-8") == before


def test_running_the_recipe_tells_what_each_step_gave(folder: Path) -> None:
    command("recipe", "remove", str(folder), "3")
    command("recipe", "set", str(folder), "2", "epochs=1", "ratio=0.5")
    command("recipe", "on", str(folder), "2")
    project = open_project(folder)
    project.board_id = "stm32f407"
    project.save()
    rows = command("compress", str(folder))
    assert [row["state"] for row in rows] == ["done", "done"]
    trained, pruned = rows
    for name in ("flash_bytes", "ram_bytes", "latency_ms"):
        assert pruned[f"{name}_before"] == trained[f"{name}_after"]
        assert pruned[f"{name}_after"] < pruned[f"{name}_before"]
    assert pruned["accuracy_before"] == trained["accuracy_after"]
    assert pruned["model_bytes_after"] < pruned["model_bytes_before"] == trained["model_bytes_after"]
    assert pruned["macs_after"] < pruned["macs_before"]


def test_without_a_board_nothing_is_predicted(folder: Path) -> None:
    assert all("latency_ms_after" not in row for row in command("recipe", "show", str(folder)))


def test_what_a_step_costs_is_what_the_converted_network_costs(folder: Path) -> None:
    project = open_project(folder)
    project.board_id = "stm32f407"
    project.save()
    *_, converted = command("compress", str(folder))
    (fitted,) = command("fit", str(folder), "--board", "stm32f407")
    for name in ("flash_bytes", "ram_bytes", "latency_ms"):
        assert converted[f"{name}_after"] == fitted[name]
        assert converted[f"{name}_before"] == pytest.approx(fitted[name], rel=0.01)


def test_an_empty_recipe_says_how_to_add_a_step(folder: Path) -> None:
    project = open_project(folder)
    project.recipe = Recipe()
    project.save()
    with pytest.raises(EngineError, match="no step") as caught:
        command("compress", str(folder))
    assert "recipe add" in caught.value.hint


def test_both_orders_have_the_same_steps_and_the_seed() -> None:
    recipe = Recipe((TrainStep(), PruneStep(enabled=False, ratio=0.3), QuantizeStep()))
    found = orders(recipe, seed=2)
    first, second = found["qat, prune"].steps, found["prune, qat"].steps
    assert [step.kind for step in first] == ["train", "qat", "prune", "quantize"]
    assert [step.kind for step in second] == ["train", "prune", "qat", "quantize"]
    assert set(first) == set(second)
    assert PruneStep(ratio=0.3, seed=2) in first
    assert first[0] == TrainStep(seed=2)


def test_two_orders_are_compared_on_the_same_samples(folder: Path) -> None:
    command("recipe", "set", str(folder), "2", "epochs=1")
    command("recipe", "on", str(folder), "2")
    command("recipe", "add", str(folder), "qat", "epochs=1")
    before = (folder / "recipe.toml").read_text("utf-8")
    (result,) = command("recipe", "compare", str(folder), "--seeds", "1")
    assert result["orders"] == ["qat, prune", "prune, qat"]
    first, second = (np.mean(result["accuracies"][name]) for name in result["orders"])
    assert result["points"] == pytest.approx(100 * (second - first))
    assert result["low"] <= result["points"] <= result["high"]
    assert result["resolved"] == (result["low"] > 0 or result["high"] < 0)
    assert result["seeds"] == [1]
    assert (folder / "recipe.toml").read_text("utf-8") == before
