"""Scene: recipes of surfaces and defects -> training pairs by index."""

from __future__ import annotations

import bisect
import dataclasses
import itertools
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _check, tips
from .._arithmetic import plain
from .._elementary import cos, mean, sin, spread
from .._seed import SeedLike
from .._threads import resolve_threads
from ._draws import Draws
from .instrument import Instrument
from .instrument.scan import record_pair
from .recipes import DEFECTS, SURFACES, Recipe, checked_length

_IDEAL = Instrument()


@dataclasses.dataclass(frozen=True)
class Scene:
    """An endless supply of training pairs, each a pure function of the scene, a seed and an index.

    A pair is made in this order: one surface, or several that are added up; dilation by a tip; heights scaled to a
    root-mean-square of `height`; a plane; what the instrument makes of it without noise and events. This is the ideal. Then the
    instrument's noise and events, and the defects. Every random quantity is a function of the seed, the index and the
    quantity's name: a fixed value that becomes a range, or one more defect, changes no other.

    Parameters
    ----------
    surfaces : sequence of Recipe
        Surfaces to choose from by their weights.
    defects : sequence of Recipe
        What is added to the ideal, in this order, each with the probability that its weight says. Their ``rms`` counts in units
        of the ideal's own root-mean-square height.
    shape : (int, int)
        Rows and columns, at least 2.
    pixel_size : float
        Lateral unit per pixel. Lengths in recipes are in pixels, so a scene looks the same in every unit.
    height : float
        Root-mean-square height of the ideal surface, before the plane, in the unit you like.
    layers : sequence of float
        Heights of the surfaces that are added up, relative to the first, which is 1: ``(1.0,)`` is one surface, and in
        ``(1.0, [0.1, 0.5])`` the second is drawn from a range. What falls below 0.002 is left out.
    plane : number or range
        Root-mean-square height of the plane, in units of `height`; 0 for none.
    tip : number or range
        Radius of the paraboloid tip in pixels; 0 for none. The surface then counts as one with a root-mean-square of 10
        pixels.
    instrument : Instrument or mapping
        The instrument that scans the surface, or a mapping of its parts. Its heights count in units of the surface's own
        root-mean-square height. By default it is ideal.

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
    instrument: Instrument = dataclasses.field(default_factory=Instrument)

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
        object.__setattr__(self, "layers", tuple(checked_length(f"layers[{i}]", v) for i, v in enumerate(self.layers)))
        object.__setattr__(self, "plane", checked_length("plane", self.plane))
        object.__setattr__(self, "tip", checked_length("tip", self.tip))
        _check.positive(pixel_size=self.pixel_size, height=self.height)
        if isinstance(self.instrument, Mapping):
            object.__setattr__(self, "instrument", Instrument.from_dict(self.instrument))
        elif not isinstance(self.instrument, Instrument):
            raise TypeError(f"instrument must be an Instrument or a mapping of its parts, got {self.instrument!r}")

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
        draws, threads = Draws(seed, index), resolve_threads(threads)
        (trace,), ideal = self._scan(draws, 1, threads)
        return self._with_defects(draws, trace, spread(ideal), "", threads), ideal

    @plain
    def directions(
        self, index: int, *, seed: SeedLike = 0, threads: int | None = 1
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Make one scan in both directions.

        Parameters
        ----------
        index, seed, threads
            As for `pair`.

        Returns
        -------
        trace, retrace, ideal : ndarray of float64, shape `shape`
            Trace and ideal are what ``pair(index, seed=seed)`` returns. The retrace is in the order of the columns, so that it
            lies on the trace. What the instrument's physics lets both share, they share; each has defects of its own.

        Raises
        ------
        ValueError
            If `index` is negative.
        """
        draws, threads = Draws(seed, index), resolve_threads(threads)
        (trace, retrace), ideal = self._scan(draws, 2, threads)
        rms = spread(ideal)
        noisy = self._with_defects(draws, trace, rms, "", threads)
        return noisy, self._with_defects(draws, retrace, rms, ", retrace", threads), ideal

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
        if self.instrument == _IDEAL:
            return self._ideal(Draws(seed, index), resolve_threads(threads))
        return self._scan(Draws(seed, index), 1, resolve_threads(threads))[1]

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
        from ..formats import scenes  # noqa: PLC0415 - formats import Scene

        scenes.write_scene(self, path)

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
        from ..formats import scenes  # noqa: PLC0415 - formats import Scene

        return scenes.read_scene(path, cls)

    def _repr_html_(self) -> Any:
        from ..showing import displayed  # noqa: PLC0415 - what draws is above, and needs an extra

        return displayed("scene", self)

    def _scan(self, draws: Draws, directions: int, threads: int) -> tuple[tuple[NDArray[np.float64], ...], NDArray[np.float64]]:
        """Return what the instrument records, each direction an array of its own, and the ideal trace."""
        surface = self._ideal(draws, threads)
        if self.instrument == _IDEAL:
            return tuple(surface.copy() for _ in range(directions)), surface
        # Its heights are in units of the surface's, which are brought to 1 for it.
        rms = spread(surface) or 1.0
        key = draws.key("instrument")
        scan, ideal = record_pair(self.instrument.drawn(key), surface / rms, Draws(key, 0), directions, threads)
        for heights in (*scan, ideal):
            np.multiply(heights, rms, out=heights)
        return scan, ideal

    def _with_defects(
        self, draws: Draws, noisy: NDArray[np.float64], rms: float, direction: str, threads: int
    ) -> NDArray[np.float64]:
        """Add the defects of one direction."""
        seen: dict[str, int] = {}
        for recipe in self.defects:
            seen[recipe.name] = seen.get(recipe.name, 0) + 1
            name = f"defect {recipe.name} {seen[recipe.name]}"
            if draws.unit(f"{name}: wanted") >= recipe.weight:
                continue
            parameters = draws.parameters(name, recipe)
            parameters["rms"] = parameters.get("rms", 0.1) * rms
            if parameters["rms"] > 0:
                # On what is there, because some defects replace heights.
                own = draws.key(f"{name}{direction}")
                noisy = DEFECTS[recipe.generator](base=noisy, **parameters, seed=own, threads=threads)
        return noisy

    def _ideal(self, draws: Draws, threads: int) -> NDArray[np.float64]:
        heights: NDArray[np.float64] | None = None
        for i, layer in enumerate(self.layers):
            amplitude = float(draws.value(f"layer {i}", layer))
            if i > 0 and amplitude < 0.002:
                continue
            relief = self._relief(draws, f"layer {i}", threads)
            size = spread(relief) or 1.0
            relief -= mean(relief)
            relief *= amplitude
            relief /= size
            heights = relief if heights is None else np.add(heights, relief, out=heights)
        assert heights is not None
        slope, direction = float(draws.value("plane", self.plane)), draws.unit("direction of the plane") * 2 * math.pi
        radius = float(draws.value("tip", self.tip))
        if radius > 0:
            heights = _dilated(heights / (spread(heights) or 1.0), radius, threads)
        heights *= self.height / (spread(heights) or 1.0)
        if slope > 0:
            y, x = ((2.0 * np.arange(n) / (n - 1) - 1.0) * math.sqrt(3.0) for n in self.shape)
            heights += slope * self.height * (sin(direction) * y[:, None] + cos(direction) * x)
        return heights

    def _relief(self, draws: Draws, layer: str, threads: int) -> NDArray[np.float64]:
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


def _dilated(heights: NDArray[np.float64], radius: float, threads: int) -> NDArray[np.float64]:
    """Dilate heights of unit root-mean-square, which stands for 10 pixels, by a paraboloid tip."""
    pixel = 0.1
    tip = tips.tip_model("paraboloid", radius=radius, height_range=float(np.ptp(heights)) / pixel, pixel_size=1.0)
    # Far from the apex the flanks cannot touch what the surface's slopes leave standing: 31 pixels do for training.
    side = min(len(tip), 31) // 2
    middle = len(tip) // 2
    cut = np.ascontiguousarray(tip[middle - side : middle + side + 1, middle - side : middle + side + 1])
    return np.asarray(tips.tip_dilation(heights, cut * pixel, threads=threads))
