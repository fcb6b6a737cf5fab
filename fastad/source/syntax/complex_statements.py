"""A function that computes with complex numbers becomes one of real numbers: each is a pair.

Afterwards no expression, variable or array of the tree is complex, so that the front end, the
analyses, the adjoint and the tangent know real numbers alone. The derivative of the rewritten
program is that of the user's function of real numbers, whatever complex numbers are in between.

A variable that is complex anywhere in the function becomes two variables everywhere. A complex
argument of the differentiated function is data: its parts are read at the start.
"""

import ast
import cmath

import numpy as np
from numba.core import types

from ..ir.expressions import clone, typed
from ..ir.statements import Unsupported, is_array
from .complex_arithmetic import FLOAT
from .complex_assignments import ComplexAssignments
from .complex_calls import ComplexCalls
from .complex_expressions import ComplexExpressions
from .pairs import Pair, holds_complex, is_complex, real_type


def computes_with_complex(tree, argument_types, globals_):
    """Tell whether a typed tree has complex numbers anywhere."""
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


def without_complex(tree, names, argument_types, inlined):
    """Put pairs of real numbers in the place of complex ones, in a function's tree.

    Parameters
    ----------
    tree : ast.FunctionDef
        Typed (`infer.annotate`).
    names : `Scope`
    argument_types : list of Numba types
    inlined : bool
        Whether the function is inlined into another one, which passes pairs.

    Returns
    -------
    set of str
        The variables with the parts of complex arrays that are data. Most are copies, so that a
        write into one would be lost; such writes are refused later.
    """
    return _ComplexStatements(tree, names).function(inlined, argument_types)


