"""How well `correct.hum` takes off a hum of known size, and that it takes nothing else: ``python corrections_hum.py [SCANS]``.

The scans are those of the frozen scene, in both directions: the retrace has other noise and lags by some pixels. The hum is one
wave in time, with a frequency that is steady, or strays by 0.01 or 0.03 % as that of mains does. Heights are in standard
deviations of the noise from pixel to pixel.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

import numpy as np
from _frozen import SHAPE, Floats, scans

from afmnn import synth
from afmnn.correct import hum

WAVELENGTHS = (5.3, 8.7, 13.1, 21.0, 40.0)
AMPLITUDES = (0.1, 0.3, 1.0, 3.0)
STRAYING = (0.0, 1e-4, 3e-4)
TURN = 1.1  # time of a line with the turn-around after it, in lines
LAG = 3


def hum_in_time(wavelength: float, straying: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return both directions of a wave of amplitude 1 in the coordinates of the sample."""
    rows, cols = SHAPE
    row, column = np.indices(SHAPE)
    half = TURN * cols
    trace, retrace = 2 * half * row + column, 2 * half * row + half + cols - 1 - column
    half_lines = np.arange(2 * rows + 1)
    slow = np.convolve(rng.normal(size=len(half_lines) + 120), np.hanning(121), "valid")
    strayed = np.cumsum(slow / slow.std() * straying * half / wavelength)
    turn = rng.random()

    def wave(time: Floats) -> Floats:
        return np.sin(2 * np.pi * (time / wavelength + np.interp(time / half, half_lines, strayed) + turn))

    return wave(trace), wave(retrace)


def rms(z: Floats) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.mean(z * z)))


def both_directions(count: int) -> Iterator[tuple[Floats, Floats, float]]:
    """Yield trace and retrace of the frozen scans, and the noise."""
    for scan in scans(count):
        again = np.roll(scan.ideal, LAG, axis=1) + np.roll(scan.noisy - scan.ideal, 97, axis=0)
        yield scan.noisy, again, scan.noise


def print_hum(count: int) -> None:
    """Print what is found of hum, by the retrace and by its wavelength, and what is left of it."""
    print("wavelength amplitude straying | by retrace: found, amplitude, left | by wavelength: found, amplitude, left")
    pairs = list(both_directions(count))
    for straying in STRAYING:
        for wavelength in WAVELENGTHS:
            for amplitude in AMPLITUDES:
                rng = np.random.default_rng(7)
                rows: dict[str, list[tuple[float, float]]] = {"retrace": [], "wavelength": []}
                for trace, retrace, noise in pairs:
                    waves = [amplitude * noise * wave for wave in hum_in_time(wavelength, straying, rng)]
                    image, other = trace + waves[0], retrace + waves[1]
                    for way, said in (
                        ("retrace", {"retrace": other}),
                        ("wavelength", {"wavelength": wavelength, "harmonics": 1}),
                    ):
                        _, info = hum(image, **said, return_info=True)
                        near = [
                            info.figures[f"amplitude_{i}"]
                            for i in range(1, 1 + int(info.figures["waves"]))
                            if abs(info.figures[f"wavelength_{i}"] / wavelength - 1) < 0.5 * wavelength / SHAPE[1]
                        ]
                        if near:
                            rows[way].append((near[0] / (amplitude * noise), rms(info.removed - waves[0]) / rms(waves[0])))
                text = []
                for found in rows.values():
                    if found:
                        size, left = np.median(found, axis=0)
                        text.append(f"{len(found):3d} of {len(pairs)} {size:5.2f} {left:5.2f}")
                    else:
                        text.append(f"{0:3d} of {len(pairs)}     -     -")
                print(f"{wavelength:8.1f} {amplitude:8.1f} {100 * straying:8.2f} % | {' | '.join(text)}", flush=True)


def print_false(count: int) -> None:
    """Print how many scans without hum are changed."""
    changed = {"retrace": 0, "itself": 0, "wavelength": 0, "free": 0, "line time": 0}
    asked = dict.fromkeys(changed, 0)

    def ask(way: str, image: Floats, **said: object) -> None:
        asked[way] += 1
        changed[way] += int((hum(image, **said) != image).any())  # type: ignore[call-overload]

    for trace, retrace, _ in both_directions(count):
        ask("retrace", trace, retrace=retrace)
        for wavelength in WAVELENGTHS:
            ask("wavelength", trace, wavelength=wavelength)
            ask("free", trace, wavelength=wavelength, phase="free")
        ask("line time", trace, line_time=0.31)
    print(
        "frozen scans without hum, changed:", ", ".join(f"{way} {changed[way]} of {asked[way]}" for way in changed if asked[way])
    )

    changed, asked = dict.fromkeys(changed, 0), dict.fromkeys(changed, 0)
    trace, retrace, noise = next(both_directions(1))
    only_noise = [synth.noise(SHAPE, rms=noise, seed=seed) for seed in (1, 2)]
    for number, (kind, surface) in enumerate(structures(noise)):
        image, other = surface + only_noise[0], np.roll(surface, LAG, axis=1) + only_noise[1]
        before = dict(changed)
        ask("retrace", image, retrace=other)
        ask("itself", surface, retrace=surface)
        if number % 4 == 0:
            ask("line time", image, line_time=0.31)
        if before != changed:
            print("changed:", kind, [way for way in changed if before[way] != changed[way]])
    print(
        "lattices, gratings, terraces, changed:",
        ", ".join(f"{way} {changed[way]} of {asked[way]}" for way in changed if asked[way]),
    )


def structures(noise: float) -> Iterator[tuple[str, Floats]]:
    """Yield periodic surfaces of heights about the noise and ten times that."""
    for height in (noise, 10 * noise):
        for period in (5.0, 7.3, 10.0, 14.1, 20.0):
            for angle in np.linspace(-1.5, 1.5, 9):
                common = {"height": height, "angle": float(angle), "seed": 1}
                yield f"pillars {period} {angle:.2f}", synth.pattern_pillars(SHAPE, period_x=period, **common)
                yield f"grating {period} {angle:.2f}", synth.pattern_grating(SHAPE, period=period, **common)
                spread = {"position_spread": 0.1}
                yield f"irregular grating {period} {angle:.2f}", synth.pattern_grating(SHAPE, period=period, **common, **spread)
        for angle in (0.0, 0.01, 0.3, 1.57):
            yield f"terraces {angle}", synth.pattern_staircase(SHAPE, period=30.0, height=height, angle=angle, seed=1)


def main() -> None:
    """Print all figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    print_false(3 * count)
    print_hum(count)


if __name__ == "__main__":
    main()
