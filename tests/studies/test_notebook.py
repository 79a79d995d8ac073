"""The notebook of the examples runs from top to bottom, and is kept without its outputs."""

import json
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "examples" / "notebook.ipynb"


def code_cells(notebook):
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_notebook_is_kept_without_outputs():
    cells = code_cells(json.loads(NOTEBOOK.read_text(encoding="utf-8")))
    assert len(cells) > 4
    assert [(cell["outputs"], cell["execution_count"]) for cell in cells] == [([], None)] * len(cells)


@pytest.mark.filterwarnings("ignore")  # what the notebook's own libraries warn of is theirs
def test_notebook_runs_and_shows_what_it_says(tmp_path):
    nbformat = pytest.importorskip("nbformat", reason="the dev extra runs the notebook")
    nbclient = pytest.importorskip("nbclient", reason="the dev extra runs the notebook")
    pytest.importorskip("ipykernel", reason="the dev extra runs the notebook")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbclient.NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    cells = code_cells(notebook)
    assert [o for cell in cells for o in cell["outputs"] if o["output_type"] == "error"] == []
    assert "with a gap of" in cells[0]["outputs"][0]["text"]
    assert len(cells[1]["outputs"][0]["data"]["application/vnd.plotly.v1+json"]["data"]) == 4
    shown = cells[2]["outputs"][0]["data"]["text/plain"]
    assert "exchange_mw" in shown
    assert "(0, 2)" not in shown
    assert cells[3]["outputs"][0]["data"]["text/plain"] == "[]"
    assert "XB-chp-B4-start" in cells[4]["outputs"][0]["data"]["text/html"]
    assert "XA-north" in cells[5]["outputs"][0]["data"]["text/plain"]
