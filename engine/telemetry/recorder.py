"""The process that owns the port: talks to the board, keeps every sample, tells the front what matters.

Commands are JSON lines on standard input, events JSON lines on standard output. The process ends when
its standard input does.

    {"connect": link}     a port, socket://host:port or virtual:CONTROLPORT; tried again twice a second
        with "elf": path  the firmware that should run there: faults are told with function and line
    {"release": true}     close the port, for example for flashing
    {"play": {"inputs": "x.npz", "interval_ms": 500}}    run the inputs in turn; 0: without a pause
    {"clip": {"tensor": base64, "samples": base64, "features_us": 800.0, "number": 7}}    run one input:
                          a board that makes features by itself gets the samples, any other the tensor
    {"run_freely": hz}    the board repeats inference by itself; 0 stops that and `play`
    {"layers": true}      ask for the cycles of each layer, with the input played next
    {"record": path}      keep all frames in a file; null ends that
    {"reset": true}       restart the firmware, also one that stands in its fault handler

Events: ring (path, capacity), state (disconnected, connecting, connected, lost, released), hello, reset
(cause, a number as in hello, and message), inference, clip, layers, log, fault, stats, self_test, error.
`clip` follows the inference of such an input: number, made_on (`board`, `host`, or "" where it came
without samples), features_us. After a reset the board is brought back into the state asked for.
Inferences are told at most 30 times a second; the ring and the file get all.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import json
import os
import queue
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.code_places import CodePlaces
from engine.errors import BadInputFile, BoardError, EngineError, UsageError
from engine.telemetry.answers import Hello, read_inference, read_self_test, reset_sentence
from engine.telemetry.board_session import BoardSession
from engine.telemetry.fault import fault_error
from engine.telemetry.frame import DEFAULT_BAUD, Capability, TelemetryFrame
from engine.telemetry.recording import RecordingWriter
from engine.telemetry.ring import RingWriter

_RETRY_SECONDS = 0.5  # with the greeting, a board is back within a second of being plugged in
_ANSWER_SECONDS = 1.0
_POLL_SECONDS = 0.02
_STATS_SECONDS = 1.0
_TELL_SECONDS = 1 / 30


@dataclass
class _Play:
    """Inputs that are run in turn."""

    inputs: NDArray[np.int8]
    labels: NDArray[np.int64] | None
    classes: tuple[str, ...]
    interval_seconds: float
    index: int = 0
    due: float = 0.0

    @classmethod
    def load(cls, path: Path, interval_seconds: float) -> _Play:
        try:
            with np.load(path, allow_pickle=False) as file:
                inputs = np.ascontiguousarray(file["inputs"])
                labels = file["labels"] if "labels" in file else None
                classes = tuple(str(c) for c in file["classes"]) if "classes" in file else ()
        except (OSError, ValueError, KeyError) as error:
            raise BadInputFile(
                f"{path.name} holds no test inputs: {error}.", hint="Run the convert stage again."
            ) from error
        if inputs.ndim < 2 or len(inputs) == 0:
            raise BadInputFile(f"{path.name} holds no test inputs.", hint="Run the convert stage again.")
        rows = inputs.reshape(len(inputs), -1).view(np.int8)
        return cls(rows, labels, classes, interval_seconds)


class Recorder:
    """State of the process; `run` is its main loop."""

    def __init__(self, ring: RingWriter) -> None:
        self._ring = ring
        self._commands: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._began = time.monotonic()
        self._link = ""
        self._offered_places: CodePlaces | None = None
        self._places: CodePlaces | None = None  # once the board has said that it runs this
        self._session: BoardSession | None = None
        self._hello: Hello | None = None
        self._retry_at = 0.0
        self._wants_reset = False
        self._agreed_baud = 0  # at this link; 0 before, DEFAULT_BAUD where no faster one is heard
        self._input = b""  # what was played last, for a board that runs freely
        self._play: _Play | None = None
        self._free_period_us = 0
        self._wants_layers = False
        self._recording: RecordingWriter | None = None
        self._record_path: Path | None = None
        self._stats_at = 0.0
        self._told_at = 0.0
        self._untold: dict[str, Any] | None = None
        self._count = 0
        self._playing_index = -1

    def run(self) -> None:
        """Serve until standard input ends."""
        threading.Thread(target=self._read_commands, daemon=True).start()
        tell("ring", path=str(self._ring.path), capacity=self._ring.capacity)
        tell("state", state="disconnected", link="")
        while self._take_commands():
            try:
                self._step()
            except BoardError as error:
                self._lose(error)
            except EngineError as error:
                self._tell_error(error)
        self._disconnect()
        self._stop_recording()

    # --- commands ---------------------------------------------------------------------------------

    def _read_commands(self) -> None:
        for line in sys.stdin:
            try:
                command = json.loads(line)
            except ValueError:
                command = None
            if isinstance(command, dict):
                self._commands.put(command)
        self._commands.put(None)

    def _take_commands(self) -> bool:
        """Handle what has come in, waiting where there is nothing else to do; False at the end."""
        wait = 0.0 if self._session is not None else max(0.0, self._retry_at - time.monotonic())
        timeout: float | None = wait if self._link else None
        while True:
            try:
                command = self._commands.get(block=timeout != 0.0, timeout=timeout)
            except queue.Empty:
                return True
            if command is None:
                return False
            try:
                self._handle(command)
            except BoardError as error:
                self._lose(error)
            except EngineError as error:
                self._tell_error(error)
            except (TypeError, ValueError, KeyError, AttributeError, OSError) as error:
                tell("error", message=f"The command cannot be carried out: {error}.", hint="")
            timeout = 0.0

    def _handle(self, command: dict[str, Any]) -> None:
        if "connect" in command:
            self._disconnect()
            self._link = str(command["connect"])
            self._offered_places = CodePlaces(Path(command["elf"])) if command.get("elf") else None
            self._places = None
            self._retry_at = 0.0
            self._wants_reset = False
            self._agreed_baud = 0
            tell("state", state="connecting", link=self._link)
        if "release" in command:
            self._disconnect()
            self._link = ""
            tell("state", state="released", link="")
        if "play" in command:
            play = command["play"]
            interval_seconds = float(play.get("interval_ms", 500)) / 1000
            self._play = _Play.load(Path(play["inputs"]), interval_seconds)
            self._set_free_period(0)
        if "clip" in command:
            self._run_clip(dict(command["clip"]))
        if "run_freely" in command:
            hz = float(command["run_freely"])
            self._play = None
            self._set_free_period(max(1, round(1e6 / hz)) if hz > 0 else 0)
        if "layers" in command:
            self._wants_layers = True
        if "record" in command:
            self._stop_recording()
            self._record_path = Path(command["record"]) if command["record"] else None
            self._start_recording()
        if "reset" in command and self._session is not None:
            self._session.reset()
            self._greet(self._session)
            self._tell_reset()
        elif "reset" in command and self._link:  # after a fault no session stands
            self._wants_reset = True
            self._retry_at = 0.0

    def _set_free_period(self, period_us: int) -> None:
        if period_us != self._free_period_us and self._session is not None:
            self._session.run_freely(period_us)
        self._free_period_us = period_us

    # --- one step ---------------------------------------------------------------------------------

    def _step(self) -> None:
        self._tell_latest()
        if self._session is None:
            if self._link and time.monotonic() >= self._retry_at:
                self._connect()
            return
        now = time.monotonic()
        if self._play is not None and self._hello is not None:
            if now >= self._play.due:
                self._play_next(self._session, self._play)
                self._recover_if_needed(self._session)
                return
            wait = min(_POLL_SECONDS, self._play.due - now)
        else:
            wait = _POLL_SECONDS
        self._session.poll(wait)
        self._recover_if_needed(self._session)
        if now >= self._stats_at:
            self._stats_at = now + _STATS_SECONDS
            self._tell_stats(self._session)

    def _connect(self) -> None:
        self._retry_at = time.monotonic() + _RETRY_SECONDS
        session = BoardSession(
            self._link,
            listener=self._on_frame,
            timeout_seconds=_ANSWER_SECONDS,
            places=self._places,
        )
        try:
            if self._agreed_baud > DEFAULT_BAUD:  # a board that kept its power kept its rate
                session.resume_baud(self._agreed_baud)
            if self._wants_reset:
                self._wants_reset = False
                session.reset()
            self._greet(session)
        except BaseException:
            session.close()
            raise
        self._session = session

    def _greet(self, session: BoardSession) -> None:
        """Learn who is there, and bring a board that came back into the state asked for."""
        session.run_freely(0)
        self._hello = session.hello()
        if session.baud == DEFAULT_BAUD != self._agreed_baud:
            self._agreed_baud = session.negotiate_baud()
        if len(self._input) == self._hello.input_bytes:
            session.set_input(self._input)
        self._places = session.places = None
        if self._offered_places is not None:
            session.learn_places(self._offered_places)
            self._places = session.places
        tell("hello", link=self._link, **dataclasses.asdict(self._hello))
        tell("state", state="connected", link=self._link)
        self._start_recording()
        self._stats_at = 0.0
        self._wants_layers = True
        if self._free_period_us:
            session.run_freely(self._free_period_us)

    def _recover_if_needed(self, session: BoardSession) -> None:
        if not session.needs_recovery:
            return
        was_reset = session.recover() is not None
        self._agreed_baud = session.baud
        self._greet(session)
        if was_reset:
            self._tell_reset()

    def _tell_reset(self) -> None:
        if self._hello is not None:
            cause = self._hello.reset_cause
            tell("reset", cause=cause, message=reset_sentence(cause))

    def _play_next(self, session: BoardSession, play: _Play) -> None:
        data = play.inputs[play.index].tobytes()
        if self._hello is not None and len(data) != self._hello.input_bytes:
            self._play = None
            self._check_size(self._hello, len(data))
        self._playing_index, self._input = play.index, data
        try:
            if self._wants_layers:
                self._wants_layers = False
                session.layers(data)
            else:
                session.run(data)
        finally:
            self._playing_index = -1
        play.index = (play.index + 1) % len(play.inputs)
        play.due = max(play.due + play.interval_seconds, time.monotonic())
        if play.interval_seconds == 0 and time.monotonic() >= self._stats_at:
            self._stats_at = time.monotonic() + _STATS_SECONDS
            self._tell_stats(session)

    def _run_clip(self, clip: dict[str, Any]) -> None:
        session, hello = self._session, self._hello
        if session is None or hello is None:
            return  # a clip of the past is of no use once the board is back
        tensor, samples = _bytes_of(clip, "tensor"), _bytes_of(clip, "samples")
        on_board = bool(samples) and Capability.FRONT_END in hello.capabilities
        if not on_board:
            self._check_size(hello, len(tensor))
            self._input = tensor  # for a board that runs it freely later, and is reset
        self._play = None
        self._set_free_period(0)
        features_us, made_on = clip.get("features_us"), "host" if samples else ""
        if self._wants_layers and len(tensor) == hello.input_bytes:
            self._wants_layers = False
            session.layers(tensor)
        elif not on_board:
            session.run(tensor)
        if on_board:
            _, front_end = session.run_samples(samples)
            features_us, made_on = 1e6 * front_end.cycles / hello.clock_hz, "board"
        tell("clip", number=clip.get("number"), made_on=made_on, features_us=features_us)

    @staticmethod
    def _check_size(hello: Hello, size: int) -> None:
        if size != hello.input_bytes:
            raise UsageError(
                f"The input has {size} bytes, the firmware on the board takes {hello.input_bytes}.",
                hint="Flash the firmware of this model.",
            )

    # --- what comes from the board ------------------------------------------------------------------

    def _on_frame(self, frame: TelemetryFrame) -> None:
        time_us = int((time.monotonic() - self._began) * 1e6)
        if self._recording is not None:
            self._recording.append(time_us, frame)
        match frame.kind:
            case "inference":
                self._on_inference(time_us, frame)
            case "layers":
                tell("layers", cycles=list(frame.numbers("cycles")))
            case "self_test" if self._hello is not None:
                found = read_self_test(frame, self._hello.clock_hz)
                tell("self_test", **dataclasses.asdict(found), sentence=found.sentence)
            case "log":
                tell("log", level=frame.number("level"), message=frame.text("message"))
            case "fault":
                error = fault_error(frame, self._places)
                tell("fault", message=error.message, hint=error.hint, **error.facts)

    def _on_inference(self, time_us: int, frame: TelemetryFrame) -> None:
        if self._hello is None:
            return
        inference = read_inference(frame, self._hello.clock_hz)
        self._ring.append(time_us, inference.latency_us)
        self._count += 1
        output = np.frombuffer(inference.output, np.int8)
        values: dict[str, Any] = {
            "time_us": time_us,
            "sequence": inference.sequence,
            "timestamp_us": inference.timestamp_us,
            "cycles": inference.cycles,
            "latency_us": inference.latency_us,
            "status": inference.status,
            "output": output.tolist(),
            "count": self._count,
        }
        if self._play is not None and self._playing_index >= 0:
            values |= self._answer_of(self._play, output)
        self._untold = values
        self._tell_latest()

    def _answer_of(self, play: _Play, output: NDArray[np.int8]) -> dict[str, Any]:
        index = self._playing_index
        answer: dict[str, Any] = {"index": index}
        if play.classes and len(play.classes) == len(output):
            answer["predicted"] = int(output.argmax())
            answer["predicted_class"] = play.classes[answer["predicted"]]
        if play.labels is not None:
            answer["label"] = int(play.labels[index])
            if 0 <= answer["label"] < len(play.classes):
                answer["class"] = play.classes[answer["label"]]
        return answer

    def _tell_latest(self) -> None:
        now = time.monotonic()
        if self._untold is not None and now - self._told_at >= _TELL_SECONDS:
            tell("inference", **self._untold)
            self._untold = None
            self._told_at = now

    def _tell_stats(self, session: BoardSession) -> None:
        # A board that runs freely is not asked: the question would disturb the cycles of an inference.
        board_stats = {} if self._free_period_us else dataclasses.asdict(session.stats())
        decoder = session.decoder
        tell(
            "stats",
            **board_stats,
            host_frames=decoder.frames,
            host_lost_frames=decoder.lost,
            host_damaged_frames=decoder.damaged,
            host_unknown_frames=decoder.unknown,
            inferences=self._count,
        )
        if self._recording is not None:
            self._recording.flush()

    # --- beginnings and ends ------------------------------------------------------------------------

    def _lose(self, error: BoardError) -> None:
        was_connected = self._session is not None
        self._disconnect()
        self._retry_at = time.monotonic() + _RETRY_SECONDS
        state = "lost" if was_connected else "connecting"
        tell("state", state=state, link=self._link, message=error.message, hint=error.hint)

    def _disconnect(self) -> None:
        if self._session is not None:
            self._session.close()
        self._session = None
        self._hello = None
        self._untold = None

    def _start_recording(self) -> None:
        if self._record_path is None or self._recording is not None or self._hello is None:
            return
        about = {"link": self._link, "hello": dataclasses.asdict(self._hello)}
        self._recording = RecordingWriter(self._record_path, about)

    def _stop_recording(self) -> None:
        if self._recording is not None:
            self._recording.close()
        self._recording = None
        self._record_path = None

    def _tell_error(self, error: EngineError) -> None:
        tell("error", message=error.message, hint=error.hint)


def _bytes_of(clip: dict[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(str(clip.get(name, "")), validate=True)
    except binascii.Error as error:
        raise UsageError(f"The {name} of the input is damaged.") from error


def tell(event: str, **values: Any) -> None:
    """Write one event."""
    sys.stdout.write(json.dumps({"event": event, **values}) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run the recorder until standard input ends."""
    with tempfile.TemporaryDirectory(prefix="thimble-", ignore_cleanup_errors=True) as folder:
        ring = RingWriter(Path(folder) / f"ring-{os.getpid()}")
        try:
            Recorder(ring).run()
        finally:
            ring.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
