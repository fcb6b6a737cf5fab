"""Numbers that write down the operations which made them, for `fastad.draw_graph`.

A `fastad.Tape` folds operations together and keeps no names, since it is made for speed. Here each
operation is a step of its own, with its name, its value and its partial derivatives, which are
those of the rule table (:mod:`fastad.rules.table`). Nothing is compiled.
"""

import functools
import re
from typing import NamedTuple

import numpy as np

from ..numbers.plain import SYMBOLS, give_operations, outcome, partial, primal
from ..refusals import Refusal

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

    @functools.cached_property
    def letter(self):
        """With which the names of operations begin: no input is called so."""
        inputs = [step.name for step in self.steps[: self.n_inputs]]
        return next(w for w in "vwuzpq" if not any(re.fullmatch(rf"{w}\d+", n) for n in inputs))

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
        name = f"{self.letter}{len(self.steps) - self.n_inputs + 1}"
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
    Comparisons compare values, and `int`, ``math.floor`` and ``math.ceil`` return whole numbers:
    none of them carries a derivative. There is no conversion to float, which would lose it
    silently.
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


def apply_rule(rule, *arguments, raises=True):
    """Apply a row of the rule table to numbers, some of them recorded.

    ``raises`` tells whether a division by zero raises (`fastad.numbers.plain.primal`).
    """
    arguments = [_plain(a) for a in arguments]
    recording = next((a.recording for a in arguments if isinstance(a, Recorded)), None)
    values = [value_of(a) for a in arguments]
    if recording is None:
        return primal(rule, values, raises)
    if rule.name == "add" and any(type(v) is not Recorded and v == 0 for v in arguments):
        return next(a for a in arguments if isinstance(a, Recorded))  # a sum begins at 0
    value = float(primal(rule, values, raises))
    slopes = [
        partial(rule, k, values, value) if isinstance(a, Recorded) else (0.0, "")
        for k, a in enumerate(arguments)
    ]
    partials, products = zip(*slopes, strict=True)
    return recording.operate(rule.name, arguments, value, partials, _formula(rule), products)


def _formula(rule):
    symbol = SYMBOLS.get(rule.name)
    if symbol:
        return lambda a, b: f"{a} {symbol} {_negative(b)}"
    if rule.name in ("neg", "pos"):
        return lambda a: ("-" if rule.name == "neg" else "+") + a
    return lambda *texts: f"{rule.name}({', '.join(texts)})"


def _negative(text):
    return f"({text})" if text.startswith("-") else text


def _compare(name, a, b):
    found = outcome(name, a.value, value_of(b))
    a.recording.decide(name, a, b, found)
    return found


give_operations(Recorded, apply_rule, _compare)
