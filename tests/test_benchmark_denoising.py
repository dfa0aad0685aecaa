"""The benchmark of denoising runs on small images with no package but NumPy and SciPy; its scores measure what they say."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import afmnn

FOLDER = Path(__file__).parents[1] / "benchmarks" / "denoising"
SIZE = 128


@pytest.fixture
def bench(monkeypatch):
    """Import a module of the benchmark by its name."""
    if not FOLDER.is_dir():
        pytest.skip("the benchmarks are not part of this distribution")
    pytest.importorskip("scipy")
    monkeypatch.syspath_prepend(str(FOLDER))
    threads = afmnn.get_num_threads()
    yield importlib.import_module
    afmnn.set_num_threads(threads)
    for name in [name for name, module in sys.modules.items() if str(FOLDER.parent) in str(getattr(module, "__file__", ""))]:
        del sys.modules[name]


def ripples(rng, shape=(96, 160)):
    """Relief that is smooth, and the same nowhere."""
    fine = np.fft.rfft2(rng.standard_normal(shape))
    y, x = np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])
    return np.fft.irfft2(fine * np.exp(-((y**2 + x**2) / 0.05**2)), s=shape) * 10


@pytest.mark.filterwarnings("ignore")  # of networks on surfaces without noise
def test_a_run(bench, tmp_path):
    arms, run = bench("arms"), bench("run")
    afmnn.set_num_threads(1)
    settings = arms.Settings(steps=1)
    chosen = [arm for group in ("ours", "rows") for arm in arms.of_group(group, settings) if not arm.trains]
    wanted = ["hidden", "fidelity"]

    def missing():
        raise ImportError("No module named 'anything'")

    measured = run.Run(tmp_path, quick=True, size=SIZE, images=1, pairs=tmp_path)
    for arm in (*chosen, arms.Arm("a package", missing)):
        measured.judge(arm, wanted)
    measured.time_all()

    (path,) = tmp_path.glob("*-quick.json")
    found = json.loads(path.read_text(encoding="utf-8"))
    figures = {name: entry["sets"] for name, entry in found["arms"].items()}
    assert {"nothing", "row medians", "rows + 3 x 3 median", "afmnn `universal`", "afmnn `clean`"} <= set(figures)
    assert found["left out"] == {"a package": "No module named 'anything'"}
    assert all(entry["ns per pixel"] > 0 for entry in found["arms"].values())

    untouched = figures["nothing"]["fidelity"]
    for name in ("kept, 6 px", "kept, 9 px", "kept, 14 px", "kept, 9 px, noisy", "noise left"):
        assert untouched[name] == pytest.approx(1, abs=0.03)
    assert untouched["steps across"] == untouched["steps along"] == untouched["Sq, largest"] == 0
    assert untouched["halo above"] < 0.1
    assert figures["row medians"]["fidelity"]["steps along"] > 90  # a terrace along the lines is an offset of lines to it
    assert figures["afmnn `universal`"]["hidden"]["PSNR"] > figures["nothing"]["hidden"]["PSNR"] + 2

    text = path.with_suffix(".md").read_text(encoding="utf-8")
    assert all(f"| {name} |" in text for name in figures)
    assert "- a package: No module" in text


@pytest.mark.filterwarnings("ignore")
def test_a_run_goes_on_where_it_was_stopped(bench, tmp_path, monkeypatch):
    run, arms = bench("run"), bench("arms")
    calls = []

    def prepare():
        calls.append("prepared")
        return lambda image: 0.5 * image

    monkeypatch.setattr(arms, "of_group", lambda group, settings: [arms.Arm("half", prepare)])
    words = ["--quick", "--arms", "rows", "--size", str(SIZE), "--out", str(tmp_path), "--sets"]
    run.main([*words, "stripes"])
    run.main([*words, "stripes"])
    assert calls == ["prepared"]
    run.main([*words, "stripes", "hum"])
    run.main([*words, "hum", "--again"])
    assert len(calls) == 3
    (path,) = tmp_path.glob("*.json")
    assert set(json.loads(path.read_text(encoding="utf-8"))["arms"]["half"]["sets"]) == {"stripes", "hum"}
    with pytest.raises(SystemExit, match="must be of the same size"):
        run.main([*words, "hum", "--images", "2"])


def test_sets_are_what_they_say(bench):
    sets = bench("sets")
    for name in sets.TRUE:
        pairs, again = (sets.pairs_of(name, SIZE, 2) for _ in range(2))
        assert len(pairs) == (4 if name.startswith("hidden") else 2)
        for (noisy, ideal), (same, _) in zip(pairs, again, strict=True):
            assert noisy.shape == ideal.shape == (SIZE, SIZE)
            assert np.array_equal(noisy, same)
            assert 0.01 < np.std(noisy - ideal) / np.ptp(ideal) < 0.3
    # A stripe is a straight line from one end of its row to the other.
    noisy, ideal = sets.pairs_of("stripes", SIZE, 1)[0]
    assert np.abs(np.diff(noisy - ideal, n=2, axis=1)).max() < 1e-12
    striped = np.abs(noisy - ideal).max(axis=1) > 0
    assert 0.3 < striped.mean() < 0.7


def test_scores_of_two_recordings(bench, rng):
    """A perfect cleaner leaves the other one's noise: D = 1/sqrt(2). What is taken off both recordings is the sample."""
    relief = ripples(rng)
    this, other = (relief + 0.1 * rng.standard_normal(relief.shape) for _ in range(2))
    scan = bench("pairs").Twice("name", this, other)

    assert scan.scores(np.copy) == (1.0, 0.0, 0.0)
    assert scan.distance(relief) == pytest.approx(np.sqrt(0.5), abs=0.02)
    d, shared, taken = scan.scores(lambda image: image - 0.2 * relief)
    assert d > 1.1
    assert shared > 0.98
    assert taken == pytest.approx(0.25, rel=0.1)  # a fifth of the relief, of the four fifths that stay


