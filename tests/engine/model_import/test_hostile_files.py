"""Every hostile model file ends in a clear refusal, within bounds, and leaves nothing behind.

Time is that of the processor: on the clock a busy machine takes as long as it likes. What the clock
says is in the table of `python -m tests.hostile_table`.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.helpers import hostile_files
from tests.helpers.hostile_files import CANARY, HOSTILE, Hostile
from tests.helpers.hostile_run import MAX_BYTES, MAX_SECONDS, ROOT, run_hostile

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="os.wait4 and its peak memory")

REFUSALS = {"bad-input-file": 3, "unsupported-operator": 4, "conversion-failed": 6}


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_a_hostile_file_is_refused_and_does_nothing(hostile, tmp_path):
    outcome = run_hostile(hostile, tmp_path)

    assert outcome.new_files == ()
    assert outcome.code in REFUSALS, outcome
    assert outcome.exit_code == REFUSALS[outcome.code]
    assert hostile.words in f"{outcome.message} {outcome.hint}"
    assert outcome.peak_bytes < MAX_BYTES
    assert outcome.processor_seconds < MAX_SECONDS


LOADERS = {
    "pickle.pt": (hostile_files.pickled("pickle.pt"), "torch.load(path, weights_only=False)"),
    "zipped.pt": (hostile_files.zipped_pickle("zipped.pt"), "torch.load(path, weights_only=False)"),
    "program.pt2": (hostile_files.exported_program, "torch.export.load(path)"),
    "writer.pt": (hostile_files.script_that_writes, "torch.jit.load(path)(torch.zeros(1, 4))"),
}


@pytest.mark.parametrize("name", LOADERS)
def test_the_same_file_does_harm_where_nothing_holds_it_back(name, tmp_path):
    """Without this, a file that does nothing at all would pass as harmless."""
    make, load = LOADERS[name]
    places = {place: tmp_path / "a" / "b" / place for place in ("files", "home", "cwd")}
    for place in places.values():
        place.mkdir(parents=True)
    path = make(places["files"])

    subprocess.run(
        [sys.executable, "-c", f"import sys, torch; path = sys.argv[1]; {load}", str(path)],
        cwd=places["cwd"],
        env={**os.environ, "HOME": str(places["home"]), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )

    assert (places["files"] / CANARY).exists()


@pytest.mark.parametrize("name", ["harmless_keras", "harmless_h5", "harmless_onnx"])
def test_the_same_file_without_its_harm_is_read(name, tmp_path):
    """Otherwise a file refused for a slip of its maker would pass as refused for its harm."""
    outcome = run_hostile(Hostile(name, getattr(hostile_files, name), ""), tmp_path)
    assert (outcome.exit_code, outcome.message) == (0, "")
