"""Numbers that write down the operations which made them, for `fastad.draw_graph`.

A `fastad.Tape` folds operations together and keeps no names, since it is made for speed. Here each
operation is a step of its own, with its name, its value and its partial derivatives, which are
those of the rule table (:mod:`fastad.rules.table`). Nothing is compiled.
"""

import contextlib
import functools
import operator
from typing import NamedTuple

import numpy as np

from ..numbers.overloads import resolve
from ..refusals import Refusal
from ..rules import primals
from ..rules.codegen import compile_source, partial_function, primal_function
from ..rules.functions import FUNCTIONS, scalars_only
from ..rules.partials import CONSTANTS
from ..rules.table import COMPARISONS, RULES
from ..rules.terms import rewrite, stronger, terms

SYMBOLS = {
    **{"add": "+", "sub": "-", "mul": "*", "truediv": "/", "floordiv": "//", "mod": "%"},
    **{"pow": "**"},
}
_COMPARED = {"lt": "<", "le": "<=", "gt": ">", "ge": ">=", "eq": "==", "ne": "!="}


class Step(NamedTuple):
    """An input, or one operation.

    Attributes
    ----------
    name : str
        That of an input (``x``, ``x[0]``), or ``v1``, ``v2``, ... in the order of the operations.
    operation : str
        ``"input"``, or the name of the row of the rule table: ``"mul"``, ``"sin"``.
    formula : str
        ``"x1 * x2"``: the operation with its operands' names, and its constants.
    operands : tuple of int
        The numbers of the steps whose values it reads.
    partials : tuple of float
        The derivative of the value by each operand.
    products : tuple of str
        For each operand, which zeros are strong where a tangent is multiplied by the partial
        (`fastad.rules.terms`).
    value : float
    """

    name: str
    operation: str
    formula: str
    operands: tuple
    partials: tuple
    products: tuple
    value: float


class Recording:
    """The steps of one run of a function.

    Parameters
    ----------
    limit : int
        The largest number of steps.
    """

    def __init__(self, limit):
        self.steps, self.decisions, self.limit = [], [], limit
        self.n_inputs = 0

    def write(self, step):
        """Append a step; return its number."""
        if len(self.steps) >= self.limit:
            raise ValueError(
                f"fastad: draw_graph: more than {self.limit} inputs and operations are too many to "
                "read: draw fewer iterations or shorter arrays (or give max_nodes)"
            )
        self.steps.append(step)
        return Recorded(self, len(self.steps) - 1, step.value)

    def input(self, name, value):
        """Return a new input."""
        self.n_inputs += 1
        return self.write(Step(name, "input", name, (), (), (), float(value)))

    def operate(self, operation, arguments, value, partials, formula, products=None):
        """Record an operation on numbers, some of them recorded; return its result.

        Parameters
        ----------
        operation : str
        arguments : sequence of float and Recorded
        value : float
        partials : sequence of float
            One for each argument.
        formula : callable
            From the arguments' names, and the constants as text, to the text of the operation.
        products : sequence of str, optional
        """
        products = products or [""] * len(arguments)
        moving = [
            (a.number, float(p), product)
            for a, p, product in zip(arguments, partials, products, strict=True)
            if isinstance(a, Recorded)
        ]
        operands, own, kinds = zip(*moving, strict=True) if moving else ((), (), ())
        name = f"v{len(self.steps) - self.n_inputs + 1}"
        text = formula(*(self.text(a) for a in arguments))
        return self.write(Step(name, operation, text, operands, own, kinds, float(value)))

    def text(self, x):
        """Return the name of a recorded number, or a constant as it is written."""
        return self.steps[x.number].name if isinstance(x, Recorded) else short(x)

    def decide(self, name, a, b, outcome):
        """Note the outcome of a comparison."""
        self.decisions.append((f"{self.text(a)} {_COMPARED[name]} {self.text(b)}", bool(outcome)))


def short(x):
    """Return a number to four significant digits, integers as they are.

    Examples
    --------
    >>> short(3), short(0.25), short(2 / 3), short(12345678.9)
    ('3', '0.25', '0.6667', '1.235e+07')
    """
    return str(x) if isinstance(x, int | np.integer) else f"{float(x):.4g}"


def value_of(x):
    """Return the value of a recorded number, or a number itself."""
    return x.value if isinstance(x, Recorded) else x


class Recorded:
    """A number on a `Recording`, which is passed to a function in place of a float.

    Notes
    -----
    Comparisons compare values, and `int` rounds: neither carries a derivative. There is no
    conversion to float, which would lose it silently.
    """

    __slots__ = ("number", "recording", "value")
    __hash__ = None
    tangent = 0.0  # by this attribute fastad's functions recognise a differentiable number

    def __init__(self, recording, number, value):
        self.recording, self.number, self.value = recording, number, value

    def __repr__(self):
        return f"{self.recording.steps[self.number].name} = {short(self.value)}"

    def constant(self, value):
        """Return a constant that operations on this recording take."""
        return _Constant(self.recording, value)

    def __bool__(self):
        return self.value != 0.0

    def __int__(self):
        return int(self.value)

    __trunc__ = __int__

    def __floor__(self):
        return int(np.floor(self.value))

    def __ceil__(self):
        return int(np.ceil(self.value))

    def __float__(self):
        raise Refusal(
            "fastad: draw_graph: a float is needed where a number with a derivative is: write it "
            "into an array made by np.zeros or np.empty in the function, and pass it to functions "
            "that draw_graph knows"
        )


