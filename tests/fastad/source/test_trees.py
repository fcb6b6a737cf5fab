"""The source of a function: what it was compiled from, and nothing else."""

import importlib
import sys

import numpy as np
import pytest
from numba import njit

from fastad import grad
from fastad.source.frontend.trees import function_tree
from fastad.source.ir.statements import Unsupported

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
