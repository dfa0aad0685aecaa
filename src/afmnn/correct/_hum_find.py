"""What in an image is hum: waves at frequencies that were named, or that the retrace says are hum."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np

from .. import _core
from .._elementary import mean_square
from .._typing import Float64s, Heights
from . import _hum_peaks, _hum_waves
from ._hum_peaks import Peak, Power

FEWEST_CYCLES = 3.0  # in a line: slower waves are not told from the relief by Hann's window
_MOST_WAVES = 32
_LEAST_AMPLITUDE = 1e-5  # of the range of heights: what is smaller is rounding
_CHANCE = 3.0  # power of waves with any phase, over that at other wavelengths, from which on it is said or taken off


class Found(NamedTuple):
    """Waves to be taken off."""

    frequencies: Float64s  # cycles a pixel
    waves: Float64s  # (rows, frequencies, 2): factors of cosine and sine, in scaled heights
    advances: list[float]  # cycles from line to line, NaN where they are free


class Target(NamedTuple):
    """A frequency along the line that is looked at."""

    base: float  # whose harmonic it is: hertz, or cycles a pixel
    harmonic: int
    frequency: float  # cycles a pixel, not folded
    tolerance: float
    said: Literal["wavelength", "frequency", "line_time"]  # what names it


class Scan(NamedTuple):
    """The lines of an image, and the powers of their waves."""

    lines: Heights
    scale: float
    power: Power
    length: int  # of the transform along the line
    threads: int

    def bins(self, frequency: float, tolerance: float) -> tuple[int, int]:
        """Return the first and last bin of a band of frequencies; the first is the larger one if it has none."""
        lowest, highest = limits(self.lines.shape[1])
        low, high = max(frequency - tolerance, lowest), min(frequency + tolerance, highest)
        first, last = math.floor(low * self.length + 0.5), math.floor(high * self.length + 0.5)
        return max(first, 2), min(last, len(self.power) - 3) if low <= high else -1


def limits(cols: int) -> tuple[float, float]:
    """Return the lowest and highest frequency that can be found, in cycles a pixel."""
    return FEWEST_CYCLES / cols, 0.5 - 2.0 / cols


def folded(frequency: float) -> float:
    """Return where sampling once a pixel folds a frequency to."""
    part = frequency - math.floor(frequency)
    return min(part, 1.0 - part)


def measure(lines: Heights, threads: int, name: str = "image") -> Scan | None:
    """Measure the powers; None if all heights are equal."""
    count, low, high = _core.finite_range(lines, threads)
    if count == 0:
        raise ValueError(f"{name} must have pixels that are not NaN, got none")
    half = 0.5 * high - 0.5 * low
    if half == 0.0:
        return None
    # A power of two, so that nothing is rounded.
    scale = math.ldexp(1.0, min(max(-math.frexp(half)[1], -1000), 1000))
    power = _core.hum_power(lines, scale, threads)
    return Scan(lines, scale, power, _length(lines.shape[1]), threads)


def _length(count: int) -> int:
    """Return the transform length of so many values: see hum.hpp."""
    length = count
    while True:
        rest = length
        for factor in (2, 3, 5):
            while rest % factor == 0:
                rest //= factor
        if rest == 1:
            return length
        length += 1


def steady_waves(scan: Scan, retrace: Heights | None, targets: list[Target], notes: list[str]) -> Found | None:
    """Return waves whose phase runs on from line to line: those that are named, that the retrace says are hum, or both."""
    other = None if retrace is None else measure(retrace, scan.threads, "retrace")
    if retrace is not None and other is None:
        notes.append("The retrace is constant: nothing can be told by it.")
        return None
    if other is not None:
        alike, mirrored = _hum_peaks.likeness(scan.power, other.power)
        if mirrored > alike + 0.1:
            raise ValueError(
                "retrace must be in the coordinates of the sample, got one that is more like image when it is mirrored along "
                "the lines"
            )
    peaks = _named(scan, other, targets, notes) if targets else _all_hum(scan, other, scan.bins(0.25, 0.25), notes)
    if not peaks:
        return None
    if len(peaks) > _MOST_WAVES:
        notes.append(f"More than {_MOST_WAVES} waves are hum; the strongest ones were taken off.")
    peaks = _hum_waves.refine(scan.lines, scan.scale, peaks[:_MOST_WAVES], scan.threads)
    frequencies = np.array([peak.frequency for peak in peaks])
    waves, weights = _core.hum_waves(scan.lines, scan.scale, frequencies, scan.threads)
    for i, peak in enumerate(peaks):
        reach = _hum_waves.choose_reach(waves[:, i], weights, peak.advance)
        waves[:, i] = _hum_waves.smoothed(waves[:, i], weights, peak.advance, reach)
    return Found(frequencies, waves, [peak.advance - math.floor(peak.advance + 0.5) for peak in peaks])


def _peaks(scan: Scan, first: int, last: int) -> list[Peak]:
    """Return the separate waves in a range of bins, the strongest first."""
    if first > last:
        return []
    least = _LEAST_AMPLITUDE * _LEAST_AMPLITUDE
    kept: list[Peak] = []
    for peak in _hum_peaks.find_peaks(scan.power, first, last, least, scan.length):
        if not any(_hum_peaks.same_place(peak, one, scan.power.shape[1]) for one in kept):
            kept.append(peak)
    return kept


def _all_hum(scan: Scan, other: Scan | None, bins: tuple[int, int], notes: list[str]) -> list[Peak]:
    """Return the waves in a range of bins that the retrace says are hum; all, if there is no retrace."""
    peaks = _peaks(scan, *bins)
    if other is None:
        return peaks
    power = other.power
    if other.scale != scan.scale:  # exact: both are powers of two
        ratio = scan.scale / other.scale
        power *= np.float32(ratio * ratio)
    kept = []
    for peak in peaks:
        judgement = _hum_peaks.judge(peak, scan.power, power, scan.length)
        if judgement == "hum":
            kept.append(peak)
        if judgement == "unclear":
            notes.append(
                f"A wave of {1 / peak.frequency:.3g} pixels was left alone: from line to line, its phase advances by so close to "
                "a whole or half cycle that stripes of hum and of the sample slope alike."
            )
    return kept


def _named(scan: Scan, other: Scan | None, targets: list[Target], notes: list[str]) -> list[Peak]:
    """Return the waves at frequencies that were named, with their harmonics; of several frequencies, the stronger one's."""
    best: list[Peak] = []
    of_best: list[str] | None = None
    for base in dict.fromkeys(target.base for target in targets):
        found: list[Peak] = []
        said: list[str] = []
        first = None
        for target in (target for target in targets if target.base == base):
            if target.harmonic > 1 and not found and target.said != "frequency":
                break  # because short waves of the sample are more likely then than harmonics without their fundamental
            frequency, tolerance = target.frequency, target.tolerance
            if target.harmonic > 1 and first is not None:  # it is known better now than what was said of it
                frequency, tolerance = target.harmonic * first, min(tolerance, 0.75 / scan.lines.shape[1])
            peak = _strongest(scan, other, folded(frequency), tolerance, said)
            if peak is not None and not any(_hum_peaks.same_place(peak, one, scan.power.shape[1]) for one in found):
                found.append(peak)
                if target.harmonic == 1 and target.frequency < 0.5:
                    first = peak.frequency
        if of_best is None or math.fsum(peak.power for peak in found) > math.fsum(peak.power for peak in best):
            best, of_best = found, said
    notes += of_best or []
    if best and other is None and targets[0].said == "line_time":
        # Because one of the many waves of a lattice is easily near a frequency of the mains, only harmonics may stand out, too.
        multiples = [folded(n * best[0].frequency) for n in range(1, 21)]
        near = 1.0 / scan.lines.shape[1]
        others = _peaks(scan, *scan.bins(0.25, 0.25))
        if any(all(abs(one.frequency - multiple) > near for multiple in multiples) for one in others):
            notes.append(
                f"A wave of {1 / best[0].frequency:.3g} pixels, which may be hum of the mains, was left alone, because there are "
                "others, as of a lattice, with which it may belong: retrace, wavelength or frequency would tell."
            )
            return []
    return best


