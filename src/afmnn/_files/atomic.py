"""Writing files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterator
from typing import BinaryIO

from .regular import PathLike

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_TEMPORARY = re.compile(r"\.afmnn-[0-9a-f]{16}\.tmp")
#: What systems say where a folder knows no hard links.
_NO_LINKS = {getattr(errno, name, None) for name in ("EPERM", "EACCES", "ENOSYS", "EMLINK", "EOPNOTSUPP", "ENOTSUP")}


@contextlib.contextmanager
def atomic_writer(path: PathLike, *, overwrite: bool = True) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of `path` only when everything is on the disk.

    The bytes go to a temporary file in the same folder, which is flushed, synchronised and renamed at the end. If
    anything fails on the way, an existing file is untouched and nothing is left behind. New files have the permissions
    that the umask allows, replaced ones keep theirs; a symbolic link stays, and the file it leads to is replaced.
    Without `overwrite` nothing is replaced, also not what another process has written in the meantime.

    Raises
    ------
    OSError
        If the file cannot be written; it names `path`. FileExistsError if there is one, without `overwrite`.
    """
    name = os.fsdecode(path)
    if not overwrite and os.path.lexists(name):
        raise FileExistsError(errno.EEXIST, f"{os.strerror(errno.EEXIST)}; nothing was written", name)
    target = os.path.realpath(name)
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, _temporary_name())
    file: BinaryIO | None = None
    lock = -1
    try:
        mode = _mode_of(target)
        file = _create(temporary, 0o666 if mode is None else mode)
        lock = os.dup(file.fileno())  # which holds the lock until the file has its name
        if mode is not None:
            os.chmod(temporary, mode)
        yield file
        file.flush()
        os.fsync(file.fileno())
        file.close()
        if overwrite:
            os.replace(temporary, target)
        elif _give_new_name(temporary, target):
            os.unlink(temporary)
    except BaseException as error:
        if file is not None:
            with contextlib.suppress(OSError):  # closing flushes, and fails once more on a full disk
                file.close()
            with contextlib.suppress(OSError):
                os.unlink(temporary)
        if isinstance(error, OSError) and error.errno is not None and error.filename in (None, temporary, target):
            raise OSError(error.errno, f"{error.strerror}; nothing was written", name) from error
        raise
    finally:
        if lock >= 0:
            os.close(lock)
    _synchronise(folder)


def remove_leftovers(folder: PathLike) -> None:
    """Remove what `atomic_writer` has left in a folder where its process was killed; files that are being written stay."""
    if fcntl is None:
        return
    with contextlib.suppress(OSError), os.scandir(os.fsdecode(folder)) as entries:
        found = [entry.path for entry in entries if _TEMPORARY.fullmatch(entry.name)]
        for path in found:
            with contextlib.suppress(OSError), open(path, "rb") as file:  # it may be gone, or locked by who writes it
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.unlink(path)


def _create(path: str, mode: int) -> BinaryIO:
    """Create a file that nobody takes for a leftover: it is locked until its last descriptor is closed."""
    # Not tempfile: its files are private to the user, and stay so after the renaming.
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    while True:
        file = os.fdopen(os.open(path, flags, mode), "w+b")
        if fcntl is None:
            return file
        with contextlib.suppress(OSError):  # not on every network
            fcntl.flock(file, fcntl.LOCK_EX)
        try:
            if os.path.samestat(os.fstat(file.fileno()), os.lstat(path)):  # not removed before it was locked
                return file
        except FileNotFoundError:
            pass
        file.close()


def move_file(path: PathLike, target: PathLike, *, overwrite: bool = False) -> None:
    """Rename a file within its folder; without `overwrite` nothing is replaced, whatever other processes do meanwhile.

    Raises
    ------
    OSError
        If there is no such file, or it cannot be renamed. FileExistsError if there is a file `target`, without `overwrite`.
    """
    name, new = os.fsdecode(path), os.fsdecode(target)
    if overwrite:
        os.replace(name, new)
    else:
        before = os.lstat(name)
        if _give_new_name(name, new):
            _drop(name, before)
    _synchronise(os.path.dirname(new) or ".")


def _give_new_name(name: str, new: str) -> bool:
    """Give a file a name that no file has, in one step for all who look; return whether the old name is left, too."""
    if os.name == "nt":
        os.rename(name, new)  # which replaces nothing there
        return False
    try:
        os.link(name, new, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
    else:
        return True
    # Because some file systems (FAT, some of networks) know no links, an empty file holds the name for a moment.
    os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
    try:
        os.replace(name, new)
    except BaseException:
        os.unlink(new)
        raise
    return False


def _drop(name: str, old: os.stat_result) -> None:
    """Remove a name of the file `old`, but not what another process has written under it since."""
    aside = os.path.join(os.path.dirname(name), _temporary_name())
    try:
        os.rename(name, aside)
    except FileNotFoundError:  # another process has removed it
        return
    if not os.path.samestat(os.lstat(aside), old):
        with contextlib.suppress(FileExistsError):  # which is newer still
            os.link(aside, name, follow_symlinks=False)
    os.unlink(aside)


def _temporary_name() -> str:
    return f".afmnn-{os.urandom(8).hex()}.tmp"


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
