"""default_scene(): a scene that is varied in shapes, sizes, heights, orientations and noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, get_args

from .. import _check
from .._arithmetic import plain
from .instrument import Events, Instrument, Noise
from .objects import ObjectKind
from .recipes import Recipe
from .scene import Scene

#: What instruments add, from those that hardly do to those that bury the relief: a scan in forty has nothing but noise on it.
#: Many wander: neighbouring samples of nearly all real scans have noise in common. Most make strokes, some of them at edges.
_INSTRUMENT = Instrument(
    noise=Noise(
        white={"choice": [{"log": [0.002, 0.4]}] * 39 + [{"log": [0.4, 4.0]}]},
        wander={"choice": [0.0, {"log": [0.005, 0.4]}]},
        wander_exponent=[0.6, 2.0],
        wander_corner={"log": [0.02, 20.0]},
        line_offsets={"choice": [{"log": [0.005, 0.7]}] * 9 + [0.0]},
        offsets_per_line={"log": [0.5, 1.6]},
        offsets_within=[0.0, 1.0],
    ),
    events=Events(
        scars={"choice": [0.0, {"log": [1e-4, 3e-3]}, {"log": [1e-4, 3e-3]}]},
        scar_length={"log": [3.0, 100.0]},
        scar_height={"log": [0.02, 1.0]},
        scars_at_edges={"choice": [1.0, {"log": [1.0, 30.0]}]},
    ),
)
_SMALLEST = 32  # pixels: in smaller images the ranges have no room


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
            Recipe("line_scars", {"rms": [0.2, 1.0], "coverage": {"log": [0.001, 0.03]}, "length": {"log": [3, 120]}}, 0.1),
            Recipe("line_tilt", {"rms": {"log": [0.02, 0.2]}}, 0.05),
        ],
        shape=shape,
        pixel_size=pixel_size,
        height=height,
        layers=(1.0, {"choice": [0.0, {"log": [0.01, 0.6]}]}),
        plane={"choice": [0.0, 0.0, [0.1, 1.0]]},
        tip={"choice": [0.0, 0.0, 0.0, {"log": [2.0, 12.0]}]},
        instrument=_INSTRUMENT,
    )


def _families(side: int) -> list[Recipe]:
    """Every generator with ranges that suit an image whose shorter side has so many pixels."""
    largest = max(min(40.0, side / 5), 4.0)
    # People lay gratings along the scan lines; turned at random, next to none would be.
    angle = {"choice": [[-math.pi, math.pi]] * 3 + [[-0.05, 0.05]]}
    rotated = {"angle": angle, "deformation": {"choice": [0.0, 0.0, [1.0, 6.0]]}, "deformation_scale": [10.0, 40.0]}
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
                "coverage": {"choice": [{"log": [0.05, 1.5]}] * 14 + [{"log": [0.005, 0.05]}]},  # few things on flat ground
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
    thickest = min(24.0, side / 5)
    bodies = {"coverage": [0.1, 0.7], "radius": {"log": [min(5.0, side / 8), thickest]}}
    recipes += [
        Recipe("particles", {**bodies, "radius_std": {"choice": [0.0, [0.0, 1.5]]}, "relax_steps": 100}, 4.0),
        # Rods must not be longer than the shorter side, whatever their radius is.
        Recipe("rods", {**bodies, "aspect_ratio": [1.2, min(3.0, side / (2.0 * thickest))], "relax_steps": 2000}, 1.0),
    ]
    square = {"period_x": period, "period_y": period, **rotated}
    slope = {"slope_fraction": {"choice": [[0.02, 0.3]] * 3 + [[0.0, 0.02]]}}  # a quarter of them upright
    step = {"period": period, "height": 1.0, **slope, **rotated}
    top = {"top_fraction": [0.2, 0.6]}
    rings = {"superellipse": {"choice": [1.0, [0.2, 2.0]]}, "parabolicity": {"choice": [0.0, [-1.0, 1.0]]}}
    patterns: dict[str, dict[str, Any]] = {
        "staircase": {**step, "height_spread": [0.0, 0.5], "position_spread": [0.0, 0.2]},
        "double_staircase": {**square, "height": 1.0, "height_spread": [0.0, 0.5]},
        "grating": {**step, **top, "asymmetry": [-1.0, 1.0], "position_spread": [0.0, 0.1]},
        "amphitheatre": {**step, **rings},
        "rings": {**step, **top, **rings},
        "siemens_star": {**rotated, "sectors": {"integer": [3, 16]}, "height": 1.0, "slope_width": [0.0, 6.0]},
        "holes": {**square, **slope, "depth": 1.0, "roundness": [0.0, 0.6]},
        "pillars": {
            **square,
            **slope,
            "kind": {"choice": ["circle", "square", "hexagon"]},
            "height": 1.0,
            "size_fraction": [0.3, 0.7],
        },
    }
    turned = [-math.pi, math.pi]
    recipes += [
        Recipe(
            "self_affine",
            {
                "rms": 1.0,
                "hurst": [0.3, 1.0],
                "roll_off": {"log": [12.0, float(side)]},
                "smoothing": {"choice": [0.5, {"log": [0.5, 4.0]}]},
                "anisotropy": {"choice": [1.0, 1.0, {"log": [1.0, 6.0]}]},
                "angle": turned,
            },
            8.0,
        ),
        Recipe(
            "atomic_lattice",
            {
                "kind": {"choice": ["square", "hexagonal", "oblique"]},
                "period": {"log": [5.0, 24.0]},
                "height": 1.0,
                "width": [0.2, 0.35],
                "second_site": {"choice": [0.0, 0.0, [0.2, 1.0]]},
                "angle": turned,
                "vacancies": {"choice": [0.0, 0.0, {"log": [0.001, 0.05]}]},
            },
            4.0,
        ),
        Recipe(
            "terraces",
            {
                "period": period,
                "height": 1.0,
                "width_spread": [0.0, 0.5],
                "wander": {"log": [0.5, 6.0]},
                "angle": turned,
                "island_coverage": {"choice": [0.0, 0.0, [0.02, 0.2]]},
                "pit_fraction": [0.0, 1.0],
            },
            3.0,
        ),
        Recipe(
            "wrinkles",
            {"spacing": period, "height": 1.0, "families": {"integer": [1, 3]}, "angle": turned, "height_spread": [0.0, 0.5]},
            2.0,
        ),
    ]
    recipes += [
        Recipe("ballistic", {"coverage": {"log": [1.0, 10.0]}, "height_spread": [0.0, 1.0]}, 0.5),
        Recipe("fractional_brownian", {"hurst": [0.3, 0.9], "rms": 1.0, "stationarity_length": {"log": [8.0, 2.0 * side]}}, 0.5),
        # More than a few take longer than all the rest of a pair.
        Recipe(
            "waves",
            {"count": {"integer": [1, 5]}, "wavelength": {"log": [8.0, side / 3.0]}, "quantity": "displacement"},
            0.5,
        ),
        Recipe(
            "fibres",
            {
                "profile": {"choice": ["semicircle", "parabola", "triangle"]},
                "width": {"log": [3.0, 20.0]},
                "height": 1.0,
                "coverage": {"log": [0.05, 1.0]},
                "angle": turned,
                "angle_spread": {"choice": [0.05, 1.0]},
                "width_spread": [0.0, 0.3],
            },
            0.5,
        ),
        Recipe(
            "pile_up",
            {
                "kind": {"choice": ["ellipsoid", "bar", "cylinder"]},
                "width": {"log": [min(6.0, side / 8), largest]},
                "aspect_ratio": {"log": [1.0, 3.0]},
                "angle": turned,
                "angle_spread": {"choice": [0.0, 1.0]},
                "coverage": {"log": [0.1, 1.0]},
            },
            0.25,
        ),
        Recipe("discs", {"radius": {"log": [min(5.0, side / 8), thickest]}, "radius_spread": [0.0, 0.3]}, 0.25),
        Recipe("spectral", {"gaussian_length": {"log": [2.0, side / 8.0]}, "rms": 1.0}, 0.5),
        Recipe(
            "lattice",
            {
                "kind": {"choice": ["random", "random", "square", "hexagonal", "cairo", "snub_square", "penrose_vertices"]},
                "size": {"log": [min(12.0, side / 8), max(side / 4, 8.0)]},
                "layers": {
                    "choice": [
                        {"radial": {"choice": [-1.0, 1.0]}},  # domes, or dimples
                        {"flat": 1.0, "border": [-1.0, 0.0]},  # grains, with grooves between
                        {"linear": 1.0},
                        {"bumpy": 1.0, "segmented": [-0.5, 0.5]},
                        {"segmented": -1.0, "flat": [0.0, 1.0]},
                        {"second": 1.0, "z_border": [0.0, 1.0]},
                    ]
                },
                "lattice_relaxation": {"choice": [0.0, [0.0, 4.0]]},
                "height_relaxation": {"choice": [0.0, 0.0, [0.0, 2.0]]},
                "angle": turned,
            },
            0.5,
        ),
        Recipe(
            "separated_phases",
            {"stripe_width": {"log": [min(5.0, side / 8), min(20.0, side / 4)]}, "spread": {"log": [0.02, 0.5]}},
            0.5,
        ),
        # Thicker films take longer than all the rest of a pair.
        Recipe("wetting", {"coverage": {"log": [0.3, 1.0]}, "diffusion": {"log": [1e-3, 0.3]}}, 0.1),
    ]
    return recipes + [Recipe(f"pattern_{name}", parameters, name=name) for name, parameters in patterns.items()]