def _strongest(scan: Scan, other: Scan | None, frequency: float, tolerance: float, notes: list[str]) -> Peak | None:
    """Return the wave near a frequency, None if there is none or more than one that it may be."""
    first, last = scan.bins(frequency, tolerance)
    if first > last:
        return None
    reach = tolerance + 0.25 / scan.lines.shape[1]
    peaks = [peak for peak in _all_hum(scan, other, (first, last), notes) if abs(peak.frequency - frequency) <= reach]
    name = f"{1 / frequency:.3g} pixels"
    if not peaks:
        if other is None:
            strongest = max(_hum_peaks.strength(scan.power, k) for k in range(first, last + 1))
            if strongest > _CHANCE:
                notes.append(
                    f"At {name}, lines have {strongest:.2g} times the power of other wavelengths near by, but no steady phase: "
                    "if that is hum, phase='free' takes it off."
                )
        return None
    if other is None and len(peaks) > 1 and 2.0 * peaks[1].power > peaks[0].power:
        notes.append(f"At {name}, there is more than one wave, and nothing was taken off: retrace would tell which is hum.")
        return None
    return peaks[0]


def free_waves(scan: Scan, targets: list[Target], notes: list[str]) -> Found | None:
    """Return waves whose phase is another one in every line, lessened by what lines have at other wavelengths near by."""
    best: list[tuple[float, Float64s]] = []
    power_of_best = 0.0
    for base in dict.fromkeys(target.base for target in targets):
        found = []
        for target in (target for target in targets if target.base == base):
            wave = _free_wave(scan, folded(target.frequency), target.tolerance, notes)
            if wave is not None:
                found.append(wave)
            elif target.said != "frequency":
                break
        power = math.fsum(mean_square(wave) for _, wave in found)
        if power > power_of_best:
            best, power_of_best = found, power
    if not best:
        return None
    frequencies = np.array([frequency for frequency, _ in best])
    waves: Float64s = np.stack([wave for _, wave in best], axis=1)
    return Found(frequencies, waves, [math.nan] * len(best))


