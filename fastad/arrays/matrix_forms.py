"""More forms (see `forms`): matrices turned round, covariances, powers, polynomials, selections.

A set in the place of a number of dimensions is of the literal integers that the form is for: what
an axis, or how often an array is turned round, decides the type of the result. Forms have no ``%``
or ``//``: these may not stand beside a division of the user's, which raises where theirs do not.
"""

import numpy as np


def _same(a):
    return a


def _as_row(a):
    return a[None]


def _before_first(a, axis):
    return a[None]


def _before_last(a, axis):
    return a[..., None, :]


def _after_last(a, axis):
    return a[..., None]


def _swapped(a, axis1, axis2):
    return a.T


def _fliplr(m):
    return m[:, ::-1]


def _flipud(m):
    return m[::-1]


def _flip_both(m):
    return m[::-1, ::-1]


def _rot90(m):
    return m[:, ::-1].T


def _rot90_often(m, k):
    return np.rot90(m)


def _rot180(m, k):
    return m[::-1, ::-1]


def _rot270(m, k):
    return m[::-1].T


def _roll_rows(a, shift):
    return np.roll(a.ravel(), shift).reshape(a.shape)


def _median_of_rows(a):
    return np.median(a.ravel())


def _nanmedian(a):
    return np.median(a[~np.isnan(a)])


def _nanmedian_of_rows(a):
    return np.nanmedian(a.ravel())


def _nanpercentile(a, q):
    return np.percentile(a[~np.isnan(a)], q)


def _nanpercentile_of_rows(a, q):
    return np.nanpercentile(a.ravel(), q)


def _nanquantile(a, q):
    return np.quantile(a[~np.isnan(a)], q)


def _nanquantile_of_rows(a, q):
    return np.nanquantile(a.ravel(), q)


def _cov(m):
    return np.cov(m, None, True, False, 1)


def _cov_of_two(m, y):
    return np.cov(np.stack((m, y)))


def _cov_of(m, y, rowvar):
    return np.cov(m, None, rowvar, False, 1)


def _cov_over(m, y, rowvar, bias):
    return np.cov(m, None, rowvar, bias, 0 if bias else 1)


def _cov_of_rows(m, y, rowvar, bias):
    return np.cov(m, None, True, bias)


def _cov_less(m, y, rowvar, bias, ddof):
    return np.cov(m, None, True, False, ddof)


def _cov_of_less(m, y, rowvar, bias, ddof):
    return np.cov(m, None, rowvar, False, ddof)


def _cov_by(m, y, rowvar, bias, ddof):
    if m.shape[0] == 1:
        raise RuntimeError("np.cov: of a single row; pass it as a vector, with another one")
    rows, n = m.shape
    if not rowvar:
        rows, n = n, rows
    scale = np.divide(1.0, max(n - ddof, 0.0))  # inf of one observation, not an error
    if rowvar:
        by_rows = m - (np.sum(1.0 * m, axis=1) / max(n, 1)).reshape((rows, 1))
        r = by_rows @ by_rows.T * scale
    else:
        by_columns = m - np.sum(1.0 * m, axis=0) / max(n, 1)
        r = by_columns.T @ by_columns * scale
    return r


def _corrcoef(x):
    c = np.cov(x)
    deviations = np.sqrt(np.diag(c))
    r = c / deviations / deviations.reshape((deviations.size, 1))
    return np.where(np.abs(r) > 1.0, np.sign(r), r)


def _corrcoef_of_two(x, y):
    return np.corrcoef(np.stack((x, y)))


def _corrcoef_of(x, y, rowvar):
    if rowvar:
        r = np.corrcoef(x)
    else:
        r = np.corrcoef(x.T.copy())
    return r


