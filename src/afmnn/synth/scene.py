"""Scene: recipes of surfaces and defects -> training pairs by index."""

from __future__ import annotations

import bisect
import dataclasses
import hashlib
import inspect
import itertools
import json
import math
import os
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from .. import _check, _core, tips
from .._arithmetic import plain
from .._elementary import cos, exp, log, mean, sin, spread
from .._files import json_header
from .._files.atomic import atomic_writer
from .._files.regular import open_regular
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from ..errors import FormatError
from .lines import line_hum, line_ridges, line_scars, line_steps, line_tilt
from .noise import noise
from .objects import ObjectKind, objects
from .particles import particles
from .pattern_lattice import pattern_holes, pattern_pillars
from .pattern_lines import pattern_double_staircase, pattern_grating, pattern_staircase
from .pattern_radial import pattern_amphitheatre, pattern_rings, pattern_siemens_star
from .rods import rods

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
    }
)
DEFECTS: Mapping[str, _Generator] = MappingProxyType(
    {
        "noise": noise,
        "line_steps": line_steps,
        "line_scars": line_scars,
        "line_ridges": line_ridges,
        "line_tilt": line_tilt,
        "line_hum": line_hum,
    }
)
_FORMAT = "afmnn scene"
_VERSION = 1
_PAIRS, _DRAWS = 0x700, 0x701  # roles of the scenes' block of random streams, see core/rng.hpp
_SMALLEST = 32  # pixels: in smaller images the ranges of the default scene have no room


def settings_of(generator: _Generator) -> dict[str, inspect.Parameter]:
    """Return the parameters of a generator that a recipe may have: all but those that come from the scene."""
    given = {"shape", "base", "seed", "threads", "pixel_size", "return_info"}
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
        a list, in which a range may stand too. Anything else is taken as it is.
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
        parameters = {key: _checked(f"{self.generator}.{key}", value) for key, value in self.parameters.items()}
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


