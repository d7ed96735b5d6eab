"""Test networks converted once a session: the export by PyTorch is the slow part."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

import numpy as np
from torch import nn

from engine.convert.chain import ConvertedNetwork, convert_network
from engine.events import CancelToken, discard
from tests.helpers.networks import build_test_network

NOT_CLASSIFIERS = ("autoencoder", "two-heads")


def noise(shape: tuple[int, ...], count: int, seed: int = 0) -> np.ndarray:
    """Seeded inputs, float32 (count, *shape)."""
    return np.random.default_rng(seed).standard_normal((count, *shape)).astype(np.float32)


def convert_test_network(
    name: str, folder: Path, **settings: object
) -> tuple[nn.Module, ConvertedNetwork]:
    """A test network and its conversion, calibrated with noise."""
    module, shape = build_test_network(name)
    settings = {"report": discard, "cancel": CancelToken(), **settings}
    classification = name not in NOT_CLASSIFIERS
    return module, convert_network(
        module, shape, noise(shape, 60), folder, classification=classification, **settings
    )


@functools.cache
def converted_test_network(name: str) -> tuple[nn.Module, ConvertedNetwork]:
    """The same, shared by all tests; nobody may change its files."""
    folder = Path(tempfile.mkdtemp(prefix="thimble-test-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return convert_test_network(name, folder)
