"""Nothing at all, and what is two clicks in Gwyddion, done with `afmnn.level` and SciPy's median filter."""

from __future__ import annotations

import numpy as np
from arms import Arm, Floats, Settings, after_rows
from scipy import ndimage

import afmnn


def arms(settings: Settings) -> list[Arm]:
    """Return the arms; none of them has a setting."""
    del settings

    def median(image: Floats) -> Floats:
        return np.asarray(afmnn.level(image, "rows"))

    def median_filter(image: Floats) -> Floats:
        return np.asarray(ndimage.median_filter(image, 3))

    return [
        Arm("nothing", lambda: np.copy),
        Arm("row medians", lambda: median),
        Arm("row differences", lambda: after_rows(np.copy)),
        Arm("rows + 3 x 3 median", lambda: after_rows(median_filter)),
    ]
