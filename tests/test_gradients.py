"""Every gradient of the default method against complex-step derivatives of its twin."""

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from afmnn import _core
from afmnn._reference import fovea as fovea_twin
from afmnn._reference import networks as twin
from afmnn._reference import trainer as trainer_twin
from afmnn.fovea import Band, Fovea
from networks import problem, trainer, weights

pytestmark = pytest.mark.arithmetic

WINDOWS = [(1, 1), (3, 5), (7, 7), (4, 6), (2, 3), (1, 6), (5, 1)]
HIDDEN = [(1,), (4,), (9,), (3, 2), (2, 3, 2)]
CASES = [(window, hidden) for window in WINDOWS for hidden in HIDDEN if window in {(3, 5), (4, 6)} or hidden in {(4,), (3, 2)}]


def complex_step(layers, linear, window, pairs):
    """Derivatives of the loss with respect to every parameter."""
    problems = [pair.problem(window) for pair in pairs]
    parameters = [*layers, linear]
    results = [np.empty_like(p) for p in parameters]
    for which, parameter in enumerate(parameters):
        for index in np.ndindex(parameter.shape):
            moved = [p.astype(complex) for p in parameters]
            moved[which][index] += 1e-30j  # no subtraction, so the derivative is exact to rounding
            results[which][index] = trainer_twin.loss(moved[:-1], moved[-1], problems).imag / 1e-30
    return results[:-1], results[-1]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("window", "hidden"), CASES, ids=str)
def test_gradient_matches_complex_step(window, hidden, weighted, rng):
    # More columns than a run of 48 pixels, and runs of odd lengths; two images of different sizes.
    pairs = problem([(window[0] + 1, window[1] + 51), (window[0] + 2, window[1] + 6)], rng, weighted=weighted)
    layers, linear = weights(window, hidden, rng)
    expected_layers, expected_linear = complex_step(layers, linear, window, pairs)
    for batch in (1_000_000, 64):
        (got_layers, got_linear), squares, total = trainer("F64", layers, linear, window, pairs, batch=batch).gradient(threads=1)
        largest = max(np.abs(array).max() for array in (*expected_layers, expected_linear))
        for got, expected in zip((*got_layers, got_linear), (*expected_layers, expected_linear), strict=True):
            assert_allclose(got, expected, rtol=1e-9, atol=1e-12 * largest)
    errors = [(trainer_twin.centred(layers, linear, x) - target, w) for x, target, w in (pair.problem(window) for pair in pairs)]
    assert_allclose(total, sum(w.sum() for _, w in errors), rtol=1e-13)
    # Squares are those of heights: each pair has its own unit.
    assert_allclose(squares, sum(p.height**2 * (w @ e**2) for p, (e, w) in zip(pairs, errors, strict=True)), rtol=1e-12)


