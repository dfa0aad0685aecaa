"""How often warnings and verdicts are right: ``python benchmarks/quality/unfamiliar.py NETWORK [--pairs FOLDER] [--strength X]``.

On scans whose truth is known, each with the same sample under other noise, and on real scans of both directions. Damage is D
above 1.005 or S above 3 %. D: rms error after over before; where the truth is known, only if the error has grown by more than
2 % of the sample. S: the share of the sample that went, the correlation of what was taken off the one with what was taken off the
other, times the rms of what was taken off, over that of the sample, all less the medians of their lines.

(Not called warnings.py, because Python would import it in place of its own module.)
"""

from __future__ import annotations

import argparse
import math
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from _scans import Scan, scans

import afmnn
from afmnn.evaluation.verdict import verdict
from afmnn.nn.unfamiliar import unfamiliar

WORST_D, WORST_S, GROWN = 1.005, 0.03, 0.02
#: Of each warning, how its text begins.
RULES = {
    "noise against relief": "noise from line to line is",
    "fine structure against relief": "heights change from line to line",
    "a mark for a missing pixel": "the image has a height that",
    "on its side": "line defects run along the columns",
}
MARK = -900.0  # lower heights are marks, whose own error does not count
Floats = np.ndarray


class Row(NamedTuple):
    """One scan: whether it was damaged, what was said, the verdict, and what it were without what is known of such networks."""

    kind: str
    name: str
    d: float
    s: float
    damaged: bool
    texts: list[str]
    level: str
    by_figures: str


def flat(image: Floats) -> Floats:
    """Take off a plane, and the medians of the lines."""
    return _less_rows(np.asarray(afmnn.level(image)))


def known(scan: Scan, clean: Callable[[Floats], Floats]) -> tuple[float, float, bool]:
    """Return D, S, and whether that is damage, where the truth is known."""
    cleaned, again = clean(scan.noisy), clean(scan.again)
    bad = np.minimum(scan.noisy, scan.again) < MARK
    before, after = (_rms(np.where(bad, np.nan, image - scan.ideal)) for image in (scan.noisy, cleaned))
    relief = flat(scan.counts)
    size = float(relief.std() if relief.std() > 1e-3 * scan.counts.std() else scan.counts.std())  # grooves along the lines
    taken = [_less_rows(np.where(bad, np.nan, image)) for image in (scan.noisy - cleaned, scan.again - again)]
    off, off_other = (np.clip(image[~bad], *np.percentile(image[~bad], [1, 99])) for image in taken)
    shared = float(np.corrcoef(off, off_other)[0, 1]) if off.std() > 0 and off_other.std() > 0 else 0.0
    s = max(shared, 0.0) * float(off.std()) / size if size > 0 else 0.0
    grown = math.sqrt(max(after**2 - before**2, 0.0)) / (size if size > 0 else before)
    return after / before, s, (after > WORST_D * before and grown > GROWN) or s > WORST_S


class Ways:
    """apply() and clean() with one network, which remember the images of one sample."""

    def __init__(self, network: afmnn.Network, strength: float) -> None:
        self.network, self.strength = network, strength
        self._done: dict[tuple[str, bytes], Any] = {}

    def forget(self) -> None:
        """Forget the images: another sample comes."""
        self._done.clear()

    def apply(self, image: Floats) -> Floats:
        """Return what apply() makes of an image."""
        return self._once("apply", image, lambda: np.asarray(afmnn.apply(self.network, image, strength=self.strength)))

    def clean(self, image: Floats) -> Floats:
        """Return what clean() makes of an image."""
        return np.asarray(self._cleaned(image)[0])

    def rows(self, kind: str, name: str, image: Floats, scores: list[tuple[float, float, bool]]) -> tuple[Row, ...]:
        """Return what is said of an image by apply() and clean(), beside the scores of both."""
        texts = unfamiliar(self.network, image, self.network.measure(image), strength=self.strength)
        info = self._cleaned(image)[1]
        by_figures = verdict(info.figures).level  # as with networks that do not count in the noise
        return tuple(Row(kind, name, *score, texts, info.verdict.level, by_figures) for score in scores)

    def _cleaned(self, image: Floats) -> Any:
        return self._once("clean", image, lambda: afmnn.clean(image, self.network, strength=self.strength, return_info=True))

    def _once(self, what: str, image: Floats, make: Callable[[], Any]) -> Any:
        key = (what, image.tobytes())
        if key not in self._done:
            self._done[key] = make()
        return self._done[key]


