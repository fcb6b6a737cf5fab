# ruff: noqa: B905, C416, PERF401, RUF007 (lists, zip and append are what is tried)
"""Lists of numbers, comprehensions, lists that are appended to; what loops go over."""

import numba
import numpy as np
import pytest
from interpreted import value_and_grad as interpreted
from numba import typeof

import fastad
from fastad.jit.effects import effects
from fastad.source.emit.adjoint_function import Generated
from fastad.source.ir.statements import Unsupported

X = np.array([0.7, 1.3, 0.4])


def literals(x):
    s = np.sum(np.cross([0, 0, 1], x)[:2] ** 2) + np.sum(np.cross((x[0], 2.0, 0.5), x))
    for v in [1, 2.0, x[0]]:
        s = s * v + x[1]
    for k in [2, 0]:
        s += x[k] * s if k in [0, 1] else x[k]
    for k, w in [(0, x[1]), (2, 4.0)]:
        s += w * x[k] ** 2
    for i, (w, k) in enumerate(((0.5, 1), (1.5, 2))):
        s += i * w * x[k]
    y, n = [x[0] * x[1], 3, x[2]], np.array([2, 1], dtype=np.int32)
    z = y
    z[1] *= x[2]
    return s * y[1] + y[-1] * len(y) + max(y) * min([x[0], x[2]]) + x[n[0]] ** 2


def comprehensions(x):
    i, v = 2, x[1]
    y = [v * x[i] for i in range(2)]  # i and v of its own
    w = np.array([v * v for v in x if v > 0.5])
    s = sum(y) + sum([v * i for i, v in enumerate(y, 1)], x[0]) + x[i] * v * np.sum(w * w)
    s += sum([sum([x[i] * x[j] for j in range(i)]) * x[i] for i in range(2, -1, -1)])
    q = [x[i] * x[j] * i for i in range(3) for j in range(i) if i + j > 1]
    order = [i for i in range(3) if x[i] < 1.0]
    s += q[-1] * len(q) + x[order[1]] ** 3 + np.sum(x[np.array(order)] ** 2)
    while sum([v * s for v in x]) < 20.0:
        s *= 1.5
    return s + sum([v for v in x if v > 9.0])


