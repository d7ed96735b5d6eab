"""`verify` as a whole: the chain of a project or a file, a board behind it, rows, and the report."""

from __future__ import annotations

import contextlib
import datetime
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine import pipeline, summaries
from engine.boards import load_board
from engine.content_hash import sha256_of
from engine.errors import ConversionFailed, UsageError
from engine.events import CancelToken, Report
from engine.project import Project

_CHANGED_BYTES = "The board answers other bytes than TFLite Micro: {} of them over {} inputs."


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What was compared.

    Attributes:
        title: for people.
        file: the model file's name, or the network's.
        verify: the chain.
        fit: the plan for the board.
        build: the firmware.
        board_run: None if no board was asked for.
        hashes: SHA-256 of the files that took part, by what people call them.
        host_confusion: `[true][predicted]` counts of the whole-number network on the host.
        project: that all this belongs to, None for a single file.
        compared_on: date of the chain's comparison, "" for today.
        notes: sentences about what is missing.
    """

    title: str
    file: str
    verify: summaries.VerifySummary
    fit: summaries.FitSummary | None = None
    build: summaries.BuildSummary | None = None
    board_run: summaries.BoardRunSummary | None = None
    hashes: dict[str, str] = field(default_factory=dict)
    host_confusion: list[list[int]] = field(default_factory=list)
    project: Project | None = None
    compared_on: str = ""
    notes: tuple[str, ...] = ()

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One dict per pair and layer, with the keys that the command line promises."""
        found = [*self.verify.rows, *(self.board_run.layer_rows if self.board_run else [])]
        return [row_values(row) for row in found]

    def refuse_failure(self) -> None:
        """End with an error if anything is above its limit.

        Raises:
            ConversionFailed: with the first guilty layer, or the bytes that differ.
        """
        pipeline.refuse_bad_result(self.verify)
        run = self.board_run
        guilty = next((row for row in run.layer_rows if not row.passed), None) if run else None
        if guilty is not None:
            raise ConversionFailed(
                f"Layer {guilty.layer} on the {guilty.to_form} differs from {guilty.from_form} by "
                f"{guilty.isolated_error:.3g} {guilty.unit}.",
                hint="This is a fault of Thimble: please report it with the model.",
            )
        if run is not None and run.mismatched_bytes:
            raise ConversionFailed(
                _CHANGED_BYTES.format(run.mismatched_bytes, run.inputs_compared),
                hint="Flash the board again, then verify again.",
            )


def row_values(row: summaries.VerifyRow) -> dict[str, Any]:
    """The promised keys of one row."""
    return {
        "from": row.from_form,
        "to": row.to_form,
        "layer": row.layer,
        "isolated_error": row.isolated_error,
        "cumulated_error": row.cumulated_error,
        "unit": row.unit,
        "limit": row.limit,
        "passed": row.passed,
        "signal_to_noise_db": row.signal_to_noise_db,
        "worst_index": row.worst_index,
    }


def verify_project(
    project: Project, *, link: str | None = None, report: Report, cancel: CancelToken
) -> Verified:
    """Run a project's stages up to the comparison; with a link, up to the one on the board.

    Raises:
        EngineError: a stage failed, but for a comparison that did: see `Verified.refuse_failure`.
        Cancelled: the user stopped it.
    """
    with contextlib.suppress(ConversionFailed):  # told after the rows
        pipeline.run(
            project,
            until="board-run" if link else "verify",
            link=link or "virtual",
            report=report,
            cancel=cancel,
        )
    return stored_verification(project, with_board=link is not None)


def stored_verification(project: Project, *, with_board: bool = True) -> Verified:
    """What a project's last run compared; nothing runs.

    Args:
        project: whose results.
        with_board: with the comparison on the board, if there is one.

    Raises:
        UsageError: nothing is compared yet, or the model has changed since.
    """
    states = {state.stage: state for state in pipeline.readiness(project)}
    done = {key: state for key, state in states.items() if state.state == "done"}
    found = {key: state.summary for key, state in done.items()}
    document = found.get("verify")
    if not isinstance(document, summaries.VerifySummary):
        stale = states["verify"].state == "stale"
        why = "was verified with an older model, recipe or data set" if stale else "is not verified yet"
        raise UsageError(f"{project.name} {why}.", hint="Verify it, then try again.")
    fit, build, run = found.get("fit"), found.get("build"), found.get("board-run")
    convert = found.get("convert")
    ran = isinstance(run, summaries.BoardRunSummary)
    older = "An older model or board was compared on the board; that is not shown."
    folder = done["verify"].folder
    return Verified(
        title=project.name,
        file=Path(project.model_file).name or project.network,
        verify=document,
        fit=fit if isinstance(fit, summaries.FitSummary) else None,
        build=build if isinstance(build, summaries.BuildSummary) else None,
        board_run=run if isinstance(run, summaries.BoardRunSummary) and with_board else None,
        hashes=_project_hashes(project, done),
        host_confusion=convert.confusion if isinstance(convert, summaries.ConvertSummary) else [],
        project=project,
        compared_on=_date_of(folder / "summary.json") if folder else "",
        notes=(older,) if with_board and not ran and states["board-run"].state == "stale" else (),
    )


