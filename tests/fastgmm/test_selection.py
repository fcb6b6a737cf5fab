"""The search over models finds published answers and refuses senseless questions."""

import math
import re

import numpy as np
import polars
import pytest
from sklearn.exceptions import ConvergenceWarning

from fastgmm.datasets import load_faithful
from fastgmm.model.estimator import GaussianMixture
from fastgmm.selection import Candidate, select

TYPES = ("full", "tied", "diag", "spherical")


@pytest.fixture(scope="module")
def faithful_selection():
    return select(load_faithful(), range(1, 5), TYPES, random_state=0)


def test_old_faithful_is_three_components_of_one_covariance(faithful_selection):
    # mclust's model EEE with 3 components: log-likelihood -1126.3, BIC (there with the other
    # sign) -2314.3
    best = faithful_selection.best
    assert (best.n_components, best.covariance_type) == (3, "tied")
    assert best.bic == pytest.approx(2314.3, abs=0.1)
    assert best.log_likelihood == pytest.approx(-1126.3, abs=0.05)
    assert faithful_selection.best_estimator.covariance_type == "tied"
    assert faithful_selection.best_estimator.means_.shape == (3, 2)


def test_two_full_components_have_the_published_likelihood(faithful_selection):
    (row,) = (r for r in faithful_selection.rows if r[:2] == (2, "full"))
    assert row.log_likelihood == pytest.approx(-1130.264, abs=1e-3)
    assert row.n_parameters == 11
    assert row.bic == pytest.approx(2322.192, abs=2e-3)
    assert row.converged


def test_rows_are_every_model_once_with_the_criteria_of_its_estimator(faithful_selection):
    rows = faithful_selection.rows
    assert [row[:2] for row in rows] == [(k, kind) for kind in TYPES for k in range(1, 5)]
    counts = {row[:2]: row.n_parameters for row in rows}
    assert counts[3, "full"] == 2 + 3 * 2 + 3 * 3
    assert counts[3, "tied"] == 2 + 3 * 2 + 3
    assert counts[3, "diag"] == 2 + 3 * 2 + 3 * 2
    assert counts[3, "spherical"] == 2 + 3 * 2 + 3
    for row in rows:
        assert row.aic == pytest.approx(2 * row.n_parameters - 2 * row.log_likelihood)
        assert row.bic - row.aic == pytest.approx(row.n_parameters * (math.log(272) - 2))
    best, X = faithful_selection.best_estimator, load_faithful()
    chosen = faithful_selection.best
    assert chosen[4:7] == pytest.approx((best.bic(X), best.aic(X), best.icl(X)))


def test_icl_adds_twice_the_entropy(faithful_selection):
    best, X = faithful_selection.best_estimator, load_faithful()
    resp = best.predict_proba(X)
    entropy = -np.sum(resp * np.log(resp, where=resp > 0, out=np.zeros_like(resp)))
    assert faithful_selection.best.icl == pytest.approx(faithful_selection.best.bic + 2 * entropy)
    # one component leaves no doubt
    assert faithful_selection.rows[0].icl == pytest.approx(faithful_selection.rows[0].bic)


def test_icl_counts_clusters_where_bic_counts_gaussians():
    result = select(load_faithful(), (2, 3), "tied", criterion="icl", random_state=0)
    assert result.best.n_components == 2
    assert min(result.rows, key=lambda row: row.bic).n_components == 3


def test_table_has_a_line_a_model_and_names_the_best(faithful_selection):
    header, *lines, note, verdict = str(faithful_selection).splitlines()
    assert header.split()[:2] == ["components", "covariance"]
    assert len(lines) == 16
    assert len({len(line) for line in [header, *lines]}) == 1
    assert len(header) < 80
    assert note == "log L: log-likelihood in nats; p: number of free parameters"
    (starred,) = (line for line in lines if line.startswith("*"))
    assert starred.split()[1:3] == ["3", "tied"]
    assert verdict == "* best by BIC: 3 components, tied covariance"


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_fits_that_did_not_converge_are_marked_and_named_once(n_jobs):
    how = {"n_init": 1, "max_iter": 20, "random_state": 0, "n_jobs": n_jobs}
    with pytest.warns(ConvergenceWarning) as caught:
        result = select(load_faithful(), (1, 2, 3), ("full", "tied"), **how)
    (warning,) = caught
    said = str(warning.message)
    assert said.startswith(
        "2 of 6 models did not converge: full with 3 components; tied with 3 components. "
    )
    assert "raise max_iter, n_init or tol" in said
    assert warning.filename == __file__
    assert [row.n_components for row in result.rows if not row.converged] == [3, 3]
    assert str(result).count("  not converged\n") == 2
    with pytest.warns(ConvergenceWarning, match=r"1 of 1 models .*, the best among them: full wit"):
        result = select(load_faithful(), 2, n_init=1, max_iter=1, random_state=0)
    assert not result.best.converged


