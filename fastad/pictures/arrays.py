"""Arrays of recorded numbers: the functions of NumPy that `fastad.draw_graph` takes.

An `Items` is an array of objects, floats and `Recorded` numbers. What is done item by item, or
moves items, is left to NumPy; sums, products and extremes of a whole array are one step of the
recording each.
"""

import functools
import math

import numpy as np

from ..arrays.forms import FORMS
from ..numbers.overloads import resolve
from ..refusals import Refusal
from ..rules.functions import NUMPY_COMPARISONS
from ..rules.table import RULES
from .recording import Recorded, apply_rule, value_of


class Items(np.ndarray):
    """An array of floats and recorded numbers."""

    def __array_ufunc__(self, ufunc, method, *inputs, out=None, **options):
        if method != "__call__" or options:
            raise _unknown(f"np.{ufunc.__name__} with options, or its {method}")
        made = apply_ufunc(ufunc, *inputs)
        if out:
            out[0][...] = made
            return out[0]
        return made

    def __array_function__(self, func, kinds, args, kwargs):
        if func in FUNCTIONS:
            return FUNCTIONS[func](*args, **kwargs)
        if func in MOVING:
            return as_items(super().__array_function__(func, kinds, args, kwargs))
        raise _unknown(f"np.{func.__name__}")

    def sum(self, axis=None):
        """Return `np.sum`."""
        return total(self, axis)

    def mean(self, axis=None):
        """Return `np.mean`."""
        return mean(self, axis)

    def prod(self, axis=None):
        """Return `np.prod`."""
        return products(self, axis)

    def max(self, axis=None):
        """Return `np.max`."""
        return largest(self, axis)

    def min(self, axis=None):
        """Return `np.min`."""
        return smallest(self, axis)

    def dot(self, other):
        """Return `np.dot`."""
        return product(self, other)

    def astype(self, dtype, **_):
        """Return a copy: of recorded numbers there is one precision."""
        if not _is_float(dtype):
            raise _unknown(f"astype({np.dtype(dtype)})")
        return self.copy()


for _name in ("var", "std", "cumsum", "cumprod", "argmax", "argmin", "argsort", "sort", "trace"):
    setattr(Items, _name, lambda self, *_, _name=_name, **__: _refuse(f"the method {_name}"))


def _unknown(name):
    return Refusal(
        f"fastad: draw_graph does not know {name} of numbers that are differentiated: write it as "
        "a loop (sums, products, np.dot, extremes and all functions of numbers are drawn)"
    )


def _refuse(name):
    raise _unknown(name)


def as_items(x):
    """Return an array of objects as `Items`; what is no such array as it is."""
    return x.view(Items) if isinstance(x, np.ndarray) and x.dtype == object else x


def holds(x):
    """Tell whether a recorded number is among the items of an argument."""
    if isinstance(x, np.ndarray):
        return x.dtype == object and any(isinstance(v, Recorded) for v in x.flat)
    if isinstance(x, tuple | list):
        return any(map(holds, x))
    return isinstance(x, Recorded)


def _objects(x):
    """Return an argument as a plain array of objects."""
    if isinstance(x, np.ndarray):
        return x.astype(object).view(np.ndarray)
    made = np.empty((), object)
    made[()] = x
    return made


def each(function, *arguments):
    """Apply a function of numbers item by item, with broadcasting; return `Items`, or an item."""
    plain = [_objects(np.array(a, object) if isinstance(a, list) else a) for a in arguments]
    return as_items(np.frompyfunc(function, len(plain), 1)(*plain))


def _along(reduce, x, axis):
    """Apply a function of a list of numbers to all items, or along an axis."""
    x = np.asarray(x, object).view(np.ndarray)
    if axis is None:
        return reduce(list(x.flat))
    if not isinstance(axis, int | np.integer):
        raise _unknown(f"a reduction along the axes {axis}")
    lines = np.moveaxis(x, axis, -1)
    made = np.empty(lines.shape[:-1], object)
    for index in np.ndindex(made.shape):
        made[index] = reduce(list(lines[index]))
    return as_items(made) if made.ndim else made[()]


