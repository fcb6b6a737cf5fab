"""`standard_errors`: how well the rows determine the parameters of a fitted density."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, overload

import numpy as np
from numba.extending import is_jitted

import fastad

from ..covariances import SKLEARNS, TYPES
from ..mixture import Mixture
from ..model.checks import check_kind
from ..model.estimator import GaussianMixture
from ..passes.threads import single_threaded_blas
from .fit import MapFit, MixtureProblem, checked_fixed, checked_rows
from .likelihood import DensityProblem, Estimate
from .parameters import natural_parameters

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._typing import Fixed, Float64s, Information
    from ..em.prior import Prior


KINDS = ("observed", "opg", "sandwich")

# The share of the complete data's information (or, of a density of your own, of its largest
# direction) below which a direction is not determined by the rows: errors there are rounding.
LEAST_SHARE = 1e-9
# A step of Newton's that is longer, in standard errors, says that this is no maximum.
LONGEST_STEP = 0.1


class StandardErrors(NamedTuple):
    """Standard errors of a mixture's parameters.

    Attributes
    ----------
    weights : ndarray of shape (K,)
    means : ndarray of shape (K, D)
    covariances : ndarray
        In the shape of the covariances that were given: of an estimator's ``covariances_``, or of
        a `Mixture`'s.
    """

    weights: Float64s
    means: Float64s
    covariances: Float64s


@overload
def standard_errors(
    model: GaussianMixture | Mixture | MapFit,
    X: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    kind: Information = "observed",
    prior: Prior | None = None,
    fixed: Fixed = (),
    transform: None = None,
) -> StandardErrors: ...


@overload
def standard_errors(
    model: Estimate,
    X: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    kind: Information = "observed",
    prior: None = None,
    fixed: Fixed = (),
    transform: Callable[[Float64s], Any] | None = None,
) -> Float64s: ...


@single_threaded_blas()
def standard_errors(
    model: GaussianMixture | Mixture | MapFit | Estimate,
    X: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    kind: Information = "observed",
    prior: Prior | None = None,
    fixed: Fixed = (),
    transform: Callable[[Float64s], Any] | None = None,
) -> StandardErrors | Float64s:
    """Return the standard errors of maximum likelihood estimates, by the information in the rows.

    Parameters
    ----------
    model : GaussianMixture, Mixture, MapFit or Estimate
        Fitted to X, to convergence: with ``tol=1e-9``, say, or by `fit_map`.
    X : array-like of shape (N, D), float
        The rows of the fit.
    sample_weight : array-like of shape (N,), default=None
        Those of the fit. Weights count rows: one of 3 is the row three times.
    kind : {"observed", "opg", "sandwich"}, default="observed"
        The inverse of the observed information, the Hessian of minus the log-likelihood; of the
        outer product of the scores, which takes no Hessian; or the one between the other
        two, which is right where the rows are not of such a density too (White 1982).
    prior : Prior, optional
        Of a Mixture or MapFit that was fitted with one; an estimator has its own. The errors are
        then those of the posterior about its mode, by its curvature there.
    fixed : collection of {"weights", "means", "covariances"}, default=()
        Parameters that were held, of a Mixture or MapFit: they have no error.
    transform : function compiled by ``@njit``, optional
        Of an Estimate: a function of theta (P,) that returns an array, of which the errors are
        wanted, by the delta method.

    Returns
    -------
    StandardErrors
        Or, of an `Estimate`, an ndarray of shape (P,), or as `transform` returns.

    Raises
    ------
    TypeError
        If `model` is none of these.
    ValueError
        If the information is singular, or not positive: the model is at no maximum, or rows do not
        tell its parameters apart; if a parameter is at a bound, or a component holds less than
        one row.

    Warns
    -----
    UserWarning
        If a step of Newton's method moves a parameter by more than a tenth of its error: the fit
        had not converged.

    Notes
    -----
    With theta the unconstrained parameters and J the derivative of weights, means and covariances
    by them, the errors are the roots of the diagonal of ``J inv(I) J^T`` (delta method). I is
    ``H`` (observed) or ``G = sum s s^T`` of the scores s (opg), and ``H inv(G) H`` (sandwich).
    H and J are fastad's; H takes as many Hessian products as there are parameters, each about
    three passes over the rows. They are for large N: where components overlap, and weights are
    small, compare with a bootstrap.

    References
    ----------
    McLachlan and Peel, *Finite Mixture Models*, 2000, section 2.15. White, "Maximum likelihood
    estimation of misspecified models", Econometrica 50 (1982).

    Examples
    --------
    The mean of n normal numbers has the error ``deviation / sqrt(n)``, their variance
    ``variance * sqrt(2 / n)``:

    >>> import numpy as np
    >>> from fastgmm import GaussianMixture
    >>> from fastgmm.gradient import standard_errors
    >>> X = np.array([[1.0], [3.0], [1.0], [3.0]])
    >>> errors = standard_errors(GaussianMixture(reg_covar=0).fit(X), X)
    >>> errors.means, errors.covariances.round(6)
    (array([[0.5]]), array([[[0.707107]]]))
    """
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    if isinstance(model, Estimate):
        if prior is not None or fixed:
            raise ValueError("prior and fixed are of mixtures; write them into the log density")
        return _of_estimate(model, X, sample_weight, kind, transform)
    if transform is not None:
        raise ValueError("transform is of an Estimate of maximum_likelihood")
    mixture, prior, fixed, shaped = _of_model(model, prior, fixed)
    return _of_mixture(mixture, X, sample_weight, kind, prior, fixed, shaped)


def _of_model(model, prior, fixed):
    """Return the mixture, prior, fixed names, and a function to the shape of the covariances."""
    if isinstance(model, MapFit):
        model = model.mixture
    if isinstance(model, Mixture):
        return model, prior, checked_fixed(fixed), lambda array: array
    if not isinstance(model, GaussianMixture):
        raise TypeError(
            "model must be a fitted GaussianMixture, a Mixture, or what fit_map or "
            f"maximum_likelihood return; got a {type(model).__name__}"
        )
    if prior is not None or fixed:
        raise ValueError("model has a prior and fixed of its own: leave them out here")
    if model.covariance_type not in SKLEARNS:
        raise ValueError(
            f"covariance_type={model.covariance_type!r} has no standard errors here: its variances "
            "are not free"
        )
    to_sklearn = TYPES[model.covariance_type].to_sklearn
    return model.mixture_, model.prior, checked_fixed(model.fixed), to_sklearn


def _of_mixture(mixture, X, sample_weight, kind, prior, fixed, shaped):
    X, sample_weight, mixture = checked_rows(check_kind(X, "X"), sample_weight, mixture)
    problem = MixtureProblem(X, sample_weight, mixture, prior)
    layout, theta, units = problem.layout, problem.start, problem.units(problem.start)
    free = layout.free(fixed)
    if not len(free):
        raise ValueError("fixed holds all parameters: none has an error")
    rows = mixture.weights * problem.weight
    if rows.min() < 1.0:
        remedy = "Leave it out, by fastgmm.prune"
        if sample_weight is not None:
            remedy += f"; sample_weight counts rows, and sums to {problem.weight:.3g}"
        raise ValueError(
            f"component {rows.argmin()} holds {rows.min():.3g} rows, less than one: its parameters "
            f"are at a boundary, where estimates are not normal. {remedy}"
        )
    axes = np.zeros((len(free), layout.size))
    axes[np.arange(len(free)), free] = 1.0
    axes = np.array([units.apply(axis) for axis in axes]).reshape(axes.shape)
    root, step = _root(problem, theta, units, free, axes, kind)
    tangent = fastad.jvp(natural_parameters)
    jacobian = [tangent(theta, *layout, axis)[1] for axis in axes]
    found = _errors(np.array(jacobian).T, root, step, "the mixture", "fit_map or a smaller tol")
    k, d = mixture.means.shape
    parts = np.split(found, [k, k + k * d])
    covariances = shaped(parts[2].reshape(mixture.covariances.shape))
    return StandardErrors(parts[0], parts[1].reshape(k, d), np.array(covariances))


def _of_estimate(estimate, X, sample_weight, kind, transform):
    if estimate.at_bound.any():
        raise ValueError(
            f"parameters {np.flatnonzero(estimate.at_bound).tolist()} are at a bound, where "
            "estimates are not normal: there are no standard errors"
        )
    problem = DensityProblem(estimate.log_density, X, sample_weight)
    theta = np.array(estimate.theta)
    units = problem.units(theta)
    axes = np.array([units.apply(axis) for axis in np.eye(len(theta))])
    root, step = _root(problem, theta, units, np.arange(len(theta)), axes, kind)
    jacobian, shape = axes.T, theta.shape
    if transform is not None:
        if not is_jitted(transform):
            raise TypeError(f"transform must be compiled by @njit, got {transform!r}")
        shape = np.shape(transform(theta))
        tangent = fastad.jvp(transform)
        jacobian = np.array([np.ravel(tangent(theta, axis)[1]) for axis in axes]).T
    found = _errors(jacobian, root, step, "theta", "a smaller tol, or newton-cg")
    return found.reshape(shape)


def _root(problem, theta, units, free, axes, kind):
    """Return R (P, P) with ``R R^T`` the covariance of z, and Newton's step in it (P,).

    z are the free parameters in units, along the `axes` (P, size of theta).
    """
    gradient = units.transposed(problem.value_and_gradient(theta)[1])[free]
    hessian = outer = None
    if kind != "opg":
        products = [problem.hessian_product(theta, axis) for axis in axes]
        hessian = np.array([units.transposed(p)[free] for p in products]).reshape(len(free), -1)
        hessian = 0.5 * (hessian + hessian.T)
    if kind != "observed":
        outer = _outer(problem, theta, axes) / problem.weight
    information = outer if kind == "opg" else hessian
    values, vectors = _decomposed(information, kind)
    step = vectors @ ((vectors.T @ -gradient) / values)
    root = vectors / np.sqrt(values)
    if kind == "sandwich":
        spread, sides = np.linalg.eigh(outer)
        root = (vectors / values) @ vectors.T @ (sides * np.sqrt(np.maximum(spread, 0.0)))
    return root / np.sqrt(problem.weight), step


def _outer(problem, theta, axes):
    """Return the sum of the outer products of the rows' scores along the axes, (P, P)."""
    total = np.zeros((len(axes), len(axes)))
    for rows, weights in problem.scores(theta):
        along = (
            rows @ axes.T
        )  # before they are multiplied: sums in the user's units have less digits
        total += (weights[:, np.newaxis] * along).T @ along
    return total


