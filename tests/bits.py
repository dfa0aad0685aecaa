"""Print a digest of every kind of result: ``python tests/bits.py [ON|OFF | --write]``.

Every machine, compiler, instruction set and number of threads has to give the same lines, those of ``data/bits.txt``; `--write`
writes that file. ON or OFF says whether the build has to have OpenMP. Images are large enough that work is shared among threads.
What is given to a function comes from the package's own generators, for NumPy's sines and powers depend on the machine.
"""

import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import get_args

import numpy as np

import afmnn
from afmnn import _core, correct, metrics, synth, tips
from afmnn.errors import TrainingWarning, UnfamiliarImageWarning
from afmnn.evaluation import report_image
from afmnn.formats import gwyddion
from afmnn.nn.unfamiliar import unfamiliar
from afmnn.synth.brownian import DISTRIBUTIONS as BROWNIAN
from afmnn.synth.defects import DEFECT_PRESETS
from afmnn.synth.line_errors import LINE_ERROR_KINDS
from afmnn.synth.lines import LINE_DISTRIBUTIONS
from afmnn.synth.objects import ObjectKind
from afmnn.synth.waves import FORMS, QUANTITIES
from afmnn.tips.model import KINDS
from digests import FIGURE, as_mapping, differences, line, write_golden

SHAPE = (300, 420)
SMALL = (90, 110)
BORDERS = ("reflect", "nearest", "mirror", "constant", "average")
INSTRUCTION_SETS = ("generic", "avx2", "avx512")
REFUSED = "AFMNN_SIMD must name an instruction set that this machine has"


# ---- surfaces and defects ------------------------------------------------------------------------------------------


def surfaces():
    yield "objects", synth.objects(SHAPE, radius=9.0, height=1.0, radius_spread=0.3, coverage=2.0, seed=1, return_info=True)
    yield "particles", synth.particles(SHAPE, radius=7.0, radius_std=1.0, coverage=0.6, relax_steps=200, seed=1, return_info=True)
    yield "rods", synth.rods(SHAPE, radius=4.0, coverage=0.4, relax_steps=2000, seed=1, return_info=True)
    spreads = {"angle_spread": 0.3, "aspect_spread": 0.2, "height_spread": 0.3, "truncation": 0.8, "truncation_spread": 0.2}
    for kind in get_args(ObjectKind):
        yield f"objects_{kind}", synth.objects(SMALL, kind=kind, radius=8.0, height=2.0, aspect_ratio=1.5, seed=2, **spreads)
    columns = {"radius": 7.0, "height": 1.0, "columnarity": 0.5, "up_fraction": 0.7, "coverage": 1.5}
    yield "objects_columns", synth.objects(SMALL, **columns, seed=3)
    yield "objects_apart", synth.objects(SMALL, radius=5.0, height=1.0, radius_spread=0.2, avoid_overlap=True, seed=3)
    turned = {"height": 1.0, "angle": 0.4, "deformation": 3.0, "seed": 1, "return_info": True}
    for name in ("staircase", "grating", "amphitheatre", "rings"):
        yield f"pattern_{name}", getattr(synth, f"pattern_{name}")(SHAPE, period=23.0, position_spread=0.2, **turned)
    for name in ("amphitheatre", "rings"):
        round_ = {"superellipse": 0.7, "parabolicity": 0.4, "center": (3.0, -2.0)}
        yield f"pattern_{name}_superellipse", getattr(synth, f"pattern_{name}")(SMALL, period=13.0, **round_, **turned)
    for name in ("double_staircase", "pillars"):
        yield f"pattern_{name}", getattr(synth, f"pattern_{name}")(SHAPE, period_x=23.0, position_spread_x=0.2, **turned)
    for kind in ("square", "hexagon"):
        pillars = {"period_x": 17.0, "size_spread": 0.2, "orientation_spread": 0.3}
        yield f"pattern_pillars_{kind}", synth.pattern_pillars(SMALL, kind=kind, **pillars, **turned)
    yield "pattern_holes", synth.pattern_holes(SHAPE, period_x=23.0, depth=1.0, roundness_spread=0.2, angle=0.4, seed=1)
    yield "pattern_siemens_star", synth.pattern_siemens_star(SHAPE, **turned)
    yield from fields()
    yield from processes()