def _reduction(name, value, partials, alone_is_itself=True):
    """Return the function that does a reduction as one step.

    ``value(values)`` is the result, ``partials(values, result)`` the derivatives by all items.
    Of a single item most results are that item, which is no step.
    """

    def one(items):
        values = [float(value_of(v)) for v in items]
        found = float(value(values))
        recording = next((v.recording for v in items if isinstance(v, Recorded)), None)
        if recording is None:
            return found
        if len(items) == 1 and alone_is_itself:
            return items[0]

        def formula(*texts):
            shown = texts if len(texts) <= 3 else (texts[0], "...", texts[-1])
            return f"{name}({', '.join(shown)})"

        return recording.operate(name, items, found, partials(values, found), formula)

    def reduce(a, axis=None):
        return _along(one, a, axis)

    return reduce


def _others(values, found):
    return [math.prod(values[:k]) * math.prod(values[k + 1 :]) for k in range(len(values))]


def _shares(values, found):
    """Tied items share the derivative equally, as in every mode; none has one where it is NaN."""
    tied = [v == found for v in values]
    return [t / max(sum(tied), 1) for t in tied]


def _logsumexp(values):
    top = max(values)
    if math.isinf(top) or math.isnan(top):
        return float(np.logaddexp.reduce(values))
    return top + math.log(sum(math.exp(v - top) for v in values))


def _weights(values, found):
    """As `fastad.arrays.reduction_formulas.logsumexp_bar` has them."""
    if math.isinf(found):
        return _shares(values, found) if found > 0.0 else [0.0] * len(values)
    with np.errstate(all="ignore"):
        return [float(np.exp(np.float64(v) - found)) for v in values]


def _slopes(values, found):
    return [v / found if found else 0.0 for v in values]


total = _reduction("sum", np.sum, lambda values, found: [1.0] * len(values))
mean = _reduction("mean", np.mean, lambda values, found: [1.0 / len(values)] * len(values))
products = _reduction("prod", np.prod, _others)
largest = _reduction("max", np.max, _shares)
smallest = _reduction("min", np.min, _shares)
logsumexp = _reduction("logsumexp", _logsumexp, _weights)
norm = _reduction("norm", np.linalg.norm, _slopes, alone_is_itself=False)


def product(a, b):
    """Return ``a @ b``, or np.dot: a product for each pair, and a sum for each item."""
    a, b = (np.asarray(x, object).view(np.ndarray) for x in (a, b))
    if a.ndim == 0 or b.ndim == 0:
        return each(lambda x, y: x * y, a, b)
    if a.ndim > 2 or b.ndim > 2:
        raise _unknown("a product of arrays of more than two dimensions")
    if a.shape[-1] != b.shape[0]:
        raise ValueError(f"shapes {a.shape} and {b.shape} do not fit")
    rows, columns = a.reshape(-1, a.shape[-1]), b.reshape(b.shape[0], -1)
    made = np.empty((len(rows), columns.shape[1]), object)
    for i, j in np.ndindex(made.shape):
        made[i, j] = total([x * y for x, y in zip(rows[i], columns[:, j], strict=True)])
    made = made.reshape(a.shape[:-1] + b.shape[1:])
    return as_items(made) if made.ndim else made[()]


def _is_float(dtype):
    """Tell whether a dtype is that of numbers which may be differentiated."""
    floats = isinstance(dtype, type) and issubclass(dtype, float)
    return dtype is None or floats or np.dtype(dtype).kind in "fO"


def _made(shape, fill, dtype):
    if not _is_float(dtype):
        return np.full(shape, fill, dtype)
    made = np.empty(shape, object)
    made[...] = fill
    return as_items(made)


def zeros(shape, dtype=None):
    """Return `np.zeros`, into which recorded numbers may be written."""
    return _made(shape, 0.0, dtype)


def ones(shape, dtype=None):
    """Return `np.ones`, into which recorded numbers may be written."""
    return _made(shape, 1.0, dtype)


def full(shape, fill_value, dtype=None):
    """Return `np.full`, into which recorded numbers may be written."""
    if dtype is None and not isinstance(fill_value, Recorded | float):
        dtype = np.result_type(fill_value)
    return _made(shape, fill_value, dtype)


def _like(make, prototype, dtype):
    if not isinstance(prototype, np.ndarray):
        prototype = np.asarray(prototype, object)
    if dtype is None and prototype.dtype != object:
        dtype = prototype.dtype
    return make(prototype.shape, dtype=dtype)


def zeros_like(a, dtype=None):
    """Return `np.zeros_like`."""
    return _like(zeros, a, dtype)


