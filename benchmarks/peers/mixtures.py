"""One function a peer: EM iterations on the same rows, from the same start.

``peer(X, start, covariance_type)`` makes a function ``run(n_iter, n_threads)`` that does
exactly n_iter iterations and returns the mixture reached, as a start is: a dict of weights,
means and covariances in scikit-learn's shapes. Peers are imported by their function, so a
peer that is not installed raises ImportError there; one that has no such covariances, or
does not take the rows, raises `NotOffered` with the reason.
"""

import numpy as np


class NotOffered(Exception):
    """The peer cannot do this: the reason."""


def fastgmm(X, start, covariance_type):
    """Ours: the EM loop itself, without the estimator's checks of X."""
    from fastgmm import make_mixture, set_num_threads
    from fastgmm.covariances import TYPES
    from fastgmm.em.loop import EMRun, run_em
    from fastgmm.em.m_step import MStepOptions
    from fastgmm.passes.sources import ArraySource

    source, options = ArraySource(X), MStepOptions(TYPES[covariance_type], reg_covar=1e-6)
    mixture = make_mixture(
        start["weights"],
        start["means"],
        TYPES[covariance_type].from_sklearn(start["covariances"]),
    )

    def run(n_iter, n_threads):
        set_num_threads(n_threads)
        fit = EMRun(mixture)
        run_em(fit, source, options, tol=0.0, max_iter=n_iter)
        set_num_threads(None)
        return {
            "weights": fit.mixture.weights,
            "means": fit.mixture.means,
            "covariances": TYPES[covariance_type].to_sklearn(fit.mixture.covariances),
        }

    return run


def scikit_learn(X, start, covariance_type):
    """scikit-learn: the E-step and M-step of its class, without the checks of X."""
    from sklearn.mixture import GaussianMixture
    from sklearn.mixture._gaussian_mixture import _compute_precision_cholesky
    from threadpoolctl import threadpool_limits

    model = GaussianMixture(len(start["means"]), covariance_type=covariance_type)
    # The E-step takes the factors alone; the covariances are there for the M-step to replace.
    given = [start[name].astype(X.dtype) for name in ("weights", "means", "covariances")]
    given.append(_compute_precision_cholesky(start["covariances"], covariance_type).astype(X.dtype))

    def run(n_iter, n_threads):
        with threadpool_limits(n_threads):
            model.weights_, model.means_, model.covariances_, model.precisions_cholesky_ = given
            for _ in range(n_iter):
                _, log_resp = model._e_step(X)
                model._m_step(X, log_resp)
                del log_resp
        return {
            "weights": model.weights_,
            "means": model.means_,
            "covariances": model.covariances_,
        }

    return run


def onedal(X, start, covariance_type):
    """Intel's oneDAL by daal4py.em_gmm, in C++: full and diagonal covariances."""
    import daal4py

    if covariance_type not in ("full", "diag"):
        raise NotOffered(f"em_gmm has no {covariance_type} covariances")
    if covariance_type == "full":
        storage, covariances = "full", list(map(np.ascontiguousarray, start["covariances"]))
    else:
        storage = "diagonal"
        covariances = [np.ascontiguousarray(c.reshape(1, -1)) for c in start["covariances"]]
    weights = start["weights"].reshape(1, -1)
    fptype = {"float64": "double", "float32": "float"}[X.dtype.name]

    def run(n_iter, n_threads):
        daal4py.daalinit(n_threads)
        result = daal4py.em_gmm(
            nComponents=len(start["means"]),
            maxIterations=n_iter,
            accuracyThreshold=0.0,
            covarianceStorage=storage,
            fptype=fptype,
        ).compute(X, weights, start["means"], covariances)
        found = np.array(list(result.covariances))
        return {
            "weights": result.weights.ravel(),
            "means": result.means,
            "covariances": found
            if covariance_type == "full"
            else found.reshape(len(weights.T), -1),
        }

    return run


