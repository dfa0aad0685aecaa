"""Robust principal components of the whole image: low-rank and sparse parts by inexact augmented Lagrange multipliers.

E. J. Candès, X. Li, Y. Ma, J. Wright, J. ACM 58 (2011) 11: minimise ``|L|_* + |S|_1 / sqrt(max(rows, columns))``, ``L + S`` the
image; multipliers and growth of their weight after Lin, Chen, Ma (2010). Which part is the sample depends on it: where stripes
are few and the sample repeats itself, it is L; where the sample is sparse on flat ground and stripes run through it (stripes of
one height, or with one gradient, have rank 2), it is S. Both are shown.
"""

from __future__ import annotations

import numpy as np
from arms import Arm, Clean, Floats, Settings

TOLERANCE, ITERATIONS, GROWTH = 1e-6, 100, 1.5


def arms(settings: Settings) -> list[Arm]:
    """Return both arms."""
    del settings
    return [
        Arm("robust PCA, low-rank image", lambda: _about_median(lambda image: robust_pca(image)[0])),
        Arm("robust PCA, low-rank stripes", lambda: _about_median(lambda image: robust_pca(image)[1])),
    ]


def robust_pca(image: Floats) -> tuple[Floats, Floats]:
    """Return the low-rank and the sparse part."""
    size = np.linalg.norm(image)
    if size == 0:
        return image.copy(), image.copy()
    sparsity = 1 / np.sqrt(max(image.shape))
    largest = np.linalg.norm(image, 2)
    multiplier = image / max(largest, np.abs(image).max() / sparsity)
    sparse, weight = np.zeros_like(image), 1.25 / largest
    for _ in range(ITERATIONS):
        u, values, v = np.linalg.svd(image - sparse + multiplier / weight, full_matrices=False)
        low_rank = (u * np.maximum(values - 1 / weight, 0)) @ v
        rest = image - low_rank + multiplier / weight
        sparse = np.sign(rest) * np.maximum(np.abs(rest) - sparsity / weight, 0)
        error = image - low_rank - sparse
        multiplier = multiplier + weight * error
        weight *= GROWTH
        if np.linalg.norm(error) < TOLERANCE * size:
            break
    return low_rank, sparse


def _about_median(clean: Clean) -> Clean:
    def centred(image: Floats) -> Floats:
        middle = np.median(image)
        return clean(image - middle) + middle

    return centred
