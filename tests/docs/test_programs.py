"""The short programs of the guides run, and find what the pages say."""

import re
import runpy
from pathlib import Path

import numpy as np
import pytest

import fastgmm

DOCS = Path(__file__).parents[2] / "docs"


def run(page, folder):
    """Run the blocks of a page one after the other, as one file, and return its names."""
    blocks = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
    assert len(blocks) >= 2
    path = folder / f"{Path(page).stem}_page.py"  # a file: fastad reads the text of functions
    path.write_text("\n".join(blocks))
    return runpy.run_path(str(path))


def said(page, pattern):
    """Return the numbers that a page says after a line of code."""
    (found,) = re.findall(pattern, (DOCS / page).read_text("utf-8"))
    return np.array(re.findall(r"-?\d+\.?\d*", found), dtype=float)


def test_first_fit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = "mixtures/first_fit.md"
    names = run(page, tmp_path)
    gm = names["gm"]
    assert gm.converged_
    np.testing.assert_allclose(gm.weights_, said(page, r"weights_.*array\((.*)\)"), atol=0.005)
    means = said(page, r"means_.*array\((.*)\)")
    np.testing.assert_allclose(gm.means_.ravel(), means, atol=0.051)
    counts = np.bincount(names["labelled"]["component"])
    assert counts.tolist() == said(page, r"value_counts\(\) *# (.*)").tolist()
    shares = gm.predict_proba(names["between"])
    np.testing.assert_allclose(shares.ravel(), said(page, r"proba\(b.*array\((.*)\)"), atol=0.005)
    assert (tmp_path / "labelled.csv").exists()
    assert (tmp_path / "eruptions.png").read_bytes().startswith(b"\x89PNG")


def test_choosing_k(capsys, tmp_path):
    names = run("mixtures/choosing_k.md", tmp_path)
    printed = capsys.readouterr().out.strip("\n")
    assert printed in (DOCS / "mixtures" / "choosing_k.md").read_text("utf-8")
    assert names["found"].best.n_components == 3
    by_icl = fastgmm.select(
        names["X"], range(1, 7), ("full", "tied"), criterion="icl", random_state=0
    )
    assert by_icl.best.n_components == 2


def test_first_gradient(tmp_path):
    page = "derivatives/first_gradient.md"
    names = run(page, tmp_path)
    t, y, at = names["t"], names["y"], np.array([1.0, 1.0])
    residual = at[0] * np.exp(-at[1] * t) - y  # the gradient in closed form
    by_hand = [2.0 * residual @ np.exp(-t), 2.0 * residual @ (-t * np.exp(-t))]
    np.testing.assert_allclose(names["loss_grad"](at, t, y), by_hand, rtol=1e-13)
    np.testing.assert_allclose(by_hand, said(page, r"loss_grad\(np.*array\((.*)\)"), rtol=1e-6)
    np.testing.assert_allclose(names["descend"](at, t, y), [2.0, 0.7], atol=1e-3)
    text = (DOCS / page).read_text("utf-8")
    assert f"'{names['loss_grad'].mode}'" in text
    assert f'"{names["loss_grad"].why}"' in text


@pytest.mark.slow  # compiles for a minute
def test_inside(tmp_path):
    names = run("derivatives/inside.md", tmp_path)
    derivative = names["derivative"]
    assert derivative(names["steep"])(2.0) == pytest.approx(36.0, rel=1e-14)
    assert derivative(names["square_root"])(4.0) == pytest.approx(0.25, rel=1e-12)
    found = names["minimize"](names["rosenbrock"], np.full(5, -1.0), method="trust-ncg")
    assert found.success
    # The system has closed forms for its sums alone: what is there stays there.
    assert names["solution"].success
    np.testing.assert_allclose(names["solution"].y.sum(axis=0), 1.0, rtol=1e-9)
    x = np.array([0.0, 1.0, 3.0])
    gaps = np.diff(x)
    slopes = 2.0 * -2.0 * gaps * np.exp(-(gaps**2))
    expected = np.array([-slopes[0], slopes[0] - slopes[1], slopes[1]])
    np.testing.assert_allclose(names["energy_grad"](x, 2.0), expected, rtol=1e-14)
