"""Where networks lie that have names, and which there are."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import NamedTuple

from ..formats import gwyddion
from .naming import GWYDDION, SHIPPED, is_proper, normal

_SUFFIX = ".npz"
VARIABLE = "AFMNN_NETWORKS"


class Entry(NamedTuple):
    """A network that has a name."""

    name: str
    source: str  # "package", "yours" or "gwyddion"
    path: str


def own_folder() -> str:
    """Return the folder of the user's networks; it need not exist.

    Raises
    ------
    FileNotFoundError
        If nobody knows where this user's files are.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return os.path.abspath(os.path.expanduser(chosen))
    if os.name == "nt":
        data = os.environ.get("LOCALAPPDATA") or os.path.expanduser(r"~\AppData\Local")
    elif sys.platform == "darwin":
        data = os.path.expanduser("~/Library/Application Support")
    else:
        data = os.environ.get("XDG_DATA_HOME", "")
        if not os.path.isabs(data):  # as its specification says
            data = os.path.expanduser("~/.local/share")
    if not os.path.isabs(data):
        raise FileNotFoundError(f"this user has no home folder for networks; let {VARIABLE} name a folder")
    return os.path.join(data, "afmnn", "networks")


def own_path(name: str) -> str:
    """Return the file that a network of the user has, or would have."""
    return os.path.join(own_folder(), name + _SUFFIX)


def find(name: str) -> Entry | None:
    """Return the network of this name; None if there is none."""
    if name.startswith(GWYDDION):
        bare = name.removeprefix(GWYDDION)
        entry = Entry(name, "gwyddion", os.path.join(gwyddion.networks_folder(), bare))
        return entry if _is_gwyddions(bare) and os.path.isfile(entry.path) else None
    if name in SHIPPED:
        return _shipped(name)
    name = normal(name)
    return Entry(name, "yours", own_path(name)) if is_proper(name) and os.path.isfile(own_path(name)) else None


def entries() -> Iterator[Entry]:
    """Yield all networks that have names: the package's, the user's, Gwyddion's; each in the order of their names."""
    yield from map(_shipped, SHIPPED)
    folder = own_folder()
    own = {normal(file.removesuffix(_SUFFIX)) for file in _files(folder) if file.endswith(_SUFFIX)}
    yield from (Entry(name, "yours", os.path.join(folder, name + _SUFFIX)) for name in sorted(filter(is_proper, own)))
    folder = gwyddion.networks_folder()
    names = sorted(filter(_is_gwyddions, _files(folder)))
    yield from (Entry(GWYDDION + name, "gwyddion", os.path.join(folder, name)) for name in names)


def _shipped(name: str) -> Entry:
    return Entry(name, "package", os.path.join(os.path.dirname(os.path.abspath(__file__)), name + _SUFFIX))


def _files(folder: str) -> list[str]:
    """Return the names of the files in a folder; none where it is not there."""
    try:
        with os.scandir(folder) as found:
            return [entry.name for entry in found if entry.is_file()]
    except FileNotFoundError:
        return []


def _is_gwyddions(name: str) -> bool:
    """Whether a file in Gwyddion's folder may be a network: it names them as users type them."""
    return name.isprintable() and not name.startswith(".") and not any(c in name for c in "/\\") and name != ""
