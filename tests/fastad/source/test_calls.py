"""What is called and what is passed: types and functions as values, tuples, tests of types."""

import math

import numpy as np
import pytest
from numba import njit

import fastad

X = np.array([0.7, 1.3, -0.4])


@njit
def of_type(z, mean, T):
    return T(0.5) * (z - mean) ** 2


@njit
def types_as_values(x):
    float64, whole, V = x[0], 3, x.dtype.type
    U = type(whole)
    T = type(float64)
    n, s = U(2.7), T(0)
    out = np.zeros(2, T)
    out[0] = of_type(x[0], T(1), T)
    for i in range(3):
        s += T(i) * x[i] + V(1) / T(2) * type(s)(x[i]) * T(x[1])
    return s * T(0.5) + np.float64(x[2]) * float(x[1]) + out[0] * float(n)


def types_by_hand(x):
    s = np.arange(3) @ x + 0.5 * np.sum(x) * x[1]
    return 0.5 * s + x[2] * x[1] + (x[0] - 1.0) ** 2


@njit
def square(z, k):
    return z * z * k


@njit
def cube(z, k):
    return z**3 + k


@njit
def applied(f, x, args=(2.0,)):
    return f(x, *args)


@njit
def twice(f, x):
    return f(f(x))


@njit
def compose(f, g, x):
    return f(g, x)


@njit
def one_more(x):
    return x * x + 1.0


STEPS = (square, (cube, square))


@njit
def functions_as_values(x):
    both, f = (square, cube), square
    s = applied(f, x[0]) + applied(cube, x[1], (x[2],)) + both[0](x[0], x[2])
    s += applied(both[1], x[2]) + compose(twice, one_more, x[0]) * compose(twice, np.sin, x[1])
    f2 = math.exp
    return s + STEPS[0](x[1], 2.0) + STEPS[1][0](x[2], 1.0) * f2(x[0])


def functions_by_hand(x):
    a, b, c = x
    s = 2.0 * a * a + b**3 + c + a * a * c + c**3 + 2.0
    s = s + ((a * a + 1.0) ** 2 + 1.0) * np.sin(np.sin(b))
    return s + 2.0 * b * b + (c**3 + 1.0) * np.exp(a)


@njit
def put(a, i, value):
    a[i] = value
    return value * 2.0


@njit
def chained(x, *args):
    s = x
    for a in args:
        s = s * a + 1.0
    return s


@njit
def several(x, a=2.0, *rest):
    if len(rest) == 0:
        return x * a
    return x * a * rest[0]


@njit
def rebound(p, *args):
    args = (args[0] * p, args[1])
    p = args
    return p[0] * p[1]


@njit
def given_tuples(x):
    a = x.copy()
    p = (a[0], a[1])
    s = chained(a[0], put(a, 0, 3.0 * x[1]), a[0])  # a[0] is read before it is written
    s += chained(*p, put(a, 1, x[2] * x[2]), a[1]) + p[0] * p[1]
    s += several(*p) + several(x[1], *p) + several(a=x[2], x=x[1])
    return s + rebound(x[2], *p)


def tuples_by_hand(x):
    a, b, c = x
    s = (a * (6.0 * b) + 1.0) * 3.0 * b + 1.0
    s = s + ((a * b + 1.0) * 2.0 * c * c + 1.0) * c * c + 1.0 + a * b
    return s + a * b + b * a * b + b * c + a * c * b


@njit
def pair(x):
    return x[0] * x[1], x[2] ** 2


@njit
def tuples_of_tuples(x):
    t = ((x[0], x[1] * 2), x[2], 3)
    a, b, c = t
    (p, q), r, n = t
    t = ((q, p * p), r * r, 4)
    u = (x[0], 1.0) + (pair(x) if x[0] > 0.0 else (x[1], x[0]))
    s = u[-1] ** 2 * u[1:][1]
    for k in range(-2, 2):
        s += u[k] * k * x[k]
    return s + a[0] * a[1] ** 2 * t[0][1] + b * p * t[0][0] + n * q * t[2] + c * r


def nested_by_hand(x):
    a, b, c = x
    u = (a, 1.0, a * b, c * c)
    s = u[3] ** 2 * u[2] - 2.0 * u[2] * b - u[3] * c + b
    return s + a * (2.0 * b) ** 2 * a * a + c * a * 2.0 * b + 3.0 * 2.0 * b * 4.0 + 3.0 * c


@njit
def items_change_places(x):
    t = (x[0], x[1] * 2.0, x[2])
    for _ in range(2):
        t = t[::-1]
        t = (*t[1:], *t[:1])
    n = ((t[0], t[1]), (t[2], x[0]))
    n = (n[1], n[0])
    (a, b), p = n
    rows = (x * t[0], x * x)
    rows = rows[::-1]
    return a**2 * b + 3.0 * p[0] - 2.0 * p[1] * t[0] + rows[0][1] * rows[1][2]


def places_by_hand(x):
    t = (x[0], 2.0 * x[1], x[2])  # two turns of (c, b, a) -> (b, a, c) are none
    return t[2] ** 2 * x[0] + 3.0 * t[0] - 2.0 * t[1] * t[0] + x[1] ** 2 * x[2] * t[0]


CASES = [
    (items_change_places, places_by_hand),
    (types_as_values, types_by_hand),
    (functions_as_values, functions_by_hand),
    (given_tuples, tuples_by_hand),
    (tuples_of_tuples, nested_by_hand),
]


@njit
def short(x):
    T = type(x[0])
    return of_type(x[0], T(1), T) * float(x[1])


def complex_step(f, x):
    return np.array([f(x + 1e-30j * e).imag / 1e-30 for e in np.eye(x.size)])


