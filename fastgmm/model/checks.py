"""Checks of what a user passes: data, weights, labels, a start, priors; and of model files.

Attributes that a user has set (`precisions_cholesky_`) are checked in `parameters`.
"""

import operator
import os
from numbers import Integral, Real

import numpy as np
from sklearn import get_config
from sklearn.utils import check_array
from sklearn.utils._param_validation import Interval
from sklearn.utils.validation import _check_sample_weight

from ..covariances import COVARIANCE_TYPES, TYPES
from ..covariances.factors import (
    covariances_of,
    diagonals,
    in_own_units,
    is_symmetric,
    precisions_cholesky_of,
    precisions_cholesky_of_precisions,
)
from ..em.m_step import EMPTY_SHARE
from ..mixture import Mixture, check_unmasked

LARGEST_WEIGHT = 1e100
WEIGHTS_ROUNDING = 1e-6  # of the sum of weights that were set: they may come from float32
_SINGULAR = "must have finite inverses: these are singular to working precision, or too small"
FIXABLE = ("weights", "means", "covariances")


class WholeNumber(Interval):
    """The constraint on a parameter to be an int of at least `least`, and not a bool."""

    def __init__(self, least):
        super().__init__(Integral, least, None, closed="left")

    def is_satisfied_by(self, val):
        return not isinstance(val, bool) and super().is_satisfied_by(val)


class RealNumber(Interval):
    """The constraint on a float, of which a NumPy float32 may be one: limits may be no float32."""

    def __init__(self, least, most, *, closed):
        super().__init__(Real, least, most, closed=closed)

    def is_satisfied_by(self, val):
        return super().is_satisfied_by(float(val) if isinstance(val, np.floating) else val)


def check_whole(value, name):
    """Return `value` as an int, of a float without a fraction too, or raise TypeError."""
    try:
        if isinstance(value, bool):
            raise TypeError
        if isinstance(value, (float, np.floating)) and value.is_integer():
            return int(value)
        return operator.index(value)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {value!r}") from None


def check_mixture(mixture):
    """Return `mixture` if it is a Mixture, or raise TypeError."""
    if not isinstance(mixture, Mixture):
        hint = "; pass its mixture_" if hasattr(type(mixture), "mixture_") else ""
        raise TypeError(
            "mixture must be a Mixture, such as make_mixture returns, "
            f"got a {type(mixture).__name__}{hint}"
        )
    return mixture


def check_kind(array, name):
    """Return `array` unless it is a file's name, a query or masked, of which NumPy says little.

    float32 comes in the machine's byte order.
    """
    if isinstance(array, (str, bytes, os.PathLike)):
        weights = "; a column of X is named by open_rows(X, weight=...)"
        hint = weights if name == "sample_weight" else ""
        raise TypeError(
            f"{name} must be an array of numbers, got {array!r}; read a file first, by "
            f"np.load(path, mmap_mode='r') or fastgmm.files.read_table(path){hint}"
        )
    if hasattr(array, "collect") and not hasattr(array, "__array__"):
        raise TypeError(
            f"{name} must be an array of numbers, got a {type(array).__name__}; "
            "compute its rows first, by .collect()"
        )
    foreign = hasattr(array, "__dlpack__") and not isinstance(array, np.ndarray)
    if foreign and get_config()["array_api_dispatch"]:  # else NumPy takes it, where it can
        raise TypeError(
            f"{name} is a {type(array).__name__}, whose computations array_api_dispatch leaves to "
            "its own library, and these are NumPy's: pass np.asarray(X), or set "
            "sklearn.set_config(array_api_dispatch=False)"
        )
    check_unmasked(array, name)
    if isinstance(array, np.ndarray) and array.dtype in (">f4", "<f4"):
        return array.astype(np.float32, copy=False)  # of the other byte order it is one, too
    return array


def check_fixed(fixed, given):
    """Return `fixed` as a frozenset; every name in it must be in `given` (a collection)."""
    names = (fixed,) if isinstance(fixed, str) else tuple(fixed)
    for name in names:
        if name not in FIXABLE:
            raise ValueError(f"fixed must hold names out of {FIXABLE}, got {name!r}")
        if name not in given:
            option = (
                "precisions_init or covariances_init" if name == "covariances" else f"{name}_init"
            )
            raise ValueError(f"fixed={names!r} holds the {name} at their start: give {option} too")
    return frozenset(names)


def check_sample_weight(sample_weight, X):
    """Return weights of the rows as non-negative float64 (N,), None as it is, or ValueError."""
    if sample_weight is None:
        return None
    sample_weight = check_kind(sample_weight, "sample_weight")
    sample_weight = _check_sample_weight(
        sample_weight, X, dtype=np.float64, ensure_non_negative=True
    )
    check_largest_weight(sample_weight.max())
    return sample_weight


def check_largest_weight(largest):
    """Raise ValueError unless the largest of the weights of rows is positive, and not too far."""
    if largest == 0.0:
        raise ValueError("sample_weight must have a positive entry, got zeros only")
    if not 1.0 / LARGEST_WEIGHT <= largest <= LARGEST_WEIGHT:
        raise ValueError(
            f"sample_weight must have its largest entry between {1.0 / LARGEST_WEIGHT:g} and "
            f"{LARGEST_WEIGHT:g}, for sums of them to be finite; got {largest:g}: scale it"
        )


