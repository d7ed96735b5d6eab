"""The command line `thimble-cli`: parses, calls `engine.verbs`, shows events; the only file that prints.

With `--json` standard output carries one JSON object a line and nothing else; without it, tables go to
standard output and progress and messages to standard error.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from engine.data.spec import split_names
from engine.errors import Cancelled, EngineError, UsageError
from engine.events import CancelToken, Event, StageFailed, to_json
from engine.front_end import PLACES
from engine.meaning import TASKS
from engine.pipeline import failure
from engine.terminal import TerminalView
from engine.verbs import perform

FAULT = 1
_OPTIMISE = "what the network's code is compiled for; default: speed, on Cortex-M0+ size"
_PATCHES = "bands that the largest layers run in, less RAM for more time; auto: only where needed"

_LINKS = "virtual (default), a serial port, probe[:ID], drive[:PATH], openocd[:INTERFACE], dfu[:SERIAL]"
_DATA = "folder or file with examples; none: a model file as it is; default: built-in samples"
_FRONT_END = "who makes features of sound: host, board as the project has them, mfcc, log-mel"
_PLACE = "who makes features of sound or vibration; the project keeps it"
_COUNTS = "of the board's accelerometer for one unit of the tables; default: 2048, as for +-16 g"
_KEEP_BEST = "end a training stopped by Ctrl+C where it is, with its best weights, and go on from there"
_TO_THE_END = "trainings that were ended early go on to their ends"
_MICROPHONE = "listen to the computer's microphone (extra `microphone`)"
_NORMAL = "healthy classes, for anomaly and vibration; default: those whose name says normal"
_CALIBRATION = "own inputs that set the ranges of a network without data: one array for each input"
_SCALE = "the network takes scale * (pixel or feature - mean); 1/255 for 0..1; per channel: 0.1,0.2,0.1"
_INPUT_SHAPE = "of one input, channels first, where the file does not say it"


def _shape(text: str) -> list[int]:
    try:
        shape = [int(n) for n in text.split(",")]
    except ValueError:
        shape = []
    if not shape or min(shape) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no shape such as 3,96,96")
    return shape


def _add_meaning(command: argparse.ArgumentParser) -> None:
    """Options that say what the numbers of a model file mean, where it does not say so itself."""
    command.add_argument("--input-shape", type=_shape, metavar="C,H,W", help=_INPUT_SHAPE)
    command.add_argument("--scale", metavar="N|N,N,N", help=_SCALE)
    command.add_argument("--mean", metavar="N|N,N,N", help="see --scale")
    command.add_argument("--channel-order", metavar="RGB|BGR", help="of colour pictures")
    command.add_argument("--classes", metavar="A,B,C|FILE", help="names in the order of the outputs")


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", hint=f"Run: {self.prog} --help")


def parser() -> argparse.ArgumentParser:
    """The grammar of the command line."""
    root = _Parser(prog="thimble-cli", description="Fits a neural network into a microcontroller.")
    shared = _Parser(add_help=False)
    shared.add_argument("--json", action="store_true", help="one JSON object a line")
    verbs = root.add_subparsers(dest="verb", required=True, metavar="COMMAND", parser_class=_Parser)

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=text, description=text, parents=[shared])

    new = verb("new", "Make a project.")
    new.add_argument("project", metavar="PROJECT")
    new.add_argument("--task", choices=TASKS, help="what it is for; default: what the file looks like")
    new.add_argument("--data", help=_DATA)
    new.add_argument("--normal", type=split_names, metavar="A,B", help=_NORMAL)
    new.add_argument("--features", metavar="NAME", help="of vibration: spectra or gain-free")
    new.add_argument("--calibration", metavar="FILE.npz", help=_CALIBRATION)
    new.add_argument("--network", help="a network's name, or a model file")
    new.add_argument("--trust", action="store_true", help="the file may run code: I trust it")
    new.add_argument("--board", help="a board's id")
    new.add_argument("--front-end", choices=PLACES, help=_PLACE)
    _add_meaning(new)

    imported = verb("import", "Say what a model file is and which operators it needs.")
    imported.add_argument("file", metavar="FILE")
    imported.add_argument("--trust", action="store_true", help="the file may run code: I trust it")
    imported.add_argument("--task", choices=TASKS, help="what it is for, where the guess is wrong")
    _add_meaning(imported)

    run = verb("run", "Run a project's stages that are not done yet.")
    run.add_argument("project", metavar="PROJECT")
    run.add_argument("--until", metavar="STAGE", help="last stage; default: board-run")
    run.add_argument("--on", metavar="LINK", help=_LINKS)
    run.add_argument("--front-end", choices=PLACES, help=_PLACE)
    run.add_argument("--counts-per-unit", type=float, metavar="N", help=_COUNTS)
    ended = run.add_mutually_exclusive_group()
    ended.add_argument("--keep-best", action="store_true", help=_KEEP_BEST)
    ended.add_argument("--to-the-end", action="store_true", help=_TO_THE_END)

    compress = verb("compress", "Run a project's recipe and say what each step took and gave.")
    compress.add_argument("project", metavar="PROJECT")
    _add_recipe(verb("recipe", "Show or change a project's recipe."), shared)

    fit = verb("fit", "Predict flash, RAM and time, and say whether it fits.")
    fit.add_argument("target", metavar="FILE|PROJECT")
    fit.add_argument("--board", help="a board's id, or all")
    fit.add_argument("--kernels", help="auto, portable, dsp or cmsis-nn")
    fit.add_argument("--patches", metavar="auto|off|N", help=_PATCHES)
    fit.add_argument("--optimise", metavar="speed|size", help=_OPTIMISE)
    fit.add_argument("--front-end", metavar="F", help=_FRONT_END)
    fit.add_argument("--layers", action="store_true", help="one row a layer, with its kernel")

    build = verb("build", "Generate C and link firmware.")
    build.add_argument("target", metavar="FILE|PROJECT")
    build.add_argument("--board", help="a board's id")
    build.add_argument("--kernels", help="auto, portable, dsp or cmsis-nn")
    build.add_argument("--patches", metavar="auto|off|N", help=_PATCHES)
    build.add_argument("--optimise", metavar="speed|size", help=_OPTIMISE)
    build.add_argument("--toolchain", help="zig or gcc; default: the first that is here")
    build.add_argument("--protocol", help="thimble (default), mlperf, mlperf-uint8 or mlperf-float32")
    build.add_argument("--front-end", metavar="F", help=_FRONT_END)
    build.add_argument("-o", "--out", metavar="DIR", help="where to write; default: beside you")

    flash = verb("flash", "Write firmware to a board.")
    flash.add_argument("target", metavar="PROJECT|ELF")
    flash.add_argument("--board", help="a board's id, for an ELF file")
    flash.add_argument("--on", metavar="LINK", help=_LINKS)

    monitor = verb("monitor", "Show each inference of a board as it happens.")
    monitor.add_argument("target", metavar="PROJECT|ELF", nargs="?", help="what to run on virtual")
    monitor.add_argument("--on", metavar="LINK", help="virtual, a serial port, socket://HOST:PORT")
    monitor.add_argument("--board", help="a board's id, for an ELF file")
    monitor.add_argument("--count", type=int, default=0, help="stop after so many; 0 never stops")
    monitor.add_argument("--layers", action="store_true", help="also cycles of each layer")

    listen = verb("listen", "Send sound or vibration to a board that makes the features by itself.")
    listen.add_argument("target", metavar="PROJECT|FILE|ELF", nargs="?", help="what shall run there")
    listen.add_argument("--wav", metavar="FILE", nargs="+", help="recordings to send")
    listen.add_argument("--csv", metavar="FILE", nargs="+", help="tables of vibration to send")
    listen.add_argument("--counts-per-unit", type=float, metavar="N", help=_COUNTS)
    listen.add_argument("--microphone", metavar="NAME", nargs="?", const="", help=_MICROPHONE)
    listen.add_argument("--step", type=float, metavar="SECONDS", help="from clip to clip; default: 0.5")
    listen.add_argument("--front-end", metavar="F", help="of a network: board (default), mfcc, log-mel")
    listen.add_argument("--board", help="a board's id, for a file")
    listen.add_argument("--on", metavar="LINK", help=_LINKS)
    listen.add_argument(
        "--baud", type=int, metavar="N", help="rate while clips are sent; default: agreed on"
    )
    listen.add_argument("--count", type=int, default=0, help="stop after so many clips; 0 never stops")

    search = verb("search", "Search for the most accurate network that fits the board.")
    search.add_argument("project", metavar="PROJECT")
    search.add_argument("--trials", type=int, default=12, metavar="N", help="networks to train")
    search.add_argument("--networks", type=_names, metavar="A,B", help="of the zoo; default: its own")
    search.add_argument("--image-sizes", type=_numbers, metavar="N,N", help="edges in pixels")
    search.add_argument("--journal", metavar="FILE", help="several machines may share one")
    search.add_argument("--seed", type=int, default=0, help="of the proposals")
    search.add_argument("--show", action="store_true", help="only list what was found so far")
    search.add_argument("--take", type=int, metavar="N", help="give the project what candidate N is")

    verify = verb("verify", "Compare every layer along the conversion chain.")
    verify.add_argument("target", metavar="PROJECT|FILE")
    verify.add_argument("--board", help="a board's id: compare on it too")
    verify.add_argument("--on", metavar="LINK", help="where the board is; default: virtual")
    verify.add_argument("--html", metavar="FILE", help="also write a report of one HTML file")
    verify.add_argument("--trust", action="store_true", help="the file may run code: I trust it")
    verify.add_argument("--input-shape", type=_shape, metavar="C,H,W", help=_INPUT_SHAPE)

    written = verb("report", "Write what a project's last comparison found as one HTML file.")
    written.add_argument("project", metavar="PROJECT")
    written.add_argument("--html", metavar="FILE", required=True, help="where to")

    calibration = verb("calibration", "Check the samples that set the ranges of whole numbers.")
    calibration.add_argument("action", choices=["check"], metavar="check")
    calibration.add_argument("project", metavar="PROJECT")
    calibration.add_argument("--improve", action="store_true", help="take a better set if there is one")

    export = verb("export", "Write a network in a form for your own firmware.")
    export.add_argument("target", metavar="PROJECT|FILE")
    export.add_argument("--format", required=True, help="tflite, c-array, c, cmake, arduino or tflm")
    export.add_argument("--front-end", metavar="F", help=_FRONT_END)
    export.add_argument("--kernels", help="for generated C: portable (default) or dsp")
    export.add_argument("-o", "--out", metavar="DIR", help="where to write; default: beside you")

    bench = verb("bench", "Build models, run them on a virtual board, print one row each.")
    bench.add_argument("files", metavar="FILE", nargs="+")
    bench.add_argument("--board", help="a board's id")
    bench.add_argument("--kernels", help="comma-separated: auto, portable, dsp, cmsis-nn")
    bench.add_argument("--patches", metavar="auto|off|N", help=_PATCHES)
    bench.add_argument("--optimise", metavar="speed|size", help=_OPTIMISE)
    bench.add_argument("--inputs", type=int, default=100, help="inputs to compare (default 100)")
    bench.add_argument("--samples", metavar="DIR", help="real inputs: WAV, BMP/PNG, BIN")
    bench.add_argument("--peers", action="store_true", help="also other engines (extra `bench`)")
    bench.add_argument("--quoted", action="store_true", help="also figures measured elsewhere")
    bench.add_argument("--toolchain", help="zig or gcc; default: the first that is here")
    bench.add_argument("--on", metavar="LINK", help="virtual (default)")

    mlperf = verb("mlperf", "Build, flash and drive a board as MLPerf Tiny's host does.")
    mlperf.add_argument("target", metavar="FILE|PROJECT")
    mlperf.add_argument("--board", help="a board's id")
    mlperf.add_argument("--on", metavar="LINK", help="virtual (default), or another link")
    mlperf.add_argument("--protocol", help="mlperf (default), mlperf-uint8 or mlperf-float32")
    mlperf.add_argument("--mode", help="performance (default) or accuracy")
    mlperf.add_argument("--inputs", type=int, default=10, help="how many inputs (default 10)")
    mlperf.add_argument(
        "--samples", metavar="DIR", help="a data set of the benchmark, with y_labels.csv"
    )

    emulate = verb("emulate", "Start a virtual board with an ELF file.")
    emulate.add_argument("elf", metavar="ELF")
    emulate.add_argument("--board", required=True, help="a board's id")
    emulate.add_argument("--listen", type=int, metavar="PORT", help="TCP port of its serial line")

    download = verb("download", "Fetch a data set or weights from their publisher.")
    download.add_argument("name", metavar="NAME", nargs="?", help="without it: what there is")
    download.add_argument("--folder", metavar="DIR", help="where to; default: beside you")

    verb("boards", "List the boards.")
    ports = verb("ports", "List what is plugged in, and which board each probably is.")
    ports.add_argument("--ask-chips", action="store_true", help="let each probe read its chip's number")
    examples = verb("examples", "Say what a data set holds, and what looks wrong, without reading all.")
    examples.add_argument("target", metavar="PROJECT|DIR|FILE")
    examples.add_argument("--task", choices=TASKS, help="what a folder or file is for; default: images")
    examples.add_argument("--most", type=int, metavar="N", help="samples to show; default: 24")
    verb("runs", "Tell the trainings of the latest runs.").add_argument("project", metavar="PROJECT")
    doctor = verb("doctor", "Check what this machine has and how to get the rest.")
    doctor.add_argument(
        "--udev", metavar="FILE", help="write the rules that let Linux users open boards"
    )
    doctor.add_argument(
        "--pack", metavar="BOARD", help="download what pyOCD needs to program this board"
    )
    return root


def _add_recipe(parent: argparse.ArgumentParser, shared: _Parser) -> None:
    actions = parent.add_subparsers(dest="action", required=True, metavar="ACTION", parser_class=_Parser)

    def action(name: str, text: str, *numbers: str) -> argparse.ArgumentParser:
        made = actions.add_parser(name, help=text, description=text, parents=[shared])
        made.add_argument("project", metavar="PROJECT")
        for number in numbers:
            made.add_argument(number, type=int, metavar=number.upper())
        return made

    settings = "for example ratio=0.4"
    action("show", "List the steps.")
    add = action("add", "Add a step; without --at before the conversion to whole numbers.")
    add.add_argument("kind", metavar="KIND", help="remove-dead, train, distill, prune, qat, quantize")
    add.add_argument("settings", nargs="*", metavar="KEY=VALUE", help=settings)
    add.add_argument("--at", type=int, metavar="N", help="its number in the recipe")
    change = action("set", "Change settings of a step.", "number")
    change.add_argument("settings", nargs="+", metavar="KEY=VALUE", help=settings)
    action("move", "Move a step.", "number", "to")
    action("off", "Switch a step off; it stays in the recipe.", "number")
    action("on", "Switch a step on.", "number")
    action("remove", "Remove a step.", "number")
    compare = action("compare", "Run qat before prune and prune before qat, and compare.")
    compare.add_argument("--seeds", type=_numbers, metavar="N,N", help="default: 0")
    widen = action("sensitivity", "Measure which layers lose most to 8 bits.")
    widen.add_argument("--improve", action="store_true", help="give 16 bits where they pay")


def _numbers(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise argparse.ArgumentTypeError("write whole numbers, such as 0,1,2") from error


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code: 0 done, 2 usage, 3 bad input file, 4 unsupported operator, 5 does not fit,
        6 conversion or verification failed, 7 build failed, 8 board or link, 9 cancelled, 1 a fault
        of ours.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    json_lines = "--json" in words
    view = TerminalView()
    token = CancelToken()
    told = False

    def report(event: Event) -> None:
        nonlocal told
        told = told or isinstance(event, StageFailed)
        if json_lines:
            print(to_json(event), file=events, flush=True)
        else:
            view.show(event)

    events = _keep_standard_output() if json_lines else sys.stdout
    previous = signal.signal(signal.SIGINT, lambda *_: token.cancel())
    try:
        arguments = vars(parser().parse_args(words))
        view.verb = arguments["verb"]
        if arguments.get("action") == "sensitivity":
            view.verb = "sensitivity"
        view.layers = bool(arguments.get("layers"))
        if isinstance(arguments.get("kernels"), str) and arguments["verb"] == "bench":
            arguments["kernels"] = arguments["kernels"].split(",")
        perform(arguments, report=report, cancel=token)
        return 0
    except (EngineError, Cancelled) as error:
        if not told:
            report(failure("", error))
        return error.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # a fault of ours: say so, keep the traceback for the report
        report(_fault(error))
        return FAULT
    finally:
        view.close()
        signal.signal(signal.SIGINT, previous)


def _keep_standard_output() -> Any:
    """Reserve standard output for JSON lines: what libraries print goes to standard error."""
    logging.disable(logging.INFO)
    sys.stdout.flush()
    kept = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return kept


def _fault(error: Exception) -> StageFailed:
    handle, name = tempfile.mkstemp(prefix="thimble-fault-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        traceback.print_exception(error, file=stream)
    return StageFailed(
        stage="",
        code="fault",
        message=f"Thimble made a mistake: {type(error).__name__}: {error}",
        hint=f"Please report it with the log: {Path(name)}",
        facts={"log": name},
        exit_code=FAULT,
    )


if __name__ == "__main__":
    sys.exit(main())
