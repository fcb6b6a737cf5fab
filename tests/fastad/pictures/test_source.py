"""`fastad.show`: what it shows is what fastad compiles, and what it colours what it shows."""

import math
import re
import xml.etree.ElementTree as ET
from collections import namedtuple
from html import unescape
from pathlib import Path

import numba
import numpy as np
import pytest

import fastad
from fastad import show
from fastad.pictures.coloured import coloured
from fastad.source.emit.adjoint_function import Generated


def f(x1, x2):
    return x1 * x2 + math.sin(x1)


@numba.njit
def valley(x):
    s = 0.0
    for i in range(x.size - 1):
        s += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2  # "steep" & long
    return s


def test_it_is_what_the_drivers_compile():
    shown = show(f, 2.0, 5.0)
    gradient = fastad.grad(f, argnums=(0, 1), mode="source")
    gradient(2.0, 5.0)
    assert shown.adjoint in gradient.source
    along = fastad.jvp(f, argnums=(0, 1), mode="source")
    along(2.0, 5.0, 1.0, 0.0)
    assert shown.tangent in along.source
    assert shown.source.startswith("def f(x1, x2):\n    return")
    assert shown.why == ""


def test_it_is_what_the_guide_shows():
    guide = (Path(__file__).parents[3] / "docs" / "source_transformation.md").read_text()
    shown = show(f, 2.0, 5.0)
    assert shown.adjoint in guide
    assert shown.tangent in guide


def test_the_plain_adjoint_and_single_optimisations():
    x = np.ones(3)
    given = [numba.typeof(x)]
    every, plain = show(valley, x, passes="all"), show(valley, x, passes="none")
    assert plain.adjoint == Generated(valley, given, (0,), passes=frozenset()).source.rstrip("\n")
    assert every.adjoint != plain.adjoint
    one = show(valley, x, passes="unsigned, no_alias")
    wanted = Generated(valley, given, (0,), passes=frozenset({"unsigned", "no_alias"})).source
    assert one.adjoint == wanted.rstrip("\n")


def test_types_stand_for_arguments():
    assert show(valley, numba.float64[::1]).adjoint == show(valley, np.ones(3)).adjoint
    assert not valley.signatures  # nothing was compiled


def test_parts_are_chosen():
    shown = show(f, 2.0, 5.0, what="tangent")
    assert shown.adjoint == ""
    assert repr(shown) == f"# f: its tangent (forward)\n\n{shown.tangent}"
    every = show(f, 2.0, 5.0)
    parts = [repr(every).index(text) for text in (every.source, every.tangent, every.adjoint)]
    assert parts == sorted(parts)
    assert show(f, 2.0, 5.0, what=("adjoint", "source")).__repr__().startswith("# f: its adjoint")


def test_by_which_arguments():
    assert "x2_bar" not in show(f, 2.0, 5.0, argnums=0).adjoint
    assert "x2_bar" in show(f, 2.0, 5.0, argnums=(0, 1)).adjoint
    power = show(lambda x, n: x**n, 2.0, 3)
    assert "x_bar" in power.adjoint
    assert "n_bar" not in power.adjoint


def test_a_tuple_is_shown_by_its_parts():
    point = namedtuple("point", "a w")

    def g(p, n):
        return p.a * np.sum(p.w) ** n

    shown = show(g, point(2.0, np.ones(3)), 2, argnums=0)
    assert "p_0_bar, p_1_bar" in shown.adjoint
    assert "p_0_dot" in shown.tangent


def with_dict(x):
    found = {}
    found[1] = x
    return found[1]


def test_why_there_is_none():
    shown = show(with_dict, 2.0)
    assert shown.tangent == shown.adjoint == ""
    assert shown.why.startswith("source mode does not take with_dict: ")
    assert "Dict is not differentiated" in shown.why
    assert "\n" not in shown.why
    assert repr(shown).endswith(f"# {shown.why}")
    assert shown.why in unescape(shown._repr_html_())
    assert show(with_dict, 2.0, what="source").why == ""


def test_misuse_is_said():
    with pytest.raises(TypeError, match=r"write 2\.0 for 2"):
        show(f, 2, 5)
    with pytest.raises(TypeError, match="the function takes 2 arguments, got 1"):
        show(f, 2.0)
    with pytest.raises(TypeError, match=r"pass a float \(1\.0, not 1\)"):
        show(f, 2.0, 5, argnums=1)
    with pytest.raises(TypeError, match="a driver or a function with a rule"):
        show(fastad.grad(f), 2.0, 5.0)
    with pytest.raises(ValueError, match="what must name some of source, tangent, adjoint"):
        show(f, 2.0, 5.0, what="gradient")
    with pytest.raises(ValueError, match="passes must be all, none, or names"):
        show(f, 2.0, 5.0, passes="every")


def test_the_page_has_the_same_text_in_colours():
    shown = show(valley, np.ones(3))
    page = ET.fromstring(shown._repr_html_())
    texts = ["".join(e.itertext()) for e in page.iter("pre")]
    assert texts == [shown.source, shown.tangent, shown.adjoint]
    spans = {e.text: e.attrib["style"] for e in page.iter("span")}
    assert len({spans[t] for t in ("for", "x_bar", "x_dot", "100.0", "# s = 0.0")}) == 5
    assert spans["s_bar"] == spans["result_seed"] == spans["x_bar"]


@pytest.mark.parametrize("source", ["x = '<b>' # & é\n", "def f(:\n", "a\n  b\n c", "", '"""open'])
def test_any_text_is_kept(source):
    text = coloured(source, generated=True)
    assert unescape(re.sub("<[^>]*>", "", text)) == source


def test_a_function_without_source():
    scope = {}
    exec("def made(x):\n    return x * x\n", scope)
    shown = show(scope["made"], 2.0)
    assert shown.source == "# the source of made cannot be found"
    assert "the source of made cannot be found" in shown.why
