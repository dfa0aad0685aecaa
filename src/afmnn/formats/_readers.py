"""The images of a file that is open, whatever its format."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import operator
import os
from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Protocol

import numpy as np
from numpy.typing import NDArray

from .._files import npy
from .._files.regular import PathLike, open_regular
from .._warn import warn
from ..errors import FormatError
from ..image import Image
from . import _foreign, _gsf, _gwy, _npz_images
from ._channels import Channel, is_number, select

#: Of the formats that afmnn reads and writes itself; files with any other suffix are those of instruments.
SUFFIXES = (".gwy", ".npy", ".npz", ".gsf")


class Reader(Protocol):
    """The images of an open file."""

    def channels(self) -> list[Channel]:
        """List them, in the order of the file."""

    def find(self, wanted: int | str | None) -> Channel:
        """Return the one that is meant, see `select`."""

    def image(self, channel: Channel) -> Image:
        """Read one."""

    def mask(self, channel: Channel) -> NDArray[np.float64] | None:
        """Read the mask of one, None if it has none."""


@contextlib.contextmanager
def open_images(path: PathLike) -> Iterator[Reader]:
    """Open a file of images by its suffix; with none of `SUFFIXES` it is that of an instrument.

    Raises
    ------
    FormatError
        If it is of no known format, or not what its suffix says; also for what is wrong with it later, always with the path.
    OSError
        If it cannot be opened, or is a folder.
    """
    suffix = os.path.splitext(os.fsdecode(path))[1].lower()
    if suffix == ".gwy":
        with _gwy.open_file(path) as gwy:
            if gwy.directory.damage:
                if all(gwy.channel(number).problem for number in gwy.channels):
                    raise FormatError(gwy.directory.damage)
                about = f"{os.fsdecode(path)}: {gwy.directory.damage}; what can be found in it is read, the rest is lost"
                warn(about, UserWarning)
            yield GwyReader(path, gwy)
    elif suffix == ".npz":
        with npy.open_archive(path) as archive:
            yield _NpzReader(path, archive)
    elif suffix in (".npy", ".gsf"):
        with open_regular(path) as (file, size):
            yield _NpyReader(path, file, size) if suffix == ".npy" else _GsfReader(path, file, size)
    else:
        with _foreign.open_foreign(path) as converted:
            yield _ForeignReader(path, converted)


def suffix_of(path: PathLike) -> str:
    """Return the suffix of a file that afmnn reads and writes itself, refusing others."""
    name = os.fsdecode(path)
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in SUFFIXES:
        if os.path.isdir(name):
            raise IsADirectoryError(errno.EISDIR, "is a folder, not a file of an image", name)
        raise FormatError(f"{name}: images are files with the suffix {', '.join(SUFFIXES)}, not {suffix or 'none'}")
    return suffix


class GwyReader:
    """The channels of a .gwy file."""

    def __init__(self, path: PathLike, gwy: _gwy.GwyFile) -> None:
        self._path, self.gwy = path, gwy

    def channels(self) -> list[Channel]:
        return [self.gwy.channel(number) for number in self.gwy.channels]

    def find(self, wanted: int | str | None) -> Channel:
        """Return the channel that is meant; of a film, no others are looked at."""
        numbers = self._candidates(wanted)
        return self.gwy.channel(numbers[0]) if len(numbers) == 1 else select(self._path, self.channels(), wanted)

    def image(self, channel: Channel) -> Image:
        channel.check()
        number = int(channel.key)
        field = self.gwy.field(number)
        fields = {"size": field.size, "unit_xy": field.unit_xy, "unit_z": field.unit_z, "title": channel.title}
        return _npz_images.as_image(self.gwy.heights(number, field), **fields)

    def mask(self, channel: Channel) -> NDArray[np.float64] | None:
        channel.check()
        return self.gwy.mask(int(channel.key))

    def _candidates(self, wanted: Any) -> Sequence[int]:
        """Return the numbers of the channels that are meant, in the order of `select`."""
        if isinstance(wanted, str):
            number = int(wanted) if is_number(wanted) else -1
            return [number] if number in self.gwy.channels else self.gwy.titles.get(wanted, ())
        try:
            number = -1 if type(wanted) is bool else operator.index(wanted)
        except TypeError:
            return ()
        return [number] if number in self.gwy.channels else ()


class _ForeignReader(GwyReader):
    """The channels of an instrument's file, in units without a prefix."""

    def __init__(self, path: PathLike, converted: _foreign.Converted) -> None:
        super().__init__(path, converted.gwy)
        self.converted = converted

    def channels(self) -> list[Channel]:
        return [dataclasses.replace(channel, reader=self.converted.reader) for channel in super().channels()]

    def find(self, wanted: int | str | None) -> Channel:
        return dataclasses.replace(super().find(wanted), reader=self.converted.reader)

    def image(self, channel: Channel) -> Image:
        return super().image(channel).in_base_units()


class _GsfReader:
    """The image of a .gsf file."""

    def __init__(self, path: PathLike, file: BinaryIO, size: int) -> None:
        self._path, self._gsf = path, _gsf.GsfFile(file, size)

    def channels(self) -> list[Channel]:
        return [self._gsf.channel()]

    def find(self, wanted: int | str | None) -> Channel:
        return select(self._path, self.channels(), wanted)

    def image(self, channel: Channel) -> Image:
        fields = {"size": channel.size, "unit_xy": channel.unit_xy, "unit_z": channel.unit_z, "title": channel.title}
        return _npz_images.as_image(self._gsf.heights(), **fields)

    def mask(self, channel: Channel) -> None:
        return None


class _NpzReader:
    """The arrays of an .npz file."""

    def __init__(self, path: PathLike, archive: npy.Archive) -> None:
        self._path, self._archive = path, archive

    def channels(self) -> list[Channel]:
        return _npz_images.channels(self._archive)

    def find(self, wanted: int | str | None) -> Channel:
        if wanted is None and {"header", "layer_0"} <= set(self._archive.names):
            raise FormatError("is a network, not an image, see afmnn.load")
        return select(self._path, self.channels(), wanted)

    def image(self, channel: Channel) -> Image:
        return _npz_images.image(self._archive, channel)

    def mask(self, channel: Channel) -> None:
        return None


class _NpyReader:
    """The array of a .npy file."""

    def __init__(self, path: PathLike, file: BinaryIO, size: int) -> None:
        self._path, self._file = path, file
        self._header = npy.read_header(file)
        if len(self._header.shape) != 2 or 0 in self._header.shape:
            raise FormatError(f"holds an array of the shape {self._header.shape}, not an image")
        self._header.check_size(size)

    def channels(self) -> list[Channel]:
        return [Channel(0, "", (self._header.shape[0], self._header.shape[1]))]

    def find(self, wanted: int | str | None) -> Channel:
        return select(self._path, self.channels(), wanted)

    def image(self, channel: Channel) -> Image:
        self._file.seek(self._header.length)
        return _npz_images.as_image(npy.read_numbers(self._file, self._header))

    def mask(self, channel: Channel) -> None:
        return None
