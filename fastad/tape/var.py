"""`Var` in the interpreter: the number, with a reference to its tape.

Every operation calls the compiled one, so that there is only one arithmetic.
"""

from __future__ import annotations

import functools
import operator
from typing import TYPE_CHECKING, Any

import numba
import numpy as np
from numba.core import cgutils, types
from numba.extending import NativeValue, box, typeof_impl, unbox

from ..jit.disk import keep_on_disk
from ..numbers.overloads import resolve
from ..numbers.shown import no_float
from ..rules.codegen import compile_source
from ..rules.functions import (
    FUNCTIONS,
    NUMPY_COMPARISONS,
    elementwise,
    function_of,
    scalars_only,
)
from ..rules.table import COMPARISONS, RULES
from .push import push, push_function
from .recording import tape_of
from .types import ExprType, VarType, make_var

if TYPE_CHECKING:
    from .._typing import Arithmetic
else:
    Arithmetic = object


_COMPILED_ONLY = "a Var with a tangent, or of a ReplayTape, lives in compiled code"
_SYMBOLS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")


class Var(Arithmetic):
    """A number on a `fastad.Tape`, made by the tape's ``variable`` or by an operation on Vars.

    Attributes
    ----------
    value : float
    tape : Tape

    Notes
    -----
    Either operand may be a float or an int.  Comparisons compare values.  A Var may be passed to an
    ``@njit`` function written for floats.  There is no conversion to float, which would lose the
    derivative silently.
    """

    __slots__ = ("_control", "_id", "tape", "value")
    __hash__ = None  # type: ignore[assignment]
    tangent = 0.0  # by this attribute fastad's functions recognise a differentiable number

    value: float
    tape: Any

    def __init__(self, value: float, id_: int, control: int, tape: Any) -> None:
        self.value, self._id, self._control, self.tape = value, id_, control, tape

    def __repr__(self) -> str:
        return f"Var(value={self.value!r})"

    def constant(self, value: float) -> Var:
        """Return a constant as an operand: the number itself."""
        return Var(float(value), 0, 0, self.tape)

    def __bool__(self) -> bool:
        return self.value != 0.0

    def __int__(self) -> int:
        return int(self.value)

    def __float__(self) -> float:
        raise no_float("Var")

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """Apply a NumPy function: ``np.sin(var)``, ``np.float64(2.0) * var``."""
        function = _ufuncs().get(ufunc)
        if function is None or method != "__call__" or options:
            raise TypeError(f"no derivative rule for np.{ufunc.__name__} on a Var")
        if any(isinstance(a, np.ndarray) for a in inputs):
            return elementwise(function, *inputs)
        return function(*(a.item() if isinstance(a, np.generic) else a for a in inputs))


@functools.cache
def _ufuncs():
    return {
        resolve(path): function_of(rule)
        for rule in RULES
        for path in rule.overloads
        if path.startswith("np.")
    } | NUMPY_COMPARISONS


@functools.cache
def _compiled(function, recorded):
    """Return a compiled function whose arguments are the parts of Vars, or numbers."""
    of = [f"v{k}, i{k}, c{k}" if is_var else f"v{k}" for k, is_var in enumerate(recorded)]
    made = [f"make_var({p})" if is_var else p for p, is_var in zip(of, recorded, strict=True)]
    name = f"{function.__name__}_of_" + "".join("xv"[is_var] for is_var in recorded)
    lines = [
        f"def {name}({', '.join(of)}):",
        f"    made = push(function({', '.join(made)}))",
        "    return made.value, made.id, made.tape",
    ]
    scope = {"make_var": make_var, "push": push, "function": function, "__name__": __name__}
    return keep_on_disk(numba.njit(compile_source("\n".join(lines) + "\n", name, scope)))


def _applied(function, *operands):
    """Apply a compiled function to Vars and numbers; return a Var, or a number for constants."""
    recorded = tuple(isinstance(x, Var) for x in operands)
    parts = []
    for x, is_var in zip(operands, recorded, strict=True):
        parts += [x.value, x._id, x._control] if is_var else [x]
    value, id_, control = _compiled(function, recorded)(*parts)
    if not control:
        return value
    tapes = (x.tape for x in operands if isinstance(x, Var) and x._control == control)
    return Var(value, id_, control, next(tapes))


