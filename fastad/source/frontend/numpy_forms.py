"""Functions of NumPy's written by operations that have rules, to be put in place of their calls.

Each takes arrays of the dimensions that `form_of` names, and broadcasts as NumPy's does.
"""

import functools
import itertools

import numpy as np
from numba.core import types

from ...rules.codegen import compile_source


def _diff(a):
    return a[1:] - a[:-1]


def _diff_of_rows(a):
    return a[:, 1:] - a[:, :-1]


def _var(a):
    centred = a - np.mean(a)
    return np.mean(centred * centred)


def _std(a):
    centred = a - np.mean(a)
    r = np.mean(centred * centred)
    if r != 0.0:  # of equal numbers the derivative is 0
        r = np.sqrt(r)
    return r


def _ptp(a):
    return np.max(a) - np.min(a)


def _clip(a, a_min, a_max):
    return np.minimum(np.maximum(a, a_min), a_max)


def _flip(m):
    return m[::-1]


def _cumprod(a):
    out = np.empty(a.size)
    total = 1.0
    for i in range(a.size):
        total *= a[i]
        out[i] = total
    return out


def _sort(a):
    return a[np.argsort(a, kind="mergesort")]


def _median(a):
    order = np.argsort(a, kind="mergesort")
    n = a.size
    r = np.nan
    if n > 0 and not np.any(np.isnan(a)):
        r = 0.5 * (a[order[(n - 1) // 2]] + a[order[n // 2]])
    return r


def _roll(a, shift):
    n = a.size
    out = np.empty(n)
    for i in range(n):
        out[(i + shift) % n] = a[i]
    return out


def _linspace(start, stop, num=50):
    out = np.empty(num)
    step = (stop - start) / max(num - 1, 1)
    for i in range(num):
        out[i] = start + i * step
    if num > 1:
        out[num - 1] = stop
    return out


def _trapezoid(y, x):
    if y.size != x.size:
        raise ValueError("np.trapezoid: y and x must have the same length")
    total = 0.0
    for i in range(y.size - 1):
        total += 0.5 * (x[i + 1] - x[i]) * (y[i] + y[i + 1])
    return total


def _trapezoid_evenly(y):
    total = 0.0
    for i in range(y.size - 1):
        total += 0.5 * (y[i] + y[i + 1])
    return total


def _interp_at(x, xp, fp):
    """The line to the right of x, at a knot too; constant before the first, from the last on."""
    if xp.size == 0 or xp.size != fp.size:
        raise ValueError("np.interp: xp and fp must have the same length, at least 1")
    last = xp.size - 1
    j = np.searchsorted(xp, x, "right") - 1
    r = fp[0]
    if x != x:
        r = x
    elif j >= last:
        r = fp[last]
    elif j >= 0:
        r = (fp[j + 1] - fp[j]) / (xp[j + 1] - xp[j]) * (x - xp[j]) + fp[j]
    return r


def _interp(x, xp, fp):
    """The line through the two points around x; constant beyond the first and the last."""
    if xp.size == 0 or xp.size != fp.size:
        raise ValueError("np.interp: xp and fp must have the same length, at least 1")
    out = np.empty(x.size)
    for i in range(x.size):
        out[i] = np.interp(x[i], xp, fp)
    return out


def _cross(a, b):
    if a.size != 3 or b.size != 3:
        raise ValueError("np.cross takes vectors of length 3 where they are differentiated")
    out = np.empty(3)
    out[0] = a[1] * b[2] - a[2] * b[1]
    out[1] = a[2] * b[0] - a[0] * b[2]
    out[2] = a[0] * b[1] - a[1] * b[0]
    return out


def _lower(m, k=0):
    out = np.zeros(m.shape)
    for i in range(m.shape[0]):
        for j in range(min(max(i + k + 1, 0), m.shape[1])):
            out[i, j] = m[i, j]
    return out


def _upper(m, k=0):
    out = np.zeros(m.shape)
    for i in range(m.shape[0]):
        for j in range(max(i + k, 0), m.shape[1]):
            out[i, j] = m[i, j]
    return out


def _nansum(a):
    return np.sum(np.where(np.isnan(a), 0.0, a))


def _nanprod(a):
    return np.prod(np.where(np.isnan(a), 1.0, a))


def _nanmean(a):
    return np.sum(np.where(np.isnan(a), 0.0, a)) / np.sum(np.where(np.isnan(a), 0.0, 1.0))


def _nanvar(a):
    centred = np.where(np.isnan(a), 0.0, a - np.nanmean(a))
    return np.sum(centred * centred) / np.sum(np.where(np.isnan(a), 0.0, 1.0))


def _nanstd(a):
    r = np.nanvar(a)
    if r != 0.0:
        r = np.sqrt(r)
    return r


def _nanmax(a):
    r = np.max(np.where(np.isnan(a), -np.inf, a))
    if np.all(np.isnan(a)):
        r = np.nan
    return r


def _nanmin(a):
    r = np.min(np.where(np.isnan(a), np.inf, a))
    if np.all(np.isnan(a)):
        r = np.nan
    return r


_TRAPEZOID = "trapezoid" if hasattr(np, "trapezoid") else "trapz"  # before NumPy 2

# function -> [(form, dimensions of the arguments, the optional ones left out; None for any)]
_FORMS = {
    np.diff: [(_diff, (1,)), (_diff_of_rows, (2,))],
    np.var: [(_var, (None,))],
    np.std: [(_std, (None,))],
    np.ptp: [(_ptp, (None,))],
    np.clip: [(_clip, (1, 0, 0)), (_clip, (2, 0, 0)), (_clip, (1, 1, 1))],
    np.flip: [(_flip, (1,))],
    np.cumprod: [(_cumprod, (1,))],
    np.sort: [(_sort, (1,))],
    np.median: [(_median, (1,))],
    np.roll: [(_roll, (1, 0))],
    np.linspace: [(_linspace, (0, 0, 0)), (_linspace, (0, 0))],
    getattr(np, _TRAPEZOID): [(_trapezoid, (1, 1)), (_trapezoid_evenly, (1,))],
    np.interp: [(_interp, (1, 1, 1)), (_interp_at, (0, 1, 1))],
    np.cross: [(_cross, (1, 1))],
    np.tril: [(_lower, (2,)), (_lower, (2, 0))],
    np.triu: [(_upper, (2,)), (_upper, (2, 0))],
    np.nansum: [(_nansum, (None,))],
    np.nanprod: [(_nanprod, (None,))],
    np.nanmean: [(_nanmean, (None,))],
    np.nanvar: [(_nanvar, (None,))],
    np.nanstd: [(_nanstd, (None,))],
    np.nanmax: [(_nanmax, (None,))],
    np.nanmin: [(_nanmin, (None,))],
}

# ---- Arrays put together: a form is written for each number of arrays ----

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


def _dimensions(t):
    if isinstance(t, types.Array):
        return t.ndim
    if isinstance(t, types.BaseTuple):
        return tuple(map(_dimensions, t))
    return 0 if isinstance(t, types.Number | types.Boolean) else "other"


def form_of(function, argument_types):
    """Return a function that computes the same with operations that have rules, or None.

    Parameters
    ----------
    function : callable
        Of NumPy's.
    argument_types : sequence of Numba types
        Of its positional arguments; a tuple's items become arguments of their own.
    """
    given = tuple(map(_dimensions, argument_types))
    for form, wanted in _FORMS.get(function, ()):
        if len(given) == len(wanted) and all(
            isinstance(d, int) if w is None else w == d for d, w in zip(given, wanted, strict=True)
        ):
            return form
    if function is np.append and given == (1, 1):
        return _joined(np.concatenate, 1, 2)
    if function in _JOINED and len(given) == 1 and isinstance(given[0], tuple):
        ndim = given[0][0] if len(set(given[0])) == 1 else None
        if ndim in _JOINED[function]:
            return _joined(function, ndim, len(given[0]))
    return None
