"""What an xarray DataArray says of an image: which dimensions are rows and columns, units, the size of pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..image import Image

#: Names of dimensions that are told from each other, in lower case.
FAST = ("x", "fast", "fast_axis", "col", "cols", "column", "columns")
SLOW = ("y", "slow", "slow_axis", "row", "rows", "line", "lines")
#: Attributes that say a unit: that of the CF conventions first.
_UNITS = ("units", "unit")
#: How much distances between coordinates may differ: they are often kept in single precision.
_EVEN = 1e-3


def check_numbers(name: str, array: Any) -> None:
    """Refuse an array that has no heights."""
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name} must be an array of real numbers, got dtype {array.dtype}")
    if 0 in array.shape:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")


def image_dims(array: Any, fast_axis: str | None) -> tuple[str, str]:
    """Return the names of the dimensions that are rows and columns: the slow and the fast scan axis.

    The fast axis is `fast_axis`; or the one with a name that says so; or the last. The slow one likewise, of the others.
    """
    dims = list(array.dims)
    if len(dims) < 2:
        raise ValueError(f"image must have two dimensions or more, got {tuple(dims)}")
    if fast_axis is not None and fast_axis not in dims:
        raise ValueError(f"fast_axis must be one of the dimensions {tuple(dims)}, got {fast_axis!r}")
    fast = fast_axis if fast_axis is not None else _named(dims, FAST) or _other_than(dims, _named(dims, SLOW))
    others = [dim for dim in dims if dim != fast]
    slow = _named(others, SLOW) or _named(others, FAST) or others[-1]
    return slow, fast


def turned(name: str, array: Any, fast_axis: str | None) -> tuple[Any, tuple[str, str]]:
    """Return an array of numbers with rows and columns last, and the names of these dimensions."""
    check_numbers(name, array)
    slow, fast = image_dims(array, fast_axis)
    return array.transpose(*(dim for dim in array.dims if dim not in (slow, fast)), slow, fast), (slow, fast)


def _named(dims: list[Any], names: tuple[str, ...]) -> Any:
    """Return the last dimension that has one of the names."""
    return next((dim for dim in reversed(dims) if str(dim).lower() in names), None)


def _other_than(dims: list[Any], slow: Any) -> Any:
    return next(dim for dim in reversed(dims) if dim != slow)


def unit_of(name: str, attrs: Any) -> tuple[str, str]:
    """Return the attribute that has a unit, and the unit; empty where there is none."""
    found = [(key, attrs[key]) for key in _UNITS if attrs.get(key) is not None]
    for key, unit in found:
        if not isinstance(unit, str):
            raise TypeError(f"{name}.attrs[{key!r}] must be text, got {unit!r}")
    if len({unit for _, unit in found}) > 1:
        raise ValueError(f"{name} must have one unit, got " + " and ".join(f"{key} = {unit!r}" for key, unit in found))
    return found[0] if found else (_UNITS[0], "")


def _spacing(array: Any, dim: str) -> tuple[float, str] | None:
    """Return the distance of pixels along a dimension and its unit; None where coordinates do not say it."""
    if dim not in array.coords or array.sizes[dim] < 2:
        return None
    coordinate = array.coords[dim]
    values = np.asarray(coordinate.values)
    if values.ndim != 1 or values.dtype.kind not in "fiu":
        return None
    step = (float(values[-1]) - float(values[0])) / (values.size - 1)
    if not (np.isfinite(step) and step != 0.0):
        return None
    if not np.allclose(np.diff(values.astype(np.float64)), step, rtol=0.0, atol=_EVEN * abs(step)):
        return None
    return abs(step), unit_of(f"image.coords[{dim!r}]", coordinate.attrs)[1]


def described(name: str, array: Any, dims: tuple[str, str], data: Any) -> Image:
    """Return an `Image` of heights with what the DataArray says of them; of pixels whose size is not known, one unit a pixel."""
    rows, cols = (_spacing(array, dim) for dim in dims)
    _, unit_z = unit_of(name, array.attrs)
    title = array.name if isinstance(array.name, str) else str(array.attrs.get("long_name", ""))
    if rows is None or cols is None or rows[1] != cols[1]:
        return Image(data, unit_z=unit_z, title=title)
    size = rows[0] * data.shape[0], cols[0] * data.shape[1]
    return Image(data, size=size, unit_xy=rows[1], unit_z=unit_z, title=title)
