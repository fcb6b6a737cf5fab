"""NumPy's reductions, for arrays of Jets and of Vars alike.

Registration only: nothing is compiled until a program uses it.
"""

import operator

import numpy as np
from numba.core import types
from numba.extending import overload, overload_method, register_jitable

from ..numbers.arrays import ActiveArrayType, empty_array, is_none, item_of, zero_of
from ..numbers.jet import divide, settled
from ..rules.codegen import compile_source
from .kernels import as_ordered, empty_for


def is_active_array(*arguments):
    """Tell whether all arguments are arrays, and one of them is of Jets or of Vars."""
    return all(isinstance(t, types.Array) for t in arguments) and any(
        isinstance(t, ActiveArrayType) for t in arguments
    )


def _sum(a, axis=None):
    if not is_active_array(a):
        return None
    item = a.dtype

    def total(a, axis=None):
        s = zero_of(item)
        for v in a.flat:
            s = s + v
        return s

    if is_none(axis):
        return total
    if a.ndim == 1:

        def vector(a, axis=None):
            if axis != 0 and axis != -1:
                raise ValueError("axis out of bounds")
            s = zero_of(item)
            for v in a:
                s = s + v
            return s

        return vector
    kept = [f"{k} if axis > {k} else {k + 1}" for k in range(a.ndim - 1)]
    source = f"""
def along(a, axis=None):
    axis = axis + {a.ndim} if axis < 0 else axis
    if axis < 0 or axis >= {a.ndim}:
        raise ValueError("axis out of bounds")
    out = empty_array(item, ({" ".join(f"a.shape[{k}]," for k in kept)}))
    for index in np.ndindex(out.shape):
        out[index] = 0.0
    for index in np.ndindex(a.shape):
        place = ({" ".join(f"index[{k}]," for k in kept)})
        out[place] = out[place] + a[index]
    return out
"""
    return compile_source(source, "along", {"np": np, "empty_array": empty_array, "item": item})


def _mean(a):
    return (lambda a: divide(np.sum(a), a.size)) if is_active_array(a) else None


def _prod(a):
    if not is_active_array(a):
        return None
    item = a.dtype

    def impl(a):
        total = zero_of(item) + 1.0
        for v in a.flat:
            total = total * v
        return total

    return impl


def _extreme(better):
    """Return the overload of the min or max over all items; tied items share the derivative."""

    def overload_extreme(a):
        if not is_active_array(a):
            return None
        item = a.dtype

        def impl(a):
            if a.size == 0:
                raise ValueError("zero-size array has no extreme item")
            best, ties = a.flat[0], 0
            for v in a.flat:
                if better(v, best):
                    best, ties = v, 1
                elif not better(best, v):
                    if v != best:  # a NaN is the result, as NumPy has it
                        return zero_of(item) + np.nan
                    ties += 1
            if ties < 2:
                return best
            total = zero_of(item)
            for v in a.flat:
                if v == best:
                    total = total + v
            total = total / ties
            return settled(total, best)

        return impl

    return overload_extreme


def _var(a):
    if not is_active_array(a):
        return None
    item = a.dtype

    def var(a):
        centre, total = np.mean(a), zero_of(item)
        for v in a.flat:
            total = total + (v - centre) * (v - centre)
        return total / a.size

    return var


def _std(a):
    if not is_active_array(a):
        return None

    def std(a):
        variance = np.var(a)
        # For equal numbers the value is 0, and so is the derivative, the subgradient of least norm.
        return np.sqrt(variance) if variance != 0.0 else 1.0 * variance

    return std


def _cumulative(operation):
    def overload_cumulative(a):
        if not is_active_array(a):
            return None

        def cumulative(a):
            out = empty_for(a, (a.size,))
            for k, v in enumerate(a.flat):
                out[k] = v if k == 0 else operation(out[k - 1], v)
            return out

        return cumulative

    return overload_cumulative


for _name, _overload in {
    "sum": _sum,
    "mean": _mean,
    "prod": _prod,
    "min": _extreme(operator.lt),
    "max": _extreme(operator.gt),
    "var": _var,
    "std": _std,
    "cumsum": _cumulative(operator.add),
    "cumprod": _cumulative(operator.mul),
}.items():
    overload(getattr(np, _name))(_overload)
    overload_method(ActiveArrayType, _name)(_overload)
for _name, _better in (("amin", operator.lt), ("amax", operator.gt)):
    if getattr(np, _name) is not getattr(np, _name[1:]):
        overload(getattr(np, _name))(_extreme(_better))


def _ptp(a):
    return (lambda a: np.max(a) - np.min(a)) if is_active_array(a) else None


overload(np.ptp)(_ptp)
overload_method(ActiveArrayType, "ptp")(_ptp)


@overload(np.trace)
def _trace(a, offset=0):
    if not is_active_array(a) or a.ndim != 2:
        return None
    item = a.dtype

    def trace(a, offset=0):
        total = zero_of(item)
        for i in range(max(0, -offset), min(a.shape[0], a.shape[1] - offset)):
            total = total + a[i, i + offset]
        return total

    return trace


@overload(np.vdot)
def _vdot(a, b):
    if not is_active_array(a, b):
        return None
    return lambda a, b: np.dot(as_ordered(a).reshape(a.size), as_ordered(b).reshape(b.size))


