"""Terraces: the twin's heights; widths, excursions and kinks of edges; islands and pits."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import synth
from afmnn._reference import terraces as reference
from afmnn._seed import key_from

EDGE = {"period": 12.0, "width_spread": 0.3, "wander": 3.0, "wander_length": 9.0, "meander": 0.3, "kink": 1.5, "step_width": 1.2}


@pytest.mark.parametrize("shape", [(2, 3), (40, 61), (75, 30)])
@pytest.mark.parametrize("angle", [0.0, 0.7, -2.0])
def test_matches_twin(shape, angle):
    settings = {"angle": angle, "island_coverage": 0.3, "island_radius": 5.0, "pit_fraction": 0.4}
    ours, info = synth.terraces(shape, height=3e-9, seed=5, return_info=True, **EDGE, **settings)
    edges, middle = reference.edge_places(shape, key=key_from(5), **EDGE)
    twin = reference.levels(edges, middle, shape, angle=angle, step_width=1.2)
    twin += reference.islands(info, shape, step_width=1.2, key=key_from(5))
    # Where the rounding of sines decides which place of an edge a pixel is at, a pixel may have another.
    different = np.abs(ours / 3e-9 - twin) > 1e-7
    assert np.mean(different) < 0.002


def test_all_heights_are_steps_and_the_mean_slope_is_that_of_the_period():
    z = synth.terraces((300, 400), period=20, height=0.3, step_width=0.1, angle=0.0, seed=1)
    off = np.abs(z / 0.3 - np.round(z / 0.3)) > 1e-9
    assert off.mean() < 0.02  # on steps
    assert abs(z[:, 200].mean() / 0.3) < 1  # about zero in the middle
    slopes = [
        np.polyfit(np.arange(400), synth.terraces((50, 400), period=20, height=1, seed=s).mean(axis=0), 1)[0] for s in range(40)
    ]
    # 20 widths of a spread of 0.2 on an image: their mean varies by 4.5 %.
    assert np.mean(slopes) == pytest.approx(1 / 20, rel=4 * 0.07 / np.sqrt(40))


@pytest.mark.parametrize(("angle", "towards"), [(0.0, (0, 1)), (np.pi / 2, (-1, 0)), (np.pi, (0, -1))])
def test_steps_lead_upwards_along_the_angle(angle, towards):
    z = synth.terraces((100, 100), period=10, height=1, angle=angle, seed=1)
    gradient = np.array([np.gradient(z, axis=0).mean(), np.gradient(z, axis=1).mean()])
    assert_allclose(gradient, np.array(towards) / 10, atol=0.02)


def edge_of(seed, **settings):
    """Place of one edge in each row: one step alone, on a wide terrace."""
    z = synth.terraces((400, 200), period=60, height=1, step_width=0.1, width_spread=0, seed=seed, **settings)
    level = np.floor(np.median(z[:, 100])) + 0.5
    return 200 - np.count_nonzero(z > level, axis=1)


def test_edges_wander_as_random_walks_that_are_pulled_back():
    settings = {"wander": 4.0, "wander_length": 25.0, "kink": 0.01}
    edges = np.array([edge_of(seed, **settings) for seed in range(60)], float)
    inside = (edges > 20) & (edges < 180)
    edges = edges[inside.all(axis=1)]
    assert len(edges) > 20
    for distance in (1, 5, 20, 60):
        square = np.mean((edges[:, distance:] - edges[:, :-distance]) ** 2)
        expected = 2 * 16 * (1 - np.exp(-distance / 25)) + 1 / 6  # of pixels that are whole
        assert square == pytest.approx(expected, rel=0.15)


def test_kinks_are_multiples_of_their_depth():
    edges = np.concatenate([np.diff(edge_of(seed, wander=8.0, wander_length=20.0, kink=4.0)) for seed in range(5)])
    assert set(np.abs(edges)) <= {0, 4, 8, 12, 16}
    assert {0, 4} <= set(np.abs(edges))


def test_edges_meander_in_phase_where_they_share_all():
    settings = {"period": 30, "height": 1, "width_spread": 0, "wander": 5.0, "wander_length": 20.0, "step_width": 0.1}
    z = synth.terraces((200, 200), meander=1.0, seed=3, **settings)
    places = [np.count_nonzero(z < level, axis=1) for level in (-1.5, -0.5, 0.5, 1.5)]
    assert all(np.ptp(later - earlier) <= 1 for earlier, later in itertools.pairwise(places))
    z = synth.terraces((200, 200), meander=0.0, seed=3, **settings)
    places = [np.count_nonzero(z < level, axis=1) for level in (-0.5, 0.5)]
    assert np.ptp(places[1] - places[0]) > 10


def test_edges_never_cross():
    z = synth.terraces((200, 200), period=4, height=1, wander=10, wander_length=10, width_spread=1, step_width=0.1, seed=3)
    assert np.all(np.diff(z, axis=1) >= -1e-12)


def test_islands_cover_what_is_asked_and_pits_are_as_frequent():
    flat = {"period": 1e6, "height": 1, "wander": 0, "island_radius": 6.0, "step_width": 0.1, "return_info": True}
    up, down, pits, radii = 0.0, 0.0, [], []
    for seed in range(12):
        z, info = synth.terraces((256, 256), island_coverage=0.1, pit_fraction=0.3, seed=seed, **flat)
        z -= np.median(z)
        up += np.mean(z > 0.5) / 12
        down += np.mean(z < -0.5) / 12
        pits += list(info["pit"])
        radii += list(info["radius"])
    count = len(pits)
    assert abs(np.mean(pits) - 0.3) < 4 * np.sqrt(0.21 / count)
    assert np.mean(radii) == pytest.approx(6.0, rel=4 * 0.29 / np.sqrt(count))
    assert min(radii) >= 3
    assert max(radii) <= 9
    # Independent places: overlaps of one kind count once, those of both kinds not at all.
    one, other = 1 - np.exp(-0.07), 1 - np.exp(-0.03)
    assert up == pytest.approx(one * (1 - other), rel=0.12)
    assert down == pytest.approx(other * (1 - one), rel=0.2)


def test_threads_and_bases_change_nothing():
    settings = {"period": 12.0, "height": 1.0, "angle": 0.3, "island_coverage": 0.2, "seed": 1}
    heights = synth.terraces((300, 420), threads=1, **settings)
    assert_array_equal(synth.terraces((300, 420), threads=3, **settings), heights)
    base = np.arange(300.0)[:, None] + np.zeros(420)
    assert_array_equal(synth.terraces(base=base, **settings), heights + base)


def test_lengths_scale_with_the_pixels():
    settings = {"height": 1.0, "angle": 0.3, "island_coverage": 0.2, "seed": 1}
    heights = synth.terraces((60, 80), period=12.0, wander=2.0, **settings)
    assert_array_equal(synth.terraces((60, 80), period=6.0, wander=1.0, pixel_size=0.5, **settings), heights)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"period": 1.5}, "period must be 2 to 1e\\+06 pixels long, got 1.5"),
        ({"period": 9, "wander": 100}, "wander must be at most ten times the period \\(90\\), got 100"),
        ({"period": 9, "kink": 0}, "kink must be positive, got 0"),
        ({"period": 9, "step_width": 0.01}, "step_width must be 0.1 to"),
        ({"period": 9, "island_coverage": 1.5}, "island_coverage must lie between 0 and 1, got 1.5"),
        ({"period": 9, "island_radius": 0.5}, "island_radius must be 1 to"),
    ],
)
def test_impossible_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        synth.terraces((64, 64), height=1.0, **settings)


@pytest.mark.parametrize("spread", [0.0, 1.0])
@pytest.mark.parametrize("period", [2.0, 1e6])
def test_extremes_give_numbers(spread, period):
    settings = {"width_spread": spread, "meander": spread, "island_coverage": spread, "pit_fraction": spread}
    z = synth.terraces((30, 41), period=period, height=1.0, wander=spread * 10 * period, seed=1, island_radius=3.0, **settings)
    assert np.isfinite(z).all()
