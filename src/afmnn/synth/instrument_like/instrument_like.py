"""instrument_like(): scans -> the instrument that made them."""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any

import numpy as np

from ... import _check
from ..._arithmetic import plain
from ..._elementary import mean, mean_square
from ..._threads import resolve_threads
from ..._typing import Float64s
from ..instrument import Instrument, Scanner
from ._background import measure_background, without_tilt
from ._events import measure_events
from ._fit import NoiseFit, fit_noise
from ._hum import measure_hum
from ._model import Clock
from ._numbers import medians, trimmed_square
from ._register import Registration, brought_back, register
from ._scans import Scan, read_scans
from ._statistics import Statistics, lags_of, levels, one_direction, two_directions
from .measured import InstrumentLike, joined

_SMALL = 64  # lines: fewer say little
_CERTAIN = 9.0  # by which a part of the noise must lessen the sum of squares
_CERTAIN_ERROR = 0.5  # standard error of an exponent beyond which it is unknown
_MANY = 1 << 16  # heights among which a quantum is looked for


@plain
def instrument_like(
    scans: Any, *, hum_frequency: float | None = None, relative: bool = False, threads: int | None = None
) -> InstrumentLike:
    """Measure the instrument that recorded scans, so that `Instrument.scan` records such scans of other surfaces.

    What repeats from one direction to the other, or from line to line, is the sample; what does not is the instrument.

    Parameters
    ----------
    scans : array_like, Image, path or pair of (trace, retrace), or list of these
        One scan or several, of one instrument with one kind of settings. A pair has both directions in the coordinates of the
        sample, as `afmnn.read_directions` returns them; of a path, both are read where there are two. Scans are used as they were
        recorded: levelled ones have lost what is to be measured. NaN marks missing pixels.
    hum_frequency : float, optional
        Frequency of the hum, in periods a line of time (trace, retrace and both turn-arounds, each 0.1 of a trace). From both
        directions it is found without.
    relative : bool
        Whether heights are in units of the relief's root-mean-square, as `InstrumentLike.relative` gives them.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The result does not depend on it.

    Returns
    -------
    InstrumentLike
        The instrument, standard errors, and what the scans do not tell.

    Raises
    ------
    ValueError
        If there is no scan, one is smaller than 16 x 16, has the same height everywhere, or heights at less than half of its
        pixels; if directions differ in shape, or units differ; or if a number is out of its range.
    TypeError
        If `scans` is none of these.
    OSError, FormatError
        If a file cannot be read.

    Notes
    -----
    Mean squares of differences of pixels, at distances of 1, 2, 4, ... along lines and across them, are fitted by those that
    white noise, wander and offsets have in theory. Where there are both directions, differences of trace and registered
    retrace are used, in the half of the pixels where the relief is least steep. With one direction, it is what a line is off the
    mean of two around it, extrapolated from lines 4, 2 and 1 apart to no distance; what the sample has at random from pixel to
    pixel is then taken for noise. Offsets come from what lines are off those around them as a whole, less what columns are.
    Standard errors are those of the jackknife over eight blocks of lines.

    The result is the same to the last bit on every machine, for any number of threads.

    Examples
    --------
    >>> instrument = Instrument(noise={"white": 0.1, "line_offsets": 0.5})
    >>> like = instrument_like(instrument.scan(np.zeros((128, 128)), seed=1))
    >>> round(like.instrument.noise.white, 2)
    0.1
    """
    _check.flag(relative=relative)
    if hum_frequency is not None:
        _check.within(hum_frequency=(hum_frequency, 1e-3, 1e6))
    workers = resolve_threads(threads)
    found = joined([_measure(scan, hum_frequency, workers) for scan in read_scans(scans)])
    return found.relative() if relative else found


