"""`PartedSource`: what the EM loop needs of rows that lie on a cluster."""

from functools import partial

from ..passes.streams.source import StreamedSource
from . import partitions


class PartedSource(StreamedSource):
    """Rows of `PartedRows`, of which sums, a bounded sample and the worst ones leave the workers.

    A pass is planned here, once, so that all partitions are summed in one frame, and sums add up
    without a loss: those of an `ArraySource` of each partition, in the order of a tree.

    Parameters
    ----------
    rows : PartedRows
    sample_weight, labels : None
        Weights are of `rows`.
    dtype, kept
        As of `StreamedSource`.
    """

    _worst_of = staticmethod(partitions.worst_of)

    @property
    def _table(self):
        return self.rows.table(self.dtype, self._unit)

    def add_up(self, plan, mode, seed):
        """Return the sums of all rows, in the frame of `plan`: see `ChunkedSource.add_up`."""
        return self.rows.merged(self._table, partitions.sums, partitions.added, plan, mode, seed)

    def _of_positive_weight(self, ranks):
        return self.rows.of_positive_weight(ranks)

    def labels_alike(self, covariance_type, mixtures):
        """Whether no row changes its most likely component from one mixture to another."""
        return self.rows.merged(self._table, partitions.alike, all, covariance_type, mixtures)

    def worst_rows(self, mixture, covariance_type, n):
        """Return up to `n` distinct rows of positive weight that `mixture` explains worst."""
        how = mixture, covariance_type, n
        merge = partial(self._worst_of, self.dtype, how)
        return self.rows.merged(self._table, partitions.worst, merge, *how)

    def scored(self, mixture, covariance_type, names):
        """Yield the first row's number and the outputs of one partition after the other."""
        start = 0
        for found in self.rows.each(
            self._table, partitions.scored, mixture, covariance_type, names
        ):
            yield start, found
            start += len(next(iter(found.values())))

    def scores(self, mixture, covariance_type, outputs):
        """Fill the arrays of `outputs`: any of "scores" (N,), "resp" (N, K), "labels" (N,)."""
        for start, found in self.scored(mixture, covariance_type, list(outputs)):
            for name, values in found.items():
                outputs[name][start : start + len(values)] = values

    def summed(self, function, mixture, moments):
        """Return the sum over partitions of a function of `model.totals`."""
        return self.rows.merged(self._table, partitions.total, sum, function, mixture, moments)

    def parts(self, n):
        """Raise TypeError: the rows do not come here."""
        raise TypeError("rows on a cluster are not read one after the other")

    def batches(self, size, rng):
        """Raise TypeError: the rows do not come here."""
        raise TypeError('algorithm="minibatch" is for rows in memory or in files')

    def labelled(self):
        """Raise TypeError: there are no labels."""
        raise TypeError("rows on a cluster have no labels")
