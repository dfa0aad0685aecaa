"""Hum: found by `afmnn.correct.hum`, and told in periods a line of time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ..._typing import Float64s
from ...correct.hum import hum as take_off_hum
from ._model import Clock
from ._register import Registration

_NEAR = 0.02  # of a frequency: harmonics are that close to multiples


class Hum(NamedTuple):
    """Root-mean-square, frequency in periods a line of time, number of harmonics, and both directions without it."""

    rms: float
    frequency: float
    harmonics: int
    directions: tuple[Float64s, ...]


def measure_hum(
    directions: tuple[Float64s, ...], clock: Clock, registration: Registration | None, frequency: float | None, threads: int
) -> Hum | None:
    """Find hum, from both directions or at a frequency; None where there is none."""
    if frequency is None and (registration is None or len(directions) < 2):
        return None
    found = []
    for each, other in zip(directions, directions[::-1], strict=True):
        how: dict[str, Any] = {"retrace": other} if frequency is None else {"wavelength": clock.line / frequency}
        try:
            found.append(take_off_hum(each, return_info=True, threads=threads, **how))
        except ValueError:
            # Noise alone may by chance be more like its mirror image, which is refused.
            if frequency is not None or registration is None or registration.certain:
                raise
            return None
        if found[0][1].figures["waves"] == 0.0:
            return None
    waves = _waves(found[0][1].figures, clock)
    strongest = max(waves, key=lambda wave: wave[1])[0] if frequency is None else frequency
    near = [each for each, amplitude in waves if amplitude > 0.2 * max(a for _, a in waves)]
    base = min((each for each in near if _multiple(strongest, each) is not None), default=strongest)
    multiples = [(m, a) for each, a in waves if (m := _multiple(each, base)) is not None]
    rms = math.sqrt(math.fsum(a * a for _, a in multiples) / 2.0)
    return Hum(rms, base, max((m for m, _ in multiples), default=1), tuple(np.asarray(each[0]) for each in found))


def _waves(figures: Mapping[str, float], clock: Clock) -> list[tuple[float, float]]:
    """Return frequencies, in periods a line of time, and amplitudes.

    The wavelength says how many they are but for a part of a period; the advance from line to line says that part.
    """
    found = []
    for k in range(1, int(figures["waves"]) + 1):
        rough = clock.line / figures[f"wavelength_{k}"]
        advance = figures[f"advance_{k}"]
        exact = rough if math.isnan(advance) else math.floor(rough - advance + 0.5) + advance
        found.append((exact, figures[f"amplitude_{k}"]))
    return found


def _multiple(frequency: float, base: float) -> int | None:
    times = math.floor(frequency / base + 0.5)
    return times if 1 <= times <= 20 and abs(frequency - times * base) < _NEAR * frequency else None