def ones_like(a, dtype=None):
    """Return `np.ones_like`."""
    return _like(ones, a, dtype)


def full_like(a, fill_value, dtype=None):
    """Return `np.full_like`."""
    return _like(functools.partial(full, fill_value=fill_value), a, dtype)


def array(x, dtype=None):
    """Return `np.array` of numbers, some of which are recorded."""
    if not holds(x):
        return np.array(x, dtype)
    return as_items(np.array(x, object))


def asarray(x, dtype=None):
    """Return `np.asarray`: an array of doubles is itself, and what is written into it is seen."""
    if isinstance(x, Items) and (dtype is None or np.dtype(dtype) in (np.float64, object)):
        return x
    return array(x, dtype)


def ascontiguousarray(x, dtype=None):
    """Return `np.ascontiguousarray`."""
    x = asarray(x, dtype)
    return x if x.flags.c_contiguous else x.copy()


def where(condition, x, y):
    """Return `np.where`."""
    return each(lambda c, a, b: a if c else b, condition, x, y)


def outer(a, b):
    """Return `np.outer`."""
    a, b = (np.asarray(x, object).view(np.ndarray).reshape(-1) for x in (a, b))
    return each(lambda x, y: x * y, a[:, None], b[None, :])


def trace(a):
    """Return `np.trace`."""
    return total(np.diagonal(np.asarray(a, object).view(np.ndarray)))


def cumsum(a):
    """Return `np.cumsum`."""
    items = list(np.asarray(a, object).view(np.ndarray).flat)
    for k in range(1, len(items)):
        items[k] = items[k - 1] + items[k]
    return as_items(np.array(items, object))


def clip(a, a_min, a_max):
    """Return `np.clip`."""
    if a_min is not None:
        a = np.maximum(a, a_min)
    return a if a_max is None else np.minimum(a, a_max)


def diff(a):
    """Return `np.diff`."""
    return a[..., 1:] - a[..., :-1]


def _comparison(compare):
    return lambda x, y: bool(compare(x, y))


_UFUNCS = {
    resolve(path): functools.partial(apply_rule, rule, raises=False)
    for rule in RULES
    for path in rule.overloads
    if path.startswith("np.")
}
_COMPARED = {u: _comparison(function) for u, function in NUMPY_COMPARISONS.items()}


def apply_ufunc(ufunc, *arguments):
    """Apply a function of NumPy's item by item."""
    if ufunc in _COMPARED:
        found = each(_COMPARED[ufunc], *arguments)
        return np.asarray(found, bool) if isinstance(found, np.ndarray) else found
    if ufunc is np.matmul:
        return product(*arguments)
    if ufunc not in _UFUNCS:
        raise _unknown(f"np.{ufunc.__name__}")
    return each(_UFUNCS[ufunc], *arguments)


def _of_ufunc(self, ufunc, method, *inputs, **options):
    """Apply a function of NumPy's: ``np.sin(x)``, ``np.float64(2.0) * x``, ``data * x``."""
    if method != "__call__" or options:
        raise _unknown(f"np.{ufunc.__name__} with options, or its {method}")
    return apply_ufunc(ufunc, *inputs)


Recorded.__array_ufunc__ = _of_ufunc

# Functions of NumPy's that compute with items.
FUNCTIONS = {
    **{np.sum: total, np.mean: mean, np.prod: products, np.max: largest, np.min: smallest},
    **{np.dot: product, np.outer: outer, np.trace: trace, np.cumsum: cumsum, np.where: where},
    **{np.linalg.norm: lambda x: norm(x), np.clip: clip, np.diff: diff},
    **{np.zeros: zeros, np.empty: zeros, np.ones: ones, np.full: full, np.array: array},
    **{np.zeros_like: zeros_like, np.empty_like: zeros_like, np.ones_like: ones_like},
    **{np.full_like: full_like, np.asarray: asarray, np.ascontiguousarray: ascontiguousarray},
}
FUNCTIONS |= {function: FORMS[function][0][0] for function in (np.var, np.std, np.ptp)}

# Those that move items alone.
MOVING = {
    *(np.reshape, np.ravel, np.transpose, np.copy, np.concatenate, np.stack, np.vstack, np.hstack),
    *(np.column_stack, np.append, np.flip, np.repeat, np.diag, np.expand_dims, np.atleast_1d),
    *(np.shape, np.size, np.ndim),
}
