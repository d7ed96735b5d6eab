"""`listen`: samples to a board whose firmware makes the features by itself, and what it answers."""

from __future__ import annotations

import contextlib
import itertools
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import UsageError
from engine.events import CancelToken, LogLine, Report, Result
from engine.front_end import COUNTS_PER_UNIT, AnyFrontEnd
from engine.microphone import FULL_SCALE, Microphone, Samples, newest_clips, require_microphone

if TYPE_CHECKING:
    from engine.board_access import BoardAccess
    from engine.telemetry.board_session import BoardSession

_STAGE = "listen"
DEFAULT_STEP_SECONDS = 0.5


@dataclass(frozen=True)
class Clip:
    """One clip for the board: where it is from, where it begins there, and int16 samples.

    A record of vibration begins at a row of a table instead, and has the axes of a moment in turn.
    """

    source: str
    start_seconds: float | None
    samples: Samples
    start_row: int | None = None


@dataclass(frozen=True)
class Listener:
    """What runs on the board.

    Attributes:
        board_id: the board.
        elf: firmware to write before, None for a board that runs it already.
        model: a network to build firmware of, instead of `elf`.
        front_end: what that firmware shall compute.
        classes: names of the outputs, empty where nothing names them.
        counts_per_unit: of the board's accelerometer, for one unit of a table.
    """

    board_id: str
    elf: Path | None = None
    model: Path | None = None
    front_end: AnyFrontEnd | None = None
    classes: Sequence[str] = ()
    counts_per_unit: float = COUNTS_PER_UNIT


def listen(
    listener: Listener,
    *,
    link: str,
    recordings: Sequence[Path],
    microphone: str | None,
    tables: Sequence[Path] = (),
    step_seconds: float = DEFAULT_STEP_SECONDS,
    count: int = 0,
    baud: int = 0,
    report: Report,
    cancel: CancelToken,
) -> None:
    """Send clips to a board and report a result for each.

    Args:
        listener: what runs there.
        link: how the board is reached.
        recordings: files to send, clip by clip.
        microphone: a device's name or number, "" for the default; None for the recordings.
        tables: CSV files of vibration to send, record by record.
        step_seconds: from the beginning of one clip to that of the next.
        count: stop after so many clips, 0 never.
        baud: rate of a serial line while clips are sent; 0 for what host and board agree on.
        report: gets a `Result` per clip.
        cancel: looked at before each clip.

    Raises:
        UsageError: there is nothing to send, no microphone, or the board takes something else.
        BadInputFile: a recording or a table cannot be read.
        BoardError: the board does not answer, or makes no features.
        DoesNotFit, BuildFailed: see `build_on_board`.
        Cancelled: the user stopped it.
    """
    from engine.board_access import open_board
    from engine.code_places import CodePlaces

    if [bool(recordings), bool(tables), microphone is not None].count(True) != 1:
        raise UsageError("Nothing to listen to.", hint="Use --wav FILE, --csv FILE or --microphone.")
    if step_seconds <= 0:
        raise UsageError("--step must be above 0.", hint="It is in seconds, 0.5 unasked.")
    # What cannot be read or heard is told before anything is built.
    if microphone is not None:
        require_microphone()
    read = [(path.name, read_samples(path)) for path in recordings]
    moments = [(path.name, read_moments(path, listener.counts_per_unit)) for path in tables]
    with contextlib.ExitStack() as stack:
        elf = listener.elf
        if listener.model is not None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="thimble-listen-")))
            elf = _build(listener, folder, report, cancel)
        access = stack.enter_context(open_board(link, listener.board_id))
        if elf is not None:
            access.flash(elf, report=report, cancel=cancel)
        session = access.session()
        if elf is not None:
            session.learn_places(CodePlaces(elf))
        wanted, clock_hz = session.front_end(), session.hello().clock_hz
        if bool(tables) != (wanted.rate_hz == 0):
            raise UsageError(
                f"This board takes {'sound' if tables else 'vibration'}.",
                hint="Use --wav FILE, or --microphone." if tables else "Use --csv FILE.",
            )
        step = max(1, round(step_seconds * wanted.rate_hz))
        if baud:
            session.change_baud(baud)  # until it is closed
        clips: Iterator[Clip]
        if tables:
            clips = itertools.chain.from_iterable(
                records_of(name, rows, wanted.sample_count) for name, rows in moments
            )
        elif microphone is None:
            clips = itertools.chain.from_iterable(
                clips_of(name, samples, wanted.sample_count, step, wanted.rate_hz)
                for name, samples in read
            )
        else:
            opened = stack.enter_context(Microphone(wanted.rate_hz, microphone))
            report(LogLine(stage=_STAGE, text="Listening; stop with Ctrl+C."))
            heard = newest_clips(opened.blocks(cancel), wanted.sample_count, step)
            clips = (Clip("microphone", 0.0, samples) for samples in heard)
        for clip in itertools.islice(clips, count or None):
            cancel.check()
            report(Result(values=_answer(access, session, listener.classes, clip, clock_hz)))


