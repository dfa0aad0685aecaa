"""The twin of `synth.fibres`: SciPy's splines, and each pixel's distance from every side of an axis."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from scipy.interpolate import CubicSpline

from .._typing import Float64s
from . import noise

FIBRES = 0x3000  # block of roles


def cross_section(profile: str, t: Float64s) -> Float64s:
    """Return the height at the distance t from the axis, in half-widths."""
    t = np.abs(t)
    heights = {
        "semicircle": np.sqrt(np.maximum(1 - t**2, 0)),
        "triangle": 1 - t,
        "rectangle": np.ones_like(t),
        "parabola": 1 - t**2,
        "spline": np.where(t <= 1 / 3, 0.75 * (1 - 3 * t**2), 9 / 8 * (1 - t) ** 2),
    }
    return np.where(t <= 1, heights[profile], 0.0)


def axis(
    fibre: int, info: dict[str, Any], diagonal: float, *, bend_density: float, lateral_bend: float, axial_bend: float, key: int,
    points: int = 4000,
) -> Float64s:  # fmt: skip
    """Return points (y, x) of the axis of a fibre, from the centre of the image; pixels are squares of size 1."""
    words = noise.philox(key, FIBRES, [fibre])
    along, across = (diagonal * (noise.unit(*pair)[0] - 0.5) for pair in ((words[0], words[1]), (words[2], words[3])))
    spacing = diagonal / bend_density
    reach = bend_density / 2 + 2 + min(4 * axial_bend, 100)
    knots = np.arange(np.floor(-reach - along / spacing), np.ceil(reach - along / spacing) + 1)
    index = fibre * 2**20 + 2**19 + knots.astype(int)
    a = along + spacing * (knots + axial_bend * noise.normal(key, FIBRES + 8, index))
    b = across + spacing * lateral_bend * noise.normal(key, FIBRES + 7, index)
    t = np.linspace(knots[0], knots[-1], points)
    p, q = (CubicSpline(knots, values, bc_type="natural")(t) for values in (a, b))
    cosine, sine = np.cos(info["angle"][fibre]), np.sin(info["angle"][fibre])
    return np.stack([q * cosine - p * sine, p * cosine + q * sine], axis=1)


def distances(points: Float64s, shape: tuple[int, int]) -> Float64s:
    """Return the distance of each pixel from a polygon; those beyond 100 pixels from a side are left out."""
    y, x = (np.arange(n) - (n - 1) / 2 for n in shape)
    nearest = np.full(shape, np.inf)
    for (y1, x1), (y2, x2) in itertools.pairwise(points):
        if max(abs(y1) - y[-1], abs(x1) - x[-1]) > 100:
            continue
        length = np.hypot(y2 - y1, x2 - x1)
        uy, ux = (y2 - y1) / length, (x2 - x1) / length
        along = np.clip((y[:, None] - y1) * uy + (x - x1) * ux, 0, length)
        np.minimum(nearest, np.hypot(y[:, None] - y1 - along * uy, x - x1 - along * ux), out=nearest)
    return nearest


def lay(
    shape: tuple[int, int], info: dict[str, Any], *, profile: str, width: float, key: int, margin: int, bends: dict[str, float],
    points: int = 4000,
) -> Float64s:  # fmt: skip
    """Return a surface of the fibres that `info` lists."""
    size = (shape[0] + 2 * margin, shape[1] + 2 * margin)
    z = np.zeros(size)
    for k in range(info["count"]):
        t = distances(axis(k, info, float(np.hypot(*size)), key=key, points=points, **bends), size) / (info["width"][k] / 2)
        heights = info["height"][k] * np.minimum(cross_section(profile, t), info["truncation"][k])
        under = heights > 0
        if under.any():
            z = np.where(under, np.maximum(z, z[under].min() + heights), z)
    return np.asarray(z[margin : margin + shape[0], margin : margin + shape[1]])
