"""NumPy's joins: ``concatenate`` and the stacks.

For arrays of Jets and of Vars Numba's own would do, but for the type of what they return, which is
that of an ordinary array: its reductions and methods would then be Numba's, which do not know such
items.

Registration only: nothing is compiled until a program uses it.
"""

import functools
import itertools

import numpy as np
from numba.core import types
from numba.extending import overload

from ..numbers.arrays import empty_array, item_of
from ..rules.codegen import compile_source, indented


def _joined_item(arrays):
    """Return the item of a join of a tuple of arrays, None where none of them is active."""
    if not isinstance(arrays, types.BaseTuple) or not len(arrays):
        return None
    return item_of(*arrays) if all(isinstance(t, types.Array) for t in arrays) else None


def _compiled(name, arguments, lines, item):
    source = "\n".join([f"def {name}({arguments}):", *indented(lines)]) + "\n"
    return compile_source(source, name, {"empty_array": empty_array, "item": item, "np": np})


def _place_of_axis(name, ndim):
    return [
        f"at = axis + {ndim} if axis < 0 else axis",
        f"if at < 0 or at >= {ndim}:",
        f'    raise ValueError("np.{name}(): axis out of bounds")',
    ]


def _alike(name, arrays, condition):
    """Return the lines that refuse arrays of other lengths than the first has."""
    lines = []
    for k in range(1, len(arrays)):
        for d in range(arrays[0].ndim):
            lines += [
                f"if {condition.format(d=d)}arrays[{k}].shape[{d}] != arrays[0].shape[{d}]:",
                f'    raise ValueError("np.{name}(): the arrays have different lengths")',
            ]
    return lines


def _tuple_of(parts):
    return f"({' '.join(f'{part},' for part in parts)})"


# For the target "cpu", to come before Numba's own.
@overload(np.concatenate, target="cpu")
def _concatenate(arrays, axis=0):
    item = _joined_item(arrays)
    if item is None:
        return None
    axes = range(arrays[0].ndim)
    if not axes or any(t.ndim != len(axes) for t in arrays):
        return None  # Numba's own says what is wrong
    lines = [*_place_of_axis("concatenate", len(axes)), "shift, total = 0, 0"]
    lines += _alike("concatenate", arrays, "at != {d} and ")
    lines += [f"total += arrays[{k}].shape[at]" for k in range(len(arrays))]
    shape = _tuple_of(f"total if at == {d} else arrays[0].shape[{d}]" for d in axes)
    place = _tuple_of(f"index[{d}] + shift if at == {d} else index[{d}]" for d in axes)
    lines.append(f"out = empty_array(item, {shape})")
    for k in range(len(arrays)):
        lines += [
            f"for index in np.ndindex(arrays[{k}].shape):",
            f"    out[{place}] = arrays[{k}][index]",
            f"shift += arrays[{k}].shape[at]",
        ]
    return _compiled("concatenate", "arrays, axis=0", [*lines, "return out"], item)


@overload(np.stack, target="cpu")
def _stack(arrays, axis=0):
    item = _joined_item(arrays)
    if item is None or any(t.ndim != arrays[0].ndim for t in arrays):
        return None
    n = arrays[0].ndim

    def along(new, old):
        """Return the parts of a shape or place: the new axis, beside those of an array."""
        kept = [old.format(d=d) for d in range(n)]
        for d in range(n + 1):
            above, below = kept[d : d + 1], kept[max(d - 1, 0) : d]
            rest = f"{above[0]} if at > {d} else {below[0]}" if above and below else ""
            rest = rest or (above or below or ["0"])[0]
            yield f"{new} if at == {d} else ({rest})"

    lines = [*_place_of_axis("stack", n + 1), *_alike("stack", arrays, "")]
    shape = _tuple_of(along(len(arrays), "arrays[0].shape[{d}]"))
    lines.append(f"out = empty_array(item, {shape})")
    for k in range(len(arrays)):
        lines += [
            f"for index in np.ndindex(arrays[{k}].shape):",
            f"    out[{_tuple_of(along(k, 'index[{d}]'))}] = arrays[{k}][index]",
        ]
    return _compiled("stack", "arrays, axis=0", [*lines, "return out"], item)


# The other stacks are these, after views of more axes: by function and number of dimensions,
# the call and the view of each array (None: more than those). Where there is no entry, Numba's
# own says what is wrong.
_STACKS = {
    ("hstack", 1): ("np.concatenate({}, 0)", ""),
    ("hstack", None): ("np.concatenate({}, 1)", ""),
    ("vstack", 1): ("np.stack({}, 0)", ""),
    ("vstack", None): ("np.concatenate({}, 0)", ""),
    ("dstack", 1): ("np.stack({}, 2)", "[None]"),
    ("dstack", 2): ("np.stack({}, 2)", ""),
    ("dstack", None): ("np.concatenate({}, 2)", ""),
    ("column_stack", 1): ("np.concatenate({}, 1)", "[:, None]"),
    ("column_stack", 2): ("np.concatenate({}, 1)", ""),
}


