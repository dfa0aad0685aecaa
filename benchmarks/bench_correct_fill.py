"""correct.fill() against a direct solver of the same equations: ``pytest benchmarks/bench_correct_fill.py``."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

from _alternate import alternate, ratio, report
from afmnn.correct import fill

SIDE = 512
Y, X = np.indices((SIDE, SIDE))
HOLES = {
    "one pixel": (X == 100) & (Y == 100),
    "5 % of the pixels": np.random.default_rng(2).random((SIDE, SIDE)) < 0.05,
    "25 lines of 400 pixels": (Y % 20 == 10) & (X > 50) & (X <= 450),
    "a disc of 5 %": np.hypot(X - 256, Y - 256) < SIDE * np.sqrt(0.05 / np.pi),
    "half of the image": X < SIDE // 2,
}


def by_elimination(z, holes):
    number = np.arange(z.size).reshape(z.shape)
    a = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    b = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    neighbours = scipy.sparse.coo_matrix((np.ones(len(a)), (a, b)), (z.size, z.size))
    neighbours = neighbours + neighbours.T
    matrix = (scipy.sparse.diags(np.asarray(neighbours.sum(axis=1)).ravel()) - neighbours).tocsr()
    unknown = holes.ravel()
    heights = np.where(unknown, 0.0, z.ravel())
    heights[unknown] = scipy.sparse.linalg.spsolve(matrix[unknown][:, unknown].tocsc(), -(matrix @ heights)[unknown])
    return heights.reshape(z.shape)


@pytest.mark.parametrize("name", HOLES)
def test_fill(benchmark, name):
    holes = HOLES[name]
    z = np.random.default_rng(1).normal(size=(SIDE, SIDE)) + np.linspace(0, 5, SIDE)
    ours = partial(fill, z, holes, rows="ignore", threads=1)
    direct = partial(by_elimination, z, holes)
    difference = ours() - direct()
    times = alternate({"direct": direct, "ours": ours, "ours, rows kept": partial(fill, z, holes, threads=1)}, 2)
    print("\n" + report(times, per=SIDE * SIDE, unit="ns/pixel", scale=1e9))
    faster = ratio(times["direct"], times["ours"])
    print(f"ours: {faster}; differs by {np.ptp(difference):.1e}")
    benchmark.extra_info["direct / ours"] = [faster.low, faster.median, faster.high]
    benchmark.pedantic(ours, rounds=2)
