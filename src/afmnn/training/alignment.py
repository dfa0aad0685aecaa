"""The zero and the tilt by which the two images of a training pair differ: no part of what is to be learned."""

from __future__ import annotations

import math

import numpy as np

from .._typing import Float64s, Heights, Mask

#: An image is cut in so many strips along either axis: enough to tell a tilt from chance, few enough for each to average over the
#: offsets of its scan lines.
_STRIPS, _FEWEST = 8, 4
#: Standard errors by which an offset or a tilt must differ from zero. Chance does so once in some fifty trainings, which does no
#: harm; all other pairs with the same zero stay as they are.
_SURE = 4.0
#: A median of normally distributed values scatters by so much more than their mean.
_MEDIAN = math.sqrt(math.pi / 2)


def aligned(noisy: Heights, ideal: Heights, valid: Mask | None) -> Heights:
    """Return `ideal` with the zero and the tilt of `noisy`; unchanged where they are the same, but for chance.

    Heights of scans count from anywhere, and two scans of one place never have quite the same tilt. A network that sees windows
    less their mean cannot know of either: what it were to learn would be noise.
    """
    rest = noisy.astype(np.float64)
    rest -= ideal
    rest[~np.isfinite(rest)] = np.nan
    if valid is not None:
        rest[~valid] = np.nan
    places = [_centred(count) for count in noisy.shape]
    slopes = [0.0, 0.0]
    for axis in (0, 1, 0, 1):  # a tilt along one axis makes that along the other uncertain until it is taken off
        slope = _slope(rest, axis)
        if slope != 0.0:
            slopes[axis] += slope
            rest -= slope * (places[0][:, None] if axis == 0 else places[1])
    offset = _offset(rest)
    if offset == 0.0 and slopes == [0.0, 0.0]:
        return ideal
    return np.asarray(ideal + (offset + np.add.outer(slopes[0] * places[0], slopes[1] * places[1])))


def _centred(count: int) -> Float64s:
    return np.arange(count, dtype=np.float64) - (count - 1) / 2


def _strips(rest: Float64s, axis: int) -> tuple[list[float], list[float]]:
    """Return places along an axis and the medians of the strips there."""
    places, medians = [], []
    centres = _centred(rest.shape[axis])
    for part in np.array_split(np.arange(len(centres)), min(_STRIPS, len(centres))):
        strip = rest[part[0] : part[-1] + 1] if axis == 0 else rest[:, part[0] : part[-1] + 1]
        known = strip[~np.isnan(strip)]
        if known.size:
            places.append(float(centres[part[0]] + centres[part[-1]]) / 2)
            medians.append(float(np.median(known)))
    return places, medians


def _line(rest: Float64s, axis: int) -> tuple[float, float, float] | None:
    """Return the slope of the line through the medians of the strips, and the standard errors of its slope and its height."""
    places, medians = _strips(rest, axis)
    count = len(places)
    if count < _FEWEST:
        return None
    place, median = math.fsum(places) / count, math.fsum(medians) / count
    spread = math.fsum((x - place) * (x - place) for x in places)
    slope = math.fsum((x - place) * (z - median) for x, z in zip(places, medians, strict=True)) / spread
    left = [z - median - slope * (x - place) for x, z in zip(places, medians, strict=True)]
    squares = math.fsum(z * z for z in left)
    return slope, math.sqrt(squares / (count - 2) / spread), math.sqrt(squares / (count - 2) / count)


def _slope(rest: Float64s, axis: int) -> float:
    """Return the slope along an axis; zero where it may be chance."""
    line = _line(rest, axis)
    return line[0] if line is not None and abs(line[0]) > _SURE * line[1] else 0.0


def _offset(rest: Float64s) -> float:
    """Return the median; zero where it may be chance."""
    lines = [line for line in (_line(rest, axis) for axis in (0, 1)) if line is not None]
    if not lines:
        return 0.0
    # Offsets of scan lines are chance from row to row; what is chance from column to column may be more.
    error = _MEDIAN * max(line[2] for line in lines)
    offset = float(np.median(rest[~np.isnan(rest)]))
    return offset if abs(offset) > _SURE * error else 0.0
