"""Training pairs: reading the arguments noisy, ideal, mask and validation of train()."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _check, _core
from . import scaling as _scaling
from .image import Image, check_pair, unwrap
from .scaling import Scaling

MASK_MODES = ("include", "exclude", "ignore")

#: Noisy and ideal heights and weights of pixels in the network's scale, and the height of one unit.
Scaled = tuple[NDArray[Any], NDArray[Any], NDArray[Any] | None, float]


@dataclasses.dataclass(frozen=True)
class TrainingPair:
    """One noisy image and its ideal, checked; `usable` says which pixels to learn from (None: all)."""

    noisy: NDArray[Any]
    ideal: NDArray[Any]
    usable: NDArray[np.bool_] | None
    units: dict[str, Any]
    name: str = ""
    scaling: Scaling = dataclasses.field(default_factory=lambda: Scaling("robust", 0.0, 1.0, 0.0, 1.0))
    inside: tuple[slice, slice] = (slice(0), slice(0))
    earlier: NDArray[np.float64] | None = None  # what the stages before the one in training made of `noisy`

    def rows(self, first: int, last: int) -> TrainingPair:
        """Return the pair cut to some rows."""
        usable = None if self.usable is None else self.usable[first:last]
        return dataclasses.replace(self, noisy=self.noisy[first:last], ideal=self.ideal[first:last], usable=usable)

    def prepared(self, kind: str, window: tuple[int, int], threads: int) -> TrainingPair:
        """Return the pair with its scaling measured, and with the pixels dropped whose windows touch missing heights.

        Levelled images are `continued` when they are learned from, so that every pixel has its window.
        """
        levelled = kind == "levelled"
        (rows, cols), (height, width) = self.noisy.shape, (1, 1) if levelled else window
        # Gwyddion's network leaves out the last window of each axis.
        spare = 1 if kind == "min-max" else 0
        if rows < height + spare or cols < width + spare:
            raise ValueError(f"window must fit into noisy{self.name} of shape {self.noisy.shape}, got {window}")
        scaling = _scaling.measure_pair(kind, self.noisy, self.ideal, threads, self.name)
        inside = (
            slice(height // 2, rows - height + 1 - spare + height // 2),
            slice(width // 2, cols - width + 1 - spare + width // 2),
        )
        usable = self.usable
        if usable is not None:
            usable = usable.copy()
            missing = ~np.isfinite(self.noisy)
            missing = continued(missing, window) if levelled else missing
            usable[inside] &= ~_touches(missing, window)[: inside[0].stop - inside[0].start, : inside[1].stop - inside[1].start]
            if not usable[inside].any():
                raise ValueError(f"mask{self.name} must leave a pixel whose window lies inside the image, got none")
        if kind != "min-max":
            targets = self.ideal if usable is None else np.where(usable, self.ideal, np.nan)
            _, low, high = _core.finite_range(targets, threads)
            _scaling.refuse_far(f"ideal{self.name}", low, high, scaling.in_shift, scaling.in_factor)
        return dataclasses.replace(self, usable=usable, scaling=scaling, inside=inside)

    def scaled(self, dtype: type) -> Scaled:
        """Return noisy, ideal and weight in the network's scale, and the height of one unit of its output."""
        s = self.scaling
        noisy, ideal = self.noisy, self.ideal
        if s.kind == "levelled":
            plane = s.plane(noisy.shape)
            noisy, ideal = noisy - plane, ideal - plane
        noisy = _scaled(noisy, s.in_shift, s.in_factor, dtype)
        ideal = _scaled(ideal, s.out_shift, s.out_factor, dtype)
        weight: NDArray[Any] | None = None
        if self.usable is not None:
            weight = self.weight_of_pixels().astype(dtype)
            noisy[~np.isfinite(noisy)] = 0.0
            ideal[~np.isfinite(ideal)] = 0.0
        return noisy, ideal, weight, 1.0 / s.out_factor

    def scaled_earlier(self, dtype: type) -> NDArray[Any] | None:
        """Return what the stages before made of `noisy` in the network's scale."""
        s, earlier = self.scaling, self.earlier
        return None if earlier is None else _scaled(earlier - s.plane(earlier.shape), s.out_shift, s.out_factor, dtype)

    def weight_of_pixels(self) -> NDArray[np.float64]:
        """Return 1 where a pixel counts and 0 elsewhere, for the whole image."""
        weight = np.zeros(self.noisy.shape)
        weight[self.inside] = 1.0 if self.usable is None else self.usable[self.inside]
        return weight


def read_pairs(noisy: Any, ideal: Any, mask: Any = None, mask_mode: str = "ignore", where: str = "") -> list[TrainingPair]:
    """Check the images of train() and pair them; `where` says in messages which images they are."""
    _check.choice("mask_mode", mask_mode, MASK_MODES)
    noisy_images, ideal_images = _sequence(noisy), _sequence(ideal)
    if len(noisy_images) != len(ideal_images):
        counts = f"{len(ideal_images)} for {len(noisy_images)}"
        raise ValueError(f"ideal{where} must have as many images as noisy{where}, got {counts}")
    if not noisy_images:
        raise ValueError(f"noisy{where} must have at least one image, got none")
    masks: Sequence[Any] = [None] * len(noisy_images) if mask is None else _sequence(mask)
    if len(masks) != len(noisy_images):
        raise ValueError(f"mask must have as many images as noisy, got {len(masks)} for {len(noisy_images)}")
    names = [where] if len(noisy_images) == 1 else [f"[{i}]{where}" for i in range(len(noisy_images))]
    return [
        _pair(a, b, marks, mask_mode, name) for a, b, marks, name in zip(noisy_images, ideal_images, masks, names, strict=True)
    ]


