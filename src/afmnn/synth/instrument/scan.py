"""How an instrument with numbers alone records a surface."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from ... import _core
from ..._elementary import cos, exp, log, mean, mean_square
from .._draws import Draws
from ..line_errors import LINE_ERROR_KINDS
from ..noise import SIGNS
from .events import Events
from .info import Jump, ScanInfo
from .noise import Noise
from .scanner import Scanner

if TYPE_CHECKING:
    from .instrument import Instrument

_GAUSSIAN, _BOTH = 0, 0  # numbers of a distribution and a sign in the core
_STEEP = 0.9  # quantile of the slopes from which on an edge is steep
_AT_ONCE = 1 << 21  # pixels
_LARGEST_SPACE = 1 << 18  # numbers that a thread keeps between two scans, two megabytes: 362 x 362 pixels
#: Work space of each thread.
_spaces = threading.local()
#: How the core writes one part: into (directions, rows, columns).
_Writer = Callable[[NDArray[np.float64]], object]


def record(
    instrument: Instrument,
    surface: NDArray[np.float64],
    draws: Draws,
    directions: int,
    pixel_size: tuple[float, float],
    threads: int,
    *,
    wants_info: bool,
) -> tuple[tuple[NDArray[np.float64], ...], ScanInfo | None]:
    """Return the scan, an array for each direction, and what was done if that is wanted."""
    recording = _Recording(instrument, surface, draws, directions, pixel_size, threads, wants_info=wants_info)
    recording.add_noise(instrument.noise)
    recording.add_events(instrument.events)
    recording.quantise(instrument.noise)
    return recording.finished(instrument)


class _Recording:
    """A scan in the making: the heights so far, and what was added to them."""

    def __init__(
        self,
        instrument: Instrument,
        surface: NDArray[np.float64],
        draws: Draws,
        directions: int,
        pixel_size: tuple[float, float],
        threads: int,
        *,
        wants_info: bool,
    ) -> None:
        self._draws, self._threads, self._directions = draws, threads, directions
        self._rows, self._cols = surface.shape
        self._turn = math.floor(instrument.scanner.turn * self._cols + 0.5)
        self._line = 2 * (self._cols + self._turn)
        self._wants_info = wants_info
        self._parts: dict[str, NDArray[np.float64]] = {}
        self._marks: dict[str, NDArray[np.bool_]] = {}
        self._jumps: list[tuple[int, Jump]] = []
        self._level: tuple[NDArray[np.float64], NDArray[np.int64]] | None = None
        self._space = _take_space((2, *surface.shape))  # where parts are made that nobody wants to keep
        self._ideal = self._seen(instrument, surface, pixel_size)
        self._steep = self._steep_pixels() if instrument.events.scars_at_edges != 1 else None
        self._heights = self._ideal.copy() if wants_info else self._ideal
        if self._level is not None:
            self._add("tip_changes", self._write_level)

    # ---- without noise --------------------------------------------------------------------------------------------

    def _seen(self, instrument: Instrument, surface: NDArray[np.float64], pixel_size: tuple[float, float]) -> NDArray[np.float64]:
        """Return what the instrument records without noise and events."""
        tip, feedback = instrument.tip, instrument.feedback
        # The loop goes through retraces, too, whether or not they are wanted.
        spare = self._directions == 1 and not feedback.is_ideal()
        seen = self._space if spare else np.empty((self._directions, self._rows, self._cols))
        self._follow(instrument.scanner, tip.dilated(surface, 1.0, pixel_size, self._threads), seen)
        if tip.changes > 0:
            level = np.empty((self._directions, self._rows, self._cols))
            key = self._draws.key("tip: changes")
            times, offsets = _core.instrument_jumps(level, self._turn, tip.change_height, tip.changes, key, threads=self._threads)
            self._level = level, times
            self._record_jumps("tip", times, offsets)
            if not tip.is_sharp() and tip.change_spread > 0:
                clock = self._clock(len(seen))
                later = np.empty_like(seen)
                for i, time in enumerate(times):
                    factor = exp(tip.change_spread * _normal(self._draws, f"tip: change {i}"))
                    self._follow(instrument.scanner, tip.dilated(surface, factor, pixel_size, self._threads), later)
                    np.copyto(seen, later, where=clock >= time)
        if not feedback.is_ideal():
            rise, fall = (limit or math.inf for limit in (feedback.largest_rise, feedback.largest_fall))
            _core.instrument_feedback(seen, self._turn, *feedback.gains(), rise, fall)
        seen = seen[:1].copy() if spare else seen
        self._add_background(instrument.scanner, seen, pixel_size)
        return seen

    def _follow(self, scanner: Scanner, surface: NDArray[np.float64], out: NDArray[np.float64]) -> None:
        """Write the heights below the tip."""
        displacements = (scanner.drift_y, scanner.drift_x, scanner.creep_y, scanner.creep_x)
        if not any(displacements) and scanner.lag == 0 and scanner.hysteresis == 0:
            for rows in self._blocks():
                out[:, rows] = surface[rows]
            return
        surface = np.ascontiguousarray(surface)
        way = (*displacements, scanner.creep_law == "logarithmic", scanner.creep_time, scanner.lag, scanner.hysteresis)
        _core.instrument_path(surface, out, self._turn, *way, threads=self._threads)

    def _add_background(self, scanner: Scanner, heights: NDArray[np.float64], pixel_size: tuple[float, float]) -> None:
        """Add the heights of the scanner itself."""
        shape = (scanner.tilt_x, scanner.tilt_y, scanner.bow, scanner.bow_cubic)
        if not any(shape) and scanner.drift_z == 0 and scanner.creep_z == 0:
            return
        along_y, along_x = _bowed(scanner, (self._rows, self._cols), pixel_size)
        in_time = (scanner.drift_z, scanner.creep_z, scanner.creep_law == "logarithmic", scanner.creep_time)
        _core.instrument_background(heights, self._turn, along_y, along_x, *in_time, threads=self._threads)

    # ---- noise ----------------------------------------------------------------------------------------------------

    def add_noise(self, noise: Noise) -> None:
        """Add what has an rms above zero."""
        turn, threads, key = self._turn, self._threads, self._draws.key
        if noise.line_offsets > 0:
            offsets = (noise.line_offsets, noise.offsets_per_line, noise.offsets_within, noise.offset_memory)
            own = key("noise: line_offsets")
            self._add("line_offsets", lambda out: _core.instrument_offsets(out, turn, *offsets, own, threads=threads))
        if noise.wander > 0:
            corner = min(1.0 / (noise.wander_corner * self._line), 0.5)
            wander, own_wander = (noise.wander, noise.wander_exponent, corner), key("noise: wander")
            self._add("wander", lambda out: _core.instrument_wander(out, turn, *wander, own_wander, threads=threads))
        if noise.hum > 0:
            hum, own_hum = (noise.hum, noise.hum_frequency, noise.hum_harmonics), key("noise: hum")
            self._add("hum", lambda out: _core.instrument_hum(out, turn, *hum, own_hum, threads=threads))
        if noise.white > 0:
            own_white = key("noise: white")
            self._add("white", lambda out: _core.instrument_white(out, turn, noise.white, own_white, threads=threads))

    def quantise(self, noise: Noise) -> None:
        """Round to steps of the detector, after all the rest."""
        if noise.quantum > 0:
            self._change("quantum", lambda out: np.multiply(np.floor(out / noise.quantum + 0.5), noise.quantum, out=out))

    # ---- events ---------------------------------------------------------------------------------------------------

    def add_events(self, events: Events) -> None:
        """Add what is expected at all and has a height."""
        if events.jumps > 0 and events.jump_height > 0:
            self._add("jumps", lambda out: self._write_jumps(events, out))
        if events.scars > 0 and events.scar_height > 0:
            self._add("scars", lambda out: self._write_scars(events, out), marked=True)
        if events.smears > 0 and events.smear_height > 0:
            self._add("smears", lambda out: self._write_smears(events, out), marked=True)
        if events.spikes > 0 and events.spike_height > 0:
            self._add("spikes", lambda out: self._write_spikes(events, out), marked=True)
        for name, kind in (("wrong_lines", "offset"), ("lost_lines", "constant"), ("saturated_lines", "saturated")):
            self._spoil_lines(name, kind, getattr(events, name), events.line_height)

    def _write_jumps(self, events: Events, out: NDArray[np.float64]) -> None:
        key = self._draws.key("events: jumps")
        times, levels = _core.instrument_jumps(out, self._turn, events.jump_height, events.jumps, key, threads=self._threads)
        self._record_jumps("level", times, levels)

    def _write_scars(self, events: Events, out: NDArray[np.float64]) -> None:
        key = self._draws.key("events: scars")
        sign = SIGNS.index(events.scar_sign)
        size = (events.scars, events.scar_length, events.scar_length_spread)
        for direction, heights in enumerate(out):
            steep = np.zeros(heights.shape, np.uint8) if self._steep is None else self._steep[direction]
            own = (steep, events.scars_at_edges, key)
            heights[...] = _core.instrument_scars(direction, events.scar_height, sign, *size, *own, threads=self._threads)[0]

    def _write_smears(self, events: Events, out: NDArray[np.float64]) -> None:
        lines: int = events.smear_lines
        coverage: float = events.smears * events.smear_length * lines / (self._rows * self._cols)
        height, length = events.smear_height, events.smear_length
        key = self._draws.key("events: smears")
        out[...] = _core.line_scars(
            self._rows, self._cols, height, _GAUSSIAN, _BOTH, coverage, length, 0.0, lines, lines - 1, key, threads=self._threads
        )[0]

    def _write_spikes(self, events: Events, out: NDArray[np.float64]) -> None:
        drawn = (events.spike_height, _GAUSSIAN, _BOTH, events.spikes, events.spike_size)
        for direction, heights in enumerate(out):
            key = self._draws.key(f"events: spikes {direction}")
            heights[...] = _core.spikes(self._rows, self._cols, *drawn, key, threads=self._threads)[0]

    def _spoil_lines(self, name: str, kind: str, fraction: float, height: float) -> None:
        if fraction == 0 or (height == 0 and kind == "offset"):
            return

        def spoil(out: NDArray[np.float64]) -> None:
            for direction, heights in enumerate(out):
                key = self._draws.key(f"events: {name} {direction}")
                chance = self._draws.unit(f"events: {name} {direction}: number")
                count = min(math.floor(self._rows * fraction + chance), self._rows)
                rows = _core.line_errors(
                    heights, height, _GAUSSIAN, _BOTH, LINE_ERROR_KINDS.index(kind), count, key, threads=self._threads
                )[0]
                if self._wants_info:
                    marks = self._marks.setdefault(name, np.zeros(out.shape, dtype=bool))
                    marks[direction, rows] = True

        self._change(name, spoil)

    def _steep_pixels(self) -> NDArray[np.uint8]:
        """Find the steepest tenth of the pixels of each direction, by the step from the pixel that came before."""
        steep = np.zeros(self._ideal.shape, np.uint8)
        for direction, heights in enumerate(self._ideal):
            steps = np.abs(heights[:, 1:] - heights[:, :-1])
            limit = _core.quantiles(steps, [_STEEP], self._threads)[0]
            (steep[0, :, 1:] if direction == 0 else steep[1, :, :-1])[...] = steps > limit
        return steep

    # ---- adding up ------------------------------------------------------------------------------------------------

    def _write_level(self, out: NDArray[np.float64]) -> None:
        assert self._level is not None
        out[...] = self._level[0]

    def _add(self, name: str, write: _Writer, *, marked: bool = False) -> None:
        part = np.empty_like(self._heights) if self._wants_info else self._space[: self._directions]
        write(part)
        for rows in self._blocks():
            np.add(self._heights[:, rows], part[:, rows], out=self._heights[:, rows])
        if self._wants_info:
            self._parts[name] = part
            if marked:
                self._marks[name] = part != 0

    def _change(self, name: str, change: _Writer) -> None:
        before = self._heights.copy() if self._wants_info else None
        change(self._heights)
        if before is not None:
            self._parts[name] = self._heights - before

    def _blocks(self) -> Iterator[slice]:
        """Rows that NumPy goes through at once: a tenth of a second at most, so that Ctrl-C is heard."""
        at_once = max(1, _AT_ONCE // self._cols)
        for first in range(0, self._rows, at_once):
            yield slice(first, first + at_once)

    def _clock(self, directions: int) -> NDArray[np.int64]:
        """Return the time of every sample, in samples."""
        starts = np.arange(self._rows)[:, None] * self._line
        columns = np.arange(self._cols)
        times = [starts + columns, starts + (2 * self._cols + self._turn - 1 - columns)]
        return np.stack(times[:directions])

    def _record_jumps(self, kind: Literal["level", "tip"], times: NDArray[np.int64], levels: NDArray[np.float64]) -> None:
        if not self._wants_info:
            return
        before = 0.0
        for time, level in zip(times.tolist(), levels.tolist(), strict=True):
            row, rest = divmod(time, self._line)
            if rest < self._cols:
                place = (row, rest, 0)
            elif rest < 2 * self._cols + self._turn:
                place = (row, min(2 * self._cols + self._turn - 1 - rest, self._cols - 1), 1)
            else:
                place = (row + 1, 0, 0)
            self._jumps.append((time, Jump(kind, *place, level - before)))
            before = level

    def finished(self, instrument: Instrument) -> tuple[tuple[NDArray[np.float64], ...], ScanInfo | None]:
        """Return the scan and what was done."""
        if self._space.size <= _LARGEST_SPACE:
            _spaces.last = self._space
        if not self._wants_info:
            return tuple(self._heights), None
        info = ScanInfo(
            instrument,
            tuple(self._ideal),
            MappingProxyType({name: tuple(part) for name, part in self._parts.items()}),
            MappingProxyType({name: tuple(mark) for name, mark in self._marks.items()}),
            tuple(jump for _, jump in sorted(self._jumps, key=lambda timed: timed[0])),
        )
        return tuple(self._heights), info


def _take_space(shape: tuple[int, int, int]) -> NDArray[np.float64]:
    """Return the space of the thread's last scan if it is as large, else a new one; nobody else has it until it is given back.

    A scene makes thousands of scans of one shape, and fresh memory costs as much as the noise that goes into it.
    """
    space: NDArray[np.float64] | None = _spaces.__dict__.pop("last", None)
    return space if space is not None and space.shape == shape else np.empty(shape)


def _normal(draws: Draws, name: str) -> float:
    """Return a standard normal number (G. E. P. Box, M. E. Muller, Ann. Math. Stat. 29 (1958) 610)."""
    return math.sqrt(-2.0 * log(1.0 - draws.unit(name))) * cos(2.0 * math.pi * draws.unit(f"{name}: angle"))


def _bowed(
    scanner: Scanner, shape: tuple[int, int], pixel_size: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the heights of tilt and bow: what depends on the row, and what depends on the column."""
    along = [np.zeros(n) for n in shape]
    places = [np.arange(n) - 0.5 * (n - 1) for n in shape]
    lengths = [place * size for place, size in zip(places, pixel_size, strict=True)]
    ratio = shape[1] * pixel_size[1] / scanner.bow_size if scanner.bow_size > 0 else 1.0
    if scanner.bow != 0:
        # The means of x^2 and of (x^2 - mean)^2 over n equidistant places, in closed form.
        means = [size * size * (n * n - 1) / 12 for n, size in zip(shape, pixel_size, strict=True)]
        spreads = [size * size * size * size * (n * n - 1) * (n * n - 4) / 180 for n, size in zip(shape, pixel_size, strict=True)]
        squares = [x * x - middle for x, middle in zip(lengths, means, strict=True)]
        along = _with_rms(along, squares, scanner.bow * ratio * ratio, sum(spreads))
    if scanner.bow_cubic != 0:
        cubes = [x * x * x - x * (mean(x * x * x * x) / mean(x * x)) for x in lengths]
        along = _with_rms(along, cubes, scanner.bow_cubic * ratio * ratio * ratio, sum(mean_square(x) for x in cubes))
    tilts = (scanner.tilt_y, scanner.tilt_x)
    along_y, along_x = (z + tilt * place for z, place, tilt in zip(along, places, tilts, strict=True))
    return along_y, along_x


def _with_rms(
    along: list[NDArray[np.float64]], terms: list[NDArray[np.float64]], rms: float, mean_squares: float
) -> list[NDArray[np.float64]]:
    """Add terms of y and of x, scaled to an rms: as both have no mean, their mean squares have been added up."""
    if mean_squares == 0:
        return along
    scale = rms / math.sqrt(mean_squares)
    return [z + scale * term for z, term in zip(along, terms, strict=True)]
