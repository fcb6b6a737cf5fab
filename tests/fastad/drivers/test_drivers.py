import functools
import math
import os
import subprocess
import sys
import textwrap
import types

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fastad

# Forward mode here; test_modes.py has the others and the choice between them.
derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp = (
    functools.partial(getattr(fastad, name), mode="forward")
    for name in ("derivative", "grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp")
)


def textbook(x1, x2):
    """The example of every text on automatic differentiation."""
    return x1 * x2 + math.sin(x1)


@numba.njit
def rosenbrock(x):
    total = 0.0
    for i in range(x.size - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total


def rosenbrock_gradient(x):
    g = np.zeros_like(x)
    g[:-1] += -400.0 * x[:-1] * (x[1:] - x[:-1] ** 2) - 2.0 * (1.0 - x[:-1])
    g[1:] += 200.0 * (x[1:] - x[:-1] ** 2)
    return g


def rosenbrock_hessian(x):
    n = x.size
    h = np.zeros((n, n))
    i = np.arange(n - 1)
    h[i, i] += 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
    h[i + 1, i + 1] += 200.0
    h[i, i + 1] = h[i + 1, i] = -400.0 * x[:-1]
    return h


def test_the_textbook_function():
    x1, x2 = 2.0, 3.0
    wanted = (x2 + math.cos(x1), x1)
    assert derivative(textbook)(x1, x2) == wanted[0]
    assert derivative(textbook, argnums=1)(x1, x2) == wanted[1]
    assert grad(textbook, argnums=(0, 1))(x1, x2) == wanted
    assert grad(textbook, argnums=(1, 0))(x1, x2) == wanted[::-1]
    assert value_and_grad(textbook, argnums=(0, 1))(x1, x2) == (textbook(x1, x2), wanted)
    value, along = jvp(textbook, argnums=(0, 1))(x1, x2, 1.0, -1.0)
    assert value == textbook(x1, x2)
    assert along == pytest.approx(wanted[0] - wanted[1], rel=1e-14)
    twice = (2 * wanted[0], 2 * wanted[1])
    assert vjp(textbook, argnums=(0, 1))(x1, x2, 2.0)[1] == pytest.approx(twice, rel=1e-15)
    assert jacobian(textbook)(x1, x2) == wanted[0]
    assert hessian(textbook)(x1, x2) == -math.sin(x1)
    assert hvp(textbook, argnums=(0, 1))(x1, x2, 1.0, 2.0) == (-math.sin(x1) + 2.0, 1.0)


def test_second_derivatives_of_namesakes_are_not_taken_for_each_other():
    def first():
        def f(x):
            return x * math.sin(x)

        return derivative(derivative(f))

    def second():
        def f(x):
            return math.exp(2.0 * x)

        return derivative(derivative(f))

    assert first()(1.0) == pytest.approx(2 * math.cos(1.0) - math.sin(1.0))
    assert second()(1.0) == pytest.approx(4 * math.exp(2.0))
    assert first()(1.0) == pytest.approx(2 * math.cos(1.0) - math.sin(1.0))


@pytest.mark.parametrize("n", [2, 3, 8, 9, 50, 1000])
def test_rosenbrock_gradient(n):
    x = np.random.default_rng(n).normal(size=n)
    value, gradient = value_and_grad(rosenbrock)(x)
    assert value == rosenbrock(x)
    np.testing.assert_allclose(gradient, rosenbrock_gradient(x), rtol=1e-13, atol=1e-11)


@pytest.mark.parametrize("n", [2, 3, 4, 5, 30])
def test_rosenbrock_hessian(n):
    x = np.random.default_rng(n).normal(size=n)
    h = hessian(rosenbrock)(x)
    np.testing.assert_allclose(h, rosenbrock_hessian(x), rtol=1e-13, atol=1e-11)
    np.testing.assert_array_equal(h, h.T)
    v = np.random.default_rng(0).normal(size=n)
    np.testing.assert_allclose(hvp(rosenbrock)(x, v), h @ v, rtol=1e-12, atol=1e-10)


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 7, 16])
def test_chunk_size_changes_nothing(chunk_size):
    x = np.linspace(-1.0, 1.0, 7)
    wanted = rosenbrock_gradient(x)
    got = grad(rosenbrock, chunk_size=chunk_size)(x)
    np.testing.assert_allclose(got, wanted, rtol=1e-13, atol=1e-12)
    h = hessian(rosenbrock, chunk_size=min(chunk_size, 5))(x)
    np.testing.assert_allclose(h, rosenbrock_hessian(x), rtol=1e-13, atol=1e-12)


