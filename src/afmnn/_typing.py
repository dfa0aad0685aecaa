"""Types that many modules speak of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Heights as they come from users, shape (rows, columns); the core computes with both types.
Heights: TypeAlias = NDArray[np.float32 | np.float64]
#: Heights, or anything else, in double precision.
Float64s: TypeAlias = NDArray[np.float64]
#: One value a pixel: whether it is meant.
Mask: TypeAlias = NDArray[np.bool_]

#: Errors of one step of training, in height units: ``"training"`` and ``"validation"`` (NaN where there is none). A plain
#: dictionary, and no TypedDict, because functions of users take it as one.
Losses: TypeAlias = dict[str, float]
#: Is told of training after each step, counted from 1; may answer True to end it.
StepProgress: TypeAlias = Callable[[int, Losses], object]
#: Is told of rows (or trials) that are done, and how many there are.
Progress: TypeAlias = Callable[[int, int], object]

#: Units of images, as `Network.units` has them.
Units: TypeAlias = Mapping[str, Any]
#: What a record of training may hold, and its file.
Value: TypeAlias = bool | int | float | str | Sequence["Value"] | Mapping[str, "Value"] | None
Record: TypeAlias = Mapping[str, Value]
