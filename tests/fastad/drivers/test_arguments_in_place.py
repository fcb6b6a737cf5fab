"""Functions that write into their arguments: every call of f starts from the same data."""

import heapq
import inspect
import operator
from typing import NamedTuple

import numba
import numpy as np
import pytest
from numba.experimental import jitclass
from numba.typed import List

import fastad
from fastad.jit.effects import effects
from fastad.jit.generated import python_function

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


@numba.njit
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


def _enumerates(x, y):
    for i, row in enumerate(y):
        row[0] = x[i]
    return x


def _zips(x, y, z):
    for a, row in zip(x, y, strict=False):
        row[0] = a
    return z


@numba.njit
def _joined(a, b):
    return a + b


def _adds_tuples(x, y, z):
    both = _joined((y,), (z,))
    both[0][0] = 1.0
    s = 0.0
    s = s + _joined(x[0], x[1])
    s += 1.0
    return s


def _rounds_into(x, y):
    np.round(x, 0, y)
    return x + y


class Pair(NamedTuple):
    first: np.ndarray
    second: np.ndarray


def _makes_pairs(x, y):
    read = Pair(x, x)
    written = Pair(y, read.first)
    written.first[0] = read.second[1]
    return x


def _from_a_list(x, rows):
    copied = list(rows)
    copied[0][0] = 1.0
    return x


energy_grad = fastad.grad(energy)


def _of_a_driver(x, y):
    return energy_grad(x, y)


def _by_operator(x, y):
    operator.iadd(y, 1.0)
    return np.sum(x * y)


def _without_nan(x, y):
    np.nan_to_num(y, False)
    return np.sum(x * y)


def _adds_a_list(x, y):
    rows = [np.zeros(4)]
    rows += [y]
    rows[1][0] = 99.0
    return rows[0]


def _into_a_list_of_lists(x, y):
    rows = [[np.zeros(4)]]
    rows[0][0] = y
    rows[0][0][0] = 99.0
    return x


@numba.njit
def _list_of(y):
    return [y]


def _into_a_list_from_a_call(x, y):
    rows = _list_of(np.zeros(4))
    rows[0] = y
    rows[0][0] = 99.0
    return x


def _into_a_list_of_two_branches(x, y, k):
    if k[0] > 0:
        rows = [np.zeros(4)]
    else:
        rows = [np.ones(4)]
    rows[0] = y
    rows[0][0] = 99.0
    return x


@pytest.mark.parametrize(
    ("f", "names"),
    [
        (_adds_a_list, {"y"}),
        (_into_a_list_of_lists, {"y"}),
        (_into_a_list_from_a_call, {"y"}),
        (_into_a_list_of_two_branches, {"y"}),
        (_views, {"y"}),
        (_calls, {"z"}),
        (_rows, {"y"}),
        (_own, set()),
        (_sorts, {"y"}),
        (_enumerates, {"y"}),
        (_zips, {"x", "y"}),
        (_adds_tuples, {"y", "z"}),
        (_rounds_into, {"x", "y"}),
        (_from_a_list, {"rows"}),
        (_makes_pairs, {"x", "y"}),
        (energy, {"y"}),
        (_of_a_driver, {"y"}),
        (_by_operator, {"y"}),
        (_without_nan, {"y"}),
    ],
)
def test_which_arguments_a_function_may_write_into(f, names):
    parameters = inspect.signature(python_function(f)).parameters
    found = effects(f, dict.fromkeys(parameters, numba.float64[:, :]))
    assert found.written == names
    assert not found.random


def test_arguments_that_may_be_tuples_share_memory_with_their_sum():
    assert effects(_own).written == {"x", "y"}


@jitclass([("n", numba.float64)])
class Counter:
    def __init__(self):
        self.n = 1.0

    def next(self):
        self.n += 1.0
        return self.n

    def shown(self):
        return self.n


def _counts_by_a_list(x, rows):
    s = 0.0
    for v in x:
        s += v * v * rows[0][0]
    rows[0][0] += 1.0
    return s


def _pops(x, values):
    s = 0.0
    for v in x:
        s += v * v * values.pop()
    return s


def _pops_by_a_library(x, values):
    s = 0.0
    for v in x:
        s += v * v * heapq.heappop(values)
    return s


def _counts(x, counter):
    s = 0.0
    for v in x:
        s += v * v * counter.next()
    return s


def _draws(x, rng):
    s = 0.0
    for v in x:
        s += v * v * rng.normal()
    return s


