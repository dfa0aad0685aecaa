"""What `afmnn.adapt` gains for a laboratory: ``python benchmarks/quality/adapt.py [--seeds 3] [--network universal]``.

Four synthetic instruments record four kinds of samples, two scans each in both directions, from which the network is adapted
without any truth, and four other places, of which the truth is known: root-mean-square errors there, of the network as it comes
and adapted, in units of the relief. 1 is no gain; the network as it was, returned, is marked by "kept".
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from statistics import median

import numpy as np

import afmnn
from afmnn import synth

SHAPE = (256, 256)
LAGS = {"lag": 3.0, "hysteresis": 2.0}
INSTRUMENTS = {
    "white, strong": {"noise": {"white": 0.3, "wander": 0.02, "line_offsets": 0.02}, "scanner": LAGS},
    "wander, strong": {
        "noise": {"white": 0.03, "wander": 0.2, "wander_exponent": 1.2, "wander_corner": 0.5, "line_offsets": 0.02},
        "scanner": LAGS,
    },
    "line offsets": {"noise": {"white": 0.05, "line_offsets": 0.4}, "scanner": LAGS},
    "scars and hum": {
        "noise": {"white": 0.05, "line_offsets": 0.05, "hum": 0.1, "hum_frequency": 37.3},
        "events": {"scars": 5e-4, "scar_height": 1.0, "scar_length": 12.0},
        "scanner": LAGS,
    },
}


def samples() -> dict[str, Callable[[int], np.ndarray]]:
    """Return what draws the samples, by name; the relief of each is 1."""
    drawn = {
        "rough": lambda seed: synth.self_affine(SHAPE, rms=1.0, hurst=0.8, roll_off=60.0, smoothing=1.5, seed=seed),
        "particles": lambda seed: synth.particles(SHAPE, radius=9.0, radius_std=1.0, coverage=0.5, seed=seed),
        "terraces": lambda seed: synth.terraces(SHAPE, period=50.0, height=1.0, angle=0.4, seed=seed),
        "lattice": lambda seed: (
            synth.atomic_lattice(SHAPE, kind="hexagonal", period=11.0, height=1.0, angle=0.3, seed=seed)
            + synth.self_affine(SHAPE, rms=0.3, hurst=0.9, roll_off=80.0, smoothing=3.0, seed=seed)
        ),
    }
    return {name: lambda seed, draw=draw: _unit(draw(seed)) for name, draw in drawn.items()}


def _unit(surface: np.ndarray) -> np.ndarray:
    return (surface - surface.mean()) / surface.std()


def error(network: afmnn.Network, places: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Return the root-mean-square error against the truth, without the means of both."""
    squares = [np.var(afmnn.apply(network, trace) - truth) for trace, truth in places]
    return float(np.sqrt(np.mean(squares)))


def measure(network: afmnn.Network, parts: dict, draw: Callable[[int], np.ndarray], seed: int, **settings: object) -> tuple:
    """Return the error before, that after, whether the network was kept, and the seconds of adapting."""
    instrument = synth.Instrument.from_dict(parts)
    ideal = synth.Instrument.from_dict({"scanner": parts["scanner"]})
    scans = [instrument.scan(draw(100 * seed + i), seed=200 * seed + i) for i in range(2)]
    places = []
    for i in range(10, 14):
        surface = draw(100 * seed + i)
        places.append((instrument.scan(surface, seed=200 * seed + i)[0], ideal.scan(surface, seed=0)[0]))
    begun = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        adapted = afmnn.adapt(network, scans, seed=seed, **settings)
    for warning in caught:
        print(warning.message)
    seconds = time.perf_counter() - begun
    return error(network, places), error(adapted, places), adapted is network, seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--network", default="universal")
    parser.add_argument("--steps", type=int, default=24)
    parser.add_argument("--only", nargs="*", default=[], help="instruments and samples whose names begin so")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    network = afmnn.load(arguments.network)
    chosen = tuple(arguments.only)

    def wanted(names: list[str]) -> list[str]:
        picked = [name for name in names if chosen and name.startswith(chosen)]
        return picked or names

    print("instrument     | sample    | before | after  | ratio, each seed          | seconds")
    ratios: dict[str, list[float]] = {}
    for instrument in wanted(list(INSTRUMENTS)):
        for sample in wanted(list(samples())):
            rows = [
                measure(network, INSTRUMENTS[instrument], samples()[sample], seed, steps=arguments.steps)
                for seed in range(arguments.seeds)
            ]
            of_seeds = [after / before for before, after, _, _ in rows]
            ratios.setdefault(instrument, []).append(median(of_seeds))
            each = " ".join(f"{ratio:.3f}{' kept' if row[2] else ''}" for ratio, row in zip(of_seeds, rows, strict=True))
            before, after, seconds = (median(row[k] for row in rows) for k in (0, 1, 3))
            print(f"{instrument:14s} | {sample:9s} | {before:.4f} | {after:.4f} | {each:25s} | {seconds:.1f}", flush=True)
    for instrument, found in ratios.items():
        print(f"{instrument:14s} | geometric mean of the ratios {np.exp(np.mean(np.log(found))):.3f}, largest {max(found):.3f}")


if __name__ == "__main__":
    main()