def pomegranate(X, start, covariance_type):
    """pomegranate, on PyTorch: full and diagonal covariances."""
    import torch
    from pomegranate.distributions import Normal
    from pomegranate.gmm import GeneralMixtureModel

    if covariance_type not in ("full", "diag"):
        raise NotOffered(f"its Normal cannot share or equal the {covariance_type} variances")
    torch.set_default_dtype(getattr(torch, X.dtype.name))
    rows = torch.from_numpy(X)

    def run(n_iter, n_threads):
        torch.set_num_threads(n_threads)
        parts = [
            Normal(
                torch.tensor(mean, dtype=rows.dtype),
                torch.tensor(covariance, dtype=rows.dtype),
                covariance_type=covariance_type,
                check_data=False,
            )
            for mean, covariance in zip(start["means"], start["covariances"], strict=True)
        ]
        priors = torch.tensor(start["weights"], dtype=rows.dtype)
        model = GeneralMixtureModel(parts, priors=priors, check_data=False)
        for _ in range(n_iter):
            model.summarize(rows)
            model.from_summaries()
        return {
            "weights": model.priors.numpy(),
            "means": np.array([part.means.numpy() for part in parts]),
            "covariances": np.array([part.covs.numpy() for part in parts]),
        }

    return run


def gmmx(X, start, covariance_type):
    """gmmx, on JAX: full and diagonal covariances."""
    import jax
    from gmmx import EMFitter, GaussianMixtureModelJax

    if X.dtype != np.float32:
        raise NotOffered("it computes in float32 alone")
    if covariance_type not in ("full", "diag"):
        raise NotOffered(f"it has no {covariance_type} covariances")
    rows = jax.numpy.asarray(X)
    given = {name: start[name].astype(X.dtype) for name in ("means", "covariances", "weights")}
    model = GaussianMixtureModelJax.from_squeezed(**given, covariance_type=covariance_type)

    def run(n_iter, n_threads):  # XLA's threads are those of the process
        fitter = EMFitter(tol=0.0, max_iter=n_iter, reg_covar=1e-6)
        found = jax.block_until_ready(fitter.fit(rows, model)).gmm
        return {
            "weights": np.asarray(found.weights_numpy),
            "means": np.asarray(found.means_numpy),
            "covariances": np.asarray(found.covariances.values_numpy),
        }

    return run


def torchgmm(X, start, covariance_type):
    """torchgmm, on PyTorch: its model and aggregators, without the Lightning trainer's cost."""
    import torch
    from torchgmm.bayes.core import cholesky_precision
    from torchgmm.bayes.gmm.metrics import CovarianceAggregator, MeanAggregator, PriorAggregator
    from torchgmm.bayes.gmm.model import GaussianMixtureModel, GaussianMixtureModelConfig

    (k, d), dtype = start["means"].shape, getattr(torch, X.dtype.name)
    torch.set_default_dtype(dtype)
    rows = torch.from_numpy(X)
    model = GaussianMixtureModel(GaussianMixtureModelConfig(k, d, covariance_type))
    priors = PriorAggregator(k, dist_sync_fn=None)
    means = MeanAggregator(k, d, dist_sync_fn=None)
    covariances = CovarianceAggregator(k, d, covariance_type, 1e-6, dist_sync_fn=None)

    def run(n_iter, n_threads):
        torch.set_num_threads(n_threads)
        with torch.no_grad():
            model.component_probs.copy_(torch.from_numpy(start["weights"]))
            model.means.copy_(torch.from_numpy(start["means"]))
            begun = torch.tensor(start["covariances"], dtype=dtype)
            model.precisions_cholesky.copy_(cholesky_precision(begun, covariance_type))
            for _ in range(n_iter):
                resp = model.forward(rows)[0].exp()
                for part in (priors, means, covariances):
                    part.reset()
                priors.update(resp)
                means.update(rows, resp)
                covariances.update(rows, resp, means.compute())
                found = covariances.compute()
                model.component_probs.copy_(priors.compute())
                model.means.copy_(means.compute())
                model.precisions_cholesky.copy_(cholesky_precision(found, covariance_type))
        return {
            "weights": model.component_probs.numpy().copy(),
            "means": model.means.numpy().copy(),
            "covariances": found.numpy(),
        }

    return run


PEERS = {
    "fastgmm": fastgmm,
    "scikit-learn": scikit_learn,
    "oneDAL": onedal,
    "pomegranate": pomegranate,
    "gmmx": gmmx,
    "torchgmm": torchgmm,
}
# The distribution whose version says which peer it was.
DISTRIBUTIONS = {"oneDAL": "daal4py"}
