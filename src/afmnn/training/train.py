"""train(): pairs of images -> Network."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .. import _check
from .._arithmetic import plain
from .._progress import draws_bar, function_of
from .._seed import SeedLike, as_integer, key_from
from .._threads import resolve_threads
from .._typing import Record
from .._warn import warn
from ..errors import TrainingWarning
from ..image import Image
from ..nn.methods import METHODS
from ..nn.network import Network, as_network
from ..nn.unfamiliar import statistics_range
from .arguments import as_fraction, read_pairs, read_validation_pairs, split_validation
from .history import FEW, useless
from .initializers import initial_adam, initial_online
from .keeping import BATCH, LEARNING_RATE, keeping, learn_beside_scene
from .loop import fit
from .other_shapes import error_left, of_no_help
from .pairs import TrainingPair, with_previous_result
from .plan import Plan, Steps
from .stages import steps_of_stages
from .trainers import AdamSettings, AdamTrainer, OnlineSettings, OnlineTrainer, Trainer
from .validation import flat_error, noisy_error

Images = ArrayLike | Image | Sequence[Any]

# Beyond these a number is a mistake, and memory or a counter of the core would give out.
_MOST_STEPS = 10**9
_MOST_PIXELS = 10**12
_MOST_WEIGHTS = 50_000_000


@plain
@draws_bar("steps")
def train(
    noisy: Images,
    ideal: Images | None = None,
    *,
    window: int | tuple[int, int] | None = None,
    hidden: int | tuple[int, ...] | None = None,
    steps: int = 75,
    method: str | None = None,
    mask: Images | None = None,
    mask_mode: str = "include",
    validation: float | Sequence[Any] | None = None,
    patience: int | None = None,
    init: Network | str | os.PathLike[str] | None = None,
    keep: bool = True,
    seed: SeedLike = None,
    learning_rate: float | None = None,
    momentum: float | None = None,
    batch: int | None = None,
    flips: bool | None = None,
    threads: int | None = None,
    progress: Callable[[int, dict[str, float]], object] | bool | None = None,
) -> Network:
    """Train a network to turn noisy images into ideal ones.

    Parameters
    ----------
    noisy, ideal : array_like or Image, shape (rows, columns), or a sequence of them
        The images, in the same height unit. A list, tuple or three-dimensional array is several images, which in a
        list may differ in size. ``method="gwyddion"`` takes exactly one pair. Method "adam" learns the relief: if noisy and
        ideal heights count from different zeros, or differ by a tilt, that is taken off the ideal first. Where nobody knows
        the ideal image, `afmnn.train_on_scene` makes pairs of its own.
    window : int or (int, int), default 27
        Rows and columns of the window (the receptive field), also even; by default that of `init` if there is one.
    hidden : int or tuple of int, default 6
        Hidden nodes, one number a layer; by default those of `init`. "gwyddion" has one layer.
    steps : int
        Steps of training, each one pass over every usable pixel of every image, which elsewhere is called an epoch. 75 is the
        usual figure for "gwyddion"; for "adam" the learning rate falls to nearly zero over the steps asked for, and 30 already
        come close to the error of 75.
    method : {"adam", "gwyddion"}, default "adam"
        "adam": mini-batches, least squares, tanh nodes on windows less their mean and a linear path beside them; works
        on other shapes too. "gwyddion": online backpropagation in double precision, step for step what Gwyddion does.
        By default that of `init`.
    mask : array_like, shape of the image, or a sequence of them, optional
        Which pixels to learn from.
    mask_mode : {"include", "exclude", "ignore"}
        Learn from pixels with ``mask >= 1``, from those with ``mask <= 0``, or from all.
    validation : float, (noisy, ideal) or list of such pairs, optional
        What to judge by: the validation set. A fraction between 0 and 1 holds out whole images; of a single image, a block of
        rows at its end, from which training windows stay one window height away.
    patience : int, optional
        Early stopping: stop when the validation error has not fallen for so many steps, and return the best network so far.
    init : Network, str or path-like, optional
        A network of the same window, layers and method whose weights to continue from (fine-tuning), or its name or its file, as
        for `afmnn.load`. Scaling is measured anew. With a fovea, images are continued beyond their edge as `apply` does, so they
        may be smaller than the window, and all their pixels count. Of one with several stages the last learns; those before it
        stay as they are, unless there is something to `keep`.
    keep : bool
        Whether a network that counts in the noise from line to line (`init` is "universal", say, or one of `train_on_scene`) is
        to stay as good as it was on other surfaces. Half of what is learned from are then pairs of `afmnn.synth.default_scene`,
        a step has the pixels of four of them and as many of one's own, all stages learn, each in its share of the steps, and in
        the end weights are mixed with those of `init`: as much of what was learned is taken as makes the error on 64 other pairs
        of the scene no larger than by 1 %. ``training["kept"]`` says how much that is, how the error there has changed, and the
        errors on one's own pairs (those of `validation`, if there are some) before and after. Others know nothing that would be
        kept.
    seed : None, int, SeedSequence or Generator
        Source of the first weights and of the order of pixels. None draws one and records it in ``training["seed"]``.
    learning_rate : float, optional
        By default 0.005 ("adam", at the beginning; 0.003 where `keep` has something to keep) or 0.3 ("gwyddion").
    momentum : float, optional
        By default 0.9 ("adam", of the running mean of gradients: its beta1) or 0.3 ("gwyddion").
    batch : int, optional
        Pixels of a mini-batch, about; by default 1024, or 2048 where `keep` has something to keep. Only for "adam".
    flips : bool, optional
        Whether the steps take the images in turn as they are and left-right reversed, upside down, and with hills and
        valleys exchanged (data augmentation). Only for "adam"; sides of the window that are even are not reversed. By default
        unless `keep` has something to keep: the scene has all orientations already, and one's own images have theirs.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The network does not depend on it.
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        after each step as ``progress(step, {"training": error, "validation": error})``, steps counted from 1,
        errors in height units (NaN where there is no validation); where `keep` has something to keep, training errors are those
        of `train_on_scene`, which mix images of all heights. Training ends if it returns True.

    Returns
    -------
    Network

    Raises
    ------
    ValueError
        If an argument is out of its range, images of a pair differ in shape, units or pixel size, an image is smaller
        than the window (without a fovea), constant, or not finite where it is not masked, no pixel is left to learn from,
        there are fewer `steps` than stages to learn (but 0), or the weights grow beyond all numbers because the learning rate is
        too large.
    TypeError
        If an argument is of the wrong type, or `ideal` is missing.
    OSError
        If `init` is a name that no network has, or a file that cannot be read.
    KeyboardInterrupt
        On Ctrl-C, within 0.2 s; once training has begun, its attribute ``network`` is the network so far.

    Warns
    -----
    TrainingWarning
        If the training error rises, or falls while the validation error rises. Not of the latter with `patience`, which returns
        the network before that. If the network does not beat the noisy images as they are (``training["noisy_training_error"]``,
        ``training["noisy_validation_error"]``), or hardly beats flat ones (``"flat_training_error"``,
        ``"flat_validation_error"``), after five steps or more. If it knows little but its own shapes: unless `validation` is
        pairs, networks of method "adam" are tried, after five steps or more, on seven surfaces of
        `afmnn.synth.default_scene` with the noise of the pairs (images of at least 64 x 64 pixels), and
        ``training["other_shapes_error_left"]`` is what is left of the error, 1 for all of it. Where `keep` has something to keep,
        none of those; but if nothing could be taken of what was learned. If images have heights that must be marks for missing
        pixels.

    Notes
    -----
    Mixing the weights of before and after: M. Wortsman et al., arXiv:2109.01903.

    Method "adam": D. P. Kingma, J. Ba, arXiv:1412.6980. What its settings were chosen by is written down in
    ``docs/decisions/0003-default-training.md``.
    """
    if ideal is None:
        raise TypeError(
            "ideal must be given, the same surface without noise, got none: where it is not known, "
            "afmnn.train_on_scene('default') makes pairs of its own"
        )
    init = None if init is None else as_network("init", init)
    method, window, hidden = _architecture(method, window, hidden, init)
    steps = _check.integer("steps", steps, minimum=0, maximum=_MOST_STEPS)
    threads = resolve_threads(threads)
    progress = function_of("progress", progress)
    _check_patience(patience, validation)
    keep = _keeps(keep, init, steps)
    settings = _settings(method, learning_rate, momentum, batch, flips, keep=keep)
    seed = as_integer(seed)
    key = key_from(seed)

    pairs = read_pairs(noisy, ideal, mask, mask_mode)
    if not METHODS[method].several_pairs and len(pairs) != 1:
        raise ValueError(f"noisy must be one image with method={method!r}, got {len(pairs)}")
    validation_pairs: list[TrainingPair] = []
    fraction = as_fraction(validation)
    if fraction is not None:
        pairs, validation_pairs = split_validation(pairs, fraction, window, key)
    elif validation is not None:
        validation_pairs = read_validation_pairs(validation)
    fovea = None if init is None else init.fovea
    kind = METHODS[method].scaling_kind(fovea)
    pairs = [pair.prepared(kind, window, threads) for pair in pairs]
    validation_pairs = [pair.prepared(kind, window, threads) for pair in validation_pairs]
    for pair in (*pairs, *validation_pairs):
        if pair.remark:
            warn(pair.remark, TrainingWarning)

    sizes = (window[0] * window[1] if fovea is None else fovea.taps, *hidden, 1)
    weights = sum((inputs + 1) * nodes for inputs, nodes in pairwise(sizes))
    if weights > _MOST_WEIGHTS:
        raise ValueError(f"hidden and window must make at most {_MOST_WEIGHTS} weights, got {weights} for {hidden} and {window}")
    initial = _initial(method, window, hidden, init, key, pairs)
    record: Record = {
        "method": method,
        "seed": seed,
        **settings._asdict(),
        "steps_planned": steps,  # which the learning rate of "adam" depends on; "steps" are those that were made
        "mask_mode": None if mask is None else mask_mode,
        "validation": fraction,
        "patience": patience,
        "continued": init is not None,
        "images": len(pairs),
        "validation_images": len(validation_pairs),
        **({} if keep else _errors_to_beat("training", pairs)),  # which those of a step with other pairs are not like
        **_errors_to_beat("validation", validation_pairs),
        "seen": statistics_range(
            [(pair.noisy, pair.scaling) for pair in pairs], None if init is None else init.training.get("seen")
        ),
    }
    if keep:
        assert isinstance(settings, AdamSettings)
        plan = Plan(Steps(steps), threads, record, patience=patience)
        network = learn_beside_scene(initial, pairs, validation_pairs, settings, plan, progress, seed=seed)
        with _handing_over(network):
            return keeping(initial, network, validation_pairs or pairs, threads)
    pairs = [with_previous_result(initial, pair, threads) for pair in pairs]
    validation_pairs = [with_previous_result(initial, pair, threads) for pair in validation_pairs]
    plan = Plan(Steps(steps), threads, record, patience=patience, keep_best=patience is not None)
    network = fit(_trainer(initial, pairs, settings, steps, key), initial, validation_pairs, plan, progress)
    # Who gives pairs to validate with has said what the network is for, and is told of its error there. Networks of "gwyddion"
    # are for the shapes and heights that they have seen.
    others = METHODS[method].mini_batches and (fraction is not None or not validation_pairs)
    if not others or network.training["steps"] < FEW:
        return network
    with _handing_over(network):
        return _tried_on_other_shapes(network, pairs, threads)


@contextlib.contextmanager
def _handing_over(network: Network) -> Iterator[None]:
    """On Ctrl-C while a network is judged, give it as it is."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        interrupt.network = network  # type: ignore[attr-defined]
        raise


