"""apply() on a large dask array: part by part, each with as much around it as the network sees."""

from __future__ import annotations

from typing import Any

import dask.array
import numpy as np
from dask.graph_manipulation import bind
from numpy.typing import NDArray

from .. import _check
from .._arithmetic import plain
from .._threads import resolve_threads
from .._warn import warn
from ..image import Image
from ..nn.apply import BORDERS, Border, Place, check_strength, linear_scaling, run_flips, unchanged
from ..nn.height_units import power_of_result, training_factor
from ..nn.methods import METHODS
from ..nn.network import Network, as_network
from ..nn.scaling import Scaling, is_small
from .chunks import lend, result_type
from .measuring import check_finite, lazy_scaling


def checked(array: Any, options: dict[str, Any], model: Image | None) -> dict[str, Any]:
    """Check the arguments of `apply` before any work, and return them with the network itself."""
    network = as_network("network", options["network"])
    _check.choice("border", options.get("border", "reflect"), BORDERS)
    _check.choice("nan", options.get("nan", "raise"), ("raise", "keep"))
    check_strength(options.get("strength", 1.0), network)
    if options.get("cval") is not None:
        _check.finite(cval=options["cval"])
    if options.get("threads") is not None:
        resolve_threads(options["threads"])
    _check.flag(scale_output=options.get("scale_output", False))
    if options.get("flips") is not None:
        _check.flag(flips=options["flips"])
        if options["flips"] and not METHODS[network.method].flips:
            raise ValueError(f"flips must be left out for networks of method {network.method!r}, got True")
    scaling = options.get("scaling")
    if scaling is not None and (not isinstance(scaling, Scaling) or scaling.kind != network.scaling.kind):
        raise ValueError(f"scaling must be a {network.scaling.kind!r} Scaling (see Network.measure), got {scaling!r}")
    power_of_result(network.scaling.kind, network.units, model)
    return {**options, "network": network}


def apply_to_parts(array: Any, options: dict[str, Any], model: Image | None) -> Any:
    """Return what a network makes of an array of several chunks, as a dask array of these chunks."""
    network: Network = options["network"]
    border, cval, strength = options.get("border", "reflect"), options.get("cval"), options.get("strength", 1.0)
    for name, value in (("border", border), ("nan", options.get("nan", "raise"))):
        if value in ("average", "keep"):
            raise ValueError(
                f"{name} must not be {value!r} for an array of several chunks: rechunk it to one (image.rechunk(-1))"
            )
    if border == "constant" and cval is None and network.scaling.kind == "min-max":
        raise ValueError("cval must be given for border='constant' and an array of several chunks, got None")
    dtype = np.dtype(result_type(array))
    array = array.astype(dtype)
    depth = tuple(n // 2 for n in network.extent)
    fitting = fitting_chunks(array, depth)
    if fitting != array.chunks:
        text = f"image was rechunked to {fitting[0][0]} x {fitting[1][0]}: its chunks are smaller than what the network sees around them"
        warn(f"{text}, {depth[0]} x {depth[1]} pixels", UserWarning)
        array = array.rechunk(fitting)
    scaling, source = options.get("scaling"), array
    if scaling is None:
        power = power_of_result(network.scaling.kind, network.units, model)
        scaling = measured(network, array, power)
        source = bind(array, scaling)  # read again, when the scaling is known: nothing is held meanwhile
    flips = options.get("flips")
    how = {
        "flips": bool(network.training.get("flips_averaged", False)) if flips is None else flips,
        "border": border,
        "cval": cval,
        "strength": strength,
        "factor": training_factor(network.scaling, network.units, model) if options.get("scale_output") else None,
        "threads": resolve_threads(options.get("threads") or 1),
    }
    widened = dask.array.overlap.overlap(source, depth=dict(enumerate(depth)), boundary="none", allow_rechunk=False)
    return widened.map_blocks(
        _part,
        network=lend(network),
        scaling=scaling,
        chunks=array.chunks,
        edges=tuple(np.cumsum([0, *sizes]).tolist() for sizes in array.chunks),
        depth=depth,
        how=how,
        dtype=dtype,
        meta=np.empty((0, 0), dtype),
    )


def measured(network: Network, array: Any, power: int) -> Any:
    """Return the scaling of an array, to be computed; a small image is looked at in whole."""
    if not is_small(array.shape):
        return lazy_scaling(network.scaling, array, power)
    return dask.delayed(_scaling_in_memory)(lend(network), array, power)


def _scaling_in_memory(network: Network, heights: NDArray[Any], power: int) -> Scaling:
    from ..nn.scaling import measure  # noqa: PLC0415

    return measure(network.scaling, np.asarray(heights), 1, power)


def fitting_chunks(array: Any, depth: tuple[int, int]) -> tuple[tuple[int, ...], ...]:
    """Return chunks none of which is smaller than what a network sees around it; those of the array where they are not."""
    return tuple(_merged(sizes, least) for sizes, least in zip(array.chunks, depth, strict=True))


def _merged(sizes: tuple[int, ...], least: int) -> tuple[int, ...]:
    """Return chunks that are joined with their neighbours until none is too small."""
    joined: list[int] = []
    for size in sizes:
        if joined and (joined[-1] < least or size == 0):
            joined[-1] += size
        else:
            joined.append(size)
    if len(joined) > 1 and joined[-1] < least:
        joined[-2:] = [joined[-2] + joined[-1]]
    return tuple(joined)


@plain
def _part(
    block: NDArray[Any],
    network: Network,
    scaling: Scaling,
    edges: tuple[list[int], list[int]],
    depth: tuple[int, int],
    how: dict[str, Any],
    block_info: Any = None,
) -> NDArray[Any]:
    """Clean a part of an image, that has what lies around it where there is something."""
    i, j = block_info[None]["chunk-location"]
    row, col = edges[0][i], edges[1][j]
    before = min(depth[0], row), min(depth[1], col)
    size = edges[0][i + 1] - row, edges[1][j + 1] - col
    whole = edges[0][-1], edges[1][-1]
    place = Place(row - before[0], col - before[1], whole)
    heights = np.asarray(block)
    check_finite(heights, place)  # type: ignore[arg-type]  # which has row and col
    inside = slice(before[0], before[0] + size[0]), slice(before[1], before[1] + size[1])
    if unchanged(scaling, how["strength"]):
        return heights[inside].copy()
    cval = how["cval"]
    if how["border"] == "constant" and cval is None:
        cval = scaling.in_shift
    out = np.empty(heights.shape, heights.dtype)
    linear = linear_scaling(scaling, how["strength"], how["factor"])
    beyond = Border(how["border"], float(cval or 0.0))
    run_flips(network, heights, out, linear, beyond, place=place, flips=how["flips"], threads=how["threads"])
    return out[inside].copy()
