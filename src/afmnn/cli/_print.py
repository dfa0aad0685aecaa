"""What the command writes to the terminal: text that cannot fail, progress bars, JSON."""

from __future__ import annotations

import contextlib
import json
import math
import os
import sys
from collections.abc import Iterator
from typing import Any, ClassVar, TextIO

import numpy as np

from .._progress import tqdm_bar
from .._text import decibels, quantity, shown, table

__all__ = ["bar", "complain", "decibels", "described", "flush", "quantity", "say", "say_json", "shown", "table"]


def say(text: str) -> None:
    """Print a line to the standard output, whatever characters it has."""
    with _standard_output():
        _write(sys.stdout, text)


def complain(kind: str, text: str) -> None:
    """Print ``afmnn: kind: text`` to the standard error stream, as one line."""
    with contextlib.suppress(OSError):  # nobody is left to be told
        for each in Bar.shown:
            each.clear()
        _write(sys.stderr, f"afmnn: {kind}: {shown(text)}")


def described(error: Exception) -> str:
    """Return what an error says, with the file that it is about."""
    if not isinstance(error, OSError):
        return str(error)
    where = "" if error.filename is None else os.fsdecode(error.filename) + ": "
    return f"{where}{error.strerror or error}"


def say_json(**values: Any) -> None:
    """Print one JSON object; what is not a finite number becomes null."""
    say(json.dumps(_plain(values), allow_nan=False))


def flush() -> None:
    """Write out what is still buffered, so that failure is noticed while it can be reported."""
    with _standard_output():
        if sys.stdout is not None:
            sys.stdout.flush()


class Bar:
    """A progress bar on the terminal."""

    shown: ClassVar[list[Bar]] = []  # those on the terminal

    def __init__(self, progress: Any) -> None:
        self._progress = progress

    def __call__(self, done: int, note: str) -> None:
        """Move to so many, with a note beside them."""
        if note:
            self._progress.set_postfix_str(note, refresh=False)
        self._progress.update(done - self._progress.n)  # shows it if the last time is long enough ago
        if done == 0:
            self._progress.refresh()

    def expect(self, total: int) -> None:
        """Say how many there will be."""
        self._progress.total = total
        self._progress.refresh()

    def clear(self) -> None:
        """Make room for a line of text; the bar comes back by itself."""
        self._progress.clear()


@contextlib.contextmanager
def bar(what: str, total: int | None, unit: str) -> Iterator[Bar | None]:
    """Give a progress bar, ``show(done, note)``; None where there is no terminal or no tqdm.

    `total` is None where it is not known yet: `Bar.expect` says it later. `unit` is a plural.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    drawn = tqdm_bar(what, total, unit, leave=False)
    if drawn is None:
        yield None
        return
    with drawn as progress:
        show = Bar(progress)
        Bar.shown.append(show)
        try:
            yield show
        finally:
            Bar.shown.remove(show)


@contextlib.contextmanager
def _standard_output() -> Iterator[None]:
    """Name the standard output in an error, and keep Python from trying once more when it closes it."""
    try:
        yield
    except OSError as error:
        with contextlib.suppress(OSError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise type(error)(error.errno, error.strerror, "standard output") from error


def _write(stream: TextIO | None, text: str) -> None:
    if stream is None:  # closed by the shell
        return
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("µ", "u").encode(encoding, "backslashreplace").decode(encoding)
    stream.write(text + "\n")


def _plain(value: Any) -> Any:
    """Return what JSON can hold."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
