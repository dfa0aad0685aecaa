"""The figures of merit of an evaluation: what there is, and how the figures of one image are measured."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from .. import metrics
from .._elementary import mean
from .._typing import Float64s

#: Every figure: what it is, as text shows it. Heights are in the unit of the image, changes are relative.
FIGURES: Mapping[str, str] = MappingProxyType(
    {
        "rms_error_before": "height",
        "rms_error_after": "height",
        "psnr_before": "decibels",
        "psnr_after": "decibels",
        "ssim_before": "number",
        "ssim_after": "number",
        "mean_bias": "height",
        "largest_bias": "height",
        "sq_reference": "height",
        "sq_before": "height",
        "sq_after": "height",
        "sq_change": "change",
        "sa_reference": "height",
        "sa_before": "height",
        "sa_after": "height",
        "sa_change": "change",
        "step_height": "height",
        "step_change": "change",
        "spectrum_change": "spectrum",
        "row_steps_before": "height",
        "row_steps_after": "height",
        "x_noise_before": "height",
        "x_noise_after": "height",
        "rms_removed": "height",
        "structure": "height",
        "row_correlation": "number",
        "row_correlation_error": "number",
        "height_loss": "change",
        "relief_loss": "height",
        "feature_residual": "height",
        "edge_excess": "ratio",
    }
)


def measured(
    noisy: Float64s, cleaned: Float64s, ideal: Float64s | None, *, surface: bool = True
) -> tuple[dict[str, float], Float64s]:
    """Return all figures of one image, and the heights of its steps.

    Without `surface` it takes half the time: Sa, steps between terraces and the spectrum are left out, which no verdict needs
    where the ideal is not known.
    """
    figures = dict.fromkeys(FIGURES, math.nan)
    valid = ~np.isnan(noisy)
    mask = None if valid.all() else valid.astype(np.float64)
    if ideal is not None:
        varied = bool(np.ptp(ideal[valid]) > 0)
        for when, image in (("before", noisy), ("after", cleaned)):
            figures[f"rms_error_{when}"] = metrics.rms_error(image, ideal, mask=mask)
            if varied:  # a flat ideal has no range
                figures[f"psnr_{when}"] = metrics.psnr(image, ideal, mask=mask)
                figures[f"ssim_{when}"] = metrics.ssim(image, ideal)
        figures["mean_bias"] = metrics.mean_bias(cleaned, ideal, mask=mask)
        figures["largest_bias"] = metrics.largest_bias(cleaned, ideal, size=min(9, *ideal.shape), mask=mask)
    reference = noisy if ideal is None else ideal
    for name, measure in (("sq", metrics.sq), ("sa", metrics.sa))[: 2 if surface else 1]:
        expected, after = measure(reference), measure(cleaned)
        figures |= {f"{name}_reference": expected, f"{name}_before": measure(noisy), f"{name}_after": after}
        figures[f"{name}_change"] = _change(after, expected)
    steps = _steps(noisy, cleaned, ideal) if surface else np.empty((0, 3))
    if len(steps):
        changes = [_change(after, expected) for expected, _, after in steps]
        # To nine digits: which of steps that change alike is shown must not depend on the last digits of an exponential.
        worst = int(np.argmax(np.round(np.abs(changes), 9)))
        figures |= {"step_height": float(steps[worst, 0]), "step_change": changes[worst]}
    if surface:
        figures["spectrum_change"] = _or_nan(lambda image: metrics.spectrum_change(image, _filled(reference)), _filled(cleaned))
    for when, image in (("before", noisy), ("after", cleaned)):
        figures |= line_figures(image, when)
    residual = noisy - cleaned
    figures["rms_removed"] = metrics.rms_error(noisy, cleaned, mask=mask)
    figures["structure"] = _or_nan(metrics.structure, residual)
    figures["row_correlation"] = _or_nan(metrics.row_correlation, residual)
    figures["row_correlation_error"] = _or_nan(metrics.row_correlation_error, residual)
    figures["height_loss"] = metrics.height_loss(residual, cleaned)
    figures["relief_loss"] = _or_nan(lambda image: metrics.relief_loss(image, cleaned), residual)
    figures["feature_residual"] = _or_nan(lambda image: metrics.feature_residual(image, cleaned), residual)
    figures["edge_excess"] = _or_nan(lambda image: metrics.edge_excess(image, cleaned), residual)
    return figures, steps


def line_figures(image: Float64s, when: str) -> dict[str, float]:
    """Return the figures of line defects of an image "before" or "after"."""
    return {f"row_steps_{when}": _or_nan(metrics.row_steps, image), f"x_noise_{when}": _or_nan(metrics.x_noise, image)}


def _steps(noisy: Float64s, cleaned: Float64s, ideal: Float64s | None) -> Float64s:
    guide = cleaned if ideal is None else ideal
    expected = noisy if ideal is None else ideal
    return np.stack([metrics.step_heights(image, reference=guide) for image in (expected, noisy, cleaned)], axis=1)


def _change(after: float, expected: float) -> float:
    return after / expected - 1 if expected != 0 else math.nan


def _or_nan(measure: Callable[[Any], float], image: Float64s) -> float:
    """Return NaN where too much is missing to measure, or the image is too small."""
    try:
        return measure(image)
    except ValueError:
        return math.nan


def _filled(image: Float64s) -> Float64s:
    """Put the mean in the place of missing heights: spectra need all."""
    missing = np.isnan(image)
    return np.where(missing, mean(image[~missing]), image) if missing.any() else image
