"""The two commands: what they install, when they skip it, and how they fail. Fakes are real programs."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.helpers.architecture_rules import imports, python_files

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = ROOT / "installers" / "bootstrap.py"


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """A fresh copy of the module that believes in a checkout of its own, in a path with spaces."""
    checkout = tmp_path / "a check out"
    (checkout / "installers").mkdir(parents=True)
    for name in ("installers/bootstrap.py", "installers/constraints.txt", "pyproject.toml", "setup.py"):
        (checkout / name).write_bytes((ROOT / name).read_bytes())
    spec = importlib.util.spec_from_file_location("bootstrap_copy", checkout / "installers/bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "apt_install", lambda packages: False)
    return module


def fake_pip(bootstrap, *answers):
    """A .venv whose `python -m pip` gives these (exit code, text) answers in turn."""
    bootstrap.VENV_PYTHON.parent.mkdir(parents=True, exist_ok=True)
    count = bootstrap.VENV / "calls"
    cases = "".join(f"{i}) echo '{text}'; exit {code};;\n" for i, (code, text) in enumerate(answers, 1))
    last_code, last_text = answers[-1]
    bootstrap.VENV_PYTHON.write_text(
        f"#!/bin/sh\necho call >> '{count}'\ncase $(grep -c call '{count}') in\n{cases}"
        f"*) echo '{last_text}'; exit {last_code};;\nesac\n"
    )
    bootstrap.VENV_PYTHON.chmod(0o755)
    return lambda: len(count.read_text().splitlines())


@pytest.fixture
def venv_is_there(bootstrap, monkeypatch):
    """Skip making a real .venv: only pip is of interest."""
    monkeypatch.setattr(bootstrap, "make_venv", lambda: None)


@pytest.mark.usefixtures("venv_is_there")
class TestInstall:
    """pip, faked by a shell script."""

    def test_a_network_failure_is_tried_once_more(self, bootstrap):
        calls = fake_pip(bootstrap, (1, "ReadTimeoutError: Read timed out."), (0, "done"))
        bootstrap.install()
        assert calls() == 2
        assert bootstrap.is_installed()

    def test_a_second_network_failure_is_final_and_says_so(self, bootstrap):
        calls = fake_pip(bootstrap, (1, "NewConnectionError: Network is unreachable"))
        with pytest.raises(bootstrap.SetUpError, match="check the network"):
            bootstrap.install()
        assert calls() == 2
        assert not bootstrap.is_installed()

    def test_another_failure_is_not_tried_again_and_gives_pips_reason(self, bootstrap):
        calls = fake_pip(bootstrap, (1, "ERROR: No matching distribution found for torch==2.13.0"))
        with pytest.raises(bootstrap.SetUpError, match="No matching distribution found for torch"):
            bootstrap.install()
        assert calls() == 1

    def test_a_full_disk_is_named(self, bootstrap):
        fake_pip(bootstrap, (1, "ERROR: Could not install: [Errno 28] No space left on device"))
        with pytest.raises(bootstrap.SetUpError, match=r"The disk became full; the packages need 4 GB"):
            bootstrap.install()

    @pytest.mark.parametrize("name", ["pyproject.toml", "setup.py", "installers/constraints.txt"])
    def test_changed_pins_or_packaging_make_the_installation_stale(self, bootstrap, name):
        fake_pip(bootstrap, (0, "done"))
        bootstrap.install()
        changed = bootstrap.CHECKOUT / name
        changed.write_text(changed.read_text() + "\n# changed\n")
        assert not bootstrap.is_installed()

    def test_an_interrupted_installation_is_not_taken_for_a_finished_one(self, bootstrap):
        fake_pip(bootstrap, (0, "done"), (1, "killed"))
        bootstrap.install()
        with pytest.raises(bootstrap.SetUpError):
            bootstrap.install()
        assert not bootstrap.is_installed()


def test_too_little_space_is_said_before_anything_is_made(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "NEEDED_BYTES", 10**18)
    with pytest.raises(bootstrap.SetUpError, match="Free some space"):
        bootstrap.install()
    assert not bootstrap.VENV.exists()


def test_python_without_venv_gets_one_line_with_the_package(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap, "can_make_venv", lambda: False)
    with pytest.raises(bootstrap.SetUpError, match=r"no venv module.*python3\.\d+-venv"):
        bootstrap.install()


def test_a_checkout_that_was_moved_gets_a_new_environment(bootstrap):
    subprocess.run([sys.executable, "-m", "venv", str(bootstrap.VENV)], check=True)
    assert bootstrap.venv_fits()
    new_place = bootstrap.CHECKOUT.with_name("moved")
    bootstrap.CHECKOUT.rename(new_place)
    bootstrap.VENV = new_place / ".venv"
    bootstrap.VENV_PYTHON = bootstrap.VENV / "bin" / "python"
    assert not bootstrap.venv_fits()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings its own libraries")
def test_missing_libraries_are_named_by_their_package_in_one_line(bootstrap, monkeypatch):
    monkeypatch.setattr(
        bootstrap, "QT_LIBRARIES", {"libc.so.6": "libc6", "libno-such.so.1": "libno-such1"}
    )
    with pytest.raises(bootstrap.SetUpError) as caught:
        bootstrap.check_system(desktop=False, first_time=False)
    assert str(caught.value).endswith("apt-get install libno-such1")


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [(["demo", "--no-such"], 2, "--no-such"), ([], 2, "verb"), (["build"], 2, "demo")],
)
def test_a_wrong_command_line_is_refused_before_anything_is_installed(tmp_path, arguments, code, text):
    result = subprocess.run(
        [sys.executable, str(SCRIPT), *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == code
    assert text in result.stderr
    assert "Traceback" not in result.stderr


def pins():
    """Package -> requirement line of installers/constraints.txt."""
    lines = (ROOT / "installers" / "constraints.txt").read_text().splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(r.name): r for r in requirements}


def test_every_pin_is_exact_and_names_a_released_version():
    for name, requirement in pins().items():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), name
        assert requirement.url is None, name


def test_everything_that_is_installed_here_is_pinned_at_this_version():
    """The transitive needs of every extra but `bench`, for this system."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    texts = [*project["dependencies"], *extras["dev"], *extras["virtual-board"]]
    wanted = [r for r in map(Requirement, texts) if r.marker is None or r.marker.evaluate()]
    pinned, seen = pins(), set()
    while wanted:
        requirement = wanted.pop()
        name = canonicalize_name(requirement.name)
        if (name, frozenset(requirement.extras)) in seen:
            continue
        seen.add((name, frozenset(requirement.extras)))
        assert name in pinned, name
        assert pinned[name].specifier.contains(version(name).split("+")[0], prereleases=True), name
        for child in map(Requirement, requires(name) or []):
            active = [
                child.marker is None or child.marker.evaluate({"extra": e})
                for e in ("", *requirement.extras)
            ]
            if any(active):
                wanted.append(child)