def fields():
    """Surfaces that are waves, edges or bumps all over the image; sizes with large prime factors, too."""
    whole = {"seed": 1, "return_info": True}
    rough = {"hurst": 0.6, "roll_off": 40.0, "smoothing": 1.5, "anisotropy": 2.0, "angle": 0.4}
    yield "self_affine", synth.self_affine(SHAPE, rms=1.0, **rough, **whole)
    yield "self_affine_primes", synth.self_affine((211, 259), rms=1.0, pixel_size=(1.5, 1.0), **rough, **whole)
    filters = {"k_max": 2.5, "exponential_length": 6.0, "power_exponent": 0.3}
    yield "spectral", synth.spectral(SHAPE, gaussian_length=5.0, **filters, **whole)
    yield "spectral_power", synth.spectral(SHAPE, gaussian_length=5.0, gaussian_power=1.3, **whole)
    atoms = {"period": 7.0, "height": 1.0, "second_site": 0.6, "position_spread": 0.05, "vacancies": 0.1, "angle": 0.3}
    yield "atomic_lattice", synth.atomic_lattice(SHAPE, shear=0.05, **atoms, **whole)
    edges = {"period": 23.0, "height": 1.0, "meander": 0.4, "angle": 0.4, "island_coverage": 0.2, "pit_fraction": 0.3}
    yield "terraces", synth.terraces(SHAPE, **edges, **whole)
    yield "wrinkles", synth.wrinkles(SHAPE, spacing=25.0, height=1.0, anisotropy=1.5, angle=0.4, **whole)
    for distribution in BROWNIAN:
        yield (
            f"fractional_brownian_{distribution}",
            synth.fractional_brownian(SHAPE, hurst=0.4, distribution=distribution, **whole),
        )
    yield "fractional_brownian_stationary", synth.fractional_brownian(SHAPE, stationarity_length=30.0, **whole)
    spread = {"wavelength_spread": 0.1, "amplitude_spread": 0.1, "decay_spread": 0.1}
    for form in FORMS:
        for quantity in QUANTITIES:
            yield f"waves_{form}_{quantity}", synth.waves(SMALL, count=9, form=form, quantity=quantity, **spread, **whole)
    yield "separated_phases", synth.separated_phases(SHAPE, stripe_width=15.0, spread=0.1, **whole)


def processes():
    """Surfaces that grow or come about in time, or of things that lie on each other or side by side."""
    ground = synth.objects(SMALL, radius=9.0, height=3.0, seed=3)
    yield "fibres", synth.fibres(SHAPE, width=6.0, height=1.0, angle_spread=1.0, width_variation=0.2, seed=1)
    yield "pile_up", synth.pile_up(SHAPE, width=15.0, aspect_ratio=1.5, angle_spread=1.0, width_spread=0.2, seed=1)
    yield "discs", synth.discs(SHAPE, radius=20.0, min_radius=8.0, seed=1)
    yield "lattice", synth.lattice(SHAPE, size=20.0, layers={"radial": 1.0, "segmented": 0.5}, lattice_relaxation=1.0, seed=1)
    yield "lattice_penrose", synth.lattice(SHAPE, kind="penrose_vertices", size=20.0, seed=1)
    yield "ballistic", synth.ballistic(SHAPE, coverage=2.0, seed=1, return_info=True)
    yield "ballistic_base", synth.ballistic(base=ground, coverage=3.0, height=0.3, height_spread=0.5, seed=1)
    yield "columnar", synth.columnar(SHAPE, coverage=2.0, seed=1, return_info=True)
    oblique = {"inclination": 1.0, "inclination_spread": 0.05, "direction": 0.4, "direction_spread": 0.1, "height_spread": 0.3}
    yield "columnar_base", synth.columnar(base=ground, relaxation="strong", melting=0.2, coverage=4.0, seed=1, **oblique)
    yield "wetting", synth.wetting(SHAPE, coverage=1.5, seed=1, return_info=True)
    yield "wetting_base", synth.wetting(base=ground, coverage=3.0, diffusion=0.5, seed=1)
    yield "diffusion", synth.diffusion(SHAPE, flux=1e-5, seed=1, return_info=True)
    yield "diffusion_base", synth.diffusion(base=ground, coverage=1.5, flux=1e-4, schwoebel_probability=0.1, seed=1)
    yield "anneal", synth.anneal(SHAPE, iterations=20, average=3, seed=1, return_info=True)
    yield "anneal_base", synth.anneal(base=ground, iterations=20, b_fraction=0.3, energy_ab=0.4, seed=1)
    for output in ("state", "inhibitor"):
        yield f"domains_{output}", synth.domains(SHAPE, iterations=30, bias=0.1, output=output, seed=1)
    yield "domains_base", synth.domains(base=ground, iterations=30, seed=1, return_info=True)
    yield "turing_pattern", synth.turing_pattern(SHAPE, iterations=60, seed=1, return_info=True)
    yield "turing_pattern_base", synth.turing_pattern(base=ground, iterations=60, wavelength=10.0, chaos=0.8, seed=1)