def _free_wave(scan: Scan, frequency: float, tolerance: float, notes: list[str]) -> tuple[float, Float64s] | None:
    cols = scan.lines.shape[1]
    first, last = scan.bins(frequency, tolerance)
    if first > last:
        return None
    best = max(range(first, last + 1), key=lambda k: _hum_peaks.strength(scan.power, k))
    strength = _hum_peaks.strength(scan.power, best)
    if strength <= _CHANCE:
        return None
    if _hum_peaks.is_steady(scan.power, best):
        notes.append(
            f"At {1 / frequency:.3g} pixels, the phase runs on steadily from line to line, as that of a lattice does, and "
            "nothing was taken off: phase='steady' takes it off."
        )
        return None
    at, steps = best / scan.length, (0.5 / cols, 0.2 / cols)
    for step in steps:
        waves, _ = _core.hum_waves(scan.lines, scan.scale, np.array([at - step, at, at + step]), scan.threads)
        low, middle, high = (mean_square(np.ascontiguousarray(waves[:, k])) for k in range(3))
        curvature = low - 2.0 * middle + high
        at += min(max(0.5 * step * (low - high) / curvature, -step), step) if curvature < 0.0 else 0.0
    lowest, highest = limits(cols)
    at = min(max(at, lowest), highest)
    beside = [at + bins / cols for bins in (-5.0, -4.0, -3.0, 3.0, 4.0, 5.0)]
    frequencies = np.array([at, *(each for each in beside if 1.0 / cols < each < 0.5 - 1.0 / cols)])
    waves, _ = _core.hum_waves(scan.lines, scan.scale, frequencies, scan.threads)
    powers = [mean_square(np.ascontiguousarray(waves[:, k])) for k in range(len(frequencies))]
    others = float(np.median(powers[1:]))
    # The least error on average, if the sample has as much at this wavelength as at those near by (N. Wiener).
    return at, waves[:, 0] * max(0.0, 1.0 - others / powers[0])