SMALL = Fovea((Band((1, 1), (3, 3), (3, 3), (1, 1), 2.0), Band((1, 3), (9, 3), (1, 3), (1, 3), 1.5)), (3, 9))
SMALL_LATER = Fovea((Band((1, 1), (3, 3), (1, 3), (1, 1), 2.0), Band((1, 9), None, (3, 1), (2, 1), 1.5), SMALL.bands[1]), None)
ONLY_RESIDUAL = Fovea((Band((3, 1), None, (3, 3), (1, 2), 0.5),), None)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("hidden", [(4,), (3, 2)], ids=str)
@pytest.mark.parametrize("compresses", [False, True])
@pytest.mark.parametrize("fovea", [SMALL, SMALL_LATER, ONLY_RESIDUAL], ids=["first", "later", "only residual"])
def test_gradient_with_a_fovea_matches_complex_step(fovea, compresses, hidden, weighted, rng):
    """Of taps, also those of a residual, the output counting from the base or from the result before; compressed, too."""
    if compresses:
        fovea = dataclasses.replace(fovea, base=None if fovea.sees_residual else (1, 1), compresses=True)
    rows, cols = fovea.window
    pairs = problem([(rows + 1, cols + 51), (rows + 4, cols + 5)], rng, weighted=weighted)
    previous = [pair.ideal + 0.2 * rng.normal(size=pair.ideal.shape) if fovea.sees_residual else None for pair in pairs]
    layers, linear = weights((1, fovea.taps), hidden, rng)
    linear = linear.ravel()
    problems = []
    for i, pair in enumerate(pairs):
        inside = tuple(n - side + 1 for n, side in zip(pair.noisy.shape, (rows, cols), strict=True))
        taps, base = (what(pair.noisy, fovea, inside, previous[i]) for what in (fovea_twin.taps, fovea_twin.base))
        _, target, weight = pair.problem((rows, cols))
        if compresses:
            pixel = fovea_twin.around(pair.noisy, inside).ravel()
            target = pixel + np.clip(target - pixel, -fovea_twin.MOST_TAKEN_OFF, fovea_twin.MOST_TAKEN_OFF)
        left = target - base
        problems.append((taps, fovea_twin.compressed(left) if compresses else left, weight))

    def loss(layers, linear):
        errors = [(twin.forward(layers, linear, "tanh", taps) - target, weight) for taps, target, weight in problems]
        return 0.5 * sum(np.sum(w * e**2) for e, w in errors) / sum(w.sum() for _, w in errors)

    net = _core.NetworkF64(rows, cols, "tanh", layers, linear, fovea.core())
    data = [(p.noisy, p.ideal, p.weight, p.height, z) for p, z in zip(pairs, previous, strict=True)]
    for batch in (1_000_000, 64):
        core = _core.TrainerF64(
            net, data, batch=batch, flips=False, key=0, rate=0.01, last_rate=0.01, beta1=0.9, beta2=0.999, epsilon=1e-8, epochs=1
        )
        (got_layers, got_linear), _, _ = core.gradient(threads=2)
        got = [*got_layers, got_linear]
        largest = max(np.abs(array).max() for array in got)
        for which, slopes in enumerate(got):
            for index in np.ndindex(slopes.shape):
                moved = [p.astype(complex) for p in (*layers, linear)]
                moved[which][index] += 1e-30j
                expected = loss(moved[:-1], moved[-1]).imag / 1e-30
                assert_allclose(slopes[index], expected, rtol=1e-9, atol=1e-12 * largest)


def test_the_twin_of_the_backward_pass_matches_complex_step(rng):
    window, pairs = (3, 4), problem([(12, 20)], rng, weighted=True)
    layers, linear = weights(window, (3, 2), rng)
    x, target, weight = pairs[0].problem(window)
    got_layers, got_linear, _ = trainer_twin.gradient(layers, linear, x, target, weight)
    expected_layers, expected_linear = complex_step(layers, linear, window, pairs)
    for got, expected in zip((*got_layers, got_linear), (*expected_layers, expected_linear), strict=True):
        assert_allclose(got / weight.sum(), expected, rtol=1e-9, atol=1e-14)


