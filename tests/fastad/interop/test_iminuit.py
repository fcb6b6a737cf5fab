"""iminuit's fits with a function's derivatives are those with its own differences."""

import numba
import numpy as np
import pytest

from fastad.interop import cost

T = np.linspace(0.0, 2.0, 30)
Y = 2.5 * np.exp(-1.3 * T) + 0.1 * np.sin(37.0 * T)


@numba.njit
def of_numbers(height, rate, t, y):
    s = 0.0
    for i in range(len(t)):
        s += ((y[i] - height * np.exp(-rate * t[i])) / 0.1) ** 2
    return s


@numba.njit
def of_array(p, t, y):
    return of_numbers(p[0], p[1], t, y)


def gradient_by_hand(height, rate):
    e = np.exp(-rate * T)
    residual = (Y - height * e) / 0.1**2
    return np.array([-2.0 * residual @ e, 2.0 * residual @ (height * T * e)])


def test_values_and_derivatives_in_both_forms():
    n, a = cost(of_numbers, args=(T, Y)), cost(of_array, args=(T, Y))
    point = np.array([2.0, 1.0])
    wanted = np.sum(((Y - 2.0 * np.exp(-T)) / 0.1) ** 2)
    np.testing.assert_allclose([n(*point), a(point)], wanted, rtol=1e-12)
    for found in (n.grad(*point), n.grad(2, 1), a.grad(point)):
        np.testing.assert_allclose(found, gradient_by_hand(*point), rtol=1e-11)
    e = np.exp(-T)
    residual = Y - 2.0 * e
    mixed = 2.0 * (residual @ (T * e) - 2.0 * (e @ (T * e)))
    second = 2.0 * ((2.0 * T * e) @ (2.0 * T * e) - residual @ (2.0 * T * T * e))
    hessian = np.array([[2.0 * e @ e, mixed], [mixed, second]]) / 0.1**2
    np.testing.assert_allclose(n.hessian(*point), hessian, rtol=1e-11)
    np.testing.assert_allclose(a.hessian(point), hessian, rtol=1e-11)


def test_a_cost_says_what_it_is():
    wanted = "<cost of of_numbers by (height, rate) for iminuit.Minuit: grad, hessian>"
    assert repr(cost(of_numbers, args=(T, Y))) == wanted


def test_bad_input_is_refused():
    c = cost(of_numbers, args=(T, Y))
    with pytest.raises(TypeError, match="cost takes an @njit function"):
        cost(3)
    with pytest.raises(TypeError, match="args must be a tuple, got 3"):
        cost(of_numbers, 3)
    with pytest.raises(TypeError, match="each of the 4 args after them"):
        cost(of_numbers, (1.0, 2.0, T, Y))
    with pytest.raises(TypeError, match=r"as a parameter, got \(\*p\)"):
        cost(lambda *p: 0.0)
    with pytest.raises(TypeError, match=r"has the parameters \(height, rate\), got 1 values"):
        c(np.ones(2))


@pytest.mark.slow
@pytest.mark.parametrize("form", ["numbers", "array"])
def test_a_fit_is_that_with_iminuits_differences(form):
    iminuit = pytest.importorskip("iminuit")
    f, start = (of_numbers, (1.0, 1.0)) if form == "numbers" else (of_array, ((1.0, 1.0),))
    c = cost(f, args=(T, Y))
    with_ours = iminuit.Minuit(c, *start, grad=c.grad)
    calls = []
    if form == "numbers":
        assert with_ours.parameters == ("height", "rate")
        with_theirs = iminuit.Minuit(lambda height, rate: c(height, rate), *start)
        named = iminuit.Minuit(c, rate=1.0, height=1.0, grad=c.grad)
        named.migrad()
        np.testing.assert_allclose(named.values, with_ours.migrad().values, rtol=1e-6)
    else:
        with_theirs = iminuit.Minuit(lambda p: calls.append(p) or c(p), *start)
    for m in (with_ours, with_theirs):
        m.migrad()
        m.hesse()
        assert m.valid
    assert with_ours.ngrad > 0 == with_theirs.ngrad
    np.testing.assert_allclose(with_ours.values, with_theirs.values, rtol=1e-5)
    np.testing.assert_allclose(with_ours.errors, with_theirs.errors, rtol=1e-3)
    np.testing.assert_allclose(c.grad(*_as(form, with_ours.values)), 0.0, atol=1.0)


def _as(form, values):
    return tuple(values) if form == "numbers" else (np.array(values),)


@pytest.mark.slow
def test_iminuit_finds_the_derivatives_by_itself_and_errordef_is_left_alone():
    iminuit = pytest.importorskip("iminuit")
    c = cost(of_numbers, args=(T, Y))
    m = iminuit.Minuit(c, height=1.0, rate=1.0)
    assert m.grad is not None
    assert m.errordef == 1.0
    m.errordef = iminuit.Minuit.LIKELIHOOD
    m.migrad()
    assert m.ngrad > 0
