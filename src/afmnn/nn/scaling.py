"""Scaling: heights to the network's numbers and back."""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from .. import _check, _core
from .._units import scaled_number
from ..image import finite_box

#: Kinds for which a plane is taken off first.
LEVELLED = ("levelled", "row-noise")

#: The quantiles whose distance is the spread of heights.
ENDS = (0.05, 0.95)
#: Distance between the 5 % and the 95 % quantile of a normal distribution, in standard deviations.
NORMAL_SPREAD = 3.2897072539029444
_LEAST_RELIEF = 1e-3  # along the lines, in units of the spread of all heights: less is rounding, or no relief

#: Beyond so many spreads a height is a mark for a missing pixel. In training, where its square is squared again, numbers
#: would exceed float32; a network that is applied loses only the neighbourhood, and larger numbers may be tails of smooth
#: objects on a flat surface.
_FURTHEST_TRAINED = 1e9
_FURTHEST_APPLIED = 1e30
#: Pairs of pixels that are compared for a slope, about, and for each of its distances.
COMPARED = 1 << 13
#: Pixels of the largest image of which all pairs are compared.
SMALL = 1 << 15
#: Second differences from row to row that are looked at for noise, about.
NOISE_COMPARED = 1 << 13
#: Median of the sizes of normally distributed numbers, in standard deviations.
MEDIAN_SIZE = 0.6744897501960817
#: What a tenth of the sizes of normally distributed numbers exceeds, in standard deviations.
HIGH_SIZE = 1.6448536269514722
#: Standard deviation of a second difference of heights that vary by 1, independently of one another.
SECOND_DIFFERENCE = math.sqrt(6.0)
#: Noise is at least so much of what the highest tenth of changes says.
SHARE_OF_HIGH = 0.25
#: Noise is at least so much of the spread of heights.
LEAST_NOISE = 1e-4
#: Rows that the core looks at for the relief along the lines.
_RELIEF_ROWS = 2048
#: Distances that are tried where no pair has both of its pixels.
_TRIES = 8
#: An image whose spread after levelling is so few units in the last place of its heights is nothing but a plane.
_ROUNDING = 4 * np.finfo(np.float64).eps