def test_centring_takes_the_mean_out_of_every_gradient(rng):
    """The kernel sums W x - s m, s the row sums of W; its gradient is that of W (x - m), whose rows sum to zero."""
    window, pairs = (5, 5), problem([(20, 60)], rng)
    layers, linear = weights(window, (4,), rng)
    (got, path), _, _ = trainer("F64", layers, linear, window, pairs).gradient(threads=1)
    assert np.abs(layers[0][:, 1:].sum(axis=1)).min() > 0.05
    assert_allclose(got[0][:, 1:].sum(axis=1), 0.0, atol=1e-14)
    assert_allclose(path.sum(), 0.0, atol=1e-14)
    assert np.abs(got[0][:, 1:]).max() > 1e-4
    # The same weights with another row sum are the same network.
    moved = [layers[0] + np.column_stack([np.zeros(4), np.full((4, 25), 0.7)]), layers[1]]
    (again, _), _, _ = trainer("F64", moved, linear - 3.0, window, pairs).gradient(threads=1)
    assert_allclose(again[0], got[0], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("window", [(3, 5), (8, 8), (27, 27)], ids=str)
@pytest.mark.parametrize("hidden", [(6,), (8, 4)], ids=str)
def test_float32_agrees_with_float64(window, hidden, rng):
    pairs = problem([(40, 100), (33, 47)], rng, weighted=True)
    layers, linear = (parameter for parameter in weights(window, hidden, rng))
    layers = [layer.astype(np.float32).astype(float) for layer in layers]
    linear = linear.astype(np.float32).astype(float)
    pairs = [
        trainer_twin.Pair(*(a.astype(np.float32).astype(float) for a in (p.noisy, p.ideal, p.weight)), p.height) for p in pairs
    ]
    (exact, exact_path), exact_squares, exact_total = trainer("F64", layers, linear, window, pairs).gradient(threads=1)
    (single, path), squares, total = trainer("F32", layers, linear, window, pairs).gradient(threads=1)
    assert path.dtype == np.float32
    for got, expected in zip((*single, path), (*exact, exact_path), strict=True):
        assert_allclose(got, expected, rtol=0, atol=3e-6 * np.abs(expected).max())
    assert_allclose([squares, total], [exact_squares, exact_total], rtol=2e-6)


@pytest.mark.parametrize("precision", ["F32", "F64"])
def test_no_thread_changes_a_bit_of_the_gradient(precision, rng):
    pairs = problem([(30, 110), (21, 64)], rng, weighted=True)
    layers, linear = weights((5, 4), (5, 3), rng)
    results = [trainer(precision, layers, linear, (5, 4), pairs, batch=200).gradient(threads) for threads in (1, 2, 3)]
    for (got, path), squares, total in results[1:]:
        for a, b in zip((*got, path), (*results[0][0][0], results[0][0][1]), strict=True):
            assert_array_equal(a, b)
        assert (squares, total) == results[0][1:]


@pytest.mark.parametrize(("flips", "subsets"), [(False, 1), (True, 1), (True, 2), (False, 3)])
@pytest.mark.parametrize("window", [(3, 5), (4, 3), (2, 2)], ids=str)
def test_updates_match_the_twin(flips, subsets, window, rng):
    """Whole epochs: the order of the runs, what subset of them an epoch visits, flips, Adam and the falling rate."""
    pairs = problem([(12, 150 if subsets > 1 else 70), (10, 15)], rng, weighted=True)
    layers, linear = weights(window, (3, 2), rng)
    settings = {"batch": 150 // subsets, "flips": flips, "key": 1234567890123456789, "rate": 0.02, "last_rate": 0.1, "epochs": 10}
    settings |= {"subsets": subsets}
    core = trainer("F64", layers, linear, window, pairs, beta1=0.8, beta2=0.99, **settings)
    slow = trainer_twin.MiniBatches([*layers], linear.copy(), window, pairs, beta=(0.8, 0.99), **settings)
    slow.layers = [layer.copy() for layer in layers]
    assert core.updates_per_epoch == slow.updates > 3
    for step in range(8 * subsets + 1):  # flips repeat after eight visits of all pixels
        expected = slow.run_epoch(step)
        squares, total, over = core.run(updates=10**9, threads=2)
        assert over
        assert_allclose((squares, total), expected, rtol=1e-10)
        got_layers, got_linear = core.arrays()
        expected_layers, expected_linear = slow.network()
        for got, wanted in zip((*got_layers, got_linear), (*expected_layers, expected_linear), strict=True):
            assert_allclose(got, wanted, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("constant", [1, 3])
def test_a_rate_that_is_constant_at_first_matches_the_twin(constant, rng):
    """Known from the beginning, or told when it is to fall."""
    window, pairs = (3, 3), problem([(12, 40)], rng)
    layers, linear = weights(window, (3,), rng)
    settings = {"batch": 60, "flips": False, "key": 5, "rate": 0.05, "last_rate": 0.1}
    known = trainer("F64", layers, linear, window, pairs, beta1=0.8, beta2=0.99, epochs=2, constant_epochs=constant, **settings)
    told = trainer("F64", layers, linear, window, pairs, beta1=0.8, beta2=0.99, epochs=7, constant_epochs=1 << 40, **settings)
    slow = trainer_twin.MiniBatches(
        [layer.copy() for layer in layers], linear.copy(), window, pairs, beta=(0.8, 0.99), epochs=2, constant_epochs=constant,
        **settings,
    )  # fmt: skip
    for step in range(constant + 3):
        if step == constant:
            told.fall(2)
        slow.run_epoch(step)
        known.run(updates=10**9, threads=1)
        told.run(updates=10**9, threads=2)
        for got, same, wanted in zip(known.arrays()[0], told.arrays()[0], slow.network()[0], strict=True):
            assert_array_equal(got, same)
            assert_allclose(got, wanted, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("width", [50, 51, 101, 150, 200])
@pytest.mark.parametrize("subsets", [2, 3, 5])
def test_as_many_epochs_as_subsets_visit_every_pixel_once(subsets, width, rng):
    window = (3, 4)
    pairs = problem([(9, width), (3, 4), (5, 60)], rng, weighted=True)
    layers, linear = weights(window, (2,), rng)
    core = trainer("F64", layers, linear, window, pairs, batch=50, rate=1e-300, epochs=10, subsets=subsets, flips=True)
    _, squares, total = core.gradient(threads=2)
    _, all_squares, all_weights = trainer("F64", layers, linear, window, pairs, batch=50).gradient(threads=1)
    assert_allclose((squares, total), (all_squares, all_weights), rtol=1e-12)
    for _ in range(3):
        done = [core.run(10**9, threads=2) for _ in range(subsets)]
        assert all(over for _, _, over in done)
        assert all(weight < 0.7 * total for _, weight, _ in done)
        assert len({square for square, _, _ in done}) == subsets
        assert_allclose(sum(weight for _, weight, _ in done), total, rtol=1e-12)
    assert core.updates_per_epoch == pytest.approx(sum(w.noisy.size for w in pairs) * 0.9 / 50 / subsets, rel=0.4)


@pytest.mark.parametrize("subsets", [2, 7, 1024])
def test_the_gradient_is_that_of_all_subsets(subsets, rng):
    """Also where a part has no run at all."""
    window, pairs = (3, 4), problem([(9, 150), (4, 30)], rng, weighted=True)
    layers, linear = weights(window, (3,), rng)
    (whole, path), *sums = trainer("F64", layers, linear, window, pairs).gradient(threads=1)
    (got, got_path), *got_sums = trainer("F64", layers, linear, window, pairs, batch=100, subsets=subsets).gradient(threads=2)
    for a, b in zip((*got, got_path), (*whole, path), strict=True):
        assert_allclose(a, b, rtol=1e-10, atol=1e-13)
    assert_allclose(got_sums, sums, rtol=1e-12)


def test_one_update_by_hand(rng):
    """Adam's first update moves every weight by the rate, against its gradient, whatever the gradient's size."""
    pairs, window = problem([(12, 30)], rng), (3, 3)
    layers, linear = weights(window, (2,), rng)
    core = trainer("F64", layers, linear, window, pairs, batch=10**6, rate=0.01, epochs=3)
    (slopes, _), _, _ = core.gradient(threads=1)
    core.run(updates=1, threads=1)
    moved, _ = core.arrays()
    assert_allclose(moved[0][:, 0] - layers[0][:, 0], -0.01 * np.sign(slopes[0][:, 0]), rtol=1e-4)
    assert_allclose(moved[1][0, 1:] - layers[1][0, 1:], -0.01 * np.sign(slopes[1][0, 1:]), rtol=1e-4)
    # The output's bias is the sum of two, its own and the linear path's.
    assert_allclose(moved[1][0, 0] - layers[1][0, 0], -0.02 * np.sign(slopes[1][0, 0]), rtol=1e-4)


def test_pieces_of_an_epoch_are_the_epoch(rng):
    pairs, window = problem([(20, 60)], rng), (3, 3)
    layers, linear = weights(window, (2,), rng)
    whole, pieces = (trainer("F32", layers, linear, window, pairs, batch=100, epochs=2, flips=True) for _ in range(2))
    for _ in range(2):
        squares, total, over = whole.run(10**6, threads=1)
        assert over
        parts = []
        while not parts or not parts[-1][2]:
            parts.append(pieces.run(3, threads=1))
        assert len(parts) == -(-whole.updates_per_epoch // 3)
        assert parts[-1] == (squares, total, True)
        assert all(0 < a[0] < b[0] for a, b in pairwise(parts))
    for a, b in zip(whole.arrays()[0], pieces.arrays()[0], strict=True):
        assert_array_equal(a, b)
