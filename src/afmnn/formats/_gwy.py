"""Gwyddion's native files (.gwy): finding channels in them, and adding one.

A file is the letters GWYP and one object. An object is a name, a size and components; a component is a name, a letter
for its type and a value, which may be an object again (gwyddion.net/documentation/user-guide-en/gwyfile-format.html).
The bytes are walked here, because what is not understood must survive unchanged, and because the package gwyfile trusts
the sizes in a file: damaged ones keep it busy for ever. It reads and writes the single values.
"""

from __future__ import annotations

import math
import re
import struct
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import _check
from .._elementary import mean
from ..errors import FormatError, MissingExtraError
from ..image import Image
from ._atomic import atomic_writer
from ._files import PathLike, open_regular

_MAGIC = b"GWYP"
_ATOMS = {"b": 1, "c": 1, "i": 4, "q": 8, "d": 8}
_ARRAYS = {"C": 1, "I": 4, "Q": 8, "D": 8}
_MOST_COMPONENTS = 50_000  # of one object; a channel has about ten, its metadata at most some thousand
_LARGEST_OBJECT = 2**32 - 1
_CHANNEL = re.compile(r"/(0|[1-9]\d{0,8})/data", re.ASCII)
_NUMBERED = re.compile(r"/(\d{1,9})/", re.ASCII)


class Component(NamedTuple):
    """Where a component of an object lies in the file."""

    kind: str
    start: int  # of its name
    value: int  # of its value
    stop: int


class Field(NamedTuple):
    """A data field without its heights."""

    shape: tuple[int, int]
    size: tuple[float, float]
    offset: tuple[float, float]
    unit_xy: str
    unit_z: str
    data: Component


