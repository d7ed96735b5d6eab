import os
import subprocess
import sys
import time

import pytest

from engine.child import ChildError, run_to_its_end, run_tool, start
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


SLOW_TOOL = """
import sys, time
for step in range(5):
    print("step", step, end="\\r", flush=True)
    time.sleep(0.2)
open(sys.argv[1], "w").write("whole")
print("done")
"""


def test_a_tool_that_must_not_be_stopped_is_heard_and_ends_by_itself(tmp_path):
    result = tmp_path / "result"
    lines = []
    status = run_to_its_end([sys.executable, "-c", SLOW_TOOL, str(result)], lines.append)
    assert status == 0
    assert lines == ["step 0", "step 1", "step 2", "step 3", "step 4", "done"]
    with pytest.raises(ChildError, match="could not be started"):
        run_to_its_end([str(tmp_path / "none")], lines.append)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_it_goes_on_when_its_starter_is_killed(tmp_path):
    result = tmp_path / "result"
    program = (
        "import sys; from engine.child import run_to_its_end\n"
        f"run_to_its_end([sys.executable, '-c', {SLOW_TOOL!r}, {str(result)!r}], "
        "lambda line: print(line, flush=True))"
    )
    starter = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
    assert starter.stdout.readline() == b"step 0\n"
    starter.kill()
    starter.wait(10)
    starter.stdout.close()
    end = time.monotonic() + 20
    while not (result.exists() and result.read_text() == "whole"):
        assert time.monotonic() < end
        time.sleep(0.05)
