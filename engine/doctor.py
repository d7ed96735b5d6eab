"""What this machine has and lacks, each with its cure; nothing here is loaded, only looked up."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.child import run_tool
from engine.errors import EngineError
from engine.events import CancelToken
from engine.resources import resources_folder

_NEEDED = "needed"
_OPTIONAL = "optional"

# distribution, what it is for, whether Thimble can do without
_PACKAGES = (
    ("torch", "training", _NEEDED),
    ("onnx", "conversion", _NEEDED),
    ("onnxruntime", "verification", _NEEDED),
    ("ai-edge-litert", "verification", _NEEDED),
    ("litert-quantizer", "conversion to 8 bits", _NEEDED),
    ("tflite-micro", "the reference on the host (Linux only)", _OPTIONAL),
    ("PySide6-Essentials", "the window", _NEEDED),
    ("pyserial", "real boards", _NEEDED),
    ("pyocd", "boards through probes on USB", _OPTIONAL),
    ("unicorn", "virtual boards", _OPTIONAL),
    ("capstone", "virtual boards", _OPTIONAL),
    ("soundfile", "reading recordings", _NEEDED),
    ("sounddevice", "the microphone", _OPTIONAL),
)
_FREE_BYTES_WANTED = 1_000_000_000


@dataclass(frozen=True)
class Finding:
    """One row: `state` is `ok`, `missing` or `optional` (missing, and can be done without)."""

    check: str
    state: str
    found: str
    cure: str = ""


def examine(*, cancel: CancelToken) -> Iterator[dict[str, str]]:
    """Check one thing after the other; each row has check, state, found, cure."""
    for look in _LOOKS:
        cancel.check()
        for finding in look():
            yield asdict(finding)


def _python() -> Iterator[Finding]:
    found = ".".join(str(n) for n in sys.version_info[:3])
    good = sys.version_info >= (3, 11)
    yield Finding("Python", "ok" if good else "missing", found, "" if good else "Install Python 3.11.")


def _packages() -> Iterator[Finding]:
    for distribution, purpose, need in _PACKAGES:
        version = _version(distribution)
        cure = "" if version else f"pip install {distribution}"
        yield Finding(f"{distribution}: {purpose}", _state(version, need), version or "not here", cure)


def _tensorflow() -> Iterator[Finding]:
    version = _version("tensorflow-cpu") or _version("tensorflow")
    cure = "" if version else "pip install tensorflow"
    yield Finding("tensorflow: conversion", _state(version, _NEEDED), version or "not here", cure)


def _compilers() -> Iterator[Finding]:
    if importlib.util.find_spec("ziglang") is None:
        yield Finding("zig compiler", "missing", "not here", "pip install ziglang")
    else:
        try:
            version = run_tool([sys.executable, "-m", "ziglang", "version"], timeout_seconds=60)
            good = version.returncode == 0
            found = (version.stdout if good else version.stderr).strip()
        except EngineError as error:
            good, found = False, error.message
        cure = "" if good else "pip install --force-reinstall ziglang"
        yield Finding("zig compiler", "ok" if good else "missing", found, cure)
    for program, purpose in (("openocd", "boards through OpenOCD"), ("dfu-util", "boards in DFU mode")):
        path = shutil.which(program)
        cure = "" if path else f"Nothing to do, unless you want it: install {program}."
        yield Finding(f"{program}: {purpose}", _state(path, _OPTIONAL), path or "not here", cure)
    gcc = shutil.which("arm-none-eabi-gcc")
    yield Finding(
        "arm-none-eabi-gcc (second compiler)",
        _state(gcc, _OPTIONAL),
        gcc or "not here",
        "" if gcc else "Nothing to do: zig is enough.",
    )


def _resources() -> Iterator[Finding]:
    try:
        yield Finding("Thimble's own data files", "ok", str(resources_folder()))
    except EngineError as error:
        yield Finding("Thimble's own data files", "missing", error.message, error.hint)


def _devices() -> Iterator[Finding]:
    """What is plugged in, and whether this user may open it."""
    from engine.device.detect import NOTHING, detect
    from engine.device.udev import INSTALLED_AS

    found = [device for device in detect() if device.known]
    if not found:
        yield Finding("Boards", "optional", "none", f"{NOTHING} Or use --on virtual.")
    for device in found:
        words = device.title + (f" ({' or '.join(device.boards)})" if device.boards else "")
        state, cure = ("missing", device.hint) if device.problem else ("ok", "")
        yield Finding(f"Board at {device.link}", state, f"{words} {device.problem}".rstrip(), cure)
    if sys.platform.startswith("linux"):
        rules = Path(INSTALLED_AS).is_file()
        found_rules = INSTALLED_AS if rules else "not here"
        yield Finding(
            "Rules to open boards",
            _state(str(rules) if rules else "", _OPTIONAL),
            found_rules,
            "" if rules else "thimble-cli doctor --udev 60-thimble.rules",
        )


def _microphones() -> Iterator[Finding]:
    """What can be listened to; nothing where the package is missing, of which `_packages` tells."""
    from engine.microphone import require_microphone, sound_devices

    if _version("sounddevice"):
        try:
            require_microphone()
            names = ", ".join(device.name for device in sound_devices())
            yield Finding("Microphones found", "ok", names)
        except EngineError as error:
            yield Finding("Microphones found", "optional", error.message, error.hint)


def _disk() -> Iterator[Finding]:
    from platformdirs import user_cache_dir

    folder = user_cache_dir("thimble", ensure_exists=True)
    free = shutil.disk_usage(folder).free
    good = free >= _FREE_BYTES_WANTED
    yield Finding(
        "Free disk space for caches",
        "ok" if good else "missing",
        f"{free / 1e9:.1f} GB",
        "" if good else f"Free some space below {folder}.",
    )


def _confinement() -> Iterator[Finding]:
    """Each protection of the child that reads model files, as a trial child reports it."""
    from engine.model_import.confined_import import protections_here

    try:
        rows = protections_here()
    except EngineError as error:
        yield Finding("Reading of model files", "missing", error.message, error.hint)
        return
    for row in rows:
        state = "ok" if row.active else "optional"
        found = ("active" if row.active else "not here") + (f": {row.detail}" if row.detail else "")
        cure = "" if row.active else "Trust files with code only from authors you know."
        yield Finding(f"Model files: {row.name}", state, found, cure)


def _version(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _state(found: str | None, need: str) -> str:
    return "ok" if found else ("missing" if need == _NEEDED else "optional")


_LOOKS = (
    _python,
    _packages,
    _tensorflow,
    _compilers,
    _resources,
    _devices,
    _microphones,
    _disk,
    _confinement,
)
