"""Corrections that need no training: what is wrong in a scan is marked (``mark_...``) and mended.

One file a correction. `afmnn.clean` calls them in the order that does best; see ``docs/corrections.md``.
"""

from .._later import importer as _importer

# Because a module and a function share the name, it is imported at once: later, importing the module would hide the function.
from .fill import fill
from .info import Correction

__all__ = ["Correction", "fill"]

#: Where names live that are imported when they are first asked for.
_LATER: dict[str, str] = {}

__getattr__ = _importer(__name__, _LATER)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
