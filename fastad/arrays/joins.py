"""NumPy's joins, for arrays of Jets and of Vars alike: ``concatenate`` and the stacks.

Numba's own would do, but for the type of what they return, which is that of an ordinary array: its
reductions and methods would then be Numba's, which do not know such items.

Registration only: nothing is compiled until a program uses it.
"""

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
