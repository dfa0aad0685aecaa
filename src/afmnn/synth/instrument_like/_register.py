"""Trace on retrace: by how many pixels the retrace is behind, and what differs when it is brought back."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..._elementary import total
from ..._typing import Float64s
from ._numbers import BLOCKS, block_of, box, jackknife, medians

_LARGEST = 32  # pixels of lag
_LINES = 192  # that are compared
_STEPS = 6
_CERTAIN = 6.0  # standard deviations of the correlation of noise
_LEAST_ALIKE = 0.1  # correlation of slopes
_LARGE = 12  # pixels to each side: what is larger does not help


class Registration(NamedTuple):
    """Pixels by which the retrace is behind: ``lag + hysteresis * 4 u (1 - u)``, and their standard errors."""

    lag: float
    hysteresis: float
    lag_error: float
    hysteresis_error: float
    certain: bool

    def shifts(self, cols: int) -> Float64s:
        """Return what has to be taken from a column to find its place in the retrace."""
        return self.lag + self.hysteresis * _bend(cols)


def _bend(cols: int) -> Float64s:
    u = (np.arange(cols) + 0.5) / cols
    return 4.0 * u * (1.0 - u)


def register(trace: Float64s, retrace: Float64s) -> Registration:
    """Find the lag: coarsely by correlation of slopes along the line, then by least squares."""
    rows, cols = trace.shape
    every = max(rows // _LINES, 1)
    smooth = [_fine(each - medians(each, 1)[:, None])[::every] for each in (trace, retrace)]
    slopes = [_clipped(0.5 * (each[:, 2:] - each[:, :-2])) for each in smooth]
    most = min(_LARGEST, cols // 6)
    lags = range(-most, most + 1)
    found = np.array([_product(slopes[0], slopes[1], lag) for lag in lags])
    best = int(np.argmax(found))
    alone = math.sqrt(_product(slopes[0], slopes[0], 0) * _product(slopes[1], slopes[1], 0))
    # Pixels are smoothed over nine: so many fewer are independent.
    if not found[best] > max(_LEAST_ALIKE, _CERTAIN / math.sqrt(slopes[0].size / 9.0)) * alone:
        return Registration(0.0, 0.0, math.nan, math.nan, False)
    return _refined(smooth[0], smooth[1], float(lags[best]))


def _fine(values: Float64s) -> Float64s:
    """Return the relief without noise from pixel to pixel, and without what is large: a bow would lie on itself at any lag."""
    smooth = box(values, 1)
    fine = smooth - box(smooth, _LARGE)
    return np.where(np.isnan(fine), 0.0, fine)


def _clipped(values: Float64s) -> Float64s:
    limit = 4.0 * 1.4826 * float(np.median(np.abs(values)))
    return np.clip(values, -limit, limit) if limit > 0.0 else values


def _product(one: Float64s, other: Float64s, lag: int) -> float:
    """Return the mean product of the trace and the retrace that is `lag` columns to the left."""
    cols = one.shape[1]
    here, there = one[:, max(lag, 0) : cols + min(lag, 0)], other[:, max(-lag, 0) : cols - max(lag, 0)]
    return total(here * there) / here.size


def _refined(trace: Float64s, retrace: Float64s, lag: float) -> Registration:
    rows, cols = trace.shape
    bend = _bend(cols)
    edge = min(_LARGE + 1, cols // 5)  # where means of what is around are one-sided
    slope = np.zeros(trace.shape)
    slope[:, 1:-1] = 0.5 * (trace[:, 2:] - trace[:, :-2])
    lags, bends = np.full(BLOCKS + 1, lag), np.zeros(BLOCKS + 1)
    for _ in range(_STEPS):
        shift = lags[0] + bends[0] * bend
        error = _clipped(trace - interpolated(retrace, shift))
        places = np.arange(cols) - shift
        error[:, (np.minimum(places, np.arange(cols)) < edge) | (np.maximum(places, np.arange(cols)) > cols - 1 - edge)] = 0.0
        used = np.where(error != 0.0, slope, 0.0)
        sums = []
        for k in range(BLOCKS):
            lines = block_of(rows, k)
            s, e = used[lines], error[lines]
            square, product = s * s, -s * e
            sums.append([total(square), total(square * bend), total(square * bend * bend), total(product), total(product * bend)])
        blocks = np.array(sums)
        everything = blocks[0].copy()
        for each in blocks[1:]:
            everything = everything + each
        table = np.concatenate([everything[None], everything - blocks])
        a, b, c, p, q = table.T
        determinant = a * c - b * b
        with np.errstate(all="ignore"):
            moves = np.stack([(c * p - b * q) / determinant, (a * q - b * p) / determinant])
        if not np.isfinite(moves).all():
            break
        moves = np.clip(moves, -2.0, 2.0)
        lags, bends = lags[0] + moves[0], bends[0] + moves[1]
    return Registration(float(lags[0]), float(bends[0]), jackknife(lags), jackknife(bends), True)


def interpolated(values: Float64s, shifts: Float64s) -> Float64s:
    """Return values at ``column - shift``, linearly; the outermost ones go on."""
    cols = values.shape[1]
    places = np.clip(np.arange(cols) - shifts, 0.0, cols - 1.0)
    left = np.minimum(np.floor(places).astype(np.int64), cols - 2)
    part = places - left
    return np.asarray(values[:, left] * (1.0 - part) + values[:, left + 1] * part)


def brought_back(retrace: Float64s, registration: Registration) -> Float64s:
    """Return the retrace on the trace, NaN where it does not reach.

    Its pixels are moved by whole columns, so that noise stays what it is; the rest of the way is made up for by the relief, which
    is smoothed for that.
    """
    cols = retrace.shape[1]
    shifts = registration.shifts(cols)
    whole = np.floor(shifts + 0.5)
    source = (np.arange(cols) - whole).astype(np.int64)
    outside = (source < 0) | (source >= cols)
    source = np.clip(source, 0, cols - 1)
    moved = retrace[:, source]
    if (shifts != whole).any():
        smooth = box(retrace, 1)
        smooth = np.where(np.isnan(smooth), 0.0, smooth)
        moved = moved + (interpolated(smooth, shifts) - smooth[:, source])
    moved[:, outside] = math.nan
    return np.asarray(moved)
