"""Dilation, erosion and the certainty map."""

import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import ndimage

import afmnn
from afmnn import _core
from afmnn._reference import tips as reference
from afmnn.tips import certainty_map, morphology, reconstruct_surface, tip_dilation, tip_erosion, tip_model

pytestmark = pytest.mark.arithmetic

#: Decreases away from the centre along both axes, differently on each side: adjoint up to the border.
CROOKED = np.array([[-9.0, -6.0, -3.5, -4.0, -4.5], [-8.0, -4.0, 0.0, -0.5, -3.0], [-9.5, -7.0, -5.0, -6.0, -7.5]])


def crooked_tip(rng, rows, cols):
    """Deterministic decrease from the centre pixel, of another steepness on each side, and noise smaller than its steps."""
    r, c = np.mgrid[-(rows // 2) : rows // 2 + 1, -(cols // 2) : cols // 2 + 1].astype(float)
    tip = -(np.where(r < 0, 0.3, 0.9) * np.abs(r) + np.where(c < 0, 1.1, 0.4) * np.abs(c))
    return tip - 0.1 * rng.random(tip.shape) * (tip < 0)


def same_bits(a, b):
    assert a.dtype == b.dtype
    assert a.shape == b.shape
    assert_array_equal(np.ascontiguousarray(a).view(np.uint8), np.ascontiguousarray(b).view(np.uint8))


@pytest.fixture(scope="module")
def vectors(shared):
    with np.load(shared / "reference" / "gwyddion-2.62" / "tips.npz") as file:
        return dict(file)


def test_a_spike_is_imaged_as_the_reflected_tip():
    """By hand: the tip is looked at from above, so a spike meets its right flank while the apex is still to the left."""
    surface = np.zeros((7, 9))
    surface[3, 4] = 4.0
    image = tip_dilation(surface, CROOKED)
    expected = np.zeros((7, 9))
    # image(p - v) = max(0, 4 + tip(v)): rows and columns reversed
    expected[2:5, 2:7] = [[0, 0, 0, 0, 0], [1, 3.5, 4, 0, 0], [0, 0, 0.5, 0, 0]]
    assert_array_equal(image, expected)
    # A hole is filled but for what the apex reaches, and erosion of a spike keeps what the tip leaves of it.
    assert_array_equal(tip_dilation(-surface, CROOKED)[3, 2:7], [0, 0, -0.5, 0, 0])
    thin = np.zeros((7, 9))
    thin[3, 4] = -4.0
    expected = np.zeros((7, 9))
    # surface(p + v) = min(0, -4 - tip(v)): as the tip is seen
    expected[2:5, 2:7] = [[0, 0, -0.5, 0, 0], [0, 0, -4, -3.5, -1], [0, 0, 0, 0, 0]]
    assert_array_equal(tip_erosion(thin, CROOKED), expected)


def test_borders_go_on_with_their_last_pixel():
    surface = np.array([[0.0, 1.0, 5.0]])
    tip = np.array([[-9.0, -9.0, -9.0], [-9.0, 0.0, -1.0], [-9.0, -9.0, -9.0]])
    assert_array_equal(tip_dilation(surface, tip), [[0.0, 4.0, 5.0]])
    assert_array_equal(tip_dilation(surface[:, ::-1], tip), [[5.0, 1.0, 0.0]])
    tip = np.array([[-7.0, -7.0, -7.0], [-7.0, -6.0, 0.0], [-7.0, -7.0, -7.0]])  # apex off the centre, beyond the border
    assert_array_equal(tip_dilation(surface, tip), [[1.0, 5.0, 5.0]])
    assert_array_equal(tip_erosion(surface, tip), [[0.0, 0.0, 1.0]])


SIZES = [(1, 1), (1, 7), (5, 9), (8, 16), (9, 17), (64, 64), (65, 100)]
TIPS = [(1, 1), (3, 3), (1, 9), (7, 3), (9, 9), (17, 23), (51, 31)]


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("size", SIZES)
def test_kernels_give_the_bits_of_the_definition(dtype, size, rng):
    for shape in TIPS:
        tip = -rng.random(shape) * rng.choice([0.1, 1.0, 10.0])  # no symmetry, and the maximum anywhere
        tip = (tip - tip.max()).astype(dtype)
        image = rng.normal(size=size).astype(dtype)
        for kernel, twin in ((_core.dilate, reference.dilate), (_core.erode, reference.erode)):
            expected = twin(image, tip)
            for threads in (1, 2, 3):
                out = np.full(size, np.nan, dtype)
                kernel(image, tip, True, out, 0, size[0], threads)
                same_bits(out, expected)


def surfaces(rng):
    """Heights and tips for which different groups of taps can be left out: few, many, all but one, none."""
    r, c = np.mgrid[:90, :75].astype(float)
    v, u = np.mgrid[-14:15, -10:11].astype(float)
    noise, tip_noise = rng.random(r.shape), rng.random(v.shape)
    round_tip = -(v * v / 30 + u * u / 20 + 0.02 * u * np.abs(u))
    return {
        "constant": (np.full(r.shape, 3.7), round_tip),
        "constant, flat tip": (np.full(r.shape, -3.7), np.zeros(v.shape)),
        "ramp against the tip": (r + c, -u - v + 0.1 * tip_noise),
        "ramp along the tip": (r - c, -u + v + 0.1 * tip_noise),
        "rough": (noise, -tip_noise),
        "rough, flat tip": (noise, -1e-9 * tip_noise),
        "rough, steep tip": (noise, 100 * round_tip),
        "smooth": (np.sin(r / 9) * np.cos(c / 7), round_tip),
        "integers with ties": (np.floor(5 * noise), np.floor(round_tip)),
        "signed zeros": (np.where(noise > 0.5, 0.0, -0.0), np.where(tip_noise > 0.5, 0.0, -0.0)),
        "one spike": ((noise == noise.max()) * 1e6, round_tip),
        "large offset": (1e6 + noise, round_tip),
        "tiny": (1e-9 * noise, 1e-9 * round_tip),
        "subnormal": (5e-324 * np.floor(9 * noise), 5e-324 * np.floor(round_tip)),
    }


@pytest.mark.parametrize("name", list(surfaces(np.random.default_rng(1))))
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_leaving_out_taps_changes_nothing(name, dtype, rng):
    image, tip = (array.astype(dtype) for array in surfaces(rng)[name])
    tip = tip - tip.max()
    same_bits(tip_dilation(image, tip), reference.dilate(image, tip))
    same_bits(tip_erosion(image, tip), reference.erode(image, tip))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 40), st.integers(1, 40), st.integers(0, 9), st.integers(0, 9))
