"""level() on a large dask array: a plane that is fitted to all chunks when it is computed, and lines chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dask
import dask.array
import numpy as np
from numpy.typing import NDArray

from .. import _core
from .._check import heights_type
from ..correct.level import level
from ..correct.surfaces import Valid, why_not
from .chunks import whole_rows
from .lazy import blocks_of, read_again

#: What is taken off each line and depends on nothing but the line; where all of its pixels may be used, lines without any are
#: missing in whole, and it makes no difference what would be taken off them.
_BY_LINE = ("median", "trimmed_mean", "mode")

Plane = tuple[float, float, float, float]


def goes_in_parts(options: Mapping[str, Any]) -> bool:
    """Whether an image of several chunks need not be in one piece."""
    mask, method = options.get("mask"), options.get("method", "plane")
    if method == "plane":
        return not isinstance(mask, str)
    by_line = method == "rows" and options.get("rows", "median") in _BY_LINE and options.get("axis", 1) == 1
    return by_line and (mask is None or options.get("mask_mode") == "ignore")


def level_parts(array: Any, valid: Valid, options: Mapping[str, Any]) -> Any:
    """Return a dask array, levelled, in chunks of whole rows; `valid` has the pixels that a plane may be fitted to."""
    dtype = heights_type(array.dtype)
    array = whole_rows(array.astype(dtype))
    meta = np.empty((0, 0), dtype)
    if options.get("method", "plane") == "rows":
        chosen = {name: options[name] for name in ("rows", "trim") if name in options}
        return array.map_blocks(_level_lines, chosen, dtype=dtype, meta=meta)
    blocks, heights = blocks_of(array), array.chunks[0]
    sums = [
        dask.delayed(_sum_lines)(block, None if valid is None else valid[corner.row : corner.row + rows])
        for (block, corner), rows in zip(blocks, heights, strict=True)
    ]
    plane = dask.delayed(_fit_plane)(sums)
    firsts = [corner.row for _, corner in blocks]
    return read_again(array, plane).map_blocks(
        _take_off_plane, plane=plane, firsts=firsts, rows=array.shape[0], dtype=dtype, meta=meta
    )


def _sum_lines(block: NDArray[Any], valid: Valid) -> NDArray[np.float64]:
    """Return what a plane is fitted to, of each line of a chunk."""
    block = np.require(block, requirements="A")
    outcome, sums = _core.sum_lines(block, valid, 1)
    if outcome != "done":
        raise ValueError(why_not(outcome, block, 1))
    return sums


def _fit_plane(sums: Sequence[NDArray[np.float64]]) -> Plane:
    plane = _core.fit_plane(np.concatenate(sums))
    if plane is None:
        raise ValueError(why_not("no pixel", np.zeros(0), 1))
    return plane


def _take_off_plane(
    block: NDArray[Any], *, plane: Plane, firsts: Sequence[int], rows: int, block_info: Any = None
) -> NDArray[Any]:
    block = np.require(block, requirements="A")
    result = np.empty(block.shape, block.dtype)
    outcome = _core.take_off_plane(block, result, plane, firsts[block_info[None]["chunk-location"][0]], rows, 1)
    if outcome != "done":
        raise ValueError(why_not(outcome, block, 1))
    return result


def _level_lines(block: NDArray[Any], options: Mapping[str, Any]) -> NDArray[Any]:
    """Level whole rows, each for itself; of those without any height nothing is taken off."""
    if np.isnan(block).all():
        return np.array(block)
    result: NDArray[Any] = level(np.require(block, requirements="A"), "rows", **options)
    return result
