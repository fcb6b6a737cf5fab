"""How a tape is printed: a table of its statements. Nothing is compiled for it.

Numba makes the class that Python sees of a jitclass when it first hands an instance over, and
passes no ``__repr__`` on. So it gets one when a tape is made in the interpreter.
"""

import ctypes
from html import escape

import numpy as np
from numba.experimental.jitclass.base import JitClassType

from .types import CONTINUES, LENGTH

_VARIABLES = 5  # of more, one row
_FIRST, _LAST = 10, 4  # statements of a long tape
_HEAD = ("k", "parents", "partials")


class TapeClass(JitClassType):
    """The class of a jitclass whose instances get the methods in its `_printed`."""

    def __call__(cls, *args, **kwargs):
        made = super().__call__(*args, **kwargs)
        seen = type(made)
        if "__repr__" not in vars(seen):
            for name, method in cls._printed.items():
                setattr(seen, name, method)
        return made


def length(tape):
    """Return the number of rows in use, of which row 0 stands for all constants."""
    return ctypes.c_int64.from_address(tape.control + 8 * LENGTH).value


def count(n, word):
    """Return a number of things, with their name.

    Examples
    --------
    >>> count(1, "variable"), count(0, "statement")
    ('1 variable', '0 statements')
    """
    return f"{n} {word}{'s' * (n != 1)}"


def statement(k, operands, partials):
    """Return the parents and the partials of statement k, as it lies on the tape.

    A statement that continues the one before it has that as a parent, with the partial 1.
    """
    parents, slopes = [], []
    if operands[0] < 0:
        parents, slopes = [k - 1], [1.0]
    for operand, partial in zip(operands, partials, strict=True):
        parent = int(operand) & ~CONTINUES
        if parent:
            parents.append(parent)
            slopes.append(float(partial))
    return ", ".join(map(str, parents)), ", ".join(f"{p:.6g}" for p in slopes)


def rows(tape):
    """Return a tape's rows, each of three texts; of many statements the first and the last."""
    n, end = tape.n_variables, length(tape)
    table = [(str(k), "variable", "") for k in range(1, n + 1)]
    if n > _VARIABLES:
        table = [(f"1 ... {n}", "variables", "")]
    chosen = [*range(n + 1, end)]
    if len(chosen) > _FIRST + _LAST + 1:
        chosen = [*chosen[:_FIRST], None, *chosen[-_LAST:]]
    operands, partials = tape.operands, tape.partials
    return table + [
        ("...",) * 3 if k is None else (str(k), *statement(k, operands[k], partials[k]))
        for k in chosen
    ]


def title(tape):
    """Return a tape in a line: how many variables and statements it holds."""
    n = tape.n_variables
    return f"Tape: {count(n, 'variable')}, {count(length(tape) - 1 - n, 'statement')}"


def text(tape):
    """Return a tape as a table of text."""
    table = rows(tape)
    if not table:
        return f"<{title(tape)}>"
    table = [_HEAD, *table]
    widths = np.array([[len(cell) for cell in row] for row in table]).max(axis=0)
    lines = [f"{row[0]:>{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}".rstrip() for row in table]
    return "\n".join([f"<{title(tape)}>", *lines])


def html(tape):
    """Return a tape as a table of HTML."""
    style = ' style="text-align: left; padding-right: 14px"'
    table = [("th", _HEAD), *(("td", row) for row in rows(tape))]
    lines = [
        "".join(["<tr>", *(f"<{tag}{style}>{escape(cell)}</{tag}>" for cell in row), "</tr>"])
        for tag, row in table
    ]
    return f"<table><caption>{title(tape)}</caption>{''.join(lines)}</table>"


def line(tape):
    """Return a `ReplayTape` in a line."""
    n = tape.n_variables
    operations = count(length(tape) - 1 - n, "operation")
    return f"<ReplayTape: {count(n, 'variable')}, {operations}>"


TABLE = {"__repr__": text, "__str__": text, "_repr_html_": html}
LINE = {"__repr__": line, "__str__": line}
