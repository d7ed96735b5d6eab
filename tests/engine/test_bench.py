"""Rows of the benchmark: what is told of each model, family, peer and quoted figure."""

from __future__ import annotations

import pytest

from engine import bench
from engine.bench import BenchSettings, bench_rows, quoted_rows
from engine.boards import load_board
from engine.errors import UsageError
from engine.events import CancelToken, discard
from engine.firmware import bakenn_model
from engine.model_import.tflite_file import read_tflite
from tests.helpers.shared_data import shared_data
from tests.helpers.tflite_builder import TfliteBuilder

BOARD = load_board("stm32f407")


def _peers_installed() -> bool:
    try:
        bakenn_model.require_bakenn()
    except UsageError:
        return False
    return True


needs_peers = pytest.mark.skipif(not _peers_installed(), reason="the extra `bench` is not installed")


def _rows(path, **settings):
    chosen = BenchSettings(board=BOARD, **settings)
    return list(bench_rows([path], chosen, report=discard, cancel=CancelToken()))


@needs_peers
def test_a_peer_that_takes_the_model_is_measured_on_the_same_board():
    path = shared_data("models", "tflite", "tflm_hello_world_int8.tflite")
    ours, peer = _rows(path, families=("dsp",), inputs=5, peers=True)
    assert (ours["kernels"], peer["kernels"]) == ("dsp", "bakenn")
    for row in (ours, peer):
        assert row["mismatched_bytes"] == 0
        assert row["inputs_compared"] == 5
        assert row["basis"] == "simulated"
        assert row["instructions_per_mac"] == pytest.approx(row["instructions"] / row["macs"], abs=1e-3)
    assert ours["toolchain"] == peer["toolchain"]
    assert "batch size" in peer["note"]
    assert peer["arena_bytes"] >= 2  # its buffers for input and output count


@needs_peers
def test_a_peer_that_declines_is_a_row_with_its_words():
    path = shared_data("models", "tflite", "mlperf_kws_int8.tflite")
    (row,) = _rows(path, families=(), peers=True)
    assert "bakenn" in row["refused"]
    assert "Reshape" in row["refused"]
    assert row["refused_code"] == "unsupported-operator"
    assert "instructions" not in row


def test_peers_that_are_not_installed_are_told_with_the_cure(tmp_path, monkeypatch):
    monkeypatch.setattr(bakenn_model, "_PACKAGES", ("bakenn", "package_that_nobody_has"))
    builder = TfliteBuilder()
    source = builder.tensor((1, 4), scale=0.1)
    result = builder.tensor((1, 4), scale=1 / 256, zero_point=-128)
    builder.operator("SOFTMAX", [source], [result], "SoftmaxOptions", beta=1.0)
    builder.inputs, builder.outputs = [source], [result]
    path = tmp_path / "softmax.tflite"
    path.write_bytes(builder.content())
    with pytest.raises(UsageError, match="package_that_nobody_has") as caught:
        _rows(path, families=(), peers=True)
    assert "thimble-studio[bench]" in caught.value.hint


def test_quoted_rows_belong_to_the_very_file_and_core():
    graph = read_tflite(shared_data("models", "tflite", "mlperf_ad_int8.tflite"))
    rows = quoted_rows(graph.model_hash, "cortex-m4f")
    assert {row["basis"] for row in rows} == {"quoted"}
    by_kernels = {row["kernels"]: row for row in rows}
    micro = by_kernels["TFLM + CMSIS-NN"]
    assert (micro["instructions"], micro["flash_bytes"], micro["arena_bytes"]) == (
        583_000,
        306_152,
        2_580,
    )
    assert "QEMU" in micro["source"]
    assert quoted_rows(graph.model_hash, "cortex-m7f") == ()
    assert quoted_rows("0" * 16, "cortex-m4f") == ()


def test_every_quoted_row_has_a_figure_for_every_model():
    document = bench._quoted_figures()
    for row in document["rows"]:
        figures = [value for value in row.values() if isinstance(value, list)]
        assert figures, row["kernels"]
        assert all(len(value) == len(document["models"]) for value in figures), row["kernels"]


def test_quoted_rows_follow_the_measured_ones():
    path = shared_data("models", "tflite", "mlperf_ad_int8.tflite")
    rows = _rows(path, families=(), quoted=True)
    assert [row["kernels"] for row in rows][0] == "TFLM + CMSIS-NN"
    assert rows[0]["model"] == "mlperf_ad_int8"
    assert rows[0]["instructions_per_mac"] == pytest.approx(583_000 / rows[0]["macs"], abs=1e-3)
