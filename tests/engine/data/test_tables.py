from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.data import DataSpec, load_data
from engine.data.tables import read_npz, read_record, read_vectors
from engine.errors import BadInputFile
from engine.events import CancelToken, discard


def test_an_archive_keeps_groups_names_and_shape(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    inputs = np.arange(5 * 12, dtype=np.float32).reshape(5, 3, 4)
    np.savez(
        path,
        inputs=inputs,
        labels=[0, 1, 1, 0, 2],
        groups=["a", "a", "b", "b", "c"],
        classes=["x", "y", "z"],
    )
    table = read_npz(path)
    assert table.classes == ("x", "y", "z")
    assert table.groups == ("a", "a", "b", "b", "c")
    np.testing.assert_array_equal(table.inputs, inputs[..., None])
    assert table.labels.tolist() == [0, 1, 1, 0, 2]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"inputs": np.zeros((4, 3))}, "no array named labels"),
        ({"inputs": np.zeros((4, 3)), "labels": [0, 1]}, r"labels has shape \(2,\)"),
        ({"inputs": np.full((2, 3), np.nan), "labels": [0, 1]}, "no numbers"),
        ({"inputs": np.zeros((2, 3)), "labels": [1, 1]}, "only one class, 1"),
        ({"inputs": np.zeros((2, 3)), "labels": [0, 2], "classes": ["a", "b"]}, "label 2 has no name"),
        ({"inputs": np.array([["a"], ["b"]]), "labels": [0, 1]}, "must be numbers"),
    ],
)
def test_archives_that_do_not_fit_together_are_refused(
    tmp_path: Path, arrays: dict[str, object], message: str
) -> None:
    path = tmp_path / "set.npz"
    np.savez(path, **arrays)  # type: ignore[arg-type]
    with pytest.raises(BadInputFile, match=message):
        read_npz(path)


def test_an_archive_with_pickled_objects_is_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    np.savez(path, inputs=np.array([{"a": 1}, {}], dtype=object), labels=[0, 1])
    with pytest.raises(BadInputFile, match="plain numbers"):
        read_npz(path)


def test_vectors_with_a_header_and_named_labels(tmp_path: Path) -> None:
    path = tmp_path / "set.csv"
    path.write_text("width,height,name\n1.5,2,cat\n3,4,dog\n\n5,6,cat\n")
    table = read_vectors(path)
    assert table.inputs.tolist() == [[1.5, 2.0], [3.0, 4.0], [5.0, 6.0]]
    assert [table.classes[label] for label in table.labels] == ["cat", "dog", "cat"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no samples"),
        ("1,2,a\n1,b\n", "sample 2 has 2 columns"),
        ("1,2,a\n1,x,b\n", "line 2 holds something that is not a number"),
        ("1,2,a\n3,4,a\n", "only one class"),
    ],
)
def test_damaged_vectors_are_refused_with_their_place(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "set.csv"
    path.write_text(text)
    with pytest.raises(BadInputFile, match=message):
        read_vectors(path)


def test_a_record_is_rows_of_axes(tmp_path: Path) -> None:
    path = tmp_path / "0001.csv"
    path.write_text("x,y\n0.5, 1\n-1, 2e-1\n")
    np.testing.assert_allclose(read_record(path), [[0.5, 1.0], [-1.0, 0.2]])


def test_an_archive_of_vectors_is_split_by_its_groups(tmp_path: Path) -> None:
    path = tmp_path / "set.npz"
    generator = np.random.default_rng(0)
    groups = np.repeat([f"machine {n}" for n in range(10)], 8)
    np.savez(path, inputs=generator.normal(size=(80, 6)), labels=np.arange(80) % 2, groups=groups)
    spec = DataSpec(source=str(path), task="vibration")
    data = load_data(spec, cache_folder=None, report=discard, cancel=CancelToken())
    assert (data.kind, data.input_shape) == ("vector", (6,))
    assert not set(data.train.groups) & set(data.test.groups)
    assert data.summary("set.npz").groups["test"] == sorted(set(data.test.groups))
