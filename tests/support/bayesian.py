"""What tests of Bayesian mixtures share: models at the same start, and their comparison."""

import itertools

import numpy as np
from common import COVARIANCE_TYPES
from sklearn.mixture import BayesianGaussianMixture as SklearnMixture

from fastgmm import BayesianGaussianMixture

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
