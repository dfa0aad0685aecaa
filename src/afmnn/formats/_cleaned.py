"""Files of cleaned images: what each format keeps beside the heights, and how to write them whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from .._files.regular import PathLike
from ..image import Image
from . import _gsf, _gwy_write, _npy_results, _npz_images
from ._channels import Channel
from ._gwy_write import NewChannel
from ._readers import GwyReader, Reader


class CleanedImage(NamedTuple):
    """A result, with the channel that it was made of and what was done."""

    image: Image
    channel: Channel
    record: Mapping[str, str]
    log_entry: str


def write_beside(path: PathLike, file: Reader, source: PathLike, cleaned: Sequence[CleanedImage], *, overwrite: bool) -> None:
    """Write a .gwy file with all that an open file has, and results behind.

    Of a .gwy file, and of what a program has made of an instrument's, everything is kept byte by byte, of others their images.
    Where a .gwy file is damaged, the images that the results were made of are kept.
    """
    if isinstance(file, GwyReader):
        try:
            new = [_new(each, int(each.channel.key), file.gwy.log(int(each.channel.key))) for each in cleaned]
            _gwy_write.append(file.gwy, source, path, new, overwrite=overwrite)
            return
        except _gwy_write.DamagedError:
            pass
    originals = {each.channel.key: each.channel for each in cleaned}
    kept = [NewChannel(file.image(channel), result=False) for channel in originals.values()]
    numbers = {key: number for number, key in enumerate(originals)}
    new = [_new(each, numbers[each.channel.key], ()) for each in cleaned]
    _gwy_write.write(path, [*kept, *new], overwrite=overwrite)


def write_alone(path: PathLike, cleaned: CleanedImage, *, overwrite: bool) -> None:
    """Write one result to an .npz, .gsf or .npy file."""
    suffix = os.path.splitext(os.fsdecode(path))[1].lower()
    if suffix == ".npz":
        _npz_images.write(path, cleaned.image, compressed=False, result=True, record=cleaned.record, overwrite=overwrite)
    elif suffix == ".gsf":
        _gsf.write(path, cleaned.image, result=True, record=cleaned.record, overwrite=overwrite)
    else:
        _npy_results.write(path, cleaned.image.data, cleaned.record, overwrite=overwrite)


def _new(cleaned: CleanedImage, like: int, log: Sequence[str]) -> NewChannel:
    return NewChannel(cleaned.image, result=True, like=like, record=cleaned.record, log=(*log, cleaned.log_entry))
