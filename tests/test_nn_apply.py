"""apply(): every pixel, every border, every scale. Fourier transforms are tested in test_nn_apply_fourier."""

import numpy as np
import pytest
import scipy.ndimage
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import Network, Scaling
from afmnn._reference import holes
from afmnn._reference import networks as twin
from afmnn._reference import online as online_twin
from networks import close, fovea_network, relief, some_network, staged_network

pytestmark = pytest.mark.arithmetic

BORDERS = ["reflect", "nearest", "mirror", "constant"]
WINDOWS = [(1, 1), (3, 3), (3, 5), (4, 6), (1, 8), (7, 1), (2, 2), (13, 11), (12, 12), (19, 19), (40, 3), (5, 61), (70, 70)]
FIXED = Scaling("robust", 0.25, 2.0, 0.25, 2.0)


def averaging(window, kernel=None):
    """A network that is a linear filter, for its hidden node has no say."""
    inputs = window[0] * window[1]
    kernel = np.full(window, 1 / inputs) if kernel is None else kernel
    return Network(window, (np.zeros((1, 1 + inputs)), np.zeros((1, 2))), FIXED, "adam", kernel)


# ---- what is computed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_every_pixel_and_border(window, border, rng):
    """Windows odd, even, as large as the image (13 x 11, 19 x 19, 40 x 3), and larger both ways."""
    for shape in ((13, 11), (40, 70), (1, 1), (1, 9), (19, 19)):
        image, _ = relief(shape, rng)
        for method, hidden in (("adam", (3,)), ("adam", (4, 2, 3)), ("gwyddion", (3,))):
            net = some_network(window, hidden, rng, method)
            scaling = None if image.size > 1 else net.scaling
            measured = net.measure(image) if scaling is None else scaling
            got = afmnn.apply(net, image, border=border, cval=0.7, scaling=scaling)
            expected = twin.apply(net, image, border=border, constant=0.7, scaling=measured)
            if method == "gwyddion":
                assert_allclose(got, expected, rtol=0, atol=1e-13 * max(1.0, np.abs(expected).max()))
            else:
                close(got, expected, image, 1 / measured.in_factor)


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("window", [(3, 3), (4, 6), (7, 2), (1, 9), (30, 5)], ids=str)
def test_borders_are_those_of_scipy(window, border, rng):
    image, _ = relief((12, 15), rng)
    kernel = rng.normal(size=window)
    got = afmnn.apply(averaging(window, kernel), image, border=border, cval=1.5, scaling=FIXED)
    expected = (
        scipy.ndimage.correlate((image - 0.25) * 2, kernel.astype(np.float32).astype(float), mode=border, cval=2.5) / 2 + 0.25
    )
    assert_allclose(got, expected, atol=1e-5)


def test_constant_border_is_the_median(rng):
    image, _ = relief((20, 21), rng)
    image[3, 3] = 50.0
    net = some_network((7, 5), (3,), rng)
    assert_array_equal(
        afmnn.apply(net, image, border="constant"), afmnn.apply(net, image, border="constant", cval=np.median(image))
    )
    different = afmnn.apply(net, image, border="constant", cval=np.float32(3.0))
    assert np.abs(different - afmnn.apply(net, image, border="constant")).max() > 0.1
    # A height, whatever the network's scale; zero is one too.
    assert_array_equal(
        afmnn.apply(net, image, border="constant", cval=0), afmnn.apply(net, image, border="constant", cval=1e-300)
    )


@pytest.mark.parametrize("scale_output", [False, True])
@pytest.mark.parametrize("window", [(3, 3), (4, 6), (1, 5)], ids=str)
def test_average_border_is_the_reference(window, scale_output, rng):
    image, _ = relief((20, 24), rng)
    net = some_network(window, (3,), rng, "gwyddion")
    expected = online_twin.classic_apply(net, 5 * image, scale_output=scale_output)
    got = afmnn.apply(net, 5 * image, border="average", scale_output=scale_output)
    assert_allclose(got, expected, rtol=0, atol=1e-13 * np.ptp(expected))
    border = np.ones(image.shape, bool)
    border[online_twin.classic_range(image.shape, window)] = False
    assert np.unique(got[border]).size == 1
    # The default network too, though nobody needs it.
    net = some_network(window, (3,), rng)
    inside = online_twin.classic_range(image.shape, window)
    got = afmnn.apply(net, image, border="average")
    assert_array_equal(got[inside], afmnn.apply(net, image)[inside])
    assert_allclose(got[border], got[inside].mean(), rtol=1e-12)


