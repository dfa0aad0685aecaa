"""train_on_scene(): pairs that are always new, the same network again, and what is said of images unlike them."""

import dataclasses
import functools
import itertools
import signal
import time
import warnings

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import afmnn
from afmnn.metrics import psnr
from afmnn.nn.scaling import measure_pair
from afmnn.synth import Instrument, Recipe, Scene, default_scene
from afmnn.training import train_on_scene
from afmnn.training.budget import Budget
from afmnn.training.presets import PRESETS, Preset
from afmnn.training.scene_pairs import PAIRS_PER_STEP, SUBSETS, read_scene
from afmnn.training.streaming import StreamingTrainer
from networks import FOVEA, LATER, different, fovea_network, relief, same

pytestmark = [pytest.mark.arithmetic, pytest.mark.filterwarnings("ignore:the network is of no use")]  # after a few steps

# Surfaces without fine texture, under noise of which a few steps are enough to learn something.
FINE = (
    "self_affine", "atomic_lattice", "terraces", "wrinkles", "ballistic", "fractional_brownian", "waves", "lattice",
    "separated_phases", "wetting",
)  # fmt: skip
OFFSETS = {"rms": {"log": [0.03, 0.7]}, "steps_per_line": {"log": [0.5, 1.6]}, "within_line": [0.0, 1.0]}
SCENE = dataclasses.replace(
    default_scene(("rods", "siemens_star", "thatch", *FINE), shape=(64, 64)),
    instrument=Instrument(),
    defects=[
        Recipe("noise", {"rms": {"log": [0.02, 0.4]}}),
        Recipe("line_steps", OFFSETS, 0.95),
        Recipe("line_scars", {"rms": [0.2, 1.0], "coverage": {"log": [0.001, 0.03]}, "length": {"log": [8, 120]}}, 0.1),
        Recipe("line_tilt", {"rms": {"log": [0.02, 0.2]}}, 0.05),
    ],
    layers=(1.0, {"choice": [0.0, 0.0, 0.0, {"log": [0.05, 0.6]}]}),
)
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


@pytest.fixture
def presets(monkeypatch):
    """Small networks of one, two and three stages, whatever the presets are now."""
    small = {
        "one": Preset((1, 1), (FOVEA,), (1.0,), (4,), 0.004, 512, 4, flips=True),
        "two": Preset((1, 1), (FOVEA, LATER), (0.5, 0.5), (4,), 0.004, 512, 4, flips=False),
        "three": Preset((1, 1), (FOVEA, LATER, LATER), (0.5, 0.25, 0.25), (4,), 0.004, 512, 8, flips=True),
    }
    monkeypatch.setattr(train_on_scene, "PRESETS", small)
    return small


@pytest.fixture
def improving(monkeypatch):
    """Each look at the pairs held out finds the network better, so that all stages are kept however few their steps."""
    errors = itertools.count(1)
    monkeypatch.setattr("afmnn.training.validation.validation_error", lambda *_: 1 / next(errors))


# ---- arguments --------------------------------------------------------------------------------------------------------


def test_a_scene_may_be_given_by_its_name(tmp_path, monkeypatch):
    assert read_scene("default") == default_scene()
    SCENE.save(tmp_path / "scene.json")
    expected = afmnn.train_on_scene(SCENE, **QUICK)
    for name in (tmp_path / "scene.json", str(tmp_path / "scene.json")):
        same(afmnn.train_on_scene(name, **QUICK), expected)
    monkeypatch.setattr("afmnn.training.scene_pairs.default_scene", lambda: SCENE)  # a smaller one
    same(afmnn.train_on_scene("default", **QUICK), expected)


@pytest.mark.parametrize(
    ("scene", "error", "message"),
    [
        ("nothing.json", ValueError, "'nothing.json' is no file of a scene, nor 'default'"),
        (np.zeros((64, 64)), TypeError, "scene must be a Scene, 'default' or the name of a scene's file, got ndarray"),
        (None, TypeError, "scene must be a Scene, 'default' or the name of a scene's file, got NoneType"),
    ],
)
def test_what_is_no_scene(scene, error, message):
    with pytest.raises(error, match=message):
        afmnn.train_on_scene(scene, steps=1)


