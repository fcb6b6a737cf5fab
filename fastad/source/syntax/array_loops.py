"""What Numba's loops over arrays compute otherwise than the source says, of any typed function.

Jets and Vars run the user's function operation by operation. Numba makes one loop of an expression
of arrays, in which small integers and truth values are numbers of 64 bits, and which runs behind
all calls inside of the expression. `fastad.source.frontend.fused` computes so what is lowered; here
Numba's own representation is asked, which exists also of functions that cannot be lowered.
"""

import contextlib
import operator

import numpy as np
from numba.core import ir, types
from numba.core.caching import NullCache
from numba.core.compiler_lock import global_compiler_lock
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError, TypingError
from numba.core.registry import cpu_target
from numba.np.numpy_support import as_dtype
from numba.np.ufunc.array_exprs import RewriteArrayExprs

from ...jit.call_graph import reached
from ...jit.effects import effects
from ...jit.generated import ByTypes, python_function
from ...numbers.jet import ActiveType
from ..ir.statements import is_array
from .infer import typed_statements

_WAY_OUT = "give the parts of that expression names before"
PRODUCTS = (operator.mul, np.multiply)
INVERTED = (operator.invert, np.invert)
_NEGATIVE = (operator.neg, operator.invert, operator.sub, operator.isub)


def computed_otherwise(f, argument_types, serial=False):
    """Return why f, run through Jets or Vars, would not compute what Numba computes, or "".

    Parameters
    ----------
    f : callable
    argument_types : sequence of Numba types
        With floats for the Jets or Vars.
    serial : bool
        Whether f runs in one thread there, if it is compiled for several.

    Returns
    -------
    str
        The place, what is meant, and a way out.

    Examples
    --------
    >>> def squares(b, x):
    ...     return b * b * x
    >>> floats = types.float64[::1]
    >>> said = computed_otherwise(squares, [types.uint8[::1], floats])
    >>> said.partition("): ")[2].partition(";")[0]
    'Numba computes here with integers that are wider than uint8'
    >>> computed_otherwise(squares, [types.int64[::1], floats])
    ''
    """
    with _nothing_kept(f):
        return _reason_of_all(f, argument_types, serial)


@contextlib.contextmanager
def _nothing_kept(f):
    """Keep what is compiled to find types off the disk.

    Numba links a recursive function that it reads from disk wrong, where it was called with numbers
    that are literal (a crash in the next process): nobody has asked for it to be there.
    """
    with global_compiler_lock:
        caches = [(d, d._cache) for d in reached(f) if isinstance(d, Dispatcher)]
        for dispatcher, _ in caches:
            dispatcher._cache = NullCache()
        try:
            yield
        finally:
            for dispatcher, cache in caches:
                dispatcher._cache = cache


def _reason_of_all(f, argument_types, serial):
    found, todo = set(), [(f, tuple(map(types.unliteral, argument_types)))]
    while todo:
        function, given = todo.pop()
        if (function, given) in found or isinstance(function, ByTypes):
            continue
        found.add((function, given))
        typed = _Typed.of(function, given)
        if typed is None:
            continue
        node, said = typed.reason(serial and function is f)
        if said:
            code = python_function(function).__code__
            return f"{function.__name__} ({code.co_filename}:{node.loc.line}): {said}"
        todo += typed.called()
    return ""