def validation_pairs(validation: Any) -> list[TrainingPair]:
    """Read the argument validation where it is pairs: one (noisy, ideal), or a list of them."""
    what = "validation must be a fraction, a pair (noisy, ideal) or a list of such pairs"
    pairs = validation if isinstance(validation, list) else [validation]
    for pair in pairs:
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise ValueError(f"{what}, got {_described(validation)}")
    if not pairs or (isinstance(validation, tuple) and all(isinstance(one, tuple) for one in validation)):
        # Two tuples may be two pairs or the noisy and the ideal images: better ask than guess.
        raise ValueError(f"{what}, got {_described(validation)}")
    places = [" of validation"] if len(pairs) == 1 else [f" of validation[{i}]" for i in range(len(pairs))]
    return [pair for (noisy, ideal), where in zip(pairs, places, strict=True) for pair in read_pairs(noisy, ideal, where=where)]


def _described(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)


def split_validation(
    pairs: list[TrainingPair], fraction: float, window: tuple[int, int], key: int
) -> tuple[list[TrainingPair], list[TrainingPair]]:
    """Hold out a fraction: whole images, or of a single one the last rows, a window's height away from the others."""
    if not 0.0 < fraction < 1.0:
        raise ValueError(f"validation must be a fraction between 0 and 1, got {fraction!r}")
    if len(pairs) > 1:
        count = min(max(1, round(fraction * len(pairs))), len(pairs) - 1)
        drawn = np.random.Philox(key=key).random_raw(len(pairs))  # in the order of random numbers, in random order
        chosen = set(np.argsort(drawn, kind="stable")[:count].tolist())
        return [p for i, p in enumerate(pairs) if i not in chosen], [p for i, p in enumerate(pairs) if i in chosen]
    rows, height = len(pairs[0].noisy), window[0]
    block = max(round(fraction * rows), 1)
    if block <= height or rows - block - height <= height:
        raise ValueError(
            f"validation must leave more rows than the window's {height} on both sides of a gap of {height} rows, "
            f"got {fraction!r} of {rows} rows"
        )
    return [pairs[0].rows(0, rows - block - height)], [pairs[0].rows(rows - block, rows)]


def continued(image: NDArray[Any], window: tuple[int, int]) -> NDArray[Any]:
    """Continue an image as apply() does by default, so that there is a window around each of its pixels."""
    height, width = window
    return np.pad(image, ((height // 2, height - 1 - height // 2), (width // 2, width - 1 - width // 2)), mode="symmetric")


def all_continued(scaled: Scaled, earlier: NDArray[Any] | None, window: tuple[int, int]) -> tuple[Scaled, NDArray[Any] | None]:
    """Continue all images of a pair in the network's scale, and what the stages before made of it."""
    *images, unit = scaled
    noisy, ideal, weight, before = (None if image is None else continued(image, window) for image in (*images, earlier))
    assert noisy is not None
    assert ideal is not None
    return (noisy, ideal, weight, unit), before


def _scaled(heights: NDArray[Any], shift: float, factor: float, dtype: type) -> NDArray[Any]:
    """Heights to network scale, in double precision whatever they are stored in."""
    scaled = heights.astype(np.float64)
    scaled -= shift
    scaled *= factor
    with np.errstate(over="ignore"):  # of masked heights, which do not count
        return scaled.astype(dtype, copy=False)


def _sequence(value: Any) -> Sequence[Any]:
    """Several images from a list, a tuple or a three-dimensional array; one from everything else."""
    if isinstance(value, (list, tuple)):
        return value
    if not isinstance(value, Image) and getattr(value, "ndim", 2) == 3:
        return [value[i] for i in range(len(value))]
    return [value]


def _pair(noisy_image: Any, ideal_image: Any, mask: Any, mask_mode: str, name: str) -> TrainingPair:
    noisy = unwrap(f"noisy{name}", noisy_image, finite=False)
    ideal = unwrap(f"ideal{name}", ideal_image, finite=False)
    if ideal.shape != noisy.shape:
        raise ValueError(f"ideal{name} must have the shape of noisy{name} {noisy.shape}, got {ideal.shape}")
    units: dict[str, Any] = {}
    if isinstance(noisy_image, Image):
        units = {"unit_xy": noisy_image.unit_xy, "unit_z": noisy_image.unit_z, "pixel_size": list(noisy_image.pixel_size)}
        if isinstance(ideal_image, Image):
            check_pair(noisy_image, ideal_image)
    usable = None
    if mask is not None:
        marks = unwrap(f"mask{name}", mask)
        if marks.shape != noisy.shape:
            raise ValueError(f"mask{name} must have the shape of noisy{name} {noisy.shape}, got {marks.shape}")
        if mask_mode != "ignore":
            usable = marks >= 1 if mask_mode == "include" else marks <= 0
    if usable is None:
        _check.all_finite(f"noisy{name}", noisy)
        _check.all_finite(f"ideal{name}", ideal)
    else:
        _check.all_finite(f"noisy{name}", np.where(usable, noisy, 0.0))
        _check.all_finite(f"ideal{name}", np.where(usable, ideal, 0.0))
    return TrainingPair(noisy, ideal, usable, units, name)


def _touches(bad: NDArray[np.bool_], window: tuple[int, int]) -> NDArray[np.bool_]:
    """Whether each window inside the image contains a bad pixel."""
    sums = np.zeros((bad.shape[0] + 1, bad.shape[1] + 1), np.int64)
    sums[1:, 1:] = bad.cumsum(axis=0).cumsum(axis=1)
    height, width = window
    return (sums[height:, width:] - sums[:-height, width:] - sums[height:, :-width] + sums[:-height, :-width]) > 0
