"""What a network is worth on lines of scans that it has not learned from, of which there is another recording but no truth."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from .._elementary import exp, log, mean, total
from .._typing import Float64s
from ..metrics import edge_excess
from ..nn.network import Network
from ..synth.instrument_like._numbers import medians
from ..synth.instrument_like._register import Registration, brought_back, register
from .scan_pairs import Target, Twice, cleaned, target_of

#: Standard errors by which an error must differ.
_CERTAIN = 2.0
#: More of the error against the other recording is a rise, certain or not: where a network does better on scenes only.
_RISEN = 1.002
#: By which what is taken off at edges, and the share of the sample that goes, may rise, beside what is chance.
_EDGES, _SHARE = 0.05, 0.005
#: Of so many pixels one is independent, in what is taken off; the tenth of the pixels that count as edges are fewer.
_ALIKE, _ALIKE_AT_EDGES = 4.0, 40.0


class Figures(NamedTuple):
    """Of one network on one place."""

    squares: Float64s  # mean square of cleaned less second recording, line by line
    edges: float  # `metrics.edge_excess`
    share: float  # of the sample's relief that went
    taken: float  # root-mean-square of all that was taken off, of that relief
    pixels: int

    @property
    def error(self) -> float:
        """Root-mean-square of cleaned less second recording; the noise of that is in it."""
        return math.sqrt(mean(self.squares))


def compared(before: Network, after: Network, places: list[Twice], threads: int) -> Comparison:
    """Measure two networks on places; what of these counts is said with the help of the first one."""
    found: tuple[list[Figures], list[Figures]] = ([], [])
    for both in places:
        registration = register(both.first, both.second)
        target = target_of(both, cleaned(before, both.first, threads))
        for network, figures in zip((before, after), found, strict=True):
            figures.append(_figures(network, both, target, registration, threads))
    return Comparison(*found)


def _figures(network: Network, both: Twice, target: Target, registration: Registration, threads: int) -> Figures:
    clean, clean_second = (cleaned(network, heights, threads) for heights in (both.first, both.second))
    apart = np.where(target.doubtful, math.nan, target.heights - clean)
    apart = apart - medians(apart, 1)[:, None]
    there = ~np.isnan(apart)
    counts = np.count_nonzero(there, axis=1)
    enough = 4 * counts > apart.shape[1]
    rows = np.where(there, apart, 0.0)[enough]
    squares = np.array([total(row * row) for row in rows])
    off = both.first - clean
    share, taken = _shares(off, brought_back(both.second - clean_second, registration), clean)
    return Figures(squares / counts[enough], edge_excess(off, clean), share, taken, clean.size)


def _shares(off: Float64s, off_second: Float64s, clean: Float64s) -> tuple[float, float]:
    """Return what of the cleaned relief is taken off that both recordings have in common, and what at all.

    The first is the correlation of what was taken off both, where positive, times the second.
    """
    one, other, relief = (each - medians(each, 1)[:, None] for each in (off, off_second, clean))
    known = ~(np.isnan(one) | np.isnan(other) | np.isnan(relief))
    one, other, relief = (each[known] - mean(each[known]) for each in (one, other, relief))
    below = total(one * one) * total(other * other)
    height = total(relief * relief)
    if not (below > 0.0 and height > 0.0):
        return 0.0, 0.0
    taken = math.sqrt(total(one * one) / height)
    return max(total(one * other) / math.sqrt(below), 0.0) * taken, taken


class Comparison(NamedTuple):
    """Two networks on the same places."""

    before: list[Figures]
    after: list[Figures]

    def certainty(self) -> float:
        """Return by how many standard errors errors are lower after; negative where they are higher."""
        change = np.concatenate([
            (old.squares - new.squares) / mean(old.squares) for old, new in zip(self.before, self.after, strict=True)
        ])  # fmt: skip
        middle = mean(change)
        error = math.sqrt(mean((change - middle) * (change - middle)) / max(len(change) - 1, 1))
        return middle / error if error > 0.0 else 0.0

    def is_better(self) -> bool:
        """Whether errors are certainly lower."""
        return self.certainty() > _CERTAIN

    def objections(self) -> list[str]:
        """Say what has become worse."""
        texts = []
        if self.certainty() < -_CERTAIN or self.error_ratio() > _RISEN:
            texts.append(f"the error against the other recording rose by {100 * (self.error_ratio() - 1):.1f} %")
        for old, new in zip(self.before, self.after, strict=True):
            if new.edges > max(old.edges, 1.0) * (1.0 + _EDGES + math.sqrt(_ALIKE_AT_EDGES / new.pixels)):
                texts.append(f"more is taken off at edges: {old.edges:.2f} -> {new.edges:.2f} times what is elsewhere")
            if new.share > old.share + _SHARE + new.taken * math.sqrt(_ALIKE / new.pixels):
                texts.append(f"more of the sample is taken off: {100 * old.share:.1f} -> {100 * new.share:.1f} %")
        return texts

    def error_ratio(self) -> float:
        """Return the error after over that before, the geometric mean over places."""
        ratios = np.array([new.error / old.error for old, new in zip(self.before, self.after, strict=True)])
        return float(exp(mean(log(ratios))))
