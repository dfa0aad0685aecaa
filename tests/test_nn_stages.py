"""Networks that follow one another: what they compute, piece by piece and by any number of threads, and what does not matter."""

import dataclasses
import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import _core
from afmnn._reference import fovea as fovea_twin
from afmnn._reference import holes
from afmnn._reference import networks as twin
from afmnn.nn.apply import core_network
from afmnn.nn.scaling import LinearScaling
from networks import COMPRESSING, FOVEA, LATER, LATER_COMPRESSING, fovea_network, relief, staged_network

pytestmark = pytest.mark.arithmetic

FOVEAS = [(FOVEA, LATER, LATER), (COMPRESSING, LATER_COMPRESSING, LATER_COMPRESSING)]
BORDERS = ["reflect", "nearest", "mirror", "constant"]
SHAPES = [(40, 50), (1, 60), (60, 1), (1, 1), (5, 7), (2, 300), (130, 20)]


def tilt(shape, down=0.7, along=-0.3):
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    return down * rows + along * cols


def close(got, expected, image, tolerance=2e-5):
    """Single precision inside: relative to what is left of the heights without their plane."""
    left = image - afmnn.Network.measure(fovea_network(np.random.default_rng(0)), image).plane(image.shape)
    assert_allclose(got, expected, rtol=0, atol=tolerance * np.ptp(left))


def in_double_precision(net, image, border, constant, scaling):
    """All stages by the core's other number type, whose rounding hides nothing."""
    previous = None
    linear_scaling = LinearScaling.of(scaling)
    for stage in net.stages:
        layers, linear = [layer.astype(np.float64) for layer in stage.layers], stage.linear.astype(np.float64)
        core = _core.NetworkF64(*stage.window, "tanh", layers, linear, stage.fovea.core())
        out = np.full(image.shape, np.nan)
        _core.apply(core, image, out, linear_scaling, (border, constant), previous=previous)
        previous = out
    return previous


# ---- what they compute ------------------------------------------------------------------------------------------------


def test_the_twin_is_the_formula(rng):
    image, previous = rng.normal(size=(60, 70)), rng.normal(size=(60, 70))
    taps = fovea_twin.taps(image, LATER, (2, 4), previous)
    assert taps.shape == (8, LATER.taps) == (8, 9 + 15 + 15 + 9 + 1)
    row, col = 29 + 1, 33 + 2  # the pixel in the second row and third column of the 2 x 4 in the middle
    assert taps[6, 4] == pytest.approx(2.0 * (image[row, col] - image[row - 1 : row + 2, col - 1 : col + 2].mean()), abs=1e-12)
    residual = np.clip(image - previous, -1.0, 1.0)
    assert taps[6, 9] == pytest.approx(1.5 * residual[row - 1, col - 2], abs=1e-12)
    # The first of the means along the rows: four rows above, twelve columns before.
    assert taps[6, 24] == pytest.approx(2.5 * residual[row - 4, col - 16 : col - 7].mean(), abs=1e-12)
    assert taps[6, 48] == pytest.approx(3.0 * residual[row - 13 : row + 14, col].mean(), abs=1e-12)
    assert fovea_twin.base(image, LATER, (2, 4), previous)[6] == previous[row, col]


@pytest.mark.parametrize("stages", [2, 3])
@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("foveas", FOVEAS, ids=["plain", "compressing"])
def test_apply_does_what_the_formula_says(shape, border, stages, foveas, rng):
    image = relief(shape, rng)[0] + tilt(shape)
    if image.size == 1:
        image = np.zeros(shape)
    net = staged_network(rng, stages, foveas=foveas)
    # Slopes that are not those of the tilt, and a scale of the output that is not that of the input.
    scaling = dataclasses.replace(net.scaling, row_slope=0.6, col_slope=-0.35, out_shift=0.4, out_factor=2.5)
    expected = twin.apply(net, image, border=border, constant=0.2, scaling=scaling)
    got = afmnn.apply(net, image, border=border, cval=0.2, scaling=scaling)
    assert got.dtype == np.float64
    span = max(np.ptp(expected), 1.0)
    assert_allclose(got, expected, rtol=0, atol=2e-5 * span)
    assert_allclose(in_double_precision(net, image, border, 0.2, scaling), expected, rtol=0, atol=1e-12 * span)


