"""`fastad.draw_graph`: its numbers against hand values, NumPy and the drivers; its picture."""

import functools
import itertools
import math
import random
import xml.etree.ElementTree as ET
from collections import namedtuple

import numba
import numpy as np
import pytest

import fastad
from fastad import draw_graph
from fastad.pictures.layout import apart_by, layers
from fastad.rules.functions import function_of
from fastad.rules.table import RULES


def classic(x1, x2):
    return x1 * x2 + math.sin(x1)


def by_name(graph):
    return {node.name: node for node in graph.nodes}


def test_the_textbook_function_by_hand():
    graph = draw_graph(classic, 2.0, 5.0)
    found = by_name(graph)
    assert list(found) == ["x1", "x2", "v1", "v2", "v3"]
    assert [n.formula for n in graph.nodes] == ["x1", "x2", "x1 * x2", "sin(x1)", "v1 + v2"]
    assert [n.operation for n in graph.nodes] == ["input", "input", "mul", "sin", "add"]
    assert [n.operands for n in graph.nodes] == [(), (), (0, 1), (0,), (2, 3)]
    assert found["v1"].partials == (5.0, 2.0)
    assert found["v2"].partials == (math.cos(2.0),)
    assert [n.value for n in graph.nodes] == [2.0, 5.0, 10.0, math.sin(2.0), 10.0 + math.sin(2.0)]
    c = math.cos(2.0)
    assert [n.tangent for n in graph.nodes] == [1.0, 0.0, 5.0, c, 5.0 + c]
    assert [n.adjoint for n in graph.nodes] == [5.0 + c, 2.0, 1.0, 1.0, 1.0]
    assert [n.result for n in graph.nodes] == [False] * 4 + [True]
    assert graph.results == [10.0 + math.sin(2.0)]


def test_the_table_is_aligned():
    text = repr(draw_graph(classic, 2.0, 5.0))
    assert text == (
        "node  operation  value   tangent  adjoint\n"
        "x1    input      2       1        4.584\n"
        "x2    input      5       0        2\n"
        "v1    x1 * x2    10      5        1\n"
        "v2    sin(x1)    0.9093  -0.4161  1\n"
        "v3    v1 + v2    10.91   4.584    1        result"
    )
    plain = repr(draw_graph(classic, 2.0, 5.0, tangents=False, adjoints=False))
    assert plain.splitlines()[0] == "node  operation  value"


@numba.njit
def turns(x, n):
    y = x
    for _ in range(n):
        y = math.sin(y) + 0.5 * y
    return y


@numba.njit
def soft(x):
    top = np.max(x)
    return top + np.log(np.sum(np.exp(x - top)))


@numba.njit
def larger(a, b):
    return a / b if a > b else b / a


@numba.njit
def with_helper_and_writes(x, data):
    out = np.zeros(x.size)
    for i in range(x.size):
        out[i] = larger(x[i], data[i]) ** 2 + min(x[i], 1.0)
    out *= 2.0
    return out.sum() / np.dot(x, data)


AGAINST_DRIVERS = {
    "turns": (turns, (0.7, 4)),
    "soft": (soft, (np.array([0.3, -1.0, 0.9]),)),
    "writes": (with_helper_and_writes, (np.array([0.3, 2.0, 0.9]), np.array([1.0, 0.5, 2.0]))),
}


@pytest.mark.parametrize("name", AGAINST_DRIVERS)
def test_adjoints_are_the_gradient_and_tangents_the_jvp(name):
    f, arguments = AGAINST_DRIVERS[name]
    x = arguments[0]
    direction = np.cos(1.0 + np.arange(np.size(x)))
    graph = draw_graph(f, *arguments, argnums=0, direction=direction)
    inputs = [node for node in graph.nodes if node.operation == "input"]
    gradient = np.ravel(fastad.grad(f)(*arguments))
    np.testing.assert_allclose([n.adjoint for n in inputs], gradient, rtol=1e-13)
    along = direction if isinstance(x, np.ndarray) else direction[0]
    value, tangent = fastad.jvp(f)(*arguments, along)
    result = next(node for node in graph.nodes if node.result)
    np.testing.assert_allclose((result.value, result.tangent), (value, tangent), rtol=1e-13)


