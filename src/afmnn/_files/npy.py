"""NumPy's array files, alone (.npy) and in an archive (.npz), when they come from strangers.

Nothing is unpickled or evaluated, and no more memory is taken than there are bytes for: the sizes in the archive's
directory and in the array's header must agree with each other and with the file, and a compressed array must not claim to
grow by more than the compression can do, before any number is read.
"""

from __future__ import annotations

import contextlib
import errno
import math
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import FormatError
from .atomic import atomic_writer
from .regular import PathLike, open_regular

_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000  # NumPy's own limit, but its reader takes the memory before it compares
_LARGEST_READ = 1 << 18  # bytes asked of an archive at once: bounds its directory, and with it the number of arrays
_LARGEST_DIRECTORY = 1 << 24  # of archives of images, which may be the frames of a film
_EXPANSION = 1040  # how many times its compressed size an array may grow to: deflate does 1032 (an image all of one height)

# The items of a header, in any order and either kind of quotes; Python 2 wrote 3L for 3 and u'<f8' for '<f8'.
_ITEM = re.compile(
    r"""\s*[ub]?(?:'(\w+)'|"(\w+)")\s*:\s*
        (?:[ub]?(?:'([^'"\\]*)'|"([^'"\\]*)") | (True|False) | \(([\d\s,L]*)\) | (\[.*\]))\s*(,|$)""",
    re.ASCII | re.VERBOSE | re.DOTALL,
)
_REAL = re.compile(
    r"[<>|=]?(?:[bhilqpBHILQPefdg?]|[biuf]\d{1,2}|float|double|float(?:16|32|64|128)|u?int(?:8|16|32|64)?|bool)", re.ASCII
)
_OTHER = re.compile(r"[<>|=]?[a-zA-Z]\w{0,20}(\[\w*\])?", re.ASCII)


# What zipfile raises over damaged files, the last four by accident.
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, ArithmeticError, LookupError)


class OtherContents(FormatError):
    """An array in good order, but not of numbers."""


