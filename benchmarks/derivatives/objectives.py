"""The objectives of GradBench, written as users write for `@njit`, with their data.

Each is plain Python that `numba.njit` compiles as it stands, and that fastad differentiates
as it stands in every mode: scalar loops, and arrays made like a differentiated argument.
`OBJECTIVES` holds them with their data; `compiled` gives one as the machine runs it best.

References
----------
GradBench, https://github.com/gradbench/gradbench (the definitions and the sizes); ADBench
(Srajer, Kukelova and Fitzgibbon 2018, "A benchmark of selected algorithmic differentiation
tools on some problems in computer vision and machine learning") for mixture and k-means.
"""

import math
from typing import NamedTuple

import numba
import numpy as np

LOG_2PI = math.log(2.0 * math.pi)

# What C++ is compared with is compiled by -O3 -ffast-math; NaN and infinity keep their meaning.
FAST = {"fastmath": {"reassoc", "contract", "arcp", "nsz"}, "error_model": "numpy"}


def mixture(alpha, mu, q, l, x, gamma, m):  # noqa: E741 (GradBench's name)
    """Return the log-likelihood of a Gaussian mixture with a Wishart prior.

    alpha (K,) logits; mu (K, D) means; q (K, D) log diagonals and l (K, D (D - 1) / 2) the
    rows below them of the factors Q; x (N, D) points; gamma, m the prior's parameters.
    """
    n, d = x.shape
    k = alpha.size
    e, main = np.zeros_like(q), np.zeros_like(alpha)
    sums, centred = np.zeros_like(alpha), np.zeros_like(mu[0])
    squares, logs = 0.0, 0.0
    for j in range(k):
        for i in range(d):
            e[j, i] = math.exp(q[j, i])
            sums[j] += q[j, i]
            squares += e[j, i] * e[j, i]
        logs += sums[j]
        for i in range(l.shape[1]):
            squares += l[j, i] * l[j, i]
    total = 0.0
    for r in range(n):
        for j in range(k):
            for i in range(d):
                centred[i] = x[r, i] - mu[j, i]
            square = 0.0
            at = 0
            for i in range(d):
                s = e[j, i] * centred[i]
                for c in range(i):
                    s += l[j, at + c] * centred[c]
                at += i
                square += s * s
            main[j] = alpha[j] + sums[j] - 0.5 * square
        top = main[0]
        for j in range(1, k):
            top = max(top, main[j])
        s = 0.0
        for j in range(k):
            s += math.exp(main[j] - top)
        total += math.log(s) + top
    top = alpha[0]
    for j in range(1, k):
        top = max(top, alpha[j])
    s = 0.0
    for j in range(k):
        s += math.exp(alpha[j] - top)
    freedom = d + m + 1
    constant = freedom * d * (math.log(gamma) - 0.5 * math.log(2.0))
    constant -= 0.25 * d * (d - 1) * math.log(math.pi)
    for i in range(d):
        constant -= math.lgamma(0.5 * (freedom - i))
    prior = k * constant - 0.5 * gamma * gamma * squares + m * logs
    return total - n * (math.log(s) + top) - 0.5 * n * d * LOG_2PI + prior


def kmeans(c, p):
    """Return the sum of the squared distances of points p (N, D) to their nearest of c (K, D)."""
    total = 0.0
    for i in range(p.shape[0]):
        best = math.inf
        for j in range(c.shape[0]):
            s = 0.0
            for k in range(c.shape[1]):
                d = c[j, k] - p[i, k]
                s += d * d
            best = min(best, s)
        total += best
    return total


def least_squares(x, n):
    """Return half the squared residuals of a polynomial x (M,) fitted to the sign at n points."""
    total = 0.0
    for i in range(n):
        t = -1.0 + 2.0 * i / (n - 1)
        s = np.sign(t)
        power = 1.0
        for j in range(x.size):
            s -= x[j] * power
            power *= t
        total += s * s
    return 0.5 * total


def logsumexp(x):
    """Return log(sum(exp(x))) of x (N,), the maximum taken out."""
    top = x[0]
    for i in range(1, x.size):
        top = max(top, x[i])
    s = 0.0
    for i in range(x.size):
        s += math.exp(x[i] - top)
    return math.log(s) + top


