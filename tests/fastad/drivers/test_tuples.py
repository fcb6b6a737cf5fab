"""Functions of tuples, and functions whose results are tuples; those that return nothing."""

import math
from collections import namedtuple

import numba
import numpy as np
import pytest

from fastad import derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

MODES = ("auto", "source", "forward", "tape")


def powers_and_sum(x):
    return x * x, (x.sum(), np.outer(x, x))


@pytest.mark.parametrize("mode", ["auto", pytest.param("forward", marks=pytest.mark.slow)])
def test_results_that_are_tuples_of_arrays(mode):
    x, v = np.array([1.0, 2.0]), np.array([1.0, 10.0])
    w = np.array([0.5, -1.0]), (2.0, np.array([[1.0, 2.0], [3.0, 4.0]]))
    value, back = vjp(powers_and_sum, mode=mode)(x, w)
    np.testing.assert_array_equal(value[1][1], np.outer(x, x))
    np.testing.assert_array_equal(back, 2.0 * x * w[0] + 2.0 + (w[1][1] + w[1][1].T) @ x)
    along = jvp(powers_and_sum, mode=mode)(x, v)[1]
    products = np.sum(along[0] * w[0]) + along[1][0] * 2.0 + np.sum(along[1][1] * w[1][1])
    assert products == pytest.approx(back @ v, rel=1e-14)
    for wrong in ((w[0], 1.0), (*w, 1.0), (np.ones(3), w[1])):
        with pytest.raises((TypeError, ValueError), match="a cotangent must have"):
            vjp(powers_and_sum, mode=mode)(x, wrong)
    with pytest.raises(TypeError, match="not of a tuple of arrays"):
        jacobian(powers_and_sum, mode=mode)(x)


@numba.njit
def polar(p, count, y):
    y[0] += p[0]
    return p[0] * math.cos(p[1]), count, y[0] * math.sin(p[1]), np.sum(p)


@pytest.mark.parametrize("size", [2, 40])
@pytest.mark.parametrize("mode", MODES)
def test_results_that_are_tuples_of_numbers(mode, size):
    p, y = np.linspace(0.5, 2.0, size), np.array([3.0])
    wanted = np.zeros((4, size))
    wanted[0, :2] = math.cos(p[1]), -p[0] * math.sin(p[1])
    wanted[2, :2] = math.sin(p[1]), (3.0 + p[0]) * math.cos(p[1])
    wanted[3] = 1.0
    np.testing.assert_allclose(jacobian(polar, mode=mode)(p, 7, y), wanted, rtol=1e-14)
    assert y[0] == 3.0 + p[0]  # as one call leaves it
    w = (0.5, 0.0, -1.0, 2.0)
    for given in (w, np.array(w)):
        value, p_bar = vjp(polar, mode=mode)(p, 7, np.array([3.0]), given)
        assert value[1] == 7
        np.testing.assert_allclose(p_bar, w @ wanted, rtol=1e-14, atol=1e-15)
    for wrong in ((1.0, 2.0), np.ones(3), 1.0, (1.0, 0.0, p, 1.0)):
        with pytest.raises((TypeError, ValueError), match="a cotangent must have"):
            vjp(polar, mode=mode)(p, 7, y, wrong)


def sum_of_squares(x):
    return np.sum(x * x)


@pytest.mark.parametrize("mode", MODES)
def test_cotangents_of_numbers(mode):
    """An array without axes is a number; an array of one item is not (by source both failed)."""
    x = np.arange(3.0)
    both = vjp(lambda x: (np.sum(x * x), x), mode=mode)
    for w in (2.0, 2, np.float32(2.0), np.array(2.0)):
        np.testing.assert_array_equal(vjp(sum_of_squares, mode=mode)(x, w)[1], 4.0 * x)
        np.testing.assert_array_equal(both(x, (w, np.ones(3)))[1], 4.0 * x + 1.0)
    with pytest.raises(TypeError, match="a cotangent must have the shape of the result, a number"):
        vjp(sum_of_squares, mode=mode)(x, np.ones(1))
    with pytest.raises(TypeError, match="a cotangent must have the shape of the result, a number"):
        both(x, (np.ones(1), np.ones(3)))


@numba.njit
def fill_two(y, z, x):
    y[:] = x * x
    for i in range(x.size):
        z[i] += x[i] * y[i - 1]


@numba.njit
def bind_anew(y, x):
    y[0] = x[0]
    y = np.zeros(3)
    y[1] = x[1]


@pytest.mark.parametrize("mode", MODES)
def test_functions_that_return_nothing_are_those_of_what_they_fill(mode):
    x, v = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -1.0])
    y, z = np.zeros(3), np.ones(3)
    value, x_bar = vjp(fill_two, 2, mode=mode)(y, z, x, (v, 2.0 * v))
    np.testing.assert_array_equal(y, x * x)
    np.testing.assert_array_equal(z, 1.0 + x * y[[2, 0, 1]])
    np.testing.assert_array_equal(value, (y, z))
    into_z = np.diag(x[[2, 0, 1]] ** 2)
    for i in range(3):
        into_z[i, i - 1] += 2.0 * x[i] * x[i - 1]
    np.testing.assert_allclose(x_bar, 2.0 * x * v + 2.0 * v @ into_z, rtol=1e-14)
    if mode != "tape":
        y, z = np.zeros(3), np.ones(3)
        dots = jvp(fill_two, (1, 2), mode=mode)(y, z, x, 5.0 * v, v)[1]
        np.testing.assert_allclose(dots, (2.0 * x * v, 5.0 * v + into_z @ v), rtol=1e-14)
    with pytest.raises(TypeError, match="not of a tuple of arrays"):
        jacobian(fill_two, 2, mode=mode)(y, z, x)
    with pytest.raises(TypeError, match=r"returns nothing|cannot write"):
        jacobian(bind_anew, 1, mode=mode)(y, x)


