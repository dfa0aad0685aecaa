"""Make the gallery: docs/gallery.md, and a picture of everything that its code makes.

``python examples/make_gallery.py [FOLDER]`` writes the page into a folder, and the pictures below it; by default into docs/.
It needs matplotlib (``pip install ".[plot]"``). The page and the pictures come from the same lines of code, below, so
they cannot disagree. Every name that a line assigns is a picture.
"""

import ast
import sys
from pathlib import Path
from textwrap import dedent
from typing import NamedTuple

import numpy as np

SIDE = 180  # pixels of a picture: smaller ones (tips) are enlarged
COLUMNS = 4
# Dark brown over gold to cream, of even steps in lightness.
COLOURS = ("#120501", "#4a1a06", "#8a4510", "#c27a22", "#e3b055", "#f5dc9a", "#fffbec")
LEVELS = 96  # of a picture: as many as one can tell apart
IMAGES = "images/gallery"
SETUP = f"""\
import numpy as np
from afmnn import correct, level, synth, tips

shape = ({SIDE}, {SIDE})
"""


class Sheet(NamedTuple):
    """Some lines of code, and pictures of what they assign."""

    code: str
    heights: tuple[float, float] | None = None  # which are darkest and brightest; by default the lowest and highest
    grey: bool = False
    enlarge: bool = True  # what is small; otherwise pictures are true to scale
    pictures: bool = True

    @property
    def source(self):
        """The code as it stands on the page."""
        return dedent(self.code).strip() + "\n"

    @property
    def names(self):
        """What is assigned, in the order of the lines; each line makes one image or several."""
        targets = [target for line in ast.parse(self.source).body for target in getattr(line, "targets", [])]
        return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]


class Section(NamedTuple):
    """A heading, what there is to say, and sheets."""

    title: str
    text: str
    sheets: tuple[Sheet, ...]


