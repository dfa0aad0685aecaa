"""The images in a file, and which of them is meant."""

from __future__ import annotations

import dataclasses
import os
import re
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
        Rows and columns; (0, 0) where nobody can tell.
    problem : str
        Why it cannot be read; empty where it can. The other channels of the file can be read all the same.
    """

    key: int | str
    title: str
    shape: tuple[int, int]
    problem: str = ""

    def __str__(self) -> str:
        """``0 'Height' (512 x 512)``."""
        about = f"cannot be read: it {self.problem}" if self.problem else f"{self.shape[0]} x {self.shape[1]}"
        return f"{self.key} {self.title[:60]!r} ({about})"

    def check(self) -> None:
        """Refuse a channel that cannot be read."""
        if self.problem:
            raise FormatError(f"its channel {self.key} {self.title[:60]!r} {self.problem}")


def select(path: PathLike, channels: Sequence[Channel], wanted: int | str | None) -> Channel:
    """Return the channel that is wanted, or list what there is.

    A text that is the number of a channel (or the name of an array) is that, and only then a title: films call their frames 1,
    2, 3, and number them from 0. So ``1`` and ``"1"`` are the same, and every channel can be reached by its number; ``"01"`` is a
    title.
    """
    if not channels:
        raise FormatError("has no image: no two-dimensional array of numbers")
    if wanted is None:
        return _only(path, channels)
    found = [channel for channel in channels if wanted == channel.key and type(wanted) is not bool]
    if not found and isinstance(wanted, str):
        found = [channel for channel in channels if is_number(wanted) and channel.key == int(wanted)] or [
            channel for channel in channels if channel.title == wanted
        ]
    if not found:
        raise ValueError(f"channel must be one of {os.fsdecode(path)}, got {wanted!r}; it has {_listed(channels)}")
    if len(found) > 1:
        several = _listed(found)
        raise ValueError(
            f"channel must be given by number for {os.fsdecode(path)}, {wanted!r} is the title of several: {several}"
        )
    return found[0]


def is_number(text: str) -> bool:
    """Whether a text is a number as channels are numbered, and not "01" or "١"."""
    return re.fullmatch("0|[1-9][0-9]*", text, re.ASCII) is not None


def _only(path: PathLike, channels: Sequence[Channel]) -> Channel:
    """Return the only channel, or the only one that can be read."""
    sound = [channel for channel in channels if not channel.problem]
    if len(sound) == 1 or len(channels) == 1:
        return (sound or channels)[0]
    if not sound:
        raise FormatError(f"has no image that can be read: {_listed(channels)}")
    raise ValueError(f"channel must be given for {os.fsdecode(path)}, which has several: {_listed(channels)}")


def _listed(channels: Sequence[Channel]) -> str:
    return ", ".join(map(str, channels[:50])) + (", ..." if len(channels) > 50 else "")