@dataclasses.dataclass(frozen=True)
class Scene:
    """An endless supply of training pairs, each a pure function of the scene, a seed and an index.

    A pair is made in this order: one surface, or several that are added up; dilation by a tip; heights scaled to a
    root-mean-square of `height`; a plane. This is the ideal. Then the defects. Every random quantity is a function of the
    seed, the index and the quantity's name: a fixed value that becomes a range, or one more defect, changes no other.

    Parameters
    ----------
    surfaces : sequence of Recipe
        Surfaces to choose from by their weights.
    defects : sequence of Recipe
        What is added to the ideal, each with the probability that its weight says. Their ``rms`` counts in units of
        the ideal's own root-mean-square height.
    shape : (int, int)
        Rows and columns, at least 2.
    pixel_size : float
        Lateral unit per pixel. Lengths in recipes are in pixels, so a scene looks the same in every unit.
    height : float
        Root-mean-square height of the ideal surface, before the plane, in the unit you like.
    layers : sequence of float
        Heights of the surfaces that are added up, relative to the first, which is 1: ``(1.0,)`` is one surface, and in
        ``(1.0, [0.1, 0.5])`` the second is drawn from a range. What falls below 0.02 is left out.
    plane : number or range
        Root-mean-square height of the plane, in units of `height`; 0 for none.
    tip : number or range
        Radius of the paraboloid tip in pixels; 0 for none. The surface then counts as one with a root-mean-square of 10
        pixels.

    Raises
    ------
    ValueError
        If a recipe names a generator or a keyword that does not exist, or a number is out of range.
    """

    surfaces: Sequence[Recipe]
    defects: Sequence[Recipe] = ()
    shape: tuple[int, int] = (256, 256)
    pixel_size: float = 1.0
    height: float = 1.0
    layers: Sequence[Any] = (1.0,)
    plane: Any = 0.0
    tip: Any = 0.0

    def __post_init__(self) -> None:
        for name, known in (("surfaces", SURFACES), ("defects", DEFECTS)):
            if not isinstance(getattr(self, name), (list, tuple)):
                raise TypeError(f"{name} must be a list of recipes, got {getattr(self, name)!r}")
            recipes = tuple(getattr(self, name))
            for recipe in recipes:
                if not isinstance(recipe, Recipe) or recipe.generator not in known:
                    raise ValueError(f"{name} must be recipes with the generators {', '.join(known)}, got {recipe!r}")
            object.__setattr__(self, name, recipes)
        if not self.surfaces:
            raise ValueError("surfaces must have at least one recipe, got none")
        if any(recipe.weight > 1 for recipe in self.defects):
            raise ValueError("defects must have probabilities of at most 1 as weights")
        if not isinstance(self.layers, (list, tuple)):
            raise TypeError(f"layers must be a list of heights, got {self.layers!r}")
        if not self.layers:
            raise ValueError("layers must have at least one height, got none")
        object.__setattr__(self, "shape", _check.shape("shape", self.shape, minimum=2))
        object.__setattr__(self, "layers", tuple(_checked_length(f"layers[{i}]", v) for i, v in enumerate(self.layers)))
        object.__setattr__(self, "plane", _checked_length("plane", self.plane))
        object.__setattr__(self, "tip", _checked_length("tip", self.tip))
        _check.positive(pixel_size=self.pixel_size, height=self.height)

    @plain
    def pair(self, index: int, *, seed: SeedLike = 0, threads: int | None = 1) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Make one training pair.

        Parameters
        ----------
        index : int
            Which pair, from 0 on. Pairs may be made in any order, by any worker.
        seed : int or SeedSequence
            Another seed is another supply. (A Generator is drawn from at each call: pass an integer to repeat a pair.)
        threads : int, optional
            Worker threads; by default one, for pairs are best made side by side. The heights do not depend on it.

        Returns
        -------
        noisy, ideal : ndarray of float64, shape `shape`
            Heights in the unit of `height`.

        Raises
        ------
        ValueError
            If `index` is negative.
        """
        draws = _Draws(seed, index)
        ideal = self._ideal(draws, resolve_threads(threads))
        noisy = ideal.copy()
        rms = spread(ideal)
        seen: dict[str, int] = {}
        for recipe in self.defects:
            seen[recipe.name] = seen.get(recipe.name, 0) + 1
            name = f"defect {recipe.name} {seen[recipe.name]}"
            if draws.unit(f"{name}: wanted") >= recipe.weight:
                continue
            parameters = draws.parameters(name, recipe)
            parameters["rms"] = parameters.get("rms", 0.1) * rms
            if parameters["rms"] > 0:
                noisy += DEFECTS[recipe.generator](self.shape, **parameters, seed=draws.key(name), threads=threads)
        return noisy, ideal

    @plain
    def surface(self, index: int, *, seed: SeedLike = 0, threads: int | None = 1) -> NDArray[np.float64]:
        """Make the ideal image of a pair alone.

        Parameters
        ----------
        index, seed, threads
            As for `pair`.

        Returns
        -------
        ndarray of float64, shape `shape`
            What ``pair(index, seed=seed)[1]`` is.

        Raises
        ------
        ValueError
            If `index` is negative.
        """
        return self._ideal(_Draws(seed, index), resolve_threads(threads))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the scene as JSON, whole or not at all.

        Parameters
        ----------
        path : path-like
            File to write; an existing one is replaced.

        Raises
        ------
        OSError
            If the file cannot be written; an existing one is then unchanged.
        """
        text = json.dumps({"format": _FORMAT, "version": _VERSION, **_plain(self)}, indent=1, allow_nan=False)
        with atomic_writer(path) as file:
            file.write(text.encode() + b"\n")

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Scene:
        """Read a scene that `save` wrote.

        Parameters
        ----------
        path : path-like
            File to read.

        Returns
        -------
        Scene

        Raises
        ------
        FormatError
            If the file is anything else. Nothing in it is executed: it can only name generators of `afmnn.synth`.
        OSError
            If it cannot be read.
        """
        with open_regular(path) as (file, size):
            if size > json_header.LONGEST:
                raise FormatError(f"is too large for a scene, {size} bytes instead of at most {json_header.LONGEST}")
            value = json_header.from_bytes(file.read(size))
            if value.pop("format", None) != _FORMAT:
                raise FormatError("is not a scene of afmnn")
            version = value.pop("version", None)
            if version != _VERSION:
                raise FormatError(f"has version {version!r} of the format, this afmnn reads version {_VERSION}")
            try:
                for name in ("surfaces", "defects"):
                    value[name] = [Recipe(**recipe) for recipe in value[name]]
                return cls(**value)
            except KeyError as error:
                raise FormatError(f"is no scene: it has no {error}") from error
            except (TypeError, ValueError) as error:
                raise FormatError(f"is no scene: {error}") from error

    def _ideal(self, draws: _Draws, threads: int) -> NDArray[np.float64]:
        heights = np.zeros(self.shape)
        for i, layer in enumerate(self.layers):
            amplitude = float(draws.value(f"layer {i}", layer))
            if i > 0 and amplitude < 0.02:
                continue
            relief = self._relief(draws, f"layer {i}", threads)
            heights += amplitude * (relief - mean(relief)) / (spread(relief) or 1.0)
        slope, direction = float(draws.value("plane", self.plane)), draws.unit("direction of the plane") * 2 * math.pi
        radius = float(draws.value("tip", self.tip))
        if radius > 0:
            heights = _dilated(heights / (spread(heights) or 1.0), radius, threads)
        heights *= self.height / (spread(heights) or 1.0)
        if slope > 0:
            y, x = ((2.0 * np.arange(n) / (n - 1) - 1.0) * math.sqrt(3.0) for n in self.shape)
            heights += slope * self.height * (sin(direction) * y[:, None] + cos(direction) * x)
        return heights

    def _relief(self, draws: _Draws, layer: str, threads: int) -> NDArray[np.float64]:
        """One surface. What comes out flat (no body fell into the image) is drawn again."""
        weights = list(itertools.accumulate(recipe.weight for recipe in self.surfaces))
        for attempt in range(20):
            name = f"{layer}, try {attempt}"
            chosen = bisect.bisect_right(weights, draws.unit(f"{name}: surface") * weights[-1])
            recipe = self.surfaces[min(chosen, len(self.surfaces) - 1)]
            parameters = draws.parameters(name, recipe)
            relief = SURFACES[recipe.generator](self.shape, **parameters, seed=draws.key(name), threads=threads)
            if np.ptp(relief) > 0:
                break
        return relief


