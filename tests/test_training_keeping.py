"""What a network keeps of what it knew: train(init=) of networks that count in the noise."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import afmnn
from afmnn import TrainingWarning, synth
from afmnn.training import keeping
from networks import same, some_network

pytestmark = [
    pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning"),
    pytest.mark.filterwarnings("ignore:the network knows little"),
]


@pytest.fixture(scope="module")
def pair():
    ideal = synth.pattern_grating((96, 96), period=24, height=1.0, angle=0.3, seed=1)
    ideal = ideal / ideal.std()
    noise = synth.Instrument(noise={"white": 0.1, "line_offsets": 0.1})
    return np.asarray(noise.scan(ideal, seed=2)[0]), ideal


@pytest.fixture(scope="module")
def universal():
    return afmnn.load("universal")


@pytest.fixture(autouse=True)
def few_judges(monkeypatch):
    monkeypatch.setattr(keeping, "_JUDGES", 6)


def trained(pair, universal, **settings):
    return afmnn.train(*pair, init=universal, **({"steps": 4, "seed": 0} | settings))


def own_error(network, pair):
    noisy, ideal = pair
    return np.std(afmnn.apply(network, noisy) - ideal)


def scene_error(network, universal):
    """The geometric mean of ratios of errors, on the pairs that judge."""
    scene = synth.default_scene()
    pairs = [scene.pair((1 << 49) + index, seed=0) for index in range(keeping._JUDGES)]
    new, old = ([np.std(afmnn.apply(net, noisy) - ideal) for noisy, ideal in pairs] for net in (network, universal))
    return np.exp(np.mean(np.log(np.divide(new, old))))


@pytest.fixture(scope="module")
def kept(pair, universal):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(keeping, "_JUDGES", 6)
        return trained(pair, universal, steps=12)


def test_as_much_is_kept_as_does_no_harm(pair, universal, kept):
    told = kept.training["kept"]
    assert told["scene_error"] == pytest.approx(scene_error(kept, universal), rel=1e-9)
    assert told["scene_error"] <= 1.01
    assert 0.0 < told["share_learned"] <= 1.0
    assert kept.training["steps_of_stages"] == [6, 6]


def test_own_images_gain(pair, universal, kept):
    before, after = (own_error(net, pair) for net in (universal, kept))
    assert after < 0.9 * before
    assert kept.training["kept"]["own_error"] == pytest.approx([before, after], rel=0.02)  # wherever heights count from


def test_all_stages_learn(universal, kept):
    for old, new in zip(universal.stages, kept.stages, strict=True):
        assert new.fovea == old.fovea
        assert not np.array_equal(old.layers[0], new.layers[0])


def test_a_share_mixes_the_weights_of_all_stages(universal, kept):
    between = keeping._mixed(universal, kept, 0.25)
    for old, new, mixed in zip(universal.stages, kept.stages, between.stages, strict=True):
        for a, b, c in zip((*old.layers, old.linear), (*new.layers, new.linear), (*mixed.layers, mixed.linear), strict=True):
            np.testing.assert_allclose(c, a + 0.25 * (b.astype(float) - a), rtol=0, atol=1e-6)


@pytest.mark.parametrize("enough", [1.0, 0.7, 0.35, 0.1, 0.04])
def test_largest_share_that_keeps_enough_is_found(enough):
    shares, asked = (1.0, 0.7, 0.5, 0.25, 0.1), []

    def keeps(share):
        asked.append(share)
        return share <= enough

    assert keeping.largest(shares, keeps) == max((share for share in shares if share <= enough), default=0.0)
    assert len(asked) == len(set(asked)) <= 4


def test_what_is_learned_is_not_what_judges(pair, universal, monkeypatch):
    """Pairs of the scene that say what is kept are no pairs of the training, whatever its seed."""
    asked = []
    usual = keeping.ScenePairs.training
    monkeypatch.setattr(
        keeping.ScenePairs, "training", lambda self, index: asked.append((self.seed, index)) or usual(self, index)
    )
    trained(pair, universal, steps=2)
    assert len(asked) == len(set(asked))


def test_nothing_is_taken_of_what_does_nothing_but_harm(pair, universal):
    with pytest.warns(TrainingWarning, match="nothing of what was learned is kept"):
        kept = trained(pair, universal, steps=2, learning_rate=3.0)
    assert kept.training["kept"]["share_learned"] == 0.0
    assert kept.training["kept"]["scene_error"] == 1.0
    assert len(set(kept.training["kept"]["own_error"])) == 1
    for old, new in zip(universal.stages, kept.stages, strict=True):
        for a, b in zip((*new.layers, new.linear), (*old.layers, old.linear), strict=True):
            assert_array_equal(a, b)


def test_a_mask_says_what_is_learned_of_ones_own(pair, universal):
    noisy, ideal = pair
    left_out = np.zeros(noisy.shape, bool)
    left_out[:30] = True
    spoiled = np.where(left_out, np.nan, noisy), np.where(left_out, np.nan, ideal)
    kept = trained(spoiled, universal, steps=2, mask=~left_out)
    assert np.isfinite(kept.training["kept"]["own_error"]).all()


def test_validation_pairs_judge_in_place_of_ones_own(pair, universal):
    other = tuple(np.roll(heights[:, ::-1], 11, axis=0) for heights in pair)
    kept = trained(pair, universal, steps=4, validation=[other], patience=2)
    assert kept.training["kept"]["own_error"][0] == pytest.approx(own_error(universal, other), rel=0.02)
    assert np.isfinite(kept.history["validation"]).all()
    assert len(kept.history["validation"]) == kept.training["steps"]


def test_defaults_where_something_is_kept(pair, universal):
    kept, every = (trained(pair, universal, steps=2, keep=keep) for keep in (True, False))
    names = ("learning_rate", "batch", "flips")
    assert [kept.training[name] for name in names] == [0.003, 2048, False]
    assert [every.training[name] for name in names] == [0.005, 1024, True]
    assert "kept" not in every.training


def test_no_steps_change_nothing(pair, universal):
    same(*(trained(pair, universal, steps=0, keep=keep) for keep in (True, False)))


def test_each_stage_must_have_a_step(pair, universal):
    with pytest.raises(ValueError, match="steps must be at least 2, got 1"):
        trained(pair, universal, steps=1)


def test_threads_make_no_difference(pair, universal):
    same(*(trained(pair, universal, steps=2, threads=threads) for threads in (1, 2)))


def test_others_know_nothing_that_would_be_kept(pair, rng):
    first = some_network((9, 9), (4,), rng)
    kept, every = (afmnn.train(*pair, init=first, steps=2, seed=0, keep=keep) for keep in (True, False))
    assert "kept" not in kept.training
    same(kept, every)


def test_keep_must_be_a_flag(pair):
    with pytest.raises(TypeError, match="keep must be"):
        afmnn.train(*pair, keep=1)


def test_an_interrupt_in_the_first_stage_gives_a_network_of_all_stages(pair, universal):
    def stop(step, losses):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as raised:
        trained(pair, universal, progress=stop)
    assert len(raised.value.network.stages) == len(universal.stages)


def test_who_ends_the_first_stage_gets_a_network_of_all_stages(pair, universal):
    kept = trained(pair, universal, steps=8, progress=lambda step, losses: step == 2)
    assert len(kept.stages) == len(universal.stages)
    assert kept.training["steps"] == 2


def test_an_interrupt_while_it_is_judged_keeps_what_was_learned(pair, universal, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("afmnn.training.train.keeping", interrupted)
    with pytest.raises(KeyboardInterrupt) as raised:
        trained(pair, universal, steps=2)
    assert raised.value.network.training["steps"] == 2
