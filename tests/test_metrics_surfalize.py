"""Roughness beside another package's numbers: those of surfalize, written down here, and its own where it is installed.

It is not among the packages that tests install: it brings readers of tables and plots that nothing else here needs.
The numbers are those of surfalize 0.19.2: ``Surface(z, dx, dy).Sa()`` and so on, with z, dx, dy of `SURFACES`.
"""

import importlib.util
import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

from afmnn import metrics

#: What the definitions leave no choice about, and how slopes and areas are taken: equal to rounding.
EXACT = ("sa", "sq", "ssk", "sku", "sz", "sdq", "sdr")
#: surfalize looks at the autocorrelation at places of its own, some hundredths of a pixel apart.
ABOUT = {"sal": 0.02, "str_": 0.02}
WRITTEN = {
    "isotropic": (
        0.12706411525185157, 0.15964031865700937, -0.05653058068693403, 3.092251263943714, 1.2526614926188293,
        0.15349636254009155, 1.1643614415276282, 2.460187593144867, 0.842644205516843,
    ),
    "lay": (
        0.009339403153368227, 0.01148911073573343, -0.10908978461279516, 2.660149723552925, 0.0689145836387644,
        0.15202847943998743, 1.140609365381362, 0.14414414414414417, 0.38535063173346323,
    ),
    "pits": (
        0.025776311666242516, 0.031684356269798174, -1.2788484664085746, 3.8918315416128317, 0.172102427671666,
        0.19240082331115335, 1.8024634635932735, 0.4169169169169169, 0.9143798024149287,
    ),
}  # fmt: skip


def smooth(shape, times):
    """Noise that is averaged with its neighbour time after time; its numbers are the same with every NumPy."""
    z = np.random.RandomState(7).random_sample(shape) - 0.5
    for axis, count in enumerate(times):
        for _ in range(count):
            z = 0.5 * (z + np.roll(z, 1, axis))
    return z


#: Heights, and height and width of a pixel.
SURFACES = {
    "isotropic": (4 * smooth((120, 120), (16, 16)), (0.5, 0.5)),
    "lay": (0.3 * smooth((90, 140), (4, 60)), (0.05, 0.04)),
    "pits": (np.minimum(smooth((128, 100), (12, 12)), 0.01), (0.1, 0.1)),
}


def compare(name, expected):
    z, pixel_size = SURFACES[name]
    for figure, value in zip((*EXACT, *ABOUT), expected, strict=True):
        size = {} if figure in ("sa", "sq", "ssk", "sku", "sz") else {"pixel_size": pixel_size}
        percent = 100 if figure == "sdr" else 1
        assert_allclose(
            percent * getattr(metrics, figure)(z, **size), value, rtol=ABOUT.get(figure, 1e-11), err_msg=f"{figure} of {name}"
        )


@pytest.mark.parametrize("name", SURFACES)
def test_numbers_that_are_written_down(name):
    compare(name, WRITTEN[name])


@pytest.mark.skipif(importlib.util.find_spec("surfalize") is None, reason="surfalize is not installed")
@pytest.mark.parametrize("name", SURFACES)
def test_numbers_of_today(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns of pixels that are not square
        from surfalize import Surface

        z, (dy, dx) = SURFACES[name]
        surface = Surface(z, dx, dy)
        found = [getattr(surface, figure.capitalize().strip("_"))() for figure in (*EXACT, *ABOUT)]
    compare(name, found)
