"""What the tests of networks share: small networks and problems with known twins."""

import dataclasses
import itertools

import numpy as np

import afmnn
from afmnn import Scaling, _core
from afmnn._reference import trainer as trainer_twin
from afmnn.fovea import Band, Fovea
from afmnn.nn.methods import METHODS


def weights(window, hidden, rng, scale=1.0):
    """Layers and linear path of a network in general position: no row of weights sums to zero."""
    sizes = (window[0] * window[1], *hidden, 1)
    layers = [
        np.column_stack([0.3 * rng.normal(size=nodes), scale * rng.normal(size=(nodes, inputs)) / np.sqrt(inputs)])
        for inputs, nodes in itertools.pairwise(sizes)
    ]
    return layers, scale * rng.normal(size=window) / np.sqrt(sizes[0])


def some_network(window, hidden, rng, method="adam", scaling=None):
    """A network that nobody trained."""
    layers, linear = weights(window, hidden, rng)
    kind = METHODS[method].scaling
    if scaling is None:
        scaling = Scaling(kind, 0.5, 2.0, 0.5, 2.0) if kind == "robust" else Scaling(kind, -1.0, 0.25, 3.0, 0.5)
    return afmnn.Network(window, tuple(layers), scaling, method, linear if method == "adam" else None)


#: Squares, strips along and across, a band that leaves taps out; a window of 27 x 37 pixels.
FOVEA = Fovea(
    (
        Band((1, 1), (3, 3), (5, 3), (1, 1), 3.0),
        Band((3, 3), (9, 9), (3, 3), (3, 3), 2.0),
        Band((1, 9), (9, 9), (5, 3), (1, 14), 2.5),
        Band((3, 1), (27, 3), (1, 3), (1, 2), 0.5),
    ),
    (9, 3),
)


#: A later stage: pixels, and of the residual pixels, squares, and means along and across; a window of 27 x 33 pixels.
LATER = Fovea(
    (
        Band((1, 1), (3, 3), (3, 3), (1, 1), 2.0),
        Band((1, 1), None, (3, 5), (1, 1), 1.5),
        Band((1, 9), None, (5, 3), (2, 12), 2.5),
        Band((3, 3), None, (3, 3), (3, 3), 0.5),
        Band((27, 1), None, (1, 1), (1, 1), 3.0),
    ),
    None,
)


#: The same, compressing.
COMPRESSING = dataclasses.replace(FOVEA, base=(1, 1), compresses=True)
LATER_COMPRESSING = dataclasses.replace(LATER, compresses=True)


def fovea_network(rng, hidden=(6, 4), fovea=FOVEA, scale=1.0, **fields):
    """A network with a fovea that nobody trained."""
    layers, linear = weights((1, fovea.taps), hidden, rng, scale)
    kind, noise = ("row-noise", 0.1) if fovea.compresses else ("levelled", 0.0)
    scaling = fields.pop("scaling", Scaling(kind, 0.5, 2.0, 0.5, 2.0, 0.1, -0.2, noise))
    return afmnn.Network(fovea.window, tuple(layers), scaling, linear=linear.ravel(), fovea=fovea, **fields)


def staged_network(rng, stages=2, hidden=(6, 4), foveas=(FOVEA, LATER, LATER), **fields):
    """Networks with foveas that nobody trained, one after another."""
    net = None
    for i in range(stages):
        net = fovea_network(rng, hidden, foveas[i], before=net, **(fields if i == stages - 1 else {}))
    return net


def relief(shape, rng):
    """A surface that neighbouring pixels share, and its noisy picture."""
    rows, cols = np.mgrid[: shape[0], : shape[1]]
    ideal = np.sin(rows / 3.1 + 0.7) * np.cos(cols / 4.3) + 0.02 * cols
    return ideal + 0.3 * rng.normal(size=shape), ideal


def trainer(precision, layers, linear, window, pairs, **changes):
    """One of the core's mini-batch trainers; `pairs` are the twin's."""
    dtype = {"F32": np.float32, "F64": np.float64}[precision]
    settings = {
        "batch": 1024,
        "flips": False,
        "key": 0,
        "rate": 0.01,
        "last_rate": 0.01,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-8,
        "epochs": 1,
    }
    network = getattr(_core, f"Network{precision}")(
        *window, "tanh", [layer.astype(dtype) for layer in layers], None if linear is None else linear.astype(dtype)
    )
    data = [
        (
            pair.noisy.astype(dtype),
            pair.ideal.astype(dtype),
            None if pair.weight is None else pair.weight.astype(dtype),
            pair.height,
            None,
        )
        for pair in pairs
    ]
    return getattr(_core, f"Trainer{precision}")(network, data, **(settings | changes))


def problem(shapes, rng, *, weighted=False):
    """Training pairs in network scale; where `weighted`, with weights, some of them zero."""
    pairs = []
    for i, shape in enumerate(shapes):
        noisy, ideal = relief(shape, rng)
        weight = None
        if weighted:
            weight = rng.random(shape) * (rng.random(shape) > 0.3)
            weight[shape[0] // 2] = 0.0  # a whole run without a pixel
        pairs.append(trainer_twin.Pair(noisy, ideal, weight, height=1.0 + i))
    return pairs


def same(a, b):
    """Assert that two networks are the same to the last bit, all stages of them."""
    for one, other in zip(a.stages, b.stages, strict=True):
        assert (one.window, one.method, one.fovea) == (other.window, other.method, other.fovea)
        assert one.scaling == other.scaling
        for x, y in zip((*one.layers, one.linear), (*other.layers, other.linear), strict=True):
            np.testing.assert_array_equal(x, y)


def different(a, b):
    """Assert that two networks of one shape have learnt something else."""
    assert any(not np.array_equal(one, other) for one, other in zip(a.layers, b.layers, strict=True))


def close(got, expected, image, unit=0.0):
    """Float32 inside: relative to the span of the heights or the unit of the network's scale, not to each height."""
    span = max(np.ptp(expected), np.ptp(image), unit)
    np.testing.assert_allclose(got, expected, rtol=0, atol=4e-6 * span)


def rough_scan(shape=(300, 260), seed=0, dtype=np.float32):
    """A tilted, rough image with lines that are offset."""
    rng = np.random.default_rng(seed)
    rows, cols = np.indices(shape)
    heights = rng.normal(size=shape) + 3 * np.sin(rows / 9) * np.cos(cols / 11) + 0.05 * rows - 0.02 * cols
    return (1e-9 * (heights + rng.normal(size=(shape[0], 1)))).astype(dtype)


def one_of_each_scaling(rng):
    """A network that nobody trained for each way of scaling, and one of two stages."""
    return {
        "robust": some_network((7, 5), (4,), rng),
        "min-max": some_network((5, 5), (3,), rng, method="gwyddion"),
        "levelled": fovea_network(rng),
        "row-noise": fovea_network(rng, fovea=COMPRESSING),
        "stages": staged_network(rng, foveas=(COMPRESSING, LATER)),
    }
