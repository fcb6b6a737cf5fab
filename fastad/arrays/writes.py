"""Writes through index arrays and masks, as loops of writes of items or rows.

Source transformation inlines them for ``out[index] = value``. An item whose index occurs twice
keeps the last value. As in Numba's own, bounds are checked only where the user's code has them
checked.
"""

import numpy as np


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
