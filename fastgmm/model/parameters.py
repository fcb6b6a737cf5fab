"""The one door to the parameters that an estimator has, whoever set them.

A fit sets them, and so do people who rebuild a model from stored numbers: as lists, integers,
float32, in Fortran order, read-only, as lower triangular factors, or only some of them. All methods
read them here, checked and in one form. What counts is what counts for scikit-learn: densities are
of ``weights_``, ``means_`` and ``precisions_cholesky_``, samples of ``weights_``, ``means_`` and
``covariances_``. Of the latter two one may be missing, and then follows from the other.
"""

from typing import NamedTuple

import numpy as np
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from ..covariances import COVARIANCE_TYPES, TYPES
from ..covariances.factors import (
    belong_together,
    covariances_of,
    in_own_units,
    is_symmetric,
    precisions_cholesky_of,
    upper_factors,
)
from ..em.variational import Posterior, expected_mixture
from ..mixture import Mixture, assemble, frozen
from .checks import WEIGHTS_ROUNDING, check_kind

_COUNTING = ("weights_", "means_", "covariances_", "precisions_cholesky_")
BESIDE_MEANS = ("weight_concentration_", "mean_precision_", "degrees_of_freedom_")
_HELD_AS = (np.ndarray, np.float64, np.float32)
_recent = {}  # the densities of small mixtures
MOST_RECENT, MOST_BYTES = 32, 2**14


