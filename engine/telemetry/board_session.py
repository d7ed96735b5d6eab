"""A conversation with a board: one request at a time, each answered or refused in time."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence

from engine.code_places import CodePlaces
from engine.errors import BadInputFile, BoardError
from engine.telemetry.answers import (
    BoardStats,
    FrontEndAnswer,
    Hello,
    Inference,
    SelfTest,
    read_front_end,
    read_hello,
    read_inference,
    read_self_test,
)
from engine.telemetry.fault import fault_error
from engine.telemetry.frame import (
    DEFAULT_BAUD,
    PROTOCOL,
    Capability,
    FrameDecoder,
    Status,
    TelemetryFrame,
    Value,
    encode_frame,
)
from engine.telemetry.link import Link, open_link

_ATTEMPTS = 4
_LAYERS_FLAG = 1
_LAYER_OUTPUTS_FLAG = 2
_RAW_SAMPLES_FLAG = 4
_FEATURES_FLAG = 8
_SAMPLE_BYTES = 2
_SENDING_PATIENCE = 10.0  # outputs of all layers take long on a serial line
_FRAME_OVERHEAD_BYTES = 12  # header, offset, checksum, COBS and the zero byte
FAST_BAUDS = (2_000_000, 921_600, 460_800)
"""Rates to propose, the best first."""
_PING_SECONDS = 0.25
_PINGS = 2
_TRIAL_SECONDS = 1.1  # after so long without an intact frame a board is back at the rate it starts with

FrameListener = Callable[[TelemetryFrame], None]


class RequestRefused(BoardError):
    """The board understood a request and will not do it."""


class BoardSession:
    """A connection to a running firmware. Use as a context manager, or call `close`.

    Args:
        link: a `Link`, or what `open_link` takes.
        listener: gets every frame that arrives, also those nobody waits for.
        timeout_seconds: for one answer; an inference may take `inference_timeout_seconds`.
        places: functions and lines of the firmware that runs, to tell where it faulted.
    """

    def __init__(
        self,
        link: Link | str,
        *,
        listener: FrameListener | None = None,
        timeout_seconds: float = 2.0,
        inference_timeout_seconds: float = 60.0,
        places: CodePlaces | None = None,
    ) -> None:
        self._link = open_link(link) if isinstance(link, str) else link
        self._listener = listener
        self._timeout = timeout_seconds
        self._inference_timeout = inference_timeout_seconds
        self.places = places
        self.decoder = FrameDecoder()
        self._sequence = 0
        self._frames: deque[TelemetryFrame] = deque()
        self._hello: Hello | None = None
        self._expects_faults = False
        self._runs_freely = False
        self.has_restarted = False  # since the last `hello`, by itself or by its button
        self._baud = DEFAULT_BAUD
        self._layer_outputs: dict[tuple[int, int], bytes] = {}
        self._front_end: FrontEndAnswer | None = None

    def __enter__(self) -> BoardSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the link; the board goes back to the rate at which the next program will speak."""
        if self._baud != DEFAULT_BAUD:
            with contextlib.suppress(BoardError):
                self._link.write(b"\0" + self._encode("baud", {"baud": DEFAULT_BAUD}))
                self._try_wait("ack", _PING_SECONDS)
        self._link.close()

    def hello(self) -> Hello:
        """Ask who is there.

        Raises:
            BoardError: nobody answers, or with another protocol.
        """
        self._frames.clear()
        hello = read_hello(self._ask("ask_hello", {}, "hello"))
        if hello.protocol != PROTOCOL:
            raise BoardError(
                f"The board speaks telemetry version {hello.protocol}, this program version {PROTOCOL}.",
                hint="Flash the firmware again.",
            )
        self._hello, self.has_restarted = hello, False
        return hello

    def learn_places(self, places: CodePlaces) -> None:
        """Tell faults with function and line, if these are of the firmware that runs.

        Raises:
            BoardError: no answer.
        """
        hello = self._hello or self.hello()
        with contextlib.suppress(BadInputFile):
            if places.is_of(hello.model_hash, hello.flash_bytes):
                self.places = places

    def run(self, data: bytes) -> Inference:
        """Send a whole input and run the model on it.

        Args:
            data: all input tensors behind one another, as the model takes them.

        Raises:
            BoardError: the size is wrong, the board does not answer, or it faulted.
        """
        return self._run(data, 0)

    def layers(self, data: bytes) -> tuple[int, ...]:
        """Cycles of each layer, from a run on this input that is apart from the measured one.

        Raises:
            BoardError: as `run`.
        """
        for _ in range(_ATTEMPTS):
            self._run(data, _LAYERS_FLAG)
            frame = self._try_wait("layers", self._inference_timeout)
            if frame is not None:
                return frame.numbers("cycles")
        raise self._silent("layers")

    def layer_outputs(self, data: bytes) -> dict[tuple[int, int], bytes]:
        """What every layer computes from this input, by layer and number of the output.

        Layers whose results never stand in memory as a whole are not among them.

        Raises:
            BoardError: as `run`, or the firmware cannot do it.
        """
        hello = self._hello or self.hello()
        if Capability.LAYER_OUTPUTS not in hello.capabilities:
            raise BoardError(
                "The firmware on the board cannot send what its layers compute.",
                hint="Flash the firmware of this model again.",
            )
        for _ in range(_ATTEMPTS):
            lost = self.decoder.lost
            self._layer_outputs = {}
            self._run(data, _LAYER_OUTPUTS_FLAG, patience=_SENDING_PATIENCE)
            if self.decoder.lost == lost:
                return self._layer_outputs
        raise self._silent("layer_outputs")

    def front_end(self) -> FrontEndAnswer:
        """Ask what clips the board makes features of.

        Raises:
            BoardError: no answer, or its firmware has no front-end.
        """
        hello = self._hello or self.hello()
        if Capability.FRONT_END not in hello.capabilities:
            raise BoardError(
                "The firmware on the board makes no features of raw samples.",
                hint="Build it with --front-end board and flash it.",
            )
        return read_front_end(self._ask("ask_front_end", {}, "front_end"))

    def run_samples(self, samples: bytes, *, features: bool = False) -> tuple[Inference, FrontEndAnswer]:
        """Send a whole clip, let the board make the features, and run the model on them.

        Args:
            samples: int16, little-endian, as many as `front_end` says.
            features: also bring the features.

        Raises:
            BoardError: the size is wrong, the board does not answer, or it has no front-end.
        """
        wanted = (self._front_end or self.front_end()).sample_count * _SAMPLE_BYTES
        if len(samples) != wanted:
            raise BoardError(f"The clip has {len(samples)} bytes, the board takes {wanted}.")
        for _ in range(_ATTEMPTS):
            self._front_end = None
            flags = _RAW_SAMPLES_FLAG | (_FEATURES_FLAG if features else 0)
            inference = self._infer(samples, flags, kind="raw_samples", patience=1.0)
            if self._front_end is not None:
                return inference, self._front_end
        raise self._silent("front_end")

    def self_test(self) -> SelfTest | None:
        """What the firmware's test at its last reset found; None if it has none.

        Raises:
            BoardError: no answer.
        """
        hello = self._hello or self.hello()
        if Capability.SELF_TEST not in hello.capabilities:
            return None
        frame = self._ask("ask_self_test", {}, "self_test")
        return read_self_test(frame, hello.clock_hz)

    def stats(self) -> BoardStats:
        """Ask for the board's counts.

        Raises:
            BoardError: no answer.
        """
        frame = self._ask("ask_stats", {}, "stats")
        return BoardStats(**{name: frame.number(name) for name in BoardStats.__dataclass_fields__})

    def run_freely(self, period_us: int) -> None:
        """Let the board repeat inference every `period_us`, 1 for as fast as it can; 0 stops it.

        Raises:
            BoardError: no answer.
        """
        self._request("run_freely", {"period_us": period_us})
        self._runs_freely = period_us != 0

    def reset(self) -> None:
        """Restart the firmware, also one that stands in its fault handler.

        Raises:
            BoardError: no answer.
        """
        self._expects_faults = True
        try:
            self._request("reset", {})
        finally:
            self._expects_faults = False
        self._hello = None
        self._fall_back()

    @property
    def baud(self) -> int:
        """The rate in use; on a link without rates the one that both sides pretend."""
        return self._baud

    def negotiate_baud(self, bauds: Sequence[int] = FAST_BAUDS) -> int:
        """Agree on the first rate that the board can make; keep the old one if it is not understood.

        Costs nothing where the link has no rates or the firmware does not know of them.

        Returns:
            The rate in use now.

        Raises:
            BoardError: the board does not answer at the old rate either.
        """
        if not self._link.has_rate:
            return self._baud
        hello = self._hello or self.hello()
        if Capability.CHANGES_BAUD not in hello.capabilities:
            return self._baud
        for baud in bauds:
            try:
                self._request("baud", {"baud": baud})
            except RequestRefused:
                continue  # its clock cannot make this one
            changed = time.monotonic()
            if self._is_heard_at(baud):
                return baud
            time.sleep(max(0.0, changed + _TRIAL_SECONDS - time.monotonic()))
            self.hello()
            break
        return self._baud

    def resume_baud(self, baud: int) -> bool:
        """Go on at a rate that was agreed on before the connection was lost, if the board kept it."""
        return self._link.has_rate and self._is_heard_at(baud)

    def _is_heard_at(self, baud: int) -> bool:
        """Whether the board answers at this rate; else the link is back at its old one."""
        old = self._baud
        try:
            self._set_baud(baud)
        except BoardError:  # the adapter cannot
            return False
        for _ in range(_PINGS):
            sequence = self._sequence
            self._link.write(b"\0" + self._encode("ask_hello", {}))
            deadline = time.monotonic() + _PING_SECONDS
            while (frame := self._next_frame(deadline)) is not None:  # some may be from before
                if frame.kind == "ack" and frame.number("request") == sequence:
                    return True
        self._set_baud(old)
        return False

    def _set_baud(self, baud: int) -> None:
        self._link.set_baud(baud)
        self._baud = baud
        self._frames.clear()
        self.decoder.reset()

    def _fall_back(self) -> None:
        """Speak at the rate that a board starts with, and comes back to when it is not understood."""
        if self._baud != DEFAULT_BAUD:
            self._set_baud(DEFAULT_BAUD)

    def change_baud(self, baud: int) -> None:
        """Agree on another rate; a board that does not hear us then goes back to the old one by itself.

        Raises:
            BoardError: the board refuses the rate, or is not understood at it.
        """
        self._request("baud", {"baud": baud})
        if not self._is_heard_at(baud):
            raise self._silent("baud")

    def poll(self, timeout_seconds: float) -> tuple[TelemetryFrame, ...]:
        """Frames that came without being asked for.

        Raises:
            BoardError: the connection is gone.
        """
        if not self._frames:
            self._receive(timeout_seconds)
        frames = tuple(self._frames)
        self._frames.clear()
        return frames

    # --- inference --------------------------------------------------------------------------------

    def _run(self, data: bytes, flags: int, *, patience: float = 1.0) -> Inference:
        hello = self._hello or self.hello()
        if len(data) != hello.input_bytes:
            raise BoardError(
                f"The input has {len(data)} bytes, the firmware on the board takes {hello.input_bytes}.",
                hint="Flash the firmware of this model.",
            )
        return self._infer(data, flags, kind="set_input", patience=patience)

    def _infer(self, data: bytes, flags: int, *, kind: str, patience: float) -> Inference:
        hello = self._hello or self.hello()
        if self._runs_freely:
            self.run_freely(0)
        self._frames.clear()
        for _ in range(_ATTEMPTS):
            self._send_chunks(kind, data, hello)
            status = self._request("infer", {"flags": flags}, may_refuse=True)
            if status is Status.INPUT_INCOMPLETE:
                continue
            frame = self._try_wait("inference", self._inference_timeout * patience)
            if frame is not None:
                return read_inference(frame, hello.clock_hz)
        raise self._silent("infer")

    def _send_chunks(self, kind: str, data: bytes, hello: Hello) -> None:
        """Chunks go ahead of their acknowledgements as far as the board's window allows."""
        window = max(1, hello.window_bytes // (hello.chunk_bytes + _FRAME_OVERHEAD_BYTES))
        offsets = range(0, len(data), hello.chunk_bytes)
        acknowledged = 0
        failures = 0
        while acknowledged < len(offsets):
            batch = offsets[acknowledged : acknowledged + window]
            requests: dict[int, int] = {}
            wire = b""
            for index, offset in enumerate(batch, acknowledged):
                requests[self._sequence] = index
                chunk = data[offset : offset + hello.chunk_bytes]
                if kind == "raw_samples":
                    values: dict[str, Value] = {"offset": offset // _SAMPLE_BYTES, "samples": chunk}
                else:
                    values = {"offset": offset, "data": chunk}
                wire += self._encode(kind, values)
            self._link.write(wire)
            progress = self._collect(kind, requests, acknowledged)
            if progress == acknowledged:
                self._fall_back()
            failures = 0 if progress > acknowledged else failures + 1
            acknowledged = progress
            if failures == _ATTEMPTS:
                raise self._silent(kind)

    def _collect(self, kind: str, requests: dict[int, int], acknowledged: int) -> int:
        """Wait for the acks of a batch; returns how many chunks from the start are safe now."""
        deadline = time.monotonic() + self._timeout
        done: set[int] = set()
        while requests and (frame := self._next_frame(deadline)) is not None:
            if frame.kind != "ack":
                continue
            index = requests.pop(frame.number("request"), None)
            if index is None:
                continue
            if frame.number("status") == Status.OK:
                done.add(index)
            elif frame.number("status") != Status.GAP:
                raise _refused(kind, frame.number("status"))
        while acknowledged in done:
            acknowledged += 1
        return acknowledged

    # --- requests ---------------------------------------------------------------------------------

    def _ask(self, kind: str, values: dict[str, Value], answer: str) -> TelemetryFrame:
        for _ in range(_ATTEMPTS):
            self._request(kind, values)
            frame = self._try_wait(answer, self._timeout)
            if frame is not None:
                return frame
        raise self._silent(kind)

    def _request(self, kind: str, values: dict[str, Value], *, may_refuse: bool = False) -> Status:
        """Send until acknowledged."""
        for _ in range(_ATTEMPTS):
            sequence = self._sequence
            # The zero byte ends whatever noise or broken frame stands on the line.
            self._link.write(b"\0" + self._encode(kind, values))
            deadline = time.monotonic() + self._timeout
            while (frame := self._next_frame(deadline)) is not None:
                if frame.kind != "ack" or frame.number("request") != sequence:
                    continue
                status = frame.number("status")
                if status == Status.OK:
                    return Status.OK
                if may_refuse and status == Status.INPUT_INCOMPLETE:
                    return Status.INPUT_INCOMPLETE
                raise _refused(kind, status)
            self._fall_back()
        raise self._silent(kind)

    def _encode(self, kind: str, values: dict[str, Value]) -> bytes:
        encoded = encode_frame(kind, self._sequence, values)
        self._sequence = (self._sequence + 1) & 0xFFFF
        return encoded

    def _try_wait(self, kind: str, timeout_seconds: float) -> TelemetryFrame | None:
        deadline = time.monotonic() + timeout_seconds
        while (frame := self._next_frame(deadline)) is not None:
            if frame.kind == kind:
                return frame
        return None

    def _next_frame(self, deadline: float) -> TelemetryFrame | None:
        """Frames strictly in the order they came.

        The board answers in order, so whatever stands before the ack of a request belongs to an earlier
        one and must not be taken for the answer: waiting drops it.
        """
        while not self._frames:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self._receive(left)
        return self._frames.popleft()

    def _receive(self, timeout_seconds: float) -> None:
        for frame in self.decoder.feed(self._link.read(max(0.0, timeout_seconds))):
            if self._listener is not None:
                self._listener(frame)
            if frame.kind == "fault" and not self._expects_faults:
                raise fault_error(frame, self.places)
            if frame.kind == "layer_output":
                key = frame.number("layer"), frame.number("output")
                self._layer_outputs[key] = frame.data("data")
                continue
            self.has_restarted |= frame.kind == "hello" and frame.sequence == 0
            if frame.kind == "front_end":
                self._front_end = read_front_end(frame)
            self._frames.append(frame)

    def _silent(self, kind: str) -> BoardError:
        return BoardError(
            f"The board at {self._link.url} does not answer ({kind}).",
            hint="Check the cable and that the firmware is flashed.",
            link=self._link.url,
        )


def _refused(kind: str, status: int) -> RequestRefused:
    names = {status.value: status.name.lower().replace("_", " ") for status in Status}
    return RequestRefused(
        f"The board refused {kind}: {names.get(status, f'status {status}')}.",
        hint="Flash firmware of this version of the program.",
    )
