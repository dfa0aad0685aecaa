"""Moments of the truncated normal distribution that sizes of bodies are drawn from."""

from __future__ import annotations

import math

from .._elementary import erf, exp


def moments(mean: float, spread: float, low: float, high: float) -> tuple[float, float]:
    """Return the mean and the mean square of a normal distribution limited to [low, high].

    Parameters
    ----------
    mean, spread : float
        Of the distribution before it is limited; ``spread`` 0 is a single value.
    low, high : float
        Limits, ``low <= mean <= high``.

    Returns
    -------
    float, float
        First and second moment about zero, in the unit of `mean` and its square.

    References
    ----------
    N. L. Johnson, S. Kotz, N. Balakrishnan, Continuous Univariate Distributions 1, 2nd edition, section 13.10.1.
    """
    if spread == 0:
        return mean, mean * mean
    a = max((low - mean) / spread, -40.0)  # farther out the density is zero in double precision
    b = min((high - mean) / spread, 40.0)
    inside = 0.5 * (erf(b / math.sqrt(2)) - erf(a / math.sqrt(2)))
    density_a = exp(-a * a / 2) / math.sqrt(2 * math.pi) / inside
    density_b = exp(-b * b / 2) / math.sqrt(2 * math.pi) / inside
    first = density_a - density_b
    variance = 1 + a * density_a - b * density_b - first * first
    average = mean + spread * first
    return average, average * average + spread * spread * variance
