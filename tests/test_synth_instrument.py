"""The virtual microscope: the twin's samples, spectra and rms as stated, physics, streams of their own."""

import dataclasses
import itertools
import json
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import signal

from afmnn import Image, _core, synth, tips
from afmnn._reference import instrument as reference
from afmnn.synth import Instrument
from afmnn.synth.instrument import Events, Feedback, Noise, Scanner, Tip

SHAPES = [(2, 2), (5, 31), (40, 17)]
every_shape = pytest.mark.parametrize("shape", SHAPES)

EVERYTHING = Instrument(
    noise={
        "white": [0.5, 1.0],
        "wander": {"log": [0.1, 1.0]},
        "hum": 0.3,
        "hum_harmonics": {"integer": [1, 3]},
        "line_offsets": {"choice": [0.5, [1.0, 2.0]]},
        "offset_memory": 3.0,
        "quantum": 0.01,
    },
    scanner={
        "bow": 1.0,
        "bow_cubic": 2.0,
        "tilt_x": 0.1,
        "drift_x": 0.02,
        "drift_y": 0.01,
        "drift_z": 0.1,
        "creep_x": 1.0,
        "creep_z": 2.0,
        "lag": 1.5,
        "hysteresis": 3.0,
    },
    feedback={"response": 2.0, "overshoot": 0.3, "largest_fall": 0.5},
    tip={"radius": 3.0, "changes": 2.0, "change_height": 1.0, "change_spread": 0.5},
    events={
        "scars": 2e-3,
        "scar_height": 1.0,
        "scars_at_edges": 10.0,
        "smears": 3.0,
        "smear_height": 2.0,
        "spikes": 1e-2,
        "spike_height": 2.0,
        "spike_size": 3,
        "wrong_lines": 0.1,
        "lost_lines": 0.05,
        "saturated_lines": 0.1,
        "line_height": 2.0,
        "jumps": 3.0,
        "jump_height": 3.0,
    },
)


@pytest.fixture
def surface(rng):
    return rng.normal(size=(48, 60)).cumsum(axis=1)


def written(function, shape, *arguments, turn=3, directions=2, threads=1, **keywords):
    out = np.full((directions, *shape), np.nan)
    function(out, turn, *arguments, threads=threads, **keywords)
    return out


# ---- nothing, and everything -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts", [{}, {"scanner": {"turn": 0.5}, "noise": {"wander_exponent": 2.0}, "feedback": {"overshoot": 0.3}}]
)
def test_an_ideal_instrument_returns_the_surface_to_the_bit(surface, parts):
    surface[3, 4] = -0.0
    trace, retrace = Instrument(**parts).scan(surface, seed=1)
    assert trace.tobytes() == retrace.tobytes() == surface.tobytes()
    alone = Instrument(**parts).scan(surface, seed=1, directions=1)
    assert alone.tobytes() == surface.tobytes()
    assert not np.shares_memory(alone, surface)


def test_a_fast_loop_with_generous_limits_returns_the_surface_to_the_bit(surface):
    trace, retrace = Instrument(feedback={"largest_rise": 1e3, "largest_fall": 1e3}).scan(surface, seed=1)
    assert_array_equal(trace, surface)
    assert_array_equal(retrace, surface)


def test_ideal_and_parts_are_the_scan(surface):
    trace, retrace, info = EVERYTHING.scan(surface, seed=3, return_info=True)
    assert set(info.parts) == {
        *("tip_changes", "line_offsets", "wander", "hum", "white", "jumps", "scars", "smears", "spikes"),
        *("wrong_lines", "lost_lines", "saturated_lines", "quantum"),
    }
    for direction, heights in enumerate((trace, retrace)):
        total = info.ideal[direction] + sum(part[direction] for part in info.parts.values())
        assert_allclose(total, heights, rtol=0, atol=1e-12)
    for name, marks in info.marks.items():
        for mark, part in zip(marks, info.parts[name], strict=True):
            assert mark.any()
            assert not part[~mark].any()


