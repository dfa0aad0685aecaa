"""An image as a picture: colours, colour bar, scale bar, title, size."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .. import _check
from ..evaluation.plots import HEIGHTS, check_matplotlib
from ..image import Image
from . import figures
from .sampled import Sample, described_size, frame, height_scale, limits, sampled, scale_bar

_WIDTH = 4.2  # inches of a picture with its colour bar
_HIGHEST = 6.0
_MISSING = "#9aa5b1"  # between the colours of heights, and none of them


class Look(NamedTuple):
    """How heights are coloured."""

    limits: tuple[float, float] | None = None  # by default most of the heights
    colours: str = HEIGHTS
    title: str | None = None  # by default the image's
    note: str | None = None  # below the picture; by default its size
    colour_bar: bool = True
    scale_bar: bool = True


def plot_image(
    image: Image, ax: Any = None, *, limits: tuple[float, float] | None = None, colours: str = HEIGHTS, colour_bar: bool = True
) -> Any:
    """Draw an image into axes, new ones if there are none, and return them; see `Image.plot`."""
    check_matplotlib("drawing an image")
    if limits is not None:
        low, high = _pair_of_limits(limits)
        limits = low, high
    _check.text(colours=colours)
    if colours not in _colour_maps():
        raise ValueError(f"colours must be a colour map of matplotlib, got {colours!r}")
    _check.flag(colour_bar=colour_bar)
    if ax is None:
        ax = figures.on_screen(_size(image)).add_subplot()
    elif not hasattr(ax, "imshow"):
        raise TypeError(f"ax must be axes of matplotlib, got {type(ax).__name__}")
    draw(ax, image, Look(limits, colours, colour_bar=colour_bar))
    return ax


def displayed(image: Image) -> tuple[bytes, dict[str, int]]:
    """Return what a notebook shows of an image: a PNG and how wide it is shown."""
    with figures.own_style():
        figure = figures.alone(_size(image))
        draw(figure.add_subplot(), image, Look())
        data, width = figures.png(figure)
    return data, {"width": width}


def draw(ax: Any, image: Image, look: Look, sample: Sample | None = None) -> None:
    """Draw an image into axes of matplotlib; of `sample` where its heights are others than those of the image."""
    import matplotlib as mpl  # noqa: PLC0415 - an extra

    sample = sampled(image.data) if sample is None else sample
    ends = limits(sample.heights) if look.limits is None else look.limits
    colours = mpl.colormaps[look.colours].with_extremes(bad=_MISSING)
    scale = height_scale(*(ends or (0.0, 1.0)), image.unit_z)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        shown = (sample.heights - scale.offset) / scale.size
    low, high = ((end - scale.offset) / scale.size for end in ends or (0.0, 1.0))
    if not low < high:  # a constant image has the middle colour
        low, high = low - 0.5, high + 0.5
    picture = ax.imshow(np.ma.masked_invalid(shown), cmap=colours, vmin=low, vmax=high, aspect="auto", interpolation="nearest")
    proportions = frame(image)
    ax.set_box_aspect(proportions.aspect)
    ax.set_xticks([])
    ax.set_yticks([])
    title = image.title if look.title is None else look.title
    if title:
        ax.set_title(_short(title), parse_math=False)
    ax.set_xlabel(_note(image, look, sample.steps, to_scale=proportions.to_scale), fontsize="small")
    if ends is None:
        ax.text(0.5, 0.5, "all pixels are missing", transform=ax.transAxes, ha="center", va="center")
        return
    if look.scale_bar:
        _draw_scale_bar(ax, image)
    if look.colour_bar:
        # A part of the picture's axes, so that it is as high as the picture.
        wide = max(proportions.aspect, 1.0)  # because a high picture is narrow
        place = ax.inset_axes((1.0 + 0.03 * wide, 0.0, 0.05 * wide, 1.0))
        bar = ax.figure.colorbar(picture, cax=place, extend=_extend(sample.heights, ends))
        bar.outline.set_linewidth(0.5)
        bar.set_label(scale.label)
        bar.ax.ticklabel_format(useOffset=False, style="plain")
        if ends[0] == ends[1]:
            bar.set_ticks([(low + high) / 2])


def _colour_maps() -> Any:
    import matplotlib as mpl  # noqa: PLC0415 - an extra

    return mpl.colormaps


def _draw_scale_bar(ax: Any, image: Image) -> None:
    from matplotlib import patheffects  # noqa: PLC0415 - an extra

    bar = scale_bar(image)
    if bar is None:
        return
    # White with a dark edge is seen on any colour.
    edge = [patheffects.withStroke(linewidth=4.5, foreground="#000000b0")]
    around = [patheffects.withStroke(linewidth=2.0, foreground="#000000c0")]
    ends = [0.04, 0.04 + bar.share]
    low = 0.05 if ax.get_box_aspect() >= 0.5 else 0.12
    ax.plot(ends, [low, low], transform=ax.transAxes, color="white", lw=3, solid_capstyle="butt", path_effects=edge)
    ax.annotate(
        bar.label, (sum(ends) / 2, low), xycoords="axes fraction", xytext=(0, 5), textcoords="offset points", ha="center",
        va="bottom", color="white", path_effects=around, annotation_clip=False,
    )  # fmt: skip


def _note(image: Image, look: Look, steps: tuple[int, int], *, to_scale: bool) -> str:
    """Return the line below a picture: its size, and what is not as it looks."""
    notes = [described_size(image) if look.note is None else look.note]
    left_out = [f"every {_ordinal(step)} {name}" for step, name in zip(steps, ("row", "column"), strict=True) if step > 1]
    if left_out:
        notes.append(" and ".join(left_out) + " shown")
    if not to_scale:
        notes.append("proportions not to scale")
    return "\n".join(filter(None, notes))


def _extend(heights: Any, ends: tuple[float, float]) -> str:
    below, above = bool(np.nanmin(heights) < ends[0]), bool(np.nanmax(heights) > ends[1])
    return {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}[below, above]


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _short(title: str) -> str:
    title = "".join(c if c.isprintable() else " " for c in title)
    return title if len(title) <= 44 else f"{title[:27]} … {title[-14:]}"


def _size(image: Image) -> tuple[float, float]:
    """Return width and height of a figure in inches that has room for a picture of these proportions."""
    aspect = frame(image).aspect
    width = _WIDTH if aspect <= 1.2 else max(2.6, 1.3 + (_HIGHEST - 0.9) / aspect)
    return width, min(_HIGHEST, (width - 1.0) * aspect + 0.9)


def _pair_of_limits(value: Any) -> tuple[float, float]:
    if not isinstance(value, (tuple, list, np.ndarray)) or len(value) != 2:
        raise ValueError(f"limits must be two heights (low, high), got {value!r}")
    low, high = value
    _check.finite(**{"limits[0]": low, "limits[1]": high})
    if not low < high:
        raise ValueError(f"limits must be (low, high) with low < high, got {value!r}")
    return float(low), float(high)
