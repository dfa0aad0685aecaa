"""Training pairs: a noisy image and its ideal, in heights (`TrainingPair`) and in the network's scale (`ScaledPair`)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .. import _core
from .._typing import Float64s, Heights, Mask, Units
from ..correct.level import level
from ..nn import apply as nn_apply
from ..nn.marks import FURTHEST_LEARNED, marks, remark, remark_on_range
from ..nn.network import Network
from ..nn.scaling import LEVELLED, LinearScaling, Scaling, measure_pair, refuse_far
from ..nn.windows import padded, valid_region, windows_touching
from .alignment import aligned


class ScaledPair(NamedTuple):
    """A training pair in the network's scale, as the core's trainers take it."""

    noisy: Heights
    ideal: Heights
    weight: Heights | None  # of each pixel's squared error; None: all count once
    height: float  # of one unit of the scale
    previous: Heights | None = None  # what the stages before the one in training made of `noisy`

    def padded(self, window: tuple[int, int]) -> ScaledPair:
        """Return the pair continued beyond its edges, so that every pixel has a window, and borders are learned, too."""
        noisy, ideal = padded(self.noisy, window), padded(self.ideal, window)
        weight, previous = (None if image is None else padded(image, window) for image in (self.weight, self.previous))
        return ScaledPair(noisy, ideal, weight, self.height, previous)


class TrainingPair(NamedTuple):
    """One noisy image and its ideal, checked."""

    noisy: Heights
    ideal: Heights
    valid: Mask | None  # which pixels to learn from; None: all
    units: Units
    name: str = ""  # in messages
    scaling: Scaling = Scaling("robust", 0.0, 1.0, 0.0, 1.0)
    region: tuple[slice, slice] = (slice(0), slice(0))  # of the pixels whose windows lie inside the image
    previous: Float64s | None = None  # what the stages before the one in training made of `noisy`
    remark: str = ""  # what whoever trains should be told

    def rows(self, first: int, last: int) -> TrainingPair:
        """Return the pair cut to some rows."""
        valid = None if self.valid is None else self.valid[first:last]
        return self._replace(noisy=self.noisy[first:last], ideal=self.ideal[first:last], valid=valid)

    def prepared(self, kind: str, window: tuple[int, int], threads: int, *, alike: bool = False) -> TrainingPair:
        """Return the pair with its scaling measured, and without the pixels whose windows touch missing heights or marks.

        Because levelled images are padded when they are learned from, each of their pixels has its window. Because all networks
        but Gwyddion's are blind to offsets, they learn the relief: the ideal image gets the zero and the tilt of the noisy one,
        unless both are known to be `alike`.
        """
        names = (f"noisy{self.name}", f"ideal{self.name}")
        region = self._region(kind, window)
        scaling = measure_pair(kind, self.noisy, self.ideal, threads, self.name)
        far, ideal = marks(self.noisy, scaling, threads), self.ideal
        valid = self._valid_windows(far, region, window, levelled=kind in LEVELLED)
        if kind == "min-max":
            note = remark_on_range(dict(zip(names, (self.noisy, ideal), strict=True)), threads)
        else:
            ideal = ideal if alike else aligned(self.noisy, ideal, valid)
            targets = ideal if self.valid is None else np.where(self.valid, ideal, np.nan)
            _, low, high = _core.finite_range(targets, threads)
            refuse_far(names[1], low, high, scaling.in_shift, scaling.in_factor)
            off = marks(ideal, scaling, threads)
            note = remark(dict(zip(names, map(self._count, (far, off)), strict=True)), scaling)
            if off.any():
                valid = ~off if valid is None else valid & ~off
        if valid is not None and not valid[region].any():
            raise ValueError(f"mask{self.name} must leave a pixel whose window lies inside the image, got none")
        return self._replace(ideal=ideal, valid=valid, scaling=scaling, region=region, remark=note)

    def _region(self, kind: str, window: tuple[int, int]) -> tuple[slice, slice]:
        shape, needed = self.noisy.shape, (1, 1) if kind in LEVELLED else window
        without_last = kind == "min-max"
        if any(length < side + without_last for length, side in zip(shape, needed, strict=True)):
            raise ValueError(f"window must fit into noisy{self.name} of shape {shape}, got {window}")
        return valid_region(shape, needed, without_last=without_last)

    def _valid_windows(self, far: Mask, region: tuple[slice, slice], window: tuple[int, int], *, levelled: bool) -> Mask | None:
        """Return the pixels to learn from whose windows hold neither a missing height nor one far away; None for all."""
        if self.valid is None and not far.any():
            return None
        valid = np.ones(far.shape, bool) if self.valid is None else self.valid.copy()
        missing = far | ~np.isfinite(self.noisy)
        touching = windows_touching(padded(missing, window) if levelled else missing, window)
        valid[region] &= ~touching[: region[0].stop - region[0].start, : region[1].stop - region[1].start]
        return valid

    def _count(self, far: Mask) -> int:
        """Count the marks that no mask leaves out."""
        return int(np.count_nonzero(far if self.valid is None else far & self.valid))

    def scaled(self, dtype: type) -> ScaledPair:
        """Return the pair in the network's scale."""
        s, kind = LinearScaling.of(self.scaling), self.scaling.kind
        plane = self.scaling.plane(self.noisy.shape) if self.scaling.levelled else None
        noisy = _scaled(self.noisy, plane, s.in_shift, s.in_factor, dtype)
        ideal = _scaled(self.ideal, plane, s.out_shift, s.out_factor, dtype)
        previous = None if self.previous is None else _scaled(self.previous, plane, s.out_shift, s.out_factor, dtype)
        weight: Heights | None = None
        if self.valid is not None:
            weight = self.weight().astype(dtype)
            furthest = FURTHEST_LEARNED * s.in_factor / self.scaling.in_factor
            for heights in (noisy, ideal):  # missing, or marks for missing pixels
                heights[~np.isfinite(heights) if kind == "min-max" else ~(np.abs(heights) <= furthest)] = 0.0
        return ScaledPair(noisy, ideal, weight, 1.0 / s.out_factor, previous)

    def where_valid(self) -> Mask:
        """Return the pixels with a noisy and an ideal height to learn from, also those whose windows do not lie inside."""
        return np.ones(self.noisy.shape, bool) if self.valid is None else self.valid

    def plane_of_ideal(self) -> Float64s:
        """Return the plane that lies closest to the valid pixels of the ideal image: what is left of that is its relief."""
        valid = self.where_valid()
        heights = np.where(valid, self.ideal, self.ideal[valid][0]).astype(np.float64)
        return np.asarray(heights - level(heights, "plane", mask=valid))

    def weight(self) -> Float64s:
        """Return 1 where a pixel counts and 0 elsewhere, for the whole image."""
        weight = np.zeros(self.noisy.shape)
        weight[self.region] = 1.0 if self.valid is None else self.valid[self.region]
        return weight


def result_for(network: Network, pair: TrainingPair, scaling: Scaling, threads: int) -> Float64s:
    """Apply all stages to the noisy image, or only the last where the pair holds the result of those before."""
    noisy = pair.noisy.astype(np.float64, copy=False)
    result = np.empty(noisy.shape)
    nn_apply.run(network, noisy, result, LinearScaling.of(scaling), threads=threads, previous=pair.previous)
    return result


def with_previous_result(network: Network, pair: TrainingPair, threads: int) -> TrainingPair:
    """Return the pair with what the stages before `network` make of it, from which its last stage learns."""
    if network.before is None:
        return pair
    return pair._replace(previous=result_for(network.before, pair, pair.scaling, threads))


def _scaled(heights: Heights, plane: Float64s | None, shift: float, factor: float, dtype: type) -> Heights:
    """Heights to network scale, in double precision whatever they are stored in."""
    scaled = heights.astype(np.float64)
    if plane is not None:
        scaled -= plane
    scaled -= shift
    scaled *= factor
    with np.errstate(over="ignore"):  # of masked heights, which do not count
        return scaled.astype(dtype, copy=False)
