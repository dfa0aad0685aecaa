"""Networks in Gwyddion's own text files, which its *Neural Network* tools read and write.

They live, one file a network, in the folder ``neuralnetwork`` of the user's Gwyddion folder (``~/.gwyddion`` on Linux
and macOS, ``gwyddion`` in the user's own folder on Windows); a file's name is the network's name. The format has one hidden
layer of logistic nodes, one logistic output and minimum-to-maximum scaling, which is what ``train(..., method="gwyddion")``
makes.
"""

from __future__ import annotations

import math
import os
import re
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import _check
from .._files.atomic import atomic_writer
from .._files.regular import PathLike, open_regular
from .._text import decoded
from ..errors import FormatError
from ..nn.network import Network
from ..nn.scaling import Scaling

__all__ = ["read_network", "write_network"]

_MAGIC = "Gwyddion resource GwyNeuralNetwork"
_LARGEST_WINDOW = 100  # what the reference reads, in pixels either way
_MOST_HIDDEN = 30
_LONGEST_NUMBER = 40  # characters; 17 digits, sign, point and exponent take 24
_LONGEST_LINE = 1000  # of a key and its value
_MOST_LINES = 100  # of keys
_LARGEST_POWER = 100  # of a unit
_LARGEST_FILE = _LONGEST_NUMBER * (_MOST_HIDDEN * (_LARGEST_WINDOW**2 + 2) + 1) + _MOST_LINES * _LONGEST_LINE

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,5})?", re.ASCII)
_KEY = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_UNITS = {"xyunitpower": 0, "zunitpower": 1, "outunits": ""}  # with the reference's defaults


def read_network(path: PathLike) -> Network:
    """Read a network that Gwyddion saved.

    Parameters
    ----------
    path : path-like
        File to read. Its name becomes ``network.training["name"]``.

    Returns
    -------
    Network
        Of method "gwyddion", with the reference's scaling; ``network.units`` has its ``"outunits"``, ``"xyunitpower"``
        and ``"zunitpower"``. Written again, it gives the same bytes.

    Raises
    ------
    FormatError
        If the file is not such a network, or is damaged. Sizes in it are compared with the numbers that follow, and
        with the reference's limits (windows up to 100 x 100, 30 hidden nodes), before memory is taken.
    OSError
        If the file cannot be read.

    Warns
    -----
    UserWarning
        If the file has keys that mean nothing; they are ignored, as by the reference.
    """
    with open_regular(path) as (file, size):
        if size > _LARGEST_FILE:
            raise FormatError(f"is too large for a Gwyddion network, {size} bytes instead of at most {_LARGEST_FILE}")
        text = decoded(file.read(size))  # of an old program or editor it may be Latin-1, where its unit has a micro sign
        values, weights = _split(text)
        unknown = sorted(values.keys() - _KEYS.keys())
        network = _network(values, weights, os.path.basename(os.fsdecode(path)))
    if unknown:
        listed = ", ".join(repr(key[:40]) for key in unknown[:10])
        warnings.warn(f"{os.fsdecode(path)}: unknown keys of a Gwyddion network are ignored: {listed}", stacklevel=2)
    return network