def _errors_to_beat(name: str, pairs: list[TrainingPair]) -> dict[str, float]:
    """Return the errors of two images that take no network: the noisy one as it is, and a flat one."""
    return {f"noisy_{name}_error": noisy_error(pairs), f"flat_{name}_error": flat_error(pairs)} if pairs else {}


def _tried_on_other_shapes(network: Network, pairs: list[TrainingPair], threads: int) -> Network:
    """Record what is left of the error of other shapes, and warn if it is all."""
    left = error_left(network, pairs, threads)
    if left is None:
        return network
    own = float(network.history["training"][-1]) / network.training["noisy_training_error"]
    text = "" if useless(network) else of_no_help(left, own)  # of what is useless on its own images everybody has been told
    if text:
        warn(text, TrainingWarning)
    return dataclasses.replace(network, training={**network.training, "other_shapes_error_left": left})


def _architecture(method: Any, window: Any, hidden: Any, init: Network | None) -> tuple[str, tuple[int, int], tuple[int, ...]]:
    if method is None:
        method = "adam" if init is None else init.method
    _check.choice("method", method, METHODS)
    if window is None:
        window = 27 if init is None else init.window
    if hidden is None:
        hidden = 6 if init is None else init.hidden
    window = _check.rows_cols("window", window)
    nodes = _check.counts("hidden", hidden)
    if not METHODS[method].several_layers and len(nodes) != 1:
        raise ValueError(f"hidden must be one layer with method={method!r}, got {nodes}")
    if init is not None:
        for name, wanted, got in (
            ("method", method, init.method),
            ("window", window, init.window),
            ("hidden", nodes, init.hidden),
        ):
            if wanted != got:
                raise ValueError(f"init must have the {name} {wanted!r} that is asked for, got {got!r}")
    return method, window, nodes


