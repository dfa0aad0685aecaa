"""Direct calls of the core with wrong arguments: every one raises, none ends the process.

Python checks meaning before it calls; these are what is left when somebody changes Python and forgets.
"""

import numpy as np
import pytest

from afmnn import _core

LAYERS = [np.zeros((2, 10)), np.zeros((1, 3))]
LINEAR = np.zeros((3, 3))
IMAGE = np.linspace(0.0, 1.0, 9 * 11).reshape(9, 11)
TRAINING = {
    "batch": 16,
    "flips": True,
    "key": 0,
    "rate": 0.01,
    "last_rate": 0.1,
    "beta1": 0.9,
    "beta2": 0.999,
    "epsilon": 1e-8,
    "epochs": 2,
}
HUGE = 2**62


SCALING = (0.0, 1.0, 0.0, 1.0, 0.0, 0.0)
BORDER = ("reflect", 0.0)


def network(kind=_core.NetworkF64, rows=3, cols=3, activation="tanh", layers=LAYERS, linear=LINEAR):
    dtype = np.float32 if kind is _core.NetworkF32 else np.float64
    layers = [layer.astype(dtype) if layer.dtype == np.float64 else layer for layer in layers]
    return kind(rows, cols, activation, layers, linear if linear is None else linear.astype(dtype))


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"rows": 0}, ValueError, "window must be 1 x 1"),
        ({"cols": -3}, ValueError, "window must be 1 x 1"),
        ({"rows": 2**32, "cols": 2**32}, ValueError, "window must be 1 x 1"),  # whose product is zero
        ({"rows": 10**30}, TypeError, "incompatible"),
        ({"rows": 3.0}, TypeError, "incompatible"),
        ({"activation": "relu"}, ValueError, "activation must be 'tanh' or 'logistic'"),
        ({"layers": []}, ValueError, "layers must be at least two matrices"),
        ({"layers": LAYERS[:1]}, ValueError, "layers must be at least two matrices"),
        ({"layers": LAYERS[::-1]}, ValueError, "layers must be matrices of shape"),
        ({"layers": [LAYERS[0], np.zeros((2, 3))]}, ValueError, r"layers\[-1\] must be a matrix of one row"),
        ({"layers": [np.zeros((0, 10)), np.zeros((1, 1))]}, ValueError, "layers must be matrices of shape"),
        ({"layers": [np.zeros(10), np.zeros((1, 3))]}, ValueError, "layers must be two-dimensional"),
        ({"layers": [np.zeros((2, 10), complex), np.zeros((1, 3))]}, TypeError, "incompatible"),
        ({"linear": np.zeros((3, 4))}, ValueError, "linear must be of the window's shape"),
        ({"linear": np.zeros(9)}, ValueError, "linear must be of the window's shape"),
    ],
)
@pytest.mark.parametrize("kind", [_core.NetworkF32, _core.NetworkF64])
def test_networks(kind, change, error, message):
    network(kind)
    with pytest.raises(error, match=message):
        network(kind, **change)


