"""Tip models and the area function."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import _core
from afmnn._reference import tips as reference
from afmnn.tips import tip_area_function, tip_model
from afmnn.tips.blind import apex_radius

ETCHED = math.pi / 2 - math.atan(math.sqrt(2))
KINDS = ("pyramid", "contact", "noncontact", "delta", "paraboloid", "cone", "elliptic_paraboloid", "ball")
#: Names of the parameters in the order of the reference.
PARAMETERS = {
    "pyramid": ("radius", "rotation", "sides", "half_angle"),
    "contact": ("radius", "rotation"),
    "noncontact": ("radius", "rotation"),
    "delta": ("height_range",),
    "paraboloid": ("radius",),
    "cone": ("radius", "half_angle"),
    "elliptic_paraboloid": ("radius", "rotation", "anisotropy"),
    "ball": ("radius",),
}


def twin(kind, shape, pixel_size, *, radius, half_angle=0.9, sides=4, rotation=0.0, anisotropy=1.0, shift=0.0):
    if kind in ("pyramid", "contact", "noncontact"):
        half_angle, sides = {"pyramid": (half_angle, sides), "contact": (ETCHED, 4), "noncontact": (ETCHED, 3)}[kind]
        return reference.pyramid(
            shape, pixel_size, radius=radius, half_angle=half_angle, sides=sides, rotation=rotation, shift=shift
        )
    if kind in ("cone", "ball"):
        return reference.cone(shape, pixel_size, radius=radius, half_angle=1e-5 if kind == "ball" else half_angle)
    anisotropy = anisotropy if kind == "elliptic_paraboloid" else 1.0
    return reference.paraboloid(shape, pixel_size, radius=radius, rotation=rotation, anisotropy=anisotropy)


@pytest.fixture(scope="module")
def vectors(shared):
    with np.load(shared / "reference" / "gwyddion-2.62" / "tips.npz") as file:
        return dict(file)


def from_vectors(vectors, kind):
    values = dict(zip(PARAMETERS[kind], vectors[f"params_{kind}"].tolist(), strict=True))
    if "sides" in values:
        values["sides"] = int(values["sides"])
    arguments = {"height_range": float(vectors["height_range"]), "pixel_size": float(vectors["pixel_size"])} | values
    tip = vectors[f"tip_{kind}"]
    return arguments, tip - tip.max()


@pytest.mark.parametrize("kind", ["delta", "paraboloid", "cone", "elliptic_paraboloid", "ball"])
def test_models_agree_with_gwyddion(vectors, kind):
    arguments, expected = from_vectors(vectors, kind)
    tip = tip_model(kind, **arguments)
    assert tip.shape == expected.shape
    assert_allclose(tip, expected, rtol=0, atol=1e-12 * np.ptp(expected))


@pytest.mark.parametrize("kind", ["pyramid", "contact", "noncontact"])
def test_pyramids_differ_from_gwyddion_by_the_misplaced_ball_alone(vectors, kind):
    """Gwyddion's ball lies half a pixel towards the upper left of the apex; with it there, everything agrees."""
    arguments, expected = from_vectors(vectors, kind)
    tip = tip_model(kind, **arguments)
    assert tip.shape == expected.shape
    pixel = arguments["pixel_size"]
    parameters = {k: v for k, v in arguments.items() if k in ("radius", "half_angle", "sides", "rotation")}
    tolerance = 1e-12 * np.ptp(expected)
    assert_allclose(twin(kind, tip.shape, (pixel, pixel), shift=-0.5, **parameters), expected, rtol=0, atol=tolerance)
    assert_allclose(twin(kind, tip.shape, (pixel, pixel), **parameters), tip, rtol=0, atol=tolerance)
    # What is left is the shift of the ball: no more than half a diagonal down the face, near the apex, and a constant.
    difference = tip - expected
    difference -= np.median(difference)
    slope = 1 / math.tan(parameters.get("half_angle", ETCHED))
    assert 0.01 * pixel < np.abs(difference).max() < math.sqrt(0.5) * pixel * slope
    rows, cols = np.nonzero(np.abs(difference) > tolerance)
    assert np.hypot(rows - tip.shape[0] // 2, cols - tip.shape[1] // 2).max() * pixel < parameters["radius"] + pixel


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "delta"])
@pytest.mark.parametrize(
    ("radius", "half_angle", "sides", "rotation", "anisotropy"), [(5.0, 0.5, 5, 0.7, 2.5), (1.3, 1.1, 3, -2.0, 0.3)]
)
@pytest.mark.parametrize("pixel_size", [1.0, (0.8, 1.3)])
@pytest.mark.parametrize("square", [True, False])
def test_models_follow_their_formulas(kind, radius, half_angle, sides, rotation, anisotropy, pixel_size, square):
    arguments = {"radius": radius, "half_angle": half_angle, "sides": sides, "rotation": rotation, "anisotropy": anisotropy}
    tip = tip_model(kind, **arguments, height_range=12.0, pixel_size=pixel_size, square=square)
    pair = pixel_size if isinstance(pixel_size, tuple) else (pixel_size, pixel_size)
    assert_allclose(tip, twin(kind, tip.shape, pair, **arguments), rtol=0, atol=1e-12 * np.ptp(tip))
    assert tip.shape[0] == tip.shape[1] or not square


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("square", [True, False])
@pytest.mark.parametrize(("pixel_size", "height_range"), [((1.0, 1.0), 12.0), ((0.7, 1.9), 40.0), ((1.0, 1.0), 0.3)])
@pytest.mark.parametrize(("anisotropy", "rotation"), [(0.5, 0.0), (10.0, 0.4)])
def test_border_is_deeper_than_the_height_range_everywhere(kind, square, pixel_size, height_range, anisotropy, rotation):
    """Gwyddion is content if either rows or columns are deep enough (0.94 height ranges at anisotropy 1/2)."""
    tip = tip_model(
        kind, radius=6.0, half_angle=0.9, sides=5, rotation=rotation, anisotropy=anisotropy,
        height_range=height_range, pixel_size=pixel_size, square=square,
    )  # fmt: skip
    rows, cols = tip.shape
    assert rows % 2 == 1
    assert cols % 2 == 1
    assert tip[rows // 2, cols // 2] == 0
    assert np.count_nonzero(tip == 0) == 1
    assert tip.max() == 0
    deep = -np.array([tip[0].max(), tip[-1].max(), tip[:, 0].max(), tip[:, -1].max()])
    assert deep.min() >= (1.0 if kind == "delta" else 1.01) * height_range
    # Nor is it larger than needed: one pixel further inside, something is less deep than what is asked with some reserve.
    inner = -np.array([tip[1].max(), tip[-2].max(), tip[:, 1].max(), tip[:, -2].max()])
    if kind != "delta":
        needed = inner < 1.1 * height_range
        assert needed.any() if square else (needed[:2].any() and needed[2:].any())


@pytest.mark.parametrize("kind", ["pyramid", "contact", "noncontact", "elliptic_paraboloid"])
def test_rotation_is_counter_clockwise_on_screen(kind):
    def tip(rotation):
        return tip_model(kind, radius=4.0, sides=5, anisotropy=3.0, rotation=rotation, height_range=20.0, pixel_size=1.0)

    lying = tip(0.3)
    assert_allclose(tip(0.3 + math.pi / 2), np.rot90(lying), rtol=0, atol=1e-9)
    assert np.abs(tip(0.3 - math.pi / 2) - lying).max() > 1 or kind == "contact"


def test_elliptic_paraboloid_is_long_along_its_axis():
    tip = tip_model("elliptic_paraboloid", radius=10.0, anisotropy=4.0, rotation=0.5, height_range=20.0, pixel_size=1.0)
    c = tip.shape[0] // 2
    assert tip[c - 4, c + 8] > tip[c + 4, c + 8] + 1  # up to the right
    lying = tip_model("elliptic_paraboloid", radius=10.0, anisotropy=4.0, height_range=20.0, pixel_size=1.0)
    c = lying.shape[0] // 2
    assert_allclose([lying[c, c + 6], lying[c + 6, c]], [-(36 / (2 * 10 * 2)), -(36 * 2 / (2 * 10))])


def test_pyramids_face_the_sides_of_the_image():
    """Along the normal of a face, heights fall with its slope."""
    tip = tip_model("pyramid", radius=1.0, half_angle=0.6, height_range=20.0, pixel_size=0.5)
    c = tip.shape[0] // 2
    for profile in (tip[c, c:], tip[c, c::-1], tip[c:, c], tip[c::-1, c]):
        assert_allclose(np.diff(profile[10:]), -0.5 / math.tan(0.6))
    assert_allclose(np.diff(np.diag(tip)[c + 10 :]), -0.5 / math.tan(0.6))  # an edge: the same height over a longer way
    three = tip_model("noncontact", radius=1.0, height_range=20.0, pixel_size=0.5)
    c = three.shape[0] // 2
    assert_allclose(np.diff(three[c::-1, c][10:]), -0.5 / math.tan(ETCHED))  # towards the top a face
    assert_allclose(np.diff(three[c:, c][10:]), -0.5 / (2 * math.tan(ETCHED)))  # towards the bottom an edge
    assert_allclose(three, three[:, ::-1], atol=1e-12)


@pytest.mark.parametrize("kind", ["paraboloid", "cone", "ball"])
def test_apex_has_the_radius_asked_for(kind):
    tip = tip_model(kind, radius=40.0, half_angle=0.4, height_range=30.0, pixel_size=1.0)
    assert_allclose(apex_radius(tip, 1.0, 1.0), 40.0, rtol=0.01)


def test_flank_of_the_cone():
    tip = tip_model("cone", radius=3.0, half_angle=0.4, height_range=50.0, pixel_size=1.0)
    c = tip.shape[0] // 2
    assert_allclose(np.diff(tip[c, c + 4 :]), -1 / math.tan(0.4))


@pytest.mark.parametrize("kind", ["pyramid", "contact", "noncontact", "cone"])
def test_radius_zero_is_sharp(kind):
    sharp = tip_model(kind, radius=0, half_angle=0.5, height_range=9.0, pixel_size=1.0)
    c = sharp.shape[0] // 2
    slope = 1 / math.tan(0.5 if kind in ("pyramid", "cone") else ETCHED)
    assert_allclose(sharp[c - 2 : c, c], [-2 * slope, -slope])


@pytest.mark.parametrize("kind", KINDS)
def test_models_do_not_depend_on_the_unit_of_length(kind):
    for radius, height_range in ((6.0, 20.0), (2.5, 3.0)):
        pixels = tip_model(kind, radius=radius, rotation=0.2, height_range=height_range, pixel_size=1.0)
        metres = tip_model(kind, radius=radius * 1e-9, rotation=0.2, height_range=height_range * 1e-9, pixel_size=1e-9)
        assert metres.shape == pixels.shape
        assert_allclose(metres * 1e9, pixels, rtol=1e-9, atol=1e-9)


def test_image_gives_height_range_and_pixel_size(rng):
    heights = 1e-8 * rng.random((40, 50))
    image = afmnn.Image(heights, size=(80e-9, 50e-9), unit_xy="m", unit_z="m")
    expected = tip_model("cone", radius=4e-9, height_range=float(np.ptp(heights)), pixel_size=(2e-9, 1e-9))
    assert_allclose(tip_model("cone", radius=4e-9, image=image), expected, rtol=1e-12)
    assert_array_equal(tip_model("cone", radius=4e-9, image=heights, pixel_size=(2e-9, 1e-9)), expected)
    larger = tip_model("cone", radius=4e-9, image=image, height_range=3e-8)
    assert larger.shape > expected.shape


VALID = {"kind": "pyramid", "radius": 3.0, "height_range": 5.0, "pixel_size": 1.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"kind": "needle"}, r"kind must be one of .*'ball', got 'needle'"),
        ({"radius": None}, r"radius must be given for kind='pyramid'"),
        ({"radius": -1.0}, r"radius must not be negative, got -1.0"),
        ({"radius": math.nan}, r"radius must be finite, got nan"),
        ({"kind": "ball", "radius": 0.0}, r"radius must be positive, got 0.0"),
        ({"kind": "paraboloid", "radius": -2}, r"radius must be positive, got -2"),
        ({"half_angle": 0.0}, r"half_angle must lie between 0.00174533 and 1.56905, got 0.0"),
        ({"half_angle": -0.5}, r"half_angle must lie between .*, got -0.5"),
        ({"half_angle": 2.0}, r"half_angle must lie between .*, got 2.0"),
        ({"half_angle": 54.7}, r"half_angle is an angle in radians .* got 54.7"),
        ({"rotation": 45.0}, r"rotation is an angle in radians .* got 45.0"),
        ({"sides": 2}, r"sides must be at least 3, got 2"),
        ({"sides": 25}, r"sides must be at most 24, got 25"),
        ({"anisotropy": 0.05}, r"anisotropy must lie between 0.1 and 10, got 0.05"),
        ({"height_range": 0.0}, r"height_range must be positive, got 0.0"),
        ({"height_range": -1.0}, r"height_range must be positive, got -1.0"),
        ({"height_range": math.inf}, r"height_range must be finite, got inf"),
        ({"height_range": None}, r"height_range must be given where image is not"),
        ({"pixel_size": None}, r"pixel_size must be given where image is not an Image"),
        ({"pixel_size": (1.0, -1.0)}, r"pixel_size\[1\] must be positive, got -1.0"),
        ({"height_range": None, "image": np.ones((4, 4))}, r"image must not be constant where height_range is not given"),
        ({"height_range": None, "image": np.full((4, 4), np.nan)}, r"image must be finite, got 16 values"),
        ({"height_range": 1e9}, r"must not need a tip of more than 4095 pixels a side, got radius=3.0, .*=1000000000.0 with"),
        ({"kind": "paraboloid", "radius": 1e300}, r"must not need a tip of more than 4095 pixels a side"),
        ({"image": afmnn.Image(np.eye(4), unit_xy="m", unit_z="V")}, r"same lateral and height unit, got unit_xy='m' and"),
    ],
)  # fmt: skip
def test_bad_models_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        tip_model(**(VALID | change))


