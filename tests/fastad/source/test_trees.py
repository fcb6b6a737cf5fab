"""The source of a function: what it was compiled from, and nothing else."""

import importlib
import sys

import numpy as np
import pytest
from interpreted import value_and_grad
from numba import njit

from fastad import grad, jvp
from fastad.source.ir.statements import Unsupported
from fastad.source.syntax.trees import function_tree

X = np.array([2.0, 3.0])


def scaled(k):
    @njit
    def f(x):
        """Sum with a factor that is a variable around it."""
        total = 0.0
        for i in range(x.size):
            total += k * x[i] * x[i]
        return total

    return f


def test_functions_around_variables():
    np.testing.assert_array_equal(grad(scaled(3.0), mode="source")(X), 6.0 * X)
    np.testing.assert_array_equal(grad(scaled(5.0), mode="source")(X), 10.0 * X)


def test_lambdas_on_one_line():
    square, cube = njit(lambda x: x[0] ** 2), njit(lambda x: x[1] ** 3)
    np.testing.assert_array_equal(grad(square, mode="source")(X), [4.0, 0.0])
    np.testing.assert_array_equal(grad(cube, mode="source")(X), [0.0, 27.0])


def test_a_lambda_in_a_lambda():
    outer = lambda x: lambda y: y * 2  # noqa: E731
    assert function_tree(outer).body[0].value.args.args[0].arg == "y"
    assert function_tree(outer(0)).args.args[0].arg == "y"


@pytest.mark.parametrize("change", ["    return x[0] * 3.0\n", "    return 2.0 * x[0]\n"])
def test_a_file_that_changed_since_it_was_imported(change, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    path = tmp_path / "changing_module.py"
    head = "from numba import njit\n\n\n@njit\ndef f(x):\n"
    path.write_text(head + "    return x[0] * 2.0\n")
    module = importlib.import_module("changing_module")
    try:
        assert function_tree(module.f.py_func).name == "f"
        path.write_text(head + change)
        with pytest.raises(Unsupported, match="its file has changed"):
            function_tree(module.f.py_func)
        path.write_text("# a line more\n" + head + "    return x[0] * 2.0\n")
        with pytest.raises(Unsupported, match="its file has changed"):
            function_tree(module.f.py_func)
    finally:
        del sys.modules["changing_module"]


def test_no_source_at_all():
    space = {}
    exec("def f(x):\n    return x * x\n", space)
    with pytest.raises(Unsupported, match="cannot be found"):
        function_tree(space["f"])


@njit
def found(x, broke):
    s = broke
    for i in range(x.size):
        if x[i] < 0.0:
            s += x[i] * x[0]
            break
        s += x[i] ** 2
    else:
        s = 3.0 * s
    return s


@njit
def found_inside(x, n):
    s, k = 0.0, 0
    while k < n:
        for i in range(x.size):
            if x[i] * k > 3.0:
                s += x[i] ** 3
                break
            if x[i] < -5.0:
                continue
            s += x[i] ** 2
        else:
            if k > 1:
                break
            s *= 2.0
        k += 1
    else:
        return s * x[1]
    return s


@njit
def without_a_break(x, n):
    s = 1.0
    for i in range(n):
        s *= x[i]
        if s > 100.0:
            return s * s
    else:
        s += x[0] ** 2
    return s


@pytest.mark.parametrize(
    ("f", "x", "more"),
    [
        (found, [1.0, 2.0], 0.5),
        (found, [1.0, -2.0], 0.5),
        (found, [-1.0, 2.0], 0.5),
        (found_inside, [1.1, 2.0], 4),
        (found_inside, [1.0, 0.5], 4),
        (found_inside, [-6.0, 0.5], 2),
        (found_inside, [1.0, 0.5], 0),
        (without_a_break, [3.0, 4.0], 2),
        (without_a_break, [30.0, 4.0], 2),
        (without_a_break, [30.0, 4.0], 0),
    ],
)
def test_the_else_of_a_loop(f, x, more):
    x = np.array(x)
    (value, (bar,)), _ = value_and_grad(f, [x, more], (0,))
    assert value == pytest.approx(f.py_func(x, more))
    steps = 1e-6 * np.eye(2)
    want = [(f.py_func(x + h, more) - f.py_func(x - h, more)) / 2e-6 for h in steps]
    np.testing.assert_allclose(bar, want, rtol=1e-7, atol=1e-7)


def test_the_else_of_a_loop_compiled():
    bar, dot = grad(found_inside, mode="source"), jvp(found_inside, mode="source")
    # At k = 0 no item is more than 3: 2 (x0^2 + x1^2) x1.
    np.testing.assert_allclose(bar(X, 1), [4.0 * 2.0 * 3.0, 2.0 * 4.0 + 6.0 * 9.0])
    assert dot(X, 1, np.ones(2))[1] == pytest.approx(bar(X, 1).sum())