def test_scale_output_of_the_reference(shared):
    with np.load(shared / "reference/gwyddion-2.62/apply-27x27-h6.npz", allow_pickle=False) as file:
        vectors = {name: file[name] for name in file.files}
    net = afmnn.formats.gwyddion.read_network(shared / "reference/gwyddion-2.62" / str(vectors["network"]))
    for scale_output, name in ((False, "result_scale0"), (True, "result_scale1")):
        got = afmnn.apply(net, vectors["image"], border="average", scale_output=scale_output)
        assert_allclose(got, vectors[name], rtol=0, atol=1e-11 * np.ptp(vectors[name]))


def test_trained_networks_too(rng):
    noisy, ideal = relief((40, 50), rng)
    for settings in ({"window": (5, 4), "hidden": (5, 3)}, {"window": 7, "method": "gwyddion"}):
        net = afmnn.train(noisy, ideal, **{"hidden": 3, "steps": 3, "seed": 0, **settings})
        close(afmnn.apply(net, noisy), twin.apply(net, noisy, scaling=net.measure(noisy)), noisy)


# ---- scales -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["adam", "gwyddion"])
@pytest.mark.parametrize("unit", [1e-9, 1e-30, 1e-150, 1e30])
def test_any_unit_of_height(unit, method, rng):
    image, _ = relief((30, 31), rng)
    net = some_network((5, 4), (3,), rng, method)
    expected = afmnn.apply(net, image, scale_output=True)
    got = afmnn.apply(net, unit * image, scale_output=True)
    if method == "adam":
        close(got / unit, expected, image)
    else:  # as the reference does it: its shift stays, and heights grow where those of the image shrink
        shift = net.scaling.out_shift
        assert_allclose((got - shift) * unit, expected - shift, rtol=1e-9, atol=1e-15 * shift * unit)
        assert_allclose(afmnn.apply(net, unit * image), afmnn.apply(net, image), rtol=1e-12)


def test_a_plateau_costs_only_what_its_digits_do(rng):
    """Heights of 1e-9 on 1e6 have steps of 1.2e-10: the offset goes off in float64, and so nothing more is lost."""
    grain, _ = relief((30, 31), rng)
    image = 1e6 + 1e-9 * grain
    net = some_network((5, 4), (3,), rng)
    digit = np.spacing(1e6)
    low = net.measure(image - 1e6)
    high = Scaling("robust", low.in_shift + 1e6, low.in_factor, low.out_shift + 1e6, low.out_factor)
    expected = afmnn.apply(net, image - 1e6, scaling=low)
    assert_allclose(afmnn.apply(net, image, scaling=high) - 1e6, expected, rtol=0, atol=1.01 * digit)
    # What is measured has no more digits than the heights.
    measured = net.measure(image)
    assert_allclose(1 / measured.in_factor, 1 / low.in_factor, rtol=0, atol=digit)
    assert_allclose(measured.in_shift, high.in_shift, rtol=0, atol=digit)
    single = (1000 + grain).astype(np.float32)
    got = afmnn.apply(net, single)
    assert got.dtype == np.float32
    expected = afmnn.apply(net, single.astype(float) - 1000)
    assert_allclose(got.astype(float) - 1000, expected, rtol=0, atol=1.01 * np.spacing(np.float32(1000)))


@pytest.mark.parametrize("shape", [(5, 5), (300, 310)], ids=str)
@pytest.mark.parametrize("height", [0.0, 7.3, -1e-9, 1e300])
def test_a_constant_image(height, shape, rng):
    for dtype in (np.float32, np.float64) if abs(height) < 1e30 else (np.float64,):
        image = np.full(shape, height, dtype)
        for border in BORDERS:
            got = afmnn.apply(some_network((3, 5), (3,), rng), image, border=border)
            assert_array_equal(got, image)
            assert got is not image
        # Gwyddion's networks see zeros, whatever the height and the option.
        net = some_network((3, 5), (3,), rng, "gwyddion")
        expected = (
            twin.forward(list(net.layers), None, "logistic", np.zeros((1, 15)))[0] / net.scaling.out_factor
            + net.scaling.out_shift
        )
        for scale_output in (False, True):
            assert_allclose(
                afmnn.apply(net, image, scale_output=scale_output), expected, rtol=1e-6 if dtype == np.float32 else 1e-14
            )


