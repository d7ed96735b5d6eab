"""What can go wrong, as facts plus a hint; only the fronts turn it into dialogs or exit codes.

Every room raises its own subclass of one of the kinds below. The kind decides the exit code of the
command line (see `EXIT_CODES` in the table of docs/command-line.md).
"""

from __future__ import annotations

from typing import ClassVar


class EngineError(Exception):
    """A failure that the user can understand and act on.

    Args:
        message: one plain sentence with the amount ("SRAM: needs 264 KB, board has 192 KB.").
        hint: the next step, one sentence, empty if there is none.
        **facts: plain JSON values for the details view (paths, numbers, names).

    Attributes:
        code: a stable machine-readable name of the kind of failure.
        exit_code: what the command line returns.
    """

    code: ClassVar[str] = "fault"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts = facts


class UsageError(EngineError):
    """The command, setting or recipe asks for something that does not exist."""

    code = "usage"
    exit_code = 2


class BadInputFile(EngineError):
    """A model, data or project file is missing, truncated or of another kind."""

    code = "bad-input-file"
    exit_code = 3


class UnsupportedOperator(EngineError):
    """The model holds an operator that cannot be converted or generated."""

    code = "unsupported-operator"
    exit_code = 4


class DoesNotFit(EngineError):
    """The model needs more flash or RAM than the board has."""

    code = "does-not-fit"
    exit_code = 5


class ConversionFailed(EngineError):
    """A conversion step failed, or a verification found a difference above its limit."""

    code = "conversion-failed"
    exit_code = 6


class BuildFailed(EngineError):
    """The compiler or linker refused the generated firmware."""

    code = "build-failed"
    exit_code = 7


class BoardError(EngineError):
    """A board, probe, port or serial link did not answer as it should."""

    code = "board"
    exit_code = 8


class Cancelled(Exception):  # noqa: N818 - not an error: the user asked for it
    """A stage stopped because its `CancelToken` was set."""

    exit_code: ClassVar[int] = 9
