"""Verdicts: their limits, their words, and what they say of images whose truth is known."""

import csv
import json
import math

import numpy as np
import pytest

import afmnn
from afmnn import Image, synth
from afmnn.cli import main
from afmnn.evaluation.place import most_removed, place_in_words
from afmnn.evaluation.verdict import verdict
from afmnn.formats.images import write_image

SHAPE = (160, 192)
#: An image of which nothing was taken but noise.
GOOD = {
    "rms_error_before": math.nan,
    "rms_error_after": math.nan,
    "sq_reference": 11e-9,
    "sq_after": 10e-9,
    "rms_removed": 3e-9,
    "structure": 0.0,
    "row_correlation": -0.1,
    "row_correlation_error": 0.004,
    "height_loss": 0.001,
    "relief_loss": 5e-11,
    "feature_residual": 2e-11,
    "edge_excess": 1.02,
    "sq_change": -0.2,
    "step_change": -0.3,
}
HUM = {"structure": 3e-10, "row_correlation": 0.1}
KNOWN = {"rms_error_before": 3e-9, "rms_error_after": 1e-9, "sq_reference": 10e-9, "sq_change": 0.01, "step_change": 0.001}


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({}, "fine", "at most 0.5 % of the sample's roughness Sq, and features are 0.1 % lower"),
        ({"relief_loss": 1.9e-10}, "fine", "at most 1.9 %"),
        ({"relief_loss": 2.1e-10}, "look", "features lost 2.1 % of the roughness Sq"),
        ({"relief_loss": 4.9e-10}, "look", "features lost 4.9 %"),
        ({"relief_loss": 5.1e-10}, "do not use", "features lost 5.1 %"),
        ({"relief_loss": 3e-10, "height_loss": 0.03}, "look", "features are 3 % lower than they were"),
        ({"relief_loss": 3e-10, "height_loss": -0.06}, "do not use", "features are 6 % higher than they were"),
        ({"height_loss": 0.06}, "look", "or noise is left in the result"),
        ({"height_loss": 0.06, "relief_loss": math.nan}, "do not use", "features are 6 % lower"),
        (HUM, "look", "share 3 % of the roughness Sq: features that are gone, or hum, which is regular stripes"),
        (HUM | {"structure": 6e-10}, "do not use", "or hum"),
        (HUM | {"row_correlation": 0.01}, "fine", "at most 3 %"),  # by chance: not three standard errors
        ({"feature_residual": 1.9e-10}, "fine", "at most 1.9 %"),
        (
            {"feature_residual": 9e-10},
            "look",
            "features show in the residual: there it is 9 % of the roughness Sq higher or lower",
        ),
        ({"edge_excess": 1.6}, "look", "1.6 times as much was removed at edges as where it is flat"),
        ({"edge_excess": 9.0, "rms_removed": 1e-10}, "fine", ""),
        ({"rms_removed": 0.0, "structure": math.nan, "relief_loss": math.nan}, "fine", "nothing was removed"),
        ({"sq_after": 0.0}, "do not use", "nothing of the image is left"),
        (
            {"relief_loss": math.nan, "structure": math.nan, "feature_residual": math.nan},
            "look",
            "too small, or too flat, to tell",
        ),
        (KNOWN, "fine", "at most 0.5 %"),
        (KNOWN | {"rms_error_after": 3.1e-9}, "do not use", "further from the ideal than the image before"),
        (KNOWN | {"step_change": -0.03}, "look", "a step between terraces is 3 % lower than in the ideal"),
        (KNOWN | {"step_change": 0.06}, "do not use", "6 % higher than in the ideal"),
        (KNOWN | {"sq_change": 0.03}, "look", "the roughness Sq is 3 % higher than in the ideal"),
        (KNOWN | {"sq_change": -0.06}, "do not use", "the roughness Sq is 6 % lower"),
        (KNOWN | HUM | {"structure": 8e-10}, "look", "or other noise that lasts for several lines"),
        (KNOWN | {"sq_reference": 0.0, "sq_change": math.nan}, "look", "too flat"),
    ],
)
def test_limits_and_words(changes, level, words):
    found = verdict(GOOD | changes, where="row 3, column 4")
    assert found.level == level
    assert words in found.because
    place = "the residual" if "too flat" in words else "row 3, column 4"
    begin = {"fine": "fine: ", "look": f"look at {place}, because ", "do not use": "do not use, because "}[level]
    assert str(found).startswith(begin + found.because)
    assert (found.where == "") == (level == "fine" or "too flat" in words)


def test_worst_reason_first_and_without_a_place():
    found = verdict(GOOD | HUM | {"relief_loss": 3e-10, "structure": 6e-10})
    assert found.level == "do not use"
    assert found.reasons[0].startswith("neighbouring scan lines")
    assert "hum" not in found.because  # it is not alone
    assert str(verdict(GOOD | {"edge_excess": 2.0})).startswith("look at the residual, because ")
    assert verdict({}).level == "look"  # nothing is known


def test_of_networks_that_count_in_noise_doubts_are_looked_at_and_hum_and_defects_are_not():
    both = HUM | {"structure": 4e-10, "feature_residual": 3e-10, "edge_excess": 3.0}
    assert verdict(GOOD | both).level == "look"
    found = verdict(GOOD | both, doubts=[])
    assert found.level == "fine"
    assert "neighbouring scan lines of it share 4 % of Sq, as hum and defects of several lines do" in found.because
    assert verdict(GOOD, doubts=[]).reasons == verdict(GOOD).reasons
    found = verdict(GOOD | both, where="row 3", doubts=["it is doubtful"])
    assert str(found) == "look at row 3, because it is doubtful"
    assert verdict(GOOD | both | {"structure": 6e-10}, doubts=[]).level == "do not use"
    lost = verdict(GOOD | {"relief_loss": 6e-10}, doubts=["it is doubtful"])
    assert lost.level == "do not use"
    assert lost.reasons[1:] == ("it is doubtful",)


