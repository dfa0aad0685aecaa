"""Fractional Brownian surfaces: the twin's heights, the structure function, distributions and the stationarity length."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from afmnn import synth
from afmnn._reference import brownian as reference
from afmnn._seed import key_from
from afmnn.synth.brownian import DISTRIBUTIONS


@pytest.mark.parametrize("shape", [(2, 2), (2, 9), (17, 17), (23, 40), (50, 13)])
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_matches_twin(shape, distribution):
    for hurst, length, pixel in ((0.7, None, 1.0), (0.3, 8.0, (3.0, 2.0)), (-0.5, 12.0, 1.0)):
        dy, dx = np.broadcast_to(pixel, 2)
        settings = {"hurst": hurst, "rms": 3e-9, "distribution": distribution, "power": 2.7}
        ours, info = synth.fractional_brownian(
            shape, stationarity_length=length, pixel_size=pixel, seed=4, return_info=True, **settings
        )
        own = np.inf if length is None else length / dx
        twin = reference.fractional_brownian(shape, length=own, row_step=dy / dx, key=key_from(4), **settings)
        assert_allclose(ours, twin, rtol=1e-7, atol=3e-17)
        assert ours.std() == pytest.approx(3e-9, rel=1e-12)
        assert info["mean"] == pytest.approx(twin.mean(), abs=1e-17)


def structure(distances, seeds=10, shape=(257, 257), **settings):
    squares = np.zeros((2, len(distances)))
    for seed in range(seeds):
        z = synth.fractional_brownian(shape, seed=seed, **settings)
        squares[0] += [np.mean((z[d:] - z[:-d]) ** 2) / seeds for d in distances]
        squares[1] += [np.mean((z[:, d:] - z[:, :-d]) ** 2) / seeds for d in distances]
    return squares


@pytest.mark.parametrize("hurst", [0.2, 0.4, 0.6, 0.8])
@pytest.mark.parametrize("length", [None, 128.0])
def test_heights_differ_by_the_power_of_their_distance(hurst, length):
    """Without a stationarity length, too: corners do not dominate, as they would with more spread than their distance says."""
    distances = np.array([2, 4, 8, 16])
    for squares in structure(distances, hurst=hurst, stationarity_length=length):
        exponent = np.polyfit(np.log(distances), np.log(squares), 1)[0] / 2
        assert abs(exponent - hurst) < 0.1


def test_beyond_the_stationarity_length_heights_do_not_depend_on_each_other():
    near, *far = structure(np.array([2, 32, 64, 100]), hurst=0.6, stationarity_length=16.0).mean(axis=0)
    assert_allclose(far, 2.0, rtol=0.1)  # of rms 1
    assert near < 0.6


def test_corners_differ_as_their_distance_says():
    """Before scaling, which is the twin's to show: squares of differences are distances to the power 2 H."""
    settings = {"hurst": 0.6, "rms": 0.0, "length": np.inf, "distribution": "gaussian", "power": 3.0, "row_step": 1.0}
    made = np.array([reference.fractional_brownian((3, 5), key=key_from(seed), **settings) for seed in range(3000)])
    for first, second in (
        ((0, 0), (2, 0)),
        ((0, 0), (0, 4)),
        ((0, 0), (2, 4)),
        ((2, 0), (0, 4)),
        ((0, 0), (0, 2)),
        ((0, 3), (0, 4)),
    ):
        distance = np.hypot(first[0] - second[0], first[1] - second[1])
        square = np.mean((made[:, first[0], first[1]] - made[:, second[0], second[1]]) ** 2)
        assert square == pytest.approx(distance**1.2, rel=4.5 * np.sqrt(2 / 3000))


def test_displacements_have_the_distribution_asked_for():
    laws = {
        "gaussian": stats.norm,
        "uniform": stats.uniform(-np.sqrt(3), 2 * np.sqrt(3)),
        "exponential": stats.laplace(0, np.sqrt(0.5)),
    }
    for name, law in laws.items():
        drawn = reference.draws((100, 100), name, 3.0, key_from(1)).ravel()
        assert stats.kstest(drawn, law.cdf).pvalue > 1e-4
    scale = np.sqrt(2 * 1 / 2)
    drawn = reference.draws((200, 200), "power", 3.0, key_from(1)).ravel() / scale
    assert stats.kstest(np.abs(drawn), lambda x: 1 - (1 + x) ** -3.0).pvalue > 1e-4
    assert abs(np.mean(drawn > 0) - 0.5) < 4 * 0.5 / 200
    tails = [
        stats.kurtosis(np.diff(synth.fractional_brownian((300, 300), distribution=name, seed=1)).ravel())
        for name in DISTRIBUTIONS
    ]
    assert tails[0] < tails[1] < tails[2] < tails[3]


def test_threads_and_bases_change_nothing():
    heights = synth.fractional_brownian((300, 420), seed=1, threads=1)
    assert_array_equal(synth.fractional_brownian((300, 420), seed=1, threads=3), heights)
    base = np.arange(300.0)[:, None] + np.zeros(420)
    assert_array_equal(synth.fractional_brownian(base=base, seed=1), heights + base)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hurst": 1.0}, "hurst must lie between -0.999 and 0.999, got 1.0"),
        ({"power": 2.0}, "power must lie between 2.01 and 12, got 2.0"),
        ({"stationarity_length": 1.0}, "stationarity_length must be 2 to 1e\\+06 pixels long, got 1.0"),
    ],
)
def test_impossible_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        synth.fractional_brownian((64, 64), **settings)


@pytest.mark.parametrize("hurst", [-0.999, 0.0, 0.999])
@pytest.mark.parametrize("length", [None, 2.0, 1e6])
def test_extremes_give_numbers(hurst, length):
    for shape in ((2, 2), (64, 3), (61, 64)):
        z = synth.fractional_brownian(shape, hurst=hurst, stationarity_length=length, distribution="power", power=2.01, seed=1)
        assert np.isfinite(z).all()
        assert z.std() == pytest.approx(1.0, rel=1e-9)
