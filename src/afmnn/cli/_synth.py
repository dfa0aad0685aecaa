"""``afmnn synth``."""

from __future__ import annotations

import argparse
import contextlib
import inspect
import os
from typing import Any, NamedTuple

import numpy as np

from .._seed import as_integer
from .._text import readable
from ..image import Image
from ..synth import Scene, default_scene
from ._files import check_image_name, check_output, read_image, split_channel, write_pictures
from ._print import bar, quantity, say, say_json, shown
from ._settings import GENERATORS, Call, height_unit, is_true_to_scale, read_call, read_defect

_SHAPE = (256, 256)


class Frame(NamedTuple):
    """What heights are made in: pixels, sizes, units, and the heights that are there."""

    shape: tuple[int, int]
    pixel_size: float | tuple[float, float]
    size: tuple[float, float]
    unit_xy: str
    unit_z: str
    base: np.ndarray[Any, Any] | None = None
    title: str = ""


def run(options: argparse.Namespace) -> None:
    """Make a surface, a defect or a training pair, and write it."""
    if options.list:
        from ._synth_help import say_list  # noqa: PLC0415

        say_list(as_json=options.json)
        return
    if options.output is None:
        options.refuse("the following arguments are required: -o/--output")
    if options.what is None and options.base is None:
        options.refuse("what to make is missing: a generator, a scene, or --base with --add; --list says what there is")
    check_image_name(options.output)
    is_scene = options.what is not None and options.what not in GENERATORS
    from_file = is_scene and options.what != "default"
    inputs = [options.what] if from_file else [] if options.base is None else [split_channel(options.base)[0]]
    inputs += [split_channel(path)[0] for path in options.like]
    check_output(options.output, inputs, force=options.force)
    seed = as_integer(options.seed)
    pictures = _pair(options, seed, from_file) if is_scene else [_surface(options, seed)]
    like = None
    if options.like:
        if is_scene:
            options.refuse("--like records a surface: name a generator, or --base, not a scene")
        if not options.output.lower().endswith(".gwy"):
            raise ValueError(f"{options.output}: surface, trace and retrace are channels of one file; name it NAME.gwy")
        from ._synth_like import record  # noqa: PLC0415

        pictures, like = record(options, pictures[0], seed)
    write_pictures(options.output, pictures, result=True)
    if options.json:
        say_json(
            command="synth",
            output=options.output,
            what=options.what,
            base=options.base,
            add=options.add,
            like=None if like is None else {"instrument": like.instrument.to_dict(), "unknown": dict(like.unknown)},
            seed=seed,
            shape=pictures[0].shape,
            rms={picture.title: float(picture.data.std()) for picture in pictures},
        )
        return
    rows, cols = pictures[0].shape
    for picture in pictures:
        say(f"{shown(picture.title)}: {rows} x {cols} px, RMS height {quantity(float(picture.data.std()), picture.unit_z)}")
    say(f"written {shown(options.output)}, seed {seed}")


