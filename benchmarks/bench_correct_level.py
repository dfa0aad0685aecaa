"""level() against the obvious NumPy lines: ``pytest benchmarks/bench_correct_level.py``."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import afmnn
from _alternate import alternate, ratio, report
from afmnn._reference import level as twin

SIDE = 2048
MASK = np.random.default_rng(2).random((SIDE, SIDE)) < 0.9


def plane_by_lstsq(z):
    rows, cols = np.indices(z.shape)
    design = np.stack([np.ones(z.size), rows.ravel(), cols.ravel()], axis=1)
    return z - (design @ np.linalg.lstsq(design, z.ravel(), rcond=None)[0]).reshape(z.shape)


def polynomials_by_lstsq(z):
    powers = np.linspace(-1, 1, SIDE)[:, None] ** np.arange(3)
    fits = (powers @ np.linalg.lstsq(powers[use], row[use], rcond=None)[0] for row, use in zip(z, MASK, strict=True))
    return z - np.stack(list(fits))


def trimmed_mean(values, trim):
    cut = int(trim * values.shape[1])
    return np.sort(values, axis=1)[:, cut : values.shape[1] - cut].mean(axis=1)


def by_twin(method):
    """Return the slow version: NumPy has no line for it."""
    return lambda z: getattr(twin, method)(z, np.ones(z.shape, bool))


def surface_by_lstsq(z, use=None):
    """Columns of a design matrix for every pixel: what is done where images are small."""
    y, x = np.meshgrid(*[np.linspace(-1, 1, SIDE)] * 2, indexing="ij")
    design = np.stack([(y**i * x**j).ravel() for i in range(3) for j in range(3)], axis=1)
    chosen = slice(None) if use is None else use.ravel()
    return z - (design @ np.linalg.lstsq(design[chosen], z.ravel()[chosen], rcond=None)[0]).reshape(z.shape)


NAIVE = {
    "plane": ({"method": "plane"}, plane_by_lstsq),
    "median": ({"method": "rows"}, lambda z: z - np.median(z, axis=1, keepdims=True)),
    "difference": (
        {"method": "rows", "rows": "difference"},
        lambda z: z - np.cumsum(np.r_[0.0, np.median(np.diff(z, axis=0), axis=1)])[:, None],
    ),
    "trimmed mean": (
        {"method": "rows", "rows": "trimmed_mean"},
        lambda z: z - trimmed_mean(z, 0.05)[:, None],
    ),
    "trimmed difference": (
        {"method": "rows", "rows": "trimmed_difference"},
        lambda z: z - np.cumsum(np.r_[0.0, trimmed_mean(np.diff(z, axis=0), 0.25)])[:, None],
    ),
    "matching": ({"method": "rows", "rows": "matching"}, by_twin("rows_matching")),
    "mode": ({"method": "rows", "rows": "mode"}, by_twin("rows_mode")),
    "facet tilt": ({"method": "rows", "rows": "facet_tilt"}, by_twin("rows_facet_tilt")),
    "polynomial": (
        {"method": "rows", "rows": "polynomial", "degree": 2},
        lambda z: z - np.stack([np.polyval(np.polyfit(np.arange(SIDE), row, 2), np.arange(SIDE)) for row in z]),
    ),
    "masked polynomial": ({"method": "rows", "rows": "polynomial", "degree": 2, "mask": MASK}, polynomials_by_lstsq),
    "surface": ({"method": "polynomial", "degree": 2}, surface_by_lstsq),
    "masked surface": ({"method": "polynomial", "degree": 2, "mask": MASK}, lambda z: surface_by_lstsq(z, MASK)),
}


@pytest.mark.parametrize("name", NAIVE)
def test_level(benchmark, name):
    settings, naive = NAIVE[name]
    z = np.random.default_rng(1).normal(size=(SIDE, SIDE)) + np.linspace(0, 5, SIDE)
    ours = partial(afmnn.level, z, **settings)
    difference = ours() - naive(z)
    times = alternate({"naive": partial(naive, z), "ours": ours}, 4)
    print("\n" + report(times, per=SIDE * SIDE, unit="ns/pixel", scale=1e9))
    faster = ratio(times["naive"], times["ours"])
    print(f"ours: {faster}; differs by {np.ptp(difference):.1e}")
    benchmark.extra_info["naive / ours"] = [faster.low, faster.median, faster.high]
    benchmark.pedantic(ours, rounds=2)