def appended(x):
    """In branches and inner loops, bound anew in a loop, and read while it grows."""
    y, s = [x[0]], 0.0
    for i in range(7):
        if i % 3 == 1:
            continue
        y.append(y[-1] * x[1] + y[i // 4] * x[2])
        z = []
        for j in range(i):
            if j == 4:
                break
            z.append(x[j % 3] * s)
        z.append(y[i // 3])
        z[0] += x[2]
        s = 0.5 * s + sum(z) * z[-1]
    for a, b in zip(y, z):
        s += a * b
    kept = np.array(y)
    y[1] = 0.0
    flags = [True] * 2
    return s + np.sum(kept * kept) + y[1] + y[2] * len(y) + (x[0] if flags[1] else 0.0)


def named(x):
    """Names like those of the generator; integers first, and floats in a list of its name."""
    listed, longer, array = [1, 2], x[0], [0.0] * 2
    n = listed[1]
    listed = [v * longer for v in x]
    array[1] = listed[n]
    y, y_size = [], x[1]
    for v_1 in array:
        y.append(v_1 * y_size)
    return y[1] ** 2 + listed[0]


def rebound(x):
    """Lists by two names, bound anew under the loop over them, read where they may not be."""
    a, b, s = [v for v in x], [v * v for v in x], 0.0
    for _ in range(3):
        t = a
        a = b
        b = t
        a[0] = a[0] * x[1] + b[1]
    for v in a:
        a = [v * w for w in x]
        s += v * a[0]
    for i in range(5):
        s += a[i] ** 2 if i < len(a) else x[0]
        if i < len(b) and b[i] > 0.5:
            s *= 1.1
    return s * a[2] * b[0]


def over(x, m):
    s = 0.0
    for a, b in zip(x, x[1:]):
        s = s * a + b * b
    for k, a in zip(range(2, -1, -1), x):
        s += x[k] * a * k
    for pair in zip(x, (0.5, x[0], 2.0, 3.0)):
        s = s * pair[0] + pair[1]
    for k, (a, row) in enumerate(zip(x, m), 2):
        s += k * a * np.sum(row * row)
    for k in np.arange(1, 3):
        s = s * x[k]
    for k in np.argsort(x):
        s = s * 0.5 + x[k] ** 2
    t = (x[0], x[1] * x[2], 3.0)
    for k in range(3):
        s += t[k] * t[k - 1] * k
    return s


@numba.njit
def whole(a, b, /):
    return a + divmod(a, b)[1] ** 2


def calls(x, m):
    q, r = divmod(x[0] * 7.0, x[1])
    d = divmod(x[1] * 7.0, x[0] + 0.1)
    out, y = np.zeros((2, 3)), x * 1.0
    np.multiply(y, y, y)
    np.add(m, y, out)
    np.dot(out, x, y[:2])
    s = q * x[2] + r * r + d[1] ** 2 + whole(x[1] * 3.0, x[2])
    s += np.sum(out * out, dtype=np.float64) + np.sum(y**2)
    return s + max(x[0], x[1], x[2], 0.2, s * 0.001) * min(x[0], x[1], x[2], 0.5, 6)


M = np.array([[0.3, -0.4, 1.2], [0.8, 0.1, -0.6]])
FUNCTIONS = [literals, comprehensions, appended, named, rebound, over, calls]


def given(f):
    return (X, M) if f in (over, calls) else (X,)


def gradient(f):
    """Return the gradient by the first argument, by differences of the fourth order."""
    x, *others = given(f)

    def slope(e):
        a, b, c, d = (f(x + h * e, *others) for h in (1e-3, -1e-3, 2e-3, -2e-3))
        return (8 * (a - b) - (c - d)) / 12e-3

    return np.array([slope(e) for e in np.eye(x.size)])


@pytest.mark.parametrize("f", FUNCTIONS)
def test_against_differences(f):
    (value, bars), _ = interpreted(f, [a.copy() for a in given(f)], (0,))
    assert value == pytest.approx(f(*given(f)), rel=1e-13)
    np.testing.assert_allclose(bars[0], gradient(f), rtol=1e-7, atol=1e-8)


@numba.njit
def powers(x, n):
    """x_0 ** n / n! summed over the items, by lists."""
    y = [1.0]
    for k in range(1, n):
        y.append(y[-1] * x[0] / k)
    return sum([v * v for v in y]) + sum(x)


@pytest.mark.parametrize("mode", ["source", "forward", "tape", "auto"])
def test_every_mode(mode):
    k = np.arange(6.0)
    factorials = np.cumprod(np.maximum(k, 1.0))
    slope = np.sum(2 * k * X[0] ** (2 * k - 1) / factorials**2)
    wanted = np.array([1.0 + slope, 1.0, 1.0])
    np.testing.assert_allclose(fastad.grad(powers, mode=mode)(X, 6), wanted, rtol=1e-13)
    if mode == "source":
        v = np.array([0.3, -0.2, 0.5])
        tangent = fastad.jvp(powers, mode=mode)(X, 6, v)
        np.testing.assert_allclose(np.ravel(tangent)[-1], wanted @ v, rtol=1e-13)
        second = np.sum(2 * k * (2 * k - 1) * X[0] ** (2 * k - 2) / factorials**2)
        product = fastad.hvp(powers, mode=mode)(X, 6, v)
        np.testing.assert_allclose(product, [second * v[0], 0.0, 0.0], rtol=1e-13, atol=1e-13)


def beyond(x, k):
    y = [v for v in x]
    y.append(x[0])
    return y[k]


def beyond_a_tuple(x, k):
    return (x[0], x[1], x[0], x[1])[k]


def stored_beyond(x, k):
    y = [x[0]] * 4
    y[k] = x[0]
    return y[0]


@pytest.mark.parametrize("f", [beyond, beyond_a_tuple, stored_beyond])
def test_an_item_that_is_not_there_raises(f):
    for k in (4, -5):
        with pytest.raises(IndexError):
            interpreted(f, [X.copy(), k], (0,))
    assert interpreted(f, [X.copy(), -4], (0,))[0][0] == X[0]


# What arrays would not do the same way.


@numba.njit
def total(y):
    return sum(y)


REFUSED = {
    "passed on": lambda x: total([v for v in x]),
    "put together": lambda x: sum([x[0]] + [x[1]]),
    "a part": lambda x: sum([v for v in x][1:]),
    "returned": lambda x: [v for v in x],
    "compared": lambda x: x[0] if [x[0]] == [x[1]] else x[1],
}


def another_name(x):
    y = []
    z = y
    z.append(x[0])
    return y[0]


def grows_under_its_loop(x):
    y = [x[0]]
    for v in y:
        if len(y) < 5:
            y.append(v)
    return y[3]


def taken_from(x):
    y = [v for v in x]
    return y.pop()


def twice(x):
    y = [v for v in x]
    y *= 2
    return y[3]


def dot_into_its_own(x):
    m = np.outer(x, x)
    np.dot(m, m, m)
    return m[0, 0]


def shifted_in_place(x):
    y = x * 1.0
    np.add(y[1:], y[:-1], y[1:])
    return y[2]


REFUSED |= {
    f.__name__: f
    for f in (another_name, grows_under_its_loop, taken_from, twice)
    + (dot_into_its_own, shifted_in_place)
}


@pytest.mark.parametrize("f", REFUSED.values(), ids=REFUSED)
def test_refused_with_its_line(f):
    with pytest.raises(Unsupported, match="line"):
        Generated(f, [typeof(X)], (0,))


# What a loop goes over is not written into by adding up its items.


def weighed(x, w):
    s = 0.0
    for k, (a, b) in enumerate(zip(x, w)):
        s += a * b * k
    return s


def rows_added_to(x, w):
    for a, b in zip(x, w):
        a += b


def through_joined_tuples(x, w):
    for pair, b in zip(((x, x), (x, x)), w):
        four = pair + pair
        four[3][0] = b


def through_tuples_in_tuples(x, w):
    for k, (rows, b) in enumerate(zip(((x,), (x,)), w)):
        two = rows + rows
        two[1][k] = b


@pytest.mark.parametrize(
    ("f", "names"),
    [(weighed, set()), (through_joined_tuples, {"x"}), (through_tuples_in_tuples, {"x"})],
)
def test_iterating_is_no_write(f, names):
    vector = numba.float64[:]
    assert names <= effects(f, {"x": vector, "w": vector}).written
    assert names or not effects(f, {"x": vector, "w": vector}).written
    assert "x" in effects(rows_added_to, {"x": numba.float64[:, :], "w": vector}).written


def test_one_array_for_both_sides_of_zip():
    np.testing.assert_allclose(
        fastad.grad(numba.njit(weighed), mode="source")(X, X), [0.0, X[1], 2.0 * X[2]]
    )


def of_literals(x, y):
    n = min([len(x), len(y)])
    return sum(x[:n]) * max((x[0], x[1], 1.0)) + max([n])


def test_the_least_of_lengths_and_of_tuples():
    (value, (x_bar,)), _ = interpreted(of_literals, [X, np.ones(2)], (0,))
    assert value == pytest.approx(2.0 * 1.3 + 2)
    np.testing.assert_allclose(x_bar, [1.3, 1.3 + 2.0, 0.0], rtol=1e-14)
