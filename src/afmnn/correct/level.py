"""level(): the traditional corrections, a background and offsets of the scan lines."""

from __future__ import annotations

from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._guests import guests
from .._masks import MASK_MODES, chosen_of
from .._threads import resolve_threads
from .._typing import Heights, Mask
from .._warn import warn
from ..errors import LevellingWarning
from ..image import Image, unwrap
from .background import level_base
from .features import level_without_features
from .info import Correction, as_given, taken_off
from .levelling_bias import Fitted, bias_figures, line_terms, sq_of, surface_terms
from .surfaces import HIGHEST_DEGREE, Valid, why_not

METHODS = ("plane", "polynomial", "facet", "base", "rows")
#: Methods that have a mask of their own.
AUTO = ("plane", "polynomial", "rows")
#: Relative bias of Sq that is worth a warning.
WORTH_A_WARNING = -0.05

Rows = Literal["median", "difference", "trimmed_mean", "trimmed_difference", "matching", "mode", "facet_tilt", "polynomial"]
#: What is cut off at each end unless the user says so: of heights the outliers, of differences all but the middle half.
_TRIM = {"trimmed_mean": 0.05, "trimmed_difference": 0.25}


@guests("entrances")
def level(
    image: ArrayLike | Image,
    method: Literal["plane", "polynomial", "facet", "base", "rows"] = "plane",
    *,
    rows: Rows = "median",
    degree: int | tuple[int, int] = 1,
    total: bool = False,
    trim: float | None = None,
    axis: int = 1,
    mask: ArrayLike | Image | Literal["auto"] | None = None,
    mask_mode: Literal["include", "exclude", "ignore"] = "include",
    return_info: bool = False,
    fast_axis: str | None = None,
) -> Any:
    """Take off the tilt of the sample, the bow of the scanner, or the offsets between scan lines.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights. NaN marks missing pixels: they are not used and stay NaN.
    method : {"plane", "polynomial", "facet", "base", "rows"}
        "plane": the plane with the least squared distance. "polynomial": the polynomial surface with the least squared distance,
        of the degrees that `degree` says. "facet": the plane whose slope is the commonest of the surface: most of it is flat,
        whatever stands on it and at whatever heights the flat parts lie. "base": the surface, of total degree `degree`, by which
        the lowest peak of the histogram of heights becomes flat; its height is zero afterwards. "rows": every scan line for
        itself, as `rows` says.
    rows : {"median", "difference", "trimmed_mean", "trimmed_difference", "matching", "mode", "facet_tilt", "polynomial"}
        What is taken off each line. If in doubt, "matching".

        - "median": its median. For features that fill less than half of every line; where they fill more, the line sinks.
        - "trimmed_mean": its mean without the highest and the lowest heights, `trim` of them at each end. Less noise than the
          median; features that fill more than `trim` pull the line down.
        - "mode": its commonest height. For flat ground under features that fill most of a line, if their own heights differ; on
          ground that is not flat, and where two terraces share a line, it jumps between heights.
        - "difference": an offset such that the median of the differences to the line before is zero; keeps features that fill
          most of a line, if most pixels change little from one line to the next. The errors add up from line to line.
        - "trimmed_difference": the same with a mean without the highest and the lowest differences, `trim` of them at each end.
        - "matching": an offset such that lines match where they are alike: pixels count where difference and slope are those of
          most; see the notes. Keeps large features and terraces, and drifts least. What rises along the whole of a line, slowly
          from line to line, is taken for an offset.
        - "facet_tilt": its commonest slope, by turning it about its middle; for flat ground or terraces with steps, whose lines
          are tilted one by one. Its offset stays: take it off afterwards, by "matching". Harms what has no flat parts.
        - "polynomial": the polynomial along the line with the least squared distance. Takes off what the sample has of it.
    degree : int or (int, int)
        Degree of the polynomial, 0 (the mean) or more; less than the number of pixels along it. With ``method="polynomial"``, at
        most 20: from line to line and along the lines, or one for both; 1 has the product of both coordinates, too. With
        ``method="base"``, at most 20.
    total : bool
        With ``method="polynomial"``, whether only terms are kept whose powers together are no higher than the larger degree.
    trim : float, optional
        Part of the pixels cut off at each end for trimmed means, 0 (the mean) to 0.5 (the median), rounded down to whole pixels;
        by default 0.05 for "trimmed_mean", 0.25 for "trimmed_difference". Without effect on other methods, as `degree` is.
    axis : {1, 0}
        The fast scan axis. 1: lines are the rows of the array; 0: its columns.
    mask : array_like, shape of `image`, or "auto", optional
        Chooses the pixels that corrections are determined from; all are corrected. "auto", with the methods "plane",
        "polynomial" and "rows": all but what stands out of the ground, as `afmnn.correct.mark_features` finds it after levelling;
        levelled again without, and so on until nothing changes, eight times at most.
    mask_mode : {"include", "exclude", "ignore"}
        Use pixels with ``mask >= 1``, those with ``mask <= 0``, or all.
    fast_axis : str, optional
        Of an xarray DataArray, the name of the dimension along the scan lines. By default one whose name says so ("x", "fast",
        "column", ...), otherwise the last.
    return_info : bool
        Whether to return what was done, too.

    Returns
    -------
    ndarray or Image, shape of `image`
        An Image if one is given, with its size, units and title. float32 stays float32, all else becomes float64. The used
        heights are left around zero: their mean is zero; with "median", "trimmed_mean", "mode" and "polynomial", that of each
        line, in the sense of the method; with ``method="base"``, the mean of the base.
    Correction
        Only with `return_info`: ``mask`` has the pixels that the correction was *not* determined from, ``removed`` what was taken
        off. ``figures`` has ``sq`` of the used pixels, and, for what is fitted by least squares or a median, the bias that
        levelling brought to it at least: ``sq_bias``, relative and negative, ``sq_true``, and ``correlation_length`` in pixels
        (see Notes). "facet": ``slope_across`` and ``slope_along`` the lines, a pixel. "base" and ``mask="auto"``:
        ``ground_spread``, the standard deviation of the ground's heights. ``notes`` says what could not be told.

    Warns
    -----
    LevellingWarning
        With `return_info`, where levelling takes more than 5 % off Sq.

    Raises
    ------
    ValueError
        If no pixel is left to determine the correction from, a height is infinite, or too large for the result's type when it is
        levelled, an option is unknown, `degree` is out of range or above what the used pixels determine, or `mask` has another
        shape.
    TypeError
        If the heights are not real numbers, or `degree` is not an integer.

    Notes
    -----
    A line with too few usable pixels (none; for a polynomial, no more than its degree; for a slope, no two side by side) is
    corrected by what is between the corrections of the nearest lines that have enough.

    "matching" finds the offsets `o` with the least sum of ``W_p * (o_i - o_j - m_p)**2`` over the pairs `p` of lines 1, 4 and 16
    lines apart. Of the differences `d` between both lines at the pixels used in both, ``m_p = sum(w * d) / sum(w)`` and
    ``W_p = sum(w)``, with weights ``w = k(abs(d - m_p) / S) * k(abs(d') / G)``, `d'` the change of `d` from the pixel before to
    the one behind; ``k(u)`` is 1 up to ``u = 2``, 0 from 4 on and ``t**2 * (3 - 2 * t)``, ``t = 2 - u / 2``, in between. For
    neighbours, `S` and `G` are 1.4826 times the medians of ``abs(d - median(d))`` and ``abs(d')``; lines further apart have the
    medians of these over all neighbours. `m_p` comes from two rounds that begin at the median of `d`, further apart at what the
    offsets say that nearer lines gave, because of two terraces only that of the same height may count. Lines 16 apart whose `m_p`
    goes further than 2 `S` from there do not count.

    "mode" is where the density of the heights has its peak, under the kernel ``(1 - (d / R)**2)**2``; `R` is four times the
    length of the shortest interval that holds a quarter of them. "facet_tilt" does the same to slopes between pixels 1, 2, 4, ...
    apart, at the distance where the peak is sharpest, as long as the commonest slope stays that between neighbours. Of heights of
    which a quarter is the same number (coarse digits), this number is the commonest.

    A line or a surface that is fitted takes the part of the roughness with it that looks like a polynomial, and what is left has
    too low an Sq. ``sq_bias`` is what this does on average where the roughness is correlated exponentially or by a Gaussian (that
    of both which loses less), over a length that, levelled, looks like the one measured. It is the least bias: noise makes the
    correlation look shorter, and tilts or bows of the sample itself are gone without a trace. Lines that are long against the
    correlation lose about (degree + 1) T / L of Sq (D. Nečas, M. Valtr, P. Klapetek, Sci. Rep. 10 (2020) 15294,
    doi:10.1038/s41598-020-72171-8).

    Heights are taken less one of them before they are summed, so that a small relief on a large offset loses nothing. The result
    is the same to the last bit on every computer, for any number of threads and any order of memory.
    """
    _check_words(method, rows, mask_mode, total, return_info, axis)
    heights = unwrap("image", image, finite=False)
    lines = heights if axis == 1 else heights.T  # one after the other
    (across, along), trim, valid = _read_options(
        heights.shape, method, rows=rows, degree=degree, trim=trim, axis=axis, mask=mask, mask_mode=mask_mode
    )
    auto = isinstance(mask, str)

    result = np.empty(heights.shape, heights.dtype)
    threads = resolve_threads(None)
    figures: dict[str, float] = {}

    def take_off(valid: Valid, result: Heights) -> str:
        turned, out = (valid, result) if axis == 1 or valid is None else (valid.T, result.T)
        out = result if axis == 1 else result.T
        if method == "plane":
            return _core.level_plane(heights, valid, result, threads)
        if method == "polynomial":
            return _core.level_surface(lines, turned, out, across, along, total, threads)
        if method == "facet":
            outcome, slopes = _core.level_facet(heights, valid, result, threads)
            figures.update(zip(("slope_across", "slope_along"), slopes if axis == 1 else slopes[::-1], strict=True))
            return outcome
        return _core.level_rows(lines, turned, out, rows, along, trim, threads)

    used: Mask | None = None if valid is None else valid.view(bool)
    if auto:
        found = level_without_features(heights, None, result, take_off, facet_first=method != "rows")
        outcome, used = found.outcome, ~found.features
        figures["ground_spread"] = found.ground.spread
    elif method == "base":
        base = level_base(heights, valid, result, along)
        outcome, used = base.outcome, base.used
        figures["ground_spread"] = base.ground.spread
    else:
        outcome = take_off(valid, result)
    if outcome == "no line" and rows == "facet_tilt":
        raise ValueError("image must have a line with two usable pixels side by side for a slope, got none")
    if outcome != "done":
        raise ValueError(why_not(outcome, heights, degree))
    levelled = as_given(image, result)
    if not return_info:
        return levelled
    fitted = _fitted(method, rows, (across, along), total, lines.shape)
    notes = _add_bias(figures, result if axis == 1 else result.T, used if axis == 1 or used is None else used.T, fitted)
    not_used = np.isnan(heights) if used is None else ~used | np.isnan(heights)
    return levelled, Correction(not_used, taken_off(image, heights, result), figures, notes)


