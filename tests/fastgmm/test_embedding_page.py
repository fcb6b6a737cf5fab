"""The programs of docs/embedding.md run, and find what the page says."""

import re
from pathlib import Path

import numpy as np
import pytest

from fastgmm import GaussianMixture

PAGE = Path(__file__).parents[2] / "docs" / "embedding.md"


@pytest.fixture(scope="module")
def page():
    names = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL):
        exec(compile(block, str(PAGE), "exec"), names)
    return names


def test_the_loop_is_the_fit(page):
    X, start = page["X"], page["start"]
    gm = GaussianMixture(
        2,
        tol=1e-12,
        max_iter=1000,
        weights_init=start.weights,
        means_init=start.means,
        covariances_init=start.covariances,
    ).fit(X)
    np.testing.assert_allclose(page["mixture"].means, gm.means_, rtol=1e-6)
    assert round(page["bound"] * len(X), 2) == -1130.26


def test_online_em_learns(page):
    np.testing.assert_allclose(page["learnt"].means, [[0.0, 0.0], [6.0, 6.0]], atol=0.15)
    np.testing.assert_allclose(page["learnt"].weights, 0.5, atol=0.05)


def test_regression_follows_the_curve(page):
    assert np.abs(page["followed"] - np.sin(page["grid"])).max() < 0.12
    found = page["model"].predict_mean([[1.0], [3.0]], given=[0]).ravel()
    np.testing.assert_allclose(found, np.sin([1.0, 3.0]), atol=0.1)


def test_the_page_names_all_operations(page):
    from fastgmm import operations

    text = PAGE.read_text()
    assert [n for n in operations.__all__ if f"{n}(" not in text and n != "Regression"] == []
