"""Which integers are never negative: as indices they need no test."""

import ast

from numba.core import types

from .ir import Assign, Call, For, Ruled, called, walk


def not_negative(program):
    """Return the integer variables that are never negative.

    Those whose every definition is a sum, a product or a quotient of such, an extent of an
    array, or the variable of a loop that starts at such.
    """
    t = program.types
    good = {n for n in t if isinstance(t[n], types.Integer)} - set(program.parameters)
    while True:
        before = len(good)
        for s in walk(program.body):
            if isinstance(s, Assign) and s.name in good:
                if not _surely_not_negative(s.value, good):
                    good.discard(s.name)
            elif isinstance(s, For) and s.name in good:
                forward = isinstance(s.step, ast.Constant) and s.step.value > 0
                if not (forward and _surely_not_negative(s.start, good)):
                    good.discard(s.name)
            elif isinstance(s, Call | Ruled):
                good -= set(s.names)
        if len(good) == before:
            return good


def _surely_not_negative(e, good):
    if isinstance(e, ast.Constant):
        return isinstance(e.value, int) and e.value >= 0
    if isinstance(e, ast.Name):
        return e.id in good
    if isinstance(e, ast.BinOp):
        if isinstance(e.op, ast.Add | ast.Mult | ast.FloorDiv | ast.Mod):
            return _surely_not_negative(e.left, good) and _surely_not_negative(e.right, good)
        return False
    if isinstance(e, ast.Call):
        smallest = called(e) in (min, max)
        return called(e) is len or (smallest and all(_surely_not_negative(a, good) for a in e.args))
    if isinstance(e, ast.Attribute):
        return e.attr == "size"
    if isinstance(e, ast.Subscript):
        return isinstance(e.value, ast.Attribute) and e.value.attr == "shape"
    return False
