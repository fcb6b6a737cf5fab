"""NumPy's functions that are put into other forms, loops over tuples, and float32."""

import math
from typing import NamedTuple

import numba
import numpy as np
import pytest
from interpreted import value_and_grad as interpreted
from numba.core.runtime import _nrt_python, rtsys
from numpy_names import trapezoid
from program_helpers import C

import fastad

PAIRS = ((-1, 0), (1, 0), (0, 1))
NODES = (0.1, 0.5, 0.9)
RNG = np.random.default_rng(0)
X, M, A = RNG.normal(size=6), RNG.normal(size=(3, 4)), 0.7


def over_tuples(x, a):
    s = 0.0
    for di, dj in PAIRS:
        s += x[2 + di] * x[2 + dj]
    for di, dj in ((-1, 0), (1, 2)):
        s *= math.sin(x[2 + di] + dj)
    for c in NODES:
        s += c * a * a
    for c in (a, 2.0 * a, x[0]):
        s = s * c
    for w, v in ((0.5, a), (a, C)):
        s += w * v * x[3]
    for k, c in enumerate((1, 3)):
        s += x[c] * k * a
    for p, q in zip(NODES, x):  # noqa: B905 (Numba knows no `strict`)
        s += p * q * a
    return s


class Weights(NamedTuple):
    w: np.ndarray
    b: float


@numba.njit
def layer(p, x):
    return np.tanh(np.sum(p.w * x) + p.b)


def with_tuples(x, a):
    """Tuples of arrays and numbers: indexed, by name too, and passed to other functions."""
    p = Weights(x * a, b=a * 2.0)
    s = np.sum(p.w[1:] * x[1:]) + p.b
    q = (x * a, x)
    return s * layer(p, x) + np.sum(q[0] * q[1]) + layer(Weights(q[0], s), x)


def reduced(x, m, a):
    s = np.var(x) + np.std(m) + np.ptp(x) * np.ptp(m) + np.median(x) * a + np.median(x[1:]) ** 2
    s += trapezoid(x * x, x) + trapezoid(x) ** 2
    return s + np.interp(a, np.array([0.0, 1.0, 2.0]), x[:3]) ** 2


def rearranged(x, m, a):
    d = np.diff(x)
    s = np.sum(d * d) + np.sum(np.diff(m) ** 2) + np.sum(np.clip(x, -0.5, 0.5) ** 2)
    s += np.flip(x)[1] * 2.0 + np.sum(np.cumprod(x) * x) + np.sort(x)[1] * a
    s += np.roll(x, 2)[0] * x[1] + np.sum(np.linspace(a, 2.0 * a, 5) ** 2)
    s += np.sum(np.interp(x, np.array([-1.0, 0.1, 2.0]), x[:3]) ** 2)
    return s + np.cross(x[:3], x[1:4])[1] + np.sum(np.tril(m) ** 2) + np.sum(np.triu(m, 1) ** 3)


def joined(x, m, a):
    d = np.diff(x)
    s = np.sum(np.append(x, x * a) ** 2) + np.concatenate((x, d, x))[7] ** 2
    s += np.sum(np.hstack((x, d))[3:] ** 2) + np.vstack((x, x * x))[1, 2]
    s += np.column_stack((x, x * a))[1, 1] + np.concatenate((x, d))[8] + np.sum(m)
    return s + np.stack((x, x * x, x * a))[2, 1] * a + np.column_stack((x, d[0] * x, x))[0, 1]


def differences(f, given):
    """Return the gradient by differences of the fourth order."""
    found = []
    for k, v in enumerate(given):
        bar = np.zeros(np.shape(v))
        for index in np.ndindex(bar.shape):

            def at(h, k=k, v=v, index=index):
                step = np.zeros(np.shape(v))
                step[index] = h
                moved = v + step if np.ndim(v) else v + h
                return f(*given[:k], moved, *given[k + 1 :])

            bar[index] = (8 * (at(1e-4) - at(-1e-4)) - (at(2e-4) - at(-2e-4))) / 12e-4
        found.append(bar)
    return found


