"""Variational EM: scikit-learn's class and ours, step by step, and closed forms."""

import itertools

import numpy as np
import pytest
import scipy.stats
from bayesian import KINDS, POSTERIOR, PRIOR, SPREAD, assert_same, started
from common import COVARIANCE_TYPES, blobs
from sklearn.base import clone
from sklearn.mixture import BayesianGaussianMixture as SklearnMixture

from fastgmm import (
    BayesianGaussianMixture,
    DegenerateComponentWarning,
    get_num_threads,
    set_num_threads,
)
from fastgmm.em.variational import Posterior


def iterate(theirs, ours, X, n, **how):
    for _ in range(n):
        for model in (theirs, ours):
            model.fit(X)
        assert_same(theirs, ours, **how)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("covariance_type", "prior_type"), KINDS)
@pytest.mark.parametrize(("n", "d", "k"), [(200, 3, 5), (30, 2, 1), (6, 2, 6), (20, 1, 3)])
def test_each_iteration_is_scikit_learns(covariance_type, prior_type, n, d, k):
    X = blobs(n, d, max(k - 1, 1))
    params = {"covariance_type": covariance_type, "weight_concentration_prior_type": prior_type}
    theirs, ours = started(X, k, **params)
    iterate(theirs, ours, X, 6)
    rows = np.concatenate([blobs(20, d, 3, seed=1), 100.0 + blobs(5, d, seed=2)])
    np.testing.assert_array_equal(ours.predict(rows), theirs.predict(rows))
    np.testing.assert_allclose(ours.predict_proba(rows), theirs.predict_proba(rows), atol=1e-9)
    np.testing.assert_allclose(ours.score_samples(rows), theirs.score_samples(rows), rtol=1e-9)
    assert ours.score(rows) == pytest.approx(theirs.score(rows), rel=1e-9)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("covariance_type", "prior_type"), KINDS)
def test_priors_that_are_given_are_scikit_learns(covariance_type, prior_type):
    X, d = blobs(200, 3), 3
    prior = 0.5 * np.eye(d) + 0.1
    params = {
        "weight_concentration_prior_type": prior_type,
        "weight_concentration_prior": 1e-3,
        "mean_precision_prior": 0.3,
        "mean_prior": [1.0, 2.0, 3.0],
        "degrees_of_freedom_prior": 2.5,
        "covariance_prior": {"diag": prior[0], "spherical": 0.7}.get(covariance_type, prior),
        "reg_covar": 0.01,
    }
    iterate(*started(X, 4, covariance_type=covariance_type, **params), X, 5)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_float32_agrees_to_its_rounding(covariance_type):
    X = blobs(300).astype(np.float32)
    theirs, ours = started(X, 3, covariance_type=covariance_type)
    iterate(theirs, ours, X, 3, rtol=1e-4)
    found = BayesianGaussianMixture(
        n_components=3, covariance_type=covariance_type, random_state=0, max_iter=3
    )
    labels = found.fit_predict(X)
    np.testing.assert_array_equal(labels, found.predict(X))
    assert {getattr(found, name).dtype for name in ("weights_", "means_", *SPREAD)} == {X.dtype}
    assert found.mean_precision_.dtype == np.float64
    wide = clone(found).fit(X.astype(np.float64))
    assert_same(wide, found, rtol=1e-6)
    assert found.lower_bound_ == pytest.approx(wide.lower_bound_, rel=1e-9)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("covariance_type", "prior_type"), KINDS)
def test_a_start_is_the_step_of_its_assignment(covariance_type, prior_type):
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 30)
    X = rng.normal(size=(90, 2)) + 20.0 * labels[:, np.newaxis]
    ours = BayesianGaussianMixture(
        n_components=3,
        covariance_type=covariance_type,
        weight_concentration_prior_type=prior_type,
        max_iter=0,
        random_state=0,
    ).fit(X)
    assert (ours.n_iter_, ours.lower_bound_, ours.lower_bounds_) == (0, -np.inf, [])
    theirs = SklearnMixture(**ours.get_params())
    theirs._check_parameters(X)
    order = [np.argmin(np.abs(ours.means_[:, 0] - 20.0 * k)) for k in range(3)]
    theirs._initialize(X, np.eye(3)[np.array(order)[labels]])
    theirs._set_parameters(theirs._get_parameters())
    assert_same(theirs, ours, 1e-10, ("weights_", "means_", *SPREAD, *POSTERIOR, *PRIOR))


