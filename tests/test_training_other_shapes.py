"""train(): whether a network also cleans other shapes than its own, tried with the noise of its pair."""

import dataclasses
import sys
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import afmnn
from afmnn import TrainingWarning, synth
from networks import same

pytestmark = pytest.mark.arithmetic

N = 96
QUICK = {"window": 9, "hidden": 3, "steps": 8, "seed": 0}
LEFT = "other_shapes_error_left"
KNOWS_LITTLE = (
    r"the network knows little but its own shapes: of their error it leaves \d+ %, of that of other shapes with the same "
)


def sines(seed=0, unit=1.0):
    """A surface that is always the same from row to row, with little noise: of six seeds, 148 to 156 % of the error is left."""
    ideal = unit * np.tile(np.sqrt(2.0) * np.sin(np.arange(N) / N * 10 * np.pi), (N, 1))
    return ideal + unit * synth.noise((N, N), rms=0.1, seed=seed), ideal


def spheres(seed=0):
    """A surface of the README's kind, with much noise: of six seeds, 43 to 62 % of the error is left."""
    ideal = synth.particles((N, N), radius=10, coverage=0.5, seed=seed)
    ideal /= ideal.std()
    return ideal + synth.noise((N, N), rms=0.3, seed=seed) + synth.line_steps((N, N), rms=0.5, seed=seed), ideal


@pytest.fixture(scope="module")
def cleaning():
    return afmnn.train(*spheres(), **QUICK)


#: What is not asked about; a family that is new to the default scene is one of these, or a shape.
TEXTURES = (
    "self_affine", "atomic_lattice", "terraces", "wrinkles", "ballistic", "fractional_brownian", "waves", "fibres", "pile_up",
    "discs", "spectral", "lattice", "separated_phases", "wetting",
)  # fmt: skip


def error_left(network, noisy, ideal):
    """Of each surface as high as the ideal, what is left of the error that the pair's noise makes; the median."""
    noise, height = noisy - ideal, np.std(afmnn.level(ideal))
    left = []
    for number in range(7):
        scene = synth.default_scene(TEXTURES, shape=ideal.shape)
        scene = dataclasses.replace(scene, layers=(1.0,))
        surface = afmnn.level(scene.surface(number, seed=0))
        surface *= height / np.std(surface)
        cleaned = afmnn.apply(network, surface + noise, scaling=network.measure(surface + noise))
        left.append(np.std(cleaned - surface) / np.std(noise))
    return np.median(left)


def test_a_network_that_knows_little_but_its_own_shapes_is_told():
    with pytest.warns(TrainingWarning, match=KNOWS_LITTLE) as caught:
        net = afmnn.train(*sines(), **QUICK)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert net.training[LEFT] > 1.0
    assert net.training[LEFT] == pytest.approx(error_left(net, *sines()), rel=1e-3)  # standard deviations, here, not errors


def test_a_network_that_cleans_other_shapes_is_not(cleaning):  # a warning would be an error
    assert 0.2 < cleaning.training[LEFT] < 0.8
    # Not quite, because training takes the zero of the noisy image for that of the ideal one.
    assert cleaning.training[LEFT] == pytest.approx(error_left(cleaning, *spheres()), rel=0.03)


def test_it_is_a_figure_of_the_network_and_changes_nothing(cleaning):
    for threads in (1, 3):
        again = afmnn.train(*spheres(), **QUICK, threads=threads)
        same(again, cleaning)
        assert again.training[LEFT] == cleaning.training[LEFT]
    same(cleaning, afmnn.train(*spheres(), **QUICK, validation=spheres(1)))


def test_it_is_the_same_in_any_unit():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainingWarning)
        one, other = (afmnn.train(*sines(unit=unit), **QUICK).training[LEFT] for unit in (1.0, 2.0**-30))
    assert one == pytest.approx(other, rel=1e-3)


@pytest.mark.filterwarnings("ignore:the network is of no use")  # of the one step
def test_tilt_and_zero_are_no_shape():
    noisy, ideal = spheres()
    plane = 5.0 + np.add.outer(np.linspace(-4, 4, N), np.linspace(-6, 6, N))
    scene = synth.default_scene(shape=(N, N))
    net = afmnn.train_on_scene(scene, steps=1, seed=0, validation=1)  # sees no plane
    flat, tilted = (afmnn.train(noisy + z, ideal + z, init=net, keep=False, steps=5, seed=0).training[LEFT] for z in (0.0, plane))
    assert tilted == pytest.approx(flat, rel=0.02)


