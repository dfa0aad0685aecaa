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
from ._levelled import levelled
from ._print import quantity, say, say_json, shown


def run(options: argparse.Namespace) -> None:
    """Take off the tilt of an image, or the offsets of its scan lines, and write it."""
    if options.method != "rows" and (options.rows is not None or options.degree is not None or options.axis is not None):
        options.refuse("arguments --rows, --degree and --axis are for --method rows")
    if options.trim is not None and options.rows not in ("trimmed_mean", "trimmed_difference"):
        options.refuse("argument --trim is for --rows trimmed_mean and trimmed_difference")
    if options.degree is not None and options.rows != "polynomial":
        options.refuse("argument --degree is for --rows polynomial")
    check_image_name(options.output)
    path, _ = split_channel(options.image)
    inputs = [path] if options.mask is None else [path, split_channel(options.mask)[0]]
    check_output(options.output, inputs, force=options.force)
    texts = expand(options.image, options.channel)
    check_one_or_gwy(options.output, path, len(texts))
    how: dict[str, Any] = {name: getattr(options, name) for name in ("rows", "degree", "trim", "axis")}
    how = {name: value for name, value in how.items() if value is not None}
    if options.mask is not None:
        how |= {"mask": read_mask(options.mask), "mask_mode": options.mask_mode}
    pictures: list[Image] = []
    results: list[dict[str, Any]] = []
    for text in texts:
        image = read_image(text)
        flat = levelled(text, image, options.method, nan="keep", **how)
        flat = flat.replace(title=f"{image.title or readable(os.path.splitext(os.path.basename(path))[0])} {MARK}")
        pictures.append(flat)
        results.append(
            {"image": text, "title": flat.title, "unit": flat.unit_z, "rms_before": _rms(image), "rms_after": _rms(flat)}
        )
    write_pictures(options.output, pictures, result=True)
    if options.json:
        say_json(command="level", output=options.output, method=options.method, results=results)
        return
    for each in results:
        before, after = (quantity(each[f"rms_{when}"], each["unit"]) for when in ("before", "after"))
        say(f"{shown(options.output)}: {shown(repr(each['title']))}, RMS {before} -> {after}")


def _rms(image: Image) -> float:
    """Root mean square about the mean, of the pixels that are there."""
    return float(np.std(image.data[np.isfinite(image.data)], dtype=np.float64))
