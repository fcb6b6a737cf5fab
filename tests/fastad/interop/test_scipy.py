"""SciPy's solvers with a function's derivatives give what they give with derivatives by hand."""

import numba
import numpy as np
import pytest
import scipy.sparse
from bridged import POINT, overwriting
from scipy.integrate import solve_ivp
from scipy.optimize import (
    check_grad,
    curve_fit,
    least_squares,
    minimize,
    root,
    rosen,
    rosen_der,
    rosen_hess,
    rosen_hess_prod,
)

from fastad.interop import curve, equations, objective, ode

SLOW = pytest.mark.slow  # they compile what those beside them do not
SPARSE = pytest.param(True, marks=SLOW)


@numba.njit
def rosenbrock(x, b):
    total = 0.0
    for i in range(x.size - 1):
        total += b * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


ROSENBROCK = objective(rosenbrock, args=(100.0,))


def test_an_objective_has_scipys_own_derivatives():
    v = POINT[::-1]
    np.testing.assert_allclose(ROSENBROCK.fun(POINT), rosen(POINT), rtol=1e-14)
    np.testing.assert_allclose(ROSENBROCK.jac(POINT), rosen_der(POINT), rtol=1e-13)
    np.testing.assert_allclose(ROSENBROCK.hess(POINT), rosen_hess(POINT), rtol=1e-13)
    np.testing.assert_allclose(ROSENBROCK.hessp(POINT, v), rosen_hess_prod(POINT, v), rtol=1e-12)


def test_an_objective_says_what_it_is():
    wanted = "<objective of rosenbrock for scipy.optimize.minimize: fun, jac, hess, hessp>"
    assert repr(ROSENBROCK) == str(ROSENBROCK) == wanted


@pytest.mark.parametrize(
    ("method", "names"),
    [("BFGS", ["jac"]), ("trust-ncg", ["jac", "hessp"]), ("trust-exact", ["jac", "hess"])],
)
def test_minimize_takes_an_objective(method, names):
    given = {name: getattr(ROSENBROCK, name) for name in names}
    # Whole numbers, too: f is compiled for floats alone.
    result = minimize(ROSENBROCK.fun, [-1, 2, 0], method=method, **given)
    np.testing.assert_allclose(result.x, 1.0, atol=1e-4)


def test_value_and_gradient_are_computed_together_and_once():
    o = objective(rosenbrock, args=(100.0,))
    calls, driver = [], o._first
    o._first = lambda *a: calls.append(a[0].copy()) or driver(*a)
    x = POINT.copy()
    first = o.fun(x), o.jac(x)
    first[1][:] = 0.0  # what the caller does to a gradient does not count
    np.testing.assert_allclose(o.jac(x.tolist()), rosen_der(x), rtol=1e-13)
    assert len(calls) == 1
    x[0] += 1.0  # the same array, another point
    np.testing.assert_allclose(o.jac(x), rosen_der(x), rtol=1e-13)
    assert len(calls) == 2


@SLOW
def test_points_that_a_function_writes_into_stay():
    o, x = objective(overwriting, args=(3.0,)), POINT.copy()
    for _ in range(2):
        np.testing.assert_allclose(o.fun(x), 3.0 * (POINT @ POINT), rtol=1e-14)
        np.testing.assert_allclose(o.jac(x), 6.0 * POINT, rtol=1e-14)
        np.testing.assert_allclose(o.hess(x), 6.0 * np.eye(4), rtol=1e-14)
    np.testing.assert_array_equal(x, POINT)


@numba.njit
def broyden(x):
    """Return Broyden's tridiagonal function (J. J. Moré et al., ACM TOMS 7, 1981, number 30)."""
    out = np.empty_like(x)
    n = x.size
    for i in range(n):
        left = x[i - 1] if i > 0 else 0.0
        right = x[i + 1] if i < n - 1 else 0.0
        out[i] = (3.0 - 2.0 * x[i]) * x[i] - left - 2.0 * right + 1.0
    return out


def by_hand(x):
    n = len(x)
    return np.diag(3.0 - 4.0 * x) - np.eye(n, k=-1) - 2.0 * np.eye(n, k=1)


@pytest.mark.parametrize("sparse", [False, SPARSE])
def test_equations_serve_root_and_least_squares(sparse):
    e, start = equations(broyden, sparse=sparse), -np.ones(12)
    found = e.jac(start)
    assert scipy.sparse.issparse(found) == sparse
    np.testing.assert_allclose(found.toarray() if sparse else found, by_hand(start), rtol=1e-14)
    wanted = root(broyden, start, jac=by_hand, tol=1e-12).x
    if not sparse:
        np.testing.assert_allclose(root(e.fun, start, jac=e.jac, tol=1e-12).x, wanted, rtol=1e-9)
    fit = least_squares(e.fun, start, jac=e.jac, xtol=1e-14, ftol=1e-14, gtol=1e-14)
    np.testing.assert_allclose(fit.x, wanted, rtol=1e-8)


