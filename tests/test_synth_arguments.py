"""What every generator promises: the arguments they share, and what they say about impossible ones."""

import inspect
import math

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from afmnn import Image, synth

SHAPE = (48, 64)
GENERATORS = {
    "particles": {"radius": 4},
    "rods": {"radius": 3, "relax_steps": 500},
    "objects": {"radius": 5, "height": 2.5},
    "pattern_staircase": {"period": 16, "height": 1},
    "pattern_double_staircase": {"period_x": 16, "height": 1},
    "pattern_grating": {"period": 16, "height": 1},
    "pattern_amphitheatre": {"period": 16, "height": 1},
    "pattern_rings": {"period": 16, "height": 1},
    "pattern_siemens_star": {"height": 1},
    "pattern_holes": {"period_x": 16, "depth": 1},
    "pattern_pillars": {"period_x": 16, "height": 1},
    "self_affine": {"rms": 1},
    "spectral": {"rms": 1},
    "atomic_lattice": {"period": 6, "height": 1},
    "terraces": {"period": 16, "height": 1},
    "wrinkles": {"spacing": 16, "height": 1},
    "fractional_brownian": {},
    "waves": {"count": 3},
    "separated_phases": {"stripe_width": 6},
    "ballistic": {"coverage": 2},
    "columnar": {"coverage": 2},
    "wetting": {"coverage": 2},
    "diffusion": {"flux": 1e-5},
    "domains": {"iterations": 30},
    "turing_pattern": {"wavelength": 10, "iterations": 50},
    "anneal": {"iterations": 30},
    "fibres": {"width": 5, "height": 1},
    "pile_up": {"width": 8},
    "discs": {"radius": 9},
    "lattice": {"size": 10},
    "noise": {"rms": 1},
    "line_steps": {"rms": 1},
    "line_scars": {"rms": 1, "length": 8},
    "line_ridges": {"rms": 1},
    "line_tilt": {"rms": 1},
    "line_hum": {"rms": 1, "wavelength": 8},
    "line_errors": {"rms": 1},
    "spikes": {"rms": 1},
}
SHARED = {"shape", "pixel_size", "base", "seed", "threads", "return_info"}


@pytest.fixture(params=GENERATORS)
def name(request):
    return request.param


@pytest.fixture
def make(name):
    """The generator with what it must be given; anything may be replaced."""
    return lambda *args, **keywords: getattr(synth, name)(*args, **{**GENERATORS[name], **keywords})


def own_parameters(name):
    parameters = inspect.signature(getattr(synth, name)).parameters
    return {key: GENERATORS[name].get(key, value.default) for key, value in parameters.items() if key not in SHARED}


def numbers(name):
    return [key for key, value in own_parameters(name).items() if isinstance(value, (int, float)) and not isinstance(value, bool)]


def test_all_generators_are_here():
    others = {"add_defects", "object_profile", "default_scene", "Scene", "Recipe", "DEFECT_PRESETS"}
    others |= {"Instrument", "InstrumentLike", "instrument_like"}
    assert set(synth.__all__) - others == set(GENERATORS)


def test_signature_has_what_all_share(name):
    parameters = inspect.signature(getattr(synth, name)).parameters
    assert set(parameters) >= SHARED
    assert all(value.kind is value.KEYWORD_ONLY for key, value in parameters.items() if key != "shape")


def test_info_changes_no_height_and_base_stays(make, rng):
    heights = make(SHAPE, seed=1)
    assert (heights.shape, heights.dtype) == (SHAPE, np.float64)
    again, info = make(SHAPE, seed=1, return_info=True)
    assert_array_equal(again, heights)
    assert isinstance(info, dict)
    assert info
    base = rng.random(SHAPE)
    kept = base.copy()
    on_base = make(base=base, seed=1)
    assert not np.shares_memory(on_base, base)
    assert_array_equal(base, kept)
    assert np.any(on_base != base)


@pytest.mark.parametrize("shape", [(1, 64), (0, 64), (-48, 64), (64,), (48, 64, 3)])
def test_impossible_shapes(make, shape):
    with pytest.raises(ValueError, match="shape"):
        make(shape)


def test_shape_is_needed_without_base(make):
    with pytest.raises(ValueError, match="shape must be given where base is not"):
        make()


def test_shapes_beyond_any_memory(make):
    with pytest.raises(ValueError, match=rf"^shape = \({2**40}, 4\) must not need more than {2**40} pixels, got 4.398e\+12$"):
        make((2**40, 4))


@pytest.mark.parametrize("base", [np.zeros((64, 48)), np.full(SHAPE, math.nan), np.full(SHAPE, math.inf), np.zeros(48)])
def test_impossible_bases(make, base):
    with pytest.raises(ValueError, match="base must"):
        make(SHAPE, base=base)


