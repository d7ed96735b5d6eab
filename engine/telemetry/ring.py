"""A ring of samples in memory that two processes share: the recorder writes, the window reads.

The memory is a mapped file, which every operating system shares in the same way. Layout: a header of
64 bytes (magic, capacity and number of samples written, u64 each), then `capacity` pairs of float64
(time_us, latency_us). The writer fills a pair before it raises the number, so a reader needs no lock.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CAPACITY = 1 << 21
_MAGIC = 0x474E4952_424D4854  # "THMBRING"
_HEADER_BYTES = 64
_MARGIN = 1024  # a reader leaves out the oldest samples, which the writer may be about to replace


class RingWriter:
    """Creates the ring and appends to it.

    Args:
        path: the file; it is replaced.
        capacity: number of samples kept.
    """

    def __init__(self, path: Path, capacity: int = CAPACITY) -> None:
        self.path = path
        self.capacity = capacity
        size = _HEADER_BYTES + capacity * 16
        with path.open("wb") as stream:
            stream.truncate(size)
        self._header = np.memmap(path, np.uint64, "r+", shape=(3,))
        self._samples = np.memmap(path, np.float64, "r+", offset=_HEADER_BYTES, shape=(capacity, 2))
        self._header[1] = capacity
        self._header[0] = _MAGIC
        self._count = 0

    def append(self, time_us: float, latency_us: float) -> None:
        """Add one sample."""
        self._samples[self._count % self.capacity] = (time_us, latency_us)
        self._count += 1
        self._header[2] = self._count

    def close(self) -> None:
        """Unmap and delete the file; the system may keep it for a reader that still maps it."""
        del self._header, self._samples
        with contextlib.suppress(OSError):
            self.path.unlink()


class RingReader:
    """Reads a ring that another process writes.

    Raises:
        ValueError: the file is no ring.
    """

    def __init__(self, path: Path) -> None:
        self._header = np.memmap(path, np.uint64, "r", shape=(3,))
        if int(self._header[0]) != _MAGIC:
            raise ValueError(f"{path.name} is no telemetry ring")
        self.capacity = int(self._header[1])
        self._samples = np.memmap(path, np.float64, "r", offset=_HEADER_BYTES, shape=(self.capacity, 2))

    @property
    def count(self) -> int:
        """Samples written since the beginning."""
        return int(self._header[2])

    def read_since(self, count: int) -> tuple[NDArray[np.float64], int]:
        """Samples after the first `count`, as far as they are still there.

        Args:
            count: what the last call returned, 0 at first.

        Returns:
            Array (n, 2) of time_us and latency_us, oldest first, and the new count.
        """
        end = self.count
        first = max(count, end - self.capacity + _MARGIN if end > self.capacity - _MARGIN else 0)
        copied = self._copy(first, end)
        overwritten = self.count - self.capacity - first
        return (copied[overwritten:] if overwritten > 0 else copied), end

    def read_latest(self, samples: int) -> NDArray[np.float64]:
        """The last `samples` at most, oldest first, shape (n, 2)."""
        return self.read_since(max(0, self.count - samples))[0]

    def _copy(self, first: int, end: int) -> NDArray[np.float64]:
        if first >= end:
            return np.empty((0, 2), np.float64)
        start, stop = first % self.capacity, end % self.capacity
        if start < stop:
            return np.array(self._samples[start:stop])
        return np.concatenate([self._samples[start:], self._samples[:stop]])