def test_a_flat_surface_with_a_few_particles(rng):
    """More than nine tenths of the heights are one: the quantiles have no spread, the range must do."""
    for shape in ((40, 40), (300, 300)):
        image = np.full(shape, 3.3e-8)
        image[4:9, 4:12] += 1e-7
        net = some_network((5, 5), (3,), rng)
        scaling = net.measure(image)
        assert_allclose(1 / scaling.in_factor, 1e-7 / 3.2897072539, rtol=1e-6)
        close(afmnn.apply(net, image), twin.apply(net, image, scaling=scaling), image)
        # Rounding is no spread either.
        rounded = image * (1 + 2e-16 * rng.choice([-1, 0, 1], shape))
        assert_allclose(net.measure(rounded).in_factor, scaling.in_factor, rtol=1e-6)


# ---- missing pixels ---------------------------------------------------------------------------------------------------


KINDS = {
    "small": lambda rng: some_network((3, 3), (3,), rng),
    "default": lambda rng: some_network((27, 27), (6,), rng),  # by Fourier transforms
    "classic": lambda rng: some_network((9, 9), (6,), rng, "gwyddion"),
    "fovea": fovea_network,
    "stages": staged_network,
}


def holed(rng, shape=(20, 30)):
    """Single pixels, gaps in rows and at their ends, two lost lines, a block that is wider than a gap in a row may be."""
    image, _ = relief(shape, rng)
    bad = np.zeros(image.shape, bool)
    bad[3, 5:9] = bad[10, 0] = bad[11, -3:] = bad[15] = bad[0, 0] = True
    if shape[0] > 60:
        bad[40:44] = bad[50:75, 20:70] = bad[60:, -12:] = bad[-1, 30:] = bad[:, 5] = True
        bad |= rng.random(shape) < 0.01
    return image, bad


def completed(given, scaling):
    """What is computed with."""
    plane = scaling.plane(given.shape)
    return holes.filled(np.where(np.isfinite(given), given, np.nan) - plane, scaling.in_shift) + plane


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("method", ["adam", "gwyddion"])
def test_missing_pixels_are_filled_and_come_back_missing(value, method, rng):
    image, bad = holed(rng)
    net = some_network((5, 4), (3,), rng, method)
    given = np.where(bad, value, image)
    with pytest.raises(ValueError, match=r"image must be finite, got 39 values that are not, the first at .* = \(0, 0\)"):
        afmnn.apply(net, given)
    got = afmnn.apply(net, given, nan="keep")
    assert_array_equal(np.isnan(got), bad)
    scaling = net.measure(given)
    assert scaling == net.measure(np.where(bad, np.nan, image))
    bridged = completed(given, scaling)
    assert_allclose(bridged[3, 5:9], image[3, 4] + (image[3, 9] - image[3, 4]) * np.arange(1, 5) / 5)
    assert_allclose(bridged[15], (image[14] + image[16]) / 2)
    expected = twin.apply(net, bridged, scaling=scaling)
    close(got[~bad], expected[~bad], image)
    for border in (*BORDERS, "average"):
        assert_array_equal(np.isnan(afmnn.apply(net, given, nan="keep", border=border)), bad)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("border", ["reflect", "constant"])
def test_every_kind_of_network_fills_alike(kind, border, rng):
    image, bad = holed(rng, (100, 130))
    net = KINDS[kind](rng)
    given = np.where(bad, np.nan, image)
    scaling = net.measure(given)
    settings = {"nan": "keep", "border": border, "cval": 0.7, "scaling": scaling}
    got = afmnn.apply(net, given, **settings)
    expected = twin.apply(net, completed(given, scaling), border=border, constant=0.7, scaling=scaling)
    assert_allclose(got[~bad], expected[~bad], rtol=0, atol=1e-4 * np.ptp(expected))
    for threads in (1, 2, 3):
        assert_array_equal(afmnn.apply(net, given, threads=threads, **settings), got)


