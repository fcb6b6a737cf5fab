"""NumPy's functions of whole arrays inside f, in forward and tape mode, against closed forms."""

import math

import numba
import numpy as np
import pytest
from numpy_names import trapezoid

import fastad
from fastad import grad

X = np.random.default_rng(0).normal(size=(3, 3))
WEIGHTS = np.random.default_rng(1).normal(size=(3, 3))
MODES = pytest.mark.parametrize(
    "mode", ["forward", pytest.param("tape", marks=pytest.mark.slow)]
)  # on the tape they take half a minute to compile


def reductions(x, weights):
    """All of them at once: compiling is what costs."""
    total = np.trace(x, 1) + 2.0 * np.trace(x)
    total += np.sum(np.outer(x[0], x[:, 1]) * weights)
    total += np.sum(np.diag(x, -1)) + np.sum(np.diag(x[2], 1)[:3, 1:] * weights)
    total += 0.5 * np.sum(np.cumsum(x) ** 2) + np.cumprod(x)[-1] + 9.0 * np.var(x) + np.std(x)
    total += np.sum(x, axis=0) @ weights[0] + x.sum(axis=-1) @ weights[1] + np.nansum(x)
    return total + x.flat[np.argmax(x)] * 3.0 - x.flat[np.argmin(x)] + np.median(x)


def reductions_gradient(x, weights):
    g = np.eye(3, k=1) + 2.0 * np.eye(3)
    g[0] += weights @ x[:, 1]
    g[:, 1] += weights.T @ x[0]
    g += np.eye(3, k=-1)
    g[2] += np.diag(weights)
    g += np.cumsum(np.cumsum(x)[::-1])[::-1].reshape(3, 3)
    g += np.prod(x) / x + 2.0 * (x - x.mean()) + (x - x.mean()) / (9.0 * x.std())
    g += weights[0] + weights[1][:, None] + 1.0
    return g + 3.0 * (x == x.max()) - 1.0 * (x == x.min()) + (x == np.median(x))


@MODES
def test_reductions_in_closed_form(mode):
    got = grad(reductions, mode=mode)(X, WEIGHTS)
    assert got == pytest.approx(reductions_gradient(X, WEIGHTS), rel=1e-12)


def arrangements(x):
    pair = np.array([x[0], 2.0])
    square = np.array([[x[1], 1.0], [x[2], x[3]]])
    total = pair @ square @ np.array((x[4], x[0]))
    total += np.sum(x[x > 0.2] ** 2) + np.sum(x[np.array([0, 3, 3])] ** 3)
    total += np.sum(np.clip(x, -0.5, 0.5) ** 2)
    total += np.sum(np.append(np.concatenate((x, 2.0 * x)), x[1]) ** 2)
    total += np.sum(np.repeat(x, 2) ** 2) + np.diff(x) @ np.diff(x, n=1)
    total += np.sum(np.linspace(x[0], x[1], 4) ** 2) + np.interp(x[2], x, x**2)
    total += trapezoid(x, x**3) + trapezoid(x, dx=0.5) + np.cross(x[:3], x[2:]) @ x[1:4]
    made = np.zeros(2, x.dtype) + np.ones((2,), x.dtype)
    made[0] = np.where(np.isnan(x), 0.0, x)[3] + np.sum(np.triu(square) - np.tril(square))
    return total + made @ made + np.vdot(square, square)


def arrangements_complex(x):
    """The same for the complex step: comparisons by the real part, and what NumPy lacks."""
    pair, square = np.array([x[0], 2.0]), np.array([[x[1], 1.0], [x[2], x[3]]])
    total = pair @ square @ np.array((x[4], x[0]))
    total += np.sum(x[x.real > 0.2] ** 2) + np.sum(x[np.array([0, 3, 3])] ** 3)
    total += np.sum(np.where(abs(x.real) < 0.5, x, np.sign(x.real) * 0.5) ** 2)
    total += np.sum(x**2) * 5 + x[1] ** 2 + 2 * np.sum(x**2) + np.sum((x[1:] - x[:-1]) ** 2)
    total += np.sum((x[0] + (x[1] - x[0]) * np.arange(4) / 3) ** 2) + x[2] ** 2
    total += np.sum((x[1:] ** 3 - x[:-1] ** 3) * (x[1:] + x[:-1])) / 2
    total += np.sum(x[1:] + x[:-1]) / 4 + np.cross(x[:3], x[2:]) @ x[1:4]
    made = np.array([1.0 + 0j, 1.0])
    made[0] = x[3] + 1.0 - x[2]
    return total + made @ made + np.sum(square**2)


@MODES
def test_arrangements_by_the_complex_step(mode):
    x = np.array([-0.7, -0.3, 0.1, 0.45, 0.9])  # increasing, as np.interp needs
    steps = 1e-30j * np.eye(5)
    expected = [arrangements_complex(x + step).imag / 1e-30 for step in steps]
    got = grad(arrangements, mode=mode)(x)
    assert got == pytest.approx(np.array(expected), rel=1e-12, abs=1e-13)


@pytest.mark.parametrize("mode", ["source", "forward"])
def test_a_median_with_nan_is_nan_and_erf_is_flat_at_infinity(mode):
    def f(x):
        return np.median(x)

    def e(x):
        return math.erf(x[0]) * x[1]

    value, slope = fastad.value_and_grad(f, mode=mode)(np.array([1.0, np.nan, 2.0, 0.0]))
    assert np.isnan(value)
    assert slope.shape == (4,)
    slope = fastad.grad(e, mode=mode)(np.array([np.inf, 2.0]))
    assert slope.tolist() == [0.0, 1.0]


