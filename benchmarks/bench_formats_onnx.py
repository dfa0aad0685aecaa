"""A network in ONNX Runtime beside apply(), by turns: ``pytest benchmarks/bench_formats_onnx.py -s``. One thread each.

Nothing is asked for: who can call apply() should. The difference of the results stands beside the times.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import afmnn
from _alternate import alternate, ratio, report
from _problems import relief
from afmnn.formats import onnx

onnxruntime = pytest.importorskip("onnxruntime")


@pytest.mark.filterwarnings("ignore::afmnn.UnfamiliarImageWarning")
@pytest.mark.parametrize("side", [256, 1024])
@pytest.mark.parametrize("name", ["universal", "universal-fine"])
def test_beside_apply(benchmark, tmp_path, name, side):
    image, network = relief(side), afmnn.load(name)
    onnx.write_network(network, tmp_path / "net.onnx", dtype=image.dtype)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(tmp_path / "net.onnx", settings)
    ours, theirs = partial(afmnn.apply, network, image, threads=1), partial(session.run, None, {"heights": image})
    difference = np.abs(theirs()[0] - ours()).max() / network.measure(image).row_noise
    times = alternate({"apply": ours, "ONNX Runtime": theirs}, 5)
    slower = ratio(times["ONNX Runtime"], times["apply"])
    print(f"\n{name}, {side} x {side}: ONNX Runtime takes {slower}, differs by {difference:.0e} noises at most")
    print(report(times, per=side * side, unit="ns/pixel", scale=1e9))
    benchmark.extra_info["ONNX Runtime / apply"] = [slower.low, slower.median, slower.high]
    benchmark.pedantic(ours, rounds=2)
    assert difference < 1e-3
