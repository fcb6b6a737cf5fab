"""Rows in blocks that a function gives, or dask."""

import numpy as np

from .arrow import TableReader
from .pieces import ArrayPiece, Reader, check_shape, described, dtype_of


class CallReader(Reader):
    """The blocks that a function gives: arrays, data frames, record batches or tables."""

    def __init__(self, function):
        self.function = function
        self.where = f"a block of {getattr(function, '__qualname__', None) or function!r}"
        blocks = self._blocks()
        block = next(blocks, None)
        getattr(blocks, "close", bool)()
        if block is None:
            raise ValueError(f"{self.where}: there is none; expected at least one with a row")
        reader = self._reader(block)
        self.names, self.n_columns = reader.names, reader.n_columns
        self._first = reader

    def dtype(self, columns):
        return self._first.dtype(columns)

    def pieces(self, columns):
        first, dtype = 0, self.dtype(columns)
        for block in self._blocks():
            reader = self._reader(block)
            if (reader.names, reader.n_columns) != (self.names, self.n_columns):
                raise ValueError(
                    f"{self.where}: expected columns as in the first one, "
                    f"{described(self._first)}, got {described(reader)}"
                )
            own = reader.dtype(columns)
            if not self.dtype_is_given and np.result_type(own, dtype) != dtype:
                raise ValueError(
                    f"{self.where}: expected float32 as in the first one, got more digits; "
                    "give all blocks one dtype, or open_rows(..., dtype=...)"
                )
            for piece in reader.pieces(columns):
                piece.first += first
                yield piece
            first += reader.n_rows

    def _blocks(self):
        blocks = self.function()
        if hasattr(blocks, "shape"):
            raise TypeError(
                f"X must be a function that returns an iterator of blocks of rows, got one that "
                f"returns a {type(blocks).__name__}: return iter([it])"
            )
        if hasattr(blocks, "__next__") or hasattr(blocks, "__iter__"):
            return iter(blocks)
        raise TypeError(
            f"X must be a function that returns an iterator of blocks of rows, got one that "
            f"returns a {type(blocks).__name__}"
        )

    def _reader(self, block):
        return block_reader(block, self.where)


class BlockReader(Reader):
    """Rows of an array in memory, with the names of its columns and, of a frame, their dtypes."""

    def __init__(self, array, names, where, dtypes=None):
        check_shape(array.shape, where)
        self.array, self.names, self.where = array, names, where
        self.n_rows, self.n_columns = array.shape
        self._dtype, self._dtypes = dtype_of(array.dtype, where), dtypes

    def dtype(self, columns):
        if self._dtypes is not None and all(self._dtypes[j] == np.float32 for j in columns):
            return np.dtype(np.float32)
        return self._dtype

    def pieces(self, columns):
        yield ArrayPiece(self.array, self.where, 0)

    def take(self, index, columns, out):
        out[...] = self.array[index][:, list(columns)]
        return True


def block_reader(block, where):
    """Return the reader of some rows in memory: an array, a data frame, a record batch, a table."""
    if type(block).__module__.partition(".")[0] == "pyarrow":
        reader = TableReader(block)
        reader.where = where
        return reader
    columns = getattr(block, "columns", None)
    array = _frame_to_array(block) if columns is not None else np.asarray(block)
    if array.dtype == object:
        raise ValueError(f"{where}: expected numbers, got objects; convert them to float")
    names = None if columns is None else tuple(columns)
    dtypes = None if columns is None else list(block.dtypes)
    return BlockReader(array, names if names and _all_names(names) else None, where, dtypes)


def _frame_to_array(frame):
    """Return a data frame as an array: float32 where all columns are; what is missing is NaN."""
    array = frame.to_numpy()
    if array.dtype == object:
        if not hasattr(frame, "convert_dtypes"):  # of pandas
            return array
        try:
            return frame.to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError):
            return array
    if array.dtype == np.float32 and any(str(dtype).lower() != "float32" for dtype in frame.dtypes):
        return array.astype(np.float64)
    return array


def _all_names(names):
    return all(isinstance(name, str) for name in names)


class DaskReader(CallReader):
    """The partitions of a dask array or data frame, each computed when it is read."""

    def __init__(self, collection):
        self.collection = collection
        super().__init__(self._computed)
        self.where = "a partition of X"
        n_rows = collection.shape[0] if hasattr(collection, "chunks") else float("nan")
        if n_rows == n_rows:  # else the chunks' sizes are not known
            self.n_rows = int(n_rows)

    def _computed(self):
        collection = self.collection
        if hasattr(collection, "chunks"):
            collection = collection.rechunk({1: -1}) if collection.ndim == 2 else collection
            parts = collection.to_delayed().ravel().tolist()
        else:
            parts = collection.to_delayed()
        for part in parts:
            yield part.compute()
