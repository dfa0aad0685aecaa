"""Reading a network that is given by its name or its file: ours, or Gwyddion's."""

from __future__ import annotations

import difflib
import os

from .._files.regular import PathLike, open_regular
from ..formats import gwyddion, npz
from ..nn.network import Network
from . import folders
from .naming import is_name

_GWYDDIONS = b"Gwyddion resource GwyNeuralNetwork"
_MOST_LISTED = 8


def locate(network: PathLike) -> str:
    """Return the file of a network that is given by its name or its path.

    Raises
    ------
    FileNotFoundError
        If there is no network of that name; the message lists near ones. A path is returned as it is.
    """
    if not is_name(network):
        return os.fspath(network)
    found = folders.find(os.fspath(network))
    if found is None:
        raise unknown(os.fspath(network))
    return found.path


def read(network: PathLike) -> Network:
    """Read a network that is given by its name or its path; see `afmnn.load`."""
    return read_file(locate(network))


def read_file(path: PathLike) -> Network:
    """Read a network from a file, whoever wrote it."""
    return gwyddion.read_network(path) if is_gwyddions(path) else npz.read_network(path)


def is_gwyddions(path: PathLike) -> bool:
    """Whether a file begins as Gwyddion's networks do."""
    with open_regular(path) as (file, _):
        return file.read(len(_GWYDDIONS)) == _GWYDDIONS


def unknown(name: str) -> FileNotFoundError:
    """Return the error for a name that no network has: what there is, and where."""
    try:
        known = [entry.name for entry in folders.entries()]
        where = f"yours are in {folders.own_folder()}"
    except OSError as error:  # of a folder that cannot be read
        known, where = [], f"yours cannot be listed ({error})"
    near = {known_name.casefold(): known_name for known_name in known}
    matches = [near[key] for key in difflib.get_close_matches(name.casefold(), near, n=_MOST_LISTED, cutoff=0.5)]
    listed = matches or known[:_MOST_LISTED]
    names = ", ".join(map(repr, listed)) + (", ..." if not matches and len(known) > len(listed) else "")
    what = f"; {'near it' if matches else 'there'} {'is' if len(listed) == 1 else 'are'} {names}" if listed else ""
    here = f"; for the file in this folder say {os.path.join('.', name)!r}" if name and os.path.lexists(name) else ""
    return FileNotFoundError(f"there is no network of the name {name!r}{what}; {where}{here}")
