"""`resources/` is found in every form of install."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from engine import resources
from engine.errors import EngineError

ROOT = Path(__file__).resolve().parents[2]

# Prints where a program finds its resources, and proves that boards can be read from there.
PROGRAM = (
    "from engine.boards import load_board\n"
    "from engine.resources import resources_folder\n"
    "print(load_board('stm32f407').flash_bytes)\n"
    "print(resources_folder())\n"
)


def find_resources(python_path, folder):
    """Run PROGRAM in a folder that is no checkout. Returns the resources folder it found."""
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=folder,
        env={"PYTHONPATH": str(python_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    flash_bytes, found = result.stdout.splitlines()
    assert int(flash_bytes) == 1024 * 1024
    return Path(found)


def product_files(folder):
    """Names of all files under a folder that belong to the product."""
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix() for path in files}


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """A copy of all that packaging reads, so that no build folder of the checkout gets in."""
    copy = tmp_path_factory.mktemp("source") / "a checkout"
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build")
    for name in ("engine", "gui", "resources"):
        shutil.copytree(ROOT / name, copy / name, ignore=ignored)
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy / name)
    return copy


def pip(*arguments):
    """Run pip offline in this environment."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, arguments)]
    command += ["--no-deps", "--no-build-isolation", "--no-index", "-q"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="module")
def installed_wheel(sources, tmp_path_factory):
    """The folder of an unpacked wheel: what site-packages would hold."""
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "-w", folder, sources)
    (wheel,) = folder.glob("thimble_studio-*.whl")
    site_packages = folder / "site-packages"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site_packages)
    return site_packages


def test_a_checkout_finds_its_own_folder(tmp_path):
    assert find_resources(ROOT, tmp_path) == ROOT / "resources"


def test_a_wheel_finds_its_copy(installed_wheel, tmp_path):
    assert find_resources(installed_wheel, tmp_path) == installed_wheel / "engine" / "_resources"


def test_a_wheel_carries_every_resource_and_module(installed_wheel, sources):
    assert product_files(installed_wheel / "engine" / "_resources") == product_files(
        sources / "resources"
    )
    engine_files = {
        n for n in product_files(installed_wheel / "engine") if not n.startswith("_resources/")
    }
    assert engine_files == product_files(sources / "engine")
    assert product_files(installed_wheel / "gui") == product_files(sources / "gui")


def test_an_editable_install_finds_the_checkout(sources, tmp_path):
    site_packages = tmp_path / "site-packages"
    pip("install", "-e", sources, "--target", site_packages)
    # Without site (-S) no other editable install is active; only the new folder's .pth files are read.
    program = (
        f"import site, sys\nsite.addsitedir({str(site_packages)!r})\n"
        f"sys.path.append({sysconfig.get_path('purelib')!r})\n"
    )
    result = subprocess.run(
        [sys.executable, "-S", "-c", program + PROGRAM],
        cwd=tmp_path,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert Path(result.stdout.splitlines()[1]) == sources / "resources"


def test_a_frozen_program_finds_the_bundle(tmp_path, monkeypatch):
    (tmp_path / "resources" / "boards").mkdir(parents=True)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    assert resources.resource("boards") == tmp_path / "resources" / "boards"


def test_a_broken_installation_says_what_to_do(tmp_path):
    lonely = tmp_path / "engine" / "resources.py"
    lonely.parent.mkdir()
    shutil.copy(resources.__file__, lonely)
    spec = importlib.util.spec_from_file_location("lonely_resources", lonely)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with pytest.raises(EngineError, match="data files are missing") as caught:
        module.resources_folder()
    assert caught.value.hint
