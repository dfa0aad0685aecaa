"""Image: heights with their physical size, units and title."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin
from numpy.typing import ArrayLike, NDArray

from . import _check, _units
from ._typing import Heights

#: What an array can do that changes nothing, and what can be asked of it.
_OF_ARRAYS = frozenset({
    "all", "any", "argmax", "argmin", "argpartition", "argsort", "cumprod", "cumsum", "diagonal", "dot", "flat",
    "flatten", "item", "itemsize", "max", "mean", "min", "nbytes", "nonzero", "prod", "ptp", "ravel", "repeat", "reshape",
    "searchsorted", "squeeze", "std", "strides", "sum", "swapaxes", "take", "tobytes", "tolist", "trace", "transpose", "var",
})  # fmt: skip
#: Operations between images whose result is wrong if one is in nm and the other in m; products and ratios are not.
_LIKE_WITH_LIKE = frozenset({
    "add", "subtract", "maximum", "minimum", "fmax", "fmin", "hypot", "less", "less_equal", "greater", "greater_equal", "equal",
    "not_equal", "fmod", "remainder", "arctan2", "nextafter",
})  # fmt: skip


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Image(NDArrayOperatorsMixin):
    """Heights with what is needed to show them to somebody: physical size, units and a title.

    It is usable wherever an array is: NumPy functions and arithmetic see `data` and return plain arrays, and so do the methods
    that an array has (``image.mean()``, ``image.max(axis=0)``). What stays an image is one: a piece such as
    ``image[10:50, ::2]``, ``image.T``, ``image.copy()`` and ``image.astype(...)`` have their size and units. An image itself
    never changes: ``image += 1`` is refused.

    Parameters
    ----------
    data : array_like, shape (rows, columns)
        Heights in `unit_z`, row 0 at the top. float32 and float64 are kept without a copy.
    size : (float, float), optional
        Physical height and width (along rows, along columns) in `unit_xy`; by default one unit a pixel.
    unit_xy, unit_z : str
        Lateral and height unit, for example ``"m"``; empty where there is none. With a prefix (``"nm"``, ``"µm"``, ``"mV"``) the
        numbers stay as they are given, and are converted where they leave: see `in_base_units`.
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
        _check.no_file_name("data", self.data)
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

    @property
    def T(self) -> Image:
        """The image with rows and columns exchanged."""
        return self.replace(data=self.data.T, size=self.size[::-1])

    def in_base_units(self) -> Image:
        """Return the image with heights and size in units without a prefix: m for nm, µm or Å, V for mV.

        This is done wherever an image leaves: in .gwy files, which know no prefixes, in training pairs, in figures and reports.

        Returns
        -------
        Image
            The image itself where there is nothing to convert; units that are not known stay as they are.
        """
        (unit_xy, power_xy), (unit_z, power_z) = _units.split(self.unit_xy), _units.split(self.unit_z)
        if power_xy == 0 and power_z == 0:
            return self
        return self.replace(
            data=_units.scaled(self.data, power_z),
            size=tuple(_units.scaled_number(length, power_xy) for length in self.size),
            unit_xy=self.unit_xy if power_xy == 0 else unit_xy,
            unit_z=self.unit_z if power_z == 0 else unit_z,
        )

    def copy(self, order: Literal["K", "A", "C", "F"] = "C") -> Image:
        """Return an image with heights of its own.

        Parameters
        ----------
        order : {"C", "F", "A", "K"}
            How they lie in memory, as for arrays.

        Returns
        -------
        Image

        Raises
        ------
        ValueError
            If `order` is none of these.
        """
        return self.replace(data=self.data.copy(order))

    def astype(self, dtype: Any, **options: Any) -> Any:
        """Return the image with heights of another type.

        Parameters
        ----------
        dtype : dtype
            float32 or float64; another type gives a plain array.
        **options
            As for arrays.

        Returns
        -------
        Image or ndarray

        Raises
        ------
        TypeError
            If there is no such type.
        """
        data = self.data.astype(dtype, **options)
        return self.replace(data=data) if data.dtype in (np.float32, np.float64) else data

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

    def plot(
        self,
        ax: Any = None,
        *,
        limits: tuple[float, float] | None = None,
        colours: str = "afmhot",
        colour_bar: bool = True,
    ) -> Any:
        """Draw the image with its scale bar, colour bar, title and size, as notebooks show it.

        Of large images every so many rows and columns are drawn, and a line below says so. Missing pixels are grey.

        Parameters
        ----------
        ax : Axes, optional
            Axes of matplotlib to draw into; by default new ones, in a figure of pyplot.
        limits : (float, float), optional
            Heights of the first and the last colour, in `unit_z`; by default those between which all but the lowest and the
            highest 0.2 % of the pixels are.
        colours : str
            Name of a colour map of matplotlib.
        colour_bar : bool
            Whether to draw the colour bar.

        Returns
        -------
        Axes

        Raises
        ------
        MissingExtraError
            If matplotlib is not there: ``pip install ".[plot]"`` in the folder of the source.
        ValueError
            If `limits` are not two heights, the lower one first, or there is no such colour map.
        TypeError
            If `ax` are no axes, or an argument is of the wrong type.
        """
        from .showing.image import plot_image  # noqa: PLC0415 - what draws is above, and needs an extra

        return plot_image(self, ax, limits=limits, colours=colours, colour_bar=colour_bar)

    def _repr_png_(self) -> Any:
        from .showing import displayed  # noqa: PLC0415

        return displayed("image", self)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        array = self.data if dtype is None else self.data.astype(dtype, copy=False)
        if copy is False and array is not self.data:
            raise ValueError(f"converting heights from {self.data.dtype} to {dtype} needs a copy")
        return array.copy() if copy and array is self.data else array

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(isinstance(value, Image) for value in kwargs.get("out", ())):
            raise TypeError("an Image never changes: write image + x, not image += x, and no out=image")
        arrays = [value.data if isinstance(value, Image) else value for value in inputs]
        if ufunc.__name__ in _LIKE_WITH_LIKE:
            _refuse_prefixes(ufunc.__name__, [value for value in inputs if isinstance(value, Image)])
        return getattr(ufunc, method)(*arrays, **kwargs)

    def __getattr__(self, name: str) -> Any:
        if name in _OF_ARRAYS:
            return getattr(self.data, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_OF_ARRAYS})

    def __getitem__(self, key: Any) -> Any:
        part, steps = self.data[key], _steps(key)
        if steps is None or part.size == 0:
            return part
        return self.replace(data=part, size=tuple(n * k * d for n, k, d in zip(part.shape, steps, self.pixel_size, strict=True)))

    def __len__(self) -> int:
        return len(self.data)

    def __repr__(self) -> str:
        rows, cols = self.shape
        height, width = self.size
        size = f"{height:g} x {width:g} {self.unit_xy}".rstrip()
        return f"<afmnn.Image {self.title!r}: {rows} x {cols} px, {size}, heights in {self.unit_z or 'no unit'}>"


