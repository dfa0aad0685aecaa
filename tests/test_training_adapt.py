"""adapt(): networks for one instrument, from scans that were recorded twice, and the old one where that did not help."""

import dataclasses
import signal

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import synth
from afmnn.metrics import edge_excess
from afmnn.training import adapt as adapt_module
from afmnn.training.held_out import Comparison, Figures, compared
from afmnn.training.scan_pairs import MixedPairs, Twice, target_of
from networks import different, same, some_network

pytestmark = [
    pytest.mark.arithmetic,
    pytest.mark.filterwarnings("ignore:the network is of no use", "ignore::afmnn.UnfamiliarImageWarning"),
]

SHAPE = (96, 112)
NOISY = synth.Instrument(noise={"white": 0.25}, scanner={"lag": 2.0})
SCENE = synth.Scene([synth.Recipe("self_affine", {"rms": 1.0, "hurst": 0.9, "smoothing": 2.0})], shape=(64, 64))
QUICK = {"scene": SCENE, "steps": 4, "seed": 2, "threads": 1}


def surface(seed, shape=SHAPE):
    heights = synth.self_affine(shape, rms=1.0, hurst=0.9, roll_off=40.0, smoothing=2.0, seed=seed)
    return (heights - heights.mean()) / heights.std()


@pytest.fixture(scope="module")
def net():
    """A network of two stages for weak noise."""
    weak = dataclasses.replace(SCENE, instrument=synth.Instrument(noise={"white": [0.02, 0.05]}))
    return afmnn.train_on_scene(weak, steps=(5, 3), hidden=(12, 4), batch=512, seed=0, threads=1)


@pytest.fixture(scope="module")
def scans():
    return [NOISY.scan(surface(seed), seed=seed) for seed in (1, 2)]


@pytest.fixture(scope="module")
def adapted(net, scans):
    return afmnn.adapt(net, scans, **(QUICK | {"seed": 0, "steps": 10}))


# ---- what it gains ----------------------------------------------------------------------------------------------------


def test_other_places_of_the_instrument_come_out_better(net, adapted):
    """Of which nobody has had the truth."""
    ratios = []
    for seed in range(10, 14):
        truth = surface(seed)
        scan, _ = NOISY.scan(truth, seed=seed)
        ratios.append(np.std(afmnn.apply(adapted, scan) - truth) / np.std(afmnn.apply(net, scan) - truth))
    assert max(ratios) < 0.9


def test_it_is_the_same_network_with_other_weights(net, adapted, scans):
    assert [stage.fovea for stage in adapted.stages] == [stage.fovea for stage in net.stages[: len(adapted.stages)]]
    assert adapted.hidden == net.hidden
    different(adapted, net)
    record = dict(adapted.training)
    found = record.pop("adapted")
    assert {**record, "seen": None} == {**net.training, "seen": None}
    assert record["seen"]["noise"][1] > net.training["seen"]["noise"][1]
    assert (found["scans"], found["seed"], sum(found["steps_of_stages"])) == (2, 0, 10)
    assert found["error"][1] < found["error"][0] == 1.0
    assert found["scene_error"][1] < found["scene_error"][0]
    assert len(found["edge_excess"]) == len(found["share"]) == 2
    for name, errors in net.history.items():
        assert_array_equal(adapted.history[name], errors)


def test_it_can_be_saved(adapted, tmp_path):
    adapted.save(tmp_path / "ours.npz")
    loaded = afmnn.load(tmp_path / "ours.npz")
    same(loaded, adapted)
    assert loaded.training["adapted"] == adapted.training["adapted"]


def test_the_same_bits_for_any_threads(net, scans):
    first = afmnn.adapt(net, scans, **QUICK)
    for threads in (2, 3):
        same(first, afmnn.adapt(net, scans, **(QUICK | {"threads": threads})))
    different(first, afmnn.adapt(net, scans, **(QUICK | {"seed": 3})))


def test_where_nothing_becomes_better_it_is_the_network_itself(net, scans):
    with pytest.warns(afmnn.TrainingWarning, match="the network is left as it was: after adapting it, nothing has become better"):
        kept = afmnn.adapt(net, scans, **QUICK, learning_rate=1e-12)
    assert kept is net
    with pytest.warns(afmnn.TrainingWarning, match=r"left as it was: .*the error on pairs of a scene rose by \d+") as caught:
        kept = afmnn.adapt(net, scans, **QUICK, learning_rate=3.0)
    assert kept is net
    assert caught[0].filename == __file__


# ---- scans ------------------------------------------------------------------------------------------------------------


def test_repeats_are_taken_with_those_that_follow(net):
    truth = surface(5)
    repeats = [afmnn.Image(truth + 0.25 * np.random.default_rng(i).normal(size=SHAPE)) for i in range(3)]
    ours = afmnn.adapt(net, repeats, **(QUICK | {"steps": 8}))
    assert ours.training["adapted"]["scans"] == 2