class _Constant(Recorded):
    """The number which a function of the table is asked for first: ``fastad.pow(2.0, x)``."""

    __slots__ = ()

    def __init__(self, recording, value):
        self.recording, self.value = recording, value


def _plain(x):
    return x.value if isinstance(x, _Constant) else x


_TERMS = {rule.name: {t.argument: t for t in terms(rule)} for rule in RULES}


def apply_rule(rule, *arguments, raises=True):
    """Apply a row of the rule table to numbers, some of them recorded.

    ``raises`` tells whether a division by zero raises, as that of two numbers does, and that of
    NumPy's functions does not.
    """
    arguments = [_plain(a) for a in arguments]
    recording = next((a.recording for a in arguments if isinstance(a, Recorded)), None)
    values = [value_of(a) for a in arguments]
    if recording is None:
        return _primal(rule, values, raises)
    if rule.name == "add" and any(type(v) is not Recorded and v == 0 for v in arguments):
        return next(a for a in arguments if isinstance(a, Recorded))  # a sum begins at 0
    for argument, partial in zip(arguments, rule.partials, strict=True):
        if partial is None and isinstance(argument, Recorded):
            raise Refusal(f"fastad: draw_graph: {rule.name} has no derivative by its integer order")
    value = float(_primal(rule, values, raises))
    partials, products = [0.0] * len(values), ["select"] * len(values)
    for k, term in _TERMS[rule.name].items():
        if isinstance(arguments[k], Recorded):
            partials[k] = _partial(rule, k, values, value)
            # As for Jets of one partial: see `fastad.rules.codegen.jet_source`.
            products[k] = stronger(term.product, "weigh" if term.weighs else "")
    return recording.operate(rule.name, arguments, value, partials, _formula(rule), products)


_POWERS = ("pow",)  # of negative numbers they are complex in Python


def _primal(rule, values, raises):
    """Return what a rule computes.

    Where Python's functions raise, those of C, which compiled code calls, return infinities or NaN.
    """
    if rule.name not in _POWERS:
        errors = (ValueError, OverflowError if raises else ArithmeticError)
        with contextlib.suppress(*errors):
            return primal_function(rule.name)(*values)
    return _by_numpy(rule.primal, "xy"[: rule.arity], values)


def _partial(rule, k, values, value):
    """Return a partial derivative, infinite or NaN where Python's functions raise."""
    if rule.name not in _POWERS:
        with contextlib.suppress(ValueError, ArithmeticError):
            return partial_function(rule.name, k)(*values, value)
    partial = rewrite(rule.partials[k], ieee=True)
    return _by_numpy(partial, "xy"[: rule.arity] + "r", [*values, value])


@functools.cache
def _numpy_names():
    names = primals.interpreter_namespace() | CONSTANTS | {"divide": np.divide}
    for rule in RULES:
        for path in rule.overloads:
            if path.startswith("np.") and rule.name in names:
                names[rule.name] = resolve(path)
    return names


def _by_numpy(expression, letters, values):
    """Return an expression of the table computed by NumPy's functions, which do not raise."""
    source = f"def found({', '.join(letters)}):\n    return {expression}\n"
    with np.errstate(all="ignore"):
        return float(compile_source(source, "found", _numpy_names())(*map(np.float64, values)))


def _formula(rule):
    symbol = SYMBOLS.get(rule.name)
    if symbol:
        return lambda a, b: f"{a} {symbol} {_negative(b)}"
    if rule.name in ("neg", "pos"):
        return lambda a: ("-" if rule.name == "neg" else "+") + a
    return lambda *texts: f"{rule.name}({', '.join(texts)})"


def _negative(text):
    return f"({text})" if text.startswith("-") else text


def _method(rule, reverse=False):
    if rule.arity == 1:
        return lambda self: apply_rule(rule, self)
    if reverse:
        return scalars_only(lambda self, other: apply_rule(rule, other, self))
    return scalars_only(lambda self, other: apply_rule(rule, self, other))


def _comparison(name):
    function = getattr(operator, name)

    @scalars_only
    def compare(self, other):
        outcome = function(self.value, value_of(other))
        self.recording.decide(name, self, other, outcome)
        return outcome

    return compare


for _rule in RULES:
    if None in _rule.partials:
        continue
    if _rule.name in SYMBOLS:
        setattr(Recorded, f"__{_rule.name}__", _method(_rule))
        setattr(Recorded, f"__r{_rule.name}__", _method(_rule, reverse=True))
    elif _rule.name in ("neg", "pos", "abs"):
        setattr(Recorded, f"__{_rule.name}__", _method(_rule))
    if _rule.name in FUNCTIONS:
        setattr(Recorded, _rule.name, _method(_rule))
for _name in COMPARISONS:
    setattr(Recorded, f"__{_name}__", _comparison(_name))
