"""A person's own inputs: read by name, in either order of channels, and refused with the reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data.own_inputs import read_own_inputs
from engine.errors import BadInputFile

SHAPES = {"picture": (4, 6, 3), "serving:0": (5,)}


def good() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {"picture": random.normal(size=(7, 4, 6, 3)), "serving:0": random.normal(size=(7, 5))}


def saved(folder: Path, arrays: dict[str, np.ndarray]) -> Path:
    path = folder / "mine.npz"
    np.savez(path, **arrays)
    return path


def test_arrays_come_in_the_networks_order_whatever_the_files(tmp_path: Path) -> None:
    arrays = good()
    picture, vector = read_own_inputs(saved(tmp_path, dict(reversed(arrays.items()))), SHAPES)
    assert picture.dtype == vector.dtype == np.float32
    assert np.array_equal(picture, arrays["picture"].astype(np.float32))
    assert np.array_equal(vector, arrays["serving:0"].astype(np.float32))


def test_channels_first_is_turned(tmp_path: Path) -> None:
    arrays = good()
    turned = {**arrays, "picture": np.moveaxis(arrays["picture"], -1, 1)}
    picture, _ = read_own_inputs(saved(tmp_path, turned), SHAPES)
    assert np.array_equal(picture, arrays["picture"].astype(np.float32))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"picture": None}, "has no array named picture"),
        ({"other": np.zeros((7, 5))}, "array named other, but the network has no such input"),
        ({"serving:0": np.zeros((7, 6))}, r"serving:0 has the shape \(7, 6\)"),
        ({"serving:0": np.zeros(5)}, r"serving:0 has the shape \(5,\)"),
        ({"serving:0": np.zeros(())}, "serving:0 holds no sample"),
        ({"serving:0": np.zeros((0, 5))}, "serving:0 holds no sample"),
        ({"serving:0": np.zeros((6, 5))}, "picture has 7 samples, but serving:0 has 6"),
        ({"serving:0": np.full((7, 5), np.nan)}, "not finite"),
        ({"serving:0": np.full((7, 5), 1e300)}, "not finite"),
        ({"serving:0": np.full((7, 5), "a")}, "not real numbers"),
        ({"serving:0": np.full((7, 5), None)}, "cannot be read as an .npz archive of plain numbers"),
    ],
)
def test_what_does_not_suit_is_named(tmp_path: Path, change: dict, words: str) -> None:
    arrays = {name: values for name, values in {**good(), **change}.items() if values is not None}
    with pytest.raises(BadInputFile, match=words) as refusal:
        read_own_inputs(saved(tmp_path, arrays), SHAPES)
    assert refusal.value.hint


def test_files_of_another_kind_are_refused(tmp_path: Path) -> None:
    plain = tmp_path / "plain.npz"
    with plain.open("wb") as file:
        np.save(file, np.zeros(3))
    junk = tmp_path / "junk.npz"
    junk.write_bytes(b"PK\x03\x04 and no more")
    cut = saved(tmp_path, good())
    content = bytearray(cut.read_bytes())
    content[100:400] = bytes(300)
    cut.write_bytes(content)
    for path in (plain, junk, cut, tmp_path / "absent.npz"):
        with pytest.raises(BadInputFile, match="cannot be read as an .npz archive"):
            read_own_inputs(path, SHAPES)
