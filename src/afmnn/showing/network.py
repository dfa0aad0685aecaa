"""A network as a card: what it sees, what it was trained on, how its errors fell."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._text import quantity
from ..evaluation import page
from ..evaluation.plots import axis_scale, check_matplotlib
from ..evaluation.report_network import facts
from ..nn.network import Network
from . import figures
from .card import card, line, picture

_SIZE = (4.6, 2.5)  # inches of the error curve
#: What of the record of a training the card says by itself, or is for nobody's eyes.
_SAID = frozenset({"name", "scene", "images", "version", "seed", "method", "steps_of_stages"})


def plot_network(network: Network, ax: Any = None) -> Any:
    """Draw how the errors of a network fell into axes, new ones if there are none; see `Network.plot`."""
    check_matplotlib("drawing a network's errors")
    if not _errors(network):
        raise ValueError("network must have a history of errors, got none: its file does not say how they fell")
    if ax is None:
        ax = figures.on_screen(_SIZE).add_subplot()
    elif not hasattr(ax, "plot"):
        raise TypeError(f"ax must be axes of matplotlib, got {type(ax).__name__}")
    _draw(ax, network)
    return ax


def displayed(network: Network) -> str:
    """Return what a notebook shows of a network; without matplotlib it has no curve."""
    parts = [line(_seeing(network)), line(_counting(network)), line(_trained(network))]
    rest = [(name, value) for name, value in facts(network) if name.replace(" ", "_") not in _SAID]
    settings = f"<details><summary>All settings</summary>{page.facts('', rest).replace('<h3></h3>', '')}</details>"
    return card(str(network.training.get("name") or "Network"), [*parts, _curve(network), settings])


def _seeing(network: Network) -> str:
    rows, cols = network.extent
    kind = f"{len(network.stages)} stages, each one correcting the one before" if network.before is not None else "One stage"
    taps = [str(stage.fovea.taps) for stage in network.stages if stage.fovea is not None]
    fovea = f", through {'foveas' if len(taps) > 1 else 'a fovea'} of {' and '.join(taps)} taps" if taps else ""
    fine = ": fine near the pixel, coarse far from it" if taps else ""
    return f"{kind}. For each pixel it sees {rows} x {cols} pixels around it{fovea}{fine}."


def _counting(network: Network) -> str:
    """Return what heights are to the network: what it can tell apart, and how much it can take off."""
    return {
        "row-noise": "Its unit is the noise from line to line, which it measures in every image, less a plane: it takes off at "
        "most 64 times that noise anywhere, and hardly anything where there is none.",
        "levelled": "Its unit is the spread of the heights, which it measures in every image, less a plane.",
        "robust": "Its unit is the spread of the heights, which it measures in every image.",
        "min-max": "Its unit is the range of the heights, from the lowest to the highest, which it measures in every image.",
    }[network.scaling.kind]


def _trained(network: Network) -> str:
    record = network.training
    scene, images, steps = record.get("scene"), record.get("images"), record.get("steps")
    if scene:
        on = f" on pairs of {scene}"
    elif isinstance(images, int):
        on = f" on {images} image{'s' if images != 1 else ''}"
    else:
        on = " on pairs of a scene" if "pairs_per_step" in record else ""
    length = f" in {steps} steps" if isinstance(steps, int) else ""
    by = f" by afmnn {record['version']}" if "version" in record else ""
    seed = f", seed {record['seed']}" if record.get("seed") is not None else ""
    method = f" (method {record.get('method', network.method)!r}{seed})"
    # The day is not in it: the same call makes the same network, whenever it is.
    return f"Trained{on}{length}{by}{method}."


def _errors(network: Network) -> dict[str, Any]:
    found = {name: np.asarray(network.history.get(name, ()), np.float64) for name in ("training", "validation")}
    return {name: values for name, values in found.items() if np.isfinite(values).any()}


def _curve(network: Network) -> str:
    """Return the error curve; empty where there is none, or no matplotlib to draw it."""
    if not _errors(network):
        return ""
    try:
        check_matplotlib("drawing a network's errors")
    except ImportError:
        return ""
    with figures.own_style():
        figure = figures.alone(_SIZE)
        _draw(figure.add_subplot(), network)
        return picture(*figures.png(figure), "RMS error in each step of training")


def _draw(ax: Any, network: Network) -> None:
    errors, unit = _errors(network), str(network.units.get("unit_z", ""))
    largest = max(float(values[np.isfinite(values)].max()) for values in errors.values())
    smallest = min(float(values[np.isfinite(values)].min()) for values in errors.values())
    size, name = axis_scale(largest, unit)
    for kind, values in errors.items():
        colour = figures.BEFORE if kind == "training" else figures.AFTER
        last = quantity(float(values[np.isfinite(values)][-1]), unit)
        steps = np.arange(1, 1 + len(values))
        ax.plot(
            steps, values / size, color=colour, lw=1.4, marker="o" if len(values) == 1 else "", label=f"{kind}: {last} at the end"
        )
    if smallest > 0 and largest > 5 * smallest:
        ax.set_yscale("log")
    else:
        ax.set_ylim(bottom=0)
    ax.set_xlabel("step")
    ax.set_ylabel(f"RMS error ({name})" if name else "RMS error")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.grid(lw=0.4, alpha=0.4)
    ax.legend(frameon=False, fontsize="small")
