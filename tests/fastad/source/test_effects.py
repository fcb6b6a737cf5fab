"""Calls that change something, and operands given by keyword: refused, or right."""

import numba
import numpy as np
import pytest
from numba import guvectorize, typeof, vectorize
from numba.experimental import jitclass
from numba.extending import overload
from numba.typed import List
from numpy_names import trapezoid

import fastad
from fastad.source.emit.adjoint_function import Generated
from fastad.source.ir.statements import Unsupported

X = np.array([0.8, 0.4, 0.6, 0.7, 0.3])
POINTS = np.array([0.0, 0.5, 1.0])
INDEX = np.array([0, 2, 1, 2, 0])
MATRIX = np.array([[2.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1.0, 0.0, 4.0]])

BY_KEYWORD = {
    "full": lambda x: np.full(2, fill_value=x[1])[1] ** 2,
    "a part of a sum": lambda x: np.sum(x) + np.full(2, fill_value=x[1])[1] ** 2,
    "full_like": lambda x: np.full_like(POINTS, fill_value=x[1])[1] ** 2,
    "solve": lambda x: np.linalg.solve(MATRIX, b=x[:3])[1],
    "dot": lambda x: np.dot(MATRIX, b=x[:3])[1],
    "outer": lambda x: np.outer(POINTS, b=x)[1, 1],
    "median": lambda x: np.median(a=x),
    "repeat": lambda x: np.repeat(a=x, repeats=2)[3] ** 2,
    "sort": lambda x: np.sort(a=x)[3],
    "copy": lambda x: np.copy(a=x)[3] ** 2,
    "sum": lambda x: np.sum(a=x * x),
    "conjugate, a method of a number": lambda x: x[0].conjugate() ** 2,
    "outer of a matrix": lambda x: np.outer(x[:4].reshape((2, 2)), x)[2, 1],
    "sum along the only axis": lambda x: np.sum(x, 0),
}


TAKEN_BY_KEYWORD = {
    "bincount": lambda x: np.bincount(INDEX, weights=x)[0] ** 2,
    "trapezoid": lambda x: trapezoid(POINTS, dx=x[0]),
    "interp": lambda x: np.interp(0.3, POINTS, fp=x[:3]),
    "linspace": lambda x: np.linspace(0.0, stop=x[0], num=4)[2],
    "clip": lambda x: np.clip(POINTS, a_min=x[0], a_max=0.9).sum(),
}


@pytest.mark.parametrize("f", TAKEN_BY_KEYWORD.values(), ids=TAKEN_BY_KEYWORD)
def test_keywords_of_forms_are_read(f):
    value, gradient = fastad.value_and_grad(numba.njit(f), mode="source")(X)
    assert value == f(X)
    h = 1e-6 * np.eye(5)
    slopes = [(f(X + h[k]) - f(X - h[k])) / 2e-6 for k in range(5)]
    np.testing.assert_allclose(gradient, slopes, atol=1e-8)


@pytest.mark.parametrize("f", BY_KEYWORD.values(), ids=BY_KEYWORD)
def test_what_is_not_read_by_position_is_refused_with_its_line(f):
    with pytest.raises(Unsupported, match="line"):
        Generated(f, [typeof(X)], (0,))


def test_data_by_keyword_is_taken():
    f = lambda x: np.sum(np.full(5, fill_value=2.0) * x * x)  # noqa: E731
    np.testing.assert_array_equal(fastad.grad(f, mode="source")(X), 4.0 * X)


# ---- Calls that write, in an expression ----


@guvectorize(["(float64[:],float64[:])"], "(n)->(n)")
def doubled(a, o):  # pragma: no cover
    for i in range(a.shape[0]):
        o[i] = a[i] * 2 + 1


def bump(c):
    return 1.0


@overload(bump)
def _bump(c):
    def compiled(c):
        c[0] += 1.0
        return c[0]

    return compiled


def negates(x, c):
    m = x > 0.5
    s = x[0]
    for i in range(5):
        if m[i]:
            s = s * x[i]
    _ = np.logical_not(m, m)
    return s


def rounds(x, c):
    s = x[0] * c[0]
    _ = np.around(c, 0, c)
    return s


def multiplies(x, c):
    s = x[0] * c[0]
    _ = np.dot(np.eye(5), np.ones(5), c)
    return s


