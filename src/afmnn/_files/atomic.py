"""Writing files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO

from .regular import PathLike


@contextlib.contextmanager
def atomic_writer(path: PathLike) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of `path` only when everything is on the disk.

    The bytes go to a temporary file in the same folder, which is flushed, synchronised and renamed at the end. If
    anything fails on the way, an existing file is untouched and nothing is left behind. New files have the permissions
    that the umask allows, replaced ones keep theirs; a symbolic link stays, and the file it leads to is replaced.

    Raises
    ------
    OSError
        If the file cannot be written; it names `path`.
    """
    name = os.fsdecode(path)
    target = os.path.realpath(name)
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, f".afmnn-{os.urandom(8).hex()}.tmp")
    file: BinaryIO | None = None
    try:
        mode = _mode_of(target)
        # Not tempfile: its files are private to the user, and stay so after the renaming.
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        file = os.fdopen(os.open(temporary, flags, 0o666 if mode is None else mode), "w+b")
        if mode is not None:
            os.chmod(temporary, mode)
        yield file
        file.flush()
        os.fsync(file.fileno())
        file.close()
        os.replace(temporary, target)
    except BaseException as error:
        if file is not None:
            with contextlib.suppress(OSError):  # closing flushes, and fails once more on a full disk
                file.close()
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if isinstance(error, OSError) and error.errno is not None and error.filename in (None, temporary, target):
            raise OSError(error.errno, f"{error.strerror}; nothing was written", name) from error
        raise
    _synchronise(folder)


def _mode_of(target: str) -> int | None:
    """Return the permissions of the file to be replaced, None if there is none; refuse what a plain write would refuse."""
    try:
        info = os.stat(target)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(info.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR), target)
    if not stat.S_ISREG(info.st_mode):  # renaming over /dev/null would replace the device
        raise OSError(errno.EINVAL, "not a regular file", target)
    if not os.access(target, os.W_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), target)
    return stat.S_IMODE(info.st_mode) & 0o777


def _synchronise(folder: str) -> None:
    """Make the renaming itself permanent, where folders can be opened for that."""
    if hasattr(os, "O_DIRECTORY"):
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
