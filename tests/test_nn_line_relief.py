"""The scale of networks with a fovea: the relief along the scan lines, whatever lines and scanner add to it."""

import numpy as np
import pytest

import afmnn
from afmnn import Scaling, _core, synth
from afmnn._reference import line_relief as twin
from afmnn.nn import scaling

ENDS = (0.05, 0.95)
LEVELLED = Scaling("levelled", 0.0, 1.0, 0.0, 1.0)


def spread(image):
    return 1.0 / scaling.measure(LEVELLED, np.asarray(image), 1).in_factor


@pytest.fixture(scope="module")
def relief():
    """Particles and a little noise."""
    particles = synth.particles((200, 240), radius=8, coverage=0.5, seed=1)
    return particles + synth.noise(particles.shape, rms=0.3, seed=2)


def rows_and_columns(shape):
    return np.meshgrid(np.linspace(-1, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij")


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (2, 2), (3, 3), (7, 4), (40, 200), (131, 300), (2100, 140)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_core_and_twin_agree_to_the_last_bit(shape, dtype, rng):
    image = (rng.normal(size=shape) + 8 * np.linspace(-1, 1, shape[1]) ** 2 + 5 * rng.normal(size=(shape[0], 1))).astype(dtype)
    assert _core.line_relief(image, (0.1, -0.2), ENDS) == twin.line_relief(image.astype(float), (0.1, -0.2), ENDS)
    if shape[0] > 4:
        image[2], image[3, ::2], image[4, 0] = np.nan, np.inf, -np.inf
        assert _core.line_relief(image, (0.0, 0.0), ENDS) == twin.line_relief(image.astype(float), (0.0, 0.0), ENDS)
    turned = np.asfortranarray(image)[::1]
    assert _core.line_relief(turned, (0.0, 0.0), ENDS) == _core.line_relief(image, (0.0, 0.0), ENDS)


def test_nothing_to_measure():
    for height in (np.nan, np.inf, -np.inf):
        assert _core.line_relief(np.full((5, 6), height), (0.0, 0.0), ENDS) == np.inf
    assert _core.line_relief(np.full((5, 6), 3.0), (0.0, 0.0), ENDS) == 0.0
    assert _core.line_relief(np.array([[1.7e308, -1.7e308, 0.0, 1.0, 2.0]]), (0.0, 0.0), ENDS) > 0.0


def test_what_the_core_refuses():
    with pytest.raises(ValueError, match="ends"):
        _core.line_relief(np.zeros((2, 2)), (0.0, 0.0), (0.9, 0.1))
    with pytest.raises(ValueError, match="image"):
        _core.line_relief(np.zeros((0, 2)), (0.0, 0.0), ENDS)


def spoilt(kind, relief, rng):
    down, along = rows_and_columns(relief.shape)
    height = 20 * spread(relief)
    image = relief.copy()
    if kind == "bow across the lines":
        image += height * down**2
    elif kind == "bow along the lines":
        image += height * along**2
    elif kind == "drift":
        image += height * np.exp(-3 * (down + 1))
    elif kind == "jumps":
        image[70:] += height
        image[150:] -= 3 * height
    elif kind == "wrong lines":
        image[::40] = height * rng.normal(size=image[::40].shape)
    elif kind == "scars":
        image += synth.line_scars(image.shape, rms=height, length=30, coverage=0.03, seed=4)
    else:
        image += height * rng.normal(size=(len(image), 1))
    return image


@pytest.mark.parametrize(
    "kind", ["bow across the lines", "bow along the lines", "drift", "jumps", "wrong lines", "scars", "offsets of lines"]
)
def test_defects_do_not_set_the_scale(kind, relief, rng):
    """Twenty spreads high: of all heights less a plane, the spread would be several times as much."""
    assert spread(spoilt(kind, relief, rng)) == pytest.approx(spread(relief), rel=0.12)


def test_relief_that_is_no_defect_sets_the_scale(relief, rng):
    """Less the means of their lines, heights of these surfaces are not all there is."""
    grating = synth.pattern_grating((200, 240), period=30.0, height=5.0)
    for image in (relief, rng.normal(size=(200, 240)), grating + 0.01 * relief):
        heights = np.asarray(image)
        low, high = np.quantile(heights - scaling.measure(LEVELLED, heights, 1).plane(heights.shape), ENDS)
        assert spread(image) == pytest.approx((high - low) / 3.2897, rel=0.05)


def test_a_grating_along_the_lines_without_noise_has_the_scale_of_its_heights():
    lines = 3.0 * (np.arange(200) % 40 < 20)[:, None] * np.ones((1, 240))
    assert spread(lines) == pytest.approx(3.0 / 3.2897, rel=1e-4)
    rounded = lines + 1e-13 * np.random.default_rng(0).normal(size=lines.shape)
    assert spread(rounded) == pytest.approx(3.0 / 3.2897, rel=1e-4)


@pytest.mark.parametrize("shape", [(200, 240), (2500, 301)])
def test_a_plane_and_a_factor_and_flips_change_nothing_else(shape, rng):
    down, along = rows_and_columns(shape)
    image = rng.normal(size=shape) ** 3 + 4 * along**2 + rng.normal(size=(shape[0], 1))
    expected = spread(image)
    assert spread(1e-9 * image + 3e-7) == pytest.approx(1e-9 * expected, rel=1e-7)
    assert spread(-2.0 * image) == pytest.approx(2.0 * expected, rel=1e-12)
    assert spread(image + 50 * down - 80 * along + 7) == pytest.approx(expected, rel=1e-9)
    for way in (np.s_[::-1], np.s_[:, ::-1], np.s_[::-1, ::-1]):
        assert spread(image[way]) == pytest.approx(expected, rel=1e-12)


def test_fine_structure_on_a_bow_keeps_its_relief(rng):
    """A lattice of a hundredth of the bow's height: in units of the bow it was next to nothing."""
    _, along = rows_and_columns((128, 128))
    lattice = np.sin(np.arange(128) * 0.5)[None] * np.cos(np.arange(128) * 0.4)[:, None]
    flat, bent = scaling.measure(LEVELLED, lattice, 1), scaling.measure(LEVELLED, lattice + 100.0 * along**2, 1)
    assert bent.in_factor == pytest.approx(flat.in_factor, rel=0.05)


def test_a_jump_changes_little_far_from_it(relief):
    """A hundred spreads high: measured with it, the scale made the relief too small to be seen, and all of it was taken off."""
    net = afmnn.load("universal")
    jump = 100 * spread(relief) * (np.arange(200) >= 40)[:, None]
    plain = afmnn.apply(net, relief)
    jumped = afmnn.apply(net, relief + jump) - jump
    removed, differently = (relief - plain)[130:], (plain - jumped)[130:]
    assert np.std(differently) < 0.3 * np.std(removed)
