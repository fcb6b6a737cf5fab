"""Derivatives of linear algebra: for each operation its primal, tangent and adjoint.

Written once for arrays of floats and of Jets. The table, the notation, the conventions and the
references are in :mod:`fastad.arrays.table`.
"""

import math

import numpy as np
from numba.extending import overload, register_jitable

from ..numbers.jet import level, scale
from .kernels import (
    as_float,
    as_ordered,
    dense,
    empty_for,
    items_sum,
    lower_adjoint,
    minus,
    outer_product,
    plus,
    product_left,
    product_right,
    put,
    scaled,
    symmetric,
    transposed,
)
from .lu import solve_lu

EPS = 2.220446049250313e-16

# ---- Products ----


@register_jitable
def dot(a, b):
    return np.dot(dense(a), dense(b))


@register_jitable
def dot_dot(a, b, r, a_dots, b_dots):
    return plus(product_left(dot, a_dots, b, r), product_right(dot, a, b_dots, r))


@register_jitable
def dot_bar_a(a, b, r, r_bar):
    if a.ndim == 1:
        if b.ndim == 1:
            return scaled(r_bar, b)
        return dot(b, r_bar)
    if b.ndim == 1:
        return outer_product(r_bar, b)
    return dot(r_bar, b.T)


@register_jitable
def dot_bar_b(a, b, r, r_bar):
    if a.ndim == 1:
        if b.ndim == 1:
            return scaled(r_bar, a)
        return outer_product(a, r_bar)
    return dot(a.T, r_bar)


@register_jitable
def dot_bar(a, b, r, r_bar):
    return dot_bar_a(a, b, r, r_bar), dot_bar_b(a, b, r, r_bar)


@register_jitable
def outer(a, b):
    return outer_product(a, b)


@register_jitable
def outer_dot(a, b, r, a_dots, b_dots):
    return plus(product_left(outer, a_dots, b, r), product_right(outer, a, b_dots, r))


@register_jitable
def outer_bar_a(a, b, r, r_bar):
    return dot(r_bar, as_float(b))  # np.outer, unlike np.dot, takes arrays of different types


@register_jitable
def outer_bar_b(a, b, r, r_bar):
    return dot(r_bar.T, as_float(a))


@register_jitable
def outer_bar(a, b, r, r_bar):
    return outer_bar_a(a, b, r, r_bar), outer_bar_b(a, b, r, r_bar)


@register_jitable
def trace(a):
    return np.trace(a)


@register_jitable
def trace_dot(a, r, a_dots):
    out = empty_for(a_dots, (a_dots.shape[0],))
    for k in range(a_dots.shape[0]):
        out[k] = np.trace(a_dots[k])
    return out


@register_jitable
def trace_bar(a, r, r_bar):
    a_bar = np.zeros_like(a)
    for i in range(min(a.shape)):
        a_bar[i, i] = r_bar
    return a_bar


# ---- Linear systems ----


def _solve_columns(a, b):
    """Solve for right sides of shape (n, m)."""
    raise NotImplementedError


@overload(_solve_columns)
def _overload_solve_columns(a, b):
    if level(a) + level(b) > 0:
        return lambda a, b: np.linalg.solve(a, b)
    return solve_lu


@register_jitable
def solve(a, b):
    return _solve_columns(a, as_ordered(b).reshape((b.shape[0], -1))).reshape(b.shape)


@register_jitable
def solve_stack(a, b):
    """Solve for right sides of shape (k, n) or (k, n, m), factorising once."""
    k, n, m = b.shape[0], b.shape[1], b.size // max(1, b.shape[0] * b.shape[1])
    rows = b.reshape((k, n, m))
    columns = empty_for(b, (n, k, m))
    for i in range(k):
        for j in range(n):
            for c in range(m):
                columns[j, i, c] = rows[i, j, c]
    x = _solve_columns(a, columns.reshape((n, k * m))).reshape((n, k, m))
    out = empty_for(x, (k, n, m))
    for i in range(k):
        for j in range(n):
            for c in range(m):
                out[i, j, c] = x[j, i, c]
    return out.reshape(b.shape)


