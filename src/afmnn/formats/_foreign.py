"""Files of instruments: another program turns them into Gwyddion's, which are read as all of these are."""

from __future__ import annotations

import contextlib
import errno
import os
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

from .._files.regular import PathLike, naming, open_regular
from ..errors import FormatError
from ._converters import Converter, converters, ways
from ._gwy import Bytes, GwyFile
from ._limited import Limits, run

#: Suffixes that are those of other things, for which no program is started.
OTHERS = frozenset(
    (".txt", ".csv", ".md", ".json", ".html", ".htm", ".pdf", ".py", ".zip", ".gz", ".doc", ".docx", ".xls", ".xlsx", ".log")
)
_OURS = "images are files with the suffix .gwy, .npy, .npz, .gsf"
_NUMPY = b"\x93NUMPY"


class Converted(NamedTuple):
    """A file of an instrument, as a .gwy file."""

    gwy: GwyFile
    path: str  # where that is, until it is closed
    reader: str  # what has made it, with its version


@contextlib.contextmanager
def open_foreign(path: PathLike) -> Iterator[Converted]:
    """Convert a file of an instrument into a temporary one, and open that.

    Raises
    ------
    FormatError
        If no program on this machine can read it; also for what is wrong with it later, always with the path.
    OSError
        If it cannot be opened, or is a folder.
    """
    name = os.fsdecode(path)
    if os.path.isdir(name):
        raise IsADirectoryError(errno.EISDIR, "is a folder, not a file of an image", name)
    with open_regular(path) as (file, size):
        if size == 0:
            raise FormatError("is empty")
        if file.read(len(_NUMPY)) == _NUMPY:  # which the programs would take for heights, too, without saying so
            raise FormatError(f"is an array of NumPy, but {_OURS}")
        suffix = os.path.splitext(name)[1].lower()
        found = [] if suffix in OTHERS else list(converters(suffix))
        if not found:
            raise FormatError(_nothing(suffix))
    with naming(path), tempfile.TemporaryDirectory(prefix="afmnn-", ignore_cleanup_errors=True) as folder:
        made, reader = _convert(os.path.abspath(name), suffix, folder, limits(size), found)
        with open(made, "rb") as file:
            yield Converted(GwyFile(Bytes(file, os.path.getsize(made))), made, reader)


def limits(size: int) -> Limits:
    """Return what a program may take for a file of some bytes.

    Because heights are stored in 2 bytes, or compressed, and Gwyddion's take 8 and are copied, it is many times as much.
    """
    return Limits(60 + size / 2e6, 2**31 + 64 * size, 2**28 + 32 * size)


def _convert(source: str, suffix: str, folder: str, most: Limits, found: list[Converter]) -> tuple[str, str]:
    """Return the .gwy file that the first program that can has made, and that program with its version."""
    problems = []
    for number, converter in enumerate(found):
        place = os.path.join(folder, str(number))
        os.mkdir(place)
        path = os.path.join(place, "converted.gwy")
        outcome = run(converter.command(source, path), place, most)
        problem = outcome.problem or _look(path)
        if not problem:
            module = converter.module(outcome.printed)
            return path, converter.version() + (f" ({module})" if module else "")
        for name, short in ((source, "it"), (path, "a file"), (f"{converter.name}: ", "")):
            problem = problem.replace(name, short)
        problems.append(f"{converter.name} {problem}")
    raise FormatError(f"cannot be read: {'; '.join(problems)}. What else may help: {ways(suffix)}")


def _look(path: str) -> str:
    """Return what is wrong with a file that a program has made; empty if it has images."""
    if os.path.islink(path) or not os.path.isfile(path):
        return "has made nothing of it"
    try:
        with open(path, "rb") as file:
            gwy = GwyFile(Bytes(file, os.fstat(file.fileno()).st_size))
    except FormatError as error:
        return f"has made a file of it that {error}"
    if gwy.directory.damage:  # half of what a program writes is no image of anybody's
        return f"has made a file of it that {gwy.directory.damage}"
    return "" if gwy.channels else "has found no image in it"


def _nothing(suffix: str) -> str:
    if suffix in OTHERS:
        return f"{_OURS} or those of instruments, not {suffix}"
    return f"{_OURS}, not {suffix or 'none'}; to read files of instruments: {ways(suffix)}"
