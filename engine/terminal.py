"""How events look to a person at a terminal: progress on standard error, tables on standard output."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from engine import import_report
from engine.events import (
    EpochEnded,
    Event,
    LogLine,
    Result,
    StageFailed,
    StageFinished,
    StageProgress,
    StageStarted,
)
from engine.resources import resource

_COLUMNS: dict[str, list[str]] = {
    "boards": ["id", "name", "core", "clock_hz", "flash_bytes", "ram_bytes"],
    "fit": ["model", "board", "flash_bytes", "ram_bytes", "arena_bytes", "arena_lower_bound_bytes",
            "arena_is_least", "cycles", "optimise", "other_flash_bytes", "other_cycles",
            "latency_ms", "front_end_ms", "basis", "fits"],
    "bench": ["model", "kernels", "macs", "instructions", "instructions_per_mac", "cycles", "basis",
              "flash_bytes", "ram_bytes", "arena_bytes", "arena_lower_bound_bytes",
              "arena_is_least", "mismatched_bytes", "worst_relative_error", "inputs_compared"],
    "verify": ["from", "to", "layer", "isolated_error", "cumulated_error", "unit", "limit", "passed",
               "signal_to_noise_db", "worst_index"],
    "calibration": ["set", "check", "passed", "sentence", "cure"],
    "download": ["name", "title", "megabytes_at_most", "licence"],
    "doctor": ["check", "state", "found", "cure"],
    "ports": ["name", "kind", "title", "boards", "evidence", "serial_line", "problem"],
    "monitor": ["sequence", "cycles", "latency_us", "output"],
    "search": ["number", "network", "pruned_percent", "first_last_int16", "image_size", "accuracy",
               "flash_bytes", "ram_bytes", "latency_ms", "basis", "fits", "on_front", "problem"],
    "sensitivity": ["place", "error_left", "agreement", "flash_bytes_more", "ram_bytes_more",
                    "latency_ms_more", "basis", "fits", "refused"],
    "examples": ["row", "name", "samples", "kind", "count", "names", "label", "origin", "checked"],
    "runs": ["started", "stage", "ended", "epochs_run", "best_validation_accuracy"],
    "recipe": ["number", "kind", "state", "changed"],
    "compress": ["number", "kind", "accuracy_before", "accuracy_after", "flash_bytes_before",
                 "flash_bytes_after", "ram_bytes_before", "ram_bytes_after", "latency_ms_before",
                 "latency_ms_after", "basis", "macs_after", "seconds"],
}  # fmt: skip
_OPTIONAL = {"front_end_ms"}  # a column only where a row has it
_FILE_WIDTH = 240  # nothing is cut when a table goes to a file or a pipe
_LAYER_COLUMNS = [
    "name", "kernel", "macs", "instructions_per_mac", "cycles", "flash_bytes", "other_cycles",
    "other_flash_bytes", "live_bytes",
]  # fmt: skip


class TerminalView:
    """Shows events. Set `verb` (and `layers`) before the first one."""

    def __init__(self) -> None:
        self.verb = ""
        self.layers = False
        self._out = Console(highlight=False, width=None if sys.stdout.isatty() else _FILE_WIDTH)
        self._err = Console(stderr=True, highlight=False)
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._rows: list[dict[str, Any]] = []

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case StageStarted():
                self._end_progress()
                self._err.print(f"[bold]{event.title or event.stage}[/bold]")
            case StageProgress():
                self._advance(event)
            case EpochEnded():
                self._end_progress()
                known = event.validation_accuracy
                self._err.print(
                    f"  epoch {event.epoch}/{event.epochs}  loss {event.train_loss:.3f}  "
                    f"validation {'not known' if known is None else f'{known:.1%}'}"
                )
            case LogLine():
                self._end_progress()
                self._err.print(f"  {event.text}", markup=False)
            case StageFinished():
                self._end_progress()
                how = "already done" if event.cached else f"{event.seconds:.1f} s"
                self._err.print(f"  {how}", style="dim")
            case StageFailed():
                self._end_progress()
                self._err.print(event.message, style="red", markup=False)
                if event.hint:
                    self._err.print(event.hint, markup=False)
                if "picture" in event.facts:
                    picture = resource("pictures", f"{event.facts['picture']}.svg")
                    self._err.print(f"Picture: {picture}", markup=False, soft_wrap=True)
            case Result():
                self._result(event.values)
            case _:
                pass

    def close(self) -> None:
        """Print the collected table and end the progress bar."""
        self._end_progress()
        if self._rows:
            self._table(self._rows, _COLUMNS[self.verb])
            self._rows = []

    def _result(self, values: dict[str, Any]) -> None:
        self._end_progress()
        if self.verb in ("monitor", "listen"):
            self._out.print("  ".join(f"{k} {values[k]}" for k in values), soft_wrap=True)
        elif self.verb == "fit" and self.layers:
            self._table(values["summary"]["layers"], _LAYER_COLUMNS)
        elif self.verb in _COLUMNS and _COLUMNS[self.verb][0] in values:
            self._rows.append(values)
            refused = [f"{values['model']}: {values['refused']}"] if "refused_code" in values else []
            hints = [f"{values['name']}: {values['hint']}"] if values.get("hint") else []
            for sentence in [
                *refused,
                *([values["sentence"]] if self.verb == "sensitivity" and "sentence" in values else []),
                *values.get("reasons", []),
                *values.get("suggestions", []),
                *hints,
            ]:
                self._err.print(sentence, markup=False)
        elif self.verb == "export":
            for name in values["files"]:
                self._out.print(f"{values['folder']}/{name}", soft_wrap=True)
        elif self.verb == "import":
            for part in import_report.tables(values, _text):
                if isinstance(part, str):
                    self._out.print(part, markup=False, soft_wrap=True)
                else:
                    self._out.print(part, "")
        else:
            self._pairs(values)

    def _pairs(self, values: dict[str, Any]) -> None:
        table = Table(show_header=False, box=None)
        for key, value in values.items():
            if not isinstance(value, list | dict):
                table.add_row(key.replace("_", " "), _text(value))
        self._out.print(table)

    def _table(self, rows: list[dict[str, Any]], columns: list[str]) -> None:
        table = Table(box=None, header_style="bold", pad_edge=False)
        columns = [c for c in columns if c not in _OPTIONAL or any(c in row for row in rows)]
        for column in columns:
            right = isinstance(rows[0].get(column), int | float)
            table.add_column(column.replace("_", " "), justify="right" if right else "left")
        for row in rows:
            table.add_row(*(_text(row.get(column)) for column in columns))
        self._out.print(table)

    def _advance(self, event: StageProgress) -> None:
        if self._progress is None:
            self._progress = Progress(
                TextColumn("  {task.description}"),
                BarColumn(),
                TextColumn("{task.completed:.0f}/{task.total:.0f}"),
                TimeRemainingColumn(),
                console=self._err,
                transient=True,
                disable=not self._err.is_terminal,
            )
            self._progress.start()
            self._task = self._progress.add_task(event.unit or event.stage, total=event.total or None)
        assert self._task is not None
        self._progress.update(
            self._task, completed=event.done, total=event.total, description=event.unit or event.stage
        )

    def _end_progress(self) -> None:
        if self._progress is not None:
            self._progress.stop()
            self._progress = None
            self._task = None


def _text(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    return str(value)
