"""Drivers that are called inside of a function which is differentiated."""

import math

import numba
import numpy as np
import pytest

from fastad import derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

MODES = ("auto", "source", "forward", "tape")


@numba.njit
def energy(x, k):
    total = 0.0
    for i in range(x.size - 1):
        total += k * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


@numba.njit
def wave(t, k):
    return math.sin(k * t) * t


def energy_slopes(x, k):
    """The gradient of `energy` by x, written by hand, for complex numbers too."""
    d, g = x[1:] - x[:-1] ** 2, np.zeros(x.size, np.result_type(x, k))
    g[1:] += 2.0 * k * d
    g[:-1] += -4.0 * k * d * x[:-1] - 2.0 * (1.0 - x[:-1])
    return g, np.sum(d**2)


force, both, speed = grad(energy), grad(energy, (0, 1)), derivative(wave)
slopes_matrix = jacobian(force)


@numba.njit
def descent(x, k, count):
    y = x.copy()
    for _ in range(count):
        y = y - 0.01 * force(y, k)
        y[0] += 0.1 * speed(y[1], k) * speed(k, 2)  # the argument of force is changed later
    return np.sum(y * y)


def descent_by_hand(x, k, count):
    def slope(t, k):
        return np.sin(k * t) + k * t * np.cos(k * t)

    y = x.copy()
    for _ in range(count):
        y = y - 0.01 * energy_slopes(y, k)[0]
        y[0] += 0.1 * slope(y[1], k) * slope(k, 2)
    return np.sum(y * y)


@numba.njit
def mixed(x, k):
    x_bar, k_bar = both(x, k)
    total = energy(x, k) * k_bar
    if x_bar[0] > 0.0:
        total += x_bar[1] ** 2
    return total + helper(x, k)


@numba.njit
def helper(x, k):
    return force(x, k)[2] * k


def mixed_by_hand(x, k):
    x_bar, k_bar = energy_slopes(x, k)
    value = k * k_bar + np.sum((1.0 - x[:-1]) ** 2)
    return value * k_bar + (x_bar[1] ** 2 if x_bar[0].real > 0 else 0.0) + x_bar[2] * k


X, K, V = np.array([0.5, 0.7, -0.2, 0.1]), 2.0, np.array([1.0, -0.5, 0.25, 2.0])


def complex_step(f, x, k, *others):
    steps = 1e-30j * np.eye(x.size)
    by_x = np.array([f(x + h, k, *others).imag / 1e-30 for h in steps])
    return by_x, f(x + 0j, k + 1e-30j, *others).imag / 1e-30


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("f", "by_hand", "others"),
    [(descent, descent_by_hand, (3,)), (mixed, mixed_by_hand, ())],
    ids=["descent", "mixed"],
)
def test_gradients(f, by_hand, others, mode):
    g = value_and_grad(f, (0, 1), mode=mode)
    value, (x_bar, k_bar) = g(X, K, *others)
    wanted = complex_step(by_hand, X, K, *others)
    assert value == pytest.approx(by_hand(X, K, *others), rel=1e-13)
    np.testing.assert_allclose(x_bar, wanted[0], rtol=1e-12)
    assert k_bar == pytest.approx(wanted[1], rel=1e-12)
    assert g.mode == ("source" if mode == "auto" else mode)


@pytest.mark.parametrize("mode", ["source", "forward"])
def test_one_direction_and_second_derivatives(mode):
    wanted = complex_step(descent_by_hand, X, K, 3)[0]
    assert jvp(descent, mode=mode)(X, K, 3, V)[1] == pytest.approx(wanted @ V, rel=1e-12)
    step = 1e-5
    ahead, behind = (complex_step(descent_by_hand, X + h * V, K, 3)[0] for h in (step, -step))
    np.testing.assert_allclose(
        hvp(descent, mode=mode)(X, K, 3, V), (ahead - behind) / (2 * step), rtol=1e-7
    )


