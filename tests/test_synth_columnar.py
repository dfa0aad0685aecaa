"""Columnar growth: the twin's heights, measured roughness, volume, directions, melting."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import _core, synth
from afmnn._reference import columnar as reference

STRAIGHT = {"inclination_spread": 0, "direction_spread": 0}
# size_spread, cosine, cosine_spread, direction, direction_spread, strong, melting
SETTINGS = {
    "vertical": (0.0, 1.0, 0.0, 0.0, 0.0, False, 0.0),
    "default": (0.0, 1.0, np.pi, 0.0, 2 * np.pi, False, 0.0),
    "strong": (0.3, 0.5, 0.2, 1.0, 0.1, True, 0.0),
    "melting": (0.0, 0.54, 0.0, 0.0, 0.0, True, 0.5),
    "grazing": (0.0, 0.0, 0.0, 2.5, 0.0, False, 0.0),
    "narrow": (0.2, 0.9, 0.05, -2.5, 0.1, False, 1.0),
}


@pytest.mark.parametrize("shape", [(2, 2), (13, 30), (40, 25), (9, 100)])
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_matches_twin(shape, settings, rng):
    """Also in two parts, and on a base: passing over blocks below a path changes nothing."""
    base = 10 * rng.random(shape)
    made, count = base.copy(), base.size
    _core.columnar(made, 0, count // 3, *settings, 12345, None)
    _core.columnar(made, count // 3, count, *settings, 12345, None)
    assert_allclose(made, reference.columnar(base, count, *settings, 12345), rtol=1e-12)


def roughness(side, seeds, **settings):
    return np.mean([synth.columnar((side, side), seed=seed, **settings).std() for seed in range(seeds)])


@pytest.mark.parametrize(
    ("settings", "weak", "strong"),
    [({}, 1.83, 0.88), ({"inclination_spread": 0}, 1.07, 0.64), ({"inclination": 1, **STRAIGHT}, 1.18, 0.64)],
)
def test_roughness_is_the_measured_one(settings, weak, strong):
    for relaxation, expected in (("weak", weak), ("strong", strong)):
        found = roughness(60, 12, coverage=5, relaxation=relaxation, **settings)
        assert found == pytest.approx(expected, rel=0.03)


def test_roughness_of_a_thick_film_is_the_measured_one():
    assert roughness(256, 1, coverage=20) == pytest.approx(7.3, rel=0.06)


@pytest.mark.parametrize("settings", [{}, {"relaxation": "strong"}, {"inclination": np.pi / 2, **STRAIGHT}, {"inclination": 0.8}])
def test_volume_is_that_of_the_particles(settings):
    heights = synth.columnar((31, 46), coverage=7.5, seed=1, **settings)
    assert heights.sum() == math.floor(7.5 * 31 * 46 + 0.5)
    assert_array_equal(heights, np.round(heights))
    base = np.linspace(0, 40, 46) + np.zeros((31, 1))
    on_base = synth.columnar(base=base, coverage=7.5, seed=1, **settings)
    assert (on_base - base).sum() == pytest.approx(math.floor(7.5 * 31 * 46 + 0.5))
    assert np.all(on_base >= base - 1e-12)


def test_sizes_are_lognormal():
    """Of single particles on 160 000 pixels."""
    heights = synth.columnar((400, 400), coverage=0.02, height_spread=0.3, inclination_spread=0, seed=2)
    logs = np.log(heights[heights > 0])
    assert abs(logs.mean()) < 0.04 + 4 * 0.3 / np.sqrt(logs.size)  # a few have two
    assert logs.std() == pytest.approx(0.3, rel=0.12)


def test_melting_keeps_the_volume_and_spreads_a_peak():
    base = np.zeros((64, 80))
    base[30, 41] = 1e6
    heights = synth.columnar(base=base, coverage=10, melting=0.3, inclination_spread=0, seed=3)
    assert heights.sum() == pytest.approx(1e6 + 10 * 64 * 80)
    left = heights - 10  # the particles, up to their roughness
    rows, cols = np.indices(heights.shape)
    near = left[30 - 24 : 30 + 25, 41 - 24 : 41 + 25]
    for distance in (rows - 30, cols - 41):
        part = distance[30 - 24 : 30 + 25, 41 - 24 : 41 + 25]
        assert (near * part**2).sum() / near.sum() == pytest.approx(2 * 0.3 * 10 / 0.3, rel=0.02)


def test_melting_flattens():
    rough, melted = (roughness(80, 2, coverage=10, melting=melting) for melting in (0.0, 0.5))
    assert melted < 0.3 * rough


def correlation(heights, dr, dc):
    z = heights - heights.mean()
    return np.mean(z * np.roll(z, (dr, dc), axis=(0, 1))) / np.mean(z * z)


def test_oblique_columns_grow_along_the_flight():
    """Counter-clockwise from the columns' direction, while rows grow downwards."""
    oblique = {"inclination": 1.4, "coverage": 20, **STRAIGHT}
    along = synth.columnar((120, 120), direction=0, seed=4, **oblique)
    assert correlation(along, 0, 3) > correlation(along, 3, 0) + 0.3
    upright = synth.columnar((120, 120), direction=np.pi / 2, seed=4, **oblique)
    assert correlation(upright, 3, 0) > correlation(upright, 0, 3) + 0.3
    turned = synth.columnar((120, 120), direction=np.pi / 4, seed=4, **oblique)
    assert correlation(turned, 3, -3) > correlation(turned, 3, 3) + 0.1


