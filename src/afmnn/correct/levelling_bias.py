"""How much roughness goes with the background that is taken off.

A polynomial that is fitted to a rough line takes the part of the roughness with it that looks like a polynomial, and the line
comes out too smooth. How much it is on average follows from the autocorrelation of the roughness: of a line of length L, for
orthonormal p_k, the variance lost is the sum over k of the double integral of p_k(x) p_k(x') C(x - x') / L. Of a surface, the sum
runs over the products of both directions.

The correlation length of what is left is too short itself, because its autocorrelation has a mean of zero: looked for is the
length of the roughness that looks, when it is levelled, like what was measured.

D. Nečas, M. Valtr, P. Klapetek, Sci. Rep. 10 (2020) 15294, doi:10.1038/s41598-020-72171-8, show what this does to measurements.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, NamedTuple, TypeAlias

import numpy as np

from .._elementary import spread, total
from .._typing import Float64s, Heights, Mask

Acf: TypeAlias = Literal["exponential", "gaussian"]
ACFS: tuple[Acf, ...] = ("exponential", "gaussian")

#: Lines that the autocorrelation is measured on.
_LINES = 256
#: Pixels of the lines that a levelled line is modelled with.
_MODEL_PIXELS = 384
#: Correlation lengths, in lengths of the line, between which the true one is looked for. Longer ones cannot be told from a tilt.
_SHORTEST, _LONGEST = 1e-5, 1.0


class Fitted(NamedTuple):
    """What was fitted: polynomials along lines of that many pixels, or a surface."""

    terms: tuple[tuple[int, int], ...]  # powers across and along the lines
    shape: tuple[int, int]  # pixels across and along; 1 across: every line for itself


def line_terms(degree: int) -> tuple[tuple[int, int], ...]:
    """Return the terms of a polynomial along each line."""
    return tuple((0, power) for power in range(degree + 1))


def surface_terms(across: int, along: int, total_degree: bool) -> tuple[tuple[int, int], ...]:
    """Return the terms of a polynomial surface."""
    highest = max(across, along) if total_degree else across + along
    return tuple((i, j) for i in range(across + 1) for j in range(along + 1) if i + j <= highest)


def autocorrelation(acf: Acf, distance: Float64s) -> Float64s:
    """Return the autocorrelation at a distance in correlation lengths, where it is 1/e of that at zero."""
    result: Float64s = np.exp(-distance) if acf == "exponential" else np.exp(-distance * distance)
    return result


def variance_lost(length: float, degree: int, acf: Acf) -> float:
    """Return the part of the variance that a polynomial takes off a line, on average.

    `length` is the correlation length in lengths of the line. Short ones lose (degree + 1) * 2 * `length` (exponential) or
    (degree + 1) * sqrt(pi) * `length` (Gaussian).
    """
    return _lost(line_terms(degree), (math.inf, length), acf)


def surface_variance_lost(lengths: tuple[float, float], terms: tuple[tuple[int, int], ...], acf: Acf) -> float:
    """Return the part of the variance that a surface takes off an image, on average.

    `lengths` are the correlation length in lengths of the image across and along the lines; `terms` those of the surface.
    """
    return _lost(terms, lengths, acf)


def _lost(terms: tuple[tuple[int, int], ...], lengths: tuple[float, float], acf: Acf) -> float:
    across, along = lengths
    u, u_weights = _nodes(along)
    overlaps_u = {j: _overlap(j, u) * u_weights for j in {j for _, j in terms}}
    if math.isinf(across):  # every line for itself
        correlation = autocorrelation(acf, u / along)
        return min(float(sum(2.0 * (overlaps_u[j] @ correlation) for _, j in terms)), 1.0)  # but for rounding
    v, v_weights = _nodes(across)
    correlations = autocorrelation(acf, np.hypot(v[:, None] / across, u / along))
    overlaps_v = {i: _overlap(i, v) * v_weights for i in {i for i, _ in terms}}
    return min(float(sum(4.0 * (overlaps_v[i] @ correlations @ overlaps_u[j]) for i, j in terms)), 1.0)


def _nodes(length: float) -> tuple[Float64s, Float64s]:
    """Return nodes and weights of integration over distances from 0 to 1, closer where the autocorrelation is not yet zero."""
    edges = [0.0, *(edge for edge in length * 2.0 ** np.arange(-4, 60) if edge < 0.75), 1.0]
    x, weights = np.polynomial.legendre.leggauss(12)
    low, high = np.array(edges[:-1])[:, None], np.array(edges[1:])[:, None]
    return (0.5 * (low + high) + 0.5 * (high - low) * x).ravel(), (0.5 * (high - low) * weights).ravel()


def _polynomial(degree: int, x: Float64s) -> Float64s:
    """Return the orthonormal polynomial on the interval from 0 to 1."""
    result: Float64s = math.sqrt(2 * degree + 1) * np.polynomial.legendre.Legendre.basis(degree)(2.0 * x - 1.0)
    return result


def _overlap(degree: int, distance: Float64s) -> Float64s:
    """Return the integral of p(x) p(x + distance) over all x for which both are on the interval."""
    x, weights = np.polynomial.legendre.leggauss(degree + 1)  # exact: a polynomial of twice the degree
    at = 0.5 * (1.0 - distance)[:, None] * (1.0 + x)
    products = _polynomial(degree, at) * _polynomial(degree, at + distance[:, None])
    result: Float64s = 0.5 * (1.0 - distance) * (products @ weights)
    return result


# ---- the correlation length of what is left ------------------------------------------------------------------------


def decay_length(levelled: Heights, used: Mask | None) -> float:
    """Return after how many pixels along the lines the autocorrelation has fallen to 1/e; NaN where it does not."""
    rows = np.linspace(0, len(levelled) - 1, min(len(levelled), _LINES)).round().astype(int)
    z = levelled[rows].astype(np.float64)
    weights = ~np.isnan(z) if used is None else used[rows] & ~np.isnan(z)
    z[~weights] = 0.0
    counts = weights.astype(np.float64)
    if not weights.any():
        return math.nan
    z -= counts * (total(z) / total(counts))

    def correlation(lag: int) -> float:
        count = total(counts[:, : counts.shape[1] - lag] * counts[:, lag:])
        return total(z[:, : z.shape[1] - lag] * z[:, lag:]) / count if count else math.nan

    whole = correlation(0)
    if not whole > 0.0:
        return math.nan
    before, last = 0, z.shape[1] - 1
    lag = 1
    while lag <= last and not correlation(lag) < whole / math.e:
        before, lag = lag, max(lag + 1, int(1.2 * lag))
    if lag > last:
        return math.nan
    while lag - before > 1:
        middle = (before + lag) // 2
        before, lag = (before, middle) if correlation(middle) < whole / math.e else (middle, lag)
    high, low = correlation(before), correlation(lag)
    return before + (high - whole / math.e) / (high - low)


def _root(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a rising function crosses zero; the end of the range beyond which it does."""
    if function(low) >= 0.0:
        return low
    if function(high) <= 0.0:
        return high
    for _ in range(50):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if function(middle) < 0.0 else (low, middle)
    return math.sqrt(low * high)


