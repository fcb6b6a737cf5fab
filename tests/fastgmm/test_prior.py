"""EM with a conjugate prior, against densities of SciPy's and closed forms."""

import json

import mpmath
import numpy as np
import pytest
import scipy.stats
from common import COVARIANCE_TYPES, blobs
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from fastgmm import (
    BayesianGaussianMixture,
    GaussianMixture,
    ModelFileError,
    Prior,
    default_prior,
    make_mixture,
    select,
)

ALL_TYPES = [*COVARIANCE_TYPES, "VEI"]
SCALE = np.array([[2.0, 0.3, 0.1], [0.3, 1.0, -0.2], [0.1, -0.2, 0.5]])


def prior_of(covariance_type, **changes):
    spread = {"full": SCALE, "tied": SCALE, "spherical": 0.7}.get(covariance_type, np.diag(SCALE))
    return Prior(2.5, 0.4, [1.0, -1.0, 0.5], 6.5, spread)._replace(**changes)


def fitted(X, k, **params):
    params = {"reg_covar": 0.0, "tol": 1e-12, "max_iter": 3000, "random_state": 0} | params
    return GaussianMixture(k, **params).fit(X)


def matrices(covariance_type, mixture):
    k, d = mixture.means.shape
    if mixture.covariances.ndim == 3:
        return np.broadcast_to(mixture.covariances, (k, d, d))
    return np.array([np.diag(np.broadcast_to(row, d)) for row in mixture.covariances])


def mixture_of(covariance_type, seed):
    X = blobs(60, 3, 2, seed=seed)
    return fitted(X, 2, covariance_type=covariance_type, max_iter=50, tol=1e-3).mixture_


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_the_density_is_dirichlets_normals_and_wisharts(covariance_type):
    """Of two mixtures, for it is known up to a constant."""
    prior = prior_of(covariance_type)
    spread = {"spherical": 0.7 * np.eye(3), "diag": np.diag(np.diag(SCALE))}
    wishart = scipy.stats.wishart(6.5, np.linalg.inv(spread.get(covariance_type, SCALE)))
    found, expected = [], []
    for seed in (0, 1):
        m = mixture_of(covariance_type, seed)
        covariances = matrices(covariance_type, m)
        total = scipy.stats.dirichlet([2.5, 2.5]).logpdf(m.weights / m.weights.sum())
        for mean, covariance in zip(m.means, covariances, strict=True):
            total += scipy.stats.multivariate_normal(prior.mean, covariance / 0.4).logpdf(mean)
        for covariance in covariances[: len(m.covariances)]:
            total += wishart.logpdf(np.linalg.inv(covariance))
        expected.append(total)
        found.append(prior.log_density(m))
    assert found[1] - found[0] == pytest.approx(expected[1] - expected[0], rel=1e-9)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_one_component_has_the_mode_in_closed_form(covariance_type):
    X = blobs(40, 3, 1) + [5.0, 0.0, 1.0]
    prior, n = prior_of(covariance_type), len(X)
    gm = fitted(X, 1, covariance_type=covariance_type, prior=prior)
    m0, mean = np.array(prior.mean), X.mean(axis=0)
    np.testing.assert_allclose(gm.means_[0], (n * mean + 0.4 * m0) / (n + 0.4), rtol=1e-12)
    away = mean - m0
    S = n * np.cov(X.T, bias=True) + 0.4 * n / (n + 0.4) * np.outer(away, away)
    if covariance_type in ("full", "tied"):
        expected = (S + SCALE) / (n + 6.5 - 3)
    elif covariance_type == "diag":
        expected = (np.diag(S) + np.diag(SCALE)) / (n + 6.5 - 3)
    else:
        expected = (np.trace(S) / 3 + 0.7) / (n + 6.5 - 3)
    found = gm.covariances_ if covariance_type == "tied" else gm.covariances_[0]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("covariance_type", ALL_TYPES)
