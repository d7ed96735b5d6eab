"""What the command line and the worker can do: one function per verb, from plain arguments to events.

A verb gets a dict of arguments, tells through `report`, and answers with `Result` events whose keys
docs/command-line.md promises. A file argument ending in `.tflite` works wherever a project does, if
the verb needs no training.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgspec

from engine import summaries
from engine.board_search import search
from engine.boards import board_ids, load_board
from engine.download_verb import download
from engine.errors import BadInputFile, BoardError, UsageError
from engine.events import CancelToken, LogLine, Report, Result
from engine.front_end import AnyFrontEnd
from engine.import_verbs import import_model, new
from engine.project import FOLDER_SUFFIX, Project, open_project
from engine.recipe_verbs import compress, recipe
from engine.result_values import closing_values, fit_values

Arguments = dict[str, Any]
_POLL_SECONDS = 0.1
DEFAULT_BOARD = "stm32f407"


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


def run(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Run a project's stages."""
    from engine import pipeline
    from engine.front_end_choice import set_front_end

    project = _project(arguments["project"])
    set_front_end(project, arguments.get("front_end"), arguments.get("counts_per_unit"))
    cancel.keep_resumed = bool(arguments.get("keep_best"))
    pipeline.run(
        project,
        until=arguments.get("until") or "board-run",
        link=arguments.get("on") or "virtual",
        to_the_end=bool(arguments.get("to_the_end")),
        again=bool(arguments.get("again")),
        report=report,
        cancel=cancel,
    )
    report(Result(values=closing_values(project)))