def test_it_is_what_the_tape_computes():
    tape = fastad.Tape()
    x, y = tape.variable(0.3), tape.variable(1.7)
    r = fastad.exp(x * y) / (x + y) - fastad.hypot(x, y)
    graph = draw_graph(
        lambda x, y: fastad.exp(x * y) / (x + y) - fastad.hypot(x, y), 0.3, 1.7, tangents=False
    )
    assert graph.results == [pytest.approx(r.value, rel=1e-15)]
    found = [n.adjoint for n in graph.nodes[:2]]
    np.testing.assert_allclose(found, tape.gradient(r), rtol=1e-14)


AT = [(rule, point, promised) for rule in RULES for point, promised in rule.at]


@pytest.mark.parametrize(("rule", "point", "promised"), AT, ids=lambda p: getattr(p, "name", None))
def test_at_kinks_it_has_the_promised_derivatives(rule, point, promised):
    function = function_of(rule)
    parameters = "xy"[: rule.arity]
    f = eval(
        f"lambda {', '.join(parameters)}: function({', '.join(parameters)})", {"function": function}
    )
    graph = draw_graph(f, *map(float, point))
    assert tuple(n.adjoint for n in graph.nodes[: rule.arity]) == pytest.approx(promised, rel=1e-14)
    assert graph.nodes[-1].tangent == pytest.approx(promised[0], rel=1e-14)


A, B = np.array([[0.5, 2.0], [1.5, -1.0]]), np.array([[0.3, -0.2], [0.9, 0.4]])
WHOLE_ARRAYS = {
    "sum": lambda a: np.sum(a * a),
    "sum of rows": lambda a: np.sum(a, axis=1)[1] * a.sum(axis=0)[0],
    "mean": lambda a: np.mean(np.exp(a)) * a.mean(),
    "prod": lambda a: np.prod(a),
    "max": lambda a: np.max(a) * a.min(),
    "norm": lambda a: np.linalg.norm(a),
    "std": lambda a: np.std(a) + np.var(a),
    "ptp": lambda a: np.ptp(a) ** 3,
    "dot": lambda a: np.sum(np.dot(a, B) * (a @ a)),
    "vectors": lambda a: a[0] @ a[1] + np.dot(B[0], a[1]) + a[0].dot(B[1]),
    "outer": lambda a: np.sum(np.outer(a[0], a[1]) ** 2),
    "trace": lambda a: np.trace(a @ a),
    "cumsum": lambda a: np.sum(np.cumsum(a) ** 2),
    "diff": lambda a: np.sum(np.diff(a) ** 3),
    "where": lambda a: np.sum(np.where(a > 0.0, a * a, -a)),
    "clip": lambda a: np.sum(np.clip(a, 0.0, 1.7) ** 2),
    "mask": lambda a: np.sum(a[a > 0.0] ** 2),
    "moving": lambda a: np.sum(np.concatenate((a.ravel(), a[0])).reshape(3, 2).T[0] ** 2),
    "made": lambda a: np.sum(np.array([a[0, 0], 1.0, a[1, 1]]) ** 2 + np.ones(3) * a[0, 1]),
    "like": lambda a: np.sum(np.full_like(a, a[0, 0]) * np.zeros_like(a) + np.ones_like(a) * a),
    "data first": lambda a: np.sum(B * a - np.float64(2.0) * a + B),
    "logsumexp": lambda a: fastad.logsumexp(a[0]),
    "builtins": lambda a: max(a[0, 0], a[0, 1], 1.0) + min(a[1]) + abs(a[1, 1]) + sum(a[0]),
    "rules": lambda a: np.sum(fastad.softplus(a) + fastad.sigmoid(a)),
}


