"""The tip: what it makes of a surface, and that it may change."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ... import _check, tips
from ._numbers import Part, height, number


@dataclasses.dataclass(frozen=True)
class Tip(Part):
    """A tip that dilates the surface, and may change part-way.

    Every value but `shape` may be a range, as in `afmnn.synth.Recipe`.

    Parameters
    ----------
    radius : float
        Apex radius of a paraboloid in pixels, 0 to 1e4; 0 for an ideally sharp tip. Heights must then be in the unit of
        ``pixel_size``.
    shape : array_like, odd sides, optional
        A tip of `afmnn.tips` in place of the paraboloid, apex up, in the surface's units and on its pixels. It is kept as a
        tuple of tuples.
    changes : float
        Expected number of changes a scan, at any time.
    change_height : float
        Root-mean-square of the jump of level that comes with a change, in heights.
    change_spread : float
        How much the shape changes, 0 to 3: the heights of the tip, or the inverse of its radius, become those of the tip at the
        start times ``exp(change_spread * g)``, ``g`` standard normal.

    Raises
    ------
    ValueError
        If a value is out of its range, or both radius and shape are given.
    """

    radius: Any = number(0.0, 0.0, 1e4)
    shape: Any = dataclasses.field(default=None, repr=False)
    changes: Any = number(0.0, 0.0, 1e3)
    change_height: Any = height()
    change_spread: Any = number(0.0, 0.0, 3.0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.shape is None:
            return
        if self.radius != 0:
            raise ValueError(f"tip.radius must be 0 where tip.shape is given, got {self.radius!r}")
        heights = _check.image("tip.shape", self.shape).astype(np.float64)
        if heights.shape[0] % 2 == 0 or heights.shape[1] % 2 == 0:
            raise ValueError(f"tip.shape must have odd sides, so that one pixel is its centre, got {heights.shape}")
        object.__setattr__(self, "shape", tuple(tuple(row) for row in heights.tolist()))

    def is_sharp(self) -> bool:
        """Whether it leaves the surface as it is."""
        return self.radius == 0 and self.shape is None

    def dilated(
        self, surface: NDArray[np.float64], factor: float, pixel_size: tuple[float, float], threads: int | None
    ) -> NDArray[np.float64]:
        """Return the image that the tip, its heights times a factor, makes of a surface; for a part with numbers alone."""
        if self.is_sharp():
            return surface
        low, high = float(surface.min()), float(surface.max())
        if low == high:
            return surface
        if self.shape is not None:
            heights = np.array(self.shape) * factor
        else:
            heights = tips.tip_model(
                "paraboloid",
                radius=float(self.radius) * pixel_size[1] / factor,
                height_range=high - low,
                pixel_size=pixel_size,
                square=False,
            )
        return np.asarray(tips.tip_dilation(surface, _cut(heights, surface.shape), threads=threads), dtype=np.float64)


def _cut(tip: NDArray[np.float64], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Cut off what is longer than twice the surface plus 1: it cannot touch any of it."""
    middle = [side // 2 for side in tip.shape]
    reach = [min(half, side) for half, side in zip(middle, shape, strict=True)]
    return np.ascontiguousarray(
        tip[middle[0] - reach[0] : middle[0] + reach[0] + 1, middle[1] - reach[1] : middle[1] + reach[1] + 1]
    )
