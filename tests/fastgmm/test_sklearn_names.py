"""scikit-learn's private names give what scikit-learn's give."""

import subprocess
import sys

import numpy as np
import pytest
from common import COVARIANCE_TYPES, blobs
from sklearn.mixture import _gaussian_mixture as theirs_own

from fastgmm import BayesianGaussianMixture, GaussianMixture
from fastgmm.model import checks

MODELS = {
    "gaussian": GaussianMixture,
    "process": BayesianGaussianMixture,
    "distribution": lambda **params: BayesianGaussianMixture(
        weight_concentration_prior_type="dirichlet_distribution", **params
    ),
}


def pair(model, covariance_type, dtype=np.float64, d=3):
    """Return scikit-learn's model and ours, with the same attributes, and rows."""
    X = blobs(200, d, dtype=dtype)
    params = {"n_components": 3, "covariance_type": covariance_type, "random_state": 0}
    ours = MODELS[model](tol=1.0, **params).fit(X)
    return ours.to_sklearn(), ours, X


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize(("dtype", "d"), [(np.float64, 3), (np.float64, 1), (np.float32, 2)])
def test_log_densities(model, covariance_type, dtype, d):
    theirs, ours, X = pair(model, covariance_type, dtype, d)
    rows = X.astype(np.float64)
    for name in ("weights_", "means_", "precisions_cholesky_"):  # else it rounds by 1e-3
        setattr(theirs, name, np.float64(getattr(theirs, name)))
    share = 1e-9 if dtype == np.float64 else 1e-6
    for name in ("_estimate_log_prob", "_estimate_weighted_log_prob"):
        found = getattr(ours, name)(X)
        assert found.dtype == dtype
        np.testing.assert_allclose(found, getattr(theirs, name)(rows), rtol=share, atol=5 * share)
    both = zip(ours._estimate_log_prob_resp(X), theirs._estimate_log_prob_resp(rows), strict=True)
    for found, expected in both:
        np.testing.assert_allclose(found, expected, rtol=5 * share, atol=20 * share)
    found, expected = ours._estimate_log_weights(), theirs._estimate_log_weights()
    np.testing.assert_allclose(found, expected, rtol=share)
    log_density, log_resp = ours._estimate_log_prob_resp(X)
    share = 1e-9 if dtype == np.float64 else 2e-4
    np.testing.assert_allclose(np.exp(log_resp), ours.predict_proba(X), atol=share)
    np.testing.assert_allclose(log_density, ours.score_samples(X), rtol=share, atol=share)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
def test_parameters_go_from_one_model_to_another(model, covariance_type):
    theirs, ours, X = pair(model, covariance_type)
    for found, expected in zip(ours._get_parameters(), theirs._get_parameters(), strict=True):
        np.testing.assert_array_equal(found, expected)
    other = type(ours)(**ours.get_params())
    other._set_parameters(theirs._get_parameters())
    for name in ("weights_", "means_", "covariances_", "precisions_"):
        np.testing.assert_allclose(getattr(other, name), getattr(theirs, name), rtol=1e-12)
    np.testing.assert_allclose(other.score_samples(X), ours.score_samples(X), rtol=1e-12)
    with pytest.raises(ValueError, match="params must hold"):
        other._set_parameters(ours._get_parameters()[:2])


