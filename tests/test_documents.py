"""What the documents say about commands and files is true of the code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from engine import cli, errors, result_values
from engine.zoo import network_names

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def shown_commands():
    """Every `thimble-cli …` line of the documents' indented examples."""
    for document in DOCUMENTS:
        for line in document.read_text("utf-8").splitlines():
            match = re.match(r"    (?:\.venv/bin/)?thimble-cli (.+)", line)
            if match:
                yield pytest.param(match[1], id=f"{document.name}: {match[1]}")


@pytest.mark.parametrize("command", list(shown_commands()))
def test_a_shown_command_is_understood(command):
    arguments = cli.parser().parse_args(shlex.split(command))
    assert arguments.verb == command.split()[0]


def test_every_command_is_in_the_table():
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    table = text.split("## Commands", 1)[1].split("## ", 1)[0]
    described = set(re.findall(r"^\| `(\w+)", table, re.MULTILINE))
    understood = set(_choices().split())
    assert described == understood


def _choices():
    action = next(a for a in cli.parser()._actions if a.dest == "verb")
    return " ".join(action.choices)


def test_every_network_is_in_the_table():
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    table = text.split("## Networks", 1)[1].split("## ", 1)[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    assert set(re.findall(r"`([\w-]+)`", " ".join(rows))) == set(network_names())


def test_every_exit_code_is_in_the_table():
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    described = {int(code) for code in re.findall(r"^\| (\d) \|", text, re.MULTILINE)}
    kinds = [errors.EngineError, *errors.EngineError.__subclasses__(), errors.Cancelled]
    assert described >= {kind.exit_code for kind in kinds}
    assert described == set(range(10))


def test_the_promised_keys_of_fit_are_there():
    text = (ROOT / "docs" / "command-line.md").read_text("utf-8")
    row = next(line for line in text.splitlines() if line.startswith("| `fit` |"))
    promised = re.sub(r"\(.*?\)", "", row.split("|")[2]).replace(" ", "").split(",")
    source = Path(result_values.__file__).read_text("utf-8")
    code = source.split("def fit_values", 1)[1].split("\ndef ", 1)[0]
    assert [key for key in promised if f'"{key}"' not in code] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_named_files_exist(document):
    text = document.read_text("utf-8")
    links = [t for t in re.findall(r"\]\(([^)#]+)", text) if "://" not in t]
    missing = [link for link in links if not (document.parent / link).exists()]
    named = re.findall(r"`((?:engine|gui|resources|tests|installers|docs)/[\w./-]+)`", text)
    missing += [name for name in named if not (ROOT / name).exists() and name != "engine/_resources"]
    assert missing == []
