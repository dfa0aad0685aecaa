"""Surfaces by their spectrum: a band of frequencies, and filters that give an autocorrelation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish


@plain
def spectral(
    shape: tuple[int, int] | None = None,
    *,
    rms: float = 1.0,
    k_min: float = 0.0,
    k_max: float | None = None,
    gaussian_length: float | None = None,
    gaussian_power: float = 2.0,
    exponential_length: float | None = None,
    power_exponent: float | None = None,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Random surface with a spectrum that is given: a band of frequencies, an autocorrelation, a power law.

    Filters that are given are multiplied; without any, the surface is white noise of the frequencies from `k_min` to `k_max`.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    rms : float
        Height of the surface: its root mean square, exactly, in the unit of the heights.
    k_min, k_max : float
        Smallest and largest spatial angular frequency, 2 pi / wavelength, per unit of pixel size, both included; k_max is not
        limited where it is not given. The band must have at least one wave that fits into the image.
    gaussian_length : float, optional
        Length T in lateral units, 0.25 to 1000 pixels, of an autocorrelation ``exp(-(r / T)**gaussian_power)``.
    gaussian_power : float
        Its power, 0.1 to 12. Beyond 2 no surface has such an autocorrelation, and it is only similar.
    exponential_length : float, optional
        Length T in lateral units, 0.25 to 1000 pixels, of an autocorrelation ``exp(-r / T)``.
    power_exponent : float, optional
        0 to 5: amplitudes are in proportion to ``k**-power_exponent``; a self-affine surface with the Hurst exponent
        ``power_exponent - 1``.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx). With the default, lengths are in pixels.
    base : array_like, shape ``shape``, optional
        Heights to add to; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dict: ``rms_slope``, the root mean square of the gradient of the surface without the base, as its waves have
        it between the pixels.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `rms`, with mean zero; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or no wave lies between `k_min` and `k_max`.

    See Also
    --------
    self_affine : a power law with a roll-off and smoothing.

    Notes
    -----
    A Gaussian random field, periodic in both directions: its Fourier coefficients are independent complex Gaussian numbers, times
    the filters. Their amplitudes, and what they are the transforms of, with d a distance and k a wave number in the plane:

    - ``exp(-k**2 * T**2 / 8)`` for `gaussian_power` 2: power spectral density ``exp(-k**2 * T**2 / 4)``, autocorrelation
      ``exp(-d**2 / T**2)``; for other powers the square root of the magnitude of the discrete transform of
      ``exp(-(d / T)**gaussian_power)``, d being periodic;
    - ``(1 + k**2 * T**2)**(-3/4)`` for `exponential_length`: the transform of ``exp(-d / T)`` is in proportion to its square;
    - ``k**-power_exponent``.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.

    Examples
    --------
    >>> from afmnn import synth
    >>> rough = synth.spectral((256, 256), rms=1.0, gaussian_length=10, seed=1)
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    _check.positive(rms=rms)
    _check.non_negative(k_min=k_min)
    if k_max is not None:
        _check.positive(k_max=k_max)
    gaussian = 0.0 if gaussian_length is None else _check.pixels("gaussian_length", gaussian_length, dx, 0.25, 1000.0)
    _check.within(gaussian_power=(gaussian_power, 0.1, 12.0))
    exponential = 0.0 if exponential_length is None else _check.pixels("exponential_length", exponential_length, dx, 0.25, 1000.0)
    exponent = 0.0 if power_exponent is None else power_exponent
    _check.within(power_exponent=(exponent, 0.0, 5.0))
    _check.flag(return_info=return_info)
    limits = (k_min * dx, math.pi * (1.0 + dx / dy) if k_max is None else k_max * dx)
    if not _core.has_waves(rows, cols, *limits, dy / dx):
        largest = "none" if k_max is None else repr(k_max)
        raise ValueError(
            f"k_min and k_max must have a wave between them that fits into the image, got k_min = {k_min!r} and k_max = {largest}"
            f" for {rows} x {cols} pixels"
        )
    result, slope = _core.spectral(
        rows,
        cols,
        rms,
        *limits,
        gaussian,
        gaussian_power,
        exponential,
        exponent,
        dy / dx,
        key_from(seed),
        resolve_threads(threads),
    )
    return finish(result, heights, {"rms_slope": slope / dx} if return_info else None)
