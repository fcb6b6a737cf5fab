"""Optimisations left out, one by one; the check of what is generated; where names come from."""

import math

import numpy as np
import pytest
from interpreted import value_and_grad
from numba import typeof

from fastad import grad
from fastad.source.emit.adjoint_function import Generated
from fastad.source.emit.namespace import known_objects
from fastad.source.ir.namer import Namer
from fastad.source.ir.verify import NotWellFormed, verify
from fastad.source.optimise import pipeline

X = np.linspace(0.3, 1.1, 5)


def likelihood(x, w):
    """Loops that carry sums, a running extreme, scratch arrays, a counter, an inner loop."""
    main = np.empty(w.size)
    total, at = 0.0, 0
    for i in range(x.size):
        top = -1e300
        for k in range(w.size):
            main[k] = w[k] * x[i] * math.sin(x[at])
            top = max(top, main[k])
        s = 0.0
        for k in range(w.size):
            s += math.exp(main[k] - top)
        total += top + math.log(s)
        at = (at + 2) % x.size
    for k in range(w.size):
        total -= 0.5 * w[k] * total
    return total


def whole_arrays(x, w):
    total = 0.0
    for i in range(3):
        y = np.zeros(x.size)
        y[:] = x * w[i] + x * x / (1.0 + w[i])
        total += np.sum(y * y) * 0.1
    return total


@pytest.mark.parametrize("f", [likelihood, whole_arrays])
@pytest.mark.parametrize("chosen", ["none", *pipeline.NAMES, *(f"-{n}" for n in pipeline.NAMES)])
def test_no_pass_changes_a_gradient(f, chosen, monkeypatch):
    w = np.array([0.4, -0.2, 0.7])
    (value, bars), _ = value_and_grad(f, [X.copy(), w.copy()], (0, 1))
    monkeypatch.setenv("FASTAD_PASSES", chosen)
    (plain_value, plain), _ = value_and_grad(f, [X.copy(), w.copy()], (0, 1))
    assert value == pytest.approx(f(X, w), rel=1e-14)
    assert plain_value == pytest.approx(value, rel=1e-14)
    for bar, other in zip(bars, plain, strict=True):
        np.testing.assert_allclose(bar, other, rtol=1e-11, atol=1e-13)


def test_the_plain_adjoint_is_another_program():
    given = [typeof(X), typeof(X)]
    plain = Generated(likelihood, given, (0,), passes=frozenset())
    assert plain.source != Generated(likelihood, given, (0,)).source
    assert "@separate" not in plain.source


def test_the_passes_that_are_chosen(monkeypatch):
    monkeypatch.delenv("FASTAD_PASSES", raising=False)
    assert pipeline.chosen() == {*pipeline.NAMES}
    for said, made in [
        ("all", {*pipeline.NAMES}),
        ("none", set()),
        ("extremes, recompute", {"extremes", "recompute"}),
        ("-extremes", {*pipeline.NAMES} - {"extremes"}),
    ]:
        monkeypatch.setenv("FASTAD_PASSES", said)
        assert pipeline.chosen() == made
    for wrong in ("extreme", "extremes,-recompute"):
        monkeypatch.setenv("FASTAD_PASSES", wrong)
        with pytest.raises(ValueError, match="FASTAD_PASSES must be"):
            pipeline.chosen()
        with pytest.raises(ValueError, match=r"^FASTAD_PASSES must be"):
            grad(whole_arrays, mode="auto")(X, X)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("    return y", "y is not known"),
        ("    if x > 0:\n        y = 1\n    return y", "y may have no value"),
        ("    for i in range(3):\n        y = i\n    return y", "y may have no value"),
        ("    y += 1\n    return y", "y has no value"),
        ("    while x > 0:\n        x -= z\n        z = 1\n    return x", "z may have no value"),
        ("    return g(x, x)", "arguments of g"),
    ],
)
def test_what_is_not_well_formed(body, problem):
    source = f"def f(x):\n{body}\n\n\ndef g(x):\n    return x\n"
    with pytest.raises(NotWellFormed, match=problem):
        verify(source, (), ())


def test_paths_that_end_need_no_value():
    body = "    if x > 0:\n        y = 1\n    else:\n        raise ValueError\n    return y\n"
    verify(f"def f(x):\n{body}", (), ())


def test_no_two_things_have_one_name():
    namer = Namer(known_objects())
    assert namer.of_global("np", np) == "np"
    assert namer.of_global("np", math) == "np_1"
    assert namer.of_global("other", math) == "np_1"
    assert namer.fresh("np_1") == "np_1_1"
    assert namer.fresh("turns") == "turns"
    assert namer.fresh("turns") == "turns_1"


@pytest.mark.parametrize("name", ["stack_", "scale", "max", "range", "numba", "separate", "first_"])
def test_names_of_generated_code_are_taken(name):
    assert Namer(known_objects()).fresh(name) != name