def joins(x, w):
    """Reductions and methods of what is put together, of active and of passive arrays."""
    wide = np.concatenate((x, w), axis=1)
    total = np.sum(wide.T.copy().ravel()[2:8] ** 2) + wide.sum(axis=0) @ wide[1]
    square = np.stack((x[0], w[1], x[1]), axis=1)
    total += square.mean() ** 3 + np.trace(square) * square.max() + square.T[0] @ w[0]
    high = np.vstack((w, x))
    total += np.std(high) + high.min() * high.size + np.sum(np.sum(high, axis=1) ** 2)
    row = np.hstack((x[0], w[0], x[1]))
    total += np.median(row) * row.sum() + row[row > 0.5].sum()
    more = np.append(x[0], w[0])
    total += more.prod() + np.argmax(more) * np.cumsum(more)[3] + more.mean()
    columns = np.column_stack((x[0], x[1], w[0]))
    total += np.sum(columns[:, 1:].copy().reshape(6)[::2] ** 3) + columns.var()
    return total + np.sum(np.dstack((x, w))[:, :, 0] * w)


@MODES
def test_reductions_and_methods_of_joined_arrays(mode):
    x = np.array([[1.3, 0.7, 2.1], [0.4, 1.9, 1.1]])
    w = np.array([[0.6, -1.2, 0.9], [1.7, 0.2, -0.8]])
    wanted = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        for sign in (1, -1):
            moved = x.copy()
            moved[index] += sign * 1e-5
            wanted[index] += sign * joins(moved, w) / 2e-5
    value, slope = fastad.value_and_grad(joins, mode=mode)(x, w)
    assert value == pytest.approx(joins(x, w), rel=1e-14)
    np.testing.assert_allclose(slope, wanted, rtol=1e-8)


@numba.njit
def of_other_lengths(m, n, k):
    if k == 0:
        return np.sum(np.concatenate((m, n)))
    if k == 1:
        return np.sum(np.vstack((m, n)))
    if k == 2:
        return np.sum(np.column_stack((m[0], n[0])))
    if k == 3:
        return np.sum(np.stack((m[0], n[0])))
    if k == 4:
        return np.interp(0.5, n[0], m[0])
    if k == 5:
        return np.interp(0.5, m[0], n[0])
    if k == 6:
        return np.sum(np.cross(m[:, 0], n[:, 0]))
    if k == 7:
        return trapezoid(m[0], n[0])
    return np.sum(np.hstack((m, n.T)))


IN_ALL_MODES = pytest.mark.parametrize(
    "mode", ["source", "forward", pytest.param("tape", marks=pytest.mark.slow)]
)


@IN_ALL_MODES
def test_arrays_of_other_lengths_raise_as_in_the_function(mode):
    """Extents of 1 are not stretched, and nothing is read or written beyond an end."""
    m, n = np.array([[1.3, 0.7, 2.1], [0.4, 1.9, 1.1]]), np.array([[1.0], [2.0]])
    g = fastad.value_and_grad(of_other_lengths, mode=mode)
    for k in range(9):
        for f in (of_other_lengths, g):
            with pytest.raises(ValueError, match=r"."):
                f(m, n, k)


@IN_ALL_MODES
def test_a_median_of_nothing_is_nan(mode):
    def chosen(x):
        return np.median(x[x > 99.0]) + x[0]

    value, slope = fastad.value_and_grad(chosen, mode=mode)(X[0])
    assert np.isnan(value)
    assert slope.shape == (3,)


@numba.njit
def places(x):
    """A number that tells the extremes' places and the order."""
    found = 1.0 * np.argmax(x) + 10.0 * np.argmin(x)
    for i, k in enumerate(np.argsort(x)):
        found += (k + 1) * 100.0 * 7.0**i
    return found + 0.0 * x[0]


@MODES
@pytest.mark.parametrize("where", [(), (0,), (1,), (3,), (1, 2), (0, 3)])
def test_places_of_nan_are_numbas(mode, where):
    x = np.array([1.0, -0.5, 2.0, 0.25])
    x[[*where]] = np.nan
    if 0 not in where:
        assert fastad.value_and_grad(places, mode=mode)(x)[0] == places(x)
    x[0], x[1] = x[1], x[0]
    if 1 not in where:
        assert fastad.value_and_grad(places, mode=mode)(x)[0] == places(x)


@numba.njit
def order_of_tied(x):
    """A number that tells the order of items that are equal, of Numba's two sorts."""
    whole, found = np.floor(x), 0.0
    for i, k in enumerate(np.argsort(whole)):
        found += (i + 1.0) * (k + 1.0) ** 2
    for i, k in enumerate(whole.argsort()):
        found += (i + 2.0) * (k + 1.0) ** 2
    for i, k in enumerate(np.argsort(whole, kind="mergesort")):
        found += (i + 3.0) * (k + 1.0) ** 2
    return found + 0.0 * x[0]


@MODES
def test_the_order_of_tied_items_is_numbas(mode):
    """Of as many items as the sort that is not stable does not sort by insertion."""
    x = np.arange(60.0) * 7.0 % 3.0 + 0.5
    assert fastad.value_and_grad(order_of_tied, mode=mode)(x)[0] == order_of_tied(x)
