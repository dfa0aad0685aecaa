"""apply() on a part of a large image, which has as much around it as the network sees."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._arithmetic import plain
from .._threads import resolve_threads
from ..image import Image
from ..nn.apply import Border, Place, linear_scaling, run_flips, unchanged
from ..nn.apply_options import averages_flips, check_options, check_scaling
from ..nn.height_units import power_of_result, training_factor
from ..nn.network import Network, as_network
from ..nn.scaling import Scaling
from .gaps import REACH, needs_rows_around
from .measuring import check_finite
from .places import Corner, Part, whole_of

Chunks = tuple[tuple[int, ...], ...]


def checked(options: dict[str, Any], model: Image | None) -> dict[str, Any]:
    """Check the arguments of `apply` before any work, and return them with the network itself."""
    network = as_network("network", options["network"])
    check_options(
        network,
        border=options.get("border", "reflect"),
        cval=options.get("cval"),
        nan=options.get("nan", "raise"),
        scale_output=options.get("scale_output", False),
        strength=options.get("strength", 1.0),
    )
    resolve_threads(options.get("threads"))
    averages_flips(network, options.get("flips"))
    if options.get("scaling") is not None:
        check_scaling(network, options["scaling"])
    power_of_result(network.scaling.kind, network.units, model)
    return {**options, "network": network}


class How(NamedTuple):
    """How all parts of an image are cleaned."""

    flips: bool
    border: str
    cval: float | None
    strength: float
    factor: float | None
    threads: int
    keep: bool = False  # whether heights may be missing


def how_of(options: dict[str, Any], model: Image | None) -> How:
    """Return how parts are cleaned, from arguments of `apply` that were checked."""
    network: Network = options["network"]
    border, cval = options.get("border", "reflect"), options.get("cval")
    if border == "average":
        raise ValueError(f"border must not be {border!r} for an image that is cleaned in parts: pass it as one chunk")
    if border == "constant" and cval is None and network.scaling.kind == "min-max":
        raise ValueError("cval must be given for border='constant' and an image that is cleaned in parts, got None")
    return How(
        averages_flips(network, options.get("flips")),
        border,
        cval,
        options.get("strength", 1.0),
        training_factor(network.scaling, network.units, model) if options.get("scale_output") else None,
        resolve_threads(options.get("threads") or 1),
        options.get("nan", "raise") == "keep",
    )


def depth_of(network: Network) -> tuple[int, int]:
    """Return how many rows and columns a network sees on each side of a pixel."""
    rows, cols = network.extent
    return rows // 2, cols // 2


def reach_of(network: Network, how: How) -> tuple[int, int]:
    """Return how many rows and columns around a part its result may depend on; parts with gaps are whole rows."""
    rows, cols = depth_of(network)
    return rows + (REACH if how.keep else 0), cols


def fitting_chunks(chunks: Chunks, depth: tuple[int, int]) -> Chunks:
    """Return chunks none of which is smaller than `depth`; those that there are where they are not."""
    return tuple(_merged(sizes, least) for sizes, least in zip(chunks, depth, strict=True))


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
def clean_part(
    heights: NDArray[Any],
    part: Part,
    whole: tuple[int, int],
    network: Network,
    scaling: Scaling,
    *,
    how: How,
    box: Part | None = None,
) -> NDArray[Any]:
    """Clean a part of an image of the shape `whole`; `heights` have what is around it, too, as far as `reach_of` says.

    `box` has the rows and columns of the whole that have heights, where some may be missing; None where none has.
    """
    depth, image = depth_of(network), whole_of(whole)
    wide = part.widened(reach_of(network, how), image)
    given = heights[part.slices(wide)]
    if not how.keep:
        check_finite(heights, Corner(wide.row, wide.col))
        box = image
    if unchanged(scaling, how.strength):
        out = np.array(given)
    else:
        out = np.full(given.shape, np.nan, given.dtype)
        seen = None if box is None else part.common(box)
        if box is not None and seen is not None and min(seen.shape) > 0:
            around = seen.widened(depth, box)
            if how.keep and needs_rows_around(heights[around.slices(wide)]):
                around = wide.common(box)
            made = _clean_inside(heights[around.slices(wide)], around, box, network, scaling, how)
            out[seen.slices(part)] = made[seen.slices(around)]
    if how.keep:
        out[~np.isfinite(given)] = np.nan
    return out


def _clean_inside(heights: NDArray[Any], around: Part, box: Part, network: Network, scaling: Scaling, how: How) -> NDArray[Any]:
    """Clean heights of a part of the rows and columns that have some: the image goes on beyond these as beyond its edge."""
    cval = scaling.in_shift if how.border == "constant" and how.cval is None else how.cval
    linear = linear_scaling(scaling, how.strength, how.factor).from_pixel(box.row, box.col)
    beyond = Border(how.border, float(cval or 0.0) + linear.height_at(box.row, box.col))
    out = np.empty(heights.shape, heights.dtype)
    place = Place(around.row - box.row, around.col - box.col, box.shape)
    run_flips(network, heights, out, linear, beyond, place=place, flips=how.flips, threads=how.threads)
    return out
