"""Surfaces that no generator of afmnn draws, in NumPy: no network here has seen them, not those that come with afmnn either."""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

Floats = np.ndarray


def grains(size: int, seed: int) -> Floats:
    """Draw polygons (the nearest of random points), each with a height and a slope of its own."""
    random = np.random.default_rng(seed)
    at, points, _, nearest = _nearest(size, 18.0, random)
    slopes = random.normal(0, 0.015, (len(points), 2))
    tilt = np.einsum("rck,rck->rc", at - points[nearest[..., 0]], slopes[nearest[..., 0]])
    return random.normal(0, 0.25, len(points))[nearest[..., 0]] + tilt


def spirals(size: int, seed: int) -> Floats:
    """Draw a growth spiral: a step that winds down from a screw dislocation, terraces of 14 pixels."""
    random = np.random.default_rng(seed)
    y, x = np.indices((size, size)) - size * random.uniform(0.35, 0.65, 2)[:, None, None]
    turns = np.arctan2(y, x) / (2 * np.pi)
    return -(np.floor(np.hypot(y, x) / 14.0 - turns) + turns)


def walls(size: int, seed: int) -> Floats:
    """Draw a network of ridges two pixels wide where two of the random points are equally near: domain walls that conduct."""
    _, _, distance, _ = _nearest(size, 22.0, np.random.default_rng(seed))
    return np.exp(-0.5 * ((distance[..., 1] - distance[..., 0]) / 2.0) ** 2)


def turned(image: Floats, degrees: float, size: int) -> Floats:
    """Return the middle of an image that is turned about it."""
    result = ndimage.rotate(image, degrees, reshape=False, order=1, mode="reflect")
    first = [(n - size) // 2 for n in result.shape]
    return np.asarray(result[first[0] : first[0] + size, first[1] : first[1] + size])


def _nearest(size: int, apart: float, random: np.random.Generator) -> tuple[Floats, Floats, Floats, Floats]:
    """Return pixels, random points around them, and distances and indices of the two points nearest to each pixel."""
    points = random.uniform(-2 * apart, size + 2 * apart, (round((size / apart + 4) ** 2), 2))
    at = np.stack(np.indices((size, size)), axis=-1).astype(float)
    distance, nearest = cKDTree(points).query(at, k=2)
    return at, points, distance, nearest