class GwyFile:
    """The contents of a .gwy file."""

    def __init__(self, content: bytes) -> None:
        self._gwyfile = import_gwyfile()
        self.content = content
        if content[:4] != _MAGIC:
            old = " (it is one of Gwyddion before 2.0; open and save it there)" if content[:4] == b"GWYO" else ""
            raise FormatError("is empty" if not content else f"is not a Gwyddion file (.gwy){old}")
        name, start, stop = self._object(4, len(content))
        if name != b"GwyContainer":
            raise FormatError(f"is not a Gwyddion file of channels: it holds one {name[:40]!r}")
        self.start, self.stop = start, stop
        self.components = self._components(start, stop)
        self.channels = {
            int(found[1]): component
            for key, component in self.components.items()
            if (found := _CHANNEL.fullmatch(key)) and component.kind == "o" and self._is_field(component)
        }

    def title(self, number: int) -> str:
        """Return the title of a channel, empty if it has none."""
        title: str = self._value(self.components, f"/{number}/data/title", "s", "")
        return title

    def field(self, component: Component) -> Field:
        """Return what is known of a data field, checked."""
        _, start, stop = self._object(component.value, component.stop)
        parts = self._components(start, stop)
        shape = (self._value(parts, "yres", "i", 0), self._value(parts, "xres", "i", 0))
        data = parts.get("data")
        if min(shape) < 1 or data is None or data.kind != "D" or 4 + 8 * shape[0] * shape[1] != data.stop - data.value:
            raise FormatError(f"has a data field whose heights are not the {shape[0]} x {shape[1]} numbers it announces")
        size = (self._value(parts, "yreal", "d", 1.0), self._value(parts, "xreal", "d", 1.0))
        offset = (self._value(parts, "yoff", "d", 0.0), self._value(parts, "xoff", "d", 0.0))
        if not all(math.isfinite(length) for length in size + offset) or min(size) <= 0:
            raise FormatError(f"has a data field with the physical size {size[0]} x {size[1]} at {offset}")
        return Field(shape, size, offset, self._unit(parts, "si_unit_xy"), self._unit(parts, "si_unit_z"), data)

    def heights(self, field: Field) -> NDArray[np.float64]:
        """Return the heights of a data field, as a copy that lets go of the file."""
        count = field.shape[0] * field.shape[1]
        return np.frombuffer(self.content, "<f8", count, field.data.value + 4).reshape(field.shape).astype(np.float64)

    def mask(self, number: int) -> NDArray[np.float64] | None:
        """Return the mask of a channel, None if it has none."""
        component = self.components.get(f"/{number}/mask")
        if component is None:
            return None
        if component.kind != "o" or not self._is_field(component):
            raise FormatError("has a mask that is not a data field")
        field = self.field(component)
        if field.shape != self.field(self.channels[number]).shape:
            raise FormatError("has a mask whose shape is not that of its channel")
        return self.heights(field)

    def free_number(self) -> int:
        """Return the number that a new channel may have: above everything that is numbered."""
        return 1 + max((int(found[1]) for key in self.components if (found := _NUMBERED.match(key))), default=-1)

    def _is_field(self, component: Component) -> bool:
        return self._object(component.value, component.stop)[0] == b"GwyDataField"

    def _unit(self, parts: dict[str, Component], name: str) -> str:
        component = parts.get(name)
        if component is None:
            return ""
        if component.kind != "o":
            raise FormatError(f"has a data field whose {name} is not a unit")
        _, start, stop = self._object(component.value, component.stop)
        unit: str = self._value(self._components(start, stop), "unitstr", "s", "")
        return unit

    def _value(self, parts: dict[str, Component], name: str, kind: str, default: Any) -> Any:
        component = parts.get(name)
        if component is None:
            return default
        if component.kind != kind:
            raise FormatError(f"has the component {name!r} of type {component.kind!r}, not {kind!r}")
        try:
            return self._gwyfile.objects.component_from_buffer(self.content[component.start : component.stop])[1]
        except (ValueError, struct.error) as error:  # text that is not UTF-8
            raise FormatError(f"has the component {name!r} that cannot be read ({error})") from error

    def _object(self, position: int, stop: int) -> tuple[bytes, int, int]:
        """Return name, start and end of the components of the object at `position`, which must end before `stop`."""
        end = self._text_end(position, stop)
        start = end + 4
        if start > stop or (finish := start + self._number(end)) > stop:
            raise FormatError("is truncated or damaged: an object is larger than what holds it")
        return self.content[position : min(end - 1, position + 100)], start, finish

    def _components(self, position: int, stop: int) -> dict[str, Component]:
        """Return the components between two places; values are passed over, not looked into."""
        found: dict[str, Component] = {}
        most = min(_MOST_COMPONENTS, 100 + (stop - position) // 16)  # what is noted of one takes more memory than a tiny one
        while position < stop:
            value = self._text_end(position, stop) + 1
            if value > stop or len(found) == most:
                raise FormatError("is damaged: an object has too many components, or a piece of one at its end")
            try:
                name = self.content[position : value - 2].decode("utf-8")
            except UnicodeDecodeError as error:
                raise FormatError(f"is damaged: a component has a name that is not UTF-8 ({error})") from error
            kind = chr(self.content[value - 1])
            end = self._value_end(kind, value, stop)
            if end > stop:
                raise FormatError(f"is truncated or damaged: the component {name[:40]!r} is larger than what holds it")
            if name in found:
                raise FormatError(f"is damaged: it has two components {name[:40]!r}")
            found[name] = Component(kind, position, value, end)
            position = end
        return found

    def _value_end(self, kind: str, position: int, stop: int) -> int:
        """Return where a value ends; it may lie beyond `stop`."""
        if kind in _ATOMS:
            return position + _ATOMS[kind]
        if kind == "s":
            return self._text_end(position, stop)
        if kind == "o":
            return self._object(position, stop)[2]
        if kind not in "CIQDSO":
            raise FormatError(f"is damaged or of a newer Gwyddion: it has a component of the unknown type {kind!r}")
        if position + 4 > stop:
            return position + 4
        count = self._number(position)
        position += 4
        if kind in _ARRAYS:
            return position + count * _ARRAYS[kind]
        for _ in range(count):  # ends at `stop` at the latest, as every item takes at least a byte
            position = self._text_end(position, stop) if kind == "S" else self._object(position, stop)[2]
        return position

    def _text_end(self, position: int, stop: int) -> int:
        end = self.content.find(b"\0", position, stop)
        if end < 0:
            raise FormatError("is truncated or damaged: a text does not end")
        return end + 1

    def _number(self, position: int) -> int:
        return int.from_bytes(self.content[position : position + 4], "little")


def read(path: PathLike) -> GwyFile:
    """Read a .gwy file; only what begins like one is taken into memory."""
    with open_regular(path) as (file, size):
        content = file.read(4)
        if content == _MAGIC:
            file.seek(0)
            content = file.read(size)  # without the size it would be put together from two pieces
        return GwyFile(content)


def write(path: PathLike, image: Image) -> None:
    """Write a file with one channel, whole or not at all."""
    _write(path, _MAGIC + b"GwyContainer\0", _channel(0, image, (0.0, 0.0)))


def append(file: GwyFile, path: PathLike, image: Image, like: int) -> int:
    """Write everything of `file`, byte by byte, and a channel that stands where the channel `like` does.

    Palette and aspect ratio are those of `like`, too. Returns the number of the channel.
    """
    number = file.free_number()
    field = file.field(file.channels[like])
    same_place = field.unit_xy == image.unit_xy and np.allclose(field.size, image.size, rtol=1e-6, atol=0.0)
    pieces = _channel(number, image, field.offset if same_place else (0.0, 0.0))
    for key in ("base/palette", "data/realsquare"):
        component = file.components.get(f"/{like}/{key}")
        if component is not None:
            value = file.content[component.value : component.stop]
            pieces.append(f"/{number}/{key}\0{component.kind}".encode() + value)
    content = memoryview(file.content)
    _write(path, content[: file.start - 4], [content[file.start : file.stop], *pieces], content[file.stop :])
    return number


def _write(path: PathLike, head: Any, pieces: list[Any], tail: Any = b"") -> None:
    """Write the beginning of the container, its size, what it holds, and what is behind it."""
    size = sum(len(piece) for piece in pieces)
    if size > _LARGEST_OBJECT:
        raise ValueError(f"image must leave the Gwyddion file below 4 GiB, got {size} bytes")
    with atomic_writer(path) as file:
        for piece in (head, struct.pack("<I", size), *pieces, tail):
            file.write(piece)


def _channel(number: int, image: Image, offset: tuple[float, float]) -> list[Any]:
    """Return a channel's components as bytes; missing heights, which the format cannot hold, become a mask."""
    component = import_gwyfile().objects.serialize_component
    heights = image.data
    missing = np.isnan(heights)
    pieces = []
    if missing.any():
        heights = np.where(missing, mean(heights[~missing]) if not missing.all() else 0.0, heights)
        pieces += _field(f"/{number}/mask", missing, image, offset, "")
    _check.all_finite("image", heights)
    pieces += _field(f"/{number}/data", heights, image, offset, image.unit_z)
    pieces.append(component(f"/{number}/data/title", _plain("title", image.title), "s"))
    pieces.append(component(f"/{number}/data/visible", True, "b"))
    return pieces


def _field(key: str, heights: NDArray[Any], image: Image, offset: tuple[float, float], unit_z: str) -> list[Any]:
    objects = import_gwyfile().objects
    heights = np.ascontiguousarray(heights, "<f8")
    values = [("xres", heights.shape[1], "i"), ("yres", heights.shape[0], "i")]
    values += [("xreal", image.size[1], "d"), ("yreal", image.size[0], "d"), ("xoff", offset[1], "d"), ("yoff", offset[0], "d")]
    values += [("si_unit_xy", objects.GwySIUnit(unitstr=_plain("unit_xy", image.unit_xy)), "o")]
    values += [("si_unit_z", objects.GwySIUnit(unitstr=_plain("unit_z", unit_z)), "o")]
    parts = b"".join(objects.serialize_component(*value) for value in values) + b"data\0D" + struct.pack("<I", heights.size)
    head = f"{key}\0oGwyDataField\0".encode() + struct.pack("<I", len(parts) + heights.nbytes) + parts
    return [head, heights.data.cast("B")]  # gwyfile would copy the heights four times


def _plain(name: str, text: str) -> str:
    if "\0" in text:
        raise ValueError(f"{name} must not contain the character NUL, got {text!r}")
    return text


def import_gwyfile() -> Any:
    """Return the package gwyfile, or say how to get it."""
    try:
        import gwyfile  # noqa: PLC0415 - an extra
        import gwyfile.objects  # noqa: PLC0415
    except ImportError as error:
        raise MissingExtraError("gwyfile", "gwy", "reading and writing .gwy files") from error
    return gwyfile
