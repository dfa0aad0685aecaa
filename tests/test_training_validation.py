"""train(): what it is judged by, and what it warns of."""

import re
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import TrainingWarning
from afmnn._reference import networks as twin
from afmnn._reference import online as online_twin
from networks import relief, same

pytestmark = pytest.mark.arithmetic

QUICK = {"window": 5, "hidden": 3, "steps": 2, "seed": 0}


# ---- validation -------------------------------------------------------------------------------------------------------


def test_a_fraction_of_one_image_is_a_block_of_rows(rng):
    noisy, ideal = relief((60, 40), rng)
    net = afmnn.train(noisy, ideal, validation=0.3, **QUICK)
    # 18 rows at the end, 5 rows between: 37 to learn from.
    expected = afmnn.train(noisy[:37], ideal[:37], **QUICK)
    for one, other in zip(net.layers, expected.layers, strict=True):
        assert_array_equal(one, other)
    result = afmnn.apply(net, noisy[42:], scaling=net.measure(noisy[42:]))
    assert_allclose(net.history["validation"][-1], np.sqrt(np.mean(twin.centres(result - ideal[42:], (5, 5)) ** 2)), rtol=1e-5)
    assert (net.training["validation"], net.training["validation_images"]) == (0.3, 1)


def test_a_fraction_of_several_images_is_whole_images(rng):
    pairs = [relief((30, 30), rng) for _ in range(5)]
    noisy, ideal = [n for n, _ in pairs], [i for _, i in pairs]
    net = afmnn.train(noisy, ideal, validation=0.4, **QUICK)
    assert (net.training["images"], net.training["validation_images"]) == (3, 2)
    held_out = set()
    for a in range(5):  # which ones the seed has chosen
        for b in range(a + 1, 5):
            rest = [i for i in range(5) if i not in {a, b}]
            other = afmnn.train([noisy[i] for i in rest], [ideal[i] for i in rest], **QUICK)
            if np.array_equal(other.layers[0], net.layers[0]):
                held_out = {a, b}
    assert held_out
    errors = np.concatenate([twin.centres(afmnn.apply(net, noisy[i]) - ideal[i], (5, 5)).ravel() for i in held_out])
    assert_allclose(net.history["validation"][-1], np.sqrt(np.mean(errors**2)), rtol=1e-5)
    # At least one image is held out, and one is left.
    assert afmnn.train(noisy, ideal, validation=0.01, **QUICK).training["validation_images"] == 1
    assert afmnn.train(noisy, ideal, validation=0.99, **QUICK).training["images"] == 1


@pytest.mark.parametrize("method", ["adam", "gwyddion"])
def test_validation_pairs(method, rng):
    noisy, ideal = relief((30, 34), rng)
    others = [relief((20, 25), rng), relief((50, 9), rng)]
    settings = {**QUICK, "method": method}
    net = afmnn.train(noisy, ideal, validation=others, **settings)
    same(net, afmnn.train(noisy, ideal, **settings))
    border = "average" if method == "gwyddion" else "reflect"
    errors = []
    for n, i in others:
        error = afmnn.apply(net, n, border=border) - i
        inside = online_twin.classic_range(error.shape, (5, 5)) if method == "gwyddion" else ...
        errors.append((error[inside] if method == "gwyddion" else twin.centres(error, (5, 5))).ravel())
    assert_allclose(net.history["validation"][-1], np.sqrt(np.mean(np.concatenate(errors) ** 2)), rtol=1e-5)
    one = afmnn.train(noisy, ideal, validation=others[0], **settings)
    same_error = afmnn.train(noisy, ideal, validation=[list(others[0])], **settings)
    assert_array_equal(one.history["validation"], same_error.history["validation"])
    stacked = afmnn.train(noisy, ideal, validation=(np.stack([others[0][0]] * 2), [others[0][1]] * 2), **settings)
    assert_allclose(stacked.history["validation"], one.history["validation"], rtol=1e-12)


