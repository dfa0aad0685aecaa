"""The images in a file, and which of them is meant."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence

from .._files.regular import PathLike
from ..errors import FormatError


@dataclasses.dataclass(frozen=True)
class Channel:
    """An image in a file.

    Parameters
    ----------
    key : int or str
        What `read_image` takes as ``channel``: the number in a .gwy file, the array's name in an .npz file.
    title : str
        Title of the channel, empty where there is none.
    shape : (int, int)
        Rows and columns.
    """

    key: int | str
    title: str
    shape: tuple[int, int]

    def __str__(self) -> str:
        """``0 'Height' (512 x 512)``."""
        return f"{self.key} {self.title[:60]!r} ({self.shape[0]} x {self.shape[1]})"


def select(path: PathLike, channels: Sequence[Channel], wanted: int | str | None) -> Channel:
    """Return the channel that is wanted, or list what there is."""
    if not channels:
        raise FormatError("has no image: no two-dimensional array of numbers")
    listed = ", ".join(map(str, channels[:50])) + (", ..." if len(channels) > 50 else "")
    if wanted is None:
        if len(channels) > 1:
            raise ValueError(f"channel must be given for {os.fsdecode(path)}, which has several: {listed}")
        return channels[0]
    found = [channel for channel in channels if wanted in (channel.key, channel.title) and type(wanted) is not bool]
    if not found and isinstance(wanted, str) and wanted.isdecimal():  # a number from the command line
        found = [channel for channel in channels if channel.key == int(wanted)]
    if not found:
        raise ValueError(f"channel must be one of {os.fsdecode(path)}, got {wanted!r}; it has {listed}")
    if len(found) > 1:
        several = ", ".join(map(str, found[:50]))
        raise ValueError(
            f"channel must be given by number for {os.fsdecode(path)}, {wanted!r} is the title of several: {several}"
        )
    return found[0]
