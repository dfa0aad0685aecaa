"""``afmnn report``."""

from __future__ import annotations

import argparse
import os

from .._text import readable
from ..evaluation import plots
from ..evaluation.report import report
from ..image import Image
from ..networks.reading import locate
from ._files import (
    check_output,
    expand,
    one_for_each,
    read_image,
    read_network,
    refuse_folder,
    remark_on_heights,
    split_channel,
)
from ._levelled import levelled
from ._print import complain, say, say_json, shown


def run(options: argparse.Namespace) -> None:
    """Write a page about what a network does to images."""
    refuse_folder(options.output)
    if os.path.splitext(options.output)[1].lower() != ".html":
        raise ValueError(f"{options.output}: a report is a page; name it NAME.html")
    sources = [split_channel(text)[0] for text in (*options.images, *options.ideal)]
    check_output(options.output, [locate(options.network), *sources], force=options.force)
    plots.check_matplotlib()
    network = read_network(options.network, first=True)
    ideals = one_for_each(options.images, options.ideal)
    named = zip(options.images, ideals, strict=True)
    texts = [(text, ideal) for file, ideal in named for text in expand(file, options.channel)]
    pairs = [(_read(text, options), None if ideal is None else _read(ideal, options)) for text, ideal in texts]
    for (text, _), (image, _) in zip(texts, pairs, strict=True):
        remark = remark_on_heights(text, image, network)
        if remark:
            complain("warning", remark)
    result = report(
        network,
        pairs,
        options.output,
        title=options.title,
        border=options.border,
        crop=options.crop,
        nan=options.nan,
        threads=options.threads,
    )
    if options.json:
        rows = [{**row, "image": text} for (text, _), row in zip(texts, result.rows, strict=True)]
        say_json(command="report", network=options.network, output=options.output, results=rows)
        return
    say(str(result))
    say(f"\nwritten     {shown(options.output)}")


def _read(text: str, options: argparse.Namespace) -> Image:
    """Read an image, level it, and name it after its file and channel."""
    image = levelled(text, read_image(text), options.level, nan=options.nan)
    name = readable(os.path.basename(split_channel(text)[0]))
    return image.replace(title=f"{name}: {image.title}" if image.title else name)
