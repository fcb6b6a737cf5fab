"""Writes through index arrays and masks, as loops of writes of items or rows; and other changes.

Source transformation inlines them for ``out[index] = value``, and for calls that change an array,
``a.sort()``. An item whose index occurs twice keeps the last value. As in Numba's own, bounds are
checked only where the user's code has them checked.
"""

import numpy as np
from numba.core import types


def to_each(out, index, value):
    """Write one value, a number or a row, to each index."""
    for k in range(index.size):
        out[index[k]] = value


def each_to_each(out, index, values):
    """Write the k-th item or row of values to the k-th index; a single one to all."""
    if values.shape[0] != index.size and values.shape[0] != 1:
        raise ValueError("cannot assign slice of one length from input of another")
    for k in range(index.size):
        out[index[k]] = values[min(k, values.shape[0] - 1)]


def where_true(out, mask, value):
    """Write one value, a number or a row, where a mask holds."""
    for i in range(mask.size):
        if mask[i]:
            out[i] = value


def each_where_true(out, mask, values):
    """Write the k-th item or row of values to the k-th place of a mask; a single one to all."""
    if values.shape[0] != np.count_nonzero(mask) and values.shape[0] != 1:
        raise ValueError("cannot assign slice of one length from input of another")
    k = 0
    for i in range(mask.size):
        if mask[i]:
            out[i] = values[min(k, values.shape[0] - 1)]
            k += 1


# (whether the index is a mask, whether each index gets a value of its own) -> function
WRITES = {
    (False, False): to_each,
    (False, True): each_to_each,
    (True, False): where_true,
    (True, True): each_where_true,
}


def fill_diagonal(a, val):
    for i in range(min(a.shape[0], a.shape[1])):
        a[i, i] = val


def sort(a):
    a[:] = np.sort(a)


def change_of(called, kinds):
    """Return the function that changes an array as a function or method does, None without one.

    Parameters
    ----------
    called : callable or str
        NumPy's function, or the name of a method.
    kinds : sequence of Numba types
        Those of the arguments, the array first.
    """
    dimensions = [getattr(t, "ndim", 0) for t in kinds]
    if called is np.fill_diagonal and dimensions == [2, 0] and isinstance(kinds[1], types.Number):
        return fill_diagonal
    return sort if called == "sort" and dimensions == [1] else None
