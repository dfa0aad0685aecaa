"""The images of an evaluation: reading the argument `pairs`, and cleaning them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .._typing import Float64s
from .._warn import about
from ..image import Image, check_pair, pair_in_base_units, unwrap

_SMALLEST = 7  # pixels a side: the window of SSIM


class Entry(NamedTuple):
    """One image as it is given, checked, with what is known of it."""

    noisy: Any
    ideal: Float64s | None
    name: str
    where: str  # in messages

    @property
    def label(self) -> str:
        """What it is called in warnings: nothing where it is the only one and has no title."""
        return self.name if isinstance(self.noisy, Image) and self.noisy.title else self.where and f"noisy{self.where}"


class Cleaned(NamedTuple):
    """One image before and after cleaning, cut to the pixels that count; NaN where pixels are missing in any of its images."""

    name: str
    noisy: Image
    cleaned: Float64s
    ideal: Float64s | None


def read_entries(pairs: Any, ideals: Any = None, crop: int = 0, nan: str = "raise") -> list[Entry]:
    """Read the arguments `pairs` and `ideal` of `evaluate`."""
    if ideals is not None:
        pairs = _paired(pairs, ideals)
    several = isinstance(pairs, list)
    items = pairs if several else [pairs]
    if not items:
        raise ValueError("pairs must have at least one image, got none")
    entries = []
    for i, item in enumerate(items):
        where = f"[{i}]" if several else ""
        noisy, ideal = item, None
        if isinstance(item, (tuple, list)):
            if len(item) != 2:
                raise ValueError(f"pairs{where} must be an image or (noisy, ideal), got {len(item)} things")
            noisy, ideal = item
        pair: tuple[Any, Any] = noisy, ideal
        noisy, ideal = pair_in_base_units(*pair)
        heights = unwrap(f"noisy{where}", noisy, finite=nan == "raise", missing="nan='keep'")
        if min(heights.shape) - 2 * crop < _SMALLEST:
            size = f"{_SMALLEST} x {_SMALLEST} pixels"
            raise ValueError(f"crop must leave at least {size}, got {crop} of noisy{where} of shape {heights.shape}")
        truth = None
        if ideal is not None:
            given = unwrap(f"ideal{where}", ideal, finite=nan == "raise", missing="nan='keep'")
            if given.shape != heights.shape:
                raise ValueError(f"ideal{where} must have the shape of noisy{where} {heights.shape}, got {given.shape}")
            if isinstance(noisy, Image) and isinstance(ideal, Image):
                check_pair(*pair)
            truth = given.astype(np.float64)
        name = noisy.title if isinstance(noisy, Image) and noisy.title else str(i)
        entries.append(Entry(noisy, truth, name, where))
    names = [entry.name for entry in entries]
    return [
        entry._replace(name=f"{i}: {entry.name}" if names.count(entry.name) > 1 else entry.name)
        for i, entry in enumerate(entries)
    ]


def _paired(noisy: Any, ideals: Any) -> Any:
    """Return images and their ideals, which are given one after the other, as pairs."""
    images = noisy if isinstance(noisy, list) else [noisy]
    if any(isinstance(image, tuple) for image in images):
        raise ValueError("ideal must be left out where pairs have their own, got both")
    if not isinstance(noisy, list):
        return noisy, ideals
    if not isinstance(ideals, list) or len(ideals) != len(noisy):
        got = f"{len(ideals)} ideals" if isinstance(ideals, list) else type(ideals).__name__
        raise ValueError(f"ideal must be a list of {len(noisy)} where pairs is one of {len(noisy)} images, got {got}")
    return list(zip(noisy, ideals, strict=True))


def clean_entry(entry: Entry, clean: Callable[[Any], Any], crop: int) -> Cleaned:
    """Clean an image and cut all to what counts."""
    before = unwrap("noisy", entry.noisy, finite=False)
    with about(entry.label):
        result = unwrap(f"network(noisy{entry.where})", clean(entry.noisy), finite=False)
    if result.shape != before.shape:
        raise ValueError(f"network(noisy{entry.where}) must have the shape of the image {before.shape}, got {result.shape}")
    noisy = np.where(np.isfinite(before), before, np.nan).astype(np.float64)
    cleaned = np.where(np.isfinite(result), result, np.nan).astype(np.float64)
    ideal = entry.ideal
    missing = np.isnan(noisy) | np.isnan(cleaned)
    if ideal is not None:
        missing |= ~np.isfinite(ideal)
        ideal = np.where(missing, np.nan, ideal)
    if missing.all():
        raise ValueError(f"noisy{entry.where} must have pixels that are not missing, got none")
    if missing.any():
        noisy[missing] = cleaned[missing] = np.nan
    region = tuple(slice(crop, n - crop) for n in noisy.shape)
    image = entry.noisy if isinstance(entry.noisy, Image) else Image(noisy)
    dy, dx = image.pixel_size
    noisy = np.ascontiguousarray(noisy[region])
    shown = image.replace(data=noisy, size=(dy * noisy.shape[0], dx * noisy.shape[1]))
    truth = None if ideal is None else np.ascontiguousarray(ideal[region])
    return Cleaned(entry.name, shown, np.ascontiguousarray(cleaned[region]), truth)
