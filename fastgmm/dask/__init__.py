"""Gaussian mixtures of rows on a cluster: `GaussianMixture` of Dask's arrays and data frames.

Inside: ``tasks`` (what workers do with a partition), ``scheduler`` (who runs them), ``partitions``
(the rows, and sums over them), ``source`` (what the EM loop needs), ``estimator``.
"""

try:
    import dask.array
    import dask.dataframe  # noqa: F401
    import distributed  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"fastgmm.dask needs dask and distributed ({error}): pip install 'fastgmm[dask]'"
    ) from error

from .estimator import GaussianMixture

__all__ = ["GaussianMixture"]
