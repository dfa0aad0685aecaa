"""Whether an image's scan lines are its columns: a scan on its side, whose line defects no network knows."""

from __future__ import annotations

import math

import numpy as np

from .. import _core
from .._typing import Float64s

#: Steps from column to column count from so many times those from row to row, and those of noise alone.
_RATIO = 2.5
#: Steps from row to row of white noise, times the root of the columns (`metrics.row_steps`).
CHANCE = 1.77
#: A profile of the sample is smooth, or comes again: its steps have correlations that those of defects do not have.
_NEXT, _LATER = 0.3, 0.5
#: Steps further away than so many times their spread count as that far.
_OUTLIER = 4.0


def steps_along_columns(part: Float64s, down: float) -> float | None:
    """Return the steps from column to column if line defects run along the columns, and None if not.

    Offsets of scan lines differ at random from line to line. A grating whose grooves run down the image has steps from column
    to column as well, but these come again after a period, and those of smooth surfaces go on from one column to the next.
    `part` has NaN where pixels are missing; `down` are its steps from row to row, NaN where they cannot be told. No figure here
    changes with a plane, which may stay.
    """
    along = _core.row_steps(part.T)
    if not along > _RATIO * down:  # as it nearly always is; nor is NaN, where too much is missing
        return None
    noise, noise_down = _core.x_noise(part), _core.x_noise(part.T)
    chance = CHANCE * max(noise / math.sqrt(part.shape[1]), noise_down / math.sqrt(part.shape[0]))
    if not along > _RATIO * chance:
        return None
    correlations = _correlations(part)
    if correlations.size < 2 or correlations[0] > _NEXT or np.abs(correlations[1:]).max() > _LATER:
        return None
    return along


def _correlations(part: Float64s) -> Float64s:
    """Return the correlations of the steps from column to column with those 1, 2, ... columns further on."""
    steps = np.array([np.median(column[~np.isnan(column)]) for column in np.diff(part, axis=1).T if not np.isnan(column).all()])
    steps -= np.median(steps)
    spread = float(np.median(np.abs(steps)))
    steps = np.clip(steps, -_OUTLIER * spread, _OUTLIER * spread)
    steps -= math.fsum(steps) / len(steps)
    square = math.fsum(steps * steps)
    if square == 0.0:
        return np.zeros(0)
    return np.array([math.fsum(steps[lag:] * steps[:-lag]) / square for lag in range(1, len(steps) // 2)])
