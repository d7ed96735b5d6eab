"""What a board's frames say, as values."""

from __future__ import annotations

from dataclasses import dataclass

from engine.telemetry.frame import Capability, TelemetryFrame


@dataclass(frozen=True)
class Hello:
    """What a board says about itself and its firmware.

    Attributes:
        protocol: version of the telemetry protocol.
        board_id: of the board the firmware was built for.
        model_hash: 16 hexadecimal digits.
        clock_hz: core clock that was reached.
        arena_bytes, data_bytes, stack_bytes, flash_bytes: memory of the firmware.
        layer_count: length of `layers`.
        input_bytes, output_bytes: all input tensors, the first output tensor.
        chunk_bytes, window_bytes: how input may be sent.
        capabilities: what the firmware can do.
        reset_cause: why it last started, a key of `RESET_CAUSES`.
    """

    protocol: int
    board_id: str
    model_hash: str
    clock_hz: int
    arena_bytes: int
    data_bytes: int
    stack_bytes: int
    flash_bytes: int
    layer_count: int
    input_bytes: int
    output_bytes: int
    chunk_bytes: int
    window_bytes: int
    capabilities: Capability
    reset_cause: int


RESET_CAUSES = {1: "power-on", 2: "reset pin", 3: "software", 4: "watchdog", 5: "brown-out"}
"""Names of what `Hello.reset_cause` may be, in words; others are unknown."""


def reset_sentence(cause: int) -> str:
    """For people: that the board was reset, and why."""
    return f"The board was reset ({RESET_CAUSES.get(cause, 'cause unknown')})."


@dataclass(frozen=True)
class Inference:
    """One inference.

    Attributes:
        sequence: the board's count of frames.
        timestamp_us: the board's clock at the end.
        cycles: core clock cycles of invoke.
        status: 0 when the cycles and the input are as asked for; bits as docs/protocol.md says.
        output: bytes of the first output tensor.
        latency_us: cycles at the board's clock.
    """

    sequence: int
    timestamp_us: int
    cycles: int
    status: int
    output: bytes
    latency_us: float


@dataclass(frozen=True)
class BoardStats:
    """Counts since the board's reset. `lost_frames` and `damaged_frames` are those from the host."""

    stack_high_water_bytes: int
    lost_frames: int
    damaged_frames: int
    unknown_frames: int
    overruns: int
    uptime_us: int


@dataclass(frozen=True)
class SelfTest:
    """The firmware's own comparison of every layer with checksums, at its last reset.

    Attributes:
        passed: all layers were right.
        layer: the first that was not, -1 if all were.
        milliseconds: that it took, at the board's clock.
    """

    passed: bool
    layer: int
    milliseconds: float

    @property
    def sentence(self) -> str:
        """For people: `passed`, or which layer differs."""
        return "passed" if self.passed else f"layer {self.layer} differs"


@dataclass(frozen=True)
class FrontEndAnswer:
    """What a board's front-end says.

    Attributes:
        cycles: that the features of the last clip took, 0 before the first.
        sample_count: of one clip, int16.
        rate_hz: of the samples.
        features: the network's input that it made; empty unless asked for.
    """

    cycles: int
    sample_count: int
    rate_hz: int
    features: bytes


def read_hello(frame: TelemetryFrame) -> Hello:
    """The values of a hello frame."""
    numbers = {
        name: frame.number(name)
        for name in Hello.__dataclass_fields__
        if name not in ("board_id", "model_hash", "capabilities")
    }
    return Hello(
        **numbers,
        board_id=frame.text("board_id"),
        model_hash=frame.text("model_hash"),
        capabilities=Capability(frame.number("capabilities")),
    )


def read_inference(frame: TelemetryFrame, clock_hz: int) -> Inference:
    """The values of an inference frame; `clock_hz` turns cycles into time."""
    cycles = frame.number("cycles")
    return Inference(
        sequence=frame.sequence,
        timestamp_us=frame.number("timestamp_us"),
        cycles=cycles,
        status=frame.number("status"),
        output=frame.data("output"),
        latency_us=1e6 * cycles / clock_hz,
    )


def read_self_test(frame: TelemetryFrame, clock_hz: int) -> SelfTest:
    """The values of a self_test frame; `clock_hz` turns cycles into time."""
    passed = frame.number("status") == 0
    layer = -1 if passed else frame.number("layer")
    return SelfTest(passed, layer, 1e3 * frame.number("cycles") / clock_hz)


def read_front_end(frame: TelemetryFrame) -> FrontEndAnswer:
    """The values of a front_end frame."""
    numbers = {name: frame.number(name) for name in ("cycles", "sample_count", "rate_hz")}
    return FrontEndAnswer(**numbers, features=frame.data("features"))
