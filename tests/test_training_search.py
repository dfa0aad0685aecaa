"""search(): every trial is what train() makes of its settings, judged by images that it has not seen; nothing is done twice."""

import _thread
import csv
import functools
import itertools
import json
import math
import pickle
import threading
import time

import numpy as np
import pytest

import afmnn
from afmnn import Image, SearchResult, metrics
from afmnn.training import trial_folder
from networks import relief, same

SPACE = {"window": [3, 5, (3, 7)], "hidden": [1, (3, 2)]}
FIXED = {"steps": 3, "batch": 64}


@pytest.fixture
def images(rng):
    make = {"size": (3e-7, 4e-7), "unit_xy": "m", "unit_z": "m"}
    pairs = [relief((26, 34), rng) for _ in range(3)]
    return [Image(1e-9 * a, **make) for a, _ in pairs], [Image(1e-9 * b, **make) for _, b in pairs]


@pytest.fixture
def split(images):
    noisy, ideal = images
    return noisy[:2], ideal[:2], [(noisy[2], ideal[2])]


def plain(result):
    """Rows without what the clock says."""
    return [{name: value for name, value in row.items() if name != "seconds"} for row in result.rows]


def test_trials_are_what_train_makes_of_their_settings(split):
    noisy, ideal, validation = split
    result = afmnn.search(noisy, ideal, SPACE, validation=validation, patience=None, seed=5, **FIXED)
    assert [(row["window"], row["hidden"]) for row in sorted(result.rows, key=lambda row: row["trial"])] == list(
        itertools.product(*SPACE.values())
    )
    for row, network in zip(result.rows, result.networks, strict=True):
        expected = afmnn.train(noisy, ideal, window=row["window"], hidden=row["hidden"], seed=5, **FIXED)
        same(network, expected)
        (held,) = validation
        error = metrics.rms_error(afmnn.apply(expected, held[0]), held[1])
        assert row["error"] == row["score"] == pytest.approx(error, rel=1e-9)
        assert row["psnr"] == pytest.approx(metrics.psnr(afmnn.apply(expected, held[0]), held[1]), rel=1e-9)
        assert row["training_error"] == expected.history["training"][-1]
        assert (row["steps_made"], row["failure"]) == (3, "")
    scores = [row["score"] for row in result.rows]
    assert scores == sorted(scores)
    assert len(set(scores)) == len(result) == 6
    assert result.best is result.networks[0]
    assert result.noisy_error == pytest.approx(metrics.rms_error(*validation[0]))
    settings = result.best_settings
    assert set(settings) == {"window", "hidden", "seed", *FIXED}
    same(afmnn.train(noisy, ideal, **settings), result.best)


@pytest.mark.filterwarnings("ignore::afmnn.TrainingWarning")
def test_patience_stops_and_keeps_the_best(split):
    noisy, ideal, validation = split
    fixed = {"steps": 60, "batch": 16, "window": 3, "hidden": 2}
    result = afmnn.search(noisy, ideal, {"learning_rate": [0.05, 0.2]}, validation=validation, patience=2, seed=1, **fixed)
    assert any(row["steps_made"] < 60 for row in result.rows)
    for row, network in zip(result.rows, result.networks, strict=True):
        history = network.history["validation"]
        assert row["training_error"] == network.history["training"][np.argmin(history)]
        expected = afmnn.train(
            noisy, ideal, validation=validation, patience=2, learning_rate=row["learning_rate"], seed=1, **fixed
        )
        same(network, expected)


def test_same_result_for_any_number_of_threads(split):
    noisy, ideal, validation = split
    space = {"window": {"integer": [2, 7]}, "learning_rate": {"log": [1e-3, 1e-1]}, "flips": [True, False]}
    results = [
        afmnn.search(noisy, ideal, space, trials=5, validation=validation, seed=3, threads=threads, hidden=2, **FIXED)
        for threads in (1, 2, 3, 16)
    ]
    for other in results[1:]:
        assert plain(other) == plain(results[0])
        for one, two in zip(results[0].networks, other.networks, strict=True):
            same(one, two)