def test_a_wall_catches_what_flies_at_it():
    """On the side that particles come from, not behind."""
    base = np.zeros((40, 60))
    base[:, 30:33] = 30
    grown = synth.columnar(base=base, coverage=2, inclination=1.0, seed=5, **STRAIGHT) - base
    assert grown[:, 20:30].mean() > 1.5
    assert grown[:, 33:43].mean() < 0.1
    back = synth.columnar(base=base, coverage=2, inclination=1.0, direction=np.pi, seed=5, **STRAIGHT) - base
    assert back[:, 33:43].mean() > 1.5


def test_the_surface_is_periodic():
    """No row or column is rougher or higher than another on average."""
    surfaces = np.array([synth.columnar((30, 36), coverage=3, seed=seed) for seed in range(300)])
    means = surfaces.mean(axis=0)
    spread = surfaces.std() / np.sqrt(300)
    assert np.abs(means - 3).max() < 5 * spread
    assert means[[0, -1]].mean() == pytest.approx(3, abs=4 * spread / np.sqrt(72))


def test_info_is_of_the_heights():
    heights, info = synth.columnar((50, 60), coverage=4, height=2.0, seed=6, return_info=True)
    assert_array_equal(heights, synth.columnar((50, 60), coverage=4, height=2.0, seed=6))
    assert info["count"] == 4 * 50 * 60
    assert_allclose(info["mean"], info["thickness"])  # the mean is that of what was deposited
    assert info["rms"][-1] == pytest.approx(heights.std())
    assert info["maximum"][-1] == heights.max()
    padded = np.pad(heights, 1, mode="wrap")
    others = [padded[1 + r : 51 + r, 1 + c : 61 + c] for r in (-1, 0, 1) for c in (-1, 0, 1) if r or c]
    assert info["maxima"][-1] == np.count_nonzero(heights > np.max(others, axis=0))


def test_scale_base_seed_and_progress():
    made = synth.columnar((40, 50), coverage=3, seed=7)
    assert_array_equal(synth.columnar(base=np.zeros((40, 50)), coverage=3, seed=7), made)
    assert_array_equal(synth.columnar((40, 50), coverage=3, height=2.0**-30, pixel_size=1e-9, seed=7), made * 2.0**-30)
    assert np.any(synth.columnar((40, 50), coverage=3, seed=8) != made)
    told = []
    synth.columnar((200, 200), coverage=30, seed=1, progress=lambda done, count: told.append((done, count)))
    assert {count for _, count in told} == {30 * 200 * 200}
    assert [done for done, _ in told] == sorted(done for done, _ in told)

    def stop(done, count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synth.columnar((200, 200), coverage=1000, progress=stop)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"coverage": 0.001}, ValueError, "coverage must lie between 0.01 and 10000, got 0.001"),
        ({"inclination": 1.6}, ValueError, "inclination must lie between 0 and 1.5708, got 1.6"),
        ({"inclination_spread": -0.1}, ValueError, "inclination_spread must lie between 0 and 1, got -0.1"),
        ({"direction": 90}, ValueError, "direction is an angle in radians"),
        ({"relaxation": "none"}, ValueError, "relaxation must be one of 'weak', 'strong', got 'none'"),
        ({"melting": 2}, ValueError, "melting must lie between 0 and 1, got 2"),
        ({"shape": (4000, 4000), "coverage": 1e4}, ValueError, "must not need more than 10000000000 particles"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        synth.columnar(**({"shape": (8, 8)} | arguments))


def test_core_refuses_what_would_crash():
    good = dict.fromkeys(("first", "size_spread", "cosine_spread", "direction", "direction_spread", "melting"), 0)
    good |= {"heights": np.zeros((5, 6)), "last": 9, "cosine": 1.0, "strong": False, "key": 1, "progress": None}
    _core.columnar(**good)
    for wrong, message in (
        ({"first": 10}, "first and last must be"),
        ({"heights": np.zeros((1, 6))}, "heights must be at least 2 x 2"),
        ({"heights": np.full((5, 6), np.nan)}, "heights must be finite"),
        ({"cosine": -0.1}, "cosine must be between"),
        ({"direction": np.nan}, "direction must be between"),
        ({"melting": 1.1}, "melting must be between"),
    ):
        with pytest.raises(ValueError, match=message):
            _core.columnar(**(good | wrong))
