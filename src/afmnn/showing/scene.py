"""A scene as six of its pairs."""

from __future__ import annotations

import dataclasses
from collections import Counter

from ..evaluation.plots import check_matplotlib
from ..image import Image
from ..synth.scene import Scene
from . import figures
from .card import card, line, picture
from .image import Look, draw
from .sampled import limits, sampled

_PAIRS = 6
_LARGEST = 256  # rows and columns of a pair that is made for a look; larger ones take seconds


def displayed(scene: Scene) -> str:
    """Return what a notebook shows of a scene: six pairs, and what they are drawn from; without matplotlib that alone."""
    rows, cols = scene.shape
    small = min(rows, _LARGEST), min(cols, _LARGEST)
    shown = scene if small == (rows, cols) else dataclasses.replace(scene, shape=small)
    parts = [line(_described(scene))]
    try:
        check_matplotlib("drawing a scene")
    except ImportError:
        return card("Scene", parts)
    if shown is not scene:
        parts.append(line(f"Pairs of {small[0]} x {small[1]} pixels, drawn for this look; the scene's have {rows} x {cols}."))
    with figures.own_style():
        found = [_pair(shown, index) for index in range(_PAIRS)]
    return card("Scene", [*parts, f'<div class="pairs">{"".join(found)}</div>'])


def _pair(scene: Scene, index: int) -> str:
    """Return one pair as a picture, both on one scale of heights."""
    size = (scene.shape[0] * scene.pixel_size, scene.shape[1] * scene.pixel_size)
    images = [Image(heights, size=size) for heights in scene.pair(index)]
    ends = limits(*(sampled(image.data).heights for image in images))
    figure = figures.alone((2.9, 1.75))
    for image, title, ax in zip(images, (f"{index}: noisy", "ideal"), figure.subplots(1, 2), strict=True):
        draw(ax, image, Look(ends, title=title, note="", colour_bar=False, scale_bar=False))
    return picture(*figures.png(figure, 1.3), f"pair {index}: noisy and ideal")


def _described(scene: Scene) -> str:
    rows, cols = scene.shape
    surfaces, defects = (", ".join(Counter(r.name for r in recipes)) for recipes in (scene.surfaces, scene.defects))
    instrument = "" if scene.instrument == type(scene.instrument)() else " A virtual instrument scans them."
    return f"Pairs of {rows} x {cols} pixels. Surfaces: {surfaces}. Defects: {defects or 'none'}.{instrument}"
