"""Training pairs: images of different zeros and tilts, marks for missing pixels, pairs that teach nothing."""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import TrainingWarning, synth
from afmnn.training.alignment import aligned
from networks import different, fovea_network, relief, same

ROWS, COLS = np.mgrid[:96, :96]
#: Heights of the noisy image less those of the ideal, beside noise.
DIFFERENCES = {
    "50 nm": 50e-9 + 0 * ROWS,
    "-3 um": -3e-6 + 0 * ROWS,
    "1 nm a row": 1e-9 * ROWS,
    "a tilt and a zero": 1e-6 - 2e-9 * COLS + 0.5e-9 * ROWS,
}


def scan(seed, shape=(96, 96)):
    """A noisy image and its ideal."""
    ideal = synth.objects(shape, kind="half_sphere", radius=8, height=100e-9, coverage=0.8, radius_spread=0.2, seed=seed)
    noise = synth.noise(shape, rms=10e-9, seed=seed) + synth.line_steps(shape, rms=15e-9, seed=seed + 1000)
    return ideal + noise, ideal


SETTINGS = {"window": 15, "hidden": 4, "steps": 12, "batch": 256, "seed": 0}


def error(net, seed=7):
    """Of the relief."""
    noisy, ideal = scan(seed)
    return np.std(afmnn.apply(net, noisy) - ideal)


@pytest.fixture(scope="module")
def alike():
    """A network of a pair that counts from one zero."""
    return afmnn.train(*scan(1), **SETTINGS)


# ---- zeros and tilts --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DIFFERENCES)
def test_zero_and_tilt_are_not_learned(name, alike):
    noisy, ideal = scan(1)
    net = afmnn.train(noisy + DIFFERENCES[name], ideal, **SETTINGS)
    assert error(net) == pytest.approx(error(alike), rel=0.1)
    assert net.history["training"][-1] == pytest.approx(alike.history["training"][-1], rel=0.15)
    far = np.mean(afmnn.apply(net, noisy) - noisy)
    assert abs(far) < 5e-9  # what it gives has the zero of the image that it is given


def test_validation_images_have_a_zero_of_their_own(alike):
    noisy, ideal = scan(1)
    others = [scan(2), scan(3)]
    plain = afmnn.train(noisy, ideal, validation=others, **SETTINGS)
    shifted = [(others[0][0] + 3e-6, others[0][1]), (others[1][0], others[1][1] + 4e-9 * COLS)]
    net = afmnn.train(noisy, ideal, validation=shifted, **SETTINGS)
    same(net, plain)
    assert_allclose(net.history["validation"], plain.history["validation"], rtol=0.1)
    assert net.training["noisy_validation_error"] == pytest.approx(plain.training["noisy_validation_error"], rel=0.05)
    assert net.training["noisy_training_error"] == pytest.approx(np.sqrt(np.mean((noisy - ideal)[7:-7, 7:-7] ** 2)))
    held_out = afmnn.train(noisy + DIFFERENCES["a tilt and a zero"], ideal, **(SETTINGS | {"validation": 0.3, "steps": 2}))
    assert held_out.history["validation"][-1] < 18e-9


def test_several_images_have_a_zero_each():
    pairs = [scan(seed) for seed in (1, 2, 3)]
    plain = afmnn.train([noisy for noisy, _ in pairs], [ideal for _, ideal in pairs], **SETTINGS)
    zeros = list(DIFFERENCES.values())
    net = afmnn.train([noisy + zero for (noisy, _), zero in zip(pairs, zeros, strict=False)], [i for _, i in pairs], **SETTINGS)
    assert error(net) == pytest.approx(error(plain), rel=0.1)


@pytest.mark.parametrize("name", ["-3 um", "a tilt and a zero"])
def test_networks_that_go_on_learning_too(name, alike, rng):
    noisy, ideal = scan(2)
    seeing = fovea_network(rng, scale=0.1)
    for init, steps in ((alike, 5), (seeing, 8)):
        settings = {"init": init, "steps": steps, "seed": 0, "batch": 256}
        plain = afmnn.train(noisy, ideal, **settings)
        net = afmnn.train(noisy + DIFFERENCES[name], ideal, **settings)
        assert error(net) == pytest.approx(error(plain), rel=0.1)


