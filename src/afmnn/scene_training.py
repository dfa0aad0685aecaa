"""train_on_scene(): a scene -> Network, from pairs made on the fly."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _check, _core
from ._familiar import seen_range
from ._fit import error_of, fit, seen_by
from ._pairs import TrainingPair, continued
from ._seed import SeedLike, as_integer, key_from
from ._threads import resolve_threads
from .applying import core_network
from .fovea import Fovea
from .network import METHODS, Network
from .presets import PRESETS, Preset
from .scaling import Scaling
from .synth import Scene

#: New pairs of each pass, and passes that a pair takes part in, with other pixels each time: the more pairs are mixed, the less
#: a network follows those that it has seen last.
PAIRS, PARTS = 8, 4
#: The first of the indices of pairs that are only judged by.
_JUDGED = 1 << 48
#: Times that the pairs held out are looked at, about.
_LOOKS = 10
#: Noise in units of the spread of heights: that of a pair whose errors count once, and the least that is told apart.
_TYPICAL, _LEAST = 0.3, 0.05
#: Share of the budget that is planned with: machines have other things to do.
_PLANNED = 0.97
#: Mini-batches of one call while the speed is measured, and the fewest calls.
_UPDATES, _LEAST_CALLS = 8, 5
_MOST_STEPS = 10**9


def train_on_scene(
    scene: Scene,
    *,
    budget: float | None = None,
    steps: int | None = None,
    preset: str = "fast",
    hidden: int | tuple[int, ...] | None = None,
    learning_rate: float | None = None,
    batch: int | None = None,
    validation: int = 8,
    seed: SeedLike = None,
    threads: int | None = None,
    progress: Callable[[int, dict[str, float]], object] | None = None,
) -> Network:
    """Train a network on pairs that a scene makes while it learns, so that it cleans images it has never seen.

    Every pair is new: nothing is learned by heart, and the longer it takes the better it gets. The network always starts
    from fresh weights; some pairs of the scene are held out, and the state that does best on them is what is returned.

    The networks of most presets have stages (`Network.stages`), small networks that follow one another: a later one also sees
    what those before it took off, and corrects them. Steps are divided among the stages, which are trained one after another; one
    that the pairs held out come out worse with is left out.

    Parameters
    ----------
    scene : synth.Scene
        What surfaces and what noise to expect, for example `afmnn.synth.default_scene`; images of at least 32 x 32 pixels.
    budget : float, optional
        Wall-clock seconds, about. They are turned into a number of steps once, from a short measurement; with that number
        (``net.training["steps_planned"]``) as `steps` the same network comes out again, bit for bit.
    steps : int, optional
        Passes over 8 pairs each. By default, where no `budget` is given either, what the preset was made for.
    preset : {"fast", "best", "classic"}
        "fast": a fovea, layers of 48 and 16 nodes; good after 10 s. "best": 96 and 32 nodes, for a minute or more. Their
        results `apply` averages over the flips of the image. "classic": the plain window of 27 x 27 with 6 nodes.
    hidden, learning_rate, batch : optional
        As in `afmnn.train`, in place of the preset's.
    validation : int
        Pairs that are held out.
    seed : None, int, SeedSequence or Generator
        Source of the pairs, the first weights and the order of pixels. None draws one and records it.
    threads : int, optional
        Worker threads, by default `afmnn.get_num_threads`. The network does not depend on it (but with `budget`, the
        number of steps does).
    progress : callable, optional
        Called after each step as ``progress(step, {"training": error, "validation": error})``, errors in height units of
        the scene; in the training error, pairs count less the noisier they are. The validation error is measured about
        ten times and repeated in between. Training ends if it returns True.

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
        If `scene` is not a Scene, or another argument of the wrong type.
    KeyboardInterrupt
        On Ctrl-C; once training has begun, its attribute ``network`` is the network so far.

    Notes
    -----
    Least squares by Adam (D. P. Kingma, J. Ba, arXiv:1412.6980). What the presets were chosen by is told in
    ``docs/study.md``.

    Examples
    --------
    >>> scene = afmnn.synth.default_scene()
    >>> net = afmnn.train_on_scene(scene, budget=10)  # doctest: +SKIP
    """
    if not isinstance(scene, Scene):
        raise TypeError(f"scene must be an afmnn.synth.Scene, got {type(scene).__name__}")
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
    if steps is not None:
        steps = _check.integer("steps", steps, minimum=1, maximum=_MOST_STEPS)
    threads = resolve_threads(threads)
    _check.function("progress", progress)
    seed = as_integer(seed)

    begun = time.perf_counter()
    supply = _Supply(scene, chosen, seed, threads)
    judged = supply.held_out(validation)
    settings = {"rate": float(rate), "batch": batch}
    if budget is not None:
        steps = _affordable(budget, begun, supply, nodes, settings, judged)
    elif steps is None:
        steps = chosen.steps
    record = {
        "method": "adam",
        "preset": preset,
        "seed": seed,
        "learning_rate": float(rate),
        "momentum": 0.9,
        "batch": batch,
        "steps_planned": steps,
        "pairs_per_step": PAIRS,
        "validation_images": validation,
        "flips_averaged": chosen.flips,
        "seen": seen_range([(pair.noisy, pair.scaling) for pair in (*supply.pairs, *judged)]),
    }
    return _Stages(supply, judged, nodes, settings, record, progress).train(steps)


class _Stages:
    """The stages of a network, trained one after another, each on fresh pairs and what those before it make of them."""

    def __init__(
        self,
        supply: _Supply,
        judged: list[TrainingPair],
        nodes: tuple[int, ...],
        settings: dict[str, Any],
        record: dict[str, Any],
        progress: Callable[[int, dict[str, float]], object] | None,
    ) -> None:
        self._supply, self._judged, self._nodes = supply, judged, nodes
        self._settings, self._record, self._progress = settings, record, progress
        self._trained: list[Network] = []
        self._best: Network | None = None  # the last stage that is of use
        self._error = np.inf
        self._stopped = False

    def train(self, steps: int) -> Network:
        """Divide the steps among the stages and train them all."""
        supply = self._supply
        try:
            for number, count in enumerate(supply.preset.divided(steps)):
                first = supply.fresh(number, self._nodes, self._best)
                supply.attach(first, self._settings, count)
                judged = [seen_by(first, pair, supply.threads) for pair in self._judged]
                every = max(1, -(-count // looks(supply.preset)))
                self._add(
                    fit(first, supply, judged, count, None, supply.threads, self._told, self._record, every, fresh_images=True)
                )
                if self._stopped:
                    break
        except KeyboardInterrupt as interrupt:
            if hasattr(interrupt, "network"):
                self._add(interrupt.network)
            if self._trained:  # also between two stages
                interrupt.network = self._joined()  # type: ignore[attr-defined]
            raise
        return self._joined()

    def _add(self, network: Network) -> None:
        """Keep what a stage has become, unless the pairs held out come out better without it."""
        self._trained.append(network)
        error = min(network.history.get("validation", ()), default=np.inf)
        if self._best is None or error <= self._error:
            self._best, self._error = network, error

    def _told(self, step: int, losses: dict[str, float]) -> object:
        if self._progress is not None:
            before = sum(int(network.training["steps"]) for network in self._trained)
            self._stopped = bool(self._progress(before + step, losses))
        return self._stopped

    def _joined(self) -> Network:
        """Return the last stage with the history of all."""
        assert self._best is not None
        told = [network.history for network in self._trained if network.history]
        history = {name: np.concatenate([errors[name] for errors in told]) for name in (told[0] if told else ())}
        counts = [int(network.training["steps"]) for network in self._trained]
        made = {**self._best.training, "steps": sum(counts), "steps_of_stages": counts}
        return dataclasses.replace(self._best, history=history, training=made)


class _Supply:
    """Pairs of a scene and the core's trainer that learns from them: a trainer to the loop of every training."""

    def __init__(self, scene: Scene, preset: Preset, seed: int, threads: int) -> None:
        self._scene, self.preset, self._seed, self.threads = scene, preset, seed, threads
        self._first: Network | None = None
        self._core: Any = None
        self._oldest = 0
        self._made = 0
        self._over = False
        self.pairs = self._map(self._make, range(PAIRS))

    def held_out(self, count: int) -> list[TrainingPair]:
        """Make the pairs that are judged by."""
        return self._map(self._make, range(_JUDGED, _JUDGED + count))

    def fresh(self, number: int, nodes: tuple[int, ...], before: Network | None) -> Network:
        """Return a stage with fresh weights."""
        fovea = self.preset.foveas[number] if self.preset.foveas else None
        return _fresh_network(
            self.preset.window, fovea, nodes, key_from(self._seed) + (number << 64), self.pairs[0].scaling, before
        )

    def attach(self, first: Network, settings: dict[str, Any], steps: int) -> None:
        """Begin to train `first` on new pairs, or on the very first ones."""
        self._first = first
        padded = self._map(lambda index: self._padded(self._make(index)), range(self._made, self._made + PAIRS * PARTS))
        self._made += PAIRS * PARTS
        self._oldest = 0
        self._core = _core.TrainerF32(
            core_network(first),
            [pair for pair, _ in padded],
            batch=settings["batch"],
            flips=False,
            key=key_from(self._seed),
            rate=settings["rate"],
            last_rate=0.01,
            beta1=0.9,
            beta2=0.999,
            epsilon=1e-8,
            passes=steps,
            parts=PARTS,
            earlier=None if first.before is None else [earlier for _, earlier in padded],
        )
        self._over = False

    def begin_again(self) -> None:
        """Forget what was made to measure."""
        self._made = 0

    def run(self, updates: int, threads: int) -> tuple[float, float, bool]:
        """Train on; begin a new pass with new pairs."""
        if self._over:
            self.renew()
        squares, weights, self._over = self._core.run(updates, threads)
        return squares, weights, self._over

    def seconds_of_a_pass(self, measured: float) -> float:
        """Train for about so many seconds; return what a pass would take. What disturbs the machine now and then is left out."""
        end = time.perf_counter() + measured
        seconds: list[float] = []
        over = False
        while not over and (len(seconds) < _LEAST_CALLS or time.perf_counter() < end):
            at = time.perf_counter()
            _, _, over = self._core.run(_UPDATES, self.threads)
            seconds.append(time.perf_counter() - at)
        passes: float = self._core.updates_per_pass / _UPDATES
        return max(passes, 1.0) * float(np.median(seconds))

    def arrays(self) -> tuple[list[Any], Any]:
        """Return layers and linear path as they are now."""
        arrays: tuple[list[Any], Any] = self._core.arrays()
        return arrays

    def renew(self) -> None:
        """Put new pairs in the place of the oldest."""

        def one(place: int) -> None:
            self._core.replace(self._oldest + place, *self._padded(self._make(self._made + place)))

        self._map(one, range(PAIRS))
        self._oldest = (self._oldest + PAIRS) % (PAIRS * PARTS)
        self._made += PAIRS

    def _map(self, function: Callable[[int], Any], numbers: range) -> list[Any]:
        if self.threads == 1:
            return [function(number) for number in numbers]
        from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - takes longer to import than half of this package

        with ThreadPoolExecutor(min(self.threads, len(numbers))) as workers:
            return list(workers.map(function, numbers))

    def _make(self, index: int) -> TrainingPair:
        noisy, ideal = self._scene.pair(index, seed=self._seed, threads=1)
        kind = "levelled" if self.preset.foveas else METHODS["adam"][3]
        return TrainingPair(noisy, ideal, None, {}, f" of pair {index} of the scene").prepared(kind, (1, 1), 1)

    def _padded(self, pair: TrainingPair) -> tuple[tuple[NDArray[Any], NDArray[Any], NDArray[Any], float], NDArray[Any] | None]:
        """Continue the images as apply() does, so that every pixel teaches, and borders are learned, too.

        Errors count less the noisier a pair is: without that, the noisiest images would be all that is learned; in units of
        the noise itself, the cleanest would.
        """
        assert self._first is not None
        pair = seen_by(self._first, pair, 1)
        window = self._first.window
        noisy, ideal, _, unit = pair.scaled(np.float32)
        weight = float(_TYPICAL / max(np.std(noisy - ideal), _LEAST)) ** 1.5
        earlier = pair.scaled_earlier(np.float32)
        noisy, ideal = continued(noisy, window), continued(ideal, window)
        told = None if earlier is None else continued(earlier, window)
        return (noisy, ideal, np.full(noisy.shape, weight, np.float32), unit), told


