"""What the EM loop needs of data: whatever gives it can be fitted."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Source(Protocol):
    """Rows that a mixture is fitted to; an array, a file or several machines behind it.

    What the loop gets does not grow with the number of rows. `ArraySource` is the one of arrays;
    one made of parts adds up their statistics, which are additive, and asks each for the rest. To
    be fitted by mini-batches it has two methods more: ``batches(size, rng)`` yields sources of at
    most `size` rows, in all each row once; ``drawn(n, rng)`` returns the source of what `subsample`
    draws, whose rows miss what they miss.

    Attributes
    ----------
    n_rows, n_features : int
    dtype : numpy.dtype
        What passes compute in: float64 or float32.
    rows_dtype : numpy.dtype
        That of the rows: float64 or float32.
    weight : float
        Sum of the sample weights.
    """

    @property
    def n_rows(self): ...

    @property
    def n_features(self): ...

    @property
    def dtype(self): ...

    @property
    def rows_dtype(self): ...

    @property
    def weight(self): ...

    def statistics(self, mixture, covariance_type, **wanted):
        """Return the `SufficientStats` of all rows, assigned by a mixture.

        ``wanted`` says how (``mode``, ``seed``), which (``second``, ``held``), and about which
        points (``centre``, ``shift``, ``shifted``, ``whiten``): see `ArraySource.statistics`.
        """

    def scores(self, mixture, covariance_type, outputs):
        """Fill the arrays of ``outputs``: any of "scores" (N,), "resp" (N, K), "labels" (N,)."""

    def labels_alike(self, covariance_type, mixtures):
        """Whether no row changes its most likely component from one mixture to another."""

    def worst_rows(self, mixture, covariance_type, n):
        """Return up to n distinct rows of positive weight that a mixture explains worst."""

    def subsample(self, n, rng):
        """Return n rows of positive weight (float64) and their weights, or all such."""

    def in_float64(self):
        """Return the source of the same rows that computes in float64."""
