"""`Prior`: the conjugate prior of a mixture's parameters, for EM and for fits by gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import xlogy

from ..covariances import TYPES, by_shape
from ..covariances.factors import in_own_units, is_symmetric, log_dets
from ..mixture import real_array
from ..passes.sources import ArraySource
from .variational import moments_of_all

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._typing import Covariances, Floats
    from ..mixture import Mixture


# Of `default_prior`: the number of rows that the prior of a mean counts for (Fraley and Raftery).
SHRINKAGE = 0.01


class Prior(NamedTuple):
    """Dirichlet prior of the weights, and normal-Wishart prior of means and precisions.

    The default is flat: with it the most likely parameters a posteriori are those of the largest
    likelihood. Of the three parts any may be left flat.

    Parameters
    ----------
    weight_concentration : float or array-like of shape (K,), default=1.0
        Of the Dirichlet distribution, at least 1, which is flat: as if each component had held
        one row less than that.
    mean_precision : float, default=0.0
        Number of rows that the prior of a mean counts for; 0 is flat.
    mean : array-like of shape (D,) or (K, D), default=None
        Where means are expected; needed with a positive `mean_precision`.
    degrees_of_freedom : float, default=None
        Of the Wishart distribution of a precision matrix; None is flat. At least D, and D + 1
        where `mean_precision` is 0: below that, components that hold few rows have no mode.
    covariance : array-like, default=None
        The inverse of the Wishart distribution's scale; given with `degrees_of_freedom`. For
        full covariances ``(D, D)`` or ``(K, D, D)``, tied ``(D, D)``, diag and VEI ``(D,)`` or
        ``(K, D)``, spherical a number or ``(K,)``.

    Notes
    -----
    With weights w, means m, precisions P = inv(S), prior mean m0 and covariance S0, the
    logarithm of the density is, up to a constant,

    ``sum_k (a_k - 1) log w_k + c/2 log|P_k| - b/2 (m_k - m0)^T P_k (m_k - m0) - tr(S0 P_k) / 2``

    with ``c = degrees_of_freedom - D - 1``, and one more where b, the `mean_precision`, is
    positive (tied: K more). It is a density of precisions, and its mode is that of Gauvain and Lee.
    Fraley and Raftery take the mode in covariances, with an inverse Wishart distribution: what
    they call nu is ``degrees_of_freedom - 2 D - 2`` of full and tied covariances. Those of diag
    and spherical type are what is left of the formula for such matrices.

    References
    ----------
    Gauvain and Lee, "Maximum a posteriori estimation for multivariate Gaussian mixture
    observations of Markov chains", IEEE Transactions on Speech and Audio Processing 2 (1994).
    Fraley and Raftery, "Bayesian regularization for normal mixture estimation and model-based
    clustering", Journal of Classification 24 (2007).

    Examples
    --------
    Three rows at 0, and a prior that counts for one at 4:

    >>> import numpy as np
    >>> from fastgmm import GaussianMixture, Prior
    >>> prior = Prior(mean_precision=1.0, mean=[4.0], degrees_of_freedom=2, covariance=[[1.0]])
    >>> GaussianMixture(prior=prior).fit(np.zeros((3, 1))).means_
    array([[1.]])
    """

    weight_concentration: ArrayLike = 1.0
    mean_precision: float = 0.0
    mean: ArrayLike | None = None
    degrees_of_freedom: float | None = None
    covariance: ArrayLike | None = None

    def log_density(self, mixture: Mixture) -> float:
        """Return the logarithm of the density at a `Mixture`, up to a constant.

        Raises
        ------
        ValueError
            If the parts are not as described, or not for the mixture's shapes.
        """
        k, d = mixture.means.shape
        covariance = by_shape(mixture.covariances.shape, k, d)
        return checked_prior(self, covariance, k, d).log_density(mixture)


class CheckedPrior(NamedTuple):
    """A `Prior` for K components in D dimensions of one covariance type; float64.

    Attributes
    ----------
    excess : ndarray of shape (K,)
        Concentrations less 1: the rows that the weights' prior counts for.
    mean_precision : float
    mean : ndarray of shape (K, D)
    log_det : float
        Coefficient c of half the logarithm of a precision's determinant, for each covariance.
    covariance : ndarray
        In the shape of a Mixture's covariances; zero where the prior of precisions is flat.
    proper : bool
        Whether a component that holds no row has a mean and a covariance by the prior.
    """

    excess: np.ndarray
    mean_precision: float
    mean: np.ndarray
    log_det: float
    covariance: np.ndarray
    proper: bool

    def log_density(self, mixture):
        """Do `Prior.log_density`, of a Mixture of float64 in the shapes of this."""
        _, means, _, factors, _ = mixture
        d = means.shape[1]
        total = xlogy(self.excess, mixture.weights).sum()
        total += self.log_det * log_dets(factors, d).sum()
        total -= 0.5 * self.mean_precision * np.square(whitened(means - self.mean, factors)).sum()
        if factors.ndim == 3:
            return float(total - 0.5 * ((self.covariance @ factors) * factors).sum())
        times = d / factors.shape[1]
        return float(total - 0.5 * times * (self.covariance * factors**2).sum())


def whitened(delta, factors):
    """Return the vectors ``U^T delta`` (K, D) of factors in the shape of a Mixture's."""
    if factors.ndim == 2:
        return delta * factors
    return (delta[:, np.newaxis, :] @ factors)[:, 0]


