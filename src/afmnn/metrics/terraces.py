"""Heights of terraces, and of the steps between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check
from .._elementary import exp, total
from .._masks import MaskMode
from ..image import Image, in_one_unit, unwrap
from ._pixels import without_others

_BINS = 1024  # of the histogram of heights
_WEIGHT = 1 << 30  # of a bin in the middle of the smoothing, in whole numbers
_WIDTH = 0.005  # standard deviation of what the histogram is smoothed with, in units of the range
_LEAST_SHARE = 0.01  # of the pixels that a terrace has
_LEAST_COMPACT = 0.6  # of the neighbours of a terrace's pixels that are about as high: lines have a height, but no area
_DIP = 0.3  # of the histogram on both sides of a peak, in units of its height
_LEAST_HEIGHT = 0.5  # of a peak, in units of the mean of the histogram over the range
_WIDEST = 0.2  # width of a peak at half its height, in units of the range: wider ones are slopes


def levels(
    image: ArrayLike | Image,
    *,
    reference: ArrayLike | Image | None = None,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> NDArray[np.float64]:
    """Heights of the terraces of a surface with steps: the peaks of its histogram of heights.

    Terraces are looked for in the histogram of `reference`, smoothed by 0.5 % of its range. A peak is one if the histogram falls
    to 30 % of it on both sides, if it is half as high as the histogram's mean and not wider than 20 % of the range, if it holds
    at least 1 % of the pixels, and if 60 % of their neighbours are about as high. The height of a terrace is then the
    peak of the histogram of `image` in these pixels: found by mean shift, so that slopes at the edges of a terrace, and
    features on it, do not pull it to one side.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, levelled: on a tilted image terraces have no height. NaN marks missing pixels.
    reference : array_like or Image, shape of `image`, optional
        Another image of the same surface, in which the terraces are easier to tell apart: the ideal, or the cleaned image of
        a noisy one. By default `image` itself.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    ndarray of float64, shape (terraces,)
        In the unit of the heights, in the order of their heights in `reference`. Empty where there is no terrace, and for a
        smooth surface of hills perhaps one: that of the ground.

    Raises
    ------
    ValueError
        If the shapes differ, also of `mask`, a height is infinite, `mask` is not finite, or no pixel is there in both images.

    References
    ----------
    D. Comaniciu, P. Meer, IEEE Trans. Pattern Anal. Mach. Intell. 24 (2002) 603 (mean shift).
    """
    image, reference = in_one_unit(image, reference)
    heights = unwrap("image", image, finite=False)
    guide = heights if reference is None else unwrap("reference", reference, finite=False)
    if heights.shape != guide.shape:
        raise ValueError(f"image must have the shape of reference {guide.shape}, got {heights.shape}")
    heights, guide = (without_others(array, mask, mask_mode) for array in (heights, guide))
    for name, array in (("image", heights), ("reference", guide)):
        _check.no_infinite(name, array)
    valid = ~(np.isnan(heights) | np.isnan(guide))
    if not valid.any():
        raise ValueError("image must have pixels that are not NaN, here and in reference, got none")
    found = []
    for low, high in _terraces(guide[valid].astype(np.float64)):
        terrace = valid & (guide >= low) & (guide <= high)
        about = valid & (guide >= low - (high - low) / 2) & (guide <= high + (high - low) / 2)
        if _compactness(terrace, about, valid) >= _LEAST_COMPACT:
            found.append(_mode(heights[terrace].astype(np.float64)))
    return np.array(found, np.float64)


def step_heights(
    image: ArrayLike | Image,
    *,
    reference: ArrayLike | Image | None = None,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> NDArray[np.float64]:
    """Heights of the steps between the terraces of a surface, from the lowest up.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, levelled. NaN marks missing pixels.
    reference : array_like or Image, shape of `image`, optional
        Where terraces are looked for, see `levels`.
    mask : array_like, shape of `image`, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    ndarray of float64, shape (terraces - 1,)
        Differences of neighbouring `levels`, in the unit of the heights; empty where there are no two terraces.

    Raises
    ------
    ValueError
        If the shapes differ, also of `mask`, a height is infinite, `mask` is not finite, or no pixel is there in both images.
    """
    return np.diff(levels(image, reference=reference, mask=mask, mask_mode=mask_mode))


def _terraces(heights: NDArray[np.float64]) -> list[tuple[float, float]]:
    """Return the heights between which each terrace lies: where the smoothed histogram is above half of its peak."""
    low, high = float(heights.min()), float(heights.max())
    if low == high:
        return [(low, high)]
    # Half a smoothing width and more beyond the ends, so that peaks at the ends are whole.
    margin = 5 * _WIDTH
    bin_width = (1 + 2 * margin) / _BINS
    places = ((heights - low) / (high - low) + margin) / bin_width  # not np.histogram, whose rounding may change
    counts = np.bincount(places.astype(np.intp), minlength=_BINS)
    reach = np.arange(-int(4 * _WIDTH / bin_width), int(4 * _WIDTH / bin_width) + 1)
    # Whole numbers, because sums of them are exact: where the histogram is flat, rounding must not make peaks.
    kernel = np.rint(_WEIGHT * exp(-0.5 * np.square(reach * bin_width / _WIDTH))).astype(np.int64)
    density = np.convolve(counts.astype(np.int64), kernel, mode="same") / int(kernel.sum())
    found: list[tuple[float, float]] = []
    last_bin = -1
    for peak in np.flatnonzero((density[1:-1] > density[:-2]) & (density[1:-1] >= density[2:])) + 1:
        top = density[peak]
        sides = density[peak::-1], density[peak:]
        if any(_fall(side, top, _DIP) is None for side in sides):
            continue
        left, right = (_fall(side, top, 0.5) or 0 for side in sides)
        first, last = peak - left, peak + right
        if peak <= last_bin:  # one of several equal heights on a plateau
            continue
        wide = (last + 1 - first) * bin_width > _WIDEST
        low_bump = top < _LEAST_HEIGHT * heights.size * bin_width
        if not wide and not low_bump and counts[first : last + 1].sum() >= _LEAST_SHARE * heights.size:
            last_bin = last
            edges = (np.array([first, last + 1]) * bin_width - margin) * (high - low) + low
            found.append((float(edges[0]), float(edges[1])))
    return found


def _fall(density: NDArray[np.float64], top: float, share: float) -> int | None:
    """Return after how many bins the density has fallen to a share of `top`; None where it rises above `top` before that."""
    low = np.flatnonzero(density <= share * top)
    above = np.flatnonzero(density > top)
    if low.size == 0 or (above.size and above[0] < low[0]):
        return None
    return int(low[0])


def _compactness(terrace: NDArray[np.bool_], about: NDArray[np.bool_], valid: NDArray[np.bool_]) -> float:
    """Return the share of the neighbours of a terrace's pixels that are about as high, of those that are not missing."""
    same = known = 0
    for one, other in ((np.s_[1:], np.s_[:-1]), (np.s_[:, 1:], np.s_[:, :-1])):
        for here, beside in ((one, other), (other, one)):
            same += np.count_nonzero(terrace[here] & about[beside])
            known += np.count_nonzero(terrace[here] & valid[beside])
    return same / known if known else 0.0


def _mode(values: NDArray[np.float64]) -> float:
    """Return the place where the values are densest, near their median."""
    centre = float(np.median(values))
    width = 1.4826 * float(np.median(np.abs(values - centre)))
    if width == 0:  # more than half are one and the same height
        return centre
    for _ in range(100):
        weights = exp(-0.5 * np.square((values - centre) / width))
        shift = total(weights * (values - centre)) / total(weights)
        centre += shift
        if abs(shift) < 1e-6 * width:
            break
    return centre
