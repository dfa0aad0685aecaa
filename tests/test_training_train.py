"""train(): what it learns, and from what. The core's numbers are tested in test_gradients."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn._reference import networks as twin
from networks import different, relief, same

pytestmark = pytest.mark.arithmetic

QUICK = {"window": 5, "hidden": 3, "steps": 2, "seed": 0}


# ---- learning ---------------------------------------------------------------------------------------------------------


def rms(a, b):
    inside = (slice(6, -6), slice(6, -6))
    return float(np.sqrt(np.mean((np.asarray(a, float) - b)[inside] ** 2)))


@pytest.mark.parametrize("method", ["adam", "gwyddion"])
@pytest.mark.parametrize("window", [9, (8, 10), (5, 13)])
def test_training_helps_on_an_unseen_image(method, window, rng):
    """Each is measured against noise it has not seen: half the noise must go, as any sensible filter of 81 pixels does."""
    noisy, ideal = relief((96, 96), rng)
    unseen, truth = relief((80, 90), rng)
    net = afmnn.train(noisy, ideal, window=window, hidden=4, steps=12, seed=0, method=method)
    training = net.history["training"]
    assert training[-1] < 0.8 * training[0]
    assert rms(afmnn.apply(net, noisy), ideal) < 0.55 * rms(noisy, ideal)
    if method == "adam":  # the classic one is known not to generalise: it sees heights only by the image's range
        assert rms(afmnn.apply(net, unseen), truth) < 0.5 * rms(unseen, truth)


def test_the_error_of_a_pass_is_in_height_units(rng):
    """With a rate of nearly nothing the error over a pass is that of the network as it was."""
    noisy, ideal = relief((40, 60), rng)
    net = afmnn.train(100 * noisy, 100 * ideal, window=(5, 4), hidden=(4, 3), steps=2, seed=0, learning_rate=1e-12)
    errors = twin.centres(afmnn.apply(net, 100 * noisy) - 100 * ideal, (5, 4))
    assert_allclose(net.history["training"], np.sqrt(np.mean(errors**2)), rtol=1e-5)


@pytest.mark.parametrize("method", ["adam", "gwyddion"])
def test_any_unit_of_height_will_do(method, rng):
    noisy, ideal = relief((40, 44), rng)
    settings = {**QUICK, "method": method, "steps": 3, "validation": 0.4}
    expected = afmnn.train(noisy, ideal, **settings)
    for unit, offset in ((1e-9, 0.0), (1e-30, 0.0), (1e12, 0.0), (1e-9, 1e-6)):
        net = afmnn.train(unit * noisy + offset, unit * ideal + offset, **settings)
        for name in ("training", "validation"):
            assert_allclose(net.history[name] / unit, expected.history[name], rtol=2e-4)
    # Powers of two leave the numbers alone, so the bits must stay.
    net = afmnn.train(2.0**-30 * noisy, 2.0**-30 * ideal, **settings)
    for one, other in zip(net.layers, expected.layers, strict=True):
        assert_array_equal(one, other)
    assert_array_equal(net.history["training"], 2.0**-30 * expected.history["training"])


def test_first_network_is_the_mean_of_the_window(rng):
    noisy, ideal = relief((30, 30), rng)
    net = afmnn.train(noisy, ideal, window=(3, 7), hidden=(5, 4), steps=0, seed=3)
    assert net.hidden == (5, 4)
    assert_array_equal(net.linear, np.float32(1 / 21))
    assert all((layer[:, 0] == 0).all() for layer in net.layers)
    assert "training" not in net.history
    classic = afmnn.train(noisy, ideal, window=15, hidden=6, steps=0, seed=3, method="gwyddion")
    drawn = np.concatenate([layer.ravel() for layer in classic.layers])
    assert -0.1 <= drawn.min() < -0.099
    assert 0.099 < drawn.max() < 0.1
    assert abs(drawn.mean()) < 4 * 0.2 / np.sqrt(12 * drawn.size)


# ---- seeds ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["adam", "gwyddion"])
def test_seeds(method, rng):
    noisy, ideal = relief((30, 30), rng)
    settings = {"window": 5, "hidden": 3, "steps": 2, "method": method}
    first = afmnn.train(noisy, ideal, seed=5, **settings)
    same(afmnn.train(noisy, ideal, seed=np.uint8(5), **settings), first)
    different(afmnn.train(noisy, ideal, seed=6, **settings), first)
    fresh = [afmnn.train(noisy, ideal, **settings) for _ in range(2)]
    different(*fresh)
    for net in fresh:
        assert type(net.training["seed"]) is int
        same(afmnn.train(noisy, ideal, seed=net.training["seed"], **settings), net)
    sequence = afmnn.train(noisy, ideal, seed=np.random.SeedSequence(8), **settings)
    same(afmnn.train(noisy, ideal, seed=sequence.training["seed"], **settings), sequence)
    generator, twin_generator = np.random.default_rng(9), np.random.default_rng(9)
    drawn = afmnn.train(noisy, ideal, seed=generator, **settings)
    same(afmnn.train(noisy, ideal, seed=drawn.training["seed"], **settings), drawn)
    twin_generator.integers(0, 2**64, dtype=np.uint64)
    assert generator.bit_generator.state == twin_generator.bit_generator.state


@pytest.mark.filterwarnings("ignore::afmnn.TrainingWarning")  # the seed is drawn: now and then the error rises
def test_the_record_is_enough_to_train_again(rng, tmp_path):
    """Also where training ended early, after the network has been in a file, and for numbers that came from NumPy."""
    noisy, ideal = relief((60, 40), rng)
    net = afmnn.train(
        noisy,
        ideal,
        window=np.int64(5),
        hidden=np.array([4, 2]),
        steps=np.int32(9),
        learning_rate=np.float32(0.01),
        momentum=np.float64(0.8),
        batch=np.int16(100),
        validation=np.float32(0.25),
        flips=np.False_,
        progress=lambda step, losses: step == 4,
    )
    net.save(tmp_path / "net.npz")
    made = afmnn.load(tmp_path / "net.npz").training
    assert (made["steps"], made["steps_planned"], made["validation"], made["flips"]) == (4, 9, 0.25, False)
    again = afmnn.train(
        noisy,
        ideal,
        window=5,
        hidden=(4, 2),
        steps=made["steps_planned"],
        progress=lambda step, losses: step == made["steps"],
        **{name: made[name] for name in ("seed", "learning_rate", "momentum", "batch", "validation", "flips")},
    )
    same(again, net)


# ---- what may be trained on -------------------------------------------------------------------------------------------


def test_sequences_and_stacks_are_several_images(rng):
    pairs = [relief((30, 34), rng) for _ in range(3)]
    noisy, ideal = ([pair[i] for pair in pairs] for i in (0, 1))
    expected = afmnn.train(noisy, ideal, **QUICK)
    same(afmnn.train(tuple(noisy), np.stack(ideal), **QUICK), expected)
    same(afmnn.train(np.stack(noisy), np.stack(ideal), **QUICK), expected)
    assert expected.training["images"] == 3
    different(afmnn.train(noisy[:2], ideal[:2], **QUICK), expected)
    same(afmnn.train(noisy[:1], ideal[0], **QUICK), afmnn.train(noisy[0], ideal[0], **QUICK))


def test_each_image_has_its_own_size_and_scale(rng):
    """Pairs in other units are the same pairs to the network."""
    pairs = [relief(shape, rng) for shape in ((30, 34), (5, 70), (41, 9))]
    factors = [1.0, 2.0**20, 2.0**-20]
    expected = afmnn.train([n for n, _ in pairs], [i for _, i in pairs], **QUICK)
    net = afmnn.train(
        [f * n for f, (n, _) in zip(factors, pairs, strict=True)],
        [f * i for f, (_, i) in zip(factors, pairs, strict=True)],
        **QUICK,
    )
    for one, other in zip(net.layers, expected.layers, strict=True):
        assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("window", "hidden"), [((1, 1), 1), ((4, 9), (8, 4)), ([3, 30], [2, 3, 4]), (np.array([30, 34]), 20)], ids=str
)
def test_shapes_of_networks(window, hidden, rng):
    noisy, ideal = relief((30, 34), rng)
    net = afmnn.train(noisy, ideal, window=window, hidden=hidden, steps=1, seed=0)
    assert net.window == tuple(window)
    assert net.hidden == (tuple(hidden) if isinstance(hidden, (tuple, list)) else (hidden,))
    assert net.linear.shape == net.window
    assert net.layers[0].dtype == np.float32


@pytest.mark.parametrize(
    "kind", ["f4", ">f8", ">f4", "f2", "i2", "?", "strided", "reversed", "fortran", "read-only", "list", "masked"]
)
def test_kinds_of_arrays(kind, rng):
    noisy, ideal = (np.round(50 * image) for image in relief((30, 34), rng))
    if kind == "?":
        noisy, ideal = noisy > 0, ideal > 0
    change = {
        "strided": lambda a: np.repeat(np.repeat(a, 2, 0), 3, 1)[::2, ::3],
        "reversed": lambda a: a[::-1, ::-1].copy()[::-1, ::-1],
        "fortran": np.asfortranarray,
        "read-only": lambda a: np.broadcast_to(a, a.shape),
        "list": lambda a: afmnn.Image(a.tolist()),
        "masked": lambda a: np.ma.array(a, mask=np.zeros_like(a)),
    }.get(kind, lambda a: a.astype(kind))
    got = afmnn.train(change(noisy), change(ideal), **QUICK)
    same(got, afmnn.train(noisy.astype(float), ideal.astype(float), **QUICK))


def test_images_are_never_changed(rng):
    noisy, ideal = relief((30, 34), rng)
    noisy[3, 3] = np.nan
    mask = np.ones_like(noisy)
    mask[3, 3] = 0
    copies = [a.copy() for a in (noisy, ideal, mask)]
    afmnn.train(noisy, ideal, mask=mask, **QUICK)
    for now, before in zip((noisy, ideal, mask), copies, strict=True):
        assert_array_equal(now, before)


def test_units_come_from_the_noisy_image(rng):
    noisy, ideal = relief((30, 30), rng)
    size = {"size": (3e-6, 1.5e-6), "unit_xy": "m", "unit_z": "V"}
    net = afmnn.train(afmnn.Image(noisy, **size), afmnn.Image(ideal, **size), **QUICK)
    assert {"unit_xy": "m", "unit_z": "V"}.items() <= net.units.items()
    assert_allclose(net.units["pixel_size"], [1e-7, 5e-8])
    same(net, afmnn.train(noisy, ideal, **QUICK))
    for change, words in (
        ({"unit_z": "m"}, "height unit"),
        ({"unit_xy": "s"}, "lateral unit"),
        ({"size": (3e-6, 3e-6)}, "pixel size"),
    ):
        with pytest.raises(ValueError, match=words):
            afmnn.train(afmnn.Image(noisy, **size), afmnn.Image(ideal, **(size | change)), **QUICK)


# ---- masks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["include", "exclude", "ignore"])
def test_masked_targets_do_not_count(mode, rng):
    noisy, ideal = relief((30, 34), rng)
    mask = rng.choice([0.0, 1.0], size=noisy.shape)
    dropped = {"include": mask < 1, "exclude": mask > 0, "ignore": np.zeros_like(mask, bool)}[mode]
    spoiled = np.where(dropped, -9999.0, ideal)
    spoiled[dropped & (rng.random(mask.shape) < 0.5)] = np.nan
    net = afmnn.train(noisy, spoiled, mask=mask, mask_mode=mode, **QUICK)
    same(net, afmnn.train(noisy, ideal, mask=mask.astype(bool), mask_mode=mode, **QUICK))
    if mode != "ignore":
        different(net, afmnn.train(noisy, ideal, **QUICK))
    else:
        same(net, afmnn.train(noisy, ideal, **QUICK))


@pytest.mark.parametrize("method", ["adam", "gwyddion"])
def test_no_window_touches_a_missing_pixel(method, rng):
    noisy, ideal = relief((30, 34), rng)
    mask = np.ones_like(noisy)
    mask[12, 15] = 0
    settings = {**QUICK, "method": method, "window": (4, 5)}
    results = []
    for value in (np.nan, np.inf, -np.inf):
        holed = noisy.copy()
        holed[12, 15] = value
        results.append(afmnn.train(holed, ideal, mask=mask, **settings))
    same(results[1], results[0])
    same(results[2], results[0])
    # All pixels whose windows contain the hole: rows r - 2 ... r + 1, columns c - 2 ... c + 2.
    mask[12 - 1 : 12 + 3, 15 - 2 : 15 + 3] = 0
    filled = noisy.copy()
    filled[12, 15] = np.median(noisy)  # which leaves quantiles and range alone, but for one pixel less
    expected = afmnn.train(filled, ideal, mask=mask, **settings)
    # The classic method slides over the hole when it sums products of neighbouring windows: what stands there rounds.
    assert_allclose(results[0].layers[0], expected.layers[0], rtol=0, atol=1e-13 if method == "gwyddion" else 2e-3)
    mask[12, 15] = 1
    holed[12, 15] = np.nan
    with pytest.raises(ValueError, match=r"noisy must be finite, got 1 value that is not, the first at .* = \(12, 15\)"):
        afmnn.train(holed, ideal, mask=mask, **settings)
