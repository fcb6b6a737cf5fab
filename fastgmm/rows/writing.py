"""Tables that are written block by block: .npy, .csv and .parquet."""

import contextlib
import os
from pathlib import Path

import numpy as np

from .arrow import needs_pyarrow


def open_table(path, names, n_rows, dtype, *, column=False):
    """Return a context in which ``write(block)`` adds rows to a new file.

    The file has its name once all is written: what ends before leaves no file, and an older one
    as it was.

    Parameters
    ----------
    path : str or path-like
        Its suffix tells the format: ``.npy``, ``.csv`` (with a header), ``.parquet``.
    names : list of str
        Of the columns; .npy has none.
    n_rows : int
        Of all blocks together.
    dtype : numpy.dtype
        Of the blocks.
    column : bool
        Whether blocks, of one column, are of shape (n,) and not (n, len(names)).

    Raises
    ------
    ValueError
        If the suffix is another.
    FileNotFoundError
        If there is no such folder.
    ImportError
        If a ``.parquet`` file is asked for and PyArrow is not installed.
    """
    path = Path(path)
    check_written(path)
    writer = _WRITERS[path.suffix.lower()]
    return writer(path, names, n_rows, np.dtype(dtype), column)


def check_written(path, read=()):
    """Raise what `open_table` would, before there is anything to write.

    read: files and folders that are read, of which the new one must be none, and in none.
    """
    path = Path(path)
    for one in map(Path, read):
        if one.resolve() in (path.resolve(), *path.resolve().parents):
            raise ValueError(f"{path}: is among the rows that are read, {one}: write another file")
    if path.suffix.lower() not in _WRITERS:
        raise ValueError(f"{path}: expected a file ending in {', '.join(_WRITERS)}")
    if path.is_dir():
        raise IsADirectoryError(f"{path}: expected a file, got a folder")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent}")
    if path.suffix.lower() == ".parquet":
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            raise needs_pyarrow(path) from None


class _Writer:
    """A file that is written under another name, and renamed when it is complete."""

    def __init__(self, path, names, n_rows, dtype, column):
        self.path, self.names, self.n_rows, self.dtype = path, names, n_rows, dtype
        self.column, self.n_written = column, 0
        self.unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")

    def __enter__(self):
        self.file = open(self.unfinished, "wb")
        try:
            self._begin()
        except BaseException:
            self.__exit__(BaseException)
            raise
        return self

    def __exit__(self, failed, *_):
        try:
            if failed is not None:
                self._leave_off()
                return
            self._end()
            if self.n_written != self.n_rows:
                raise ValueError(f"{self.path}: got {self.n_written} of {self.n_rows} rows")
            self.file.close()  # which writes what is left, if there is room for it
            os.replace(self.unfinished, self.path)
        finally:
            with contextlib.suppress(OSError):
                self.file.close()
            self.unfinished.unlink(missing_ok=True)  # it has another name if all went well

    def write(self, block):
        """Add the rows of an array."""
        self.n_written += len(block)
        self._add(np.ascontiguousarray(block, self.dtype))

    def _begin(self):
        pass

    def _end(self):
        pass

    def _leave_off(self):
        """Let go of the file, which is not complete and will be removed."""


class _NpyWriter(_Writer):
    def _begin(self):
        shape = (self.n_rows,) if self.column else (self.n_rows, len(self.names))
        descr = np.lib.format.dtype_to_descr(self.dtype)
        header = {"descr": descr, "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(self.file, header)

    def _add(self, block):
        self.file.write(block.data.cast("B") if block.size else b"")


class _CsvWriter(_Writer):
    def _begin(self):
        self.file.write((",".join(self.names) + "\n").encode())

    def _add(self, block):
        np.savetxt(self.file, block, "%d" if self.dtype.kind == "i" else "%.17g", delimiter=",")


class _ParquetWriter(_Writer):
    def _begin(self):
        import pyarrow as pa
        import pyarrow.parquet as pq

        kind = pa.from_numpy_dtype(self.dtype)
        self.schema = pa.schema([(name, kind) for name in self.names])
        # Numbers that are all different have no dictionary to speak of; labels have.
        labels = self.dtype.kind == "i"
        self.writer = pq.ParquetWriter(self.file, self.schema, use_dictionary=labels)

    def _add(self, block):
        import pyarrow as pa

        columns = np.ascontiguousarray(block.reshape(len(block), len(self.names)).T)
        self.writer.write_table(pa.table(list(map(pa.array, columns)), schema=self.schema))

    def _end(self):
        self.writer.close()

    def _leave_off(self):
        with contextlib.suppress(Exception):  # it writes its last bytes, if only it can
            self.writer.close()


_WRITERS = {".npy": _NpyWriter, ".csv": _CsvWriter, ".parquet": _ParquetWriter}
