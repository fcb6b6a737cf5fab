"""The programs of docs/derivatives/interop.md run, one after another, as a reader would run them.

So do the examples of the modules that import a tool, which the doctests of every run leave out.
"""

import doctest
import importlib
import re
from pathlib import Path

import numpy as np
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:::(?!fastad)")]
PAGE = Path(__file__).parents[3] / "docs" / "derivatives" / "interop.md"


def programs():
    """Return heading -> program, of the page's Python programs."""
    parts = re.split(r"^## (.+)$", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    texts = {"": parts[0], **dict(zip(parts[1::2], parts[2::2], strict=True))}
    found = {h: re.findall(r"^```python\n(.+?)^```", t, re.M | re.S) for h, t in texts.items()}
    return {heading: "".join(blocks) for heading, blocks in found.items() if blocks}


PROGRAMS = programs()
FIRST = PROGRAMS.pop("")
NEEDS = {"JAX": "jax", "PyTorch": "torch", "PyTensor and PyMC": "pytensor", "iminuit": "iminuit"}


def test_all_tools_have_a_program():
    assert set(PROGRAMS) == {*NEEDS, "SciPy"}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """Return what the first program defines, read from a file as fastad reads sources."""
    return run(tmp_path_factory.mktemp("page") / "first.py", FIRST, {})


def run(path, text, names):
    path.write_text(text)
    scope = {**names, "__name__": "page"}
    exec(compile(text, str(path), "exec"), scope)
    return scope


def run_part(heading, first, tmp_path):
    if heading in NEEDS:
        pytest.importorskip(NEEDS[heading])
    return run(tmp_path / "program.py", PROGRAMS[heading], first)


def test_jax(first, tmp_path):
    jax = pytest.importorskip("jax")
    before = jax.config.jax_enable_x64
    try:
        assert run_part("JAX", first, tmp_path)["value"] < 1e-3
    finally:
        jax.config.update("jax_enable_x64", before)


def test_pytorch(first, tmp_path):
    assert run_part("PyTorch", first, tmp_path)["loss"].item() < 1e-3


def test_pytensor(first, tmp_path):
    value, by_x, by_stiffness = run_part("PyTensor and PyMC", first, tmp_path)["f"](
        first["x0"], 2.0
    )
    # Stretches of -0.5, 1 and -0.5: 2 (0.125 + 1 + 0.125)
    np.testing.assert_allclose(value, 2.5, rtol=1e-15)
    np.testing.assert_allclose(by_x, [1.0, -5.0, 5.0, -1.0], rtol=1e-15)
    np.testing.assert_allclose(by_stiffness, 1.25, rtol=1e-15)


def test_scipy(first, tmp_path):
    scope = run_part("SciPy", first, tmp_path)
    assert scope["result"].fun < 1e-8
    np.testing.assert_allclose(scope["solution"].y[:, -1].sum(), 1.0, atol=1e-6)  # mass is kept
    np.testing.assert_allclose(scope["parameters"], [2.0, 1.5], rtol=1e-8)
    np.testing.assert_allclose(scope["fit"].x, 2.0 ** (1.0 / 3.0), rtol=1e-6)


def test_iminuit(first, tmp_path):
    m = run_part("iminuit", first, tmp_path)["m"]
    assert m.valid
    np.testing.assert_allclose(m.values, [2.5, 1.3], rtol=1e-4)


@pytest.mark.parametrize("tool", ["jax", "torch", "pytensor"])
def test_the_examples_of_the_docstrings(tool):
    pytest.importorskip(tool)
    module = importlib.import_module(f"fastad.interop.{tool}")
    found = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.failed == 0 < found.attempted
