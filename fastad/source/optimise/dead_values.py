"""Values that the adjoint does without, where the program's results are not wanted.

A Hessian product is the adjoint of a tangent program, whose results, tangents, are not wanted
themselves.  Tangents enter each other linearly, so that the adjoint does not read most of them.
"""

import ast

from ..ir.statements import Assign, reads_of


class DeadValues:
    """In a Hessian product, scalars that only the value and the first derivative need are left out.

    Legal for an assigned scalar, no parameter and no exit flag, that neither an adjoint reads nor
    any statement but assignments to such scalars; and whose computation cannot raise: where
    divisions by zero raise, a division is left out only if its divisor is a literal.

    Examples
    --------
    >>> import math
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x):
    ...     t = x * x
    ...     return t * math.sin(x)
    >>> print(change_by("dead_values", f, 1.0, along=True))
    -    result_dot = t_dot * sin_1 + sin_1_dot * t
    -    result = t * sin_1
    """

    name = "dead_values"

    def unread(self, adjoint):
        return unread(adjoint)


def unread(adjoint):
    """Return the scalars whose values are not wanted; see `DeadValues`."""
    raises = adjoint.program.strictness.raises
    assigned = {s.name for s in adjoint.loops.all if isinstance(s, Assign)}
    dividing = {
        s.name
        for s in adjoint.loops.all
        if isinstance(s, Assign) and raises and _may_divide_by_zero(s.value)
    }
    candidates = assigned - dividing - {*adjoint.program.parameters}
    while True:
        read = set()
        for s in adjoint.loops.all:
            if not (isinstance(s, Assign) and s.name in candidates):
                read |= reads_of(s) | {getattr(s, "exit_flag", "")}
            elif s.name in adjoint.activity.active:
                p = adjoint.pullback(s.name).pull(s.value, "bar", s.name)
                read |= p.uses | ({s.name} if p.uses_result else set())
        if not read & candidates:
            return candidates
        candidates = candidates - read


def _may_divide_by_zero(value):
    divisions = (ast.Div, ast.FloorDiv, ast.Mod)
    return any(
        isinstance(n, ast.BinOp)
        and isinstance(n.op, divisions)
        and not isinstance(n.right, ast.Constant)
        for n in ast.walk(value)
    )