def checked(
    shape: tuple[int, int],
    method: str = "plane",
    *,
    rows: str = "median",
    degree: Any = 1,
    total: bool = False,
    trim: float | None = None,
    axis: int = 1,
    mask: Any = None,
    mask_mode: str = "include",
    return_info: bool = False,
) -> Valid:
    """Check arguments of `level` before there is an image, and return which pixels may be used; None: all, or not known yet."""
    _check_words(method, rows, mask_mode, total, return_info, axis)
    return _read_options(shape, method, rows=rows, degree=degree, trim=trim, axis=axis, mask=mask, mask_mode=mask_mode)[2]


def _check_words(method: str, rows: str, mask_mode: str, total: bool, return_info: bool, axis: int) -> None:
    _check.choice("method", method, METHODS)
    _check.choice("rows", rows, get_args(Rows))
    _check.choice("mask_mode", mask_mode, MASK_MODES)
    _check.flag(total=total, return_info=return_info)
    _check.axis(axis)


def _read_options(
    shape: tuple[int, ...], method: str, *, rows: str, degree: Any, trim: float | None, axis: int, mask: Any, mask_mode: str
) -> tuple[tuple[int, int], float, Valid]:
    """Return degrees across and along the lines, how much is trimmed, and which pixels may be used of an image of `shape`."""
    degrees = _degrees(method, rows, degree, shape if axis == 1 else shape[::-1])
    if trim is None:
        trim = _TRIM.get(rows, 0.0)
    _check.within(trim=(trim, 0.0, 0.5))
    auto = isinstance(mask, str) and mask == "auto"
    if auto and method not in AUTO:
        raise ValueError(f"method must be one of {', '.join(map(repr, AUTO))} with mask='auto', got {method!r}")
    if auto and mask_mode != "include":
        raise ValueError(f"mask_mode must be 'include' with mask='auto', got {mask_mode!r}")
    return degrees, trim, None if auto or mask is None else _valid_pixels(mask, mask_mode, shape)


