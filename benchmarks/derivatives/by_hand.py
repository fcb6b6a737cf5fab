"""The objectives' adjoints written by hand: what a derivative tool is measured against.

Each returns the value and the gradient by every differentiated argument (for k-means the
diagonal of the Hessian too). They keep as little as a person would: rows of data are
reversed one by one, while what they need is in registers and the first-level cache.

``python -m benchmarks.derivatives.by_hand`` prints the times of functions and adjoints.
"""

import math

import numba
import numpy as np

from ..harness.common import alternate
from .objectives import FAST, LOG_2PI, OBJECTIVES, compiled

_jit = numba.njit(**FAST)


@_jit
def _factors_adjoint(resp, centred, y, e, l, mu_bar, e_bar, l_bar, centred_bar):  # noqa: E741
    """Add the adjoint of one row's y = Q centred to mu_bar, e_bar and l_bar (all (K, .)).

    A function of its own and two inner loops: LLVM then vectorises both.
    """
    k, d = y.shape
    for j in range(k):
        for i in range(d):
            y_bar = -resp[j] * y[j, i]
            e_bar[j, i] += y_bar * centred[j, i]
            centred_bar[i] = y_bar * e[j, i]
        at = 0
        for i in range(d):
            y_bar = -resp[j] * y[j, i]
            for c in range(i):
                l_bar[j, at + c] += y_bar * centred[j, c]
            for c in range(i):
                centred_bar[c] += y_bar * l[j, at + c]
            at += i
        for i in range(d):
            mu_bar[j, i] -= centred_bar[i]


@_jit
def mixture(alpha, mu, q, l, x, gamma, m):  # noqa: E741 (GradBench's name)
    """Adjoint of the mixture; by alpha (K,), mu (K, D), q (K, D), l (K, D (D - 1) / 2)."""
    n, d = x.shape
    k = alpha.size
    alpha_bar, mu_bar = np.zeros_like(alpha), np.zeros_like(mu)
    e_bar, l_bar = np.zeros_like(q), np.zeros_like(l)
    e, offset = np.exp(q), alpha.copy()
    centred, y = np.empty_like(mu), np.empty_like(mu)
    resp, centred_bar = np.empty_like(alpha), np.empty_like(mu[0])
    squares, logs = 0.0, 0.0
    for j in range(k):
        for i in range(d):
            offset[j] += q[j, i]
            logs += q[j, i]
            squares += e[j, i] * e[j, i]
        for i in range(l.shape[1]):
            squares += l[j, i] * l[j, i]
    total = 0.0
    for r in range(n):
        for j in range(k):
            for i in range(d):
                centred[j, i] = x[r, i] - mu[j, i]
            square = 0.0
            at = 0
            for i in range(d):
                s = e[j, i] * centred[j, i]
                for c in range(i):
                    s += l[j, at + c] * centred[j, c]
                at += i
                y[j, i] = s
                square += s * s
            resp[j] = offset[j] - 0.5 * square
        top = resp[0]
        for j in range(1, k):
            top = max(top, resp[j])
        s = 0.0
        for j in range(k):
            resp[j] = math.exp(resp[j] - top)
            s += resp[j]
        total += math.log(s) + top
        for j in range(k):
            resp[j] /= s
            alpha_bar[j] += resp[j]
        _factors_adjoint(resp, centred, y, e, l, mu_bar, e_bar, l_bar, centred_bar)
    top = alpha.max()
    s = np.exp(alpha - top).sum()
    for j in range(k):
        for i in range(d):
            e_bar[j, i] = (e_bar[j, i] - gamma * gamma * e[j, i]) * e[j, i] + alpha_bar[j] + m
        for i in range(l.shape[1]):
            l_bar[j, i] -= gamma * gamma * l[j, i]
    for j in range(k):
        alpha_bar[j] -= n * math.exp(alpha[j] - top) / s
    freedom = d + m + 1
    constant = freedom * d * (math.log(gamma) - 0.5 * math.log(2.0))
    constant -= 0.25 * d * (d - 1) * math.log(math.pi)
    for i in range(d):
        constant -= math.lgamma(0.5 * (freedom - i))
    total += k * constant - 0.5 * gamma * gamma * squares + m * logs
    total -= n * (math.log(s) + top) + 0.5 * n * d * LOG_2PI
    return total, alpha_bar, mu_bar, e_bar, l_bar


@_jit
def kmeans(c, p):
    """Adjoint of k-means; by c (K, D), and the diagonal of the Hessian (K, D)."""
    c_bar, second = np.zeros_like(c), np.zeros_like(c)
    total = 0.0
    for i in range(p.shape[0]):
        best, nearest = math.inf, 0
        for j in range(c.shape[0]):
            s = 0.0
            for k in range(c.shape[1]):
                d = c[j, k] - p[i, k]
                s += d * d
            if s < best:
                best, nearest = s, j
        total += best
        for k in range(c.shape[1]):
            c_bar[nearest, k] += 2.0 * (c[nearest, k] - p[i, k])
            second[nearest, k] += 2.0
    return total, c_bar, second


@_jit
def least_squares(x, n):
    """Adjoint of least squares; by x (M,)."""
    x_bar, powers = np.zeros_like(x), np.empty_like(x)
    total = 0.0
    for i in range(n):
        t = -1.0 + 2.0 * i / (n - 1)
        s = np.sign(t)
        power = 1.0
        for j in range(x.size):
            powers[j] = power
            s -= x[j] * power
            power *= t
        total += s * s
        for j in range(x.size):
            x_bar[j] -= s * powers[j]
    return 0.5 * total, x_bar


