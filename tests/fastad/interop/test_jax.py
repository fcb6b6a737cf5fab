"""Functions bridged to JAX give what the same functions written in JAX give."""

import numpy as np
import pytest
from bridged import POINT, bent, chain, energy, overwriting

jax = pytest.importorskip("jax")
jnp = jax.numpy

from fastad.interop import to_jax  # noqa: E402

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:::(?!fastad)")]


def energy_in_jax(x, a, n):
    return a * jnp.sum((x[1:] - x[:-1]) ** n) + jnp.sum(jnp.sin(a * x))


def bent_in_jax(x, a, n):
    return a * x**n + x[0] * jnp.cos(x)


ENERGY, BENT = to_jax(energy), to_jax(bent, result_shape=lambda x, a, n: x.shape)
BENT_FORWARD = to_jax(bent, result_shape=(4,), forward=True)


@pytest.fixture(autouse=True)
def wide():
    """Let JAX have float64, in these tests only."""
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield
    jax.config.update("jax_enable_x64", before)


def assert_same(found, wanted, rtol=1e-12):
    found, wanted = jax.tree.leaves(found), jax.tree.leaves(wanted)
    assert [(a.shape, a.dtype) for a in found] == [(a.shape, a.dtype) for a in wanted]
    for a, b in zip(found, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)


FLOAT = {
    "value": lambda f: f,
    "grad": lambda f: jax.grad(f, (0, 1)),
    "of_something_else": lambda f: jax.grad(lambda x, a, n: jnp.exp(f(x**2, a, n) / 9.0), (0, 1)),
    "jvp": lambda f: lambda x, a, n: jax.jvp(lambda x, a: f(x, a, n), (x, a), (2.0 * x, 3.0)),
    "jacfwd": lambda f: jax.jacfwd(f, (0, 1)),
    "jacrev": lambda f: jax.jacrev(f, (0, 1)),
    "hessian": lambda f: jax.hessian(f, (0, 1)),
    "mixed": lambda f: jax.jacfwd(jax.grad(f), 1),
    "forward_twice": lambda f: jax.jacfwd(jax.jacfwd(f)),
}


@pytest.mark.parametrize("jitted", [False, True], ids=["eager", "jit"])
@pytest.mark.parametrize("name", FLOAT)
def test_a_float(name, jitted):
    found, wanted = FLOAT[name](ENERGY), FLOAT[name](energy_in_jax)
    if jitted:
        found, wanted = jax.jit(found), jax.jit(wanted)
    assert_same(found(POINT, 1.3, 3), wanted(POINT, 1.3, 3))


ARRAY = {
    "value": lambda f: f,
    "grad": lambda f: jax.grad(lambda *q: jnp.sum(f(*q) ** 2), (0, 1)),
    "jacrev": lambda f: jax.jacrev(f, (0, 1)),
}


@pytest.mark.parametrize("jitted", [False, True], ids=["eager", "jit"])
@pytest.mark.parametrize("name", ARRAY)
def test_an_array_in_reverse_mode(name, jitted):
    found, wanted = ARRAY[name](BENT), ARRAY[name](bent_in_jax)
    if jitted:
        found, wanted = jax.jit(found), jax.jit(wanted)
    assert_same(found(POINT, 1.3, 2), wanted(POINT, 1.3, 2))


@pytest.mark.parametrize("of", [jax.jacfwd, lambda f, k: FLOAT["jvp"](f)], ids=["jacfwd", "jvp"])
def test_an_array_in_forward_mode(of):
    found, wanted = jax.jit(of(BENT_FORWARD, (0, 1))), of(bent_in_jax, (0, 1))
    assert_same(found(POINT, 1.3, 2), wanted(POINT, 1.3, 2))


ROWS = np.outer([1.0, 2.0, -0.5], POINT)
BATCHES = {
    "value": (lambda f: jax.vmap(f, (0, None, None)), (ROWS, 1.3, 2)),
    "hessian": (lambda f: jax.vmap(jax.hessian(f), (0, None, None)), (ROWS, 1.3, 2)),
    "all pairs": (
        lambda f: jax.vmap(jax.vmap(jax.grad(f, (0, 1)), (0, None, None)), (None, 0, None)),
        (ROWS, np.array([0.5, 1.5]), 2),
    ),
    "nothing": (lambda f: jax.vmap(f, (0, None, None)), (ROWS[:0], 1.3, 2)),
}


@pytest.mark.parametrize("name", BATCHES)
def test_vmap(name):
    of, arguments = BATCHES[name]
    assert_same(jax.jit(of(ENERGY))(*arguments), of(energy_in_jax)(*arguments))


def test_a_tuple_of_floats_is_an_array():
    found = jax.jacrev(to_jax(chain), (0, 1))(POINT[:2], 2.0)
    wanted = jax.jacrev(lambda x, a: jnp.array([a * x[0] * x[1], jnp.exp(x[0])]), (0, 1))
    assert_same(found, wanted(POINT[:2], 2.0))


