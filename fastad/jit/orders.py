"""Where it depends on the order of an array's memory what is a view of it, and what a copy."""

import inspect

import numpy as np
from numba.core import ir

from .call_graph import reached, statements_of
from .fingerprint import python_function


def written_where_flat(f, returned):
    """Return the name of f, or of a function that it calls, that writes into a ``ravel``, or "".

    That of an array in C's order is a view, of another a copy: one writes into the array, too, or
    into the copy alone. With ``returned`` f is named where it gives such an array back.
    """
    for value in reached(f):
        function = python_function(value)
        if inspect.isfunction(function) and _writes(function, returned or value is not f):
            return function.__name__
    return ""


def _writes(function, returned):
    statements = statements_of(function)
    if statements is None:
        return False
    written = statements.reached(statements.marked | statements.unsure)
    if returned:
        written |= statements.reached(statements.results)
    flat = _flat(statements)
    return bool(statements.reached(flat) & written) if flat else False


def _flat(statements):
    """Return the variables that are what ``ravel`` returns."""
    assigned = (s for block in statements.ir.blocks.values() for s in block.find_insts(ir.Assign))
    calls = (s for s in assigned if isinstance(s.value, ir.Expr) and s.value.op == "call")
    asked = (np.ravel, None), (None, "ravel")
    return {s.target.name for s in calls if statements.callee(s.value.func) in asked}
