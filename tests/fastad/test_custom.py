import math
import os
import pickle
import subprocess
import sys
import textwrap

import numba
import numpy as np
import pytest

import fastad
from fastad import derivative, grad, hessian, hvp, jacobian, value_and_grad
from fastad.custom import rule_of


@fastad.custom_jvp
def rounded(x):
    """The nearest integer, with the derivative of the identity ("straight through")."""
    return np.floor(x + 0.5)


@rounded.defjvp
def rounded_jvp(primals, tangents):
    return rounded(primals[0]), tangents[0]


@fastad.custom_jvp
def power(x, n, scale):
    """Scaled powers of the items, by a rule that says 1000 where it is asked by scale."""
    y = np.empty_like(x)
    for i in range(x.size):
        y[i] = scale * x[i] ** n
    return y


@power.defjvp
def power_jvp(primals, tangents):
    x, n, scale = primals
    x_dot, _, scale_dot = tangents
    y_dot = np.empty_like(x_dot)
    for i in range(x.size):
        y_dot[i] = n * scale * x[i] ** (n - 1) * x_dot[i] + 1000.0 * scale_dot
    return power(x, n, scale), y_dot


@fastad.custom_vjp
def clipped(x, bound):
    """The norm of x and its square; derivatives by x only where the norm is under a bound."""
    s = 0.0
    for v in x:
        s += v * v
    return math.sqrt(s), s


def clipped_fwd(x, bound):
    r = clipped(x, bound)
    return r, (x, r[0], bound)


def clipped_bwd(residuals, r_bar):
    x, r, bound = residuals
    factor = r_bar[0] / r + 2.0 * r_bar[1] if r < bound else 0.0 * r
    return factor * x, None


clipped.defvjp(clipped_fwd, clipped_bwd)


def uses_clipped(x):
    r, s = clipped(x * 1.0, 100.0)
    return r * s  # |x|**3


def uses_power(x, scale):
    return np.sum(power(x, 3, scale) * x)


def test_the_function_is_what_it_was():
    assert rounded(2.6) == 3.0
    np.testing.assert_array_equal(power(np.array([2.0, 3.0]), 2, 10.0), [40.0, 90.0])
    assert numba.njit(lambda x: rounded(x) + 1.0)(0.7) == 2.0
    assert clipped(np.array([3.0, 4.0]), 1.0) == (5.0, 25.0)
    assert pickle.loads(pickle.dumps(rounded)) is rounded


def test_a_rule_replaces_the_derivative_of_a_number():
    def f(x):
        return rounded(x) * x

    assert derivative(f)(2.6) == 2.6 + 3.0
    assert derivative(derivative(f))(2.6) == 2.0
    assert grad(f, mode="tape")(2.6) == 2.6 + 3.0
    assert derivative(rounded)(0.3) == 1.0


@pytest.mark.parametrize("mode", ["forward", "tape"])
def test_a_jvp_rule_of_an_array(mode):
    x = np.array([1.0, -2.0, 0.5])
    value, (x_bar, scale_bar) = value_and_grad(uses_power, (0, 1), mode=mode)(x, 2.0)
    assert value == pytest.approx(2.0 * np.sum(x**4), rel=1e-15)
    np.testing.assert_allclose(x_bar, 8.0 * x**3, rtol=1e-15)
    assert scale_bar == pytest.approx(1000.0 * x.sum(), rel=1e-15)


@pytest.mark.parametrize("mode", ["forward", "tape"])
def test_a_vjp_rule_with_a_tuple_for_result(mode):
    x = np.array([1.0, -2.0, 2.0])
    np.testing.assert_allclose(grad(uses_clipped, mode=mode)(x), 9.0 * x, rtol=1e-15)
    far = 1e3 * x
    np.testing.assert_array_equal(grad(uses_clipped, mode=mode)(far), np.zeros(3))


def test_second_derivatives_by_the_rules():
    x = np.array([1.0, -2.0, 2.0])
    wanted = 9.0 * np.eye(3) + np.outer(x, x)  # 3 |x| I + 3 x xT / |x|
    h = hessian(uses_clipped, mode="forward")(x)
    np.testing.assert_allclose(h, wanted, rtol=1e-14, atol=1e-14)
    product = hvp(uses_clipped, mode="tape")(x, x)
    np.testing.assert_allclose(product, wanted @ x, rtol=1e-14)
    # The 1000 enters by scale alone, and its own derivative is zero.
    h = hessian(uses_power, mode="forward")(x, 2.0)
    np.testing.assert_allclose(h, np.diag(24.0 * x**2), rtol=1e-14)


def test_jacobians_of_functions_with_rules():
    x = np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(jacobian(power)(x, 2, 3.0), np.diag(6.0 * x), rtol=1e-15)
    r = math.sqrt(np.sum(x * x))
    np.testing.assert_allclose(jacobian(clipped)(x, 100.0), [x / r, 2 * x], rtol=1e-15)


straight = derivative(lambda x: rounded(x) * x)


@numba.njit(parallel=True)
def slopes(x):
    out = np.empty_like(x)
    for i in numba.prange(x.size):
        out[i] = straight(x[i])
    return out


def test_in_prange():
    x = np.linspace(0.0, 5.0, 50)
    np.testing.assert_array_equal(slopes(x), x + np.floor(x + 0.5))


def test_rules_can_be_read():
    assert rule_of(rounded).jvp.py_func is rounded_jvp
    assert rule_of(clipped).bwd.py_func is clipped_bwd
    assert rule_of(power_jvp) is None