def test_what_is_asked_for_changes_no_height(surface):
    trace, retrace, info = EVERYTHING.scan(surface, seed=3, return_info=True)
    assert_array_equal(EVERYTHING.scan(surface, seed=3, directions=1), trace)
    alone, told = EVERYTHING.scan(surface, seed=3, directions=1, return_info=True)
    assert_array_equal(alone, trace)
    assert len(told.ideal) == len(told.parts["white"]) == 1
    for threads in (1, 2, 3):
        again = EVERYTHING.scan(surface, seed=3, threads=threads)
        assert_array_equal(again[0], trace)
        assert_array_equal(again[1], retrace)
    assert info.instrument == EVERYTHING.drawn(3)
    assert_array_equal(info.instrument.scan(surface, seed=3)[1], retrace)
    assert np.any(EVERYTHING.scan(surface, seed=4)[0] != trace)


def test_many_threads_on_a_large_scan(rng):
    surface = rng.normal(size=(300, 700))
    instrument = dataclasses.replace(EVERYTHING, tip={})
    one, two = (instrument.scan(surface, seed=5, threads=threads) for threads in (1, 3))
    assert_array_equal(one[0], two[0])
    assert_array_equal(one[1], two[1])


def test_each_part_has_a_stream_of_its_own(surface):
    *_, everything = EVERYTHING.scan(surface, seed=3, return_info=True)
    full = everything.instrument
    names = {"white": "white", "wander": "wander", "hum": "hum", "line_offsets": "line_offsets"}
    heights = {"jumps": "jump_height", "scars": "scar_height", "smears": "smear_height", "spikes": "spike_height"}
    for name in (*names, *heights):
        without = (
            dataclasses.replace(full, noise=dataclasses.replace(full.noise, **{names[name]: 0.0}))
            if name in names
            else dataclasses.replace(full, events=dataclasses.replace(full.events, **{heights[name]: 0.0}))
        )
        *_, info = without.scan(surface, seed=3, return_info=True)
        assert set(everything.parts) - set(info.parts) == {name}
        for other in set(info.parts) - {
            "lost_lines",
            "saturated_lines",
            "wrong_lines",
            "quantum",
        }:  # which depend on what is there
            assert_array_equal(info.parts[other][0], everything.parts[other][0])
            assert_array_equal(info.parts[other][1], everything.parts[other][1])
        for mark in info.marks:
            assert_array_equal(info.marks[mark][0], everything.marks[mark][0])


def test_a_range_changes_no_other_number():
    drawn = EVERYTHING.drawn(3)
    narrower = dataclasses.replace(EVERYTHING, noise=dataclasses.replace(EVERYTHING.noise, white=0.7)).drawn(3)
    assert narrower.noise == dataclasses.replace(drawn.noise, white=0.7)
    assert 0.5 < drawn.noise.white < 1.0
    assert isinstance(drawn.noise.hum_harmonics, int)


def test_dicts_json_and_pickles(surface):
    tip = tips.tip_model("cone", radius=2.0, height_range=5.0, pixel_size=1.0)
    instrument = dataclasses.replace(EVERYTHING, tip={"shape": tip, "changes": [1.0, 2.0]}, scanner={"creep_law": "logarithmic"})
    assert Instrument(**json.loads(json.dumps(instrument.to_dict()))) == instrument
    assert Instrument.from_dict(instrument.to_dict()) == instrument
    assert pickle.loads(pickle.dumps(instrument)) == instrument
    assert Instrument.from_dict({}) == Instrument()
    assert instrument != EVERYTHING
    assert hash(Instrument()) == hash(Instrument(noise={}))


# ---- noise ---------------------------------------------------------------------------------------------------------------


@every_shape
@pytest.mark.parametrize("turn", [0, 3])
def test_noise_matches_twin(shape, turn):
    key = 2**63 + 12345
    kinds = (
        (_core.instrument_white, (0.7,), reference.white(*shape, 0.7, key=key)),
        (_core.instrument_hum, (0.7, 3.3, 4), reference.hum(*shape, turn, 0.7, 3.3, 4, key=key)),
        (_core.instrument_wander, (0.7, 1.3, 1e-3), reference.wander(*shape, turn, 0.7, 1.3, 1e-3, key=key)),
        (_core.instrument_wander, (0.7, 2.0, 1e-6), reference.wander(*shape, turn, 0.7, 2.0, 1e-6, key=key)),
        (_core.instrument_offsets, (0.7, 1.0, 0.0, 0.0), reference.offsets(*shape, turn, 0.7, 1.0, 0.0, memory=0.0, key=key)),
        (_core.instrument_offsets, (0.7, 2.3, 0.6, 4.0), reference.offsets(*shape, turn, 0.7, 2.3, 0.6, memory=4.0, key=key)),
        (_core.instrument_jumps, (0.7, 5.0), reference.jumps(*shape, turn, 0.7, 5.0, key=key)),
    )
    for function, arguments, twin in kinds:
        ours = written(function, shape, *arguments, key, turn=turn)
        assert_allclose(ours, twin, rtol=0, atol=1e-9, err_msg=function.__name__)
        assert_array_equal(written(function, shape, *arguments, key, turn=turn, directions=1), ours[:1])


