"""Variational EM: scikit-learn's class and ours, step by step, and closed forms."""

import itertools
import pickle

import numpy as np
import pytest
import scipy.stats
from common import COVARIANCE_TYPES, blobs
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.mixture import BayesianGaussianMixture as SklearnMixture
from sklearn.mixture import GaussianMixture as SklearnGaussian
from sklearn.utils.estimator_checks import check_estimator

from fastgmm import (
    BayesianGaussianMixture,
    DegenerateComponentWarning,
    GaussianMixture,
    ModelFileError,
    get_num_threads,
    set_num_threads,
)
from fastgmm.em.variational import Posterior

PRIOR_TYPES = ("dirichlet_process", "dirichlet_distribution")
POSTERIOR = ("weight_concentration_", "mean_precision_", "degrees_of_freedom_")
PRIOR = (
    *("weight_concentration_prior_", "mean_precision_prior_", "mean_prior_"),
    *("degrees_of_freedom_prior_", "covariance_prior_"),
)
SPREAD = ("covariances_", "precisions_cholesky_", "precisions_")
KINDS = list(itertools.product(COVARIANCE_TYPES, PRIOR_TYPES))


def started(X, k, seed=0, **params):
    """Return scikit-learn's model and ours at the same start: random responsibilities of X."""
    resp = np.random.default_rng(seed).dirichlet(np.full(k, 0.3), size=len(X))
    params |= {"n_components": k, "tol": 0.0, "warm_start": True, "max_iter": 1}
    theirs = SklearnMixture(**params)
    theirs._check_parameters(X)
    theirs._initialize(X, resp.astype(X.dtype))
    theirs._set_parameters(theirs._get_parameters())
    theirs.converged_, theirs.lower_bound_ = False, -np.inf
    ours = BayesianGaussianMixture(**params)
    for name in ("weights_", "means_", *SPREAD, *POSTERIOR, "converged_", "lower_bound_"):
        setattr(ours, name, getattr(theirs, name))
    return theirs, ours


def assert_same(theirs, ours, rtol=1e-8, names=()):
    """Assert that two models have the same attributes, up to a share of the largest entry."""
    for name in names or ("weights_", "means_", *SPREAD, *POSTERIOR, *PRIOR, "lower_bound_"):
        a, b = np.asarray(getattr(theirs, name)), np.asarray(getattr(ours, name))
        if name == "lower_bound_":  # scikit-learn's is an array of one for tied covariances
            a = a.reshape(())
        assert a.shape == b.shape, name
        np.testing.assert_allclose(b, a, rtol=0, atol=rtol * np.abs(a).max(), err_msg=name)


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


@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks_pass():
    for result in check_estimator(BayesianGaussianMixture(), on_fail=None):
        assert result["status"] in ("passed", "skipped"), (result["check_name"], result)
        if result["status"] == "skipped":
            assert result["check_name"] == "check_array_api_input"


