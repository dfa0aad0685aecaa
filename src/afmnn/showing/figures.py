"""Figures of matplotlib: new ones, for the user's screen or for a PNG."""

from __future__ import annotations

import io
from typing import Any

#: Colours on white paper: of text, of lines, and of what was before, after, and should be.
INK, LINE, BEFORE, AFTER, IDEAL = "#1b1f24", "#57606a", "#8a929c", "#1f5fd0", "#1a7f4b"

_DOTS = 110  # per inch of figures
_SETTINGS = {"font.size": 9.0, "axes.titlesize": 10.0, "axes.edgecolor": LINE, "text.color": INK, "axes.labelcolor": INK}


def own_style() -> Any:
    """Return a context in which matplotlib draws in our style, whatever the user has set."""
    from matplotlib import style  # noqa: PLC0415 - an extra

    return style.context(["default", _SETTINGS])


def on_screen(size: tuple[float, float]) -> Any:
    """Return a new figure of pyplot, which notebooks and windows show; `size` in inches."""
    import matplotlib.pyplot as plt  # noqa: PLC0415 - an extra

    return plt.figure(figsize=size, dpi=_DOTS, layout="constrained")


def alone(size: tuple[float, float]) -> Any:
    """Return a new figure that pyplot does not know of."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: PLC0415 - an extra
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=size, dpi=_DOTS, layout="constrained")
    FigureCanvasAgg(figure)
    return figure


def png(figure: Any, fine: float = 2.0) -> tuple[bytes, int]:
    """Return a figure as PNG, by default twice as fine as it is shown, and how many pixels of a page it is wide."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=fine * _DOTS, facecolor="white", metadata={"Software": None})
    return file.getvalue(), round(figure.get_size_inches()[0] * _DOTS)