@pytest.mark.parametrize("exponent", [0.3, 0.5, 1.0, 1.4, 2.0])
@pytest.mark.parametrize("corner", [1e-7, 1e-4, 0.01, 0.3])
def test_filters_of_wander_have_the_stated_spectrum(exponent, corner):
    """Not from noise, but from the filters themselves: their response at every frequency, and its integral, the variance."""
    poles, weights, direct, start = _core.wander_filters(2.0, exponent, corner)
    assert np.all((poles > 0) & (poles < 1))
    f = np.geomspace(0.01 * corner, 0.5, 400)
    z = np.exp(2j * np.pi * f)
    power = np.abs(direct + np.sum(weights[:, None] / (1 - poles[:, None] / z), axis=0)) ** 2
    stated = ((np.sin(np.pi * f) / np.pi) ** 2 + corner**2) ** (-exponent / 2)
    ratio = power / stated
    assert np.ptp(np.log(ratio)) < 0.05
    nearly = (f**2 + corner**2) ** (-exponent / 2)
    assert np.all(np.abs((stated / nearly)[f < 0.1] - 1) < 0.04)
    covariance = start @ start.T
    assert_allclose(covariance, weights[:, None] * weights / (1 - poles[:, None] * poles), rtol=1e-6, atol=1e-9)
    assert_allclose(covariance.sum() + 2 * direct * weights.sum() + direct**2, 4.0, rtol=1e-9)


def test_an_exponent_of_2_is_one_relaxation():
    """Autocorrelation of a single exponential, with the corner's time: 1 / (2 pi corner) samples."""
    poles, weights, direct, _ = _core.wander_filters(1.0, 2.0, 1e-3)
    covariance = weights[:, None] * weights / (1 - poles[:, None] * poles)
    lags = np.array([0, 50, 150, 400])
    correlation = np.sum(covariance.sum(axis=1)[:, None] * poles[:, None] ** lags, axis=0) + direct * weights @ (
        poles[:, None] ** lags
    )
    assert_allclose(correlation / correlation[0], np.exp(-2 * np.pi * 1e-3 * lags), rtol=0.02)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 2.0])
def test_measured_spectrum_of_the_time_signal(exponent):
    """Two million samples of both directions without turn-arounds are the time signal itself."""
    rows, cols, corner = 1000, 1024, 1e-3
    out = written(_core.instrument_wander, (rows, cols), 1.0, exponent, corner, 5, turn=0)
    time = np.concatenate([out[0], out[1][:, ::-1]], axis=1).ravel()
    f, power = signal.welch(time, nperseg=8192, window="hann", detrend=False)
    stated = ((np.sin(np.pi * f) / np.pi) ** 2 + corner**2) ** (-exponent / 2)
    bands = np.geomspace(2e-3, 0.5, 12)
    ratio = np.array([np.mean((power / stated)[(f >= low) & (f < high)]) for low, high in itertools.pairwise(bands)])
    assert np.all(np.abs(ratio / np.median(ratio) - 1) < 0.05)
    absolute = 1.0 / np.trapezoid(
        ((np.sin(np.pi * (g := np.linspace(0, 0.5, 200001))) / np.pi) ** 2 + corner**2) ** (-exponent / 2), g
    )
    assert abs(np.median(ratio) / absolute - 1) < 0.05


def test_rms_of_each_noise():
    """Standard errors are below 1 % but for offsets, of which there are 4000."""
    surface = np.zeros((4000, 64))
    noise = {"white": 2.0, "wander": 3.0, "wander_corner": 1.0, "hum": 4.0, "hum_frequency": 3.7, "line_offsets": 5.0}
    *_, info = Instrument(noise=noise).scan(surface, seed=8, return_info=True)
    for name, rms in (("white", 2.0), ("wander", 3.0), ("hum", 4.0), ("line_offsets", 5.0)):
        for part in info.parts[name]:
            assert abs(np.sqrt(np.mean(part**2)) / rms - 1) < 0.04, name
    white = info.parts["white"]
    assert abs(np.mean(white[0] * white[1])) < 4 * 4.0 / np.sqrt(surface.size)


