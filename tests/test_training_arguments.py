"""train(): every wrong argument gets one clear error."""

import time

import numpy as np
import pytest

import afmnn

QUICK = {"window": 5, "hidden": 3, "steps": 2, "seed": 0}


ONE = np.linspace(0.0, 1.0, 30 * 34).reshape(30, 34)
LONG = 10**30


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"window": 0}, ValueError, "window must be at least 1, got 0"),
        ({"window": "27"}, TypeError, "window must be an integer, got '27'"),
        ({"window": 5.0}, TypeError, "window must be an integer, got 5.0"),
        ({"window": (5,)}, ValueError, r"window must be two integers \(rows, columns\), got \(5,\)"),
        ({"window": 31}, ValueError, r"window must fit into noisy of shape \(30, 34\), got \(31, 31\)"),
        ({"window": LONG}, ValueError, r"window must fit into noisy"),
        ({"window": 30, "method": "gwyddion"}, ValueError, "window must fit into noisy"),
        ({"hidden": 0}, ValueError, "hidden must be at least 1, got 0"),
        ({"hidden": ()}, ValueError, r"hidden must have at least one number, got \(\)"),
        ({"hidden": (3, -1)}, ValueError, r"hidden\[1\] must be at least 1, got -1"),
        ({"hidden": 2.0}, TypeError, "hidden must be an integer, got 2.0"),
        ({"hidden": LONG}, ValueError, "hidden and window must make at most 50000000 weights"),
        ({"hidden": (10**5, 10**5)}, ValueError, "hidden and window must make at most 50000000 weights"),
        ({"hidden": (3, 2), "method": "gwyddion"}, ValueError, r"hidden must be one layer with method='gwyddion', got \(3, 2\)"),
        ({"steps": -1}, ValueError, "steps must be at least 0, got -1"),
        ({"steps": 1e9}, TypeError, "steps must be an integer, got 1000000000.0"),
        ({"steps": LONG}, ValueError, "steps must be at most 1000000000"),
        ({"steps": True}, TypeError, "steps must be an integer, got True"),
        ({"method": "Adam"}, ValueError, "method must be one of 'adam', 'gwyddion', got 'Adam'"),
        ({"method": 1}, ValueError, "method must be one of 'adam', 'gwyddion', got 1"),
        ({"mask": np.zeros((30, 34))}, ValueError, "mask must leave a pixel whose window lies inside the image, got none"),
        ({"mask": np.eye(30, 34) * 0 + np.eye(30, 34, 33)}, ValueError, "mask must leave a pixel"),
        ({"mask": np.ones((34, 30))}, ValueError, r"mask must have the shape of noisy \(30, 34\), got \(34, 30\)"),
        ({"mask": [ONE, ONE]}, ValueError, "mask must have as many images as noisy, got 2 for 1"),
        ({"mask": "half"}, TypeError, "mask must be an array of real numbers"),
        ({"mask": np.full((30, 34), np.nan)}, ValueError, "mask must be finite"),
        ({"mask_mode": "use"}, ValueError, "mask_mode must be one of 'include', 'exclude', 'ignore', got 'use'"),
        ({"validation": 0}, ValueError, "validation must be a fraction between 0 and 1, got 0.0"),
        ({"validation": 1.0}, ValueError, "validation must be a fraction between 0 and 1, got 1.0"),
        ({"validation": -0.2}, ValueError, "validation must be a fraction between 0 and 1, got -0.2"),
        ({"validation": np.nan}, ValueError, "validation must be a fraction between 0 and 1, got nan"),
        ({"validation": 0.9}, ValueError, "validation must leave more rows than the window's 5"),
        ({"validation": 0.01}, ValueError, "validation must leave more rows than the window's 5"),
        (
            {"validation": True},
            ValueError,
            r"validation must be a fraction, a pair \(noisy, ideal\) or a list of such pairs, got True",
        ),
        ({"validation": "0.2"}, ValueError, "validation must be a fraction, .* got '0.2'"),
        ({"validation": []}, ValueError, "validation must be a fraction, .* got a list of 0"),
        ({"validation": ONE}, ValueError, r"validation must be a fraction, .* got an array of shape \(30, 34\)"),
        ({"validation": [ONE, ONE]}, ValueError, "validation must be a fraction, .* got a list of 2"),
        ({"validation": (ONE, ONE, ONE)}, ValueError, "validation must be a fraction, .* got a tuple of 3"),
        ({"validation": ((ONE, ONE), (ONE, ONE))}, ValueError, "validation must be a fraction, .* got a tuple of 2"),
        ({"validation": (ONE, ONE[1:])}, ValueError, "ideal of validation must have the shape of noisy of validation"),
        ({"validation": (ONE[:4], ONE[:4])}, ValueError, "window must fit into noisy of validation of shape"),
        ({"validation": (ONE, np.full_like(ONE, np.nan))}, ValueError, "ideal of validation must be finite"),
        ({"validation": [(ONE, ONE), (ONE, 0 * ONE)]}, ValueError, r"ideal of validation\[1\] must not be constant"),
        ({"validation": ([ONE, ONE], [ONE, 0 * ONE])}, ValueError, r"ideal\[1\] of validation must not be constant"),
        ({"validation": ([ONE, ONE], ONE)}, ValueError, "ideal of validation must have as many images as noisy of validation"),
        ({"patience": 0, "validation": 0.4}, ValueError, "patience must be at least 1, got 0"),
        ({"patience": 2.5, "validation": 0.4}, TypeError, "patience must be an integer, got 2.5"),
        ({"patience": 2}, ValueError, "patience must come with validation, got 2 and no validation"),
        ({"init": 3}, TypeError, "init must be an afmnn.Network, or the name or the file of one, got int"),
        ({"seed": -1}, ValueError, "seed must be non-negative, got -1"),
        ({"seed": 1.0}, TypeError, "seed must be None, an integer, a SeedSequence or a Generator, got float"),
        ({"seed": True}, TypeError, "seed must be None, .* got bool"),
        ({"learning_rate": 0}, ValueError, "learning_rate must be positive, got 0"),
        ({"learning_rate": np.nan}, ValueError, "learning_rate must be finite, got nan"),
        ({"learning_rate": "fast"}, TypeError, "learning_rate must be a real number, got 'fast'"),
        (
            {"learning_rate": 1e38, "steps": 3},
            ValueError,
            r"learning_rate must be small enough for the weights to stay finite, got 1e\+38: .* in step 2",
        ),
        ({"momentum": 1}, ValueError, "momentum must lie between 0 and 0.999999, got 1"),
        ({"momentum": -0.1}, ValueError, "momentum must lie between 0 and 0.999999, got -0.1"),
        ({"batch": 0}, ValueError, "batch must be at least 1, got 0"),
        ({"batch": 64.0}, TypeError, "batch must be an integer, got 64.0"),
        ({"batch": LONG}, ValueError, "batch must be at most"),
        ({"batch": 64, "method": "gwyddion"}, ValueError, "batch must be left out with method='gwyddion'"),
        ({"flips": "no"}, TypeError, "flips must be True or False, got 'no'"),
        ({"threads": 0}, ValueError, "threads must be at least 1, got 0"),
        ({"progress": "bar"}, TypeError, "progress must be a function, got 'bar'"),
    ],
    ids=lambda value: None if isinstance(value, (type, str)) else ",".join(value),
)
def test_wrong_arguments(change, error, message):
    with pytest.raises(error, match=f"^{message}"):
        afmnn.train(ONE, ONE**2, **{"window": 5, "hidden": 3, "steps": 1, "seed": 0, **change})


