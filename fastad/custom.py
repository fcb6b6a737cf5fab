"""Rules of one's own: functions whose derivative is written by hand.

`custom_jvp` and `custom_vjp` make an @njit function whose rule is called in every mode. Either kind
serves in all: forward mode calls a vjp for each result, reverse mode a jvp for each variable.
"""

import weakref
from collections.abc import Callable
from typing import NamedTuple

import numba
import numpy as np
from numba.core import types
from numba.core.dispatcher import Dispatcher
from numba.extending import intrinsic, overload

from ._typing import P, R, WithRule
from .jit.by_hand import ByHand, without_declared
from .jit.effects import effects
from .jit.fingerprint import fingerprint, jitted
from .jit.generated import ByTypes, Driver, execute, python_function
from .modes import linearized, seeding
from .modes.linearized import item_of, put_partials, total
from .modes.request import parameters_of
from .modes.rule_shapes import shaped_as
from .modes.seeding import stub
from .numbers.arrays import empty_array, zero_of
from .numbers.jet import JetType, deepest, level
from .rules.codegen import compile_source
from .tape.types import taped


class CustomRule(NamedTuple):
    """The derivative of a function, as its author wrote it.

    Parameters
    ----------
    primal : dispatcher
        The function itself, @njit.
    jvp, fwd, bwd : dispatcher or None
        ``jvp(primals, tangents) -> value, tangent``; ``fwd(*arguments) -> value, residuals`` and
        ``bwd(residuals, cotangent) -> bars``.
    without : tuple of int
        Positions of arguments by which there is no derivative.
    """

    primal: object
    jvp: object = None
    fwd: object = None
    bwd: object = None
    without: tuple = ()


class Custom(ByTypes):
    """An @njit function with a derivative written by hand: see `custom_jvp`, `custom_vjp`.

    Attributes
    ----------
    rule : CustomRule
    """

    def __init__(self, f, rule=None, options=None):
        if not callable(f):
            raise TypeError(f"a function is needed, got {type(f).__name__}")
        primal = without_declared(jitted(f))
        super().__init__(primal.py_func, options or dict(primal.targetoptions))
        self.parameters = parameters_of(f)[0]
        self.rule = rule or CustomRule(primal)
        self._copies, self._named = weakref.WeakSet(), False  # the copies are those of drivers

    def defjvp(self, jvp):
        """Set the rule of forward mode, and return it; see `custom_jvp`."""
        self._set(self.rule._replace(jvp=_compiled(jvp, 2, 2, "(primals, tangents)")))
        return jvp

    def defvjp(self, fwd, bwd):
        """Set the rule of reverse mode; see `custom_vjp`."""
        n, names = len(self.parameters), f"({', '.join(self.parameters)})"
        fwd, bwd = _compiled(fwd, n, n, names), _compiled(bwd, 2, 1, "(residuals, cotangent)")
        self._set(self.rule._replace(fwd=fwd, bwd=bwd))

    def _set(self, rule):
        everywhere = (self, *self._copies)
        if self._named or any(f.signatures for f in everywhere):
            raise RuntimeError(f"{self.__name__} has been called already: define its rule before")
        for f in everywhere:
            f.rule = rule

    def implementation(self, argument_types):
        arguments = dict(zip(self.parameters, argument_types, strict=True))
        on_tape = any(map(taped, argument_types))
        self._refuse_containers(arguments)
        if not on_tape and level(types.Tuple(argument_types)) == 0:
            return self.py_func
        if self.rule.jvp is None and self.rule.bwd is None:
            name = self.__name__
            raise TypeError(f"fastad: {name} has no rule yet: define one by defjvp or defvjp")
        refuse_writes(self, arguments)
        if on_tape:
            make = _jvp_on_tape if self.rule.bwd is None else _vjp_on_tape
        else:
            make = _vjp_on_jets if self.rule.jvp is None else _jvp_on_jets
        lines, namespace = make(self, arguments)
        source = f"def {self.__name__}({', '.join(arguments)}):\n    " + "\n    ".join(lines)
        described = f"a rule, {self.__qualname__}"
        key = fingerprint(self)
        return execute(self.__name__, key, source + "\n", namespace, described)[0]

    def _refuse_containers(self, arguments):
        """Refuse tuples and lists of what is being differentiated: no rule has their tangent."""
        for name, t in arguments.items():
            part = t if isinstance(t, types.BaseTuple) else getattr(t, "dtype", None)
            if not isinstance(t, types.Array) and (level(part) > 0 or (part and taped(part))):
                raise TypeError(
                    f"fastad: {self.__name__}, which has a rule, is given values that are being "
                    f"differentiated in {name!r}, a tuple or a list; pass its parts"
                )

    def inlined(self):
        copy = Custom(self.rule.primal, self.rule, self.targetoptions | {"forceinline": True})
        self._copies.add(copy)
        return copy

    def identity(self):
        self._named = any(self.rule[1:])  # a driver is compiled, or found on disk, by this rule
        return tuple(self.rule)

    def __reduce__(self):
        return self.__qualname__