@numba.njit(**FAST)
def minor(a, following, row):
    """Return the determinant of the rows from `row` on of a (N, N) in the columns left.

    following (N + 1,) is a linked list of those columns: following[N] is the first,
    following[j] the one after j, and N the end.
    """
    n = a.shape[0]
    total = 0.0
    sign = 1.0
    before = n
    column = following[n]
    if row == n - 1:  # an early return would cost the arrays' reference counts at every call
        total = a[row, column]
        column = n
    while column != n:
        following[before] = following[column]
        total += sign * a[row, column] * minor(a, following, row + 1)
        following[before] = column
        sign = -sign
        before = column
        column = following[column]
    return total


def determinant(a):
    """Return the determinant of a (N, N) by recursion over minors along the first row."""
    n = a.shape[0]
    following = np.empty(n + 1, np.int64)
    for j in range(n):
        following[j] = j + 1
    following[n] = 0
    return minor(a, following, 0)


def runge_kutta(x, steps):
    """Return the last component of y(2), by the classical Runge-Kutta method.

    y_0' = x_0, y_i' = x_i y_(i-1), y(0) = 0, for x (N,).
    """
    n = x.size
    h = 2.0 / steps
    y, k1, k2 = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    k3, k4 = np.zeros_like(x), np.zeros_like(x)
    k1[0] = k2[0] = k3[0] = k4[0] = x[0]
    for _ in range(steps):
        for i in range(1, n):
            k1[i] = x[i] * y[i - 1]
        for i in range(1, n):
            k2[i] = x[i] * (y[i - 1] + 0.5 * h * k1[i - 1])
        for i in range(1, n):
            k3[i] = x[i] * (y[i - 1] + 0.5 * h * k2[i - 1])
        for i in range(1, n):
            k4[i] = x[i] * (y[i - 1] + h * k3[i - 1])
        for i in range(n):
            y[i] += h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i])
    return y[n - 1]


class Objective(NamedTuple):
    """An objective, what it is differentiated by, and its data.

    `argnums` are the differentiated arguments; `data(*size)` makes all arguments; `sizes`
    are the sizes measured, the smallest first.
    """

    function: object
    argnums: tuple
    data: object
    sizes: tuple


def mixture_data(d, k, n):
    """Return arguments of `mixture`."""
    rng = np.random.default_rng(0)
    return (
        rng.normal(size=k),
        rng.normal(size=(k, d)),
        0.3 * rng.normal(size=(k, d)),
        0.3 * rng.normal(size=(k, d * (d - 1) // 2)),
        rng.normal(size=(n, d)),
        1.0,
        0,
    )


def kmeans_data(k, n, d):
    """Return arguments of `kmeans`."""
    rng = np.random.default_rng(0)
    return rng.normal(size=(k, d)), rng.normal(size=(n, d))


def least_squares_data(n, m):
    """Return arguments of `least_squares`."""
    return np.random.default_rng(0).normal(size=m) / np.arange(1, m + 1), n


def logsumexp_data(n):
    """Return arguments of `logsumexp`."""
    return (np.random.default_rng(0).normal(size=n),)


def determinant_data(n):
    """Return arguments of `determinant`."""
    return (np.random.default_rng(0).normal(size=(n, n)),)


def runge_kutta_data(n, steps):
    """Return arguments of `runge_kutta`."""
    return 1.0 + 0.1 * np.random.default_rng(0).normal(size=n), steps


OBJECTIVES = {
    "mixture": Objective(
        mixture,
        (0, 1, 2, 3),
        mixture_data,
        ((2, 5, 1000), (10, 25, 1000), (20, 50, 1000), (64, 10, 1000), (10, 5, 10000)),
    ),
    "kmeans": Objective(kmeans, (0,), kmeans_data, ((10, 1000, 8), (100, 10000, 16))),
    "least_squares": Objective(least_squares, (0,), least_squares_data, ((1024, 128),)),
    "logsumexp": Objective(logsumexp, (0,), logsumexp_data, ((40000,),)),
    "determinant": Objective(determinant, (0,), determinant_data, ((8,),)),
    "runge_kutta": Objective(runge_kutta, (0,), runge_kutta_data, ((20, 100), (1000, 100))),
}


def compiled(name):
    """Return the objective compiled by Numba, vectorised as far as Numba does."""
    return numba.njit(**FAST)(OBJECTIVES[name].function)
