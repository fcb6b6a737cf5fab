"""Compile before there is somebody who waits: for container images, and continuous integration."""

import numpy as np

from .model.bayesian import BayesianGaussianMixture
from .model.estimator import GaussianMixture
from .simd.compiled import STORE

DTYPES = ("float64", "float32")
LAYOUTS = ("C", "F", "strided")


def warmup(dtypes=("float64",), layouts=("C", "F")):
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
    if STORE.used is None:
        raise OSError(
            "compiled code cannot be kept: there is no folder that can be written; "
            "set NUMBA_CACHE_DIR to one that can"
        )
    return STORE.n_written - before


def _rows(dtype, layout):
    rows = np.random.default_rng(0).normal(size=(64, 4)).astype(dtype)
    return {"C": rows, "F": np.asfortranarray(rows), "strided": rows[:, ::2]}[layout]


def _fit_and_predict(X):
    # At its second iteration it has converged, and there is nothing to warn of.
    params = {"n_components": 2, "random_state": 0, "tol": 1e300, "verbose": False}
    GaussianMixture(**params).fit(X).predict(X)
    BayesianGaussianMixture(**params).fit(X).predict(X)  # float32 rows, computed with in float64