class _Parameters(NamedTuple):
    """What is set: float64, covariances and factors in the shapes of a Mixture or None.

    dtype: float32 where all that counts is. eps: the rounding of covariances and factors.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray | None
    factors: np.ndarray | None
    dtype: type
    eps: float


def density_mixture(model):
    """Return the Mixture of the densities: its covariances are those of its factors.

    It may share memory with the attributes of `model`. Small ones are checked once: as long as
    the attributes have the same bytes in them, so has the mixture.
    """
    return _once(_density_mixture, model, _COUNTING)


def expected_density_mixture(model):
    """Return the Mixture of the expected log densities of a model that has a posterior.

    Those are of ``means_``, ``precisions_cholesky_``, ``weight_concentration_``,
    ``mean_precision_`` and ``degrees_of_freedom_``, as for scikit-learn.
    """
    return _once(_expected_density_mixture, model, (*_COUNTING, *BESIDE_MEANS))


def _once(make, model, names):
    """Return ``make(model)``, kept as long as small attributes of these names are the same."""
    key = _contents(model, names)
    if key is None:
        return make(model)
    if key not in _recent:
        mixture = frozen(Mixture(*map(np.array, make(model))))
        if len(_recent) >= MOST_RECENT:
            _recent.clear()
        _recent[key] = mixture
        return mixture
    return _recent[key]


def _contents(model, names):
    """Return what small attributes hold, to be compared, or None."""
    values = [vars(model).get(name) for name in names]
    arrays = [a for value in values for a in (value if type(value) is tuple else (value,))]
    if not all(type(a) in _HELD_AS and a.dtype.kind == "f" for a in arrays):
        return None
    if type(model.covariance_type) is not str or sum(a.nbytes for a in arrays) > MOST_BYTES:
        return None
    set_as = vars(model).get("_set_as", (None,))[0]
    prior_type = getattr(model, "weight_concentration_prior_type", None)
    return (
        prior_type,
        model.covariance_type,
        set_as,
        *((a.dtype.str, a.shape, a.tobytes()) for a in arrays),
    )


def _density_mixture(model):
    p = _read(model)
    factors, covariances = p.factors, p.covariances
    if factors is None:
        factors = _factors_of(covariances)
    elif covariances is None or not belong_together(covariances, factors, p.eps):
        covariances = covariances_of(factors)
    return assemble(p.weights, p.means, covariances, factors, p.dtype)


def _expected_density_mixture(model):
    mixture = density_mixture(model)
    of_densities = (np.float64(a) for a in mixture[1:4])
    return expected_mixture(*of_densities, posterior_of(model), mixture.means.dtype)


def posterior_of(model):
    """Return the Posterior that `model` has, checked, or raise ValueError."""
    k, d = np.shape(model.means_)
    shape = (2, k) if model.weight_concentration_prior_type == "dirichlet_process" else (k,)
    shapes = (shape, (k,), () if TYPES[model.covariance_type].shared else (k,))
    parts = []
    for name, shape, above in zip(BESIDE_MEANS, shapes, (0.0, 0.0, d - 1.0), strict=True):
        part = _numbers(model, name)
        if part.shape != shape:
            raise ValueError(
                f"{name} must be of shape {shape} with covariance_type={model.covariance_type!r}, "
                f"weight_concentration_prior_type={model.weight_concentration_prior_type!r} and "
                f"means_ of shape {(k, d)}, got {part.shape}: set what belongs together; changed "
                "parameters need a new fit, with warm_start=False"
            )
        if not (part > above).all():
            raise ValueError(f"{name} must be above {above:g}, got {part.min()} in it")
        parts.append(np.atleast_1d(part.astype(np.float64)))
    return Posterior(*parts)


def stored_mixture(model):
    """Return a Mixture of what is set, to be stored: covariances and factors need not agree."""
    p = _read(model, of_samples=True)
    factors = _factors_of(p.covariances) if p.factors is None else p.factors
    covariances = covariances_of(factors) if p.covariances is None else p.covariances
    return assemble(p.weights, p.means, covariances, factors, p.dtype)


def sampled_parameters(model):
    """Return weights, means, roots R of the covariances ``R @ R.T``, and the dtype of samples."""
    p = _read(model, of_samples=True)
    covariances = covariances_of(p.factors) if p.covariances is None else p.covariances
    return p.weights, p.means, _roots(covariances, p.eps), p.dtype


def _read(model, of_samples=False):
    """Return the _Parameters of `model`, or raise ValueError (NotFittedError where one misses).

    Without `of_samples`, covariances of another shape than the others count as not set.
    """
    check_is_fitted(model)
    covariance_type = model.covariance_type
    if covariance_type not in COVARIANCE_TYPES:
        raise ValueError(
            f"covariance_type must be one of {', '.join(COVARIANCE_TYPES)}, got {covariance_type!r}"
        )
    weights, means = _numbers(model, "weights_"), _numbers(model, "means_")
    if means.ndim != 2:
        raise ValueError(f"means_ must be of shape (K, D), got {means.shape}")
    if weights.shape != means.shape[:1]:
        raise ValueError(
            "weights_ and means_ must be of shapes (K,) and (K, D), got "
            f"{weights.shape} and {means.shape}"
        )
    if not (weights >= 0).all() or not weights.any():
        raise ValueError(f"weights_ must be non-negative, and one positive, got {weights}")
    total = weights.sum(dtype=np.float64)
    if abs(total - 1.0) > WEIGHTS_ROUNDING:
        raise ValueError(f"weights_ must sum to 1, got {total:.7g}: divide by their sum")
    covariance = TYPES[covariance_type]
    expected = covariance.sklearn_shape(*means.shape)
    covariances, factors = (
        _numbers(model, name) if hasattr(model, name) else None
        for name in ("covariances_", "precisions_cholesky_")
    )
    fits = [a is None or a.shape == expected for a in (covariances, factors)]
    if not fits[1] or (not fits[0] and (of_samples or factors is None)):
        wrong = "precisions_cholesky_" if fits[0] else "covariances_"
        raise ValueError(
            f"covariance_type={covariance_type!r} asks for {wrong} of shape {expected} with means_ "
            f"of shape {means.shape}, got {np.shape(getattr(model, wrong))}: set what belongs "
            "together; a changed covariance_type needs a new fit, with warm_start=False"
        )
    _check_type(model, covariances, factors)
    if not fits[0]:
        covariances = None
    if covariances is None and factors is None:
        raise _missing(model, "precisions_cholesky_ (or covariances_)")
    counting = [weights, means, covariances if factors is None else factors]
    both = [a for a in (covariances, factors) if a is not None]
    eps = max(np.finfo(a.dtype if a.dtype.kind == "f" else np.float64).eps for a in both)
    if factors is not None:
        try:
            factors = upper_factors(covariance.from_sklearn(factors))
        except np.linalg.LinAlgError as error:
            raise ValueError(f"precisions_cholesky_ must be invertible: {error}") from None
    return _Parameters(
        weights.astype(np.float64, copy=False),
        means.astype(np.float64, copy=False),
        None if covariances is None else covariance.from_sklearn(covariances),
        factors,
        np.float32 if all(a.dtype == np.float32 for a in counting) else np.float64,
        eps,
    )


def type_of(model):
    """Return what tells later which covariance type the parameters of `model` were set as."""
    return model.covariance_type, _beginnings(model.covariances_, model.precisions_cholesky_)


def _beginnings(*arrays):
    return [None if a is None else np.ravel(a)[:8].tolist() for a in arrays]


def _check_type(model, covariances, factors):
    """Raise ValueError if these are still what was set as another type (see `type_of`)."""
    before, as_they_were = vars(model).get("_set_as", (model.covariance_type, []))
    if before != model.covariance_type and any(
        new is not None and new == old
        for new, old in zip(_beginnings(covariances, factors), as_they_were, strict=True)
    ):
        raise ValueError(
            f"covariance_type={model.covariance_type!r}, but covariances_ and precisions_cholesky_ "
            f"are of {before!r} ones: set what belongs together; a changed covariance_type needs a "
            "new fit, with warm_start=False"
        )


def _numbers(model, name):
    """Return an attribute as an array of finite real numbers."""
    if not hasattr(model, name):
        raise _missing(model, name)
    array = np.asarray(check_kind(getattr(model, name), name))
    if array.dtype == object:
        try:
            array = array.astype(np.float64)
        except (TypeError, ValueError):
            raise ValueError(f"{name} must hold numbers, got {array.ravel()[:1]}") from None
    if array.dtype.kind not in "fiub":
        raise ValueError(f"{name} must hold real numbers, got dtype {array.dtype}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]} in it")
    return array


def _missing(model, name):
    return NotFittedError(
        f"This {type(model).__name__} has no {name}: fit it, or set weights_, means_ and "
        "precisions_cholesky_"
    )


def _factors_of(covariances):
    try:
        if is_symmetric(covariances):
            return precisions_cholesky_of(covariances)
    except np.linalg.LinAlgError:
        pass
    raise ValueError("covariances_ must be symmetric and positive definite")


def _roots(covariances, eps):
    """Return R with ``R @ R.T = covariance``, of ones that are semi-definite up to rounding too."""
    if covariances.ndim == 2:
        if (covariances < 0).any():
            raise ValueError("covariances_ must not be negative")
        return np.sqrt(covariances)
    if is_symmetric(covariances):
        try:
            return np.linalg.cholesky(covariances)
        except np.linalg.LinAlgError:
            pass
        scaled, units = in_own_units(covariances)
        values, vectors = np.linalg.eigh(scaled)
        rounding = max(1e-8, 4 * eps * covariances.shape[-1])
        if (values[:, 0] >= -rounding * values[:, -1]).all():  # zero, but for rounding
            deviations = np.sqrt(np.maximum(values, 0.0))[:, np.newaxis]
            return units[:, :, np.newaxis] * vectors * deviations
    raise ValueError("covariances_ must be symmetric and positive semi-definite")
