"""Level jumps are found where they are, the sample's own edges are left, and what lies between jumps comes to one level."""

import sys

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import Image, _core, correct, synth
from afmnn._reference import jumps as twin
from afmnn.correct import _jump_lines, _levels, _line_changes

SHAPE = (128, 96)


@pytest.fixture
def scan():
    """A rough surface with offsets of its lines that do not accumulate: changes from line to line spread by some 0.3."""
    surface = synth.objects(SHAPE, kind="gaussian", radius=9.0, height=1.0, coverage=0.3, seed=1)
    return surface + synth.noise(SHAPE, rms=0.05, seed=2) + np.random.default_rng(3).normal(0.0, 0.2, (SHAPE[0], 1))


def with_jump(heights, row, column, height, backward=False):
    jumped = heights.copy()
    jumped[row + 1 :] += height
    if backward:
        jumped[row, :column] += height
    else:
        jumped[row, column:] += height
    return jumped


@pytest.mark.parametrize("height", [2.0, -2.0, 6.0])
@pytest.mark.parametrize(("column", "backward"), [(0, False), (30, False), (48, False), (70, True)])
def test_a_jump_is_found_and_taken_off(scan, height, column, backward):
    jumped = with_jump(scan, 57, column, height, backward)
    (jump,) = correct.find_jumps(jumped)
    assert (jump.row, jump.column, jump.certain, jump.backward) == (57, jump.column, True, backward)
    assert abs(jump.column - column) <= 2
    assert abs(jump.height - height) < 0.5
    mended, info = correct.jumps(jumped, return_info=True)
    assert abs(np.median(mended[70:] - scan[70:])) < 0.5
    assert_array_equal(mended[:57], scan[:57])
    assert_allclose(info.removed, jumped - mended, rtol=0, atol=1e-12)
    assert info.figures["jumps"] == 1.0
    assert info.figures["ambiguous"] == 0.0
    assert abs(height) > info.figures["least"] > 0.0
    assert info.notes == ()
    marks = correct.mark_jumps(jumped)
    expected = np.zeros(SHAPE, bool)
    expected[57, slice(0, jump.column) if backward else slice(jump.column, None)] = True
    assert_array_equal(marks, expected)
    assert_array_equal(info.mask, expected)
    # A mask says the same as what is found by itself.
    assert_allclose(correct.jumps(jumped, mask=marks), mended, rtol=0, atol=0.2)


def test_nothing_found_leaves_every_bit(scan):
    for image in (scan, scan.astype(np.float32), np.zeros(SHAPE), np.full(SHAPE, 3.5)):
        assert correct.find_jumps(image) == ()
        mended, info = correct.jumps(image, return_info=True)
        assert_array_equal(mended, image)
        assert mended.dtype == image.dtype
        assert mended is not image
        assert not info.mask.any()


def test_several_jumps_are_determined_together(scan):
    jumped = scan.copy()
    for row, height in ((30, 3.0), (60, -5.0), (95, 8.0)):
        jumped[row:] += height
    assert [jump.row for jump in correct.find_jumps(jumped)] == [30, 60, 95]
    assert_allclose(correct.jumps(jumped) - scan, 0.0, atol=1.0)


def test_two_jumps_of_one_height_may_be_a_terrace(scan):
    """A ridge along the lines: left, unless one asks for it, and said."""
    ridge = scan.copy()
    ridge[40:70] += 4.0
    found = correct.find_jumps(ridge)
    assert [(jump.row, jump.certain) for jump in found] == [(40, False), (70, False)]
    mended, info = correct.jumps(ridge, return_info=True)
    assert_array_equal(mended, ridge)
    assert info.figures["ambiguous"] == 2.0
    assert "row 40, 70 may be edges of the sample" in info.notes[0]
    assert "left" in info.notes[0]
    assert not correct.mark_jumps(ridge).any()
    assert correct.mark_jumps(ridge, ambiguous=True).any(axis=1).sum() == 2
    assert_allclose(correct.jumps(ridge, ambiguous=True) - scan, 0.0, atol=0.5)


def test_wrong_lines_and_edges_across_are_no_jumps(scan):
    wrong = scan.copy()
    wrong[[30, 77]] += 20.0
    wrong[50:52] -= 15.0
    assert correct.find_jumps(wrong) == ()
    edge = scan.copy()
    edge[:, 40:] += 5.0
    assert correct.find_jumps(edge) == ()
    slanting = scan + 5.0 * (np.arange(SHAPE[0])[:, None] > 50 + 0.2 * np.arange(SHAPE[1]))
    assert correct.find_jumps(slanting) == ()


