"""What readers give: pieces of a table, which are copied into the blocks that passes look at."""

import copy

import numpy as np

_GATHERED_ROWS = 2**14  # copied together to take some of them

_REAL_KINDS = "fiub"  # of dtypes


class Reader:
    """A table that is read from its first row to its last, as often as is asked.

    Attributes
    ----------
    where : str
        What messages call it.
    names : tuple of str or None
        Of its columns.
    n_columns : int
    n_rows : int or None
        None where only reading tells.
    """

    names = None
    n_rows = None
    allow_missing = False  # whether what stands for a missing value is read as NaN
    dtype_is_given = False  # whether somebody has said what rows are computed in

    def allowing_missing(self, allow):
        """Return the reader of the same table that reads a missing value as NaN, or refuses it."""
        other = copy.copy(self)
        other.allow_missing = allow
        return other

    def dtype(self, columns):
        """Return float32 where all of the columns (ints) are of no more digits, else float64."""
        raise NotImplementedError

    def pieces(self, columns):
        """Yield the rows in order, in pieces that have (at least) the columns (ints)."""
        raise NotImplementedError

    def locate(self, row):
        """Return the table that a row is in, for a message, and its number there."""
        return self.where, row

    def take(self, index, columns, out):
        """Fill `out` with the rows `index` (increasing), or return False: one has to read all."""
        return False


class Piece:
    """Some rows in a row of a table: `len`, and `copy`.

    Attributes
    ----------
    where : str
        The table.
    first : int
        The number of its first row in the table.
    """

    def __init__(self, where, first):
        self.where, self.first = where, first

    def copy(self, start, columns, out):
        """Fill `out` (n, len(columns)) with the piece's rows from `start` on."""
        raise NotImplementedError

    def cell(self, row, column):
        """Return what a cell holds that is no finite number, as it is to be shown; or None."""
        return None


class ArrayPiece(Piece):
    """Rows of an array, or of what gives arrays for slices."""

    def __init__(self, array, where, first):
        super().__init__(where, first)
        self.array = array

    def __len__(self):
        return self.array.shape[0]

    def copy(self, start, columns, out):
        rows = np.asarray(self.array[start : start + len(out)])
        with np.errstate(over="ignore"):  # of what float64 does not hold: it is not finite then
            if rows.shape[1] == len(columns) and columns == range(len(columns)):
                out[...] = rows
            else:
                out[...] = rows[:, list(columns)]


def dtype_of(dtype, where):
    """Return float32 or float64, in which numbers of a dtype are computed with, or raise."""
    dtype = np.dtype(dtype)
    if dtype.kind not in _REAL_KINDS:
        raise ValueError(f"{where}: expected real numbers, got {dtype}; convert them to float")
    return np.dtype(np.float32 if dtype.newbyteorder("=") == np.float32 else np.float64)


def check_shape(shape, where):
    """Raise ValueError for what is not a table: not of two dimensions."""
    if len(shape) != 2:
        hint = "; for one feature save x.reshape(-1, 1)" if len(shape) == 1 else ""
        raise ValueError(
            f"{where}: expected a 2-D array (n_samples, n_features), got shape {tuple(shape)}{hint}"
        )


def described(reader):
    """Return the columns of a table, for a message."""
    return ", ".join(reader.names) if reader.names else f"{reader.n_columns} without names"


def as_range(columns):
    """Return the numbers of columns, as a range where they are the first ones in order."""
    return range(len(columns)) if list(columns) == list(range(len(columns))) else columns


def gather(pieces, index, columns, out, where, start=0):
    """Fill `out` with the rows `index` (increasing) of pieces, which begin at row `start`.

    Raise ValueError where there are no such rows: a table may have fewer than it had.
    """
    done = 0
    for piece in pieces:
        if done == len(index):
            break
        last = np.searchsorted(index, start + len(piece))
        here = index[done:last] - start
        for low in range(0, len(piece), _GATHERED_ROWS):
            first, stop = np.searchsorted(here, [low, low + _GATHERED_ROWS])
            if first < stop:
                block = np.empty((here[stop - 1] + 1 - low, len(columns)), out.dtype)
                piece.copy(low, columns, block)
                out[done + first : done + stop] = block[here[first:stop] - low]
        start, done = start + len(piece), last
    if done < len(index):
        raise ValueError(
            f"{where}: gave {start} rows and then ended; expected more, as before: the rows must "
            "be the same each time"
        )
