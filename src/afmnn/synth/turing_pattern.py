"""Turing patterns: spots and stripes of two substances that react and diffuse."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._progress import draws_bar, function_of
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from . import _growth
from .noise import finish


@plain
@draws_bar("iterations")
def turing_pattern(
    shape: tuple[int, int] | None = None,
    *,
    iterations: int = 10_000,
    wavelength: float = 16.0,
    chaos: float = 0.25,
    height: float = 1.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Turing pattern: spots and stripes of a preferred width, from two coupled reaction-diffusion equations.

    An activator and an inhibitor that diffuses faster: small fluctuations of one wavelength grow until they saturate. The surface
    is periodic.

    Parameters
    ----------
    shape, pixel_size, seed, threads
        See `noise`.
    iterations : int
        1 to 1 000 000 steps; after some thousands the pattern is fully grown.
    wavelength : float
        From one stripe to the next, in the lateral unit: 4.4 to 200 pixels (the longer side of them).
    chaos : float
        0 to 1: how far patterns depart from regular stripes. Heights grow with it.
    height : float
        Height of one unit of the first concentration, in the unit of the heights: those of grown patterns reach some 4.5 (`chaos`
        0), 7.5 (0.25) or 13 (1) of them up and down.
    base : array_like, shape ``shape``, optional
        Both concentrations at first, brought to -1/2 to 1/2; otherwise they are random there. Never changed in place.
    return_info : bool
        Also return a dict: ``lowest`` and ``highest`` of the heights.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(iterations_done, iterations)`` from time to time.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`, around 0; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, or a number is out of its range or not finite.
    TypeError
        If `iterations` is not an integer.

    Notes
    -----
    The concentrations a and b obey, with ``F(x) = x / (1 + x**2 / 100) - x / 100``,

    - ``da/dt = (0.75 + 0.5 chaos) F(a) - 1.4 b + 1e-5 / h**2 laplace(a)``,
    - ``db/dt = (-1.1 - 0.9 chaos) F(b) + 1.12 a + 1e-4 / h**2 laplace(b)``, ``h = 2 pi / ((138 - 18 chaos) wavelength)``,

    with rates that are smoothed over 3 x 3 pixels, and steps of half the time in which one of them would change by all that it
    is. They are computed in single precision.

    References
    ----------
    A. M. Turing, Phil. Trans. R. Soc. B 237 (1952) 37, doi:10.1098/rstb.1952.0012.
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), ground = _check.shape_or_base(shape, base)
    count = _check.integer("iterations", iterations, minimum=1, maximum=1_000_000)
    dy, dx = _check.pair("pixel_size", pixel_size)
    pixels = _check.pixels("wavelength", wavelength, max(dy, dx), 4.4, 200.0)
    _check.spreads(chaos=chaos)
    _check.positive(height=height)
    _check.flag(return_info=return_info)
    progress = function_of("progress", progress)
    key = key_from(seed)
    field = _core.turing_draws(rows, cols, key) if ground is None else np.ascontiguousarray(_growth.stretched(ground, 1.0))
    field -= 0.5
    _core.turing_pattern(field, count, pixels / 2.0, chaos, resolve_threads(threads), progress)
    field *= height
    return finish(field, None, {"lowest": float(field.min()), "highest": float(field.max())} if return_info else None)