def test_draws(split):
    noisy, ideal, validation = split

    def drawn(space, trials=8, seed=3):
        result = afmnn.search(noisy, ideal, space, trials=trials, validation=validation, seed=seed, hidden=1, steps=0)
        rows = sorted(result.rows, key=lambda row: row["trial"])
        return [{name: row[name] for name in space} for row in rows]

    space = {"window": {"integer": [3, 5]}, "learning_rate": {"log": [1e-4, 1e-1]}, "momentum": {"range": [0.5, 0.9]}}
    rows = drawn(space, trials=40)
    assert len({tuple(row.values()) for row in rows}) == 40
    assert {row["window"] for row in rows} == {3, 4, 5}
    rates = np.log10([row["learning_rate"] for row in rows])
    assert rates.min() > -4
    assert rates.max() < -1
    assert abs(rates.mean() + 2.5) < 4 * 3 / math.sqrt(12 * 40)
    assert all(0.5 <= row["momentum"] <= 0.9 for row in rows)
    assert rows[:8] == drawn(space)  # more trials change none
    assert rows[:8] != drawn(space, seed=4)
    fewer = drawn({name: space[name] for name in ("window", "learning_rate")}, trials=8)
    assert [row["learning_rate"] for row in fewer] == [row["learning_rate"] for row in rows[:8]]  # nor does one parameter less
    assert len(drawn({"window": [3, 4, 5]}, trials=10)) == 3  # there are no more
    some = [row["window"] for row in drawn({"window": [3, 4, 5, 6, 7, 8]}, trials=4)]
    assert len(set(some)) == 4


@pytest.mark.filterwarnings("ignore::afmnn.TrainingWarning")
def test_fraction_holds_out_the_same_for_all(images):
    """Whole images; of a single one rows that the largest window does not reach, whatever the trial's own window is."""
    noisy, ideal = images
    result = afmnn.search(noisy, ideal, {"seed": [1, 2, 3]}, validation=0.34, seed=9, window=3, hidden=1, **FIXED)
    errors = [metrics.rms_error(a, b) for a, b in zip(noisy, ideal, strict=True)]
    held = int(np.argmin(np.abs(np.array(errors) - result.noisy_error)))
    assert errors[held] == pytest.approx(result.noisy_error, rel=1e-9)
    kept = [i for i in range(3) if i != held]
    for row, network in zip(result.rows, result.networks, strict=True):
        expected = afmnn.train(
            [noisy[i] for i in kept], [ideal[i] for i in kept], validation=[(noisy[held], ideal[held])], patience=10,
            seed=row["seed"], window=3, hidden=1, **FIXED,
        )  # fmt: skip
        same(network, expected)
        assert network.units == {"unit_xy": "m", "unit_z": "m", "pixel_size": list(noisy[0].pixel_size)}
    one = afmnn.search(noisy[0], ideal[0], {"window": [2, 7]}, validation=0.3, patience=None, seed=1, hidden=1, **FIXED)
    for row, network in zip(one.rows, one.networks, strict=True):
        rows = slice(0, 26 - 8 - 7)  # 8 rows held out, and a gap of the largest window
        same(network, afmnn.train(noisy[0][rows], ideal[0][rows], window=row["window"], hidden=1, seed=1, **FIXED))
    assert one.noisy_error == pytest.approx(metrics.rms_error(noisy[0][18:], ideal[0][18:]), rel=1e-9)


