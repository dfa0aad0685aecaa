"""Discs: the twin's tiles; separations, holes, gaps, openings, heights, distances."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.ndimage import distance_transform_edt

from afmnn import _core, synth
from afmnn._reference import discs as reference

SMALL = {"radius": 9.0, "min_radius": 4.0, "separation": 1.5}


@pytest.mark.parametrize("shape", [(96, 96), (60, 150), (151, 70)])
@pytest.mark.parametrize(
    "how",
    [
        {"tiles": False},
        {"tiles": False, "opening": 12.0},
        {"gap": 1.0},
        {"gap": 3.0},
        {"gap": 5.5, "opening": 9.0},
    ],
)
def test_matches_twin(shape, how):
    z, info = synth.discs(shape, seed=3, return_info=True, radius_spread=0.2, **SMALL, **how)
    twin = reference.draw(info, shape, tiles=how.get("tiles", True), gap=how.get("gap", 1.0), opening=how.get("opening", 0.0))
    assert np.mean(z != twin) < 1e-3  # where rounding decides


@pytest.mark.parametrize("shape", [(256, 256), (128, 384), (300, 80)])
@pytest.mark.parametrize("spread", [0.0, 0.4])
def test_discs_are_apart_and_no_other_fits_between_them(shape, spread):
    _, info = synth.discs(shape, radius_spread=spread, seed=1, return_info=True, **SMALL)
    between = reference.gaps(info, shape)
    assert between.min() > 1.5 - 1e-9
    filling = slice(info["thrown"], None)
    assert info["radius"][filling].min() >= 4
    assert_allclose(np.sort(between[filling], axis=1)[:, :3], 1.5, rtol=1e-6)  # they touch three, but for the separation
    assert (np.diff(info["radius"][filling]) <= 1e-9).all()  # the largest first
    # A hole that is left is too small: half the diagonal of a pixel is what may be missed.
    assert reference.edges(info, shape).min(axis=0).max() < 4 + 1.5
    # In all parts of the image alike.
    covered = synth.discs(shape, radius_spread=spread, seed=1, tiles=False, **SMALL) > 0
    for axis in (0, 1):
        for part in np.array_split(covered, 3, axis=axis):
            assert 0.6 < part.mean() < 0.95


def test_thrown_discs_are_those_that_find_room():
    radii = []
    for seed in range(20):
        _, info = synth.discs((200, 200), radius=6, radius_spread=0.25, min_radius=50, seed=seed, return_info=True)
        assert info["count"] == info["thrown"]
        radii += list(np.log(info["radius"] / 6))
    assert len(radii) > 1000
    # Small ones find room more often than large ones.
    assert -0.15 < np.mean(radii) < 0
    assert 0.2 < np.std(radii) < 0.27
    # Random sequential addition covers up to 0.547; with 15 failures and the separation, less.
    covered = synth.discs((600, 600), radius=10, min_radius=50, separation=0.1, tiles=False, seed=1) > 0
    assert 0.2 < covered.mean() < 0.547


@pytest.mark.parametrize("gap", [3.0, 6.0, 12.0])
def test_gaps_are_about_as_wide_as_asked(gap):
    wide = np.mean(synth.discs((512, 512), radius=60, gap=gap, seed=5) == 0)
    line = np.mean(synth.discs((512, 512), radius=60, gap=1.0, seed=5) == 0)
    # A line of whole pixels at any angle covers 4 / pi pixels for each pixel of its length.
    assert wide / line * 4 / np.pi == pytest.approx(gap, rel=0.17)


def test_tiles_are_separated_and_have_one_height():
    z, info = synth.discs((200, 260), gap=1, seed=2, return_info=True, **SMALL)
    for axis in (0, 1):
        other = np.roll(z, 1, axis=axis)
        assert not ((z != other) & (z > 0) & (other > 0)).any()
    assert set(np.unique(z)) == {0.0, *info["height"]}


def test_heights_have_the_median_and_the_spread():
    _, info = synth.discs((900, 900), height=3e-9, height_spread=0.4, seed=1, return_info=True, **SMALL)
    g = np.sinh(np.log(info["height"] / 3e-9))
    count = len(g)
    assert count > 1500
    assert abs(g.mean()) < 4 * 0.4 / np.sqrt(count)
    assert g.std() == pytest.approx(0.4, rel=4 / np.sqrt(2 * count))
    assert_array_equal(np.unique(synth.discs((90, 90), height=2.0, height_spread=0, seed=1, **SMALL)), [0, 2])


def test_opening_keeps_only_what_its_disc_fits_into():
    z = synth.discs((200, 200), seed=1, **SMALL)
    opened = synth.discs((200, 200), opening=10, seed=1, **SMALL)
    assert (opened[opened > 0] == z[opened > 0]).all()
    assert 0.3 * (z > 0).mean() < (opened > 0).mean() < 0.98 * (z > 0).mean()
    again = reference.distance(~(opened > 0)) > 5
    assert_array_equal(reference.distance(again) <= 5, opened > 0)


@pytest.mark.parametrize("row_step", [1.0, 1.7])
@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 3), (37, 53)])
def test_distances_are_exact(shape, row_step, rng):
    for share in (0.02, 0.5):
        mask = rng.random(shape) < share
        mask[0, 0] = True
        square = np.where(mask, 0.0, 1e300)
        _core.squared_distances(square, row_step, 2)
        nine = distance_transform_edt(~np.tile(mask, (3, 3)), sampling=(row_step, 1.0))
        assert_allclose(np.sqrt(square), nine[shape[0] : 2 * shape[0], shape[1] : 2 * shape[1]], atol=1e-12)


def test_base_units_threads_and_seeds():
    z = synth.discs((100, 130), seed=1, threads=1, **SMALL)
    assert_array_equal(synth.discs((100, 130), seed=1, threads=3, **SMALL), z)
    assert np.any(synth.discs((100, 130), seed=2, **SMALL) != z)
    assert_array_equal(synth.discs(base=np.ones((100, 130)), seed=1, **SMALL), z + 1)
    assert_array_equal(synth.discs((100, 130), seed=1, pixel_size=0.5, **{key: value / 2 for key, value in SMALL.items()}), z)
    _, info = synth.discs((100, 200), seed=1, pixel_size=(2.0, 1.0), return_info=True, **SMALL)
    assert reference.gaps(info, (200, 200)).min() > 1.5 - 1e-9


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "radius must be such that a disc and its separation fit into the image, at most 30.5, got 30.6"),
        ({"radius": 0.5}, "radius must be 1 to 1000 pixels long, got 0.5"),
        ({"min_radius": 0.5}, "min_radius must be 1 to 1000 pixels long, got 0.5"),
        ({"separation": 0.01}, "separation must be 0.1 to 1000 pixels long"),
        ({"gap": 0.5}, "gap must be 1 to 250 pixels long"),
        ({"opening": 300}, "opening must be 1 to 250 pixels long"),
        ({"height": 0}, "height must be positive, got 0"),
        ({"tiles": 1}, "tiles must be True or False, got 1"),
    ],
)
def test_impossible_values_are_refused(settings, message):
    with pytest.raises((ValueError, TypeError), match=message):
        synth.discs((64, 64), **{"radius": 30.6, "separation": 3, **settings})


@pytest.mark.parametrize("spread", [0.0, 1.0])
@pytest.mark.parametrize(("shape", "radius"), [((3, 3), 1.0), ((31, 20), 1.0), ((31, 20), 9.0), ((3, 200), 1.0)])
def test_extremes_give_numbers(shape, radius, spread):
    settings = {"radius": radius, "radius_spread": spread, "height_spread": spread, "separation": 0.1, "min_radius": 1.0}
    for how in ({"tiles": False}, {"gap": 1}, {"gap": 250}, {"opening": 250}):
        z = synth.discs(shape, seed=1, **settings, **how)
        assert np.isfinite(z).all()
        assert (z >= 0).all()
