"""Checks of arguments, and the wording of their messages: argument, rule, value."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._typing import Heights

_MOST_PIXELS = 1 << 40  # of an image to be made: eight terabytes


def integer(name: str, value: Any, *, minimum: int | None = None, maximum: int | None = None) -> int:
    """Return `value` as an int, refusing floats, booleans and what is out of range."""
    if isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    try:
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be an integer, got {value!r}") from None
    if minimum is not None and number < minimum:
        raise ValueError(f"{name} must be at least {minimum}, got {number}")
    if maximum is not None and number > maximum:
        raise ValueError(f"{name} must be at most {maximum}, got {number}")
    return number


def finite(**values: Any) -> None:
    """Refuse what is not a finite real number."""
    for name, value in values.items():
        _number(name, value)


def positive(**values: Any) -> None:
    """Refuse what is not a finite number above zero."""
    for name, value in values.items():
        if not _number(name, value) > 0:
            raise ValueError(f"{name} must be positive, got {value!r}")


def non_negative(**values: Any) -> None:
    """Refuse what is not a finite number of at least zero."""
    for name, value in values.items():
        if not _number(name, value) >= 0:
            raise ValueError(f"{name} must not be negative, got {value!r}")


def within(**values: tuple[Any, float, float]) -> None:
    """Refuse numbers outside a closed interval; each value is ``(number, low, high)``."""
    for name, (value, low, high) in values.items():
        if not low <= _number(name, value) <= high:
            raise ValueError(f"{name} must lie between {low:g} and {high:g}, got {value!r}")


def text(**values: Any) -> None:
    """Refuse what is not text."""
    for name, value in values.items():
        if not isinstance(value, str):
            raise TypeError(f"{name} must be text, got {value!r}")


def spreads(**values: Any) -> None:
    """Refuse spreads of random quantities outside 0 to 1."""
    within(**{name: (value, 0.0, 1.0) for name, value in values.items()})


def at_most(limit: float, rule: str, **values: Any) -> None:
    """Refuse numbers above a limit that depends on other arguments; `rule` says on which."""
    for name, value in values.items():
        if not _number(name, value) <= limit:
            raise ValueError(f"{name} must be at most {rule} ({limit:g}), got {value!r}")


def at_least(limit: float, rule: str, **values: Any) -> None:
    """Refuse numbers below a limit that depends on other arguments; `rule` says on which."""
    for name, value in values.items():
        if not _number(name, value) >= limit:
            raise ValueError(f"{name} must be at least {rule} ({limit:g}), got {value!r}")


def point(name: str, value: Any) -> tuple[float, float]:
    """Return a point (y, x) of two finite numbers."""
    try:
        y, x = value
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be two numbers (y, x), got {value!r}") from None
    return _number(f"{name}[0]", y), _number(f"{name}[1]", x)


def axis(value: Any) -> None:
    """Require 0 or 1 of an argument `axis`."""
    if integer("axis", value) not in (0, 1):
        raise ValueError(f"axis must be 0 or 1, got {value}")


def count(what: str, value: float, maximum: int, cause: str) -> None:
    """Refuse what would need an absurd number of things; `cause` names the arguments that ask for them."""
    if not value <= maximum:
        raise ValueError(f"{cause} must not need more than {maximum} {what}, got {value:.4g}")


def flag(**values: Any) -> None:
    """Refuse what is not True or False, also what is only true or false in passing, such as the text "no"."""
    for name, value in values.items():
        if not isinstance(value, (bool, np.bool_)):
            raise TypeError(f"{name} must be True or False, got {value!r}")


def angle(**values: Any) -> None:
    """Refuse angles that can only be meant in degrees: angles are radians."""
    for name, value in values.items():
        if not abs(_number(name, value)) <= 2 * math.pi + 1e-9:
            raise ValueError(f"{name} is an angle in radians and must lie between -2 pi and 2 pi, got {value!r}")


def function(name: str, value: Any) -> None:
    """Refuse what is neither None nor callable."""
    if value is not None and not callable(value):
        raise TypeError(f"{name} must be a function, got {value!r}")


def choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return `value` if it is one of `choices`."""
    options = list(choices)
    if not isinstance(value, str) or value not in options:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, options))}, got {value!r}")
    return value


