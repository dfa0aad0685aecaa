"""apply(): a trained network at every pixel of an image."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _core
from .._arithmetic import plain
from .._elementary import mean
from .._guests import guests
from .._progress import draws_bar, function_of
from .._threads import resolve_threads
from .._typing import Heights, Progress
from ..image import Image, finite_box, unwrap
from . import scaling as _scaling
from .apply_options import averages_flips, check_options, check_scaling
from .height_units import power_of_result, result_unit, training_factor
from .network import Network, as_network
from .scaling import LinearScaling, Scaling
from .unfamiliar import warn_if_unfamiliar
from .windows import valid_region


class Border(NamedTuple):
    """How the core continues an image beyond its edge, and at which height where that is constant."""

    mode: str = "reflect"
    height: float = 0.0


REFLECT = Border()
#: The flips of an image: how its rows and columns are read, forth (1) or back (-1).
_WAYS = ((1, 1), (1, -1), (-1, 1), (-1, -1))


class Place(NamedTuple):
    """Where a part of an image begins, and the shape of the whole."""

    row: int
    col: int
    whole: tuple[int, ...]

    def first(self, shape: tuple[int, ...], rows: int = 1, cols: int = 1) -> tuple[int, int]:
        """Return where a part of `shape` begins in the whole, where that is read forth (1) or back (-1)."""
        row, col = (
            begin if way > 0 else size - begin - part
            for begin, size, part, way in zip((self.row, self.col), self.whole, shape, (rows, cols), strict=True)
        )
        return row, col


@plain
@guests("entrances")
@draws_bar("rows")
def apply(
    network: Network | str | os.PathLike[str],
    image: ArrayLike | Image,
    *,
    border: str = "reflect",
    cval: float | None = None,
    nan: str = "raise",
    scale_output: bool = False,
    strength: float = 1.0,
    scaling: Scaling | None = None,
    flips: bool | None = None,
    threads: int | None = None,
    out: NDArray[Any] | None = None,
    progress: Callable[[int, int], object] | bool | None = None,
    fast_axis: str | None = None,
) -> Any:
    """Clean an image with a network.

    Parameters
    ----------
    network : Network, str or path-like
        From `afmnn.train` or `afmnn.train_on_scene`; or its name or file, as for `afmnn.load`, which reads it anew in every call.
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
        What to do with pixels that are NaN or infinite. "keep" fills them to compute with, and returns NaN in their place:
        gaps of up to 16 pixels with the straight line along the row, others also from the rows above and below. Rows and
        columns at the edges in which nothing is there, as after a scan that was stopped, are no part of the image: it ends
        before them, and is continued as `border` says.
    scale_output : bool
        For networks of ``method="gwyddion"``: do what Gwyddion's option *scale output proportionally to input* does, which
        is to multiply the relief of the result by the range of the noisy training image over that of `image`: higher
        images give lower results. Other networks ignore it: their results always are as high as the image.
    strength : float, 0 to 1.5
        How much is taken for noise: networks whose fovea compresses (those of `afmnn.train_on_scene`, "universal") count in
        the noise that they measure from line to line, and this multiplies it. Below 1 they spare more of what is fine and low,
        above they are more thorough; what stands far out of the noise hardly changes. 0 gives the image back. Other networks
        take 1 only.
    scaling : Scaling, optional
        From ``network.measure(whole_scan)``, to make tiles of one scan agree (to rounding in single precision where
        windows are large and summed by Fourier transforms, otherwise to the last bit); by default measured on `image`.
    flips : bool, optional
        Average the results for the image as it is, left-right reversed, upside down, and both (test-time augmentation): four
        times the work, memory for one more image, a little better, and the same whichever way the sample is turned by half. By
        default what the network was made for: some of before compressing did so. Networks of ``method="gwyddion"`` never.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The result does not depend on it.
    fast_axis : str, optional
        Of an xarray DataArray, the name of the dimension along the scan lines. By default one whose name says so ("x", "fast",
        "column", ...), otherwise the last.
    out : ndarray, shape of `image`, optional
        Where to write, for example a ``numpy.memmap``; of the type described below, and not overlapping `image`.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        as ``progress(rows_done, rows)`` from time to time.

    Returns
    -------
    ndarray or Image, shape of `image`
        float32 for float32, float64 for everything else; an `Image` for an `Image`, with its size, units and title.
        A constant image is returned unchanged by default networks, and seen as all zeros by Gwyddion's.

    Raises
    ------
    ValueError
        If an argument is out of its range, `image` is not two-dimensional, or has values that are not finite while
        ``nan="raise"``; for networks of ``method="gwyddion"``, if its heights are known to have another unit than the training
        images (m for V; m for nm is converted).
    TypeError
        If `image` is not an array of real numbers or `network` not a Network, nor the name or file of one.
    OSError
        If `network` is a name that no network has, or a file that cannot be read.

    Warns
    -----
    UnfamiliarImageWarning
        Once, if some of the sample may be taken off with the noise: for networks that count in the noise from line to line (those
        of `afmnn.train_on_scene`, "universal"), where that, times `strength`, is more than half of the relief, or a quarter,
        whatever the strength, and as of fine structure; for others, if the image is unlike those that the network was trained on
        (far more noise, larger steps from row to row or higher features, in units of the spread of its heights, or far less
        noise). For all, if its line defects run along the columns, not along the rows; if a height must be a mark for a missing
        pixel; if its pixels are more than ten times as large, or as small; or, for networks of ``method="gwyddion"``, if its
        range of heights is another.

    Notes
    -----
    Beside `image` and the result, a network takes a few MB a thread, whatever the size of the image. One with several stages
    (``Network.before``) also takes memory for one more image, what the earlier stages made of it, and `flips` for another.
    """
    network = as_network("network", network)
    check_options(network, border=border, cval=cval, nan=nan, scale_output=scale_output, strength=strength)
    progress = function_of("progress", progress)
    threads = resolve_threads(threads)
    heights = unwrap("image", image, finite=nan == "raise", missing="nan='keep'")
    check_border(border, heights.shape, network.extent)
    out = _output(out, heights)
    flips = averages_flips(network, flips)
    if scaling is None:
        power = power_of_result(network.scaling.kind, network.units, image)
        scaling = _scaling.measure(network.scaling, heights, threads, power)
        warn_if_unfamiliar(network, image if isinstance(image, Image) else heights, scaling, threads, strength=strength)
    else:
        check_scaling(network, scaling)

    inside = finite_box(heights) if nan == "keep" and border != "average" else (slice(None), slice(None))
    if border == "constant" and cval is None and not unchanged(scaling, strength):
        # Less the plane, where there is one: it goes on beyond the edge.
        cval = scaling.in_shift if scaling.levelled else _core.quantiles(heights, [0.5], threads)[0]
    if unchanged(scaling, strength):
        out[...] = heights
    elif inside is not None:
        factor = training_factor(network.scaling, network.units, image) if scale_output else None
        linear = linear_scaling(scaling, strength, factor)
        beyond = Border("reflect" if border == "average" else border, float(cval or 0.0))
        _apply_inside(network, heights, out, linear, beyond, inside=inside, flips=flips, threads=threads, progress=progress)
    if border == "average":
        _fill_with_average(out, network.extent)
    if nan == "keep":
        _keep_missing(heights, out)
    return image.replace(data=out, unit_z=result_unit(network.units, image)) if isinstance(image, Image) else out


def _apply_inside(
    network: Network,
    heights: Heights,
    out: Heights,
    scaling: LinearScaling,
    border: Border,
    *,
    inside: tuple[slice, slice],
    flips: bool,
    threads: int,
    progress: Progress | None,
) -> None:
    """Apply a network to the part of an image that has heights: it goes on beyond that part as beyond its own edge."""
    row, col = (side.start or 0 for side in inside)
    scaling, border = scaling.from_pixel(row, col), border._replace(height=border.height + scaling.height_at(row, col))
    whole = progress_of_rows(progress, len(heights))
    place = Place(0, 0, heights[inside].shape)
    run_flips(network, heights[inside], out[inside], scaling, border, place=place, flips=flips, threads=threads, progress=whole)


def run_flips(
    network: Network,
    heights: Heights,
    out: Heights,
    scaling: LinearScaling,
    border: Border,
    *,
    place: Place,
    flips: bool,
    threads: int,
    progress: Progress | None = None,
) -> None:
    """Apply a network to heights that are the whole of an image or a part of it.

    With `flips`, the result is the average with those of the flipped heights, flipped back (test-time augmentation, elsewhere).
    `scaling` is that of the whole image, in which the heights lie at `place`.
    """
    ways = _WAYS if flips else _WAYS[:1]
    flipped = np.empty(heights.shape, heights.dtype) if flips else out
    for part, (rows, cols) in enumerate(ways):
        first = [n - 1 if way < 0 else 0 for n, way in zip(place.whole, (rows, cols), strict=True)]
        # Because the height beyond the edge counts from the plane at the first pixel, it changes with that pixel.
        beyond = border._replace(height=border.height + scaling.height_at(*first))
        run(
            network,
            heights[::rows, ::cols],
            flipped if part else out,
            scaling.from_pixel(*first).flipped(rows, cols),
            beyond,
            first=place.first(heights.shape, rows, cols),
            threads=threads,
            progress=part_of_progress(progress, part, len(ways)),
        )
        if part:
            out += flipped[::rows, ::cols]
    if flips:
        out /= len(ways)


def check_border(border: str, shape: tuple[int, ...], window: tuple[int, int]) -> None:
    """Refuse an image without a pixel that the reference evaluates."""
    if border == "average" and any(n <= w for n, w in zip(shape, window, strict=True)):
        raise ValueError(f"image must be larger than the window {window} with border='average', got shape {shape}")


def run(
    network: Network,
    heights: Heights,
    out: Heights,
    scaling: LinearScaling,
    border: Border = REFLECT,
    *,
    threads: int,
    first: tuple[int, int] = (0, 0),
    previous: Heights | None = None,
    progress: Progress | None = None,
) -> None:
    """Evaluate all stages of a network, or only the last where `previous`, the result of those before, is known.

    Where the heights are a part of an image, it begins there at row and column `first`, and `scaling` is that of the whole.
    Because a stage reads the result of the one before while it writes its own, stages write to `out` and to one more image in
    turn, such that the last writes to `out`.
    """
    stages = network.stages if previous is None else (network,)
    spare = np.empty(heights.shape, heights.dtype) if len(stages) > 1 else out
    for i, stage in enumerate(stages):
        result = out if (len(stages) - i) % 2 else spare
        _core.apply(
            core_network(stage),
            heights,
            result,
            scaling,
            border,
            first=first,
            previous=previous,
            threads=threads,
            progress=part_of_progress(progress, i, len(stages)),
        )
        previous = result


def core_network(network: Network) -> Any:
    """Return the network, without those before it, in the layout of the compiled core."""
    kind = _core.NetworkF64 if network.dtype == np.float64 else _core.NetworkF32
    fovea = None if network.fovea is None else network.fovea.core()
    return kind(*network.window, network.activation, list(network.layers), network.linear, fovea)


def _output(out: Heights | None, heights: Heights) -> Heights:
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


def _overlap(a: Heights, b: Heights) -> bool:
    try:
        return bool(np.shares_memory(a, b, max_work=100_000))  # type: ignore[arg-type]  # which NumPy's stub forgets
    except (np.exceptions.TooHardError, OverflowError):
        return True


def unchanged(scaling: Scaling, strength: float) -> bool:
    """Whether an image is given back as it is."""
    return (scaling.constant and scaling.kind != "min-max") or strength == 0.0


def linear_scaling(scaling: Scaling, strength: float, trained: float | None) -> LinearScaling:
    """Return the numbers to compute with, for which a constant image makes a difference, and the option `scale_output`.

    That needs the factor of the noisy image that the network was `trained` on.
    """
    scaling = dataclasses.replace(scaling, row_noise=strength * scaling.row_noise)
    linear = LinearScaling.of(scaling)
    if scaling.constant:
        return linear._replace(in_factor=0.0)
    if trained is not None and scaling.kind == "min-max":
        return linear._replace(out_factor=linear.out_factor / (linear.in_factor / trained))
    return linear


def _fill_with_average(out: Heights, window: tuple[int, int]) -> None:
    """Give the pixels that Gwyddion does not evaluate the average of those that it does."""
    rows, cols = valid_region(out.shape, window, without_last=True)
    average = mean(out[rows, cols])
    out[: rows.start] = average
    out[rows.stop :] = average
    out[:, : cols.start] = average
    out[:, cols.stop :] = average


def part_of_progress(progress: Progress | None, part: int, parts: int) -> Progress | None:
    """Return what reports the rows of one part of the work as a share of all."""
    return None if progress is None else lambda done, rows: progress((part * rows + done) // parts, rows)


def progress_of_rows(progress: Progress | None, rows: int) -> Progress | None:
    """Return what tells `progress` of a part of the rows as if it were all of them."""
    return None if progress is None else lambda done, part: progress(done * rows // part, rows)


def _keep_missing(heights: Heights, out: Heights) -> None:
    for row, result in zip(heights, out, strict=True):
        result[~np.isfinite(row)] = np.nan
