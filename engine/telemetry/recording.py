"""Telemetry on disk: a line of JSON about the board, then every frame with the time of its arrival.

After the line each record is `time_us u64 | length u32 | frame as on the wire`. A file that was cut off
in the middle of a record is read up to there.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from engine.errors import BadInputFile
from engine.telemetry.frame import FrameDecoder, TelemetryFrame, encode_frame

FORMAT_VERSION = 1
_RECORD = struct.Struct("<QI")
_LONGEST_FRAME_BYTES = 1 << 20


class RecordingWriter:
    """Appends frames to a new file. Use as a context manager, or call `close`."""

    def __init__(self, path: Path, about: Mapping[str, Any]) -> None:
        self.path = path
        self._stream = path.open("wb")
        header = {"thimble_recording": FORMAT_VERSION, **about}
        self._stream.write(json.dumps(header).encode() + b"\n")

    def append(self, time_us: int, frame: TelemetryFrame) -> None:
        """Add one frame."""
        encoded = encode_frame(frame.kind, frame.sequence, frame.values)
        self._stream.write(_RECORD.pack(time_us, len(encoded)) + encoded)

    def flush(self) -> None:
        """Hand what was added to the system, so that a crash of ours loses nothing before."""
        self._stream.flush()

    def close(self) -> None:
        """Finish the file; may be called again."""
        self._stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_about(path: Path) -> dict[str, Any]:
    """What the first line says about the board.

    Raises:
        BadInputFile: the file is missing or no recording.
    """
    try:
        with path.open("rb") as stream:
            about = json.loads(stream.readline(1 << 16))
    except (OSError, ValueError) as error:
        raise _not_a_recording(path) from error
    if not isinstance(about, dict) or about.get("thimble_recording") != FORMAT_VERSION:
        raise _not_a_recording(path)
    return about


def read_frames(path: Path) -> Iterator[tuple[int, TelemetryFrame]]:
    """All intact frames with their arrival in microseconds.

    Raises:
        BadInputFile: the file is missing or no recording.
    """
    read_about(path)
    decoder = FrameDecoder()
    with path.open("rb") as stream:
        stream.readline()
        while len(header := stream.read(_RECORD.size)) == _RECORD.size:
            time_us, length = _RECORD.unpack(header)
            if length > _LONGEST_FRAME_BYTES:
                return
            encoded = stream.read(length)
            if len(encoded) < length:
                return
            for frame in decoder.feed(encoded):
                yield time_us, frame


def _not_a_recording(path: Path) -> BadInputFile:
    return BadInputFile(
        f"{path.name} is not a telemetry recording of this version.", hint="Choose another file."
    )