def test_the_number_of_steps_is_told_before_the_first(presets):
    told = []
    afmnn.train_on_scene(SCENE, preset="three", **QUICK, planned=told.append, progress=lambda step, _: told.append(-step))
    assert told == [2, -1, -2]
    with pytest.raises(TypeError, match="planned must be a function"):
        afmnn.train_on_scene(SCENE, preset="three", **QUICK, planned=3)


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
        ({"steps": ()}, ValueError, r"steps must be one number, or 1 to 2, one a stage of the preset, got \(\)"),
        ({"steps": (2, 2, 2)}, ValueError, r"steps must be one number, or 1 to 2, one a stage of the preset, got \(2, 2, 2\)"),
        ({"steps": (2, 0)}, ValueError, r"steps\[1\] must be at least 1"),
        ({"steps": (2, 1.5)}, TypeError, r"steps\[1\] must be an integer"),
        ({"steps": (3,), "budget": 1.0}, ValueError, "budget must be left out where steps are given"),
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
    small = dataclasses.replace(SCENE, shape=(64, 31))
    with pytest.raises(ValueError, match=r"scene must make images of at least 32 x 32 pixels, got \(64, 31\)"):
        afmnn.train_on_scene(small)
    with pytest.raises(ValueError, match="learning_rate must be small enough"):
        afmnn.train_on_scene(SCENE, **(QUICK | {"learning_rate": 1e30}))


# ---- what it learns ---------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")  # one in twenty, by chance
def test_a_few_steps_clean_images_that_were_never_seen(net):
    assert net.stages[0].fovea == PRESETS["fast"].foveas[0]
    assert {stage.fovea for stage in net.stages} <= set(PRESETS["fast"].foveas)
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
    assert record["flips_averaged"] is False
    assert record["version"] == afmnn.__version__
    assert set(record["seen"]) == {"noise", "row_steps", "heights"}
    assert all(0 <= low < high for low, high in record["seen"].values())


def test_the_best_state_is_kept(monkeypatch, presets):
    """The error of held-out pairs is measured after 1, 2, 4 and 8 steps, and four times while the rate falls, from 12 on."""
    told = iter([5.0, 3.0, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0])
    seen = []

    def validation_error(network, pairs, threads):
        seen.append(network)
        return next(told)

    monkeypatch.setattr("afmnn.training.validation.validation_error", validation_error)
    best = afmnn.train_on_scene(SCENE, preset="one", **(QUICK | {"steps": 20, "batch": 4096}))
    assert len(seen) == 8
    same(best, seen[2])
    different(best, seen[3])
    assert best.history["validation"].tolist() == [5.0, 3.0, 3.0, 1.0, 1.0, 1.0, 1.0, *[2.0] * 6, *[4.0] * 7]
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
    first = PAIRS_PER_STEP * SUBSETS
    stages = PRESETS["fast"].divided(3)
    assert learned == list(range(len(stages) * first + (stages[0] - 1) * PAIRS_PER_STEP))
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


@pytest.mark.filterwarnings("ignore:a budget of")  # on a slow machine
def test_a_budget_is_kept_and_its_steps_make_the_same_network():
    settings = QUICK | {"steps": None, "batch": 1024, "threads": 2}
    begun = time.perf_counter()
    net = afmnn.train_on_scene(SCENE, **settings, budget=1.0)
    assert time.perf_counter() - begun < 30.0  # on a busy machine, or without vector instructions
    counts = net.training["steps_of_stages"]
    assert sum(counts) == net.training["steps"] == net.training["steps_planned"] >= 1
    same(net, afmnn.train_on_scene(SCENE, **(settings | {"steps": counts})))


def test_the_smallest_budget_is_one_step():
    begun = time.perf_counter()
    told: list[int] = []
    message = r"a budget of 1e-06 s makes 1 step, which is no training, on this machine: the preset 'fast' was made for \d+ steps"
    with pytest.warns(afmnn.TrainingWarning, match=message) as caught:
        net = afmnn.train_on_scene(SCENE, budget=1e-6, seed=0, validation=1, batch=4096, planned=told.append)
    assert caught[0].filename == __file__
    assert net.training["steps"] == 1
    assert told == [1]
    assert time.perf_counter() - begun < 30.0


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


# ---- stage after stage ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shares", [(1.0,), (0.5, 0.5), (0.4, 0.3, 0.3), (0.9, 0.05, 0.05), (0.01, 0.98, 0.01), (0.125,) * 8])
def test_steps_are_divided(shares):
    preset = PRESETS["fast"]._replace(shares=shares)
    assert preset.stages == len(shares)
    for steps in (*range(1, 40), 100, 999, 10**9):
        counts = preset.divided(steps)
        assert sum(counts) == steps
        assert min(counts) >= 1
        assert len(counts) == min(len(shares), steps)
        if steps >= 100:
            for count, share in zip(counts, shares, strict=True):
                assert abs(count - share * steps) <= max(1.0, 1e-6 * steps)


