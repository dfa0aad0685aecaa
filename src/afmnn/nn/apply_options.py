"""Checks of the arguments of apply(), the same for an image in memory and for one in parts."""

from __future__ import annotations

from .. import _check
from .methods import METHODS
from .network import Network
from .scaling import Scaling

BORDERS = ("reflect", "nearest", "mirror", "constant", "average")
MISSING = ("raise", "keep")
_MOST_STRENGTH = 1.5


def check_options(network: Network, *, border: str, cval: float | None, nan: str, scale_output: bool, strength: float) -> None:
    """Refuse arguments that are out of their range, or that a network does not have."""
    _check.choice("border", border, BORDERS)
    _check.choice("nan", nan, MISSING)
    _check.flag(scale_output=scale_output)
    check_strength(strength, network)
    if cval is not None:
        _check.finite(cval=cval)


def check_strength(strength: float, network: Network) -> None:
    """Refuse a strength that is out of its range, or that a network does not have."""
    _check.within(strength=(strength, 0.0, _MOST_STRENGTH))
    if strength != 1.0 and network.scaling.kind != "row-noise":
        raise ValueError(f"strength must be 1 for networks that do not count in the noise from line to line, got {strength!r}")


def averages_flips(network: Network, flips: bool | None) -> bool:
    """Return whether results for flipped images are averaged: what a network was made for, unless `flips` says otherwise."""
    if flips is None:
        flips = bool(network.training.get("flips_averaged", False))
    _check.flag(flips=flips)
    if flips and not METHODS[network.method].flips:
        raise ValueError(f"flips must be left out for networks of method {network.method!r}, got True")
    return flips


def check_scaling(network: Network, scaling: Scaling) -> None:
    """Refuse what is no scaling, or not measured as that of a network."""
    if not isinstance(scaling, Scaling) or scaling.kind != network.scaling.kind:
        raise ValueError(f"scaling must be a {network.scaling.kind!r} Scaling (see Network.measure), got {scaling!r}")
