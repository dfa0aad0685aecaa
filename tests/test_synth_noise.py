"""Point noise: the twin's numbers, the right distribution, and what may and may not change it."""

import os
import subprocess
import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from afmnn import Image, synth
from afmnn._reference import noise as reference
from afmnn._seed import key_from

pytestmark = pytest.mark.arithmetic

DISTRIBUTIONS = ("gaussian", "laplace", "uniform", "triangular", "salt_pepper")
KURTOSIS = {"gaussian": 3.0, "laplace": 6.0, "uniform": 1.8, "triangular": 2.4, "salt_pepper": 1.0}
EXACT = {
    "gaussian": stats.norm,
    "laplace": stats.laplace(scale=np.sqrt(0.5)),
    "uniform": stats.uniform(-np.sqrt(3), 2 * np.sqrt(3)),
    "triangular": stats.triang(0.5, -np.sqrt(6), 2 * np.sqrt(6)),
}
ONE_SIDED_MEAN = {
    "gaussian": np.sqrt(2 / np.pi),
    "laplace": np.sqrt(1 / 2),
    "uniform": np.sqrt(3) / 2,
    "triangular": np.sqrt(6) / 3,
    "salt_pepper": 1.0,
}


@pytest.mark.parametrize("sign", ["both", "positive", "negative"])
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_matches_twin(distribution, sign):
    for shape in [(2, 2), (3, 7), (5, 64), (4, 131)]:
        ours = synth.noise(shape, rms=2.5e-9, distribution=distribution, sign=sign, density=0.7, seed=5)
        twin = reference.noise(*shape, 2.5e-9, distribution, sign, 0.7, key=key_from(5))
        assert_array_equal(ours == 0, twin == 0)
        assert_allclose(ours, twin, rtol=4e-15, atol=2e-15 * 2.5e-9 * (distribution == "triangular"))


# Relative error of the squared rms of n values: sqrt((kurtosis - 1) / n); of the kurtosis: from the eighth moment.
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_moments(distribution):
    x = synth.noise((800, 2001), rms=3.0, distribution=distribution, seed=11).ravel() / 3.0
    n, kurtosis = x.size, KURTOSIS[distribution]
    assert abs(x.mean()) < 4 / np.sqrt(n)
    assert abs(np.mean(x**2) - 1) <= 4 * np.sqrt((kurtosis - 1) / n) + 1e-14
    assert abs(np.mean(x**3)) < 4 * np.sqrt(np.mean(x**6) / n)
    assert abs(np.mean(x**4) - kurtosis) < 4 * np.sqrt(np.mean(x**8) / n)


@pytest.mark.parametrize("sign", ["positive", "negative"])
@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_one_sided_moments(distribution, sign):
    x = synth.noise((1000, 1001), rms=3.0, distribution=distribution, sign=sign, seed=12) / 3.0
    mean, n = ONE_SIDED_MEAN[distribution], x.size
    x = x if sign == "positive" else -x
    assert x.min() >= 0
    std = np.sqrt(1 - mean**2)
    assert abs(x.mean() - mean) <= 4 * std / np.sqrt(n) + 1e-14
    assert abs(np.mean(x**2) - 1) <= 4 * np.sqrt((KURTOSIS[distribution] - 1) / n) + 1e-14
    assert abs(x.std() - std) < 0.005
    both = synth.noise((1000, 1001), rms=3.0, distribution=distribution, seed=12) / 3.0
    assert_array_equal(x, abs(both))


@pytest.mark.parametrize("distribution", list(EXACT))
def test_distribution_is_exact(distribution):
    """Kolmogorov and Smirnov over two million draws see an error of 1.5e-3 in the distribution function."""
    x = np.sort(synth.noise((1000, 2000), rms=1.0, distribution=distribution, seed=13).ravel())
    cdf = EXACT[distribution].cdf(x)
    n = x.size
    distance = max(np.max(np.arange(1, n + 1) / n - cdf), np.max(cdf - np.arange(n) / n))
    assert stats.kstwobign.sf(distance * np.sqrt(n)) > 1e-4
    assert len(np.unique(x)) == n  # a grid of 2^-53: equal values would show a coarser one


def test_gaussian_tails_and_independence_of_pairs():
    """Counts beyond 3, 4 and 5 sigma; radius and angle of neighbours, which come from one pair of draws."""
    x = synth.noise((4000, 4000), rms=1.0, seed=14)
    for limit in (3, 4, 5):
        expected = x.size * 2 * stats.norm.sf(limit)
        assert abs(np.count_nonzero(abs(x) > limit) - expected) < 4.5 * np.sqrt(expected)
    even, odd = x[:1000, 0::2].ravel(), x[:1000, 1::2].ravel()
    turns = np.sort(np.arctan2(odd, even) / (2 * np.pi) + 0.5)
    uniform = np.arange(turns.size) / turns.size
    assert stats.kstwobign.sf(np.max(abs(turns - uniform)) * np.sqrt(turns.size)) > 1e-4
    for power in (1, 2):
        correlation = np.corrcoef(even**power, odd**power)[0, 1]
        assert abs(correlation) < 4.5 / np.sqrt(even.size)


def test_no_correlation_at_any_lag():
    x = synth.noise((512, 512), rms=1.0, seed=15)
    spectrum = abs(np.fft.fft2(x)) ** 2
    correlation = np.fft.ifft2(spectrum).real / np.sum(x**2)
    correlation[0, 0] = 0
    assert abs(correlation).max() < 6 / np.sqrt(x.size)
    for lag in [(0, 1), (1, 0), (1, 1), (0, 8), (0, 16), (16, 0)]:
        assert abs(correlation[lag]) < 4 / np.sqrt(x.size)