@register_jitable
def solve_dot(a, b, r, a_dots, b_dots):
    return solve_stack(a, minus(b_dots, product_left(dot, a_dots, r, r)))


@register_jitable
def solve_bar_b(a, b, r, r_bar):
    return solve(transposed(a), r_bar)


@register_jitable
def _solve_bar_a(r, b_bar):
    if r.ndim == 1:
        return outer_product(scaled(-1.0, b_bar), r)
    return scaled(-1.0, dot(b_bar, r.T))


@register_jitable
def solve_bar_a(a, b, r, r_bar):
    return _solve_bar_a(r, solve_bar_b(a, b, r, r_bar))


@register_jitable
def solve_bar(a, b, r, r_bar):
    b_bar = solve_bar_b(a, b, r, r_bar)
    return _solve_bar_a(r, b_bar), b_bar


@register_jitable
def inv(a):
    return np.linalg.inv(a)


@register_jitable
def inv_dot(a, r, a_dots):
    out = empty_for((a_dots, r), a_dots.shape)
    for k in range(a_dots.shape[0]):
        put(out, k, scaled(-1.0, dot(dot(r, a_dots[k]), r)))
    return out


@register_jitable
def inv_bar(a, r, r_bar):
    return scaled(-1.0, dot(dot(r.T, r_bar), r.T))


# ---- Determinants ----


@register_jitable
def _balanced(a):
    """Return A with its rows, then its columns, divided by powers of two, and their exponents."""
    n = a.shape[0]
    b = a.copy()
    row, column = np.zeros(n, np.int64), np.zeros(n, np.int64)
    for i in range(n):
        row[i] = math.frexp(np.max(np.abs(b[i])))[1]
        for j in range(n):
            b[i, j] = math.ldexp(b[i, j], -row[i])
    for j in range(n):
        column[j] = math.frexp(np.max(np.abs(b[:, j])))[1]
        for i in range(n):
            b[i, j] = math.ldexp(b[i, j], -column[j])
    return b, row, column


def cofactors(a, r):
    """Return the matrix of cofactors, det(A) inv(A).T, of a matrix with determinant r."""
    raise NotImplementedError


@overload(cofactors)
def _overload_cofactors(a, r):
    if level(a) > 0:
        return lambda a, r: scaled(r, np.linalg.inv(a).T)

    def by_singular_values(a, r):
        """Without the inverse: A = U S V gives det(U V) U S' V, S' the products of all but one.

        Rows and columns of A are scaled first (`_balanced`): the errors of singular values are
        roundings of the largest one, in which small cofactors of other units would be lost.
        """
        n = a.shape[0]
        if n == 0:  # LAPACK has no singular values of nothing; the determinant is 1
            return a.copy()
        b, row, column = _balanced(a)
        u, s, v = np.linalg.svd(b)
        others = np.ones(n)
        before = after = 1.0
        for i in range(n):
            others[i] *= before
            others[n - 1 - i] *= after
            before *= s[i]
            after *= s[n - 1 - i]
        sign = np.linalg.slogdet(dot(u, v))[0]
        for j in range(n):
            for i in range(n):
                u[i, j] *= sign * others[j]
        out = dot(u, v)
        units = np.sum(row) + np.sum(column)
        for i in range(n):
            for j in range(n):
                out[i, j] = math.ldexp(out[i, j], units - row[i] - column[j])
        return out

    return by_singular_values


@register_jitable
def det(a):
    return np.linalg.det(a)


@register_jitable
def det_dot(a, r, a_dots):
    c = cofactors(a, r)
    out = empty_for((a_dots, r), (a_dots.shape[0],))
    for k in range(a_dots.shape[0]):
        out[k] = items_sum(c, a_dots[k])
    return out


@register_jitable
def det_bar(a, r, r_bar):
    return scaled(r_bar, cofactors(a, r))


@register_jitable
def slogdet(a):
    return np.linalg.slogdet(a)


@register_jitable
def slogdet_dot(a, r, a_dots):
    inverse = np.linalg.inv(a).T
    out = empty_for((a_dots, inverse), (a_dots.shape[0],))
    for k in range(a_dots.shape[0]):
        out[k] = items_sum(inverse, a_dots[k])
    return None, out  # the sign is a constant


