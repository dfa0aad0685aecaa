"""Networks of wrinkles: ridges along the zero lines of random fields."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._elementary import exp, log
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish

_LONGEST = 1e5  # pixels
_SMOOTHER = 8.0  # times: the roll-off of fields over their smoothing
_SIGMA = 2.3548200450309493  # full width at half maximum of a Gaussian / its standard deviation


@plain
def wrinkles(
    shape: tuple[int, int] | None = None,
    *,
    spacing: float,
    height: float,
    ridge_width: float | None = None,
    families: int = 2,
    hurst: float = 0.8,
    anisotropy: float = 1.0,
    angle: float = 0.0,
    height_spread: float = 0.3,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Networks of wrinkles, folds, cracks' rims or grain boundaries: narrow ridges that wind over a flat ground and cross.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    spacing : float
        Mean distance between ridges in lateral units, from four pixels to the longer side of the image: the area divided by their
        length.
    height : float
        Height of the ridges, their mean.
    ridge_width : float, optional
        Width of a ridge at half its height in lateral units, a pixel at least and the spacing at most; by default an eighth of
        the spacing.
    families : int
        1 to 8: ridges of one family wind around each other, those of different families cross. 1: closed loops and winding
        bands; 2 and more: a network with junctions.
    hurst : float
        0 to 1: Hurst exponent of the fields: small ones let ridges wind and split into islands of all sizes, 1 makes them even.
    anisotropy : float
        1 to 20: how many times longer meshes are along `angle` than across.
    angle : float
        Direction of long meshes in radians, counter-clockwise from the columns' direction.
    height_spread : float
        0 to 1: standard deviation of the logarithm of the height along the ridges.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx). With the default, lengths are in pixels.
    base : array_like, shape ``shape``, optional
        Heights to add to; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dict: ``length_density``, the expected length of ridges per area, in one over lateral units, of the fields
        that were drawn; ``1 / spacing`` but for chance, where they are isotropic.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`, 0 and above; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, or a number is out of its range or not finite.
    TypeError
        If `families` is not an integer.

    See Also
    --------
    self_affine : the fields, whose zero lines the ridges are.

    Notes
    -----
    Each family is a smooth self-affine field f, periodic. Its ridges are
    ``height * exp(g) * exp(-d**2 / (2 * s**2))``, with the distance ``d = |f| / |grad f|`` to the zero line of f,
    ``s = ridge_width / 2.355``, and a smooth random g such that the mean of ``exp(g)`` is one. At each point the highest ridge
    counts. Zero lines of Gaussian fields have the length ``|grad f| / (2 * sqrt(2) * |f|)`` per area, roots mean square being
    meant (Rice's formula, for lines); the roll-off of f, and its smoothing, an eighth of that, are chosen so that it is
    ``1 / (families * spacing)``.

    References
    ----------
    S. O. Rice, Bell Syst. Tech. J. 24 (1945) 46, doi:10.1002/j.1538-7305.1945.tb00453.x.
    M. S. Longuet-Higgins, Phil. Trans. R. Soc. A 249 (1957) 321, doi:10.1098/rsta.1957.0002.

    Examples
    --------
    >>> from afmnn import synth
    >>> graphene = synth.wrinkles((256, 256), spacing=50, height=2.0, ridge_width=4, seed=1)
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    distance = _check.pixels("spacing", spacing, dx, 4.0, _LONGEST)
    _check.at_most(max(rows * dy, cols * dx), "the longer side of the image", spacing=spacing)
    _check.positive(height=height)
    across = (
        max(distance / 8, 1.0) if ridge_width is None else _check.pixels("ridge_width", ridge_width, dx, 1.0 - 1e-9, _LONGEST)
    )
    if ridge_width is not None:
        _check.at_most(spacing, "the spacing", ridge_width=ridge_width)
    number = _check.integer("families", families, minimum=1, maximum=8)
    _check.within(hurst=(hurst, 0.0, 1.0), anisotropy=(anisotropy, 1.0, 20.0))
    _check.angle(angle=angle)
    _check.spreads(height_spread=height_spread)
    _check.flag(return_info=return_info)
    roll_off = _slope_of_unit_roll_off(hurst) * distance * number / (2 * math.sqrt(2))
    result, slope = _core.wrinkles(
        rows,
        cols,
        height,
        across / _SIGMA,
        roll_off,
        roll_off / _SMOOTHER,
        hurst,
        anisotropy,
        angle,
        height_spread,
        dy / dx,
        number,
        key_from(seed),
        resolve_threads(threads),
    )
    info = {"length_density": number * slope / (2 * math.sqrt(2)) / dx} if return_info else None
    return finish(result, heights, info)


def _slope_of_unit_roll_off(hurst: float) -> float:
    """Return the root mean square of the gradient of a field whose rms and roll-off are 1: moments of its spectrum."""
    roll = 4 * math.pi * math.pi
    zeroth = second = 0.0
    steps = 120
    for step in range(steps):
        q = 4 * _SMOOTHER * (step + 0.5) / steps  # where the filter leaves exp(-16)
        density = q * float(exp(-(1 + hurst) * float(log(roll + q * q)) - q * q / (_SMOOTHER * _SMOOTHER)))
        zeroth += density
        second += q * q * density
    return math.sqrt(second / zeroth)
