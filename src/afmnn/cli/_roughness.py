"""The roughness of channels, for ``afmnn info --roughness``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from .. import metrics
from ..correct.level import level
from ..image import Image
from ._print import quantity, table

#: Each name of the field, what measures it, and which unit it is in.
_FIGURES: Mapping[str, tuple[Callable[[Image], float], str]] = MappingProxyType(
    {
        "Sq": (metrics.sq, "unit_z"),
        "Sa": (metrics.sa, "unit_z"),
        "Sz": (metrics.sz, "unit_z"),
        "Ssk": (metrics.ssk, ""),
        "Sku": (metrics.sku, ""),
        "Sdq": (metrics.sdq, ""),
        "Sdr": (metrics.sdr, "%"),
        "Sal": (metrics.sal, "unit_xy"),
        "Str": (metrics.str_, ""),
    }
)
NOTE = "roughness (ISO 25178-2): of the heights less their plane; missing pixels do not count"


def measured(image: Image) -> dict[str, float | None]:
    """Return all figures of an image less its plane; None for what cannot be measured on it."""
    levelled = _or_none(level, image)
    return {name.lower(): None if levelled is None else _or_none(measure, levelled) for name, (measure, _) in _FIGURES.items()}


def text(channels: list[dict[str, Any]]) -> str:
    """Return a table of what `measured` has found."""
    rows = []
    for channel in channels:
        found = channel["roughness"]
        cells = [_shown(found[name.lower()], unit, channel) for name, (_, unit) in _FIGURES.items()] if found else []
        rows.append([f"{channel['channel']} {channel['title']!r}", *(cells or ["-"] * len(_FIGURES))])
    return f"{table(['channel', *_FIGURES], rows)}\n{NOTE}"


def _shown(value: float | None, unit: str, channel: dict[str, Any]) -> str:
    if value is None:
        return "-"
    if unit == "%":
        return f"{100 * value:.3g} %"
    return quantity(value, channel[unit]) if unit else f"{value:.3g}"


def _or_none(function: Callable[[Image], Any], image: Image) -> Any:
    try:
        return function(image)
    except ValueError:  # constant, empty or tiny, or heights that are no lengths
        return None