def _surface(options: argparse.Namespace, seed: int) -> Image:
    """Make a surface, and add defects to it or to what --base names.

    The surface gets the seed itself; the defects get ``SeedSequence(seed).spawn(n)``, one each in their order.
    """
    if options.directions == 2:
        raise ValueError("--directions is for scenes: a surface and its defects are one image")
    calls = [] if options.what is None else [read_call(options.what, options.settings)]
    seeds: list[Any] = [seed] * len(calls)
    calls += map(read_defect, options.add)
    if not calls and not options.like:
        raise ValueError("--base alone makes nothing new: say with --add NAME:KEY=VALUE what is to be added")
    seeds += np.random.SeedSequence(seed).spawn(len(options.add))
    frame = _frame(options, calls) if options.base is None else _frame_of_base(options)
    heights: Any = frame.base
    for call, key in zip(calls, seeds, strict=True):
        generator = GENERATORS[call.name]
        shows = bar(call.name, 100, "%") if "progress" in inspect.signature(generator).parameters else contextlib.nullcontext()
        with shows as show:
            told = {} if show is None else {"progress": lambda done, count, show=show: show(100 * done // count, "")}
            heights = generator(
                frame.shape,
                base=heights,
                pixel_size=frame.pixel_size,
                seed=key,
                threads=options.threads,
                **call.settings(frame.unit_xy, frame.unit_z),
                **told,
            )
    title = " + ".join(filter(None, [frame.title, *(call.name for call in calls)]))
    return Image(heights, size=frame.size, unit_xy=frame.unit_xy, unit_z=frame.unit_z, title=title)


def _pair(options: argparse.Namespace, seed: int, from_file: bool) -> list[Image]:
    if from_file and not os.path.exists(options.what):
        names = ", ".join(GENERATORS)
        raise ValueError(f"{options.what!r} is no file of a scene, nor 'default', nor one of {names}")
    for name, given in (
        ("settings", options.settings),
        ("--base", [options.base] if options.base else []),
        ("--add", options.add),
    ):
        if given:
            raise ValueError(f"a scene takes no {name}, got {given[0]!r}")
    if not options.output.lower().endswith(".gwy"):
        raise ValueError(f"{options.output}: a pair is two channels of one file; name it NAME.gwy")
    frame = _frame(options, [])
    if isinstance(frame.pixel_size, tuple):
        raise ValueError(f"the pixels of a scene are square, got {frame.pixel_size[0]:g} x {frame.pixel_size[1]:g}")
    scene = Scene.load(options.what) if from_file else default_scene(shape=frame.shape, pixel_size=frame.pixel_size)
    unit = frame.unit_xy if options.unit is not None or not from_file else "" if scene.pixel_size == 1 else "m"
    if options.directions == 2:
        noisy, retrace, ideal = scene.directions(options.index, seed=seed, threads=options.threads)
        channels = [(ideal, "ideal"), (noisy, "noisy"), (retrace, "retrace")]
    else:
        noisy, ideal = scene.pair(options.index, seed=seed, threads=options.threads)
        channels = [(ideal, "ideal"), (noisy, "noisy")]
    size = (ideal.shape[0] * scene.pixel_size, ideal.shape[1] * scene.pixel_size)
    return [Image(heights, size=size, unit_xy=unit, unit_z=unit, title=title) for heights, title in channels]


def _frame(options: argparse.Namespace, calls: list[Call]) -> Frame:
    """Return what --pixels, --size, --pixel-size and --unit say."""
    rows, cols = shape = _SHAPE if options.shape is None else options.shape
    if min(shape) < 1:
        raise ValueError(f"--pixels must be at least 1, got {rows} x {cols}")
    given = options.size or ([] if options.pixel_size is None else [options.pixel_size])
    plain = not any(length.unit for length in given)
    unit = ("" if not given or (plain and given[-1].number("") == 1) else "m") if options.unit is None else options.unit
    if options.size:
        width = options.size[-1].number(unit)
        dx = width / cols
        height = options.size[0].number(unit) if len(options.size) == 2 else rows * dx
        dy = height / rows if len(options.size) == 2 else dx
    else:
        dy = dx = options.pixel_size.number(unit) if given else 1.0
        height, width = rows * dy, cols * dx
    unit_z = unit
    if options.unit is None and not (calls and is_true_to_scale(calls[0])):
        unit_z = height_unit(calls) or unit
    return Frame(shape, dx if dy == dx else (dy, dx), (height, width), unit, unit_z)


def _frame_of_base(options: argparse.Namespace) -> Frame:
    """Return what the image says that is built on, in units without a prefix."""
    for name, value in (("--pixels", options.shape), ("--size", options.size), ("--pixel-size", options.pixel_size)):
        if value is not None:
            raise ValueError(f"{name} comes from the image of --base, and cannot be given beside it")
    if options.unit is not None:
        raise ValueError("--unit comes from the image of --base, and cannot be given beside it")
    image = read_image(options.base).in_base_units()
    dy, dx = image.pixel_size
    title = image.title or readable(os.path.splitext(os.path.basename(split_channel(options.base)[0]))[0])
    return Frame(image.shape, dx if dy == dx else (dy, dx), image.size, image.unit_xy, image.unit_z, image.data, title)