def keys(name: str, value: Mapping[str, Any], allowed: Iterable[str]) -> None:
    """Refuse a mapping with keys that mean nothing."""
    unknown = sorted(set(value) - set(allowed))
    if unknown:
        raise ValueError(f"{name} must only have the keys {', '.join(sorted(allowed))}, got {', '.join(map(repr, unknown))}")


def shape(name: str, value: Any, *, minimum: int = 1) -> tuple[int, int]:
    """Return rows and columns."""
    try:
        rows, cols = value
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be two integers (rows, columns), got {value!r}") from None
    return integer(f"{name}[0]", rows, minimum=minimum), integer(f"{name}[1]", cols, minimum=minimum)


def rows_cols(name: str, value: Any) -> tuple[int, int]:
    """Return rows and columns from one integer for both, or from a pair."""
    if isinstance(value, (tuple, list, np.ndarray)) and np.ndim(value) > 0:
        return shape(name, value)
    number = integer(name, value, minimum=1)
    return number, number


def counts(name: str, value: Any, *, maximum: int | None = None) -> tuple[int, ...]:
    """Return positive integers, one or more, from one integer or several."""
    if not isinstance(value, (tuple, list, np.ndarray)) or np.ndim(value) == 0:
        return (integer(name, value, minimum=1, maximum=maximum),)
    if len(value) == 0:
        raise ValueError(f"{name} must have at least one number, got {value!r}")
    return tuple(integer(f"{name}[{i}]", number, minimum=1, maximum=maximum) for i, number in enumerate(value))


def pair(name: str, value: Any) -> tuple[float, float]:
    """Return a pair of positive lengths (dy, dx) from one number for both, or from a pair."""
    if isinstance(value, (tuple, list, np.ndarray)):
        if len(value) != 2:
            raise ValueError(f"{name} must be one number or two (dy, dx), got {value!r}")
        positive(**{f"{name}[0]": value[0], f"{name}[1]": value[1]})
        return float(value[0]), float(value[1])
    positive(**{name: value})
    return float(value), float(value)


def pixels(name: str, length: Any, pixel_size: float, low: float, high: float) -> float:
    """Return a length in pixels, refusing what is only possible if it and `pixel_size` have different units."""
    positive(**{name: length})
    number = float(length) / pixel_size
    if not low <= number <= high:
        raise ValueError(f"{name} must be {low:g} to {high:g} pixels long, got {length!r}, {number:g} pixels of {pixel_size:g}")
    return number


def image(name: str, value: ArrayLike, *, finite: bool = True, missing: str = "") -> Heights:
    """Return `value` as a two-dimensional array of native float32 or float64; nothing is copied that need not be.

    Integers, booleans, half and extended precision become float64, foreign byte order becomes native. Objects that NumPy
    can read (`afmnn.Image`, xarray's arrays) are welcome; complex numbers, text and masked values are not. Messages advise what
    works for the caller: with `finite` False it takes NaN for missing pixels, with an option that `missing` names it may.
    """
    if isinstance(value, np.ma.MaskedArray):
        if np.ma.is_masked(value):
            count = int(np.count_nonzero(np.ma.getmaskarray(value)))
            raise ValueError(f"{name} must not have masked values, got {count}: {_instead_of_masks(finite, missing)}")
        value = np.ma.getdata(value)
    try:
        array = np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must be a two-dimensional array of numbers, got rows of different lengths") from None
    if array.dtype.kind not in "fiub":
        held = _heights_held(value)
        got = f"dtype {array.dtype}" if held is None else f"an object of type {type(value).__name__}: pass its {held}"
        raise TypeError(f"{name} must be an array of real numbers, got {got}")
    if array.ndim != 2:
        raise ValueError(f"{name} must be two-dimensional (rows, columns), got shape {array.shape}")
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, got shape {array.shape}")
    array = _native(array)
    if finite:
        all_finite(name, array)
    return array


def no_file_name(name: str, value: Any) -> None:
    """Refuse the name of an image's file in place of the image."""
    if isinstance(value, (str, os.PathLike)):
        got = f"dtype {np.asarray(value).dtype}, the name of a file"
        raise TypeError(f"{name} must be an array of real numbers, got {got}: afmnn.read_image({os.fspath(value)!r}) first")


def _instead_of_masks(finite: bool, missing: str) -> str:
    """Say what to pass in place of a masked array."""
    if finite and not missing:
        return "fill them with heights, for example array.filled(array.mean())"
    return "pass array.astype(float).filled(numpy.nan)" + (f" with {missing}" if missing else ", where NaN marks missing pixels")


