"""Image: an array with size, units and title that never changes."""

import copy
import dataclasses
import pickle

import numpy as np
import pytest

import afmnn
from afmnn.image import check_pair, unwrap


def make(shape=(2, 4), **fields):
    data = np.arange(float(np.prod(shape))).reshape(shape)
    return afmnn.Image(data, **({"size": (1e-6, 4e-6), "unit_xy": "m", "unit_z": "V", "title": "Z"} | fields))


def test_fields_and_what_follows_from_them():
    image = make()
    assert image.shape == (2, 4)
    assert image.ndim == 2
    assert image.dtype == np.float64
    assert len(image) == 2
    assert image.pixel_size == (0.5e-6, 1e-6)
    assert repr(image) == "<afmnn.Image 'Z': 2 x 4 px, 1e-06 x 4e-06 m, heights in V>"
    assert repr(afmnn.Image([[1]])) == "<afmnn.Image '': 1 x 1 px, 1 x 1, heights in no unit>"


def test_size_is_one_unit_a_pixel_unless_given():
    assert afmnn.Image(np.zeros((3, 5))).size == (3.0, 5.0)
    assert afmnn.Image(np.zeros((3, 5))).pixel_size == (1.0, 1.0)


def test_floats_are_kept_without_a_copy_and_the_rest_becomes_float64():
    for dtype in (np.float32, np.float64):
        data = np.ones((3, 3), dtype)
        assert afmnn.Image(data).data is data
        assert np.asarray(afmnn.Image(data)) is data
    for dtype in (np.int16, bool, np.float16, ">f8", ">f4"):
        image = afmnn.Image(np.ones((3, 3), dtype))
        assert image.dtype == (np.float32 if dtype == ">f4" else np.float64)
        assert image.dtype.isnative


def test_missing_pixels_are_allowed():
    assert np.isnan(afmnn.Image([[np.nan, 1.0]]).data[0, 0])


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"data": np.zeros(3)}, ValueError, r"data must be two-dimensional \(rows, columns\), got shape \(3,\)"),
        ({"data": np.zeros((0, 3))}, ValueError, "data must not be empty"),
        ({"data": np.zeros((2, 2), complex)}, TypeError, "data must be an array of real numbers, got dtype complex128"),
        ({"data": afmnn.Image(np.ones((2, 2)))}, TypeError, r"data must be an array, got an Image: image.replace\("),
        ({"data": [["a"]]}, TypeError, "data must be an array of real numbers"),
        ({"size": 1e-6}, ValueError, r"size must be two lengths \(height, width\), got 1e-06"),
        ({"size": (1.0,)}, ValueError, "size must be two lengths"),
        ({"size": (1.0, 2.0, 3.0)}, ValueError, "size must be two lengths"),
        ({"size": None}, ValueError, "size must be two lengths"),
        ({"size": (1.0, 0.0)}, ValueError, r"size\[1\] must be positive, got 0.0"),
        ({"size": (-1.0, 1.0)}, ValueError, r"size\[0\] must be positive"),
        ({"size": (np.nan, 1.0)}, ValueError, r"size\[0\] must be finite"),
        ({"size": ("1", 1.0)}, TypeError, r"size\[0\] must be a real number"),
        ({"unit_xy": None}, TypeError, "unit_xy must be text, got None"),
        ({"unit_z": 1}, TypeError, "unit_z must be text, got 1"),
        ({"title": b"Z"}, TypeError, "title must be text, got b'Z'"),
    ],
)
def test_wrong_arguments(arguments, error, words):
    with pytest.raises(error, match=words):
        afmnn.Image(**({"data": np.zeros((2, 2))} | arguments))


