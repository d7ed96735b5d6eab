"""What stands in a report of a real comparison, and how it comes to the disk."""

from __future__ import annotations

import errno
import os
import shlex

import msgspec
import pytest

from engine import pipeline
from engine.content_hash import sha256_of
from engine.errors import UsageError
from engine.project import create_project
from engine.report_source import report_content, write_report
from engine.summaries import write_summary
from engine.verification import Verified, stored_verification
from tests.helpers.projects import COMPARED, told_by, verified_project

FOUND = Verified(title="net", file="net.tflite", verify=COMPARED, hashes={"net.tflite": "ab" * 32})


def test_the_report_of_a_project_is_written_without_running_anything(tmp_path):
    project = verified_project(tmp_path)
    file = tmp_path / "new folder" / "report.html"
    (row,), _ = told_by("report", project=str(project.folder), html=str(file))
    assert row["passed"]
    assert row["file"] == str(file)
    page = file.read_text("utf-8")
    assert sha256_of(tmp_path / "net.tflite") in page
    assert "thimble-cli verify mine.thimble --html report.html" in page
    assert str(tmp_path) not in page
    assert {p.name for p in project.artefacts_folder.iterdir()} == {"verify"}


def test_a_project_without_a_comparison_says_so(tmp_path):
    project = create_project(tmp_path / "mine", task="keywords", network="ds-cnn-s")
    with pytest.raises(UsageError, match="not verified yet"):
        stored_verification(project)


def test_an_older_comparison_is_no_proof(tmp_path):
    project = verified_project(tmp_path)
    assert project.model_path is not None
    project.model_path.write_bytes(b"another network")
    with pytest.raises(UsageError, match="older model"):
        stored_verification(project)


def test_a_failed_comparison_is_reported_too(tmp_path):
    project = verified_project(tmp_path)
    state = next(s for s in pipeline.readiness(project) if s.stage == "verify")
    bad = msgspec.structs.replace(COMPARED.rows[0], isolated_error=9.0, passed=False)
    assert state.folder is not None
    write_summary(msgspec.structs.replace(COMPARED, rows=[bad], passed=False), state.folder)
    file = tmp_path / "report.html"
    (row,), _ = told_by("report", project=str(project.folder), html=str(file))
    assert not row["passed"]
    assert row["verdict"] in file.read_text("utf-8")


def test_facts_name_what_a_colleague_needs_to_trust_it():
    content = report_content(FOUND, {"target": "/somewhere/net.tflite"})
    facts = dict(content.facts)
    assert facts["Network"] == "net.tflite"
    assert facts["Inputs through every form"] == "9"
    assert facts["Seed"].startswith("0")
    assert "no board" in facts["Inputs on the board"]
    assert {
        "Thimble",
        "PyTorch",
        "TensorFlow",
        "TFLite Micro",
        "Python",
        "System",
    } <= content.versions.keys()
    assert content.compared_on.count("-") == 2


def test_the_command_to_do_it_again_holds_what_was_given_but_no_folder():
    arguments = {
        "target": "/somewhere/my net's.onnx",
        "input_shape": [3, 96, 96],
        "trust": True,
        "html": "/somewhere/out.html",
    }
    (command,) = report_content(FOUND, arguments).commands
    words = shlex.split(command)
    assert words[:3] == ["thimble-cli", "verify", "my net's.onnx"]
    assert words[words.index("--input-shape") + 1] == "3,96,96"
    assert "--trust" in words
    assert "/somewhere" not in command


@pytest.mark.parametrize(
    ("place", "why"),
    [
        ("file/report.html", "is a file, not a folder"),
        ("file/below/report.html", "is a file, not a folder"),
        ("folder", "directory"),
        ("n" * 300 + ".html", "too long"),
    ],
)
def test_a_place_that_cannot_be_written_is_told(tmp_path, place, why):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.iterdir())
    with pytest.raises(UsageError, match=f"could not be written.*{why}") as caught:
        write_report(FOUND, {}, tmp_path / place)
    assert caught.value.hint
    assert sorted(tmp_path.iterdir()) == before


def test_a_full_disk_leaves_the_older_report_whole(tmp_path, monkeypatch):
    file = tmp_path / "report.html"
    file.write_text("older")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        write_report(FOUND, {}, file)
    assert file.read_text() == "older"
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.skipif(os.name == "nt", reason="file modes of POSIX")
def test_a_report_can_be_read_by_whom_the_folder_allows(tmp_path):
    before = os.umask(0o022)
    try:
        write_report(FOUND, {}, tmp_path / "report.html")
    finally:
        os.umask(before)
    assert (tmp_path / "report.html").stat().st_mode & 0o777 == 0o644