@pytest.mark.parametrize("flips", [False, True])
def test_a_zero_is_no_reason_for_another_learning_rate(flips):
    noisy, ideal = scan(1)
    for zero in (50e-9, 100e-9, 3e-6):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            afmnn.train(noisy - zero, ideal, flips=flips, **SETTINGS)


def test_gwyddions_method_learns_heights_as_the_reference_does(rng):
    noisy, ideal = relief((30, 34), rng)
    settings = {"window": 5, "hidden": 3, "steps": 6, "seed": 0, "method": "gwyddion"}
    plain, net = afmnn.train(noisy, ideal, **settings), afmnn.train(noisy, ideal + 64.0, **settings)
    assert net.scaling.out_shift == pytest.approx(plain.scaling.out_shift + 64.0)
    for one, other in zip(net.layers, plain.layers, strict=True):
        assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_the_same_zero_stays_as_it_is():
    """Noise has an offset and a tilt of its own, by chance: they are hardly ever taken for those of the images."""
    changed = 0
    for seed in range(40):
        noisy, ideal = scan(seed, (64, 80))
        changed += aligned(noisy, ideal, None) is not ideal
    assert changed <= 3


@pytest.mark.parametrize("shape", [(8, 8), (5, 60), (200, 31), (96, 96)])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_what_is_taken_off(shape, offset, rng):
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    ideal = rng.normal(size=shape)
    plane = 7.0 + 0.5 * rows - 0.25 * cols + offset
    noisy = ideal + plane
    assert_allclose(aligned(noisy, ideal, None) - offset, noisy - offset, atol=1e-9 * (1 + offset))
    # Pixels that are not learned from do not count, nor do missing ones. Without them, medians are not quite in the middle.
    usable = rng.random(shape) < 0.9
    usable[:1] = False
    noisy[~usable] = rng.choice([1e3, np.nan, -np.inf], size=np.count_nonzero(~usable))
    found = aligned(noisy, ideal, usable)
    assert_allclose(found - offset, ideal + plane - offset, rtol=0, atol=0.01)


def test_outliers_do_not_pass_for_a_zero(rng):
    ideal = rng.normal(size=(80, 80))
    noisy = ideal + 0.1 * rng.normal(size=ideal.shape)
    scars = rng.random(ideal.shape) < 0.05
    noisy[scars] += 30.0
    assert_allclose(aligned(noisy, ideal, None), ideal, atol=0.02)


# ---- marks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["noisy", "ideal"])
@pytest.mark.parametrize("height", [-1e-2, 1.0])  # 2e5 and 2e7 spreads
def test_marks_for_missing_pixels_are_not_learned(which, height, alike, tmp_path):
    noisy, ideal = scan(1)
    image = noisy if which == "noisy" else ideal
    image[40, 50] = height
    message = rf"1 of {which} further than 10000 times the spread .* from the median: .* are not learned from; missing pixels"
    with pytest.warns(TrainingWarning, match=message) as caught:
        net = afmnn.train(noisy, ideal, **SETTINGS)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert error(net) == pytest.approx(error(alike), rel=0.1)
    assert net.history["training"][-1] == pytest.approx(alike.history["training"][-1], rel=0.1)
    # The same as if they were masked.
    mask = np.ones(noisy.shape)
    mask[40, 50] = 0.0
    image[40, 50] = np.nan
    masked = afmnn.train(noisy, ideal, mask=mask, **SETTINGS)
    assert error(masked) == pytest.approx(error(net), rel=0.02)


def test_marks_that_are_masked_are_no_news():
    noisy, ideal = scan(1)
    mask = np.ones(noisy.shape)
    mask[40, 50] = mask[60, 20] = 0.0
    noisy[40, 50] = 1.0
    ideal[60, 20] = -1.0
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = afmnn.train(noisy, ideal, mask=mask, **SETTINGS)
    assert net.history["training"][-1] < 15e-9


