"""Compile before there is somebody who waits: for container images, and continuous integration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import numpy as np

from .mixture import make_mixture
from .model.bayesian import BayesianGaussianMixture
from .model.estimator import GaussianMixture
from .passes.sources import ArraySource
from .simd.compiled import STORE
from .steps import em_step, make_workspace, score_rows

DTYPES = ("float64", "float32")
LAYOUTS = ("C", "F", "strided")
SEVERAL_CHUNKS = 800_000  # rows, which more than one thread works on


def warmup(
    dtypes: Iterable[Literal["float64", "float32"]] = ("float64",),
    layouts: Iterable[Literal["C", "F", "strided"]] = ("C", "F"),
    steps: bool = False,
) -> int:
    """Compile what fits and predictions run, and keep it on disk.

    What is there already is not compiled again. One compilation is for all covariance types, all
    sizes, and any number of threads.

    Parameters
    ----------
    dtypes : collection of {"float64", "float32"}
        Of the rows to come.
    layouts : collection of {"C", "F", "strided"}
        Of arrays of rows: C as NumPy makes them, F as most come out of pandas, strided where
        columns are cut out of a wider array.
    steps : bool, default=False
        Whether also what `em_step`, `e_step` and `score_rows` run.

    Returns
    -------
    int
        How many functions were compiled and kept.

    Raises
    ------
    ValueError
        For a dtype or a layout of another name.
    OSError
        If nothing can be kept: there is no folder that can be written.

    Examples
    --------
    >>> import fastgmm
    >>> n = fastgmm.warmup()
    >>> fastgmm.warmup()  # all is there
    0
    """
    for name, given, known in (("dtypes", dtypes, DTYPES), ("layouts", layouts, LAYOUTS)):
        for one in given:
            if one not in known:
                raise ValueError(f"{name} must be some of {', '.join(known)}, got {one!r}")
    before = STORE.n_written
    for dtype in dtypes:
        for layout in layouts:
            _fit_and_predict(_rows(np.dtype(dtype), layout))
            if steps:
                _step_and_score(_rows(np.dtype(dtype), layout, SEVERAL_CHUNKS))
    if STORE.used is None:
        raise OSError(
            "compiled code cannot be kept: there is no folder that can be written; "
            "set NUMBA_CACHE_DIR to one that can"
        )
    return STORE.n_written - before


def _rows(dtype, layout, n=64):
    rows = np.random.default_rng(0).normal(size=(n, 4)).astype(dtype)
    return {"C": rows, "F": np.asfortranarray(rows), "strided": rows[:, ::2]}[layout]


def _fit_and_predict(X):
    # At its second iteration it has converged, and there is nothing to warn of.
    params = {"n_components": 2, "random_state": 0, "tol": 1e300, "verbose": False}
    GaussianMixture(**params).fit(X).predict(X)
    BayesianGaussianMixture(**params).fit(X).predict(X)  # float32 rows, computed with in float64
    # What not all need is compiled by itself: for tied covariances, and for components that are
    # too tight for the expanded form (but not for scores in float32).
    GaussianMixture(covariance_type="tied", **params).fit(X).predict(X)
    source, tight = ArraySource(X), make_mixture([0.5, 0.5], X[:2], [[1e-7]] * 2)
    source.statistics(tight, "spherical")
    source.scores(tight, "spherical", {"labels": np.empty(len(X), np.int64)})


def _step_and_score(X):
    weight = np.ones(len(X))
    for dtype in {np.dtype(np.float64), X.dtype}:
        mixture = make_mixture(
            [0.5, 0.5], X[:2], np.ones((2, X.shape[1])), covariance_type="diag", dtype=dtype
        )
        workspace = make_workspace(mixture, covariance_type="diag")
        score_rows(X, mixture, workspace, np.empty(len(X), np.result_type(X, mixture.means)))
        for sample_weight in (None, weight):
            em_step(X, mixture, workspace, sample_weight)