SURFACES = (
    Section(
        "Particles and rods",
        """\
        Bodies that have fallen on a surface and settled there, true to scale: heights are in the lateral unit. A `base` is the
        ground they lie on.
        """,
        (
            Sheet("""\
                particles = synth.particles(shape, radius=9, coverage=0.5, seed=1)
                particles_of_many_sizes = synth.particles(shape, radius=7, radius_std=3, coverage=0.8, seed=2)
                rods = synth.rods(shape, radius=4, aspect_ratio=5, coverage=0.4, seed=3)
                terraces = synth.pattern_staircase(shape, period=64, height=14, angle=0.3)
                particles_on_terraces = synth.particles(base=terraces, radius=6, coverage=0.3, seed=4)
                grains = synth.rods(shape, radius=5, radius_std=1, aspect_ratio=1.6, aspect_std=0.4, coverage=0.9, seed=5)
                """),
        ),
    ),
    Section(
        "Objects",
        """\
        Many copies of one shape, merged. These are the fifteen kinds.
        """,
        (
            Sheet("""\
                half_sphere = synth.objects(
                    shape, kind="half_sphere", radius=14, height=14, radius_spread=0.3, coverage=0.6, seed=1
                )
                sphere = synth.objects(shape, kind="sphere", radius=14, height=28, radius_spread=0.3, coverage=0.6, seed=2)
                box = synth.objects(shape, kind="box", radius=12, height=5, angle_spread=0.03, height_spread=0.3, seed=3)
                cone = synth.objects(shape, kind="cone", radius=16, height=16, radius_spread=0.3, seed=4)
                pyramid = synth.objects(shape, kind="pyramid", radius=15, height=12, radius_spread=0.3, seed=5)
                diamond = synth.objects(shape, kind="diamond", radius=18, height=12, radius_spread=0.3, seed=6)
                tetrahedron = synth.objects(
                    shape, kind="tetrahedron", radius=18, height=20, angle_spread=1, coverage=0.6, seed=7
                )
                hexagonal_pyramid = synth.objects(shape, kind="hexagonal_pyramid", radius=18, height=12, coverage=0.7, seed=8)
                half_nugget = synth.objects(
                    shape, kind="half_nugget", radius=12, height=8, aspect_ratio=2.5, angle_spread=1, coverage=0.5, seed=9
                )
                nugget = synth.objects(
                    shape,
                    kind="nugget",
                    radius=11,
                    height=20,
                    aspect_ratio=2,
                    radius_spread=0.3,
                    angle_spread=1,
                    coverage=0.5,
                    seed=10,
                )
                thatch = synth.objects(shape, kind="thatch", radius=18, height=9, angle=0.6, angle_spread=0.05, seed=11)
                tent = synth.objects(shape, kind="tent", radius=14, height=8, aspect_ratio=2, angle_spread=0.1, seed=12)
                gaussian = synth.objects(shape, kind="gaussian", radius=20, height=10, radius_spread=0.3, seed=13)
                doughnut = synth.objects(shape, kind="doughnut", radius=16, height=8, radius_spread=0.2, coverage=0.6, seed=14)
                parabolic_bump = synth.objects(shape, kind="parabolic_bump", radius=18, height=10, radius_spread=0.3, seed=15)
                """),
        ),
    ),
    Section(
        "What objects can become",
        """\
        Pits, dents beside bumps, cut tops, columns, wires, and plates that do not overlap.
        """,
        (
            Sheet("""\
                pits = synth.objects(shape, kind="parabolic_bump", radius=9, height=9, up_fraction=0, coverage=0.4, seed=21)
                bumps_and_dents = synth.objects(
                    shape, kind="gaussian", radius=16, height=8, up_fraction=0.5, coverage=0.8, seed=22
                )
                cut_pyramids = synth.objects(
                    shape, kind="pyramid", radius=15, height=20, truncation=0.4, angle_spread=1, seed=23
                )
                columns = synth.objects(shape, kind="half_sphere", radius=8, height=8, columnarity=1, coverage=8, seed=24)
                wires = synth.objects(
                    shape, kind="half_nugget", radius=14, height=4, aspect_ratio=18, angle_spread=0.3, coverage=0.6, seed=25
                )
                plates = synth.objects(
                    shape, kind="box", radius=9, height=4, height_spread=0.4, angle_spread=1, avoid_overlap=True, seed=26
                )
                crystals = synth.objects(
                    shape,
                    kind="hexagonal_pyramid",
                    radius=16,
                    height=30,
                    truncation=0.3,
                    truncation_spread=0.2,
                    radius_spread=0.4,
                    angle_spread=1,
                    coverage=1.5,
                    seed=27,
                )
                rolling = synth.objects(shape, kind="gaussian", radius=40, height=10, radius_spread=0.5, coverage=12, seed=28)
                """),
        ),
    ),
    Section(
        "One object",
        """\
        `object_profile` is one shape alone: a brush for surfaces of your own.
        """,
        (
            Sheet("""\
                one_nugget = synth.object_profile("half_nugget", 62, 40, aspect_ratio=2.5, angle=0.6)
                one_cut_pyramid = synth.object_profile("hexagonal_pyramid", 86, 40, truncation=0.6)
                one_doughnut = synth.object_profile("doughnut", 86, 34)
                one_tetrahedron = synth.object_profile("tetrahedron", 68, 60, angle=0.5)
                """),
        ),
    ),
    Section(
        "Patterns",
        """\
        Artificial structures: first as they are designed, then with spreads and deformation.
        """,
        (
            Sheet("""\
                staircase = synth.pattern_staircase(shape, period=30, height=5, angle=0.3)
                double_staircase = synth.pattern_double_staircase(shape, period_x=36, height=5, angle=0.3)
                grating = synth.pattern_grating(shape, period=30, height=5, slope_fraction=0.1, angle=0.3)
                amphitheatre = synth.pattern_amphitheatre(shape, period=18, height=4, superellipse=0.5)
                rings = synth.pattern_rings(shape, period=18, height=4, slope_fraction=0.2)
                siemens_star = synth.pattern_siemens_star(shape, sectors=12, height=5, edge_shift=-1.5, slope_width=2)
                holes = synth.pattern_holes(shape, period_x=30, depth=5, top_fraction_x=0.5, top_fraction_y=0.5, roundness=0.4)
                pillars = synth.pattern_pillars(
                    shape, kind="hexagon", period_x=30, height=5, size_fraction=0.7, slope_fraction=0.15
                )
                """),
            Sheet("""\
                vicinal = synth.pattern_staircase(
                    shape, period=20, height=1, position_spread=0.15, angle=1.2, deformation=20, deformation_scale=20, seed=31
                )
                blocks = synth.pattern_double_staircase(
                    shape,
                    period_x=40,
                    period_y=24,
                    height=3,
                    height_spread=0.8,
                    position_spread_x=0.2,
                    position_spread_y=0.2,
                    seed=32,
                )
                worn_grating = synth.pattern_grating(
                    shape, period=24, height=4, asymmetry=0.8, slope_fraction=0.4, height_spread=0.3, deformation=8, seed=33
                )
                bowl = synth.pattern_amphitheatre(shape, period=16, height=3, parabolicity=1, center=(20, -30))
                tree_rings = synth.pattern_rings(
                    shape,
                    period=14,
                    height=3,
                    slope_fraction=0.3,
                    position_spread=0.2,
                    height_spread=0.6,
                    center=(0, 60),
                    deformation=14,
                    deformation_scale=25,
                    seed=35,
                )
                uneven_star = synth.pattern_siemens_star(
                    shape, sectors=9, height=5, top_spread=0.7, slope_width=4, angle=0.2, seed=36
                )
                etched_holes = synth.pattern_holes(
                    shape,
                    period_x=26,
                    depth=6,
                    top_fraction_x=0.5,
                    top_fraction_y=0.5,
                    slope_fraction=0.3,
                    roundness=1,
                    depth_spread=0.7,
                    top_spread_x=0.3,
                    top_spread_y=0.3,
                    angle=0.4,
                    seed=37,
                )
                loose_pillars = synth.pattern_pillars(
                    shape,
                    kind="square",
                    period_x=30,
                    height=5,
                    orientation_spread=0.4,
                    size_spread=0.4,
                    height_spread=0.5,
                    position_spread_x=0.1,
                    position_spread_y=0.1,
                    slope_fraction=0.2,
                    seed=38,
                )
                """),
        ),
    ),
    Section(
        "Growth and other processes",
        """\
        Films of particles that arrive one after the other, fronts, and what separates, orders or reacts.
        """,
        (
            Sheet("""\
                ballistic = synth.ballistic(shape, coverage=10, seed=1)
                columnar = synth.columnar(shape, coverage=20, seed=1)
                columnar_oblique = synth.columnar(
                    shape, coverage=30, inclination=1.3, inclination_spread=0, direction_spread=0.02, melting=0.02, seed=2
                )
                columnar_melting = synth.columnar(shape, coverage=20, melting=0.3, seed=3)
                wetting = synth.wetting(shape, coverage=4, diffusion=0.3, seed=4)
                submonolayer = synth.diffusion(shape, coverage=0.3, flux=1e-7, seed=5)
                mounds = synth.diffusion(shape, coverage=6, flux=1e-7, schwoebel_probability=0.01, seed=6)
                annealed = synth.anneal(shape, iterations=300, seed=7)
                annealed_three = synth.anneal(shape, iterations=200, b_fraction=0.3, average=20, seed=8)
                labyrinth = synth.domains(shape, iterations=150, seed=9)
                spirals = synth.domains(
                    shape,
                    iterations=200,
                    temperature=0.12,
                    inhibitor_strength=0.85,
                    inhibitor_coupling=27,
                    time_step=0.045,
                    output="inhibitor",
                    seed=10,
                )
                turing = synth.turing_pattern(shape, iterations=800, wavelength=14, seed=11)
                """),
        ),
    ),
)