def test_patience_returns_the_best_network(rng):
    """Of an image so small that it is learned by heart: of eight seeds all were at their best after 3 to 10 steps."""
    noisy, ideal = relief((14, 14), rng)
    validation = relief((40, 40), rng)
    settings = {"window": 7, "hidden": 8, "seed": 0, "learning_rate": 0.005, "batch": 16, "flips": False}
    seen = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainingWarning)
        net = afmnn.train(
            noisy,
            ideal,
            validation=validation,
            patience=7,
            steps=200,
            progress=lambda step, losses: seen.append(losses),
            **settings,
        )
    errors = net.history["validation"]
    best = int(np.argmin(errors))
    assert len(errors) == best + 1 + 7 < 200
    assert [losses["validation"] for losses in seen] == errors.tolist()
    assert len(net.history["training"]) == len(errors) == net.training["steps"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainingWarning)
        same(afmnn.train(noisy, ideal, steps=200, progress=lambda step, losses: step == best + 1, **settings), net)


# ---- warnings ---------------------------------------------------------------------------------------------------------


class Scripted:
    """A trainer that finds given errors: what is made of them does not depend on what a training comes to."""

    error_unit = 1.0

    def __init__(self, initial, errors):
        self.initial, self.errors = initial, iter(errors)

    def run(self, updates, threads):
        return next(self.errors) ** 2, 1.0, True

    def weights(self):
        return list(self.initial.layers), self.initial.linear

    def extra_history(self):
        return {}


RISES = r"the training error rose from 1 after step 2 to 1\.11: a smaller learning_rate may help"
BY_HEART = r"the validation error rose from 2 after step 2 to 2\.21 while the training error fell: the network learns its images"


@pytest.mark.parametrize(
    ("training", "validation", "expected"),
    [
        ([4.0, 3.0, 2.0], [4.0, 3.0, 2.0], []),
        ([4.0, 1.0, 1.09], [], []),  # a tenth is left to chance
        ([4.0, 1.0, 1.11], [], [RISES]),
        ([4.0, 1.0, 7.0, 1.11], [], [RISES]),
        ([4.0, 1.0, 7.0, 1.0], [], []),  # only the end counts
        ([4.0, 3.0, 2.9], [4.0, 2.0, 2.19], []),
        ([4.0, 3.0, 2.9], [4.0, 2.0, 2.21], [BY_HEART]),
        ([4.0, 3.0, 3.0], [4.0, 2.0, 2.21], []),  # it does not learn more of its images, either
        ([4.0, 1.0, 1.11], [4.0, 2.0, 2.21], [RISES]),
        ([4.0, 1.0, 0.9, 1.11], [4.0, 2.0, 3.0, 2.21], ["the training error rose from 0.9 after step 3 to 1.11"]),
    ],
)
def test_which_errors_are_warned_of(training, validation, expected, rng, monkeypatch):
    noisy, ideal = relief((20, 20), rng)
    monkeypatch.setattr(afmnn.training.train, "_trainer", lambda initial, *_: Scripted(initial, training))
    looked = iter(validation)
    monkeypatch.setattr(afmnn.training.validation, "validation_error", lambda *_: next(looked))
    pairs = {"validation": (noisy, ideal)} if validation else {}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        net = afmnn.train(noisy, ideal, **pairs, **{**QUICK, "steps": len(training), "flips": False})
    assert net.history["training"].tolist() == training
    assert [warning.category for warning in caught] == [TrainingWarning] * len(expected)
    for warning, message in zip(caught, expected, strict=True):
        assert re.match(message, str(warning.message))


