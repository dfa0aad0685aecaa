"""``afmnn report``."""

import json

import numpy as np
import pytest

import afmnn
from afmnn.cli import main
from afmnn.formats import images

pytest.importorskip("matplotlib")


@pytest.fixture
def folder(tmp_path, monkeypatch, rng):
    monkeypatch.chdir(tmp_path)
    y, x = np.mgrid[:40, :48]
    ideal = 1e-7 * np.sin(x / 5) * np.cos(y / 7)
    noisy = ideal + 3e-8 * rng.standard_normal(ideal.shape)
    noisy, ideal = (afmnn.Image(z, (4e-8, 5e-8), "m", "m", title) for z, title in ((noisy, "Height"), (ideal, "ideal")))
    images.write_image("noisy.npz", noisy)
    images.write_image("ideal.npz", ideal)
    afmnn.train(noisy, ideal, window=(5, 3), hidden=2, steps=2, seed=3).save("net.npz")
    return tmp_path


def run(*arguments):
    return main([str(argument) for argument in arguments])


def test_page_and_table(folder, capsys):
    assert run("report", "net.npz", "noisy.npz", "-o", "page.html", "--ideal", "ideal.npz", "--title", "Mine", "--crop", 2) == 0
    output = capsys.readouterr().out
    noisy, ideal = afmnn.read_image("noisy.npz"), afmnn.read_image("ideal.npz")
    expected = afmnn.evaluate(afmnn.load("net.npz"), (noisy.replace(title="noisy.npz: Height"), ideal), crop=2)
    assert output == f"{expected}\n\nwritten     page.html\n"
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert "<h1>Mine</h1>" in page
    assert run("report", "net.npz", "noisy.npz", "-o", "page.html") == 0  # an earlier report is replaced
    assert (folder / "page.html").read_text(encoding="utf-8") != page


def test_json_and_levelling(folder, capsys):
    y, x = np.mgrid[:40, :48]
    tilted = afmnn.read_image("noisy.npz")
    images.write_image("tilted.npz", tilted.replace(data=tilted.data + 1e-6 * x + 2e-7 * y))
    assert run("report", "net.npz", "tilted.npz", "noisy.npz", "-o", "a.html", "--level", "plane", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["command"], said["output"]) == ("report", "a.html")
    one, other = said["results"]
    assert one.pop("image") == "tilted.npz"
    assert other.pop("image") == "noisy.npz"
    assert one.pop("unit") == other.pop("unit") == "m"
    assert {name: one.pop(name) for name in ("verdict", "because", "where")}.keys() <= other.keys()
    assert one.pop("psnr_after") is other.pop("psnr_after") is None
    for name, value in one.items():
        if isinstance(value, str):  # the verdict
            assert value == other[name], name
        elif value is not None:
            assert value == pytest.approx(other[name], rel=1e-3, abs=1e-6), name


def test_refusals(folder, capsys):
    (folder / "mine.html").write_text("<p>mine</p>")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    for arguments, message in (
        (["net.npz", "noisy.npz", "-o", "page.txt"], "page.txt: a report is a page; name it NAME.html"),
        (["net.npz", "noisy.npz", "-o", "mine.html"], "mine.html: exists, and is no earlier result; --force replaces it"),
        (["net.npz", "none.npz", "-o", "page.html"], "none.npz: No such file"),
        (["net.npz", "noisy.npz", "-o", "no/page.html"], "there is no folder no"),
        (["net.npz", "noisy.npz", "-o", "page.html", "--crop", "18"], "crop must leave at least 7 x 7 pixels"),
    ):
        assert run("report", *arguments) == 1
        assert message in capsys.readouterr().err
    assert run("report", "net.npz", "noisy.npz", "-o", "p.html", "--ideal", "a", "--ideal", "b") == 2
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert run("report", "net.npz", "noisy.npz", "-o", "mine.html", "--force") == 0
