"""What a process cannot do any more after `confine`, each shown to work before it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from engine.model_import.confined_import import protections_here
from engine.model_import.landlock import landlock_version

ROOT = Path(__file__).resolve().parents[3]

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="Linux protections"),
    pytest.mark.skipif(landlock_version() < 6, reason="this kernel has no Landlock 6"),
]

ATTEMPTS = """
import json, os, signal, socket, subprocess, sys
from pathlib import Path

confined, root = sys.argv[1] == "confined", Path(sys.argv[2])
port, victim = int(sys.argv[3]), int(sys.argv[4])
inside, outside = root / "inside", root / "outside"
rows = []
if confined:
    from engine.model_import.confinement import confine
    from engine.model_import.limits import limits_for
    rows = confine(limits_for(0), readable=[root / "model"], writable=inside)

def connect():
    with socket.socket() as s:
        s.settimeout(5)
        s.connect(("127.0.0.1", port))

def send_datagram():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.sendto(b"x", ("127.0.0.1", port))

def fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)

def write_huge():
    os.truncate(os.open(inside / "huge", os.O_CREAT | os.O_RDWR), 200_000_000)

def allocate():
    bytearray(1_500_000_000)

attempts = {
    "read the model": lambda: (root / "model").read_bytes(),
    "write inside": lambda: (inside / "new").write_text("x"),
    "write outside": lambda: (outside / "new").write_text("x"),
    "overwrite outside": lambda: (outside / "secret").write_text("x"),
    "read outside": lambda: (outside / "secret").read_bytes(),
    "list outside": lambda: os.listdir(outside),
    "truncate outside": lambda: os.truncate(outside / "secret", 3),
    "rename outside": lambda: os.rename(outside / "other", outside / "renamed"),
    "link in": lambda: os.link(outside / "secret", inside / "linked"),
    "symbolic link": lambda: os.symlink(outside / "secret", inside / "symbolic"),
    "change mode outside": lambda: os.chmod(outside / "secret", 0o600),
    "change time outside": lambda: os.utime(outside / "secret", (1, 1)),
    "connect": connect,
    "send a datagram": send_datagram,
    "fork": fork,
    "run a program": lambda: subprocess.run(["/bin/true"], check=True),
    "signal another process": lambda: os.kill(victim, signal.SIGCONT),
    "read its environment": lambda: Path(f"/proc/{victim}/environ").read_bytes(),
    "write a huge file": write_huge,
    "allocate 1.5 GB": allocate,
}
done = []
for name, attempt in attempts.items():
    try:
        attempt()
        done.append(name)
    except (OSError, MemoryError):
        pass
print(json.dumps({"done": done, "all": list(attempts), "rows": [vars(r) for r in rows]}))
"""


@pytest.fixture
def attempt(tmp_path):
    """Runs every attempt in a process of its own, `confined` or `free`."""

    def run(how: str) -> dict:
        root = tmp_path / how
        for name in ("inside", "outside"):
            (root / name).mkdir(parents=True)
        for name in ("model", "outside/secret", "outside/other"):
            (root / name).write_text("content")
        with socket.socket() as server:
            server.bind(("127.0.0.1", 0))
            server.listen()
            port = server.getsockname()[1]
            result = subprocess.run(
                [sys.executable, "-c", ATTEMPTS, how, str(root), str(port), str(os.getpid())],
                env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                text=True,
                check=True,
            )
        return json.loads(result.stdout)

    return run


def test_a_free_process_can_do_it_all(attempt):
    answer = attempt("free")
    assert answer["done"] == answer["all"]


def test_a_confined_process_reads_its_model_and_writes_its_folder_only(attempt):
    answer = attempt("confined")
    if not all(row["active"] for row in answer["rows"]):
        pytest.skip(f"this system lacks a protection: {answer['rows']}")
    assert answer["done"] == ["read the model", "write inside"]


def test_each_protection_is_reported_by_a_trial_child():
    rows = protections_here()
    names = " ".join(row.name for row in rows)
    for word in (
        "memory",
        "processor time",
        "file size",
        "open files",
        "namespaces",
        "Landlock",
        "seccomp",
    ):
        assert word in names
    assert {row.name for row in rows if "limit of memory" in row.name and row.active}