@pytest.mark.parametrize(("f", "by_hand"), CASES, ids=[f.__name__ for f, _ in CASES])
def test_what_is_called_and_passed(f, by_hand):
    value, found = fastad.value_and_grad(f, mode="source")(X)
    expected = complex_step(by_hand, X)
    assert value == pytest.approx(by_hand(X), rel=1e-14)
    np.testing.assert_allclose(found, expected, rtol=1e-13)
    v = np.array([1.0, -2.0, 0.5])
    assert fastad.jvp(f, mode="source")(X, v)[1] == pytest.approx(expected @ v, rel=1e-13)


@pytest.mark.parametrize("mode", ["forward", "tape"])
def test_types_as_values_in_modes_that_run_the_function(mode):
    found = fastad.grad(short, mode=mode)(X[:2])
    np.testing.assert_allclose(found, [-0.3 * 1.3, 0.5 * 0.3**2], rtol=1e-13)


def test_products_with_the_hessian():
    a, _, c = X
    found = fastad.hvp(functions_as_values, mode="source")(X, np.array([0.0, 0.0, 1.0]))
    expected = [2.0 * a + 3.0 * c * c * np.exp(a), 0.0, 6.0 * c + 6.0 * c * np.exp(a)]
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-14)


@njit
def solved(x, f, slope, args, tol=1e-12):
    for _ in range(50):
        step = f(x, *args) / slope(x, *args)
        x -= step
        if abs(step) < tol:
            break
    return x


@njit
def root_of(x, f, slope, *args):
    return solved(1.0 + 0.0 * x, f, slope, (x, *args)) * x


@njit
def parabola(z, a, b):
    return z * z * a - b


@njit
def parabolas_slope(z, a, b):
    return 2.0 * z * a


@pytest.mark.parametrize("mode", ["source", "forward", "auto"])
def test_functions_and_more_arguments_of_the_differentiated(mode):
    g = fastad.grad(root_of, mode=mode)  # sqrt(b / x) x
    assert g(2.0, parabola, parabolas_slope, 3.0) == pytest.approx(0.5 * math.sqrt(1.5), rel=1e-9)


@njit
def weighted(x, weights=None, offset=None):
    if x.ndim == 2:
        return x[0, 0] * 3.0
    if x.ndim > 1 or len(x.shape) != 1:
        for row in x[0]:
            weights = row[0]
    if weights is not None and weights[0] > 0.0:
        x = x * weights
    start = 0.0 if offset is None else offset[0] * x[0]
    if offset is None:
        offset = np.ones(2)
    if not (offset is None or start < -9.0):
        start += offset[1]
    while weights is None and start < 2.0:
        start += weighted_or_not(x[1]) + weighted_or_not(x[1], 2.0)
    return start + np.sum(x**2)


@njit
def weighted_or_not(x, w=None):
    if w is None:
        return x
    return w * x


@pytest.mark.filterwarnings("error")
def test_what_the_types_leave_out_is_not_looked_at():
    g, x, two = fastad.grad(weighted, mode="source"), X[:2], np.array([2.0, 3.0])
    np.testing.assert_allclose(g(x), [2.0 * 0.7, 2.0 * 1.3 + 3.0])
    np.testing.assert_allclose(g(x, two), 2.0 * two**2 * x)
    np.testing.assert_allclose(g(x, two, two), 2.0 * two**2 * x + [4.0, 0.0])
    np.testing.assert_array_equal(g(np.ones((1, 2))), [[3.0, 0.0]])


SCALE = 2.0


@njit
def scaled(x):
    return x * SCALE


HELD = (one_more, (scaled,))


@njit
def by_argument(x, f):
    return f(x) * x


@njit
def by_tuple(x):
    return HELD[1][0](x)


def test_a_passed_function_is_what_it_was_compiled_from(monkeypatch):
    assert scaled(1.0) == 2.0
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    for g, rest in ((fastad.grad(by_argument), (scaled,)), (fastad.grad(by_tuple), ())):
        with pytest.raises(TypeError, match="scaled was compiled when SCALE was"):
            g(2.0, *rest)


@njit
def chosen_late(x, n):
    f = one_more
    if n > 1:
        f = math.sin
    return f(x)


@njit
def kind_of(x):
    return type(x)


@njit
def computed(x):
    return kind_of(x)(0.5) * x


@njit
def again(f, x, n):
    return x if n == 0 else f(again(f, x, n - 1))


@njit
def recursive(x):
    return again(one_more, x, 3)


@njit
def passes_what_has_no_source(x):
    return applied(NO_SOURCE, x, ())


NO_SOURCE = {}
exec("def nowhere(x):\n    return x * x\n", NO_SOURCE)
NO_SOURCE = njit(NO_SOURCE["nowhere"])
REFUSED = [
    (chosen_late, (1.0, 2), "Cannot unify|not known beforehand|cannot type"),
    (computed, (1.0,), r"kind_of\(x\) computes something"),
    (recursive, (1.0,), "a function, is passed"),
    (passes_what_has_no_source, (1.0,), "source of nowhere cannot be found"),
]


@pytest.mark.parametrize(("f", "given", "why"), REFUSED, ids=[f.__name__ for f, _, _ in REFUSED])
def test_refused(f, given, why):
    with pytest.raises(TypeError, match=why):
        fastad.grad(f, mode="source")(*given)


def test_more_arguments_are_no_variables():
    with pytest.raises(TypeError, match="by its argument 'args'"):
        fastad.grad(chained, argnums=1)(1.0, 2.0)
    with pytest.raises(TypeError, match=r"has the parameter \*args"):
        fastad.jvp(chained)
