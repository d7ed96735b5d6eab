"""The computer's microphone as blocks of samples, through the optional package `sounddevice`."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.signal import resample_poly

from engine.errors import BoardError, UsageError
from engine.events import CancelToken

Samples = NDArray[np.int16]
FULL_SCALE = 32_768

_BLOCK_SECONDS = 0.05
_POLL_SECONDS = 0.1
_SILENT_SECONDS = 5.0
_MOST_BLOCKS = 200  # ten seconds: more would only be old
_FILTER_REACH = 10  # of scipy's filter, in samples of the slower rate


@dataclass(frozen=True)
class SoundDevice:
    """Something that can be listened to.

    Attributes:
        number: in the list of this moment; another device may have it after the next look.
        name: as the system calls it.
        is_default: what is heard where nobody chooses.
        rate_hz: that it offers by itself.
    """

    number: int
    name: str
    is_default: bool
    rate_hz: int


class Microphone:
    """An open microphone. Use as a context manager.

    A device that does not offer the rate is opened with its own, and what it brings is resampled.

    Args:
        rate_hz: of the samples.
        device: its name or a part of it, or its number; "" is the computer's default.

    Raises:
        UsageError: the package or its library is not installed, or there is no such device.
    """

    def __init__(self, rate_hz: int, device: str = "") -> None:
        library = _library()
        self._blocks: queue.Queue[Samples] = queue.Queue(_MOST_BLOCKS)
        self._resampler: Resampler | None = None
        try:
            number = _number_of(device)
            try:
                library.check_input_settings(number, channels=1, dtype="int16", samplerate=rate_hz)
                own_rate_hz, length = rate_hz, int(rate_hz * _BLOCK_SECONDS)
            except library.PortAudioError:
                own_rate_hz = round(library.query_devices(number)["default_samplerate"])
                self._resampler = Resampler(own_rate_hz, rate_hz)
                length = self._resampler.block_length(_BLOCK_SECONDS)
            self._stream: Any = library.InputStream(
                samplerate=own_rate_hz,
                blocksize=length,
                device=number,
                channels=1,
                dtype="int16",
                callback=self._take,
            )
            self._stream.start()
        except (library.PortAudioError, ValueError) as error:
            raise UsageError(
                f"The microphone cannot be opened: {error}.",
                hint="Plug it in, or close what else uses it. thimble-cli doctor lists what is here.",
            ) from error

    def blocks(self, cancel: CancelToken) -> Iterator[Samples]:
        """What was heard since the last block, int16 (n,), as long as the microphone lives.

        Raises:
            BoardError: it brings nothing any more.
            Cancelled: the user stopped it.
        """
        heard_at = time.monotonic()
        while True:
            cancel.check()
            try:
                heard = [self._blocks.get(timeout=_POLL_SECONDS)]
            except queue.Empty:
                gone = not self._stream.active
                if gone or time.monotonic() - heard_at > _SILENT_SECONDS:
                    raise BoardError(
                        "The microphone was unplugged." if gone else "The microphone brings nothing.",
                        hint="Plug it in again, then try again.",
                    ) from None
                continue
            while not self._blocks.empty():
                heard.append(self._blocks.get())
            heard_at = time.monotonic()
            together = np.concatenate(heard)
            yield together if self._resampler is None else self._resampler.take(together)

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


class Resampler:
    """Another rate for samples that come block by block, as if they had come as one.

    Args:
        from_hz, to_hz: the rates.
    """

    def __init__(self, from_hz: int, to_hz: int) -> None:
        ratio = Fraction(to_hz, from_hz)
        self._from_hz, self._up, self._down = from_hz, ratio.numerator, ratio.denominator
        reach = _FILTER_REACH * max(self._up, self._down) / self._up
        self._margin = self._down * (int(reach) // self._down + 1)
        self._past = np.zeros(2 * self._margin, np.int16)

    def block_length(self, seconds: float) -> int:
        """Samples of about this time that `take` turns into whole samples, with none left over."""
        return self._down * max(1, round(seconds * self._from_hz / self._down))

    def take(self, block: Samples) -> Samples:
        """Int16 (n * to / from,) of int16 (n,); a few milliseconds later than what came in."""
        ahead = np.concatenate([self._past, block])
        usable = len(ahead) - 2 * self._margin
        usable -= usable % self._down  # what is left over comes with the next block
        window = ahead[: usable + 2 * self._margin]
        self._past = ahead[usable:]
        made = resample_poly(window.astype(np.float64), self._up, self._down)
        start = self._margin * self._up // self._down
        part = made[start : start + usable * self._up // self._down]
        samples: Samples = np.clip(np.round(part), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
        return samples


def sound_devices() -> tuple[SoundDevice, ...]:
    """What can be listened to now. An open microphone of this process is closed by looking.

    Raises:
        UsageError: the package or its library is missing.
    """
    library = _library()
    library._terminate()  # PortAudio looks but once, when it starts
    library._initialize()
    chosen = library.default.device[0]
    return tuple(
        SoundDevice(
            number=int(found["index"]),
            name=str(found["name"]),
            is_default=found["index"] == chosen,
            rate_hz=round(found["default_samplerate"]),
        )
        for found in library.query_devices()
        if found["max_input_channels"] > 0
    )


def require_microphone() -> None:
    """Refuse if what microphones need is not installed, or there is none.

    Raises:
        UsageError: the package, its library or a microphone is missing.
    """
    if not sound_devices():
        raise UsageError(
            "No microphone was found.", hint="Plug one in, or let the system use it, then try again."
        )


def _number_of(device: str) -> int:
    """The number of a device.

    Raises:
        ValueError: there is none of that name.
    """
    if device.isdecimal():
        return int(device)
    found = sound_devices()
    wanted = [
        *[one for one in found if one.name == device],  # before others whose names hold this one
        *[one for one in found if device and device.lower() in one.name.lower()],
        *[one for one in found if not device and one.is_default],
        *[one for one in found if not device],
    ]
    if not wanted:
        raise ValueError(f"there is no {device or 'microphone'}")
    return wanted[0].number


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
