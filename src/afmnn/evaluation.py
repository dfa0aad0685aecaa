"""evaluate(): what a network does to images, in figures."""

from __future__ import annotations

import csv
import dataclasses
import io
import math
import os
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _check, metrics
from ._arithmetic import plain
from ._elementary import mean
from ._text import decibels, quantity, table
from .applying import apply
from .image import Image, check_pair, unwrap
from .network import Network

Heights = NDArray[np.float64]

_SMALLEST = 7  # pixels a side: the window of SSIM
_CROP = "crop must leave at least 7 x 7 pixels"

#: Every figure: what it is, as text shows it. Heights are in the unit of the image, changes are relative.
FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "rms_error_before": "height",
        "rms_error_after": "height",
        "psnr_before": "decibels",
        "psnr_after": "decibels",
        "ssim_before": "number",
        "ssim_after": "number",
        "mean_bias": "height",
        "largest_bias": "height",
        "sq_reference": "height",
        "sq_before": "height",
        "sq_after": "height",
        "sq_change": "change",
        "sa_reference": "height",
        "sa_before": "height",
        "sa_after": "height",
        "sa_change": "change",
        "step_height": "height",
        "step_change": "change",
        "spectrum_change": "spectrum",
        "row_steps_before": "height",
        "row_steps_after": "height",
        "x_noise_before": "height",
        "x_noise_after": "height",
        "rms_removed": "height",
        "structure": "height",
        "row_correlation": "number",
        "height_loss": "change",
        "edge_excess": "ratio",
    }
)

_ERRORS = {
    "RMS error before": "rms_error_before",
    "after": "rms_error_after",
    "PSNR before": "psnr_before",
    " after": "psnr_after",
    "SSIM before": "ssim_before",
    "  after": "ssim_after",
    "mean bias": "mean_bias",
    "largest": "largest_bias",
}
_SURFACE = {
    "Sq": "sq_reference",
    "change": "sq_change",
    "Sa": "sa_reference",
    " change": "sa_change",
    "step": "step_height",
    "  change": "step_change",
    "spectrum": "spectrum_change",
}
_DEFECTS = {
    "row steps before": "row_steps_before",
    "after": "row_steps_after",
    "x noise before": "x_noise_before",
    " after": "x_noise_after",
    "RMS removed": "rms_removed",
    "structure in it": "structure",
    "height loss": "height_loss",
    "at edges": "edge_excess",
}


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Evaluation:
    """What a network does to some images; made by `afmnn.evaluate`, which says what the figures are.

    It prints as a table, with the medians over the images where there are several. ``result["psnr_after"]`` is one figure of
    all images.

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
        Heights of the steps between terraces: in the ideal image (where there is none, before), before and after.
    pixel_sizes : tuple of (float, float)
        Lateral unit per pixel (dy, dx) of each image.
    lateral_units : tuple of str
        The lateral unit of each image.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    figures: Mapping[str, Heights]
    noisy: tuple[Heights, ...]
    cleaned: tuple[Heights, ...]
    residual: tuple[Heights, ...]
    ideal: tuple[Heights | None, ...]
    steps: tuple[Heights, ...]
    pixel_sizes: tuple[tuple[float, float], ...]
    lateral_units: tuple[str, ...]

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

    def __getitem__(self, name: str) -> Heights:
        _check.choice("figure", name, self.figures)
        return self.figures[name]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One dictionary an image: ``"image"``, ``"unit"`` and all figures."""
        return [
            {"image": name, "unit": unit, **{key: float(values[i]) for key, values in self.figures.items()}}
            for i, (name, unit) in enumerate(zip(self.names, self.units, strict=True))
        ]

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
        write_csv(path, ["image", "unit", *self.figures], self.rows)

    def tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        """Return what is printed: title, head and cells of each table, the last row the medians where there are several images.

        Returns
        -------
        list of (str, list of str, list of list of str)
        """
        known = [ideal is not None for ideal in self.ideal]
        against = "the ideal" if all(known) else "the ideal, or before where there is none" if any(known) else "before"
        found = [("Errors", _ERRORS)] if any(known) else []
        found += [(f"Surface: {against}, and the change after", _SURFACE), ("Line defects, and what was removed", _DEFECTS)]
        return [(title, ["image", *(head.strip() for head in chosen)], self._cells(chosen)) for title, chosen in found]

    def _cells(self, chosen: Mapping[str, str]) -> list[list[str]]:
        rows: list[Mapping[str, Any]] = list(self.rows)
        if len(self) > 1:
            rows.append({"image": "median", "unit": self.units[0], **self.medians})
        return [
            [row["image"], *(shown_figure(row[name], FIGURES[name], row["unit"]) for name in chosen.values())] for row in rows
        ]

    def __str__(self) -> str:
        return "\n\n".join(f"{title}\n{table(head, cells)}" for title, head, cells in self.tables())

    __repr__ = __str__