def clips(x, c):
    s = x[0] * c[0]
    _ = np.clip(c, 2.0, 3.0, c)
    return s


def rounds_what_moves(x, c):
    o = x * 1.0
    _ = np.around(x * 3.0, 0, o)
    return np.sum(o * o) + x[0]


def adds(x, c):
    s = x[0] * c[0]
    _ = np.add(np.ones(5), 1.0, c)
    return s


def generalised(x, c):
    s = x[0] * c[0]
    _ = doubled(np.ones(5), c)
    return s + 0.0


def overloaded(x, c):
    s = x[0] * c[0]
    t = bump(c)
    return s * x[1] * c[0] * t


WRITES = (negates, rounds, multiplies, clips, rounds_what_moves, adds, generalised, overloaded)


@pytest.mark.parametrize("f", WRITES, ids=lambda f: f.__name__)
def test_a_call_that_writes_into_an_argument_is_refused(f):
    with pytest.raises(Unsupported, match=r"line .*(writes into|may change)"):
        Generated(f, [typeof(X), typeof(X)], (0,))


@pytest.mark.slow
@pytest.mark.parametrize("f", WRITES, ids=lambda f: f.__name__)
def test_other_modes_are_right_where_a_call_writes(f):
    f, h = numba.njit(f), 1e-6
    c = X + 0.5
    expected = [(f(X + h * e, c.copy()) - f(X - h * e, c.copy())) / (2 * h) for e in np.eye(5)]
    left, mine = c.copy(), c.copy()
    f(X, left)
    np.testing.assert_allclose(fastad.grad(f)(X, mine), expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_array_equal(mine, left)


# ---- Objects that change when they are read ----


@jitclass([("n", numba.float64)])
class Ticks:
    def __init__(self):
        self.n = 1.0

    def __getitem__(self, i):
        self.n += 1.0
        return self.n

    @property
    def next(self):
        self.n += 1.0
        return self.n


def by_item(x, ticks):
    return np.sum(x * x) * ticks[0]


def by_property(x, ticks):
    return np.sum(x * x) * ticks.next


def by_copy_of_a_list(x, rows):
    same = rows.copy()
    same[0][0] += 1.0
    return np.sum(x * x) * rows[0][0]


CHANGED = ((by_item, Ticks), (by_property, Ticks), (by_copy_of_a_list, lambda: List([np.ones(1)])))


@pytest.mark.parametrize(("f", "made"), CHANGED, ids=lambda v: getattr(v, "__name__", ""))
def test_what_changes_when_it_is_read_is_read_once(f, made):
    f, x = numba.njit(f), np.linspace(0.2, 0.9, 20)
    for mode in ("source", "forward"):
        with pytest.raises(TypeError, match="fastad: "):
            fastad.grad(f, mode=mode)(x, made())
    state, after = made(), made()
    value = f(x, after)
    found, bars = fastad.value_and_grad(f)(x, state)
    assert found == pytest.approx(value, rel=1e-14)
    np.testing.assert_allclose(bars, 2.0 * x * value / np.sum(x * x), rtol=1e-14)
    if made is Ticks:
        assert state.n == after.n
    else:
        assert str(state) == str(after)


def test_a_copy_of_a_list_shares_its_arrays():
    @numba.njit
    def f(x, c):
        rows = [c]
        same = rows.copy()
        same[0][0] += 1.0
        return np.sum(x * x) * c[0]

    x, c = np.linspace(0.2, 0.9, 20), np.ones(3)
    np.testing.assert_allclose(fastad.grad(f, mode="forward")(x, c), 4.0 * x, rtol=1e-14)
    assert c[0] == 2.0


@vectorize
def product(a, b):
    return a * b


def test_a_ufunc_of_arrays_is_refused_in_words(monkeypatch):
    monkeypatch.delenv("FASTAD_RAISE", raising=False)
    assert fastad.grad(numba.njit(lambda x: product(x, 2.0)))(1.3) == 2.0
    f = numba.njit(lambda x: product(x, 2.0)[0])
    with pytest.raises(TypeError, match=r"product\(x, 2.0\) may change x"):
        fastad.grad(f)(np.ones(2))


def test_a_default_from_an_enclosing_function():
    def factory(k):
        @numba.njit
        def inner(t, q=k):
            return t * q

        return numba.njit(lambda x: inner(x) * x)

    assert fastad.grad(factory(3.0), mode="source")(2.0) == 12.0
