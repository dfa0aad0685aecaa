"""scikit-image's filters, with the noise that `estimate_sigma` finds in the image at hand.

Non-local means as in scikit-image's example: patches of 5, distance of 6, h = 0.6 sigma, sigma given. Wavelets by BayesShrink as
in its example. Total variation until what is taken off has the measured noise's standard deviation, which is how Rudin, Osher and
Fatemi pose the problem; the weight is found by bisection. `estimate_sigma` looks at the finest diagonal wavelets, in which
offsets of rows are not seen: so each filter is also shown after the rows were aligned.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from arms import Arm, Clean, Floats, Settings, after_rows, on_unit_range, white_noise

HALVINGS = 8


def arms(settings: Settings) -> list[Arm]:
    """Return three filters, as they are and after aligning the rows."""
    del settings

    def first(prepare: Callable[[], Clean]) -> Callable[[], Clean]:
        return lambda: after_rows(prepare())

    plain = [Arm("non-local means", _nlm), Arm("total variation", _tv), Arm("wavelets", _wavelets)]
    return [*plain, *(Arm(f"rows + {arm.name}", first(arm.prepare)) for arm in plain)]


def _nlm() -> Clean:
    from skimage.restoration import denoise_nl_means

    def clean(image: Floats) -> Floats:
        sigma = white_noise(image)
        if sigma == 0:
            return image
        return denoise_nl_means(image, patch_size=5, patch_distance=6, h=0.6 * sigma, sigma=sigma, fast_mode=True)

    return on_unit_range(clean)


def _wavelets() -> Clean:
    import pywt  # noqa: F401 - what denoise_wavelet needs, and tells of only when it is called
    from skimage.restoration import denoise_wavelet

    def clean(image: Floats) -> Floats:
        if white_noise(image) == 0:  # BayesShrink divides by it
            return image
        return denoise_wavelet(image, method="BayesShrink", mode="soft", rescale_sigma=True)

    return on_unit_range(clean)


def _tv() -> Clean:
    from skimage.restoration import denoise_tv_chambolle

    def clean(image: Floats) -> Floats:
        sigma = white_noise(image)
        low, high = 0.01 * sigma, 100 * sigma  # of the weight: takes off next to nothing, nearly all
        result = image
        for _ in range(HALVINGS if sigma > 0 else 0):
            weight = np.sqrt(low * high)
            result = denoise_tv_chambolle(image, weight=weight)
            low, high = (weight, high) if np.std(image - result) < sigma else (low, weight)
        return result

    return on_unit_range(clean)
