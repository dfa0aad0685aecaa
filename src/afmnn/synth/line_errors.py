"""Wrong lines: whole scan lines that show something else than the surface, or the surface at another height."""

from __future__ import annotations

import math
from typing import Literal, TypeAlias, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import Distribution, Sign, amplitude

LineErrorKind: TypeAlias = Literal["offset", "constant", "saturated", "inverted", "noise", "mixed"]

LINE_ERROR_KINDS = ("offset", "constant", "saturated", "inverted", "noise")
_WITHOUT_BASE = ("offset", "noise")


@plain
def line_errors(
    shape: tuple[int, int] | None = None,
    *,
    rms: float,
    kind: LineErrorKind = "offset",
    density: float = 0.01,
    distribution: Distribution = "gaussian",
    sign: Sign = "both",
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Few whole lines that are wrong: shifted, constant, saturated, inverted or garbage.

    `afmnn.correct.lines` mends them.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns; may be left out when `base` is given.
    rms : float
        Root-mean-square height of an error, in the unit of the heights: of the draws ``v`` below.
    kind : {"offset", "constant", "saturated", "inverted", "noise", "mixed"}
        What a wrong line shows, ``z`` being the heights that were there and ``m`` their median: ``z + v``; ``m + v``
        everywhere; ``max(z, m + v)``, or ``min(z, m + v)`` where ``v`` is negative, so that at least half of its pixels have
        the same height; ``2 * m - z``, upside down; ``m`` and another ``v`` in each pixel; or a kind for each line, all with
        the same probability. Without `base`, only "offset" and "noise".
    density : float
        Fraction of the lines that are wrong, 1e-6 to 1: ``max(round(rows * density), 1)`` of them, anywhere.
    distribution : {"gaussian", "laplace", "uniform", "triangular", "salt_pepper"}
        Distribution of ``v``, see `noise`; "salt_pepper": all errors have the height `rms`.
    sign : {"both", "positive", "negative"}
        Sign of ``v``, see `noise`.
    pixel_size : float or (float, float)
        Accepted by every generator; whole lines have no length, so it changes nothing.
    base : array_like, shape ``shape``, optional
        Heights in which lines become wrong; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dict: ``count``, and for each wrong line ``rows``, ``kinds`` (texts) and ``heights`` (``v``; 0 for
        "inverted", which has none, and for "noise").
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `rms`, those of `base` in all other lines; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, a number is out of its range or not finite, a choice is unknown, or `kind` needs a `base`.

    Notes
    -----
    A line's error depends on the seed and its row only. With one seed, a higher density keeps the lines that were wrong and adds
    others; another `kind` is in the same lines.
    """
    (rows, cols), heights = _check.shape_or_base(shape, base)
    _check.flag(return_info=return_info)
    drawn = amplitude(rms, distribution, sign)
    _check.choice("kind", kind, (*LINE_ERROR_KINDS, "mixed"))
    if heights is None and kind not in _WITHOUT_BASE:
        raise ValueError(f"kind must be one of {', '.join(map(repr, _WITHOUT_BASE))} where no base is given, got {kind!r}")
    _check.within(density=(density, 1e-6, 1.0))
    _check.pair("pixel_size", pixel_size)
    number = len(LINE_ERROR_KINDS) if kind == "mixed" else LINE_ERROR_KINDS.index(kind)
    count = max(math.floor(rows * density + 0.5), 1)
    key, workers = key_from(seed), resolve_threads(threads)
    result = np.zeros((rows, cols)) if heights is None else np.array(heights, order="C")
    at, kinds, offsets = _core.line_errors(result, *drawn, number, count, key, threads=workers)
    if not return_info:
        return result
    info = {"count": len(at), "rows": at, "kinds": np.array(LINE_ERROR_KINDS)[kinds], "heights": offsets}
    return cast("NDArray[np.float64]", (result, info))  # typed as in `noise.finish`
