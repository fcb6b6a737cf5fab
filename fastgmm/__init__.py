"""Gaussian mixtures by EM, fast and in constant memory, with scikit-learn's contract.

Inside, in the order in which they stand on each other: ``simd`` (arithmetic on panels of rows),
``covariances`` (types, factors, what is singular), ``passes`` (over the rows: sources, threads,
kernels), ``em`` (start, M-step, loop), ``model`` (the estimators), ``steps`` (its E- and M-step for
people's own loops), ``gradient`` (fits by gradient, and standard errors: it alone imports fastad),
``dask`` (rows on a cluster: it alone imports dask).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from . import simd  # noqa: F401  (first: it hashes the source that is imported next)
from ._version import __version__
from .density import log_density, log_joint, responsibilities, sample, sample_into
from .em.loop import EMState
from .em.prior import Prior, default_prior
from .mixture import Mixture, make_mixture, with_
from .model.bayesian import BayesianGaussianMixture
from .model.estimator import GaussianMixture
from .model.fitting import DegenerateComponentWarning
from .model.persistence import ModelFileError
from .operations import (
    affine,
    bhattacharyya,
    condition_mean,
    conditional,
    kl_divergence,
    make_regression,
    marginal,
    merge,
    moment_match,
    prune,
    score,
)
from .passes.threads import get_num_threads, set_num_threads
from .rows import Rows, open_rows
from .selection import Selection, select
from .steps import add_statistics, e_step, em_step, m_step, make_workspace, score_rows
from .warm import warmup

__all__ = [
    "BayesianGaussianMixture",
    "DegenerateComponentWarning",
    "EMState",
    "GaussianMixture",
    "Mixture",
    "ModelFileError",
    "Prior",
    "Rows",
    "Selection",
    "__version__",
    "add_statistics",
    "affine",
    "bhattacharyya",
    "condition_mean",
    "conditional",
    "default_prior",
    "e_step",
    "em_step",
    "get_num_threads",
    "kl_divergence",
    "log_density",
    "log_joint",
    "m_step",
    "make_mixture",
    "make_regression",
    "make_workspace",
    "marginal",
    "merge",
    "moment_match",
    "open_rows",
    "prune",
    "responsibilities",
    "sample",
    "sample_into",
    "score",
    "score_rows",
    "select",
    "set_num_threads",
    "warmup",
    "with_",
]

# Imported when first asked for, so that `import fastgmm` is all that `fastgmm.plotting` needs.
_SUBMODULES = ("dask", "datasets", "files", "gradient", "onnx", "plotting", "spark")


if TYPE_CHECKING:
    from . import dask, datasets, files, gradient, onnx, plotting, spark  # noqa: F401
else:

    def __getattr__(name):
        if name in _SUBMODULES:
            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_SUBMODULES})
