"""Run a function with recorded numbers: the names that it reads mean their functions.

The function is the user's own, with other globals: ``math.sin`` is the row of the rule table, an
@njit function the Python function behind it, NumPy's functions those of `fastad.pictures.arrays`.
"""

import builtins
import contextlib
import functools
import math
import types

import numpy as np
from numba.core.dispatcher import Dispatcher

from ..arrays.reduction_formulas import logsumexp
from ..custom import Custom
from ..jit.generated import Driver
from ..numbers.overloads import resolve
from ..refusals import Refusal
from ..rules import functions as own
from ..rules.table import BY_NAME, RULES
from . import arrays
from .arrays import holds, largest, smallest
from .recording import Recorded, apply_rule, value_of

_LIBRARIES = ("numpy", "math", "cmath", "numba", "scipy", "operator", "builtins", "fastad")


_INSTEAD = {
    ("hypot", 3): ": write math.hypot(math.hypot(x, y), z)",
    ("log", 2): ": write math.log(x) / math.log(base)",
}


def _other_number(rule, given):
    """Return the error of a function of the table with as many arguments as it has not."""
    takes = f"{rule.arity} argument{'s' * (rule.arity > 1)}"
    instead = _INSTEAD.get((rule.name, given), "")
    return Refusal(f"fastad: draw_graph: {rule.name} has a rule for {takes}, got {given}{instead}")


def _rule(rule, raises):
    """Return what is called for a row: the row for recorded numbers, item by item for arrays."""

    def apply(*arguments):
        if len(arguments) != rule.arity:
            raise _other_number(rule, len(arguments))
        if any(isinstance(a, np.ndarray) for a in arguments):
            return arrays.each(functools.partial(apply_rule, rule, raises=False), *arguments)
        return apply_rule(rule, *arguments, raises=raises)

    return apply


def _extreme(rule, of_items):
    """Return `min` or `max` of Python: of an array's items, or of two numbers after another."""

    def extreme(*arguments):
        if len(arguments) == 1:
            return of_items(list(arguments[0]))
        return functools.reduce(functools.partial(apply_rule, rule), arguments)

    return extreme


class _OfFloats(type):
    def __instancecheck__(cls, x):
        return isinstance(x, float | Recorded)


class _Float(float, metaclass=_OfFloats):
    """`float`, which leaves a number with a derivative as it is, as it does in compiled code."""

    def __new__(cls, x=0.0):
        return x if isinstance(x, Recorded) else float(x)


def _of_value(function):
    return lambda x: function(value_of(x))


# Callable -> what is called in its place; not by its own hash, which an object may not have.
_MEANINGS = {
    id(resolve(path)): (resolve(path), _rule(rule, not path.startswith("np.")))
    for rule in RULES
    for path in rule.overloads
    if not path.startswith("operator.")
}
_MEANINGS |= {id(f): (f, _rule(BY_NAME[name], True)) for name, f in own.FUNCTIONS.items()}
_MEANINGS |= {id(f): (f, made) for f, made in arrays.FUNCTIONS.items()}
_MEANINGS |= {
    id(f): (f, made)
    for f, made in (
        (min, _extreme(BY_NAME["min"], smallest)),
        (max, _extreme(BY_NAME["max"], largest)),
        (float, _Float),
        (np.float64, _Float),
        (logsumexp, arrays.logsumexp),
        *((f, _of_value(f)) for f in (math.isnan, math.isinf, math.isfinite)),
        *((f, _of_value(f)) for f in (np.isnan, np.isinf, np.isfinite)),
    )
}
# Those that call a method of what they are given, or read no number.
_AS_THEY_ARE = (math.floor, math.ceil, math.trunc, own.where, *arrays.MOVING)


class Module:
    """A module, whose functions take recorded numbers."""

    def __init__(self, module, run):
        self._module, self._run = module, run

    def __getattr__(self, name):
        return self._run.meaning(getattr(self._module, name))


class Run:
    """The functions of one run, each made once."""

    def __init__(self):
        self.made = {}
        self.builtins = vars(builtins) | {f: self.meaning(vars(builtins)[f]) for f in _REPLACED}

    def meaning(self, value):
        """Return what stands for a global, or for what a function closes over."""
        if id(value) in _MEANINGS:
            return _MEANINGS[id(value)][1]
        if isinstance(value, types.ModuleType):
            return Module(value, self)
        if isinstance(value, Driver | Custom):
            return _refusing(value, f"the {'driver' if isinstance(value, Driver) else 'rule'} ")
        if isinstance(value, Dispatcher):
            return self.function(value.py_func)
        library = (getattr(value, "__module__", None) or "").partition(".")[0] in _LIBRARIES
        if isinstance(value, types.FunctionType) and not library:
            return self.function(value)
        known = isinstance(value, type) or any(value is f for f in _AS_THEY_ARE)
        return _refusing(value, "") if callable(value) and library and not known else value

    def function(self, f):
        """Return a plain Python function with the meanings of the names that it reads."""
        if id(f) in self.made:
            return self.made[id(f)][1]
        cells = f.__closure__ and tuple(types.CellType() for _ in f.__closure__)
        scope = {"__builtins__": self.builtins}  # which a function takes when it is made
        made = types.FunctionType(f.__code__, scope, f.__name__, f.__defaults__, cells)
        made.__kwdefaults__ = f.__kwdefaults__
        self.made[id(f)] = f, made  # before what it reads, which may be itself
        names = _names_in(f.__code__)
        for name, value in f.__globals__.items():
            if name != "__builtins__":
                scope[name] = self.meaning(value) if name in names else value
        for cell, own_cell in zip(f.__closure__ or (), cells or (), strict=True):
            with contextlib.suppress(ValueError):  # not set yet
                cell_value = cell.cell_contents
                own_cell.cell_contents = self.meaning(cell_value)
        return made


_REPLACED = ("min", "max", "float", "pow")


def _names_in(code):
    """Return the names that code, and code inside of it, may read as globals."""
    inner = [c for c in code.co_consts if isinstance(c, types.CodeType)]
    return set(code.co_names).union(*map(_names_in, inner))


def _refusing(function, what):
    """Return a function that refuses numbers which carry derivatives, and else is itself."""
    name = getattr(function, "__qualname__", None) or getattr(function, "__name__", "a function")
    if not what:
        module = getattr(function, "__module__", None) or "np"
        name = f"{module.replace('numpy', 'np')}.{name}"

    @functools.wraps(function, updated=())
    def call(*arguments, **options):
        if any(map(holds, (*arguments, *options.values()))):
            raise Refusal(
                f"fastad: draw_graph does not look into {what or 'the function '}{name}: it draws "
                "arithmetic, the functions of fastad.rules and the @njit functions made of them"
            )
        return function(*arguments, **options)

    return call