@plain
def default_scene(
    exclude: Sequence[str] = (), *, shape: tuple[int, int] = (256, 256), pixel_size: float = 1.0, height: float = 1.0
) -> Scene:
    """Return a scene that is varied in shapes, sizes, heights, orientations and noise.

    Parameters
    ----------
    exclude : sequence of str
        Families to leave out, for example to judge a network by shapes it never saw: ``"particles"``, ``"rods"``, the
        kinds of `objects` (``"doughnut"``, ``"pyramid"``, ...) and the patterns (``"siemens_star"``, ``"grating"``, ...).
    shape : (int, int)
        Rows and columns, at least 32.
    pixel_size, height
        As in `Scene`.

    Returns
    -------
    Scene

    Raises
    ------
    ValueError
        If a family does not exist (the message lists them), none is left, or the image is too small.
    """
    shape = _check.shape("shape", shape, minimum=_SMALLEST)
    exclude = (exclude,) if isinstance(exclude, str) else tuple(exclude)
    families = {recipe.name: recipe for recipe in _families(min(shape))}
    for name in exclude:
        if name not in families:
            raise ValueError(f"exclude must name families out of {', '.join(sorted(families))}, got {name!r}")
    return Scene(
        surfaces=[recipe for name, recipe in families.items() if name not in exclude],
        defects=[
            Recipe("noise", {"rms": {"log": [0.02, 0.4]}}),
            Recipe(
                "line_steps",
                {"rms": {"log": [0.03, 0.7]}, "steps_per_line": {"log": [0.5, 1.6]}, "within_line": [0.0, 1.0]},
                0.95,
            ),
            Recipe("line_scars", {"rms": [0.2, 1.0], "coverage": {"log": [0.001, 0.03]}, "length": {"log": [8, 120]}}, 0.1),
            Recipe("line_tilt", {"rms": {"log": [0.02, 0.2]}}, 0.05),
        ],
        shape=shape,
        pixel_size=pixel_size,
        height=height,
        layers=(1.0, {"choice": [0.0, 0.0, 0.0, {"log": [0.05, 0.6]}]}),
        plane={"choice": [0.0, 0.0, [0.1, 1.0]]},
        tip={"choice": [0.0, 0.0, 0.0, {"log": [2.0, 12.0]}]},
    )


