"""What C and C++ libraries write to standard error themselves, past Python."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_STANDARD_ERROR = threading.Lock()


@contextmanager
def captured_messages() -> Iterator[Callable[[], str]]:
    """Keep native messages off the terminal meanwhile.

    Yields:
        A function that returns everything written so far.
    """
    with _STANDARD_ERROR, tempfile.TemporaryFile() as file:

        def said() -> str:
            file.seek(0)
            return file.read().decode("utf-8", "replace").strip()

        try:
            kept = os.dup(2)
        except OSError:  # a windowed program without standard error: nothing to keep back
            yield said
            return
        _flush()
        os.dup2(file.fileno(), 2)
        try:
            yield said
        finally:
            _flush()
            os.dup2(kept, 2)
            os.close(kept)


def _flush() -> None:
    if sys.stderr is not None:
        sys.stderr.flush()
