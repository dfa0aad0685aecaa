"""Surfaces that are made by Fourier transforms: ``pytest benchmarks/bench_synth_self_affine.py -s``.

Asked for, on one thread: at most twice the time of one ``numpy.fft.rfft2`` and one ``irfft2`` of the size, compared by turns, and
256 x 256 pixels in a few milliseconds, because training on scenes makes a fresh surface for every pair. A transform alone takes
half of NumPy's time at 256, and about the same at 4096, where both wait for memory. Autocorrelations of a general power have no
formula for their spectrum: a third transform makes it, so that three times is their limit (2.1 to 2.9 on a busy machine).
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from _alternate import alternate, ratio, report
from afmnn import synth

CASES = {
    "self_affine": partial(synth.self_affine, rms=1.0, roll_off=60.0, smoothing=1.0),
    "spectral": partial(synth.spectral, gaussian_length=10.0),
    "spectral, general power": partial(synth.spectral, gaussian_length=10.0, gaussian_power=1.5),
}


@pytest.mark.parametrize("side", [256, 1024])
@pytest.mark.parametrize("name", CASES)
def test_within_two_transforms(benchmark, name, side):
    shape = (side, side)
    ours = partial(CASES[name], shape, seed=1, threads=1)
    heights = ours()

    def transforms():
        return np.fft.irfft2(np.fft.rfft2(heights), s=shape)

    times = alternate({"ours": ours, "NumPy's transforms": transforms}, 7)
    slower = ratio(times["ours"], times["NumPy's transforms"])
    print(f"\n{name}, {side} x {side}: {slower} times two transforms")
    print(report(times, unit="ms", scale=1e3))
    benchmark.extra_info["ours / NumPy's transforms"] = [slower.low, slower.median, slower.high]
    benchmark.pedantic(ours, rounds=10)
    assert slower.median < (3 if "general" in name else 2)
