"""Gwyddion's native files (.gwy): finding channels in them.

A file is the letters GWYP and one object. An object is a name, a size and components; a component is a name, a letter
for its type and a value, which may be an object again (gwyddion.net/documentation/user-guide-en/gwyfile-format.html).
The bytes are walked here, because what is not understood must survive unchanged, because the package gwyfile trusts
the sizes in a file: damaged ones keep it busy for ever, and because a film of gigabytes is listed by its names: only
what is asked for is read. gwyfile reads and writes the single values.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import struct
import time
from collections.abc import Iterator
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._files.regular import PathLike, open_regular
from .._text import decoded
from ..errors import FormatError
from . import _gwy_damage
from ._channels import Channel
from ._naming import direction_of, is_height

MAGIC = b"GWYP"
MOST_COMPONENTS = 1_000_000  # of one object; a channel has about ten, and a film a channel for each frame
#: Key in the metadata of a channel: the height that stands in its data for missing pixels, which its mask marks.
MISSING = b"afmnn missing"

_ATOMS = {"b": 1, "c": 1, "i": 4, "q": 8, "d": 8}
_ARRAYS = {"C": 1, "I": 4, "Q": 8, "D": 8}
_CHANNEL = re.compile(rb"/(0|[1-9]\d{0,8})/data")
_NUMBERED = re.compile(rb"/(\d{1,9})/")
_BLOCK = 8192  # bytes read at once around what is asked for: names and small values lie close together
_REMEMBERED = 4  # files whose directories are kept
_MOST_REMEMBERED = 200_000  # components of such a directory
_MOST_DAMAGES = 20  # places at which a container may be damaged; the file is searched once for each


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


class Bytes:
    """The bytes of an open file, read where they are asked for."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.size = file, size
        self._start, self._block = 0, b""

    def take(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` to before `stop`; fewer where the file has become shorter."""
        if start < self._start or stop > self._start + len(self._block):
            if stop - start > _BLOCK:
                self.file.seek(start)
                return self.file.read(stop - start)
            self._fill(start)
        return self._block[start - self._start : stop - self._start]

    def find_nul(self, position: int, stop: int) -> int:
        """Return where the first NUL at or behind `position` is, -1 if there is none before `stop`."""
        while position < stop:
            if not self._start <= position < self._start + len(self._block):
                self._fill(position)
                if not self._block:
                    return -1
            found = self._block.find(b"\0", position - self._start, stop - self._start)
            if found >= 0:
                return self._start + found
            position = self._start + len(self._block)
        return -1

    def read_into(self, buffer: Any, start: int) -> None:
        """Fill a buffer from `start`."""
        self.file.seek(start)
        if self.file.readinto(buffer) != len(buffer):  # type: ignore[attr-defined]
            raise FormatError("is truncated: it became shorter while it was read")

    def _fill(self, start: int) -> None:
        self.file.seek(start)
        self._start, self._block = start, self.file.read(_BLOCK)


class Directory(NamedTuple):
    """Where everything lies in a file."""

    start: int  # of what the container holds
    stop: int
    components: dict[bytes, Component]
    twice: frozenset[bytes]  # names of components that are there more than once
    channels: dict[int, Component]
    titles: dict[str, list[int]]  # numbers of the channels, for each title; filled when it is needed
    damage: str = ""  # what is wrong with the container; some of what was in it may be lost


class GwyFile:
    """The contents of a .gwy file that is open."""

    def __init__(self, content: Bytes, directory: Directory | None = None) -> None:
        self._fields: dict[int, Field] = {}
        self.content = content
        found = self._directory() if directory is None else directory
        self.directory = found
        self.start, self.stop, self.components, self.channels = found.start, found.stop, found.components, found.channels

    def _directory(self) -> Directory:
        content = self.content
        start = content.take(0, min(4, content.size))
        if start != MAGIC:
            old = " (it is one of Gwyddion before 2.0; open and save it there)" if start == b"GWYO" else ""
            raise FormatError("is empty" if not start else f"is not a Gwyddion file (.gwy){old}")
        end = self._text_end(4, content.size)
        name, first = content.take(4, min(end - 1, 104)), end + 4
        if name != b"GwyContainer":
            raise FormatError(f"is not a Gwyddion file of channels: it holds one {name[:40]!r}")
        stop, damage = first + self._number(end), ""
        if stop > content.size:  # the end is missing, of a copy that was broken off: what is there may be whole
            stop, damage = content.size, "is truncated or damaged: an object is larger than what holds it"
        components, twice, more = self._salvaged(first, stop)
        channels = {int(found[1]): each for key, each in components.items() if (found := _CHANNEL.fullmatch(key))}
        damage = damage or more
        if damage and not channels:
            raise FormatError(damage)
        numbered = {number: channels[number] for number in sorted(channels)}
        return Directory(first, stop, components, twice, numbered, {}, damage)

    def _salvaged(self, position: int, stop: int) -> tuple[dict[bytes, Component], frozenset[bytes], str]:
        """Return the components of the container, which are there twice, and what is wrong with it.

        Where a component is no component, or ends behind all that is there, those behind it are looked for by their names.
        """
        found: dict[bytes, Component] = {}
        twice: set[bytes] = set()
        damage = ""
        for _ in range(_MOST_DAMAGES):
            try:
                for name, component in self._walk(position, stop, found, twice):
                    found[name] = component
                    position = component.stop
                break
            except FormatError as error:
                damage = damage or str(error)
            cut = self._cut_off(position, stop)
            if cut is not None:
                found.setdefault(*cut)
            position = _gwy_damage.next_component(self.content.take, position + 1, stop)
        return found, frozenset(twice), damage

    def _cut_off(self, position: int, stop: int) -> tuple[bytes, Component] | None:
        """Return a channel that ends behind all that is there, so that it is listed; None if it is none."""
        end = self.content.find_nul(position, min(position + 20, stop))
        if end < 0 or end + 1 >= stop:
            return None
        name = self.content.take(position, end)
        if not _CHANNEL.fullmatch(name):
            return None
        return name, Component(self.content.take(end + 1, end + 2).decode("latin-1"), position, end + 2, stop)

    def title(self, number: int) -> str:
        """Return the title of a channel, empty if it has none."""
        try:
            title: str = self._value(self.components, b"/%d/data/title" % number, "s", "")
        except FormatError:  # not a text, which is no reason to do without the heights
            return ""
        return title

    @property
    def titles(self) -> dict[str, list[int]]:
        """Numbers of the channels with each title."""
        titles = self.directory.titles
        if not titles:
            found: dict[str, list[int]] = {}
            for number in self.channels:
                found.setdefault(self.title(number), []).append(number)
            titles |= found
        return titles

    def channel(self, number: int) -> Channel:
        """Return what is known of a channel, also what is wrong with it."""
        title = self.title(number)
        direction = direction_of(title, {})
        if direction == "unknown":
            direction = direction_of(title, {decoded(key): value for key, value in self.meta(number).items()})
        try:
            field = self.field(number)
        except FormatError as error:
            return Channel(number, title, (0, 0), str(error), direction=direction)
        return Channel(
            number,
            title,
            field.shape,
            size=field.size,
            unit_xy=field.unit_xy,
            unit_z=field.unit_z,
            direction=direction,
            is_height=is_height(title, field.unit_z),
        )

    def field(self, number: int) -> Field:
        """Return the data field of a channel, checked, without its heights."""
        key = b"/%d/data" % number
        twice = sorted(name for name in self.directory.twice if name in (key, b"/%d/mask" % number))
        if twice:
            raise FormatError(f"is damaged: there are two components {decoded(twice[0])!r}")
        if number not in self._fields:  # asked for when it is listed, read and written beside
            self._fields[number] = self._field(self.channels[number])
        return self._fields[number]

    def heights(self, number: int, field: Field) -> NDArray[np.float64]:
        """Return the heights of a channel; NaN where they are missing."""
        heights = self._numbers(field)
        fill = self.meta(number).get(MISSING)
        if fill is None:
            return heights
        with contextlib.suppress(ValueError):  # no number, or a mask that is none: somebody else's mark, or a broken one
            mask = self.mask(number)
            if mask is not None:
                # What has been filled in Gwyddion since then has other heights, and what it masks may be anything.
                heights[(mask >= 0.5) & (heights == float(fill))] = np.nan
        return heights

    def stored(self, number: int) -> NDArray[np.float64]:
        """Return the heights of a channel as they stand in the file, with those that stand for missing ones."""
        return self._numbers(self.field(number))

    def mask(self, number: int) -> NDArray[np.float64] | None:
        """Return the mask of a channel, None if it has none."""
        component = self.components.get(b"/%d/mask" % number)
        if component is None:
            return None
        if not self._is_field(component):
            raise FormatError("has a mask that is not a data field")
        field = self._field(component)
        if field.shape != self.field(number).shape:
            raise FormatError("has a mask whose shape is not that of its channel")
        return self._numbers(field)

    def meta(self, number: int) -> dict[bytes, str]:
        """Return the texts in the metadata of a channel; none if there are none, or they are damaged."""
        component = self.components.get(b"/%d/meta" % number)
        if component is None or component.kind != "o":
            return {}
        try:
            _, start, stop = self._object(component.value, component.stop)
            parts, _ = self._components(start, stop)
            return {key: self._value(parts, key, "s", "") for key, part in parts.items() if part.kind == "s"}
        except FormatError:
            return {}

    def log(self, number: int) -> list[str]:
        """Return the entries of Gwyddion's log of a channel; none if there is none, or it is damaged."""
        component = self.components.get(b"/%d/data/log" % number)
        if component is None or component.kind != "o":
            return []
        try:
            _, start, stop = self._object(component.value, component.stop)
            strings = self._components(start, stop)[0].get(b"strings")
            if strings is None or strings.kind != "S":
                return []
            return [decoded(raw) for raw in self.content.take(strings.value + 4, strings.stop).split(b"\0")[:-1]]
        except FormatError:
            return []

    def free_number(self) -> int:
        """Return the number that a new channel may have: above everything that is numbered."""
        return 1 + max((int(found[1]) for key in self.components if (found := _NUMBERED.match(key))), default=-1)

    def _is_field(self, component: Component) -> bool:
        return component.kind == "o" and self._object(component.value, component.stop)[0] == b"GwyDataField"

    def _field(self, component: Component) -> Field:
        if not self._is_field(component):
            raise FormatError("is not a data field")
        _, start, stop = self._object(component.value, component.stop)
        parts, twice = self._components(start, stop)
        if twice:
            raise FormatError(f"is damaged: its data field has two components {decoded(min(twice))!r}")
        shape = (self._value(parts, b"yres", "i", 0), self._value(parts, b"xres", "i", 0))
        data = parts.get(b"data")
        if min(shape) < 1 or data is None or data.kind != "D" or 4 + 8 * shape[0] * shape[1] != data.stop - data.value:
            raise FormatError(f"has a data field whose heights are not the {shape[0]} x {shape[1]} numbers it announces")
        size = (self._value(parts, b"yreal", "d", 1.0), self._value(parts, b"xreal", "d", 1.0))
        offset = (self._value(parts, b"yoff", "d", 0.0), self._value(parts, b"xoff", "d", 0.0))
        if not all(math.isfinite(length) for length in size + offset) or min(size) <= 0:
            raise FormatError(f"has a data field with the physical size {size[0]} x {size[1]} at {offset}")
        return Field(shape, size, offset, self._unit(parts, b"si_unit_xy"), self._unit(parts, b"si_unit_z"), data)

    def _numbers(self, field: Field) -> NDArray[np.float64]:
        numbers = np.empty(field.shape, "<f8")
        self.content.read_into(numbers.reshape(-1).view(np.uint8).data, field.data.value + 4)
        return numbers.astype(np.float64, copy=False)

    def _unit(self, parts: dict[bytes, Component], name: bytes) -> str:
        component = parts.get(name)
        if component is None:
            return ""
        if component.kind != "o":
            raise FormatError(f"has a data field whose {decoded(name)} is not a unit")
        _, start, stop = self._object(component.value, component.stop)
        unit: str = self._value(self._components(start, stop)[0], b"unitstr", "s", "")
        return unit

    def _value(self, parts: dict[bytes, Component], name: bytes, kind: str, default: Any) -> Any:
        component = parts.get(name)
        if component is None:
            return default
        if component.kind != kind:
            raise FormatError(f"has the component {decoded(name)!r} of type {component.kind!r}, not {kind!r}")
        raw = self.content.take(component.start, component.stop)
        if kind == "s":  # which gwyfile reads as UTF-8 only
            return decoded(raw[component.value - component.start : -1])
        try:
            return import_gwyfile().objects.component_from_buffer(raw)[1]
        except (ValueError, struct.error) as error:
            raise FormatError(f"has the component {decoded(name)!r} that cannot be read ({error})") from error

    def _object(self, position: int, stop: int) -> tuple[bytes, int, int]:
        """Return name, start and end of the components of the object at `position`, which must end before `stop`."""
        end = self._text_end(position, stop)
        start = end + 4
        if start > stop or (finish := start + self._number(end)) > stop:
            raise FormatError("is truncated or damaged: an object is larger than what holds it")
        return self.content.take(position, min(end - 1, position + 100)), start, finish

    def _components(self, position: int, stop: int) -> tuple[dict[bytes, Component], frozenset[bytes]]:
        """Return the components between two places, and which names are there twice; values are passed over."""
        found: dict[bytes, Component] = {}
        twice: set[bytes] = set()
        for name, component in self._walk(position, stop, found, twice):
            found[name] = component
        return found, frozenset(twice)

    def _walk(
        self, position: int, stop: int, found: dict[bytes, Component], twice: set[bytes]
    ) -> Iterator[tuple[bytes, Component]]:
        """Yield name and place of one component after the other; names that were `found` before become `twice`."""
        most = min(MOST_COMPONENTS, 100 + (stop - position) // 16)  # what is noted of one takes more memory than a tiny one
        while position < stop:
            value = self._text_end(position, stop) + 1
            if value > stop or len(found) >= most:
                raise FormatError("is damaged: an object has too many components, or a piece of one at its end")
            name = self.content.take(position, value - 2)
            kind = self.content.take(value - 1, value).decode("latin-1")
            end = self._value_end(kind, value, stop)
            if end > stop:
                raise FormatError(f"is truncated or damaged: the component {decoded(name[:40])!r} is larger than what holds it")
            if name in found:
                twice.add(name)
            yield name, Component(kind, position, value, end)
            position = end

    def _value_end(self, kind: str, position: int, stop: int) -> int:
        """Return where a value ends; it may lie beyond `stop`."""
        if kind in _ATOMS:
            return position + _ATOMS[kind]
        if kind == "s":
            return self._text_end(position, stop)
        if kind == "o":
            return self._object(position, stop)[2]
        if not kind or kind not in "CIQDSO":
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
        end = self.content.find_nul(position, stop)
        if end < 0:
            raise FormatError("is truncated or damaged: a text does not end")
        return end + 1

    def _number(self, position: int) -> int:
        return int.from_bytes(self.content.take(position, position + 4), "little")


#: Directories of the files that were read last. One frame of a film after the other would walk through all names each time.
_directories: dict[tuple[int, ...], Directory] = {}


@contextlib.contextmanager
def open_file(path: PathLike) -> Iterator[GwyFile]:
    """Open a .gwy file for reading; errors that are raised meanwhile name it."""
    with open_regular(path) as (file, size):
        key = _identity(os.fstat(file.fileno()))
        known = None if key is None else _directories.get(key)
        try:
            gwy = GwyFile(Bytes(file, size), known)
            if gwy.directory.damage and os.fstat(file.fileno()).st_size != size:
                raise FormatError(gwy.directory.damage)
        except FormatError:
            now = os.fstat(file.fileno()).st_size
            if now == size:
                raise
            gwy = GwyFile(Bytes(file, now))  # a channel was added between the two looks at it
        if key is not None and known is None and len(gwy.components) <= _MOST_REMEMBERED:
            for oldest in list(_directories)[: 1 - _REMEMBERED]:
                _directories.pop(oldest, None)
            _directories[key] = gwy.directory
        yield gwy


def _identity(info: os.stat_result) -> tuple[int, ...] | None:
    """Return what changes whenever a file does; None if it may change once more without that being seen.

    The time of a change has steps of some milliseconds, on file systems with whole seconds of two: what was written just now
    could be written again within the same step.
    """
    times = (info.st_mtime_ns, info.st_ctime_ns)
    step = 3_000_000_000 if any(t % 1_000_000_000 == 0 for t in times) else 100_000_000
    if max(times) > time.time_ns() - step:
        return None
    return (info.st_dev, info.st_ino, info.st_size, *times)


def import_gwyfile() -> Any:
    """Return the package gwyfile, which takes longer to import than everything here."""
    import gwyfile  # noqa: PLC0415 - see above
    import gwyfile.objects  # noqa: PLC0415

    return gwyfile
