"""train_on_scene(): pairs that are always new, the same network again, and what is said of images unlike them."""

import dataclasses
import signal
import time
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import afmnn
from afmnn import scene_training
from afmnn.metrics import psnr
from afmnn.presets import PRESETS
from afmnn.synth import Scene, default_scene
from networks import different, fovea_network, relief, same

SCENE = default_scene(("rods", "siemens_star", "thatch"), shape=(64, 64))
QUICK = {"steps": 2, "hidden": 4, "validation": 1, "seed": 3, "threads": 1}


@pytest.fixture(scope="module")
def net():
    """A network that has learned for about a second."""
    return afmnn.train_on_scene(SCENE, steps=20, validation=4, batch=512, seed=1)


@pytest.fixture
def made(monkeypatch):
    """The indices of all pairs that are made, in order."""
    indices = []
    usual = Scene.pair

    def pair(self, index, **settings):
        indices.append(index)
        return usual(self, index, **settings)

    monkeypatch.setattr(Scene, "pair", pair)
    return indices


# ---- arguments --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"preset": "good"}, ValueError, "preset must be one of"),
        ({"preset": None}, ValueError, "preset must be one of"),
        ({"budget": 0}, ValueError, "budget must be positive"),
        ({"budget": np.inf}, ValueError, "budget must be"),
        ({"budget": "10"}, TypeError, "budget must be"),
        ({"budget": 1.0, "steps": 1}, ValueError, "budget must be left out where steps are given, got 1.0 and 1"),
        ({"steps": 0}, ValueError, "steps must be at least 1"),
        ({"steps": 1.5}, TypeError, "steps must be an integer"),
        ({"steps": 10**10}, ValueError, "steps must be at most"),
        ({"hidden": 0}, ValueError, "hidden must be at least 1"),
        ({"hidden": ()}, ValueError, "hidden must have at least one"),
        ({"learning_rate": -1}, ValueError, "learning_rate must be positive"),
        ({"batch": 0}, ValueError, "batch must be at least 1"),
        ({"validation": 0}, ValueError, "validation must be at least 1"),
        ({"validation": 0.5}, TypeError, "validation must be an integer"),
        ({"threads": 0}, ValueError, "threads must be at least 1"),
        ({"seed": -1}, ValueError, "seed must"),
        ({"progress": 1}, TypeError, "progress must be"),
    ],
)
def test_wrong_arguments_are_refused_before_any_pair_is_made(settings, error, message, made):
    with pytest.raises(error, match=message):
        afmnn.train_on_scene(SCENE, **settings)
    assert made == []


def test_wrong_scenes_are_refused():
    with pytest.raises(TypeError, match=r"scene must be an afmnn\.synth\.Scene, got str"):
        afmnn.train_on_scene("default")
    small = dataclasses.replace(SCENE, shape=(64, 31))
    with pytest.raises(ValueError, match=r"scene must make images of at least 32 x 32 pixels, got \(64, 31\)"):
        afmnn.train_on_scene(small)
    with pytest.raises(ValueError, match="learning_rate must be small enough"):
        afmnn.train_on_scene(SCENE, **(QUICK | {"learning_rate": 1e30}))


# ---- what it learns ---------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")  # one in twenty, by chance
def test_a_few_steps_clean_images_that_were_never_seen(net):
    assert tuple(stage.fovea for stage in net.stages) == PRESETS["fast"].foveas
    assert net.hidden == PRESETS["fast"].hidden
    gains = []
    for index in range(6):
        noisy, ideal = SCENE.pair(index, seed=999)
        gains.append(psnr(afmnn.apply(net, noisy), ideal) - psnr(noisy, ideal))
    assert np.mean(gains) > 3.0
    assert min(gains) > 0.0
    errors = net.history["validation"]
    assert min(errors) < 0.9 * errors[0]
    assert net.training["steps"] == net.training["steps_planned"] == len(errors) == 20


def test_what_is_recorded(net):
    record = net.training
    expected = {"preset": "fast", "seed": 1, "batch": 512, "validation_images": 4, "pairs_per_step": 8, "method": "adam"}
    assert {name: record[name] for name in expected} == expected
    assert record["learning_rate"] == PRESETS["fast"].learning_rate
    assert record["flips_averaged"] is True
    assert record["version"] == afmnn.__version__
    assert set(record["seen"]) == {"noise", "row_steps"}
    assert all(0 <= low < high for low, high in record["seen"].values())


