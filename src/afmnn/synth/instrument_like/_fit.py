"""White noise, wander and offsets that explain measured mean squares best."""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np

from ..._elementary import log
from ..._typing import Float64s
from ._model import MEMORIES, Clock, Lags, offsets_grid, wander_grid
from ._numbers import jackknife
from ._statistics import Statistics

_LEAST_ERROR = 0.02  # of a mean square: the model is no better
_LEAST_ERROR_ONE = 0.05  # the same where there is one direction: some of the relief is left
_LEVEL_ERROR = 0.1  # the same of the means of lines
_MOST_SAMPLE, _SAMPLE_ERROR = 0.7, 0.5  # of them is the sample's; how well that is told from columns
_PRIOR_EXPONENT, _PRIOR_SPREAD = 1.0, 0.7  # of exponents, where the scan does not say
_PRIOR_CORNER, _PRIOR_OCTAVES = 3.0, 3.0  # lines; the same of corners
_PRIOR_MEMORY = 0.3  # by which a longer memory must explain more
_CERTAIN = 9.0  # by which the sum of squares must fall to make wander or offsets certain
_MEDIAN = 0.5 * math.pi  # mean square error of a median, of that of a mean


class NoiseFit(NamedTuple):
    """Mean squares and shapes, each with those of the jackknife after it, and what was gained by each."""

    white: Float64s
    wander: Float64s
    exponent: Float64s
    corner: Float64s
    offsets: Float64s
    memory: Float64s
    wander_gain: float
    offsets_gain: float

    def error(self, name: str) -> float:
        """Return the standard error of a number; of the root for mean squares."""
        values = getattr(self, name)
        return jackknife(np.sqrt(values) if name in ("white", "wander", "offsets") else values)


def fit_noise(clock: Clock, lags: Lags, measured: Statistics, *, both: bool) -> NoiseFit:
    """Fit by weighted least squares, over all exponents, corners and memories of a grid."""
    grid = wander_grid(clock, lags, both)
    offsets = offsets_grid(lags.between)
    ratio = clock.rows / clock.cols
    counts = [measured.along.shape[1], measured.apart.shape[1], measured.lines.shape[1]]
    # Columns show what the sample has at random in the means of lines; their noise is that of half a difference along lines.
    noise = 0.5 * _MEDIAN * measured.along[:, -1:] / clock.rows
    sample = np.minimum(np.maximum(ratio * (measured.columns - noise), 0.0), _MOST_SAMPLE * measured.lines)
    data = np.concatenate([measured.along, measured.apart, measured.lines - sample], axis=1)
    rough = np.array([jackknife(column) for column in data.T])
    model = _LEAST_ERROR if both else _LEAST_ERROR_ONE
    least = np.concatenate([
        model * measured.along[0], 2.0 * model * measured.apart[0],
        _LEVEL_ERROR * measured.lines[0] + _SAMPLE_ERROR * sample[0],
    ])  # fmt: skip
    errors = np.sqrt(rough * rough + least * least)
    usable = np.isfinite(errors) & (errors > 0.0) & np.isfinite(data).all(axis=0)
    weights = np.where(usable, 1.0 / np.where(usable, errors, 1.0), 0.0)
    data = np.where(usable, data, 0.0) * weights

    white = (
        np.concatenate(
            [
                np.full(counts[0], 4.0),
                np.full(counts[1], 2.0),
                np.full(counts[2], 2.0 * _MEDIAN / clock.cols),
            ]
        )
        * weights
    )
    apart = grid.apart if counts[1] else np.empty((len(grid.exponents), 0))
    wander = np.concatenate([grid.along, apart, grid.lines], axis=1) * weights
    lines = np.concatenate([np.zeros((len(MEMORIES), counts[0] + counts[1])), offsets], axis=1) * weights
    return _best(data, white, wander, lines, np.array(grid.exponents), np.array(grid.corners))