def _kron_of_matrices(a, b):
    out = np.empty((a.shape[0] * b.shape[0], a.shape[1] * b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            for k in range(b.shape[0]):
                for m in range(b.shape[1]):
                    out[i * b.shape[0] + k, j * b.shape[1] + m] = a[i, j] * b[k, m]
    return out


def _cumprod_of_rows(a):
    return np.cumprod(a.ravel())


def _diagflat(v):
    return np.diag(v)


def _delete(arr, obj):
    n = arr.size
    if obj < -n or obj >= n:
        raise IndexError("np.delete: obj must be less than the number of items")
    k = obj + n if obj < 0 else obj
    return np.concatenate((arr[:k], arr[k + 1 :]))


def _delete_of_rows(arr, obj):
    return np.delete(arr.ravel(), obj)


def _extract(condition, arr):
    if arr.size != condition.size or arr.size == 0:
        raise ValueError("np.extract: condition and arr must have the same size, at least 1")
    return arr[condition]


def _take(a, indices):
    for k in indices:
        if k >= a.size or k < -a.size:
            raise IndexError("Index out of bounds")
    return a[indices]


def _take_one(a, indices):
    if indices >= a.size or indices < -a.size:
        raise IndexError("Index out of bounds")
    return a.ravel()[indices]


def _take_of_rows(a, indices):
    return np.take(a.ravel(), indices)


def _resize(a, new_shape):
    """In Numba what is not longer than the array is a view of it, not a copy as in NumPy."""
    if new_shape < 0:
        raise ValueError("All elements of `new_shape` must be non-negative")
    r = a.ravel()
    if new_shape > a.size:
        out = np.zeros(new_shape)
        k = 0
        for i in range(new_shape if a.size > 0 else 0):
            out[i] = a[k]
            k = k + 1 if k + 1 < a.size else 0
        r = out
    return r[:new_shape]


def _unwrap(p):
    steps = p[1:] - p[:-1]
    turns = np.mod(steps + np.pi, 2 * np.pi) - np.pi
    turns = np.where((turns == -np.pi) & (steps > 0.0), np.pi, turns)
    out = p.copy()
    out[1:] += np.cumsum(np.where(np.abs(steps) < np.pi, 0.0, turns - steps))
    return out


def _unique(ar):
    """The items, sorted, of equal ones the first; NaN are one item."""
    b = ar[np.argsort(ar, kind="mergesort")]
    keep = np.ones(b.size, np.bool_)
    for i in range(1, b.size):
        keep[i] = b[i - 1] != b[i] and (b[i - 1] == b[i - 1] or b[i] == b[i])
    return b[keep]


def _unique_of_rows(ar):
    return np.unique(ar.ravel())


def _vander(x):
    return np.vander(x, x.size)


def _vander_of(x, N):
    if N < 0:
        raise ValueError("Negative dimensions are not allowed")
    out = np.empty((x.size, N))
    for i in range(x.size):
        power = 1.0
        for j in range(N):
            out[i, N - 1 - j] = power
            power *= x[i]
    return out


def _bincount(a, weights):
    return np.bincount(a, weights, 0)


def _bincount_at_least(a, weights, minlength):
    if a.size != weights.size:
        raise ValueError("bincount(): weights and list don't have the same length")
    if minlength < 0:
        raise ValueError("'minlength' must not be negative")
    last = -1
    for k in a:
        if k < 0:
            raise ValueError("bincount(): first argument must be non-negative")
        last = max(last, k)
    out = np.zeros(max(last + 1, minlength))
    for i in range(a.size):
        out[a[i]] += weights[i]
    return out


def _logspace(start, stop, num=50):
    return 10.0 ** np.linspace(start, stop, num)


def _geomspace(start, stop, num=50):
    if start == 0.0 or stop == 0.0:
        raise ValueError("Geometric sequence cannot include zero")
    sign = 1.0
    if start < 0.0 and stop < 0.0:
        sign = -1.0
    out = sign * np.logspace(np.log10(sign * start), np.log10(sign * stop), num)
    if num > 0:
        out[0] = start
    if num > 1:
        out[num - 1] = stop
    return out


def _polyval(x, c):
    """Horner's rule, of a number or an array; the coefficient of the highest power is the last."""
    r = c[c.size - 1] + x * 0.0
    for i in range(2, c.size + 1):
        r = c[c.size - i] + r * x
    return r


_EITHER = [(_swapped, (2, a, b)) for a, b in (({0, -2}, {1, -1}), ({1, -1}, {0, -2}))]

MATRIX_FORMS = {
    np.atleast_1d: [(_same, (1,)), (_same, (2,))],
    np.atleast_2d: [(_as_row, (1,)), (_same, (2,))],
    np.expand_dims: [
        *((_before_first, (1, {0, -2})), (_after_last, (1, {1, -1}))),
        *((_before_first, (2, {0, -3})), (_before_last, (2, {1, -2})), (_after_last, (2, {2, -1}))),
    ],
    np.swapaxes: _EITHER,
    np.fliplr: [(_fliplr, (2,))],
    np.flipud: [(_flipud, (1,)), (_flipud, (2,))],
    np.flip: [(_flip_both, (2,))],
    np.rot90: [
        *((_rot90, (2,)), (_rot90_often, (2, {1, -3}))),
        *((_rot180, (2, {2, -2})), (_rot270, (2, {3, -1}))),
    ],
    np.roll: [(_roll_rows, (2, 0))],
    np.median: [(_median_of_rows, (2,))],
    np.nanmedian: [(_nanmedian, (1,)), (_nanmedian_of_rows, (2,))],
    np.nanpercentile: [(_nanpercentile, (1, 0)), (_nanpercentile_of_rows, (2, 0))],
    np.nanquantile: [(_nanquantile, (1, 0)), (_nanquantile_of_rows, (2, 0))],
    np.cov: [
        *((_cov, (2,)), (_cov_of_two, (1, 1)), (_cov_of, (2, "none", 0))),
        *((_cov_over, (2, "none", 0, 0)), (_cov_of_rows, (2, "none", "none", 0))),
        *((_cov_by, (2, "none", 0, 0, 0)), (_cov_less, (2, "none", "none", "none", 0))),
        (_cov_of_less, (2, "none", 0, "none", 0)),
    ],
    np.corrcoef: [
        *((_corrcoef, (2,)), (_corrcoef_of_two, (1, 1)), (_corrcoef_of, (2, "none", 0))),
    ],
    np.kron: [(_kron_of_matrices, (2, 2))],
    np.cumprod: [(_cumprod_of_rows, (2,))],
    np.diagflat: [(_diagflat, (1,))],
    np.delete: [(_delete, (1, 0)), (_delete_of_rows, (2, 0))],
    np.extract: [(_extract, (1, 1))],
    np.take: [
        *((_take, (1, 1)), (_take_of_rows, (2, 1)), (_take_one, (1, 0)), (_take_one, (2, 0))),
    ],
    np.resize: [(_resize, (1, 0))],
    np.unwrap: [(_unwrap, (1,))],
    np.unique: [(_unique, (1,)), (_unique_of_rows, (2,))],
    np.vander: [(_vander, (1,)), (_vander_of, (1, 0))],
    np.bincount: [(_bincount, (1, 1)), (_bincount_at_least, (1, 1, 0))],
    np.logspace: [(_logspace, (0, 0)), (_logspace, (0, 0, 0))],
    np.geomspace: [(_geomspace, (0, 0)), (_geomspace, (0, 0, 0))],
    np.polynomial.polynomial.polyval: [(_polyval, (0, 1)), (_polyval, (1, 1))],
}