@pytest.mark.parametrize("d", [1, 3])
def test_of_one_component_the_bound_is_the_evidence(d):
    """It leaves constants out: of as many rows it differs by what the evidence differs by."""
    prior = 0.4 * np.eye(d) + 0.1
    params = {"mean_prior": np.zeros(d), "covariance_prior": prior, "reg_covar": 0.0}
    params |= {"degrees_of_freedom_prior": d + 1.5, "mean_precision_prior": 0.7}
    found, expected = [], []
    for seed in (0, 1):
        X = blobs(12, d, 2, seed=seed)
        found.append(BayesianGaussianMixture(**params).fit(X).lower_bound_)
        mean, beta, nu, scatter, total = np.zeros(d), 0.7, d + 1.5, prior.copy(), 0.0
        for x in X:  # each row given those before it: a Student's t
            free = nu - d + 1.0
            shape = scatter * (beta + 1.0) / (beta * free)
            total += scipy.stats.multivariate_t.logpdf(x, mean, shape, df=free)
            scatter += beta / (beta + 1.0) * np.outer(x - mean, x - mean)
            mean = (beta * mean + x) / (beta + 1.0)
            beta, nu = beta + 1.0, nu + 1.0
        expected.append(total)
    assert found[1] - found[0] == pytest.approx(expected[1] - expected[0], rel=1e-10)


def test_expected_logarithms_by_integration():
    a, b = np.array([3.0, 0.4, 2.0]), np.array([1.5, 2.5, 0.9])
    logs = [scipy.stats.beta(x, y).expect(np.log) for x, y in zip(a, b, strict=True)]
    rest = [scipy.stats.beta(y, x).expect(np.log) for x, y in zip(a, b, strict=True)]
    sticks = Posterior(np.stack([a, b]), np.ones(3), np.ones(3))
    expected = [logs[0], logs[1] + rest[0], logs[2] + rest[0] + rest[1]]
    np.testing.assert_allclose(sticks.log_weights(), expected, rtol=1e-6)
    first = [scipy.stats.beta(x, a.sum() - x).expect(np.log) for x in a]  # of a Dirichlet
    np.testing.assert_allclose(Posterior(a, np.ones(3), np.ones(3)).log_weights(), first, rtol=1e-6)
    # Of a Gaussian whose precision has a Wishart (in one dimension gamma) distribution and whose
    # mean has precision beta times that: the expected log density at the mean, by its terms.
    nu, beta = np.array([3.7]), np.array([2.0])
    precision = scipy.stats.gamma(nu[0] / 2.0, scale=2.0 / nu[0])  # of mean one
    expected = 0.5 * precision.expect(np.log) - 0.5 / beta
    found = Posterior(np.ones(1), beta, nu).log_constants(1)
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize(("covariance_type", "prior_type"), KINDS)
def test_the_bound_never_falls(covariance_type, prior_type):
    X = blobs(500, 2, 3, spread=10.0)
    model = BayesianGaussianMixture(
        n_components=8,
        covariance_type=covariance_type,
        weight_concentration_prior_type=prior_type,
        weight_concentration_prior=1e-3,
        init_params="random_from_data",
        reg_covar=0.0,
        max_iter=2000,
        random_state=0,
    ).fit(X)
    assert model.converged_
    assert (np.diff(model.lower_bounds_) > -1e-9 * abs(model.lower_bound_)).all()
    assert model.lower_bounds_[-1] == model.lower_bound_
    assert len(model.lower_bounds_) == model.n_iter_
    assert model.weights_.sum() == pytest.approx(1.0, rel=1e-14)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_far_from_the_origin_nothing_is_lost(covariance_type):
    near = np.round(blobs(300, 2, 3) * 2**10) / 2**10  # so that moving them rounds nothing
    params = {"n_components": 4, "covariance_type": covariance_type, "random_state": 0}
    a = BayesianGaussianMixture(**params).fit(near)
    b = BayesianGaussianMixture(**params).fit(near + 2.0**22)
    assert a.n_iter_ == b.n_iter_
    assert_same(a, b, 1e-7, ("weights_", *SPREAD, *POSTERIOR, "lower_bound_"))
    np.testing.assert_allclose(b.means_ - 2.0**22, a.means_, atol=1e-6)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_an_integer_weight_is_a_repetition(covariance_type):
    X = blobs(150)
    weights = np.random.default_rng(0).integers(0, 4, len(X))
    params = {"n_components": 4, "covariance_type": covariance_type, "random_state": 3}
    weighted = BayesianGaussianMixture(**params).fit(X, sample_weight=weights)
    repeated = BayesianGaussianMixture(**params).fit(np.repeat(X, weights, axis=0))
    assert weighted.n_iter_ == repeated.n_iter_
    assert_same(repeated, weighted, 1e-7)


def test_weights_count_rows():
    X = blobs(50)
    with pytest.raises(ValueError, match="counts rows in a Bayesian mixture, and sums to 1: multi"):
        BayesianGaussianMixture().fit(X, sample_weight=np.full(50, 1 / 50))
    prior = {"mean_prior": np.zeros(3), "covariance_prior": np.eye(3)}
    model = BayesianGaussianMixture(**prior).fit(X, sample_weight=np.full(50, 1 / 50))
    np.testing.assert_allclose(model.mean_precision_, [2.0])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_mapped_files_and_any_number_of_threads_give_the_same_bits(tmp_path):
    X = blobs(5000, 4)
    np.save(tmp_path / "rows.npy", X)
    readonly = X.copy()
    readonly.flags.writeable = False
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    model = BayesianGaussianMixture(n_components=5, random_state=0, max_iter=5)
    expected, before = clone(model).fit(X), get_num_threads()
    try:
        for n_threads, rows in itertools.product((1, 3), (X, readonly, mapped)):
            set_num_threads(n_threads)
            found = clone(model).fit(rows)
            assert_same(expected, found, 0.0)
    finally:
        set_num_threads(before)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("rows", ["equal", "zero", "constant", "twice", "few"])
