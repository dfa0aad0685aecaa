"""Separated phases: the twin's heights step by step, wavelength, evenness, and phases of a base."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import ndimage

from afmnn import _core, synth
from afmnn._reference import phases as reference
from afmnn._seed import key_from


@pytest.mark.parametrize(
    ("shape", "width", "spread", "pixel"),
    [((64, 64), 6.0, 0.05, 1.0), ((61, 90), 20.0, 0.3, 1.0), ((50, 45), 5.0, 0.1, (1.5, 0.5)), ((40, 40), 60.0, 0.5, 1.0)],
)
def test_matches_twin(shape, width, spread, pixel):
    dy, dx = np.broadcast_to(pixel, 2)
    ours = synth.separated_phases(shape, stripe_width=width, spread=spread, height=2.0, pixel_size=pixel, seed=3)
    field = reference.ring_field(shape, width=width / dx, spread=spread, row_step=dy / dx, key=key_from(3))
    assert_array_equal(ours, 2 * reference.separated_phases(field, width / dx))


@pytest.mark.parametrize("shape", [(2, 2), (3, 40), (5, 63), (37, 29), (64, 64), (20, 65), (17, 128), (33, 131), (300, 7)])
@pytest.mark.parametrize("density", [0.0, 0.001, 0.02, 0.5, 0.9, 1.0])
def test_steps_are_those_of_the_twin(shape, density, rng):
    image = rng.random(shape) < density
    bits = image.astype(np.uint8)
    assert_array_equal(_core.torus_thin(bits), reference.thin(image))
    if image.any():
        assert_array_equal(_core.torus_squared_distances(bits), reference.squared_distances(image))
    else:
        assert _core.torus_squared_distances(bits).min() > 1e200
    for radius in (0, 1, 2, 5, 11):
        if radius < min(shape):  # the twin's image is repeated once to each side
            assert_array_equal(_core.torus_dilate(bits, radius), reference.dilate(image, radius))


@pytest.mark.parametrize("shape", [(70, 64), (50, 129), (41, 200)])
def test_stripes_too(shape, rng):
    for width in (2.0, 5.0):
        image = ndimage.gaussian_filter(rng.normal(size=shape), width, mode="wrap") > 0
        bits = image.astype(np.uint8)
        assert_array_equal(_core.torus_thin(bits), reference.thin(image))
        assert_array_equal(_core.torus_squared_distances(bits), reference.squared_distances(image))
        assert_array_equal(_core.torus_dilate(bits, 9), reference.dilate(image, 9))


def test_skeletons_stay_connected(rng):
    image = ndimage.gaussian_filter(rng.normal(size=(90, 80)), 4) > 0.01
    image[[0, -1]] = image[:, [0, -1]] = False  # so that nothing crosses the border
    thin = _core.torus_thin(image.astype(np.uint8)) > 0
    connected = np.ones((3, 3))
    assert ndimage.label(thin, connected)[1] == ndimage.label(image, connected)[1]
    assert not np.any(thin & ~image)
    assert thin.sum() < 0.3 * image.sum()


def test_stripes_have_the_wavelength_and_both_phases_as_much():
    powers, upper = 0.0, []
    for seed in range(8):
        z, info = synth.separated_phases((256, 256), stripe_width=10, seed=seed, return_info=True)
        assert set(np.unique(z)) <= {0.0, 0.5, 1.0}
        assert info["upper"] == np.mean(z == 1)
        assert info["undecided"] == np.mean(z == 0.5)
        upper.append(z.mean())
        powers = powers + np.abs(np.fft.rfft2(z - z.mean())) ** 2
    assert np.mean(upper) == pytest.approx(0.5, abs=0.02)
    k = np.hypot(np.fft.fftfreq(256)[:, None], np.arange(129) / 256)
    ring = (k > 0.02) & (k < 0.1)
    assert np.sum((k * powers)[ring]) / np.sum(powers[ring]) == pytest.approx(1 / 20, rel=0.03)
    # Widths are even: hardly a place is farther from the border of a phase than half a stripe.
    inside = ndimage.distance_transform_edt(z == 1)
    assert np.quantile(inside[inside > 0], 0.99) < 7


def test_a_smaller_spread_makes_the_peak_narrower():
    k = np.hypot(np.fft.fftfreq(256)[:, None], np.arange(129) / 256)
    near = np.abs(k - 1 / 16) < 0.004
    parts = []
    for spread in (0.02, 0.1, 0.3):
        made = [synth.separated_phases((256, 256), stripe_width=8, spread=spread, seed=seed) - 0.5 for seed in range(4)]
        powers = np.sum([np.abs(np.fft.rfft2(z)) ** 2 for z in made], axis=0)
        parts.append(powers[near].sum() / powers.sum())
    assert parts[0] > 1.2 * parts[1] > 1.4 * parts[2]


def test_stripes_lie_where_a_base_has_them():
    x = np.arange(128)
    base = np.sin(2 * np.pi * (x + 5) / 16) + np.zeros((128, 1)) + 0.3 * np.sin(2 * np.pi * np.arange(128) / 64)[:, None]
    made = np.mean([synth.separated_phases(base=base, stripe_width=8, spread=0.01, seed=seed) for seed in range(60)], axis=0)
    # Waves that the base has are where it has them in every image; the others lie at random.
    wave = made - made.mean()
    in_phase = np.mean(wave * np.sin(2 * np.pi * (x + 5) / 16))
    assert in_phase > 4 * abs(np.mean(wave * np.cos(2 * np.pi * (x + 5) / 16)))


def test_threads_change_nothing():
    heights = synth.separated_phases((200, 260), stripe_width=9, seed=1, threads=1)
    assert_array_equal(synth.separated_phases((200, 260), stripe_width=9, seed=1, threads=3), heights)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"stripe_width": 0.5}, "stripe_width must be 1 to 400 pixels long, got 0.5"),
        ({"stripe_width": 9, "spread": 0.0}, "spread must lie between 0.001 and 0.5, got 0.0"),
        ({"stripe_width": 9, "height": 0}, "height must be positive, got 0"),
    ],
)
def test_impossible_values_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        synth.separated_phases((64, 64), **settings)


@pytest.mark.parametrize("width", [1.0, 400.0])
@pytest.mark.parametrize("spread", [0.001, 0.5])
def test_extremes_give_numbers(width, spread):
    for shape in ((2, 2), (3, 31), (64, 61)):
        assert set(np.unique(synth.separated_phases(shape, stripe_width=width, spread=spread, seed=1))) <= {0.0, 0.5, 1.0}
