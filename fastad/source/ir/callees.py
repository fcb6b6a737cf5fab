"""What a called function is: a row of the rule table, an operation on arrays, or user code."""

import ast
import builtins
import math
import operator
import types as python_types

import numpy as np
from numba.core.registry import cpu_target

from ...arrays.reduction_formulas import logsumexp
from ...jit.libraries import runs_its_own_body
from ...rules.functions import FUNCTIONS, where
from ...rules.table import BY_NAME, RULES

_MODULES = {"math": math, "np": np, "operator": operator, "builtins": builtins}


def _resolve(path):
    module, name = path.split(".")
    return getattr(_MODULES[module], name, None)


RULE_OF = {}
for _rule in RULES:
    for _path in _rule.overloads:
        RULE_OF[_resolve(_path)] = _rule.name
for _name, _function in FUNCTIONS.items():
    RULE_OF[_function] = _name

OPERATORS = {
    "Add": "add",
    "Sub": "sub",
    "Mult": "mul",
    "Div": "truediv",
    "FloorDiv": "floordiv",
    "Mod": "mod",
    "Pow": "pow",
    "USub": "neg",
    "UAdd": "pos",
}

COMPARED = {
    **{ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le},
    **{ast.Gt: operator.gt, ast.GtE: operator.ge},
}

# Rules whose result may be a running extreme (`analysis.dependence.extreme_term`).
EXTREMES = ("min", "minimum", "max", "maximum")

# Functions whose result carries no derivative, whatever their arguments carry.
WITHOUT_DERIVATIVE = {
    *(len, int, bool, range, round, isinstance, print),
    *(math.isnan, math.isinf, math.isfinite, math.floor, math.ceil, math.trunc),
    *(np.isnan, np.isinf, np.isfinite, np.argmax, np.argmin, np.argsort, np.any, np.all),
    np.argpartition,
    *(np.searchsorted, np.count_nonzero, np.nonzero, np.sign, np.floor, np.ceil, np.trunc),
    *(np.rint, np.round, np.around),
    *(np.digitize, np.isclose, np.allclose, np.array_equal, np.flatnonzero, np.isin, np.signbit),
    *(np.nanargmax, np.nanargmin),
    *(np.zeros, np.ones, np.empty, np.zeros_like, np.ones_like, np.empty_like, np.arange, np.eye),
    *(np.int64, np.int32, np.bool_, np.shape, np.size, np.ndim, np.logical_and, np.logical_or),
    *(np.logical_not, np.identity, math.gcd),
}

# Functions that make an array: in the shape of another array, or in a shape that is an argument.
SHAPED_LIKE = {np.zeros_like, np.ones_like, np.empty_like}
SHAPED = {np.zeros, np.ones, np.empty}
ALLOCATIONS = {*SHAPED_LIKE, *SHAPED, np.eye, np.identity}
SPACED = {np.arange, np.linspace}  # without a rule for their bounds

# Name of an operation -> the functions that compute it (adjoints: `fastad.source.reverse.arrays`).
_ARRAY = {
    "sum": (np.sum,),
    "mean": (np.mean,),
    "prod": (np.prod,),
    "amin": (np.min, np.amin),
    "amax": (np.max, np.amax),
    "dot": (np.dot, operator.matmul),
    "vdot": (np.vdot,),
    "outer": (np.outer,),
    "trace": (np.trace,),
    "diag": (np.diag,),
    "cumsum": (np.cumsum,),
    "copy": (np.copy, np.array, np.ascontiguousarray),
    "asarray": (np.asarray,),
    "full": (np.full,),
    "full_like": (np.full_like,),
    "where": (np.where, where),
    "reshape": (np.reshape,),
    "ravel": (np.ravel,),
    "flatten": (),
    "transpose": (np.transpose,),
    "solve": (np.linalg.solve,),
    "inv": (np.linalg.inv,),
    "det": (np.linalg.det,),
    "slogdet": (np.linalg.slogdet,),
    "cholesky": (np.linalg.cholesky,),
    "norm": (np.linalg.norm,),
    "logsumexp": (logsumexp,),
    "eigh": (np.linalg.eigh,),
}
ARRAY_OF = {f: name for name, functions in _ARRAY.items() for f in functions}

METHODS = {
    **{m: m for m in ("sum", "mean", "prod", "dot", "copy", "cumsum", "reshape", "ravel")},
    **{m: m for m in ("flatten", "transpose", "trace")},
    "min": "amin",
    "max": "amax",
}
METHODS_WITHOUT_DERIVATIVE = {"argmax", "argmin", "argsort", "any", "all"}

# Rules that cost too much to compute twice: each gets a variable, which is stored, not recomputed.
EXPENSIVE = frozenset(BY_NAME) - {
    *("add", "sub", "mul", "truediv", "neg", "pos", "square", "reciprocal", "abs", "copysign"),
    *("sign", "floor", "ceil", "trunc", "rint", "degrees", "radians", "floordiv"),
    *("min", "max", "minimum", "maximum", "fmin", "fmax"),
}


def is_one_of(value, functions):
    """Tell whether a called object is among some functions; a pointer of ctypes has no hash."""
    try:
        return value in functions
    except TypeError:
        return False


def rule_and_operation(value):
    """Return the names of a called object in the rule table, and among operations on arrays."""
    if is_one_of(value, RULE_OF) or is_one_of(value, ARRAY_OF):
        return RULE_OF.get(value), ARRAY_OF.get(value)
    return None, None


def is_user_function(value):
    """Tell whether a called object is code that can be transformed."""
    plain = isinstance(value, python_types.FunctionType)
    if plain and cpu_target.typing_context.resolve_value_type(value) is None:
        return False  # compiled code cannot call it
    return runs_its_own_body(value)


def is_number(value):
    """Tell whether a global is a plain number."""
    return isinstance(value, bool | int | float | np.generic)
