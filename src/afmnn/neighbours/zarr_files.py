"""Arrays of zarr in folders, of both versions of the format."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError, MissingExtraError
from .stores import Form, Key, Place, Stored, grid_of, refuse_missing

try:
    import zarr

    if not hasattr(zarr, "create_array"):  # before 3
        raise ImportError("zarr is too old")
except ImportError as error:
    raise MissingExtraError("zarr>=3.0.8", "zarr", "reading and writing arrays of zarr") from error

#: Sides of chunks where an array comes from a file that has none.
_SIDE = 1024
#: Compressors that change numbers: results are written as they are.
_LOSSY = ("zfpy",)


@contextlib.contextmanager
def _quiet(path: str) -> Iterator[None]:
    """Put errors of zarr into one line that names the file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what a reader need not know
        try:
            yield
        except (ValueError, TypeError, KeyError, RuntimeError, FileNotFoundError) as error:
            raise FormatError(f"{path}: is no array of zarr: {' '.join(str(error).split())}") from error


def candidates(path: str) -> dict[str, Any]:
    """Return the arrays of a folder by their names; one that is the folder has none."""
    with _quiet(path):
        found: Any = zarr.open(path, mode="r")
        if isinstance(found, zarr.Array):
            return {"": found}
        return {name: each for name, each in sorted(found.members(max_depth=None)) if isinstance(each, zarr.Array)}


def open_array(place: Place) -> Any:
    """Open an array."""
    with _quiet(str(place)):
        return zarr.open_array(place.path, path=place.name or None, mode="r")


def describe(place: Place) -> Stored:
    """Say what is known of an array."""
    array = open_array(place)
    with _quiet(str(place)):
        attributes = dict(array.attrs)
        dims = getattr(array.metadata, "dimension_names", None) or attributes.get("_ARRAY_DIMENSIONS")
        named = tuple(dims) if dims is not None and len(dims) == len(array.shape) else None
        return Stored(place, tuple(array.shape), np.dtype(array.dtype), tuple(array.chunks), array.shards, attributes, named)


def fingerprint(stored: Stored) -> str:
    """Return what tells whether an array has changed: sizes and times of its files; refuse one of which files are missing."""
    array = open_array(stored.place)
    folder = os.path.join(stored.place.path, stored.place.name)
    total = hashlib.sha256()
    sizes = stored.shards or array.chunks
    for index in itertools.product(*map(range, grid_of(stored.shape, sizes))):
        try:
            found = os.stat(os.path.join(folder, array.metadata.encode_chunk_key(index)))
        except FileNotFoundError:
            refuse_missing(str(stored.place), index, sizes, stored.shape)
        total.update(b"%d %d\n" % (found.st_size, found.st_mtime_ns))
    return total.hexdigest()


def create(place: Place, form: Form, like: Stored) -> None:
    """Make an array without heights, as compressed as the one that it is the result of."""
    options: dict[str, Any] = {}
    if like.place.kind == "zarr":
        source = open_array(like.place)
        version = source.metadata.zarr_format
        options["zarr_format"] = version
        if version == 2:
            options["chunk_key_encoding"] = {"name": "v2", "separator": source.metadata.dimension_separator}
        else:
            options["chunk_key_encoding"] = source.metadata.chunk_key_encoding
            options["dimension_names"] = form.dims
        names = [getattr(each, "codec_id", "") for each in source.compressors]
        if not source.compressors:
            options["compressors"] = None
        elif form.dtype == like.dtype and not set(names) & set(_LOSSY):  # codecs know the sizes of numbers
            options["compressors"] = source.compressors
    zarr.create_array(
        place.path,
        name=place.name or None,
        shape=form.shape,
        dtype=form.dtype,
        chunks=form.chunks or (*(1,) * (len(form.shape) - 2), *(min(_SIDE, n) for n in form.shape[-2:])),
        shards=form.shards,
        filters=None,  # some of which round
        fill_value=float("nan"),  # so that a chunk that is lost later does not look like heights
        attributes=form.attributes,
        config={"write_empty_chunks": True},
        **options,
    )


def write(place: Place, key: Key, block: NDArray[Any]) -> None:
    """Write whole chunks of an array, whatever is left there of a run that was killed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        array: Any = zarr.open_array(place.path, path=place.name or None, mode="r+")
    sizes = array.shards or array.chunks
    ranges = [range(each.start // size, -(-each.stop // size)) for each, size in zip(key, sizes, strict=True)]
    for index in itertools.product(*ranges):  # or zarr might read them, to change a part
        with contextlib.suppress(FileNotFoundError):
            os.unlink(os.path.join(place.path, place.name, array.metadata.encode_chunk_key(index)))
    array[key] = block
