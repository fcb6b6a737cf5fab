"""A function of complex numbers becomes one of real numbers, in its tree: each is a pair.

Afterwards no expression, variable or array is complex, and what follows, the front end, the
analyses, the adjoint and the tangent, knows real numbers alone. The derivative of a function of
real numbers through complex ones is that of this program.

A variable that is complex anywhere is two variables everywhere. A complex argument of the whole
function is data: its parts are read at the start.
"""

import ast
import cmath

import numpy as np
from numba.core import types

from ..ir.expressions import clone, typed
from ..ir.statements import Unsupported, is_array
from .complex_calls import ComplexCalls
from .complex_expressions import FLOAT, ComplexExpressions
from .pairs import Apart, Pair, holds_complex, is_complex, real_type


def computes_with_complex(tree, argument_types, globals_):
    """Tell whether a function, whose tree has types, has complex numbers anywhere."""
    if any(isinstance(t, Pair) or holds_complex(t) for t in argument_types):
        return True
    for n in ast.walk(tree):
        t = getattr(n, "type", None)
        if isinstance(t, types.Type) and holds_complex(t):
            return True
        if isinstance(n, ast.Constant) and isinstance(n.value, complex):
            return True
        if isinstance(n, ast.Name) and n.id not in tree.variables:
            value = globals_.get(n.id)
            if value is cmath or isinstance(value, complex | np.complexfloating):
                return True
    return False


def without_complex(tree, names, inlined):
    """Put pairs of real numbers in the place of complex ones, in a function's tree.

    Parameters
    ----------
    tree : ast.FunctionDef
        With types, and a table of those of its variables.
    names : `Scope`
    inlined : bool
        Whether the function is put into another one, which passes pairs.

    Returns
    -------
    set of str
        The variables that hold copies of complex arrays: nobody would see what is written there.
    """
    return _ComplexStatements(tree, names).function(inlined)


