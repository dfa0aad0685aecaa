"""Whether what a network counts in, the changes from line to line, may be the sample's: of it a part would be taken off."""

from __future__ import annotations

import dataclasses
import warnings

import numpy as np

from .._elementary import spread
from .._typing import Float64s, Heights
from .scaling import Scaling

#: Of the relief along the lines: with less noise that is independent from line to line, hardly ever more than 3 % of the sample
#: goes, nor of fine structure that changes by less (docs/clean.md has the figures). Noise is what is taken for it: with half the
#: strength twice as much of it does as little harm. Of fine structure it does not, since that is what half as much noise is, too.
MOST_NOISE, MOST_FINE = 0.5, 0.25
#: How much larger second differences over two lines are than over one where they are of structure; of noise they are as large.
_GOES_ON = 1.45
_CAREFUL = 0.5  # the strength that is advised where some of the sample may go
_FEWEST = 8  # lines and columns: of fewer nothing can be told
_MORE_THAN = 10  # what is told of grooves along the lines, which have no relief along them
_SIDE = 256  # rows and columns at least of a larger image that its relief is measured on


def noise_to_relief(image: Heights, scaling: Scaling) -> float:
    """Return the noise from line to line over the rms relief less a plane and the medians of the lines; 0 if it cannot be told.

    The rms, and not a spread between quantiles: because a few high features on flat ground are a sample, too, and stand out of
    any noise.
    """
    if min(image.shape) < _FEWEST:
        return 0.0
    rows, cols = (max(1, n // _SIDE) for n in image.shape)
    part = image[::rows, ::cols].astype(np.float64)
    part -= dataclasses.replace(scaling, row_slope=rows * scaling.row_slope, col_slope=cols * scaling.col_slope).plane(part.shape)
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


def goes_on(middle: Float64s) -> bool:
    """Say whether what changes from line to line goes on over several lines, as structure does; missing pixels are NaN."""
    if len(middle) < 5:
        return False
    over_one, over_two = (_second_difference(middle, lines) for lines in (1, 2))
    return over_two > _GOES_ON * over_one


def sample_in_noise(image: Heights, middle: Float64s, scaling: Scaling, strength: float = 1.0) -> list[str]:
    """Say, for a network that counts in the noise from line to line, why some of the sample may be taken off with it.

    `middle` is what `afmnn.nn.unfamiliar.middle_of` makes of the image; `scaling` is as measured, whatever the `strength`.
    """
    if strength == 0.0:
        return []
    found = noise_to_relief(image, scaling)
    what, times = "", f"{found:.2g} times" if found < _MORE_THAN else f"more than {_MORE_THAN} times"
    if found > MOST_FINE and goes_on(middle):
        what = (
            f"heights change from line to line by {times} the relief along the lines, and over several lines, as fine "
            "structure does: some of it may be taken off as noise"
        )
    elif strength * found > MOST_NOISE:
        what = f"noise from line to line is {times} the relief along the lines: some of the sample may be taken off with it"
    how = "look at what was removed"
    if strength > _CAREFUL:
        how += f", and compare with strength={_CAREFUL} (--strength {_CAREFUL}), which spares more"
    return [f"{what}; {how}"] if what else []


def _second_difference(middle: Float64s, lines: int) -> float:
    differences = middle[: -2 * lines] - 2.0 * middle[lines:-lines] + middle[2 * lines :]
    sizes = np.abs(differences[np.isfinite(differences)])
    return float(np.median(sizes)) if sizes.size else 0.0
