"""report(): before, after and what was removed, on one page that opens everywhere."""

from __future__ import annotations

import datetime
import math
import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._arithmetic import plain
from .._files.atomic import atomic_writer
from .._text import quantity
from .._typing import Float64s
from ..config import configuration
from ..image import Image
from ..nn.network import Network, as_network
from ..nn.unfamiliar import unfamiliar
from . import page, plots
from .evaluate import Evaluation, evaluate
from .report_image import curves, pictures
from .report_network import facts, training
from .tables import groups, shown_figure
from .verdict import EDGES, LOOK, TOO_MUCH

_WORDS = (
    (
        "verdict",
        f"Look: structure or lost relief above {100 * LOOK:.0f} % of the roughness Sq (of the ideal, or without one of the "
        f"cleaned image), features lower or higher by as much, or over {EDGES:g} times as much removed at edges as elsewhere. "
        f"Do not use: above {100 * TOO_MUCH:.0f} %, or further from the ideal than before. Structure alone can be hum, which is "
        "regular stripes in the residual, or other noise that lasts for several lines: then the result is fine.",
    ),
    ("Sq, Sa", "Roughness of ISO 25178-2: root mean square and mean of the distance from the mean height."),
    ("step", "Distance of the histogram peaks of two terraces; the step that changed most."),
    ("spectrum", "Mean change of the power spectrum over the octaves that the surface has; 0.1 dB are 1.2 % of the height."),
    ("row steps", "Robust spread of the median differences of neighbouring scan lines."),
    ("x noise", "Robust spread of the second differences along scan lines; for white noise its standard deviation."),
    (
        "structure in it",
        "What neighbouring lines of the residual have in common, as a root-mean-square height. Noise and line offsets differ "
        "from line to line, so this was taken from the sample, or it is hum. 0 is expected if nothing was, but is no proof: "
        "averaged noise hides as much.",
    ),
    ("height loss", "Slope of the residual against the cleaned image: 2 % if features are 2 % lower than they were."),
    (
        "relief lost",
        "Root-mean-square height that features lost, measured at each size of detail from 2 to 32 pixels: 0 is expected if "
        "nothing was taken from the sample. Features that are gone altogether are not seen here, but under structure.",
    ),
    (
        "at features",
        "By how much the residual, averaged over 5 x 5 pixels, is higher or lower where the cleaned image has most relief than "
        "where it is flattest: features that show in the residual. 0 is expected if it does not know of the sample.",
    ),
    (
        "at edges",
        "Mean absolute residual where the cleaned image has most relief over that where it is flattest: about 1 if what was "
        "removed does not know of the sample.",
    ),
)

#: Figures of what was taken from the sample.
_OF_THE_SAMPLE = (
    ("Relief lost", "relief_loss"),
    ("Features in the residual", "feature_residual"),
    ("Structure in the residual", "structure"),
)


@plain
def report(
    network: Network | str | os.PathLike[str] | Callable[[Any], Any],
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
    system is, and can be printed. For each image it has the image before, after and what was removed on one height scale, what
    was removed also on scales of its own, a profile along and one across the scan lines, histogram and power spectra; for all the
    table of `afmnn.evaluate`; for the network its error curves, settings and versions. Pictures can be enlarged and zoomed, and
    blink between before and after. Pictures of more than 640 pixels are averaged to fewer; figures are always those of all
    pixels.

    Parameters
    ----------
    network : Network, str, path-like or function
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
        If matplotlib is not there: ``pip install ".[plot]"`` in the folder of the source.
    ValueError
        If an image cannot be judged, see `afmnn.evaluate`, or an argument is out of its range.
    TypeError
        If an argument is of the wrong type.
    OSError
        If the file cannot be written; an existing one is then unchanged. If `network` is a name that no network has, or a file
        that cannot be read.
    """
    plots.check_matplotlib()
    _check.text(title=title)
    if isinstance(network, (str, os.PathLike)):
        network = as_network("network", network)
    result = evaluate(network, images, border=border, crop=crop, nan=nan, threads=threads)
    net = network if isinstance(network, Network) else None
    html = report_page(result, net, title=title, settings=[("border", border), ("crop", str(crop)), ("missing pixels", nan)])
    with atomic_writer(path) as file:
        file.write(html.encode("utf-8", "backslashreplace"))
    return result


def report_page(
    result: Evaluation, net: Network | None, *, title: str, settings: Sequence[tuple[str, str]], strength: float = 1.0
) -> str:
    """Return the page on images that are evaluated; `settings` are names and values of what was chosen.

    `strength` is that of `afmnn.apply` with which they were cleaned.
    """
    parts = []
    if len(result) > 1:
        parts += [
            page.verdict(verdict.level, str(verdict), name) for name, verdict in zip(result.names, result.verdicts, strict=True)
        ]
    parts.append(page.tiles(_first_figures(result)))
    for i, verdict in enumerate(result.verdicts):
        parts += [page.heading(result.names[i]), page.verdict(verdict.level, str(verdict))]
        parts += [*_cautions(net, result.noisy[i], strength), pictures(result, i), curves(result, i)]
    parts.append(page.heading("Figures"))
    names = [[column.name for column in columns] for _, columns in groups(result.ideal_known)]
    parts += [page.table(title, head, of, rows) for (title, head, rows), of in zip(result.tables(), names, strict=True)]
    parts += [page.note(f"Mind: {text}.") for text in result.notes()]
    parts.append(page.explained(_WORDS))
    if net is not None:
        parts += training(net)
    versions = [(name, str(value)) for name, value in configuration().items() if name != "threads"]
    of_network = [] if net is None else [page.facts("Network", facts(net))]
    parts += [
        page.heading("Settings and versions"),
        page.columns([*of_network, page.facts("This page", settings) + page.facts("Made with", versions)]),
    ]
    now = datetime.datetime.now(datetime.timezone.utc)
    footer = f"Made by afmnn {configuration()['afmnn']} on {now:%Y-%m-%d, %H:%M} UTC."
    return page.page(title, _summary(net, result), parts, footer, ["viewer"])


def _summary(net: Network | None, result: Evaluation) -> str:
    count = f"{len(result)} image{'s' if len(result) > 1 else ''}"
    known = sum(result.ideal_known)
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
    against = (
        "against the ideal"
        if all(result.ideal_known)
        else "against the image before"
        if not any(result.ideal_known)
        else "against the reference"
    )
    for name, text in (("Sq", "sq_change"), ("Step height", "step_change")):
        if not math.isnan(figures[text]):
            found.append(
                (f"{name} changes by", shown_figure(figures[text], "change", ""), ", ".join(filter(None, [against, of_all])))
            )
    found.append(("Steps between rows", *change("row_steps_before", "row_steps_after")))
    for title, name in _OF_THE_SAMPLE:
        with np.errstate(divide="ignore", invalid="ignore"):
            share = result[name] / np.where(result.ideal_known, result["sq_reference"], result["sq_after"])
        share = share[~np.isnan(share)]
        if share.size:
            value = figures[name]
            text = f"{100 * float(np.median(share)):.2g} % of Sq"
            shown = quantity(value, unit) if not math.isnan(value) else text
            found.append((title, shown, ", ".join(filter(None, [text if shown != text else "", of_all]))))
    return found


def _cautions(net: Network | None, noisy: Float64s, strength: float) -> list[str]:
    """Return what a reader should know before looking: apply() warns of it, but a page is passed on without warnings."""
    if net is None:
        return []
    return [page.note(f"Mind: {text}.") for text in unfamiliar(net, noisy, net.measure(noisy), strength=strength)]
