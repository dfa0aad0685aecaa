"""Objects: the fifteen height functions and the merging of one object after the other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Distance from an edge, in half-axes, that counts as being on it.
EDGE = 1e-12
FULL = ("sphere", "box", "nugget")
SQRT3 = np.sqrt(3.0)


def height_function(kind: str, along: Array, across: Array, a: float, b: float) -> Array:  # noqa: PLR0912 - a branch a shape
    """Height of a shape of height 1 at the coordinates x', y' of the object; a, b are its half-axes."""
    if kind == "tetrahedron":
        a *= SQRT3 / 2
    if kind == "hexagonal_pyramid":
        b *= SQRT3 / 2
    x, y = along / a, across / b
    radius = np.hypot(x, y)

    def root(q: Array) -> Array:
        return np.sqrt(np.where(q > EDGE, q, 0.0))

    if kind in ("half_nugget", "nugget"):
        beyond = np.maximum(np.abs(along) / b - (a / b - 1), 0.0)
        f = root(1 - beyond**2 - y**2)
    elif kind in ("half_sphere", "sphere"):
        f = root(1 - x**2 - y**2)
    elif kind == "box":
        f = np.where(np.maximum(np.abs(x), np.abs(y)) <= 1 + EDGE, 1.0, 0.0)
    elif kind == "cone":
        f = 1 - radius
    elif kind == "pyramid":
        f = 1 - np.maximum(np.abs(x), np.abs(y))
    elif kind == "diamond":
        f = 1 - np.abs(x) - np.abs(y)
    elif kind == "tetrahedron":
        u = x * SQRT3 / 2 + SQRT3 / 6
        f = 1 - SQRT3 * np.max([-u, u / 2 + SQRT3 / 2 * y, u / 2 - SQRT3 / 2 * y], axis=0)
    elif kind == "hexagonal_pyramid":
        f = 1 - np.max([np.abs(y), np.abs(y / 2 + x), np.abs(y / 2 - x)], axis=0)
    elif kind == "thatch":
        r = 0.5 - 0.5 * x
        f = np.where((r >= -EDGE) & (r <= 1 + EDGE) & (np.abs(y) <= r + EDGE), 1 - r, 0.0)
    elif kind == "tent":
        f = np.where(np.abs(x) <= 1 + EDGE, 1 - np.abs(y), 0.0)
    elif kind == "gaussian":
        f = np.exp(-4 * radius**2)
        f = np.where(f >= 1e-4, f, 0.0)
    elif kind == "doughnut":
        f = root(1 - (radius - 0.6) ** 2 / 0.16)
    elif kind == "parabolic_bump":
        f = 1 - radius**2
    else:
        raise ValueError(kind)
    f = np.where(f > EDGE, f, 0.0)
    if kind in ("sphere", "nugget"):
        f = np.where(f > 0, 0.5 + 0.5 * f, 0.0)
    return f


def profile(
    kind: str,
    radius: float,
    height: float,
    aspect: float = 1.0,
    angle: float = 0.0,
    truncation: float = 1.0,
    *,
    pixel_size: tuple[float, float] = (1.0, 1.0),
    half: tuple[int, int] = (50, 50),
) -> tuple[Array, NDArray[np.bool_]]:
    """Heights on a grid of ``2 half + 1`` pixels around the centre, and the footprint."""
    if kind in ("half_nugget", "nugget") and aspect < 1:
        aspect, angle = 1 / aspect, angle + np.pi / 2
    y, x = np.mgrid[-half[0] : half[0] + 1, -half[1] : half[1] + 1] * np.reshape(pixel_size, (2, 1, 1))
    along = x * np.cos(angle) - y * np.sin(angle)
    across = x * np.sin(angle) + y * np.cos(angle)
    f = height_function(kind, along, across, radius * np.sqrt(aspect), radius / np.sqrt(aspect))
    footprint = f >= 0.01 if kind == "gaussian" else f > 0
    if kind in ("sphere", "nugget"):
        f = np.where(f > 0, np.minimum(f + truncation / 2 - 0.5, truncation), 0.0)
    else:
        f = np.minimum(f, truncation)
    return height * f, footprint


def place(surface: Array, objects: NDArray[Any], kind: str, row_step: float, columnarity: float, avoid_overlap: bool) -> Array:
    """Merge objects (fields row, col, radius, aspect, height, angle, truncation, up) into a copy of a periodic surface."""
    z: Array = surface.copy()
    rows, cols = z.shape
    taken = np.zeros(z.shape, dtype=bool)
    for o in objects:
        reach = 2 * o["radius"] * np.sqrt(max(o["aspect"], 1 / o["aspect"])) + 2
        half = (int(reach / row_step) + 1, int(reach) + 1)
        heights, footprint = profile(
            kind, o["radius"], o["height"], o["aspect"], o["angle"], o["truncation"], pixel_size=(row_step, 1.0), half=half
        )
        drawn = heights > 0
        i, j = np.nonzero(drawn)
        h, solid = heights[drawn], footprint[drawn]
        i, j = (i - half[0] + o["row"]) % rows, (j - half[1] + o["col"]) % cols
        if not solid.any() or (avoid_overlap and taken[i[solid], j[solid]].any()):
            continue
        taken[i[solid], j[solid]] = True
        sign = 1.0 if o["up"] else -1.0
        under = sign * z[i[solid], j[solid]]
        zeta = h.max() if kind in FULL else 0.0
        base = columnarity * np.max(under + h[solid] - zeta) + (1 - columnarity) * np.min(under)
        for r, c, height, inside in zip(i, j, h, solid, strict=True):
            here = sign * z[r, c]
            if inside or here >= base:  # the tail of a Gaussian ends where the surface lies below its base
                z[r, c] = sign * max(here, base + height)
    return z
