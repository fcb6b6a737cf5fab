"""`MissingStream`: rows in which values are missing, and which are read in each pass anew."""

import copy

import numpy as np

from ..passes.chunked import seed_of_part
from ..passes.some_rows import rows_at_once
from ..passes.sources import outputs_of
from ..passes.statistics import merge
from ..passes.streams.source import StreamedSource
from .plan import FLOAT64
from .source import (
    MissingSource,
    enough_complete,
    filled_by_means,
    has_missing,
    missing_in,
    worst_filled,
)


class MissingStream(StreamedSource):
    """Rows that a stream gives, with NaN where a value is missing: see `MissingSource`.

    Statistics are those of parts of 16 MiB, each a `MissingSource`, about the same points, one
    added to the other.

    Parameters
    ----------
    rows, sample_weight, labels
        As of `StreamedSource`.
    dtype : {float64, float32}, optional
        That results should have; by default that of the rows.
    """

    complete = False
    result_dtype = FLOAT64

    def __init__(self, rows, sample_weight=None, labels=None, dtype=None):
        super().__init__(rows, sample_weight, labels, FLOAT64)
        self.result_dtype = np.dtype(rows.dtype if dtype is None else dtype)
        self._known = self._some_missing = None

    @property
    def known(self):
        """Whether a feature is known in any row of positive weight (D,): all rows are read once."""
        if self._known is None:
            known, some_missing = np.zeros(self.n_features, bool), False
            for part in self.parts(self._rows_of_part):
                known |= part.known
                some_missing |= has_missing(part.X)
            self._known, self._some_missing = known, some_missing
        return self._known

    def or_complete(self):
        """Return the source itself, or the ordinary one where no row misses a value."""
        if self.known.all() and not self._some_missing:
            return StreamedSource(self.rows, self.sample_weight, self.labels)
        return self

    @property
    def _rows_of_part(self):
        return rows_at_once(self.n_features)

    def in_float64(self):
        """Return the source, of results in float64."""
        other = copy.copy(self)
        other.result_dtype = FLOAT64
        return other

    def parts(self, n):
        """Yield sources of no more than n rows each, in their order, without labels."""
        for part in super().parts(n):
            yield MissingSource(part.X, part.sample_weight, dtype=self.result_dtype)

    def statistics(self, mixture, covariance_type, *, seed=0, **wanted):
        """Return the expected `SufficientStats` of all rows: see `MissingSource.statistics`."""
        total, first = None, 0
        for part in self.parts(self._rows_of_part):
            own = seed_of_part(seed, first * len(mixture.means))
            if self.labels.size:
                labels = self.labels[first : first + part.n_rows]
                part = MissingSource(part.X, part.sample_weight, labels)
            stats = part.statistics(mixture, covariance_type, seed=own, **wanted)
            total = stats if total is None else merge(total, stats)
            first += part.n_rows
        return total

    def scored(self, mixture, covariance_type, names):
        """Yield the first row's number and the outputs of one part after the other."""
        start = 0
        for part in self.parts(self._rows_of_part):
            found = outputs_of(part.n_rows, mixture, self.result_dtype, names)
            part.scores(mixture, covariance_type, found)
            yield start, found
            start += part.n_rows

    def worst_rows(self, mixture, covariance_type, n):
        """Return up to `n` distinct rows of positive weight that `mixture` explains worst."""
        return worst_filled(self.parts(self._rows_of_part), mixture, covariance_type, n)

    def subsample(self, n, rng):
        """Return `n` rows of positive weight (float64) and their weights, without missing values.

        The complete ones of those that are drawn, if they are half of them; else all, with means
        for what is missing.
        """
        rows, weights = super().subsample(n, rng)
        complete = missing_in(rows)[1] == 0
        if enough_complete(np.count_nonzero(complete), len(rows)):
            return rows[complete], weights[complete]
        return filled_by_means(rows, weights), weights

    def drawn(self, n, rng):
        """Return the source, in memory, of `n` rows of positive weight, as they are."""
        return MissingSource(*super().subsample(n, rng), dtype=self.result_dtype)