def fit(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Predict flash, RAM and time on one board, or on all."""
    from engine.planning import family_of, optimise_of, patches_of, plan_on_board

    front_end = _front_end(arguments)
    graph = _read_graph(_outline(arguments["target"]) or _model_path(arguments["target"]))
    wanted = arguments.get("board") or _default_board(arguments["target"])
    for board_id in board_ids() if wanted == "all" else (wanted,):
        cancel.check()
        board = load_board(board_id)
        plan = plan_on_board(
            graph,
            board,
            family=family_of(arguments.get("kernels"), board),
            patches=patches_of(arguments.get("patches")),
            optimise=optimise_of(arguments.get("optimise")),
            front_end=front_end,
        )
        report(Result(values={**fit_values(plan.fit), "summary": summaries.to_plain(plan.fit)}))


def build(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Generate and link firmware."""
    from engine.firmware.protocols import protocol_of
    from engine.planning import build_on_board, family_of, optimise_of, patches_of

    front_end = _front_end(arguments)
    path = _model_path(arguments["target"])
    board = load_board(arguments.get("board") or _default_board(arguments["target"]))
    folder = Path(arguments.get("out") or f"{path.stem}-{board.id}").absolute()
    summary = build_on_board(
        _read_graph(path),
        board,
        family=family_of(arguments.get("kernels"), board),
        folder=folder,
        patches=patches_of(arguments.get("patches")),
        optimise=optimise_of(arguments.get("optimise")),
        toolchain=arguments.get("toolchain"),
        tflite=path,
        protocol=protocol_of(arguments.get("protocol")),
        front_end=front_end,
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
    from engine.code_places import CodePlaces
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
        if elf is not None:
            session.learn_places(CodePlaces(elf))
        tested = session.self_test()
        if tested is not None:
            said = f"Self-test at boot: {tested.sentence} ({tested.milliseconds:.1f} ms)."
            report(LogLine(stage="monitor", text=said, level="info" if tested.passed else "error"))
        layers = bool(arguments.get("layers"))
        rows = (
            driven_inferences(session, inputs, layers=layers, report=report, cancel=cancel)
            if inputs is not None
            else free_inferences(session, layers=layers, report=report, cancel=cancel)
        )
        with contextlib.closing(
            rows
        ):  # while the link is open: it asks a board that runs freely to stop
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
    from engine.report_source import write_report
    from engine.verification import verify_file, verify_project

    target, board_id, link = arguments["target"], arguments.get("board"), arguments.get("on")
    wants_board = bool(board_id or link)
    channels: dict[str, Any] = {"report": report, "cancel": cancel}
    if _is_project(target) and board_id in (None, _project(target).board_id):
        found = verify_project(
            _project(target), link=(link or "virtual") if wants_board else None, **channels
        )
    else:
        board_id = (board_id or DEFAULT_BOARD) if wants_board else None
        found = verify_file(
            _model_path(target),
            board_id=board_id,
            link=link,
            trust=bool(arguments.get("trust")),
            input_shape=arguments.get("input_shape") or (),
            **channels,
        )
    for row in found.rows:
        report(Result(values=row))
    if arguments.get("html"):
        write_report(found, arguments, Path(arguments["html"]).absolute())
    found.refuse_failure()


def report_html(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Write the report of a project's last comparison; nothing runs again."""
    from engine.report_source import write_report
    from engine.verification import stored_verification

    path = Path(arguments["html"]).absolute()
    content = write_report(stored_verification(_project(arguments["project"])), arguments, path)
    report(Result(values={"file": str(path), "passed": content.passed, "verdict": content.verdict}))


def calibration(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Check the samples that set the ranges, and on request find better ones."""
    from engine.calibration_check import check_calibration

    project = _project(arguments["project"])
    check_calibration(project, improve=bool(arguments.get("improve")), report=report, cancel=cancel)


def export(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Write a network in a form that other firmware can take in."""
    from engine.export import WITH_FRONT_END, export_model
    from engine.listen_verb import output_names

    target, form = str(arguments["target"]), str(arguments["format"])
    path = _model_path(target)
    folder = Path(arguments.get("out") or f"{path.stem}-{form}").absolute()
    wants_front_end = arguments.get("front_end") or form in WITH_FRONT_END
    files = export_model(
        path,
        form,
        folder,
        kernels=arguments.get("kernels") or "portable",
        front_end=_front_end(arguments) if wants_front_end else None,
        classes=output_names(_project(target)) if _is_project(target) else (),
    )
    names = [str(file.relative_to(folder)) for file in files]
    report(Result(values={"format": form, "folder": str(folder), "files": names}))


def bench(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Build each model with each kernel family and run it on a virtual board."""
    from engine.bench import BenchSettings, bench_rows
    from engine.planning import family_of, optimise_of, patches_of

    board = load_board(arguments.get("board") or DEFAULT_BOARD)
    settings = BenchSettings(
        board=board,
        link=arguments.get("on") or "virtual",
        families=[family_of(name, board) for name in arguments.get("kernels") or ["auto"]],
        inputs=int(arguments.get("inputs") or 100),
        patches=patches_of(arguments.get("patches")),
        optimise=optimise_of(arguments.get("optimise")),
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
    """List what is plugged in: serial ports, probes, drives, and which board each probably is."""
    from engine.device.detect import NOTHING, detect

    found = detect(ask_chips=bool(arguments.get("ask_chips")))
    for device in found:
        values = asdict(device)
        values = {"name": values.pop("link"), **values, "boards": list(device.boards)}
        report(Result(values=values))
    if not any(device.known for device in found):
        report(LogLine(stage="ports", text=NOTHING, level="warning"))


def examples(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Show some samples of a data set, its classes and what looks wrong; or the samples of `origins`."""
    from engine.data.look import MOST_SHOWN, look_at, show
    from engine.data.spec import DEFAULT_SOURCES, DataSpec

    target, task = str(arguments["target"]), str(arguments.get("task") or "images")
    spec: DataSpec | None = DataSpec(source=target or DEFAULT_SOURCES[task], task=task)
    if _is_project(target):
        spec = _project(target).data
    if spec is None:
        raise UsageError("This project has no examples.", hint="Choose a data set first.")
    if arguments.get("origins") is not None:
        for example in show(spec, arguments["origins"], cancel=cancel):
            report(Result(values={"row": "example", **msgspec.to_builtins(example)}))
        return
    most = arguments.get("most")
    found = look_at(spec, most=MOST_SHOWN if most is None else int(most), report=report, cancel=cancel)
    parts = msgspec.to_builtins(found)
    for row, part in (("class", "classes"), ("problem", "problems"), ("example", "examples")):
        for values in parts.pop(part):
            report(Result(values={"row": row, **values}))
    report(Result(values={"row": "set", **parts}))


def runs(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Tell the trainings of a project's latest runs."""
    from engine.past_runs import past_trainings

    for training in past_trainings(_project(arguments["project"]).folder):
        cancel.check()
        known = [e.validation_accuracy for e in training.epochs if e.validation_accuracy is not None]
        best = max(known, default=None)
        values = {"epochs_run": len(training.epochs), "best_validation_accuracy": best}
        report(Result(values={**msgspec.to_builtins(training), **values}))


def doctor(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Check what this machine has; or write the udev rules, or get a target pack for a probe."""
    if arguments.get("udev"):
        from engine.device.udev import write_rules

        file = Path(arguments["udev"])
        report(Result(values={"file": str(file), "command": write_rules(file)}))
        return
    if arguments.get("pack"):
        from engine.device.target_packs import install_pack

        board = load_board(arguments["pack"])
        report(Result(values={"board": board.id, "pack": install_pack(board)}))
        return
    from engine.doctor import examine

    for finding in examine(cancel=cancel):
        report(Result(values=finding))


def _is_project(target: str) -> bool:
    return target.rstrip("/\\").endswith(FOLDER_SUFFIX)


def _project(target: str) -> Project:
    return open_project(Path(target).absolute())


def _default_board(target: str) -> str:
    return (_project(target).board_id if _is_project(target) else "") or DEFAULT_BOARD


def _front_end(arguments: Arguments) -> AnyFrontEnd | None:
    """What `--front-end` asks for, or what the project says; other protocols carry no samples."""
    from engine.front_end_choice import chosen_front_end

    target, choice = str(arguments["target"]), arguments.get("front_end")
    if not choice and arguments.get("protocol") not in (None, "", "thimble"):
        return None
    return chosen_front_end(choice, _project(target) if _is_project(target) else None)


def _outline(target: str) -> Path | None:
    """What stands for a project's network while it is not converted yet."""
    if not _is_project(target):
        return None
    from engine import pipeline
    from engine.trainable_network import OUTLINE_FILE

    states = {state.stage: state for state in pipeline.readiness(_project(target))}
    converted, model = states.get("convert"), states.get("model")
    if converted is None or converted.folder is not None or model is None or model.folder is None:
        return None
    path = model.folder / OUTLINE_FILE
    return path if path.exists() else None


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


def mlperf(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Drive a board as MLPerf Tiny's host does."""
    from engine.mlperf import run_benchmark

    path = _model_path(arguments["target"])
    result = run_benchmark(
        path,
        load_board(arguments.get("board") or _default_board(arguments["target"])),
        link=arguments.get("on") or "virtual",
        protocol=arguments.get("protocol") or "mlperf",
        mode=arguments.get("mode") or "performance",
        inputs=int(arguments.get("inputs") or 10),
        samples=Path(arguments["samples"]) if arguments.get("samples") else None,
        report=report,
        cancel=cancel,
    )
    report(Result(values=result))


def listen(arguments: Arguments, report: Report, cancel: CancelToken) -> None:
    """Send sound to a board that makes the features by itself, and show what it answers."""
    from engine.listen_verb import listen as carry_out

    target = str(arguments.get("target") or "")
    carry_out(
        arguments,
        project=_project(target) if _is_project(target) else None,
        network=_model_path(target) if _is_project(target) or target.endswith(".tflite") else None,
        board_id=arguments.get("board") or _default_board(target),
        report=report,
        cancel=cancel,
    )


def _read_graph(path: Path) -> Any:
    from engine.model_import.tflite_file import read_tflite

    return read_tflite(path)


_VERBS: dict[str, Callable[[Arguments, Report, CancelToken], None]] = {
    "new": new,
    "import": import_model,
    "run": run,
    "compress": compress,
    "recipe": recipe,
    "search": search,
    "fit": fit,
    "build": build,
    "flash": flash,
    "monitor": monitor,
    "emulate": emulate,
    "verify": verify,
    "report": report_html,
    "calibration": calibration,
    "export": export,
    "bench": bench,
    "mlperf": mlperf,
    "listen": listen,
    "download": download,
    "boards": boards,
    "ports": ports,
    "doctor": doctor,
    "examples": examples,
    "runs": runs,
}