@pytest.mark.parametrize("covariance_type", COVARIANCE_TYPES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_factors_of_covariances(covariance_type, dtype):
    _, ours, _ = pair("gaussian", covariance_type)
    covariances = ours.covariances_.astype(dtype)
    found = ours._compute_precision_cholesky(covariances, covariance_type)
    expected = theirs_own._compute_precision_cholesky(covariances, covariance_type)
    assert (found.dtype, found.shape) == (dtype, expected.shape)
    np.testing.assert_allclose(found, expected, rtol=1e-4 if dtype == np.float32 else 1e-9)
    with pytest.raises(ValueError, match="symmetric and positive definite"):
        ours._compute_precision_cholesky(-covariances, covariance_type)


def test_a_weight_of_zero_and_rows_far_out():
    _, ours, _ = pair("gaussian", "full")
    ours.weights_ = np.array([0.5, 0.5, 0.0])
    rows = np.array([[0.0, 0.0, 0.0], [1e6, 0.0, -1e6]])
    theirs = ours.to_sklearn()
    with np.errstate(divide="ignore"):
        expected = theirs._estimate_weighted_log_prob(rows)
    np.testing.assert_allclose(ours._estimate_weighted_log_prob(rows), expected, rtol=1e-9)
    assert (ours._estimate_log_prob_resp(rows)[1][:, 2] == -np.inf).all()


def test_rows_of_another_width_are_refused():
    _, ours, _ = pair("gaussian", "full")
    with pytest.raises(ValueError, match="X has 2 features, but means_ 3"):
        ours._estimate_log_prob(np.zeros((4, 2)))


@pytest.mark.parametrize("cls", [GaussianMixture, BayesianGaussianMixture])
@pytest.mark.parametrize("name", ["_m_step", "_e_step", "_initialize", "_estimate_log_prob"])
def test_a_step_that_would_be_ignored_is_refused(cls, name):
    of_a_user = type("Mine", (cls,), {name: lambda self, X, log_resp=None: None})
    with pytest.raises(TypeError, match=f"Mine has a {name} of its own, which fit does not call"):
        of_a_user().fit(blobs(50))
    patched = cls()
    setattr(patched, name, lambda X: None)
    with pytest.raises(TypeError, match="which fit does not call"):
        patched.fit(blobs(50))
    harmless = type("Named", (cls,), {"describe": lambda self: "a mixture"})
    assert harmless().fit(blobs(50)).converged_


@pytest.mark.parametrize("cls", [GaussianMixture, BayesianGaussianMixture])
def test_a_float_without_a_fraction_is_a_number_of_samples(cls):
    model = cls(random_state=0).fit(blobs(50))
    np.testing.assert_array_equal(model.sample(1e3)[0], model.sample(1000)[0])
    np.testing.assert_array_equal(model.sample(np.float32(3))[1], model.sample(3)[1])
    for n_samples in (2.5, np.nan, np.inf, "x"):
        with pytest.raises(TypeError, match="n_samples must be a whole number"):
            model.sample(n_samples)


class Tensor:
    """Of an array library that is not NumPy, but on the same machine."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return np.array(self.array, dtype)

    def __dlpack__(self, **_):
        return self.array.__dlpack__()


def test_arrays_of_other_libraries(monkeypatch):
    X = blobs(50)
    gm = GaussianMixture(2, random_state=0).fit(Tensor(X))
    np.testing.assert_array_equal(gm.predict_proba(Tensor(X)), gm.predict_proba(X))
    monkeypatch.setattr(checks, "get_config", lambda: {"array_api_dispatch": True})
    for call in (gm.fit, gm.predict, gm.score_samples):
        with pytest.raises(TypeError, match=r"X is a Tensor, .*array_api_dispatch.* np.asarray"):
            call(Tensor(X))
    assert gm.fit(X).predict(X).shape == (50,)


def test_isinstance_is_a_line_of_the_users():
    """Packages that ask for scikit-learn's class take ours once it is registered there."""
    program = """
import sklearn.mixture, fastgmm
gm = fastgmm.GaussianMixture(2, random_state=0).fit([[0.0], [0.1], [5.0], [5.1]])
assert not isinstance(gm, sklearn.mixture.GaussianMixture)
sklearn.mixture.GaussianMixture.register(fastgmm.GaussianMixture)
assert isinstance(gm, sklearn.mixture.GaussianMixture)
assert not isinstance(gm, sklearn.mixture.BayesianGaussianMixture)
assert gm.fit([[0.0], [0.2], [4.0], [4.1]]).predict([[4.0]]) != gm.predict([[0.0]])
"""
    subprocess.run([sys.executable, "-c", program], check=True)