def write_network(network: Network, path: PathLike, *, install: bool = False, overwrite: bool = True) -> str:
    r"""Write a network for Gwyddion to read, whole or not at all.

    Parameters
    ----------
    network : Network
        Of method "gwyddion", with one layer of at most 30 hidden nodes and a window of at most 100 x 100 pixels.
    path : path-like
        File to write. Its name is the name that Gwyddion will show: no suffix is added, and it must not contain ``/``
        or ``\`` or be ``__untitled__``.
    install : bool
        Write it where Gwyddion looks for its networks, under the name `path`, which then has no folder. Gwyddion's folder is made
        if it is not there yet.
    overwrite : bool
        Whether an existing file is replaced, or refused.

    Returns
    -------
    str
        The file that was written.

    Raises
    ------
    ValueError
        If Gwyddion's format cannot express the network, saying what it lacks, or cannot have the name; with `install`, if `path`
        names a folder.
    OSError
        If the file cannot be written; an existing one is then unchanged. FileExistsError without `overwrite`, if there is one.
    """
    _check.flag(install=install, overwrite=overwrite)
    name = os.fsdecode(path)
    if install and name != os.path.basename(name):
        raise ValueError(f"path must be a name without a folder where install is True, got {name!r}")
    check_network(network, path)
    if install:
        os.makedirs(networks_folder(), exist_ok=True)
        name = os.path.join(networks_folder(), name)
    units = _units(network)
    quoted = units["outunits"].replace("\\", "\\\\").replace('"', '\\"')
    lines = [_MAGIC]
    rows, cols = network.window
    counts = {"width": cols, "height": rows, "nlayers": 1, "nhidden": network.hidden[0], "noutput": 1}
    lines += [f"{key} {value}" for key, value in counts.items()]
    lines += [f"xyunitpower {units['xyunitpower']}", f"zunitpower {units['zunitpower']}", f'outunits "{quoted}"']
    scaling = network.scaling
    factors = {
        "infactor": scaling.in_factor,
        "inshift": scaling.in_shift,
        "outfactor": scaling.out_factor,
        "outshift": scaling.out_shift,
    }
    lines += [f"{key} {value:.17g}" for key, value in factors.items()]
    lines += [" ".join([f"{weight:.17g}" for weight in layer.ravel().tolist()]) for layer in network.layers]
    with atomic_writer(name, overwrite=overwrite) as file:
        file.write(("\n".join(lines) + "\n").encode("utf-8"))
    return name


def networks_folder() -> str:
    """Return the folder in which Gwyddion looks for the networks of this user; it need not exist."""
    return os.path.join(os.path.expanduser("~"), "gwyddion" if os.name == "nt" else ".gwyddion", "neuralnetwork")


def check_network(network: Network, path: PathLike) -> None:
    """Refuse what `write_network` cannot write, without writing; raises the same errors."""
    name = os.path.basename(os.fsdecode(path))
    if not name or "\\" in name or name == "__untitled__":
        raise ValueError(f"path must end in a name without '\\' and other than '__untitled__' for Gwyddion, got {name!r}")
    if any(ord(c) < 32 for c in name):
        raise ValueError(f"path must end in a name of one line for Gwyddion, got {name!r}")
    lacking = _lacking(network)
    if lacking:
        raise ValueError(f"network cannot be written for Gwyddion, whose format has no {'; no '.join(lacking)}")
    units = _units(network)
    for key in ("xyunitpower", "zunitpower"):
        _check.integer(f"network.units[{key!r}]", units[key], minimum=-_LARGEST_POWER, maximum=_LARGEST_POWER)
    if not isinstance(units["outunits"], str) or not units["outunits"].isprintable():
        raise ValueError(f"network.units['outunits'] must be printable text, got {units['outunits']!r}")


def _units(network: Network) -> dict[str, Any]:
    return {key: network.units.get(key, default) for key, default in _UNITS.items()}


def _split(text: str) -> tuple[dict[str, str], str]:
    """Return the keys with their values, and the text of the weights behind them."""
    first, *lines = text.split("\n", _MOST_LINES)  # the last one is all the rest
    if first.rstrip() != _MAGIC:
        raise FormatError("is empty" if not text else f"is not a Gwyddion network: its first line is {first[:40]!r}")
    values: dict[str, str] = {}
    for i, line in enumerate(lines):
        words = line[:_LONGEST_LINE].split(None, 1)
        if not words:
            continue
        key = words[0]
        if key[0] in "+-.0123456789":
            return values, "\n".join(lines[i:])
        if not _KEY.fullmatch(key):
            raise FormatError(f"is not a Gwyddion network: its line {i + 2} is {line[:40]!r}")
        if len(line) > _LONGEST_LINE or i + 1 == _MOST_LINES:
            raise FormatError(f"is not a Gwyddion network: line {i + 2} is too long or has one key too many")
        if key in values:
            raise FormatError(f"has the key {key[:40]!r} twice")
        values[key] = words[1].strip() if len(words) > 1 else ""
    raise FormatError("is truncated: it has no weights")


