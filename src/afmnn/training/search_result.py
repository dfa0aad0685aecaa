"""What a search has found: a table of trials, the best first."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from .._text import decibels, quantity, table
from ..evaluation.tables import offset_note, write_csv
from ..nn.network import Network

#: What is known of a trial beside its settings.
FIGURES = ("score", "error", "psnr", "training_error", "steps_made", "seconds", "failure")
_SHOWN = 20  # rows that are printed


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SearchResult:
    """What `afmnn.search` has found. It prints as a table, the best first.

    Parameters
    ----------
    rows : tuple of mapping
        One a trial, the best first: ``"trial"`` (its number), its settings, ``"score"`` (by which they are ordered),
        ``"error"`` (root-mean-square error of the held-out images, in height units), ``"psnr"`` (their mean, in decibels),
        ``"training_error"``, ``"steps_made"``, ``"seconds"``, and ``"failure"``: why there is no network, or empty.
    networks : tuple of (Network or None)
        The network of each row.
    noisy_error : float
        Root-mean-square error of the held-out images before anything is done to them.
    names : tuple of str
        What was searched over.
    seed : int
        Seed that repeats the search.
    unit : str
        Unit of the heights; empty where it is not known.
    noisy_offset : float
        Root mean square of the mean differences between held-out noisy and ideal images: how much of all errors is nothing but
        a different zero.
    """

    rows: tuple[Mapping[str, Any], ...]
    networks: tuple[Network | None, ...]
    noisy_error: float
    names: tuple[str, ...]
    seed: int
    unit: str = ""
    noisy_offset: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", tuple(MappingProxyType(dict(row)) for row in self.rows))

    def __reduce__(self) -> tuple[Any, ...]:
        # Read-only mappings cannot be pickled.
        rows = tuple(map(dict, self.rows))
        return SearchResult, (rows, self.networks, self.noisy_error, self.names, self.seed, self.unit, self.noisy_offset)

    @property
    def best(self) -> Network:
        """The network with the best score."""
        if not self.networks or self.networks[0] is None:
            raise ValueError("no trial has made a network")
        return self.networks[0]

    @property
    def best_settings(self) -> dict[str, Any]:
        """Settings of the best network, as keywords of the function that trains."""
        return {name: self.rows[0][name] for name in self.rows[0] if name != "trial" and name not in FIGURES}

    def __len__(self) -> int:
        return len(self.rows)

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write one line a trial, with a head: comma-separated, all digits, errors in height units.

        Parameters
        ----------
        path : path-like
            File to write, whole or not at all; an existing one is replaced.

        Raises
        ------
        OSError
            If the file cannot be written; an existing one is then unchanged.
        """
        write_csv(path, list(self.rows[0]) if self.rows else [], self.rows)

    def notes(self) -> list[str]:
        """Return what is to be known before the table is read.

        Returns
        -------
        list of str
        """
        lines = [f"{len(self)} trials, best first; held-out images without a network: {quantity(self.noisy_error, self.unit)}"]
        if offset_note(self.noisy_offset, self.noisy_error, self.unit):
            lines.append(
                f"noisy and ideal images differ by {quantity(self.noisy_offset, self.unit)} on average: all errors count that, "
                "and hardly tell trials apart; take it off the ideal images"
            )
        return lines

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Return what is printed of the trials, the best twenty.

        Returns
        -------
        head, cells : list of str, list of list of str
        """
        own_score = any(row["score"] != row["error"] for row in self.rows if not row["failure"])
        head = ["trial", *self.names, *(["score"] if own_score else []), "error", "PSNR", "training", "steps", "time"]
        cells = []
        for row in self.rows[:_SHOWN]:
            settings = [_setting(row[name]) for name in self.names]
            if row["failure"]:
                cells.append([str(row["trial"]), *settings, *(["-"] if own_score else []), "failed", "-", "-", "-", "-"])
                continue
            cells.append(
                [
                    str(row["trial"]),
                    *settings,
                    *([f"{row['score']:.4g}"] if own_score else []),
                    quantity(row["error"], self.unit),
                    decibels(row["psnr"]),
                    quantity(row["training_error"], self.unit),
                    str(row["steps_made"]),
                    f"{row['seconds']:.2f} s",
                ]
            )
        return head, cells

    def __str__(self) -> str:
        lines = [*self.notes(), table(*self.table())]
        if len(self) > _SHOWN:
            lines.append(f"... and {len(self) - _SHOWN} more")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> Any:
        from ..showing import displayed  # noqa: PLC0415 - what draws is above, and needs an extra

        return displayed("search", self)


def _setting(value: Any) -> str:
    if isinstance(value, (tuple, list)):
        return " x ".join(_setting(item) for item in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)
