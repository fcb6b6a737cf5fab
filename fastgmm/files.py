"""Tables of numbers from files: .npy, .csv and .parquet."""

import csv
import math
from pathlib import Path

import numpy as np

_PARQUET_NUMBERS = {
    "halffloat", "float", "double", "bool",
    "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64",
}  # fmt: skip

_MISSING = ("", "?", "-", "na", "n/a", "nan", "null", "none", "nil", ".")
_LONGEST_CELL = 2**16  # characters

_BLOCK_ROWS = 2**14  # of a .npy file that are looked at together


def read_table(path):
    """Read a table of numbers, one row per sample and one column per feature.

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
        two-dimensional or not numeric; for ``.csv`` and ``.parquet`` also if a value is missing
        or not finite. The message is one line and says where.
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
    readers = {".npy": _read_npy, ".csv": _read_csv, ".parquet": _read_parquet}
    if path.suffix.lower() not in readers:
        raise ValueError(
            f"{path}: expected a file ending in {', '.join(readers)}, got "
            f"{path.suffix or 'no suffix'}; rename it or convert it to one of these"
        )
    if path.is_dir():
        raise IsADirectoryError(f"{path}: expected a file, got a folder")
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    X, names = readers[path.suffix.lower()](path)
    if X.size == 0:
        raise ValueError(f"{path}: expected at least one row and one column, got shape {X.shape}")
    return X, names


def _read_npy(path):
    try:
        X = np.lib.format.open_memmap(path, mode="r")  # unlike np.load, never unpickles
    except Exception as error:  # a damaged header can raise nearly anything
        raise ValueError(f"{path}: not readable as .npy ({error}); write it by np.save") from None
    if X.ndim != 2:
        hint = "; for one feature save x.reshape(-1, 1)" if X.ndim == 1 else ""
        raise ValueError(
            f"{path}: expected a 2-D array (n_samples, n_features), got shape {X.shape}{hint}"
        )
    if X.dtype.kind not in "fiub":
        raise ValueError(f"{path}: expected real numbers, got {X.dtype}; save X.astype(float)")
    for start in range(0, len(X), _BLOCK_ROWS):  # not all of a mapped file at once
        with np.errstate(over="ignore"):  # of what float64 does not hold
            finite = np.isfinite(X[start : start + _BLOCK_ROWS].astype(np.float64, copy=False))
        if not finite.all():
            row, column = np.argwhere(~finite)[0].tolist()
            raise ValueError(
                f"{path}: row {start + row + 1}, column {column + 1}: expected a finite number, "
                f"got {X[start + row, column]}; remove the row or fill the value in"
            )
    dtype = np.float32 if X.dtype.newbyteorder("=") == np.float32 else np.float64
    return (X if X.dtype == dtype else X.astype(dtype)), None


def _read_csv(path):
    try:
        names, n_before = _csv_header(path)
        with path.open(encoding="utf-8-sig") as lines:
            X = np.loadtxt(
                lines, delimiter=",", skiprows=n_before, ndmin=2, comments=None, quotechar='"'
            )
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except csv.Error as error:
        raise ValueError(f"{path}: not readable as CSV ({error})") from None
    except _TableFault as fault:
        raise ValueError(f"{path}: {fault}") from None
    except ValueError as error:  # NumPy counts rows; a person looks for a line and a column
        detail = str(error).splitlines()[0][:200]
        raise ValueError(f"{path}: {_csv_fault(path) or detail}") from None
    if X.shape[1] == 1 and names is None and not X[0, 0] and _zero_is_a_name(path):
        raise ValueError(
            f"{path}: line 1 is 0, and all others have a point: it is the number of the column, as "
            "pandas writes where columns have no names; write it with header=False (or 0.0)"
        )
    one_column = X.shape[1] == 1  # of which NumPy leaves out an empty cell, as a blank line
    if one_column or not np.isfinite(X).all() or X.shape[1] != len(names or X[0]):
        fault = _csv_fault(path)
        if fault:
            raise ValueError(f"{path}: {fault}")
    return X, names


class _TableFault(ValueError):
    """What is wrong with a table, still without the file's name."""


def _csv_rows(path):
    """Yield the number of the last line and the cells of every row that is not blank.

    In a file of one column a blank line among the rows is one, of an empty cell; after them it
    is none.
    """
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(_closed_quotes(lines))
        width, blank = 0, []
        for cells in reader:
            if not cells:
                blank.append(reader.line_num)
                continue
            if width == 1:
                yield from ((line, [""]) for line in blank)
            width, blank = width or len(cells), []
            yield reader.line_num, cells


def _closed_quotes(lines):
    """Yield `lines`; raise where a quote is opened and not closed within a number's reach."""
    opened, length = 0, 0
    for number, line in enumerate(lines, 1):
        if line.count('"') % 2:
            opened, length = (0, 0) if opened else (number, 0)
        length += len(line)
        if opened and length > _LONGEST_CELL:
            break
        yield line
    if opened:
        raise _TableFault(
            f"line {opened}: a quote is opened and not closed; close it, or remove it"
        )


