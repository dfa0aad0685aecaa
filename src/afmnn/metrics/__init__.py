"""Figures by which a cleaned image is judged: errors, similarity, roughness, line defects, what the residual holds.

They are invariant to the unit of heights, or in that unit. A pixel that the `mask` of a figure does not choose is as good as
missing, whatever it holds. `afmnn.evaluate` puts them together.
"""

from .autocorrelation import sal, str_
from .defects import row_steps, x_noise
from .errors import largest_bias, mean_bias, psnr, rms_error
from .residual import edge_excess, feature_residual, height_loss, relief_loss, row_correlation, row_correlation_error, structure
from .roughness import sa, sku, sq, ssk, sz
from .similarity import ssim
from .slopes import sdq, sdr
from .spectrum import power_spectrum, spectrum_change
from .terraces import levels, step_heights

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
    "sal",
    "sdq",
    "sdr",
    "sku",
    "spectrum_change",
    "sq",
    "ssim",
    "ssk",
    "step_heights",
    "str_",
    "structure",
    "sz",
    "x_noise",
]
