"""One HTML file that shows a network's whole verification; it needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import jinja2

from engine.errors import UsageError
from engine.figures import Figure
from engine.resources import resource
from engine.summaries import (
    BoardRunSummary,
    BuildSummary,
    FitSummary,
    Placement,
    VerifyRow,
    VerifySummary,
)

_BOX_WIDTH, _ARROW_WIDTH, _ROW_HEIGHT, _BOXES_A_ROW = 190, 110, 84, 4
_ARENA_WIDTH, _ARENA_HEIGHT = 640, 220


@dataclass(frozen=True, kw_only=True)
class ReportContent:
    """What a report shows; parts that are None are left out.

    Attributes:
        title: the model or project.
        subtitle: the file, its hash, the board.
        verify: the chain's rows and accuracies.
        fit: the plan for the board.
        build: the linked firmware.
        board_run: the comparison with the board; its layers follow the chain's.
        board_title: the board's name.
        made: date for people, '' to leave it out.
    """

    title: str
    subtitle: str
    verify: VerifySummary
    fit: FitSummary | None = None
    build: BuildSummary | None = None
    board_run: BoardRunSummary | None = None
    board_title: str = ""
    made: str = ""

    @property
    def rows(self) -> list[VerifyRow]:
        """The chain's rows, then the board's."""
        return [*self.verify.rows, *(self.board_run.layer_rows if self.board_run else [])]


def report_text(content: ReportContent) -> str:
    """The report as one HTML page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource("report")),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["amount"] = _amount
    environment.filters["difference"] = _difference
    environment.filters["short"] = _short
    pairs = _pairs(content.rows)
    verdict = _verdict(content, pairs)
    return environment.get_template("report.html.jinja").render(
        title=content.title,
        subtitle=content.subtitle,
        verify=content.verify,
        fit=content.fit,
        build=content.build,
        board_run=content.board_run,
        board_title=content.board_title,
        made=content.made,
        verdict=verdict,
        passed=content.verify.passed
        and all(row.passed for row in content.rows)
        and not (content.board_run and content.board_run.mismatched_bytes),
        pairs=pairs,
        chain=_chain(pairs),
        accuracies=_accuracies(content),
        arena=_arena(content.fit.placements, content.fit.arena_bytes) if content.fit else None,
    )


def write_report(content: ReportContent, path: Path) -> None:
    """Write the report to a file.

    Raises:
        UsageError: it cannot be written there.
    """
    text = report_text(content)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise UsageError(
            f"The report cannot be written to {path.name}: {error.strerror or error}.",
            hint="Choose another place after --html.",
        ) from error


def _pairs(rows: Iterable[VerifyRow]) -> list[dict[str, Any]]:
    pairs = []
    for (before, after), group in groupby(rows, lambda row: (row.from_form, row.to_form)):
        members = list(group)
        worst = max(row.isolated_error for row in members)
        unit = members[0].unit
        pairs.append(
            {
                "before": before,
                "after": after,
                "rows": members,
                "passed": all(row.passed for row in members),
                "worst": f"{_difference(worst)} {'relative' if unit == 'relative' else unit}",
            }
        )
    return pairs


def _verdict(content: ReportContent, pairs: Sequence[dict[str, Any]]) -> list[str]:
    sentences = []
    guilty = next((row for row in content.rows if not row.passed), None)
    if content.verify.first_guilty:
        sentences += [content.verify.first_guilty, content.verify.likely_cause]
    elif guilty is not None:
        sentences.append(
            f"Layer {guilty.layer} is the first that changes from {guilty.from_form} to "
            f"{guilty.to_form}."
        )
    else:
        sentences.append(f"All {len(content.rows)} comparisons in {len(pairs)} pairs are within limits.")
    run = content.board_run
    if run is not None:
        sentences.append(
            f"{run.mismatched_bytes} bytes differ between the board and TFLite Micro "
            f"over {run.inputs_compared} inputs."
        )
    return [sentence for sentence in sentences if sentence]


def _chain(pairs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Boxes in rows from left to right; an arrow to the box that is compared with the one before."""
    boxes: list[dict[str, Any]] = []
    arrows: list[dict[str, Any]] = []

    def add(title: str) -> tuple[int, int]:
        row, column = divmod(len(boxes), _BOXES_A_ROW)
        x, y = (
            column * (_BOX_WIDTH + _ARROW_WIDTH) + (_ARROW_WIDTH if row else 0),
            row * _ROW_HEIGHT + 12,
        )
        boxes.append({"title": title, "x": x, "y": y})
        return x, y

    for pair in pairs:
        if not boxes:
            add(pair["before"])
        x, y = add(pair["after"])
        arrows.append(
            {
                "x": x - _ARROW_WIDTH + 6,
                "y": y + 18,
                "length": _ARROW_WIDTH - 12,
                "passed": pair["passed"],
                "worst": pair["worst"],
            }
        )
    rows = -(-max(len(boxes), 1) // _BOXES_A_ROW)
    width = _BOXES_A_ROW * (_BOX_WIDTH + _ARROW_WIDTH) + (_ARROW_WIDTH if rows > 1 else 0)
    return {
        "boxes": boxes,
        "arrows": arrows,
        "box_width": _BOX_WIDTH,
        "width": width,
        "height": rows * _ROW_HEIGHT,
    }


def _accuracies(content: ReportContent) -> list[dict[str, Any]]:
    found = [{"title": title, "value": value} for title, value in content.verify.accuracies.items()]
    run = content.board_run
    if run is not None and run.accuracy is not None:
        found.append({"title": content.board_title or run.board, "value": run.accuracy.value})
    return found


def _arena(placements: Sequence[Placement], arena_bytes: int) -> dict[str, Any]:
    last = max((p.last for p in placements), default=0) + 1
    scale_x, scale_y = _ARENA_WIDTH / last, _ARENA_HEIGHT / max(arena_bytes, 1)
    tensors = [
        {
            "x": round(p.first * scale_x, 2),
            "y": round(_ARENA_HEIGHT - (p.offset + p.size_bytes) * scale_y, 2),
            "width": round((p.last - p.first + 1) * scale_x, 2),
            "height": round(max(p.size_bytes * scale_y, 0.5), 2),
            "title": f"{p.name}: {p.size_bytes:,} bytes at {p.offset:,}",
        }
        for p in placements
    ]
    return {"height": _ARENA_HEIGHT, "tensors": tensors}


def _amount(figure: Figure) -> str:
    if figure.unit == "fraction":
        text = f"{100 * figure.value:.1f} %"
    elif figure.unit == "ms":
        text = f"{figure.value:.3g} ms" if figure.value < 1000 else f"{figure.value:,.0f} ms"
    else:
        text = f"{figure.value:,.0f} {figure.unit}"
    return text if figure.error_percent is None else f"{text} ± {figure.error_percent:.0f} %"


def _short(name: str) -> str:
    """The first of the names that a fused layer carries."""
    return name.split(";")[0]


def _difference(value: float) -> str:
    return "0" if value == 0 else f"{value:.3g}"
