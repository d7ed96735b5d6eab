from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.spec import TASKS, DataSpec, joined_names, split_names
from engine.errors import UsageError


@given(
    source=st.text(min_size=1).filter(lambda s: not s.startswith("builtin:")),
    task=st.sampled_from(TASKS),
    seed=st.integers(0, 2**31),
    share=st.floats(0, 0.5),
)
def test_text_form_is_an_exact_inverse(source: str, task: str, seed: int, share: float) -> None:
    spec = DataSpec(source=source, task=task, seed=seed, test_share=share, image_size=96)
    assert DataSpec.from_toml(spec.to_toml()) == spec


@given(st.lists(st.text(alphabet='ab ,"\n\t\u00e9', min_size=1)))
def test_names_of_any_kind_are_joined_and_split_again(names: list[str]) -> None:
    assert split_names(joined_names(names)) == tuple(names)


def test_names_that_a_person_writes() -> None:
    assert split_names(' normal , idle,, "on, off" ,"say ""ah""" ') == (
        "normal",
        "idle",
        "on, off",
        'say "ah"',
    )
    assert split_names('a "b" c, "d" e') == ('a "b" c', '"d" e')
    assert joined_names(["normal", "low weight"]) == "normal,low weight"


def test_missing_keys_keep_their_defaults() -> None:
    assert DataSpec.from_toml('source = "builtin:digits"\ntask = "images"\n') == DataSpec(
        source="builtin:digits", task="images"
    )


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 3", "colour"),
        ("seed = 1.5", "seed"),
        ('task = "smell"', "task"),
        ("test_share = 0.9", "test_share"),
        ('source = "builtin:birds"', "source"),
        ("image_channels = 2", "image_channels"),
        ('vibration_features = "waves"', "vibration_features"),
        ("seed = ", "TOML"),
    ],
)
def test_unknown_keys_and_values_are_refused_by_name(text: str, named: str) -> None:
    with pytest.raises(UsageError) as caught:
        DataSpec.from_toml(text)
    assert named in caught.value.message


def test_whole_numbers_are_taken_for_shares() -> None:
    assert DataSpec.from_toml("test_share = 0").test_share == 0.0


def test_a_relative_source_is_taken_from_the_given_folder(tmp_path: Path) -> None:
    assert DataSpec(source="clips").resolved(tmp_path).source == str(tmp_path / "clips")
    absolute = DataSpec(source=str(tmp_path / "x"))
    assert absolute.resolved(Path("/elsewhere")) == absolute
    assert DataSpec().resolved(tmp_path) == DataSpec()
