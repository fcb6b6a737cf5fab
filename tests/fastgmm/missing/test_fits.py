"""Fits to rows with missing values: against plain NumPy, closed forms, and what EM guarantees."""

import numpy as np
import plain_missing
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.utils.estimator_checks import check_estimator

from fastgmm import GaussianMixture, Prior, set_num_threads
from fastgmm.datasets import load_faithful
from fastgmm.missing import MissingSource

TYPES = ("full", "tied", "diag", "spherical", "VEI")
EVERYTHING = ("weights_", "means_", "covariances_", "precisions_cholesky_", "lower_bounds_")


def blobs(n=600, d=4, k=3, share=0.2, seed=0):
    """Return rows of k blobs, some values deleted at random, and which blob each is of."""
    X, y = make_blobs(n, d, centers=k, random_state=seed)
    X[np.random.default_rng(seed).random(X.shape) < share] = np.nan
    return X, y


def quick(k=3, **params):
    """Return an estimator that allows missing values."""
    given = {"missing": "allow", "random_state": 0, "reg_covar": 0.0, "tol": 1e-6, "max_iter": 1000}
    return GaussianMixture(k, **given | params)


def test_one_gaussian_is_that_of_em_in_numpy():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 4)) @ rng.normal(size=(4, 4)) + 3.0
    X[rng.random(X.shape) < 0.3] = np.nan
    mean, covariance = np.nanmean(X, axis=0), np.diag(np.nanvar(X, axis=0))
    parameters = np.ones(1), mean[np.newaxis], covariance[np.newaxis]
    gm = quick(1, max_iter=12, tol=0.0, means_init=parameters[1], covariances_init=parameters[2])
    bounds = []
    for _ in range(12):
        bound, *parameters = plain_missing.em_step(X, *parameters, "full")
        bounds.append(bound)
    with pytest.warns(UserWarning, match="did not converge"):
        gm.fit(X)
    np.testing.assert_allclose(gm.lower_bounds_, bounds, rtol=1e-12)
    np.testing.assert_allclose(gm.means_, parameters[1], rtol=1e-10)
    np.testing.assert_allclose(gm.covariances_, parameters[2], rtol=1e-10, atol=1e-10)


def test_monotone_patterns_have_a_closed_form():
    """Of a feature known in all rows and one that ends early (Anderson, JASA 52, 1957)."""
    X = load_faithful().copy()
    n = 150
    both = X[:n]
    mean, covariance = both.mean(axis=0), np.cov(both.T, bias=True)
    slope = covariance[0, 1] / covariance[0, 0]
    residual = covariance[1, 1] - slope * covariance[0, 1]
    m, v = X[:, 0].mean(), X[:, 0].var()
    means = [m, mean[1] + slope * (m - mean[0])]
    covariances = [[v, slope * v], [slope * v, residual + slope * slope * v]]
    X[n:, 1] = np.nan
    gm = quick(1, tol=1e-15).fit(X)
    np.testing.assert_allclose(gm.means_[0], means, rtol=1e-7)
    np.testing.assert_allclose(gm.covariances_[0], covariances, rtol=1e-6)


@pytest.mark.parametrize("covariance_type", ["diag", "spherical"])
def test_one_gaussian_of_independent_features_is_what_is_known(covariance_type):
    X, _ = blobs(k=1)
    gm = quick(1, covariance_type=covariance_type, tol=1e-14).fit(X)
    np.testing.assert_allclose(gm.means_[0], np.nanmean(X, axis=0), rtol=1e-6)
    known = ~np.isnan(X)
    squares = np.nansum((X - gm.means_) ** 2, axis=0)
    if covariance_type == "diag":
        np.testing.assert_allclose(gm.covariances_[0], squares / known.sum(axis=0), rtol=1e-6)
    else:
        assert gm.covariances_[0] == pytest.approx(squares.sum() / known.sum(), rel=1e-6)


@pytest.mark.parametrize("covariance_type", TYPES)
@settings(max_examples=8, deadline=None, derandomize=True)  # of others one may collapse
@given(seed=st.integers(0, 10**6), share=st.floats(0.05, 0.6), assignment=st.sampled_from("sh"))
def test_the_lower_bound_never_falls(covariance_type, seed, share, assignment):
    X, _ = blobs(200, 3, 3, share, seed)
    X = X[~np.isnan(X).all(axis=1) | (np.arange(len(X)) % 2 == 0)]
    gm = quick(
        2,
        covariance_type=covariance_type,
        assignment={"s": "soft", "h": "hard"}[assignment],
        random_state=seed,
    ).fit(X)
    bounds = np.array(gm.lower_bounds_)
    assert (np.diff(bounds) >= -1e-12 * np.abs(bounds[:-1])).all()
    if assignment == "s":
        assert gm.score(X) >= bounds[-1] - 1e-12 * abs(bounds[-1])


