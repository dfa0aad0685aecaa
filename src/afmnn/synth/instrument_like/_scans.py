"""What `instrument_like` takes: one scan or several, each in one direction or both."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..._typing import Float64s
from ...image import Image, unwrap

#: Fewer lines, or pixels of a line, say nothing.
LEAST_SIDE = 16


class Scan(NamedTuple):
    """One scan: heights of the trace, of the retrace if there is one, NaN where missing."""

    name: str
    trace: Float64s
    retrace: Float64s | None
    unit: str
    pixel_size: tuple[float, float]


def read_scans(scans: Any) -> list[Scan]:
    """Return what an argument says, checked."""
    given = [scans] if _is_one(scans) else list(scans)
    if not given:
        raise ValueError("scans must be at least one scan, got an empty list")
    found = [_scan("scans" if len(given) == 1 else f"scans[{i}]", each) for i, each in enumerate(given)]
    units = {scan.unit for scan in found}
    if len(units) > 1:
        raise ValueError(f"scans must have heights in one unit, got {', '.join(repr(unit) for unit in sorted(units))}")
    return found


def _is_one(scans: Any) -> bool:
    """Whether it is one scan, and not a list of some: a pair of heights is one; a list of images is several."""
    if isinstance(scans, (Image, str, os.PathLike)):
        return True
    if isinstance(scans, np.ndarray):
        return True
    if isinstance(scans, tuple):
        return len(scans) == 2 and all(_is_heights(each) for each in scans)
    if isinstance(scans, Sequence):
        return bool(scans) and not any(_is_heights(each) or isinstance(each, (tuple, str, os.PathLike)) for each in scans)
    raise TypeError(f"scans must be a scan, a pair of (trace, retrace), a path, or a list of these, got {scans!r}")


def _is_heights(value: Any) -> bool:
    """Whether it is an image, rather than a row of one."""
    return isinstance(value, Image) or (isinstance(value, np.ndarray) and value.ndim != 1) or _depth(value) == 2


def _depth(value: Any) -> int:
    depth = 0
    while isinstance(value, (list, tuple)) and value:
        value, depth = value[0], depth + 1
    return depth


def _scan(name: str, value: Any) -> Scan:
    if isinstance(value, (str, os.PathLike)):
        value = _read(value)
    if isinstance(value, tuple) and len(value) == 2:
        trace, retrace = value
    elif isinstance(value, np.ndarray) and value.ndim == 3:
        if len(value) != 2:
            raise ValueError(f"{name} must be heights or a pair of them, got an array of shape {value.shape}")
        trace, retrace = value
    else:
        trace, retrace = value, None
    heights = _heights(name if retrace is None else f"the trace of {name}", trace)
    unit = trace.unit_z if isinstance(trace, Image) else ""
    other = None
    if retrace is not None:
        other = _heights(f"the retrace of {name}", retrace)
        if other.shape != heights.shape:
            raise ValueError(f"{name} must have both directions of one shape, got {heights.shape} and {other.shape}")
        unit_back = retrace.unit_z if isinstance(retrace, Image) else ""
        if unit_back != unit:
            raise ValueError(f"{name} must have both directions in one unit, got {unit!r} and {unit_back!r}")
    return Scan(name, heights, other, unit, trace.pixel_size if isinstance(trace, Image) else (1.0, 1.0))


def _heights(name: str, value: Any) -> Float64s:
    heights = np.array(unwrap(name, value, finite=False), dtype=np.float64)
    if np.isinf(heights).any():
        raise ValueError(f"{name} must not be infinite anywhere; NaN marks missing pixels")
    if min(heights.shape) < LEAST_SIDE:
        raise ValueError(
            f"{name} must have at least {LEAST_SIDE} lines of {LEAST_SIDE} pixels, because fewer tell nothing of an instrument, "
            f"got {heights.shape[0]} of {heights.shape[1]}"
        )
    there = ~np.isnan(heights)
    if 2 * np.count_nonzero(there) < heights.size:
        raise ValueError(
            f"{name} must have heights at half of its pixels at least, got {np.count_nonzero(there)} of {heights.size}"
        )
    low, high = float(heights[there].min()), float(heights[there].max())
    if low == high:
        raise ValueError(f"{name} must not have the same height everywhere, got {low:g}")
    return heights


def _read(path: str | os.PathLike[str]) -> Any:
    """Return both directions of a file, or the trace where it has one only."""
    from ...formats.images import read_image  # noqa: PLC0415 - formats import the instrument
    from ...formats.series import read_directions  # noqa: PLC0415

    try:
        return read_directions(path)
    except ValueError as error:
        if type(error) is not ValueError:  # a file that cannot be read at all
            raise
    return read_image(path)
