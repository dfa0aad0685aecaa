"""Wrong lines: the twin's numbers, what each kind leaves of a line, and what may and may not change it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from afmnn import Image, _core, correct, synth
from afmnn._reference import line_errors as reference
from afmnn._seed import key_from
from afmnn.synth.line_errors import LINE_ERROR_KINDS

KINDS = (*LINE_ERROR_KINDS, "mixed")
DISTRIBUTIONS = ("gaussian", "laplace", "uniform", "triangular", "salt_pepper")
every_kind = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def base(rng):
    return rng.normal(size=(60, 41)) + 5.0


@every_kind
@pytest.mark.parametrize("shape", [(2, 2), (60, 41), (31, 200)])
@pytest.mark.parametrize(("distribution", "sign"), [("gaussian", "both"), ("salt_pepper", "negative"), ("uniform", "positive")])
def test_matches_twin(kind, shape, distribution, sign, rng):
    base = rng.normal(size=shape)
    for density in (1e-6, 0.3, 1.0):
        settings = {"kind": kind, "density": density, "distribution": distribution, "sign": sign}
        ours, info = synth.line_errors(base=base, rms=3.0, seed=1, return_info=True, **settings)
        count = max(round(density * shape[0]), 1)
        twin, told = reference.line_errors(base, 3.0, distribution, sign, kind, count, key=key_from(1))
        assert_allclose(ours, twin, rtol=1e-12, atol=1e-12)
        assert info["count"] == told["count"] == count
        assert_array_equal(info["rows"], told["rows"])
        assert list(info["kinds"]) == told["kinds"]
        assert_allclose(info["heights"], told["heights"], rtol=1e-12)


@every_kind
def test_only_the_lines_of_the_info_change(base, kind):
    made, info = synth.line_errors(base=base, rms=2.0, density=0.2, kind=kind, seed=2, return_info=True)
    assert info["count"] == len(set(info["rows"])) == 12
    assert np.all(np.diff(info["rows"]) > 0)
    right = np.delete(np.arange(60), info["rows"])
    assert_array_equal(made[right], base[right])
    assert np.all((made[info["rows"]] != base[info["rows"]]).any(axis=1))


def test_kinds_are_what_they_are_called(base):
    """From the heights alone, without the twin's formulas."""

    def lines(kind, **settings):
        made, info = synth.line_errors(base=base, rms=2.0, density=0.5, kind=kind, seed=3, return_info=True, **settings)
        return made[info["rows"]], base[info["rows"]], info["heights"]

    offset, before, heights = lines("offset")
    assert_allclose(offset - before, heights[:, None] * np.ones(41), rtol=0, atol=1e-14 * 20)
    constant, before, heights = lines("constant")
    assert np.all(np.ptp(constant, axis=1) == 0.0)
    assert_allclose(constant[:, 0] - np.median(before, axis=1), heights, rtol=0, atol=1e-13)
    inverted, before, heights = lines("inverted")
    assert_allclose([np.corrcoef(a, b)[0, 1] for a, b in zip(inverted, before, strict=True)], -1.0, atol=1e-12)
    assert_allclose(np.median(inverted, axis=1), np.median(before, axis=1), rtol=1e-12)
    assert_array_equal(heights, 0.0)
    for sign, end in (("positive", np.min), ("negative", np.max)):
        saturated, before, _ = lines("saturated", sign=sign)
        held = saturated == end(saturated, axis=1, keepdims=True)
        assert np.all(np.count_nonzero(held, axis=1) >= 21)
        assert_array_equal(saturated[~held], before[~held])
        assert np.any(~held)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_heights_and_garbage_have_the_rms(distribution):
    """Both the draws of the lines and those of the pixels have it; and not the same numbers."""
    settings = {"rms": 3.0, "density": 1.0, "distribution": distribution, "seed": 4, "return_info": True}
    _, info = synth.line_errors((20_000, 2), **settings)
    kurtosis = {"gaussian": 3, "laplace": 6, "uniform": 1.8, "triangular": 2.4, "salt_pepper": 1}[distribution]
    assert abs(np.mean(info["heights"] ** 2) / 9 - 1) < 4 * np.sqrt((kurtosis - 1) / 20_000) + 1e-12
    assert abs(np.mean(info["heights"])) < 4 * 3 / np.sqrt(20_000)
    garbage, _ = synth.line_errors((200, 1000), kind="noise", **settings)
    assert abs(np.mean(garbage**2) / 9 - 1) < 4 * np.sqrt((kurtosis - 1) / 200_000) + 1e-12
    assert abs(np.corrcoef(garbage)[np.triu_indices(200, 1)].mean()) < 4 / np.sqrt(1000 * 199 * 100)


def test_rows_are_uniform_and_kinds_equally_likely():
    rows, kinds = [], []
    base = np.arange(200.0)[:, None] + np.arange(3.0)
    for seed in range(300):
        _, info = synth.line_errors(base=base, rms=1.0, density=0.05, kind="mixed", seed=seed, return_info=True)
        rows.append(info["rows"])
        kinds.append(info["kinds"])
    assert {len(each) for each in rows} == {10}
    # Without repetition within an image, counts vary a little less than a chi-square distribution says.
    assert stats.chisquare(np.bincount(np.concatenate(rows), minlength=200)).pvalue > 1e-4
    counts = [np.count_nonzero(np.concatenate(kinds) == kind) for kind in LINE_ERROR_KINDS]
    assert sum(counts) == 3000
    assert stats.chisquare(counts).pvalue > 1e-4


