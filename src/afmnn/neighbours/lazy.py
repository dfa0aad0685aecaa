"""apply() on a large dask array: its scaling measured when it is computed, then chunk by chunk."""

from __future__ import annotations

from typing import Any

import dask
import dask.array
import numpy as np
from dask.graph_manipulation import bind
from numpy.typing import NDArray

from .._check import heights_type
from .._warn import warn
from ..image import Image
from ..nn.height_units import power_of_result
from ..nn.network import Network
from ..nn.scaling import Scaling, is_small, measure
from .chunks import lend
from .measuring import Corner, first_look, first_of, scaling_of, second_look, wanted_of
from .parts import How, Part, clean_part, depth_of, fitting_chunks, how_of


def apply_to_parts(array: Any, options: dict[str, Any], model: Image | None) -> Any:
    """Return what a network makes of an array of several chunks, as a dask array of these chunks."""
    network: Network = options["network"]
    how = how_of(options, model)
    dtype = heights_type(array.dtype)
    array = array.astype(dtype)
    depth = depth_of(network)
    fitting = fitting_chunks(array.chunks, depth)
    if fitting != array.chunks:
        text = f"image was rechunked to {fitting[0][0]} x {fitting[1][0]}: chunks must not be smaller than what a network sees"
        warn(f"{text} around them, {depth[0]} x {depth[1]} pixels", UserWarning)
        array = array.rechunk(fitting)
    scaling, source = options.get("scaling"), array
    if scaling is None:
        power = power_of_result(network.scaling.kind, network.units, model)
        scaling = measured(network, array, power)
        source = read_again(array, scaling)
    widened = dask.array.overlap.overlap(source, depth=dict(enumerate(depth)), boundary="none", allow_rechunk=False)
    return widened.map_blocks(
        _part,
        network=lend(network),
        scaling=scaling,
        chunks=array.chunks,
        edges=tuple(np.cumsum([0, *sizes]).tolist() for sizes in array.chunks),
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
    return measure(network.scaling, np.require(heights, requirements="A"), 1, power)


def lazy_scaling(trained: Scaling, array: Any, power: int) -> Any:
    """Return the scaling of a dask array of finite heights, to be computed; larger than what `scaling.py` looks at in whole."""
    wanted = wanted_of(trained.kind, array.shape)
    lent = dask.delayed(wanted, name=f"afmnn-wanted-{dask.base.tokenize(trained.kind, array.shape)}", traverse=False)
    looks = [dask.delayed(first_look)(block, corner, lent) for block, corner in blocks_of(array)]
    first = dask.delayed(first_of)(looks, lent)
    counts = []
    if trained.kind != "min-max":
        counts = [dask.delayed(second_look)(block, corner, first) for block, corner in blocks_of(read_again(array, first))]
    return dask.delayed(scaling_of)(trained, first, counts, array.shape, power)


def read_again(array: Any, after: Any) -> Any:
    """Return an array whose chunks are read or made once more when `after` is known: nothing is held meanwhile.

    Because `bind` loses what is nothing but another name of a chunk, as in arrays that were rechunked, the chunks of before stay
    in the graph; those that nobody needs are left out when it is computed.
    """
    bound = bind(array, after)
    graph = {**dict(array.__dask_graph__()), **dict(bound.__dask_graph__())}
    return dask.array.Array(graph, bound.name, bound.chunks, dtype=array.dtype, meta=array._meta)


def blocks_of(array: Any) -> list[tuple[Any, Corner]]:
    """Return the chunks of an array of two dimensions, and where each begins."""
    starts = [np.cumsum([0, *chunks[:-1]]).tolist() for chunks in array.chunks]
    blocks = array.to_delayed()
    return [(blocks[i, j], Corner(row, col)) for i, row in enumerate(starts[0]) for j, col in enumerate(starts[1])]


def _part(
    block: NDArray[Any],
    network: Network,
    scaling: Scaling,
    edges: tuple[list[int], list[int]],
    *,
    how: How,
    block_info: Any = None,
) -> NDArray[Any]:
    """Clean a chunk that has what lies around it where there is something; it may have come over a network, to any address."""
    i, j = block_info[None]["chunk-location"]
    part = Part(edges[0][i], edges[1][j], edges[0][i + 1], edges[1][j + 1])
    return clean_part(np.require(block, requirements="A"), part, (edges[0][-1], edges[1][-1]), network, scaling, how=how)