def test_constructor_and_attributes_are_scikit_learns():
    theirs, ours = SklearnMixture(), BayesianGaussianMixture()
    assert ours.get_params() == theirs.get_params()
    with pytest.raises(TypeError, match="positional"):
        BayesianGaussianMixture(3)
    X = blobs(100)
    fitted = [{n for n in vars(m.fit(X)) if n.endswith("_")} for m in (theirs, ours)]
    assert fitted[0] == fitted[1]
    assert not {"aic", "bic", "icl", "from_mixture", "fit_labeled"} & set(dir(ours))


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"n_components": 0}, "n_components"),
        ({"n_components": 51}, "Expected n_samples >= n_components"),
        ({"covariance_type": "VEI"}, "covariance_type"),
        ({"weight_concentration_prior_type": "process"}, "weight_concentration_prior_type"),
        ({"weight_concentration_prior": 0.0}, "weight_concentration_prior"),
        ({"mean_precision_prior": -1.0}, "mean_precision_prior"),
        ({"degrees_of_freedom_prior": np.inf}, "degrees_of_freedom_prior"),
        ({"degrees_of_freedom_prior": 2.0}, "should be greater than 2, but got 2.000"),
        ({"mean_prior": [0.0]}, r"'means' should have the shape of \(3,\), but got \(1,\)"),
        ({"mean_prior": [0.0, np.nan, 0.0]}, "mean_prior contains NaN"),
        ({"covariance_prior": 2.0}, r"'full covariance_prior' should .* \(3, 3\), but got \(\)"),
        ({"covariance_prior": np.eye(2)}, r"should have the shape of \(3, 3\)"),
        ({"covariance_prior": -np.eye(3)}, "should be symmetric, positive-definite"),
        ({"covariance_type": "diag", "covariance_prior": np.eye(3)}, r"shape of \(3,\)"),
        ({"covariance_type": "diag", "covariance_prior": [1.0, 0.0, 1.0]}, "should be positive"),
        ({"covariance_type": "spherical", "covariance_prior": [1.0, 2.0]}, r"shape of \(1,\)"),
    ],
)
def test_bad_parameters_are_refused(params, message):
    model = BayesianGaussianMixture(**params)
    with pytest.raises(ValueError, match=message):
        model.fit(blobs(50))
    assert not [name for name in vars(model) if name.endswith("_")]


def test_nothing_works_before_a_fit():
    for name in ("predict", "predict_proba", "score", "score_samples"):
        with pytest.raises(NotFittedError, match="This BayesianGaussianMixture instance"):
            getattr(BayesianGaussianMixture(), name)(blobs(10))


@pytest.mark.parametrize(("covariance_type", "prior_type"), KINDS)
def test_saved_pickled_and_converted_models_are_the_same(covariance_type, prior_type, tmp_path):
    X = blobs(150, 2)
    prior = {"mean_prior": [1.0, 2.0]}
    if covariance_type == "spherical":
        prior["covariance_prior"] = 0.8
    model = BayesianGaussianMixture(
        n_components=3,
        covariance_type=covariance_type,
        weight_concentration_prior_type=prior_type,
        random_state=0,
        warm_start=True,
        **prior,
    ).fit(X)
    model.save(tmp_path / "model.npz")
    others = [
        BayesianGaussianMixture.load(tmp_path / "model.npz"),
        pickle.loads(pickle.dumps(model)),
        BayesianGaussianMixture.from_sklearn(model.to_sklearn()),
    ]
    for other in others:
        assert_same(model, other, 1e-14)
        assert type(other.weight_concentration_) is type(model.weight_concentration_)
        assert type(other.degrees_of_freedom_) is type(model.degrees_of_freedom_)
        np.testing.assert_allclose(other.score_samples(X), model.score_samples(X), rtol=1e-12)
    theirs = model.to_sklearn()
    np.testing.assert_allclose(theirs.score_samples(X), model.score_samples(X), rtol=1e-9)
    np.testing.assert_allclose(model.mixture_.weights, model.weights_)
    before = model.lower_bound_
    for other in (*others, model):
        assert other.fit(X).lower_bound_ >= before - 1e-9 * abs(before)  # it goes on
    assert all(other.n_iter_ == model.n_iter_ for other in others)


def test_a_prior_of_constant_rows_is_saved(tmp_path):
    X = np.where([False, True], 7.0, blobs(60, 2))
    model = BayesianGaussianMixture(n_components=2, random_state=0, max_iter=1000).fit(X)
    model.save(tmp_path / "model.npz")
    others = [
        BayesianGaussianMixture.load(tmp_path / "model.npz"),
        BayesianGaussianMixture.from_sklearn(model.to_sklearn()),
    ]
    assert model.covariance_prior_[1, 1] == 0.0
    for other in others:
        assert_same(model, other, 1e-14)


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


