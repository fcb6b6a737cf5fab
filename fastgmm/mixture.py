"""`Mixture`: the parameters of a Gaussian mixture as a NamedTuple of arrays.

A Mixture passes freely between Python and ``@njit`` code. Its shapes broadcast, so that
they alone tell the covariance type:

===========  ====================================================
full         covariances and precisions_cholesky ``(K, D, D)``
tied         ``(1, D, D)``
diag         ``(K, D)``
spherical    ``(K, 1)``
===========  ====================================================
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .covariances import COVARIANCE_TYPES, SKLEARNS, TYPES, by_shape
from .covariances.factors import (
    covariances_of,
    diagonals,
    is_symmetric,
    is_upper,
    log_dets,
    precisions_cholesky_of,
)
from .display import mixture_text, parameters_html

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, DTypeLike

    from ._typing import Covariances, Floats


class _Fields(NamedTuple):
    weights: Floats
    means: Floats
    covariances: Floats
    precisions_cholesky: Floats
    log_norms: Floats


class Mixture(_Fields):
    """Parameters of a Gaussian mixture with K components in D dimensions.

    Make one with `make_mixture`, or take ``GaussianMixture.mixture_``. All arrays are
    C-contiguous, read-only and of one dtype, float64 or float32. They belong together, so to
    change one is to make another mixture: see `with_`.

    Attributes
    ----------
    weights : ndarray of shape (K,)
        Mixing proportions; they sum to one.
    means : ndarray of shape (K, D)
        Component means, in the units of the data.
    covariances : ndarray
        Covariances, shaped by the type: full ``(K, D, D)``, tied ``(1, D, D)``,
        diag ``(K, D)``, spherical ``(K, 1)``.
    precisions_cholesky : ndarray
        Of the same shape. For full and tied the upper triangular U with
        ``inv(covariance) = U @ U.T``; for diag and spherical one over the standard deviation.
    log_norms : ndarray of shape (K,)
        ``log(weight) + log|U| - D/2 log(2 pi)``: the weighted log density of each
        component at its mean, in nats.
    """

    __slots__ = ()

    def with_(self, **changes: ArrayLike) -> Mixture:
        """Return the mixture with other parameters: `with_` of this mixture."""
        return with_(self, **changes)

    def _replace(self, /, **changes: Any) -> Mixture:
        """Do `with_`: a field replaced by itself would leave the others to what it was."""
        return with_(self, **changes)

    __replace__ = _replace  # what copy.replace calls

    def __repr__(self) -> str:
        if not self._is_whole():  # of compiled code, or of a test: it is shown as any tuple
            return super().__repr__()
        return mixture_text(self, self._shapes_are())

    def _repr_html_(self) -> str:
        """Return the table of weights, means and standard deviations, for notebooks."""
        if not self._is_whole():
            return f"<pre>{escape(repr(self))}</pre>"
        k, d = self.means.shape
        of = f"{self._shapes_are()}, {self.means.dtype}"
        caption = f"Mixture, K={k}, D={d}, {of}: weights, means ± standard deviations"
        return parameters_html(self.weights, self.means, self.covariances, caption=caption)

    def _shapes_are(self):
        """Return the covariance type that the shapes tell."""
        return by_shape(self.covariances.shape, *self.means.shape).name

    def _is_whole(self):
        """Whether weights, means and covariances are arrays of shapes that go together."""
        parts = self[:3]
        if not all(isinstance(a, np.ndarray) and a.dtype.kind == "f" for a in parts):
            return False
        weights, means, covariances = (a.shape for a in parts)
        if len(means) != 2 or 0 in means or weights != means[:1]:
            return False
        return covariances in {TYPES[name].shape(*means) for name in SKLEARNS}

    # Arrays come out of a pickle, and of a deep copy, writable.
    def __reduce__(self) -> tuple[Any, ...]:
        return _frozen_of, tuple(self)


def frozen(mixture):
    """Return `mixture` with read-only views of its arrays, to be handed out."""
    return _frozen_of(*mixture)


def _frozen_of(*arrays):
    views = [a.view() for a in arrays]
    for view in views:
        view.flags.writeable = False
    return Mixture(*views)


def make_mixture(
    weights: ArrayLike,
    means: ArrayLike,
    covariances: ArrayLike | None = None,
    *,
    precisions_cholesky: ArrayLike | None = None,
    covariance_type: Covariances | None = None,
    dtype: DTypeLike | None = None,
) -> Mixture:
    """Build a `Mixture` from its parameters.

    Parameters
    ----------
    weights : array-like of shape (K,)
        Mixing proportions, which must sum to one.
    means : array-like of shape (K, D)
        Component means.
    covariances : array-like, optional
        Symmetric positive definite covariances in one of the shapes of `Mixture`. Needed
        unless `precisions_cholesky` is given.
    precisions_cholesky : array-like, optional
        Cholesky factors of the precisions, in the same shapes.
    covariance_type : {"full", "tied", "diag", "spherical"}, optional
        What the covariances are. By default their shape tells; where K = D a matrix
        ``(D, D)`` could be the one that is tied or a row of variances for each component,
        and it must be said. With it scikit-learn's shapes are taken too: tied ``(D, D)``,
        spherical ``(K,)``.
    dtype : {float64, float32}, optional
        Type of the arrays; by default that of `means`, float64 if it is not floating.

    Returns
    -------
    Mixture

    Raises
    ------
    ValueError
        If shapes disagree or could be of two types, the weights are not a distribution, or
        a covariance is not positive definite.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import make_mixture
    >>> m = make_mixture([0.5, 0.5], [[0.0, 0.0], [3.0, 3.0]], [np.eye(2), np.eye(2)])
    >>> m.log_norms.round(4)
    array([-2.531, -2.531])
    >>> tied = make_mixture(m.weights, m.means, np.eye(2), covariance_type="tied")
    >>> tied.covariances.shape
    (1, 2, 2)
    """
    if dtype is None:
        dtype = np.float32 if np.asarray(means).dtype == np.float32 else np.float64
    elif np.dtype(dtype) not in (np.float64, np.float32):
        raise ValueError(f"dtype must be float64 or float32, got {np.dtype(dtype)}")
    weights, means = _checked(weights, means)
    k, d = means.shape
    if covariances is None and precisions_cholesky is None:
        raise ValueError("covariances (or precisions_cholesky) must be given")
    given = covariances if precisions_cholesky is None else precisions_cholesky
    name = "covariances" if precisions_cholesky is None else "precisions_cholesky"
    given = _shaped(real_array(given, name), covariance_type, k, d)
    if not np.isfinite(given).all():
        raise ValueError("means and covariances must be finite")
    if precisions_cholesky is None:
        covariances = given
        try:
            if not is_symmetric(given):
                raise np.linalg.LinAlgError
            factors = precisions_cholesky_of(covariances)
        except np.linalg.LinAlgError:
            raise ValueError("covariances must be symmetric and positive definite") from None
    else:
        factors = given
        if not is_upper(factors):
            raise ValueError(
                "precisions_cholesky must be upper triangular with a positive diagonal"
            )
        covariances = covariances_of(factors)
    mixture = assemble(weights, means, covariances, factors)
    if dtype != np.float64:
        check_held(mixture, dtype, "means or covariances are")
        mixture = as_dtype(mixture, dtype)
    return frozen(mixture)


def with_(
    mixture: Mixture,
    *,
    weights: ArrayLike | None = None,
    means: ArrayLike | None = None,
    covariances: ArrayLike | None = None,
    precisions_cholesky: ArrayLike | None = None,
) -> Mixture:
    """Return a mixture with some other parameters, all that follows from them made anew.

    Parameters
    ----------
    mixture : Mixture
    weights : array-like of shape (K,), optional
    means : array-like of shape (K, D), optional
    covariances : array-like, optional
        In the shape that `mixture` has, or scikit-learn's of the type.
    precisions_cholesky : array-like, optional
        Instead of `covariances`.

    Returns
    -------
    Mixture
        Of the covariance type and the dtype of `mixture`.

    Raises
    ------
    ValueError
        As `make_mixture`; and if covariances and precisions_cholesky are both given.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import log_density, make_mixture
    >>> m = make_mixture([1.0], [[0.0]], [[1.0]])
    >>> round(log_density(np.zeros(1), m.with_(covariances=[[4.0]])), 4)
    -1.6121
    """
    if covariances is not None and precisions_cholesky is not None:
        raise ValueError("give covariances or precisions_cholesky, not both")
    weights = mixture.weights if weights is None else weights
    means = mixture.means if means is None else means
    dtype = mixture.means.dtype
    if covariances is None and precisions_cholesky is None:
        weights, means = _checked(weights, means)
        if means.shape != mixture.means.shape:
            raise ValueError(f"means must be of shape {mixture.means.shape}, got {means.shape}")
        covariances, factors = map(np.float64, mixture[2:4])
        return frozen(assemble(weights, means, covariances, factors, dtype))
    return make_mixture(
        weights,
        means,
        covariances,
        precisions_cholesky=precisions_cholesky,
        covariance_type=by_shape(mixture.covariances.shape, *mixture.means.shape).name,
        dtype=dtype,
    )


def check_unmasked(array, name):
    """Raise ValueError if entries of `array` are masked: NumPy takes what is under the mask."""
    if np.ma.is_masked(array):
        raise ValueError(
            f"{name} has {np.ma.count_masked(array)} masked entries, which cannot be left out; "
            "drop their rows, or fill them in by .filled(value)"
        )


def real_array(given, name):
    """Return an array-like as a new float64 array; ValueError where numbers are no real ones."""
    check_unmasked(given, name)
    array = np.asarray(given)
    if array.dtype.kind == "c":
        raise ValueError(f"{name} must hold real numbers, got dtype {array.dtype}")
    return np.array(array, dtype=np.float64)


def _checked(weights, means):
    """Return copies of weights (K,) and means (K, D) as float64, or raise ValueError."""
    weights, means = real_array(weights, "weights"), real_array(means, "means")
    if means.ndim != 2 or not means.size:
        raise ValueError(f"means must be of shape (K, D), got {means.shape}")
    k = len(means)
    if weights.shape != (k,) or not (weights >= 0).all() or abs(weights.sum() - 1) > 1e-6:
        raise ValueError(f"weights must be {k} non-negative numbers that sum to 1, got {weights}")
    if not np.isfinite(means).all():
        raise ValueError("means and covariances must be finite")
    return weights, means


def _shaped(given, covariance_type, k, d):
    """Return covariances or factors in the shape that Mixture has for their type."""
    own = {name: TYPES[name].shape(k, d) for name in SKLEARNS}
    if covariance_type is None:
        if given.shape == (k, d) and k == d > 1:
            raise ValueError(
                f"covariances of shape {given.shape} may be the matrix that {k} tied components "
                'share or the variances of each: give covariance_type="tied" or "diag"'
            )
        if given.shape in own.values():
            return given
        raise ValueError(
            f"covariances of {k} components in {d} dimensions must be of shape {own['full']} "
            f"(full), {own['tied']} (tied), {own['diag']} (diag) or {own['spherical']} (spherical)"
            f", got {given.shape}; scikit-learn's shapes need covariance_type="
        )
    if covariance_type not in COVARIANCE_TYPES:
        raise ValueError(
            f"covariance_type must be one of {', '.join(COVARIANCE_TYPES)}, got {covariance_type!r}"
        )
    covariance = TYPES[covariance_type]
    shape = covariance.shape(k, d)
    if given.shape not in (shape, covariance.sklearn_shape(k, d)):
        raise ValueError(
            f"{covariance_type} covariances of {k} components in {d} dimensions must be of shape "
            f"{shape}, got {given.shape}"
        )
    return given.reshape(shape)


def assemble(weights, means, covariances, factors, dtype=np.float64):
    """Put checked float64 parameters together and add ``log_norms``.

    Arrays are not copied unless they must be: what is handed out is made `frozen` first.
    """
    d = means.shape[1]
    log_det = log_dets(factors, d)
    if np.count_nonzero(weights) == len(weights):
        log_weights = np.log(weights)
    else:
        with np.errstate(divide="ignore"):  # a weight of zero has the log density -inf
            log_weights = np.log(weights)
    log_norms = log_weights + log_det - 0.5 * d * math.log(2 * math.pi)
    arrays = (weights, means, covariances, factors, log_norms)
    return Mixture(*(np.ascontiguousarray(a, dtype=dtype) for a in arrays))


def with_means(mixture, means):
    """Return an assembled `mixture` with other means, from which nothing else follows."""
    return Mixture(mixture.weights, np.ascontiguousarray(means), *mixture[2:])


def check_held(mixture, dtype, name="X has values"):
    """Raise ValueError, which begins with `name`, unless `dtype` can hold what is in `mixture`.

    Variances must be normal numbers of it, and so must their inverses, the precisions.
    """
    limits = np.finfo(dtype)
    _, means, covariances, factors, _ = mixture
    variances = diagonals(covariances)
    square = factors.shape[-1] * np.square(factors, dtype=np.float64)
    if not max(np.abs(means).max(), variances.max()) <= limits.max:  # nor of a NaN
        size = "large"
    elif variances.min() < limits.tiny or square.max() > limits.max:
        size = "small"
    else:
        return
    raise ValueError(
        f"{name} too {size} for variances in {limits.dtype}, which holds {limits.tiny:.1g} to "
        f"{limits.max:.1g}: scale the data, or take float64"
    )


def as_dtype(mixture, dtype):
    """Return `mixture` with all arrays of `dtype` (itself when they are), if it can hold them."""
    if mixture.means.dtype == dtype:
        return mixture
    check_held(mixture, dtype)
    with np.errstate(over="ignore"):  # log_norms below the lowest are -inf: they have no share
        return Mixture(*(a.astype(dtype) for a in mixture))


def as_made(mixture):
    """Return a Mixture, which compiled code may have put together, as `make_mixture` makes them.

    That is with C-contiguous arrays of one dtype: it is itself when it is one.

    Raises
    ------
    TypeError
        If an array is not of float64 or float32.
    """
    for name, array in zip(mixture._fields, mixture, strict=True):
        dtype = getattr(array, "dtype", type(array).__name__)
        if dtype not in (np.float64, np.float32):
            raise TypeError(
                f"mixture must have arrays of float64 or float32, as make_mixture makes them; its "
                f"{name} are of {dtype}"
            )
    dtype = mixture.means.dtype
    if all(a.flags.c_contiguous and a.dtype == dtype for a in mixture):
        return mixture
    return Mixture(*(np.ascontiguousarray(a, dtype) for a in mixture))


def n_parameters(mixture, covariance, fixed=()):
    """Return the number of free parameters: weights, means and distinct covariance entries."""
    k, d = mixture.means.shape
    free = {"weights": k - 1, "means": k * d, "covariances": covariance.n_parameters(k, d)}
    return sum(count for name, count in free.items() if name not in fixed)
