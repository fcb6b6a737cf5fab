"""Rows of .npy files, and of whatever gives rows for slices: h5py, zarr, memory maps."""

import numpy as np

from .pieces import ArrayPiece, Piece, Reader, check_shape, dtype_of

_PIECE_BYTES = 2**22


class SlicedReader(Reader):
    """Rows of an object with ``shape``, ``dtype`` and slices of rows."""

    def __init__(self, array, where):
        check_shape(array.shape, where)
        self.array, self.where = array, where
        self.n_rows, self.n_columns = (int(n) for n in array.shape)
        self._dtype = dtype_of(array.dtype, where)

    def dtype(self, columns):
        return self._dtype

    def pieces(self, columns):
        step = _rows_at_once(self.n_columns, self.array.dtype.itemsize)
        for start in range(0, self.n_rows, step):
            yield ArrayPiece(self.array[start : start + step], self.where, start)


def _rows_at_once(n_columns, itemsize):
    return max(1, _PIECE_BYTES // max(1, n_columns * itemsize))


class NpyReader(Reader):
    """Rows of a .npy file: read, not mapped, so that they do not count as this process's memory."""

    def __init__(self, path):
        self.path, self.where = path, str(path)
        try:
            mapped = np.lib.format.open_memmap(path, mode="r")  # unlike np.load, never unpickles
        except Exception as error:  # a damaged header can raise nearly anything
            raise ValueError(
                f"{path}: not readable as .npy ({error}); write it by np.save"
            ) from None
        check_shape(mapped.shape, self.where)
        self.n_rows, self.n_columns = mapped.shape
        self._dtype = dtype_of(mapped.dtype, self.where)
        self._of_file, self._offset = mapped.dtype, mapped.offset
        self._by_rows = mapped.flags.c_contiguous

    def dtype(self, columns):
        return self._dtype

    def is_float(self):
        """Whether the file holds what rows are computed in."""
        return self._of_file == self._dtype

    def mapped(self):
        """Return the file as an array that is mapped into memory."""
        return np.lib.format.open_memmap(self.path, mode="r")

    def pieces(self, columns):
        step = _rows_at_once(self.n_columns, self._of_file.itemsize)
        if not self._by_rows:
            mapped = self.mapped()
            for start in range(0, self.n_rows, step):
                yield ArrayPiece(mapped[start : start + step], self.where, start)
            return
        with open(self.path, "rb", buffering=0) as file:
            for start in range(0, self.n_rows, step):
                yield _FilePiece(self, file, start, min(step, self.n_rows - start))

    def take(self, index, columns, out):
        if not self._by_rows:
            rows = self.mapped()[index]
        else:  # not mapped: all of the file would count as this process's memory
            rows = np.empty((len(index), self.n_columns), self._of_file)
            with open(self.path, "rb", buffering=0) as file:
                for row, i in zip(rows, index.tolist(), strict=True):
                    file.seek(self._offset + i * row.nbytes)
                    read_into(row, file, self.where)
        with np.errstate(over="ignore"):
            out[...] = rows[:, list(columns)]
        return True


class _FilePiece(Piece):
    """Rows of an open .npy file, which are read when they are copied, into place if they can be."""

    def __init__(self, reader, file, first, n):
        super().__init__(reader.where, first)
        self.reader, self.file, self.n = reader, file, n

    def __len__(self):
        return self.n

    def copy(self, start, columns, out):
        reader = self.reader
        row_bytes = reader.n_columns * reader._of_file.itemsize
        self.file.seek(reader._offset + (self.first + start) * row_bytes)
        all_columns = columns == range(reader.n_columns)
        if all_columns and out.dtype == reader._of_file and out.flags.c_contiguous:
            read_into(out, self.file, self.where)
            return
        rows = np.empty((len(out), reader.n_columns), reader._of_file)
        read_into(rows, self.file, self.where)
        with np.errstate(over="ignore"):
            out[...] = rows if all_columns else rows[:, list(columns)]


def read_into(array, file, where):
    """Fill an array with the next bytes of an open file."""
    into = memoryview(array).cast("B")
    while len(into):
        n = file.readinto(into)
        if not n:
            raise ValueError(f"{where}: the file ends before its last row")
        into = into[n:]