FIELDS = (
    Section(
        "Rough surfaces",
        """\
        Random surfaces by their spectrum: `self_affine` and `spectral` are periodic, `fractional_brownian` is not.
        """,
        (
            Sheet("""\
                rough = synth.self_affine(shape, rms=1, hurst=0.8, seed=51)
                jagged = synth.self_affine(shape, rms=1, hurst=0.3, seed=51)
                rolled_off = synth.self_affine(shape, rms=1, hurst=0.8, roll_off=30, smoothing=1.5, seed=52)
                ground_surface = synth.self_affine(shape, rms=1, hurst=0.6, roll_off=40, anisotropy=12, angle=0.5, seed=53)
                gaussian_hills = synth.spectral(shape, gaussian_length=10, seed=54)
                exponential_hills = synth.spectral(shape, exponential_length=10, seed=54)
                brownian = synth.fractional_brownian(shape, hurst=0.7, seed=55)
                brownian_faults = synth.fractional_brownian(shape, hurst=0.6, distribution="power", power=2.2, seed=60)
                """),
        ),
    ),
    Section(
        "Fibres, solids, tiles",
        """\
        What lies on each other, and what stands side by side: fibres, solids that are piled up, discs and the tiles that are
        grown from them, cells of Voronoi lattices.
        """,
        (
            Sheet("""\
                strands = synth.fibres(shape, width=7, height=1, coverage=1.5, angle_spread=1, seed=80)
                ropes = synth.fibres(shape, width=12, height=1, angle=0.4, angle_spread=0.1, width_variation=0.2, seed=81)
                pebbles = synth.pile_up(shape, width=22, aspect_ratio=1.4, angle_spread=1, width_spread=0.2, seed=82)
                bricks = synth.pile_up(shape, kind="bar", width=18, aspect_ratio=2, angle_spread=1, coverage=1, seed=83)
                tiles = synth.discs(shape, radius=22, min_radius=8, seed=84)
                loose_discs = synth.discs(shape, radius=18, min_radius=5, tiles=False, seed=85)
                cells = synth.lattice(shape, size=24, layers={"flat": 1.0, "border": -0.4}, lattice_relaxation=2, seed=86)
                penrose = synth.lattice(shape, kind="penrose_centres", size=18, layers={"border": 1.0}, seed=87)
                """),
        ),
    ),
    Section(
        "Crystals and films",
        """\
        Atoms, steps between terraces, wrinkles, waves, phases that have separated.
        """,
        (
            Sheet("""\
                salt = synth.atomic_lattice(shape, kind="square", period=12, height=1, second_site=0.4, vacancies=0.01, seed=61)
                graphite = synth.atomic_lattice(shape, period=18, height=1, width=0.28, second_site=0.6, angle=0.3, seed=62)
                molecules = synth.atomic_lattice(
                    shape, kind="oblique", period=9, height=1, aspect_ratio=1.8, cell_angle=1.9, position_spread=0.05, seed=63
                )
                terraces_wandering = synth.terraces(shape, period=36, height=0.3, angle=0.4, seed=64)
                terraces_meandering = synth.terraces(
                    shape, period=20, height=0.3, wander=8, wander_length=30, meander=0.9, angle=1.2, seed=65
                )
                islands = synth.terraces(shape, period=70, height=0.3, angle=0.6, island_coverage=0.25, pit_fraction=0.3, seed=66)
                wrinkles = synth.wrinkles(shape, spacing=36, height=2, ridge_width=4, seed=67)
                folds = synth.wrinkles(shape, spacing=18, height=2, families=1, anisotropy=3, angle=0.5, seed=68)
                ripples = synth.waves(shape, count=3, quantity="displacement", waves_per_image=12, seed=69)
                rings_of_waves = synth.waves(
                    shape,
                    count=4,
                    quantity="displacement",
                    waves_per_image=15,
                    center_spread_y=0.02,
                    center_spread_x=0.02,
                    seed=70,
                )
                copolymer = synth.separated_phases(shape, stripe_width=8, spread=0.1, seed=71)
                garnet = synth.separated_phases(shape, stripe_width=9, spread=0.1, seed=72)
                """),
        ),
    ),
)

