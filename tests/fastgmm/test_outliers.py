"""Rows, and components, that are as far out as numbers go: sentinels such as 1e20, above all."""

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from fastgmm import GaussianMixture, e_step, em_step, m_step, make_mixture, make_workspace

TYPES = ("full", "tied", "diag", "spherical")


@pytest.mark.parametrize("covariance_type", ["diag", "spherical"])
@pytest.mark.parametrize("sentinel", [1e10, 1e13, 1e16, 1e20, 1e30, 1e100])
def test_rows_at_a_mean_far_away_have_the_density_of_it(covariance_type, sentinel):
    X = np.random.default_rng(0).normal(size=(100, 2))
    X[80:] = sentinel
    reg = 1e-6
    model = GaussianMixture(2, covariance_type=covariance_type, random_state=0, reg_covar=reg)
    model.fit(X)
    variances = X[:80].var(axis=0)
    if covariance_type == "spherical":
        variances = variances.mean().repeat(2)
    near = np.log(0.8) - 0.5 * np.sum(
        np.log(2 * np.pi * (variances + reg)) + variances / (variances + reg)
    )
    far = np.log(0.2) - np.log(2 * np.pi * reg)
    expected = 0.8 * near + 0.2 * far
    assert model.lower_bound_ == pytest.approx(expected, abs=1e-6)
    assert model.score(X) == pytest.approx(expected, abs=1e-6)
    step = em_step(X, model.mixture_, make_workspace(model.mixture_, reg_covar=reg))
    assert step[1] == pytest.approx(expected, abs=1e-6)
    np.testing.assert_allclose(model.score_samples(X)[80:], far, rtol=1e-12)


def tight(covariance_type, d, dtype=np.float64):
    covariances = {"full": np.eye(d)[np.newaxis], "tied": np.eye(d)[np.newaxis]}
    given = covariances.get(covariance_type, np.ones((1, d if covariance_type == "diag" else 1)))
    return make_mixture([1.0], np.zeros((1, d)), given, dtype=dtype)


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("outliers", [[1e8], [1e13], [1e17], [1e15, -1e15], [1e17, -1e13]])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_step_from_a_tight_start_counts_outliers_in_full(covariance_type, outliers, dtype):
    X = np.random.default_rng(0).normal(size=(70, 3))
    for i, outlier in enumerate(outliers):
        X[5 + i] = outlier * np.array([1.0, 0.3, -0.2])
    X = (X + np.random.default_rng(1).normal(size=X.shape) * np.abs(X)).astype(dtype)
    rows = X.astype(np.float64)
    mean = rows.mean(axis=0)
    covariance = (rows - mean).T @ (rows - mean) / len(rows)
    mixture = tight(covariance_type, 3)
    workspace = make_workspace(mixture, covariance_type=covariance_type)
    found, bound = em_step(X, mixture, workspace)
    deviations = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose(found.means[0] / deviations, mean / deviations, atol=1e-6)
    if covariance_type == "spherical":
        np.testing.assert_allclose(found.covariances[0], np.trace(covariance) / 3, rtol=1e-5)
    elif covariance_type == "diag":
        np.testing.assert_allclose(found.covariances[0], deviations**2, rtol=1e-5)
    else:
        scaled = (found.covariances[0] - covariance) / deviations / deviations[:, np.newaxis]
        np.testing.assert_allclose(scaled, 0.0, atol=1e-5)
    expected = -1.5 * np.log(2 * np.pi) - 0.5 * np.square(rows).sum(axis=1)
    assert bound == pytest.approx(expected.mean(), rel=1e-5)


@pytest.mark.parametrize("covariance_type", ["diag", "spherical"])
def test_statistics_of_clamped_rows_are_refused(covariance_type):
    X = np.zeros((70, 3), np.float32)
    X[5:7] = [[1e15], [-1e15]]
    mixture = tight(covariance_type, 3)
    workspace = make_workspace(mixture, covariance_type=covariance_type)
    stats = e_step(X, mixture, workspace)
    found = m_step(stats, mixture, workspace)
    np.testing.assert_allclose(found.covariances, X.astype(np.float64).var(axis=0)[0], rtol=1e-6)
    X = X.astype(np.float64) * 1e115  # beyond what float64 takes from there
    with pytest.warns(ConvergenceWarning):
        stats = e_step(X, mixture, workspace)
    with pytest.raises(ValueError, match="stats have too few digits"):
        m_step(stats, mixture, workspace)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("covariance_type", TYPES)
def test_the_bound_counts_outliers_in_full_where_only_weights_are_estimated(covariance_type):
    X = np.random.default_rng(0).normal(size=(70, 2))
    X[3] = [3e15, 1e14]
    covariances = {"full": [np.eye(2)] * 2, "tied": np.eye(2), "diag": np.ones((2, 2))}
    model = GaussianMixture(
        2, covariance_type=covariance_type, fixed=("means", "covariances"), max_iter=1, tol=1e300,
        weights_init=[0.5, 0.5], means_init=[[0.0, 0.0], [1.0, 1.0]],
        covariances_init=covariances.get(covariance_type, np.ones(2)),
    )  # fmt: skip
    expected = -0.5 * np.square(X.astype(np.float32).astype(np.float64)).sum(axis=1).mean()
    for rows in (X, X.astype(np.float32)):
        assert model.fit(rows).lower_bound_ == pytest.approx(expected, rel=1e-6)


def test_steps_tell_what_a_fit_tells_of_a_start_far_away():
    X = np.random.default_rng(0).normal(size=(50, 1))
    X[7] = 1e20
    mixture = make_mixture([0.5, 0.5], [[0.3], [1.2]], [[1.0], [1.0]], covariance_type="diag")
    workspace = make_workspace(mixture, covariance_type="diag")
    for step in (em_step, e_step):
        with pytest.warns(ConvergenceWarning, match="so far from some rows that rounding decided"):
            step(X, mixture, workspace)
    X[7] = 1e6
    em_step(X, mixture, workspace)