def test_offsets_of_lines():
    def offsets(**settings):
        *_, info = Instrument(noise={"line_offsets": 1.0, **settings}).scan(np.zeros((5000, 8)), seed=9, return_info=True)
        return info.parts["line_offsets"]

    trace, retrace = offsets()
    assert_array_equal(trace, np.repeat(trace[:, :1], 8, axis=1))
    assert_array_equal(trace, retrace)
    assert len(np.unique(trace[:, 0])) == 5000
    assert abs(np.corrcoef(trace[1:, 0], trace[:-1, 0])[0, 1]) < 0.05
    trace, _ = offsets(offset_memory=5.0)
    assert_allclose(np.corrcoef(trace[3:, 0], trace[:-3, 0])[0, 1], np.exp(-3 / 5), atol=0.07)
    trace, retrace = offsets(offsets_per_line=0.1)
    assert 480 <= np.count_nonzero(np.diff(trace[:, 0])) <= 500  # two in one line count once
    trace, retrace = offsets(offsets_per_line=2.0, offsets_within=1.0)
    within = np.count_nonzero(np.diff(trace, axis=1)) + np.count_nonzero(np.diff(retrace, axis=1))
    assert_allclose(within, 10000 * 14 / 18, rtol=0.05)  # of 18 places between the samples of a line, 14 are within


def test_hum_runs_on_from_line_to_line():
    trace, retrace = Instrument(noise={"hum": 1.0, "hum_frequency": 7.3}, scanner={"turn": 0.25}).scan(np.zeros((50, 80)), seed=2)
    t = reference.clock(50, 80, 20) / 200
    waves = np.stack([np.sin(2 * np.pi * 7.3 * t), np.cos(2 * np.pi * 7.3 * t)]).reshape(2, -1)
    heights = np.stack([trace, retrace]).ravel()
    fit = np.linalg.lstsq(waves.T, heights, rcond=None)[0]
    assert_allclose(fit @ waves, heights, atol=1e-9)
    assert_allclose(np.hypot(*fit), np.sqrt(2), rtol=1e-9)


def test_quantum():
    trace, _ = Instrument(noise={"white": 1.0, "quantum": 0.25}).scan(np.zeros((30, 30)), seed=1)
    assert_array_equal(trace, np.round(trace / 0.25) * 0.25)
    smooth, _ = Instrument(noise={"white": 1.0}).scan(np.zeros((30, 30)), seed=1)
    assert np.max(np.abs(trace - smooth)) <= 0.125


# ---- scanner -------------------------------------------------------------------------------------------------------------


@every_shape
@pytest.mark.parametrize("logarithmic", [False, True])
def test_path_matches_twin(shape, logarithmic, rng):
    surface = rng.normal(size=shape)
    ours = np.empty((2, *shape))
    _core.instrument_path(surface, ours, 2, 0.05, -0.03, 0.7, 1.3, logarithmic, 2.0, 0.4, 1.7, threads=1)
    twin = reference.path(surface, 2, (0.05, -0.03), (0.7, 1.3), creep_time=2.0, logarithmic=logarithmic, lag=0.4, hysteresis=1.7)
    assert_allclose(ours, twin, rtol=0, atol=1e-12)


def hill(rows, cols, y, x, width=4.0):
    return np.exp(-((np.arange(rows)[:, None] - y) ** 2 + (np.arange(cols) - x) ** 2) / (2 * width**2))


def centre(heights):
    return np.sum(heights * np.arange(heights.shape[-1]), axis=-1) / np.sum(heights, axis=-1)


def test_drift_moves_the_sample():
    """A ridge across the lines leans by drift_x pixels a line; of a hill, the rows come later by drift_y."""
    ridge = np.tile(np.exp(-((np.arange(120) - 60) ** 2) / 50), (100, 1))
    trace, retrace = Instrument(scanner={"drift_x": 0.2}).scan(ridge, seed=1)
    places = centre(trace)
    assert_allclose(np.diff(places), 0.2, atol=0.005)
    assert_allclose(centre(retrace) - places, 0.2 * (251 - 2 * places) / 264, atol=0.002)  # so much later in a line of 264
    bump = hill(100, 120, 50, 60)
    moved, _ = Instrument(scanner={"drift_y": 0.1}).scan(bump, seed=1)
    assert_allclose(centre(moved.sum(axis=1)), 50 / 0.9, atol=0.2)  # row r shows r - 0.1 r