@numba.njit
def heat(t, y, k):
    out = np.empty_like(y)
    n = y.size
    for i in range(n):
        left = y[i - 1] if i > 0 else 0.0
        right = y[i + 1] if i < n - 1 else 0.0
        out[i] = k * (left - 2.0 * y[i] + right) * (1.0 + t)
    return out


@pytest.mark.parametrize(
    ("method", "sparse"),
    [("BDF", False), ("Radau", False), ("LSODA", False), pytest.param("BDF", True, marks=SLOW)],
)
def test_a_stiff_equation(method, sparse):
    n, k = 20, 1e4
    o = ode(heat, args=(k,), sparse=sparse)
    band = k * (np.eye(n, k=1) + np.eye(n, k=-1) - 2.0 * np.eye(n))
    found = o.jac(0, np.ones(n))  # an int of a time
    np.testing.assert_allclose(found.toarray() if sparse else found, band, rtol=1e-14)
    solution = solve_ivp(
        o.fun, (0, 1e-2), np.ones(n), method=method, jac=o.jac, rtol=1e-8, atol=1e-10
    )
    values, vectors = np.linalg.eigh(band)  # y' = (1 + t) band y, y(0) = 1
    wanted = vectors @ (np.exp(values * (1e-2 + 0.5e-4)) * (vectors.T @ np.ones(n)))
    assert solution.success
    np.testing.assert_allclose(solution.y[:, -1], wanted, atol=1e-6)


@numba.njit
def decay(t, height, rate):
    out = np.empty(len(t))
    for i in range(len(t)):
        out[i] = height * np.exp(-rate * t[i])
    return out


def test_curve_fit_gives_what_it_gives_with_a_jacobian_by_hand():
    t = np.linspace(0.0, 3.0, 40)
    y = decay(t, 2.5, 1.3) + 0.01 * np.random.default_rng(0).normal(size=40)
    c = curve(decay)

    def by_hand(t, height, rate):
        e = np.exp(-rate * t)
        return np.stack([e, -height * t * e], axis=1)

    np.testing.assert_allclose(c.jac(t, 2.5, 1.3), by_hand(t, 2.5, 1.3), rtol=1e-14)
    found = curve_fit(c.fun, t, y, jac=c.jac)  # SciPy counts the parameters
    wanted = curve_fit(decay.py_func, t, y, jac=by_hand)
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-10)
    np.testing.assert_allclose(found[1], wanted[1], rtol=1e-6)


def test_a_function_of_python_and_scipys_check():
    o = objective(lambda x: np.sum(np.cosh(x)))
    assert check_grad(o.fun, o.jac, POINT) < 1e-6


@pytest.mark.parametrize("make", [objective, equations, ode, curve])
def test_bad_input_is_refused(make):
    with pytest.raises(TypeError, match=f"{make.__name__} takes an @njit function"):
        make(3)
    if make is not curve:
        with pytest.raises(TypeError, match=r"args must be a tuple, got 3.0; write \(3.0,\)"):
            make(rosenbrock, 3.0)


def test_bad_points_and_models_are_refused():
    with pytest.raises(ValueError, match=r"x must have the shape \(n,\), got \(2, 2\)"):
        ROSENBROCK.fun(np.ones((2, 2)))
    with pytest.raises(TypeError, match="y must be of floats, got complex numbers"):
        ode(heat, args=(1.0,)).fun(0.0, np.ones(2) * 1j)
    with pytest.raises(ValueError, match=r"v must have the shape \(n,\), got \(\)"):
        ROSENBROCK.hessp(POINT, 1.0)
    with pytest.raises(TypeError, match=r"each parameter as a parameter, got \(x, \*p\)"):
        curve(lambda x, *p: x)
    with pytest.raises(TypeError, match=r"each parameter as a parameter, got \(x\)"):
        curve(lambda x: x)


@numba.njit
def counted_up(x, data):
    data[0] += 1.0
    return data[0] * x**2


def test_data_are_the_bridges_own_and_each_call_finds_them_as_they_were_given():
    x, data = np.array([2.0, 3.0]), np.array([4.0], dtype=np.float32)
    e, o = equations(counted_up, (data,)), objective(lambda x, d: counted_up(x, d).sum(), (data,))
    data[0] = 100.0
    for _ in range(2):
        np.testing.assert_array_equal(e.fun(x), 5.0 * x**2)
        np.testing.assert_array_equal(e.jac(x), np.diag(10.0 * x))
        assert o.fun(x) == 65.0
        np.testing.assert_array_equal(o.jac(x), 10.0 * x)
    assert data[0] == 100.0


def test_a_function_of_one_number_is_one_equation():
    e = equations(lambda x: x[0] ** 2 - 2.0)
    assert e.fun(np.array([3.0])).shape == (1,)
    assert e.jac(np.array([3.0])).shape == (1, 1)