@pytest.mark.parametrize("acceleration", ["none", "anderson"])
def test_the_penalised_bound_never_falls(covariance_type, acceleration):
    X = blobs(150, 3, 3, seed=2)
    prior = prior_of(covariance_type)
    how = {"covariance_type": covariance_type, "acceleration": acceleration}
    gm = fitted(X, 3, prior=prior, **how)
    assert gm.converged_
    assert np.diff(gm.lower_bounds_).min() > -1e-12
    expected = gm.score(X) + prior.log_density(gm.mixture_) / len(X)
    assert gm.lower_bound_ == pytest.approx(expected, abs=1e-10)
    assert gm.lower_bound_ > fitted(X, 3, **how).score(X) - 10.0  # a log density, not a sum


@pytest.mark.parametrize("covariance_type", ALL_TYPES)
def test_no_change_to_the_parameters_is_likelier(covariance_type):
    X = blobs(150, 3, 2, seed=3)
    prior = prior_of(covariance_type)
    gm = fitted(X, 2, covariance_type=covariance_type, prior=prior, acceleration="anderson")
    m, rng = gm.mixture_, np.random.default_rng(0)

    def objective(mixture):
        model = GaussianMixture.from_mixture(mixture, covariance_type=covariance_type)
        return model.score(X) + prior.log_density(mixture) / len(X)

    best = objective(m)
    for _ in range(20):
        weights = m.weights * np.exp(1e-3 * rng.normal(size=2))
        means = m.means + 1e-3 * rng.normal(size=m.means.shape)
        shape = (2, 1) if covariance_type == "VEI" else m.covariances.shape
        change = 1e-3 * rng.normal(size=shape)
        if m.covariances.ndim == 3:
            change = change + change.transpose(0, 2, 1)
        changed = m.covariances * np.exp(change)
        other = m.with_(weights=weights / weights.sum(), means=means, covariances=changed)
        assert objective(other) < best


@pytest.mark.parametrize("covariance_type", ALL_TYPES)
def test_a_flat_prior_is_none(covariance_type):
    X = blobs(100, 3, 2)
    plain, flat = (fitted(X, 2, covariance_type=covariance_type, prior=p) for p in (None, Prior()))
    np.testing.assert_array_equal(plain.weights_, flat.weights_)
    np.testing.assert_array_equal(plain.means_, flat.means_)
    np.testing.assert_array_equal(plain.covariances_, flat.covariances_)
    assert plain.lower_bounds_ == flat.lower_bounds_


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_the_default_is_fraley_and_rafterys(covariance_type):
    """Their M-step (2007, tables 1 and 2), of two components known by their labels."""
    X = blobs(80, 3, 2)
    y = (np.arange(80) % 3 == 0).astype(int)
    prior = default_prior(X, 2, covariance_type)
    gm = GaussianMixture(2, covariance_type=covariance_type, reg_covar=0.0, prior=prior)
    gm.fit_labeled(X, y)
    d, kappa, nu = 3, 0.01, 5.0
    centre, total = X.mean(axis=0), np.cov(X.T) / 2 ** (2 / d)
    sums, sizes = [], []
    for k in (0, 1):
        rows = X[y == k]
        n, away = len(rows), rows.mean(axis=0) - centre
        sums.append(n * np.cov(rows.T, bias=True) + kappa * n / (kappa + n) * np.outer(away, away))
        sizes.append(n)
        mean = (n * rows.mean(axis=0) + kappa * centre) / (n + kappa)
        np.testing.assert_allclose(gm.means_[k], mean, rtol=1e-10)
    n, S, sigma = np.array(sizes), np.array(sums), np.trace(total) / d
    expected = {
        "full": lambda: (S + total) / (n + nu + d + 2)[:, np.newaxis, np.newaxis],
        "tied": lambda: (S.sum(axis=0) + total) / (n.sum() + nu + d + 2 + 1),
        "diag": lambda: (np.einsum("kii->ki", S) + sigma) / (n + nu + 3)[:, np.newaxis],
        "spherical": lambda: (np.einsum("kii->k", S) + sigma) / (n * d + nu + d + 2),
    }[covariance_type]()
    np.testing.assert_allclose(gm.covariances_, expected, rtol=1e-10)


def test_a_default_prior_keeps_components_from_collapsing():
    X = blobs(40, 2, 2)
    X[:3] = 7.0
    start = {"means_init": [[7.0, 7.0], [0.0, 0.0]], "reg_covar": 0.0}
    gm = GaussianMixture(2, prior=default_prior(X, 2), **start).fit(X)
    assert np.linalg.eigvalsh(gm.covariances_).min() > 1e-3


