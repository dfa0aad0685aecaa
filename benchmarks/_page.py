"""Tables and pictures of docs/performance.md from the files of results: ``python benchmarks/suite.py --parts --page``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[1] / "docs"
RESULTS = Path(__file__).parent / "results"
BEGIN, END = "<!-- suite: begin -->", "<!-- suite: end -->"
NAMES = {"avx512": "AVX-512", "avx2": "AVX2", "generic": "without either"}
Row = dict[str, Any]
Found = dict[str, Any]


def stored(folder: Path = RESULTS) -> list[Found]:
    """Return the newest results of each processor and instruction set, AVX-512 first."""
    newest: dict[tuple[str, ...], Found] = {}
    for path in sorted(folder.glob("*.json")):
        found = json.loads(path.read_text(encoding="utf-8"))
        if "rows" in found:  # files of other studies lie here, too
            about = found["machine"]
            kind = about["simd"], about["processor"], about.get("microarchitecture", "")
            if kind not in newest or about["date"] >= newest[kind]["machine"]["date"]:
                newest[kind] = found
    return sorted(newest.values(), key=lambda found: (list(NAMES).index(found["machine"]["simd"]), label(found)))


def write(results: Sequence[Found]) -> None:
    """Write the pictures, and the tables between the marks of the page."""
    from _page_plots import plots  # needs matplotlib, which the tables do not

    (DOCS / "images").mkdir(exist_ok=True)
    for found in results:
        plots(found["rows"], DOCS / "images" / picture(found))
    page = DOCS / "performance.md"
    text = page.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    page.write_text(f"{before}{BEGIN}\n\n{tables(results)}\n{END}{after}", encoding="utf-8")


def label(found: Found) -> str:
    """Return what the columns and headings call a machine."""
    about = found["machine"]
    more = about.get("microarchitecture")
    return f"{NAMES[about['simd']]}, {about['processor']}{f' ({more})' if more else ''}"


def picture(found: Found) -> str:
    """Return the name of a machine's picture."""
    words = [found["machine"]["simd"], *found["machine"].get("microarchitecture", "").lower().split()]
    return f"performance-{'-'.join(words)}.png"


# ---- tables -----------------------------------------------------------------------------------------------------------


def tables(results: Sequence[Found]) -> str:
    """Return the page's part between the marks."""
    parts = ["\n".join(f"- {about(found)}" for found in results), "### What was asked for", side_by_side(results)]
    if any(found.get("presets") for found in results):
        parts += ["### The networks that we recommend", PRESETS_SAY, recommended(results)]
    parts += [
        part for found in results for one in soon(found) for part in (f"### As good as a plain loop: {label(found)}", errors(one))
    ]
    for found in results:
        every = found["machine"]["cores"]
        parts += [
            f"### apply: {label(found)}",
            f"![time per pixel against size, window and nodes](images/{picture(found)})",
            measured([r for r in found["rows"] if r["job"] == "apply" and r["threads"] == 1]),
            f"With {every} threads:",
            measured([r for r in found["rows"] if r["job"] == "apply" and r["threads"] != 1]),
            f"### train: {label(found)}",
            "One pass over all windows of an image, both directions counted.",
            measured([r for r in found["rows"] if r["job"] == "train" and r["threads"] == 1]),
            f"With {every} threads:",
            measured([r for r in found["rows"] if r["job"] == "train" and r["threads"] != 1]),
        ]
    return "\n\n".join(parts) + "\n"


def about(found: Found) -> str:
    """Return what the figures of a machine depend on."""
    machine = found["machine"]
    versions = ", ".join(
        f"{name} {machine[name]}" for name in ("python", "numpy", "scipy", "torch", "sklearn") if name in machine
    )
    run = ", a quick run" if found["quick"] else ""
    when = f"measured {machine['date']}{run} on {machine['cores']} cores, load {machine['load']:.1f} before the run"
    return f"**{label(found)}**: {when};\n  {versions}."


