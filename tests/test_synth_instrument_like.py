"""synth.instrument_like: gets back what scans were made with, says what it cannot tell, refuses what it cannot use."""

import json
import math

import numpy as np
import pytest

from afmnn import Image, _core, read_image, synth
from afmnn.cli import main
from afmnn.formats.images import write_image
from afmnn.synth.instrument_like._background import _filled
from afmnn.synth.instrument_like._model import EXPONENTS, Clock, Lags, bent, wander_grid
from afmnn.synth.instrument_like._numbers import box, left_out, medians, running, trimmed_square
from afmnn.synth.instrument_like._register import register
from afmnn.synth.instrument_like._statistics import Smoothed, lags_of, quiet_beside, steepness_beside

SHAPE = (256, 256)
NOISE = {"white": 0.02, "wander": 0.06, "wander_exponent": 1.4, "wander_corner": 2.0, "line_offsets": 0.1}


@pytest.fixture(scope="module")
def relief():
    z = synth.objects(SHAPE, radius=12, height=12, coverage=0.4, radius_spread=0.3, seed=1)
    return (z - z.mean()) / z.std()


def scanned(relief, seed=3, noise=NOISE, **parts):
    return synth.Instrument(noise=noise, **parts).scan(relief, seed=seed)


# ---- the model ------------------------------------------------------------------------------------------------------


def test_predicted_mean_squares_are_those_of_wander_that_was_made():
    """What is fitted is exact: means over many scans of wander alone, differences weighed as the model weighs them."""
    rows, cols, turn, seeds = 48, 40, 4, 60
    clock, lags = Clock(rows, cols, turn), Lags((1, 4, 13), (1, 3), (0, 20, 39), (1, 3))
    seen = np.zeros((2, 3))
    apart, lines = np.zeros(3), np.zeros(2)
    for seed in range(seeds):
        out = np.zeros((2, rows, cols))
        corner = 4.0 / clock.line * 2**2  # lines: the fifth of the grid
        _core.instrument_wander(out, turn, 1.0, EXPONENTS[20], 1 / (corner * clock.line), seed, threads=1)
        trace, retrace = out
        d, three = trace - retrace, trace[1:-1] - 0.5 * (trace[2:] + trace[:-2])
        for i, lag in enumerate(lags.along):
            seen[0, i] += np.mean((d[:, lag:] - d[:, :-lag]) ** 2) / seeds
            seen[1, i] += 4 / 3 * np.mean((three[:, lag:] - three[:, :-lag]) ** 2) / seeds
        apart += [np.mean(d[:, c] ** 2) / seeds for c in lags.columns]
        for i, lag in enumerate(lags.between):
            off = trace[lag:-lag] - 0.5 * (trace[2 * lag :] + trace[: -2 * lag])
            lines[i] += 4 / 3 * np.mean(off.mean(axis=1) ** 2) / seeds
    for both in (True, False):
        grid = wander_grid(clock, lags, both)
        place = int(np.argmin(abs(grid.corners - corner) * 1e3 + abs(grid.exponents - EXPONENTS[20])))
        assert grid.corners[place] == pytest.approx(corner)
        np.testing.assert_allclose(grid.along[place], seen[0 if both else 1], rtol=0.06)
        np.testing.assert_allclose(grid.lines[place], lines, rtol=0.15)
        if both:
            np.testing.assert_allclose(grid.apart[place], apart, rtol=0.1)


def test_bent_differences_of_independent_numbers_are_twice_their_mean_square():
    assert bent(1.0, np.zeros(1), np.zeros(1))[0] == 2.0
    # A straight slope has covariances that fall alike: own - one = one - two is not bent, but for the constant.
    assert bent(5.0, np.array([5.0]), np.array([5.0]))[0] == pytest.approx(0.0)


# ---- figures --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("part", [0.5, 0.8, 1.0])
def test_trimmed_squares_are_variances_and_blind_to_what_is_high(rng, part):
    x = rng.normal(0, 3, 100_000)
    assert trimmed_square(x, part) == pytest.approx(9, rel=0.03)
    if part == 0.5:
        x[:10_000] += 1000
        assert trimmed_square(x, part) < 15
    assert math.isnan(trimmed_square(np.full(20, np.nan), part))