@plain
def evaluate(
    network: Network | Callable[[Any], Any],
    pairs: ArrayLike | Image | tuple[Any, Any] | Sequence[Any],
    *,
    border: str = "reflect",
    crop: int = 0,
    nan: str = "raise",
    threads: int | None = None,
) -> Evaluation:
    """Judge a network by images, with or without knowing what they should be.

    Parameters
    ----------
    network : Network or function
        What cleans the images. A function takes an image and returns one: other ways of cleaning by the same figures, such as
        ``lambda image: afmnn.level(image, "rows")``.
    pairs : image, tuple or list
        An image, of which the ideal is not known; a tuple ``(noisy, ideal)``, where `ideal` may be None; or a list of such
        images and tuples. An image is an array or an `Image`, at least 7 x 7 pixels. Scans should be levelled (`afmnn.level`):
        tilt counts as roughness, and hides terraces.
    border : {"reflect", "nearest", "mirror", "constant", "average"}
        As for `afmnn.apply`.
    crop : int
        Pixels at every edge that no figure counts. ``network.extent[0] // 2`` leaves those whose window lies inside the image.
    nan : {"raise", "keep"}
        What to do with missing pixels. "keep" leaves them out of all figures.
    threads : int, optional
        Worker threads for cleaning, by default `afmnn.get_num_threads`. No figure depends on it.

    Returns
    -------
    Evaluation
        Prints as a table. Its figures, each documented where it is made, in `afmnn.metrics`:

        ``rms_error_*``, ``psnr_*``, ``ssim_*`` (before, after), ``mean_bias``, ``largest_bias`` (over 9 x 9 pixels; after):
        against the ideal image, whose range is the data range. NaN without one.

        ``sq_*``, ``sa_*`` (reference, before, after, change): roughness Sq and Sa. The reference of all changes is the ideal,
        or without one the image before; 0.02 is 2 %. ``step_height``: the step between terraces that changed most, in the
        reference; ``step_change``: by how much it changed. Without an ideal, terraces are looked for in the cleaned image.
        ``spectrum_change``: mean change of the power spectrum over octaves, in decibels.

        ``row_steps_*``, ``x_noise_*`` (before, after): jumps between scan lines, and noise along them. ``rms_removed``: of noisy
        less cleaned; ``structure``, ``row_correlation``, ``height_loss``, ``edge_excess``: what of the sample is in that. If only
        noise was removed, 0 is expected of these, and 1 of ``edge_excess``.

    Raises
    ------
    ValueError
        If images of a pair differ in shape, units or pixel size, one is too small or not finite, or an argument is out of its
        range.
    TypeError
        If an argument is of the wrong type.

    Examples
    --------
    Whether a surface without noise is left as it is::

        afmnn.evaluate(net, (ideal, ideal))["sq_change"]
    """
    if not isinstance(network, Network) and not callable(network):
        raise TypeError(f"network must be an afmnn.Network or a function, got {type(network).__name__}")
    crop = _check.integer("crop", crop, minimum=0)
    _check.choice("nan", nan, ("raise", "keep"))
    found = read_images(pairs, crop, nan)

    def clean(image: Any) -> Any:
        return apply(network, image, border=border, nan=nan, threads=threads) if isinstance(network, Network) else network(image)

    return judge([_cleaned(entry, clean, crop) for entry in found])


