"""Models to and from scikit-learn's and a Mixture."""

import pickle

import numpy as np
import pytest
from common import COVARIANCE_TYPES, assert_same_model, blobs, fitted, random_mixture, saved
from sklearn.exceptions import NotFittedError
from sklearn.mixture import BayesianGaussianMixture
from sklearn.mixture import GaussianMixture as SklearnMixture
from sklearn.preprocessing import StandardScaler

from fastgmm import GaussianMixture, make_mixture
from fastgmm.mixture import as_dtype

K, D = 3, 2


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_to_scikit_learn_and_back(covariance_type):
    gm, X = fitted(covariance_type), blobs(300, D, seed=1)
    theirs = gm.to_sklearn()
    assert type(theirs) is SklearnMixture
    back = GaussianMixture.from_sklearn(theirs)
    for other in (theirs, back):
        assert np.array_equal(gm.predict(X), other.predict(X))
        np.testing.assert_allclose(gm.predict_proba(X), other.predict_proba(X), atol=1e-11)
        np.testing.assert_allclose(gm.score_samples(X), other.score_samples(X), rtol=1e-11)
        assert gm.bic(X) == pytest.approx(other.bic(X), rel=1e-11)
        assert (other.converged_, other.n_iter_) == (gm.converged_, gm.n_iter_)
    assert back.get_params() == gm.get_params()
    theirs.means_[:] = 0.0
    assert gm.means_.any()  # a copy


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("cls", [SklearnMixture, BayesianGaussianMixture])
def test_from_scikit_learn(covariance_type, dtype, cls, tmp_path):
    X = blobs(300, D, dtype=dtype)
    theirs = cls(n_components=K, covariance_type=covariance_type, random_state=0, tol=0.1).fit(X)
    ours = GaussianMixture.from_sklearn(theirs)
    assert ours.means_.dtype == theirs.means_.dtype
    assert (ours.n_components, ours.tol, ours.n_features_in_) == (K, 0.1, D)
    assert_same_model(ours, saved(ours, tmp_path / "model.npz"))
    if cls is SklearnMixture:  # the Bayesian one predicts by an expectation, not at a point
        tol = 1e-10 if dtype == np.float64 else 1e-4
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=tol)
        np.testing.assert_allclose(ours.score_samples(X), theirs.score_samples(X), atol=10 * tol)
        assert ours.n_iter_ == theirs.n_iter_


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_from_mixture(covariance_type, dtype, tmp_path):
    m = as_dtype(random_mixture(covariance_type, K, D), dtype)
    gm = GaussianMixture.from_mixture(m, random_state=0)
    assert (gm.covariance_type, gm.n_components, gm.n_features_in_) == (covariance_type, K, D)
    again = gm.mixture_
    assert all(np.array_equal(a, b) for a, b in zip(m[:4], again[:4], strict=True))
    np.testing.assert_allclose(again.log_norms, m.log_norms, rtol=1e-6)
    assert_same_model(gm, saved(gm, tmp_path / "model.npz"))
    gm.set_params(max_iter=5, tol=10.0, warm_start=True).fit(blobs(200, D))
    assert gm.n_iter_ > 0
    other = "diag" if covariance_type == "full" else "full"
    with pytest.raises(ValueError, match=f"covariance_type='{other}' does not fit a mixture"):
        GaussianMixture.from_mixture(m, covariance_type=other)


def test_from_sklearn_says_what_it_takes():
    with pytest.raises(TypeError, match=r"fitted sklearn\.mixture\.GaussianMixture, got a ndarray"):
        GaussianMixture.from_sklearn(np.eye(2))
    for model in (SklearnMixture(), GaussianMixture(), StandardScaler().fit(np.eye(2))):
        with pytest.raises(NotFittedError):
            GaussianMixture.from_sklearn(model)


def test_from_mixture_says_what_it_takes():
    gm = fitted("full")
    with pytest.raises(TypeError, match="got a GaussianMixture; pass its mixture_"):
        GaussianMixture.from_mixture(gm)
    with pytest.raises(TypeError, match="must be a Mixture, such as make_mixture returns, got a"):
        GaussianMixture.from_mixture(gm.means_)


# Pairs whose parameters have one shape where there are as many components as features.
CHANGES = [("diag", "tied"), ("tied", "diag"), ("diag", "VEI"), ("VEI", "diag"), ("VEI", "tied")]


@pytest.mark.parametrize(("before", "then"), CHANGES)
@pytest.mark.parametrize("how", ["fit", "from_mixture", "load", "pickle"])
def test_parameters_are_not_read_as_those_of_another_type(before, then, how, tmp_path):
    X = blobs(200, 2, 2)
    gm = GaussianMixture(2, covariance_type=before, random_state=0, warm_start=True).fit(X)
    if how == "from_mixture":
        gm = GaussianMixture.from_mixture(gm.mixture_, covariance_type=before, warm_start=True)
        gm.random_state = 0
    elif how != "fit":
        gm = saved(gm, tmp_path / "m.npz") if how == "load" else pickle.loads(pickle.dumps(gm))
    expected = gm.score(X)
    gm.set_params(covariance_type=then)
    uses = [gm.predict, gm.score, gm.bic, gm.fit, lambda X: gm.sample(), lambda X: gm.mixture_]
    for use in (*uses, lambda X: gm.save(tmp_path / "n.npz"), lambda X: gm.to_sklearn()):
        with pytest.raises(ValueError, match=f"are of '{before}' ones: .* needs a new fit"):
            use(X)
    assert gm.set_params(covariance_type=before).score(X) == expected
    gm.set_params(covariance_type=then, warm_start=False).fit(X)
    anew = GaussianMixture(2, covariance_type=then, random_state=0).fit(X)
    assert gm.score(X) == pytest.approx(anew.score(X), abs=1e-9)


@pytest.mark.parametrize("fitted", [True, False])
@pytest.mark.parametrize("one_of_them", ["covariances_", "precisions_cholesky_", None])
def test_all_attributes_may_be_set_of_another_type(fitted, one_of_them):
    X = blobs(200, 2, 2)
    gm = GaussianMixture(2, covariance_type="diag", random_state=0)
    if fitted:
        gm.fit(X)
    gm.set_params(covariance_type="tied")
    gm.weights_, gm.means_ = [0.5, 0.5], [[0.0, 0.0], [1.0, 1.0]]
    gm.covariances_, gm.precisions_cholesky_ = 4 * np.eye(2), np.eye(2) / 2
    if one_of_them:
        delattr(gm, one_of_them)
    expected = make_mixture(gm.weights_, gm.means_, 4 * np.eye(2), covariance_type="tied")
    assert gm.score(X) == pytest.approx(GaussianMixture.from_mixture(expected).score(X), rel=1e-12)
