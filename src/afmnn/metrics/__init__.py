"""Figures by which a cleaned image is judged: errors, similarity, roughness, line defects, what the residual holds.

They are invariant to the unit of heights, or in that unit. `afmnn.evaluate` puts them together.
"""

from .defects import row_steps, x_noise
from .errors import largest_bias, mean_bias, psnr, rms_error
from .residual import edge_excess, feature_residual, height_loss, relief_loss, row_correlation, row_correlation_error, structure
from .roughness import levels, sa, sq, step_heights
from .similarity import ssim
from .spectrum import power_spectrum, spectrum_change

__all__ = [
    "edge_excess",
    "feature_residual",
    "height_loss",
    "largest_bias",
    "levels",
    "mean_bias",
    "power_spectrum",
    "psnr",
    "relief_loss",
    "rms_error",
    "row_correlation",
    "row_correlation_error",
    "row_steps",
    "sa",
    "spectrum_change",
    "sq",
    "ssim",
    "step_heights",
    "structure",
    "x_noise",
]
