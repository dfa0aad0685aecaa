"""hum(): take off a periodic disturbance in time."""

from __future__ import annotations

import math
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike

from .. import _check, _core
from .._elementary import mean_square
from .._threads import resolve_threads
from .._typing import Float64s, Heights
from ..image import Image, unwrap
from ._hum_find import FEWEST_CYCLES, Target, folded, free_waves, limits, measure, steady_waves
from .info import Correction, as_given, taken_off

MAINS = (50.0, 60.0)  # hertz
_LEAST_SIDE = 16  # lines, and pixels of a line


@overload
def hum(
    image: ArrayLike | Image,
    *,
    retrace: ArrayLike | Image | None = ...,
    wavelength: float | None = ...,
    frequency: float | None = ...,
    line_time: float | None = ...,
    harmonics: int = ...,
    phase: Literal["steady", "free"] = ...,
    axis: int = ...,
    return_info: Literal[False] = ...,
    threads: int | None = ...,
) -> Any: ...
@overload
def hum(
    image: ArrayLike | Image,
    *,
    retrace: ArrayLike | Image | None = ...,
    wavelength: float | None = ...,
    frequency: float | None = ...,
    line_time: float | None = ...,
    harmonics: int = ...,
    phase: Literal["steady", "free"] = ...,
    axis: int = ...,
    return_info: Literal[True],
    threads: int | None = ...,
) -> tuple[Any, Correction]: ...
def hum(
    image: ArrayLike | Image,
    *,
    retrace: ArrayLike | Image | None = None,
    wavelength: float | None = None,
    frequency: float | None = None,
    line_time: float | None = None,
    harmonics: int = 3,
    phase: Literal["steady", "free"] = "steady",
    axis: int = 1,
    return_info: bool = False,
    threads: int | None = None,
) -> Any:
    """Take off a periodic disturbance in time: the hum of the mains, or a vibration.

    In one direction, hum and a lattice at an angle look alike: in both, stripes run on from line to line. So something more is
    needed: the retrace, in which the stripes of hum slope the other way and those of the sample do not; or a frequency.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights. NaN marks missing pixels: they are not used and stay NaN.
    retrace : array_like or Image, shape of `image`, optional
        The other direction in the coordinates of the sample, as `afmnn.read_directions` gives it. Waves that stand out of
        the spectrum are taken off where both directions show that they are hum. The retrace itself is not corrected: call again
        with both exchanged.
    wavelength : float, optional
        Wavelength of the hum along the line, in pixels, to 1 %: more than 2, at most a third of a line.
    frequency : float, optional
        Frequency of the hum in hertz, to 0.5 %; `line_time` has to be given, too.
    line_time : float, optional
        Seconds that the tip takes for the pixels of one line, in one direction, without turning around. Alone, it stands for the
        frequencies of the mains, 50 and 60 Hz, of which the stronger one is taken, unless other waves stand out, too, as those of
        a lattice, among which it may be by chance.
    harmonics : int
        Up to which multiple of a frequency that is given or predicted waves are looked for, 1 to 20; unless `frequency` is given,
        only where the first one is found. Those above half the frequency of the pixels are found where sampling folds them to.
    phase : {"steady", "free"}
        "steady": the phase runs on from line to line, at most wandering slowly, so that what the sample shows at this wavelength
        stays unless it runs alike. "free": every line has a phase of its own; needs a wavelength or frequency, and takes off what
        lines have at this wavelength, lessened by what they have at others near by.
    axis : {1, 0}
        The fast scan axis. 1: lines are the rows of the array; 0: its columns.
    return_info : bool
        Also return a `Correction`. Its mask has the pixels of all lines that a wave was taken off; its figures are ``waves``, how
        many, and for each, from 1 on, ``wavelength_1`` (pixels), ``advance_1`` (cycles from line to line, -0.5 to 0.5; NaN for a
        free phase) and ``amplitude_1`` (root mean square over the lines, in the unit of the heights); notes say what was left.
    threads : int, optional
        Worker threads, by default `get_num_threads`. The result does not depend on it.

    Returns
    -------
    ndarray or Image, shape of `image`
        An Image if one is given, with its size, units and title. float32 stays float32, all else becomes float64. Where nothing
        is found, the heights are those given, to the bit. With `return_info`, a tuple of this and a `Correction`.

    Raises
    ------
    ValueError
        If neither `retrace` nor a wavelength, frequency or line time is given; an option is out of its range; the image has fewer
        than 16 lines or 16 pixels a line, no height at all, or infinite ones; or `retrace` has another shape or is mirrored.
    TypeError
        If the heights are not real numbers, or a number is none.

    Notes
    -----
    A wave is hum if, in the retrace, it is found with its phase advancing the opposite way from line to line, with about the
    same amplitude, and not with the advance of the trace; where an advance is so close to none or to half a cycle that the two
    cannot be told apart, it is left alone, and a note says so.

    Amplitude and phase are smoothed over 6 to 108 lines to each side, the more the steadier they are; a line that is far from its
    neighbours, because of a scar, takes no part. The image is seen through Hann's window in the search.

    The result is the same to the last bit on every computer, for any number of threads and any order of memory.
    """
    _check.choice("phase", phase, ("steady", "free"))
    _check.flag(return_info=return_info)
    _check.axis(axis)
    _check.integer("harmonics", harmonics, minimum=1, maximum=20)
    heights = unwrap("image", image, finite=False)
    lines = heights if axis == 1 else heights.T
    if min(lines.shape) < _LEAST_SIDE:
        raise ValueError(
            f"image must have at least {_LEAST_SIDE} scan lines of {_LEAST_SIDE} pixels, because in fewer a wave cannot be told "
            f"from noise, got {lines.shape[0]} of {lines.shape[1]}"
        )
    targets = _targets(wavelength, frequency, line_time, harmonics, lines.shape[1])
    if retrace is None and not targets:
        raise ValueError(
            "retrace, wavelength, or line_time with or without frequency must be given, because in one direction alone hum "
            "cannot be told from a lattice of the sample"
        )
    if phase == "free" and not targets:
        raise ValueError("wavelength, or line_time with or without frequency, must be given for phase='free'")
    _check.no_infinite("image", heights)
    other = None if retrace is None else _other_lines(retrace, heights, axis)
    workers = resolve_threads(threads)
    scan = measure(lines, workers)

    result = heights.copy()
    removed_from = np.zeros(heights.shape, bool)
    figures: dict[str, float] = {"waves": 0.0}
    notes: list[str] = []
    if scan is not None:
        found = free_waves(scan, targets, notes) if phase == "free" else steady_waves(scan, other, targets, notes)
        if found is not None:
            frequencies, waves, advances = found
            into, marks = (result, removed_from) if axis == 1 else (result.T, removed_from.T)
            _core.hum_subtract(lines, frequencies, waves / scan.scale, into, workers)
            marks[(waves != 0.0).any(axis=(1, 2))] = True
            removed_from &= ~np.isnan(heights)
            figures = _figures(frequencies, waves / scan.scale, advances)
    if not return_info:
        return as_given(image, result)
    return as_given(image, result), Correction(removed_from, taken_off(image, heights, result), figures, tuple(notes))


