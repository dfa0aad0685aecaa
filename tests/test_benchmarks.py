"""The suite of benchmarks runs, its arms compute the same, and its page is made from what it has found."""

import dataclasses
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

import afmnn
from afmnn import TrainingWarning

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def benchmarks(monkeypatch):
    if not FOLDER.is_dir():
        pytest.skip("the benchmarks are not part of this distribution")
    monkeypatch.syspath_prepend(str(FOLDER))
    yield
    for name in [name for name, module in sys.modules.items() if str(FOLDER) in str(getattr(module, "__file__", ""))]:
        del sys.modules[name]


def table_of(text, title):
    """Rows of the table below a heading, as lists of cells."""
    _, _, rest = text.partition(f"### {title}")
    lines = rest.partition("\n#")[0].splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]


@pytest.mark.filterwarnings("ignore")  # of packages that only the benchmarks use
def test_suite(benchmarks, tmp_path, monkeypatch):
    import _page
    import _presets
    import _suite

    effort = _suite.Effort(0.001, 2, 1000)
    rows = []
    for job in ("apply", "train"):
        rows += _suite.measure(_suite.Case(job, 64, 9, 2, 1), effort)
    assert {"afmnn", "NumPy (BLAS)", "SciPy fftconvolve", "SciPy oaconvolve"} <= {r["arm"] for r in rows}
    for r in rows:
        assert r["error"] is None or r["error"] < 1e-5
        assert r["ns_per_pixel"] > 0
    # The page looks for the cases that something was asked of.
    rows = [{**r, "side": 256, "window": 27, "hidden": 6, "threads": threads} for r in rows for threads in (1, 2)]
    presets = [_presets.measure("fast", 1, _presets.Effort(24, 32, 2, 2, 1000))]
    found = {
        "machine": {
            "date": "2026-01-01",
            "processor": "p",
            "microarchitecture": "Zen 9",
            "cores": 2,
            "simd": "avx2",
            "load": 0.0,
            "python": "3",
            "numpy": "2",
        },
        "quick": True,
        "rows": rows,
        "own": [{"threads": n, "61 x 61 / 27 x 27": (1.1, 1.0, 1.2), "pixel": (1.0, 0.9, 1.1)} for n in (1, 2)],
        "time_to_error": [
            {
                "steps": 70,
                "threads": 2,
                "times_faster": [1.0, 2.0, 3.0],
                "times_sooner": [4.0, 5.0, 6.0],
                "errors": {"before": {"star": 1e-7}, "classic, 75 passes": {"star": 2e-7}, "ours, 75 steps": {"star": 5e-8}},
            }
        ],
        "presets": presets,
        "small_seconds": 1e-4,
        "import_seconds": 0.04,
        "large_scan": {"side": 16384, "anonymous_before": 1, "anonymous_peak": 2},
    }
    other = {**found, "machine": {**found["machine"], "simd": "avx512"}, "presets": [], "time_to_error": [{"times_sooner": [9]}]}
    monkeypatch.setattr(_page, "DOCS", tmp_path)
    page = tmp_path / "performance.md"
    page.write_text(f"before {_page.BEGIN} old {_page.END} after")
    _page.write([other, found])
    text = page.read_text()
    assert text.startswith("before")
    assert text.endswith("after")
    assert "old" not in text
    asked = table_of(text, "What was asked for")
    assert asked[0] == ["", "asked", "goal", "AVX-512, p (Zen 9)", "AVX2, p (Zen 9)"]
    # One machine's figures beside the other's; what only one has measured leaves the other's cell empty.
    assert [row[3:] for row in asked if row[0].startswith("75 steps of train")] == [["", "2 x (1 ... 3)"]]
    assert [row[3:] for row in asked if "as good as the loop's" in row[0]] == [["", "5 x (4 ... 6): 70 steps"]]
    assert [row[3:] for row in asked if row[0].startswith("import")] == [["40 ms", "40 ms"]]
    assert table_of(text, "As good as a plain loop: AVX2")[2] == ["star", "100.0", "200.0", "50.0"]
    recommended = table_of(text, "The networks that we recommend")
    assert [row[:4] for row in recommended[2:]] == [['"fast"', "AVX2, p (Zen 9)", "1", str(presets[0]["multiply_adds"])]]
    for name in ("performance-avx2-zen-9.png", "performance-avx512-zen-9.png"):
        assert f"(images/{name})" in text
        assert (tmp_path / "images" / name).stat().st_size > 10_000