@_jit
def logsumexp(x):
    """Adjoint of log-sum-exp; by x (N,): the softmax."""
    x_bar = np.empty_like(x)
    top = x[0]
    for i in range(1, x.size):
        top = max(top, x[i])
    s = 0.0
    for i in range(x.size):
        x_bar[i] = math.exp(x[i] - top)
        s += x_bar[i]
    scale = 1.0 / s
    for i in range(x.size):
        x_bar[i] *= scale
    return math.log(s) + top, x_bar


@_jit
def _minor(a, following, row, bar, a_bar):
    """Return the minor and add its adjoint, times bar, to a_bar: one recursion does both."""
    n = a.shape[0]
    total = 0.0
    sign = 1.0
    before = n
    column = following[n]
    if row == n - 1:
        total = a[row, column]
        a_bar[row, column] += bar
        column = n
    while column != n:
        following[before] = following[column]
        factor = sign * a[row, column]
        value = _minor(a, following, row + 1, bar * factor, a_bar)
        total += factor * value
        a_bar[row, column] += bar * sign * value
        following[before] = column
        sign = -sign
        before = column
        column = following[column]
    return total


@_jit
def determinant(a):
    """Adjoint of the determinant by minors; by a (N, N)."""
    n = a.shape[0]
    following = np.empty(n + 1, np.int64)
    for j in range(n):
        following[j] = j + 1
    following[n] = 0
    a_bar = np.zeros_like(a)
    return _minor(a, following, 0, 1.0, a_bar), a_bar


@_jit
def _slopes(x, y, before, factor, out):
    """Set out (N,) to the slope at y + factor * before."""
    out[0] = x[0]
    for i in range(1, x.size):
        out[i] = x[i] * (y[i - 1] + factor * before[i - 1])


@_jit
def _slopes_adjoint(x, y, before, factor, out_bar, x_bar, y_bar, before_bar):
    """Add the adjoint of `_slopes` to x_bar, y_bar and before_bar."""
    x_bar[0] += out_bar[0]
    for i in range(1, x.size):
        x_bar[i] += out_bar[i] * (y[i - 1] + factor * before[i - 1])
    for i in range(1, x.size):
        inner = out_bar[i] * x[i]
        y_bar[i - 1] += inner
        before_bar[i - 1] += factor * inner


@_jit
def runge_kutta(x, steps):
    """Adjoint of the Runge-Kutta method; by x (N,).  It keeps y of each step alone."""
    n = x.size
    h = 2.0 / steps
    ys = np.zeros((steps + 1, n))
    k1, k2, k3, k4 = np.empty_like(x), np.empty_like(x), np.empty_like(x), np.empty_like(x)
    for step in range(steps):
        y = ys[step]
        _slopes(x, y, y, 0.0, k1)
        _slopes(x, y, k1, 0.5 * h, k2)
        _slopes(x, y, k2, 0.5 * h, k3)
        _slopes(x, y, k3, h, k4)
        for i in range(n):
            ys[step + 1, i] = y[i] + h / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i])
    x_bar, y_bar, unused = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    k1_bar, k2_bar = np.empty_like(x), np.empty_like(x)
    k3_bar, k4_bar = np.empty_like(x), np.empty_like(x)
    y_bar[n - 1] = 1.0
    for step in range(steps - 1, -1, -1):
        y = ys[step]
        _slopes(x, y, y, 0.0, k1)
        _slopes(x, y, k1, 0.5 * h, k2)
        _slopes(x, y, k2, 0.5 * h, k3)
        for i in range(n):
            k1_bar[i] = k4_bar[i] = h / 6.0 * y_bar[i]
            k2_bar[i] = k3_bar[i] = h / 3.0 * y_bar[i]
        _slopes_adjoint(x, y, k3, h, k4_bar, x_bar, y_bar, k3_bar)
        _slopes_adjoint(x, y, k2, 0.5 * h, k3_bar, x_bar, y_bar, k2_bar)
        _slopes_adjoint(x, y, k1, 0.5 * h, k2_bar, x_bar, y_bar, k1_bar)
        _slopes_adjoint(x, y, y, 0.0, k1_bar, x_bar, y_bar, unused)
    return ys[steps, n - 1], x_bar


ADJOINTS = {
    "mixture": mixture,
    "kmeans": kmeans,
    "least_squares": least_squares,
    "logsumexp": logsumexp,
    "determinant": determinant,
    "runge_kutta": runge_kutta,
}


def check(name, arguments):
    """Raise AssertionError unless value and directional derivative agree with the function's."""
    function, argnums = compiled(name), OBJECTIVES[name].argnums
    value, *bars = ADJOINTS[name](*arguments)
    rng = np.random.default_rng(1)
    moved = {-1.0: list(arguments), 1.0: list(arguments)}
    slope, step = 0.0, 1e-5
    for at, bar in zip(argnums, bars, strict=False):
        direction = rng.normal(size=arguments[at].shape)
        slope += float((bar * direction).sum())
        for side, there in moved.items():
            there[at] = arguments[at] + side * step * direction
    quotient = (function(*moved[1.0]) - function(*moved[-1.0])) / (2.0 * step)
    np.testing.assert_allclose(value, function(*arguments), rtol=1e-12)
    np.testing.assert_allclose(slope, quotient, rtol=1e-5)


def main():
    """Print the times: medians, and the adjoint over the function."""
    for name, objective in OBJECTIVES.items():
        function = compiled(name)
        for size in objective.sizes:
            arguments = objective.data(*size)
            pair = lambda: function(*arguments), lambda: ADJOINTS[name](*arguments)  # noqa: B023
            check(name, arguments)
            primal, adjoint = alternate(pair, 31)
            print(
                f"{name:14} {size!s:18} {1e6 * primal:9.1f} us, "
                f"by hand {1e6 * adjoint:9.1f} us, {adjoint / primal:5.2f} times"
            )


if __name__ == "__main__":
    main()