def read_samples(path: Path) -> Samples:
    """A recording as the board takes it, int16 at 16 kHz; one shorter than a clip is put in faint noise.

    Raises:
        BadInputFile: it cannot be read.
    """
    from engine.data.audio_files import read_recording, spoken_clip
    from engine.data.features import CLIP_SAMPLES

    recording, _ = read_recording(path)
    if len(recording) < CLIP_SAMPLES:
        recording = spoken_clip(recording, np.random.default_rng(0))
    return whole_samples(recording)


def whole_samples(recording: NDArray[np.float32]) -> Samples:
    """Samples of full scale 1 as int16."""
    return np.clip(np.round(recording * FULL_SCALE), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def clips_of(name: str, samples: Samples, count: int, step: int, rate_hz: int) -> Iterator[Clip]:
    """All whole clips of `count` samples, one every `step`."""
    for start in range(0, len(samples) - count + 1, step):
        yield Clip(name, start / rate_hz, samples[start : start + count])


def read_moments(path: Path, counts_per_unit: float) -> Samples:
    """A table of vibration as the sensor gives it, int16 (rows, axes).

    Raises:
        BadInputFile: it cannot be read.
    """
    from engine.data.tables import read_record

    counts = np.round(read_record(path).astype(np.float64) * counts_per_unit)
    return np.clip(np.nan_to_num(counts), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)


def records_of(name: str, moments: Samples, count: int) -> Iterator[Clip]:
    """All whole records of `count` samples, one after the other; a shorter table begins again.

    Raises:
        UsageError: no such record has as many columns.
    """
    from engine.data.sources import as_long

    rows, rest = divmod(count, moments.shape[1])
    if rest or not rows:
        raise UsageError(
            f"{name} has {moments.shape[1]} columns, but the board takes records of {count} samples.",
            hint="Choose a table with the axes that the network was trained with.",
        )
    whole = moments if len(moments) >= rows else as_long(moments, rows)
    for start in range(0, len(whole) - rows + 1, rows):
        yield Clip(name, None, whole[start : start + rows].reshape(-1), start)


def _build(listener: Listener, folder: Path, report: Report, cancel: CancelToken) -> Path:
    from engine.boards import load_board
    from engine.model_import.tflite_file import read_tflite
    from engine.planning import build_on_board

    assert listener.model is not None
    board = load_board(listener.board_id)
    built = build_on_board(
        read_tflite(listener.model),
        board,
        family=board.kernels,
        folder=folder,
        tflite=listener.model,
        front_end=listener.front_end,
        report=report,
        cancel=cancel,
    )
    return folder / built.elf


def _answer(
    access: BoardAccess, session: BoardSession, classes: Sequence[str], clip: Clip, clock_hz: int
) -> dict[str, Any]:
    inference, front_end = session.run_samples(clip.samples.astype("<i2").tobytes())
    row: dict[str, Any] = {
        "source": clip.source,
        **(
            {"start_seconds": clip.start_seconds}
            if clip.start_row is None
            else {"start_row": clip.start_row}
        ),
        "sequence": inference.sequence,
        "front_end_cycles": front_end.cycles,
        "front_end_us": 1e6 * front_end.cycles / clock_hz,
        "cycles": inference.cycles,
        "latency_us": inference.latency_us,
        "basis": "simulated" if access.simulates else "measured",
        "output": list(inference.output),
    }
    values = np.frombuffer(inference.output, np.int8)
    if len(values) == len(classes):
        row["answer"] = classes[int(values.argmax())]
    return row
