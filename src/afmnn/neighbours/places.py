"""Where parts of an image lie."""

from __future__ import annotations

from typing import NamedTuple


class Corner(NamedTuple):
    """Where a chunk begins."""

    row: int
    col: int


class Part(NamedTuple):
    """Rows and columns of a part of an image."""

    row: int
    col: int
    end_row: int
    end_col: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.end_row - self.row, self.end_col - self.col

    def widened(self, depth: tuple[int, int], within: Part) -> Part:
        """Return the part with what lies around it, as far as there is something."""
        return Part(self.row - depth[0], self.col - depth[1], self.end_row + depth[0], self.end_col + depth[1]).common(within)

    def common(self, other: Part) -> Part:
        """Return what two parts have in common; its shape has no positive numbers if that is nothing."""
        return Part(
            max(self.row, other.row),
            max(self.col, other.col),
            min(self.end_row, other.end_row),
            min(self.end_col, other.end_col),
        )

    def slices(self, begin: tuple[int, ...] = (0, 0)) -> tuple[slice, slice]:
        """Return where it is in an array that begins at a pixel of the image."""
        return slice(self.row - begin[0], self.end_row - begin[0]), slice(self.col - begin[1], self.end_col - begin[1])


def whole_of(shape: tuple[int, ...]) -> Part:
    """Return the whole of an image as a part."""
    return Part(0, 0, shape[0], shape[1])
