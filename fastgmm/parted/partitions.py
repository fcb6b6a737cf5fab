"""What is done with a partition where it is: functions that tasks call, of whatever scheduler.

Each gets the rows of one partition as an `ArraySource`, so that the kernels, and the bits, are
those of an array in memory.
"""

from typing import NamedTuple

import numpy as np

from ..passes.chunked import seed_of_part
from ..passes.some_rows import in_blocks, labels_alike, rows_at_once
from ..passes.sources import ArraySource, outputs_of
from ..passes.statistics import overflow_checked_later
from ..rows.calls import block_reader
from ..rows.table import check_weights


class Facts(NamedTuple):
    """What is known of a partition once it has been looked at.

    ``weight``, ``largest`` and ``n_positive`` are of its weights; ``fault`` says what is wrong.
    """

    n_rows: int
    n_features: int = 0
    names: tuple | None = None
    dtype: np.dtype | None = None
    weight: float = 0.0
    largest: float = 0.0
    n_positive: int = 0
    fault: str | None = None


class Partition(NamedTuple):
    """Which partition it is, its number of rows, and the number of the first one, of all rows."""

    number: int
    n_rows: int
    first: int


class Table(NamedTuple):
    """What the partitions have in common.

    ``columns``: the names of the features, where they are to be chosen. ``dtype`` is computed in,
    ``rows_dtype`` is that of the rows. ``unit``: of weights (see `ArraySource`).
    """

    columns: tuple | None
    dtype: np.dtype
    rows_dtype: np.dtype
    unit: float

    def source(self, X, weights):
        """Return the source of a partition's rows."""
        return ArraySource(X, weights, dtype=self.dtype, unit=self.unit)


def rows_of(block, columns, where, dtype=None):
    """Return the rows of a block, an array (n, D), and the names of its columns or None.

    dtype: float64 or float32; by default float32 where all columns are.
    """
    reader = block_reader(block, where)
    chosen = range(reader.n_columns)
    if columns is not None and reader.names is not None:
        missing = [name for name in columns if name not in reader.names]
        if missing:
            raise ValueError(f"{where}: there is no column {', '.join(missing)}")
        chosen = [reader.names.index(name) for name in columns]
        chosen = range(len(chosen)) if chosen == [*range(reader.n_columns)] else chosen
    dtype = reader.dtype(chosen) if dtype is None else dtype
    whole = getattr(reader, "array", None)
    names = None if reader.names is None else tuple(reader.names[j] for j in chosen)
    if whole is not None and whole.dtype == dtype and len(chosen) == reader.n_columns:
        in_order = isinstance(chosen, range)
        return np.asarray(whole if in_order else whole[:, chosen]), names
    rows = np.empty((reader.n_rows, len(chosen)), dtype)
    for piece in reader.pieces(chosen):
        piece.copy(0, chosen, rows[piece.first : piece.first + len(piece)])
    return rows, names


def name_of(number):
    """Return what messages call a partition."""
    return f"partition {number} of X"


def facts_of(number, X, names, weights):
    """Look at the rows (n, D) of a partition and their weights or None: return its Facts."""
    where = name_of(number)
    if not len(X):
        return Facts(0)
    facts = Facts(*X.shape, names, X.dtype, float(len(X)), 0.0, len(X), fault(X, names, where))
    if weights is None or facts.fault:
        return facts
    weights = weights_of(weights, len(X), where)
    try:
        check_weights(weights, lambda i: (where, i))
    except ValueError as error:
        return facts._replace(fault=str(error))
    return facts._replace(
        weight=ArraySource(X, weights).weight,
        largest=float(weights.max()),
        n_positive=int(np.count_nonzero(weights)),
    )


def fault(X, names, where, start=0):
    """Return what is wrong with the first value that is not finite, or None.

    start: the number of the first of the rows, in the partition.
    """
    for rows in in_blocks(X, rows_at_once(max(1, X.shape[1]))):
        bad = ~np.isfinite(rows)
        if bad.any():
            i, j = np.argwhere(bad)[0].tolist()
            column = f"column {j + 1}" if names is None else f"column {names[j]!r}"
            return (
                f"{where}: row {start + i + 1}, {column}: expected a finite number, got "
                f"{rows[i, j]}; remove the row or fill the value in"
            )
        start += len(rows)
    return None


def weights_of(weights, n, where):
    """Return the weights of a partition of n rows, float64 (n,), or raise ValueError."""
    weights = np.asarray(weights)
    if weights.shape not in ((n,), (n, 1)):
        raise ValueError(
            f"{where}: expected sample_weight of the same partitions, {n} rows, got shape "
            f"{weights.shape}"
        )
    return np.ascontiguousarray(weights.reshape(n), np.float64)


def check_same_rows(partition, n):
    """Raise ValueError where a partition has another number of rows than it had."""
    if n != partition.n_rows:
        raise ValueError(
            f"{name_of(partition.number)}: expected {partition.n_rows} rows as before, got {n}: it "
            "is computed anew in each pass and must come out the same; persist X"
        )


def sums(source, partition, own, plan, mode, seed):
    """Return the sums of a pass, in the frame of `plan`."""
    plan = writable(plan)
    return source.add_up(plan, mode, seed_of_part(seed, partition.first * len(plan.shift)))


def writable(plan):
    """Return a plan with arrays that can be written to, as compiled code takes them."""
    found = {}
    for name, value in plan._asdict().items():
        if isinstance(value, np.ndarray):
            found[name] = np.require(value, requirements="W")
        elif isinstance(value, tuple):
            found[name] = writable(value)
    return plan._replace(**found)


def added(parts):
    """Return the sums of several partitions, in their order."""
    total = [array.copy() for array in parts[0]]
    with overflow_checked_later():
        for part in parts[1:]:
            for array, more in zip(total, part, strict=True):
                array += more
    return total


def alike(source, partition, own, covariance_type, mixtures):
    """Whether no row changes its most likely component from one mixture to another."""
    parts = source.parts(rows_at_once(source.n_features))
    return labels_alike(parts, covariance_type, mixtures)


def worst(source, partition, own, mixture, covariance_type, n):
    """Return up to n distinct rows that a mixture explains worst."""
    return source.worst_rows(mixture, covariance_type, n)


def worst_of(dtype, how, parts):
    """Return the worst of the worst rows of several partitions."""
    return ArraySource(np.concatenate(parts), dtype=dtype).worst_rows(*how)


def scored(source, partition, own, mixture, covariance_type, names):
    """Return the outputs `names` (see `outputs_of`) of all rows."""
    found = outputs_of(source.n_rows, mixture, source.dtype, names)
    source.scores(mixture, covariance_type, found)
    return found


def total(source, partition, own, function, mixture, moments):
    """Return what a function of `model.totals` finds."""
    return function(source, mixture, moments)


def taken(source, partition, index):
    """Return some rows, and their weights or None."""
    weights = source.sample_weight[index] if source.sample_weight.size else None
    return source.X[index], weights


def of_positive_weight(source, partition, ranks):
    """Return the numbers of rows, of all rows, given their ranks among those of weight > 0."""
    return partition.first + np.flatnonzero(source.sample_weight)[ranks]
