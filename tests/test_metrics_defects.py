"""Line defects: known noise on known surfaces."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import Image, _core
from afmnn._reference import defects
from afmnn.metrics import row_steps, x_noise

SHAPE = (256, 256)


def hills(unit=1.0):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return unit * (np.sin(x / 17 + 0.3) * np.cos(y / 23) + 0.002 * x + 0.005 * y)


@pytest.mark.parametrize("unit", [1.0, 1e-9])
def test_row_steps_measure_offsets_whatever_the_sample_is(rng, unit):
    offsets = rng.standard_normal((256, 1))
    fine = 0.1 * rng.standard_normal(SHAPE)
    for surface in (np.zeros(SHAPE), 3 * hills()):
        found = row_steps(Image(unit * (surface + offsets + fine))) / unit
        # The spread of 255 differences is known to 7 %; here of the very offsets, so that the surface's share is what is tested.
        expected = row_steps(offsets + np.zeros(SHAPE))
        assert found == pytest.approx(expected, rel=0.1)
        assert expected == pytest.approx(math.sqrt(2), rel=0.2)
    walk = rng.standard_normal((256, 1)).cumsum(axis=0)
    assert row_steps(walk + np.zeros(SHAPE)) == pytest.approx(1, rel=0.2)


def test_row_steps_of_white_noise_is_the_floor_that_is_stated(rng):
    floors = [row_steps(rng.standard_normal((400, 100))) for _ in range(20)]
    assert_allclose(np.mean(floors), 1.77 / math.sqrt(100), rtol=0.05)


def test_x_noise_is_free_of_offsets_slopes_and_edges(rng):
    noise = 0.2 * rng.standard_normal(SHAPE)
    assert x_noise(noise) == pytest.approx(0.2, rel=0.02)
    surface = hills() + 5.0 * rng.standard_normal((256, 1))
    surface[:, 100:] += 50
    assert x_noise(1e-9 * (surface + noise)) == pytest.approx(0.2e-9, rel=0.02)
    holes = noise.copy()
    holes[::3, ::7] = np.nan
    assert x_noise(holes) == pytest.approx(0.2, rel=0.03)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (3, 1), (3, 3), (40, 57), (200, 130)])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.95])
def test_core_agrees_with_twins(shape, share, rng):
    """Medians are selected exactly, so that only the mean of the two in the middle may round otherwise, by nothing seen here."""
    heights = 1e-9 * (rng.standard_normal(shape).cumsum(axis=0) + rng.standard_normal(shape))
    heights[rng.random(shape) < share] = np.nan
    heights[shape[0] // 2] = np.nan
    for given in (heights, heights.T, heights[::-1, ::2]):
        assert_array_equal(_core.row_steps(given), defects.row_steps(given))
        assert_allclose(_core.x_noise(given), defects.x_noise(given), rtol=1e-15)


def test_missing_pixels_do_not_count(rng):
    heights = hills() + rng.standard_normal(SHAPE)
    holes = heights.copy()
    holes[40:60] = np.nan
    holes[:, 200:210] = np.nan
    assert row_steps(holes[60:]) == row_steps(np.delete(heights[60:], np.s_[200:210], 1))
    assert row_steps(holes) == pytest.approx(row_steps(heights), rel=0.2)
    assert x_noise(holes) == pytest.approx(x_noise(heights), rel=0.03)


@pytest.mark.parametrize("measure", [row_steps, x_noise])
def test_refusals(measure):
    with pytest.raises(ValueError, match="must have at least"):
        measure(np.ones((1, 2)))
    with pytest.raises(ValueError, match="must not have infinite heights"):
        measure(np.full((5, 5), np.inf))
    with pytest.raises(ValueError, match="that are not missing"):
        measure(np.full((5, 5), np.nan))
