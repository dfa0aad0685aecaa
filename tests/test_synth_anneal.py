"""Annealing: the twin's states, conservation, detailed balance, the exact correlation of the Ising model."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import _core, synth
from afmnn._reference import anneal as reference


@pytest.mark.parametrize("shape", [(2, 2), (5, 7), (8, 12), (4, 300)])
@pytest.mark.parametrize("energies", [(1.0, 1.0, 1.0), (0.3, 1.0, 0.7)])
def test_matches_twin(shape, energies, rng):
    ab, ac, bc = energies
    cells = rng.integers(0, 3, shape).astype(float)
    expected = reference.anneal(cells, 9, 1.5, 0.5, np.array([[0, ab, ac], [ab, 0, bc], [ac, bc, 0]]), 5, key=3)
    _core.anneal(cells, 9, 1.5, 0.5, *energies, 5, 3, 2, None)
    assert_array_equal(cells, expected)


def neighbours(heights):
    z = 2 * heights - 1
    return np.mean([np.mean(z * np.roll(z, 1, axis)) for axis in (0, 1)])


def test_neighbours_are_correlated_as_those_of_the_ising_model():
    """With the coupling 1 / (2 T), T = 2: 0.2786, within 4 standard errors; that of one surface is 0.0063.

    It takes hundreds of iterations: as nothing is lost or made, differences over long distances go away slowly.
    """
    made = [synth.anneal((128, 128), iterations=400, t_initial=2, t_final=2, seed=seed) for seed in range(8)]
    assert np.mean([neighbours(heights) for heights in made]) == pytest.approx(0.2786, abs=4 * 0.0063 / np.sqrt(8))


def test_states_come_as_often_as_their_energies_say():
    """Two of eight cells of a torus of 2 x 4 in all their 28 places, as Boltzmann has them."""
    places = list(itertools.combinations(range(8), 2))
    energies = []
    for place in places:
        z = np.zeros(8)
        z[list(place)] = 1
        z = z.reshape(2, 4)
        energies.append(sum(np.sum(z != np.roll(z, 1, axis)) for axis in (0, 1)))
    expected = np.exp(-np.array(energies) / 1.3)
    expected /= expected.sum()
    found = np.zeros(28)
    for seed in range(4000):
        heights = synth.anneal((2, 4), iterations=12, t_initial=1.3, t_final=1.3, fraction=0.25, seed=seed)
        found[places.index(tuple(np.flatnonzero(heights.ravel())))] += 1
    assert np.sum((found - 4000 * expected) ** 2 / (4000 * expected)) < 27 + 4 * np.sqrt(2 * 27)


@pytest.mark.parametrize("shape", [(30, 41), (32, 44)])
def test_composition_is_conserved(shape, rng):
    pixels = shape[0] * shape[1]
    heights, info = synth.anneal(shape, iterations=20, fraction=0.3, height=2.0, seed=1, return_info=True)
    assert set(np.unique(heights)) == {0.0, 2.0}
    assert np.count_nonzero(heights) == int(0.3 * pixels + 0.5) == info["counts"][1]
    heights, info = synth.anneal(shape, iterations=20, fraction=0.4, b_fraction=0.25, seed=1, return_info=True)
    values, counts = np.unique(heights, return_counts=True)
    assert_array_equal(values, [0, 0.5, 1])
    assert_array_equal(counts, info["counts"])
    assert_allclose(counts / pixels, [0.45, 0.25, 0.30], atol=1 / pixels)
    averaged = synth.anneal(shape, iterations=20, fraction=0.3, average=4, seed=1)
    assert averaged.mean() == pytest.approx(int(0.3 * pixels + 0.5) / pixels)
    assert len(np.unique(averaged)) == 14  # of 13 states


def test_the_mean_of_the_last_states_has_the_last_one():
    one, many = (synth.anneal((20, 24), iterations=9, average=a, seed=2) for a in (1, 2))
    assert np.all((many > 0) | (one == 0))
    assert np.all((many < 1) | (one == 1))
    assert_array_equal(np.round(many * 5), np.round(many * 5, 9))


def test_cold_mixtures_separate_and_domains_grow():
    """Their size, the inverse of the density of walls, grows in proportion to the cube root of time, plus a constant.

    Of powers of time the square root would be seen (the second slope would be 0.74 of the first), the fourth root would not.
    D. A. Huse, Phys. Rev. B 34 (1986) 7845.
    """
    times = np.array([60, 300, 1500])
    sizes = [
        np.mean(
            [1 / (1 - neighbours(synth.anneal((64, 64), iterations=n, t_initial=0.6, t_final=0.6, seed=s))) for s in range(8)]
        )
        for n in times
    ]
    first, second = np.diff(sizes) / np.diff(np.cbrt(times))
    assert first > 0.15
    assert second / first == pytest.approx(1, abs=0.2)


def test_a_kind_that_hates_one_other_lies_between():
    """A and C hate each other, and do not mind B: hardly any A is beside a C."""
    heights = synth.anneal(
        (60, 64), iterations=200, t_initial=0.5, t_final=0.2, fraction=0.5, b_fraction=0.4, energy_ab=0, energy_bc=0
    )
    beside = np.mean([np.mean(np.abs(heights - np.roll(heights, 1, axis)) == 1) for axis in (0, 1)])
    assert beside < 0.02


def test_the_base_is_where_kinds_are_at_first(rng):
    base = rng.normal(size=(32, 40))
    kept = synth.anneal(base=base, iterations=1, t_initial=0.001, t_final=0.001, fraction=0.2, seed=1)
    top = base >= np.sort(base, axis=None)[-256]
    assert np.count_nonzero(kept) == 256
    assert np.mean(kept[top]) > 0.4  # one iteration moves some


def test_threads_scale_and_progress():
    settings = {"iterations": 4, "seed": 4}
    one = synth.anneal((512, 512), threads=1, **settings)
    assert_array_equal(one, synth.anneal((512, 512), threads=3, **settings))
    assert_array_equal(synth.anneal((512, 512), height=3e-9, pixel_size=1e-9, **settings), one * 3e-9)
    assert np.any(synth.anneal((512, 512), iterations=4, seed=5) != one)
    told = []
    synth.anneal((128, 128), iterations=1200, seed=1, progress=lambda done, count: told.append((done, count)))
    assert {count for _, count in told} == {4800}
    assert [done for done, _ in told] == sorted(done for done, _ in told)

    def stop(done, count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synth.anneal((64, 64), iterations=1_000_000, progress=stop)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"iterations": 0}, ValueError, "iterations must be at least 1, got 0"),
        ({"iterations": 2.0}, TypeError, "iterations must be an integer, got 2.0"),
        ({"t_initial": 3}, ValueError, "t_initial must lie between 0.001 and 2, got 3"),
        ({"fraction": 1}, ValueError, "fraction must lie between 0.0001 and 0.9999, got 1"),
        ({"b_fraction": 0}, ValueError, "b_fraction must lie between 0.0001 and 0.9999, got 0"),
        ({"energy_ab": 0, "energy_ac": 0, "energy_bc": 0}, ValueError, "must be positive, got 0 for all"),
        ({"average": 10_001}, ValueError, "average must be at most 10000, got 10001"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        synth.anneal(**({"shape": (8, 8)} | arguments))


def test_core_refuses_what_would_crash():
    good = {"cells": np.zeros((5, 6)), "sweeps": 3, "first_temperature": 1.0, "last_temperature": 1.0, "averaged": 1}
    good |= {"ab": 1.0, "ac": 1.0, "bc": 1.0, "key": 1, "threads": 1, "progress": None}
    _core.anneal(**good)
    for wrong, message in (
        ({"cells": np.full((5, 6), 3.0)}, "cells must be 0, 1 or 2"),
        ({"cells": np.zeros((1, 6))}, "cells must be at least 2 x 2"),
        ({"averaged": 4}, "averaged must be from 1 to sweeps"),
        ({"last_temperature": np.nan}, "last_temperature must be between"),
    ):
        with pytest.raises(ValueError, match=message):
            _core.anneal(**(good | wrong))