@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_known_mixture_is_found_again_where_a_fifth_is_deleted(covariance_type):
    rng = np.random.default_rng(1)
    means = np.array([[0.0, 0.0, 0.0], [6.0, 0.0, 3.0], [0.0, 7.0, -5.0]])
    weights = np.array([0.5, 0.3, 0.2])
    labels = rng.choice(3, p=weights, size=20000)
    if covariance_type in ("full", "tied"):
        root = np.array([[1.0, 0.8, 0.0], [0.0, 0.6, -0.5], [0.0, 0.0, 1.0]])
    else:
        root = np.eye(3)
    X = means[labels] + rng.normal(size=(20000, 3)) @ root
    X[rng.random(X.shape) < 0.2] = np.nan
    gm = quick(covariance_type=covariance_type).fit(X)
    order = np.argsort(-gm.weights_)
    np.testing.assert_allclose(gm.weights_[order], weights, atol=0.02)
    np.testing.assert_allclose(gm.means_[order], means, atol=0.08)
    found = gm.mixture_.covariances
    covariances = plain_missing.matrices(found, 3, 3)
    np.testing.assert_allclose(covariances, np.stack([root.T @ root] * 3), atol=0.1)


@pytest.mark.parametrize("covariance_type", TYPES)
@pytest.mark.parametrize("assignment", ["soft", "hard"])
def test_without_missing_values_allowing_them_changes_no_bit(covariance_type, assignment):
    X, _ = make_blobs(500, 3, centers=3, random_state=0)
    params = {"covariance_type": covariance_type, "assignment": assignment, "random_state": 0}
    a = GaussianMixture(3, **params).fit(X)
    b = GaussianMixture(3, missing="allow", **params).fit(X)
    for name in EVERYTHING:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
    for method in ("predict", "predict_proba", "score_samples", "score", "bic", "aic", "icl"):
        np.testing.assert_array_equal(getattr(a, method)(X), getattr(b, method)(X))
    np.testing.assert_array_equal(b.impute(X), X)
    np.testing.assert_array_equal(b.sample_missing(X), X)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_threads_do_not_change_a_fit(covariance_type):
    X, _ = blobs(5000)
    found = []
    for n_threads in (1, 2, 3):
        set_num_threads(n_threads)
        gm = quick(covariance_type=covariance_type, tol=1e-3).fit(X)
        found.append([np.asarray(getattr(gm, name)).tobytes() for name in EVERYTHING])
        found[-1].append(gm.sample_missing(X).tobytes())
    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize("covariance_type", TYPES)
