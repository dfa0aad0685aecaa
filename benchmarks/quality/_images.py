"""Images to judge networks by: shapes that a scene leaves out, and particles; the noise of one instrument, once and twice."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from afmnn import synth

SHAPE, PIXEL, RANGE = (256, 256), 39e-9, 1.36e-6
LEFT_OUT = ("doughnut", "siemens_star", "pyramid", "thatch")

Pair = tuple[np.ndarray, np.ndarray]


def add_noise(ideal: np.ndarray, seed: int, times: float = 1.0) -> np.ndarray:
    """Add what the instrument adds: Gaussian noise of 60 nm, and one step of 100 nm a line that starts anywhere in it."""
    steps = synth.line_steps(ideal.shape, rms=times * 100e-9, within_line=1.0, seed=seed)
    return ideal + synth.noise(ideal.shape, rms=times * 60e-9, seed=seed + 1) + steps


def shapes(shape: tuple[int, int] = SHAPE) -> Iterator[tuple[str, np.ndarray]]:
    """Draw the shapes that are left out."""
    for kind in ("doughnut", "pyramid", "thatch"):
        for radius in (10.0, 16.0, 24.0):
            size = {"radius": radius, "height": radius, "coverage": 0.8, "radius_spread": 0.2, "angle": 0.3}
            yield f"{kind} {radius:g}", synth.objects(shape, kind=kind, seed=int(radius), **size)
    for sectors in (6, 9, 12):
        yield f"star {sectors}", synth.pattern_siemens_star(shape, sectors=sectors, height=1.0, angle=0.1 * sectors)


def particles() -> Iterator[tuple[str, np.ndarray]]:
    """Draw particles, which the scene has, of other sizes and places."""
    for radius in (9.0, 12.0, 16.0):
        yield f"particles {radius:g}", synth.particles(SHAPE, radius=radius, radius_std=2.0, coverage=0.6, seed=int(radius))


def judged() -> dict[str, list[Pair]]:
    """Return four sets of (noisy, ideal): shapes and particles, with the noise and with twice the noise."""
    sets: dict[str, list[Pair]] = {}
    for times, name in ((1.0, ""), (2.0, ", twice the noise")):
        for what, drawn in (("shapes left out", shapes()), ("particles", particles())):
            pairs = sets.setdefault(what + name, [])
            for i, (_, relief) in enumerate(drawn):
                ideal = relief * (RANGE / np.ptp(relief))
                pairs.append((add_noise(ideal, 100 * i + 7, times), ideal))
    return sets


def psnr(result: np.ndarray, ideal: np.ndarray, margin: int = 14) -> float:
    """Peak signal-to-noise ratio against the ideal's range, away from the edge."""
    inside = (slice(margin, -margin),) * 2
    return float(20 * np.log10(np.ptp(ideal) / np.sqrt(np.mean((result - ideal)[inside] ** 2))))
