"""Where in the spectrum of an image waves stand out, and which of them the retrace says are hum."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .._elementary import log, total

Power = NDArray[np.float32]  # squared amplitudes: (cycles along the line, advance from line to line), see hum.hpp
Judgement = Literal["hum", "sample", "unclear"]

#: A peak stands out if its power is above so many medians of its surroundings. Of noise alone, one bin in 10^12 does.
STANDS_OUT = 40.0
#: Powers of one hum in both directions are alike up to the first factor; beside what is the second one larger, one is nothing.
ALIKE, NOTHING = 2.0, 10.0
_EXACT = 0.4  # bins: as closely as a place between bins is known
_TILE = 16  # bins along the line that are looked at together
_NEAR, _FAR = 3, 8  # bins along the line at which the surroundings of a peak begin and end
_BLOCK = 64  # bins across the lines, for a first look


class Peak(NamedTuple):
    """A wave that stands out of its surroundings."""

    power: float
    bin: int  # cycles along the line: so many of the transform's length
    advance_bin: int  # cycles from line to line
    below: int  # bins across the lines that it reaches, on either side
    above: int
    frequency: float  # cycles a pixel, between bins
    advance: float  # cycles a line, between bins


def find_peaks(power: Power, first: int, last: int, least: float, length: int) -> list[Peak]:
    """Return the peaks in bins `first` to `last` along the line, the strongest first.

    Parameters
    ----------
    power : ndarray of float32
        What `_core.hum_power` returns.
    first, last : int
        At least 1, at most two less than there are bins.
    least : float
        Power below which a peak is none.
    length : int
        Transform length along the line.
    """
    found = []
    for start in range(first, last + 1, _TILE):
        stop = min(start + _TILE, last + 1)
        tile = power[start - 1 : stop + 1]
        tile = np.concatenate([tile[:, -1:], tile, tile[:, :1]], axis=1)  # because advances go round
        core = tile[1:-1, 1:-1]
        # Of two equal neighbours, the first is the peak.
        highest = core >= tile[2:, 2:]
        for rows, cols, strict in (
            (0, 0, True), (0, 1, True), (0, 2, True), (1, 0, True), (1, 2, False), (2, 0, False), (2, 1, False),
        ):  # fmt: skip
            beside = tile[rows : rows + core.shape[0], cols : cols + core.shape[1]]
            highest &= core > beside if strict else core >= beside
        highest &= core > least
        around = power[max(1, start - _FAR) : stop + _FAR]
        for begin in range(0, power.shape[1], _BLOCK):
            level = np.median(around[:, begin : begin + _BLOCK])
            highest[:, begin : begin + _BLOCK] &= core[:, begin : begin + _BLOCK] > 0.5 * STANDS_OUT * level
        found += [(start + int(row), int(col)) for row, col in np.argwhere(highest)]
    peaks = [_described(power, row, col, length) for row, col in found if _stands_out(power, row, col)]
    return sorted(peaks, key=lambda peak: (-peak.power, peak.bin, peak.advance_bin))


def judge(peak: Peak, trace: Power, retrace: Power, length: int) -> Judgement:
    """Say what a peak is, from the powers of both directions in the coordinates of the sample.

    Read in time, a line of the retrace runs backwards: what is hum has the opposite advance there, what is sample the same. More
    is asked, because feedback distorts what has a plane of symmetry, such as a lattice of circles, to mirror images in both
    directions: hum has the same amplitude in both, exactly opposite advances, and next to nothing at the other advance in each.
    """
    count = trace.shape[1]
    mirrored = peak._replace(advance_bin=-peak.advance_bin % count, below=peak.above, above=peak.below)
    if _apart(peak, mirrored, count) <= 2 * max(peak.below, peak.above) + 2:
        return "unclear"
    columns = np.arange(mirrored.advance_bin - mirrored.below - 1, mirrored.advance_bin + mirrored.above + 2) % count
    bins = range(peak.bin - 1, peak.bin + 2)
    row, col = max(((k, int(j)) for k in bins for j in columns), key=lambda place: float(retrace[place]))
    if not _stands_out(retrace, row, col):
        return "sample"
    partner = _described(retrace, row, col, length)
    reach = max(peak.below, peak.above, partner.below, partner.above)
    turned = peak.advance + partner.advance
    same = abs(turned - float(np.rint(turned))) * count <= _EXACT * reach and (
        abs(peak.frequency - partner.frequency) * length <= _EXACT
    )
    here, opposite = _band(trace, peak), _band(trace, mirrored)
    as_sample, as_hum = _band(retrace, peak), _band(retrace, mirrored)
    alone = NOTHING * opposite <= here and NOTHING * as_sample <= as_hum
    return "hum" if same and alone and here <= ALIKE * as_hum and as_hum <= ALIKE * here else "sample"


def same_place(one: Peak, other: Peak, count: int) -> bool:
    """Tell whether two peaks are parts of one wave: one whose phase wanders has several, and is smoothed as a whole."""
    reach = max(max(one.below, one.above) + max(other.below, other.above), count // 10)
    return abs(one.bin - other.bin) <= _NEAR and _apart(one, other, count) <= reach


def likeness(trace: Power, retrace: Power) -> tuple[float, float]:
    """Return how alike two spectra are, as they are and with advances reversed: correlations of the logarithms of long waves.

    What both directions see of the sample makes the first the larger one, and the second if one of them is mirrored.
    """
    bins, count = min(64, len(trace)), trace.shape[1]
    advances = np.concatenate([np.arange(1, count // 4), np.arange(count - count // 4 + 1, count)])
    if bins < 3 or len(advances) < 2:
        return 0.0, 0.0
    these, others, mirrored = (
        _detail(power[2:bins][:, columns])
        for power, columns in ((trace, advances), (retrace, advances), (retrace, -advances % count))
    )
    size = float(np.sqrt(total(these * these) * total(others * others)))
    return (total(these * others) / size, total(these * mirrored) / size) if size > 0.0 else (0.0, 0.0)


def strength(power: Power, bin_: int) -> float:
    """Return the power of waves of any advance at a bin along the line, over that at bins beside it."""
    beside = [total(power[k]) for k in range(bin_ - 6, bin_ + 7) if abs(k - bin_) >= _NEAR and 1 <= k < len(power)]
    level = float(np.median(beside)) if beside else 0.0
    return total(power[bin_]) / level if level > 0.0 else 0.0


def is_steady(power: Power, bin_: int) -> bool:
    """Tell whether most power at a bin along the line has one advance."""
    best = int(np.argmax(power[bin_]))
    columns = np.arange(best - 4, best + 5) % power.shape[1]
    return 2.0 * total(power[bin_, columns]) > total(power[bin_])


def _surroundings(power: Power, row: int, col: int) -> float:
    """Return the median power to both sides along the line, where a wave itself, whose phase may wander, is not."""
    columns = np.arange(col - _FAR, col + _FAR + 1) % power.shape[1]
    sides = [
        float(np.median(power[low:high][:, columns]))
        for low, high in ((max(1, row - _FAR), row - _NEAR + 1), (row + _NEAR, min(len(power), row + _FAR + 1)))
        if high > low
    ]
    # Because spectra of rough surfaces fall steeply, and ever more so, the larger one counts.
    return max(sides) if sides else float(np.median(power[:, columns]))


def _stands_out(power: Power, row: int, col: int) -> bool:
    # Because a wave without a steady phase has all advances, a peak must stand out of these, too.
    if not power[row, col] > STANDS_OUT * max(_surroundings(power, row, col), float(np.median(power[row]))):
        return False
    # A wave of one frequency is narrow along the line, which irregular gratings are not.
    columns = np.arange(col - 3, col + 4) % power.shape[1]
    beside = [k for k in range(row - 6, row + 7) if abs(k - row) >= _NEAR and 1 <= k < len(power)]
    return bool(power[row, col] >= 10.0 * power[beside][:, columns].max())


def _described(power: Power, row: int, col: int, length: int) -> Peak:
    count, top = power.shape[1], float(power[row, col])
    reach = [_reach(power[row], col, step, 0.1 * top) for step in (-1, 1)]
    along = _between(power[row - 1, col], top, power[row + 1, col])
    across = _between(power[row, col - 1], top, power[row, (col + 1) % count])
    return Peak(top, row, col, reach[0], reach[1], (row + along) / length, (col + across) / count)


def _reach(powers: NDArray[Any], col: int, step: int, enough: float) -> int:
    """Return how far a peak reaches in one direction; its sides may be ragged, because a phase that wanders makes many peaks."""
    farthest = 1
    for distance in range(1, len(powers) // 12):
        if powers[(col + step * distance) % len(powers)] > enough:
            farthest = distance
        elif distance > farthest + 1:
            break
    return farthest


def _between(left: Any, top: float, right: Any) -> float:
    """Return where between bins the top is, by a parabola through three logarithms."""
    if not (left > 0 and right > 0):
        return 0.0
    a, c = log(float(left) / top), log(float(right) / top)
    return 0.5 * (a - c) / (a + c) if a + c < 0.0 else 0.0


def _apart(one: Peak, other: Peak, count: int) -> int:
    distance = (one.advance_bin - other.advance_bin) % count
    return min(distance, count - distance)


def _band(power: Power, peak: Peak) -> float:
    """Return the power of a peak, less that of its surroundings."""
    columns = np.arange(peak.advance_bin - peak.below - 1, peak.advance_bin + peak.above + 2) % power.shape[1]
    # The mean of exponentially distributed powers is 1 / log(2) times their median.
    level = 1.4427 * _surroundings(power, peak.bin, peak.advance_bin)
    return max(0.0, total(power[peak.bin - 1 : peak.bin + 2][:, columns]) - 3 * len(columns) * level)


def _detail(power: Power) -> NDArray[np.float64]:
    """Return logarithms less those a few bins away, so that it counts where single waves are, not how the spectrum falls."""
    logarithms = log(power.astype(np.float64) + 1e-30)
    detail = logarithms[:, 4:-4] - 0.5 * (logarithms[:, :-8] + logarithms[:, 8:])
    return detail - total(detail) / max(detail.size, 1)
