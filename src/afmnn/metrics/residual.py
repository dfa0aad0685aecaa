"""What of the sample is in the residual, that is in what was taken off an image. No ideal image is needed."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._elementary import mean, mean_square, spread, total
from .._masks import MaskMode
from ..image import Image, in_one_unit
from ._windows import cells, even, filtered, mean_of
from .defects import SPREAD, heights_of, without_rows

_SMOOTHED = 3  # pixels a side: noise that is left in a cleaned image must not look like relief
_NEAR = 5  # pixels a side of the neighbourhood whose relief is measured, and over which a residual is averaged
_BY_CHANCE = 1.2  # ratio of medians that noise alone does not reach
_COARSEST = 5  # halvings: details of 32 pixels; what is larger is seen by height_loss, and is often drift
_FEWEST = 4  # cells of the next size a side: a median over fewer says nothing


def row_correlation(
    residual: ArrayLike | Image, *, mask: ArrayLike | Image | None = None, mask_mode: MaskMode = "include"
) -> float:
    """Correlation of neighbouring rows of a residual: whether it holds what is no line defect.

    Noise and offsets are different in every scan line, the sample is not: what neighbouring rows of ``noisy - cleaned`` share
    was taken from the sample. The median of each row is taken off first: offsets that last for several rows are none of the
    sample's.

    Parameters
    ----------
    residual : array_like or Image, shape (rows, columns)
        What was taken off an image; rows are scan lines, at least two. NaN marks missing pixels.
    mask : array_like, shape of `residual`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

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
        If `residual` has fewer than two rows, an infinite height, or no neighbours that are not missing; or `mask` is of
        another shape, not finite, or leaves no pixel.
    """
    correlation, _ = _rows_in_common(residual, mask, mask_mode)
    return correlation


def row_correlation_error(
    residual: ArrayLike | Image, *, mask: ArrayLike | Image | None = None, mask_mode: MaskMode = "include"
) -> float:
    """Tell how much of `row_correlation` is chance: its standard error.

    The spread of the rows' own contributions over the root of their number. Noise that is correlated along the rows makes it
    larger than ``1 / sqrt(pixels)``.

    Parameters
    ----------
    residual : array_like or Image, shape (rows, columns)
        What was taken off an image; rows are scan lines, at least two. NaN marks missing pixels.
    mask : array_like, shape of `residual`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        A correlation that is not above three times this may be chance. NaN if the residual is nothing but offsets of rows, or
        fewer than three pairs of rows are there.

    Raises
    ------
    ValueError
        If `residual` has fewer than two rows, an infinite height, or no neighbours that are not missing; or `mask` is of
        another shape, not finite, or leaves no pixel.
    """
    rest, variance, _ = _rest_of_rows(residual, mask, mask_mode)
    if variance == 0:
        return math.nan
    products = rest[1:] * rest[:-1]
    known = ~np.isnan(products)
    whole = bool(known.all())  # then there is nothing to pick, which takes longer than the sums
    sums = np.array([total(row if whole else row[there]) for row, there in zip(products, known, strict=True) if there.any()])
    if len(sums) < 3:
        return math.nan
    count = int(np.count_nonzero(known))
    return spread(sums) * math.sqrt(len(sums)) / (count * variance)


def structure(residual: ArrayLike | Image, *, mask: ArrayLike | Image | None = None, mask_mode: MaskMode = "include") -> float:
    """Root-mean-square height of what neighbouring rows of a residual share.

    The square root of the covariance whose correlation `row_correlation` is. If the residual is noise, independent from row
    to row, plus a piece of the sample that changes little from row to row, it is the root-mean-square height of that piece.

    Parameters
    ----------
    residual : array_like or Image, shape (rows, columns)
        What was taken off an image; rows are scan lines, at least two. NaN marks missing pixels.
    mask : array_like, shape of `residual`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In the unit of the heights; 0 where the correlation is not positive. Of pure noise with the standard deviation ``s``
        it is at most about ``s`` times the fourth root of ``4 / pixels``: ``s / 11`` for 256 x 256 pixels.

    Raises
    ------
    ValueError
        If `residual` has fewer than two rows, an infinite height, or no neighbours that are not missing; or `mask` is of
        another shape, not finite, or leaves no pixel.
    """
    correlation, variance = _rows_in_common(residual, mask, mask_mode)
    return math.sqrt(max(correlation, 0.0)) * variance if variance > 0 else 0.0


def height_loss(
    residual: ArrayLike | Image,
    cleaned: ArrayLike | Image,
    *,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> float:
    """By which fraction the features of a cleaned image are lower than they were.

    The slope of the line ``residual = slope * cleaned`` with the least squared distance, both less the medians of their rows.

    Parameters
    ----------
    residual : array_like or Image, shape (rows, columns)
        What was taken off an image: noisy less cleaned.
    cleaned : array_like or Image, shape of `residual`
        The cleaned image. NaN marks missing pixels.
    mask : array_like, shape of `residual`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        0.02 where a feature of 98 nm was one of 100 nm; negative where features have grown. 0 is expected of a residual that
        is noise. NaN if the cleaned image is flat.

    Raises
    ------
    ValueError
        If the shapes differ, or an image has an infinite height or none that is not NaN; or `mask` is of
        another shape, not finite, or leaves no pixel.
    """
    taken, left = _both(residual, cleaned, 1, mask, mask_mode)
    taken, left, valid = _without_rows_of_both(taken, left)
    taken, left = taken[valid], left[valid]
    scale = float(np.abs(left).max())
    if scale == 0:
        return math.nan
    left = left / scale
    left -= mean(left)
    below = total(left * left)
    return total(taken / scale * left) / below if below > 0 else math.nan


def relief_loss(
    residual: ArrayLike | Image,
    cleaned: ArrayLike | Image,
    *,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> float:
    """Root-mean-square height that features of a cleaned image have lost, seen scale by scale.

    Both images, less the medians of their rows, are divided into details of 2, 4, 8, 16 and 32 pixels: the mean over a square
    of that size less the mean over the square of twice the size in which it lies (Haar wavelets; Mallat 1989). Details of
    different sizes do not overlap, and the squares of their heights add up. At each size the share that was lost is

        ``share = weighted median over all places of <residual detail * cleaned detail> / <cleaned detail ** 2>``

    with means over 6 x 6 details, and ``<cleaned detail ** 2>`` as the weight: half of the relief lies where a larger share was
    lost (the ratio at one place is the leakage of signal into noise of Chen, Fomel 2015). The loss is the root of the sum over
    the sizes of ``(share ** 2 - its variance over places) * mean square of the cleaned details``, where that is positive.

    Details of single pixels do not count, because noise that is left in the cleaned image would look like features. The median
    keeps a few scars, of which a part was removed, from looking like a loss everywhere; for the same reason low features among
    much higher ones of the same size are not seen. What is larger than 32 pixels, or a quarter of the image, is left to
    `height_loss`.

    Parameters
    ----------
    residual : array_like or Image, shape (rows, columns)
        What was taken off an image: noisy less cleaned.
    cleaned : array_like or Image, shape of `residual`
        The cleaned image, at least 16 x 16 pixels. NaN marks missing pixels.
    mask : array_like, shape of `residual`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In the unit of the heights; 0.02 of the root-mean-square relief where all features are 2 % lower, or higher, than they
        were. Noise of standard deviation ``s`` that does not know of the sample gives up to about ``s / 60`` on 256 x 256
        pixels. Where noise that is left is as high as the features, its own loss is measured, and features that were removed
        altogether are not seen. NaN if the cleaned image has no details, or too much is missing.

    Raises
    ------
    ValueError
        If the shapes differ, or an image is too small, has an infinite height or none that is not NaN; or `mask` is of
        another shape, not finite, or leaves no pixel.

    References
    ----------
    S. G. Mallat, IEEE Trans. Pattern Anal. Mach. Intell. 11 (1989) 674, doi:10.1109/34.192463.
    Y. Chen, S. Fomel, Geophysics 80 (2015) WD1, doi:10.1190/geo2014-0227.1.
    """
    taken, left = _both(residual, cleaned, 4 * _FEWEST, mask, mask_mode)
    taken, left, valid = _without_rows_of_both(taken, left)
    scale = float(np.abs(left[valid]).max())
    if scale == 0:
        return math.nan
    taken, left = taken / scale, left / scale
    squares, told = 0.0, False
    for halvings in range(_COARSEST + 1):
        if min(left.shape) < 2 * _FEWEST:
            break
        four_taken, four_left = cells(taken), cells(left)
        taken, left = mean_of(four_taken), mean_of(four_left)
        if halvings == 0:
            continue
        details = [(a - taken, b - left) for a, b in zip(four_taken, four_left, strict=True)]
        energy = mean_of([b * b for _, b in details])
        found = _share(mean_of([a * b for a, b in details]), energy)
        if found is not None:
            share, chance = found
            squares += max(share * share - chance, 0.0) * mean(energy[~np.isnan(energy)])
            told = True
    return scale * math.sqrt(squares) if told else math.nan


def _both(
    residual: ArrayLike | Image, cleaned: ArrayLike | Image, side: int, mask: ArrayLike | Image | None, mask_mode: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Check a residual and a cleaned image, of at least `side` x `side` pixels."""
    residual, cleaned = in_one_unit(residual, cleaned)
    taken, left = (
        heights_of(name, image, (side, side), mask, mask_mode) for name, image in (("residual", residual), ("cleaned", cleaned))
    )
    if taken.shape != left.shape:
        raise ValueError(f"residual must have the shape of cleaned {left.shape}, got {taken.shape}")
    return taken, left


