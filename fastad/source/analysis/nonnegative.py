"""Which integer variables are never negative: as indices they need no test."""

import ast

from numba.core import types

from ..ir.expressions import called, literal
from ..ir.statements import Assign, For, is_array, walk, written


def not_negative(program):
    """Return the integer variables that are never negative.

    Parameters are not among them. Each definition of such a variable is a literal from 0 on, an
    extent, or a sum, product, quotient, remainder, minimum or maximum of such values; or it is the
    variable of a loop, see `never_negative`.
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
                if not never_negative(s, good):
                    good.discard(s.name)
            elif not isinstance(s, Assign | For):  # the result of a call or a reduction
                good -= set(written(s))
        if len(good) == before:
            return good


def never_negative(loop, good):
    """Tell whether a loop's variable is never negative, given variables that are not.

    With a positive step the loop starts at such a value; with a negative one it stops there, or at
    -1.
    """
    step, stop = literal(loop.step), literal(loop.stop)
    if step is None:
        return False
    if step > 0:
        return _surely_not_negative(loop.start, good)
    return stop >= -1 if stop is not None else _surely_not_negative(loop.stop, good)


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
    extent = e.value if isinstance(e, ast.Subscript) else e
    of = "shape" if isinstance(e, ast.Subscript) else "size"
    known = isinstance(extent, ast.Attribute) and extent.attr == of
    return known and is_array(getattr(extent.value, "type", None))
