"""show(): an image before and after, and what was taken off, side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._arithmetic import plain
from .._typing import Float64s
from ..evaluation.plots import SIGNED, check_matplotlib
from ..image import Image, unwrap, unwrap_like
from . import figures
from .image import Look, draw
from .sampled import Sample, frame, limits, sampled

_WIDTH = 3.0  # inches of a picture


@plain
def show(noisy: ArrayLike | Image, clean: ArrayLike | Image, ideal: ArrayLike | Image | None = None) -> NDArray[Any]:
    """Show an image before and after cleaning, and what was taken off.

    Before, after and ideal have one scale of heights; what was taken off, and what is still wrong if there is an ideal, have
    scales of their own, about their median. Shapes of the sample in what was taken off should not have been.

    Parameters
    ----------
    noisy : array_like or Image, shape (rows, columns)
        The image before. An `Image` brings its title, size and units. NaN marks missing pixels.
    clean : array_like or Image, shape of `noisy`
        The image after.
    ideal : array_like or Image, shape of `noisy`, optional
        What the image should be, where that is known.

    Returns
    -------
    ndarray of Axes, shape (pictures,)
        Axes of matplotlib, of a new figure of pyplot: notebooks show it by themselves, scripts call
        ``matplotlib.pyplot.show()``, and ``axes[0].figure.savefig("cleaned.png")`` writes it to a file.

    Raises
    ------
    MissingExtraError
        If matplotlib is not there: ``pip install ".[plot]"`` in the folder of the source.
    ValueError
        If the images differ in shape, or one is not two-dimensional.
    TypeError
        If an argument is no image.

    Examples
    --------
    >>> afmnn.show(scan, afmnn.clean(scan))  # doctest: +SKIP
    """
    check_matplotlib("show()")
    like = noisy if isinstance(noisy, Image) else Image(unwrap("noisy", noisy, finite=False))
    images: dict[str, Sample] = {"Before": sampled(like.data)}
    for title, name, value in (("After", "clean", clean), ("Ideal", "ideal", ideal)):
        if value is None and name == "ideal":
            continue
        heights = unwrap_like(name, value, noisy, finite=False)  # type: ignore[arg-type]
        if heights.shape != like.shape:
            raise ValueError(f"{name} must have the shape of noisy {like.shape}, got {heights.shape}")
        images[title] = sampled(heights)
    with np.errstate(over="ignore", invalid="ignore"):
        differences = {"Taken off": images["Before"].heights - images["After"].heights}
        if "Ideal" in images:
            differences["Still wrong"] = images["After"].heights - images["Ideal"].heights

    # In two rows with an ideal, so that each picture is large enough also where the page is narrow.
    count, rows = len(images) + len(differences), 1 if ideal is None else 2
    height = min(6.0, (_WIDTH - 0.7) * frame(like).aspect + 0.7)
    figure = figures.on_screen((_WIDTH * 3, height * rows + 0.2))
    places: NDArray[Any] = figure.subplots(rows, 3).ravel()
    axes = places[:count]
    for place in places[count:]:
        place.remove()
    if like.title:
        figure.suptitle(like.title, parse_math=False)
    common = limits(*(sample.heights for sample in images.values()))
    for ax, (title, sample) in zip(axes, images.items(), strict=False):
        first = title == "Before"
        draw(ax, like.replace(title=title), Look(common, note=None if first else "same heights"), sample)
    for ax, (title, heights) in zip(axes[len(images) :], differences.items(), strict=True):
        look = Look(about_median(heights), SIGNED, note="scale of its own")
        draw(ax, like.replace(title=title), look, images["Before"]._replace(heights=heights))
    return axes


def about_median(heights: Float64s) -> tuple[float, float] | None:
    """Return limits as far above the median as below it, which leave out a few outermost pixels; None if all are missing."""
    known = heights[np.isfinite(heights)]
    if not known.size:
        return None
    middle = float(np.median(known))
    half = float(np.quantile(np.abs(known - middle), 0.995))
    return middle - half, middle + half
