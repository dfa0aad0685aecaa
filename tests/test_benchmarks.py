"""The suite of benchmarks runs, its arms compute the same, and its page is made from what it finds."""

import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def suite(monkeypatch):
    if not FOLDER.is_dir():
        pytest.skip("the benchmarks are not part of this distribution")
    monkeypatch.syspath_prepend(str(FOLDER))
    import _page
    import _suite

    yield _suite, _page
    for name in [name for name, module in sys.modules.items() if str(FOLDER) in str(getattr(module, "__file__", ""))]:
        del sys.modules[name]


@pytest.mark.filterwarnings("ignore")  # of packages that only the benchmarks use
def test_suite(suite, tmp_path, monkeypatch):
    _suite, _page = suite
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
    found = {
        "machine": {"date": "2026-01-01", "processor": "p", "cores": 2, "simd": "s", "load": 0.0, "python": "3", "numpy": "2"},
        "rows": rows,
        "own": [{"threads": n, "61 x 61 / 27 x 27": (1.1, 1.0, 1.2), "pixel": (1.0, 0.9, 1.1)} for n in (1, 2)],
        "time_to_error": [{"steps": 3, "threads": 2, "times_sooner": [1.0, 2.0, 3.0]}],
        "small_seconds": 1e-4,
        "import_seconds": 0.04,
        "large_scan": {"side": 16384, "anonymous_before": 1, "anonymous_peak": 2},
    }
    monkeypatch.setattr(_page, "DOCS", tmp_path)
    page = tmp_path / "performance.md"
    page.write_text(f"before {_page.BEGIN} old {_page.END} after")
    _page.write(found)
    text = page.read_text()
    assert text.startswith("before")
    assert text.endswith("after")
    assert "old" not in text
    assert "2 x (1 ... 3)" in text
    assert (tmp_path / "images" / "performance.png").stat().st_size > 10_000
