"""Scenes: pairs are pure functions of (scene, seed, index)."""

import json
import pickle
import subprocess
import sys

import numpy as np
import pytest

from afmnn import FormatError
from afmnn.synth import Recipe, Scene, default_scene, rods
from afmnn.synth._draws import Draws

SCENE = '{"format": "afmnn scene", "version": 1, "surfaces": %s, "defects": []}'
FAMILIES = {recipe.name for recipe in default_scene().surfaces}


def small(**changes):
    settings = {
        "surfaces": [Recipe("objects", {"kind": {"choice": ["cone", "box"]}, "radius": {"log": [3, 6]}, "height": [1.0, 2.0]})],
        "defects": [Recipe("noise", {"rms": 0.1}), Recipe("line_steps", {"rms": [0.1, 0.2]}, 0.5)],
        "shape": (40, 50),
    }
    return Scene(**{**settings, **changes})


def test_pairs_repeat_in_any_order_and_with_any_threads():
    scene = small()
    pairs = {index: scene.pair(index, seed=3) for index in range(4)}
    for index in (2, 0, 3, 1):
        for again in (scene.pair(index, seed=3), scene.pair(index, seed=3, threads=2)):
            for expected, got in zip(pairs[index], again, strict=True):
                np.testing.assert_array_equal(got, expected)
    assert not np.array_equal(pairs[0][1], pairs[1][1])
    assert not np.array_equal(pairs[0][1], scene.pair(0, seed=4)[1])


def test_pairs_are_the_same_in_another_process():
    noisy, _ = default_scene(shape=(48, 48)).pair(11, seed=5)
    code = "from afmnn.synth import default_scene; print(default_scene(shape=(48, 48)).pair(11, seed=5)[0].sum().hex())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float.fromhex(done.stdout) == pytest.approx(noisy.sum(), rel=1e-12)


def test_surface_is_the_ideal_of_the_pair():
    np.testing.assert_array_equal(small().surface(2, seed=1), small().pair(2, seed=1)[1])


def test_heights_scale_with_the_scene_and_nothing_else():
    metres = small(height=1e-9, pixel_size=1e-8).pair(0)
    ones = small().pair(0)
    for a, b in zip(metres, ones, strict=True):
        np.testing.assert_allclose(a, 1e-9 * b, rtol=0, atol=1e-9 * 1e-9)
    assert ones[1].std() == pytest.approx(1.0, rel=1e-12)


def test_noise_is_relative_to_the_surface():
    scene = small(defects=[Recipe("noise", {"rms": 0.2})], height=7.0)
    differences = [noisy - ideal for noisy, ideal in map(scene.pair, range(30))]
    assert np.std(differences) == pytest.approx(1.4, rel=0.02)


def test_defects_come_as_often_as_they_should_and_leave_the_others_alone():
    scene, always, never = (
        small(defects=[Recipe("line_tilt", {"rms": 0.5}, weight), Recipe("noise", {"rms": 0.1})]) for weight in (0.5, 1.0, 1e-9)
    )
    tilted = 0
    for index in range(200):
        noisy = scene.pair(index)[0]
        same_as_always = np.array_equal(noisy, always.pair(index)[0])
        assert same_as_always != np.array_equal(noisy, never.pair(index)[0])
        tilted += same_as_always
    assert 75 <= tilted <= 125  # 3.5 standard deviations


def test_a_range_in_place_of_a_value_changes_nothing_else():
    shapes = {"kind": "cone", "radius": 5.0, "height": 1.0, "coverage": 0.5}
    fixed, drawn = (small(surfaces=[Recipe("objects", {**shapes, "height_spread": s})]) for s in (0.2, [0.1, 0.4]))
    for index in range(5):
        (noisy, ideal), (other_noisy, other_ideal) = fixed.pair(index), drawn.pair(index)
        assert not np.array_equal(ideal, other_ideal)
        np.testing.assert_allclose(noisy - ideal, other_noisy - other_ideal, rtol=0, atol=1e-14)
    more = small(defects=[Recipe("line_tilt", {"rms": 0.1}), *small().defects])
    tilt = [more.pair(index)[0] - small().pair(index)[0] for index in range(5)]
    np.testing.assert_allclose(np.diff(tilt, n=2, axis=2), 0, rtol=0, atol=1e-14)


