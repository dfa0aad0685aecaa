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
from .measuring import Corner, check_finite

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


def how_of(options: dict[str, Any], model: Image | None) -> How:
    """Return how parts are cleaned, from arguments of `apply` that were checked."""
    network: Network = options["network"]
    border, cval = options.get("border", "reflect"), options.get("cval")
    for name, value in (("border", border), ("nan", options.get("nan", "raise"))):
        if value in ("average", "keep"):
            raise ValueError(f"{name} must not be {value!r} for an image that is cleaned in parts: pass it as one chunk")
    if border == "constant" and cval is None and network.scaling.kind == "min-max":
        raise ValueError("cval must be given for border='constant' and an image that is cleaned in parts, got None")
    return How(
        averages_flips(network, options.get("flips")),
        border,
        cval,
        options.get("strength", 1.0),
        training_factor(network.scaling, network.units, model) if options.get("scale_output") else None,
        resolve_threads(options.get("threads") or 1),
    )


def depth_of(network: Network) -> tuple[int, int]:
    """Return how many rows and columns a network sees on each side of a pixel."""
    rows, cols = network.extent
    return rows // 2, cols // 2


def fitting_chunks(chunks: Chunks, depth: tuple[int, int]) -> Chunks:
    """Return chunks none of which is smaller than what a network sees around it; those that there are where they are not."""
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


class Part(NamedTuple):
    """Rows and columns of a part of an image."""

    row: int
    col: int
    end_row: int
    end_col: int

    def widened(self, depth: tuple[int, int], whole: tuple[int, int]) -> Part:
        """Return the part with what lies around it, as far as there is something."""
        return Part(
            max(0, self.row - depth[0]),
            max(0, self.col - depth[1]),
            min(whole[0], self.end_row + depth[0]),
            min(whole[1], self.end_col + depth[1]),
        )

    def slices(self, begin: tuple[int, int] = (0, 0)) -> tuple[slice, slice]:
        """Return where it is in an array that begins at a pixel of the image."""
        return slice(self.row - begin[0], self.end_row - begin[0]), slice(self.col - begin[1], self.end_col - begin[1])


@plain
def clean_part(
    heights: NDArray[Any], part: Part, whole: tuple[int, int], network: Network, scaling: Scaling, *, how: How
) -> NDArray[Any]:
    """Clean a part of an image of the shape `whole`; `heights` have what the network sees around it, too."""
    wide = part.widened(depth_of(network), whole)
    check_finite(heights, Corner(wide.row, wide.col))
    inside = part.slices((wide.row, wide.col))
    if unchanged(scaling, how.strength):
        return np.array(heights[inside])
    cval = scaling.in_shift if how.border == "constant" and how.cval is None else how.cval
    linear = linear_scaling(scaling, how.strength, how.factor)
    out = np.empty(heights.shape, heights.dtype)
    place = Place(wide.row, wide.col, whole)
    beyond = Border(how.border, float(cval or 0.0))
    run_flips(network, heights, out, linear, beyond, place=place, flips=how.flips, threads=how.threads)
    return np.array(out[inside])