DEFECTS = (
    Section(
        "Noise",
        """\
        Every pixel on its own. All of the same `rms`, and all with the same range of grey.
        """,
        (
            Sheet(
                """\
                noise_gaussian = synth.noise(shape, rms=1, seed=1)
                noise_laplace = synth.noise(shape, rms=1, distribution="laplace", seed=1)
                noise_uniform = synth.noise(shape, rms=1, distribution="uniform", seed=1)
                noise_triangular = synth.noise(shape, rms=1, distribution="triangular", seed=1)
                noise_salt_pepper = synth.noise(shape, rms=1, distribution="salt_pepper", density=0.1, seed=1)
                noise_positive = synth.noise(shape, rms=1, sign="positive", seed=1)
                noise_negative = synth.noise(shape, rms=1, sign="negative", seed=1)
                noise_sparse = synth.noise(shape, rms=1, distribution="laplace", density=0.03, seed=1)
                """,
                heights=(-3, 3),
                grey=True,
            ),
        ),
    ),
    Section(
        "Spikes",
        """\
        Single pixels, or a few that touch: dust, or a tip that lost the surface for a moment.
        """,
        (
            Sheet(
                """\
                spikes = synth.spikes(shape, rms=2, density=0.01, seed=1)
                spikes_large = synth.spikes(shape, rms=2, density=0.005, size=9, sign="positive", seed=2)
                """,
                heights=(-3, 3),
                grey=True,
            ),
        ),
    ),
    Section(
        "Line noise",
        """\
        What goes wrong between scan lines and along them. Lines are rows.
        """,
        (
            Sheet(
                """\
                steps = synth.line_steps(shape, rms=1, steps_per_line=0.3, seed=1)
                steps_within_lines = synth.line_steps(shape, rms=1, steps_per_line=1, within_line=1, seed=2)
                steps_cumulative = synth.line_steps(shape, rms=0.3, steps_per_line=0.5, within_line=1, cumulative=True, seed=3)
                scars = synth.line_scars(shape, rms=1, coverage=0.05, length=40, length_spread=0.5, seed=4)
                smears = synth.line_scars(shape, rms=1, coverage=0.05, length=40, width=4, width_spread=0.8, seed=4)
                ridges = synth.line_ridges(shape, rms=1, ridges_per_line=0.05, duration=0.03, seed=5)
                ridges_within_lines = synth.line_ridges(
                    shape, rms=1, ridges_per_line=0.2, duration=0.008, within_line=1, seed=6
                )
                tilt = synth.line_tilt(shape, rms=1, pivot_spread=0.2, seed=7)
                hum = synth.line_hum(shape, rms=1, wavelength=16, wavelength_spread=0.05, seed=8)
                """,
                heights=(-3, 3),
                grey=True,
            ),
        ),
    ),
    Section(
        "Wrong lines",
        """\
        Whole lines that show something else than the surface. Which ones they are is known: `return_info` tells.
        """,
        (
            Sheet("""\
                lines_right = synth.particles(shape, radius=14, coverage=0.4, seed=2)
                line_offset = synth.line_errors(base=lines_right, rms=12, density=0.05, seed=3)
                line_constant = synth.line_errors(base=lines_right, rms=4, kind="constant", density=0.05, seed=3)
                line_saturated = synth.line_errors(base=lines_right, rms=12, kind="saturated", density=0.05, seed=3)
                line_inverted = synth.line_errors(base=lines_right, rms=1, kind="inverted", density=0.05, seed=3)
                line_garbage = synth.line_errors(base=lines_right, rms=12, kind="noise", density=0.05, seed=3)
                line_mixed = synth.line_errors(base=lines_right, rms=12, kind="mixed", density=0.05, seed=3)
                """),
        ),
    ),
    Section(
        "A virtual microscope",
        """\
        `Instrument` records a surface as one signal in time, in both directions. What it would have seen without noise and
        events is known, and each part that was added ([what the numbers mean](instrument.md)).
        """,
        (
            Sheet(
                """\
                microscope = synth.Instrument(
                    noise={"white": 0.1, "wander": 0.3, "line_offsets": 0.3, "offset_memory": 2},
                    scanner={"bow": 1, "drift_x": 0.03, "drift_y": 0.05, "lag": 2, "hysteresis": 3},
                    feedback={"response": 2, "overshoot": 0.1, "largest_fall": 1},
                    tip={"radius": 2},
                    events={"scars": 4e-4, "scar_height": 2, "scars_at_edges": 10, "jumps": 1, "jump_height": 2},
                )
                """,
                pictures=False,
            ),
            Sheet(
                """\
                grid_and_grains = synth.particles(base=synth.pattern_pillars(shape, period_x=45, height=5), radius=4, seed=6)
                trace, retrace, seen = microscope.scan(grid_and_grains, seed=4, return_info=True)
                """,
                pictures=False,
            ),
            Sheet("""\
                sample = grid_and_grains
                scanned = trace
                scanned_back = retrace
                without_noise = seen.ideal[0]
                microscope_wander = seen.parts["wander"][0]
                microscope_offsets = seen.parts["line_offsets"][0]
                microscope_scars = seen.parts["scars"][0]
                other_direction = retrace - trace
                """),
        ),
    ),
    Section(
        "The usual defects in one call",
        """\
        `add_defects` adds them in proportion to the heights that are there.
        """,
        (
            Sheet("""\
                ideal = synth.particles(shape, radius=14, coverage=0.4, seed=2)
                random = synth.add_defects(ideal, "random", seed=1)
                line = synth.add_defects(ideal, "line", seed=5)
                scar = synth.add_defects(ideal, "scar", seed=3)
                hum_added = synth.add_defects(ideal, "hum", seed=4)
                noise_steps = synth.add_defects(ideal, "noise_steps", seed=5)
                scar_and_hum = synth.add_defects(ideal, ("scar", "hum"), strength=0.6, seed=6)
                noise_steps_strong = synth.add_defects(ideal, "noise_steps", strength=2, seed=5)
                """),
        ),
    ),
    Section(
        "Levelling",
        """\
        What is to be taken off before a network sees a scan: the tilt of the sample, and offsets between lines.
        """,
        (
            Sheet("""\
                flat = synth.particles(shape, radius=14, coverage=0.2, seed=7) + synth.noise(shape, rms=0.5, seed=1)
                tilted = flat + 0.4 * np.arange(180) - 0.2 * np.arange(180)[:, None]
                levelled = level(tilted)
                levelled_on_ground = level(tilted, mask=flat > 3, mask_mode="exclude")
                jumping = flat + synth.line_steps(shape, rms=8, steps_per_line=0.3, seed=2)
                rows_median = level(jumping, "rows")
                rows_difference = level(jumping, "rows", rows="difference")
                rows_trimmed_mean = level(jumping, "rows", rows="trimmed_mean")
                rows_mode = level(jumping, "rows", rows="mode")
                rows_polynomial = level(jumping, "rows", rows="polynomial", degree=1, mask=flat > 3, mask_mode="exclude")
                """),
            Sheet("""\
                bent = flat + 40 * np.linspace(-1, 1, 180) ** 2 - 30 * np.linspace(-1, 1, 180)[:, None] ** 2
                by_polynomial = level(bent, "polynomial", degree=2)
                by_polynomial_on_ground = level(bent, "polynomial", degree=2, mask="auto")
                by_base = level(tilted, "base")
                stairs = flat / 3 + 12 * np.floor(np.arange(180) / 45 + np.arange(180)[:, None] / 150) + 0.1 * np.arange(180)
                stairs_by_plane = level(stairs)
                stairs_by_facet = level(stairs, "facet")
                """),
            Sheet("""\
                crowded = synth.particles(shape, radius=14, coverage=0.5, seed=7) + synth.noise(shape, rms=0.5, seed=1)
                crowded_jumping = crowded + synth.line_steps(shape, rms=8, seed=2)
                crowded_median = level(crowded_jumping, "rows")
                crowded_trimmed_difference = level(crowded_jumping, "rows", rows="trimmed_difference")
                crowded_matching = level(crowded_jumping, "rows", rows="matching")
                stepped = synth.pattern_staircase(shape, period=45, height=20) + synth.noise(shape, rms=0.5, seed=1)
                stepped_tilted = stepped + synth.line_tilt(shape, rms=10, seed=3)
                stepped_facet_tilt = level(stepped_tilted, "rows", rows="facet_tilt")
                """),
        ),
    ),
    Section(
        "Level jumps",
        """\
        The tip changes, or the piezo slips, and all that follows lies higher or lower. `correct.jumps` brings it to one level.
        """,
        (
            Sheet("""\
                terraces_at_an_angle = synth.pattern_staircase(shape, period=64, height=14, angle=0.3)
                stepped_scan = synth.particles(base=terraces_at_an_angle, radius=9, coverage=0.2, seed=4)
                noisy_scan = stepped_scan + synth.noise(shape, rms=0.5, seed=1) + synth.line_steps(shape, rms=0.5, seed=2)
                jumps = synth.line_steps(shape, rms=40, steps_per_line=0.01, within_line=1, cumulative=True, seed=9)
                with_jumps = noisy_scan + jumps
                without_jumps = correct.jumps(with_jumps)
                """),
        ),
    ),
    Section(
        "Wrong lines, scars and spikes",
        """\
        Lines that agree with no line near, stretches of lines where the tip lost the surface, single wrong pixels:
        `correct.lines`, `correct.scars` and `correct.spikes` mark them, and fill them from the lines before and behind.
        """,
        (
            Sheet("""\
                noise_and_steps = synth.noise(shape, rms=0.3, seed=1) + synth.line_steps(shape, rms=0.3, seed=2)
                good_scan = synth.particles(shape, radius=14, coverage=0.3, seed=4) + noise_and_steps
                with_wrong_lines = good_scan.copy()
                with_wrong_lines[40] += 60
                with_wrong_lines[90] += good_scan[90].max() - 2 * good_scan[90]
                with_wrong_lines[140] += good_scan[140].max() - good_scan[140]
                right_lines = correct.lines(with_wrong_lines)
                with_scars = good_scan + synth.line_scars(shape, rms=9, coverage=0.01, length=25, seed=5)
                without_scars = correct.scars(with_scars)
                with_spikes = good_scan.copy()
                with_spikes[7::20, 11::20] += 40
                without_spikes = correct.spikes(with_spikes)
                """),
        ),
    ),
    Section(
        "Filling",
        """\
        Marked and missing pixels are filled from the heights around them. A line of which half is left keeps its own offset,
        unless `rows="ignore"`.
        """,
        (
            Sheet("row, column = np.indices(shape)\n", pictures=False),
            Sheet("""\
                dunes = synth.objects(shape, kind="gaussian", radius=40, height=10, radius_spread=0.5, coverage=12, seed=28)
                offsets = synth.line_steps(shape, rms=2, seed=2)
                wrong = (abs(row - 60) < 3) & (column > 40) & (column < 150) | ((row - 125) ** 2 + (column - 70) ** 2 < 300)
                scan_with_holes = np.where(wrong, dunes.min() - 8, dunes + offsets)
                filled = correct.fill(scan_with_holes, wrong)
                filled_without_rows = correct.fill(scan_with_holes, wrong, rows="ignore")
                only_speckles = np.where(synth.noise(shape, rms=1, density=0.5, seed=3) != 0, dunes.min(), dunes)
                speckles_filled = correct.fill(only_speckles, only_speckles == dunes.min())
                """),
        ),
    ),
)

