"""`PartedRows`: rows by partitions that stay where they are, and what is known of them here."""

import math

import numpy as np

from ..model.checks import check_largest_weight
from .partitions import Facts, Partition, Table, of_positive_weight, taken

# So many results are merged together, and so are the results of that.
MERGED_AT_ONCE = 8


class PartedRows:
    """Rows that have been looked at once: their number, their weights, what is wrong.

    One of a scheduler's has ``weighted``, calls `_know`, and has `each` and `merged`.

    Attributes
    ----------
    n_rows, n_features, shape, dtype, names, weighted
        As `Rows` have them.
    """

    _columns = None

    def each(self, table, function, *arguments, own=None):
        """Return ``function(source, partition, own[i], *arguments)`` of each partition, in order.

        own: dict, by the place of a partition; then of those in it alone.
        """
        raise NotImplementedError

    def merged(self, table, function, merge, *arguments):
        """Return what `merge`, of lists of results, makes of those of `each`: in fixed order.

        In a tree that depends on the number of partitions alone.
        """
        raise NotImplementedError

    def _know(self, facts):
        """Take down the Facts of all partitions, of which the empty ones are left out.

        Raises
        ------
        ValueError
            If a partition has a fault, or they do not fit together.
        """
        for of_one in facts:
            if of_one.fault:
                raise ValueError(of_one.fault)
        some = [i for i, of_one in enumerate(facts) if of_one.n_rows]
        first = facts[some[0]] if some else Facts(0)
        for i in some:
            if not facts[i].n_features:
                raise ValueError(f"partition {i} of X has no columns")
            if facts[i][1:3] != first[1:3]:
                raise ValueError(
                    f"partition {i} of X: expected columns as in partition {some[0]}, "
                    f"{_described(first)}, got {_described(facts[i])}"
                )
        self._n_blocks = len(facts)
        facts = [facts[i] for i in some]
        self._ends = np.cumsum([of_one.n_rows for of_one in facts], dtype=np.int64)
        self._positive = np.cumsum([of_one.n_positive for of_one in facts], dtype=np.int64)
        starts = [0, *self._ends.tolist()]
        self._partitions = [
            Partition(i, of_one.n_rows, start)
            for i, of_one, start in zip(some, facts, starts, strict=False)
        ]
        self.n_rows, self.n_features, self.names = starts[-1], first.n_features, first.names
        self.dtype = np.result_type(*(of_one.dtype for of_one in facts)) if facts else np.float64
        largest = max((of_one.largest for of_one in facts), default=0.0)
        if self.weighted and facts:
            check_largest_weight(largest)
        weight = math.fsum(of_one.weight for of_one in facts)
        self._facts = weight, largest, sum(of_one.n_positive for of_one in facts)

    @property
    def shape(self):
        return self.n_rows, self.n_features

    def __len__(self):
        return self.n_rows

    def __repr__(self):
        about = f"{self._n_blocks} partitions: {self.n_rows:,} rows, {self.n_features} features"
        return f"{type(self).__name__}({about})"

    def weight_facts(self):
        """Return the sum, the largest and the number of positive weights."""
        return self._facts

    def table(self, dtype, unit=1.0):
        """Return the Table of the partitions, computing in `dtype`, for `each` and `merged`."""
        return Table(self._columns, np.dtype(dtype), self.dtype, unit)

    def take(self, index):
        """Return the rows `index` (increasing), an array (n, D), and their weights or None."""
        own = split(index, self._ends)
        found = self.each(self.table(self.dtype), taken, own=own)
        X, weights = zip(*found, strict=True)
        return np.concatenate(X), np.concatenate(weights) if self.weighted else None

    def of_positive_weight(self, ranks):
        """Return the numbers of rows, given their ranks (increasing) among those of weight > 0."""
        own = split(ranks, self._positive)
        return np.concatenate(self.each(self.table(self.dtype), of_positive_weight, own=own))


def merged_in_tree(parts, merge):
    """Return what `merge` makes of a list of results, so many at once, level by level."""
    while len(parts) > 1:
        starts = range(0, len(parts), MERGED_AT_ONCE)
        parts = [merge(parts[i : i + MERGED_AT_ONCE]) for i in starts]
    return parts[0]


def split(index, ends):
    """Return the parts of `index` (increasing) that are below each of `ends`, from the one before.

    As a dict, by the place of the end, of those that are not empty.
    """
    starts, bounds = np.concatenate([[0], ends[:-1]]), np.searchsorted(index, ends)
    parts = np.split(index, bounds[:-1])
    return {i: part - starts[i] for i, part in enumerate(parts) if len(part)}


def _described(facts):
    return ", ".join(facts.names) if facts.names else f"{facts.n_features} without names"
