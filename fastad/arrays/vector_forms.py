"""More forms (see `forms`), of functions of vectors: norms, quantiles, averages, products, ..."""

import numpy as np


def _norm(x, ord):
    """Return the norm of a vector as Numba has it: 0 of an empty one."""
    r = 0.0 * np.sum(x)
    if x.size > 0:
        if ord == np.inf:
            r = np.max(np.abs(x))
        elif ord == -np.inf:
            r = np.min(np.abs(x))
        elif ord == 0:
            r = 0.0 * np.sum(x) + np.count_nonzero(x)
        elif ord == 1:
            r = np.sum(np.abs(x))
        elif ord == 2:
            r = np.linalg.norm(x)
        else:
            r = np.sum(np.abs(x) ** ord) ** (1.0 / ord)
    return r


def _partition(a, kth):
    return a[np.argpartition(a, kth)]  # the same swaps in Numba, so the same order


def _partition_of_rows(a, kth):
    out = np.empty(a.shape)
    for i in range(a.shape[0]):
        out[i] = np.partition(a[i], kth)
    return out


def _eigvalsh(a):
    w, _ = np.linalg.eigh(a)
    return w


def _percentile(a, q):
    """Interpolate between the items around the percentile; ties are in the order of `sort`."""
    if not 0.0 <= q <= 100.0:
        raise ValueError("Percentiles must be in the range [0, 100]")
    n = a.size
    r = 0.0 * np.sum(a) + np.nan
    order = np.argsort(a, kind="mergesort")
    if n > 0 and a[order[n - 1]] == a[order[n - 1]]:  # NaN comes last
        if np.abs(a[order[0]]) == np.inf or np.abs(a[order[n - 1]]) == np.inf:
            raise ValueError("np.percentile: of infinite numbers it is not differentiated")
        rank = (n - 1) * (q / 100.0) + 1.0
        k = int(rank)
        m = rank - k
        r = (1.0 - m) * a[order[k - 1]] + m * a[order[min(k, n - 1)]]
    return r


def _percentiles(a, q):
    out = np.empty(q.size)
    for i in range(q.size):
        out[i] = np.percentile(a, q[i])
    return out


def _percentile_of_rows(a, q):
    return np.percentile(a.ravel(), q)


def _quantile(a, q):
    if not 0.0 <= q <= 1.0:
        raise ValueError("Quantiles must be in the range [0, 1]")
    return np.percentile(a, q * 100.0)


def _quantiles(a, q):
    out = np.empty(q.size)
    for i in range(q.size):
        out[i] = np.quantile(a, q[i])
    return out


def _quantile_of_rows(a, q):
    return np.quantile(a.ravel(), q)


def _average(a):
    return np.mean(a)


def _average_weighted(a, axis, weights):
    if a.shape != weights.shape:
        raise TypeError("np.average: the weights have the shape of what they weigh")
    total = np.sum(weights)
    if total == 0.0:
        raise ZeroDivisionError("Weights sum to zero, can't be normalized.")
    return np.sum(a * weights) / total


def _repeat(a, repeats):
    out = np.empty(a.size * repeats)
    for i in range(a.size):
        for k in range(repeats):
            out[i * repeats + k] = a[i]
    return out


def _repeat_rows(a, repeats):
    return np.repeat(a.ravel(), repeats)


def _ediff1d(ary):
    return ary[1:] - ary[:-1]


def _ediff1d_of_rows(ary):
    return np.ediff1d(ary.ravel())


def _convolve(a, v):
    if a.size == 0 or v.size == 0:
        raise ValueError("np.convolve: 'a' and 'v' cannot be empty")
    out = np.zeros(a.size + v.size - 1)
    for i in range(a.size):
        for j in range(v.size):
            out[i + j] += a[i] * v[j]
    return out


def _convolve_whole(a, v, mode):
    return np.convolve(a, v)


def _convolve_where_both(a, v, mode):
    shorter = min(a.size, v.size)
    return np.convolve(a, v)[shorter - 1 : max(a.size, v.size)]


def _convolve_as_long(a, v, mode):
    first = (min(a.size, v.size) - 1) >> 1
    return np.convolve(a, v)[first : first + max(a.size, v.size)]


def _correlate(a, v):
    return np.convolve(a, v[::-1], "valid")


def _cross_of_rows(a, b):
    n = a.shape[0] if b.shape[0] == 1 else b.shape[0]
    if a.shape[1] != 3 or b.shape[1] != 3 or (a.shape[0] != n and a.shape[0] != 1):
        raise ValueError("np.cross takes rows of length 3, as many of one as of the other")
    out = np.empty((n, 3))
    for i in range(n):
        j, k = min(i, a.shape[0] - 1), min(i, b.shape[0] - 1)
        out[i, 0] = a[j, 1] * b[k, 2] - a[j, 2] * b[k, 1]
        out[i, 1] = a[j, 2] * b[k, 0] - a[j, 0] * b[k, 2]
        out[i, 2] = a[j, 0] * b[k, 1] - a[j, 1] * b[k, 0]
    return out


def _cross_by_rows(a, b):
    return np.cross(a.copy().reshape((1, a.size)), b)


def _cross_rows_by(a, b):
    return np.cross(a, b.copy().reshape((1, b.size)))


def _kron(a, b):
    return np.outer(a, b).ravel()


def _nan_to_num(x):
    most = 1.7976931348623157e308
    ends = np.where(x > 0.0, most, -most)
    return np.where(np.isnan(x), 0.0, np.where(np.abs(x) == np.inf, ends, x))


VECTOR_FORMS = {
    np.linalg.norm: [(_norm, (1, 0))],
    np.linalg.eigvalsh: [(_eigvalsh, (2,))],
    np.partition: [
        *((_partition, (1, 0)), (_partition, (1, 1))),
        *((_partition_of_rows, (2, 0)), (_partition_of_rows, (2, 1))),
    ],
    np.percentile: [
        *((_percentile, (1, 0)), (_percentile_of_rows, (2, 0))),
        *((_percentiles, (1, 1)), (_percentile_of_rows, (2, 1))),
    ],
    np.quantile: [
        *((_quantile, (1, 0)), (_quantile_of_rows, (2, 0))),
        *((_quantiles, (1, 1)), (_quantile_of_rows, (2, 1))),
    ],
    np.average: [
        *((_average, (None,)), (_average_weighted, (1, "none", 1))),
        (_average_weighted, (2, "none", 2)),
    ],
    np.repeat: [(_repeat, (1, 0)), (_repeat_rows, (2, 0))],
    np.ediff1d: [(_ediff1d, (1,)), (_ediff1d_of_rows, (2,))],
    np.convolve: [
        *((_convolve, (1, 1)), (_convolve_whole, (1, 1, "full"))),
        *((_convolve_where_both, (1, 1, "valid")), (_convolve_as_long, (1, 1, "same"))),
    ],
    np.correlate: [(_correlate, (1, 1))],
    np.cross: [
        *((_cross_of_rows, (2, 2)), (_cross_by_rows, (1, 2)), (_cross_rows_by, (2, 1))),
    ],
    np.kron: [(_kron, (1, 1))],
    np.nan_to_num: [(_nan_to_num, (None,))],
}
