"""What tasks of Dask's do with a partition where it is: `parted.partitions`, in their threads."""

import threading
from contextlib import contextmanager

import distributed
import numpy as np
from dask.system import CPU_COUNT

from ..parted import partitions
from ..parted.partitions import Facts, check_same_rows, name_of, rows_of, weights_of
from ..passes.threads import at_most, get_num_threads, single_threaded_blas

WEIGHT = "fastgmm-sample-weight"  # the column of weights, where they were put beside the features


class Shared:
    """What the tasks of a pass have in common: it is sent to each worker once.

    n_at_once: the partitions that a worker has, on average, rounded up.
    """

    def __init__(self, table, function, arguments, n_at_once):
        self.table, self.function, self.arguments = table, function, arguments
        self.n_at_once = n_at_once


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
        block, own = _parted(block, weights)
        X, names = rows_of(block, columns, where)
        return partitions.facts_of(number, X, names, own)
    except ValueError as error:  # of several partitions the first one is to be told of
        return Facts(n, fault=str(error))


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


def on_partition(partition, own, block, weights, shared):
    """Do what all tasks of a pass do, ``shared.function``, with one partition and its `own`."""
    table, where = shared.table, name_of(partition.number)
    check_same_rows(partition, len(block))
    block, weights = _parted(block, weights)
    X, _ = rows_of(block, table.columns, where, table.rows_dtype)
    if weights is not None:
        weights = weights_of(weights, len(X), where)
    with share_of_worker(shared.n_at_once):
        source = table.source(X, weights)
        return shared.function(source, partition, own, *shared.arguments)


def worst_of(dtype, how, parts):
    """Return the worst of the worst rows of several partitions, which a task merges."""
    with share_of_worker(1):
        return partitions.worst_of(dtype, how, parts)
