"""Finding the way again in a .gwy file that is damaged in the middle."""

from __future__ import annotations

import re
from collections.abc import Callable

#: The beginning of a component of the container: names that Gwyddion gives, such as /0/data/title, and the letter of a type.
_START = re.compile(rb"/\d{1,9}/[a-z][a-z0-9/_-]{1,40}\0[bciqdsoCIQDSO]")
_LONGEST = 64  # bytes of such a beginning, at most
_PIECE = 1 << 20


def next_component(take: Callable[[int, int], bytes], position: int, stop: int) -> int:
    """Return where the next component seems to begin, `stop` if there is none; `take` gives the bytes between two places."""
    while position < stop:
        found = _START.search(take(position, min(position + _PIECE, stop)))
        if found:
            return position + found.start()
        position += _PIECE - _LONGEST
    return stop
