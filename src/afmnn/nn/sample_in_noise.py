"""Whether what a network counts in, the changes from line to line, may be the sample's: of it a part would be taken off."""

from __future__ import annotations

import warnings

import numpy as np

from .._elementary import spread
from .._typing import Heights
from .scaling import Scaling

#: Of the relief along the lines: with less noise, hardly ever more than 3 % of the sample goes (docs/clean.md has the figures).
MOST_NOISE = 0.25
_SIDE = 256  # rows and columns at least of a larger image that its relief is measured on


def noise_to_relief(image: Heights, scaling: Scaling) -> float:
    """Return the noise from line to line over the rms relief less a plane and the medians of the lines; 0 where nothing is.

    The rms, and not a spread between quantiles: because a few high features on flat ground are a sample, too, and stand out of
    any noise.
    """
    rows, cols = (max(1, n // _SIDE) for n in image.shape)
    step = (slice(None, None, rows), slice(None, None, cols))
    part = image[step].astype(np.float64) - scaling.plane(image.shape)[step]
    there = np.isfinite(part)
    if there.all():
        part -= np.median(part, axis=1, keepdims=True)
    else:
        part[~there] = np.nan
        with warnings.catch_warnings():  # of lines that are missing
            warnings.simplefilter("ignore", RuntimeWarning)
            part -= np.nanmedian(part, axis=1, keepdims=True)
        part = part[there]
    relief = spread(part) if part.size else 0.0
    return scaling.row_noise / relief if relief > 0 else 0.0


def sample_in_noise(image: Heights, scaling: Scaling) -> list[str]:
    """Say, for a network that counts in the noise from line to line, where it is so high that some of the sample goes with it."""
    found = noise_to_relief(image, scaling)
    if not found > MOST_NOISE:
        return []
    return [
        f"heights change from line to line by {found:.2g} of the relief along the lines, because of strong noise or fine "
        "structure: some of the sample may be taken off with the noise; look at what was removed, and compare with "
        "afmnn.apply(..., strength=0.5), which spares more"
    ]
