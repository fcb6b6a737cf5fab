import inspect
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
from fastad import derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp

N = 40  # above every limit of _by_size


def textbook(x1, x2):
    """The example of every text on automatic differentiation."""
    return x1 * x2 + math.sin(x1)


@numba.njit
def chain(x, a):
    """Neighbours that attract each other: a function of an array and a number."""
    total = 0.0
    for i in range(x.size - 1):
        total += a * math.exp(-((x[i + 1] - x[i]) ** 2))
    return total


def chain_gradient(x, a):
    d = np.diff(x)
    e = np.exp(-(d**2))
    g = np.zeros_like(x)
    g[1:] -= 2 * a * d * e
    g[:-1] += 2 * a * d * e
    return g, e.sum()


@numba.njit
def wide(x, a):
    """Two numbers of any number of variables."""
    y = np.empty_like(x[:2])
    y[0] = y[1] = 0.0 * a
    for i in range(x.size):
        y[i % 2] += a * x[i] ** 2
    return y


@numba.njit
def pair_of_sums(x):
    y = np.empty(2)
    y[0], y[1] = np.sum(x), np.sum(x * x)
    return y


@numba.njit
def pair_of_like(x):
    y = np.empty_like(x)
    y[0], y[1] = np.sum(x), np.sum(x * x)
    return y


def unseen(f):
    """Return a function made of text, whose source the source mode does not find."""
    scope = vars(sys.modules[f.__module__]).copy()
    exec(textwrap.dedent(inspect.getsource(f)), scope)
    return scope[f.__name__]


chain_grad = value_and_grad(chain, (0, 1))
unseen_grad = value_and_grad(unseen(chain.py_func), (0, 1))


def test_the_textbook_function_by_the_tape():
    x1, x2 = 2.0, 3.0
    wanted = (x2 + math.cos(x1), x1)
    both = {"argnums": (0, 1), "mode": "tape"}
    assert value_and_grad(textbook, **both)(x1, x2) == (textbook(x1, x2), wanted)
    wanted = ((-math.sin(x1), 1.0), (1.0, 0.0))
    assert hessian(textbook, **both)(x1, x2) == wanted
    assert hessian(textbook, argnums=(0, 1))(x1, x2) == wanted


def test_one_direction_needs_no_sweep():
    for driver in (derivative, jvp):
        with pytest.raises(TypeError, match=r"textbook .*: the derivative along one direction"):
            driver(textbook, mode="tape")(*(1.0,) * (2 if driver is derivative else 3))
    assert derivative(textbook)(0.0, 1.0) == 2.0


@pytest.mark.parametrize("n", [3, N, 1000])
@pytest.mark.parametrize("auto", [chain_grad, unseen_grad], ids=["source", "by size"])
def test_auto_is_right_at_any_size(auto, n):
    x = np.random.default_rng(n).normal(size=n)
    value, (x_bar, a_bar) = auto(x, 0.7)
    wanted = chain_gradient(x, 0.7)
    assert value == pytest.approx(chain(x, 0.7), rel=1e-15)
    np.testing.assert_allclose(x_bar, wanted[0], rtol=1e-12, atol=1e-14)
    assert a_bar == pytest.approx(wanted[1], rel=1e-13)


def test_auto_says_what_it_takes_and_why():
    unseen_grad(np.ones(3), 1.0)
    assert unseen_grad.mode == "forward or tape"
    assert unseen_grad.why.startswith("forward up to 16 variables, beyond the tape; source: ")
    assert "cannot be found; define it in a file" in unseen_grad.why
    g = hessian(textbook, (0, 1))
    assert (g.mode, g.source) == ("auto", "")
    g(1.0, 2.0)
    assert g.mode == "source"
    assert g.why.startswith("the function's source is taken: its adjoint costs")
    again = pickle.loads(pickle.dumps(g))
    assert again(1.0, 2.0) == g(1.0, 2.0)


def test_one_direction_takes_the_tangent_of_the_source():
    along = jvp(pair_of_sums)
    x, v = np.array([1.0, 2.0]), np.array([0.5, -1.0])
    np.testing.assert_array_equal(along(x, v)[1], [-0.5, -3.0])
    assert along.mode == "source"
    assert jvp(unseen(pair_of_like.py_func))(x, v)[1].tolist() == [-0.5, -3.0]


chain_hessians = {mode: hessian(chain, (0, 1), mode=mode) for mode in ("forward", "auto")}


