"""train_on_scene(): a scene -> Network, from pairs made on the fly."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from .. import _check
from .._arithmetic import plain
from .._progress import draws_bar, function_of
from .._seed import SeedLike, as_integer
from .._threads import resolve_threads
from .._typing import Record
from .._warn import warn
from ..errors import TrainingWarning
from ..nn.methods import METHODS
from ..nn.network import Network
from ..nn.unfamiliar import statistics_range
from ..synth import Scene
from .budget import Budget
from .history import useless
from .presets import PRESETS, Preset
from .scene_pairs import PAIRS_PER_STEP, SUBSETS, ScenePairs, read_scene
from .stages import New, Task, train_stages
from .trainers import AdamSettings
from .validation import noisy_error

_MOST_STEPS = 10**9
#: Fewer steps of a budget are no training.
_FEW = 20


@plain
@draws_bar("steps")
def train_on_scene(
    scene: Scene | str | os.PathLike[str],
    *,
    budget: float | None = None,
    steps: int | tuple[int, ...] | None = None,
    preset: str = "fast",
    hidden: int | tuple[int, ...] | None = None,
    learning_rate: float | None = None,
    batch: int | None = None,
    validation: int = 8,
    seed: SeedLike = None,
    threads: int | None = None,
    progress: Callable[[int, dict[str, float]], object] | bool | None = None,
    planned: Callable[[int], object] | None = None,
) -> Network:
    """Train a network on pairs that a scene makes while it learns, so that it cleans images it has never seen.

    Because new pairs come all the time, nothing is learned by heart (there is no overfitting), and the longer it takes the better
    it gets. The network always starts from random weights; some pairs of the scene are held out for validation, and the weights
    with the lowest error on them are what is returned.

    The networks of most presets have stages (`Network.stages`), small networks that follow one another: a later one also sees
    the residual, what those before it took off, and corrects them. Steps are divided among the stages, which are trained one
    after another; a stage with which the validation error is larger than without it is left out.

    Parameters
    ----------
    scene : synth.Scene, "default" or path-like
        What surfaces and what noise to expect, images of at least 32 x 32 pixels. "default" is `afmnn.synth.default_scene`; any
        other text is the name of a file that `Scene.save` wrote.
    budget : float, optional
        Wall-clock seconds, about, of which each stage gets a share. The clock says when the learning rate of a stage begins to
        fall, and with that how many steps the stage has; with these numbers (``net.training["steps_of_stages"]``) as `steps`
        the same network comes out again, bit for bit. A machine that becomes busy after that may take longer.
    steps : int or tuple of int, optional
        Steps of training, which elsewhere are called epochs: of all stages together, or of each (fewer numbers than stages leave
        the last ones out). In each step, a network learns from as many pixels as 8 pairs have: from a quarter of the pixels of
        32 pairs. Before the next one, new pairs take the place of the 8 oldest (in later stages, of the 4 oldest), so that every
        pixel is learned from once (twice). By default, where no `budget` is given either, what the preset was made for.
    preset : {"fast", "best", "classic"}
        "fast": two stages with a fovea, layers of 48 and 16 nodes; good after 10 s. "best": three stages, for a minute or
        more. "classic": the plain window of 27 x 27 with 6 nodes.
    hidden, learning_rate, batch : optional
        As in `afmnn.train`, in place of the preset's.
    validation : int
        Pairs that are held out: the validation set.
    seed : None, int, SeedSequence or Generator
        Source of the pairs, the first weights and the order of pixels. None draws one and records it.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The network does not depend on it (but with `budget`, the
        number of steps does).
    progress : callable or bool, optional
        True is a bar, in a terminal or a notebook. A function is called
        after each step as ``progress(step, {"training": error, "validation": error})``, errors in height units of
        the scene; in the training error, pairs count less the noisier they are. The validation error is measured after
        steps 1, 2, 4, 8 ... of a stage and four times while the learning rate falls, and repeated in between. Training ends if
        it returns True.
    planned : callable, optional
        Called as ``planned(steps)`` with the steps of all stages together, once, before the first step. With a `budget` that is
        an estimate, after the first step, and again, each time better, when a stage has got its number.

    Returns
    -------
    Network
        ``net.history`` holds the steps of all stages, one after another. ``net.training`` also holds the preset, how many steps
        each stage has had (``"steps_of_stages"``) and, under ``"seen"``, how noisy the training images were: `apply` warns of
        images that lie outside.

    Raises
    ------
    ValueError
        If an argument is out of its range, or the scene makes constant images.
    TypeError
        If `scene` is neither a Scene nor the name of one, or another argument of the wrong type.
    OSError
        If the file of the scene cannot be read.
    KeyboardInterrupt
        On Ctrl-C; once training has begun, its attribute ``network`` is the network so far.

    Warns
    -----
    TrainingWarning
        If the budget was enough for fewer than 20 steps. If the network does not beat the noisy images of
        the pairs held out as they are, for lack of steps.

    Notes
    -----
    Least squares by Adam (D. P. Kingma, J. Ba, arXiv:1412.6980). The learning rate is constant for three fifths of the steps of a
    stage, then falls to a hundredth along half a cosine. What the presets were chosen by is told in
    ``docs/study.md``.

    Examples
    --------
    >>> net = afmnn.train_on_scene("default", budget=10)  # doctest: +SKIP
    """
    scene = read_scene(scene)
    if min(scene.shape) < 32:
        raise ValueError(f"scene must make images of at least 32 x 32 pixels, got {scene.shape}")
    _check.choice("preset", preset, PRESETS)
    chosen = PRESETS[preset]
    nodes = chosen.hidden if hidden is None else _check.counts("hidden", hidden)
    rate = chosen.learning_rate if learning_rate is None else learning_rate
    _check.positive(learning_rate=rate)
    batch = chosen.batch if batch is None else _check.integer("batch", batch, minimum=1, maximum=10**12)
    validation = _check.integer("validation", validation, minimum=1, maximum=1000)
    if budget is not None and steps is not None:
        raise ValueError(f"budget must be left out where steps are given, got {budget!r} and {steps!r}")
    if budget is not None:
        _check.positive(budget=budget)
    counts = _steps_of_stages(steps, chosen)
    threads = resolve_threads(threads)
    progress = function_of("progress", progress)
    _check.function("planned", planned)
    seed = as_integer(seed)

    begun = time.perf_counter()
    scaling = METHODS["adam"].scaling_kind(chosen.foveas[0] if chosen.foveas else None)
    source = ScenePairs(scene, scaling, seed, threads)
    validation_pairs = source.validation(validation)
    settings = AdamSettings(float(rate), 0.9, batch, flips=False)
    task = Task(source, validation_pairs, settings, New(chosen, nodes))
    record: Record = {
        **({"steps_planned": sum(counts)} if budget is None else {}),
        "method": "adam",
        "preset": preset,
        "seed": seed,
        "learning_rate": settings.learning_rate,
        "momentum": settings.momentum,
        "batch": settings.batch,
        "pairs_per_step": PAIRS_PER_STEP,
        "pairs_mixed": PAIRS_PER_STEP * SUBSETS,
        "validation_images": validation,
        "flips_averaged": chosen.flips,
        "noisy_validation_error": noisy_error(validation_pairs),
        "seen": statistics_range([(pair.noisy, pair.scaling) for pair in (*source.first, *validation_pairs)]),
    }
    stopped = False

    def on_step(step: int, losses: dict[str, float]) -> object:
        nonlocal stopped
        stopped = progress is not None and bool(progress(step, losses))
        return stopped

    network = train_stages(task, counts if budget is None else Budget(budget, begun), record, on_step, planned)
    made = network.training["steps"]
    if budget is not None and made < _FEW and not stopped:
        warn(_few(budget, made, preset), TrainingWarning)
    text = useless(network)
    if text:
        warn(text, TrainingWarning)
    return network


def _steps_of_stages(steps: int | tuple[int, ...] | None, preset: Preset) -> list[int]:
    if not isinstance(steps, (tuple, list)):
        return preset.divided(preset.steps if steps is None else _check.integer("steps", steps, minimum=1, maximum=_MOST_STEPS))
    if not 1 <= len(steps) <= preset.stages:
        raise ValueError(f"steps must be one number, or 1 to {preset.stages}, one a stage of the preset, got {steps!r}")
    return list(_check.counts("steps", steps, maximum=_MOST_STEPS))


def _few(budget: float, steps: int, preset: str) -> str:
    made = "1 step, which is no training" if steps == 1 else f"{steps} steps, which is hardly a training"
    return (
        f"a budget of {budget:g} s makes {made}, on this machine: the preset {preset!r} was made for {PRESETS[preset].steps} "
        "steps; it takes more time, or smaller images"
    )