def check_known(source):
    """Raise ValueError if a source has a feature of which no value is known."""
    if source.complete or source.known.all():
        return
    unknown = np.flatnonzero(~source.known).tolist()
    weighed = " of positive sample_weight" if source.sample_weight.size else ""
    raise ValueError(f"X has no value of the features {unknown} in any row{weighed}: drop them")


def check_weights(weights, n_components, rounding=1e-8):
    """Return given start weights as float64, or raise ValueError."""
    weights = check_array(
        check_kind(weights, "weights_init"),
        dtype=[np.float64, np.float32],
        ensure_2d=False,
        input_name="weights_init",
    )
    _check_shape(weights, (n_components,), "weights")
    if (weights < 0.0).any() or (weights > 1.0).any():
        raise ValueError(
            "The parameter 'weights' should be in the range [0, 1], but got max value "
            f"{weights.max():.5f}, min value {weights.min():.5f}"
        )
    total = weights.sum(dtype=np.float64)
    if abs(1.0 - total) > (1e-6 if weights.dtype == np.float32 else rounding):
        raise ValueError(
            f"The parameter 'weights' should be normalized, but got sum(weights) = {total:.5f}"
        )
    return weights.astype(np.float64)


def check_means(means, n_components, n_features):
    """Return given start means as float64, or raise ValueError."""
    means = check_kind(means, "means_init")
    means = check_array(means, dtype=np.float64, ensure_2d=False, input_name="means_init")
    _check_shape(means, (n_components, n_features), "means")
    return means


def check_precisions(precisions, covariance_type, n_components, n_features):
    """Return ``(covariances, factors)`` in Mixture shapes of given precisions."""
    precisions = _check_spread(precisions, "precision", covariance_type, n_components, n_features)
    try:
        factors = precisions_cholesky_of_precisions(precisions)
    except np.linalg.LinAlgError:
        raise ValueError(f"precisions_init {_SINGULAR}") from None
    with np.errstate(over="ignore", invalid="ignore"):
        covariances = covariances_of(factors)
    if not np.isfinite(covariances).all():
        raise ValueError("precisions_init are too small: their inverses are not finite")
    return covariances, np.ascontiguousarray(factors)


def check_covariances(covariances, covariance_type, n_components, n_features):
    """Return ``(covariances, factors)`` in Mixture shapes of given covariances."""
    covariances = _check_spread(
        covariances, "covariance", covariance_type, n_components, n_features
    )
    try:
        return covariances, precisions_cholesky_of(covariances)
    except np.linalg.LinAlgError:
        raise ValueError(f"covariances_init {_SINGULAR}") from None


def check_positive(value, name):
    """Return `value` as a positive finite float, or raise ValueError."""
    value = float(value)
    if not 0.0 < value < np.inf:
        raise ValueError(f"{name} must be positive and finite, got {value}")
    return value


def check_mean_prior(mean, n_features):
    """Return a given prior mean as float64, None as it is, or raise ValueError."""
    if mean is None:
        return None
    mean = check_kind(mean, "mean_prior")
    mean = check_array(mean, dtype=np.float64, ensure_2d=False, input_name="mean_prior")
    _check_shape(mean, (n_features,), "means")
    return mean


def check_covariance_prior(covariance, covariance_type, n_features, definite=True):
    """Return a given prior covariance in Mixture's shape of one, None as it is, or ValueError.

    What a fit has found need not be `definite`: a feature may be constant.
    """
    if covariance is None:
        return None
    name, shape = "covariance_prior", TYPES[covariance_type].shape(1, n_features)
    covariance = check_kind(covariance, name)
    if np.ndim(covariance) == 0 and covariance_type == "spherical":
        covariance = np.reshape(covariance, (1,))
    covariance = np.asarray(covariance)
    _check_shape(covariance, shape[1:], f"{covariance_type} {name}")
    covariance = _finite(covariance, name).reshape(shape)
    if definite:
        _check_definite(covariance, f"{covariance_type} {name}")
    return covariance


def _check_spread(array, what, covariance_type, n_components, n_features):
    """Check precisions or covariances in scikit-learn's shape; return them in Mixture's."""
    array = _finite(check_kind(array, f"{what}s_init"), f"{what}s_init")
    shape = TYPES[covariance_type].sklearn_shape(n_components, n_features)
    _check_shape(array, shape, f"{covariance_type} {what}")
    array = TYPES[covariance_type].from_sklearn(array)
    _check_definite(array, f"{covariance_type} {what}")
    return array


def _finite(array, name):
    """Return an array of finite float64, or raise ValueError."""
    return check_array(array, dtype=np.float64, ensure_2d=False, allow_nd=True, input_name=name)


def _check_definite(array, what):
    """Raise ValueError unless numbers are positive, matrices symmetric and positive definite."""
    if array.ndim == 2:
        if (array <= 0.0).any():
            raise ValueError(f"'{what}' should be positive")
    elif not (is_symmetric(array) and _positive(array)):
        raise ValueError(f"'{what}' should be symmetric, positive-definite")


