"""The loop of every training: step after step, judged, recorded, interruptible."""

from __future__ import annotations

import dataclasses
import time
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from . import applying
from ._pairs import TrainingPair
from .errors import TrainingWarning
from .network import Network
from .scaling import Scaling

#: Seconds of one call into the core: Ctrl-C is heard between two of them.
_CALL_SECONDS = 0.05

Progress = Callable[[int, dict[str, float]], object]


class CoreTrainer(Protocol):
    """What the loop needs of the core's trainers."""

    def run(self, updates: int, threads: int) -> tuple[float, float, bool]:
        """Do up to `updates` updates; return the pass's sums of squared error and of weights so far, and whether it is over."""

    def arrays(self) -> tuple[list[Any], Any]:
        """Return layers and linear path as they are now."""


def fit(
    first: Network,
    core: CoreTrainer,
    held_out: list[TrainingPair],
    steps: int,
    patience: int | None,
    threads: int,
    progress: Progress | None,
    record: Mapping[str, Any],
    judge_every: int = 1,
    fresh_images: bool = False,
) -> Network:
    """Train `first` for `steps` passes with `core`, which holds its weights, and return what has become of it.

    The images held out are judged every so many steps and after the last; in between, their error is repeated. With
    `fresh_images` every pass sees others, so that the best network judged is returned and a rise of the error is chance.
    """
    history: dict[str, list[float]] = {"training": [], "validation": [], "last_pixel": []}
    best: tuple[list[Any], Any] | None = None
    # The classic trainer counts in its own scale, the other one in heights, for its images may have several.
    height = 1.0 / first.scaling.out_factor if first.method == "gwyddion" else 1.0
    updates = 1  # of one call into the core; grows until a call takes its time

    def network(arrays: tuple[list[Any], Any] | None = None) -> Network:
        done = len(history["training"])  # an interrupt may leave the others one ahead or behind
        made: dict[str, Any] = {
            "history": {name: np.array(errors[:done]) for name, errors in history.items() if errors},
            "training": {"version": _version(), **record, "steps": done},
        }
        if untouched:
            return dataclasses.replace(first, **made)
        layers, linear = core.arrays() if arrays is None else arrays
        return dataclasses.replace(first, layers=tuple(layers), linear=linear, **made)

    untouched = True
    try:
        for step in range(1, steps + 1):
            squares, weights, over = 0.0, 0.0, False
            while not over:
                begun = time.perf_counter()
                untouched = False
                squares, weights, over = core.run(updates, threads)
                seconds = max(time.perf_counter() - begun, 1e-6)
                updates = max(1, min(2 * updates, int(updates * _CALL_SECONDS / seconds), 1_000_000))
            if not _finite(core, squares):
                raise ValueError(
                    f"learning_rate must be small enough for the weights to stay finite, got {record['learning_rate']:g}: "
                    f"they did not in step {step}"
                )
            losses = {"training": float(np.sqrt(squares / weights)) * height, "validation": float("nan")}
            if held_out:
                if step % judge_every == 0 or step in {1, steps}:
                    losses["validation"] = error_of(network(), held_out, threads)
                    if losses["validation"] <= min(history["validation"], default=np.inf):
                        best = core.arrays()
                else:
                    losses["validation"] = history["validation"][-1]
                history["validation"].append(losses["validation"])
            history["training"].append(losses["training"])
            if hasattr(core, "last_pixel_error"):
                history["last_pixel"].append(core.last_pixel_error)
            if progress is not None and progress(step, losses):
                break
            if patience is not None and step - 1 - int(np.argmin(history["validation"])) >= patience:
                break
    except KeyboardInterrupt as interrupt:
        interrupt.network = network() if _finite(core, 0.0) else first  # type: ignore[attr-defined]
        raise
    if fresh_images:
        return network(best)
    # With patience, the network before that rise is what is returned.
    _warn(history["training"], [] if patience is not None else history["validation"])
    return network(best if patience is not None else None)


def _finite(core: CoreTrainer, squares: float) -> bool:
    layers, linear = core.arrays()
    return bool(np.isfinite(squares)) and all(np.isfinite(array).all() for array in (*layers, linear) if array is not None)


def error_of(network: Network, pairs: list[TrainingPair], threads: int) -> float:
    """Root-mean-square error in height units over the pixels whose windows lie inside the images."""
    squares = weights = 0.0
    for pair in pairs:
        scaling = pair.scaling
        if scaling.kind == "min-max":  # what the network gives is on the scale of its own training target
            scaling = dataclasses.replace(scaling, out_shift=network.scaling.out_shift, out_factor=network.scaling.out_factor)
        result = _result(network, pair, scaling, threads)
        weight = pair.weight_of_pixels()
        squares += float(np.sum(weight * np.square(np.where(weight > 0, result - pair.ideal, 0.0))))
        weights += float(np.sum(weight))
    return float(np.sqrt(squares / weights))


def seen_by(network: Network, pair: TrainingPair, threads: int) -> TrainingPair:
    """Return the pair with what the stages before `network` make of it, which its last stage learns from."""
    if network.before is None:
        return pair
    return dataclasses.replace(pair, earlier=_result(network.before, pair, pair.scaling, threads))


def _result(network: Network, pair: TrainingPair, scaling: Scaling, threads: int) -> NDArray[np.float64]:
    """Evaluate all stages, or the last one of those whose earlier result the pair holds."""
    noisy = pair.noisy.astype(np.float64, copy=False)
    result = np.empty(noisy.shape)
    maps = [scaling.in_shift, scaling.in_factor, scaling.out_shift, scaling.out_factor]
    slopes = (scaling.row_slope, scaling.col_slope)
    applying.run(network, noisy, result, maps, slopes, threads=threads, earlier=pair.earlier)
    return result


def _warn(training: list[float], validation: list[float]) -> None:
    """Say so if the error has risen, or falls while that on other data rises. A tenth is left to chance."""
    if not training:
        return
    lowest = int(np.argmin(training))
    if training[-1] > 1.1 * training[lowest]:
        message = f"the training error rose from {training[lowest]:.4g} after step {lowest + 1} to {training[-1]:.4g}"
        warnings.warn(f"{message}: a smaller learning_rate may help", TrainingWarning, stacklevel=4)
    if not validation:
        return
    lowest = int(np.argmin(validation))
    if validation[-1] > 1.1 * validation[lowest] and training[-1] < training[lowest]:
        message = f"the validation error rose from {validation[lowest]:.4g} after step {lowest + 1} to {validation[-1]:.4g}"
        warnings.warn(
            f"{message} while the training error fell: the network learns its images by heart; fewer steps, patience= or more "
            "images may help",
            TrainingWarning,
            stacklevel=4,
        )


def _version() -> str:
    from . import __version__  # noqa: PLC0415 - the package imports this module before it is complete

    return __version__
