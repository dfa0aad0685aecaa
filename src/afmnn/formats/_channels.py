"""The images in a file, and which of them is meant."""

from __future__ import annotations

import dataclasses
import fnmatch
import os
import re
from collections.abc import Sequence

from .._files.regular import PathLike
from ..errors import FormatError
from ._naming import Direction, direction_of, is_named_otherwise, is_sensor, without_frame

#: What stands for the height of the forward direction, whatever its maker calls it.
HEIGHT = "height"
#: What stands for all channels that can be read, where several may be meant.
ALL = "all"


@dataclasses.dataclass(frozen=True)
class Channel:
    """An image in a file.

    Parameters
    ----------
    key : int or str
        What `read_image` takes as ``channel``: the number in a file of an instrument or in a .gwy file, the array's name in an
        .npz file.
    title : str
        Title of the channel, empty where there is none.
    shape : (int, int)
        Rows and columns; (0, 0) where nobody can tell.
    problem : str
        Why it cannot be read; empty where it can. The other channels of the file can be read all the same.
    size : (float, float)
        Physical height and width in `unit_xy`; (0, 0) where nobody can tell.
    unit_xy, unit_z : str
        Lateral and height unit, empty where there is none.
    direction : {"unknown", "forward", "backward"}
        In which direction the lines were scanned: forward is trace, backward is retrace. By the title or the metadata.
    is_height : bool
        Whether it has heights, by its unit and title.
    reader : str
        What read a file of an instrument, with its version; empty for the formats that afmnn reads itself.
    """

    key: int | str
    title: str
    shape: tuple[int, int]
    problem: str = ""
    size: tuple[float, float] = (0.0, 0.0)
    unit_xy: str = ""
    unit_z: str = ""
    direction: Direction = "unknown"
    is_height: bool = False
    reader: str = ""

    def __str__(self) -> str:
        """``0 'Height' (512 x 512)``, with the direction where it is known and the title does not say it."""
        about = f"cannot be read: it {self.problem}" if self.problem else f"{self.shape[0]} x {self.shape[1]}"
        if self.direction != direction_of(self.title, {}):
            about += f", {self.direction}"
        return f"{self.key} {self.title[:60]!r} ({about})"

    def check(self) -> None:
        """Refuse a channel that cannot be read."""
        if self.problem:
            raise FormatError(f"its channel {self.key} {self.title[:60]!r} {self.problem}")


def select(path: PathLike, channels: Sequence[Channel], wanted: int | str | None) -> Channel:
    """Return the channel that is wanted, or list what there is.

    A text that is the number of a channel (or the name of an array) is that, and only then a title: films call their frames 1,
    2, 3, and number them from 0. So ``1`` and ``"1"`` are the same, and every channel can be reached by its number; ``"01"`` is a
    title. Only a text that is neither is looked at as `HEIGHT` or as a pattern.
    """
    if wanted is None:
        return _only(path, channels)
    if wanted == HEIGHT and not _named(channels, wanted):
        return height(path, channels)
    found = _matching(path, channels, wanted)
    if len(found) > 1:
        what = "the title" if _named(channels, wanted) else "a pattern"
        raise ValueError(
            f"channel must be given by number for {os.fsdecode(path)}, {wanted!r} is {what} of several: {listed(found)}"
        )
    return found[0]


def select_all(path: PathLike, channels: Sequence[Channel], wanted: int | str) -> list[Channel]:
    """Return all channels that are wanted: those with a title, or that a pattern such as ``Z-Axis*`` fits, or `ALL`.

    `HEIGHT` is one channel here, too. Of `ALL`, those that cannot be read are left out.
    """
    named = _named(channels, wanted)
    if wanted == HEIGHT and not named:
        return [height(path, channels)]
    if wanted == ALL and not named:
        return [channel for channel in channels if not channel.problem] or [_only(path, channels)]
    return _matching(path, channels, wanted)


def height(path: PathLike, channels: Sequence[Channel]) -> Channel:
    """Return the height of the forward direction, or list what there is."""
    found = _first_frame(heights(channels))
    if not found:  # an array on its own, of which nobody says anything
        bare = [channel for channel in _sound(channels) if not (channel.unit_z or is_named_otherwise(channel.title))]
        found = bare if len(_sound(channels)) == 1 else []
    if not found:
        _refuse_none(channels)
        raise ValueError(f"channel must be given for {os.fsdecode(path)}, no height is among {listed(channels)}")
    if len(found) > 1:
        raise ValueError(f"channel must be given for {os.fsdecode(path)}, which has several heights: {listed(found)}")
    return found[0]


def heights(channels: Sequence[Channel]) -> list[Channel]:
    """Return the heights that come first: of the forward direction, of the feedback rather than of a sensor.

    Because trace and retrace lag behind each other, and sensors add noise of their own, one is not as good as another.
    """
    found = [channel for channel in _sound(channels) if channel.is_height]
    for direction in ("forward", "unknown", "backward"):
        along = [channel for channel in found if channel.direction == direction]
        if along:
            return [channel for channel in along if not is_sensor(channel.title)] or along
    return []


def _first_frame(found: list[Channel]) -> list[Channel]:
    """Return the first one alone where all are frames of one film, by titles as `frame_title` makes them."""
    films = {without_frame(channel.title) for channel in found}
    return found[:1] if len(films) == 1 and "" not in films else found


def listed(channels: Sequence[Channel]) -> str:
    """Return the channels as a message lists them."""
    return ", ".join(map(str, channels[:50])) + (", ..." if len(channels) > 50 else "")


def _named(channels: Sequence[Channel], wanted: int | str) -> list[Channel]:
    """Return the channels with a number, a name or a title."""
    found = [channel for channel in channels if wanted == channel.key and type(wanted) is not bool]
    if found or not isinstance(wanted, str):
        return found
    return [channel for channel in channels if is_number(wanted) and channel.key == int(wanted)] or [
        channel for channel in channels if channel.title == wanted
    ]


def _matching(path: PathLike, channels: Sequence[Channel], wanted: int | str) -> list[Channel]:
    """Return the channels with a number, a name or a title, or else those that a pattern fits; at least one."""
    _refuse_none(channels)
    found = _named(channels, wanted)
    if not found and isinstance(wanted, str) and any(mark in wanted for mark in "*?["):
        found = [channel for channel in channels if fnmatch.fnmatchcase(channel.title.lower(), wanted.lower())]
        found = _sound(found) or found
    if not found:
        raise ValueError(f"channel must be one of {os.fsdecode(path)}, got {wanted!r}; it has {listed(channels)}")
    return found


def is_number(text: str) -> bool:
    """Whether a text is a number as channels are numbered, and not "01" or "١"."""
    return re.fullmatch("0|[1-9][0-9]*", text, re.ASCII) is not None


def _only(path: PathLike, channels: Sequence[Channel]) -> Channel:
    """Return the only channel, the only one that can be read, or the only height that comes first."""
    _refuse_none(channels)
    sound = _sound(channels)
    if len(sound) == 1 or len(channels) == 1:
        return (sound or channels)[0]
    if not sound:
        raise FormatError(f"has no image that can be read: {listed(channels)}")
    found = _first_frame(heights(sound))
    if len(found) == 1:
        return found[0]
    raise ValueError(f"channel must be given for {os.fsdecode(path)}, which has several: {listed(channels)}")


def _sound(channels: Sequence[Channel]) -> list[Channel]:
    return [channel for channel in channels if not channel.problem]


def _refuse_none(channels: Sequence[Channel]) -> None:
    if not channels:
        raise FormatError("has no image: no two-dimensional array of numbers")
