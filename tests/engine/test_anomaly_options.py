"""`new --normal` and `new --features`: which classes are healthy, and what is read of vibration."""

from __future__ import annotations

import pytest

from engine.errors import BadInputFile, UsageError
from engine.project import open_project
from tests.helpers.projects import told_by


@pytest.fixture
def fan(tmp_path):
    """A folder with two classes of vibration records."""
    for name, row in (("still", "0.1,0.2,0.3\n"), ("coin", "0.3,0.2,0.1\n")):
        (tmp_path / "fan" / name).mkdir(parents=True)
        (tmp_path / "fan" / name / "0.csv").write_text(row * 64)
    return tmp_path / "fan"


def made(folder, fan, **options):
    settings = {"task": "vibration", "data": str(fan), "network": "autoencoder", **options}
    (values,), events = told_by("new", project=str(folder / "p"), **settings)
    return open_project(folder / "p.thimble").data, events


def test_healthy_classes_and_features_travel_into_the_data_settings(tmp_path, fan):
    data, events = made(tmp_path, fan, normal=("still",), features="gain-free")
    assert (data.normal_classes, data.vibration_features) == ("still", "gain-free")
    assert "Every class is healthy" not in str(events)


def test_all_classes_may_be_healthy_but_a_warning_says_what_is_lost(tmp_path, fan):
    data, events = made(tmp_path, fan, normal=("still", "coin"))
    assert data.normal_classes == "still,coin"
    assert "no AUC" in str(events)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"normal": ("elsewhere",)}, BadInputFile, ("elsewhere", "coin, still")),
        ({"normal": ()}, UsageError, ("names no class", "coin, still")),
        ({"features": "waves"}, UsageError, ("waves", "spectra or gain-free")),
        ({"features": "spectra", "task": "anomaly", "data": "builtin:hum"}, UsageError, ("vibration",)),
        ({"normal": ("0",), "task": "images", "data": "", "network": ""}, UsageError, ("anomaly",)),
    ],
)
def test_what_cannot_be_is_refused_by_name(tmp_path, fan, options, error, words):
    with pytest.raises(error) as refused:
        made(tmp_path, fan, **options)
    said = f"{refused.value.message} {refused.value.hint}"
    assert all(word in said for word in words), said
    assert not (tmp_path / "p.thimble").exists()
