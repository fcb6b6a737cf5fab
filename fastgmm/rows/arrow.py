"""Rows of .parquet files and of PyArrow's tables, data sets and record batches."""

import numpy as np

from .pieces import Piece, Reader, gather

_NUMBERS = {
    "halffloat", "float", "double", "bool",
    "null", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
}  # fmt: skip
# Of a batch, and of what is read together of all columns' chunks: at least the last numbers each.
_BATCH_BYTES, _BUFFER_BYTES = 2**22, 2**23
_FEWEST_ROWS, _LEAST_BUFFER = 2**10, 2**14


def needs_pyarrow(where):
    """Return what to raise where PyArrow is asked for and not there."""
    return ImportError(
        f"{where}: reading .parquet needs PyArrow: pip install pyarrow, "
        "or save the table as .npy or .csv"
    )


class ArrowReader(Reader):
    """A table of PyArrow's with a schema; `batches` gives its record batches of some columns."""

    def __init__(self, schema, where):
        self.where = where
        repeated = [name for name in schema.names if schema.names.count(name) > 1]
        if repeated:
            raise ValueError(
                f"{where}: the column name {repeated[0]!r} is repeated; rename or leave out one"
            )
        # pandas stores its row labels as columns; they are not features
        labels = (schema.pandas_metadata or {}).get("index_columns", ())
        self.names = tuple(name for name in schema.names if name not in labels)
        self.n_columns = len(self.names)
        self.types = [str(schema.field(name).type) for name in self.names]

    def dtype(self, columns):
        for j in columns:
            if self.types[j] not in _NUMBERS:
                raise ValueError(
                    f"{self.where}: column {self.names[j]!r}: expected numbers, "
                    f"got {self.types[j]}; leave it out"
                )
        known = [self.types[j] for j in columns if self.types[j] != "null"]
        single = known and all(kind == "float" for kind in known)
        return np.dtype(np.float32 if single else np.float64)

    def batches(self, names):
        """Yield record batches with (at least) the columns `names`."""
        raise NotImplementedError

    def pieces(self, columns, **some):
        import pyarrow as pa

        first, names = 0, [self.names[j] for j in columns]
        try:
            for batch in self.batches(names, **some):
                yield ArrowPiece(batch, self.names, self.where, first)
                first += batch.num_rows
        except pa.ArrowException as error:
            raise ValueError(f"{self.where}: not readable as Parquet ({error})") from None


class ParquetReader(ArrowReader):
    """Rows of a .parquet file, read by parts of its row groups."""

    def __init__(self, path):
        try:
            import pyarrow as pa
            import pyarrow.parquet as pq
        except ImportError:
            raise needs_pyarrow(path) from None
        self.path = path
        try:
            with pq.ParquetFile(path) as file:
                self.n_rows, about = file.metadata.num_rows, file.metadata
                groups = [about.row_group(g).num_rows for g in range(about.num_row_groups)]
                super().__init__(file.schema_arrow, str(path))
        except pa.ArrowException as error:
            raise ValueError(f"{path}: not readable as Parquet ({error})") from None

        self._groups_end = np.cumsum(groups)

    def batches(self, names, groups=None):
        import pyarrow.parquet as pq

        buffer = max(_LEAST_BUFFER, _BUFFER_BYTES // max(1, len(names)))
        with pq.ParquetFile(self.path, buffer_size=buffer, pre_buffer=False) as file:
            rows = _rows_of_batch(names)
            yield from file.iter_batches(rows, columns=names, row_groups=groups)

    def take(self, index, columns, out):
        of_groups = np.searchsorted(self._groups_end, index, side="right")
        needed, first = np.unique(of_groups, return_index=True)
        if len(needed) > len(self._groups_end) // 2:
            return False
        for group, i, stop in zip(needed, first, [*first[1:], len(index)], strict=True):
            start = self._groups_end[group - 1] if group else 0
            pieces = self.pieces(columns, groups=[int(group)])
            gather(pieces, index[i:stop], columns, out[i:stop], self.where, start)
        return True


class DatasetReader(ArrowReader):
    """Rows of a ``pyarrow.dataset.Dataset``."""

    def __init__(self, dataset):
        self.dataset = dataset
        self.n_rows = dataset.count_rows()
        super().__init__(dataset.schema, "the data set")

    def batches(self, names):
        # One file is read ahead and a few batches: more would be held in memory.
        ahead = {"batch_readahead": 4, "fragment_readahead": 1}
        return self.dataset.to_batches(columns=names, batch_size=_rows_of_batch(names), **ahead)


class TableReader(ArrowReader):
    """Rows of a ``pyarrow.Table`` or ``RecordBatch``."""

    def __init__(self, table):
        import pyarrow as pa

        if isinstance(table, pa.RecordBatch):
            table = pa.Table.from_batches([table])
        self.table, self.n_rows = table, table.num_rows
        super().__init__(table.schema, "the table")

    def batches(self, names):
        return self.table.select(names).to_batches(_rows_of_batch(names))


def _rows_of_batch(names):
    return max(_FEWEST_ROWS, _BATCH_BYTES // (8 * max(1, len(names))))


class ArrowPiece(Piece):
    """A record batch; nulls are NaN."""

    def __init__(self, batch, names, where, first):
        super().__init__(where, first)
        self.batch, self.names = batch, names

    def __len__(self):
        return self.batch.num_rows

    def cell(self, row, column):
        return str(self.batch.column(self.names[column])[row])

    def copy(self, start, columns, out):
        for j, column in enumerate(columns):
            cells = self.batch.column(self.names[column]).slice(start, len(out))
            if str(cells.type) == "null":  # all are missing
                out[:, j] = np.nan
                continue
            with np.errstate(over="ignore"):
                out[:, j] = cells.to_numpy(zero_copy_only=False)
