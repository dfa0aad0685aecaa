"""Line noise: the twin's numbers, the statistics that the parameters promise, and what may and may not change it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from afmnn import Image, synth
from afmnn._reference import lines as reference
from afmnn._seed import key_from

DISTRIBUTIONS = ("gaussian", "laplace", "uniform", "triangular")
KINDS = {
    synth.line_steps: {"steps_per_line": 2.0, "within_line": 0.5},
    synth.line_ridges: {"ridges_per_line": 0.5, "duration": 0.1, "within_line": 0.5},
    synth.line_scars: {"length": 7.0, "coverage": 0.3, "length_spread": 0.5},
    synth.line_tilt: {},
    synth.line_hum: {"wavelength": 9.5, "wavelength_spread": 0.1},
}
every_kind = pytest.mark.parametrize(("kind", "settings"), KINDS.items(), ids=lambda x: getattr(x, "__name__", ""))


# ---- the twin's numbers


@pytest.mark.parametrize("shape", [(2, 2), (3, 8), (37, 50), (200, 13)])
@pytest.mark.parametrize(("per_line", "within_line"), [(5e-4, 0.0), (0.7, 0.0), (0.7, 0.3), (5.0, 1.0), (200.0, 0.9)])
def test_steps_match_twin(shape, per_line, within_line):
    for cumulative, distribution, sign in [(False, "laplace", "both"), (True, "uniform", "positive")]:
        settings = {"steps_per_line": per_line, "within_line": within_line, "distribution": distribution, "sign": sign}
        ours = synth.line_steps(shape, rms=3e-9, cumulative=cumulative, seed=1, **settings)
        settings = {"within_line": within_line, "cumulative": cumulative, "key": key_from(1)}
        twin = reference.steps(*shape, 3e-9, distribution, sign, per_line, **settings)
        assert_allclose(ours, twin, rtol=1e-12, atol=0)


@pytest.mark.parametrize("shape", [(2, 2), (37, 50), (200, 13)])
@pytest.mark.parametrize(
    ("per_line", "duration", "within_line"), [(5e-4, 1e-4, 0.0), (0.5, 0.02, 0.0), (2.0, 1.0, 1.0), (0.3, 0.1, 0.4)]
)
def test_ridges_match_twin(shape, per_line, duration, within_line):
    settings = {"ridges_per_line": per_line, "duration": duration, "within_line": within_line}
    ours, info = synth.line_ridges(shape, rms=3e-9, distribution="triangular", seed=2, return_info=True, **settings)
    twin = reference.ridges(shape[0], 3e-9, "triangular", "both", per_line, duration, key=key_from(2))
    assert info["count"] == len(twin["starts"])
    for name, values in twin.items():
        assert_allclose(info[name], values, rtol=1e-12, atol=1e-15)
    assert_allclose(ours, reference.write_ridges(info, *shape, within_line), rtol=1e-12, atol=1e-11 * 3e-9)
    on = reference.write_ridges(info | {"heights": np.ones(info["count"])}, *shape, within_line)
    assert np.all(ours[on == 0] == 0.0)


@pytest.mark.parametrize("shape", [(2, 2), (37, 50), (8, 300)])
@pytest.mark.parametrize(
    ("coverage", "length", "spread"), [(1e-4, 1.0, 0.0), (0.3, 5.0, 0.0), (20.0, 3.0, 1.0), (0.5, 400.0, 0.3)]
)
def test_scars_match_twin(shape, coverage, length, spread):
    settings = {"coverage": coverage, "length_spread": spread, "sign": "negative"}
    ours, info = synth.line_scars(shape, rms=3e-9, length=length, seed=3, return_info=True, **settings)
    twin = reference.scars(*shape, 3e-9, "gaussian", "negative", coverage, length=length, spread=spread, key=key_from(3))
    assert info["count"] == len(twin["starts"])
    for name, values in twin.items():
        assert_allclose(info[name], values, rtol=1e-12, atol=1e-11)
    assert_allclose(ours, reference.write_scars(info, *shape), rtol=1e-12, atol=0)
    in_unit, info_in_unit = synth.line_scars(
        shape, rms=3e-9, length=length * 0.25, seed=3, return_info=True, pixel_size=(7.0, 0.25), **settings
    )
    assert_array_equal(in_unit, ours)
    assert_array_equal(info_in_unit["lengths"], info["lengths"] / 4)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_tilt_matches_twin(distribution):
    ours, info = synth.line_tilt((41, 30), rms=3e-9, pivot_spread=0.7, distribution=distribution, seed=4, return_info=True)
    assert_allclose(ours, reference.tilt(41, 30, 3e-9, distribution, "both", 0.7, key=key_from(4)), rtol=1e-11, atol=1e-14 * 3e-9)
    column = (2 * np.arange(30) + 1) / 30 - 1
    assert_allclose(ours, info["heights"][:, None] * (column + info["pivots"][:, None]), rtol=1e-11, atol=1e-14 * 3e-9)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize(("wavelength", "spread", "components"), [(1.0, 0.0, 1), (9.7, 0.3, 16), (5e3, 0.999, 100)])
def test_hum_matches_twin(distribution, wavelength, spread, components):
    settings = {"wavelength_spread": spread, "components": components, "distribution": distribution}
    ours = synth.line_hum((11, 157), rms=3e-9, wavelength=wavelength, seed=5, **settings)
    twin = reference.hum(11, 157, 3e-9, distribution, wavelength, spread, components=components, key=key_from(5))
    assert_allclose(ours, twin, rtol=0, atol=1e-11 * 3e-9)
    assert_array_equal(synth.line_hum((11, 157), rms=3e-9, wavelength=wavelength * 0.5, pixel_size=0.5, seed=5, **settings), ours)


# ---- steps


def test_steps_between_lines_leave_rows_constant():
    x, info = synth.line_steps((3000, 5), rms=2.0, steps_per_line=1.0, seed=6, return_info=True)
    assert np.all(x == x[:, :1])
    assert np.all(x[0] == 0.0)
    assert info["count"] == 3000
    assert len(np.unique(x[:, 0])) <= info["count"] + 1
    assert_array_equal(info["columns"], 0)


def test_steps_fraction_of_lines_that_jump():
    """A jump before the line with probability 1 - exp(-density): nearly Poisson, a little more even by its strata."""
    for density in (0.1, 1.0, 2.5):
        x = synth.line_steps((40_000, 2), rms=1.0, steps_per_line=density, seed=7)[:, 0]
        jumps = np.mean(np.diff(x) != 0)
        assert abs(jumps - (1 - np.exp(-density))) < 4 * 0.5 / np.sqrt(40_000) + 0.003


@pytest.mark.parametrize("within_line", [0.0, 0.25, 1.0])
def test_steps_share_within_lines(within_line):
    x, info = synth.line_steps((4000, 64), rms=1.0, steps_per_line=0.5, within_line=within_line, seed=8, return_info=True)
    inside = np.count_nonzero(np.diff(x, axis=1))
    # Jumps that hit the half pixel before the first column count as before the line.
    expected = info["count"] * within_line * (1 - 1 / 64)
    assert abs(inside - expected) <= 4.5 * np.sqrt(info["count"] * min(within_line, 1 - within_line + 1 / 64))
    if within_line > 0:
        _, column = np.nonzero(np.diff(x, axis=1))
        assert stats.chisquare(np.bincount(column, minlength=63)).pvalue > 1e-4


def test_steps_are_draws_and_cumulative_steps_their_sums():
    settings = {"rms": 2.0, "steps_per_line": 1.0, "distribution": "laplace", "seed": 9, "return_info": True}
    _, info = synth.line_steps((50_000, 2), **settings)
    n = info["count"]
    assert stats.kstest(info["offsets"] / 2.0, stats.laplace(scale=np.sqrt(0.5)).cdf).pvalue > 1e-4
    assert abs(np.mean(info["offsets"] ** 2) / 4 - 1) < 4 * np.sqrt(5 / n)
    _, walk_info = synth.line_steps((50_000, 2), cumulative=True, **settings)
    assert_allclose(walk_info["offsets"], np.cumsum(info["offsets"]), rtol=1e-9, atol=1e-9)
    assert_array_equal(walk_info["rows"], info["rows"])
    # A random walk: after m steps its variance is m rms^2.
    ends = [synth.line_steps((200, 2), rms=1.0, cumulative=True, seed=s)[-1, 0] for s in range(800)]
    steps = 200 - 1  # the last one, before or after the last line: half a step too many or too few
    assert abs(np.var(ends) / steps - 1) < 4 * np.sqrt(2 / 800) + 0.5 / steps


def test_steps_have_the_documented_count():
    for rows, density, count in [(100, 5e-4, 1), (300, 0.005, 2), (300, 1.0, 300), (7, 200.0, 1400)]:
        assert synth.line_steps((rows, 4), rms=1.0, steps_per_line=density, seed=0, return_info=True)[1]["count"] == count


# ---- ridges


@pytest.mark.parametrize("within_line", [0.0, 0.6])
def test_ridges_variance_is_the_same_in_every_line(within_line):
    """D-E4: rows * density * sqrt(2) * width * rms^2, up to the very edges."""
    rows, density, width, seeds = 50, 0.2, 0.06, 6000
    squares = np.zeros(rows)
    sums = np.zeros(rows)
    for seed in range(seeds):
        x = synth.line_ridges(
            (rows, 2), rms=3.0, ridges_per_line=density, duration=width, within_line=within_line, seed=seed, threads=1
        )[:, 0]
        squares += x**2
        sums += x
    expected = rows * density * np.sqrt(2) * width * 9
    # Each row: a sum of few heights, kurtosis 3 + 3 / mean number.
    error = np.sqrt((2 + 3 / (expected / 9)) / seeds)
    assert abs(squares / seeds / expected - 1).max() < 4.5 * error
    assert abs(squares[[0, -1]].mean() / seeds / expected - 1) < 4 * error / np.sqrt(2)  # the reference: 12 % too low
    assert abs(np.mean(squares) / seeds / expected - 1) < 3 * error / np.sqrt(rows * width)
    assert abs(sums / seeds).max() < 4.5 * np.sqrt(expected / seeds)


def test_ridges_rows_are_constant_and_streams_are_separate():
    """D-E5: position, duration and height come from streams of their own."""
    x, info = synth.line_ridges((2000, 3), rms=1.0, ridges_per_line=2.0, seed=10, return_info=True)
    assert np.all(x == x[:, :1])
    n = info["count"]
    ranks = [stats.rankdata(info[name]) for name in ("starts", "durations", "heights")]
    for i in range(3):
        for j in range(i):
            assert abs(np.corrcoef(ranks[i], ranks[j])[0, 1]) < 4.5 / np.sqrt(n)
            assert abs(np.corrcoef(ranks[i], abs(info["heights"]))[0, 1]) < 4.5 / np.sqrt(n)


def test_ridges_durations_are_exponential():
    _, info = synth.line_ridges((20_000, 2), rms=1.0, ridges_per_line=1.0, duration=0.01, seed=11, return_info=True)
    inside = info["starts"] > 0  # not weighted by how easily they touch the image
    durations = info["durations"][inside]
    assert stats.kstest(durations / (np.sqrt(2) * 0.01), stats.expon.cdf).pvalue > 1e-4
    assert abs(np.count_nonzero(inside) - 20_000) < 4.5 * np.sqrt(20_000)
    assert stats.kstest(info["starts"][inside], stats.uniform.cdf).pvalue > 1e-4


# ---- scars


@pytest.mark.parametrize(("length", "spread", "cols"), [(10.0, 0.0, 256), (1.0, 0.0, 40), (33.3, 0.6, 100), (200.0, 1.0, 64)])
def test_scars_cover_what_they_should(length, spread, cols):
    """D-E1, D-E2, D-E3: the mean multiplicity is the coverage, in every column, for all lengths, spreads and widths."""
    coverage, rows, seeds = 0.2, 300, 15
    column = np.zeros(cols)
    scars = 0
    squares = 0.0
    for seed in range(seeds):
        settings = {"coverage": coverage, "length": length, "length_spread": spread, "seed": seed, "return_info": True}
        _, info = synth.line_scars((rows, cols), rms=1.0, **settings)
        column += reference.write_scars(info | {"heights": np.ones(info["count"])}, rows, cols).sum(axis=0)
        scars += info["count"]
        left = np.maximum(info["starts"], 0)
        squares += np.sum((np.minimum(info["starts"] + info["lengths"], cols) - left) ** 2)
    multiplicity = column / (rows * seeds)
    # The total is a sum of independent lengths; a column, of independent scars.
    assert abs(multiplicity.mean() - coverage) < 4 * np.sqrt(squares) / (rows * cols * seeds)
    assert abs(multiplicity - coverage).max() < 4.5 * np.sqrt(coverage / (rows * seeds))
    mean = length * np.exp(spread**2 / 2)
    assert abs(scars / seeds - coverage * (cols + mean) * rows / mean) < 4 * 0.5 / np.sqrt(seeds)


def test_scars_have_their_exact_length():
    x, info = synth.line_scars((4000, 301), rms=1.0, length=17.0, coverage=0.005, seed=12, return_info=True)
    assert np.all(info["lengths"] == 17.0)
    lengths = []
    for row in np.unique(info["rows"]):
        mine = info["rows"] == row
        inside = (info["starts"] >= 0) & (info["starts"] + 17 <= 301)
        if np.count_nonzero(mine) == 1 and inside[mine].all():
            lengths.append(np.count_nonzero(x[row]))
            assert len(np.unique(x[row])) == 2
    assert len(lengths) > 100
    assert set(lengths) == {17}


def test_scars_lengths_are_log_normal():
    _, info = synth.line_scars((200, 20_000), rms=1.0, length=20.0, length_spread=0.4, coverage=0.06, seed=13, return_info=True)
    exponent = np.log(info["lengths"] / 20.0) / 0.4
    assert len(exponent) > 10_000
    assert stats.kstest(exponent, stats.norm.cdf).pvalue > 1e-4
    assert stats.kstest((info["rows"] + 0.5) / 200, stats.uniform.cdf).pvalue > 1e-4
    assert stats.kstest(info["heights"], stats.norm.cdf).pvalue > 1e-4


def test_scars_of_low_coverage_are_right_on_average():
    """Less than a tenth of a scar is wanted per image: always one, or never, would be far off."""
    counts = [
        synth.line_scars((30, 30), rms=1.0, length=20.0, coverage=1e-3, seed=s, return_info=True)[1]["count"] for s in range(3000)
    ]
    expected = 1e-3 * 50 * 30 / 20
    assert set(counts) == {0, 1}
    assert abs(np.mean(counts) - expected) < 4 * np.sqrt(expected / 3000)


@pytest.mark.parametrize("shape", [(2, 2), (37, 50), (8, 300)])
@pytest.mark.parametrize(("width", "spread"), [(1, 1.0), (2, 0.0), (3, 0.5), (10, 0.0), (10, 1.0)])
def test_smears_match_twin(shape, width, spread):
    settings = {"coverage": 0.5, "length_spread": 0.4, "width": width, "width_spread": spread}
    ours, info = synth.line_scars(shape, rms=3e-9, length=5.0, seed=3, return_info=True, **settings)
    more = min(int(width * spread), width - 1)
    widths = range(width - more, width + more + 1)
    twin = reference.scars(*shape, 3e-9, "gaussian", "both", 0.5, length=5.0, spread=0.4, widths=widths, key=key_from(3))
    assert info["count"] == len(twin["starts"])
    assert set(info["widths"]) <= set(widths)
    for name, values in twin.items():
        assert_allclose(info[name], values, rtol=1e-12, atol=1e-11)
    assert_allclose(ours, reference.write_scars(info, *shape), rtol=1e-12, atol=1e-11 * 3e-9)


def test_scars_of_one_line_are_as_without_a_width():
    settings = {"rms": 1.0, "length": 9.0, "coverage": 0.2, "length_spread": 0.4, "seed": 4}
    x, info = synth.line_scars((90, 80), return_info=True, **settings)
    assert_array_equal(synth.line_scars((90, 80), width=1, width_spread=1.0, **settings), x)
    assert_array_equal(info["widths"], 1)
    assert info["rows"].min() >= 0


@pytest.mark.parametrize(("width", "spread", "rows"), [(4, 0.0, 30), (5, 1.0, 30), (10, 0.6, 6)])
def test_smears_cover_what_they_should(width, spread, rows):
    """The mean multiplicity is the coverage in every row, the first and last too, and all widths are equally likely."""
    coverage, cols, seeds = 0.3, 150, 400
    per_row, scars, shares = np.zeros((seeds, rows)), [], []
    more = min(int(width * spread), width - 1)
    for seed in range(seeds):
        settings = {"coverage": coverage, "length": 8.0, "width": width, "width_spread": spread, "seed": seed}
        _, info = synth.line_scars((rows, cols), rms=1.0, return_info=True, **settings)
        per_row[seed] = reference.write_scars(info | {"heights": np.ones(info["count"])}, rows, cols).mean(axis=1)
        scars.append(info["count"])
        # Widths weighted by how easily they touch the image, less that weight.
        shares.append([np.sum((info["widths"] == w) / (rows + w - 1)) for w in range(width - more, width + more + 1)])
    error = per_row.std(axis=0) / np.sqrt(seeds)
    assert np.all(abs(per_row.mean(axis=0) - coverage) < 4.5 * error)
    assert abs(per_row[:, [0, -1]].mean() - coverage) < 4 * error[[0, -1]].mean()
    total = per_row.mean(axis=1)
    assert abs(total.mean() - coverage) < 4 * total.std() / np.sqrt(seeds)
    assert total.std() / np.sqrt(seeds) < 0.03 * coverage
    assert abs(np.mean(scars) - coverage * (cols + 8) * (rows + width - 1) / (8 * width)) < 4 * 0.5 / np.sqrt(seeds)
    shares = np.array(shares)
    assert np.all(abs(shares.mean(axis=0) - shares.mean()) < 4.5 * shares.std(axis=0) / np.sqrt(seeds))


def test_smears_are_rectangles():
    x, info = synth.line_scars((3000, 301), rms=1.0, length=17.0, width=3, coverage=0.002, seed=12, return_info=True)
    assert np.all(info["widths"] == 3)
    seen = 0
    for k in range(info["count"]):
        row, start = info["rows"][k], info["starts"][k]
        alone = np.count_nonzero(abs(info["rows"] - row) <= 3) == 1
        if alone and row >= 1 and row + 4 <= 3000 and start >= 0 and start + 17 <= 301:
            block = x[row - 1 : row + 4]
            assert np.count_nonzero(block, axis=1).tolist() == [0, 17, 17, 17, 0]
            assert_array_equal(block[1], block[2])
            assert_array_equal(block[1], block[3])
            seen += 1
    assert seen > 20


# ---- tilt and hum


def test_tilt_rows_are_straight_and_have_the_documented_rms():
    for spread in (0.0, 0.3, 1.0):
        x = synth.line_tilt((20_000, 50), rms=2.0, pivot_spread=spread, seed=14)
        assert abs(np.diff(x, 2, axis=1)).max() < 1e-12 * 50
        expected = 4 * (1 / 3 * (1 - 1 / 50**2) + 4 * spread**2)
        squares = np.mean(x**2, axis=1)
        assert abs(squares.mean() - expected) < 4 * squares.std() / np.sqrt(20_000)
    # The height of the line's end against its middle is a draw, and the pivot is normal and independent of it.
    x, info = synth.line_tilt((20_000, 50), rms=2.0, distribution="uniform", pivot_spread=0.3, seed=15, return_info=True)
    slope = (x[:, -1] - x[:, 0]) * 50 / 49 / 2
    assert stats.kstest(slope, stats.uniform(-2 * np.sqrt(3), 4 * np.sqrt(3)).cdf).pvalue > 1e-4
    assert stats.kstest(info["pivots"], stats.norm(scale=0.6).cdf).pvalue > 1e-4
    assert abs(np.corrcoef(info["pivots"], slope)[0, 1]) < 4.5 / np.sqrt(20_000)


def test_hum_rms_of_rows():
    """One over all rows; 0.90 +- 0.43 within the narrow band (16 waves add up to nearly a sine), 1.00 +- 0.10 in a wide one."""
    rows = np.sqrt(np.mean(synth.line_hum((8000, 512), rms=2.0, wavelength=10.0, seed=16) ** 2, axis=1)) / 2
    assert abs(np.mean(rows**2) - 1) < 4 * np.std(rows**2) / np.sqrt(8000)
    assert abs(rows.mean() - 0.90) < 0.01
    assert abs(rows.std() - 0.435) < 0.01
    wide = synth.line_hum((8000, 512), rms=2.0, wavelength=10.0, wavelength_spread=0.3, seed=16)
    rows = np.sqrt(np.mean(wide**2, axis=1)) / 2
    assert abs(rows.mean() - 1.0) < 0.01
    assert abs(rows.std() - 0.10) < 0.01
    single = synth.line_hum((50, 1000), rms=2.0, wavelength=10.0, wavelength_spread=0.0, components=1, seed=16)
    assert_allclose(np.mean(single**2, axis=1), 4.0, rtol=1e-10)


def test_hum_is_a_band_and_its_rows_are_independent():
    x, info = synth.line_hum((600, 1000), rms=1.0, wavelength=10.0, wavelength_spread=0.2, seed=17, return_info=True)
    power = np.mean(abs(np.fft.rfft(x * np.hanning(1000), axis=1)) ** 2, axis=0)
    wavelength = 1000 / np.maximum(np.arange(501), 0.5)
    inside = (wavelength > 10 * 0.8 * 0.97) & (wavelength < 10 * 1.2 * 1.03)
    assert power[inside].sum() > 0.999 * power.sum()
    correlation = np.corrcoef(x)[np.triu_indices(600, 1)]
    assert abs(correlation.mean()) < 4 * correlation.std() / np.sqrt(correlation.size)
    relative = info["wavelengths"].ravel() / 10 - 1
    assert stats.kstest(relative, stats.triang(0.5, -0.2, 0.4).cdf).pvalue > 1e-4
    assert stats.kstest(info["phases"].ravel(), stats.uniform.cdf).pvalue > 1e-4
    assert_allclose(np.sum(info["amplitudes"] ** 2, axis=1) / 2, 1.0, rtol=1e-12)


def test_hum_keeps_earlier_components_and_rows():
    _, few = synth.line_hum((20, 30), rms=1.0, wavelength=7.0, wavelength_spread=0.5, components=3, seed=18, return_info=True)
    _, many = synth.line_hum((25, 30), rms=1.0, wavelength=7.0, wavelength_spread=0.5, components=8, seed=18, return_info=True)
    for name in ("wavelengths", "phases"):
        assert_array_equal(many[name][:20, :3], few[name])
    ratio = many["amplitudes"][:20, :3] / few["amplitudes"]
    assert_allclose(ratio, ratio[:, :1] * np.ones(3), rtol=1e-12)


# ---- all kinds


@every_kind
def test_same_bits_for_any_number_of_threads(kind, settings):
    one, two, three = (kind((1500, 350), rms=1e-9, seed=19, threads=t, **settings) for t in (1, 2, 3))
    assert_array_equal(one, two)
    assert_array_equal(one, three)


def test_same_smears_for_any_number_of_threads():
    settings = {"rms": 1.0, "length": 7.0, "coverage": 0.3, "width": 4, "width_spread": 0.5, "seed": 19}
    one, two, three = (synth.line_scars((1500, 350), threads=t, **settings) for t in (1, 2, 3))
    assert_array_equal(one, two)
    assert_array_equal(one, three)


@every_kind
def test_scales_and_depends_on_the_seed(kind, settings):
    x = kind((300, 50), rms=1.0, seed=20, **settings)
    assert_allclose(kind((300, 50), rms=2.0**-30, seed=20, **settings), x * 2.0**-30, rtol=1e-13, atol=0)
    assert np.any(kind((300, 50), rms=1.0, seed=21, **settings) != x)
    assert np.any(kind((300, 50), rms=1.0, **settings) != kind((300, 50), rms=1.0, **settings))
    assert np.isfinite(x).all()


@every_kind
def test_adds_to_base_and_leaves_it_alone(kind, settings, rng):
    base = rng.normal(size=(31, 41))
    kept = base.copy()
    x = kind((31, 41), rms=1.0, seed=22, **settings)
    for given in (base, Image(base, unit_z="m"), np.asfortranarray(base)):
        assert_array_equal(kind(base=given, rms=1.0, seed=22, **settings), base + x)
    assert_array_equal(kind((31, 41), base=np.zeros((31, 41)), rms=1.0, seed=22, **settings), x)
    assert_array_equal(base, kept)


@pytest.mark.parametrize(
    "kind", [synth.line_steps, synth.line_ridges, synth.line_scars, synth.line_tilt], ids=lambda k: k.__name__
)
def test_signs_keep_everything_but_the_sign(kind):
    _, info = kind((400, 60), rms=1.0, seed=23, return_info=True, **KINDS[kind])
    name = "offsets" if kind is synth.line_steps else "heights"
    for sign, factor in (("positive", 1), ("negative", -1)):
        _, signed = kind((400, 60), rms=1.0, sign=sign, seed=23, return_info=True, **KINDS[kind])
        assert_array_equal(signed[name], factor * abs(info[name]))
        for other in set(info) - {name}:
            assert_array_equal(signed[other], info[other])


def test_one_spread_does_not_reshuffle_the_others():
    """Turning on a spread, or changing the distribution, leaves every other random quantity as it was."""
    _, plain = synth.line_scars((300, 400), rms=1.0, length=9.0, seed=24, return_info=True)
    _, spread = synth.line_scars((300, 400), rms=1.0, length=9.0, length_spread=0.4, seed=24, return_info=True)
    n = min(plain["count"], spread["count"])
    assert_array_equal(plain["rows"][:n], spread["rows"][:n])
    assert_array_equal(plain["heights"][:n], spread["heights"][:n])
    _, wide = synth.line_scars((300, 400), rms=1.0, length=9.0, width=3, seed=24, return_info=True)
    for name in ("starts", "lengths", "heights"):
        assert_array_equal(plain[name][: wide["count"]], wide[name])
    _, inside = synth.line_steps((300, 400), rms=1.0, within_line=0.7, seed=24, return_info=True)
    _, between = synth.line_steps((300, 400), rms=1.0, distribution="uniform", seed=24, return_info=True)
    _, gaussian = synth.line_steps((300, 400), rms=1.0, seed=24, return_info=True)
    assert_array_equal(inside["offsets"], gaussian["offsets"])
    assert_array_equal(between["rows"], gaussian["rows"])
    _, near = synth.line_tilt((300, 4), rms=1.0, pivot_spread=0.0, seed=24, return_info=True)
    _, far = synth.line_tilt((300, 4), rms=1.0, pivot_spread=0.9, seed=24, return_info=True)
    assert_array_equal(near["heights"], far["heights"])
    _, narrow = synth.line_hum((300, 4), rms=1.0, wavelength=9.0, wavelength_spread=0.0, seed=24, return_info=True)
    _, wide = synth.line_hum((300, 4), rms=1.0, wavelength=9.0, wavelength_spread=1.0, seed=24, return_info=True)
    assert_array_equal(narrow["phases"], wide["phases"])
    assert_array_equal(narrow["amplitudes"], wide["amplitudes"])


def test_kinds_with_one_seed_share_no_numbers():
    drawn = [
        synth.noise((2, 2000), rms=1.0, seed=25)[0],
        synth.line_steps((2000, 2), rms=1.0, seed=25, return_info=True)[1]["offsets"],
        synth.line_ridges((2000, 2), rms=1.0, ridges_per_line=2.0, seed=25, return_info=True)[1]["heights"],
        synth.line_scars((2000, 20), rms=1.0, length=5.0, coverage=1.0, seed=25, return_info=True)[1]["heights"],
        synth.line_tilt((2000, 2), rms=1.0, seed=25, return_info=True)[1]["heights"],
        synth.line_tilt((2000, 2), rms=1.0, seed=25, return_info=True)[1]["pivots"],
    ]
    for i, a in enumerate(drawn):
        for b in drawn[:i]:
            assert abs(np.corrcoef(a[:2000], b[:2000])[0, 1]) < 4.5 / np.sqrt(2000)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (synth.line_steps, {"steps_per_line": 200.0, "within_line": 1.0}),
        (synth.line_ridges, {"ridges_per_line": 200.0, "duration": 1.0, "within_line": 1.0}),
        (synth.line_ridges, {"ridges_per_line": 5e-4, "duration": 1e-4}),
        (synth.line_scars, {"length": 1.0, "coverage": 20.0}),
        (synth.line_scars, {"length": 1e6, "coverage": 20.0, "length_spread": 1.0}),
        (synth.line_scars, {"length": 1.0, "coverage": 20.0, "width": 10, "width_spread": 1.0}),
        (synth.line_tilt, {"pivot_spread": 1.0}),
        (synth.line_hum, {"wavelength": 1.0, "wavelength_spread": 1.0, "components": 100}),
        (synth.line_hum, {"wavelength": 1e6, "components": 1}),
    ],
)
def test_extremes_run(kind, settings):
    for shape in [(2, 2), (2, 301), (301, 2)]:
        assert np.isfinite(kind(shape, rms=1.0, seed=26, **settings)).all()


@every_kind
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"shape": (5, 1)}, ValueError, r"shape\[1\] must be at least 2, got 1"),
        ({"shape": None}, ValueError, "shape must be given"),
        ({"rms": 0.0}, ValueError, "rms must be positive, got 0.0"),
        ({"rms": np.inf}, ValueError, "rms must be finite, got inf"),
        ({"distribution": "salt_pepper"}, ValueError, "distribution must be one of 'gaussian'.*'triangular', got 'salt_pepper'"),
        ({"pixel_size": (1.0, 2.0, 3.0)}, ValueError, "pixel_size must be one number or two"),
        ({"base": np.zeros((3, 4))}, ValueError, "base must have the shape"),
        ({"threads": 0}, ValueError, "threads must be at least 1"),
        ({"seed": "x"}, TypeError, "seed must be None"),
    ],
)
def test_refuses(kind, settings, arguments, error, message):
    with pytest.raises(error, match=message):
        kind(**({"shape": (8, 8), "rms": 1.0} | settings | arguments))


@pytest.mark.parametrize(
    ("kind", "arguments", "error", "message"),
    [
        (synth.line_steps, {"steps_per_line": 1e-4}, ValueError, "steps_per_line must lie between 0.0005 and 200"),
        (synth.line_steps, {"within_line": 1.1}, ValueError, "within_line must lie between 0 and 1, got 1.1"),
        (synth.line_steps, {"sign": "up"}, ValueError, "sign must be one of"),
        (synth.line_ridges, {"ridges_per_line": 201}, ValueError, "ridges_per_line must lie between 0.0005 and 200, got 201"),
        (synth.line_ridges, {"duration": 2.0}, ValueError, "duration must lie between 0.0001 and 1, got 2.0"),
        (synth.line_ridges, {"within_line": -0.1}, ValueError, "within_line must lie between 0 and 1, got -0.1"),
        (synth.line_scars, {"coverage": 21.0}, ValueError, "coverage must lie between 0.0001 and 20, got 21.0"),
        (synth.line_scars, {"length_spread": -1}, ValueError, "length_spread must lie between 0 and 1, got -1"),
        (synth.line_scars, {"width": 0}, ValueError, "width must be at least 1, got 0"),
        (synth.line_scars, {"width": 11}, ValueError, "width must be at most 10, got 11"),
        (synth.line_scars, {"width": 2.0}, TypeError, "width must be an integer, got 2.0"),
        (synth.line_scars, {"width_spread": 1.1}, ValueError, "width_spread must lie between 0 and 1, got 1.1"),
        (
            synth.line_scars,
            {"length": 1e-8, "pixel_size": 1e-6},
            ValueError,
            "length must be 1 to 1e.06 pixels long, got 1e-08, 0.01 pixels",
        ),
        (synth.line_scars, {"length": 10.0, "pixel_size": 1e-9}, ValueError, "length must be 1 to 1e.06 pixels long"),
        (
            synth.line_scars,
            {"length": 1.0, "coverage": 20.0, "shape": (4096, 4096)},
            ValueError,
            "coverage = .* must not need more than 50000000 scars",
        ),
        (synth.line_scars, {"length": -3.0}, ValueError, "length must be positive, got -3.0"),
        (synth.line_tilt, {"pivot_spread": 1.5}, ValueError, "pivot_spread must lie between 0 and 1, got 1.5"),
        (synth.line_hum, {"wavelength": 0.5}, ValueError, "wavelength must be 1 to 1e.06 pixels long"),
        (synth.line_hum, {"wavelength_spread": 2}, ValueError, "wavelength_spread must lie between 0 and 1, got 2"),
        (synth.line_hum, {"components": 0}, ValueError, "components must be at least 1, got 0"),
        (synth.line_hum, {"components": 101}, ValueError, "components must be at most 100, got 101"),
        (synth.line_hum, {"components": 2.0}, TypeError, "components must be an integer, got 2.0"),
    ],
)
def test_refuses_own_arguments(kind, arguments, error, message):
    with pytest.raises(error, match=message):
        kind(**({"shape": (8, 8), "rms": 1.0} | KINDS[kind] | arguments))


def test_neighbouring_seeds_share_no_numbers():
    """D-H1: the reference's stream k of seed s is stream 0 of seed s + k."""
    names = ("rows", "starts", "lengths", "heights")
    settings = {"length": 9.0, "length_spread": 0.5, "coverage": 1.0, "return_info": True}
    drawn = {}
    for seed in range(4):
        _, info = synth.line_scars((400, 100), rms=1.0, seed=seed, **settings)
        drawn |= {(seed, name): stats.rankdata(info[name][:4000]) for name in names}
    for (seed, name), a in drawn.items():
        for (other, _), b in drawn.items():
            if other > seed:
                assert abs(np.corrcoef(a, b)[0, 1]) < 5 / np.sqrt(4000), (seed, other, name)
