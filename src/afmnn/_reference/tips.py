"""Twins of the kernels of `afmnn.tips`: models, dilation, erosion, contacts and blind estimation, written as defined."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]


def _lateral(shape: tuple[int, int], pixel_size: tuple[float, float]) -> tuple[Floats, Floats]:
    rows, cols = shape
    r, c = np.mgrid[-(rows // 2) : rows // 2 + 1, -(cols // 2) : cols // 2 + 1].astype(float)
    return r * pixel_size[0], c * pixel_size[1]


def pyramid(
    shape: tuple[int, int],
    pixel_size: tuple[float, float],
    *,
    radius: float,
    half_angle: float,
    sides: int,
    rotation: float,
    shift: float = 0.0,
) -> Floats:
    """Pyramid with a rounded apex. `shift` pixels along both axes displace the ball: -0.5 is a fault of Gwyddion's."""
    y, x = _lateral(shape, pixel_size)
    offset = math.pi / 6 if sides == 3 else math.pi / 4
    angles = [-rotation - math.pi / sides - offset - 2 * math.pi * k / sides for k in range(sides)]
    sharp = -np.max([x * math.cos(a) + y * math.sin(a) for a in angles], axis=0) / math.tan(half_angle)
    edge = math.atan(math.tan(half_angle) / math.cos(math.pi / sides))
    centre = -radius / math.sin(edge)
    squares = (x + shift * pixel_size[1]) ** 2 + (y + shift * pixel_size[0]) ** 2
    ball = centre + np.sqrt(np.maximum(0.0, radius**2 - squares))
    heights = np.where(sharp > centre + radius * math.sin(edge), np.minimum(sharp, ball), sharp)
    return np.asarray(heights - heights.max())


def paraboloid(
    shape: tuple[int, int], pixel_size: tuple[float, float], *, radius: float, rotation: float = 0.0, anisotropy: float = 1.0
) -> Floats:
    """Paraboloid with the apex radii radius * sqrt(anisotropy) along the rotated axis and radius / sqrt(anisotropy) across."""
    y, x = _lateral(shape, pixel_size)
    along = x * math.cos(rotation) - y * math.sin(rotation)
    across = x * math.sin(rotation) + y * math.cos(rotation)
    root = math.sqrt(anisotropy)
    return np.asarray(-(along**2) / (2 * radius * root) - across**2 * root / (2 * radius))


def cone(shape: tuple[int, int], pixel_size: tuple[float, float], *, radius: float, half_angle: float) -> Floats:
    """Sphere and the cone tangent to it. A ball on a stick is one with a half-angle of 1e-5."""
    y, x = _lateral(shape, pixel_size)
    distance = np.hypot(x, y)
    sphere = np.sqrt(np.maximum(0.0, radius**2 - distance**2))
    flank = radius / math.sin(half_angle) - distance / math.tan(half_angle)
    heights = np.where(distance < radius * math.cos(half_angle), sphere, flank)
    return np.asarray(heights - heights.max())


def _offsets(tip: Floats) -> list[tuple[int, int, Any]]:
    rows, cols = tip.shape
    return [(r - rows // 2, c - cols // 2, tip[r, c]) for r, c in itertools.product(range(rows), range(cols))]


def _at(image: Floats, dr: int, dc: int) -> Floats:
    """Return image(x + d) for all x, the border going on."""
    rows = np.clip(np.arange(image.shape[0]) + dr, 0, image.shape[0] - 1)
    cols = np.clip(np.arange(image.shape[1]) + dc, 0, image.shape[1] - 1)
    return image[np.ix_(rows, cols)]


def dilate(surface: Floats, tip: Floats) -> Floats:
    """Maximum over v of surface(x + v) + tip(v)."""
    out = np.full(surface.shape, -np.inf, surface.dtype)
    for dr, dc, height in _offsets(tip):
        out = np.maximum(out, _at(surface, dr, dc) + height)
    return np.asarray(out + surface.dtype.type(0))  # no negative zeros


def erode(image: Floats, tip: Floats) -> Floats:
    """Minimum over v of image(x - v) - tip(v)."""
    out = np.full(image.shape, np.inf, image.dtype)
    for dr, dc, height in _offsets(tip):
        out = np.minimum(out, _at(image, -dr, -dc) - height)
    return np.asarray(out + image.dtype.type(0))


def certain(image: Floats, tip: Floats, tolerance: float) -> NDArray[np.bool_]:
    """Pixels that are the only contact of some position of the tip."""
    rows, cols = image.shape
    half_r, half_c = tip.shape[0] // 2, tip.shape[1] // 2
    frame = np.full((rows + 2 * half_r + 1, cols + 2 * half_c + 1), image.min())
    frame[half_r : half_r + rows, half_c : half_c + cols] = image
    surface = np.full(frame.shape, np.inf)
    for r, c in np.ndindex(frame.shape):
        for dr, dc, height in _offsets(tip):
            if 0 <= r - dr < frame.shape[0] and 0 <= c - dc < frame.shape[1]:
                surface[r, c] = min(surface[r, c], frame[r - dr, c - dc] - height)
    out = np.zeros(image.shape, bool)
    for r, c in np.ndindex(image.shape):
        touching = [
            (r + dr, c + dc)
            for dr, dc, height in _offsets(tip)
            if image[r, c] - height <= surface[r + dr + half_r, c + dc + half_c] + tolerance
        ]
        if len(touching) == 1 and 0 <= touching[0][0] < rows and 0 <= touching[0][1] < cols:
            out[touching[0]] = True
    return out


def blind_tip(image: Floats, shape: tuple[int, int], threshold: float, *, use_edges: bool = True) -> Floats:
    """Full estimate, point by point in order until nothing changes; heights must leave the sums exact."""
    half_r, half_c = shape[0] // 2, shape[1] // 2
    rows, cols = image.shape
    offsets = list(itertools.product(range(-half_r, half_r + 1), range(-half_c, half_c + 1)))
    tip = dict.fromkeys(offsets, 0.0)
    edge_r, edge_c = (half_r, half_c) if use_edges else (2 * half_r, 2 * half_c)
    changed = True
    while changed:
        changed = False
        for r, c in itertools.product(range(edge_r, rows - edge_r), range(edge_c, cols - edge_c)):
            contacts = [(dr, dc) for dr, dc in offsets if image[r, c] - image[r + dr, c + dc] <= tip[dr, dc] + threshold]
            lowered = {}
            for yr, yc in offsets:
                places = [(r + dr - yr, c + dc - yc, tip[dr, dc]) for dr, dc in contacts]
                if any(not (0 <= pr < rows and 0 <= pc < cols) for pr, pc, _ in places):
                    continue
                bound = max(image[pr, pc] + height - image[r, c] for pr, pc, height in places)
                if bound < tip[yr, yc] - threshold:
                    lowered[yr, yc] = bound + threshold
            tip.update(lowered)
            changed = changed or bool(lowered)
    return np.array([tip[offset] for offset in offsets]).reshape(shape)