def test_medians_leave_out_what_is_missing(rng):
    x = rng.normal(size=(5, 101))
    x[1, :20] = np.nan
    x[2, :90] = np.nan
    expected = np.nanmedian(x, axis=1)
    found = medians(x, 1)
    assert math.isnan(found[2])
    np.testing.assert_allclose(found[[0, 1, 3, 4]], expected[[0, 1, 3, 4]], atol=0.03)
    np.testing.assert_array_equal(medians(x.T.copy(), 0), found)


def test_blocks_are_left_out_one_by_one():
    blocks = np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 6.0]])
    np.testing.assert_array_equal(left_out(blocks), [[3, 4], [4, 6], [3, 4], [2, 2]])


@pytest.mark.parametrize("reach", [1, 3, 12, 40])
@pytest.mark.parametrize("axis", [0, 1])
def test_running_sums_have_fewer_pixels_at_the_edges(rng, reach, axis):
    x = rng.normal(size=(30, 17))
    ones = np.ones(2 * reach + 1)
    expected = np.apply_along_axis(lambda line: np.convolve(line, ones)[reach : reach + len(line)], axis, x)
    np.testing.assert_allclose(running(x, reach, axis), expected, atol=1e-12)


def test_means_leave_out_what_is_missing(rng):
    x = rng.normal(size=(20, 30))
    holed = x.copy()
    holed[3, 4] = np.nan
    np.testing.assert_array_equal(box(holed, 3)[7:], box(x, 3)[7:])
    assert box(holed, 1)[3, 4] == pytest.approx((x[2:5, 3:6].sum() - x[3, 4]) / 8)


def test_profiles_go_straight_over_what_is_missing(rng):
    x = rng.normal(size=40)
    there = rng.random(40) > 0.5
    expected = np.interp(np.arange(40), np.flatnonzero(there), x[there])
    np.testing.assert_allclose(_filled(np.where(there, x, np.nan), there), expected, atol=1e-12)
    assert not _filled(np.full(9, np.nan), np.zeros(9, np.bool_)).any()


@pytest.mark.parametrize("apart", [1, 2, 4])
def test_lines_that_are_compared_do_not_say_where_it_is_quiet(rng, apart):
    z = rng.normal(size=(40, 31))
    before = steepness_beside(Smoothed.of(z), apart)
    for row in (20 - apart, 20, 20 + apart):
        z[row] = rng.normal(size=31)
    after = steepness_beside(Smoothed.of(z), apart)
    np.testing.assert_array_equal(after[20], before[20])
    assert (after[[17, 23]] != before[[17, 23]]).any()
    mask = quiet_beside(Smoothed.of(z), 0.5, apart)
    assert np.count_nonzero(mask) == pytest.approx(0.5 * z.size, abs=1)
    assert after[mask].max() < after[~mask].min()


def test_steepness_is_that_of_the_relief():
    """A plane is as steep everywhere, along lines and across them alike; the outermost pixels do not say."""
    y, x = np.mgrid[:40, :31].astype(float)
    for apart in (1, 2, 4):
        np.testing.assert_allclose(steepness_beside(Smoothed.of(0.5 * x), apart)[4:-4, 6:-6], 9.0)
        twisted = steepness_beside(Smoothed.of(0.1 * (x - 15) * (y - 20)), apart)[20, 6:-6]
        np.testing.assert_allclose(twisted, 0.36 * (x[20, 6:-6] - 15) ** 2, atol=1e-12)


@pytest.mark.parametrize(("lag", "hysteresis"), [(2.3, 1.0), (-4.0, 0.0), (7.5, -2.0)])
def test_the_lag_is_found_to_a_tenth_of_a_pixel(relief, lag, hysteresis):
    found = register(*scanned(relief, scanner={"lag": lag, "hysteresis": hysteresis}))
    assert found.certain
    assert found.lag == pytest.approx(lag, abs=0.1)
    assert found.hysteresis == pytest.approx(hysteresis, abs=0.15)


# ---- what comes back ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("both", "tolerance"), [(True, 0.12), (False, 0.2)])
def test_noise_comes_back(relief, both, tolerance):
    found = []
    for seed in range(3):
        trace, retrace = scanned(relief, seed)
        noise = synth.instrument_like((trace, retrace) if both else trace).instrument.noise
        found.append([noise.white / 0.02, noise.wander / 0.06, noise.line_offsets / 0.1, noise.wander_exponent - 1.4])
    white, wander, offsets, exponent = np.median(found, axis=0)
    assert white == pytest.approx(1, abs=2 * tolerance)
    assert wander == pytest.approx(1, abs=tolerance)
    assert offsets == pytest.approx(1, abs=tolerance)
    assert abs(exponent) < 0.2


