"""The classic method against its twin and against the reference."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import afmnn
from afmnn import Scaling
from afmnn._reference import online as online_twin
from networks import relief, same, some_network

pytestmark = pytest.mark.arithmetic


class Reference:
    """A training run of the reference: its images, its first and its last weights."""

    def __init__(self, path):
        with np.load(path, allow_pickle=False) as file:
            self.__dict__.update({name: file[name] for name in file.files})
        self.window = tuple(int(n) for n in self.window)
        self.settings = {"method": "gwyddion", "window": self.window, "hidden": int(self.hidden)}
        if hasattr(self, "mask"):
            self.masked = {"mask": self.mask, "mask_mode": str(self.mask_mode)}
        else:
            self.masked = {}
        self.initial = afmnn.Network(
            self.window,
            (self.initial_hidden_weights, self.initial_output_weights[np.newaxis]),
            Scaling("min-max", 0.0, 1.0, 0.0, 1.0),
            "gwyddion",
        )

    def train(self, steps, init=None, **more):
        return afmnn.train(
            self.model,
            self.signal,
            **self.settings,
            **self.masked,
            steps=steps,
            init=self.initial if init is None else init,
            **more,
        )


SMALL = ["train-4x6-h2-even", "train-5x5-h3", "train-7x9-h4-mask"]


def vectors(name, request):
    folder = request.getfixturevalue("data") if name in SMALL else request.getfixturevalue("shared") / "reference/gwyddion-2.62"
    return Reference(folder / f"{name}.npz")


@pytest.mark.parametrize("name", [*SMALL, "train-27x27-h6"])
def test_reference_weights_and_images(name, request):
    reference = vectors(name, request)
    net = reference.train(int(reference.steps))
    assert_allclose(net.layers[0], reference.final_hidden_weights, rtol=0, atol=1e-11)
    assert_allclose(net.layers[1][0], reference.final_output_weights, rtol=0, atol=1e-11)
    assert_allclose(net.history["last_pixel"], reference.last_pixel_error, rtol=1e-9)
    image = afmnn.apply(net, reference.model, border="average")
    assert_allclose(image, reference.result, rtol=0, atol=1e-11 * np.ptp(reference.result))


@pytest.mark.parametrize("name", SMALL)
def test_training_goes_on_where_it_stopped_but_from_rest(name, request):
    """The velocity starts at zero in each run, as the reference's does: n and m steps are not n + m steps."""
    reference = vectors(name, request)
    first = reference.train(2)
    second = reference.train(3, init=first)
    low, high = reference.model.min(), np.ptp(reference.model)
    noisy = (reference.model - low) / high
    ideal = (reference.signal - reference.signal.min()) / np.ptp(reference.signal)
    valid = reference.mask >= 1 if hasattr(reference, "mask") else None
    layers = list(reference.initial.layers)
    for steps, net in ((2, first), (3, second)):
        layers, last_pixel, rms = online_twin.online(layers, noisy, ideal, reference.window, steps, valid=valid)
        assert_allclose(net.layers[0], layers[0], rtol=0, atol=1e-11)
        assert_allclose(net.layers[1], layers[1], rtol=0, atol=1e-11)
        assert_allclose(net.history["last_pixel"], last_pixel, rtol=1e-9)
        assert_allclose(net.history["training"], np.array(rms) * np.ptp(reference.signal), rtol=1e-10)
    assert np.abs(second.layers[0] - reference.train(5).layers[0]).max() > 1e-9


@pytest.mark.parametrize("mode", ["include", "exclude", "ignore"])
def test_masks_of_the_classic_method(mode, rng):
    noisy, ideal = relief((20, 24), rng)
    mask = rng.choice([0.0, 0.5, 1.0, 2.0, -1.0], size=noisy.shape)
    valid = {"include": mask >= 1, "exclude": mask <= 0, "ignore": None}[mode]
    init = some_network((4, 5), (3,), rng, "gwyddion")
    net = afmnn.train(noisy, ideal, init=init, steps=2, mask=mask, mask_mode=mode)
    scaled = [(image - image.min()) / np.ptp(image) for image in (noisy, ideal)]
    layers, last_pixel, rms = online_twin.online(list(init.layers), *scaled, (4, 5), 2, valid=valid)
    assert_allclose(net.layers[0], layers[0], rtol=0, atol=1e-12)
    assert_allclose(net.history["last_pixel"], last_pixel, rtol=1e-10)
    assert_allclose(net.history["training"], np.array(rms) * np.ptp(ideal), rtol=1e-11)


SHAPES = [  # of image and window, and hidden nodes: rows of one block and of several, steps that have faded and not
    ((20, 24), (1, 1), 1),
    ((20, 24), (1, 7), 2),
    ((20, 24), (6, 2), 9),
    ((20, 24), (3, 3), 17),
    ((20, 24), (19, 23), 2),
    ((30, 130), (27, 27), 6),
    ((12, 180), (4, 6), 29),
    ((12, 75), (5, 12), 1),
    ((60, 9), (30, 2), 6),
]


@pytest.mark.parametrize("masked", [False, True], ids=["all", "masked"])
@pytest.mark.parametrize(("shape", "window", "hidden"), SHAPES, ids=str)
def test_classic_method_against_its_twin(shape, window, hidden, masked, rng):
    noisy, ideal = relief(shape, rng)
    valid = rng.random(shape) < 0.7 if masked else None
    if masked:
        valid[window[0] // 2, window[1] // 2] = True
    init = some_network(window, (hidden,), rng, "gwyddion")
    settings = {"learning_rate": 0.2, "momentum": 0.5}
    mask = {"mask": valid.astype(float), "mask_mode": "include"} if masked else {}
    net = afmnn.train(noisy, ideal, init=init, steps=2, **settings, **mask)
    scaled = [(image - image.min()) / np.ptp(image) for image in (noisy, ideal)]
    layers, last_pixel, rms = online_twin.online(list(init.layers), *scaled, window, 2, valid=valid, rate=0.2, momentum=0.5)
    for got, expected in zip(net.layers, layers, strict=True):
        assert_allclose(got, expected, rtol=0, atol=1e-12)
    assert_allclose(net.history["last_pixel"], last_pixel, rtol=1e-9)
    assert_allclose(net.history["training"], np.array(rms) * np.ptp(ideal), rtol=1e-11)


@pytest.mark.parametrize("name", SMALL)
def test_starting_weights_from_a_file(name, request, data, tmp_path):
    reference = vectors(name, request)
    afmnn.formats.gwyddion.write_network(reference.initial, tmp_path / "start")
    init = afmnn.formats.gwyddion.read_network(tmp_path / "start")
    same(reference.train(int(reference.steps), init=init), reference.train(int(reference.steps)))
    # What the reference saved gives its image, and is a fixed point of zero further steps.
    saved = afmnn.formats.gwyddion.read_network(data / f"{name}.gwynet")
    image = afmnn.apply(saved, reference.model, border="average")
    assert_allclose(image, reference.result, rtol=0, atol=1e-11 * np.ptp(reference.result))
    rest = reference.train(0, init=saved)
    assert_array_equal(rest.layers[0], saved.layers[0])
    assert_allclose(rest.scaling.out_factor, saved.scaling.out_factor, rtol=1e-14)


def test_classic_training_computes_in_float64_whatever_the_images_are(rng):
    noisy, ideal = (image.astype(np.float32) for image in relief((24, 24), rng))
    settings = {"window": 5, "hidden": 3, "steps": 2, "seed": 0, "method": "gwyddion"}
    same(afmnn.train(noisy, ideal, **settings), afmnn.train(noisy.astype(float), ideal.astype(float), **settings))
