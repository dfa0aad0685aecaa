"""Scenes with an instrument: pairs and both directions."""

import dataclasses
import json
import pickle

import numpy as np
import pytest

from afmnn.synth import Instrument, Recipe, Scene

SHAPE = (60, 72)
NOISE = {"white": {"log": [0.01, 0.1]}, "wander": [0.05, 0.2], "line_offsets": 0.1}
SURFACE = Recipe("objects", {"kind": "cone", "radius": [5.0, 9.0], "height": 1.0, "coverage": 0.5})
DEFECTS = [Recipe("line_scars", {"rms": 0.5, "coverage": 0.02, "length": 10.0})]


def scene(**settings):
    return Scene([SURFACE], shape=SHAPE, height=3e-9, plane=0.5, **settings)


def test_an_ideal_instrument_changes_nothing():
    for index in range(3):
        for plain, scanned in zip(
            scene(defects=DEFECTS).pair(index), scene(defects=DEFECTS, instrument=Instrument()).pair(index), strict=True
        ):
            assert np.array_equal(plain, scanned)


def test_heights_count_in_units_of_the_surface():
    noisy, ideal = scene(instrument={"noise": {"white": 0.05}}).pair(0, seed=4)
    np.testing.assert_allclose(ideal, scene().surface(0, seed=4), rtol=1e-14)
    assert np.std(noisy - ideal) == pytest.approx(0.05 * np.std(ideal), rel=0.05)


def test_the_pair_is_the_trace_of_both_directions():
    whole = scene(defects=DEFECTS, instrument={"noise": NOISE, "feedback": {"response": 2.0}, "scanner": {"bow": 0.2}})
    for index in range(4):
        trace, retrace, ideal = whole.directions(index, seed=2)
        noisy, wanted = whole.pair(index, seed=2)
        assert np.array_equal(trace, noisy)
        assert np.array_equal(ideal, wanted)
        assert np.array_equal(whole.surface(index, seed=2), ideal)
        assert not np.array_equal(trace, retrace)
        assert retrace.shape == SHAPE


def test_directions_have_noise_and_scars_of_their_own_and_one_sample():
    own = scene(defects=DEFECTS, instrument={"noise": {"white": 0.1}})
    trace, retrace, ideal = own.directions(1)
    noise, noise_back = trace - ideal, retrace - ideal
    for heights in (noise, noise_back):
        assert np.std(heights) > 0.09 * np.std(ideal)
    assert abs(np.corrcoef(noise.ravel(), noise_back.ravel())[0, 1]) < 4 / np.sqrt(noise.size)


def test_an_instrument_that_bends_the_image_bends_the_ideal():
    flat = Recipe("pattern_staircase", {"period": 500.0, "height": 1.0})
    bent = Scene([flat], shape=SHAPE, instrument={"scanner": {"bow": 2.0}})
    plain = Scene([flat], shape=SHAPE)
    noisy, ideal = bent.pair(0)
    assert np.allclose(noisy, ideal)
    surface = plain.surface(0)
    assert np.std(ideal - surface) == pytest.approx(2.0 * np.std(surface), rel=1e-9)


def test_noise_does_not_change_what_else_is_drawn():
    quiet = scene(defects=DEFECTS, instrument={"noise": {"white": 0.0}})
    loud = scene(defects=DEFECTS, instrument={"noise": {"white": 0.1}})
    white = scene(instrument={"noise": {"white": 0.1}})
    rest = (loud.pair(3)[0] - quiet.pair(3)[0]) - (white.pair(3)[0] - white.pair(3)[1])
    assert np.allclose(rest, 0.0, atol=1e-20)


def test_files_and_pickles(tmp_path):
    whole = scene(defects=DEFECTS, instrument={"noise": NOISE, "tip": {"changes": 1.0}, "events": {"spikes": 1e-4}})
    whole.save(tmp_path / "scene.json")
    for other in (Scene.load(tmp_path / "scene.json"), pickle.loads(pickle.dumps(whole))):
        assert other == whole
        assert np.array_equal(other.pair(5)[0], whole.pair(5)[0])


def test_older_files_have_no_instrument(tmp_path):
    path = tmp_path / "scene.json"
    scene().save(path)
    old = json.loads(path.read_text())
    del old["instrument"]
    path.write_text(json.dumps(old))
    assert Scene.load(path) == scene()


@pytest.mark.parametrize("threads", [1, 2])
def test_threads(threads):
    whole = scene(instrument={"noise": NOISE})
    for heights, wanted in zip(whole.directions(0, threads=threads), whole.directions(0, threads=1), strict=True):
        assert np.array_equal(heights, wanted)


def test_bad_instruments():
    with pytest.raises(TypeError, match="instrument must be an Instrument or a mapping of its parts, got 3"):
        scene(instrument=3)
    with pytest.raises(ValueError, match="white"):
        scene(instrument={"noise": {"white": -1.0}})
    with pytest.raises(ValueError, match="nose"):
        scene(instrument={"nose": {}})
    assert dataclasses.replace(scene(), instrument={"noise": NOISE}).instrument.noise.line_offsets == 0.1
