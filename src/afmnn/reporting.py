"""report(): before, after and what was removed, on one page that opens everywhere."""

from __future__ import annotations

import datetime
import math
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _check, _page, _plots, metrics
from ._arithmetic import plain
from ._familiar import unfamiliar
from ._text import prefix, quantity
from .config import configuration
from .evaluation import Evaluation, evaluate, shown_figure
from .image import Image
from .metrics._windows import even, filtered
from .network import Network

Heights = NDArray[np.float64]

_SMOOTHED = 5  # pixels a side: what noise hides in single pixels is seen in their mean

_WORDS = (
    ("Sq, Sa", "Roughness of ISO 25178-2: root mean square and mean of the distance from the mean height."),
    ("step", "Distance of the histogram peaks of two terraces; the step that changed most."),
    ("spectrum", "Mean change of the power spectrum over the octaves that the surface has; 0.1 dB are 1.2 % of the height."),
    ("row steps", "Robust spread of the median differences of neighbouring scan lines."),
    ("x noise", "Robust spread of the second differences along scan lines; for white noise its standard deviation."),
    (
        "structure in it",
        "What neighbouring lines of the residual have in common, as a root-mean-square height. Noise and line offsets differ "
        "from line to line, so this was taken from the sample: 0 is expected if nothing was.",
    ),
    ("height loss", "Slope of the residual against the cleaned image: 2 % if features are 2 % lower than they were."),
    (
        "at edges",
        "Mean absolute residual where the cleaned image has most relief over that where it is flattest: about 1 if what was "
        "removed does not know of the sample.",
    ),
)


@plain
def report(
    network: Network | Callable[[Any], Any],
    images: ArrayLike | Image | tuple[Any, Any] | Sequence[Any],
    path: str | os.PathLike[str],
    *,
    title: str = "Cleaned by afmnn",
    border: str = "reflect",
    crop: int = 0,
    nan: str = "raise",
    threads: int | None = None,
) -> Evaluation:
    """Write a page that shows what a network does to images: pictures, profiles, figures, settings.

    The page is one file that needs nothing else: it opens offline, on a phone as on a desktop, light or dark as the reader's
    system is. For each image it has the image before, after and what was removed on one height scale, what was removed also on
    scales of its own, a profile along and one across the scan lines, histogram and power spectra; for all the table of
    `afmnn.evaluate`; for the network its error curves, settings and versions. Pictures of more than 640 pixels are averaged to
    fewer; figures are always those of all pixels.

    Parameters
    ----------
    network : Network or function
        What cleans the images, as for `afmnn.evaluate`.
    images : image, tuple or list
        An image, a tuple ``(noisy, ideal)``, or a list of these, as for `afmnn.evaluate`. An `Image` brings its units, size
        and title to the page. Scans should be levelled (`afmnn.level`).
    path : path-like
        File to write (.html), whole or not at all; an existing one is replaced.
    title : str
        Heading of the page.
    border : {"reflect", "nearest", "mirror", "constant", "average"}
        As for `afmnn.apply`.
    crop : int
        Pixels at every edge that are neither shown nor counted.
    nan : {"raise", "keep"}
        What to do with missing pixels. "keep" leaves them out.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The page does not depend on it.

    Returns
    -------
    Evaluation
        The figures on the page, and the images.

    Raises
    ------
    MissingExtraError
        If matplotlib is not there: ``pip install "afmnn[plot]"``.
    ValueError
        If an image cannot be judged, see `afmnn.evaluate`, or an argument is out of its range.
    TypeError
        If an argument is of the wrong type.
    OSError
        If the file cannot be written; an existing one is then unchanged.
    """
    from .formats import _atomic  # noqa: PLC0415 - formats need the package to be complete

    _plots.check_matplotlib()
    _check.text(title=title)
    result = evaluate(network, images, border=border, crop=crop, nan=nan, threads=threads)
    net = network if isinstance(network, Network) else None
    parts = [_page.tiles(_first_figures(result))]
    for i in range(len(result)):
        parts += [_page.heading(result.names[i]), *_cautions(net, result.noisy[i]), _pictures(result, i), _curves(result, i)]
    parts.append(_page.heading("Figures"))
    parts += [_page.table(*table) for table in result.tables()]
    parts.append(_page.explained(_WORDS))
    if net is not None:
        parts += _training(net)
    versions = [(name, str(value)) for name, value in configuration().items() if name != "threads"]
    settings = [("border", border), ("crop", str(crop)), ("missing pixels", nan)]
    groups = [] if net is None else [_page.facts("Network", _facts(net))]
    parts += [
        _page.heading("Settings and versions"),
        _page.columns([*groups, _page.facts("This page", settings) + _page.facts("Made with", versions)]),
    ]
    now = datetime.datetime.now(datetime.timezone.utc)
    footer = f"Made by afmnn {configuration()['afmnn']} on {now:%Y-%m-%d, %H:%M} UTC."
    html = _page.page(title, _summary(net, result), parts, footer)
    with _atomic.atomic_writer(path) as file:
        file.write(html.encode("utf-8", "backslashreplace"))
    return result


