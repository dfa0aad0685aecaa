"""Scans -> the instrument that recorded them."""

from .instrument_like import instrument_like
from .measured import InstrumentLike

__all__ = ["InstrumentLike", "instrument_like"]