@dataclasses.dataclass(frozen=True)
class Entry:
    """One image to judge by, checked, with what is known of it."""

    noisy: Any
    ideal: Heights | None
    name: str
    where: str
    cleaned: Heights | None = None


def read_images(pairs: Any, crop: int = 0, nan: str = "raise") -> list[Entry]:
    """Read the argument `pairs` of `evaluate`."""
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
        heights = unwrap(f"noisy{where}", noisy, finite=nan == "raise")
        if min(heights.shape) - 2 * crop < _SMALLEST:
            raise ValueError(f"{_CROP}, got {crop} of noisy{where} of shape {heights.shape}")
        truth = None
        if ideal is not None:
            truth = unwrap(f"ideal{where}", ideal, finite=nan == "raise")
            if truth.shape != heights.shape:
                raise ValueError(f"ideal{where} must have the shape of noisy{where} {heights.shape}, got {truth.shape}")
            if isinstance(noisy, Image) and isinstance(ideal, Image):
                check_pair(noisy, ideal)
            truth = truth.astype(np.float64)
        name = noisy.title if isinstance(noisy, Image) and noisy.title else str(i)
        entries.append(Entry(noisy, truth, name, where))
    names = [entry.name for entry in entries]
    return [
        dataclasses.replace(entry, name=f"{i}: {entry.name}" if names.count(entry.name) > 1 else entry.name)
        for i, entry in enumerate(entries)
    ]


def _cleaned(entry: Entry, clean: Callable[[Any], Any], crop: int) -> Entry:
    """Clean an image and cut all to what counts."""
    before = unwrap("noisy", entry.noisy, finite=False)
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
    inside = tuple(slice(crop, n - crop) for n in noisy.shape)
    image = entry.noisy if isinstance(entry.noisy, Image) else Image(noisy)
    dy, dx = image.pixel_size
    noisy = np.ascontiguousarray(noisy[inside])
    shown = image.replace(data=noisy, size=(dy * noisy.shape[0], dx * noisy.shape[1]))
    truth = None if ideal is None else np.ascontiguousarray(ideal[inside])
    return dataclasses.replace(entry, noisy=shown, ideal=truth, cleaned=np.ascontiguousarray(cleaned[inside]))


def judge(entries: list[Entry]) -> Evaluation:
    """Measure images that are cleaned already."""
    noisy = [entry.noisy.data for entry in entries]
    cleaned = [entry.cleaned for entry in entries if entry.cleaned is not None]
    results = [_measured(z, c, entry.ideal) for z, c, entry in zip(noisy, cleaned, entries, strict=True)]
    return Evaluation(
        names=tuple(entry.name for entry in entries),
        units=tuple(entry.noisy.unit_z for entry in entries),
        figures={name: np.array([figures[name] for figures, _ in results]) for name in FIGURES},
        noisy=tuple(noisy),
        cleaned=tuple(cleaned),
        residual=tuple(z - c for z, c in zip(noisy, cleaned, strict=True)),
        ideal=tuple(entry.ideal for entry in entries),
        steps=tuple(steps for _, steps in results),
        pixel_sizes=tuple(entry.noisy.pixel_size for entry in entries),
        lateral_units=tuple(entry.noisy.unit_xy for entry in entries),
    )