def test_an_integer_weight_is_a_repeated_row(covariance_type):
    X, _ = blobs(300)
    times = np.random.default_rng(0).integers(0, 4, size=300)
    start = {"means_init": blobs(300, share=0.0)[0][:3], "covariance_type": covariance_type}
    start["weights_init"] = np.full(3, 1.0 / 3.0)
    shape = {"full": (3, 4, 4), "tied": (4, 4), "diag": (3, 4), "VEI": (3, 4), "spherical": (3,)}
    eye = {"full": np.eye(4), "tied": np.eye(4)}.get(covariance_type, 1.0)
    start["covariances_init"] = 9.0 * np.broadcast_to(eye, shape[covariance_type])
    a = quick(**start).fit(X, sample_weight=times)
    b = quick(**start).fit(np.repeat(X, times, axis=0))
    np.testing.assert_allclose(a.means_, b.means_, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(a.lower_bounds_, b.lower_bounds_, rtol=1e-10)
    repeated = np.repeat(X, times, axis=0)
    for method in ("score", "bic", "aic", "icl"):
        found = getattr(a, method)(X, sample_weight=times)
        assert found == pytest.approx(getattr(a, method)(repeated), rel=1e-10)


@pytest.mark.parametrize("init_params", ["kmeans", "k-means++", "random", "random_from_data"])
def test_all_starts(init_params):
    X, _ = blobs(400, share=0.3)
    gm = quick(init_params=init_params, n_init=2, reg_covar=0.1, tol=1e-3).fit(X)
    assert gm.converged_
    assert np.isfinite(gm.lower_bounds_).all()


def test_a_start_of_complete_rows_where_there_are_enough(monkeypatch):
    from fastgmm.missing import MissingSource

    X, _ = blobs(400, share=0.05)
    rows, weights = MissingSource(X).subsample(200, np.random.RandomState(0))
    complete = X[~np.isnan(X).any(axis=1)]
    assert len(rows) == len(weights) == 200
    assert {tuple(row) for row in rows} <= {tuple(row) for row in complete}
    X, _ = blobs(400, share=0.5)
    rows, _ = MissingSource(X).subsample(1000, np.random.RandomState(0))
    known = ~np.isnan(X)
    np.testing.assert_array_equal(rows[known], X[known])
    means = np.broadcast_to(np.nanmean(X, axis=0), X.shape)
    np.testing.assert_allclose(rows[~known], means[~known], rtol=1e-12)


def test_what_is_fixed_stays():
    X, _ = blobs()
    free = quick().fit(X)
    held = quick(means_init=free.means_ + 0.1, fixed=("means",)).fit(X)
    np.testing.assert_array_equal(held.means_, free.means_ + 0.1)
    held = quick(
        means_init=free.means_,
        weights_init=free.weights_,
        covariances_init=free.covariances_,
        fixed=("weights", "covariances"),
    ).fit(X)
    np.testing.assert_array_equal(held.covariances_, free.covariances_)
    np.testing.assert_allclose(held.means_, free.means_, atol=1e-2)


def test_acceleration_warm_start_callback_and_prior():
    X, _ = blobs(share=0.4)
    plain = quick(tol=1e-10).fit(X)
    fast = quick(tol=1e-10, acceleration="anderson").fit(X)
    assert fast.lower_bound_ == pytest.approx(plain.lower_bound_, abs=1e-6)
    states = []
    stopped = quick(callback=lambda s: states.append(s) or s.iteration == 2).fit(X)
    assert stopped.n_iter_ == len(states) == 2
    warm = quick(warm_start=True, max_iter=2, tol=0.0)
    with pytest.warns(UserWarning, match="did not converge"):
        warm.fit(X)
    with pytest.warns(UserWarning, match="did not converge"):
        bounds = warm.lower_bounds_ + warm.fit(X).lower_bounds_
    np.testing.assert_allclose(bounds, plain.lower_bounds_[:4], rtol=1e-12)
    prior = Prior(mean=np.zeros(4), mean_precision=50.0)
    drawn = quick(prior=prior).fit(X)
    assert np.abs(drawn.means_).sum() < np.abs(plain.means_).sum()
    assert (np.diff(drawn.lower_bounds_) >= -1e-10).all()


def test_rows_of_known_component():
    X, y = blobs(share=0.3)
    labels = np.where(np.arange(len(X)) % 3, -1, y)
    gm = quick().fit_labeled(X, labels)
    assert (gm.predict(X) == y).mean() > 0.9
    alone = [quick(1, tol=1e-12).fit(X[y == k]) for k in range(3)]
    every = quick(tol=1e-12).fit_labeled(X, y)
    assert every.n_iter_ > 1  # there is no closed form
    np.testing.assert_allclose(every.weights_, np.bincount(y) / len(y))
    for k, model in enumerate(alone):
        np.testing.assert_allclose(every.means_[k], model.means_[0], rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match=r"y names no row of the components \[3\]"):
        quick(4).fit_labeled(X, y)


@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_checks():
    """Of what an estimator is, which here may take NaN."""
    for result in check_estimator(GaussianMixture(missing="allow"), on_fail=None):
        assert result["status"] in ("passed", "skipped"), result


def test_save_load_clone_and_attributes(tmp_path):
    X, _ = blobs()
    gm = quick().fit(X)
    gm.save(tmp_path / "model.npz")
    loaded = GaussianMixture.load(tmp_path / "model.npz")
    assert loaded.missing == clone(gm).missing == "allow"
    np.testing.assert_array_equal(loaded.score_samples(X), gm.score_samples(X))
    assert gm.__sklearn_tags__().input_tags.allow_nan
    assert not GaussianMixture().__sklearn_tags__().input_tags.allow_nan
    labels = quick().fit_predict(X)
    np.testing.assert_array_equal(labels, gm.predict(X))


def test_float32_rows_are_computed_with_in_float64():
    X, _ = blobs()
    X = X.astype(np.float32)
    gm, wide = quick().fit(X), quick().fit(X.astype(np.float64))
    assert gm.means_.dtype == np.float32
    np.testing.assert_array_equal(gm.means_, wide.means_.astype(np.float32))
    assert gm.score_samples(X).dtype == gm.predict_proba(X).dtype == gm.impute(X).dtype
    assert gm.impute(X).dtype == gm.sample_missing(X).dtype == np.float32
    np.testing.assert_allclose(gm.score_samples(X), wide.score_samples(X), rtol=1e-4, atol=1e-4)


def test_what_was_in_memory_before_is_not_looked_at():
    X, _ = blobs()
    gm = quick().fit(X)
    source = MissingSource(X.astype(np.float32))
    signalling = np.full(len(X), 0x7FA00000, np.uint32).view(np.float32)  # NaN that warn if cast
    source.scores(gm.mixture_, "full", {"scores": signalling})
    np.testing.assert_array_equal(signalling, gm.score_samples(source.X).astype(np.float32))


@pytest.mark.parametrize("covariance_type", TYPES)
def test_log_joint_adds_up_to_the_density(covariance_type):
    X, _ = blobs()
    gm = quick(covariance_type=covariance_type, tol=1e-3).fit(X)
    joint = gm.log_joint(X)
    np.testing.assert_allclose(np.logaddexp.reduce(joint, axis=1), gm.score_samples(X), rtol=1e-10)


@pytest.mark.parametrize("covariance_type", TYPES)
def test_a_feature_known_in_one_row_and_a_row_that_misses_all(covariance_type):
    X, _ = blobs(200)
    X[:, 3] = np.nan
    X[7] = [1.0, 2.0, 3.0, 4.0]
    X[8] = np.nan
    gm = quick(2, covariance_type=covariance_type, reg_covar=1e-3, tol=1e-3).fit(X)
    assert np.isfinite(gm.means_).all()
    assert (np.diff(gm.lower_bounds_) > -1e-6).all()
    np.testing.assert_allclose(gm.predict_proba(X[8:9])[0], gm.weights_, rtol=1e-12)
    assert gm.score_samples(X[8:9])[0] == pytest.approx(0.0, abs=1e-12)


def test_one_value_a_row_is_enough():
    rng = np.random.default_rng(0)
    X = np.full((600, 3), np.nan)
    known = rng.integers(3, size=600)
    X[np.arange(600), known] = known * 10.0 + rng.normal(size=600)
    gm = quick(1, tol=1e-12).fit(X)
    np.testing.assert_allclose(gm.means_[0], np.nanmean(X, axis=0), rtol=1e-6)
    variances = np.diagonal(gm.covariances_[0])
    np.testing.assert_allclose(variances, np.nanvar(X, axis=0), rtol=1e-5)


@pytest.mark.parametrize(("scale", "offset"), [(1e-100, 0.0), (1e100, 0.0), (1.0, 1e8)])
def test_units_and_offsets(scale, offset):
    X, _ = blobs()
    X = X.round(3)
    a, b = quick(tol=1e-4).fit(X), quick(tol=1e-4).fit(scale * X + offset)
    a = a.means_[np.argsort(a.means_[:, 0])]
    b = (b.means_[np.argsort(b.means_[:, 0])] - offset) / scale
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)


