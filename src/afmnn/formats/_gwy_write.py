"""Gwyddion's native files (.gwy): writing channels, into a file of their own or beside those of another."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import _check, _units
from .._elementary import mean
from .._files.atomic import atomic_writer
from .._files.regular import PathLike
from ..errors import FormatError
from ..image import Image
from . import _records
from ._gwy import MAGIC, MISSING, MOST_COMPONENTS, Field, GwyFile, import_gwyfile

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: Key in the metadata of a channel that is a result; its value is the `digest` of what was written.
RESULT = b"afmnn result"
#: Key in the metadata of a result with a record; its value is the `digest_of_rest` of what the file has beside such channels.
ORIGINAL = b"afmnn original"
#: What a result may have been given beside its data by `append`, of the channel that it was made from.
COPIED = (b"base/palette", b"data/realsquare")

_LARGEST_OBJECT = 2**32 - 1
_PIECE = 1 << 20  # bytes copied at once
_PARTS = 7  # components of a channel, at most; a log is one more


class NewChannel(NamedTuple):
    """A channel to be written."""

    image: Image
    result: bool  # whether it is one that can be made again
    like: int | None = None  # the channel that it stands beside, in the file that it is added to
    record: Mapping[str, str] | None = None  # what was done, for its metadata
    log: Sequence[str] = ()  # what was done, for Gwyddion's log


class ChangedError(Exception):
    """Somebody else has written to a file since it was read."""


class DamagedError(FormatError):
    """A channel cannot be added to a file whose container is damaged: what is added might make it worse."""


def write(path: PathLike, channels: Sequence[NewChannel], *, overwrite: bool = True) -> None:
    """Write a file of some channels, whole or not at all; those with a record behind all others."""
    _check_count(0, channels)
    pieces: list[Any] = []
    original = 0
    for number, channel in enumerate(channels):
        made = _channel(number, channel, (0.0, 0.0), f"{original:08x}")
        if channel.record is None:
            for piece in made:
                original = zlib.crc32(piece, original)
        pieces += made
    size = _size(pieces, 0)
    with atomic_writer(path, overwrite=overwrite) as file:
        for piece in (MAGIC + b"GwyContainer\0", struct.pack("<I", size), *pieces):
            file.write(piece)


def append(
    gwy: GwyFile, source: PathLike, path: PathLike, channels: Sequence[NewChannel], *, overwrite: bool = True
) -> list[int]:
    """Write everything of the open file `gwy`, byte by byte, and channels that stand where those do that they are like.

    Palette and aspect ratio are those of them, too. Returns the numbers of the channels.

    Raises
    ------
    ChangedError
        If `path` is the file itself, and it is not as it was read any more.
    """
    if gwy.directory.damage:
        raise DamagedError(f"{gwy.directory.damage}; because of that nothing can be added to it: write a file of its own")
    _check_count(len(gwy.components), channels)
    original = digest_of_rest(gwy, gwy.stop) if any(channel.record is not None for channel in channels) else ""
    first = gwy.free_number()
    pieces: list[Any] = []
    for number, channel in enumerate(channels, start=first):
        offset = (0.0, 0.0) if channel.like is None else _offset(gwy.field(channel.like), channel.image)
        pieces += _channel(number, channel, offset, original)
        for key in COPIED:
            part = None if channel.like is None else gwy.components.get(b"/%d/%s" % (channel.like, key))
            if part is not None:
                pieces.append(b"/%d/%s\0" % (number, key) + part.kind.encode() + gwy.content.take(part.value, part.stop))
    size = _size(pieces, gwy.stop - gwy.start)
    if _can_grow(gwy, path):
        _grow(gwy, source, pieces, size)
    else:
        with atomic_writer(path, overwrite=overwrite) as file:
            _copy(gwy, file, 0, gwy.start - 4)
            file.write(struct.pack("<I", size))
            _copy(gwy, file, gwy.start, gwy.stop)
            for piece in pieces:
                file.write(piece)
            _copy(gwy, file, gwy.stop, gwy.content.size)
    return list(range(first, first + len(channels)))


@contextlib.contextmanager
def locked(path: PathLike) -> Iterator[None]:
    """Let nobody else of us add to a file meanwhile: who reads it while it grows, and writes a new one, would lose a channel."""
    if fcntl is None:
        yield
        return
    while True:
        with open(os.fsdecode(path), "rb") as file:
            with contextlib.suppress(OSError):  # not on every network
                fcntl.flock(file, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(file.fileno()), os.stat(path)):  # not replaced by who held the lock before
                yield
                return


def digest(title: str, data: Any, mask: Any, meta: Mapping[bytes, str]) -> str:
    """Return what tells whether the title, the heights, the mask or the record of a result have been changed."""
    value = zlib.crc32(title.encode("utf-8", "replace"))
    for numbers in (data, mask):
        if numbers is not None:
            value = zlib.crc32(np.ascontiguousarray(numbers, "<f8").data.cast("B"), value)
    for key in sorted(meta.keys() - {RESULT, MISSING, _records.gwy_key("time")}):  # so that only times differ from run to run
        value = zlib.crc32(key + b"\0" + meta[key].encode("utf-8", "replace"), value)
    return f"{value:08x}"


def digest_of_rest(gwy: GwyFile, stop: int) -> str:
    """Return what tells whether anything of a file has been changed that stands before `stop`, or behind the container."""
    value = 0
    for begin, end in ((gwy.start, stop), (gwy.stop, gwy.content.size)):
        for position in range(begin, end, _PIECE):
            value = zlib.crc32(gwy.content.take(position, min(position + _PIECE, end)), value)
    return f"{value:08x}"


def _check_count(there: int, images: Sequence[NewChannel]) -> None:
    """Refuse what would not be read again: a file with more components than is plausible."""
    most = (MOST_COMPONENTS - there) // (_PARTS + any(channel.log for channel in images))
    if len(images) > most:
        raise ValueError(f"images must be at most {max(most, 0)} for the Gwyddion file to be readable, got {len(images)}")


def _size(pieces: Iterable[Any], there: int) -> int:
    size = there + sum(len(piece) for piece in pieces)
    if size > _LARGEST_OBJECT:
        raise ValueError(f"image must leave the Gwyddion file below 4 GiB, got {size} bytes")
    return size


def _offset(field: Field, image: Image) -> tuple[float, float]:
    """Return the offset of a channel in base units if an image lies in the same place, none otherwise."""
    base, power = _units.split(field.unit_xy)
    other, other_power = _units.split(image.unit_xy)
    one, two = ([_units.scaled_number(x, p) for x in s] for s, p in ((field.size, power), (image.size, other_power)))
    if base != other or not np.allclose(one, two, rtol=1e-6, atol=0.0):
        return 0.0, 0.0
    return _units.scaled_number(field.offset[0], power), _units.scaled_number(field.offset[1], power)


def _can_grow(gwy: GwyFile, path: PathLike) -> bool:
    """Whether `path` is the open file, and channels can be written behind all that is in it.

    Not where it has a second name: somebody's copy of yesterday would grow, too.
    """
    try:
        there = os.stat(path)
    except OSError:
        return False
    return os.path.samestat(there, os.fstat(gwy.content.file.fileno())) and there.st_nlink == 1 and gwy.stop == gwy.content.size


def _grow(gwy: GwyFile, path: PathLike, pieces: Iterable[Any], size: int) -> None:
    """Write behind the end of a file, and only when that is on the disk, the size that makes it part of the container.

    Whoever reads the file meanwhile, also after a power cut, sees what was there before: what lies behind the container's end
    does not count. So a film takes time for its frames, not for all that is there already, each time one is added.
    """
    name = os.fsdecode(path)
    with open(name, "r+b", buffering=0) as file:
        old = struct.pack("<I", gwy.stop - gwy.start)
        info = os.fstat(file.fileno())
        file.seek(gwy.start - 4)
        if not os.path.samestat(info, os.fstat(gwy.content.file.fileno())) or info.st_size != gwy.stop or file.read(4) != old:
            raise ChangedError
        try:
            file.seek(gwy.stop)
            for piece in pieces:
                _write_all(file, piece)
            os.fsync(file.fileno())
            file.seek(gwy.start - 4)
            _write_all(file, struct.pack("<I", size))
            os.fsync(file.fileno())
        except BaseException as error:
            with contextlib.suppress(OSError):
                file.seek(gwy.start - 4)
                _write_all(file, old)
            with contextlib.suppress(OSError):
                file.truncate(gwy.stop)
            if isinstance(error, OSError) and error.errno is not None:
                raise OSError(error.errno, f"{error.strerror}; nothing was written", name) from error
            raise


def _write_all(file: io.FileIO, piece: Any) -> None:
    """Write a piece to a file without a buffer, which may take it in parts."""
    rest = memoryview(piece).cast("B")
    while rest:
        rest = rest[file.write(rest) :]


def _copy(gwy: GwyFile, file: BinaryIO, start: int, stop: int) -> None:
    for position in range(start, stop, _PIECE):
        piece = gwy.content.take(position, min(position + _PIECE, stop))
        if len(piece) < min(_PIECE, stop - position):
            raise FormatError("is truncated: it became shorter while it was read")
        file.write(piece)


def _channel(number: int, channel: NewChannel, offset: tuple[float, float], original: str) -> list[Any]:
    """Return a channel's components as bytes; missing heights, which the format cannot hold, become a mask."""
    component = import_gwyfile().objects.serialize_component
    image = channel.image.in_base_units()
    heights, title = image.data, _plain("title", image.title)
    missing = np.isnan(heights)
    pieces, meta, mask = [], dict[bytes, str](), None
    if missing.any():
        _check.all_finite("image", np.where(missing, 0.0, heights))
        fill = float(heights.dtype.type(mean(heights[~missing]))) if not missing.all() else 0.0
        heights, mask = np.where(missing, fill, heights), missing
        pieces += _field(f"/{number}/mask", missing, image, offset, "")
        meta[MISSING] = repr(fill)
    else:
        _check.all_finite("image", heights)
    if channel.record is not None:
        meta |= {_records.gwy_key(name): _plain(name, text) for name, text in channel.record.items()} | {ORIGINAL: original}
    if channel.result:
        meta[RESULT] = digest(title, heights, mask, meta)
    pieces += _field(f"/{number}/data", heights, image, offset, image.unit_z)
    pieces.append(component(f"/{number}/data/title", title, "s"))
    pieces.append(component(f"/{number}/data/visible", True, "b"))
    if channel.log:
        entries = b"".join(_plain("log", entry).encode() + b"\0" for entry in channel.log)
        strings = b"strings\0S" + struct.pack("<I", len(channel.log)) + entries
        pieces.append(f"/{number}/data/log\0oGwyStringList\0".encode() + struct.pack("<I", len(strings)) + strings)
    if meta:
        texts = b"".join(component(key.decode(), value, "s") for key, value in meta.items())
        pieces.append(f"/{number}/meta\0oGwyContainer\0".encode() + struct.pack("<I", len(texts)) + texts)
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
    """Return a text as the format holds it: without NUL, and without what is no character."""
    if "\0" in text:
        raise ValueError(f"{name} must not contain the character NUL, got {text!r}")
    return text.encode("utf-8", "replace").decode("utf-8")
