"""Functions of one image on dask arrays: images in one piece each, or, for `apply`, a large one part by part."""

from __future__ import annotations

import math
from typing import Any

import dask
import dask.array
import numpy as np
from numpy.typing import NDArray

from .._check import heights_type
from .._warn import warn
from ..correct.level import checked
from ..image import Image
from . import parts
from .labels import check_numbers

#: Pixels of an image that is done in one piece, however it is chunked, where a stack has several.
MOST_PIXELS = 1 << 26


def check_array(name: str, array: Any) -> None:
    """Refuse what is no image, or a stack of such, before any work."""
    if array.ndim < 2:
        raise ValueError(f"{name} must be two-dimensional (rows, columns), or a stack of such, got shape {array.shape}")
    if any(math.isnan(n) for n in array.shape):
        raise ValueError(f"{name} must have chunks of known sizes: call its compute_chunk_sizes() first")
    check_numbers(name, array)


def whole_or_parts(name: str, array: Any, options: dict[str, Any], model: Image | None) -> Any:
    """Return the results of a function on all images of an array, as a dask array."""
    if name == "apply":
        options = parts.checked(options, model)
        if array.ndim == 2 and array.npartitions > 1:
            from . import lazy  # noqa: PLC0415 - which needs this module

            return lazy.apply_to_parts(array, options, model)
    if name == "level":
        from . import levelling  # noqa: PLC0415 - which needs this module

        valid = checked(array.shape[-2:], **options)
        if array.ndim == 2 and array.npartitions > 1 and levelling.goes_in_parts(options):
            return levelling.level_parts(array, valid, options)
    if array.ndim == 2 and array.npartitions > 1:
        warn(f"image was rechunked to one piece of {array.shape}, which {name} needs", UserWarning)
    # Threads: a scheduler has many, and one for each image is as good.
    options = {**options, "threads": options.get("threads") or 1} if name != "level" else options
    network = options.pop("network", None)
    lent = None if network is None else lend(network)
    one = array.rechunk({-2: -1, -1: -1})
    if one.ndim > 2 and any(n > 1 for n in one.chunksize[:-2]):
        one = one.rechunk(dict.fromkeys(range(one.ndim - 2), 1)) if math.prod(one.chunksize) > MOST_PIXELS else one
    meta = np.empty((0,) * array.ndim, heights_type(array.dtype))
    return one.map_blocks(_each_image, name, options, network=lent, model=model, dtype=meta.dtype, meta=meta)


def whole_rows(array: Any, least: int = 1) -> Any:
    """Return an image in chunks of whole rows, of `least` rows or more each; the image itself if it is."""
    if array.numblocks[1] == 1:
        return array
    rows = max(least, min(array.chunksize[0], MOST_PIXELS // array.shape[1]))
    return array.rechunk((rows, -1))


def lend(network: Any) -> Any:
    """Return a network as one node of the graph: it travels once to each worker, not with every task."""
    from ..nn.digest import network_digest  # noqa: PLC0415
    from ..nn.network import as_network  # noqa: PLC0415

    found = as_network("network", network)
    return dask.delayed(found, name=f"afmnn-network-{network_digest(found)}", traverse=False)


def _each_image(
    block: NDArray[Any], name: str, options: dict[str, Any], network: Any = None, model: Image | None = None
) -> NDArray[Any]:
    """Call a function with each image of a block of a stack."""
    import afmnn  # noqa: PLC0415 - by its name, because the function itself would not travel

    function, given = getattr(afmnn, name), options if network is None else {**options, "network": network}
    result: NDArray[Any] | None = None
    block = np.require(block, requirements="A")  # what came over a network may lie anywhere
    for index in np.ndindex(block.shape[:-2]):
        image = block[index] if model is None else model.replace(data=block[index])
        made = function(image=image, **given)
        heights = made.data if isinstance(made, Image) else made
        if result is None:
            result = np.empty(block.shape, heights.dtype)
        result[index] = heights
    return block if result is None else result