def test_the_adjoint_of_a_gradient_is_a_product_with_the_hessian():
    g = vjp(force, (0, 1))
    value, (x_bar, k_bar) = g(X, K, V)
    np.testing.assert_allclose(value, energy_slopes(X, K)[0], rtol=1e-14)
    np.testing.assert_allclose(x_bar, hessian(energy)(X, K) @ V, rtol=1e-13)
    by_k = energy_slopes(X, K + 1e-30j)[0].imag / 1e-30
    assert k_bar == pytest.approx(by_k @ V, rel=1e-13)
    assert g.mode == "source"
    assert grad(speed, (0, 1))(0.3, K) == pytest.approx(
        (
            2 * K * math.cos(K * 0.3) - K * K * 0.3 * math.sin(K * 0.3),
            2 * 0.3 * math.cos(K * 0.3) - K * 0.09 * math.sin(K * 0.3),
        ),
        rel=1e-13,
    )


@numba.njit
def trace(x, k):
    return np.trace(slopes_matrix(x, k))


def test_jacobians_inside():
    wanted = np.zeros(4)
    wanted[:-1] += 24.0 * K * X[:-1]
    wanted[1:] -= 4.0 * K
    np.testing.assert_allclose(grad(trace)(X, K), wanted, rtol=1e-12)


@numba.njit
def writes(x, y):
    y[0] = x[0]
    return np.sum(x) * y[0]


writes_grad = grad(writes)


@numba.njit
def around(x, y):
    return writes_grad(x, y)[0]


@numba.njit
def noisy(x):
    return x * x * np.random.random()  # noqa: NPY002 (the generator of compiled code)


noisy_slope = derivative(noisy)


def test_of_functions_that_write_into_their_arguments():
    y = np.array([2.0])
    value, x_bar = vjp(writes_grad)(X, y, V)
    wanted = np.full(4, X[0])
    wanted[0] += np.sum(X)
    np.testing.assert_allclose(value, wanted, rtol=1e-14)
    np.testing.assert_allclose(x_bar, V[0] + np.sum(V) * (np.arange(4) == 0), rtol=1e-14)
    assert y[0] == X[0]
    with pytest.raises(TypeError, match="writes into its argument 'y'"):
        grad(around, mode="source")(X, np.ones(1))
    with pytest.raises(TypeError, match="random numbers inside"):
        derivative(lambda x: noisy_slope(x) * x, mode="source")(1.0)


@numba.njit
def squares(x):
    y = x * x
    return x if x[0] > 100.0 else y


squares_jacobian = jacobian(squares)


@numba.njit
def changes_the_jacobian(x):
    a = squares_jacobian(x)
    a[0, 0] *= x[1]
    return np.sum(a) + a[0, 0] * x[1]


@pytest.mark.parametrize("mode", ["source", "forward"])
def test_what_a_driver_returns_is_memory_of_its_own(mode):
    wanted = [2.0 * X[1] + 2.0 * X[1] ** 2, 2.0 + 2.0 * X[0] + 4.0 * X[0] * X[1], 2.0, 2.0]
    np.testing.assert_allclose(grad(changes_the_jacobian, mode=mode)(X), wanted, rtol=1e-13)


def cubes_or_squares(cubes):
    if cubes:

        @numba.njit
        def f(x, w):
            return np.sum(x**3) * w

    else:

        @numba.njit
        def f(x):
            return np.sum(x**2)

    return f


of_cubes, of_squares = grad(cubes_or_squares(True)), grad(cubes_or_squares(False))


def test_drivers_of_two_functions_of_one_name():
    found = grad(lambda x: np.sum(of_cubes(x, x[0]) * x) + of_squares(x)[0], mode="source")(X)
    wanted = 9.0 * X[0] * X**2
    wanted[0] += 3.0 * np.sum(X**3) + 2.0
    np.testing.assert_allclose(found, wanted, rtol=1e-13)


def test_a_cotangent_of_several_gradients_has_as_many_items():
    product = vjp(grad(lambda x, y: x * x * y, (0, 1)), (0, 1))
    assert product(3.0, 5.0, (1.0, 2.0)) == ((30.0, 9.0), (22.0, 6.0))
    assert product(3.0, 5.0, np.array([1.0, 2.0])) == ((30.0, 9.0), (22.0, 6.0))
    for other in ((1.0, 2.0, 3.0), np.ones(3), np.ones(1), 1.0):
        with pytest.raises((TypeError, ValueError), match="a cotangent must have"):
            product(3.0, 5.0, other)
