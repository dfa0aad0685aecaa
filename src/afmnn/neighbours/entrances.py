"""The entrances of `apply`, `clean` and `level` for arrays of xarray and dask: what comes in is what goes out."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from .._guests import kind_of
from ..image import Image
from . import labels

#: Which argument is the image.
_IMAGE = "image"


def entrance(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Call a function of one image with an array of xarray or dask."""
    bound = inspect.signature(function).bind(*args, **kwargs)
    options = dict(bound.arguments)
    image = options.pop(_IMAGE)
    for name, value in options.items():
        if kind_of(value) is not None:
            raise TypeError(f"{name} must be an array of NumPy, got one of {kind_of(value)}")
    if kind_of(image) == "xarray":
        return _of_data_array(function, image, options)
    if kind_of(image) == "dask":
        return _of_dask(function, image, options, None)
    raise TypeError(f"image must be an array, got {type(image).__name__}")


def _of_data_array(function: Callable[..., Any], array: Any, options: dict[str, Any]) -> Any:
    """Call a function with each image of a DataArray, and put the results in the place of its heights."""
    _refuse(options, "a DataArray: pass image.values for it")
    turned, dims = labels.turned("image", array, options.pop("fast_axis", None))
    key, _ = labels.unit_of("image", array.attrs)
    model = labels.described("image", turned, dims, np.zeros(turned.shape[-2:], np.float32))
    if kind_of(turned.data) == "dask":
        data, unit = _of_dask(function, turned.data, options, model), result_unit(function, options, model)
    else:
        stack = np.asarray(turned.data)
        results = [function(image=model.replace(data=stack[index]), **options) for index in np.ndindex(stack.shape[:-2])]
        unit = results[0].unit_z
        data = results[0].data if stack.ndim == 2 else np.stack([each.data for each in results]).reshape(stack.shape)
    result = turned.copy(data=data).transpose(*array.dims)
    if unit != model.unit_z:
        result.attrs[key] = unit
    return result


def _refuse(options: dict[str, Any], what: str) -> None:
    """Refuse options that are for arrays in memory."""
    for name in ("out", "return_info", "progress"):
        if options.get(name) is not None and options[name] is not False:
            raise ValueError(f"{name} must be left out for {what}")


def result_unit(function: Callable[..., Any], options: dict[str, Any], model: Image) -> str:
    """Return the unit of what a function makes of an image; networks of Gwyddion may give another than the image has."""
    if function.__name__ != "apply":
        return model.unit_z
    from ..nn import height_units  # noqa: PLC0415
    from ..nn.network import as_network  # noqa: PLC0415

    return height_units.result_unit(as_network("network", options["network"]).units, model)


def _of_dask(function: Callable[..., Any], array: Any, options: dict[str, Any], model: Image | None) -> Any:
    if options.pop("fast_axis", None) is not None:
        raise ValueError("fast_axis must be left out for an array without names of dimensions: turn it (image.T)")
    from . import chunks  # noqa: PLC0415 - imports dask

    _refuse(options, "a dask array, whose results are made when they are computed")
    chunks.check_array("image", array)
    return chunks.whole_or_parts(function.__name__, array, options, model)
