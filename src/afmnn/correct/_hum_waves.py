"""Amplitude and phase of a wave from line to line."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from .. import _core
from .._elementary import cos, mean_square, sin
from .._typing import Float64s, Heights
from ._hum_peaks import Peak

#: Lines to each side over which amplitude and phase may be smoothed.
REACHES = (6, 9, 13, 19, 27, 38, 54, 76, 108)
_AS_GOOD = 1.02  # an error up to so many times the least one


def refine(lines: Heights, scale: float, peaks: Sequence[Peak], threads: int) -> list[Peak]:
    """Return the peaks with the frequencies at which the smoothed waves have most power."""
    for step in (0.3 / lines.shape[1], 0.1 / lines.shape[1]):
        offsets = (-step, 0.0, step)
        frequencies = np.array([peak.frequency + offset for peak in peaks for offset in offsets])
        waves, weights = _core.hum_waves(lines, scale, frequencies, threads)
        moved = []
        for i, peak in enumerate(peaks):
            reach = choose_reach(waves[:, 3 * i + 1], weights, peak.advance)
            low, middle, high = (
                mean_square(smoothed(waves[:, 3 * i + k], weights, peak.advance, reach, rounds=1)) for k in range(3)
            )
            curvature = low - 2.0 * middle + high
            shift = 0.5 * step * (low - high) / curvature if curvature < 0.0 else 0.0
            moved.append(peak._replace(frequency=peak.frequency + min(max(shift, -step), step)))
        peaks = moved
    return list(peaks)


def choose_reach(waves: Float64s, weights: Float64s, advance: float) -> int:
    """Return over how many lines to each side a wave is best smoothed: by how well lines are told by their neighbours.

    The steadier a wave is, the more lines may be used; of reaches that are equally good, the longest one takes least from the
    sample.
    """
    still, _, _ = _still(waves, advance)
    errors = {}
    for reach in REACHES:
        if reach >= max(len(weights), REACHES[0] + 1):
            break
        error = _distance(still, _local_line(still, weights, reach, own=False))[weights > 0.0]
        errors[reach] = float(np.median(error)) if error.size else 0.0
    return max(reach for reach, error in errors.items() if error <= _AS_GOOD * min(errors.values()))


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
    still, c, s = _still(waves, advance)
    used, fit = weights, still
    for turn in range(rounds):
        fit = _local_line(still, used, reach)
        if turn + 1 < rounds:
            error = _distance(still, fit)
            present = error[weights > 0.0]
            typical = float(np.median(present)) if present.size else 0.0
            if typical == 0.0:
                break
            far = np.minimum(error / (6.0 * typical), 1.0)
            used = weights * ((1.0 - far * far) * (1.0 - far * far))
    return np.stack([fit[0] * c - fit[1] * s, -(fit[0] * s + fit[1] * c)], axis=1)


def _still(waves: Float64s, advance: float) -> tuple[Float64s, Float64s, Float64s]:
    """Return real and imaginary part of a wave less what its phase advances by, and the cosine and sine of that."""
    turns = advance * np.arange(len(waves))
    angle = 2.0 * math.pi * (turns - np.floor(turns))
    c, s = cos(angle), sin(angle)
    # Cosine and sine with factors (x, y) are the real part of (x - i y) exp(i ...).
    return np.stack([waves[:, 0] * c - waves[:, 1] * s, -waves[:, 0] * s - waves[:, 1] * c]), c, s


def _distance(one: Float64s, other: Float64s) -> Float64s:
    real, imaginary = one - other
    distance: Float64s = np.sqrt(real * real + imaginary * imaginary)
    return distance


def _local_line(values: Float64s, weights: Float64s, reach: int, *, own: bool = True) -> Float64s:
    """Return, at each place, the straight line through the values around it, with its own or without: shape (2, rows)."""
    count = len(weights)
    padded = np.zeros(count + 2 * reach)
    padded[reach : reach + count] = weights
    heights = np.zeros((2, count + 2 * reach))
    heights[:, reach : reach + count] = values * weights
    s0, s1, s2 = np.zeros(count), np.zeros(count), np.zeros(count)
    t0, t1 = np.zeros((2, count)), np.zeros((2, count))
    for distance in range(-reach, reach + 1):
        if distance == 0 and not own:
            continue
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