def _project_hashes(project: Project, done: dict[str, pipeline.StageState]) -> dict[str, str]:
    """Of the user's model, the whole-number network, and the firmware, as far as they are there."""
    files = {}
    if project.model_path is not None:
        files[project.model_path.name] = project.model_path
    for state in done.values():
        if state.folder is None:
            continue
        if isinstance(state.summary, summaries.ConvertSummary):
            name = state.summary.files["int8"]
            files[f"Whole-number network ({name})"] = state.folder / name
        elif isinstance(state.summary, summaries.BuildSummary):
            files[f"Firmware ({Path(state.summary.bin).name})"] = state.folder / state.summary.bin
    return {title: sha256_of(path) for title, path in files.items() if path.exists()}


def _date_of(path: Path) -> str:
    return datetime.date.fromtimestamp(path.stat().st_mtime).isoformat()


def verify_file(
    path: Path,
    *,
    board_id: str | None = None,
    link: str | None = None,
    trust: bool = False,
    input_shape: Sequence[int] = (),
    report: Report,
    cancel: CancelToken,
) -> Verified:
    """Compare a model file through all forms there are; with a board, on the board too.

    A `.tflite` is taken as it is; any other file is converted without training, with seeded inputs.

    Args:
        path: the file, or a SavedModel's folder.
        board_id: compare on this board too.
        link: where the board is; default: a virtual one.
        trust: the user has said that the file may run code (TorchScript, exported programs).
        input_shape: without batch, channels first, for a file that does not say it.
        report: told about each step.
        cancel: checked at each step.

    Raises:
        BadInputFile: not a model file, damaged, hostile, or one that needs trust.
        UnsupportedOperator: the conversion, TFLite Micro, or a kernel of ours refuses the network.
        DoesNotFit: the board has no room for it.
        BoardError: the board does not answer.
    """
    from engine.model_import.any_file import KNOWN_SUFFIXES

    channels: dict[str, Any] = {"report": report, "cancel": cancel}
    suffix = path.suffix.lower()
    with tempfile.TemporaryDirectory(prefix="thimble-verify-") as name:
        if (suffix in KNOWN_SUFFIXES and suffix != ".tflite") or path.is_dir():
            tflite, document, samples = _untrained(path, Path(name), trust, input_shape, **channels)
        else:
            tflite, document, samples = path, *_finished(path, **channels)
        return _with_board(path, tflite, document, samples, board_id, link, **channels)


def _finished(
    path: Path, *, report: Report, cancel: CancelToken
) -> tuple[summaries.VerifySummary, list[bytes]]:
    from engine.verify import file_inputs, verify_tflite

    return verify_tflite(path, report=report, cancel=cancel), file_inputs(path)


def _untrained(
    path: Path,
    folder: Path,
    trust: bool,
    input_shape: Sequence[int],
    *,
    report: Report,
    cancel: CancelToken,
) -> tuple[Path, summaries.VerifySummary, list[bytes]]:
    """The INT8 form, the chain up to TFLite Micro, and the inputs that went through it."""
    from engine.micro_reference import MicroReference
    from engine.untrained import convert_untrained
    from engine.verify import verify_converted

    made = convert_untrained(
        path, folder, trust=trust, input_shape=input_shape, report=report, cancel=cancel
    )
    document = verify_converted(made.module, made.converted, made.inputs, report=report, cancel=cancel)
    tflite = made.converted.tflite_int8_path
    return tflite, document, MicroReference(tflite).input_samples(made.inputs)


def _with_board(
    path: Path,
    tflite: Path,
    document: summaries.VerifySummary,
    samples: list[bytes],
    board_id: str | None,
    link: str | None,
    *,
    report: Report,
    cancel: CancelToken,
) -> Verified:
    from engine.model_import.tflite_file import read_tflite
    from engine.planning import plan_on_board
    from engine.target_layers import with_host

    document = with_host(document, tflite, samples, report=report, cancel=cancel)
    hashes = {path.name: sha256_of(path)}
    if tflite != path:
        hashes["Whole-number network made from it"] = sha256_of(tflite)
    found = Verified(title=path.stem, file=path.name, verify=document, hashes=hashes)
    if board_id is None:
        return found
    board = load_board(board_id)
    fit = plan_on_board(read_tflite(tflite), board, family=board.kernels).fit
    build, run = _run_on_board(tflite, board_id, link or "virtual", report=report, cancel=cancel)
    return replace(found, fit=fit, build=build, board_run=run)


def _run_on_board(
    path: Path, board_id: str, link: str, *, report: Report, cancel: CancelToken
) -> tuple[summaries.BuildSummary, summaries.BoardRunSummary]:
    from engine.board_access import open_board
    from engine.board_run import run_inputs_on_board
    from engine.model_import.tflite_file import read_tflite
    from engine.planning import build_on_board

    board = load_board(board_id)
    channels: dict[str, Any] = {"report": report, "cancel": cancel}
    with tempfile.TemporaryDirectory(prefix="thimble-verify-") as name:
        folder = Path(name)
        build = build_on_board(
            read_tflite(path), board, family=board.kernels, folder=folder, tflite=path, **channels
        )
        with open_board(link, board_id) as access:
            if access.is_virtual:
                access.flash(folder / build.elf, **channels)
            run = run_inputs_on_board(access, board, tflite=path, build=build, layers=True, **channels)
    return build, run
