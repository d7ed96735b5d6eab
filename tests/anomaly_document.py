"""Writes docs/results-anomaly.md from the measurements of tests/anomaly_benchmark.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

from engine.compress.paired import PairedDifference, paired_auc_difference

Found = Mapping[tuple[str, str, int], dict[str, Any]]
_NAMES = {
    "plain": "autoencoder, spectra (plain)",
    "plain-small": "autoencoder-s, spectra",
    "mlperf-gain-free": "autoencoder, gain-free",
    "small-gain-free": "autoencoder-s, gain-free",
}
_PLAIN, _BEST = "plain", "small-gain-free"

_HEAD = """# Anomaly: a fan with a coin on a blade

This page is written by a command, from networks that it trains:

    python -m tests.anomaly_benchmark --folder FOLDER --seeds {seeds} --board
    python -m tests.anomaly_benchmark --folder FOLDER --seeds {seeds} --recipes
    python -m tests.anomaly_benchmark --folder FOLDER --seeds {seeds} --write docs/results-anomaly.md

**Data.** Three-axis acceleration of a ceiling fan at 200 Hz, one second a clip, by others (the shared
test data's README names them). Normal: off, low, medium, and low while the mount was moved every 20
seconds (14 mountings). With a coin on a blade: low, medium. Clips that follow each other are one block
of at most 25; a new mounting is where gravity turned by 0.01 g. Whole blocks and whole mountings are
held out, and are what the 95 % intervals resample. Networks learn from normal clips; the best epoch is
that of the lowest error on further normal blocks, so **no clip with a coin trains or chooses anything**.

**Score.** Mean squared difference of what goes in and what comes out; in 8 bits, of the 8-bit numbers
that go in and come out, which is all that a board can know. AUC: area under the ROC curve, mean of the
seeds. Points are hundredths of it, paired on the same clips.

**Networks.** *Plain*: MLPerf Tiny's autoencoder on log spectra (5 frames, 32 bins, 3 axes), with the
program's 24 augmented copies. *autoencoder-s*: one hidden layer of 128 that sees four fifths of its
inputs while it trains (`engine/zoo/autoencoder.py`). *Gain-free* features (`vibration_features =
"gain-free"`): for each of 8 bands, how much the level of each axis fluctuates and how firmly each two
axes move together, 48 numbers. A mount that passes more or less of a vibration changes neither.
"""

_IN_8_BITS = """## In 8 bits

Bytes are those of the whole `.tflite` file: weights, biases, scales and the graph; the target is
28,672. Rails: share of the 8-bit numbers at either end of their range, and of clips with any such
number. Ranges come from 200 normal training clips, every second one stretched by 1.5, because what a
network has never seen lies beyond what it has; rows *without headroom* show what happens otherwise.
Board: virtual STM32F407, every test clip of every seed; bytes that differ from TFLite Micro's."""

_LIMITS = """## What this does not show

- **One fan, one coin, one recording of each speed with it.** The coin was only recorded with the fixed
  mount; a normal clip of the moved mount is compared with it, there is no coin under a moved mount.
  Intervals say how results vary over blocks of these recordings, not over other fans.
- **Features and network were chosen on these recordings.** Some 60 sets of features were compared by
  linear models (Mahalanobis distance, principal components) and eight forms of the network by training,
  by areas like those above: 14 mountings and two speeds leave none that nobody has looked at. No network
  has seen what it is tested on, but the choice of 8 bands, windows of 32 rows, 128 hidden units and a
  fifth of hidden inputs has. Expect less on another machine.
- **A detector that knows one single mounting stays weak.** Spectra are worse than chance there: the coin
  changes the vibration less than another mounting does, so every moved mount looks more faulty than the
  coin. Gain-free features remove what a mount does to levels; that its tilt mixes the axes anew they do
  not remove, which is probably what is left. The cure is to record several mountings.
"""


def document(found: Found, questions: Mapping[str, str], seeds: Sequence[int], recipes: str) -> str:
    """The page.

    Args:
        found: measurements by contender, question and seed.
        questions: what each question asks, by name.
        seeds: that the page is of; rows say how many of them are there.
        recipes: the section about recipes.
    """
    parts = [_HEAD.format(seeds=" ".join(map(str, seeds))), _answers(found, questions, seeds)]
    parts += [_in_8_bits(found, questions, seeds), _ablation(found, questions, seeds)]
    parts += [recipes, _LIMITS]
    return "\n".join(parts).rstrip() + "\n"


def _runs(found: Found, contender: str, question: str, seeds: Sequence[int]) -> list[dict[str, Any]]:
    return [run for seed in seeds if (run := found.get((contender, question, seed)))]


def _abnormal(run: dict[str, Any]) -> NDArray[np.bool_]:
    return np.array([bit == "1" for bit in run["abnormal"]])


def _areas(runs: Sequence[dict[str, Any]], form: str) -> list[float]:
    return [float(roc_auc_score(_abnormal(run), run[form])) for run in runs]


def _area(runs: Sequence[dict[str, Any]], form: str) -> str:
    """Mean and, where there are several seeds, the lowest and the highest."""
    areas = _areas(runs, form)
    if not areas:
        return "not measured"
    spread = f" ({min(areas):.3f} to {max(areas):.3f})" if len(areas) > 1 else ""
    return f"{np.mean(areas):.3f}{spread}"


def _difference(
    one: Sequence[dict[str, Any]], form: str, other: Sequence[dict[str, Any]], other_form: str
) -> PairedDifference | None:
    if not one or len(one) != len(other):
        return None
    scores = [np.array([run[f] for run in runs]) for runs, f in ((one, form), (other, other_form))]
    return paired_auc_difference(scores[0], scores[1], _abnormal(one[0]), one[0]["clusters"])


def _answers(found: Found, questions: Mapping[str, str], seeds: Sequence[int]) -> str:
    lines = [
        "## Plain against gain-free",
        "",
        "In brackets the lowest and highest of the seeds; both in 8 bits for the difference.",
        "",
        "| tested | clips (with coin), blocks | plain, float | plain, INT8 | gain-free, float "
        "| gain-free, INT8 | points [95 %] | seeds |",
        "|" + "---|" * 8,
    ]
    for question, text in questions.items():
        plain, best = (_runs(found, c, question, seeds) for c in (_PLAIN, _BEST))
        if not plain or not best:
            lines.append(f"| {text} |" + " |" * 6 + " none |")
            continue
        run, gain = best[0], _difference(plain, "int8", best, "int8")
        clips = f"{len(run['abnormal'])} ({run['abnormal'].count('1')}), {len(set(run['clusters']))}"
        areas = [_area(runs, form) for runs in (plain, best) for form in ("float", "int8")]
        lines.append(f"| {text} | {clips} | {' | '.join(areas)} | {gain or ''} | {len(best)} |")
    return "\n".join([*lines, ""])


def _in_8_bits(found: Found, questions: Mapping[str, str], seeds: Sequence[int]) -> str:
    lines = [
        _IN_8_BITS,
        "",
        "| network | tested | bytes | INT8 minus float, points [95 %] | inputs at rail "
        "| outputs at rail | clips with any | board: clips, bytes that differ |",
        "|" + "---|" * 8,
    ]
    for contender in (_PLAIN, _BEST):
        for question, text in questions.items():
            runs = _runs(found, contender, question, seeds)
            if runs:
                lines.append(_row_in_8_bits(_NAMES[contender], text, runs))
            tight = [run | run["tight"] for run in runs if "tight" in run]
            if tight:
                for run in tight:
                    run.pop("board_clips", None)
                lines.append(_row_in_8_bits(_NAMES[contender], f"{text}, *without headroom*", tight))
    return "\n".join([*lines, ""])


def _row_in_8_bits(name: str, text: str, runs: Sequence[dict[str, Any]]) -> str:
    rails = [
        f"{100 * float(np.mean([r[key] for r in runs])):.2f} %"
        for key in ("input_rail", "output_rail", "clips_at_rail")
    ]
    played = [r for r in runs if "board_clips" in r]
    board = "not run"
    if played:
        differ = sum(r["board_mismatched_bytes"] for r in played)
        board = f"{sum(r['board_clips'] for r in played):,}, {differ}"
    cells = [name, text, f"{max(r['int8_bytes'] for r in runs):,}"]
    cells += [str(_difference(runs, "float", runs, "int8")), *rails, board]
    return f"| {' | '.join(cells)} |"


def _ablation(found: Found, questions: Mapping[str, str], seeds: Sequence[int]) -> str:
    lines = [
        "## Features or network?",
        "",
        "AUC in 8 bits, mean of the seeds (their number in brackets).",
        "",
        f"| tested | {' | '.join(_NAMES.values())} |",
        "|" + "---|" * (1 + len(_NAMES)),
    ]
    for question, text in questions.items():
        cells = [text]
        for contender in _NAMES:
            runs = _runs(found, contender, question, seeds)
            cells.append(
                f"{np.mean(_areas(runs, 'int8')):.3f} ({len(runs)})" if runs else "not measured"
            )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])
