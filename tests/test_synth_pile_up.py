"""Piles: the twin's surface; single solids, on the flat and on slopes; numbers, directions and overlap."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import _core, synth
from afmnn._reference import pile_up as reference

ONE = {"coverage": 1e-4, "seed": 1}


@pytest.mark.parametrize("kind", _core.solid_kinds())
@pytest.mark.parametrize("columnarity", [-0.4, 0.0, 0.3])
def test_matches_twin(kind, columnarity):
    settings = {"width": 11.3, "aspect_ratio": 1.7, "angle_spread": 1.0, "width_spread": 0.1, "columnarity": columnarity}
    z, info = synth.pile_up((64, 70), kind=kind, seed=1, return_info=True, **settings)
    assert info["count"] > 20
    assert np.abs(info["slope"]).max() > 0.2
    twin = reference.pile((64, 70), info, kind=kind, columnarity=columnarity, base=np.zeros((64, 70)))
    assert_allclose(z, twin, atol=1e-10)


@pytest.mark.parametrize(
    ("kind", "top"), [("ellipsoid", 0.841), ("bar", 1.0), ("cylinder", 0.908), ("nugget", 0.841), ("hexagonal_rod", 0.895)]
)
def test_tops_on_the_flat_are_those_that_were_measured(kind, top):
    tops = [synth.pile_up((64, 64), kind=kind, width=20, columnarity=c, **ONE).max() / 20 for c in (1, 0, -1, 0.5, -0.5)]
    assert_allclose(tops, [1, top, 0.5, (1 + top) / 2, (0.5 + top) / 2], atol=6e-4)


def test_one_sphere_that_rests_is_a_sphere_in_lateral_units():
    z, info = synth.pile_up((64, 64), width=10, columnarity=1, pixel_size=0.5, return_info=True, **ONE)
    row, col = info["position"][0]
    y, x = ((np.arange(64) - at + 32) % 64 - 32 for at in (row, col))
    square = 25 - 0.25 * (y[:, None] ** 2 + x**2)
    assert_allclose(z, np.where(square > 1e-9, 5 + np.sqrt(np.maximum(square, 0)), 0), atol=1e-9)
    assert info["height"][0] == 5
    assert info["footprint"][0] == np.count_nonzero(z)


@pytest.mark.parametrize("angle", [0.0, 0.8])
def test_on_a_slope_solids_are_tilted_by_the_same_angle(angle):
    pixel = (0.5, 0.25)
    y, x = 0.5 * np.arange(80)[:, None], 0.25 * np.arange(120)
    base = 0.3 * x + 0.2 * y
    for seed in range(40):  # until one lies clear of the edge, where the slope comes to an end
        z, info = synth.pile_up(
            base=base, kind="bar", width=5, aspect_ratio=1.5, angle=angle, columnarity=1, coverage=1e-4, pixel_size=pixel,
            seed=seed, return_info=True,
        )  # fmt: skip
        (row, col) = info["position"][0]
        if 20 < row < 60 and 40 < col < 80:
            break
    assert_allclose(info["slope"][0], [0.2, 0.3], atol=1e-9)
    # The upper face is parallel to the base, one thickness above it.
    thickness = 5 * np.sqrt(1 + 0.3**2 + 0.2**2)
    assert z[row, col] - base[row, col] == pytest.approx(thickness)
    near = np.s_[row - 2 : row + 3, col - 3 : col + 4]
    assert_allclose(z[near] - base[near], thickness)


def test_heights_are_lateral():
    settings = {"kind": "nugget", "aspect_ratio": 2, "angle_spread": 1, "coverage": 2, "seed": 3}
    z = synth.pile_up((60, 80), width=12, **settings)
    assert_allclose(synth.pile_up((60, 80), width=24e-9, pixel_size=2e-9, **settings), 2e-9 * z, rtol=1e-12)


@pytest.mark.parametrize("kind", _core.solid_kinds())
def test_number_of_solids_is_that_of_the_coverage(kind):
    over = []
    for seed in range(12):
        settings = {"kind": kind, "width": 8, "aspect_ratio": 2, "width_spread": 0.3, "angle_spread": 1, "columnarity": -1}
        _, info = synth.pile_up((128, 150), coverage=0.2, seed=seed, return_info=True, **settings)
        flat = np.abs(info["slope"]).max(axis=1) < 1e-3  # tilted ones cover less
        ratio = {"ellipsoid": np.pi / 4, "nugget": 1 - (1 - np.pi / 4) / 2}.get(kind, 1.0)
        assert info["count"] == np.ceil(0.2 * 128 * 150 / (128 * ratio * np.exp(2 * 0.09)))
        over.append(info["footprint"][flat].mean() * info["count"] / (128 * 150))
    assert np.mean(over) == pytest.approx(0.2, abs=4 * np.std(over) / np.sqrt(12) + 0.012)


def test_directions_of_solids_are_independent():
    _, info = synth.pile_up((256, 256), width=5, coverage=2, angle=0.4, angle_spread=0.15, seed=1, return_info=True)
    turned = info["angle"] - 0.4
    count = len(turned)
    assert count > 5000
    assert abs(turned.mean()) < 4 * 0.3 / np.sqrt(count)
    assert turned.std() == pytest.approx(0.3, rel=4 / np.sqrt(2 * count))
    # No random walk from one to the next.
    assert abs(np.corrcoef(turned[:-1], turned[1:])[0, 1]) < 4 / np.sqrt(count)


def test_sizes_spread_and_ratios_are_at_least_one():
    _, info = synth.pile_up((256, 256), width=5, width_spread=0.2, aspect_spread=0.4, seed=1, return_info=True)
    count = info["count"]
    assert info["aspect_ratio"].min() >= 1
    logs = np.log(info["aspect_ratio"])  # of normal numbers, what remains of them without the sign
    assert np.sqrt(np.mean(logs**2)) == pytest.approx(0.4, rel=4 / np.sqrt(2 * count))
    assert np.log(info["width"] / 5).std() == pytest.approx(0.2, rel=4 / np.sqrt(2 * count))


def test_solids_that_avoid_overlap_cover_each_pixel_once():
    z, info = synth.pile_up((100, 120), kind="cylinder", width=9, avoid_overlap=True, coverage=5, seed=2, return_info=True)
    assert 10 < info["placed"] < info["count"]
    assert info["footprint"][info["is_placed"]].sum() == np.count_nonzero(z)
    assert_array_equal(info["slope"][info["is_placed"]], 0)  # on the flat


def test_surface_is_never_below_the_base_and_grows(rng):
    base = 4 * rng.random((60, 80))
    z = synth.pile_up(base=base, width=9, coverage=3, seed=1)
    assert (z >= base).all()
    assert synth.pile_up((60, 80), width=9, coverage=20, columnarity=1, seed=1).mean() > 4 * 9
    assert_array_equal(synth.pile_up(base=np.zeros((60, 80)), width=9, seed=1), synth.pile_up((60, 80), width=9, seed=1))


def test_threads_change_nothing_and_seeds_do():
    z = synth.pile_up((60, 80), width=9, seed=1, threads=1)
    assert_array_equal(synth.pile_up((60, 80), width=9, seed=1, threads=3), z)
    assert np.any(synth.pile_up((60, 80), width=9, seed=2) != z)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"width": 0.5}, "width must be 1 to 1000 pixels long, got 0.5"),
        ({"width": 700}, "width must be at most ten times the longer side of the image \\(640\\), got 700"),
        ({"width": 5, "aspect_ratio": 0.5}, "aspect_ratio must lie between 1 and 8, got 0.5"),
        ({"width": 5, "columnarity": -1.5}, "columnarity must lie between -1 and 1, got -1.5"),
        ({"width": 5, "coverage": 0}, "coverage must be positive, got 0"),
        ({"width": 5, "kind": "cone"}, "kind must be one of 'ellipsoid', 'bar'"),
    ],
)
def test_impossible_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        synth.pile_up((64, 64), **settings)


@pytest.mark.parametrize("spread", [0.0, 1.0])
@pytest.mark.parametrize("kind", _core.solid_kinds())
@pytest.mark.parametrize(("shape", "width"), [((2, 2), 1.0), ((31, 20), 1.0), ((31, 20), 100.0)])
def test_extremes_give_numbers(kind, shape, width, spread):
    width = min(width, 10 * max(shape))
    spreads = {"width_spread": spread, "aspect_spread": spread, "angle_spread": spread}
    for columnarity in (-1, 1):
        z = synth.pile_up(shape, kind=kind, width=width, aspect_ratio=8, columnarity=columnarity, coverage=3, seed=1, **spreads)
        assert np.isfinite(z).all()
        assert (z >= 0).all()


def test_a_base_that_is_not_periodic_has_no_seams():
    base = np.add.outer(0.5 * np.arange(90.0), np.zeros(70))
    settings = {"width": 8, "aspect_ratio": 1.5, "angle_spread": 1, "coverage": 2, "avoid_overlap": True, "return_info": True}
    z, info = synth.pile_up(base=base, **settings, seed=1)
    position, slope = info["position"][info["is_placed"]], info["slope"][info["is_placed"]]
    inside = ((position >= 0) & (position < (90, 70))).all(axis=1)
    assert 10 < np.count_nonzero(inside) < len(inside)
    # None lies on the heights of two opposite edges: all are tilted about as the base, or less at its edges.
    assert slope[inside, 0].min() > -0.1
    assert slope[inside, 0].max() < 0.6
    assert_allclose(slope[inside, 1], 0, atol=0.2)
    assert (z - base).max() < 8 * np.sqrt(1.25)
