"""One HTML file that shows a network's whole verification; it needs nothing but itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import jinja2
from markupsafe import Markup

from engine import report_parts as parts
from engine.resources import resource
from engine.summaries import BoardRunSummary, BuildSummary, FitSummary, VerifyRow, VerifySummary

_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """What a report shows; parts that are None or empty are left out.

    Attributes:
        title: the model or project.
        verify: the chain's rows and accuracies.
        facts: what was checked and with what: names and values, in order.
        hashes: SHA-256 of each file that took part, by its name.
        versions: of the programs at work, by name.
        fit: the plan for the board.
        build: the linked firmware.
        board_run: the comparison with the board; its layers follow the chain's.
        board_title: the board's name.
        host_confusion: `[true][predicted]` counts of the whole-number network on the host.
        commands: what to type to do it again.
        needed: what that takes, for example "the file net.tflite".
        recipe: how the network was made, as text of `recipe.toml`.
        compared_on: date of the comparison, for people.
        notes: sentences about what the report does not show.
    """

    title: str
    verify: VerifySummary
    facts: Sequence[tuple[str, str]] = ()
    hashes: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    fit: FitSummary | None = None
    build: BuildSummary | None = None
    board_run: BoardRunSummary | None = None
    board_title: str = ""
    host_confusion: list[list[int]] = field(default_factory=list)
    commands: Sequence[str] = ()
    needed: str = ""
    recipe: str = ""
    compared_on: str = ""
    notes: Sequence[str] = ()

    @property
    def rows(self) -> list[VerifyRow]:
        """The chain's rows, then the board's."""
        return [*self.verify.rows, *(self.board_run.layer_rows if self.board_run else [])]

    @property
    def passed(self) -> bool:
        """Whether every comparison is within its limit, no byte differs and the self-test passed."""
        run = self.board_run
        on_board = run is None or (not run.mismatched_bytes and run.self_test in ("", "passed"))
        return self.verify.passed and all(row.passed for row in self.rows) and on_board

    @property
    def verdict(self) -> str:
        """What the whole comparison says, in one sentence."""
        run, rows = self.board_run, self.rows
        guilty = next((row for row in rows if not row.passed), None)
        if guilty is not None:
            changed = parts.with_unit(guilty.isolated_error, guilty.unit)
            allowed = parts.with_unit(guilty.limit, guilty.unit)
            return (
                f"Failed: {parts.short(guilty.layer)} is the first layer that changes, from "
                f"{guilty.from_form} to {guilty.to_form}, by {changed} where {allowed} is allowed."
            )
        if not self.verify.passed:
            return f"Failed: {self.verify.first_guilty or 'the comparison is not complete.'}"
        if run is not None and run.mismatched_bytes:
            return (
                f"Failed: the board answers other bytes than TFLite Micro, {run.mismatched_bytes:,} "
                f"of them over {run.inputs_compared:,} inputs."
            )
        if run is not None and not self.passed:
            return f"Failed: the board's self-test at boot {run.self_test}."
        steps = len({(row.from_form, row.to_form) for row in rows})
        agreed = f"all {len(rows):,} comparisons of layers in {steps} steps are within their limits"
        if run is None:
            return f"Passed on this computer: {agreed}; no board took part."
        where = "virtual board" if run.link.startswith("virtual") else "board"
        exact = (
            "no byte differs"
            if run.worst_relative_error is None
            else "no output differs beyond rounding"
        )
        return f"Passed: {agreed}, and on the {where} {exact} over {run.inputs_compared:,} inputs."


def report_text(content: ReportContent) -> str:
    """The report as one HTML page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource("report")),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=_visible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "difference": parts.difference,
        "short": parts.short,
        "percent": lambda share: f"{100 * share:.1f} %",
    }
    verify, run, fit = content.verify, content.board_run, content.fit
    board = content.board_title or (run.board if run else "")
    pairs = parts.pairs(content.rows)
    return environment.get_template("report.html.jinja").render(
        content=content,
        verify=verify,
        board_run=run,
        fit=fit,
        pairs=pairs,
        chain=parts.chain(pairs, verify.accuracies, run),
        accuracies=parts.accuracies(verify, run, board),
        class_table=parts.class_table(verify, run, board),
        confusions=parts.confusions(verify.classes, content.host_confusion, run, board),
        matrix=parts.matrix(content.rows),
        levels=parts.LEVELS,
        failing=[row for row in content.rows if not row.passed],
        closest=parts.closest(content.rows),
        figures=parts.figure_rows(fit, content.build, run),
        arena=parts.arena(fit.placements, fit.arena_bytes) if fit and fit.placements else None,
    )


def _visible(value: Any) -> Any:
    """Show what a name from a stranger's file hides: control characters, turned text, broken bytes."""
    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if ord(c) in _BIDI or (unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t")
        else c
        for c in value
    )