def test_resume(split, tmp_path):
    noisy, ideal, validation = split
    folder = tmp_path / "a" / "trials"
    search = functools.partial(afmnn.search, noisy, ideal, validation=validation, seed=5, resume=folder, threads=1, **FIXED)
    calls = []
    first = search({"window": [3, 5]}, progress=lambda done, trials: calls.append((done, trials)))
    assert calls == [(1, 2), (2, 2)]
    stamps = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert len(stamps) == 4
    networks = [afmnn.load(path) for path in folder.iterdir() if path.suffix == ".npz"]
    assert sorted(network.window for network in networks) == [(3, 3), (5, 5)]

    whole = search({"window": [3, 5, 7]})
    assert len(list(folder.iterdir())) == 6
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())
    again = {row["window"]: (row, network) for row, network in zip(whole.rows, whole.networks, strict=True)}
    for row, network in zip(first.rows, first.networks, strict=True):
        assert again[row["window"]][0]["seconds"] == row["seconds"]  # not measured again
        same(again[row["window"]][1], network)
    fresh = afmnn.search(noisy, ideal, {"window": [3, 5, 7]}, validation=validation, seed=5, **FIXED)
    assert plain(whole) == plain(fresh)

    # Whatever makes another network is another trial; what is damaged is made again.
    for changes in ({"steps": 2}, {"patience": 3}, {"seed": 6}, {"validation": [(noisy[0], ideal[0])]}):
        count = len(list(folder.iterdir()))
        search({"window": [3]}, **changes)
        assert len(list(folder.iterdir())) == count + 2, changes
    count = len(list(folder.iterdir()))
    other = afmnn.search(noisy[:1], ideal[:1], {"window": [3]}, validation=validation, seed=5, resume=folder, **FIXED)
    assert len(list(folder.iterdir())) == count + 2
    assert other.rows[0]["score"] != whole.rows[0]["score"]
    for path in sorted(folder.iterdir())[::3]:
        path.write_bytes(path.read_bytes()[:-20])
    assert plain(search({"window": [3, 5, 7]})) == plain(fresh)


def test_folders_know_what_trains_by_the_name_it_first_had(split, tmp_path):
    """Modules may move; trials that are finished stay finished."""
    noisy, ideal, validation = split
    afmnn.search(noisy, ideal, {"window": [3]}, validation=validation, resume=tmp_path, **FIXED)
    (path,) = tmp_path.glob("*.json")
    assert json.loads(path.read_text())["train"] == "afmnn.training.train"
    on_scene = functools.partial(afmnn.train_on_scene, afmnn.synth.default_scene())
    assert trial_folder.described(on_scene)[0] == "afmnn.scene_training.train_on_scene"


def test_interrupted_search_goes_on(split, tmp_path):
    noisy, ideal, validation = split
    search = functools.partial(afmnn.search, noisy, ideal, SPACE, validation=validation, seed=5, resume=tmp_path, **FIXED)

    def interrupt(done, trials):
        if done == 2:
            raise KeyboardInterrupt  # stands for Ctrl-C

    with pytest.raises(KeyboardInterrupt) as caught:
        search(threads=1, progress=interrupt)
    assert isinstance(caught.value.result, SearchResult)
    assert len(caught.value.result) == 2
    assert caught.value.result.best is not None
    saved = len(list(tmp_path.glob("*.json")))
    assert 2 <= saved < 6
    assert plain(search()) == plain(afmnn.search(noisy, ideal, SPACE, validation=validation, seed=5, **FIXED))


def test_interrupt_ends_training_after_its_step(split):
    noisy, ideal, validation = split
    begun = time.perf_counter()

    def press():
        while time.perf_counter() - begun < 10:
            time.sleep(0.05)
            if any(thread.name.startswith("afmnn-search") for thread in threading.enumerate()):
                time.sleep(0.2)
                _thread.interrupt_main()  # as Ctrl-C does
                return

    presser = threading.Thread(target=press, daemon=True)
    presser.start()
    with pytest.raises(KeyboardInterrupt):
        afmnn.search(noisy, ideal, {"window": [3, 5]}, validation=validation, patience=None, steps=10**8, hidden=1, batch=64)
    presser.join()
    assert time.perf_counter() - begun < 20
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("afmnn-search")]


def test_progress_ends_the_search(split):
    noisy, ideal, validation = split
    result = afmnn.search(
        noisy, ideal, SPACE, validation=validation, seed=5, threads=1, progress=lambda done, trials: done == 2, **FIXED
    )
    assert len(result) == 2