def defects(ideal):
    for distribution in ("gaussian", "laplace", "uniform", "triangular", "salt_pepper"):
        yield f"noise_{distribution}", synth.noise(SHAPE, rms=1.0, distribution=distribution, density=0.7, seed=1)
    yield "noise_positive", synth.noise(SMALL, rms=1.0, sign="positive", density=0.3, seed=1, return_info=True)
    lines = {
        "steps": {"within_line": 0.5, "cumulative": True},
        "scars": {"length": 20.0, "length_spread": 0.4, "coverage": 0.2},
        "ridges": {"within_line": 0.5},
        "tilt": {},
        "hum": {"wavelength": 11.0, "wavelength_spread": 0.2},
    }
    for name, settings in lines.items():
        yield f"line_{name}", getattr(synth, f"line_{name}")(SHAPE, rms=1.0, seed=1, **settings)
    # Where a defect has touched the image, beside the heights.
    for name in ("steps", "scars", "ridges"):
        for distribution in LINE_DISTRIBUTIONS:
            made = getattr(synth, f"line_{name}")
            value = made(SMALL, rms=1.0, distribution=distribution, sign="negative", seed=4, return_info=True, **lines[name])
            yield f"line_{name}_{distribution}", value
    for name in ("tilt", "hum"):
        yield f"line_{name}_info", getattr(synth, f"line_{name}")(SMALL, rms=1.0, seed=4, return_info=True, **lines[name])
    smears = {"length": 20.0, "coverage": 0.2, "width": 4, "width_spread": 0.6, "return_info": True}
    yield "line_scars_wide", synth.line_scars(SHAPE, rms=1.0, seed=4, **smears)
    for kind in (*LINE_ERROR_KINDS, "mixed"):
        made, info = synth.line_errors(base=ideal, rms=1.0, kind=kind, density=0.3, seed=4, return_info=True)
        yield f"line_errors_{kind}", (made, info | {"kinds": [LINE_ERROR_KINDS.index(own) for own in info["kinds"]]})
    yield "spikes", synth.spikes(SHAPE, rms=1.0, density=0.03, size=5, seed=4, return_info=True)
    for preset in DEFECT_PRESETS:
        yield f"add_defects_{preset}", synth.add_defects(ideal[:90, :110], preset, seed=5)
    yield from instruments(ideal[:90, :110])
    scene = synth.default_scene(shape=(200, 180))
    yield "scene", [scene.pair(index, seed=3, threads=3) for index in range(12)]


