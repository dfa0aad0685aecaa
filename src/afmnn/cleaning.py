"""clean(): the whole job for one scan, from levelling to a verdict on what was removed."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from . import _check, _units
from ._arithmetic import plain
from ._typing import Float64s, Heights, Progress
from ._version import __version__
from .correct.level import level as levelled
from .evaluation.figures import measured
from .evaluation.place import most_removed, place_in_words
from .evaluation.verdict import Verdict
from .evaluation.verdict import verdict as judge
from .image import Image, unwrap
from .nn.apply import BORDERS, apply
from .nn.digest import network_digest
from .nn.network import Network, as_network

#: What may be left off the result, and the word for that.
LEVELS = ("plane", "rows")


@dataclasses.dataclass(frozen=True, eq=False)
class CleaningInfo:
    """What `afmnn.clean` did to an image, and what is to be thought of it.

    Parameters
    ----------
    residual : Image or ndarray, shape (rows, columns)
        What was removed beside the plane: noise, and whatever else is to be seen in it. In the unit of the image; NaN where
        pixels are missing.
    figures : mapping of str to float
        The figures of `afmnn.evaluate` that need no ideal, of the image less its plane; heights in the base unit (m for nm).
    verdict : Verdict
        What to do with the result, in words: `level` is "fine", "look" or "do not use".
    done : dict
        Version, network (name and digest), corrections in their order, and settings: enough to do it again. Numbers, text, lists
        and dictionaries only.
    """

    residual: Any
    figures: Mapping[str, float]
    verdict: Verdict
    done: dict[str, Any]


class Settings(NamedTuple):
    """What results depend on, beside the image and the network."""

    level: str | None = None
    border: str = "reflect"
    nan: str = "keep"


class Means(NamedTuple):
    """What the steps of cleaning need to know."""

    network: Network
    settings: Settings
    threads: int | None = None
    progress: Progress | None = None


#: A step takes an image, and returns one that is better in one respect.
Step: TypeAlias = Callable[[Any, Means], Any]


@plain
def clean(
    image: ArrayLike | Image,
    network: Network | str | os.PathLike[str] = "universal",
    *,
    level: Literal["plane", "rows"] | None = None,
    border: str = "reflect",
    nan: str = "keep",
    threads: int | None = None,
    progress: Progress | None = None,
    return_info: bool = False,
) -> Any:
    """Clean a scan: take off its plane, apply a network, put the plane back, and judge what was removed.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, as the instrument gave them.
    network : Network, str or path-like
        A network, its name or its file; by default the one that comes with afmnn.
    level : {None, "plane", "rows"}
        What is left off the result: nothing, so that it has the tilt and the background of `image`; its plane; or its plane and
        the median of each scan line, see `afmnn.level`.
    border : {"reflect", "nearest", "mirror", "constant", "average"}
        As for `afmnn.apply`.
    nan : {"keep", "raise"}
        What to do with pixels that are NaN or infinite: they are missing, and stay NaN; or are refused.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The result does not depend on it.
    progress : callable, optional
        Called as ``progress(rows_done, rows)`` from time to time.
    return_info : bool
        Whether to return what was removed, its figures and a verdict, too.

    Returns
    -------
    ndarray or Image, shape of `image`
        float32 for float32, float64 for everything else; an `Image` for an `Image`, with its size, units and title.
    CleaningInfo
        With `return_info` only.

    Raises
    ------
    ValueError
        If an argument is out of its range, `image` is not two-dimensional, has no pixel that is not missing, or has missing ones
        with ``nan="raise"``; or if the results of `network` have another unit than `image`.
    TypeError
        If an argument is of the wrong type.
    FormatError, OSError
        If `network` is a name or a file, and cannot be read.

    Warns
    -----
    UnfamiliarImageWarning
        As `afmnn.apply` does.

    Examples
    --------
    ::

        scan = afmnn.read_image("scan.nid")
        result, info = afmnn.clean(scan, return_info=True)
        print(info.verdict)
    """
    if level is not None:
        _check.choice("level", level, LEVELS)
    _check.choice("border", border, BORDERS)
    _check.choice("nan", nan, ("keep", "raise"))
    _check.flag(return_info=return_info)
    unwrap("image", image, finite=nan == "raise", missing="nan='keep'")
    means = Means(as_network("network", network), Settings(level, border, nan), threads, progress)
    result, start, residual = run(image, means)
    if not return_info:
        return result
    return result, CleaningInfo(residual, *judged(start, residual), what_was_done(means, network_name(network)))


def run(image: ArrayLike | Image, means: Means) -> tuple[Any, Any, Any]:
    """Clean an image that is checked.

    Returns
    -------
    result, start, residual : ndarray or Image, shape of `image`
        What is left; the image less its plane; and what was taken off that.
    """
    heights = unwrap("image", image, finite=False)
    if np.isinf(heights).any():
        heights = np.where(np.isinf(heights), np.float32(np.nan), heights)
    given: Any = image.replace(data=heights) if isinstance(image, Image) else heights
    start = levelled(given, "plane")
    current = start
    for step in _steps(means.settings).values():
        current = _in_unit_of(start, step(current, means))
    after = _heights(current)
    residual = _heights(start) - after
    if means.settings.level is None:
        np.subtract(heights, residual, out=after)
    if not isinstance(given, Image):
        return after, start, residual
    return given.replace(data=after), start, given.replace(data=residual)


def judged(start: Any, residual: Any, *, surface: bool = True) -> tuple[Mapping[str, float], Verdict]:
    """Return the figures of a cleaned image, as `measured` has them, and the verdict on it with the place to look at."""
    image = start if isinstance(start, Image) else Image(start)
    base = image.in_base_units()
    before: Float64s = base.data.astype(np.float64, copy=False)
    removed: Float64s = image.replace(data=_heights(residual)).in_base_units().data.astype(np.float64, copy=False)
    figures, _ = measured(before, before - removed, None, surface=surface)
    verdict = judge(figures)
    place = None if verdict.level == "fine" else most_removed(removed)
    return MappingProxyType(figures), verdict._replace(where=place_in_words(place, base.pixel_size, base.unit_xy))


def what_was_done(means: Means, name: str) -> dict[str, Any]:
    """Return the record of a cleaning; `name` is what the network is called."""
    return {
        "afmnn": __version__,
        "network": {"name": name, "digest": network_digest(means.network)},
        "corrections": ["plane", *_steps(means.settings)],
        "settings": means.settings._asdict(),
    }


def network_name(network: Network | str | os.PathLike[str]) -> str:
    """Return what a network is called: the name or the file it was given by, or what its record says; empty for neither."""
    if isinstance(network, Network):
        name = network.training.get("name", "")
        return name if isinstance(name, str) else ""
    return os.fsdecode(network)


def _steps(settings: Settings) -> dict[str, Step]:
    """Return what is done to a scan less its plane, in this order, by the names of the corrections."""
    steps: dict[str, Step] = {}
    if settings.level == "rows":
        steps["rows"] = _take_off_rows
    steps["network"] = _apply_network
    return steps


def _take_off_rows(image: Any, means: Means) -> Any:
    return levelled(image, "rows")


def _apply_network(image: Any, means: Means) -> Any:
    border = means.settings.border
    return apply(means.network, image, border=border, nan="keep", threads=means.threads, progress=means.progress)


def _in_unit_of(image: Any, result: Any) -> Any:
    """Return a result in the unit of the image that it was made of; networks of Gwyddion may give another."""
    if not isinstance(image, Image) or result.unit_z == image.unit_z:
        return result
    if not _units.comparable(result.unit_z, image.unit_z):
        raise ValueError(
            f"network must give heights in the unit of the image, got {result.unit_z!r} of an image in {image.unit_z!r}"
        )
    power = _units.split(result.unit_z)[1] - _units.split(image.unit_z)[1]
    return result.replace(data=_units.scaled(result.data, power), unit_z=image.unit_z)


def _heights(image: Any) -> Heights:
    heights: Heights = image.data if isinstance(image, Image) else image
    return heights
