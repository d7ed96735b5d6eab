"""A converter broken on purpose is caught, at the right layer, with the right likely cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.helpers.broken_converters import (
    FAULTS,
    SHAPE,
    Fault,
    first_guilty_row,
    is_named,
    verify_broken,
    victim,
)
from tests.helpers.whole_chain import convert_and_verify


def test_the_same_network_passes_without_a_fault(tmp_path: Path) -> None:
    summary = convert_and_verify(victim(), SHAPE, tmp_path, classification=True).summary
    assert summary.passed, summary.first_guilty
    assert summary.likely_cause == ""


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_named(fault: Fault, tmp_path: Path) -> None:
    summary = verify_broken(fault, tmp_path)
    assert is_named(fault, summary), (first_guilty_row(summary), summary.likely_cause)
