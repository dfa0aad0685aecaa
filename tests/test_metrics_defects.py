"""Line defects and structure left in the residual: known noise on known surfaces."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from afmnn import Image
from afmnn.metrics import height_loss, row_correlation, row_steps, structure, x_noise

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


def test_residual_of_pure_noise_has_no_structure(rng):
    """Row offsets that last, tilted rows and noise that is correlated along the rows are none of the sample's."""
    correlations = []
    for _ in range(30):
        along = rng.standard_normal((64, 64))
        residual = along + 4 * rng.standard_normal((64, 1)).cumsum(axis=0)
        correlations.append(row_correlation(1e-9 * residual))
        assert structure(residual) < (4 / residual.size) ** 0.25 * 1.2
    assert abs(np.mean(correlations)) < 4 / math.sqrt(30) / 64
    assert np.std(correlations) == pytest.approx(1 / 64, rel=0.4)
    tilted = rng.standard_normal((400, 1)) * np.linspace(-1, 1, 50)
    assert abs(row_correlation(tilted)) < 0.2
    assert math.isnan(row_correlation(rng.standard_normal((64, 1)) + np.zeros((64, 64))))
    assert structure(rng.standard_normal((64, 1)) + np.zeros((64, 64))) == 0


@pytest.mark.parametrize("unit", [1.0, 1e-9])
def test_structure_is_the_height_of_what_was_eaten(rng, unit):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    eaten = 0.6 * np.sin(x / 6) * np.cos(y / 7)
    residual = unit * (eaten + rng.standard_normal(SHAPE) + 3 * rng.standard_normal((256, 1)))
    assert structure(residual) / unit == pytest.approx(0.3, rel=0.07)
    assert row_correlation(residual) == pytest.approx(0.09 / 1.09, rel=0.14)


def test_height_loss(rng):
    surface, noise = hills(), rng.standard_normal(SHAPE)
    for loss in (0.0, 0.03, -0.05):
        cleaned = (1 - loss) * surface
        residual = surface + noise + 5 * rng.standard_normal((256, 1)) - cleaned
        expected = loss / (1 - loss)
        assert height_loss(1e-9 * residual, 1e-9 * cleaned) == pytest.approx(expected, abs=0.02)
        assert height_loss(surface - cleaned, cleaned) == pytest.approx(expected, abs=1e-9)
    assert math.isnan(height_loss(noise, np.ones(SHAPE)))


def test_missing_pixels_do_not_count(rng):
    surface, noise = hills(), rng.standard_normal(SHAPE)
    holes = noise + surface
    holes[40:60] = np.nan
    holes[:, 200:210] = np.nan
    kept = np.hstack([(noise + surface)[60:, :200], (noise + surface)[60:, 210:]])
    assert row_steps(holes[60:]) == row_steps(kept)
    assert structure(holes[60:]) == pytest.approx(structure(kept), rel=1e-9)
    assert height_loss(holes[60:], surface[60:]) == pytest.approx(height_loss(kept, np.delete(surface[60:], np.s_[200:210], 1)))
    assert row_steps(holes) == pytest.approx(row_steps(noise + surface), rel=0.2)


@pytest.mark.parametrize("measure", [row_steps, x_noise, row_correlation, structure])
def test_refusals(measure):
    with pytest.raises(ValueError, match="must have at least"):
        measure(np.ones((1, 2)))
    with pytest.raises(ValueError, match="must not have infinite heights"):
        measure(np.full((5, 5), np.inf))
    with pytest.raises(ValueError, match="that are not"):
        measure(np.full((5, 5), np.nan))
    with pytest.raises(ValueError, match=r"residual must have the shape of cleaned \(2, 3\), got \(3, 2\)"):
        height_loss(np.ones((3, 2)), np.ones((2, 3)))
