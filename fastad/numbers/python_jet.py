"""`Jet` in the interpreter: a number with its partial derivatives, computed by the rule table.

In compiled code a Jet is a struct (`fastad.numbers.jet`): a function is given this one as that
struct, and a Jet that it returns is one of these.
"""

import inspect
import numbers

import numpy as np
from numba.core import cgutils, types
from numba.extending import NativeValue, box, typeof_impl, unbox

from ..rules.functions import NUMPY_COMPARISONS, elementwise, function_of
from ..rules.table import RULES
from .jet import Jet, JetType
from .overloads import resolve
from .plain import give_operations, outcome, partial, primal, times


def _array_ufunc(self, ufunc, method, *inputs, **options):
    """Apply a NumPy function: ``np.sin(jet)``, ``np.float64(2.0) * jet``."""
    function = _UFUNCS.get(ufunc)
    if function is None or method != "__call__" or options:
        raise TypeError(f"no derivative rule for np.{ufunc.__name__} on a Jet")
    if any(isinstance(a, np.ndarray) for a in inputs):
        return elementwise(function, *inputs)
    return function(*(a.item() if isinstance(a, np.generic) else a for a in inputs))


_UFUNCS = {
    resolve(path): function_of(rule)
    for rule in RULES
    for path in rule.overloads
    if path.startswith("np.")
} | NUMPY_COMPARISONS


def _value(x):
    return x.value if isinstance(x, Jet) else x


def _refuse(what):
    raise TypeError(
        f"fastad: an operation got {what}; all Jets of one computation must be seeded together"
    )


def _apply(rule, *arguments):
    """Do one operation of the table: the chain rule for each partial."""
    sizes = {len(a.partials) for a in arguments if isinstance(a, Jet)}
    if len(sizes) > 1:
        _refuse(f"Jets with {' and '.join(map(str, sorted(sizes)))} partials")
    for a in arguments:
        if not isinstance(a, Jet | numbers.Real | np.bool_):
            if hasattr(a, "tangent"):
                _refuse(f"a Jet and a {type(a).__name__}")
            raise TypeError(f"fastad: an operation got a Jet and a {type(a).__name__}")
    values = [_value(a) for a in arguments]
    value = float(primal(rule, values))
    found = [0.0] * sizes.pop()
    for k, a in enumerate(arguments):
        constant = not any(getattr(a, "partials", ()))
        if isinstance(a, Jet) and not (constant and rule.partials[k] is None):
            slope, product = partial(rule, k, values, value)
            shares = [times(product, slope, p) for p in a.partials]
            found = [p + share for p, share in zip(found, shares, strict=True)]
    return Jet(value, tuple(found))


def _compare(name, a, b):
    if hasattr(b, "tangent") and not isinstance(b, Jet):
        _refuse(f"a Jet and a {type(b).__name__}")
    return outcome(name, a.value, _value(b))


give_operations(Jet, _apply, _compare)
Jet.__array_ufunc__ = _array_ufunc
Jet.__signature__ = inspect.signature(lambda value, partials: None)  # a missing one is named


# ---- To compiled code, and back ----


@typeof_impl.register(Jet)
def _typeof_jet(jet, c):
    return JetType(types.float64, len(jet.partials))


def _refused(typ, c):
    if typ.base == types.float64:
        return False
    c.pyapi.err_set_string("PyExc_TypeError", "a Jet of Jets lives in compiled code")
    return True


@box(JetType)
def _box_jet(typ, val, c):
    if _refused(typ, c):
        return c.pyapi.get_null_object()
    jet = cgutils.create_struct_proxy(typ)(c.context, c.builder, value=val)
    items = [
        c.pyapi.float_from_double(jet.value),
        c.box(types.UniTuple(types.float64, typ.n), jet.partials),
    ]
    make = c.pyapi.unserialize(c.pyapi.serialize_object(Jet))
    result = c.pyapi.call_function_objargs(make, items)
    for item in (make, *items):
        c.pyapi.decref(item)
    return result


@unbox(JetType)
def _unbox_jet(typ, obj, c):
    if _refused(typ, c):
        empty = cgutils.get_null_value(c.context.get_value_type(typ))
        return NativeValue(empty, is_error=cgutils.true_bit)
    jet = cgutils.create_struct_proxy(typ)(c.context, c.builder)
    value = c.pyapi.object_getattr_string(obj, "value")
    partials = c.pyapi.object_getattr_string(obj, "partials")
    jet.value = c.unbox(types.float64, value).value
    jet.partials = c.unbox(types.UniTuple(types.float64, typ.n), partials).value
    c.pyapi.decref(value)
    c.pyapi.decref(partials)
    failed = cgutils.is_not_null(c.builder, c.pyapi.err_occurred())
    return NativeValue(jet._getvalue(), is_error=failed)
