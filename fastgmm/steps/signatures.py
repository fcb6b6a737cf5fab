"""What the steps are given and return in compiled code, by type; mistakes are told in one line."""

import numpy as np
from numba import typeof
from numba.core import types

from ..callbacks import check_array, check_mixture, check_tuple, mixture_like
from ..passes.statistics import SufficientStats


def _stats_of(ndim):
    vector, matrix = np.zeros(1), np.zeros((1, 1))
    second = np.zeros((1,) * ndim)
    return typeof(SufficientStats(vector, matrix, second, matrix, 0.0, 0.0, None, vector))


def _check_rows(X, mixture, workspace, sample_weight=types.none):
    check_array(X, "X", 2)
    check_mixture(mixture)
    check_tuple(workspace, "workspace", "Workspace", "as make_workspace returns")
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
    check_tuple(stats, "stats", "SufficientStats", "as e_step returns")
    check_mixture(mixture)
    check_tuple(workspace, "workspace", "Workspace", "as make_workspace returns")
    return mixture_like(mixture)


def add_statistics(a, b, scale_a, scale_b):
    """Return the type of `em.add_statistics`."""
    for name, stats in (("a", a), ("b", b)):
        check_tuple(stats, name, "SufficientStats", "as e_step returns")
    return _stats_of(a.types[2].ndim)


def score_rows(X, mixture, workspace, scores):
    """Return the type of `em.score_rows`."""
    _check_rows(X, mixture, workspace)
    check_array(scores, "scores", 1)
    return scores
