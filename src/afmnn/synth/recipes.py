"""Recipes: which generators a scene may use, and the ranges that their parameters are drawn from."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _check
from .anneal import anneal
from .atomic_lattice import atomic_lattice
from .ballistic import ballistic
from .brownian import fractional_brownian
from .columnar import columnar
from .diffusion import diffusion
from .discs import discs
from .domains import domains
from .fibres import fibres
from .lattice import lattice
from .line_errors import line_errors
from .lines import line_hum, line_ridges, line_scars, line_steps, line_tilt
from .noise import noise
from .objects import objects
from .particles import particles
from .pattern_lattice import pattern_holes, pattern_pillars
from .pattern_lines import pattern_double_staircase, pattern_grating, pattern_staircase
from .pattern_radial import pattern_amphitheatre, pattern_rings, pattern_siemens_star
from .phases import separated_phases
from .pile_up import pile_up
from .rods import rods
from .self_affine import self_affine
from .spectral import spectral
from .spikes import spikes
from .terraces import terraces
from .turing_pattern import turing_pattern
from .waves import waves
from .wetting import wetting
from .wrinkles import wrinkles

_Generator = Callable[..., NDArray[np.float64]]

#: Generators a scene may name: nothing else is ever called, whatever a file says.
SURFACES: Mapping[str, _Generator] = MappingProxyType(
    {
        "objects": objects,
        "particles": particles,
        "rods": rods,
        "pattern_staircase": pattern_staircase,
        "pattern_double_staircase": pattern_double_staircase,
        "pattern_grating": pattern_grating,
        "pattern_amphitheatre": pattern_amphitheatre,
        "pattern_rings": pattern_rings,
        "pattern_siemens_star": pattern_siemens_star,
        "pattern_holes": pattern_holes,
        "pattern_pillars": pattern_pillars,
        "separated_phases": separated_phases,
        "waves": waves,
        "fractional_brownian": fractional_brownian,
        "wrinkles": wrinkles,
        "terraces": terraces,
        "atomic_lattice": atomic_lattice,
        "spectral": spectral,
        "self_affine": self_affine,
        "ballistic": ballistic,
        "columnar": columnar,
        "wetting": wetting,
        "diffusion": diffusion,
        "anneal": anneal,
        "domains": domains,
        "turing_pattern": turing_pattern,
        "fibres": fibres,
        "lattice": lattice,
        "discs": discs,
        "pile_up": pile_up,
    }
)
#: How a mapping in a recipe says what to draw.
WAYS = frozenset({"log", "integer", "choice"})
DEFECTS: Mapping[str, _Generator] = MappingProxyType(
    {
        "noise": noise,
        "line_steps": line_steps,
        "line_scars": line_scars,
        "line_ridges": line_ridges,
        "line_tilt": line_tilt,
        "line_hum": line_hum,
        "line_errors": line_errors,
        "spikes": spikes,
    }
)


def settings_of(generator: _Generator) -> dict[str, inspect.Parameter]:
    """Return the parameters of a generator that a recipe may have: all but those that come from the scene or the caller."""
    given = {"shape", "base", "seed", "threads", "pixel_size", "return_info", "progress"}
    return {name: parameter for name, parameter in inspect.signature(generator).parameters.items() if name not in given}


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One generator with the ranges its parameters are drawn from.

    Parameters
    ----------
    generator : str
        A function of `afmnn.synth`, such as ``"objects"`` or ``"line_steps"``.
    parameters : mapping
        Keywords of that function. A value is drawn afresh for each pair: ``[low, high]`` evenly, ``{"log": [low, high]}``
        evenly in the logarithm, ``{"integer": [low, high]}`` from the integers, both ends included, ``{"choice": [...]}`` from
        a list, in which a range may stand too. What is a mapping itself, `layers` of `lattice`, may have a value or a range for
        each of its names. Anything else is taken as it is.
    weight : float
        For surfaces: how often it is chosen, relative to the others. For defects: the probability that it is added.
    name : str
        What `default_scene` calls it when it is to be left out; by default the generator's name.
    """

    generator: str
    parameters: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    weight: float = 1.0
    name: str = ""

    def __post_init__(self) -> None:
        known = {**SURFACES, **DEFECTS}
        _check.choice("generator", self.generator, known)
        if not isinstance(self.parameters, Mapping):
            raise TypeError(f"parameters must be a mapping of keywords of {self.generator}, got {self.parameters!r}")
        allowed = settings_of(known[self.generator])
        _check.keys(f"parameters of {self.generator}", self.parameters, allowed)
        parameters = {
            key: checked_range(f"{self.generator}.{key}", value, named="Mapping" in str(allowed[key].annotation))
            for key, value in self.parameters.items()
        }
        needed = [key for key, p in allowed.items() if p.default is p.empty and (key != "rms" or self.generator in SURFACES)]
        missing = [key for key in needed if key not in parameters]
        if missing:
            raise ValueError(f"parameters of {self.generator} must have {', '.join(needed)}, got no {', '.join(missing)}")
        _check.positive(weight=self.weight)
        _check.text(name=self.name)
        object.__setattr__(self, "parameters", MappingProxyType(parameters))
        object.__setattr__(self, "name", self.name or self.generator)

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only mappings cannot be pickled, but scenes travel to the processes that make pairs.
        return Recipe, (self.generator, dict(self.parameters), self.weight, self.name)


