"""What is shown of mixtures, estimators and selections: as text, in notebooks, as data frames."""

import copy
import pickle
import sys
import time
from html.parser import HTMLParser

import numpy as np
import pytest
import sklearn
from common import COVARIANCE_TYPES, random_mixture
from numba import njit
from sklearn.base import clone

from fastgmm import BayesianGaussianMixture, GaussianMixture, Mixture, make_mixture, select
from fastgmm.datasets import load_faithful
from fastgmm.selection import Candidate


class Cells(HTMLParser):
    """The text of the cells of all tables that have no class, as lists of rows."""

    def __init__(self, html):
        super().__init__()
        self.rows, self.bold, self.open = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag == "table" and "class" not in dict(attributes):
            self.open = ["table"]
        if not self.open:
            return
        if tag == "tr":
            self.rows.append([])
            if "bold" in (dict(attributes).get("style") or ""):
                self.bold.append(len(self.rows) - 1)
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag == "table":
            self.open = []
        elif tag in ("td", "th") and self.open:
            self.open.pop()

    def handle_data(self, data):
        if self.open[1:]:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def model():
    import pandas

    frame = pandas.DataFrame(load_faithful(), columns=["<eruptions>", "waiting"])
    return GaussianMixture(2, random_state=0).fit(frame)


@pytest.fixture(scope="module")
def selection():
    return select(load_faithful(), range(1, 4), ("full", "tied"), n_init=1, random_state=0)


# -- Mixture -----------------------------------------------------------------------------------


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_a_mixture_says_what_it_is_and_its_parameters(covariance_type):
    mixture = random_mixture(covariance_type, k=3, d=2)
    head, columns, *rows = repr(mixture).splitlines()
    assert head == f"Mixture(K=3, D=2, {covariance_type!r}, float64)"
    assert columns.split() == ["component", "weight", "mean[0]", "mean[1]"]
    found = np.array([row.split() for row in rows], dtype=float)
    np.testing.assert_array_equal(found[:, 0], [0, 1, 2])
    np.testing.assert_allclose(found[:, 1], mixture.weights, rtol=1e-3)
    np.testing.assert_allclose(found[:, 2:], mixture.means, rtol=1e-4)
    assert str(mixture) == repr(mixture)


def digits(number):
    """Return how many digits tell something: zeros at the front do not."""
    return len(number.replace(".", "").lstrip("-0"))


def test_numbers_of_a_column_have_as_many_digits():
    means = [[2.5, 100.0], [-0.125, 79.97], [1.0 / 3.0, 12345.67]]
    mixture = make_mixture([0.5, 0.4999, 0.0001], means, [[[1.0, 0.0], [0.0, 4.0]]])
    rows = [line.split() for line in repr(mixture).splitlines()[2:]]
    assert [[digits(cell) for cell in row[1:]] for row in rows] == [[4, 5, 5]] * 3
    assert rows[0] == ["0", "0.5000", "2.5000", "100.00"]
    _, *cells = Cells(mixture._repr_html_()).rows
    found = [[digits(part) for cell in row[1:] for part in cell.split(" ± ")] for row in cells[:2]]
    assert found == [[4] * 5] * 2


def test_of_a_large_mixture_the_first_are_shown_at_once():
    k, d = 2000, 500
    means = np.random.default_rng(0).normal(size=(k, d))
    mixture = make_mixture(np.full(k, 1 / k), means, np.ones((k, 1)), dtype=np.float32)
    start = time.perf_counter()
    lines = repr(mixture).splitlines()
    html = mixture._repr_html_()
    assert time.perf_counter() - start < 0.5  # all its numbers would take seconds
    assert lines[0] == "Mixture(K=2000, D=500, 'spherical', float32)"
    assert lines[-1].split() == ["...", "1990", "more"]
    assert len(lines) == 13
    assert all(line.endswith("  ...") for line in lines[2:-1])
    assert max(map(len, lines)) < 100
    rows = Cells(html).rows
    assert rows[0][-1] == "494 more"
    assert rows[-1][0] == "1990 more"
    assert len(html) < 20_000


def test_a_mixture_is_still_a_named_tuple_of_arrays():
    mixture = random_mixture("full")
    assert isinstance(mixture, tuple)
    assert Mixture._fields[:3] == ("weights", "means", "covariances")
    for again in (pickle.loads(pickle.dumps(mixture)), copy.deepcopy(mixture)):
        assert repr(again) == repr(mixture)

    @njit
    def first_weight(m):
        return m.weights[0]

    assert first_weight(mixture) == mixture.weights[0]


