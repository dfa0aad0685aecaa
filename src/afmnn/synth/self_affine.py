"""Self-affine surfaces: what most rough samples look like."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish

#: Pixels: longer waves can only be a length and a pixel size in different units.
LONGEST = 1e6


@plain
def self_affine(
    shape: tuple[int, int] | None = None,
    *,
    rms: float,
    hurst: float = 0.8,
    roll_off: float | None = None,
    smoothing: float = 0.0,
    anisotropy: float = 1.0,
    angle: float = 0.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Rough surface that looks alike at all magnifications, from its longest waves down to its smoothest ones.

    Sputtered, etched, ground, fractured and polished surfaces are like that over several decades of wavelengths.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    rms : float
        Height of the surface: its root mean square, exactly, in the unit of the heights.
    hurst : float
        Hurst exponent H, 0 to 1: heights at a distance r differ by about ``r**H``. Small: jagged; 1: smooth at small scales.
    roll_off : float, optional
        Wavelength in lateral units, at least two pixels, beyond which the surface is flat: its features are as large as that. By
        default there is no such limit, and the largest features are as large as the image.
    smoothing : float
        Standard deviation in lateral units of a Gaussian filter, as a blunt tip or a viscous film has it; 0: none.
    anisotropy : float
        1 to 100: how many times longer features are along `angle` than across.
    angle : float
        Direction of long features in radians, counter-clockwise from the columns' direction.
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
        If ``shape`` is below 2 x 2, or a number is out of its range or not finite.

    Notes
    -----
    A Gaussian random field, periodic in both directions: independent complex Gaussian coefficients (random phases) of the
    two-dimensional power spectral density

    ``C(q) ~ (q_r**2 + q**2)**-(1 + H) * exp(-(q * smoothing)**2)``, ``q_r = 2 pi / roll_off``,

    which falls as ``q**-(2 + 2 H)`` below the roll-off and is flat above it (Persson et al.; of the two usual forms the one
    without a kink; Jacobs et al., who also say how it is measured). With an anisotropy a the first factor has
    ``q**2 = a * q_along**2 + q_across**2 / a``.

    References
    ----------
    B. N. J. Persson et al., J. Phys.: Condens. Matter 17 (2005) R1, doi:10.1088/0953-8984/17/1/R01.
    T. D. B. Jacobs, T. Junge, L. Pastewka, Surf. Topogr.: Metrol. Prop. 5 (2017) 013001, doi:10.1088/2051-672X/aa51f8.

    Examples
    --------
    >>> from afmnn import synth
    >>> rough = synth.self_affine((256, 256), rms=1.0, hurst=0.7, roll_off=60, smoothing=1.5, seed=1)
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    _check.positive(rms=rms)
    _check.within(hurst=(hurst, 0.0, 1.0), anisotropy=(anisotropy, 1.0, 100.0))
    _check.angle(angle=angle)
    wavelength = 0.0 if roll_off is None else _check.pixels("roll_off", roll_off, dx, 2.0, LONGEST)
    _check.non_negative(smoothing=smoothing)
    _check.at_most(max(rows * dy, cols * dx), "the longer side of the image", smoothing=smoothing)
    _check.flag(return_info=return_info)
    result, slope = _core.self_affine(
        rows,
        cols,
        rms,
        hurst,
        wavelength,
        smoothing / dx,
        anisotropy,
        angle,
        dy / dx,
        key_from(seed),
        resolve_threads(threads),
    )
    return finish(result, heights, {"rms_slope": slope / dx} if return_info else None)
