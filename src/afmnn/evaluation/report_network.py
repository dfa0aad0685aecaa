"""What a report shows of a network: how its errors fell, and its settings."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._text import quantity
from ..nn.network import Network
from . import page, plots
from .plots import axis_scale


def training(net: Network) -> list[str]:
    """Return how the errors fell from step to step."""
    parts = [page.heading("Training")]
    errors = {name: net.history[name] for name in ("training", "validation") if len(net.history.get(name, ()))}
    if not errors:
        return [*parts, page.note("The network's file does not say how its errors fell.")]
    unit = str(net.units.get("unit_z", ""))
    size, name = axis_scale(max(float(np.nanmax(values)) for values in errors.values()), unit)
    style = {"training": (plots.BEFORE, "before"), "validation": (plots.AFTER, "after")}
    lines = [(np.arange(1.0, 1 + len(values)), values / size, style[kind][0], "-") for kind, values in errors.items()]
    keys = [(style[kind][1], f"{kind}, {quantity(float(values[-1]), unit)} at the end") for kind, values in errors.items()]
    label = f"RMS error ({name})" if name else "RMS error"
    wide = all(float(values.min()) > 0 for values in errors.values()) and any(
        float(values.max()) > 5 * float(values.min()) for values in errors.values()
    )
    drawing = plots.curves("train", lines, "step", label, log="y" if wide else "", whole=True)
    return [*parts, page.plots([("RMS error in each step", drawing, keys)])]


def facts(net: Network) -> list[tuple[str, str]]:
    """Return the layers of a network and how it was trained, as names and values."""
    found = []
    for number, stage in enumerate(net.stages, start=1):
        of_stage = f", stage {number}" if net.before is not None else ""
        rows, cols = stage.window
        found.append((f"window{of_stage}", f"{rows} x {cols} pixels"))
        if stage.fovea is not None:
            found.append((f"fovea{of_stage}", f"{stage.fovea.taps} taps in {len(stage.fovea.bands)} bands"))
        found.append((f"hidden nodes{of_stage}", ", ".join(map(str, stage.hidden))))
    arrays = [array for stage in net.stages for array in (*stage.layers, stage.linear) if array is not None]
    found.append(("weights", str(sum(array.size for array in arrays))))
    names = {key: value for key, value in net.training.items() if value is not None}
    unit = str(net.units.get("unit_z", ""))
    found += [(key.replace("_", " "), _setting(key, value, unit)) for key, value in names.items()]
    return found if "method" in names else [*found, ("method", net.method)]


def _setting(key: str, value: Any, unit: str) -> str:
    """Return what a network's record says under a name, with the unit that it has there."""
    if key.endswith("error") and isinstance(value, float):
        return quantity(value, unit)
    if key == "budget" and isinstance(value, (int, float)):
        return f"{value:.6g} s"
    if key == "seen" and isinstance(value, dict):
        ranges = [f"{str(name).replace('_', ' ')} {_range(ends)}" for name, ends in value.items()]
        return ", ".join(ranges) + ", in spreads of the heights"
    return _value(value)


def _range(ends: Any) -> str:
    try:
        low, high = (float(end) for end in ends)
    except (TypeError, ValueError):  # files of others may hold something else there
        return _value(ends)
    return f"{low:.3g} to {high:.3g}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{str(key).replace('_', ' ')} {_value(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(_value, value))
    return f"{value:.6g}" if isinstance(value, float) else str(value)
