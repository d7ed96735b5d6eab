"""`verify` as a whole: the chain of a project or a file, a board behind it, rows, and the report."""

from __future__ import annotations

import contextlib
import datetime
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine import pipeline, summaries
from engine.boards import load_board
from engine.errors import ConversionFailed
from engine.events import CancelToken, Report
from engine.project import Project

_CHANGED_BYTES = "The board answers other bytes than TFLite Micro: {} of them over {} inputs."


@dataclass(frozen=True, kw_only=True)
class Verified:
    """What was compared. `board_run` is None if no board was asked for."""

    title: str
    file: str
    verify: summaries.VerifySummary
    fit: summaries.FitSummary | None = None
    build: summaries.BuildSummary | None = None
    board_run: summaries.BoardRunSummary | None = None

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
    found = {s.stage: s.summary for s in pipeline.readiness(project) if s.state == "done"}
    document = found["verify"]
    assert isinstance(document, summaries.VerifySummary)
    fit, build, run = found.get("fit"), found.get("build"), found.get("board-run")
    return Verified(
        title=project.name,
        file=project.model_file or project.network,
        verify=document,
        fit=fit if isinstance(fit, summaries.FitSummary) else None,
        build=build if isinstance(build, summaries.BuildSummary) else None,
        board_run=run if isinstance(run, summaries.BoardRunSummary) and link else None,
    )


def verify_file(
    path: Path,
    *,
    board_id: str | None = None,
    link: str | None = None,
    report: Report,
    cancel: CancelToken,
) -> Verified:
    """Compare a model file through all forms there are; with a board, on the board too.

    A `.tflite` is taken as it is; any other file is converted without training, with seeded inputs.

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
            tflite, document, samples = _untrained(path, Path(name), **channels)
        else:
            tflite, document, samples = path, *_finished(path, **channels)
        return _with_board(path, tflite, document, samples, board_id, link, **channels)


def _finished(
    path: Path, *, report: Report, cancel: CancelToken
) -> tuple[summaries.VerifySummary, list[bytes]]:
    from engine.verify import file_inputs, verify_tflite

    return verify_tflite(path, report=report, cancel=cancel), file_inputs(path)


def _untrained(
    path: Path, folder: Path, *, report: Report, cancel: CancelToken
) -> tuple[Path, summaries.VerifySummary, list[bytes]]:
    """The INT8 form, the chain up to TFLite Micro, and the inputs that went through it."""
    from engine.micro_reference import MicroReference
    from engine.untrained import convert_untrained
    from engine.verify import verify_converted

    made = convert_untrained(path, folder, report=report, cancel=cancel)
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
    found = Verified(title=path.stem, file=path.name, verify=document)
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


def write_html(found: Verified, path: Path) -> None:
    """The report as one HTML file.

    Raises:
        UsageError: it cannot be written there.
    """
    from engine.report import ReportContent, write_report

    board_id = found.board_run.board if found.board_run else found.fit.board if found.fit else ""
    board_title = load_board(board_id).name if board_id else ""
    parts = [found.file, f"network {found.build.model_hash}" if found.build else "", board_title]
    content = ReportContent(
        title=found.title,
        subtitle=", ".join(part for part in parts if part),
        verify=found.verify,
        fit=found.fit,
        build=found.build,
        board_run=found.board_run,
        board_title=board_title,
        made=datetime.date.today().isoformat(),
    )
    write_report(content, path)
