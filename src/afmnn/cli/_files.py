"""Files on the command line: ``FILE:channel``, networks of either kind, and what may be written where."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import _units
from .._files.npy import open_archive
from .._files.regular import open_regular
from .._text import readable
from ..errors import FormatError
from ..formats import images
from ..formats._channels import Channel, select_all
from ..formats._naming import is_named_otherwise
from ..formats._readers import open_images
from ..formats._results import is_result
from ..image import Image
from ..networks.reading import is_gwyddions, locate, read_file
from ..nn.network import Network
from ._print import complain

#: End of the title of every channel that is a result.
MARK = "(afmnn)"


def split_channel(text: str) -> tuple[str, str | None]:
    """Split ``FILE:channel`` at the last colon behind which is no part of the file's name."""
    path = text
    while not os.path.lexists(path):
        path = path.rpartition(":")[0]
        if not path:
            head, _, channel = text.rpartition(":")  # no such file: for the message, take what looks like one
            return (head, channel) if os.path.splitext(head)[1] else (text, None)
    return path, None if path == text else text[len(path) + 1 :]


class Chosen(NamedTuple):
    """An image, and which channel of its file it is."""

    channel: Channel
    image: Image
    remark: str | None  # what to say where nobody has chosen it


def read_image(text: str) -> Image:
    """Read ``FILE`` or ``FILE:channel``, and say which channel it is where it was chosen among several."""
    chosen = read_channel(*split_channel(text))
    if chosen.remark:
        complain("note", chosen.remark)
    return chosen.image


def read_channel(path: str, channel: str | None) -> Chosen:
    """Read an image."""
    if network_format(path) is not None:
        raise FormatError(f"{path}: is a network, not an image")
    with open_images(path) as file:
        found = file.find(None if channel is None else readable(channel))
        count = len(file.channels()) if channel is None else 1
        remark = f"{path}: channel {found} of {count}, as no other is asked for" if count > 1 else None
        return Chosen(found, file.image(found), remark)


def expand(text: str, wanted: str | None) -> list[str]:
    """Return ``FILE:channel`` for every channel that ``--channel`` means in a file of which none is named."""
    path, channel = split_channel(text)
    if wanted is None or channel is not None:
        return [text]
    if network_format(path) is not None:
        raise FormatError(f"{path}: is a network, which has no channels")
    with open_images(path) as file:
        return [f"{path}:{each.key}" for each in select_all(path, file.channels(), readable(wanted))]


def read_mask(text: str) -> NDArray[Any]:
    """Read a mask: that of a channel in a .gwy file, or an image of its own."""
    path, channel = split_channel(text)
    if not path.lower().endswith(".gwy"):
        return np.asarray(read_channel(path, channel).image)
    with open_images(path) as file:
        found = file.find(None if channel is None else readable(channel))
    return images.read_mask(path, found.key)


def network_format(path: str) -> str | None:
    """Return whose network a file is by its content, ``"afmnn"`` or ``"gwyddion"``; None if it is something else."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "is a folder, and a file is needed", path)
    if is_gwyddions(path):
        return "gwyddion"
    with open_regular(path) as (file, _):
        start = file.read(2)
    if start == b"PK":
        with open_archive(path) as archive:
            return "afmnn" if {"header", "layer_0"} <= set(archive.names) else None
    return None


def read_network(text: str, *, first: bool = False) -> Network:
    """Read a network by its name or path, ours or Gwyddion's; `first` says that an image follows it on the command line."""
    path = locate(text)
    if network_format(path) is None and _is_image(path):
        raise FormatError(f"{path}: is an image, not a network{'; the network comes first' if first else ''}")
    return read_file(path)


def _is_image(path: str) -> bool:
    try:
        channels = images.list_channels(path)
        return bool(channels) and not any(str(channel.key).startswith("layer_") for channel in channels)
    except FormatError:
        return False


def remark_on_heights(text: str, image: Image, network: Network) -> str | None:
    """Return what to say where an image that nobody has chosen among the channels of its file does not look like heights."""
    base = _units.base(image.unit_z)
    trained_on_such = base not in ("", "m") and base == network.units.get("unit_z")
    if split_channel(text)[1] is not None or trained_on_such:
        return None
    named = is_named_otherwise(image.title)
    measured = base != "m" and (_units.takes_prefix(base) or base in ("deg", "°"))
    if not (named or measured):
        return None
    unit = f" (unit {base})" if base else ""
    return f"{text}: the channel {image.title!r}{unit} has no heights, for which networks are made"


def check_image_name(path: str) -> None:
    """Refuse the name of a result that says no known format, before any work."""
    refuse_folder(path)
    if os.path.splitext(path)[1].lower() not in images.SUFFIXES:
        raise ValueError(f"{path}: the name of a result ends in {', '.join(images.SUFFIXES)}")


def refuse_folder(path: str) -> None:
    """Refuse a folder where a file is to be written."""
    if os.path.isdir(path):
        raise IsADirectoryError(errno.EISDIR, "is a folder", path)


def check_no_input(path: str, inputs: Sequence[str]) -> None:
    """Refuse to write over an input, by whatever name."""
    if os.path.exists(path) and any(os.path.exists(each) and os.path.samefile(each, path) for each in inputs):
        raise ValueError(f"{path}: is an input, and would be overwritten")


def check_output(path: str, inputs: Sequence[str], *, force: bool, source: str | None = None) -> None:
    """Refuse to write over an input, over anything but an earlier result unless forced to, and where nothing can be written.

    `source` is the .gwy file that the result is written beside a copy of.
    """
    refuse_folder(path)
    check_no_input(path, inputs)
    if os.path.exists(path):
        in_place = source is not None and os.path.exists(source) and os.path.samefile(source, path)
        if in_place and not force:
            raise FileExistsError(errno.EEXIST, "is the input itself; --force adds the result to it, as a channel", path)
        if not force and not is_result(path, source):
            raise FileExistsError(errno.EEXIST, "exists, and is no earlier result; --force replaces it", path)
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {folder}", path)
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, f"the folder {folder} cannot be written to", path)


def check_one_or_gwy(output: str, path: str, count: int) -> None:
    """Refuse to write several channels to a file that holds one image."""
    if count > 1 and not output.lower().endswith(".gwy"):
        raise ValueError(
            f"{output}: {count} channels of {path} are to be written: name a .gwy file, or choose one with --channel"
        )


def write_pictures(path: str, pictures: Sequence[Image], *, result: bool) -> None:
    """Write one image, or several as channels of a .gwy file."""
    if len(pictures) == 1:
        images.write_image(path, pictures[0], result=result)
    else:
        images.write_images(path, pictures, result=result)


def one_for_each(images: Sequence[str], ideals: Sequence[str]) -> list[str | None]:
    """Return the ideal of each image: its own, the only one that is given, or none."""
    return [*ideals] * len(images) if len(ideals) == 1 else [*ideals] or [None] * len(images)
