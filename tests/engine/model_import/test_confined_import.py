"""Both sides of an import together: trust, limits, cancelling, a child that cannot be believed."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from engine.errors import BadInputFile, Cancelled
from engine.events import CancelToken, discard
from engine.model_import.confined_import import import_model_file
from engine.model_import.imported_model import ImportedModel
from engine.model_import.limits import limits_for
from tests.helpers.hostile_files import exported_program_running

# Says in the reader's own voice that all is well; descriptors from 3 on hold its line to the parent.
FORGE = """
import os
{act}
for descriptor in range(3, 32):
    try:
        os.write(descriptor, b'{{"event": "result", "imported": "x"}}\\n')
    except OSError:
        pass
os._exit(0)
"""

FLOOD = """
import os
for descriptor in range(3, 32):
    try:
        while True:
            os.write(descriptor, {line!r})
    except OSError:
        pass
"""


def read(path, folder, **options):
    options = {"report": discard, "cancel": CancelToken(), **options}
    return import_model_file(path, folder, **options)


@pytest.fixture
def network():
    torch.manual_seed(0)
    layers = [torch.nn.Conv2d(3, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(3600, 5)]
    return torch.nn.Sequential(*layers).eval()


@pytest.fixture
def result(tmp_path):
    folder = tmp_path / "result"
    folder.mkdir()
    return folder


@pytest.mark.parametrize("kind", ["torchscript", "exported-program"])
def test_a_trusted_file_gives_the_same_network(kind, network, tmp_path, result):
    example = torch.randn(1, 3, 32, 32)
    path = tmp_path / ("net.pt" if kind == "torchscript" else "net.pt2")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if kind == "torchscript":
            torch.jit.save(torch.jit.trace(network, example), str(path))
        else:
            torch.export.save(torch.export.export(network, (example,)), str(path))

    with pytest.raises(BadInputFile, match="may hold code") as refusal:
        read(path, result)
    assert "--trust" in refusal.value.hint
    assert list(result.iterdir()) == []

    read(path, result, trust=True)
    imported = ImportedModel.load(result)
    assert imported.format == kind
    assert imported.input_shape == (32, 32, 3)
    with torch.no_grad():
        np.testing.assert_allclose(imported.module(example), network(example), rtol=1e-5, atol=1e-6)


def test_a_script_that_fits_many_shapes_asks_for_one(tmp_path, result):
    pooled = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.AdaptiveAvgPool2d(1)).eval()
    path = tmp_path / "any_size.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.save(torch.jit.script(pooled), str(path))

    with pytest.raises(BadInputFile, match="several sizes") as refusal:
        read(path, result, trust=True)
    assert "--input-shape" in refusal.value.hint

    read(path, result, trust=True, input_shape=(3, 20, 24))
    assert ImportedModel.load(result).input_shape == (20, 24, 3)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        ("open('../result/run.sh', 'w').write('x')", "does not belong"),
        ("os.mkdir('../result/module.json')", "does not belong"),
        ("open('../result/module.json', 'w').write('{}')", "stored network cannot be read"),
    ],
    ids=["another file", "a folder", "a damaged result"],
)
def test_what_a_taken_over_child_leaves_is_not_believed(act, words, tmp_path, result):
    path = exported_program_running(tmp_path / "forger.pt2", FORGE.format(act=act))

    def read_and_load():
        read(path, result, trust=True)
        ImportedModel.load(result)

    with pytest.raises(BadInputFile, match=words):
        read_and_load()
    assert not (result / "run.sh").exists()


def test_a_child_that_floods_its_parent_is_ended(tmp_path, result):
    line = b'{"event": "log_line", "stage": "", "text": "x"}\n'
    path = exported_program_running(tmp_path / "flood.pt2", FLOOD.format(line=line))
    with pytest.raises(BadInputFile, match="say too much"):
        read(path, result, trust=True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of processor time")
def test_a_file_that_never_ends_loading_is_stopped(tmp_path, result):
    path = exported_program_running(tmp_path / "endless.pt2", "while True: pass")
    limits = replace(limits_for(0), cpu_seconds=6)
    with pytest.raises(BadInputFile, match="more than 6 s of processor time"):
        read(path, result, trust=True, limits=limits)


def test_a_file_that_sleeps_is_stopped_by_the_clock(tmp_path, result):
    path = exported_program_running(tmp_path / "sleeper.pt2", "import time\ntime.sleep(600)")
    with pytest.raises(BadInputFile, match="not read within 1 s"):
        read(path, result, trust=True, limits=replace(limits_for(0), wall_seconds=1.0))


def test_cancelling_ends_the_child(tmp_path, result):
    path = exported_program_running(tmp_path / "sleeper.pt2", "import time\ntime.sleep(600)")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        read(path, result, trust=True, cancel=cancel)
