"""What the noise of an instrument does to differences of pixels: exactly, for the noise that `afmnn.synth.Instrument` makes.

Wander is a sum of relaxations (`_core.wander_filters`), so that its covariance at a time is a sum of powers. All is per unit
mean square of white noise, of wander, or of offsets; the mean square of a difference is the sum of the three.
"""

from __future__ import annotations

import functools
from typing import NamedTuple

import numpy as np

from ... import _core
from ..._elementary import exp, log, total
from ..._typing import Float64s

#: Exponents and corners (in lines) among which wander is looked for.
EXPONENTS = tuple(0.05 * k for k in range(4, 41))
_CORNERS_PER_OCTAVE = 2
_SHORTEST = 4.0  # pixels: a corner below it is white noise
_LONGEST = 400.0  # lines
_PLACES = 8  # along a line over which predictions are averaged
#: Lines after which offsets may have forgotten.
MEMORIES = (0.0, 0.7, 1.4, 2.8, 5.6, 11.0, 22.0, 45.0, 90.0)


class Clock(NamedTuple):
    """Times of a scan, in samples."""

    rows: int
    cols: int
    turn: int

    @property
    def line(self) -> int:
        """From one trace to the next."""
        return 2 * (self.cols + self.turn)


class Lags(NamedTuple):
    """Where differences are taken."""

    along: tuple[int, ...]  # pixels
    between: tuple[int, ...]  # lines
    columns: tuple[int, ...]  # at which trace and retrace are compared
    across: tuple[int, ...]  # columns, as far apart as the lines


class Grid(NamedTuple):
    """Predictions for wander of each exponent and corner."""

    exponents: Float64s  # (wanders)
    corners: Float64s  # (wanders), lines
    along: Float64s  # (wanders, lags): of differences along lines, of what the directions or three lines differ by
    apart: Float64s  # (wanders, columns): of the difference between directions
    lines: Float64s  # (wanders, lags): of the means of lines, off those of two others


@functools.lru_cache(maxsize=4)
def wander_grid(clock: Clock, lags: Lags, both: bool) -> Grid:
    """Return the predictions for wander of unit mean square."""
    step = log(2.0) / _CORNERS_PER_OCTAVE
    count = int(log(_LONGEST * clock.line / _SHORTEST) / step) + 1
    corners = [_SHORTEST / clock.line * exp(k * step) for k in range(count)]
    found = [_predict(clock, lags, corner, both) for corner in corners]
    return Grid(
        np.tile(np.array(EXPONENTS), count),
        np.repeat(np.array(corners), len(EXPONENTS)),
        *(np.concatenate([each[k] for each in found]) for k in range(3)),
    )


class _Wander:
    """Wander of one corner and all exponents, of unit mean square: they have their poles in common."""

    def __init__(self, corner: float) -> None:
        filters = [_core.wander_filters(1.0, exponent, corner) for exponent in EXPONENTS]
        poles = filters[0][0]
        self._rates = log(poles).tolist()
        decays = 1.0 - poles
        weights = np.array([each[1] for each in filters])
        direct = np.array([each[2] for each in filters])
        # x_i(t + 1) = pole_i x_i(t) + weight_i g: covariances of the filters with the signal, (exponents, poles).
        self._parts = weights * direct[:, None]
        for j in range(len(poles)):
            self._parts = self._parts + weights * weights[:, j : j + 1] / (decays + decays[j] - decays * decays[j])

    def covariance(self, times: Float64s) -> Float64s:
        """Return the covariance of samples so far apart, (exponents, times)."""
        times = np.abs(times)
        result = np.zeros((len(EXPONENTS), *times.shape))
        for rate, part in zip(self._rates, self._parts.T, strict=True):
            result = result + np.multiply.outer(part, _power(rate * times))
        return np.asarray(np.where(times == 0.0, 1.0, result))

    def of_means(self, clock: Clock, between: Float64s) -> Float64s:
        """Return the mean square of what the means of lines are off those of two others, (exponents, lags)."""
        cols = clock.cols
        shift = np.arange(1, cols, dtype=np.float64)
        weight = (cols - shift) / (cols * cols)
        own = np.full(len(EXPONENTS), 1.0 / cols)
        lags = np.concatenate([between, 2.0 * between])
        later = np.zeros((len(EXPONENTS), len(lags)))
        for rate, part in zip(self._rates, self._parts.T, strict=True):
            near = _power(rate * shift)
            own = own + 2.0 * part * total(weight * near)
            # exp(rate (m line + k)), summed over k from -cols to cols, counted from one line before.
            reach = total(weight * _power(rate * (cols + shift))) + total(weight * _power(rate * (cols - shift)))
            times = reach * _power(rate * (lags * clock.line - cols)) + _power(rate * lags * clock.line) / cols
            later = later + np.multiply.outer(part, times)
        return bent(own[:, None], later[:, : len(between)], later[:, len(between) :])


def _predict(clock: Clock, lags: Lags, corner: float, both: bool) -> tuple[Float64s, ...]:
    """Return the mean squares of `Grid` for a corner, (exponents, lags) each."""
    wander = _Wander(min(1.0 / (corner * clock.line), 0.5))
    covariance = wander.covariance
    along = np.array(lags.along, dtype=np.float64)
    steps = 2.0 * (1.0 - covariance(along))
    # Two differences one behind the other in time have this in common; the retrace comes back, the next line goes on.
    if both:
        apart = 2.0 * clock.cols + clock.turn - 1.0 - 2.0 * np.array(lags.columns, dtype=np.float64)
        common = np.zeros(steps.shape)
        for k in range(_PLACES):  # of the first pixel: the other one is in the line, too
            first = 2.0 * clock.cols + clock.turn - 1.0 - (2 * k + 1) * (clock.cols - along) / _PLACES
            common = common + (covariance(first - 2.0 * along) - 2.0 * covariance(first - along) + covariance(first)) / _PLACES
    else:
        apart = np.array([clock.line], dtype=np.float64)
        next_line, after_it = (
            2.0 * covariance(times) - covariance(times + along) - covariance(times - along) for times in (apart, 2.0 * apart)
        )
        common = (4.0 * next_line - after_it) / 3.0
    of_lines = wander.of_means(clock, np.array(lags.between, dtype=np.float64))
    return 2.0 * steps - 2.0 * common, 2.0 * (1.0 - covariance(apart)), of_lines


def offsets_grid(between: tuple[int, ...]) -> Float64s:
    """Mean square of what offsets are off two others, (memories, lags), for one a line of unit mean square."""
    lags = np.array(between, dtype=np.float64)
    kept = [np.zeros(lags.shape) if m == 0.0 else _power(-lags / m) for m in MEMORIES]
    return np.array([bent(1.0, each, each * each) for each in kept])


def bent(own: float | Float64s, one: Float64s, two: Float64s) -> Float64s:
    """Return the mean square of ``z(0) - (z(-m) + z(m)) / 2``, times 4 / 3, from the covariances at lags 0, m and 2 m.

    So it is twice the mean square of what has no memory, as that of a difference is; slopes do not show.
    """
    return np.asarray(2.0 * own - (8.0 * one - 2.0 * two) / 3.0)


def _power(exponents: Float64s) -> Float64s:
    return np.asarray(exp(np.maximum(exponents, -700.0)))
