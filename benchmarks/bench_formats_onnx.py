"""A network in ONNX Runtime beside apply(): time, by turns, and memory. One thread each.

Run it with ``pytest benchmarks/bench_formats_onnx.py -s``.

Nothing is asked for: who can call apply() should. The difference of the results stands beside the times.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import afmnn
from _alternate import alternate, ratio, report
from _memory import peak_of
from _problems import relief
from afmnn.formats import onnx

onnxruntime = pytest.importorskip("onnxruntime")


def session_of(network, folder, dtype):
    """Return a session of ONNX Runtime, with one thread, that has not run yet."""
    onnx.write_network(network, folder / "net.onnx", dtype=dtype)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(folder / "net.onnx", settings)


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
@pytest.mark.parametrize("side", [256, 1024])
@pytest.mark.parametrize("name", ["universal", "universal-fine"])
def test_beside_apply(benchmark, tmp_path, name, side):
    image, network = relief(side), afmnn.load(name)
    session = session_of(network, tmp_path, image.dtype)
    ours, theirs = partial(afmnn.apply, network, image, threads=1), partial(session.run, None, {"heights": image})
    difference = np.abs(theirs()[0] - ours()).max() / network.measure(image).row_noise
    times = alternate({"apply": ours, "ONNX Runtime": theirs}, 5)
    slower = ratio(times["ONNX Runtime"], times["apply"])
    print(f"\n{name}, {side} x {side}: ONNX Runtime takes {slower}, differs by {difference:.0e} noises at most")
    print(report(times, per=side * side, unit="ns/pixel", scale=1e9))
    benchmark.extra_info["ONNX Runtime / apply"] = [slower.low, slower.median, slower.high]
    benchmark.pedantic(ours, rounds=2)
    assert difference < 1e-3


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
@pytest.mark.parametrize("side", [512, 1024])
def test_memory(tmp_path, side):
    """What the first run takes at most, of the memory that ONNX Runtime keeps for the next one, too."""
    image, network = relief(side), afmnn.load("universal")
    session = session_of(network, tmp_path, image.dtype)
    theirs = peak_of(lambda: session.run(None, {"heights": image}))
    ours = peak_of(partial(afmnn.apply, network, image, threads=1))
    if theirs is None or ours is None:
        pytest.skip("needs /proc")
    print(f"\nuniversal, {side} x {side}, bytes a pixel: ONNX Runtime {theirs / image.size:.0f}, apply {ours / image.size:.0f}")
    assert theirs < 2500 * image.size  # docs/onnx.md says how much memory a program needs
