"""Rows of .csv files: numbers separated by commas, and in words what is wrong with others."""

import contextlib
import csv
import itertools
import math

import numpy as np

from .pieces import ArrayPiece, Reader

_MISSING = ("", "?", "-", "na", "n/a", "#n/a", "nan", "null", "none", "nil", ".")
_LONGEST_CELL = 2**16  # characters
_LINES = 2**14  # read together


class CsvReader(Reader):
    """Rows of a .csv file, which is parsed each time that it is read."""

    def __init__(self, path):
        self.path, self.where = path, str(path)
        with _in_words(path):
            # Whether the first row may miss values is not known yet; reading it will tell.
            self.names, self._n_before = _csv_header(path, allow_missing=True)
            self.n_columns = len(self.names or _first_row(path))
        self._checked = False

    def dtype(self, columns):
        for j in columns if self.names else ():
            if not self.names[j]:
                raise ValueError(
                    f"{self.where}: line {self._n_before}, column {j + 1}: the header has no name "
                    "here; if this is a column of row labels, write the table without it, or "
                    "choose the columns"
                )
        return np.dtype(np.float64)

    def pieces(self, columns):
        first, checked = 0, self._checked
        some = None if columns == range(self.n_columns) else list(columns)
        words = _in_words(self.path, self.allow_missing, some)
        with words, self.path.open(encoding="utf-8-sig") as lines:
            for _ in range(self._n_before):
                next(lines)
            lines = (line for line in lines if line.strip())  # NumPy warns of blank ones
            for line in lines:
                several = [line, *itertools.islice(lines, _LINES - 1)]
                rows = self._parsed(several, some)
                if first == 0:
                    self._check_first(rows)
                as_wide = rows.shape[1] == self.n_columns
                if some is not None:
                    as_wide = all(_width(line) == self.n_columns for line in several)
                if not as_wide or not self._all_numbers(rows):
                    self._check_all(some)
                yield ArrayPiece(_in_place(rows, some, self.n_columns), self.where, first)
                first += len(rows)
            if self.n_columns == 1 and not checked:  # NumPy leaves out an empty cell there
                self._check_all(some)
        self._checked = True

    def _parsed(self, lines, some):
        """Return lines as an array: of all columns, or of `some`, whatever the others hold."""
        form = {"delimiter": ",", "ndmin": 2, "comments": None, "quotechar": '"', "encoding": None}
        form["usecols"] = some
        try:
            return np.loadtxt(lines, **form)
        except ValueError:
            if not self.allow_missing:
                raise
        return np.loadtxt(lines, converters=_number_or_missing, **form)

    def _all_numbers(self, rows):
        return not np.isinf(rows).any() if self.allow_missing else np.isfinite(rows).all()

    def _check_first(self, rows):
        one = self.n_columns == 1 and self.names is None
        if one and not rows[0, 0] and _zero_is_a_name(self.path):
            raise _TableFault(
                "line 1 is 0, and all others have a point: it is the number of the column, as "
                "pandas writes where columns have no names; write it with header=False (or 0.0)"
            )

    def _check_all(self, some):
        fault = _csv_fault(self.path, self.allow_missing, some)
        if fault:
            raise _TableFault(fault)


def _width(line):
    """Return the number of cells of a line."""
    if '"' not in line:
        return line.count(",") + 1
    if line.count('"') % 2:
        raise _TableFault("a cell goes on in the next line: read the file by other means")
    return len(next(csv.reader([line])))


def _in_place(rows, some, n_columns):
    """Return rows of `some` columns (None: of all) as rows of all; the others are not looked at."""
    if some is None:
        return rows
    found = np.full((len(rows), n_columns), np.nan)
    found[:, some] = rows
    return found


def _number_or_missing(cell):
    if cell.strip().lower() in _MISSING:
        return math.nan
    number = _number(cell)
    if number is None:  # which `float` may yet take, such as 1_000
        raise ValueError(f"expected a number, got {cell!r}")
    return number


@contextlib.contextmanager
def _in_words(path, allow_missing=False, some=None):
    """Raise what is wrong with a .csv file as a ValueError of one line with its name."""
    try:
        yield
    except UnicodeDecodeError:
        raise ValueError(f"{path}: not UTF-8 text; save it as UTF-8") from None
    except csv.Error as error:
        raise ValueError(f"{path}: not readable as CSV ({error})") from None
    except _TableFault as fault:
        raise ValueError(f"{path}: {fault}") from None
    except ValueError as error:  # NumPy counts rows; a person looks for a line and a column
        detail = str(error).splitlines()[0][:200]
        raise ValueError(f"{path}: {_csv_fault(path, allow_missing, some) or detail}") from None


def _first_row(path):
    """Return the cells of the first row of a file without names."""
    return next(_csv_rows(path))[1]


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


def _csv_header(path, allow_missing=False):
    """Return the feature names, or None, and the number of lines before the first row.

    `allow_missing`: whether the first row may miss values, if there are no names.
    """
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
        if allow_missing and any(is_number):
            return None, 0
        column = is_number.index(False)
        raise _TableFault(f"line {line}, column {column + 1}: the value is missing")
    if any(is_number):
        column = is_number.index(False)
        fix = _separator_fix(cells) or "expected a header without numbers, or numbers only"
        raise _TableFault(
            f"line {line} mixes names and numbers: column {column + 1} is {cells[column]!r}; {fix}"
        )
    names = tuple(cell.strip() for cell in cells)
    repeated = [name for name in names if name and names.count(name) > 1]
    if repeated:
        raise _TableFault(f"the column name {repeated[0]!r} is repeated; rename one")
    if next(rows, None) is None:
        raise _TableFault("expected rows of numbers after the header line, got none")
    return names, line


def _zero_is_a_name(path):
    """Whether a file of one column begins with 0, and all that follows has a point or exponent."""
    cells = (cells[0].strip().lower() for _, cells in _csv_rows(path))
    following = [next(cells) == "0", *("." in cell or "e" in cell for cell in cells)]
    return len(following) > 1 and all(following)


def _csv_fault(path, allow_missing=False, some=None):
    """Return what is wrong with the first bad row, in words, or None; of `some` columns, or all."""
    try:
        return _row_fault(path, allow_missing, some)
    except _TableFault as fault:
        return str(fault)


def _row_fault(path, allow_missing, some):
    rows = _csv_rows(path)
    names, _ = _csv_header(path, allow_missing)
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
            if some is not None and column not in some:
                continue
            # Of one column an empty cell is a blank line, which is read over.
            if allow_missing and (width > 1 or cell) and cell.strip().lower() in _MISSING:
                continue
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