def test_degenerate_rows_are_fitted(covariance_type, rows):
    X = np.random.default_rng(0).normal(size=(40, 3))
    X = {
        "equal": np.ones((20, 2)),
        "zero": np.zeros((20, 2)),
        "constant": np.where([False, True, False], 7.0, X),
        "twice": X[:, [0, 1, 0]],
        "few": np.repeat(X[:2], 10, axis=0),
    }[rows]
    model = BayesianGaussianMixture(
        n_components=4, covariance_type=covariance_type, random_state=0, reg_covar=0.0
    )
    singular = covariance_type in ("full", "tied") or rows in ("equal", "zero")
    if singular or (rows == "constant" and covariance_type == "diag"):
        with pytest.warns(DegenerateComponentWarning, match="raised to a floor"):
            model.fit(X)
    else:
        model.fit(X)
    for name in ("weights_", "means_", *SPREAD, *POSTERIOR, "lower_bound_"):
        assert np.isfinite(getattr(model, name)).all(), name
    assert (model.score_samples(X) < np.inf).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_prior_that_is_singular_but_for_rounding_is_raised():
    X = blobs(200, 2)
    X[5] = 1e9  # the features' covariance is its, to 16 digits: scikit-learn gives up
    model = BayesianGaussianMixture(n_components=3, random_state=0)
    with pytest.warns(DegenerateComponentWarning, match="raised to a floor"):
        model.fit(X)
    assert (np.linalg.eigvalsh(model.covariances_) > 0.0).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.filterwarnings("ignore::fastgmm.DegenerateComponentWarning")
@pytest.mark.parametrize("covariance_type", ["full", "tied"])
def test_singular_float32_rows_are_sampled(covariance_type):
    X = np.random.default_rng(0).normal(size=(8, 40)).astype(np.float32)
    params = {"n_components": 5, "covariance_type": covariance_type, "random_state": 0}
    model = BayesianGaussianMixture(max_iter=15, reg_covar=0.0, **params).fit(X)
    assert np.isfinite(model.sample(10)[0]).all()
    assert np.isfinite(model.score_samples(X)).all()


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", ["weight_concentration_prior", "mean_precision_prior"])
@pytest.mark.parametrize(("covariance_type", "prior_type"), KINDS[4:6])
def test_a_component_below_what_float32_holds_has_no_share(name, covariance_type, prior_type):
    X = blobs(60, 2).astype(np.float32)
    model = BayesianGaussianMixture(
        n_components=8,
        covariance_type=covariance_type,
        weight_concentration_prior_type=prior_type,
        random_state=0,
        max_iter=200,
        **{name: 1e-60},
    )
    wide = clone(model).fit(X.astype(np.float64))
    model.fit(X)
    joint = model._estimate_log_prob_resp(X)[1]
    assert (joint == -np.inf).any()
    assert not np.isnan(joint).any()
    np.testing.assert_allclose(model.predict_proba(X), wide.predict_proba(X), atol=1e-4)
    np.testing.assert_allclose(np.exp(joint), wide.predict_proba(X), atol=1e-4)


def test_parameters_may_be_numbers_of_float32():
    names = ("weight_concentration_prior", "mean_precision_prior", "covariance_prior", "reg_covar")
    X, single = blobs(60, 2), np.float32(0.1)
    params = {"covariance_type": "spherical", "n_components": 2, "random_state": 0}
    a, b = (
        BayesianGaussianMixture(**params, **dict.fromkeys(names, value)).fit(X)
        for value in (single, float(single))
    )
    assert_same(a, b, 1e-14)


@pytest.mark.filterwarnings("ignore::fastgmm.DegenerateComponentWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("size", [1e-300, 1e99])
@pytest.mark.parametrize(
    "name", ["weight_concentration_prior", "mean_precision_prior", "degrees_of_freedom_prior"]
)
@pytest.mark.parametrize(("covariance_type", "prior_type"), KINDS[1:3])
def test_extreme_priors_have_finite_results(size, name, covariance_type, prior_type):
    X = blobs(60, 2)
    if name == "degrees_of_freedom_prior":
        size = max(size, 1.0 + 1e-12)
    model = BayesianGaussianMixture(
        n_components=4,
        covariance_type=covariance_type,
        weight_concentration_prior_type=prior_type,
        random_state=0,
        **{name: size},
    ).fit(X)
    for attribute in ("weights_", "means_", *SPREAD, *POSTERIOR, "lower_bound_"):
        assert np.isfinite(getattr(model, attribute)).all(), attribute
    assert np.isfinite(model.score_samples(X)).all()
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1.0)