def test_every_stage_counts(rng):
    image = relief((40, 50), rng)[0]
    net = staged_network(rng, 3)
    results = [afmnn.apply(stage, image) for stage in net.stages]
    for i in range(2):
        assert np.abs(results[i] - results[i + 1]).max() > 0.3
    first = dataclasses.replace(net.stages[0], linear=net.stages[0].linear * 1.1)
    other = dataclasses.replace(net, before=dataclasses.replace(net.before, before=first))
    assert np.abs(afmnn.apply(other, image) - results[2]).max() > 0.01
    assert_array_equal(afmnn.apply(dataclasses.replace(net, before=net.before), image), results[2])


def test_a_stage_without_weights_changes_nothing(rng):
    """Its output counts from what there was before, so it is a correction."""
    image = relief((70, 80), rng)[0] + tilt((70, 80))
    net = fovea_network(rng)
    idle = fovea_network(rng, fovea=LATER, scale=0.0, before=net)
    idle = dataclasses.replace(idle, layers=tuple(np.zeros_like(layer) for layer in idle.layers))
    close(afmnn.apply(idle, image), afmnn.apply(net, image), image, 1e-6)


def test_what_there_was_before_is_measured_by_the_image_alone(rng):
    """The scaling a stage was trained with does not count: all work in that of the image."""
    image = relief((40, 50), rng)[0]
    net = staged_network(rng)
    other = dataclasses.replace(net.before, scaling=afmnn.Scaling("levelled", 9.0, 7.0, 5.0, 3.0, 2.0, 1.0))
    assert_array_equal(afmnn.apply(dataclasses.replace(net, before=other), image), afmnn.apply(net, image))


@pytest.mark.parametrize("border", BORDERS)
def test_missing_heights_are_filled_and_a_tilt_makes_no_difference(border, rng):
    image = relief((30, 40), rng)[0]
    image[3, 5:9] = np.nan
    image[10, :7] = np.nan  # to the edge
    image[12, 30:] = np.inf
    image[20] = -np.inf  # a whole row
    net = staged_network(rng, 3)
    got = afmnn.apply(net, image, nan="keep", border=border)
    missing = ~np.isfinite(image)
    assert np.isnan(got[missing]).all()

    scaling = net.measure(image)
    level = holes.filled(np.where(missing, np.nan, image) - scaling.plane(image.shape), scaling.in_shift)
    flat = dataclasses.replace(scaling, row_slope=0.0, col_slope=0.0)
    constant = {"constant": scaling.in_shift} if border == "constant" else {}
    expected = twin.apply(net, level, scaling=flat, border=border, **constant) + scaling.plane(image.shape)
    assert_allclose(got[~missing], expected[~missing], rtol=0, atol=2e-5 * np.ptp(expected))

    tilted = afmnn.apply(net, image + tilt(image.shape), nan="keep", border=border)
    assert_allclose((tilted - tilt(image.shape))[~missing], got[~missing], rtol=0, atol=4e-5 * np.ptp(expected))
    flipped = afmnn.apply(net, image, nan="keep", border=border, flips=True)
    assert_array_equal(np.isnan(flipped), missing)


def test_kinds_of_images(tmp_path, rng):
    image = relief((40, 50), rng)[0] + tilt((40, 50))
    before = image.copy()
    for stages in (2, 3):
        net = staged_network(rng, stages)
        expected = afmnn.apply(net, image)
        single = afmnn.apply(net, image.astype(np.float32))
        assert single.dtype == np.float32
        close(single, expected, image, 1e-4)  # what stages hand on is rounded, too
        flat = relief((40, 50), rng)[0]
        close(afmnn.apply(net, flat.astype(np.float32)), afmnn.apply(net, flat), flat)

        clean = afmnn.apply(net, afmnn.Image(image, size=(4e-6, 5e-6), unit_xy="m", unit_z="nm", title="Height"))
        assert (clean.size, clean.unit_z, clean.title) == ((4e-6, 5e-6), "nm", "Height")
        assert_array_equal(clean.data, expected)

        mapped = np.lib.format.open_memmap(tmp_path / f"{stages}.npy", mode="w+", dtype=np.float64, shape=image.shape)
        assert afmnn.apply(net, image, out=mapped) is mapped
        assert_array_equal(mapped, expected)
        # Stages write to the result and to another image in turn: how either lies in memory does not matter.
        strided = np.full((80, 150), np.nan)
        for out in (strided[::-2, ::3], strided.T[:50, :40].T):
            afmnn.apply(net, image[:, ::-1].copy()[:, ::-1], out=out)
            assert_array_equal(out, expected)
        assert_array_equal(image, before)


