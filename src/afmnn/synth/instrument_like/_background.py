"""Tilt and bow: what all lines have in common."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..._elementary import mean_square, total
from ..._typing import Float64s, Mask
from ._numbers import BLOCKS, block_of, jackknife, left_out, median, medians

_CERTAIN = 3.0  # standard errors


class Background(NamedTuple):
    """Slopes, height a pixel; bows, rms of the paraboloid and of the cubic; standard errors."""

    tilt_x: float
    tilt_y: float
    bow: float
    bow_cubic: float
    errors: tuple[float, float, float, float]
    certain: bool  # whether the bow is


def measure_background(heights: Float64s) -> Background:
    """Measure what is common to all lines, and the slope of their levels."""
    rows, cols = heights.shape
    levels = medians(heights, 1)
    flat = heights - levels[:, None]
    profiles = np.stack([medians(flat[block_of(rows, k)], 0) for k in range(BLOCKS)])
    means = left_out(profiles)
    along = [_polynomial(profile) for profile in means]
    tilt, square, cube = (np.array([each[k] for each in along]) for k in range(3))
    step = 1 + rows // 4  # far apart, so that offsets of lines matter less
    rises = (levels[step:] - levels[:-step]) / step
    tilt_y = median(rises)
    spread = 1.4826 * median(np.abs(rises - tilt_y)) / math.sqrt(4.0)
    # The paraboloid that has this curvature along lines has it across them, too.
    bow_scale, cubic_scale = _shape_rms(rows, cols)
    bow, cubic = square * bow_scale, cube * cubic_scale
    errors = (jackknife(tilt), spread, jackknife(bow), jackknife(cubic))
    certain = abs(float(bow[0])) > _CERTAIN * errors[2] if not math.isnan(errors[2]) else False
    cubic_certain = abs(float(cubic[0])) > _CERTAIN * errors[3] if not math.isnan(errors[3]) else False
    return Background(
        float(tilt[0]), tilt_y, float(bow[0]) if certain else 0.0, float(cubic[0]) if cubic_certain else 0.0, errors, certain
    )


def _polynomial(profile: Float64s) -> tuple[float, float, float]:
    """Return slope, curvature and third-degree coefficient of a profile, by least squares with orthogonal polynomials."""
    there = ~np.isnan(profile)
    x = np.arange(len(profile)) - 0.5 * (len(profile) - 1)
    if np.count_nonzero(there) < len(profile):
        profile = _filled(profile, there)
    squares = x * x - total(x * x) / x.size
    ratio = total(x * x * x * x) / total(x * x)
    cubes = x * x * x - ratio * x
    slope = total(x * profile) / total(x * x)
    return slope, total(squares * profile) / total(squares * squares), total(cubes * profile) / total(cubes * cubes)


def _filled(profile: Float64s, there: Mask) -> Float64s:
    """Return a profile with straight lines where heights are missing, and the outermost ones going on; zeros without any."""
    places = np.flatnonzero(there)
    if not places.size:
        return np.zeros(len(profile))
    columns = np.arange(len(profile))
    after = np.searchsorted(places, columns)
    left, right = places[np.maximum(after - 1, 0)], places[np.minimum(after, places.size - 1)]
    part = np.where(right > left, (columns - left) / np.maximum(right - left, 1), 0.0)
    return np.where(there, profile, profile[left] * (1.0 - part) + profile[right] * part)


def _shape_rms(rows: int, cols: int) -> tuple[float, float]:
    """Return the rms of ``x**2 + y**2`` less its mean, and of ``x**3 + y**3`` less the plane."""
    squares = cubes = 0.0
    for count in (rows, cols):
        x = np.arange(count) - 0.5 * (count - 1)
        squares += mean_square(x * x - total(x * x) / count)
        cubes += mean_square(x * x * x - x * (total(x * x * x * x) / total(x * x)))
    return math.sqrt(squares), math.sqrt(cubes)


def without_tilt(heights: Float64s, background: Background) -> Float64s:
    """Return heights less slopes."""
    rows, cols = heights.shape
    y = np.arange(rows) - 0.5 * (rows - 1)
    x = np.arange(cols) - 0.5 * (cols - 1)
    return np.asarray(heights - (background.tilt_y * y[:, None] + background.tilt_x * x))
