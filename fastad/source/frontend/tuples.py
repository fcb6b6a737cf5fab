"""Tuples made of other tuples: slices, sums, choices; and items whose index is a variable."""

import ast

from numba.core import types

from ..ir.expressions import INT, clone, constant, load, typed
from ..ir.statements import Assign, If, Raise, Unsupported, carries, is_array
from .scope import Part


class Tuples(Part):
    """The part of the lowering that deals with expressions whose values are tuples."""

    def parts_of(self, hint, node):
        """Return the items of a tuple that is made of other tuples; None for other expressions."""
        handler = getattr(self, f"of_{type(node).__name__.lower()}", None)
        return None if handler is None else handler(hint, node)

    def of_binop(self, hint, node):
        """``a + b``: the items of a, then those of b."""
        if not isinstance(node.op, ast.Add):
            return None
        both = [self.parts.targets.tuple_parts(hint, e) for e in (node.left, node.right)]
        return [*both[0], *both[1]]

    def of_subscript(self, hint, node):
        """``t[1:]``, and an item that is a tuple itself."""
        if not isinstance(node.value.type, types.BaseTuple):
            return None
        if not isinstance(node.slice, ast.Slice):
            found = self.parts.expressions.tuple_item(node)
            return found.elts if isinstance(found, ast.Tuple) else None
        bounds = (node.slice.lower, node.slice.upper, node.slice.step)
        places = [None if b is None else place_of(b) for b in bounds]
        if any(p is None and b is not None for p, b in zip(places, bounds, strict=True)):
            return None
        return self.parts.targets.tuple_parts(hint, node.value)[slice(*places)]

    def of_ifexp(self, hint, node):
        """``a if test else b``: a variable for each item."""
        test = self.parts.expressions.value(node.test)
        if any(isinstance(t, types.BaseTuple) for t in node.type):
            return None
        own = [self.scope.variable(f"{hint}_{k}", t) for k, t in enumerate(node.type)]
        branches = []
        for chosen in (node.body, node.orelse):
            outer, self.scope.out = self.scope.out, []
            for name, part in zip(own, self.parts.targets.tuple_parts(hint, chosen), strict=True):
                self.parts.statements.give(name, clone(part))
            branches.append(self.scope.out)
            self.scope.out = outer
        self.scope.emit(If(test, *branches))
        return [load(name, t) for name, t in zip(own, node.type, strict=True)]

    def of_let(self, hint, node):
        """A `Let` whose body is a tuple."""
        self.parts.targets.assign_parts(node)
        return self.parts.targets.tuple_parts(hint, node.body)

    def item_by_variable(self, parts, node):
        """Return the item of a tuple of numbers of one type whose index is a variable."""
        t = node.type
        if is_array(t) or isinstance(t, types.BaseTuple) or self.scope.lazy:
            raise Unsupported("a tuple of floats is indexed by a variable; use an array", node)
        place = self.parts.expressions.simple(node.slice, "place")
        name = self.scope.variable("item", t)
        wrong = load(self.scope.unit.import_global("IndexError", IndexError))
        chain = [self.scope.located(Raise(typed(ast.Call(wrong, [], []), None)))]
        for k, part in reversed([*enumerate(parts)]):
            tests = [_equal(place, p) for p in (k, k - len(parts))]
            test = typed(ast.BoolOp(ast.Or(), tests), types.boolean)
            chain = [self.scope.located(If(test, [self.given(name, part)], chain))]
        self.scope.emit(chain[0])
        return load(name, t)

    def given(self, name, part):
        return self.scope.located(Assign(name, clone(part)))


def leaves(parts):
    """Return the items of a tuple, flattened: with the items of the tuples inside."""
    return [
        leaf
        for e in parts
        for leaf in (leaves(e.elts) if isinstance(e, ast.Tuple) and carries(e.type) else [e])
    ]


def leaf_types(t):
    """Return the types of the `leaves` of a tuple of a type."""
    nested = isinstance(t, types.BaseTuple) and carries(t)
    return [leaf for part in t for leaf in leaf_types(part)] if nested else [t]


def grouped(parts, t):
    """Return the items of a tuple of type t, taken from an iterator over its `leaves`."""
    return [
        typed(ast.Tuple(grouped(parts, e), ast.Load()), e)
        if isinstance(e, types.BaseTuple) and carries(e)
        else next(parts)
        for e in t
    ]


def place_of(index):
    """Return the value of an index that is a literal integer, else None."""
    sign = 1
    if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub):
        index, sign = index.operand, -1
    known = isinstance(index, ast.Constant) and isinstance(index.value, int)
    return sign * index.value if known else None


def _equal(place, k):
    test = ast.Compare(clone(place), [ast.Eq()], [constant(k, INT)])
    return typed(test, types.boolean)


def refuse_whole(statement):
    """Refuse a variable that holds a whole tuple of floats or arrays: only its items have one."""
    value = getattr(statement, "value", None)
    if isinstance(statement, Assign) and isinstance(value, ast.Tuple):
        if isinstance(value.type, types.BaseTuple) and carries(value.type):
            raise Unsupported("a tuple of tuples is used as a whole; unpack it")