@pytest.mark.parametrize("n", [3, N])
def test_hessians_of_several_arguments(n):
    x = np.random.default_rng(n).normal(size=n)
    forward, auto = (chain_hessians[mode](x, 0.7) for mode in ("forward", "auto"))
    for ours, theirs in zip(auto, forward, strict=True):
        for block, other in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(block, other, rtol=1e-12, atol=1e-13)
    (xx, xa), (ax, aa) = auto
    np.testing.assert_array_equal(xx, xx.T)
    np.testing.assert_array_equal(xa, ax)
    np.testing.assert_allclose(xa, chain_gradient(x, 1.0)[0], rtol=1e-12, atol=1e-13)
    assert aa == 0.0
    assert np.count_nonzero(xx) == 3 * n - 2


chain_product = hvp(chain)


@pytest.mark.parametrize("n", [3, N])
def test_hessian_vector_products(n):
    x, v = np.random.default_rng(n).normal(size=(2, n))
    wanted = chain_hessians["forward"](x, 0.7)[0][0] @ v
    np.testing.assert_allclose(chain_product(x, 0.7, v), wanted, rtol=1e-11, atol=1e-13)


wide_jacobian, wide_vjp = jacobian(wide, (0, 1)), vjp(wide, (0, 1))


@pytest.mark.parametrize("n", [3, N])
def test_the_jacobian_by_its_shape(n):
    x, w = np.random.default_rng(n).normal(size=n), np.array([1.0, -2.0])
    by_x, by_a = wide_jacobian(x, 0.5)
    wanted = np.zeros((2, n))
    wanted[np.arange(n) % 2, np.arange(n)] = x
    np.testing.assert_allclose(by_x, wanted, rtol=1e-14)
    np.testing.assert_allclose(by_a, wanted @ x, rtol=1e-13)
    value, (x_bar, a_bar) = wide_vjp(x, 0.5, w)
    np.testing.assert_allclose(value, wide(x, 0.5), rtol=1e-15)
    np.testing.assert_allclose(x_bar, w @ wanted, rtol=1e-14)
    assert a_bar == pytest.approx(w @ wanted @ x, rel=1e-13)


def test_a_square_jacobian_of_many_variables_takes_forward_mode_after_all():
    x = np.linspace(0.0, 1.0, N)
    j = jacobian(lambda x: x * x)(x)
    np.testing.assert_allclose(j, np.diag(2 * x), rtol=1e-15)


def test_a_result_that_does_not_depend_on_the_argument_has_derivative_zero():
    value, bar = value_and_grad(lambda x: 3.0, mode="tape")(np.ones((2, 2)))
    assert value == 3.0
    np.testing.assert_array_equal(bar, np.zeros((2, 2)))
    assert not jacobian(lambda x, y: (y, 1.0), mode="tape")(np.ones(2), 3.0).any()


def test_float32_is_differentiated_in_float64():
    x = np.linspace(0.0, 2.0, N, dtype=np.float32)
    for n in (3, N):
        bar = chain_grad(x[:n], np.float32(0.5))[1][0]
        assert bar.dtype == np.float64
        wanted = chain_gradient(x[:n].astype(float), 0.5)[0]
        np.testing.assert_allclose(bar, wanted, rtol=1e-12, atol=1e-15)
    assert derivative(textbook)(np.float32(0.5), 2.0) == 2.0 + math.cos(0.5)


# ---- From compiled code ----


@numba.njit(parallel=True)
def many_gradients(points):
    out = np.empty_like(points)
    for i in numba.prange(points.shape[0]):
        out[i] = chain_grad(points[i], 1.0)[1][0]
    return out


def test_each_thread_has_its_tape():
    points = np.random.default_rng(0).normal(size=(50, N))
    wanted = [chain_gradient(p, 1.0)[0] for p in points]
    np.testing.assert_allclose(many_gradients(points), wanted, rtol=1e-12, atol=1e-14)