def unwrap(name: str, value: ArrayLike | Image, *, finite: bool = True, missing: str = "") -> Heights:
    """Check an argument that may be an `Image` or an array, and return its heights.

    `missing` says in messages which option allows missing pixels, where there is one.
    """
    _check.no_file_name(name, value)
    return _check.image(name, value.data if isinstance(value, Image) else value, finite=finite, missing=missing)


def unwrap_like(name: str, value: ArrayLike | Image, image: ArrayLike | Image, *, finite: bool = True) -> Heights:
    """Check an argument as `unwrap` does, and return its heights in the unit of another image of the call."""
    heights = unwrap(name, value, finite=finite)
    if isinstance(value, Image) and isinstance(image, Image) and _units.comparable(value.unit_z, image.unit_z):
        return _units.scaled(heights, _units.split(value.unit_z)[1] - _units.split(image.unit_z)[1])
    return heights


def in_one_unit(one: Any, other: Any) -> tuple[Any, Any]:
    """Return two images whose heights meet; where the prefixes of their units differ, both in the base unit."""
    if isinstance(one, Image) and isinstance(other, Image):
        (base, power), (other_base, other_power) = _units.split(one.unit_z), _units.split(other.unit_z)
        if base == other_base and power != other_power:
            return one.in_base_units(), other.in_base_units()
    return one, other


