"""windows(): what a network sees, as a view."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn._reference import networks as twin
from networks import relief, some_network


@pytest.mark.parametrize("window", [3, (2, 5), (9, 11), np.int64(1)], ids=str)
def test_windows_are_what_a_network_sees(window, rng):
    image = relief((9, 11), rng)[0]
    view = afmnn.windows(image, window)
    height, width = (window, window) if np.ndim(window) == 0 else window
    assert view.shape == (9 - height + 1, 11 - width + 1, height, width)
    for i, j in np.ndindex(view.shape[:2]):
        assert_array_equal(view[i, j], image[i : i + height, j : j + width])
    assert np.shares_memory(view, image)
    assert not view.flags.writeable
    net = some_network((height, width), (3,), rng, "gwyddion")
    measured = net.measure(image)
    x = (view.reshape(-1, height * width) - measured.in_shift) * measured.in_factor
    y = twin.forward(list(net.layers), None, "logistic", x).reshape(view.shape[:2]) / measured.out_factor + measured.out_shift
    top, left = height // 2, width // 2
    assert_allclose(afmnn.apply(net, image)[top : top + len(y), left : left + y.shape[1]], y, rtol=1e-13)


def test_wrong_windows(rng):
    image = relief((9, 11), rng)[0]
    for window, error, message in (
        (10, ValueError, r"window must fit into the image of shape \(9, 11\), got \(10, 10\)"),
        ((3, 12), ValueError, r"window must fit into the image of shape \(9, 11\), got \(3, 12\)"),
        (0, ValueError, "window must be at least 1, got 0"),
        ("3", TypeError, "window must be an integer, got '3'"),
        (10**30, ValueError, "window must fit into the image"),
    ):
        with pytest.raises(error, match=f"^{message}"):
            afmnn.windows(image, window)
    assert np.isnan(afmnn.windows(np.full((3, 3), np.nan), 3)).all()
    assert afmnn.windows(afmnn.Image(image), 3).shape == (7, 9, 3, 3)
