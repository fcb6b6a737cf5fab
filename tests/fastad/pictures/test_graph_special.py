"""draw_graph at special points, through other names, and what it refuses."""

import math

import numpy as np
import pytest

import fastad
from fastad import draw_graph
from fastad.refusals import Refusal

ONE_BY_ONE = {
    "sum": np.sum, "mean": np.mean, "prod": np.prod, "max": np.max, "min": np.min,
    "norm": np.linalg.norm, "logsumexp": fastad.logsumexp,
}  # fmt: skip
SPECIAL = [
    ("max", [1.0, np.nan]), ("min", [np.nan, 1.0]), ("norm", [-3.0]), ("sum", [-3.0]),
    ("mean", [-3.0]), ("prod", [-3.0]), ("max", [-3.0]), ("min", [-3.0]), ("logsumexp", [-3.0]),
    ("logsumexp", [-np.inf, -np.inf]), ("logsumexp", [np.inf, 0.0, np.inf]), ("norm", [0.0, 0.0]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "x"), SPECIAL)
def test_reductions_have_the_drivers_values_and_gradients_at_special_points(name, x):
    reduce, x = ONE_BY_ONE[name], np.array(x)

    def f(x):
        return 1.0 * reduce(x)

    graph = draw_graph(f, x, tangents=False)
    value, gradient = fastad.value_and_grad(f)(x)
    np.testing.assert_array_equal(graph.results, [value])
    np.testing.assert_array_equal([n.adjoint for n in graph.nodes[: x.size]], gradient)


def test_what_is_written_through_another_name_is_seen():
    def f(x):
        y = np.asarray(x)
        np.ascontiguousarray(y)[0] = y[0] * 2.0
        return x[0]

    assert draw_graph(f, np.array([3.0])).nodes[0].adjoint == 2.0


def test_floats_are_floats_to_isinstance():
    def f(x, a):
        return 2.0 * x if isinstance(a, float) and isinstance(x, float) else 3.0 * x

    assert draw_graph(f, 1.0, 2.0, argnums=0).nodes[0].adjoint == 2.0


def test_names_of_operations_are_no_inputs():
    names = [n.name for n in draw_graph(lambda v1, x: v1 * x, 2.0, 3.0).nodes]
    assert names == ["v1", "x", "w1"]


def test_drivers_and_functions_of_nothing_are_refused():
    with pytest.raises(TypeError, match="draw the function that it was made of"):
        draw_graph(fastad.grad(lambda x: x * x), 3.0)
    with pytest.raises(TypeError, match="has no number"):
        draw_graph(lambda x: (), 3.0)


@pytest.mark.parametrize(
    ("f", "message"),
    [
        (lambda x: math.hypot(x, 2.0, 3.0), r"hypot .* 2 arguments, got 3: write math\.hypot\(ma"),
        (lambda x: math.log(x, 2.0), r"log .* 1 argument, got 2: write math\.log\(x\) /"),
        (lambda x: math.hypot(x), r"hypot has a rule for 2 arguments, got 1$"),
    ],
)
def test_another_number_of_arguments_than_compiled_code_takes_is_refused(f, message):
    with pytest.raises(Refusal, match=f"fastad: draw_graph: {message}"):
        draw_graph(f, 1.0)
