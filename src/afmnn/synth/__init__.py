"""Synthetic surfaces, and the defects that an instrument adds to them.

Surfaces look like samples; noise and line noise are what goes wrong when they are measured. Every function takes a shape
or a ``base`` to build on and returns a new float64 array; heights come in any unit, lengths in the unit of ``pixel_size``,
angles in radians. The same seed gives the same heights, whatever the number of threads.

Surfaces
--------
objects, object_profile
    Many copies of one of fifteen shapes: grains, bumps, pits, plates, wires; and one shape alone.
particles
    Spheres that have settled on a surface; true to scale, heights in the lateral unit.
rods
    Rods with round ends that have fallen on a surface and on each other; true to scale.
pattern_staircase, pattern_double_staircase, pattern_grating
    Terraces and ridges across the image.
pattern_amphitheatre, pattern_rings, pattern_siemens_star
    Terraces, ridges and wedges around a centre.
pattern_holes, pattern_pillars
    Holes and pillars on a lattice.
self_affine
    Rough surfaces that look alike at all magnifications, with roll-off, smoothing and anisotropy.
spectral
    Random surfaces by their spectrum or autocorrelation.
atomic_lattice
    Atoms on a lattice, with strain, vacancies and two sites in a cell.
terraces
    Terraces between steps that wander, with islands and pits.
wrinkles
    Networks of narrow ridges.
fractional_brownian
    Heights that differ by a power of their distance, not periodic.
waves
    Interference of waves from point sources.
separated_phases
    Winding stripes of even width.
ballistic
    A porous film of particles that stick where they first touch.
columnar
    Columns that stand in each other's shadow, of particles that fly in at an angle.
wetting
    The front of a liquid that fills what draws it most.
diffusion
    Islands of atoms that arrive one by one and wander until they stick.
anneal
    Two or three kinds of atoms that separate while they cool.
domains
    Labyrinths, spirals and islands of two phases with an inhibitor.
turing_pattern
    Spots and stripes of two substances that react and diffuse.
fibres
    Bent fibres that lie over one another.
discs
    Flat discs that fill the plane, or tiles grown from them.
lattice
    Surfaces on the Voronoi cells of random, regular and quasiperiodic points.
pile_up
    Solids laid one on the other, tilted as the surface under them.

Defects
-------
noise
    Point noise: Gaussian, Laplace, uniform, triangular, salt and pepper.
spikes
    Single pixels, or a few that touch, far above or below.
line_steps, line_ridges, line_scars, line_tilt, line_hum
    Jumps, passing offsets, scars, slopes and hum along the scan lines.
line_errors
    Whole lines that are shifted, constant, saturated, inverted or garbage.
add_defects, DEFECT_PRESETS
    The usual combinations of these in one call, in proportion to an image's own heights.

Instrument
----------
Instrument
    A virtual microscope: records a surface with its noise, scanner, feedback, tip and mishaps, in both directions.
instrument_like, InstrumentLike
    The instrument that explains real scans, measured on them.

Training pairs
--------------
Scene, Recipe, default_scene
    Ranges of surfaces and defects, from which any number of pairs is drawn.
"""

from .anneal import anneal
from .atomic_lattice import atomic_lattice
from .ballistic import ballistic
from .brownian import fractional_brownian
from .columnar import columnar
from .default_scene import default_scene
from .defects import DEFECT_PRESETS, add_defects
from .diffusion import diffusion
from .discs import discs
from .domains import domains
from .fibres import fibres
from .instrument import Instrument
from .instrument_like import InstrumentLike, instrument_like
from .lattice import lattice
from .line_errors import line_errors
from .lines import line_hum, line_ridges, line_scars, line_steps, line_tilt
from .noise import noise
from .objects import object_profile, objects
from .particles import particles
from .pattern_lattice import pattern_holes, pattern_pillars
from .pattern_lines import pattern_double_staircase, pattern_grating, pattern_staircase
from .pattern_radial import pattern_amphitheatre, pattern_rings, pattern_siemens_star
from .phases import separated_phases
from .pile_up import pile_up
from .recipes import Recipe
from .rods import rods
from .scene import Scene
from .self_affine import self_affine
from .spectral import spectral
from .spikes import spikes
from .terraces import terraces
from .turing_pattern import turing_pattern
from .waves import waves
from .wetting import wetting
from .wrinkles import wrinkles

__all__ = [
    "DEFECT_PRESETS",
    "Instrument",
    "InstrumentLike",
    "Recipe",
    "Scene",
    "add_defects",
    "anneal",
    "atomic_lattice",
    "ballistic",
    "columnar",
    "default_scene",
    "diffusion",
    "discs",
    "domains",
    "fibres",
    "fractional_brownian",
    "instrument_like",
    "lattice",
    "line_errors",
    "line_hum",
    "line_ridges",
    "line_scars",
    "line_steps",
    "line_tilt",
    "noise",
    "object_profile",
    "objects",
    "particles",
    "pattern_amphitheatre",
    "pattern_double_staircase",
    "pattern_grating",
    "pattern_holes",
    "pattern_pillars",
    "pattern_rings",
    "pattern_siemens_star",
    "pattern_staircase",
    "pile_up",
    "rods",
    "self_affine",
    "separated_phases",
    "spectral",
    "spikes",
    "terraces",
    "turing_pattern",
    "waves",
    "wetting",
    "wrinkles",
]
