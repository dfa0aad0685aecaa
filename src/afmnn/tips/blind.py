"""Estimating the tip from the image alone."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._threads import resolve_threads
from .._typing import Heights
from ..image import Image, unwrap, unwrap_like
from .model import _pixel_size, same_units
from .morphology import dilate, erode

#: Taps times taps times points of one call into the core, at worst: a tenth of a second or two.
_WORK_AT_ONCE = 2e9


def blind_tip_estimate(
    image: ArrayLike | Image,
    shape: int | tuple[int, int] = (11, 11),
    *,
    threshold: float = 0.0,
    mode: Literal["full", "partial"] = "full",
    use_edges: bool = True,
    initial: ArrayLike | Image | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Bluntest tip that can have made an image: an upper bound of the true one.

    No feature of an image can be sharper than the tip. Starting from a flat tip, every image point is asked where a tip
    like the estimate could have touched, and the estimate is lowered to what all these contacts allow. Sharp features
    make the estimate sharp; an image without them leaves it blunt. The result is the largest tip that no image point
    contradicts, so that it depends neither on the order of the points nor on the number of threads.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, at least as large as the tip.
    shape : int or (int, int)
        Rows and columns of the tip, odd. The time grows with their fourth power.
    threshold : float
        Peak-to-peak height of the noise, in the unit of the heights. With it, the estimate is never sharper than the
        tip, but blunter by a few times `threshold`. With less, a single noisy pixel can make it much too sharp. A few units in
        the last place of the heights, in their own type, are always tolerated, because rounding is noise, too. Heights
        that were stored as integers need at least one step of theirs.
    mode : {"full", "partial"}
        Ask all points, or only local maxima, which is much faster and somewhat blunter.
    use_edges : bool
        Whether to ask points so near to the border that part of what they tell is cut off.
    initial : array_like, shape `shape`, optional
        Earlier estimate to continue from, with its highest value at the centre pixel.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The result does not depend on it.

    Returns
    -------
    ndarray of float64, shape `shape`
        Tip, apex up, 0 at its centre pixel, in the orientation that `tip_erosion` and `tip_dilation` take.

    Raises
    ------
    ValueError
        If a side of `shape` is even, below 3 or too long for the image, `image` or `initial` is not finite, `initial` has
        another shape or its highest value off the centre, `threshold` is negative or `mode` unknown.
    TypeError
        If `image` is not an array of real numbers, or `use_edges` not True or False.

    Notes
    -----
    This is Villarrubia's algorithm with one change: what counts as a possible contact is judged with the same `threshold`
    that the estimate is raised by. Otherwise noise hides true contacts, and the estimate may collapse to a needle even with a
    threshold above the noise.

    References
    ----------
    J. S. Villarrubia, J. Res. Natl. Inst. Stand. Technol. 102 (1997) 425, doi:10.6028/jres.102.030.
    """
    heights = unwrap("image", image)
    rows, cols = _tip_shape(shape, heights.shape, use_edges)
    _check.choice("mode", mode, ("full", "partial"))
    _check.non_negative(threshold=threshold)
    start = np.zeros((rows, cols)) if initial is None else _initial(unwrap_like("initial", initial, image), (rows, cols))
    return _estimate(heights, start, float(threshold), mode, use_edges, resolve_threads(threads))


