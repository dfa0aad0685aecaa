"""How long each surface takes, beside its NumPy twin: ``python benchmarks/surfaces.py [--page] [--quick] [NAME ...]``.

Processor time of one thread. Twins are slow: most are timed at a small size only, and ours at the same, by turns. What is made by
Fourier transforms is also compared with one `rfft2` and one `irfft2` of SciPy of its size. With ``--page``, the table of
``docs/surfaces.md`` is written; with ``--quick``, sizes end at 1024. Some ten minutes for all.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import scipy.fft

from _alternate import Timing, alternate, ratio
from afmnn import _core, synth
from afmnn._reference import anneal as anneal_twin
from afmnn._reference import ballistic as ballistic_twin
from afmnn._reference import brownian as brownian_twin
from afmnn._reference import columnar as columnar_twin
from afmnn._reference import diffusion as diffusion_twin
from afmnn._reference import discs as discs_twin
from afmnn._reference import domains as domains_twin
from afmnn._reference import fibres as fibres_twin
from afmnn._reference import lattice as lattice_twin
from afmnn._reference import phases as phases_twin
from afmnn._reference import pile_up as pile_up_twin
from afmnn._reference import self_affine as self_affine_twin
from afmnn._reference import spectral as spectral_twin
from afmnn._reference import turing_pattern as turing_twin
from afmnn._reference import waves as waves_twin
from afmnn._reference import wetting as wetting_twin
from afmnn._seed import key_from

PAGE = Path(__file__).resolve().parents[1] / "docs" / "surfaces.md"
BEGIN, END = "<!-- times: begin -->", "<!-- times: end -->"
SIDES = (256, 1024, 4096)
LONGEST = 60.0  # seconds: what would take longer is left out
ONCE = 0.5  # seconds: what takes longer runs once


@dataclass(frozen=True)
class Case:
    """A generator with its usual settings, and what its twin is compared by."""

    name: str
    model: str
    settings: dict[str, Any]
    twin: Callable[[int], Any]  # of a side
    side: int  # where it is compared
    compared: dict[str, Any]  # settings that the twin has
    transforms: bool = False  # whether made by Fourier transforms


def _info(name: str, side: int, **settings: Any) -> dict[str, Any]:
    return getattr(synth, name)((side, side), seed=1, return_info=True, **settings)[1]


def _given(name: str, draw: Callable[[dict[str, Any], int], Any], **settings: Any) -> Callable[[int], Any]:
    """Return a twin that is given places and sizes, found beforehand and not timed."""
    found: dict[int, dict[str, Any]] = {}

    def run(side: int) -> Any:
        if side not in found:
            found[side] = _info(name, side, **settings)
        return draw(found[side], side)

    return run


def _cases() -> list[Case]:
    energy, key = 1.0 - np.eye(3), key_from(1)
    frame = lambda n: np.zeros((n + 2 * (n // 12),) * 2)  # noqa: E731
    stick = ((0.0, 0.1, 0.19, 0.3439, 1.0), (1.0, 1e-2, 1e-4, 1e-6, 1e-8), 1.0)
    strands = {"width": 5.0, "height": 1.0, "angle_spread": 1.0}
    bends = {"bend_density": 5.0, "lateral_bend": 0.1, "axial_bend": 0.05}
    piles = {"width": 20.0, "aspect_ratio": 1.5, "angle_spread": 1.0}
    affine = {"rms": 1.0, "hurst": 0.8, "roll_off": 60.0, "smoothing": 1.0}
    few = {"count": 5, "wavelength": 20.0, "quantity": "displacement"}
    brown = {"hurst": 0.5, "rms": 1.0, "distribution": "gaussian", "power": 3.0}
    relief = lambda n: np.random.default_rng(1).random((n, n))  # noqa: E731
    return [
        Case(
            "self_affine", "power law spectrum, limits", affine,
            lambda n: self_affine_twin.self_affine((n, n), **affine, anisotropy=1.0, angle=0.0, row_step=1.0, key=key),
            256, affine, True,
        ),
        Case(
            "spectral", "given spectrum or autocorrelation", {"rms": 1.0, "gaussian_length": 10.0},
            lambda n: spectral_twin.spectral((n, n), rms=1.0, gaussian_length=10.0, key=key),
            256, {"rms": 1.0, "gaussian_length": 10.0}, True,
        ),
        Case(
            "fractional_brownian", "midpoint displacement", {},
            lambda n: brownian_twin.fractional_brownian((n, n), **brown, length=np.inf, row_step=1.0, key=key), 256, {}, True,
        ),
        Case(
            "separated_phases", "thresholded ring, evened out", {"stripe_width": 20.0},
            lambda n: phases_twin.separated_phases(
                phases_twin.ring_field((n, n), width=20.0, spread=0.05, row_step=1.0, key=key), 20.0
            ),
            256, {"stripe_width": 20.0}, True,
        ),
        Case(
            "waves", "point sources, 50 of them", {},
            _given("waves", lambda info, n: waves_twin.waves(
                info, (n, n), quantity="displacement", form="cosine", pixel=(1.0, 1.0)), **few),
            256, few,
        ),
        Case(
            "ballistic", "sticks at first contact", {},
            lambda n: ballistic_twin.ballistic(frame(n), 10 * frame(n).size, 0.0, 1), 64, {},
        ),
        Case(
            "columnar", "oblique flights, shadowing", {},
            lambda n: columnar_twin.columnar(np.zeros((n, n)), 5 * n * n, 0.0, 1.0, np.pi, 0.0, 2 * np.pi, False, 0.0, 1),
            32, {"coverage": 5.0},
        ),
        Case(
            "diffusion", "adatoms wander and stick", {},
            lambda n: diffusion_twin.diffusion(np.zeros((n, n)), n * n // 4, 1e-6, *stick, key=1), 32, {"flux": 1e-6},
        ),
        Case(
            "wetting", "invasion percolation with diffusion", {},
            lambda n: wetting_twin.wetting(wetting_twin.priorities(n, n, 1), n * n, 0.003, 1), 32, {},
        ),
        Case(
            "anneal", "lattice gas, Kawasaki exchanges", {},
            lambda n: anneal_twin.anneal(np.indices((n, n)).sum(axis=0) % 2.0, 80, 1.25, 0.7, energy, 1, key=1),
            32, {"iterations": 20},
        ),
        Case(
            "domains", "spins with an inhibitor", {},
            lambda n: domains_twin.domains(np.ones((n, n)), 20, 0.8, 1, 20, 0, 5e-3, key=1), 256, {"iterations": 20},
        ),
        Case(
            "turing_pattern", "two reacting, diffusing substances", {},
            lambda n: turing_twin.turing_pattern(relief(n) - 0.5, 20, 8.0, 0.25), 256, {"iterations": 20},
        ),
        Case(
            "fibres", "bent fibres on each other", strands,
            _given("fibres", lambda info, n: fibres_twin.lay(
                (n, n), info, profile="semicircle", width=5.0, key=key, margin=34, bends=bends, points=300), **strands),
            64, strands,
        ),
        Case(
            "pile_up", "tilted solids, one by one", piles,
            _given("pile_up", lambda info, n: pile_up_twin.pile(
                (n, n), info, kind="ellipsoid", columnarity=0.0, base=np.zeros((n, n))), **piles),
            128, piles,
        ),
        Case(
            "discs", "packed discs, grown to tiles", {},
            _given("discs", lambda info, n: discs_twin.draw(info, (n, n), tiles=True, gap=3.0, opening=0.0)), 256, {},
        ),
        Case(
            "lattice", "Voronoi cells of points", {"size": 20.0},
            _given("lattice", lambda info, n: lattice_twin.surface(
                "radial", np.stack([info["y"], info["x"]], axis=1), info["value"], (n, n), 20.0), size=20.0),
            256, {"size": 20.0},
        ),
    ]  # fmt: skip


def _in_default_scene() -> set[str]:
    return {recipe.generator for recipe in synth.default_scene().surfaces}


def _milliseconds(seconds: float | None) -> str:
    return "" if seconds is None else f"{1e3 * seconds:.3g}" if seconds < 1.0 else f"{1e3 * seconds:,.0f}"


def _timed(arms: dict[str, Callable[[], Any]]) -> dict[str, Timing]:
    """Return times by turns, of one round where that takes long."""
    once = {}
    for name, run in arms.items():
        start = time.process_time()
        run()
        once[name] = Timing((time.process_time() - start,))
    longest = max(timing.best for timing in once.values())
    return once if longest > ONCE else alternate(arms, 9 if longest < 0.1 else 3, clock=time.process_time)


def measure(case: Case, sides: Sequence[int] = SIDES) -> dict[str, Any]:
    """Return the seconds of ours at each side (None: left out), and medians of the ratios to the twin and to two transforms."""
    ours = partial(getattr(synth, case.name), threads=1, seed=1)
    arms = {"ours": partial(ours, (case.side,) * 2, **case.compared), "twin": partial(case.twin, case.side)}
    beside = _timed(arms)
    times: dict[int, float | None] = {}
    transforms: dict[int, float] = {}
    for side in sides:
        last = times.get(side // 4)
        if side > sides[0] and (last is None or 16.0 * last > LONGEST):
            times[side] = None
            continue
        arms = {"ours": partial(ours, (side, side), **case.settings)}
        if case.transforms:
            field = np.random.default_rng(1).random((side, side))
            arms["transforms"] = lambda field=field: scipy.fft.irfft2(scipy.fft.rfft2(field), s=field.shape)
        found = _timed(arms)
        times[side] = found["ours"].median
        if case.transforms:
            transforms[side] = ratio(found["ours"], found["transforms"]).median
    compared = ratio(beside["twin"], beside["ours"]).median
    return {"times": times, "twin": beside["twin"].median, "faster": compared, "transforms": transforms}


def row(case: Case, found: dict[str, Any], scene: set[str]) -> str:
    """Return the row of the table."""
    cells = [f"`{case.name}`", case.model, *(_milliseconds(t) for t in found["times"].values())]
    cells.append(", ".join(f"{value:.2g}" for value in found["transforms"].values()))
    cells += [f"{_milliseconds(found['twin'])} ({case.side})", f"{found['faster']:.3g} x", "yes" if case.name in scene else ""]
    return "| " + " | ".join(cells) + " |"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="generators, by default all")
    parser.add_argument("--page", action="store_true", help="write the table of docs/surfaces.md")
    parser.add_argument("--quick", action="store_true", help="sizes up to 1024")
    given = parser.parse_args(arguments)
    sides = SIDES[:2] if given.quick else SIDES
    cases = [case for case in _cases() if not given.names or case.name in given.names]
    scene = _in_default_scene()
    heads = ["surface", "model", *(str(side) for side in sides), "times two transforms", "twin (side)", "twin / ours", "default"]
    lines = ["| " + " | ".join(heads) + " |", "|" + " --- |" * len(heads)]
    print("\n".join(lines), flush=True)
    for case in cases:
        lines.append(row(case, measure(case, sides), scene))
        print(lines[-1], flush=True)
    if given.page:
        about = f"Milliseconds; {_core.simd()}, one thread; NumPy {np.__version__}, SciPy {scipy.__version__}."
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text("\n".join([before + BEGIN, "", about, "", *lines, "", END]) + after, encoding="utf-8")


if __name__ == "__main__":
    main()