def _fresh_network(
    window: tuple[int, int],
    fovea: Fovea | None,
    hidden: tuple[int, ...],
    key: int,
    scaling: Scaling,
    before: Network | None,
) -> Network:
    if fovea is not None:
        window = fovea.window
    random = np.random.Generator(np.random.Philox(key=key))
    sizes = (window[0] * window[1] if fovea is None else fovea.taps, *hidden, 1)
    layers = []
    for i, (inputs, nodes) in enumerate(pairwise(sizes)):
        # Sums of unit variance; the output starts near what it counts from, which is a fair guess.
        layer = np.sqrt(3.0 / inputs) * random.uniform(-1.0, 1.0, (nodes, inputs + 1)) * (0.1 if i == len(hidden) else 1.0)
        layer[:, 0] = 0.0
        layers.append(layer)
    linear = np.full(window, 1.0 / (window[0] * window[1])) if fovea is None else np.zeros(fovea.taps)
    return Network(window, tuple(layers), scaling, "adam", linear, fovea=fovea, before=before)


def looks(preset: Preset) -> int:
    """Return how many times, about, the pairs held out are looked at while a stage is trained."""
    return max(4, _LOOKS // preset.stages)


def _affordable(
    budget: float, begun: float, supply: _Supply, nodes: tuple[int, ...], settings: dict[str, Any], judged: list[TrainingPair]
) -> int:
    """Measure what a step takes and return how many fit into the budget."""
    preset = supply.preset
    before: Network | None = None
    fixed = step = look = 0.0
    for number, share in enumerate(preset.shares):
        first = supply.fresh(number, nodes, before)
        supply.attach(first, settings, 1)
        renewals = []
        for _ in range(2):
            at = time.perf_counter()
            supply.renew()
            renewals.append(time.perf_counter() - at)
        learning = supply.seconds_of_a_pass(0.02 * budget / preset.stages)
        pair = seen_by(first, judged[0], supply.threads)
        error_of(first, [pair], supply.threads)  # the first time takes longer
        at = time.perf_counter()
        error_of(first, [pair], supply.threads)
        judging = (time.perf_counter() - at) * len(judged)
        step += share * (min(renewals) + learning)
        look += share * judging
        # The pairs that a later stage begins with, and what those before it make of the pairs held out.
        fixed += (looks(preset) + 1) * judging + (0.0 if before is None else (PARTS + 1) * min(renewals))
        before = first
    supply.begin_again()
    left = _PLANNED * budget - (time.perf_counter() - begun)
    # There are about as many looks at the pairs held out as planned, but not more than steps.
    return max(1, int(max((left - fixed) / step, min(left / (step + look), _LOOKS))))
