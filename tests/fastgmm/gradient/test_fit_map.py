"""`fit_map` against EM, whose optimum it must find, and in what it refuses."""

import warnings

import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs, random_mixture
from sklearn.exceptions import ConvergenceWarning

from fastgmm import GaussianMixture, Prior, default_prior, make_mixture, with_
from fastgmm.gradient import fit_map, optimise
from fastgmm.gradient.fit import MixtureProblem

METHODS = ["l-bfgs", "newton-cg"]
SCALES = np.array([1.0, 100.0, 0.01])


def problem(seed):
    """Return overlapping rows of features in different units, a covariance type and K."""
    rng = np.random.default_rng(seed)
    k, d = 2 + seed % 2, 3
    shapes = rng.normal(size=(k, d, d)) + np.eye(d)
    means = 2.0 * rng.normal(size=(k, d))
    X = np.concatenate([rng.normal(size=(150, d)) @ shapes[j] + means[j] for j in range(k)])
    return X * SCALES + [0.0, 1e4, 3.0], COVARIANCE_TYPES[seed % 4], k


def started(X, covariance_type, k, n_iter=10, **params):
    params = {"covariance_type": covariance_type, "reg_covar": 0.0, "random_state": 0} | params
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return GaussianMixture(k, max_iter=n_iter, tol=0.0, **params).fit(X)


def by_em(X, start, covariance_type, prior=None):
    gm = GaussianMixture.from_mixture(start, covariance_type=covariance_type, prior=prior)
    gm.set_params(warm_start=True, reg_covar=0.0, tol=1e-14, max_iter=20_000)
    gm.set_params(acceleration="anderson")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return gm.fit(X)


def assert_same(a, b, tolerance):
    """Assert that two mixtures are the same, in the units of the features."""
    np.testing.assert_allclose(a.weights, b.weights, atol=tolerance)
    deviations = np.sqrt(np.broadcast_to(_variances(b), b.means.shape))
    np.testing.assert_allclose(a.means / deviations, b.means / deviations, atol=tolerance)
    units = deviations[: len(b.covariances), : b.covariances.shape[1]]
    units = units[:, :, None] * units[:, None] if b.covariances.ndim == 3 else units**2
    np.testing.assert_allclose(a.covariances / units, b.covariances / units, atol=tolerance)


def _variances(m):
    return m.covariances if m.covariances.ndim == 2 else m.covariances.diagonal(0, 1, 2)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("method", METHODS)
def test_it_reaches_ems_optimum(seed, method):
    X, covariance_type, k = problem(seed)
    start = started(X, covariance_type, k, n_iter=30).mixture_
    em = by_em(X, start, covariance_type)
    tol = {"l-bfgs": 1e-7, "newton-cg": 1e-12}[method]
    fit = fit_map(X, start, method=method, tol=tol)
    assert fit.converged
    assert fit.gradient_norm <= tol
    assert fit.objective == fit.log_likelihood
    assert fit.log_likelihood == pytest.approx(em.score(X), abs=1e-10)
    assert_same(fit.mixture, em.mixture_, 1e-4 if method == "l-bfgs" else 2e-5)
    again = by_em(X, fit.mixture, covariance_type)  # where EM has nothing to do
    assert_same(again.mixture_, fit.mixture, 1e-4 if method == "l-bfgs" else 1e-6)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("method", METHODS)
def test_it_reaches_the_optimum_of_em_with_a_prior(covariance_type, method):
    X = problem(1)[0] / SCALES
    prior = default_prior(X, 2, covariance_type)._replace(weight_concentration=3.0)
    start = started(X, covariance_type, 2, prior=prior).mixture_
    em = by_em(X, start, covariance_type, prior)
    tol = {"l-bfgs": 1e-7, "newton-cg": 1e-12}[method]
    fit = fit_map(X, start, prior=prior, method=method, tol=tol)
    assert fit.converged
    assert fit.objective == pytest.approx(em.lower_bound_, abs=1e-10)
    assert fit.log_likelihood == pytest.approx(em.score(X), abs=1e-6)
    if method == "newton-cg":
        assert_same(fit.mixture, em.mixture_, 1e-6)