def test_the_best_state_is_kept(monkeypatch):
    """The error of held-out pairs is measured after the first step, each tenth of the way, and after the last."""
    told = iter([5.0, 3.0, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0])
    seen = []

    def error_of(network, pairs, threads):
        seen.append(network)
        return next(told)

    monkeypatch.setattr("afmnn._fit.error_of", error_of)
    monkeypatch.setattr(scene_training, "_LOOKS", 10)
    best = afmnn.train_on_scene(SCENE, **(QUICK | {"steps": 20, "batch": 4096}))
    assert len(seen) == 11
    same(best, seen[2])
    different(best, seen[3])
    assert best.history["validation"].tolist() == [5.0, 3.0, 3.0, 1.0, 1.0, 2.0, 2.0, *[4.0] * 13]
    assert best.training["steps"] == 20


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
@pytest.mark.parametrize("preset", PRESETS)
def test_presets(preset):
    chosen = PRESETS[preset]
    net = afmnn.train_on_scene(SCENE, preset=preset, steps=1, batch=8192, validation=1, seed=0)
    fovea = chosen.foveas[0] if chosen.foveas else None
    assert (net.fovea, net.hidden, net.before) == (fovea, chosen.hidden, None)
    assert net.window == (fovea.window if fovea else chosen.window)
    assert net.training["flips_averaged"] is chosen.flips
    assert net.training["preset"] == preset
    noisy, _ = SCENE.pair(0, seed=9)
    flips = afmnn.apply(net, noisy, flips=True)
    assert np.array_equal(afmnn.apply(net, noisy), flips) is chosen.flips


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
def test_the_classic_window_learns():
    net = afmnn.train_on_scene(SCENE, preset="classic", steps=3, validation=2, seed=1)
    assert (net.scaling.kind, net.window, net.linear.shape) == ("robust", (27, 27), (27, 27))
    noisy, ideal = SCENE.pair(0, seed=999)
    assert psnr(afmnn.apply(net, noisy), ideal) > psnr(noisy, ideal) + 1.0


# ---- pairs ------------------------------------------------------------------------------------------------------------


def test_every_pair_is_new_and_others_judge(made):
    afmnn.train_on_scene(SCENE, **(QUICK | {"steps": 3, "validation": 5, "batch": 4096}))
    learned, judged = [i for i in made if i < 1 << 40], [i for i in made if i >= 1 << 40]
    assert learned == list(range(3 * 8))
    assert len(set(judged)) == len(judged) == 5


# ---- the same again ---------------------------------------------------------------------------------------------------


def test_the_same_bits_for_any_threads_and_again():
    first = afmnn.train_on_scene(SCENE, **(QUICK | {"batch": 1024}))
    for threads in (1, 2, 3):
        again = afmnn.train_on_scene(SCENE, **(QUICK | {"batch": 1024, "threads": threads}))
        same(first, again)
        assert_array_equal(first.history["training"], again.history["training"])
        assert_array_equal(first.history["validation"], again.history["validation"])
    different(first, afmnn.train_on_scene(SCENE, **(QUICK | {"batch": 1024, "seed": 4})))
    drawn = afmnn.train_on_scene(SCENE, **(QUICK | {"batch": 4096, "seed": None}))
    same(drawn, afmnn.train_on_scene(SCENE, **(QUICK | {"batch": 4096, "seed": drawn.training["seed"]})))


def test_a_budget_is_kept_and_its_steps_make_the_same_network():
    settings = QUICK | {"steps": None, "batch": 1024, "threads": 2}
    begun = time.perf_counter()
    net = afmnn.train_on_scene(SCENE, **settings, budget=1.0)
    assert time.perf_counter() - begun < 8.0  # on a busy machine
    planned = net.training["steps_planned"]
    assert planned == net.training["steps"] >= 1
    same(net, afmnn.train_on_scene(SCENE, **(settings | {"steps": planned})))


def test_the_smallest_budget_is_one_step():
    begun = time.perf_counter()
    net = afmnn.train_on_scene(SCENE, budget=1e-6, seed=0, validation=1, batch=4096)
    assert net.training["steps"] == 1
    assert time.perf_counter() - begun < 8.0


# ---- stopping ---------------------------------------------------------------------------------------------------------


def test_progress_is_told_and_may_stop():
    told = []

    def progress(step, losses):
        told.append((step, losses))
        return step == 3

    net = afmnn.train_on_scene(SCENE, **(QUICK | {"steps": 1000, "batch": 4096}), progress=progress)
    assert [step for step, _ in told] == [1, 2, 3]
    assert [losses["training"] for _, losses in told] == net.history["training"].tolist()
    assert [losses["validation"] for _, losses in told] == net.history["validation"].tolist()
    assert (net.training["steps"], net.training["steps_planned"]) == (3, 1000)


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
def test_ctrl_c_loses_nothing():
    settings = QUICK | {"steps": 100, "batch": 4096}

    def interrupt(step, losses):
        if step == 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        afmnn.train_on_scene(SCENE, **settings, progress=interrupt)
    net = caught.value.network
    assert net.training["steps"] == len(net.history["training"]) == 2
    stopped = []
    with pytest.raises(KeyboardInterrupt):
        afmnn.train_on_scene(SCENE, **settings, progress=lambda step, losses: (stopped.append(step), interrupt(step, losses))[1])
    assert stopped == [1, 2]
    assert np.isfinite(afmnn.apply(net, SCENE.pair(0)[0])).all()