def _summary(net: Network | None, result: Evaluation) -> str:
    count = f"{len(result)} image{'s' if len(result) > 1 else ''}"
    known = sum(ideal is not None for ideal in result.ideal)
    truth = (
        "with an ideal to compare with"
        if known == len(result)
        else f"{known} of them with an ideal"
        if known
        else "without an ideal"
    )
    if net is None:
        return f"{count}, {truth}."
    rows, cols = net.extent
    stages = len(net.stages)
    seeing = f"Network of {stages} stages in" if stages > 1 else "Network with"
    fovea = "" if net.fovea is None or stages > 1 else f"a fovea of {net.fovea.taps} taps in "
    hidden = ", ".join(map(str, net.hidden))
    return f"{count}, {truth}. {seeing} {fovea}a window of {rows} x {cols} pixels, hidden nodes {hidden}."


def _first_figures(result: Evaluation) -> list[tuple[str, str, str]]:
    """Choose what is seen first; medians where there are several images."""
    unit, figures = result.units[0], result.medians
    of_all = "median of the images" if len(result) > 1 else ""

    def change(before: str, after: str) -> tuple[str, str]:
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = float(np.median((result[after] / result[before])[~np.isnan(result[after])]))
        now, then = (shown_figure(figures[name], "height", unit) for name in (after, before))
        factor = f"{100 * (1 - ratio):.0f} % less" if ratio <= 1 else f"{100 * (ratio - 1):.0f} % more"
        factor = factor if math.isfinite(ratio) else ""
        return (now if now != "-" else factor), ", ".join(filter(None, [f"was {then}" if then != "-" else "", factor, of_all]))

    found = []
    if not math.isnan(figures["psnr_after"]) or not math.isnan(figures["rms_error_after"]):
        found.append(("RMS error", *change("rms_error_before", "rms_error_after")))
    against = "against the ideal" if all(ideal is not None for ideal in result.ideal) else "against the reference"
    for name, text in (("Sq", "sq_change"), ("Step height", "step_change")):
        if not math.isnan(figures[text]):
            found.append(
                (f"{name} changes by", shown_figure(figures[text], "change", ""), ", ".join(filter(None, [against, of_all])))
            )
    found.append(("Steps between rows", *change("row_steps_before", "row_steps_after")))
    with np.errstate(divide="ignore", invalid="ignore"):
        share = result["structure"] / result["sq_reference"]
    share = share[~np.isnan(share)]
    if share.size:
        value = figures["structure"]
        text = f"{100 * float(np.median(share)):.2g} % of Sq"
        shown = quantity(value, unit) if not math.isnan(value) else text
        found.append(("Structure in the residual", shown, ", ".join(filter(None, [text if shown != text else "", of_all]))))
    if not math.isnan(figures["edge_excess"]):
        text = ", ".join(filter(None, ["1 if only noise was removed", of_all]))
        found.append(("Residual, edges over flat", shown_figure(figures["edge_excess"], "ratio", ""), text))
    return found


def _cautions(net: Network | None, noisy: Heights) -> list[str]:
    """Return what a reader should know before looking: apply() warns of it, but a page is passed on without warnings."""
    if net is None:
        return []
    return [_page.note(f"Mind: {text}.") for text in unfamiliar(net, noisy, net.measure(noisy))]


