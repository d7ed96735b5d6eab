"""The guard of tests/conftest.py: a module that leaves a child process behind fails, and it is ended."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import psutil

STARTS_A_CHILD = """
import pathlib, subprocess, sys

def test_start():
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    pathlib.Path("pid").write_text(str(child.pid))
    {end}
"""


def run_pytest(folder, end):
    shutil.copy(Path(__file__).with_name("conftest.py"), folder)
    (folder / "test_it.py").write_text(STARTS_A_CHILD.format(end=end))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return result, int((folder / "pid").read_text())


def test_a_child_that_was_ended_is_fine(tmp_path):
    result, _pid = run_pytest(tmp_path, "child.communicate(b'x')")
    assert result.returncode == 0, result.stdout


def test_a_child_that_is_left_fails_the_module(tmp_path):
    result, pid = run_pytest(tmp_path, "globals()['keep'] = child")
    assert result.returncode == 1
    assert f"processes left behind: ['{pid} " in result.stdout
    assert not psutil.pid_exists(pid)
