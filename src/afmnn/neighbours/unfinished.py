"""The result of a large array while it is made: a folder beside it, with the pieces that are done and a record of it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._files.atomic import atomic_writer, remove_leftovers
from .stores import Form, Key, Place, Stored, is_zarr

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

#: What the name of the folder ends in.
SUFFIX = ".unfinished"
#: The attribute of a result that says what made it.
ATTRIBUTE = "afmnn"
#: What a result is of, and what is said where it is of another.
_DIFFERS = {
    "version": "by another version of afmnn",
    "network": "by another network",
    "settings": "with other options",
    "source": "of another image, or of the image before it was changed",
}


class Target(NamedTuple):
    """Where a process puts the pieces that it has done."""

    folder: str
    kind: str
    name: str

    @property
    def array(self) -> Place:
        """The array of the result, until it has its name."""
        return Place(self.kind, os.path.join(self.folder, "result" + (".zarr" if self.kind == "zarr" else ".h5")), self.name)

    def mark(self, number: int) -> str:
        """Return the file that says that a piece is done."""
        return os.path.join(self.folder, "done", str(number))

    def block(self, number: int) -> str:
        """Return the file of a piece that waits for the others."""
        return os.path.join(self.folder, "pieces", f"{number}.npy")

    def put(self, number: int, key: Key, block: NDArray[Any], note: float) -> None:
        """Write a piece, and then that it is written: who is killed meanwhile has not written it."""
        if self.kind == "zarr":
            from . import zarr_files  # noqa: PLC0415 - of an extra

            zarr_files.write(self.array, key, block)
        else:
            with atomic_writer(self.block(number)) as file:
                np.save(file, block, allow_pickle=False)
        with atomic_writer(self.mark(number)) as file:
            file.write(note.hex().encode())


def difference(made: Any, wanted: Mapping[str, Any]) -> str | None:
    """Return in words in what a result is another than the one that is wanted; None if it is that one."""
    if not isinstance(made, dict):
        return "by something else"
    return next((words for name, words in _DIFFERS.items() if made.get(name) != wanted[name]), None)


class Unfinished:
    """A result that is being made."""

    def __init__(self, output: Place, what: Mapping[str, Any]) -> None:
        self.output, self.what = output, dict(what)
        self.target = Target(output.path.rstrip("/") + SUFFIX, output.kind, output.name)
        self.record: dict[str, Any] = {}

    @property
    def _path(self) -> str:
        return os.path.join(self.target.folder, "record.json")

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Make the folder, or take the one that is there, and keep others from it.

        Raises
        ------
        FileExistsError
            If another process is at it.
        """
        folder = self.target.folder
        with contextlib.suppress(FileExistsError):
            os.mkdir(folder)
        with open(os.path.join(folder, "lock"), "wb") as lock:
            if fcntl is not None:
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    raise FileExistsError(errno.EEXIST, "is being written by another process", folder) from None
                except OSError:  # not on every network
                    pass
            for each in ("", "done", "pieces"):
                remove_leftovers(os.path.join(folder, each))
            yield

    def found(self) -> dict[str, Any] | None:
        """Return the record of an earlier run; None if it did not get as far as that."""
        try:
            with open(self._path, encoding="utf-8") as file:
                record = json.load(file)
        except (FileNotFoundError, ValueError):
            return None
        return record if isinstance(record, dict) and {"what", "layout", "scalings"} <= record.keys() else None

    def begin(self, layout: Sequence[Any], form: Form, like: Stored) -> None:
        """Begin anew."""
        folder = self.target.folder
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)  # first, so that what is left when this is killed is not taken for a result
        for each in ("done", "pieces", os.path.basename(self.target.array.path)):
            _remove(os.path.join(folder, each))
        try:
            os.mkdir(os.path.join(folder, "done"))
            if self.target.kind == "zarr":
                from . import zarr_files  # noqa: PLC0415 - of an extra

                zarr_files.create(self.target.array, form, like)
            else:
                os.mkdir(os.path.join(folder, "pieces"))
        except BaseException:
            self.remove()
            raise
        self.record = {"what": self.what, "layout": layout, "scalings": {}}
        self.save()

    def save(self) -> None:
        """Write the record."""
        with atomic_writer(self._path) as file:
            file.write(json.dumps(self.record).encode())

    def done(self) -> dict[int, float]:
        """Return the pieces that are done, and what was noted of each."""
        found = {}
        for name in os.listdir(os.path.join(self.target.folder, "done")):
            with contextlib.suppress(ValueError), open(self.target.mark(int(name)), encoding="ascii") as file:
                found[int(name)] = float.fromhex(file.read())
        return found

    def finish(self) -> None:
        """Give the result its name, in place of what is there, and remove the folder."""
        made, name = self.target.array.path, self.output.path.rstrip("/")
        old = os.path.join(self.target.folder, "replaced")
        if os.path.lexists(name) and os.path.isdir(name):  # no folder is renamed over another
            _remove(old)
            os.rename(name, old)
        os.replace(made, name)
        self.remove()

    def remove_leftovers(self) -> None:
        """Remove the folder of a result that has its name, where the run that made it was killed before it could."""
        record = self.found()
        if record is not None and record["what"] == self.what:
            with self.held():
                self.remove()

    def remove(self) -> None:
        """Remove all that was made."""
        shutil.rmtree(self.target.folder, ignore_errors=True)


def check_replaceable(path: str) -> None:
    """Refuse to replace what is no result of this kind: a folder may hold anything."""
    if os.path.isdir(path) and not is_zarr(path):
        raise IsADirectoryError(errno.EISDIR, "is a folder, and no array of zarr; it is not replaced", path)


def _remove(path: str) -> None:
    """Remove a file or a folder, if it is there."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
