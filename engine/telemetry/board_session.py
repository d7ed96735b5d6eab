"""A conversation with a board: one request at a time, each answered or refused in time."""

from __future__ import annotations

import contextlib
import time
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
from engine.telemetry.exchange import ATTEMPTS, Exchange, RequestRefused, has_started, refused
from engine.telemetry.fault import fault_error
from engine.telemetry.frame import (
    DEFAULT_BAUD,
    PROTOCOL,
    Capability,
    FrameDecoder,
    Status,
    TelemetryFrame,
    Value,
)
from engine.telemetry.link import Link, open_link

_LAYERS_FLAG = 1
_LAYER_OUTPUTS_FLAG = 2
_RAW_SAMPLES_FLAG = 4
_FEATURES_FLAG = 8
_SAMPLE_BYTES = 2
_SENDING_PATIENCE = 10.0  # outputs of all layers take long on a serial line
_FRAME_OVERHEAD_BYTES = 12  # header, offset, checksum, COBS and the zero byte
FAST_BAUDS = (2_000_000, 921_600, 460_800)
"""Rates to propose, the best first."""
_TRIAL_SECONDS = 1.1  # after so long without an intact frame a board is back at the rate it starts with
_OVERDUE_SECONDS = 1.0
_SELF_TEST_INFERENCES = 3  # that it may take as long as
_BURST_SECONDS = 60.0  # what the system may have kept of the line while this process stood still

FrameListener = Callable[[TelemetryFrame], None]


