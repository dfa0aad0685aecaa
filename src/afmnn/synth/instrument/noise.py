"""The instrument's noise: what it would record of a surface without any relief."""

from __future__ import annotations

import dataclasses
from typing import Any

from ._numbers import Part, count, height, number


@dataclasses.dataclass(frozen=True)
class Noise(Part):
    """Noise of the recorded height, in time. Trace and retrace have nothing of it in common but what is slower than a line.

    Every value may be a range, as in `afmnn.synth.Recipe`.

    Parameters
    ----------
    white : float
        Root-mean-square of what has no memory from sample to sample, in heights.
    wander : float
        Root-mean-square of the coloured noise, in heights, over times long against its corner. Its two-sided power spectral
        density is proportional to ``((sin(pi f) / pi)**2 + f_c**2) ** (-wander_exponent / 2)``, ``f`` in cycles a sample: below a
        tenth of the sampling rate that is ``(f**2 + f_c**2) ** (-wander_exponent / 2)``.
    wander_exponent : float
        How steep the spectrum is, 0.1 to 2: 1 is flicker noise, 2 a random walk that forgets (an Ornstein-Uhlenbeck process).
    wander_corner : float
        ``1 / f_c`` in lines of time, 1e-3 to 1e5: periods that are longer have no more power, so that the noise forgets.
    hum : float
        Root-mean-square of the hum, in heights.
    hum_frequency : float
        Its frequency in periods a line of time, that is per trace, retrace and both turn-arounds; 0 to 1e6.
    hum_harmonics : int
        Number of sines, 1 to 100: of once, twice, three times the frequency, with amplitudes as 1 : 1/2 : 1/3 and random
        phases. The phase runs on from line to line.
    line_offsets : float
        Root-mean-square of offsets that stay until the next one, in heights.
    offsets_per_line : float
        Mean number of new offsets a line of time, 1e-3 to 200.
    offsets_within : float
        Part of the new offsets that come at any time, 0 to 1; the others come when a trace begins.
    offset_memory : float
        Lines after which ``1 / e`` of an offset is left in the next ones; 0: each is independent of those before.
    quantum : float
        Height of a step of the detector or converter; heights are rounded to its multiples. 0: none.

    Raises
    ------
    ValueError
        If a value is out of its range.

    References
    ----------
    M. S. Keshner, Proc. IEEE 70 (1982) 212, doi:10.1109/PROC.1982.12282 (1/f noise as a sum of relaxations).
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746 (line noise).
    """

    white: Any = height()
    wander: Any = height()
    wander_exponent: Any = number(1.0, 0.1, 2.0)
    wander_corner: Any = number(10.0, 1e-3, 1e5)
    hum: Any = height()
    hum_frequency: Any = number(5.0, 0.0, 1e6)
    hum_harmonics: Any = count(1, 1, 100)
    line_offsets: Any = height()
    offsets_per_line: Any = number(1.0, 1e-3, 200.0)
    offsets_within: Any = number(0.0, 0.0, 1.0)
    offset_memory: Any = number(0.0, 0.0, 1e6)
    quantum: Any = height()
