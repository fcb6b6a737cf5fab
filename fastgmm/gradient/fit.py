"""`fit_map`: a Gaussian mixture by gradients, of the likelihood or the posterior."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from sklearn.utils import check_array

from ..covariances import by_shape
from ..em.prior import checked_prior
from ..mixture import Mixture, as_dtype, assemble, frozen
from ..model.checks import FIXABLE, check_kind, check_mixture, check_sample_weight
from ..passes.threads import single_threaded_blas
from .objective import Objective
from .optimise import METHODS, Problem, descend
from .parameters import Layout, Units, to_mixture, to_vector

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._typing import Descent, Fixed
    from ..em.prior import Prior


# A deviation so many times smaller than at the start, and than that of all rows, is none: without a
# prior of covariances the likelihood grows without end as a component shrinks onto a row.
COLLAPSED = 1e5


class MapFit(NamedTuple):
    """What `fit_map` returns.

    Attributes
    ----------
    mixture : Mixture
        float64.
    objective : float
        Mean log likelihood, and the log density of the prior over the number of rows (or sum of
        weights), up to the prior's constant: what is maximised, in nats per sample.
    log_likelihood : float
        The mean log likelihood alone.
    gradient_norm : float
        The largest entry of the objective's gradient, in units in which the information of one row
        and its component is the identity.
    n_iter : int
    n_evaluations : int
        Of value and gradient, and Hessian products: each is a pass over the rows.
    converged : bool
        Whether ``gradient_norm`` is at most `tol`.
    """

    mixture: Mixture
    objective: float
    log_likelihood: float
    gradient_norm: float
    n_iter: int
    n_evaluations: int
    converged: bool


@single_threaded_blas()
def fit_map(
    X: ArrayLike,
    mixture0: Mixture,
    *,
    sample_weight: ArrayLike | None = None,
    prior: Prior | None = None,
    fixed: Fixed = (),
    method: Descent = "l-bfgs",
    tol: float = 1e-06,
    max_iter: int = 1000,
) -> MapFit:
    """Fit a Gaussian mixture by gradients: maximum likelihood, or maximum a posteriori.

    Parameters
    ----------
    X : array-like of shape (N, D), float
        The rows, read in blocks: float32 and memory-mapped ones are not copied.
    mixture0 : Mixture
        The start, such as ``GaussianMixture(k, max_iter=1).fit(X).mixture_``; its shapes tell the
        covariance type, one of scikit-learn's four (VEI's is diag's).
    sample_weight : array-like of shape (N,), default=None
        An integer weight is the same as repeating the row.
    prior : Prior, default=None
        Without one the likelihood is maximised.
    fixed : collection of {"weights", "means", "covariances"}, default=()
        Parameters held at the start's.
    method : {"l-bfgs", "newton-cg"}, default="l-bfgs"
        Newton's method takes Hessian products; near the maximum it doubles the digits in each
        iteration, so it is the one for a small `tol`.
    tol : float, default=1e-6
        Ends where no entry of the gradient is larger: see `MapFit`. L-BFGS ends above about 1e-8,
        where values have no more digits; Newton's method may be asked for 1e-12.
    max_iter : int, default=1000

    Returns
    -------
    MapFit

    Raises
    ------
    TypeError
        If `mixture0` is no `Mixture`, or `prior` no `Prior`.
    ValueError
        If X, the weights, or what is named is not as described, or a weight of `mixture0` is
        zero; or if a component collapses onto rows, where the likelihood has no maximum.

    Notes
    -----
    Parameters are log ratios of weights, means, and Cholesky factors of precisions with the
    logarithm of their diagonal. The derivatives are fastad's, of the log density written as loops.
    Every 15 iterations the coordinates are scaled by the root of the information of rows and their
    components (see `fastgmm.gradient.parameters.Units`), so that units of features do not matter.
    No `reg_covar` is added. It runs in one thread. Fits of EM and by gradients from one start may
    find different maxima; at each of them the other has nothing to do.

    Examples
    --------
    >>> from fastgmm import GaussianMixture
    >>> from fastgmm.datasets import load_faithful
    >>> from fastgmm.gradient import fit_map
    >>> X = load_faithful()
    >>> start = GaussianMixture(2, tol=1.0, random_state=0).fit(X).mixture_
    >>> fit = fit_map(X, start, method="newton-cg")
    >>> round(fit.log_likelihood * len(X), 3), fit.converged
    (-1130.264, True)
    """
    X, sample_weight, mixture0 = checked_rows(X, sample_weight, mixture0)
    fixed = checked_fixed(fixed)
    check_options(method, tol, max_iter)
    problem = MixtureProblem(X, sample_weight, mixture0, prior)
    free = problem.layout.free(fixed)
    found = descend(problem, problem.start, method=method, tol=tol, max_iter=max_iter, free=free)
    log_prior = problem.objective.log_prior(found.theta)
    return MapFit(
        frozen(_with_fixed(problem.mixture(found.theta), mixture0, fixed)),
        -found.value,
        -found.value - log_prior / problem.weight,
        *found[2:],
    )


def _with_fixed(mixture, start, fixed):
    """Return `mixture` with what is `fixed` as it was at the start, to the last bit."""
    weights = start.weights if "weights" in fixed else mixture.weights
    means = start.means if "means" in fixed else mixture.means
    spread = (start if "covariances" in fixed else mixture)[2:4]
    return assemble(weights, means, *spread)


class MixtureProblem(Problem):
    """Minus the log posterior of a mixture, to be minimised."""

    def __init__(self, X, sample_weight, mixture, prior=None):
        self.layout = Layout.of(mixture)
        k, d = mixture.means.shape
        if prior is not None:
            prior = checked_prior(prior, by_shape(mixture.covariances.shape, k, d), k, d)
        self.prior = prior
        self.centre = mean_of(X, sample_weight)
        self.start = to_vector(mixture, self.centre)
        self.objective = Objective(X, sample_weight, self.layout, self.centre, prior)
        self.weight, self.scores = self.objective.weight, self.objective.scores
        self.value_and_gradient = self.objective.value_and_gradient
        self.hessian_product = self.objective.hessian_product
        self.logs, self.widest = self._logs()

    def _logs(self):
        """Return the places of the factors' logarithms, and what those are of all rows' variances.

        The latter at the start, where that is larger: precisions of both are no collapse.
        """
        layout, part = self.layout, self.layout.parts["covariances"]
        rows, columns = layout.triangle
        own = np.ones(layout.n_columns, bool) if layout.n_columns else rows == columns
        logs = np.arange(part.start, part.stop)[np.tile(own, layout.n_factors)]
        squares = sum(weights @ rows**2 for rows, weights in self.objective.blocks())
        squares = squares if own.sum() > 1 else squares.mean(keepdims=True)
        with np.errstate(divide="ignore"):
            of_all = -0.5 * np.log(squares / self.weight)
        of_all = np.where(np.isfinite(of_all), of_all, -np.inf)  # a feature may be constant
        return logs, np.maximum(self.start[logs].reshape(layout.n_factors, -1), of_all)

    def mixture(self, theta):
        """Return the Mixture of a vector."""
        return to_mixture(theta, self.layout, self.centre)

    def units(self, theta):
        """Return the Units of where a descent is."""
        return Units(self.mixture(theta), self.prior, self.weight)

    def check(self, theta):
        """Raise ValueError if a component has collapsed."""
        shrunk = (theta[self.logs].reshape(self.widest.shape) - self.widest).max(axis=1)
        if not shrunk.max() < np.log(COLLAPSED):
            raise ValueError(
                f"covariance {shrunk.argmax()} collapses onto few rows, or onto a plane, where the "
                "likelihood has no maximum: give a prior, such as fastgmm.default_prior(X, k), "
                "fewer components, or another start"
            )


def mean_of(X, sample_weight):
    """Return the (weighted) mean of rows, (D,), float64: roughly is enough, for it is a centre."""
    if sample_weight is None:
        return X.mean(axis=0, dtype=np.float64)
    some = sample_weight > 0.0
    return np.average(X[some].astype(np.float64, copy=False), axis=0, weights=sample_weight[some])


def checked_rows(X, sample_weight, mixture):
    """Return checked rows, weights or None, and the mixture as float64, or raise."""
    mixture = as_dtype(check_mixture(mixture), np.float64)
    X = check_array(check_kind(X, "X"), dtype=[np.float64, np.float32], input_name="X")
    d = mixture.means.shape[1]
    if X.shape[1] != d:
        raise ValueError(f"X has {X.shape[1]} features, but the mixture {d}")
    if not (mixture.weights > 0.0).all():
        raise ValueError(
            f"the mixture has weights of zero, which have no gradient: prune it, got "
            f"{mixture.weights}"
        )
    return X, check_sample_weight(sample_weight, X), mixture


def checked_fixed(fixed):
    """Return names of what is fixed, or raise ValueError."""
    names = (fixed,) if isinstance(fixed, str) else tuple(fixed)
    for name in names:
        if name not in FIXABLE:
            raise ValueError(f"fixed must hold names out of {FIXABLE}, got {name!r}")
    return names


def check_options(method, tol, max_iter):
    """Raise ValueError unless these are as `fit_map` describes them."""
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    if not tol >= 0.0:
        raise ValueError(f"tol must not be negative, got {tol}")
    if isinstance(max_iter, bool) or not int(max_iter) == max_iter >= 0:
        raise ValueError(f"max_iter must be a whole number, not negative, got {max_iter}")