def test_settings_reshuffle_nothing_else(base):
    _, few = synth.line_errors(base=base, rms=1.0, density=0.1, seed=5, return_info=True)
    _, many = synth.line_errors(base=base, rms=1.0, density=0.4, seed=5, return_info=True)
    assert set(few["rows"]) < set(many["rows"])
    assert_array_equal(few["heights"], many["heights"][np.isin(many["rows"], few["rows"])])
    mixed, info = synth.line_errors(base=base, rms=1.0, density=0.4, kind="mixed", seed=5, return_info=True)
    assert_array_equal(info["rows"], many["rows"])
    for kind in LINE_ERROR_KINDS:
        one = synth.line_errors(base=base, rms=1.0, density=0.4, kind=kind, seed=5)
        mine = info["rows"][info["kinds"] == kind]
        assert len(mine) > 0
        assert_array_equal(mixed[mine], one[mine])


@every_kind
def test_same_bits_for_any_number_of_threads(kind, rng):
    base = rng.normal(size=(1500, 350))
    one, two, three = (synth.line_errors(base=base, rms=1e-9, density=0.4, kind=kind, seed=6, threads=t) for t in (1, 2, 3))
    assert_array_equal(one, two)
    assert_array_equal(one, three)


@every_kind
def test_scales_and_depends_on_the_seed(base, kind):
    made = synth.line_errors(base=base, rms=2.0, kind=kind, seed=7)
    small = synth.line_errors(base=base * 2.0**-30, rms=2.0**-29, kind=kind, seed=7)
    assert_array_equal(small, made * 2.0**-30)
    assert np.any(synth.line_errors(base=base, rms=2.0, kind=kind, seed=8) != made)


@every_kind
def test_leaves_the_base_alone_whatever_it_is(base, kind):
    kept = base.copy()
    made = synth.line_errors(base=base, rms=2.0, kind=kind, seed=9)
    for given in (Image(base, unit_z="m"), np.asfortranarray(base), base[::-1][::-1]):
        assert_array_equal(synth.line_errors(base=given, rms=2.0, kind=kind, seed=9), made)
    assert_array_equal(base, kept)
    assert_array_equal(synth.line_errors((60, 41), base=base, rms=2.0, kind=kind, seed=9, pixel_size=1e-9), made)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"shape": (5, 1)}, ValueError, r"shape\[1\] must be at least 2, got 1"),
        ({"rms": 0.0}, ValueError, "rms must be positive, got 0.0"),
        ({"density": 0.0}, ValueError, "density must lie between 1e-06 and 1, got 0.0"),
        ({"density": 1.1}, ValueError, "density must lie between 1e-06 and 1, got 1.1"),
        ({"kind": "wrong"}, ValueError, "kind must be one of 'offset', .*'mixed', got 'wrong'"),
        ({"kind": "mixed"}, ValueError, "kind must be one of 'offset', 'noise' where no base is given, got 'mixed'"),
        ({"kind": "inverted"}, ValueError, "kind must be one of 'offset', 'noise' where no base is given, got 'inverted'"),
        ({"base": np.full((8, 8), np.nan)}, ValueError, "base must be finite"),
        ({"distribution": "cauchy"}, ValueError, "distribution must be one of 'gaussian'"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        synth.line_errors(**({"shape": (8, 8), "rms": 1.0} | arguments))


def test_core_refuses_what_would_crash():
    heights = np.zeros((4, 5))
    good = {"rms": 1.0, "distribution": 0, "sign": 0, "kind": 0, "count": 2, "key": 1, "threads": 1}
    _core.line_errors(heights, **good)
    for wrong, message in (
        ({"count": 5}, "count must be from 0"),
        ({"count": -1}, "count must be from 0"),
        ({"kind": 6}, "kind must be a number"),
        ({"kind": -1}, "kind must be a number"),
        ({"distribution": 5}, "distribution must be"),
        ({"threads": 0}, "threads must be"),
    ):
        with pytest.raises(ValueError, match=message):
            _core.line_errors(heights, **(good | wrong))
    for array in (np.zeros(4), np.zeros((0, 5))):
        with pytest.raises(ValueError, match="heights must be"):
            _core.line_errors(array, **good)
    for array in (np.zeros((4, 5), np.float32), np.asfortranarray(heights)):
        with pytest.raises(TypeError):
            _core.line_errors(array, **good)


def test_correct_lines_finds_them():
    """By line, on a relief of smooth hills: what is far outside of the lines near is found, and hardly anything else."""
    ground = synth.objects((256, 256), kind="gaussian", radius=20.0, height=1.0, coverage=0.3, seed=1)
    ground += synth.noise(ground.shape, rms=0.02, seed=2)
    for kind in ("offset", "constant", "saturated", "noise"):
        settings = {"kind": kind, "density": 0.03, "distribution": "salt_pepper", "seed": 3, "return_info": True}
        made, info = synth.line_errors(base=ground, rms=2.0, **settings)
        found = np.flatnonzero(correct.mark_lines(made).all(axis=1))
        assert set(info["rows"]) <= set(found), kind
        assert len(found) <= info["count"] + 1, kind
