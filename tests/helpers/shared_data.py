"""Where the shared test data lies: real files by others that tests may read but never copy."""

from __future__ import annotations

from pathlib import Path

import pytest


def shared_data_folder(*parts: str) -> Path:
    """A path under the shared data, which may be absent."""
    return Path(__file__).resolve().parents[2].parent.joinpath("shared", "data", *parts)


def shared_data(*parts: str) -> Path:
    """A path under the shared data beside the checkout; skips the test where it is absent."""
    path = shared_data_folder(*parts)
    if not path.exists():
        pytest.skip(f"shared test data is not here: {'/'.join(parts)}")
    return path
