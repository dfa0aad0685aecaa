"""clean(): the whole job for one scan, from levelling to a verdict on what was removed."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._arithmetic import plain
from .._guests import guests
from .._progress import draws_bar, function_of
from .._typing import Float64s, Mask, Progress
from .._version import __version__
from ..correct.info import as_given
from ..correct.level import level as levelled
from ..evaluation.figures import line_figures, measured
from ..evaluation.place import most_removed, place_in_words
from ..evaluation.verdict import Verdict
from ..evaluation.verdict import verdict as judge
from ..image import Image, unwrap
from ..nn.apply_options import BORDERS, check_strength
from ..nn.digest import network_digest
from ..nn.network import Network, as_network
from .steps import WAYS, Means, Scan, Settings, cleans, heights_of, mends

#: What may be left off the result, and the word for that.
LEVELS = ("plane", "rows")


@dataclasses.dataclass(frozen=True, eq=False)
class CleaningInfo:
    """What `afmnn.clean` did to an image, and what is to be thought of it.

    Parameters
    ----------
    residual : Image or ndarray, shape (rows, columns)
        What was removed beside the plane: defects, noise, and whatever else is to be seen in it. In the unit of the image; NaN
        where pixels are missing.
    figures : mapping of str to float
        The figures of `afmnn.evaluate` that need no ideal, of what the network made of the image less its plane and its defects;
        ``"row_steps_before"`` and ``"x_noise_before"`` are those of the image as it came. Heights in the base unit (m for nm).
    verdict : Verdict
        What to do with the result, in words: `level` is "fine", "look" or "do not use".
    marks : mapping of str to ndarray of bool, shape (rows, columns)
        What was found, by the name of the correction: ``"jumps"`` (the first pixels on a new level), ``"lines"``, ``"scars"``,
        ``"spikes"``. What is not in it was not found, or not looked for.
    notes : tuple of str
        What a user should know: jumps that may be edges of the sample, and were left, for example.
    done : dict
        Version, network (name and digest), corrections in their order, and settings: enough to do it again. Numbers, text, lists
        and dictionaries only.
    """

    residual: Any
    figures: Mapping[str, float]
    verdict: Verdict
    marks: Mapping[str, Mask]
    notes: tuple[str, ...]
    done: dict[str, Any]


@plain
@guests("entrances")
@draws_bar("rows")
def clean(
    image: ArrayLike | Image,
    network: Network | str | os.PathLike[str] = "universal",
    *,
    level: Literal["plane", "rows"] | None = None,
    border: str = "reflect",
    nan: str = "keep",
    jumps: Literal["mend", "keep", "off"] = "mend",
    lines: Literal["mend", "keep", "off"] = "mend",
    scars: Literal["mend", "keep", "off"] = "mend",
    spikes: Literal["mend", "keep", "off"] = "mend",
    strength: float = 1.0,
    threads: int | None = None,
    progress: Progress | bool | None = None,
    return_info: bool = False,
    fast_axis: str | None = None,
) -> Any:
    """Clean a scan: mend its defects, apply a network, and judge what was removed.

    In this order: the plane is taken off; level jumps, wrong lines, scars and spikes are mended, each by the function of that
    name in `afmnn.correct`; the network is applied, to each part between two jumps by itself; the plane is put back.

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
    jumps, lines, scars, spikes : {"mend", "keep", "off"}
        What to do about level jumps, wrong lines, scars and spikes: mend them; mend them for the network alone, so that they
        spoil nothing around them, and put back afterwards what was there; or do not look for them, which leaves them to the
        network.
    strength : float
        As for `afmnn.apply`, 0 to 1.5: how much is taken for noise; 0.5 spares more of what is fine and low, 0 all.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The result does not depend on it.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(rows_done, rows)`` from time to time.
    fast_axis : str, optional
        Of an xarray DataArray, the name of the dimension along the scan lines. By default one whose name says so ("x", "fast",
        "column", ...), otherwise the last.
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
    ways = {"jumps": jumps, "lines": lines, "scars": scars, "spikes": spikes}
    for name, way in ways.items():
        _check.choice(name, way, WAYS)
    _check.flag(return_info=return_info)
    read = as_network("network", network)
    check_strength(strength, read)
    unwrap("image", image, finite=nan == "raise", missing="nan='keep'")
    settings = Settings(level, border, nan, **ways, strength=float(strength))
    means = Means(read, settings, threads, function_of("progress", progress))
    outcome = run(image, means)
    if not return_info:
        return outcome.result
    figures, verdict = judged(outcome)
    done = what_was_done(means, network_name(network)) | what_was_found(outcome.scan)
    marks, notes = MappingProxyType(outcome.scan.marks), tuple(outcome.scan.notes)
    return outcome.result, CleaningInfo(outcome.residual, figures, verdict, marks, notes, done)


