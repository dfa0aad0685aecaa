"""Diffusion-limited growth: the twin's heights, conservation, islands as theory has them, barriers, Otsu's threshold."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import ndimage

from afmnn import _core, synth
from afmnn._reference import diffusion as reference


def probabilities(stick, leave):
    return (0.0, stick, 1 - (1 - stick) ** 2, 1 - (1 - stick) ** 4, 1.0), tuple(leave**k for k in range(5))


@pytest.mark.parametrize("shape", [(2, 2), (2, 9), (7, 12), (20, 15)])
@pytest.mark.parametrize(
    ("coverage", "flux", "stick", "leave", "descends"),
    [(0.3, 1e-4, 0.1, 0.01, 1.0), (3, 1e-3, 0.5, 0.3, 0.1), (1, 1e-2, 0.02, 0.5, 1.0), (2, 1e-2, 0.0, 1.0, 0.5)],
)
def test_matches_twin(shape, coverage, flux, stick, leave, descends, rng):
    for filled in (0.0, 0.2):
        before = (rng.random(shape) < filled).astype(float)
        count = int(coverage * before.size)
        settings = (count, flux, *probabilities(stick, leave), descends)
        made = before.copy()
        stuck, removed, _, islands = _core.diffusion(made, *settings, 5, None)
        expected, *numbers = reference.diffusion(before, *settings, key=5)
        assert_array_equal(made, expected)
        assert [stuck, removed] == numbers
        assert stuck + removed == count
        assert made.sum() == before.sum() + stuck
        assert islands == areas(made)


def areas(heights):
    """Number of areas above zero on the torus."""
    labels, count = ndimage.label(heights > 0)
    joined = list(range(count + 1))

    def root(k):
        while joined[k] != k:
            k = joined[k]
        return k

    for one, other in (*zip(labels[0], labels[-1], strict=True), *zip(labels[:, 0], labels[:, -1], strict=True)):
        if one and other:
            joined[root(one)] = root(other)
    return sum(joined[k] == k for k in range(1, count + 1))


@pytest.mark.parametrize("flux", [1e-3, 1e-5, 1e-9])
def test_particles_are_counted(flux):
    """No more than nominal arrive: what is left of a step is kept."""
    heights, info = synth.diffusion((64, 50), coverage=0.3, flux=flux, seed=1, return_info=True)
    assert info["arrived"] == 960 == info["stuck"] + info["removed"]
    assert heights.sum() == info["stuck"]
    assert_array_equal(heights, np.round(heights))


def islands(flux, seeds=2, side=200, **settings):
    settings = {"coverage": 0.1, "stick_probability": 1, "break_probability": 0} | settings
    made = [synth.diffusion((side, side), flux=flux, seed=s, return_info=True, **settings)[1]["islands"] for s in range(seeds)]
    return np.mean(made)


def test_the_density_of_islands_grows_as_a_power_of_the_flux():
    """Where two particles are an island for good, as (flux / diffusion)**(1/3)."""
    found = [islands(flux) for flux in (1e-7, 1e-6, 1e-5)]
    slope = np.polyfit([0, 1, 2], np.log10(found), 1)[0]
    assert slope == pytest.approx(1 / 3, abs=0.05)


def test_a_barrier_makes_mounds():
    settings = {"coverage": 6, "flux": 1e-4, "stick_probability": 0.5, "seed": 3}
    free, mounds = (synth.diffusion((150, 150), schwoebel_probability=p, **settings) for p in (1.0, 1e-4))
    assert mounds.std() > 2 * free.std()


def test_a_free_surface_fills_layer_by_layer():
    heights = synth.diffusion((100, 100), coverage=2.0, flux=1e-6, stick_probability=0.5, seed=4)
    assert np.mean(heights == 2) > 0.8
    assert heights.max() <= 3


def test_transposed_images_are_statistically_the_same():
    wide = np.array([synth.diffusion((20, 60), coverage=0.4, flux=1e-4, seed=seed) for seed in range(150)])
    tall = np.array([synth.diffusion((60, 20), coverage=0.4, flux=1e-4, seed=seed).T for seed in range(150)])
    # Neighbours within the short side and within the long one are alike.
    for surfaces in (wide, tall):
        means = surfaces.mean(axis=0)
        assert np.abs(means - 0.4).max() < 5 * 0.5 / np.sqrt(150)

    def alike(surfaces, axis):
        return np.mean(surfaces * np.roll(surfaces, 1, axis))

    found = [alike(wide, 1), alike(wide, 2), alike(tall, 1), alike(tall, 2)]
    assert np.ptp(found) < 0.03 * np.mean(found)


def test_the_base_is_a_monolayer_above_otsus_threshold():
    base = np.random.default_rng(1).normal(scale=0.1, size=(50, 60))
    base[10:30, 20:50] += 3
    heights = synth.diffusion(base=base, coverage=0, height=2.0, seed=1)
    expected = np.zeros((50, 60))
    expected[10:30, 20:50] = 2
    assert_array_equal(heights, expected)
    grown = synth.diffusion(base=base, coverage=0.05, flux=1e-7, height=2.0, seed=1)
    assert np.all(grown >= expected)
    # What arrives sticks to the island that is there.
    around = ndimage.binary_dilation(expected > 0, iterations=4)
    assert (grown - expected)[around].sum() > 0.8 * (grown - expected).sum()
    assert_array_equal(synth.diffusion(base=np.zeros((50, 60)), flux=1e-5, seed=2), synth.diffusion((50, 60), flux=1e-5, seed=2))


def test_otsus_threshold_parts_two_values():
    base = np.where(np.arange(100).reshape(10, 10) % 7 == 0, 5.0, 1.0)
    assert_array_equal(synth.diffusion(base=base, coverage=0), base == 5)


@pytest.mark.parametrize(
    ("stick_probability", "break_probability", "low", "high"),
    [(0.01, 0.0, 0.9, 1.1), (0.1, 0.01, 0.9, 1.1), (0.01, 1.0, 1.8, 4.7)],  # (1 / 0.01)**(1/3) is 4.6
)
def test_islands_grow_more_where_particles_part_before_they_stick(stick_probability, break_probability, low, high):
    def islands(stick):
        settings = {"coverage": 0.1, "flux": 3e-6, "stick_probability": stick, "break_probability": break_probability}
        return sum(synth.diffusion((160, 160), **settings, seed=seed, return_info=True)[1]["islands"] for seed in range(3))

    assert low < islands(stick_probability) / islands(1.0) < high  # 426 islands, so that chance is some 5 %


def test_scale_seed_and_progress():
    made = synth.diffusion((40, 50), flux=1e-5, seed=4)
    assert_array_equal(synth.diffusion((40, 50), flux=1e-5, height=3e-10, pixel_size=1e-9, seed=4), made * 3e-10)
    assert np.any(synth.diffusion((40, 50), flux=1e-5, seed=5) != made)
    assert not synth.diffusion((40, 50), coverage=0).any()
    told = []
    synth.diffusion((512, 512), flux=1e-8, seed=1, progress=lambda done, count: told.append((done, count)))
    assert {count for _, count in told} == {65536}
    assert [done for done, _ in told] == sorted(done for done, _ in told)

    def stop(done, count):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        synth.diffusion((64, 64), flux=1e-13, stick_probability=0, progress=stop)  # would take years


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"coverage": 17}, ValueError, "coverage must lie between 0 and 16, got 17"),
        ({"flux": 1e-2}, ValueError, "flux must lie between 1e-13 and 0.001, got 0.01"),
        ({"stick_probability": 1.1}, ValueError, "stick_probability must lie between 0 and 1, got 1.1"),
        ({"schwoebel_probability": 0}, ValueError, "schwoebel_probability must lie between 1e-12 and 1, got 0"),
        ({"shape": (20_000, 20_000), "coverage": 16}, ValueError, "must not need more than 1000000000 particles"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        synth.diffusion(**({"shape": (8, 8)} | arguments))


def test_core_refuses_what_would_crash():
    good = {"heights": np.zeros((5, 6)), "count": 9, "flux": 1e-3, "descends": 1.0, "key": 1, "progress": None}
    good |= dict(zip(("sticks", "breaks"), probabilities(0.1, 0.1), strict=True))
    _core.diffusion(**good)
    for wrong, message in (
        ({"count": -1}, "count must be from 0"),
        ({"heights": np.zeros((1, 6))}, "heights must be at least 2 x 2"),
        ({"heights": np.full((5, 6), np.nan)}, "heights must be whole numbers"),
        ({"flux": 0.0}, "flux must be between"),
        ({"sticks": (0.0, 2.0, 0.0, 0.0, 0.0)}, "sticks must be between"),
        ({"descends": np.nan}, "descends must be between"),
    ):
        with pytest.raises(ValueError, match=message):
            _core.diffusion(**(good | wrong))