def test_what_is_no_such_model_is_refused(tmp_path):
    X = blobs(60, 2)
    model = BayesianGaussianMixture(n_components=2, random_state=0).fit(X)
    model.save(tmp_path / "bayesian.npz")
    GaussianMixture(2).fit(X).save(tmp_path / "gaussian.npz")
    with pytest.raises(ModelFileError, match=r"it is a 'fastgmm.GaussianMixture' file"):
        BayesianGaussianMixture.load(tmp_path / "gaussian.npz")
    with pytest.raises(ModelFileError, match=r"it is a 'fastgmm.BayesianGaussianMixture' file"):
        GaussianMixture.load(tmp_path / "bayesian.npz")
    with pytest.raises(ValueError, match="fitted BayesianGaussianMixture: no weight_concentration"):
        BayesianGaussianMixture.from_sklearn(SklearnGaussian(2).fit(X))
    with np.load(tmp_path / "bayesian.npz") as file:
        arrays = {name: file[name] for name in file.files}
    for name, value, message in (
        ("degrees_of_freedom_", np.array([1.0, 5.0]), "must be above 1"),
        ("mean_precision_", np.array([1.0]), r"must be of shape \(2,\)"),
        ("weight_concentration_", np.array([1.0, 2.0]), r"must be of shape \(2, 2\)"),
        ("mean_precision_prior_", np.array(-1.0), "must be positive"),
        ("covariance_prior_", np.eye(3), r"should have the shape of \(2, 2\)"),
        ("covariance_prior_", np.full((2, 2), np.nan), "covariance_prior contains NaN"),
    ):
        np.savez(tmp_path / "changed.npz", **arrays | {name: value})
        with pytest.raises(ModelFileError, match=message):
            BayesianGaussianMixture.load(tmp_path / "changed.npz")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight_concentration_prior_type": "dirichlet_distribution"}, "weight_concentration_"),
        ({"covariance_type": "diag"}, "asks for covariances_ of shape"),
        ({"mean_precision_": np.ones(3)}, "mean_precision_ must be of shape"),
        ({"degrees_of_freedom_": np.array([9.0, 1.0])}, "degrees_of_freedom_ must be above 1"),
        ({"mean_precision_": np.array([1.0, np.nan])}, "mean_precision_ must be finite"),
    ],
)
def test_attributes_that_do_not_belong_together_are_refused(changes, message):
    X = blobs(60, 2)
    model = BayesianGaussianMixture(n_components=2, random_state=0, warm_start=True).fit(X)
    for name, value in changes.items():
        setattr(model, name, value)
    for method in ("predict", "fit"):
        with pytest.raises(ValueError, match=message):
            getattr(model, method)(X)


def test_samples_have_the_expected_moments():
    X = blobs(400, 2)
    model = BayesianGaussianMixture(n_components=2, random_state=0, max_iter=1000).fit(X)
    rows, labels = model.sample(40_000)
    shares = np.bincount(labels, minlength=2) / len(labels)
    np.testing.assert_allclose(shares, model.weights_, atol=0.01)
    for k in range(2):
        np.testing.assert_allclose(rows[labels == k].mean(axis=0), model.means_[k], atol=0.2)
        np.testing.assert_allclose(
            np.cov(rows[labels == k].T), model.covariances_[k], rtol=0.1, atol=0.2
        )


def test_verbose_and_warnings(capsys):
    X = blobs(60, 2)
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        BayesianGaussianMixture(n_components=3, max_iter=2, verbose=2, verbose_interval=1).fit(X)
    out = capsys.readouterr().out
    assert out.startswith("Initialization 0\n  Iteration 1\t lower bound")
    assert "Initialization did not converge. Lower bound" in out


@pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random", "random_from_data"])
def test_the_best_of_several_starts_is_kept(init_params):
    X = blobs(200, 2, 4)
    params = {"n_components": 4, "init_params": init_params, "max_iter": 500}
    each = BayesianGaussianMixture(n_init=4, random_state=0, **params).fit(X)
    rng = np.random.RandomState(0)
    bounds = [
        BayesianGaussianMixture(random_state=rng, **params).fit(X).lower_bound_ for _ in range(4)
    ]
    assert each.lower_bound_ == max(bounds)