@pytest.mark.parametrize(
    ("change", "message"), [({"square": 1}, "square must be True or False"), ({"sides": 4.0}, "sides must be an")]
)
def test_wrong_types_are_refused(change, message):
    with pytest.raises(TypeError, match=message):
        tip_model(**(VALID | change))


def test_core_refuses_what_python_never_sends():
    with pytest.raises(ValueError, match="kind"):
        _core.TipModel("x", radius=1, half_angle=1, sides=4, rotation=0, anisotropy=1, height_range=1, dy=1, dx=1)
    model = _core.TipModel("cone", radius=1, half_angle=1, sides=4, rotation=0, anisotropy=1, height_range=1, dy=1, dx=1)
    with pytest.raises(ValueError, match="odd"):
        model.heights(4, 5)


def test_area_of_a_paraboloid_and_a_cone():
    depths = np.linspace(5.0, 30.0, 11)
    paraboloid = tip_model("paraboloid", radius=60.0, height_range=40.0, pixel_size=(0.5, 0.25))
    found, areas = tip_area_function(paraboloid, pixel_size=(0.5, 0.25), depths=depths)
    assert_array_equal(found, depths)
    assert_allclose(areas, 2 * np.pi * 60.0 * depths, rtol=2e-3)
    cone = tip_model("cone", radius=0.0, half_angle=1.2, height_range=40.0, pixel_size=0.5)
    _, areas = tip_area_function(cone, pixel_size=0.5, depths=depths)
    assert_allclose(areas, np.pi * (depths * math.tan(1.2)) ** 2, rtol=5e-3)


