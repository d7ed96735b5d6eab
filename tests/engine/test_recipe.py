"""A recipe and its text are the same thing."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UsageError
from engine.recipe import (
    DEFAULT_RECIPE,
    DistillStep,
    PruneStep,
    QatStep,
    QuantizeStep,
    Recipe,
    RemoveDeadStep,
    TrainStep,
)

FLOAT = st.floats(allow_nan=False, allow_infinity=False)
COUNT = st.integers(0, 10**6)
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
STEPS = st.one_of(
    st.builds(
        TrainStep,
        enabled=st.booleans(),
        epochs=COUNT,
        batch_size=COUNT,
        learning_rate=FLOAT,
        patience=COUNT,
        augment=st.booleans(),
        seed=COUNT,
    ),
    st.builds(
        PruneStep,
        enabled=st.booleans(),
        ratio=FLOAT,
        importance=st.sampled_from(["l1", "taylor", "bn-scale"]),
        scope=st.sampled_from(["layer", "global"]),
        distil=st.booleans(),
        round_to=COUNT,
        epochs=COUNT,
        learning_rate=FLOAT,
    ),
    st.builds(RemoveDeadStep, enabled=st.booleans()),
    st.builds(QatStep, enabled=st.booleans(), epochs=COUNT, freeze_share=FLOAT),
    st.builds(DistillStep, teacher=TEXT, alpha=FLOAT, temperature=FLOAT, compare_alone=st.booleans()),
    st.builds(
        QuantizeStep,
        enabled=st.booleans(),
        calibration_samples=COUNT,
        choice=st.sampled_from(["balanced", "advised"]),
        method=st.sampled_from(["minmax", "percentile", "mse"]),
        equalise=st.booleans(),
        bias_correction=st.booleans(),
        first_last_int16=st.booleans(),
    ),
)


@given(st.lists(STEPS, max_size=5).map(lambda steps: Recipe(tuple(steps))))
def test_text_round_trip(recipe):
    assert Recipe.from_toml(recipe.to_toml()) == recipe


def test_order_is_kept():
    recipe = Recipe((PruneStep(), TrainStep(), PruneStep(ratio=0.2)))
    kinds = [table["kind"] for table in tomllib.loads(recipe.to_toml())["step"]]
    assert kinds == ["prune", "train", "prune"]


def test_missing_keys_take_their_defaults():
    assert Recipe.from_toml('[[step]]\nkind = "train"\nepochs = 5\n') == Recipe((TrainStep(epochs=5),))


def test_a_whole_number_is_taken_where_a_fraction_is_wanted():
    (step,) = Recipe.from_toml('[[step]]\nkind = "prune"\nratio = 0\n').steps
    assert isinstance(step.ratio, float)


def test_nothing_is_an_empty_recipe():
    assert Recipe.from_toml("") == Recipe()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[[step]\n", "not valid TOML"),
        ('step = "train"\n', r"\[\[step\]\] tables"),
        ("[settings]\nx = 1\n", "settings"),
        ('[[step]]\nkind = "shrink"\n', r"Step 1 .*shrink"),
        ("[[step]]\nepochs = 5\n", "unknown kind: None"),
        (
            '[[step]]\nkind = "train"\n[[step]]\nkind = "prune"\nratoi = 0.5\n',
            r"Step 2 \(prune\).*ratoi",
        ),
        ('[[step]]\nkind = "train"\nepochs = "many"\n', r"epochs must be a int, not 'many'"),
        ('[[step]]\nkind = "train"\nepochs = true\n', "epochs must be a int, not True"),
        ('[[step]]\nkind = "train"\naugment = 1\n', "augment must be a bool, not 1"),
        ('[[step]]\nkind = "quantize"\nmethod = "entropy"\n', "method is 'entropy', which is unknown"),
        ('[[step]]\nkind = "prune"\nratio = false\n', "ratio must be a float, not False"),
    ],
)
def test_a_mistake_is_named_with_the_next_step(text, named):
    with pytest.raises(UsageError, match=named) as caught:
        Recipe.from_toml(text)
    assert caught.value.hint


def test_the_default_trains_first_and_quantises_last():
    kinds = [step.kind for step in DEFAULT_RECIPE.steps if step.enabled]
    assert kinds[0] == "train"
    assert kinds[-1] == "quantize"