def test_what_stays_is_measured_on_the_lines_themselves(scan):
    """Because medians of changes do not add up: a rise that is gone after four lines, and one that is gone after 16."""
    fall = np.zeros((SHAPE[0], 1))
    fall[57:61, 0] = 4.0, 3.0, 2.0, 1.0
    place = _jump_lines.locate(fall + np.zeros(SHAPE), 56, 57, 4.0)
    assert (place.line, place.column) == (57, 0)
    assert_allclose((place.stays, place.remains), (10.0 / 6.0 / 4.0, 10.0 / 24.0 / 4.0))
    holes = fall + np.zeros(SHAPE)
    holes[58, 3:] = np.nan
    holes[:, 5] = np.nan
    assert_allclose(_jump_lines.locate(holes, 56, 57, 4.0).stays, 7.0 / 5.0 / 4.0)
    jumped = with_jump(scan, 57, 0, 3.0)
    place = _jump_lines.locate(jumped, 56, 57, 3.0)
    assert_allclose((place.stays, place.remains), 1.0, atol=0.15)


@pytest.mark.parametrize("slope", [-0.2, 0.2])
def test_a_plane_does_not_say_whether_a_jump_stays(scan, slope):
    (jump,) = correct.find_jumps(with_jump(scan, 57, 0, 1.6) + slope * np.arange(SHAPE[0])[:, None])
    assert (jump.row, jump.certain) == (57, True)


def test_a_low_jump_that_is_gone_after_many_lines_is_not_certain(scan, monkeypatch):
    """The tip wavers: mended, all that follows would lie too low. A high jump is none of that."""
    low, high = (with_jump(scan, 57, 0, height) for height in (0.9, 4.0))
    assert [jump.certain for image in (low, high) for jump in correct.find_jumps(image)] == [True, True]

    def locate(*arguments):
        return _jump_lines.locate(*arguments)._replace(remains=0.4)

    monkeypatch.setattr(sys.modules["afmnn.correct.jumps"], "locate", locate)
    assert [jump.certain for image in (low, high) for jump in correct.find_jumps(image)] == [False, True]


def test_offsets_that_accumulate_are_their_own_measure():
    rng = np.random.default_rng(8)
    for _ in range(5):
        walk = np.add.accumulate(rng.normal(size=(256, 1))) + 0.1 * rng.normal(size=(256, 64))
        assert correct.find_jumps(walk) == ()
        walk[100:] += 15.0
        assert [jump.row for jump in correct.find_jumps(walk)] == [100]


def test_units_tilt_axis_and_memory_do_not_matter(scan):
    jumped = with_jump(scan, 57, 30, 4.0)
    (jump,) = correct.find_jumps(jumped)
    plane = 0.2 * np.arange(SHAPE[0])[:, None] - 0.05 * np.arange(SHAPE[1])
    for scale, image in ((1e-9, 1e-9 * jumped), (-1.0, -jumped), (1.0, jumped + plane + 1e3)):
        (same,) = correct.find_jumps(image)
        assert same[:2] == jump[:2]
        assert same.height == pytest.approx(scale * jump.height, rel=1e-6)
    across = np.asfortranarray(jumped.T)
    (turned,) = correct.find_jumps(across, axis=0)
    assert turned == jump._replace(row=jump.column, column=jump.row)
    assert_array_equal(correct.mark_jumps(across, axis=0), correct.mark_jumps(jumped).T)
    assert_array_equal(correct.jumps(across, axis=0), correct.jumps(jumped).T)
    double = np.repeat(np.repeat(jumped, 2, axis=0), 3, axis=1)[::2, ::3]
    assert_array_equal(correct.jumps(double), correct.jumps(jumped))
    mended = correct.jumps(Image(jumped.astype(np.float32), size=(1e-6, 2e-6), unit_z="m"))
    assert isinstance(mended, Image)
    assert mended.dtype == np.float32
    assert mended.unit_z == "m"
    integers = np.round(100 * jumped).astype(int)
    assert correct.jumps(integers).dtype == np.float64


def test_missing_and_unused_pixels_say_nothing(scan):
    jumped = with_jump(scan, 57, 0, 4.0)
    holes = jumped.copy()
    holes[20:23] = np.nan
    holes[40:80, 10:20] = np.nan
    (jump,) = correct.find_jumps(holes)
    assert jump.row == 57
    mended = correct.jumps(holes)
    assert_array_equal(np.isnan(mended), np.isnan(holes))
    scar = jumped.copy()
    scar[50:65, :60] += 300.0 * np.random.default_rng(1).random((15, 60))
    use = np.ones(SHAPE, bool)
    use[50:65, :60] = False
    (jump,) = correct.find_jumps(scar, mask=use)
    assert jump.row == 57
    assert jump.height == pytest.approx(4.0, abs=0.5)
    assert correct.find_jumps(jumped, mask=np.zeros(SHAPE)) == ()
    assert correct.find_jumps(np.full(SHAPE, np.nan)) == ()
    # A mask that cuts the image in two: what is on one side of it stays comparable with the other.
    use = np.ones(SHAPE, bool)
    use[54:60] = False
    (jump,) = correct.find_jumps(jumped, mask=use)
    assert jump.row == 60
    assert jump.height == pytest.approx(4.0, abs=0.6)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 3), (15, 30)])
