"""The twin of `synth.pile_up`: solids as sets of points, cut by lines in steps of bisection."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._typing import Float64s


def inside(kind: str, x: Float64s, y: Float64s, z: Float64s, half_length: float, radius: float) -> Float64s:
    """Return a function of the body's coordinates that is convex, and at most 1 within the solid."""
    along, across, up = np.abs(x), np.abs(y), np.abs(z)
    if kind == "ellipsoid":
        return np.asarray(np.sqrt((along / half_length) ** 2 + (across**2 + up**2) / radius**2))
    if kind == "bar":
        return np.asarray(np.maximum(along / half_length, np.maximum(across, up) / radius))
    if kind == "cylinder":
        return np.asarray(np.maximum(along / half_length, np.hypot(across, up) / radius))
    if kind == "nugget":
        beyond = np.maximum(along - (half_length - radius), 0)
        return np.asarray(np.sqrt(beyond**2 + across**2 + up**2) / radius)
    return np.asarray(np.maximum(along / half_length, np.maximum(up / radius, (up + 2 * across) / (2 * radius))))


def axes(angle: float, slope_y: float, slope_x: float) -> NDArray[np.float64]:
    """Return the axes of a solid (length, width, upwards) as rows (x, y, z)."""
    length = np.array([np.cos(angle), -np.sin(angle), 0.0])
    length[2] = slope_x * length[0] + slope_y * length[1]
    length /= np.linalg.norm(length)
    up = np.array([-slope_x, -slope_y, 1.0]) / np.sqrt(1 + slope_x**2 + slope_y**2)
    return np.stack([length, np.cross(up, length), up])


def bounds(kind: str, width: float, aspect: float, turned: Float64s, y: Float64s, x: Float64s) -> tuple[Float64s, Float64s]:
    """Return where lines over (x, y) enter and leave a solid, NaN where they miss it: its function is convex along a line."""
    reach = width * aspect * 2

    def at(z: Float64s) -> Float64s:
        a, b, c = (axis[0] * x + axis[1] * y + axis[2] * z for axis in turned)
        return inside(kind, a, b, c, width * aspect / 2, width / 2)

    low, high = np.full(x.shape, -reach), np.full(x.shape, reach)
    for _ in range(110):  # golden sections would do better than thirds
        a, b = low + (high - low) / 3, high - (high - low) / 3
        left = at(a) < at(b)
        low, high = np.where(left, low, a), np.where(left, b, high)
    middle = (low + high) / 2
    hit = at(middle) <= 1
    ends = []
    for side in (-1.0, 1.0):
        within, without = middle.copy(), middle + side * 2 * reach
        for _ in range(60):
            half = (within + without) / 2
            is_in = at(half) <= 1
            within, without = np.where(is_in, half, within), np.where(is_in, without, half)
        ends.append(np.where(hit, within, np.nan))
    return ends[0], ends[1]


def pile(shape: tuple[int, int], info: dict[str, Any], *, kind: str, columnarity: float, base: Float64s) -> Float64s:
    """Return the surface of the solids that `info` lists, each tilted to the plane fitted here; square pixels of size 1."""
    z = base.copy()
    for k in range(info["count"]):
        width, aspect, angle = info["width"][k], info["aspect_ratio"][k], info["angle"][k]
        half = int(np.ceil(width * aspect))
        y, x = (part.astype(float) for part in np.mgrid[-half : half + 1, -half : half + 1])
        rows = (info["position"][k, 0] + np.arange(-half, half + 1)) % shape[0]
        cols = (info["position"][k, 1] + np.arange(-half, half + 1)) % shape[1]
        here = z[np.ix_(rows, cols)]
        low, high = bounds(kind, width, aspect, axes(angle, 0.0, 0.0), y, x)
        weight = np.nan_to_num(high - low)
        weight[weight < 1e-6 * width] = 0
        root = np.sqrt(weight).ravel()
        design = np.stack([np.ones(x.size), y.ravel(), x.ravel()], axis=1) * root[:, None]
        _, slope_y, slope_x = np.linalg.lstsq(design, here.ravel() * root, rcond=1e-9)[0]
        low, high = bounds(kind, width, aspect, axes(angle, slope_y, slope_x), y, x)
        under = np.nan_to_num(high - low) > 1e-6 * width
        contact = here[under] - low[under]
        far = contact.max() if columnarity > 0 else here[under].min()
        centre = (1 - abs(columnarity)) * contact.mean() + abs(columnarity) * far
        raised = np.where(under, np.maximum(here, centre + high), here)
        z[np.ix_(rows, cols)] = raised  # solids here are smaller than the image
    return np.asarray(z, dtype=np.float64)