class _ComplexStatements(ComplexAssignments):
    def __init__(self, tree, names):
        self.tree, self.names, self.prelude, self.copies = (
            tree,
            _Fresh(tree, names, self),
            [],
            set(),
        )
        for n, t in tree.variables.items():
            if isinstance(t, types.Optional) and holds_complex(t.type):
                raise Unsupported(f"{n} is None or complex; begin with a number", tree)
        self.variables = {
            n: self.names.fresh_parts(n)
            for n, t in tree.variables.items()
            if is_complex(t) and n in names.local
        }
        self.e = ComplexExpressions(self.names, self.variables)
        self.e.calls, self.e.block = ComplexCalls(self.e), self.block

    def function(self, inlined, argument_types):
        arguments = []
        for a, t in zip(self.tree.args.args, argument_types, strict=True):
            if a.arg not in self.variables:
                arguments.append(a)
            elif not (isinstance(t, Pair) or is_complex(t)):  # it becomes complex
                arguments.append(a)
                self.converted(a, t)
            elif inlined:
                arguments += [ast.copy_location(ast.arg(n), a) for n in self.variables[a.arg]]
            else:
                arguments.append(a)
                self.read(a.arg)
        self.tree.args.args = arguments
        body = self.block(self.tree.body)
        self.tree.body[:] = [*self.prelude, *body]
        self.tree.variables = self.tree.variables | {
            n: FLOAT for parts in self.variables.values() for n in parts
        }
        ast.fix_missing_locations(self.tree)
        return self.copies

    def converted(self, a, t):
        """Bind the parts of a parameter that is complex later to its real argument and 0."""
        real, imag = self.variables[a.arg]
        given = typed(ast.Name(a.arg, ast.Load()), t)
        for name, value in ((real, self.e.as_float(given, t)), (imag, ast.Constant(0.0))):
            made = ast.Assign([ast.Name(name, ast.Store())], value)
            self.prelude.append(ast.copy_location(made, self.tree))

    def read(self, name):
        """Bind the parts of a complex parameter, at the start."""
        t = self.tree.variables[name]
        if getattr(t, "dtype", t) == types.complex64:
            raise Unsupported("complex64 numbers are not differentiated; use complex128", self.tree)
        self.parts_of(typed(ast.Name(name, ast.Load()), t), self.variables[name])

    def parts_of(self, node, parts):
        """Assign the parts of a complex parameter or global to two variables, at the start."""
        for name, attribute in zip(parts, ("real", "imag"), strict=True):
            value = self.contiguous(clone(node), attribute)
            if is_array(node.type):
                self.copies.add(name)
            made = ast.Assign([ast.Name(name, ast.Store())], value)
            self.prelude.append(ast.copy_location(made, self.tree))

    def contiguous(self, node, attribute):
        """Return a part of a complex value; for an array a copy in the same order of memory.

        In another order, arrays computed from it would be in that order, too, and some operations
        on them views where Numba's are copies. An array in neither order is not copied: the part is
        a view, into which nothing may be written (`copies`).
        """
        t = node.type
        if not is_array(t):
            return typed(ast.Attribute(node, attribute, ast.Load()), FLOAT)
        view = types.Array(FLOAT, t.ndim, "A")
        value = typed(ast.Attribute(node, attribute, ast.Load()), view)
        if t.layout == "A":
            return value
        if t.layout == "C":
            return self.e.called(np.copy, [value], types.Array(FLOAT, t.ndim, "C"))
        rows = typed(ast.Attribute(value, "T", ast.Load()), view)
        copied = self.e.called(np.copy, [rows], types.Array(FLOAT, t.ndim, "C"))
        return typed(ast.Attribute(copied, "T", ast.Load()), types.Array(FLOAT, t.ndim, "F"))

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
                return s  # the front end leaves a print out
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
        t = self.tree.returned
        if is_complex(t):
            s.value = self.e.operand(s.value, t)
        elif isinstance(t, types.BaseTuple) and holds_complex(t) and isinstance(s.value, ast.Tuple):
            items = [
                self.e.operand(e, part) if is_complex(part) else self.e.visit(e)
                for e, part in zip(s.value.elts, t, strict=True)
            ]
            s.value = typed(ast.Tuple(items, ast.Load()), real_type(t))
        else:
            s.value = self.e.visit(s.value)
            if holds_complex(t) and s.value.type != real_type(t):
                raise Unsupported("a tuple with complex numbers is returned; write it out", s)
        return s

    # Loops -------------------------------------------------------------------------------

    def on_for(self, s):
        own = {n.id for n in ast.walk(s.target) if isinstance(n, ast.Name)} & self.variables.keys()
        before = []
        s.iter, s.target = self.over(s.iter, s.target, before)
        if own & {n.id for n in ast.walk(s.target) if isinstance(n, ast.Name)}:
            raise Unsupported("the variable of a loop becomes complex; use two names", s)
        if not isinstance(s.target, ast.Name):
            s.target = self.target(s.target)
        s.body = self.block(s.body)
        return [*before, s]

    def over(self, iterated, target, before):
        """Return what a loop iterates over, and its target, both of real numbers.

        Statements that must run before the loop are added to ``before``.
        """
        if self.e.is_complex(iterated):
            pair = self.e.visit(iterated)
            if not isinstance(pair, ast.Tuple):
                values, computed = self.kept(pair)
                before += computed
                pair = self.e.pair(*values, pair.type)
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
            of, item = self.over(iterated.args[0], target.elts[1], before)
            iterated.args[0] = of
            target.elts[1] = item
            return iterated, target
        if target_of is zip and complex_parts and isinstance(target, ast.Tuple):
            if self.e.calls_users(iterated):
                raise Unsupported("zip of what functions return; give the arrays names", target)
            given, items = [], []
            for a, e in zip(iterated.args, target.elts, strict=True):
                of, item = self.over(a, e, before)
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
    """Makes new names for a function; everything else is passed on to its `Scope`."""

    def __init__(self, tree, scope, owner):
        self.scope, self.owner, self.globals_read = scope, owner, {}
        self.taken = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} | scope.local

    def __getattr__(self, name):
        return getattr(self.scope, name)

    def fresh_parts(self, hint):
        """Return two new names, for the parts of a complex variable."""
        k, own = 0, hint
        while {f"{own}_re", f"{own}_im"} & self.taken:
            k += 1
            own = f"{hint}_{k}"
        parts = f"{own}_re", f"{own}_im"
        self.taken |= {*parts}
        self.scope.local |= {*parts}
        return parts

    def parts_of_global(self, node):
        """Return the variables of the parts of a global array, bound at the start."""
        path = ast.unparse(node)
        if path not in self.globals_read:
            self.globals_read[path] = self.fresh_parts(path.split(".")[-1])
            t = self.scope.unit.typeof(self.scope.resolve(node))
            self.owner.parts_of(typed(clone(node), t), self.globals_read[path])
        return self.globals_read[path]

    def unit_writes(self, expressions, s):
        """Tell whether a statement passes an array to a function of the user's."""
        calls = (n for n in ast.walk(s) if isinstance(n, ast.Call))
        return any(
            expressions.calls_users(n) and any(is_array(self.scope.type_of(a)) for a in n.args)
            for n in calls
        )
