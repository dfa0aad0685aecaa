"""What clean() puts beyond the edges of a scan: the mirror image, with the tilt of the nearest lines where they are steep."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import synth
from afmnn.cleaning import beyond

SHAPE = (160, 200)
OFF = {"jumps": "off", "lines": "off", "scars": "off", "spikes": "off"}


@pytest.fixture(scope="module")
def net():
    return afmnn.load("universal")


@pytest.fixture(scope="module")
def ideal():
    surface = synth.particles(SHAPE, radius=9, coverage=0.4, seed=3)
    drift = 60.0 * np.exp(-np.arange(SHAPE[0]) / 16.0)
    return np.asarray(surface) + drift[:, None]


@pytest.fixture(scope="module")
def noisy(ideal):
    return ideal + synth.noise(SHAPE, rms=0.4, seed=4) + synth.line_steps(SHAPE, rms=0.3, seed=5)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("at_end", [False, True])
def test_a_steep_edge_goes_on_where_it_is_and_nowhere_else(axis, at_end, rng):
    steep = 50.0 * np.exp(-np.arange(128) / 16.0)
    heights = rng.normal(size=(128, 140)) + steep[:, None]
    heights = heights[::-1] if at_end else heights
    found = beyond.continued(heights if axis == 0 else heights.T)
    result = found.heights if axis == 0 else found.heights.T
    rows, columns = (found.rows, found.columns) if axis == 0 else (found.columns, found.rows)
    assert_array_equal(result[rows, columns], heights)
    assert result.shape == (128 + 48, 140)
    assert rows == (slice(0, 128) if at_end else slice(48, 176))
    towards = result if not at_end else result[::-1]  # from what was added into the scan
    rise = np.median(towards[40:48], axis=1).mean() - np.median(towards[48:56], axis=1).mean()
    assert rise == pytest.approx(steep[0:8].mean() - steep[8:16].mean(), rel=0.25)  # as from these lines to those behind them
    assert np.median(towards[0]) - np.median(towards[48]) < 32 * 50.0 / 16.0  # but not forever


def test_an_edge_as_steep_as_the_sample_is_mirrored_alone(rng):
    """Nothing is added: the network itself mirrors."""
    wavy = np.add.accumulate(rng.normal(size=(160, 1)), axis=0) + 0.1 * rng.normal(size=(160, 128))
    assert beyond.edge_slopes(wavy) == (0.0, 0.0)
    assert beyond.continued(wavy).heights is wavy
    assert beyond.edge_slopes(np.zeros((160, 3))) == (0.0, 0.0)
    assert beyond.edge_slopes(np.arange(90.0)[:, None]) == (0.0, 0.0)  # too few lines to tell
    assert_allclose(beyond.edge_slopes(0.5 * np.arange(160.0)[:, None]), (0.5, -0.5))


def test_a_steep_edge_is_cleaned_like_the_rest(net, noisy, ideal):
    first = slice(0, 3)
    alone = afmnn.apply(net, noisy)
    cleaned = afmnn.clean(noisy, net, **OFF)
    assert np.std((cleaned - ideal)[first]) < 0.85 * np.std((alone - ideal)[first])
    assert_allclose(cleaned[60:140], alone[60:140], atol=0.1)
    nearest = afmnn.clean(noisy, net, border="nearest", **OFF)  # what is asked for is done
    assert_allclose(nearest, afmnn.apply(net, noisy, border="nearest"), atol=1e-9)


def test_missing_lines_are_continued_from_both_sides(net, noisy, ideal):
    holes = noisy.copy()
    holes[20:24] = np.nan  # where drift is steep
    holes[:5] = np.nan
    cleaned = afmnn.clean(holes, net, **OFF)
    assert_array_equal(np.isnan(cleaned), np.isnan(holes))
    beside = [17, 18, 19, 24, 25, 26]
    alone = afmnn.apply(net, holes, nan="keep")
    assert np.std((cleaned - ideal)[beside]) < np.std((alone - ideal)[beside])
