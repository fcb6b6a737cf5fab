"""Reverse mode by source transformation: its gradients are those of forward mode."""

import math
from pathlib import Path

import numba
import numpy as np
import pytest
from numba import typeof

from benchmarks.derivatives.objectives import OBJECTIVES
from fastad import grad, hessian, hvp, jacobian, value_and_grad, vjp
from fastad.jit.generated import fingerprint
from fastad.source.emit.adjoint_function import Generated


def product_and_sine(x1, x2):
    return x1 * x2 + math.sin(x1)


def rosenbrock(x):
    s = 0.0
    for i in range(x.size - 1):
        s += 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return s


def leaves_early(x, n):
    s = 0.0
    for i in range(n):
        v = x[i]
        if v < 0.2:
            continue
        if v > 0.8:
            break
        s += v * math.sin(v) ** 2 if v > 0.5 else v * s + v
        if s > 5:
            return s * n
    k = 0
    while s < 3 and k < 10:
        s = s * s + x[0]
        k += 1
    return s


def midpoint_rule(x, steps):
    n, h = x.size, 2.0 / steps
    y, k1, k2, t = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
    for _ in range(steps):
        k1[0] = x[0]
        for i in range(1, n):
            k1[i] = x[i] * y[i - 1]
        for i in range(n):
            t[i] = y[i] + h * k1[i]
        k2[0] = x[0]
        for i in range(1, n):
            k2[i] = x[i] * t[i - 1]
        for i in range(n):
            y[i] += 0.5 * h * (k1[i] + k2[i])
    return y[-1]


X = np.linspace(0.1, 1.0, 6)


@pytest.mark.parametrize(
    ("f", "arguments"),
    [(rosenbrock, (X,)), (leaves_early, (X, 6)), (midpoint_rule, (X, 7))],
    ids=lambda p: getattr(p, "__name__", ""),
)
def test_gradients_are_those_of_forward_mode(f, arguments):
    expected = grad(f, mode="forward")(*arguments)
    np.testing.assert_allclose(grad(f, mode="source")(*arguments), expected, rtol=1e-13)


def test_the_textbook_function():
    g = grad(product_and_sine, argnums=(0, 1), mode="source")
    assert g(2.0, 5.0) == (5.0 + math.cos(2.0), 2.0)
    assert g.mode == "source"
    assert "x1_bar += result_bar * x2" in g.source
    assert "# result = x1 * x2 + sin" in g.source


def test_the_guide_shows_the_real_code():
    guide = Path(__file__).parents[3] / "docs" / "source_transformation.md"
    g = grad(product_and_sine, argnums=(0, 1), mode="source")
    g(2.0, 5.0)
    assert g.source.replace("product_and_sine", "f") in guide.read_text()


@pytest.mark.parametrize("name", ["mixture", "determinant"])
def test_the_guide_shows_the_real_loops(name):
    objective = OBJECTIVES[name]
    given = [typeof(a) for a in objective.data(*objective.sizes[0])]
    argnums = objective.argnums if isinstance(objective.argnums, tuple) else (objective.argnums,)
    source = "".join(Generated(objective.function, given, argnums).source.split())
    guide = Path(__file__).parents[3] / "docs" / "source_transformation.md"
    blocks = ["".join(b.split()) for b in guide.read_text().split("```\n")]
    first = {"mixture": ("forj_1inrange(k):", "forj_1inrange(k-1"), "determinant": ("whilecol",)}
    for start in first[name]:
        shown = [b for b in blocks if b.startswith(start)]
        assert len(shown) == 1
        assert shown[0] in source


def test_second_derivatives_are_forward_over_reverse():
    expected = hessian(rosenbrock, mode="forward")(X)
    np.testing.assert_allclose(hessian(rosenbrock, mode="source")(X), expected, rtol=1e-13)
    v = np.cos(X)
    np.testing.assert_allclose(
        hvp(rosenbrock, mode="source")(X, v), expected @ v, rtol=1e-12, atol=1e-12
    )


def scaled_products(x, a):
    y = np.empty_like(x)
    for i in range(x.size):
        y[i] = a * x[i] * x[i - 1]
    return y


def test_results_that_are_arrays():
    expected = jacobian(scaled_products, mode="forward")(X, 2.0)
    np.testing.assert_allclose(jacobian(scaled_products, mode="source")(X, 2.0), expected)
    w = np.arange(6.0)
    value, bar = vjp(scaled_products, mode="source")(X, 2.0, w)
    np.testing.assert_allclose(value, 2.0 * X * np.roll(X, 1))
    np.testing.assert_allclose(bar, w @ expected)


def test_value_and_gradient_come_together():
    g = value_and_grad(rosenbrock, mode="source")
    value, bar = g(X)
    assert g.mode == "source"
    assert value == pytest.approx(rosenbrock(X), rel=1e-15)
    np.testing.assert_allclose(bar, grad(rosenbrock, mode="forward")(X), rtol=1e-13)


def fills_and_adds(x):
    y = np.zeros((3, 6))
    y[1] = x
    y[1:] += 2.0 * x
    y[:, 0] = x[1] * x[2]
    return np.sum(y * y)


def test_writes_into_slices():
    expected = grad(fills_and_adds, mode="source")(X)
    step = 1e-6 * np.eye(6)
    differences = [(fills_and_adds(X + d) - fills_and_adds(X - d)) / 2e-6 for d in step]
    np.testing.assert_allclose(expected, differences, rtol=1e-8)


@numba.njit
def expanded(a, following, row):
    """A determinant by minors along the first row; following lists the columns left."""
    n = a.shape[0]
    total, sign, before, column = 0.0, 1.0, n, following[n]
    if row == n - 1:
        total = a[row, column]
        column = n
    while column != n:
        following[before] = following[column]
        total += sign * a[row, column] * expanded(a, following, row + 1)
        following[before] = column
        sign, before, column = -sign, column, following[column]
    return total


def determinant(a):
    following = np.arange(1, a.shape[0] + 2)
    following[-1] = 0
    return expanded(a, following, 0)


def test_recursion_that_adds_up_keeps_nothing():
    a = np.cos(np.arange(16.0)).reshape(4, 4) + np.eye(4)
    g = grad(determinant, mode="source")
    np.testing.assert_allclose(g(a), np.linalg.det(a) * np.linalg.inv(a).T, rtol=1e-12)
    assert "expanded_both" in g.source
    assert "stack_" not in g.source


def test_recursion_is_not_kept_on_disk():
    """Numba's code of functions that call themselves crashes in the next process."""
    assert fingerprint(determinant) is None
    assert fingerprint(rosenbrock) is not None


def counts_first(x):
    s, at = 0.0, 0
    for _ in range(4):
        at += 1
        s += x[at] * x[at - 1]
    return s * x[at] * x[0]


def test_a_counter_is_counted_back():
    expected = grad(counts_first, mode="forward")(X)
    np.testing.assert_allclose(grad(counts_first, mode="source")(X), expected, rtol=1e-14)


def test_generated_code_is_as_strict_as_the_function():
    fast = numba.njit(fastmath={"contract", "reassoc"}, error_model="numpy")(rosenbrock)
    for f, expected in ((rosenbrock, False), (fast, {"contract", "reassoc"})):
        generated = Generated(f, [typeof(X)], (0,))
        scope = dict(generated.namespace)
        exec(generated.source, scope)
        assert scope["rosenbrock_pullback"].targetoptions.get("fastmath", False) == expected
    np.testing.assert_allclose(
        grad(fast, mode="source")(X), grad(rosenbrock, mode="source")(X), rtol=1e-13
    )
