"""The network that a command writes: into a file, under a name, or where Gwyddion looks for it."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .. import networks
from ..formats import gwyddion
from ..networks.folders import own_path
from ..networks.naming import GWYDDION, LONGEST, is_name, normal
from ..networks.store import check_new
from ..nn.network import Network
from ._files import check_no_input, check_output, refuse_folder


class NetworkOutput(NamedTuple):
    """What ``-o`` asks for."""

    text: str  # as it was typed
    path: str
    name: str | None  # of a network of the user, or with its prefix of Gwyddion's; None for a file
    form: str
    force: bool

    def shown(self) -> str:
        """Return what it is called in messages: a name with the place that nobody has typed."""
        return self.path if self.name is None else f"{self.name}, in {self.path}"

    def write(self, network: Network) -> None:
        """Write the network; where another process was faster, under a name beside it, for it has taken time."""
        try:
            self._write(network)
        except FileExistsError as error:
            free = self.free("new")
            free._write(network)
            raise FileExistsError(
                errno.EEXIST, f"has been written by another process meanwhile; this network is {free.text}", self.text
            ) from error

    def _write(self, network: Network) -> None:
        overwrite = self.name is None or self.force
        if self.form == "gwyddion":
            if self.name is not None:
                os.makedirs(os.path.dirname(self.path), exist_ok=True)
            gwyddion.write_network(network, self.path, overwrite=overwrite)
        elif self.name is not None:
            networks.save(network, self.name, overwrite=overwrite)
        else:
            network.save(self.path)

    def free(self, word: str) -> NetworkOutput:
        """Return one beside it that is free: ``net.interrupted.npz`` for ``net.npz``, with a number where that is taken.

        The names of networks have no dots: ``net-interrupted`` for ``net``.
        """
        number = 1
        while os.path.lexists((found := self._beside(f"{word}{'' if number == 1 else f'-{number}'}")).path):
            number += 1
        return found

    def _beside(self, word: str) -> NetworkOutput:
        if self.name is None or self.form == "gwyddion":
            stem, suffix = os.path.splitext(self.path) if self.name is None else (self.path, "")
            path = f"{stem}.{word}{suffix}"
            name = None if self.name is None else GWYDDION + os.path.basename(path)
            return self._replace(path=path, name=name, text=name or path, force=False)
        name = f"{self.name[: LONGEST - len(word) - 1].rstrip(' -')}-{word}"
        return self._replace(path=own_path(name), name=name, text=name, force=False)


def network_output(text: str, sources: Sequence[str], *, force: bool, form: str = "afmnn") -> NetworkOutput:
    """Say what ``-o`` asks for, and refuse what would destroy something or cannot be written, before any work.

    Names are of our own networks, and with their prefix of Gwyddion's. With ``--format gwyddion`` every other text is a file:
    these have no suffix.
    """
    if text.startswith(GWYDDION):
        path = os.path.join(gwyddion.networks_folder(), _bare(text))
        if os.path.lexists(path) and not force:
            raise FileExistsError(errno.EEXIST, "exists; --force replaces it", text)
        check_no_input(path, sources)
        return NetworkOutput(text, path, text, "gwyddion", force)
    if form == "afmnn" and is_name(text):
        path = check_new("-o", text, overwrite=force)
        check_no_input(path, sources)
        return NetworkOutput(text, path, normal(text), form, force)
    check_no_input(text, sources)
    _check_file_name(text, form)
    check_output(text, sources, force=force)
    return NetworkOutput(text, text, None, form, force)


def _bare(text: str) -> str:
    bare = text.removeprefix(GWYDDION)
    if any(c in bare for c in "/\\") or bare.startswith("."):
        raise ValueError(f"{text}: the name of a network of Gwyddion's has no separator, and no dot to begin with")
    return bare


def _check_file_name(path: str, form: str) -> None:
    """Refuse the name of something else for a network; Gwyddion's may have any but that of an image."""
    refuse_folder(path)
    suffix = os.path.splitext(path)[1].lower()
    if suffix in (".gwy", ".npy"):
        raise ValueError(f"{path}: a network is not an image; name it NAME.npz")
    if form == "afmnn" and suffix != ".npz":
        raise ValueError(f"{path}: a network of afmnn is an .npz file; name it NAME.npz")


@contextlib.contextmanager
def keeping_what_was_learned(output: NetworkOutput) -> Iterator[None]:
    """On Ctrl-C, write the network so far beside what was asked for, and say where; nothing is written over."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        network = getattr(interrupt, "network", None)
        steps = 0 if network is None else int(network.training.get("steps", 0))
        if network is None or steps == 0:
            raise KeyboardInterrupt("interrupted before the first step was done, nothing was written") from interrupt
        where = output.free("interrupted")
        done = f"interrupted after {steps} step{'s' if steps > 1 else ''}"
        try:
            where.write(network)
        except (OSError, ValueError) as error:
            raise KeyboardInterrupt(f"{done}, and the network so far cannot be written: {error}") from error
        raise KeyboardInterrupt(f"{done}, the network so far is {where.text}") from interrupt
