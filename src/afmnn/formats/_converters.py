"""The programs on this machine that turn the files of instruments into Gwyddion's, and how to get one."""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..errors import INSTALL, FormatError

#: Path of the program gwyconvert, as for the package gwyddionpy.
VARIABLE = "GWYDDIONPY_CONVERT"
_NANOSURF = (".nid", ".nhf")


class Converter(NamedTuple):
    """A program that turns a file into one of Gwyddion's."""

    name: str  # as messages call it
    version: Callable[[], str]  # what is recorded: the program with its version
    command: Callable[[str, str], list[str]]  # for a file to read and one to write
    module: Callable[[str], str]  # what it printed says of how it has read the file


def converters(suffix: str) -> Iterator[Converter]:
    """Yield the programs that may read files with a suffix, best first."""
    if suffix == ".nhf":  # which Gwyddion's do not read
        yield from _nsfopen()
    if suffix == ".h5-jpk":  # neither
        yield from _ours("h5py", "_jpk")
    program, version = _gwyconvert()
    if program:
        yield Converter("gwyconvert", version, lambda source, path: [program, source, path], _module)
    installed = shutil.which("gwyddion")
    if installed:
        yield Converter(
            "gwyddion",
            functools.partial(_gwyddion_version, installed),
            lambda source, path: [installed, f"--convert-to-gwy={path}", source],
            lambda printed: "",
        )
    if suffix == ".nid":
        yield from _nsfopen()


def ways(suffix: str) -> str:
    """Say how files with a suffix could be made readable on this machine."""
    found = []
    if suffix in _NANOSURF and importlib.util.find_spec("NSFopen") is None:
        found.append(f"{INSTALL.format(extra='nhf')} in the folder of afmnn's source (NSFopen)")
    if suffix == ".h5-jpk" and importlib.util.find_spec("h5py") is None:
        found.append(f"{INSTALL.format(extra='jpk')} in the folder of afmnn's source (h5py)")
    if suffix not in (".nhf", ".h5-jpk"):
        if _has_wheels() and not _gwyconvert()[0]:
            found.append(f"{INSTALL.format(extra='io')} in the folder of afmnn's source (some 170 formats)")
        if not shutil.which("gwyddion"):
            found.append("install Gwyddion (gwyddion.net), which is then used")
    found.append("export it as .gwy from the program of the instrument or from a newer Gwyddion")
    return "; or ".join(found)


def _gwyconvert() -> tuple[str, Callable[[], str]]:
    """Return the path of gwyconvert, empty if there is none, and what says its version."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        if not os.path.isfile(chosen):
            raise FormatError(f"cannot be read: {VARIABLE} must be the path of gwyconvert, got {chosen!r}")
        return os.path.abspath(chosen), lambda: "gwyconvert"
    if importlib.util.find_spec("gwyddionpy_converter") is not None:
        import gwyddionpy_converter  # noqa: PLC0415 - an extra

        try:
            path = str(gwyddionpy_converter.binary_path())
        except OSError:
            path = ""
        if path:
            return path, lambda: f"gwyddionpy-converter {importlib.metadata.version('gwyddionpy-converter')}"
    return shutil.which("gwyconvert") or "", lambda: "gwyconvert"


def _nsfopen() -> Iterator[Converter]:
    return _ours("NSFopen", "_nsfopen")


def _ours(package: str, module: str) -> Iterator[Converter]:
    """Yield a program of ours that needs a package, if that is there."""
    if importlib.util.find_spec(package) is not None and sys.executable:
        yield Converter(
            package,
            lambda: f"{package} {importlib.metadata.version(package)}",
            lambda source, path: [sys.executable, "-m", f"afmnn.formats.{module}", source, path],
            lambda printed: "",
        )


def _module(printed: str) -> str:
    """Return the name of the module of Gwyddion that has read a file, as gwyconvert prints it."""
    try:
        name = json.loads(printed).get("module")
    except (ValueError, AttributeError):
        return ""
    return name if isinstance(name, str) and re.fullmatch(r"[\w-]{1,40}", name) else ""


@functools.lru_cache(maxsize=4)
def _gwyddion_version(program: str) -> str:
    try:
        done = subprocess.run([program, "--version"], capture_output=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return "Gwyddion"
    found = re.search(rb"Gwyddion (\d[\w.]{0,20})", done.stdout)
    return f"Gwyddion {found[1].decode()}" if found else "Gwyddion"


def _has_wheels() -> bool:
    """Whether there is a ready-made gwyconvert for this machine; the extra ``io`` has the same conditions."""
    if sys.platform == "linux":
        name, version = platform.libc_ver()
        numbers = [int(number) for number in re.findall(r"\d+", version)[:2]]
        return platform.machine() == "x86_64" and name == "glibc" and numbers >= [2, 28]
    return sys.platform == "darwin" or (sys.platform == "win32" and platform.machine() == "AMD64")
