"""Corrections that need no training: what is wrong in a scan is marked (``mark_...``) and mended.

One file a correction. `afmnn.clean` calls them in the order that does best; see ``docs/corrections.md``.
"""

from typing import TYPE_CHECKING

from .._later import importer as _importer
from .info import Correction

if TYPE_CHECKING:
    from .fill import fill

__all__ = [
    "Correction",
    "fill",
]

#: Where names live that are imported when they are first asked for.
_LATER: dict[str, str] = {
    "fill": "fill",
}

__getattr__ = _importer(__name__, _LATER)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
