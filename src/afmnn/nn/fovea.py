"""Fovea: what a network sees that looks sharply at the middle of its window and coarsely further out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from .. import _check
from .._typing import Value

_LARGEST = 729  # pixels of a box's side
_FURTHEST = 1024  # pixels from the middle to the edge
_SIZES = ("box", "less", "grid", "step")


@dataclasses.dataclass(frozen=True)
class Band:
    """A grid of taps, each the mean height over a box less that over a larger box around the same pixel.

    Such differences are zero on every plane, so neither an offset nor a tilt of the image reaches the network. The same holds
    for the residual, what an earlier network has taken off the image: of that, a tap is the plain mean over its box. Heights of
    the residual count up to one spread of the image's heights, as its scaling has it: a tall scar is not to fill all means along
    its row.

    Parameters
    ----------
    box : (int, int)
        Rows and columns of the box: powers of three.
    less : (int, int) or None
        Those of the larger box, likewise; None for a band of the residual.
    grid : (int, int)
        Rows and columns of taps, odd; the middle one lies at the pixel.
    step : (int, int)
        Pixels between taps.
    gain : float
        What taps are multiplied by, so that all bands are of about the same size.
    """

    box: tuple[int, int]
    less: tuple[int, int] | None
    grid: tuple[int, int]
    step: tuple[int, int]
    gain: float = 1.0

    def __post_init__(self) -> None:
        sizes = [name for name in _SIZES if name != "less" or self.less is not None]
        for name in sizes:
            object.__setattr__(self, name, _check.rows_cols(name, getattr(self, name)))
        for name in sizes[:-2]:
            if not all(_is_box(side) for side in getattr(self, name)):
                raise ValueError(f"{name} must have sides that are powers of three up to {_LARGEST}, got {getattr(self, name)}")
        if self.less is not None and (self.box == self.less or any(a > b for a, b in zip(self.box, self.less, strict=True))):
            raise ValueError(f"less must be a larger box than {self.box}, got {self.less}")
        if not all(n % 2 for n in self.grid):
            raise ValueError(f"grid must have odd sides, got {self.grid}")
        _check.positive(gain=self.gain)
        object.__setattr__(self, "gain", float(self.gain))

    @property
    def of_residual(self) -> bool:
        """Whether the taps are means of the residual."""
        return self.less is None

    @property
    def reach(self) -> tuple[int, int]:
        """The furthest row and column, counted from the pixel, that the band depends on."""
        rows, cols = (g // 2 * s + n // 2 for g, s, n in zip(self.grid, self.step, self.less or self.box, strict=True))
        return rows, cols


@dataclasses.dataclass(frozen=True)
class Fovea:
    """The taps of a network that sees sharply in the middle and coarsely further out.

    Parameters
    ----------
    bands : tuple of Band
        Finest first, by custom.
    base : (int, int) or None
        The output counts from the mean height over this box around the pixel: powers of three. None where bands see the
        residual: it counts from the result of the earlier network.
    compresses : bool
        Whether heights are seen in units of the image's noise from line to line, and differences large against it are compressed:
        ``v / sqrt(1 + |v|)`` is `v` where it is small, and its root where it is large. The output is expanded likewise. So a
        network tells detail from noise where the relief is a thousand times higher than both, and changes hardly anything
        where there is no noise; tall features do not outweigh all else. At most 64 noises are taken off anywhere. The base is
        one pixel then.

    Raises
    ------
    ValueError
        If a number is out of its range, or the fovea reaches further than 1024 pixels.
    """

    bands: tuple[Band, ...]
    base: tuple[int, int] | None
    compresses: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.bands, (tuple, list)) or not self.bands or not all(isinstance(b, Band) for b in self.bands):
            raise ValueError(f"bands must be a tuple of at least one Band, got {self.bands!r}")
        object.__setattr__(self, "bands", tuple(self.bands))
        if self.base is not None:
            object.__setattr__(self, "base", _check.rows_cols("base", self.base))
        if self.sees_residual != (self.base is None):
            raise ValueError(f"base must be None where bands see the residual, and a box where none does, got {self.base}")
        _check.flag(compresses=self.compresses)
        if self.compresses and self.base not in (None, (1, 1)):
            raise ValueError(f"base must be (1, 1) where heights are compressed, got {self.base}")
        if self.base is not None and not all(_is_box(side) for side in self.base):
            raise ValueError(f"base must have sides that are powers of three up to {_LARGEST}, got {self.base}")
        if max(self.window) > 2 * _FURTHEST + 1:
            raise ValueError(f"bands must reach at most {_FURTHEST} pixels far, got a window of {self.window}")

    @property
    def taps(self) -> int:
        """Numbers that the network sees."""
        return sum(band.grid[0] * band.grid[1] for band in self.bands)

    @property
    def sees_residual(self) -> bool:
        """Whether the network comes after another one."""
        return any(band.of_residual for band in self.bands)

    @property
    def window(self) -> tuple[int, int]:
        """Rows and columns that the taps around a pixel, and what its result counts from, depend on."""
        base = self.base or (1, 1)
        reaches = [(base[0] // 2, base[1] // 2), *(band.reach for band in self.bands)]
        return 2 * max(r for r, _ in reaches) + 1, 2 * max(c for _, c in reaches) + 1

    def core(self) -> Any:
        """Return the fovea in the form of the compiled core."""
        bands = [((*b.box, *(b.less or (0, 0)), *b.grid, *b.step), b.gain, b.of_residual) for b in self.bands]
        return bands, self.base or (1, 1), self.compresses

    def plain(self) -> dict[str, Value]:
        """Return lists and numbers only, for JSON."""
        plain: dict[str, Value] = {
            "base": _plain(self.base),
            "bands": [{**{name: _plain(getattr(b, name)) for name in _SIZES}, "gain": b.gain} for b in self.bands],
        }
        return {**plain, "compresses": True} if self.compresses else plain

    @classmethod
    def from_plain(cls, value: Mapping[str, Any]) -> Fovea:
        """Do the reverse; anything strange raises a ValueError or a TypeError."""
        try:
            _check.keys("fovea", value, ("base", "bands", "compresses"))
            for band in value["bands"]:
                _check.keys("bands", band, (*_SIZES, "gain"))
            bands = [Band(**{name: _from_plain(band[name]) for name in _SIZES}, gain=band["gain"]) for band in value["bands"]]
            return cls(tuple(bands), _from_plain(value["base"]), value.get("compresses", False))
        except KeyError as error:
            raise ValueError(f"fovea must have {error}") from error


def _plain(size: tuple[int, int] | None) -> list[int] | None:
    return None if size is None else list(size)


def _from_plain(size: Any) -> Any:
    return None if size is None else tuple(size)


def _is_box(side: int) -> bool:
    return side <= _LARGEST and _LARGEST % side == 0