def custom_jvp(f: Callable[P, R]) -> WithRule[P, R]:
    """Give a function a derivative of one's own, by the tangent of its result.

    Parameters
    ----------
    f : callable
        A plain Python or @njit function of floats and arrays of floats (and of others,
        which do not move); its result is a float, an array, or a tuple of those.

    Returns
    -------
    Custom
        The function as before, from Python and from @njit code, with a method ``defjvp``
        that decorates the rule ``jvp(primals, tangents) -> value, tangent``.  ``tangents``
        has one item for each argument, in its shape, None for one that is no float; it must
        enter linearly.

    Notes
    -----
    The rule is differentiated in turn for second and higher derivatives; where it calls f,
    by the rule.  It is called once for each direction; the tape has one direction for each
    number among the arguments, so for functions of many write a `custom_vjp`.

    Examples
    --------
    >>> import math, fastad
    >>> @fastad.custom_jvp
    ... def log1pexp(x):
    ...     return math.log1p(math.exp(x)) if x < 30.0 else x
    >>> @log1pexp.defjvp
    ... def log1pexp_jvp(primals, tangents):
    ...     x, x_dot = primals[0], tangents[0]
    ...     return log1pexp(x), x_dot / (1.0 + math.exp(-x))
    >>> fastad.derivative(log1pexp)(100.0)
    1.0
    """
    return Custom(f)


def custom_vjp(f: Callable[P, R]) -> WithRule[P, R]:
    """Give a function a derivative of one's own, by the cotangents of its arguments.

    Parameters
    ----------
    f : callable
        As for `custom_jvp`.

    Returns
    -------
    Custom
        The function as before, with a method ``defvjp(fwd, bwd)`` that sets the rule:
        ``fwd(*arguments) -> value, residuals`` and ``bwd(residuals, cotangent) -> bars``,
        a tuple with a cotangent for each argument, in its shape; None stands for zeros.

    Notes
    -----
    `bwd` is called once for each number in the result: once for a scalar function.

    Examples
    --------
    >>> import numpy as np, fastad
    >>> @fastad.custom_vjp
    ... def norm(x):
    ...     return np.sqrt(np.sum(x * x))
    >>> def fwd(x):
    ...     r = norm(x)
    ...     return r, (x, r)
    >>> def bwd(residuals, r_bar):
    ...     x, r = residuals
    ...     return (r_bar * x / max(r, 1e-300),)
    >>> norm.defvjp(fwd, bwd)
    >>> fastad.grad(norm)(np.zeros(2))
    array([0., 0.])
    """
    return Custom(f)


def rule_of(f):
    """Return the `CustomRule` of a function that has one, a driver's too, else None."""
    return f.rule if isinstance(f, Custom | Driver) else None


def refuse_writes(f, arguments):
    """Refuse a function with a rule that writes into an argument: its rule says nothing of that.

    Parameters
    ----------
    f : Custom
    arguments : dict of str to numba type
    """
    said = effects(f.rule.primal, arguments).refused_with_a_rule(f.__name__)
    if said:
        raise TypeError(f"fastad: {said}")


def _compiled(rule, n, kept, wanted):
    dispatcher = rule if isinstance(rule, Dispatcher) else numba.njit(rule)
    rule = ByHand(without_declared(dispatcher), kept)
    found = len(parameters_of(rule)[0])
    if found != n:
        name = python_function(rule).__name__
        raise TypeError(f"the rule {name} must take {wanted}, but has {found} parameters")
    return rule