def test_any_size_gives_the_bits_of_the_definition(seed, rows, cols, half_rows, half_cols):
    rng = np.random.default_rng(seed)
    image = rng.choice([1.0, 50.0]) * rng.normal(size=(rows, cols)).cumsum(axis=int(rng.integers(2)))
    tip = crooked_tip(rng, 2 * min(half_rows, rows) + 1, 2 * min(half_cols, cols) + 1)
    same_bits(tip_dilation(image, tip), reference.dilate(image, tip - tip.max()))
    same_bits(tip_erosion(image, tip), reference.erode(image, tip - tip.max()))


DIGEST = """
import hashlib, numpy as np
from afmnn import _core, tips
rng = np.random.default_rng(5)
digest = hashlib.sha256(_core.simd().encode()[:0])
for dtype in (np.float64, np.float32):
    image, tip = rng.random((70, 50)).astype(dtype), -rng.random((13, 21))
    for array in (tips.tip_dilation(image, tip), tips.tip_erosion(image, tip), tips.certainty_map(image, tip),
                  tips.blind_tip_estimate(image, 5, threshold=0.3)):
        digest.update(array.tobytes())
print(_core.simd(), digest.hexdigest())
"""


def test_every_instruction_set_gives_the_same_bits():
    digests = {}
    for name in ("generic", "avx2", "avx512"):
        run = subprocess.run(
            [sys.executable, "-c", DIGEST], env={**os.environ, "AFMNN_SIMD": name}, capture_output=True, text=True, check=False
        )
        if run.returncode == 0:
            used, digest = run.stdout.split()
            assert used == name
            digests[name] = digest
    assert len(set(digests.values())) == 1, digests