@pytest.mark.parametrize("name", WHOLE_ARRAYS)
def test_functions_of_arrays_against_differences(name):
    f = WHOLE_ARRAYS[name]
    graph = draw_graph(f, A, tangents=False)
    assert graph.results == [pytest.approx(float(f(A)), rel=1e-14)]
    step, wanted = 1e-6, []
    for index in np.ndindex(A.shape):
        shift = np.zeros_like(A)
        shift[index] = step
        wanted.append((f(A + shift) - f(A - shift)) / (2 * step))
    found = [n.adjoint for n in graph.nodes if n.operation == "input"]
    np.testing.assert_allclose(found, wanted, rtol=1e-7, atol=1e-8)


def test_an_operation_on_a_whole_array_is_one_node():
    graph = draw_graph(lambda x: np.sum(x), np.array([1.0, 2.0, 3.0]))
    assert [n.formula for n in graph.nodes][3:] == ["sum(x[0], x[1], x[2])"]
    assert graph.nodes[3].partials == (1.0, 1.0, 1.0)


def test_tied_items_share_the_derivative():
    graph = draw_graph(lambda x: np.max(x), np.array([2.0, 1.0, 2.0]))
    assert [n.adjoint for n in graph.nodes[:3]] == [0.5, 0.0, 0.5]
    assert [n.adjoint for n in draw_graph(lambda x, y: max(x, y), 2.0, 2.0).nodes[:2]] == [0.5, 0.5]


def test_a_tangent_and_an_adjoint_in_any_direction():
    def f(x, y):
        return x * y, x / y, np.sin(x)

    graph = draw_graph(f, 2.0, 5.0, direction=(3.0, -1.0), cotangent=(1.0, 2.0, -0.5))
    x, y, c = 2.0, 5.0, math.cos(2.0)
    jacobian = np.array([[y, x], [1 / y, -x / y**2], [c, 0.0]])
    results = [n for n in graph.nodes if n.result]
    np.testing.assert_allclose([n.tangent for n in results], jacobian @ [3.0, -1.0], rtol=1e-15)
    found = [n.adjoint for n in graph.nodes[:2]]
    np.testing.assert_allclose(found, [1.0, 2.0, -0.5] @ jacobian, rtol=1e-15)


def test_tuples_have_names_of_their_own():
    point = namedtuple("point", "a w")
    graph = draw_graph(lambda p, n: p.a * p.w[1] ** n, point(2.0, np.array([1.0, 3.0])), 2)
    assert [n.name for n in graph.nodes][:3] == ["p.a", "p.w[0]", "p.w[1]"]
    assert [n.adjoint for n in graph.nodes][:3] == [9.0, 0.0, 12.0]
    graph = draw_graph(lambda x, y: x * y, 2.0, 3.0, names=("mass", "speed"), argnums=1)
    assert [n.name for n in graph.nodes] == ["speed", "v1"]
    assert graph.nodes[1].formula == "2 * speed"


def test_branches_taken_are_noted():
    graph = draw_graph(larger, 2.0, 5.0)
    assert graph.decisions == [("a > b", False)]
    assert repr(graph).endswith("a > b: False")
    assert "Taken here: a &gt; b is False." in graph.svg


def test_where_python_would_raise_there_is_what_compiled_code_gives():
    log = draw_graph(lambda x: math.log(x), 0.0).nodes
    assert (log[1].value, log[0].adjoint, log[1].tangent) == (-math.inf, math.inf, math.inf)
    assert draw_graph(lambda x: math.exp(x), 1000.0).results == [math.inf]
    root = draw_graph(lambda x: x**0.5, 0.0).nodes
    assert (root[1].value, root[0].adjoint) == (0.0, math.inf)
    assert math.isnan(draw_graph(lambda x: x**0.5, -1.0).results[0])
    assert draw_graph(lambda x: np.sum(1.0 / x), np.array([0.0, 1.0])).results == [math.inf]
    with pytest.raises(ZeroDivisionError):  # as in compiled code
        draw_graph(lambda x: 1.0 / x, 0.0)