class _Notes:
    """What is found, piece by piece."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[str, Any]] = {"noise": {}, "scanner": {}, "events": {}}
        self.errors: dict[str, float] = {}
        self.unknown: dict[str, str] = {}

    def add(self, name: str, value: float, error: float = math.nan) -> None:
        part, key = name.split(".")
        self.parts[part][key] = value
        self.errors[name] = error


def _measure(scan: Scan, hum_frequency: float | None, threads: int) -> InstrumentLike:
    rows, cols = scan.trace.shape
    turn = math.floor(Scanner().turn * cols + 0.5)
    clock = Clock(rows, cols, turn)
    notes = _Notes()
    if rows < _SMALL:
        notes.unknown["small scan"] = f"{rows} lines are few: all numbers are uncertain"
    background = measure_background(scan.trace)
    directions = tuple(without_tilt(each, background) for each in (scan.trace, scan.retrace) if each is not None)
    registration = _registered(directions, notes)
    _note_background(background, notes)
    hum = measure_hum(directions, clock, registration, hum_frequency, threads)
    if hum is not None:
        directions = hum.directions
        notes.add("noise.hum", hum.rms)
        notes.add("noise.hum_frequency", hum.frequency)
        notes.parts["noise"]["hum_harmonics"] = hum.harmonics
    elif hum_frequency is None and registration is None:
        notes.unknown["noise.hum"] = "in one direction it looks like a lattice: give hum_frequency"
    events = measure_events(directions, registration, threads)
    _note_events(events.values, events.errors, notes)
    clean = [np.where(spoilt, math.nan, each) for spoilt, each in zip(events.spoilt, directions, strict=True)]
    fit = _fit(clean, registration, clock, scan.pixel_size)
    _note_noise(fit, notes, both=registration is not None)
    quantum = _quantum(scan.trace)
    if quantum > 0.0:
        notes.add("noise.quantum", quantum)
    notes.unknown["tip"] = "what it widened is part of the sample as it was recorded"
    notes.unknown["feedback"] = "rounded edges are part of the sample as it was recorded"
    flat = clean[0] - medians(clean[0], 1)[:, None]
    there = flat[~np.isnan(flat)]
    noise = float(fit.white[0] + fit.wander[0])
    square = mean_square(there, mean(there))
    relief = math.sqrt(max(square - noise, 0.01 * square))
    instrument = Instrument.from_dict(notes.parts)
    return InstrumentLike(instrument, MappingProxyType(notes.errors), MappingProxyType(notes.unknown), relief, scan.unit)


def _registered(directions: tuple[Float64s, ...], notes: _Notes) -> Registration | None:
    if len(directions) < 2:
        notes.unknown["scanner.lag"] = "only one direction"
        return None
    registration = register(*directions)
    if not registration.certain:
        notes.unknown["scanner.lag"] = "no relief that both directions show"
    else:
        notes.add("scanner.lag", registration.lag, registration.lag_error)
        notes.add("scanner.hysteresis", registration.hysteresis, registration.hysteresis_error)
    return registration


def _note_background(background: Any, notes: _Notes) -> None:
    names = ("tilt_x", "tilt_y", "bow", "bow_cubic")
    for name, error in zip(names, background.errors, strict=True):
        notes.add(f"scanner.{name}", getattr(background, name), error)
    notes.unknown["scanner.drift_z"] = "it looks like a tilt across the lines: it is in tilt_y"
    notes.unknown["scanner.creep_z"] = "it looks like a bow across the lines"
    notes.unknown["scanner.drift_x, drift_y, creep_x, creep_y"] = "they shear and stretch the sample: only a known one tells them"
    if not background.certain:
        notes.unknown["scanner.bow"] = "no more curvature than the sample may have"


def _note_events(values: dict[str, float], errors: dict[str, float], notes: _Notes) -> None:
    ups = values.pop("scar_up", None)
    for name, value in values.items():
        notes.add(f"events.{name}", value, errors.get(name, math.nan))
    if ups is not None:
        notes.parts["events"]["scar_sign"] = "positive" if ups > 0.9 else "negative" if ups < 0.1 else "both"


def _fit(clean: list[Float64s], registration: Registration | None, clock: Clock, pixel_size: tuple[float, float]) -> NoiseFit:
    lags = lags_of(clock.rows, clock.cols, pixel_size)
    of_lines, of_columns = levels(clean[0], lags)
    if registration is None:
        along = one_direction(clean[0], lags)
        apart = np.empty((len(along), 0))
    else:
        along, apart = two_directions(clean[0], brought_back(clean[1], registration), lags)
    return fit_noise(clock, lags, Statistics(along, apart, of_lines, of_columns), both=registration is not None)


def _note_noise(fit: NoiseFit, notes: _Notes, *, both: bool) -> None:
    notes.add("noise.white", math.sqrt(fit.white[0]), fit.error("white"))
    if fit.wander[0] > 0.0:
        notes.add("noise.wander", math.sqrt(fit.wander[0]), fit.error("wander"))
        notes.add("noise.wander_exponent", float(fit.exponent[0]), fit.error("exponent"))
        notes.add("noise.wander_corner", float(fit.corner[0]), fit.error("corner"))
        if fit.error("exponent") > _CERTAIN_ERROR:
            notes.unknown["noise.wander_exponent"] = "blocks of lines do not agree"
    if fit.wander_gain < _CERTAIN:
        notes.unknown["noise.wander"] = "white noise and offsets explain the scan nearly as well"
    if fit.offsets[0] > 0.0:
        notes.add("noise.line_offsets", math.sqrt(fit.offsets[0]), fit.error("offsets"))
        notes.add("noise.offset_memory", float(fit.memory[0]), fit.error("memory"))
    if fit.offsets_gain < _CERTAIN:
        notes.unknown["noise.line_offsets"] = "wander or the sample explain the levels of lines nearly as well"
    notes.unknown["noise.offsets_per_line, offsets_within"] = (
        "one at the start of each line is assumed: more look like wander, fewer like offsets with a memory"
    )
    if not both:
        notes.unknown["noise.white"] = "what the sample has at random from pixel to pixel cannot be told from it in one direction"


def _quantum(heights: Float64s) -> float:
    """Return the step of which all heights are multiples; 0 where there is none that a scan's noise does not hide."""
    there = heights[~np.isnan(heights)][:_MANY]
    values = np.unique(there)
    if len(values) < 3 or 2 * len(values) > len(there):
        return 0.0
    steps = values[1:] - values[:-1]
    size = float(np.abs(values).max())
    steps = steps[steps > 1e-9 * size]
    if not steps.size:
        return 0.0
    step = float(np.median(steps[steps < 1.5 * steps.min()]))
    multiples = (values - values[0]) / step
    whole = np.floor(multiples + 0.5)
    step = float((values[-1] - values[0]) / whole[-1])
    multiples = (values - values[0]) / step
    if float(np.abs(multiples - np.floor(multiples + 0.5)).max()) > 0.02:
        return 0.0
    noise = trimmed_square((heights[:, 1:] - heights[:, :-1]), 0.8)
    return step if step * step > 1e-4 * noise else 0.0