def _measured(noisy: Heights, cleaned: Heights, ideal: Heights | None) -> tuple[dict[str, float], Heights]:
    """Return all figures of one image, and the heights of its steps."""
    figures = dict.fromkeys(FIGURES, math.nan)
    there = ~np.isnan(noisy)
    mask = None if there.all() else there.astype(np.float64)
    if ideal is not None:
        varied = bool(np.ptp(ideal[there]) > 0)
        for when, image in (("before", noisy), ("after", cleaned)):
            figures[f"rms_error_{when}"] = metrics.rms_error(image, ideal, mask=mask)
            if varied:  # a flat ideal has no range
                figures[f"psnr_{when}"] = metrics.psnr(image, ideal, mask=mask)
                figures[f"ssim_{when}"] = metrics.ssim(image, ideal)
        figures["mean_bias"] = metrics.mean_bias(cleaned, ideal, mask=mask)
        figures["largest_bias"] = metrics.largest_bias(cleaned, ideal, size=min(9, *ideal.shape), mask=mask)
    reference = noisy if ideal is None else ideal
    for name, measure in (("sq", metrics.sq), ("sa", metrics.sa)):
        expected, after = measure(reference), measure(cleaned)
        figures |= {f"{name}_reference": expected, f"{name}_before": measure(noisy), f"{name}_after": after}
        figures[f"{name}_change"] = _change(after, expected)
    steps = _steps(noisy, cleaned, ideal)
    if len(steps):
        changes = [_change(after, expected) for expected, _, after in steps]
        worst = int(np.argmax(np.abs(changes)))
        figures |= {"step_height": float(steps[worst, 0]), "step_change": changes[worst]}
    figures["spectrum_change"] = metrics.spectrum_change(_filled(cleaned), _filled(reference))
    for when, image in (("before", noisy), ("after", cleaned)):
        figures[f"row_steps_{when}"] = _or_nan(metrics.row_steps, image)
        figures[f"x_noise_{when}"] = _or_nan(metrics.x_noise, image)
    residual = noisy - cleaned
    figures["rms_removed"] = metrics.rms_error(noisy, cleaned, mask=mask)
    figures["structure"] = _or_nan(metrics.structure, residual)
    figures["row_correlation"] = _or_nan(metrics.row_correlation, residual)
    figures["height_loss"] = metrics.height_loss(residual, cleaned)
    figures["edge_excess"] = _or_nan(lambda image: metrics.edge_excess(image, cleaned), residual)
    return figures, steps


def _steps(noisy: Heights, cleaned: Heights, ideal: Heights | None) -> Heights:
    guide = cleaned if ideal is None else ideal
    expected = noisy if ideal is None else ideal
    return np.stack([metrics.step_heights(image, reference=guide) for image in (expected, noisy, cleaned)], axis=1)


def _change(after: float, expected: float) -> float:
    return after / expected - 1 if expected != 0 else math.nan


def _or_nan(measure: Callable[[Any], float], image: Heights) -> float:
    """Return NaN where too much is missing to measure."""
    try:
        return measure(image)
    except ValueError:
        return math.nan


def _filled(image: Heights) -> Heights:
    """Put the mean in the place of missing heights: spectra need all."""
    missing = np.isnan(image)
    return np.where(missing, mean(image[~missing]), image) if missing.any() else image


def _median(values: Heights) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else math.nan


def shown_figure(value: float, kind: str, unit: str) -> str:
    """Return a figure as text; `kind` is what `FIGURES` says of it."""
    if math.isnan(value):
        return "-"
    if kind == "height":
        return quantity(value, unit)
    if kind == "decibels":
        return decibels(value)
    if kind == "ratio":
        return f"x {value:.2f}"
    if kind == "spectrum":
        return f"{value:.2f} dB"
    return f"{100 * value:+.2f} %" if kind == "change" else f"{value:.3f}"


def write_csv(path: str | os.PathLike[str], head: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a table as comma-separated values, whole or not at all."""
    from .formats import _atomic  # noqa: PLC0415 - formats need the package to be complete

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([["" if row[name] is None else row[name] for name in head] for row in rows])
    with _atomic.atomic_writer(path) as file:
        file.write(text.getvalue().encode())
