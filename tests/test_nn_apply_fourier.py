"""The two ways to sum a window: directly, and by Fourier transforms of tiles."""

import numpy as np
import pytest

from afmnn import _core

pytestmark = pytest.mark.arithmetic


def network(window, hidden, rng):
    rows, cols = window
    inputs = rows * cols
    layers = []
    for nodes in (*hidden, 1):
        matrix = rng.normal(size=(nodes, inputs + 1)) / np.sqrt(inputs)
        if not layers:
            matrix[:, 1:] -= matrix[:, 1:].mean(axis=1, keepdims=True)  # as training leaves them
        layers.append(matrix.astype(np.float32))
        inputs = nodes
    linear = (rng.normal(size=window) / (rows * cols) + 1 / (rows * cols)).astype(np.float32)
    exact = _core.NetworkF64(rows, cols, "tanh", [layer.astype(np.float64) for layer in layers], linear.astype(np.float64))
    return _core.NetworkF32(rows, cols, "tanh", layers, linear), exact


def apply(net, image, fourier_size, *, border="reflect", threads=1, first=0, last=None, out=None):
    out = np.full_like(image, np.nan) if out is None else out
    rows = (first, len(image) if last is None else last)
    scaling = (0.5, 2.0, 0.5, 2.0, 0.0, 0.0)
    _core.apply(net, image, out, scaling, (border, 0.25), threads=threads, rows=rows, fourier_size=fourier_size)
    return out


def relief(shape, rng):
    """Rough, tilted and far from zero."""
    return rng.normal(size=shape) + np.linspace(0, 20, shape[1]) + 50


@pytest.mark.parametrize("size", [32, 64, 128, 256])
@pytest.mark.parametrize("border", ["reflect", "nearest", "mirror", "constant"])
@pytest.mark.parametrize(("window", "hidden"), [((27, 27), (6,)), ((5, 30), (3, 2)), ((1, 1), (1,)), ((8, 4), (2,))])
def test_transforms_agree_with_the_direct_sum(size, border, window, hidden, rng):
    net, exact = network(window, hidden, rng)
    for shape in ((150, 301), (40, 9)):
        image = relief(shape, rng)
        expected = apply(exact, image, 0, border=border)
        # Heights enter with the precision of float32, relative to the highest.
        atol = 1e-6 * (np.ptp(expected) + np.abs(image).max())
        np.testing.assert_allclose(apply(net, image, size, border=border), expected, rtol=0, atol=atol)
        np.testing.assert_allclose(apply(net, image, 0, border=border), expected, rtol=0, atol=atol)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_and_bands_leave_the_bits_alone(dtype, rng):
    net, _ = network((27, 27), (6,), rng)
    image = relief((333, 270), rng).astype(dtype)
    whole = apply(net, image, 64)
    for threads in (2, 3):
        np.testing.assert_array_equal(apply(net, image, 64, threads=threads), whole)
    pieces = np.full_like(image, np.nan)
    tile_rows = 64 - 27 + 1
    for first in range(0, 333, 3 * tile_rows):
        apply(net, image, 64, first=first, last=min(first + 3 * tile_rows, 333), out=pieces)
    np.testing.assert_array_equal(pieces, whole)


def test_a_high_plateau_costs_no_precision(rng):
    net, exact = network((27, 27), (6,), rng)
    image = rng.normal(size=(200, 200)) + 1000.0  # in units of the relief, after scaling
    expected = apply(exact, image, 0)
    # float32 resolves 1000 to 6e-5; more than that and its share in the sums is not lost.
    np.testing.assert_allclose(apply(net, image, 128), expected, rtol=0, atol=2e-3)


@pytest.mark.parametrize("mark", [1e4, -1e7, 1e12, -1e29, 1e38])
@pytest.mark.parametrize("size", [64, 128])
def test_a_mark_for_a_missing_pixel_spoils_only_windows_that_hold_it(size, mark, rng):
    """Transforms would spread its rounding over its tile, and over the tile that shares the transform."""
    net, exact = network((27, 21), (6,), rng)
    image = rng.normal(size=(200, 260))
    expected = apply(exact, image, 0)
    for row, col in ((100, 130), (0, 0), (37, 259), (64 - 26 - 13, 64 - 20)):  # in the middle, in corners, where tiles meet
        marked = image.copy()
        marked[row, col] = mark
        got = apply(net, marked, size)
        far = np.ones(image.shape, bool)
        far[max(0, row - 13) : row + 14, max(0, col - 10) : col + 11] = False
        np.testing.assert_allclose(got[far], expected[far], rtol=0, atol=1e-3)
        assert np.abs(got - expected)[row, col] > 10
        for threads in (2, 3):
            np.testing.assert_array_equal(apply(net, marked, size, threads=threads), got)


def test_high_objects_cost_no_precision(rng):
    """Below the limit transforms are exact enough, above it sums are direct: in no tile is more lost than a thousandth."""
    net, exact = network((27, 27), (6,), rng)
    image = rng.normal(size=(300, 300))
    for height in (1000.0, 2000.0, 3000.0, 1e5):  # twice that in the network's scale
        high = image.copy()
        high[:60] += height  # many pixels of a tile, which is worse than one
        got, expected = apply(net, high, 128), apply(exact, high, 0)
        np.testing.assert_allclose(got[60 + 13 :], expected[60 + 13 :], rtol=0, atol=1e-3)


def test_a_border_far_away_costs_no_precision(rng):
    net, exact = network((27, 27), (6,), rng)
    image = rng.normal(size=(150, 170)) - 1e6  # beyond the edge the image goes on at 0.25
    scaling = (-1e6, 1.0, -1e6, 1.0, 0.0, 0.0)
    results = []
    for one in (net, exact):
        out = np.empty_like(image)
        _core.apply(one, image, out, scaling, ("constant", 0.25), fourier_size=64 if one is net else 0)
        results.append(out)
    np.testing.assert_allclose(results[0][13:-13, 13:-13], results[1][13:-13, 13:-13], rtol=0, atol=1e-3)


def test_the_choice_depends_on_network_and_shape_only(rng):
    small, _ = network((5, 5), (3,), rng)
    large, exact = network((61, 61), (6,), rng)
    assert _core.plan_tiles(small, 1000, 1000) == (0, 64)
    size, rows = _core.plan_tiles(large, 1000, 1000)
    assert size >= 128
    assert rows == size - 60
    assert _core.plan_tiles(exact, 1000, 1000) == (0, 64)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fourier_size": 48}, "fourier_size"),
        ({"fourier_size": 16}, "fourier_size"),
        ({"first": 5}, "rows"),
        ({"threads": 0}, "threads"),
    ],
)
def test_wrong_calls_are_refused(change, message, rng):
    net, exact = network((27, 27), (6,), rng)
    image = relief((60, 60), rng)
    with pytest.raises(ValueError, match=message):
        apply(net, image, **{"fourier_size": 64, **change})
    with pytest.raises(ValueError, match="fourier_size"):
        apply(exact, image, 64)
