"""Wrinkles: the twin's heights, how long, wide, high and aligned the ridges are."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import synth
from afmnn._reference import wrinkles as reference
from afmnn._seed import key_from
from afmnn.synth.wrinkles import _slope_of_unit_roll_off


@pytest.mark.parametrize(("shape", "pixel"), [((40, 61), (1.0, 1.0)), ((64, 30), (1.5, 0.5)), ((2, 20), (1.0, 1.0))])
@pytest.mark.parametrize("families", [1, 3])
def test_matches_twin(shape, pixel, families):
    dy, dx = pixel
    settings = {"hurst": 0.6, "anisotropy": 2.0, "angle": 0.5}
    ours, info = synth.wrinkles(
        shape, spacing=10.0, height=3e-9, ridge_width=2.0, families=families, height_spread=0, pixel_size=pixel, seed=2,
        return_info=True, **settings,
    )  # fmt: skip
    roll_off = _slope_of_unit_roll_off(0.6) * 10.0 / dx * families / np.sqrt(8)
    twin, slope = reference.wrinkles(
        shape, families=families, height=3e-9, sigma=2.0 / dx / np.sqrt(8 * np.log(2)), roll_off=roll_off,
        smoothing=roll_off / 8, row_step=dy / dx, key=key_from(2), **settings,
    )  # fmt: skip
    assert_allclose(ours, twin, rtol=1e-6, atol=3e-9 * 1e-9)
    assert info["length_density"] == pytest.approx(families * slope / np.sqrt(8) / dx, rel=1e-9)


@pytest.mark.parametrize("hurst", [0.0, 0.8])
@pytest.mark.parametrize("families", [1, 2])
def test_ridges_are_as_far_apart_as_asked(hurst, families):
    """A line crosses ridges 2 / (pi spacing) times per length (Buffon): maxima along rows and columns are counted."""
    settings = {"spacing": 24.0, "ridge_width": 3.0, "families": families, "hurst": hurst, "height_spread": 0.0, "height": 1.0}
    counts, densities = [], []
    for seed in range(12):
        z, info = synth.wrinkles((400, 400), seed=seed, return_info=True, **settings)
        for lines in (z, z.T):
            top = (lines > np.roll(lines, 1, 1)) & (lines >= np.roll(lines, -1, 1)) & (lines > 0.5)
            counts.append(top.mean())
        densities.append(info["length_density"])
    assert np.mean(densities) == pytest.approx(1 / 24, rel=0.06)
    # Ridges that meet are one, and those that run along a line have several tops.
    assert np.mean(counts) == pytest.approx(2 / np.pi / 24, rel=0.15)


def test_profile_is_as_wide_and_high_as_asked():
    settings = {"spacing": 60.0, "ridge_width": 6.0, "families": 1, "hurst": 1.0, "height_spread": 0.0, "height": 2.0}
    z = np.array([synth.wrinkles((400, 400), seed=seed, **settings) for seed in range(4)])
    assert z.min() >= 0
    assert 1.98 < z.max() <= 2.0
    # Area above a level: twice the distance at which the profile has it, along all ridges.
    area = [np.mean(z > level) * 60 for level in (1.0, 0.5)]
    widths = [6.0, 6.0 * np.sqrt(2)]
    assert_allclose(area, widths, rtol=0.12)


def test_heights_along_ridges_have_the_spread_and_the_mean_asked_for():
    settings = {"spacing": 20.0, "ridge_width": 3.0, "families": 1, "height": 2.0}
    tops = []
    for seed in range(12):
        even = synth.wrinkles((300, 300), seed=seed, height_spread=0.0, **settings)
        tops.append(synth.wrinkles((300, 300), seed=seed, height_spread=0.4, **settings)[even > 1.99] / 2.0)
    tops = np.concatenate(tops)
    assert np.log(tops).std() == pytest.approx(0.4, rel=0.1)
    assert tops.mean() == pytest.approx(1.0, rel=0.06)


def test_meshes_are_long_along_the_angle():
    z = synth.wrinkles((300, 300), spacing=20, height=1, ridge_width=4, anisotropy=6, angle=np.pi / 4, seed=1)
    along, across = z - np.roll(z, (-3, 3), axis=(0, 1)), z - np.roll(z, (3, 3), axis=(0, 1))
    assert np.mean(along**2) < 0.5 * np.mean(across**2)


def test_threads_and_bases_change_nothing():
    settings = {"spacing": 25.0, "height": 1.0, "seed": 1}
    heights = synth.wrinkles((300, 420), threads=1, **settings)
    assert_array_equal(synth.wrinkles((300, 420), threads=3, **settings), heights)
    base = np.arange(300.0)[:, None] + np.zeros(420)
    assert_array_equal(synth.wrinkles(base=base, **settings), heights + base)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"spacing": 3}, "spacing must be 4 to 100000 pixels long, got 3"),
        ({"spacing": 65}, "spacing must be at most the longer side of the image"),
        ({"spacing": 9, "ridge_width": 10}, "ridge_width must be at most the spacing \\(9\\), got 10"),
        ({"spacing": 9, "families": 9}, "families must be at most 8, got 9"),
        ({"spacing": 9, "anisotropy": 0.5}, "anisotropy must lie between 1 and 20, got 0.5"),
    ],
)
def test_impossible_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        synth.wrinkles((64, 64), height=1.0, **settings)
