"""What of the sample is in the residual, that is in what was taken off an image. No ideal image is needed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from .._elementary import mean, mean_square, total
from ..image import Image, in_one_unit
from ._windows import even, filtered
from .defects import heights_of, without_rows

_SMOOTHED = 3  # pixels a side: noise that is left in a cleaned image must not look like relief
_NEAR = 5  # pixels a side of the neighbourhood whose relief is measured


def row_correlation(residual: ArrayLike | Image) -> float:
    """Correlation of neighbouring rows of a residual: whether it holds what is no line defect.

    Noise and offsets are different in every scan line, the sample is not: what neighbouring rows of ``noisy - cleaned`` share
    was taken from the sample. The median of each row is taken off first: offsets that last for several rows are none of the
    sample's.

    Parameters
    ----------
    residual : array_like or Image, shape (rows, columns)
        What was taken off an image; rows are scan lines, at least two. NaN marks missing pixels.

    Returns
    -------
    float
        Between -1 and 1; NaN if the residual is nothing but offsets of rows. For noise that is independent from row to row the
        expectation is 0, the standard deviation about ``1 / sqrt(pixels)`` (more if noise is correlated along the
        rows). It lies a little below 0 where a network leaves a share of the noise, averaged over several rows, in its
        result. Scars and jumps that reach over several rows count as structure.

    Raises
    ------
    ValueError
        If `residual` has fewer than two rows, an infinite height, or no neighbours that are not missing.
    """
    correlation, _ = _rows_in_common(residual)
    return correlation


def structure(residual: ArrayLike | Image) -> float:
    """Root-mean-square height of what neighbouring rows of a residual share.

    The square root of the covariance whose correlation `row_correlation` is. If the residual is noise, independent from row
    to row, plus a piece of the sample that changes little from row to row, it is the root-mean-square height of that piece.

    Parameters
    ----------
    residual : array_like or Image, shape (rows, columns)
        What was taken off an image; rows are scan lines, at least two. NaN marks missing pixels.

    Returns
    -------
    float
        In the unit of the heights; 0 where the correlation is not positive. Of pure noise with the standard deviation ``s``
        it is at most about ``s`` times the fourth root of ``4 / pixels``: ``s / 11`` for 256 x 256 pixels.

    Raises
    ------
    ValueError
        If `residual` has fewer than two rows, an infinite height, or no neighbours that are not missing.
    """
    correlation, variance = _rows_in_common(residual)
    return math.sqrt(max(correlation, 0.0)) * variance if variance > 0 else 0.0


def height_loss(residual: ArrayLike | Image, cleaned: ArrayLike | Image) -> float:
    """By which fraction the features of a cleaned image are lower than they were.

    The slope of the line ``residual = slope * cleaned`` with the least squared distance, both less the medians of their rows.

    Parameters
    ----------
    residual : array_like or Image, shape (rows, columns)
        What was taken off an image: noisy less cleaned.
    cleaned : array_like or Image, shape of `residual`
        The cleaned image. NaN marks missing pixels.

    Returns
    -------
    float
        0.02 where a feature of 98 nm was one of 100 nm; negative where features have grown. 0 is expected of a residual that
        is noise. NaN if the cleaned image is flat.

    Raises
    ------
    ValueError
        If the shapes differ, or an image has an infinite height or none that is not NaN.
    """
    residual, cleaned = in_one_unit(residual, cleaned)
    taken, left = heights_of("residual", residual, (1, 1)), heights_of("cleaned", cleaned, (1, 1))
    if taken.shape != left.shape:
        raise ValueError(f"residual must have the shape of cleaned {left.shape}, got {taken.shape}")
    valid = ~(np.isnan(taken) | np.isnan(left))
    if not valid.any():
        raise ValueError("residual must have pixels that are not NaN, here and in cleaned, got none")
    taken, left = (without_rows(np.where(valid, heights, np.nan))[valid] for heights in (taken, left))
    scale = float(np.abs(left).max())
    if scale == 0:
        return math.nan
    left = left / scale
    left -= mean(left)
    below = total(left * left)
    return total(taken / scale * left) / below if below > 0 else math.nan


def edge_excess(residual: ArrayLike | Image, cleaned: ArrayLike | Image) -> float:
    """How much more was taken off at the features of the sample than where it is flat.

    The mean absolute value of the residual, less the medians of its rows, over the tenth of the pixels around which the cleaned
    image has most relief, divided by that over the half with least. Relief is the standard deviation within 5 x 5 pixels,
    after averaging over 3 x 3.

    Parameters
    ----------
    residual : array_like or Image, shape (rows, columns)
        What was taken off an image: noisy less cleaned.
    cleaned : array_like or Image, shape of `residual`
        The cleaned image, at least 7 x 7 pixels. NaN marks missing pixels.

    Returns
    -------
    float
        1 is expected of noise that does not know of the sample; more says that edges were smoothed, or that small features
        were lowered. (An instrument may be noisier at edges, too.) NaN if the cleaned image has the same relief everywhere.

    Raises
    ------
    ValueError
        If the shapes differ, an image is too small or has an infinite height, or too much is missing.
    """
    residual, cleaned = in_one_unit(residual, cleaned)
    taken, left = heights_of("residual", residual, (7, 7)), heights_of("cleaned", cleaned, (7, 7))
    if taken.shape != left.shape:
        raise ValueError(f"residual must have the shape of cleaned {left.shape}, got {taken.shape}")
    known = left[~np.isnan(left)]
    if known.size == 0:
        raise ValueError("cleaned must have pixels that are not NaN, got none")
    centre = mean(known)
    scale = float(np.abs(known - centre).max()) or 1.0
    smooth = filtered((left - centre) / scale, even(_SMOOTHED))
    relief = np.maximum(
        filtered(smooth * smooth, even(_NEAR)) - np.square(filtered(smooth, even(_NEAR))), 1e-24
    )  # the rest is rounding
    rest = np.abs(without_rows(taken))
    valid = ~(np.isnan(relief) | np.isnan(rest))
    if not valid.any():
        raise ValueError("residual must have pixels that are not NaN, here and around them in cleaned, got none")
    relief, rest = relief[valid], rest[valid]
    # Which pixels count is the same on every CPU: a mean over a window is a sum in the order of its pixels, one after the other.
    flat, high = np.quantile(relief, [0.5, 0.9])
    most = relief >= high if high > flat else relief > flat  # nearly all of it may be as flat as can be
    if not most.any():
        return math.nan
    below = mean(rest[relief <= flat])
    above = mean(rest[most])
    if below > 0:
        return above / below
    return math.inf if above > 0 else math.nan


def _rows_in_common(residual: ArrayLike | Image) -> tuple[float, float]:
    """Return the correlation of neighbouring rows, and the standard deviation of the heights it is taken of."""
    heights = heights_of("residual", residual, (2, 1))
    rest = without_rows(heights)
    known = rest[~np.isnan(rest)]
    if known.size == 0:
        raise ValueError("residual must have pixels that are not NaN, got none")
    scale = float(np.abs(known).max())
    if scale <= 1e-14 * float(np.nanmax(np.abs(heights))):  # nothing but offsets of rows, and their rounding
        return math.nan, 0.0
    rest = rest / scale
    rest -= mean(known) / scale
    products = rest[1:] * rest[:-1]
    products = products[~np.isnan(products)]
    if products.size == 0:
        raise ValueError("residual must have two neighbouring rows that are not missing")
    variance = mean_square(rest[~np.isnan(rest)])
    return (mean(products) / variance, scale * math.sqrt(variance)) if variance > 0 else (math.nan, 0.0)
