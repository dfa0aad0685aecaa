"""Annealing: a mixture of two or three kinds that separates while it cools."""

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

_SWEEPS = 4  # of an iteration


@plain
@draws_bar("sweeps")
def anneal(
    shape: tuple[int, int] | None = None,
    *,
    iterations: int = 5000,
    t_initial: float = 1.25,
    t_final: float = 0.7,
    fraction: float = 0.5,
    height: float = 1.0,
    b_fraction: float | None = None,
    energy_ab: float = 1.0,
    energy_ac: float = 1.0,
    energy_bc: float = 1.0,
    average: int = 1,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Annealed mixture: two or three kinds of atoms that separate into domains while they cool.

    A lattice gas on a periodic square lattice. Neighbours change places, always if that does not raise the energy, and with the
    probability ``exp(-dE / T)`` if it raises it by dE; so there are as many of each kind at the end as at first.

    Parameters
    ----------
    shape, pixel_size, seed, threads
        See `noise`.
    iterations : int
        1 to 1 000 000; in each, every pair of neighbours is tried once on average.
    t_initial, t_final : float
        Temperatures at the beginning and at the end, 0.001 to 2, in units of the energy of two unlike neighbours. If the first
        is the lower one, both are their mean. Two kinds separate below 1.1346.
    fraction : float
        Part of the pixels that have the higher level, 0.0001 to 0.9999; with three kinds, part of those that are not of kind B.
    height : float
        Height of the highest level above the lowest, in the unit of the heights.
    b_fraction : float, optional
        Part of the pixels of a third kind, B, whose level is half of `height`: 0.0001 to 0.9999; A is the lower, C the higher.
    energy_ab, energy_ac, energy_bc : float
        Energies of unlike neighbours of three kinds, 0 to 1; the largest, which must not be 0, is taken as 1.
    average : int
        1 to 10 000: the heights are those of the mean of so many last iterations.
    base : array_like, shape ``shape``, optional
        Which pixels are higher at first: the highest ones of the base are of the higher kinds, in the wanted parts; otherwise
        that is random. Never changed in place.
    return_info : bool
        Also return a dict: ``counts``, the numbers of pixels of the kinds, from the lowest.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(sweeps_done, sweeps)`` from time to time; an iteration has four sweeps.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights from 0 to `height`; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, or a number is out of its range or not finite.
    TypeError
        If `iterations` or `average` is not an integer.

    Notes
    -----
    Kawasaki's dynamics of the Ising model with conserved magnetisation, or of a Potts model with three states. In sweep i of n
    the temperature is ``t_initial / (1 + i / n * (t_initial / t_final - 1))``, and every pair is tried with probability 1/4. With
    two kinds the temperature of ordering is ``1 / ln(1 + sqrt(2))``. Domains grow as the cube root of time.

    References
    ----------
    K. Kawasaki, Phys. Rev. 145 (1966) 224, doi:10.1103/PhysRev.145.224.
    L. Onsager, Phys. Rev. 65 (1944) 117, doi:10.1103/PhysRev.65.117.
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), ground = _check.shape_or_base(shape, base)
    sweeps = _SWEEPS * _check.integer("iterations", iterations, minimum=1, maximum=1_000_000)
    _check.within(
        t_initial=(t_initial, 0.001, 2.0),
        t_final=(t_final, 0.001, 2.0),
        fraction=(fraction, 1e-4, 0.9999),
        energy_ab=(energy_ab, 0.0, 1.0),
        energy_ac=(energy_ac, 0.0, 1.0),
        energy_bc=(energy_bc, 0.0, 1.0),
    )
    if b_fraction is not None:
        _check.within(b_fraction=(b_fraction, 1e-4, 0.9999))
    largest = max(energy_ab, energy_ac, energy_bc)
    if not largest > 0:
        raise ValueError(f"energy_ab, energy_ac or energy_bc must be positive, got {largest!r} for all")
    averaged = min(_SWEEPS * _check.integer("average", average, minimum=1, maximum=10_000) - 3, sweeps)
    _check.positive(height=height)
    _check.pair("pixel_size", pixel_size)
    _check.flag(return_info=return_info)
    progress = function_of("progress", progress)
    key = key_from(seed)
    pixels = rows * cols
    middle = 0 if b_fraction is None else int(b_fraction * pixels + 0.5)
    highest = int(fraction * (pixels - middle) + 0.5)
    ranked = _core.anneal_draws(rows, cols, key) if ground is None else ground
    order = np.argsort(ranked, axis=None, kind="stable")
    kinds = np.zeros(pixels)
    kinds[order[pixels - highest - middle :]] = 1.0
    levels = 1 if b_fraction is None else 2
    kinds[order[pixels - highest :]] = levels
    cells = kinds.reshape(rows, cols)
    energies = (1.0, 1.0, 1.0) if b_fraction is None else (energy_ab / largest, energy_ac / largest, energy_bc / largest)
    first, last = (t_initial, t_final) if t_initial >= t_final else ((t_initial + t_final) / 2,) * 2
    _core.anneal(cells, sweeps, first, last, *energies, averaged, key, resolve_threads(threads), progress)
    cells *= height / (averaged * levels)
    counts = [pixels - middle - highest, *([] if b_fraction is None else [middle]), highest]
    return finish(cells, None, {"counts": counts} if return_info else None)
