"""The units of what a network makes of an image, and whether heights and pixels are as large as in training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from .. import _units
from .._text import quantity
from ..image import Image
from .scaling import Scaling

#: A network that scales by the range may meet ranges so many times as large as that of its noisy training image, or as small,
#: without a remark: one image is not quite like another.
_MOST_RANGE = 4.0
#: The same of the size of pixels, for all networks: scans are zoomed.
_MOST_ZOOM = 10.0


def result_unit(units: Mapping[str, Any], image: Image) -> str:
    """Return the unit of the result: a fixed one, times powers of the image's lateral and height units (Gwyddion's networks)."""
    xy, z = _powers(units)
    powers = ((str(units.get("outunits", "")), 1), (image.unit_xy, xy), (image.unit_z, z))
    return " ".join(unit if power == 1 else f"{unit}^{power}" for unit, power in powers if unit and power)


def power_of_result(kind: str, units: Mapping[str, Any], image: Any) -> int:
    """Return the power of ten that the unit of the result is of the unit that the network gives its heights in.

    Most networks give the heights of the image. Those that scale by the range give the heights of their training images.

    Raises
    ------
    ValueError
        If the heights that the network was trained on and those of the image are known to be in units that are not comparable.
    """
    power_xy, power_z = _image_powers(kind, units, image)
    xy, z = _powers(units)
    return xy * power_xy + z * power_z


def training_factor(trained: Scaling, units: Mapping[str, Any], image: Any) -> float:
    """Return `Scaling.in_factor` of the noisy training image, for heights in the unit of an image."""
    return _units.scaled_number(trained.in_factor, _image_powers(trained.kind, units, image)[1])


def _image_powers(kind: str, units: Mapping[str, Any], image: Any) -> tuple[int, int]:
    """Return the powers of ten that an image's units are of those of the training images, for networks that depend on them.

    The training images were in base units: so are Gwyddion's, which knows no others, and all that were given as an `Image`. Of a
    network that was trained on arrays nobody knows the unit: it is taken to be that of the image.
    """
    if kind != "min-max" or not isinstance(image, Image):
        return 0, 0
    trained = units.get("unit_z", "")
    if not trained and "zunitpower" not in units:
        return 0, 0
    if isinstance(trained, str) and trained and image.unit_z and not _units.comparable(trained, image.unit_z):
        raise ValueError(
            f"image must have heights in {trained} for this network, which gives all images heights like those it was trained "
            f"on, got the unit {image.unit_z!r}"
        )
    return _units.split(image.unit_xy)[1], _units.split(image.unit_z)[1]


def other_range(trained: Scaling, units: Mapping[str, Any], scaling: Scaling, image: Any) -> list[str]:
    """Say that heights have another range than in training, if results have the heights of training, whatever the image's."""
    if scaling.kind != "min-max":
        return []
    expected = 1.0 / training_factor(trained, units, image)
    ratio = 1.0 / scaling.in_factor / expected
    if 1.0 / _MOST_RANGE <= ratio <= _MOST_RANGE:
        return []
    unit = image.unit_z if isinstance(image, Image) else ""
    return [
        f"the image has a range of heights of {quantity(1.0 / scaling.in_factor, unit)}, {ratio:.3g} times the "
        f"{quantity(expected, unit)} that the network was trained on: it gives all images heights like those it was trained on"
    ]


def other_pixels(units: Mapping[str, Any], image: Any) -> list[str]:
    """Say that pixels have quite another size than in training, where both are known."""
    unit, sizes = units.get("unit_xy", ""), units.get("pixel_size", ())
    if not isinstance(image, Image) or not isinstance(unit, str) or not (unit and image.unit_xy):
        return []
    try:
        trained = math.sqrt(float(sizes[0]) * float(sizes[1]))
    except (TypeError, ValueError, LookupError):  # not known, or something else in a file that others made
        return []
    if not (trained > 0 and math.isfinite(trained) and _units.comparable(unit, image.unit_xy)):
        return []
    power = _units.split(image.unit_xy)[1] - _units.split(unit)[1]
    size = _units.scaled_number(math.sqrt(image.pixel_size[0] * image.pixel_size[1]), power)
    if 1.0 / _MOST_ZOOM <= size / trained <= _MOST_ZOOM:
        return []
    return [
        f"the image has pixels of {quantity(size, unit)}, {size / trained:.3g} times those of {quantity(trained, unit)} that the "
        "network was trained on: it knows shapes by their size in pixels"
    ]


def _powers(units: Mapping[str, Any]) -> tuple[int, int]:
    return int(units.get("xyunitpower", 0)), int(units.get("zunitpower", 1))
