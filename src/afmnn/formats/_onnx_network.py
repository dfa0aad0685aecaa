"""The stages of a network as nodes of ONNX: what `nn.apply.run` computes, in single precision."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .. import _core
from ..nn.fovea import Band, Fovea
from ..nn.network import Network
from ._onnx_graph import Graph
from ._onnx_measure import Sides

_ONE, _HALF = np.float32(1.0), np.float32(0.5)


def plain(graph: Graph, network: Network, scaled: str, of: Sides) -> str:
    """Return the output of a network with a plain window for a scaled image."""
    rows, cols = network.window
    whole = _image(graph, _extended(graph, scaled, of, network.window))
    first, linear = _first_weights(network)
    kernels = np.concatenate([first, linear]).reshape(-1, 1, rows, cols)
    y = _after(graph, network, graph("Conv", whole, kernels))
    return graph("Sigmoid", y) if network.activation == "logistic" else y


def stages(graph: Graph, network: Network, scaled: str, of: Sides) -> str:
    """Return the output of the last of a network's stages, all with a fovea that compresses, for an image in noises."""
    result = scaled
    for stage in network.stages:
        result = _stage(graph, stage, scaled, result, of)
    return result


def _stage(graph: Graph, network: Network, scaled: str, previous: str, of: Sides) -> str:
    fovea = network.fovea
    assert fovea is not None
    whole = _extended(graph, scaled, of, network.window)
    means = _Means(graph, whole)
    off = None
    if fovea.sees_residual:
        off = _Means(graph, _extended(graph, graph("Sub", scaled, previous), of, network.window))
    first, linear = _first_weights(network)
    weights = np.concatenate([first, linear])
    seen, begin = None, 0
    for band in fovea.bands:
        count = band.grid[0] * band.grid[1]
        kernels = np.float32(band.gain) * weights[:, begin : begin + count].reshape(-1, 1, *band.grid)
        begin += count
        heights = _image(graph, _compressed(graph, _difference(graph, means, off, band, fovea)))
        part = graph("Conv", heights, kernels, dilations=list(band.step))
        seen = part if seen is None else graph("Add", seen, part)
    assert seen is not None
    y = _expanded(graph, _after(graph, network, seen))
    base = previous if fovea.base is None else scaled
    taken = graph("Sub", graph("Add", y, base), scaled)
    limit = np.float32(_core.most_taken_off)
    return graph("Add", scaled, graph("Clip", taken, -limit, limit))


class _Means:
    """Means of an image over boxes whose sides are powers of three: each is made of three of a smaller one."""

    def __init__(self, graph: Graph, image: str) -> None:
        self._graph = graph
        self._known = {(1, 1): image}

    def over(self, box: tuple[int, int]) -> str:
        if box not in self._known:
            axis = 0 if box[0] >= box[1] else 1
            step = box[axis] // 3
            smaller = self.over((step, box[1]) if axis == 0 else (box[0], step))
            g = self._graph
            parts = [g.part(smaller, axis, i * step, (i - 2) * step if i < 2 else np.iinfo(np.int64).max) for i in range(3)]
            total = g("Add", g("Add", parts[0], parts[1]), parts[2])
            self._known[box] = g("Mul", total, np.float32(1.0 / 3.0))
        return self._known[box]


def _difference(graph: Graph, means: _Means, off: _Means | None, band: Band, fovea: Fovea) -> str:
    """Return the means that a band sees, less those that they count from, as far around the image as its grid reaches."""
    if band.less is None:
        assert off is not None
        return _around(graph, off.over(band.box), band.box, band, fovea)
    near, far = (_around(graph, means.over(box), box, band, fovea) for box in (band.box, band.less))
    return graph("Sub", near, far)


def _around(graph: Graph, means: str, box: tuple[int, int], band: Band, fovea: Fovea) -> str:
    for axis in (0, 1):
        margin = (fovea.window[axis] - box[axis] - (band.grid[axis] - 1) * band.step[axis]) // 2
        if margin:
            means = graph.part(means, axis, margin, -margin)
    return means


def _compressed(graph: Graph, v: str) -> str:
    return graph("Div", v, graph("Sqrt", graph("Add", graph("Abs", v), _ONE)))


def _expanded(graph: Graph, c: str) -> str:
    square = graph("Mul", c, c)
    root = graph("Sqrt", graph("Mul", square, graph("Add", square, np.float32(4.0))))
    return graph("Mul", graph("Mul", graph("Sign", c), graph("Add", square, root)), _HALF)


def _first_weights(network: Network) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the weights of the first layer without its biases, and those of the linear path, as one more node."""
    first = network.layers[0][:, 1:].astype(np.float32)
    if network.linear is None:
        return first, np.zeros((1, first.shape[1]), np.float32)
    return first, network.linear.astype(np.float32).reshape(1, -1)


def _after(graph: Graph, network: Network, seen: str) -> str:
    """Return the output for what reaches the first layer and, in the last channel, the output past all layers."""
    function = "Tanh" if network.activation == "tanh" else "Sigmoid"
    nodes = len(network.layers[0])
    u = graph("Add", graph.part(seen, 1, 0, nodes), network.layers[0][:, 0].astype(np.float32).reshape(1, -1, 1, 1))
    for layer in network.layers[1:]:
        kernels = layer[:, 1:].astype(np.float32).reshape(*layer[:, 1:].shape, 1, 1)
        u = graph("Conv", graph(function, u), kernels, layer[:, 0].astype(np.float32))
    y = graph("Add", u, graph.part(seen, 1, nodes, nodes + 1))
    return graph("Squeeze", y, np.array([0, 1], np.int64))


def _image(graph: Graph, heights: str) -> str:
    """Return an image as one of one channel."""
    return graph("Unsqueeze", heights, np.array([0, 1], np.int64))


def _extended(graph: Graph, image: str, of: Sides, window: tuple[int, int]) -> str:
    """Continue an image by its mirror image, the outermost pixels twice, however far."""
    for axis, (side, length) in enumerate(zip((of.rows, of.cols), window, strict=True)):
        place = graph("Range", -(length // 2), graph("Add", side, length - 1 - length // 2), 1)
        twice = graph("Mul", side, 2)
        place = graph("Mod", place, twice)
        mirrored = graph("Sub", graph("Sub", twice, 1), place)
        image = graph("Gather", image, graph("Where", graph("Less", place, side), place, mirrored), axis=axis)
    return image
