"""Functions that write into their arguments: every call of f starts from the same data."""

import numba
import numpy as np
import pytest

import fastad
from fastad._writes import written

N = 20  # more variables than one pass of forward mode takes
MODES = ("auto", "source", "forward", pytest.param("tape", marks=pytest.mark.slow))


@numba.njit
def grow(values):
    for i in range(values.size):
        values[i] = values[i] * 2.0 + 1.0


@numba.njit
def energy(x, y):
    grow(y)
    s = 0.0
    for i in range(x.size):
        s += x[i] * x[i] * y[i % y.size] * y[i % y.size]
    return s


@numba.njit
def scaled_squares(x, y):
    grow(y)
    return x * x * y[0]


def _checked(kind, f, mode, wanted, more=()):
    """Check a derivative, and what it leaves, at x of ones and y of ones (then 3)."""
    g = getattr(fastad, kind)(f, mode=mode)
    x, y = np.ones(N), np.ones(3)
    got = g(x, y, *more)
    got = got[1] if kind in ("value_and_grad", "vjp", "jvp") else got
    assert np.array_equal(got, wanted)
    assert np.array_equal(y, np.full(3, 3.0))
    assert np.array_equal(x, np.ones(N))
    with pytest.raises(ValueError, match="fastad: the arguments 'x' and 'y' share memory"):
        g(x, x[:3], *more)


@pytest.mark.parametrize("mode", MODES)
def test_gradients_start_from_the_same_data(mode):
    _checked("value_and_grad", energy, mode, np.full(N, 18.0))
    _checked("hvp", energy, mode, np.full(N, 18.0), (np.ones(N),))


@pytest.mark.parametrize("mode", MODES)
def test_jacobians_and_hessians_start_from_the_same_data(mode):
    _checked("jacobian", scaled_squares, mode, 6.0 * np.eye(N))
    _checked("hessian", energy, mode, 18.0 * np.eye(N))


@pytest.mark.parametrize("mode", ["source", "forward"])
def test_a_tangent_leaves_what_the_function_leaves(mode):
    _checked("jvp", energy, mode, 360.0, (np.ones(N),))


def test_data_in_tuples_and_in_strided_views():
    @numba.njit
    def f(x, pair):
        a, b = pair
        s = 0.0
        for i in range(x.size):
            b[i % 2] += 1.0
            s += x[i] * a[0] * b[i % 2]
        return s

    a, wide = np.ones(1), np.zeros(4)
    x, pair = np.ones(N), (a, wide[::2])
    expected = np.repeat(np.arange(1.0, N // 2 + 1), 2)
    assert np.array_equal(fastad.grad(f, mode="forward")(x, pair), expected)
    assert np.array_equal(wide, [N / 2, 0.0, N / 2, 0.0])


def _helper(a, b):
    b[0] = a[0]
    return a[1]


def _views(x, y):
    z = np.zeros_like(x)
    z[0] = y[0]
    w = np.reshape(y, (2, 2)).T
    w[0, 0] = 1.0
    return z


def _calls(x, y, z):
    return _helper(x, z) + _helper(y, z)


def _rows(x, y):
    for row in y:
        row[0] = 1.0
    return x


def _own(x, y):
    t = x * y
    t[0] = 3.0
    t += y
    y = y.copy()
    total = 0.0
    for v in t:
        total += v
    return total


def _sorts(x, y):
    y.sort()
    np.add(x, x, y)
    return y[0]


energy_grad = fastad.grad(energy)


def _of_a_driver(x, y):
    return energy_grad(x, y)


@pytest.mark.parametrize(
    ("f", "names"),
    [
        (_views, {"y"}),
        (_calls, {"z"}),
        (_rows, {"y"}),
        (_own, set()),
        (_sorts, {"y"}),
        (energy, {"y"}),
        (_of_a_driver, {"y"}),
    ],
)
def test_which_arguments_a_function_may_write_into(f, names):
    assert written(f) == names
