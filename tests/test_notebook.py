"""The notebook in examples/ runs from the first cell to the last, and shows what it says."""

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[1] / "examples" / "clean_a_scan.ipynb"


def test_it_is_kept_without_outputs():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert len(code) > 8
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert all(set(cell["metadata"]) == set() for cell in cells)


def test_it_runs_and_every_picture_is_there(monkeypatch, tmp_path):
    for package in ("matplotlib", "ipykernel"):
        pytest.importorskip(package)
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    monkeypatch.delenv("MPLBACKEND", raising=False)  # which another test may have set
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    client = nbclient.NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    )
    client.execute()
    outputs = [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]
    data = [output.data for output in outputs if "data" in output]
    assert sum("image/png" in each for each in data) == 4  # two images, two comparisons
    cards = [each["text/html"] for each in data if "text/html" in each]
    bars = [each for each in cards if "<progress" in each]
    assert len(bars) == 2
    titles = [
        title for title in ("Network", "Evaluation", "universal", "Scene", "Instrument") for each in cards if f">{title}<" in each
    ]
    assert len(titles) == len(cards) - len(bars) == 5
    assert all("data:image/png" in each for each in cards if each not in bars)
    (printed,) = [output.text for output in outputs if output.output_type == "stream"]
    errors = [float(line.split()[-2]) for line in printed.splitlines()]
    assert errors[0] > 1.3 * errors[1] > 1.3 * errors[2] > 0
    assert not any(output.output_type == "error" for output in outputs)
