"""Gaussian mixtures of the rows of a Spark DataFrame: `fit`, and `predict`.

Inside: ``columns`` (which, and of what types), ``tasks`` (what is done in Spark's tasks), ``rows``
(the partitions, and sums over them), ``fitting``, ``predicting``.
"""

try:
    import pyarrow  # noqa: F401
    import pyspark.sql  # noqa: F401
except ImportError as error:
    raise ImportError(
        f"fastgmm.spark needs pyspark and PyArrow ({error}): pip install 'fastgmm[spark]'"
    ) from error

from .fitting import fit
from .predicting import predict

__all__ = ["fit", "predict"]