def blind_tip_stripes(
    image: ArrayLike | Image,
    shape: int | tuple[int, int] = (11, 11),
    *,
    stripes: int = 16,
    threshold: float = 0.0,
    mode: Literal["full", "partial"] = "full",
    pixel_size: float | tuple[float, float] | None = None,
    use_edges: bool = True,
    threads: int | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Tips estimated from horizontal stripes of an image, to see whether the tip changes while it scans.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights, in the unit of `pixel_size`.
    shape : int or (int, int)
        Rows and columns of the tip, odd.
    stripes : int
        Number of stripes, at least 2; neighbours overlap by the rows of the tip.
    threshold, mode, use_edges, threads
        As in `blind_tip_estimate`.
    pixel_size : float or (float, float), optional
        Lateral size of a pixel (dy, dx); by default that of the Image, or 1.

    Returns
    -------
    tips : ndarray of float64, shape ``(stripes, *shape)``
        As `blind_tip_estimate` returns them.
    radii : ndarray of float64, shape (stripes,)
        Apex radius of each: -2 / (sum of the curvatures) of the quadratic surface fitted to the pixels around the apex.
        Infinite where the tip is flat.
    centres : ndarray of float64, shape (stripes,)
        Distance of the stripes' middles from the upper edge of the image, in lateral units.

    Raises
    ------
    ValueError
        As in `blind_tip_estimate`; if `stripes` is below 2 or so large that stripes lack rows; or if `image` is an Image with
        different lateral and height units.
    TypeError
        If `image` is not an array of real numbers, or `use_edges` not True or False.
    """
    same_units("image", image)
    heights = unwrap("image", image)
    dy, dx = _pixel_size(pixel_size, image)
    rows, cols = _tip_shape(shape, heights.shape, use_edges)
    stripes = _check.integer("stripes", stripes, minimum=2)
    free = heights.shape[0] - rows
    needed = rows if use_edges else 2 * rows - 1
    ranges = [(k * free // stripes, (k + 1) * free // stripes + rows) for k in range(stripes)]
    if free < stripes or min(last - first for first, last in ranges) < needed:
        raise ValueError(
            f"stripes must leave each stripe more rows than the tip, {rows}, of the image's {heights.shape[0]}, got {stripes}"
        )
    tips = np.stack(
        [
            blind_tip_estimate(
                heights[first:last], (rows, cols), threshold=threshold, mode=mode, use_edges=use_edges, threads=threads
            )
            for first, last in ranges
        ]
    )
    radii = np.array([apex_radius(tip, dy, dx) for tip in tips])
    centres = np.array([0.5 * (first + last) * dy for first, last in ranges])
    return tips, radii, centres


def apex_radius(tip: NDArray[np.float64], dy: float, dx: float) -> float:
    """Radius of the sphere that fits the pixels around the centre, without the centre itself, which is always 0."""
    rows, cols = tip.shape
    r, c = np.ogrid[-(rows // 2) : rows // 2 + 1, -(cols // 2) : cols // 2 + 1]
    squared = r * r + c * c
    # No logarithm of a tip's size comes so close to a whole number of squared pixels that its last digits could matter.
    used = (squared <= (2.0 + 0.25 * math.log(rows * cols)) ** 2) & (squared > 0)
    scale = max(dy, dx)  # of the coordinates, so that the columns of the fit have similar sizes
    y2, x2 = (np.broadcast_to(np.square(i * (d / scale)), tip.shape)[used] for i, d in ((r, dy), (c, dx)))
    heights = tip[used]
    # The pixels lie evenly on both sides of the centre, so that a slope and a twist change neither curvature: what is fitted is
    # a + b x^2 + c y^2, by functions that are orthogonal one after the other.
    one = np.ones_like(x2)
    along = x2 - _product(x2, one) / len(x2)
    across = y2 - _product(y2, one) / len(y2)
    shared = _product(across, along) / _product(along, along)
    across = across - shared * along
    curvature_y = _product(heights, across) / _product(across, across)
    curvature_x = _product(heights, along) / _product(along, along) - shared * curvature_y
    curvature = 2.0 * (curvature_x + curvature_y)  # both principal curvatures together
    # Rounding of the fit must not make a sphere of a flat tip.
    if not curvature < -1e-12 * np.abs(heights).max():
        return math.inf
    return float(-2.0 * scale * scale / curvature)


def _product(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Scalar product. `math.fsum` rounds the exact sum once: no order of summation can change it."""
    return math.fsum((one * other).tolist())


def _tip_shape(shape: int | tuple[int, int], image: tuple[int, ...], use_edges: bool) -> tuple[int, int]:
    rows, cols = _check.rows_cols("shape", shape)
    _check.flag(use_edges=use_edges)
    if rows % 2 == 0 or cols % 2 == 0 or rows < 3 or cols < 3:
        raise ValueError(f"shape must be odd and at least 3, so that the tip has a centre pixel, got {(rows, cols)}")
    # Points are asked where the whole tip lies in the image; away from the edges, where two of them side by side do.
    needed = (rows, cols) if use_edges else (2 * rows - 1, 2 * cols - 1)
    if any(n > size for n, size in zip(needed, image, strict=True)):
        raise ValueError(f"shape must fit into the image: {needed} pixels are needed, got {(rows, cols)} for an image of {image}")
    return rows, cols


def _initial(initial: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.float64]:
    heights = initial.astype(np.float64)
    if heights.shape != shape:
        raise ValueError(f"initial must have the shape {shape}, got {heights.shape}")
    if heights[shape[0] // 2, shape[1] // 2] < heights.max():
        peak = tuple(map(int, np.unravel_index(heights.argmax(), shape)))
        raise ValueError(f"initial must be highest at its centre pixel, got its maximum at (row, column) = {peak}")
    return np.ascontiguousarray(heights - heights.max())


def _estimate(
    heights: Heights, estimate: NDArray[np.float64], threshold: float, mode: str, use_edges: bool, threads: int
) -> NDArray[np.float64]:
    rows, cols = estimate.shape
    # Rounding of the heights where they were measured, and of the sums below.
    rounding = float(np.finfo(heights.dtype).eps) * float(np.abs(heights).max())
    image = np.ascontiguousarray(heights, dtype=np.float64) - float(heights.min())
    rounding += 16 * float(np.finfo(np.float64).eps) * float(image.max())
    threshold = max(threshold, 4 * rounding)

    margin = ((rows // 2, rows // 2 + _core.refine_margin), (cols // 2, cols // 2 + _core.refine_margin))
    padded = np.pad(image, margin, constant_values=np.inf)
    at_once = max(8, min(4096, int(_WORK_AT_ONCE / (rows * cols) ** 2)))

    def sweep(points: NDArray[np.int64]) -> int:
        """Refine the estimate at all these points once; how many refined it."""
        return sum(
            _core.refine_tip(padded, points[first : first + at_once], estimate, threshold, threads)
            for first in range(0, points.size, at_once)
        )

    inside = np.zeros(image.shape, bool)
    border = (rows // 2, cols // 2) if use_edges else (rows - 1, cols - 1)
    inside[border[0] : image.shape[0] - border[0], border[1] : image.shape[1] - border[1]] = True

    # Maxima first also for a full estimate: they sharpen it most, and the sharper it is the faster the rest goes.
    maxima = np.flatnonzero(inside & _local_maxima(image, max(max(rows, cols) // 10, 1), threads))
    while sweep(maxima):
        pass
    while mode == "full":
        # Only where the image is not what the estimate would make of it can a point still say something.
        opened = dilate(erode(image, estimate, threads, replicate=False), estimate, threads, replicate=False)
        if not sweep(np.flatnonzero(inside & (image - opened > threshold))):
            break
    return estimate


def _local_maxima(image: NDArray[np.float64], reach: int, threads: int) -> NDArray[np.bool_]:
    """Pixels that are the highest within `reach`, but not on flat places: at most a fifth of the pixels around may tie."""
    side = 2 * reach + 1
    maxima: NDArray[np.bool_] = image == dilate(image, np.zeros((side, side)), threads, replicate=False)
    rows, cols = np.nonzero(maxima)
    ties = np.zeros(rows.size, np.int64)
    for dr in range(-reach, reach + 1):
        for dc in range(-reach, reach + 1):
            r, c = rows + dr, cols + dc
            inside = (r >= 0) & (r < image.shape[0]) & (c >= 0) & (c < image.shape[1])
            ties[inside] += image[r[inside], c[inside]] == image[rows[inside], cols[inside]]
    maxima[rows, cols] = ties <= side * side / 5
    return maxima
