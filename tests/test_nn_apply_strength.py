"""apply(strength=): how much is taken for noise."""

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import afmnn
from networks import COMPRESSING, LATER_COMPRESSING, fovea_network, relief, some_network, staged_network

pytestmark = [pytest.mark.arithmetic, pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")]


@pytest.fixture
def net(rng):
    return staged_network(rng, 2, (6, 4), (COMPRESSING, LATER_COMPRESSING))


def test_none_gives_the_image_back_and_one_is_the_default(net, rng):
    image = relief((40, 50), rng)[0]
    image[3, 4] = np.nan
    assert_array_equal(afmnn.apply(net, image, nan="keep", strength=0), image)
    assert_array_equal(afmnn.apply(net, image, nan="keep", strength=1), afmnn.apply(net, image, nan="keep"))


def test_it_multiplies_the_noise_that_was_measured(net, rng):
    image = relief((40, 50), rng)[0]
    scaling = net.measure(image)
    for strength in (0.5, 1.5):
        other = dataclasses.replace(scaling, row_noise=strength * scaling.row_noise)
        expected = afmnn.apply(net, image, scaling=other)
        assert_array_equal(afmnn.apply(net, image, strength=strength), expected)
        assert_array_equal(afmnn.apply(net, image, scaling=scaling, strength=strength), expected)


def test_universal_takes_off_more_the_stronger_it_is(rng):
    image, _ = relief((128, 128), rng)
    taken = [np.std(image - afmnn.apply("universal", image, strength=strength)) for strength in (0.0, 0.25, 0.5, 1.0)]
    assert taken[0] == 0.0
    assert np.all(np.diff(taken) > 0.01), taken


@pytest.mark.parametrize("strength", [-0.1, 1.6, np.nan])
def test_wrong_strengths_are_refused(net, strength):
    with pytest.raises(ValueError, match="strength must"):
        afmnn.apply(net, np.zeros((5, 5)), strength=strength)


def test_other_networks_take_one_only(rng):
    for other in (some_network((3, 3), (2,), rng), fovea_network(rng)):
        with pytest.raises(ValueError, match="strength must be 1 for networks that do not count in the noise"):
            afmnn.apply(other, np.zeros((5, 5)), strength=0.5)
    with pytest.raises(TypeError, match="strength must be a"):
        afmnn.apply(some_network((3, 3), (2,), rng), np.zeros((5, 5)), strength="1")
