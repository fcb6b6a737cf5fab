"""`Rows`: a table of numbers that is read block by block, whatever it is made of."""

from __future__ import annotations

import copy
import math
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.utils import check_random_state

from .pieces import as_range, gather

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .._typing import Float64s, FloatDtype, Floats, RandomState
    from .pieces import Reader


CACHE_BYTES = 2**28  # of a table that is kept in memory if nobody says otherwise
_FIX = "remove the row or fill the value in"
_FIX_OF_NAN = f'{_FIX}, or take it for missing at random, by missing="allow"'
_SCAN_ROWS = 4096  # whose weights are added up together, as `passes` does those of an array
_READ_ROWS = 2**14  # read together where their number is not known


class Rows:
    """Rows of a table that may be larger than the memory: what `open_rows` returns.

    Wherever `X` is taken by `GaussianMixture`, this is: the table is read once for each pass over
    the rows, one block after the other, and a fit has the same bits as one of an array.

    Attributes
    ----------
    n_rows, n_features : int
    shape : tuple of int
    dtype : numpy.dtype
        float64, or float32 where all columns are.
    names : tuple of str or None
        Of the features.
    weighted : bool
        Whether each row has a weight.
    """

    names: tuple[str, ...] | None
    dtype: np.dtype[Any]
    files: Any
    _n_rows: Any
    _held: Any
    _facts: Any
    _twin: Any

    def __init__(
        self,
        reader: Reader,
        *,
        columns: Sequence[str] | Sequence[int] | None = None,
        weight: str | int | None = None,
        dtype: FloatDtype | None = None,
        cache: bool | None = None,
    ) -> None:
        self._reader = reader
        self._weight = None if weight is None else _numbered(reader, [weight], "weight")[0]
        self._columns = _chosen(reader, columns, self._weight)
        self.names = None if reader.names is None else tuple(reader.names[j] for j in self._columns)
        own = reader.dtype(self._columns)
        self.dtype = own if dtype is None else np.dtype(dtype)
        reader.dtype_is_given = dtype is not None
        if self.dtype not in (np.float32, np.float64):
            raise ValueError(f"dtype must be float32 or float64, got {self.dtype}")
        self.cache = cache
        self.allow_missing = False
        self.files = ()  # that are read, as they were given
        self._n_rows, self._facts, self._held = reader.n_rows, None, None
        self._twin = None  # the same rows with the other `allow_missing`

    @property
    def n_rows(self) -> int:
        """The number of rows: where the format does not say it, all are read once."""
        if self._n_rows is None:
            self._read_to_the_end()
        return self._n_rows

    @property
    def n_features(self) -> int:
        return len(self._columns)

    @property
    def shape(self) -> tuple[int, int]:
        return self.n_rows, self.n_features

    @property
    def weighted(self) -> bool:
        return self._weight is not None

    def __len__(self) -> int:
        return self.n_rows

    def __repr__(self) -> str:
        n = "unknown" if self._n_rows is None else f"{self._n_rows:,}"
        return f"Rows({self._reader.where}: {n} rows, {self.n_features} features, {self.dtype})"

    def in_memory(self) -> tuple[Floats, Float64s | None] | None:
        """Return all rows and their weights (or None) if they are kept in memory, else None."""
        if self._held is None and self._n_rows is None:
            self._read_to_the_end()
        if self._held is None and self._fits(self._n_rows):
            X, weights = self._empty(self._n_rows)
            with self.stream() as stream:
                stream.fill(X, weights)
                stream.check_end()
            self._held = X, weights
        return self._held

    def allowing_missing(self, allow: bool = True) -> Rows:
        """Return the same rows where NaN, and what else stands for a missing value, is no error.

        Or, if `allow` is False, where it is.
        """
        if allow == self.allow_missing:
            return self
        if self._twin is None:  # made once: what it keeps in memory is not read again
            twin = copy.copy(self)
            twin._reader, twin.allow_missing = self._reader.allowing_missing(allow), allow
            if self._held is not None:
                twin._check(self._held[0], self._reader.locate)
            self._twin = twin
        return self._twin

    def to_array(self) -> Floats:
        """Return all rows as an array (N, D)."""
        held = self.in_memory()
        if held is not None:
            return held[0]
        X, weights = self._empty(self.n_rows)
        with self.stream() as stream:
            stream.fill(X, weights)
            stream.check_end()
        return X

    def stream(self) -> Stream:
        """Return a `Stream`: one reading of all rows."""
        return Stream(self)

    def blocks(self, n_rows: int = 2**16) -> Iterator[tuple[Floats, Float64s | None]]:
        """Yield the rows in blocks: arrays of shape (n, D), and weights (n,) or None.

        Parameters
        ----------
        n_rows : int
            Of each block but the last one.
        """
        with self.stream() as stream:
            for start in range(0, self.n_rows, n_rows):
                X, weights = self._empty(min(n_rows, self.n_rows - start))
                stream.fill(X, weights)
                yield X, weights
            stream.check_end()

    def take(self, index: NDArray[np.integer[Any]]) -> tuple[Floats, Float64s | None]:
        """Return the rows `index` (increasing), an array (n, D), and their weights or None."""
        if self._held is not None:
            X, weights = self._held
            return X[index], None if weights is None else weights[index]
        columns = [*self._columns, *([self._weight] if self.weighted else [])]
        found = np.empty((len(index), len(columns)), np.float64 if self.weighted else self.dtype)
        reader, columns = self._reader, as_range(columns)
        if not reader.take(index, columns, found):
            gather(reader.pieces(columns), index, columns, found, reader.where)
        X = found[:, : self.n_features].astype(self.dtype, copy=False)
        self._check(X, lambda i: self._reader.locate(int(index[i])))
        if not self.weighted:
            return X, None
        check_weights(found[:, -1], self._reader.locate, index)
        return X, found[:, -1].copy()

    def sample(self, n: int, random_state: RandomState = None) -> tuple[Floats, Float64s | None]:
        """Return n rows, drawn one from each of n equal parts, and their weights or None.

        Parameters
        ----------
        n : int
            If there are no more rows than that, all are returned.
        random_state : int, RandomState instance or None, default=None

        Returns
        -------
        X : ndarray of shape (n, D)
        weights : ndarray of shape (n,) or None
        """
        if n < 1:
            raise ValueError(f"n must be at least 1, got {n}")
        bounds = np.arange(n + 1) * self.n_rows // n
        uniform = check_random_state(random_state).uniform(size=n)
        index = bounds[:-1] + (uniform * np.diff(bounds)).astype(np.int64)
        return self.take(np.arange(self.n_rows) if n >= self.n_rows else index)

    def weight_facts(self) -> tuple[Any, ...]:
        """Return the sum, the largest and the number of positive weights, or raise ValueError."""
        if self._facts is None:
            sums, largest, positive = [], 0.0, 0
            for weights in self.weight_blocks(_SCAN_ROWS):
                sums.append(float(weights.sum()))
                largest = max(largest, float(weights.max()))
                positive += int(np.count_nonzero(weights))
            self._facts = math.fsum(sums), largest, positive
        return self._facts

    def weight_blocks(self, n_rows: int) -> Iterator[Float64s]:
        """Yield the weights of the rows in blocks of n_rows, having read no other column."""
        if self._held is not None:
            weights = self._held[1]
            yield from (weights[i : i + n_rows] for i in range(0, len(weights), n_rows))
            return
        rest = np.empty(0)
        for piece in self._reader.pieces([self._weight]):
            found = np.empty((len(piece), 1))
            piece.copy(0, [self._weight], found)
            check_weights(found[:, 0], lambda i, p=piece: (p.where, p.first + i))
            rest = np.concatenate([rest, found[:, 0]])
            whole = len(rest) - len(rest) % n_rows
            yield from (rest[i : i + n_rows] for i in range(0, whole, n_rows))
            rest = rest[whole:]
        if len(rest):
            yield rest

    def _empty(self, n):
        """Return arrays for n rows and their weights, or None."""
        return np.empty((n, self.n_features), self.dtype), np.empty(n) if self.weighted else None

    def _fits(self, n_rows):
        n_bytes = n_rows * (self.n_features * self.dtype.itemsize + 8 * self.weighted)
        if self.cache is None:
            return n_bytes <= CACHE_BYTES
        return self.cache and n_bytes <= free_memory() / 2

    def _read_to_the_end(self):
        """Find the number of rows; keep them if they are few enough."""
        blocks, n = [], 0
        with self.stream() as stream:
            for size in stream.pieces_of(_READ_ROWS):
                n += size
                if blocks is not None and self._fits(n):
                    X, weights = self._empty(size)
                    stream.fill(X, weights)
                    blocks.append((X, weights))
                else:
                    blocks = None
                    stream.skip(size)
        self._n_rows = n
        if blocks:
            X, weights = zip(*blocks, strict=True)
            self._held = np.concatenate(X), np.concatenate(weights) if self.weighted else None

    def _check(self, X, locate, cell=None):
        """Raise ValueError if a row of X is not finite.

        locate: returns of row i of X the table that it is from, and its number there; cell: what is
        shown of a cell, or None.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(X.sum()):
                return
        bad = np.isinf(X) if self.allow_missing else ~np.isfinite(X)
        if not bad.any():
            return
        i, j = np.argwhere(bad)[0].tolist()
        column = f"column {j + 1}" if self.names is None else f"column {self.names[j]!r}"
        got = cell and cell(i, self._columns[j])
        fix = _FIX_OF_NAN if np.isnan(X[i, j]) else _FIX
        where, row = locate(i)
        raise ValueError(
            f"{where}: row {row + 1}, {column}: expected a finite number, got "
            f"{got or X[i, j]}; {fix}"
        )


class Stream:
    """One reading of rows: blocks are filled one after the other, and checked."""

    _piece: Any

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        columns = [*rows._columns, *([rows._weight] if rows.weighted else [])]
        self._columns = as_range(rows._columns)
        self._pieces = rows._reader.pieces(as_range(columns))
        self._piece, self._at, self._n = None, 0, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pieces.close()

    def pieces_of(self, most: int) -> Iterator[Any]:
        """Yield how many rows are to be filled or skipped next, until there are none."""
        while self._more():
            yield min(most, len(self._piece) - self._at)

    def fill(self, X: Floats, weights: Float64s | None = None) -> None:
        """Fill X (n, D), and weights (n,), with the next n rows."""
        done = 0
        while done < len(X):
            if not self._more():
                raise ValueError(
                    f"{self._rows._reader.where}: gave {self._n} rows and then ended; expected "
                    f"{self._rows._n_rows} as before: the rows must be the same each time"
                )
            n = min(len(X) - done, len(self._piece) - self._at)
            block, at = X[done : done + n], self._at
            piece = self._piece
            piece.copy(at, self._columns, block)
            self._rows._check(
                block,
                lambda i, p=piece, a=at: (p.where, p.first + a + i),
                lambda i, j, p=piece, a=at: p.cell(a + i, j),
            )
            if weights is not None:
                found = weights[done : done + n, np.newaxis]
                piece.copy(at, [self._rows._weight], found)
                check_weights(found[:, 0], lambda i, p=piece, a=at: (p.where, p.first + a + i))
            done += n
            self._advance(n)

    def skip(self, n: int) -> None:
        """Leave out the next n rows of the piece."""
        self._advance(n)

    def check_end(self) -> None:
        """Raise ValueError if there are more rows than there were."""
        if self._more():
            raise ValueError(
                f"{self._rows._reader.where}: gave more rows than the {self._n} of before: the "
                "rows must be the same each time"
            )

    def _advance(self, n):
        self._at += n
        self._n += n

    def _more(self):
        while self._piece is None or self._at == len(self._piece):
            self._piece, self._at = next(self._pieces, None), 0
            if self._piece is None:
                return False
        return True


def check_weights(weights, locate, numbers=None):
    """Raise ValueError if a weight is none; `locate` says where row i (or numbers[i]) is."""
    bad = ~((weights >= 0.0) & (weights < np.inf))
    if bad.any():
        i = int(bad.argmax())
        where, row = locate(i if numbers is None else int(numbers[i]))
        raise ValueError(
            f"{where}: row {row + 1}: expected a finite non-negative weight, got {weights[i]}"
        )


def _numbered(reader, columns, what):
    """Return the numbers of columns that are given by name or number, or raise ValueError."""
    found = []
    for column in columns:
        if isinstance(column, str):
            if reader.names is None or column not in reader.names:
                known = (
                    "the columns have no names"
                    if reader.names is None
                    else (f"there are {', '.join(reader.names)}")
                )
                raise ValueError(f"{what}: {reader.where} has no column {column!r}; {known}")
            found.append(reader.names.index(column))
        elif isinstance(column, (int, np.integer)) and 0 <= column < reader.n_columns:
            found.append(int(column))
        else:
            raise ValueError(
                f"{what}: expected names or numbers from 0 to {reader.n_columns - 1} of columns "
                f"of {reader.where}, got {column!r}"
            )
    return found


def _chosen(reader, columns, weight):
    """Return the numbers of the columns that are features."""
    if columns is None:
        return [j for j in range(reader.n_columns) if j != weight]
    columns = [columns] if isinstance(columns, (str, int)) else list(columns)
    found = _numbered(reader, columns, "columns")
    if not found or len(set(found)) < len(found):
        raise ValueError(f"columns must be different ones, at least one, got {columns!r}")
    return found


def free_memory():
    """Return how many bytes of memory are free, as far as the system says; else 2**30."""
    try:
        with open("/proc/meminfo") as lines:
            of = dict(line.split(":") for line in lines)
        return int(of["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 2**30