STATE = {
    _counts_by_a_list: lambda: List([np.ones(1)]),
    _pops: lambda: List(np.arange(1.0, 25.0)),
    _pops_by_a_library: lambda: List(np.arange(1.0, 25.0)),
    _counts: Counter,
    _draws: lambda: np.random.default_rng(0),
}


@pytest.mark.parametrize("f", STATE, ids=lambda f: f.__name__)
def test_what_cannot_be_put_back_is_changed_by_one_call_or_refused(f):
    f, state = numba.njit(f), STATE[f]
    x = np.linspace(0.5, 1.5, N)
    expected = [f(v, state()) for v in x * (1.0 - np.eye(N))]  # each without one term
    expected = 2.0 * (f(x, state()) - np.array(expected)) / x
    for kind in ("source", "forward"):
        with pytest.raises(TypeError, match=r"fastad: .* (may change|pass the array)"):
            fastad.grad(f, mode=kind)(x, state())
    given, after = state(), state()
    f(x, after)
    np.testing.assert_allclose(fastad.grad(f)(x, given), expected, rtol=1e-12)
    if f.py_func is _draws:
        assert given.normal() == after.normal()
    elif f.py_func is _counts:
        assert given.n == after.n
    else:
        assert str(given) == str(after)
    with pytest.raises(TypeError, match="may change"):
        fastad.hessian(f)(x, state())


def test_methods_that_only_read_are_called_in_every_pass():
    @numba.njit
    def f(x, counter):
        return np.sum(x * x) * counter.shown()

    x = np.linspace(0.5, 1.5, N)
    np.testing.assert_array_equal(fastad.grad(f, mode="forward")(x, Counter()), 2.0 * x)


def test_random_numbers_are_drawn_once():
    @numba.njit
    def f(x):
        return np.sum(x * x) * np.random.random()  # noqa: NPY002

    x = np.ones(N)
    found = fastad.grad(f)(x)
    assert np.all(found == found[0])
    for mode in ("source", "forward"):
        with pytest.raises(TypeError, match="draw them before"):
            fastad.grad(f, mode=mode)(x)


@numba.njit
def _by_items(p, t, r):
    total = 0.0
    for i in range(t.size):
        r[i] = p[0] * t[i]
        total += r[i] * r[i] * p[1]
    return total


@numba.njit
def _by_arrays(p, t, r):
    r[:] = p[0] * t
    return (r * r).sum() * p[1]


P, T = np.array([1.5, 2.0]), np.array([0.3, 0.4, 0.7])
HESSIAN = np.array([[2 * P[1], 2 * P[0]], [2 * P[0], 0.0]]) * (T @ T)


@pytest.mark.parametrize(
    ("f", "work"), [(_by_items, np.full(6, 7.0)[::2]), (_by_arrays, np.full(3, 7.0))]
)
def test_a_hessian_with_a_work_array_that_is_not_differentiated(f, work):
    np.testing.assert_allclose(fastad.hessian(f)(P, T, work), HESSIAN, rtol=1e-14)
    np.testing.assert_array_equal(work, P[0] * T)


def test_a_step_with_a_work_array_is_differentiated():
    gradient = fastad.grad(_by_items)

    @numba.njit
    def step(p, t, r):
        return p - 0.1 * gradient(p, t, r)

    work = np.full(3, 7.0)
    found = fastad.jacobian(step, mode="forward")(P, T, work)
    np.testing.assert_allclose(found, np.eye(2) - 0.1 * HESSIAN, rtol=1e-14)
    np.testing.assert_array_equal(work, P[0] * T)


def _weighs_by_a_part(x, pair):
    s = 0.0
    for i in range(x.size):
        s += x[i] * pair[0][i]
    return s


def _writes_into_a_part(x, pair):
    data, k = pair
    data[k] += x[0]
    return pair[0][1]


@pytest.mark.parametrize(
    ("f", "names"), [(_weighs_by_a_part, set()), (_writes_into_a_part, {"pair"})]
)
def test_an_array_of_a_tuple_is_no_container(f, names):
    x = numba.float64[:]
    assert effects(f, {"x": x, "pair": numba.types.Tuple((x, numba.intp))}).written == names


def test_data_may_share_memory_where_it_is_read_alone():
    x = np.array([1.0, 2.0, 3.0])
    gradient = fastad.grad(numba.njit(_weighs_by_a_part))(x, (x, 1))
    np.testing.assert_array_equal(gradient, x)
