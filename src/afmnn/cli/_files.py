"""Files on the command line: ``FILE:channel``, networks of either kind, and what may be written where."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence

from .._files.npy import open_archive
from .._files.regular import open_regular
from ..errors import FormatError, MissingExtraError
from ..evaluation.page import GENERATOR
from ..formats import gwyddion, images
from ..image import Image
from ..nn.network import Network, load

#: End of the title of every channel that is a result.
MARK = "(afmnn)"

_GWYDDION_NETWORK = b"Gwyddion resource GwyNeuralNetwork"


def split_channel(text: str) -> tuple[str, str | None]:
    """Split ``FILE:channel`` at the last colon behind which is no part of the file's name."""
    path = text
    while not os.path.lexists(path):
        path = path.rpartition(":")[0]
        if not path:
            head, _, channel = text.rpartition(":")  # no such file: for the message, take what looks like one
            return (head, channel) if os.path.splitext(head)[1].lower() in images.SUFFIXES else (text, None)
    return path, None if path == text else text[len(path) + 1 :]


def read_image(text: str) -> Image:
    """Read ``FILE`` or ``FILE:channel``."""
    return images.read_image(*split_channel(text))


def network_format(path: str) -> str | None:
    """Return whose network a file is by its content, ``"afmnn"`` or ``"gwyddion"``; None if it is something else."""
    with open_regular(path) as (file, _):
        start = file.read(len(_GWYDDION_NETWORK))
    if start == _GWYDDION_NETWORK:
        return "gwyddion"
    if start[:2] == b"PK":
        with open_archive(path) as archive:
            return "afmnn" if {"header", "layer_0"} <= set(archive.names) else None
    return None


def read_network(path: str) -> Network:
    """Read a network of ours or of Gwyddion's."""
    return gwyddion.read_network(path) if network_format(path) == "gwyddion" else load(path)


def check_image_name(path: str) -> None:
    """Refuse the name of a result that says no known format, before any work."""
    if os.path.splitext(path)[1].lower() not in images.SUFFIXES:
        raise ValueError(f"{path}: the name of a result ends in {', '.join(images.SUFFIXES)}")


def check_output(path: str, inputs: Sequence[str], *, force: bool) -> None:
    """Refuse to write over an input, over anything but an earlier result unless forced to, and where nothing can be written."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "is a folder", path)
    if os.path.exists(path):
        if any(os.path.exists(source) and os.path.samefile(source, path) for source in inputs):
            raise ValueError(f"{path}: is an input, and would be overwritten")
        if not force and not _is_result(path):
            raise FileExistsError(errno.EEXIST, "exists, and is no earlier result; --force replaces it", path)
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {folder}", path)
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, f"the folder {folder} cannot be written to", path)


def _is_result(path: str) -> bool:
    """Whether a file is one that this command makes, or empty: what can be replaced without a loss."""
    try:
        if os.path.getsize(path) == 0 or network_format(path) is not None:
            return True
        suffix = os.path.splitext(path)[1].lower()
        if suffix == ".npz":
            with open_archive(path) as archive:
                return images.is_ours(archive)
        if suffix == ".html":
            with open_regular(path) as (file, _):
                return GENERATOR.encode() in file.read(4096)
        return suffix == ".gwy" and any(channel.title.endswith(MARK) for channel in images.list_channels(path))
    except (FormatError, MissingExtraError):
        return False


def one_for_each(images: Sequence[str], ideals: Sequence[str]) -> list[str | None]:
    """Return the ideal of each image: its own, the only one that is given, or none."""
    return [*ideals] * len(images) if len(ideals) == 1 else [*ideals] or [None] * len(images)
