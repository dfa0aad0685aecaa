"""The scanner: where the tip really is while it is thought to be at a pixel, and how high."""

from __future__ import annotations

import dataclasses
from typing import Any

from ._numbers import Part, number, signed, word


@dataclasses.dataclass(frozen=True)
class Scanner(Part):
    """Motion of tip and sample. Both directions share all of it, but for what depends on time and the retrace's lag.

    Every value may be a range, as in `afmnn.synth.Recipe`. ``t`` is the time in lines since the first sample.

    Parameters
    ----------
    turn : float
        Duration of a turn-around, as a fraction of the duration of a trace; 0 to 10. No samples are recorded in it.
    tilt_x, tilt_y : float
        Slope of the sample against the scanner along lines and across them, height a pixel; 0 in the middle of the image.
    bow : float
        Root-mean-square height of the paraboloid ``x**2 + y**2`` about the middle of the image, less its mean: a tube scanner
        moves on a sphere. Negative: the edges are lower than the middle.
    bow_cubic : float
        Root-mean-square height of ``x**3 + y**3``, less the best plane.
    bow_size : float
        Width of the scans for which `bow` and `bow_cubic` are meant, in the unit of ``pixel_size``; those of another width have
        them times the square and the cube of the ratio, as one scanner does it. 0: they are those of any scan.
    drift_x, drift_y : float
        Speed of the sample, pixels a line.
    drift_z : float
        Speed of its height, height a line.
    creep_x, creep_y, creep_z : float
        Displacement of the sample by creep, in pixels, and of its height: all of it where `creep_law` is "exponential", what
        comes in each decade of time where it is "logarithmic".
    creep_time : float
        ``T`` in lines, 1e-3 to 1e6.
    creep_law : {"exponential", "logarithmic"}
        How it creeps from the first sample on: by ``1 - exp(-t / T)``, or by ``log10(1 + t / T)``.
    lag : float
        Pixels by which the retrace is behind the trace everywhere: its features lie so much further to the left.
    hysteresis : float
        The same in the middle of the line, falling as ``4 u (1 - u)`` to the turning points ``u = 0`` and ``u = 1``.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    turn: Any = number(0.1, 0.0, 10.0)
    tilt_x: Any = signed()
    tilt_y: Any = signed()
    bow: Any = signed()
    bow_cubic: Any = signed()
    bow_size: Any = number(0.0, 0.0, 1e100)
    drift_x: Any = number(0.0, -1e6, 1e6)
    drift_y: Any = number(0.0, -1e6, 1e6)
    drift_z: Any = signed()
    creep_x: Any = number(0.0, -1e6, 1e6)
    creep_y: Any = number(0.0, -1e6, 1e6)
    creep_z: Any = signed()
    creep_time: Any = number(10.0, 1e-3, 1e6)
    creep_law: Any = word("exponential", ("exponential", "logarithmic"))
    lag: Any = number(0.0, -1e6, 1e6)
    hysteresis: Any = number(0.0, -1e6, 1e6)
