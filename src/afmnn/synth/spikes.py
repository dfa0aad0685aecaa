"""Spikes: single pixels, or a few that touch, at another height."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import Distribution, Sign, amplitude, finish

_MOST_PIXELS = 50_000_000  # of spikes: their records take more than a gigabyte


@plain
def spikes(
    shape: tuple[int, int] | None = None,
    *,
    rms: float,
    density: float = 0.001,
    size: int = 1,
    distribution: Distribution = "gaussian",
    sign: Sign = "both",
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Single pixels, or a few that touch, far above or below the surface.

    `afmnn.correct.spikes` mends them.

    Parameters
    ----------
    shape, pixel_size, base, seed, threads
        See `noise`.
    rms : float
        Root-mean-square height of a spike, in the unit of the heights. All pixels of a spike have the same height; spikes that
        overlap add up.
    density : float
        Mean number of spikes per pixel, 1e-6 to 0.1.
    size : int
        Most pixels that a spike has, 1 to 9: all numbers from 1 on are equally likely. A spike of several pixels grows at
        random from one of them, to pixels beside those that it has.
    distribution : {"gaussian", "laplace", "uniform", "triangular", "salt_pepper"}
        Distribution of the heights of spikes, see `noise`; "salt_pepper": all have the height `rms`.
    sign : {"both", "positive", "negative"}
        Sign of the heights, see `noise`.
    return_info : bool
        Also return a dict: ``count`` and ``heights`` of the spikes, and for each of their pixels ``rows``, ``columns`` and
        ``spikes``, the number of the spike, from 0 on, that it belongs to.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `rms`; with `return_info`, a tuple of heights and dict. The mean square is
        ``density * (size + 1) / 2 * rms**2``.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or a choice is unknown.
    TypeError
        If `size` is not an integer.

    Notes
    -----
    The number of spikes is ``rows * columns * density``, rounded up or down at random: at the smallest densities an image may
    have none. Spikes of several pixels lie in the image as a whole.

    References
    ----------
    M. Eden, Proc. 4th Berkeley Symp. Math. Stat. Prob. 4 (1961) 223.
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    _check.flag(return_info=return_info)
    drawn = amplitude(rms, distribution, sign)
    _check.within(density=(density, 1e-6, 0.1))
    most = _check.integer("size", size, minimum=1, maximum=9)
    _check.pair("pixel_size", pixel_size)
    cause = f"density = {density!r} with size = {size!r} in {rows} x {cols} pixels"
    _check.count("pixels of spikes", rows * cols * density * most, _MOST_PIXELS, cause)
    result, at_row, at_column, spike, offsets = _core.spikes(
        rows, cols, *drawn, density, most, key_from(seed), threads=resolve_threads(threads)
    )
    info = {"count": len(offsets), "rows": at_row, "columns": at_column, "spikes": spike, "heights": offsets}
    return finish(result, heights, info if return_info else None)
