"""Scans of many kinds whose truth is known, twice each: ordinary ones, and those on which a network may do harm.

A scan is (noisy, noisy again, ideal, what counts): the same sample with other noise, and the part of it whose loss counts, which
is all of it but where fine structure lies on a coarse one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from afmnn import synth

Floats = np.ndarray
Noise = Callable[[Floats, int], Floats]
SHAPE = (192, 192)


class Scan(NamedTuple):
    """A scan of a known sample, and another one of it."""

    kind: str
    name: str
    noisy: Floats
    again: Floats
    ideal: Floats
    counts: Floats


def _unit(relief: Floats) -> Floats:
    return (relief - np.median(relief)) / np.std(relief)


def samples(seed: int) -> dict[str, Floats]:
    """Draw samples of spread 1, coarse enough that none of them is in doubt."""
    grating = {"height": 1.0, "slope_fraction": 0.1}
    drawn = {
        "particles": synth.particles(SHAPE, radius=10.0, radius_std=2.0, coverage=0.4, seed=seed + 1),
        "self-affine": synth.self_affine(SHAPE, rms=1.0, hurst=0.8, roll_off=60.0, smoothing=1.0, seed=seed + 2),
        "grains": synth.particles(SHAPE, radius=7.0, radius_std=1.5, coverage=0.9, seed=seed + 3),
        "terraces": synth.terraces(SHAPE, period=30.0, height=1.0, angle=0.4, seed=seed + 4),
        "grating": synth.pattern_grating(SHAPE, period=25.0, angle=0.5, **grating),
        "lattice": synth.atomic_lattice(SHAPE, period=12.0, height=1.0, angle=0.2, seed=seed + 5),
        "fibres": synth.fibres(SHAPE, width=7.0, height=1.0, coverage=0.4, angle_spread=1.0, seed=seed + 6),
        "holes": synth.pattern_holes(SHAPE, period_x=32.0, depth=1.0, angle=0.1),
    }
    return {name: _unit(relief) for name, relief in drawn.items()}


def _white(rms: float) -> Noise:
    return lambda z, seed: z + synth.noise(z.shape, rms=rms, seed=seed)


def _lines(rms: float, white: float) -> Noise:
    return lambda z, seed: z + synth.line_steps(z.shape, rms=rms, seed=seed) + synth.noise(z.shape, rms=white, seed=seed + 1)


def _preset(name: str) -> Noise:
    return lambda z, seed: np.asarray(synth.add_defects(z, name, seed=seed))


def _scars(rms: float, length: float, coverage: float, width: int = 1) -> Noise:
    how = {"rms": rms, "length": length, "coverage": coverage, "length_spread": 0.5, "width": width}
    return lambda z, seed: z + synth.line_scars(z.shape, seed=seed, **how) + synth.noise(z.shape, rms=0.03, seed=seed + 1)


def _hum(rms: float, wavelength: float) -> Noise:
    how = {"rms": rms, "wavelength": wavelength}
    return lambda z, seed: z + synth.line_hum(z.shape, seed=seed, **how) + synth.noise(z.shape, rms=0.02, seed=seed + 1)


def _steady_hum(rms: float, rows: float, cols: float) -> Noise:
    """Add hum that keeps step with the lines: oblique stripes all over."""

    def noise(z: Floats, seed: int) -> Floats:
        y, x = np.indices(z.shape)
        wave = np.sqrt(2) * rms * np.sin(2 * np.pi * (y / rows + x / cols) + seed)
        return z + wave + synth.noise(z.shape, rms=0.02, seed=seed)

    return noise


def _smoothed(rms: float, rows: float, cols: float) -> Noise:
    """Add noise that is correlated over rows and columns, as of images that were smoothed or enlarged."""

    def noise(z: Floats, seed: int) -> Floats:
        smooth = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=z.shape), (rows, cols), mode="wrap")
        return z + rms * smooth / smooth.std()

    return noise


def _enlarged(z: Floats, seed: int, order: int = 3) -> Floats:
    """Record every other line and column with noise, and enlarge it."""
    coarse = z[::2, ::2] + synth.line_steps((96, 96), rms=0.1, seed=seed) + synth.noise((96, 96), rms=0.05, seed=seed + 1)
    return ndimage.zoom(coarse, 2, order=order)


def _aside(noise: Noise) -> Noise:
    return lambda z, seed: np.ascontiguousarray(noise(np.ascontiguousarray(z.T), seed).T)


def _rounded(unit: float, noise: Noise) -> Noise:
    return lambda z, seed: unit * np.round(noise(z, seed) / unit)


def _marked(z: Floats, seed: int) -> Floats:
    noisy = _lines(0.1, 0.05)(z, seed)
    places = np.random.default_rng(seed).integers(0, min(z.shape), (40, 2))
    noisy[places[:, 0], places[:, 1]] = -9999.0
    return noisy


def _walk(rms: float) -> Noise:
    """Add drift that is a random walk from line to line, and white noise."""
    return lambda z, seed: (
        z + synth.line_steps(z.shape, rms=rms, cumulative=True, seed=seed) + synth.noise(z.shape, rms=0.03, seed=seed + 1)
    )


def _one_over_f(rms: float) -> Noise:
    """Add 1/f noise along the time of the scan."""

    def noise(z: Floats, seed: int) -> Floats:
        n = z.size * 2
        spectrum = np.fft.rfft(np.random.default_rng(seed).normal(size=n))
        spectrum[1:] /= np.sqrt(np.arange(1, len(spectrum)))
        spectrum[0] = 0.0
        signal = np.fft.irfft(spectrum, n).reshape(z.shape[0], -1)[:, : z.shape[1]]
        return z + rms * signal / signal.std()

    return noise


def _kinds(seed: int) -> Iterator[tuple[str, str, Floats, Noise, Floats | None]]:
    drawn = samples(seed)
    ordinary = {
        "lines 0.1": _lines(0.1, 0.05),
        "white 0.1": _white(0.1),
        "lines 0.3": _lines(0.3, 0.1),
        "weak": _lines(0.02, 0.01),
        "strong": _lines(0.8, 0.4),
        "preset": _preset("noise_steps"),
        "1/f": _one_over_f(0.2),
    }
    for name, relief in drawn.items():
        for what, noise in ordinary.items():
            yield "ordinary", f"{name}, {what}", relief, noise, None
    some = {name: drawn[name] for name in ("particles", "self-affine", "terraces", "lattice")}
    for name, relief in some.items():
        yield "scars", f"{name}, scars 1", relief, _scars(1.0, 40.0, 0.02), None
        yield "scars", f"{name}, scars of 100 spreads", relief, _scars(100.0, 60.0, 0.03), None
        yield "scars", f"{name}, scars of 4 lines", relief, _scars(2.0, 80.0, 0.05, 4), None
        yield "hum", f"{name}, hum of 8 px", relief, _hum(0.2, 8.0), None
        yield "hum", f"{name}, steady oblique hum", relief, _steady_hum(0.2, 7.3, 21.0), None
        yield "hum", f"{name}, steady hum over lines", relief, _steady_hum(0.1, 5.2, 300.0), None
        yield "correlated", f"{name}, smoothed 1 px", relief, _smoothed(0.2, 1.0, 1.0), None
        yield "correlated", f"{name}, smoothed 2.5 px", relief, _smoothed(0.2, 2.5, 2.5), None
        yield "correlated", f"{name}, smoothed along", relief, _smoothed(0.2, 0.0, 4.0), None
        yield "correlated", f"{name}, smoothed across", relief, _smoothed(0.2, 1.5, 0.0), None
        yield "correlated", f"{name}, enlarged", relief, _enlarged, None
        yield "correlated", f"{name}, enlarged by doubling", relief, lambda z, s: _enlarged(z, s, order=0), None
        yield "aside", f"{name}, on its side", relief, _aside(_lines(0.15, 0.03)), None
        yield "aside", f"{name}, on its side, 1/f", relief, _aside(_one_over_f(0.2)), None
        yield "rounded", f"{name}, rounded to 0.05", relief, _rounded(0.05, _white(0.01)), None
        yield "rounded", f"{name}, rounded to 0.3", relief, _rounded(0.3, _lines(0.1, 0.02)), None
        yield "rounded", f"{name}, rounded to 0.05, line noise", relief, _rounded(0.05, _lines(0.1, 0.05)), None
        yield "marks", f"{name}, -9999", relief, _marked, None
        yield "drift", f"{name}, walk of 0.2", relief, _walk(0.2), None
        yield "clean", f"{name}, no noise", relief, _white(1e-6), None
    fine = {
        "5 px": synth.atomic_lattice(SHAPE, period=5.0, height=1.0, angle=0.25, seed=seed + 1),
        "7 px": synth.atomic_lattice(SHAPE, period=7.0, height=1.0, angle=0.6, seed=seed + 2),
        "rough, 2 px": ndimage.gaussian_filter(np.random.default_rng(seed + 7).normal(size=SHAPE), 1.0),
        "self-affine, H 0.3": synth.self_affine(SHAPE, rms=1.0, hurst=0.3, roll_off=30.0, seed=seed + 8),
        "fibres of 3 px": synth.fibres(SHAPE, width=3.0, height=1.0, coverage=1.0, angle_spread=1.0, seed=seed + 6),
        "particles of 2 px": synth.particles(SHAPE, radius=2.2, coverage=0.5, relax_steps=50, seed=seed + 9),
        "grooves along the lines, 6 px": synth.pattern_grating(SHAPE, period=6.0, height=1.0, angle=np.pi / 2),
        "grooves along the lines, 12 px": synth.pattern_grating(SHAPE, period=12.0, height=1.0, angle=np.pi / 2),
        "grooves nearly along, 9 px": synth.pattern_grating(SHAPE, period=9.0, height=1.0, angle=np.pi / 2 + 0.06),
        "lines across, 4 px": synth.pattern_grating(SHAPE, period=4.0, height=1.0),
    }
    for name, relief in fine.items():
        for what, noise in (("no noise", _white(1e-6)), ("0.02", _lines(0.02, 0.02)), ("0.2", _lines(0.2, 0.1))):
            yield "fine", f"{name}, {what}", _unit(relief), noise, None
    step = _unit(np.where(np.indices(SHAPE)[1] < SHAPE[1] // 2, 0.0, 1.0))
    for name in ("5 px", "7 px", "rough, 2 px"):
        weak = 0.03 * _unit(fine[name])
        for what, noise in (("no noise", _white(1e-6)), ("0.01", _lines(0.01, 0.005)), ("0.03", _lines(0.03, 0.015))):
            yield "fine on a step", f"{name}, {what}", step + weak, noise, weak
    y, x = np.indices(SHAPE)
    squares = np.where((np.abs(y - 96) < 20) & (np.abs(x - 96) < 20), 1.0, 0.0)
    few = synth.particles(SHAPE, radius=6.0, coverage=0.03, seed=seed + 2)
    for height in (10.0, 100.0, 1000.0):
        for name, relief in (("few caps", few / np.ptp(few)), ("a hole", -squares)):
            yield "tall", f"{name}, {height:g} noises", height * relief, _lines(1.0, 0.5), None
    for name, noise in {
        "white": _white(1.0),
        "lines": _lines(1.0, 0.3),
        "smoothed": _smoothed(1.0, 1.5, 1.5),
        "1/f": _one_over_f(1.0),
        "hum": _hum(1.0, 9.0),
    }.items():
        yield "no sample", name, np.zeros(SHAPE), noise, None


def scans(seed: int = 0) -> Iterator[Scan]:
    """Yield the scans, all of them functions of `seed` alone."""
    for index, (kind, name, ideal, noise, counts) in enumerate(_kinds(seed)):
        noisy, again = (noise(ideal, seed + 1000 + 10 * index + other) for other in (0, 5))
        yield Scan(kind, name, noisy, again, ideal, ideal if counts is None else counts)
