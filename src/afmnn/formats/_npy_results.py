"""Results in .npy files, which have no place for a word: what was done stands in a small file beside, NAME.npy.json."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import json
import os
from collections.abc import Mapping

import numpy as np

from .._files.atomic import atomic_writer
from .._files.regular import PathLike, open_regular
from .._typing import Heights
from ..errors import FormatError

_KEY = "afmnn result"  # its value is the SHA-256 of the file of the heights
_LONGEST = 1 << 20
_PIECE = 1 << 20


def write(path: PathLike, heights: Heights, record: Mapping[str, str], *, overwrite: bool) -> None:
    """Write heights and what was done to them.

    The heights come last: if it ends in between, there is no result, and nothing that could be taken for one.
    """
    name = os.fsdecode(path)
    content = io.BytesIO()
    np.lib.format.write_array(content, np.asarray(heights), allow_pickle=False)
    words = {_KEY: hashlib.sha256(content.getbuffer()).hexdigest(), **record}
    beside = _beside(name)
    if os.path.exists(beside) and _words(name) is None:
        raise FileExistsError(errno.EEXIST, "exists, and is not about an earlier result", beside)
    if overwrite:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
    with atomic_writer(beside) as file:
        file.write(json.dumps(words, indent=1).encode())
    with atomic_writer(name, overwrite=overwrite) as file:
        file.write(content.getbuffer())


def is_result(path: PathLike) -> bool:
    """Whether a file is as `write` has written it."""
    words = _words(os.fsdecode(path))
    if words is None:
        return False
    total = hashlib.sha256()
    with open_regular(path) as (file, _):
        while piece := file.read(_PIECE):
            total.update(piece)
    return words[_KEY] == total.hexdigest()


def record(path: PathLike) -> dict[str, str]:
    """Return what was done to a result; nothing where nobody knows."""
    words = _words(os.fsdecode(path)) or {}
    return {name: text for name, text in words.items() if name != _KEY}


def _beside(name: str) -> str:
    return f"{name}.json"


def _words(name: str) -> dict[str, str] | None:
    """Return what stands beside a file; None where that is nothing, or nothing of ours."""
    try:
        with open_regular(_beside(name)) as (file, size):
            words = json.loads(file.read(_LONGEST)) if size <= _LONGEST else None
    except (FormatError, ValueError, RecursionError, FileNotFoundError):
        return None
    if not isinstance(words, dict) or _KEY not in words or not all(isinstance(text, str) for text in words.values()):
        return None
    return words
