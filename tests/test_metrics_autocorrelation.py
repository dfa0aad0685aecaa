"""Roughness: Sal and Str, by loops over pairs of pixels and on surfaces whose lengths are known."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from afmnn import Image, synth
from afmnn.metrics import autocorrelation, sal, str_

BOTH = (sal, str_)


def slow_autocorrelation(z):
    rest = z - np.nanmean(z)
    rows, cols = z.shape
    found = np.full((rows // 2 + 1, 2 * (cols // 2) + 1), np.nan)
    for down in range(rows // 2 + 1):
        for aside in range(-(cols // 2), cols // 2 + 1):
            one = rest[: rows - down, max(-aside, 0) : cols - max(aside, 0)]
            other = rest[down:, max(aside, 0) : cols - max(-aside, 0)]
            products = (one * other)[~np.isnan(one * other)]
            if products.size >= 0.05 * np.count_nonzero(~np.isnan(z)):
                found[down, aside + cols // 2] = products.mean()
    return found / found[0, cols // 2]


def slow_lengths(found, dy, dx):
    """Walk in small steps along each ray; the border of the half plane has both ends of every other direction."""
    down, aside = found.shape[0] - 1, found.shape[1] // 2
    ends = {(down, x) for x in range(-aside, aside + 1)} | {(y, x) for y in range(down + 1) for x in (-aside, aside)}
    shortest, longest = math.inf, 0.0
    for y, x in ends:
        n = 200 * max(y, abs(x))
        for i in range(1, n + 1):
            r, c = y * i / n, x * i / n + aside
            r0, c0 = min(int(r), down - 1), min(int(c), 2 * aside - 1)
            four = found[r0 : r0 + 2, c0 : c0 + 2]
            value = np.array([1 - (r - r0), r - r0]) @ four @ np.array([1 - (c - c0), c - c0])
            if not value > 0.2:
                break
        length = math.hypot(y * dy, x * dx) * i / n
        longest = max(longest, length)
        if value <= 0.2:
            shortest = min(shortest, length)
    return shortest, longest


def rough(shape, times, seed=0):
    """Noise that is averaged with its neighbour time after time, down and aside."""
    z = np.random.RandomState(seed).random_sample(shape)
    for axis, count in enumerate(times):
        for _ in range(count):
            z = 0.5 * (z + np.roll(z, 1, axis))
    return z


@pytest.mark.parametrize(("shape", "times"), [((12, 17), (2, 2)), ((21, 10), (8, 1)), ((4, 4), (0, 0)), ((9, 30), (1, 12))])
@pytest.mark.parametrize("missing", [False, True])
def test_loops_give_the_same(shape, times, missing):
    z = rough(shape, times)
    if missing:
        z[1, 2:4] = z[shape[0] // 2 :, 0] = np.nan
    expected = slow_autocorrelation(z)
    assert_allclose(autocorrelation._autocorrelation(z), expected, rtol=0, atol=1e-12)
    shortest, longest = slow_lengths(expected, 0.5, 0.7)
    assert_allclose(sal(z, pixel_size=(0.5, 0.7)), shortest, rtol=0, atol=0.01)
    assert_allclose(str_(z, pixel_size=(0.5, 0.7)), shortest / longest, rtol=0, atol=0.02)


def test_distances_with_few_pairs_say_nothing():
    z = rough((40, 40), (4, 4))
    z[2:, 8:] = np.nan  # of distances that are long in both directions, hardly a pair is left
    found = autocorrelation._autocorrelation(z)
    assert_allclose(found, slow_autocorrelation(z), rtol=0, atol=1e-12)
    assert np.isnan(found).any()
    assert not np.isnan(found[:2, 20:]).any()


@pytest.mark.parametrize("period", [20, 50])
def test_a_wave(period):
    """cos(2 pi t / period) falls to 0.2 at 0.218 periods; along the crests it does not fall, so that half of the image counts."""
    z = np.tile(np.sin(2 * np.pi * np.arange(1000) / period), (300, 1))
    expected = math.acos(0.2) / (2 * math.pi) * period
    assert_allclose(sal(z), expected, rtol=0.01)
    assert_allclose(str_(z), expected / 150, rtol=0.02)
    assert_allclose(sal(z.T, pixel_size=3.0), 3 * expected, rtol=0.01)
    turned = synth.pattern_grating((300, 300), period=float(period), height=1.0, angle=0.6, seed=1)
    assert str_(turned) < 0.1


@pytest.mark.parametrize("width", [4.0, 8.0])
def test_a_gaussian_autocorrelation(width):
    """Noise that is smoothed by a Gaussian of width s has exp(-t^2 / (4 s^2)), which is 0.2 at 2 s sqrt(ln 5)."""
    n = 512
    k = np.hypot(np.fft.fftfreq(n)[:, None], np.fft.rfftfreq(n)[None])
    waves = np.fft.rfft2(synth.noise((n, n), rms=1.0, seed=3)) * np.exp(-2 * (np.pi * k * width) ** 2)
    z = np.fft.irfft2(waves, (n, n))
    expected = 2 * width * math.sqrt(math.log(5))
    assert_allclose(sal(z), expected, rtol=0.08)  # the shortest of all directions: a little less than the mean
    assert 0.8 < str_(z) <= 1
    assert_allclose(sal(z, pixel_size=(1.0, 3.0)), sal(z), rtol=0.08)
    assert str_(z, pixel_size=(1.0, 3.0)) == pytest.approx(1 / 3, rel=0.15)


def test_white_noise():
    z = synth.noise((400, 300), rms=1.0, seed=1)
    assert_allclose(sal(z), 0.78, atol=0.01)
    assert_allclose(str_(z), 0.97, atol=0.02)


def test_neither_units_nor_offset_nor_sides_matter():
    z = rough((90, 120), (3, 9))
    expected = sal(z), str_(z)
    for other in (1e-9 * z + 5e-7, z[::-1], z[:, ::-1], z.T, np.asfortranarray(-z)):
        assert_allclose((sal(other), str_(other)), expected, rtol=1e-6)
    image = Image(z, (9.0, 12.0), "µm", "V")
    assert_allclose(sal(image), 0.1 * expected[0], rtol=1e-12)
    assert_allclose(str_(image), expected[1], rtol=1e-12)
    assert_allclose(sal(image, pixel_size=2.0), 2 * expected[0], rtol=1e-12)


def test_a_mask_leaves_the_length_of_the_ground():
    """Large grains on a fine ground: without them its own length is left."""
    ground = 0.01 * rough((200, 200), (4, 4), seed=2)
    grains = synth.objects((200, 200), radius=12.0, height=1.0, coverage=0.3, seed=1)
    z = ground + grains
    assert sal(z) > 2 * sal(ground)
    assert_allclose(sal(z, mask=grains > 0, mask_mode="exclude"), sal(ground), rtol=0.1)


@pytest.mark.parametrize("measure", BOTH)
@pytest.mark.parametrize(
    ("image", "options", "message"),
    [
        (np.eye(3), {}, r"image must have at least 4 rows and 4 columns, got shape \(3, 3\)"),
        ([[1.0]], {}, r"image must have at least 4 rows and 4 columns, got shape \(1, 1\)"),
        (np.arange(9.0)[None], {}, r"image must have at least 4 rows and 4 columns, got shape \(1, 9\)"),
        (np.full((4, 4), np.nan), {}, "image must have pixels that are not NaN and count, got none"),
        (np.full((4, 4), np.inf), {}, "image must not have infinite heights"),
        (np.full((4, 4), 7.0), {}, "image must not be constant, got 7 everywhere"),
        (np.eye(4), {"mask": np.zeros((4, 4))}, "mask must leave a pixel that counts, got none"),
        (np.eye(4), {"mask": np.ones((4, 4)) - np.eye(4)}, "image must not be constant, got 0 everywhere"),
        (np.eye(4), {"pixel_size": -1.0}, "pixel_size must be positive"),
    ],
)
def test_refusals(measure, image, options, message):
    with pytest.raises(ValueError, match=message):
        measure(image, **options)


@pytest.mark.parametrize("measure", BOTH)
def test_two_islands_far_apart(measure):
    """All pairs that are there are within an island, where it hardly changes."""
    z = np.full((16, 16), np.nan)
    z[:4, :2], z[-4:, -2:] = 0.0, 1.0
    with pytest.raises(ValueError, match=r"an autocorrelation that falls to 0.2 within half of it, got 1 and more"):
        measure(z)


@pytest.mark.parametrize("least", [1, 2, 7, 11, 6143, 6145])
def test_sizes_of_transforms(least):
    size = autocorrelation._transform_size(least)
    assert least <= size < 1.2 * least + 2
    assert size % 2 == 0
    assert 2**30 * 3**20 * 5**13 % size == 0
