"""Digests of results, and the file of those that every machine has to give: ``data/bits.txt``."""

import hashlib
import math
import re
from pathlib import Path

import numpy as np

GOLDEN = Path(__file__).parent / "data" / "bits.txt"
#: Goes up with every change of what bits.py computes and of how digests are taken: a file of before says nothing about it.
VERSION = 1
HOW_TO_RENEW = "`python tests/bits.py --write`, in the same commit, and say so in CHANGELOG"
#: Figures, whose names begin so, are for reading: NumPy adds up in an order of its own. Heights here are around 1.
FIGURE, TOLERANCE = "figure_", 1e-12

_HEAD = re.compile(r"# results, version (\d+)")


def digest(value):
    """Return what tells results apart: types, shapes and bits of all arrays and numbers in it, every NaN being the same one."""
    found = hashlib.sha256()
    for array in _arrays(value):
        kind = array.dtype.kind
        if kind not in "fiub":
            raise TypeError(f"{array.dtype} has no bits to compare")
        # How long an index is depends on the system, what it counts does not.
        same = array.astype(array.dtype.newbyteorder("<") if kind == "f" else "<i8")
        if kind == "f":
            same[np.isnan(same)] = np.nan
        found.update(f"{same.dtype.str}{same.shape}".encode() + same.tobytes())
    return found.hexdigest()[:32]


def _arrays(value):
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _arrays(value[key])
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _arrays(item)
    else:
        yield np.array(value, order="C", ndmin=1)


def line(name, value):
    """Return the line of one result: arrays as their digest, a figure with all its digits, a choice in words."""
    if isinstance(value, str):
        return f"{name} {' '.join(value.split())}"
    return f"{name} {value!r}" if isinstance(value, float) else f"{name} {digest(value)}"


def as_mapping(lines):
    """Return names and values of lines."""
    pairs = [line.strip().split(" ", 1) for line in lines]
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a result must have a name of its own")
    return found


def write_golden(lines, path=None):
    """Write the file anew."""
    head = [f"# results, version {VERSION}", f"# Whoever changes them on purpose renews this file: {HOW_TO_RENEW}."]
    (path or GOLDEN).write_text("".join(f"{line}\n" for line in (*head, *lines)), encoding="utf-8", newline="\n")


def read_golden(path=None):
    """Return what every machine has to give; refuse a file that was made for other results."""
    path = path or GOLDEN
    if not path.is_file():
        raise ValueError(f"{path.name} is missing; make it by {HOW_TO_RENEW}")
    head, *lines = path.read_text(encoding="utf-8").splitlines() or [""]
    match = _HEAD.fullmatch(head)
    if match is None or int(match[1]) != VERSION:
        raise ValueError(
            f"{path.name} must begin with '# results, version {VERSION}', got {head!r}: it was made for other results; "
            f"renew it by {HOW_TO_RENEW}"
        )
    return as_mapping(line for line in lines if not line.startswith("#"))


def differences(found, expected):
    """Say which results are not what they have to be."""
    said = []
    for name, value in expected.items():
        if name not in found:
            said.append(f"{name}: not computed")
        elif found[name] != value and not (name.startswith(FIGURE) and _close(found[name], value)):
            said.append(f"{name}: {value} expected, got {found[name]}")
    return said + [f"{name}: not in the file" for name in found if name not in expected]


def _close(value, expected):
    return math.isclose(float(value), float(expected), rel_tol=TOLERANCE, abs_tol=TOLERANCE)
