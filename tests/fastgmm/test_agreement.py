"""The same start, the same steps: scikit-learn's GaussianMixture and ours."""

import warnings

import numpy as np
import pytest
import sklearn.mixture
from common import COVARIANCE_TYPES, blobs
from sklearn.exceptions import ConvergenceWarning

from fastgmm import GaussianMixture

PARAMETERS = ("weights_", "means_", "covariances_", "precisions_cholesky_", "precisions_")


def start(covariance_type, X, k):
    """Return a start that both classes take: equal weights, random rows, one variance."""
    rng = np.random.default_rng(1)
    d = X.shape[1]
    precision = 1.0 / X.var(axis=0).mean()
    shape = {"full": (k, d, d), "tied": (d, d), "diag": (k, d), "spherical": (k,)}[covariance_type]
    unit = np.eye(d) if covariance_type in ("full", "tied") else 1.0
    return {
        "weights_init": np.full(k, 1.0 / k),
        "means_init": X[rng.choice(len(X), k, replace=False)].astype(float),
        "precisions_init": np.broadcast_to(precision * unit, shape).copy(),
    }


def both(covariance_type, X, k, max_iter, **params):
    """Fit scikit-learn's class and ours from the same given start."""
    params |= {"covariance_type": covariance_type, "max_iter": max_iter}
    params |= start(covariance_type, X, k)
    models = [cls(k, **params) for cls in (sklearn.mixture.GaussianMixture, GaussianMixture)]
    return [model.fit(X) for model in models]


