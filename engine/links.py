"""How a link is written: the way to write a board's flash, and the serial line of its firmware."""

from __future__ import annotations

import re

WRITERS = ("probe", "drive", "openocd", "dfu")
"""Ways that only write flash; the firmware is heard on a serial line of its own."""

_NAMED_LINE = re.compile(r"(.+)@(COM\d+|/dev/.+|socket://.+)")


def split_link(link: str) -> tuple[str, str]:
    """The way to write flash, and the serial line.

    Returns:
        The link itself twice for a serial or virtual one. For a way of `WRITERS`: the part before an @,
        and the line that is named behind it, empty if none is.
    """
    if link.partition(":")[0].partition("@")[0] not in WRITERS:
        return link, link
    named = _NAMED_LINE.fullmatch(link)
    return (named[1], named[2]) if named else (link, "")