class BoardSession:
    """A connection to a running firmware. Use as a context manager, or call `close`.

    Args:
        link: a `Link`, or what `open_link` takes.
        listener: gets every frame that arrives, also those nobody waits for.
        timeout_seconds: for one answer; an inference may take `inference_timeout_seconds`.
        places: functions and lines of the firmware that runs, to tell where it faulted.

    Attributes:
        has_restarted: the board was reset since the last `hello`, by itself or by its button.
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
        self._listener = listener
        self._inference_timeout = inference_timeout_seconds
        self._timeout = timeout_seconds
        self._exchange = Exchange(
            open_link(link) if isinstance(link, str) else link, self._on_frame, timeout_seconds
        )
        self.places = places
        self.has_restarted = False
        self._hello: Hello | None = None
        self._expects_faults = False
        self._free_period_us = 0
        self._input = b""
        self._agreed_baud = DEFAULT_BAUD
        self._last_sequence: int | None = None
        self._last_times: tuple[float, int] | None = None  # seconds here, microseconds there
        self._inference_seconds: float | None = None  # of the last one
        self._layer_outputs: dict[tuple[int, int], bytes] = {}
        self._front_end: FrontEndAnswer | None = None

    def __enter__(self) -> BoardSession:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the link; the board goes back to the rate at which the next program will speak."""
        self._exchange.close()

    @property
    def decoder(self) -> FrameDecoder:
        """With its counts of frames from the board."""
        return self._exchange.decoder

    def hello(self) -> Hello:
        """Ask who is there.

        Raises:
            BoardError: nobody answers, or with another protocol.
        """
        self._exchange.waiting_frames()
        hello = read_hello(self._exchange.ask("ask_hello", {}, "hello"))
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

    def set_input(self, data: bytes) -> None:
        """Send a whole input for what the board runs by itself; `recover` sends it again.

        Raises:
            BoardError: the size is wrong, or the board does not answer.
        """
        self._check_size(data)
        self._send_chunks("set_input", data, self._hello or self.hello())
        self._input = data

    def layers(self, data: bytes) -> tuple[int, ...]:
        """Cycles of each layer, from a run on this input that is apart from the measured one.

        Raises:
            BoardError: as `run`.
        """
        for _ in range(ATTEMPTS):
            self._run(data, _LAYERS_FLAG)
            frame = self._exchange.wait_for("layers", self._inference_timeout)
            if frame is not None:
                return frame.numbers("cycles")
        raise self._exchange.silent("layers")

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
        for _ in range(ATTEMPTS):
            lost = self.decoder.lost
            self._layer_outputs = {}
            self._run(data, _LAYER_OUTPUTS_FLAG, patience=_SENDING_PATIENCE)
            if self.decoder.lost == lost:
                return self._layer_outputs
        raise self._exchange.silent("layer_outputs")

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
        return read_front_end(self._exchange.ask("ask_front_end", {}, "front_end"))

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
        for _ in range(ATTEMPTS):
            self._front_end = None
            flags = _RAW_SAMPLES_FLAG | (_FEATURES_FLAG if features else 0)
            inference = self._infer(samples, flags, kind="raw_samples", patience=1.0)
            if self._front_end is not None:
                return inference, self._front_end
        raise self._exchange.silent("front_end")

    def self_test(self) -> SelfTest | None:
        """What the firmware's test at its last reset found; None if it has none.

        Raises:
            BoardError: no answer.
        """
        hello = self._hello or self.hello()
        if Capability.SELF_TEST not in hello.capabilities:
            return None
        frame = self._exchange.ask("ask_self_test", {}, "self_test")
        return read_self_test(frame, hello.clock_hz)

    def stats(self) -> BoardStats:
        """Ask for the board's counts.

        Raises:
            BoardError: no answer.
        """
        frame = self._exchange.ask("ask_stats", {}, "stats")
        return BoardStats(**{name: frame.number(name) for name in BoardStats.__dataclass_fields__})

    def run_freely(self, period_us: int) -> None:
        """Let the board repeat inference every `period_us`, 1 for as fast as it can; 0 stops it.

        Raises:
            BoardError: no answer.
        """
        self._exchange.request("run_freely", {"period_us": period_us})
        self._free_period_us = period_us
        self._exchange.heard_at = time.monotonic()
        self._exchange.busy_seconds = (self._inference_seconds or 0.0) if period_us else 0.0

    def reset(self) -> None:
        """Restart the firmware, also one that stands in its fault handler.

        Raises:
            BoardError: no answer.
        """
        self._expects_faults = True
        try:
            self._exchange.request("reset", {})
        finally:
            self._expects_faults = False
        self._hello, self._last_sequence, self._last_times = None, None, None
        self._free_period_us = 0
        self._exchange.fall_back()

    @property
    def baud(self) -> int:
        """The rate in use; on a link without rates the one that both sides pretend."""
        return self._exchange.baud

    def negotiate_baud(self, bauds: Sequence[int] = FAST_BAUDS) -> int:
        """Agree on the first rate that the board can make; keep the old one if it is not understood.

        Costs nothing where the link has no rates or the firmware does not know of them.

        Returns:
            The rate in use now.

        Raises:
            BoardError: the board does not answer at the old rate either.
        """
        self._agreed_baud = self.baud
        if not self._exchange.has_rate:
            return self.baud
        hello = self._hello or self.hello()
        if Capability.CHANGES_BAUD not in hello.capabilities:
            return self.baud
        for baud in bauds:
            try:
                self._exchange.request("baud", {"baud": baud})
            except RequestRefused:
                continue  # its clock cannot make this one
            changed = time.monotonic()
            if not self._exchange.is_heard_at(baud):
                time.sleep(max(0.0, changed + _TRIAL_SECONDS - time.monotonic()))
                self.hello()
            else:
                self.stats()  # from now on its clock tells of a reset, too
            break
        self._agreed_baud = self.baud
        return self.baud

    def resume_baud(self, baud: int) -> bool:
        """Go on at a rate that was agreed on before the connection was lost, if the board kept it."""
        heard = self._exchange.has_rate and self._exchange.is_heard_at(baud)
        if heard:
            self._agreed_baud = baud
        return heard

    def change_baud(self, baud: int) -> None:
        """Agree on another rate; a board that does not hear us then goes back to the old one by itself.

        Raises:
            BoardError: the board refuses the rate, or is not understood at it.
        """
        self._exchange.request("baud", {"baud": baud})
        if not self._exchange.is_heard_at(baud):
            raise self._exchange.silent("baud")
        self._agreed_baud = baud

    def poll(self, timeout_seconds: float) -> tuple[TelemetryFrame, ...]:
        """Frames that came without being asked for.

        Raises:
            BoardError: the connection is gone.
        """
        first = self._exchange.next_frame(time.monotonic() + timeout_seconds)
        return () if first is None else (first, *self._exchange.waiting_frames())

    # --- after a reset ----------------------------------------------------------------------------

    @property
    def needs_recovery(self) -> bool:
        """The board was reset, is heard only at a lower rate than agreed, or no longer runs freely."""
        return self.has_restarted or self.baud < self._agreed_baud or self._is_overdue

    def recover(self) -> int | None:
        """Bring the board back into the state that was asked for: rate, input, free running.

        Returns:
            Why it was reset, as in `Hello`; None if it was not.

        Raises:
            BoardError: it does not answer.
        """
        period_us, wanted_baud = self._free_period_us, self._agreed_baud
        # a board that has just started tests itself before it answers
        self._exchange.busy_seconds = _SELF_TEST_INFERENCES * (self._inference_seconds or 0.0)
        self.run_freely(0)
        self.stats()  # tells of a reset whose hello was not understood
        was_reset, hello = self.has_restarted, self.hello()
        if self.baud < wanted_baud:
            self.negotiate_baud((wanted_baud,))
        if self._input:
            self.set_input(self._input)
        if period_us:
            self.run_freely(period_us)
        return hello.reset_cause if was_reset else None

    @property
    def _is_overdue(self) -> bool:
        if not self._free_period_us:
            return False
        inference_seconds = self._inference_seconds
        wait = self._inference_timeout if inference_seconds is None else 2 * inference_seconds
        wait += self._free_period_us / 1e6 + _OVERDUE_SECONDS
        return time.monotonic() - self._exchange.heard_at > wait

    def _notice_sequence(self, sequence: int) -> None:
        """A board whose count has gone back has started anew."""
        if self._last_sequence is not None and (sequence - self._last_sequence) & 0xFFFF >= 0x8000:
            self.has_restarted, self._last_times = True, None
        self._last_sequence = sequence

    def _notice_time(self, board_us: int) -> None:
        """A board whose clock has gone back has started anew. It wraps after 71 minutes."""
        now = time.monotonic()
        if self._last_times is not None:
            then, then_us = self._last_times
            gone_us = (board_us - then_us) & 0xFFFFFFFF
            self.has_restarted |= gone_us > 1e6 * (now - then + _BURST_SECONDS)
        self._last_times = now, board_us

    # --- inference --------------------------------------------------------------------------------

    def _run(self, data: bytes, flags: int, *, patience: float = 1.0) -> Inference:
        self._check_size(data)
        return self._infer(data, flags, kind="set_input", patience=patience)

    def _check_size(self, data: bytes) -> None:
        hello = self._hello or self.hello()
        if len(data) != hello.input_bytes:
            raise BoardError(
                f"The input has {len(data)} bytes, the firmware on the board takes {hello.input_bytes}.",
                hint="Flash the firmware of this model.",
            )

    def _infer(self, data: bytes, flags: int, *, kind: str, patience: float) -> Inference:
        hello = self._hello or self.hello()
        if self._free_period_us:
            self.run_freely(0)
        self._exchange.waiting_frames()
        for _ in range(ATTEMPTS):
            self._send_chunks(kind, data, hello)
            status = self._exchange.request(
                "infer", {"flags": flags}, may_refuse=Status.INPUT_INCOMPLETE
            )
            if status is Status.INPUT_INCOMPLETE:
                continue
            frame = self._exchange.wait_for("inference", self._inference_timeout * patience)
            if frame is not None:
                return read_inference(frame, hello.clock_hz)
        raise self._exchange.silent("infer")

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
                requests[self._exchange.next_sequence] = index
                chunk = data[offset : offset + hello.chunk_bytes]
                if kind == "raw_samples":
                    values: dict[str, Value] = {"offset": offset // _SAMPLE_BYTES, "samples": chunk}
                else:
                    values = {"offset": offset, "data": chunk}
                wire += self._exchange.encode(kind, values)
            self._exchange.send(wire)
            progress = self._collect(kind, requests, acknowledged)
            failures = 0 if progress > acknowledged else failures + 1
            acknowledged = progress
            if failures == ATTEMPTS:
                raise self._exchange.silent(kind)

    def _collect(self, kind: str, requests: dict[int, int], acknowledged: int) -> int:
        """Wait for the acks of a batch; returns how many chunks from the start are safe now."""
        deadline = time.monotonic() + self._timeout
        done: set[int] = set()
        is_heard = False
        while requests:
            frame = self._exchange.next_frame(deadline)
            if frame is None:
                if not is_heard:
                    self._exchange.fall_back()
                break
            if has_started(frame):  # it has forgotten them all
                return 0
            if frame.kind != "ack":
                continue
            index = requests.pop(frame.number("request"), None)
            if index is None:
                continue
            is_heard = True
            if frame.number("status") == Status.OK:
                done.add(index)
            elif frame.number("status") != Status.GAP:
                raise refused(kind, frame.number("status"))
            elif index == acknowledged:  # what it had acknowledged is gone, so it was reset
                return 0
        while acknowledged in done:
            acknowledged += 1
        return acknowledged

    def _on_frame(self, frame: TelemetryFrame) -> bool:
        """Note what concerns the whole session; whether somebody may wait for the frame."""
        if self._listener is not None:
            self._listener(frame)
        self._notice_sequence(frame.sequence)
        match frame.kind:
            case "fault" if not self._expects_faults:
                raise fault_error(frame, self.places)
            case "layer_output":
                key = frame.number("layer"), frame.number("output")
                self._layer_outputs[key] = frame.data("data")
                return False
            case "front_end":
                self._front_end = read_front_end(frame)
            case "inference" if self._hello is not None:
                self._notice_time(frame.number("timestamp_us"))
                self._inference_seconds = frame.number("cycles") / max(1, self._hello.clock_hz)
                if self._free_period_us:
                    self._exchange.busy_seconds = self._inference_seconds
            case "stats":
                self._notice_time(frame.number("uptime_us"))
            case "hello" if has_started(frame):
                self.has_restarted, self._last_times = True, None
        return True