def test_scipy_agrees(rng):
    """SciPy reflects its structure in erosion and in dilation the other way round."""
    surface = rng.normal(size=(40, 50))
    tip = crooked_tip(rng, 9, 5)
    same_bits(tip_dilation(surface, tip), ndimage.grey_dilation(surface, structure=tip[::-1, ::-1], mode="nearest"))
    same_bits(tip_erosion(surface, tip), ndimage.grey_erosion(surface, structure=tip[::-1, ::-1], mode="nearest"))


def test_vectors_of_gwyddion_are_reproduced(vectors):
    tip, span = vectors["tip_paraboloid"], float(vectors["height_range"])
    image = tip_dilation(vectors["surface"], tip)
    assert_allclose(image, vectors["dilation"], rtol=0, atol=1e-12 * span)
    assert_allclose(tip_erosion(vectors["dilation"], tip), vectors["erosion_of_dilation"], rtol=0, atol=1e-12 * span)


def test_algebra_of_dilation_and_erosion(rng):
    surface, other = 5 * rng.normal(size=(2, 40, 33))
    tip = crooked_tip(rng, 9, 7)
    opened = lambda image: tip_dilation(tip_erosion(image, tip), tip)  # noqa: E731
    closed = lambda image: tip_erosion(tip_dilation(image, tip), tip)  # noqa: E731
    ulp = 1e-14 * np.ptp(surface)
    assert (tip_dilation(surface, tip) >= surface).all()
    assert (tip_erosion(surface, tip) <= surface).all()
    assert (closed(surface) >= surface - ulp).all()
    assert (closed(surface) > surface + 0.1).any()
    assert (opened(surface) <= surface + ulp).all()
    assert (opened(surface) < surface - 0.1).any()
    assert_allclose(closed(closed(surface)), closed(surface), rtol=0, atol=ulp)
    assert_allclose(opened(opened(surface)), opened(surface), rtol=0, atol=ulp)
    assert_allclose(tip_dilation(closed(surface), tip), tip_dilation(surface, tip), rtol=0, atol=ulp)
    # Duality: erosion is the dilation of the negative with the reflected tip.
    assert_array_equal(tip_erosion(surface, tip), -tip_dilation(-surface, tip[::-1, ::-1]))
    # Monotone in the surface and in the tip, and a union is imaged as the union of the images.
    union = tip_dilation(np.maximum(surface, other), tip)
    assert_array_equal(union, np.maximum(tip_dilation(surface, tip), tip_dilation(other, tip)))
    assert (tip_dilation(surface, np.maximum(tip, -2)) >= tip_dilation(surface, tip)).all()
    # Adjoint: D(S) <= I exactly where S <= E(I).
    above = tip_dilation(surface, tip)
    assert (surface <= tip_erosion(above, tip) + ulp).all()
    above[20, 16] -= 0.01
    assert not (surface <= tip_erosion(above, tip)).all()


def test_heights_of_tip_and_surface_are_relative(rng):
    surface, tip = np.floor(64 * rng.normal(size=(30, 30))), np.floor(CROOKED)
    assert_array_equal(tip_dilation(surface + 1000, tip), tip_dilation(surface, tip) + 1000)
    assert_array_equal(tip_dilation(surface, tip - 77), tip_dilation(surface, tip))
    assert_array_equal(tip_erosion(surface, tip + 5), tip_erosion(surface, tip))


def test_a_moved_apex_moves_the_image(rng):
    """The reference point is the centre pixel, whether or not the apex is there."""
    surface = rng.normal(size=(30, 30))
    tip = np.full((7, 9), -40.0)
    tip[2:5, 2:7] = CROOKED
    moved = np.full((7, 9), -40.0)
    moved[4:7, 1:6] = CROOKED  # two rows down, one column to the left
    inner = np.s_[5:-5, 5:-5]
    assert_array_equal(tip_dilation(surface, moved)[inner], np.roll(tip_dilation(surface, tip), (-2, 1), (0, 1))[inner])
    assert_array_equal(tip_erosion(surface, moved)[inner], np.roll(tip_erosion(surface, tip), (2, -1), (0, 1))[inner])


def test_delta_tip_is_the_identity(rng):
    surface = rng.normal(size=(40, 50))
    tip = tip_model("delta", height_range=float(np.ptp(surface)), pixel_size=1.0)
    assert_array_equal(tip_dilation(surface, tip), surface)
    assert_array_equal(tip_erosion(surface, tip), surface)
    assert certainty_map(surface, tip).all()