def side_by_side(results: Sequence[Found]) -> str:
    """Return asked against measured, a column a machine."""
    lines: dict[str, list[str]] = {}
    for column, found in enumerate(results):
        within = ""  # of which line "the same" is said
        for what, wanted, goal, value in asked(found):
            within = what if not what.startswith("the same") else within
            line = lines.setdefault(f"{within}\0{what}", [what, wanted, goal, *[""] * len(results)])
            line[3 + column] = value
    return table(("", "asked", "goal", *map(label, results)), list(lines.values()))


PRESETS_SAY = """\
What `train_on_scene` makes by its presets, all stages together. *Multiply-adds* are those of all weights for a pixel, *of the
peak* is counted work over time over the machine's limit, as above; with flips an image is cleaned four times. Training counts
both directions, and its time is that of whole steps: making pairs, and what earlier stages make of them, included.

The table is of the presets before their foveas compressed. Those of today have 16 000 and 26 300 multiply-adds a pixel and clean
an image once; `universal` (13 400) took 0.26 of the time of the former `"fast"` with flips (730 and 2810 ns a pixel of processor
time, 1024 x 1024, one thread, by turns with the version of then, on a busy machine)."""


def recommended(results: Sequence[Found]) -> str:
    """Return the table of presets."""
    lines = []
    for found in results:
        for one in found.get("presets", ()):
            once, flips, train = one["apply"]["once"], one["apply"]["flips"], one["train"]
            lines.append(
                (
                    f'"{one["preset"]}"',
                    label(found),
                    str(one["threads"]),
                    str(one["multiply_adds"]),
                    f"{once['ns_per_pixel']:.0f}",
                    f"{once['of_peak']:.2f}",
                    f"{flips['ns_per_pixel']:.0f}",
                    f"{flips['of_peak']:.2f}",
                    f"{1e-6 * train['pixels_per_second']:.2f}",
                    f"{train['of_peak']:.2f}",
                )
            )
    head = ("preset", "", "threads", "multiply-adds a pixel", "apply: ns a pixel", "of the peak")
    return table((*head, "with flips: ns a pixel", "of the peak", "train: million pixels / s", "of the peak"), lines)


def soon(found: Found) -> list[Found]:
    """Return what `time_to_error` found of finished networks; older files have the running error of the last pass instead."""
    return [one for one in found["time_to_error"] if "errors" in one]


def errors(one: Found) -> str:
    """Return the table of what finished networks do, in nanometres."""
    arms = one["errors"]
    names = list(arms["before"])
    return table(("RMS error / nm", *arms), [(name, *(f"{1e9 * of[name]:.1f}" for of in arms.values())) for name in names])


