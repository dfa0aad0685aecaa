"""Whether an image is like those that a network was trained on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import _core
from .._typing import Float64s, Heights
from .._warn import warn
from ..errors import UnfamiliarImageWarning
from ..image import Image, finite_box
from .height_units import other_pixels, other_range
from .marks import FURTHEST_LEARNED
from .network import Network
from .orientation import CHANCE, steps_along_columns
from .scaling import Scaling

_LONGEST = 256  # rows and columns in the middle of an image whose noise is looked at
_LEAST_STEPS = 0.03  # spreads: smaller steps from column to column do no harm
_MARGIN = 2.5  # by which a figure may leave the range that was seen: the range comes from a few images of each kind
#: Of a network of `train`, whose range comes from a single image, or a few of one kind: steps from row to row of images of one
#: recipe differ by a factor of two, and by half as much again where the lines have offsets of their own in place of steps.
_MARGIN_OF_FEW = 4.0
#: The highest heights are those that so many pixels reach: a spike is no feature. Of small images, a thousandth.
_HIGHEST, _SHARE = 64, 1e-3
_GRID = 1 << 16  # pixels at least of a large image that are looked at for features
#: Spreads: up to there networks that saw less clean the ground around high features well (eight caps on 256 x 256 pixels).
_HARMLESS = 40.0
#: Of so many training images or more, the highest one is left out: hardly anything was learned from it.
_SEVERAL = 8


def image_statistics(image: Heights, scaling: Scaling, threads: int = 1, middle: Float64s | None = None) -> dict[str, float]:
    """Return figures of an image in units of the spread that the network scales by, as far as they can be told.

    ``"noise"`` from pixel to pixel, ``"row_steps"`` from row to row, and what they would be of that noise alone, ``"chance"``;
    ``"heights"``: how far the highest or the lowest features lie from the median, and ``"furthest"``, how far a pixel does.
    `middle` is what `middle_of` makes of the image, where that is known.
    """
    part = middle_of(image) if middle is None else middle
    if part is None or scaling.constant:
        return {}
    measured = {"noise": _core.x_noise(part), "row_steps": _core.row_steps(part)}
    # NaN where an image is too small, or too much of it is missing.
    found = {name: value * scaling.in_factor for name, value in measured.items() if not math.isnan(value)}
    if "noise" in found:
        found["chance"] = CHANCE * found["noise"] / math.sqrt(part.shape[1])
    if scaling.kind != "min-max":  # whose range is its scale
        share = min(_SHARE, _HIGHEST / image.size)
        # Features are looked for in a grid of pixels, because all of a large image would take as long as a small network does.
        step = max(1, math.isqrt(image.size // _GRID))
        slopes = (step * scaling.row_slope, step * scaling.col_slope)
        low, high = _core.quantiles(image[::step, ::step], [share, 1.0 - share], threads, slopes)
        found["heights"] = max(high - scaling.in_shift, scaling.in_shift - low) * scaling.in_factor
        _, lowest, highest = _core.finite_range(image, threads)
        if max(highest - scaling.in_shift, scaling.in_shift - lowest) * scaling.in_factor > FURTHEST_LEARNED:  # or it is tilted
            lowest, highest = _core.quantiles(image, [0.0, 1.0], threads, (scaling.row_slope, scaling.col_slope))
            found["furthest"] = max(highest - scaling.in_shift, scaling.in_shift - lowest) * scaling.in_factor
    return found


def middle_of(image: Heights) -> Float64s | None:
    """Return what is looked at for noise, the middle of what is there, with NaN for missing pixels; None where nothing is."""
    box = finite_box(image)
    if box is None:
        return None
    middle = [slice(s.start + max(0, s.stop - s.start - _LONGEST) // 2, s.stop) for s in box]
    part = image[middle[0], middle[1]][:_LONGEST, :_LONGEST].astype(np.float64)
    return np.where(np.isfinite(part), part, np.nan)


def statistics_range(pairs: Sequence[tuple[Heights, Scaling]], before: Mapping[str, Any] | None = None) -> dict[str, list[float]]:
    """Return the smallest and the largest of each figure, to be kept with the network; `before` is what it had seen before."""
    seen: dict[str, list[float]] = {}
    found = [image_statistics(image, scaling) for image, scaling in pairs]
    for name in ("noise", "row_steps", "heights"):
        values = sorted(f[name] for f in found if name in f)
        if not values:
            continue
        highest = values[-2] if name == "heights" and len(values) >= _SEVERAL else values[-1]
        ends = _ends(before, name)
        seen[name] = [values[0], highest] if ends is None else [min(values[0], ends[0]), max(highest, ends[1])]
    return seen


def unfamiliar(network: Network, given: Heights | Image, scaling: Scaling, threads: int = 1) -> list[str]:
    """Say what of an image lies outside what the network has seen, if it knows; whether it lies on its side; of marks."""
    if scaling.constant:
        return []
    image = given.data if isinstance(given, Image) else given
    part = middle_of(image)
    if part is None:
        return []
    texts, found, seen = [], image_statistics(image, scaling, threads, part), network.training.get("seen")
    if network.training:  # of a network that was put together nobody knows what it was trained on
        texts += other_range(network.scaling, network.units, scaling, given)
    texts += other_pixels(network.units, given)
    # Because a range, where that is the scale, grows with the noise, figures in units of it vary less.
    margin = _MARGIN if "preset" in network.training or scaling.kind == "min-max" else _MARGIN_OF_FEW
    for name, what in (("noise", "noise from pixel to pixel"), ("row_steps", "steps from row to row")):
        ends = _ends(seen, name)
        if ends is None or name not in found:
            continue
        low, high = ends
        # Rows that were levelled have next to no steps, which is no harm; those of narrow images have more by chance.
        most = margin * (high if name == "noise" else max(high, found.get("chance", 0.0)))
        if found[name] > most or (name == "noise" and found[name] < low / margin):
            texts.append(
                f"the image has {'more' if found[name] > high else 'less'} {what} than the network was trained on: "
                f"{found[name]:.3g} of its spread of heights, trained on {low:.3g} to {high:.3g}"
            )
    ends = _ends(seen, "heights")
    if ends is not None and found.get("heights", 0.0) > max(margin * ends[1], _HARMLESS):
        texts.append(
            "the image has higher or deeper features than the network was trained on: "
            f"{found['heights']:.3g} times its spread of heights from the median, trained on {ends[0]:.3g} to {ends[1]:.3g}; "
            "they, and the ground around them, may come out worse than they are"
        )
    down = found.get("row_steps", math.nan)
    along = steps_along_columns(part, down / scaling.in_factor)
    if along is not None and along * scaling.in_factor > _LEAST_STEPS:
        texts.append(
            "line defects run along the columns of the image, not along its rows: steps from column to column are "
            f"{along * scaling.in_factor:.3g} of the spread of heights, from row to row {down:.3g}; a scan that lies on its side "
            "should be turned before (image.T)"
        )
    if found.get("furthest", 0.0) > FURTHEST_LEARNED:
        texts.append(
            f"the image has a height that is {found['furthest']:.3g} times its spread from the median: it spoils all pixels "
            "whose window holds it; missing pixels should be NaN"
        )
    return texts


def warn_if_unfamiliar(network: Network, image: Heights | Image, scaling: Scaling, threads: int) -> None:
    """Warn, once, of an image whose figures lie outside what the network has seen, if it knows."""
    texts = unfamiliar(network, image, scaling, threads)
    if texts:
        warn("; ".join(texts), UnfamiliarImageWarning)


def _ends(seen: Any, name: str) -> tuple[float, float] | None:
    try:
        low, high = (float(end) for end in seen[name])
    except (TypeError, ValueError, KeyError, IndexError):  # not known, or something else of that name in a file that others made
        return None
    return low, high
