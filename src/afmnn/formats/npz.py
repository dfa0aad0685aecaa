"""Our networks in files: an .npz of the weights with a JSON header, described in `write_network`."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._files import json_header
from .._files.npy import Archive, open_archive, write_archive
from .._files.regular import PathLike, open_regular
from .._version import __version__
from ..errors import FormatError
from ..nn.fovea import Fovea
from ..nn.methods import METHODS
from ..nn.network import MOST_STAGES, Network
from ..nn.scaling import LEVELLED, Scaling

FORMAT = "afmnn network"
FORMAT_VERSION = 1

_SCALES = ("in_shift", "in_factor", "out_shift", "out_factor")
_SLOPES = ("row_slope", "col_slope")  # of levelled scalings only
# What the header says of a network, and of each of the stages before it.
_STAGE_KEYS: dict[str, Any] = {
    "method": str,
    "window": list,
    "hidden": list,
    "linear": bool,
    "fovea": (dict, type(None)),
    "scaling": dict,
    "history": dict,
    "training": dict,
    "units": dict,
}
_KEYS: dict[str, Any] = {
    "format": str,
    "format_version": int,
    "afmnn_version": str,
    **_STAGE_KEYS,
    "before": list,
    "sha256": str,
}


def write_network(network: Network, path: PathLike, *, overwrite: bool = True) -> None:
    """Write a network to an ``.npz`` file, whole or not at all.

    The file holds, uncompressed and little-endian, ``header`` (JSON as unsigned bytes), ``layer_0``, ``layer_1``, ...,
    ``linear`` where there is such a path, and ``history_0``, ``history_1``, ... in the order of the header's
    ``"history"``. Of a network that comes after others, the header lists these under ``"before"``, the first stage first, each
    as it describes the network itself; their arrays are ``before_0_layer_0``, ... The header also holds the SHA-256 of all
    arrays, so that two files cannot be mixed up. The same network always gives the same bytes.
    ``numpy.load(path, allow_pickle=False)`` opens it, too.

    Parameters
    ----------
    network : Network
        What to write; everything of it survives.
    path : path-like
        File to write, as it is: no suffix is added.
    overwrite : bool
        Whether an existing file is replaced, or refused.

    Raises
    ------
    TypeError, ValueError
        If ``network.training`` or ``network.units`` holds something else than numbers, text, None, tuples, lists and
        dictionaries, or too much of it.
    OSError
        If the file cannot be written; an existing one is then unchanged. FileExistsError without `overwrite`, if there is one.
    """
    before = network.stages[:-1]
    arrays = _arrays(network, "")
    for i, stage in enumerate(before):
        arrays |= _arrays(stage, _prefix(i))
    header = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "afmnn_version": __version__,
        **_described(network),
        "before": [_described(stage) for stage in before],
        "sha256": _digest(arrays.items()),
    }
    text = json_header.to_bytes(header, "network")
    write_archive(path, {"header": np.frombuffer(text, np.uint8), **arrays}, overwrite=overwrite)


def _described(network: Network) -> dict[str, Any]:
    """Return what the header says of a network, or of one of the stages before it."""
    return {
        "method": network.method,
        "window": list(network.window),
        "hidden": list(network.hidden),
        "linear": network.linear is not None,
        "fovea": None if network.fovea is None else network.fovea.plain(),
        "scaling": {
            "kind": network.scaling.kind,
            **{name: float(getattr(network.scaling, name)) for name in _scales(network.scaling.kind)},
        },
        "history": {key: list(errors.shape) for key, errors in network.history.items()},
        "training": network.training,
        "units": network.units,
    }


def _arrays(network: Network, prefix: str) -> dict[str, NDArray[Any]]:
    """Return the arrays of a network, without those of the stages before it."""
    arrays = {f"{prefix}layer_{i}": _little(layer) for i, layer in enumerate(network.layers)}
    if network.linear is not None:
        arrays[f"{prefix}linear"] = _little(network.linear)
    return arrays | {f"{prefix}history_{i}": _little(errors) for i, errors in enumerate(network.history.values())}


def read_network(path: PathLike) -> Network:
    """Read a network that `write_network` wrote; see `afmnn.load`."""
    with open_regular(path) as (file, _):
        if file.read(6).startswith((b"GWYP", b"\x93NUMPY")):
            raise FormatError("is an image, not a network, see afmnn.read_image")
    with open_archive(path, compressed=False) as archive:
        header = _read_header(archive)
        expected = _expected(header, "")
        for i, stage in enumerate(header["before"]):
            expected |= _expected(stage, _prefix(i))
        missing = sorted(expected.keys() - set(archive.names))[:10]
        extra = sorted(set(archive.names) - expected.keys() - {"header"})[:10]
        if missing or extra:
            raise FormatError(f"does not hold the arrays that its header announces: {missing} are missing, {extra} too many")
        for name, (shape, dtype) in expected.items():  # all of them before the first is read
            found = archive.header(name)
            if (found.shape, found.dtype) != (shape, dtype):
                raise FormatError(f"its array {name!r} is {found.shape} {found.dtype}, but its header announces {shape} {dtype}")
        arrays = {name: archive.read(name) for name in expected}
        if header["sha256"] != _digest(arrays.items()):
            raise FormatError("is not whole: its arrays are not those that its header was written for")
        before: Network | None = None
        try:
            for i, stage in enumerate(header["before"]):
                before = _network(stage, arrays, _prefix(i), before)
            return _network(header, arrays, "", before)
        except (TypeError, ValueError) as error:
            raise FormatError(f"does not hold a network: {error}") from error


def _network(header: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], prefix: str, before: Network | None) -> Network:
    return Network(
        window=tuple(header["window"]),
        layers=tuple(arrays[f"{prefix}layer_{i}"] for i in range(len(header["hidden"]) + 1)),
        scaling=Scaling(**header["scaling"]),
        method=header["method"],
        linear=arrays.get(f"{prefix}linear"),
        history={key: arrays[f"{prefix}history_{i}"] for i, key in enumerate(header["history"])},
        training=header["training"],
        units=header["units"],
        fovea=_fovea(header),
        before=before,
    )


def _read_header(archive: Archive) -> dict[str, Any]:
    """Return the header with every type in it checked."""
    if "header" not in archive.names:
        raise FormatError("is not a network of afmnn: it has no header" + _hint(archive.names))
    array = archive.header("header")
    if len(array.shape) != 1 or array.dtype != np.uint8:
        raise FormatError(f"is not a network of afmnn: its header is an array {array.shape} of {array.dtype}")
    if array.nbytes > json_header.LONGEST:
        raise FormatError(f"has a header of {array.nbytes} bytes, more than {json_header.LONGEST}")
    header = json_header.from_bytes(archive.read("header").tobytes())
    if header.get("format") != FORMAT:
        raise FormatError(f"is not a network of afmnn: its header does not say {FORMAT!r}")
    version = header.get("format_version")
    if type(version) is int and version > FORMAT_VERSION:
        raise FormatError(
            f"was written by afmnn {str(header.get('afmnn_version'))[:20]} in version {version} of the format, "
            f"this afmnn reads version {FORMAT_VERSION}: update afmnn"
        )
    if version != FORMAT_VERSION:
        raise FormatError(f"has an unknown version of the format, {str(version)[:20]}")
    header.setdefault("fovea", None)  # which files of the first days do not have
    header.setdefault("before", [])
    _check_keys(header, _KEYS, len(archive.names))
    if len(header["before"]) >= MOST_STAGES:
        raise FormatError(f"has a header with {1 + len(header['before'])} stages, more than {MOST_STAGES}")
    for stage in header["before"]:
        if type(stage) is not dict:
            raise FormatError("has a header in which a stage is not of the type dict")
        _check_keys(stage, _STAGE_KEYS, len(archive.names))
    return header


def _check_keys(header: dict[str, Any], keys: Mapping[str, Any], arrays: int) -> None:
    """Check every type in what is said of a network, or of one of the stages before it."""
    if header.keys() != keys.keys():
        strange = sorted(str(key)[:40] for key in header.keys() ^ keys.keys())
        raise FormatError(f"has a header in which these keys are missing or unknown: {strange[:10]}")
    for key, kind in keys.items():
        kinds = kind if isinstance(kind, tuple) else (kind,)
        if type(header[key]) not in kinds:
            raise FormatError(f"has a header in which {key!r} is not of the type {kinds[0].__name__}")
    if header["method"] not in METHODS:
        raise FormatError(f"holds a network of the unknown method {header['method'][:40]!r}")
    if len(header["window"]) != 2 or not header["hidden"] or not _integers([*header["window"], *header["hidden"]], 1):
        raise FormatError("has a header without a proper window and hidden layers")
    if len(header["hidden"]) + len(header["history"]) > arrays:
        raise FormatError("has a header that announces more layers than there are arrays")
    if not all(isinstance(shape, list) and shape and _integers(shape, 0) for shape in header["history"].values()):
        raise FormatError("has a header without proper lengths of the history")
    scaling = header["scaling"]
    names = _scales(scaling.get("kind"))
    if scaling.keys() != {"kind", *names} or any(not _is_number(scaling[name]) for name in names):
        raise FormatError("has a header without a proper scaling")


def _expected(header: Mapping[str, Any], prefix: str) -> dict[str, tuple[tuple[int, ...], np.dtype[Any]]]:
    """Return shape and type of every array that is spoken of."""
    dtype = np.dtype(METHODS[header["method"]].dtype).newbyteorder("<")
    fovea = _fovea(header)
    nodes = [header["window"][0] * header["window"][1] if fovea is None else fovea.taps, *header["hidden"], 1]
    expected = {f"{prefix}layer_{i}": ((nodes[i + 1], 1 + nodes[i]), dtype) for i in range(len(nodes) - 1)}
    if header["linear"]:
        expected[f"{prefix}linear"] = (tuple(header["window"]) if fovea is None else (fovea.taps,), dtype)
    lengths = header["history"].values()
    return expected | {f"{prefix}history_{i}": (tuple(shape), np.dtype("<f8")) for i, shape in enumerate(lengths)}


def _prefix(number: int) -> str:
    """Return how the names of the arrays of a stage before the last begin."""
    return f"before_{number}_"


def _fovea(header: Mapping[str, Any]) -> Fovea | None:
    try:
        return None if header["fovea"] is None else Fovea.from_plain(header["fovea"])
    except (TypeError, ValueError) as error:
        raise FormatError(f"has a header without a proper fovea: {str(error)[:200]}") from error


def _scales(kind: object) -> tuple[str, ...]:
    noise = ("row_noise",) if kind == "row-noise" else ()
    return (*_SCALES, *_SLOPES, *noise) if kind in LEVELLED else _SCALES


def _integers(values: list[Any], minimum: int) -> bool:
    return all(type(value) is int and value >= minimum for value in values)


def _is_number(value: Any) -> bool:
    return type(value) is float and not math.isnan(value)


def _hint(names: Iterable[str]) -> str:
    return "; it holds an image, see afmnn.read_image" if "afmnn_image" in names else ""


def _little(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array with the bytes that are written: row by row, little-endian."""
    return np.ascontiguousarray(array, array.dtype.newbyteorder("<"))


def _digest(arrays: Iterable[tuple[str, NDArray[Any]]]) -> str:
    """Return the SHA-256 of names and bytes."""
    total = hashlib.sha256()
    for name, array in arrays:
        total.update(name.encode() + b"\0")
        total.update(array.tobytes())
    return total.hexdigest()