@pytest.mark.parametrize("f", [over_tuples, with_tuples, reduced, rearranged, joined])
def test_against_differences(f):
    given = (X, A) if f in (over_tuples, with_tuples) else (X, M, A)
    copies = [np.copy(v) if np.ndim(v) else v for v in given]
    (value, bars), _ = interpreted(f, copies, tuple(range(len(given))))
    assert value == pytest.approx(f(*given), rel=1e-13)
    for bar, wanted in zip(bars, differences(f, given), strict=True):
        np.testing.assert_allclose(bar, wanted, rtol=1e-8, atol=1e-8)


@pytest.mark.slow
def test_compiled():
    for f in (over_tuples, with_tuples, reduced, rearranged, joined):
        given = (X, A) if f in (over_tuples, with_tuples) else (X, M, A)
        g = fastad.grad(f, tuple(range(len(given))), mode="source")
        for bar, wanted in zip(g(*given), differences(f, given), strict=True):
            np.testing.assert_allclose(bar, wanted, rtol=1e-8, atol=1e-8)


def convolved(kernel, image):
    """A scratch array made in an inner loop of a loop that is reversed turn by turn."""
    out = np.zeros((4, 3))
    for i in range(4):
        for j in range(3):
            out[i, j] = np.sum(image[i : i + 2, j : j + 2] * kernel)
    return np.mean(out**2)


def test_an_array_made_in_the_inner_loop_of_a_turn():
    kernel, image = RNG.normal(size=(2, 2)), RNG.normal(size=(5, 4))
    bar = fastad.grad(convolved, mode="source")(kernel, image)
    np.testing.assert_allclose(bar, differences(convolved, (kernel, image))[0], rtol=1e-8)


def narrow(x, w, a):
    y, s = np.empty_like(x), 0.0
    for i in range(x.size):
        y[i] = math.exp(-x[i] * a) * w[i]
        s += y[i] ** 2
    return s + np.sum(x * w)


def test_float32_is_differentiated_in_float64():
    given = X.astype(np.float32), np.arange(6, dtype=np.float32), np.float32(0.7)
    wide = given[0].astype(float), given[1].astype(float), float(given[2])
    g = fastad.value_and_grad(narrow, (0, 2), mode="source")
    value, bars = g(*given)
    assert bars[0].dtype == np.float64
    expected, wanted = g(*wide)
    assert value == expected
    np.testing.assert_array_equal(bars[0], wanted[0])
    assert bars[1] == wanted[1]
    tangents = np.ones(6, np.float32), np.float32(1.0)
    _, dot = fastad.jvp(narrow, (0, 2), mode="source")(*given, *tangents)
    assert dot == pytest.approx(wanted[0].sum() + wanted[1], rel=1e-12)


def decays(x, steps):
    y = x.copy()
    total = 0.0
    for t in range(steps):
        slope = np.sin(y) - 0.5 * y
        y = y + 0.1 * slope
        for k in range(2):
            part = y * slope
            total += part[k + t % 2] ** 2
    return total + np.sum(y * y)


def test_arrays_kept_turn_by_turn_are_all_given_back():
    """The way back takes them off their lists, reference and all."""
    g = fastad.grad(decays, mode="source")
    _nrt_python.memsys_enable_stats()
    for steps in (0, 1, 40):
        expected = differences(lambda x, n=steps: decays(x, n), (X,))[0]
        np.testing.assert_allclose(g(X, steps), expected, rtol=1e-7, atol=1e-9)
    before = rtsys.get_allocation_stats()
    for steps in (0, 1, 40):
        g(X, steps)
    after = rtsys.get_allocation_stats()
    _nrt_python.memsys_disable_stats()
    assert after.mi_alloc - before.mi_alloc > 200
    assert after.mi_alloc - before.mi_alloc == after.mi_free - before.mi_free
    assert "last_of(" in g.source