def test_flips_are_averaged(rng):
    for stages in (2, 3):
        net = staged_network(rng, stages)
        image = relief((40, 53), rng)[0] + tilt((40, 53), 2.0, 1.0)
        ways = (np.s_[:, :], np.s_[::-1], np.s_[:, ::-1], np.s_[::-1, ::-1])
        parts = [afmnn.apply(net, image[way], flips=False)[way] for way in ways]
        got = afmnn.apply(net, image, flips=True)
        close(got, np.mean(parts, axis=0), image)
        assert np.abs(got - parts[0]).max() > 0.1
        close(afmnn.apply(net, image[::-1, ::-1], flips=True)[::-1, ::-1], got, image, 2e-6)
        averaged = dataclasses.replace(net, training={"flips_averaged": True})
        assert_array_equal(afmnn.apply(averaged, image), got)
        # Only what the last stage was made for counts.
        first = dataclasses.replace(net.stages[0], training={"flips_averaged": True})
        last = dataclasses.replace(net.stages[1], before=first)
        assert_array_equal(afmnn.apply(last, image), afmnn.apply(net.stages[1], image))


def test_memory_for_one_more_image_however_many_stages(rng):
    image = relief((700, 800), rng)[0]
    out = np.empty_like(image)
    for stages, flips, more in [(1, False, 0), (2, False, 1), (3, False, 1), (1, True, 1), (3, True, 2)]:
        net = staged_network(rng, stages, hidden=(1,))
        scaling = net.measure(image)
        tracemalloc.start()
        afmnn.apply(net, image, scaling=scaling, flips=flips, out=out)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert more - 0.1 < peak / image.nbytes < more + 0.2


# ---- piece by piece ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("stages", [2, 3])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_same_bits_for_any_threads_and_rows_at_a_time(stages, dtype, rng):
    image = (relief((200, 500), rng)[0] + tilt((200, 500), 0.1, 0.05)).astype(dtype)
    net = staged_network(rng, stages)
    expected = afmnn.apply(net, image, threads=1)
    for threads in (2, 3):
        assert_array_equal(afmnn.apply(net, image, threads=threads), expected)
        assert_array_equal(afmnn.apply(net, image, threads=threads, flips=True), afmnn.apply(net, image, threads=1, flips=True))
    linear_scaling = LinearScaling.of(net.measure(image))
    previous = None
    for stage in net.stages:
        core = core_network(stage)
        size, tile = _core.plan_tiles(core, *image.shape)
        assert (size, 0 < tile < 100) == (0, True)
        out = np.full(image.shape, np.nan, dtype)
        for first in range(0, len(image), tile):
            last = min(first + tile, len(image))
            rows = (first, last)
            _core.apply(core, image, out, linear_scaling, ("reflect", 0.0), previous=previous, threads=2, rows=rows)
        previous = out
    assert_array_equal(previous, expected)


@pytest.mark.parametrize("stages", [1, 2, 3])
def test_pieces_of_a_scan_agree_where_all_that_counts_is_inside(stages, rng):
    image = relief((200, 60), rng)[0] + tilt((200, 60))
    net = staged_network(rng, stages)
    assert net.extent == (26 * stages + 1, 36 + 32 * (stages - 1) + 1)
    scaling, whole = net.measure(image), afmnn.apply(net, image)
    half = net.extent[0] // 2
    top = afmnn.apply(net, image[: 100 + half], scaling=scaling)[:100]
    bottom = afmnn.apply(net, image[100 - half :], scaling=scaling)[half:]
    # The plane goes through the first pixel of a piece, far off the heights of the lower one, which single precision feels.
    close(np.concatenate([top, bottom]), whole, image, 1e-4)
    # No more than that counts, and no less.
    moved = image.copy()
    moved[100 + half] += 5.0
    assert_array_equal(afmnn.apply(net, moved, scaling=scaling)[:100], whole[:100])
    moved[100 + half - 1] += 5.0
    assert (afmnn.apply(net, moved, scaling=scaling)[99] != whole[99]).any()