TIPS = (
    Section(
        "Tips",
        """\
        Models of tips, apex up, all to the same scale. Each is as large as the heights of the surface need it; `"delta"`, the
        ideal tip, is one pixel with a frame.
        """,
        (
            Sheet(
                """\
                pyramid_tip = tips.tip_model("pyramid", radius=8, half_angle=0.8, sides=5, height_range=40, pixel_size=1)
                contact = tips.tip_model("contact", radius=4, height_range=40, pixel_size=1)
                noncontact = tips.tip_model("noncontact", radius=4, height_range=40, pixel_size=1)
                delta = tips.tip_model("delta", height_range=40, pixel_size=1)
                paraboloid = tips.tip_model("paraboloid", radius=50, height_range=40, pixel_size=1)
                cone_tip = tips.tip_model("cone", radius=20, half_angle=0.8, height_range=40, pixel_size=1)
                elliptic_paraboloid = tips.tip_model(
                    "elliptic_paraboloid", radius=24, anisotropy=3, rotation=0.6, height_range=40, pixel_size=1
                )
                ball = tips.tip_model("ball", radius=50, height_range=40, pixel_size=1)
                """,
                heights=(-40, 0),
                enlarge=False,
            ),
        ),
    ),
    Section(
        "Imaging with a tip",
        """\
        A tip, here a blunt one with three faces, makes features wider (dilation); erosion takes off again what can be taken off,
        and the certainty map shows where the result is exact (bright). `blind_tip_estimate` finds the tip in the image alone.
        """,
        (
            Sheet("""\
                surface = synth.objects(
                    shape, kind="box", radius=2, height=9, height_spread=0.3, angle_spread=1, coverage=0.04, seed=4
                )
                tip = tips.tip_model("pyramid", radius=2, half_angle=0.6, sides=3, rotation=0.4, height_range=12, pixel_size=1)
                dilated = tips.tip_dilation(surface, tip)
                reconstructed = tips.tip_erosion(dilated, tip)
                certain = tips.certainty_map(dilated, tip)
                estimated_tip = tips.blind_tip_estimate(dilated, tip.shape)
                """),
        ),
    ),
)

