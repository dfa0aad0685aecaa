"""``afmnn synth``."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any

import numpy as np

from .._seed import as_integer
from ..formats import images
from ..image import Image
from ..synth import Scene, default_scene
from ..synth.recipes import DEFECTS, SURFACES, settings_of
from ._files import check_image_name, check_output
from ._print import quantity, say, say_json, shown


def run(options: argparse.Namespace) -> None:
    """Make a surface, a defect or a training pair, and write it."""
    check_image_name(options.output)
    is_scene = options.what not in SURFACES and options.what not in DEFECTS
    from_file = is_scene and options.what != "default"
    check_output(options.output, [options.what] if from_file else [], force=options.force)
    seed = as_integer(options.seed)
    pictures = _pair(options, seed, from_file) if is_scene else [_surface(options, seed)]
    if len(pictures) == 1:
        images.write_image(options.output, pictures[0], result=True)
    else:
        images.write_images(options.output, pictures, result=True)
    if options.json:
        rms = {picture.title: float(picture.data.std()) for picture in pictures}
        say_json(command="synth", output=options.output, what=options.what, seed=seed, shape=pictures[0].shape, rms=rms)
        return
    rows, cols = pictures[0].shape
    for picture in pictures:
        say(f"{shown(picture.title)}: {rows} x {cols} px, RMS height {quantity(float(picture.data.std()), picture.unit_z)}")
    say(f"written {shown(options.output)}, seed {seed}")


def _surface(options: argparse.Namespace, seed: int) -> Image:
    function = {**SURFACES, **DEFECTS}[options.what]
    known = settings_of(function)
    settings = dict(map(_setting, options.settings))
    unknown = [name for name in settings if name not in known]
    if unknown:
        raise ValueError(f"{options.what} has the settings {', '.join(known)}, got {', '.join(map(repr, unknown))}")
    missing = [name for name, p in known.items() if p.default is p.empty and name not in settings]
    if missing:
        raise ValueError(f"{options.what} needs {', '.join(f'{name}=...' for name in missing)}")
    heights = function(options.shape, pixel_size=options.pixel_size, seed=seed, threads=options.threads, **settings)
    return _picture(options, heights, options.what)


def _pair(options: argparse.Namespace, seed: int, from_file: bool) -> list[Image]:
    if from_file and not os.path.exists(options.what):
        names = ", ".join([*SURFACES, *DEFECTS])
        raise ValueError(f"{options.what!r} is no file of a scene, nor 'default', nor one of {names}")
    if options.settings:
        raise ValueError(f"a scene takes no settings, got {options.settings[0]!r}")
    if not options.output.lower().endswith(".gwy"):
        raise ValueError(f"{options.output}: a pair is two channels of one file; name it NAME.gwy")
    scene = Scene.load(options.what) if from_file else default_scene(shape=options.shape, pixel_size=options.pixel_size)
    if from_file:
        options.pixel_size = scene.pixel_size
    noisy, ideal = scene.pair(options.index, seed=seed, threads=options.threads)
    return [_picture(options, ideal, "ideal"), _picture(options, noisy, "noisy")]


def _picture(options: argparse.Namespace, heights: np.ndarray[Any, Any], title: str) -> Image:
    unit = ("" if options.pixel_size == 1 else "m") if options.unit is None else options.unit
    rows, cols = heights.shape
    size = (rows * options.pixel_size, cols * options.pixel_size)
    return Image(heights, size=size, unit_xy=unit, unit_z=unit, title=title)


def _setting(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"a setting is KEY=VALUE, got {text!r}")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
