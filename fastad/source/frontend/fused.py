"""Expressions of arrays, of which Numba makes one loop over numbers: what that computes otherwise.

Bytes a and b in ``(a * b) * x`` are multiplied as numbers are there, without the wrap of ``a * b``
alone, and truth values are added up. Here each operation is a statement of its own; so those inside
get operands that are as wide as Numba's numbers. And the loop runs behind all calls in the
expression: where one of these writes into an array, ``x * y + bump(y)`` is not what it says.
"""

import ast
import operator

import numpy as np
from numba.core import types
from numba.core.errors import TypingError
from numba.core.registry import cpu_target
from numba.core.typing.npydecl import supported_array_operators
from numba.np.numpy_support import as_dtype

from ...jit.effects import effects
from ..ir import callees as known
from ..ir.expressions import typed
from ..ir.statements import UnlikeSource, is_array
from ..syntax.array_loops import INVERTED, PRODUCTS
from ..syntax.comprehensions import Comprehension

_OPERATORS = {
    **{ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul},
    **{ast.Div: operator.truediv, ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod},
    **{ast.Pow: operator.pow, ast.LShift: operator.lshift, ast.RShift: operator.rshift},
    **{ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor},
    **{ast.USub: operator.neg, ast.UAdd: operator.pos, ast.Invert: operator.invert},
    **known.COMPARED,
}
_NUMBERS = types.Array | types.Number | types.Boolean
_SPLITS = ast.IfExp | ast.BoolOp | Comprehension  # Numba's loop ends where there are branches


