"""`make_mixture` and `with_` in compiled code."""

from functools import partial

from numba.core import types
from numba.core.errors import TypingError
from numba.extending import overload

from ..callbacks import call_of, check_array, check_mixture, mixture_like, mixture_type_of
from ..covariances import COVARIANCE_TYPES, TYPES
from ..mixture import make_mixture, with_


def _made(weights, means, covariances, precisions_cholesky, covariance_type):
    return make_mixture(
        weights,
        means,
        covariances,
        precisions_cholesky=precisions_cholesky,
        covariance_type=covariance_type,
    )


def _changed(mixture, weights, means, covariances, precisions_cholesky):
    return with_(
        mixture,
        weights=weights,
        means=means,
        covariances=covariances,
        precisions_cholesky=precisions_cholesky,
    )


def _given(covariances, precisions_cholesky):
    """Return the type of the array that is given of the two, and its name, or None."""
    given = {"covariances": covariances, "precisions_cholesky": precisions_cholesky}
    given = [(kind, name) for name, kind in given.items() if kind != types.none]
    if len(given) > 1:
        raise TypingError("give covariances or precisions_cholesky, not both")
    return given[0] if given else None


def _type_of_made(name, weights, means, covariances, precisions_cholesky, covariance_type):
    """Return the type of a Mixture whose covariance type is called `name`, or None if not said."""
    check_array(weights, "weights", 1)
    check_array(means, "means", 2)
    given = _given(covariances, precisions_cholesky)
    if given is None:
        raise TypingError("covariances (or precisions_cholesky) must be given")
    kind, what = given
    if name is None:
        ndim = getattr(kind, "ndim", None)
        check_array(kind, what, ndim if ndim in (2, 3) else 3)
        return mixture_type_of(means.dtype, ndim == 3)
    of_sklearn = len(TYPES[name].sklearn_shape(1, 1))
    of_mixture = len(TYPES[name].shape(1, 1))
    ndim = getattr(kind, "ndim", None)
    check_array(kind, what, ndim if ndim in (of_sklearn, of_mixture) else of_mixture)
    return mixture_type_of(means.dtype, of_mixture == 3)


def _type_of_changed(mixture, weights, means, covariances, precisions_cholesky):
    check_mixture(mixture)
    check_array(weights, "weights", 1, optional=True)
    check_array(means, "means", 2, optional=True)
    given = _given(covariances, precisions_cholesky)
    if given is not None:
        kind, what = given
        # Or as scikit-learn has them: of tied and spherical ones one dimension less.
        ndim = mixture.types[2].ndim
        check_array(kind, what, ndim - 1 if getattr(kind, "ndim", 0) == ndim - 1 else ndim)
    return mixture_like(mixture)


_CALLS_OF_MAKE = {
    name: call_of(_made, partial(_type_of_made, name)) for name in (None, *COVARIANCE_TYPES)
}
_call_with = call_of(_changed, _type_of_changed)


@overload(make_mixture, prefer_literal=True)
def _compiled_make_mixture(
    weights, means, covariances=None, precisions_cholesky=None, covariance_type=None
):
    if covariance_type is None or isinstance(covariance_type, (types.NoneType, types.Omitted)):
        name = None
    elif isinstance(covariance_type, types.StringLiteral):
        name = covariance_type.literal_value
    else:
        raise TypingError(
            "covariance_type must be a constant in compiled code, as the type of the mixture "
            f"depends on it; got {covariance_type}"
        )
    if name not in _CALLS_OF_MAKE:
        known = ", ".join(COVARIANCE_TYPES)
        raise TypingError(f"covariance_type must be one of {known}, got {name!r}")
    call = _CALLS_OF_MAKE[name]

    def made(weights, means, covariances=None, precisions_cholesky=None, covariance_type=None):
        return call((weights, means, covariances, precisions_cholesky, covariance_type))

    return made


@overload(with_)
def _compiled_with(mixture, weights=None, means=None, covariances=None, precisions_cholesky=None):
    def changed(mixture, weights=None, means=None, covariances=None, precisions_cholesky=None):
        return _call_with((mixture, weights, means, covariances, precisions_cholesky))

    return changed