@pytest.mark.parametrize("lag", [-3.3, 0.0, 6.0])
def test_the_lag_of_the_other_direction_is_found(bench, rng, lag):
    pairs = bench("pairs")
    wide = ripples(rng, (96, 192))
    at = np.arange(16, 176)
    columns = np.arange(wide.shape[1])
    moved = np.array([np.interp(at + lag, columns, row) for row in wide])
    registration = pairs.Registration(wide[:, at], moved)
    assert np.median(registration.lag) == pytest.approx(lag, abs=0.1)
    inside = registration.inside
    assert np.std((registration(moved) - wide[:, at])[:, inside]) < 0.1 * np.std(wide)


def test_robust_pca_parts_what_is_low_rank_from_what_is_sparse(bench, rng):
    low_rank = rng.standard_normal((60, 3)) @ rng.standard_normal((3, 80))
    sparse = np.where(rng.uniform(size=(60, 80)) < 0.05, 10 * rng.standard_normal((60, 80)), 0)
    found = bench("arms_lowrank").robust_pca(low_rank + sparse)
    assert np.abs(found[0] - low_rank).max() < 1e-3
    assert np.abs(found[1] - sparse).max() < 1e-3


def test_the_spectrum_of_rows(bench, rng):
    """White noise has sigma**2 times the pixels everywhere; offsets of rows are in the first coefficient along the row alone."""
    spectrum = bench("arms_bm3d").row_spectrum
    shape = (400, 256)
    white, offsets = 0.3 * rng.standard_normal(shape), 0.5 * rng.standard_normal((shape[0], 1))
    found = spectrum(white + offsets) / white.size
    assert np.array_equal(found, np.repeat(found[:1], shape[0], axis=0))
    assert np.median(found[0, 1:]) == pytest.approx(0.09, rel=0.1)
    assert found[0, 0] == pytest.approx(0.09 + 256 * 0.25, rel=0.35)
