"""`Jet`: the by-value dual number with N partials, with which forward mode computes.

In compiled code a Jet is a Numba struct type: its N + 1 numbers sit in registers or on the stack,
and arithmetic on it costs what the same arithmetic written out in floats costs.  Its value and
partials may be Jets again, which gives second and higher derivatives.  In the interpreter a Jet is
an object (`fastad.numbers.python_jet`), for learning and trying out.

Notes
-----
**Perturbation confusion** is excluded by the types.  The level of a Jet is its depth of
nesting; a driver seeds one level above the deepest of its arguments.  In an operation on
numbers of two levels the lower one is a constant for the higher.  Since a compiled function reads
nothing but its arguments and constants, two different perturbations never share a level.

References
----------
Siskind and Pearlmutter, "Perturbation confusion and referential transparency", 2005.
Revels, Lubin and Papamarkou, "Forward-mode automatic differentiation in Julia", 2016.
"""

from __future__ import annotations

import functools
import operator
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
from numba.core import cgutils, errors, types
from numba.core.imputils import lower_cast
from numba.core.typeconv import Conversion
from numba.extending import (
    intrinsic,
    make_attribute_wrapper,
    models,
    overload,
    register_model,
)

from ..rules import codegen as _codegen
from ..rules.table import BY_NAME
from .shown import InPython, is_real, named

if TYPE_CHECKING:
    from .._typing import Arithmetic
else:
    Arithmetic = object


class ActiveType(types.Type):
    """Numba's type of a number that is being differentiated: a Jet, or a Var of a tape."""

    replayed = False  # whether operations are recorded to be run again at other values

    @property
    def item(self):
        """The type of the items of an array of such numbers."""
        return self

    def __str__(self):
        # Numba rewrites np.array([x, y]) as np.empty(2, np.<str(item)>), so that np must have such
        # an attribute; the type of the array is already inferred.  Everywhere else types are told
        # apart by this string, which has to be the name there.
        if sys._getframe(1).f_code.co_name == "inline_array":
            return "float64"
        return self.name


class JetType(ActiveType):
    """Numba's type of a Jet: the type of its value and partials, and their number."""

    def __init__(self, base, n):
        self.base = base
        self.n = n
        super().__init__(f"Jet({base}, {n})")

    @property
    def level(self):
        """Depth of nesting: 1 for a Jet of floats."""
        return level(self)

    def unify(self, typingctx, other):
        """Return the common type of two variables' types: ``s = 0.0; s += jet``."""
        return self if _embeds(other, self) else None

    def can_convert_from(self, typingctx, other):
        """Let numbers, and Jets of lower levels, be converted to constants of this level."""
        return Conversion.safe if _embeds(other, self) else None


def level(numba_type):
    """Return the depth of nesting of a type: 0 for a number, looking into containers."""
    if isinstance(numba_type, JetType):
        return 1 + level(numba_type.base)
    if isinstance(numba_type, types.Array):
        return level(numba_type.dtype)
    if isinstance(numba_type, types.BaseTuple):
        return max((level(t) for t in numba_type), default=0)
    return 0


def deepest(*numba_types):
    """Return the deepest scalar type found in some types, at least float64."""
    found = [types.float64]
    for t in numba_types:
        if isinstance(t, JetType):
            found.append(t)
        elif isinstance(t, types.Array):
            found.append(deepest(t.dtype))
        elif isinstance(t, types.BaseTuple):
            found.append(deepest(*t))
    return max(found, key=level)


def _embeds(other, jet):
    """Tell whether values of a type are of a Jet type, or can become constants of it."""
    if isinstance(other, types.Number | types.Boolean) or other == jet:
        return True
    return isinstance(other, JetType) and level(other) < level(jet) and _embeds(other, jet.base)


@register_model(JetType)
class _JetModel(models.StructModel):
    def __init__(self, dmm, fe_type):
        partials = types.UniTuple(fe_type.base, fe_type.n)
        super().__init__(dmm, fe_type, [("value", fe_type.base), ("partials", partials)])


make_attribute_wrapper(JetType, "value", "value")
make_attribute_wrapper(JetType, "partials", "partials")


@lower_cast(types.Number, JetType)
@lower_cast(types.Boolean, JetType)
@lower_cast(JetType, JetType)
def _constant_jet(context, builder, fromty, toty, value):
    if fromty == toty:
        return value
    jet = cgutils.create_struct_proxy(toty)(context, builder)
    jet.value = context.cast(builder, value, fromty, toty.base)
    jet.partials = cgutils.get_null_value(jet.partials.type)
    return jet._getvalue()


@intrinsic
def make_jet(typingctx, value, partials):
    """Return a Jet made of a value and a tuple of partials."""
    base = deepest(value, partials)
    jet_type = JetType(base, len(partials))

    def codegen(context, builder, signature, args):
        jet = cgutils.create_struct_proxy(jet_type)(context, builder)
        jet.value = context.cast(builder, args[0], signature.args[0], base)
        to = types.UniTuple(base, len(partials))
        jet.partials = context.cast(builder, args[1], signature.args[1], to)
        return jet._getvalue()

    return jet_type(value, partials), codegen