def test_parameters_reach_the_estimator_and_progress_is_told():
    seen = []
    result = select(
        load_faithful(), [2, 1, 2], reg_covar=1e-3, n_init=1, random_state=0, progress=seen.append
    )
    assert result.best_estimator.reg_covar == 1e-3
    assert [row.n_components for row in seen] == [1, 2]
    assert tuple(seen) == result.rows
    assert isinstance(seen[0], Candidate)


def test_feature_names_are_kept():
    import pandas as pd

    X, names = load_faithful(return_names=True)
    result = select(pd.DataFrame(X, columns=list(names)), 2, random_state=0)
    assert tuple(result.best_estimator.feature_names_in_) == names


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_components": 0}, "n_components must be whole numbers of at least 1, got 0"),
        ({"n_components": [1, 2.5]}, "n_components must be whole .* got 2.5"),
        ({"n_components": True}, "n_components must be whole numbers of at least 1, got True"),
        ({"n_components": None}, "n_components must be whole numbers of at least 1, got None"),
        ({"covariance_types": 3}, "covariance_types must be of full, .* got 3"),
        ({"n_components": []}, r"n_components must name at least one number, got \[\]"),
        ({"n_components": [1, 300]}, "must not exceed the number of rows of X, 272, got 300"),
        ({"covariance_types": "round"}, "covariance_types must be of full, .* got 'round'"),
        ({"covariance_types": ()}, "covariance_types must name at least one"),
        ({"criterion": "dic"}, "criterion must be one of bic, aic, icl, got 'dic'"),
    ],
)
def test_bad_arguments_are_refused_at_the_door(arguments, message):
    with pytest.raises(ValueError, match=message):
        select(load_faithful(), **arguments)


def test_an_unknown_parameter_costs_no_fit(monkeypatch):
    monkeypatch.setattr(GaussianMixture, "fit", lambda *_: pytest.fail("fitted"))
    for name, message in (
        ("toll", "unexpected parameter 'toll'; did you mean 'tol'?"),
        ("covariance_type", "did you mean 'covariance_types'?"),
        ("xyz", "unexpected parameter 'xyz'; see help"),
    ):
        with pytest.raises(TypeError, match=re.escape(message)):
            select(load_faithful(), **{name: "full"})
    for X in (b"rows.npy", polars.LazyFrame({"a": [1.0]})):
        with pytest.raises(TypeError, match="X must be an array of numbers, got"):
            select(X)


def test_an_integer_weight_is_a_repetition():
    X = load_faithful()
    weights = np.random.default_rng(0).integers(0, 3, len(X))
    options = {"criterion": "icl", "n_init": 1, "random_state": 0}
    weighted = select(X, (1, 2), ("full", "diag"), sample_weight=weights, **options)
    repeated = select(np.repeat(X, weights, axis=0), (1, 2), ("full", "diag"), **options)
    assert weighted.best[:2] == repeated.best[:2]
    for row, same in zip(weighted.rows, repeated.rows, strict=True):
        np.testing.assert_allclose(row[2:7], same[2:7], rtol=1e-7)
        assert row.n_iter == same.n_iter
    model, best = weighted.best_estimator, weighted.best
    found = [getattr(model, name)(X, sample_weight=weights) for name in ("bic", "aic", "icl")]
    np.testing.assert_allclose(found, best[4:7], rtol=1e-12)
    with pytest.raises(ValueError, match=r"positive entry|at least one non-zero"):
        select(X, 1, sample_weight=0 * weights)


def test_models_that_are_fitted_at_once_are_the_same():
    X, tried = load_faithful(), []
    options = {"random_state": 3, "n_init": 1, "tol": 1e-4}
    one = select(X, range(1, 6), ("full", "diag"), **options)
    many = select(X, range(1, 6), ("full", "diag"), n_jobs=3, progress=tried.append, **options)
    assert one.rows == many.rows == tuple(tried)
    np.testing.assert_array_equal(one.best_estimator.means_, many.best_estimator.means_)


@pytest.mark.parametrize("n_jobs", [0, 1.5, True])
def test_a_number_of_jobs_is_whole(n_jobs):
    with pytest.raises(ValueError, match="n_jobs must be a whole number of at least 1"):
        select(load_faithful(), n_jobs=n_jobs)


def test_models_that_are_fitted_at_once_do_not_share_a_generator():
    with pytest.raises(ValueError, match="random_state must be an int or None where n_jobs > 1"):
        select(load_faithful(), n_jobs=2, random_state=np.random.RandomState(0))
