"""What was done to a scan."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from .instrument import Instrument

Heights: TypeAlias = tuple[NDArray[np.float64], ...]
Masks: TypeAlias = tuple[NDArray[np.bool_], ...]


@dataclasses.dataclass(frozen=True)
class Jump:
    """A change of the level from one recorded sample to the next.

    Parameters
    ----------
    kind : {"level", "tip"}
        Whether the level alone changed, or the tip.
    row, column, direction : int
        The first sample at the new level, direction 0 being the trace. Row ``rows`` is after the scan.
    height : float
        By how much the level changed.
    """

    kind: Literal["level", "tip"]
    row: int
    column: int
    direction: int
    height: float


@dataclasses.dataclass(frozen=True)
class ScanInfo:
    """How a scan came about. Tuples have one array for each direction: trace and retrace, or the trace alone.

    Parameters
    ----------
    instrument : Instrument
        The instrument with the numbers that were drawn; with the same seed, it makes the same scan.
    ideal : tuple of ndarray
        What it would have recorded without noise and events: tip, feedback and scanner are in it.
    parts : mapping of str to tuple of ndarray
        What was added, in this order: heights that give the scan if they are added to `ideal`, but for rounding.
    marks : mapping of str to tuple of ndarray of bool
        The pixels of each kind of event.
    jumps : tuple of Jump
        Level jumps and changes of the tip, in the order of time.
    """

    instrument: Instrument
    ideal: Heights
    parts: Mapping[str, Heights]
    marks: Mapping[str, Masks]
    jumps: tuple[Jump, ...]
