"""Networks as filters of the stacks of high-speed microscopes in playNano, which finds them by an entry point.

Nothing of playNano is imported: what it asks for is a function of one frame, an array, and of parameters with defaults, which it
shows, passes and records. It records the function's ``__version__``, too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .._version import __version__
from ..nn.apply import apply


def clean_frame(data: NDArray[np.float64], network: str = "universal", strength: float = 1.0) -> NDArray[np.float64]:
    """Clean a frame with a network.

    Each frame is measured and cleaned on its own. Pixels that are not finite stay as they are.

    Parameters
    ----------
    data : ndarray, shape (rows, columns)
        Heights in any unit.
    network : str
        Name or file of a network, as for `afmnn.load`.
    strength : float, 0 to 1.5
        How much is taken for noise, as for `afmnn.apply`.

    Returns
    -------
    ndarray of float64, or float32 where `data` is
        Cleaned heights.

    Raises
    ------
    ValueError
        If `data` is not two-dimensional or an argument is out of its range.
    OSError
        If there is no such network, or it cannot be read.
    """
    result = np.asarray(apply(network, data, strength=strength, nan="keep"))
    return np.where(np.isfinite(data), result, data)


clean_frame.__version__ = __version__  # type: ignore[attr-defined]
