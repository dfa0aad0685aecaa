"""Line defects of a scan, and what of the sample the residual holds. No ideal image is needed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..image import Image, unwrap

_SPREAD = 1.4826022185056018  # standard deviation of a normal distribution, in units of its median distance from the median


def row_steps(image: ArrayLike | Image) -> float:
    """Typical jump of height from one scan line to the next.

    For each two neighbouring rows, the median of the differences of their pixels is one jump; what is returned is the
    robust spread of all jumps, 1.4826 times their median distance from their median. Slopes of the sample cancel where
    hills go up and down in a row, edges do not count where they touch less than half of it, and a tilt is the median that is
    taken off.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights; rows are scan lines, at least three. NaN marks missing pixels.

    Returns
    -------
    float
        In the unit of the heights. For rows with independent, normally distributed offsets of standard deviation ``s`` it is
        ``sqrt(2) s``. White noise of standard deviation ``s`` alone gives about ``1.77 s / sqrt(columns)``: less cannot be seen.

    Raises
    ------
    ValueError
        If `image` has fewer than three rows, an infinite height, or no three neighbouring rows that are not missing.
    """
    heights = _heights("image", image, (3, 1))
    jumps = _row_medians(heights[1:] - heights[:-1])
    jumps = jumps[~np.isnan(jumps)]
    if jumps.size < 2:
        raise ValueError("image must have at least three neighbouring rows that are not missing")
    return _SPREAD * float(np.median(np.abs(jumps - np.median(jumps))))


def x_noise(image: ArrayLike | Image) -> float:
    """Noise from pixel to pixel along the scan lines.

    The second differences ``z[j - 1] - 2 z[j] + z[j + 1]`` along rows are free of offsets and slopes; of white noise with the
    standard deviation ``s`` they have ``sqrt(6) s``. Their robust spread, 1.4826 times the median of their absolute values, is
    returned in units of that: the noise's standard deviation where the surface is smooth over three pixels nearly everywhere.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights; rows are scan lines, of at least three pixels. NaN marks missing pixels.

    Returns
    -------
    float
        In the unit of the heights. 0 where more than half of the second differences are: heights recorded in coarse steps.

    Raises
    ------
    ValueError
        If `image` has fewer than three columns, an infinite height, or no three neighbours that are not missing.
    """
    heights = _heights("image", image, (1, 3))
    bends = heights[:, :-2] - 2 * heights[:, 1:-1] + heights[:, 2:]
    bends = bends[~np.isnan(bends)]
    if bends.size == 0:
        raise ValueError("image must have three neighbours in a row that are not missing")
    return _SPREAD / math.sqrt(6.0) * float(np.median(np.abs(bends)))


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
    taken, left = _heights("residual", residual, (1, 1)), _heights("cleaned", cleaned, (1, 1))
    if taken.shape != left.shape:
        raise ValueError(f"residual must have the shape of cleaned {left.shape}, got {taken.shape}")
    there = ~(np.isnan(taken) | np.isnan(left))
    if not there.any():
        raise ValueError("residual must have pixels that are not NaN, here and in cleaned, got none")
    taken, left = (_without_rows(np.where(there, heights, np.nan))[there] for heights in (taken, left))
    scale = float(np.abs(left).max())
    if scale == 0:
        return math.nan
    left = left / scale
    left -= left.mean()
    below = float(np.sum(left * left))
    return float(np.sum(taken / scale * left)) / below if below > 0 else math.nan


def _rows_in_common(residual: ArrayLike | Image) -> tuple[float, float]:
    """Return the correlation of neighbouring rows, and the standard deviation of the heights it is taken of."""
    rest = _without_rows(_heights("residual", residual, (2, 1)))
    known = rest[~np.isnan(rest)]
    scale = float(np.abs(known).max()) if known.size else 0.0
    if known.size == 0:
        raise ValueError("residual must have pixels that are not NaN, got none")
    if scale == 0:
        return math.nan, 0.0
    rest = rest / scale
    rest -= float(np.mean(known)) / scale
    products = rest[1:] * rest[:-1]
    products = products[~np.isnan(products)]
    if products.size == 0:
        raise ValueError("residual must have two neighbouring rows that are not missing")
    variance = float(np.nanmean(np.square(rest)))
    return (float(products.mean()) / variance, scale * math.sqrt(variance)) if variance > 0 else (math.nan, 0.0)


def _without_rows(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    return heights - _row_medians(heights)[:, None]


def _row_medians(heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Medians of the rows over what is not missing; NaN for a row without anything."""
    missing = np.isnan(heights)
    if not missing.any():
        return np.asarray(np.median(heights, axis=1))
    return np.array([np.median(row[~gone]) if not gone.all() else np.nan for row, gone in zip(heights, missing, strict=True)])


def _heights(name: str, value: ArrayLike | Image, least: tuple[int, int]) -> NDArray[np.float64]:
    heights = unwrap(name, value, finite=False)
    if heights.shape[0] < least[0] or heights.shape[1] < least[1]:
        raise ValueError(f"{name} must have at least {least[0]} rows and {least[1]} columns, got shape {heights.shape}")
    if np.isinf(heights).any():
        raise ValueError(f"{name} must not have infinite heights; NaN marks missing pixels")
    return heights.astype(np.float64, copy=False)