# ---- with the others --------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
def test_it_survives_a_file(net, tmp_path):
    net.save(tmp_path / "net.npz")
    again = afmnn.load(tmp_path / "net.npz")
    same(net, again)
    assert again.training["seen"] == net.training["seen"]
    noisy, _ = SCENE.pair(0, seed=5)
    assert_array_equal(afmnn.apply(again, noisy), afmnn.apply(net, noisy))


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
def test_train_goes_on_with_pairs_of_ones_own(net):
    scene = dataclasses.replace(SCENE, shape=(96, 128))
    pairs = [scene.pair(index, seed=77) for index in range(2)]
    noisy, ideal = [a for a, _ in pairs], [b for _, b in pairs]
    fine = afmnn.train(noisy, ideal, init=net, steps=8, learning_rate=0.001, seed=0, threads=1)
    assert (fine.fovea, fine.hidden, fine.scaling.kind) == (net.fovea, net.hidden, "levelled")
    assert fine.training["continued"] is True
    for a, b in pairs:
        assert psnr(afmnn.apply(fine, a), b) > psnr(afmnn.apply(net, a), b)
    same(fine, afmnn.train(noisy, ideal, init=net, steps=8, learning_rate=0.001, seed=0, threads=2))
    different(fine, net)
    same(afmnn.train(noisy, ideal, init=net, steps=0, seed=0), dataclasses.replace(net, scaling=net.measure(noisy[0])))
    with pytest.raises(ValueError, match="window must fit into noisy"):
        afmnn.train(noisy[0][:, :70], ideal[0][:, :70], init=net, steps=1)
    with pytest.raises(ValueError, match=r"init must have the window"):
        afmnn.train(noisy, ideal, init=net, steps=1, window=27)


def warned(net, image):
    """What is said of an image."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        afmnn.apply(net, image)
    assert all(w.category is afmnn.UnfamiliarImageWarning and w.filename == __file__ for w in caught)
    return [str(w.message) for w in caught]


def test_unfamiliar_images_are_warned_of(net):
    rows, cols = np.mgrid[:64, :64]
    told = []
    for index in range(20):
        noisy, _ = SCENE.pair(index, seed=31)
        told.append(warned(net, noisy))
        for image in (noisy + 30 * rows - 20 * cols, noisy * 1e-9 + 5):
            assert len(warned(net, image)) == len(told[-1])
    # What was seen are twelve images, so that one in twenty or so may lie outside by chance.
    assert sum(map(bool, told)) <= 2
    noise = np.random.default_rng(3).normal(size=(64, 64))
    low, high = net.training["seen"]["noise"]
    (message,) = [m for m in warned(net, noisy + 10 * noisy.std() * noise) if "pixel to pixel" in m]
    assert message.startswith("the image has more noise from pixel to pixel than the network was trained on: 1")
    assert message.endswith(f" of its spread of heights, trained on {low:.3g} to {high:.3g}")
    (message,) = [m for m in warned(net, np.sin(rows / 15) * np.cos(cols / 17) + 1e-6 * noise) if "pixel to pixel" in m]
    assert message.startswith("the image has less noise from pixel to pixel than the network was trained on: ")


def test_steps_from_row_to_row_are_warned_of(net):
    image = np.random.default_rng(3).normal(size=(64, 64))
    rough = dataclasses.replace(net, training={"seen": {"noise": [0.0, 9.0], "row_steps": [0.8, 1.2]}})
    (message,) = warned(rough, image)
    assert message.startswith("the image has less steps from row to row than the network was trained on: 0.2")
    calm = dataclasses.replace(net, training={"seen": {"noise": [0.0, 9.0], "row_steps": [0.0, 0.1]}})
    (message,) = warned(calm, image + image[:, :1])
    assert message.startswith("the image has more steps from row to row than the network was trained on: 1")


@pytest.mark.parametrize("seen", [None, [], {}, {"noise": None}, {"noise": [1.0]}, {"noise": "ab", "row_steps": [1, 2, 3]}])
def test_nothing_is_said_where_nothing_is_known(net, seen):
    assert warned(dataclasses.replace(net, training={"seen": seen}), np.random.default_rng(3).normal(size=(40, 40))) == []


def test_nothing_is_said_of_planes_and_tiny_images(net):
    rows, cols = np.mgrid[:64, :64]
    for image in (rows * 2.0 + cols, np.full((20, 30), 3.0), np.random.default_rng(3).normal(size=(2, 2))):
        assert warned(net, image) == []


def test_networks_of_pairs_know_nothing_of_unfamiliar_images(rng):
    net = fovea_network(rng)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        afmnn.apply(net, relief((20, 30), rng)[0])
