"""How a large array is divided into pieces that are cleaned one by one: as large as memory allows, in whole chunks."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple

from .places import Part
from .stores import Key

#: A piece need not be larger than so many times what the network sees beyond it: a twentieth is done twice then.
_ENOUGH = 40
#: Parts beside each other at most: of the widest image, they are narrower than what is seen beside them.
_MOST_COUNT = 4096
#: Pixels that are not worth the start of a process.
_FEW = 1 << 20


class Layout(NamedTuple):
    """Sizes of the pieces of an array."""

    shape: tuple[int, ...]
    lead: tuple[int, ...]  # images of a stack that are done together
    rows: int
    cols: int

    @property
    def image(self) -> tuple[int, int]:
        """The shape of an image."""
        return self.shape[-2], self.shape[-1]

    @property
    def is_whole(self) -> bool:
        """Whether images are done in one piece."""
        return (self.rows, self.cols) == self.image

    def parts(self) -> list[Part]:
        """Return the parts of an image."""
        rows, cols = self.image
        return [
            Part(row, col, min(rows, row + self.rows), min(cols, col + self.cols))
            for row in range(0, rows, self.rows)
            for col in range(0, cols, self.cols)
        ]

    def pieces(self) -> list[Piece]:
        """Return all pieces, in their order."""
        ranges = [
            [(begin, min(n, begin + size)) for begin in range(0, n, size)]
            for n, size in zip(self.shape[:-2], self.lead, strict=True)
        ]
        found = itertools.product(itertools.product(*ranges), self.parts())
        return [Piece(number, lead, part) for number, (lead, part) in enumerate(found)]


class Piece(NamedTuple):
    """A part of an image, or of several of a stack."""

    number: int
    lead: tuple[tuple[int, int], ...]
    part: Part

    def images(self) -> list[tuple[int, ...]]:
        """Return the indices of its images in the stack; one without indices if there is none but it."""
        return list(itertools.product(*(range(*each) for each in self.lead)))

    def key(self) -> Key:
        """Return where it is in the array."""
        return (*(slice(*each) for each in self.lead), *self.part.slices())


def planned(
    shape: tuple[int, ...],
    grid: Sequence[int] | None,
    depth: tuple[int, int],
    *,
    most: float,
    processes: int,
    asked: tuple[int, int | None] | None = None,
) -> Layout:
    """Return the sizes of pieces.

    Parameters
    ----------
    shape : tuple of int
        Of the array.
    grid : sequence of int or None
        Chunks of the result: a piece has whole ones, so that two processes never write one file.
    depth : (int, int)
        What a network sees beyond a pixel.
    most : float
        Pixels that may be in memory at once in a process.
    processes : int
        How many there are: each is given something to do.
    asked : (int, int or None), optional
        Rows and columns that were asked for; None are all columns.
    """
    rows, cols = shape[-2:]
    steps = tuple(grid[-2:]) if grid is not None else (1, 1)
    lead = tuple(grid[:-2]) if grid is not None else (1,) * (len(shape) - 2)
    ones = (1,) * len(lead)
    if asked is not None:
        part = _rounded(asked[0], steps[0], rows), _rounded(asked[1] or cols, steps[1], cols)
        return Layout(shape, lead if part == (rows, cols) else ones, *part)
    if rows * cols <= min(most, _FEW):
        return Layout(shape, lead if rows * cols * math.prod(lead) <= most else ones, rows, cols)
    images = math.prod(shape[:-2])
    part = _cheapest((rows, cols), steps, depth, most)
    # So that all processes end at the same time, they are given the same number of parts.
    count = -(-rows // part[0])
    if images * -(-cols // part[1]) % processes:
        count = -(-count // processes) * processes
    part = _rounded(-(-rows // count), steps[0], rows), part[1]
    return Layout(shape, ones, *part)


def _cheapest(image: tuple[int, int], steps: tuple[int, ...], depth: tuple[int, int], most: float) -> tuple[int, int]:
    """Return rows and columns of parts of which the least is done twice."""
    found: list[tuple[float, int, int]] = []
    rows, cols = image
    enough = max(_ENOUGH * depth[0], 1)
    for count in range(1, min(-(-cols // steps[1]), _MOST_COUNT) + 1):
        part_cols = _rounded(-(-cols // count), steps[1], cols)
        wide = min(cols, part_cols + 2 * depth[1])
        height = min(most / wide - 2 * depth[0], max(enough, _FEW / part_cols))
        part_rows = min(rows, max(1, int(height) // steps[0]) * steps[0])
        too_much = max(0.0, (part_rows + 2 * depth[0]) * wide / most - 1.0)
        twice = (1 + 2 * depth[0] / part_rows) * (wide / part_cols)
        found.append((twice + 1e3 * too_much, part_rows, part_cols))
    _, part_rows, part_cols = min(found, key=lambda each: each[0])
    return part_rows, part_cols


def _rounded(size: int, step: int, whole: int) -> int:
    """Return a size in whole chunks."""
    return min(whole, -(-size // step) * step)
