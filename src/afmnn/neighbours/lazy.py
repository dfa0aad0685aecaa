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
from .chunks import lend, whole_rows
from .gaps import box_of_all, box_of_block
from .measuring import first_look, first_of, scaling_of, second_look
from .parts import How, clean_part, fitting_chunks, how_of, reach_of
from .places import Corner, Part
from .requests import wanted_of


def apply_to_parts(array: Any, options: dict[str, Any], model: Image | None) -> Any:
    """Return what a network makes of an array of several chunks, as a dask array of these chunks."""
    network: Network = options["network"]
    how = how_of(options, model)
    dtype = heights_type(array.dtype)
    array = array.astype(dtype)
    reach = reach_of(network, how)
    array = _fitted(array, reach, how)
    box = dask.delayed(box_of_all)([dask.delayed(box_of_block)(*block) for block in blocks_of(array)]) if how.keep else None
    scaling, source = options.get("scaling"), array
    if scaling is None:
        power = power_of_result(network.scaling.kind, network.units, model)
        scaling = measured(network, array, power, box)
        source = read_again(array, scaling if box is None else [scaling, box])
    elif box is not None:
        source = read_again(array, box)
    widened = dask.array.overlap.overlap(source, depth=dict(enumerate(reach)), boundary="none", allow_rechunk=False)
    return widened.map_blocks(
        _part,
        network=lend(network),
        scaling=scaling,
        chunks=array.chunks,
        edges=tuple(np.cumsum([0, *sizes]).tolist() for sizes in array.chunks),
        how=how,
        box=box,
        dtype=dtype,
        meta=np.empty((0, 0), dtype),
    )


def _fitted(array: Any, reach: tuple[int, int], how: How) -> Any:
    """Return an array in chunks that are not smaller than what is looked at around them; of whole rows where some are missing."""
    what = "chunks must not be smaller than what a network sees around them"
    if how.keep:
        what = "with nan='keep' chunks must be whole rows, and not smaller than what is looked at around them"
    given = array.chunks
    array = whole_rows(array, reach[0]) if how.keep else array
    fitting = fitting_chunks(array.chunks, reach)
    if fitting != given:
        warn(f"image was rechunked to {fitting[0][0]} x {fitting[1][0]}: {what}, {reach[0]} x {reach[1]} pixels", UserWarning)
    return array if fitting == array.chunks else array.rechunk(fitting)


def measured(network: Network, array: Any, power: int, box: Any = None) -> Any:
    """Return the scaling of an array, to be computed; a small image is looked at in whole.

    `box`, to be computed, has the rows and columns with heights, where some may be missing.
    """
    if not is_small(array.shape):
        return lazy_scaling(network.scaling, array, power, box)
    return dask.delayed(_scaling_in_memory)(lend(network), array, power)


def _scaling_in_memory(network: Network, heights: NDArray[Any], power: int) -> Scaling:
    return measure(network.scaling, np.require(heights, requirements="A"), 1, power)


def lazy_scaling(trained: Scaling, array: Any, power: int, box: Any = None) -> Any:
    """Return the scaling of a dask array, to be computed; larger than what `scaling.py` looks at in whole."""
    if box is None:
        wanted = wanted_of(trained.kind, array.shape)
        lent = dask.delayed(wanted, name=f"afmnn-wanted-{dask.base.tokenize(trained.kind, array.shape)}", traverse=False)
        source = array
    else:
        lent, source = dask.delayed(wanted_of)(trained.kind, array.shape, box, keep=True), read_again(array, box)
    looks = [dask.delayed(first_look)(block, corner, lent) for block, corner in blocks_of(source)]
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
    box: Part | None = None,
    block_info: Any = None,
) -> NDArray[Any]:
    """Clean a chunk that has what lies around it where there is something; it may have come over a network, to any address."""
    i, j = block_info[None]["chunk-location"]
    part = Part(edges[0][i], edges[1][j], edges[0][i + 1], edges[1][j + 1])
    return clean_part(np.require(block, requirements="A"), part, (edges[0][-1], edges[1][-1]), network, scaling, how=how, box=box)
