"""Corrections that need no training: what is wrong in a scan is marked (``mark_...``) and mended.

One file a correction. `afmnn.clean` calls them in the order that does best; see ``docs/corrections.md``.
"""

from .._later import importer as _importer
from .info import Correction

# Because a module and a function share the name, it is imported at once: later, importing the module would hide the function.
from .lines import lines, mark_lines
from .scars import mark_scars, scars
from .spikes import mark_spikes, spikes

__all__ = [
    "Correction",
    "lines",
    "mark_lines",
    "mark_scars",
    "mark_spikes",
    "scars",
    "spikes",
]

#: Where names live that are imported when they are first asked for.
_LATER: dict[str, str] = {}

__getattr__ = _importer(__name__, _LATER)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
