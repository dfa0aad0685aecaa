"""Checks of arguments: every message names the argument, the rule and the value."""

import decimal
import re
from fractions import Fraction
from pathlib import Path

import gwyfile
import numpy as np
import pytest
from numpy.testing import assert_array_equal

import afmnn
from afmnn import _check


def refuses(error, message, function, *args, **kwargs):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        function(*args, **kwargs)


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3), np.array(3), True + 2])
def test_integer_takes_what_is_one(value):
    result = _check.integer("n", value, minimum=3, maximum=3)
    assert result == 3
    assert type(result) is int


@pytest.mark.parametrize("value", [3.0, np.float64(3), "3", None, True, np.True_, [3], np.array([3]), 3j, Fraction(3)])
def test_integer_refuses_the_rest(value):
    refuses(TypeError, f"n must be an integer, got {value!r}", _check.integer, "n", value)


def test_integer_range():
    refuses(ValueError, "n must be at least 1, got 0", _check.integer, "n", 0, minimum=1)
    refuses(ValueError, f"n must be at most 5, got {10**40}", _check.integer, "n", 10**40, maximum=5)


NUMBERS = [1, 1.5, np.float32(0.5), np.int64(2), np.array(0.25), Fraction(1, 3), decimal.Decimal("0.1")]
NOT_NUMBERS = ["1", b"1", None, True, np.True_, 1j, np.complex64(1), [1.0], np.array([1.0]), object()]


@pytest.mark.parametrize("check", [_check.finite, _check.positive, _check.non_negative])
def test_numbers(check):
    for value in NUMBERS:
        check(x=value)
    for value in NOT_NUMBERS:
        refuses(TypeError, f"x must be a real number, got {value!r}", check, x=value)
    for value in (np.nan, np.inf, -np.inf, np.float32("nan"), decimal.Decimal("inf")):
        refuses(ValueError, f"x must be finite, got {value!r}", check, x=value)


def test_signs():
    _check.finite(x=-1.0)
    _check.non_negative(x=0)
    refuses(ValueError, "x must be positive, got 0", _check.positive, x=0)
    refuses(ValueError, "x must be positive, got -0.5", _check.positive, y=1.0, x=-0.5)
    refuses(ValueError, "x must not be negative, got -1e-300", _check.non_negative, x=-1e-300)
    refuses(ValueError, "x must be finite, got an integer of 1329 bits", _check.positive, x=10**400)


def test_intervals():
    _check.within(x=(0, 0.0, 1.0), y=(1, 0.0, 1.0))
    refuses(ValueError, "x must lie between 0 and 0.5, got 0.6", _check.within, x=(0.6, 0.0, 0.5))
    refuses(ValueError, "x must be finite, got nan", _check.within, x=(np.nan, 0.0, 0.5))


def test_angles_are_radians():
    _check.angle(a=-2 * np.pi, b=2 * np.pi)
    refuses(ValueError, "a is an angle in radians and must lie between -2 pi and 2 pi, got 45", _check.angle, a=45)


def test_choices():
    assert _check.choice("mode", "a", ["a", "b"]) == "a"
    refuses(ValueError, "mode must be one of 'a', 'b', got 'A'", _check.choice, "mode", "A", ["a", "b"])
    refuses(ValueError, "mode must be one of 'a', got None", _check.choice, "mode", None, ["a"])
    refuses(ValueError, "mode must be one of 'a', got ['a']", _check.choice, "mode", ["a"], ["a"])


def test_booleans_and_functions():
    _check.flag(flag=np.False_, other=True)
    for value in (0, 1, "no", None, [], np.array([True, False])):
        refuses(TypeError, f"flag must be True or False, got {value!r}", _check.flag, other=True, flag=value)
    _check.function("call", None)
    _check.function("call", print)
    refuses(TypeError, "call must be a function, got 3", _check.function, "call", 3)


def test_keys():
    _check.keys("options", {"a": 1}, ["a", "b"])
    refuses(ValueError, "options must only have the keys a, b, got 'c'", _check.keys, "options", {"c": 1, "a": 2}, ["b", "a"])


@pytest.mark.parametrize("value", [27, np.int32(27), np.array(27)])
def test_one_number_is_rows_and_columns(value):
    assert _check.rows_cols("window", value) == (27, 27)


