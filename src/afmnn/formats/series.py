"""Several images of one place: both directions of a scan, and the frames of a film."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from .._files.regular import PathLike
from ..image import Image
from ._channels import HEIGHT, Channel, height, heights, listed, select_all
from ._naming import is_named_otherwise, stem
from ._readers import open_images

__all__ = ["read_directions", "read_frames"]


def read_directions(path: PathLike, channel: int | str = HEIGHT) -> tuple[Image, Image]:
    """Read both directions of a scan.

    Parameters
    ----------
    path : path-like
        A file of an instrument, or a .gwy file.
    channel : int or str
        Which quantity: the height, or the number or title of a channel of either direction. A title that both directions have
        stands for both.

    Returns
    -------
    trace, retrace : Image
        The forward and the backward direction, both in the coordinates of the sample: what is at the left in one is at the left
        in the other, but for the lag of the scanner, which is some pixels.

    Raises
    ------
    ValueError
        If there is no such channel, or it is not there once in each direction; the message lists what there is.
    FormatError
        As `read_image`.
    OSError
        If the file cannot be read.
    """
    with open_images(path) as file:
        trace, retrace = _both(path, file.channels(), channel)
        return file.image(trace), file.image(retrace)


def read_frames(path: PathLike, channel: int | str = HEIGHT) -> list[Image]:
    """Read all frames of a film.

    Parameters
    ----------
    path : path-like
        A file of an instrument, or a .gwy file, with a channel for each frame.
    channel : int or str
        Which channels: the heights of the forward direction, or those with a title, or that a pattern such as ``"Z-Axis*"``
        fits. Where no channel says that it has heights, those without a unit are taken.

    Returns
    -------
    list of Image
        In the order of the file; one where there is one channel only.

    Raises
    ------
    ValueError
        If there is no such channel, or those that are meant are not frames of one film: their shapes or units differ, or their
        titles do by more than a number. The message lists them.
    FormatError
        As `read_image`.
    OSError
        If the file cannot be read.
    """
    with open_images(path) as file:
        found = frames(path, file.channels(), channel)
        return [file.image(each) for each in found]


def frames(path: PathLike, channels: Sequence[Channel], wanted: int | str = HEIGHT) -> list[Channel]:
    """Return the channels that are the frames of a film."""
    if wanted == HEIGHT:
        bare = [each for each in channels if not (each.problem or each.unit_z or is_named_otherwise(each.title))]
        found = heights(channels) or bare or [height(path, channels)]
    else:
        found = select_all(path, channels, wanted)
    kinds = {(each.shape, each.unit_z, each.direction, re.sub(r"[\d\s]+", "", stem(each.title))) for each in found}
    if len(kinds) > 1:
        raise ValueError(f"channel must be given for {os.fsdecode(path)}, which has more than one film: {listed(found)}")
    return found


def _both(path: PathLike, channels: Sequence[Channel], wanted: int | str) -> tuple[Channel, Channel]:
    """Return the channels of the forward and the backward direction."""
    found = [height(path, channels)] if wanted == HEIGHT else select_all(path, channels, wanted)
    first = [each for each in found if each.direction != "backward"] or found
    if len(first) > 1:
        raise ValueError(f"channel must be given by number for {os.fsdecode(path)}, {wanted!r} are several: {listed(first)}")
    chosen = first[0]
    chosen.check()
    other = "forward" if chosen.direction == "backward" else "backward"
    partners = [
        each
        for each in channels
        if (each.direction, stem(each.title), each.shape, each.unit_z) == (other, stem(chosen.title), chosen.shape, chosen.unit_z)
        and not each.problem
    ]
    if len(partners) != 1:
        many = "several times" if partners else "not"
        raise ValueError(
            f"channel must be there in both directions, got {chosen} of {os.fsdecode(path)}, which is {many} there {other}; "
            f"it has {listed(channels)}"
        )
    return (chosen, partners[0]) if other == "backward" else (partners[0], chosen)
