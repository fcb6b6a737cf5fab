"""NumPy's joins: ``concatenate``, the stacks and ``append``.

A form is written for each function, the dimensions of its arrays, and the axis: it assigns the
arrays to parts of a new one. `forms` puts it in place of the call. For arrays of Jets and of Vars
Numba's own would do, but for the type of what they return, which is that of an ordinary array: its
reductions and methods would then be Numba's, which do not know such items.
"""

import functools
from typing import NamedTuple

import numpy as np
from numba.core import types

from ..rules.codegen import compile_source, indented


class _Join(NamedTuple):
    """A result of some dimensions that is joined along an axis.

    Each array has the axes of the result that are listed for it; one that does not have the axis
    itself takes a single place along it.
    """

    ndim: int
    axis: int
    axes: tuple


def _along(dimensions, axis):
    n = dimensions[0]
    if set(dimensions) == {n} and -n <= axis < n:
        return _Join(n, axis % n, (tuple(range(n)),) * len(dimensions))
    return None


def _stacked(dimensions, axis):
    n = dimensions[0] + 1
    if set(dimensions) == {n - 1} and -n <= axis < n:
        own = tuple(d for d in range(n) if d != axis % n)
        return _Join(n, axis % n, (own,) * len(dimensions))
    return None


def _in_a_row(dimensions, axis):
    return _along(dimensions, min(dimensions[0], 2) - 1)


def _raised(ndim, axis, fewer):
    """Return a join of arrays of some dimensions, or fewer: by their number, the axes they have."""

    def join(dimensions, _):
        n = max(ndim, *dimensions)
        known = {n: tuple(range(n))} | (fewer if n == ndim else {})
        if set(dimensions) <= set(known):
            return _Join(n, axis, tuple(known[d] for d in dimensions))
        return None

    return join


_ROWS = _raised(2, 0, {1: (1,)})
# function -> its parameters; the `_Join` of arrays of some dimensions along an axis, or None
JOINS = {
    np.concatenate: (("arrays", "axis"), _along),
    np.stack: (("arrays", "axis"), _stacked),
    np.hstack: (("tup",), _in_a_row),
    np.vstack: (("tup",), _ROWS),
    np.dstack: (("tup",), _raised(3, 2, {1: (1,), 2: (0, 1)})),
    np.column_stack: (("tup",), _raised(2, 1, {1: (0,)})),
    np.append: (("arr", "values"), _raised(1, 0, {0: ()})),
}
for _name in ("row_stack",):  # before NumPy 2
    if hasattr(np, _name):
        JOINS[getattr(np, _name)] = (("tup",), _ROWS)


def _lines(join, arrays, message):
    """Return the lines that make the result ``out`` of the arrays with some names."""
    ndim, axis, axes = join

    def length(k, d):
        return f"{arrays[k]}.shape[{axes[k].index(d)}]" if d in axes[k] else "1"

    lines, each = [], range(len(arrays))
    for k in each[1:]:
        for d in range(ndim):
            if d != axis and length(k, d) != length(0, d):
                lines.append(f"if {length(k, d)} != {length(0, d)}:")
                lines.append(f'    raise ValueError("{message}")')
    items = all(axis not in own for own in axes)  # whose places are known
    total = str(len(arrays)) if items else " + ".join(length(k, axis) for k in each)
    shape = ", ".join(total if d == axis else length(0, d) for d in range(ndim))
    lines += [f"out = np.empty(({shape},))"] + ([] if items else ["j = 0"])
    for k, own in zip(each, axes, strict=True):
        if not items:
            lines += ["i = j", f"j = i + {length(k, axis)}"]
        here = str(k) if items else "i:j" if axis in own else "i"
        place = [here if d == axis else ":" if d in own else "0" for d in range(ndim)]
        while place[-1] == ":":
            place.pop()
        lines.append(f"out[{', '.join(place)}] = {arrays[k]}")
    return lines


@functools.cache
def _form(function, joins, flat):
    """Return a form: by its axis, each join of arrays, of which some are made flat first."""
    names = [f"a{k}" for k in range(len(flat))]
    arrays = [f"{a}.ravel()" if wide else a for a, wide in zip(names, flat, strict=True)]
    axes = "_or_".join(f"{'x'.join(map(str, j.axes))}_{j.axis}" for _, j in joins)
    axes = "".join(c for c in axes if c.isalnum() or c == "_")
    # A name of its own for each source: by it `inspect` finds the source again.
    name = f"{function.__name__}_{axes}_{''.join('wf'[wide] for wide in flat)}"
    words = f"np.{function.__name__}(): the arrays have different lengths"
    lines = []
    for axis, join in joins:
        body = _lines(join, arrays, words)
        if len(joins) > 1:
            test = f"axis == {axis} or axis == {axis - len(joins)}"
            body = [f"{'elif' if axis else 'if'} {test}:", *indented(body)]
        lines += body
    if len(joins) > 1:
        outside = f"np.{function.__name__}(): axis out of bounds"
        lines += ["else:", f'    raise ValueError("{outside}")']
    source = "\n".join([f"def {name}({', '.join(names)}, axis=0):", *indented(lines)])
    source += "\n    return out\n"
    return compile_source(source, name, {"np": np, "__name__": __name__})


def form_of(function, argument_types, dimensions):
    """Return a function that joins arrays as one of NumPy's does, or None.

    Its arguments are the arrays, and the axis where there is one.

    Parameters
    ----------
    function : callable
        Of NumPy's.
    argument_types : sequence of Numba types
        Of its positional arguments. Where the axis is no literal, the form chooses when it runs.
    dimensions : sequence
        Of the same, 0 of a number, and of a tuple those of its items.
    """
    if function not in JOINS or not dimensions:
        return None
    names, join = JOINS[function]
    of_arrays = dimensions if function is np.append else dimensions[0]
    lowest = 0 if function is np.append else 1
    if not isinstance(of_arrays, tuple) or not of_arrays:
        return None
    if not all(isinstance(d, int) and d >= lowest for d in of_arrays):
        return None
    flat = tuple(function is np.append and d > 1 for d in of_arrays)
    of_arrays = tuple(1 if wide else d for d, wide in zip(of_arrays, flat, strict=True))
    axis = argument_types[1] if "axis" in names[: len(argument_types)] else None
    axes = [0 if axis is None else getattr(axis, "literal_value", getattr(axis, "value", None))]
    if isinstance(axis, types.Integer) and not isinstance(axes[0], int):
        axes = range(max(of_arrays) + (function is np.stack))
    joins = [(k, join(of_arrays, k)) for k in axes if k is not None]
    if not joins or any(j is None for _, j in joins):
        return None
    return _form(function, tuple(joins), flat)