def _degrees(method: str, rows: str, degree: Any, shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the degrees across and along lines of `shape`."""
    if method == "polynomial":
        pair = degree if isinstance(degree, tuple) else (degree, degree)
        if len(pair) != 2:
            raise ValueError(f"degree must be one number or two, got {degree!r}")
        across, along = (
            _check.integer("degree", each, minimum=0, maximum=min(HIGHEST_DEGREE, size - 1))
            for each, size in zip(pair, shape, strict=True)
        )
        return across, along
    highest = shape[1] - 1 if method == "rows" and rows == "polynomial" else None
    if method == "base":
        highest = min(HIGHEST_DEGREE, *(max(1, size - 1) for size in shape))
    along = _check.integer("degree", degree, minimum=0, maximum=highest)
    return along, along


def _fitted(method: str, rows: str, degrees: tuple[int, int], total: bool, shape: tuple[int, ...]) -> Fitted | None:
    """Return what was fitted, where it is known what that does to roughness."""
    if method == "plane":
        return Fitted(surface_terms(1, 1, total_degree=True), (shape[0], shape[1]))
    if method == "polynomial":
        return Fitted(surface_terms(*degrees, total_degree=total), (shape[0], shape[1]))
    if method == "rows" and rows in ("median", "polynomial"):  # a median takes off as much as a mean, or more
        return Fitted(line_terms(degrees[1] if rows == "polynomial" else 0), (1, shape[1]))
    return None


def _add_bias(figures: dict[str, float], lines: Heights, used: Mask | None, fitted: Fitted | None) -> tuple[str, ...]:
    """Add Sq and its bias to the figures, and return what a user should know about it."""
    figures["sq"] = sq_of(lines, used)
    if fitted is None:
        return ("what this does to Sq is not known in advance: sq_bias is left out",)
    figures |= bias_figures(lines, used, fitted)
    bias = figures["sq_bias"]
    if np.isnan(bias):
        return ("the autocorrelation does not fall off within the image: what levelling does to Sq cannot be told",)
    if bias >= WORTH_A_WARNING:
        return ()
    length, pixels = figures["correlation_length"], lines.shape[1]
    message = (
        f"levelling takes at least {-100 * bias:.0f} % off Sq: the roughness is correlated over {length:.3g} pixels or more, "
        f"of {pixels} in a line"
    )
    warn(f"{message}; scan a larger area, or level with a lower degree or by less than each line", LevellingWarning)
    return (message,)


def _valid_pixels(mask: ArrayLike | Image, mask_mode: str, shape: tuple[int, ...]) -> NDArray[np.uint8] | None:
    """Return from which pixels corrections may be determined, one byte a pixel; None: from all."""
    # A mask that is ignored is looked at all the same: it must be one.
    valid = chosen_of(mask, shape, "exclude" if mask_mode == "exclude" else "include", finite=False)
    return None if mask_mode == "ignore" else valid.view(np.uint8)