def test_large_holes(rng):
    """Rows above and below are looked for within 256; wherever tiles are cut, the same is found."""
    image, _ = relief((900, 60), rng)
    image[100:800, 20:] = np.nan
    image[300, 50] = 2.0
    net = some_network((9, 7), (3,), rng)
    scaling = net.measure(image)
    there = np.isfinite(image)
    expected = twin.apply(net, completed(image, scaling), scaling=scaling)
    for view in (image, image.astype(np.float32), np.asfortranarray(image)):
        got = afmnn.apply(net, view, nan="keep", scaling=scaling)
        close(got[there], expected[there], image[there])


EDGES = {
    "stopped": np.s_[:70, :],
    "begun late": np.s_[31:, :],
    "margins": np.s_[20:90, 7:120],
    "one line": np.s_[:-1, :],
    "one column": np.s_[:, 1:],
    "a corner": np.s_[-9:, -20:],
}


@pytest.mark.parametrize("part", EDGES)
@pytest.mark.parametrize("kind", KINDS)
def test_missing_edges_are_no_part_of_the_image(kind, part, rng):
    """Lines next to what is missing come out as at the edge of an image that ends there."""
    image = relief((100, 130), rng)[0] + 0.3 * np.arange(100.0)[:, None]
    net = KINDS[kind](rng)
    given = np.full(image.shape, np.nan)
    given[EDGES[part]] = image[EDGES[part]]
    for border in BORDERS:
        cval = {"cval": 0.7} if border == "constant" and net.fovea is None else {}
        got = afmnn.apply(net, given, nan="keep", border=border, **cval)
        expected = afmnn.apply(net, image[EDGES[part]], border=border, **cval)
        assert_allclose(got[EDGES[part]], expected, rtol=0, atol=2e-5 * np.ptp(expected))
        assert np.isfinite(got).sum() == expected.size
    if net.fovea is not None:
        got = afmnn.apply(net, given, nan="keep", flips=True)[EDGES[part]]
        expected = afmnn.apply(net, image[EDGES[part]], flips=True)
        assert_allclose(got, expected, rtol=0, atol=2e-5 * np.ptp(expected))


def test_progress_counts_all_rows_where_some_are_missing(rng):
    image = relief((300, 250), rng)[0]
    image[200:] = np.nan
    seen = []
    afmnn.apply(some_network((5, 5), (3,), rng), image, nan="keep", progress=lambda *call: seen.append(call))
    assert seen[-1] == (300, 300)
    assert all(rows == 300 for _, rows in seen)


@pytest.fixture(scope="module")
def spheres():
    """A network, and scans of the kind that it knows, with their ideal images."""

    def pair(seed):
        ideal = afmnn.synth.objects(
            (128, 128), kind="half_sphere", radius=10, height=100e-9, coverage=0.8, radius_spread=0.2, seed=seed
        )
        defects = {"shape": (128, 128), "seed": seed}
        return ideal + afmnn.synth.noise(**defects, rms=10e-9) + afmnn.synth.line_steps(**defects, rms=15e-9), ideal

    return afmnn.train(*pair(1), window=21, steps=10, batch=256, seed=0), [pair(seed) for seed in range(2, 7)]


@pytest.mark.parametrize("lost", [np.s_[60:61], np.s_[60:63], np.s_[50:70], np.s_[40:60, 50:], np.s_[60:70, 20:110]], ids=str)
def test_lines_next_to_lost_ones_are_as_good_as_at_an_edge(lost, spheres):
    net, pairs = spheres
    gone = np.zeros((128, 128), bool)
    gone[lost] = True
    near = scipy.ndimage.binary_dilation(gone, np.ones((9, 1))) & ~gone
    rows = np.flatnonzero(gone.any(axis=1))
    kept, cut = [], []
    for scan, ideal in pairs:
        kept.append(afmnn.apply(net, np.where(gone, np.nan, scan), nan="keep") - ideal)
        parts = [afmnn.apply(net, scan[: rows[0]]), np.zeros((len(rows), 128)), afmnn.apply(net, scan[rows[-1] + 1 :])]
        cut.append(np.vstack(parts) - ideal)
    kept, cut = (np.sqrt(np.mean(np.square([error[near] for error in errors]))) for errors in (kept, cut))
    assert kept < 1.1 * cut


