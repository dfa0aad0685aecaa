"""evaluate(): what a network does to images, in figures."""

from __future__ import annotations

import dataclasses
import functools
import math
import os
import textwrap
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._arithmetic import plain
from .._guests import guests
from .._text import shown, table
from .._typing import Float64s
from ..image import Image
from ..nn.apply import apply
from ..nn.network import Network, as_network
from .entries import Cleaned, clean_entry, read_entries
from .figures import FIGURES, measured
from .place import most_removed, place_in_words
from .tables import Column, groups, offset_note, shown_figure, write_csv
from .verdict import Verdict
from .verdict import verdict as judge


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """What a network does to some images; made by `afmnn.evaluate`, which says what the figures are.

    It prints as verdicts and tables, with the medians over the images where there are several. ``result["psnr_after"]`` is one
    figure of all images.

    Parameters
    ----------
    names : tuple of str
        Titles of the images, or their numbers.
    units : tuple of str
        Unit of the heights of each image; empty where it is not known.
    figures : mapping of str to ndarray of float64, shape (images,)
        All figures, NaN where one cannot be told.
    noisy, cleaned, residual : tuple of ndarray of float64, shape (rows, columns)
        The images before and after, and what was removed: noisy less cleaned. NaN where pixels are missing.
    ideal : tuple of (ndarray or None)
        The ideal images, as far as they are known.
    steps : tuple of ndarray of float64, shape (steps, 3)
        Float64s of the steps between terraces: in the ideal image (where there is none, before), before and after.
    pixel_sizes : tuple of (float, float)
        Lateral unit per pixel (dy, dx) of each image.
    lateral_units : tuple of str
        The lateral unit of each image.
    judged : tuple of Verdict, optional
        Verdicts of somebody who knows more than the figures tell, as `afmnn.clean` does; by default those of the figures.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    figures: Mapping[str, Float64s]
    noisy: tuple[Float64s, ...]
    cleaned: tuple[Float64s, ...]
    residual: tuple[Float64s, ...]
    ideal: tuple[Float64s | None, ...]
    steps: tuple[Float64s, ...]
    pixel_sizes: tuple[tuple[float, float], ...]
    lateral_units: tuple[str, ...]
    judged: tuple[Verdict, ...] | None = None

    def __post_init__(self) -> None:
        for array in (*self.figures.values(), *self.noisy, *self.cleaned, *self.residual, *self.ideal, *self.steps):
            if array is not None:
                array.flags.writeable = False
        object.__setattr__(self, "figures", MappingProxyType(dict(self.figures)))

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only mappings cannot be pickled, but results come back from the processes that judge.
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return Evaluation, tuple((values | {"figures": dict(self.figures)}).values())

    def __len__(self) -> int:
        return len(self.names)

    def __getitem__(self, name: str) -> Float64s:
        _check.choice("figure", name, self.figures)
        return self.figures[name]

    @property
    def ideal_known(self) -> tuple[bool, ...]:
        """For each image, whether its ideal is known."""
        return tuple(ideal is not None for ideal in self.ideal)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One dictionary an image: ``"image"``, ``"unit"``, all figures, and ``"verdict"``, ``"because"`` and ``"where"``."""
        return [
            {"image": name, "unit": unit, **self._figures(i)}
            | {"verdict": verdict.level, "because": verdict.because, "where": verdict.where}
            for i, (name, unit, verdict) in enumerate(zip(self.names, self.units, self.verdicts, strict=True))
        ]

    def _figures(self, i: int) -> dict[str, float]:
        return {key: float(values[i]) for key, values in self.figures.items()}

    @functools.cached_property
    def verdicts(self) -> tuple[Verdict, ...]:
        """What to do with each result, in words: fine, look at some place, or do not use, because ...; see docs/report.md."""
        if self.judged is not None:
            return self.judged
        found = []
        for i, residual in enumerate(self.residual):
            judged = judge(self._figures(i))
            place = None if judged.level == "fine" else most_removed(residual)
            found.append(judged._replace(where=place_in_words(place, self.pixel_sizes[i], self.lateral_units[i])))
        return tuple(found)

    @property
    def medians(self) -> dict[str, float]:
        """Medians of the figures over the images in which they can be told; of heights, only if all have one unit."""
        one_unit = len(set(self.units)) == 1
        return {
            name: _median(values) if one_unit or FIGURES[name] != "height" else math.nan for name, values in self.figures.items()
        }

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write one line an image, with a head: comma-separated, all digits, heights in the unit that is in the column `unit`.

        Parameters
        ----------
        path : path-like
            File to write, whole or not at all; an existing one is replaced.

        Raises
        ------
        OSError
            If the file cannot be written; an existing one is then unchanged.
        """
        write_csv(path, ["image", "unit", *self.figures, "verdict", "because", "where"], self.rows)

    def tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        """Return what is printed: title, head and cells of each table, the last row the medians where there are several images.

        Returns
        -------
        list of (str, list of str, list of list of str)
        """
        found = groups(self.ideal_known)
        return [(title, ["image", *(column.title for column in columns)], self._cells(columns)) for title, columns in found]

    def _cells(self, columns: Sequence[Column]) -> list[list[str]]:
        rows: list[Mapping[str, Any]] = list(self.rows)
        if len(self) > 1:
            rows.append({"image": "median", "unit": self.units[0], **self.medians})
        return [[row["image"], *(shown_figure(row[name], FIGURES[name], row["unit"]) for _, name, _ in columns)] for row in rows]

    def notes(self) -> list[str]:
        """Return what the figures of some images do not say by themselves: one sentence an image.

        Returns
        -------
        list of str
            Of images whose result is so much higher or lower than the ideal on average that the error is mostly that.
        """
        rows = [(row, offset_note(row["mean_bias"], row["rms_error_after"], row["unit"])) for row in self.rows]
        return [f"{row['image']}: {note}" if len(self) > 1 else note for row, note in rows if note]

    def __str__(self) -> str:
        tables = [f"{title}\n{table(head, cells)}" for title, head, cells in self.tables()]
        return "\n\n".join(["\n".join(self._judged()), *tables, *self.notes()])

    def _judged(self) -> list[str]:
        """Return the verdicts as lines that are not wider than the tables."""
        names = [f"{shown(name)}: " if len(self) > 1 else "" for name in self.names]
        lines = ["Verdict" if len(self) == 1 else "Verdicts"]
        for name, verdict in zip(names, self.verdicts, strict=True):
            text = f"{name}{verdict}".replace(" %", "\N{NO-BREAK SPACE}%")  # no line begins with a lone sign
            wrapped = textwrap.wrap(text, 110, subsequent_indent="  ", break_on_hyphens=False)
            lines += [line.replace("\N{NO-BREAK SPACE}", " ") for line in wrapped]
        return lines

    __repr__ = __str__

    def _repr_html_(self) -> Any:
        from ..showing import displayed  # noqa: PLC0415 - what draws is above, and needs an extra

        return displayed("evaluation", self)


@plain
@guests("evaluated")
def evaluate(
    network: Network | str | os.PathLike[str] | Callable[[Any], Any],
    pairs: ArrayLike | Image | tuple[Any, Any] | Sequence[Any],
    ideal: ArrayLike | Image | Sequence[Any] | None = None,
    *,
    border: str = "reflect",
    crop: int = 0,
    nan: str = "raise",
    threads: int | None = None,
    fast_axis: str | None = None,
) -> Evaluation:
    """Judge a network by images, with or without knowing what they should be.

    Parameters
    ----------
    network : Network, str, path-like or function
        What cleans the images: a network, its name or its file, as for `afmnn.load`. A function takes an image and returns one:
        other ways of cleaning by the same figures, such as ``lambda image: afmnn.level(image, "rows")``.
    pairs : image, tuple or list
        An image, of which the ideal is not known; a tuple ``(noisy, ideal)``, where `ideal` may be None; or a list of such
        images and tuples. An image is an array or an `Image`, at least 7 x 7 pixels. Scans should be levelled (`afmnn.level`):
        tilt counts as roughness, and hides terraces.
    ideal : image or list, optional
        The ideal of `pairs` where that is an image, or a list of them where it is a list of images: ``evaluate(net, noisy,
        ideal)`` is ``evaluate(net, (noisy, ideal))``.
    border : {"reflect", "nearest", "mirror", "constant", "average"}
        As for `afmnn.apply`.
    crop : int
        Pixels at every edge that no figure counts. ``network.extent[0] // 2`` leaves those whose window lies inside the image.
    nan : {"raise", "keep"}
        What to do with missing pixels. "keep" leaves them out of all figures.
    threads : int, optional
        Worker threads for cleaning, by default `afmnn.get_num_threads`. No figure depends on it.
    fast_axis : str, optional
        Of an xarray DataArray, the name of the dimension along the scan lines. By default one whose name says so ("x", "fast",
        "column", ...), otherwise the last.

    Returns
    -------
    Evaluation
        Prints as verdicts and tables. Its figures, each documented where it is made, in `afmnn.metrics`:

        ``rms_error_*``, ``psnr_*``, ``ssim_*`` (before, after), ``mean_bias``, ``largest_bias`` (over 9 x 9 pixels; after):
        against the ideal image, whose range is the data range. NaN without one.

        ``sq_*``, ``sa_*`` (reference, before, after, change): roughness Sq and Sa. The reference of all changes is the ideal,
        or without one the image before; 0.02 is 2 %. ``step_height``: the step between terraces that changed most, in the
        reference; ``step_change``: by how much it changed. Without an ideal, terraces are looked for in the cleaned image.
        ``spectrum_change``: mean change of the power spectrum over octaves, in decibels.

        ``row_steps_*``, ``x_noise_*`` (before, after): jumps between scan lines, and noise along them. ``rms_removed``: of noisy
        less cleaned; ``structure``, ``row_correlation``, ``height_loss``, ``relief_loss``, ``edge_excess``: what of the sample
        is in that. If only noise was removed, 0 is expected of these, and 1 of ``edge_excess``. `Evaluation.verdicts` says in
        words what they mean.

    Raises
    ------
    ValueError
        If images of a pair differ in shape, units or pixel size, one is too small or not finite, or an argument is out of its
        range.
    TypeError
        If an argument is of the wrong type.
    OSError
        If `network` is a name that no network has, or a file that cannot be read.

    Warns
    -----
    UnfamiliarImageWarning
        As `afmnn.apply` does, beginning with the title of the image, or its place in the list.

    Examples
    --------
    Whether a surface without noise is left as it is::

        afmnn.evaluate(net, (ideal, ideal))["sq_change"]
    """
    if isinstance(network, (str, os.PathLike)):
        network = as_network("network", network)
    elif not isinstance(network, Network) and not callable(network):
        raise TypeError(
            f"network must be an afmnn.Network, the name or the file of one, or a function, got {type(network).__name__}"
        )
    crop = _check.integer("crop", crop, minimum=0)
    _check.choice("nan", nan, ("raise", "keep"))
    entries = read_entries(pairs, ideal, crop, nan)

    def clean(image: Any) -> Any:
        return apply(network, image, border=border, nan=nan, threads=threads) if isinstance(network, Network) else network(image)

    return measure_all([clean_entry(entry, clean, crop) for entry in entries])


def measure_all(images: Sequence[Cleaned], judged: Sequence[Verdict] | None = None) -> Evaluation:
    """Measure images that are cleaned already; and perhaps judged."""
    found = [measured(image.noisy.data, image.cleaned, image.ideal) for image in images]
    return Evaluation(
        names=tuple(image.name for image in images),
        units=tuple(image.noisy.unit_z for image in images),
        figures={name: np.array([figures[name] for figures, _ in found]) for name in FIGURES},
        noisy=tuple(image.noisy.data for image in images),
        cleaned=tuple(image.cleaned for image in images),
        residual=tuple(image.noisy.data - image.cleaned for image in images),
        ideal=tuple(image.ideal for image in images),
        steps=tuple(steps for _, steps in found),
        pixel_sizes=tuple(image.noisy.pixel_size for image in images),
        lateral_units=tuple(image.noisy.unit_xy for image in images),
        judged=None if judged is None else tuple(judged),
    )


def _median(values: Float64s) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else math.nan
