"""Networks with a fovea: what they are made of, what they compute, and that planes do not matter to them."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import _core
from afmnn._reference import fovea as fovea_twin
from afmnn._reference import holes
from afmnn._reference import networks as twin
from afmnn.fovea import Band, Fovea
from afmnn.nn.apply import core_network
from afmnn.nn.scaling import LinearScaling
from afmnn.training.presets import PRESETS
from networks import COMPRESSING, FOVEA, LATER, LATER_COMPRESSING, fovea_network, relief, staged_network

pytestmark = [pytest.mark.arithmetic, pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")]

BORDERS = ["reflect", "nearest", "mirror", "constant"]
SQUARE = Band((1, 1), (3, 3), (3, 3), (1, 1))


def tilt(shape, down=0.7, along=-0.3):
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return down * rows + along * cols


def close(got, expected, image, tolerance=1e-5):
    """Single precision inside: relative to what is left of the heights without their plane."""
    left = image - afmnn.Network.measure(fovea_network(np.random.default_rng(0)), image).plane(image.shape)
    assert_allclose(got, expected, rtol=0, atol=tolerance * np.ptp(left))


# ---- what it is made of -----------------------------------------------------------------------------------------------


def test_taps_and_window_follow_from_the_bands():
    assert FOVEA.taps == 15 + 9 + 15 + 3
    # 27 rows: half a box of 27. 37 columns: 14 to the last tap, half a box of 9 around it.
    assert FOVEA.window == (27, 37)
    assert Fovea((SQUARE,), (27, 81)).window == (27, 81)
    assert Fovea([SQUARE], [1, 3]) == Fovea((SQUARE,), (1, 3))
    assert Band(1, 3, 5, 2).reach == (5, 5)
    assert Band((1, 1), (3, 9), (5, 1), (2, 7)).reach == (5, 4)


def test_bands_of_the_residual():
    assert LATER.taps == 9 + 15 + 15 + 9 + 1
    assert [band.of_residual for band in LATER.bands] == [False, True, True, True, True]
    assert (LATER.sees_residual, FOVEA.sees_residual) == (True, False)
    # Half a box of 27 rows; twelve columns to the last tap and half a box of 9 around it.
    assert LATER.window == (27, 33)
    assert Band((9, 3), None, (5, 3), (2, 7)).reach == (4 + 4, 7 + 1)
    with pytest.raises(ValueError, match="box must have sides that are powers of three"):
        Band((2, 1), None, (1, 1), (1, 1))
    with pytest.raises(ValueError, match="less must be two integers"):
        Band((1, 1), (), (1, 1), (1, 1))
    with pytest.raises(ValueError, match="base must be None where bands see the residual, and a box where none does, got None"):
        Fovea((SQUARE,), None)
    for base in ((1, 1), (27, 27), 9):
        with pytest.raises(ValueError, match=r"base must be None where bands see the residual, .*, got \("):
            Fovea((SQUARE, Band((1, 1), None, (1, 1), (1, 1))), base)
    with pytest.raises(ValueError, match="bands must reach at most 1024 pixels far"):
        Fovea((Band((3, 1), None, (3, 1), (1024, 1)),), None)
    assert Fovea((Band((3, 1), None, (3, 1), (1023, 1)),), None).window == (2049, 1)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"box": (2, 1)}, ValueError, "box must have sides that are powers of three up to 729, got"),
        ({"less": (3, 6)}, ValueError, "less must have sides that are powers of three"),
        ({"less": (2187, 3)}, ValueError, "less must have sides that are powers of three"),
        ({"box": (3, 3)}, ValueError, r"less must be a larger box than \(3, 3\), got \(3, 3\)"),
        ({"box": (9, 1)}, ValueError, "less must be a larger box"),
        ({"box": (0, 1)}, ValueError, r"box\[0\] must be at least 1"),
        ({"box": (1.0, 1)}, TypeError, r"box\[0\] must be an integer"),
        ({"box": (1, 1, 1)}, ValueError, "box must be two integers"),
        ({"grid": (2, 3)}, ValueError, r"grid must have odd sides, got \(2, 3\)"),
        ({"grid": (-1, 3)}, ValueError, r"grid\[0\] must be at least 1"),
        ({"step": (0, 1)}, ValueError, r"step\[0\] must be at least 1"),
        ({"step": True}, TypeError, "step must be an integer"),
        ({"gain": 0.0}, ValueError, "gain must be positive"),
        ({"gain": np.nan}, ValueError, "gain must be"),
        ({"gain": "1"}, TypeError, "gain must be"),
    ],
)
def test_wrong_bands_are_refused(changes, error, message):
    with pytest.raises(error, match=message):
        dataclasses.replace(SQUARE, **changes)


@pytest.mark.parametrize(
    ("bands", "base", "error", "message"),
    [
        ((), (1, 1), ValueError, "bands must be a tuple of at least one Band"),
        (SQUARE, (1, 1), ValueError, "bands must be a tuple of at least one Band"),
        (((1, 1),), (1, 1), ValueError, "bands must be a tuple of at least one Band"),
        ((SQUARE,), (4, 1), ValueError, "base must have sides that are powers of three"),
        ((SQUARE,), (-3, 1), ValueError, r"base\[0\] must be at least 1"),
        ((dataclasses.replace(SQUARE, step=(1023, 1)),), (1, 1), None, ""),
        ((dataclasses.replace(SQUARE, step=(1024, 1)),), (1, 1), ValueError, "bands must reach at most 1024 pixels far"),
        ((dataclasses.replace(SQUARE, grid=(10**30 + 1, 1)),), (1, 1), ValueError, "bands must reach at most 1024"),
    ],
)
def test_wrong_foveas_are_refused(bands, base, error, message):
    if error is None:
        assert Fovea(bands, base).window == (2049, 5)
        return
    with pytest.raises(error, match=message):
        Fovea(bands, base)


@pytest.mark.parametrize("fovea", [FOVEA, LATER, COMPRESSING, *(fovea for preset in PRESETS.values() for fovea in preset.foveas)])
def test_plain_form_comes_back(fovea):
    assert Fovea.from_plain(fovea.plain()) == fovea
    assert Fovea.from_plain(fovea.plain()).core() == fovea.core()
    assert ("compresses" in fovea.plain()) is fovea.compresses  # files of before have no such word


def changed(change):
    plain = copy.deepcopy(FOVEA.plain())
    change(plain)
    return plain


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        "fovea",
        {},
        changed(lambda p: p.pop("base")),
        changed(lambda p: p.update(more=1)),
        changed(lambda p: p.update(bands=[])),
        changed(lambda p: p.update(bands=3)),
        changed(lambda p: p.update(bands="bands")),
        changed(lambda p: p.update(bands=p["bands"][0])),
        changed(lambda p: p.update(bands=[[]])),
        changed(lambda p: p.update(compresses=1)),
        changed(lambda p: p.update(base=9)),
        changed(lambda p: p.update(base="93")),
        changed(lambda p: p.update(base=[9, True])),
        changed(lambda p: p["bands"][0].pop("gain")),
        changed(lambda p: p["bands"][0].update(gain=True)),
        changed(lambda p: p["bands"][0].update(gain=None)),
        changed(lambda p: p["bands"][0].update(gain=float("inf"))),
        changed(lambda p: p["bands"][0].update(angle=1)),
        changed(lambda p: p["bands"][0].update(box={"0": 1, "1": 1})),
        changed(lambda p: p["bands"][0].update(box=[1] * 1000)),
        changed(lambda p: p["bands"][1].update(grid=[10**100 + 1, 1])),
        changed(lambda p: p.update(base=None)),
        changed(lambda p: p["bands"][1].update(less=None)),
        changed(lambda p: p["bands"][1].update(less=[])),
        changed(lambda p: p["bands"][1].update(less=0)),
        changed(lambda p: p["bands"][1].update(less=False)),
        changed(lambda p: p["bands"][1].update(box=None)),
        changed(lambda p: p["bands"][1].update(step=None)),
        changed(lambda p: p["bands"][1].pop("less")),
    ],
)
def test_strange_plain_forms_are_refused(plain):
    with pytest.raises((ValueError, TypeError)):
        Fovea.from_plain(plain)


def test_a_network_must_fit_its_fovea(rng):
    net = fovea_network(rng)
    assert repr(net) == "<afmnn.Network: fovea of 42 taps in 27 x 37, hidden 6, 4, method 'adam'>"
    for changes, message in [
        ({"window": (27, 35)}, r"window must be the fovea's \(27, 37\)"),
        ({"linear": None}, "linear path"),
        ({"method": "gwyddion"}, "method 'adam'"),
        ({"linear": np.zeros(41)}, r"linear must have the shape of the taps \(42,\)"),
        ({"layers": (np.zeros((6, 42)), np.zeros((1, 7)))}, r"layers\[0\] must have the shape \(nodes, 43\)"),
        ({"scaling": afmnn.Scaling("robust", 0, 1, 0, 1)}, "scaling must be a 'levelled' Scaling for a fovea"),
        ({"fovea": None}, "layers"),
    ]:
        with pytest.raises(ValueError, match=message):
            dataclasses.replace(net, **changes)
    with pytest.raises(TypeError, match=r"fovea must be an afmnn\.fovea\.Fovea"):
        dataclasses.replace(net, fovea=FOVEA.plain())
    again = pickle.loads(pickle.dumps(net))
    assert again.fovea == net.fovea
    assert_array_equal(again.linear, net.linear)


def test_wrong_calls_of_the_core_raise():
    layers = [np.zeros((2, 43), np.float32), np.zeros((1, 3), np.float32)]
    linear = np.zeros(42, np.float32)
    bands, base, _ = FOVEA.core()
    assert _core.NetworkF32(27, 37, "tanh", layers, linear, (bands, base, False)).arrays()[1].shape == (42,)
    square = ((1, 1, 3, 3, 3, 3, 1, 1), 1.0, False)
    for window, fovea, function in [
        ((25, 37), (bands, base), "tanh"),
        ((27, 37), (bands, base), "logistic"),
        ((27, 37), (bands, (2, 3)), "tanh"),
        ((27, 37), ([], base), "tanh"),
        ((5, 5), ([((1, 1, 4, 3, 3, 3, 1, 1), 1.0, False)], (1, 1)), "tanh"),
        ((5, 5), ([((0, 1, 3, 3, 3, 3, 1, 1), 1.0, False)], (1, 1)), "tanh"),
        ((5, 5), ([((1, 1, 3, 3, 2, 3, 1, 1), 1.0, False)], (1, 1)), "tanh"),
        ((5, 5), ([((1, 1, 3, 3, 3, 3, 0, 1), 1.0, False)], (1, 1)), "tanh"),
        ((5, 5), ([((1, 1, 3, 3, 4095, 3, 4096, 1), 1.0, False)], (1, 1)), "tanh"),
        ((5, 5), ([square], (1, 1)), "tanh"),  # of 9 taps
        ((5, 5), ([((1, 1, 0, 0, 3, 3, 1, 1), 1.0, False)], (1, 1)), "tanh"),  # only of the residual
        ((5, 5), ([((1, 1, 0, 3, 3, 3, 1, 1), 1.0, True)], (1, 1)), "tanh"),
        ((5, 5), ([((1, 1, 3, 0, 3, 3, 1, 1), 1.0, True)], (1, 1)), "tanh"),
        ((5, 5), ([((0, 0, 0, 0, 3, 3, 1, 1), 1.0, True)], (1, 1)), "tanh"),
        ((5, 5), ([((2, 1, 0, 0, 3, 3, 1, 1), 1.0, True)], (1, 1)), "tanh"),
    ]:
        with pytest.raises(ValueError, match="must be"):
            _core.NetworkF32(*window, function, layers, linear, (*fovea, False))


# ---- what it computes -------------------------------------------------------------------------------------------------


def test_the_twin_is_the_formula(rng):
    image = rng.normal(size=(60, 70))
    taps = fovea_twin.taps(image, FOVEA, (2, 4))
    assert taps.shape == (8, FOVEA.taps)
    row, col = 29 + 1, 33 + 2  # the pixel in the second row and third column of the 2 x 4 in the middle
    # The first tap of the second band lies 3 pixels above and left of its pixel; the last one as far below and right.
    for tap, r, c in [(15, row - 3, col - 3), (23, row + 3, col + 3)]:
        box, less = image[r - 1 : r + 2, c - 1 : c + 2], image[r - 4 : r + 5, c - 4 : c + 5]
        assert taps[6, tap] == pytest.approx(2.0 * (box.mean() - less.mean()), abs=1e-12)
    base = image[row - 4 : row + 5, col - 1 : col + 2]
    assert fovea_twin.base(image, FOVEA, (2, 4))[6] == pytest.approx(base.mean(), abs=1e-12)


SHAPES = [(40, 50), (1, 60), (60, 1), (1, 1), (5, 7), (2, 300), (130, 20)]


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("fovea", [FOVEA, COMPRESSING], ids=["plain", "compressing"])
def test_apply_does_what_the_formula_says(fovea, shape, border, rng):
    image = relief(shape, rng)[0] + tilt(shape)
    if image.size == 1:
        image = np.zeros(shape)
    net = fovea_network(rng, fovea=fovea)
    scaling = dataclasses.replace(net.scaling, row_slope=0.7, col_slope=-0.3)
    got = afmnn.apply(net, image, border=border, cval=0.2, scaling=scaling)
    expected = twin.apply(net, image, border=border, constant=0.2, scaling=scaling)
    assert_allclose(got, expected, rtol=0, atol=1e-5 * max(np.ptp(expected), 1.0))
    assert got.dtype == np.float64


def test_compressing_keeps_small_numbers_and_tames_large_ones(rng):
    v = np.concatenate([rng.normal(size=1000) * 10.0 ** rng.uniform(-6, 6, 1000), [0.0, -0.0]])
    c = fovea_twin.compressed(v)
    assert_allclose(fovea_twin.expanded(c), v, rtol=1e-9)
    assert (np.abs(c) <= np.minimum(np.abs(v), np.sqrt(np.abs(v)))).all()
    assert_allclose(c[np.abs(v) < 1e-3], v[np.abs(v) < 1e-3], rtol=1e-3)
    assert_allclose(np.abs(c[np.abs(v) > 1e4]), np.sqrt(np.abs(v[np.abs(v) > 1e4])), rtol=1e-4)


@pytest.mark.parametrize("preset", [name for name, preset in PRESETS.items() if preset.foveas])
def test_apply_does_what_the_formula_says_with_the_foveas_of_presets(preset, rng):
    foveas = PRESETS[preset].foveas
    net = staged_network(rng, len(foveas), (5,), foveas)
    image = relief((50, 70), rng)[0] + tilt((50, 70))
    close(afmnn.apply(net, image), twin.apply(net, image, scaling=net.measure(image)), image, 3e-5)


@pytest.mark.parametrize("stages", [1, 2])
@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_at_most_64_noises_are_taken_off(sign, stages, rng):
    net = staged_network(rng, stages, (4,), (COMPRESSING, LATER_COMPRESSING))
    layers = [layer.copy() for layer in net.layers]
    layers[-1][0, 0] = 1e3 * sign  # expanded, a million noises
    net = dataclasses.replace(net, layers=tuple(layers))
    image = relief((40, 50), rng)[0]
    taken = afmnn.apply(net, image) - image
    assert_allclose(taken, 64.0 * sign * net.measure(image).row_noise, rtol=1e-4)


@pytest.mark.parametrize("cval", [None, 3.0])
def test_beyond_a_constant_border_the_plane_goes_on(cval, rng):
    image = relief((30, 40), rng)[0]
    net = fovea_network(rng)
    tilted = image + tilt(image.shape)
    level, slanted = (afmnn.apply(net, z, border="constant", cval=cval) for z in (image, tilted))
    close(slanted - tilt(image.shape), level, image)
    if cval is None:
        scaling = net.measure(image)
        expected = twin.apply(net, image, border="constant", constant=scaling.in_shift, scaling=scaling)
        close(level, expected, image)


def test_average_fills_what_windows_do_not_reach(rng):
    image = relief((50, 60), rng)[0] + tilt((50, 60))
    net = fovea_network(rng)
    got, usual = afmnn.apply(net, image, border="average"), afmnn.apply(net, image)
    inside = np.s_[13:-14, 18:-19]
    assert_array_equal(got[inside], usual[inside])
    assert_allclose(got[:13], usual[inside].mean())
    assert_allclose(got[:, -19:], usual[inside].mean())


@pytest.mark.parametrize("border", BORDERS)
def test_missing_heights_are_filled_and_a_tilt_makes_no_difference(border, rng):
    image = relief((30, 40), rng)[0]
    image[3, 5:9] = np.nan
    image[10, :7] = np.nan  # to the edge
    image[12, 30:] = np.inf
    image[20] = -np.inf  # a whole row
    net = fovea_network(rng)
    got = afmnn.apply(net, image, nan="keep", border=border)
    missing = ~np.isfinite(image)
    assert np.isnan(got[missing]).all()
    assert np.isfinite(got[~missing]).all()

    scaling = net.measure(image)
    level = holes.filled(np.where(missing, np.nan, image) - scaling.plane(image.shape), scaling.in_shift)
    flat = dataclasses.replace(scaling, row_slope=0.0, col_slope=0.0)
    constant = {"constant": scaling.in_shift} if border == "constant" else {}
    expected = twin.apply(net, level, scaling=flat, border=border, **constant) + scaling.plane(image.shape)
    assert_allclose(got[~missing], expected[~missing], rtol=0, atol=1e-5 * np.ptp(expected))

    tilted = afmnn.apply(net, image + tilt(image.shape), nan="keep", border=border)
    assert_allclose((tilted - tilt(image.shape))[~missing], got[~missing], rtol=0, atol=2e-5 * np.ptp(expected))


def test_kinds_of_images(tmp_path, rng):
    image = relief((40, 50), rng)[0] + tilt((40, 50))
    net = fovea_network(rng)
    expected = afmnn.apply(net, image)
    single = afmnn.apply(net, image.astype(np.float32))
    assert single.dtype == np.float32
    close(single, expected, image, 3e-5)
    assert_array_equal(afmnn.apply(net, image.astype(np.float32).astype(np.float64)).astype(np.float32), single)

    scan = afmnn.Image(image, size=(4e-6, 5e-6), unit_xy="m", unit_z="nm", title="Height")
    clean = afmnn.apply(net, scan)
    assert (clean.size, clean.unit_z, clean.title) == (scan.size, "nm", "Height")
    assert_array_equal(clean.data, expected)

    mapped = np.lib.format.open_memmap(tmp_path / "out.npy", mode="w+", dtype=np.float64, shape=image.shape)
    assert afmnn.apply(net, image, out=mapped) is mapped
    assert_array_equal(mapped, expected)
    strided = np.full((80, 150), np.nan)
    for out in (strided[::-2, ::3], strided.T[:50, :40].T):
        afmnn.apply(net, image[:, ::-1].copy()[:, ::-1], out=out)
        assert_array_equal(out, expected)


def test_the_same_bits_for_any_threads_and_rows_at_a_time(rng):
    image = relief((200, 500), rng)[0] + tilt((200, 500))
    net = fovea_network(rng)
    scaling = net.measure(image)
    expected = afmnn.apply(net, image, threads=1)
    for threads in (2, 3):
        assert_array_equal(afmnn.apply(net, image, threads=threads), expected)
        assert_array_equal(afmnn.apply(net, image, threads=threads, flips=True), afmnn.apply(net, image, threads=1, flips=True))
    core = core_network(net)
    size, tile = _core.plan_tiles(core, *image.shape)
    assert (size, 0 < tile < 100) == (0, True)
    out = np.full(image.shape, np.nan)
    linear = LinearScaling.of(scaling)
    for first in range(0, len(image), tile):
        last = min(first + tile, len(image))
        _core.apply(core, image, out, linear, ("reflect", 0.0), rows=(first, last))
    assert_array_equal(out, expected)


def test_pieces_of_a_scan_agree(rng):
    image = relief((120, 60), rng)[0] + tilt((120, 60))
    net = fovea_network(rng)
    scaling, whole = net.measure(image), afmnn.apply(net, image)
    half = net.window[0] // 2
    top = afmnn.apply(net, image[: 60 + half], scaling=scaling)[:60]
    bottom = afmnn.apply(net, image[60 - half :], scaling=scaling)[half:]
    close(np.concatenate([top, bottom]), whole, image)


# ---- what does not matter ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("border", ["reflect", "nearest", "mirror"])
@pytest.mark.parametrize("shape", [(60, 70), (20, 90), (61, 8)])
def test_a_plane_changes_the_result_by_that_plane_only(shape, border, rng):
    image = relief(shape, rng)[0]
    net = fovea_network(rng)
    expected = afmnn.apply(net, image, border=border)
    assert np.ptp(expected - image) > 0.3  # it does something
    for down, along in ((0.5, 0.0), (0.0, -2.0), (3.0, 10.0)):
        got = afmnn.apply(net, image + tilt(shape, down, along), border=border)
        close(got - tilt(shape, down, along), expected, image)


def test_away_from_borders_a_plane_cancels_without_levelling(rng):
    image = relief((60, 80), rng)[0]
    net = fovea_network(rng)
    scaling = dataclasses.replace(net.measure(image), row_slope=0.0, col_slope=0.0)
    plane = tilt(image.shape, 0.05, -0.03)
    difference = afmnn.apply(net, image + plane, scaling=scaling) - plane - afmnn.apply(net, image, scaling=scaling)
    assert np.abs(difference[13:-13, 18:-18]).max() < 1e-5 * np.ptp(image)
    assert np.abs(difference).max() > 1e-3 * np.ptp(image)


def test_offset_and_unit_do_not_matter(rng):
    image = relief((50, 60), rng)[0] + tilt((50, 60))
    net = fovea_network(rng)
    expected = afmnn.apply(net, image)
    close(afmnn.apply(net, image + 1e9) - 1e9, expected, image)
    close(afmnn.apply(net, image * 1e9) / 1e9, expected, image)
    close(afmnn.apply(net, image * 1e-9) * 1e9, expected, image)


def test_flips_are_averaged(rng):
    net = fovea_network(rng)
    for image in (relief((40, 53), rng)[0], relief((40, 53), rng)[0] + tilt((40, 53), 2.0, 1.0)):
        parts = []
        for way in (np.s_[:, :], np.s_[::-1], np.s_[:, ::-1], np.s_[::-1, ::-1]):
            parts.append(afmnn.apply(net, image[way], flips=False)[way])
        got = afmnn.apply(net, image, flips=True)
        close(got, np.mean(parts, axis=0), image)
        assert np.abs(got - parts[0]).max() > 0.1
        close(afmnn.apply(net, image[::-1, ::-1], flips=True)[::-1, ::-1], got, image, 1e-6)
        for border, cval in (("constant", None), ("constant", 2.0), ("nearest", None)):
            got = afmnn.apply(net, image, flips=True, border=border, cval=cval)
            turned = afmnn.apply(net, image[::-1, ::-1], flips=True, border=border, cval=cval)
            if cval is None:
                close(turned[::-1, ::-1], got, image, 1e-6)
    holes = image.copy()
    holes[5, 7:9] = np.nan
    got = afmnn.apply(net, holes, flips=True, nan="keep")
    assert_array_equal(np.isnan(got), np.isnan(holes))
    averaged = dataclasses.replace(net, training={"flips_averaged": True})
    assert_array_equal(afmnn.apply(averaged, image), afmnn.apply(net, image, flips=True))
    assert_array_equal(afmnn.apply(averaged, image, flips=False), afmnn.apply(net, image))
    with pytest.raises(TypeError, match="flips must be"):
        afmnn.apply(net, image, flips=2)


def test_progress_of_flips_is_told_in_quarters(rng):
    image = relief((200, 90), rng)[0]
    told = []
    afmnn.apply(fovea_network(rng), image, flips=True, threads=1, progress=lambda done, rows: told.append((done, rows)))
    assert {rows for _, rows in told} == {200}
    done = [rows for rows, _ in told]
    assert done == sorted(done)
    assert {50, 100, 150, 200} <= set(done)


def test_a_plane_and_a_constant_come_back_as_they_are(rng):
    net = fovea_network(rng)
    for image in (tilt((40, 50)), 1e9 + tilt((40, 50)), np.full((30, 40), 7.0), tilt((40, 50)) * 1e-12):
        for flips in (False, True):
            assert_array_equal(afmnn.apply(net, image, flips=flips), image)
    single = (5 + tilt((40, 50))).astype(np.float32)
    assert_allclose(afmnn.apply(net, single), single, rtol=0, atol=20 * np.spacing(np.abs(single).max()))


@pytest.mark.filterwarnings("ignore:the image has a height that")  # as it should be told
def test_a_mark_for_a_missing_pixel_spoils_its_neighbourhood_only(rng):
    image = relief((80, 90), rng)[0]
    net = fovea_network(rng)
    clean = afmnn.apply(net, image)
    image[5, 5] = 1e15
    got = afmnn.apply(net, image)
    close(got[33:, 42:], clean[33:, 42:], relief((80, 90), rng)[0], 0.05)
    assert np.abs(got - image)[33:, 42:].max() > 0.3  # and not the image as it was