def _positive(matrices):
    """Whether symmetric matrices (K, D, D) are positive definite."""
    if not (diagonals(matrices) > 0.0).all():
        return False
    return bool((np.linalg.eigvalsh(in_own_units(matrices)[0]) > 0.0).all())


def check_goes_on(mixture, model, n_features, what, anew):
    """Raise ValueError unless rows of n_features can go on from a mixture: see the next."""
    k, d = mixture.means.shape
    _check_same(
        what, anew, (("n_features", d, n_features), ("n_components", k, model.n_components))
    )


def check_warm_start(mixture, model, n_features, names):
    """Raise ValueError unless a fit to rows of n_features can go on from a mixture.

    `names` are those of the features that it was fitted to, or None; the model has the new ones.
    """
    what, anew = "warm_start=True", "warm_start=False"
    check_goes_on(mixture, model, n_features, what, anew)
    new = getattr(model, "feature_names_in_", None)
    names, new = ([] if names is None else list(names) for names in (names, new))
    _check_same(what, anew, (("feature names", names, new),))


def _check_same(what, anew, parts):
    """Raise ValueError unless what was fitted and what is given are the same, where both are."""
    for name, expected, got in parts:
        if got != expected and expected and got:
            raise ValueError(
                f"{what} goes on from the last fit, of {name} {expected}; got {got}. "
                f"Give the same, or start anew with {anew}"
            )


def _check_shape(array, shape, name):
    if array.shape != shape:
        raise ValueError(
            f"The parameter '{name}' should have the shape of {shape}, but got {array.shape}"
        )


def check_labels(y, n_rows, n_components):
    """Return component labels as int64 (N,), -1 for unknown, or raise ValueError."""
    y = np.asarray(check_kind(y, "y"))
    if y.shape != (n_rows,):
        raise ValueError(f"y must be of shape ({n_rows},), one label a row of X, got {y.shape}")
    if y.dtype.kind == "f" and np.isnan(y).any():
        raise ValueError("y has NaN in it: mark rows of unknown component by -1")
    if y.dtype.kind not in "iu" and not (y.dtype.kind == "f" and (y == np.floor(y)).all()):
        raise ValueError(
            f"y must hold integers, the components of the rows (-1: unknown), got dtype {y.dtype}; "
            "encode class names with sklearn.preprocessing.LabelEncoder"
        )
    if y.min() < -1 or y.max() >= n_components:  # as it is: large numbers wrap around
        raise ValueError(
            f"y must be -1 (unknown) or a component from 0 to {n_components - 1}, got values from "
            f"{y.min()} to {y.max()}; set n_components accordingly"
        )
    labels = y.astype(np.int64)
    if (labels == -1).all():
        raise ValueError("y has no known label: every value is -1. Use fit(X) instead")
    return labels


def check_none_empty(empty, labels):
    """Raise ValueError if a component, by the mask `empty`, has no share in rows, all labelled."""
    unnamed = [k for k in np.flatnonzero(empty).tolist() if k not in labels]
    if unnamed:
        raise ValueError(
            f"y names no row of the components {unnamed}: "
            "label some, mark rows of unknown component by -1, or lower n_components"
        )
    if empty.any():
        raise ValueError(
            f"sample_weight of the rows of the components {np.flatnonzero(empty).tolist()} is zero "
            f"or below {EMPTY_SHARE:g} of all: give them more"
        )


def check_loaded(parameters, arrays):
    """Check the arrays of a model file, read or to be written, or raise ValueError."""
    covariance_type = parameters.get("covariance_type")
    if covariance_type not in COVARIANCE_TYPES:
        raise ValueError(f"covariance_type {covariance_type!r}")
    weights, means = arrays["weights"], arrays["means"]
    if means.ndim != 2 or means.dtype not in (np.float64, np.float32):
        raise ValueError(f"means of shape {means.shape} and dtype {means.dtype}")
    k, d = means.shape
    check_weights(weights, k, rounding=WEIGHTS_ROUNDING)
    if parameters.get("n_components", k) != k:
        raise ValueError(f"n_components={parameters['n_components']}, {k} means")
    shape = TYPES[covariance_type].sklearn_shape(k, d)
    for name in ("covariances", "precisions_cholesky"):
        if arrays[name].shape != shape:
            raise ValueError(f"{name} of shape {arrays[name].shape}, expected {shape}")
    for name in ("weights", "means", "covariances", "precisions_cholesky"):
        if arrays[name].dtype != means.dtype or not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} not finite, or of dtype {arrays[name].dtype}")
    for name in ("covariances", "precisions_cholesky"):
        spread = TYPES[covariance_type].from_sklearn(arrays[name])
        if not (diagonals(spread) > 0).all():
            raise ValueError(f"{name} without a positive diagonal")
    if spread.ndim == 3 and np.tril(spread, -1).any():
        raise ValueError("precisions_cholesky not upper triangular")
    if arrays["lower_bounds"].ndim != 1:
        raise ValueError(f"lower_bounds of shape {arrays['lower_bounds'].shape}")
