"""Intel's Open Image Denoise (``pyoidn``): filter RT, quality "high", heights on 0 to 1 in all three colours; has no settings."""

from __future__ import annotations

import numpy as np
from arms import Arm, Clean, Floats, Settings, after_rows, on_unit_range


def arms(settings: Settings) -> list[Arm]:
    """Return it as it is and after aligning the rows: it knows nothing of rows."""
    del settings
    return [
        Arm("Open Image Denoise", _oidn),
        Arm("rows + Open Image Denoise", lambda: after_rows(_oidn())),
    ]


def _oidn() -> Clean:
    import pyoidn

    def clean(image: Floats) -> Floats:
        colour = np.repeat(image.astype(np.float32)[:, :, None], 3, axis=2)
        return pyoidn.denoise(colour).mean(axis=2)

    return on_unit_range(clean)
