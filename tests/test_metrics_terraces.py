"""Heights of terraces, and of the steps between them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from afmnn import synth
from afmnn.metrics import levels, step_heights


def staircase(rng, heights, noise, slope=0.1):
    """Terraces with slopes between them: a tenth of the pixels lie on these."""
    steps = np.repeat(heights, 40)
    steps[39::40][:-1] = 0.5 * (heights[1:] + heights[:-1])
    return np.tile(steps, (200, 1)) + noise * rng.standard_normal((200, steps.size))


@pytest.mark.parametrize("unit", [1.0, 1e-9])
def test_levels_of_a_staircase(rng, unit):
    heights = np.array([0.0, 1.0, 2.5, 2.9, 4.0]) * unit
    ideal = staircase(rng, heights, 0)
    assert_allclose(levels(ideal), heights, rtol=0, atol=1e-12 * unit)
    noisy = staircase(rng, heights, 0.03 * unit)
    assert_allclose(levels(noisy), heights, rtol=0, atol=3e-3 * unit)  # 8000 pixels a terrace: four standard deviations
    assert_allclose(step_heights(noisy), np.diff(heights), rtol=0, atol=4e-3 * unit)


def test_terraces_of_the_reference_are_measured_in_the_image(rng):
    """Noise that hides every terrace, and an image that is two per cent too low."""
    heights = np.array([0.0, 1.0, 2.5, 4.0])
    ideal = staircase(rng, heights, 0)
    noisy = 0.98 * ideal + 7 + rng.standard_normal(ideal.shape)
    assert len(levels(noisy)) < 4
    assert_allclose(levels(noisy, reference=ideal), 0.98 * heights + 7, rtol=0, atol=0.08)
    assert_allclose(step_heights(0.98 * ideal, reference=ideal), 0.98 * np.diff(heights), rtol=1e-12)
    missing = noisy.copy()
    missing[::2] = np.nan
    assert_allclose(levels(missing, reference=ideal), 0.98 * heights + 7, rtol=0, atol=0.11)


def test_features_on_a_terrace_do_not_pull_it(rng):
    """A tenth of the pixels of the lower terrace carry bumps: their mean is off by 5 %, the peak by less than 0.5 %."""
    image = np.zeros((200, 200))
    image[:, 100:] = 1.0
    image += 0.02 * rng.standard_normal(image.shape)
    bumps = rng.random((200, 100)) < 0.1
    image[:, :100][bumps] += 0.5 * rng.random(bumps.sum())
    assert_allclose(step_heights(image), [1.0], rtol=0, atol=0.005)
    assert abs(image[:, 100:].mean() - image[:, :100].mean() - 1) > 0.02


@pytest.mark.parametrize("angle", [0.4, 1.2])
def test_gratings_have_the_height_that_was_asked_for(angle):
    grating = synth.pattern_grating((128, 128), period=30, height=25e-9, angle=angle, seed=1)
    assert_allclose(step_heights(grating), [25e-9], rtol=1e-3)


@pytest.mark.parametrize(
    ("surface", "steps"),
    [
        (synth.objects((128, 128), kind="box", radius=12, height=1.0, coverage=0.4, seed=1), [1.0]),
        (synth.objects((128, 128), kind="pyramid", radius=12, height=1.0, coverage=0.4, seed=1), []),
        (synth.objects((128, 128), kind="cone", radius=12, height=1.0, coverage=0.4, seed=2), []),
        (synth.pattern_holes((128, 128), period_x=30, depth=1.0, seed=1), [1.0]),  # pixels on the edges are half as deep
        (synth.pattern_pillars((128, 128), period_x=30, height=1.0, seed=1), [1.0]),
        (synth.pattern_staircase((128, 128), period=32, height=1.0, angle=0.3, seed=1), [1.0] * 5),
    ],
    ids=["box", "pyramid", "cone", "holes", "pillars", "staircase"],
)
def test_terraces_have_an_area(surface, steps, rng):
    """Neither peaks of hills nor the pixels of an edge are terraces, with a little noise or without."""
    assert_allclose(step_heights(surface), steps, rtol=1e-3)
    noisy = surface + 0.01 * np.ptp(surface) * rng.standard_normal(surface.shape)
    assert_allclose(step_heights(noisy), steps, rtol=0.02)


def test_no_steps_on_flat_and_on_tilted_ground():
    assert step_heights(np.full((8, 8), 3.0)).size == 0
    assert levels(np.full((8, 8), 3.0)) == 3.0
    y, x = np.mgrid[:100, :100]
    assert levels(x + 0.37 * y).size == 0


def test_a_mask_takes_a_terrace_away(rng):
    image = staircase(rng, np.array([0.0, 1.0, 2.5]), 0.01)
    mask = image < 1.5
    assert_allclose(levels(image), [0.0, 1.0, 2.5], rtol=0, atol=3e-3)
    assert_allclose(levels(image, mask=mask), [0.0, 1.0], rtol=0, atol=3e-3)
    assert_allclose(step_heights(image, reference=image, mask=~mask, mask_mode="exclude"), [1.0], rtol=0, atol=4e-3)


def test_refusals():
    with pytest.raises(ValueError, match=r"image must have the shape of reference \(2, 3\), got \(3, 2\)"):
        levels(np.ones((3, 2)), reference=np.ones((2, 3)))
    with pytest.raises(ValueError, match="reference must not have infinite heights"):
        levels(np.ones((3, 2)), reference=np.full((3, 2), np.inf))
    with pytest.raises(ValueError, match="image must have pixels that are not NaN"):
        levels(np.full((3, 2), np.nan))
    with pytest.raises(ValueError, match="image must not have infinite heights"):
        levels(np.full((3, 2), -np.inf))
