"""Images in files: Gwyddion's .gwy and .gsf, NumPy's .npy and .npz, and those of instruments.

The suffix says which. A .gwy file, an .npz file and that of an instrument can hold several channels; .npz keeps size, units and
title of an image only if afmnn wrote it, .npy never does. What is wrong with one channel does not keep the others from being
read.

Files of instruments (every other suffix) are read by another program: gwyconvert (extra ``io``), an installed Gwyddion, NSFopen
(extra ``nhf``) or h5py (extra ``jpk``). It runs with limits on time, memory and output, and whatever happens to it is a
`FormatError`. More is in docs/files.md.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._files.atomic import atomic_writer
from .._files.regular import PathLike
from ..errors import FormatError
from ..image import Image
from . import _gsf, _gwy, _gwy_write, _npz_images
from ._channels import Channel
from ._readers import SUFFIXES, GwyReader, open_images, suffix_of
from .series import read_directions, read_frames

__all__ = [
    "SUFFIXES",
    "append_channel",
    "append_channels",
    "list_channels",
    "read_directions",
    "read_frames",
    "read_image",
    "read_images",
    "read_mask",
    "write_image",
    "write_images",
]

_TRIES = 20  # to add to a file that others add to at the same time


def list_channels(path: PathLike) -> list[Channel]:
    """List the images in a file.

    Parameters
    ----------
    path : path-like
        A .gwy, .gsf, .npy or .npz file, or one of an instrument. Only two-dimensional arrays of real numbers count as images.

    Returns
    -------
    list of Channel
        In the order of the channels' numbers (.gwy) or of the file, with their units, sizes and directions, and whether they are
        heights. One that cannot be read is among them, and its ``problem`` says why.

    Raises
    ------
    FormatError
        If the file is not what its suffix says, is damaged or is of no known format, or no program on this machine can read it.
    OSError
        If the file cannot be read.
    """
    with open_images(path) as file:
        return file.channels()


def read_image(path: PathLike, channel: int | str | None = None) -> Image:
    """Read an image.

    Parameters
    ----------
    path : path-like
        A .gwy, .gsf, .npy or .npz file, or one of an instrument.
    channel : int or str, optional
        Title or number of the channel, name of the array or title of the image (.npz), or a pattern such as ``"Z-Axis f*"`` that
        fits one title. ``"height"`` is the height of the forward direction, whatever its maker calls it; of the feedback rather
        than of a sensor where there are both. May be left out where there is only one channel that can be read, or one such
        height. A text that is the number of a channel is its number, also where it is the title of another: ``1`` and ``"1"``
        are the same channel.

    Returns
    -------
    Image
        Heights as they are stored (float32 and float64; other numbers become float64), with size, units and title
        where the file has them, which a .npy file never has; the title says which channel it is. Of an instrument's file, they
        are in units without a prefix, with row 0 at the top, and the backward direction is not mirrored. The offset of a channel
        in a .gwy file is not read; `append_channel` keeps it. Missing pixels that `write_image` has put under a mask are NaN
        again; what somebody has masked in Gwyddion is not.

    Raises
    ------
    ValueError
        If there is no such channel, or none is chosen out of several; the message lists them.
    FormatError
        If the file is not what its suffix says, is damaged, has no image or is of no known format, the channel cannot be read, or
        no program on this machine can read the file. Sizes are checked before memory is taken, and nothing in the file is
        executed.
    OSError
        If the file cannot be read.
    """
    with open_images(path) as file:
        return file.image(file.find(channel))


def read_images(path: PathLike, channels: Sequence[int | str] | None = None) -> list[Image]:
    """Read several images of a file, such as the frames of a film, in one pass.

    Parameters
    ----------
    path : path-like
        A .gwy, .gsf, .npy or .npz file, or one of an instrument.
    channels : sequence of int or str, optional
        Which ones, as for `read_image`; by default all that can be read.

    Returns
    -------
    list of Image
        In the order of `channels` or of the file.

    Raises
    ------
    ValueError
        If there is no such channel, or a title is that of several; the message lists them.
    FormatError
        As `read_image`, and if there is no image that can be read.
    OSError
        If the file cannot be read.
    """
    with open_images(path) as file:
        if channels is not None:
            return [file.image(file.find(channel)) for channel in channels]
        found = [channel for channel in file.channels() if not channel.problem]
        return [file.image(channel) for channel in found or [file.find(None)]]


def read_mask(path: PathLike, channel: int | str | None = None) -> NDArray[np.float64]:
    """Read the mask of a channel in a .gwy file.

    Parameters
    ----------
    path : path-like
        A .gwy file.
    channel : int or str, optional
        Title or number of the channel, as for `read_image`; may be left out where there is only one.

    Returns
    -------
    ndarray of float64
        Of the channel's shape, 1 where the mask covers it and 0 elsewhere: what ``train(..., mask=)`` takes.

    Raises
    ------
    ValueError
        If there is no such channel, none is chosen out of several, or it has no mask.
    FormatError
        If the file is not a .gwy file, or is damaged.
    OSError
        If the file cannot be read.
    """
    if suffix_of(path) != ".gwy":
        raise FormatError(f"{os.fsdecode(path)}: only .gwy files have masks beside their images")
    with open_images(path) as file:
        chosen = file.find(channel)
        mask = file.mask(chosen)
    if mask is None:
        raise ValueError(f"channel must be one with a mask, got {chosen} of {os.fsdecode(path)}, which has none")
    return mask


def write_image(path: PathLike, image: ArrayLike | Image, *, compressed: bool = False, result: bool = False) -> None:
    """Write an image to a file of its own, whole or not at all.

    Parameters
    ----------
    path : path-like
        File to write, as it is; its suffix .gwy, .gsf, .npy or .npz says what it becomes. An existing one is replaced.
    image : array_like or Image, shape (rows, columns)
        What to write. A .npz file keeps everything of it, in the array ``data`` and the JSON text ``afmnn_image``.
        A .gwy file keeps everything, with heights in float64 and in units without a prefix (m for nm); missing heights (NaN)
        become their mean under a mask, as it cannot hold them, and are NaN again when `read_image` reads them. A .gsf file keeps
        everything, too, rounded to single precision and in units without a prefix. A .npy file keeps the heights only.
    compressed : bool
        Whether an .npz file is to be smaller and slower to write; it makes no difference to the others.
    result : bool
        Whether it is a result that can be made again: the command ``afmnn`` replaces such .npz, .gwy and .gsf files without
        ``--force``, as long as nothing has been added to them.

    Raises
    ------
    ValueError
        If `image` is not two-dimensional, is infinite somewhere and the file is .gwy or .gsf, or the suffix is unknown.
    OSError
        If the file cannot be written; an existing one is then unchanged.
    """
    suffix = suffix_of(path)
    image = _image(image)
    if suffix == ".gwy":
        _gwy_write.write(path, [_gwy_write.NewChannel(image, result)])
    elif suffix == ".npz":
        _npz_images.write(path, image, compressed=compressed, result=result)
    elif suffix == ".gsf":
        _gsf.write(path, image, result=result)
    else:
        with atomic_writer(path) as file:
            np.lib.format.write_array(file, image.data, allow_pickle=False)


def write_images(path: PathLike, images: Sequence[ArrayLike | Image], *, result: bool = False) -> None:
    """Write several images as channels of one .gwy file, whole or not at all.

    Parameters
    ----------
    path : path-like
        File to write, ending in .gwy. An existing one is replaced.
    images : sequence of array_like or Image, shape (rows, columns)
        What to write, see `write_image`. They become the channels 0, 1, 2, ... and may differ in size.
    result : bool
        As for `write_image`.

    Raises
    ------
    ValueError
        If there is no image, or one of them cannot be written, see `write_image`.
    FormatError
        If `path` does not end in .gwy.
    OSError
        If the file cannot be written; an existing one is then unchanged.
    """
    _only_gwy(path)
    if len(images) == 0:
        raise ValueError("images must have at least one image, got none")
    _gwy_write.write(path, [_gwy_write.NewChannel(_image(each), result) for each in images])


def append_channel(
    source: PathLike,
    path: PathLike,
    image: ArrayLike | Image,
    *,
    channel: int | str | None = None,
    title: str | None = None,
    result: bool = False,
) -> int:
    """Write a copy of a .gwy file with one more channel, so that Gwyddion shows it beside the original.

    Everything in `source` is kept, byte by byte. The new channel is visible and has palette, aspect ratio and, where
    its size is the same, the offset of the channel that it was made from. Adding to the file itself (`path` is `source`) takes
    time for the channel only, not for what is there already.

    Parameters
    ----------
    source : path-like
        The .gwy file with the original.
    path : path-like
        File to write, whole or not at all; may be `source`.
    image : array_like or Image, shape (rows, columns)
        The new channel. An array takes size and units of the original and must have its shape.
    channel : int or str, optional
        Title or number of the original, as for `read_image`; may be left out where the file has only one channel.
    title : str, optional
        Title of the new channel; it should say what was done. By default that of `image`, and where this is none or
        the original's, the original's with ``" (afmnn)"``.
    result : bool
        As for `write_image`; the original stays what it is.

    Returns
    -------
    int
        Number of the new channel.

    Raises
    ------
    ValueError
        If there is no such channel, none is chosen out of several, or `image` has another shape, is infinite
        somewhere or makes the file larger than 4 GiB.
    FormatError
        If `source` is not a .gwy file or is damaged, or `path` does not end in .gwy.
    OSError
        If a file cannot be read or written; an existing one is then unchanged.
    """
    titles = None if title is None else [title]
    return append_channels(source, path, [image], channel=channel, titles=titles, result=result)[0]


def append_channels(
    source: PathLike,
    path: PathLike,
    images: Sequence[ArrayLike | Image],
    *,
    channel: int | str | None = None,
    titles: Sequence[str] | None = None,
    result: bool = False,
) -> list[int]:
    """Write a copy of a .gwy file with several more channels, see `append_channel`.

    Parameters
    ----------
    source : path-like
        The .gwy file with the original.
    path : path-like
        File to write, whole or not at all; may be `source`.
    images : sequence of array_like or Image, shape (rows, columns)
        The new channels. Arrays take size and units of the original and must have its shape.
    channel : int or str, optional
        Title or number of the original, as for `read_image`; may be left out where the file has only one channel.
    titles : sequence of str, optional
        Titles of the new channels, one for each; by default as for `append_channel`.
    result : bool
        As for `write_image`; the original stays what it is.

    Returns
    -------
    list of int
        Numbers of the new channels.

    Raises
    ------
    ValueError
        As `append_channel`, if there is no image, or if there is not a title for each.
    FormatError
        If `source` is not a .gwy file or is damaged, or `path` does not end in .gwy.
    OSError
        If a file cannot be read or written; an existing one is then unchanged.
    """
    _only_gwy(source, path)
    if len(images) == 0:
        raise ValueError("images must have at least one image, got none")
    if titles is not None and len(titles) != len(images):
        raise ValueError(f"titles must have one for each of the {len(images)} images, got {len(titles)}")
    grows = os.path.isfile(source) and os.path.exists(path) and os.path.samefile(source, path)
    for _ in range(_TRIES):
        try:
            with _gwy_write.locked(source) if grows else contextlib.nullcontext(), open_images(source) as file:
                assert isinstance(file, GwyReader)
                original = file.find(channel)
                original.check()
                field = file.gwy.field(int(original.key))
                made = [_beside(each, original, field, None if titles is None else titles[i]) for i, each in enumerate(images)]
                new = [_gwy_write.NewChannel(each, result, int(original.key)) for each in made]
                return _gwy_write.append(file.gwy, source, path, new)
        except _gwy_write.ChangedError:
            continue
    raise OSError(f"{os.fsdecode(path)}: is written to by others all the time; nothing was written")


def _beside(image: ArrayLike | Image, original: Channel, field: _gwy.Field, title: str | None) -> Image:
    """Return the image of a new channel, with all that it takes from the original."""
    if not isinstance(image, Image):
        image = _image(image).replace(size=field.size, unit_xy=field.unit_xy, unit_z=field.unit_z)
        if image.shape != field.shape:
            raise ValueError(f"image must have the shape {field.shape} of its original or be an Image, got {image.shape}")
    if title is None:
        title = image.title if image.title not in ("", original.title) else f"{original.title} (afmnn)".lstrip()
    return image.replace(title=title)


def _image(image: ArrayLike | Image) -> Image:
    return image if isinstance(image, Image) else Image(image)  # type: ignore[arg-type]  # which turns it into an array


def _only_gwy(*paths: PathLike) -> None:
    for path in paths:
        if suffix_of(path) != ".gwy":
            raise FormatError(f"{os.fsdecode(path)}: only .gwy files take a channel beside the others")
