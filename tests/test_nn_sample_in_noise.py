"""When strong noise, or a sample as fine as noise, is told of: for networks that count in the noise from line to line."""

import dataclasses

import numpy as np
import pytest

import afmnn
from afmnn import synth
from afmnn.nn import scaling
from afmnn.nn.sample_in_noise import MOST_FINE, MOST_NOISE, goes_on, noise_to_relief, sample_in_noise
from afmnn.nn.scaling import Scaling
from afmnn.nn.unfamiliar import middle_of
from networks import COMPRESSING, fovea_network

SHAPE = (128, 128)
ROW_NOISE = Scaling("row-noise", 0.0, 1.0, 0.0, 1.0, row_noise=0.5)


def ratio(image):
    return noise_to_relief(image, scaling.measure(ROW_NOISE, image, 1))


def hills(shape=SHAPE):
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    relief = np.sin(rows / 9.0) * np.cos(cols / 11.0)
    return relief / relief.std()


@pytest.mark.parametrize("shape", [SHAPE, (700, 900), (1100, 60)])
@pytest.mark.parametrize("noise", [0.05, 0.3, 2.0])
def test_it_is_the_noise_over_what_there_is_along_the_lines(shape, noise, rng):
    image = hills(shape) + rng.normal(0.0, noise, shape)
    found = ratio(image)
    along = (image - np.median(image, axis=1, keepdims=True)).std()
    assert found == pytest.approx(scaling.measure(ROW_NOISE, image, 1).row_noise / along, rel=0.1)
    assert (found > MOST_NOISE) == (noise > 1.0)


def test_planes_units_offsets_of_lines_and_missing_pixels_change_little(rng):
    image = hills() + rng.normal(0.0, 0.1, SHAPE)
    rows, cols = np.mgrid[: SHAPE[0], : SHAPE[1]]
    found = ratio(image)
    assert ratio(1024.0 * image) == found
    assert ratio(image + 50.0 * rows - 30.0 * cols) == pytest.approx(found, rel=1e-6)
    # Drift is no relief: as slow as this it adds little noise, and hides none.
    assert ratio(image + 100.0 * np.sin(rows / 40.0)) == pytest.approx(found, rel=0.25)
    holed = image.copy()
    holed[40:50] = holed[:, 100:] = holed[3, 7] = np.nan
    assert ratio(holed) == pytest.approx(found, rel=0.1)


def test_few_high_features_are_a_sample(rng):
    """Nine tenths of the heights are noise, and the spread between their quantiles is nothing else."""
    ground = rng.normal(0.0, 1.0, SHAPE)
    assert ratio(ground) > 0.9
    ground[60:68, 60:68] += 1000.0
    assert ratio(ground) < 0.1


def test_where_nothing_is_nothing_is_said(rng):
    for image in (
        np.zeros((20, 30)),
        np.full((5, 5), np.nan),
        np.ones((1, 9)),
        rng.normal(size=(7, 300)),
        rng.normal(size=(300, 7)),
    ):
        found = Scaling("row-noise", 0.0, 1.0, 0.0, 1.0, row_noise=1.0)
        assert noise_to_relief(image, found) == 0.0
        middle = middle_of(image)
        assert middle is None or sample_in_noise(image, middle, found) == []


@pytest.mark.parametrize("period", [5.0, 7.0])
def test_structure_goes_on_over_several_lines_and_noise_does_not(period, rng):
    fine = synth.atomic_lattice(SHAPE, period=period, height=1.0, angle=0.25, seed=1)
    noise = rng.normal(0.0, 0.3, SHAPE) + rng.normal(0.0, 0.3, (SHAPE[0], 1))
    holed = fine + 0.0
    holed[:, 30:60] = holed[50:58] = np.nan
    for image in (fine, 1e-9 * fine + 3.0, fine + 0.2 * noise, holed):
        assert goes_on(image)
        assert ratio(image) > MOST_FINE
    for image in (noise, noise + hills(), noise + np.add.outer(3.0 * np.arange(128), np.arange(128))):
        assert not goes_on(image)
    assert not goes_on(fine[:4])