# ---- Forward mode ----


def _is_float(t):
    item = t.dtype if isinstance(t, types.Array) else t
    return isinstance(item, types.Float | JetType)


def _lowered(arguments):
    """Return the type of Jet to be taken apart, and lines that do."""
    top = deepest(types.Tuple(tuple(arguments.values())))
    lines = ["zero_ = zero_of_(item_)", *(f"{p}_value_ = value_of_({p}, zero_)" for p in arguments)]
    return top, lines


def _tuple(items):
    return f"({', '.join(items)},)"


def _partials(arguments, k):
    return [f"moved_({p}, {k}, zero_)" if _is_float(t) else "None" for p, t in arguments.items()]


def _jvp_on_jets(custom, arguments):
    top, lines = _lowered(arguments)
    values = _tuple(f"{p}_value_" for p in arguments)
    for k in range(top.n):
        name = "value_" if k == 0 else "same_"
        lines.append(f"{name}, dot_{k}_ = jvp_({values}, {_tuple(_partials(arguments, k))})")
    lines.append(f"return joined_(value_, {_tuple(f'dot_{k}_' for k in range(top.n))}, zero_)")
    return lines, NAMESPACE | {"jvp_": custom.rule.jvp, "item_": top}


def _vjp_on_jets(custom, arguments):
    top, lines = _lowered(arguments)
    moving = [(i, p) for i, (p, t) in enumerate(arguments.items()) if level(t) == level(top)]
    inner = [
        " + ".join(f"inner_(bars_[{i}], moved_({p}, {k}, zero_))" for i, p in moving)
        for k in range(top.n)
    ]
    lines += [
        f"value_, residuals_ = fwd_({', '.join(f'{p}_value_' for p in arguments)})",
        "count_ = total_(value_)",
        "items_ = empty_array_(item_, (count_,))",
        "for i_ in range(count_):",
        "    bars_ = bwd_(residuals_, unit_(value_, i_, zero_.value))",
        f"    items_[i_] = jet_as_(item_of_(value_, i_), {_tuple(inner)}, zero_)",
        "return in_place_of_(value_, items_, 0)",
    ]
    rule = custom.rule
    return lines, NAMESPACE | {"fwd_": rule.fwd, "bwd_": rule.bwd, "item_": top}


# ---- The tape ----


def _jvp_on_tape(custom, arguments):
    return linearized.lines(list(arguments), arguments, custom)


def _vjp_on_tape(custom, arguments):
    rule = custom.rule
    opened, active, values = linearized.opened(list(arguments), arguments)
    positions = {p: i for i, p in enumerate(arguments)}
    lines = [
        *opened,
        f"value_, residuals_ = fwd_({', '.join(values.get(p, p) for p in arguments)})",
        f"jacobian_ = empty_jacobian_(total_(value_), o_{len(active)}, zero_)",
        "for i_ in range(jacobian_.shape[0]):",
        "    bars_ = bwd_(residuals_, unit_(value_, i_, base_))",
        *(
            f"    put_partials_(bars_[{positions[p]}], {values[p]}, jacobian_, i_, o_{j})"
            for j, p in enumerate(active)
        ),
        "return on_tape_(value_, jacobian_, 0, vars_)",
    ]
    return lines, NAMESPACE | {"fwd_": rule.fwd, "bwd_": rule.bwd}


# ---- What the lines call ----

moved = stub("moved", "Return the k-th partial of an argument: zeros where it does not move.")
joined = stub("joined", "Return a value with its tangents as Jets of the type of zero.")
inner = stub("inner", "Return the inner product of a cotangent and a tangent.")
unit = stub("unit", "Return a cotangent that is one for the k-th number of a value, else zero.")
in_place_of = stub("in_place_of", "Return a result in whose numbers' places are Jets.")


@overload(moved)
def _moved(x, k, zero):
    base = zero.base
    if level(x) < level(zero):
        if isinstance(x, types.Array):
            return lambda x, k, zero: _zeros(base, x.shape)
        return lambda x, k, zero: zero_of(base)
    if not isinstance(x, types.Array):
        return lambda x, k, zero: x.partials[k]

    def array(x, k, zero):
        out = empty_array(base, x.shape)
        for index in np.ndindex(x.shape):
            out[index] = x[index].partials[k]
        return out

    return array


