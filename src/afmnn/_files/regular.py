"""Opening files that are not to be trusted, and the wording of what is wrong with them."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO, TypeAlias

from ..errors import FormatError

PathLike: TypeAlias = "str | os.PathLike[str]"


@contextlib.contextmanager
def open_regular(path: PathLike) -> Iterator[tuple[BinaryIO, int]]:
    """Open a file for reading and give its size with it.

    Pipes and devices are refused: nobody knows how much will come out of them.

    Raises
    ------
    FormatError
        If `path` is not a regular file; and, naming the path, for every `FormatError` raised while it is open.
    OSError
        If it cannot be opened.
    """
    with open(os.fsdecode(path), "rb", opener=_open_at_once) as file:
        info = os.fstat(file.fileno())
        with naming(path):
            if not stat.S_ISREG(info.st_mode):
                raise FormatError("is not a regular file")
            yield file, info.st_size


@contextlib.contextmanager
def naming(path: PathLike) -> Iterator[None]:
    """Put the path before the message of a `FormatError`, and keep what it quotes from the file to one line."""
    try:
        yield
    except FormatError as error:
        message = " ".join(str(error).split())
        raise type(error)(f"{os.fsdecode(path)}: {message[:400]}{'...' * (len(message) > 400)}") from error.__cause__


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for somebody to write to a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