@pytest.mark.parametrize("density", [0.5, 0.03, 1e-4])
def test_density(density):
    x = synth.noise((1200, 1500), rms=2.0, density=density, seed=16)
    count = np.count_nonzero(x)
    assert abs(count - density * x.size) < 4 * np.sqrt(density * x.size)
    full = synth.noise((1200, 1500), rms=2.0, seed=16)
    assert_array_equal(x[x != 0], full[x != 0])
    # Where noise falls says nothing about its height.
    assert abs(np.mean(x[x != 0] ** 2) / 4 - 1) < 4.5 * np.sqrt(2 / count)


def test_lowest_density_runs():
    counts = [np.count_nonzero(synth.noise((1000, 1000), rms=1.0, density=1e-6, seed=s)) for s in range(20)]
    assert 20 - 4 * np.sqrt(20) < sum(counts) < 20 + 4.5 * np.sqrt(20)


def test_images_of_other_sizes_agree_where_they_overlap():
    big = synth.noise((130, 257), rms=1.0, density=0.8, seed=17)
    for shape in [(2, 2), (130, 31), (17, 257), (99, 200)]:
        assert_array_equal(synth.noise(shape, rms=1.0, density=0.8, seed=17), big[: shape[0], : shape[1]])


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_same_bits_for_any_number_of_threads(distribution):
    one, two, three = (
        synth.noise((500, 333), rms=1e-9, distribution=distribution, density=0.9, seed=18, threads=t) for t in (1, 2, 3)
    )
    assert_array_equal(one, two)
    assert_array_equal(one, three)


def test_scales_with_rms_and_depends_on_the_seed():
    x = synth.noise((40, 50), rms=1.0, seed=19)
    assert_array_equal(synth.noise((40, 50), rms=2.0**-30, seed=19), x * 2.0**-30)
    assert not np.any(synth.noise((40, 50), rms=1.0, seed=20) == x)
    assert not np.any(synth.noise((40, 50), rms=1.0) == synth.noise((40, 50), rms=1.0))


def test_adds_to_base_and_leaves_it_alone(rng):
    base = rng.normal(size=(30, 41))
    kept = base.copy()
    x = synth.noise((30, 41), rms=1.0, seed=21)
    assert_array_equal(synth.noise(base=base, rms=1.0, seed=21), base + x)
    assert_array_equal(synth.noise(rms=1.0, base=Image(base, size=(1e-6, 2e-6), unit_z="m"), seed=21), base + x)
    assert_array_equal(synth.noise((30, 41), rms=1.0, base=np.zeros((30, 41), np.float32), seed=21), x)
    assert_array_equal(base, kept)


def test_info_counts_pixels():
    x, info = synth.noise((60, 70), rms=1.0, density=0.3, seed=22, return_info=True)
    assert info == {"count": np.count_nonzero(x)}


@pytest.mark.parametrize("instructions", ["generic", "avx2", "avx512"])
def test_same_numbers_from_every_instruction_set(instructions):
    """The bits are the same and the numbers differ by a few ulp at most; the choice is made once per process."""
    code = (
        "import sys, numpy as np; from afmnn import synth; sys.stdout.buffer.write(np.stack(["
        "synth.noise((9, 301), rms=1.0, distribution=d, density=0.9, seed=23) for d in "
        f"{DISTRIBUTIONS!r}] + [synth.line_hum((9, 301), rms=1.0, wavelength=9.5, seed=23)]).tobytes())"
    )
    environment = os.environ | {"AFMNN_SIMD": instructions, "OMP_NUM_THREADS": "1"}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    if b"AFMNN_SIMD must name" in run.stderr:
        pytest.skip(f"this machine has no {instructions}")
    assert run.returncode == 0, run.stderr.decode()
    there = np.frombuffer(run.stdout).reshape(-1, 9, 301)
    here = [synth.noise((9, 301), rms=1.0, distribution=d, density=0.9, seed=23) for d in DISTRIBUTIONS]
    assert_array_equal(there[:5] == 0, np.array(here) == 0)
    assert_allclose(there[:5], here, rtol=3e-15, atol=1e-15)
    assert_allclose(there[5], synth.line_hum((9, 301), rms=1.0, wavelength=9.5, seed=23), rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"shape": (1, 5)}, ValueError, r"shape\[0\] must be at least 2, got 1"),
        ({"shape": None}, ValueError, "shape must be given"),
        ({"shape": (5.0, 5)}, TypeError, r"shape\[0\] must be an integer"),
        ({"rms": 0.0}, ValueError, "rms must be positive, got 0.0"),
        ({"rms": -1e-9}, ValueError, "rms must be positive"),
        ({"rms": np.nan}, ValueError, "rms must be finite, got nan"),
        ({"rms": "1"}, TypeError, "rms must be a real number"),
        ({"distribution": "normal"}, ValueError, "distribution must be one of 'gaussian'.*'salt_pepper', got 'normal'"),
        ({"sign": "up"}, ValueError, "sign must be one of 'both', 'positive', 'negative', got 'up'"),
        ({"density": 0.0}, ValueError, "density must lie between 1e-06 and 1, got 0.0"),
        ({"density": 1.1}, ValueError, "density must lie between 1e-06 and 1, got 1.1"),
        ({"base": np.zeros((3, 4))}, ValueError, "base must have the shape"),
        ({"base": np.full((8, 8), np.nan)}, ValueError, "base must be finite"),
        ({"pixel_size": 0.0}, ValueError, "pixel_size must be positive"),
        ({"seed": -1}, ValueError, "seed must be non-negative"),
        ({"seed": 1.5}, TypeError, "seed must be None"),
        ({"threads": 0}, ValueError, "threads must be at least 1"),
    ],
)
def test_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        synth.noise(**({"shape": (8, 8), "rms": 1.0} | arguments))