def test_sphere_looks_larger_by_the_radius_of_the_tip():
    r, c = np.mgrid[-40:41, -40:41].astype(float)
    cap = -(r * r + c * c) / (2 * 12.0)
    tip = tip_model("paraboloid", radius=8.0, height_range=60.0, pixel_size=1.0)
    image = tip_dilation(cap, tip)
    inner = np.s_[20:61, 20:61]
    assert_allclose(image[inner], (-(r * r + c * c) / (2 * 20.0))[inner], atol=0.06)  # contacts fall between pixels


def test_step_is_widened_by_the_flank_of_a_cone():
    surface = np.zeros((5, 60))
    surface[:, 30:] = 10.0
    tip = tip_model("cone", radius=0.0, half_angle=0.6, height_range=10.0, pixel_size=1.0)
    profile = tip_dilation(surface, tip[tip.shape[0] // 2 - 5 : tip.shape[0] // 2 + 6])[2]
    distance = np.arange(30, 0, -1)
    assert_allclose(profile[:30], np.maximum(0, 10 - distance / math.tan(0.6)), atol=1e-12)
    assert (profile[30:] == 10).all()


def test_types_and_layouts(rng):
    surface, tip = rng.random((40, 30)), crooked_tip(rng, 5, 7)
    expected = tip_dilation(surface, tip)
    assert tip_dilation(surface.astype(np.float32), tip).dtype == np.float32
    assert_allclose(tip_dilation(surface.astype(np.float32), tip), expected, rtol=1e-6, atol=1e-6)
    assert tip_dilation((100 * surface).astype(np.int16), tip).dtype == np.float64
    assert_array_equal(tip_dilation(surface, tip.astype(np.float32)).dtype, np.float64)
    frozen = surface.copy()
    frozen.flags.writeable = False
    wide = np.zeros((80, 90))
    wide[::2, ::-3] = surface
    for view in (frozen, np.asfortranarray(surface), wide[::2, ::-3], surface.astype(">f8")):
        same_bits(tip_dilation(view, tip), expected)
        same_bits(tip_erosion(view, np.asfortranarray(tip)), tip_erosion(surface, tip))
        assert_array_equal(certainty_map(view, tip), certainty_map(surface, tip))
    same_bits(tip_dilation(surface, -1e39 * (np.abs(tip) > 0)), surface)
    same_bits(tip_dilation(surface.astype(np.float32), -1e39 * (np.abs(tip) > 0)), surface.astype(np.float32))
    assert_array_equal(frozen, surface)


def test_images_stay_images(rng):
    image = afmnn.Image(rng.random((30, 40)), size=(3e-6, 4e-6), unit_xy="m", unit_z="V", title="Height")
    for function in (tip_dilation, tip_erosion):
        result = function(image, CROOKED)
        assert isinstance(result, afmnn.Image)
        assert (result.size, result.unit_xy, result.unit_z, result.title) == ((3e-6, 4e-6), "m", "V", "Height")
        assert_array_equal(result.data, function(image.data, CROOKED))
    assert isinstance(certainty_map(image, CROOKED), np.ndarray)
    tip = afmnn.Image(CROOKED, size=(3e-7, 5e-7), unit_xy="m", unit_z="V")
    assert_array_equal(tip_dilation(image, tip).data, tip_dilation(image, CROOKED).data)
    with pytest.raises(ValueError, match=r"tip must have the pixel size of image, .*: resample it first"):
        tip_erosion(image, tip.replace(size=(3.1e-7, 5e-7)))
    with pytest.raises(ValueError, match=r"tip must have the pixel size of surface"):
        tip_dilation(image, tip.replace(unit_xy=""))
    with pytest.raises(ValueError, match=r"tip must have the height unit of image, 'V', got 'm'"):
        certainty_map(image, tip.replace(unit_z="m"))


@pytest.mark.parametrize("function", [tip_dilation, tip_erosion, certainty_map])
@pytest.mark.parametrize(
    ("image", "tip", "message"),
    [
        (np.zeros((9, 9)), np.zeros((4, 5)), r"tip must have odd sides, so that one pixel is its centre, got shape \(4, 5\)"),
        (np.zeros((9, 9)), np.zeros((5, 2)), r"tip must have odd sides"),
        (np.zeros((9, 9)), np.full((3, 3), np.nan), r"tip must be finite, got 9 values that are not, the first"),
        (np.zeros((9, 9)), np.full((3, 3), -np.inf), r"tip must be finite"),
        (np.zeros((9, 9)), np.zeros(3), r"tip must be two-dimensional"),
        (np.zeros((9, 9)), np.zeros((0, 3)), r"tip must not be empty"),
        (np.zeros((9, 9)), np.zeros((3, 21)), r"tip must have no side longer than twice that of \w+ plus 1, got shape \(3, 21\)"),
        (np.where(np.eye(9) > 0, np.nan, 0), np.zeros((3, 3)), r"(surface|image) must be finite, got 9 values"),
        (np.zeros((9, 9, 3)), np.zeros((3, 3)), r"(surface|image) must be two-dimensional"),
    ],
)
def test_bad_images_and_tips_are_refused(function, image, tip, message):
    with pytest.raises(ValueError, match=message):
        function(image, tip)


def test_other_bad_arguments_are_refused():
    with pytest.raises(TypeError, match="surface must be an array of real numbers"):
        tip_dilation(np.zeros((5, 5), complex), CROOKED)
    with pytest.raises(ValueError, match=r"tolerance must not be negative, got -1\.0"):
        certainty_map(np.zeros((5, 5)), CROOKED, tolerance=-1.0)
    with pytest.raises(ValueError, match="threads must be at least 1, got 0"):
        tip_dilation(np.zeros((5, 5)), CROOKED, threads=0)
    tip_dilation(np.zeros((9, 9)), np.zeros((19, 19)))  # the longest that is allowed
    assert reconstruct_surface is tip_erosion


def test_core_refuses_what_python_never_sends():
    image, tip, out = np.zeros((8, 9)), np.zeros((3, 3)), np.zeros((8, 9))
    marks = np.zeros((8, 9), np.uint8)
    bad = [
        lambda: _core.dilate(image, np.zeros((2, 3)), True, out, 0, 8, 1),
        lambda: _core.dilate(image, tip, True, np.zeros((8, 8)), 0, 8, 1),
        lambda: _core.erode(image, tip, True, out, 0, 9, 1),
        lambda: _core.erode(image, tip, True, out, -1, 8, 1),
        lambda: _core.dilate(image, tip, True, out, 0, 8, 0),
        lambda: _core.dilate(image[0], tip, True, out, 0, 8, 1),
        lambda: _core.mark_contacts(image, tip, 0.0, 0.0, marks[:, :8].copy(), 0, 8, 1),
    ]
    for call in bad:
        with pytest.raises(ValueError, match="must be"):
            call()
    with pytest.raises(TypeError):
        _core.dilate(image.astype(np.float32), tip, True, out, 0, 8, 1)
    out.flags.writeable = False
    with pytest.raises(ValueError, match="writeable"):
        _core.dilate(image, tip, True, out, 0, 8, 1)


def test_bands_and_threads_change_nothing(rng, monkeypatch):
    """Long jobs are cut in calls, so that Ctrl-C is heard; neither the cuts nor the threads may show."""
    surface, tip = rng.random((150, 70)), crooked_tip(rng, 11, 9)
    image = tip_dilation(surface, tip)
    expected = [image, tip_erosion(image, tip), certainty_map(image, tip)]
    for work in (1.0, 150 * 70 * 11 * 9 / 2.2):
        monkeypatch.setattr(morphology, "_WORK_AT_ONCE", work)
        for threads in (1, 2, 3):
            same_bits(tip_dilation(surface, tip, threads=threads), expected[0])
            same_bits(tip_erosion(image, tip, threads=threads), expected[1])
            assert_array_equal(certainty_map(image, tip, threads=threads), expected[2])


@pytest.mark.parametrize("size", [(9, 11), (14, 5)])
@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (3, 7)])
def test_certainty_follows_its_definition(size, shape, rng):
    marks = 0
    for _ in range(4):
        image = np.floor(6 * rng.random(size))
        for tip in (np.floor(crooked_tip(rng, *shape)), -np.floor(4 * rng.random(shape))):
            tip = tip - tip.max()  # noqa: PLW2901
            for tolerance in (0.0, 1.0):
                expected = reference.certain(image, tip, tolerance)
                marks += expected.sum()
                for threads in (1, 2, 3):
                    found = certainty_map(image, tip, tolerance=tolerance, threads=threads)
                    assert found.dtype == np.bool_
                    assert_array_equal(found, expected)
    assert marks > 50


