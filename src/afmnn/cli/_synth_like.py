"""``afmnn synth --like``: surfaces as the instrument of a scan would record them."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from .._elementary import spread
from ..image import Image
from ..synth import Instrument, InstrumentLike, instrument_like
from ..synth.instrument_like.measured import HEIGHTS
from ._files import split_channel
from ._print import say


def record(options: argparse.Namespace, surface: Image, seed: int) -> tuple[list[Image], InstrumentLike]:
    """Return the surface, its trace and its retrace, and what was measured.

    The instrument gets the second of ``SeedSequence(seed).spawn(2)``.
    """
    like = instrument_like([scan_of(path) for path in options.like], threads=options.threads)
    same_unit = like.unit == surface.unit_z
    instrument = like.instrument if same_unit else _scaled(like.relative().instrument, spread(surface.data))
    trace, retrace = instrument.scan(surface, seed=np.random.SeedSequence(seed).spawn(2)[1], threads=options.threads)
    if not options.json:
        say(str(like))
        if not same_unit:
            units = [unit or "no unit" for unit in (surface.unit_z, like.unit)]
            say(f"heights are in {units[0]}, not in {units[1]}: noise is in proportion to the relief")
    named = ((surface.data, "ideal"), (trace, "trace"), (retrace, "retrace"))
    return [surface.replace(data=data, title=title) for data, title in named], like


def scan_of(path: str) -> Any:
    """Return what `instrument_like` takes for FILE or FILE:CHANNEL."""
    from ..formats.images import read_image  # noqa: PLC0415
    from ..formats.series import read_directions  # noqa: PLC0415

    file, channel = split_channel(path)
    if channel is None:
        return file
    try:
        return read_directions(file, channel)
    except ValueError as error:
        if type(error) is not ValueError:  # a file that cannot be read at all
            raise
    return read_image(file, channel)


def _scaled(instrument: Instrument, factor: float) -> Instrument:
    """Return an instrument whose heights are so many times those of another."""
    parts = instrument.to_dict()
    for name in HEIGHTS:
        part, key = name.split(".")
        parts[part][key] = _times(parts[part][key], factor)
    return Instrument(**parts)


def _times(value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return {how: _times(inner, factor) for how, inner in value.items()}
    if isinstance(value, list):
        return [each * factor for each in value]
    return value * factor
