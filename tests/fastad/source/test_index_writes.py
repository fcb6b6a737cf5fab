"""Writes through index arrays and masks, and loops over places, by source."""

import numba
import numpy as np
import pytest

import fastad

X = np.array([0.3, -1.2, 0.7, 2.0])


@numba.njit
def bump(y):
    y[0] *= 3.0
    return y[0] * y[1]


@numba.njit
def picks(y):
    y[0] += 1.0
    return np.array([0, 2])


def in_order(x):
    """The value is computed first, then the array and the index; y is written last."""
    y = x * x
    y[picks(y)] = bump(y)
    return np.sum(y * x)


def in_order_in_place(x):
    """The index is computed first, then what is there is read, then the value."""
    y = x * x
    y[picks(y)] += bump(y)
    return np.sum(y * x)


def in_a_loop(x):
    y, s = x * x, 0.0
    for i in range(3):
        y[y > x[0]] *= x[1]
        s += y[i] * y[i + 1]
        y[np.array([0, 1])] += y[2:]
    return s + np.sum(y * x)


PLACES, PLACE = np.array([0, 0]), (0, 1)


def by_globals(x):
    y = x.reshape((2, 2)).copy()
    y[PLACE] = x[0] * 2.0
    y[PLACES] *= x[2:]
    return np.sum(y * y)


def of_a_view(x):
    y = x * x
    z = y[::-1]
    y[np.array([3, 0, 0, 1])] = z
    z[y > 1.0] = x[0] * x[1]
    return np.sum(y * x * np.arange(4))


def left_early(x):
    """``break`` leaves the loops of all dimensions; of no places none is bound."""
    s, i, j = 0.0, 1, 1
    for i, j in np.ndindex(2, 0):  # noqa: B007
        s += 100.0
    y = x.reshape((2, 2))
    s += y[i, j] ** 2
    for q, v in np.ndenumerate(y):
        if v < 0.0:
            continue
        s += v * v * (q[0] + 1) + y[q]
        if s > 6.0:
            break
    return s * (q[1] + 2)


@pytest.mark.parametrize(
    "f", [in_order, in_order_in_place, in_a_loop, by_globals, of_a_view, left_early]
)
def test_writes_and_loops_mean_what_they_mean_to_numba(f):
    compiled = numba.njit(f)
    step = 1e-3 * np.eye(X.size)
    slopes = [
        (8 * (compiled(X + h) - compiled(X - h)) - compiled(X + 2 * h) + compiled(X - 2 * h))
        / 12e-3
        for h in step
    ]
    value, gradient = fastad.value_and_grad(compiled, mode="source")(X)
    assert value == pytest.approx(compiled(X), rel=1e-14)
    np.testing.assert_allclose(gradient, slopes, rtol=1e-8, atol=1e-8)
    _, slope = fastad.jvp(compiled, mode="source")(X, np.arange(1.0, 5.0))
    assert slope == pytest.approx(np.dot(slopes, np.arange(1.0, 5.0)), rel=1e-8)


def test_a_view_bound_later_is_refused():
    @numba.njit
    def f(x):
        y, z = x * x, x * 1.0
        for _ in range(3):
            y[np.array([2, 0, 1])] = z[:3]
            z = y[::-1]
        return np.sum(y * x)

    with pytest.raises(TypeError, match="copy it first"):
        fastad.grad(f, mode="source")(X)


@pytest.mark.parametrize("mode", ["forward", "tape"])
def test_a_norm_is_differentiated_by_its_order_where_a_special_formula_gives_its_value(mode):
    @numba.njit
    def f(p):
        return np.linalg.norm(np.array([3.0, 4.0]), p)

    # d/dp of (sum a^p)^(1/p) at 2: r (sum a^2 log a / (2 r^2) - log(r^2) / 4), r = 5
    wanted = 5.0 * ((9 * np.log(3) + 16 * np.log(4)) / 50 - np.log(25) / 4)
    assert fastad.grad(f, mode=mode)(2.0) == pytest.approx(wanted, rel=1e-12)


@numba.njit
def writes_whole_parts(v, m):
    """Writes of every form, broadcast, of what is differentiated and of what is not."""
    s, w = 0.0, m * m
    k = m[0]
    m[:] = v
    m[:, 0] = v[1] * 2.0
    m[...] = m * k
    for i in range(4):
        m[i] = v
        m[i, :] = v * s + m[i]  # v is data, s is not: an array of floats, then of Jets
        v[:] = v * 0.5
        s += np.sum(m[i] * m[i] * w[i])
    return s


@pytest.mark.parametrize("argnums", [(1,), pytest.param((0, 1), marks=pytest.mark.slow)])
def test_second_derivatives_of_writes_of_whole_parts(argnums):
    given = [np.array([0.3, -0.5, 0.9]), np.arange(12.0).reshape(4, 3) / 5 + 0.1]
    direction = [np.cos(np.arange(v.size)).reshape(v.shape) for v in given]
    slope = fastad.grad(writes_whole_parts, argnums, mode="source")

    def moved(h):
        pairs = enumerate(zip(given, direction, strict=True))
        return [v + h * d if k in argnums else v.copy() for k, (v, d) in pairs]

    up, down = slope(*moved(1e-5)), slope(*moved(-1e-5))
    wanted = [(a - b) / 2e-5 for a, b in zip(up, down, strict=True)]
    along = [direction[k] for k in argnums]
    found = fastad.hessian(writes_whole_parts, argnums, mode="source")(*moved(0.0))
    for row, want in zip(found, wanted, strict=True):
        product = sum(np.tensordot(b, d, d.ndim) for b, d in zip(row, along, strict=True))
        np.testing.assert_allclose(product, want, rtol=1e-6, atol=1e-6)


@numba.njit
def data_times_a_sum(v, q):
    s, t = 1.0, 0.0
    for _ in range(2):
        w = v * s
        s = s * q + np.sum(w)
        t += s
    return t


@pytest.mark.parametrize("mode", ["source", "forward", "tape"])
def test_an_array_of_data_times_a_number_that_starts_plain(mode):
    """With c the sum of v, s is q + c and then (q + c)²."""
    v = np.array([0.3, -0.5, 0.9])
    c, q = 0.7, 0.4
    assert fastad.grad(data_times_a_sum, 1, mode=mode)(v, q) == pytest.approx(1 + 2 * (q + c))
    assert fastad.hessian(data_times_a_sum, 1, mode=mode)(v, q) == pytest.approx(2.0)
