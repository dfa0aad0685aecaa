"""The entrance of `evaluate` for arrays of xarray and dask: its figures need all pixels of an image, so that it is computed."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .._guests import kind_of
from . import labels


def entrance(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Call `evaluate` with images in place of arrays; a stack is a list of images."""
    options = dict(inspect.signature(function).bind(*args, **kwargs).arguments)
    fast_axis = options.pop("fast_axis", None)
    pairs, ideal = options.pop("pairs"), options.pop("ideal", None)
    if isinstance(pairs, tuple):
        pairs = [pairs] if len(pairs) != 2 else list(_zipped(_images(pairs[0], fast_axis), _images(pairs[1], fast_axis)))
        return function(pairs=pairs[0] if len(pairs) == 1 else pairs, **options)
    if isinstance(pairs, list):
        read = [
            tuple(_one(each, fast_axis) for each in item) if isinstance(item, tuple) else _one(item, fast_axis) for item in pairs
        ]
        ideals = None if ideal is None else [_one(each, fast_axis) for each in ideal]
        return function(pairs=read, ideal=ideals, **options)
    images, ideals = _images(pairs, fast_axis), _images(ideal, fast_axis)
    if ideals is None:
        return function(pairs=images[0] if len(images) == 1 else images, **options)
    both = _zipped(images, ideals)
    return function(pairs=both[0] if len(both) == 1 else both, **options)


def _zipped(images: Any, ideals: Any) -> list[tuple[Any, Any]]:
    if ideals is None:
        return [(image, None) for image in images]
    if len(images) != len(ideals):
        raise ValueError(f"ideal must have as many images as pairs ({len(images)}), got {len(ideals)}")
    return list(zip(images, ideals, strict=True))


def _one(value: Any, fast_axis: str | None) -> Any:
    if kind_of(value) is None:
        return value
    images = _images(value, fast_axis)
    if len(images) != 1:
        raise ValueError(f"pairs must have one image in each place of a list, got a stack of {len(images)}")
    return images[0]


def _images(value: Any, fast_axis: str | None) -> Any:
    """Return the images of an array, computed."""
    if value is None:
        return None
    if kind_of(value) is None:
        return [value]
    if kind_of(value) == "dask":
        from . import chunks  # noqa: PLC0415 - imports dask

        chunks.check_array("pairs", value)
        stack = np.asarray(value.compute())
        return [stack[index] for index in np.ndindex(stack.shape[:-2])]
    turned, dims = labels.turned("pairs", value, fast_axis)
    stack = np.asarray(turned.values)
    return [labels.described("pairs", turned, dims, stack[index]) for index in np.ndindex(stack.shape[:-2])]
