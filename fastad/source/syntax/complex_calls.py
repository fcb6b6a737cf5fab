"""Calls of functions that take or return complex numbers."""

import ast
import cmath
import math

import numpy as np
from numba.core import types

from ...arrays import complex_arrays
from ...rules import complex_formulas as formulas
from ..ir import callees as known
from ..ir.expressions import clone, constant, typed
from ..ir.statements import Unsupported, is_array
from .complex_arithmetic import FLOAT, FLOAT_PAIR
from .pairs import Let, Pair, elementwise, holds_complex, is_complex, real_type

_SMOOTH = ("exp", "sin", "cos", "sinh", "cosh", "tan", "tanh")  # formulas without branches
_OF_ARRAYS = {
    **{n: getattr(formulas, f"c{n}") for n in _SMOOTH},
    **{"log": complex_arrays.logs, "sqrt": complex_arrays.sqrts},
}
_NUMPYS = {"acos": "arccos", "asin": "arcsin", "atan": "arctan"}
_NUMPYS |= {"acosh": "arccosh", "asinh": "arcsinh", "atanh": "arctanh"}
_ELEMENTARY = {
    f: (getattr(formulas, f"c{n}"), _OF_ARRAYS.get(n))
    for n in (
        *("exp", "log", "log10", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh"),
        *("acos", "asin", "atan", "acosh", "asinh", "atanh"),
    )
    for f in (getattr(cmath, n), getattr(np, _NUMPYS.get(n, n)))
}
_OPERATIONS = {
    **{np.add: "Add", np.subtract: "Sub", np.multiply: "Mult", np.divide: "Divide"},
    **{np.true_divide: "Divide", np.power: "Pow", pow: "Pow", np.dot: "MatMult"},
}
_ABSOLUTE = {abs, np.abs, np.absolute}
_ANGLES = {np.angle, cmath.phase}
_CONJUGATES = {np.conj, np.conjugate}
# Linear functions: they do the same to the real parts and to the imaginary parts.
_LINEAR = {
    *(np.sum, np.mean, np.cumsum, np.copy, np.reshape, np.ravel, np.transpose, np.diag),
    *(np.trace, np.roll, np.flip, np.diff, np.ascontiguousarray),
}
_LINEAR_METHODS = {"sum", "mean", "cumsum", "copy", "reshape", "ravel", "flatten", "transpose"}
_LINEAR_METHODS |= {"trace"}
_COPIES = {np.array, np.asarray}
_JOINS = {np.concatenate, np.hstack, np.vstack, np.stack, np.column_stack}
_TYPES = {complex, np.complex128}


class ComplexCalls:
    """Rewrite the calls of one function: a part of `ComplexExpressions`."""

    def __init__(self, expressions):
        self.e, self.names = expressions, expressions.names

    def complex_result(self, node):
        """Rewrite a call whose result is a complex number or array."""
        if self.e.is_method(node):
            return self.method(node)
        if not self.names.is_global(node.func):
            return self.users(node, None)
        target = self.names.resolve(node.func)
        if target in _TYPES:
            return self.made(node)
        if known.is_user_function(target):
            return self.users(node, target)
        handler = next((h for group, h in self.handlers() if target in group), None)
        if handler is None:
            raise Unsupported(f"{ast.unparse(node)} of complex numbers is not differentiated", node)
        return handler(node, target)

    def handlers(self):
        """Yield (set of functions, method that rewrites their calls)."""
        yield _ELEMENTARY, self.elementary
        yield _OPERATIONS, self.operation
        yield _CONJUGATES, lambda node, _: self.conjugate(node.args[0], node.type)
        yield {np.square}, lambda node, _: self.square(node)
        yield {np.reciprocal}, lambda node, _: self.reciprocal(node)
        yield {np.negative}, lambda node, _: self.negated(node)
        yield {cmath.rect}, lambda node, _: self.rect(node)
        yield known.SHAPED | known.SHAPED_LIKE | {np.full, np.full_like}, self.new_array
        yield _LINEAR, lambda node, target: self.linear(node, target)
        yield _COPIES, self.copied
        yield _JOINS, self.joined
        yield {np.where}, lambda node, target: self.where(node, target)
        yield {np.vdot}, lambda node, target: self.vdot(node)
        yield {np.outer}, self.outer

    # Numbers -----------------------------------------------------------------------------

    def made(self, node):
        """``complex(a, b)``."""
        if node.keywords:
            raise Unsupported(f"{ast.unparse(node)}: pass the parts by position", node)
        if not node.args:
            return self.e.complex_constant(ast.Constant(0j))
        if any(map(self.e.is_complex, node.args)):
            if len(node.args) > 1:
                raise Unsupported(f"{ast.unparse(node)}: of real parts; write a + 1j * b", node)
            return self.e.visit(node.args[0])
        real, *imag = [self.e.as_float(self.e.visit(a), None) for a in node.args]
        return self.e.pair(real, *(imag or [constant(0.0, FLOAT)]), FLOAT_PAIR)

    def elementary(self, node, target):
        of_numbers, of_arrays = _ELEMENTARY[target]
        function = of_arrays if is_array(node.type) else of_numbers
        if function is None or len(node.args) != 1:
            raise Unsupported(f"{ast.unparse(node)}: of one complex number; write a loop", node)
        return self.e.formula(function, [self.e.operand(node.args[0], node.type)], node.type)

    def operation(self, node, target):
        operands = [self.e.operand(a, node.type) for a in node.args]
        if len(operands) != 2 or node.keywords:
            raise Unsupported(f"{ast.unparse(node)}: of two operands", node)
        return self.e.operation(_OPERATIONS[target], operands, node)

    def conjugate(self, of, t):
        pair = self.e.visit(of)
        return self.e.once(
            [pair], lambda a: self.e.pair(self.e.copied(a[0]), self.e.negative(a[1]), t), False
        )

    def square(self, node):
        pair = self.e.operand(node.args[0], node.type)
        return self.e.once([pair], lambda a: self.e.product(a, a, node.type))

    def reciprocal(self, node):
        """1 / z; NumPy's function never raises."""
        pair = self.e.operand(node.args[0], node.type)
        if is_array(node.type):
            return self.e.formula(complex_arrays.reciprocals, [pair], node.type)
        one = self.e.pair(constant(1.0, FLOAT), constant(0.0, FLOAT), FLOAT_PAIR)
        return self.e.formula(formulas.divide, [one, pair], node.type)

    def negated(self, node):
        return self.e.each(self.e.operand(node.args[0], node.type), self.e.negative, node.type)

    def rect(self, node):
        parts = [self.e.as_float(self.e.visit(a), None) for a in node.args]
        return self.e.called(formulas.rect, parts, FLOAT_PAIR)

    # Arrays ------------------------------------------------------------------------------

    def new_array(self, node, target):
        """``np.zeros(n, dtype=np.complex128)`` and its like: two arrays of floats."""
        t = real_type(node.type).part
        if self.e.calls_users(*node.args, *(k.value for k in node.keywords)):
            raise Unsupported(f"{ast.unparse(node)}: give what it calls a name before", node)
        if t.layout == "F" and t.ndim > 1:
            raise Unsupported(f"{ast.unparse(node)} in Fortran order; give the shape", node)
        named = {k.arg: k.value for k in node.keywords if k.arg != "dtype"}
        shape, *others = [*node.args, *named.values()]
        like = target in known.SHAPED_LIKE or target is np.full_like
        if like:
            of = self.e.visit(shape)
            of = of.elts[0] if isinstance(of, ast.Tuple) and isinstance(of.type, Pair) else of
            if isinstance(of.type, Pair):
                of = self.e.part(of, 0)
            shape = typed(ast.Attribute(of, "shape", ast.Load()), None)
            shape.type = types.UniTuple(types.intp, t.ndim)
        else:
            shape = self.e.visit(shape)
        if t.ndim == 0:
            raise Unsupported(f"{ast.unparse(node)} is an array without axes; use a number", node)
        t = types.Array(FLOAT, t.ndim, "C")
        if target in (np.full, np.full_like):
            value = self.e.operand(others[0], types.complex128)
            return self.e.once(
                [value],
                lambda a: self.e.pair(
                    *(self.e.called(np.full, [clone(shape), part], t) for part in a), Pair(t)
                ),
                False,
            )
        first = {np.zeros_like: np.zeros, np.ones_like: np.ones, np.empty_like: np.empty}
        first = first.get(target, target)
        second = np.zeros if first is np.ones else first
        return self.e.pair(*(self.e.called(f, [clone(shape)], t) for f in (first, second)), Pair(t))

    def linear(self, node, target, owner=None):
        """A linear function: call it for each part, with the same other arguments."""
        operand, *others = node.args if owner is None else [owner, *node.args]
        others = [self.e.visit(a) for a in others]
        keywords = [ast.keyword(k.arg, self.e.visit(k.value)) for k in node.keywords]
        if any(k.arg == "dtype" for k in keywords) or self.e.calls_users(
            *others, *(k.value for k in keywords)
        ):
            raise Unsupported(f"{ast.unparse(node)} of complex numbers is not differentiated", node)
        t = real_type(node.type).part

        def done(a):
            if owner is None:
                new = self.e.called(target, [a, *clone(others)], t)
            else:
                path = typed(ast.Attribute(a, node.func.attr, ast.Load()), None)
                new = typed(ast.Call(path, clone(others), []), t)
            new.keywords = clone(keywords)
            return new

        return self.e.each(self.e.visit(operand), done, node.type)

    def copied(self, node, target):
        """``np.array(z)``, ``np.asarray(x, dtype=np.complex128)``, ``np.array([z, w])``."""
        of = node.args[0]
        if isinstance(of, ast.List | ast.Tuple):
            return self.listed(node, of)
        t = self.e.type_of(of)
        if not is_array(t):
            raise Unsupported(f"{ast.unparse(node)}: of an array, or a list written out", node)
        part = elementwise(t)
        if self.e.is_complex(of) and target is np.asarray:
            return self.e.visit(of)  # ``np.asarray`` of a complex array is that array
        return self.e.each(
            self.e.operand(of, node.type), lambda a: self.e.called(np.copy, [a], part), node.type
        )

    def listed(self, node, of):
        """An array of a list or tuple literal."""
        if any(isinstance(e, ast.List | ast.Tuple | ast.Starred) for e in of.elts):
            raise Unsupported(f"{ast.unparse(node)}: a matrix of complex numbers; fill it", node)
        items = [self.e.operand(e, types.complex128) for e in of.elts]
        if any(is_array(p.type.part) for p in items):
            raise Unsupported(f"{ast.unparse(node)}: of arrays of complex numbers; fill it", node)
        t = real_type(node.type).part

        def array(parts):
            written = typed(ast.List(parts, ast.Load()), types.List(FLOAT))
            return self.e.called(np.array, [written], t)

        return self.e.once(
            items,
            lambda *given: self.e.pair(*(array([p[k] for p in given]) for k in (0, 1)), node.type),
            False,
        )

    def joined(self, node, target):
        """``np.concatenate`` and its like, of a tuple literal of arrays."""
        of, *others = node.args
        others += [k.value for k in node.keywords]
        if not isinstance(of, ast.Tuple | ast.List) or self.e.calls_users(*others):
            raise Unsupported(f"{ast.unparse(node)}: of arrays that are written out", node)
        arrays = [self.e.operand(e, node.type) for e in of.elts]
        t = real_type(node.type).part

        def join(parts):
            kinds = [self.names.type_of(p) for p in parts]
            given = typed(ast.Tuple(parts, ast.Load()), types.BaseTuple.from_types(kinds))
            new = self.e.called(target, [given, *clone(node.args[1:])], t)
            new.keywords = clone(node.keywords)
            return new

        return self.e.once(
            arrays,
            lambda *given: self.e.pair(*(join([p[k] for p in given]) for k in (0, 1)), node.type),
            False,
        )

    def where(self, node, target):
        test, *chosen = node.args
        if len(chosen) != 2 or self.e.calls_users(test):
            raise Unsupported(f"{ast.unparse(node)}: of a condition and two values", node)
        test, t = self.e.visit(test), real_type(node.type).part
        # The condition is evaluated once, before the values, which may write into what it reads.
        names = self.e.names.fresh_parts("where")[:1]
        given = self.e.named_part(names[0], self.names.type_of(test))
        body = self.e.once(
            [self.e.operand(c, node.type) for c in chosen],
            lambda a, b: self.e.pair(
                *(self.e.called(np.where, [clone(given), a[k], b[k]], t) for k in (0, 1)), node.type
            ),
            False,
        )
        return typed(Let(names, test, body), body.type)

    def vdot(self, node):
        first = self.conjugate(node.args[0], self.e.type_of(node.args[0]))
        return self.e.dot([first, self.e.visit(node.args[1])], node.type)

    def outer(self, node, target):
        part = real_type(node.type).part

        def times(x, y):
            return self.e.called(np.outer, [clone(x), clone(y)], part)

        def make(a, b):
            real = self.e.arithmetic(times(a[0], b[0]), ast.Sub(), times(a[1], b[1]), "sub")
            imag = self.e.arithmetic(times(a[0], b[1]), ast.Add(), times(a[1], b[0]), "add")
            return self.e.pair(real, imag, node.type)

        return self.e.once([self.e.operand(a, node.type) for a in node.args], make)

    def method(self, node):
        """A method of a complex number or array, whose result is complex."""
        owner, name = node.func.value, node.func.attr
        if name in ("conjugate", "conj"):
            return self.conjugate(owner, node.type)
        if name == "astype":
            return self.e.each(
                self.e.operand(owner, node.type),
                lambda a: self.e.called(np.copy, [a], real_type(node.type).part),
                node.type,
            )
        if name == "dot":
            operands = [self.e.operand(a, node.type) for a in (owner, *node.args)]
            return self.e.dot(operands, node.type)
        if name in _LINEAR_METHODS:
            return self.linear(node, None, owner)
        raise Unsupported(f"{ast.unparse(node)} of complex numbers is not differentiated", node)

    # Real results, and functions of the user's -------------------------------------------

    def real_result(self, node):
        """Rewrite a call whose result is not complex, though its arguments may be."""
        if self.e.is_method(node):
            if self.e.is_complex(node.func.value):
                raise Unsupported(
                    f"{ast.unparse(node)} of complex numbers is not differentiated", node
                )
            return self.e.generic_visit(node)
        if not self.names.is_global(node.func):
            return self.users(node, None)
        target = self.names.resolve(node.func)
        if known.is_user_function(target):
            return self.users(node, target)
        given = [*node.args, *(k.value for k in node.keywords)]
        if target in _ANGLES or target is cmath.polar:
            return self.polar(node, target)
        if not any(holds_complex(self.e.type_of(a)) for a in given):
            node.args = [self.e.visit(a) for a in node.args]
            node.keywords = [ast.keyword(k.arg, self.e.visit(k.value)) for k in node.keywords]
            return node
        return self.of_complex(node, target)

    def of_complex(self, node, target):
        """A library's function of complex numbers with a real result."""
        if len(node.args) == 1 and not node.keywords:
            of = node.args[0]
            if target in _ABSOLUTE:
                hypot = np.hypot if is_array(node.type) else math.hypot
                return self.e.once(
                    [self.e.visit(of)], lambda a: self.e.called(hypot, a, node.type), False
                )
            if target in (np.real, np.imag):
                return self.e.part(self.e.visit(of), target is np.imag)
            if target in (len, np.shape, np.size, np.ndim) and is_array(self.e.type_of(of)):
                node.args = [self.e.part(self.e.visit(of), 0)]
                return node
            if target is np.linalg.norm:
                return self.e.once(
                    [self.e.visit(of)],
                    lambda a: self.e.called(
                        math.hypot, [self.e.called(target, [part], FLOAT) for part in a], FLOAT
                    ),
                    False,
                )
        raise Unsupported(f"{ast.unparse(node)} of complex numbers is not differentiated", node)

    def polar(self, node, target):
        """The angle, or the absolute value and the angle."""
        of = node.args[0]
        if len(node.args) > 1 or node.keywords:
            raise Unsupported(f"{ast.unparse(node)}: in radians, without other arguments", node)
        pair = self.e.operand(of, types.complex128)
        angle, size = (np.arctan2, np.hypot) if is_array(node.type) else (math.atan2, math.hypot)
        if target is not cmath.polar:
            return self.e.once(
                [pair], lambda a: self.e.called(angle, [a[1], a[0]], node.type), False
            )
        return self.e.once(
            [pair],
            lambda a: typed(
                ast.Tuple(
                    [
                        self.e.called(size, clone(a), FLOAT),
                        self.e.called(angle, [a[1], a[0]], FLOAT),
                    ],
                    ast.Load(),
                ),
                types.UniTuple(FLOAT, 2),
            ),
        )

    def users(self, node, target):
        """A call of a function of the user's: it takes pairs, and may return one."""
        wanted = self.signature(target)
        if node.keywords and any(map(is_complex, wanted)):
            raise Unsupported(f"{ast.unparse(node)}: pass the arguments by position", node)
        node.args = [self.given(a, wanted, k) for k, a in enumerate(node.args)]
        node.keywords = [ast.keyword(k.arg, self.e.visit(k.value)) for k in node.keywords]
        node.type = real_type(node.type)
        return node

    def given(self, node, wanted, k):
        """Return argument k, as a pair where the signature of the function wants a complex one."""
        if k < len(wanted) and is_complex(wanted[k]) and not is_array(wanted[k]):
            return self.e.operand(node, types.complex128)
        return self.e.visit(node)

    @staticmethod
    def signature(target):
        """Return the types of the arguments of a function that has one signature."""
        signatures = getattr(target, "nopython_signatures", ())
        if getattr(target, "_can_compile", True) or len(signatures) != 1:
            return ()
        return signatures[0].args
