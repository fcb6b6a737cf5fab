"""What is done in Spark's tasks: functions of `mapInArrow`, from record batches to record batches.

They are pickled with all that they need, for each pass anew, and know nothing of a session.
"""

import pickle
from contextlib import contextmanager
from uuid import uuid4

import numpy as np
import pyarrow as pa
from pyspark import TaskContext

from ..parted.partitions import check_same_rows, facts_of, fault, name_of
from ..parted.rows import merged_in_tree
from ..passes.threads import at_most, single_threaded_blas

BLOCK_BYTES = 2**21  # of rows that are packed together: Spark keeps what is cached in 4 MiB
MOST_BYTES = 2**31 - 2**24  # of the rows of a partition, which Spark sends as one Arrow array

# Of a partition: a row with its facts, and then its rows in blocks.
PACKED = "number int, facts binary, rows binary, weights binary"
_PACKED = pa.schema(
    [("number", pa.int32()), *((name, pa.binary()) for name in ("facts", "rows", "weights"))]
)
# Of a partition, or of several from the first one on: what was found, pickled, or what is wrong.
FOUND = "place int, n_parts int, found binary, fault string"
_FOUND = pa.schema(
    [("place", pa.int32()), ("n_parts", pa.int32()), ("found", pa.binary()), ("fault", pa.string())]
)


@contextmanager
def share_of_task():
    """Hold what is computed within to the threads of a task, ``spark.task.cpus``, and BLAS to one.

    One, where this is no task.
    """
    context = TaskContext.get()
    with at_most(1 if context is None else max(1, context.cpus())), single_threaded_blas():
        yield


def matrix(batch, positions, dtype):
    """Return columns of a record batch, nulls as NaN: an array (n, D)."""
    rows = np.empty((batch.num_rows, len(positions)), dtype)
    wanted = pa.from_numpy_dtype(dtype)
    with np.errstate(over="ignore"):
        for j, position in enumerate(positions):
            cells = batch.column(position)
            cells = cells if cells.type == wanted else cells.cast(wanted, safe=False)
            rows[:, j] = cells.to_numpy(zero_copy_only=False)
    return rows