class Outcome(NamedTuple):
    """A cleaned image, and what was done to it."""

    result: Any
    residual: Any  # what was taken off, beside the plane
    start: Any  # the image less its plane
    mended: Any  # the same less its defects: what the network was given
    scan: Scan


def run(image: ArrayLike | Image, means: Means) -> Outcome:
    """Clean an image that is checked."""
    heights = unwrap("image", image, finite=False)
    if np.isinf(heights).any():
        heights = np.where(np.isinf(heights), np.float32(np.nan), heights)
    given: Any = as_given(image, heights)
    start = levelled(given, "plane")
    scan = Scan(start)
    for step in mends(means.settings).values():
        step(scan, means)
    if scan.marks and means.settings.level is not None:
        # Because jumps and wrong lines tilt the plane, it is taken off once more without them.
        flat = levelled(scan.heights, "plane")
        start = as_given(image, heights_of(start) - (heights_of(scan.heights) - heights_of(flat)))
        scan.heights = flat
    mended = scan.heights
    for step in cleans(means.settings).values():
        step(scan, means)
    after = heights_of(scan.heights).copy()
    after += scan.put_back
    if scan.kept is not None:
        after[scan.kept] = heights_of(start)[scan.kept]
    residual = heights_of(start) - after
    if means.settings.level is None:
        np.subtract(heights, residual, out=after)
    return Outcome(as_given(image, after), as_given(image, residual), start, mended, scan)


def judged(outcome: Outcome, *, surface: bool = True) -> tuple[Mapping[str, float], Verdict]:
    """Return the figures of a cleaned image, as `measured` has them, and the verdict on it with the place to look at.

    What was mended is no part of the sample, however much it is: what the network took off is judged.
    """
    image = outcome.mended if isinstance(outcome.mended, Image) else Image(outcome.mended)
    base = image.in_base_units()
    before: Float64s = base.data.astype(np.float64, copy=False)
    taken = heights_of(outcome.mended) - heights_of(outcome.scan.heights)
    removed: Float64s = image.replace(data=taken).in_base_units().data.astype(np.float64, copy=False)
    figures, _ = measured(before, before - removed, None, surface=surface)
    if outcome.scan.marks:
        as_it_came = image.replace(data=heights_of(outcome.start)).in_base_units()
        figures |= line_figures(as_it_came.data.astype(np.float64, copy=False), "before")
    verdict = judge(figures, doubts=outcome.scan.doubts)
    place = None if verdict.level == "fine" else most_removed(removed)
    return MappingProxyType(figures), verdict._replace(where=place_in_words(place, base.pixel_size, base.unit_xy))


def what_was_done(means: Means, name: str) -> dict[str, Any]:
    """Return the record of a cleaning; `name` is what the network is called."""
    return {
        "afmnn": __version__,
        "network": {"name": name, "digest": network_digest(means.network)},
        "corrections": ["plane", *mends(means.settings), *cleans(means.settings)],
        "settings": means.settings._asdict(),
    }


def what_was_found(scan: Scan) -> dict[str, Any]:
    """Return how many pixels were marked by which correction, and what the user should know; nothing where there is nothing.

    With a network that counts in noise, the doubts are there even if there are none: the verdict is another one then.
    """
    found: dict[str, Any] = {}
    if scan.marks:
        found["mended"] = {name: int(np.count_nonzero(mask)) for name, mask in scan.marks.items()}
    if scan.notes:
        found["notes"] = list(scan.notes)
    if scan.doubts is not None:
        found["doubts"] = list(scan.doubts)
    return found


def network_name(network: Network | str | os.PathLike[str]) -> str:
    """Return what a network is called: the name or the file it was given by, or what its record says; empty for neither."""
    if isinstance(network, Network):
        name = network.training.get("name", "")
        return name if isinstance(name, str) else ""
    return os.fsdecode(network)
