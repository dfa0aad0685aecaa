"""Ballistic deposition: the twin's heights, measured means and roughness, and what may and may not change them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import _core, synth
from afmnn._reference import ballistic as reference
from afmnn._seed import key_from


def twin(shape, coverage, height, spread, seed, base=None):
    """The slow version, with the margins that the public function adds."""
    top, left = shape[0] // 12, shape[1] // 12
    base = np.zeros(shape) if base is None else base
    frame = np.pad(base / height, ((top, top), (left, left)), mode="symmetric")
    grown = reference.ballistic(frame, int(np.floor(coverage * frame.size + 0.5)), spread, key_from(seed))
    return grown[top : top + shape[0], left : left + shape[1]] * height


@pytest.mark.parametrize("shape", [(2, 2), (2, 31), (25, 2), (37, 50)])
@pytest.mark.parametrize(("coverage", "spread"), [(0.01, 0.0), (2.0, 0.0), (2.0, 0.4), (1.5, 1.0)])
def test_matches_twin(shape, coverage, spread, rng):
    made = synth.ballistic(shape, coverage=coverage, height=3e-9, height_spread=spread, seed=1)
    assert_array_equal(made, twin(shape, coverage, 3e-9, spread, 1))
    base = rng.normal(size=shape)
    on_base = synth.ballistic(base=base, coverage=coverage, height=0.3, height_spread=spread, seed=1)
    assert_array_equal(on_base, twin(shape, coverage, 0.3, spread, 1, base))


@pytest.mark.parametrize(("coverage", "mean", "rms"), [(1, 1.35, 1.36), (10, 27.9, 3.99), (100, 323.8, 5.07)])
def test_mean_and_roughness_are_the_measured_ones(coverage, mean, rms):
    """Of 240 x 240 pixels; roughness that has spread far varies from one surface to the next."""
    surfaces = [synth.ballistic((240, 240), coverage=coverage, seed=seed) for seed in range(3)]
    assert np.mean(surfaces) == pytest.approx(mean, rel=0.01)
    assert np.mean([heights.std() for heights in surfaces]) == pytest.approx(rms, rel=0.01 if coverage < 100 else 0.08)
    for heights in surfaces:
        assert_array_equal(heights, np.round(heights))


def test_late_growth_is_3_29_particles_for_each():
    _, info = synth.ballistic((240, 240), coverage=80, seed=4, return_info=True)
    late = info["thickness"] > 30
    assert np.polyfit(info["thickness"][late], info["mean"][late], 1)[0] == pytest.approx(3.29, rel=0.005)
    assert np.all(np.diff(info["mean"]) > 0)
    assert np.all(info["mean"] >= info["thickness"] * 0.98)  # of the margin, too, where others fell


def test_roughness_grows_at_first_as_that_of_independent_columns():
    """Then faster (0.53 were measured), and slowly when neighbours have felt each other for long (0.11 to 0.15)."""
    _, info = synth.ballistic((500, 500), coverage=64, seed=5, return_info=True)
    logs = np.log(info["thickness"]), np.log(info["rms"])
    early = info["thickness"] < 0.05
    assert np.polyfit(logs[0][early], logs[1][early], 1)[0] == pytest.approx(0.53, abs=0.05)
    late = info["thickness"] > 8
    assert 0.08 < np.polyfit(logs[0][late], logs[1][late], 1)[0] < 0.2


def test_info_is_of_the_heights():
    heights, info = synth.ballistic((61, 50), coverage=3, height=2.0, height_spread=0.5, seed=1, return_info=True)
    assert info["count"] == 3 * 71 * 58
    assert info["thickness"][-1] == pytest.approx(3 * 0.75 * 2.0)
    centred = heights - heights.mean()
    assert info["mean"][-1] == pytest.approx(heights.mean())
    assert info["rms"][-1] == pytest.approx(heights.std())
    assert info["maximum"][-1] == heights.max()
    assert info["skewness"][-1] == pytest.approx(np.mean(centred**3) / heights.std() ** 3)
    assert info["kurtosis"][-1] == pytest.approx(np.mean(centred**4) / heights.std() ** 4 - 3)


def test_sizes_are_uniform():
    """Of single particles: of 200 000 pixels, 1 % have one."""
    heights = synth.ballistic((400, 500), coverage=0.01, height_spread=0.6, seed=6)
    single = heights[(heights > 0) & (heights <= 1)]
    assert single.min() > 0.4
    assert abs(single.mean() - 0.7) < 4 * 0.6 / np.sqrt(12 * single.size)
    assert single.std() == pytest.approx(0.6 / np.sqrt(12), rel=0.06)


def test_every_particle_raises_and_the_base_is_under_all(rng):
    base = rng.normal(size=(50, 70))
    less, more = (synth.ballistic(base=base, coverage=c, height=0.1, seed=2) for c in (0.5, 1.0))
    assert np.all(less >= base - 1e-14)
    assert np.all(more >= less)
    assert_array_equal(synth.ballistic(base=np.zeros((50, 70)), seed=2), synth.ballistic((50, 70), seed=2))
    assert_array_equal(synth.ballistic((50, 70), height=2.0**-30, seed=2), 2.0**-30 * synth.ballistic((50, 70), seed=2))
    assert np.any(synth.ballistic((50, 70), seed=2) != synth.ballistic((50, 70), seed=3))


def test_all_pixels_are_hit_alike():
    hit = np.mean([synth.ballistic((36, 48), coverage=0.25, seed=seed) > 0 for seed in range(400)], axis=0)
    # A pixel is above zero where itself was hit; edges of the frame lie outside.
    expected = 1 - np.exp(-0.25)
    spread = np.sqrt(expected * (1 - expected) / 400)
    assert abs(hit.mean() - expected) < 4 * spread / np.sqrt(hit.size)
    assert np.abs(hit - expected).max() < 5 * spread
    assert_allclose(hit.std(), spread, rtol=0.1)


def test_progress_and_interruption():
    told = []
    # Long enough that the twentieth of a second after which it is told has passed on any machine.
    heights = synth.ballistic((600, 600), coverage=150, seed=1, progress=lambda done, count: told.append((done, count)))
    assert told
    assert {count for _, count in told} == {150 * 700 * 700}
    assert all(0 < done <= count for done, count in told)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert_array_equal(heights, synth.ballistic((600, 600), coverage=150, seed=1))

    def stop(done, count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synth.ballistic((600, 600), coverage=1000, progress=stop)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"coverage": 0.001}, ValueError, "coverage must lie between 0.01 and 10000, got 0.001"),
        ({"coverage": 1e5}, ValueError, "coverage must lie between 0.01 and 10000"),
        ({"height": 0.0}, ValueError, "height must be positive, got 0.0"),
        ({"height_spread": 1.1}, ValueError, "height_spread must lie between 0 and 1, got 1.1"),
        ({"progress": 3}, TypeError, "progress must be a function, got 3"),
        (
            {"base": np.full((8, 8), 1e6), "height": 1e-9},
            ValueError,
            r"height must be at least 2\^-45 of the largest height of base",
        ),
        ({"shape": (10_000, 10_000), "coverage": 1e4}, ValueError, "must not need more than 100000000000 particles"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        synth.ballistic(**({"shape": (8, 8)} | arguments))


def test_core_refuses_what_would_crash():
    good = {"heights": np.zeros((5, 6)), "first": 0, "last": 9, "spread": 0.0, "whole": True, "key": 1, "progress": None}
    _core.ballistic(**good)
    for wrong, message in (
        ({"first": -1}, "first and last must be"),
        ({"first": 10}, "first and last must be"),
        ({"spread": 1.5}, "spread must be between"),
        ({"spread": 0.5}, "spread must be 0 where whole"),
        ({"heights": np.zeros((0, 5))}, "heights must be not empty"),
    ):
        with pytest.raises(ValueError, match=message):
            _core.ballistic(**(good | wrong))