def test_certainty_of_surfaces_that_can_be_judged_by_eye():
    sharp = tip_model("cone", radius=1.0, half_angle=0.4, height_range=10.0, pixel_size=1.0)
    assert certainty_map(np.full((30, 30), 5.0), sharp).all()
    # A trench of two pixels: the apex does not reach its bottom. One of nine: it does, in the middle.
    surface = np.zeros((24, 40))
    surface[:, 10:12] = surface[:, 20:29] = -6.0
    image = tip_dilation(surface, sharp)
    row, certain = 12, certainty_map(image, sharp)
    reach = math.ceil((6.0 + 1 / math.sin(0.4) - 1) * math.tan(0.4))
    assert not certain[row, 10:12].any()
    assert image[row, 10] > -6
    assert certain[row, 20 + reach : 29 - reach].all()
    assert 20 + reach < 29 - reach
    assert certain[row, 3:9].all()
    assert certain[row, 13:19].all()
    # A flat tip touches everywhere at once, and so nothing for certain.
    assert not certainty_map(np.zeros((30, 30)), np.zeros((5, 5)))[3:-3, 3:-3].any()


def test_certainty_of_two_spheres():
    """A paraboloid over a paraboloidal cap touches it in one point; over the dip between two caps, two points at once."""
    r, c = np.mgrid[-35:36, -45:46].astype(float)
    caps = np.maximum(-5.0, np.maximum(-(r**2 + (c + 12) ** 2) / 20, -(r**2 + (c - 12) ** 2) / 20))
    tip = tip_model("paraboloid", radius=15.0, height_range=5.0, pixel_size=1.0)
    image = tip_dilation(caps, tip)
    certain = certainty_map(image, tip)
    error = tip_erosion(image, tip) - caps
    assert certain[33:38, 31:36].all()
    assert certain[33:38, 55:60].all()
    assert not certain[35, 41:50].any()
    assert (error[35, 41:50] > 0.05).all()
    inner = np.s_[14:-14, 14:-14]
    assert 0.2 < certain[inner].mean() < 0.8
    assert error[inner][certain[inner]].max() < 1e-12


