"""What the command line and the worker can do: one function per verb, from plain arguments to events.

A verb gets a dict of arguments, tells through `report`, and answers with `Result` events whose keys
docs/command-line.md promises. A file argument ending in `.tflite` works wherever a project does, if
the verb needs no training.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from engine import summaries
from engine.boards import board_ids, load_board
from engine.errors import BadInputFile, BoardError, ConversionFailed, UsageError
from engine.events import CancelToken, Report, Result
from engine.figures import Figure
from engine.project import FOLDER_SUFFIX, Budgets, Project, create_project, open_project

Arguments = dict[str, Any]
_POLL_SECONDS = 0.1
DEFAULT_BOARD = "stm32f407"
DEFAULT_NETWORKS = {
    "keywords": "ds-cnn-s",
    "images": "tiny-cnn",
    "anomaly": "tiny-cnn",
    "vibration": "tiny-cnn",
}
# What people usually ask for: MLPerf Tiny's accuracy floors, and answers that feel immediate.
DEFAULT_BUDGETS = {
    "keywords": Budgets(latency_ms=100.0, accuracy=0.90),
    "images": Budgets(latency_ms=200.0, accuracy=0.85),
    "anomaly": Budgets(latency_ms=100.0),
    "vibration": Budgets(latency_ms=100.0),
}


def perform(arguments: Arguments, *, report: Report, cancel: CancelToken) -> None:
    """Carry out one verb.

    Args:
        arguments: `verb` and its own keys, as `engine.cli` names them.
        report: gets progress and `Result` rows.
        cancel: stops at the next safe point.

    Raises:
        UsageError: there is no such verb, or an argument is missing.
        EngineError: the verb failed.
        Cancelled: the user stopped it.
    """
    verb = str(arguments.get("verb", ""))
    if verb not in _VERBS:
        raise UsageError(f"There is no command called {verb!r}.", hint=f"Known: {', '.join(_VERBS)}.")
    _VERBS[verb](arguments, report, cancel)


def new(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Make a project."""
    from engine.data.spec import DEFAULT_SOURCES, DataSpec

    task = arguments["task"]
    source = arguments.get("data") or DEFAULT_SOURCES[task]
    if not source.startswith("builtin:"):
        path = Path(source).absolute()
        if not path.exists():
            raise BadInputFile(f"There is no data at {source}.", hint="Check the path after --data.")
        source = str(path)
    network = arguments.get("network") or DEFAULT_NETWORKS[task]
    model_file = Path(network) if network.endswith(".tflite") else None
    if arguments.get("board"):
        load_board(arguments["board"])
    if model_file is None:
        _check_network(network)
    else:
        _read_graph(model_file)
    project = create_project(
        Path(arguments["project"]),
        task=task,
        board_id=arguments.get("board") or "",
        network="" if model_file else network,
        model_file=model_file,
        data=None if model_file else DataSpec(source=source, task=task),
        budgets=DEFAULT_BUDGETS[task],
    )
    report(Result(values={"project": str(project.folder), "task": task, "network": network}))


