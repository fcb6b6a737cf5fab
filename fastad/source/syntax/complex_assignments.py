"""Assignments to complex variables and items of complex arrays: both parts are assigned."""

import ast

from numba.core import types

from ..ir.expressions import clone, literal, typed
from ..ir.statements import Unsupported, is_array
from .pairs import Apart, Pair, is_complex, real_type


class ComplexAssignments:
    """Rewrites the assignments of one function.

    Attributes
    ----------
    e : `ComplexExpressions`
    names : `Scope`
    variables : dict of str to (str, str)
    """

    def kept(self, pair):
        """Return (names or literals of a pair's parts, statements that bind the names)."""
        names, t = self.names.fresh_parts("part"), pair.type.part
        values = [self.e.named_part(n, t) for n in names]
        if not isinstance(pair, ast.Tuple):
            targets = ast.Tuple([ast.Name(n, ast.Store()) for n in names], ast.Store())
            return values, [ast.Assign([targets], pair)]
        before = []
        for k, e in enumerate(pair.elts):
            if literal(e) is None:
                before.append(ast.Assign([ast.Name(names[k], ast.Store())], e))
            else:
                values[k] = e
        return values, before

    def on_annassign(self, s):
        return s if s.value is None else self.on_assign(ast.Assign([s.target], s.value))

    def on_assign(self, s):
        if not any(map(self.has_complex, s.targets)):
            s.value = self.e.visit(s.value)
            s.targets = [self.target(t) for t in s.targets]
            return s
        if len(s.targets) == 1:
            return self.assigned(s.targets[0], s.value)
        pair = self.value_for(s.targets[0], s.value)
        if not isinstance(pair.type, Pair):
            raise Unsupported(f"{ast.unparse(s)}: one assignment for each", s)
        values, before = self.kept(pair)
        for t in s.targets:
            value = self.e.pair(*clone(values), pair.type)
            before.append(ast.Assign([self.target(t)], value))
        return before

    def has_complex(self, target):
        """Tell whether a target, or a part of a tuple of targets, is complex."""
        if isinstance(target, ast.Tuple):
            return any(map(self.has_complex, target.elts))
        if isinstance(target, ast.Subscript):
            return is_complex(self.e.type_of(target.value))
        return isinstance(target, ast.Name) and target.id in self.variables

    def assigned(self, target, value):
        if isinstance(target, ast.Name) and is_array(self.e.type_of(value)):
            real = real_type(self.e.type_of(value))
            if not isinstance(real, Pair):
                raise Unsupported(
                    f"{target.id} is an array of complex numbers and one of floats; use two names",
                    target,
                )
        value = self.value_for(target, value)
        if not isinstance(target, ast.Subscript) or _is_plain(target.slice):
            return ast.Assign([self.target(target)], value)
        values, before = self.kept(value)
        before += self.held_index(target)
        return [*before, ast.Assign([self.target(target)], self.e.pair(*values, value.type))]

    def held_index(self, target):
        """Return statements that evaluate a target's index, once, before both parts are written.

        The index might read the part that is written first.
        """
        several = isinstance(target.slice, ast.Tuple)
        index, before = list(target.slice.elts) if several else [target.slice], []
        for k, i in enumerate(index):
            if _is_plain(i):
                continue
            if isinstance(i, ast.Slice):
                raise Unsupported(f"{ast.unparse(target)}: give the bounds names before", target)
            name = self.names.fresh_parts("index")[0]
            value = self.e.visit(i)
            before.append(ast.Assign([ast.Name(name, ast.Store())], value))
            index[k] = typed(ast.Name(name, ast.Load()), self.names.type_of(value))
        target.slice = ast.Tuple(index, ast.Load()) if several else index[0]
        return before

    def value_for(self, target, value):
        """Return a value in the form of its target: pairs where that is complex."""
        if isinstance(target, ast.Tuple):
            if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
                items = [
                    self.value_for(*both) for both in zip(target.elts, value.elts, strict=True)
                ]
                kinds = [self.names.type_of(e) for e in items]
                if None in kinds:
                    raise Unsupported("a function is assigned beside complex numbers", target)
                return typed(ast.Tuple(items, ast.Load()), types.Tuple(kinds))
            if not self.takes(target, self.e.type_of(value)):
                raise Unsupported("an array of complex numbers is unpacked; index it", target)
            return self.e.visit(value)
        if self.has_complex(target):
            t = value.type if is_array(getattr(value, "type", None)) else types.complex128
            return self.e.operand(value, t)
        return self.e.visit(value)

    def takes(self, target, t):
        """Tell whether the items of a value of type t are pairs just where the target's are."""
        if isinstance(target, ast.Tuple):
            whole = isinstance(t, types.BaseTuple)
            return whole and all(map(self.takes, target.elts, t))
        return self.has_complex(target) <= is_complex(t)

    def target(self, node):
        """Return a target, with tuples of both parts in the place of complex ones."""
        if isinstance(node, ast.Tuple):
            return ast.copy_location(
                ast.Tuple([self.target(e) for e in node.elts], ast.Store()), node
            )
        if isinstance(node, ast.Name):
            if node.id not in self.variables:
                return node
            parts = [ast.Name(n, ast.Store()) for n in self.variables[node.id]]
            return ast.copy_location(ast.Tuple(parts, ast.Store()), node)
        if isinstance(node, ast.Subscript):
            if not is_complex(self.e.type_of(node.value)):
                node.value, node.slice = self.e.visit(node.value), self.e.visit(node.slice)
                return node
            if not _is_plain(node.slice):
                raise Unsupported(f"{ast.unparse(node)}: give the index a name before", node)
            array, index = self.e.visit(node.value), self.e.index(node)
            if not isinstance(array, ast.Tuple):
                raise Unsupported(f"{ast.unparse(node)}: give the array a name before", node)
            parts = [self.e.item(part, index, None) for part in array.elts]
            return ast.copy_location(ast.Tuple(parts, ast.Store()), node)
        raise Unsupported("an assignment to this is not differentiated", node)

    def on_augassign(self, s):
        if not self.has_complex(s.target):
            if isinstance(s.target, ast.Subscript):
                s.target = self.target(s.target)
            s.value = self.e.visit(s.value)
            return s
        number = isinstance(s.target, ast.Name) and not is_array(s.type)
        if not number and self.names.unit_writes(self.e, s):
            raise Unsupported(
                "an augmented assignment of what a function returns; call it before", s
            )
        if not isinstance(s.target, ast.Subscript) or _is_plain(s.target.slice):
            return self.augmented_pair(s)
        before, after = self.held_index(s.target), self.augmented_pair(s)
        return [*before, *(after if isinstance(after, list) else [after])]

    def augmented_pair(self, s):
        """Rewrite an augmented assignment to a complex target, whose index is evaluated once."""
        kind, t = type(s.op).__name__, self.type_of_target(s)
        value = self.e.operand(s.value, t)
        if is_array(value.type.part) and not is_array(t):
            raise Unsupported("an array is added to a complex number; use two names", s)
        if kind in ("Add", "Sub"):
            values, before = self.kept(value)
            targets = self.target(s.target).elts
            both = zip(targets, values, strict=True)
            return [*before, *(self.augmented(target, s.op, v, t) for target, v in both)]
        return self.by_operation(s, kind, value, t)

    def by_operation(self, s, kind, value, t):
        """``z *= value`` and ``z /= value``: compute both parts, then assign them."""
        old = self.read_target(s.target, t)
        if not is_array(t):
            new = self.e.operation(kind, [old, value], typed(_binary(s), t))
            return ast.Assign([self.target(s.target)], new)
        values, before = self.kept(value)
        apart = [Apart(clone(a), clone(v)) for a in old.elts for v in values if is_array(v.type)]
        value = self.e.pair(*values, value.type)
        new = self.e.operation(kind, [old, value], typed(_binary(s), t))
        results, computed = self.kept(new)
        if isinstance(s.target, ast.Name):
            whole = ast.Slice(None, None, None)
            targets = [ast.Subscript(clone(e), whole, ast.Store()) for e in old.elts]
        else:
            targets = self.target(s.target).elts
        stores = [ast.Assign([e], v) for e, v in zip(targets, results, strict=True)]
        return [*before, *apart, *computed, *stores]

    def augmented(self, target, op, value, t):
        new = ast.AugAssign(target, op, value)
        new.old_type = new.type = real_type(t).part
        return new

    def type_of_target(self, s):
        """Return the type of an augmented assignment's target."""
        if isinstance(s.target, ast.Name):
            found = s.type
            return found if is_complex(found) else types.complex128
        owner = self.e.type_of(s.target.value)
        free = owner.ndim
        for i in s.target.slice.elts if isinstance(s.target.slice, ast.Tuple) else [s.target.slice]:
            kind = None if isinstance(i, ast.Slice) else self.names.type_of(i)
            if isinstance(kind, types.BaseTuple) or is_array(kind):
                raise Unsupported("an augmented assignment by an array of indices; use a loop", s)
            free -= isinstance(kind, types.Integer)
        return types.Array(owner.dtype, free, "A") if free else owner.dtype

    def read_target(self, target, t):
        """Return an expression that reads a target."""
        if isinstance(target, ast.Name):
            return self.e.complex_name(typed(ast.Name(target.id, ast.Load()), t))
        read = ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
        return self.e.visit(typed(read, t))


def _binary(s):
    """Return the operation of an augmented assignment, for messages."""
    target = s.target
    read = ast.Name(target.id, ast.Load()) if isinstance(target, ast.Name) else target
    return ast.copy_location(ast.BinOp(read, s.op, s.value), s)


def _is_plain(index):
    """Tell whether an index consists of variables and literals, which no write changes."""
    return all(isinstance(n, _PLAIN) for n in ast.walk(index))


_PLAIN = (
    *(ast.Name, ast.Constant, ast.BinOp, ast.UnaryOp, ast.Slice, ast.Tuple),
    *(ast.expr_context, ast.operator, ast.unaryop),
)