def test_what_was_not_chosen_contributes_nothing():
    nodes = draw_graph(lambda x: x * math.sqrt(x), 0.0).nodes
    assert (nodes[0].adjoint, nodes[-1].tangent) == (0.0, 0.0)
    nodes = draw_graph(lambda x: max(x, math.sqrt(x - 1.0)), 1.0).nodes
    assert (nodes[0].adjoint, nodes[-1].tangent) == (1.0, 1.0)


def test_arguments_are_left_alone():
    x = np.array([1.0, 2.0])

    def f(x):
        x[0] *= 3.0
        return x[0] * x[1]

    graph = draw_graph(f, x)
    assert graph.results == [6.0]
    assert [n.adjoint for n in graph.nodes[:2]] == [6.0, 3.0]
    assert x.tolist() == [1.0, 2.0]


@fastad.custom_jvp
def of_its_own(x):
    return x * x


@of_its_own.defjvp
def of_its_own_jvp(primals, tangents):
    return primals[0] ** 2, 2.0 * primals[0] * tangents[0]


SLOPE = fastad.derivative(classic)
REFUSED = {
    "the function np.sort:": lambda x: np.sort(x)[0],
    "the method var of": lambda x: x.var(),
    "the function np.bitwise_and:": lambda x: np.bitwise_and(x, 1),
    "does not look into the driver derivative_classic": lambda x: SLOPE(x[0], 1.0),
    "the rule of_its_own": lambda x: of_its_own(x[0]),
    "the function np.linalg.inv:": lambda x: np.linalg.inv(x),
    "the function math.nextafter:": lambda x: math.nextafter(x[0], 1.0),
    "a float is needed": lambda x: complex(x[0]),
    "must return a float": lambda x: None,
    "integer order": lambda x: fastad.polygamma(x[0], 2.0),
}


@pytest.mark.parametrize("said", REFUSED)
def test_what_is_not_drawn_is_said(said):
    with pytest.raises(TypeError, match=said):
        draw_graph(REFUSED[said], np.array([0.5, 2.0]))


def test_drivers_and_rules_of_data_are_called():
    graph = draw_graph(lambda x: x * SLOPE(2.0, 5.0) * of_its_own(3.0), 1.0)
    assert graph.results == [pytest.approx((5.0 + math.cos(2.0)) * 9.0)]


def test_misuse_is_said():
    with pytest.raises(TypeError, match=r"write 2\.0 for 2"):
        draw_graph(classic, 2, 5)
    with pytest.raises(ValueError, match="direction must have one number for each of the 2 inputs"):
        draw_graph(classic, 2.0, 5.0, direction=[1.0])
    with pytest.raises(ValueError, match="names must have one name"):
        draw_graph(classic, 2.0, 5.0, names=["x"])
    with pytest.raises(ValueError, match="argnums"):
        draw_graph(classic, 2.0, 5.0, argnums=2)
    with pytest.raises(ValueError, match=r"\.svg"):
        draw_graph(classic, 2.0, 5.0).save("graph.png")


def test_too_large_a_graph_is_refused_also_of_an_endless_loop():
    def endless(x):
        while True:
            x = x + 1.0

    with pytest.raises(ValueError, match="more than 60 inputs and operations are too many"):
        draw_graph(endless, 1.0)
    assert len(draw_graph(turns.py_func, 1.0, 30, max_nodes=100).nodes) == 91


def test_nothing_is_compiled():
    @numba.njit
    def f(x):
        return larger(x, 2.0) * x

    draw_graph(f, 1.0)
    assert not f.signatures


# ---- The picture ----

