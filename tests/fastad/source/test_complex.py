"""Programs with complex numbers inside: gradients, tangents, Hessian products, every mode."""

from pathlib import Path

import numba
import numpy as np
import pytest
from complex_numbers.programs import PROGRAMS, X
from conformance import differences
from interpreted import executable
from numba import typeof

import fastad
from fastad.source.emit.adjoint_function import Generated
from fastad.source.emit.namespace import known_objects
from fastad.source.emit.tangent_function import GeneratedTangent
from fastad.source.frontend.lower import lower
from fastad.source.ir.namer import Namer
from fastad.source.ir.printer import source
from fastad.source.ir.statements import Unsupported

HEAVY = ("whole_arrays", "schroedinger", "helpers")  # Numba compiles much to type them
COMPILED = ("spectrum", "mandelbrot", "roots", "data", "bloch")


def fresh(arguments):
    return [a.copy() if isinstance(a, np.ndarray) else a for a in arguments]


def run(kind, f, arguments, *others, **options):
    """Return the result of generated code, interpreted."""
    generated = kind(f, [typeof(a) for a in arguments], (0,), **options)
    with np.errstate(all="ignore"):
        return executable(generated)(*fresh(arguments), *others)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=pytest.mark.slow) if n in HEAVY else n for n in PROGRAMS]
)
def test_gradients_and_tangents(name):
    f, arguments = PROGRAMS[name]
    value, (bar,) = run(Generated, f, arguments, 1.0)
    assert np.isclose(value, f(*fresh(arguments)), rtol=1e-13)
    want = differences(f, arguments, 0)
    assert np.allclose(bar, want, rtol=1e-7, atol=1e-7)
    v = np.cos(np.arange(1.0, 1.0 + bar.size)).reshape(bar.shape)
    value, dot = run(GeneratedTangent, f, arguments, v)
    assert np.isclose(value, f(*fresh(arguments)), rtol=1e-13)
    assert np.isclose(dot, np.sum(v * bar), rtol=1e-11)


@pytest.mark.parametrize("name", ["spectrum", "heston", "mandelbrot", "chosen", "phasor_fit"])
def test_hessian_products(name):
    f, arguments = PROGRAMS[name]
    x, *others = fresh(arguments)
    v = np.cos(np.arange(1.0, 1.0 + x.size))
    found = run(Generated, f, arguments, v, 1.0, along=True)
    pullback = executable(Generated(f, [typeof(a) for a in arguments], (0,)))

    def slope(t):
        return pullback(x + t * v, *others, 1.0)[1][0]

    h = 1e-4
    want = (slope(-2 * h) - 8 * slope(-h) + 8 * slope(h) - slope(2 * h)) / (12 * h)
    bars = found[0] if isinstance(found[0], np.ndarray) else found[-1]
    assert np.allclose(bars, want, rtol=1e-7, atol=1e-7)


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["source", "forward", "tape"])
@pytest.mark.parametrize("name", COMPILED)
def test_compiled(name, mode):
    f, arguments = PROGRAMS[name]
    f = numba.njit(f)
    want = run(Generated, f, arguments, 1.0)[1][0]
    assert np.allclose(fastad.grad(f, mode=mode)(*fresh(arguments)), want, rtol=1e-11)
    if name in ("spectrum", "roots"):
        found = fastad.hessian(f, mode=mode)(*fresh(arguments))
        x, *others = fresh(arguments)
        for k, e in enumerate(np.eye(x.size)):
            above, below = (
                run(Generated, f, [x + h * e, *others], 1.0)[1][0] for h in (1e-5, -1e-5)
            )
            assert np.allclose(found[k], (above - below) / 2e-5, rtol=1e-6, atol=1e-6)


def a_list(x):
    z = [1j * x[0], x[1] + 0j]
    return z[0].imag + abs(z[1])


def a_comprehension(x):
    z = [v * 1j for v in x]
    return abs(z[0])


def a_condition(x):
    z = 1j * x[0]
    return x[0] if z else x[1]


def solved(x):
    a = np.eye(2) + 0j
    return np.abs(np.linalg.solve(a, x[:2] + 0j))[0]


def transformed(x):
    return np.abs(np.fft.fft(x))[0]


