"""Roughness: Sdq and Sdr, by formulas in loops and on planes."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from afmnn import Image
from afmnn.metrics import sdq, sdr

BOTH = (sdq, sdr)


def slow_sdq(z, dy, dx):
    along, across = (
        [(b - a) ** 2 for a, b in zip(one.ravel(), other.ravel(), strict=True) if not math.isnan(b - a)]
        for one, other in ((z[:, :-1], z[:, 1:]), (z[:-1], z[1:]))
    )
    return math.sqrt(sum(along) / len(along) / dx**2 + sum(across) / len(across) / dy**2)


def slow_sdr(z, dy, dx):
    """Area of triangles by the cross product of two sides."""

    def area(*corners):
        one, two, three = (np.array([c * dx, r * dy, z[r, c]]) for r, c in corners)
        return 0.5 * np.linalg.norm(np.cross(two - one, three - one))

    surface = projection = 0.0
    for r in range(z.shape[0] - 1):
        for c in range(z.shape[1] - 1):
            a, b, d, e = (r, c), (r, c + 1), (r + 1, c), (r + 1, c + 1)
            found = area(a, b, d) + area(b, d, e) + area(a, b, e) + area(a, d, e)
            if not math.isnan(found):
                surface += found / 2
                projection += dx * dy
    return surface / projection - 1


@pytest.mark.parametrize("shape", [(2, 2), (13, 17), (5, 70000)])
def test_formulas_in_another_way(shape, rng):
    z = rng.normal(size=shape)
    if shape[1] < 100:
        assert_allclose(sdr(z, pixel_size=(0.7, 0.4)), slow_sdr(z, 0.7, 0.4), rtol=1e-12)
    assert_allclose(sdq(z, pixel_size=(0.7, 0.4)), slow_sdq(z, 0.7, 0.4), rtol=1e-12)
    if shape[0] > 2:
        z[3, 2:9] = z[1, 0] = np.nan
        assert_allclose(sdq(z, pixel_size=(0.7, 0.4)), slow_sdq(z, 0.7, 0.4), rtol=1e-12)
        if shape[1] < 100:
            assert_allclose(sdr(z, pixel_size=(0.7, 0.4)), slow_sdr(z, 0.7, 0.4), rtol=1e-12)


@pytest.mark.parametrize("slope", [1e-200, 1e-9, 0.3, 1e5, 1e200])
@pytest.mark.parametrize("shape", [(5, 9), (700, 300)])
def test_planes(slope, shape):
    """Larger than one piece of rows, too. A flat one is larger by half of the square of its slope, steep ones by the slope."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    z = slope * (3.0 * x + 8.0 * y)
    assert_allclose(sdq(z, pixel_size=(2.0, 1.0)), 5.0 * slope, rtol=1e-9)
    gradient = 5.0 * slope
    excess = gradient**2 / 2 if gradient < 1e-5 else (math.sqrt(1 + gradient**2) - 1 if gradient < 1e9 else gradient)
    assert_allclose(sdr(z, pixel_size=(2.0, 1.0)), excess, rtol=1e-9)


def test_pieces_of_rows_leave_no_seam(rng):
    """A step at any row counts once."""
    for row in range(1, 200, 7):
        z = np.zeros((200, 1000))
        z[row:] = 1.0
        assert sdq(z, pixel_size=1.0) == pytest.approx(math.sqrt(1 / 199), rel=1e-12)
        assert sdr(z, pixel_size=1.0) == pytest.approx((math.sqrt(2) - 1) / 199, rel=1e-12)


@pytest.mark.parametrize("measure", BOTH)
def test_units_meet(measure, rng):
    z = rng.normal(size=(20, 30))
    expected = measure(z, pixel_size=(100.0, 50.0))  # all in nm
    nm = Image(z, (2.0, 1.5), "µm", "nm")
    assert_allclose(measure(nm), expected, rtol=1e-12)
    assert_allclose(measure(nm.in_base_units()), expected, rtol=1e-9)
    assert_allclose(measure(nm, pixel_size=(0.1, 0.05)), expected, rtol=1e-12)  # in the unit of the image's size
    assert_allclose(measure(Image(z, (2000.0, 1500.0))), expected, rtol=1e-12)
    for unit_xy, unit_z in (("m", "V"), ("", "nm"), ("µm", "")):
        with pytest.raises(ValueError, match=f"a size that can be compared, got unit_xy='{unit_xy}' and unit_z='{unit_z}'"):
            measure(nm.replace(unit_xy=unit_xy, unit_z=unit_z))


@pytest.mark.parametrize("measure", BOTH)
def test_flat_and_constant(measure):
    assert measure(np.full((4, 5), 3.0), pixel_size=1.0) == 0.0


@pytest.mark.parametrize("measure", BOTH)
@pytest.mark.parametrize(
    ("image", "options", "message"),
    [
        ([[1.0]], {}, r"image must have at least 2 rows and 2 columns, got shape \(1, 1\)"),
        ([[1.0, 2.0, 3.0]], {}, r"image must have at least 2 rows and 2 columns, got shape \(1, 3\)"),
        (np.full((3, 3), np.nan), {}, "image must have pixels that are not NaN and count, got none"),
        (np.full((3, 3), np.inf), {}, "image must not have infinite heights"),
        (np.eye(3), {"mask": np.zeros((3, 3))}, "mask must leave a pixel that counts, got none"),
        (np.eye(3), {"mask": np.eye(3)}, "image must have (two neighbours in a row|2 x 2 pixels) that are not missing and count"),
        ([[-1.5e308, 0], [1.5e308, 0]], {}, "a range of heights that is a number"),
        (
            [[0, 0], [1e300, 0]],
            {"pixel_size": 1e-10},
            r"image must have slopes that are numbers, got 1e\+300 on a pixel of 1e-10",
        ),
        (np.eye(3), {"pixel_size": None}, "pixel_size must be given where image is an array"),
        (np.eye(3), {"pixel_size": 0.0}, "pixel_size must be positive"),
    ],
)
def test_refusals(measure, image, options, message):
    with pytest.raises(ValueError, match=message):
        measure(image, **{"pixel_size": 1.0, **options})


def test_a_column_of_pixels_has_no_slope_along_rows():
    mask = np.zeros((4, 4))
    mask[:, 1] = 1
    with pytest.raises(ValueError, match="two neighbours in a row that"):
        sdq(np.eye(4), pixel_size=1.0, mask=mask)
    with pytest.raises(ValueError, match="two neighbours in a column that"):
        sdq(np.eye(4), pixel_size=1.0, mask=mask.T)
    mask[1:3, 2] = 1  # but this one has both, and one square
    assert sdq(np.eye(4), pixel_size=1.0, mask=mask) > 0
    assert sdr(np.eye(4), pixel_size=1.0, mask=mask) == pytest.approx((math.sqrt(3) + math.sqrt(2)) / 2 - 1, rel=1)