def spoiled(value, where=(3, 4)):
    image = ONE.copy()
    image[where] = value
    return image


@pytest.mark.parametrize(
    ("noisy", "ideal", "error", "message"),
    [
        (spoiled(np.nan), ONE, ValueError, r"noisy must be finite, got 1 value that is not, the first at .* = \(3, 4\)"),
        (ONE, spoiled(-np.inf), ValueError, "ideal must be finite, got 1 value"),
        (
            spoiled(-9999.0 * 1e9),
            ONE,
            ValueError,
            r"noisy must have no height further than 1e\+09 times the spread .* missing pixels should be",
        ),
        (ONE, spoiled(3.4e38), ValueError, r"ideal must have no height further than 1e\+09 times the spread"),
        (np.full((30, 34), 2.5), ONE, ValueError, "noisy must not be constant, got 2.5 everywhere"),
        (ONE, np.full((30, 34), 2.5), ValueError, "ideal must not be constant, got 2.5 everywhere"),
        (ONE, ONE.T, ValueError, r"ideal must have the shape of noisy \(30, 34\), got \(34, 30\)"),
        (ONE[0], ONE[0], ValueError, r"noisy must be two-dimensional \(rows, columns\), got shape \(34,\)"),
        (np.zeros((2, 2, 2, 2)), ONE, ValueError, r"noisy must be two-dimensional"),
        (ONE[:0], ONE[:0], ValueError, "noisy must not be empty"),
        ([], [], ValueError, "noisy must have at least one image, got none"),
        ([ONE, ONE], [ONE], ValueError, "ideal must have as many images as noisy, got 1 for 2"),
        ([ONE, ONE], ONE, ValueError, "ideal must have as many images as noisy, got 1 for 2"),
        ([ONE, spoiled(np.nan)], [ONE, ONE], ValueError, r"noisy\[1\] must be finite"),
        ([ONE, ONE], [ONE, ONE[1:]], ValueError, r"ideal\[1\] must have the shape of noisy\[1\]"),
        ([ONE, ONE[:4]], [ONE, ONE[:4]], ValueError, r"window must fit into noisy\[1\] of shape \(4, 34\)"),
        ([ONE, np.ones((9, 9))], [ONE, np.ones((9, 9))], ValueError, r"noisy\[1\] must not be constant"),
        (ONE.tolist(), ONE.tolist(), ValueError, r"noisy\[0\] must be two-dimensional"),
        (ONE * 1j, ONE, TypeError, "noisy must be an array of real numbers, got dtype complex128"),
        ("scan.gwy", ONE, TypeError, "noisy must be an array of real numbers, got dtype <U8"),
        (ONE, None, TypeError, "ideal must be an array of real numbers, got dtype object"),
        (np.ma.masked_less(ONE, 0.5), ONE, ValueError, "noisy must not have masked values, got 510"),
        (1.7e308 * (2 * ONE - 1), ONE, ValueError, "noisy must have heights whose range is a finite number"),
    ],
)
def test_wrong_images(noisy, ideal, error, message):
    with pytest.raises(error, match=f"^{message}"):
        afmnn.train(noisy, ideal, **QUICK)


def test_the_classic_method_takes_one_pair():
    with pytest.raises(ValueError, match="noisy must be one image with method='gwyddion', got 2"):
        afmnn.train([ONE, ONE], [ONE, ONE], method="gwyddion", **QUICK)


def test_wrong_arguments_are_seen_before_any_work():
    """A network that would take hours: only the check can answer at once."""
    image = np.zeros((2000, 2000), np.float32)
    image[0, 0] = 1.0
    for change in ({"progress": 3}, {"flips": 1}, {"momentum": 2.0}, {"patience": 3}):
        begun = time.perf_counter()
        with pytest.raises((ValueError, TypeError)):
            afmnn.train(image, image, window=99, hidden=1000, steps=10**6, **change)
        assert time.perf_counter() - begun < 0.5
