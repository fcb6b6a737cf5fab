"""Pairs of expressions, the real and imaginary parts of complex numbers, and their arithmetic."""

import ast
import math

import numpy as np
from numba.core import types

from ...arrays import complex_arrays
from ...rules import complex_formulas as formulas
from ..ir.expressions import clone, constant, index_parts, literal, typed
from ..ir.statements import Unsupported, is_array
from .pairs import Let, Pair, elementwise, is_complex, real_type

FLOAT = types.float64
FLOAT_PAIR = Pair(FLOAT)
_FOLDED = {"add": lambda x, y: x + y, "sub": lambda x, y: x - y, "mul": lambda x, y: x * y}
_LIBRARIES = (*("numpy", "math", "cmath", "builtins", "operator", "_operator", "numba", "fastad"),)


class ComplexArithmetic:
    """Makes pairs, and computes with them.

    Attributes
    ----------
    names : `Scope`
        Knows global names, and makes new ones.
    """

    # What an expression is ---------------------------------------------------------------

    def type_of(self, node):
        """Return the type of an expression, be it a global or a complex literal."""
        if isinstance(node, ast.Constant):
            return types.complex128 if isinstance(node.value, complex) else None
        t = getattr(node, "type", None)
        if t is None and self.names.is_global(node):
            value = self.names.resolve(node)
            if isinstance(value, complex | np.complexfloating | np.ndarray):
                return self.names.unit.typeof(value)
        return t

    def is_complex(self, node):
        """Tell whether an expression of the user's is a complex number or array."""
        t = self.type_of(node)
        if isinstance(t, types.BaseTuple) or not is_complex(t):
            return False
        if getattr(t, "dtype", t) == types.complex64:
            raise Unsupported("complex64 numbers are not differentiated; use complex128", node)
        return True

    def calls_users(self, *nodes):
        """Tell whether expressions call a function of the user's, which may write into arrays."""
        found = (n for node in nodes for n in ast.walk(node) if isinstance(n, ast.Call))
        for n in found:
            if not self.names.is_global(n.func):
                if isinstance(n.func, ast.Attribute):
                    continue
                return True
            target = self.names.resolve(n.func)
            module = (getattr(target, "__module__", None) or "").split(".")[0]
            if module not in _LIBRARIES:
                return True
        return False

    # Making expressions ------------------------------------------------------------------

    def called(self, function, arguments, t):
        """Return the call of a function of ours or of a library's."""
        return typed(ast.Call(self.names.named(function), list(arguments), []), t)

    def pair(self, real, imag, t):
        """Return a pair of two real expressions, of a complex number's or array's type."""
        return typed(ast.Tuple([real, imag], ast.Load()), real_type(t))

    def part(self, pair, k):
        """Return the real (k = 0) or imaginary part of a pair whose other part is not wanted."""
        if isinstance(pair, ast.Tuple) and not self.calls_users(pair.elts[1 - k]):
            return pair.elts[k]
        place = typed(ast.Constant(k), types.intp)
        return typed(ast.Subscript(pair, place, ast.Load()), pair.type.part)

    def once(self, pairs, make, twice=True):
        """Return ``make(*parts of pairs)``; with ``twice`` it may read each part several times.

        If an operand calls a function of the user's, which may write into an array that another one
        reads, all parts are evaluated before, in their order.
        """
        calls, lets, given = self.calls_users(*pairs), [], []
        for pair in pairs:
            if not isinstance(pair, ast.Tuple):
                lets.append(([*self.names.fresh_parts("part")], pair))
                given.append([self.named_part(n, pair.type.part) for n in lets[-1][0]])
                continue
            given.append(
                [
                    e if self.stays(e, calls, twice) else self.bound(e, pair.type.part, lets)
                    for e in pair.elts
                ]
            )
        body = make(*given)
        for names, value in reversed(lets):
            body = typed(Let(names, value, body), body.type)
        return body

    @staticmethod
    def stays(e, calls, twice):
        """Tell whether a part stays in its expression; others are bound to a name before."""
        return literal(e) is not None or not (calls or (twice and not _is_atom(e)))

    def bound(self, e, t, lets):
        """Return a new name for a part; add its binding to ``lets``."""
        name = self.names.fresh_parts("part")[0]
        lets.append(([name], e))
        return self.named_part(name, t)

    @staticmethod
    def named_part(name, t):
        return typed(ast.Name(name, ast.Load()), t)

    def formula(self, function, pairs, t):
        """Return the call of a function that takes parts and returns a pair."""
        return self.once(
            pairs,
            lambda *given: self.called(function, [e for p in given for e in p], real_type(t)),
            False,
        )

    def as_pair(self, node, t):
        """Return a rewritten expression as a pair; the imaginary part of a real one is 0."""
        own = real_type(self.type_of(node))
        if isinstance(own, Pair):
            return node
        if is_array(own):
            real = self.floats(node, own)
            return self.once_real(
                real,
                lambda x: self.pair(
                    x,
                    self.called(np.zeros_like, [clone(x)], elementwise(real.type)),
                    Pair(real.type),
                ),
            )
        return self.pair(self.as_float(node, own), constant(0.0, FLOAT), FLOAT_PAIR)

    def floats(self, node, t):
        """Return an array of numbers as one of floats."""
        if t.dtype == FLOAT:
            return node
        return typed(ast.BinOp(node, ast.Mult(), constant(1.0, FLOAT)), elementwise(t), "mul")

    def factor(self, node):
        """Return an operand of a product as a pair, a real array with the number 0.0 beside it.

        (In a sum a real array needs an array of zeros: both parts of the result have the shape to
        which the operands broadcast.)
        """
        own = real_type(self.type_of(node))
        if not is_array(own):
            return self.as_pair(node, types.complex128)
        real = self.floats(node, own)
        return self.pair(real, constant(0.0, FLOAT), Pair(real.type))

    def once_real(self, node, make):
        """Return ``make(array)``, which may read the array several times."""
        if isinstance(node, ast.Name):
            return make(node)
        name = self.names.fresh_parts("real")[0]
        body = make(typed(ast.Name(name, ast.Load()), node.type))
        return typed(Let([name], node, body), body.type)

    def as_float(self, node, t):
        """Return a number as a float."""
        if t is None:
            t = self.names.type_of(node)
        value = literal(node)
        if value is not None:
            return constant(float(value), FLOAT)
        if types.unliteral(t) == FLOAT:
            return node
        return self.called(float, [node], FLOAT)

    def each(self, pair, change, t):
        """Return the pair of ``change(part)`` of both parts."""
        return self.once([pair], lambda a: self.pair(change(a[0]), change(a[1]), t), False)

    # Arithmetic --------------------------------------------------------------------------

    def operation(self, kind, operands, node):
        """Return an operation on two pairs, with the type of a node."""
        t = node.type
        if kind in ("Add", "Sub"):
            op, rule = (ast.Add(), "add") if kind == "Add" else (ast.Sub(), "sub")
            return self.once(
                operands,
                lambda a, b: self.pair(
                    self.arithmetic(a[0], op, b[0], rule), self.arithmetic(a[1], op, b[1], rule), t
                ),
                False,
            )
        if kind == "Mult":
            return self.once(operands, lambda a, b: self.product(a, b, t))
        if kind == "Div":
            return self.quotient(operands, t, formulas.divide_or_raise)
        if kind == "Divide":
            return self.quotient(operands, t, formulas.divide)
        if kind == "Pow":
            return self.power(operands, node)
        if kind == "MatMult":
            return self.dot(operands, t)
        raise Unsupported(f"{ast.unparse(node)} of complex numbers is not differentiated", node)

    def arithmetic(self, a, op, b, rule):
        """Return a sum, a difference or a product of parts, computed if they are literals."""
        x, y = literal(a), literal(b)
        if x is not None and y is not None:
            return constant(_FOLDED[rule](x, y), FLOAT)
        if rule == "mul" and x == 1.0:
            return b
        if rule == "mul" and y == 1.0:
            return a
        t = elementwise(self.names.type_of(a), self.names.type_of(b))
        if rule == "sub" and y == 0.0 and math.copysign(1.0, y) > 0.0 and not is_array(t):
            return a  # a - 0.0 is a, for -0.0 too; but an array has to be a new one
        return typed(ast.BinOp(a, op, b), t, rule)

    def product(self, a, b, t):
        """Return the product of two numbers, or of arrays by their items."""

        def times(x, y):
            return self.arithmetic(clone(x), ast.Mult(), clone(y), "mul")

        real = self.arithmetic(times(a[0], b[0]), ast.Sub(), times(a[1], b[1]), "sub")
        imag = self.arithmetic(times(a[0], b[1]), ast.Add(), times(a[1], b[0]), "add")
        return self.pair(real, imag, t)

    def quotient(self, operands, t, divide):
        """Return the quotient of numbers; of arrays, the product with the divisor's reciprocal.

        Numba's operator raises where the divisor is 0, whatever the error model; its ufunc never.
        """
        divided, divisor = operands
        number = _number_of(divisor)
        if not is_array(t):
            if number is None or divide is formulas.divide:
                return self.formula(divide, operands, t)
            name = "divide_by_number" if literal(number) else "divide_by_number_or_raise"
            by_number = getattr(formulas, name)
            return self.once(
                [divided], lambda a: self.called(by_number, [*a, number], FLOAT_PAIR), False
            )
        one = self.pair(constant(1.0, FLOAT), constant(0.0, FLOAT), FLOAT_PAIR)
        if number is not None:
            inverse = self.called(formulas.divide_by_number, [*one.elts, number], FLOAT_PAIR)
        elif is_array(divisor.type.part):
            inverse = self.formula(complex_arrays.reciprocals, [divisor], divisor.type)
        else:
            inverse = self.formula(formulas.divide, [one, divisor], divisor.type)
        return self.once([divided, inverse], lambda a, b: self.product(a, b, t))

    def power(self, operands, node):
        """Return a power; a square as a product."""
        base, exponent = operands
        t = node.type
        known = [literal(e) for e in exponent.elts] if isinstance(exponent, ast.Tuple) else []
        if known == [2.0, 0.0]:
            return self.once([base], lambda a: self.product(a, a, t))
        if not is_array(t) and known[1:] == [0.0] and known[0] is not None:
            return self.once(
                [base],
                lambda a: self.called(formulas.power_by_number, [*a, exponent.elts[0]], FLOAT_PAIR),
                False,
            )
        if not is_array(t):
            return self.formula(formulas.cpow, operands, t)
        if not is_array(base.type.part) or is_array(exponent.type.part):
            raise Unsupported("a power by an array of complex exponents; write a loop", node)
        return self.formula(complex_arrays.powers, operands, t)

    def dot(self, operands, t):
        """Return the product of vectors or matrices."""
        part = real_type(t).part

        def times(x, y):
            return self.called(np.dot, [clone(x), clone(y)], part)

        return self.once(
            operands,
            lambda a, b: self.pair(
                self.arithmetic(times(a[0], b[0]), ast.Sub(), times(a[1], b[1]), "sub"),
                self.arithmetic(times(a[0], b[1]), ast.Add(), times(a[1], b[0]), "add"),
                t,
            ),
        )

    def copied(self, a):
        """Return a part, an array as a copy."""
        t = self.names.type_of(a)
        return self.called(np.copy, [a], elementwise(t)) if is_array(t) else a

    def negative(self, a):
        """Return minus a part."""
        value = literal(a)
        if value is not None:
            return constant(-value, FLOAT)
        return typed(ast.UnaryOp(ast.USub(), a), a.type, "neg")


def _number_of(pair):
    """Return the real part of a pair that stands for a real number, else None."""
    if not isinstance(pair, ast.Tuple) or is_array(pair.type.part):
        return None
    imag = literal(pair.elts[1])
    return pair.elts[0] if imag == 0.0 and math.copysign(1.0, imag) > 0.0 else None


def _is_atom(node):
    """Tell whether an expression is cheap to read twice: a name, a literal or an item."""
    if isinstance(node, ast.UnaryOp):
        return _is_atom(node.operand)
    if isinstance(node, ast.Subscript) and not is_array(node.type):
        parts = [node.value, *index_parts(node.slice)]
        return all(isinstance(p, ast.Name | ast.Constant) for p in parts)
    return isinstance(node, ast.Name | ast.Constant)