def test_area_counts_pixels_up_to_the_depth():
    tip = np.array([[-3.0, -2.0], [-1.0, 0.0], [-2.0, -5.0]])  # even sides will do
    depths, areas = tip_area_function(tip + 7.0, pixel_size=2.0, depths=[0, 0.5, 1, 2, 100])
    assert_array_equal(depths, [0, 0.5, 1, 2, 100])
    assert_array_equal(areas, 4.0 * np.array([1, 1, 2, 4, 6]))


def test_area_stops_at_the_highest_border_pixel(rng):
    tip = tip_model("elliptic_paraboloid", radius=5.0, anisotropy=2.0, rotation=0.3, height_range=9.0, pixel_size=1.0)
    depths, areas = tip_area_function(tip)
    border = max(tip[0].max(), tip[-1].max(), tip[:, 0].max(), tip[:, -1].max())
    assert_allclose(depths, np.arange(100) * -border / 100, rtol=1e-14)
    assert (np.diff(areas) >= 0).all()
    assert areas[0] == 1
    image = afmnn.Image(tip, size=(2.0 * tip.shape[0], 3.0 * tip.shape[1]))
    assert_array_equal(tip_area_function(image)[1], 6.0 * areas)
    assert_array_equal(tip_area_function(image, pixel_size=1.0)[1], areas)


@pytest.mark.parametrize(
    ("tip", "arguments", "message"),
    [
        (np.zeros((3, 3)), {}, "tip must be highest inside its border where depths is not given"),
        (np.full((3, 3), np.nan), {}, "tip must be finite, got 9 values"),
        (np.zeros(3), {"depths": [1.0]}, "tip must be two-dimensional"),
        (np.zeros((3, 3)), {"depths": [-1.0]}, "depths must not be negative, got"),
        (np.zeros((3, 3)), {"depths": [1.0, math.nan]}, "depths must be finite, got"),
        (np.zeros((3, 3)), {"depths": [[1.0]]}, "depths must be one-dimensional"),
        (np.zeros((3, 3)), {"depths": [1.0], "pixel_size": 0.0}, "pixel_size must be positive"),
    ],
)
def test_bad_areas_are_refused(tip, arguments, message):
    with pytest.raises(ValueError, match=message):
        tip_area_function(tip, **arguments)
