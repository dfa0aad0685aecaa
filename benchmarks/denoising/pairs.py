"""Real scans that were recorded twice, and what can be scored on them without knowing the truth: D, RR, S and R.

The folder has ``pairs/`` and ``real/`` beside each other (`--pairs` is the first). Scans come with the least-squares plane taken
off. Every arm sees one direction at a time; the other one only scores.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy import ndimage

import afmnn

Floats = np.ndarray
Clean = Callable[[Floats], Floats]

#: Trace and retrace: file, and the channels' titles or, where both have one, their numbers.
DIRECTIONS = {
    "aila_step": ("aila_step_1.nid", "Z-Axis forward", "Z-Axis backward"),
    "aila_glass": ("aila_glass.nid", "Z-Axis forward", "Z-Axis backward"),
    "di2": ("surfacetopography_di2.di", 0, 1),
    "kpfm": ("../real/asylum_kpfm.ibw", "HeightTrace", "HeightRetrace"),
    "dimensionv": ("../real/bruker_dimensionv.spm", 0, 1),
    "moire": ("../real/nanonis_moire.sxm", "Z (Forward)", "Z (Backward)"),
    "circles": ("../real/nanosurf_circles.nid", "Topography forward", "Topography backward"),
    "mos2": ("../real/nanosurf_mos2_512x256.nid", "Z-Axis forward", "Z-Axis backward"),
    "sapphire": ("../real/nanosurf_sapphire.nid", "Z-Axis forward", "Z-Axis backward"),
}
LAG = 15  # at most, in pixels


def plane_off(image: Floats) -> Floats:
    """Take off the least-squares plane."""
    y, x = np.indices(image.shape)
    terms = np.stack([np.ones(image.size), y.ravel(), x.ravel()], axis=1)
    fitted = terms @ np.linalg.lstsq(terms, image.ravel(), rcond=None)[0]
    return image - fitted.reshape(image.shape)


@cache
def directions(folder: Path) -> tuple[Twice, ...]:
    """Return scans in both directions; and one with its repeat, which counts with them as it does in the shared scorer."""
    both = [Twice(name, *(_read(folder / file, channel) for channel in titles)) for name, (file, *titles) in DIRECTIONS.items()]
    return *both, Twice("aila_step, repeat", *_frames(folder, 1, 2))


@cache
def repeats(folder: Path) -> tuple[Twice, ...]:
    """Return scans with another of the same place some minutes later, same direction."""
    return tuple(Twice(f"aila_step {one}, {two}", *_frames(folder, one, two)) for one, two in ((1, 3), (2, 3)))


def _frames(folder: Path, *numbers: int) -> list[Floats]:
    return [_read(folder / f"aila_step_{number}.nid", "Z-Axis forward") for number in numbers]


def _read(file: Path, channel: int | str) -> Floats:
    return plane_off(np.asarray(afmnn.read_image(file, channel=channel).data, float))


def level_rows(image: Floats) -> Floats:
    """Take off the medians of the rows."""
    return image - np.median(image, axis=1, keepdims=True)


class Registration:
    """Maps another scan onto this one by a lag along the line that may bend with it; both raw."""

    def __init__(self, this: Floats, other: Floats) -> None:
        fine = [self._fine(image) for image in (this, other)]
        self.columns = this.shape[1]
        whole, best = self._lag(fine, 0, self.columns)
        parts = []
        ends = np.linspace(0, self.columns, 9).astype(int)
        for first, last in pairwise(ends):
            lag, correlation = self._lag(fine, first, last)
            if correlation > 0.6 * best and abs(lag - whole) < 5:
                parts.append((0.5 * (first + last), lag))
        x = np.arange(self.columns, dtype=float)
        fits = [np.full_like(x, whole)]
        if len(parts) >= 5:
            fits.append(np.polyval(np.polyfit(*np.transpose(parts), 2), x))
        self.lag = min(fits, key=lambda lag: np.std(fine[0] - self._moved(fine[1], lag)))
        margin = int(np.ceil(np.abs(self.lag).max())) + 1
        self.inside = slice(margin, self.columns - margin)

    def __call__(self, image: Floats) -> Floats:
        """Return an image of the other scan where this one is."""
        return self._moved(image, self.lag)

    @staticmethod
    def _fine(image: Floats) -> Floats:
        smooth = ndimage.gaussian_filter(level_rows(plane_off(image)), 1.0)
        fine = smooth - ndimage.gaussian_filter(smooth, 12.0)
        return np.clip(fine, *np.percentile(fine, [1, 99]))

    def _lag(self, fine: list[Floats], first: int, last: int) -> tuple[float, float]:
        """Return the lag of greatest correlation in some columns, between pixels by a parabola, and that correlation."""
        found = []
        for lag in range(-LAG, LAG + 1):
            at = np.arange(max(first, lag, 0), min(last, self.columns + min(lag, 0)))
            at = at[(at - lag >= 0) & (at - lag < self.columns)]
            enough = len(at) > 8
            found.append(np.corrcoef(fine[0][:, at].ravel(), fine[1][:, at - lag].ravel())[0, 1] if enough else -1.0)
        k = int(np.clip(np.argmax(found), 1, 2 * LAG - 1))
        before, top, after = found[k - 1 : k + 2]
        bend = before - 2 * top + after
        return k - LAG + (0.5 * (before - after) / bend if bend < 0 else 0.0), top

    @staticmethod
    def _moved(image: Floats, lag: Floats) -> Floats:
        rows, cols = (np.arange(n, dtype=float) for n in image.shape)
        return ndimage.map_coordinates(image, np.meshgrid(rows, cols - lag, indexing="ij"), order=3, mode="nearest")


class Twice:
    """Two scans of one place, and how the other one lies on this one."""

    def __init__(self, name: str, this: Floats, other: Floats) -> None:
        self.name, self.this, self.other = name, this, other
        self.moved = Registration(this, other)

    def seen(self, image: Floats) -> Floats:
        """Return the columns that both have, less a plane and the medians of the rows."""
        return level_rows(plane_off(image))[:, self.moved.inside]

    def distance(self, cleaned: Floats) -> float:
        """Return D, of two directions, or R, of repeats: rms of cleaned less raw other, over that of raw this less raw other."""
        other = self.moved(self.other)
        return _rms(self.seen(cleaned - other)) / _rms(self.seen(self.this - other))

    def scores(self, clean: Clean) -> tuple[float, float, float]:
        """Return D, RR and S.

        RR: correlation of what was taken off the one with what was taken off the other. S: max(RR, 0) times the rms of what was
        taken off, over that of the cleaned relief.
        """
        cleaned = clean(self.this)
        taken = self.seen(self.this - cleaned), self.seen(self.moved(self.other - clean(self.other)))
        off, off_other = (np.clip(image, *np.percentile(image, [1, 99])) for image in taken)
        any_off = off.std() > 0 and off_other.std() > 0
        shared = float(np.corrcoef(off.ravel(), off_other.ravel())[0, 1]) if any_off else 0.0
        return self.distance(cleaned), shared, max(shared, 0.0) * float(off.std() / self.seen(cleaned).std())


def _rms(image: Floats) -> float:
    return float(np.sqrt(np.mean(np.square(image))))
