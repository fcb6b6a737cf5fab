"""Some features of a mixture: their marginal, and the others given them.

Both are read off the factor of the precisions with its features in another order. With ``U`` upper
triangular, ``U.T @ (x - mean)`` whitens each feature with those before it: the leading block is the
factor of the first features' marginal, the trailing one that of the others given these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba.core import types
from numba.core.errors import TypingError
from numba.extending import overload
from scipy.linalg import solve_triangular

from ..callbacks import call_of, check_array, mixture_like
from ..covariances.factors import covariances_of, upper_factors
from ..density import log_joint
from ..mixture import Mixture, as_dtype, assemble, check_unmasked, frozen
from ..passes.far_out import score_far_out
from ..passes.plan import MOST_NATS
from .components import checked, made

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from .._typing import Features, Floats


class Regression(NamedTuple):
    """A mixture split into features that will be known, and the others given them.

    Made by `make_regression`, for `condition_mean`. K components, G known features and R others.

    Attributes
    ----------
    known : Mixture
        The marginal of the known features.
    means : ndarray of shape (K, R)
        Means of the others where the known features are at theirs.
    gains : ndarray of shape (K or 1, R, G)
        What a unit of each known feature adds to them; zero for diag and spherical covariances.
    """

    known: Mixture
    means: Floats
    gains: Floats


def _checked_features(features, name, d, most):
    """Return features as int64 (n,), one to `most` different ones of d, or raise ValueError."""
    if most < 1:
        raise ValueError("mixture must have two features at least, one to be known; it has one")
    check_unmasked(features, name)
    found = np.asarray(features)
    if found.ndim != 1 or found.dtype.kind not in "iu" or not 1 <= len(found) <= most:
        raise ValueError(
            f"{name} must be 1 to {most} feature numbers of a mixture in {d} dimensions, got "
            f"{features!r}"
        )
    found = found.astype(np.int64)
    if found.min() < 0 or found.max() >= d or len(np.unique(found)) < len(found):
        raise ValueError(f"{name} must be different features from 0 to {d - 1}, got {features!r}")
    return found


def _others(features, d):
    return np.setdiff1d(np.arange(d), features)


def _ordered(factors, features, others):
    """Return the factors of matrices with `features` first, then `others`."""
    try:
        return upper_factors(factors[:, np.concatenate([features, others])])
    except np.linalg.LinAlgError:
        raise ValueError("mixture has a covariance that is singular to working precision") from None


def _marginal(mixture, keep):
    mixture, dtype = checked(mixture)
    d = mixture.means.shape[1]
    keep = _checked_features(keep, "keep", d, d)
    return frozen(as_dtype(_marginal_of(mixture, keep), dtype))


def _marginal_of(mixture, keep):
    weights, means, covariances, factors, _ = mixture
    d = means.shape[1]
    if factors.ndim == 3:
        n = len(keep)
        covariances = covariances[:, keep[:, np.newaxis], keep]
        factors = _ordered(factors, keep, _others(keep, d))[:, :n, :n]
    elif factors.shape[1] == d:
        covariances, factors = covariances[:, keep], factors[:, keep]
    return assemble(weights, means[:, keep], covariances, factors)


def _conditional(mixture, given, x):
    mixture, dtype = checked(mixture)
    d = mixture.means.shape[1]
    given = _checked_features(given, "given", d, d - 1)
    check_unmasked(x, "x")
    others, x = _others(given, d), np.asarray(x)
    if x.shape != given.shape or x.dtype.kind not in "fiu":
        raise ValueError(f"x must be {len(given)} numbers, one for each in given, got {x!r}")
    x = x.astype(np.float64)
    if not np.isfinite(x).all():
        raise ValueError(f"x must be finite, got {x}")
    parts = _split(mixture, given, others)
    with np.errstate(over="ignore", invalid="ignore"):  # of what is refused below
        shift = (parts.gains @ (x - parts.known.means)[:, :, np.newaxis])[:, :, 0]
        means = parts.means + shift
    if mixture.precisions_cholesky.ndim == 3:
        factors = _ordered(mixture.precisions_cholesky, given, others)[
            :, len(given) :, len(given) :
        ]
        covariances = covariances_of(factors)
    elif mixture.covariances.shape[1] == d:
        covariances = mixture.covariances[:, others]
        factors = mixture.precisions_cholesky[:, others]
    else:
        covariances, factors = mixture.covariances, mixture.precisions_cholesky
    return made(_posterior(x, parts.known), means, covariances, factors, dtype)


def _posterior(x, mixture):
    """Return the weights of the components of `mixture`, given a point."""
    logs = np.array([log_joint(x, k, mixture) for k in range(len(mixture.weights))])
    top = logs.max()
    if not top > mixture.log_norms.max() - MOST_NATS[logs.dtype]:  # what they differ by is rounded
        return score_far_out(x[np.newaxis], mixture)["resp"][0]
    weights = np.exp(logs - top)
    return weights / weights.sum()


def _split(mixture, given, others):
    """Return the Regression of `others` on `given`, in float64."""
    n, means = len(given), mixture.means[:, others]
    gains = np.zeros((1, len(others), n))
    if mixture.precisions_cholesky.ndim == 3:
        ordered = _ordered(mixture.precisions_cholesky, given, others)
        gains = np.stack(
            [
                -solve_triangular(u[n:, n:], u[:n, n:].T, trans=1, check_finite=False)
                for u in ordered
            ]
        )
    return Regression(_marginal_of(mixture, given), np.ascontiguousarray(means), gains)


def _make_regression(mixture, given):
    mixture, dtype = checked(mixture)
    d = mixture.means.shape[1]
    given = _checked_features(given, "given", d, d - 1)
    known, means, gains = _split(mixture, given, _others(given, d))
    arrays = [a.astype(dtype) for a in (means, gains)]
    for a in arrays:
        a.flags.writeable = False
    return Regression(frozen(as_dtype(known, dtype)), *arrays)


def marginal(mixture: Mixture, keep: Features) -> Mixture:
    """Return the marginal distribution of some features.

    Parameters
    ----------
    mixture : Mixture
        With K components in D dimensions.
    keep : sequence of int, in compiled code ndarray of shape (n,), int64
        The features that stay, in their new order: different ones from 0 to D - 1.

    Returns
    -------
    Mixture
        In n dimensions, of the covariance type and dtype of `mixture`.

    Raises
    ------
    TypeError
        If `mixture` is no Mixture.
    ValueError
        If `keep` is empty, or has other numbers than different features; or a covariance is
        singular to working precision.

    References
    ----------
    Bishop, *Pattern Recognition and Machine Learning*, 2006, equation 2.98.

    Examples
    --------
    >>> from fastgmm import make_mixture, marginal
    >>> m = make_mixture([1.0], [[1.0, 2.0]], [[[4.0, 1.0], [1.0, 9.0]]])
    >>> marginal(m, [1]).means, marginal(m, [1]).covariances
    (array([[2.]]), array([[[9.]]]))
    """
    return _marginal(mixture, keep)


def conditional(mixture: Mixture, given: Features, x: ArrayLike) -> Mixture:
    """Return the distribution of the other features, given the values of some.

    Parameters
    ----------
    mixture : Mixture
        With K components in D dimensions.
    given : sequence of int, in compiled code ndarray of shape (n,), int64
        The known features: at most D - 1 different ones.
    x : array-like of shape (n,), in compiled code an ndarray of float
        Their values.

    Returns
    -------
    Mixture
        Of the features not in `given`, in their order; of the covariance type and dtype of
        `mixture`. Its weights are the responsibilities given `x`.

    Raises
    ------
    TypeError
        If `mixture` is no Mixture.
    ValueError
        If `given` has other numbers than different features, `x` is of another length or not
        finite, a covariance is singular to working precision, or the dtype cannot hold the result.

    Notes
    -----
    Costs K D^3. For many points, of which the mean alone is wanted, see `make_regression`.

    References
    ----------
    Bishop, *Pattern Recognition and Machine Learning*, 2006, equations 2.81 and 2.82 for each
    component; Sung, "Gaussian mixture regression and classification", PhD thesis, Rice
    University, 2004, for the mixture.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import conditional, make_mixture
    >>> m = make_mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
    >>> c = conditional(m, [0], [2.0])
    >>> c.means.round(6), c.covariances.round(6)
    (array([[1.]]), array([[[0.75]]]))
    """
    return _conditional(mixture, given, x)


def make_regression(mixture: Mixture, given: Features) -> Regression:
    """Prepare Gaussian mixture regression: the mean of the other features, given some.

    Parameters
    ----------
    mixture : Mixture
        With K components in D dimensions.
    given : sequence of int, in compiled code ndarray of shape (n,), int64
        The features that will be known: at most D - 1 different ones.

    Returns
    -------
    Regression
        For `condition_mean`.

    Raises
    ------
    TypeError, ValueError
        As `conditional`.

    References
    ----------
    Sung, "Gaussian mixture regression and classification", PhD thesis, Rice University, 2004.

    Examples
    --------
    >>> from fastgmm import make_mixture, make_regression
    >>> m = make_mixture([1.0], [[0.0, 0.0]], [[[1.0, 0.5], [0.5, 1.0]]])
    >>> make_regression(m, [0]).gains.round(6)
    array([[[0.5]]])
    """
    return _make_regression(mixture, given)


def _check_features(kind, name):
    if not isinstance(kind, types.Array) or kind.ndim != 1 or kind.dtype != types.int64:
        raise TypingError(f"{name} must be an int64 array of 1 dimension, got {kind}")


def _type_of_marginal(mixture, keep):
    _check_features(keep, "keep")
    return mixture_like(mixture)


def _type_of_conditional(mixture, given, x):
    _check_features(given, "given")
    check_array(x, "x", 1)
    return mixture_like(mixture)


def _type_of_regression(mixture, given):
    _check_features(given, "given")
    known = mixture_like(mixture)
    dtype = known.types[1].dtype
    arrays = [types.Array(dtype, ndim, "C", readonly=True) for ndim in (2, 3)]
    return types.NamedTuple((known, *arrays), Regression)


_call_marginal = call_of(_marginal, _type_of_marginal)
_call_conditional = call_of(_conditional, _type_of_conditional)
_call_make_regression = call_of(_make_regression, _type_of_regression)


@overload(marginal)
def _compiled_marginal(mixture, keep):
    return lambda mixture, keep: _call_marginal((mixture, keep))


@overload(conditional)
def _compiled_conditional(mixture, given, x):
    return lambda mixture, given, x: _call_conditional((mixture, given, x))


@overload(make_regression)
def _compiled_make_regression(mixture, given):
    return lambda mixture, given: _call_make_regression((mixture, given))
