import itertools

import numba
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from fastad import jacobian, minimize, newton, root


def test_newton_converges_quadratically():
    result = newton(lambda x: x**3 - 2.0, 3.0)
    assert result.converged
    assert result.root == pytest.approx(2 ** (1 / 3), rel=1e-15)
    errors = [abs(x - 2 ** (1 / 3)) for x in result.iterates]
    assert errors[-1] < 1e-15
    # e_next / e**2 tends to f''/(2 f') = 1 / root: the correct digits double.
    for e, following in itertools.pairwise(errors):
        if 1e-7 < e < 0.1:
            assert following / e**2 == pytest.approx(2 ** (-1 / 3), rel=0.1)


def circle_and_cubic(x, radius):
    out = np.empty_like(x)
    out[0] = x[0] ** 2 + x[1] ** 2 - radius**2
    out[1] = x[1] - x[0] ** 3
    return out


def test_newton_solves_systems():
    result = newton(circle_and_cubic, np.array([1.0, 1.0]), (2.0,))
    assert result.converged
    np.testing.assert_allclose(circle_and_cubic(result.root, 2.0), 0.0, atol=1e-14)
    assert len(result.iterates) < 10


def test_newton_says_when_it_fails():
    assert not newton(lambda x: x * x + 1.0, 0.5, max_iterations=20).converged
    with pytest.raises(np.linalg.LinAlgError, match="zero at 0"):
        newton(lambda x: x * x + 1.0, 0.0)
    with pytest.raises(ValueError, match="max_iterations"):
        newton(lambda x: x, 1.0, max_iterations=0)


@numba.njit
def rosenbrock(x):
    total = 0.0
    for i in range(x.size - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


@pytest.mark.parametrize(
    "method",
    ["BFGS", "L-BFGS-B", "CG", "SLSQP", "Newton-CG", "trust-ncg", "trust-exact"],
)
def test_minimize_by_every_kind_of_method(method):
    result = minimize(rosenbrock, [-1.2, 1.0, 0.5], method=method, tol=1e-8)
    np.testing.assert_allclose(result.x, 1.0, atol=1e-3)


def test_minimize_gives_the_dogleg_method_its_hessian():
    result = minimize(lambda x: np.sum(np.cosh(x - 1.0)), [0.0, 3.0], method="dogleg")
    np.testing.assert_allclose(result.x, 1.0, atol=1e-4)


def test_minimize_refuses_methods_without_derivatives():
    with pytest.raises(ValueError, match="Nelder-Mead' uses no derivatives"):
        minimize(rosenbrock, [0.0, 0.0], method="Nelder-Mead")


@numba.njit
def robertson(t, y):
    out = np.empty_like(y)
    slow, fast, square = 0.04 * y[0], 1e4 * y[1] * y[2], 3e7 * y[1] ** 2
    out[0] = fast - slow
    out[1] = slow - fast - square
    out[2] = square
    return out


def test_the_jacobian_of_a_stiff_equation_saves_evaluations():
    calls = [0]

    def counted(t, y):
        calls[0] += 1
        return robertson(t, y)

    span, y0 = (0.0, 1e5), np.array([1.0, 0.0, 0.0])
    options = {"method": "BDF", "rtol": 1e-6, "atol": 1e-10}
    exact = solve_ivp(counted, span, y0, jac=jacobian(robertson, argnums=1), **options)
    with_jacobian, calls[0] = calls[0], 0
    differences = solve_ivp(counted, span, y0, **options)
    assert exact.success
    np.testing.assert_allclose(exact.y[:, -1], differences.y[:, -1], rtol=1e-4)
    assert exact.y[:, -1].sum() == pytest.approx(1.0, abs=1e-9)
    assert with_jacobian < calls[0]


TARGET = 1.0


def misses_the_target(x):
    return (x[0] - TARGET) ** 2 + x[1] ** 2


def square_less_the_target(x):
    return x * x - TARGET


@numba.njit
def raised(x, n):
    return 1.0 if n == 0 else x * raised(x, n - 1)


def raised_less_the_target(x):
    return raised(x, 2) - TARGET


def test_a_global_of_what_has_no_fingerprint_that_changed_is_seen(monkeypatch):
    scope = {"TARGET": 1.0}  # as in a notebook: the function's source is in no file
    exec("def f(x):\n    return x * x - TARGET", scope)
    exec("def misses(x):\n    return (x[0] - TARGET) ** 2", scope)
    for target in (1.0, 4.0, 1.0):
        scope["TARGET"] = target
        monkeypatch.setitem(globals(), "TARGET", target)
        for f in (scope["f"], raised_less_the_target):
            assert newton(f, 3.0).root == pytest.approx(target**0.5)
            assert root(f, 3.0) == pytest.approx(target**0.5)
        assert minimize(scope["misses"], [0.3]).x[0] == pytest.approx(target)


def test_a_global_that_changed_is_seen(monkeypatch):
    start = np.array([0.3, 0.4])
    assert minimize(misses_the_target, start).x[0] == pytest.approx(1.0)
    assert newton(square_less_the_target, 3.0).root == pytest.approx(1.0)
    assert root(square_less_the_target, 3.0) == pytest.approx(1.0)
    monkeypatch.setitem(globals(), "TARGET", 4.0)
    assert minimize(misses_the_target, start).x[0] == pytest.approx(4.0)
    assert newton(square_less_the_target, 3.0).root == pytest.approx(2.0)
    assert root(square_less_the_target, 3.0) == pytest.approx(2.0)