class _ComplexStatements:
    def __init__(self, tree, names):
        self.tree, self.names, self.prelude, self.copies = (
            tree,
            _Fresh(tree, names, self),
            [],
            set(),
        )
        self.variables = {
            n: self.names.fresh_parts(n)
            for n, t in tree.variables.items()
            if is_complex(t) and n in names.local
        }
        self.e = ComplexExpressions(self.names, self.variables)
        self.e.calls = ComplexCalls(self.e)

    def function(self, inlined):
        arguments = []
        for a in self.tree.args.args:
            if a.arg not in self.variables:
                arguments.append(a)
            elif inlined:
                arguments += [ast.copy_location(ast.arg(n), a) for n in self.variables[a.arg]]
            else:
                arguments.append(a)
                self.read(a.arg)
        self.tree.args.args = arguments
        body = self.block(self.tree.body)
        self.tree.body[:] = [*self.prelude, *body]
        self.tree.variables |= {n: FLOAT for parts in self.variables.values() for n in parts}
        ast.fix_missing_locations(self.tree)
        return self.copies

    def read(self, name):
        """Read the parts of an argument at the start."""
        t = self.tree.variables[name]
        if getattr(t, "dtype", t) == types.complex64:
            raise Unsupported("complex64 numbers are not differentiated; use complex128", self.tree)
        self.parts_of(typed(ast.Name(name, ast.Load()), t), self.variables[name])

    def parts_of(self, node, parts):
        """Assign the parts of a complex value that is data to two variables, first of all."""
        t = node.type
        part = types.Array(FLOAT, t.ndim, "A") if is_array(t) else FLOAT
        for name, attribute in zip(parts, ("real", "imag"), strict=True):
            value = typed(ast.Attribute(clone(node), attribute, ast.Load()), part)
            if is_array(t):
                value = self.e.called(np.copy, [value], types.Array(FLOAT, t.ndim, "C"))
                self.copies.add(name)
            made = ast.Assign([ast.Name(name, ast.Store())], value)
            self.prelude.append(ast.copy_location(made, self.tree))

    # Statements --------------------------------------------------------------------------

    def block(self, statements):
        found = []
        for s in statements:
            new = self.statement(s)
            for t in new if isinstance(new, list) else [new]:
                found.append(ast.copy_location(t, s))
        return found

    def statement(self, s):
        handler = getattr(self, f"on_{type(s).__name__.lower()}", None)
        return self.e.generic_visit(s) if handler is None else handler(s)

    def on_if(self, s):
        s.test = self.e.test(s.test)
        s.body, s.orelse = self.block(s.body), self.block(s.orelse)
        return s

    def on_while(self, s):
        s.test, s.body = self.e.test(s.test), self.block(s.body)
        return s

    def on_expr(self, s):
        call = s.value
        if isinstance(call, ast.Call):
            if self.names.is_global(call.func) and self.names.resolve(call.func) is print:
                return s  # left out, and what it prints
            fills = self.e.is_method(call) and call.func.attr == "fill"
            if fills and self.e.is_complex(call.func.value):
                return self.filled(call)
        s.value = self.e.visit(call)
        return s

    def filled(self, call):
        """``z.fill(value)``."""
        owner = self.e.visit(call.func.value)
        names, before = self.kept(self.e.operand(call.args[0], types.complex128))
        return [
            *before,
            *(
                ast.Expr(ast.Call(ast.Attribute(part, "fill", ast.Load()), [value], []))
                for part, value in zip(owner.elts, names, strict=True)
            ),
        ]

    def on_return(self, s):
        if s.value is None:
            return s
        s.value = self.e.visit(s.value)
        if is_complex(self.tree.returned):
            s.value = self.e.as_pair(s.value, self.tree.returned)
        return s

    def kept(self, pair):
        """Return the parts of a pair as expressions that stay, and what computes them before."""
        parts = self.names.fresh_parts("part")
        targets = ast.Tuple([ast.Name(n, ast.Store()) for n in parts], ast.Store())
        values = [typed(ast.Name(n, ast.Load()), pair.type.part) for n in parts]
        return values, [ast.Assign([targets], pair)]

    # Assignments -------------------------------------------------------------------------

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
        """Tell whether something that is assigned to is complex."""
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
        return ast.Assign([self.target(target)], self.value_for(target, value))

    def value_for(self, target, value):
        """Return a value as what is assigned to: pairs where that is complex."""
        if isinstance(target, ast.Tuple):
            if isinstance(value, ast.Tuple) and len(value.elts) == len(target.elts):
                items = [
                    self.value_for(*both) for both in zip(target.elts, value.elts, strict=True)
                ]
                kinds = [self.names.type_of(e) for e in items]
                return typed(ast.Tuple(items, ast.Load()), types.Tuple(kinds))
            t = self.e.type_of(value)
            whole = isinstance(t, types.BaseTuple) and all(
                self.has_complex(e) <= is_complex(part)
                for e, part in zip(target.elts, t, strict=True)
            )
            if not whole:
                raise Unsupported("an array of complex numbers is unpacked; index it", target)
            return self.e.visit(value)
        if self.has_complex(target):
            t = value.type if is_array(getattr(value, "type", None)) else types.complex128
            return self.e.operand(value, t)
        return self.e.visit(value)

    def target(self, node):
        """Return what is assigned to: a tuple of both parts in the place of what is complex."""
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
        if self.names.unit_writes(self.e, s):
            raise Unsupported(
                "an augmented assignment of what a function returns; call it before", s
            )
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
        """``z *= value`` and ``z /= value``: computed, then assigned."""
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
        """Return the type of what an augmented assignment changes."""
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
        """Return what is assigned to as it is before."""
        if isinstance(target, ast.Name):
            return self.e.complex_name(typed(ast.Name(target.id, ast.Load()), t))
        read = ast.copy_location(ast.Subscript(target.value, target.slice, ast.Load()), target)
        return self.e.visit(typed(read, t))

    # Loops -------------------------------------------------------------------------------

    def on_for(self, s):
        s.iter, s.target = self.over(s.iter, s.target)
        if not isinstance(s.target, ast.Name):
            s.target = self.target(s.target)
        s.body = self.block(s.body)
        return s

    def over(self, iterated, target):
        """Return what a loop goes over, and its variable, both of real numbers."""
        if self.e.is_complex(iterated):
            pair = self.e.visit(iterated)
            if not isinstance(pair, ast.Tuple):
                raise Unsupported(
                    "a loop over this; give the array a name, and loop over that", target
                )
            named = ast.copy_location(self.e.called(zip, pair.elts, None), iterated)
            if not isinstance(target, ast.Name):
                raise Unsupported(
                    "a loop over rows of complex numbers, unpacked; use indices", target
                )
            return named, self.target(target)
        called = iterated.func if isinstance(iterated, ast.Call) else None
        target_of = self.names.resolve(called) if called and self.names.is_global(called) else None
        complex_parts = called is not None and any(map(self.e.is_complex, iterated.args))
        if target_of is enumerate and complex_parts and isinstance(target, ast.Tuple):
            of, item = self.over(iterated.args[0], target.elts[1])
            iterated.args[0] = of
            target.elts[1] = item
            return iterated, target
        if target_of is zip and complex_parts and isinstance(target, ast.Tuple):
            given, items = [], []
            for a, e in zip(iterated.args, target.elts, strict=True):
                of, item = self.over(a, e)
                pairs = isinstance(item, ast.Tuple) and self.e.is_complex(a)
                given += of.args if pairs else [of]
                items += item.elts if pairs else [item]
            return self.e.called(zip, given, None), ast.Tuple(items, ast.Store())
        if holds_complex(self.names.type_of(iterated)):
            raise Unsupported(
                "a loop over a tuple or a list of complex numbers; use an array", target
            )
        return self.e.visit(iterated), target


class _Fresh:
    """The names of a function, and new ones; otherwise its `Scope`."""

    def __init__(self, tree, scope, owner):
        self.scope, self.owner, self.globals_read = scope, owner, {}
        self.taken = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | scope.local

    def __getattr__(self, name):
        return getattr(self.scope, name)

    def fresh_parts(self, hint):
        """Return two new names, of the parts of a complex variable."""
        k, own = 0, hint
        while {f"{own}_re", f"{own}_im"} & self.taken:
            k += 1
            own = f"{hint}_{k}"
        parts = f"{own}_re", f"{own}_im"
        self.taken |= {*parts}
        self.scope.local |= {*parts}
        return parts

    def parts_of_global(self, node):
        """Return the names of the parts of a global array, read at the start."""
        path = ast.unparse(node)
        if path not in self.globals_read:
            self.globals_read[path] = self.fresh_parts(path.split(".")[-1])
            t = self.scope.unit.typeof(self.scope.resolve(node))
            self.owner.parts_of(typed(clone(node), t), self.globals_read[path])
        return self.globals_read[path]

    def unit_writes(self, expressions, s):
        """Tell whether a statement calls a function of the user's that is given an array."""
        calls = (n for n in ast.walk(s) if isinstance(n, ast.Call))
        return any(
            expressions.calls_users(n) and any(is_array(self.scope.type_of(a)) for a in n.args)
            for n in calls
        )


def _binary(s):
    """Return the operation of an augmented assignment, to be shown."""
    target = s.target
    read = ast.Name(target.id, ast.Load()) if isinstance(target, ast.Name) else target
    return ast.copy_location(ast.BinOp(read, s.op, s.value), s)
