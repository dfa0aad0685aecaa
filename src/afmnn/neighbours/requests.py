"""Which pixels `nn/scaling.py` looks at, as they depend on the shape of an image alone, and the same with their heights there."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..nn import scaling as _scaling
from .places import Part, whole_of

#: Rows and columns of pixels.
Pixels = tuple[NDArray[Any], NDArray[Any]]


class Requests:
    """Stands for an image while it is found out which of its pixels are looked at.

    With `keep`, where heights may be missing, all tries are made that are made where none is there.
    """

    def __init__(self, shape: tuple[int, int], asked: dict[bytes, Any], *, keep: bool = False, turned: bool = False) -> None:
        self.shape, self._asked, self._keep, self._turned = shape, asked, keep, turned
        self.size = shape[0] * shape[1]

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def T(self) -> Requests:
        """The image turned."""
        return type(self)(self.shape[::-1], self._asked, keep=self._keep, turned=not self._turned)

    def _pixels(self, key: Pixels) -> Pixels:
        rows, cols = np.broadcast_arrays(*key)
        return (cols, rows) if self._turned else (rows, cols)

    def __getitem__(self, key: Pixels) -> NDArray[Any]:
        rows, cols = self._pixels(key)
        self._asked[_name_of(rows, cols)] = rows, cols
        return np.full(rows.shape, np.nan if self._keep else 0.0)


class Answers(Requests):
    """Stands for an image when the pixels are there."""

    def __getitem__(self, key: Any) -> NDArray[Any]:
        given: NDArray[Any] | None = self._asked.get(_name_of(*self._pixels(key)))
        if given is None:
            raise ValueError("image must have heights whose slopes are finite numbers, got none such")
        return given


def _name_of(rows: NDArray[Any], cols: NDArray[Any]) -> bytes:
    return hashlib.sha256(rows.tobytes() + cols.tobytes()).digest()


class Wanted(NamedTuple):
    """Pixels that a measurement looks at, counted from where the image begins."""

    kind: str
    whole: tuple[int, int]
    box: Part  # the image without rows and columns at its edges that have nothing
    asked: dict[bytes, Pixels]
    rows: NDArray[Any]  # whole rows, for the relief along the lines
    keep: bool  # whether heights may be missing
    small: bool  # whether all are looked at


def wanted_of(kind: str, whole: tuple[int, int], box: Part | None = None, *, keep: bool = False) -> Wanted:
    """Return which pixels of an image a scaling looks at; `box` has what is there, None where that is everything or nothing."""
    box = whole_of(whole) if box is None else box
    asked: dict[bytes, Pixels] = {}
    if _scaling.is_small(box.shape):
        rows, cols = np.indices(box.shape)
        return Wanted(kind, whole, box, {b"all": (rows, cols)}, np.zeros(0, np.int64), keep, True)
    image: Any = Requests(box.shape, asked, keep=keep)
    lines = np.zeros(0, np.int64)
    if kind in _scaling.LEVELLED:
        _scaling.slopes_of(image)
    if kind == "row-noise":
        _scaling.changes_of(image)
    if kind == "levelled":
        lines = _scaling.relief_rows(box.shape[0])
    return Wanted(kind, whole, box, asked, lines, keep, False)
