"""A machine that hums, and its faults, synthesised from a seed: the built-in set for anomaly detection.

A motor turns a fan. The healthy sound is the mains hum, the rotation with its harmonics, the blades and
the wash of air. Every machine has its own speed, blade count, resonance and room; faults add what
textbooks on machine diagnosis name: unbalance raises the rotation itself, a damaged bearing ticks at
its own rate and rings a resonance, a loose mount rattles at half the rotation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

from engine.data.features import CLIP_SAMPLES, SAMPLE_RATE_HZ, Floats

CLASSES = ("normal", "unbalance", "bearing", "loose")
NORMAL = ("normal",)
MACHINES = 24
NORMAL_CLIPS, FAULT_CLIPS = 24, 8  # of each machine


@dataclass(frozen=True)
class _Machine:
    rotation_hz: float
    blades: int
    harmonics: np.ndarray
    bearing_ratio: float  # outer race: ticks for each turn
    resonance_hz: float
    air: float
    mains: float
    level: float


def machine_hum(seed: int) -> tuple[Floats, np.ndarray, tuple[str, ...]]:
    """Synthesise the whole set.

    Args:
        seed: of machines and clips; the same seed gives the same samples.

    Returns:
        clips float32 (n, 16000) at 16 kHz, labels int64 (n,) into `CLASSES`, and n machine names.
    """
    generator = np.random.default_rng([seed, 8])
    clips, labels, groups = [], [], []
    for number in range(MACHINES):
        machine = _Machine(
            rotation_hz=generator.uniform(18, 60),
            blades=int(generator.integers(3, 10)),
            harmonics=generator.uniform(0.3, 1.0, size=12) / np.arange(1, 13),
            bearing_ratio=generator.uniform(2.6, 4.4),
            resonance_hz=generator.uniform(1_800, 5_000),
            air=generator.uniform(0.05, 0.2),
            mains=generator.uniform(0.02, 0.2),
            level=generator.uniform(0.08, 0.25),
        )
        for label, fault in enumerate(CLASSES):
            for _ in range(FAULT_CLIPS if label else NORMAL_CLIPS):
                clips.append(_one_clip(machine, fault, generator))
                labels.append(label)
                groups.append(f"machine {number + 1:02d}")
    return np.stack(clips), np.array(labels, dtype=np.int64), tuple(groups)


def _one_clip(machine: _Machine, fault: str, generator: np.random.Generator) -> Floats:
    seconds = np.arange(CLIP_SAMPLES) / SAMPLE_RATE_HZ
    rotation_hz = machine.rotation_hz * generator.uniform(0.97, 1.03)
    # Slow wander of the speed, under half a percent.
    wander = 0.004 * np.sin(2 * np.pi * (generator.uniform(0.5, 2) * seconds + generator.uniform()))
    turns = np.cumsum(rotation_hz * (1 + wander)) / SAMPLE_RATE_HZ + generator.uniform()
    severity = generator.uniform(0.4, 1.0)

    harmonics = machine.harmonics.copy()
    if fault == "unbalance":
        harmonics[0] += 4.0 * severity
        harmonics[1] += 1.5 * severity
    sound = np.zeros(CLIP_SAMPLES)
    for order, strength in enumerate(harmonics, start=1):
        sound += strength * np.sin(2 * np.pi * order * turns + generator.uniform(0, 2 * np.pi))
    sound += 0.6 * np.sin(2 * np.pi * machine.blades * turns)
    sound += machine.mains * np.sin(2 * np.pi * 100 * seconds + generator.uniform(0, 2 * np.pi))
    # Air is noise whose strength follows the blades.
    air = lfilter([0.1], [1, -0.9], generator.normal(size=CLIP_SAMPLES))
    sound += machine.air * 8 * air * (1 + 0.3 * np.sin(2 * np.pi * machine.blades * turns))
    if fault == "bearing":
        sound += (
            0.9 * severity * _ringing(turns * machine.bearing_ratio, machine.resonance_hz, generator)
        )
    if fault == "loose":
        sound += 1.2 * severity * _ringing(turns * 0.5, machine.resonance_hz * 0.3, generator)
        sound += 1.5 * severity * np.sin(np.pi * turns) ** 9
    sound += generator.uniform(0.02, 0.15) * generator.normal(size=CLIP_SAMPLES)
    level = machine.level * generator.uniform(0.7, 1.4) / 2.0
    result: Floats = np.clip(sound * level, -1, 1).astype(np.float32)
    return result


def _ringing(phase: np.ndarray, resonance_hz: float, generator: np.random.Generator) -> np.ndarray:
    """A knock each time `phase` passes a whole number, ringing at the resonance for a few ms."""
    knocks = np.zeros(len(phase))
    hits = np.flatnonzero(np.diff(np.floor(phase)) > 0)
    knocks[hits] = generator.uniform(0.6, 1.4, size=len(hits))
    radius = np.exp(-1 / (0.004 * SAMPLE_RATE_HZ))
    angle = 2 * np.pi * resonance_hz / SAMPLE_RATE_HZ
    ringing: np.ndarray = lfilter([np.sin(angle)], [1, -2 * radius * np.cos(angle), radius**2], knocks)
    return ringing * 3.0