@pytest.mark.parametrize("seed", range(24))
def test_where_em_with_a_prior_has_converged_the_gradient_is_zero(seed):
    """Of any prior: each part is there or not, and of one or of each component."""
    rng = np.random.default_rng(seed)
    d, k, n = int(rng.integers(1, 4)), int(rng.integers(1, 4)), int(rng.integers(10, 40))
    covariance_type = COVARIANCE_TYPES[seed % 4]
    X = rng.normal(size=(n, d)) * rng.uniform(0.1, 10.0, d) + 10.0
    X[: n // 2] += 20.0 * (seed % 3 == 0)
    precision = float(rng.exponential(2.0)) * (seed % 5 > 0)
    mean = X.mean(axis=0) + rng.normal(size=(k, d) if seed % 2 else d)
    root = rng.normal(size=(d, d))
    own, freedom = root @ root.T + 0.1 * np.eye(d), d + 1.0 + rng.exponential(3.0)
    own = {"diag": np.diag(own), "spherical": own[0, 0]}.get(covariance_type, own)
    if seed % 7 == 0:
        own = freedom = None
    prior = Prior(1.0 + rng.exponential(), precision, mean, freedom, own)
    gm = GaussianMixture(k, covariance_type=covariance_type, prior=prior, reg_covar=0.0)
    gm.set_params(tol=1e-14, max_iter=20_000, random_state=0, acceleration="anderson")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        gm.fit(X)
    assert np.diff(gm.lower_bounds_).min(initial=0.0) > -1e-11
    problem = MixtureProblem(X, None, gm.mixture_, prior)
    gradient = problem.value_and_gradient(problem.start)[1]
    assert np.abs(problem.units(problem.start).transposed(gradient)).max() < 1e-5


@pytest.mark.parametrize("method", METHODS)
def test_one_component_has_a_closed_form(method):
    X = blobs(50, 2, 1)
    prior = Prior(1.0, 0.5, [3.0, 3.0], 7.0, np.eye(2))
    start = make_mixture([1.0], [[0.0, 0.0]], [np.eye(2)])
    fit = fit_map(X, start, prior=prior, method=method, tol=1e-7)
    mean = (X.sum(axis=0) + 0.5 * np.array(prior.mean)) / 50.5
    np.testing.assert_allclose(fit.mixture.means[0], mean, atol=1e-6)
    S = (X - mean).T @ (X - mean) + 0.5 * np.outer(mean - 3.0, mean - 3.0) + np.eye(2)
    np.testing.assert_allclose(fit.mixture.covariances[0], S / (50 + 7 - 2), atol=1e-5)


def test_units_of_features_do_not_matter():
    X, covariance_type, k = problem(0)
    Y = (X - [0.0, 1e4, 3.0]) / SCALES
    start = started(Y, covariance_type, k).mixture_
    scaled = make_mixture(
        start.weights,
        start.means * SCALES + [0.0, 1e4, 3.0],
        start.covariances * np.outer(SCALES, SCALES),
    )
    a, b = fit_map(Y, start), fit_map(X, scaled)
    assert a.n_iter == pytest.approx(b.n_iter, abs=3)
    assert a.log_likelihood - np.log(SCALES).sum() == pytest.approx(b.log_likelihood, abs=1e-9)


@pytest.mark.parametrize("fixed", ["weights", ("means",), ("covariances", "weights")])
def test_what_is_fixed_stays(fixed):
    X, names = blobs(200, 3, 2, seed=3), (fixed,) if isinstance(fixed, str) else fixed
    start = started(X, "full", 2).mixture_.with_(weights=[0.5, 0.5])
    fit = fit_map(X, start, fixed=fixed, tol=1e-7)
    assert fit.converged
    for name in names:
        np.testing.assert_array_equal(getattr(fit.mixture, name), getattr(start, name))
    given = {f"{name}_init": getattr(start, name) for name in ("weights", "means", "covariances")}
    gm = GaussianMixture(2, fixed=fixed, reg_covar=0.0, tol=1e-12, max_iter=3000, **given).fit(X)
    assert fit.log_likelihood == pytest.approx(gm.score(X), abs=1e-9)
    assert fit.log_likelihood == pytest.approx(
        GaussianMixture.from_mixture(fit.mixture).score(X), abs=1e-10
    )


def test_all_may_be_fixed():
    X = blobs(50, 3, 2)
    start = started(X, "full", 2).mixture_
    fit = fit_map(X, start, fixed=("weights", "means", "covariances"))
    assert fit.n_iter == 0
    assert fit.converged
    np.testing.assert_array_equal(fit.mixture.means, start.means)


def test_weights_of_rows_and_float32():
    X = blobs(200, 3, 2)
    weights = np.arange(200) % 3.0
    start = started(X, "diag", 2).mixture_
    a = fit_map(X, start, sample_weight=weights)
    b = fit_map(np.repeat(X, weights.astype(int), axis=0), start)
    assert_same(a.mixture, b.mixture, 1e-5)
    assert a.log_likelihood == pytest.approx(b.log_likelihood, abs=1e-10)
    c = fit_map(X.astype(np.float32), start, sample_weight=weights)
    assert c.mixture.means.dtype == np.float64
    assert_same(a.mixture, c.mixture, 1e-4)


def test_iterations_are_counted_and_end():
    X = blobs(200, 3, 3)
    start = started(X, "full", 3, n_iter=1).mixture_
    fit = fit_map(X, start, max_iter=2)
    assert not fit.converged
    assert fit.n_iter == 2
    assert fit.n_evaluations >= 2
    assert fit_map(X, start, max_iter=0).mixture.means == pytest.approx(start.means, abs=1e-12)
    assert not fit.mixture.means.flags.writeable


@pytest.mark.parametrize("method", METHODS)
def test_a_component_that_collapses_is_told(method):
    X = np.r_[blobs(40, 2, 1), np.full((2, 2), 30.0)]
    start = make_mixture([0.9, 0.1], [X[:40].mean(axis=0), [29.0, 29.0]], [np.eye(2)] * 2)
    with pytest.raises(ValueError, match=r"covariance 1 collapses .*default_prior"):
        fit_map(X, start, method=method)
    fit = fit_map(X, start, method=method, prior=default_prior(X, 2))
    assert fit.converged


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("method", METHODS)
def test_a_start_that_is_far_too_wide_is_no_collapse(covariance_type, method):
    X = 1e-8 * blobs(200, 3, 1)
    spread = {"full": [np.eye(3)], "tied": np.eye(3), "diag": np.ones((1, 3)), "spherical": [1.0]}
    how = {"covariance_type": covariance_type}
    fit = fit_map(X, make_mixture([1.0], [X[0]], spread[covariance_type], **how), method=method)
    assert fit.converged
    gm = GaussianMixture(1, reg_covar=0.0, **how).fit(X)
    assert fit.log_likelihood == pytest.approx(gm.score(X), abs=1e-8)


def test_a_component_that_holds_nothing_may_vanish():
    X = blobs(100, 2, 1)
    start = make_mixture([1 - 1e-9, 1e-9], [X.mean(axis=0), [500.0, 0.0]], [np.eye(2)] * 2)
    fit = fit_map(X, start)
    assert fit.converged
    assert fit.mixture.weights[1] < 1e-8
    np.testing.assert_allclose(fit.mixture.means[0], X.mean(axis=0), atol=1e-5)


def test_steps_that_are_too_long_are_taken_back():
    """From a start that is far too narrow the first steps overflow."""
    X = blobs(100, 2, 1)
    start = make_mixture([1.0], [X.mean(axis=0) + 1e3], [1e-2 * np.eye(2)])
    fit = fit_map(X, start)
    assert fit.converged
    np.testing.assert_allclose(fit.mixture.means[0], X.mean(axis=0), atol=1e-4)


def test_polishing_ends_where_the_gradient_has_no_digits(monkeypatch):
    X = blobs(100, 2, 1)
    fit = fit_map(X, started(X, "full", 1).mixture_, method="newton-cg", tol=0.0)
    assert not fit.converged
    assert fit.gradient_norm < 1e-12
    assert fit.n_iter < 10 * optimise.ROUND


def test_what_is_wrong_is_refused():
    X, m = blobs(50, 3, 2), random_mixture("full", k=2)
    gm = GaussianMixture.from_mixture(m)
    for args, kwargs, error, message in [
        ((X, gm), {}, TypeError, "pass its mixture_"),
        ((X[:, :2], m), {}, ValueError, "X has 2 features, but the mixture 3"),
        ((X * np.nan, m), {}, ValueError, "NaN"),
        ((X, with_(m, weights=[1.0, 0.0])), {}, ValueError, "weights of zero"),
        ((X, m), {"method": "bfgs"}, ValueError, "method must be one of l-bfgs, newton-cg"),
        ((X, m), {"tol": -1.0}, ValueError, "tol"),
        ((X, m), {"max_iter": 1.5}, ValueError, "max_iter"),
        ((X, m), {"fixed": "precisions"}, ValueError, "fixed"),
        ((X, m), {"prior": 3}, TypeError, "fastgmm.Prior"),
        ((X, m), {"prior": Prior(0.0)}, ValueError, "weight_concentration"),
        ((X, m), {"sample_weight": -np.ones(50)}, ValueError, "egative"),
    ]:
        with pytest.raises(error, match=message):
            fit_map(*args, **kwargs)
