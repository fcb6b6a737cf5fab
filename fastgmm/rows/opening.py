"""What rows can be made of: from what a user passes to a `Reader`."""

import os
from pathlib import Path

import numpy as np

from .arrays import NpyReader, SlicedReader
from .arrow import DatasetReader, ParquetReader, TableReader
from .calls import CallReader, DaskReader
from .csv_files import CsvReader
from .several import SeveralReader

FORMATS = {".npy": NpyReader, ".csv": CsvReader, ".parquet": ParquetReader}


def names_rows(X):
    """Whether X is something that rows are read from, not an array that is in memory."""
    if isinstance(X, (str, os.PathLike)):
        return True
    if isinstance(X, (list, tuple)) and X and all(isinstance(x, (str, os.PathLike)) for x in X):
        return True
    if isinstance(X, np.ndarray):
        return False
    return _is_arrow(X) or _is_dask(X) or hasattr(X, "__next__") or callable(X) or _is_sliced(X)


def files_of(X):
    """Return the paths of files and folders that rows are read from, as far as X is such."""
    if isinstance(X, (str, os.PathLike)):
        return [X]
    if isinstance(X, (list, tuple)) and names_rows(X):
        return list(X)
    return []


def reader_of(X):
    """Return the `Reader` of what `names_rows`, or raise TypeError, ValueError or OSError."""
    if isinstance(X, (str, os.PathLike)):
        return _reader_of_path(Path(X))
    if isinstance(X, (list, tuple)):
        return _together([_reader_of_path(Path(x)) for x in X], f"{len(X)} files")
    if hasattr(X, "read_next_batch") or hasattr(X, "__next__"):
        raise TypeError(
            f"X must be something that can be read more than once, got a {type(X).__name__}: "
            "give a function that returns one anew, or pass its blocks to partial_fit"
        )
    if _is_arrow(X):
        return DatasetReader(X) if hasattr(X, "get_fragments") else TableReader(X)
    if _is_dask(X):
        return DaskReader(X)
    if callable(X):
        return CallReader(X)
    return SlicedReader(X, f"the {type(X).__name__}")


def _is_arrow(X):
    return type(X).__module__.partition(".")[0] == "pyarrow" and hasattr(X, "schema")


def _is_dask(X):
    return hasattr(X, "__dask_graph__") and hasattr(X, "to_delayed")


def _is_sliced(X):
    """Whether X has a shape, a dtype and slices of rows, and is not of an array library's own."""
    if not all(hasattr(X, name) for name in ("shape", "dtype", "__getitem__", "__len__")):
        return False
    try:
        np.dtype(X.dtype)
    except TypeError:  # a library's own, of which NumPy knows how to make an array
        return False
    own = ("__dlpack__", "__array_namespace__", "iloc", "tocsr")
    return len(X.shape) == 2 and not any(hasattr(X, name) for name in own)


def _reader_of_path(path):
    if path.is_dir():
        return _reader_of_folder(path)
    if not path.exists() and not path.suffix:
        raise FileNotFoundError(f"{path}: no such file or folder")
    if path.suffix.lower() not in FORMATS:
        raise ValueError(
            f"{path}: expected a file ending in {', '.join(FORMATS)}, or a folder of such, got "
            f"{path.suffix or 'no suffix'}; rename it or convert it to one of these"
        )
    if not path.exists():
        raise FileNotFoundError(f"{path}: no such file")
    return FORMATS[path.suffix.lower()](path)


def _reader_of_folder(folder):
    """Return the reader of all files of one format in a folder and below, by their names."""
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in FORMATS and p.is_file())
    files = [p for p in files if not p.name.startswith((".", "_"))]
    formats = {p.suffix.lower() for p in files}
    if len(formats) != 1:
        got = f"files of {', '.join(sorted(formats))}; list those that belong together"
        raise ValueError(
            f"{folder}: expected files ending in one of {', '.join(FORMATS)}, got "
            f"{got if formats else 'none'}"
        )
    return _together([FORMATS[p.suffix.lower()](p) for p in files], str(folder))


def _together(readers, where):
    return readers[0] if len(readers) == 1 else SeveralReader(readers, where)
