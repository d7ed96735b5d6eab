"""One thing that keeps a model file from doing harm, and whether this machine offers it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Protection:
    """A row of the report: `detail` says how much or why not."""

    name: str
    active: bool
    detail: str = ""