def test_lag_and_hysteresis_move_the_retrace():
    shift = Instrument(scanner={"lag": 3.0}).scan(hill(40, 120, 20, 60), seed=1)
    assert_allclose(centre(shift[0].sum(axis=0)) - centre(shift[1].sum(axis=0)), 3.0, atol=1e-6)
    for x in (10, 60, 100):
        trace, retrace = Instrument(scanner={"hysteresis": 2.0}).scan(hill(40, 120, 20, x, 2.0), seed=1)
        assert_array_equal(trace, hill(40, 120, 20, x, 2.0))
        u = (x + 0.5) / 120
        assert_allclose(centre(trace.sum(axis=0)) - centre(retrace.sum(axis=0)), 8 * u * (1 - u), atol=0.15)


@pytest.mark.parametrize("shape", [(40, 40), (20, 70)])
def test_bow_and_tilt(shape):
    flat = np.zeros(shape)
    bow = Instrument(scanner={"bow": 2.0}).scan(flat, seed=1, directions=1)
    assert_allclose([bow.mean(), np.sqrt(np.mean(bow**2))], [0.0, 2.0], atol=1e-12)
    assert_allclose(np.diff(bow, 2, axis=0)[0, 0], np.diff(bow, 2, axis=1)[0, 0], rtol=1e-9)
    assert_allclose(np.diff(bow, 3, axis=1), 0, atol=1e-12)
    cubic = Instrument(scanner={"bow_cubic": -2.0}).scan(flat, seed=1, directions=1)
    assert_allclose(np.sqrt(np.mean(cubic**2)), 2.0, rtol=1e-12)
    assert_allclose(np.sum(cubic * np.arange(shape[1])), 0, atol=1e-8)
    assert np.all(np.diff(cubic, 3, axis=1) < 0)
    assert_allclose(np.diff(cubic, 4, axis=1), 0, atol=1e-10)
    tilt = Instrument(scanner={"tilt_x": 0.5, "tilt_y": -0.25}).scan(flat, seed=1, directions=1)
    assert_allclose(np.diff(tilt, axis=1), 0.5)
    assert_allclose(np.diff(tilt, axis=0), -0.25)
    assert_allclose(tilt.mean(), 0, atol=1e-12)


def test_bow_grows_with_the_scan():
    def rms(pixel_size, **scanner):
        heights = Instrument(scanner={"bow_size": 50.0, **scanner}).scan(
            np.zeros((40, 50)), seed=1, directions=1, pixel_size=pixel_size
        )
        return np.sqrt(np.mean(heights**2))

    assert_allclose([rms(1.0, bow=3.0), rms(2.0, bow=3.0), rms(2.0, bow_cubic=3.0)], [3.0, 12.0, 24.0], rtol=1e-9)
    image = Image(np.zeros((40, 50)), size=(80.0, 100.0))
    assert_allclose(np.std(Instrument(scanner={"bow_size": 50.0, "bow": 3.0}).scan(image, seed=1, directions=1)), 12.0)


@pytest.mark.parametrize("law", ["exponential", "logarithmic"])
def test_drift_and_creep_of_the_height(law):
    scanner = {"drift_z": 0.5, "creep_z": 3.0, "creep_time": 4.0, "creep_law": law, "turn": 0.25}
    heights = np.stack(Instrument(scanner=scanner).scan(np.zeros((30, 20)), seed=1))
    t = reference.clock(30, 20, 5) / 50
    assert_allclose(heights, 0.5 * t + 3.0 * reference.crept(t, 4.0, logarithmic=law == "logarithmic"), atol=1e-12)


# ---- feedback ------------------------------------------------------------------------------------------------------------


