"""What `synth.instrument_like` measures, against what is known: ``python instrument_like.py [COUNT] [FOLDER ...]``.

First on synthetic scans: instruments drawn at random record twelve surfaces, COUNT times each (3); both directions are measured,
and the trace alone. Then on real scans, the files in the folders: an instrument that was measured on the trace alone predicts how
trace and retrace differ, and twins (the scan without its noise, turned upside down, recorded by the instrument) are compared with
the scans.
"""

from __future__ import annotations

import itertools
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

import afmnn
from afmnn import synth
from afmnn.synth.instrument_like._register import brought_back, register

Floats = np.ndarray[Any, np.dtype[np.float64]]
SHAPE = (256, 256)
SCANS = 4  # of each instrument, to predict what it does on average


# ---- synthetic scans ------------------------------------------------------------------------------------------------


def self_affine(shape: tuple[int, int], hurst: float, longest: float, smoothing: float, seed: int) -> Floats:
    """Draw a Gaussian surface with the spectrum of a self-affine one, flat beyond `longest` pixels, smoothed."""
    rng = np.random.default_rng(seed)
    fy, fx = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None, :]
    squared = fy**2 + fx**2
    amplitude = (squared + longest**-2) ** (-0.5 * (hurst + 1)) * np.exp(-2 * (np.pi * smoothing) ** 2 * squared)
    return np.fft.irfft2(np.fft.rfft2(rng.normal(size=shape)) * amplitude, s=shape)


def surfaces(shape: tuple[int, int] = SHAPE) -> dict[str, Callable[[int], Floats]]:
    """Return what draws twelve surfaces, by name."""
    return {
        "few bumps": lambda seed: synth.objects(shape, radius=8, height=8, coverage=0.05, seed=seed),
        "half spheres": lambda seed: synth.objects(shape, radius=12, height=12, coverage=0.6, radius_spread=0.3, seed=seed),
        "pyramids": lambda seed: synth.objects(shape, kind="pyramid", radius=9, height=9, coverage=1.0, seed=seed),
        "particles": lambda seed: synth.particles(shape, radius=9, coverage=0.5, seed=seed),
        "small particles": lambda seed: synth.particles(shape, radius=5, radius_std=1, coverage=0.4, seed=seed),
        "rods": lambda seed: synth.rods(shape, radius=5, aspect_ratio=4, coverage=0.4, seed=seed),
        "staircase": lambda seed: synth.pattern_staircase(shape, period=60, height=5, angle=0.4, deformation=3, seed=seed),
        "grating": lambda seed: synth.pattern_grating(shape, period=40, height=10, angle=1.2, seed=seed),
        "holes": lambda seed: synth.pattern_holes(shape, period_x=32, depth=8, angle=0.2, seed=seed),
        "rough": lambda seed: self_affine(shape, 0.5, 60, 1.5, seed),
        "smooth": lambda seed: self_affine(shape, 1.0, 80, 3.0, seed),
        "bumps on rough ground": lambda seed: (
            4 * synth.objects(shape, radius=10, height=1, coverage=0.3, seed=seed)
            + 0.2 * unit(self_affine(shape, 0.7, 50, 2, seed))
        ),
    }


def unit(z: Floats) -> Floats:
    """Return heights less their mean, of rms 1."""
    return np.asarray((z - z.mean()) / z.std())


def random_instrument(rng: np.random.Generator) -> synth.Instrument:
    """Draw an instrument, for surfaces of rms 1."""

    def log(low: float, high: float) -> float:
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    hum = {"hum": log(0.02, 0.1), "hum_frequency": log(8, 60)} if rng.random() < 0.3 else {}
    scars = {"scars": log(1e-4, 1e-3), "scar_length": log(10, 60), "scar_height": log(0.5, 2)} if rng.random() < 0.5 else {}
    return synth.Instrument(
        noise={
            "white": log(0.005, 0.1),
            "wander": log(0.01, 0.1),
            "wander_exponent": rng.uniform(0.7, 1.8),
            "wander_corner": log(0.3, 20),
            "line_offsets": log(0.02, 0.3),
            **hum,
        },
        scanner={"lag": rng.uniform(-4, 6), "hysteresis": rng.uniform(-1, 2), "tilt_x": rng.normal(0, 0.01)},
        events=scars,
    )


NUMBERS = (
    ("noise.white", True), ("noise.wander", True), ("noise.wander_exponent", False), ("noise.wander_corner", True),
    ("noise.line_offsets", True), ("noise.hum", True), ("noise.hum_frequency", True), ("events.scars", True),
    ("events.scar_length", True), ("events.scar_height", True), ("scanner.lag", False), ("scanner.hysteresis", False),
)  # fmt: skip
ASKED = {
    "noise.white": 0.2, "noise.wander": 0.2, "noise.wander_exponent": 0.3, "noise.line_offsets": 0.2,
    "noise.hum_frequency": 0.01, "events.scars": 0.5,
}  # fmt: skip