@pytest.mark.parametrize("x64", [True, False])
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_narrow_floats_stay_narrow(dtype, x64):
    jax.config.update("jax_enable_x64", x64)
    x, a = jnp.asarray(POINT, dtype), jnp.asarray(1.5, dtype)
    value, slopes = jax.value_and_grad(ENERGY, (0, 1))(x, a, 2)
    assert {value.dtype, slopes[0].dtype, slopes[1].dtype} == {jnp.dtype(dtype)}
    rounded = np.asarray(x).astype(np.float64)
    jax.config.update("jax_enable_x64", True)
    wanted = jax.value_and_grad(energy_in_jax, (0, 1))(rounded, 1.5, 2)
    rtol = 2e-7 if dtype == "float32" else 1e-2
    for got, w in zip(jax.tree.leaves((value, slopes)), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(np.asarray(got).astype(float), w, rtol=rtol)


def test_without_x64_all_is_float32():
    jax.config.update("jax_enable_x64", False)
    value, slope = jax.value_and_grad(ENERGY)(POINT, 1.3, 2)
    assert (value.dtype, slope.dtype) == (jnp.float32, jnp.float32)


def test_what_a_function_writes_into_its_arguments_is_not_seen():
    x = jnp.asarray(POINT)
    for _ in range(2):
        value, slope = jax.value_and_grad(to_jax(overwriting))(x, 3.0)
        assert_same((value, slope), (3.0 * jnp.sum(x**2), 6.0 * x))
    np.testing.assert_array_equal(x, POINT)


def test_only_what_jax_differentiates_is_asked_of_fastad():
    from fastad.interop.jax import _InJax

    bridged = _InJax(energy, None, False)
    jax.grad(bridged.call, 1)(POINT, 1.3, 2)
    assert list(bridged.bridge._drivers) == [("value_and_grad", (1,))]


def test_the_shape_of_an_array_is_that_of_the_first_call():
    f = to_jax(bent)
    with pytest.raises(ValueError, match="shape of what bent returns is not known"):
        jax.jit(f)(POINT, 1.3, 2)
    f(POINT, 1.3, 2)
    assert_same(jax.jit(f)(POINT, 1.3, 2), bent_in_jax(POINT, 1.3, 2))
    with pytest.raises(ValueError, match="is not known"):
        jax.jit(f)(POINT[:3], 1.3, 2)
    assert jax.grad(lambda x: f(x, 1.3, 2).sum())(POINT[:3]).shape == (3,)  # jit has no part in it


def test_a_wrong_result_shape_is_an_error():
    f = to_jax(bent, result_shape=(3,))
    with pytest.raises(Exception, match=r"returned the shape \(4,\), expected \(3,\)"):
        jax.block_until_ready(jax.jit(f)(POINT, 1.3, 2))


def test_large_arrays_pass():
    x = np.linspace(0.0, 1.0, 1_000_000)
    slope = jax.jit(jax.grad(lambda x: ENERGY(x + 0.0, 1.3, 2)))(x)
    assert_same(slope, jax.grad(energy_in_jax)(x, 1.3, 2), rtol=1e-9)


def test_a_training_loop_under_jit():
    @jax.jit
    def step(x):
        value, slope = jax.value_and_grad(lambda x: jnp.log1p(ENERGY(x, 0.5, 2)) ** 2)(x)
        return x - 0.1 * slope, value

    x, values = jnp.asarray(POINT), []
    for _ in range(200):
        x, value = step(x)
        values.append(float(value))
    assert values[-1] < 1e-6 < values[0]


def test_further_derivatives_are_refused():
    with pytest.raises(NotImplementedError, match="energy has no further derivatives in JAX"):
        jax.jacfwd(jax.hessian(ENERGY))(POINT, 1.3, 2)
    with pytest.raises(NotImplementedError, match="bent has no further derivatives in JAX"):
        jax.jacrev(jax.jacrev(BENT))(POINT, 1.3, 2)
    with pytest.raises(ValueError, match="do not support transpose"):
        jax.jacrev(jax.grad(ENERGY))(POINT, 1.3, 2)
    with pytest.raises(TypeError, match="forward-mode"):
        jax.jacfwd(BENT)(POINT, 1.3, 2)


def test_complex_arguments_are_data():
    def power(z, a):
        return a * np.sum(z.real**2 + z.imag)

    z = jnp.asarray(POINT + 1j)
    assert_same(jax.grad(to_jax(power), 1)(z, 2.0), jnp.sum(z.real**2 + 1.0))
    with pytest.raises(TypeError, match="argument 0 is complex, and complex arguments are data"):
        jax.grad(lambda x: to_jax(power)(x + 1j, 2.0))(POINT)
    to_array = to_jax(lambda z: z.real**2, result_shape=(4,))
    with pytest.raises(TypeError, match="argument 0 is complex, and complex arguments are data"):
        jax.grad(lambda x: to_array(x + 1j).sum())(POINT)


def test_bad_input_is_refused():
    with pytest.raises(TypeError, match="to_jax takes an @njit function"):
        to_jax(3)
    with pytest.raises(TypeError, match="result_shape must be, or return, a tuple of ints, got 3"):
        to_jax(bent, result_shape=3)
    with pytest.raises(TypeError, match="forward must be True or False, got 1"):
        to_jax(bent, forward=1)
    with pytest.raises(TypeError, match=r"energy\(x, a, n\) got 1 arguments"):
        ENERGY(POINT)
    with pytest.raises(TypeError, match=r"argument 0 \('x'\) must be a number or an array"):
        ENERGY((1.0, 2.0), 1.3, 2)
    with pytest.raises(TypeError, match="must return a float, an array of floats or a tuple"):
        to_jax(lambda x: len(x))(POINT)
    with pytest.raises(TypeError, match=r"np.linalg.qr|qr"):
        jax.grad(to_jax(lambda x: np.linalg.qr(x)[1][0, 0]))(np.eye(2))