class Header(NamedTuple):
    """What precedes the numbers of an array and says how they lie."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran_order: bool
    length: int  # of the header itself, in bytes

    @property
    def nbytes(self) -> int:
        """Bytes of the numbers."""
        return math.prod(self.shape) * self.dtype.itemsize

    def check_size(self, size: int) -> None:
        """Compare with the bytes that are there for header and numbers."""
        if self.length + self.nbytes != size:
            what = "is truncated" if self.length + self.nbytes > size else "has bytes behind its numbers"
            shape = " x ".join(map(str, self.shape))
            raise FormatError(f"{what}: {shape} {self.dtype} need {self.nbytes} bytes, there are {size - self.length}")

    def array(self, buffer: bytearray) -> NDArray[Any]:
        """Return the numbers in `buffer`, which is not copied."""
        try:
            return np.frombuffer(buffer, self.dtype).reshape(self.shape, order="F" if self.fortran_order else "C")
        except ValueError as error:  # more dimensions than NumPy has, or empty ones beyond its range
            raise FormatError(f"has an impossible shape ({error})") from error


def read_header(file: Any) -> Header:
    """Read the header of a .npy file, leaving `file` at the first number.

    Raises
    ------
    OtherContents
        If it announces text, records, dates or Python objects.
    FormatError
        If it is not such a header.
    """
    start = file.read(8)
    if start[:6] != _MAGIC or len(start) < 8:
        raise FormatError("is empty" if not start else "is not a NumPy array file (.npy)")
    if start[6] not in (1, 2, 3):
        raise FormatError(f"is a NumPy array file of unknown version {start[6]}.{start[7]}")
    size_type = "<H" if start[6] == 1 else "<I"
    size_bytes = file.read(struct.calcsize(size_type))
    if len(size_bytes) < struct.calcsize(size_type):
        raise FormatError("is truncated in the header of its array")
    (size,) = struct.unpack(size_type, size_bytes)
    if size > _LONGEST_HEADER:
        raise FormatError(f"has an array header of {size} bytes, more than {_LONGEST_HEADER}")
    text = file.read(size)
    if len(text) < size:
        raise FormatError("is truncated in the header of its array")
    descr, fortran_order, shape = _items(text.decode("latin-1"))
    return Header(_shape(shape), _dtype(descr), fortran_order == "True", 8 + len(size_bytes) + size)


def _items(text: str) -> tuple[str, str, str]:
    """Return what a header says of type, order and shape: a dictionary of these, which is read and not evaluated."""
    text = text.strip()
    found: dict[str, tuple[int, str]] = {}
    if text[:1] == "{" and text[-1:] == "}":
        text = text[1:-1].rstrip()
        position = 0
        while position < len(text) and (item := _ITEM.match(text, position)):
            key = item[1] or item[2]
            kind = next(i for i in (3, 4, 5, 6, 7) if item[i] is not None)
            if key in found:
                break
            found[key] = (kind, item[kind])
            position = item.end()
        if position < len(text):
            found.clear()
    kinds = {key: kind for key, (kind, _) in found.items()}
    if kinds.keys() == {"descr", "fortran_order", "shape"} and kinds["fortran_order"] == 5 and kinds["shape"] == 6:
        if kinds["descr"] in (3, 4):
            return found["descr"][1], found["fortran_order"][1], found["shape"][1]
        if kinds["descr"] == 7:
            raise OtherContents("holds records, not an array of numbers")
    raise FormatError("has an array header that cannot be understood")


def _shape(text: str) -> tuple[int, ...]:
    parts = [re.sub(r"(?<=\d)L$", "", part.strip()) for part in text.split(",")]
    if parts[-1] == "":
        parts.pop()
    if len(parts) > 32 or not all(part.isdecimal() and len(part) <= 19 for part in parts):
        raise FormatError(f"has an array header with the shape ({text[:40]})")
    return tuple(map(int, parts))


def _dtype(descr: str) -> np.dtype[Any]:
    if descr.lstrip("<>|=")[:1] == "O" or descr == "object":
        raise OtherContents("holds Python objects (pickles), which are never loaded")
    if not _REAL.fullmatch(descr):
        if _OTHER.fullmatch(descr):
            raise OtherContents(f"holds an array of type {descr}, not of real numbers")
        raise FormatError(f"has an array header with the type {descr[:40]!r}")
    try:
        return np.dtype(descr)
    except TypeError:
        raise FormatError(f"has an array header with the type {descr!r}") from None


def read_numbers(file: BinaryIO, header: Header) -> NDArray[Any]:
    """Read the numbers behind the header of a .npy file whose size has been checked."""
    buffer = bytearray(header.nbytes)
    if file.readinto(buffer) != len(buffer):  # type: ignore[attr-defined]
        raise FormatError("is truncated: it became shorter while it was read")
    return header.array(buffer)


class Archive:
    """The arrays of an .npz file that is open for reading."""

    def __init__(self, file: BinaryIO, size: int, *, compressed: bool) -> None:
        self._packings = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) if compressed else (zipfile.ZIP_STORED,)
        if size == 0:
            raise FormatError("is empty")
        with _damage("is not an .npz archive, or a damaged one"):
            # A directory is at least as large in the file as it says.
            largest = max(_LARGEST_READ, min(size, _LARGEST_DIRECTORY)) if compressed else _LARGEST_READ
            self._zip = zipfile.ZipFile(_Guarded(file, largest))
        self._members: dict[str, zipfile.ZipInfo] = {}
        self._twice: set[str] = set()
        for info in self._zip.infolist():
            name = info.filename.removesuffix(".npy")
            if name in self._members:
                self._twice.add(name)
            self._members[name] = info
        if sum(info.compress_size for info in self._members.values()) > size:
            raise FormatError("is damaged: its members claim more bytes than the file has")

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the arrays, without ``.npy``, in the file's order."""
        return tuple(self._members)

    def is_array(self, name: str) -> bool:
        """Whether the array `name` is one at least by the name of its file."""
        return self._members[name].filename.endswith(".npy")

    def header(self, name: str) -> Header:
        """Return what the array `name` is said to be, after comparing that with its size in the directory."""
        with self._open(name) as member:
            return self._checked_header(name, member)

    def read(self, name: str) -> NDArray[Any]:
        """Return the array `name`."""
        with self._open(name) as member:
            header = self._checked_header(name, member)
            if header.nbytes > _memory():
                raise FormatError(f"its array {name!r} needs {header.nbytes} bytes, more than this machine has memory")
            buffer = bytearray()  # grows with what is really there
            while chunk := member.read(_LARGEST_READ):
                buffer += chunk
            if len(buffer) != header.nbytes:
                raise FormatError(f"its array {name!r} is truncated: {len(buffer)} bytes of {header.nbytes}")
            return header.array(buffer)

    def _checked_header(self, name: str, member: Any) -> Header:
        try:
            header = read_header(member)
            header.check_size(self._members[name].file_size)
        except FormatError as error:
            raise type(error)(f"its array {name!r} {error}") from error.__cause__
        return header

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[Any]:
        info = self._members[name]
        if name in self._twice:
            raise FormatError(f"has two arrays named {name!r}")
        if info.flag_bits & 0x1:
            raise FormatError(f"its array {name!r} is encrypted")
        if info.compress_type not in self._packings:
            raise FormatError(f"its array {name!r} is compressed by a method that is not used here ({info.compress_type})")
        most = info.compress_size * (1 if info.compress_type == zipfile.ZIP_STORED else _EXPANSION)
        if info.file_size > most:
            raise FormatError(
                f"its array {name!r} would grow from {info.compress_size} bytes to {info.file_size}, which no image does"
            )
        with _damage(f"its array {name!r} is damaged"), self._zip.open(info) as member:
            yield member