def _pictures(result: Evaluation, i: int) -> str:
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
    marks = [("along", (row + 0.5) / rows), ("across", (col + 0.5) / cols)]
    height, width = rows * dy, cols * dx
    lateral = result.lateral_units[i]
    if lateral:
        size, name = prefix(max(height, width), lateral)
        extent = f"{height / size:.3g} x {width / size:.3g} {name} (height x width), {rows} x {cols} px"
    else:
        extent = f"{rows} x {cols} px"

    def shown(title: str, heights: Heights, limits: tuple[float, float], colours: str, text: str, lines: Any = ()) -> _page.Shown:
        source, shape, factor = _plots.picture(heights, *limits, colours)
        text = f"{text}; {factor} x {factor} px averaged for this picture" if factor > 1 else text
        centre = sum(limits) / 2
        ends = (quantity(limits[0], unit), quantity(centre, unit) if centre else "0", quantity(limits[1], unit))
        return _page.Shown(title, source, shape, aspect, _plots.gradient(colours), ends, text, lines)

    same = (middle - half, middle + half)
    items = [
        shown("Before", noisy, (low, high), _plots.HEIGHTS, f"{extent}; lines: profiles below", marks),
        shown("After", cleaned, (low, high), _plots.HEIGHTS, "same height scale", marks),
    ]
    if ideal is not None:
        error = cleaned - ideal
        items.append(shown("Ideal", ideal, (low, high), _plots.HEIGHTS, "same height scale"))
        items.append(shown("Error: after less ideal", error, _own(error, 0.0), _plots.SIGNED, "what is still wrong"))
    items += [
        shown("Residual: before less after", residual, same, _plots.HEIGHTS, "same height scale, about its median"),
        shown("Residual, own scale", residual, _own(residual, middle), _plots.SIGNED, "line defects belong here"),
        shown(
            f"Residual, mean of {_SMOOTHED} x {_SMOOTHED} px", smooth, _own(smooth, 0.0), _plots.SIGNED,
            "less the medians of its rows: shapes of the sample in here were eaten",
        ),
    ]  # fmt: skip
    return _page.pictures(items, 3 if ideal is None else 4)


def _limits(images: Sequence[Heights]) -> tuple[float, float]:
    """Heights between which pictures are shown: all but the outermost, of all images."""
    low = min(float(np.nanquantile(image, 0.002)) for image in images)
    high = max(float(np.nanquantile(image, 0.998)) for image in images)
    return low, high


def _own(heights: Heights, middle: float) -> tuple[float, float]:
    half = float(np.nanquantile(np.abs(heights - middle), 0.995)) if not np.isnan(heights).all() else 0.0
    return middle - half, middle + half


