"""Numeric functions in the style of what people compile with Numba, taken as they are."""

import math

import numpy as np
import pytest
from interpreted import value_and_grad

from fastad import grad


def bessel_series(x):
    total, term = 1.0, 1.0
    k = 0
    while abs(term) > 1e-17 * abs(total):
        k += 1
        term *= -x * x / (4.0 * k * k)
        total += term
        if k > 200:
            raise ValueError("no convergence")
    return total


def interpolated(y, t):
    n = y.size
    total = 0.0
    for v in t:
        pos = v * (n - 1)
        i = min(int(pos), n - 2)
        w = pos - i
        total += ((1 - w) * y[i] + w * y[i + 1]) ** 2
    return total


def lotka_volterra(p, steps):
    y = np.array([1.0, 0.5])
    dy = np.empty(2)
    for _ in range(steps):
        dy[0] = p[0] * y[0] - p[1] * y[0] * y[1]
        dy[1] = p[2] * y[0] * y[1] - p[3] * y[1]
        y += 0.05 * dy
    return y[0] * y[1]


def soft_dtw(x, z, gamma):
    n, m = x.size, z.size
    r = np.full((n + 1, m + 1), 1e6)
    r[0, 0] = 0.0
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            d = (x[i - 1] - z[j - 1]) ** 2
            a, b, c = r[i - 1, j - 1], r[i - 1, j], r[i, j - 1]
            low = min(a, b, c)
            s = math.exp((low - a) / gamma) + math.exp((low - b) / gamma)
            s += math.exp((low - c) / gamma)
            r[i, j] = d + low - gamma * math.log(s)
    return r[n, m]


def blurred(image, kernel):
    h, w = image.shape
    total = 0.0
    for i in range(1, h - 1):
        for j in range(1, w - 1):
            acc = 0.0
            for a in range(3):
                for b in range(3):
                    acc += kernel[a, b] * image[i + a - 1, j + b - 1]
            total += max(acc, 0.0) ** 2
    return total


def binomial_tree(p, n):
    spot, strike, sigma = p[0], p[1], p[2]
    up = math.exp(sigma * math.sqrt(1.0 / n))
    q = (math.exp(0.05 / n) - 1.0 / up) / (up - 1.0 / up)
    v = np.empty(n + 1)
    for i in range(n + 1):
        v[i] = max(strike - spot * up ** (2 * i - n), 0.0)
    for step in range(n - 1, -1, -1):
        for i in range(step + 1):
            hold = math.exp(-0.05 / n) * (q * v[i + 1] + (1 - q) * v[i])
            v[i] = max(hold, strike - spot * up ** (2 * i - step))
    return v[0]


def call_by_paths(p, normals):
    total = 0.0
    for z in normals:
        s = p[0] * math.exp(-0.5 * p[2] ** 2 + p[2] * z)
        if s > p[1]:
            total += s - p[1]
    return total / len(normals)


def potential(x, masses):
    n = x.shape[0]
    total = 0.0
    for i in range(n):
        for j in range(i):
            d = x[i] - x[j]
            total -= masses[i] * masses[j] / math.sqrt(np.dot(d, d) + 0.01)
    return total


def kalman(p, data):
    mean, var = 0.0, 1.0
    loss = 0.0
    for y in data:
        var += p[0] ** 2
        s = var + p[1] ** 2
        gain = var / s
        error = y - mean
        loss += 0.5 * (math.log(s) + error * error / s)
        mean += gain * error
        var *= 1.0 - gain
    return loss


def newton_logistic(x, labels):
    b, step, k = 0.0, 1.0, 0
    while abs(step) > 1e-12 and k < 50:
        g, h = -b, -1.0
        for i in range(x.size):
            q = 1.0 / (1.0 + math.exp(-b * x[i]))
            g += (labels[i] - q) * x[i]
            h -= q * (1.0 - q) * x[i] ** 2
        step = g / h
        b -= step
        k += 1
    return b


P = np.array([1.0, 1.1, 0.3])
T = np.linspace(0.05, 0.95, 6)
M = np.sin(np.arange(30.0)).reshape(5, 6)
PROGRAMS = [
    (bessel_series, (1.7,)),
    (interpolated, (T**2, T)),
    (lotka_volterra, (np.array([1.1, 0.4, 0.2, 0.6]), 8)),
    (soft_dtw, (T, T[::-1].copy(), 0.3)),
    (blurred, (M, M[:3, :3].copy())),
    (binomial_tree, (P, 5)),
    (call_by_paths, (P, M[0])),
    (potential, (M[:, :3].copy(), T)),
    (kalman, (P, T)),
    (newton_logistic, (T, np.array([0.0, 1.0, 0.0, 1.0, 1.0, 1.0]))),
]

IDS = [f.__name__ for f, _ in PROGRAMS]
taken = pytest.mark.parametrize(("f", "given"), PROGRAMS, ids=IDS)


def differences(f, given):
    x = np.asarray(given[0], float)
    found = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * 1e-6
            found[index] += sign * f(moved if moved.ndim else float(moved), *given[1:]) / 2e-6
    return found


@taken
def test_taken_as_they_are(f, given):
    """By the interpreter, which is quick, against divided differences."""
    copies = [a.copy() if isinstance(a, np.ndarray) else a for a in given]
    (_, bars), _ = value_and_grad(f, copies, (0,))
    np.testing.assert_allclose(bars[0], differences(f, given), rtol=1e-6, atol=1e-7)


@pytest.mark.slow
@taken
def test_compiled(f, given):
    g = grad(f, mode="source")
    np.testing.assert_allclose(g(*given), differences(f, given), rtol=1e-6, atol=1e-7)
