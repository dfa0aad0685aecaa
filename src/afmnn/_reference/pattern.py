"""Patterns from the list of their features: every pixel looks at every feature."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Sharp edges belong to their upper side with this tolerance, in periods.
EDGE = 1e-9


def coordinates(
    shape: tuple[int, int],
    pixel_size: tuple[float, float] = (1.0, 1.0),
    angle: float = 0.0,
    center: tuple[float, float] = (0.0, 0.0),
    displacement: Array | None = None,
) -> tuple[Array, Array]:
    """Return x', y' of every pixel: to the right and downwards from the centre, turned by `angle`."""
    size, middle = np.reshape(pixel_size, (2, 1, 1)), (np.reshape(shape, (2, 1, 1)) - 1) / 2
    y, x = (np.mgrid[: shape[0], : shape[1]] - middle) * size - np.reshape(center, (2, 1, 1))
    if displacement is not None:
        y, x = y + displacement[0], x + displacement[1]
    return x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)


def norm(x: Array, y: Array, superellipse: float) -> Array:
    """Distance from the centre whose curves of equal value are superellipses."""
    x, y = np.abs(x), np.abs(y)
    if superellipse == 0:
        return np.maximum(x, y)
    n = 2 / superellipse
    large = np.maximum(x, y)
    ratio = np.minimum(x, y) / np.where(large > 0, large, 1.0)
    return np.asarray(large * (1 + ratio**n) ** (1 / n))


def ramps(t: Array, info: dict[str, Any], period: float) -> Array:
    """Sum of steps."""
    z = np.zeros_like(t)
    for position, width, height in zip(info["position"], info["width"], info["height"], strict=True):
        if width > EDGE * period:
            z += height * np.clip((t - position) / width + 0.5, 0, 1)
        else:
            z += height * (t >= position - EDGE * period)
    return z


def ridges(t: Array, info: dict[str, Any], period: float) -> Array:
    """Upper envelope of ridges, and 0 between them."""
    z = np.zeros_like(t)
    names = ("position", "top", "left", "right", "height")
    for position, top, left, right, height in zip(*(info[name] for name in names), strict=True):
        outside = np.abs(t - position) - top / 2  # of the top
        side = np.where(t < position, left, right)
        slope = 1 - outside / np.where(side > EDGE * period, side, 1.0)
        sharp = outside <= EDGE * period
        profile = np.where(outside <= 0, 1.0, np.where(side > EDGE * period, np.clip(slope, 0, 1), sharp))
        z = np.maximum(z, height * profile)
    return z


def double_staircase(x: Array, y: Array, info: dict[str, Any], period_x: float, period_y: float) -> Array:
    """Level of the number of edges passed along x and along y."""
    k = info["index_x"][np.searchsorted(info["x"], x + EDGE * period_x, side="right") - 1]
    m = info["index_y"][np.searchsorted(info["y"], y + EDGE * period_y, side="right") - 1]
    return np.asarray(info["level"][k + m - info["index_level"][0]])


def star(x: Array, y: Array, info: dict[str, Any], height: float, edge_shift: float, slope_width: float) -> Array:
    """Wedges, from the distance to the nearest of all."""
    nearest = np.full_like(x, np.inf)
    for angle, half in zip(info["angle"], info["half_angle"], strict=True):
        retreat = max(-edge_shift, 0.0) / np.sin(half)
        u, v = x - retreat * np.cos(angle), -y - retreat * np.sin(angle)  # from the apex, v upwards
        sides = []
        for direction in (angle - half, angle + half):
            along = np.maximum(u * np.cos(direction) + v * np.sin(direction), 0.0)
            sides.append(np.hypot(u - along * np.cos(direction), v - along * np.sin(direction)))
        turn = (np.arctan2(v, u) - angle + np.pi) % (2 * np.pi) - np.pi
        nearest = np.minimum(nearest, np.where(np.abs(turn) <= half, 0.0, np.minimum(*sides)))
    nearest -= max(edge_shift, 0.0)
    if slope_width > 0:
        return np.asarray(height * np.clip(1 - nearest / slope_width, 0, 1))
    return np.where(nearest <= EDGE, height, 0.0)


def holes(x: Array, y: Array, info: dict[str, Any], period: float) -> Array:
    """Deepest of the holes; `period` is the smaller one."""
    z = np.zeros_like(x)
    for k in range(info["count"]):
        hole = {name: info[name][k] for name in ("y", "x", "half_y", "half_x", "corner", "slope", "depth")}
        a = np.abs(x - hole["x"]) - (hole["half_x"] - hole["corner"])
        b = np.abs(y - hole["y"]) - (hole["half_y"] - hole["corner"])
        # Signed distance to a rounded rectangle, positive outside.
        outside = np.hypot(np.maximum(a, 0), np.maximum(b, 0)) + np.minimum(np.maximum(a, b), 0) - hole["corner"]
        inwards = -outside
        profile = np.where(inwards > EDGE * period, np.clip(inwards / max(hole["slope"], 1e-300), 0, 1), 0.0)
        z = np.minimum(z, -hole["depth"] * profile)
    return z


def pillars(x: Array, y: Array, info: dict[str, Any], kind: str, period: float) -> Array:
    """Highest of the pillars; `period` is the smaller one."""
    z = np.zeros_like(x)
    for k in range(info["count"]):
        p = {name: info[name][k] for name in ("y", "x", "radius", "slope", "orientation", "height")}
        right, down = x - p["x"], y - p["y"]
        u = right * np.cos(p["orientation"]) - down * np.sin(p["orientation"])
        v = right * np.sin(p["orientation"]) + down * np.cos(p["orientation"])
        if kind == "circle":
            distance = np.hypot(u, v)
        elif kind == "square":
            distance = np.maximum(np.abs(u), np.abs(v))
        else:
            distance = np.max([np.abs(u), np.abs(u + np.sqrt(3) * v) / 2, np.abs(u - np.sqrt(3) * v) / 2], axis=0)
        beyond = distance - p["radius"]
        profile = np.clip(1 - beyond / p["slope"], 0, 1) if p["slope"] > EDGE * period else beyond <= EDGE * period
        z = np.maximum(z, p["height"] * profile)
    return z
