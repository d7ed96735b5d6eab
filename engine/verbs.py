"""What the command line and the worker can do: one function per verb, from plain arguments to events.

A verb gets a dict of arguments, tells through `report`, and answers with `Result` events whose keys
docs/command-line.md promises. A file argument ending in `.tflite` works wherever a project does, if
the verb needs no training.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec import structs

from engine import summaries
from engine.boards import board_ids, load_board
from engine.errors import BadInputFile, BoardError, UsageError
from engine.events import CancelToken, LogLine, Report, Result
from engine.project import FOLDER_SUFFIX, Budgets, Project, create_project, open_project
from engine.result_values import closing_values, fit_values

if TYPE_CHECKING:
    from engine.model_import.imported_model import ImportedModel

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
    model_file = _model_file(network)
    if arguments.get("board"):
        load_board(arguments["board"])
    data: DataSpec | None = DataSpec(source=source, task=task)
    with tempfile.TemporaryDirectory(prefix="thimble-imported-") as name:
        imported: Path | None = None
        companions: tuple[str, ...] = ()
        if model_file is None:
            _check_network(network)
        elif _is_finished(model_file, wants_training=bool(arguments.get("data"))):
            data = None
        else:
            imported = Path(name)
            model = _import(model_file, imported, arguments, report, cancel)
            companions, size = model.companions, model.input_shape
            if task == "images" and len(size) == 3 and size[0] == size[1]:
                data = DataSpec(source=source, task=task, image_size=size[0], image_channels=size[2])
        project = create_project(
            Path(arguments["project"]),
            task=task,
            board_id=arguments.get("board") or "",
            network="" if model_file else network,
            model_file=model_file,
            companions=companions,
            imported=imported,
            data=data,
            budgets=DEFAULT_BUDGETS[task],
        )
    report(Result(values={"project": str(project.folder), "task": task, "network": network}))


def import_model(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Say what a model file is; all but finished `.tflite` files are read in a child without rights."""
    path = Path(arguments["file"])
    meaning: dict[str, Any] = {}
    if path.suffix.lower() == ".tflite":
        from engine.firmware.kernel_choice import unsupported_layers
        from engine.model_import.describe import describe

        graph = _read_graph(path)
        summary = describe(graph, path, unsupported=unsupported_layers(graph))
        if summary.format == "tflite-float":
            from engine.model_import.tflite_float import can_train

            summary = structs.replace(summary, trainable=can_train(graph))
    else:
        summary, meaning = _imported_summary(path, arguments, report, cancel)
    operators: dict[str, dict[str, Any]] = {}
    for layer in summary.layers:
        row = operators.setdefault(
            layer.kind,
            {"name": layer.kind, "count": 0, "support": layer.support, "reason": layer.reason},
        )
        row["count"] += 1
    values = summaries.to_plain(summary)
    values |= {"operators": list(operators.values()), "meaning": meaning}
    report(Result(values=values))


def _imported_summary(
    path: Path, arguments: Arguments, report: Report, cancel: CancelToken
) -> tuple[summaries.ModelSummary, dict[str, Any]]:
    from engine.trainable_network import describe_imported

    with tempfile.TemporaryDirectory(prefix="thimble-imported-") as name:
        imported = _import(path, Path(name), arguments, report, cancel)
    for note in imported.notes:
        report(LogLine(stage="model", text=note))
    return describe_imported(imported), asdict(imported.meaning)


def _import(
    path: Path, folder: Path, arguments: Arguments, report: Report, cancel: CancelToken
) -> ImportedModel:
    """Read a model file in a child without rights; plain data stay in `folder`."""
    from engine.model_import.confined_import import import_model_file

    import_model_file(
        path,
        folder,
        trust=bool(arguments.get("trust")),
        input_shape=arguments.get("input_shape") or (),
        report=report,
        cancel=cancel,
    )
    # PyTorch loads only now: a refusal costs neither its time nor its memory.
    from engine.model_import.imported_model import ImportedModel

    return ImportedModel.load(folder)


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
        tflite=path,
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
        tested = session.self_test()
        if tested is not None:
            said = f"Self-test at boot: {tested.sentence} ({tested.milliseconds:.1f} ms)."
            report(LogLine(stage="monitor", text=said, level="info" if tested.passed else "error"))
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
    """Compare every layer along the conversion chain, with a board or a link also on the board."""
    from engine.verification import verify_file, verify_project, write_html

    target, board_id, link = arguments["target"], arguments.get("board"), arguments.get("on")
    wants_board = bool(board_id or link)
    channels: dict[str, Any] = {"report": report, "cancel": cancel}
    if _is_project(target) and board_id in (None, _project(target).board_id):
        found = verify_project(
            _project(target), link=(link or "virtual") if wants_board else None, **channels
        )
    else:
        board_id = (board_id or DEFAULT_BOARD) if wants_board else None
        found = verify_file(_model_path(target), board_id=board_id, link=link, **channels)
    for row in found.rows:
        report(Result(values=row))
    if arguments.get("html"):
        write_html(found, Path(arguments["html"]).absolute())
    found.refuse_failure()


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


def _model_file(network: str) -> Path | None:
    """The file or folder that `--network` names, None if it names a network of the zoo."""
    from engine.model_import.any_file import KNOWN_SUFFIXES

    path = Path(network)
    return path if path.suffix.lower() in KNOWN_SUFFIXES or path.is_dir() else None


def _is_finished(path: Path, *, wants_training: bool) -> bool:
    """Whether a model is used as it is: any `.tflite`, but a float one for which data are given."""
    if path.suffix.lower() != ".tflite":
        return False
    from engine.model_import.tflite_float import can_train

    return not (wants_training and can_train(_read_graph(path)))


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