def test_apply_and_clean_say_so(rng):
    """Whatever the network has been trained on."""
    net = dataclasses.replace(fovea_network(rng, fovea=COMPRESSING), training={"seen": {"noise": [0.01, 9.0]}})
    fine = synth.atomic_lattice(SHAPE, period=5.0, height=1.0, angle=0.25, seed=1)
    strong = hills() + rng.normal(0.0, 0.8, SHAPE)
    for image, begin in ((fine, "heights change from line to line by 0"), (strong, "noise from line to line is 0")):
        with pytest.warns(afmnn.UnfamiliarImageWarning, match=f"^{begin}") as caught:
            afmnn.apply(net, image)
        assert len(caught) == 1
        assert str(caught[0].message).endswith("compare with strength=0.5 (--strength 0.5), which spares more")
        with pytest.warns(afmnn.UnfamiliarImageWarning, match=f"^{begin}"):
            _, info = afmnn.clean(image, net, return_info=True)
        assert info.verdict.level != "fine"
        assert any(reason.startswith(begin) for reason in info.verdict.reasons)


def test_more_noise_is_harmless_with_less_strength_and_fine_structure_is_not(rng):
    """Each image is told of from some strength on, and never where it is given back."""
    fine = synth.atomic_lattice(SHAPE, period=5.0, height=1.0, angle=0.25, seed=1)
    strong, middling = (hills() + rng.normal(0.0, rms, SHAPE) for rms in (0.8, 0.45))
    for image, least in ((strong, 1.0), (middling, 1.5), (fine, 0.1)):
        found, middle = scaling.measure(ROW_NOISE, image, 1), middle_of(image)
        told = [s for s in (0.0, 0.1, 0.5, 1.0, 1.5) if sample_in_noise(image, middle, found, s)]
        assert told == [s for s in (0.1, 0.5, 1.0, 1.5) if s >= least]
    assert [sample_in_noise(fine, middle, found, s)[0].endswith("look at what was removed") for s in (0.5, 0.6)] == [True, False]


def test_apply_and_clean_tell_by_their_strength(rng):
    net = dataclasses.replace(fovea_network(rng, fovea=COMPRESSING), training={"seen": {"noise": [0.01, 9.0]}})
    strong = hills() + rng.normal(0.0, 0.8, SHAPE)
    for strength in (0.0, 0.5):
        afmnn.apply(net, strong, strength=strength)  # a warning would be an error
        assert afmnn.clean(strong, net, strength=strength, return_info=True)[1].done["doubts"] == []
    middling = hills() + rng.normal(0.0, 0.45, SHAPE)
    afmnn.apply(net, middling)
    with pytest.warns(afmnn.UnfamiliarImageWarning, match="^noise from line to line is 0.4"):
        afmnn.apply(net, middling, strength=1.5)
    with pytest.warns(afmnn.UnfamiliarImageWarning, match="^noise from line to line is 0.4"):
        _, info = afmnn.clean(middling, net, strength=1.5, return_info=True)
    assert len(info.done["doubts"]) == 1


def test_grooves_along_the_lines_are_told(rng):
    image = synth.pattern_grating(SHAPE, period=6.0, height=1.0, angle=np.pi / 2) + rng.normal(0.0, 1e-3, SHAPE)
    found = scaling.measure(ROW_NOISE, image, 1)
    (text,) = sample_in_noise(image, middle_of(image), found)
    assert "more than 10 times the relief along the lines" in text


def test_what_noise_was_trained_on_does_not_matter_to_them(rng):
    seen = {"noise": [0.4, 0.5], "row_steps": [0.0, 0.001], "heights": [1.0, 1.1]}
    net = dataclasses.replace(fovea_network(rng, fovea=COMPRESSING), training={"seen": seen})
    calm = hills() + rng.normal(0.0, 0.02, SHAPE)
    calm[60:68, 60:68] += 500.0
    afmnn.apply(net, calm)  # a warning would be an error