def test_every_package_that_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    texts = [*project["dependencies"], *extras["virtual-board"], *extras["microphone"]]
    declared = {canonicalize_name(Requirement(text).name) for text in texts}
    owners = packages_distributions()
    imported = {
        module.split(".")[0]
        for name, tree in python_files(ROOT, "engine", "gui")
        for _line, module in imports(name, tree)
    }
    foreign = imported - set(sys.stdlib_module_names) - {"engine", "gui"}
    undeclared = {
        name
        for name in foreign
        if name in owners and not {canonicalize_name(owner) for owner in owners[name]} & declared
    }
    assert undeclared == set()


class TestPytestWords:
    """What `bootstrap.py test` gives to pytest."""

    @pytest.mark.parametrize(("cores", "at_once"), [(None, "1"), (2, "2"), (64, "4")])
    def test_all_tests_are_spread_over_the_cores_but_not_over_all_of_many(
        self, bootstrap, monkeypatch, cores, at_once
    ):
        monkeypatch.setattr(bootstrap.os, "cpu_count", lambda: cores)
        words = bootstrap.pytest_words(True, [])
        assert words[0] == "--soak"
        assert words[words.index("-n") + 1] == at_once
        # fixtures of a module are dear: they must not be made once for each core
        assert words[words.index("--dist") + 1] == "loadfile"

    def test_the_users_own_words_are_left_alone(self, bootstrap):
        assert bootstrap.pytest_words(False, ["--pdb", "tests/test_bootstrap.py"]) == [
            "--pdb",
            "tests/test_bootstrap.py",
        ]