def checked_prior(prior, covariance, k, d):
    """Return a `Prior` as a CheckedPrior, of K components in D dimensions.

    Parameters
    ----------
    prior : Prior
    covariance : Covariance
        The type of the covariances.
    k, d : int

    Raises
    ------
    TypeError
        If `prior` is no Prior.
    ValueError
        If its parts are not as described; the message says which.
    """
    if not isinstance(prior, Prior):
        raise TypeError(f"prior must be a fastgmm.Prior, got a {type(prior).__name__}")
    excess = _finite(prior.weight_concentration, "weight_concentration") - 1.0
    if excess.shape not in ((), (k,)) or (excess < 0.0).any():
        raise ValueError(
            "prior.weight_concentration must be a number of at least 1, which is flat, or one for "
            f"each of {k} components; got {prior.weight_concentration}"
        )
    precision = _number(prior.mean_precision, "mean_precision")
    if precision < 0.0:
        raise ValueError(f"prior.mean_precision must not be negative, got {precision}")
    mean = np.zeros(d) if prior.mean is None else _finite(prior.mean, "mean")
    if mean.shape not in ((d,), (k, d)):
        raise ValueError(
            f"prior.mean must be of shape {(d,)} or {(k, d)}, got {np.shape(prior.mean)}"
        )
    if precision > 0.0 and prior.mean is None:
        raise ValueError("prior.mean must be given with a positive prior.mean_precision")
    own, freedom = _spread(prior, covariance, k, d, precision > 0.0)
    of_means = (k if covariance.shared else 1) if precision > 0.0 else 0
    log_det = of_means + (0.0 if freedom is None else freedom - d - 1.0)
    return CheckedPrior(
        np.broadcast_to(excess, (k,)),
        precision,
        np.broadcast_to(mean, (k, d)),
        float(log_det),
        own,
        precision > 0.0 and freedom is not None and log_det > 0.0,
    )


def _spread(prior, covariance, k, d, shrinks_means):
    """Return the covariance in a Mixture's shape, zero without one, and degrees of freedom."""
    shape = covariance.shape(k, d)
    freedom, own = prior.degrees_of_freedom, prior.covariance
    if (freedom is None) != (own is None):
        raise ValueError("prior.degrees_of_freedom and prior.covariance must be given together")
    if freedom is None:
        return np.zeros(shape), None
    freedom, least = _number(freedom, "degrees_of_freedom"), d if shrinks_means else d + 1
    if not freedom >= least:
        raise ValueError(
            f"prior.degrees_of_freedom must be at least {least}, which is D"
            f"{'' if shrinks_means else ' + 1 (D with a positive mean_precision)'}, got {freedom}"
        )
    own = _finite(own, "covariance")
    if covariance.moments == "spherical" or own.ndim == 0 == d - 1:
        own = own[..., np.newaxis]
    if own.shape not in (shape[1:], shape):
        expected = [s[:-1] if covariance.moments == "spherical" else s for s in (shape[1:], shape)]
        raise ValueError(
            f"prior.covariance of {covariance.name} covariances must be of shape {expected[0]} or "
            f"{expected[1]}, got {np.shape(prior.covariance)}"
        )
    own = np.array(np.broadcast_to(own, shape))
    if not _is_definite(own):
        raise ValueError("prior.covariance must be symmetric and positive definite")
    return own, freedom