def instruments(ideal):
    noise = {"white": 0.1, "line_offsets": 0.2, "offsets_per_line": 1.7, "offsets_within": 0.4, "offset_memory": 3.0, "hum": 0.1}
    for exponent in (0.5, 1.0, 2.0):
        wander = {"wander": 0.3, "wander_exponent": exponent, "wander_corner": {"log": [0.1, 1e4]}}
        yield f"instrument_wander_{exponent}", synth.Instrument(noise=wander).scan(ideal, seed=7, threads=3)
    scanner = {"bow": 0.3, "bow_cubic": 0.1, "tilt_y": 0.01, "drift_y": 0.03, "creep_x": 2.0, "creep_z": 0.2, "hysteresis": 2.5}
    loop = {"response": 2.0, "overshoot": 0.2, "largest_fall": 0.1}
    tip = {"radius": [2.0, 4.0], "changes": 2.0, "change_height": 0.2, "change_spread": 0.5}
    events = {"scars": 1e-3, "scar_height": 0.5, "scars_at_edges": 10.0, "smears": 2.0, "smear_height": 0.3, "spikes": 1e-3}
    events |= {"spike_height": 1.0, "wrong_lines": 0.05, "lost_lines": 0.02, "saturated_lines": 0.05, "line_height": 0.5}
    parts = {
        "noise": {**noise, "hum_harmonics": 3, "quantum": 0.002},
        "scanner": scanner,
        "scanner_logarithmic": {**scanner, "creep_law": "logarithmic", "drift_x": -0.05, "lag": 1.3},
        "feedback": loop,
        "feedback_plain": {"response": 3.0},
        "tip": tip,
        "events": {**events, "jumps": 3.0, "jump_height": 0.4},
    }
    for name, settings in parts.items():
        instrument = synth.Instrument(**{name.partition("_")[0]: settings})
        yield f"instrument_{name}", instrument.scan(ideal, seed=8, threads=3)
    *scan, info = synth.Instrument(noise=noise, scanner=scanner, feedback=loop, tip=tip, events=events).scan(
        ideal, seed=9, return_info=True
    )
    yield "instrument", (*scan, dict(info.parts))
    yield "instrument_like", list(measured(ideal))


def measured(ideal):
    """What is measured on a scan, in both directions and one: all numbers, their errors and the relief."""
    noise = {"white": 0.05, "wander": 0.1, "wander_exponent": 1.4, "line_offsets": 0.2, "hum": 0.2, "hum_frequency": 13.3}
    events = {"scars": 2e-3, "scar_height": 2.0, "spikes": 1e-3, "spike_height": 3.0}
    scan = synth.Instrument(noise=noise, scanner={"lag": 2.3, "bow": 0.2}, events=events).scan(ideal, seed=10)
    scan[0][7:9, 11:50] = np.nan
    for each, frequency in ((scan, None), (scan[0], 13.3)):
        like = synth.instrument_like(each, hum_frequency=frequency, threads=3)
        parts = like.instrument.to_dict().values()
        yield [value for part in parts for value in part.values() if isinstance(value, (int, float))]
        yield [like.relief, dict(like.uncertainties)]


# ---- corrections, tips ---------------------------------------------------------------------------------------------


def corrections(noisy):
    heights = noisy + synth.noise(SHAPE, rms=100.0, seed=6)[0, 0]  # counted from somewhere
    mask = (synth.line_scars(SHAPE, rms=1.0, length=30.0, coverage=0.3, seed=7) != 0).astype(float)
    missing = heights.copy()
    missing[7:9, 11:200] = np.nan
    missing[40] = np.nan
    ways = {
        "plane": {"method": "plane"},
        "median": {"method": "rows"},
        "difference": {"method": "rows", "rows": "difference"},
        "trimmed_mean": {"method": "rows", "rows": "trimmed_mean"},
        "trimmed_difference": {"method": "rows", "rows": "trimmed_difference"},
        "matching": {"method": "rows", "rows": "matching"},
        "mode": {"method": "rows", "rows": "mode"},
        "facet_tilt": {"method": "rows", "rows": "facet_tilt"},
        "polynomial": {"method": "rows", "rows": "polynomial", "degree": 2},
    }
    for name, way in ways.items():
        for axis in (1, 0):
            yield f"level_{name}_axis{axis}", afmnn.level(heights, axis=axis, **way)
        for mode in ("include", "exclude"):
            yield f"level_{name}_{mode}", afmnn.level(heights, mask=mask, mask_mode=mode, **way)
        yield f"level_{name}_missing", afmnn.level(missing, **way)
        yield f"level_{name}_float32", afmnn.level(heights.astype(np.float32), mask=mask, **way)
    jumped = heights + synth.line_steps(SHAPE, rms=30.0, steps_per_line=0.01, within_line=1.0, cumulative=True, seed=8)
    for axis in (1, 0):
        found = correct.find_jumps(jumped if axis == 1 else jumped.T, axis=axis)
        yield f"jumps_axis{axis}", [list(map(float, jump)) for jump in found]
        yield f"jumps_taken_off_axis{axis}", correct.jumps(jumped if axis == 1 else jumped.T, axis=axis, ambiguous=True)
    backgrounds = {
        "surface": {"method": "polynomial", "degree": (2, 3)},
        "facet": {"method": "facet"},
        "base": {"method": "base", "degree": 2},
        "auto": {"method": "polynomial", "degree": 3, "total": True, "mask": "auto"},
        "plane_auto": {"method": "plane", "mask": "auto"},
    }
    for name, way in backgrounds.items():
        yield f"level_{name}", afmnn.level(heights, **way)
        yield f"level_{name}_missing", afmnn.level(missing.astype(np.float32), **way)
    for sign in ("both", "above", "below"):
        yield f"mark_features_{sign}", afmnn.correct.mark_features(missing, sign=sign, degree=2)
    for rows in ("keep", "ignore"):
        for axis in (1, 0):
            yield f"fill_{rows}_axis{axis}", correct.fill(missing, mask, rows=rows, axis=axis)
        yield f"fill_{rows}_float32", correct.fill(missing.astype(np.float32), mask, rows=rows)
    yield from marked_results(heights, missing)
    yield "quantiles", _core.quantiles(noisy, [0.05, 0.5, 0.95], 3)