@pytest.mark.parametrize("value", [(3, 5), [3, 5], np.array([3, 5]), (np.uint8(3), np.int64(5))])
def test_rows_and_columns(value):
    result = _check.rows_cols("window", value)
    assert result == (3, 5)
    assert all(type(n) is int for n in result)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (0, ValueError, "window must be at least 1, got 0"),
        (2.5, TypeError, "window must be an integer, got 2.5"),
        ("27", TypeError, "window must be an integer, got '27'"),
        (None, TypeError, "window must be an integer, got None"),
        ((3,), ValueError, "window must be two integers (rows, columns), got (3,)"),
        ((3, 4, 5), ValueError, "window must be two integers (rows, columns), got (3, 4, 5)"),
        ((), ValueError, "window must be two integers (rows, columns), got ()"),
        ((3, 0), ValueError, "window[1] must be at least 1, got 0"),
        ((3.0, 5), TypeError, "window[0] must be an integer, got 3.0"),
        (np.array([3.0, 5.0]), TypeError, f"window[0] must be an integer, got {np.float64(3.0)!r}"),
    ],
)
def test_wrong_windows(value, error, message):
    refuses(error, message, _check.rows_cols, "window", value)


def test_counts():
    assert _check.counts("hidden", 6) == (6,)
    assert _check.counts("hidden", np.array([8, 4])) == (8, 4)
    refuses(ValueError, "hidden must have at least one number, got ()", _check.counts, "hidden", ())
    refuses(ValueError, "hidden[1] must be at least 1, got 0", _check.counts, "hidden", (8, 0))
    refuses(TypeError, "hidden must be an integer, got '6'", _check.counts, "hidden", "6")
    refuses(TypeError, "hidden[0] must be an integer, got (8, 4)", _check.counts, "hidden", [(8, 4)])


def test_pairs_of_lengths():
    assert _check.pair("size", 2) == (2.0, 2.0)
    assert _check.pair("size", (1e-9, np.float32(2))) == (1e-9, 2.0)
    refuses(ValueError, "size must be one number or two (dy, dx), got (1, 2, 3)", _check.pair, "size", (1, 2, 3))
    refuses(ValueError, "size[1] must be positive, got 0", _check.pair, "size", (1, 0))


@pytest.mark.parametrize("dtype", ["f4", "f8", ">f4", ">f8"])
def test_floats_keep_their_precision(dtype, rng):
    image = rng.normal(size=(4, 5)).astype(dtype)
    result = _check.image("image", image)
    assert result.dtype == np.dtype(dtype).newbyteorder("=")
    assert_array_equal(result, image)
    assert np.shares_memory(result, image) == image.dtype.isnative


@pytest.mark.parametrize("dtype", ["f2", "i1", "u8", ">i4", "?", np.longdouble])
def test_everything_else_becomes_float64(dtype, rng):
    image = rng.integers(0, 2, (4, 5)).astype(dtype)
    result = _check.image("image", image)
    assert result.dtype == np.float64
    assert_array_equal(result, image.astype(float))


def test_views_are_not_copied(rng):
    image = rng.normal(size=(6, 8))
    image.flags.writeable = False
    for view in (image, image[::-1, ::2], image.T, image[1:, 3:]):
        assert _check.image("image", view) is view


def test_what_cannot_be_read_in_place_is_copied(rng):
    records = np.zeros((3, 4), dtype=[("flag", "i1"), ("height", "f8")])
    records["height"] = rng.normal(size=(3, 4))
    result = _check.image("image", records["height"])
    assert result.flags.aligned
    assert all(stride % 8 == 0 for stride in result.strides)
    assert_array_equal(result, records["height"])


def test_lists_and_masks_without_effect():
    assert_array_equal(_check.image("image", [[1, 2], [3, 4]]), [[1.0, 2.0], [3.0, 4.0]])
    assert_array_equal(_check.image("image", np.ma.array([[1.0, 2.0]], mask=False)), [[1.0, 2.0]])


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (np.zeros(3), ValueError, "image must be two-dimensional (rows, columns), got shape (3,)"),
        (np.zeros((2, 3, 4)), ValueError, "image must be two-dimensional (rows, columns), got shape (2, 3, 4)"),
        (5.0, ValueError, "image must be two-dimensional (rows, columns), got shape ()"),
        (np.zeros((0, 3)), ValueError, "image must not be empty, got shape (0, 3)"),
        ([[1.0, 2.0], [3.0]], ValueError, "image must be a two-dimensional array of numbers, got rows of different lengths"),
        (np.zeros((2, 2), complex), TypeError, "image must be an array of real numbers, got dtype complex128"),
        (np.array([["a"]]), TypeError, "image must be an array of real numbers, got dtype <U1"),
        (np.array([[None]]), TypeError, "image must be an array of real numbers, got dtype object"),
        (np.zeros((2, 2), "M8[s]"), TypeError, "image must be an array of real numbers, got dtype datetime64[s]"),
        ("image.npy", TypeError, "image must be an array of real numbers, got dtype <U9"),
        (None, TypeError, "image must be an array of real numbers, got dtype object"),
        ({"a": 1}, TypeError, "image must be an array of real numbers, got dtype object"),
        ([[10**30, 1]], TypeError, "image must be an array of real numbers, got dtype object"),
        (np.zeros((2, 2), [("a", "f8")]), TypeError, "image must be an array of real numbers, got dtype [('a', '<f8')]"),
        (
            np.ma.array(np.zeros((2, 2)), mask=[[1, 0], [1, 1]]),
            ValueError,
            "image must not have masked values, got 3: fill them with heights, for example array.filled(array.mean())",
        ),
        (
            np.array([[0, np.nan]]),
            ValueError,
            "image must be finite, got 1 value that is not, the first at (row, column) = (0, 1)",
        ),
        (
            np.array([[0, 1], [np.inf, -np.inf]]),
            ValueError,
            "image must be finite, got 2 values that are not, the first at (row, column) = (1, 0)",
        ),
    ],
)
def test_what_is_no_image(value, error, message):
    refuses(error, message, _check.image, "image", value)