class Packing:
    """Packs the rows of a partition, features and then weights, and says what there is to know.

    Parameters
    ----------
    names : tuple of str
        The features.
    weighted : bool
    dtype : numpy.dtype
        Of the rows.
    """

    def __init__(self, names, weighted, dtype):
        self.names, self.weighted, self.dtype = names, weighted, dtype
        self.token = uuid4().hex  # else Spark keeps what two fits pack as one, until the first ends

    def __call__(self, batches):
        """Yield record batches of `PACKED`."""
        number, d, rows, weights = TaskContext.get().partitionId(), len(self.names), [], []
        for batch in batches:
            rows.append(matrix(batch, range(d), self.dtype))
            if self.weighted:
                weights.append(matrix(batch, [d], np.dtype(np.float64)).ravel())
        X = np.concatenate(rows) if rows else np.empty((0, d), self.dtype)
        rows.clear()
        weights = np.concatenate(weights) if weights else None
        facts = facts_of(number, X, self.names, weights)
        if X.nbytes > MOST_BYTES:
            size = f"{X.nbytes / 2**30:.1f} GiB of rows, more than Spark sends at once"
            facts = facts._replace(fault=f"{name_of(number)}: {size}; repartition df")
        yield _batch(_PACKED, number, pickle.dumps(facts, protocol=5), None, None)
        if facts.fault:
            return
        n = max(1, BLOCK_BYTES // (d * self.dtype.itemsize))
        for start in range(0, len(X), n):
            own = None if weights is None else weights[start : start + n].tobytes()
            yield _batch(_PACKED, number, None, X[start : start + n].tobytes(), own)


class Pass:
    """Does what all tasks of a pass do with a partition.

    Parameters
    ----------
    table : Table
    function, arguments : callable, tuple
        See `PartedRows.each`.
    places : dict
        By the number of a partition its place, its `Partition` and its `own`.
    """

    def __init__(self, table, function, arguments, places):
        self.table, self.function, self.arguments = table, function, arguments
        self.places = places

    def __call__(self, batches):
        """Yield record batches of `FOUND`, of ``number, rows, weights`` of `PACKED`."""
        with share_of_task():
            for number, blocks in _by_number(batches):
                place, partition, own = self.places[number]
                yield _found(place, 1, lambda b=blocks, p=partition, o=own: self._done(p, o, b))

    def _done(self, partition, own, blocks):
        rows = np.concatenate([np.frombuffer(X, self.table.rows_dtype) for X, _ in blocks])
        weights = None
        if blocks[0][1] is not None:
            weights = np.concatenate([np.frombuffer(w) for _, w in blocks])
        blocks.clear()
        check_same_rows(partition, len(rows) // len(self.table.columns))
        source = self.table.source(rows.reshape(partition.n_rows, -1), weights)
        return self.function(source, partition, own, *self.arguments)


class Merging:
    """Merges what was found of so many partitions in a row, as `merged_in_tree` does."""

    def __init__(self, merge, n):
        self.merge, self.n = merge, n

    def __call__(self, batches):
        """Yield record batches of `FOUND`, of such in any order."""
        groups = {}
        for batch in batches:
            for row in batch.to_pylist():
                groups.setdefault(row["place"] // self.n, []).append(row)
        with share_of_task():
            for group in groups.values():
                group.sort(key=lambda row: row["place"])
                n_parts = sum(row["n_parts"] for row in group)
                yield _found(group[0]["place"], n_parts, lambda g=group: self._merged(g))

    def _merged(self, group):
        return merged_in_tree([loaded(row) for row in group], self.merge)


class Prediction:
    """Adds a column to record batches: what a model's method says of their rows.

    Parameters
    ----------
    model : fastgmm.GaussianMixture
        Fitted, without names of features.
    method, what : str
        The method, and the name of the column.
    names, positions : tuple of str, tuple of int
        The features, and their places among the columns.
    dtype : numpy.dtype
        Of the rows.
    """

    def __init__(self, model, method, what, names, positions, dtype):
        self.model, self.method, self.what = model, method, what
        self.names, self.positions, self.dtype = names, positions, dtype

    def __call__(self, batches):
        """Yield the record batches with one column more, or raise ValueError."""
        where, first = name_of(TaskContext.get().partitionId()), 0
        for batch in batches:
            if batch.num_rows:
                X = matrix(batch, self.positions, self.dtype)
                wrong = None if self.model._allows_missing() else fault(X, self.names, where, first)
                if wrong:
                    raise ValueError(wrong)
                first += len(X)
                with share_of_task():
                    found = getattr(self.model, self.method)(X)
                columns = [*batch.columns, _cells(found)]
                yield pa.RecordBatch.from_arrays(columns, names=[*batch.schema.names, self.what])


def loaded(row):
    """Return what was found of a partition, given its row of `FOUND`; or raise ValueError."""
    if row["fault"] is not None:
        raise ValueError(row["fault"])
    return pickle.loads(row["found"])


def _by_number(batches):
    """Yield the number of a partition and its blocks of rows and weights, one after the other."""
    number, blocks = None, []
    for batch in batches:
        numbers = batch.column(0).to_pylist()
        for i, own in enumerate(numbers):
            if own != number and blocks:
                yield number, blocks
                blocks = []
            number = own
            blocks.append((batch.column(1)[i].as_buffer(), batch.column(2)[i].as_buffer()))
    if blocks:
        yield number, blocks


def _found(place, n_parts, do):
    """Return a record batch of `FOUND`, of what a function returns or raises."""
    try:
        return _batch(_FOUND, place, n_parts, pickle.dumps(do(), protocol=5), None)
    except ValueError as error:  # of several partitions the first one is to be told of
        return _batch(_FOUND, place, n_parts, None, str(error))


def _batch(schema, *cells):
    """Return a record batch of one row."""
    arrays = [pa.array([cell], kind) for cell, kind in zip(cells, schema.types, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _cells(found):
    """Return an array (n,) or (n, K) as a column: integers, or (lists of) float64."""
    if found.dtype.kind == "i":
        return pa.array(found, pa.int64())
    values = pa.array(found.astype(np.float64, copy=False).ravel())
    if found.ndim == 1:
        return values
    ends = np.arange(len(found) + 1, dtype=np.int32) * found.shape[1]
    return pa.ListArray.from_arrays(pa.array(ends), values)