def test_networks_with_a_fovea_do_not_learn_marks_either(rng):
    noisy, ideal = scan(2)
    settings = {"init": fovea_network(rng, scale=0.1), "steps": 5, "seed": 0, "batch": 256}
    plain = afmnn.train(noisy, ideal, **settings)
    noisy[50, 50], ideal[10, 10] = 1.0, -1.0
    with pytest.warns(TrainingWarning, match="1 of noisy and 1 of ideal further than"):
        net = afmnn.train(noisy, ideal, **settings)
    assert error(net) == pytest.approx(error(plain), rel=0.05)


def test_a_range_that_is_a_mark_is_told():
    """Gwyddion's method scales by the range: all that is to be learned becomes one number."""
    noisy, ideal = scan(1)
    noisy[40, 50] = 1.0
    settings = {"window": 5, "hidden": 2, "steps": 1, "seed": 0, "method": "gwyddion"}
    with pytest.warns(TrainingWarning, match=r"the range of heights, .* far wider than .* \(noisy .* times\): missing pixels"):
        net = afmnn.train(noisy, ideal, **settings)
    different(net, afmnn.train(*scan(1), **settings))


# ---- what is told -----------------------------------------------------------------------------------------------------


def test_errors_are_compared_with_those_of_passes_that_see_the_same():
    """A grating at an angle is easier to learn in some of its flips: errors of one after the other go up and down."""
    for seed in range(6):
        shape = (96, 96)
        ideal = synth.pattern_grating(shape, period=17.0, height=1.0, angle=0.9 + 0.1 * seed, seed=seed)
        noisy = ideal + synth.noise(shape, rms=0.2, seed=seed) + synth.line_steps(shape, rms=0.3, seed=seed)
        for steps in (6, 14):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                afmnn.train(noisy, ideal, steps=steps, window=9, hidden=4, seed=seed, batch=256)


@pytest.mark.parametrize("method", ["adam", "gwyddion"])
def test_a_network_that_is_of_no_use_is_told(method):
    noisy, ideal = scan(1)
    settings = {"window": 9, "hidden": 3, "steps": 6, "seed": 0, "method": method}
    _, other = scan(2)  # of another place
    message = r"of no use: its error on the images it learned from is [^,]+, that of the noisy images as they are [^,]+; look"
    with pytest.warns(TrainingWarning, match=message) as caught:
        afmnn.train(ideal + 1e-9 * np.random.default_rng(0).normal(size=ideal.shape), ideal, **settings)  # nothing to be gained
    assert caught[0].filename == __file__
    with pytest.warns(TrainingWarning, match="of no use: its error on the validation images is"):
        afmnn.train(noisy, ideal, validation=(other + 1e-9, other), **settings)
    if method == "adam":
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            net = afmnn.train(noisy, ideal, validation=scan(3), **SETTINGS)
        assert net.history["validation"][-1] < net.training["noisy_validation_error"]


def test_evaluation_says_what_is_nothing_but_a_zero(alike):
    noisy, ideal = scan(4)
    plain = afmnn.evaluate(alike, (noisy, ideal))
    assert plain.notes() == []
    rest = np.std(afmnn.apply(alike, noisy) - ideal)
    image = afmnn.Image(noisy, (1e-6, 1e-6), "m", "m", "scan")
    result = afmnn.evaluate(alike, [(image, ideal - 3e-6), (noisy, ideal)])
    assert_array_equal(result["rms_error_after"][1:], plain["rms_error_after"])  # definitions stay
    assert result["rms_error_after"][0] == pytest.approx(3e-6, rel=0.01)
    (note,) = result.notes()
    assert note.startswith("scan: the result lies 3 µm above the ideal on average, and errors count that: the RMS error is ")
    assert note in str(result)
    assert f"{1e9 * rest:.3g} nm without it" in note
    (note,) = afmnn.evaluate(alike, (image, ideal + 3e-6)).notes()
    assert note.startswith("the result lies 3 µm below")


def test_a_search_says_what_is_nothing_but_a_zero():
    noisy, ideal = scan(1)
    keywords = {"window": 5, "hidden": 2, "steps": 1, "seed": 0, "threads": 1}
    for zero in (0.0, 3e-6):
        other, truth = scan(2)
        found = afmnn.search(noisy, ideal, {"batch": [256]}, validation=(other + zero, truth), **keywords)
        assert found.noisy_offset == pytest.approx(zero, abs=5e-9)
        assert ("all errors count that" in str(found)) is (zero > 0)
