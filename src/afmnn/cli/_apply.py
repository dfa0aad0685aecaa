"""``afmnn apply``."""

from __future__ import annotations

import argparse
import contextlib
import errno
import itertools
import os
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .. import _units, metrics
from .._text import readable
from .._warn import about
from ..evaluation.tables import offset_note
from ..formats import images
from ..formats._gwy_write import DamagedError
from ..image import Image, check_pair, pair_in_base_units, unwrap
from ..networks.reading import locate
from ..nn.apply import apply, check_border
from ..nn.network import Network
from ._files import (
    MARK,
    check_image_name,
    check_output,
    expand,
    one_for_each,
    read_channel,
    read_image,
    read_network,
    remark_on_heights,
    split_channel,
)
from ._levelled import levelled
from ._print import bar, complain, decibels, quantity, say, say_json, shown, table

#: What a folder is not called by somebody who means one.
_FILES = (*images.SUFFIXES, ".html", ".txt", ".csv", ".png", ".jpg", ".tif", ".tiff")


class Job(NamedTuple):
    """One image to clean."""

    text: str
    path: str
    channel: str | None
    output: str
    ideal: str | None
    number: int  # of the file: several channels of one have the same


def run(options: argparse.Namespace) -> None:
    """Clean images and write them."""
    jobs = _plan(options)
    network = read_network(options.network, first=True)
    if len(jobs) > 1:
        for job in jobs:  # all are looked at before the first is cleaned; one at a time is in memory
            _read(job, options, network)
    with _folder(options.output, jobs):
        results = _clean_all(_by_output(jobs), options, network)
    if options.json:
        say_json(command="apply", network=options.network, results=results)
        return
    for result in results:
        what = f"channel {result['channel']} {result['title']!r}" if result["channel"] is not None else repr(result["title"])
        removed = quantity(result["rms_removed"], result["unit"])
        say(f"{shown(result['output'])}: {shown(what)}, {removed} RMS removed, {result['seconds']:.2f} s")
    if options.ideal:
        say("")
        say(_errors(results))
        for result in results:
            note = offset_note(result["mean_bias"], result["rms_error_after"], result["unit"])
            if note:
                say(f"{shown(result['image'])}: {note}")


def _plan(options: argparse.Namespace) -> list[Job]:
    """Say what is read and what is written where, and refuse what would destroy something."""
    several = len(options.images) > 1
    if several and os.path.exists(options.output) and not os.path.isdir(options.output):
        raise NotADirectoryError(errno.ENOTDIR, "is no folder, and several images are to be written", options.output)
    if several and os.path.splitext(options.output)[1].lower() in _FILES and not os.path.isdir(options.output):
        raise ValueError(f"{options.output}: is the name of a file, and several images are to be written: name a folder")
    folder = several or os.path.isdir(options.output) or options.output.endswith(os.sep)
    ideals = one_for_each(options.images, options.ideal)
    jobs = []
    for number, (file, ideal) in enumerate(zip(options.images, ideals, strict=True)):
        for text in expand(file, options.channel):
            path, channel = split_channel(text)
            output = os.path.join(options.output, _result_name(path)) if folder else options.output
            jobs.append(Job(text, path, channel, output, ideal, number))
    others = [locate(options.network), *(split_channel(ideal)[0] for ideal in options.ideal)]
    taken: dict[str, Job] = {}
    for file_jobs in _by_output(jobs):
        job = file_jobs[0]
        if not folder:
            check_image_name(job.output)
        if len(file_jobs) > 1 and not job.output.lower().endswith(".gwy"):
            raise ValueError(f"{job.output}: {len(file_jobs)} channels of {job.path} are to be written: name a .gwy file")
        place = os.path.normcase(os.path.realpath(job.output))
        if place in taken:
            raise ValueError(f"{job.output}: would be written for both {taken[place].text} and {job.text}")
        taken[place] = job
        # A .gwy file may be its own output where that is asked for: it keeps everything, and a channel is added.
        source = job.path if _appends(job) else None
        inputs = others + [other.path for other in jobs if other.number != job.number or source is None]
        if not folder or os.path.isdir(options.output):
            check_output(job.output, inputs, force=options.force, source=source)
    return jobs


def _by_output(jobs: list[Job]) -> list[list[Job]]:
    """Return the jobs of each file together: several channels of one come into one file."""
    return [list(group) for _, group in itertools.groupby(jobs, key=lambda job: job.number)]


def _result_name(path: str) -> str:
    """Return the name that a result has in a folder: that of the source, or of a .gwy file where instruments have another."""
    name = os.path.basename(path)
    stem, suffix = os.path.splitext(name)
    return name if suffix.lower() in images.SUFFIXES else f"{stem}.gwy"


@contextlib.contextmanager
def _folder(output: str, jobs: list[Job]) -> Iterator[None]:
    """Make the folder of the results if it is missing, and take it away again if nothing comes into it."""
    new = jobs[0].output != output and not os.path.isdir(output)
    if new:
        os.mkdir(output)
    try:
        yield
    except BaseException:
        if new:
            with contextlib.suppress(OSError):
                os.rmdir(output)
        raise


def _appends(job: Job) -> bool:
    """Whether the result becomes a channel beside the original."""
    return all(path.lower().endswith(".gwy") for path in (job.path, job.output))


