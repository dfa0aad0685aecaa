"""Structure left in the residual: noise that holds none, and features that were eaten."""

import math

import numpy as np
import pytest

from afmnn.metrics import edge_excess, height_loss, row_correlation, structure

SHAPE = (256, 256)


def hills(unit=1.0):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return unit * (np.sin(x / 17 + 0.3) * np.cos(y / 23) + 0.002 * x + 0.005 * y)


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


@pytest.mark.parametrize("unit", [1.0, 1e-9])
def test_edge_excess(rng, unit):
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    cleaned = unit * np.tanh(10 * np.sin((x + 0.5 * y) / 12))
    noise = rng.standard_normal(SHAPE)
    offsets = 5 * rng.standard_normal((256, 1))
    # A mean over 6554 pixels, of absolute values that vary by 0.76 of their mean, is known to 1 %.
    assert edge_excess(unit * (noise + offsets), cleaned + 0.01 * unit * rng.standard_normal(SHAPE)) == pytest.approx(1, abs=0.04)
    smoothed = sum(np.roll(cleaned, shift, axis=1) for shift in (-2, -1, 0, 1, 2)) / 5
    assert edge_excess(20 * (cleaned - smoothed) + unit * (noise + offsets), smoothed) > 2
    # Lines along the scan lines that were lowered: rows have nothing in common there, and edges still tell.
    line = unit * np.where((y % 32 == 5) & (x % 80 < 30), 3.0, 0.0)
    assert edge_excess(line + 0.3 * unit * noise, 2 * line) > 2
    assert math.isnan(edge_excess(noise, np.ones(SHAPE)))


def test_missing_pixels_do_not_count(rng):
    surface, noise = hills(), rng.standard_normal(SHAPE)
    holes = noise + surface
    holes[40:60] = np.nan
    holes[:, 200:210] = np.nan
    kept = np.hstack([(noise + surface)[60:, :200], (noise + surface)[60:, 210:]])
    assert structure(holes[60:]) == pytest.approx(structure(kept), rel=1e-9)
    assert height_loss(holes[60:], surface[60:]) == pytest.approx(height_loss(kept, np.delete(surface[60:], np.s_[200:210], 1)))
    assert edge_excess(holes, surface) == pytest.approx(edge_excess(noise + surface, surface), rel=0.1)


@pytest.mark.parametrize("measure", [row_correlation, structure])
def test_refusals(measure):
    with pytest.raises(ValueError, match="must have at least"):
        measure(np.ones((1, 2)))
    with pytest.raises(ValueError, match="must not have infinite heights"):
        measure(np.full((5, 5), np.inf))
    with pytest.raises(ValueError, match="that are not"):
        measure(np.full((5, 5), np.nan))
    for compare in (height_loss, edge_excess):
        with pytest.raises(ValueError, match=r"residual must have the shape of cleaned \(8, 9\), got \(9, 8\)"):
            compare(np.ones((9, 8)), np.ones((8, 9)))
        with pytest.raises(ValueError, match="that are not NaN"):
            compare(np.ones((9, 8)), np.full((9, 8), np.nan))