def test_heights_may_be_in_any_unit_and_missing(net, scans):
    in_nm = [tuple(afmnn.Image(3e-9 * each, unit_z="m") for each in scan) for scan in scans]
    ours = afmnn.adapt(net, in_nm, **QUICK)
    plain = afmnn.adapt(net, scans, **QUICK)
    assert_allclose(ours.training["adapted"]["error"], plain.training["adapted"]["error"], rtol=0.02)
    holes = [tuple(each.copy() for each in scan) for scan in scans]
    holes[0][0][20:23, 30:40] = np.nan
    holes[1][1][60, :] = np.nan
    assert np.isfinite(afmnn.apply(afmnn.adapt(net, holes, **QUICK), surface(7))).all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"scans": []}, ValueError, "scans must be at least one scan"),
        ({"scans": [np.zeros((80, 80))]}, ValueError, "must not have the same height everywhere"),
        ({"scans": surface(1)}, ValueError, "scans must be recorded twice: a pair of"),
        ({"scans": (surface(1, (60, 80)), surface(2, (60, 80)))}, ValueError, r"at least 64 lines of 64 pixels, got \(60, 80\)"),
        ({"scans": [afmnn.Image(surface(1)), afmnn.Image(surface(1, (80, 80)))]}, ValueError, "of which it is a repeat"),
        ({"scene": dataclasses.replace(SCENE, shape=(80, 64))}, ValueError, r"scene must make images that fit into .*\(80, 64\)"),
        ({"scene": 3}, TypeError, "scene must be a Scene"),
        ({"steps": 1}, ValueError, "steps must be at least 2"),
        ({"steps": (3,)}, ValueError, r"steps must be one number, or 2, one a stage of the network, got \(3,\)"),
        ({"steps": (3, 0)}, ValueError, r"steps\[1\] must be at least 1"),
        ({"learning_rate": 0.0}, ValueError, "learning_rate must be positive"),
        ({"progress": 3}, TypeError, "progress must be"),
        ({"network": "no such"}, OSError, "there is no network"),
        ({"network": 3}, TypeError, "network must be"),
    ],
)
def test_wrong_arguments(change, error, message, net, scans):
    arguments = {"network": net, "scans": scans, **change}
    with pytest.raises(error, match=message):
        afmnn.adapt(**arguments)


def test_networks_of_gwyddion_cannot_be_adapted(rng, scans):
    network = some_network((5, 5), (3,), rng, method="gwyddion")
    with pytest.raises(ValueError, match="network must be one of method 'adam', got 'gwyddion'"):
        afmnn.adapt(network, scans)


# ---- stopping ---------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:the network is left as it was")
def test_progress_may_stop_and_ctrl_c_keeps_nothing(net, scans):
    told = []
    ours = afmnn.adapt(net, scans, **(QUICK | {"steps": (6, 2)}), progress=lambda step, losses: told.append(step) or step == 6)
    assert told == [1, 2, 3, 4, 5, 6]
    assert ours is net or ours.training["adapted"]["steps_of_stages"] == [6]
    with pytest.raises(KeyboardInterrupt) as caught:
        afmnn.adapt(net, scans, **QUICK, progress=lambda *_: signal.raise_signal(signal.SIGINT))
    assert not hasattr(caught.value, "network")


# ---- targets and verdicts ---------------------------------------------------------------------------------------------


def test_targets_are_in_place_and_at_the_level_of_the_first():
    """A recording that lags, with offsets of lines and a bow of its own, becomes the truth with its own white noise."""
    truth = surface(3, (96, 200))
    instrument = synth.Instrument(scanner={"lag": 4.0, "hysteresis": 2.0})
    first, second = instrument.scan(truth, seed=0)
    rng = np.random.default_rng(0)
    noise = 0.1 * rng.normal(size=second.shape)
    moved = second + noise + rng.normal(size=(96, 1)) + np.linspace(-1.0, 1.0, 200) ** 2
    target = target_of(Twice("", first, moved), first)
    assert np.mean(target.doubtful[:, 15:-15]) < 0.1
    rest = (target.heights - first)[~target.doubtful]
    assert 0.08 < rest.std() < 0.115
    assert abs(rest.mean()) < 0.01
    assert target.doubtful[:, 0].all() or target.doubtful[:, -1].all()  # where it does not reach


