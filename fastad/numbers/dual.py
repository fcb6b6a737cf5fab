"""`Dual`: the textbook dual number, a value and a tangent, in the interpreter and in @njit.

Arithmetic on ``a + b eps`` with ``eps**2 == 0`` carries a derivative along with every
value (Clifford, 1873): a function applied to ``Dual(x, 1.0)`` returns its value and its
derivative at x.  Each operation follows its row of :mod:`fastad.rules.table`.

A `Dual` is an object on the heap, and costs some 20 ns an operation in compiled code: it is for
learning, for trying out and for single numbers that are passed around.  Forward mode of the
drivers (`fastad.derivative`, `fastad.grad`, ...) computes with `fastad.numbers.jet` instead, at
the speed of floats.
"""

from __future__ import annotations

import inspect
import operator
from typing import TYPE_CHECKING

import numpy as np
from numba import float64
from numba.core import types
from numba.core.errors import TypingError
from numba.experimental import jitclass
from numba.experimental.jitclass import boxing
from numba.experimental.jitclass.base import JitClassType
from numba.extending import overload

from ..rules import codegen
from ..rules.functions import (
    FUNCTIONS,
    NUMPY_COMPARISONS,
    elementwise,
    function_of,
    scalars_only,
)
from ..rules.table import COMPARISONS, RULES
from .jet import Jet, JetType
from .overloads import INPLACE, resolve
from .shown import is_real, named, no_float, signed

if TYPE_CHECKING:
    from .._typing import Arithmetic

_SYMBOLS = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow")


def _as_jet(x):
    """Return a Dual as a Jet of one partial, a number as it is (compiled code)."""
    raise NotImplementedError


def _as_dual(x):
    """Return a Jet of one partial, or a number, as a Dual (compiled code)."""
    raise NotImplementedError


def _prepared(value):
    """Return the value; to compile this completes the class of Duals in the interpreter."""
    raise NotImplementedError


class _Dual:
    """A number with a derivative: value + tangent * eps, eps**2 = 0.

    Parameters
    ----------
    value : float
        The primal value.
    tangent : float
        Its derivative in some direction: 1.0 for the variable to differentiate by, 0.0
        for a constant.

    Notes
    -----
    Either operand may be a float or an int.  Comparisons compare values.  In the interpreter use
    fastad's functions (`fastad.sin`, ...) or NumPy's on a Dual; in @njit code ``math``'s, NumPy's
    and fastad's.  There is no conversion to float, which would lose the tangent silently.  For
    several directions at once, a gradient, use `fastad.Jet`.  ``f"{x:.3f}"`` formats both parts.

    References
    ----------
    Clifford, W. K., "Preliminary sketch of biquaternions", 1873.
    Griewank and Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, section 3.1.

    Examples
    --------
    >>> from fastad import Dual, sin
    >>> x = Dual(2.0, 1.0)
    >>> x * x + 3 / x
    Dual(value=5.5, tangent=3.25)
    >>> sin(x).tangent == sin(x + 0.5 - 0.5).tangent
    True
    >>> x > 1
    True
    >>> f"{sin(x):.3f}"
    '0.909 - 0.416 eps'
    """

    def __init__(self, value: float, tangent: float) -> None:
        self.value = _prepared(value)
        self.tangent = tangent

    def constant(self, value: float) -> Dual:
        """Return a Dual of a constant: its tangent is zero."""
        return Dual(value, 0.0)

    def __hash__(self) -> int:
        return hash((self.value, self.tangent))

    def __bool__(self) -> bool:
        return self.value != 0.0

    def __int__(self) -> int:
        return int(self.value)


def _methods():
    """Return name -> method, for the methods that are made from the rule table."""
    scope = {"_as_jet": _as_jet, "_as_dual": _as_dual}
    methods = {}

    def define(name, parameters, expression):
        source = f"def {name}({parameters}):\n    return {expression}\n"
        methods[name] = codegen.compile_source(source, name, scope)

    for rule in RULES:
        if None in rule.partials:
            continue
        function = function_of(rule)
        scope[f"_{rule.name}"] = function
        if rule.name in _SYMBOLS:
            define(f"__{rule.name}__", "self, other", _binary(rule.name, "self", "other"))
            define(f"__r{rule.name}__", "self, other", _binary(rule.name, "other", "self"))
        elif rule.name in ("neg", "pos", "abs"):
            define(f"__{rule.name}__", "self", f"_as_dual(_{rule.name}(_as_jet(self)))")
        if rule.name in FUNCTIONS:
            if rule.arity == 1:
                define(rule.name, "self", f"_as_dual(_{rule.name}(_as_jet(self)))")
            else:
                define(rule.name, "self, other", _binary(rule.name, "self", "other"))
    for name in COMPARISONS:
        scope[f"_{name}"] = getattr(operator, name)
        define(f"__{name}__", "self, other", f"_{name}(_as_jet(self), _as_jet(other))")
    return methods


def _binary(name, left, right):
    return f"_as_dual(_{name}(_as_jet({left}), _as_jet({right})))"


for _name, _method in _methods().items():
    setattr(_Dual, _name, _method)
_Dual.__name__ = _Dual.__qualname__ = "Dual"


