"""Whether an image is like those that a network was trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .._typing import Heights
from .._warn import warn
from ..errors import UnfamiliarImageWarning
from ..metrics import row_steps, x_noise
from .network import Network
from .scaling import Scaling

_LONGEST = 512  # rows and columns in the middle of an image that are measured
_MARGIN = 2.5  # factor by which noise may lie outside, because the range comes from a few images


def noise_statistics(image: Heights, scaling: Scaling) -> dict[str, float]:
    """Return the noise from pixel to pixel and from row to row, in units of the spread that the network scales by."""
    rows, cols = (slice(max(0, n - _LONGEST) // 2, max(0, n - _LONGEST) // 2 + _LONGEST) for n in image.shape)
    part = image[rows, cols].astype(np.float64)
    part = np.where(np.isfinite(part), part, np.nan)
    try:
        return {"noise": x_noise(part) * scaling.in_factor, "row_steps": row_steps(part) * scaling.in_factor}
    except ValueError:  # too small, or missing as a whole: nothing can be said
        return {}


def noise_range(images: Sequence[tuple[Heights, Scaling]]) -> dict[str, list[float]]:
    """Return the smallest and the largest of each statistic, to be kept with the network."""
    found = [noise_statistics(image, scaling) for image, scaling in images]
    return {name: [min(f[name] for f in found), max(f[name] for f in found)] for name in ("noise", "row_steps")}


def unfamiliar(network: Network, image: Heights, scaling: Scaling) -> list[str]:
    """Say which noise of an image lies outside the range of the training images, where the network knows that range."""
    seen = network.training.get("seen")
    if not isinstance(seen, dict) or scaling.constant:
        return []
    what = {"noise": "noise from pixel to pixel", "row_steps": "steps from row to row"}
    found = []
    for name, value in noise_statistics(image, scaling).items():
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


def warn_if_unfamiliar(network: Network, image: Heights, scaling: Scaling) -> None:
    """Warn of an image with more or less noise than the training images; called by `apply`, so that the user's line is shown."""
    for text in unfamiliar(network, image, scaling):
        warn(text, UnfamiliarImageWarning)
