"""What was done to a result, as names and texts in its file: how each format writes that, and reading it again."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

from .._files.npy import open_archive
from .._files.regular import PathLike, open_regular
from ..errors import FormatError
from . import _gsf, _npy_results, _npz_images
from ._gwy import open_file

_GWY = b"afmnn "
_NAME = re.compile(r"[a-z]+( [a-z]+)*")
#: A name that every record has.
_ALWAYS = "source digest"
#: The name of what is the same for all results that were written at once.
_ORIGINAL = "original"


def gwy_key(name: str) -> bytes:
    """Return the key of a name in the metadata of a .gwy channel."""
    return _GWY + name.encode()


def is_gwy_key(key: bytes) -> bool:
    """Whether a key of such metadata is one of ours."""
    return key.startswith(_GWY)


def read_records(path: PathLike) -> list[dict[str, str]]:
    """Return the records of the results in a file; none where it has none, is damaged, or is not there."""
    suffix = os.path.splitext(os.fsdecode(path))[1].lower()
    found: list[dict[str, str]] = []
    try:
        if suffix == ".gwy":
            with open_file(path) as gwy:
                found += [_of_gwy(gwy.meta(number)) for number in gwy.channels]
                # What was cleaned may have been a result itself: those that were written last stand behind all others.
                marks = [record[_ORIGINAL] for record in found if _ORIGINAL in record]
                found = [record for record in found if _ORIGINAL in record and record[_ORIGINAL] == marks[-1]]
        elif suffix == ".npz":
            with open_archive(path) as archive:
                header = _npz_images.header(archive)
                found.append({} if header is None else header["record"])
        elif suffix == ".gsf":
            with open_regular(path) as (file, size):
                found.append(_gsf.record(_gsf.GsfFile(file, size)))
        elif suffix == ".npy":
            found.append(_npy_results.record(path))
    except (FormatError, FileNotFoundError, IsADirectoryError):
        return []
    return [record for record in found if _ALWAYS in record]


def _of_gwy(meta: Mapping[bytes, str]) -> dict[str, str]:
    return {key[len(_GWY) :].decode("latin-1"): text for key, text in meta.items() if is_gwy_key(key)}