def _register_stack(name, base):
    @overload(getattr(np, name), target="cpu")
    def overload_stack(tup):
        item = _joined_item(tup)
        if item is None or not all(t.ndim for t in tup):
            return None
        parts, found = [], set()
        for k, t in enumerate(tup):
            call, view = _STACKS.get((base, t.ndim)) or _STACKS.get((base, None), ("", ""))
            parts.append(f"tup[{k}]{view}")
            found.add(call)
        if len(found) > 1 or not call:
            return None
        return _compiled(name, "tup", [f"return {call.format(_tuple_of(parts))}"], item)


for _name in ("hstack", "vstack", "dstack", "column_stack", "row_stack"):
    if hasattr(np, _name):
        _register_stack(_name, "vstack" if _name == "row_stack" else _name)


# ---- For source transformation: a form is written for each number of arrays ----

_ROWS = ("out[{k}] = {a}", "({n}, a0.size)", (0,))
_COLUMNS = ("out[:, {k}] = {a}", "(a0.size, {n})", (0,))
# function -> dimensions of all arrays -> a statement for each, the shape of the result, and the
# axes along which all have the same length; without "{k}" the statement is for a stretch of items,
# rows or columns, i up to j.
_JOINED = {
    np.concatenate: {
        1: ("out[i:j] = {a}", "({sizes},)", ()),
        2: ("out[i:j] = {a}", "({heights}, a0.shape[1])", (1,)),
    },
    np.hstack: {
        1: ("out[i:j] = {a}", "({sizes},)", ()),
        2: ("out[:, i:j] = {a}", "(a0.shape[0], {widths})", (0,)),
    },
    np.vstack: {1: _ROWS, 2: ("out[i:j] = {a}", "({heights}, a0.shape[1])", (1,))},
    np.stack: {1: _ROWS, 2: ("out[{k}] = {a}", "({n}, a0.shape[0], a0.shape[1])", (0, 1))},
    np.dstack: {
        1: ("out[0, :, {k}] = {a}", "(1, a0.size, {n})", (0,)),
        2: ("out[:, :, {k}] = {a}", "(a0.shape[0], a0.shape[1], {n})", (0, 1)),
        3: ("out[:, :, i:j] = {a}", "(a0.shape[0], a0.shape[1], {depths})", (0, 1)),
    },
    np.column_stack: {1: _COLUMNS, 2: ("out[:, i:j] = {a}", "(a0.shape[0], {widths})", (0,))},
}


@functools.cache
def _joined(function, ndim, n):
    """Return the form of a function of n arrays of some dimensions, or None."""
    statement, shape, alike = _JOINED[function][ndim]
    names = [f"a{k}" for k in range(n)]
    length = {
        "sizes": "{}.size",
        "heights": "{}.shape[0]",
        "widths": "{}.shape[1]",
        "depths": "{}.shape[2]",
    }
    sums = {k: " + ".join(v.format(a) for a in names) for k, v in length.items()}
    name = f"{function.__name__}_{n}_{ndim}d"
    lines = [f"def {name}({', '.join(names)}):"]
    for a, axis in itertools.product(names[1:], alike):
        message = f"np.{function.__name__}(): the arrays have different lengths"
        lines += [
            f"if {a}.shape[{axis}] != a0.shape[{axis}]:",
            f'    raise ValueError("{message}")',
        ]
    lines.append(f"out = np.empty({shape.format(n=n, **sums)})")
    stretched = "{k}" not in statement
    extent = f"shape[{statement.count(':, ')}]"
    if stretched:
        lines.append("j = 0")
    for k, a in enumerate(names):
        if stretched:
            lines += ["i = j", f"j = i + {a}.{extent}"]
        lines.append(statement.format(k=k, a=a))
    source = "\n    ".join([*lines, "return out"]) + "\n"
    return compile_source(source, name, {"np": np, "__name__": __name__})


def form_of(function, dimensions):
    """Return a function of arrays that joins them by assignments to parts of a new one, or None.

    Parameters
    ----------
    function : callable
        Of NumPy's.
    dimensions : tuple
        Of its positional arguments; of a tuple of arrays a tuple.
    """
    if function is np.append and dimensions == (1, 1):
        return _joined(np.concatenate, 1, 2)
    if function in _JOINED and len(dimensions) == 1 and isinstance(dimensions[0], tuple):
        ndim = dimensions[0][0] if len(set(dimensions[0])) == 1 else None
        if ndim in _JOINED[function]:
            return _joined(function, ndim, len(dimensions[0]))
    return None
