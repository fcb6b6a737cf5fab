"""Lowering of blocks: ``break``, ``continue`` and early ``return`` become branches and flags."""

import ast

from numba.core import types

from ..ir.expressions import load, typed
from ..ir.statements import If
from .scope import Part


class Exits(Part):
    """The part of the lowering that gives every block one exit."""

    def statements(self, body):
        """Lower statements; those after an exit under a condition move into the other branch."""
        for k, s in enumerate(body):
            rest = body[k + 1 :]
            if isinstance(s, ast.If) and _exits(s):
                self.scope.at(s)
                test = self.parts.expressions.value(s.test)
                if _always(s.body):
                    self.branch(s, test, s.body, [*s.orelse, *rest])
                    return
                if _always(s.orelse):
                    self.branch(s, test, [*s.body, *rest], s.orelse)
                    return
                self.branch(s, test, s.body, s.orelse)
                self.guarded(_exits(s), rest)
                return
            self.parts.statements.statement(s)
            if isinstance(s, ast.Return | ast.Break | ast.Continue):
                return
            if isinstance(s, ast.For | ast.While) and any(
                isinstance(n, ast.Return) for n in ast.walk(s)
            ):
                self.guarded({ast.Return}, rest)
                return

    def branch(self, s, test, body, orelse):
        """Lower both branches, and emit the `If` with the line of its test."""
        branches = self.inner(body), self.inner(orelse)
        self.scope.at(s)
        self.scope.emit(If(test, *branches))

    def guarded(self, kinds, rest):
        """Lower the rest of a block under a test that no exit flag of these kinds is set."""
        flags = []
        if ast.Return in kinds and self.scope.returned_flag:
            flags.append(self.scope.returned_flag)
        if self.scope.loops:
            broke, skipped = self.scope.loops[-1]
            if ast.Break in kinds:
                flags.append(broke)
            if ast.Continue in kinds:
                flags.append(skipped)
        if not rest:
            return
        test = load(flags[0], types.boolean)
        for f in flags[1:]:
            test = typed(ast.BoolOp(ast.Or(), [test, load(f, types.boolean)]), types.boolean)
        self.scope.emit(
            If(typed(ast.UnaryOp(ast.Not(), test), types.boolean), self.inner(rest), [])
        )

    def inner(self, body):
        """Lower a block and return its statements."""
        outer, self.scope.out = self.scope.out, []
        self.statements(body)
        inner, self.scope.out = self.scope.out, outer
        return inner


def _always(body):
    """Tell whether a block always leaves the one around it."""
    if not body:
        return False
    last = body[-1]
    if isinstance(last, ast.Return | ast.Break | ast.Continue):
        return True
    return isinstance(last, ast.If) and _always(last.body) and _always(last.orelse)


def _exits(s):
    """Return the kinds of exit of the enclosing block that an if statement holds."""
    kinds = set()
    stack = [*s.body, *s.orelse]
    while stack:
        n = stack.pop()
        if isinstance(n, ast.Return | ast.Break | ast.Continue):
            kinds.add(type(n))
        elif isinstance(n, ast.If):
            stack += [*n.body, *n.orelse]
        elif isinstance(n, ast.For | ast.While):
            if any(isinstance(m, ast.Return) for m in ast.walk(n)):
                kinds.add(ast.Return)
    return kinds
