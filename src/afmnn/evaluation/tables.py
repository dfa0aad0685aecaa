"""Tables of figures: their columns, how a figure is written, and files of comma-separated values."""

from __future__ import annotations

import csv
import io
import math
import os
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .._files.atomic import atomic_writer
from .._text import decibels, quantity


class Column(NamedTuple):
    """A column of a table: its title, the figure that is in it, and its name where the columns before it are not seen."""

    title: str
    figure: str
    name: str


ERRORS = (
    Column("RMS error before", "rms_error_before", "RMS error before"),
    Column("after", "rms_error_after", "RMS error after"),
    Column("PSNR before", "psnr_before", "PSNR before"),
    Column("after", "psnr_after", "PSNR after"),
    Column("SSIM before", "ssim_before", "SSIM before"),
    Column("after", "ssim_after", "SSIM after"),
    Column("mean bias", "mean_bias", "mean bias"),
    Column("largest", "largest_bias", "largest bias"),
)
SURFACE = (
    Column("Sq", "sq_reference", "Sq"),
    Column("change", "sq_change", "change of Sq"),
    Column("Sa", "sa_reference", "Sa"),
    Column("change", "sa_change", "change of Sa"),
    Column("step", "step_height", "step"),
    Column("change", "step_change", "change of the step"),
    Column("spectrum", "spectrum_change", "change of the spectrum"),
)
LINES = (
    Column("row steps before", "row_steps_before", "row steps before"),
    Column("after", "row_steps_after", "row steps after"),
    Column("x noise before", "x_noise_before", "x noise before"),
    Column("after", "x_noise_after", "x noise after"),
)
REMOVED = (
    Column("RMS removed", "rms_removed", "RMS removed"),
    Column("structure in it", "structure", "structure in it"),
    Column("relief lost", "relief_loss", "relief lost"),
    Column("height loss", "height_loss", "height loss"),
    Column("at features", "feature_residual", "at features"),
    Column("at edges", "edge_excess", "at edges"),
)


def groups(ideal_known: Sequence[bool]) -> list[tuple[str, Sequence[Column]]]:
    """Return the tables of an evaluation: title and columns of each; for each image, whether its ideal is known."""
    known, every = any(ideal_known), all(ideal_known)
    against = "the ideal" if every else "the ideal, or before where there is none" if known else "before"
    found: list[tuple[str, Sequence[Column]]] = [("Errors", ERRORS)] if known else []
    return [
        *found,
        (f"Surface: {against}, and the change after", SURFACE),
        ("Line defects", LINES),
        ("What was removed", REMOVED),
    ]


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


def offset_note(bias: float, error: float, unit: str) -> str:
    """Say how much of an error is nothing but a different zero, if that is a good part of it: at least a tenth."""
    rest = math.sqrt(max(error * error - bias * bias, 0.0)) if math.isfinite(error) else math.nan
    if not abs(bias) > 0.5 * rest:
        return ""
    where = f"{quantity(abs(bias), unit)} {'above' if bias > 0 else 'below'} the ideal"
    return f"the result lies {where} on average, and errors count that: the RMS error is {quantity(rest, unit)} without it"


def write_csv(path: str | os.PathLike[str], head: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write a table as comma-separated values, whole or not at all."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([["" if row[name] is None else row[name] for name in head] for row in rows])
    with atomic_writer(path) as file:
        file.write(text.getvalue().encode())
