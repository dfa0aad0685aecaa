"""The feedback loop, through which the recorded height follows the surface."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from ..._elementary import exp, log, sin
from ._numbers import LARGEST, Part, number

_PI = math.pi
_STEPS = 60  # of a bisection: all bits that matter


@dataclasses.dataclass(frozen=True)
class Feedback(Part):
    """A loop that follows the surface with a delay, in the direction of motion: edges of the retrace are mirrored.

    Every value may be a range, as in `afmnn.synth.Recipe`. From sample to sample, also through turn-arounds, the height ``h``
    follows the surface ``z`` by ``v = min(max(momentum * v + gain * (z - h), -largest_fall), largest_rise)`` and ``h = h + v``:
    an integral controller, whose actuator has a delay that the proportional part does not make up for where there is overshoot.

    Parameters
    ----------
    response : float
        Pixels by which the height lags behind a long slope, 0 to 1e4. 0: the loop is infinitely fast, without overshoot. Without
        it, ``gain = 1 / (1 + response)``: of a step, ``(1 - gain)**n`` is left after ``n`` samples.
    overshoot : float
        How far the height goes beyond a step, in parts of its height; 0 to 0.9. Above 0, the loop is a damped oscillation with
        ``damping = -log(overshoot) / sqrt(pi**2 + log(overshoot)**2)`` that has the same `response`.
    largest_rise, largest_fall : float
        Largest change upwards and downwards, height a pixel: behind steep drops, the tip parachutes. 0: no limit.

    Raises
    ------
    ValueError
        If a value is out of its range.

    References
    ----------
    G. Schitter, F. Allgöwer, A. Stemmer, Nanotechnology 15 (2004) 108, doi:10.1088/0957-4484/15/1/021.
    T. Ando, T. Uchihashi, T. Fukuma, Prog. Surf. Sci. 83 (2008) 337, doi:10.1016/j.progsurf.2008.09.001 (parachuting).
    """

    response: Any = number(0.0, 0.0, 1e4)
    overshoot: Any = number(0.0, 0.0, 0.9)
    largest_rise: Any = number(0.0, 0.0, LARGEST)
    largest_fall: Any = number(0.0, 0.0, LARGEST)

    def is_ideal(self) -> bool:
        """Whether it changes nothing."""
        return not any((self.response, self.largest_rise, self.largest_fall))

    def gains(self) -> tuple[float, float]:
        """Return gain and momentum of the recursion, for a part with numbers alone."""
        if self.response == 0 or self.overshoot == 0:
            return 1.0 / (1.0 + self.response), 0.0
        deep = -log(self.overshoot)
        damping = deep / math.sqrt(_PI * _PI + deep * deep)
        # The lag falls with the frequency, from far above `response` to below 0 where the loop turns by a quarter a sample.
        low, high = damping / (1.0 + self.response), 0.5 * _PI / math.sqrt(1.0 - damping * damping)
        for _ in range(_STEPS):
            middle = math.sqrt(low * high)
            gain, momentum = _loop(middle, damping)
            if (1.0 - gain - momentum) > self.response * gain:
                low = middle
            else:
                high = middle
        return _loop(high, damping)


def _loop(frequency: float, damping: float) -> tuple[float, float]:
    """Gain and momentum of a damped oscillation, `frequency` in radians a sample."""
    decay = exp(-damping * frequency)
    turn = frequency * math.sqrt(1.0 - damping * damping)
    # 1 + momentum - 2 decay cos(turn), which is very small for slow loops.
    half = sin(0.5 * turn)
    return (1.0 - decay) * (1.0 - decay) + 4.0 * decay * half * half, decay * decay