def test_it_never_changes():
    image = make()
    for name in ("data", "size", "unit_xy", "unit_z", "title"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(image, name, getattr(image, name))
    with pytest.raises(dataclasses.FrozenInstanceError):
        del image.data
    with pytest.raises(TypeError):
        image[0, 0] = 1.0
    with pytest.raises(TypeError, match="never changes"):
        image += 1.0
    with pytest.raises(TypeError, match="never changes"):
        np.add(1.0, 1.0, out=image)
    np.testing.assert_array_equal(image.data, make().data)


def test_replace_makes_another_one():
    image = make()
    other = image.replace(data=image.data + 1, title="Clean")
    assert (other.title, other.size, other.unit_z) == ("Clean", image.size, "V")
    assert image.title == "Z"
    with pytest.raises(ValueError, match="data must be two-dimensional"):
        image.replace(data=1.0)


def test_it_is_an_array_wherever_one_is_wanted():
    image, data = make(), make().data
    for result, expected in (
        (image + 1, data + 1),
        (2 - image, 2 - data),
        (-image, -data),
        (image * image, data * data),
        (image > 3, data > 3),
        (np.sqrt(image), np.sqrt(data)),
        (np.hypot(image, data), np.hypot(data, data)),
        (np.add.reduce(image, axis=0), data.sum(axis=0)),
        (image[1, 1:3], data[1, 1:3]),
        (np.array(list(image)), data),
        (np.asarray(image, np.float32), data.astype(np.float32)),
    ):
        assert type(result) is type(expected)
        np.testing.assert_array_equal(result, expected)
    assert np.mean(image) == data.mean()
    out = np.empty((2, 4))
    assert np.add(image, 1, out=out) is out


def test_copies_are_made_only_when_asked_for():
    image = make()
    assert np.array(image, copy=True) is not image.data
    assert not np.shares_memory(np.array(image), image.data)
    assert image.__array__(copy=False) is image.data
    with pytest.raises(ValueError, match=r"from float64 to .*float32.* needs a copy"):
        image.__array__(np.float32, copy=False)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda image: pickle.loads(pickle.dumps(image))])
def test_it_can_be_copied_and_sent(again):
    image, other = make(), again(make())
    np.testing.assert_array_equal(image.data, other.data)
    assert repr(image) == repr(other)


def test_unwrap():
    image = make()
    assert unwrap("image", image) is image.data
    assert unwrap("image", image.data) is image.data
    with pytest.raises(
        ValueError, match=r"scan must be finite, got 1 value that is not, the first at \(row, column\) = \(0, 1\)"
    ):
        unwrap("scan", afmnn.Image([[1.0, np.nan]]))


def test_pairs_that_fit():
    check_pair(make(), make(title="other"))
    check_pair(make(), make(size=(1e-6 * (1 + 5e-7), 4e-6 * (1 - 5e-7))))
    check_pair(afmnn.Image(np.zeros((2, 2))), afmnn.Image(np.ones((2, 2))))
    tiny = {"size": (1e-300, 1e-300)}
    check_pair(make(**tiny), make(**tiny))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"unit_z": "m"}, "noisy and ideal must have the same height unit, got 'V' and 'm'"),
        ({"unit_z": ""}, "noisy and ideal must have the same height unit, got 'V' and ''"),
        ({"unit_xy": "nm"}, "noisy and ideal must have the same lateral unit, got 'm' and 'nm'"),
        (
            {"size": (1e-6, 4.00001e-6)},
            r"noisy and ideal must have the same pixel size, got \(5e-07, 1e-06\) and \(5e-07, 1.0000",
        ),
        ({"size": (2e-6, 4e-6)}, "same pixel size"),
        ({"size": (1e-300, 1e-300)}, "same pixel size"),
        ({"shape": (4, 2)}, r"noisy and ideal must have the same shape, got \(2, 4\) and \(4, 2\)"),
    ],
)
def test_pairs_that_do_not_fit_are_refused(other, words):
    with pytest.raises(ValueError, match=words):
        check_pair(make(), make(**other))


