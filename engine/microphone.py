"""The computer's microphone as blocks of samples, through the optional package `sounddevice`."""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Iterator
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import BoardError, UsageError
from engine.events import CancelToken

Samples = NDArray[np.int16]

_BLOCK_SECONDS = 0.05
_POLL_SECONDS = 0.1
_SILENT_SECONDS = 5.0
_MOST_BLOCKS = 200  # ten seconds: more would only be old


class Microphone:
    """An open microphone. Use as a context manager.

    Args:
        rate_hz: of the samples.
        device: part of its name, or its number; "" is the computer's default.

    Raises:
        UsageError: the package or its library is not installed, or there is no such device.
    """

    def __init__(self, rate_hz: int, device: str = "") -> None:
        library = _library()
        self._blocks: queue.Queue[Samples] = queue.Queue(_MOST_BLOCKS)
        try:
            self._stream: Any = library.InputStream(
                samplerate=rate_hz,
                blocksize=int(rate_hz * _BLOCK_SECONDS),
                device=int(device) if device.isdecimal() else device or None,
                channels=1,
                dtype="int16",
                callback=self._take,
            )
            self._stream.start()
        except (library.PortAudioError, ValueError) as error:
            raise UsageError(
                f"The microphone cannot be opened: {error}.",
                hint="List the devices with: python -m sounddevice",
            ) from error

    def blocks(self, cancel: CancelToken) -> Iterator[Samples]:
        """What was heard since the last block, int16 (n,), as long as the microphone lives.

        Raises:
            BoardError: it brings nothing any more.
            Cancelled: the user stopped it.
        """
        silent_seconds = 0.0
        while True:
            cancel.check()
            try:
                heard = [self._blocks.get(timeout=_POLL_SECONDS)]
            except queue.Empty:
                silent_seconds += _POLL_SECONDS
                if silent_seconds > _SILENT_SECONDS:
                    raise BoardError(
                        "The microphone brings nothing.", hint="Plug it in again, then try again."
                    ) from None
                continue
            silent_seconds = 0.0
            while not self._blocks.empty():
                heard.append(self._blocks.get())
            yield np.concatenate(heard)

    def _take(self, heard: Any, _count: int, _time: Any, _status: Any) -> None:
        """Called by PortAudio's thread, which must never wait: the oldest makes room for the newest."""
        if self._blocks.full():
            with contextlib.suppress(queue.Empty):
                self._blocks.get_nowait()
        with contextlib.suppress(queue.Full):
            self._blocks.put_nowait(np.array(heard[:, 0], np.int16))

    def __enter__(self) -> Microphone:
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _value: BaseException | None, _at: TracebackType | None
    ) -> None:
        self._stream.close()


def require_microphone() -> None:
    """Refuse if what microphones need is not installed.

    Raises:
        UsageError: the package or its library is missing.
    """
    _library()


def _library() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise UsageError(
            "The microphone needs the package sounddevice, which is not installed.",
            hint="Install it with: pip install thimble-studio[microphone]",
        ) from error
    except OSError as error:  # the package is here, the library that it loads is not
        raise UsageError(
            "The microphone needs the library PortAudio, which is not installed.",
            hint="On Debian or Ubuntu: sudo apt install libportaudio2",
            details=str(error),
        ) from error
    return sounddevice


def newest_clips(blocks: Iterator[Samples], count: int, step: int) -> Iterator[Samples]:
    """The newest `count` samples whenever at least `step` new ones have come.

    Whoever asks too seldom gets what is new, not all that was missed.

    Args:
        blocks: int16 (n,), of any length.
        count: samples of a clip.
        step: new samples from one clip to the next.

    Returns:
        int16 (count,) each.
    """
    kept, fresh = np.zeros(0, np.int16), 0
    for block in blocks:
        kept = np.concatenate([kept, block])[-count:]
        fresh += len(block)
        if len(kept) == count and fresh >= step:
            fresh = 0
            yield kept