def test_average_fills_what_windows_of_stages_do_not_reach(rng):
    net = staged_network(rng)
    shape = (60, 80)
    image = relief(shape, rng)[0] + tilt(shape)
    got, usual = afmnn.apply(net, image, border="average"), afmnn.apply(net, image)
    inside = np.s_[26:-27, 34:-35]
    assert_array_equal(got[inside], usual[inside])
    assert_allclose(got[:26], usual[inside].mean())
    assert_allclose(got[:, -35:], usual[inside].mean())
    with pytest.raises(ValueError, match=r"image must be larger than the window \(53, 69\) with border='average'"):
        afmnn.apply(net, image[:53], border="average")


@pytest.mark.parametrize(("flips", "parts"), [(False, 3), (True, 12)])
def test_progress_is_told_of_all_stages(flips, parts, rng):
    image = relief((240, 90), rng)[0]
    told = []
    afmnn.apply(staged_network(rng, 3), image, flips=flips, progress=lambda done, rows: told.append((done, rows)))
    assert {rows for _, rows in told} == {240}
    done = [rows for rows, _ in told]
    assert done == sorted(done)
    assert done[-1] == 240
    assert {240 * (part + 1) // parts for part in range(parts)} <= set(done)


# ---- what does not matter ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("border", ["reflect", "nearest", "mirror"])
@pytest.mark.parametrize("shape", [(60, 70), (20, 90), (61, 8)])
def test_a_plane_changes_the_result_by_that_plane_only(shape, border, rng):
    image = relief(shape, rng)[0]
    net = staged_network(rng, 3)
    expected = afmnn.apply(net, image, border=border)
    assert np.ptp(expected - image) > 0.3  # it does something
    for down, along in ((0.5, 0.0), (0.0, -2.0), (3.0, 10.0)):
        got = afmnn.apply(net, image + tilt(shape, down, along), border=border)
        close(got - tilt(shape, down, along), expected, image, 5e-5)


def test_away_from_borders_a_plane_cancels_without_levelling(rng):
    image = relief((100, 120), rng)[0]
    net = staged_network(rng)
    scaling = dataclasses.replace(net.measure(image), row_slope=0.0, col_slope=0.0)
    plane = tilt(image.shape, 0.05, -0.03)
    difference = afmnn.apply(net, image + plane, scaling=scaling) - plane - afmnn.apply(net, image, scaling=scaling)
    assert np.abs(difference[26:-26, 34:-34]).max() < 2e-5 * np.ptp(image)
    assert np.abs(difference).max() > 1e-3 * np.ptp(image)


def test_offset_and_unit_do_not_matter(rng):
    image = relief((50, 60), rng)[0] + tilt((50, 60))
    net = staged_network(rng, 3)
    expected = afmnn.apply(net, image)
    close(afmnn.apply(net, image + 1e9) - 1e9, expected, image, 5e-5)
    close(afmnn.apply(net, image * 1e9) / 1e9, expected, image, 5e-5)
    close(afmnn.apply(net, image * 1e-9) * 1e9, expected, image, 5e-5)


def test_a_plane_and_a_constant_come_back_as_they_are(rng):
    net = staged_network(rng)
    for image in (tilt((40, 50)), 1e9 + tilt((40, 50)), np.full((30, 40), 7.0)):
        for flips in (False, True):
            assert_array_equal(afmnn.apply(net, image, flips=flips), image)


@pytest.mark.filterwarnings("ignore:the image has a height that")  # as it should be told
def test_a_mark_for_a_missing_pixel_spoils_its_neighbourhood_only(rng):
    image = relief((120, 150), rng)[0]
    net = staged_network(rng)
    clean = afmnn.apply(net, image)
    image[5, 5] = 1e15
    got = afmnn.apply(net, image)
    far = np.s_[5 + 27 :, 5 + 35 :]
    close(got[far], clean[far], relief((120, 150), rng)[0], 0.05)
    assert np.abs(got - image)[far].max() > 0.3  # and not the image as it was


def test_networks_of_a_first_stage_only_are_what_they_were(rng):
    net = fovea_network(rng)
    assert net.stages == (net,)
    assert net.before is None
    assert FOVEA.sees_residual is False
    assert net.extent == net.window
