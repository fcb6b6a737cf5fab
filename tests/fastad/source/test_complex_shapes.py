"""Complex arrays: shapes that are broadcast, orders of memory, evaluation, tuples."""

import numpy as np
import pytest
from conformance import differences
from interpreted import executable
from numba import njit, typeof

import fastad
from fastad.source.emit.adjoint_function import Generated
from fastad.source.emit.tangent_function import GeneratedTangent
from fastad.source.ir.statements import Unsupported

X = np.array([0.7, -0.4, 1.3, 0.2])
Z = np.asfortranarray(np.arange(6.0).reshape(2, 3) * (1 + 1j))


def real_and_one(x):
    z = np.array([1j * x[0]])
    w = x + z
    return np.sum(w.imag) + w.real[1]


def matrix_less_vector(x):
    z = np.array([x[0] * 1j, x[1] + 1j])
    w = np.ones((3, 2)) * x[2] - z
    return np.sum(w.imag * w.imag)


def vector_less_column(x):
    z = np.array([x[0] * 1j, x[1] + 1j])
    w = z - np.ones((3, 1)) * x[2]
    return np.sum(w.imag * w.real) + w.shape[0]


def matrix_times_vector(x):
    w = np.ones((3, 1)) * x[2] * np.array([x[0] * 1j, x[1] + 1j])
    return np.sum(w.imag * w.real)


@njit
def changed(a, s):
    a[0] = a[0] * s
    return s * 1j


def where_before_calls(x):
    a = x * (1 + 1j)
    w = np.where(a.real > 0, a, changed(a, x[1]) + 0 * a)
    return np.sum(np.abs(w) ** 2)


@njit
def several(z, w):
    return z * w, z + w, (w, 2.0)


def unpacked(x):
    a = x * 1j
    p, s, (w, k) = several(a[0] + 1, complex(x[1], x[2]))
    q, (a[1], j) = several(p, s)[1:]
    return (p * s * w).imag * k + (a[0] * q).real + a[1].imag * j


PROGRAMS = [
    *(real_and_one, matrix_less_vector, vector_less_column, matrix_times_vector),
    *(where_before_calls, unpacked),
]


@pytest.mark.parametrize("f", PROGRAMS)
def test_gradient_and_tangent(f):
    generated = Generated(f, [typeof(X)], (0,))
    value, (bar,) = executable(generated)(X.copy(), 1.0)
    want = differences(f, (X,), 0)
    assert np.isclose(value, f(X.copy()), rtol=1e-13)
    assert np.allclose(bar, want, rtol=1e-7, atol=1e-7)
    v = np.cos(np.arange(4.0))
    _, dot = executable(GeneratedTangent(f, [typeof(X)], (0,)))(X.copy(), v)
    assert np.isclose(dot, np.sum(v * want), rtol=1e-7)


@njit
def rows_of_fortran(x, z):
    w = np.sqrt(np.conj(z * x[0]) + 1)
    r = np.ravel(w)  # a copy
    r[1] = 5j
    q = w.T.reshape(6)  # a view
    q[0] = x[1] * 1j
    return np.sum((w * w).imag) + (r[0] * r[2] * q[0]).real + np.ravel(z * x[2])[1].real


@pytest.mark.slow
@pytest.mark.parametrize("z", [Z, np.ascontiguousarray(Z.T).T * 2j], ids=["fortran", "product"])
def test_an_argument_in_fortran_order(z):
    value, bar = fastad.value_and_grad(rows_of_fortran)(X, z)
    h = 1e-5
    for k, e in enumerate(np.eye(4)):
        slope = (rows_of_fortran(X + h * e, z) - rows_of_fortran(X - h * e, z)) / (2 * h)
        assert np.isclose(bar[k], slope, rtol=1e-7, atol=1e-8)
    assert np.isclose(value, rows_of_fortran(X, z), rtol=1e-13)


@njit
def of_every_second(x, z):
    w = np.sqrt(z.T * x[0])
    r = np.ravel(w)
    r[0] = x[1]
    return np.sum((np.ravel(z * x[0]) ** 2).imag) + (w[0, 0] * r[1]).real + np.sum(np.ravel(z).real)


@pytest.mark.slow
def test_an_argument_with_gaps():
    z = (np.arange(1.0, 25.0).reshape(4, 6) * (1 + 1j))[::2, ::2]
    value, bar = fastad.value_and_grad(of_every_second)(X, z)
    assert np.isclose(value, of_every_second(X, z), rtol=1e-13)
    h = 1e-5
    for k, e in enumerate(np.eye(4)):
        slope = (of_every_second(X + h * e, z) - of_every_second(X - h * e, z)) / (2 * h)
        assert np.isclose(bar[k], slope, rtol=1e-7, atol=1e-6)


def test_an_array_like_one_in_fortran_order_is_refused():
    def f(x, z):
        w = np.zeros_like(z)
        w[0, 0] = x[0]
        return abs(w[0, 0])

    with pytest.raises(Unsupported, match="in Fortran order; give the shape"):
        Generated(f, [typeof(X), typeof(Z)], (0,))


def test_none_or_complex_is_refused():
    def f(x):
        z = None
        if x[0] > 0:
            z = x[0] * 1j
        if z is not None:
            return abs(z * z)
        return x[0]

    with pytest.raises(Unsupported, match="z is None or complex; begin with a number"):
        Generated(f, [typeof(X)], (0,))


@njit
def halved(a, n):
    if n == 0:
        return a[0]
    a[0] = 0.5 * a[0]
    return halved(a, n - 1)


def written_by_recursion(x, z):
    return x[0] * halved(z.real, 2)


def test_recursion_that_writes_into_a_complex_argument_is_refused():
    with pytest.raises(Unsupported, match="write into a copy"):
        Generated(written_by_recursion, (typeof(X), typeof(np.array([1j]))), (0,))
