"""Structural similarity."""

from __future__ import annotations

from typing import Any, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check
from .._masks import MaskMode
from ..image import Image, in_one_unit, unwrap
from ._pixels import without_others
from ._windows import bands, correlated, even

_TRUNCATE = 3.5  # radius of the Gaussian window in sigmas: 11 pixels for sigma = 1.5, as in Wang et al. 2004


@overload
def ssim(
    image: ArrayLike | Image, ideal: ArrayLike | Image, *, data_range: float | None = ..., win_size: int | None = ...,
    gaussian_weights: bool = ..., sigma: float = ..., use_sample_covariance: bool = ..., full: Literal[False] = ...,
    mask: ArrayLike | Image | None = ..., mask_mode: MaskMode = ...,
) -> float: ...  # fmt: skip
@overload
def ssim(
    image: ArrayLike | Image, ideal: ArrayLike | Image, *, data_range: float | None = ..., win_size: int | None = ...,
    gaussian_weights: bool = ..., sigma: float = ..., use_sample_covariance: bool = ..., full: Literal[True],
    mask: ArrayLike | Image | None = ..., mask_mode: MaskMode = ...,
) -> tuple[float, NDArray[np.float64]]: ...  # fmt: skip
def ssim(
    image: ArrayLike | Image,
    ideal: ArrayLike | Image,
    *,
    data_range: float | None = None,
    win_size: int | None = None,
    gaussian_weights: bool = False,
    sigma: float = 1.5,
    use_sample_covariance: bool = True,
    full: bool = False,
    mask: ArrayLike | Image | None = None,
    mask_mode: MaskMode = "include",
) -> Any:
    """Structural similarity: how alike two images are in their local mean, contrast and shape.

    The arguments have the names, meanings and defaults of scikit-image's ``structural_similarity``, whose values come out,
    but for `data_range`, which need not be given. What Wang et al. computed is ``gaussian_weights=True, sigma=1.5,
    use_sample_covariance=False``.

    Parameters
    ----------
    image, ideal : array_like or Image, shape (rows, columns)
        Heights in the same unit. NaN marks missing pixels: windows that touch one do not count.
    data_range : float, optional
        By default the distance between the lowest and the highest height of `ideal`.
    win_size : int, optional
        Side of the window in pixels, odd; by default 7, or with `gaussian_weights` what holds 3.5 sigma. Together with
        `gaussian_weights` it only says how wide a rim is left out of the mean.
    gaussian_weights : bool
        Whether pixels of the window are weighted by a Gaussian instead of evenly.
    sigma : float
        Standard deviation of the Gaussian in pixels.
    use_sample_covariance : bool
        Whether variances are divided by one less than the number of pixels.
    full : bool
        Whether to return the map, too.
    mask : array_like, shape of the images, optional
        Chooses the pixels that count; the others are as good as missing, whatever they hold.
    mask_mode : {"include", "exclude", "ignore"}
        Pixels that count: those with ``mask >= 1``, those with ``mask <= 0``, or all.

    Returns
    -------
    float
        Mean over the pixels whose window lies inside the image; 1 for the same images. NaN where no pixel counts.
    map : ndarray of float64, shape of the images
        With ``full=True``: the similarity at every pixel; beyond the edge the images go on as in a mirror ("reflect").

    Raises
    ------
    ValueError
        If the shapes differ, a height is infinite, the window is even or does not fit, the range is not positive, or
        `mask` is of another shape, not finite, or leaves no pixel.

    Notes
    -----
    The zero of heights matters, as it does to the formula: the local means are compared as they are.

    References
    ----------
    Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, IEEE Trans. Image Process. 13 (2004) 600.
    """
    image, ideal = in_one_unit(image, ideal)
    x, y = unwrap("image", image, finite=False), unwrap("ideal", ideal, finite=False)
    if x.shape != y.shape:
        raise ValueError(f"image must have the shape of ideal {y.shape}, got {x.shape}")
    _check.flag(gaussian_weights=gaussian_weights, use_sample_covariance=use_sample_covariance, full=full)
    _check.positive(sigma=sigma)
    radius = int(_TRUNCATE * sigma + 0.5)
    if win_size is None:
        win_size = 2 * radius + 1 if gaussian_weights else 7
    win_size = _check.integer("win_size", win_size, minimum=3, maximum=min(x.shape))
    if win_size % 2 == 0:
        raise ValueError(f"win_size must be odd, got {win_size}")
    x, y = (without_others(heights, mask, mask_mode, "ideal") for heights in (x, y))
    for name, heights in (("image", x), ("ideal", y)):
        _check.no_infinite(name, heights)
    truth = y[np.isfinite(y)]
    if truth.size == 0:
        raise ValueError("ideal must have pixels that are not NaN, got none")
    if data_range is None:
        data_range = float(truth.max()) - float(truth.min())
        if data_range == 0:
            raise ValueError("ideal must not be constant where data_range is left out")
    _check.positive(data_range=data_range)

    if gaussian_weights:
        weights = np.exp(-0.5 * np.square(np.arange(-radius, radius + 1) / sigma))
        weights /= weights.sum()
    else:
        weights = even(win_size)
    factor = win_size**2 / (win_size**2 - 1) if use_sample_covariance else 1.0
    # Heights less their mean and in units of the range: the same numbers, without loss of digits where the zero is far away.
    origin = float(truth.mean(dtype=np.float64))
    del truth
    rim = (win_size - 1) // 2
    similarity = np.empty(y.shape) if full else None
    total, count = 0.0, 0
    for rows, reach, cols in bands((y.shape[0], y.shape[1]), len(weights)):
        one, other = ((heights[reach][:, cols].astype(np.float64) - origin) / data_range for heights in (x, y))
        part = _similarity(one, other, weights, factor, origin / data_range)
        if similarity is not None:
            similarity[rows] = part
        inside = part[max(rim - rows.start, 0) : max(y.shape[0] - rim - rows.start, 0), rim : y.shape[1] - rim]
        inside = inside[np.isfinite(inside)]
        total += float(inside.sum())
        count += inside.size
    mean = total / count if count else float("nan")
    return (mean, similarity) if full else mean


def _similarity(
    x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64], factor: float, zero: float
) -> NDArray[np.float64]:
    """Return the similarity at every window inside two images whose range is 1 and whose heights are counted from `zero`."""
    mean_x, mean_y = correlated(x, weights), correlated(y, weights)
    variances = factor * (correlated(x * x + y * y, weights) - mean_x * mean_x - mean_y * mean_y)
    covariance = factor * (correlated(x * y, weights) - mean_x * mean_y)
    mean_x, mean_y = mean_x + zero, mean_y + zero
    c1, c2 = 0.01**2, 0.03**2
    means = (2 * mean_x * mean_y + c1) / (mean_x * mean_x + mean_y * mean_y + c1)
    return np.asarray(means * (2 * covariance + c2) / (variances + c2))