_TAKES = "fastad: Jet takes a float and a tuple of its partial derivatives, Jet(2.0, (1.0, 0.0))"


class Jet(InPython, Arithmetic):
    """A number with N partial derivatives, in the interpreter and in compiled code.

    Where a `Dual` has one tangent, a Jet has a tuple of them: seeded with the unit vectors, a
    function's arguments give its gradient in one pass.

    Parameters
    ----------
    value : float or, in compiled code, Jet
    partials : tuple of float or, in compiled code, Jet
        The derivatives in N directions.

    Attributes
    ----------
    value : float
    partials : tuple of float

    Raises
    ------
    TypeError
        In the interpreter, if `value` is no number or `partials` no tuple of numbers; where Jets
        with different numbers of partials meet.

    Notes
    -----
    By the chain rule, d f(u, v) = f_u du + f_v dv, for each partial (Griewank and Walther,
    *Evaluating Derivatives*, section 3.1): each operation follows its row of
    :mod:`fastad.rules.table`. In the interpreter use fastad's functions (`fastad.sin`, ...) or
    NumPy's on a Jet, and nothing is compiled; an @njit function takes and returns Jets by value,
    at the speed of floats. Comparisons compare values, and so do Python's `min` and `max`: where
    two are tied, np.minimum and np.maximum give each a half, as compiled code does. There is no
    conversion to float, which would lose the partials silently.

    Examples
    --------
    >>> from fastad import Jet
    >>> x, y = Jet(2.0, (1.0, 0.0)), Jet(5.0, (0.0, 1.0))
    >>> x * y + y
    Jet(value=15.0, partials=(5.0, 3.0))
    >>> f"{x / y:.3f}"
    '0.400 + (0.200, -0.080) eps'

    The same in compiled code:

    >>> import numba
    >>> @numba.njit
    ... def f(x, y):
    ...     return x * y + y
    >>> f(x, y)
    Jet(value=15.0, partials=(5.0, 3.0))
    >>> @numba.njit
    ... def f_and_slope(x):
    ...     r = x * Jet(x, (1.0,))
    ...     return r.value, r.partials[0]
    >>> f_and_slope(3.0)
    (9.0, 3.0)
    """

    __slots__ = ("partials", "value")

    if TYPE_CHECKING:

        def __init__(self, value: Any, partials: tuple[Any, ...]) -> None: ...

    else:

        def __init__(self, value: Any, partials: tuple[Any, ...] | None = None) -> None:
            if not is_real(value) or not isinstance(partials, tuple):
                raise TypeError(f"{_TAKES}; got {named(value)} and {named(partials)}")
            for p in partials:
                if not is_real(p):
                    raise TypeError(
                        f"fastad: the partials of a Jet are floats, got {named(p)}; Jets of Jets "
                        "live in compiled code"
                    )
            self.value, self.partials = float(value), tuple(map(float, partials))


@overload(Jet)
def _overload_jet(value, partials=None):
    if not isinstance(partials, types.BaseTuple):
        got = "nothing" if partials is None else partials
        raise errors.NumbaTypeError(f"{_TAKES}; got {value} and {got}")
    return lambda value, partials=None: make_jet(value, partials)


# ---- The products of a partial and a tangent, which differ in the zeros that are strong ----


def scale(partial, tangent):
    """Return ``partial * tangent``, where a zero tangent is a strong zero (compiled code)."""
    raise NotImplementedError


def weigh(partial, tangent):
    """Return ``partial * tangent``, where a zero partial is a strong zero (compiled code)."""
    raise NotImplementedError


def select(partial, tangent):
    """Return ``partial * tangent``, where a zero of either is a strong zero (compiled code)."""
    raise NotImplementedError


def divide(x, y):
    """Return ``x / y`` by IEEE 754, whatever the caller's error model (compiled code)."""
    raise NotImplementedError


def floor_divide(x, y):
    """Return ``x // y``, infinite or NaN where y is zero (compiled code)."""
    raise NotImplementedError


def remainder(x, y):
    """Return ``x % y``, NaN where y is zero (compiled code)."""
    raise NotImplementedError


@intrinsic
def _fdiv(typingctx, x, y):
    def codegen(context, builder, signature, args):
        a, b = (
            context.cast(builder, value, t, types.float64)
            for value, t in zip(args, signature.args, strict=True)
        )
        return builder.fdiv(a, b)

    return types.float64(x, y), codegen


def is_number(t):
    return isinstance(t, types.Number | types.Boolean)


