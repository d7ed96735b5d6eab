"""Templates of generated text, C above all: a value that nobody gave is an error, never a gap."""

from __future__ import annotations

import jinja2

from engine.resources import resource


def templates_in(*place: str) -> jinja2.Environment:
    """The templates in a folder of the resources; lines that only steer leave no trace.

    Args:
        place: the folder's name, or names on the way to it.
    """
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource(*place)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
