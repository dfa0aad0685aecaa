"""Corrections that need no training: what is wrong in a scan is marked (``mark_...``) and mended.

One file a correction. `afmnn.clean` calls them in the order that does best; see ``docs/corrections.md``.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from .._later import importer as _importer
from .info import Correction

if _TYPE_CHECKING:
    from .features import mark_features

__all__ = ["Correction", "mark_features"]

#: Where names live that are imported when they are first asked for.
_LATER: dict[str, str] = {
    "mark_features": "features",
}

__getattr__ = _importer(__name__, _LATER)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