# ---- what is looked for --------------------------------------------------------------------------------------------


def _targets(
    wavelength: float | None, frequency: float | None, line_time: float | None, harmonics: int, cols: int
) -> list[Target]:
    """Return the frequencies that arguments name, the harmonics of each after it."""
    bases: tuple[float, ...]
    if wavelength is not None:
        if frequency is not None or line_time is not None:
            raise ValueError("wavelength must not be given together with frequency or line_time")
        _check.positive(wavelength=wavelength)
        lowest, highest = limits(cols)
        if not lowest <= 1.0 / wavelength <= highest:
            raise ValueError(
                f"wavelength must lie between {1 / highest:.3g} and {1 / lowest:.4g} pixels in lines of {cols} pixels, "
                f"got {wavelength!r}"
            )
        bases, each, tolerance, least = (1.0 / wavelength,), 1.0, 0.01, 1.0
    elif line_time is not None:
        _check.positive(line_time=line_time)
        if frequency is not None:
            _check.positive(frequency=frequency)
        bases, each, tolerance, least = (MAINS if frequency is None else (float(frequency),)), line_time / cols, 0.005, 0.5
    elif frequency is not None:
        raise ValueError("line_time must be given with frequency: the seconds that the tip takes for the pixels of one line")
    else:
        return []
    said: Literal["wavelength", "frequency", "line_time"]
    said = "wavelength" if wavelength is not None else "frequency" if frequency is not None else "line_time"
    targets = []
    for base in bases:
        for harmonic in range(1, harmonics + 1):
            cycles = base * each * harmonic
            wide = max(tolerance * cycles, least / cols)
            if wide > 0.05:
                break  # folded so often that it may be anywhere
            targets.append(Target(base, harmonic, cycles, wide, said))
    if not any(limits(cols)[0] <= folded(target.frequency) <= limits(cols)[1] for target in targets):
        raise ValueError(
            f"line_time must be such that a line has at least {FEWEST_CYCLES:g} cycles of the hum, and a cycle not far less "
            f"than a pixel, got {line_time!r} s for {cols} pixels"
        )
    return targets


def _other_lines(retrace: ArrayLike | Image, heights: Heights, axis: int) -> Heights:
    other = unwrap("retrace", retrace, finite=False)
    if other.shape != heights.shape:
        raise ValueError(f"retrace must have the shape of image {heights.shape}, got {other.shape}")
    _check.no_infinite("retrace", other)
    return other if axis == 1 else other.T


def _figures(frequencies: Float64s, waves: Float64s, advances: list[float]) -> dict[str, float]:
    figures = {"waves": float(len(frequencies))}
    for i, (frequency, advance) in enumerate(zip(frequencies, advances, strict=True)):
        figures[f"wavelength_{i + 1}"] = 1.0 / float(frequency)
        figures[f"advance_{i + 1}"] = advance
        figures[f"amplitude_{i + 1}"] = math.sqrt(2.0 * mean_square(np.ascontiguousarray(waves[:, i])))
    return figures
