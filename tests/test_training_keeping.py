"""What a network keeps of what it knew: train(init=) of networks that count in the noise."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import afmnn
from afmnn import TrainingWarning, synth
from afmnn.training import keeping
from networks import same, some_network

pytestmark = [
    pytest.mark.arithmetic,
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


def trained(pair, universal, **settings):
    return afmnn.train(*pair, init=universal, **({"steps": 10, "seed": 0, "learning_rate": 0.002} | settings))


def scene_error(network, universal):
    """The geometric mean of ratios of errors, on the pairs that are asked about."""
    scene = synth.default_scene(shape=(128, 128))
    pairs = [scene.pair(index, seed=0) for index in range(24)]
    new, old = ([np.std(afmnn.apply(net, noisy) - ideal) for noisy, ideal in pairs] for net in (network, universal))
    return np.exp(np.mean(np.log(np.divide(new, old))))


def test_as_much_is_kept_as_does_no_harm(pair, universal):
    kept, every = trained(pair, universal), trained(pair, universal, keep=False)
    told = kept.training["kept"]
    assert "kept" not in every.training
    assert told["scene_error"] == pytest.approx(scene_error(kept, universal), rel=1e-9)
    assert told["scene_error"] <= 1.01 < scene_error(every, universal)
    share = told["share_learned"]
    assert 0.0 < share < 1.0
    old, new, between = (net.layers[0].astype(float) for net in (universal, every, kept))
    np.testing.assert_allclose(between, old + share * (new - old), rtol=0, atol=1e-6)
    # The next larger share would have done harm.
    larger = keeping._SHARES[keeping._SHARES.index(share) - 1]
    assert scene_error(keeping._mixed(universal, every, larger), universal) > 1.01


def test_own_images_gain(pair, universal):
    noisy, ideal = pair
    kept = trained(pair, universal, steps=30, learning_rate=0.0003)
    before, after = (np.std(afmnn.apply(net, noisy) - ideal) for net in (universal, kept))
    assert after < 0.99 * before


def test_all_is_taken_that_does_no_harm(pair, universal):
    kept, every = (trained(pair, universal, learning_rate=1e-5, keep=keep) for keep in (True, False))
    assert kept.training["kept"]["share_learned"] == 1.0
    same(kept, every)


def test_nothing_is_taken_of_what_does_nothing_but_harm(pair, universal):
    with pytest.warns(TrainingWarning, match="nothing of what was learned is kept"):
        kept = trained(pair, universal, learning_rate=0.3)
    assert kept.training["kept"] == {"share_learned": 0.0, "scene_error": 1.0}
    for a, b in zip((*kept.layers, kept.linear), (*universal.layers, universal.linear), strict=True):
        assert_array_equal(a, b)


def test_default_learning_rate_is_small_where_something_is_kept(pair, universal):
    kept, every = (afmnn.train(*pair, init=universal, steps=1, seed=0, keep=keep) for keep in (True, False))
    assert (kept.training["learning_rate"], every.training["learning_rate"]) == (0.0003, 0.005)


def test_threads_make_no_difference(pair, universal):
    same(*(trained(pair, universal, threads=threads) for threads in (1, 2)))


def test_others_know_nothing_that_would_be_kept(pair, rng):
    first = some_network((9, 9), (4,), rng)
    kept, every = (afmnn.train(*pair, init=first, steps=2, seed=0, keep=keep) for keep in (True, False))
    assert "kept" not in kept.training
    same(kept, every)


def test_keep_must_be_a_flag(pair):
    with pytest.raises(TypeError, match="keep must be"):
        afmnn.train(*pair, keep=1)


def test_an_interrupt_while_it_is_judged_keeps_what_was_learned(pair, universal, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("afmnn.training.train.keeping", interrupted)
    with pytest.raises(KeyboardInterrupt) as raised:
        trained(pair, universal)
    same(raised.value.network, trained(pair, universal, keep=False, learning_rate=0.002))