def asked(found: dict[str, Any]) -> list[Sequence[str]]:
    """Return asked against measured."""
    lines: list[Sequence[str]] = []
    rows = found["rows"]
    for threads in sorted({r["threads"] for r in rows}):
        count = f"{threads} thread{'s' if threads > 1 else ''}"
        ours = [
            r
            for r in rows
            if r["job"] == "apply" and r["arm"] == "afmnn" and r["threads"] == threads and r["window"] == 27 and r["hidden"] == 6
        ]
        large = max((r for r in ours if r["side"] <= 4096), key=lambda r: r["side"])
        side = large["side"]
        lines.append(
            (
                f"apply {side} x {side}, 27 x 27 x 6, {count}: time / counted work at peak",
                "<= 1.0",
                "0.6",
                f"{1 / large['of_peak']:.2f}",
            )
        )
        others = [r for r in rows if same_point(r, large) and r["arm"].startswith(("SciPy", "PyTorch"))]
        best = min(others, key=lambda r: r["ns_per_pixel"])
        lines.append(
            (
                "the same, against the best of SciPy and PyTorch",
                ">= 4 x",
                "",
                f"{best['ns_per_pixel'] / large['ns_per_pixel']:.1f} x ({best['arm']})",
            )
        )
        lines.append(("the same, largest error / range of the output", "<= 1e-5", "", f"{large['error']:.1e}"))
        own = next(o for o in found["own"] if o["threads"] == threads)
        for name, value in own.items():
            if name == "threads":
                continue
            limits = ("<= 1.5 x", "1.2 x") if name.startswith("61") else ("<= 1.15 x", "")
            lines.append((f"apply, {name}, {count}", *limits, f"{value[0]:.2f} x ({value[1]:.2f} ... {value[2]:.2f})"))
        trained = [
            r
            for r in rows
            if r["job"] == "train" and (r["side"], r["window"], r["hidden"], r["threads"]) == (256, 27, 6, threads)
        ]
        step = next(r for r in trained if r["arm"] == "afmnn")
        lines.append(
            (f"a step of train, 256 x 256, 27 x 27 x 6, {count}: share of the peak", ">= 0.5", "0.75", f"{step['of_peak']:.2f}")
        )
        for r in trained:
            if r["arm"].startswith(("PyTorch", "plain")):
                limit = ">= 10 x" if r["arm"] == "PyTorch, mini-batches" else ""
                lines.append((f"the same, against {r['arm']}", limit, "", f"{r['ns_per_pixel'] / step['ns_per_pixel']:.1f} x"))
    for one in soon(found):
        low, middle, high = one["times_faster"]
        what = f"75 steps of train against 75 passes of the plain C++ loop, 27 x 27 x 6, {one['threads']} threads"
        lines.append((what, ">= 40 x", "80 x", f"{middle:.0f} x ({low:.0f} ... {high:.0f})"))
        what = "the same, until the network is as good as the loop's on the training image"
        shown = "not in 150 steps"
        if one["steps"] is not None:
            low, middle, high = one["times_sooner"]
            shown = f"{middle:.0f} x ({low:.0f} ... {high:.0f}): {one['steps']} steps"
        lines.append((what, "", "", shown))
    lines.append(("apply 64 x 64, 5 x 5 x 6, whole call", "<= 150 us", "", f"{found['small_seconds'] * 1e6:.0f} us"))
    lines.append(("import afmnn beyond NumPy's", "<= 60 ms", "", f"{found['import_seconds'] * 1e3:.0f} ms"))
    scan = found["large_scan"]
    what = f"apply {scan['side']} x {scan['side']} from file to file: anonymous memory"
    lines.append(
        (what, "<= 64 MB", "", f"{scan['anonymous_peak'] / 1e6:.0f} MB ({scan['anonymous_before'] / 1e6:.0f} MB before)")
    )
    return lines


def same_point(a: Row, b: Row) -> bool:
    return all(a[name] == b[name] for name in ("job", "side", "window", "hidden", "threads"))


def measured(rows: list[Row]) -> str:
    """Return the table of some rows; what was measured on a smaller image is marked."""
    lines = []
    for r in rows:
        window = f"{r['window']} x {r['window']}" if isinstance(r["window"], int) else " x ".join(map(str, r["window"]))
        side = f"{r['side']}" + (f" ({r['on']})" if r["on"] != r["side"] else "")
        memory, error = r["peak_bytes_per_pixel"], r["error"]
        lines.append(
            (
                side,
                window,
                str(r["hidden"]),
                f"**{r['arm']}**" if r["arm"] == "afmnn" else r["arm"],
                f"{r['ns_per_pixel']:.3g}",
                f"{100 * r['spread']:.0f} %",
                f"{r['gmacs']:.3g}",
                f"{r['of_peak']:.3g}",
                "" if error is None else f"{error:.0e}",
                "" if memory is None else f"{memory:.3g}",
            )
        )
    head = (
        "side",
        "window",
        "nodes",
        "",
        "ns a pixel",
        "spread",
        "G multiply-adds / s",
        "of the peak",
        "error",
        "memory / bytes a pixel",
    )
    return table(head, lines)


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines))