@numba.extending.register_jitable
def _zeros(item, shape):
    out = empty_array(item, shape)
    for index in np.ndindex(shape):
        out[index] = zero_of(item)
    return out


@intrinsic
def jet_as(typingctx, value, partials, zero):
    """Return a Jet of the type of ``zero``."""

    def codegen(context, builder, signature, args):
        from numba.core import cgutils

        jet = cgutils.create_struct_proxy(zero)(context, builder)
        jet.value = context.cast(builder, args[0], signature.args[0], zero.base)
        to = types.UniTuple(zero.base, zero.n)
        jet.partials = context.cast(builder, args[1], signature.args[1], to)
        return jet._getvalue()

    return zero(value, partials, zero), codegen


@overload(joined)
def _joined(value, dots, zero):
    n, item = len(dots), zero
    if isinstance(value, types.BaseTuple):
        parts = ", ".join(
            f"joined(value[{i}], ({', '.join(f'dots[{k}][{i}]' for k in range(n))},), zero)"
            for i in range(len(value))
        )
        return compile_source(
            f"def over(value, dots, zero):\n    return ({parts},)\n", "over", globals()
        )
    body = [f"dot_{k} = shaped_as(dots[{k}], value)" for k in range(n)]
    array = isinstance(value, types.Array)
    at = "[index]" if array else ""
    jet = f"jet_as(value{at}, ({', '.join(f'dot_{k}{at}' for k in range(n))},), zero)"
    if array:
        body += ["out = empty_array(item, value.shape)", "for index in np.ndindex(value.shape):"]
        body += [f"    out[index] = {jet}"]
    lines = ["def over(value, dots, zero):", *body, f"return {'out' if array else jet}"]
    return compile_source("\n    ".join(lines) + "\n", "over", globals() | {"item": item})


@overload(inner)
def _inner(bar, dot):
    if bar == types.none:
        return lambda bar, dot: 0.0
    if not isinstance(dot, types.Array):
        return lambda bar, dot: shaped_as(bar, dot) * dot
    item = deepest(bar, dot)

    def arrays(bar, dot):
        fitting = shaped_as(bar, dot)
        total = zero_of(item)
        for index in np.ndindex(dot.shape):
            total = total + fitting[index] * dot[index]
        return total

    return arrays


@overload(unit)
def _unit(value, k, base):
    if isinstance(value, types.BaseTuple):
        at, parts = "k", []
        for i in range(len(value)):
            parts.append(f"unit(value[{i}], {at}, base)")
            at = f"{at} - total(value[{i}])"
        source = f"def over(value, k, base):\n    return ({', '.join(parts)},)\n"
        return compile_source(source, "over", globals())
    item = deepest(base)
    if not isinstance(value, types.Array):
        return lambda value, k, base: zero_of(item) + (1.0 if k == 0 else 0.0)

    def array(value, k, base):
        out = _zeros(item, value.shape)
        if 0 <= k < value.size:
            out.flat[k] = zero_of(item) + 1.0
        return out

    return array


@overload(in_place_of)
def _in_place_of(value, items, row):
    if isinstance(value, types.BaseTuple):
        at, parts = "row", []
        for i in range(len(value)):
            parts.append(f"in_place_of(value[{i}], items, {at})")
            at = f"{at} + total(value[{i}])"
        source = f"def over(value, items, row):\n    return ({', '.join(parts)},)\n"
        return compile_source(source, "over", globals())
    if not isinstance(value, types.Array):
        return lambda value, items, row: items[row]
    return lambda value, items, row: items[row : row + value.size].reshape(value.shape)


_FUNCTIONS = (moved, joined, inner, unit, in_place_of, item_of, put_partials, shaped_as, total)
NAMESPACE = (
    linearized.NAMESPACE
    | {f"{k}_": v for k, v in seeding.NAMES.items()}
    | {f"{f.__name__}_": f for f in _FUNCTIONS}
    | {"jet_as_": jet_as, "empty_array_": empty_array, "zero_of_": zero_of}
)