def test_the_page_shows_the_results_that_are_stored(benchmarks):
    import _page

    text = (FOLDER.parent / "docs" / "performance.md").read_text(encoding="utf-8")
    shown = text.partition(_page.BEGIN)[2].partition(_page.END)[0]
    results = _page.stored()
    assert results
    assert shown == f"\n\n{_page.tables(results)}\n", "make it again by `python benchmarks/suite.py --parts --page`"
    for found in results:
        assert (FOLDER.parent / "docs" / "images" / _page.picture(found)).is_file()


def test_the_newest_results_of_each_machine_count(benchmarks, tmp_path):
    import _page

    kinds = [("avx2", "2026-01-02", 1), ("avx512", "2026-01-01", 2), ("avx2", "2026-01-03", 3), ("avx2", "2026-01-01", 4)]
    for simd, date, number in kinds:
        found = {"machine": {"simd": simd, "date": date, "processor": "p"}, "rows": [], "number": number}
        (tmp_path / f"{number}.json").write_text(json.dumps(found))
    (tmp_path / "study.json").write_text(json.dumps({"machine": {"simd": "avx2"}}))
    assert [found["number"] for found in _page.stored(tmp_path)] == [2, 3]


def test_work_of_presets_is_counted_in_their_weights(benchmarks):
    import _presets

    for name in _presets.RECOMMENDED:
        preset = _presets.PRESETS[name]
        net = _presets.network(preset)
        weights = [sum(layer[:, 1:].size for layer in stage.layers) + stage.linear.size for stage in net.stages]
        assert _presets.work_of_stages(preset) == weights


def test_finished_networks_are_compared(benchmarks, monkeypatch):
    """The error is that of the network which is left, and steps are looked for until ours is as good."""
    import _plain
    import time_to_error as study

    if not _plain.available:
        pytest.skip("needs g++")
    monkeypatch.setattr(study, "SEED_JOB", Path("nowhere"))  # our own images, wherever the test runs
    _, training, others = study.images()
    small = tuple(image[:60, :64] for image in training)
    monkeypatch.setattr(study, "images", lambda: ("small", small, {"star": others["Siemens star"]}))
    monkeypatch.setattr(study, "SCHEDULES", (1, 40))
    monkeypatch.setattr(study, "SEEDS", (0, 1))
    monkeypatch.setattr(study, "STEPS", 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", TrainingWarning)  # so few steps may end higher than they began
        found = study.measure(1, threads=1)
        classic = [afmnn.train(*small, window=27, hidden=6, steps=2, seed=seed, method="gwyddion") for seed in (0, 1)]
    mark = found["errors"]["classic, 2 passes"]["training image"]
    assert mark == np.mean([study.error_inside(net, *small) for net in classic])
    assert found["errors"][f"ours, {found['steps']} steps"]["training image"] <= mark
    assert found["errors"]["before"]["star"] == study.rms(*others["Siemens star"], (27, 27))
    low, middle, high = found["times_sooner"]
    assert 0 < low <= middle <= high


def test_a_plain_loop_of_another_algorithm_is_no_mark(benchmarks, monkeypatch):
    import _plain
    import time_to_error as study

    if not _plain.available:
        pytest.skip("needs g++")
    _, training, _ = study.images()
    study.check_algorithm(training)
    step = study.PlainLoop.step
    monkeypatch.setattr(study.PlainLoop, "step", lambda plain: step(plain) + step(plain))
    with pytest.raises(SystemExit, match="does not compute what method='gwyddion' does"):
        study.check_algorithm(training)


def test_surfaces(benchmarks, tmp_path, monkeypatch):
    import surfaces

    cases = {case.name: case for case in surfaces._cases()}
    assert set(cases) < set(afmnn.synth.recipes.SURFACES)
    page = tmp_path / "surfaces.md"
    page.write_text(f"before\n{surfaces.BEGIN}\nold\n{surfaces.END}\nafter\n")
    monkeypatch.setattr(surfaces, "PAGE", page)
    monkeypatch.setattr(surfaces, "SIDES", (16, 64))
    small = [dataclasses.replace(cases[name], side=32) for name in ("ballistic", "spectral")]
    monkeypatch.setattr(surfaces, "_cases", lambda: small)
    surfaces.main(["--page"])
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    rows = [line.split("|")[1:-1] for line in text.splitlines() if line.startswith("| `")]
    assert [cells[0].strip() for cells in rows] == ["`ballistic`", "`spectral`"]
    for cells in rows:
        assert len(cells) == 8
        assert all(float(cell) > 0 for cell in cells[2:4])
    assert [bool(cells[4].strip()) for cells in rows] == [False, True]
