"""Progress bars: what ``progress=True`` shows, in terminals by tqdm and in notebooks by HTML."""

from __future__ import annotations

import contextlib
import functools
import html
import inspect
import math
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ParamSpec, TypeVar

from ._text import quantity, shown

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., object])

#: What a bar of tqdm shows: how many of how many, and for how long it has run and will go on.
BAR = "{l_bar}{bar}| {n_fmt}/{total_fmt} {unit} [{elapsed}, {remaining} left{postfix}]"
_OFTEN = 0.1  # seconds between two drawings: more often nobody sees


def function_of(name: str, value: F | bool | None) -> F | None:
    """Return an argument `progress` as a function or None; a bar has taken the place of True before, see `draws_bar`."""
    if value is None or isinstance(value, bool):
        return None
    if not callable(value):
        raise TypeError(f"{name} must be a function, got {value!r}")
    return value


def draws_bar(unit: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let ``progress=True`` of a function be a bar that counts in `unit`, a plural; False is no bar.

    The function calls ``progress(done, total)``, or ``progress(step, losses)`` and has an argument `steps`. If it has an
    argument `planned`, that is told the number of steps, and so is the bar.
    """

    def decorated(function: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(function).parameters

        @functools.wraps(function)
        def with_bar(*args: P.args, **kwargs: P.kwargs) -> R:
            if not isinstance(kwargs.get("progress"), bool):
                return function(*args, **kwargs)
            with _bar(function.__name__, unit) if kwargs["progress"] else contextlib.nullcontext() as bar:
                given: dict[str, Any] = {**kwargs, "progress": bar}
                if bar is not None and "steps" in parameters:
                    bar.expect(_total(kwargs.get("steps", parameters["steps"].default)))
                if bar is not None and "planned" in parameters:
                    given["planned"] = _both(bar.expect, kwargs.get("planned"))
                return function(*args, **given)

        return with_bar

    return decorated


class Bar:
    """A bar that is drawn now and then, and for good when all is done; never an error in the work that it shows."""

    def __init__(self, what: str, unit: str) -> None:
        self.what, self.unit = what, unit
        self.done, self.total = 0, 0  # 0: not known
        self.note = ""
        self.begun = time.monotonic()
        self._last = -_OFTEN
        self._closed = False

    def __call__(self, done: int, about: object) -> None:
        """Move to so many, of a total or with the errors of training beside them."""
        if self._closed:
            return
        self.done = int(done)
        if isinstance(about, Mapping):
            self.note = _errors(about)
        elif isinstance(about, int):
            self.total = about
        if 0 < self.total <= self.done:
            self.close()
        elif time.monotonic() - self._last >= _OFTEN:
            self._drawn(last=False)

    def expect(self, total: object) -> None:
        """Say how many there will be, if that is known."""
        self.total = total if isinstance(total, int) else 0

    def close(self) -> None:
        """Draw the bar for the last time."""
        if not self._closed:
            self._drawn(last=True)
            self._closed = True

    def text(self) -> str:
        """Return the bar in words."""
        seconds = time.monotonic() - self.begun
        whole = f" of {self.total}" if self.total else ""
        left = seconds / self.done * (self.total - self.done) if 0 < self.done < self.total else 0.0
        times = f"{seconds:.1f} s" + (f", {left:.0f} s left" if left else "")
        return ", ".join(filter(None, [f"{self.what}: {self.done}{whole} {self.unit}", times, self.note]))

    def _drawn(self, *, last: bool) -> None:
        with contextlib.suppress(Exception):  # a closed stream, a frontend that is gone
            self._draw(last=last)
        self._last = time.monotonic()

    def _draw(self, *, last: bool) -> None:
        raise NotImplementedError


class NotebookBar(Bar):
    """A bar below the cell of a notebook; it needs no widgets."""

    _handle: Any = None

    def _draw(self, *, last: bool) -> None:
        import IPython.display  # noqa: PLC0415 - there, because this is a notebook

        display: Any = IPython.display.display
        value = f' max="{self.total}" value="{min(self.done, self.total)}"' if self.total else ' value="1"' if last else ""
        drawn = f'<progress{value} style="width:min(18em,40%);vertical-align:middle"></progress> {html.escape(self.text())}'
        bundle = {"text/plain": self.text(), "text/html": f'<div style="font-variant-numeric:tabular-nums">{drawn}</div>'}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)


class TerminalBar(Bar):
    """A bar of tqdm."""

    _tqdm: Any = None

    def _draw(self, *, last: bool) -> None:
        if self._tqdm is None:
            self._tqdm = tqdm_bar(self.what, self.total or None, self.unit, leave=True)
        self._tqdm.total = self.total or None
        self._tqdm.n = self.done
        self._tqdm.set_postfix_str(self.note, refresh=True)
        if last:
            self._tqdm.close()


class LineBar(Bar):
    """A line of words in a terminal, where tqdm is not there."""

    _width = 0

    def _draw(self, *, last: bool) -> None:
        text = self.text()
        sys.stderr.write("\r" + text.ljust(self._width) + ("\n" if last else ""))
        sys.stderr.flush()
        self._width = len(text)


def tqdm_bar(what: str, total: int | None, unit: str, *, leave: bool) -> Any:
    """Return a bar of tqdm on the standard error stream; None where tqdm is not there."""
    try:
        from tqdm import tqdm  # noqa: PLC0415 - an extra
    except ImportError:
        return None
    return tqdm(total=total, desc=shown(what), unit=unit, bar_format=BAR, leave=leave, dynamic_ncols=True, file=sys.stderr)


@contextlib.contextmanager
def _bar(what: str, unit: str) -> Iterator[Bar | None]:
    """Give the bar for this place: a notebook, a terminal, or None where nobody looks."""
    kind = _kind()
    if kind is None:
        yield None
        return
    bar = kind(what, unit)
    try:
        yield bar
    finally:
        bar.close()


def _kind() -> type[Bar] | None:
    if in_notebook():
        return NotebookBar
    if sys.stderr is None or not sys.stderr.isatty():
        return None
    try:
        import tqdm  # noqa: PLC0415 - an extra
    except ImportError:
        return LineBar
    del tqdm
    return TerminalBar


def in_notebook() -> bool:
    """Whether a kernel of Jupyter runs this."""
    ipython = sys.modules.get("IPython")  # a notebook has imported it
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


def _total(steps: Any) -> int:
    """Return the number of steps that an argument `steps` asks for; 0 where it does not say."""
    steps = steps if isinstance(steps, (tuple, list)) else [steps]
    return sum(steps) if all(isinstance(each, int) for each in steps) else 0


def _both(first: Callable[[int], object], second: Any) -> Callable[[int], object]:
    """Return a function that calls the one and then the other, if there is one."""

    def tell(number: int) -> object:
        first(number)
        return second(number) if callable(second) else None

    return tell


def _errors(losses: Mapping[str, float]) -> str:
    """Return the errors of a step in words; without a unit, which training does not tell."""
    known = {name: value for name, value in losses.items() if not math.isnan(value)}
    return ", ".join(f"{name} error {quantity(value, '')}" for name, value in known.items())
