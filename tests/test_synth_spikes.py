"""Spikes: the twin's numbers, the statistics that the parameters promise, and what may and may not change them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage, stats

from afmnn import Image, _core, correct, synth
from afmnn._reference import spikes as reference
from afmnn._seed import key_from


@pytest.mark.parametrize("shape", [(2, 2), (2, 50), (37, 50), (200, 13)])
@pytest.mark.parametrize(("density", "size"), [(1e-6, 1), (0.1, 1), (0.1, 2), (0.05, 4), (0.1, 9)])
def test_matches_twin(shape, density, size):
    for distribution, sign in (("laplace", "both"), ("salt_pepper", "negative")):
        settings = {"density": density, "size": size, "distribution": distribution, "sign": sign}
        ours, info = synth.spikes(shape, rms=3e-9, seed=1, return_info=True, **settings)
        twin = reference.draw_spikes(*shape, 3e-9, distribution, sign, density, size=size, key=key_from(1))
        assert info["count"] == twin["count"]
        for name in ("rows", "columns", "spikes"):
            assert_array_equal(info[name], twin[name])
        assert_allclose(info["heights"], twin["heights"], rtol=1e-12)
        assert_allclose(ours, reference.write_spikes(info, *shape), rtol=1e-12, atol=1e-22)


def test_single_pixels_are_anywhere_and_as_many_as_asked():
    made, info = synth.spikes((500, 400), rms=2.0, density=0.05, seed=2, return_info=True)
    assert info["count"] == 10_000
    assert_array_equal(info["spikes"], np.arange(10_000))
    assert stats.chisquare(np.bincount(info["rows"], minlength=500)).pvalue > 1e-4
    assert stats.chisquare(np.bincount(info["columns"], minlength=400)).pvalue > 1e-4
    # A pixel is hit with probability 1 - exp(-density).
    assert abs(np.mean(made != 0) - (1 - np.exp(-0.05))) < 4 * np.sqrt(0.05**2 / 2 / made.size)
    assert stats.kstest(info["heights"] / 2.0, stats.norm.cdf).pvalue > 1e-4


def test_sizes_are_uniform_and_pixels_touch():
    _, info = synth.spikes((800, 900), rms=1.0, density=0.01, size=6, seed=3, return_info=True)
    sizes = np.bincount(info["spikes"])
    assert sizes.min() == 1
    assert sizes.max() == 6
    assert stats.chisquare(np.bincount(sizes)[1:]).pvalue > 1e-4
    for k in range(60):
        mine = info["spikes"] == k
        window = np.zeros((800, 900), bool)
        window[info["rows"][mine], info["columns"][mine]] = True
        assert np.count_nonzero(window) == sizes[k]  # no pixel twice
        assert ndimage.label(window)[1] == 1  # touching by their sides


def test_spikes_grow_in_all_directions_alike():
    """Three pixels: straight or bent. Of the six open edges of two, two lead straight on."""
    _, info = synth.spikes((700, 800), rms=1.0, density=0.02, size=3, seed=4, return_info=True)
    first = np.flatnonzero(np.bincount(info["spikes"])[info["spikes"]] == 3)[::3]
    rows, columns = (info[name][first[:, None] + np.arange(3)] for name in ("rows", "columns"))
    assert np.all(np.diff(info["spikes"][first[:, None] + np.arange(3)]) == 0)
    step = 2 * (rows[:, 1] - rows[:, 0]) + (columns[:, 1] - columns[:, 0])
    assert stats.chisquare([np.count_nonzero(step == way) for way in (-2, -1, 1, 2)]).pvalue > 1e-4
    straight = (np.ptp(rows, axis=1) == 2) | (np.ptp(columns, axis=1) == 2)
    assert abs(np.mean(straight) - 1 / 3) < 4 * np.sqrt(2 / 9 / len(straight))


@pytest.mark.parametrize("size", [1, 4, 9])
@pytest.mark.parametrize("sign", ["both", "positive"])
def test_mean_square_is_the_documented(size, sign):
    made = synth.spikes((1000, 1000), rms=3.0, density=0.002, size=size, sign=sign, distribution="salt_pepper", seed=5)
    expected = 0.002 * (size + 1) / 2 * 9
    spread = np.sqrt((size**2 - 1) / 12 / 2000) / ((size + 1) / 2)  # of the sum of 2000 sizes
    if sign == "both":  # where spikes overlap, squares of sums: as often more as less
        assert abs(np.mean(made**2) / expected - 1) < 4 * spread + 4 * np.sqrt(0.002 * size / 2000) + 1e-12
    else:
        assert abs(np.mean(made) / (expected / 3) - 1) < 4 * spread + 1e-12
        assert made.min() == 0.0


def test_low_densities_are_right_on_average():
    counts = [synth.spikes((30, 30), rms=1.0, density=1e-4, seed=s, return_info=True)[1]["count"] for s in range(3000)]
    assert set(counts) == {0, 1}
    assert abs(np.mean(counts) - 0.09) < 4 * np.sqrt(0.09 * 0.91 / 3000)


def test_settings_reshuffle_nothing_else():
    settings = {"density": 0.01, "seed": 6, "return_info": True}
    _, single = synth.spikes((300, 200), rms=1.0, **settings)
    _, many = synth.spikes((300, 200), rms=2.0, size=5, distribution="gaussian", sign="positive", **settings)
    first = np.flatnonzero(np.diff(many["spikes"], prepend=-1))
    assert_array_equal(many["rows"][first], single["rows"])
    assert_array_equal(many["columns"][first], single["columns"])
    assert_array_equal(many["heights"], 2 * abs(single["heights"]))


def test_same_bits_for_any_number_of_threads():
    one, two, three = (synth.spikes((1500, 350), rms=1e-9, density=0.05, size=5, seed=7, threads=t) for t in (1, 2, 3))
    assert_array_equal(one, two)
    assert_array_equal(one, three)


def test_adds_to_base_and_leaves_it_alone(rng):
    base = rng.normal(size=(31, 41))
    kept = base.copy()
    made = synth.spikes((31, 41), rms=1.0, density=0.05, size=3, seed=8)
    assert np.any(made)
    for given in (base, Image(base, unit_z="m"), np.asfortranarray(base)):
        assert_array_equal(synth.spikes(base=given, rms=1.0, density=0.05, size=3, seed=8), base + made)
    assert_array_equal(base, kept)
    small = synth.spikes((31, 41), rms=2.0**-30, density=0.05, size=3, seed=8, pixel_size=1e-9)
    assert_array_equal(small, made * 2.0**-30)
    assert np.any(synth.spikes((31, 41), rms=1.0, density=0.05, size=3, seed=9) != made)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"shape": (5, 1)}, ValueError, r"shape\[1\] must be at least 2, got 1"),
        ({"rms": -1.0}, ValueError, "rms must be positive, got -1.0"),
        ({"density": 0.2}, ValueError, "density must lie between 1e-06 and 0.1, got 0.2"),
        ({"size": 0}, ValueError, "size must be at least 1, got 0"),
        ({"size": 10}, ValueError, "size must be at most 9, got 10"),
        ({"size": 2.0}, TypeError, "size must be an integer, got 2.0"),
        ({"distribution": "cauchy"}, ValueError, "distribution must be one of 'gaussian'"),
        (
            {"shape": (8192, 8192), "density": 0.1, "size": 9},
            ValueError,
            "density = 0.1 with size = 9 in 8192 x 8192 pixels must not need more than 50000000 pixels of spikes, got 6.04e.07",
        ),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        synth.spikes(**({"shape": (8, 8), "rms": 1.0} | arguments))


def test_core_refuses_what_would_crash():
    good = {"rows": 5, "cols": 6, "rms": 1.0, "distribution": 0, "sign": 0, "density": 0.1, "size": 2, "key": 1, "threads": 1}
    _core.spikes(**good)
    for wrong, message in (
        ({"size": 10}, "size must be from 1 to 9"),
        ({"size": 0}, "size must be from 1 to 9"),
        ({"density": 1.5}, "density must be between"),
        ({"density": np.nan}, "density must be between"),
        ({"rows": 0}, "rows must be"),
        ({"sign": 3}, "sign must be"),
    ):
        with pytest.raises(ValueError, match=message):
            _core.spikes(**(good | wrong))


def test_correct_spikes_finds_them():
    """By spike, on a relief of smooth hills: nearly all that do not overlap, and hardly any pixel that is none."""
    ground = synth.objects((256, 256), kind="gaussian", radius=20.0, height=1.0, seed=1)
    ground += synth.noise(ground.shape, rms=0.02, seed=2)
    settings = {"density": 0.001, "size": 2, "distribution": "salt_pepper", "seed": 3, "return_info": True}
    made, info = synth.spikes(base=ground, rms=1.0, **settings)
    marked = correct.mark_spikes(made)
    hit = np.zeros(info["count"], bool)
    np.logical_or.at(hit, info["spikes"], marked[info["rows"], info["columns"]])
    assert np.mean(hit) > 0.95
    marked[info["rows"], info["columns"]] = False
    assert np.mean(marked) < 1e-4
