"""Networks as files of ONNX, which programs without Python run: heights in, heights out."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .. import _check
from .._files.atomic import atomic_writer
from .._files.regular import PathLike
from .._version import __version__
from ..errors import MissingExtraError
from ..nn.apply_options import check_strength
from ..nn.digest import network_digest
from ..nn.network import Network, as_network
from . import _onnx_measure as measure
from . import _onnx_network as nodes
from ._onnx_graph import Graph

__all__ = ["write_network"]

_OPSET, _IR = 18, 9  # of 2023: what programs read that are not of yesterday


def write_network(
    network: Network | str | PathLike,
    path: PathLike,
    *,
    strength: float = 1.0,
    dtype: DTypeLike = np.float32,
    overwrite: bool = True,
) -> None:
    """Write a network to a file of ONNX, whole or not at all.

    The graph has one input, ``heights`` (rows, columns), of any size, and one output, ``clean``, of the same shape. All that
    `afmnn.apply` does is in it: the scale of the image is measured, the plane is taken off and put back, the image is continued
    beyond its edges by its mirror image.

    Parameters
    ----------
    network : Network, str or path-like
        What to write, or its name or file.
    path : path-like
        File to write, as it is: no suffix is added.
    strength : float
        As in `afmnn.apply`, 0 to 1.5: the file cleans with this strength.
    dtype : {float32, float64}
        Of heights, in and out. The scale is measured in double precision whatever it is, and the network computes in single
        precision. Heights that have a large offset need double precision.
    overwrite : bool
        Whether an existing file is replaced, or refused.

    Raises
    ------
    MissingExtraError
        If the package onnx is not there: ``pip install ".[onnx]"`` in the folder of the source.
    ValueError
        If the type is another one, `strength` is out of its range or the network has none, or the network has a fovea that does
        not compress; those are of a version before the first.
    OSError
        If the file cannot be written; an existing one is then unchanged. FileExistsError without `overwrite`, if there is one.

    Notes
    -----
    Heights must be finite: a pixel without a height makes all of the result NaN. Nothing warns of images that the network is
    not for; `afmnn.apply` does. Results of ``afmnn.apply(network, image, flips=False)`` are the same to single precision.
    """
    network = as_network("network", network)
    kind = np.dtype(dtype)
    if kind not in (np.dtype(np.float32), np.dtype(np.float64)):
        raise ValueError(f"dtype must be float32 or float64, got {kind}")
    _check.flag(overwrite=overwrite)
    check_strength(strength, network)
    if network.scaling.kind == "levelled":
        raise ValueError("network must have a plain window, or a fovea that compresses, for ONNX; train it anew")
    text = _model(_package(), network, float(strength), kind).SerializeToString(deterministic=True)
    with atomic_writer(path, overwrite=overwrite) as file:
        file.write(text)


def _package() -> ModuleType:
    try:
        for name in ("onnx", "onnx.helper", "onnx.numpy_helper"):
            importlib.import_module(name)
    except ImportError as error:
        raise MissingExtraError("onnx", "onnx", "writing a network for ONNX") from error
    return importlib.import_module("onnx")


def _model(onnx: ModuleType, network: Network, strength: float, dtype: np.dtype[Any]) -> Any:
    graph = Graph(onnx)
    number = int(onnx.helper.np_dtype_to_tensor_dtype(dtype))
    inputs = [onnx.helper.make_tensor_value_info("heights", number, ["rows", "columns"])]
    output = onnx.helper.make_tensor_value_info("clean", number, ["rows", "columns"])
    given = graph.cast("heights", np.float64)
    # Because the order of what is no number is not defined, all is computed with zeros there.
    finite = graph("Equal", graph("Sub", given, given), 0.0)
    heights = graph("Where", finite, given, 0.0)
    of = measure.sides(graph, heights)
    if strength == 0.0:
        clean = heights
    elif network.scaling.kind == "row-noise":
        clean = _in_noises(graph, network, strength, heights, of)
    else:
        clean = _on_a_scale(graph, network, heights, of)
    missing = graph("ReduceMax", graph.cast(graph("Not", finite), np.float64), keepdims=0)
    clean = graph.cast(graph("Where", graph("Greater", missing, 0.0), np.nan, clean), dtype)
    graph.nodes.append(onnx.helper.make_node("Identity", [clean], ["clean"]))
    model = graph.model(inputs, output, opset_imports=[onnx.helper.make_opsetid("", _OPSET)], ir_version=_IR)
    model.producer_version = __version__
    model.doc_string = "Cleans scans of atomic force microscopes. Heights in any unit in, (rows, columns); the same out."
    rows, cols = network.extent
    about = {
        "name": str(network.training.get("name", "")),
        "sha256": network_digest(network),
        "extent": f"{rows} x {cols} pixels",
        "strength": f"{strength:g}",
    }
    onnx.helper.set_model_props(model, {f"afmnn_{key}": value for key, value in about.items() if value})
    return model


def _in_noises(graph: Graph, network: Network, strength: float, heights: str, of: measure.Sides) -> str:
    """Return what a network makes of heights that counts in the noise from line to line."""
    row_slope = measure.slope(graph, heights, of)
    col_slope = measure.slope(graph, graph("Transpose", heights, perm=[1, 0]), of.turned)
    planes = [
        graph("Mul", slope, graph.cast(graph("Range", 0, side, 1), np.float64))
        for slope, side in ((row_slope, of.rows), (col_slope, of.cols))
    ]
    plane = graph("Add", graph("Unsqueeze", planes[0], np.array([1], np.int64)), planes[1])
    levelled = graph("Sub", heights, plane)
    # What heights count from makes no difference to what the network sees: the mean keeps them small.
    levelled = graph("Sub", levelled, graph("ReduceMean", levelled, keepdims=0))
    noise = measure.at_least(graph, measure.row_noise(graph, heights, of), levelled)
    unit = graph("Mul", noise, strength)
    some = graph("Greater", unit, 0.0)  # of a constant image it is 0
    unit = graph("Where", some, unit, 1.0)
    scaled = graph.cast(graph("Div", levelled, unit), np.float32)
    taken = graph("Sub", nodes.stages(graph, network, scaled, of), scaled)
    clean = graph("Add", heights, graph("Mul", graph.cast(taken, np.float64), unit))
    return graph("Where", some, clean, heights)


def _on_a_scale(graph: Graph, network: Network, heights: str, of: measure.Sides) -> str:
    """Return what a network with a plain window makes of heights, on the scale of the image or, for Gwyddion's, its training."""
    robust = network.scaling.kind == "robust"
    if robust:
        shift, unit = measure.spread(graph, heights)
    else:
        shift = graph("ReduceMin", heights, keepdims=0)
        unit = graph("Sub", graph("ReduceMax", heights, keepdims=0), shift)
    some = graph("Greater", unit, 0.0)
    unit = graph("Where", some, unit, 1.0)
    scaled = graph.cast(graph("Div", graph("Sub", heights, shift), unit), np.float32)
    y = graph.cast(nodes.plain(graph, network, scaled, of), np.float64)
    if robust:
        return graph("Where", some, graph("Add", graph("Mul", y, unit), shift), heights)
    scaling = network.scaling
    return graph("Add", graph("Mul", y, 1.0 / scaling.out_factor), scaling.out_shift)
