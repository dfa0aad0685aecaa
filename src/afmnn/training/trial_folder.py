"""The folder of a search: it remembers the trials that are done, so that a search goes on where it was."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import pickle
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from .._files import json_header
from .._files.atomic import atomic_writer
from .._files.regular import open_regular
from ..errors import FormatError
from ..nn.network import Network, load
from .pairs import TrainingPair
from .trials import Settings, canonical

_FORMAT = 1  # of the files of finished trials: another one is not read
#: Folders of searches know functions by name. Because ours have moved since, they go by the names that they had before.
_KNOWN_AS = {
    "afmnn.training.train.train": "afmnn.training.train",
    "afmnn.training.train_on_scene.train_on_scene": "afmnn.scene_training.train_on_scene",
}


def digest(pairs: Sequence[TrainingPair]) -> str:
    """Return what tells images apart: their heights, masks and units."""
    found = hashlib.sha256()
    for pair in pairs:
        for array in (pair.noisy, pair.ideal, pair.valid):
            if array is not None:
                found.update(f"{array.dtype.str}{array.shape}".encode())
                found.update(np.ascontiguousarray(array).data)
        found.update(canonical(pair.units).encode())
    return found.hexdigest()


def described(function: Callable[..., Any]) -> Any:
    """Return what tells functions apart: their names, and what is bound to them."""
    if isinstance(function, functools.partial):
        bound = hashlib.sha256(pickle.dumps((function.args, sorted(function.keywords.items())))).hexdigest()
        return [described(function.func), bound]
    name = f"{getattr(function, '__module__', '')}.{getattr(function, '__qualname__', '')}"
    if "<" in name or name.endswith("."):
        raise ValueError(f"train must be a function that can be imported where resume is given, got {function!r}")
    return _KNOWN_AS.get(name, name)


class Folder:
    """Finished trials on the disk: for each a network and its figures, named after what they depend on.

    The figures are written last, and all files whole or not at all: a trial is finished or not there. Several searches may
    use one folder at the same time.
    """

    def __init__(self, path: str | os.PathLike[str], common: Mapping[str, Any]) -> None:
        self.path = os.fspath(path)
        self.common = {"format": _FORMAT, **common}
        os.makedirs(self.path, exist_ok=True)

    def _names(self, settings: Settings) -> tuple[str, str]:
        name = hashlib.sha256(canonical([self.common, settings]).encode()).hexdigest()[:24]
        return os.path.join(self.path, f"{name}.json"), os.path.join(self.path, f"{name}.npz")

    def read(self, settings: Settings) -> tuple[Mapping[str, Any], Network | None] | None:
        """Return figures and network of a finished trial; None if there is none, or what is there is damaged."""
        figures_path, network_path = self._names(settings)
        try:
            with open_regular(figures_path) as (file, size):
                if size > json_header.LONGEST:
                    return None
                figures = json_header.from_bytes(file.read(size))["figures"]
            return figures, None if figures["failure"] else load(network_path)
        except (FileNotFoundError, FormatError, KeyError, TypeError):
            return None

    def write(self, settings: Settings, figures: Mapping[str, Any], network: Network | None) -> None:
        """Remember a finished trial."""
        figures_path, network_path = self._names(settings)
        if network is not None:
            network.save(network_path)
        record = {"settings": json.loads(canonical(settings)), "figures": dict(figures), **self.common}
        with atomic_writer(figures_path) as file:
            file.write(json_header.to_bytes(record, "a finished trial"))
