"""Instrument: a description of an instrument and its settings -> scans."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ... import _check
from ..._arithmetic import plain
from ..._seed import SeedLike
from ..._threads import resolve_threads
from ...image import Image, unwrap
from .._draws import Draws
from ._numbers import Part
from .events import Events
from .feedback import Feedback
from .info import ScanInfo
from .noise import Noise
from .scan import record
from .scanner import Scanner
from .tip import Tip

_Directions = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclasses.dataclass(frozen=True)
class Instrument:
    """A virtual microscope: its noise, scanner, feedback, tip, and what goes wrong now and then.

    Each part is an object of its class or a mapping of its keywords; each number in it may be a range. Without any, the
    instrument is ideal: it returns the surface to the bit.

    Parameters
    ----------
    noise : Noise or mapping
        White noise, wander, hum, line offsets, quantisation.
    scanner : Scanner or mapping
        Turn-arounds, tilt, bow, drift, creep, lag and hysteresis.
    feedback : Feedback or mapping
        How fast and how well the height follows the surface.
    tip : Tip or mapping
        Dilation by a tip, and its changes.
    events : Events or mapping
        Scars, smears, spikes, wrong lines, level jumps.

    Raises
    ------
    ValueError
        If a keyword does not exist or a value is out of its range.
    TypeError
        If a part is neither an object of its class nor a mapping.

    Examples
    --------
    >>> instrument = Instrument(noise={"white": 0.01, "wander": [0.01, 0.1]}, feedback={"response": 2.0})
    >>> trace, retrace = instrument.scan(np.zeros((64, 64)), seed=1)
    """

    noise: Noise = dataclasses.field(default_factory=Noise)
    scanner: Scanner = dataclasses.field(default_factory=Scanner)
    feedback: Feedback = dataclasses.field(default_factory=Feedback)
    tip: Tip = dataclasses.field(default_factory=Tip)
    events: Events = dataclasses.field(default_factory=Events)

    def __post_init__(self) -> None:
        for name, kind in _PARTS.items():
            value = getattr(self, name)
            if isinstance(value, Mapping):
                _check.keys(name, value, [field.name for field in dataclasses.fields(kind)])  # type: ignore[arg-type]
                object.__setattr__(self, name, kind(**value))
            elif not isinstance(value, kind):
                raise TypeError(f"{name} must be a {kind.__name__} or a mapping of its keywords, got {value!r}")

    @plain
    def drawn(self, seed: SeedLike) -> Instrument:
        """Return the instrument that `scan` uses: with numbers in place of ranges.

        Parameters
        ----------
        seed : None, int, SeedSequence or Generator
            Source of randomness.

        Returns
        -------
        Instrument
            With the same seed, it makes the scan that this instrument makes.

        Raises
        ------
        ValueError
            If a seed is negative.
        """
        return self._drawn(Draws(seed, 0))

    @overload
    def scan(
        self,
        surface: ArrayLike | Image,
        *,
        seed: SeedLike,
        directions: Literal[2] = ...,
        pixel_size: float | tuple[float, float] | None = ...,
        threads: int | None = ...,
        return_info: Literal[False] = ...,
    ) -> _Directions: ...
    @overload
    def scan(
        self,
        surface: ArrayLike | Image,
        *,
        seed: SeedLike,
        directions: Literal[2] = ...,
        pixel_size: float | tuple[float, float] | None = ...,
        threads: int | None = ...,
        return_info: Literal[True],
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], ScanInfo]: ...
    @overload
    def scan(
        self,
        surface: ArrayLike | Image,
        *,
        seed: SeedLike,
        directions: Literal[1],
        pixel_size: float | tuple[float, float] | None = ...,
        threads: int | None = ...,
        return_info: Literal[False] = ...,
    ) -> NDArray[np.float64]: ...
    @overload
    def scan(
        self,
        surface: ArrayLike | Image,
        *,
        seed: SeedLike,
        directions: Literal[1],
        pixel_size: float | tuple[float, float] | None = ...,
        threads: int | None = ...,
        return_info: Literal[True],
    ) -> tuple[NDArray[np.float64], ScanInfo]: ...
    @plain
    def scan(
        self,
        surface: ArrayLike | Image,
        *,
        seed: SeedLike,
        directions: int = 2,
        pixel_size: float | tuple[float, float] | None = None,
        threads: int | None = None,
        return_info: bool = False,
    ) -> Any:
        """Scan a surface.

        Parameters
        ----------
        surface : array_like or Image, shape (rows, columns)
            Heights of the sample; rows are scan lines, the first is scanned first and from left to right.
        seed : None, int, SeedSequence or Generator
            Source of randomness. Every random quantity is a function of the seed and the quantity's name: a part more, or another
            number, changes no other part.
        directions : {1, 2}
            2: trace and retrace. 1: the trace alone, the same to the bit; time goes on as if both had been recorded.
        pixel_size : float or (float, float), optional
            Size of a pixel (dy, dx); by default that of an Image, or 1. What depends on it is the tip's radius, the bow where it
            has a `bow_size`, and its shape where pixels are not square.
        threads : int, optional
            Worker threads, by default `afmnn.get_num_threads`. The heights do not depend on it.
        return_info : bool
            Whether a `ScanInfo` is returned as well.

        Returns
        -------
        trace, retrace : ndarray of float64, shape of `surface`
            Heights in the unit of the surface. The retrace is in the order of the columns, so that it lies on the trace. With
            ``directions=1``, the trace alone.
        info : ScanInfo
            Only with `return_info`.

        Raises
        ------
        ValueError
            If `surface` is not finite or smaller than 2 x 2, or an argument is out of its range.
        """
        heights = unwrap("surface", surface)
        _check.shape("surface.shape", heights.shape, minimum=2)
        if _check.integer("directions", directions) not in (1, 2):
            raise ValueError(f"directions must be 1 or 2, got {directions}")
        _check.flag(return_info=return_info)
        if pixel_size is None:
            size = surface.pixel_size if isinstance(surface, Image) else (1.0, 1.0)
        else:
            size = _check.pair("pixel_size", pixel_size)
        draws = Draws(seed, 0)
        flat = np.ascontiguousarray(heights, dtype=np.float64)
        scan, info = record(
            self._drawn(draws), flat, draws, directions, size, resolve_threads(threads), wants_info=bool(return_info)
        )
        if info is not None:
            return (*scan, info)
        return scan if directions == 2 else scan[0]

    def to_dict(self) -> dict[str, Any]:
        """Return the instrument as dicts, lists, texts and numbers, as JSON has them.

        Returns
        -------
        dict
            ``Instrument(**instrument.to_dict())`` is the same instrument, also by way of JSON.
        """
        return {name: getattr(self, name).to_dict() for name in _PARTS}

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Instrument:
        """Return the instrument that `to_dict` described.

        Parameters
        ----------
        value : mapping
            Parts and their keywords; what is left out is ideal.

        Returns
        -------
        Instrument

        Raises
        ------
        ValueError
            If a part or keyword does not exist, or a value is out of its range.
        TypeError
            If it is no mapping.
        """
        if not isinstance(value, Mapping):
            raise TypeError(f"value must be a mapping of the parts of an instrument, got {value!r}")
        _check.keys("value", value, _PARTS)
        return cls(**value)

    def _repr_html_(self) -> Any:
        from ...showing import displayed  # noqa: PLC0415 - what draws is above, and needs an extra

        return displayed("instrument", self)

    def _drawn(self, draws: Draws) -> Instrument:
        return Instrument(*(getattr(self, name).drawn(draws) for name in _PARTS))


_PARTS: dict[str, type[Part]] = {
    "noise": Noise,
    "scanner": Scanner,
    "feedback": Feedback,
    "tip": Tip,
    "events": Events,
}