def line_correlation_length(decay: float, degree: int, acf: Acf) -> float:
    """Return the correlation length of lines of which, levelled, the autocorrelation falls to 1/e within `decay`.

    Both in lengths of the line; 1 where that or more is meant.
    """
    steps = max(1, round(_MODEL_PIXELS * decay))
    pixels = round(steps / decay)
    if steps < 4 or steps >= pixels - 1:  # the polynomial is as good as constant over so short a distance
        return _correlation_length(decay, lambda length: variance_lost(length, degree, acf), acf)
    x = (np.arange(pixels) + 0.5) / pixels
    basis, _ = np.linalg.qr(np.stack([_polynomial(power, x) for power in range(degree + 1)], axis=1))
    distances = np.abs(np.arange(pixels)[:, None] - np.arange(pixels))

    def excess(length: float) -> float:
        covariance = autocorrelation(acf, np.arange(pixels) / (pixels * length))[distances]
        half = covariance - basis @ (basis.T @ covariance)
        left = half - (half @ basis) @ basis.T
        return float(np.diagonal(left, steps).mean() / np.diagonal(left).mean()) - 1.0 / math.e

    return _root(excess, 0.5 * decay, _LONGEST)


def _correlation_length(decay: float, lost: Callable[[float], float], acf: Acf) -> float:
    """Return the same where the fit takes off what is as good as constant within `decay`."""

    def excess(length: float) -> float:
        part = lost(length)
        there = float(autocorrelation(acf, np.array(decay / length)))
        return (there - part) - (1.0 - part) / math.e

    return _root(excess, max(0.5 * decay, _SHORTEST), _LONGEST)


# ---- what users are told -------------------------------------------------------------------------------------------


def sq_of(levelled: Heights, used: Mask | None) -> float:
    """Return Sq of the used pixels."""
    heights = levelled[~np.isnan(levelled) if used is None else used & ~np.isnan(levelled)]
    return spread(heights) if heights.size else math.nan


def bias_figures(levelled: Heights, used: Mask | None, fitted: Fitted) -> dict[str, float]:
    """Return Sq of the used pixels, the least relative bias that levelling brought to it, and Sq without.

    ``correlation_length`` is in pixels. Of both models of the autocorrelation, that one counts by which less was lost. NaN where
    the correlation length cannot be told.
    """
    sq = sq_of(levelled, used)
    figures = {"sq": sq, "sq_true": math.nan, "sq_bias": math.nan, "correlation_length": math.nan}
    by_lines = fitted.shape[0] == 1
    decay = decay_length(levelled, used)
    if not by_lines:  # because offsets of lines look like long correlation along them, and drift across
        other = decay_length(levelled.T, None if used is None else used.T)
        decay = other if math.isnan(decay) or other < decay else decay
    if math.isnan(decay):
        return figures
    rows, cols = fitted.shape
    found = []
    for acf in ACFS:
        if by_lines:
            degree = max(j for _, j in fitted.terms)
            length = line_correlation_length(decay / cols, degree, acf)
            found.append((variance_lost(length, degree, acf), length * cols))
        else:
            side = max(rows, cols)

            def part(length: float, acf: Acf = acf, side: int = side) -> float:
                return surface_variance_lost((length * side / rows, length * side / cols), fitted.terms, acf)

            length = _correlation_length(decay / side, part, acf)
            found.append((part(length), length * side))
    least, length = min(found)
    figures["sq_bias"] = math.sqrt(max(0.0, 1.0 - least)) - 1.0
    figures["sq_true"] = sq / math.sqrt(1.0 - least) if least < 1.0 else math.nan
    figures["correlation_length"] = length
    return figures
