"""Expressions of complex numbers become expressions of their real and imaginary parts.

A complex expression becomes a pair: an ``ast.Tuple`` of two real expressions, each evaluated once;
or an expression whose value is a tuple, where one call computes both parts. `Let` names parts that
are read several times. A real operand of a complex operation gets the imaginary part 0.0, as Numba
converts it: without it the signs of zeros, and so the sides of branch cuts, would differ.
"""

import ast

import numpy as np
from numba.core import types

from ..ir.expressions import clone, constant, typed
from ..ir.statements import Unsupported, is_array
from .complex_arithmetic import FLOAT, FLOAT_PAIR, ComplexArithmetic
from .pairs import Pair, holds_complex, real_type

_SHAPES = ("shape", "size", "ndim", "strides", "itemsize", "nbytes")


class ComplexExpressions(ComplexArithmetic, ast.NodeTransformer):
    """Rewrite the expressions of one function, whose nodes have their types.

    Parameters
    ----------
    names : `Scope`
        Knows global names, and makes new ones.
    variables : dict of str to (str, str)
        Complex variable -> the two variables of its parts.
    """

    def __init__(self, names, variables):
        self.names, self.variables = names, variables

    # What an expression is ---------------------------------------------------------------

    # Making expressions ------------------------------------------------------------------

    def is_method(self, call):
        """Tell whether a call is of a method of a variable, or of a global number or array."""
        if not isinstance(call.func, ast.Attribute):
            return False
        owner = call.func.value
        if not self.names.is_global(owner):
            return True
        return isinstance(self.names.resolve(owner), complex | np.generic | np.ndarray)

    # Complex expressions -----------------------------------------------------------------

    def visit(self, node):
        if isinstance(node, ast.expr) and self.is_complex(node):
            handler = getattr(self, f"complex_{type(node).__name__.lower()}", None)
            if self.names.is_global(node):
                handler = self.complex_global
            if handler is None:
                raise Unsupported(f"{type(node).__name__} of complex numbers", node)
            return ast.copy_location(handler(node), node)
        found = super().visit(node)
        t = getattr(found, "type", None)
        if isinstance(t, types.Type) and holds_complex(t):
            found.type = real_type(t)
            if isinstance(t, types.List | types.ListType):
                raise Unsupported("a list of complex numbers; use an array", node)
        return found

    def operand(self, node, t):
        """Return an expression of the user's as a pair."""
        return self.as_pair(self.visit(node), t)

    def complex_constant(self, node):
        value = node.value
        return self.pair(constant(value.real, FLOAT), constant(value.imag, FLOAT), FLOAT_PAIR)

    def complex_global(self, node):
        value = self.names.resolve(node)
        if isinstance(value, np.ndarray):
            real, imag = self.names.parts_of_global(node)
            t = real_type(self.type_of(node)).part
            parts = (typed(ast.Name(n, ast.Load()), t) for n in (real, imag))
            return self.pair(*parts, Pair(t))
        return self.complex_constant(ast.Constant(complex(value)))

    def complex_name(self, node):
        t = real_type(node.type)
        real, imag = self.variables[node.id]
        return self.pair(*(typed(ast.Name(n, ast.Load()), t.part) for n in (real, imag)), t)

    def visit_Name(self, node):
        """Read the real part of a variable that is real here, and complex elsewhere."""
        if node.id not in self.variables or not isinstance(node.ctx, ast.Load):
            return node
        if isinstance(node.type, types.Integer):
            real = typed(ast.Name(self.variables[node.id][0], ast.Load()), FLOAT)
            return self.called(int, [real], node.type)
        return typed(ast.Name(self.variables[node.id][0], ast.Load()), node.type)

    def complex_binop(self, node):
        kind = type(node.op).__name__
        left, right = self.visit(node.left), self.visit(node.right)
        if kind == "Mult":
            operands = self.factor(left), self.factor(right)
        else:
            operands = self.as_pair(left, node.type), self.as_pair(right, node.type)
        return self.operation(kind, operands, node)

    def complex_unaryop(self, node):
        pair = self.operand(node.operand, node.type)
        if isinstance(node.op, ast.UAdd):
            return self.each(pair, self.copied, node.type)
        return self.each(pair, self.negative, node.type)

    def complex_ifexp(self, node):
        new = ast.IfExp(
            self.test(node.test),
            self.operand(node.body, node.type),
            self.operand(node.orelse, node.type),
        )
        return typed(new, real_type(node.type))

    def complex_attribute(self, node):
        if isinstance(node.value.type, types.BaseTuple):  # of a named tuple
            new = ast.Attribute(self.visit(node.value), node.attr, ast.Load())
            return typed(new, real_type(node.type))
        if node.attr != "T":
            raise Unsupported(f".{node.attr} of complex numbers is not differentiated", node)
        t = real_type(node.type)
        return self.each(
            self.visit(node.value),
            lambda a: typed(ast.Attribute(a, "T", ast.Load()), t.part),
            node.type,
        )

    def complex_subscript(self, node):
        if not is_array(self.type_of(node.value)):  # of a tuple
            new = ast.Subscript(self.visit(node.value), node.slice, ast.Load())
            return typed(new, real_type(node.type))
        t, index = real_type(node.type), self.index(node)
        return self.once(
            [self.visit(node.value)],
            lambda a: self.pair(*(self.item(part, index, t.part) for part in a), t),
        )

    def item(self, array, index, t):
        """Return an item, or a slice, of an array."""
        return typed(ast.Subscript(clone(array), clone(index), ast.Load()), t)

    def index(self, node):
        """Return the index of a subscript, to be read once for each part."""
        if self.calls_users(node.slice):
            raise Unsupported(f"{ast.unparse(node)}: give the index a name before", node)
        return self.visit(node.slice)

    def complex_call(self, node):
        return self.calls.complex_result(node)

    def visit_Comprehension(self, node):
        *before, node.loop = self.block([node.loop])
        if before:
            raise Unsupported("a comprehension over this; give the array a name before", node)
        return node

    # Real expressions with complex ones in them ------------------------------------------

    def visit_Attribute(self, node):
        if self.names.is_global(node):
            return node
        if not self.is_complex(node.value):
            return self.generic_visit(node)
        if node.attr in ("real", "imag"):
            return self.part(self.visit(node.value), node.attr == "imag")
        if node.attr in _SHAPES:
            node.value = self.part(self.visit(node.value), 0)
            return node
        raise Unsupported(f".{node.attr} of complex numbers is not differentiated", node)

    def visit_Call(self, node):
        return self.calls.real_result(node)

    def visit_Compare(self, node):
        operands = [node.left, *node.comparators]
        if not any(map(self.is_complex, operands)):
            return self.generic_visit(node)
        if len(operands) > 2 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            raise Unsupported(
                f"{ast.unparse(node)}: complex numbers are compared by == and !=", node
            )
        if is_array(node.type):
            raise Unsupported("arrays of complex numbers are compared; write a loop", node)
        both = ast.And() if isinstance(node.ops[0], ast.Eq) else ast.Or()

        def compared(a, b):
            tests = [
                typed(ast.Compare(x, node.ops, [y]), types.boolean)
                for x, y in zip(a, b, strict=True)
            ]
            return typed(ast.BoolOp(both, tests), types.boolean)

        return self.once([self.operand(e, types.complex128) for e in operands], compared, False)

    def test(self, node):
        """Return a condition, rewritten."""
        if self.is_complex(node):
            raise Unsupported(
                f"{ast.unparse(node)} as a condition; write {ast.unparse(node)} != 0", node
            )
        return self.visit(node)

    def visit_IfExp(self, node):
        node.test = self.test(node.test)
        node.body, node.orelse = self.visit(node.body), self.visit(node.orelse)
        return node

    def visit_BoolOp(self, node):
        node.values = [self.test(v) for v in node.values]
        return node

    def visit_UnaryOp(self, node):
        node.operand = self.test(node.operand)
        return node