def written(x, w):
    w[0] = x[0]
    return abs(w[0])


def written_as_a_view(x, w):
    v = w[1:]
    v[0] += 1j * x[0]
    return abs(w[1])


@numba.njit
def counted(k):
    return k + 1


def indexed(x):
    z = x * 1j
    return z[counted(1)].imag


@numba.njit
def recursive(z, n):
    return z if n == 0 else recursive(z * 0.5j, n - 1)


def recursion(x):
    return abs(recursive(1j * x[0], 3))


@fastad.custom_jvp
def with_rule(z):
    return abs(z)


@with_rule.defjvp
def with_rule_jvp(primals, tangents):
    return abs(primals[0]), 0.0


def ruled(x):
    return with_rule(1j * x[0])


def unpacked(x):
    a, b = x[:2] * 1j
    return abs(a * b)


def over_a_tuple(x):
    s = 0j
    for z in (1j * x[0], x[1] + 0j):
        s += z
    return abs(s)


def compared(x):
    z = x * 1j
    return np.sum(x[z == 1j])


def of_a_matrix(x):
    return abs(np.array([[1j * x[0], 0j], [0j, 1j]])[0, 0])


def in_place(x):
    z = x * 1j
    z[1:] *= z[:-1]
    return abs(z[1])


def narrow(x):
    z = np.zeros(2, dtype=np.complex64)
    z[0] = x[0]
    return abs(z[0])


def narrow_data(x, w):
    return abs(w[0]) * x[0]


W = np.array([1j, 2.0, 1.0])


@pytest.mark.parametrize(
    ("f", "others", "words"),
    [
        (a_list, (), "a list of complex numbers; use an array"),
        (a_comprehension, (), "list"),
        (a_condition, (), "z as a condition; write z != 0"),
        (solved, (), "np.linalg.solve"),
        (transformed, (), "Unknown attribute 'fft'"),
        (written, (W,), "a write into a complex array that is passed, or is global"),
        (written_as_a_view, (W,), "a write into a complex array that is passed, or is global"),
        (indexed, (), r"z\[counted\(1\)\]: give the index a name before"),
        (recursion, (), "passed as a whole; pass its parts"),
        (ruled, (), "passed as a whole; pass its parts"),
        (unpacked, (), "an array of complex numbers is unpacked; index it"),
        (over_a_tuple, (), "a loop over a tuple or a list of complex numbers"),
        (compared, (), "arrays of complex numbers are compared; write a loop"),
        (of_a_matrix, (), "a matrix of complex numbers; fill it"),
        (in_place, (), "combined in place with another part of it; copy it first"),
        (narrow, (), "complex64 numbers are not differentiated; use complex128"),
        (narrow_data, (W.astype(np.complex64),), "complex64 numbers are not differentiated"),
    ],
    ids=lambda v: getattr(v, "__name__", ""),
)
def test_refusals(f, others, words):
    with pytest.raises(Unsupported, match=words) as said:
        run(Generated, f, [X, *others], 1.0)
    assert said.value.line
    assert said.value.file


def complex_result(x):
    return 1j * x[0]


def complex_and_real(x):
    return 1j * x[0], x[1]


def test_results_and_arguments_are_real():
    with pytest.raises(TypeError, match="return real and imaginary parts as floats"):
        fastad.jacobian(numba.njit(complex_result))(X)
    with pytest.raises(TypeError, match="complex_and_real returns complex numbers; return their"):
        fastad.vjp(numba.njit(complex_and_real))(X, (1.0, 1.0))
    with pytest.raises(TypeError, match="pass real and imaginary parts as floats"):
        fastad.grad(numba.njit(narrow_data), argnums=1)(X, W)


def escape(c, steps):
    point = complex(c[0], c[1])
    z = 0j
    for _ in range(steps):
        z = z * z + point
        if abs(z) > 2.0:
            break
    return abs(z)


def test_the_guide_shows_the_real_program():
    program = lower(escape, [typeof(X), typeof(3)], Namer(known_objects()))
    guide = Path(__file__).parents[3] / "docs" / "source_transformation.md"
    assert f"```\n{source(program.body)}\n```\n" in guide.read_text()
