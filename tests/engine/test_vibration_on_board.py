"""Raw samples of an accelerometer to a virtual board that makes the spectra by itself."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.board_access import open_board
from engine.boards import load_board
from engine.data.features import vibration_spectra
from engine.data.spec import DataSpec
from engine.data.tables import read_record
from engine.errors import UsageError
from engine.events import CancelToken, discard
from engine.front_end import VibrationFrontEnd
from engine.front_end_choice import board_features, chosen_front_end, set_front_end
from engine.micro_reference import MicroReference
from engine.model_import.tflite_file import read_tflite
from engine.planning import build_on_board, plan_on_board
from engine.project import Project, create_project, open_project
from tests.helpers.projects import told_by
from tests.helpers.tflite_builder import TfliteBuilder

ROWS, AXES, SHAPE = 150, 2, (1, 3, 32, 2)
SILENT = {"report": discard, "cancel": CancelToken()}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with records of two axes, and who makes its features set."""
    chance = np.random.default_rng(0)
    for name in ("normal", "loose"):
        (tmp_path / "fan" / name).mkdir(parents=True)
        for number in range(2):
            rows = chance.normal(0, 0.2, (ROWS, AXES)) + [0, 1]
            np.savetxt(tmp_path / "fan" / name / f"{number}.csv", rows, "%.6f", ",")
    data = DataSpec(source=str(tmp_path / "fan"), task="vibration")
    return create_project(tmp_path / "fan-watch", task="vibration", data=data, front_end="board")


def network(folder: Path) -> Path:
    """A network that reads spectra."""
    builder = TfliteBuilder()
    builder.inputs = [builder.tensor(SHAPE, scale=6 / 255, zero_point=3)]
    builder.outputs = [builder.tensor(SHAPE, scale=6 / 255, zero_point=3)]
    builder.operator("RELU", builder.inputs, builder.outputs)
    path = folder / "fan.tflite"
    path.write_bytes(builder.content())
    return path


def test_rows_of_a_table_are_answered_as_their_spectra_are(project: Project, tmp_path: Path) -> None:
    model, board = network(tmp_path), load_board("stm32f407")
    graph, front_end = read_tflite(model), chosen_front_end(None, project)
    assert isinstance(front_end, VibrationFrontEnd)
    fit = plan_on_board(graph, board, family=board.kernels, front_end=front_end).fit
    built = build_on_board(
        graph, board, family=board.kernels, folder=tmp_path / "out", front_end=front_end, **SILENT
    )
    for parts in ("flash_parts", "ram_parts"):
        assert "front-end" in getattr(fit, parts)
    assert built.flash_parts["front-end"] == pytest.approx(fit.flash_parts["front-end"], rel=0.1)
    table = next((tmp_path / "fan" / "loose").iterdir())
    record = read_record(table)
    reference = MicroReference(model)
    samples = np.round(record * 2048).astype("<i2")
    with open_board("virtual", board.id) as access:
        access.flash(tmp_path / "out" / built.elf, **SILENT)
        inference, told = access.session().run_samples(samples.tobytes(), features=True)
        expected = reference.quantize_input(vibration_spectra(record[None])).reshape(-1)
        assert np.abs(np.frombuffer(told.features, np.int8).astype(int) - expected).max() <= 1
        assert inference.output == reference.run_bytes(told.features)
        assert (told.sample_count, told.rate_hz) == (ROWS * AXES, 0)
        predicted = fit.front_end_cycles
        assert predicted is not None
        assert predicted.error_percent is not None
        assert predicted.value == pytest.approx(told.cycles, rel=predicted.error_percent / 100)
    long = tmp_path / "long.csv"
    np.savetxt(long, np.concatenate([record, record, record[:9]]), "%.6f", ",")
    elf = str(tmp_path / "out" / built.elf)
    rows, _ = told_by("listen", target=elf, csv=[str(long)])
    assert [row["start_row"] for row in rows] == [0, ROWS]
    assert bytes(rows[1]["output"]) == inference.output
    other = tmp_path / "other.csv"
    np.savetxt(other, np.zeros((ROWS, 7)), "%.6f", ",")
    with pytest.raises(UsageError, match="7 columns"):
        told_by("listen", target=elf, csv=[str(other)])


def test_the_sensor_is_kept_and_decides_plan_and_firmware(project: Project) -> None:
    before = board_features(project)
    set_front_end(project, None, 16384.0)
    assert board_features(project) != before
    kept = open_project(project.folder)
    assert kept.counts_per_unit == 16384.0
    front_end = chosen_front_end(None, kept)
    assert isinstance(front_end, VibrationFrontEnd)
    assert (front_end.counts_per_unit, front_end.shape) == (16384.0, SHAPE[1:])
    for counts in (0.0, -1.0, float("nan"), 1e12):
        with pytest.raises(UsageError, match="counts per unit"):
            set_front_end(project, None, counts)


def test_vibration_that_no_board_can_read_says_why(project: Project, tmp_path: Path) -> None:
    assert not project.takes_sound
    assert project.data is not None
    gain_free = DataSpec(source=project.data.source, task="vibration", vibration_features="gain-free")
    for data, why in ((gain_free, "gain-free"), (None, "how long a record")):
        with pytest.raises(UsageError, match=why):
            create_project(tmp_path / "other", task="vibration", data=data, front_end="board")
    hum = create_project(
        tmp_path / "hum",
        task="vibration",
        data=DataSpec(source="builtin:hum", task="vibration"),
        front_end="board",
    )
    assert hum.takes_sound