PAIRS = (
    Section(
        "Training pairs",
        """\
        A scene draws everything anew for each pair: the noisy image, and the ideal one that a network should make of it. These
        are eight of the default scene, in which nothing was chosen by hand.
        """,
        (
            Sheet("scene = synth.default_scene(shape=shape)\n", pictures=False),
            Sheet("\n".join(f"noisy_{i}, ideal_{i} = scene.pair({i})" for i in range(8))),
        ),
    ),
    Section(
        "A scene of your own",
        """\
        Recipes say from which ranges a scene draws.
        """,
        (
            Sheet(
                """\
                own_scene = synth.Scene(
                    surfaces=[
                        synth.Recipe("objects", {"kind": "doughnut", "radius": [10, 20], "height": 1, "coverage": [0.3, 0.8]}),
                        synth.Recipe("pattern_grating", {"period": {"log": [10, 40]}, "height": 1, "angle": [-1.5, 1.5]}),
                    ],
                    defects=[
                        synth.Recipe("line_steps", {"rms": 0.3, "within_line": 1}),
                        synth.Recipe("noise", {"rms": [0.05, 0.2]}),
                    ],
                    shape=shape,
                    layers=(1, 0.5),
                )
                """,
                pictures=False,
            ),
            Sheet("own_noisy_0, own_ideal_0 = own_scene.pair(0)\nown_noisy_1, own_ideal_1 = own_scene.pair(1)\n"),
        ),
    ),
)

