"""Parts of an image come out as the image does, wherever they begin: the plane is that of the whole, to the last bit."""

import dataclasses

import numpy as np
import pytest

from afmnn.nn.apply import Border, Place, linear_scaling, run_flips
from networks import COMPRESSING, fovea_network, some_network


def cleaned(network, heights, place, *, flips):
    out = np.empty_like(heights)
    scaling = (
        dataclasses.replace(network.scaling, row_slope=0.37, col_slope=-0.11) if network.scaling.levelled else network.scaling
    )
    linear = linear_scaling(scaling, 1.0, None)
    run_flips(network, heights, out, linear, Border(), place=place, flips=flips, threads=1)
    return out


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("flips", [False, True])
@pytest.mark.parametrize("kind", ["window", "fovea"])
def test_a_part_is_the_same_pixels_of_the_whole(kind, flips, dtype):
    rng = np.random.default_rng(3)
    network = some_network((7, 5), (4,), rng) if kind == "window" else fovea_network(rng, fovea=COMPRESSING)
    image = rng.normal(size=(131, 117)).astype(dtype) + dtype(1000.0)
    whole = cleaned(network, image, Place(0, 0, image.shape), flips=flips)
    up, left = (n // 2 for n in network.extent)
    for row, col in ((0, 0), (23, 17), (53, 40)):
        part = image[row : row + 78, col : col + 77]
        found = cleaned(network, part, Place(row, col, image.shape), flips=flips)
        inside = np.s_[up : 78 - up, left : 77 - left]
        expected = whole[row : row + 78, col : col + 77][inside]
        assert expected.size
        np.testing.assert_array_equal(found[inside], expected)


def test_where_a_part_begins_in_a_whole_that_is_read_back():
    place = Place(10, 20, (100, 90))
    assert place.first((30, 40)) == (10, 20)
    assert place.first((30, 40), -1, -1) == (60, 30)
