"""`DaskRows`: the rows of a collection of Dask's, by partitions that stay where they are."""

from functools import partial

import dask.array as da
import dask.dataframe as dd
import distributed
import numpy as np
from dask._task_spec import List, Task, TaskRef
from dask.delayed import Delayed

from ..parted.rows import MERGED_AT_ONCE, PartedRows
from .scheduler import new_name
from .tasks import WEIGHT, Shared, facts_of, on_partition, put_beside


def on_cluster(X):
    """Whether X is a collection of Dask's, or a list of delayed blocks or futures."""
    if isinstance(X, (list, tuple)):
        return len(X) > 0 and all(isinstance(x, (Delayed, distributed.Future)) for x in X)
    return hasattr(X, "__dask_graph__")


def blocks_of(X, what="X"):
    """Return the partitions of X as a list of Delayed or Future, each of whole rows."""
    if isinstance(X, (list, tuple)):
        return list(X)
    if isinstance(X, da.Array):
        if X.ndim == 2 and X.numblocks[1] > 1:
            X = X.rechunk({1: -1})
        if X.ndim in ((2,) if what == "X" else (1, 2)):
            return X.to_delayed().ravel().tolist()
        raise ValueError(
            f"{what}: expected a 2-D array (n_samples, n_features), got shape {X.shape}"
        )
    if isinstance(X, dd.DataFrame) or (what != "X" and isinstance(X, dd.Series)):
        return X.to_delayed()
    raise TypeError(
        f"{what} must be a dask array, a dask data frame or a list of delayed blocks, got a "
        f"{type(X).__name__}"
    )


def _weight_blocks(sample_weight, X):
    """Return the partitions of the weights, which are those of X."""
    if not on_cluster(sample_weight):
        raise TypeError(
            "sample_weight must be a collection of Dask's as X is, of the same partitions, got a "
            f"{type(sample_weight).__name__}: see dask.array.from_array"
        )
    if isinstance(sample_weight, da.Array) and isinstance(X, da.Array):
        rows, own = X.chunks[0], sample_weight.chunks[0]
        if sum(rows) == sum(own) and rows != own:  # never of unknown sizes, which are NaN
            sample_weight = sample_weight.rechunk({0: rows})
    return blocks_of(sample_weight, "sample_weight")


def _with_weights(X, sample_weight):
    """Return a data frame with its weights as one more column, partition by partition.

    Of files Dask may read several as one partition, by the columns that are asked for: so both are
    asked for at once. Nothing is aligned by the index, which would move rows.
    """
    if X.npartitions != sample_weight.npartitions:
        raise ValueError(
            f"sample_weight must have the partitions of X, {X.npartitions}, got "
            f"{sample_weight.npartitions}"
        )
    meta = X._meta.assign(**{WEIGHT: np.empty(0)})
    return X.map_partitions(put_beside, sample_weight, meta=meta, align_dataframes=False)


class DaskRows(PartedRows):
    """Rows of a collection of Dask's, looked at once: their number, their weights, what is wrong.

    Parameters
    ----------
    X : dask array or data frame, or list of Delayed or Future
    sample_weight : of the same partitions, or None
    scheduler : Scheduler
    columns : sequence of str, optional
        The features, of data frames.

    Attributes
    ----------
    n_rows, n_features, shape, dtype, names, weighted
        As `Rows` have them.

    Raises
    ------
    ValueError
        If a value is not finite, a weight is negative, or the partitions do not fit together.
    """

    def __init__(self, X, sample_weight, scheduler, columns=None):
        self.scheduler, self._columns = scheduler, None if columns is None else tuple(columns)
        self.weighted = sample_weight is not None
        self._kept = X, sample_weight  # what is persisted stays as long as this does
        self._graph = {}
        column = None
        if isinstance(X, dd.DataFrame) and isinstance(sample_weight, dd.Series):
            X, column = _with_weights(X, sample_weight), WEIGHT
        self._blocks = [self._add(block) for block in blocks_of(X)]
        self._weights = [column] * len(self._blocks)
        if self.weighted and column is None:
            self._weights = [self._add(block) for block in _weight_blocks(sample_weight, X)]
            if len(self._weights) != len(self._blocks):
                raise ValueError(
                    f"sample_weight must have the partitions of X, {len(self._blocks)}, got "
                    f"{len(self._weights)}"
                )
        self._know(self.scheduler.run(self._looking))
        self._n_at_once = -(-len(self._partitions) // self.scheduler.n_workers())

    def _add(self, block):
        """Add what computes a block to the graph, once, and return a reference to it.

        What is persisted is no part of the graph: the scheduler knows it by its key.
        """
        if isinstance(block, distributed.Future):
            self._graph[block.key] = block
            return TaskRef(block.key)
        key = block.__dask_keys__()[0]
        if key not in self._graph:
            self._graph.update(block.__dask_graph__())
        return TaskRef(key)

    def _looking(self, _):
        name, graph = new_name("facts"), dict(self._graph)
        for i, (block, weights) in enumerate(zip(self._blocks, self._weights, strict=True)):
            key = name, i
            graph[key] = Task(key, partial(facts_of, i, self._columns), block, weights)
        return graph, [(name, i) for i in range(len(self._blocks))]

    def each(self, table, function, *arguments, own=None):
        """Do what `PartedRows` says, by a task for each partition."""
        build = partial(self._tasks, function.__name__, own)
        return self.scheduler.run(build, self._shared(table, function, arguments))

    def merged(self, table, function, merge, *arguments):
        """Do what `PartedRows` says, by a task for each partition and each merge."""

        def build(reference):
            graph, keys = self._tasks(function.__name__, None, reference)
            while len(keys) > 1:
                name = new_name("merge")
                groups = [keys[i : i + MERGED_AT_ONCE] for i in range(0, len(keys), MERGED_AT_ONCE)]
                keys = [(name, i) for i in range(len(groups))]
                for key, group in zip(keys, groups, strict=True):
                    graph[key] = Task(key, merge, List(*map(TaskRef, group)))
            return graph, keys

        return self.scheduler.run(build, self._shared(table, function, arguments))[0]

    def _shared(self, table, function, arguments):
        return Shared(table, function, arguments, self._n_at_once)

    def _tasks(self, what, own, reference):
        """Return a graph with one task for each partition, or each in `own`; and their keys."""
        name, graph = new_name(what), dict(self._graph)
        places = range(len(self._partitions)) if own is None else own
        for i in places:
            partition, of_one = self._partitions[i], None if own is None else own[i]
            block, weights = self._blocks[partition.number], self._weights[partition.number]
            task, key = partial(on_partition, partition, of_one), (name, i)
            graph[key] = Task(key, task, block, weights, reference)
        return graph, [(name, i) for i in places]