def test_what_is_refused():
    @fastad.custom_jvp
    def bare(x):
        return x

    with pytest.raises(TypeError, match="bare has no rule yet"):
        derivative(bare)(1.0)
    with pytest.raises(TypeError, match=r"must take \(primals, tangents\), but has 1 param"):
        bare.defjvp(lambda x: x)
    with pytest.raises(TypeError, match=r"must take \(x\), but has 2 parameters"):
        bare.defvjp(lambda x, y: x, lambda r, bar: bar)
    bare(1.0)
    with pytest.raises(RuntimeError, match="has been called already"):
        bare.defjvp(lambda primals, tangents: (primals[0], tangents[0]))
    with pytest.raises(TypeError, match="a function is needed"):
        fastad.custom_vjp(3.0)


ENGINES = ["source", "forward", "tape"]


@pytest.mark.parametrize("mode", ENGINES)
def test_none_is_a_cotangent_of_zeros(mode):
    g = grad(lambda b: clipped(np.ones(2) * b, 3.0 * b)[0], mode=mode)
    assert g(2.0) == pytest.approx(math.sqrt(2.0), rel=1e-15)


def _by_cotangent(of_x, of_y=lambda r, bar: bar * np.sum(r[0])):
    of_x_compiled, of_y_compiled = numba.njit(of_x), numba.njit(of_y)

    @fastad.custom_vjp
    def mass(x, y):
        return np.sum(x) * y

    mass.defvjp(
        lambda x, y: (np.sum(x) * y, (x, y)),
        lambda r, bar: (of_x_compiled(r, bar), of_y_compiled(r, bar)),
    )
    return lambda x: mass(1.0 * x, x[0])


def _by_tangent(of_product):
    of_product_compiled = numba.njit(of_product)

    @fastad.custom_jvp
    def product(x, y):
        return x * y

    product.defjvp(lambda p, t: (p[0] * p[1], of_product_compiled(p, t)))
    return lambda x: np.sum(product(1.0 * x, x[0]))


@pytest.mark.parametrize("mode", ENGINES)
@pytest.mark.parametrize(
    "f",
    [
        _by_cotangent(lambda r, bar: bar * r[1]),
        _by_cotangent(lambda r, bar: bar * r[1] * np.ones(1)),
        _by_cotangent(lambda r, bar: bar * r[1] * np.ones(5)),
        _by_cotangent(lambda r, bar: bar * r[1] * np.ones((3, 1))),
        _by_cotangent(lambda r, bar: bar * r[1] * np.ones(3), lambda r, bar: bar * np.ones(1)),
        _by_tangent(lambda p, t: 1.0),
        _by_tangent(lambda p, t: np.ones(1)),
        _by_tangent(lambda p, t: np.ones(5)),
        _by_tangent(lambda p, t: np.ones((3, 1))),
    ],
)
def test_what_a_rule_gives_has_a_shape(f, mode):
    """Items beyond it were read, or written, outside of the arrays."""
    with pytest.raises((TypeError, ValueError), match=r"^fastad: a rule must give a tangent in"):
        grad(f, mode=mode)(np.array([2.0, 5.0, 7.0]))


def test_a_rule_is_defined_before_a_driver_is_called():
    @fastad.custom_jvp
    def f(x):
        return x * x

    g = grad(f)
    f.defjvp(lambda primals, tangents: (primals[0] ** 2, 10.0 * tangents[0]))
    f.defjvp(lambda primals, tangents: (primals[0] ** 2, 20.0 * tangents[0]))
    assert g(1.0) == 20.0
    with pytest.raises(RuntimeError, match="has been called already"):
        f.defjvp(lambda primals, tangents: (primals[0] ** 2, 30.0 * tangents[0]))


@fastad.custom_jvp
def times_first(p, x):
    return p[0] * x


@times_first.defjvp
def times_first_jvp(primals, tangents):
    p, x = primals
    return p[0] * x, p[0] * tangents[1]


@pytest.mark.parametrize("mode", ["auto", "source", "forward", "tape"])
def test_a_rule_has_no_tangent_of_a_tuple(mode):
    assert grad(lambda p, x: times_first(p, x), 1, mode="forward")((3.0, 2.0), 5.0) == 3.0
    with pytest.raises(TypeError, match="pass its parts"):
        grad(lambda u, x: times_first((u, 2.0), x), (0, 1), mode=mode)(3.0, 5.0)


CACHED = """
import fastad

@fastad.custom_jvp
def f(x):
    return x

@f.defjvp
def f_jvp(primals, tangents):
    return f(primals[0]), {slope} * tangents[0]

def h(x):
    return f(x) * x

g = fastad.derivative(fastad.derivative(h))
print(g(2.0), sum(g.stats.cache_hits.values()))
"""


def run(folder, slope):
    path = folder / "program.py"
    path.write_text(textwrap.dedent(CACHED).format(slope=slope))
    environment = os.environ | {"FASTAD_CACHE_DIR": str(folder / "cache")}
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=120, env=environment
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_changed_rule_is_not_found_in_the_cache(tmp_path):
    assert run(tmp_path, 3.0) == ["6.0", "0"]
    assert run(tmp_path, 3.0) == ["6.0", "1"]
    assert run(tmp_path, 5.0) == ["10.0", "0"]


def test_source_transformation_calls_a_rule():
    def total(x):
        s = 0.0
        for v in x:
            s += rounded(v) * v
        return s

    x = np.array([2.6, 0.4])
    g = grad(total, mode="source")
    np.testing.assert_array_equal(g(x), x + np.floor(x + 0.5))
