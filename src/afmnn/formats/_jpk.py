"""A program of its own that turns JPK's .h5-jpk files into Gwyddion's: ``python -m afmnn.formats._jpk IN OUT.gwy``.

A file has groups ``Measurement_...`` with groups ``Channel_...`` in them, one for each quantity and direction. Their array has a
row for each pixel, lines from below, and a column for each frame of a film. Numbers are what the converter gave; the attributes
say how to get from them to volts and on, slot by slot, to the unit that the instrument shows (``conversions.default``).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..image import Image
from ._naming import frame_title
from ._program import convert

_SLOTS = 20  # as many conversions as may follow each other; two are usual


def _read(path: str) -> Iterator[Image]:
    import h5py  # noqa: PLC0415 - an extra

    with h5py.File(path, "r") as file:
        for name in sorted(file):
            if name.startswith("Measurement"):
                for channel in sorted(file[name]):
                    if channel.startswith("Channel"):
                        yield from _frames(file[name][channel], {**file[name].attrs, **file[name][channel].attrs})


def _frames(group: Any, about: Mapping[str, Any]) -> Iterator[Image]:
    """Yield the images of a channel, one for each frame."""
    grid = "position-pattern.grid."
    columns, rows = int(about[f"{grid}ilength"]), int(about[f"{grid}jlength"])
    size = (float(about[f"{grid}vlength"]), float(about[f"{grid}ulength"]))
    multiplier, offset, unit = _scaling(about)
    direction = "retrace" if _text(about.get("retrace")) == "true" else "trace"
    title = f"{_text(about.get('channel.fancy-name')) or _text(about.get('channel.name'))} {direction}"
    from_below = _text(about.get(f"{grid}reflect")) != "true"
    for name, data in group.items():
        if name == "thumbnail":
            continue
        if data.ndim != 2 or data.shape[0] != rows * columns:
            raise ValueError(f"{group.name}/{name} must have {rows} x {columns} pixels, got an array of {data.shape}")
        raw = data[()]
        for number in range(raw.shape[1]):
            heights: NDArray[np.float64] = multiplier * raw[:, number].reshape(rows, columns) + offset
            about_it = frame_title(title, number, raw.shape[1])
            yield Image(np.flipud(heights) if from_below else heights, size, _text(about[f"{grid}unit.unit"]), unit, about_it)


def _scaling(about: Mapping[str, Any]) -> tuple[float, float, str]:
    """Return factor, offset and unit of what the instrument shows."""
    base, slot = _text(about.get("conversions.base")), _text(about.get("conversions.default"))
    names = []
    while slot != base and _text(about.get(f"conversion.{slot}.defined")) == "true":
        names.append(f"conversion.{slot}.")
        if len(names) > _SLOTS:
            raise ValueError("its conversions lead in a circle")
        slot = _text(about.get(f"conversion.{slot}.base-calibration-slot"))
    if slot != base:  # what it would start from is nowhere: better the unit of the converter than a wrong one
        names = []
    multiplier, offset, unit = 1.0, 0.0, ""
    for name in ("encoder.", *reversed(names)):
        if _text(about.get(f"{name}scaling.style")) != "offsetmultiplier":
            raise ValueError(f"{name}scaling.style must be offsetmultiplier, got {_text(about.get(f'{name}scaling.style'))!r}")
        factor, shift = float(about[f"{name}scaling.multiplier"]), float(about[f"{name}scaling.offset"])
        multiplier, offset = factor * multiplier, factor * offset + shift
        unit = _text(about.get(f"{name}scaling.unit.unit"))
    if not (math.isfinite(multiplier) and math.isfinite(offset)):
        raise ValueError(f"its scaling must be finite, got {multiplier} and {offset}")
    return multiplier, offset, unit


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else "" if value is None else str(value)


if __name__ == "__main__":
    convert(_read)