def misaligned(shape):
    return np.frombuffer(bytearray(np.prod(shape) * 8 + 1), np.uint8)[1:].view(np.float64).reshape(shape)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"image": IMAGE.astype(int)}, TypeError, "incompatible"),
        ({"image": IMAGE.astype(">f8")}, TypeError, "incompatible"),
        ({"image": IMAGE.astype(np.float32)}, TypeError, "incompatible"),  # out is float64
        ({"image": IMAGE[0]}, ValueError, "image must be two-dimensional"),
        ({"image": IMAGE[np.newaxis]}, ValueError, "image must be two-dimensional"),
        ({"image": IMAGE[:0], "out": IMAGE[:0].copy(), "rows": (0, 0)}, ValueError, "image must be not empty"),
        ({"image": misaligned((9, 11))}, ValueError, "image must be aligned"),
        ({"out": misaligned((9, 11))}, ValueError, "out must be aligned"),
        ({"out": np.zeros((9, 11), [("a", "i1"), ("b", "f8")])["b"]}, ValueError, "out must be strided by whole elements"),
        ({"out": np.zeros((11, 9))}, ValueError, "out must be of the image's shape"),
        ({"out": np.zeros((9, 11, 1))}, ValueError, "out must be two-dimensional"),
        ({"out": np.broadcast_to(0.0, (9, 11))}, ValueError, "not writeable"),
        ({"scaling": SCALING[:4]}, TypeError, "incompatible"),
        ({"scaling": ["a"] * 6}, TypeError, "incompatible"),
        ({"border": ("average", 0.0)}, ValueError, "border must be 'reflect'"),
        ({"border": "reflect"}, TypeError, "incompatible"),
        ({"rows": (-64, 9)}, ValueError, "rows must be within the image"),
        ({"rows": (0, 10)}, ValueError, "rows must be within the image"),
        ({"rows": (0, HUGE)}, ValueError, "rows must be within the image"),
        ({"rows": (9, 0)}, ValueError, "rows must be within the image"),
        ({"rows": (1, 9)}, ValueError, "rows must be whole tiles"),
        ({"fourier_size": 64}, ValueError, "fourier_size must be"),  # for float32 only
        ({"fourier_size": -1}, ValueError, "fourier_size must be"),
        ({"threads": 0}, ValueError, "threads must be at least 1"),
        ({"threads": -1}, ValueError, "threads must be at least 1"),
        ({"threads": 2**31 - 1}, ValueError, "threads must be at least 1 and at most"),
        ({"threads": 2**31}, TypeError, "incompatible"),
        ({"net": None}, TypeError, "incompatible"),
    ],
)
def test_apply(change, error, message):
    arguments = {
        "net": network(),
        "image": IMAGE,
        "out": np.zeros((9, 11)),
        "scaling": SCALING,
        "border": BORDER,
        "rows": (0, 9),
        "fourier_size": 0,
        "threads": 1,
    }
    _core.apply(**arguments)
    with pytest.raises(error, match=message):
        _core.apply(**(arguments | change))


def later_network(kind=_core.NetworkF64):
    """A network that sees a residual, at nine pixels."""
    dtype = np.float32 if kind is _core.NetworkF32 else np.float64
    bands = [((1, 1, 0, 0, 3, 3, 1, 1), 1.0, True)]
    return kind(3, 3, "tanh", [layer.astype(dtype) for layer in LAYERS], np.zeros(9, dtype), (bands, (1, 1), False))


NEEDLESS = "previous must be there for networks that see a residual, and only then"


@pytest.mark.parametrize(
    ("previous", "error", "message"),
    [
        (None, ValueError, NEEDLESS),
        (IMAGE[1:], ValueError, "previous must be of the image's shape"),
        (IMAGE.T, ValueError, "previous must be of the image's shape"),
        (IMAGE[:0], ValueError, "previous must be of the image's shape"),
        (IMAGE[0], ValueError, "previous must be two-dimensional"),
        (IMAGE.astype(np.float32), TypeError, "incompatible"),
        (IMAGE.astype(int), TypeError, "incompatible"),
        (IMAGE.astype(">f8"), TypeError, "incompatible"),
        (IMAGE.tolist(), TypeError, "incompatible"),
        (misaligned((9, 11)), ValueError, "previous must be aligned"),
    ],
)
@pytest.mark.parametrize("kind", [_core.NetworkF32, _core.NetworkF64])
def test_results_before(kind, previous, error, message):
    out = np.full(IMAGE.shape, np.nan)
    arguments = (IMAGE, out, SCALING, BORDER)
    with pytest.raises(error, match=message):
        _core.apply(later_network(kind), *arguments, previous=previous)
    assert np.isnan(out).all()
    with pytest.raises(ValueError, match=NEEDLESS):
        _core.apply(network(kind), *arguments, previous=IMAGE)
    _core.apply(later_network(kind), *arguments, previous=2 * IMAGE)
    np.testing.assert_allclose(out, 2 * IMAGE, rtol=1e-6)


@pytest.mark.parametrize("size", [16, 33, 2048, 2**40])
def test_fourier_sizes(size):
    image = IMAGE.astype(np.float32)
    with pytest.raises(ValueError, match="fourier_size must be"):
        _core.apply(network(_core.NetworkF32), image, image.copy(), SCALING, BORDER, fourier_size=size)


