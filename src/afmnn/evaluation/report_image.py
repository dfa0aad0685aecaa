"""What a report shows of one image: pictures, profiles, histogram and spectra."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import metrics
from .._text import prefix, quantity
from .._typing import Float64s
from ..metrics._windows import even, filtered
from . import page, plots
from .evaluate import Evaluation
from .place import most_removed
from .plots import axis_scale

_SMOOTHED = 5  # pixels a side: what noise hides in single pixels is seen in their mean


def pictures(result: Evaluation, i: int, *, profiles: bool = True) -> str:
    """Return image `i` before, after and ideal, and what was removed, on scales that can be compared.

    With `profiles`, lines show where those are that `curves` draws.
    """
    noisy, cleaned, residual, ideal = result.noisy[i], result.cleaned[i], result.residual[i], result.ideal[i]
    unit = result.units[i]
    rows, cols = noisy.shape
    dy, dx = result.pixel_sizes[i]
    aspect = min(max(cols * dx / (rows * dy), 0.2), 5.0)
    low, high = _limits([cleaned, noisy] if ideal is None else [cleaned, noisy, ideal])
    half = (high - low) / 2
    middle = float(np.nanmedian(residual))
    rest = residual - np.nanmedian(np.where(np.isnan(residual).all(axis=1, keepdims=True), 0.0, residual), axis=1, keepdims=True)
    smooth = filtered(rest, even(_SMOOTHED)) if min(noisy.shape) > _SMOOTHED else rest
    row, col = _places(cleaned)
    marks = [("along", (row + 0.5) / rows), ("across", (col + 0.5) / cols)] if profiles else []
    place = None if result.verdicts[i].level == "fine" else most_removed(residual)
    most = [] if place is None else [("along", (place[0] + 0.5) / rows), ("across", (place[1] + 0.5) / cols)]
    height, width = rows * dy, cols * dx
    lateral = result.lateral_units[i]
    if lateral:
        size, name = prefix(max(height, width), lateral)
        extent = f"{height / size:.3g} x {width / size:.3g} {name} (height x width), {rows} x {cols} px"
    else:
        extent = f"{rows} x {cols} px"

    def shown(title: str, heights: Float64s, limits: tuple[float, float], colours: str, text: str, lines: Any = ()) -> page.Shown:
        source, shape, factor = plots.picture(heights, *limits, colours)
        text = f"{text}; {factor} x {factor} px averaged for this picture" if factor > 1 else text
        centre = sum(limits) / 2
        ends = (quantity(limits[0], unit), quantity(centre, unit) if centre else "0", quantity(limits[1], unit))
        return page.Shown(title, source, shape, aspect, plots.gradient(colours), ends, text, lines)

    same = (middle - half, middle + half)
    items = [
        shown("Before", noisy, (low, high), plots.HEIGHTS, extent + ("; lines: profiles below" if marks else ""), marks),
        shown("After", cleaned, (low, high), plots.HEIGHTS, "same height scale", marks),
    ]
    if ideal is not None:
        error = cleaned - ideal
        items.append(shown("Ideal", ideal, (low, high), plots.HEIGHTS, "same height scale"))
        items.append(shown("Error: after less ideal", error, _own(error, 0.0), plots.SIGNED, "what is still wrong"))
    items += [
        shown("Residual: before less after", residual, same, plots.HEIGHTS, "same height scale, about its median"),
        shown("Residual, own scale", residual, _own(residual, middle), plots.SIGNED, "line defects belong here"),
        shown(
            f"Residual, mean of {_SMOOTHED} x {_SMOOTHED} px", smooth, _own(smooth, 0.0), plots.SIGNED,
            "less the medians of its rows: shapes of the sample in here were eaten" + ("; lines: where most was" if most else ""),
            most,
        ),
    ]  # fmt: skip
    return page.pictures(items, 3 if ideal is None else 4)


def _limits(images: Sequence[Float64s]) -> tuple[float, float]:
    """Heights between which pictures are shown: all but the outermost, of all images."""
    low = min(float(np.nanquantile(image, 0.002)) for image in images)
    high = max(float(np.nanquantile(image, 0.998)) for image in images)
    return low, high


def _own(heights: Float64s, middle: float) -> tuple[float, float]:
    half = float(np.nanquantile(np.abs(heights - middle), 0.995)) if not np.isnan(heights).all() else 0.0
    return middle - half, middle + half


def _places(cleaned: Float64s) -> tuple[int, int]:
    """Choose the row and the column that have most to show, away from the edges."""
    place = []
    for axis in (1, 0):
        count = cleaned.shape[1 - axis]
        inside = slice(count // 8, count - count // 8)
        lines = cleaned if axis == 1 else cleaned.T
        spread = np.array([np.ptp(line[~np.isnan(line)]) if not np.isnan(line).all() else 0.0 for line in lines[inside]])
        # Stable, because NumPy's usual sort leaves equal ones in an order that depends on the CPU. The highest may be an outlier.
        order = np.argsort(spread, kind="stable")
        place.append(inside.start + int(order[-1 - len(spread) // 10]))
    return place[0], place[1]


def curves(result: Evaluation, i: int) -> str:
    """Return profiles along and across the scan lines of image `i`, its histogram and its power spectra."""
    noisy, cleaned, ideal = result.noisy[i], result.cleaned[i], result.ideal[i]
    unit, lateral = result.units[i], result.lateral_units[i]
    row, col = _places(cleaned)
    images = [(noisy, plots.BEFORE, "-"), (cleaned, plots.AFTER, "-")]
    keys = [("before", "before"), ("after", "after")]
    if ideal is not None:
        images.append((ideal, plots.IDEAL, "--"))
        keys.append(("ideal", "ideal"))
    low, high = _limits([image for image, _, _ in images])
    size, name = axis_scale(max(abs(low), abs(high), high - low), unit)
    height = f"height ({name})" if name else "height"
    dy, dx = result.pixel_sizes[i]
    found = []
    lines: list[plots.Curve]
    for title, key, pitch, take in (
        (f"Along scan line {row}", "x", dx, np.s_[row]),
        (f"Across the scan lines, column {col}", "y", dy, np.s_[:, col]),
    ):
        count = len(noisy[take])
        step, along = axis_scale(count * pitch, lateral, "" if pitch != 1 else "px")
        x = (np.arange(count, dtype=np.float64) + 0.5) * (pitch / step)
        lines = [(x, image[take] / size, colour, dashes) for image, colour, dashes in images]
        label = f"{key} ({along})" if along else key
        found.append((title, plots.curves(f"i{i}{key}", lines, label, height), keys))
    edges = np.linspace(low, high, 129, dtype=np.float64)
    middles = (edges[1:] + edges[:-1]) / (2 * size)
    counts = [np.histogram(image[~np.isnan(image)], edges)[0] * (100 / (~np.isnan(image)).sum()) for image, _, _ in images]
    lines = [(middles, count, colour, dashes) for count, (_, colour, dashes) in zip(counts, images, strict=True)]
    top = 1.15 * max(float(count.max()) for count in counts[:2])  # an ideal without noise may be two lines without end
    found.append(("Heights", plots.curves(f"i{i}h", lines, height, "pixels (%)", steps=True, top=top), keys))
    found.append(("Power spectrum along the scan lines", _spectra(result, i, images), keys))
    return page.plots(found)


def _spectra(result: Evaluation, i: int, images: Sequence[tuple[Float64s, str, str]]) -> str:
    lateral = result.lateral_units[i]
    size, name = prefix(10 * result.pixel_sizes[i][1], lateral)
    pitch = result.pixel_sizes[i][1] / size
    lines = []
    for image, colour, dashes in images:
        filled = np.where(np.isnan(image), np.nanmean(image), image)
        frequency, power = metrics.power_spectrum(filled, pixel_size=pitch)
        lines.append((frequency, power, colour, dashes))
    reference = max(float(power.max()) for _, power, _, _ in lines) or 1.0
    # Powers a billion times below the highest are rounding, and would squeeze everything else.
    lines = [(x, np.maximum(power / reference, 1e-9), colour, dashes) for x, power, colour, dashes in lines]
    name = name or ("px" if result.pixel_sizes[i][1] == 1 else "")
    label = f"frequency (1/{name})" if name else "frequency (1 / unit of x)"
    return plots.curves(f"i{i}s", lines, label, "power, relative", log="xy")
