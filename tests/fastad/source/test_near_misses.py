"""Programs beside the conditions of optimisations: generated code, interpreted."""

import conformance
import numpy as np
import pytest
from interpreted import hessian_product, value_and_grad, value_and_tangent
from near_misses import cases
from verdicts import passes

import fastad
from fastad.source.ir.statements import Unsupported

CASES = cases()
ALL = [pytest.param(c, id=c.f.__name__) for c in CASES]
NAMED = {c.f.__name__: c for c in CASES}


def copies(args):
    return list(conformance.copies(args))


def gradients(c):
    f = c.f.py_func
    return [conformance.differences(f, c.args, k) for k in c.argnums]


def near(got, want, tolerance=1e-6):
    return all(
        np.allclose(g, w, rtol=tolerance, atol=tolerance) for g, w in zip(got, want, strict=True)
    )


@pytest.mark.parametrize("c", ALL)
def test_adjoint(c):
    given, wanted = copies(c.args), copies(c.args)
    (value, bars), _ = value_and_grad(c.f, given, c.argnums)
    assert value == pytest.approx(c.f.py_func(*wanted), rel=1e-9)
    assert near(bars, gradients(c))
    for k in set(range(len(given))) - set(c.argnums):  # as one call of f leaves them
        np.testing.assert_array_equal(given[k], wanted[k])


@pytest.mark.slow
@pytest.mark.parametrize("c", ALL)
def test_plain_adjoint_tangent_and_hessian_product(c):
    wanted = gradients(c)
    try:
        with passes("none"):
            (_, bars), _ = value_and_grad(c.f, copies(c.args), c.argnums)
    except Unsupported as reason:  # a tuple would have to be kept
        pytest.skip(str(reason))
    assert near(bars, wanted)
    along = [np.cos(np.arange(1.0, 1.0 + np.size(w))).reshape(np.shape(w)) for w in wanted]
    along = [float(v) if v.ndim == 0 else v for v in along]
    try:
        (_, dot), _ = value_and_tangent(c.f, copies(c.args), c.argnums, copies(along))
    except Unsupported as reason:
        if "has no rule of forward mode" not in str(reason):
            raise
        return
    slope = sum(np.sum(w * v) for w, v in zip(wanted, along, strict=True))
    assert dot == pytest.approx(slope, rel=1e-6, abs=1e-6)

    def plain(h):
        moved = list(copies(c.args))
        for k, v in zip(c.argnums, along, strict=True):
            moved[k] = moved[k] + h * v
        with passes("none"):
            return value_and_grad(c.f, moved, c.argnums)[0][1]

    try:
        bars, _ = hessian_product(c.f, copies(c.args), c.argnums, copies(along))
    except Unsupported:
        return
    up, down = plain(1e-5), plain(-1e-5)
    assert near(bars, [(a - b) / 2e-5 for a, b in zip(up, down, strict=True)], 1e-4)


@pytest.mark.parametrize("name", ["neg_index", "stack_mult", "nt", "one_name_in_three_functions"])
def test_what_only_compiled_code_shows(name):
    c = NAMED[name]
    value, (bar,) = fastad.value_and_grad(c.f, (0,), mode="source")(*copies(c.args))
    assert value == pytest.approx(c.f.py_func(*copies(c.args)), rel=1e-12)
    assert near([bar], gradients(c))
