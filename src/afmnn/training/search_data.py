"""The images of a search: those to learn from, and those held out for validation, the same for all trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .. import _check
from .._typing import Heights
from ..image import Image
from .arguments import as_fraction, read_pairs, read_validation_pairs, split_validation
from .pairs import TrainingPair
from .trial_folder import digest
from .trials import Settings


class SearchData(NamedTuple):
    """Images to learn from, as arguments and keywords of `train`, and those for validation."""

    arguments: tuple[Any, ...]
    keywords: Mapping[str, Any]
    validation_pairs: Sequence[TrainingPair]
    unit: str
    digest: str


def read_data(
    noisy: Any, ideal: Any, mask: Any, mask_mode: str, validation: Any, *, settings: Sequence[Settings], key: int
) -> SearchData:
    """Read the arguments of `search` that are images; what is held out lies beyond the largest window of all `settings`."""
    fraction = as_fraction(validation)
    if validation is None:
        raise ValueError("validation must say what to judge by, got None")
    if noisy is None or ideal is None:
        if noisy is not None or ideal is not None or mask is not None:
            raise ValueError("noisy and ideal must be given both or, without a mask, not at all")
        if fraction is not None:
            raise ValueError(f"validation must be pairs where noisy is None, got {validation!r}")
        validation_pairs = read_validation_pairs(validation)
        return SearchData((), {}, validation_pairs, str(validation_pairs[0].units.get("unit_z", "")), digest(validation_pairs))
    pairs = read_pairs(noisy, ideal, mask, mask_mode)
    keywords = {} if mask is None else {"mask": mask, "mask_mode": mask_mode}
    unit = str(pairs[0].units.get("unit_z", ""))
    if fraction is None:
        validation_pairs = read_validation_pairs(validation)
        return SearchData((noisy, ideal), keywords, validation_pairs, unit, digest([*pairs, *validation_pairs]))
    if mask is not None:
        raise ValueError(f"validation must be pairs where mask is given, got {validation!r}")
    windows = [_check.rows_cols("window", chosen.get("window") or 27) for chosen in settings]
    largest = max(rows for rows, _ in windows), max(cols for _, cols in windows)
    kept, validation_pairs = split_validation(pairs, fraction, largest, key)
    arguments: Any = [as_image(pair, pair.noisy) for pair in kept], [as_image(pair, pair.ideal) for pair in kept]
    if len(kept) == 1:  # "gwyddion" takes no lists
        arguments = arguments[0][0], arguments[1][0]
    return SearchData(arguments, {}, validation_pairs, unit, digest([*kept, *validation_pairs]))


def as_image(pair: TrainingPair, heights: Heights) -> Heights | Image:
    """Return heights with the units that the pair came with."""
    if not pair.units:
        return heights
    dy, dx = pair.units["pixel_size"]
    rows, cols = heights.shape
    return Image(heights, (dy * rows, dx * cols), pair.units["unit_xy"], pair.units["unit_z"])