def assert_same(theirs, ours, rtol):
    for name in PARAMETERS:
        a, b = getattr(theirs, name), getattr(ours, name)
        assert a.shape == b.shape
        assert a.dtype == b.dtype
        scale = np.abs(a).max() if a.ndim > 1 else np.abs(a)
        assert np.all(np.abs(a - b) <= rtol * np.maximum(np.abs(a), scale)), name
    # Before scikit-learn 1.7 there is the last alone.
    bounds = getattr(theirs, "lower_bounds_", [theirs.lower_bound_])
    np.testing.assert_allclose(ours.lower_bounds_[-len(bounds) :], bounds, rtol=rtol)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("shape", [(400, 2, 3), (1000, 5, 4), (300, 1, 2), (900, 40, 2)])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_every_iteration_agrees(covariance_type, shape):
    n, d, k = shape
    X = blobs(n, d, k, spread=2.0)
    for max_iter in (1, 2, 3, 7):
        theirs, ours = both(covariance_type, X, k, max_iter, tol=0.0)
        assert_same(theirs, ours, rtol=1e-10)


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_convergence_agrees(covariance_type):
    X = blobs(1500, 4, 3, spread=2.0)
    theirs, ours = both(covariance_type, X, 3, 500, tol=1e-6)
    assert ours.converged_
    assert ours.n_iter_ == theirs.n_iter_
    assert_same(theirs, ours, rtol=1e-9)
    np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), rtol=1e-9)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-9)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    for criterion in ("score", "aic", "bic"):
        assert getattr(ours, criterion)(X) == pytest.approx(
            getattr(theirs, criterion)(X), rel=1e-10
        )


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_float32_agrees_to_its_precision(covariance_type):
    X = blobs(3000, 4, 3, spread=2.0)
    _, exact = both(covariance_type, X, 3, 100, tol=1e-5)
    _, ours = both(covariance_type, X.astype(np.float32), 3, 100, tol=1e-5)
    for name in PARAMETERS:
        assert getattr(ours, name).dtype == np.float32
    assert ours.lower_bound_ == pytest.approx(exact.lower_bound_, rel=1e-5)
    np.testing.assert_allclose(ours.weights_, exact.weights_, atol=2e-3)
    np.testing.assert_allclose(ours.means_, exact.means_, atol=5e-3)
    assert ours.predict_proba(X.astype(np.float32)).dtype == np.float32
    assert ours.score_samples(X.astype(np.float32)).dtype == np.float32
    # Rows of the other precision are scored in the wider of the two.
    np.testing.assert_allclose(ours.score_samples(X), exact.score_samples(X), atol=2e-2)
    assert ours.score_samples(X).dtype == np.float64


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_an_offset_costs_no_digits(covariance_type):
    # A power of two, and few bits in X: X + offset is exact and the fits must agree.
    # (scikit-learn's tied, diag and spherical covariances are gone at this offset.)
    offset = 2.0**27
    X = np.round(blobs(800, 3, 3) * 2**20) / 2**20
    params = {"covariance_type": covariance_type, "tol": 1e-4, **start(covariance_type, X, 3)}
    near = GaussianMixture(3, **params).fit(X)
    params["means_init"] = params["means_init"] + offset
    far = GaussianMixture(3, **params).fit(X + offset)
    np.testing.assert_allclose(far.means_ - offset, near.means_, atol=1e-7)
    np.testing.assert_allclose(far.covariances_, near.covariances_, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(far.lower_bounds_, near.lower_bounds_, rtol=1e-7)


def test_old_faithful_is_mclusts():
    from fastgmm.datasets import load_faithful

    X = load_faithful()
    gm = GaussianMixture(2, n_init=5, tol=1e-8, random_state=0).fit(X)
    order = np.argsort(-gm.weights_)
    # mclust 6: log-likelihood -1130.264, BIC -2322.192 in its sign.
    assert gm.score(X) * len(X) == pytest.approx(-1130.264, abs=5e-4)
    assert gm.bic(X) == pytest.approx(2322.192, abs=1e-3)
    np.testing.assert_allclose(gm.weights_[order], [0.6441, 0.3559], atol=5e-5)
    means = [[4.2898, 79.9695], [2.0365, 54.4799]]
    np.testing.assert_allclose(gm.means_[order], means, atol=2e-3)


@pytest.mark.parametrize(
    ("covariance_type", "k", "bic"),
    [
        ("full", 3, 2349.696),
        ("tied", 3, 2314.316),
        ("tied", 2, 2325.220),
        ("diag", 2, 2346.065),
        ("spherical", 2, 3458.305),
    ],
)
def test_bic_on_old_faithful_is_no_worse_than_mclusts(covariance_type, k, bic):
    from fastgmm.datasets import load_faithful

    X = load_faithful()
    gm = GaussianMixture(
        k, covariance_type=covariance_type, n_init=20, tol=1e-8, max_iter=2000, random_state=0
    ).fit(X)
    # mclust starts from a hierarchical clustering and stops at a local maximum, so ours
    # may be better; where there is one maximum to find the figures are equal.
    assert gm.bic(X) <= bic + 0.02
    if k == 2:
        assert gm.bic(X) == pytest.approx(bic, abs=0.02)


def test_their_warning_is_ours():
    with pytest.warns(ConvergenceWarning, match="did not converge"):
        both("full", blobs(100), 3, 1, tol=0.0)


@pytest.mark.slow
def test_float32_agrees_over_a_million_rows():
    """Sums of float32 rows lose no digits as their number grows; at ten million it is the same."""
    rng = np.random.default_rng(0)
    k, d = 8, 4
    centres = 2.5 * rng.normal(size=(k, d))
    X = centres[rng.integers(k, size=10**6)] + rng.normal(size=(10**6, d))
    given = {"means_init": centres + 0.5, "weights_init": np.full(k, 1 / k)}
    given |= {"covariances_init": np.stack([np.eye(d)] * k), "max_iter": 5, "tol": 0.0}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        double, single = (GaussianMixture(k, **given).fit(X.astype(t)) for t in ("f8", "f4"))
    assert single.means_.dtype == np.float32
    np.testing.assert_allclose(single.lower_bounds_, double.lower_bounds_, rtol=0, atol=1e-4)
    np.testing.assert_allclose(single.means_, double.means_, rtol=0, atol=1e-3)
