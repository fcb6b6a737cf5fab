"""Orders of memory: what is a view for the function is one for its derivatives.

Numba's `.T` is in the other order, and so are inverses, solutions and whatever NumPy makes of a
transposed array; `ravel` and `reshape` share memory with some orders and copy others. The oracle
are differences of the compiled function: only it knows which. Many programs are one function,
chosen from by a number, because compiling is what costs.
"""

import numba
import numpy as np
import pytest

import fastad

MODES = ("source", "forward", "tape")
ORDERS = ("C", "F", "strided")


@numba.njit
def ramp(v):
    """A sum of squares that tells the places of items."""
    s = 0.0
    for i in range(v.size):
        s += v[i] * v[i] * (i + 1)
    return s


@numba.njit
def filled_like(x):
    y = np.zeros_like(x)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            y[i, j] = x[i, j] * x[j, i]
    return y


@numba.njit
def results(x, w, k):
    """Of arrays that NumPy makes in Fortran's order."""
    if k == 0:
        v = np.linalg.inv(x).T.ravel()
    elif k == 1:
        v = np.ascontiguousarray(np.exp(x.T).T).ravel()
    elif k == 2:
        v = np.linalg.solve(x, w).T.ravel()
    elif k == 3:
        v = np.exp(x.T).T.ravel()
    elif k == 4:
        v = (x.T * w.T).T.ravel()
    elif k == 5:
        v = filled_like(x.T).T.ravel()
    else:
        v = (x.T - 1.0).T.reshape(9)
    return ramp(v)


@numba.njit
def read(x, k):
    """Of arguments in any order, which are read."""
    if k == 0:
        v = x.T.ravel()
    elif k == 1:
        v = np.ascontiguousarray(x.T).ravel()
    else:
        v = x.flatten()
    return ramp(v)


@numba.njit
def views(x, k):
    """Of arguments in any order, which are written into by way of `ravel`, or copies of it."""
    if k == 0:
        v = x.ravel()
        v *= 2.0
        return ramp(v) + (x * x * x).sum()
    if k == 1:
        v = x.ravel()
        v -= v.mean()
        return ramp(v) + (x * x * x).sum()
    v = x.T.ravel()
    v[1] = x[1, 1] * 2
    return ramp(v) + (x * x * x).sum()


@numba.njit
def arrays(x, k):
    """Of arrays made like arguments in any order, which are written into in the same way."""
    if k == 0:
        y = np.zeros_like(x)
        y[0, 0] = x[0, 0]
        v = y.ravel()
        v[0] = x[1, 1]
        return ramp(v) + (y * y * y).sum()
    if k == 1:
        y = x.copy()
        v = y.ravel()
        v[1] = x[1, 1] * 2
        return ramp(v) + (y * y).sum()
    y = x.T * 2.0
    v = y.ravel()
    v[1] = x[1, 1] * 2
    u = y.T.ravel()
    u[2] = x[0, 0]
    return ramp(v) + ramp(u) + (y * y * y).sum()


@numba.njit
def reshaped(x):
    return ramp(x.T.reshape(6))


SQUARE = np.array([[1.3, 0.7, 2.1], [0.4, 1.9, 1.1], [0.2, 0.5, 3.0]])
OTHER = SQUARE + np.array([1.0, -0.5, 0.25])
WIDE = SQUARE[:2].copy()


def ordered(x, order):
    """Return a copy in an order; every second row and column of another array, if strided."""
    if order != "strided":
        return np.array(x, order=order)
    room = np.zeros((2 * x.shape[0], 2 * x.shape[1]))
    room[::2, ::2] = x
    return room[::2, ::2]


def slopes(f, x, order, more):
    """Return the gradient by differences of f, compiled, at arrays in an order."""
    found = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        for sign in (1, -1):
            moved = ordered(x, order)
            moved[index] += sign * 1e-5
            found[index] += sign * f(moved, *more) / 2e-5
    return found


def check(f, x, order, more, driver, derivative):
    wanted = slopes(f, x, order, more)
    way = np.cos(np.arange(x.size)).reshape(x.shape)
    given = ordered(x, order)
    if driver == "jvp":
        # A tangent comes in whichever order: here always in C's.
        value, got = derivative(given, *more, way)
        wanted = np.sum(wanted * way)
    else:
        value, got = derivative(given, *more)
    assert value == pytest.approx(f(ordered(x, order), *more), rel=1e-12)
    np.testing.assert_allclose(got, wanted, rtol=1e-7, atol=1e-7)


def of(f):
    """Return a function that makes the derivatives of f, each once."""
    made = {}

    def derivative(driver, mode):
        if (driver, mode) not in made:
            made[driver, mode] = getattr(fastad, driver)(f, mode=mode)
        return made[driver, mode]

    return derivative


DERIVATIVES = {f: of(f) for f in (results, read, views, arrays, reshaped)}
GRADIENTS = [("value_and_grad", mode) for mode in MODES]
TANGENTS = [("jvp", "source"), ("jvp", "forward")]


def cases(*quick):
    """Return the parameters of tests: each driver with each order, all but some slow."""
    return [
        pytest.param(d, m, o, marks=() if (d, m, o) in quick else pytest.mark.slow)
        for d, m in GRADIENTS + TANGENTS
        for o in ORDERS
    ]


QUICK = cases(*((d, m, "F") for d, m in GRADIENTS + TANGENTS))
named = pytest.mark.parametrize


@named("k", range(7))
@named("mode", ["source", *(pytest.param(m, marks=pytest.mark.slow) for m in MODES[1:])])
def test_results_in_the_other_order(mode, k):
    derivative = DERIVATIVES[results]("value_and_grad", mode)
    check(results, SQUARE, "C", (OTHER, k), "value_and_grad", derivative)


@named("k", range(3))
@named(("driver", "mode", "order"), QUICK)
def test_arguments_that_are_read(driver, mode, order, k):
    check(read, WIDE, order, (k,), driver, DERIVATIVES[read](driver, mode))


@named("k", range(3))
@named(("driver", "mode", "order"), QUICK)
def test_views_of_arguments_that_are_written_into(driver, mode, order, k):
    check(views, WIDE, order, (k,), driver, DERIVATIVES[views](driver, mode))


@named("k", range(3))
@named(("driver", "mode", "order"), cases())
def test_arrays_made_like_arguments_that_are_written_into(driver, mode, order, k):
    check(arrays, WIDE, order, (k,), driver, DERIVATIVES[arrays](driver, mode))


@named("mode", MODES)
def test_a_view_by_reshape(mode):
    derivative = DERIVATIVES[reshaped]("value_and_grad", mode)
    check(reshaped, WIDE, "F", (), "value_and_grad", derivative)
    with pytest.raises(NotImplementedError, match="incompatible shape for array"):
        derivative(WIDE)  # as the function itself: it would have to copy
