"""Solutions of equations and their derivatives: closed forms, all modes, both orders."""

import math

import numba
import numpy as np
import pytest

from fastad import derivative, grad, hvp, root, root_solver


@numba.njit
def kepler(e, m, ecc):
    return e - ecc * math.sin(e) - m


@numba.njit
def anomaly(m, ecc):
    return root(kepler, 1.0, m, ecc)


def kepler_derivatives(m, ecc):
    """Return gradient and Hessian of the anomaly E(m, e) in closed form."""
    e = root(kepler, 1.0, m, ecc)
    s, d = math.sin(e), 1.0 - ecc * math.cos(e)
    e_m, e_e = 1 / d, s / d
    mixed = math.cos(e) / d**2 - ecc * s * s / d**3
    by_ecc = 2 * s * math.cos(e) / d**2 - ecc * s**3 / d**3
    return (e_m, e_e), ((-ecc * s / d**3, mixed), (mixed, by_ecc))


@pytest.mark.parametrize("mode", ["forward", "tape"])
def test_scalar_equation_against_closed_form(mode):
    m, ecc = 0.8, 0.3
    gradient, second = kepler_derivatives(m, ecc)
    assert grad(anomaly, (0, 1), mode=mode)(m, ecc) == pytest.approx(gradient, rel=1e-13)
    got = hvp(anomaly, (0, 1), mode=mode)(m, ecc, 0.5, -2.0)
    wanted = np.array(second) @ [0.5, -2.0]
    assert got == pytest.approx(wanted, rel=1e-12)


def test_third_derivative_of_a_square_root():
    @numba.njit
    def square(x, a):
        return x * x - a

    @numba.njit
    def sqrt(a):
        return root(square, 1.0, a)

    third = derivative(derivative(derivative(sqrt)))
    assert third(4.0) == pytest.approx(3 / 8 * 4.0**-2.5, rel=1e-12)


@numba.njit
def cubes(x, a, shift):
    """A x + x**3 = shift, with an array made like x and written in place."""
    out = np.empty_like(x)
    for i in range(x.size):
        out[i] = x[i] ** 3 - shift
        for j in range(x.size):
            out[i] += a[i, j] * x[j]
    x[:] = 0.0  # the solver's x is its own
    return out


@numba.njit
def functional(a, shift):
    x = root(cubes, np.zeros(a.shape[0]), a, shift)
    return np.sum(x * x)


def by_hand(a, shift):
    """Return the gradient of the functional by the adjoint equation."""
    x = root(cubes, np.zeros(3), a, shift)
    adjoint = np.linalg.solve((a + np.diag(3 * x * x)).T, 2 * x)
    return -np.outer(adjoint, x), adjoint.sum()


MATRIX = np.random.default_rng(1).normal(size=(3, 3)) + 3 * np.eye(3)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["forward", "tape"])
def test_system_against_the_adjoint_equation(mode):
    wanted = by_hand(MATRIX, 0.7)
    got = grad(functional, (0, 1), mode=mode)(MATRIX, 0.7)
    assert got[0] == pytest.approx(wanted[0], rel=1e-11)
    assert got[1] == pytest.approx(wanted[1], rel=1e-11)


@pytest.mark.slow
def test_second_derivatives_of_a_system_through_the_tape():
    direction, h = np.random.default_rng(2).normal(size=(3, 3)), 1e-4
    got = hvp(functional, mode="tape")(MATRIX, 0.7, direction)
    plus, minus = (by_hand(MATRIX + s * h * direction, 0.7)[0] for s in (1, -1))
    assert got == pytest.approx((plus - minus) / (2 * h), rel=1e-6, abs=1e-8)


def test_the_solution_does_not_depend_on_the_start():
    solve = root_solver(kepler)
    assert grad(lambda e, m: solve(e, m, 0.3), (0, 1), mode="forward")(1.0, 0.8) == pytest.approx(
        (0.0, kepler_derivatives(0.8, 0.3)[0][0])
    )


def test_arguments_of_all_kinds():
    @numba.njit
    def f(x, pair, power):
        return x**power - pair[0] * pair[1]

    assert root(f, 1, (2.0, 4.0), 3) == pytest.approx(2.0, rel=1e-15)
    solve = root_solver(f)
    assert derivative(lambda a: solve(1.0, (a, 4.0), 3))(2.0) == pytest.approx(1 / 3)


def test_solver_is_one_function_for_the_same_settings():
    assert root_solver(kepler) is root_solver(kepler)
    assert root_solver(kepler, tol=1e-3) is not root_solver(kepler)
    loose = root_solver(kepler, tol=1e-1)(1.0, 0.8, 0.3)
    assert loose != root(kepler, 1.0, 0.8, 0.3)
    assert loose == pytest.approx(root(kepler, 1.0, 0.8, 0.3), abs=1e-3)


def test_what_does_not_converge_says_so():
    def no_root(x):
        return x * x + 1.0

    with pytest.raises(RuntimeError, match="did not converge on no_root") as caught:
        root(no_root, 0.3, max_iterations=7)
    iterations, residual = caught.value.args[1:]
    assert iterations == 7
    assert residual >= 1.0
    with pytest.raises(RuntimeError, match="did not converge"):
        root(no_root, math.nan)
    with pytest.raises(np.linalg.LinAlgError, match="derivative is zero"):
        root(no_root, 0.0)


def test_arguments_are_checked():
    with pytest.raises(TypeError, match="f must be a function"):
        root(3.0, 1.0)
    with pytest.raises(ValueError, match="tol must be positive"):
        root_solver(kepler, tol=0.0)
    with pytest.raises(ValueError, match="max_iterations"):
        root_solver(kepler, max_iterations=0)
    with pytest.raises(numba.core.errors.TypingError, match="a float or of shape"):
        root(cubes, np.zeros((2, 2)), MATRIX, 1.0)


def test_a_singular_jacobian_is_refused():
    with pytest.raises(np.linalg.LinAlgError, match="singular"):
        root(cubes, np.zeros(3), np.zeros((3, 3)), 1.0)
