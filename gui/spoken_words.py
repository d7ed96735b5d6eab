"""Which answers of a keyword network are words that somebody has spoken just now."""

from __future__ import annotations

from collections.abc import Sequence

_LOUD_DB = -36.0  # peak against full scale; a quiet room lies well below
_LOUD_SECONDS = 1.6  # a clip is a second long, and its answer takes a moment
_LEAST_SHARE = 0.6
_SAME_SECONDS = 1.6  # clips overlap: one word is heard in several
_NO_WORDS = {"silence", "unknown", "noise", "background", "background noise", "other"}


class SpokenWords:
    """A network that hears nothing still gives an answer: it counts only after something loud."""

    def __init__(self) -> None:
        self._loud_at = float("-inf")
        self._said: tuple[int, float] = (-1, float("-inf"))

    def hear_level(self, db: float, now: float) -> None:
        """The peak of the last moments; `now` in seconds of any clock."""
        if db > _LOUD_DB:
            self._loud_at = now

    def judge(self, shares: Sequence[float], classes: Sequence[str], now: float) -> tuple[int, bool]:
        """Place of the spoken word, -1 for none, and whether it is another than a moment ago."""
        if not shares or len(shares) != len(classes) or now - self._loud_at > _LOUD_SECONDS:
            return -1, False
        best = max(range(len(shares)), key=shares.__getitem__)
        if shares[best] < _LEAST_SHARE or classes[best].strip("_").replace("_", " ") in _NO_WORDS:
            return -1, False
        place, said_at = self._said
        self._said = (best, now)
        return best, best != place or now - said_at > _SAME_SECONDS