class AsNumba(ast.NodeTransformer):
    """Make the operands of operations inside of array expressions as wide as Numba's.

    Parameters
    ----------
    scope : `Scope`
        Of the function whose typed tree is changed, in place.

    Raises
    ------
    UnlikeSource
        Where Numba computes something else than the source says, in all that is done here with it.
    """

    def __init__(self, scope):
        self.scope, self.casts = scope, 0

    def visit(self, node):
        if isinstance(node, ast.Assign | ast.AugAssign) and self.scope.compiled_for_threads:
            for target in getattr(node, "targets", None) or [node.target]:
                self.refuse_cut(target, node.value)
        if self.operation(node) is None:
            return self.generic_visit(node)
        self.refuse_late(node)
        before, t = self.casts, node.type
        written = ast.unparse(node)
        wide = self.wide(node, True)
        if self.casts == before:
            return wide
        self.scope.unit.widened = True
        for n in ast.walk(wide):
            if isinstance(n, _SPLITS) or self.is_users(n):
                raise UnlikeSource(
                    f"{written} computes with small integers or truth values; give its other "
                    "parts, that branch or call functions, names before",
                    node,
                )
        return wide if wide.type.dtype == t.dtype else self.cast(wide, t.dtype)

    def refuse_late(self, node):
        """Refuse calls that write into arrays behind operations which Numba does after all calls.

        An operand that is no operation of arrays is evaluated where it stands.
        """
        before = False  # whether there is such an operation
        for e in self.in_order(node):
            if self.operation(e) is not None:
                before = True
                continue
            for call in filter(self.is_users, ast.walk(e) if before else ()):
                if effects(self.scope.resolve(call.func)).written:
                    raise UnlikeSource(
                        f"{ast.unparse(node)}: Numba computes with the arrays after "
                        f"{ast.unparse(call)} has run, which may write into them; give what comes "
                        "before it a name",
                        node,
                    )

    def in_order(self, node):
        """Yield the operations inside of an expression of arrays, and other operands, in order."""
        for e in _operands(node):
            if self.operation(e) is not None:
                yield from self.in_order(e)
            yield e

    def is_users(self, node):
        call = isinstance(node, ast.Call) and self.scope.is_global(node.func)
        return call and known.is_user_function(self.scope.resolve(node.func))

    def operation(self, node):
        """Return the operator or ufunc of which an expression of arrays is made, or None."""
        if not isinstance(node, ast.expr) or not is_array(getattr(node, "type", None)):
            return None
        found = None
        if isinstance(node, ast.BinOp | ast.UnaryOp):
            found = _OPERATORS.get(type(node.op))
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            found = _OPERATORS.get(type(node.ops[0]))
        elif isinstance(node, ast.Call) and self.scope.is_global(node.func):
            found = self.scope.resolve(node.func)
            plain = isinstance(found, np.ufunc) and len(node.args) == found.nin
            return found if plain and not node.keywords else None
        return found if found in supported_array_operators else None

    def wide(self, node, outermost=False, counted=False):
        """Return an operation with operands as wide as Numba's; its type may be another one.

        ``counted`` says that a 1 is not as good as a truth value: ``~1`` is -2, and true.
        """
        function = self.operation(node)
        if function is None:
            return self.visit(node)
        given = _operands(node)
        types_before = [self.scope.type_of(e) or types.none for e in given]
        operands = [self.wide(e, counted=function in INVERTED) for e in given]
        kinds = [self.scope.type_of(e) or types.none for e in operands]
        if not all(isinstance(types.unliteral(t), _NUMBERS) for t in kinds):
            return _with(node, operands, node.type)
        found = node.type if kinds == types_before else _resolved(function, kinds)
        if self.scope.compiled_for_threads:
            self.refuse_uncut(node, function, found.dtype, kinds)
        # The outermost result is cut to its type, and a product of truth values is one.
        flags = function in PRODUCTS and all(_item(t) == types.boolean for t in kinds)
        if outermost or (flags and not counted):
            return _with(node, operands, found)
        number = _resolved(function, [*map(_item, kinds)])
        if not isinstance(number, types.Integer) or found.dtype == number:
            return _with(node, operands, found)
        unary = isinstance(node, ast.UnaryOp) and isinstance(found.dtype, types.Integer)
        if unary or getattr(found.dtype, "bitwidth", 0) == 64:  # Numba widens the result; a shift
            return self.cast(_with(node, operands, found), number)
        operands = [
            self.cast(e, number) if is_array(t) and t.dtype != number else e
            for e, t in zip(operands, kinds, strict=True)
        ]
        return _with(node, operands, _resolved(function, [*map(self.scope.type_of, operands)]))

    def refuse_uncut(self, node, function, dtype, kinds):
        """Refuse small integers in threads: Numba cuts the result only where it stays an array."""
        number = _resolved(function, [*map(_item, kinds)])
        flags = dtype == types.boolean and function not in (operator.add, np.add)
        if isinstance(number, types.Integer) and dtype != number and not flags:
            raise UnlikeSource(
                f"{ast.unparse(node)} computes with small integers or truth values, which Numba "
                "may widen in threads; use .astype(np.int64)",
                node,
            )

    def refuse_cut(self, target, value):
        """Refuse writes that cut numbers to the integers of an array of the function's, in threads.

        Where Numba makes one loop of this one and that which reads the array, it leaves out the
        array, and with it the cut. Integers of 32 bits are taken to be indices, which need none.
        """
        if not isinstance(target, ast.Subscript):
            return
        t, kind = self.scope.type_of(target.value), _item(self.scope.type_of(value))
        if not is_array(t) or _base(target) in {a.arg for a in self.scope.tree.args.args}:
            return
        small = getattr(t.dtype, "bitwidth", 64) < 32
        # Whole constants from 0 to 127 are numbers of any type of integers.
        fits = isinstance(value, ast.Constant) and t.dtype != types.boolean
        fits = fits and as_dtype(t.dtype).type(value.value % 128) == value.value
        floats = isinstance(kind, types.Float) or (isinstance(kind, types.Integer) and small)
        if isinstance(t.dtype, types.Integer) and floats and kind != t.dtype and not fits:
            raise UnlikeSource(
                f"{ast.unparse(target)} holds {t.dtype}, and gets {kind}, which Numba may not cut "
                f"in threads; write numbers of type {t.dtype}",
                target,
            )

    def cast(self, node, dtype):
        """Return a copy of an array as one of another type."""
        self.casts += 1
        t = self.scope.type_of(node)
        path = typed(ast.Attribute(node, "astype", ast.Load()), None)
        call = ast.Call(path, [self.scope.named(as_dtype(dtype).type)], [])
        layout = "F" if t.layout == "F" else "C"
        return ast.copy_location(typed(call, types.Array(dtype, t.ndim, layout)), node)


def _base(node):
    """Return the name of the array that a subscript is of, or None."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return getattr(node, "id", None)


def _item(t):
    """Return the type of the numbers of an array, or of a number."""
    return types.unliteral(getattr(t, "dtype", t))


def _resolved(function, kinds):
    """Return the type of what a function returns; refuse what Numba computes for numbers alone."""
    kinds = tuple(map(types.unliteral, kinds))
    try:
        return cpu_target.typing_context.resolve_function_type(function, kinds, {}).return_type
    except TypingError:
        raise UnlikeSource(
            f"{function.__name__} of small integers inside of an expression of arrays; give its "
            "operands names before"
        ) from None


def _operands(node):
    """Return the operands of an operation."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp):
        return [node.operand]
    return [node.left, *node.comparators] if isinstance(node, ast.Compare) else node.args


def _with(node, operands, t):
    """Give an operation other operands, and its type; return it."""
    if isinstance(node, ast.BinOp):
        node.left, node.right = operands
    elif isinstance(node, ast.UnaryOp):
        (node.operand,) = operands
    elif isinstance(node, ast.Compare):
        node.left, *node.comparators = operands
    else:
        node.args = operands
    node.type = t
    return node