def test_plan_tiles():
    for shape in ((0, 5), (5, 0), (-1, -1), (2**31 + 1, 5), (5, 2**62)):
        with pytest.raises(ValueError, match=r"shape must be 1 x 1 to 2\^31 x 2\^31"):
            _core.plan_tiles(network(), *shape)
    # The largest image is cut like a large one: no count of pixels or multiply-adds overflows on the way.
    window = np.ones((1, 201 * 201 + 1), np.float32)
    large = _core.NetworkF32(201, 201, "tanh", [window, np.ones((1, 2), np.float32)], None)
    assert _core.plan_tiles(large, 2**31, 2**31) == _core.plan_tiles(large, 2**15, 2**15)
    assert _core.plan_tiles(large, 2**31, 2**31)[0] > 0


NOT_A_PAIR = "incompatible"


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"pairs": []}, ValueError, "pairs must be at least one"),
        ({"pairs": [(IMAGE, IMAGE, None)]}, TypeError, NOT_A_PAIR),
        ({"pairs": [(IMAGE.astype(complex), IMAGE, None, 1.0, None)]}, TypeError, NOT_A_PAIR),
        ({"pairs": [(IMAGE[:2], IMAGE[:2], None, 1.0, None)]}, ValueError, "noisy must be at least as large as the window"),
        ({"pairs": [(IMAGE, IMAGE[1:], None, 1.0, None)]}, ValueError, "ideal must be of the shape of noisy"),
        ({"pairs": [(IMAGE, IMAGE, IMAGE.T, 1.0, None)]}, ValueError, "weight must be of the shape of noisy"),
        ({"pairs": [(IMAGE[0], IMAGE[0], None, 1.0, None)]}, ValueError, "noisy must be two-dimensional"),
        ({"pairs": [(IMAGE, IMAGE, None, "tall", None)]}, TypeError, NOT_A_PAIR),
        ({"net": network(linear=None)}, ValueError, "net must be a tanh network with a linear path"),
        ({"net": network(activation="logistic")}, ValueError, "net must be a tanh network with a linear path"),
        ({"net": network(_core.NetworkF32)}, TypeError, "incompatible"),
        ({"batch": 0}, ValueError, "batch must be at least 1"),
        ({"batch": 2**63}, TypeError, "incompatible"),
        ({"epochs": 0}, ValueError, "epochs must be at least 1"),
        ({"subsets": 0}, ValueError, "subsets must be 1 to 1024"),
        ({"subsets": 1025}, ValueError, "subsets must be 1 to 1024"),
        ({"subsets": 2.0}, TypeError, "incompatible"),
        ({"key": -1}, TypeError, "incompatible"),
        ({"key": 2**64}, TypeError, "incompatible"),
        ({"rate": "fast"}, TypeError, "incompatible"),
    ],
)
def test_mini_batch_trainers(change, error, message):
    arguments = {"net": network(), "pairs": [(IMAGE, IMAGE, None, 1.0, None)], **TRAINING}
    core = _core.TrainerF64(**arguments)
    for updates in (0, -1):
        with pytest.raises(ValueError, match="updates must be at least 1"):
            core.run(updates, 1)
    for threads in (0, 10**6):
        with pytest.raises(ValueError, match="threads must be at least 1"):
            core.run(1, threads)
        with pytest.raises(ValueError, match="threads must be at least 1"):
            core.gradient(threads)
    with pytest.raises(error, match=message):
        _core.TrainerF64(**(arguments | change))


