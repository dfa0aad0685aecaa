"""Domains: the twin's states, limits that are known, threads."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import _core, synth
from afmnn._reference import domains as reference
from afmnn._seed import key_from


@pytest.mark.parametrize("shape", [(2, 2), (2, 9), (7, 12), (200, 150)])
@pytest.mark.parametrize("settings", [(3, 0.8, 1, 20, 0, 5e-3), (5, 2, 44, 2, -0.5, 2e-3), (2, 0.1, 20, 0.2, 0, 0.1)])
def test_matches_twin(shape, settings):
    spins = np.where(_core.domain_draws(*shape, 9) < 0.5, 1.0, -1.0)
    assert_array_equal(_core.domain_draws(*shape, 9), reference.draws(*shape, 9))
    state, expected = reference.domains(spins.copy(), *settings, key=9)
    inhibitor = _core.domains(spins, *settings, 9, 2, None)
    assert_array_equal(spins, state)
    assert_allclose(inhibitor, expected, rtol=1e-12, atol=1e-15)


def test_constant_spins_pull_the_inhibitor_to_their_value():
    """V tends to mu U - nu; cold spins that are all up stay."""
    base = np.zeros((20, 30))
    settings = {"temperature": 0.05, "inhibitor_strength": 0.001, "inhibitor_coupling": 3.0, "bias": 0.5, "time_step": 0.1}
    heights, info = synth.domains(base=base, iterations=500, return_info=True, **settings)
    assert_array_equal(info["state"], -1)  # nothing is above the median
    assert_allclose(info["inhibitor"], -3.5, rtol=1e-12)
    assert_array_equal(heights, 0)


def test_without_an_inhibitor_it_is_an_ising_model_with_eight_neighbours():
    settings = {"inhibitor_strength": 0.001, "inhibitor_coupling": 0.001, "iterations": 300, "return_info": True, "seed": 1}

    def neighbours(temperature):
        state = synth.domains((100, 100), temperature=temperature, **settings)[1]["state"]
        return np.mean(state * np.roll(state, 1, 0))

    assert neighbours(0.5) > 0.85
    assert neighbours(5.0) < 0.55


def test_single_flips_have_the_documented_probability():
    """After half an iteration nothing has been averaged; of a uniform state, exp(-6 ... / T) / 2 flips."""
    spins = np.ones((400, 500))
    _core.domains(spins, 1, 5.0, 0.0, 0.0, 0.0, 0.0, 3, 1, None)
    first = 0.5 * np.exp(-(4 + 2) / 5.0)
    # The mean of the first two states: 0 where one of two flips took place.
    once = np.mean(spins != 1)
    assert once > first
    spins = np.ones((400, 500))
    _core.domains(spins, 1, 1.0, 0.0, 0.0, 0.0, 0.0, 3, 1, None)
    rare = 0.5 * np.exp(-6.0)
    # Each of two steps flips one in 807, which flips back with the probability 1: two states of 0 in the mean each but the last.
    assert abs(np.mean(spins == 0) - 2 * rare) < 4 * np.sqrt(2 * rare / spins.size) + 0.1 * rare


def test_patterns_of_the_docstring_are_different_ones():
    waves = synth.domains((96, 96), iterations=300, temperature=1.8, inhibitor_strength=42, inhibitor_coupling=2, bias=0.3,
                          time_step=3e-3, seed=1)  # fmt: skip
    default = synth.domains((96, 96), seed=1)
    for heights in (waves, default):
        assert heights.min() == 0
        assert heights.max() == 1
        assert 0.2 < heights.mean() < 0.8
    smooth = synth.domains((96, 96), output="inhibitor", height=3.0, seed=1)
    assert smooth.min() == 0
    assert smooth.max() == 3
    assert len(np.unique(smooth)) > 1000


def test_base_threads_scale_and_progress(rng):
    base = rng.normal(size=(300, 250))
    _, info = synth.domains(base=base, iterations=1, temperature=0.001, time_step=1e-6, seed=1, return_info=True)
    spins = np.where(base > np.median(base), 1.0, -1.0)
    _core.domains(spins, 1, 0.001, 1.0, 20.0, 0.0, 1e-6, key_from(1), 1, None)
    assert_array_equal(info["state"], spins)
    made = [synth.domains((300, 250), iterations=5, seed=2, threads=n) for n in (1, 3)]
    assert_array_equal(*made)
    assert_array_equal(synth.domains((300, 250), iterations=5, height=2e-9, pixel_size=1e-9, seed=2), made[0] * 2e-9)
    assert np.any(synth.domains((300, 250), iterations=5, seed=3) != made[0])

    def stop(done, count):
        assert 0 < done <= count == 100_000
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synth.domains((64, 64), iterations=100_000, progress=stop)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"iterations": 100_001}, ValueError, "iterations must be at most 100000, got 100001"),
        ({"temperature": 0}, ValueError, "temperature must lie between 0.001 and 5, got 0"),
        ({"inhibitor_strength": 0}, ValueError, "inhibitor_strength must lie between 0.001 and 100, got 0"),
        ({"bias": 1.5}, ValueError, "bias must lie between -1 and 1, got 1.5"),
        ({"time_step": 0.2}, ValueError, "time_step must lie between 1e-06 and 0.1, got 0.2"),
        ({"output": "spin"}, ValueError, "output must be one of 'state', 'inhibitor', got 'spin'"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        synth.domains(**({"shape": (8, 8)} | arguments))


def test_core_refuses_what_would_crash():
    with pytest.raises(ValueError, match="spins must be -1 or 1"):
        _core.domains(np.zeros((4, 4)), 1, 1.0, 1.0, 1.0, 0.0, 0.1, 1, 1, None)
    with pytest.raises(ValueError, match="spins must be at least 2 x 2"):
        _core.domains(np.ones((1, 4)), 1, 1.0, 1.0, 1.0, 0.0, 0.1, 1, 1, None)
