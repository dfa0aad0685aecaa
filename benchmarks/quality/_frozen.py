"""The surfaces and the noise that corrections are judged on: today's default scene, frozen in a file, without scars."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from afmnn import metrics, synth

Floats = NDArray[np.float64]
FILE = Path(__file__).with_name("frozen_scene.json")  # default_scene() of 2026-11-27 less its line_scars and line_tilt
SHAPE = (256, 256)


class Scan(NamedTuple):
    """A noisy scan without defects, and what is known of it."""

    index: int
    noisy: Floats
    ideal: Floats
    noise: float  # standard deviation of the noise from pixel to pixel
    row_steps: float  # typical jump from row to row, of noise and offsets of lines together


def scans(count: int, seed: int = 0) -> Iterator[Scan]:
    """Draw scans; heights have a range of about 1."""
    scene = synth.Scene.load(FILE)
    for index in range(count):
        noisy, ideal = scene.pair(index, seed=seed)
        added = noisy - ideal
        yield Scan(index, noisy, ideal, metrics.x_noise(added), metrics.row_steps(noisy))