def _heights_held(value: Any) -> str | None:
    """Return which attribute of an object of another package holds its heights, None if none does."""
    for name in ("heights", "data", "values", "pixels", "array", "magnitude", "value", "image", "z"):
        try:
            held: Any = getattr(value, name, None)
            if callable(held) and name == "heights":  # a method of them; others are not called, who knows what they do
                return f".{name}()"
            if not callable(held) and np.ndim(held) == 2 and np.asarray(held).dtype.kind in "fiub":
                return f".{name}"
        except Exception:  # of a stranger's property
            continue
    return None


def heights_type(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the type that heights are computed in: float32 for float32, float64 for everything else."""
    return np.dtype(np.float32 if dtype.kind == "f" and dtype.itemsize == 4 else np.float64)


def _native(array: NDArray[Any]) -> Heights:
    """Float32 and float64 in native order, aligned and strided by whole elements; everything else becomes float64."""
    dtype = heights_type(array.dtype)
    if array.dtype != dtype:
        with np.errstate(over="ignore"):  # extended precision may hold what float64 cannot
            return array.astype(dtype)
    if not array.flags.aligned or any(stride % array.itemsize for stride in array.strides):
        return np.array(array)
    return array


def vector(name: str, value: ArrayLike) -> NDArray[np.float64]:
    """Return `value` as a one-dimensional array of finite float64."""
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):  # whose numbers NumPy would take in silence
        raise ValueError(
            f"{name} must not have masked values, got {np.count_nonzero(np.ma.getmaskarray(value))}: pass array.compressed()"
        )
    array = np.asarray(value)
    if array.dtype.kind not in "fiu":
        raise TypeError(f"{name} must be an array of real numbers, got dtype {array.dtype}")
    if array.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}")
    bad = ~np.isfinite(array)
    if bad.any():
        raise ValueError(f"{name} must be finite, got {array[bad][0]!r} at {int(bad.argmax())}")
    return array.astype(np.float64, copy=False)


def all_finite(name: str, array: Heights) -> None:
    """Refuse NaN and infinity, saying how many there are and where the first is; row by row, without a large temporary."""
    count, first = 0, None
    for start in range(0, len(array), 256):
        bad = ~np.isfinite(array[start : start + 256])
        here = int(np.count_nonzero(bad))
        if here and first is None:
            row, col = np.argwhere(bad)[0]
            first = (start + int(row), int(col))
        count += here
    if count:
        what = "value that is" if count == 1 else "values that are"
        raise ValueError(f"{name} must be finite, got {count} {what} not, the first at (row, column) = {first}")


def no_infinite(name: str, array: Heights) -> None:
    """Refuse infinite heights in an image where NaN marks missing pixels."""
    if np.isinf(array).any():
        raise ValueError(f"{name} must not have infinite heights; NaN marks missing pixels")


def shape_or_base(
    shape_value: tuple[int, int] | None, base: ArrayLike | None, *, minimum: int = 2
) -> tuple[tuple[int, int], NDArray[np.float64] | None]:
    """Return the shape of a synthetic surface, and the base it is built on as float64 if there is one."""
    if base is None:
        if shape_value is None:
            raise ValueError("shape must be given where base is not")
        rows, cols = shape("shape", shape_value, minimum=minimum)
        count("pixels", rows * cols, _MOST_PIXELS, f"shape = {(rows, cols)}")
        return (rows, cols), None
    no_file_name("base", base)
    heights = image("base", base).astype(np.float64, copy=False)
    if shape_value is not None and shape("shape", shape_value, minimum=minimum) != heights.shape:
        raise ValueError(f"base must have the shape {tuple(shape_value)}, got {heights.shape}")
    rows, cols = shape("base.shape", heights.shape, minimum=minimum)
    return (rows, cols), heights


def _number(name: str, value: Any) -> float:
    if isinstance(value, (bool, np.bool_, str, bytes, complex, np.complexfloating)) or np.ndim(value) > 0:
        raise TypeError(f"{name} must be a real number, got {value!r}")
    try:
        number = float(value)
    except OverflowError:
        raise ValueError(f"{name} must be finite, got an integer of {value.bit_length()} bits") from None
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a real number, got {value!r}") from None
    if not math.isfinite(number):
        raise ValueError(f"{name} must be finite, got {value!r}")
    return number
