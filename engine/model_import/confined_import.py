"""The parent's side of an import: a child of its own reads the file, and only plain data comes back."""

from __future__ import annotations

import re
import shutil
import signal
import stat
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from engine.child import Child, ChildError, bare_environment, start
from engine.errors import BadInputFile, ConversionFailed, EngineError, UnsupportedOperator, UsageError
from engine.events import CancelToken, Event, LogLine, Report, Result, StageFailed, from_json
from engine.model_import.archives import check_archive
from engine.model_import.limits import ImportLimits, limits_for
from engine.model_import.protection import Protection
from engine.model_import.survey import load_survey

if TYPE_CHECKING:
    from engine.model_import.imported_model import ImportedModel

STAGE = "model"
TRUST = "--trust"  # what a refusal for want of trust has as its fact `option`
MAX_FILE_BYTES = 512_000_000
_MAX_FILES = 10_000
_POLL_SECONDS = 0.1
_PROBE_SECONDS = 30.0
_OUTPUT_LIMIT_BYTES = 1_000_000
_RESULT_NAME = re.compile(r"[a-z][a-z0-9_]*\.(json|pt)")
_MAX_RESULT_FILES = 8
_ERRORS: dict[str, type[EngineError]] = {
    kind.code: kind for kind in (BadInputFile, UnsupportedOperator, ConversionFailed, UsageError)
}


def import_model_file(
    path: Path,
    folder: Path,
    *,
    trust: bool = False,
    input_shape: Sequence[int] = (),
    limits: ImportLimits | None = None,
    report: Report,
    cancel: CancelToken,
) -> tuple[Protection, ...]:
    """Read a model file in a child without rights, and put what it holds into `folder` as plain data.

    `ImportedModel.load(folder)` reads it again. Nothing that the child wrote is believed: only
    regular files of bounded size are taken, and loading checks each of them.

    Args:
        path: a model file, or the folder of a SavedModel.
        folder: where the result goes; it must exist.
        trust: the user has said that the file may run code (TorchScript, exported programs).
        input_shape: without batch, channels first, for a file that does not say it.
        limits: of the child; by the size of the file if not given.
        report: told when this system lacks a protection that a trusted file calls for.
        cancel: looked at about every 100 ms; ends the child.

    Returns:
        The protections that the child asked for.

    Raises:
        BadInputFile: the file is missing, too large, damaged, hostile, or needs trust.
        UnsupportedLayers: layers have no equal here; all of them are named, with the whole table.
        ConversionFailed: PyTorch cannot export the trusted network.
        Cancelled: the user stopped it.
    """
    path = path.resolve()
    bounds = limits or limits_for(_checked_size(path))
    with _temporary_root() as root:
        result = root / "result"
        result.mkdir()
        job = {
            "file": str(path),
            "folder": str(result),
            "trust": trust,
            "input_shape": list(input_shape),
            "limits": asdict(bounds),
        }
        try:
            protections = _run_child(job, root, path, bounds, report=report, cancel=cancel)
        except UnsupportedOperator as error:
            _check_result(result, path, bounds)
            survey = load_survey(result)
            if survey is None:
                raise
            raise survey from error
        _take(result, folder, path, bounds)
    return protections


def import_confined(
    path: Path,
    folder: Path,
    *,
    trust: bool = False,
    trust_by: str = "",
    input_shape: Sequence[int] = (),
    report: Report,
    cancel: CancelToken,
) -> ImportedModel:
    """Read a model file in a child without rights, and load the plain data that came back.

    Args:
        path: see `import_model_file`, as are the others.
        folder: where the plain data stay; it must exist.
        trust: see there.
        trust_by: how the user can say that the file is trusted, for the refusal without it: a command
            or a setting.
        input_shape: see there.
        report: see there.
        cancel: see there.

    Raises:
        BadInputFile: the file is missing, too large, damaged, hostile, or needs trust.
        UnsupportedLayers: layers have no equal here; all of them are named, with the whole table.
        ConversionFailed: PyTorch cannot export the trusted network.
        Cancelled: the user stopped it.
    """
    try:
        import_model_file(
            path, folder, trust=trust, input_shape=input_shape, report=report, cancel=cancel
        )
    except BadInputFile as error:
        if error.facts.get("option") == TRUST and trust_by:
            error.hint = f"If you trust its author: {trust_by}"
        raise
    # PyTorch loads only now: a refusal costs neither its time nor its memory.
    from engine.model_import.imported_model import ImportedModel

    return ImportedModel.load(folder)


def protections_here() -> tuple[Protection, ...]:
    """What this system offers, tried in a child that reads no file.

    Raises:
        ChildError: the child could not be started, or did not answer.
        BadInputFile: the child ended by itself.
    """
    bounds = limits_for(0)
    with _temporary_root() as root:
        job = {"folder": str(root / "result"), "limits": asdict(bounds)}
        with _start(root) as child:
            child.send_json(job)
            return _protections(from_json(child.read_line(_PROBE_SECONDS) or "{}"))