def test_weights_are_shrunk_towards_each_other():
    X = np.r_[np.zeros((9, 1)), np.full((1, 1), 100.0)] + blobs(10, 1, 1) * 1e-3
    prior = Prior(weight_concentration=[1.0, 6.0])
    start = {"means_init": [[0.0], [100.0]], "reg_covar": 1.0}
    np.testing.assert_allclose(
        GaussianMixture(2, prior=prior, **start).fit(X).weights_, [9 / 15, 6 / 15], rtol=1e-9
    )


def test_each_component_may_have_a_prior_of_its_own():
    """As where a large model is adapted to a few rows (Gauvain and Lee)."""
    X, prior_means = blobs(30, 2, 1) + [4.0, 0.0], np.array([[4.0, 0.0], [-90.0, 7.0]])
    prior = Prior(1.5, 3.0, prior_means, 5.0, np.array([np.eye(2), 4.0 * np.eye(2)]))
    start = make_mixture([0.5, 0.5], prior_means, [np.eye(2)] * 2)
    gm = fitted(X, 2, prior=prior, means_init=start.means, covariances_init=start.covariances)
    np.testing.assert_allclose(gm.means_[1], prior_means[1])  # no row is its own
    np.testing.assert_allclose(gm.covariances_[1], 4.0 * np.eye(2) / (5.0 - 2))
    assert gm.weights_[1] == pytest.approx(0.5 / 31)
    np.testing.assert_allclose(gm.means_[0], (30 * X.mean(axis=0) + 3 * prior_means[0]) / 33)


@pytest.mark.parametrize("covariance_type", ALL_TYPES)
def test_a_weight_of_three_is_three_rows(covariance_type):
    X = blobs(60, 3, 2)
    weights = np.arange(60) % 3 + 1.0
    how = {"covariance_type": covariance_type, "prior": prior_of(covariance_type)}
    start = {"means_init": X[:2], "n_components": 2, "reg_covar": 0.0, "tol": 1e-12} | how
    a = GaussianMixture(**start, max_iter=500).fit(X, sample_weight=weights)
    b = GaussianMixture(**start, max_iter=500).fit(np.repeat(X, weights.astype(int), axis=0))
    np.testing.assert_allclose(a.means_, b.means_, rtol=1e-6)
    assert a.lower_bound_ == pytest.approx(b.lower_bound_, abs=1e-10)


@pytest.mark.parametrize("fixed", ["weights", "means", "covariances"])
def test_what_is_fixed_stays(fixed):
    X = blobs(100, 3, 2)
    start = mixture_of("full", 4)
    given = {f"{name}_init": getattr(start, name) for name in ("weights", "means", "covariances")}
    gm = fitted(X, 2, prior=prior_of("full"), fixed=fixed, **given)
    np.testing.assert_array_equal(getattr(gm, f"{fixed}_"), getattr(start, fixed))
    assert np.diff(gm.lower_bounds_).min() > -1e-12
    assert gm.lower_bound_ > gm.lower_bounds_[0]


@pytest.mark.parametrize("covariance_type", ALL_TYPES)
@pytest.mark.parametrize("prior", [Prior(2.0), Prior(2.0, 1.0, np.zeros(3))])
def test_a_component_that_holds_nothing_keeps_what_no_prior_says(covariance_type, prior):
    X = blobs(50, 3, 1)
    spread = {"full": [np.eye(3)] * 2, "tied": np.eye(3), "spherical": [1.0, 1.0]}
    start = {
        "means_init": np.array([X.mean(axis=0), [1e4, 0.0, 0.0]]),
        "covariances_init": spread.get(covariance_type, np.ones((2, 3))),
    }
    gm = fitted(X, 2, covariance_type=covariance_type, prior=prior, fixed="means", **start)
    np.testing.assert_allclose(gm.weights_, [51 / 52, 1 / 52])
    if covariance_type == "tied" and prior.mean_precision == 0.0:
        scatter = (X - X.mean(axis=0)).T @ (X - X.mean(axis=0))
        np.testing.assert_allclose(gm.covariances_, scatter / 50, rtol=1e-9)
    elif covariance_type != "tied":
        np.testing.assert_allclose(gm.covariances_[1], start["covariances_init"][1], rtol=1e-9)
        alone = {"means_init": start["means_init"][:1], "covariance_type": covariance_type}
        alone = fitted(X, 1, prior=prior, fixed="means", **alone)
        np.testing.assert_allclose(gm.covariances_[0], alone.covariances_[0], rtol=1e-9)