def import_model(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Say what a model file is."""
    from engine.firmware.kernel_choice import unsupported_layers
    from engine.model_import.describe import describe

    path = Path(arguments["file"])
    graph = _read_graph(path)
    summary = describe(graph, path, unsupported=unsupported_layers(graph))
    operators: dict[str, dict[str, Any]] = {}
    for layer in summary.layers:
        row = operators.setdefault(
            layer.kind,
            {"name": layer.kind, "count": 0, "support": layer.support, "reason": layer.reason},
        )
        row["count"] += 1
    values = summaries.to_plain(summary)
    values["operators"] = list(operators.values())
    report(Result(values=values))


def run(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Run a project's stages."""
    from engine import pipeline

    project = _project(arguments["project"])
    pipeline.run(
        project,
        until=arguments.get("until") or "board-run",
        link=arguments.get("on") or "virtual",
        report=report,
        cancel=cancel,
    )
    report(Result(values=closing_values(project)))


def fit(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Predict flash, RAM and time on one board, or on all."""
    from engine.planning import family_of, patches_of, plan_on_board

    path = _model_path(arguments["target"])
    graph = _read_graph(path)
    wanted = arguments.get("board") or _default_board(arguments["target"])
    for board_id in board_ids() if wanted == "all" else (wanted,):
        cancel.check()
        board = load_board(board_id)
        plan = plan_on_board(
            graph,
            board,
            family=family_of(arguments.get("kernels"), board),
            patches=patches_of(arguments.get("patches")),
        )
        report(Result(values={**fit_values(plan.fit), "summary": summaries.to_plain(plan.fit)}))


def build(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Generate and link firmware."""
    from engine.planning import build_on_board, family_of, patches_of

    path = _model_path(arguments["target"])
    board = load_board(arguments.get("board") or _default_board(arguments["target"]))
    folder = Path(arguments.get("out") or f"{path.stem}-{board.id}").absolute()
    summary = build_on_board(
        _read_graph(path),
        board,
        family=family_of(arguments.get("kernels"), board),
        folder=folder,
        patches=patches_of(arguments.get("patches")),
        toolchain=arguments.get("toolchain"),
        report=report,
        cancel=cancel,
    )
    values = summaries.to_plain(summary)
    values |= {"elf": str(folder / summary.elf), "bin": str(folder / summary.bin)}
    report(Result(values=values))


def flash(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Write a project's firmware, or an ELF file, to a board."""
    from engine.board_access import open_board

    elf, board_id = _built_elf(arguments)
    with open_board(arguments.get("on") or "virtual", board_id) as access:
        summary = access.flash(elf, report=report, cancel=cancel)
    report(Result(values=summaries.to_plain(summary)))


def monitor(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Show each inference of a board: driven with test inputs of a project, else running freely."""
    from engine.board_access import open_board
    from engine.live import driven_inferences, free_inferences, project_inputs

    target, link = arguments.get("target"), arguments.get("on") or "virtual"
    elf, board_id = _built_elf(arguments) if target else (None, DEFAULT_BOARD)
    if link == "virtual" and elf is None:
        raise UsageError("Nothing runs on a new virtual board.", hint="Name a project or an ELF file.")
    inputs = project_inputs(_project(target)) if target and _is_project(target) else None
    wanted = int(arguments.get("count") or 0)
    with open_board(link, board_id) as access:
        if link == "virtual" and elf is not None:
            access.flash(elf, report=report, cancel=cancel)
        session = access.session()
        layers = bool(arguments.get("layers"))
        rows = (
            driven_inferences(session, inputs, layers=layers, cancel=cancel)
            if inputs is not None
            else free_inferences(session, layers=layers, cancel=cancel)
        )
        for number, row in enumerate(rows, start=1):
            report(Result(values=row))
            if number == wanted:
                break


def emulate(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Start a virtual board with an ELF file and keep it running until cancelled."""
    from engine.board_access import start_virtual_board

    elf = Path(arguments["elf"])
    if not elf.is_file():
        raise BadInputFile(f"There is no file {elf.name}.", hint="Build one: thimble-cli build FILE")
    child, listening = start_virtual_board(
        arguments["board"], elf=elf.absolute(), listen=arguments.get("listen")
    )
    try:
        report(Result(values={k: v for k, v in listening.items() if k != "event"}))
        while child.running:
            cancel.check()
            time.sleep(_POLL_SECONDS)
    finally:
        child.stop()
    raise BoardError("The virtual board ended by itself.", hint="", details=child.error_text)


def verify(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Compare every layer along the conversion chain."""
    from engine import pipeline

    if _is_project(arguments["target"]):
        project = _project(arguments["target"])
        with contextlib.suppress(ConversionFailed):  # told below, after the rows
            pipeline.run(project, until="verify", report=report, cancel=cancel)
        state = next(s for s in pipeline.readiness(project) if s.stage == "verify")
        document = state.summary
    else:
        from engine.verify import verify_tflite

        document = verify_tflite(_model_path(arguments["target"]), report=report, cancel=cancel)
    assert isinstance(document, summaries.VerifySummary)
    for row in document.rows:
        plain = {
            "from": row.from_form,
            "to": row.to_form,
            "layer": row.layer,
            "isolated_error": row.isolated_error,
            "cumulated_error": row.cumulated_error,
            "unit": row.unit,
            "limit": row.limit,
            "passed": row.passed,
        }
        report(Result(values=plain))
    pipeline.refuse_bad_result(document)


def export(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Write a network in a form that other firmware can take in."""
    from engine.export import export_model

    path = _model_path(arguments["target"])
    form = str(arguments["format"])
    folder = Path(arguments.get("out") or f"{path.stem}-{form}").absolute()
    files = export_model(path, form, folder, kernels=arguments.get("kernels") or "portable")
    names = [str(file.relative_to(folder)) for file in files]
    report(Result(values={"format": form, "folder": str(folder), "files": names}))


def bench(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Build each model with each kernel family and run it on a virtual board."""
    from engine.bench import BenchSettings, bench_rows
    from engine.planning import family_of, patches_of

    board = load_board(arguments.get("board") or DEFAULT_BOARD)
    settings = BenchSettings(
        board=board,
        link=arguments.get("on") or "virtual",
        families=[family_of(name, board) for name in arguments.get("kernels") or ["auto"]],
        inputs=int(arguments.get("inputs") or 100),
        patches=patches_of(arguments.get("patches")),
        samples=Path(arguments["samples"]) if arguments.get("samples") else None,
        toolchain=arguments.get("toolchain"),
        peers=bool(arguments.get("peers")),
        quoted=bool(arguments.get("quoted")),
    )
    files = [Path(f) for f in arguments["files"]]
    for row in bench_rows(files, settings, report=report, cancel=cancel):
        report(Result(values=row))


def boards(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """List the boards Thimble knows."""
    for board_id in board_ids():
        board = load_board(board_id)
        values = {
            "id": board.id,
            "name": board.name,
            "core": board.core,
            "clock_hz": board.clock_hz,
            "flash_bytes": board.flash_bytes,
            "ram_bytes": board.ram_bytes,
            "links": board.links,
        }
        report(Result(values=values))


def ports(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """List the serial ports of this machine."""
    from engine.device.ports import serial_ports

    for port in serial_ports():
        report(Result(values={"name": port.name, "title": port.title, "known": port.known}))


def doctor(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Check what this machine has."""
    from engine.doctor import examine

    for finding in examine(cancel=cancel):
        report(Result(values=finding))


def fit_values(summary: summaries.FitSummary) -> dict[str, Any]:
    """The promised keys of a `fit` row."""

    def value(figure: Figure | None) -> float | None:
        return None if figure is None else figure.value

    latency = summary.latency_ms
    return {
        "model": summary.model,
        "board": summary.board,
        "flash_bytes": int(summary.flash_bytes.value),
        "ram_bytes": int(summary.ram_bytes.value),
        "arena_bytes": summary.arena_bytes,
        "arena_lower_bound_bytes": summary.arena_lower_bound_bytes,
        "scratch_bytes": summary.scratch_bytes,
        "cycles": value(summary.cycles),
        "latency_ms": value(latency),
        "latency_error_percent": latency.error_percent if latency else None,
        "basis": latency.basis if latency else "predicted",
        "fits": summary.fits,
        "reasons": summary.reasons,
        "suggestions": summary.suggestions,
    }


def closing_values(project: Project) -> dict[str, Any]:
    """The figures that matter at the end of a run; keys whose stage has not run are absent."""
    from engine import pipeline

    values: dict[str, Any] = {"project": project.name, "board": project.board_id}
    for state in pipeline.readiness(project):
        document = state.summary if state.state == "done" else None
        if isinstance(document, summaries.ConvertSummary):
            if document.float_accuracy and document.int8_accuracy:
                values["accuracy_float"] = document.float_accuracy.value
                values["accuracy_int8_host"] = document.int8_accuracy.value
            values["model_bytes"] = document.file_bytes
        elif isinstance(document, summaries.FitSummary):
            values["arena_bytes"] = document.arena_bytes
            values["arena_lower_bound_bytes"] = document.arena_lower_bound_bytes
        elif isinstance(document, summaries.BuildSummary):
            values["flash_bytes"] = document.flash_bytes
            values["ram_bytes"] = document.ram_bytes
        elif isinstance(document, summaries.VerifySummary):
            values["layers_passed"] = document.passed
        elif isinstance(document, summaries.BoardRunSummary):
            values["accuracy_int8_board"] = document.accuracy.value if document.accuracy else None
            values["instructions"] = document.instructions
            values["cycles"] = document.cycles.value
            values["latency_ms"] = document.latency_ms.value
            values["basis"] = document.cycles.basis
            values["mismatched_bytes"] = document.mismatched_bytes
            values["inputs_compared"] = document.inputs_compared
    return values


def _is_project(target: str) -> bool:
    return target.rstrip("/\\").endswith(FOLDER_SUFFIX)


def _project(target: str) -> Project:
    return open_project(Path(target).absolute())


def _default_board(target: str) -> str:
    return (_project(target).board_id if _is_project(target) else "") or DEFAULT_BOARD


def _model_path(target: str) -> Path:
    if not _is_project(target):
        return Path(target)
    from engine import pipeline

    project = _project(target)
    if project.is_finished_model:
        assert project.model_path is not None
        return project.model_path
    for state in pipeline.readiness(project):
        if isinstance(state.summary, summaries.ConvertSummary) and state.folder is not None:
            return state.folder / state.summary.files["int8"]
    raise UsageError(
        f"{project.name} has no converted model yet.", hint=f"Run: thimble-cli run {target}"
    )


def _built_elf(arguments: Arguments) -> tuple[Path, str]:
    target = str(arguments["target"])
    if not _is_project(target):
        return Path(target), arguments.get("board") or DEFAULT_BOARD
    from engine import pipeline

    project = _project(target)
    for state in pipeline.readiness(project):
        if isinstance(state.summary, summaries.BuildSummary) and state.folder is not None:
            return state.folder / state.summary.elf, state.summary.board
    raise UsageError(f"{project.name} is not built yet.", hint=f"Run: thimble-cli run {target}")


def _read_graph(path: Path) -> Any:
    from engine.model_import.tflite_file import read_tflite

    return read_tflite(path)


def _check_network(network: str) -> None:
    from engine.zoo import network_names

    if network not in network_names():
        raise UsageError(
            f"There is no network called {network}.", hint=f"Known: {', '.join(network_names())}."
        )


_VERBS: dict[str, Callable[[Arguments, Report, CancelToken], None]] = {
    "new": new,
    "import": import_model,
    "run": run,
    "fit": fit,
    "build": build,
    "flash": flash,
    "monitor": monitor,
    "emulate": emulate,
    "verify": verify,
    "export": export,
    "bench": bench,
    "boards": boards,
    "ports": ports,
    "doctor": doctor,
}