def _csv_header(path):
    """Return the feature names, or None, and the number of lines before the first row."""
    rows = _csv_rows(path)
    line, cells = next(rows, (0, None))
    if cells is None:
        raise _TableFault("the file is empty; expected rows of numbers")
    is_number = [_number(cell) is not None for cell in cells]
    if all(is_number):
        if len(cells) > 1 and [cell.strip() for cell in cells] == [*map(str, range(len(cells)))]:
            raise _TableFault(
                f"line {line} holds the numbers of the columns, 0 to {len(cells) - 1}, as pandas "
                "writes where columns have no names; write it with header=False, or name them"
            )
        return None, 0
    if all(n or cell.strip().lower() in _MISSING for n, cell in zip(is_number, cells, strict=True)):
        column = is_number.index(False)
        raise _TableFault(f"line {line}, column {column + 1}: the value is missing")
    if any(is_number):
        column = is_number.index(False)
        fix = _separator_fix(cells) or "expected a header without numbers, or numbers only"
        raise _TableFault(
            f"line {line} mixes names and numbers: column {column + 1} is {cells[column]!r}; {fix}"
        )
    names = tuple(cell.strip() for cell in cells)
    if "" in names:
        raise _TableFault(
            f"line {line}, column {names.index('') + 1}: the header has no name here; "
            "if this is a column of row labels, write the table without it"
        )
    if next(rows, None) is None:
        raise _TableFault("expected rows of numbers after the header line, got none")
    return names, line


def _zero_is_a_name(path):
    """Whether a file of one column begins with 0, and all that follows has a point or exponent."""
    cells = (cells[0].strip().lower() for _, cells in _csv_rows(path))
    following = [next(cells) == "0", *("." in cell or "e" in cell for cell in cells)]
    return len(following) > 1 and all(following)


def _csv_fault(path):
    """Return what is wrong with the first bad row, in words, or None."""
    try:
        return _row_fault(path)
    except _TableFault as fault:
        return str(fault)


def _row_fault(path):
    rows = _csv_rows(path)
    names, _ = _csv_header(path)
    if names:
        next(rows)
    width = len(names or ())
    for line, cells in rows:
        width = width or len(cells)
        if len(cells) != width:
            fix = _separator_fix([*cells, *(names or ())])
            expected = f"line {line}: expected {width} cells as in the first line, got {len(cells)}"
            return f"{expected}; {fix}" if fix else expected
        for column, cell in enumerate(cells):
            if _number(cell) is None or not math.isfinite(_number(cell)):
                name = f" ({names[column]})" if names else ""
                got = repr(cell) if cell.strip() else "an empty cell"
                fix = _separator_fix([cell]) or "remove the row or the column, or fill the value in"
                return (
                    f"line {line}, column {column + 1}{name}: "
                    f"expected a finite number, got {got}; {fix}"
                )
    return None


def _separator_fix(cells):
    """Return what to do where something else than commas separates cells, or None."""
    if any(";" in cell or "\t" in cell for cell in cells):
        return "separate the cells by commas, and write decimals with a point"
    return None


def _number(cell):
    """Return the cell as a float, or None where NumPy would not read it as a number."""
    try:
        return float(cell) if "_" not in cell and cell.strip().isascii() else None
    except ValueError:
        return None


def _read_parquet(path):
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ImportError(
            f"{path}: reading .parquet needs PyArrow: pip install pyarrow, "
            "or save the table as .npy or .csv"
        ) from None
    try:
        with pq.ParquetFile(path) as file:
            return _parquet_columns(file)
    except _TableFault as fault:
        raise ValueError(f"{path}: {fault}") from None
    except pa.ArrowException as error:
        raise ValueError(f"{path}: not readable as Parquet ({error})") from None


def _parquet_columns(file):
    """Return the numeric columns of an open Parquet file as one array, and their names."""
    schema = file.schema_arrow
    repeated = [name for name in schema.names if schema.names.count(name) > 1]
    if repeated:
        raise _TableFault(f"the column name {repeated[0]!r} is repeated; rename or leave out one")
    # pandas stores its row labels as columns; they are not features
    labels = (schema.pandas_metadata or {}).get("index_columns", ())
    names = tuple(name for name in schema.names if name not in labels)
    types = [schema.field(name).type for name in names]
    for name, kind in zip(names, types, strict=True):
        if str(kind) not in _PARQUET_NUMBERS:
            raise _TableFault(f"column {name!r}: expected numbers, got {kind}; leave it out")
    single = all(str(kind) in ("float", "halffloat") for kind in types)
    X = np.empty((file.metadata.num_rows, len(names)), np.float32 if single else np.float64)
    start = 0
    for batch in file.iter_batches(columns=list(names)):  # one batch in memory beside X
        block = X[start : start + batch.num_rows]
        for j, name in enumerate(names):
            block[:, j] = batch.column(j).to_numpy(zero_copy_only=False)
            finite = np.isfinite(block[:, j])
            if not finite.all():
                row = start + int(np.argmin(finite)) + 1
                raise _TableFault(
                    f"row {row}, column {name!r}: expected a finite number, "
                    f"got {batch.column(j)[row - start - 1]}; remove the row or fill the value in"
                )
        start += batch.num_rows
    return X, names
