"""Training pairs of the default scene: ``pytest benchmarks/bench_synth_scene.py -s``.

Asked for: `Scene.pair`, 256 x 256, under 5 ms on one core on average over indices never made before.
"""

from __future__ import annotations

import time

from afmnn import synth


def test_pair(benchmark):
    scene = synth.default_scene()
    begun = time.perf_counter()
    for index in range(300):
        scene.pair(index, seed=77)
    milliseconds = (time.perf_counter() - begun) / 300 * 1e3
    benchmark.extra_info["milliseconds a pair"] = milliseconds
    print(f"\n{milliseconds:.2f} ms a pair")
    benchmark.pedantic(scene.pair, args=(1000,), rounds=1)