def _families(side: int) -> list[Recipe]:
    """Every generator with ranges that suit an image whose shorter side has so many pixels."""
    largest = max(min(40.0, side / 5), 4.0)
    # People lay gratings along the scan lines; turned at random, next to none would be.
    angle = {"choice": [[-math.pi, math.pi]] * 3 + [[-0.05, 0.05]]}
    turned = {"angle": angle, "deformation": {"choice": [0.0, 0.0, [1.0, 6.0]]}, "deformation_scale": [10.0, 40.0]}
    period = {"log": [min(16.0, side / 4), max(side / 3.0, 4.0)]}
    recipes = [
        Recipe(
            "objects",
            {
                "kind": kind,
                "radius": {"log": [4.0, largest]},
                "height": 1.0,
                "aspect_ratio": {"log": [0.5, 2.0]},
                "angle": angle,
                "truncation": {"choice": [1.0, 1.0, [0.4, 1.0]]},
                "coverage": {"log": [0.05, 1.5]},
                "radius_spread": [0.0, 0.4],
                "height_spread": [0.0, 0.4],
                "angle_spread": {"choice": [0.0, 0.1, 1.0]},
                "up_fraction": {"choice": [1.0, 1.0, 0.5, 0.0]},
                "columnarity": {"choice": [0.0, 0.0, [0.0, 1.0]]},
            },
            name=kind,
        )
        for kind in get_args(ObjectKind)
    ]
    bodies = {"coverage": [0.1, 0.7], "radius": {"log": [min(5.0, side / 8), min(24.0, side / 5)]}}
    recipes += [
        Recipe("particles", {**bodies, "radius_std": {"choice": [0.0, [0.0, 1.5]]}, "relax_steps": 100}, 4.0),
        Recipe("rods", {**bodies, "aspect_ratio": [1.2, 3.0], "relax_steps": 2000}, 1.0),
    ]
    square = {"period_x": period, "period_y": period, **turned}
    slope = {"slope_fraction": [0.02, 0.3]}
    step = {"period": period, "height": 1.0, **slope, **turned}
    top = {"top_fraction": [0.2, 0.6]}
    rings = {"superellipse": {"choice": [1.0, [0.2, 2.0]]}, "parabolicity": {"choice": [0.0, [-1.0, 1.0]]}}
    patterns: dict[str, dict[str, Any]] = {
        "staircase": {**step, "height_spread": [0.0, 0.5], "position_spread": [0.0, 0.2]},
        "double_staircase": {**square, "height": 1.0, "height_spread": [0.0, 0.5]},
        "grating": {**step, **top, "asymmetry": [-1.0, 1.0], "position_spread": [0.0, 0.1]},
        "amphitheatre": {**step, **rings},
        "rings": {**step, **top, **rings},
        "siemens_star": {**turned, "sectors": {"integer": [3, 16]}, "height": 1.0, "slope_width": [0.0, 6.0]},
        "holes": {**square, **slope, "depth": 1.0, "roundness": [0.0, 0.6]},
        "pillars": {
            **square,
            **slope,
            "kind": {"choice": ["circle", "square", "hexagon"]},
            "height": 1.0,
            "size_fraction": [0.3, 0.7],
        },
    }
    return recipes + [Recipe(f"pattern_{name}", parameters, name=name) for name, parameters in patterns.items()]


