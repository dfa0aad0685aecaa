"""The core's range and quantiles against NumPy's."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import _core

FRACTIONS = [0.0, 0.003, 0.05, 0.25, 0.5, 0.95, 0.999, 1.0]
LARGE = (301, 407)  # more values than are sorted as a whole


def uniform(shape, rng):
    return rng.random(shape)


def outlier(shape, rng):
    image = rng.normal(size=shape)
    image[0, 0] = 1e30
    image[-1, -1] = -3e25
    return image


def flat(shape, rng):
    """A substrate of one height with few particles on it: all three quantiles of a scaling are one value."""
    image = np.full(shape, 3.3e-8)
    image[1:4, 1:30] += 1e-7 * rng.random((3, 29))
    return image


def crowds(shape, rng):
    """Most values in two places that one bin cannot tell apart."""
    image = rng.choice([1.0, 1.0 + 1e-13], size=shape)
    image[0, :5] = [-1e9, 1e9, 0, 5, 7]
    return image


def offset(shape, rng):
    image = 1e6 + 1e-9 * rng.normal(size=shape)
    image[0, 0] += 1.0
    return image


def exponents(shape, rng):
    """Values of all sizes: equal parts of an interval tell nothing about them."""
    return rng.choice([-1.0, 1.0], size=shape) * 10.0 ** rng.uniform(-30, 30, shape)


def whole(shape, rng):
    return rng.integers(0, 7, shape).astype(float)


def lopsided(shape, rng):
    return np.exp(3 * rng.normal(size=shape))


@pytest.mark.parametrize("shape", [(5, 31), (40, 61), LARGE], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("make", [uniform, outlier, flat, crowds, offset, exponents, whole, lopsided])
def test_quantiles_are_exact(make, dtype, shape, rng):
    image = make(shape, rng).astype(dtype)
    ordered = np.sort(image.ravel()).astype(np.float64)
    got = _core.quantiles(image, FRACTIONS, 1)
    # NumPy interpolates in the type of the image; here it is done in double precision.
    assert_allclose(got, np.quantile(ordered, FRACTIONS), rtol=1e-15, atol=0)
    position = np.array(FRACTIONS) * (ordered.size - 1)
    assert (ordered[np.floor(position).astype(int)] <= got).all()
    assert (got <= ordered[np.ceil(position).astype(int)]).all()
    for threads in (2, 3):
        assert _core.quantiles(image, FRACTIONS, threads) == got


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("low", "high"), [(-1.7e308, 1.7e308), (-3e38, 3e38), (0.0, 5e-324), (1e-310, 3e-310), (-0.0, 1e-45)])
def test_ends_of_the_number_range(low, high, dtype, rng):
    image = np.clip(rng.uniform(low / 2, high / 2, LARGE) * 2, -np.finfo(dtype).max, np.finfo(dtype).max).astype(dtype)
    ordered = np.sort(image.ravel()).astype(np.float64)
    fractions = np.array([0, 1, 1000, 60000, ordered.size - 2, ordered.size - 1]) / (ordered.size - 1)
    got = np.array(_core.quantiles(image, list(fractions), 1))
    position = fractions * (ordered.size - 1)
    assert (ordered[np.floor(position).astype(int)] <= got).all()
    assert (got <= ordered[np.ceil(position).astype(int)]).all()


@pytest.mark.parametrize("shape", [(40, 61), LARGE], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_what_is_not_finite_does_not_count(dtype, shape, rng):
    image = rng.normal(size=shape).astype(dtype)
    image[rng.random(shape) < 0.1] = np.nan
    image[rng.random(shape) < 0.1] = np.inf
    image[rng.random(shape) < 0.1] = -np.inf
    finite = image[np.isfinite(image)].astype(np.float64)
    assert _core.finite_range(image, 2) == (finite.size, finite.min(), finite.max())
    assert_allclose(_core.quantiles(image, FRACTIONS, 2), np.quantile(finite, FRACTIONS), rtol=1e-15)


def test_nothing_finite():
    image = np.full((4, 4), np.nan)
    count, low, high = _core.finite_range(image, 1)
    assert (count, low, high) == (0, np.inf, -np.inf)
    assert np.isnan(_core.quantiles(image, [0.0, 0.5], 1)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cols", [1, 3, 7, 8, 9, 511, 512, 513])
def test_range_finds_extremes_anywhere(cols, dtype, rng):
    image = rng.normal(size=(3, cols)).astype(dtype)
    for place in np.ndindex(image.shape):
        changed = image.copy()
        changed[place] = 100.0
        assert _core.finite_range(changed, 1)[::2] == (image.size, 100.0)
        changed[place] = -100.0
        assert _core.finite_range(changed, 1)[:2] == (image.size, -100.0)
        if cols > 9:
            break


@pytest.mark.parametrize(
    "view",
    [
        lambda a: a[::-1],
        lambda a: a[:, ::-1],
        lambda a: a[::3, ::2],
        lambda a: a.T,
        lambda a: a[5:-5, 7:-7],
        lambda a: np.broadcast_to(a[0], a.shape),
        lambda a: np.broadcast_to(a[:, :1], a.shape),
    ],
)
def test_strides(view, rng):
    image = view(rng.normal(size=(400, 500)))
    assert _core.quantiles(image, FRACTIONS, 2) == _core.quantiles(np.ascontiguousarray(image), FRACTIONS, 2)
    assert _core.finite_range(image, 2) == _core.finite_range(np.ascontiguousarray(image), 1)


def test_one_value_everywhere():
    assert_array_equal(_core.quantiles(np.full(LARGE, 7.1), FRACTIONS, 2), 7.1)
    assert_array_equal(_core.quantiles(np.full((1, 1), 7.1), FRACTIONS, 2), 7.1)
    assert _core.quantiles(np.zeros((2, 2)), [], 1) == []


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ((np.zeros((2, 2), int), [0.5], 1), TypeError),
        ((np.zeros((2, 2), ">f8"), [0.5], 1), TypeError),
        ((np.zeros((2, 2), complex), [0.5], 1), TypeError),
        ((np.zeros(4), [0.5], 1), ValueError),
        ((np.zeros((2, 2, 2)), [0.5], 1), ValueError),
        ((np.zeros((2, 2)), [0.5, 0.4], 1), ValueError),
        ((np.zeros((2, 2)), [-0.1], 1), ValueError),
        ((np.zeros((2, 2)), [1.1], 1), ValueError),
        ((np.zeros((2, 2)), [np.nan], 1), ValueError),
        ((np.zeros((2, 2)), [0.5], 0), ValueError),
        ((np.zeros((2, 2)), [0.5], 10**6), ValueError),
        ((np.zeros((2, 2)), [0.5], 10**30), TypeError),
        ((np.frombuffer(b"\0" * 33, np.uint8)[1:].view("f8").reshape(2, 2), [0.5], 1), ValueError),
    ],
)
def test_wrong_calls_are_refused(args, error):
    with pytest.raises(error):
        _core.quantiles(*args)