@pytest.mark.parametrize(
    ("training", "expected"),
    [
        ([4.0, 3.0, 2.0, 1.0, 1.9], []),  # of five ways to flip the images, one may be more difficult than another
        ([4.0, 3.0, 2.0, 1.0, 2.1], ["the training error rose from 1 after step 4 to 2.1"]),
        ([3.0, 1.0, 1.4, 1.2, 1.1, 1.3, 1.5, 1.4, 1.6], []),  # the first way comes again, and is learned better
        ([3.0, 1.0, 1.4, 1.2, 1.1, 1.3, 1.5, 1.4, 1.6, 1.11], [r"the training error rose from 1 after step 2 to 1\.11"]),
        ([1.4, *[1.0] * 7, 1.1, *[1.0] * 7, 1.2], []),
        ([1.4, *[1.0] * 7, 1.1, *[1.0] * 7, 1.22], [r"the training error rose from 1\.1 after step 9 to 1\.22"]),
    ],
)
def test_errors_are_compared_with_those_of_the_same_flips(training, expected, rng, monkeypatch):
    noisy, ideal = relief((20, 20), rng)
    monkeypatch.setattr(afmnn.training.train, "_trainer", lambda initial, *_: Scripted(initial, training))
    for name in ("noisy_error", "flat_error"):  # it beats both
        monkeypatch.setattr(afmnn.training.train, name, lambda _: 9.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        afmnn.train(noisy, ideal, **{**QUICK, "steps": len(training)})
    assert len(caught) == len(expected)
    for warning, message in zip(caught, expected, strict=True):
        assert re.match(message, str(warning.message))


def test_patience_does_not_warn_of_learning_by_heart(rng, monkeypatch):
    """The network before that is what it returns, and the warning's advice is taken already."""
    noisy, ideal = relief((20, 20), rng)
    monkeypatch.setattr(afmnn.training.train, "_trainer", lambda initial, *_: Scripted(initial, [4.0, 3.0, 2.0, 1.0]))
    looked = iter([4.0, 2.0, 3.0, 4.0])
    monkeypatch.setattr(afmnn.training.validation, "validation_error", lambda *_: next(looked))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        net = afmnn.train(noisy, ideal, validation=(noisy, ideal), patience=2, **{**QUICK, "steps": 9})
    assert net.history["validation"].tolist() == [4.0, 2.0, 3.0, 4.0]
    monkeypatch.setattr(afmnn.training.train, "_trainer", lambda initial, *_: Scripted(initial, [1.0, 2.0, 3.0]))
    looked = iter([2.0, 3.0, 4.0])
    with pytest.warns(TrainingWarning, match="the training error rose from 1 after step 1 to 3"):
        afmnn.train(noisy, ideal, validation=(noisy, ideal), patience=2, **{**QUICK, "steps": 9})


def test_warning_of_a_rising_error(rng):
    """Of six seeds, with so large a rate the error ended at 12 times its lowest or more."""
    noisy, ideal = relief((40, 40), rng)
    with pytest.warns(TrainingWarning, match="the training error rose from") as caught:
        net = afmnn.train(noisy, ideal, window=3, hidden=2, steps=6, seed=0, learning_rate=3.0)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert net.history["training"][-1] > 3 * net.history["training"].min()


def test_warning_of_learning_by_heart(rng):
    """Chance that is to be made of chance: there is nothing to learn but the image itself.

    Of six seeds, the training error fell below 0.002 of the first, and that on the other pair rose by 27 to 43 %.
    """
    noisy, ideal = rng.normal(size=(2, 12, 12))
    validation = tuple(rng.normal(size=(2, 40, 40)))
    settings = {"window": 5, "hidden": 8, "seed": 0, "steps": 150, "learning_rate": 0.02, "flips": False}
    with pytest.warns(TrainingWarning, match="the validation error rose from .* while the training error fell") as caught:
        net = afmnn.train(noisy, ideal, validation=validation, **settings)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert net.history["training"][-1] < 0.1 * net.history["training"][0]


@pytest.mark.parametrize("validated", [False, True])
def test_a_pair_of_two_places_is_told(validated, rng):
    """Where there is nothing to learn, a flat image is as good: of eight seeds, the error was 1.0 to 1.3 times that."""
    unlike, alike = [
        (afmnn.Image(1e-9 * noisy, unit_z="m"), afmnn.Image(1e-9 * ideal, unit_z="m"))
        for noisy, ideal in ((relief((60, 60), rng)[0], hills((60, 60), rng)), relief((60, 60), rng))
    ]
    settings = {"window": 9, "hidden": 3, "steps": 6, "seed": 0, "batch": 256}
    whose = "validation images" if validated else "images it learned from"
    message = rf"of no use: its error on the {whose} is \S+ nm, that of a flat image \S+ nm, so it has not seen the surface; look"
    with pytest.warns(TrainingWarning, match=message) as caught:
        net = afmnn.train(*(alike if validated else unlike), **settings, validation=unlike if validated else None)
    assert len(caught) == 1
    name = "validation" if validated else "training"
    error = np.asarray(afmnn.level(unlike[1]))[4:-4, 4:-4]
    assert net.training[f"flat_{name}_error"] == pytest.approx(np.sqrt(np.mean(error**2)), rel=0.02)


def hills(shape, rng):
    """Another surface than that of `relief`, higher."""
    heights = np.cumsum(np.cumsum(rng.normal(size=shape), axis=0), axis=1)
    heights = np.asarray(afmnn.level(heights))
    return 5.0 * heights / heights.std()