def test_draws_fill_their_ranges_evenly():
    parameters = {
        "radius": {"integer": [2, 4]},
        "height": [1.0, 3.0],
        "coverage": {"log": [0.1, 10.0]},
        "kind": {"choice": ["box", "cone"]},
    }
    recipe = Recipe("objects", parameters)
    drawn = [Draws(5, index).parameters("x", recipe) for index in range(3000)]
    assert np.bincount([d["radius"] for d in drawn]) == pytest.approx([0, 0, 1000, 1000, 1000], abs=110)
    assert np.bincount([d["kind"] == "box" for d in drawn]) == pytest.approx([1500, 1500], abs=120)
    for name, low, high in (("height", 1.0, 3.0), ("coverage", np.log(0.1), np.log(10.0))):
        values = np.array([d[name] for d in drawn])
        values = np.sort((np.log(values) if name == "coverage" else values) - low) / (high - low)
        assert np.abs(values - np.linspace(0, 1, 3000)).max() < 0.036  # Kolmogorov and Smirnov, 0.1 %


def test_scenes_travel_to_other_processes():
    scene = default_scene(shape=(32, 40))
    again = pickle.loads(pickle.dumps(scene))
    assert again == scene
    np.testing.assert_array_equal(again.pair(5)[0], scene.pair(5)[0])


def test_layers_plane_and_tip_do_what_they_say():
    flat = small(layers=(1.0, 0.5))
    assert not np.array_equal(flat.surface(0), small().surface(0))
    assert flat.surface(0).std() == pytest.approx(1.0, rel=1e-12)
    tilted = small(plane=2.0).surface(0) - small().surface(0)
    assert tilted.std() == pytest.approx(2.0, rel=0.1)
    np.testing.assert_allclose(np.diff(tilted, n=2, axis=1), 0.0, atol=1e-12)
    sharp, blunt = small(), small(tip=6.0)
    # Dilation widens what sticks out: more of the image lies high, and slopes are limited by the tip.
    assert np.median(blunt.surface(0)) - blunt.surface(0).min() > np.median(sharp.surface(0)) - sharp.surface(0).min()
    assert blunt.surface(0).std() == pytest.approx(1.0, rel=1e-12)


def test_saved_scenes_come_back(tmp_path):
    path = tmp_path / "scene.json"
    scene = default_scene(("doughnut",), shape=(32, 48), height=2.0)
    scene.save(path)
    again = Scene.load(path)
    assert again == scene
    np.testing.assert_array_equal(again.pair(3)[0], scene.pair(3)[0])
    assert json.loads(path.read_text())["format"] == "afmnn scene"


def test_numbers_of_numpy_are_saved(tmp_path):
    parameters = {"radius": (np.float32(3), np.int64(4)), "height": np.float64(2), "avoid_overlap": np.True_}
    scene = small(surfaces=[Recipe("objects", parameters)])
    scene.save(tmp_path / "scene.json")
    assert Scene.load(tmp_path / "scene.json") == scene
    assert "$" not in (tmp_path / "scene.json").read_text()


