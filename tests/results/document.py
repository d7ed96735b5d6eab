"""Writes docs/results.md from the measurements of a folder; what is not measured is said so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from tests.results.board import BOARD, kept_board_run
from tests.results.measure import Wanted, code_version, measurement, usual
from tests.results.statistics import Pooled, calibration_difference, difference, share_kept, verdict
from tests.results.subjects import SUBJECTS
from tests.results.tables import Part, Row, Table, tables

_HEAD = """# What compression costs: results

This page is written by a command, from networks that it trains:

    python -m tests.results --folder FOLDER --seeds {seeds}
    python -m tests.results --folder FOLDER --seeds {seeds} --write docs/results.md

The first goes on where it was stopped, `--table NAME` limits it to one table below, and it needs the
shared test data (`tests/helpers/shared_data.py` says where they are looked for). Trained on 2 CPU cores.

**How to read it.** Every difference is in points of accuracy (hundredths), on the same test clips,
pooled over the seeds; in brackets the 95 % interval of a bootstrap over whole speakers or shots (10,000
resamples). Each seed has its own first weights, order, augmentation *and split*, so more speakers are
tested than one split holds; within a seed no test speaker or shot is trained or tuned on, and settings
are those that the program has by default or that the row names. A step that trains is judged by the
float network that trained on for as many epochs at the same rate. INT8 answers are those of TFLite
Micro. "No difference shown" means that the interval holds 0: the true difference may lie anywhere in
it. About one point is the least that 960 clips can resolve after training again; with fewer clips it is
more.
"""

_GROUPS = {
    "keywords": "speakers",
    "images": "shots (a person's signs)",
    "vibration": "stretches of 20 recordings",
}
_TITLES = {"float": "float", "int8": "INT8"}


def document(folder: Path, seeds: Sequence[int]) -> str:
    """The whole page; tables of which nothing is measured are named at its end."""
    parts = [_HEAD.format(seeds=" ".join(map(str, seeds))), _sizes(folder, seeds)]
    for name, table in tables().items():
        parts.append(_table(name, table, folder, seeds))
    return "\n".join(parts).rstrip() + "\n"


def _pooled(wanted: Wanted, form: str, folder: Path, seeds: Sequence[int]) -> Pooled | None:
    runs = [run for seed in seeds if (run := measurement(wanted, seed, folder, older=True))]
    return Pooled(tuple(runs), form) if runs else None


def _pair(row: Row, folder: Path, seeds: Sequence[int]) -> tuple[Pooled, Pooled, list[int]] | None:
    """Both sides of a row, of the seeds that have both."""
    both = [
        seed
        for seed in seeds
        if all(measurement(side, seed, folder, older=True) for side in (row.before, row.after))
    ]
    before = _pooled(row.before, row.before_form, folder, both)
    after = _pooled(row.after, row.form, folder, both)
    return (before, after, both) if before and after else None


def _table(name: str, table: Table, folder: Path, seeds: Sequence[int]) -> str:
    lines = [f"## {table.heading}", "", table.text, "", f"`--table {name}`", ""]
    for part in table.parts:
        subject = SUBJECTS[part.subject]
        if subject.missing:
            lines += [f"**{subject.title}**: not measured, {subject.missing}.", ""]
            continue
        lines += _part(part, table.columns, folder, seeds)
    lines += _on_board(table, folder, seeds)
    return "\n".join(lines)


def _on_board(table: Table, folder: Path, seeds: Sequence[int]) -> list[str]:
    """What the 8-bit networks did on the virtual board."""
    runs = [
        (title, wanted, seed, found)
        for title, wanted in table.compressed()
        for seed in seeds
        if (found := kept_board_run(wanted, seed, folder))
    ]
    if not runs:
        return []
    head = ["network", "what", "seed", "clips", "bytes unlike TFLite Micro", "on the board"]
    head += ["on this computer", "time (simulated)", "arena", "flash (built)"]
    lines = [
        f"**On the virtual board** ({BOARD}), every test clip, `--board --seeds {runs[0][2]}`;",
        "accuracy in per cent.",
        "",
        f"| {' | '.join(head)} |",
        "|" + "---|" * len(head),
    ]
    for title, wanted, seed, found in runs:
        cells = [SUBJECTS[wanted.subject].title, title, str(seed), str(found["inputs"])]
        cells += [f"{found['mismatched_bytes']:,}"]
        cells += [
            "-" if found[name] is None else f"{found[name]:.1%}"
            for name in ("accuracy", "host_accuracy")
        ]
        cells += [f"{found['latency_ms']:.1f} ms"]
        cells += [f"{found[name] / 1024:.1f} KB" for name in ("arena_bytes", "flash_bytes")]
        lines.append(f"| {' | '.join(cells)} |".replace("%", " %"))
    return [*lines, ""]


def _part(part: Part, columns: tuple[str, ...], folder: Path, seeds: Sequence[int]) -> list[str]:
    subject = SUBJECTS[part.subject]
    title = subject.title
    pairs = [(row, _pair(row, folder, seeds)) for row in part.rows]
    measured = [pair for _, pair in pairs if pair]
    if not measured:
        return [f"**{title}**: not measured yet.", ""]
    widest = max(measured, key=lambda pair: len(pair[2]))[1]
    people = {name for name in widest.clusters if not name.startswith("clip ")}
    unit = "area under the curve" if widest.scores_anomalies else "accuracy"
    said = f"{len(widest.clusters)} test clips of {len(people)} {_GROUPS[subject.spec.task]}"
    lines = [f"**{title}**; judged by {part.judged_by}; {said}; {unit} in per cent.", ""]
    head = ["what", "by", "before", "after", "points [95 %]", *columns, "seeds", "what this says"]
    lines += [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [_row(row, pair, columns) for row, pair in pairs]
    return [*lines, "", *_taught(part, pairs), ""]


def _row(row: Row, pair: tuple[Pooled, Pooled, list[int]] | None, columns: tuple[str, ...]) -> str:
    forms = f"{_TITLES[row.before_form]} -> {_TITLES[row.form]}"
    if pair is None:
        return f"| {row.title} | {forms} |" + " |" * (3 + len(columns)) + " none | not measured |"
    before, after, seeds = pair
    found = difference(before, after)
    cells = [row.title, forms, f"{before.accuracy:.1%}", f"{after.accuracy:.1%}", str(found)]
    cells += [_COLUMNS[column](before, after) for column in columns]
    retrained = row.before.steps[:-1] != row.after.steps[:-1] and not before.scores_anomalies
    said = verdict(found, len(before.clusters) if retrained else 0, row.most_loss)
    if any(run["code_version"] != code_version() for run in (*before.runs, *after.runs)):
        said += " (measured with an older version of the code)"
    cells += [" ".join(map(str, seeds)), said]
    return f"| {' | '.join(cells)} |".replace("%", " %")


_COLUMNS = {
    "MACs": lambda before, after: f"{after.mean('macs') / before.mean('macs'):.0%}",
    "parameters": lambda before, after: f"{after.mean('parameters') / before.mean('parameters'):.0%}",
    "INT8 KB": lambda before, after: f"{after.mean('int8_bytes') / 1024:.1f}",
}


def _taught(
    part: Part, pairs: Sequence[tuple[Row, tuple[Pooled, Pooled, list[int]] | None]]
) -> list[str]:
    """What a teacher gave beside accuracy, in sentences."""
    lines = []
    for row, pair in pairs:
        if pair is None or not part.teacher or row.form != "float":
            continue
        alone, student, _ = pair
        teacher = Pooled(student.runs, "teacher")
        size = float(_mean_teacher(student) / student.mean("parameters"))
        kept = share_kept(teacher, student)
        before, after, change = calibration_difference(alone, student)
        what = row.title.removesuffix(", float").capitalize()
        lines += [
            f"- {what}: teacher {part.teacher} {100 * teacher.accuracy:.1f} %, {size:.1f} times as "
            f"many parameters. The student keeps {kept.points:.1f} % [{kept.low:.1f}, {kept.high:.1f}] "
            f"of its accuracy. Calibration error (ECE): alone {100 * before:.1f} %, taught "
            f"{100 * after:.1f} %, difference {change} points.",
        ]
    return lines


def _mean_teacher(student: Pooled) -> float:
    return sum(run["teacher"]["parameters"] for run in student.runs) / len(student.runs)


def _sizes(folder: Path, seeds: Sequence[int]) -> str:
    """INT8 against float, of the networks before any compression."""
    lines = [
        "## Sizes",
        "",
        "Bytes of the `.tflite` files before pruning; beside them weights and biases alone. The target",
        "is 26 %. An INT8 weight is a quarter of a float one; a bias stays 4 bytes. The file also holds",
        "scales and zero points of each channel (24 bytes with its bias's) and the description of the",
        "graph, which weigh more in a small network; on a board they are a multiplier and a shift.",
        "",
        "| network | parameters | float file | INT8 file | INT8 / float | weights and biases alone |",
        "|---|---|---|---|---|---|",
    ]
    for name, subject in SUBJECTS.items():
        base = Wanted(name, usual(*subject.base))
        run = None if subject.missing else _pooled(base, "float", folder, seeds[:1])
        if run is None:
            continue
        whole, exact = run.mean("int8_bytes"), run.mean("float_bytes")
        alone = run.mean("int8_constant_bytes") / run.mean("float_constant_bytes")
        cells = [subject.title, f"{run.mean('parameters'):,.0f}", f"{exact:,.0f}", f"{whole:,.0f}"]
        cells += [f"{100 * whole / exact:.1f} %", f"{100 * alone:.1f} %"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
