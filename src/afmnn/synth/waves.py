"""Interference of waves from many point sources."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._elementary import exp, log
from .._progress import draws_bar, function_of
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish

WaveQuantity = Literal["displacement", "amplitude", "phase"]
WaveForm = Literal["cosine", "inverse_cosh", "flat_top"]

QUANTITIES = ("displacement", "amplitude", "phase")
FORMS = ("cosine", "inverse_cosh", "flat_top")


@plain
@draws_bar("parts")
def waves(
    shape: tuple[int, int] | None = None,
    *,
    count: int = 50,
    wavelength: float | None = None,
    waves_per_image: float = 30.0,
    amplitude: float = 1.0,
    quantity: WaveQuantity = "amplitude",
    form: WaveForm = "cosine",
    log10_decay: float = -5.0,
    center: tuple[float, float] = (0.0, 0.0),
    wavelength_spread: float = 0.0,
    amplitude_spread: float = 0.0,
    decay_spread: float = 0.0,
    center_spread_y: float = 0.3,
    center_spread_x: float = 0.3,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Interference of waves from many point sources: ripples, speckle, standing waves.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    count : int
        Number of sources, 1 to 2000.
    wavelength : float, optional
        Wavelength in lateral units; by default as `waves_per_image` says.
    waves_per_image : float
        Waves on the size of the image, the square root of its area, 0.01 to 1000; used where no `wavelength` is given, which has
        to be in the same range.
    amplitude : float
        Height of a single wave.
    quantity : {"displacement", "amplitude", "phase"}
        What the image shows of the sum of all waves. The phase lies between -sqrt(pi) and sqrt(pi), whatever the amplitude.
    form : {"cosine", "inverse_cosh", "flat_top"}
        Form of the waves over a period.
    log10_decay : float
        -5 to 0: decimal logarithm of how much waves are damped per radian of phase.
    center : (float, float)
        Centre (y, x) of the sources in lateral units, downwards and to the right of the centre of the image; at most a thousand
        image sizes away.
    wavelength_spread, amplitude_spread, decay_spread : float
        0 to 1: spread of the sources' frequency, amplitude and decay; a quarter of the standard deviation of their logarithm.
    center_spread_y, center_spread_x : float
        0 to 1: spread of the places of sources; the standard deviation is a thousand times the square of this in image sizes, so
        that waves are almost plane by default.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx). With the default, lengths are in pixels.
    base : array_like, shape ``shape``, optional
        Heights to add to; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dict: of the sources ``y``, ``x`` (from the centre of the image) and ``wavelength`` in lateral units,
        ``amplitude``, and ``decay`` per radian.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(parts_done, parts)`` from time to time.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `amplitude`; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or a choice is unknown.
    TypeError
        If `count` is not an integer.

    Notes
    -----
    With phases ``p = 2 pi r / wavelength`` at the distances r of the sources,
    ``C = sum(a * exp(-decay * p) * wave(p))``, and S the same with the quadrature of the wave (its Hilbert transform), the
    displacement is ``2 C / sqrt(count)``, the amplitude ``2 sqrt(C**2 + S**2) / sqrt(count)`` and the phase
    ``atan2(S, C) / sqrt(pi)``. Over the period from 0 to 2 pi, "inverse_cosh" is the hyperbolic secant of ``10 p / (2 pi)``, made
    periodic, with the mean 0 and the root mean square 1; "flat_top" is ``cos(p) - cos(3 p) / 6 + cos(5 p) / 50``. The time is in
    proportion to `count`.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.

    Examples
    --------
    >>> from afmnn import synth
    >>> ripples = synth.waves((128, 128), count=3, quantity="displacement", waves_per_image=10, center_spread_x=0.02, seed=1)
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    number = _check.integer("count", count, minimum=1, maximum=2000)
    size = math.sqrt(rows * cols * (dy / dx))  # of the image, in pixel widths
    _check.within(waves_per_image=(waves_per_image, 0.01, 1000.0), log10_decay=(log10_decay, -5.0, 0.0))
    period = (
        size / waves_per_image if wavelength is None else _check.pixels("wavelength", wavelength, dx, size / 1000, size * 100)
    )
    _check.positive(amplitude=amplitude)
    _check.choice("quantity", quantity, QUANTITIES)
    _check.choice("form", form, FORMS)
    y, x = _check.point("center", center)
    _check.at_most(1000 * size * dx, "a thousand image sizes", **{"center[0]": abs(y), "center[1]": abs(x)})
    _check.spreads(
        wavelength_spread=wavelength_spread,
        amplitude_spread=amplitude_spread,
        decay_spread=decay_spread,
        center_spread_y=center_spread_y,
        center_spread_x=center_spread_x,
    )
    _check.flag(return_info=return_info)
    progress = function_of("progress", progress)
    result, at_y, at_x, wavelengths, amplitudes, decays = _core.waves(
        rows,
        cols,
        number,
        QUANTITIES.index(quantity),
        FORMS.index(form),
        amplitude,
        amplitude_spread,
        period,
        wavelength_spread,
        float(exp(log10_decay * float(log(10.0)))),
        decay_spread,
        y / dx,
        x / dx,
        1000 * center_spread_y * center_spread_y * size,
        1000 * center_spread_x * center_spread_x * size,
        dy / dx,
        key_from(seed),
        resolve_threads(threads),
        progress,
    )
    info = {"y": at_y * dx, "x": at_x * dx, "wavelength": wavelengths * dx, "amplitude": amplitudes, "decay": decays}
    return finish(result, heights, info if return_info else None)
