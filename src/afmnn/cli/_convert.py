"""``afmnn convert``."""

from __future__ import annotations

import argparse

from .. import _units
from .._text import readable
from ..formats import images
from ..formats._channels import ALL
from ..formats._readers import open_images
from ..image import Image
from ._files import (
    check_image_name,
    check_one_or_gwy,
    check_output,
    expand,
    network_format,
    read_image,
    split_channel,
    write_pictures,
)
from ._print import complain, quantity, say, say_json, shown


def run(options: argparse.Namespace) -> None:
    """Write the channels of a file in another format."""
    check_image_name(options.output)
    path, channel = split_channel(options.image)
    check_output(options.output, [path], force=options.force)
    wanted = options.channel
    if wanted is None and channel is None and options.output.lower().endswith(".gwy"):
        wanted = ALL
        _say_what_is_left_out(path)
    texts = expand(options.image, wanted)
    check_one_or_gwy(options.output, path, len(texts))
    several = len(texts) > 1  # of an instrument's file, all come out of one conversion
    pictures = images.read_images(path, [split_channel(text)[1] or 0 for text in texts]) if several else [read_image(texts[0])]
    # Because what is converted is what was measured, it is no result: nothing replaces it without --force.
    write_pictures(options.output, pictures, result=False)
    if options.json:
        say_json(command="convert", output=options.output, results=[_facts(*each) for each in zip(texts, pictures, strict=True)])
        return
    for picture in pictures:
        say(f"{shown(options.output)}: {shown(repr(picture.title))}, {_described(picture, options.output)}")


def _say_what_is_left_out(path: str) -> None:
    if network_format(path) is not None:
        return  # what is wrong with it is said where it is read
    with open_images(path) as file:
        channels = file.channels()
    for each in channels:
        if each.problem and len(channels) > 1:
            complain(
                "warning",
                f"{readable(path)}: channel {each.key} {each.title!r} cannot be read, and is left out: it {each.problem}",
            )


def _facts(text: str, picture: Image) -> dict[str, object]:
    return {
        "image": text,
        "title": picture.title,
        "shape": picture.shape,
        "size": picture.size,
        "unit_xy": picture.unit_xy,
        "unit_z": picture.unit_z,
    }


def _described(picture: Image, output: str) -> str:
    rows, cols = picture.shape
    if output.lower().endswith(".npy"):
        return f"{rows} x {cols} px; a .npy file keeps no size and units"
    height, width = (quantity(length, picture.unit_xy) for length in picture.size)
    return f"{rows} x {cols} px, {height} x {width}, values in {_units.base(picture.unit_z) or 'no unit'}"