@numba.njit
def rates(y, x, k):
    for i in range(x.size):
        y[i] = k * x[i] * x[i - 1]


@pytest.mark.parametrize("mode", MODES)
def test_jacobians_of_what_is_filled(mode):
    x, wanted = np.linspace(1.0, 2.0, 11), np.zeros((11, 11))
    for i in range(11):
        wanted[i, i], wanted[i, i - 1] = 3.0 * x[i - 1], 3.0 * x[i]
    y = np.ones(11)
    np.testing.assert_allclose(jacobian(rates, 1, mode=mode)(y, x, 3.0), wanted, rtol=1e-14)
    np.testing.assert_allclose(y, 3.0 * x * np.roll(x, 1), rtol=1e-15)
    with pytest.raises(TypeError, match=r"returns array.*use jacobian"):
        grad(rates, 1, mode=mode)(y, x, 3.0)


Model = namedtuple("Model", "weights bias degree")
Pair = namedtuple("Pair", "model scale")
Params = namedtuple("Params", "mean widths")


@numba.njit
def misfit(model, x):
    total = 0.0
    for i in range(x.size):
        h = model.bias
        for k in range(model.degree):
            h += model.weights[k] * x[i] ** k
        total += h * h
    return total


@numba.njit
def scaled(pair, x):
    return misfit(pair.model, x) * pair.scale[0] + pair.scale[1] ** 2


MODEL, DATA = Model(np.array([1.0, 0.5, -0.2]), 0.3, 3), np.array([1.0, 2.0, 0.5])


def by_hand():
    powers = DATA[:, None] ** np.arange(3)
    h = powers @ MODEL.weights + MODEL.bias
    slopes = MODEL.weights[1] + 2.0 * MODEL.weights[2] * DATA
    return h @ h, 2.0 * h @ powers, 2.0 * h.sum(), 2.0 * h * slopes


@pytest.mark.parametrize("mode", MODES)
def test_arguments_that_are_named_tuples(mode):
    value, weights_bar, bias_bar, x_bar = by_hand()
    found, (model_bar, data_bar) = value_and_grad(misfit, (0, 1), mode=mode)(MODEL, DATA)
    assert found == pytest.approx(value, rel=1e-14)
    assert type(model_bar).__name__ == "Model"
    np.testing.assert_allclose(model_bar.weights, weights_bar, rtol=1e-13)
    assert model_bar.bias == pytest.approx(bias_bar, rel=1e-13)
    assert model_bar.degree is None  # an int carries no derivative
    np.testing.assert_allclose(data_bar, x_bar, rtol=1e-13)
    if mode != "source":
        pair_bar = grad(scaled, mode=mode)(Pair(MODEL, (2.0, 3.0)), DATA)
        np.testing.assert_allclose(pair_bar.model.weights, 2.0 * weights_bar, rtol=1e-13)
        assert pair_bar.scale == pytest.approx((value, 6.0), rel=1e-14)
    if mode != "tape":
        along = Model(np.array([1.0, 0.0, 0.0]), 2.0, 0)
        dot = jvp(misfit, mode=mode)(MODEL, DATA, along)[1]
        assert dot == pytest.approx(weights_bar[0] + 2.0 * bias_bar, rel=1e-13)


@numba.njit
def product(pair):
    return pair[0] * pair[1] ** 2


@numba.njit
def bias_slope(model, x):
    return misfit_bar(model, x).bias


misfit_bar = grad(misfit)


def test_arguments_that_are_tuples():
    for mode in ("source", "forward"):
        assert grad(product, mode=mode)((2.0, 3.0)) == (9.0, 12.0)
        assert hessian(product, mode=mode)((2.0, 3.0)) == ((0.0, 6.0), (6.0, 4.0))
        assert hvp(product, mode=mode)((2.0, 3.0), (1.0, 2.0)) == (12.0, 14.0)
        assert jacobian(product, mode=mode)((2.0, 3.0)) == (9.0, 12.0)
    assert bias_slope(MODEL, DATA) == pytest.approx(by_hand()[2], rel=1e-13)
    assert grad(product).mode == "auto"
    for driver, arguments in ((derivative, ((1.0, 2.0),)), (grad, ((1, 2),))):
        with pytest.raises(TypeError, match="cannot differentiate product"):
            driver(product)(*arguments)
    with pytest.raises(TypeError, match="a tangent has the shape"):
        jvp(product)((1.0, 2.0), (1.0,))


def test_an_empty_tuple_in_a_tuple():
    def f(p):
        return p[0] * p[0] + len(p[1])

    assert grad(f, mode="forward")((3.0, ())) == (6.0, ())


@numba.njit
def counted(p, a=2.0, *more):
    return p.mean * p.widths[0] * a * len(more) + more[-1] ** 2


def plain(p, a):
    return p[0] * p[0] * a


@pytest.mark.parametrize("mode", MODES)
def test_a_tuple_and_any_number_of_arguments(mode):
    p, more = Params(1.5, np.array([2.0, 3.0])), (1.0, 5.0, 7.0)
    bars = grad(counted, mode=mode)(p, 2.0, *more)
    assert bars.mean == 12.0
    np.testing.assert_array_equal(bars.widths, [9.0, 0.0])
    p_bar, more_bar = grad(counted, (0, 2), mode=mode)(p, 2.0, *more)
    np.testing.assert_array_equal(p_bar.widths, [9.0, 0.0])
    assert more_bar == (0.0, 0.0, 14.0)
    assert grad(plain, mode=mode)((1.5, 3), 2.0) == (6.0, None)
