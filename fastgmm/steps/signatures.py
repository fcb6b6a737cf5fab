"""What the steps are given and return in compiled code, by type; mistakes are told in one line."""

import numpy as np
from numba import typeof
from numba.core import types
from numba.core.errors import TypingError

from ..mixture import Mixture, frozen
from ..passes.statistics import SufficientStats

_FLOATS = (types.float64, types.float32)


def _is(kind, name):
    """Whether a type is that of a NamedTuple's class of a name."""
    own = getattr(kind, "instance_class", None)
    return own is not None and own.__name__ == name and own.__module__.startswith("fastgmm.")


def _check(kind, name, wanted, hint):
    if not _is(kind, wanted):
        raise TypingError(f"{name} must be a {wanted}, {hint}; got {_brief(kind)}")


def _brief(kind):
    own = getattr(kind, "instance_class", None)
    return str(kind) if own is None else f"a {own.__name__}"


def check_mixture(mixture):
    """Raise TypingError unless a type is a Mixture's."""
    _check(mixture, "mixture", "Mixture", "such as make_mixture returns, or mixture_ of a model")


def check_array(array, name, ndim, optional=False):
    """Raise TypingError unless a type is an array's of floats."""
    if optional and array == types.none:
        return
    if not isinstance(array, types.Array) or array.ndim != ndim or array.dtype not in _FLOATS:
        raise TypingError(
            f"{name} must be an array of {ndim} dimension{'s' if ndim > 1 else ''}, float64 or "
            f"float32; got {_brief(array)}"
        )


def mixture_like(mixture, matrices=None):
    """Return the type of a Mixture of the dtype of another, and its shape unless said."""
    check_mixture(mixture)
    if matrices is None:
        matrices = mixture.types[2].ndim == 3
    dtype = str(mixture.types[1].dtype)
    of_type = np.zeros((1,) * (3 if matrices else 2), dtype)
    vector, matrix = np.zeros(1, dtype), np.zeros((1, 1), dtype)
    return typeof(frozen(Mixture(vector, matrix, of_type, of_type, vector)))


def _stats_of(ndim):
    vector, matrix = np.zeros(1), np.zeros((1, 1))
    second = np.zeros((1,) * ndim)
    return typeof(SufficientStats(vector, matrix, second, matrix, 0.0, 0.0, None, vector))


def _check_rows(X, mixture, workspace, sample_weight=types.none):
    check_array(X, "X", 2)
    check_mixture(mixture)
    _check(workspace, "workspace", "Workspace", "such as make_workspace returns")
    check_array(sample_weight, "sample_weight", 1, optional=True)


def em_step(X, mixture, workspace, sample_weight):
    """Return the type of `em.em_step`."""
    _check_rows(X, mixture, workspace, sample_weight)
    return types.Tuple((mixture_like(mixture), types.float64))


def e_step(X, mixture, workspace, sample_weight, resp):
    """Return the type of `em.e_step`."""
    _check_rows(X, mixture, workspace, sample_weight)
    check_array(resp, "resp", 2, optional=True)
    return _stats_of(mixture.types[2].ndim)


def m_step(stats, mixture, workspace):
    """Return the type of `em.m_step`."""
    _check(stats, "stats", "SufficientStats", "such as e_step returns")
    check_mixture(mixture)
    _check(workspace, "workspace", "Workspace", "such as make_workspace returns")
    return mixture_like(mixture)


def add_statistics(a, b, scale_a, scale_b):
    """Return the type of `em.add_statistics`."""
    for name, stats in (("a", a), ("b", b)):
        _check(stats, name, "SufficientStats", "such as e_step returns")
    return _stats_of(a.types[2].ndim)


def score_rows(X, mixture, workspace, scores):
    """Return the type of `em.score_rows`."""
    _check_rows(X, mixture, workspace)
    check_array(scores, "scores", 1)
    return scores