@contextlib.contextmanager
def open_archive(path: PathLike, *, compressed: bool = True) -> Iterator[Archive]:
    """Open an .npz file that need not be one; with `compressed` False, none of its arrays is larger than the file.

    Raises
    ------
    FormatError
        If it is not an archive of arrays; also from the methods of `Archive`, always with the path.
    OSError
        If it cannot be opened.
    """
    with open_regular(path) as (file, size):
        yield Archive(file, size, compressed=compressed)


def write_archive(
    path: PathLike, arrays: Mapping[str, NDArray[Any]], *, compressed: bool = False, overwrite: bool = True
) -> None:
    """Write arrays to an .npz file, whole or not at all; the same arrays always give the same bytes (of one zlib)."""
    with atomic_writer(path, overwrite=overwrite) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy")  # its date is a constant
            info.create_system = 3
            info.compress_type = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
            info.external_attr = 0o644 << 16
            info.file_size = array.nbytes + _LONGEST_HEADER  # lets zipfile choose 64-bit sizes where they are needed
            with archive.open(info, "w") as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


class _Guarded:
    """A file that refuses large reads: zipfile takes memory for the whole directory, whatever size it claims."""

    def __init__(self, file: BinaryIO, largest: int) -> None:
        self._file, self._largest = file, largest
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > self._largest:
            raise FormatError(f"has more arrays than are plausible (a directory of {size} bytes)")
        return self._file.read(_LARGEST_READ if size < 0 else size)


def _memory() -> int:
    """Return how much memory this machine has, in bytes, or a number beyond all files where it does not say so."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 1 << 62


@contextlib.contextmanager
def _damage(what: str) -> Iterator[None]:
    """Turn everything that zipfile raises over a damaged file into a FormatError."""
    try:
        yield
    except FormatError:
        raise
    except OSError as error:
        if error.errno != errno.EINVAL:  # a seek to a place that cannot be
            raise
        raise FormatError(f"{what} ({error})") from error
    except _DAMAGE as error:
        raise FormatError(f"{what} ({error})") from error
