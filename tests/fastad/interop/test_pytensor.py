"""Functions bridged to PyTensor give what the same functions written in PyTensor give."""

import numpy as np
import pytest
from bridged import POINT, bent, chain, energy, overwriting

pytensor = pytest.importorskip("pytensor")

import pytensor.tensor as pt  # noqa: E402
from pytensor.gradient import (  # noqa: E402
    DisconnectedInputError,
    NullTypeGradError,
    hessian,
    verify_grad,
)

from fastad.interop import to_pytensor  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:::(?!fastad)")]

ENERGY, BENT = to_pytensor(energy), to_pytensor(bent)
X, A, N = pt.dvector("x"), pt.dscalar("a"), pt.lscalar("n")
MODES = pytest.mark.parametrize("mode", ["NUMBA", "FAST_COMPILE"])


def energy_in_pytensor(x, a, n):
    return a * pt.sum((x[1:] - x[:-1]) ** n) + pt.sum(pt.sin(a * x))


def bent_in_pytensor(x, a, n):
    return a * x**n + x[0] * pt.cos(x)


def assert_same(build, functions, mode):
    found, wanted = (
        pytensor.function([X, A, N], build(f), mode=m)(POINT, 1.3, 2)
        for f, m in zip(functions, (mode, "FAST_COMPILE"), strict=True)
    )
    for a, b in zip(found, wanted, strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, rtol=1e-12)


BUILDS = {
    "float": lambda f: [f(X, A, N), *pt.grad(pt.exp(f(X**2, A, N) / 9.0), [X, A])],
    "hessian": lambda f: [hessian(f(X, A, N), X)],
    "twice": lambda f: pt.grad(pt.sum(pt.grad(f(X, A, N), X) ** 2), [X, A]),
}


@MODES
@pytest.mark.parametrize("name", BUILDS)
def test_a_float(name, mode):
    assert_same(BUILDS[name], (ENERGY, energy_in_pytensor), mode)


@MODES
def test_an_array(mode):
    def build(f):
        return [f(X, A, N), *pt.grad(pt.sum(f(X, A, N) ** 2), [X, A])]

    assert_same(build, (BENT, bent_in_pytensor), mode)


@MODES
def test_verify_grad(mode):
    rng = np.random.default_rng(0)
    for f in (ENERGY, BENT):
        # A constant of 3 is one of int8 in PyTensor; the function gets an int64.
        verify_grad(lambda x, a, f=f: f(x, a, 3), [POINT, np.array(1.3)], rng=rng, mode=mode)


@MODES
def test_a_tuple_of_floats_is_a_vector(mode):
    value = to_pytensor(chain)(X, A)
    found = pytensor.function([X, A], [value, *pt.grad(pt.sum(value), [X, A])], mode=mode)
    x, a = POINT[:2], 2.0
    e = np.exp(x[0])
    wanted = [a * x[0] * x[1], e], [a * x[1] + e, a * x[0]], x[0] * x[1]
    for got, w in zip(found(x, a), wanted, strict=True):
        np.testing.assert_allclose(got, w, rtol=1e-14)


@MODES
def test_what_a_function_writes_into_its_arguments_is_not_seen(mode):
    value = to_pytensor(overwriting)(X, A)
    f = pytensor.function([X, A], [value, pt.grad(value, X), X + 0.0], mode=mode)
    x = POINT.copy()
    for got, wanted in zip(f(x, 3.0), (3.0 * (x @ x), 6.0 * x, x), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-15)
    np.testing.assert_array_equal(x, POINT)


@MODES
def test_narrow_floats_give_a_narrow_result(mode):
    x = pt.fvector("x")
    value = ENERGY(x, np.float32(1.3), 2)
    assert value.dtype == "float32"
    f = pytensor.function([x], [value, pt.grad(value, x)], mode=mode)
    narrow = POINT.astype(np.float32)
    wide = pytensor.function(
        [X], [energy_in_pytensor(X, 1.3, 2), pt.grad(energy_in_pytensor(X, 1.3, 2), X)]
    )
    for got, wanted in zip(f(narrow), wide(narrow.astype(float)), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-6)


NARROW = {
    "float": (lambda x: np.float32(x[0] * x[1]), lambda x: x[0] * x[1]),
    "array": (lambda x: (x * x).astype(np.float32), lambda x: x * x),
    "tuple": (lambda x: (np.float32(x[0]), 2.0 * x[1]), lambda x: np.array([x[0], 2.0 * x[1]])),
}


@MODES
@pytest.mark.parametrize("kind", NARROW)
def test_a_function_may_return_float32(kind, mode):
    f, wanted = NARROW[kind]
    value = to_pytensor(f)(X)
    assert value.dtype == "float64"
    found = pytensor.function([X], value, mode=mode)(POINT)
    assert found.dtype == np.float64
    np.testing.assert_allclose(found, wanted(POINT), rtol=1e-6)


def test_constants_cost_no_derivatives():
    value = ENERGY(POINT, A, 3)
    slope = pytensor.function([A], pt.grad(value, A), mode="FAST_COMPILE")
    gradients = [n for n in slope.maker.fgraph.apply_nodes if str(n.op) == "grad(energy)"]
    assert [n.op.argnums for n in gradients] == [(1,)]
    constant = pt.constant(POINT)
    with pytest.raises(NullTypeGradError, match="a constant is not differentiated"):
        pt.grad(ENERGY(constant, A, 3), constant)
    with pytest.raises(DisconnectedInputError):
        pt.grad(ENERGY(X, A, N), N)


def test_complex_arguments_are_data():
    def power(z, a):
        return a * np.sum(z.real**2 + z.imag)

    z = pt.complex(X, X)
    value = to_pytensor(power)(z, A)
    slope = pytensor.function([X, A], pt.grad(value, A), mode="FAST_COMPILE")
    np.testing.assert_allclose(slope(POINT, 2.0), np.sum(POINT**2 + POINT), rtol=1e-13)
    with pytest.raises(NullTypeGradError, match="a complex argument is not differentiated"):
        pt.grad(value + pt.sum(X), X)


def test_further_derivatives_are_refused():
    with pytest.raises(NotImplementedError, match="bent has no further derivatives in PyTensor"):
        pt.grad(pt.sum(pt.grad(pt.sum(BENT(X, A, N)), X)), X)
    second = pt.grad(pt.sum(pt.grad(ENERGY(X, A, N), X)), X)
    with pytest.raises(NotImplementedError, match="energy has no further derivatives in PyTensor"):
        pt.grad(pt.sum(second), X)


def test_bad_input_is_refused():
    with pytest.raises(TypeError, match="to_pytensor takes an @njit function"):
        to_pytensor(3)
    with pytest.raises(TypeError, match=r"energy\(x, a, n\) got 1 arguments"):
        ENERGY(X)
    with pytest.raises(TypeError, match=r"argument 1 \('a'\) must be a tensor variable"):
        ENERGY(X, "a", N)
    with pytest.raises(TypeError, match="must return a float, an array of floats or a tuple"):
        to_pytensor(lambda x: len(x))(X)
