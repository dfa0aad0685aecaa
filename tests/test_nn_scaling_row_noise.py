"""Scaling by the noise from row to row: what networks whose fovea compresses count heights in."""

import dataclasses

import numpy as np
import pytest

import afmnn
from afmnn import Scaling
from afmnn.nn import scaling
from afmnn.nn.scaling import LinearScaling
from networks import COMPRESSING, LATER_COMPRESSING, fovea_network, staged_network

ROW_NOISE = Scaling("row-noise", 0.0, 1.0, 0.0, 1.0, row_noise=0.5)


def measure(image):
    return scaling.measure(ROW_NOISE, np.asarray(image), 1)


def relief(shape):
    """Hills a thousand times higher than the noise below, on a slope."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return 500.0 * np.sin(rows / 40.0) * np.cos(cols / 55.0) + 3.0 * rows - 2.0 * cols + 400.0 * (cols > shape[1] // 3)


@pytest.mark.parametrize("shape", [(100, 120), (256, 256), (700, 900)])
def test_it_is_the_noise_whatever_the_relief(shape, rng):
    noise = rng.normal(0.0, 0.7, shape)
    found = measure(relief(shape) + noise)
    # The relief itself has second differences of 0.3; medians of 8192 and more sizes vary by one or two hundredths.
    assert found.row_noise == pytest.approx(0.7, rel=0.08)
    assert found.kind == "row-noise"
    assert found.levelled
    levelled = scaling.measure(Scaling("levelled", 0.0, 1.0, 0.0, 1.0), relief(shape) + noise, 1)
    assert (found.row_slope, found.col_slope, found.in_shift) == (levelled.row_slope, levelled.col_slope, levelled.in_shift)


def test_offsets_of_lines_count_and_bow_does_not(rng):
    shape = (256, 256)
    lines = rng.normal(0.0, 0.7, (shape[0], 1)) + np.zeros(shape)
    assert measure(relief(shape) + lines).row_noise == pytest.approx(0.7, rel=0.15)  # of 254 independent differences
    image = relief(shape) + rng.normal(0.0, 0.7, shape)
    bow = 1000.0 * np.linspace(-1.0, 1.0, shape[1]) ** 2
    assert measure(image + bow).row_noise == pytest.approx(measure(image).row_noise, rel=1e-9)


@pytest.mark.parametrize("shape", [(40, 50), (300, 200), (3, 70)])
def test_flips_units_and_planes_change_nothing_else(shape, rng):
    image = rng.normal(size=shape)
    noise = measure(image).row_noise
    for flipped in (image[::-1], image[:, ::-1], image[::-1, ::-1]):
        assert measure(flipped).row_noise == pytest.approx(noise, rel=1e-12)
    assert measure(image * 1024.0).row_noise == 1024.0 * noise
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    assert measure(image + 5.0 * rows - 3.0 * cols + 7.0).row_noise == pytest.approx(noise, rel=1e-9)


def test_missing_pixels_do_not_take_part(rng):
    image = rng.normal(size=(80, 90))
    image[rng.random(image.shape) < 0.2] = np.nan
    image[:10] = np.nan
    assert measure(image).row_noise == pytest.approx(1.0, rel=0.06)


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")  # nothing but noise; none of NumPy's may come
@pytest.mark.parametrize("shape", [(80, 90), (400, 500)])
def test_infinite_heights_do_not_take_part_either(shape, rng):
    image = rng.normal(size=shape)
    image[7], image[8:10], image[20, 30] = np.inf, -np.inf, np.nan
    assert measure(image).row_noise == pytest.approx(1.0, rel=0.06)
    clean = afmnn.apply("universal", image, nan="keep")
    assert np.array_equal(np.isnan(clean), ~np.isfinite(image))


def test_ground_without_noise_leaves_the_word_to_the_rest(rng):
    image = np.zeros((100, 100))
    image[:, :30] = rng.normal(size=(100, 30))
    flat = measure(image)
    # The highest tenth of all changes is the highest third of the noisy ones.
    assert flat.row_noise == pytest.approx(0.25 * 0.97 / 1.645, rel=0.1)
    step = np.zeros((100, 100))
    step[:, 50:] = 1.0
    found = measure(step)
    assert found.row_noise == pytest.approx(1e-4 / found.in_factor, rel=1e-12)


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (2, 2), (1, 60), (60, 1), (2, 60), (60, 2), (3, 1)])
def test_images_that_are_next_to_nothing(shape, rng):
    image = rng.normal(size=shape)
    found = measure(image)
    assert found.row_noise > 0
    net = fovea_network(rng, fovea=COMPRESSING)
    assert np.isfinite(afmnn.apply(net, image)).all()
    assert np.array_equal(afmnn.apply(net, np.full(shape, 3.5)), np.full(shape, 3.5))


def test_numbers_for_the_core():
    assert LinearScaling.of(dataclasses.replace(ROW_NOISE, in_shift=3.0)) == (3.0, 2.0, 0.0, 2.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"row_noise": 0.0}, "row_noise must be positive"),
        ({"row_noise": np.inf}, "row_noise must be"),
        ({"kind": "levelled"}, "row_noise must be 0 unless kind is 'row-noise'"),
        ({"kind": "noise"}, "kind must be one of"),
    ],
)
def test_wrong_scalings_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        dataclasses.replace(ROW_NOISE, **changes)


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
def test_networks_come_back_from_files(tmp_path, rng):
    net = staged_network(rng, 2, (4,), (COMPRESSING, LATER_COMPRESSING))
    net.save(tmp_path / "net.npz")
    again = afmnn.load(tmp_path / "net.npz")
    assert (again.scaling, again.fovea, again.before.fovea) == (net.scaling, net.fovea, net.before.fovea)
    image = relief((60, 70)) + rng.normal(size=(60, 70))
    assert np.array_equal(afmnn.apply(again, image), afmnn.apply(net, image))


def test_a_fovea_and_its_scaling_belong_together(rng):
    net = fovea_network(rng, fovea=COMPRESSING)
    with pytest.raises(ValueError, match="scaling must be a 'row-noise' Scaling for a fovea"):
        dataclasses.replace(net, scaling=Scaling("levelled", 0.0, 1.0, 0.0, 1.0))