def marked_results(heights, missing):
    """What is marked, and mended, in heights with scars, a wrong line of each kind, and spikes."""
    for name, image in (("", heights), ("_float32", heights.astype(np.float32)), ("_missing", missing)):
        wrong = image + synth.line_scars(SHAPE, rms=40.0, coverage=0.02, length=15.0, seed=12).astype(image.dtype)
        wrong[20] += image.dtype.type(500.0)
        wrong[50] *= image.dtype.type(-1.0)
        wrong[30:32, 70] += image.dtype.type(900.0)
        for correction in (correct.scars, correct.lines, correct.spikes):
            mended, info = correction(wrong, return_info=True)
            yield f"correct_{correction.__name__}{name}", [mended, info.mask]
        yield f"line_figures{name}", list(_core.line_figures(wrong, 2))


def roughness(noisy):
    mask = synth.noise(SHAPE, rms=1.0, seed=8) < 1.0
    for name, image in (("", noisy), ("_float32", noisy.astype(np.float32))):
        for which, chosen in (("", None), ("_masked", mask)):
            figures = [measure(image, mask=chosen) for measure in (metrics.sq, metrics.sa, metrics.ssk, metrics.sku, metrics.sz)]
            figures += [measure(image, pixel_size=(0.5, 0.7), mask=chosen) for measure in (metrics.sdq, metrics.sdr)]
            yield f"roughness{name}{which}", figures
    for which, chosen in (("", None), ("_masked", mask)):
        for measure in (metrics.sal, metrics.str_):
            yield f"{FIGURE}{measure.__name__}{which}", measure(noisy, mask=chosen)
    yield from hum_results(noisy)


def hum_results(noisy):
    """Hum in both directions: made by the core's sines."""
    row, column = np.indices(SHAPE)
    half = 1.1 * SHAPE[1]
    times = 2 * half * row + column, 2 * half * row + half + SHAPE[1] - 1 - column
    waves = [_core.sin(0.57 * time) for time in times]
    trace, retrace = (noisy + 0.3 * wave + synth.noise(SHAPE, rms=0.1, seed=9 + i) for i, wave in enumerate(waves))
    missing = trace.copy()
    missing[7:9, 11:200] = np.nan
    missing[40] = np.nan
    wavelength = 2 * np.pi / 0.57
    ways = {
        "retrace": (trace, {"retrace": retrace}),
        "missing": (missing, {"retrace": retrace}),
        "wavelength": (trace, {"wavelength": wavelength}),
        "line_time": (trace.astype(np.float32), {"line_time": SHAPE[1] / wavelength / 50}),
        "free": (noisy + synth.line_hum(SHAPE, rms=0.5, wavelength=8.0, seed=3), {"wavelength": 8.0, "phase": "free"}),
    }
    for name, (image, said) in ways.items():
        mended, info = afmnn.correct.hum(image, **said, return_info=True)
        yield f"hum_{name}", [mended, info.mask, *info.figures.values()]
    yield "hum_power", _core.hum_power(missing, 1.0, 3)


