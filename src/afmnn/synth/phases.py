"""Two phases that have separated into stripes of even width."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._progress import draws_bar, function_of
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish


@plain
@draws_bar("parts")
def separated_phases(
    shape: tuple[int, int] | None = None,
    *,
    stripe_width: float,
    spread: float = 0.05,
    height: float = 1.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Two phases that have separated: winding stripes of even width, as those of block copolymers and magnetic garnets.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    stripe_width : float
        Width of the stripes in lateral units, half the wavelength of the structure, 1 to 400 pixels.
    spread : float
        0.001 to 0.5: relative width of the ring of spatial frequencies: small for stripes of one width, and long straight ones.
    height : float
        Height of the upper phase above the lower one.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx). With the default, lengths are in pixels.
    base : array_like, shape ``shape``, optional
        An image whose Fourier phases take the place of the random ones, so that stripes lie where it has them; nothing is added
        to it, nor is it changed.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dict: ``upper``, ``undecided``: fractions of the pixels at `height`, and at half of it.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(parts_done, parts)`` from time to time.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``. The heights do not depend on it.

    Returns
    -------
    ndarray of float64, shape ``shape``
        0, half of `height`, or `height`; with `return_info`, a tuple of heights and dict.

    Raises
    ------
    ValueError
        If ``shape`` is below 2 x 2, or a number is out of its range or not finite.

    Notes
    -----
    A Gaussian random field, periodic, with the amplitudes ``1 / cosh((k - k_0) / dk)``,
    ``k_0 = pi / w / (1 + spread**2 / 3)``, ``dk = spread * pi / w``, w being the width, is divided at Otsu's threshold. Each
    pixel then belongs to the phase whose skeleton, or local extremum, is nearer, so that stripes have even widths. Openings and
    closings by discs of growing radius, up to 0.16 times the width, smooth the borders; where the order of both makes a
    difference, a pixel has half the height. Distances are in pixels: with pixels that are not square, only the field knows about
    it.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.
    J. W. Cahn, J. Chem. Phys. 42 (1965) 93, doi:10.1063/1.1695731 (spinodal structures as sums of waves of one length).
    N. Otsu, IEEE Trans. Syst. Man Cybern. 9 (1979) 62, doi:10.1109/TSMC.1979.4310076.

    Examples
    --------
    >>> from afmnn import synth
    >>> copolymer = synth.separated_phases((256, 256), stripe_width=12, seed=1)
    """
    (rows, cols), given = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    width = _check.pixels("stripe_width", stripe_width, dx, 1.0, 400.0)
    _check.within(spread=(spread, 0.001, 0.5))
    _check.positive(height=height)
    _check.flag(return_info=return_info)
    progress = function_of("progress", progress)
    image = None if given is None else np.ascontiguousarray(given)
    result = _core.phases(rows, cols, width, spread, height, dy / dx, image, key_from(seed), resolve_threads(threads), progress)
    upper, undecided = (np.count_nonzero(result == level) / result.size for level in (height, 0.5 * height))
    return finish(result, None, {"upper": upper, "undecided": undecided} if return_info else None)
