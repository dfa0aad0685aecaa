"""Network: window, layers, scaling and history of a trained windowed network."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _check
from .._arithmetic import plain
from .._threads import get_num_threads
from .._typing import Heights
from ..image import Image, unwrap
from . import scaling
from .fovea import Fovea
from .height_units import power_of_result
from .methods import METHODS
from .scaling import Scaling

Number = TypeVar("Number", bound=np.generic)

#: Networks in a row, at most.
MOST_STAGES = 8


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A windowed network: every pixel of the result is computed from the window around it.

    With ``x`` the scaled heights in the window, row by row, a network with one hidden layer computes::

        method="adam"       y = c + l . x + sum_h v[h] tanh(b[h] + w[h] . x)
        method="gwyddion"   y = s(c + sum_h v[h] s(b[h] + w[h] . x)),   s(a) = 1 / (1 + exp(-a))

    Networks are made by `afmnn.train`, `afmnn.load` and `afmnn.formats.gwyddion.read_network`, and never change.

    Parameters
    ----------
    window : (int, int)
        Rows and columns of the window (the receptive field). That of pixel ``(r, c)`` starts at
        ``(r - rows // 2, c - columns // 2)``.
    layers : tuple of ndarray
        One matrix a layer, the output last: shape (nodes, 1 + inputs), column 0 the bias. The inputs of the first
        layer are the window row by row.
    linear : ndarray of shape `window`, or None
        Weights ``l`` of the path that leads from the window to the output without a hidden node.
    scaling : Scaling
        Heights to network scale and back, as measured on the (first) training image.
    method : {"adam", "gwyddion"}
        How it was trained, which decides what its nodes are.
    history : mapping
        ``"training"`` and ``"validation"``: root-mean-square error (the loss) of each step (epoch) in height units (the
        training error is taken over the step while the weights change); ``"last_pixel"`` (method "gwyddion"): the reference's
        figure.
    training : mapping
        How it was made: version, seed, method and settings. Enough, with the images, to make it again.
    units : mapping
        Height unit of the training images (``"unit_z"``) where known; for Gwyddion's networks ``"outunits"``,
        ``"xyunitpower"`` and ``"zunitpower"``.
    fovea : Fovea, optional
        What the network sees in place of the plain window: ``x`` are then its taps, ``linear`` has one number for each of
        them, and ``y`` counts from the mean height over its base. Only for "adam".
    before : Network, optional
        For a fovea that sees a residual: the stage before, a network with a fovea. Along with the image, this one sees what
        that one, with those before it, took off, and ``y`` counts from its result: it learns the residual. All work in the
        scaling of the image; that of `before` does not count, nor do its `training` and `units`.
    """

    window: tuple[int, int]
    layers: tuple[Heights, ...]
    scaling: Scaling
    method: str = "adam"
    linear: Heights | None = None
    history: Mapping[str, NDArray[np.float64]] = dataclasses.field(default_factory=dict)
    training: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    units: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    fovea: Fovea | None = None
    before: Network | None = None

    def __post_init__(self) -> None:
        _check.choice("method", self.method, METHODS)
        window = _check.rows_cols("window", self.window)
        if not isinstance(self.layers, (tuple, list)):
            raise TypeError(f"layers must be a tuple of matrices, got {type(self.layers).__name__}")
        for name in ("history", "training", "units"):
            if not isinstance(getattr(self, name), Mapping):
                raise TypeError(f"{name} must be a mapping, got {getattr(self, name)!r}")
        method = METHODS[self.method]
        layers = tuple(_frozen(f"layers[{i}]", layer, method.dtype) for i, layer in enumerate(self.layers))
        if len(layers) < 2:
            raise ValueError(f"layers must have at least one hidden and one output matrix, got {len(layers)}")
        if self.fovea is not None:
            _check_fovea(self.fovea, window, has_linear_path=method.linear_path and self.linear is not None)
        _check_before(self.before, self.fovea)
        taps = window if self.fovea is None else (self.fovea.taps,)
        _check_layers(layers, math.prod(taps))
        if self.linear is not None:
            linear = _frozen("linear", self.linear, method.dtype)
            if linear.shape != taps:
                what = "window" if self.fovea is None else "taps"
                raise ValueError(f"linear must have the shape of the {what} {taps}, got {linear.shape}")
            object.__setattr__(self, "linear", linear)
        kind = method.scaling_kind(self.fovea)
        if not isinstance(self.scaling, Scaling) or self.scaling.kind != kind:
            seeing = f"method {self.method!r}" if self.fovea is None else "a fovea"
            raise ValueError(f"scaling must be a {kind!r} Scaling for {seeing}")
        object.__setattr__(self, "window", window)
        object.__setattr__(self, "layers", layers)
        history = {key: _frozen(f"history[{key!r}]", value, np.float64) for key, value in self.history.items()}
        object.__setattr__(self, "history", MappingProxyType(history))
        object.__setattr__(self, "training", MappingProxyType(dict(self.training)))
        object.__setattr__(self, "units", MappingProxyType(dict(self.units)))

    @property
    def stages(self) -> tuple[Network, ...]:
        """The networks that an image goes through, this one last."""
        return (self,) if self.before is None else (*self.before.stages, self)

    @property
    def extent(self) -> tuple[int, int]:
        """Rows and columns around a pixel that its result depends on: `window`; with several stages, of all of them together."""
        rows, cols = (sum(sides) - len(sides) + 1 for sides in zip(*(stage.window for stage in self.stages), strict=True))
        return rows, cols

    @property
    def hidden(self) -> tuple[int, ...]:
        """Nodes of each hidden layer."""
        return tuple(len(layer) for layer in self.layers[:-1])

    @property
    def activation(self) -> str:
        """Function of the hidden nodes: ``"tanh"`` or ``"logistic"``."""
        return METHODS[self.method].activation

    @property
    def dtype(self) -> np.dtype[Any]:
        """Number type of the weights and of the computation."""
        return np.dtype(METHODS[self.method].dtype)

    @plain
    def measure(self, image: ArrayLike | Image) -> Scaling:
        """Measure how an image is brought to the network's scale, so that tiles of one scan can share it.

        Parameters
        ----------
        image : array_like or Image, shape (rows, columns)
            The whole scan; pixels that are not finite do not count.

        Returns
        -------
        Scaling
            To be passed as ``apply(net, tile, scaling=...)``.

        Raises
        ------
        ValueError
            If `image` is not two-dimensional or has no finite pixel, or its heights have another unit than those that a network
            of ``method="gwyddion"`` was trained on.
        """
        heights = unwrap("image", image, finite=False)
        return scaling.measure(self.scaling, heights, get_num_threads(), power_of_result(self.scaling.kind, self.units, image))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the network to an ``.npz`` file, whole or not at all.

        Everything of the network comes back from `afmnn.load`, bit for bit, and the same network always gives the same
        bytes. `afmnn.formats.npz.write_network` describes the file.

        Parameters
        ----------
        path : path-like
            File to write, as it is: no suffix is added. An existing file is replaced.

        Raises
        ------
        TypeError, ValueError
            If `training` or `units` hold something else than numbers, text, None, tuples, lists and dictionaries, or
            more of it than fits into 256 KiB.
        OSError
            If the file cannot be written; an existing one is then unchanged.
        """
        from ..formats import npz  # noqa: PLC0415 - formats import Network

        npz.write_network(self, path)

    def plot(self, ax: Any = None) -> Any:
        """Draw how the errors fell from step to step of the training.

        Parameters
        ----------
        ax : Axes, optional
            Axes of matplotlib to draw into; by default new ones, in a figure of pyplot.

        Returns
        -------
        Axes

        Raises
        ------
        MissingExtraError
            If matplotlib is not there: ``pip install ".[plot]"`` in the folder of the source.
        ValueError
            If the network has no `history`; those of Gwyddion's files have none.
        TypeError
            If `ax` are no axes.
        """
        from ..showing.network import plot_network  # noqa: PLC0415 - what draws is above, and needs an extra

        return plot_network(self, ax)

    def _repr_html_(self) -> Any:
        from ..showing import displayed  # noqa: PLC0415 - what draws is above, and needs an extra

        return displayed("network", self)

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only mappings cannot be pickled, but networks travel to the processes that apply them.
        mappings = (dict(self.history), dict(self.training), dict(self.units))
        return Network, (self.window, self.layers, self.scaling, self.method, self.linear, *mappings, self.fovea, self.before)

    def __repr__(self) -> str:
        rows, cols = self.window
        hidden = ", ".join(map(str, self.hidden))
        seen = f"window {rows} x {cols}" if self.fovea is None else f"fovea of {self.fovea.taps} taps in {rows} x {cols}"
        stages = "" if self.before is None else f", last of {len(self.stages)} stages"
        return f"<afmnn.Network: {seen}, hidden {hidden}, method {self.method!r}{stages}>"


def load(path: str | os.PathLike[str]) -> Network:
    """Read a network: by its name, or from the file that `Network.save` or Gwyddion wrote.

    Nothing in the file is executed, and sizes are checked before memory is taken.

    Parameters
    ----------
    path : str or path-like
        The name of a network (`afmnn.networks`), such as ``"universal"``, which comes with afmnn; or the file to read. A text
        with a dot or a separator is a path, ``"./net"`` for example, all others are names.

    Returns
    -------
    Network

    Raises
    ------
    FormatError
        If the file is not a network, is damaged, or was written by a newer version.
    OSError
        If the file cannot be read. FileNotFoundError if there is no network of this name; the message lists near ones.

    Warns
    -----
    UserWarning
        If a file of Gwyddion's has keys that mean nothing; they are ignored.
    """
    from ..networks.reading import read  # noqa: PLC0415 - networks import Network

    return read(path)


def as_network(argument: str, value: Any) -> Network:
    """Return a network that is given as such, by its name, or by its file: what all take who ask for one."""
    if isinstance(value, Network):
        return value
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"{argument} must be an afmnn.Network, or the name or the file of one, got {type(value).__name__}")
    return load(value)


def _check_fovea(fovea: Any, window: tuple[int, int], *, has_linear_path: bool) -> None:
    if not isinstance(fovea, Fovea):
        raise TypeError(f"fovea must be an afmnn.fovea.Fovea, got {type(fovea).__name__}")
    if not has_linear_path:
        raise ValueError("fovea must come with method 'adam' and a linear path")
    if window != fovea.window:
        raise ValueError(f"window must be the fovea's {fovea.window}, got {window}")


def _check_layers(layers: tuple[Heights, ...], inputs: int) -> None:
    for i, layer in enumerate(layers):
        if layer.ndim != 2 or layer.shape[0] < 1 or layer.shape[1] != 1 + inputs:
            raise ValueError(f"layers[{i}] must have the shape (nodes, {1 + inputs}), got {layer.shape}")
        inputs = layer.shape[0]
    if inputs != 1:
        raise ValueError(f"layers[-1] must have one row, got {inputs}")


def _check_before(before: Network | None, fovea: Fovea | None) -> None:
    if before is None:
        if fovea is not None and fovea.sees_residual:
            raise ValueError("before must be the network whose residual the fovea sees, got None")
        return
    if not isinstance(before, Network):
        raise TypeError(f"before must be an afmnn.Network, got {type(before).__name__}")
    if fovea is None or not fovea.sees_residual or before.fovea is None:
        raise ValueError("before must be left out unless it has a fovea, and the fovea of this network sees the residual")
    if len(before.stages) >= MOST_STAGES:
        raise ValueError(f"before must have fewer than {MOST_STAGES} stages, got {len(before.stages)}")


def _frozen(name: str, value: ArrayLike, dtype: type[Number]) -> NDArray[Number]:
    """Return a read-only copy of finite numbers, row by row."""
    if np.asarray(value).dtype.kind not in "fiub":
        raise TypeError(f"{name} must be an array of real numbers, got dtype {np.asarray(value).dtype}")
    with np.errstate(over="ignore"):  # what is too large for float32 becomes infinite, and is refused below
        array = np.array(value, dtype=dtype, order="C", ndmin=1 if name.startswith("history") else 0)
    if not name.startswith("history") and not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite")
    array.flags.writeable = False
    return array