LEAK = """
import resource
import numba
import numpy as np
import fastad

@numba.njit
def f(x):
    return (x * x).sum()

g = fastad.grad(f, mode="tape")

@numba.njit
def run(n):
    x, total = np.ones(2), 0.0
    for _ in range(n):
        total += g(x)[0]
    return total

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

run(1000)
before = peak()
run(300_000)
print(peak() - before, sum(g.stats.cache_hits.values()))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak memory in KB")
def test_a_gradient_leaves_no_memory_behind_and_is_cached_on_disk(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(LEAK))
    environment = os.environ | {"FASTAD_CACHE_DIR": str(tmp_path / "cache")}
    for hits in ("0", "1"):
        done = subprocess.run(
            [sys.executable, str(path)],
            capture_output=True,
            text=True,
            timeout=240,
            env=environment,
        )
        assert done.returncode == 0, done.stderr
        grown, hit = done.stdout.split()
        assert hit == hits
        assert int(grown) < 4000  # 64 bytes a call would be 19 MB


# ---- Drivers within drivers ----


chain_slope = grad(chain, mode="forward")


def steepness(x, a):
    """Half the squared gradient: its gradient is the Hessian times the gradient."""
    g = chain_slope(x, a)
    return np.dot(g, g) / 2


def test_a_tape_records_what_a_driver_returns():
    x = np.linspace(-1.0, 1.0, 5) ** 3
    h = chain_hessians["forward"](x, 0.7)[0][0]
    wanted = h @ chain_gradient(x, 0.7)[0]
    g = grad(steepness, mode="tape")
    np.testing.assert_allclose(g(x, 0.7), wanted, rtol=1e-12, atol=1e-14)


def test_a_driver_of_the_tape_takes_forward_mode_within_forward_mode():
    g = grad(chain, mode="tape")
    x = np.linspace(-1.0, 1.0, 5) ** 3
    j = jacobian(g, mode="forward")(x, 0.7)
    np.testing.assert_allclose(j, chain_hessians["forward"](x, 0.7)[0][0], rtol=1e-12, atol=1e-14)


def test_more_numbers_than_forward_mode_is_good_for():
    names = [f"x{i}" for i in range(20)]
    scope = {}
    body = " * ".join(names)
    exec(f"def product({', '.join(names)}):\n    return {body}", scope)
    g = fastad.grad(scope["product"], tuple(range(20)))
    assert g(*[2.0] * 20) == (2.0**19,) * 20
    assert g.mode in ("source", "tape")


def pairs(x):
    """An inner loop that starts at the outer one's variable."""
    s = 0.0
    for i in range(x.size):
        distance = 0.0
        for j in range(i, x.size):
            distance += x[j]
            s += 1.0 / (distance * distance)
    return s


def test_a_triangular_loop_by_the_source():
    x = np.linspace(1.0, 2.0, 5)
    at = np.concatenate([[0.0], np.cumsum(x)])
    wanted = np.zeros(5)
    for i in range(5):
        for j in range(i + 1, 6):
            wanted[i:j] -= 2.0 / (at[j] - at[i]) ** 3
    np.testing.assert_allclose(grad(pairs, mode="source")(x), wanted, rtol=1e-14)


@numba.njit
def sums_of_parts(x):
    s = 0.0
    for i in range(3):
        s += np.sum(np.exp(x[i : i + 2])) ** 2 + np.mean(x[i:] * x[i:]) ** 2
    return s


def test_a_sum_in_a_loop_has_a_hessian_product_by_source():
    x = np.linspace(0.1, 1.0, 5)
    gradient = fastad.grad(sums_of_parts, mode="source")
    along = (gradient(x + 1e-6 * x) - gradient(x - 1e-6 * x)) / 2e-6
    product = fastad.hvp(sums_of_parts, mode="source")(x, x)
    np.testing.assert_allclose(product, along, rtol=1e-7)


@numba.njit
def doubled(x, k):
    s = 0.0
    for _ in range(2):
        s += k * x
    return s


_slope_of_doubled = fastad.grad(doubled)


@numba.njit
def slope_of_doubled(x, k):
    return _slope_of_doubled(x, k)


@pytest.mark.parametrize("mode", ["forward", "tape", "auto"])
def test_a_number_that_is_added_to_is_not_written_into(mode):
    assert fastad.grad(slope_of_doubled, argnums=(0, 1), mode=mode)(0.3, 0.7) == (0.0, 2.0)


@pytest.mark.parametrize("mode", ["source", "forward", "tape"])
def test_the_cotangent_goes_by_a_name_of_its_own(mode):
    """Forward mode gave 0 where a parameter was named ``w``."""
    value, bars = vjp(lambda x, w: x * x * w, argnums=(0, 1), mode=mode)(3.0, 2.0, 0.5)
    assert (value, bars) == (18.0, (6.0, 4.5))
