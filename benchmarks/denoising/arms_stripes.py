"""Packages against stripes: ``destripe`` and ``pystripe``, by the settings of their pages.

`destripe` names pairs of weights by the severity of stripes; it is taken from the image: the spread of steps between rows
(`afmnn.metrics.row_steps`), in the range of the heights. Its stripes are vertical, so images are turned. `pystripe` names
bandwidths of 128 and 256, for the cameras of light sheet microscopes with about 2048 pixels a side, and for 16-bit numbers: both
bandwidths are kept in proportion to the side, and heights are put on 0 to 65535.
"""

from __future__ import annotations

import numpy as np
from arms import Arm, Clean, Floats, Settings, on_unit_range

from afmnn import metrics

#: Share of the range from which stripes are not subtle, and not light, any more; weights of TV and of stripes.
SUBTLE, LIGHT = 0.01, 0.05
WEIGHTS = {"subtle": (0.1, 0.001), "light": (0.17, 0.003), "typical": (0.33, 0.003)}


def arms(settings: Settings) -> list[Arm]:
    """Return both arms."""
    del settings
    return [Arm("pystripe", _pystripe), Arm("destripe", _destripe)]


def _destripe() -> Clean:
    import torch
    from destripe import destripe

    torch.set_num_threads(1)

    def clean(image: Floats) -> Floats:
        steps = metrics.row_steps(image)
        mu1, mu2 = WEIGHTS["subtle" if steps < SUBTLE else "light" if steps < LIGHT else "typical"]
        return destripe(np.ascontiguousarray(image.T), mu1=mu1, mu2=mu2, device="cpu").T

    return on_unit_range(clean)


def _pystripe() -> Clean:
    from pystripe import filter_streaks

    def clean(image: Floats) -> Floats:
        share = max(image.shape) / 2048
        numbers = np.round(65535 * image).astype(np.uint16)
        result = filter_streaks(numbers, sigma=[128 * share, 256 * share], level=0, wavelet="db2")
        return np.asarray(result, float)[: image.shape[0], : image.shape[1]] / 65535

    return on_unit_range(clean)
