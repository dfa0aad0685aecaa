"""Events: what goes wrong now and then."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..noise import SIGNS
from ._numbers import Part, count, height, number, word


@dataclasses.dataclass(frozen=True)
class Events(Part):
    """Events of a scan. Level jumps and smears are in both directions, the others in one of them.

    Every value may be a range, as in `afmnn.synth.Recipe`. Heights are root-mean-squares of normal numbers.

    Parameters
    ----------
    scars : float
        Expected number of scars or strokes a pixel of each direction, 0 to 1.
    scar_length : float
        Their median length along the line, in pixels, 1 to 1e5. They go on in the direction of motion.
    scar_length_spread : float
        Standard deviation of the logarithm of the length, 0 to 3.
    scar_height : float
        Their height.
    scar_sign : {"both", "positive", "negative"}
        Whether they go up or down; see `afmnn.synth.noise`.
    scars_at_edges : float
        How much likelier they begin in the steepest tenth of the pixels than elsewhere, 1 to 1e4.
    smears : float
        Expected number of smears a scan: pieces of several lines at another height, the same in both directions.
    smear_length : float
        Their median length along the line, in pixels, 1 to 1e5.
    smear_lines : int
        Their mean number of lines, 1 to 10; each number up to twice that less 1 is as likely.
    smear_height : float
        Their height.
    spikes : float
        Expected number of spikes a pixel of each direction, 0 to 1.
    spike_size : int
        Largest number of pixels of a spike, 1 to 9.
    spike_height : float
        Their height.
    wrong_lines, lost_lines, saturated_lines : float
        Fractions of the lines of each direction that are shifted as a whole; have one height everywhere, the feedback being out
        of reach; or reach a limit on one side of their median. 0 to 1.
    line_height : float
        Height of the shift, of the lost height and of the limit from the median of the line.
    jumps : float
        Expected number of level jumps a scan, at any time: all later heights are higher or lower.
    jump_height : float
        Their height.

    Raises
    ------
    ValueError
        If a value is out of its range.
    """

    scars: Any = number(0.0, 0.0, 1.0)
    scar_length: Any = number(30.0, 1.0, 1e5)
    scar_length_spread: Any = number(0.7, 0.0, 3.0)
    scar_height: Any = height()
    scar_sign: Any = word("both", SIGNS)
    scars_at_edges: Any = number(1.0, 1.0, 1e4)
    smears: Any = number(0.0, 0.0, 1e5)
    smear_length: Any = number(60.0, 1.0, 1e5)
    smear_lines: Any = count(3, 1, 10)
    smear_height: Any = height()
    spikes: Any = number(0.0, 0.0, 1.0)
    spike_size: Any = count(1, 1, 9)
    spike_height: Any = height()
    wrong_lines: Any = number(0.0, 0.0, 1.0)
    lost_lines: Any = number(0.0, 0.0, 1.0)
    saturated_lines: Any = number(0.0, 0.0, 1.0)
    line_height: Any = height()
    jumps: Any = number(0.0, 0.0, 1e5)
    jump_height: Any = height()
