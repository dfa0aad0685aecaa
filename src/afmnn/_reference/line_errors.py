"""Wrong lines as `synth.line_errors` makes them; `wrong_lines.py` is the twin of what finds them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .lines import draws
from .noise import LINES, pixels, uniform

KINDS = ("offset", "constant", "saturated", "inverted", "noise")


def line_errors(
    base: NDArray[np.float64], rms: float, distribution: str, sign: str, kind: str, count: int, *, key: int
) -> tuple[NDArray[np.float64], dict[str, Any]]:
    """Replace the `count` lines with the lowest numbers."""
    rows, cols = base.shape
    r = np.arange(rows)
    chosen = np.sort(np.argsort(uniform(key, LINES + 0x50, r), kind="stable")[:count])
    kinds = [KINDS[int(5 * u)] if kind == "mixed" else kind for u in uniform(key, LINES + 0x51, chosen)]
    heights = draws(key, LINES + 0x52, rows, rms, distribution, sign)[chosen]
    garbage = rms * pixels(key, LINES + 0x53, rows, cols, distribution, sign)
    out = base.copy()
    for i, (row, own, v) in enumerate(zip(chosen, kinds, heights, strict=True)):
        z, m = base[row], np.median(base[row])
        out[row] = {
            "offset": z + v,
            "constant": np.full(cols, m + v),
            "saturated": np.maximum(z, m + v) if v > 0 else np.minimum(z, m + v),
            "inverted": 2 * m - z,
            "noise": m + garbage[row],
        }[own]
        heights[i] = 0.0 if own in {"inverted", "noise"} else v
    return out, {"count": count, "rows": chosen, "kinds": kinds, "heights": heights}