@pytest.mark.parametrize("covariance_type", ALL_TYPES)
def test_hard_em_has_it_too(covariance_type):
    X, prior = blobs(80, 3, 2), prior_of(covariance_type)
    gm = fitted(X, 2, covariance_type=covariance_type, prior=prior, assignment="hard")
    assert gm.converged_
    assert np.diff(gm.lower_bounds_).min(initial=0.0) > -1e-12
    joint = gm._estimate_weighted_log_prob(X).max(axis=1).mean()
    assert gm.lower_bound_ == pytest.approx(joint + prior.log_density(gm.mixture_) / 80)


def test_labels_count_with_the_prior():
    X, prior = blobs(50, 3, 2), prior_of("full")
    y = np.arange(50) % 2
    gm = GaussianMixture(2, prior=prior, reg_covar=0.0).fit_labeled(X, y)
    joint = gm._estimate_weighted_log_prob(X)[np.arange(50), y].mean()
    assert gm.lower_bound_ == pytest.approx(joint + prior.log_density(gm.mixture_) / 50)
    y[::5] = -1
    bounds = fitted(X, 2, prior=prior).fit_labeled(X, y).lower_bounds_
    assert np.diff(bounds).min() > -1e-12


def test_a_prior_far_from_the_rows_costs_no_digits():
    X = blobs(50, 2, 1)
    prior = Prior(mean_precision=1e-12, mean=[1e9, -1e9])
    gm = fitted(X, 1, prior=prior)
    expected = [
        float((mpmath.fsum(x) + mpmath.mpf("1e-12") * m) / (50 + mpmath.mpf("1e-12")))
        for x, m in zip(X.T, prior.mean, strict=True)
    ]
    np.testing.assert_allclose(gm.means_[0], expected, rtol=1e-13)


