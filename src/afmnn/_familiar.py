"""Whether an image is like those that a network was trained on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._warn import warn
from .errors import UnfamiliarImageWarning
from .metrics import row_steps, x_noise
from .network import Network
from .scaling import Scaling

_LONGEST = 512  # rows and columns in the middle of an image that are looked at
_MARGIN = 2.5  # by which a figure may leave the range that was seen: the range comes from a few images


def figures(image: NDArray[Any], scaling: Scaling) -> dict[str, float]:
    """Return noise from pixel to pixel and from row to row, in units of the spread that the network scales by."""
    rows, cols = (slice(max(0, n - _LONGEST) // 2, max(0, n - _LONGEST) // 2 + _LONGEST) for n in image.shape)
    part = image[rows, cols].astype(np.float64)
    part = np.where(np.isfinite(part), part, np.nan)
    try:
        return {"noise": x_noise(part) * scaling.in_factor, "row_steps": row_steps(part) * scaling.in_factor}
    except ValueError:  # too small, or missing as a whole: nothing can be said
        return {}


def seen_range(pairs: list[tuple[NDArray[Any], Scaling]]) -> dict[str, list[float]]:
    """Return the smallest and the largest of each figure, to be kept with the network."""
    seen = [figures(image, scaling) for image, scaling in pairs]
    return {name: [min(f[name] for f in seen), max(f[name] for f in seen)] for name in ("noise", "row_steps")}


def unfamiliar(network: Network, image: NDArray[Any], scaling: Scaling) -> list[str]:
    """Say what figures of an image lie outside what the network has seen, if it knows."""
    seen = network.training.get("seen")
    if not isinstance(seen, dict) or scaling.constant:
        return []
    what = {"noise": "noise from pixel to pixel", "row_steps": "steps from row to row"}
    found = []
    for name, value in figures(image, scaling).items():
        try:
            low, high = (float(end) for end in seen.get(name, (0.0, np.inf)))
        except (TypeError, ValueError):  # something else of that name, in a file that others made
            continue
        if value > _MARGIN * high or value < low / _MARGIN:
            side = "more" if value > high else "less"
            found.append(
                f"the image has {side} {what[name]} than the network was trained on: {value:.3g} of its spread of heights, "
                f"trained on {low:.3g} to {high:.3g}"
            )
    return found


def warn_if_unfamiliar(network: Network, image: NDArray[Any], scaling: Scaling) -> None:
    """Warn of an image whose figures lie outside what the network has seen, if it knows."""
    for text in unfamiliar(network, image, scaling):
        warn(text, UnfamiliarImageWarning)