def test_trials_that_diverge_fail_and_the_others_go_on(split, tmp_path):
    noisy, ideal, validation = split
    space = {"learning_rate": [1e30, 0.005, 1e35]}
    for _ in range(2):
        result = afmnn.search(noisy, ideal, space, validation=validation, seed=5, hidden=1, resume=tmp_path, window=3, **FIXED)
        assert [row["trial"] for row in result.rows] == [1, 0, 2]
        assert [network is None for network in result.networks] == [False, True, True]
        assert "learning_rate must be small enough" in result.rows[1]["failure"]
        assert math.isnan(result.rows[1]["score"])
        assert str(result).count("failed") == 2
    with pytest.raises(
        ValueError, match="space must have settings that make a network, got none in 1 trials: learning_rate must"
    ):
        afmnn.search(noisy, ideal, {"learning_rate": [1e30]}, validation=validation, hidden=1, window=3, **FIXED)


def test_own_score_orders_the_trials(split, tmp_path):
    noisy, ideal, validation = split

    def size(network):
        return network.window[0] * network.window[1]

    search = functools.partial(afmnn.search, noisy, ideal, {"window": [5, 3, (3, 7)]}, validation=validation, hidden=1, **FIXED)
    result = search(score=size, seed=5, resume=tmp_path)
    assert [row["score"] for row in result.rows] == [9, 21, 25]
    assert result.best.window == (3, 3)
    assert "score" in str(result)
    turned = search(score=lambda network: -size(network), seed=5, resume=tmp_path)  # of networks that are there already
    assert turned.best.window == (5, 5)
    assert [row["error"] for row in turned.rows] == [row["error"] for row in result.rows][::-1]
    with pytest.raises(TypeError, match="score\\(network\\) must be a real number, got 'good'"):
        search(score=lambda network: "good")
    assert search(score=lambda network: math.nan).rows[0]["score"] == math.inf


def make_from(scale, *, window, seed, threads):
    """Stands for a function that makes its own pairs."""
    noisy, ideal = relief((30, 30), np.random.default_rng(seed))
    return afmnn.train(scale * noisy, scale * ideal, window=window, hidden=1, steps=2, batch=64, seed=seed, threads=threads)


def test_another_function_that_trains(split, tmp_path):
    validation = split[2]
    function = functools.partial(make_from, 1e-9)
    search = functools.partial(afmnn.search, None, None, validation=validation, seed=4)
    result = search({"window": [3, 5]}, train=function, resume=tmp_path)
    for row, network in zip(result.rows, result.networks, strict=True):
        same(network, function(window=row["window"], seed=4, threads=1))
    count = len(list(tmp_path.iterdir()))
    assert plain(search({"window": [3, 5]}, train=function, resume=tmp_path)) == plain(result)
    assert len(list(tmp_path.iterdir())) == count
    search({"window": [3]}, train=functools.partial(make_from, 2e-9), resume=tmp_path)
    assert len(list(tmp_path.iterdir())) == count + 2
    with pytest.raises(ValueError, match="can be imported where resume is given"):
        search({"window": [3]}, train=lambda **_: None, resume=tmp_path)
    with pytest.raises(TypeError, match="must be among scale, window, seed, got hidden"):
        search({"window": [3]}, train=make_from, hidden=2)

    def fail(**_):
        raise ValueError("made on purpose")

    with pytest.raises(ValueError, match="made on purpose"):
        search({"window": [3]}, train=fail)