@pytest.mark.parametrize("pixel_size", [0, -1.0, math.nan, math.inf, (1.0, 0.0), (1.0, 1.0, 1.0)])
def test_impossible_pixel_sizes(make, pixel_size):
    with pytest.raises(ValueError, match="pixel_size"):
        make(SHAPE, pixel_size=pixel_size)


@pytest.mark.parametrize("factor", [1e9, 1e-9])
def test_lengths_in_another_unit_than_the_pixels_are_refused(name, make, factor):
    lengths = {
        key: value
        for key, value in GENERATORS[name].items()
        if key.startswith(("radius", "length", "wave", "period", "spacing", "stripe", "width", "size"))
    }
    if not lengths:
        assert_array_equal(make(SHAPE, pixel_size=factor, seed=1), make(SHAPE, seed=1))
        return
    with pytest.raises(ValueError, match=f"^({'|'.join(lengths)}) must|^coverage = .* with radius = .* must not need"):
        make(SHAPE, **{key: value * factor for key, value in lengths.items()})


def test_bases_of_every_kind(make):
    base = np.linspace(0.0, 2.0, 48)[:, None] + np.zeros(64)
    heights = make(base=base, seed=1)
    for same in (base[::-1][::-1], Image(base), base.astype(">f8"), np.asfortranarray(base)):
        assert_array_equal(make(base=same, seed=1), heights)


def test_every_number_must_be_finite(name, make):
    for key in numbers(name):
        for value in (math.nan, math.inf, -math.inf):
            with pytest.raises((ValueError, TypeError), match=key):
                make(SHAPE, **{key: value})
        default = inspect.signature(getattr(synth, name)).parameters[key].default
        for value in ("3", 1j, [1.0, 2.0], *(() if default is None else (None,))):
            with pytest.raises(TypeError, match=key):
                make(SHAPE, **{key: value})


def test_lengths_and_spreads_are_not_negative(name, make):
    free = {"angle", "bias", "direction", "orientation", "edge_shift", "asymmetry", "parabolicity", "log10_decay"}
    free |= {"columnarity"} if name == "pile_up" else set()
    for key in set(numbers(name)) - free:
        with pytest.raises(ValueError, match=rf"{key}.* got -1"):
            make(SHAPE, **{key: -1})


def test_angles_in_degrees_are_refused(name, make):
    for key in {"angle", "direction", "orientation"} & set(own_parameters(name)):
        for value in (45, -90.0, 360):
            with pytest.raises(ValueError, match=f"{key} is an angle in radians"):
                make(SHAPE, **{key: value})


def test_flags_are_true_or_false(name, make):
    for key in [key for key, value in own_parameters(name).items() if isinstance(value, bool)] + ["return_info"]:
        for value in ("no", 1, None):
            with pytest.raises(TypeError, match=f"{key} must be True or False"):
                make(SHAPE, **{key: value})


def test_choices_are_listed(name, make):
    for key in [key for key, value in own_parameters(name).items() if isinstance(value, str)]:
        with pytest.raises(ValueError, match=rf"{key} must be one of '.*got 'nonsense'"):
            make(SHAPE, **{key: "nonsense"})


def test_seeds_and_threads_are_checked(make):
    for seed in (-1, 1.5, "x"):
        with pytest.raises((ValueError, TypeError), match="seed"):
            make(SHAPE, seed=seed)
    for threads in (0, -1):
        with pytest.raises(ValueError, match="threads"):
            make(SHAPE, threads=threads)


# What a second or so of each takes, to be told of progress on fast machines, too.
LONG = {
    "fibres": {"width": 3.0, "height": 1.0, "coverage": 20.0},
    "pile_up": {"width": 12.0, "coverage": 40.0},
    "discs": {"radius": 5.0, "min_radius": 3.0, "opening": 5.0},
    "lattice": {"size": 5.0, "lattice_relaxation": 4.0},
    "waves": {"count": 300},
    "separated_phases": {"stripe_width": 60.0},
}
#: What is quick takes more pixels to be long.
VAST = {"separated_phases": (2500, 2500)}


@pytest.mark.parametrize("name", LONG)
def test_long_work_tells_of_progress_and_can_be_ended(name):
    def stop(done, parts):
        told.append((done, parts))
        if len(told) == 3:
            raise KeyboardInterrupt

    told = []
    with pytest.raises(KeyboardInterrupt):
        getattr(synth, name)(VAST.get(name, (700, 700)), seed=1, progress=stop, threads=1, **LONG[name])
    done = [number for number, _ in told]
    assert done == sorted(done)
    assert all(0 <= number <= parts for number, parts in told)
    with pytest.raises(TypeError, match="progress must"):
        getattr(synth, name)((8, 8), progress=3, **LONG[name])
