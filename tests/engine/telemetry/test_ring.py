from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.telemetry.ring import RingReader, RingWriter


def test_a_reader_gets_each_sample_once(tmp_path: Path) -> None:
    ring = RingWriter(tmp_path / "ring", capacity=4096)
    reader = RingReader(tmp_path / "ring")
    ring.append(1.0, 10.0)
    ring.append(2.0, 20.0)
    samples, count = reader.read_since(0)
    assert samples.tolist() == [[1.0, 10.0], [2.0, 20.0]]
    ring.append(3.0, 30.0)
    samples, count = reader.read_since(count)
    assert samples.tolist() == [[3.0, 30.0]]
    samples, count = reader.read_since(count)
    assert samples.shape == (0, 2)
    assert count == 3
    ring.close()


def test_a_slow_reader_gets_the_newest_in_order(tmp_path: Path) -> None:
    ring = RingWriter(tmp_path / "ring", capacity=4096)
    reader = RingReader(tmp_path / "ring")
    for i in range(10_000):
        ring.append(float(i), 0.5)
    samples, count = reader.read_since(5)
    assert count == 10_000
    assert np.array_equal(samples[:, 0], np.arange(10_000 - len(samples), 10_000))
    assert 2048 <= len(samples) <= 4096
    assert reader.read_latest(3)[:, 0].tolist() == [9997.0, 9998.0, 9999.0]
    ring.close()


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(bytes(4096))
    with pytest.raises(ValueError, match="no telemetry ring"):
        RingReader(path)


def test_closing_deletes_the_file(tmp_path: Path) -> None:
    ring = RingWriter(tmp_path / "ring", capacity=16)
    ring.close()
    assert not (tmp_path / "ring").exists()
