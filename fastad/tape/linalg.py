"""Linear algebra on arrays of Vars: what it records on a tape.

A result is computed from the values, as accurately as without a tape.  What is recorded is its
*tangent*, a linear map, as a few stages of sums.  So the n unknowns of a linear system,
``dx = inv(A) (db - dA x)``, take about 2 n² partial derivatives, where elimination would take n³.
If a direction is carried along, values and coefficients are Jets, computed by the rules of
:mod:`fastad.arrays.linalg_jets`, and second derivatives are exact, too.

Registration only: nothing is compiled until a program uses it.
"""

import math

import numpy as np
from numba.core import errors, types
from numba.extending import overload, register_jitable

from ..arrays.kernels import as_float, as_ordered, empty_for
from ..arrays.linalg_formulas import cofactors, norm_bar, over_gaps
from ..arrays.linalg_jets import euclidean
from ..arrays.table import RULES
from ..numbers.arrays import empty_array
from .push import push
from .trace import is_traced
from .types import VarType, make_var

primal = {name: rule.primal.py_func for name, rule in RULES.items()}
solution_of, inverse_of, norm_of = primal["solve"], primal["inv"], primal["norm"]
det_of, slogdet_of = primal["det"], primal["slogdet"]
cholesky_of, eigh_of = primal["cholesky"], primal["eigh"]


def _of_vars(t):
    """Tell whether a type is an array of Vars."""
    return isinstance(t, types.Array) and isinstance(t.dtype, VarType)


def values_in(a):
    """Return the values of an array, of Vars or of numbers."""
    raise NotImplementedError


@overload(values_in)
def _overload_values_in(a):
    if not _of_vars(a):
        return lambda a: as_float(a)
    base = a.dtype.base

    def values(a):
        out = empty_array(base, a.shape)
        for index in np.ndindex(a.shape):
            out[index] = a[index].value
        return out

    return values


# ---- Stages ----


@register_jitable
def _sum(start, c, u):
    """Return ``start + c @ u`` of C-ordered vectors, recorded two terms a statement.

    Only this function writes to the tape, so that all sums of a program share its machine code.
    """
    total = start
    for k in range(0, c.size, 2):
        last = k + 1 == c.size
        right = 0.0 * c[k] if last else c[k + 1]
        total = push(total + (c[k] * u[k] + right * u[k if last else k + 1]))
    return total


@register_jitable
def _zero(u):
    """Return a constant Var for sums over u to start from."""
    return make_var(0.0 * u.flat[0].value, 0, 0)


@register_jitable
def _settle(recorded, value):
    """Return a recorded Var with its value replaced by a more accurate one."""
    return make_var(value, recorded.id, recorded.tape)


@register_jitable
def _constant_times(c, u):
    """Return ``c @ u``, recorded, for a C-ordered c."""
    out = empty_for(u, (c.shape[0], u.shape[1]))
    columns = as_ordered(u.T)
    for i in range(c.shape[0]):
        for j in range(u.shape[1]):
            out[i, j] = _sum(_zero(u), c[i], columns[j])
    return out


@register_jitable
def _settled(out, values):
    """Replace the values of recorded Vars by more accurate ones, in place; return the array."""
    for index in np.ndindex(values.shape):
        out[index] = _settle(out[index], values[index])
    return out


@register_jitable
def _linear(c, u, value):
    """Return the sum of the products of two arrays' items, recorded, with the given value."""
    flat, items = as_ordered(c).reshape(c.size), as_ordered(u).reshape(u.size)
    return _settle(_sum(_zero(u), flat, items), value)


def _residual(a, x, b):
    """Return ``b - a @ x`` recorded, for a constant x, as a matrix."""
    raise NotImplementedError


@overload(_residual)
def _overload_residual(a, x, b):
    if not _of_vars(a):
        return lambda a, x, b: as_ordered(b).reshape((b.shape[0], -1))

    moving = _of_vars(b)

    def residual(a, x, b):
        columns, rows = x.reshape((x.shape[0], -1)), as_ordered(a)
        start = as_ordered(b).reshape((b.shape[0], -1))
        out = empty_for(a, columns.shape)
        c = empty_for(x, (x.shape[0],))
        for j in range(columns.shape[1]):
            for k in range(x.shape[0]):
                c[k] = -columns[k, j]
            for i in range(a.shape[0]):
                out[i, j] = _sum(start[i, j] if moving else _zero(a), c, rows[i])
        return out

    return residual


