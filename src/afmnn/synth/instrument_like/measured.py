"""What `instrument_like` returns."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from ..._elementary import exp, log
from ..instrument import Instrument

#: Numbers that are heights, and become others in another unit.
HEIGHTS = frozenset({
    "noise.white", "noise.wander", "noise.hum", "noise.line_offsets", "noise.quantum", "scanner.tilt_x", "scanner.tilt_y",
    "scanner.bow", "scanner.bow_cubic", "events.scar_height", "events.spike_height", "events.line_height", "events.jump_height",
})  # fmt: skip
_NOT_HEIGHTS = {
    "noise.wander_corner": "lines", "noise.hum_frequency": "a line", "noise.offset_memory": "lines",
    "noise.offsets_per_line": "a line", "scanner.lag": "px", "scanner.hysteresis": "px", "events.scars": "a px",
    "events.scar_length": "px", "events.spikes": "a px", "events.wrong_lines": "of lines", "events.jumps": "a scan",
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class InstrumentLike:
    """An instrument that was measured on scans.

    Parameters
    ----------
    instrument : Instrument
        Its numbers; heights are in the unit of the scans. Of several scans, numbers that differ are ranges from the lowest to
        the highest.
    uncertainties : mapping of str to float
        Standard errors by name, such as ``"noise.white"``; of several scans, those of the single ones, root mean square.
    unknown : mapping of str to str
        What the scans do not tell, and why. Of several scans, what none of them tells.
    relief : float
        Root-mean-square of the sample's heights, less tilt and noise; of several scans, the geometric mean.
    unit : str
        Unit of the heights; empty where there is none.
    scans : tuple of InstrumentLike
        Of several scans, what each tells; empty for one.
    """

    instrument: Instrument
    uncertainties: Mapping[str, float]
    unknown: Mapping[str, str]
    relief: float
    unit: str
    scans: tuple[InstrumentLike, ...] = ()

    def relative(self) -> InstrumentLike:
        """Return the same with heights in units of the relief's root-mean-square, as scenes want them.

        Of several scans, each is divided by its own relief.

        Returns
        -------
        InstrumentLike
            Its `relief` is 1, its `unit` empty.
        """
        if self.scans:
            return joined([each.relative() for each in self.scans])
        parts = self.instrument.to_dict()
        uncertainties = dict(self.uncertainties)
        for name in HEIGHTS:
            part, key = name.split(".")
            parts[part][key] = parts[part][key] / self.relief
            if name in uncertainties:
                uncertainties[name] /= self.relief
        return InstrumentLike(Instrument.from_dict(parts), MappingProxyType(uncertainties), self.unknown, 1.0, "")

    def __str__(self) -> str:
        plain = {part: {k: v for k, v in keys.items() if v is not None} for part, keys in self.instrument.to_dict().items()}
        start = Instrument().to_dict()
        lines = [f"relief {_number(self.relief, self.unit)}"]
        for part, keys in plain.items():
            for key, value in keys.items():
                name = f"{part}.{key}"
                if value == start[part][key] and name not in self.uncertainties:
                    continue
                unit = self.unit if name in HEIGHTS else _NOT_HEIGHTS.get(name, "")
                error = self.uncertainties.get(name, math.nan)
                beside = "" if math.isnan(error) else f" ± {error:.1g}"
                lines.append(f"{name} {_range(value)}{beside} {unit}".rstrip())
        lines += [f"unknown: {name}: {why}" for name, why in self.unknown.items()]
        return "\n".join(lines)


def _number(value: float, unit: str) -> str:
    return f"{value:.3g} {unit}".rstrip()


def _range(value: Any) -> str:
    if isinstance(value, dict):
        value = next(iter(value.values()))
    if isinstance(value, list):
        return " to ".join(f"{each:.3g}" for each in value)
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def joined(scans: list[InstrumentLike]) -> InstrumentLike:
    """Return one for several scans: ranges from the lowest to the highest."""
    if len(scans) == 1:
        return scans[0]
    dicts = [scan.instrument.to_dict() for scan in scans]
    parts = {
        part: {key: _over([each[part][key] for each in dicts], f"{part}.{key}", scans) for key in keys}
        for part, keys in dicts[0].items()
    }
    names = {name: None for scan in scans for name in scan.uncertainties}
    uncertainties = {}
    for name in names:
        found = [scan.uncertainties[name] for scan in scans if not math.isnan(scan.uncertainties.get(name, math.nan))]
        uncertainties[name] = math.sqrt(math.fsum(each * each for each in found) / len(found)) if found else math.nan
    unknown = {name: why for name, why in scans[0].unknown.items() if all(name in scan.unknown for scan in scans)}
    relief = _geometric([scan.relief for scan in scans])
    return InstrumentLike(
        Instrument.from_dict(parts),
        MappingProxyType(uncertainties),
        MappingProxyType(unknown),
        relief,
        scans[0].unit,
        tuple(scans),
    )


def _geometric(values: list[float]) -> float:
    return exp(math.fsum(log(value) for value in values) / len(values))


def _over(values: list[Any], name: str, scans: list[InstrumentLike]) -> Any:
    """Return a value that all have, or a range of numbers."""
    if all(value == values[0] for value in values):
        return values[0]
    if any(isinstance(value, str) for value in values):
        return {"choice": list(dict.fromkeys(values))}
    # Shapes of what a scan does not have (such as the length of scars) are not measured there.
    measured = [value for value, scan in zip(values, scans, strict=True) if name in scan.uncertainties] or values
    if name in _AMOUNTS:
        measured = values
    low, high = min(measured), max(measured)
    if low == high:
        return low
    if isinstance(low, int) and isinstance(high, int):
        return {"integer": [low, high]}
    return {"log": [low, high]} if low > 0 and high > 2 * low else [low, high]


_AMOUNTS = frozenset({
    "noise.white", "noise.wander", "noise.hum", "noise.line_offsets", "scanner.tilt_x", "scanner.tilt_y", "scanner.bow",
    "scanner.bow_cubic", "scanner.lag", "scanner.hysteresis", "events.scars", "events.spikes", "events.wrong_lines",
    "events.jumps",
})  # fmt: skip