CORRECTIONS = (
    Section(
        "Hum",
        """\
        A disturbance of one frequency in time. In the retrace, its stripes slope the other way, and those of the sample, here a
        lattice, do not: by that `correct.hum` tells them apart.
        """,
        (
            Sheet("row, column = np.indices(shape)\n", pictures=False),
            Sheet("""\
                lattice_alone = synth.pattern_pillars(shape, period_x=13, height=1, angle=0.3, seed=1)
                with_hum = lattice_alone + 0.4 * np.sin(2 * np.pi / 9 * (400.7 * row + column))
                retrace_with_hum = lattice_alone + 0.4 * np.sin(2 * np.pi / 9 * (400.7 * row + 379.7 - column))
                hum_taken_off = correct.hum(with_hum, retrace=retrace_with_hum)
                """),
        ),
    ),
)

PARTS = (
    ("Surfaces", SURFACES + FIELDS),
    ("Defects", DEFECTS),
    ("Corrections", CORRECTIONS),
    ("Tips and levels", TIPS),
    ("Scenes", PAIRS),
)
SECTIONS = [section for _, sections in PARTS for section in sections]


def page():
    """Return the text of the page."""
    lines = [
        "# Gallery",
        "",
        "What `afmnn.synth`, `afmnn.tips`, `afmnn.level` and `afmnn.correct` make, with the code that makes it; above each block",
        "of code are the pictures of what it assigns. Written by `examples/make_gallery.py`: change that, not this page.",
        "",
        "Lengths are in pixels here, because `pixel_size` is left at 1. Dark is low and bright is high, over the full range of",
        "each picture where nothing else is said. Another seed makes another sample of the same kind.",
        "",
        *fence(SETUP),
    ]
    for section in SECTIONS:
        lines += ["", f"## {section.title}", "", dedent(section.text).strip(), ""]
        for sheet in section.sheets:
            if sheet.pictures:
                names = sheet.names
                for first in range(0, len(names), COLUMNS):
                    row = names[first : first + COLUMNS]
                    lines += [table_row(row), table_row(["---"] * len(row))]
                    lines += [table_row([f"![{name}]({IMAGES}/{name}.png)" for name in row]), ""]
            lines += [*fence(sheet.source), ""]
        lines.pop()
    return "\n".join(lines) + "\n"


