"""apply(): a trained network at every pixel of an image."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _check, _core
from . import scaling as _scaling
from ._arithmetic import plain
from ._elementary import mean
from ._familiar import warn_if_unfamiliar
from ._threads import resolve_threads
from .image import Image, unwrap
from .network import Network
from .scaling import Scaling

BORDERS = ("reflect", "nearest", "mirror", "constant", "average")


@plain
def apply(
    network: Network,
    image: ArrayLike | Image,
    *,
    border: str = "reflect",
    cval: float | None = None,
    nan: str = "raise",
    scale_output: bool = False,
    scaling: Scaling | None = None,
    flips: bool | None = None,
    threads: int | None = None,
    out: NDArray[Any] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Any:
    """Clean an image with a network.

    Parameters
    ----------
    network : Network
        From `afmnn.train`, `afmnn.load` or `afmnn.formats.gwyddion.read_network`.
    image : array_like or Image, shape (rows, columns)
        Heights, of any size; also smaller than the window.
    border : {"reflect", "nearest", "mirror", "constant", "average"}
        How the image goes on beyond its edge, with SciPy's names: ``d c b a | a b c d | d c b a`` is "reflect".
        "average" computes only pixels whose window (with several stages: `Network.extent`) lies inside (one fewer per axis than
        would fit) and gives all others their average, as Gwyddion does.
    cval : float, optional
        Height beyond the edge for ``border="constant"``; by default the median of the image. Networks with a fovea take the
        plane through the first pixel to go on there, and count from it.
    nan : {"raise", "keep"}
        What to do with pixels that are NaN or infinite. "keep" computes with the straight line between their
        neighbours in the row, and returns NaN in their place.
    scale_output : bool
        For networks of ``method="gwyddion"``: do what Gwyddion's option *scale output proportionally to input* does, which
        is to multiply the relief of the result by the range of the noisy training image over that of `image`: higher
        images give lower results. Other networks ignore it: their results always are as high as the image.
    scaling : Scaling, optional
        From ``network.measure(whole_scan)``, to make tiles of one scan agree (to rounding in single precision where
        windows are large and summed by Fourier transforms, otherwise to the last bit); by default measured on `image`.
    flips : bool, optional
        Average the results for the image as it is, left-right reversed, upside down, and both: four times the work, memory for
        one more image, a little better, and the same whichever way the sample is turned by half. By default what the network
        was made for: those of `afmnn.train_on_scene` with a fovea do. Networks of ``method="gwyddion"`` never.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The result does not depend on it.
    out : ndarray, shape of `image`, optional
        Where to write, for example a `numpy.memmap`; of the type described below, and not overlapping `image`.
    progress : callable, optional
        Called as ``progress(rows_done, rows)`` from time to time.

    Returns
    -------
    ndarray or Image, shape of `image`
        float32 for float32, float64 for everything else; an `Image` for an `Image`, with its size, units and title.
        A constant image is returned unchanged by default networks, and seen as all zeros by Gwyddion's.

    Raises
    ------
    ValueError
        If an argument is out of its range, `image` is not two-dimensional, or has values that are not finite while
        ``nan="raise"``.
    TypeError
        If `image` is not an array of real numbers or `network` not a Network.

    Warns
    -----
    UnfamiliarImageWarning
        If the network comes from `afmnn.train_on_scene` and the image is far more, or less, noisy than all it has seen.

    Notes
    -----
    Beside `image` and the result, a network takes a few MB a thread, whatever the size of the image. One with several stages
    (`Network.before`) also takes memory for one more image, what the earlier stages made of it, and `flips` for another.
    """
    if not isinstance(network, Network):
        raise TypeError(f"network must be an afmnn.Network, got {type(network).__name__}")
    _check.choice("border", border, BORDERS)
    _check.choice("nan", nan, ("raise", "keep"))
    _check.flag(scale_output=scale_output)
    _check.function("progress", progress)
    if cval is not None:
        _check.finite(cval=cval)
    threads = resolve_threads(threads)
    heights = unwrap("image", image, finite=nan == "raise")
    check_border(border, heights.shape, network.extent)
    out = _output(out, heights)
    if flips is None:
        flips = bool(network.training.get("flips_averaged", False))
    _check.flag(flips=flips)
    if flips and network.scaling.kind == "min-max":
        raise ValueError("flips must be left out for networks of method 'gwyddion', got True")
    if scaling is None:
        scaling = _scaling.measure(network.scaling, heights, threads)
        warn_if_unfamiliar(network, heights, scaling)
    elif not isinstance(scaling, Scaling) or scaling.kind != network.scaling.kind:
        raise ValueError(f"scaling must be a {network.scaling.kind!r} Scaling (see Network.measure), got {scaling!r}")

    if scaling.constant and scaling.kind != "min-max":
        out[...] = heights
    else:
        if border == "constant" and cval is None:
            # Less the plane, where there is one: it goes on beyond the edge.
            cval = scaling.in_shift if scaling.kind == "levelled" else _core.quantiles(heights, [0.5], threads)[0]
        maps = _maps(network, scaling, scale_output)
        beyond = "reflect" if border == "average" else border
        constant, slopes = float(cval or 0.0), (scaling.row_slope, scaling.col_slope)
        told = _share(progress, 0, 4) if flips else progress
        run(network, heights, out, maps, slopes, beyond, constant, threads=threads, progress=told)
        if flips:
            _add_flips(network, heights, out, maps, slopes, beyond, constant, threads, progress)
    if border == "average":
        _fill_with_average(out, network.extent)
    if nan == "keep":
        _keep_missing(heights, out)
    return image.replace(data=out, unit_z=_result_unit(network, image)) if isinstance(image, Image) else out


def windows(image: ArrayLike | Image, window: int | tuple[int, int]) -> NDArray[Any]:
    """Show all windows of an image without copying them.

    Parameters
    ----------
    image : array_like or Image, shape (rows, columns)
        Heights.
    window : int or (int, int)
        Rows and columns of the window; not larger than the image.

    Returns
    -------
    ndarray, shape (rows - window rows + 1, columns - window columns + 1, window rows, window columns)
        Read-only view. ``windows(image, (H, W))[i, j]`` is what a network sees at pixel ``(i + H // 2, j + W // 2)``.

    Raises
    ------
    ValueError
        If the window does not fit into the image.
    """
    heights = unwrap("image", image, finite=False)
    size = _check.rows_cols("window", window)
    if size[0] > heights.shape[0] or size[1] > heights.shape[1]:
        raise ValueError(f"window must fit into the image of shape {heights.shape}, got {size}")
    return np.lib.stride_tricks.sliding_window_view(heights, size)


def check_border(border: str, shape: tuple[int, ...], window: tuple[int, int]) -> None:
    """Refuse an image without a pixel that the reference evaluates."""
    if border == "average" and any(n <= w for n, w in zip(shape, window, strict=True)):
        raise ValueError(f"image must be larger than the window {window} with border='average', got shape {shape}")


def run(
    network: Network,
    heights: NDArray[Any],
    out: NDArray[Any],
    maps: list[float],
    slopes: tuple[float, float],
    border: str = "reflect",
    cval: float = 0.0,
    *,
    threads: int,
    earlier: NDArray[Any] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> None:
    """Evaluate all stages of a network, or only the last where the result of those before, `earlier`, is known.

    Stages write to `out` and to one more image in turn, and the last to `out`.
    """
    stages = network.stages if earlier is None else (network,)
    spare = np.empty(heights.shape, heights.dtype) if len(stages) > 1 else out
    for i, stage in enumerate(stages):
        result = out if (len(stages) - i) % 2 else spare
        core, told = core_network(stage), _share(progress, i, len(stages))
        _core.apply(core, heights, result, maps, border, cval, threads=threads, progress=told, slopes=slopes, earlier=earlier)
        earlier = result


def core_network(network: Network) -> Any:
    """Return the network, without those before it, in the layout of the compiled core."""
    kind = _core.NetworkF64 if network.dtype == np.float64 else _core.NetworkF32
    fovea = None if network.fovea is None else network.fovea.core()
    return kind(*network.window, network.activation, list(network.layers), network.linear, fovea)


def _output(out: NDArray[Any] | None, heights: NDArray[Any]) -> NDArray[Any]:
    if out is None:
        return np.empty(heights.shape, heights.dtype)
    if not isinstance(out, np.ndarray) or out.shape != heights.shape or out.dtype != heights.dtype:
        got = f"{out.dtype} {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise ValueError(f"out must be an array of {heights.dtype} with shape {heights.shape}, got {got}")
    if not out.flags.writeable:
        raise ValueError("out must be writeable, got a read-only array")
    if not out.flags.aligned or any(stride % out.itemsize for stride in out.strides):
        raise ValueError(f"out must be aligned and strided by whole elements, got strides {out.strides}")
    if _overlap(out, heights):
        raise ValueError("out must not overlap image, got arrays that share memory")
    return out


def _overlap(a: NDArray[Any], b: NDArray[Any]) -> bool:
    try:
        return bool(np.shares_memory(a, b, max_work=100_000))  # type: ignore[arg-type]  # which NumPy's stub forgets
    except (np.exceptions.TooHardError, OverflowError):
        return True


def _maps(network: Network, scaling: Scaling, scale_output: bool) -> list[float]:
    in_factor, out_factor = scaling.in_factor, scaling.out_factor
    if scaling.constant:
        in_factor = 0.0
    elif scale_output and scaling.kind == "min-max":
        out_factor = out_factor / (in_factor / network.scaling.in_factor)
    return [scaling.in_shift, in_factor, scaling.out_shift, out_factor]


def evaluated(shape: tuple[int, ...], window: tuple[int, int]) -> tuple[slice, slice]:
    """Return the pixels that the reference evaluates: section 1 of the network's description."""
    (rows, cols), (height, width) = shape, window
    return slice(height // 2, rows + height // 2 - height), slice(width // 2, cols + width // 2 - width)


def _fill_with_average(out: NDArray[Any], window: tuple[int, int]) -> None:
    rows, cols = evaluated(out.shape, window)
    average = mean(out[rows, cols])
    out[: rows.start] = average
    out[rows.stop :] = average
    out[:, : cols.start] = average
    out[:, cols.stop :] = average


def _add_flips(
    network: Network,
    heights: NDArray[Any],
    out: NDArray[Any],
    maps: list[float],
    slopes: tuple[float, float],
    border: str,
    cval: float,
    threads: int,
    progress: Callable[[int, int], object] | None,
) -> None:
    """Average `out` with what the network makes of the flipped image, flipped back."""
    flipped = np.empty(heights.shape, heights.dtype)
    for part, (rows, cols) in enumerate(((1, -1), (-1, 1), (-1, -1)), start=1):
        turned = list(maps)
        # The plane through the first pixel of the flipped image is that of the whole one, seen from another corner.
        corner = math.fsum(slope * (n - 1) for slope, n, way in zip(slopes, heights.shape, (rows, cols), strict=True) if way < 0)
        turned[0] += corner
        turned[2] += corner
        tilt, told = (rows * slopes[0], cols * slopes[1]), _share(progress, part, 4)
        view = heights[::rows, ::cols]
        run(network, view, flipped, turned, tilt, border, cval + corner, threads=threads, progress=told)
        out += flipped[::rows, ::cols]
    out /= 4


def _share(progress: Callable[[int, int], object] | None, part: int, parts: int) -> Callable[[int, int], object] | None:
    """Return what tells `progress` of one part of the work."""
    return None if progress is None else lambda done, rows: progress((part * rows + done) // parts, rows)


def _keep_missing(heights: NDArray[Any], out: NDArray[Any]) -> None:
    for row, result in zip(heights, out, strict=True):
        result[~np.isfinite(row)] = np.nan


def _result_unit(network: Network, image: Image) -> str:
    """Units of the result: a fixed unit, times powers of the image's lateral and height units (Gwyddion's networks)."""
    powers = (
        (str(network.units.get("outunits", "")), 1),
        (image.unit_xy, int(network.units.get("xyunitpower", 0))),
        (image.unit_z, int(network.units.get("zunitpower", 1))),
    )
    return " ".join(unit if power == 1 else f"{unit}^{power}" for unit, power in powers if unit and power)