PICTURES = {
    "classic": (classic, 2.0, 5.0),
    "turns": (turns, 0.7, 4),
    "soft": (soft, np.array([1.0, 2.0, 3.0])),
    "quotient": (lambda x, y: (x - y) / (x * x + y**2), 1.5, -0.5),
    "chain": (lambda x: math.exp(math.sin(math.sqrt(x))), 2.0),
    "dot": (lambda a: np.dot(a, a) / np.sqrt(np.sum(a * a)), np.array([1.0, 2.0, -3e-7])),
    "one": (lambda x: x, 2.0),
}


def boxes(svg):
    """Return (x, y, width, height) of the nodes' boxes and of the labels of edges."""
    root = ET.fromstring(svg)
    found = [r.attrib for r in root.iter() if r.tag.endswith("rect")]
    sides = [(r, tuple(float(r[k]) for k in ("x", "y", "width", "height"))) for r in found[1:]]
    nodes = [box for r, box in sides if "stroke" in r]
    return nodes, [box for r, box in sides if "stroke" not in r]


def overlap(a, b):
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_overlaps(name):
    f, *arguments = PICTURES[name]
    graph = draw_graph(f, *arguments)
    nodes, labels = boxes(graph.svg)
    assert len(nodes) == len(graph.nodes)
    assert len(labels) == sum(len(n.operands) for n in graph.nodes)
    for a, b in itertools.combinations([*nodes, *labels], 2):
        assert not overlap(a, b)
    x, y, width, height = map(float, ET.fromstring(graph.svg).attrib["viewBox"].split())
    for box in [*nodes, *labels]:
        assert x < box[0]
        assert box[0] + box[2] < x + width
        assert y < box[1]
        assert box[1] + box[3] < y + height


def texts(svg):
    return [e.text for e in ET.fromstring(svg).iter() if e.tag.endswith("text")]


def test_the_picture_says_what_the_nodes_hold():
    shown = texts(draw_graph(classic, 2.0, 5.0).svg)
    for text in ("x1", "v2 = sin(x1)", "0.9093", "4.584", "-0.4161", "tangent", "adjoint"):
        assert text in shown
    assert "Tangent: the derivative along x1." in shown
    plain = texts(draw_graph(classic, 2.0, 5.0, tangents=False, adjoints=False).svg)
    assert "tangent" not in plain
    assert "adjoint" not in plain
    along = texts(draw_graph(classic, 2.0, 5.0, direction=(0.5, 1.0)).svg)
    assert "Tangent: the derivative along 0.5 x1 + x2." in along


def test_it_is_shown_in_a_notebook_and_saved(tmp_path):
    graph = draw_graph(classic, 2.0, 5.0)
    assert graph._repr_svg_() == graph.svg
    assert graph.svg in graph._repr_html_()
    graph.save(tmp_path / "graph.svg")
    assert (tmp_path / "graph.svg").read_text(encoding="utf-8") == graph.svg
    assert " id=" not in graph.svg  # ids of two pictures on a page would meet


def test_layers_are_longest_paths():
    assert layers([(), (), (0, 1), (2,), (0, 3)]) == [0, 0, 1, 2, 3]


def _distance(wanted, weights, x):
    return sum(w * (a - b) ** 2 for w, a, b in zip(weights, x, wanted, strict=True))


def test_places_are_the_nearest_of_all():
    """No small change that keeps the distances brings the places nearer to those wanted."""
    draw = random.Random(0)
    for _ in range(50):
        n = draw.randrange(1, 7)
        wanted = [draw.uniform(0, 10) for _ in range(n)]
        weights = [draw.choice([1.0, 4.0]) for _ in range(n)]
        apart = [draw.uniform(0.5, 3) for _ in range(n - 1)]
        found = apart_by(wanted, apart, weights)
        steps = np.diff(found)
        assert (steps >= np.array(apart) - 1e-9).all()

        cost = functools.partial(_distance, wanted, weights)
        for _ in range(200):
            other = np.array(found) + np.array([draw.gauss(0, 0.1) for _ in range(n)])
            if (np.diff(other) >= np.array(apart)).all():
                assert cost(other) >= cost(found) - 1e-9