def _decomposed(information, kind):
    """Return eigenvalues and eigenvectors of what must be positive definite, or ValueError."""
    if not np.isfinite(information).all():
        raise ValueError("the information is not finite: the log density of some row is not")
    values, vectors = np.linalg.eigh(information)
    if len(values) and not values[0] > LEAST_SHARE * max(values[-1], 0.0):
        found = f"smallest eigenvalue {values[0]:.3g}, largest {values[-1]:.3g}"
        if kind != "opg" and values[0] < -LEAST_SHARE * abs(values[-1]):
            raise ValueError(
                f"the observed information is not positive definite ({found}): this is no maximum "
                "of the likelihood. Fit until it converges, with a smaller tol or fit_map"
            )
        raise ValueError(
            f"the information is singular ({found}): rows do not determine all parameters. Take "
            "fewer components, more rows, or a prior"
        )
    return values, vectors


def _errors(jacobian, root, step, what, remedy):
    """Return the errors (Q,) of what has a Jacobian (Q, P) by z; warn where this is no maximum."""
    found = np.sqrt(np.square(jacobian @ root).sum(axis=1))
    moved = np.abs(jacobian @ step)
    some = found > 0.0
    most = float((moved[some] / found[some]).max(initial=0.0))
    if most > LONGEST_STEP:
        warnings.warn(
            f"{what} is not at the maximum: it is {most:.2g} standard errors away; fit with "
            f"{remedy} first",
            UserWarning,
            stacklevel=5,
        )
    return found
