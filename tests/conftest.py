"""For all tests: the offscreen window system, `--soak`, and no child process left behind."""

from __future__ import annotations

import os

import psutil
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before anything imports Qt
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

GRACE_SECONDS = 5  # a child that was told to end may still be closing its files


def pytest_addoption(parser):
    parser.addoption("--soak", action="store_true", help="run the tests marked soak in full length")


@pytest.fixture
def soak(request):
    """Whether a test marked `soak` should run in full length."""
    return request.config.getoption("--soak")


@pytest.fixture(autouse=True, scope="module")
def _no_child_process_is_left():
    """A module's tests, and its own fixtures, end every process that they start."""
    before = _children()
    yield
    _gone, left = psutil.wait_procs(list(_children() - before), timeout=GRACE_SECONDS)
    names = [_describe(process) for process in left]
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=GRACE_SECONDS)
    assert not left, f"processes left behind: {names}"


def _children() -> set[psutil.Process]:
    """Living descendants, but for Python's own tracker of shared memory: it lives as long as we do."""
    found = set()
    for process in psutil.Process().children(recursive=True):
        try:
            ended = process.status() == psutil.STATUS_ZOMBIE
            if not ended and "multiprocessing.resource_tracker" not in " ".join(process.cmdline()):
                found.add(process)
        except psutil.NoSuchProcess:
            continue
    return found


def _describe(process: psutil.Process) -> str:
    try:
        return f"{process.pid} {' '.join(process.cmdline())}"
    except psutil.NoSuchProcess:
        return f"{process.pid} (ended meanwhile)"