def tip_results(surface):
    for kind in KINDS:
        settings = {"radius": 4.0, "rotation": 0.3, "anisotropy": 1.5, "half_angle": 0.6, "height_range": 20.0, "sides": 5}
        yield f"tip_{kind}", tips.tip_model(kind, pixel_size=(1.0, 1.25), **settings)
    tip = tips.tip_model("pyramid", radius=4.0, rotation=0.3, height_range=30.0, pixel_size=1.0)
    image = tips.tip_dilation(surface, tip)
    yield "tip_area_function", tips.tip_area_function(tip)
    yield "tip_dilation", image
    yield "tip_dilation_float32", tips.tip_dilation(surface.astype(np.float32), tip)
    yield "tip_erosion", tips.tip_erosion(image, tip)
    yield "certainty_map", tips.certainty_map(image, tip)
    yield "certainty_map_tolerance", tips.certainty_map(image + synth.noise(SHAPE, rms=0.01, seed=8), tip, tolerance=0.02)
    yield "blind_tip_estimate", tips.blind_tip_estimate(image[:120, :120], (7, 9))
    yield "blind_tip_partial", tips.blind_tip_estimate(image[:120, :120], 7, mode="partial", threshold=0.1, use_edges=False)
    yield "blind_tip_stripes", tips.blind_tip_stripes(image[:120, :90], 5, stripes=3)


# ---- networks ------------------------------------------------------------------------------------------------------


def whole(net):
    """Return all that a network is and says of itself, except the version that made it."""
    arrays = [array for stage in net.stages for array in (*stage.layers, stage.linear) if array is not None]
    record = {name: value for name, value in net.training.items() if name != "version"}
    scaling = dataclasses.asdict(net.scaling)
    scaling.pop("kind")
    return [*arrays, scaling, dict(net.history), np.frombuffer(json.dumps(record, sort_keys=True).encode(), np.uint8)]


def main_networks(noisy, ideal):
    """Networks of every kind, large enough for several threads, that are applied afterwards."""
    settings = {"steps": 2, "seed": 5}
    yield "default", afmnn.train(noisy, ideal, **settings)
    yield "deep", afmnn.train([noisy, noisy[:200]], [ideal, ideal[:200]], window=(9, 12), hidden=(10, 5), **settings)
    yield "small", afmnn.train(noisy, ideal, window=5, hidden=3, validation=0.3, **settings)
    yield "gwyddion", afmnn.train(noisy, ideal, window=(7, 9), method="gwyddion", **settings)
    scene = synth.default_scene(shape=(56, 64))
    yield "fast", afmnn.train_on_scene(scene, steps=2, validation=2, seed=5)
    yield "fast_small", afmnn.train_on_scene(scene, steps=3, hidden=(8, 4), learning_rate=0.01, batch=500, validation=2, seed=6)
    yield "best", afmnn.train_on_scene(scene, preset="best", hidden=(12, 4), steps=4, validation=2, seed=5)
    yield "classic", afmnn.train_on_scene(scene, preset="classic", steps=2, validation=1, seed=5)