@every_shape
@pytest.mark.parametrize("limits", [(np.inf, np.inf), (0.4, 0.2)])
@pytest.mark.parametrize("gains", [(0.3, 0.0), (0.2, 0.7), (1.0, 0.0)])
def test_feedback_matches_twin(shape, limits, gains, rng):
    step = np.tile(np.where(np.arange(shape[1]) < shape[1] // 2, 0.0, 3.0), (shape[0], 1))
    for surface in (np.stack([step, step]), rng.normal(size=(2, *shape))):
        ours = surface.copy()
        _core.instrument_feedback(ours, 3, *gains, *limits)
        assert_allclose(ours, reference.feedback(surface, 3, *gains, *limits), rtol=0, atol=1e-12)


@pytest.mark.parametrize("overshoot", [0.0, 0.01, 0.4])
@pytest.mark.parametrize("response", [0.01, 0.5, 3.0, 20.0])
def test_the_height_lags_behind_a_slope_by_the_response(response, overshoot):
    slope = np.tile(0.7 * np.arange(4000.0), (2, 1))
    trace, retrace = Instrument(feedback={"response": response, "overshoot": overshoot}).scan(slope, seed=1)
    assert_allclose((slope - trace)[:, -50:], 0.7 * response, rtol=1e-6, atol=1e-9)
    assert_allclose((slope - retrace)[:, :50], -0.7 * response, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("response", [1e-3, 0.2, 5.0, 1e4])
@pytest.mark.parametrize("overshoot", [1e-9, 0.3, 0.9])
def test_gains(response, overshoot):
    """A slope is followed with a constant error e where gain * e = (1 - momentum) * slope, and each step sees one more slope."""
    gain, momentum = Feedback(response=response, overshoot=overshoot).gains()
    assert_allclose((1 - momentum) / gain - 1, response, rtol=1e-6)
    assert 0 < gain <= 1 + momentum
    poles = np.roots([1, gain - 1 - momentum, momentum])
    assert np.all(np.abs(poles) < 1)
    angle, decay = abs(np.angle(poles[0])), -np.log(np.abs(poles[0]))
    assert_allclose(np.exp(-np.pi * decay / angle), overshoot, rtol=1e-4)  # at half an oscillation


@pytest.mark.parametrize("overshoot", [0.05, 0.2, 0.5])
def test_overshoot_of_a_step(overshoot):
    step = np.tile(np.where(np.arange(600) < 300, 0.0, 2.0), (2, 1))
    trace, retrace = Instrument(feedback={"response": 15.0, "overshoot": overshoot}).scan(step, seed=1)
    assert_allclose(trace.max() / 2.0 - 1.0, overshoot, rtol=0.03)
    assert_allclose(-retrace.min() / 2.0, overshoot, rtol=0.03)


def test_retrace_is_the_mirror_image_of_the_trace():
    """Of a symmetric surface, once the loop has settled at the turning points."""
    symmetric = np.tile(hill(1, 301, 0, 150, 20.0), (4, 1)) + np.tile(np.abs(np.arange(301) - 150) < 60, (4, 1))
    loop = {"response": 3.0, "overshoot": 0.2, "largest_fall": 0.05, "largest_rise": 0.3}
    trace, retrace = Instrument(feedback=loop, scanner={"turn": 1.0}).scan(symmetric, seed=1)
    assert_allclose(retrace, trace[:, ::-1], atol=1e-12)
    assert np.max(np.abs(trace - trace[:, ::-1])) > 0.3


def test_parachuting():
    drop = np.tile(np.where((np.arange(200) > 50) & (np.arange(200) < 100), 5.0, 0.0), (3, 1))
    trace, retrace = Instrument(feedback={"largest_fall": 0.25}).scan(drop, seed=1)
    assert_allclose(trace[:, 51:100], 5.0)  # up at once
    assert_allclose(trace[:, 100:120], np.tile(5.0 - 0.25 * np.arange(1, 21), (3, 1)))
    assert_allclose(retrace[:, 31:51], np.tile(5.0 - 0.25 * np.arange(20, 0, -1), (3, 1)))


# ---- tip and events ------------------------------------------------------------------------------------------------------


def test_tip(surface):
    tip = tips.tip_model("paraboloid", radius=6.0, height_range=float(np.ptp(surface)), pixel_size=2.0)
    expected = tips.tip_dilation(surface, tip)
    trace, retrace = Instrument(tip={"radius": 3.0}).scan(surface, seed=1, pixel_size=2.0)
    assert_array_equal(trace, expected)
    assert_array_equal(retrace, expected)
    assert_array_equal(Instrument(tip={"shape": tip}).scan(surface, seed=1, directions=1, pixel_size=2.0), expected)


def test_changes_of_the_tip(surface):
    instrument = Instrument(tip={"radius": 5.0, "changes": 2.0, "change_height": 4.0, "change_spread": 1.0})
    seed = next(seed for seed in range(20) if len(instrument.scan(surface, seed=seed, return_info=True)[2].jumps) == 2)
    trace, retrace, info = instrument.scan(surface, seed=seed, return_info=True)
    before = np.stack(Instrument(tip={"radius": 5.0}).scan(surface, seed=seed))
    clock = reference.clock(*surface.shape, 6)
    first = info.jumps[0]
    changed = clock >= clock[first.direction, first.row, first.column]
    scan = np.stack([trace, retrace])
    assert_array_equal(scan[~changed], before[~changed])
    level = np.stack(info.parts["tip_changes"])
    assert_allclose(level[first.direction, first.row, first.column], first.height)
    assert np.mean((scan - level)[changed] != before[changed]) > 0.1
    assert np.all(scan - level >= surface - 1e-9)
    assert {jump.kind for jump in info.jumps} == {"tip"}


def test_level_jumps_are_where_they_are_said_to_be():
    counts = []
    clock = reference.clock(40, 30, 3)
    for seed in range(60):
        *_, info = Instrument(events={"jumps": 4.0, "jump_height": 1.0}).scan(np.zeros((40, 30)), seed=seed, return_info=True)
        level = np.stack(info.parts["jumps"])
        expected = np.zeros_like(level)
        for jump in info.jumps:
            if jump.row < 40:
                expected[clock >= clock[jump.direction, jump.row, jump.column]] += jump.height
        assert_allclose(level, expected, atol=1e-12)
        counts.append(len(info.jumps))
    assert abs(np.mean(counts) - 4.0) < 4 * 2.0 / np.sqrt(60)
    assert np.var(counts) > 2.0  # Poisson's, not always the same


def test_scars():
    surface = np.where(np.arange(200) % 40 < 20, 0.0, 5.0) * np.ones((300, 1))
    events = {"scars": 2e-3, "scar_length": 10.0, "scar_length_spread": 0.0, "scar_height": 1.0, "scar_sign": "positive"}
    *_, info = Instrument(events=events).scan(surface, seed=4, return_info=True)
    trace, retrace = info.marks["scars"]
    assert np.all(info.parts["scars"][0] >= 0)
    assert_allclose([trace.mean(), retrace.mean()], 0.02 * 195.5 / 200, rtol=0.25)  # 120 of 10 pixels, less what the edges cut
    assert np.mean(trace & retrace) < 0.002
    starts = trace & ~np.pad(trace, ((0, 0), (1, 0)))[:, :-1]
    assert abs(np.mean(np.nonzero(starts)[1]) - 100) < 20
    # The steepest tenth begins at the steps; there are 9 of them in a line.
    *_, info = Instrument(events={**events, "scars_at_edges": 100.0}).scan(surface, seed=4, return_info=True)
    for marks, place in ((info.marks["scars"][0], 0), (info.marks["scars"][1], 19)):
        if place == 0:
            begins = marks & ~np.pad(marks, ((0, 0), (1, 0)))[:, :-1]
        else:
            begins = marks & ~np.pad(marks, ((0, 0), (0, 1)))[:, 1:]
        columns = np.nonzero(begins)[1]
        assert_allclose(np.mean(columns % 20 == place), 900 / (900 + 191), atol=0.12)


def test_events_that_directions_share_and_do_not():
    *_, info = EVERYTHING.scan(np.zeros((60, 60)), seed=6, return_info=True)
    assert_array_equal(*info.parts["smears"])
    for name in ("scars", "spikes", "white"):
        assert np.any(info.parts[name][0] != info.parts[name][1])


def test_wrong_lost_and_saturated_lines(rng):
    surface = rng.normal(size=(400, 30))
    events = {"wrong_lines": 0.1, "line_height": 3.0}
    trace, _, info = Instrument(events=events).scan(surface, seed=1, return_info=True)
    rows = info.marks["wrong_lines"][0][:, 0]
    assert rows.sum() == 40
    assert_allclose(np.ptp(trace - surface, axis=1), 0, atol=1e-12)
    trace, _, info = Instrument(events={"lost_lines": 0.1, "line_height": 3.0}).scan(surface, seed=1, return_info=True)
    assert_array_equal(np.ptp(trace, axis=1) == 0, info.marks["lost_lines"][0][:, 0])
    trace, _, info = Instrument(events={"saturated_lines": 0.1, "line_height": 1.0}).scan(surface, seed=1, return_info=True)
    assert info.marks["saturated_lines"][0][:, 0].sum() == 40
    assert np.all(np.sum(trace != surface, axis=1) <= 30)


# ---- arguments -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "settings", "error", "message"),
    [
        (Noise, {"white": -1.0}, ValueError, r"noise\.white must lie between 0 and 1e\+100, got -1"),
        (Noise, {"white": [0.0, -1.0]}, ValueError, r"noise\.white must have low <= high"),
        (Noise, {"wander_exponent": [1.0, 2.5]}, ValueError, r"noise\.wander_exponent must lie between 0\.1 and 2, got 2\.5"),
        (Noise, {"hum_harmonics": 1.5}, TypeError, r"noise\.hum_harmonics must be an integer, got 1\.5"),
        (Noise, {"hum_harmonics": [1, 3]}, ValueError, r"noise\.hum_harmonics must be an integer or a range of integers"),
        (Noise, {"white": "much"}, TypeError, r"noise\.white must be a real number"),
        (Noise, {"white": True}, TypeError, r"noise\.white must be a real number"),
        (Noise, {"white": {"choice": [1.0, -1.0]}}, ValueError, r"noise\.white must lie between"),
        (Scanner, {"creep_law": "linear"}, ValueError, r"scanner\.creep_law must be one of"),
        (Scanner, {"creep_law": [1.0, 2.0]}, ValueError, r"scanner\.creep_law must be a text"),
        (Scanner, {"creep_time": 0.0}, ValueError, r"scanner\.creep_time must lie between"),
        (Feedback, {"overshoot": 1.0}, ValueError, r"feedback\.overshoot must lie between 0 and 0\.9"),
        (Tip, {"shape": np.zeros((4, 5))}, ValueError, r"tip\.shape must have odd sides"),
        (Tip, {"shape": np.zeros((5, 5)), "radius": 1.0}, ValueError, r"tip\.radius must be 0 where tip\.shape is given"),
        (Events, {"scars_at_edges": 0.5}, ValueError, r"events\.scars_at_edges must lie between 1"),
    ],
)
def test_wrong_numbers(part, settings, error, message):
    with pytest.raises(error, match=message):
        part(**settings)
    with pytest.raises(error, match=message):
        Instrument(**{part.__name__.lower(): settings})


def test_wrong_arguments(surface):
    with pytest.raises(TypeError, match="noise must be a Noise or a mapping of its keywords, got 3"):
        Instrument(noise=3)
    with pytest.raises(ValueError, match="scanner must only have the keys"):
        Instrument(scanner={"bend": 3})
    with pytest.raises(ValueError, match="value must only have the keys"):
        Instrument.from_dict({"camera": {}})
    with pytest.raises(TypeError, match="value must be a mapping"):
        Instrument.from_dict([1])
    with pytest.raises(ValueError, match="directions must be 1 or 2, got 3"):
        Instrument().scan(surface, seed=1, directions=3)
    with pytest.raises(TypeError, match="return_info must be True or False"):
        Instrument().scan(surface, seed=1, return_info="no")
    with pytest.raises(ValueError, match="surface must be finite"):
        Instrument().scan(np.full((3, 3), np.nan), seed=1)
    with pytest.raises(ValueError, match=r"surface\.shape\[0\] must be at least 2"):
        Instrument().scan(np.zeros((1, 5)), seed=1)
    with pytest.raises(ValueError, match="pixel_size must be positive"):
        Instrument().scan(surface, seed=1, pixel_size=0.0)


@pytest.mark.parametrize("shape", [(2, 2), (2, 9), (9, 2)])
def test_smallest_scans(shape):
    trace, retrace, info = EVERYTHING.scan(np.arange(float(np.prod(shape))).reshape(shape), seed=1, return_info=True)
    assert np.all(np.isfinite([trace, retrace]))
    assert all(0 <= jump.column < shape[1] and jump.row <= shape[0] for jump in info.jumps)


def test_other_types_of_surfaces(surface):
    for other in (surface.astype(np.float32), surface[::-1].T, np.rint(surface).astype(int), Image(surface)):
        trace, _ = Instrument().scan(other, seed=1)
        assert trace.dtype == np.float64
        assert_array_equal(trace, np.asarray(other.data if isinstance(other, Image) else other))


def test_exported():
    assert synth.Instrument is Instrument
    assert synth.instrument.Noise is Noise