def weighted(x, power, data, scale, flag):
    total = 0.0
    for row in data:
        s = scale
        for j in range(len(x)):
            s += (row[j] * x[j]) ** power
        total += math.log(s) if flag else s
    return total


def test_arguments_of_every_kind():
    x, data = np.array([1.0, 2.0]), np.arange(6.0).reshape(3, 2)
    x_bar, scale_bar = grad(weighted, argnums=(0, 3))(x, 2, data, 1.0, True)
    s = 1.0 + ((data * x) ** 2).sum(1)
    np.testing.assert_allclose(x_bar, (2 * data**2 * x / s[:, None]).sum(0), rtol=1e-14)
    assert scale_bar == pytest.approx((1 / s).sum(), rel=1e-14)
    data_bar = grad(weighted, argnums=-3)(x, 2, data, 1.0, False)
    np.testing.assert_allclose(data_bar, 2 * data * x**2, rtol=1e-14)


def squares_in_place(x):
    for i in range(x.size):
        x[i] = x[i] * x[i]
    return x.sum()


def test_arguments_written_in_place_stay_as_they_were():
    x = np.arange(1.0, 12.0)
    np.testing.assert_array_equal(grad(squares_in_place)(x), 2.0 * np.arange(1.0, 12.0))
    np.testing.assert_array_equal(x, np.arange(1.0, 12.0))


def matrix_map(x, a):
    return a @ (x * x) + x[0]


def test_jacobian_shapes_and_duality():
    rng = np.random.default_rng(0)
    x, a = rng.normal(size=11), rng.normal(size=(3, 11))
    j = jacobian(matrix_map)(x, a)
    wanted = 2.0 * a * x
    wanted[:, 0] += 1.0
    np.testing.assert_allclose(j, wanted, rtol=1e-14)
    assert jacobian(matrix_map, argnums=1)(x, a).shape == (3, 3, 11)
    v, w = rng.normal(size=11), rng.normal(size=3)
    value, along = jvp(matrix_map)(x, a, v)
    np.testing.assert_allclose(value, matrix_map(x, a), rtol=1e-14)
    value, back = vjp(matrix_map)(x, a, w)
    np.testing.assert_allclose(value, matrix_map(x, a), rtol=1e-14)
    assert w @ along == pytest.approx(back @ v, rel=1e-13)


def curve(t):
    return math.cos(t), math.sin(t), 1.0


def test_results_that_are_tuples_and_constants():
    assert derivative(curve)(0.5) == (-math.sin(0.5), math.cos(0.5), 0.0)
    np.testing.assert_array_equal(jacobian(curve)(0.0), [0.0, 1.0, 0.0])


def test_a_result_that_does_not_depend_on_the_argument_has_derivative_zero():
    assert derivative(lambda x: 3.0)(1.0) == 0.0
    np.testing.assert_array_equal(grad(lambda x: 3.0)(np.ones(3)), np.zeros(3))
    np.testing.assert_array_equal(hessian(lambda x: 3.0)(np.ones(2)), np.zeros((2, 2)))
    np.testing.assert_array_equal(
        jacobian(lambda x, y: y)(np.ones(2), np.ones(3)), np.zeros((3, 2))
    )
    np.testing.assert_array_equal(grad(lambda x: 1.0 * x.size)(np.ones(2)), np.zeros(2))


def test_empty_arrays():
    value, gradient = value_and_grad(lambda x: x.sum() + 2.0)(np.empty(0))
    assert (value, gradient.shape) == (2.0, (0,))


# ---- Nesting: perturbations are not confused ----

inner_constant = derivative(lambda y, x: x)
inner_sum = derivative(lambda y, x: x + y)
inner_product = derivative(lambda y, x: x * y * y)