def _method(function, arity, reverse=False):
    if arity == 1:
        return lambda self: _applied(function, self)
    if reverse:
        return scalars_only(lambda self, other: _applied(function, other, self))
    return scalars_only(lambda self, other: _applied(function, self, other))


def _comparison(function):
    def compare(self, other):
        return function(self.value, other.value if isinstance(other, Var) else other)

    return compare


for _rule in RULES:
    if None in _rule.partials:
        continue
    _function = function_of(_rule)
    if _rule.name in _SYMBOLS:
        setattr(Var, f"__{_rule.name}__", _method(_function, 2))
        setattr(Var, f"__r{_rule.name}__", _method(_function, 2, reverse=True))
    elif _rule.name in ("neg", "pos", "abs"):
        setattr(Var, f"__{_rule.name}__", _method(_function, 1))
    if _rule.name in FUNCTIONS:
        setattr(Var, _rule.name, _method(_function, _rule.arity))
for _name in COMPARISONS:
    setattr(Var, f"__{_name}__", _comparison(getattr(operator, _name)))


@typeof_impl.register(Var)
def _typeof_var(value, c):
    return VarType(types.float64)


_tape_of = numba.njit(lambda control: tape_of(control))


def _made(value, id_, control):
    """Return a Var made of its parts, or a float for a constant."""
    return Var(value, id_, control, _tape_of(control)) if control else value


@box(VarType)
def _box_var(typ, val, c):
    """Make a Python Var of a live tape's Var, and a float of a constant.

    It calls Python: the compiled code that turns a Tape into a Python object takes a second to
    compile, and most functions that return a Var are called by compiled code only.
    """
    context, builder, api = c.context, c.builder, c.pyapi
    if type(typ) is not VarType or typ.base != types.float64:
        api.err_set_string("PyExc_TypeError", _COMPILED_ONLY)
        return api.get_null_object()
    var = cgutils.create_struct_proxy(typ)(context, builder, value=val)
    items = [
        api.float_from_double(var.value),
        api.long_from_longlong(var.id),
        api.long_from_longlong(var.tape),
    ]
    make = api.unserialize(api.serialize_object(_made))
    result = api.call_function_objargs(make, items)
    for item in (make, *items):
        api.decref(item)
    return result


@box(ExprType)
def _box_expression(typ, val, c):
    """Write the statement, then box its Var."""
    context, builder = c.context, c.builder
    var = VarType(typ.base)
    signature = var(typ)
    compiled = context.compile_subroutine(builder, push_function(typ), signature)
    status, written = context.call_internal_no_propagate(builder, compiled.fndesc, signature, [val])
    result = cgutils.alloca_once_value(builder, c.pyapi.get_null_object())
    with builder.if_else(status.is_error) as (failed, done):
        with failed:
            context.call_conv.raise_error(builder, c.pyapi, status)
        with done:
            builder.store(_box_var(var, written, c), result)
    return builder.load(result)


@unbox(VarType)
def _unbox_var(typ, obj, c):
    if type(typ) is not VarType or typ.base != types.float64:
        c.pyapi.err_set_string("PyExc_TypeError", _COMPILED_ONLY)
        empty = cgutils.get_null_value(c.context.get_value_type(typ))
        return NativeValue(empty, is_error=cgutils.true_bit)
    var = cgutils.create_struct_proxy(typ)(c.context, c.builder)
    for name, attribute, kind in (
        ("value", "value", types.float64),
        ("id", "_id", types.int64),
        ("tape", "_control", types.intp),
    ):
        item = c.pyapi.object_getattr_string(obj, attribute)
        setattr(var, name, c.unbox(kind, item).value)
        c.pyapi.decref(item)
    return NativeValue(
        var._getvalue(), is_error=cgutils.is_not_null(c.builder, c.pyapi.err_occurred())
    )