class _DualClass(JitClassType):
    """The class of `Dual`, which says what it takes where it got something else."""

    def __call__(cls, *args, **kwargs):
        try:
            return super().__call__(*args, **kwargs)
        except (TypeError, TypingError):
            given = dict(zip(("value", "tangent"), args, strict=False)) | kwargs
            value, tangent = given.pop("value", None), given.pop("tangent", None)
            if is_real(value) and is_real(tangent) and not given and len(args) <= 2:
                raise
            got = f"{named(value)} and {named(tangent)}"
            got = f"{len(args) + len(kwargs)} arguments" if given or len(args) > 2 else got
        raise TypeError(
            "fastad: Dual takes a float and its derivative, Dual(2.0, 1.0) for the variable to "
            f"differentiate by, Dual(2.0, 0.0) for a constant; got {got}"
        )


if TYPE_CHECKING:

    class Dual(_Dual, Arithmetic):
        """See `_Dual`."""

        value: float
        tangent: float

else:
    Dual = jitclass([("value", float64), ("tangent", float64)])(_Dual)
    Dual.__class__ = _DualClass
    Dual.__signature__ = inspect.signature(_Dual)

# ---- The same arithmetic in compiled code, through Jets of one partial ----

_DUAL_TYPE = Dual.class_type.instance_type


def _is_dual(*numba_types):
    return any(t == _DUAL_TYPE for t in numba_types)


def _fits(*numba_types):
    return _is_dual(*numba_types) and all(
        t == _DUAL_TYPE or isinstance(t, types.Number | types.Boolean) for t in numba_types
    )


def _repr(self):
    return f"Dual(value={self.value!r}, tangent={self.tangent!r})"


def _format(self, spec):
    """Return both parts as a float's format has them: ``2.00 + 1.00 eps``."""
    if not spec:
        return repr(self)
    return f"{self.value:{spec}} {signed(format(self.tangent, spec))} eps"


def _no_float(self):
    raise no_float("Dual")


_UFUNCS = {
    resolve(path): function_of(rule)
    for rule in RULES
    for path in rule.overloads
    if path.startswith("np.")
} | NUMPY_COMPARISONS


def _array_ufunc(self, ufunc, method, *inputs, **options):
    """Apply a NumPy function: ``np.sin(dual)``, ``np.float64(2.0) * dual``."""
    function = _UFUNCS.get(ufunc)
    if function is None or method != "__call__" or options:
        raise TypeError(
            f"no derivative rule for np.{ufunc.__name__} on a Dual; "
            "see fastad.rules for the functions that have one"
        )
    if any(isinstance(a, np.ndarray) for a in inputs):
        return elementwise(function, *inputs)
    return function(*(a.item() if isinstance(a, np.generic) else a for a in inputs))


@overload(_prepared)
def _overload_prepared(value):
    # jitclass passes on only some special methods, and not __repr__: they are added here to the
    # class that the interpreter sees, which Numba makes when it is first needed.
    shown = boxing._specialize_box(_DUAL_TYPE)
    shown.__repr__ = shown.__str__ = _repr
    shown.__format__, shown.__array_ufunc__ = _format, _array_ufunc
    shown.__float__ = _no_float
    for name in _SYMBOLS:
        for method in (f"__{name}__", f"__r{name}__"):
            setattr(shown, method, scalars_only(getattr(shown, method)))
    return lambda value: value


@overload(_as_jet)
def _overload_as_jet(x):
    if _is_dual(x):
        return lambda x: Jet(x.value, (x.tangent,))
    return lambda x: x


@overload(_as_dual)
def _overload_as_dual(x):
    if isinstance(x, JetType):
        return lambda x: Dual(x.value, x.partials[0])
    return lambda x: Dual(x, 0.0)


def _register_unary(function):
    @overload(function)
    def overload_unary(a):
        return (lambda a: _as_dual(function(_as_jet(a)))) if _is_dual(a) else None


def _register_binary(function):
    # Tried before Numba's own, which calls a jitclass's __add__ but never its __radd__.
    @overload(function, target="cpu")
    def overload_binary(a, b):
        if not _fits(a, b):
            return None
        return lambda a, b: _as_dual(function(_as_jet(a), _as_jet(b)))


def _register_comparison(function):
    @overload(function, target="cpu")
    def overload_comparison(a, b):
        if not _fits(a, b):
            return None
        return lambda a, b: function(_as_jet(a), _as_jet(b))


for _rule in RULES:
    _callables = [resolve(path) for path in _rule.overloads]
    if _rule.name in FUNCTIONS:
        _callables.append(FUNCTIONS[_rule.name])
    for _callable in _callables:
        if None in _rule.partials:
            continue
        (_register_unary if _rule.arity == 1 else _register_binary)(_callable)
for _name in COMPARISONS:
    _register_comparison(getattr(operator, _name))


def _register_inplace(name):
    function = getattr(operator, name)

    @overload(getattr(operator, f"i{name}"), target="cpu")
    def overload_inplace(a, b):
        if not _fits(a, b):
            return None
        return lambda a, b: _as_dual(function(_as_jet(a), _as_jet(b)))


for _name in INPLACE:
    _register_inplace(_name)
