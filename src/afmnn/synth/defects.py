"""The usual defects of AFM images in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._arithmetic import plain
from .._elementary import spread
from .._seed import SeedLike, key_from
from ..image import Image, unwrap
from .lines import line_hum, line_scars, line_steps
from .noise import noise


class Defect(NamedTuple):
    """One call of a generator: its function, its rms in units of the image's own rms, and what else it gets.

    Lengths are in pixels.
    """

    function: Any
    rms: float
    settings: Mapping[str, Any]


#: What `add_defects` knows: the four usual defects, and noise with line steps as in the example of the tutorial.
DEFECT_PRESETS: Mapping[str, tuple[Defect, ...]] = MappingProxyType(
    {
        "random": (Defect(noise, 0.3, {}),),
        "line": (Defect(line_steps, 1.0, {"steps_per_line": 0.02, "sign": "positive"}),),
        "scar": (Defect(line_scars, 0.3, {"coverage": 0.3, "length": 256.0}),),
        "hum": (Defect(line_hum, 0.3, {"wavelength": 10.0}),),
        "noise_steps": (Defect(noise, 0.15, {}), Defect(line_steps, 0.25, {"steps_per_line": 1.0, "within_line": 1.0})),
    }
)


@plain
def add_defects(
    image: ArrayLike | Image,
    preset: str | Iterable[str] = "noise_steps",
    *,
    strength: float = 1.0,
    seed: SeedLike = None,
    threads: int | None = None,
) -> Any:
    """Add what usually goes wrong in AFM images, in proportion to the heights that are there.

    ============= ============================================================= ==================
    preset        adds                                                          rms / image's rms
    ============= ============================================================= ==================
    "random"      Gaussian noise                                                0.3
    "line"        jumps upwards, 0.02 a line, that replace one another          1.0
    "scar"        scars 256 pixels long, 0.3 of them over a pixel               0.3
    "hum"         interference, wavelength 10 pixels                            0.3
    "noise_steps" Gaussian noise, and one jump a line, anywhere along it        0.15, 0.25
    ============= ============================================================= ==================

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights in any unit; not constant. Never changed in place.
    preset : str or sequence of str
        Which defects, one after the other; the rms is always measured on `image` itself. `DEFECT_PRESETS` has their
        settings; for others, call the generators themselves.
    strength : float
        Factor for all the added heights.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64 or Image, shape of `image`
        An Image if one is given, with its size, units and title.

    Raises
    ------
    ValueError
        If `image` is not two-dimensional, not finite, constant or below 2 x 2, `preset` is unknown or `strength` is not
        positive.
    TypeError
        If the heights are not real numbers.
    """
    heights = unwrap("image", image)
    _check.shape("image.shape", heights.shape, minimum=2)
    names = list(preset) if isinstance(preset, Iterable) and not isinstance(preset, str) else [preset]
    defects = [defect for name in names for defect in DEFECT_PRESETS[_check.choice("preset", name, DEFECT_PRESETS)]]
    if not defects:
        raise ValueError("preset must name at least one preset, got none")
    _check.positive(strength=strength)
    if heights.min() == heights.max():
        raise ValueError(f"image must not be constant: defects are measured in its rms, got {heights.flat[0]} everywhere")
    scale = strength * spread(heights)
    # A key of its own for each, or a generator that comes twice would repeat itself.
    result = heights
    for defect, key in zip(defects, np.random.SeedSequence(key_from(seed)).spawn(len(defects)), strict=True):
        result = defect.function(base=result, rms=scale * defect.rms, seed=key, threads=threads, **defect.settings)
    return image.replace(data=result) if isinstance(image, Image) else result
