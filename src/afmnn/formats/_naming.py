"""What the title, the unit and the metadata of a channel say: whether it is a height, and in which direction it was scanned.

Every maker has words of its own. Titles are those of the makers' files, as Gwyddion shows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from .. import _units

Direction: TypeAlias = Literal["forward", "backward", "unknown"]

#: Words in the titles of channels that are something else than heights, also where their unit is a length.
_NO_HEIGHTS = (
    "phase", "amplitude", "deflection", "current", "potential", "friction", "adhesion", "lateral", "dissipation", "frequency",
    "excitation", "deformation", "indentation", "separation",
)  # fmt: skip
#: Words that no word for a height makes good.
_NEVER = ("error", "residual")
_HEIGHTS = ("height", "topo", "z-axis", "z sensor", "z-sensor", "zsensor")
#: Of two heights, one with such a word is what a sensor has measured; the other is what the feedback did.
_SENSORS = ("sensor", "measured")

# A word begins behind something that is no letter, or with a capital of its own, as in HeightRetrace or TopoBwd.
_WORD = r"(?<![A-Za-z])(?i:{0})(?i:up|down)?(?![a-z])|(?<=[a-z])(?:{1})(?:Up|Down)?(?![a-z])"
_BACKWARD = re.compile(_WORD.format("retrace|backward|bwd", "Retrace|Backward|Bwd"))
_FORWARD = re.compile(_WORD.format("trace|forward|fwd", "Trace|Forward|Fwd"))
#: Keys of metadata that say the direction of a line, without the section they are in; other "directions" are up and down.
_KEYS = frozenset({"line direction", "x scanning direction", "fast scan direction", "trace", "direction"})
_VALUES: dict[str, Direction] = {
    "trace": "forward", "forward": "forward", "left to right": "forward",
    "retrace": "backward", "backward": "backward", "right to left": "backward",
}  # fmt: skip


def direction_of(title: str, meta: Mapping[str, str]) -> Direction:
    """Return the direction in which the lines of a channel were scanned, by its title or else its metadata."""
    if _BACKWARD.search(title):
        return "backward"
    if _FORWARD.search(title):
        return "forward"
    for key, value in meta.items():
        if key.rpartition("::")[2].strip().lower() in _KEYS and value.strip().lower() in _VALUES:
            return _VALUES[value.strip().lower()]
    return "unknown"


def is_height(title: str, unit: str) -> bool:
    """Whether a channel has heights: its unit is a length, and its title no name of something else.

    Where there is no unit, the title must say so.
    """
    base = _units.base(unit)
    if base == "m":
        return not is_named_otherwise(title)
    return base == "" and any(word in title.lower() for word in _HEIGHTS) and not is_named_otherwise(title)


def is_named_otherwise(title: str) -> bool:
    """Whether a title is that of something else than heights."""
    title = title.lower()
    if any(word in title for word in _NEVER):
        return True
    return any(word in title for word in _NO_HEIGHTS) and not any(word in title for word in _HEIGHTS)


def is_sensor(title: str) -> bool:
    """Whether a height is that of a sensor."""
    return any(word in title.lower() for word in _SENSORS)


def frame_title(title: str, number: int, count: int) -> str:
    """Return the title of a frame of a film, counted from 0; that of the film where it has one frame only."""
    return title if count == 1 else f"{title}, frame {number + 1} of {count}"


def without_frame(title: str) -> str:
    """Return the title of a film for that of one of its frames, see `frame_title`; empty for what is no frame."""
    bare, comma, frame = title.rpartition(", frame ")
    return bare if comma and re.fullmatch(r"\d+ of \d+", frame, re.ASCII) else ""


def stem(title: str) -> str:
    """Return a title without its direction: the same for the channels of both."""
    bare = _FORWARD.sub(" ", _BACKWARD.sub(" ", title))
    return " ".join(re.sub(r"\(\s*\)|\[\s*\]", " ", bare).split()).strip(" -_,:")
