"""An instrument as what it records of a flat surface, and its settings."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

import numpy as np

from ..evaluation import page
from ..evaluation.plots import check_matplotlib
from ..image import Image
from ..synth.instrument import Instrument
from . import figures
from .card import card, line, picture
from .image import Look, draw

_SHAPE = (128, 128)


def displayed(instrument: Instrument) -> str:
    """Return what a notebook shows of an instrument; without matplotlib its settings alone."""
    settings = _settings(instrument)
    if not settings:
        return card("Instrument", [line("Ideal: it returns the surface as it is.")])
    table = page.facts("", settings).replace("<h3></h3>", "")
    try:
        check_matplotlib("drawing an instrument")
    except ImportError:
        return card("Instrument", [table])
    note = "A flat surface as it is recorded (128 x 128 pixels, seed 0): what is seen is the instrument's alone."
    return card("Instrument", [line(note), page.columns([_scan(instrument), table])])


def _scan(instrument: Instrument) -> str:
    trace, retrace = instrument.scan(np.zeros(_SHAPE), seed=0)
    with figures.own_style():
        figure = figures.alone((5.6, 2.6))
        for heights, title, ax in zip((trace, retrace), ("Trace", "Retrace"), figure.subplots(1, 2), strict=True):
            draw(ax, Image(heights), Look(title=title, note="", scale_bar=False))
        return picture(*figures.png(figure), "a flat surface, trace and retrace")


def _settings(instrument: Instrument) -> list[tuple[str, str]]:
    """Return what is not as in an ideal instrument, as names and values."""
    ideal, found = Instrument(), []
    for part in dataclasses.fields(instrument):
        own, without = getattr(instrument, part.name), getattr(ideal, part.name)
        for field in dataclasses.fields(own):
            value = getattr(own, field.name)
            if value != getattr(without, field.name):
                found.append((f"{part.name}: {field.name.replace('_', ' ')}", _value(value)))
    return found


def _value(value: Any) -> str:
    if isinstance(value, dict):
        ((how, inner),) = value.items()
        if how == "choice":
            return _one_of([_value(each) for each in inner])
        return f"{_value(inner)} ({'in the logarithm' if how == 'log' else 'whole numbers'})"
    if isinstance(value, tuple):
        return " to ".join(_value(each) for each in value) if len(value) == 2 else ", ".join(map(_value, value))
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _one_of(values: list[str]) -> str:
    """Return what is drawn from, each value once; how often, where one is given several times to come up more often."""
    counts = Counter(values)
    if len(set(counts.values())) == 1:
        return " or ".join(counts)
    return ", ".join(f"{100 * count / len(values):.2g} %: {value}" for value, count in counts.items())
