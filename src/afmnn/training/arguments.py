"""The images that training is given: reading the arguments noisy, ideal, mask and validation of train()."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import _check
from .._masks import MASK_MODES, chosen
from .._typing import Units
from ..image import Image, check_pair, pair_in_base_units, unwrap
from .pairs import TrainingPair


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
    return [_pair(a, b, m, mask_mode, name) for a, b, m, name in zip(noisy_images, ideal_images, masks, names, strict=True)]


def as_fraction(validation: Any) -> float | None:
    """Return the argument validation where it is a number, which must then be a fraction; None where it has to be pairs."""
    if isinstance(validation, (float, int, np.floating, np.integer)) and not isinstance(validation, bool):
        return float(validation)
    return None


def read_validation_pairs(validation: Any) -> list[TrainingPair]:
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


def split_validation(
    pairs: list[TrainingPair], fraction: float, window: tuple[int, int], key: int
) -> tuple[list[TrainingPair], list[TrainingPair]]:
    """Hold out a fraction: whole images, or of a single one the last rows, a window's height away from the others."""
    if not 0.0 < fraction < 1.0:
        raise ValueError(f"validation must be a fraction between 0 and 1, got {fraction!r}")
    if len(pairs) > 1:
        count = min(max(1, round(fraction * len(pairs))), len(pairs) - 1)
        drawn = np.random.Philox(key=key).random_raw(len(pairs))  # in the order of random numbers, in random order
        held_out = set(np.argsort(drawn, kind="stable")[:count].tolist())
        return [p for i, p in enumerate(pairs) if i not in held_out], [p for i, p in enumerate(pairs) if i in held_out]
    rows, height = len(pairs[0].noisy), window[0]
    block = max(round(fraction * rows), 1)
    if block <= height or rows - block - height <= height:
        raise ValueError(
            f"validation must leave more rows than the window's {height} on both sides of a gap of {height} rows, "
            f"got {fraction!r} of {rows} rows"
        )
    return [pairs[0].rows(0, rows - block - height)], [pairs[0].rows(rows - block, rows)]


def _sequence(value: Any) -> Sequence[Any]:
    """Several images from a list, a tuple or a three-dimensional array; one from everything else."""
    if isinstance(value, (list, tuple)):
        return value
    if not isinstance(value, Image) and getattr(value, "ndim", 2) == 3:
        return [value[i] for i in range(len(value))]
    return [value]


def _pair(noisy_image: Any, ideal_image: Any, mask: Any, mask_mode: str, name: str) -> TrainingPair:
    pair = noisy_image, ideal_image
    noisy_image, ideal_image = pair_in_base_units(*pair)
    noisy = unwrap(f"noisy{name}", noisy_image, finite=False, missing="mask=")
    ideal = unwrap(f"ideal{name}", ideal_image, finite=False, missing="mask=")
    if ideal.shape != noisy.shape:
        raise ValueError(f"ideal{name} must have the shape of noisy{name} {noisy.shape}, got {ideal.shape}")
    units: Units = {}
    if isinstance(noisy_image, Image):
        units = {"unit_xy": noisy_image.unit_xy, "unit_z": noisy_image.unit_z, "pixel_size": list(noisy_image.pixel_size)}
        if isinstance(ideal_image, Image):
            check_pair(*pair)
    valid = None
    if mask is not None:
        given = unwrap(f"mask{name}", mask)
        if given.shape != noisy.shape:
            raise ValueError(f"mask{name} must have the shape of noisy{name} {noisy.shape}, got {given.shape}")
        if mask_mode != "ignore":
            valid = chosen(given, mask_mode)
    if valid is None:
        _check.all_finite(f"noisy{name}", noisy)
        _check.all_finite(f"ideal{name}", ideal)
    else:
        _check.all_finite(f"noisy{name}", np.where(valid, noisy, 0.0))
        _check.all_finite(f"ideal{name}", np.where(valid, ideal, 0.0))
    return TrainingPair(noisy, ideal, valid, units, name)


def _described(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)