def pair_in_base_units(noisy: Any, ideal: Any) -> tuple[Any, Any]:
    """Return both images of a pair in base units; an array is in the unit of the `Image` beside it."""
    if not isinstance(noisy, Image):
        return noisy, ideal
    power = _units.split(noisy.unit_z)[1]
    if isinstance(ideal, Image):
        ideal = ideal.in_base_units()
    elif ideal is not None and power != 0:
        ideal = _units.scaled(unwrap("ideal", ideal, finite=False), power)
    return noisy.in_base_units(), ideal


def finite_box(heights: NDArray[Any]) -> tuple[slice, slice] | None:
    """Return the rows and columns from the first to the last with a finite height; None where there is none."""
    rows = range(len(heights))
    first = next((r for r in rows if np.isfinite(heights[r]).any()), None)
    if first is None:
        return None
    last = next(r for r in reversed(rows) if np.isfinite(heights[r]).any())
    with_heights = np.zeros(heights.shape[1], bool)
    for r in range(first, last + 1):
        with_heights |= np.isfinite(heights[r])
        if with_heights[0] and with_heights[-1]:  # most often after one row
            break
    cols = np.flatnonzero(with_heights)
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
        If their shapes, height units or lateral units differ by more than a prefix, or their pixel sizes do by more than one
        millionth. Units that look the same are the same, units that nobody knows are compared as they are written; no unit is the
        same as no unit only.
    """
    if noisy.shape != ideal.shape:
        raise ValueError(f"noisy and ideal must have the same shape, got {noisy.shape} and {ideal.shape}")
    lateral = f"noisy and ideal must have the same lateral unit, got {noisy.unit_xy!r} and {ideal.unit_xy!r}"
    if not _units.comparable(noisy.unit_z, ideal.unit_z):
        raise ValueError(f"noisy and ideal must have the same height unit, got {noisy.unit_z!r} and {ideal.unit_z!r}")
    if not _units.comparable(noisy.unit_xy, ideal.unit_xy):
        raise ValueError(lateral)
    if not same_pixel_size(noisy, ideal, 1e-6):
        sizes = f"got {noisy.pixel_size} and {ideal.pixel_size}"
        if not _units.same(noisy.unit_xy, ideal.unit_xy):
            raise ValueError(f"{lateral}, or pixel sizes that agree, {sizes}")
        raise ValueError(f"noisy and ideal must have the same pixel size, {sizes}")


def same_pixel_size(one: Image, other: Image, tolerance: float) -> bool:
    """Whether the pixels of two images are of one size, whatever the prefixes of their units."""
    if not _units.comparable(one.unit_xy, other.unit_xy):
        return False
    power = _units.split(other.unit_xy)[1] - _units.split(one.unit_xy)[1]
    sizes = [_units.scaled_number(length, power) for length in other.pixel_size]
    return bool(np.allclose(one.pixel_size, sizes, rtol=tolerance, atol=0.0))


def _steps(key: Any) -> tuple[int, int] | None:
    """Return the distances between the rows and the columns that a key takes; None where it is not one of two slices."""
    keys = key if isinstance(key, tuple) else (key,)
    if len(keys) > 2 or not all(each is Ellipsis or isinstance(each, slice) for each in keys):
        return None
    steps = [None if each is Ellipsis else abs(int(each.step or 1)) for each in keys]
    if len(steps) == 1:
        return steps[0] or 1, 1
    return (steps[0] or 1, steps[1] or 1) if steps.count(None) < 2 else None


def _refuse_prefixes(name: str, images: list[Image]) -> None:
    """Refuse to take nanometres from metres: arithmetic sees numbers only."""
    units = [_units.split(image.unit_z) for image in images]
    for image, unit in zip(images[1:], units[1:], strict=True):
        if unit[0] == units[0][0] and unit[1] != units[0][1]:
            raise ValueError(
                f"images must have heights in one unit for {name}, got {images[0].unit_z!r} and {image.unit_z!r}: "
                "use image.in_base_units()"
            )
