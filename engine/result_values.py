"""The keys that docs/command-line.md promises of `fit` and of a run's last row."""

from __future__ import annotations

from typing import Any

from engine import summaries
from engine.figures import Figure
from engine.project import Project


def fit_values(summary: summaries.FitSummary) -> dict[str, Any]:
    """The promised keys of a `fit` row."""

    def value(figure: Figure | None) -> float | None:
        return None if figure is None else figure.value

    latency = summary.latency_ms
    front_end = {
        "front_end_cycles": value(summary.front_end_cycles),
        "front_end_ms": value(summary.front_end_latency_ms),
    }
    return {
        "model": summary.model,
        "board": summary.board,
        "flash_bytes": int(summary.flash_bytes.value),
        "ram_bytes": int(summary.ram_bytes.value),
        "arena_bytes": summary.arena_bytes,
        "arena_lower_bound_bytes": summary.arena_lower_bound_bytes,
        "arena_is_least": summary.arena_is_least,
        "scratch_bytes": summary.scratch_bytes,
        "cycles": value(summary.cycles),
        "optimise": summary.optimise,
        "other_flash_bytes": value(summary.other_flash_bytes),
        "other_cycles": value(summary.other_cycles),
        "latency_ms": value(latency),
        "latency_error_percent": latency.error_percent if latency else None,
        **(front_end if summary.front_end_cycles is not None else {}),
        "basis": latency.basis if latency else "predicted",
        "fits": summary.fits,
        "reasons": summary.reasons,
        "suggestions": summary.suggestions,
    }


def closing_values(project: Project) -> dict[str, Any]:
    """The figures that matter at the end of a run; keys whose stage has not run are absent."""
    from engine import pipeline

    values: dict[str, Any] = {"project": project.name, "board": project.board_id}
    for state in pipeline.readiness(project):
        document = state.summary if state.state == "done" else None
        if isinstance(document, summaries.ConvertSummary):
            if document.float_accuracy and document.int8_accuracy:
                values["accuracy_float"] = document.float_accuracy.value
                values["accuracy_int8_host"] = document.int8_accuracy.value
            values["model_bytes"] = document.file_bytes
        elif isinstance(document, summaries.FitSummary):
            values["arena_bytes"] = document.arena_bytes
            values["arena_lower_bound_bytes"] = document.arena_lower_bound_bytes
        elif isinstance(document, summaries.BuildSummary):
            values["flash_bytes"] = document.flash_bytes
            values["ram_bytes"] = document.ram_bytes
        elif isinstance(document, summaries.VerifySummary):
            values["layers_passed"] = document.passed
        elif isinstance(document, summaries.BoardRunSummary):
            values["accuracy_int8_board"] = document.accuracy.value if document.accuracy else None
            values["instructions"] = document.instructions
            values["cycles"] = document.cycles.value
            values["latency_ms"] = document.latency_ms.value
            values["basis"] = document.cycles.basis
            values["mismatched_bytes"] = document.mismatched_bytes
            values["inputs_compared"] = document.inputs_compared
    return values
