"""Tables of numbers from files, as arrays: .npy, .csv and .parquet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .rows.arrays import NpyReader
from .rows.opening import reader_of
from .rows.table import Rows

if TYPE_CHECKING:
    from ._typing import Floats
    from ._typing import Path as PathLike


def read_table(path: PathLike) -> tuple[Floats, tuple[str, ...] | None]:
    """Read a table of numbers, one row per sample and one column per feature.

    What is too large for the memory is read block by block, by `open_rows` or by any method that
    takes X: give it the path.

    Parameters
    ----------
    path : str or path-like
        A file whose suffix tells its format:

        * ``.npy``: a 2-D array, opened memory-mapped, so that it may exceed the memory;
        * ``.csv``: numbers separated by commas, UTF-8, with or without a header line; a first
          line without any number is the header;
        * ``.parquet``: numeric columns (needs PyArrow, the extra ``io``).

    Returns
    -------
    X : ndarray of shape (n_samples, n_features), dtype float32 or float64
        The table. Float32 stays float32; every other number type becomes float64 (and is then
        held in memory).
    names : tuple of str or None
        The names of the features where the file has them.

    Raises
    ------
    FileNotFoundError, IsADirectoryError
        If `path` is not a file.
    ValueError
        If the suffix is unknown, the file is damaged, or the table is empty, not
        two-dimensional or not numeric; also if a value is missing or not finite. The message is
        one line and says where.
    ImportError
        If a ``.parquet`` file is asked for and PyArrow is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from fastgmm.files import read_table
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = Path(folder) / "table.csv"
    ...     _ = table.write_text("length,width\\n1.5,2\\n3,4.25\\n", encoding="utf-8")
    ...     X, names = read_table(table)
    >>> X.tolist(), names
    ([[1.5, 2.0], [3.0, 4.25]], ('length', 'width'))
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path}: expected a file, got a folder")
    reader = reader_of(path)
    rows = Rows(reader, cache=True)
    if 0 in rows.shape:
        raise ValueError(
            f"{path}: expected at least one row and one column, got shape {rows.shape}"
        )
    if isinstance(reader, NpyReader) and reader.is_float():
        for _ in rows.blocks():  # not all of a mapped file at once; each is checked
            pass
        return reader.mapped(), rows.names
    return rows.to_array(), rows.names
