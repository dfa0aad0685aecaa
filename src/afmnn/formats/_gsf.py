"""Gwyddion's simple field (.gsf): some lines of text, and heights as single-precision numbers.

The first line is ``Gwyddion Simple Field 1.0``, each of the others ``Name = value``; one to four NUL make the header's length a
multiple of four bytes, and what follows are the heights, row by row from the top, little-endian
(gwyddion.net/documentation/user-guide-en/gsf.html).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from .. import _check
from .._files.atomic import atomic_writer
from .._files.regular import PathLike
from .._text import decoded
from ..errors import FormatError
from ..image import Image
from ._channels import Channel
from ._naming import direction_of, is_height

_MAGIC = b"Gwyddion Simple Field 1.0\n"
_LONGEST_HEADER = 1 << 20
#: Line of a header that says that afmnn wrote the file as a result.
RESULT = "AfmnnResult"
#: Before the names of a record in a header: "source digest" is AfmnnSourceDigest.
_RECORD = "Afmnn"


class GsfFile:
    """The image of a .gsf file that is open."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        start = file.read(min(size, _LONGEST_HEADER))
        if not start.startswith(_MAGIC):
            raise FormatError("is empty" if not start else "is not a simple field of Gwyddion (.gsf)")
        end = start.find(b"\0")
        if end < 0:
            raise FormatError("is truncated or damaged: its header does not end")
        self.fields = dict(_lines(start[len(_MAGIC) : end]))
        self._begin = end + 4 - end % 4
        rows, cols = self._count("YRes"), self._count("XRes")
        if size - self._begin != 4 * rows * cols:
            raise FormatError(f"does not hold the {rows} x {cols} numbers that it announces, but {size - self._begin} bytes")
        self.shape = (rows, cols)
        self.size = (self._length("YReal"), self._length("XReal"))

    def channel(self) -> Channel:
        """Return what is known of the image."""
        title, unit = self.fields.get("Title", ""), self.fields.get("ZUnits", "")
        return Channel(
            0,
            title,
            self.shape,
            size=self.size,
            unit_xy=self.fields.get("XYUnits", ""),
            unit_z=unit,
            direction=direction_of(title, self.fields),
            is_height=is_height(title, unit),
        )

    def heights(self) -> NDArray[np.float32]:
        """Return the heights."""
        heights = np.empty(self.shape, "<f4")
        self._file.seek(self._begin)
        if self._file.readinto(heights.reshape(-1).view(np.uint8).data) != heights.nbytes:  # type: ignore[attr-defined]
            raise FormatError("is truncated: it became shorter while it was read")
        return heights.astype(np.float32, copy=False)

    def _count(self, name: str) -> int:
        text = self.fields.get(name, "")
        if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text) > 0):
            raise FormatError(f"has a header in which {name} must be a number of pixels, got {text[:40]!r}")
        return int(text)

    def _length(self, name: str) -> float:
        text = self.fields.get(name, "1")
        try:
            length = float(text)
        except ValueError:
            length = math.nan
        if not (math.isfinite(length) and length > 0):
            raise FormatError(f"has a header in which {name} must be a length, got {text[:40]!r}")
        return length


def record(gsf: GsfFile) -> dict[str, str]:
    """Return what a header says was done to a result."""
    names = {name: name.removeprefix(_RECORD) for name in gsf.fields if name.startswith(_RECORD) and name != RESULT}
    return {" ".join(re.findall("[A-Z][a-z]*", bare)).lower(): gsf.fields[name] for name, bare in names.items()}


def write(path: PathLike, image: Image, *, result: bool, record: Mapping[str, str] | None = None, overwrite: bool = True) -> None:
    """Write an image, whole or not at all, rounded to single precision and in units without a prefix."""
    image = image.in_base_units()
    heights = _single(image.data)
    fields: dict[str, Any] = {"XRes": image.shape[1], "YRes": image.shape[0]}
    fields |= {"XReal": repr(float(image.size[1])), "YReal": repr(float(image.size[0]))}
    texts = {"Title": image.title, "XYUnits": image.unit_xy, "ZUnits": image.unit_z}
    fields |= {name: " ".join(text.replace("\0", " ").split()) for name, text in texts.items() if text.strip("\0 \n")}
    if result:
        fields[RESULT] = 1
    for name, text in (record or {}).items():
        fields[_RECORD + name.title().replace(" ", "")] = " ".join(text.replace("\0", " ").split())
    header = _MAGIC + "".join(f"{name} = {value}\n" for name, value in fields.items()).encode("utf-8", "replace")
    with atomic_writer(path, overwrite=overwrite) as file:
        file.write(header + b"\0" * (4 - len(header) % 4))
        file.write(heights.data.cast("B"))


def _single(heights: NDArray[Any]) -> NDArray[np.float32]:
    """Return heights as the format holds them: missing ones are NaN, and none is infinite or becomes so."""
    with np.errstate(over="ignore"):
        single = np.ascontiguousarray(heights, "<f4")
    if np.isinf(single).any():
        _check.all_finite("image", np.where(np.isnan(heights), 0.0, heights))
        raise ValueError(f"image must have heights up to 3e38 for a .gsf file, got {np.nanmax(np.abs(heights)):g}")
    return single


def _lines(header: bytes) -> list[tuple[str, str]]:
    found = []
    for line in decoded(header).splitlines():
        name, equals, value = line.partition("=")
        if equals:
            found.append((name.strip(), value.strip()))
    return found
