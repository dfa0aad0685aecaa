"""``afmnn level``."""

from __future__ import annotations

import argparse
import os
from typing import Any

import numpy as np

from .._text import readable
from ..image import Image
from ._files import (
    MARK,
    check_image_name,
    check_one_or_gwy,
    check_output,
    expand,
    read_image,
    read_mask,
    split_channel,
    write_pictures,
)
from ._levelled import levelled_with_info
from ._print import quantity, say, say_json, shown


def run(options: argparse.Namespace) -> None:
    """Take off the tilt of an image, or the offsets of its scan lines, and write it."""
    _check_methods(options)
    check_image_name(options.output)
    path, _ = split_channel(options.image)
    inputs = [path] if options.mask in (None, "auto") else [path, split_channel(options.mask)[0]]
    check_output(options.output, inputs, force=options.force)
    texts = expand(options.image, options.channel)
    check_one_or_gwy(options.output, path, len(texts))
    how: dict[str, Any] = {name: getattr(options, name) for name in ("rows", "degree", "trim", "axis")}
    how = {name: value for name, value in how.items() if value is not None} | ({"total": True} if options.total else {})
    if options.mask == "auto":
        how |= {"mask": "auto"}
    elif options.mask is not None:
        how |= {"mask": read_mask(options.mask), "mask_mode": options.mask_mode}
    pictures: list[Image] = []
    results: list[dict[str, Any]] = []
    for text in texts:
        image = read_image(text)
        flat, info = levelled_with_info(text, image, options.method, **how)
        flat = flat.replace(title=f"{image.title or readable(os.path.splitext(os.path.basename(path))[0])} {MARK}")
        pictures.append(flat)
        bias = info.figures.get("sq_bias", float("nan"))
        results.append(
            {
                "image": text,
                "title": flat.title,
                "unit": flat.unit_z,
                "rms_before": _rms(image),
                "rms_after": _rms(flat),
                "left_out": np.count_nonzero(info.mask) / info.mask.size,
                "sq_bias": None if np.isnan(bias) else bias,
                "notes": [note for note in info.notes if not np.isnan(bias)],
            }
        )
    write_pictures(options.output, pictures, result=True)
    if options.json:
        say_json(command="level", output=options.output, method=options.method, results=results)
        return
    for each in results:
        before, after = (quantity(each[f"rms_{when}"], each["unit"]) for when in ("before", "after"))
        say(f"{shown(options.output)}: {shown(repr(each['title']))}, RMS {before} -> {after}")
        for note in each["notes"]:
            say(f"  {note}")


def _check_methods(options: argparse.Namespace) -> None:
    by_rows = options.method == "rows"
    if options.rows is not None and not by_rows:
        options.refuse("argument --rows is for --method rows")
    if options.axis is not None and not by_rows and options.method != "polynomial":
        options.refuse("argument --axis is for --method rows or polynomial")
    if options.degree is not None and options.rows != "polynomial" and options.method not in ("polynomial", "base"):
        options.refuse("argument --degree is for --method rows --rows polynomial, and for --method polynomial or base")
    if isinstance(options.degree, tuple) and options.method != "polynomial":
        options.refuse("argument --degree has two numbers for --method polynomial only")
    if options.trim is not None and options.rows not in ("trimmed_mean", "trimmed_difference"):
        options.refuse("argument --trim is for --rows trimmed_mean and trimmed_difference")
    if options.total and options.method != "polynomial":
        options.refuse("argument --total is for --method polynomial")
    if options.mask == "auto" and options.method in ("facet", "base"):
        options.refuse("argument --mask auto is for --method plane, polynomial or rows: the others find the ground themselves")


def _rms(image: Image) -> float:
    """Root mean square about the mean, of the pixels that are there."""
    return float(np.std(image.data[np.isfinite(image.data)], dtype=np.float64))
