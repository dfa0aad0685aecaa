"""Datasets of HDF5 files. Because one that was being written cannot be read after a crash, results are written in one go."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError, MissingExtraError
from .stores import Form, Key, Place, Stored, grid_of, refuse_missing

try:
    import h5py
except ImportError as error:
    raise MissingExtraError("h5py", "hdf5", "reading and writing HDF5 files") from error

#: What a dataset is called where the array that it is the result of has no name.
NAME = "image"


@contextlib.contextmanager
def _open(path: str, mode: str = "r") -> Iterator[Any]:
    """Open a file; an error is one line that names it."""
    try:
        file = h5py.File(path, mode)
    except OSError as error:
        raise _damaged(path, error) from error
    with file:
        yield file


def _damaged(path: str, error: OSError) -> FormatError:
    return FormatError(f"{path}: is no HDF5 file, or damaged: {' '.join(str(error).split())}")


class _Candidate(NamedTuple):
    shape: tuple[int, ...]
    dtype: np.dtype[Any]


def candidates(path: str) -> dict[str, Any]:
    """Return the datasets of a file by their names."""
    found: dict[str, Any] = {}

    def note(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset) and item.shape is not None:
            found[name] = _Candidate(item.shape, item.dtype)

    with _open(path) as file:
        file.visititems(note)
    return found


def open_array(place: Place) -> Any:
    """Open a dataset; the file is closed with the process."""
    try:
        return h5py.File(place.path, "r")[place.name]
    except OSError as error:
        raise _damaged(place.path, error) from error


def describe(place: Place) -> Stored:
    """Say what is known of a dataset."""
    with _open(place.path) as file:
        dataset = file[place.name]
        shape = tuple(dataset.shape)
        dims = [each.label or None for each in dataset.dims]
        attributes = {name: _plain(value) for name, value in dataset.attrs.items() if name not in _OF_SCALES}
        return Stored(place, shape, dataset.dtype, dataset.chunks, None, attributes, tuple(dims) if any(dims) else None)


#: Attributes that refer to other datasets of the file: they mean nothing in another.
_OF_SCALES = ("DIMENSION_LIST", "REFERENCE_LIST", "DIMENSION_LABELS", "CLASS", "NAME", "_Netcdf4Dimid", "_Netcdf4Coordinates")


def _plain(value: Any) -> Any:
    """Return an attribute as texts and numbers of Python, which any file can hold."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, np.ndarray):
        return _plain(value.ravel()[0]) if value.size == 1 else [_plain(each) for each in value.tolist()]
    if isinstance(value, list):
        return [_plain(each) for each in value]
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if plain is None or isinstance(plain, (str, int, float)) else str(plain)


def fingerprint(stored: Stored) -> str:
    """Return what tells whether a dataset has changed: size and time of its file; refuse one of which chunks are missing."""
    with _open(stored.place.path) as file:
        dataset = file[stored.place.name]
        if stored.chunks is None:
            if dataset.id.get_storage_size() == 0 and not dataset.external:
                raise FormatError(f"{stored.place}: was never written")
        else:
            grid = grid_of(stored.shape, stored.chunks)
            if dataset.id.get_num_chunks() < math.prod(grid):
                refuse_missing(str(stored.place), _first_missing(dataset, grid, stored.chunks), stored.chunks, stored.shape)
    info = os.stat(stored.place.path)
    return f"{info.st_size} {info.st_mtime_ns}"


def _first_missing(dataset: Any, grid: tuple[int, ...], chunks: tuple[int, ...]) -> tuple[int, ...]:
    """Return the index of the first chunk that was never written."""
    there = np.zeros(grid, bool)
    for number in range(dataset.id.get_num_chunks()):
        offset = dataset.id.get_chunk_info(number).chunk_offset
        there[tuple(begin // size for begin, size in zip(offset, chunks, strict=True))] = True
    return tuple(int(index) for index in np.argwhere(~there)[0])


def write_whole(
    place: Place,
    form: Form,
    like: Stored,
    blocks: Iterable[tuple[Key, NDArray[Any]]],
    progress: Callable[[int], object],
) -> None:
    """Write a file with a dataset, as compressed as the one that it is the result of."""
    options: dict[str, Any] = {}
    if like.place.kind == "hdf5" and form.chunks is not None:
        with _open(like.place.path) as source:
            dataset = source[like.place.name]
            if dataset.compression is not None:
                options = {"compression": dataset.compression, "compression_opts": dataset.compression_opts}
            options |= {"shuffle": dataset.shuffle, "fletcher32": dataset.fletcher32}  # not scaleoffset, which rounds
    with h5py.File(place.path, "w") as file:
        result = file.create_dataset(place.name or NAME, form.shape, form.dtype, chunks=form.chunks, **options)
        for name, value in form.attributes.items():
            _set(result.attrs, name, value)
        for dim, label in zip(result.dims, form.dims or (), strict=False):
            if label:
                dim.label = label
        for number, (key, block) in enumerate(blocks):
            result[key] = block
            progress(number + 1)
    with open(place.path, "r+b") as written:
        os.fsync(written.fileno())


def _set(attributes: Any, name: str, value: Any) -> None:
    """Set an attribute; one that HDF5 has no type for as text."""
    with contextlib.suppress(TypeError, ValueError):
        attributes[name] = value
        return
    attributes[name] = str(value)
