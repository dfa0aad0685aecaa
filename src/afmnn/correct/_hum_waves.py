"""Amplitude and phase of a wave from line to line."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .. import _core
from .._elementary import cos, mean_square, sin
from .._typing import Float64s, Heights
from ._hum_peaks import Peak

_SHORTEST, _LONGEST = 6, 48  # lines to each side over which amplitude and phase are smoothed


def smoothing(peak: Peak, rows: int) -> int:
    """Return over how many lines to each side a wave may be smoothed: the fewer, the more its phase wanders."""
    return max(_SHORTEST, min(_LONGEST, rows // max(peak.below, peak.above)))


def refine(lines: Heights, scale: float, peaks: Sequence[Peak], threads: int) -> list[Peak]:
    """Return the peaks with the frequencies at which the smoothed waves have most power."""
    for step in (0.3 / lines.shape[1], 0.1 / lines.shape[1]):
        offsets = (-step, 0.0, step)
        frequencies = np.array([peak.frequency + offset for peak in peaks for offset in offsets])
        waves, weights = _core.hum_waves(lines, scale, frequencies, threads)
        moved = []
        for i, peak in enumerate(peaks):
            low, middle, high = (
                mean_square(smoothed(waves[:, 3 * i + k], weights, peak.advance, smoothing(peak, len(lines)), rounds=1))
                for k in range(3)
            )
            curvature = low - 2.0 * middle + high
            shift = 0.5 * step * (low - high) / curvature if curvature < 0.0 else 0.0
            moved.append(peak._replace(frequency=peak.frequency + min(max(shift, -step), step)))
        peaks = moved
    return list(peaks)


def smoothed(waves: Float64s, weights: Float64s, advance: float, reach: int, rounds: int = 3) -> Float64s:
    """Smooth a wave over lines.

    Its phase is taken less what it advances by; then, at each line, a straight line is fitted to real and imaginary part over the
    lines near by, weighted by Hann's window. Lines that are far from the fit, as scars make them, count less in the next round.

    Parameters
    ----------
    waves : ndarray of float64, shape (rows, 2)
        Factors of cosine and sine.
    weights : ndarray of float64, shape (rows,)
        Of the lines.
    advance : float
        Cycles from line to line.
    reach : int
        Lines to each side that count.
    """
    turns = advance * np.arange(len(waves))
    angle = 2.0 * math.pi * (turns - np.floor(turns))
    c, s = cos(angle), sin(angle)
    # cosine and sine with factors (x, y) are the real part of (x - i y) exp(i ...)
    still = np.stack([waves[:, 0] * c - waves[:, 1] * s, -waves[:, 0] * s - waves[:, 1] * c])
    used, fit = weights, still
    for turn in range(rounds):
        fit = _local_line(still, used, reach)
        if turn + 1 < rounds:
            error = np.sqrt((still[0] - fit[0]) * (still[0] - fit[0]) + (still[1] - fit[1]) * (still[1] - fit[1]))
            present = error[weights > 0.0]
            typical = float(np.median(present)) if present.size else 0.0
            if typical == 0.0:
                break
            far = np.minimum(error / (6.0 * typical), 1.0)
            used = weights * ((1.0 - far * far) * (1.0 - far * far))
    return np.stack([fit[0] * c - fit[1] * s, -(fit[0] * s + fit[1] * c)], axis=1)


def _local_line(values: Float64s, weights: Float64s, reach: int) -> Float64s:
    """Return, for each place, the value there of the straight line through the values around it: shape (2, rows)."""
    count = len(weights)
    padded = np.zeros(count + 2 * reach)
    padded[reach : reach + count] = weights
    heights = np.zeros((2, count + 2 * reach))
    heights[:, reach : reach + count] = values * weights
    s0, s1, s2 = np.zeros(count), np.zeros(count), np.zeros(count)
    t0, t1 = np.zeros((2, count)), np.zeros((2, count))
    for distance in range(-reach, reach + 1):
        factor = 0.5 + 0.5 * cos(math.pi * distance / (reach + 1))
        w = factor * padded[reach + distance : reach + distance + count]
        s0 += w
        s1 += distance * w
        s2 += distance * distance * w
        z = factor * heights[:, reach + distance : reach + distance + count]
        t0 += z
        t1 += distance * z
    spread = s0 * s2 - s1 * s1
    sloped = spread > 1e-6 * reach * reach * (s0 * s0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(sloped, (s2 * t0 - s1 * t1) / spread, np.where(s0 > 0.0, t0 / s0, 0.0))
