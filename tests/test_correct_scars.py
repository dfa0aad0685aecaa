"""Scars: marks equal the twin's, what is found and what is left alone, and what the mend leaves of them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import Image, _core, correct, synth
from afmnn._reference import scars as twin


@pytest.fixture
def terraces(rng):
    """Terraces at an angle to the lines, with noise, on lines with offsets."""
    y, x = np.indices((60, 90))
    z = np.floor((x + 3 * y) / 40) + 0.05 * rng.normal(size=x.shape)
    return z + 0.3 * rng.normal(size=(60, 1))


def marks_of_twin(z, sign="both", threshold=3.5, soft=1.75, min_length=6, max_width=4):
    signs = {"both": [1, -1], "positive": [1], "negative": [-1]}[sign]
    return twin.mark_scars(np.asarray(z, float), signs, threshold, soft, min_length, max_width)


def with_scars(z, rng, count=8, height=1.0, widths=(1, 2, 4)):
    z, truth = z.copy(), np.zeros(z.shape, bool)
    for i in range(count):
        width = widths[i % len(widths)]
        length = max(8 * width, int(rng.integers(8, 30)))
        r, c = 3 + int(rng.integers(0, len(z) - 10)), int(rng.integers(0, z.shape[1] - length))
        z[r : r + width, c : c + length] += height * (1 if i % 3 else -1)
        truth[r : r + width, c : c + length] = True
    return z, truth


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("missing", [0.0, 0.002])
def test_marks_equal_the_twin(terraces, seed, missing):
    rng = np.random.default_rng(seed)
    z, _ = with_scars(terraces, rng, height=2.0)
    z[rng.random(z.shape) < missing] = np.nan
    for settings in ({}, {"sign": "negative", "max_width": 10}, {"threshold": 1.0, "soft_threshold": 0.3, "min_length": 3}):
        ours = correct.mark_scars(z, **settings)
        names = {("soft" if name == "soft_threshold" else name): value for name, value in settings.items()}
        assert_array_equal(ours, marks_of_twin(z, **names))
        assert settings.get("sign") == "negative" or ours.any()
        assert_array_equal(correct.mark_scars(z.astype(np.float32), **settings), marks_of_twin(z.astype(np.float32), **names))


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 40), (3, 3), (3, 40), (40, 4), (40, 5), (33, 31), (70, 33)])
def test_small_images_equal_the_twin(rng, shape):
    z = rng.normal(size=shape)
    z[len(z) // 2, shape[1] // 4 :] += 9.0
    assert_array_equal(correct.mark_scars(z, threshold=0.5), marks_of_twin(z, threshold=0.5, soft=0.25))


def test_marks_where_there_is_much_to_find(rng):
    """So many stretches that room for them must grow."""
    z = rng.normal(size=(40, 200))
    settings = {"threshold": 0.02, "soft_threshold": 0.02, "min_length": 1}
    assert_array_equal(correct.mark_scars(z, **settings), marks_of_twin(z, threshold=0.02, soft=0.02, min_length=1))


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("sign", [1, -1])
def test_scars_are_found_to_the_pixel(terraces, width, sign):
    z = terraces.copy()
    z[30 : 30 + width, 20:60] += sign * 3.0
    truth = z != terraces
    assert_array_equal(correct.mark_scars(z), truth)
    name, other = ("positive", "negative") if sign > 0 else ("negative", "positive")
    assert_array_equal(correct.mark_scars(z, sign=name), truth)
    assert not correct.mark_scars(z, sign=other).any()
    if width > 1:
        assert not correct.mark_scars(z, max_width=width - 1).any()


def test_a_wide_smear_of_ragged_lines(terraces):
    z = terraces.copy()
    for r, (first, last) in enumerate([(20, 52), (25, 60), (18, 50), (22, 57)], 20):
        z[r, first:last] += 4.0
    truth = z != terraces
    found = correct.mark_scars(z, min_length=4)  # the ends are shorter than the smear
    assert np.count_nonzero(found & ~truth) < 0.1 * np.count_nonzero(truth)  # ends that others beside them have
    assert found[truth].mean() > 0.9


def test_what_is_no_scar(rng):
    """Steps, ridges and particles of the sample, offsets of lines and within them."""
    y, x = np.indices((128, 128))
    noise = 0.02 * rng.normal(size=x.shape)
    surfaces = {
        "step along the lines": (y > 60) * 1.0,
        "grating along the lines": np.sin(2 * np.pi * y / 8),
        "grating at a small angle": np.sin(2 * np.pi * (y + 0.03 * x) / 10),
        "lattice": np.cos(2 * np.pi * x / 6) + np.cos(2 * np.pi * y / 6),
        "lattice at an angle": np.cos(2 * np.pi * (x + 0.2 * y) / 11) + np.cos(2 * np.pi * (y - 0.2 * x) / 11),
        "particles": np.exp(-((x % 32 - 16.3) ** 2 + (y % 32 - 16.6) ** 2) / 4.5),
        "tilt": 3.0 * x - 5.0 * y,
        "offsets": rng.normal(size=(128, 1)),
    }
    for name, surface in surfaces.items():
        assert not correct.mark_scars(surface + noise).any(), name
    steps = synth.line_steps((128, 128), rms=1.0, steps_per_line=1.0, within_line=1.0, seed=4)
    assert correct.mark_scars(steps + noise).mean() < 0.002


def test_an_offset_that_goes_on_at_the_next_line_is_no_scar(rng):
    """What ends at one edge and begins at the other on the next line lasted in time: the tip jumped up and back."""
    z = 0.02 * rng.normal(size=(60, 90))
    alone = z.copy()
    alone[30, 70:] += 1.0
    assert_array_equal(correct.mark_scars(alone), alone != z)
    for left, right in ((31, 30), (30, 31)):
        both = z.copy()
        both[right, 70:] += 1.0
        both[left, :20] += 1.0
        assert not correct.mark_scars(both).any()


def test_a_scar_over_half_of_its_line(rng):
    """The level of the line is that of its other half, which is no scar."""
    z = 0.05 * rng.normal(size=(60, 200)) + 0.3 * rng.normal(size=(60, 1))
    for row, length in ((15, 80), (30, 90), (45, 96)):
        z[row, 50 : 50 + length] += 2.0
        marks = correct.mark_scars(z)
        assert marks[row, 50 : 50 + length].all()
        assert np.count_nonzero(marks[row]) == length
    assert_array_equal(marks, marks_of_twin(z))


def test_thresholds_are_relative(terraces, rng):
    z, truth = with_scars(terraces, rng, count=3, height=3.0)  # more would be what is usual in so few lines
    marks = correct.mark_scars(z)
    assert marks[truth].mean() > 0.8
    assert_array_equal(correct.mark_scars(2.0**-30 * z), marks)
    y, x = np.indices(z.shape)
    assert_array_equal(correct.mark_scars(1e-9 * z + 2e-6 + 3e-9 * x - 7e-9 * y), marks)
    assert_array_equal(correct.mark_scars(-z, sign="negative"), correct.mark_scars(z, sign="positive"))
    for flipped in ((slice(None, None, -1), slice(None)), (slice(None), slice(None, None, -1))):
        assert np.mean(correct.mark_scars(z[flipped]) != marks[flipped]) < 0.01  # windows lie elsewhere


def test_marks_do_not_depend_on_threads_or_memory(rng):
    z, _ = with_scars(rng.normal(size=(150, 700)), rng, count=30, height=9.0)
    marks = correct.mark_scars(z, threads=1)
    assert marks.any()
    assert_array_equal(correct.mark_scars(z, threads=3), marks)
    assert_array_equal(correct.mark_scars(np.asfortranarray(z)), marks)
    assert_array_equal(correct.mark_scars(np.repeat(z, 2, axis=1)[:, ::2]), marks)
    assert_array_equal(correct.mark_scars(z.T, axis=0), marks.T)
    assert_array_equal(correct.mark_scars(Image(z)), marks)
    whole = np.round(1000 * z).astype(int)
    assert_array_equal(correct.mark_scars(whole), correct.mark_scars(whole.astype(float)))


def test_mask_says_where_to_look(terraces):
    z = terraces.copy()
    z[20, 20:60] += 3.0
    z[40, 20:60] += 3.0
    mask = np.ones(z.shape)
    mask[38:43] = 0
    marks = correct.mark_scars(z, mask=mask)
    assert marks[20, 20:60].all()
    assert not marks[38:43].any()


# ---- mends


def test_mended_scars_are_as_wrong_as_their_neighbours(rng):
    y, x = np.indices((120, 160))
    ideal = 3.0 * np.sin(x / 25.0) * np.cos(y / 30.0) + 0.02 * x
    clean = ideal + 0.5 * rng.normal(size=(120, 1))
    noisy = clean + 0.05 * rng.normal(size=ideal.shape)
    z, truth = with_scars(noisy, rng, count=12, height=2.0, widths=(1, 1, 2))
    mended, info = correct.scars(z, return_info=True)
    rms = np.sqrt(np.mean((mended - clean)[truth] ** 2))
    assert rms < 2 * 0.05
    assert_array_equal(mended[~info.mask], z[~info.mask])
    assert_array_equal(info.removed, z - mended)
    assert info.figures == {"pixels": float(info.mask.sum()), "fraction": info.mask.mean()}
    beside = np.roll(truth, 1, axis=0) & ~truth
    assert_array_equal(mended[beside & ~info.mask], z[beside & ~info.mask])


def test_mends_by_a_given_mask(terraces):
    z = terraces.astype(np.float32)
    mask = np.zeros(z.shape)
    mask[10:14, 5:25] = 1
    z[12, 8] = z[50, 50] = np.nan
    mended = correct.scars(z, mask=mask)
    assert mended.dtype == np.float32
    assert_array_equal(np.isnan(mended), np.isnan(z))
    assert_array_equal(mended[mask == 0], z[mask == 0])
    assert not np.array_equal(mended[mask == 1], z[mask == 1])
    garbage = np.where((mask == 1) & ~np.isnan(z), np.float32(1e6), z)
    assert_array_equal(correct.scars(garbage, mask=mask), mended)  # what is marked says nothing
    assert_array_equal(correct.scars(z.T, mask=mask.T, axis=0), mended.T)
    image = Image(z, size=(1e-6, 2e-6), unit_xy="m", unit_z="m", title="t")
    mended_image = correct.scars(image, mask=mask)
    assert (mended_image.title, mended_image.size) == ("t", image.size)
    assert_array_equal(mended_image.data, mended)


def test_a_plane_with_offsets_is_mended_exactly(rng):
    y, x = np.indices((40, 50))
    z = 0.3 * x - 0.7 * y + rng.normal(size=(40, 1))
    mask = np.zeros(z.shape, bool)
    mask[10:13, 10:30] = mask[0, :20] = mask[-1, 30:] = mask[20:30, 5] = True
    spoiled = np.where(mask, 99.0, z)
    assert_allclose(correct.scars(spoiled, mask=mask)[1:-1], z[1:-1], atol=1e-12)


def test_columns_without_good_pixels_and_masks_that_cut_the_image(rng):
    z = rng.normal(size=(20, 30))
    column = np.zeros(z.shape, bool)
    column[:, 12] = True
    flat = np.where(column, 50.0, np.arange(30.0))
    assert_allclose(correct.scars(flat, mask=column), np.broadcast_to(np.arange(30.0), z.shape), atol=1e-12)
    row = np.zeros(z.shape, bool)
    row[7:9] = True
    assert np.abs(correct.scars(np.where(row, 50.0, z), mask=row)).max() < 10.0


def test_nothing_wrong_nothing_changed(terraces):
    mended, info = correct.scars(terraces, return_info=True)
    assert_array_equal(mended, terraces)
    assert mended is not terraces
    assert not info.mask.any()
    assert not info.removed.any()
    for z in (np.full((5, 7), np.nan), np.zeros((9, 9)), np.ones((1, 1)), np.ones((1, 8)), np.ones((8, 1))):
        assert_array_equal(correct.scars(z), z)
    nothing = np.full((5, 7), np.nan)
    assert_array_equal(correct.scars(nothing, mask=np.ones((5, 7))), nothing)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"image": np.zeros(4)}, ValueError, "image must be two-dimensional"),
        ({"image": np.array([[1.0, np.inf]])}, ValueError, "image must not have infinite heights; NaN marks missing pixels"),
        ({"image": np.zeros((2, 2), complex)}, TypeError, "image must be an array of real numbers"),
        ({"axis": 2}, ValueError, "axis must be 0 or 1, got 2"),
        ({"sign": "up"}, ValueError, "sign must be"),
        ({"threshold": 0.0}, ValueError, "threshold must be positive, got 0.0"),
        ({"soft_threshold": 4.0}, ValueError, "soft_threshold must be at most threshold = 3.5, got 4.0"),
        ({"soft_threshold": -1.0}, ValueError, "soft_threshold must be positive, got -1.0"),
        ({"min_length": 0}, ValueError, "min_length must be at least 1, got 0"),
        ({"max_width": 11}, ValueError, "max_width must"),
        ({"mask": np.ones((3, 3))}, ValueError, r"mask must have the shape of image \(6, 6\), got \(3, 3\)"),
        ({"mask": np.full((6, 6), np.nan)}, ValueError, "mask must be finite"),
    ],
)
def test_bad_arguments(changes, error, message):
    arguments = {"image": np.zeros((6, 6))} | changes
    for function in (correct.mark_scars, correct.scars):
        with pytest.raises(error, match=message):
            function(**arguments)


def test_a_mask_of_everything_is_refused():
    with pytest.raises(ValueError, match="mask must leave pixels to fill from, got none that is neither marked nor NaN"):
        correct.scars(np.zeros((4, 4)), mask=np.ones((4, 4)))


def test_wrong_calls_of_the_core_raise():
    z, out = np.zeros((4, 5)), np.zeros((4, 5), np.uint8)
    for arguments in (
        (z, out[:3], True, True, 2.0, 1.0, 4, 4, 1),
        (z[0], out, True, True, 2.0, 1.0, 4, 4, 1),
        (z, out, True, True, 1.0, 2.0, 4, 4, 1),
        (z, out, True, True, 2.0, 1.0, 0, 4, 1),
        (z, out, True, True, 2.0, 1.0, 4, 0, 1),
    ):
        with pytest.raises(ValueError, match="must be"):
            _core.mark_scars(*arguments)
