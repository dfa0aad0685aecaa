"""clean(): what is mended before the network sees a scan, what is put back, and that nothing spoils what lies beside."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import synth

SHAPE = (160, 200)
OFF = {"jumps": "off", "lines": "off", "scars": "off", "spikes": "off"}
WAYS = ("mend", "keep", "off")


@pytest.fixture(scope="module")
def net():
    return afmnn.load("universal")


@pytest.fixture(scope="module")
def ideal():
    return np.asarray(synth.particles(SHAPE, radius=9, coverage=0.4, seed=3))


@pytest.fixture(scope="module")
def noisy(ideal):
    return ideal + synth.noise(SHAPE, rms=0.4, seed=4) + synth.line_steps(SHAPE, rms=0.3, seed=5)


def only(name, way="mend"):
    return {**OFF, name: way}


def spoilt(name, noisy):
    """A scan with one defect, 20 spreads of the noise high, and the pixels that are wrong."""
    scan, wrong = noisy.copy(), np.zeros(SHAPE, bool)
    if name == "jumps":
        scan[90:] += 8.0
        wrong[90] = True
    elif name == "lines":
        scan[70] = 8.0 * np.random.default_rng(1).normal(size=SHAPE[1])
        wrong[70] = True
    elif name == "scars":
        scan[60, 40:90] += 8.0
        scan[110, 100:130] -= 8.0
        wrong[60, 40:90] = wrong[110, 100:130] = True
    else:
        scan[33, 50] += 12.0
        scan[120, 20] -= 12.0
        wrong[33, 50] = wrong[120, 20] = True
    return scan, wrong


def error(cleaned, ideal, rows):
    return float(np.std((cleaned - ideal)[rows]))


@pytest.mark.parametrize("name", OFF)
def test_a_defect_is_found_told_and_does_not_spoil_what_lies_beside(name, net, noisy, ideal):
    scan, wrong = spoilt(name, noisy)
    cleaned, info = afmnn.clean(scan, net, return_info=True)
    assert name in info.marks
    assert (info.marks[name] & wrong).sum() >= 0.8 * wrong.sum()
    assert info.done["mended"][name] == np.count_nonzero(info.marks[name])
    rows = np.flatnonzero(wrong.any(axis=1))
    beside = np.unique([r + d for r in rows for d in (-3, -2, -1, 1, 2, 3)])
    truth = ideal + (8.0 * (np.arange(SHAPE[0]) >= 90)[:, None] if name == "jumps" else 0.0)
    plain = afmnn.clean(noisy, net, **OFF)
    left_alone = afmnn.clean(scan, net, **OFF)
    if name == "jumps":
        truth = ideal
    assert error(cleaned, truth, beside) < 1.5 * error(plain, ideal, beside)
    if name != "spikes":  # which spoil little around them
        assert error(cleaned, truth, beside) < 0.9 * error(left_alone, truth, beside)


@pytest.mark.parametrize("name", ["lines", "scars", "spikes"])
def test_what_is_kept_comes_back_to_the_bit_and_only_there(name, net, noisy):
    scan, _ = spoilt(name, noisy)
    mended, info = afmnn.clean(scan, net, return_info=True, **only(name))
    kept, same = afmnn.clean(scan, net, return_info=True, **only(name, "keep"))
    assert_array_equal(same.marks[name], info.marks[name])
    marked = info.marks[name]
    assert_array_equal(kept[marked], scan[marked])
    assert_array_equal(kept[~marked], mended[~marked])
    assert_array_equal(same.residual[marked], 0.0)


def test_a_jump_that_is_kept_is_put_back(net, noisy):
    scan, _ = spoilt("jumps", noisy)
    mended, info = afmnn.clean(scan, net, return_info=True, **only("jumps"))
    kept = afmnn.clean(scan, net, **only("jumps", "keep"))
    step = kept - mended
    assert_allclose(step[95:], step[120, 0], rtol=0, atol=1e-9)
    assert step[120, 0] - step[20, 0] == pytest.approx(8.0, abs=0.5)
    assert info.marks["jumps"].any()


@pytest.mark.parametrize("level", [None, "plane", "rows"])
def test_residual_is_what_left_the_scan(level, net, noisy):
    scan, _ = spoilt("scars", noisy)
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    scan += 0.05 * y - 0.03 * x
    cleaned, info = afmnn.clean(scan, net, level=level, return_info=True)
    left = scan - cleaned - info.residual
    if level is None:
        assert_allclose(left, 0.0, atol=1e-9)
    else:  # a plane
        assert_allclose(np.asarray(afmnn.level(left)), 0.0, atol=1e-9)


def test_parts_between_jumps_do_not_see_each_other(net, noisy):
    """The tip came down elsewhere: what was scanned before says nothing about what comes after."""
    scan, _ = spoilt("jumps", noisy)
    other = scan.copy()
    other[:80] = scan[:80][::-1, ::-1]  # other heights above, of the same relief
    one, two = (afmnn.clean(each, net, return_info=True, **only("jumps")) for each in (scan, other))
    assert one[1].marks["jumps"].any()
    assert two[1].marks["jumps"].any()
    flat = [np.asarray(afmnn.level(each[0][91:])) for each in (one, two)]
    # The scale, which both parts share, and the plane differ a little; a row beside a jump would differ by much more.
    assert np.abs(flat[0] - flat[1]).max() < 0.1 * 0.4


def test_a_scan_without_defects_is_the_work_of_the_network_alone(net, noisy, ideal):
    cleaned, info = afmnn.clean(noisy, net, return_info=True)
    assert sum(map(np.count_nonzero, info.marks.values())) < 1e-3 * noisy.size
    assert info.notes == ()
    plain = afmnn.clean(noisy, net, **OFF)
    assert error(cleaned, ideal, slice(None)) < 1.1 * error(plain, ideal, slice(None))
    hills = synth.objects(SHAPE, kind="gaussian", radius=20, height=9, coverage=0.3, seed=1)
    smooth = hills + synth.noise(SHAPE, rms=0.4, seed=4)
    cleaned, info = afmnn.clean(smooth, net, return_info=True)
    assert dict(info.marks) == {}
    assert_array_equal(cleaned, afmnn.clean(smooth, net, **OFF))


def test_line_figures_before_are_those_of_the_scan_as_it_came(net, noisy):
    scan, _ = spoilt("lines", noisy)
    _, info = afmnn.clean(scan, net, return_info=True)
    assert info.figures["row_steps_before"] == pytest.approx(afmnn.metrics.row_steps(scan), rel=1e-6)
    assert info.figures["rms_removed"] < np.std(info.residual)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_images_keep_type_unit_and_missing_pixels(dtype, net, noisy):
    scan, _ = spoilt("jumps", noisy)
    scan[20:23, 30:50] = np.nan
    image = afmnn.Image(scan.astype(dtype), (1e-6, 1e-6), "m", "nm", "Height")
    for way in WAYS:
        cleaned = afmnn.clean(image, net, **dict.fromkeys(OFF, way))
        assert (cleaned.dtype, cleaned.unit_z, cleaned.title) == (dtype, "nm", "Height")
        assert_array_equal(np.isnan(cleaned.data), np.isnan(scan))
    assert_array_equal(np.asarray(image.data), scan.astype(dtype))


def test_threads_change_nothing(net, noisy):
    scan, _ = spoilt("jumps", noisy)
    assert_array_equal(afmnn.clean(scan, net, threads=1), afmnn.clean(scan, net, threads=2))
