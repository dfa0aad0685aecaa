"""Fibres: long bodies that lie across the image, over one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check, _core
from .._arithmetic import plain
from .._progress import draws_bar, function_of
from .._seed import SeedLike, key_from
from .._threads import resolve_threads
from .noise import finish

FibreProfile = Literal["semicircle", "triangle", "rectangle", "parabola", "spline"]

_WIDEST = 1000.0  # pixels
_MOST_FIBRES = 1_000_000


@plain
@draws_bar("parts")
def fibres(
    shape: tuple[int, int] | None = None,
    *,
    profile: FibreProfile = "semicircle",
    width: float,
    height: float,
    coverage: float = 0.5,
    angle: float = 0.0,
    angle_spread: float = 0.0,
    width_spread: float = 0.0,
    width_variation: float = 0.0,
    height_spread: float = 0.0,
    height_variation: float = 0.0,
    height_scales_with_width: bool = True,
    truncation: float = 1.0,
    truncation_spread: float = 0.0,
    bend_density: float = 5.0,
    lateral_bend: float = 0.1,
    lateral_bend_spread: float = 0.0,
    axial_bend: float = 0.05,
    axial_bend_spread: float = 0.0,
    pixel_size: float | tuple[float, float] = 1.0,
    base: ArrayLike | None = None,
    seed: SeedLike = None,
    return_info: bool = False,
    progress: Callable[[int, int], object] | bool | None = None,
    threads: int | None = None,
) -> NDArray[np.float64]:
    """Surface covered with fibres: polymer strands, nanotubes, fibrils, paper.

    Fibres lie across the whole image, one on the other. With f the cross-section and b the lowest point of the surface under the
    whole fibre, each changes the surface z to ``max(z, b + height * f)``.

    Parameters
    ----------
    shape : (int, int), optional
        Rows and columns, at least 2 x 2; may be left out when `base` is given.
    profile : str
        Cross-section f at the distance t from the axis, in half-widths: ``"semicircle"`` sqrt(1 - t²), ``"triangle"``
        1 - abs(t), ``"rectangle"`` 1, ``"parabola"`` 1 - t², or ``"spline"``, the quadratic B-spline 3/4 (1 - 3 t²) up to 1/3
        and 9/8 (1 - abs(t))² beyond.
    width : float
        Full width in lateral units, 1 to 1000 pixels.
    height : float
        Height of the uncut cross-section (of a spline, 4/3 of its top), in the unit of the heights.
    coverage : float
        Mean number of straight fibres over a point, above 0 up to 20; it sets the number of fibres.
    angle : float
        Direction of the fibres in radians, counter-clockwise from the columns' direction.
    angle_spread : float
        0 to 1: the direction varies normally with a standard deviation of ``2 * angle_spread`` radians.
    width_spread, height_spread : float
        0 to 1: standard deviation of the logarithm, from fibre to fibre; the medians stay.
    width_variation, height_variation : float
        0 to 1: along each fibre, width and height are multiplied by exp(2 g), where g is a smooth normal process with this
        standard deviation that forgets over the distance of bends.
    height_scales_with_width : bool
        Whether wider fibres, and wider parts of a fibre, are higher in proportion.
    truncation : float
        Above 0 up to 1: fibres are cut at this fraction of their height.
    truncation_spread : float
        0 to 1: standard deviation of the log-odds of the truncation.
    bend_density : float
        Bends of a fibre per diagonal of the image (with the margin of the Notes), 0.5 to 79.
    lateral_bend, axial_bend : float
        0 to 1: standard deviation of a bend's displacement across and along the fibre, over the distance of bends.
    lateral_bend_spread, axial_bend_spread : float
        0 to 1: standard deviation of the logarithm of these, from fibre to fibre.
    pixel_size : float or (float, float)
        Lateral size of a pixel (dy, dx). With the default, lengths are in pixels.
    base : array_like, shape ``shape``, optional
        Heights to build on; never changed in place.
    seed : None, int, SeedSequence or Generator
        Source of randomness; exactly one 64-bit key is drawn from it.
    return_info : bool
        Also return a dictionary.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(parts_done, parts)`` from time to time.
    threads : int, optional
        Worker threads, by default ``get_num_threads()``; fibres lie on those before and are laid by one.

    Returns
    -------
    ndarray of float64, shape ``shape``
        Heights in the unit of `height`; with `return_info`, a tuple of heights and dictionary: ``"count"``, and arrays with one
        entry a fibre, from the lowest to the uppermost: ``"y"`` and ``"x"`` (a point of the axis before it is bent, from the
        centre of the image, downwards and to the right), ``"angle"``, ``"width"``, ``"height"``, ``"truncation"``, ``"base"``
        (height it lies on) and ``"footprint"`` (pixels with the margin; 0 where a fibre misses them).

    Raises
    ------
    ValueError
        If a number is out of its range or not finite, `profile` is unknown, `shape` is missing or below 2 x 2, `base` has
        another shape, or `coverage` asks for more than a million fibres.

    See Also
    --------
    rods : straight bodies of finite length that move apart and settle.

    Notes
    -----
    Fibres are laid on the image and a margin of an eighth of its shorter side, twice the width and 16 pixels, where the surface
    goes on as at its edge. With D the diagonal of both, a fibre is a line through a uniform random point of a square with the
    side D, turned with the fibre; knots every ``D / bend_density`` along it are displaced, and joined by a natural cubic spline.
    A straight line of this kind is over a point with the probability ``width / D``, whatever its direction, so that there are
    ``ceil(coverage * D / E[width])`` of them, with ``E[width] = width * exp(width_spread**2 / 2 + 2 * width_variation**2)``.

    References
    ----------
    D. Nečas, P. Klapetek, Nanomaterials 11 (2021) 1746, doi:10.3390/nano11071746.

    Examples
    --------
    >>> from afmnn import synth
    >>> mat = synth.fibres((256, 256), width=6, height=5, angle_spread=1, coverage=1.5, seed=1)
    """
    (rows, cols), substrate = _check.shape_or_base(shape, base)
    dy, dx = _check.pair("pixel_size", pixel_size)
    _check.choice("profile", profile, _core.fibre_profiles())
    across = _check.pixels("width", width, dx, 1.0 - 1e-9, _WIDEST)
    _check.positive(height=height, coverage=coverage, truncation=truncation)
    _check.within(coverage=(coverage, 0.0, 20.0), truncation=(truncation, 0.0, 1.0), bend_density=(bend_density, 0.5, 79.0))
    _check.angle(angle=angle)
    spreads = {
        "angle_spread": angle_spread,
        "width_spread": width_spread,
        "width_variation": width_variation,
        "height_spread": height_spread,
        "height_variation": height_variation,
        "truncation_spread": truncation_spread,
        "lateral_bend": lateral_bend,
        "lateral_bend_spread": lateral_bend_spread,
        "axial_bend": axial_bend,
        "axial_bend_spread": axial_bend_spread,
    }
    _check.spreads(**spreads)
    _check.flag(height_scales_with_width=height_scales_with_width, return_info=return_info)
    progress = function_of("progress", progress)
    count = _core.fibre_count(rows, cols, across, coverage, width_spread, width_variation, dy / dx)
    _check.count("fibres", count, _MOST_FIBRES, f"coverage = {coverage!r} with width = {width!r}")
    surface: NDArray[np.float64] = np.zeros((rows, cols)) if substrate is None else np.array(substrate, order="C")
    laid = _core.lay_fibres(
        surface,
        int(count),
        key_from(seed),
        profile=profile,
        width=across,
        height=height,
        coverage=coverage,
        angle=angle,
        height_scales_with_width=bool(height_scales_with_width),
        truncation=truncation,
        bend_density=bend_density,
        row_step=dy / dx,
        threads=resolve_threads(threads),
        progress=progress,
        **spreads,
    )
    if not return_info:
        return surface
    info: dict[str, Any] = {"count": len(laid), **{name: laid[name].copy() for name in laid.dtype.names or ()}}
    for name in ("y", "x", "width"):
        info[name] *= dx
    return finish(surface, None, info)
