"""`SparkRows`: the rows of a DataFrame, packed once in the partitions that they are in."""

import pickle

import numpy as np
from pyspark import StorageLevel
from pyspark.sql import functions as F

from ..parted.rows import MERGED_AT_ONCE, PartedRows, merged_in_tree
from . import tasks
from .columns import cast, is_single

# What is found of more partitions than this is merged by tasks first, in groups of so many.
GROUP = MERGED_AT_ONCE**2
_WEIGHT = "weight"


class SparkRows(PartedRows):
    """Rows of a DataFrame, looked at once: their number, their weights, what is wrong.

    On the way they are packed, a few blocks of bytes for a partition, and kept by Spark, in memory
    or on disk: of later passes none computes the DataFrame again, or converts rows. `close` lets go
    of them.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
    columns : tuple of str
        The features, checked.
    weight : str or None
        The column of weights, checked.

    Attributes
    ----------
    n_rows, n_features, shape, dtype, names, weighted
        As `Rows` have them.

    Raises
    ------
    ValueError
        If a value is null or not finite, or a weight is negative.
    """

    def __init__(self, df, columns, weight=None):
        self._columns, self.weighted = columns, weight is not None
        single = is_single(df, columns)
        kind, dtype = ("float", np.float32) if single else ("double", np.float64)
        chosen = [cast(name, kind, f"x{j}") for j, name in enumerate(columns)]
        if self.weighted:
            chosen.append(cast(weight, "double", _WEIGHT))
        packing = tasks.Packing(columns, self.weighted, np.dtype(dtype))
        self._packed = _kept(df.select(*chosen).mapInArrow(packing, tasks.PACKED))
        try:
            facts = self._packed.where("facts is not null").select("number", "facts").collect()
            facts.sort(key=lambda row: row["number"])
            self._know([pickle.loads(row["facts"]) for row in facts])
        except BaseException:
            self.close()
            raise

    def close(self):
        """Have Spark keep the packed rows no longer."""
        if not _is_connect(self._packed):
            self._packed.unpersist()
        self._packed = None  # which has Connect's server let go of it

    def each(self, table, function, *arguments, own=None):
        """Do what `PartedRows` says, by a task for each partition."""
        places = range(len(self._partitions)) if own is None else own
        found = self._found(table, function, arguments, own, places).collect()
        return [tasks.loaded(row) for row in _in_order(found, len(places))]

    def merged(self, table, function, merge, *arguments):
        """Do what `PartedRows` says, by a task for each partition, and tasks that merge many."""
        n = len(self._partitions)
        found = self._found(table, function, arguments, None, range(n))
        if n > GROUP:
            group = F.floor(F.col("place") / GROUP)
            found = found.repartition(-(-n // GROUP), group)
            found = found.mapInArrow(tasks.Merging(merge, GROUP), tasks.FOUND)
        parts = [tasks.loaded(row) for row in _in_order(found.collect(), n)]
        return merged_in_tree(parts, merge)

    def _found(self, table, function, arguments, own, places):
        """Return the DataFrame of what a function finds in the partitions of some places."""
        of_number = {}
        for i in places:
            partition = self._partitions[i]
            of_number[partition.number] = i, partition, None if own is None else own[i]
        packed = self._packed.where("rows is not null").select("number", "rows", "weights")
        if own is not None:
            packed = packed.where(F.col("number").isin(list(of_number)))
        return packed.mapInArrow(tasks.Pass(table, function, arguments, of_number), tasks.FOUND)


def _is_connect(df):
    """Whether a DataFrame is of Spark Connect."""
    return type(df).__module__.startswith("pyspark.sql.connect")


def _kept(df):
    """Return a DataFrame whose rows Spark keeps.

    Connect analyses a plan anew for each pass, and ``rand()`` without a seed is then another one,
    of which nothing is kept: so the rows have to be put in the plan's place.
    """
    level = StorageLevel.MEMORY_AND_DISK
    return df.localCheckpoint(True, level) if _is_connect(df) else df.persist(level)


def _in_order(found, n_parts):
    """Return rows of `tasks.FOUND` in the order of the partitions; check that all are there."""
    found.sort(key=lambda row: row["place"])
    n_found = sum(row["n_parts"] for row in found)
    if n_found != n_parts:
        raise ValueError(
            f"expected {n_parts} partitions as before, got {n_found}: df was computed anew, as "
            "where executors are lost, and must come out the same; persist it"
        )
    return found
