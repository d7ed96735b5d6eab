"""Requests over a link, each sent until it is acknowledged, at a rate that both sides understand."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable, Mapping

from engine.errors import BoardError
from engine.telemetry.frame import (
    DEFAULT_BAUD,
    FrameDecoder,
    Status,
    TelemetryFrame,
    Value,
    encode_frame,
)
from engine.telemetry.link import Link

ATTEMPTS = 4
_PING_SECONDS = 0.25
_PINGS = 2
_QUIET_SECONDS = 0.3  # a frame does not pause for so long

OnFrame = Callable[[TelemetryFrame], bool]


class RequestRefused(BoardError):
    """The board understood a request and will not do it."""


class Exchange:
    """Frames to and from a board. All failures are `BoardError`.

    A board that starts says so by a hello of sequence 0: then no answer to an earlier request will come.
    At a faster rate than the one that boards start with that hello is only noise, so noise with nothing
    behind it counts as a start, too: the rate falls back.

    Args:
        link: an open stream.
        on_frame: gets every frame that arrives, and tells whether it is kept for whoever waits.
        timeout_seconds: for one acknowledgement.

    Attributes:
        decoder: with its counts.
        baud: the rate in use; on a link without rates the one that both sides pretend.
        busy_seconds: for how long the board may do something else before it answers.
        heard_at: when the last intact frame came, on the monotonic clock.
    """

    def __init__(self, link: Link, on_frame: OnFrame, timeout_seconds: float) -> None:
        self._link = link
        self._on_frame = on_frame
        self._timeout = timeout_seconds
        self.decoder = FrameDecoder()
        self.baud = DEFAULT_BAUD
        self.busy_seconds = 0.0
        self.heard_at = time.monotonic()
        self._noise_at: float | None = None  # bytes came then, and no intact frame since
        self._sequence = 0
        self._frames: deque[TelemetryFrame] = deque()

    def close(self) -> None:
        """Close the link; the board goes back to the rate at which the next program will speak."""
        if self.baud != DEFAULT_BAUD:
            with contextlib.suppress(BoardError):
                self._link.write(b"\0" + self.encode("baud", {"baud": DEFAULT_BAUD}))
                self.wait_for("ack", _PING_SECONDS)
        self._link.close()

    # --- requests ---------------------------------------------------------------------------------

    def ask(self, kind: str, values: Mapping[str, Value], answer: str) -> TelemetryFrame:
        """Request what is answered by a frame of its own.

        Raises:
            BoardError: no answer, or the board refuses.
        """
        for _ in range(ATTEMPTS):
            self.request(kind, values)
            frame = self.wait_for(answer, self._timeout)
            if frame is not None:
                return frame
        raise self.silent(kind)

    def request(
        self, kind: str, values: Mapping[str, Value], *, may_refuse: Status | None = None
    ) -> Status:
        """Send until acknowledged.

        Returns:
            `Status.OK`, or the status that the board may refuse with.

        Raises:
            BoardError: no answer, or the board refuses.
        """
        for _ in range(ATTEMPTS):
            sequence = self._sequence
            # The zero byte ends whatever noise or broken frame stands on the line.
            self._link.write(b"\0" + self.encode(kind, values))
            deadline = time.monotonic() + self._timeout + self.busy_seconds
            while (frame := self.next_frame(deadline)) is not None and not has_started(frame):
                if frame.kind != "ack" or frame.number("request") != sequence:
                    continue
                status = frame.number("status")
                if status == Status.OK:
                    return Status.OK
                if status == may_refuse:
                    return may_refuse
                raise refused(kind, status)
            if frame is None:
                self.fall_back()
        raise self.silent(kind)

    def send(self, wire: bytes) -> None:
        """Put encoded frames on the line."""
        self._link.write(wire)

    @property
    def next_sequence(self) -> int:
        """Of the frame that is encoded next."""
        return self._sequence

    def encode(self, kind: str, values: Mapping[str, Value]) -> bytes:
        """A frame as it goes on the wire."""
        encoded = encode_frame(kind, self._sequence, values)
        self._sequence = (self._sequence + 1) & 0xFFFF
        return encoded

    def silent(self, kind: str) -> BoardError:
        """The error that a request was never answered."""
        return BoardError(
            f"The board at {self._link.url} does not answer ({kind}).",
            hint="Check the cable and that the firmware is flashed.",
            link=self._link.url,
        )

    # --- frames -----------------------------------------------------------------------------------

    def wait_for(self, kind: str, timeout_seconds: float) -> TelemetryFrame | None:
        """The next frame of a kind; None if it does not come, or the board has started anew."""
        deadline = time.monotonic() + timeout_seconds
        while (frame := self.next_frame(deadline)) is not None:
            if frame.kind == kind:
                return frame
            if has_started(frame):
                return None
        return None

    def next_frame(self, deadline: float) -> TelemetryFrame | None:
        """Frames strictly in the order they came.

        The board answers in order, so whatever stands before the ack of a request belongs to an earlier
        one and must not be taken for the answer: waiting drops it.
        """
        while not self._frames:
            now = time.monotonic()
            if self._noise_at is not None and now - self._noise_at >= _QUIET_SECONDS:
                self.fall_back()
                return None
            if now >= deadline:
                return None
            left = deadline - now
            self._receive(left if self._noise_at is None else min(left, _QUIET_SECONDS))
        return self._frames.popleft()

    def waiting_frames(self) -> tuple[TelemetryFrame, ...]:
        """Those that have come; the next call gives later ones."""
        frames = tuple(self._frames)
        self._frames.clear()
        return frames

    def _receive(self, timeout_seconds: float) -> None:
        data = self._link.read(max(0.0, timeout_seconds))
        frames = self.decoder.feed(data)
        if frames:
            self.heard_at, self._noise_at = time.monotonic(), None
        elif data and self.baud != DEFAULT_BAUD:
            self._noise_at = time.monotonic()
        self._frames += [frame for frame in frames if self._on_frame(frame)]

    # --- the rate ---------------------------------------------------------------------------------

    @property
    def has_rate(self) -> bool:
        """Whether the link has one that can be changed."""
        return self._link.has_rate

    def is_heard_at(self, baud: int) -> bool:
        """Whether the board answers at this rate; else the link is back at its old one."""
        old = self.baud
        try:
            self._set_baud(baud)
        except BoardError:  # the adapter cannot
            return False
        for _ in range(_PINGS):
            sequence = self._sequence
            self._link.write(b"\0" + self.encode("ask_hello", {}))
            deadline = time.monotonic() + _PING_SECONDS
            while (frame := self.next_frame(deadline)) is not None:  # some may be from before
                if frame.kind == "ack" and frame.number("request") == sequence:
                    return True
            if self.baud != baud:  # only noise came
                break
        self._set_baud(old)
        return False

    def fall_back(self) -> None:
        """Speak at the rate that a board starts with, and comes back to when it is not understood."""
        if self.baud != DEFAULT_BAUD:
            self._set_baud(DEFAULT_BAUD)

    def _set_baud(self, baud: int) -> None:
        self._link.set_baud(baud)
        self.baud = baud
        self._noise_at = None
        self._frames.clear()
        self.decoder.reset()


def has_started(frame: TelemetryFrame) -> bool:
    """Whether it is the first that a board sends after a reset."""
    return frame.kind == "hello" and frame.sequence == 0


def refused(kind: str, status: int) -> RequestRefused:
    """The error that the board refused a request."""
    names = {status.value: status.name.lower().replace("_", " ") for status in Status}
    return RequestRefused(
        f"The board refused {kind}: {names.get(status, f'status {status}')}.",
        hint="Flash firmware of this version of the program.",
    )