@dataclasses.dataclass(frozen=True)
class Scaling:
    """Linear maps between heights and the numbers a network works with.

    ``x = (z - in_shift) * in_factor`` leads from the heights of the noisy image to the network,
    ``z = y / out_factor + out_shift`` from its output back to heights. The factors are inverse heights.

    Parameters
    ----------
    kind : {"robust", "levelled", "row-noise", "min-max"}
        How the numbers are measured. "robust": median, and the distance between the 5 % and the 95 % quantile (divided
        by 3.29, so that it is the standard deviation of normally distributed heights), of the image at hand; the
        output is on the same scale. "levelled": the same, after a plane has been taken off, which is put back in the end. Of
        an image that is cleaned, the distance is the least of three: of these heights, less the means of their lines, and less a
        bow along the lines, too; a pair that is learned from has the first.
        "row-noise": as "levelled" with the spread of all heights; but what the network counts in is `row_noise`.
        "min-max": minimum and range of the image; the output is on that of the target.
    in_shift, in_factor, out_shift, out_factor : float
        The maps. Factors are positive; an infinite `in_factor` stands for a constant image.
    row_slope, col_slope : float
        Of the plane through the first pixel, in heights per pixel; 0 unless `kind` is "levelled" or "row-noise".
    row_noise : float
        What heights change by from line to line where the relief does not: second differences of neighbouring lines, the robust
        standard deviation of a height. 0 unless `kind` is "row-noise".
    """

    kind: str
    in_shift: float
    in_factor: float
    out_shift: float
    out_factor: float
    row_slope: float = 0.0
    col_slope: float = 0.0
    row_noise: float = 0.0

    def __post_init__(self) -> None:
        _check.choice("kind", self.kind, ("robust", *LEVELLED, "min-max"))
        for name in ("in_shift", "out_shift", "row_slope", "col_slope"):
            _check.finite(**{name: getattr(self, name)})
            object.__setattr__(self, name, float(getattr(self, name)))
        for name in ("in_factor", "out_factor"):
            value = getattr(self, name)
            if value != math.inf:
                _check.positive(**{name: value})
            object.__setattr__(self, name, float(value))
        if self.kind == "row-noise":
            _check.positive(row_noise=self.row_noise)
        elif self.row_noise != 0.0:
            raise ValueError(f"row_noise must be 0 unless kind is 'row-noise', got {self.row_noise!r}")
        object.__setattr__(self, "row_noise", float(self.row_noise))

    def plane(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Return the plane that is taken off an image.

        Parameters
        ----------
        shape : (int, int)
            Rows and columns of the image.

        Returns
        -------
        ndarray of float64, shape `shape`
            Heights above that of the first pixel.

        Raises
        ------
        ValueError
            If `shape` is not two positive integers.
        """
        shape = _check.shape("shape", shape)
        rows, cols = np.arange(shape[0]), np.arange(shape[1])
        return np.asarray(self.row_slope * rows[:, None] + self.col_slope * cols)

    @property
    def levelled(self) -> bool:
        """Whether a plane is taken off first."""
        return self.kind in LEVELLED

    @property
    def constant(self) -> bool:
        """Whether the image this was measured on has one height only."""
        return math.isinf(self.in_factor)


class LinearScaling(NamedTuple):
    """The six numbers that the core computes with: heights ``z`` to the network's ``x``, and its output ``y`` back to heights.

    ``x = (z - plane - in_shift) * in_factor`` and ``z = y / out_factor + out_shift + plane``; the plane is 0 at the first pixel
    and rises by `row_slope` from row to row and by `col_slope` from column to column.
    """

    in_shift: float
    in_factor: float
    out_shift: float
    out_factor: float
    row_slope: float = 0.0
    col_slope: float = 0.0

    @classmethod
    def of(cls, scaling: Scaling) -> LinearScaling:
        """Return the numbers of a scaling, whatever way they were measured."""
        numbers = cls(*(getattr(scaling, name) for name in cls._fields))
        if scaling.kind != "row-noise":
            return numbers
        return numbers._replace(in_factor=1.0 / scaling.row_noise, out_factor=1.0 / scaling.row_noise)

    def height_at(self, row: int, col: int) -> float:
        """Return the height of the plane at a pixel."""
        return self.row_slope * row + self.col_slope * col

    def from_pixel(self, row: int, col: int) -> LinearScaling:
        """Return the same scaling for an image that begins at this pixel of the one at hand: its plane is 0 there."""
        height = self.height_at(row, col)
        return self._replace(in_shift=self.in_shift + height, out_shift=self.out_shift + height)

    def flipped(self, rows: int, cols: int) -> LinearScaling:
        """Return the scaling for an image that is read forth (1) or back (-1) along rows and columns from its first pixel."""
        return self._replace(row_slope=rows * self.row_slope, col_slope=cols * self.col_slope)


class Measurable(Protocol):
    """What can be measured of an image, wherever its heights are."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns."""

    def slopes(self) -> tuple[float, float]:
        """Return the slopes of the plane, from row to row and from column to column."""

    def quantiles(self, fractions: list[float], slopes: tuple[float, float]) -> list[float]:
        """Return quantiles of the finite heights less a plane."""

    def finite_range(self) -> tuple[float, float]:
        """Return the lowest and the highest finite height."""

    def line_relief(self, slopes: tuple[float, float]) -> float | None:
        """Return the distance between two quantiles of the relief along the lines; None where no height is finite."""

    def changes(self) -> NDArray[np.float64]:
        """Return sizes of second differences from row to row that are finite."""


class InMemory:
    """What can be measured of an image that is an array; see `Measurable`."""

    def __init__(self, image: NDArray[Any], threads: int) -> None:
        self._image, self._threads = image, threads
        self.shape: tuple[int, ...] = image.shape

    @functools.cached_property
    def _inside(self) -> NDArray[Any] | None:
        box = finite_box(self._image)
        return None if box is None else self._image[box]

    def slopes(self) -> tuple[float, float]:
        """Return the slopes of the plane."""
        return (0.0, 0.0) if self._inside is None else slopes_of(self._inside)

    def quantiles(self, fractions: list[float], slopes: tuple[float, float]) -> list[float]:
        """Return quantiles of the finite heights less a plane."""
        return list(_core.quantiles(self._image, fractions, self._threads, slopes))

    def finite_range(self) -> tuple[float, float]:
        """Return the lowest and the highest finite height."""
        _, low, high = _core.finite_range(self._image, self._threads)
        return low, high

    def line_relief(self, slopes: tuple[float, float]) -> float | None:
        """Return the distance between two quantiles of the relief along the lines."""
        return None if self._inside is None else relief_of(self._inside, slopes)

    def changes(self) -> NDArray[np.float64]:
        """Return sizes of second differences from row to row."""
        return np.zeros(0) if self._inside is None else changes_of(self._inside)


def measure(trained: Scaling, image: NDArray[Any], threads: int, power: int = 0) -> Scaling:
    """Measure `image` the way `trained` was measured; see `measure_as`."""
    return measure_as(trained, InMemory(image, threads), power)


def measure_as(trained: Scaling, image: Measurable, power: int = 0) -> Scaling:
    """Measure an image the way `trained` was measured.

    `power` is the power of ten that the unit of the result is of that which the network gives heights in: because those of
    "min-max" scaling come from the training images, they are converted; all others are those of the image.
    """
    if trained.levelled:
        levelled = _measure_levelled("image", image, _FURTHEST_APPLIED)
        return _by_row_noise(levelled, image) if trained.kind == "row-noise" else _by_line_relief(levelled, image)
    shift, factor = _measure("image", trained.kind, image, _FURTHEST_APPLIED)
    if trained.kind == "robust":
        return Scaling("robust", shift, factor, shift, factor)
    out_shift, out_factor = scaled_number(trained.out_shift, -power), scaled_number(trained.out_factor, power)
    return Scaling("min-max", shift, factor, out_shift, out_factor)


def measure_pair(kind: str, noisy: NDArray[Any], ideal: NDArray[Any], threads: int, name: str = "") -> Scaling:
    """Measure the scaling of a training pair; `name` tells it from other pairs, for example ``"[3]"``."""
    before, after = InMemory(noisy, threads), InMemory(ideal, threads)
    levelled = _measure_levelled(f"noisy{name}", before, _FURTHEST_TRAINED) if kind in LEVELLED else None
    if levelled is not None:
        shift, factor = levelled.in_shift, levelled.in_factor
    else:
        shift, factor = _measure(f"noisy{name}", kind, before, _FURTHEST_TRAINED)
    out_shift, out_factor = _measure(f"ideal{name}", "min-max", after, _FURTHEST_TRAINED)
    for what, low, constant in (("noisy", shift, math.isinf(factor)), ("ideal", out_shift, math.isinf(out_factor))):
        if constant:
            raise ValueError(f"{what}{name} must not be constant, got {low:g} everywhere")
    if levelled is not None:
        return _by_row_noise(levelled, before) if kind == "row-noise" else levelled
    if kind == "robust":
        return Scaling("robust", shift, factor, shift, factor)
    return Scaling("min-max", shift, factor, out_shift, out_factor)


def _measure_levelled(name: str, image: Measurable, furthest: float) -> Scaling:
    slopes = image.slopes()
    shift, factor = _measure(name, "robust", image, furthest, slopes)
    # What is left of a plane after it is taken off is rounding. The plane tells how large heights are, and marks for missing
    # pixels do not take part.
    down, along = (slope * (n - 1) for slope, n in zip(slopes, image.shape, strict=True))
    highest = max(abs(down), abs(along), abs(down + along))
    if math.isfinite(factor) and factor * _ROUNDING * (abs(shift) + highest) > 1.0:
        factor = math.inf
    return Scaling("levelled", shift, factor, shift, factor, *slopes)


def _by_line_relief(scaling: Scaling, image: Measurable) -> Scaling:
    """Return the scaling whose unit is the relief along the lines, where that is less than the spread of all heights.

    Fine structure must not look small because lines are offset, or bent. Pairs that are learned from have no such defects: their
    scale is the spread of all heights, with which networks come out better (by 0.5 dB on shapes they have not seen).
    """
    distance = None if scaling.constant else image.line_relief((scaling.row_slope, scaling.col_slope))
    if distance is None:
        return scaling
    relief = distance / NORMAL_SPREAD
    # Where next to nothing is left along the lines, such as of a grating along them without noise, all heights must do.
    if not _LEAST_RELIEF < relief * scaling.in_factor < 1.0:
        return scaling
    return dataclasses.replace(scaling, in_factor=1.0 / relief, out_factor=1.0 / relief)


def _by_row_noise(scaling: Scaling, image: Measurable) -> Scaling:
    """Return the scaling whose unit is what heights change by from line to line.

    The median of second differences follows neither features nor slopes, which most lines have in common with their neighbours.
    Where more than half of them are next to nothing, as on flat ground, the higher ones must do.
    """
    spread = 1.0 / scaling.in_factor
    changes = image.changes()
    noise = 0.0
    if changes.size:
        places = [(changes.size - 1) // 2, 9 * (changes.size - 1) // 10]
        middle, high = np.partition(changes, places)[places]
        noise = max(float(middle) / MEDIAN_SIZE, SHARE_OF_HIGH * float(high) / HIGH_SIZE) / SECOND_DIFFERENCE
    return dataclasses.replace(scaling, kind="row-noise", row_noise=max(noise, LEAST_NOISE * spread) if spread > 0 else 1.0)


def slopes_of(image: NDArray[Any]) -> tuple[float, float]:
    """Return heights per row and per column of an image whose first and last rows and columns have heights."""
    return _slope(image), _slope(image.T)


def relief_of(image: NDArray[Any], slopes: tuple[float, float]) -> float:
    """Return the distance between two quantiles of the relief along the lines."""
    return float(_core.line_relief(image, slopes, ENDS))


def changes_of(image: NDArray[Any]) -> NDArray[np.float64]:
    """Return sizes of second differences from row to row that are finite; from column to column where there are two rows."""
    changes = np.abs(_second_differences(image if len(image) > 2 else image.T))
    return np.asarray(changes[np.isfinite(changes)])


def relief_rows(rows: int) -> NDArray[np.int64]:
    """Return the rows that the core looks at for the relief along the lines, of so many; see `cpp/src/nn/line_relief.cpp`."""
    if rows <= _RELIEF_ROWS:
        return np.arange(rows)
    return _scattered(rows, 1, _RELIEF_ROWS)[:, 0]


def is_small(shape: tuple[int, ...]) -> bool:
    """Whether all pairs of pixels of an image are compared, not some."""
    return math.prod(shape) <= SMALL


def _second_differences(image: NDArray[Any]) -> NDArray[np.float64]:
    """Second differences from row to row: all of a small image, some of every column of a large one; none of two rows."""
    if image.size <= SMALL or len(image) < 3:
        first, middle, last = image[:-2], image[1:-1], image[2:]
    else:
        rows, col = _scattered(len(image) - 2, image.shape[1], NOISE_COMPARED), np.arange(image.shape[1])
        first, middle, last = (image[rows + k, col] for k in range(3))
    with np.errstate(invalid="ignore", over="ignore"):  # of heights that are infinite, or marks
        return np.asarray(first.astype(np.float64) - 2.0 * middle.astype(np.float64) + last.astype(np.float64))


def _slope(image: NDArray[Any]) -> float:
    """Heights per row: median over pairs of pixels in a column, of three distances.

    A plane on top changes all pairs by its own slope, so that neither its size nor its direction makes a difference.
    """
    found = []
    for distance in _distances(len(image)):
        for near in range(distance, max(distance - _TRIES, 0), -1):
            first, second = _pairs(image, near)
            with np.errstate(invalid="ignore", over="ignore"):
                slopes = (second - first) / near
            slopes = slopes[np.isfinite(slopes)]
            if slopes.size:
                found.append(slopes)
                break
    return (
        float(np.median(np.concatenate(found))) + 0.0 if found else 0.0
    )  # never -0: of zeros of both signs, any is the middle one


def _distances(length: int) -> list[int]:
    """Rows between the pixels of a pair: about a half, a third and a quarter of all.

    Lines of a scan may be of two or four kinds in turn, such as odd ones that were scanned backwards. Pairs of unlike lines say
    half the time that the image rises, and half the time that it falls; so do pairs half a period of a grating apart. Therefore
    the distances are multiples of eight, four and two, but not of more: for hardly any period most pairs are such.
    """
    half, third, quarter = (length // parts for parts in (2, 3, 4))
    unit = 4 if third >= 12 else 2
    if third >= 6:
        half -= half % (2 * unit)
        third -= (third - unit) % (2 * unit)
        quarter -= (quarter - unit // 2) % unit
    return sorted({max(1, half), max(1, third), max(1, quarter)}) if length > 1 else []


def _pairs(image: NDArray[Any], distance: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Heights of pixels and of those `distance` rows below: all of a small image, some of every column of a large one.

    Which ones looks random, so that it keeps no step with anything that is periodic, but depends on nothing but the shape; it
    is the same from either end, so that flipped images have flipped slopes.
    """
    if image.size <= SMALL:
        return image[:-distance].astype(np.float64), image[distance:].astype(np.float64)
    first, col = _scattered(len(image) - distance, image.shape[1], COMPARED), np.arange(image.shape[1])
    return image[first, col].astype(np.float64), image[first + distance, col].astype(np.float64)


def _scattered(starts: int, cols: int, compared: int) -> NDArray[np.int64]:
    """Rows below `starts` for every column, (some, cols), about `compared` in all."""
    half = (starts + 1) // 2
    count = min(half, -(-compared // (2 * cols)))  # in the upper half of every column, and as many in the lower
    col = np.arange(cols)
    part = np.arange(count)[:, None]
    begin, end = part * half // count, (part + 1) * half // count
    upper = begin + random_numbers(count * np.minimum(col, cols - 1 - col) + part) % (end - begin)
    return np.concatenate([upper, starts - 1 - upper])


def random_numbers(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Mix the bits of numbers: integers from 0 to 2^31 - 1 that look random (the finalizer of MurmurHash3, A. Appleby)."""
    x = numbers.astype(np.uint64)
    for factor in (0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53):
        x = (x ^ (x >> np.uint64(33))) * np.uint64(factor)
    return np.asarray(x >> np.uint64(33), np.int64)


def _measure(
    name: str, kind: str, image: Measurable, furthest: float, slopes: tuple[float, float] = (0.0, 0.0)
) -> tuple[float, float]:
    """Return shift and factor of the finite heights less a plane; the factor is infinite where they are all the same."""
    if kind == "robust":
        low, below, shift, above, high = image.quantiles([0.0, ENDS[0], 0.5, ENDS[1], 1.0], slopes)
        # Where more than nine tenths of the heights are one and the same, to rounding, the quantiles say nothing: the
        # range must do.
        flat = not above - below > 4 * np.finfo(np.float64).eps * max(abs(below), abs(above))
        spread = (high - low if flat else above - below) / NORMAL_SPREAD
    else:
        low, high = image.finite_range()
        shift, spread = low, high - low
    if not low <= high:
        raise ValueError(f"{name} must have a finite pixel, got none in {math.prod(image.shape)}")
    if not math.isfinite(spread):
        raise ValueError(f"{name} must have heights whose range is a finite number, got {low:g} to {high:g}")
    factor = 1.0 / spread if spread > 0 else math.inf
    if math.isfinite(factor):
        refuse_far(name, low, high, shift, factor, furthest)
    return shift, factor


def refuse_far(name: str, low: float, high: float, shift: float, factor: float, furthest: float = _FURTHEST_TRAINED) -> None:
    """Refuse heights that are marks for missing pixels rather than heights."""
    if max(high - shift, shift - low) * factor > furthest:
        worst = high if high - shift > shift - low else low
        raise ValueError(
            f"{name} must have no height further than {furthest:g} times the spread {1.0 / factor:.3g} from the median "
            f"{shift:.3g}, got {worst:.6g}: missing pixels should be NaN"
        )