def test_table_and_csv(split, tmp_path):
    noisy, ideal, validation = split
    result = afmnn.search(noisy, ideal, {**SPACE, "seed": list(range(4))}, validation=validation, steps=1, batch=64)
    text = str(result)
    assert repr(result) == text
    assert text.splitlines()[0].startswith("24 trials, best first; held-out images without a network: ")
    assert text.splitlines()[1].split() == ["trial", "window", "hidden", "seed", "error", "PSNR", "training", "steps", "time"]
    assert text.splitlines()[-1] == "... and 4 more"
    assert len(text.splitlines()) == 23
    assert " pm " in text
    assert "3 x 7" in text
    assert max(map(len, text.splitlines())) < 120
    result.to_csv(tmp_path / "trials.csv")
    with open(tmp_path / "trials.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 24
    for row, expected in zip(rows, result.rows, strict=True):
        assert row["window"] == str(expected["window"])
        assert float(row["error"]) == expected["error"]
    with pytest.raises(TypeError):
        result.rows[0]["score"] = 0
    again = pickle.loads(pickle.dumps(result))
    assert str(again) == text
    same(again.best, result.best)


def test_mask_and_the_classic_method(split):
    noisy, ideal, validation = split
    mask = np.zeros(noisy[0].shape)
    mask[:, :20] = 1
    fixed = {"window": 3, "hidden": 2, "steps": 2, "method": "gwyddion"}
    result = afmnn.search(
        noisy[0], ideal[0], {"learning_rate": [0.3, 0.1]}, validation=validation, mask=mask, patience=None, seed=2, **fixed
    )
    for row, network in zip(result.rows, result.networks, strict=True):
        same_classic = afmnn.train(noisy[0], ideal[0], mask=mask, learning_rate=row["learning_rate"], seed=2, **fixed)
        for one, other in zip(network.layers, same_classic.layers, strict=True):
            np.testing.assert_array_equal(one, other)


def test_refusals(split):
    noisy, ideal, validation = split
    search = functools.partial(afmnn.search, noisy, ideal, validation=validation)
    for space, message in (
        ({}, "space must be a dictionary"),
        ([3, 5], "space must be a dictionary"),
        ({"window": 3}, r"space\['window'\] must be a list of values to try, got 3"),
        ({"window": []}, r"space\['window'\] must be a list of values to try"),
        ({"window": "35"}, r"space\['window'\] must be a list of values to try"),
        ({"window": {"integer": [5, 3]}}, "two ends in order"),
        ({"window": {"uniform": [3, 5]}}, "must be a list, or one of 'range', 'log', 'integer'"),
        ({"learning_rate": {"log": [0, 1]}}, "must be positive"),
        ({"learning_rate": {"range": [0, 1, 2]}}, "must have two ends"),
        ({"learning_rate": {"range": [0.1, 1]}}, "trials must say how many are drawn from the range of learning_rate"),
        ({"window": [3, 99]}, r"window must fit into noisy\[0\]"),
        ({"steps": [3, -1], "window": [3]}, "steps must be at least 0"),
        ({"seed": [3, -1], "window": [3]}, "seed must be non-negative"),
        ({"learning_rate": [0.1, -1], "window": [3]}, "learning_rate must be positive"),
    ):
        with pytest.raises((ValueError, TypeError), match=message):
            search(space)
    with pytest.raises(TypeError, match=r"must be among window, .*, got threads, wimdow"):
        search({"threads": [1]}, wimdow=3)
    with pytest.raises(TypeError, match="window must be in space or a keyword of search, not both"):
        search({"window": [3]}, window=3)
    with pytest.raises(ValueError, match="validation must say what to judge by, got None"):
        search({"window": [3]}, validation=None)
    with pytest.raises(ValueError, match="validation must be pairs where mask is given"):
        search({"window": [3]}, validation=0.3, mask=[np.ones((26, 34))] * 2)
    with pytest.raises(ValueError, match="noisy and ideal must be given both"):
        afmnn.search(noisy, None, {"window": [3]}, validation=validation)
    with pytest.raises(ValueError, match="validation must be pairs where noisy is None"):
        afmnn.search(None, None, {"window": [3]}, validation=0.3, train=make_from)
    with pytest.raises(ValueError, match="patience must be at least 1"):
        search({"window": [3]}, patience=0)
    with pytest.raises(ValueError, match="trials must be at least 1"):
        search({"window": [3]}, trials=0)
    with pytest.raises(ValueError, match="space must not need more than 100000 trials"):
        search({"window": list(range(1, 401)), "hidden": list(range(1, 401))})
    with pytest.raises(TypeError, match="score must be a function"):
        search({"window": [3]}, score="psnr")
