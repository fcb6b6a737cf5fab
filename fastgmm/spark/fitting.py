"""`fit`: the local class, with another source of rows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, NamedTuple, Unpack

from ..model import data
from ..model import estimator as local
from ..parted.source import PartedSource
from .columns import check_frame, check_number, checked_names
from .rows import SparkRows

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from ..model.keywords import Parameters


def fit(
    df: DataFrame,
    columns: Sequence[str],
    *,
    n_components: int,
    weight: str | None = None,
    **parameters: Unpack[Parameters],
) -> local.GaussianMixture:
    """Fit a Gaussian mixture to columns of a Spark DataFrame, where its rows are.

    Each pass over the rows is one task a partition. They send back sums, whose size does not grow
    with the rows; a fit also takes a bounded sample for its start. The result is bitwise the same
    for any number of executors and cores: it depends on the partitions alone.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Of a classic session, or of Spark Connect from version 4.0 on.
    columns : list of str
        The features: columns of numbers or booleans. They are computed with in float64, or, where
        all are of Spark's type float, in float32.
    n_components : int
    weight : str, default=None
        A column of non-negative weights. An integer weight is the same as repeating the row.
    **parameters
        All others of `fastgmm.GaussianMixture`.

    Returns
    -------
    fastgmm.GaussianMixture
        Fitted; ``feature_names_in_`` are `columns`.

    Raises
    ------
    TypeError
        `df` is no DataFrame, `columns` no list of names, or there is no such parameter.
    ValueError
        A parameter or a column is not as described, or a value is null or not finite; the message
        names the partition, the row in it, and the column.

    Warns
    -----
    DegenerateComponentWarning, ConvergenceWarning
        As `fastgmm.GaussianMixture.fit` does.

    Notes
    -----
    `df` is computed once. Its columns are packed, 8 bytes a value (4 of float), and Spark keeps
    them in memory, or on disk where that is full, until the fit ends; they count as persisted.
    Rows of a partition are in one Python process at a time, and must fit there twice.

    Which rows are in which partition, in which order, is up to Spark: of files it depends on the
    number of cores (``spark.sql.files.minPartitionNum`` sets it), and after a shuffle rows arrive
    in any order. ``df = df.repartition(n).persist()`` is the same for two fits. Where executors
    are lost, Spark computes their partitions again: of a `df` whose rows come in another order then
    the last bits of a fit may differ, and another number of rows is an error. With Connect a lost
    executor ends the fit.

    Tasks have ``spark.task.cpus`` threads. Executors need fastgmm; each Python worker loads
    compiled code from disk, or compiles it, 5 s, where nothing can be written.

    Examples
    --------
    >>> from fastgmm.spark import fit, predict  # doctest: +SKIP
    >>> df = spark.read.parquet("measurements").persist()  # doctest: +SKIP
    >>> model = fit(df, ["x", "y"], n_components=8, random_state=0)  # doctest: +SKIP
    >>> predict(model, df).groupBy("component").count().show()  # doctest: +SKIP
    """
    model = local.GaussianMixture(n_components, **parameters)
    fitting = _Fitting(**model.get_params(deep=False))
    with ExitStack() as stack:
        wanted = _Wanted(df, columns, weight, stack)
        fitting._fit(wanted, None)  # whose warnings are of who calls this
    params = model.get_params(deep=False)
    vars(model).update({n: value for n, value in vars(fitting).items() if n not in params})
    return model


class _Wanted(NamedTuple):
    """Rows that are asked for, and the stack that lets go of them."""

    df: object
    columns: object
    weight: object
    stack: ExitStack


class _Fitting(local.GaussianMixture):
    """The estimator while it is fitted to rows of Spark's."""

    def _checked_rows(self, X, sample_weight, *, reset, at_least=1, allow_missing=False):
        if allow_missing:
            raise ValueError('missing="allow" is for rows in memory, not for those of Spark')
        if self.algorithm != "em":
            raise ValueError('algorithm="minibatch" is for rows in memory or in files')
        check_frame(X.df)
        names = checked_names(X.df, X.columns)
        if X.weight is not None:
            if not isinstance(X.weight, str):
                raise TypeError(f"weight must be the name of a column or None, got {X.weight!r}")
            check_number(X.df, X.weight)
        rows = X.stack.enter_context(closing(SparkRows(X.df, names, X.weight)))
        data.check_table(self, rows, reset=reset, at_least=at_least)
        return rows, None

    def _source_of(self, X, sample_weight=None, labels=None, dtype=None, allow=None):
        if isinstance(X, SparkRows):
            return PartedSource(X, dtype=dtype)
        return super()._source_of(X, sample_weight, labels, dtype, allow)