def options(noisy, ideal):
    """Every option of training, on images that are small."""
    noisy, ideal = noisy[:90, :110], ideal[:90, :110]
    mask = (synth.line_scars(SMALL, rms=1.0, length=30.0, coverage=0.4, seed=9) != 0).astype(float)
    settings = {"window": (5, 4), "hidden": 3, "steps": 4, "seed": 7}
    init = afmnn.train(noisy, ideal, **settings)
    ways = {
        "flips_off": {"flips": False},
        "validation": {"validation": (noisy[::-1], ideal[::-1])},
        "mask_include": {"mask": mask},
        "mask_exclude": {"mask": mask, "mask_mode": "exclude"},
        "init": {"init": init, "window": None, "hidden": None},
        "momentum": {"momentum": 0.5, "learning_rate": 0.02},
        "batch": {"batch": 300},
        "two_layers": {"hidden": (9, 4), "window": 9},
        "float32": {"noisy": noisy.astype(np.float32)},
    }
    for name, way in ways.items():
        yield f"adam_{name}", afmnn.train(**{"noisy": noisy, "ideal": ideal, **settings, **way})
    images = [noisy[:40], noisy[40:, :60], 3.0 * noisy[20:]], [ideal[:40], ideal[40:, :60], 3.0 * ideal[20:]]
    yield "adam_images", afmnn.train(*images, validation=0.3, **settings)
    classic = {**settings, "method": "gwyddion"}
    init = afmnn.train(noisy, ideal, **classic)
    for name in ("validation", "mask_include", "mask_exclude", "init", "momentum", "float32"):
        way = {**ways[name], "init": init} if name == "init" else ways[name]
        yield f"gwyddion_{name}", afmnn.train(**{"noisy": noisy, "ideal": ideal, **classic, **way})


def files(nets):
    """Networks as they come back from a file, and the file itself."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        for name in ("default", "fast", "gwyddion"):
            nets[name].save(path)
            yield f"loaded_{name}", whole(afmnn.load(path))
        gwyddion.write_network(nets["gwyddion"], path)
        yield "file_gwyddion", np.frombuffer(path.read_bytes(), np.uint8)


def applied(nets, noisy):
    """Networks on images: both ways to sum windows, every border, missing pixels, scalings."""
    for name, net in nets.items():
        image = noisy[:150, :170] if len(net.hidden) > 1 else noisy
        for dtype in (np.float32, np.float64):
            yield f"apply_{name}_{np.dtype(dtype)}", afmnn.apply(net, image.astype(dtype), flips=False)
    yield "apply_fast_flips", afmnn.apply(nets["fast"], noisy[:90, :110])
    yield "apply_small_flips", afmnn.apply(nets["small"], noisy, flips=True)
    missing = noisy.copy()
    missing[20:23, 30:300] = np.nan
    missing[100, ::7] = np.inf
    for name in ("small", "default", "gwyddion", "fast_small"):
        for border in BORDERS[1:]:
            yield f"apply_{name}_{border}", afmnn.apply(nets[name], noisy, border=border, flips=False)
        yield f"apply_{name}_cval", afmnn.apply(nets[name], noisy, border="constant", cval=0.25, flips=False)
        yield f"apply_{name}_keep", afmnn.apply(nets[name], missing, nan="keep", flips=False)
        of_whole = nets[name].measure(noisy)
        yield f"apply_{name}_scaling", afmnn.apply(nets[name], noisy[50:150], scaling=of_whole, flips=False)
        yield f"apply_{name}_tiny", afmnn.apply(nets[name], noisy[:6, :5], scaling=of_whole, flips=False)
    yield "apply_gwyddion_scale_output", afmnn.apply(nets["gwyddion"], 2.5 * noisy, scale_output=True)


# ---- choices, and figures for reading -------------------------------------------------------------------------------


def said(function, *args, **kwargs):
    """Return the result and, in words, the warnings of a training."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        result = function(*args, **kwargs)
    return result, " | ".join(str(warning.message) for warning in caught) or "nothing"