def test_white_noise_alone_is_no_wander(relief):
    like = synth.instrument_like(scanned(relief, noise={"white": 0.05}))
    assert like.instrument.noise.white == pytest.approx(0.05, rel=0.05)
    assert like.instrument.noise.wander < 0.015
    assert "noise.wander" in like.unknown
    assert like.uncertainties["noise.white"] < 0.005


def test_more_noise_is_measured_as_more(relief):
    """Everything scales with the heights: a figure that mixes powers of them would not."""
    trace, retrace = scanned(relief)
    one, many = (synth.instrument_like((factor * trace, factor * retrace)) for factor in (1.0, 1024.0))
    for name in ("white", "wander", "line_offsets"):
        assert getattr(many.instrument.noise, name) == pytest.approx(1024 * getattr(one.instrument.noise, name), rel=1e-9)
    assert many.instrument.noise.wander_exponent == one.instrument.noise.wander_exponent
    assert many.relative().instrument.noise.white == pytest.approx(one.relative().instrument.noise.white, rel=1e-9)


def test_hum_is_found_from_both_directions_or_its_frequency(relief):
    trace, retrace = scanned(relief, noise={"white": 0.02, "hum": 0.06, "hum_frequency": 17.3}, scanner={"lag": 2})
    for like in (synth.instrument_like((trace, retrace)), synth.instrument_like(trace, hum_frequency=17.3)):
        assert like.instrument.noise.hum_frequency == pytest.approx(17.3, rel=1e-3)
        assert like.instrument.noise.hum == pytest.approx(0.06, rel=0.1)
        assert like.instrument.noise.white == pytest.approx(0.02, rel=0.2)
    alone = synth.instrument_like(trace)
    assert alone.instrument.noise.hum == 0
    assert "hum_frequency" in alone.unknown["noise.hum"]


def test_scars_are_counted(relief):
    events = {"scars": 5e-4, "scar_length": 30, "scar_height": 1.0}
    like = synth.instrument_like(scanned(relief, noise={"white": 0.02, "line_offsets": 0.02}, events=events))
    assert like.instrument.events.scars == pytest.approx(5e-4, rel=0.4)
    assert like.instrument.events.scar_length == pytest.approx(30, rel=0.4)
    assert like.instrument.events.scar_height == pytest.approx(1.0, rel=0.4)
    assert synth.instrument_like(scanned(relief, noise={"white": 0.02})).instrument.events.scars < 5e-5


def test_tilt_and_bow_come_back():
    flat = synth.objects(SHAPE, radius=6, height=0.3, coverage=0.05, seed=2)
    like = synth.instrument_like(scanned(flat, noise={"white": 0.05}, scanner={"tilt_x": 0.02, "tilt_y": -0.01, "bow": 0.5}))
    scanner = like.instrument.scanner
    assert scanner.tilt_x == pytest.approx(0.02, rel=0.03)
    assert scanner.tilt_y == pytest.approx(-0.01, rel=0.1)
    assert scanner.bow == pytest.approx(0.5, rel=0.1)


def test_the_detectors_step_is_found(relief):
    like = synth.instrument_like(scanned(relief, noise={"white": 0.02, "quantum": 0.01}))
    assert like.instrument.noise.quantum == pytest.approx(0.01, rel=1e-6)


# ---- what is given, and what is returned ----------------------------------------------------------------------------


def test_several_scans_give_ranges(relief):
    scans = [scanned(relief, noise={"white": white}) for white in (0.01, 0.05)]
    like = synth.instrument_like(scans)
    ((_, ends),) = like.instrument.noise.white.items()
    assert ends == pytest.approx((0.01, 0.05), rel=0.1)
    assert len(like.scans) == 2
    assert like.relative().relief == 1
    assert synth.Instrument(**json.loads(json.dumps(like.instrument.to_dict()))) == like.instrument
    like.instrument.scan(relief, seed=1)


def test_the_text_says_what_is_measured_and_what_is_not(relief):
    text = str(synth.instrument_like(Image(1e-9 * scanned(relief)[0], unit_z="m")))
    assert "noise.white 2" in text
    assert "e-11 ±" in text
    assert "unknown: scanner.lag: only one direction" in text
    for name in ("scanner.drift_z", "scanner.drift_x, drift_y", "scanner.creep_z", "noise.offsets_per_line, offsets_within"):
        assert f"unknown: {name}" in text


