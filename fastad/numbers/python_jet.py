"""`Jet` in the interpreter: a number with its partial derivatives, computed by the rule table.

In compiled code a Jet is a struct (`fastad.numbers.jet`): a function is given this one as that
struct, and a Jet that it returns is one of these.
"""

import numbers

import numpy as np
from numba.core import cgutils, types
from numba.extending import NativeValue, box, typeof_impl, unbox

from ..rules.functions import NUMPY_COMPARISONS, elementwise, function_of
from ..rules.table import RULES
from .jet import IN_PYTHON, JetType
from .overloads import resolve
from .plain import give_operations, outcome, partial, primal, times


class PythonJet:
    """A float with N partial derivatives; see `fastad.Jet`."""

    __slots__ = ("partials", "value")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value, partials):
        if not isinstance(value, numbers.Real) or not isinstance(partials, tuple):
            raise TypeError(
                "fastad: Jet takes a float and a tuple of its partial derivatives, Jet(2.0, "
                f"(1.0, 0.0)); got {type(value).__name__} and {type(partials).__name__}"
            )
        for p in partials:
            if not isinstance(p, numbers.Real):
                raise TypeError(
                    f"fastad: the partials of a Jet are floats, got {type(p).__name__}; Jets of "
                    "Jets live in compiled code"
                )
        self.value, self.partials = float(value), tuple(map(float, partials))

    @property
    def tangent(self):
        """The partials, by the name by which fastad knows a differentiable number."""
        return self.partials

    def constant(self, value):
        """Return a constant with as many partials: all are zero."""
        return PythonJet(value, (0.0,) * len(self.partials))

    def __repr__(self):
        return f"Jet(value={self.value!r}, partials={self.partials!r})"

    def __format__(self, spec):
        if not spec:
            return repr(self)
        return f"{self.value:{spec}} + ({', '.join(f'{p:{spec}}' for p in self.partials)}) eps"

    def __bool__(self):
        return self.value != 0.0

    def __int__(self):
        return int(self.value)

    def __float__(self):
        raise TypeError("float() would lose the derivatives of a Jet: use its .value")

    def __reduce__(self):
        return PythonJet, (self.value, self.partials)

    def __array_ufunc__(self, ufunc, method, *inputs, **options):
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
    return x.value if isinstance(x, PythonJet) else x


def _refuse(what):
    raise TypeError(
        f"fastad: an operation got {what}; all Jets of one computation must be seeded together"
    )


def _apply(rule, *arguments):
    """Do one operation of the table: the chain rule for each partial."""
    sizes = {len(a.partials) for a in arguments if isinstance(a, PythonJet)}
    if len(sizes) > 1:
        _refuse(f"Jets with {' and '.join(map(str, sorted(sizes)))} partials")
    for a in arguments:
        if not isinstance(a, PythonJet | numbers.Real | np.bool_):
            if hasattr(a, "tangent"):
                _refuse(f"a Jet and a {type(a).__name__}")
            raise TypeError(f"fastad: an operation got a Jet and a {type(a).__name__}")
    values = [_value(a) for a in arguments]
    value = float(primal(rule, values))
    found = [0.0] * sizes.pop()
    for k, a in enumerate(arguments):
        constant = not any(getattr(a, "partials", ()))
        if isinstance(a, PythonJet) and not (constant and rule.partials[k] is None):
            slope, product = partial(rule, k, values, value)
            shares = [times(product, slope, p) for p in a.partials]
            found = [p + share for p, share in zip(found, shares, strict=True)]
    return PythonJet(value, tuple(found))


IN_PYTHON.append(PythonJet)


def _compare(name, a, b):
    if hasattr(b, "tangent") and not isinstance(b, PythonJet):
        _refuse(f"a Jet and a {type(b).__name__}")
    return outcome(name, a.value, _value(b))


give_operations(PythonJet, _apply, _compare)


# ---- To compiled code, and back ----


@typeof_impl.register(PythonJet)
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
    make = c.pyapi.unserialize(c.pyapi.serialize_object(PythonJet))
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