def choices(nets, noisy, ideal):
    """What the library decides: when training ends, which network is best, what is warned of, what a report shows."""
    settings = {"window": 5, "hidden": 4, "seed": 3}
    rows = np.s_[:90, :110]
    net, text = said(afmnn.train, noisy[rows], ideal[rows], steps=40, patience=3, validation=0.3, learning_rate=0.05, **settings)
    yield "choice_early_stopping", f"{len(net.history['training'])} steps, {text}"
    yield "early_stopping", whole(net)
    by_heart = {"validation": (noisy[rows], ideal[rows]), "batch": 64, "flips": False, "learning_rate": 0.02}
    _, text = said(afmnn.train, noisy[:18, :24], ideal[:18, :24], window=9, hidden=12, steps=60, seed=3, **by_heart)
    yield "choice_warning_validation", text
    _, text = said(afmnn.train, noisy[:30, :40], ideal[:30, :40], steps=6, learning_rate=2.0, **settings)
    yield "choice_warning_training", text
    space = {"hidden": [2, 5], "window": [3, (5, 7)], "learning_rate": {"log": [1e-3, 5e-2]}, "momentum": {"range": [0.5, 0.95]}}
    trials = afmnn.search(noisy[rows], ideal[rows], space, validation=0.3, trials=6, steps=6, patience=2, seed=11)
    yield "choice_search", " ".join(str(row["trial"]) for row in trials.rows)
    yield "search", [[row[name] for name in (*trials.names, "training_error", "steps_made")] for row in trials.rows]
    for name, image in (("fast", noisy), ("classic", synth.noise(SMALL, rms=1.0, seed=12))):
        found = [text.partition(":")[0] for text in unfamiliar(nets[name], image, nets[name].measure(image))]
        yield f"choice_unfamiliar_{name}", " | ".join(found) or "nothing"
    terraces = synth.pattern_staircase(SHAPE, period=60.0, height=1.0, seed=13)
    terraces = terraces + synth.noise(SHAPE, rms=0.05, seed=13)
    result = afmnn.evaluate(nets["small"], [(noisy, ideal), terraces])
    shown = [*map(report_image._places, result.cleaned), [len(steps) for steps in result.steps]]
    yield "choice_report", json.dumps([list(map(int, numbers)) for numbers in shown])
    yield "evaluate", [result.cleaned, result.residual]
    for name, values in result.figures.items():
        for i, value in enumerate(values):
            yield f"{FIGURE}{name}_{i}", float(value)


def results():
    """Yield the name and the value of every result."""
    ideal = synth.objects(SHAPE, radius=12.0, height=1.0, seed=2)
    noisy = ideal + synth.noise(SHAPE, rms=0.2, seed=2) + synth.line_steps(SHAPE, rms=0.3, seed=3)
    yield from surfaces()
    yield from defects(ideal)
    yield from corrections(noisy)
    yield from roughness(noisy)
    yield from tip_results(10.0 * ideal)
    nets = dict(main_networks(noisy, ideal))
    for name, net in (*nets.items(), *options(noisy, ideal)):
        yield f"train_{name}", whole(net)
    yield from files(nets)
    yield from applied(nets, noisy)
    yield from choices(nets, noisy, ideal)


# ---- running it ----------------------------------------------------------------------------------------------------


def lines():
    """Compute all results, with three threads."""
    threads = afmnn.get_num_threads()
    afmnn.set_num_threads(3)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UnfamiliarImageWarning)  # small scenes have not seen much
            warnings.simplefilter("ignore", TrainingWarning)  # nor do they teach much in a few steps
            return [line(name, value) for name, value in results()]
    finally:
        afmnn.set_num_threads(threads)


def lines_with(simd):
    """Compute all results with an instruction set, in a process of its own; None where the machine lacks it."""
    environment = {**os.environ, "AFMNN_SIMD": simd, "PYTHONWARNINGS": "error"}
    process = subprocess.run(
        [sys.executable, __file__], env=environment, capture_output=True, text=True, timeout=1800, check=False
    )
    if process.returncode == 0:
        return process.stdout.splitlines()
    if REFUSED not in process.stderr:
        raise RuntimeError(f"bits.py fails with AFMNN_SIMD={simd}:\n{process.stderr}")
    return None


def write():
    """Write the file, unless the machine's instruction sets do not agree."""
    found = lines()
    for simd in INSTRUCTION_SETS:
        others = None if simd == _core.simd() else lines_with(simd)
        if others is not None and (differing := differences(as_mapping(others), as_mapping(found))):
            sys.exit("\n".join([f"nothing is written: {simd} and {_core.simd()} do not agree in", *differing]))
    write_golden(found)


def main(arguments):
    if arguments == ["--write"]:
        write()
        return
    if arguments and arguments not in (["ON"], ["OFF"]):
        sys.exit(f"bits.py takes ON, OFF or --write, got {' '.join(arguments)}")
    if arguments and _core.has_openmp() != (arguments == ["ON"]):
        sys.exit(f"this build has {'' if _core.has_openmp() else 'no '}OpenMP")
    print("\n".join(lines()))


if __name__ == "__main__":
    main(sys.argv[1:])