def test_layers_of_a_lattice_have_a_value_or_a_range_each(tmp_path):
    layers = {"choice": [{"radial": {"choice": [-1.0, 0.5]}}, {"flat": 1.0, "border": [-1.0, 0.0]}]}
    scene = small(surfaces=[Recipe("lattice", {"size": 8, "layers": layers})])
    (recipe,) = scene.surfaces
    drawn = [Draws(1, index).parameters("surface", recipe)["layers"] for index in range(300)]
    assert {tuple(each) for each in drawn} == {("radial",), ("flat", "border")}
    assert {each["radial"] for each in drawn if "radial" in each} == {-1.0, 0.5}
    border = np.array([each["border"] for each in drawn if "border" in each])
    assert all(each["flat"] == 1.0 for each in drawn if "flat" in each)
    assert border.min() < -0.9
    assert -0.1 < border.max() <= 0.0
    scene.save(tmp_path / "scene.json")
    again = pickle.loads(pickle.dumps(Scene.load(tmp_path / "scene.json")))
    assert again == scene
    np.testing.assert_array_equal(again.surface(2), scene.surface(2))


@pytest.mark.parametrize("value", [None, 1j, b"x", object()])
def test_what_nothing_can_be_drawn_from_is_refused(value):
    with pytest.raises(TypeError, match=r"objects\.radius must be a number, text or a range"):
        Recipe("objects", {"radius": value, "height": 1.0})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"format": "afmnn scene", "version": 2}',
        '{"format": "afmnn scene", "version": 1}',
        SCENE % '[{"generator": "__import__"}]',
        SCENE % '[{"generator": "objects", "parameters": {"threads": 9}}]',
        '{"format": "afmnn scene", "version": 1, "surfaces": 5, "defects": []}',
        '{"format": "afmnn scene", "version": 1, "surfaces": [], "defects": [], "more": 1}',
        "\x00\x01",
        "[" * 100000,
    ],
)
def test_other_files_are_refused(tmp_path, text):
    path = tmp_path / "scene.json"
    path.write_text(text)
    with pytest.raises(FormatError, match=r"scene\.json"):
        Scene.load(path)


