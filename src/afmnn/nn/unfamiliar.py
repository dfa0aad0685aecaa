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
from .marks import FURTHEST_LEARNED, furthest_at_most
from .network import Network
from .orientation import CHANCE, steps_along_columns
from .sample_in_noise import sample_in_noise
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


def line_statistics(middle: Float64s | None, scaling: Scaling) -> dict[str, float]:
    """Return figures of what `middle_of` makes of an image, in units of the spread that the network scales by.

    As far as they can be told: ``"noise"`` from pixel to pixel, ``"row_steps"`` from row to row, and what they would be of that
    noise alone, ``"chance"``.
    """
    if middle is None or scaling.constant:
        return {}
    measured = {"noise": _core.x_noise(middle), "row_steps": _core.row_steps(middle)}
    # NaN where an image is too small, or too much of it is missing.
    found = {name: value * scaling.in_factor for name, value in measured.items() if not math.isnan(value)}
    if "noise" in found:
        found["chance"] = CHANCE * found["noise"] / math.sqrt(middle.shape[1])
    return found


def highest_features(image: Heights, scaling: Scaling, threads: int) -> float:
    """Return how far the highest or the lowest features lie from the median, in spreads."""
    share = min(_SHARE, _HIGHEST / image.size)
    # They are looked for in a grid of pixels, because all of a large image would take as long as a small network does.
    step = max(1, math.isqrt(image.size // _GRID))
    return _furthest(image[::step, ::step], scaling, step, [share, 1.0 - share], threads)


def _furthest(image: Heights, scaling: Scaling, step: int, ends: list[float], threads: int) -> float:
    """Return how far two quantiles lie from the median, in spreads, of an image of every step-th pixel."""
    low, high = _core.quantiles(image, ends, threads, (step * scaling.row_slope, step * scaling.col_slope))
    return max(high - scaling.in_shift, scaling.in_shift - low) * scaling.in_factor


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
    found = []
    for image, scaling in pairs:
        middle = middle_of(image)
        figures = line_statistics(middle, scaling)
        if middle is not None and scaling.kind != "min-max" and not scaling.constant:  # whose range is its scale
            figures["heights"] = highest_features(image, scaling, 1)
        found.append(figures)
    for name in ("noise", "row_steps", "heights"):
        values = sorted(f[name] for f in found if name in f)
        if not values:
            continue
        highest = values[-2] if name == "heights" and len(values) >= _SEVERAL else values[-1]
        ends = _ends(before, name)
        seen[name] = [values[0], highest] if ends is None else [min(values[0], ends[0]), max(highest, ends[1])]
    return seen


def unfamiliar(
    network: Network, given: Heights | Image, scaling: Scaling, threads: int = 1, *, strength: float = 1.0
) -> list[str]:
    """Say what of an image lies outside what the network has seen, if it knows; whether it lies on its side; of marks.

    `strength` is that of `afmnn.apply`, and `scaling` as measured: nothing is said of an image that is given back.
    """
    if scaling.constant or strength == 0.0:
        return []
    image = given.data if isinstance(given, Image) else given
    part = middle_of(image)
    if part is None:
        return []
    # A network that counts in the noise leaves alone what has none, and sees high features as it sees others. Therefore it does
    # not matter how noisy its training images were; how high the noise is against the relief does.
    by_noise = scaling.kind == "row-noise"
    texts, found, seen = [], line_statistics(part, scaling), None if by_noise else network.training.get("seen")
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
    # Because nothing lies further away than the bound, which is cheap, most images need no other look at their heights.
    bound = furthest_at_most(image, scaling, threads) if scaling.kind != "min-max" else 0.0
    ends = _ends(seen, "heights")
    most = math.inf if ends is None else max(margin * ends[1], _HARMLESS)
    if ends is not None and bound > most and (heights := highest_features(image, scaling, threads)) > most:
        texts.append(
            "the image has higher or deeper features than the network was trained on: "
            f"{heights:.3g} times its spread of heights from the median, trained on {ends[0]:.3g} to {ends[1]:.3g}; "
            "they, and the ground around them, may come out worse than they are"
        )
    if by_noise:
        texts += sample_in_noise(image, part, scaling, strength)
    down = found.get("row_steps", math.nan)
    along = steps_along_columns(part, down / scaling.in_factor)
    if along is not None and along * scaling.in_factor > _LEAST_STEPS:
        texts.append(
            "line defects run along the columns of the image, not along its rows: steps from column to column are "
            f"{along * scaling.in_factor:.3g} of the spread of heights, from row to row {down:.3g}; a scan that lies on its side "
            "should be turned before (image.T)"
        )
    if bound > FURTHEST_LEARNED and (furthest := _furthest(image, scaling, 1, [0.0, 1.0], threads)) > FURTHEST_LEARNED:
        texts.append(
            f"the image has a height that is {furthest:.3g} times its spread from the median: it spoils all pixels "
            "whose window holds it; missing pixels should be NaN"
        )
    return texts


def warn_if_unfamiliar(
    network: Network, image: Heights | Image, scaling: Scaling, threads: int, *, strength: float = 1.0
) -> None:
    """Warn, once, of an image whose figures lie outside what the network has seen, if it knows."""
    texts = unfamiliar(network, image, scaling, threads, strength=strength)
    if texts:
        warn("; ".join(texts), UnfamiliarImageWarning)


def _ends(seen: Any, name: str) -> tuple[float, float] | None:
    try:
        low, high = (float(end) for end in seen[name])
    except (TypeError, ValueError, KeyError, IndexError):  # not known, or something else of that name in a file that others made
        return None
    return low, high