def _best(data: Float64s, white: Float64s, wander: Float64s, lines: Float64s, exponents: Float64s, corners: Float64s) -> NoiseFit:
    """Go through the grid for all replicas of the data at once."""
    wanders, memories = len(wander), len(lines)
    ww, wx = _sum(white * white), _sums(wander * white)
    xx = _sums(wander * wander)
    oo, wo = _sums(lines * lines), _sums(lines * white)
    xo = np.stack([_sums(wander * line) for line in lines], axis=1)  # (wanders, memories)
    octaves = log(corners / _PRIOR_CORNER) / log(2.0) / _PRIOR_OCTAVES
    steepness = (exponents - _PRIOR_EXPONENT) / _PRIOR_SPREAD
    prior = (octaves * octaves + steepness * steepness)[:, None] + _PRIOR_MEMORY * np.sqrt(np.array(MEMORIES))[None, :]
    squares = np.zeros((3, 3, wanders, memories))
    squares[0, 0], squares[1, 1], squares[2, 2] = ww, xx[:, None], oo[None, :]
    squares[0, 1] = squares[1, 0] = wx[:, None]
    squares[0, 2] = squares[2, 0] = wo[None, :]
    squares[1, 2] = squares[2, 1] = xo
    results = []
    gains = (0.0, 0.0)
    for k, row in enumerate(data):
        products = np.zeros((3, wanders, memories))
        products[0], products[1], products[2] = _sum(white * row), _sums(wander * row)[:, None], _sums(lines * row)[None, :]
        found, gained = _non_negative(squares, products)
        place = int(np.argmax(gained - prior))
        i, j = divmod(place, memories)
        results.append((*found[:, i, j], exponents[i], corners[i], MEMORIES[j]))
        if k == 0:
            without = [_non_negative(squares, products, skip)[1].max() for skip in (1, 2)]
            gains = float(gained[i, j] - without[0]), float(gained[i, j] - without[1])
    table = np.array(results)
    return NoiseFit(table[:, 0], table[:, 1], table[:, 3], table[:, 4], table[:, 2], table[:, 5], *gains)


def _non_negative(squares: Float64s, products: Float64s, skip: int | None = None) -> tuple[Float64s, Float64s]:
    """Return the best coefficients that are not negative, (3, ...), and by how much they lessen the sum of squares.

    The best of all subsets of the three, solved without constraint, among those that come out positive.
    """
    best = np.zeros(products.shape)
    gained = np.zeros(products.shape[1:])
    names = [name for name in range(3) if name != skip]
    for count in range(1, len(names) + 1):
        for subset in itertools.combinations(names, count):
            found = _solve([[squares[a, b] for b in subset] for a in subset], [products[a] for a in subset])
            gain = np.zeros(gained.shape)
            good = np.ones(gained.shape, np.bool_)
            for a, value in zip(subset, found, strict=True):
                gain = gain + value * products[a]
                good &= value >= 0.0
            better = good & (gain > gained)
            gained = np.where(better, gain, gained)
            for a in range(3):
                value = found[subset.index(a)] if a in subset else np.zeros(gained.shape)
                best[a] = np.where(better, value, best[a])
    return best, gained


def _solve(matrix: list[list[Float64s]], right: list[Float64s]) -> list[Float64s]:
    """Solve symmetric positive systems side by side, by Cramer's rule; where they are singular, NaN."""
    with np.errstate(all="ignore"):
        if len(right) == 1:
            return [right[0] / matrix[0][0]]
        if len(right) == 2:
            (a, b), (_, c) = matrix
            determinant = _safe(a * c - b * b, a * c)
            return [(c * right[0] - b * right[1]) / determinant, (a * right[1] - b * right[0]) / determinant]
        (a, b, c), (_, d, e), (_, _, f) = matrix
        minors = [d * f - e * e, c * e - b * f, b * e - c * d, a * f - c * c, b * c - a * e, a * d - b * b]
        determinant = _safe(a * minors[0] + b * minors[1] + c * minors[2], a * d * f)
        p, q, r = right
        return [
            (minors[0] * p + minors[1] * q + minors[2] * r) / determinant,
            (minors[1] * p + minors[3] * q + minors[4] * r) / determinant,
            (minors[2] * p + minors[4] * q + minors[5] * r) / determinant,
        ]


def _safe(determinant: Float64s, size: Float64s) -> Float64s:
    return np.where(determinant > 1e-9 * size, determinant, math.nan)


def _sums(values: Float64s) -> Float64s:
    """Sum along the second axis, from the first to the last."""
    result = np.zeros(len(values))
    for column in values.T:
        result = result + column
    return result


def _sum(values: Float64s) -> float:
    return math.fsum(values.tolist())