def value(like: synth.Instrument, name: str) -> float:
    """Return a number of an instrument."""
    part, key = name.split(".")
    return float(getattr(getattr(like, part), key))


def synthetic(count: int, only: str = "") -> None:
    """Print how far off numbers are: median and 80 % of them."""
    errors: dict[tuple[str, str], list[float]] = {}
    for i, (surface, draw) in enumerate(surfaces().items()):
        for k in range(count):
            seed = 1000 * i + k
            made = random_instrument(np.random.default_rng(seed))
            trace, retrace = made.scan(unit(draw(seed + 1)), seed=seed)
            for mode, scan in (("both", (trace, retrace)), ("one", trace)):
                found = synth.instrument_like(
                    scan, hum_frequency=made.noise.hum_frequency if mode == "one" and made.noise.hum else None
                )
                for name, relative in NUMBERS:
                    true, got = value(made, name), value(found.instrument, name)
                    amount = {"scars": "scars", "scar_length": "scars", "scar_height": "scars", "hum_frequency": "hum"}.get(
                        name.split(".")[1], name.split(".")[1]
                    )
                    if name.split(".")[1] in ("scars", "scar_length", "scar_height") and not made.events.scars:
                        continue
                    if amount == "hum" and not made.noise.hum:
                        continue
                    if mode == "one" and name.startswith("scanner"):
                        continue
                    error = (abs(np.log(got / true)) if got > 0 else np.inf) if relative else abs(got - true)
                    errors.setdefault((mode, name), []).append(error)
                    errors.setdefault((mode + "/" + surface, name), []).append(error)
    print("errors: of logarithms, but for exponents and pixels")
    print(f"{'number':24s}{'both: median':>14s}{'80 %':>8s}{'one: median':>14s}{'80 %':>8s}{'asked':>8s}")
    for name, _ in NUMBERS:
        row = f"{name:24s}"
        for mode in ("both", "one"):
            found = errors.get((mode, name), [np.nan])
            row += f"{np.median(found):14.3f}{np.quantile(found, 0.8, method='lower'):8.3f}"
        print(row + f"{ASKED.get(name, np.nan):8.2f}")
    print("\nmedian errors by surface, both and one: white, wander, exponent, offsets")
    for surface in surfaces():
        row = f"{surface:24s}"
        for mode in ("both", "one"):
            for name in ("noise.white", "noise.wander", "noise.wander_exponent", "noise.line_offsets"):
                row += f"{np.median(errors[(mode + '/' + surface, name)]):8.2f}"
            row += "   "
        print(row)


# ---- real scans -----------------------------------------------------------------------------------------------------


