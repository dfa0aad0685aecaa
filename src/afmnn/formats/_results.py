"""Which files are earlier results, so that nothing is lost when they are replaced."""

from __future__ import annotations

import os
import re

from .._files.html_head import GENERATOR
from .._files.npy import open_archive
from .._files.regular import PathLike, open_regular
from ..errors import FormatError
from . import _gsf, _npy_results, _npz_images, _records
from ._gwy import MISSING, GwyFile, open_file
from ._gwy_write import COPIED, ORIGINAL, RESULT, digest, digest_of_rest

_PART = re.compile(rb"/(\d{1,9})/(.*)", re.DOTALL)
_PARTS = {b"data", b"data/title", b"data/visible", b"data/log", b"mask", b"meta", *COPIED}
_PIECE = 1 << 20


def is_result(path: PathLike, source: PathLike | None = None) -> bool:
    """Whether a file is empty, or was written as a result and holds nothing else.

    A measured image, a network, and a mask or a graph that somebody has added to a result are something else. Of what stands in
    `source`, too, a copy in a .gwy file is not: results are written beside it.
    """
    suffix = os.path.splitext(os.fsdecode(path))[1].lower()
    try:
        if os.path.getsize(path) == 0:
            return True
        if suffix == ".npz":
            with open_archive(path) as archive:
                return _npz_images.is_result(archive)
        if suffix == ".gsf":
            with open_regular(path) as (file, size):
                return _gsf.RESULT in _gsf.GsfFile(file, size).fields
        if suffix == ".npy":
            return _npy_results.is_result(path)
        if suffix == ".html":
            with open_regular(path) as (file, _):
                return GENERATOR.encode() in file.read(4096)
        if suffix == ".gwy":
            with open_file(path) as gwy:
                return _holds_results(gwy, source)
    except FormatError:
        pass
    return False


def _holds_results(gwy: GwyFile, source: PathLike | None) -> bool:
    """Whether all that is in a .gwy file, or all behind a copy of `source`, are channels as they were written as results."""
    begin = _end_of_original(gwy) or gwy.start + (0 if source is None else _copied(gwy, source))
    if gwy.directory.damage or (begin == gwy.start and gwy.stop != gwy.content.size):
        return False  # something lies behind the container, or nobody knows what else there was
    numbers = set()
    for key, component in gwy.components.items():
        if component.start < begin:
            continue
        found = _PART.fullmatch(key)
        if found is None or found[2] not in _PARTS or key in gwy.directory.twice:
            return False
        numbers.add(int(found[1]))
    return all(number in gwy.channels and _is_unchanged(gwy, number) for number in numbers)


def _is_unchanged(gwy: GwyFile, number: int) -> bool:
    meta = gwy.meta(number)
    if RESULT not in meta or not all(key in (RESULT, MISSING, ORIGINAL) or _records.is_gwy_key(key) for key in meta):
        return False
    return meta[RESULT] == digest(gwy.title(number), gwy.stored(number), gwy.mask(number), meta)


def _end_of_original(gwy: GwyFile) -> int:
    """Return where the first result with a record begins, if what stands before it is as it was then; 0 otherwise."""
    for number in gwy.channels:
        original = gwy.meta(number).get(ORIGINAL)
        if original is not None:
            own = b"/%d/" % number
            begin = min(part.start for key, part in gwy.components.items() if key.startswith(own))
            return begin if digest_of_rest(gwy, begin) == original else 0
    return 0


def _copied(gwy: GwyFile, source: PathLike) -> int:
    """Return how many bytes of the container are those of another file, from its beginning: all of them, or none."""
    try:
        with open_file(source) as other:
            size = other.stop - other.start
            tail = other.content.size - other.stop
            same = (
                size <= gwy.stop - gwy.start
                and tail == gwy.content.size - gwy.stop
                and _same(other, other.start, gwy, gwy.start, size)
                and _same(other, other.stop, gwy, gwy.stop, tail)
            )
            return size if same else 0
    except (FormatError, OSError):
        return 0


def _same(one: GwyFile, start: int, other: GwyFile, begin: int, size: int) -> bool:
    for at in range(0, size, _PIECE):
        count = min(_PIECE, size - at)
        if one.content.take(start + at, start + at + count) != other.content.take(begin + at, begin + at + count):
            return False
    return True