def _keeps(keep: bool, init: Network | None, steps: int) -> bool:
    """Return whether there is something to keep; refuse fewer steps than stages that learn then."""
    _check.flag(keep=keep)
    if not keep or init is None or init.scaling.kind != "row-noise" or steps == 0:
        return False
    steps_of_stages(steps, len(init.stages))
    return True


def _check_patience(patience: Any, validation: Any) -> None:
    if patience is not None:
        _check.integer("patience", patience, minimum=1)
        if validation is None:
            raise ValueError(f"patience must come with validation, got {patience} and no validation")


def _settings(
    method: str, learning_rate: float | None, momentum: float | None, batch: int | None, flips: bool | None, *, keep: bool
) -> AdamSettings | OnlineSettings:
    if learning_rate is None:
        learning_rate = LEARNING_RATE if keep else METHODS[method].learning_rate
    momentum = METHODS[method].momentum if momentum is None else momentum
    flips = not keep if flips is None else flips
    _check.positive(learning_rate=learning_rate)
    _check.within(momentum=(momentum, 0.0, 0.999999))
    _check.flag(flips=flips)
    if METHODS[method].mini_batches:
        if batch is None:
            batch = BATCH if keep else 1024
        batch = _check.integer("batch", batch, minimum=1, maximum=_MOST_PIXELS)
        return AdamSettings(float(learning_rate), float(momentum), batch, bool(flips))
    if batch is not None:
        raise ValueError(f"batch must be left out with method={method!r}, which updates after every pixel, got {batch!r}")
    return OnlineSettings(float(learning_rate), float(momentum))


def _initial(
    method: str, window: tuple[int, int], hidden: tuple[int, ...], init: Network | None, key: int, pairs: list[TrainingPair]
) -> Network:
    """Return the network that training starts from: random weights, or those of `init`, with the scaling of the data."""
    scaling, units = pairs[0].scaling, pairs[0].units
    if init is not None:
        return Network(window, init.layers, scaling, method, init.linear, units=units, fovea=init.fovea, before=init.before)
    if METHODS[method].mini_batches:
        return initial_adam(window, hidden, key, scaling, units=units)
    return initial_online(window, hidden, key, scaling, units)


def _trainer(
    initial: Network, pairs: list[TrainingPair], settings: AdamSettings | OnlineSettings, steps: int, key: int
) -> Trainer:
    if isinstance(settings, OnlineSettings):
        return OnlineTrainer(initial, pairs[0].scaled(np.float64), settings)
    scaled = [pair.scaled(np.float32) for pair in pairs]
    if initial.fovea is not None:
        scaled = [pair.padded(initial.window) for pair in scaled]
    return AdamTrainer(initial, scaled, settings, key=key, steps=steps)
