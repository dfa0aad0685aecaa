"""Line defects: slow twins of `metrics.row_steps` and `metrics.x_noise`."""

from __future__ import annotations

import numpy as np

from .._typing import Float64s

_SPREAD = 1.4826022185056018


def row_steps(heights: Float64s) -> float:
    """Robust spread of the medians of the differences of neighbouring rows; NaN where there are fewer than two."""
    jumps = [np.median(change[~np.isnan(change)]) for change in np.diff(heights, axis=0) if not np.isnan(change).all()]
    return _SPREAD * float(np.median(np.abs(jumps - np.median(jumps)))) if len(jumps) >= 2 else np.nan


def x_noise(heights: Float64s) -> float:
    """Robust spread of the second differences along rows over the root of six; NaN where there is none."""
    bends = heights[:, :-2] - 2 * heights[:, 1:-1] + heights[:, 2:]
    bends = bends[~np.isnan(bends)]
    return _SPREAD / np.sqrt(6.0) * float(np.median(np.abs(bends))) if bends.size else np.nan