def surface(kind):
    if kind == "grating":
        return synth.pattern_grating(SHAPE, period=25, height=80e-9, angle=0.8, seed=1)
    coverage, radius = {"sparse": (0.08, 0.1e-6), "dense": (0.6, 0.2e-6)}[kind]
    return synth.particles(SHAPE, pixel_size=20e-9, radius=radius, coverage=coverage, seed=1)


@pytest.mark.parametrize("kind", ["sparse", "dense", "grating"])
@pytest.mark.parametrize(("lost", "level"), [(0.0, "fine"), (0.01, "fine"), (0.035, "look"), (0.08, "do not use")])
def test_of_known_losses(kind, lost, level):
    """A function that takes off all noise, and a share of the relief; noise and row offsets of the usual strengths."""
    ideal = surface(kind)
    ideal -= np.median(ideal, axis=1, keepdims=True)  # what differs from row to row only cannot be told from offsets
    strength = ideal.std()
    noise = synth.noise(SHAPE, rms=0.3 * strength, seed=2) + synth.line_steps(SHAPE, rms=0.5 * strength, seed=3)
    size = {"size": (3.2e-6, 3.84e-6), "unit_xy": "m", "unit_z": "m"}
    scan = Image(ideal + noise, **size, title="scan")
    result = afmnn.evaluate(lambda image: image.replace(data=(1 - lost) * ideal), scan)
    assert result.verdicts[0].level == level
    # Less by what of the relief is larger than a quarter of the image.
    assert 0.65 * lost - 0.007 < result["relief_loss"][0] / strength < 1.15 * lost + 0.007


def test_hum_and_scars_that_go_are_not_taken_for_relief():
    ideal = surface("sparse")
    strength, y, x = ideal.std(), *np.mgrid[: SHAPE[0], : SHAPE[1]]
    hum = 0.2 * strength * np.sin(x / 3.1 + y / 4.7)
    found = afmnn.evaluate(lambda image: ideal, ideal + hum)
    assert found["relief_loss"][0] < 0.01 * strength
    assert "hum" in found.verdicts[0].because
    assert found.verdicts[0].level == "do not use"  # structure of 14 % may as well be features that are gone
    scars = np.zeros(SHAPE)
    scars[20:150:13, 30:90] = 2 * strength
    found = afmnn.evaluate(lambda image: ideal + 0.3 * scars, ideal + scars)  # a part of them stays
    assert found["relief_loss"][0] < 0.02 * strength


def test_place_of_what_was_eaten(rng):
    residual = rng.standard_normal(SHAPE) + 9 * rng.standard_normal((SHAPE[0], 1))
    residual[100:110, 40:50] += 4
    row, col = most_removed(residual)
    assert abs(row - 105) <= 8
    assert abs(col - 45) <= 8
    residual[100:110, 40:50] = np.nan
    residual[:, 150:] = np.nan
    assert most_removed(residual)[1] < 150
    assert most_removed(np.full((9, 9), np.nan)) is None
    assert most_removed(np.ones((7, 7)) * np.arange(7)[:, None]) is None  # offsets of rows
    small = np.zeros((7, 8))
    small[5, 6] = 1
    assert most_removed(small) in {(5, 6), (5, 7)}
    assert place_in_words((5, 6), (2e-9, 1e-9), "m") == "x = 6.5 nm, y = 11 nm (row 5, column 6)"
    assert place_in_words((5, 6), (1.0, 1.0), "") == "row 5, column 6"


def test_where_verdicts_are_shown(tmp_path, capsys, monkeypatch):
    pytest.importorskip("matplotlib")
    ideal = surface("sparse")
    scan = Image(ideal + synth.noise(SHAPE, rms=2e-8, seed=1), (3.2e-6, 3.84e-6), "m", "m", "one & two")
    result = afmnn.report(lambda image: 0.9 * ideal, [scan, (scan.data, ideal)], tmp_path / "page.html")
    bad = result.verdicts[0]
    assert (bad.level, result.verdicts[1].level) == ("do not use", "do not use")
    lines = str(result).splitlines()
    assert lines[0] == "Verdicts"
    assert lines[1].startswith("one & two: do not use, because ")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count('<p class="verdict unfit"><strong>Do not use</strong>, because ') == 2
    assert page.count('<p class="verdict unfit"><strong>one &amp; two: do not use</strong>, because ') == 1
    assert page.index("one &amp; two: do not use") < page.index('class="tiles"')
    result.to_csv(tmp_path / "figures.csv")
    with open(tmp_path / "figures.csv", newline="", encoding="utf-8") as file:
        row = next(csv.DictReader(file))
    assert (row["verdict"], row["because"], row["where"]) == (bad.level, bad.because, bad.where)
    assert "µm (row " in bad.where
    # on the command line, as text and as JSON
    monkeypatch.chdir(tmp_path)
    net = afmnn.train(scan, scan.replace(data=ideal), window=3, hidden=1, steps=1, seed=0)
    net.save("net.npz")
    write_image("scan.npz", scan)
    expected = afmnn.evaluate(net, afmnn.read_image("scan.npz")).verdicts[0]
    assert main(["report", "net.npz", "scan.npz", "-o", "a.html", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)["results"][0]
    assert (said["verdict"], said["because"]) == (expected.level, expected.because)
    assert main(["report", "net.npz", "scan.npz", "-o", "a.html"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert text.startswith(f"Verdict {expected}".replace("  ", " "))
