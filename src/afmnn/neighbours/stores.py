"""Arrays in files, zarr's and HDF5's: what is known of one, the heights of a part of it, and a new one like it."""

from __future__ import annotations

import errno
import functools
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from . import labels

#: What names of such files end in.
ZARR = (".zarr",)
HDF5 = (".h5", ".hdf5")
#: What stands between the name of a file and that of an array in it.
MARK = "::"
#: Files that say that a folder belongs to zarr.
_OF_ZARR = ("zarr.json", ".zarray", ".zgroup")

Key = tuple[slice, ...]


class Place(NamedTuple):
    """Where an array is: what kind of file, its path, and the array's name in it, empty for a zarr array that is the folder."""

    kind: str
    path: str
    name: str

    def __str__(self) -> str:
        return f"{self.path}{MARK}{self.name}" if self.name else self.path


class Stored(NamedTuple):
    """What is known of an array in a file."""

    place: Place
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunks: tuple[int, ...] | None  # that are compressed one by one; None where the numbers lie in one piece
    shards: tuple[int, ...] | None  # of several chunks, each a file
    attributes: dict[str, Any]
    dims: tuple[str | None, ...] | None


class Form(NamedTuple):
    """What a new array is like."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunks: tuple[int, ...] | None
    shards: tuple[int, ...] | None
    attributes: dict[str, Any]
    dims: tuple[str | None, ...] | None


class Kind(Protocol):
    """The module of a kind of file."""

    def candidates(self, path: str) -> dict[str, Any]:
        """Return the arrays of a file by their names, with shape and dtype."""

    def describe(self, place: Place) -> Stored:
        """Say what is known of an array."""

    def open_array(self, place: Place) -> Any:
        """Open an array to read parts of it by slices."""

    def fingerprint(self, stored: Stored) -> str:
        """Return what tells whether an array has changed; refuse one of which chunks are missing."""


def split_name(text: str) -> tuple[str, str]:
    """Split ``FILE::NAME``."""
    path, _, name = text.partition(MARK)
    return path, name.strip("/")


def kind_of(path: str) -> str | None:
    """Return whose file a path names, "zarr" or "hdf5"; None if it is another's."""
    if os.path.isdir(path):
        return "zarr" if path.rstrip("/").lower().endswith(ZARR) or is_zarr(path) else None
    suffix = os.path.splitext(path)[1].lower()
    return "zarr" if suffix in ZARR else "hdf5" if suffix in HDF5 else None


def is_zarr(path: str) -> bool:
    """Whether a folder belongs to zarr."""
    return any(os.path.isfile(os.path.join(path, name)) for name in _OF_ZARR)


def module_of(kind: str) -> Kind:
    """Return what reads a kind of file; it imports what is of an extra."""
    if kind == "zarr":
        from . import zarr_files  # noqa: PLC0415

        return zarr_files
    from . import hdf5_files  # noqa: PLC0415

    return hdf5_files


def find(text: str) -> Stored:
    """Find the array that ``FILE`` or ``FILE::NAME`` means, and say what is known of it.

    Raises
    ------
    ValueError, TypeError
        If the file has no such array, several of which none is named, or one that is no image nor a stack of such.
    OSError
        If it cannot be read.
    MissingExtraError
        If zarr or h5py is not there.
    """
    path, name = split_name(text)
    if path.lower().endswith((".zip", ".zarr.zip")):
        raise ValueError(f"{path}: is a zip file; arrays of zarr are read from folders: unpack it")
    if not os.path.exists(path):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    kind = kind_of(path)
    if kind is None:
        raise ValueError(f"{path}: is no array of zarr and no HDF5 file, whose names end in {', '.join((*ZARR, *HDF5))}")
    if (kind == "zarr") != os.path.isdir(path):
        raise FormatError(f"{path}: is a {'file, and arrays of zarr are folders' if kind == 'zarr' else 'folder'}")
    stored = module_of(kind).describe(Place(kind, path, _chosen(kind, path, name)))
    _check_image(stored)
    return stored


def _chosen(kind: str, path: str, name: str) -> str:
    """Return the name of the array that is meant: the one that is named, or the only one that can be an image."""
    found = module_of(kind).candidates(path)
    if name in found:
        return name
    images = [each for each, array in found.items() if len(array.shape) >= 2 and array.dtype.kind in "fiu"]
    listed = ", ".join(f"{path}{MARK}{each}" for each in (images or found)) or "none"
    if name:
        raise ValueError(f"{path}: has no array {name!r}; it has {listed}")
    if not images:
        raise ValueError(f"{path}: has no array of two dimensions or more with real numbers; it has {listed}")
    if len(images) > 1:
        raise ValueError(f"{path}: has {len(images)} arrays; name one of {listed}")
    return images[0]


def _check_image(stored: Stored) -> None:
    """Refuse what is no image, nor a stack of such."""
    name = str(stored.place)
    if len(stored.shape) < 2:
        raise ValueError(f"{name}: must be two-dimensional (rows, columns), or a stack of such, got shape {stored.shape}")
    labels.check_numbers(f"{name}:", stored)
    along = [dim.lower() if isinstance(dim, str) else "" for dim in (stored.dims or (None,) * 2)[-2:]]
    if along[0] in labels.FAST and along[1] in labels.SLOW:
        raise ValueError(f"{name}: must have scan lines along its last dimension, got dimensions {stored.dims}")


@functools.lru_cache(maxsize=4)
def opened(place: Place) -> Any:
    """Return an array that is open; each process opens it once."""
    return module_of(place.kind).open_array(place)


def read(place: Place, key: Key, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Read a part of an array, as heights of a type.

    Raises
    ------
    FormatError
        If the file is damaged there.
    """
    try:
        found = np.asarray(opened(place)[key])
    except MemoryError:
        raise
    except Exception as error:  # codecs raise what they like
        *_, rows, cols = key
        where = f"rows {rows.start} to {rows.stop - 1}, columns {cols.start} to {cols.stop - 1}"
        raise FormatError(f"{place}: cannot be read at {where}: {' '.join(str(error).split())}") from error
    return np.require(found.astype(dtype, copy=False), requirements=["A", "C"])


def refuse_missing(name: str, missing: Sequence[int], chunks: Sequence[int], shape: Sequence[int]) -> NoReturn:
    """Refuse an array with a chunk that was never written; `missing` is its index."""
    begins = [index * size for index, size in zip(missing, chunks, strict=True)]
    ends = [min(begin + size, whole) - 1 for begin, size, whole in zip(begins, chunks, shape, strict=True)]
    where = f"rows {begins[-2]} to {ends[-2]}, columns {begins[-1]} to {ends[-1]}"
    raise FormatError(f"{name}: the chunk {tuple(missing)} ({where}) is missing: it was lost, or never written")


def grid_of(shape: Sequence[int], chunks: Sequence[int]) -> tuple[int, ...]:
    """Return how many chunks there are along each dimension."""
    return tuple(math.ceil(n / size) for n, size in zip(shape, chunks, strict=True))


def result_form(stored: Stored, dtype: np.dtype[Any], lead: tuple[int, ...], attributes: Mapping[str, Any]) -> Form:
    """Return what a result of an array is like: cut into chunks as it is, where images of a stack are not put apart."""
    chunks, shards = stored.chunks, stored.shards
    if chunks is not None:
        chunks = (*map(min, chunks[:-2], lead), *chunks[-2:])
    if shards is not None:
        shards = (*map(min, shards[:-2], lead), *shards[-2:])
    return Form(stored.shape, dtype, chunks, shards, dict(attributes), stored.dims)