class _Typed:
    """A function as Numba types it, before it makes loops of its expressions of arrays."""

    def __init__(self, state, parallel):
        self.state, self.parallel = state, parallel
        self.types, self.calls = state.typemap, state.calltypes
        self.blocks = list(state.func_ir.blocks.values())

    @classmethod
    def of(cls, function, given):
        """Return a function with its types; None where Numba has none for it."""
        try:
            state = typed_statements(python_function(function), given)
        except NumbaError:
            return None
        options = getattr(function, "targetoptions", {})
        return cls(state, bool(options.get("parallel")))

    def called(self):
        """Return the user's functions that are called, each with the types of its arguments."""
        return [
            (t.dispatcher, tuple(map(types.unliteral, self.calls[e].args)))
            for block in self.blocks
            for _, e, t in self.calls_in(block)
            if e in self.calls and self.calls[e] is not None
        ]

    def calls_in(self, block):
        """Yield the place, the call, and the type, of the user's functions called in a block."""
        for k, s in enumerate(block.body):
            e = getattr(s, "value", None)
            if isinstance(e, ir.Expr) and e.op == "call":
                t = self.types.get(e.func.name)
                if isinstance(t, types.Dispatcher) and isinstance(t.dispatcher, Dispatcher):
                    yield k, e, t

    def reason(self, serial):
        """Return the statement that is computed otherwise, and why; or (None, "")."""
        for block in self.blocks:
            for s, said in self.reasons(block, serial):
                if said:
                    return s, said
        return None, ""

    def reasons(self, block, serial):
        rewrite = RewriteArrayExprs(self.state)
        matched = rewrite.match(self.state.func_ir, block, self.types, self.calls)
        assigns = dict(rewrite.array_assigns) if matched else {}
        operands = {n: rewrite._get_operands(s.value) for n, s in assigns.items()}
        functions = {n: rewrite._get_array_operator(s.value) for n, s in assigns.items()}
        # What stands in another operation, as `RewriteArrayExprs` finds it.
        inside = {
            o.name: n
            for n, several in operands.items()
            for o in several
            if o.is_temp and o.name in assigns
        }
        place = {id(s): k for k, s in enumerate(block.body)}
        for n, s in assigns.items():
            root = n
            while root in inside:
                root = inside[root]
            if not self.has_floats(root, operands, assigns):
                continue
            if n in inside or self.parallel:
                outer = functions.get(inside.get(n))
                yield s, self.widened(functions[n], operands[n], self.types[n].dtype, outer)
            if n in inside:
                yield s, self.late(block, place[id(s)], place[id(assigns[root])])
        if self.parallel:
            for s in block.body:
                yield s, self.cut(s)
                if serial:
                    yield s, self.negative(s)

    def has_floats(self, name, operands, assigns):
        """Tell whether an expression of arrays computes with floats, which could be Jets."""
        for o in operands[name]:
            item = _item(self.types[o.name])
            if isinstance(item, types.Float | ActiveType):
                return True
            if o.name in assigns and self.has_floats(o.name, operands, assigns):
                return True
        return False

    def widened(self, function, operands, dtype, outer):
        """Tell what Numba's loop computes with wider integers than the operation alone."""
        kinds = [_item(self.types[o.name]) for o in operands]
        if function in PRODUCTS and {*kinds} == {types.boolean} and outer not in INVERTED:
            return ""  # 0 or 1, as a truth value
        try:
            number = cpu_target.typing_context.resolve_function_type(function, tuple(kinds), {})
        except TypingError:
            return ""  # Numba has a loop for arrays alone, and does not compile this one
        if not isinstance(number.return_type, types.Integer) or number.return_type == dtype:
            return ""
        return f"Numba computes here with integers that are wider than {dtype}; {_WAY_OUT}"

    def late(self, block, first, last):
        """Tell what writes into arrays before the loop runs, and after its part of the source."""
        for k, _, t in self.calls_in(block):
            if first < k < last and effects(t.dispatcher).written:
                name = t.dispatcher.__name__
                return (
                    f"Numba computes with the arrays after {name} has run, which may write into "
                    f"them; {_WAY_OUT}"
                )
        return ""

    def cut(self, s):
        """Tell what Numba's threads may not cut to the integers of an array of the function's."""
        if not isinstance(s, ir.SetItem | ir.StaticSetItem):
            return ""
        t, kind = self.types[s.target.name], _item(self.types[s.value.name])
        if not is_array(t) or not isinstance(t.dtype, types.Integer) or self.is_given(s.target):
            return ""
        floats = isinstance(kind, types.Float)
        small = isinstance(kind, types.Integer) and getattr(t.dtype, "bitwidth", 64) < 32
        if not (floats or small) or kind == t.dtype or self.fits(s.value, t.dtype):
            return ""
        return f"an array of {t.dtype} gets {kind}, which Numba may not cut in threads"

    def fits(self, variable, dtype):
        """Tell whether a variable is a constant that any integer of a type can be."""
        found = self.definition(variable)
        value = getattr(found, "value", None)
        fitting = isinstance(found, ir.Const | ir.Global | ir.FreeVar)
        fitting = fitting and isinstance(value, int | np.integer)
        return fitting and as_dtype(dtype).type(value % 128) == value

    def is_given(self, variable):
        return isinstance(self.definition(variable), ir.Arg)

    def definition(self, variable):
        """Return what a variable is, through other names of it; None where that is not known."""
        found = variable
        while isinstance(found, ir.Var):
            several = self.state.func_ir._definitions.get(found.name, ())
            found = several[0] if len(several) == 1 else None
        return found

    def negative(self, s):
        """Tell what a loop of threads, whose variable is unsigned, computes 2**64 off."""
        e = getattr(s, "value", None)
        if not isinstance(e, ir.Expr) or e.op not in ("unary", "binop", "inplace_binop"):
            return ""
        variables = [v for v in e.list_vars() if not self.is_constant(v)]
        kinds = [self.types[v.name] for v in variables]
        whole = all(isinstance(t, types.Integer) for t in map(types.unliteral, kinds))
        one = len(variables) == len(e.list_vars())
        if e.fn not in _NEGATIVE or not whole or not one:
            return ""
        return "in threads Numba's variable of prange is unsigned; write 0 - i, or prange(0, n)"

    def is_constant(self, variable):
        return isinstance(self.definition(variable), ir.Const)


def _item(t):
    """Return the type of the numbers of an array, or of a number."""
    return types.unliteral(getattr(t, "dtype", t))