# ---- Operations ----


def _solve(a, b):
    values = values_in(a)
    x = solution_of(values, values_in(b))
    out = _constant_times(inverse_of(values), _residual(a, x, b))
    return _settled(out.reshape(x.shape), x)


def _inv(a):
    r = inverse_of(values_in(a))
    left = _constant_times(r, a)
    out = empty_for(a, a.shape)
    c = empty_for(r, (r.shape[0],))
    for j in range(r.shape[1]):
        for k in range(r.shape[0]):
            c[k] = -r[k, j]
        for i in range(r.shape[0]):
            out[i, j] = _settle(_sum(_zero(a), c, left[i]), r[i, j])
    return out


def _det(a):
    values = values_in(a)
    r = det_of(values)
    return _linear(cofactors(values, r), a, r)


def _slogdet(a):
    values = values_in(a)
    sign, r = slogdet_of(values)
    return sign, _linear(inverse_of(values).T, a, r)


def _cholesky(a):
    """Return the factor by the plain algorithm: n³ / 3 partials, where stages would take more."""
    r = cholesky_of(values_in(a))
    out = np.zeros_like(a)
    for j in range(a.shape[0]):
        for i in range(j, a.shape[0]):
            left = 1.0 * a[i, j]
            for k in range(j):
                left = left - out[i, k] * out[j, k]
            if i == j:
                out[i, j] = _settle(push(math.sqrt(left)), r[i, j])
            else:
                out[i, j] = _settle(push(left / out[j, j]), r[i, j])
    return out


def _eigh(a):
    w, v = eigh_of(values_in(a))
    n = w.size
    below = empty_for(a, a.shape)
    for i in range(n):
        for j in range(i + 1):
            below[i, j] = below[j, i] = a[i, j]
    columns = as_ordered(v.T)
    # M = V.T A V is symmetric: its columns are its rows.
    m = _constant_times(columns, _constant_times(columns, below).T)
    gaps = empty_for(v, v.shape)
    for index in np.ndindex(gaps.shape):
        gaps[index] = 1.0
    gaps = over_gaps(w, gaps)
    w_out, v_out = empty_for(a, (n,)), empty_for(a, (n, n))
    c = empty_for(v, (n,))
    for j in range(n):
        w_out[j] = _settle(m[j, j], w[j])
        for i in range(n):
            for k in range(n):
                c[k] = v[i, k] * gaps[k, j]
            v_out[i, j] = _settle(_sum(_zero(a), c, m[j]), v[i, j])
    return w_out, v_out


_UNARY = {"inv": _inv, "det": _det, "slogdet": _slogdet, "cholesky": _cholesky, "eigh": _eigh}


def _recorded(name, implementation, arguments):
    """Return an implementation if one of the arguments is an array of Vars, else None."""
    if not any(map(_of_vars, arguments)):
        return None
    if not all(isinstance(t, types.Array) for t in arguments):
        return None
    if is_traced([t.dtype for t in arguments]):
        raise errors.NumbaTypeError(
            f"fastad: np.linalg.{name} of variables of a ReplayTape is not recorded; use a Tape"
        )
    return implementation


def _register(name, implementation):
    @overload(getattr(np.linalg, name))
    def overload_unary(a):
        return _recorded(name, implementation, (a,))


for _name, _implementation in _UNARY.items():
    _register(_name, _implementation)


@overload(np.linalg.solve)
def _overload_solve(a, b):
    return _recorded("solve", _solve, (a, b))


@overload(euclidean)
def _overload_euclidean(a):
    def recorded(a):
        values = values_in(a)
        r = norm_of(values)
        return _linear(norm_bar(values, r, 1.0), a, r)

    return _recorded("norm", recorded, (a,))
