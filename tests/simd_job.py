"""What test_invariance runs with each instruction set, in a process of its own: ``python simd_job.py RESULT.npz``."""

import sys

import numpy as np

import afmnn
from afmnn import _core
from networks import problem, relief, some_network, trainer, weights


def results():
    """Return everything that the kernels compute, as named arrays."""
    rng = np.random.default_rng(7)
    found = {"name": np.array(_core.simd())}
    image, ideal = relief((70, 90), rng)
    for name, window, hidden, method in (
        ("direct", (5, 7), (11, 3), "adam"),
        ("fourier", (27, 27), (6,), "adam"),
        ("classic", (6, 5), (9,), "gwyddion"),
    ):
        net = some_network(window, hidden, rng, method)
        found[f"apply {name}"] = afmnn.apply(net, image)
        found[f"apply {name} float32"] = afmnn.apply(net, image.astype(np.float32))
    layers, linear = weights((7, 6), (5, 3), rng)
    pairs = problem([(20, 70), (13, 19)], rng, weighted=True)
    for precision in ("F32", "F64"):
        (slopes, path), _, _ = trainer(precision, layers, linear, (7, 6), pairs).gradient(threads=1)
        found |= {f"gradient {precision} {i}": slope for i, slope in enumerate((*slopes, path))}
        core = trainer(precision, layers, linear, (7, 6), pairs, batch=150, flips=True, epochs=2)
        while not core.run(5, threads=2)[2]:
            pass
        learnt, path = core.arrays()
        found |= {f"adam {precision} {i}": layer for i, layer in enumerate((*learnt, path))}
    init = some_network((6, 7), (9,), rng, "gwyddion")
    net = afmnn.train(image[:24], ideal[:24], init=init, steps=2)
    found |= {f"online {i}": layer for i, layer in enumerate(net.layers)}
    return found


if __name__ == "__main__":
    np.savez(sys.argv[1], **results())
