"""A program of its own that turns Nanosurf's files into Gwyddion's: ``python -m afmnn.formats._nsfopen IN OUT.gwy``.

NSFopen counts lines from below, as the instrument does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from .._text import decoded
from ..image import Image
from ._program import convert

_FRAMES = {
    "Scan forward": "Forward", "Scan backward": "Backward",
    "2nd scan forward": "2nd Forward", "2nd scan backward": "2nd Backward",
}  # fmt: skip


def _read(path: str) -> Iterator[Image]:
    return _read_nhf(path) if path.lower().endswith(".nhf") else _read_nid(path)


def _read_nid(path: str) -> Iterator[Image]:
    from NSFopen.read import nid_read  # noqa: PLC0415 - an extra

    file = nid_read(path, dataframe=False)
    header = file.param["HeaderDump"]
    groups = header["DataSet"]
    seen: set[tuple[str, str]] = set()
    for key in (f"Gr{g}-Ch{c}" for g in range(int(groups["GroupCount"])) for c in range(int(groups[f"Gr{g}-Count"]))):
        about = header[groups[key]] if key in groups else {}
        frame, name = _FRAMES.get(about.get("Frame", ""), ""), about.get("Dim2Name", "")
        if not frame:
            continue
        title = name if (frame, name) not in seen else f"{name}2"  # which NSFopen calls it then
        seen.add((frame, name))
        size = (float(about["Dim1Range"]), float(about["Dim0Range"]))
        unit_xy, unit_z = _mended(about["Dim0Unit"]), _mended(about["Dim2Unit"])
        yield _image(file.data["Image"][frame][title], size, unit_xy, unit_z, f"{_mended(title)} {frame.lower()}")


def _read_nhf(path: str) -> Iterator[Image]:
    import h5py  # noqa: PLC0415 - comes with NSFopen
    from NSFopen.read import nhf_read  # noqa: PLC0415

    data = nhf_read(path).data["Image"]
    with h5py.File(path, "r") as file:  # NSFopen has no units of heights, nor all sizes
        measurement = file[next(iter(file))]
        for segment in measurement.values():
            about = {**measurement.attrs, **segment.attrs}
            direction = _text(about.get("segment_name", about.get("name", "")))
            points, lines = about.get("rect_axis_size", (about.get("image_points_per_line"), about.get("image_number_of_lines")))
            width, height = about.get("rect_axis_range", (about.get("image_size_x"), about.get("image_size_y")))
            for dataset in segment.values():
                name = _text(dataset.attrs.get("signal_name", dataset.attrs.get("name", "")))
                unit = _text(dataset.attrs.get("signal_calibration_unit", dataset.attrs.get("base_calibration_unit", "")))
                if name not in data[direction]:
                    continue
                heights = np.asarray(data[direction][name]).reshape(int(lines), int(points))
                yield _image(heights, (float(height), float(width)), "m", unit, f"{name} {direction.lower()}")


def _mended(text: str) -> str:
    """Return a text that is UTF-8 in the file, which NSFopen takes for Latin-1; a degree as Gwyddion writes it."""
    text = decoded(text.encode("latin-1", "replace"))
    return "deg" if text == "°" else text


def _image(heights: Any, size: tuple[float, float], unit_xy: str, unit_z: str, title: str) -> Image:
    return Image(np.flipud(np.asarray(heights, np.float64)), size, unit_xy, unit_z, title)


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


if __name__ == "__main__":
    convert(_read)