def test_collinear_features_keep_what_the_prior_adds():
    """Rows are whitened there, and so is the prior's covariance."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    X[:, 1] = X[:, 0] + 1e-7 * X[:, 1]
    X += [3.0, -2.0]
    prior = Prior(1.0, 0.0, None, 4.0, 1e-13 * np.eye(2))
    gm = fitted(X, 1, prior=prior)
    with mpmath.workdps(50):
        rows = [[mpmath.mpf(float(x)) for x in row] for row in X]
        mean = [mpmath.fsum(c) / 60 for c in zip(*rows, strict=True)]
        S = mpmath.matrix(2, 2)
        for row in rows:
            for i in range(2):
                for j in range(2):
                    S[i, j] += (row[i] - mean[i]) * (row[j] - mean[j])
        S = (S + mpmath.mpf("1e-13") * mpmath.eye(2)) / (60 + 1)
        expected = float(mpmath.log(mpmath.det(S)))
    log_det = -2.0 * np.log(np.diag(gm.precisions_cholesky_[0])).sum()
    assert log_det == pytest.approx(expected, abs=1e-6)


def test_float32_rows():
    X, prior = blobs(200, 3, 2).astype(np.float32), prior_of("full")
    single, double = (fitted(x, 2, prior=prior, tol=1e-6) for x in (X, X.astype(float)))
    assert single.means_.dtype == np.float32
    np.testing.assert_allclose(single.means_, double.means_, atol=1e-2)
    assert single.lower_bound_ == pytest.approx(double.lower_bound_, abs=1e-4)


def test_a_fit_that_is_fitted_has_nothing_to_do():
    X, prior = blobs(100, 3, 2), prior_of("full")
    gm = fitted(X, 2, prior=prior, warm_start=True)
    before = gm.means_.copy()
    gm.fit(X)
    assert gm.n_iter_ <= 2
    np.testing.assert_allclose(gm.means_, before, atol=1e-6)


def test_it_is_a_parameter_as_others_are(tmp_path):
    X, prior = blobs(100, 3, 2), prior_of("full")
    gm = fitted(X, 2, prior=prior)
    copy = clone(gm)
    assert isinstance(copy.prior, Prior)
    np.testing.assert_array_equal(copy.fit(X).means_, gm.means_)
    assert "prior=Prior(" in repr(gm)
    gm.save(tmp_path / "model.npz")
    loaded = GaussianMixture.load(tmp_path / "model.npz")
    for before, after in zip(prior, loaded.prior, strict=True):
        np.testing.assert_array_equal(before, after)
    np.testing.assert_array_equal(clone(loaded).fit(X).means_, gm.means_)
    np.testing.assert_array_equal(gm.to_sklearn().predict(X), gm.predict(X))
    assert GaussianMixture.from_sklearn(gm.to_sklearn()).prior is None
    found = select(X, range(1, 3), prior=prior, covariance_types=["full"], reg_covar=0.0)
    assert isinstance(found.best_estimator.prior, Prior)


def test_files_without_a_prior_are_what_they_were(tmp_path):
    gm = GaussianMixture(2).fit(blobs(50, 2, 2))
    gm.save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz") as file:
        assert "prior" not in json.loads(str(file["header"][()]))["parameters"]["parameters"]
    assert GaussianMixture.load(tmp_path / "model.npz").prior is None


def test_a_damaged_prior_in_a_file_is_told(tmp_path):
    gm = GaussianMixture(2, prior=prior_of("full")).fit(blobs(50, 3, 2))
    gm.save(tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz") as file:
        contents = {name: file[name] for name in file.files}
    header = json.loads(str(contents["header"][()]))
    header["parameters"]["parameters"]["prior"] = {"nonsense": 1.0}
    contents["header"] = np.array(json.dumps(header))
    with open(tmp_path / "model.npz", "wb") as file:
        np.savez(file, **contents)
    with pytest.raises(ModelFileError, match="damaged"):
        GaussianMixture.load(tmp_path / "model.npz")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"weight_concentration": 0.5}, "at least 1"),
        ({"weight_concentration": [1.0, 2.0, 3.0]}, "each of 2 components"),
        ({"mean_precision": -1.0}, "must not be negative"),
        ({"mean_precision": [1.0]}, "must be a number"),
        ({"mean": [0.0, 0.0]}, r"shape \(3,\) or \(2, 3\)"),
        ({"mean": [0.0, 0.0, np.nan]}, "must be finite"),
        ({"mean": None}, "must be given"),
        ({"degrees_of_freedom": 2.9}, "at least 3"),
        ({"degrees_of_freedom": 3.5, "mean_precision": 0.0}, "at least 4"),
        ({"degrees_of_freedom": None}, "together"),
        ({"covariance": None}, "together"),
        ({"covariance": np.eye(2)}, r"shape \(3, 3\) or \(2, 3, 3\)"),
        ({"covariance": -np.eye(3)}, "positive definite"),
        ({"covariance": np.triu(np.ones((3, 3)))}, "positive definite"),
    ],
)
def test_what_is_no_prior_is_refused(changes, message):
    gm = GaussianMixture(2, prior=prior_of("full", **changes))
    with pytest.raises(ValueError, match=message):
        gm.fit(blobs(50, 3, 2))
    assert not hasattr(gm, "means_")


def test_other_things_are_refused():
    X = blobs(50, 3, 2)
    with pytest.raises(ValueError, match="'prior' parameter"):
        GaussianMixture(2, prior={"mean_precision": 1.0}).fit(X)
    with pytest.raises(ValueError, match="shape"):
        default_prior(X[:, 0], 2)
    with pytest.raises(ValueError, match="constant"):
        default_prior(np.zeros((5, 2)), 2)
    with pytest.raises(TypeError):
        BayesianGaussianMixture(prior=Prior())


@pytest.mark.filterwarnings("ignore", category=ConvergenceWarning)
def test_criteria_are_of_the_likelihood():
    X, prior = blobs(80, 3, 2), prior_of("full")
    gm = fitted(X, 2, prior=prior)
    same = GaussianMixture.from_mixture(gm.mixture_)
    assert gm.bic(X) == pytest.approx(same.bic(X))