def test_presets_divide_all_their_steps():
    for preset in PRESETS.values():
        assert sum(preset.shares) == pytest.approx(1.0)
        assert len(preset.foveas) in {0, preset.stages}
        assert [fovea.sees_residual for fovea in preset.foveas] == [i > 0 for i in range(len(preset.foveas))]
        assert len(preset.divided(preset.steps)) == preset.stages


def test_stages_are_trained_one_after_another(presets, made, improving):
    net = afmnn.train_on_scene(SCENE, preset="three", **(QUICK | {"steps": 8, "validation": 5}))
    assert tuple(stage.fovea for stage in net.stages) == presets["three"].foveas
    assert [stage.hidden for stage in net.stages] == [(4,)] * 3
    # Every pair is new, to each of the stages; those that judge are the same for all.
    learned, judged = [i for i in made if i < 1 << 40], [i for i in made if i >= 1 << 40]
    first, later = PAIRS_PER_STEP * SUBSETS, PAIRS_PER_STEP
    assert learned == list(range(3 * first + 3 * later + (1 + 1) * later // 2))
    assert len(set(judged)) == len(judged) == 5
    assert net.training["steps_of_stages"] == [4, 2, 2]
    assert net.training["steps"] == net.training["steps_planned"] == 8
    assert [stage.training["steps"] for stage in net.stages[:2]] == [4, 2]
    for name in ("training", "validation"):
        assert len(net.history[name]) == 8
        assert_array_equal(net.history[name][:4], net.stages[0].history[name])
        assert_array_equal(net.history[name][4:6], net.stages[1].history[name])
    assert "steps_of_stages" not in net.before.training
    assert len({stage.layers[0].tobytes() for stage in net.stages}) == 3


def test_fewer_steps_than_stages_leave_stages_out(presets):
    for steps in (1, 2, 3):
        told = []
        settings = QUICK | {"steps": steps, "hidden": None}
        net = afmnn.train_on_scene(SCENE, preset="three", **settings, progress=lambda step, losses: told.append(step))  # noqa: B023
        assert net.training["steps_of_stages"] == [1] * steps
        assert len(net.history["training"]) == net.training["steps"] == steps
        assert told == list(range(1, 1 + steps))


def as_trained(net, noisy):
    """The scale that a pair is learned from and judged in: the spread of all heights, whatever the lines' own relief is."""
    return measure_pair(net.scaling.kind, noisy, noisy, 1)


def held_out_error(net, count):
    """The error of the pairs that training has judged by, as it counts."""
    squares = []
    for index in range(count):
        noisy, ideal = SCENE.pair((1 << 48) + index, seed=4)
        squares.append(np.mean((afmnn.apply(net, noisy, flips=False, scaling=as_trained(net, noisy)) - ideal) ** 2))
    return np.sqrt(np.mean(squares))


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
def test_a_later_stage_is_not_worse(presets):
    net = afmnn.train_on_scene(
        SCENE, preset="two", **(QUICK | {"steps": 20, "validation": 4, "batch": 512, "hidden": 12, "seed": 4})
    )
    assert len(net.stages) == 2
    first, both = held_out_error(net.before, 4), held_out_error(net, 4)
    assert both < 0.98 * first
    assert first == pytest.approx(net.history["validation"][:10].min(), rel=1e-4)
    assert both == pytest.approx(net.history["validation"].min(), rel=1e-4)
    # Not of these pairs only: the mean of others falls as well.
    gains = []
    for index in range(12):
        noisy, ideal = SCENE.pair(index, seed=999)
        gains.append(psnr(afmnn.apply(net, noisy), ideal) - psnr(afmnn.apply(net.before, noisy), ideal))
    assert np.mean(gains) > 0.15


def test_a_stage_that_does_worse_is_left_out(presets, monkeypatch):
    """The fourth step is the last of the first stage; the second stage does worse, the third better than either."""
    for told, left in [([3, 2, 2, 2, 4, 5, 6, 7], 1), ([3, 2, 2, 2, 1, 5, 6, 7], 2), ([3, 2, 2, 2, 4, 5, 6, 1], 2)]:
        errors = iter(told)
        judging = []

        def validation_error(network, pairs, threads):
            judging.append(network)  # noqa: B023
            return float(next(errors))  # noqa: B023

        monkeypatch.setattr("afmnn.training.validation.validation_error", validation_error)
        net = afmnn.train_on_scene(SCENE, preset="three", **(QUICK | {"steps": 8}))
        assert len(net.stages) == left
        assert net.history["validation"].tolist() == told
        assert net.training["steps_of_stages"] == [4, 2, 2]
        best = judging[int(np.argmin(told)) if min(told) == 1 else 3]
        for one, other in zip(net.layers, best.layers, strict=True):
            assert_array_equal(one, other)
        assert len(judging[-1].stages) == (3 if told[4] == 1 else 2)  # the third learns from what is left


def test_stages_are_the_same_for_any_threads_and_again(presets, improving):
    first = afmnn.train_on_scene(SCENE, preset="three", **(QUICK | {"steps": 8}))
    assert len(first.stages) == 3
    for threads in (1, 2, 3):
        again = afmnn.train_on_scene(SCENE, preset="three", **(QUICK | {"steps": 8, "threads": threads}))
        same(first, again)
        assert_array_equal(first.history["training"], again.history["training"])
    other = afmnn.train_on_scene(SCENE, preset="three", **(QUICK | {"steps": 8, "seed": 4}))
    different(first.stages[0], other.stages[0])


@pytest.mark.filterwarnings("ignore:a budget of", "ignore::afmnn.UnfamiliarImageWarning")
def test_a_budget_is_kept_by_all_stages(presets):
    settings = QUICK | {"steps": None, "threads": 2, "batch": 512, "validation": 4}
    begun = time.perf_counter()
    net = afmnn.train_on_scene(SCENE, preset="two", **settings, budget=1.0)
    assert 0.3 < time.perf_counter() - begun < 30.0  # on a busy machine, or without vector instructions
    counts = net.training["steps_of_stages"]
    assert sum(counts) == net.training["steps"] >= 1
    same(net, afmnn.train_on_scene(SCENE, preset="two", **(settings | {"steps": tuple(counts)})))


class Clock:
    """A clock by which a step takes as long as the tests say; nothing else takes any time."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(train_on_scene, "Budget", functools.partial(Budget, clock=found))
    monkeypatch.setattr(train_on_scene.time, "perf_counter", found)
    return found


@pytest.mark.parametrize(("seconds", "most"), [(1.0, 20), (0.4, 50)])
def test_the_clock_says_how_many_steps_a_budget_makes(seconds, most, presets, clock, improving):
    settings = QUICK | {"steps": None, "batch": 8192}
    planned, told = [], []

    def progress(step, losses):
        told.append(step)
        clock.seconds += seconds

    net = afmnn.train_on_scene(SCENE, preset="three", budget=20.0, **settings, progress=progress, planned=planned.append)
    counts = net.training["steps_of_stages"]
    assert most - 5 <= sum(counts) <= most
    assert len(net.stages) == 3
    assert counts[0] == pytest.approx(2 * counts[1], abs=3)
    assert counts[1] == pytest.approx(counts[2], abs=2)
    assert told == list(range(1, 1 + sum(counts)))
    assert planned[0] == pytest.approx(most, abs=3)  # after the first step
    assert len(planned) == 4
    assert planned[-1] == sum(counts)
    again = afmnn.train_on_scene(SCENE, preset="three", **(settings | {"steps": tuple(counts)}))
    same(net, again)
    for one, other in zip(net.stages, again.stages, strict=True):
        assert_array_equal(one.history["training"], other.history["training"])


def test_too_few_steps_of_a_budget_are_told_of(presets, clock):
    def progress(step, losses):
        clock.seconds += 1.0

    message = "a budget of 19 s makes 1[5-9] steps, which is hardly a training, on this machine: the preset 'one' was made for 4"
    with pytest.warns(afmnn.TrainingWarning, match=message):
        afmnn.train_on_scene(SCENE, preset="one", budget=19.0, **(QUICK | {"steps": None, "batch": 8192}), progress=progress)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "the network is of no use")
        clock.seconds = 0.0
        afmnn.train_on_scene(SCENE, preset="one", budget=24.0, **(QUICK | {"steps": None, "batch": 8192}), progress=progress)
        stop = lambda step, losses: step == 3  # noqa: E731
        afmnn.train_on_scene(SCENE, preset="one", budget=19.0, **(QUICK | {"steps": None, "batch": 8192}), progress=stop)


def test_steps_may_be_given_stage_by_stage(presets, improving):
    told = []
    net = afmnn.train_on_scene(SCENE, preset="three", **(QUICK | {"steps": (3, 1)}), planned=told.append)
    assert net.training["steps_of_stages"] == [3, 1]
    assert (net.training["steps_planned"], len(net.stages), told) == (4, 2, [4])
    whole = afmnn.train_on_scene(SCENE, preset="three", **(QUICK | {"steps": 8}))
    same(whole, afmnn.train_on_scene(SCENE, preset="three", **(QUICK | {"steps": np.array([4, 2, 2]).tolist()})))


@pytest.mark.parametrize("last", [2, 4, 6])
def test_progress_is_told_of_all_stages_and_may_stop_any(last, presets):
    told = []

    def progress(step, losses):
        told.append((step, losses))
        return step == last

    net = afmnn.train_on_scene(SCENE, preset="two", **(QUICK | {"steps": 8}), progress=progress)
    assert [step for step, _ in told] == list(range(1, last + 1))
    assert [losses["training"] for _, losses in told] == net.history["training"].tolist()
    assert [losses["validation"] for _, losses in told] == net.history["validation"].tolist()
    assert net.training["steps_of_stages"] == ([last] if last <= 4 else [4, last - 4])
    assert (net.training["steps"], net.training["steps_planned"]) == (last, 8)


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
@pytest.mark.parametrize("last", [2, 4, 7])
def test_ctrl_c_in_any_stage_loses_nothing(last, presets, improving, tmp_path):
    told = []

    def interrupt(step, losses):
        told.append(losses["training"])
        if step == last:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as caught:
        afmnn.train_on_scene(SCENE, preset="two", **(QUICK | {"steps": 8}), progress=interrupt)
    net = caught.value.network
    assert net.training["steps"] == last
    assert net.training["steps_of_stages"] == ([last] if last <= 4 else [4, last - 4])
    assert net.history["training"].tolist() == told
    assert len(net.history["validation"]) == last
    assert len(net.stages) == (1 if last <= 4 else 2)
    assert np.isfinite(afmnn.apply(net, SCENE.pair(0)[0])).all()
    net.save(tmp_path / "net.npz")
    same(net, afmnn.load(tmp_path / "net.npz"))


@pytest.mark.parametrize("where", ["__init__", "run"])
def test_ctrl_c_between_two_stages_loses_nothing(where, presets, monkeypatch):
    """While the pairs of the second stage are made, and before its first mini-batch is over."""
    usual = getattr(StreamingTrainer, where)

    def interrupted(self, *arguments, **settings):
        initial = arguments[0] if where == "__init__" else self._initial
        if initial.before is not None:
            raise KeyboardInterrupt
        return usual(self, *arguments, **settings)

    monkeypatch.setattr(StreamingTrainer, where, interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        afmnn.train_on_scene(SCENE, preset="two", **(QUICK | {"steps": 8}))
    net = caught.value.network
    same(net, afmnn.train_on_scene(SCENE, preset="one", **(QUICK | {"steps": 4})))
    assert (len(net.stages), net.training["steps"]) == (1, 4)
    assert len(net.history["training"]) == len(net.history["validation"]) == 4


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
def test_the_last_stage_goes_on_with_pairs_of_ones_own(presets, improving, monkeypatch):
    net = afmnn.train_on_scene(SCENE, preset="two", **(QUICK | {"steps": 8, "batch": 512}))
    assert len(net.stages) == 2
    monkeypatch.undo()
    noisy, ideal = SCENE.pair(0, seed=77)
    noisy, ideal = noisy[:, :20], ideal[:, :20]  # less wide than the window
    settings = {"init": net, "steps": 12, "learning_rate": 0.003, "seed": 0}
    fine = afmnn.train(noisy, ideal, **settings, threads=1)
    assert (fine.fovea, fine.hidden, fine.before) == (LATER, (4,), net.before)
    assert psnr(afmnn.apply(fine, noisy, flips=False), ideal) > psnr(afmnn.apply(net, noisy, flips=False), ideal) + 0.3
    same(fine, afmnn.train(noisy, ideal, **settings, threads=3))
    # What is missing is left out, and so is what windows that touch it would teach.
    rows, cols = LATER.window
    noisy, ideal = (np.array(image) for image in SCENE.pair(1, seed=77))
    reach = (np.abs(np.arange(64) - 10) <= rows // 2)[:, None] & (np.abs(np.arange(64) - 3) <= cols // 2)
    mask = np.ones(noisy.shape)
    mask[10, 3] = 0
    noisy[10, 3], ideal[10, 3] = np.nan, np.inf
    whole = afmnn.train(noisy, ideal, mask=mask, **settings)
    ideal[reach] += 5.0
    ideal[10, 3] = np.nan
    same(whole, afmnn.train(noisy, ideal, mask=mask, **settings))
    ideal[10 + rows // 2 + 1, 3] += 5.0
    different(whole, afmnn.train(noisy, ideal, mask=mask, **settings))
    noisy, ideal = SCENE.pair(2, seed=77)
    judged = afmnn.train(noisy[20:], ideal[20:], validation=(noisy[20:], ideal[20:]), **settings)
    cleaned = afmnn.apply(judged, noisy[20:], flips=False, scaling=as_trained(judged, noisy[20:]))
    final = np.sqrt(np.mean((cleaned - ideal[20:]) ** 2))
    assert judged.history["validation"][-1] == pytest.approx(final, rel=1e-4)


@pytest.mark.filterwarnings("default:the network is of no use")
def test_a_network_that_does_not_help_is_told(net):
    with pytest.warns(afmnn.TrainingWarning, match="is of no use: its error on the validation images is .* more steps") as caught:
        one = afmnn.train_on_scene(SCENE, **(QUICK | {"steps": 2, "learning_rate": 3.0}))
    assert caught[0].filename == __file__
    assert one.history["validation"].min() > one.training["noisy_validation_error"] > 0
    assert net.history["validation"].min() < net.training["noisy_validation_error"]


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
    fine = afmnn.train(noisy, ideal, init=net, keep=False, steps=16, learning_rate=0.001, seed=0, threads=1)
    assert (fine.fovea, fine.hidden, fine.scaling.kind) == (net.fovea, net.hidden, "row-noise")
    assert fine.training["continued"] is True
    gains = [psnr(afmnn.apply(fine, a), b) - psnr(afmnn.apply(net, a), b) for a, b in pairs]
    assert np.mean(gains) > 0.1
    same(fine, afmnn.train(noisy, ideal, init=net, keep=False, steps=16, learning_rate=0.001, seed=0, threads=2))
    different(fine, net)
    same(afmnn.train(noisy, ideal, init=net, steps=0, seed=0), dataclasses.replace(net, scaling=as_trained(net, noisy[0])))
    with pytest.raises(ValueError, match=r"init must have the window"):
        afmnn.train(noisy, ideal, init=net, steps=1, window=27)


def warned(net, image):
    """What is said of an image."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        afmnn.apply(net, image)
    assert all(w.category is afmnn.UnfamiliarImageWarning and w.filename == __file__ for w in caught)
    return [str(w.message) for w in caught]


def test_images_whose_noise_is_high_against_the_relief_are_warned_of(net):
    rows, cols = np.mgrid[:64, :64]
    noise = np.random.default_rng(3).normal(size=(64, 64))
    relief = np.sin(rows / 15) * np.cos(cols / 17)
    for weak in (1e-6, 0.01, 0.1):
        for image in (relief + weak * noise, relief + weak * noise + 30 * rows - 20 * cols, 1e-9 * (relief + weak * noise) + 5):
            assert warned(net, image) == []
    for strong in (0.6, 5.0):
        (message,) = warned(net, relief + strong * noise)
        assert message.startswith("noise from line to line is ")
        assert "compare with strength=0.5 (--strength 0.5), which spares more" in message


@pytest.mark.parametrize("seen", [None, [], {}, {"noise": None}, {"noise": [1.0]}, {"noise": "ab", "row_steps": [1, 2, 3]}])
def test_nothing_is_said_where_nothing_is_known(seen, rng):
    seeing = dataclasses.replace(fovea_network(rng), training={"seen": seen})
    assert warned(seeing, np.random.default_rng(3).normal(size=(40, 40))) == []


def test_nothing_is_said_of_planes_and_tiny_images(net):
    rows, cols = np.mgrid[:64, :64]
    for image in (rows * 2.0 + cols, np.full((20, 30), 3.0), np.random.default_rng(3).normal(size=(2, 2))):
        assert warned(net, image) == []


def test_networks_of_pairs_know_nothing_of_unfamiliar_images(rng):
    net = fovea_network(rng)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        afmnn.apply(net, relief((20, 30), rng)[0])