def test_nothing_but_missing_pixels(rng):
    image = np.full((9, 9), np.nan)
    net = some_network((3, 3), (2,), rng)
    with pytest.raises(ValueError, match="image must have a finite pixel, got none in 81"):
        afmnn.apply(net, image, nan="keep")
    for border in BORDERS:  # a tile of a scan that has some
        assert np.isnan(afmnn.apply(net, image, nan="keep", scaling=net.scaling, border=border)).all()


def test_constant_but_for_missing_pixels(rng):
    image = np.full((9, 9), 2.5)
    image[4, 4] = np.inf
    got = afmnn.apply(some_network((3, 3), (2,), rng), image, nan="keep")
    assert_array_equal(got, np.where(np.isinf(image), np.nan, 2.5))


@pytest.mark.parametrize("mark", [-1e-3, -1.0, -9999.0, 1e10])
@pytest.mark.parametrize("kind", KINDS)
def test_marks_for_missing_pixels(kind, mark, rng):
    """They spoil their neighbourhood only, as they do in every filter."""
    image = 1e-9 * relief((150, 190), rng)[0]
    net = KINDS[kind](rng)
    scaling = net.measure(image)
    expected = afmnn.apply(net, image, scaling=scaling)
    marked = image.copy()
    marked[74, 95] = mark
    got = afmnn.apply(net, marked, scaling=scaling)
    reach = [n // 2 for n in net.extent]
    far = np.ones(image.shape, bool)
    far[74 - reach[0] : 75 + reach[0], 95 - reach[1] : 96 + reach[1]] = False
    assert np.sum(far) > 1000
    if kind == "default":
        assert_allclose(got[far], expected[far], rtol=0, atol=1e-5 / scaling.in_factor)
    else:
        assert_array_equal(got[far], expected[far])
    assert np.isfinite(got).all()
    assert np.abs(got - expected).max() > 0.01 / scaling.out_factor


@pytest.mark.parametrize("mark", [3.4e38, -1.7e308])
def test_marks_that_no_network_can_hold(mark, rng):
    image = 1e-9 * relief((30, 30), rng)[0]
    net = some_network((3, 3), (3,), rng)
    image[4, 5] = mark
    message = r"image must have no height further than 1e\+30 times the spread .*: missing pixels should be NaN"
    with pytest.raises(ValueError, match=message):
        afmnn.apply(net, image)
    image[4, 5] = np.nan
    assert np.isnan(afmnn.apply(net, image, nan="keep")).sum() == 1


# ---- tiles ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("method", ["adam", "gwyddion"])
def test_tiles_of_one_scan_agree(method, dtype, rng):
    """With the direct sum to the last bit; by Fourier transforms, which depend on the tile's place, to rounding."""
    scan = relief((150, 170), rng)[0].astype(dtype)
    for window in ((5, 6), (27, 27)):
        net = some_network(window, (3,), rng, method)
        whole = afmnn.apply(net, scan)
        scaling = net.measure(scan)
        for rows, cols in ((slice(0, 90), slice(60, 170)), (slice(31, 140), slice(0, 101))):
            tile = afmnn.apply(net, scan[rows, cols], scaling=scaling)
            # Away from the tile's own edges, and at the scan's.
            top = 0 if rows.start == 0 else window[0]
            left = 0 if cols.start == 0 else window[1]
            bottom = None if rows.stop == 150 else -window[0]
            right = None if cols.stop == 170 else -window[1]
            part = (slice(top, bottom), slice(left, right))
            if window == (5, 6) or method == "gwyddion":
                assert_array_equal(tile[part], whole[rows, cols][part])
            else:
                close(tile[part], whole[rows, cols][part], scan)
        assert np.abs(afmnn.apply(net, scan[:90, 60:]) - whole[:90, 60:])[:50, 60:].max() > 1e-4 * np.ptp(whole)
