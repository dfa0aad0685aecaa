"""Arrays of xarray and dask among the arguments of a public function: only where there are some, their module is imported."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

#: Package and name of the types that are guests; what is one of them is told without importing anything.
_TYPES = {("xarray", "DataArray"): "xarray", ("dask", "Array"): "dask"}


def kind_of(value: Any) -> str | None:
    """Return which package an array is of, "xarray" or "dask"; None for all others, and for what is no array."""
    for base in type(value).__mro__:
        kind = _TYPES.get((base.__module__.split(".", 1)[0], base.__name__))
        if kind is not None:
            return kind
    return None


def guests(place: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a public function take arrays of xarray and dask.

    `place` is the module in `afmnn.neighbours` whose ``entrance(function, args, kwargs)`` does it for them.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def welcoming(*args: P.args, **kwargs: P.kwargs) -> R:
            if not any(_has_guest(value) for value in (*args[:3], *kwargs.values())):
                if kwargs.get("fast_axis") is not None:
                    raise ValueError(f"fast_axis must be left out unless image is a DataArray, got {kwargs['fast_axis']!r}")
                return function(*args, **kwargs)
            entrance = importlib.import_module(f"{__package__}.neighbours.{place}").entrance
            result: R = entrance(function, args, kwargs)
            return result

        return welcoming

    return decorate


def _has_guest(value: Any) -> bool:
    """Whether a value is such an array, or a list or tuple of such, or of pairs with such."""
    if not isinstance(value, (list, tuple)):
        return kind_of(value) is not None
    return any(kind_of(each) is not None or (isinstance(each, tuple) and any(map(kind_of, each))) for each in value)
