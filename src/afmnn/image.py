"""Image: heights with their physical size, units and title."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import ArrayLike, NDArray

from . import _check
from ._typing import Heights


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Image(NDArrayOperatorsMixin):
    """Heights with what is needed to show them to somebody: physical size, units and a title.

    It is usable wherever an array is: NumPy functions, arithmetic and indexing see `data` and return plain arrays. An
    image itself never changes: ``image += 1`` is refused.

    Parameters
    ----------
    data : array_like, shape (rows, columns)
        Heights in `unit_z`, row 0 at the top. float32 and float64 are kept without a copy.
    size : (float, float), optional
        Physical height and width (along rows, along columns) in `unit_xy`; by default one unit a pixel.
    unit_xy, unit_z : str
        Lateral and height unit without prefix, for example ``"m"``; empty where there is none.
    title : str
        Name of the channel.

    Raises
    ------
    ValueError
        If `data` is not two-dimensional or a size is not positive and finite. NaN is allowed: it marks missing pixels.
    TypeError
        If `data` are not real numbers, or a unit or the title is not text.
    """

    data: NDArray[Any]
    size: tuple[float, float] = (0.0, 0.0)
    unit_xy: str = ""
    unit_z: str = ""
    title: str = ""

    def __post_init__(self) -> None:
        if isinstance(self.data, Image):  # its size and units would be lost
            raise TypeError("data must be an array, got an Image: image.replace(...) changes what an Image says")
        data = _check.image("data", self.data, finite=False)
        if not isinstance(self.size, (tuple, list, np.ndarray)) or len(self.size) != 2:
            raise ValueError(f"size must be two lengths (height, width), got {self.size!r}")
        size = tuple(map(float, data.shape)) if tuple(self.size) == (0.0, 0.0) else _check.pair("size", self.size)
        _check.text(unit_xy=self.unit_xy, unit_z=self.unit_z, title=self.title)
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "size", size)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        rows, cols = self.data.shape
        return rows, cols

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the heights."""
        return self.data.dtype

    @property
    def ndim(self) -> int:
        """Always 2."""
        return 2

    @property
    def pixel_size(self) -> tuple[float, float]:
        """Physical height and width of one pixel (dy, dx), in `unit_xy`."""
        return self.size[0] / self.shape[0], self.size[1] / self.shape[1]

    def replace(self, **changes: Any) -> Image:
        """Return a copy with some fields changed, for example ``image.replace(data=clean, title="Clean")``.

        Parameters
        ----------
        **changes
            Fields of the new image; the others are kept, the heights without a copy.

        Returns
        -------
        Image

        Raises
        ------
        TypeError
            If there is no such field, or a value is of the wrong type.
        ValueError
            If a value is out of its range.
        """
        return dataclasses.replace(self, **changes)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        array = self.data if dtype is None else self.data.astype(dtype, copy=False)
        if copy is False and array is not self.data:
            raise ValueError(f"converting heights from {self.data.dtype} to {dtype} needs a copy")
        return array.copy() if copy and array is self.data else array

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(isinstance(value, Image) for value in kwargs.get("out", ())):
            raise TypeError("an Image never changes: write image + x, not image += x, and no out=image")
        arrays = [value.data if isinstance(value, Image) else value for value in inputs]
        return getattr(ufunc, method)(*arrays, **kwargs)

    def __getitem__(self, key: Any) -> Any:
        return self.data[key]

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        rows, cols = self.shape
        height, width = self.size
        size = f"{height:g} x {width:g} {self.unit_xy}".rstrip()
        return f"<afmnn.Image {self.title!r}: {rows} x {cols} px, {size}, heights in {self.unit_z or 'no unit'}>"


def unwrap(name: str, value: ArrayLike | Image, *, finite: bool = True) -> Heights:
    """Check an argument that may be an `Image` or an array, and return its heights."""
    return _check.image(name, value.data if isinstance(value, Image) else value, finite=finite)


def finite_box(heights: NDArray[Any]) -> tuple[slice, slice] | None:
    """Return the rows and columns from the first to the last with a finite height; None where there is none."""
    rows = range(len(heights))
    first = next((r for r in rows if np.isfinite(heights[r]).any()), None)
    if first is None:
        return None
    last = next(r for r in reversed(rows) if np.isfinite(heights[r]).any())
    there = np.zeros(heights.shape[1], bool)
    for r in range(first, last + 1):
        there |= np.isfinite(heights[r])
        if there[0] and there[-1]:  # most often after one row
            break
    cols = np.flatnonzero(there)
    return slice(first, last + 1), slice(int(cols[0]), int(cols[-1]) + 1)


def check_pair(noisy: Image, ideal: Image) -> None:
    """Refuse two images that cannot be a noisy and an ideal picture of the same place.

    Parameters
    ----------
    noisy, ideal : Image
        The pair.

    Raises
    ------
    ValueError
        If their shapes, height units or lateral units differ, or their pixel sizes do by more than one millionth. Units
        are compared as they are written; no unit is the same as no unit only.
    """
    if noisy.shape != ideal.shape:
        raise ValueError(f"noisy and ideal must have the same shape, got {noisy.shape} and {ideal.shape}")
    for name, one, other in (("height", noisy.unit_z, ideal.unit_z), ("lateral", noisy.unit_xy, ideal.unit_xy)):
        if one != other:
            raise ValueError(f"noisy and ideal must have the same {name} unit, got {one!r} and {other!r}")
    if not np.allclose(noisy.pixel_size, ideal.pixel_size, rtol=1e-6, atol=0.0):
        raise ValueError(f"noisy and ideal must have the same pixel size, got {noisy.pixel_size} and {ideal.pixel_size}")
