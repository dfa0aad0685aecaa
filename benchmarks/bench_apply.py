"""apply() against the machine's limit and other ways to it: ``pytest benchmarks/bench_apply.py -s``.

Asked for: 4096 x 4096, 27 x 27, 6 nodes, float32, one and two threads: at most 1.0 times counted work / measured peak of
as many threads (goal 0.6), error below 1e-5 of the output's range, four times as fast as SciPy and PyTorch; 61 x 61 at most
1.5 times 27 x 27; 64 x 64 with a 5 x 5 window under 150 us. All arms alternate in one run. Would refute it: a ratio above
these in a run where the spread of the probe is small.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import scipy.signal

import afmnn
from _alternate import alternate, ratio, report
from _problems import counted_work, network, probe, relief
from afmnn import _core

try:
    import torch
except ImportError:
    torch = None


def scipy_convolve(net, image):
    """Filter by SciPy's FFT convolution, one filter after the other, with the nodes on top."""
    first, last = net.layers
    sums = net.linear[::-1, ::-1]
    out = scipy.signal.oaconvolve(image, sums, mode="same") + last[0, 0]
    for n, weights in enumerate(first):
        filtered = scipy.signal.oaconvolve(image, weights[1:].reshape(net.window)[::-1, ::-1], mode="same")
        out += last[0, n + 1] * np.tanh(filtered + weights[0])
    return out


def torch_convolve(net, image, threads):
    """Filter by PyTorch's conv2d."""
    torch.set_num_threads(threads)
    first, last = net.layers
    filters = torch.from_numpy(np.concatenate([first[:, 1:].reshape(-1, 1, *net.window), net.linear[None, None]]))
    bias = torch.from_numpy(np.append(first[:, 0], np.float32(0)))
    with torch.no_grad():
        sums = torch.nn.functional.conv2d(torch.from_numpy(image)[None, None], filters, bias, padding="same")[0]
        out = torch.tensordot(torch.from_numpy(last[0, 1:].copy()), torch.tanh(sums[:-1]), dims=1) + sums[-1] + float(last[0, 0])
    return out.numpy()


def error(net, image):
    """Return the largest difference from double precision, in units of the output's range."""
    exact = _core.NetworkF64(*net.window, "tanh", [w.astype(np.float64) for w in net.layers], net.linear.astype(np.float64))
    part = np.ascontiguousarray(image[:512, :512].astype(np.float64))
    expected = np.empty_like(part)
    _core.apply(exact, part, expected, [0.0, 1.0, 0.0, 1.0], "reflect", 0.0, 0, len(part), 0, 2)
    got = afmnn.apply(net, part.astype(np.float32), scaling=net.scaling)
    return float(np.max(np.abs(got - expected)) / np.ptp(expected))


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize(
    ("side", "window", "hidden"),
    [
        (256, 27, 6),
        (1024, 27, 6),
        (4096, 27, 6),
        (1024, 5, 6),
        (1024, 61, 6),
        (1024, (9, 81), 6),
        (1024, 101, 6),
        (1024, 27, 1),
        (1024, 27, 64),
    ],
)
def test_apply(benchmark, side, window, hidden, threads):
    net, image = network(window, hidden), relief(side)
    ours = partial(afmnn.apply, net, image, scaling=net.scaling, threads=threads)
    calls = max(1, 2**20 // image.size)
    arms = {"probe": probe(threads, 2_000_000), "ours": ours}
    times = alternate(arms, 6, calls=calls)
    peak = arms["probe"]() / times["probe"].median
    limit = counted_work(net) * image.size / peak
    share = times["ours"].median / limit
    print("\n" + report(times, per=image.size, unit="ns/pixel", scale=1e9))
    print(f"peak {peak * 1e-9:.1f} G multiply-adds/s, {share:.2f} times counted work at peak, error {error(net, image):.1e}")
    benchmark.extra_info.update(
        ns_per_pixel=1e9 * times["ours"].median / image.size, of_counted_work=share, error=error(net, image)
    )
    benchmark.pedantic(ours, rounds=2)


@pytest.mark.parametrize("threads", [1, 2])
def test_others(benchmark, threads):
    net, image = network(27, 6), relief(1024)
    arms = {
        "ours": partial(afmnn.apply, net, image, scaling=net.scaling, threads=threads),
        "scipy": partial(scipy_convolve, net, image),
    }
    if torch is not None:
        arms["torch"] = partial(torch_convolve, net, image, threads)
    for other in list(arms)[1:]:
        middle = slice(30, -30)
        difference = np.abs(arms[other]() - arms["ours"]())[middle, middle].max() / np.ptp(arms["ours"]())
        assert difference < 1e-4, f"{other} computes something else: {difference}"
    times = alternate(arms, 4)
    print("\n" + report(times, per=image.size, unit="ns/pixel", scale=1e9))
    for other in list(arms)[1:]:
        faster = ratio(times[other], times["ours"])
        print(f"{other} / ours: {faster}")
        benchmark.extra_info[f"{other} / ours"] = [faster.low, faster.median, faster.high]
    benchmark.pedantic(arms["ours"], rounds=2)


def test_small_image(benchmark):
    net, image = network(5, 6), relief(64)
    ours = partial(afmnn.apply, net, image)
    times = alternate({"ours": ours}, 20, calls=50)
    print(f"\n64 x 64, 5 x 5: {times['ours'].median * 1e6:.0f} us, best {times['ours'].best * 1e6:.0f} us")
    benchmark(ours)
