"""The decorators of generated functions, which tell Numba what only the generator knows.

Numba counts an index below zero from the end, by a test at every access.  The generator knows
integers that are never negative: a pass of Numba's pipeline casts these to unsigned integers
where they are indices.
"""

import functools
import operator

import numba
from numba.core import ir, types
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import FunctionPass, register_pass
from numba.core.ir_utils import mk_unique_var
from numba.core.typed_passes import NopythonTypeInference
from numba.core.untyped_passes import DeadBranchPrune

_GROWING = (operator.add, operator.mul, operator.iadd, operator.imul, operator.floordiv)


@register_pass(mutates_CFG=False, analysis_only=False)
class UnsignedIndices(FunctionPass):
    """Cast indices that are known not to be negative to unsigned integers."""

    _name = "fastad_unsigned_indices"

    def __init__(self):
        FunctionPass.__init__(self)

    def run_pass(self, state):
        names = getattr(state.pipeline_names, "names", frozenset())
        return _Unsigned(state, names).run()


class _Unsigned:
    def __init__(self, state, names):
        self.state, self.names = state, names
        self.typemap = state.typemap
        self.definitions = {}
        for block in state.func_ir.blocks.values():
            for s in block.find_insts(ir.Assign):
                self.definitions.setdefault(s.target.name, []).append(s.value)
        self.known = {}

    def run(self):
        changed = False
        for block in self.state.func_ir.blocks.values():
            body = []
            for s in block.body:
                changed |= self.statement(s, body)
                body.append(s)
            block.body = body
        return changed

    def statement(self, s, body):
        if isinstance(s, ir.Assign) and isinstance(s.value, ir.Expr) and s.value.op == "getitem":
            index = self.unsigned(s.value.value, s.value.index, s.loc, body)
            if index is None:
                return False
            new = ir.Expr.getitem(s.value.value, index, s.loc)
            array = self.typemap[s.value.value.name]
            signature = self.state.typingctx.resolve_function_type(
                operator.getitem, (array, self.typemap[index.name]), {}
            )
            self.state.calltypes.pop(s.value, None)
            self.state.calltypes[new] = signature
            s.value = new
            return True
        if isinstance(s, ir.SetItem):
            index = self.unsigned(s.target, s.index, s.loc, body)
            if index is None:
                return False
            old = self.state.calltypes.pop(s)
            s.index = index
            self.state.calltypes[s] = self.state.typingctx.resolve_setitem(
                self.typemap[s.target.name], self.typemap[index.name], old.args[2]
            )
            return True
        return False

    def unsigned(self, array, index, loc, body):
        """Return an index variable of unsigned integers, or None."""
        if not isinstance(self.typemap.get(array.name), types.Array):
            return None
        t = self.typemap[index.name]
        if isinstance(t, types.Integer) and t.signed:
            return self.cast(index, loc, body) if self.not_negative(index) else None
        if isinstance(t, types.UniTuple | types.Tuple):
            parts = self.definitions.get(index.name, [])
            if len(parts) != 1 or getattr(parts[0], "op", "") != "build_tuple":
                return None
            items, any_cast = [], False
            for v in parts[0].items:
                it = self.typemap[v.name]
                if isinstance(it, types.Integer) and it.signed and self.not_negative(v):
                    items.append(self.cast(v, loc, body))
                    any_cast = True
                else:
                    items.append(v)
            if not any_cast:
                return None
            new = ir.Var(index.scope, mk_unique_var("$index"), loc)
            self.typemap[new.name] = types.BaseTuple.from_types(
                [types.unliteral(self.typemap[v.name]) for v in items]
            )
            body.append(ir.Assign(ir.Expr.build_tuple(items, loc), new, loc))
            return new
        return None

    def cast(self, v, loc, body):
        new = ir.Var(v.scope, mk_unique_var("$unsigned"), loc)
        self.typemap[new.name] = types.uintp
        body.append(ir.Assign(ir.Expr.cast(v, loc), new, loc))
        return new

    def not_negative(self, v):
        name = v.name
        if name.split(".")[0] in self.names:
            return True
        if name not in self.known:
            self.known[name] = False  # for a definition that reads itself
            values = self.definitions.get(name, [])
            self.known[name] = bool(values) and all(self.value_not_negative(x) for x in values)
        return self.known[name]

    def value_not_negative(self, value):
        if isinstance(value, ir.Const):
            return isinstance(value.value, int) and value.value >= 0
        if isinstance(value, ir.Var):
            return self.not_negative(value)
        if isinstance(value, ir.Expr) and value.op in ("binop", "inplace_binop"):
            function = value.fn if value.op == "binop" else value.immutable_fn
            if function in _GROWING:
                return self.not_negative(value.lhs) and self.not_negative(value.rhs)
        return False


def _pipeline(names, separate):
    """Return the compiler class for integers that are never negative, and arrays apart or not."""

    class Generated(CompilerBase):
        def define_pipelines(self):
            self.state.flags.noalias = separate
            self.state.pipeline_names = Generated
            manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
            manager.add_pass_after(UnsignedIndices, NopythonTypeInference)
            # The function's branches were dropped when it was typed, as Numba saw them then. Were
            # others dropped now, a list or variable that they alone fill would have no type.
            manager.passes = [p for p in manager.passes if p[0] is not DeadBranchPrune]
            manager.finalize()
            return [manager]

    Generated.names = frozenset(names)
    return Generated


def separate(*names, **options):
    """Return the decorator of a function whose arrays do not overlap (`NoAlias`).

    The integers with these names are never negative.
    """
    return numba.njit(pipeline_class=_pipeline(names, True), **options)


def sweeping(*names, **options):
    """Return the decorator of any other function; the integers are never negative."""
    return numba.njit(pipeline_class=_pipeline(names, False), **options)


def in_parallel(*names, **options):
    """Return the decorator of a function whose prange loop runs a loop's chunks."""
    return numba.njit(parallel=True, error_model=options["error_model"])


def decorators(strictness):
    """Return name -> decorator of generated functions, for a program's `Strictness`."""
    options = {"error_model": "python" if strictness.raises else "numpy"}
    if strictness.boundscheck:
        options["boundscheck"] = True
    if strictness.fast:
        options["fastmath"] = strictness.fast
    made = (separate, sweeping, in_parallel)
    return {f.__name__: functools.partial(f, **options) for f in made}
