"""How images, networks and results show themselves in notebooks, and are drawn by ``plot()`` and `afmnn.show`.

The package is not called ``show``, because importing it would take the place of the function `afmnn.show`.
"""

from __future__ import annotations

import importlib
from typing import Any


def displayed(kind: str, value: Any) -> Any:
    """Return what a notebook displays of a value; None, so that it takes the text, where it cannot be drawn.

    Because a notebook prints the traceback of a display that fails, and nobody asked for the display, there are no errors here.

    Parameters
    ----------
    kind : str
        The module here that draws it, by its function ``displayed``.
    value : object
        What to draw.
    """
    try:
        return importlib.import_module(f".{kind}", __name__).displayed(value)
    except Exception:  # no matplotlib, no memory, a broken installation of either
        return None