def _is_definite(own):
    if own.ndim == 2:
        return bool((own > 0.0).all())
    if not is_symmetric(own) or not (own.diagonal(0, 1, 2) > 0.0).all():
        return False
    return bool((np.linalg.eigvalsh(in_own_units(own)[0]) > 0.0).all())


def _finite(value, name):
    array = real_array(value, f"prior.{name}")
    if not np.isfinite(array).all():
        raise ValueError(f"prior.{name} must be finite, got {value}")
    return array


def _number(value, name):
    array = _finite(value, name)
    if array.shape != ():
        raise ValueError(f"prior.{name} must be a number, got shape {array.shape}")
    return float(array)


def default_prior(
    X: Floats,
    n_components: int,
    covariance_type: Covariances = "full",
    sample_weight: Floats | None = None,
) -> Prior:
    """Return the prior that Fraley and Raftery propose: weak, and enough against collapse.

    Parameters
    ----------
    X : ndarray of shape (N, D), float64 or float32
        The rows, whose mean and variances set where and how wide components are expected.
    n_components : int
    covariance_type : {"full", "tied", "diag", "spherical", "VEI"}, default="full"
    sample_weight : ndarray of shape (N,), default=None
        Weights count rows.

    Returns
    -------
    Prior
        Flat for weights. Means count for 0.01 rows at the mean of all. The covariance is
        that of all rows (diag and spherical: their mean variance) over ``K ** (2 / D)``, with
        the degrees of freedom nu = D + 2 of an inverse Wishart (inverse gamma) distribution.

    Raises
    ------
    ValueError
        If the rows have no variance, or are not two-dimensional.

    Notes
    -----
    The M-step is then that of their Tables 1 and 2, which is mclust's with ``priorControl()``. For
    "VEI" it is diag's.

    References
    ----------
    Fraley and Raftery, "Bayesian regularization for normal mixture estimation and model-based
    clustering", Journal of Classification 24 (2007), section 3.2.

    Examples
    --------
    >>> from fastgmm import GaussianMixture, default_prior
    >>> from fastgmm.datasets import load_faithful
    >>> X = load_faithful()
    >>> prior = default_prior(X, 2)
    >>> prior.degrees_of_freedom
    10.0
    >>> GaussianMixture(2, prior=prior, random_state=0).fit(X).means_.round(1)
    array([[ 4.3, 80. ],
           [ 2. , 54.5]])
    """
    X = np.asarray(X)
    if X.ndim != 2 or X.dtype not in (np.float64, np.float32):
        raise ValueError(f"X must be of shape (N, D), float64 or float32, got {X.shape}, {X.dtype}")
    d, kind = X.shape[1], TYPES[covariance_type]
    mean, covariance = moments_of_all(
        ArraySource(X, sample_weight), TYPES["full" if kind.matrices else "spherical"]
    )
    covariance = covariance[0] / n_components ** (2.0 / d)
    if not _is_definite(covariance[np.newaxis]):
        raise ValueError("X has a feature that is constant, or explained by others: drop it")
    if kind.matrices:
        freedom = (d + 2.0) + 2.0 * d + 2.0
    elif kind.moments == "diag":
        freedom, covariance = (d + 2.0) + d + 3.0, np.full(d, covariance[0])
    else:
        freedom, covariance = d + (2.0 * d + 4.0) / d, covariance[0] / d
    return Prior(1.0, SHRINKAGE, mean, freedom, covariance)