def _without_rows_of_both(
    taken: NDArray[np.float64], left: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Take the medians of the rows off both, over the pixels that are in both, and return these, too."""
    valid = ~(np.isnan(taken) | np.isnan(left))
    if not valid.any():
        raise ValueError("residual must have pixels that are not NaN, here and in cleaned, got none")
    return without_rows(np.where(valid, taken, np.nan)), without_rows(np.where(valid, left, np.nan)), valid


def _share(products: NDArray[np.float64], energy: NDArray[np.float64]) -> tuple[float, float] | None:
    """Return the weighted median of products over energies, both averaged over 3 x 3, and its variance; None without energy."""
    products, energy = filtered(products, even(3)), filtered(energy, even(3))
    valid = ~(np.isnan(products) | np.isnan(energy))
    valid[valid] = energy[valid] > 1e-28  # the rest is rounding
    if not valid.any():
        return None
    ratios, weights = products[valid] / energy[valid], energy[valid]
    order = np.argsort(ratios, kind="stable")
    below = np.add.accumulate(weights[order])
    share = float(ratios[order][np.searchsorted(below, below[-1] / 2)])
    distances = weights / total(weights) * (ratios - share)
    # That of a weighted mean, which a median's is not far from; of 9 overlapping means one is independent.
    return share, 9 * total(distances * distances)


def edge_excess(
    residual: ArrayLike | Image,
    cleaned: ArrayLike | Image,
    *,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> float:
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
    mask : array_like, shape of `residual`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        1 is expected of noise that does not know of the sample; more says that edges were smoothed, or that small features
        were lowered. (An instrument may be noisier at edges, too.) NaN if the cleaned image has the same relief everywhere.

    Raises
    ------
    ValueError
        If the shapes differ, an image is too small or has an infinite height, or too much is missing; or `mask` is of
        another shape, not finite, or leaves no pixel.
    """
    taken, left = _both(residual, cleaned, 7, mask, mask_mode)
    features, flat = _at_features(np.abs(without_rows(taken)), left)
    if not features.size:
        return math.nan
    below, above = mean(flat), mean(features)
    if below > 0:
        return above / below
    return math.inf if above > 0 else math.nan


def feature_residual(
    residual: ArrayLike | Image,
    cleaned: ArrayLike | Image,
    *,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> float:
    """Root-mean-square height by which a smoothed residual is higher, or lower, at the features of the sample than elsewhere.

    What one sees in the picture of a residual that is averaged over 5 x 5 pixels, as a number: features that show through. With
    the medians ``f`` and ``b`` of its absolute value, less the medians of its rows, over the tenth of the pixels around which the
    cleaned image has most relief (see `edge_excess`) and over the half with least, it is ``1.4826 * sqrt(f ** 2 - b ** 2)``.

    Parameters
    ----------
    residual : array_like or Image, shape (rows, columns)
        What was taken off an image: noisy less cleaned.
    cleaned : array_like or Image, shape of `residual`
        The cleaned image, at least 7 x 7 pixels. NaN marks missing pixels.
    mask : array_like, shape of `residual`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        In the unit of the heights. 0 is expected of noise that does not know of the sample, and is returned where ``f`` is less
        than 1.2 times ``b``, which may be chance: three standard deviations for line noise on 256 x 256 pixels. Shapes of either
        sign count, a few scars do not. (An instrument may be noisier at edges, too.) NaN if the cleaned image has the same relief
        everywhere.

    Raises
    ------
    ValueError
        If the shapes differ, an image is too small or has an infinite height, or too much is missing; or `mask` is of
        another shape, not finite, or leaves no pixel.
    """
    taken, left = _both(residual, cleaned, 7, mask, mask_mode)
    rest = without_rows(taken)
    known = np.abs(rest[~np.isnan(rest)])
    scale = (float(known.max()) if known.size else 0.0) or 1.0
    features, flat = _at_features(np.abs(filtered(rest / scale, even(_NEAR))), left)
    if not features.size:
        return math.nan
    above, below = float(np.median(features)), float(np.median(flat))
    return scale * SPREAD * math.sqrt(above * above - below * below) if above > _BY_CHANCE * below else 0.0


def _at_features(rest: NDArray[np.float64], cleaned: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values of `rest` at the tenth of the pixels around which an image has most relief, and at the half with least.

    There are none of the first kind if relief is the same everywhere.
    """
    known = cleaned[~np.isnan(cleaned)]
    if known.size == 0:
        raise ValueError("cleaned must have pixels that are not NaN, got none")
    centre = mean(known)
    scale = float(np.abs(known - centre).max()) or 1.0
    smooth = filtered((cleaned - centre) / scale, even(_SMOOTHED))
    relief = np.maximum(
        filtered(smooth * smooth, even(_NEAR)) - np.square(filtered(smooth, even(_NEAR))), 1e-24
    )  # the rest is rounding
    valid = ~(np.isnan(relief) | np.isnan(rest))
    if not valid.any():
        raise ValueError("residual must have pixels that are not NaN, here and around them in cleaned, got none")
    relief, rest = relief[valid], rest[valid]
    # Which pixels count is the same on every CPU: a mean over a window is a sum in the order of its pixels, one after the other.
    flat, high = np.quantile(relief, [0.5, 0.9])
    most = relief >= high if high > flat else relief > flat  # nearly all of it may be as flat as can be
    return rest[most], rest[relief <= flat]


def _rows_in_common(residual: ArrayLike | Image, mask: ArrayLike | Image | None, mask_mode: str) -> tuple[float, float]:
    """Return the correlation of neighbouring rows, and the standard deviation of the heights it is taken of."""
    rest, variance, scale = _rest_of_rows(residual, mask, mask_mode)
    if variance == 0:
        return math.nan, 0.0
    products = rest[1:] * rest[:-1]
    return mean(products[~np.isnan(products)]) / variance, scale * math.sqrt(variance)


def _rest_of_rows(
    residual: ArrayLike | Image, mask: ArrayLike | Image | None, mask_mode: str
) -> tuple[NDArray[np.float64], float, float]:
    """Return a residual less the medians of its rows and its mean, in units of its largest height, its variance, and that unit.

    The variance is 0 where there is nothing but offsets of rows, and their rounding.
    """
    heights = heights_of("residual", residual, (2, 1), mask, mask_mode)
    rest = without_rows(heights)
    known = rest[~np.isnan(rest)]
    if known.size == 0:
        raise ValueError("residual must have pixels that are not NaN, got none")
    scale = float(np.abs(known).max())
    if scale <= 1e-14 * float(np.nanmax(np.abs(heights))):
        return rest, 0.0, 1.0
    rest = rest / scale
    rest -= mean(known) / scale
    if np.isnan(rest[1:] * rest[:-1]).all():
        raise ValueError("residual must have two neighbouring rows that are not missing")
    return rest, mean_square(rest[~np.isnan(rest)]), scale
