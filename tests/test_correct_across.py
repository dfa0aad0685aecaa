"""Marked pixels filled from the lines before and behind, against the slow twin."""

import numpy as np
import pytest

from afmnn._reference.across import filled_across
from afmnn.correct._mending import fill


def scan(rng, shape=(40, 61), dtype=np.float64):
    return (rng.normal(0, 1, shape) + rng.normal(0, 3, (shape[0], 1)) + 100.0).astype(dtype)


def masks(rng, shape):
    """Single pixels, stretches, whole lines, a column, nearly everything."""
    few = rng.random(shape) < 0.05
    many = few | (rng.random(shape) < 0.9)
    lines, column = few.copy(), few.copy()
    lines[3:6, 10:] = lines[0, :7] = lines[-1, 4:] = lines[20] = True
    column[:, 17:20] = column[9] = True
    return {"few": few, "many": many, "lines": lines, "column": column}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["few", "many", "lines", "column"])
@pytest.mark.parametrize("axis", [1, 0])
def test_twin(rng, dtype, name, axis):
    heights = scan(rng, dtype=dtype)
    heights[rng.random(heights.shape) < 0.03] = np.nan
    heights[30, 5:] = np.nan
    mask = masks(rng, heights.shape)[name]
    expected = filled_across(heights, mask) if axis == 1 else filled_across(heights.T, mask.T).T
    np.testing.assert_array_equal(fill(heights, mask, axis), expected)


def test_strides(rng):
    heights, mask = scan(rng, (60, 70)), rng.random((60, 70)) < 0.2
    expected = fill(np.ascontiguousarray(heights[::-2, ::3]), np.ascontiguousarray(mask[::-2, ::3]), 1)
    np.testing.assert_array_equal(fill(heights[::-2, ::3], mask[::-2, ::3], 1), expected)


def test_a_line_comes_back_where_others_are_like_it(rng):
    pattern = rng.normal(0, 1, 50)
    heights = pattern + np.arange(20.0)[:, None] ** 2
    mask = np.zeros(heights.shape, bool)
    mask[7:9, 10:30] = True
    np.testing.assert_allclose(fill(np.where(mask, 1e6, heights), mask, 1), heights, atol=1e-9)


def test_nothing_to_fill_changes_nothing(rng):
    heights = scan(rng)
    heights[4, 4] = np.nan
    np.testing.assert_array_equal(fill(heights, np.isnan(heights), 1), heights)


def test_nothing_to_fill_from(rng):
    with pytest.raises(ValueError, match="mask must leave pixels"):
        fill(scan(rng), np.ones((40, 61), bool), 1)