@pytest.mark.parametrize(
    ("index", "pair", "error", "message"),
    [
        (1, (IMAGE, IMAGE, None, 1.0, None), ValueError, "index must be one of the pairs"),
        (2**64 - 1, (IMAGE, IMAGE, None, 1.0, None), ValueError, "index must be one of the pairs"),
        (-1, (IMAGE, IMAGE, None, 1.0, None), TypeError, "incompatible"),
        (0, (IMAGE[:-1], IMAGE[:-1], None, 1.0, None), ValueError, "noisy must be of the shape of the pair it replaces"),
        (0, (IMAGE[:1], IMAGE[:1], None, 1.0, None), ValueError, "noisy must be at least as large as the window"),
        (0, (IMAGE, IMAGE[:-1], None, 1.0, None), ValueError, "ideal must be of the shape of noisy"),
        (0, (IMAGE, IMAGE, IMAGE[:, 1:], 1.0, None), ValueError, "weight must be of the shape of noisy"),
        (0, (IMAGE[0], IMAGE, None, 1.0, None), ValueError, "noisy must be two-dimensional"),
        (0, (IMAGE, IMAGE, None), TypeError, "incompatible"),
    ],
)
def test_replaced_pairs(index, pair, error, message):
    core = _core.TrainerF64(
        network(), [(IMAGE, IMAGE, None, 1.0, None)], batch=1, flips=True, key=0, rate=0.01, last_rate=0.1, beta1=0.9,
        beta2=0.999, epsilon=1e-8, epochs=2,
    )  # fmt: skip
    with pytest.raises(error, match=message):
        core.replace(index, pair)
    core.replace(0, (IMAGE, IMAGE, None, 1.0, None))
    if core.updates_per_epoch > 1:
        core.run(1, 1)
        with pytest.raises(ValueError, match="pair must be replaced between two epochs"):
            core.replace(0, (IMAGE, IMAGE, None, 1.0, None))
    assert core.run(2**60, 1)[2]
    core.replace(0, (IMAGE, 2 * IMAGE, np.ones_like(IMAGE), 1.0, None))
    assert core.run(2**60, 1)[2]


@pytest.mark.parametrize(
    ("previous", "error", "message"),
    [
        (None, ValueError, NEEDLESS),
        (IMAGE[1:], ValueError, "previous must be of the shape of noisy"),
        (IMAGE[0], ValueError, "previous must be two-dimensional"),
        (IMAGE.astype(complex), TypeError, "incompatible"),
    ],
)
def test_results_before_in_training(previous, error, message):
    pair = (IMAGE, IMAGE, None, 1.0)
    with pytest.raises(error, match=message):
        _core.TrainerF64(later_network(), [(*pair, IMAGE), (*pair, previous)], **TRAINING)
    with pytest.raises(ValueError, match=NEEDLESS):
        _core.TrainerF64(network(), [(*pair, IMAGE)] * 2, **TRAINING)
    core = _core.TrainerF64(later_network(), [(*pair, IMAGE)] * 2, **TRAINING)
    with pytest.raises(error, match=message):
        core.replace(0, (*pair, previous))
    core.replace(1, (*pair, IMAGE))
    plain = _core.TrainerF64(network(), [(*pair, None)] * 2, **TRAINING)
    with pytest.raises(ValueError, match=NEEDLESS):
        plain.replace(0, (*pair, IMAGE))
    assert core.run(2**60, 2)[2]


def test_when_a_rate_may_begin_to_fall():
    core = _core.TrainerF64(network(), [(IMAGE, IMAGE, None, 1.0, None)], **TRAINING)
    with pytest.raises(ValueError, match="epochs must be at least 1"):
        core.fall(0)
    assert core.updates_per_epoch > 1
    core.run(1, 1)
    with pytest.raises(ValueError, match="fall must be called between two epochs"):
        core.fall(1)
    core.run(2**60, 1)
    core.fall(1)
    with pytest.raises(ValueError, match="constant_epochs must be at least 0"):
        _core.TrainerF64(network(), [(IMAGE, IMAGE, None, 1.0, None)], **TRAINING, constant_epochs=-1)