def real_scans(folders: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield name and scan: both directions where there are."""
    for folder in folders:
        for path in sorted(Path(folder).iterdir()):
            if path.suffix in (".md", ".py", ".npz") or "test" in path.stem:
                continue
            try:
                yield path.name, afmnn.read_directions(path)
            except ValueError:
                try:
                    yield path.name, afmnn.read_image(path)
                except ValueError:
                    continue


def flat(z: Floats) -> Floats:
    """Return heights less a plane and the medians of lines."""
    z = np.asarray(afmnn.level(z), dtype=float)
    return z - np.median(z, axis=1, keepdims=True)


def difference(trace: Floats, retrace: Floats) -> Floats:
    """Return trace less registered retrace, less medians of columns and lines."""
    d = trace - brought_back(retrace, register(trace, retrace))
    d = d[:, ~np.isnan(d).any(axis=0)]
    d = d - np.median(d, axis=0)  # what all lines share is no noise
    return np.asarray(d - np.median(d, axis=1, keepdims=True))


def spread(e: Floats) -> float:
    """Return the robust standard deviation."""
    return float(1.4826 * np.median(np.abs(e - np.median(e))))


def line_spectrum(d: Floats) -> Floats:
    """Return the medians, over lines, of power along the line in octaves; robust against edges."""
    limit = 4 * spread(d)
    d = np.clip(d, -limit, limit)
    power = np.median(np.abs(np.fft.rfft(d * np.hanning(d.shape[1]), axis=1)) ** 2, axis=0)
    edges = [2, 4, 8, 16, 32, 64, 128, 256]
    return np.array([power[a:b].mean() for a, b in itertools.pairwise(edges) if b <= len(power)])


def predicted(noise: Any, shape: tuple[int, int], cols: int) -> tuple[float, Floats]:
    """Return rms and spectrum of trace less retrace of nothing but noise, means over `SCANS`: one scan is off by chance."""
    rms, spectra = [], []
    for seed in range(1, SCANS + 1):
        t, r = synth.Instrument(noise=noise).scan(np.zeros(shape), seed=seed)
        d = t - r
        d = d - np.median(d, axis=0)
        d = d - np.median(d, axis=1, keepdims=True)
        rms.append(spread(d))
        spectra.append(line_spectrum(d[:, :cols]))
    return float(np.mean(rms)), np.asarray(np.mean(spectra, axis=0))


def figures(z: Floats) -> tuple[float, float, float]:
    """Return row step, x noise, and the correlation of neighbouring pixels of what lines do not share with the next."""
    steps = np.diff(z, axis=0)
    row_step = spread(np.median(steps, axis=1)) / np.sqrt(2)
    x_noise = spread(np.diff(z, axis=1)) / np.sqrt(2)
    e = steps - np.median(steps, axis=1, keepdims=True)
    correlation = 1 - 0.5 * (spread(np.diff(e, axis=1)) / spread(e)) ** 2
    return row_step, x_noise, correlation


def cleaned(z: Floats, like: synth.InstrumentLike) -> Floats:
    """Return a surface as rough as the scan: the scan with its spectrum lessened by that of the noise, turned upside down."""
    noise = [synth.Instrument(noise=like.instrument.noise).scan(np.zeros(z.shape), seed=seed, directions=1) for seed in range(4)]
    window = np.hanning(z.shape[0])[:, None] * np.hanning(z.shape[1])
    power = np.abs(np.fft.fft2(flat(z) * window)) ** 2
    of_noise = np.mean([np.abs(np.fft.fft2(flat(n) * window)) ** 2 for n in noise], axis=0)
    f = np.hypot(np.fft.fftfreq(z.shape[0])[:, None], np.fft.fftfreq(z.shape[1]))
    bins = (np.log2(np.maximum(f * max(z.shape), 1.0)) * 4).astype(int)
    usual = [
        np.array([np.median(each[bins == b]) if (bins == b).any() else 0 for b in range(bins.max() + 1)])
        for each in (power, of_noise)
    ]
    left = np.sqrt(np.maximum(usual[0] - usual[1], 0) / np.maximum(usual[0], 1e-300))
    level = np.asarray(
        afmnn.level(afmnn.level(z), "rows", rows="matching"), dtype=float
    )  # medians would add offsets of their own
    wide = np.pad(level - level.mean(), [(n // 2, n // 2) for n in z.shape], mode="reflect")
    f = np.hypot(np.fft.fftfreq(wide.shape[0])[:, None], np.fft.fftfreq(wide.shape[1]))
    bins = np.minimum((np.log2(np.maximum(f * max(z.shape), 1.0)) * 4).astype(int), len(left) - 1)
    smooth = np.fft.ifft2(np.fft.fft2(wide) * left[bins]).real
    rows, cols = z.shape
    return smooth[rows // 2 : rows // 2 + rows, cols // 2 : cols // 2 + cols][::-1, ::-1].copy()


def real(folders: list[str]) -> None:
    """Print what is measured on scans, and how well it predicts."""
    ratios: dict[str, list[float]] = {}

    def note(name: str, got: float, true: float) -> str:
        ratio = got / true if true else np.nan
        ratios.setdefault(name, []).append(abs(ratio - 1))
        return f"{ratio:8.2f}"

    print(
        "\nnoise, in parts of the relief: white, wander, exponent, corner, offsets | predicted / seen: rms of trace less retrace,"
    )
    print("and by which factor its spectrum is off | twin / scan: row steps, x noise | correlation along the line: scan, twin")
    for name, scan in real_scans(folders):
        pair = isinstance(scan, tuple)
        trace = np.asarray((scan[0] if pair else scan), dtype=float)
        like = synth.instrument_like(scan[0] if pair else scan)
        noise, relief = like.instrument.noise, like.relief
        row = f"{name[:22]:23s}{noise.white / relief:8.4f}{noise.wander / relief:8.4f}{noise.wander_exponent:5.1f}"
        row += f"{noise.wander_corner:8.2f}{noise.line_offsets / relief:8.4f} |"
        if pair:
            seen = difference(trace, np.asarray(scan[1], dtype=float))
            rms, spectrum = predicted(noise, trace.shape, seen.shape[1])
            row += note("rms of differences", rms, spread(seen))
            seen_spectrum = line_spectrum(seen)
            off = float(np.exp(0.5 * np.median(np.abs(np.log(spectrum / seen_spectrum)))))
            row += note("spectrum of differences", off, 1.0)
        else:
            row += 16 * " "
        twin = like.instrument.scan(cleaned(trace, like), seed=3, directions=1)
        a, b = figures(trace), figures(twin)
        row += " |" + note("row steps", b[0], a[0]) + note("x noise", b[1], a[1])
        note("correlation", b[2], a[2])
        print(row + f" | {a[2]:6.2f}{b[2]:6.2f}", flush=True)
    print("medians of |ratio - 1|: " + ", ".join(f"{name} {np.median(found):.2f}" for name, found in ratios.items()))


def main() -> None:
    """Print both tables."""
    warnings.simplefilter("ignore")
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    if count:
        synthetic(count)
    if sys.argv[2:]:
        real(sys.argv[2:])


if __name__ == "__main__":
    main()
