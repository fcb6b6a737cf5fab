"""NumPy's functions of whole arrays, for arrays of Jets and of Vars alike.

Numba's own implementations serve many functions that only move items (``reshape``, ``flip``, ...).
Here are those that Numba's own cannot do with such items.

Registration only: nothing is compiled until a program uses it.
"""

import numpy as np
from numba.core import errors, types
from numba.extending import overload, overload_method
from numba.np.numpy_support import as_dtype

from ..numbers.arrays import ActiveArrayType, empty_array, empty_as, is_none, item_of
from ..numbers.jet import ActiveType, settled
from ..rules.codegen import compile_source
from .kernels import empty_for, filled
from .reductions import is_active_array

# ---- Arrays made of numbers, and of other arrays ----


def _register_maker(name, value):
    # For the target "cpu", to be tried before Numba's own, which return arrays of Numba's type.
    @overload(getattr(np, name), target="cpu")
    def overload_maker(shape, dtype=float):
        item = dtype.dtype if isinstance(dtype, types.DType) else None
        if not isinstance(item, ActiveType):
            return None
        if isinstance(shape, types.Integer):
            return lambda shape, dtype=float: filled(empty_array(item, (shape,)), value)
        return lambda shape, dtype=float: filled(empty_array(item, shape), value)


for _name, _value in (("empty", None), ("zeros", 0.0), ("ones", 1.0)):
    _register_maker(_name, _value)


def _is_float(dtype):
    """Tell whether a dtype is left out, or a float's: then the items may be Jets or Vars."""
    return is_none(dtype) or getattr(dtype, "dtype", None) == types.float64


@overload(np.full, target="cpu")
def _full(shape, fill_value, dtype=None):
    if not isinstance(fill_value, ActiveType) or not _is_float(dtype):
        return None
    item = fill_value.item
    one = isinstance(shape, types.Integer)

    def full(shape, fill_value, dtype=None):
        return filled(empty_array(item, (shape,) if one else shape), fill_value)

    return full


@overload(np.full_like, target="cpu")
def _full_like(a, fill_value, dtype=None):
    is_float = isinstance(getattr(a, "dtype", None), ActiveType | types.Float)
    item = item_of(a, fill_value) if is_float and _is_float(dtype) else None
    if item is None:  # or the items are integers
        return None
    return lambda a, fill_value, dtype=None: filled(empty_as(item, a), fill_value)


def _shape_of_sequence(t):
    """Return the shape of nested lists and tuples and the types of items; None if ragged."""
    if isinstance(t, types.List):
        inner = _shape_of_sequence(t.dtype)
        return None if inner is None else (1 + inner[0], inner[1])
    if isinstance(t, types.BaseTuple):
        found = {_shape_of_sequence(part) for part in t}
        depths = {None if f is None else f[0] for f in found}
        if len(depths) != 1 or None in depths:
            return None
        return 1 + depths.pop(), tuple(kind for f in found for kind in f[1])
    return (0, (t,)) if isinstance(t, ActiveType | types.Number | types.Boolean) else None


@overload(np.array)
def _array(object, dtype=None):
    if isinstance(object, types.Array) or not isinstance(object, types.Sequence | types.BaseTuple):
        return None
    found = _shape_of_sequence(object)
    item = None if found is None else item_of(*found[1])
    if item is None or found[0] > 2 or not _is_float(dtype):
        return None
    scope = {"empty_array": empty_array, "item": item}
    shape = ", ".join(f"len(object{'[0]' * k})" for k in range(found[0]))
    lines = ["def array(object, dtype=None):", f"    out = empty_array(item, ({shape},))"]
    lines += _copies(object, "object", "", 1)
    return compile_source("\n".join([*lines, "    return out"]) + "\n", "array", scope)


def _copies(t, name, place, depth):
    """Return the lines that copy a nested sequence: tuples unrolled, lists in a loop."""
    indent = "    " * depth
    if isinstance(t, types.BaseTuple):
        return [
            line
            for i, part in enumerate(t)
            for line in _copies(part, f"{name}[{i}]", f"{place}{i}, ", depth)
        ]
    if isinstance(t, types.List):
        i = f"i{depth}"
        check = [f"{indent}if len({name}) != out.shape[{place.count(',')}]:"]
        check.append(f'{indent}    raise ValueError("the rows of an array have different lengths")')
        inner = _copies(t.dtype, f"{name}[{i}]", f"{place}{i}, ", depth + 1)
        return [*check, f"{indent}for {i} in range(len({name})):", *inner]
    return [f"{indent}out[{place}] = {name}"]


@overload(np.repeat)
def _repeat(a, repeats):
    if not is_active_array(a) or not isinstance(repeats, types.Integer):
        return None

    def repeat(a, repeats):
        out = empty_for(a, (a.size * repeats,))
        k = 0
        for v in a.flat:
            for _ in range(repeats):
                out[k] = v
                k += 1
        return out

    return repeat


# ---- Rounding to other types: by value, as the function itself does it ----


@overload_method(ActiveArrayType, "astype")
def _astype(a, dtype):
    item = getattr(dtype, "dtype", None)
    if isinstance(item, ActiveType) or item == types.float64:
        return lambda a, dtype: a.copy()
    if not isinstance(item, types.Float | types.Integer | types.Boolean):
        raise errors.NumbaTypeError(f"fastad: astype({dtype}) of values being differentiated")
    if a.dtype.replayed:
        raise errors.NumbaTypeError("fastad: a ReplayTape does not record astype; use a Tape")
    cast = as_dtype(item).type

    def narrow(a, dtype):
        out = a.copy()
        for index in np.ndindex(a.shape):
            out[index] = settled(out[index], np.float64(cast(settled(0.0, out[index]))))
        return out

    def whole(a, dtype):
        out = np.empty(a.shape, cast)
        for index in np.ndindex(a.shape):
            out[index] = cast(settled(0.0, a[index]))
        return out

    return narrow if isinstance(item, types.Float) else whole


@overload(np.asarray, target="cpu")
def _asarray(a, dtype=None):
    if not isinstance(a, ActiveArrayType):
        return None
    if is_none(dtype) or getattr(dtype, "dtype", None) in (types.float64, a.dtype):
        return lambda a, dtype=None: a
    return lambda a, dtype=None: a.astype(dtype)


def _round(a, decimals=0):
    if not isinstance(a, ActiveArrayType | ActiveType):
        return None
    if getattr(a, "dtype", a).replayed:
        raise errors.NumbaTypeError("fastad: a ReplayTape does not record np.round; use a Tape")
    if not isinstance(a, ActiveArrayType):
        return lambda a, decimals=0: np.round(settled(0.0, a), decimals)

    def array(a, decimals=0):
        out = np.empty(a.shape)
        for index in np.ndindex(a.shape):
            out[index] = np.round(settled(0.0, a[index]), decimals)
        return out

    return array


overload(np.round, target="cpu")(_round)
if np.around is not np.round:
    overload(np.around, target="cpu")(_round)
