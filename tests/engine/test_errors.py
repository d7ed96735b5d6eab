"""Errors are facts plus a hint, and each kind has an exit code of its own."""

from __future__ import annotations

import pytest

from engine import errors

# The codes that the command line promises (docs/command-line.md).
PROMISED = {
    errors.EngineError: 1,
    errors.UsageError: 2,
    errors.BadInputFile: 3,
    errors.UnsupportedOperator: 4,
    errors.DoesNotFit: 5,
    errors.ConversionFailed: 6,
    errors.BuildFailed: 7,
    errors.BoardError: 8,
    errors.Cancelled: 9,
}


@pytest.mark.parametrize("kind", PROMISED)
def test_exit_code_is_the_promised_one(kind):
    assert kind.exit_code == PROMISED[kind]


def test_codes_tell_kinds_apart():
    kinds = [kind for kind in PROMISED if issubclass(kind, errors.EngineError)]
    assert len({kind.code for kind in kinds}) == len(kinds)


def test_message_hint_and_facts_are_kept_apart():
    error = errors.DoesNotFit(
        "SRAM: needs 264 KB, board has 192 KB.", hint="Prune more.", needed_bytes=270_336
    )
    assert str(error) == error.message == "SRAM: needs 264 KB, board has 192 KB."
    assert error.hint == "Prune more."
    assert error.facts == {"needed_bytes": 270_336}


def test_cancelling_is_not_an_error():
    assert not issubclass(errors.Cancelled, errors.EngineError)
