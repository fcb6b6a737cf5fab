"""The adjoints of elementwise operations on arrays, with NumPy's broadcasting."""

import functools

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable

from ...arrays.broadcasting import items_of, over_all
from ...numbers.jet import term_namespace
from ...rules.codegen import compile_source, indented
from ...rules.table import BY_NAME
from ...rules.terms import terms


@functools.cache
def pull_function(rule_name, position, product=""):
    """Return the @njit-callable function that adds one argument's share to its adjoints.

    The product is one of `fastad.rules.terms.PRODUCTS`, whose strong zeros are added to the rule's.

    The function takes ``(x_bar, r_bar, x, [y,] r)``, x of any shape that broadcasts. It adds to an
    array ``x_bar`` in place, and returns the new ``x_bar`` of a scalar. If r is the sum of the
    products (`dot`), ``r_bar`` is a number, which is the cotangent of each.
    """
    rule = BY_NAME[rule_name]
    arguments = "xy"[: rule.arity]
    share = next(t for t in terms(rule) if t.argument == position)
    term = share.times("b", f"({share.factor()})", product)
    source = f"def term(b, {', '.join(arguments)}, r):\n    return {term}\n"
    term = register_jitable(compile_source(source, "term", term_namespace()))
    stub = _stub(f"pull_{rule_name}_{arguments[position]}", arguments)

    def implementation(bar, r_bar, *rest):
        *given, r = rest
        source = _loops(bar, r_bar, given, r, arguments)
        return compile_source(source, "pull", {"term": term, "np": np})

    overload(stub)(_with_signature(implementation, arguments))
    return stub


def _stub(name, arguments):
    source = f"def {name}(bar, r_bar, {', '.join(arguments)}, r):\n    raise NotImplementedError\n"
    return compile_source(source, name, {})


def _with_signature(implementation, arguments):
    names = f"bar, r_bar, {', '.join(arguments)}, r"
    source = f"def typed({names}):\n    return implementation({names})\n"
    return compile_source(source, "typed", {"implementation": implementation})


def _is_array(t):
    return isinstance(t, types.Array)


def _loops(bar, r_bar, given, r, arguments):
    """Return the source of the loops over all items of the result."""
    whole, t = ("r_bar", r_bar) if _is_array(r_bar) else ("bar", bar)
    ndim = t.ndim if _is_array(t) else 0
    arrays = {"bar": bar, "r": r} | dict(zip(arguments, given, strict=True))
    steps, items = items_of(arrays, ndim)
    b = f"r_bar[{', '.join(f'i{a}' for a in range(ndim))}]" if _is_array(r_bar) else "r_bar"
    values = ", ".join(items[a] for a in arguments)
    target = items["bar"] if _is_array(bar) else "total"
    lines = [] if _is_array(bar) else ["total = bar"]
    added = [f"{target} += term({b}, {values}, {items['r']})"]
    lines += [*steps, *over_all(whole, ndim, added)]
    lines.append("return bar" if _is_array(bar) else "return total")
    header = f"def pull(bar, r_bar, {', '.join(arguments)}, r):"
    return "\n".join([header, *indented(lines)]) + "\n"
