"""What is done with a partition where it is: functions that tasks of Dask's call.

Each gets the rows of one partition as an `ArraySource`, so that the kernels, and the bits, are
those of an array in memory.
"""

import threading
from contextlib import contextmanager
from typing import NamedTuple

import distributed
import numpy as np
from dask.system import CPU_COUNT

from ..passes.chunked import seed_of_part
from ..passes.some_rows import in_blocks, labels_alike, rows_at_once
from ..passes.sources import ArraySource, outputs_of
from ..passes.statistics import overflow_checked_later
from ..passes.threads import at_most, get_num_threads, single_threaded_blas
from ..rows.calls import block_reader

WEIGHT = "fastgmm-sample-weight"  # the column of weights, where they were put beside the features


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
    ``rows_dtype`` is that of the rows. ``unit``: of weights (see `ArraySource`). ``n_at_once``: the
    partitions that a worker has, on average, rounded up.
    """

    columns: tuple | None
    dtype: np.dtype
    rows_dtype: np.dtype
    unit: float
    n_at_once: int


class Shared:
    """What the tasks of a pass have in common: it is sent to each worker once."""

    def __init__(self, table, function, arguments):
        self.table, self.function, self.arguments = table, function, arguments


class _ThreadsInUse:
    """How many threads the tasks in this process use."""

    def __init__(self):
        self.lock, self.n = threading.Lock(), 0

    def take(self, n_at_once):
        """Return how many threads a task may use of a worker's, beside n_at_once - 1 others.

        A worker has as many threads as it runs tasks at once; a task gets its share of those that
        nobody uses. So it has one, where there are as many partitions as threads of all workers,
        and more, where there are fewer. ``n_at_once`` is what is expected of this worker: should it
        get more partitions, those have one thread each.
        """
        try:
            total = n_tasks = distributed.get_worker().state.nthreads
        except ValueError:  # no worker's thread, but one of this process's
            total, n_tasks = get_num_threads(), CPU_COUNT
        with self.lock:
            share = total // max(1, min(n_tasks, n_at_once))
            n = max(1, min(share, total - self.n))
            self.n += n
        return n

    def give_back(self, n):
        with self.lock:
            self.n -= n


_in_use = _ThreadsInUse()


@contextmanager
def share_of_worker(n_at_once):
    """Hold what is computed within to its share of threads (see `take`), and BLAS to one."""
    n = _in_use.take(n_at_once)
    try:
        with at_most(n), single_threaded_blas():
            yield
    finally:
        _in_use.give_back(n)


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


def facts_of(number, columns, block, weights):
    """Look at a partition: return its Facts."""
    where = name_of(number)
    try:
        n = len(block)
    except TypeError:  # a sparse matrix, say
        got = f"expected an array, a data frame or a table, got a {type(block).__name__}"
        return Facts(1, fault=f"{where}: {got}")
    if n == 0:
        return Facts(0)
    try:
        return _facts_of(where, columns, block, weights)
    except ValueError as error:  # of several partitions the first one is to be told of
        return Facts(n, fault=str(error))


def _facts_of(where, columns, block, weights):
    block, weights = _parted(block, weights)
    X, names = rows_of(block, columns, where)
    facts = Facts(*X.shape, names, X.dtype, float(len(X)), 0.0, len(X), fault(X, names, where))
    if weights is None or facts.fault:
        return facts
    weights = weights_of(weights, len(X), where)
    bad = ~((weights >= 0.0) & (weights < np.inf))
    if bad.any():
        i = int(bad.argmax())
        got = f"expected a finite non-negative weight, got {weights[i]}"
        return facts._replace(fault=f"{where}: row {i + 1}: {got}")
    return facts._replace(
        weight=ArraySource(X, weights).weight,
        largest=float(weights.max()),
        n_positive=int(np.count_nonzero(weights)),
    )


def put_beside(block, weights):
    """Return a data frame with weights as one more column, whatever its index."""
    if len(weights) != len(block):
        raise ValueError(
            f"expected sample_weight of the same partitions as X, {len(block)} rows, got "
            f"{len(weights)}"
        )
    return block.assign(**{WEIGHT: np.asarray(weights)})


def _parted(block, weights):
    """Return a block and its weights, which may be one of its columns."""
    if isinstance(weights, str):
        return block.drop(columns=weights), block[weights]
    return block, weights


def fault(X, names, where):
    """Return what is wrong with the first value that is not finite, or None."""
    start = 0
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


def on_partition(partition, own, block, weights, shared):
    """Do what all tasks of a pass do, ``shared.function``, with one partition and its `own`."""
    table, where = shared.table, name_of(partition.number)
    if len(block) != partition.n_rows:
        raise ValueError(
            f"{where}: expected {partition.n_rows} rows as before, got {len(block)}: it is "
            "computed anew in each pass and must come out the same; persist X"
        )
    block, weights = _parted(block, weights)
    X, _ = rows_of(block, table.columns, where, table.rows_dtype)
    if weights is not None:
        weights = weights_of(weights, len(X), where)
    with share_of_worker(table.n_at_once):
        source = ArraySource(X, weights, dtype=table.dtype, unit=table.unit)
        return shared.function(source, partition, own, *shared.arguments)


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
    with share_of_worker(1):
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