def fence(code):
    return ["```python", *code.rstrip("\n").split("\n"), "```"]


def table_row(cells):
    return f"| {' | '.join(cells)} |"


def pictures():
    """Run the code of the page, and yield name, heights and sheet of every picture."""
    names = {}
    exec(compile(SETUP, "setup", "exec"), names)
    for section in SECTIONS:
        for sheet in section.sheets:
            exec(compile(sheet.source, section.title, "exec"), names)
            if sheet.pictures:
                for name in sheet.names:
                    yield name, np.asarray(names[name], float), sheet


def draw(heights, sheet):
    """Return a picture in which every pixel is a height."""
    from matplotlib.colors import LinearSegmentedColormap  # noqa: PLC0415 - the page can be made without
    from PIL import Image as Picture  # noqa: PLC0415 - comes with matplotlib

    low, high = sheet.heights or (float(heights.min()), float(heights.max()))
    levels = np.floor((heights - low) / (high - low or 1.0) * LEVELS)
    colours = LinearSegmentedColormap.from_list("gallery", ("black", "white") if sheet.grey else COLOURS)
    result = Picture.fromarray(on_square(np.clip(levels, 0, LEVELS - 1).astype(np.uint8), sheet.enlarge))
    result.putpalette(np.round(255 * colours(np.linspace(0, 1, LEVELS))[:, :3]).astype(np.uint8).tobytes())
    return result


def on_square(levels, enlarge):
    """Put a small image on the middle of a dark square, enlarged a whole number of times."""
    if enlarge:
        levels = np.kron(levels, np.ones((max(1, SIDE // max(levels.shape)),) * 2, np.uint8))
    rows, cols = levels.shape
    top, left = (SIDE - rows) // 2, (SIDE - cols) // 2
    return np.pad(levels, ((top, SIDE - rows - top), (left, SIDE - cols - left)))


def main(folder):
    folder = Path(folder)
    (folder / IMAGES).mkdir(parents=True, exist_ok=True)
    (folder / "gallery.md").write_text(page(), encoding="utf-8")
    for name, heights, sheet in pictures():
        draw(heights, sheet).save(folder / IMAGES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parents[1] / "docs")