def test_certainty_agrees_with_gwyddion_but_for_its_rounding(vectors):
    """Gwyddion compares heights cut to 10000 levels: contacts are lost, and untouched pixels appear to be certain."""
    tip, image, span = vectors["tip_paraboloid"], vectors["dilation"], float(vectors["height_range"])
    theirs = vectors["certainty_map"].astype(bool)
    ours = certainty_map(image, tip)
    assert (ours == theirs).mean() > 0.99
    error = tip_erosion(image, tip) - vectors["surface"]
    inner = np.s_[25:-25, 25:-25]
    assert error[inner][ours[inner]].max() < 1e-12 * span
    wrong = theirs[inner] & (error[inner] > 1e-3 * span)
    assert wrong.any()
    touched = error[inner] < 1e-9 * span
    assert (ours[inner] & touched).sum() > 0.9 * touched.sum()
    # What they have and we do not is wrong, or a matter of their levels: its neighbours touch to within one of them.
    levels = certainty_map(image, tip, tolerance=2e-4 * span)
    assert (theirs[inner] & ~ours[inner] & ~wrong & ~levels[inner]).sum() < 0.01 * theirs[inner].sum()


def test_certainty_does_not_depend_on_the_unit_of_height(rng):
    surface = rng.normal(size=(40, 40)).cumsum(axis=0)
    tip = crooked_tip(rng, 7, 7)
    expected = certainty_map(tip_dilation(surface, tip), tip)
    assert 0.02 < expected.mean() < 0.9
    assert_array_equal(certainty_map(1e-9 * tip_dilation(surface, tip), 1e-9 * tip), expected)
    shifted = certainty_map(tip_dilation(surface, tip) + 1e3, tip)
    assert_array_equal(shifted, expected)