def _network(values: dict[str, str], weights: str, name: str) -> Network:
    """Make the network of a file from its keys and the text of its weights."""
    found: dict[str, Any] = {"nlayers": 1, "noutput": 1, **_UNITS}
    for key, value in values.items():
        if key in _KEYS:
            found[key] = _KEYS[key](key, value)
    missing = [key for key in _KEYS if key not in found]
    if missing:
        raise FormatError(f"lacks the keys {', '.join(missing)}")
    rows, cols, hidden = found["height"], found["width"], found["nhidden"]
    count = hidden * (rows * cols + 1)
    numbers = _numbers(weights, count + hidden + 1)
    return Network(
        window=(rows, cols),
        layers=(numbers[:count].reshape(hidden, -1), numbers[count:].reshape(1, -1)),
        scaling=Scaling("min-max", found["inshift"], found["infactor"], found["outshift"], found["outfactor"]),
        method="gwyddion",
        training={"method": "gwyddion", "name": name},
        units={key: found[key] for key in _UNITS},
    )


def _numbers(text: str, count: int) -> NDArray[np.float64]:
    """Read exactly `count` numbers; no more memory is taken than the text or the count needs, whichever is less."""
    words = text.split(None, count)
    if len(words) != count:
        raise FormatError(f"does not hold the {count} weights that its width, height and nhidden announce")
    for word in words:
        if not _NUMBER.fullmatch(word):
            raise FormatError(f"has a weight that is not a number, {word[:40]!r}")
    numbers = np.array([float(word) for word in words])
    if not np.isfinite(numbers).all():
        raise FormatError("has a weight beyond the range of numbers")
    return numbers


def _integer(minimum: int, maximum: int) -> Callable[[str, str], int]:
    def read(key: str, value: str) -> int:
        if not re.fullmatch(r"[+-]?\d{1,9}", value, re.ASCII) or not minimum <= int(value) <= maximum:
            raise FormatError(f"has the {key} {value[:40]!r}, not an integer between {minimum} and {maximum}")
        return int(value)

    return read


def _real(key: str, value: str) -> float:
    if not _NUMBER.fullmatch(value) or not math.isfinite(float(value)):
        raise FormatError(f"has the {key} {value[:40]!r}, not a finite number")
    return float(value)


def _factor(key: str, value: str) -> float:
    if not (factor := _real(key, value)) > 0:
        raise FormatError(f"has the {key} {value[:40]!r}, not a positive number")
    return factor


def _text(key: str, value: str) -> str:
    """Read a quoted text with backslashes before quotes, backslashes and the octal codes of bytes."""
    if not re.fullmatch(r'"([^"\\]|\\.)*"', value):
        raise FormatError(f"has the {key} {value[:40]!r}, not text in double quotes")

    def plain(found: re.Match[bytes]) -> bytes:
        return bytes([int(found[1], 8) & 0xFF]) if found[1].isdigit() else found[1]

    try:
        return re.sub(rb"\\([0-7]{1,3}|.)", plain, value[1:-1].encode()).decode()
    except ValueError as error:
        raise FormatError(f"has the {key} {value[:40]!r}, which is not UTF-8 text") from error


def _lacking(network: Network) -> list[str]:
    """Say what of a network Gwyddion's format has no place for."""
    factors = (network.scaling.in_factor, network.scaling.out_factor)
    rules = {
        f"networks of method {network.method!r} ({network.activation} nodes, linear output, {network.scaling.kind} scaling)": (
            network.method != "gwyddion"
        ),
        "linear path": network.linear is not None,
        f"several stages ({len(network.stages)})": network.before is not None,
        f"several hidden layers ({len(network.hidden)})": len(network.hidden) > 1,
        f"more than {_MOST_HIDDEN} hidden nodes ({max(network.hidden)})": max(network.hidden) > _MOST_HIDDEN,
        f"windows beyond {_LARGEST_WINDOW} x {_LARGEST_WINDOW} ({network.window[0]} x {network.window[1]})": (
            max(network.window) > _LARGEST_WINDOW
        ),
        f"infinite factors, which come from a constant image {factors}": not np.isfinite(factors).all(),
    }
    return [what for what, holds in rules.items() if holds]


_KEYS: dict[str, Callable[[str, str], Any]] = {
    "width": _integer(1, _LARGEST_WINDOW),
    "height": _integer(1, _LARGEST_WINDOW),
    "nlayers": _integer(1, 1),
    "nhidden": _integer(1, _MOST_HIDDEN),
    "noutput": _integer(1, 1),
    "xyunitpower": _integer(-_LARGEST_POWER, _LARGEST_POWER),
    "zunitpower": _integer(-_LARGEST_POWER, _LARGEST_POWER),
    "outunits": _text,
    "infactor": _factor,
    "inshift": _real,
    "outfactor": _factor,
    "outshift": _real,
}