@overload(np.median)
def _median(a):
    if not is_active_array(a):
        return None

    item = a.dtype

    def median(a):
        if a.size == 0:
            return zero_of(item) + np.nan
        items = np.sort(as_ordered(a).reshape(a.size))
        if items[-1] != items[-1]:  # NaN is sorted last
            return 1.0 * items[-1]
        middle = a.size // 2
        if a.size % 2:
            return 1.0 * items[middle]
        return 0.5 * (items[middle - 1] + items[middle])

    return median


# ---- The same functions without the items that are NaN ----


def without_nan(a):
    """Return a vector of an array's items that are not NaN (compiled code)."""
    raise NotImplementedError


@overload(without_nan)
def _overload_without_nan(a):
    def items(a):
        out = empty_for(a, (a.size,))
        n = 0
        for v in a.flat:
            if not np.isnan(v):
                out[n] = v
                n += 1
        return out[:n]

    return items


def _register_without_nan(name, function, empty):
    """Register ``np.nan...``; ``empty`` is the result if all items are NaN."""

    @overload(getattr(np, name))
    def overload_without_nan(a):
        if not is_active_array(a):
            return None
        item = a.dtype

        def without(a):
            items = without_nan(a)
            if items.size == 0:
                return zero_of(item) + empty
            return zero_of(item) + function(items)

        return without


for _name, _empty in {
    **{"nansum": 0.0, "nanprod": 1.0, "nanmean": np.nan, "nanvar": np.nan, "nanstd": np.nan},
    **{"nanmin": np.nan, "nanmax": np.nan, "nanmedian": np.nan},
}.items():
    _register_without_nan(_name, getattr(np, _name[3:]), _empty)


# ---- The order of items: `sort` is stable, in every mode; `argsort` is of the kind asked for ----


@register_jitable
def _numbers(a):
    """Return the values of a vector's items, as plain numbers."""
    values = np.empty(a.size)
    for i in range(a.size):
        values[i] = settled(0.0, a[i])
    return values


def stable_order(a):
    """Return the indices that sort a vector, NaN last, equal items in order (compiled code)."""
    raise NotImplementedError


@overload(stable_order)
def _overload_stable_order(a):
    if a.dtype.replayed:  # the comparisons have to be recorded
        return lambda a: np.argsort(a, kind="mergesort")
    return lambda a: np.argsort(_numbers(a), kind="mergesort")


def _argsort(a, kind="quicksort"):
    if not is_active_array(a) or a.ndim != 1 or a.dtype.replayed:
        return None
    # The indices of tied items are part of the value: they are those of Numba's sort of the kind.
    said = getattr(kind, "literal_value", getattr(kind, "value", kind))
    if said == "quicksort":
        return lambda a, kind="quicksort": np.argsort(_numbers(a))
    if said in ("mergesort", "stable"):
        return lambda a, kind="quicksort": stable_order(a)
    return None


@overload(np.argpartition, target="cpu")
def _argpartition(a, kth):
    if not is_active_array(a) or a.ndim != 1 or a.dtype.replayed:
        return None
    return lambda a, kth: np.argpartition(_numbers(a), kth)


def _place_of_extreme(better):
    """Return the overload of argmin or argmax: the index of the first extreme, or first NaN."""

    def overload_place(a):
        if not is_active_array(a):
            return None

        def place(a):
            if a.size == 0:
                raise ValueError("zero-size array has no extreme item")
            found, best = 0, a.flat[0]
            for k, v in enumerate(a.flat):
                if v != v:
                    return k
                if better(v, best):
                    found, best = k, v
            return found

        return place

    return overload_place


# For the target "cpu", to be tried before Numba's own, which look for NaN among floats only.
for _name, _overload in {
    "argsort": _argsort,
    "argmin": _place_of_extreme(operator.lt),
    "argmax": _place_of_extreme(operator.gt),
}.items():
    overload(getattr(np, _name), target="cpu", prefer_literal=True)(_overload)
    overload_method(ActiveArrayType, _name, prefer_literal=True)(_overload)


@overload(np.searchsorted, target="cpu")
def _searchsorted(a, v, side="left"):
    if not isinstance(a, types.Array) or item_of(a, v) is None or isinstance(v, types.Array):
        return None

    def place(a, v, side="left"):
        if side != "left" and side != "right":
            raise ValueError("np.searchsorted(): side must be left or right")
        low, high, right = 0, a.size, side == "right"
        while low < high:
            middle = (low + high) // 2
            item = a[middle]
            before = item < v or (right and item == v)
            if v != v:  # NaN comes last
                before = right or item == item
            if before:
                low = middle + 1
            else:
                high = middle
        return low

    return place


@overload(np.sort)
def _sort(a):
    if not is_active_array(a):
        return None

    def sort(a):
        out = a.copy()
        out.sort()
        return out

    return sort


@overload_method(ActiveArrayType, "sort")
def _sort_in_place(a):
    def vector(a):
        items = a.copy()
        order = stable_order(items)
        for i in range(a.size):
            a[i] = items[order[i]]

    def rows(a):
        for index in np.ndindex(a.shape[:-1]):
            a[index].sort()

    return vector if a.ndim == 1 else rows