def checked_range(name: str, value: Any, *, named: bool = False) -> Any:
    """Return what a recipe says as numbers, text, tuples and mappings; refuse what cannot be drawn from.

    Where values have names (`named`), a mapping that does not say how to draw has a value or a range for each.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping) and named and value and not WAYS & set(value):
        return {str(key): checked_range(f"{name}[{key!r}]", part) for key, part in value.items()}
    if isinstance(value, Mapping):
        if len(value) != 1 or next(iter(value)) not in WAYS:
            raise ValueError(
                f"{name} must be a value, [low, high], or a mapping with one key log, integer or choice, got {value!r}"
            )
        ((how, choices),) = value.items()
        if not isinstance(choices, (list, tuple)) or not choices or (how != "choice" and len(choices) != 2):
            raise ValueError(f"{name} must have {'a list' if how == 'choice' else 'two numbers'} for {how}, got {choices!r}")
        if how == "choice":
            return {how: tuple(checked_range(name, choice, named=named) for choice in choices)}
        if how == "integer":
            ends = [_check.integer(f"{end} end of {name}", v) for end, v in zip(("low", "high"), choices, strict=True)]
            return {how: _range(name, ends, how)}
        return {how: _range(name, choices, how)}
    if isinstance(value, (list, tuple)):
        if len(value) != 2:
            raise ValueError(f"{name} must have two numbers [low, high], got {value!r}")
        return _range(name, value, "even")
    if isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        _check.finite(**{name: value})
        return value
    raise TypeError(f"{name} must be a number, text or a range, got {type(value).__name__}")


def _range(name: str, bounds: Sequence[Any], how: str) -> tuple[Any, Any]:
    _check.finite(**{f"low end of {name}": bounds[0], f"high end of {name}": bounds[1]})
    if bounds[0] > bounds[1] or (how == "log" and bounds[0] <= 0):
        rule = "0 < low <= high" if how == "log" else "low <= high"
        raise ValueError(f"{name} must have {rule}, got {list(bounds)!r}")
    low, high = (bound.item() if isinstance(bound, np.generic) else bound for bound in bounds)
    return low, high


def checked_length(name: str, value: Any) -> Any:
    """Do the same for what must not be negative."""
    value = checked_range(name, value)
    ends: list[Any] = [value]
    while ends:
        end = ends.pop()
        if isinstance(end, (tuple, Mapping)):
            ends += end if isinstance(end, tuple) else next(iter(end.values()))
        else:
            _check.non_negative(**{name: end})
    return value