@pytest.mark.parametrize(
    "settings", [{"validation": spheres(1)}, {"validation": [spheres(1)]}, {"steps": 4}], ids=["pair", "pairs", "few steps"]
)
def test_when_it_is_not_tried(settings):
    assert LEFT not in afmnn.train(*spheres(), **{**QUICK, **settings}).training


def test_networks_of_gwyddion_are_for_their_own_shapes():
    noisy, ideal = (image[:64, :64] for image in spheres())
    assert LEFT in afmnn.train(noisy, ideal, **{**QUICK, "window": 5, "steps": 5}).training
    assert LEFT not in afmnn.train(noisy, ideal, **{**QUICK, "window": 5, "steps": 5}, method="gwyddion").training


def test_rows_held_out_say_nothing_of_other_shapes():
    assert LEFT in afmnn.train(*spheres(), **QUICK, validation=0.1).training


def test_small_images_have_no_room_for_other_shapes():
    noisy, ideal = spheres()
    assert LEFT not in afmnn.train(noisy[:63], ideal[:63], **QUICK).training
    assert LEFT in afmnn.train(noisy[:64], ideal[:64], **QUICK).training


@pytest.mark.filterwarnings("ignore:the network is of no use")
def test_what_comes_from_the_sample_is_no_noise():
    """A blunt tip makes another difference on every surface."""
    _, ideal = spheres()
    tip = afmnn.tips.tip_model("paraboloid", radius=20.0, height_range=float(np.ptp(ideal)), pixel_size=1.0)
    blunt = afmnn.tips.tip_dilation(ideal, tip)
    assert LEFT not in afmnn.train(blunt, ideal, **QUICK).training
    assert LEFT not in afmnn.train(blunt + 1e-3 * synth.noise((N, N), rms=1.0, seed=0), ideal, **QUICK).training


def test_noise_in_some_places_only():
    """Most surfaces have none of it: nothing can be said of them."""
    noisy, ideal = (np.tile(image, (3, 3)) for image in spheres())
    some = ideal.copy()
    some[:40, :40] = noisy[:40, :40]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainingWarning)
        assert LEFT not in afmnn.train(some, ideal, **{**QUICK, "steps": 5}).training


def test_several_pairs_give_their_noise_in_turn():
    pairs = [spheres(seed) for seed in range(3)]
    net = afmnn.train([noisy for noisy, _ in pairs], [ideal for _, ideal in pairs], **QUICK)
    of_each = [error_left(net, *pair) for pair in pairs]
    assert min(of_each) * 0.8 < net.training[LEFT] < max(of_each) * 1.2


def test_missing_pixels_do_not_count():
    noisy, ideal = spheres()
    bad = np.zeros((N, N))
    bad[20:30, 40:60] = 1
    found = []
    for mark in (np.nan, 7.0, 1e6):
        noisy[20:30, 40:60] = mark
        ideal[20:30, 40:60] = -mark
        net = afmnn.train(noisy, ideal, **QUICK, mask=bad, mask_mode="exclude")
        found.append(net.training[LEFT])
    # Not even their marks: only the scaling of the noisy image, for which all finite heights count, differs.
    assert found == pytest.approx([found[0]] * 3, rel=0.1)
    assert 0.2 < found[0] < 0.8


def test_what_is_of_no_use_is_told_once():
    _, ideal = sines()
    with pytest.warns(TrainingWarning, match="of no use") as caught:
        net = afmnn.train(ideal + synth.noise((N, N), rms=1e-3, seed=0), ideal, **QUICK)
    assert len(caught) == 1
    assert net.training[LEFT] > 1.0


def test_an_interrupt_leaves_the_trained_network(cleaning, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["afmnn.training.train"], "error_left", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        afmnn.train(*spheres(), **QUICK)
    same(caught.value.network, cleaning)


def test_it_survives_a_file(cleaning, tmp_path):
    cleaning.save(tmp_path / "net.npz")
    again = afmnn.load(tmp_path / "net.npz")
    assert again.training[LEFT] == cleaning.training[LEFT]
    assert_array_equal(again.layers[0], cleaning.layers[0])
