"""What all patterns share: where they lie in the image, and what they give back."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._seed import SeedLike, key_from
from .._threads import resolve_threads

#: More features (edges, ridges, holes, pillars) are refused.
MOST_FEATURES = 1_000_000
#: Pixels: longer periods can only be a length and a pixel size in different units.
LONGEST_PERIOD = 1e6

Heights = NDArray[np.float64]


class PatternFrame(NamedTuple):
    """Shape, base and frame of one pattern, checked."""

    rows: int
    cols: int
    base: Heights | None
    frame: _core.Frame
    pixel: float  # shorter side of a pixel
    reach: float  # no pixel is seen farther than this from the pattern's centre
    radius: float  # half the diagonal of the image

    def check_periods(self, **periods: float) -> None:
        """Refuse periods that are no lengths in pixels, and more features than anybody wants to wait for."""
        _check.positive(**periods)
        _check.at_least(self.pixel * (1 - 1e-9), "one pixel", **periods)
        _check.at_most(LONGEST_PERIOD * self.pixel, "a million pixels", **periods)
        number = math.prod(2 * self.reach / period + 3 for period in periods.values())
        _check.count("features", number, MOST_FEATURES, " and ".join(f"{name} = {value!r}" for name, value in periods.items()))

    def make(self, function: Callable[..., Any], seed: SeedLike, threads: int | None, info: bool, **settings: Any) -> Any:
        """Call the core: heights with the base added, and with `info` also features and displacement."""
        _check.flag(return_info=info)
        made = function(
            self.rows, self.cols, self.frame, key_from(seed), info=bool(info), threads=resolve_threads(threads), **settings
        )
        heights = made[0] if info else made
        if self.base is not None:
            np.add(heights, self.base, out=heights)
        return (heights, *made[1:]) if info else heights


def pattern_frame(
    shape: tuple[int, int] | None,
    base: ArrayLike | None,
    pixel_size: float | tuple[float, float],
    *,
    angle: float,
    deformation: float,
    deformation_scale: float | None,
    center: tuple[float, float] = (0.0, 0.0),
) -> PatternFrame:
    """Check the arguments that all patterns have."""
    (rows, cols), heights = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    _check.angle(angle=angle)
    _check.non_negative(deformation=deformation)
    scale = 10.0 * math.sqrt(dy * dx) if deformation_scale is None else deformation_scale
    _check.positive(deformation_scale=scale)
    y, x = _check.point("center", center)
    frame = _core.Frame(dy=dy, dx=dx, angle=angle, center_y=y, center_x=x, deformation=deformation, deformation_scale=scale)
    radius = _core.hypot(rows * dy, cols * dx) / 2
    return PatternFrame(rows, cols, heights, frame, min(dy, dx), radius + _core.hypot(y, x) + 2 * deformation, radius)


def with_info(heights: Heights, features: Any, displacement: Heights | None) -> Heights:
    """Put the dictionary that ``return_info`` asks for beside the heights: one array per field of the features."""
    info: dict[str, Any] = {"count": len(features)}
    info |= {name: features[name].copy() for name in features.dtype.names}
    info["displacement"] = displacement
    return cast(Heights, (heights, info))
