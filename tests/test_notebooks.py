"""Every notebook runs from top to bottom, says nothing on its error stream, and is committed without outputs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="the notebooks' dependencies are not installed")
nbclient = pytest.importorskip("nbclient", reason="the notebooks' dependencies are not installed")

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda f: f.stem)
def ran(request):
    """A notebook after a run, in a kernel of its own."""
    notebook = nbformat.read(request.param, as_version=4)
    resources = {"metadata": {"path": str(FOLDER)}}
    nbclient.NotebookClient(notebook, timeout=300, kernel_name="python3", resources=resources).execute()
    return request.param.stem, notebook


def outputs(notebook):
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda f: f.stem)
def test_no_outputs_are_committed(file):
    for cell in nbformat.read(file, as_version=4).cells:
        assert cell.cell_type != "code" or (not cell.outputs and cell.execution_count is None)


def test_a_notebook_runs_and_warns_of_nothing(ran):
    _, notebook = ran
    assert [o.text for o in outputs(notebook) if o.output_type == "stream"] == []
    assert any("application/vnd.plotly.v1+json" in o.get("data", {}) for o in outputs(notebook)), "no figure"


def test_nat_or_endpoint_says_what_arithmetic_says(ran):
    """By hand, us-east-1: 3 zones × 730 h × 0.01, over what a GB saves, 0.045 − 0.01."""
    name, notebook = ran
    if name != "nat_or_endpoint":
        pytest.skip("another notebook")
    text = " ".join(str(o.data.get("text/markdown", "")) for o in outputs(notebook) if "data" in o)
    assert "**109.50**" in text
    assert f"**{3 * 730 * 0.01 / (0.045 - 0.01):,.0f} GB a month**" in text
    assert re.search(r"559\.50 through NAT gateways, 109\.50 with a gateway endpoint", text)