def test_small_images(shape, rng):
    image = rng.normal(size=shape)
    mended, info = correct.jumps(image, return_info=True)
    assert mended.shape == info.mask.shape == shape
    if shape[0] < 16:
        assert_array_equal(mended, image)


def test_refuses_what_is_wrong(scan):
    infinite = scan.copy()
    infinite[3, 4] = np.inf
    for image in (infinite, np.array([[1.0, np.inf]])):
        with pytest.raises(ValueError, match="image must not have infinite heights"):
            correct.jumps(image)
    with pytest.raises(ValueError, match="axis must be 0 or 1, got 2"):
        correct.find_jumps(scan, axis=2)
    with pytest.raises(ValueError, match="threshold must be positive, got 0"):
        correct.find_jumps(scan, threshold=0)
    with pytest.raises(ValueError, match=r"mask must have the shape of image \(128, 96\), got \(3, 3\)"):
        correct.jumps(scan, mask=np.zeros((3, 3)))
    with pytest.raises(ValueError, match="mask must"):
        correct.jumps(scan, mask=np.full(SHAPE, np.nan))
    with pytest.raises(ValueError, match="mask must begin new levels in at most a quarter of the 128 lines"):
        correct.jumps(scan, mask=np.ones(SHAPE))
    with pytest.raises(TypeError, match="ambiguous must be True or False"):
        correct.mark_jumps(scan, ambiguous="no")
    assert_array_equal(correct.jumps(scan, mask=np.zeros(SHAPE)), scan)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_changes_of_rows_are_those_of_the_twin(dtype, rng):
    heights = rng.normal(size=(37, 203)).astype(dtype)
    heights[rng.random(heights.shape) < 0.05] = np.nan
    heights[9:11] = np.nan
    used = rng.random(heights.shape) < 0.8
    used[20, 5:] = False
    for threads in (1, 3):
        for view in (heights, np.asfortranarray(heights)):
            for parts in (1, 32, 203):
                ours = _core.row_changes(view, used.view(np.uint8), 20, parts, threads)
                assert_array_equal(ours, twin.row_changes(heights, used, 20, parts))
    assert_array_equal(_core.row_changes(heights, None, 1, 1, 1), twin.row_changes(heights, ~np.isnan(heights), 1))


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_what_parts_change_in_common_is_that_of_the_twin(missing, rng):
    changes = rng.normal(size=(40, 12)) * 3.0 ** rng.normal(size=12)
    changes[rng.random(changes.shape) < missing] = np.nan
    changes[0] = np.nan
    changes[20:30, :8] = 0.5  # where most parts agree to the bit
    ours = _line_changes.common(changes, _line_changes.weights_of(changes))
    assert_allclose(ours, twin.common_change(changes), rtol=1e-12)
    pixels = rng.normal(size=(2, 101))
    pixels[rng.random(pixels.shape) < missing] = np.nan
    parts = _line_changes.changes_between(pixels[0], pixels[1], 12)
    assert_array_equal(parts, twin.row_changes(pixels, ~np.isnan(pixels), 0, 12)[1])


def test_parts_without_relief_say_what_the_level_is():
    """Three eighths of each line lie on a slope of the sample: the median of the line follows it, the ground does not."""
    scan = 0.1 * np.random.default_rng(4).normal(size=(64, 128))
    slope = np.add.accumulate(np.abs(np.random.default_rng(5).normal(size=(64, 48))), axis=0)
    scan[:, :48] += slope
    lines = _core.row_changes(scan, None, 1, 16, 1)
    common = _line_changes.common(lines, _line_changes.weights_of(lines))[1:]
    assert abs(common.sum()) < 0.1 * abs(np.median(np.diff(scan, axis=0), axis=1).sum())


def test_prediction_is_the_best_one_from_both_sides(rng):
    """The autocorrelation of the prediction-error filter against least squares, for lines with offsets of their own."""
    changes = np.diff(rng.normal(size=4001)) + 0.3 * rng.normal(size=4000)
    weights = _levels.examine(changes).weights
    covariance = np.zeros(2 * _levels.REACH + 1)
    covariance[:2] = 2.0 + 0.09, -1.0
    exact = twin.interpolation_weights(covariance, _levels.REACH)
    assert_allclose(weights, exact, atol=0.1)
    assert weights[_levels.REACH] == 1.0


def test_level_jumps_of_the_generator_are_found():
    """`line_steps` with few cumulative jumps is the twin of the defect: it says where they are."""
    steps, info = synth.line_steps((256, 128), rms=5.0, steps_per_line=1 / 256, cumulative=True, seed=6, return_info=True)
    scan = steps + synth.noise(steps.shape, rms=0.2, seed=5) + np.random.default_rng(6).normal(0.0, 0.2, (256, 1))
    (jump,) = correct.find_jumps(scan)
    assert jump.row == info["rows"][0]
    assert jump.height == pytest.approx(info["offsets"][0], abs=0.5)


def test_package_has_both_the_function_and_its_module():
    import afmnn.correct.jumps

    assert callable(afmnn.correct.jumps)
