"""NumPy's joins: ``concatenate``, the stacks and ``append``.

For each function, dimensions of its arrays, and axis a form is generated: it assigns the arrays to
parts of a new one. `forms` uses it like the written ones. Arrays of Jets and of Vars need the form,
too: Numba's own functions would return an array of Numba's type, whose reductions and methods do
not know such items.
"""

import functools
from typing import NamedTuple

import numpy as np
from numba.core import types

from ..rules.codegen import compile_source, indented


class _Join(NamedTuple):
    """How arrays are joined to a result of ``ndim`` dimensions along an axis.

    ``axes`` has for each array those axes of the result that it has. An array that does not have
    the axis of the join itself takes up a single index along it.
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
    """Return the maker of the join of arrays of ``ndim`` dimensions or fewer.

    ``fewer`` maps a smaller number of dimensions to the axes of the result that such an array has.
    """

    def join(dimensions, _):
        n = max(ndim, *dimensions)
        known = {n: tuple(range(n))} | (fewer if n == ndim else {})
        if set(dimensions) <= set(known):
            return _Join(n, axis, tuple(known[d] for d in dimensions))
        return None

    return join


_ROWS = _raised(2, 0, {1: (1,)})
# function -> its parameters; what returns the `_Join` for (dimensions of the arrays, axis), or None
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
    """Return the lines that join the arrays with these names to the result ``out``."""
    ndim, axis, axes = join

    def length(k, d):
        return f"{arrays[k]}.shape[{axes[k].index(d)}]" if d in axes[k] else "1"

    lines, each = [], range(len(arrays))
    for k in each[1:]:
        for d in range(ndim):
            if d != axis and length(k, d) != length(0, d):
                lines.append(f"if {length(k, d)} != {length(0, d)}:")
                lines.append(f'    raise ValueError("{message}")')
    items = all(axis not in own for own in axes)  # then the k-th array is at index k
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
    """Return a form that chooses among joins by the axis; arrays marked in ``flat`` are raveled."""
    names = [f"a{k}" for k in range(len(flat))]
    arrays = [f"{a}.ravel()" if wide else a for a, wide in zip(names, flat, strict=True)]
    axes = "_or_".join(f"{'x'.join(map(str, j.axes))}_{j.axis}" for _, j in joins)
    axes = "".join(c for c in axes if c.isalnum() or c == "_")
    # Each source needs a name of its own, by which `inspect` finds it again.
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
    """Return the form of one of NumPy's joins, or None.

    Its arguments are the arrays, and the axis if it is given.

    Parameters
    ----------
    function : callable
        NumPy's function.
    argument_types : sequence of Numba types
        Those of its positional arguments. The form tests an axis that is no literal when it runs.
    dimensions : sequence
        Those of the same arguments: 0 for a number, and for a tuple those of its items.
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