@register_jitable
def slogdet_bar(a, r, r_bar):
    return scaled(r_bar[1], np.linalg.inv(a).T)


# ---- Factorisations ----


@register_jitable
def cholesky(a):
    return np.linalg.cholesky(a)


@register_jitable
def inverse_lower(lower):
    """Return the inverse of a lower triangular matrix, by forward substitution."""
    out = np.zeros_like(lower)
    for i in range(lower.shape[0]):
        for k in range(i):
            for j in range(k + 1):
                out[i, j] = out[i, j] - lower[i, k] * out[k, j]
        for j in range(i):
            out[i, j] = out[i, j] / lower[i, i]
        out[i, i] = 1.0 / lower[i, i]
    return out


@register_jitable
def _half_lower(x):
    """Return, in place, the lower triangle with its diagonal halved: Murray's Phi."""
    for i in range(x.shape[0]):
        x[i, i] = 0.5 * x[i, i]
        for j in range(i + 1, x.shape[0]):
            x[i, j] = 0.0
    return x


@register_jitable
def cholesky_dot(a, r, a_dots):
    inverse = inverse_lower(r)
    out = empty_for((a_dots, r), a_dots.shape)
    for k in range(a_dots.shape[0]):
        inner = dot(dot(inverse, symmetric(a_dots[k])), inverse.T)
        put(out, k, dot(r, _half_lower(inner)))
    return out


@register_jitable
def cholesky_bar(a, r, r_bar):
    inverse = inverse_lower(r)
    inner = _half_lower(dot(r.T, np.tril(r_bar)))
    return lower_adjoint(dot(dot(inverse.T, inner), inverse))


@register_jitable
def eigh(a):
    return np.linalg.eigh(a)


@register_jitable
def over_gaps(w, m):
    """Divide m[i, j] by w[j] - w[i], in place; set the diagonal to 0. Return m.

    For equal eigenvalues the quotient is NaN, unless m[i, j] is a strong zero: then nothing rotates
    their eigenvectors, and it is 0.
    """
    n = w.size
    closest = n * EPS * max(abs(w[0]), abs(w[n - 1])) if n > 0 else 0.0 * EPS
    for i in range(n):
        for j in range(n):
            if i == j:
                m[i, j] = 0.0 * w[0]
            elif abs(w[j] - w[i]) <= closest:
                m[i, j] = scale(np.nan, m[i, j])
            else:
                m[i, j] = m[i, j] / (w[j] - w[i])
    return m


@register_jitable
def eigh_dot(a, r, a_dots):
    w, v = r
    w_dots = empty_for((a_dots, w), a_dots.shape[:2])
    v_dots = empty_for((a_dots, w), a_dots.shape)
    for k in range(a_dots.shape[0]):
        m = dot(dot(v.T, symmetric(a_dots[k])), v)
        for i in range(w.size):
            w_dots[k, i] = m[i, i]
        put(v_dots, k, dot(v, over_gaps(w, m)))
    return w_dots, v_dots


@register_jitable
def eigh_bar(a, r, r_bar):
    (w, v), (w_bar, v_bar) = r, r_bar
    m = over_gaps(w, dot(v.T, v_bar))
    for i in range(w.size):
        m[i, i] = w_bar[i]
    return lower_adjoint(dot(dot(v, m), v.T))


# ---- The norm ----


@register_jitable
def norm(a):
    return np.linalg.norm(a)


@register_jitable
def norm_dot(a, r, a_dots):
    out = empty_for((a_dots, r), (a_dots.shape[0],))
    direction = norm_bar(a, r, 1.0)
    for k in range(a_dots.shape[0]):
        out[k] = items_sum(direction, a_dots[k])
    return out


@register_jitable
def norm_bar(a, r, r_bar):
    # a / r first: 1 / r overflows for a tiny a.
    length = r if r != 0.0 else 1.0 + 0.0 * r
    out = empty_for((a, r, r_bar), a.shape)
    for index in np.ndindex(a.shape):
        out[index] = r_bar * (a[index] / length)
    return out
