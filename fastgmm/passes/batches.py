"""Mini-batches: the rows of a source, a few at a time, in an order that is drawn."""

import numpy as np


def drawn_batches(source, size, rng):
    """Yield parts of an `ArraySource`, each row in one of them.

    Parameters
    ----------
    source : ArraySource
    size : int
        Most rows of a part; all have as many, or one less.
    rng : numpy.random.Generator
        Of all orders of the rows each is as likely.

    Yields
    ------
    ArraySource
        With copies of its rows.

    Notes
    -----
    The order takes 4 bytes a row, 8 of more than 2**32 rows.
    """
    n_rows = source.n_rows
    order = np.arange(n_rows, dtype=np.uint32 if n_rows < 2**32 else np.int64)
    rng.shuffle(order)
    n_batches = -(-n_rows // size)
    for i in range(n_batches):
        # In the order of memory, which is faster, and within a batch is no matter.
        rows = np.sort(order[i * n_rows // n_batches : (i + 1) * n_rows // n_batches])
        weight = source.sample_weight[rows] if source.sample_weight.size else None
        yield type(source)(np.take(source.X, rows, axis=0), weight, dtype=source.dtype)