@pytest.mark.parametrize(
    "parts",
    [
        range(5),
        [np.ones(2), np.ones((3, 2)), np.ones((2, 1)), None, None],
        [np.ones(2), np.ones((2, 2)), np.ones((2, 2, 1)), None, None],
        [np.ones(0), np.ones((0, 2)), np.ones((0, 2)), None, None],
    ],
)
def test_what_is_no_whole_mixture_is_shown_as_a_tuple(parts):
    mixture = Mixture(*parts)
    assert repr(mixture).startswith("Mixture(weights=")
    assert mixture._repr_html_().startswith("<pre>Mixture(weights=")


# -- estimators --------------------------------------------------------------------------------


def test_the_text_of_an_estimator_is_scikit_learns(model):
    assert repr(model) == "GaussianMixture(n_components=2, random_state=0)"
    assert repr(clone(model)) == repr(model)
    assert model._repr_mimebundle_()["text/plain"] == repr(model)


def test_notebooks_show_the_diagram_and_what_was_fitted(model):
    html = model._repr_html_()
    assert "sk-top-container" in html
    assert model._repr_mimebundle_()["text/html"].count("± standard deviations") == 1
    header, *rows = Cells(html).rows
    assert header == ["component", "weight", "<eruptions>", "waiting"]
    assert "&lt;eruptions&gt;" in html
    for k, (number, weight, *cells) in enumerate(rows):
        assert int(number) == k
        assert float(weight) == pytest.approx(model.weights_[k], abs=1e-4)
        means, std = np.array([cell.split(" ± ") for cell in cells], dtype=float).T
        np.testing.assert_allclose(means, model.means_[k], rtol=1e-3)
        np.testing.assert_allclose(std, np.sqrt(np.diag(model.covariances_[k])), rtol=0.05)


def test_the_table_is_below_the_diagram_alone(model):
    with sklearn.config_context(display="text"):
        assert not hasattr(model, "_repr_html_")
        assert set(model._repr_mimebundle_()) == {"text/plain"}
    assert "standard deviations" not in GaussianMixture(2)._repr_html_()
    broken = copy.deepcopy(model)
    broken.means_ = np.ones(3)
    assert broken._fitted_html() == ""


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_all_covariances_have_standard_deviations(covariance_type):
    X = load_faithful()
    for kind in (GaussianMixture, BayesianGaussianMixture):
        fitted = kind(n_components=2, covariance_type=covariance_type, max_iter=300).fit(X)
        rows = Cells(fitted._repr_html_()).rows
        found = float(rows[2][3].split(" ± ")[1])
        covariance = fitted.mixture_.covariances
        variance = covariance[min(1, len(covariance) - 1)]
        variance = variance[1, 1] if variance.ndim == 2 else variance[-1]
        assert found == pytest.approx(np.sqrt(variance), rel=0.05)


# -- Selection ---------------------------------------------------------------------------------


def test_a_selection_is_shown_as_its_table(selection):
    lines = repr(selection).splitlines()
    assert repr(selection) == str(selection)
    assert [line[0] for line in lines[1:-1]].count("*") == 1
    cells = Cells(selection._repr_html_())
    assert len(cells.rows) == 1 + len(selection.rows)
    (bold,) = cells.bold
    assert cells.rows[bold][:2] == [str(selection.best.n_components), "tied"]
    assert float(cells.rows[bold][4]) == pytest.approx(selection.best.bic, abs=5.1e-3)


def test_a_selection_is_a_data_frame(selection):
    import pandas

    frame = selection.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == [*Candidate._fields, "best"]
    for row, candidate in zip(frame.itertuples(index=False), selection.rows, strict=True):
        assert row[:-1] == tuple(candidate)
    assert frame["best"].sum() == 1
    assert frame.loc[frame["bic"].idxmin(), "best"]
    assert frame["n_components"].dtype == np.int64
    assert frame["converged"].dtype == bool
    again = pickle.loads(pickle.dumps(selection)).to_frame()
    pandas.testing.assert_frame_equal(frame, again)


def test_without_pandas_a_data_frame_says_what_it_needs(selection, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="to_frame needs pandas: pip install pandas"):
        selection.to_frame()


@pytest.mark.parametrize(
    ("name", "value"), [("covariance_type", "nonsense"), ("means_", -3), ("weights_", "a")]
)
def test_a_senseless_attribute_is_no_obstacle_to_dir(name, value):
    model = GaussianMixture(2).fit(load_faithful())
    assert {"fit", "mixture_", "means_"} <= set(dir(model))
    setattr(model, name, value)
    assert {"fit", "mixture_", "means_", name} <= set(dir(model))
