"""The store of networks: saved, loaded, renamed and deleted by their names."""

from __future__ import annotations

import errno
import os

from .. import _check
from .._files.atomic import move_file
from ..formats import gwyddion, npz
from ..nn.network import Network, as_network
from . import folders
from .naming import GWYDDION, check_own
from .reading import read_file, unknown

_TAKEN = "a network of this name exists; overwrite=True (--force) replaces it"


def names() -> list[str]:
    """Return the names of all networks: those that come with afmnn, yours, and Gwyddion's as ``gwyddion:NAME``.

    Returns
    -------
    list of str
        Each of the three in alphabetical order.

    Raises
    ------
    OSError
        If a folder cannot be read.
    """
    return [entry.name for entry in folders.entries()]


def save(network: Network | str | os.PathLike[str], name: str, *, overwrite: bool = False) -> str:
    """Save a network under a name.

    The file appears whole or not at all. Where two processes save under one name at the same time, one of them is refused.

    Parameters
    ----------
    network : Network, str or path-like
        What to save; also the name or the file of one, which is then copied.
    name : str
        1 to 60 letters, digits, ``-``, ``_`` and spaces, with no space or ``-`` at the ends; not ``universal``, nor what begins
        with ``universal-``, nor the name of a device of Windows.
    overwrite : bool
        Whether a network of this name is replaced, or refused.

    Returns
    -------
    str
        The file that was written.

    Raises
    ------
    ValueError
        If `name` cannot be that of a network of yours, or `network` cannot be written.
    TypeError
        If an argument is of the wrong type.
    OSError
        If the file cannot be written. FileExistsError if there is a network of this name, without `overwrite`.

    Examples
    --------
    ::

        afmnn.networks.save(net, "de-noise")
        clean = afmnn.apply("de-noise", image)
    """
    found = as_network("network", network)
    path = check_new("name", name, overwrite=overwrite)
    try:
        npz.write_network(found, path, overwrite=overwrite)
    except FileExistsError:  # since it was checked
        raise FileExistsError(errno.EEXIST, _TAKEN, name) from None
    except OSError as error:
        raise _unwritable(error, path) from error
    return path


def load(name: str) -> Network:
    """Read a network by its name; `afmnn.load` takes paths as well.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    Network

    Raises
    ------
    FileNotFoundError
        If there is no network of this name; the message lists near ones.
    FormatError
        If its file is damaged, or was written by a newer version.
    OSError
        If the file cannot be read.
    TypeError
        If `name` is not text.
    """
    return read_file(path(name))


def path(name: str) -> str:
    """Return the file of a network.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    str
        Its path, absolute. The file may be copied and passed on.

    Raises
    ------
    FileNotFoundError
        If there is no network of this name; the message lists near ones.
    TypeError
        If `name` is not text.
    """
    return _find(name).path


def rename(name: str, new: str, *, overwrite: bool = False) -> str:
    """Give a network of yours another name.

    Parameters
    ----------
    name : str
        Of a network of yours; those that come with afmnn and Gwyddion's keep theirs.
    new : str
        Its new name, as for `save`.
    overwrite : bool
        Whether a network of the new name is replaced, or refused.

    Returns
    -------
    str
        Its file.

    Raises
    ------
    ValueError
        If one of the names cannot be that of a network of yours.
    TypeError
        If an argument is of the wrong type.
    OSError
        If the file cannot be renamed. FileNotFoundError if there is no network `name`, FileExistsError if there is one of the
        new name, without `overwrite`.
    """
    found = _own("name", name)
    target = check_new("new", new, overwrite=overwrite)
    try:
        move_file(found.path, target, overwrite=overwrite)
    except FileNotFoundError:
        raise unknown(name) from None
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, _TAKEN, new) from None
    except OSError as error:
        raise _unwritable(error, target) from error
    return target


def delete(name: str) -> None:
    """Delete a network of yours.

    Parameters
    ----------
    name : str
        Of a network of yours; those that come with afmnn and Gwyddion's stay.

    Raises
    ------
    ValueError
        If the name cannot be that of a network of yours.
    TypeError
        If `name` is not text.
    OSError
        If the file cannot be deleted. FileNotFoundError if there is no network of this name.
    """
    found = _own("name", name)
    try:
        os.unlink(found.path)
    except FileNotFoundError:
        raise unknown(name) from None


def export(name: str, to: str = "gwyddion", *, overwrite: bool = False) -> str:
    """Write a network where another program looks for it, under the same name.

    Parameters
    ----------
    name : str
        One of `names`.
    to : {"gwyddion"}
        The program. Gwyddion's format expresses networks of ``method="gwyddion"``, with one layer of at most 30 hidden nodes and
        a window of at most 100 x 100 pixels.
    overwrite : bool
        Whether a network that Gwyddion has under this name is replaced, or refused.

    Returns
    -------
    str
        The file that was written. The network is now also called ``gwyddion:NAME`` here.

    Raises
    ------
    ValueError
        If Gwyddion's format cannot express the network, saying what it lacks, or it is Gwyddion's already.
    TypeError
        If an argument is of the wrong type.
    OSError
        If a file cannot be read or written. FileNotFoundError if there is no network of this name, FileExistsError if Gwyddion
        has one, without `overwrite`.
    """
    _check.choice("to", to, ("gwyddion",))
    _check.flag(overwrite=overwrite)
    found = _find(name)
    if found.source == "gwyddion":
        raise ValueError(f"name must be that of a network which Gwyddion has not stored, got {name!r}")
    try:
        return gwyddion.write_network(read_file(found.path), found.name, install=True, overwrite=overwrite)
    except FileExistsError:
        raise FileExistsError(errno.EEXIST, _TAKEN, GWYDDION + found.name) from None


def check_new(argument: str, name: str, *, overwrite: bool) -> str:
    """Return the file for a new network of the user, in a folder that is there; refuse what `save` would refuse.

    `argument` is what the name is called in messages.
    """
    _check.flag(overwrite=overwrite)
    name = check_own(argument, name)
    path = folders.own_path(name)
    folder = os.path.dirname(path)
    if os.path.lexists(path) and not overwrite:
        raise FileExistsError(errno.EEXIST, _TAKEN, name)
    try:
        os.makedirs(folder, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), folder)
    except OSError as error:
        raise _unwritable(error, path) from error
    return path


def _find(name: str) -> folders.Entry:
    _check.text(name=name)
    found = folders.find(name)
    if found is None:
        raise unknown(name)
    return found


def _own(argument: str, name: str) -> folders.Entry:
    """Return a network of the user that is there."""
    return _find(check_own(argument, name))


def _unwritable(error: OSError, path: str) -> OSError:
    """Return an error that says where networks are kept, and how to choose another place."""
    reason = (error.strerror or str(error)).removesuffix("; nothing was written")
    text = f"{reason}; nothing was written. {folders.VARIABLE} may name another folder for networks"
    return OSError(error.errno or errno.EIO, text, path)