def _product(kind, zero):
    """Return the overload of the product ``kind``; on Jets it follows the product rule."""

    def product(partial, tangent):
        a, b = level(partial), level(tangent)
        if a == b == 0:
            if zero == "tangent":
                return lambda partial, tangent: 0.0 if tangent == 0.0 else partial * tangent
            if zero == "partial":
                return lambda partial, tangent: 0.0 if partial == 0.0 else partial * tangent
            return lambda partial, tangent: (
                0.0 if tangent == 0.0 or partial == 0.0 else partial * tangent
            )
        n = max(partial, tangent, key=level).n
        lines = ["def product(partial, tangent):"]
        if a > b:
            value, terms = f"{kind}(partial.value, tangent)", "{k}(partial.partials[{i}], tangent)"
        elif b > a:
            value, terms = f"{kind}(partial, tangent.value)", "{k}(partial, tangent.partials[{i}])"
        else:
            value = f"{kind}(partial.value, tangent.value)"
            terms = (
                "{k}(partial.partials[{i}], tangent.value) + "
                "{k}(partial.value, tangent.partials[{i}])"
            )
        partials = ", ".join(terms.format(k=kind, i=i) for i in range(n))
        lines.append(f"    return make_jet({value}, ({partials},))")
        scope = {"scale": scale, "weigh": weigh, "select": select, "make_jet": make_jet}
        return _codegen.compile_source("\n".join(lines) + "\n", "product", scope)

    return product


overload(scale)(_product("scale", "tangent"))
overload(weigh)(_product("weigh", "partial"))
overload(select)(_product("select", "either"))


@overload(divide)
def _overload_divide(a, b):
    if is_number(a) and is_number(b):
        return lambda a, b: _fdiv(a, b)
    found = operand_pattern((a, b))
    if found is None:
        return None
    rule = BY_NAME["truediv"]._replace(primal="divide(x, y)")
    return jet_function(rule, *found, None)


@overload(floor_divide)
def _overload_floor_divide(x, y):
    return lambda x, y: x // y if y != 0 else divide(1.0 * x, 1.0 * y)


@overload(remainder)
def _overload_remainder(x, y):
    return lambda x, y: x % y if y != 0 else divide(0.0 * x, 1.0 * y)


_BY_NUMPY = {
    "truediv": {"primal": "divide(x, y)"},
    "floordiv": {"primal": "floor_divide(x, y)"},
    "reciprocal": {"primal": "divide(1.0, x)"},
    "mod": {"primal": "remainder(x, y)", "partials": ("1.0", "-floor_divide(x, y)")},
}
_ON_ARRAYS = {operator.truediv: np.true_divide, operator.floordiv: np.floor_divide}
_ON_ARRAYS |= {operator.mod: np.mod}


def rule_for(rule, function):
    """Return a rule as one of its overloads computes it: NumPy's divisions by zero never raise."""
    if isinstance(function, np.ufunc) and rule.name in _BY_NUMPY:
        return rule._replace(**_BY_NUMPY[rule.name])
    return rule


def on_arrays(function):
    """Return the function that an operator on arrays applies to each pair of items."""
    return _ON_ARRAYS.get(function, function)


def term_namespace():
    """Return the globals of source that `fastad.rules.terms.Term` writes."""
    return _codegen.number_namespace() | {f.__name__: f for f in (scale, weigh, select, divide)}


# ---- One operation of the rule table on Jets ----


def operand_pattern(arguments):
    """Return (pattern, N): "J" for each Jet of the highest level, "N" for others; its partials.

    Return None if no argument is a Jet, or one is neither a Jet nor a number.
    """
    if not all(isinstance(t, JetType) or is_number(t) for t in arguments):
        return None
    top = max(level(t) for t in arguments)
    if top == 0:
        return None
    jets = {t for t in arguments if level(t) == top}
    if len(jets) > 1:
        raise errors.NumbaTypeError(
            f"fastad: an operation got Jets with different numbers of partials, {jets}; "
            "all Jets of one computation must be seeded together"
        )
    return "".join("J" if level(t) == top else "N" for t in arguments), jets.pop().n


@functools.cache
def _scope():
    tools = {"make_jet": make_jet, "floor_divide": floor_divide, "remainder": remainder}
    return term_namespace() | tools


@functools.cache
def jet_function(rule, pattern, n, literal):
    """Return the function, for Numba to compile, of one rule on Jets of N partials."""
    if literal is not None and literal >= 1:
        rule = rule._replace(strong=False)
    source = _codegen.jet_source(rule, pattern, n, literal)
    return _codegen.compile_source(source, rule.name, _scope())


def settled(x, value):
    """Return the number x, with its derivatives, but with the value of another number.

    So the mean of equal items gets their value to the last bit; and with x = 0 the result is
    `value` without its derivatives.  For Vars it is implemented in `fastad.tape.overloads`.
    """
    raise NotImplementedError


@overload(settled)
def _overload_settled(x, value):
    if isinstance(x, types.Number):
        return (lambda x, value: value) if isinstance(value, types.Number) else _value_of(value)
    if not isinstance(x, JetType):
        return None
    if level(value) < level(x):
        return lambda x, value: make_jet(settled(x.value, value), x.partials)
    return lambda x, value: make_jet(settled(x.value, value.value), x.partials)


def _value_of(t):
    """Return `settled` for a plain number x: the value of the value ... of the other number."""
    return lambda x, value: settled(x, value.value)