def test_perturbation_confusion():
    # d/dx (x d/dy (x + y)) = 1, the classical example (Siskind and Pearlmutter 2005).
    assert derivative(lambda x: x * inner_sum(1.0, x))(3.0) == 1.0
    assert derivative(lambda x: x * inner_constant(1.0, x))(3.0) == 0.0
    # d/dx (x * 2 x y) at y = x: the total derivative of 2 x**3.
    assert derivative(lambda x: x * inner_product(x, x))(3.0) == 54.0


def test_derivatives_of_derivatives():
    f = lambda x: math.exp(2.0 * x)  # noqa: E731
    for order in range(1, 4):
        f = derivative(f)
        assert f(0.3) == pytest.approx(2.0**order * math.exp(0.6), rel=1e-13)


gradient_norm_source = grad(rosenbrock)


def test_gradient_of_a_function_of_a_gradient():
    def norm(x):
        g = gradient_norm_source(x)
        return (g * g).sum() / 2

    x = np.array([0.5, -0.3, 0.8])
    wanted = rosenbrock_hessian(x) @ rosenbrock_gradient(x)
    np.testing.assert_allclose(grad(norm)(x), wanted, rtol=1e-13)


# ---- From other compiled functions ----

slope = derivative(textbook)
rosenbrock_grad = grad(rosenbrock)


@numba.njit
def newton_sqrt(a):
    x = a
    for _ in range(60):
        x = x - (x * x - a) / square_slope(x)
    return x


square_slope = derivative(lambda x: x * x)


def test_called_from_compiled_code():
    assert newton_sqrt(2.0) == pytest.approx(math.sqrt(2.0), rel=1e-15)


@numba.njit(parallel=True)
def slopes(x):
    out = np.empty_like(x)
    for i in numba.prange(x.size):
        out[i] = slope(x[i], 3.0)
    return out


@numba.njit(parallel=True)
def many_gradients(points):
    out = np.empty_like(points)
    for i in numba.prange(points.shape[0]):
        out[i] = rosenbrock_grad(points[i])
    return out


def test_called_in_prange():
    x = np.linspace(0.0, 1.0, 100)
    np.testing.assert_array_equal(slopes(x), 3.0 + np.cos(x))
    points = np.random.default_rng(0).normal(size=(40, 5))
    wanted = [rosenbrock_gradient(p) for p in points]
    np.testing.assert_allclose(many_gradients(points), wanted, rtol=1e-12, atol=1e-11)


# ---- Properties ----

floats = st.floats(-3.0, 3.0)
expression = value_and_grad(
    lambda x, y: math.exp(math.sin(x * y)) / (1.0 + y * y) + math.hypot(x, 1.0 + y), (0, 1)
)


@settings(max_examples=200, deadline=None)
@given(floats, floats)
def test_against_the_formula(x, y):
    e, h = math.exp(math.sin(x * y)), math.hypot(x, 1.0 + y)
    c, d = e * math.cos(x * y), 1.0 + y * y
    if h < 1e-6:
        return
    wanted = (c * y / d + x / h, c * x / d - 2 * y * e / d**2 + (1.0 + y) / h)
    value, got = expression(x, y)
    assert value == pytest.approx(e / d + h, rel=1e-14)
    assert got == pytest.approx(wanted, rel=1e-12, abs=1e-12)


# ---- What is refused ----


def test_integers_are_refused_with_the_way_out():
    wanted = (
        r"differentiate textbook \(.*test_drivers.py:\d+\) by its argument 'x1' of type int64; "
        r"pass a float \(1\.0, not 1"
    )
    with pytest.raises(TypeError, match=wanted):
        derivative(textbook)(2, 3.0)
    with pytest.raises(TypeError, match=r"x\.astype\(float\)"):
        grad(rosenbrock)(np.arange(3))


