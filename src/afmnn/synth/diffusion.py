"""Growth that is limited by diffusion: islands of particles that wander until they stick."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._progress import draws_bar, function_of
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish

_MOST_PARTICLES = 1_000_000_000


@plain
@draws_bar("particles")
def diffusion(
    shape: tuple[int, int] | None = None,
    *,
    coverage: float = 0.25,
    flux: float = 1e-10,
    height: float = 1.0,
    stick_probability: float = 0.1,
    break_probability: float = 0.01,
    schwoebel_probability: float = 1.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Diffusion-limited growth: islands of atoms that arrive one by one and wander until they stick, as in thin epitaxial films.

    Particles arrive at random pixels of a periodic square lattice. In each step every free one may stick to its neighbours, or
    hop to a pixel beside it. The fewer arrive while one wanders, the fewer and larger are the islands.

    Parameters
    ----------
    shape, pixel_size, seed
        See `noise`.
    coverage : float
        Particles that arrive on a pixel, 0 to 16: monolayers.
    flux : float
        Particles that arrive on a pixel in a step, 1e-13 to 1e-3; a free particle tries to hop once a step.
    height : float
        Height of a monolayer, in the unit of the heights.
    stick_probability : float
        0 to 1: probability s that a particle with one neighbour sticks for good, in each step; with two neighbours it is
        ``1 - (1 - s)**2``, with three ``1 - (1 - s)**4``, with four 1.
    break_probability : float
        0 to 1: probability b to hop away from one neighbour; from k it is ``b**k``.
    schwoebel_probability : float
        1e-12 to 1: factor of the probability of hops that lead down a step (the Ehrlich-Schwoebel barrier); 1 is no barrier.
        Small ones make mounds.
    base : array_like, shape ``shape``, optional
        What is there before: a monolayer where it is above the threshold by Otsu's method, nothing elsewhere. Never changed in
        place.
    return_info : bool
        Also return a dict: ``arrived`` particles, of which some ``stuck`` and some were ``removed``; ``moves`` of all free
        particles together, and ``islands``, the number of areas above zero that hang together by the sides of pixels.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(particles_arrived, particles)`` from time to time.
    threads : int, optional
        Checked as elsewhere, but particles move one after the other: there is one thread.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Whole monolayers times `height`; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or there would be more than 1e9 particles.

    Notes
    -----
    A particle's neighbours are those of the four nearest pixels that are at least as high as itself. It cannot hop to where it
    would have to climb. Free particles that others fall on stick. When ``coverage / flux`` steps are over, those still free have
    one more chance to stick, and are taken away otherwise.

    Fewer and larger islands come of a smaller `flux`: their density grows with about its cube root (Amar, Family and Lam). A
    smaller `stick_probability` does not make them fewer. While it is well above `break_probability`, it hardly matters: particles
    that touch have stuck long before they part. Below, free particles fail to stick to islands as often as to each other; they
    become more, and so do the pairs that start islands, as where there is a barrier around islands (Kandel).

    The time is proportional to the moves, some nanoseconds each: steps without a free particle cost none. With
    `stick_probability` near 0, particles hardly ever stick, and wander for ``coverage / flux`` steps each: that may take days.

    References
    ----------
    J. G. Amar, F. Family, P.-M. Lam, Phys. Rev. B 50 (1994) 8781, doi:10.1103/PhysRevB.50.8781.
    D. Kandel, Phys. Rev. Lett. 78 (1997) 499, doi:10.1103/PhysRevLett.78.499.
    T. A. Witten, L. M. Sander, Phys. Rev. Lett. 47 (1981) 1400, doi:10.1103/PhysRevLett.47.1400.
    R. L. Schwoebel, E. J. Shipsey, J. Appl. Phys. 37 (1966) 3682, doi:10.1063/1.1707904.
    N. Otsu, IEEE Trans. Syst. Man Cybern. 9 (1979) 62, doi:10.1109/TSMC.1979.4310076.
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), ground = _check.shape_or_base(shape, base)
    _check.within(
        coverage=(coverage, 0.0, 16.0),
        flux=(flux, 1e-13, 1e-3),
        stick_probability=(stick_probability, 0.0, 1.0),
        break_probability=(break_probability, 0.0, 1.0),
        schwoebel_probability=(schwoebel_probability, 1e-12, 1.0),
    )
    _check.positive(height=height)
    _check.pair("pixel_size", pixel_size)
    _check.flag(return_info=return_info)
    progress = function_of("progress", progress)
    resolve_threads(threads)
    count = int(coverage * rows * cols + 0.5)
    _check.count("particles", count, _MOST_PARTICLES, f"coverage = {coverage!r} on {rows} x {cols} pixels")
    heights = np.zeros((rows, cols)) if ground is None else np.array(ground > _otsu(ground), float, order="C")
    free = 1.0 - stick_probability
    sticks = (0.0, stick_probability, 1.0 - free * free, 1.0 - free * free * free * free, 1.0)
    breaks = [1.0]
    for _ in range(4):
        breaks.append(breaks[-1] * break_probability)
    settings = (sticks, tuple(breaks), schwoebel_probability, key_from(seed), progress)
    stuck, removed, moves, islands = _core.diffusion(heights, count, flux, *settings)
    heights *= height
    info = {"arrived": count, "stuck": stuck, "removed": removed, "moves": moves, "islands": islands}
    return finish(heights, None, info if return_info else None)


def _otsu(heights: NDArray[np.float64]) -> float:
    """Return the threshold that divides 256 classes of heights into two parts with the largest variance between them."""
    low, high = float(heights.min()), float(heights.max())
    if not high > low:
        return high
    counts = np.bincount(np.minimum((heights - low) * (256.0 / (high - low)), 255.0).astype(np.intp).ravel(), minlength=256)
    below, moment, total, all_moments = 0, 0, heights.size, sum(k * int(n) for k, n in enumerate(counts))
    best, threshold = -1.0, low
    for k in range(255):
        below += int(counts[k])
        moment += k * int(counts[k])
        if 0 < below < total:
            apart = moment / below - (all_moments - moment) / (total - below)
            between = apart * apart * below * (total - below)
            if between > best:
                best, threshold = between, low + (k + 1) * ((high - low) / 256.0)
    return threshold