def test_the_first_missing_pixel_of_a_tall_image():
    image = np.zeros((1000, 3), np.float32)
    image[700, 2] = image[999, 0] = np.nan
    refuses(
        ValueError,
        "image must be finite, got 2 values that are not, the first at (row, column) = (700, 2)",
        _check.image,
        "image",
        image,
    )
    assert _check.image("image", image, finite=False) is image


@pytest.mark.skipif(np.finfo(np.longdouble).max == np.finfo(float).max, reason="needs extended precision")
def test_extended_precision_beyond_float64():
    image = np.array([[np.longdouble("1e4000"), 1]])
    message = "image must be finite, got 1 value that is not, the first at (row, column) = (0, 0)"
    refuses(ValueError, message, _check.image, "image", image)


class Topography:
    """As of SurfaceTopography: heights are a method."""

    def heights(self):
        return np.ones((2, 2))


class Field:
    data = np.ones((2, 2))


class Values:
    data = None
    values = np.ones((2, 2))

    @property
    def heights(self):
        raise RuntimeError("a property that fails")


class Nothing:
    data = np.ones(3)
    values = property(lambda self: 1 / 0)


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (Topography(), "an object of type Topography: pass its .heights()"),
        (Field(), "an object of type Field: pass its .data"),
        (Values(), "an object of type Values: pass its .values"),
        (Nothing(), "dtype object"),
        (object(), "dtype object"),
    ],
)
def test_objects_of_other_packages(value, got):
    refuses(TypeError, f"image must be an array of real numbers, got {got}", _check.image, "image", value)
    refuses(TypeError, f"data must be an array of real numbers, got {got}", afmnn.Image, value)
    net = afmnn.train(np.eye(9), np.eye(9), window=3, hidden=1, steps=0)
    refuses(TypeError, f"image must be an array of real numbers, got {got}", afmnn.apply, net, value)


def test_a_field_of_gwyfile_is_told_to_pass_its_data():
    field = gwyfile.objects.GwyDataField(np.ones((3, 3)))
    refuses(
        TypeError,
        "image must be an array of real numbers, got an object of type GwyDataField: pass its .data",
        afmnn.level,
        field,
    )


@pytest.mark.parametrize("name", ["noisy.gwy", Path("noisy.gwy")])
def test_names_of_files_are_told_to_be_read(name, tmp_path):
    net = afmnn.train(np.eye(9), np.eye(9), window=3, hidden=1, steps=0)
    dtype = np.asarray(name).dtype
    advice = f"must be an array of real numbers, got dtype {dtype}, the name of a file: afmnn.read_image('noisy.gwy') first"
    for call, what in (
        (lambda: afmnn.apply(net, name), "image"),
        (lambda: afmnn.evaluate(net, name), "noisy"),
        (lambda: afmnn.evaluate(net, [np.eye(9), name]), "noisy[1]"),
        (lambda: afmnn.evaluate(net, (np.eye(9), name)), "ideal"),
        (lambda: afmnn.level(name), "image"),
        (lambda: afmnn.train(name, name), "noisy"),
        (lambda: afmnn.train([np.eye(9)], [name]), "ideal"),
        (lambda: afmnn.metrics.sq(name), "image"),
        (lambda: afmnn.synth.noise(base=name, rms=1.0), "base"),
        (lambda: afmnn.tips.tip_dilation(name, np.eye(3)), "surface"),
        (lambda: afmnn.write_image(tmp_path / "a.npy", name), "data"),
        (lambda: afmnn.Image(name), "data"),
    ):
        refuses(TypeError, f"{what} {advice}", call)
