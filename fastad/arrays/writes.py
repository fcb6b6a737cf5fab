"""Writes through index arrays and masks, as loops of writes of items or rows.

Source transformation puts them in place of ``out[index] = value``. Of an item that is named
twice the last value stays. Like Numba's own they check no bounds where the user's code does not.
"""

import numpy as np


def to_each(out, index, value):
    """Write one value, a number or a row, to each of some places."""
    for k in range(index.size):
        out[index[k]] = value


def each_to_each(out, index, values):
    """Write an item, or a row, of its own to each of some places; a single one to all."""
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
    """Write an item, or a row, of its own at each place where a mask holds; a single one to all."""
    if values.shape[0] != np.count_nonzero(mask) and values.shape[0] != 1:
        raise ValueError("cannot assign slice of one length from input of another")
    k = 0
    for i in range(mask.size):
        if mask[i]:
            out[i] = values[min(k, values.shape[0] - 1)]
            k += 1


# Whether the index is a mask, and each place gets a value of its own.
WRITES = {
    (False, False): to_each,
    (False, True): each_to_each,
    (True, False): where_true,
    (True, True): each_where_true,
}
