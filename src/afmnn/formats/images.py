"""Images in files: Gwyddion's .gwy, NumPy's .npy and .npz.

The suffix says which. A .gwy file (package gwyfile, ``pip install 'afmnn[gwy]'``) and an .npz file can hold several
channels; .npz keeps size, units and title of an image only if afmnn wrote it, .npy never does.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._files import json_header as _json
from .._files import npy as _npy
from .._files.atomic import atomic_writer
from .._files.regular import PathLike, naming, open_regular
from .._version import __version__
from ..errors import FormatError
from ..image import Image
from . import _gwy
from ._channels import Channel, select

__all__ = ["SUFFIXES", "append_channel", "list_channels", "read_image", "read_mask", "write_image"]

SUFFIXES = (".gwy", ".npy", ".npz")

_FORMAT = "afmnn image"
_FORMAT_VERSION = 1
_HEADER = "afmnn_image"  # array of an .npz file with size, units and title of the array below, as JSON
_DATA = "data"


def list_channels(path: PathLike) -> list[Channel]:
    """List the images in a file.

    Parameters
    ----------
    path : path-like
        A .gwy, .npy or .npz file. Only two-dimensional arrays of real numbers count as images.

    Returns
    -------
    list of Channel
        In the order of the channels' numbers (.gwy) or of the file.

    Raises
    ------
    FormatError
        If the file is not what its suffix says, is damaged or is of no known format.
    MissingExtraError
        If `path` is a .gwy file and the package gwyfile is missing.
    OSError
        If the file cannot be read.
    """
    suffix = _suffix(path)
    if suffix == ".gwy":
        gwy = _gwy.read(path)
        with naming(path):
            return _gwy_channels(gwy)
    if suffix == ".npz":
        with _npy.open_archive(path) as archive:
            return _npz_channels(archive, _npz_header(archive))
    with open_regular(path) as (file, size):
        header = _npy.read_header(file)
        header.check_size(size)
        return [_npy_channel(header)]


def read_image(path: PathLike, channel: int | str | None = None) -> Image:
    """Read an image.

    Parameters
    ----------
    path : path-like
        A .gwy, .npy or .npz file.
    channel : int or str, optional
        Title or number of the channel (.gwy), name of the array or title of the image (.npz). May be left out where
        there is only one.

    Returns
    -------
    Image
        Heights as they are stored (float32 and float64; other numbers become float64), with size, units and title
        where the file has them, which a .npy file never has. The offset of a channel in a .gwy file is not read;
        `append_channel` keeps it.

    Raises
    ------
    ValueError
        If there is no such channel, or none is chosen out of several; the message lists them.
    FormatError
        If the file is not what its suffix says, is damaged, has no image or is of no known format. Sizes are checked
        before memory is taken, and nothing in the file is executed.
    MissingExtraError
        If `path` is a .gwy file and the package gwyfile is missing.
    OSError
        If the file cannot be read.
    """
    suffix = _suffix(path)
    if suffix == ".gwy":
        gwy = _gwy.read(path)
        with naming(path):
            return _gwy_image(gwy, select(path, _gwy_channels(gwy), channel))
    if suffix == ".npz":
        with _npy.open_archive(path) as archive:
            header = _npz_header(archive)
            chosen = select(path, _npz_channels(archive, header), channel)
            fields = header if header is not None and chosen.key == _DATA else {"title": chosen.title}
            return _image(archive.read(str(chosen.key)), **fields)
    with open_regular(path) as (file, size):
        npy = _npy.read_header(file)
        select(path, [_npy_channel(npy)], channel)
        npy.check_size(size)
        return _image(_npy.read_numbers(file, npy))


def read_mask(path: PathLike, channel: int | str | None = None) -> NDArray[np.float64]:
    """Read the mask of a channel in a .gwy file.

    Parameters
    ----------
    path : path-like
        A .gwy file.
    channel : int or str, optional
        Title or number of the channel; may be left out where there is only one.

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
    MissingExtraError
        If the package gwyfile is missing.
    OSError
        If the file cannot be read.
    """
    if _suffix(path) != ".gwy":
        raise FormatError(f"{os.fsdecode(path)}: only .gwy files have masks beside their images")
    gwy = _gwy.read(path)
    with naming(path):
        chosen = select(path, _gwy_channels(gwy), channel)
        mask = gwy.mask(int(chosen.key))
    if mask is None:
        raise ValueError(f"channel must be one with a mask, got {chosen} of {os.fsdecode(path)}, which has none")
    return mask


def write_image(path: PathLike, image: ArrayLike | Image, *, compressed: bool = False) -> None:
    """Write an image to a file of its own, whole or not at all.

    Parameters
    ----------
    path : path-like
        File to write, as it is; its suffix .gwy, .npy or .npz says what it becomes.
    image : array_like or Image, shape (rows, columns)
        What to write. A .npz file keeps everything of it, in the array ``data`` and the JSON text ``afmnn_image``.
        A .gwy file keeps everything, with heights in float64; missing heights (NaN) become their mean under a mask, as
        it cannot hold them. A .npy file keeps the heights only.
    compressed : bool
        Whether an .npz file is to be smaller and slower to write; it makes no difference to the others.

    Raises
    ------
    ValueError
        If `image` is not two-dimensional, is infinite somewhere and the file is .gwy, or the suffix is unknown.
    MissingExtraError
        If `path` is a .gwy file and the package gwyfile is missing.
    OSError
        If the file cannot be written; an existing one is then unchanged.
    """
    suffix = _suffix(path)
    image = image if isinstance(image, Image) else Image(np.asanyarray(image))
    if suffix == ".gwy":
        _gwy.write(path, image)
    elif suffix == ".npz":
        _npy.write_archive(path, {_DATA: image.data, _HEADER: _npz_header_array(image)}, compressed=compressed)
    else:
        with atomic_writer(path) as file:
            np.lib.format.write_array(file, image.data, allow_pickle=False)


def append_channel(
    source: PathLike,
    path: PathLike,
    image: ArrayLike | Image,
    *,
    channel: int | str | None = None,
    title: str | None = None,
) -> int:
    """Write a copy of a .gwy file with one more channel, so that Gwyddion shows it beside the original.

    Everything in `source` is kept, byte by byte. The new channel is visible and has palette, aspect ratio and, where
    its size is the same, the offset of the channel that it was made from.

    Parameters
    ----------
    source : path-like
        The .gwy file with the original.
    path : path-like
        File to write, whole or not at all; may be `source`.
    image : array_like or Image, shape (rows, columns)
        The new channel. An array takes size and units of the original and must have its shape.
    channel : int or str, optional
        Title or number of the original; may be left out where the file has only one channel.
    title : str, optional
        Title of the new channel; it should say what was done. By default that of `image`, and where this is none or
        the original's, the original's with ``" (afmnn)"``.

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
    MissingExtraError
        If the package gwyfile is missing.
    OSError
        If a file cannot be read or written; an existing one is then unchanged.
    """
    for file in (source, path):
        if _suffix(file) != ".gwy":
            raise FormatError(f"{os.fsdecode(file)}: only .gwy files take a channel beside the others")
    gwy = _gwy.read(source)
    with naming(source):
        original = select(source, _gwy_channels(gwy), channel)
        field = gwy.field(gwy.channels[int(original.key)])
        if not isinstance(image, Image):
            image = Image(np.asanyarray(image), field.size, field.unit_xy, field.unit_z)
            if image.shape != field.shape:
                raise ValueError(f"image must have the shape {field.shape} of its original or be an Image, got {image.shape}")
        if title is None:
            title = image.title if image.title not in ("", original.title) else f"{original.title} (afmnn)".lstrip()
        return _gwy.append(gwy, path, image.replace(title=title), int(original.key))


def is_ours(archive: _npy.Archive) -> bool:
    """Whether `write_image` wrote an .npz file."""
    return _HEADER in archive.names


def _suffix(path: PathLike) -> str:
    suffix = os.path.splitext(os.fsdecode(path))[1].lower()
    if suffix not in SUFFIXES:
        raise FormatError(f"{os.fsdecode(path)}: images are files with the suffix {', '.join(SUFFIXES)}, not {suffix or 'none'}")
    return suffix


def _image(heights: NDArray[Any], **fields: Any) -> Image:
    try:
        return Image(heights, **fields)
    except (TypeError, ValueError) as error:
        raise FormatError(f"does not hold an image: {error}") from error


def _gwy_channels(gwy: _gwy.GwyFile) -> list[Channel]:
    return [Channel(number, gwy.title(number), gwy.field(gwy.channels[number]).shape) for number in sorted(gwy.channels)]


def _gwy_image(gwy: _gwy.GwyFile, channel: Channel) -> Image:
    field = gwy.field(gwy.channels[int(channel.key)])
    return _image(gwy.heights(field), size=field.size, unit_xy=field.unit_xy, unit_z=field.unit_z, title=channel.title)


def _npy_channel(header: _npy.Header) -> Channel:
    if len(header.shape) != 2 or 0 in header.shape:
        raise FormatError(f"holds an array of the shape {header.shape}, not an image")
    return Channel(0, "", (header.shape[0], header.shape[1]))


def _npz_channels(archive: _npy.Archive, header: dict[str, Any] | None) -> list[Channel]:
    channels = []
    for name in archive.names:
        try:
            shape = archive.header(name).shape
        except _npy.OtherContents:
            continue
        if len(shape) == 2 and 0 not in shape:
            title = header["title"] if header is not None and name == _DATA else name
            channels.append(Channel(name, title, (shape[0], shape[1])))
    return channels


def _npz_header(archive: _npy.Archive) -> dict[str, Any] | None:
    """Return the fields of the image that our header describes, None where somebody else wrote the file."""
    if not is_ours(archive):
        return None
    layout = archive.header(_HEADER)
    if len(layout.shape) != 1 or layout.dtype != np.uint8 or layout.nbytes > _json.LONGEST or _DATA not in archive.names:
        raise FormatError("is not an image of afmnn, although it has a header of one")
    header = _json.from_bytes(archive.read(_HEADER).tobytes())
    if header.get("format") != _FORMAT or type(header.get("format_version")) is not int:
        raise FormatError(f"has a header that does not say {_FORMAT!r}")
    if header["format_version"] > _FORMAT_VERSION:
        raise FormatError(f"was written by a newer afmnn, {str(header.get('afmnn_version'))[:20]}: update afmnn")
    fields = {name: header.get(name) for name in ("unit_xy", "unit_z", "title")}
    size = header.get("size")
    if not all(isinstance(text, str) for text in fields.values()) or not isinstance(size, list) or len(size) != 2:
        raise FormatError("has a header without a proper size, units and title")
    return {"size": size, **fields}


def _npz_header_array(image: Image) -> NDArray[np.uint8]:
    header = {"format": _FORMAT, "format_version": _FORMAT_VERSION, "afmnn_version": __version__}
    fields = {"size": list(image.size), "unit_xy": image.unit_xy, "unit_z": image.unit_z, "title": image.title}
    return np.frombuffer(_json.to_bytes({**header, **fields}, "image"), np.uint8)
