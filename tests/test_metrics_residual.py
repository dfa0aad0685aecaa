"""Structure left in the residual: noise that holds none, and features that were eaten."""

import math

import numpy as np
import pytest

from afmnn.metrics import (
    edge_excess,
    feature_residual,
    height_loss,
    relief_loss,
    row_correlation,
    row_correlation_error,
    structure,
)

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


def particles(unit=1.0):
    """Round caps of many sizes, some of them close together."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    surface = np.zeros(SHAPE)
    for row, col, radius in zip(rng.uniform(0, 256, 60), rng.uniform(0, 256, 60), rng.uniform(4, 14, 60), strict=True):
        surface = np.maximum(surface, np.sqrt(np.maximum(radius**2 - (y - row) ** 2 - (x - col) ** 2, 0.0)))
    return unit * surface / surface.std()


@pytest.mark.parametrize("unit", [1.0, 1e-9])
@pytest.mark.parametrize("noise", [0.05, 0.3, 1.0])
@pytest.mark.parametrize("lost", [0.0, 0.01, 0.02, 0.05, -0.03])
def test_relief_loss_is_what_was_taken_at_all_sizes(rng, unit, noise, lost):
    surface = particles(unit)
    residual = lost * surface + unit * (noise * rng.standard_normal(SHAPE) + 3 * rng.standard_normal((256, 1)))
    # A mean over some thousand independent details is known to the noise over some sixty.
    assert relief_loss(residual, (1 - lost) * surface) / unit == pytest.approx(abs(lost), abs=noise / 60 + 0.15 * abs(lost))


def test_relief_loss_at_one_size_only():
    """Small particles were lowered, large ones not: a slope over all does not show it."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    small = np.where((y % 32 < 3) & (x % 64 < 4), 1.0, 0.0)
    large = 10.0 * np.sin(x / 300.0 + y / 500.0)
    lowered = relief_loss(0.1 * small, large + 0.9 * small)
    assert abs(height_loss(0.1 * small, large + 0.9 * small)) < 1e-3
    assert lowered > 0.02 * small.std()
    assert relief_loss(0 * small, large + small) == 0


def test_relief_loss_by_definition(rng):
    """The formula, slowly: squares of so many pixels, less those of twice the size."""
    residual, cleaned = rng.standard_normal((2, 64, 96)).cumsum(axis=2)
    residual *= 0.1
    rest = [z - np.median(z, axis=1, keepdims=True) for z in (residual, cleaned)]

    def squares(z, size):
        rows, cols = (n // size for n in z.shape)
        return z[: rows * size, : cols * size].reshape(rows, size, cols, size).mean(axis=(1, 3))

    def averaged(z):
        padded = np.pad(z, 1, mode="symmetric")
        return np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).mean(axis=(2, 3))

    expected = 0.0
    for size in (2, 4, 8):  # four squares a side are left of the next
        r, c = ((squares(z, size) - np.kron(squares(z, 2 * size), np.ones((2, 2)))) for z in rest)
        products, energy = squares(r * c, 2), squares(c * c, 2)
        ratio, weight = averaged(products) / averaged(energy), averaged(energy)
        order = np.argsort(ratio.ravel())
        below = np.cumsum(weight.ravel()[order])
        share = ratio.ravel()[order][below >= below[-1] / 2][0]
        chance = 9 * ((weight * (ratio - share)) ** 2).sum() / weight.sum() ** 2
        expected += max(share**2 - chance, 0) * energy.mean()
    assert expected > 0
    assert relief_loss(residual, cleaned) == pytest.approx(math.sqrt(expected), rel=1e-9)


@pytest.mark.parametrize("unit", [1.0, 1e-9])
def test_feature_residual_sees_shapes_of_either_sign(rng, unit):
    """Rings within and around each particle, of either sign, as of a network that knows other shapes."""
    surface = particles()
    smooth, narrow = (
        sum(np.roll(surface, (i, j), (0, 1)) for i in range(-k, k + 1) for j in range(-k, k + 1)) / (2 * k + 1) ** 2
        for k in (4, 1)
    )
    rings = smooth - narrow
    rings /= rings.std()
    line = np.repeat(rng.standard_normal((256, 16)), 16, axis=1) + 3 * rng.standard_normal((256, 1))  # noise along the rows
    for strength in (0.0, 0.15, 0.3):
        residual = unit * (0.2 * line + 0.2 * rng.standard_normal(SHAPE) + strength * rings)
        found = feature_residual(residual, unit * surface) / unit
        if strength == 0:
            assert found == 0
        else:
            assert 0.3 * strength < found < 1.2 * strength
    assert math.isnan(feature_residual(residual, np.ones(SHAPE)))
    holes = residual.copy()
    holes[30:60, 100:150] = np.nan
    assert feature_residual(holes, unit * surface) / unit == pytest.approx(found, rel=0.3)
    assert feature_residual(0 * residual, unit * surface) == 0


def test_feature_residual_of_noise_alone(rng):
    """By chance it is no more than a small part of the noise, and nearly always nothing."""
    surface = particles()
    found = []
    for _ in range(40):
        line = np.repeat(rng.standard_normal((256, 32)), 8, axis=1)
        found.append(feature_residual(line + rng.standard_normal(SHAPE), surface))
    assert np.count_nonzero(found) <= 2
    assert max(found) < 0.4


def test_relief_loss_that_cannot_be_told(rng):
    noise = rng.standard_normal(SHAPE)
    assert math.isnan(relief_loss(noise, np.ones(SHAPE)))
    assert math.isnan(relief_loss(noise, np.arange(256.0)[:, None] + np.zeros(SHAPE)))  # rows only
    scattered = np.where(rng.random(SHAPE) < 0.3, np.nan, particles())
    assert math.isnan(relief_loss(noise, scattered))
    holes = particles()
    holes[40:60, 30:80] = np.nan
    assert relief_loss(noise + 0.05 * holes, 0.95 * holes) == pytest.approx(0.05, abs=0.02)
    with pytest.raises(ValueError, match="residual must have at least 16 rows and 16 columns"):
        relief_loss(np.ones((15, 40)), np.ones((15, 40)))


def test_chance_of_a_correlation(rng):
    """The error that is told is the spread over many residuals, also where noise is correlated along the rows."""
    for length in (1, 12):
        found = []
        for _ in range(120):
            white = rng.standard_normal((48, 60 + length))
            residual = sum(white[:, i : i + 60] for i in range(length))
            found.append((row_correlation(residual), row_correlation_error(residual)))
        values, errors = np.array(found).T
        assert np.mean(errors) == pytest.approx(np.std(values), rel=0.25)
    assert math.isnan(row_correlation_error(rng.standard_normal((64, 1)) + np.zeros((64, 64))))
    assert math.isnan(row_correlation_error(rng.standard_normal((3, 64))))


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


@pytest.mark.parametrize("measure", [row_correlation, row_correlation_error, structure])
def test_refusals(measure):
    with pytest.raises(ValueError, match="must have at least"):
        measure(np.ones((1, 2)))
    with pytest.raises(ValueError, match="must not have infinite heights"):
        measure(np.full((5, 5), np.inf))
    with pytest.raises(ValueError, match="that are not"):
        measure(np.full((5, 5), np.nan))
    for compare in (height_loss, edge_excess, feature_residual, relief_loss):
        with pytest.raises(ValueError, match=r"residual must have the shape of cleaned \(38, 39\), got \(39, 38\)"):
            compare(np.ones((39, 38)), np.ones((38, 39)))
        with pytest.raises(ValueError, match="that are not NaN"):
            compare(np.ones((39, 38)), np.full((39, 38), np.nan))
