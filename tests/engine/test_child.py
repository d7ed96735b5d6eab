import os
import sys
import time

import pytest

from engine.child import ChildError, run_tool, start
from engine.errors import BuildFailed, Cancelled
from engine.events import CancelToken


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stream:
        return stream.read().split()[2] != "Z"


def test_tool_output_and_exit_status():
    result = run_tool(
        [sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"]
    )
    assert (result.returncode, result.stdout, result.stderr) == (3, "out\n", "err\n")


def test_missing_tool_is_named():
    with pytest.raises(BuildFailed, match="no-such-compiler"):
        run_tool(["no-such-compiler"])


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_cancel_ends_the_tool_and_its_children(tmp_path):
    note = tmp_path / "pid"
    script = (
        "import subprocess, sys, time\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(note)!r} + '.new', 'w').write(str(p.pid))\n"
        f"import os; os.rename({str(note)!r} + '.new', {str(note)!r})\n"
        "time.sleep(60)\n"
    )

    class CancelWhenStarted(CancelToken):
        def check(self):
            if note.exists():
                self.cancel()
            super().check()

    with pytest.raises(Cancelled):
        run_tool([sys.executable, "-c", script], cancel=CancelWhenStarted())
    grandchild = int(note.read_text())
    deadline = time.monotonic() + 10
    while alive(grandchild) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not alive(grandchild)


def test_tool_that_takes_too_long_is_ended():
    with pytest.raises(BuildFailed, match="did not finish"):
        run_tool([sys.executable, "-c", "import time; time.sleep(60)"], timeout_seconds=0.3)


def test_worker_answers_and_ends_with_its_input():
    child = start("worker")
    try:
        child.send('{"verb": "boards"}')
        line = child.read_line(60)
        assert '"id": "' in line
    finally:
        child.stop()
    assert not child.running


def test_silent_child_is_reported():
    with start("worker") as child, pytest.raises(ChildError, match="did not answer"):
        child.read_line(0.2)
