"""Point noise: every pixel on its own."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._seed import SeedLike, key_from
from .._threads import resolve_threads

Distribution: TypeAlias = Literal["gaussian", "laplace", "uniform", "triangular", "salt_pepper"]
Sign: TypeAlias = Literal["both", "positive", "negative"]

DISTRIBUTIONS = ("gaussian", "laplace", "uniform", "triangular", "salt_pepper")
SIGNS = ("both", "positive", "negative")


@plain
def noise(
    shape: tuple[int, int] | None = None,
    *,
    rms: float,
    distribution: Distribution = "gaussian",
    sign: Sign = "both",
    density: float = 1.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Noise without correlation from pixel to pixel.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns; may be left out when `base` is given.
    rms : float
        Root mean square of the noise in the pixels that receive any, about zero whatever the `sign`, in the unit of the
        heights.
    distribution : {"gaussian", "laplace", "uniform", "triangular", "salt_pepper"}
        How heights are distributed: normal; two-sided exponential; uniform within ``sqrt(3) * rms``; triangular within
        ``sqrt(6) * rms``; or plus and minus `rms` with equal probability.
    sign : {"both", "positive", "negative"}
        "positive" takes absolute values, "negative" minus those; the mean is then not zero (0.798 `rms` for Gaussian,
        0.707 for Laplace, 0.866 for uniform, 0.816 for triangular noise).
    density : float
        Fraction of the pixels that receive noise, 1e-6 to 1; chosen independently of the heights.
    pixel_size : float or (float, float)
        Accepted by every generator; point noise has no length, so it changes nothing.
    base : array_like, shape ``shape``, optional
        Heights to add to; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dict: ``count``, the number of pixels that received noise.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `rms`; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or `distribution` or `sign` is unknown.

    Notes
    -----
    A pixel's height depends on the seed, its row and its column only: with one seed, images of different sizes agree
    where they overlap. Every height comes from 53 random bits of its own (Philox 4x32 with ten rounds); Gaussian heights,
    two of which share radius and angle, reach 8.57 `rms`, Laplace heights 26 `rms`.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    J. K. Salmon et al., SC '11, doi:10.1145/2063384.2063405.
    G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29 (1958) 610, doi:10.1214/aoms/1177706645.
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    drawn = amplitude(rms, distribution, sign)
    _check.within(density=(density, 1e-6, 1.0))
    _check.pair("pixel_size", pixel_size)
    _check.flag(return_info=return_info)
    result = _core.noise(rows, cols, *drawn, density, key_from(seed), threads=resolve_threads(threads))
    info = {"count": int(np.count_nonzero(result))} if return_info else None
    return finish(result, heights, info)


def amplitude(
    rms: float, distribution: str, sign: str, *, distributions: tuple[str, ...] = DISTRIBUTIONS
) -> tuple[float, int, int]:
    """Check what describes draws of heights, and return it as the core wants it."""
    _check.positive(rms=rms)
    _check.choice("distribution", distribution, distributions)
    _check.choice("sign", sign, SIGNS)
    return float(rms), DISTRIBUTIONS.index(distribution), SIGNS.index(sign)


def finish(result: NDArray[np.float64], base: NDArray[np.float64] | None, info: dict[str, Any] | None) -> NDArray[np.float64]:
    """Add the base in place, and put the dict beside the heights if there is one."""
    if base is not None:
        np.add(result, base, out=result)
    # Typed as what callers get who do not ask for the dict: a union would get in the way of everybody's arithmetic.
    return result if info is None else cast("NDArray[np.float64]", (result, info))
