from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import BadInputFile
from engine.telemetry.frame import TelemetryFrame
from engine.telemetry.recording import RecordingWriter, read_about, read_frames

FRAMES = [
    (10, TelemetryFrame("log", 0, {"level": 1, "message": "started"})),
    (25, TelemetryFrame("layers", 1, {"cycles": (1, 2, 3)})),
    (1 << 40, TelemetryFrame("ack", 2, {"request": 9, "status": 0})),
]


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "run.thimble-recording"
    with RecordingWriter(path, {"link": "COM5"}) as writer:
        for time_us, frame in FRAMES:
            writer.append(time_us, frame)
    return path


def test_frames_come_back_with_their_times(recording: Path) -> None:
    assert read_about(recording)["link"] == "COM5"
    assert list(read_frames(recording)) == FRAMES


def test_a_cut_off_file_is_read_as_far_as_it_goes(recording: Path) -> None:
    content = recording.read_bytes()
    start = content.index(b"\n") + 1
    for length in range(start, len(content)):
        recording.write_bytes(content[:length])
        found = list(read_frames(recording))
        assert found == FRAMES[: len(found)]
        assert len(found) < len(FRAMES)


@pytest.mark.parametrize("content", [b"", b"hello\n", b"{}\n", b"[1]\n", b"\xff\xfe\0\0"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(BadInputFile, match="not a telemetry recording"):
        list(read_frames(path))
    with pytest.raises(BadInputFile, match="not a telemetry recording"):
        read_about(tmp_path / "missing")