def test_refusals():
    X, _ = blobs()
    with pytest.raises(ValueError, match='contains NaN; missing="allow" takes it') as error:
        quick(missing="refuse").fit(X)
    assert "\n" not in str(error.value)
    gm = quick().fit(X)
    gm.missing = "refuse"
    with pytest.raises(ValueError, match='missing="allow"'):
        gm.predict(X)
    with pytest.raises(ValueError, match="infinity"):
        quick().fit(np.where(np.arange(len(X))[:, np.newaxis] == 3, np.inf, X))
    with pytest.raises(ValueError, match="infinity"):
        gm.impute(np.where(np.arange(len(X))[:, np.newaxis] == 3, -np.inf, X))
    with pytest.raises(ValueError, match="'missing' parameter"):
        quick(missing="drop").fit(X)
    unknown = X.copy()
    unknown[:, [0, 2]] = np.nan
    with pytest.raises(ValueError, match=r"no value of the features \[0, 2\] in any row: drop"):
        quick().fit(unknown)
    unknown[0] = 1.0
    weights = np.ones(len(X))
    weights[0] = 0.0
    with pytest.raises(ValueError, match="in any row of positive sample_weight: drop"):
        quick().fit(unknown, sample_weight=weights)
    with pytest.raises(ValueError, match="too large for sums of squares"):
        quick().fit(1e200 * X)