def of_synthetic(ways: Ways, seed: int) -> Iterator[tuple[Row, ...]]:
    """Yield what apply() and clean() make of scans whose truth is known."""
    for scan in scans(seed):
        ways.forget()
        yield ways.rows(scan.kind, scan.name, scan.noisy, [known(scan, way) for way in (ways.apply, ways.clean)])


def of_real(ways: Ways, folder: Path) -> Iterator[tuple[Row, ...]]:
    """Yield what apply() and clean() make of real scans, each direction by itself, as they are and with rows levelled."""
    sys.path.append(str(Path(__file__).parents[1] / "denoising"))
    from pairs import Twice, directions, repeats

    for given in (*directions(folder), *repeats(folder)):
        for rows in (False, True):
            ways.forget()
            images = [np.asarray(afmnn.level(z, "rows", rows="difference")) if rows else z for z in (given.this, given.other)]
            for this, other in (images, images[::-1]):
                scores = [Twice(given.name, this, other).scores(way) for way in (ways.apply, ways.clean)]
                yield ways.rows("real", given.name, this, [(d, s, d > WORST_D or s > WORST_S) for d, _, s in scores])


def _less_rows(image: Floats) -> Floats:
    return image - np.nanmedian(image, axis=1, keepdims=True)


def _rms(error: Floats) -> float:
    return float(np.sqrt(np.nanmean((error - np.nanmedian(error)) ** 2)))


def line(name: str, rows: list[Row], told: Callable[[Row], bool]) -> str:
    """Return how often something was said, and how often that was right."""
    damaged = sum(row.damaged for row in rows)
    said = [row for row in rows if told(row)]
    right = sum(row.damaged for row in said)
    return f"{name:34} {len(rows):5} {damaged:8} {len(said):5} {right:6} {len(said) - right:6} {damaged - right:7}"


def table(rows: list[Row], cleaned: list[Row]) -> None:
    """Print what was said of how many scans, all and by kind."""
    print(f"{'':34} {'scans':>5} {'damaged':>8} {'told':>5} {'right':>6} {'false':>6} {'missed':>7}")
    for name, begins in RULES.items():
        print(line(name, rows, lambda row, begins=begins: any(text.startswith(begins) for text in row.texts)))
    aside = RULES["on its side"]  # which is advice, no damage: the result is not worse than it was, but could be far better

    def told(row: Row) -> bool:
        return any(not text.startswith(aside) for text in row.texts)

    print(line("any but on its side", rows, told))
    print(line("verdict by its figures: not fine", cleaned, lambda row: row.by_figures != "fine"))
    print(line("verdict of clean: not fine", cleaned, lambda row: row.level != "fine"))
    print(line("verdict of clean: do not use", cleaned, lambda row: row.level == "do not use"))
    for kind in dict.fromkeys(row.kind for row in rows):
        print(line(f"  warnings, {kind}", [row for row in rows if row.kind == kind], told))
    for row in rows:
        if told(row) != row.damaged:
            print(f"{'missed' if row.damaged else 'false'}: {row.kind}, {row.name}: D {row.d:.3g}, S {100 * row.s:.1f} %")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("network")
    parser.add_argument("--pairs", type=Path, help="folder of real scans that were recorded twice")
    parser.add_argument("--seed", type=int, default=0, help="of samples and noise")
    parser.add_argument("--strength", type=float, default=1.0, help="of apply() and clean(), 0 to 1.5")
    arguments = parser.parse_args()
    ways = Ways(afmnn.load(arguments.network), arguments.strength)
    warnings.simplefilter("ignore")
    found = [*of_synthetic(ways, arguments.seed), *(of_real(ways, arguments.pairs) if arguments.pairs else ())]
    table([one for one, _ in found], [other for _, other in found])


if __name__ == "__main__":
    main()