def _run_child(
    job: dict[str, object],
    root: Path,
    path: Path,
    bounds: ImportLimits,
    *,
    report: Report,
    cancel: CancelToken,
) -> tuple[Protection, ...]:
    deadline = time.monotonic() + bounds.wall_seconds
    protections: tuple[Protection, ...] = ()
    with _start(root) as child:
        child.send_json(job)
        while True:
            cancel.check()
            if time.monotonic() > deadline:
                child.end()
                raise _refusal(path, f"was not read within {bounds.wall_seconds:.0f} s")
            event = _next_event(child, path, bounds)
            if isinstance(event, StageFailed):
                raise _ERRORS.get(event.code, BadInputFile)(
                    event.message[:1000], hint=event.hint[:300], **event.facts
                )
            if isinstance(event, Result) and "protections" in event.values:
                protections = _protections(event)
                if job["trust"]:
                    _tell_missing(protections, report)
            elif isinstance(event, Result):
                return protections
            elif isinstance(event, LogLine):
                report(LogLine(stage=STAGE, text=event.text[:300], level=event.level))


def _next_event(child: Child, path: Path, bounds: ImportLimits) -> Event | None:
    """The child's next event; None if it has nothing to say yet."""
    try:
        line = child.read_line(_POLL_SECONDS)
    except ChildError:
        return None
    if line is None:
        raise _ended(child, path, bounds)
    try:
        return from_json(line)
    except ValueError as error:
        child.end()
        raise _refusal(path, "made its reader say something senseless") from error


def _ended(child: Child, path: Path, bounds: ImportLimits) -> BadInputFile:
    """Why a child ended without an answer, by its exit status."""
    status = child.wait(5.0)
    if child.said_too_much:
        return _refusal(path, "made its reader say too much")
    if sys.platform != "win32" and status == -signal.SIGXCPU:
        return _refusal(path, f"took more than {bounds.cpu_seconds} s of processor time to read")
    if sys.platform != "win32" and status in (-signal.SIGABRT, -signal.SIGKILL):
        return _refusal(
            path, f"needs more than the {bounds.memory_bytes / 1e6:.0f} MB that its reader may have"
        )
    return _refusal(path, f"made its reader crash (status {status})", child.error_text[-2000:])


def _refusal(path: Path, what: str, details: str = "") -> BadInputFile:
    return BadInputFile(
        f"{path.name} {what}.",
        hint="Export or download the model again, or get it from its author.",
        path=str(path),
        **({"details": details} if details else {}),
    )


def _protections(event: Event) -> tuple[Protection, ...]:
    rows = event.values.get("protections", []) if isinstance(event, Result) else []
    return tuple(
        Protection(str(r["name"])[:80], r["active"] is True, str(r["detail"])[:200]) for r in rows
    )


def _tell_missing(protections: tuple[Protection, ...], report: Report) -> None:
    missing = [row.name for row in protections if not row.active]
    if missing:
        report(
            LogLine(
                stage=STAGE,
                text=f"The file is read without these protections: {', '.join(missing)}.",
                level="warning",
            )
        )


def _checked_size(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    if path.is_file():
        total = path.stat().st_size
    elif path.is_dir():
        total = 0
        for number, inner in enumerate(path.rglob("*")):
            if number >= _MAX_FILES:
                raise _refusal(path, f"holds more than {_MAX_FILES} files")
            total += inner.lstat().st_size
    else:
        raise BadInputFile(f"There is no model at {path.name}.", hint="Check the path.", path=str(path))
    if total > MAX_FILE_BYTES:
        raise _refusal(
            path, f"has {total / 1e6:,.0f} MB, more than {MAX_FILE_BYTES / 1e6:.0f} MB that are read"
        )
    return total


def _take(result: Path, folder: Path, path: Path, bounds: ImportLimits) -> None:
    for entry in _check_result(result, path, bounds):
        shutil.copyfile(entry, folder / entry.name, follow_symlinks=False)


def _check_result(result: Path, path: Path, bounds: ImportLimits) -> list[Path]:
    entries = sorted(result.iterdir())
    if len(entries) > _MAX_RESULT_FILES:
        raise _refusal(path, "made its reader write too many files")
    for entry in entries:
        state = entry.lstat()
        if not stat.S_ISREG(state.st_mode) or not _RESULT_NAME.fullmatch(entry.name):
            raise _refusal(path, "made its reader write a file that does not belong to a result")
        if state.st_size > bounds.written_file_bytes:
            raise _refusal(path, "made its reader write too much")
        check_archive(entry)
    return entries


def _start(root: Path) -> Child:
    home = root / "home"
    home.mkdir()
    return start(
        "import",
        environment=bare_environment(home),
        folder=home,
        output_limit_bytes=_OUTPUT_LIMIT_BYTES,
    )


@contextmanager
def _temporary_root() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="thimble-import-", ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()
