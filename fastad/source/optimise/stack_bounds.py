"""How many values loops put on a stack at most, by interval arithmetic of their bounds."""

import ast

from ..ir.expressions import constant, expression, literal, load, names_in, same
from ..ir.statements import Assign, For, If, Names, Set, While, blocks, walk, written


class StackBounds:
    """Room on the stacks is made once, before the loops.

    Legal where interval arithmetic of the loops' bounds gives an upper bound of the number of
    values that they keep, in variables that have their values before the loops whichever branch is
    taken; where no ``while`` loop and no called function keeps values; and where the expression of
    the bound cannot raise (`bound`).

    Examples
    --------
    >>> import numpy as np
    >>> from fastad.source.emit.shown import change_by
    >>> def f(x):
    ...     y = 1.0
    ...     for i in range(x.size):
    ...         y = y * x[i]
    ...     return y
    >>> print(change_by("stack_bounds", f, np.ones(4), about="room,new_stack"))
    -    stack_ = new_stack(base_, 64)
    -    stack_ = room(stack_, top_, iterations)
    +    (result_value,) = f_sweeps(result_seed, x, x_bar, new_stack(base_, max(x.size, 0)))
    """

    name = "stack_bounds"

    def bound(self, adjoint, body, top, loop):
        return bound(body, top, adjoint.counts, always_bound(adjoint.program), loop)


def always_bound(program):
    """Return the variables that have a value whichever branches are taken: bound outside them."""
    simple = [s for s in program.body if not list(blocks(s))]
    return {*program.parameters, *(n for s in simple for n in written(s))}


def bound(body, top, counts, sure, loop=None):
    """Return an upper bound of the number of values that statements put on a stack, or None.

    ``top`` is the stack's top, ``counts`` are the variables that hold numbers of iterations,
    ``sure`` those that surely have a value.  Of an iteration of ``loop`` it holds for each.
    """
    finder, around = _Bound(top, counts, sure, Names(body).stored), {}
    if loop is not None and literal(loop.step) == 1:
        around[loop.name] = loop.start, _less_one(loop.stop)
    elif loop is not None:
        finder.stored.add(loop.name)
    finder.block(body, around, [])
    if finder.failed:
        return None
    total = None
    for term in finder.terms:
        total = term if total is None else ast.BinOp(total, ast.Add(), term)
    return constant(1, None) if total is None else total


def _less_one(high):
    return expression("high - 1", high=high)


class _Bound:
    """Adds up what raises a stack's top, each times the iterations of the loops around it."""

    def __init__(self, top, counts, sure, stored):
        self.top, self.counts, self.sure, self.stored = top, counts, sure, stored
        self.terms, self.failed = [], False

    def block(self, body, ranges, factors):
        for s in body:
            if self.pushes(s):
                term = None
                for factor in [*factors, self.upper(s.value, ranges)]:
                    term = factor if term is None else ast.BinOp(term, ast.Mult(), factor)
                self.terms.append(term)
            elif self.given_away(s):
                self.failed = True
            elif isinstance(s, Assign):
                if s.name in self.counts:
                    low = constant(0, None)
                    ranges = {**ranges, s.name: (low, self.upper(s.value, ranges))}
            elif isinstance(s, For) and self.grows(s):
                if literal(s.step) != 1:
                    self.failed = True  # a backward loop that keeps values
                    continue
                low, high = self.lower(s.start, ranges), self.upper(s.stop, ranges)
                inside = {**ranges, s.name: (low, _less_one(high))}
                count = expression("max(high - low, 0)", high=high, low=low)
                self.block(s.body, inside, [*factors, count])
            elif isinstance(s, While):
                self.failed |= self.grows(s)
            elif isinstance(s, If):
                self.block(s.body, ranges, factors)
                self.block(s.orelse, ranges, factors)

    def grows(self, s):
        return any(self.pushes(t) or self.given_away(t) for t in walk([s]))

    def pushes(self, s):
        """Tell whether a statement raises the top of the stack."""
        is_top = isinstance(s, Set) and isinstance(s.target, ast.Name) and s.target.id == self.top
        return is_top and s.op == "+"

    def given_away(self, s):
        """Tell whether a called function returns the stack, on which it may have put values."""
        several = isinstance(s, Set) and isinstance(s.target, ast.Tuple)
        return several and self.top in names_in(s.target)

    def upper(self, e, ranges):
        return self.interval(e, ranges)[1]

    def lower(self, e, ranges):
        return self.interval(e, ranges)[0]

    def interval(self, e, ranges):
        """Return (lower, upper) bounds of an integer expression."""
        if isinstance(e, ast.Constant):
            return e, e
        if isinstance(e, ast.Name):
            if e.id in ranges:
                return ranges[e.id]
            self.failed |= e.id in self.stored or e.id not in self.sure
            return e, e
        if isinstance(e, ast.BinOp):
            (a, b), (c, d) = self.interval(e.left, ranges), self.interval(e.right, ranges)
            if isinstance(e.op, ast.Add):
                return ast.BinOp(a, e.op, c), ast.BinOp(b, e.op, d)
            if isinstance(e.op, ast.Sub):
                return ast.BinOp(a, e.op, d), ast.BinOp(b, e.op, c)
            if isinstance(e.op, ast.Mult):
                return _extremes_of_products((a, b), (c, d))
        if isinstance(e, ast.Call) and isinstance(e.func, ast.Name) and e.func.id == "max":
            pairs = [self.interval(a, ranges) for a in e.args]
            return tuple(
                ast.Call(load("max"), ends, []) for ends in map(list, zip(*pairs, strict=True))
            )
        if isinstance(e, ast.UnaryOp) and isinstance(e.op, ast.USub):
            low, high = self.interval(e.operand, ranges)
            return ast.UnaryOp(e.op, high), ast.UnaryOp(e.op, low)
        changing = {*self.stored, *ranges}
        names = names_in(e)
        if not names & changing and names <= self.sure | _CALLED and _never_raises(e):
            return e, e
        self.failed = True
        return constant(0, None), constant(0, None)


_CALLED = {"len", "max", "min"}


def _never_raises(e):
    """Tell whether an integer expression can be evaluated even where its loop does not run.

    The size of a stack is computed before the branches around the loop.
    """
    for n in ast.walk(e):
        if isinstance(n, ast.Div | ast.FloorDiv | ast.Mod | ast.Pow):
            return False
        if isinstance(n, ast.BinOp) and isinstance(n.op, ast.LShift | ast.RShift):
            if not isinstance(n.right, ast.Constant):
                return False
        if isinstance(n, ast.Subscript) and getattr(n.value, "attr", "") != "shape":
            return False
        if isinstance(n, ast.Call) and getattr(n.func, "id", "") not in _CALLED:
            return False
    return True


def _extremes_of_products(one, other):
    """Return (lower, upper) bounds of a product, given those of its factors."""
    products = {}
    for x in one:
        for y in other:
            p = ast.BinOp(x, ast.Mult(), y)
            products.setdefault(ast.dump(p), p)
    if len(products) == 1:
        return (*products.values(),) * 2
    for x, y in ((one, other), (other, one)):
        if same(*x) and isinstance(x[0], ast.Constant):  # not negative
            return tuple(ast.BinOp(x[0], ast.Mult(), end) for end in y)
    ends = list(products.values())
    return ast.Call(load("min"), ends, []), ast.Call(load("max"), ends, [])
