"""Marks for missing pixels in images to be learned from: heights far away from all others, such as -9999."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .. import _core
from .._typing import Heights, Mask
from .scaling import Scaling

#: Spreads from the median; ranges in units of the distance between the 5 % and the 95 % quantile. Further away, a single height
#: would outweigh all that is to be learned.
FURTHEST_LEARNED = 1e4

_ADVICE = "missing pixels should be NaN and masked"


def furthest_at_most(heights: Heights, scaling: Scaling, threads: int) -> float:
    """Return how far any finite height may lie from the median, in spreads: the least bound that takes one pass to tell."""
    _, low, high = _core.finite_range(heights, threads)
    slopes = (scaling.row_slope, scaling.col_slope)
    tilt = sum(abs(slope) * (n - 1) for slope, n in zip(slopes, heights.shape, strict=True))
    return float((max(high - scaling.in_shift, scaling.in_shift - low) + tilt) * scaling.in_factor)


def marks(heights: Heights, scaling: Scaling, threads: int) -> Mask:
    """Return which finite heights lie too far from the median to be learned from."""
    if furthest_at_most(heights, scaling, threads) <= FURTHEST_LEARNED:
        return np.zeros(heights.shape, bool)  # without looking at every pixel
    with np.errstate(over="ignore", invalid="ignore"):
        far = np.abs(heights - scaling.plane(heights.shape) - scaling.in_shift) * scaling.in_factor > FURTHEST_LEARNED
    return np.asarray(far & np.isfinite(heights))


def remark(counts: Mapping[str, int], scaling: Scaling) -> str:
    """Say how many marks there are in which image; nothing if there are none."""
    found = " and ".join(f"{count} of {name}" for name, count in counts.items() if count)
    spread = f"{FURTHEST_LEARNED:g} times the spread {1.0 / scaling.in_factor:.3g}"
    what = "such heights, and windows of the noisy image that hold one, are not learned from"
    return f"{found} further than {spread} from the median: {what}; {_ADVICE}" if found else ""


def remark_on_range(images: Mapping[str, Heights], threads: int) -> str:
    """Say which images have a range that hardly any of their heights have a share in, for networks that scale by the range."""
    found = [
        f"{name} {wide:.3g} times" for name, heights in images.items() if (wide := _width(heights, threads)) > FURTHEST_LEARNED
    ]
    what = "the range of heights, which the network scales by, is far wider than nine tenths of them"
    return f"{what} ({', '.join(found)}): {_ADVICE}" if found else ""


def _width(heights: Heights, threads: int) -> float:
    low, below, above, high = _core.quantiles(heights, [0.0, 0.05, 0.95, 1.0], threads)
    return (high - low) / (above - below) if above > below else 0.0