class _Draws:
    """The random numbers of one pair: each is a function of seed, index and a name."""

    def __init__(self, seed: SeedLike, index: int) -> None:
        number = _check.integer("index", index, minimum=0, maximum=2**64 - 1)
        self._pair = self._bits(key_from(seed), _PAIRS, number)

    def key(self, name: str) -> int:
        """Return 64 random bits, a seed for a generator."""
        digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
        return self._bits(self._pair, _DRAWS, int.from_bytes(digest, "little"))

    def unit(self, name: str) -> float:
        """Return a number that is uniform on [0, 1)."""
        return (self.key(name) >> 11) / (1 << 53)

    def value(self, name: str, value: Any) -> Any:
        """Draw from what a recipe may say."""
        if isinstance(value, tuple):
            return value[0] + (value[1] - value[0]) * self.unit(name)
        if isinstance(value, Mapping):
            ((how, choices),) = value.items()
            if how == "log":
                low, high = map(log, choices)
                return exp(low + (high - low) * self.unit(name))
            if how == "integer":
                return min(choices[0] + math.floor((choices[1] - choices[0] + 1) * self.unit(name)), choices[1])
            i = min(math.floor(len(choices) * self.unit(f"{name}: choice")), len(choices) - 1)
            return self.value(name, choices[i])
        return value

    def parameters(self, name: str, recipe: Recipe) -> dict[str, Any]:
        """Draw the keywords for the generator of a recipe."""
        return {key: self.value(f"{name}: {key}", value) for key, value in recipe.parameters.items()}

    @staticmethod
    def _bits(key: int, role: int, index: int) -> int:
        high, low = _core.philox(key, role, index)[:2].tolist()
        return int(high) << 32 | int(low)


def _checked(name: str, value: Any) -> Any:
    """Return what a recipe says as numbers, text, tuples and read-only mappings; refuse what cannot be drawn from."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, Mapping):
        if len(value) != 1 or next(iter(value)) not in {"log", "integer", "choice"}:
            raise ValueError(
                f"{name} must be a value, [low, high], or a mapping with one key log, integer or choice, got {value!r}"
            )
        ((how, choices),) = value.items()
        if not isinstance(choices, (list, tuple)) or not choices or (how != "choice" and len(choices) != 2):
            raise ValueError(f"{name} must have {'a list' if how == 'choice' else 'two numbers'} for {how}, got {choices!r}")
        if how == "choice":
            return {how: tuple(_checked(name, choice) for choice in choices)}
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


def _checked_length(name: str, value: Any) -> Any:
    """Do the same for what must not be negative."""
    value = _checked(name, value)
    ends: list[Any] = [value]
    while ends:
        end = ends.pop()
        if isinstance(end, (tuple, Mapping)):
            ends += end if isinstance(end, tuple) else next(iter(end.values()))
        else:
            _check.non_negative(**{name: end})
    return value


def _dilated(heights: NDArray[np.float64], radius: float, threads: int) -> NDArray[np.float64]:
    """Dilate heights of unit root-mean-square, which stands for 10 pixels, by a paraboloid tip."""
    pixel = 0.1
    tip = tips.tip_model("paraboloid", radius=radius, height_range=float(np.ptp(heights)) / pixel, pixel_size=1.0)
    # Far from the apex the flanks cannot touch what the surface's slopes leave standing: 31 pixels do for training.
    side = min(len(tip), 31) // 2
    middle = len(tip) // 2
    cut = np.ascontiguousarray(tip[middle - side : middle + side + 1, middle - side : middle + side + 1])
    return np.asarray(tips.tip_dilation(heights, cut * pixel, threads=threads))


def _plain(scene: Scene) -> dict[str, Any]:
    """Return only tuples, lists, dictionaries, text and numbers, for JSON."""
    value = {field.name: getattr(scene, field.name) for field in dataclasses.fields(scene)}
    for name in ("surfaces", "defects"):
        value[name] = [{f.name: getattr(recipe, f.name) for f in dataclasses.fields(recipe)} for recipe in value[name]]
        for recipe in value[name]:
            recipe["parameters"] = dict(recipe["parameters"])
    return value