def test_missing_pixels_change_little(relief):
    trace, retrace = (z[:128].copy() for z in scanned(relief))
    whole = synth.instrument_like((trace, retrace)).instrument.noise
    trace[20:40, 50:90] = np.nan
    retrace[100] = np.nan
    holed = synth.instrument_like((trace, retrace)).instrument.noise
    assert holed.white == pytest.approx(whole.white, rel=0.2)
    assert holed.line_offsets == pytest.approx(whole.line_offsets, rel=0.2)


def test_small_scans_say_that_they_are(relief):
    like = synth.instrument_like(tuple(z[:20, :24] for z in scanned(relief)))
    assert "20 lines are few" in like.unknown["small scan"]


def test_the_number_of_threads_changes_nothing(relief):
    pair = scanned(relief[:100, :120])
    assert str(synth.instrument_like(pair, threads=1)) == str(synth.instrument_like(pair, threads=3))


def test_lags_fit_into_any_scan():
    for shape in ((16, 16), (16, 90), (90, 16)):
        lags = lags_of(*shape, (2.0, 1.0))
        assert 2 * max(lags.between) < shape[0]
        assert 2 * max(lags.across) < shape[1]
        rng = np.random.default_rng(0)
        synth.instrument_like(tuple(rng.normal(size=(2, *shape))))


@pytest.mark.parametrize(
    ("scans", "message"),
    [
        ([], "at least one scan"),
        (np.zeros((64, 64)), "same height everywhere, got 0"),
        (np.full((64, 64), np.nan), "half of its pixels"),
        (np.arange(64.0)[None], "at least 16 lines"),
        ((np.eye(64), np.eye(32)), r"one shape, got \(64, 64\) and \(32, 32\)"),
        ((Image(np.eye(64), unit_z="m"), Image(np.eye(64), unit_z="V")), "both directions in one unit, got 'm' and 'V'"),
        ([Image(np.eye(64), unit_z="m"), np.eye(64)], "heights in one unit, got '', 'm'"),
        (np.full((64, 64), np.inf), "infinite"),
        (np.zeros((3, 64, 64)), "a pair of them"),
    ],
)
def test_what_cannot_be_measured_is_refused(scans, message):
    with pytest.raises(ValueError, match=message):
        synth.instrument_like(scans)


def test_other_arguments_are_checked(relief):
    with pytest.raises(TypeError, match="scans must be a scan"):
        synth.instrument_like(7)
    with pytest.raises(ValueError, match="hum_frequency"):
        synth.instrument_like(relief, hum_frequency=-1.0)
    with pytest.raises((TypeError, ValueError), match="relative"):
        synth.instrument_like(relief, relative="yes")


# ---- files and the command ------------------------------------------------------------------------------------------


def test_a_surface_is_recorded_like_a_scan(relief, tmp_path, capsys):
    pytest.importorskip("gwyfile")
    scan, out = tmp_path / "scan.gwy", tmp_path / "twin.gwy"
    write_image(scan, Image(1e-9 * scanned(relief)[0], unit_xy="m", unit_z="m", title="Height"))
    words = ["synth", "particles", "radius=9nm", "--pixel-size", "1nm", "--shape", "96", "--like", str(scan), "-o", str(out)]
    assert main([*words, "--seed", "4"]) == 0
    said = capsys.readouterr().out
    assert "noise.white" in said
    assert "trace" in said
    like = synth.instrument_like(scan)
    ideal, trace = read_image(out, "ideal").data, read_image(out, "trace").data
    np.testing.assert_array_equal(ideal, synth.particles((96, 96), radius=9e-9, pixel_size=1e-9, seed=4))
    expected = like.instrument.scan(read_image(out, "ideal"), seed=np.random.SeedSequence(4).spawn(2)[1])
    np.testing.assert_array_equal(trace, expected[0])
    np.testing.assert_array_equal(read_image(out, "retrace").data, expected[1])


def test_a_scene_is_not_recorded(tmp_path, capsys):
    assert main(["synth", "default", "--like", "scan.gwy", "-o", str(tmp_path / "x.gwy")]) == 2
    assert "not a scene" in capsys.readouterr().err
