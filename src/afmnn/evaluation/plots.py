"""Pictures and curves of a report: PNG by Pillow, SVG that takes its colours from the page by matplotlib."""

from __future__ import annotations

import base64
import io
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._text import power_of_ten, prefix, thousands
from .._typing import Float64s
from ..errors import MissingExtraError

#: Colours of the page's style sheet, by what stands for them in a drawing.
_COLOURS: Mapping[str, str] = {
    "#010101": "var(--ink)",
    "#020202": "var(--line)",
    "#030303": "var(--before)",
    "#040404": "var(--after)",
    "#050505": "var(--ideal)",
}
INK, LINE, BEFORE, AFTER, IDEAL = _COLOURS

#: Heights, and what is removed or wrong by sign.
HEIGHTS, SIGNED = "afmhot", "RdBu_r"

_MOST_PIXELS = 640  # a side of a picture: more than a page shows
_MOST_POINTS = 2000  # of a curve

Curve = tuple[Float64s, Float64s, str, str]


def check_matplotlib(purpose: str = "writing a report") -> None:
    """Refuse to begin without matplotlib; `purpose` is what needs it."""
    try:
        import matplotlib  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MissingExtraError("matplotlib", "plot", purpose) from error
    del matplotlib


def picture(heights: Float64s, low: float, high: float, colours: str) -> tuple[str, tuple[int, int], int]:
    """Return heights between two limits as a PNG.

    Returns
    -------
    str
        As a ``data:`` address; missing pixels are transparent.
    (int, int)
        Rows and columns of the picture.
    int
        Pixels that were averaged for one of the picture, along each side.
    """
    import matplotlib as mpl  # noqa: PLC0415 - an extra
    from PIL import Image as Picture  # noqa: PLC0415 - comes with matplotlib

    reduced, factor = _reduced(heights)
    span = high - low if high > low else 1.0
    with np.errstate(invalid="ignore"):
        level = np.clip((reduced - low) / span, 0.0, 1.0) * 254
    index = np.where(np.isnan(level), 255, np.rint(level)).astype(np.uint8)
    palette = np.zeros((256, 3), np.uint8)
    palette[:255] = np.rint(255 * mpl.colormaps[colours](np.linspace(0, 1, 255))[:, :3]).astype(np.uint8)
    image = Picture.fromarray(index, mode=None)
    image.putpalette(palette.tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", optimize=True, **({"transparency": 255} if (index == 255).any() else {}))
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode(), index.shape, factor


def gradient(colours: str) -> str:
    """Return a colour map as a CSS gradient from left to right."""
    import matplotlib as mpl  # noqa: PLC0415 - an extra

    stops = [mpl.colors.to_hex(colour) for colour in mpl.colormaps[colours](np.linspace(0, 1, 17))]
    return f"linear-gradient(to right, {', '.join(stops)})"


def _reduced(heights: Float64s) -> tuple[Float64s, int]:
    """Average blocks of pixels until the picture is small enough; a block with a missing pixel is missing."""
    factor = -(-max(heights.shape) // _MOST_PIXELS)
    factor = min(factor, *heights.shape)
    if factor == 1:
        return heights, 1
    rows, cols = (n // factor for n in heights.shape)
    blocks = heights[: rows * factor, : cols * factor].reshape(rows, factor, cols, factor)
    return np.asarray(blocks.mean(axis=(1, 3)), np.float64), factor


def curves(
    name: str,
    lines: Sequence[Curve],
    x_label: str,
    y_label: str,
    *,
    log: str = "",
    steps: bool = False,
    whole: bool = False,
    top: float | None = None,
) -> str:
    """Return curves as SVG to be put into a page.

    Parameters
    ----------
    name : str
        Begins every identifier in the drawing: another one for each drawing of a page.
    lines : sequence of (x, y, colour, dashes)
        The curves, the last on top.
    x_label, y_label : str
        What is along the axes.
    log : str
        Axes that are logarithmic: "", "y" or "xy".
    steps : bool
        Whether to draw the outlines of histograms.
    whole : bool
        Whether x are whole numbers.
    top : float, optional
        Where the drawing ends.

    Returns
    -------
    str
    """
    import matplotlib as mpl  # noqa: PLC0415 - an extra
    from matplotlib.backends.backend_svg import FigureCanvasSVG  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "font.size": 9,
        "axes.edgecolor": LINE,
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": LINE,
        "ytick.color": LINE,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "grid.color": LINE,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "path.simplify": True,
    }
    with mpl.rc_context(settings):
        figure = Figure(figsize=(4.4, 2.5))
        figure.subplots_adjust(left=0.165, right=0.965, bottom=0.185, top=0.97)  # a solver of layouts takes longer than the rest
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        for x, y, colour, dashes in lines:
            style: dict[str, Any] = {"color": colour, "linewidth": 1.3, "linestyle": dashes}
            if steps:
                style["drawstyle"] = "steps-mid"
            axes.plot(*_thinned(x, y), **style)
        if "x" in log:
            axes.set_xscale("log")
        if "y" in log:
            axes.set_yscale("log")
        if whole:
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        if top is not None:
            axes.set_ylim(0, top)
        axes.grid(linewidth=0.5, alpha=0.35)
        axes.margins(x=0.01)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        file = io.StringIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return _inline(file.getvalue(), name)


def axis_scale(value: float, unit: str, without: str = "") -> tuple[float, str]:
    """Return how large a handy unit for an axis is, and its name.

    Where no prefix can say it, a power of ten does, so that numbers are short in any case.
    """
    size, name = prefix(value, unit)
    if not (math.isfinite(value) and value > 0 and not 1e-2 <= value / size < 1e5):
        return size, name or without
    exponent = thousands(value)
    return 10.0**exponent, f"× {power_of_ten(exponent)} {unit or without}".rstrip()


def _thinned(x: Float64s, y: Float64s) -> tuple[Float64s, Float64s]:
    """Keep the lowest and the highest of every so many points: among every k-th, what changes from point to point is lost."""
    if len(x) <= _MOST_POINTS:
        return x, y
    size = -(-2 * len(x) // _MOST_POINTS)
    first = np.arange(0, len(x), size)
    blocks = np.pad(y, (0, len(first) * size - len(y)), mode="edge").reshape(-1, size)
    gaps = np.isnan(blocks)
    ends = [np.where(gaps, np.inf, blocks).argmin(axis=1), np.where(gaps, -np.inf, blocks).argmax(axis=1)]
    chosen = np.minimum(np.sort(np.add(ends, first), axis=0).T.ravel(), len(x) - 1)
    return x[chosen], y[chosen]


def _inline(svg: str, name: str) -> str:
    """Make a drawing part of a page: no head, its own identifiers, colours and fonts from the style sheet."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style.*?</style>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\b(id="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*" height="[^"]*"', r'\1 role="img"', svg, count=1)
    svg = re.sub(r"font-family: [^;\"]*;? ?", "", svg)
    svg = re.sub(r"font: (\d+(?:\.\d+)?px) [^;\"]*", r"font-size: \1", svg)
    for marker, colour in _COLOURS.items():
        svg = svg.replace(marker, colour)
    return "\n".join(line.strip() for line in svg.splitlines() if line.strip())
