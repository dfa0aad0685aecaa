"""Twins of the particle and rod kernels: all pairs, no lists, no shortcuts.

Lengths are in units where the image has area 1, as in the simulation, except for drawing, where any unit will do.
Positions are (n, 3) arrays of y, x, z; the frame is a torus of the given (height, width).
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]

PAIR_STRENGTH = 2e-5
GROUND_STRENGTH = 2e-3


def pair_potential(d2: Array, s: Array, strength: float = PAIR_STRENGTH) -> Array:
    """Potential energy of two bodies at the squared distance `d2` with the sum of radii `s`."""
    sigma2: Array = 0.82**2 * s**2
    scale: Array = strength * s / 2

    def law(x: Any) -> Any:  # x = sigma^2 / d^2
        return scale * (x**6 - x**3)

    core = law(2.0) + scale * (6 * 2.0**5 - 3 * 2.0**2) * 2.0**2 / sigma2 * (sigma2 / 2 - d2)
    energy = np.where(np.real(d2) > sigma2 / 2, law(sigma2 / np.where(np.real(d2) > 0, d2, 1)), core)
    shifted: Array = np.where(np.real(d2) < 9 * sigma2, energy - law(1 / 9), 0)
    return shifted


def ground_potential(d: Array, r: Array, strength: float = GROUND_STRENGTH) -> Array:
    """Potential energy of a sphere whose centre is `d` above the ground."""
    sigma = 1.2 * r

    def law(height: Array) -> Array:
        potential: Array = strength * r * (sigma**12 / (45 * height**9) - sigma**6 / (6 * height**3))
        return potential

    steepness = -strength * r * (sigma**12 / (5 * (r / 2) ** 10) - sigma**6 / (2 * (r / 2) ** 4))
    regular = np.real(d) > r / 2
    energy: Array = np.where(regular, law(np.where(regular, d, r)), law(r / 2) + steepness * (d - r / 2))
    return energy


def differences(positions: Array, frame: tuple[float, float]) -> Array:
    """Vectors from every body (first axis) to every other, the shortest way round the torus."""
    apart = positions[None, :, :] - positions[:, None, :]
    extent = np.array([*frame, np.inf])
    shortest: Array = apart - np.where(np.isfinite(extent), extent, 0) * np.round(np.real(apart) / extent)
    return shortest


def energy(positions: Array, radii: Array, frame: tuple[float, float]) -> Any:
    """Potential energy of all pairs."""
    d2 = np.sum(differences(positions, frame) ** 2, axis=2)
    upper = np.triu_indices(len(radii), 1)
    return np.sum(pair_potential(d2[upper], (radii[:, None] + radii[None, :])[upper]))


def pair_forces(positions: Array, radii: Array, frame: tuple[float, float]) -> Array:
    """Sum up the forces of all pairs on every sphere, by the formula."""
    apart = differences(positions, frame)
    d2 = np.sum(apart**2, axis=2)
    s = radii[:, None] + radii[None, :]
    sigma2 = 0.82**2 * s**2
    q3 = (sigma2 / np.maximum(d2, sigma2 / 2)) ** 3
    pull = 6 * PAIR_STRENGTH * (s / 2) / np.maximum(d2, sigma2 / 2) * (q3 - 2 * q3**2)
    pull[d2 >= 9 * sigma2] = 0
    np.fill_diagonal(pull, 0)
    total: Array = np.sum(pull[:, :, None] * apart, axis=1)
    return total


def ground_force(d: Array, r: Array) -> Array:
    """Upward force of the ground on a sphere whose centre is `d` above it."""
    height = np.maximum(d, r / 2)
    sigma = 1.2 * r
    force: Array = GROUND_STRENGTH * r * (sigma**12 / (5 * height**10) - sigma**6 / (2 * height**4))
    return force


def settle(positions: Array, radii: Array, frame: tuple[float, float], steps: int) -> Array:
    """Positions after some steps on flat ground at height 0."""
    place: Array = np.array(positions)
    way: Array = np.zeros_like(place)
    gain = 0.95 / 4 * np.minimum(1, radii / 1e-3)
    limit = np.minimum(0.005, 0.05 * radii)
    for _ in range(steps):
        force = pair_forces(place, radii, frame)
        force[:, 2] += ground_force(place[:, 2], radii)
        way = np.clip(0.9 * way + gain[:, None] * force, -limit[:, None], limit[:, None])
        place += way
    return place


def draw_spheres(base: Array, pixel: tuple[float, float], positions: Array, radii: Array) -> NDArray[np.float64]:
    """Upper envelope of spheres over a base; the centre of pixel (i, j) lies at ((i + 1/2) dy, (j + 1/2) dx)."""
    out = np.array(base, dtype=np.float64)
    y = ((np.arange(out.shape[0]) + 0.5) * pixel[0])[:, None]
    x = ((np.arange(out.shape[1]) + 0.5) * pixel[1])[None, :]
    for (cy, cx, cz), r in zip(positions, radii, strict=True):
        rest = r**2 - (y - cy) ** 2 - (x - cx) ** 2
        out = np.where(rest > 0, np.maximum(out, cz + np.sqrt(np.maximum(rest, 0))), out)
    return out


def draw_capsule(
    base: Array, pixel: tuple[float, float], centre: Array, axis: Array, radius: float, half: float, *, slices: int = 2001
) -> NDArray[np.float64]:
    """Upper envelope of many spheres along the axis of a capsule: approaches the exact one from below."""
    places = centre + np.linspace(-half, half, slices)[:, None] * axis
    return draw_spheres(base, pixel, places, np.full(slices, radius))
