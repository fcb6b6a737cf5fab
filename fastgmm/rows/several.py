"""Several files as one table."""

import numpy as np

from .pieces import Reader, as_range, described, gather


class SeveralReader(Reader):
    """The rows of several tables one after the other: the same columns, in any order if named."""

    def __init__(self, readers, where):
        self.readers, self.where = readers, where
        first = readers[0]
        self.names, self.n_columns = first.names, first.n_columns
        self._orders = [self._order(reader) for reader in readers]

    def _order(self, reader):
        """Return where a table has the columns of the first one."""
        same = reader.names == self.names and reader.n_columns == self.n_columns
        if same:
            return range(self.n_columns)
        if not (reader.names and self.names) or set(reader.names) != set(self.names):
            raise ValueError(
                f"{reader.where}: expected the columns of {self.readers[0].where}, "
                f"{described(self.readers[0])}, got {described(reader)}"
            )
        return [reader.names.index(name) for name in self.names]

    def allowing_missing(self, allow):
        """Return the reader of the same tables that reads missing values as NaN, or refuses."""
        readers = [reader.allowing_missing(allow) for reader in self.readers]
        other = SeveralReader(readers, self.where)
        other.dtype_is_given = self.dtype_is_given
        return other

    @property
    def n_rows(self):
        counts = [reader.n_rows for reader in self.readers]
        return None if None in counts else sum(counts)

    def dtype(self, columns):
        found = [r.dtype(_at(order, columns)) for r, order in self._in_order()]
        return np.result_type(*found)

    def _in_order(self):
        return zip(self.readers, self._orders, strict=True)

    def pieces(self, columns):
        for reader, order in self._in_order():
            for piece in reader.pieces(_at(order, columns)):
                yield piece if order == range(self.n_columns) else _Reordered(piece, order)

    def locate(self, row):
        if self.n_rows is None:
            return self.where, row
        for reader in self.readers:
            if row < reader.n_rows:
                break
            row -= reader.n_rows
        return reader.locate(row)

    def take(self, index, columns, out):
        if self.n_rows is None:
            return False
        start = done = 0
        for reader, order in self._in_order():
            here = index[(index >= start) & (index < start + reader.n_rows)] - start
            part = out[done : done + len(here)]
            columns_here = _at(order, columns)
            if len(here) and not reader.take(here, columns_here, part):
                gather(reader.pieces(columns_here), here, columns_here, part, reader.where)
            start, done = start + reader.n_rows, done + len(here)
        return True


class _Reordered:
    """A piece of a table that has its columns in another order."""

    def __init__(self, piece, order):
        self.piece, self.order = piece, order
        self.where, self.first = piece.where, piece.first

    def __len__(self):
        return len(self.piece)

    def cell(self, row, column):
        return self.piece.cell(row, self.order[column])

    def copy(self, start, columns, out):
        self.piece.copy(start, _at(self.order, columns), out)


def _at(order, columns):
    """Return the numbers of `columns` in a table of this order: a range where all are, in order."""
    return as_range([order[j] for j in columns])
