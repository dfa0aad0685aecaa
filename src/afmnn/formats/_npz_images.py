"""Images in NumPy's archives (.npz): ours, with their size, units and title, and the arrays of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._files import json_header, npy
from .._files.regular import PathLike
from ..errors import FormatError
from ..image import Image
from ._channels import Channel
from ._naming import direction_of, is_height

#: Array of the heights in a file of ours, and array with the rest of the image as JSON.
DATA, HEADER = "data", "afmnn_image"

_FORMAT = "afmnn image"
_FORMAT_VERSION = 1


def write(
    path: PathLike,
    image: Image,
    *,
    compressed: bool,
    result: bool,
    record: Mapping[str, str] | None = None,
    overwrite: bool = True,
) -> None:
    """Write an image, whole or not at all; `record` says what was done to it."""
    arrays = {DATA: image.data, HEADER: _header_array(image, result, record)}
    npy.write_archive(path, arrays, compressed=compressed, overwrite=overwrite)


def channels(archive: npy.Archive) -> list[Channel]:
    """List the images of an archive; arrays that are none do not count, damaged ones do."""
    found = []
    for name in archive.names:
        title, problem, shape, ours = name, "", (0, 0), None
        try:
            dimensions = archive.header(name).shape
            if len(dimensions) != 2 or 0 in dimensions:
                continue
            shape = (dimensions[0], dimensions[1])
        except npy.OtherContents:
            continue
        except FormatError as error:
            if not archive.is_array(name):
                continue
            problem = str(error)
        if name == DATA and not problem:
            try:
                ours = header(archive)
                title = name if ours is None else ours["title"]
            except FormatError as error:
                problem = str(error)
        found.append(_channel(name, title, shape, problem, ours))
    return found


def _channel(name: str, title: str, shape: tuple[int, int], problem: str, fields: dict[str, Any] | None) -> Channel:
    """Return what is known of an array, with what our header says of it where there is one."""
    said: dict[str, Any] = {}
    if fields is not None:
        said = {"size": tuple(fields["size"]), "unit_xy": fields["unit_xy"], "unit_z": fields["unit_z"]}
    unit = said.get("unit_z", "")
    return Channel(name, title, shape, problem, direction=direction_of(title, {}), is_height=is_height(title, unit), **said)


def image(archive: npy.Archive, channel: Channel) -> Image:
    """Read one of the images."""
    channel.check()
    name = str(channel.key)
    fields = header(archive) if name == DATA else None
    if fields is None:
        fields = {"title": channel.title}
    for ours in ("result", "record"):
        fields.pop(ours, None)
    return as_image(archive.read(name), **fields)


def is_ours(archive: npy.Archive) -> bool:
    """Whether `write` wrote an .npz file."""
    return HEADER in archive.names


def is_result(archive: npy.Archive) -> bool:
    """Whether a file holds a result, and nothing else."""
    fields = header(archive) if set(archive.names) == {DATA, HEADER} else None
    return fields is not None and fields["result"]


def header(archive: npy.Archive) -> dict[str, Any] | None:
    """Return what our header says of the image, None where somebody else wrote the file."""
    if not is_ours(archive):
        return None
    layout = archive.header(HEADER)
    if len(layout.shape) != 1 or layout.dtype != np.uint8 or layout.nbytes > json_header.LONGEST:
        raise FormatError("is not an image of afmnn, although it has a header of one")
    found = json_header.from_bytes(archive.read(HEADER).tobytes())
    if found.get("format") != _FORMAT or type(found.get("format_version")) is not int:
        raise FormatError(f"has a header that does not say {_FORMAT!r}")
    if found["format_version"] > _FORMAT_VERSION:
        raise FormatError(f"was written by a newer afmnn, {str(found.get('afmnn_version'))[:20]}: update afmnn")
    fields = {name: found.get(name) for name in ("unit_xy", "unit_z", "title")}
    size = found.get("size")
    if not all(isinstance(text, str) for text in fields.values()) or not isinstance(size, list) or len(size) != 2:
        raise FormatError("has a header without a proper size, units and title")
    record = found.get("record", {})
    if not isinstance(record, dict) or not all(isinstance(text, str) for text in (*record, *record.values())):
        record = {}
    return {"size": size, **fields, "result": found.get("result") is True, "record": record}


def as_image(heights: ArrayLike, **fields: Any) -> Image:
    """Return an image of what a file holds; what cannot be one is the file's fault."""
    try:
        return Image(heights, **fields)  # type: ignore[arg-type]  # which turns it into an array
    except (TypeError, ValueError) as error:
        raise FormatError(f"does not hold an image: {error}") from error


def _header_array(image: Image, result: bool, record: Mapping[str, str] | None) -> NDArray[np.uint8]:
    from .. import __version__  # noqa: PLC0415 - the package is complete only now

    fields: dict[str, Any] = {"format": _FORMAT, "format_version": _FORMAT_VERSION, "afmnn_version": __version__}
    fields |= {"size": list(image.size), "unit_xy": image.unit_xy, "unit_z": image.unit_z, "title": image.title}
    if result:
        fields["result"] = True
    if record is not None:
        fields["record"] = dict(record)
    return np.frombuffer(json_header.to_bytes(fields, "image"), np.uint8)
