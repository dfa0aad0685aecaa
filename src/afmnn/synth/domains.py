"""Domains: a short-range order that an inhibitor of longer range breaks up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._progress import draws_bar, function_of
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from . import _growth
from .noise import finish

DomainOutput = Literal["state", "inhibitor"]


@plain
@draws_bar("iterations")
def domains(
    shape: tuple[int, int] | None = None,
    *,
    iterations: int = 500,
    temperature: float = 0.8,
    inhibitor_strength: float = 1.0,
    inhibitor_coupling: float = 20.0,
    bias: float = 0.0,
    time_step: float = 5e-3,
    height: float = 1.0,
    output: DomainOutput = "state",
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Domains of two phases: labyrinths, spirals, islands of an Ising model with an inhibitor.

    Every pixel has a spin, up or down, that follows its eight neighbours, and an inhibitor that grows where the spin is up and
    turns it down. The surface is periodic.

    Parameters
    ----------
    shape, pixel_size, seed, threads
        See `noise`.
    iterations : int
        1 to 100 000; in each, all spins and the inhibitor change twice.
    temperature : float
        0.001 to 5: how often spins turn against their neighbours, in units of the coupling of nearest neighbours.
    inhibitor_strength : float
        0.001 to 100: B, how strongly the inhibitor acts on the spin.
    inhibitor_coupling : float
        0.001 to 100: mu, how strongly the spin acts on the inhibitor.
    bias : float
        -1 to 1: nu, what pulls the inhibitor to one side.
    time_step : float
        1e-6 to 0.1: how far the inhibitor moves on whenever the spins change.
    height : float
        Height of the highest pixel above the lowest, in the unit of the heights.
    output : {"state", "inhibitor"}
        What becomes heights: the mean of the last two states of the spins, or the inhibitor, which is continuous.
    base : array_like, shape ``shape``, optional
        Where it is above its median, spins are up at first; otherwise they are random. Never changed in place.
    return_info : bool
        Also return a dict: ``state``, mean of the last two states, -1 to 1, and ``inhibitor``, its values.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(iterations_done, iterations)`` from time to time.

    Returns
    -------
    ndarray of float64, shape ``shape``
        From 0 to `height`; all 0 if all pixels are the same. With `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, or `output` is unknown.
    TypeError
        If `iterations` is not an integer.

    Notes
    -----
    With s1 and s2 the numbers of equal spins among the four nearest and the four diagonal neighbours, a spin U has the energy
    ``E = 6 - s1 - s2/2 + B*U*V`` and would have ``E' = s1 + s2/2 - B*U*V``. All spins at once flip with the probability
    ``min(1, exp((E - E') / temperature) / 2)``; then the inhibitor V makes a step of ``dV/dt = mu*U - V - nu``. This is an
    activator-inhibitor system as that of FitzHugh and Nagumo, whose activator is an Ising model.

    Iterations, temperature, B, mu, nu and time step of some patterns: 1000, 2, 44, 2, -0.5, 2e-3 (cells); 700, 0.1, 20, 0.2, 0,
    1e-2 (angular); 1200, 1.8, 42, 2, 0.3, 3e-3 (waves); 500, 2, 9, 1, 0, 9e-2 (chaos); 500, 0.7, 8, 1, 0, 5e-5 (islands); 1200,
    0.12, 0.85, 27, 0, 4.5e-2 (spirals); 740, 0.8, 6, 1.2, -0.4, 7e-3 (blotches of many sizes).

    References
    ----------
    R. FitzHugh, Biophys. J. 1 (1961) 445, doi:10.1016/S0006-3495(61)86902-6.
    J. Nagumo, S. Arimoto, S. Yoshizawa, Proc. IRE 50 (1962) 2061, doi:10.1109/JRPROC.1962.288235.
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    """
    (rows, cols), ground = _check.shape_or_base(shape, base)
    count = _check.integer("iterations", iterations, minimum=1, maximum=100_000)
    _check.within(
        temperature=(temperature, 0.001, 5.0),
        inhibitor_strength=(inhibitor_strength, 0.001, 100.0),
        inhibitor_coupling=(inhibitor_coupling, 0.001, 100.0),
        bias=(bias, -1.0, 1.0),
        time_step=(time_step, 1e-6, 0.1),
    )
    _check.positive(height=height)
    _check.choice("output", output, ("state", "inhibitor"))
    _check.pair("pixel_size", pixel_size)
    _check.flag(return_info=return_info)
    progress = function_of("progress", progress)
    key = key_from(seed)
    up = _core.domain_draws(rows, cols, key) < 0.5 if ground is None else ground > np.median(ground)
    state = np.ascontiguousarray(np.where(up, 1.0, -1.0))
    settings = (temperature, inhibitor_strength, inhibitor_coupling, bias, time_step, key, resolve_threads(threads), progress)
    inhibitor = _core.domains(state, count, *settings)
    heights = _growth.stretched(state if output == "state" else inhibitor, height)
    return finish(heights, None, {"state": state, "inhibitor": inhibitor} if return_info else None)