@pytest.mark.parametrize(
    "call",
    [
        lambda z: z.max(),
        lambda z: z.min(axis=0),
        lambda z: z.mean(),
        lambda z: z.mean(axis=1, keepdims=True),
        lambda z: z.std(ddof=1),
        lambda z: z.var(),
        lambda z: z.sum(axis=1),
        lambda z: z.argmax(),
        lambda z: z.any(),
        lambda z: z.ravel(),
        lambda z: z.tolist(),
        lambda z: z.nbytes,
        lambda z: z.cumsum(axis=0),
        lambda z: z.reshape(4, 2),
        lambda z: z.flatten("F"),
        lambda z: z.transpose(),
        lambda z: z.item(1, 2),
        lambda z: list(z.flat),
        lambda z: z.dot(np.ones(4)),
        lambda z: z.take([0, 1], axis=1),
        lambda z: np.mean(z, axis=0),
        np.median,
        np.round,
        lambda z: np.clip(z, 1, 3),
        np.transpose,
        np.copy,
        np.ptp,
        np.sum,
        lambda z: np.quantile(z, [0.1, 0.9]),
        np.flipud,
        lambda z: np.stack([z, z]),
        lambda z: np.pad(z, 1),
        lambda z: np.diff(z, axis=0),
    ],
)
def test_it_does_what_the_array_does(call):
    result, expected = call(make()), call(make().data)
    assert type(result) is type(expected)
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize(
    ("key", "size"),
    [
        (np.s_[:1], (0.5e-6, 4e-6)),
        (np.s_[:, 1:3], (1e-6, 2e-6)),
        (np.s_[1:, ::2], (0.5e-6, 4e-6)),
        (np.s_[::-1], (1e-6, 4e-6)),
        (np.s_[::2, ::-3], (1e-6, 6e-6)),
        (np.s_[...], (1e-6, 4e-6)),
        (np.s_[..., 2:], (1e-6, 2e-6)),
        (np.s_[1:, ...], (0.5e-6, 4e-6)),
        (np.s_[:5, -2:], (1e-6, 2e-6)),
        (np.s_[np.int64(0) : np.int64(1)], (0.5e-6, 4e-6)),
    ],
)
def test_a_piece_is_an_image(key, size):
    image = make()
    piece = image[key]
    assert isinstance(piece, afmnn.Image)
    np.testing.assert_array_equal(piece.data, image.data[key])
    assert np.shares_memory(piece.data, image.data)
    np.testing.assert_allclose(piece.size, size, rtol=1e-12)
    assert (piece.unit_xy, piece.unit_z, piece.title) == ("m", "V", "Z")


@pytest.mark.parametrize(
    "key",
    [
        0,
        -1,
        (0, 1),
        np.s_[0, :],
        np.s_[:, 1],
        np.s_[1:1],
        np.s_[:, 4:],
        np.s_[[0, 1]],
        np.s_[:, [0, 2]],
        np.s_[None],
        np.s_[..., None],
        np.s_[:, :, None],
        np.ones((2, 4), bool),
        np.s_[np.array([1, 0])],
        np.s_[..., 0],
    ],
)
def test_what_is_no_piece_with_one_pixel_size_is_an_array(key):
    result = make()[key]
    assert not isinstance(result, afmnn.Image)
    np.testing.assert_array_equal(result, make().data[key])


def test_images_that_stay_images():
    image = make()
    assert image.T.size == (4e-6, 1e-6)
    np.testing.assert_array_equal(image.T, image.data.T)
    assert image.T.T.pixel_size == image.pixel_size
    single = image.astype(np.float32)
    assert (single.dtype, single.size, single.unit_z) == (np.float32, image.size, "V")
    assert type(image.astype(np.int16)) is np.ndarray
    copied = image.copy()
    assert not np.shares_memory(copied.data, image.data)
    assert repr(copied) == repr(image)


def test_other_attributes_are_missing():
    for name in ("fill", "sort", "put", "resize", "setflags", "nonsense", "__array_interface__", "_private"):
        assert not hasattr(make(), name), name
    with pytest.raises(AttributeError, match="'Image' object has no attribute 'fill'"):
        make().fill(0.0)
    assert {"mean", "max", "replace", "T", "data"} <= set(dir(make()))


def test_pairs_whose_prefixes_differ_fit():
    image = make(unit_z="m")
    other = image.replace(data=1e9 * image.data, unit_z="nm", size=(1.0, 4.0), unit_xy="µm")
    check_pair(image, other)
    check_pair(other, image)
    with pytest.raises(
        ValueError, match=r"same lateral unit, got 'm' and 'µm', or pixel sizes that agree, got \(5e-07, 1e-06\) and"
    ):
        check_pair(image, other.replace(size=image.size))
    with pytest.raises(ValueError, match="must have the same height unit, got 'm' and 'nV'"):
        check_pair(image, other.replace(unit_z="nV"))