def _places(cleaned: Heights) -> tuple[int, int]:
    """Choose the row and the column that have most to show, away from the edges."""
    place = []
    for axis in (1, 0):
        count = cleaned.shape[1 - axis]
        inside = slice(count // 8, count - count // 8)
        lines = cleaned if axis == 1 else cleaned.T
        spread = np.array([np.ptp(line[~np.isnan(line)]) if not np.isnan(line).all() else 0.0 for line in lines[inside]])
        order = np.argsort(spread, kind="stable")
        place.append(inside.start + int(order[-1 - len(spread) // 10]))  # the highest one may be an outlier
    return place[0], place[1]


def _curves(result: Evaluation, i: int) -> str:
    noisy, cleaned, ideal = result.noisy[i], result.cleaned[i], result.ideal[i]
    unit, lateral = result.units[i], result.lateral_units[i]
    row, col = _places(cleaned)
    images = [(noisy, _plots.BEFORE, "-"), (cleaned, _plots.AFTER, "-")]
    keys = [("before", "before"), ("after", "after")]
    if ideal is not None:
        images.append((ideal, _plots.IDEAL, "--"))
        keys.append(("ideal", "ideal"))
    low, high = _limits([image for image, _, _ in images])
    size, name = _scale(max(abs(low), abs(high), high - low), unit)
    height = f"height ({name})" if name else "height"
    dy, dx = result.pixel_sizes[i]
    found = []
    lines: list[_plots.Curve]
    for title, key, pitch, take in (
        (f"Along scan line {row}", "x", dx, np.s_[row]),
        (f"Across the scan lines, column {col}", "y", dy, np.s_[:, col]),
    ):
        count = len(noisy[take])
        step, along = _scale(count * pitch, lateral, "" if pitch != 1 else "px")
        x = (np.arange(count, dtype=np.float64) + 0.5) * (pitch / step)
        lines = [(x, image[take] / size, colour, dashes) for image, colour, dashes in images]
        label = f"{key} ({along})" if along else key
        found.append((title, _plots.curves(f"i{i}{key}", lines, label, height), keys))
    edges = np.linspace(low, high, 129, dtype=np.float64)
    middles = (edges[1:] + edges[:-1]) / (2 * size)
    counts = [np.histogram(image[~np.isnan(image)], edges)[0] * (100 / (~np.isnan(image)).sum()) for image, _, _ in images]
    lines = [(middles, count, colour, dashes) for count, (_, colour, dashes) in zip(counts, images, strict=True)]
    top = 1.15 * max(float(count.max()) for count in counts[:2])  # an ideal without noise may be two lines without end
    found.append(("Heights", _plots.curves(f"i{i}h", lines, height, "pixels (%)", steps=True, top=top), keys))
    found.append(("Power spectrum along the scan lines", _spectra(result, i, images), keys))
    return _page.plots(found)


def _scale(value: float, unit: str, without: str = "") -> tuple[float, str]:
    """Return a handy unit for an axis. Where no prefix can say it, a power of ten does: numbers are short in any case."""
    size, name = prefix(value, unit)
    if not (math.isfinite(value) and value > 0 and not 1e-2 <= value / size < 1e5):
        return size, name or without
    exponent = 3 * math.floor(math.log10(value) / 3 + 1e-12)
    return 10.0**exponent, f"1e{exponent} {unit or without}".rstrip()


def _spectra(result: Evaluation, i: int, images: Sequence[tuple[Heights, str, str]]) -> str:
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
    label = f"frequency (1/{name})" if name else "frequency"
    return _plots.curves(f"i{i}s", lines, label, "power, relative", log="xy")


def _training(net: Network) -> list[str]:
    parts = [_page.heading("Training")]
    errors = {name: net.history[name] for name in ("training", "validation") if len(net.history.get(name, ()))}
    if not errors:
        return [*parts, _page.note("The network's file does not say how its errors fell.")]
    unit = str(net.units.get("unit_z", ""))
    size, name = _scale(max(float(np.nanmax(values)) for values in errors.values()), unit)
    style = {"training": (_plots.BEFORE, "before"), "validation": (_plots.AFTER, "after")}
    lines = [(np.arange(1.0, 1 + len(values)), values / size, style[kind][0], "-") for kind, values in errors.items()]
    keys = [(style[kind][1], f"{kind}, {quantity(float(values[-1]), unit)} at the end") for kind, values in errors.items()]
    label = f"RMS error ({name})" if name else "RMS error"
    wide = all(float(values.min()) > 0 for values in errors.values()) and any(
        float(values.max()) > 5 * float(values.min()) for values in errors.values()
    )
    drawing = _plots.curves("train", lines, "step", label, log="y" if wide else "", whole=True)
    return [*parts, _page.plots([("RMS error in each step", drawing, keys)])]


def _facts(net: Network) -> list[tuple[str, str]]:
    found = []
    for number, stage in enumerate(net.stages, start=1):
        of_stage = f", stage {number}" if net.before is not None else ""
        rows, cols = stage.window
        found.append((f"window{of_stage}", f"{rows} x {cols} pixels"))
        if stage.fovea is not None:
            found.append((f"fovea{of_stage}", f"{stage.fovea.taps} taps in {len(stage.fovea.bands)} bands"))
        found.append((f"hidden nodes{of_stage}", ", ".join(map(str, stage.hidden))))
    arrays = [array for stage in net.stages for array in (*stage.layers, stage.linear) if array is not None]
    found.append(("weights", str(sum(array.size for array in arrays))))
    names = {key: value for key, value in net.training.items() if value is not None}
    found += [(key.replace("_", " "), _value(value)) for key, value in names.items()]
    return found if "method" in names else [*found, ("method", net.method)]


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{str(key).replace('_', ' ')} {_value(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
