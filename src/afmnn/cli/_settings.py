"""The settings of a generator on the command line: ``radius=0.47um``."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping, Sequence, Set
from typing import Any, NamedTuple

from ..synth.recipes import DEFECTS, SURFACES, settings_of
from ._quantities import find_quantity

GENERATORS = {**SURFACES, **DEFECTS}
#: What takes a unit of the image's plane, of its heights, or of angles; the other settings are pure numbers.
LENGTHS = frozenset({
    "radius", "radius_std", "period", "period_x", "period_y", "deformation", "deformation_scale", "center", "edge_shift",
    "slope_width", "length", "wavelength",
    "roll_off", "smoothing", "gaussian_length", "exponential_length",
    "wander", "wander_length", "kink", "step_width", "island_radius",
    "spacing",
    "stationarity_length", "stripe_width", "ridge_width",
    "min_radius", "separation", "gap", "opening",
})  # fmt: skip
HEIGHTS = frozenset({"rms", "height", "depth", "amplitude"})
ANGLES = frozenset({"angle", "orientation", "cell_angle", "direction", "inclination"})
#: Names that mean lengths to some generators only.
OWN_LENGTHS = {
    "fibres": {"width"},
    "pile_up": {"width"},
    "lattice": {"size"},
}


class Call(NamedTuple):
    """A generator and the texts of its settings."""

    name: str
    texts: Mapping[str, str]

    def settings(self, unit_xy: str, unit_z: str) -> dict[str, Any]:
        """Return the settings as numbers in the units of an image."""
        lengths = LENGTHS | OWN_LENGTHS.get(self.name, set())
        return {key: _value(key, text, unit_xy, unit_z, lengths) for key, text in self.texts.items()}


def read_call(name: str, parts: Sequence[str]) -> Call:
    """Read ``KEY=VALUE`` texts, and check that the generator has these settings and no other that it needs."""
    known = settings_of(GENERATORS[name])
    texts = dict(map(_split, parts))
    unknown = [key for key in texts if key not in known]
    if unknown:
        raise ValueError(f"{name} has the settings {', '.join(known)}, got {', '.join(map(repr, unknown))}")
    missing = [key for key, p in known.items() if p.default is inspect.Parameter.empty and key not in texts]
    if missing:
        raise ValueError(f"{name} needs {', '.join(f'{key}=...' for key in missing)}")
    return Call(name, texts)


def read_defect(text: str) -> Call:
    """Read ``NAME:KEY=VALUE,KEY=VALUE``."""
    name, _, settings = text.partition(":")
    if name not in DEFECTS:
        raise ValueError(f"--add takes one of {', '.join(DEFECTS)}, got {name!r}")
    return read_call(name, [part.strip() for part in settings.split(",") if part.strip()])


def is_true_to_scale(call: Call) -> bool:
    """Whether heights are in the lateral unit, as no setting says how high anything is."""
    return call.name in SURFACES and HEIGHTS.isdisjoint(settings_of(GENERATORS[call.name]))


def height_unit(calls: Sequence[Call]) -> str | None:
    """Return the unit without a prefix in which the first height is given, None if there is no such height."""
    for call in calls:
        for key, text in call.texts.items():
            quantity = find_quantity(text) if key in HEIGHTS else None
            if quantity is not None and quantity.unit:
                return quantity.base
    return None


def _split(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"a setting is KEY=VALUE, got {text!r}")
    return key, value


def _value(key: str, text: str, unit_xy: str, unit_z: str, lengths: Set[str]) -> Any:
    if key in lengths and text.startswith("[") and text.endswith("]"):
        return tuple(_value(key, part.strip(), unit_xy, unit_z, lengths) for part in text[1:-1].split(","))
    try:
        return json.loads(text)
    except ValueError:
        quantity = find_quantity(text)
    if quantity is None:
        if key in lengths | HEIGHTS | ANGLES:
            raise ValueError(f"{key} must be a number, with or without a unit such as nm, um or deg, got {text!r}")
        return text
    if key in ANGLES:
        return _named(key, quantity.radians)
    if key not in lengths | HEIGHTS:
        return _named(key, lambda: quantity.number(""))
    unit = unit_xy if key in lengths else unit_z
    if quantity.unit and not unit:
        raise ValueError(f"{key}={text}: say with --size 10um or --pixel-size 39nm how large the image is, or give pixels")
    return _named(key, lambda: quantity.number(unit))


def _named(key: str, number: Any) -> Any:
    try:
        return number()
    except ValueError as error:
        raise ValueError(f"{key} {error}") from error
