"""Fractional Brownian surfaces by midpoint displacement."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish

BrownianDistribution = Literal["uniform", "gaussian", "exponential", "power"]

DISTRIBUTIONS = ("uniform", "gaussian", "exponential", "power")
_LONGEST = 1e6  # pixels


@plain
def fractional_brownian(
    shape: tuple[int, int] | None = None,
    *,
    hurst: float = 0.5,
    rms: float = 1.0,
    stationarity_length: float | None = None,
    distribution: BrownianDistribution = "gaussian",
    power: float = 3.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Fractional Brownian surface: heights differ by a power of their distance, and the surface is not periodic.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    hurst : float
        Hurst exponent H, -0.999 to 0.999: heights at a distance d differ by about ``d**H``.
    rms : float
        Height of the surface: its root mean square about the mean, exactly, in the unit of the heights. The mean is not zero.
    stationarity_length : float, optional
        Distance in lateral units, at least two pixels, beyond which heights do not depend on each other. By default there is
        none.
    distribution : {"uniform", "gaussian", "exponential", "power"}
        Distribution of the displacements: the last two, with their long tails, make single peaks and faults.
    power : float
        For "power": 2.01 to 12; large displacements x are in proportion to ``x**-power`` as frequent as larger ones.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx). With the default, lengths are in pixels.
    base : array_like, shape ``shape``, optional
        Heights to add to; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dict: ``mean``, that of the surface without the base.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `rms`; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or `distribution` is unknown.

    See Also
    --------
    self_affine : exact, isotropic and periodic.

    Notes
    -----
    Midpoint displacement: four corners first, then intervals are halved, along the axis whose intervals are longest,
    until all pixels have heights. A point at the distances ``a`` and ``b`` from the ends of an interval of the length d gets
    their linear interpolation and a displacement with the variance ``(a**2H + b**2H - d**2H * (a**2 + b**2) / d**2) / 2``; where
    d is at least the stationarity length L, a height of its own with the variance ``L**2H / 2``. Corners differ from each other
    as their distance, or L, says. As with all midpoint methods, increments are not quite stationary nor isotropic, and for small
    H the exponent that comes out is smaller than H by up to a tenth.

    Displacements of "power" are ``u**(-1 / power) - 1`` with a random sign, u uniform from 0 to 1.

    References
    ----------
    A. Fournier, D. Fussell, L. Carpenter, Comm. ACM 25 (1982) 371, doi:10.1145/358523.358553.
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.

    Examples
    --------
    >>> from afmnn import synth
    >>> rough = synth.fractional_brownian((256, 256), hurst=0.7, rms=1.0, seed=1)
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    _check.within(hurst=(hurst, -0.999, 0.999), power=(power, 2.01, 12.0))
    _check.positive(rms=rms)
    length = 0.0 if stationarity_length is None else _check.pixels("stationarity_length", stationarity_length, dx, 2.0, _LONGEST)
    _check.choice("distribution", distribution, DISTRIBUTIONS)
    _check.flag(return_info=return_info)
    kind = DISTRIBUTIONS.index(distribution)
    result = _core.brownian(rows, cols, hurst, rms, length, kind, power, dy / dx, key_from(seed), resolve_threads(threads))
    info = {"mean": _core.total(result) / result.size} if return_info else None
    return finish(result, heights, info)
