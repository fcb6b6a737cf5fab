"""Rows of tables that may be larger than the memory: files, PyArrow, dask, h5py, functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .calls import block_reader
from .opening import files_of, names_rows, reader_of
from .table import Rows

if TYPE_CHECKING:
    from .._typing import FloatDtype, Source


if TYPE_CHECKING:
    Data: TypeAlias = Rows | Source  # what is `X` to an estimator

__all__ = ["Rows", "as_rows", "open_rows"]


def open_rows(
    source: Source,
    *,
    columns: Sequence[str] | Sequence[int] | None = None,
    weight: str | int | None = None,
    dtype: FloatDtype | None = None,
    cache: bool | None = None,
    allow_missing: bool = False,
) -> Rows:
    """Open a table whose rows are read block by block, to be fitted or scored.

    `GaussianMixture` takes most of what is opened here for `X` itself; this is for saying more.

    Parameters
    ----------
    source : str, path, list of them, or object
        * a file, ``.npy``, ``.csv`` or ``.parquet``; several as one table; a folder of such;
        * an array or a data frame;
        * a ``pyarrow`` Table, RecordBatch or Dataset;
        * a dask array or data frame, whose partitions are computed one after the other;
        * anything with ``shape``, ``dtype`` and slices of rows (h5py, zarr);
        * a function that returns an iterator of blocks, anew each time: arrays (n, D), data
          frames, or ``pyarrow`` tables and record batches.
    columns : list of str or int, optional
        The features; by default all columns but `weight`. Several files may have named columns in
        any order.
    weight : str or int, optional
        The column that holds each row's weight.
    dtype : {float32, float64}, optional
        What rows are computed in; by default float32 where all columns are, else float64.
    cache : bool, optional
        Whether to keep the rows in memory, once they have been read: True where they fit into
        half of what is free, by default where they take no more than 256 MiB.
    allow_missing : bool, default=False
        Whether NaN, nulls and empty cells are read, as NaN. A fit with ``missing="allow"`` does so
        whatever is said here.

    Returns
    -------
    Rows

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError
        If the source can be read but once, such as a generator.
    ValueError
        If the source is no table of numbers, or has no such columns. Values that are not finite
        are found when they are read.
    ImportError
        If a ``.parquet`` file is asked for and PyArrow is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgmm import GaussianMixture, open_rows
    >>> def blocks():
    ...     rng = np.random.default_rng(0)
    ...     for _ in range(10):
    ...         yield rng.normal([0.0, 5.0], size=(100, 2))
    >>> rows = open_rows(blocks)
    >>> rows.shape
    (1000, 2)
    >>> GaussianMixture(1).fit(rows).means_.round(1)
    array([[-0.,  5.]])
    """
    if isinstance(source, Rows):
        raise TypeError("source is Rows already: open what it was opened of")
    in_memory = not names_rows(source)
    if in_memory and not (isinstance(source, np.ndarray) or hasattr(source, "columns")):
        raise TypeError(
            f"source must be a file, a list of files, a folder, a table of PyArrow's or dask's, "
            f"something with slices of rows or a function, got a {type(source).__name__}"
        )
    reader = block_reader(source, "the rows") if in_memory else reader_of(source)
    rows = Rows(reader, columns=columns, weight=weight, dtype=dtype, cache=cache)
    rows.files = files_of(source)
    return rows.allowing_missing() if allow_missing else rows


def as_rows(X: Any) -> Any:
    """Return Rows of what `open_rows` takes, and whatever else, such as an array, as it is."""
    return Rows(reader_of(X)) if names_rows(X) else X