def test_what_differs_by_more_than_noise_is_doubtful_and_so_are_steep_edges():
    truth = np.zeros((96, 128))
    truth[:, 64:] = 30.0
    truth += surface(4, truth.shape)
    rng = np.random.default_rng(1)
    first, second = (truth + 0.05 * rng.normal(size=truth.shape) for _ in range(2))
    second[40:44, 20:30] += 1.0
    target = target_of(Twice("", first, second), truth)
    assert target.doubtful[40:44, 20:30].mean() > 0.9
    assert target.doubtful[:, 63:65].all()
    assert target.doubtful.mean() < 0.4


def test_scans_and_scene_take_turns(net, scans):
    scene = synth.default_scene(shape=(32, 40))
    places = [Twice("", *scan) for scan in scans]
    pairs = MixedPairs(scene, places, net, 5, 1)
    for index in (1, 3, 77):
        noisy, ideal = scene.pair(index, seed=5)
        assert_array_equal(pairs.training(index).noisy, noisy)
        assert_array_equal(pairs.training(index).ideal, ideal)
    given = [each for scan in scans for each in scan]
    for index in (0, 2, 78):
        pair = pairs.training(index)
        assert pair.noisy.shape == (32, 40)
        windows = (np.lib.stride_tricks.sliding_window_view(each, (32, 40)) for each in given)
        assert any((each == pair.noisy).all(axis=(2, 3)).any() for each in windows)
        assert 0.1 < np.std(pair.noisy - pair.ideal) < 0.8
    assert len({pairs.training(index).noisy.tobytes() for index in range(0, 40, 2)}) == 20
    judges = pairs.judges(3)
    assert_array_equal(judges[1].noisy, scene.pair((1 << 49) + 3, seed=5)[0])


def figures(square, edges=1.0, share=0.0):
    rng = np.random.default_rng(0)
    return Figures(square * rng.uniform(0.9, 1.1, size=50), edges, share, 0.1, 1_000_000)


def test_what_counts_as_better_and_what_as_worse():
    old = figures(1.0)
    assert Comparison([old], [figures(0.9)]).is_better()
    assert not Comparison([old], [old]).is_better()
    assert Comparison([old], [old]).objections() == []
    assert Comparison([old] * 2, [figures(0.25), old]).error_ratio() == pytest.approx(0.5**0.5)
    assert "the error against the other recording rose by 4.9 %" in Comparison([old], [figures(1.1)]).objections()
    uncertain = old._replace(squares=np.where(np.arange(50) == 3, 2.0, old.squares))
    assert Comparison([old], [uncertain]).certainty() > -2.0
    assert Comparison([old], [uncertain]).objections() == ["the error against the other recording rose by 1.1 %"]
    assert "at edges: 1.00 -> 1.20 times" in Comparison([old], [figures(0.9, edges=1.2)]).objections()[0]
    assert Comparison([old], [figures(0.9, edges=0.7)]).objections() == []
    assert "of the sample is taken off: 0.0 -> 0.6 %" in Comparison([old], [figures(0.9, share=0.006)]).objections()[0]
    small = figures(0.9, edges=1.2, share=0.006)._replace(taken=0.5, pixels=1000)
    assert Comparison([old], [small]).objections() == []  # which is chance
    assert Comparison([figures(1.0, edges=0.5)], [figures(0.9, edges=1.04)]).objections() == []


def test_figures_are_those_of_the_metrics(net):
    truth = surface(6)
    first, second = (truth + 0.2 * np.random.default_rng(i).normal(size=SHAPE) for i in range(2))
    found = compared(net, net, [Twice("", first, second)], 1)
    (before,), (after,) = found
    clean = afmnn.apply(net, first, flips=False)
    assert before.edges == after.edges == edge_excess(first - clean, clean)
    assert_array_equal(before.squares, after.squares)
    left = clean - truth
    assert before.error == pytest.approx(np.sqrt(left.var() + 0.2**2), rel=0.1)
    assert 0.0 <= before.share < 0.05


def test_lines_that_are_held_out_are_not_learned_from(net, scans, monkeypatch):
    seen = []
    usual = adapt_module.MixedPairs

    def pairs(scene, places, *rest):
        seen.extend(places)
        return usual(scene, places, *rest)

    judged = []
    usual_compared = adapt_module.compared

    def compared_places(before, after, places, threads):
        judged.extend(places)
        return usual_compared(before, after, places, threads)

    monkeypatch.setattr(adapt_module, "MixedPairs", pairs)
    monkeypatch.setattr(adapt_module, "compared", compared_places)
    afmnn.adapt(net, scans, **QUICK)
    relief = [scan[0][0, 0] / place.first[0, 0] for scan, place in zip(scans, [seen[0], judged[1]], strict=True)]
    assert_allclose(seen[0].first * relief[0], scans[0][0][:72])
    assert_allclose(judged[0].first * relief[0], scans[0][0][72:])
    assert_allclose(judged[1].first * relief[1], scans[1][0][:24])
    assert_allclose(seen[1].first * relief[1], scans[1][0][24:])