class Images(NamedTuple):
    """What there is of a job before it is cleaned."""

    image: Image
    key: int | str  # of its channel
    remark: str | None  # on its channel, where nobody has chosen it
    ideal: Image | None
    counts: NDArray[np.bool_]  # pixels that are there, also in the ideal


def _read(job: Job, options: argparse.Namespace, network: Network) -> Images:
    """Read an image and its ideal, and check what can be wrong with them."""
    channel, image, remark = read_channel(job.path, job.channel)
    image = levelled(job.text, image, options.level, nan=options.nan)
    ideal = None if job.ideal is None else levelled(job.ideal, read_image(job.ideal), options.level, nan=options.nan)
    keep = options.nan == "keep"
    try:
        unwrap("image", image, finite=not keep)
        check_border(options.border, image.shape, network.extent)
        network.measure(image)
        counts = np.isfinite(image.data)
        if ideal is not None:
            check_pair(image, ideal)
            if keep:
                counts &= np.isfinite(ideal.data)
                if not counts.any():
                    raise ValueError("ideal must have pixels that are not missing in the image either, got none")
            elif not np.isfinite(ideal.data).all():
                unwrap("ideal, without --nan keep,", ideal)
            metrics.psnr(*pair_in_base_units(image, ideal), mask=counts)
    except ValueError as error:
        raise ValueError(f"{job.text}: {error}") from error
    return Images(image, channel.key, remark, ideal, counts)


def _clean_all(files: list[list[Job]], options: argparse.Namespace, network: Network) -> list[dict[str, Any]]:
    """Clean all images, with a progress bar: of the files, or of the rows of a single image."""
    if len(files) == 1:
        return _clean_file(files[0], options, network, with_bar=len(files[0]) == 1)
    results: list[dict[str, Any]] = []
    with bar("apply", len(files), "files") as show:
        for done, jobs in enumerate(files):
            if show is not None:
                show(done, os.path.basename(jobs[0].text))
            results += _clean_file(jobs, options, network, with_bar=False)
    return results


def _clean_file(jobs: list[Job], options: argparse.Namespace, network: Network, *, with_bar: bool) -> list[dict[str, Any]]:
    """Clean the channels of one file, write them, and say what there is to say about each."""
    output, beside = jobs[0].output, _appends(jobs[0])
    results, kept = [], []
    for position, job in enumerate(jobs):
        source = _read(job, options, network)
        clean, seconds = _clean(job, source, options, network, with_bar=with_bar)
        number = None
        if beside:
            try:
                number = images.append_channel(output if position else job.path, output, clean, channel=source.key, result=True)
            except DamagedError:  # of such a file nothing can be kept: the results come into one of their own
                if os.path.exists(output) and os.path.samefile(job.path, output):
                    raise
                beside = False
        if not beside:
            number = position if len(jobs) > 1 else None
            kept.append(clean)
        results.append(_result(job, source, clean, number, seconds))
    if len(kept) > 1:
        images.write_images(output, kept, result=True)
    elif kept:
        images.write_image(output, kept[0], result=True)
    return results


def _clean(job: Job, source: Images, options: argparse.Namespace, network: Network, *, with_bar: bool) -> tuple[Image, float]:
    """Clean one image, and measure how long that takes."""
    for kind, remark in (("note", source.remark), ("warning", remark_on_heights(job.text, source.image, network))):
        if remark:
            complain(kind, remark)
    begun = time.perf_counter()
    rows = bar(os.path.basename(job.text), len(source.image), "rows") if with_bar else contextlib.nullcontext()
    with about(job.text), rows as show:
        clean = apply(
            network,
            source.image,
            border=options.border,
            cval=options.cval,
            nan=options.nan,
            scale_output=options.scale_output,
            strength=options.strength,
            threads=options.threads,
            progress=None if show is None else lambda done, _: show(done, ""),
        )
    seconds = time.perf_counter() - begun
    name = source.image.title or readable(os.path.splitext(os.path.basename(job.path))[0])
    return clean.replace(title=f"{name} {MARK}"), seconds


def _result(job: Job, source: Images, clean: Image, number: int | None, seconds: float) -> dict[str, Any]:
    """Return what there is to say about an image that has been cleaned."""
    before, after = source.image.in_base_units(), clean.in_base_units()
    result = {
        "image": job.text,
        "output": job.output,
        "channel": number,
        "title": clean.title,
        "seconds": seconds,
        "unit": _units.base(source.image.unit_z),
        "rms_removed": metrics.rms_error(after, before, mask=np.isfinite(source.image.data)),
    }
    if source.ideal is not None:
        truth = source.ideal.in_base_units()
        for name, measure in (("rms_error", metrics.rms_error), ("psnr", metrics.psnr)):
            result[f"{name}_before"] = measure(before, truth, mask=source.counts)
            result[f"{name}_after"] = measure(after, truth, mask=source.counts)
        result["mean_bias"] = metrics.mean_bias(after, truth, mask=source.counts)
    return result


def _errors(results: list[dict[str, Any]]) -> str:
    rows = [
        [
            result["image"],
            quantity(result["rms_error_before"], result["unit"]),
            quantity(result["rms_error_after"], result["unit"]),
            decibels(result["psnr_before"]),
            decibels(result["psnr_after"]),
        ]
        for result in results
    ]
    return table(["image", "RMS error before", "after", "PSNR before", "after"], rows)