def test_wrong_requests_are_refused():
    with pytest.raises(
        ValueError, match="mode must be one of 'auto', 'forward', 'tape', 'source', got 'fast'"
    ):
        grad(rosenbrock, mode="fast")
    with pytest.raises(ValueError, match="argnums 2 is out of range: textbook has the parameters"):
        grad(textbook, argnums=2)
    with pytest.raises(ValueError, match="different arguments"):
        grad(textbook, argnums=(0, -2))
    with pytest.raises(TypeError, match="argnums must be an int"):
        grad(textbook, argnums=1.0)
    with pytest.raises(ValueError, match="chunk_size must be a positive int"):
        grad(rosenbrock, chunk_size=0)
    for no_function in (3.0, math.sin, np.sum, "x".join, functools.partial(pow, 2)):
        with pytest.raises(TypeError, match=r"f must be a function.* wrap what it calls: lambda"):
            grad(no_function)
    with pytest.raises(TypeError, match=r"parameter \*x"):
        grad(lambda *x: x[0])
    with pytest.raises(TypeError, match="use jacobian"):
        grad(matrix_map)(np.ones(2), np.ones((2, 2)))
    with pytest.raises(
        TypeError, match=r"shape of its argument.*jvp\(rosenbrock\) takes \(x, x_dot_\)"
    ):
        jvp(rosenbrock)(np.ones(2), 1.0)
    with pytest.raises(ValueError, match="shape of its argument"):
        jvp(rosenbrock)(np.ones(2), np.ones(3))


@pytest.mark.parametrize("mode", ["auto", "source", "tape", "forward"])
def test_a_cotangent_has_the_shape_of_the_result(mode):
    def squares(x):
        return x * x

    pull, x = vjp(squares, mode=mode), np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(pull(x, np.ones(3))[1], [2.0, 4.0, 6.0])
    for short_or_long in (np.ones(2), np.ones(5), np.ones(1)):
        with pytest.raises(ValueError, match="must have the shape of the result"):
            pull(x, short_or_long)
    if mode == "auto":
        for other in (1.0, np.ones((3, 1))):
            with pytest.raises(TypeError, match="must have the shape of the result, a 1d array"):
                pull(x, other)


def sorts(x):
    return np.angle(x)[0]


def test_an_operation_without_a_rule_is_named_with_its_line():
    with pytest.raises(TypeError) as caught:
        grad(sorts)(np.ones(3))
    assert "angle" in str(caught.value)
    line = sorts.__code__.co_firstlineno + 1
    assert f"line {line} of {__file__}: " in str(caught.value)


def test_the_source_can_be_read():
    g = grad(textbook, argnums=(0, 1))
    assert (g.mode, g.source) == ("forward", "")
    assert g.why.startswith("not called yet")
    g(1.0, 2.0)
    assert "def grad_textbook(x1, x2):" in g.source
    assert (g.mode, g.why) == ("forward", "asked for")


def test_defaults_of_parameters_stay():
    def f(x, a=3.0):
        return a * x

    assert derivative(f)(1.0) == 3.0
    assert derivative(f)(1.0, a=4.0) == 4.0


# ---- The cache on disk ----

CACHED = """
import numba, sys
import numpy as np
import fastad

FACTOR = {factor}

@numba.njit
def helper(x):
    return FACTOR * x * x

def f(x):
    return helper(x)

g = fastad.derivative(f)
print(g(2.0), sum(g.stats.cache_hits.values()))
"""


def run(folder, factor):
    path = folder / "program.py"
    path.write_text(textwrap.dedent(CACHED).format(factor=factor))
    environment = os.environ | {"FASTAD_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_compiled_derivatives_are_cached_and_never_stale(tmp_path):
    assert run(tmp_path, 3.0) == ["12.0", "0"]
    assert run(tmp_path, 3.0) == ["12.0", "1"]
    # A constant that a helper reads has changed: the old code must not be found.
    assert run(tmp_path, 5.0) == ["20.0", "0"]


def test_functions_without_a_lasting_name_are_compiled_afresh():
    class Opaque:
        pass

    from fastad.jit.generated import fingerprint

    thing = Opaque()
    assert fingerprint(lambda x: thing) is None
    assert fingerprint(rosenbrock) == fingerprint(rosenbrock) != fingerprint(sorts)
    typed = {}
    exec("def f(x):\n    return x", typed)
    assert fingerprint(typed["f"]) is None
    assert derivative(typed["f"])(1.0) == 1.0


def test_the_same_function_in_another_module_has_a_cache_of_its_own():
    from fastad.jit.generated import fingerprint

    copied = types.FunctionType(textbook.__code__, textbook.__globals__, "textbook")
    copied.__module__ = "elsewhere"
    assert fingerprint(copied) != fingerprint(textbook)


def test_every_public_name_is_documented():
    for name in fastad.__all__:
        assert getattr(fastad, name).__doc__, name
