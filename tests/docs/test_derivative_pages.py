"""The gallery of derivatives: each page is whole, checks what it says, and runs alone."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "examples" / "derivatives"
PAGES = sorted(FOLDER.glob("*.py"))
OTHER_TOOLS = {"adept", "autograd", "cppad", "jax", "tensorflow", "theano", "pytensor", "torch"}

page = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)


def test_there_are_pages():
    assert len(PAGES) >= 20


@page
def test_a_page_has_a_title_a_check_a_result_and_its_references(page):
    text = page.read_text(encoding="utf-8")
    tree = ast.parse(text)
    title, underline = ast.get_docstring(tree).splitlines()[:2]
    assert set(underline) == {"="}
    assert len(underline) == len(title)
    nodes = list(ast.walk(tree))
    assert any(isinstance(node, ast.Assert) for node in nodes), "nothing is checked"
    called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    assert called & {"print", "plt.show", "fastad.show", "fastad.draw_graph"}
    assert "\n# References\n# ----------\n" in text
    assert not any(isinstance(node, ast.ClassDef) and not node.bases for node in nodes)


@page
def test_a_page_imports_no_other_tool(page):
    imported = set()
    for node in ast.walk(ast.parse(page.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module.split(".")[0])
    assert not imported & OTHER_TOOLS
    allowed = {"fastad", "numba", "numpy", "scipy", "sklearn", "matplotlib", "mpmath"}
    assert imported <= allowed | set(sys.stdlib_module_names)


@page
def test_a_link_between_pages_leads_to_a_page(page):
    for part in page.read_text(encoding="utf-8").split(":doc:`")[1:]:
        target = part.split("`")[0].split("<")[-1].rstrip(">").strip()
        assert (FOLDER / f"{target}.py").is_file(), target


@pytest.mark.slow
@page
def test_a_page_runs(page):
    """Run it in a process of its own, warnings being errors: its assertions are the test."""
    shown = "ignore:FigureCanvasAgg is non-interactive"  # what plt.show() says without a screen
    subprocess.run(
        [sys.executable, "-W", "error", "-W", shown, page],
        cwd=REPOSITORY,
        env={**os.environ, "MPLBACKEND": "Agg", "PYTHONPATH": str(REPOSITORY)},
        check=True,
        timeout=900,
    )