def test_defects_that_replace_heights_see_those_of_the_pair(tmp_path):
    """Lines that are constant, of the ideal and of the noise before them; and the scene survives its file."""
    lines = Recipe("line_errors", {"rms": [1.0, 2.0], "kind": "constant", "density": 0.25})
    spikes = Recipe("spikes", {"rms": 5.0, "density": {"log": [1e-3, 1e-2]}, "size": {"integer": [1, 3]}, "sign": "positive"})
    scene = small(defects=[Recipe("noise", {"rms": 0.1}), lines])
    noisy, ideal = scene.pair(0, seed=1)
    constant = np.ptp(noisy, axis=1) == 0.0
    assert np.count_nonzero(constant) == round(0.25 * len(noisy))
    assert np.all(abs(noisy - ideal)[~constant] < 0.1 * ideal.std() * 6)
    spiky = small(defects=[Recipe("noise", {"rms": 0.1}), lines, spikes])
    made = spiky.pair(0, seed=1)[0]
    assert np.all(made >= noisy)
    assert 0.0 < np.mean(made != noisy) < 0.03
    spiky.save(tmp_path / "scene.json")
    np.testing.assert_array_equal(Scene.load(tmp_path / "scene.json").pair(0, seed=1)[0], made)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Recipe("particle"), "generator must be one of"),
        (lambda: Recipe("objects", {"radius": 3, "colour": 1}), "colour"),
        (lambda: Recipe("objects", {"seed": 3}), "seed"),
        (lambda: Recipe("objects", {"radius": [5, 2]}), "low <= high"),
        (lambda: Recipe("objects", {"radius": {"log": [0, 2]}}), "0 < low <= high"),
        (lambda: Recipe("objects", {"radius": {"normal": [0, 2]}}), "one key"),
        (lambda: Recipe("objects", {"radius": {"choice": []}}), "a list"),
        (lambda: Recipe("lattice", {"size": {"radial": 1.0}}), "one key"),
        (lambda: Recipe("lattice", {"size": 8, "layers": {}}), "one key"),
        (lambda: Recipe("lattice", {"size": 8, "layers": {"log": 1.0, "radial": 1.0}}), "one key"),
        (lambda: Recipe("lattice", {"size": 8, "layers": {"flat": [0.0, 1.0, 1.0]}}), r"layers\['flat'\] must have two numbers"),
        (lambda: Recipe("objects", {"radius": [1, 2, 3]}), "two numbers"),
        (lambda: Recipe("objects", {"radius": [1, float("nan")]}), "finite"),
        (lambda: Recipe("objects", {"radius": 3}), "must have radius, height, got no height"),
        (lambda: Recipe("line_hum"), "must have wavelength, got no wavelength"),
        (lambda: Recipe("noise", {"rms": 1}, weight=0), "weight must be positive"),
        (lambda: small(plane=-1.0), "plane must not be negative"),
        (lambda: small(tip={"choice": [0.0, [-1.0, 2.0]]}), "tip must not be negative"),
        (lambda: default_scene(shape=(31, 200)), r"shape\[0\] must be at least 32"),
        (lambda: small(surfaces=[]), "at least one recipe"),
        (lambda: small(surfaces=[Recipe("noise", {"rms": 1})]), "surfaces must be recipes"),
        (lambda: small(defects=[Recipe("objects", {"radius": 3, "height": 1})]), "defects must be recipes"),
        (lambda: small(defects=[Recipe("noise", {"rms": 1}, 2.0)]), "at most 1"),
        (lambda: small(shape=(1, 5)), r"shape\[0\] must be at least 2"),
        (lambda: small(height=0), "height must be positive"),
        (lambda: small(layers=()), "layers must have"),
        (lambda: small().pair(-1), "index must be at least 0"),
        (lambda: default_scene(("dougnut",)), "exclude must name families out of .*doughnut"),
    ],
)
def test_impossible_scenes_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_default_scene_has_every_family_and_can_leave_any_out():
    assert {"particles", "rods", "doughnut", "pyramid", "thatch", "siemens_star", "grating", "pillars"} <= FAMILIES
    assert {"self_affine", "atomic_lattice", "terraces", "wrinkles", "ballistic", "waves"} <= FAMILIES
    assert {"fibres", "pile_up", "discs", "spectral", "lattice", "separated_phases", "wetting"} <= FAMILIES
    for name in FAMILIES:
        assert {recipe.name for recipe in default_scene((name,)).surfaces} == FAMILIES - {name}
    assert {recipe.name for recipe in default_scene("rods").surfaces} == FAMILIES - {"rods"}


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_every_family_makes_relief(name):
    scene = default_scene(FAMILIES - {name}, shape=(64, 64))
    for index in range(6):
        noisy, ideal = scene.pair(index, seed=1)
        assert np.isfinite(noisy).all()
        assert ideal.std() > 0.5
        assert 0.001 < (noisy - ideal).std() / ideal.std() < 2.0


def test_the_default_scene_is_varied():
    scene = default_scene(shape=(64, 64))
    pairs = [scene.pair(index) for index in range(60)]
    noise = np.log([(noisy - ideal).std() / ideal.std() for noisy, ideal in pairs])
    assert np.ptp(noise) > np.log(5)
    skewness = [np.mean(((ideal - ideal.mean()) / ideal.std()) ** 3) for _, ideal in pairs]
    assert min(skewness) < -0.5
    assert max(skewness) > 1.0


@pytest.mark.parametrize("shape", [(32, 32), (33, 50), (64, 64), (144, 150)])
def test_small_scenes_have_room_for_the_longest_rods(shape):
    """The longest and the thickest that may be drawn fit; drawn at random, one pair in some hundred did not."""
    (recipe,) = (recipe for recipe in default_scene(shape=shape).surfaces if recipe.generator == "rods")
    radius, aspect_ratio = recipe.parameters["radius"]["log"][1], recipe.parameters["aspect_ratio"][1]
    assert aspect_ratio > 1.2
    assert rods(shape, radius=radius, coverage=0.1, aspect_ratio=aspect_ratio, relax_steps=1, seed=1).shape == shape