def test_extreme_settings_of_trainers_end():
    """Nonsense in, nonsense out, but the process goes on."""
    for weight in (np.zeros_like(IMAGE), -np.ones_like(IMAGE), np.full_like(IMAGE, np.nan)):
        for batch, subsets in ((1, 1), (2**63 - 1, 1), (1, 1024), (2**63 - 1, 3)):
            core = _core.TrainerF64(
                network(),
                [(IMAGE, IMAGE, weight, np.inf, None)] * 2,
                batch=batch,
                flips=True,
                key=2**64 - 1,
                rate=np.nan,
                last_rate=np.inf,
                beta1=1.0,
                beta2=-1.0,
                epsilon=0.0,
                epochs=2**63 - 1,
                subsets=subsets,
            )
            for _ in range(9):
                core.run(1, 2)
                assert core.run(2**63 - 1, 2)[2] or core.run(2**63 - 1, 3)[2]
                core.gradient(3)
                core.arrays()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"net": network()}, ValueError, "net must be a classic network"),
        ({"net": network(linear=None)}, ValueError, "net must be a classic network"),
        ({"noisy": IMAGE[:3], "ideal": IMAGE[:3]}, ValueError, "noisy must be larger than the window"),
        ({"ideal": IMAGE[:-1]}, ValueError, "ideal must be of the shape of noisy"),
        ({"valid": IMAGE[:-1]}, ValueError, "valid must be of the shape of noisy"),
        ({"noisy": IMAGE[0]}, ValueError, "noisy must be two-dimensional"),
        ({"noisy": IMAGE.astype(complex)}, TypeError, "incompatible"),
        ({"momentum": None}, TypeError, "incompatible"),
    ],
)
def test_online_trainer(change, error, message):
    net = network(activation="logistic", linear=None)
    arguments = {"net": net, "noisy": IMAGE, "ideal": IMAGE, "valid": None, "rate": 0.3, "momentum": 0.3}
    core = _core.OnlineTrainer(**arguments)
    with pytest.raises(ValueError, match="pixels must be at least 1"):
        core.run(0, 1)
    with pytest.raises(ValueError, match="threads must be at least 1"):
        core.run(1, 0)
    assert core.run(2**62, 2)[2]
    with pytest.raises(error, match=message):
        _core.OnlineTrainer(**(arguments | change))
    nothing = _core.OnlineTrainer(**(arguments | {"valid": np.zeros_like(IMAGE)}))
    assert nothing.run(2**62, 1) == (0.0, 0.0, True)
    np.testing.assert_array_equal(nothing.arrays()[0][0], LAYERS[0])


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"image": IMAGE[:0]}, ValueError, "image must be not empty"),
        ({"image": IMAGE[0]}, ValueError, "image must be two-dimensional"),
        ({"image": IMAGE.astype(complex)}, TypeError, "incompatible"),
        ({"mask": np.ones((3, 3), np.uint8)}, ValueError, "mask must be of the image's shape"),
        ({"mask": np.ones(IMAGE.shape)}, TypeError, "incompatible"),
        ({"least": 1.5}, TypeError, "incompatible"),
        ({"parts": 0}, ValueError, "parts must be from 1 to the number of columns"),
        ({"parts": IMAGE.shape[1] + 1}, ValueError, "parts must be from 1 to the number of columns"),
        ({"threads": 0}, ValueError, "threads must be at least 1"),
    ],
)
def test_row_changes(change, error, message):
    arguments = {"image": IMAGE, "mask": None, "least": 1, "parts": 1, "threads": 2}
    for least in (-(2**63), 2**63 - 1):  # none is too few; more than there are is a row that says nothing
        changes = _core.row_changes(**(arguments | {"least": least}))
        np.testing.assert_array_equal(np.isnan(changes[:, 0]), [True] + [least > 0] * (len(IMAGE) - 1))
    with pytest.raises(error, match=message):
        _core.row_changes(**(arguments | change))


def test_planes_in_steps():
    outcome, sums = _core.sum_lines(IMAGE, None, 1)
    assert outcome == "done"
    plane = _core.fit_plane(sums)
    out = np.empty_like(IMAGE)
    for change, error, message in [
        ({"first": -1}, ValueError, "first must be"),
        ({"first": 1}, ValueError, "first must be"),
        ({"first": HUGE, "rows": -HUGE}, ValueError, "first must be"),
        ({"rows": 8}, ValueError, "first must be"),
        ({"out": np.empty((9, 10))}, ValueError, "out must be of the image's shape"),
        ({"out": np.empty((9, 11), np.float32)}, TypeError, "incompatible"),
        ({"plane": plane[:3]}, TypeError, "incompatible"),
        ({"threads": 0}, ValueError, "threads must be"),
    ]:
        with pytest.raises(error, match=message):
            _core.take_off_plane(**{"image": IMAGE, "out": out, "plane": plane, "first": 0, "rows": 9, "threads": 1, **change})
    with pytest.raises(ValueError, match="mask must be of the image's shape"):
        _core.sum_lines(IMAGE, np.ones((3, 3), np.uint8), 1)
    with pytest.raises(ValueError, match="image must be not empty"):
        _core.sum_lines(IMAGE[:0], None, 1)
    for bad, message in [(sums[:, :5], "row-major|incompatible|six numbers"), (sums * np.nan, "finite numbers")]:
        with pytest.raises((ValueError, TypeError), match=message):
            _core.fit_plane(bad)
    assert _core.fit_plane(np.zeros((4, 6))) is None
