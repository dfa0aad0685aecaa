"""Corrections that need no training: what is wrong in a scan is marked (``mark_...``) and mended.

One file a correction. `afmnn.clean` calls them in the order that does best; see ``docs/corrections.md``.
"""

# Because a module and a function share a name, all are imported at once: later, importing the module would hide the function.
from .features import mark_features
from .fill import fill
from .hum import hum
from .info import Correction
from .jumps import Jump, find_jumps, jumps, mark_jumps
from .lines import lines, mark_lines
from .scars import mark_scars, scars
from .spikes import mark_spikes, spikes

__all__ = [
    "Correction",
    "Jump",
    "fill",
    "find_jumps",
    "hum",
    "jumps",
    "lines",
    "mark_features",
    "mark_jumps",
    "mark_lines",
    "mark_scars",
    "mark_spikes",
    "scars",
    "spikes",
]
