"""Functions of NumPy's written with operations that have rules: one form serves every mode.

Source transformation inlines the form at the call. For arrays of Jets and of Vars Numba compiles
the form, unless the function is in `IMPLEMENTED`: then there is an overload for such arrays. A call
that no form takes is left to Numba. `FORMS` says for which dimensions of the arguments a form is; a
form broadcasts as NumPy's function does. It makes the arrays that it fills by ``np.empty`` or
``np.zeros`` of a shape, which `for_active` recognises.

Registration only: nothing is compiled until a program uses it.
"""

import ast
import functools
import inspect

import numpy as np
from numba.core import types
from numba.extending import overload, register_jitable

from ..numbers.arrays import is_none, item_of
from ..numbers.jet import ActiveType
from ..rules.codegen import compile_source
from ..rules.functions import FUNCTIONS
from ..rules.table import RULES
from . import joins
from .kernels import empty_for, zeros_for_items
from .matrix_forms import MATRIX_FORMS
from .own_source import own_tree
from .vector_forms import VECTOR_FORMS


def _diff(a):
    return a[1:] - a[:-1]


def _diff_of_rows(a):
    return a[:, 1:] - a[:, :-1]


def _diff_often(a, n):
    if n < 0:
        raise ValueError("np.diff(): order must be non-negative")
    out = a.copy()
    for _ in range(n):
        out = out[1:] - out[:-1]
    return out


def _var(a):
    centred = a - np.mean(a)
    return np.mean(centred * centred)


def _std(a):
    centred = a - np.mean(a)
    r = np.mean(centred * centred)
    if r != 0.0:  # for equal numbers the derivative is 0, not NaN
        r = np.sqrt(r)
    return r


def _ptp(a):
    return np.max(a) - np.min(a)


def _clip(a, a_min, a_max):
    return np.minimum(np.maximum(a, a_min), a_max)


def _clip_from(a, a_min, a_max):
    return np.maximum(a, a_min)


def _clip_to(a, a_min, a_max):
    return np.minimum(a, a_max)


def _flip(m):
    return m[::-1]


def _cumprod(a):
    out = np.empty(a.size)
    total = 1.0
    for i in range(a.size):
        total *= a[i]
        out[i] = total
    return out


def _sort(a):
    return a[np.argsort(a, kind="mergesort")]


def _median(a):
    order = np.argsort(a, kind="mergesort")
    n = a.size
    r = np.nan
    if n > 0 and not np.any(np.isnan(a)):
        r = 0.5 * (a[order[(n - 1) >> 1]] + a[order[n >> 1]])
    return r


def _roll(a, shift):
    n = a.size
    out = np.empty(n)
    k = np.mod(shift, n)
    for i in range(n):
        out[k] = a[i]
        k = k + 1 if k + 1 < n else 0
    return out


def _linspace(start, stop, num=50):
    out = np.empty(num)
    step = (stop - start) / max(num - 1, 1)
    for i in range(num):
        out[i] = start + i * step
    if num > 1:
        out[num - 1] = stop
    return out


def _trapezoid(y, x):
    if y.size != x.size:
        raise ValueError("np.trapezoid: y and x must have the same length")
    total = 0.0
    for i in range(y.size - 1):
        total += 0.5 * (x[i + 1] - x[i]) * (y[i] + y[i + 1])
    return total


def _trapezoid_evenly(y):
    total = 0.0
    for i in range(y.size - 1):
        total += 0.5 * (y[i] + y[i + 1])
    return total


def _trapezoid_spaced(y, x, dx):
    total = 0.0
    for i in range(y.size - 1):
        total += 0.5 * (y[i] + y[i + 1])
    return dx * total


def _interp_at(x, xp, fp):
    """Interpolate at a number: at a knot the slope is that of the line to its right.

    Before the first knot, and from the last one on, the result is constant.
    """
    if xp.size == 0 or xp.size != fp.size:
        raise ValueError("np.interp: xp and fp must have the same length, at least 1")
    last = xp.size - 1
    j = np.searchsorted(xp, x, "right") - 1
    r = fp[0]
    if x != x:
        r = x
    elif j >= last:
        r = fp[last]
    elif j >= 0:
        r = (fp[j + 1] - fp[j]) / (xp[j + 1] - xp[j]) * (x - xp[j]) + fp[j]
    return r


def _interp(x, xp, fp):
    """Interpolate at each item of x; before the first and after the last knot it is constant."""
    if xp.size == 0 or xp.size != fp.size:
        raise ValueError("np.interp: xp and fp must have the same length, at least 1")
    out = np.empty(x.size)
    for i in range(x.size):
        out[i] = np.interp(x[i], xp, fp)
    return out


def _interp_at_all(x, xp, fp):
    return np.interp(x.ravel(), xp, fp).reshape(x.shape)


def _cross(a, b):
    if a.size != 3 or b.size != 3:
        raise ValueError("np.cross takes vectors of length 3 where they are differentiated")
    out = np.empty(3)
    out[0] = a[1] * b[2] - a[2] * b[1]
    out[1] = a[2] * b[0] - a[0] * b[2]
    out[2] = a[0] * b[1] - a[1] * b[0]
    return out


def _lower(m, k=0):
    out = np.zeros(m.shape)
    for i in range(m.shape[0]):
        for j in range(min(max(i + k + 1, 0), m.shape[1])):
            out[i, j] = m[i, j]
    return out


def _upper(m, k=0):
    out = np.zeros(m.shape)
    for i in range(m.shape[0]):
        for j in range(max(i + k, 0), m.shape[1]):
            out[i, j] = m[i, j]
    return out


def _nancumsum(a):
    return np.cumsum(np.where(np.isnan(a), 0.0, a))


def _nancumprod(a):
    return np.cumprod(np.where(np.isnan(a), 1.0, a))


def _nansum(a):
    return np.sum(np.where(np.isnan(a), 0.0, a))


def _nanprod(a):
    return np.prod(np.where(np.isnan(a), 1.0, a))


def _nanmean(a):
    return np.sum(np.where(np.isnan(a), 0.0, a)) / np.sum(np.where(np.isnan(a), 0.0, 1.0))


def _nanvar(a):
    centred = np.where(np.isnan(a), 0.0, a - np.nanmean(a))
    return np.sum(centred * centred) / np.sum(np.where(np.isnan(a), 0.0, 1.0))


def _nanstd(a):
    r = np.nanvar(a)
    if r != 0.0:
        r = np.sqrt(r)
    return r


def _nanmax(a):
    r = np.max(np.where(np.isnan(a), -np.inf, a))
    if np.all(np.isnan(a)):
        r = np.nan
    return r


def _nanmin(a):
    r = np.min(np.where(np.isnan(a), np.inf, a))
    if np.all(np.isnan(a)):
        r = np.nan
    return r


_TRAPEZOID = "trapezoid" if hasattr(np, "trapezoid") else "trapz"  # before NumPy 2

# function -> [(form, the dimensions of each argument that is given: 0 for a number, None for any
# number of dimensions, "none" for the argument None, a string for that string, a set of
# integers for one of these, literally)]
FORMS = {
    np.diff: [(_diff, (1,)), (_diff_of_rows, (2,)), (_diff_often, (1, 0))],
    np.var: [(_var, (None,))],
    np.std: [(_std, (None,))],
    np.ptp: [(_ptp, (None,))],
    np.clip: [
        (_clip, (None, None, None)),
        (_clip_from, (None, None, "none")),
        (_clip_to, (None, "none", None)),
    ],
    np.flip: [(_flip, (1,))],
    np.cumprod: [(_cumprod, (1,))],
    np.sort: [(_sort, (1,))],
    np.median: [(_median, (1,))],
    np.roll: [(_roll, (1, 0))],
    np.linspace: [(_linspace, (0, 0, 0)), (_linspace, (0, 0))],
    getattr(np, _TRAPEZOID): [
        (_trapezoid_evenly, (1,)),
        (_trapezoid, (1, 1)),
        (_trapezoid_spaced, (1, "none", 0)),
    ],
    np.interp: [(_interp, (1, 1, 1)), (_interp_at, (0, 1, 1)), (_interp_at_all, (None, 1, 1))],
    np.cross: [(_cross, (1, 1))],
    np.tril: [(_lower, (2,)), (_lower, (2, 0))],
    np.triu: [(_upper, (2,)), (_upper, (2, 0))],
    np.nancumsum: [(_nancumsum, (1,))],
    np.nancumprod: [(_nancumprod, (1,))],
    np.nansum: [(_nansum, (None,))],
    np.nanprod: [(_nanprod, (None,))],
    np.nanmean: [(_nanmean, (None,))],
    np.nanvar: [(_nanvar, (None,))],
    np.nanstd: [(_nanstd, (None,))],
    np.nanmax: [(_nanmax, (None,))],
    np.nanmin: [(_nanmin, (None,))],
}
for _function, _forms in (*VECTOR_FORMS.items(), *MATRIX_FORMS.items()):
    FORMS[_function] = [*FORMS.get(_function, ()), *_forms]

# function -> the arguments that select the formula, by which it has no derivative.
CHOOSING = {np.linalg.norm: ("ord",)}

# Functions that have overloads for arrays of Jets and of Vars (in `reductions`, `rearrangements`,
# `linalg_jets`, or Numba's own), as these are faster than the form, or take more dimensions.
IMPLEMENTED = {
    *(np.var, np.std, np.ptp, np.cumprod, np.sort, np.median, np.flip, np.roll),
    *(np.linalg.norm, np.linalg.eigvalsh, np.repeat),
    *(np.nansum, np.nanprod, np.nanmean, np.nanvar, np.nanstd, np.nanmax, np.nanmin),
}


def _dimensions(t):
    if isinstance(t, types.Array):
        return t.ndim
    if isinstance(t, types.BaseTuple):
        return tuple(map(_dimensions, t))
    if is_none(t):
        return "none"
    if isinstance(t, types.StringLiteral):
        return t.literal_value
    return 0 if isinstance(t, types.Number | types.Boolean | ActiveType) else "other"


def _fits(t, wanted):
    if isinstance(wanted, set):
        return isinstance(t, types.IntegerLiteral) and t.literal_value in wanted
    dimensions = _dimensions(t)
    return isinstance(dimensions, int) if wanted is None else dimensions == wanted


@functools.cache
def signature_of(function):
    """Return the signature of NumPy's function, made of those of its forms.

    A parameter that some form does not have may be left out; its default is None, if no form has
    another one.
    """
    if function in joins.JOINS:
        names, _ = joins.JOINS[function]
        required, defaults = sum(n != "axis" for n in names), {"axis": 0}
    else:
        forms, defaults = FORMS.get(function, ()), {}
        found = [inspect.signature(form).parameters for form, _ in forms]
        names = max(map(list, found), key=len, default=[])
        required = min((len(dimensions) for _, dimensions in forms), default=0)
        for p in (p for own in found for p in own.values()):
            defaults[p.name] = None if p.default is p.empty else p.default
    return inspect.Signature(
        inspect.Parameter(
            n,
            inspect.Parameter.POSITIONAL_OR_KEYWORD,
            default=inspect.Parameter.empty if k < required else defaults[n],
        )
        for k, n in enumerate(names)
    )


def form_of(function, argument_types):
    """Return the form of a function of NumPy's for some types of its arguments, or None.

    Parameters
    ----------
    function : callable
        NumPy's function.
    argument_types : sequence of Numba types
        Those of its positional arguments. (The form takes the items of a tuple as arguments.)
    """
    for form, wanted in FORMS.get(function, ()):
        if len(argument_types) == len(wanted) and all(map(_fits, argument_types, wanted)):
            return form
    return joins.form_of(function, argument_types, tuple(map(_dimensions, argument_types)))


# ---- For arrays of Jets and of Vars ----


class _ForActive(ast.NodeTransformer):
    """Rewrites a form so that the arrays which it makes can hold Jets or Vars.

    In the place of NumPy's functions of numbers it calls fastad's, which also take an array
    together with a Jet.
    """

    makers = {"np.empty": "empty_for", "np.zeros": "zeros_for_items"}
    own = {p: r.name for r in RULES if r.name in FUNCTIONS for p in r.overloads}

    def __init__(self, parameters):
        self.parameters = ast.Tuple([ast.Name(p, ast.Load()) for p in parameters], ast.Load())

    def visit_Call(self, node):
        self.generic_visit(node)
        called = ast.unparse(node.func)
        if called in self.own:
            return ast.Call(ast.Name(self.own[called], ast.Load()), node.args, [])
        maker = self.makers.get(called)
        if maker is None:
            return node
        shape = node.args[0]
        if not isinstance(shape, ast.Tuple) and not ast.unparse(shape).endswith(".shape"):
            shape = ast.Tuple([shape], ast.Load())
        return ast.Call(ast.Name(maker, ast.Load()), [self.parameters, shape], [])


@functools.cache
def for_active(form):
    """Return a form rewritten for arrays of Jets or of Vars, to be called by compiled code."""
    tree = _ForActive(inspect.signature(form).parameters).visit(own_tree(form))
    tree.body[0].name = name = f"{form.__name__}_of_active"  # a name of its own: see `joins`
    source = ast.unparse(ast.fix_missing_locations(tree)) + "\n"
    scope = FUNCTIONS | {"np": np, "empty_for": empty_for, "zeros_for_items": zeros_for_items}
    return register_jitable(compile_source(source, name, scope))


def _left_out(t):
    return is_none(t) or not isinstance(t, types.Type)  # the default itself


def _register(function):
    signature = signature_of(function)
    names = [*signature.parameters]
    required = sum(p.default is p.empty for p in signature.parameters.values())

    def implementation(*given):
        while len(given) > required and _left_out(given[-1]):
            given = given[:-1]
        passed, kinds = [], []
        for n, t in zip(names, given, strict=False):
            whole = not isinstance(t, types.BaseTuple)
            passed += [n] if whole else [f"{n}[{k}]" for k in range(len(t))]
            kinds += [t] if whole else [*t]
        form = None if item_of(*kinds) is None else form_of(function, given)
        if form is None:
            return None
        left_out = [*inspect.signature(form).parameters.values()][len(passed) :]
        call = f"form({', '.join([*passed, *(repr(p.default) for p in left_out)])})"
        source = f"def {function.__name__}{signature}:\n    return {call}\n"
        return compile_source(source, function.__name__, {"form": for_active(form)})

    def typed(*given, **named):
        try:
            bound = signature.bind(*given, **named)
        except TypeError:  # with arguments that no form has: Numba's own
            return None
        bound.apply_defaults()
        return implementation(*bound.arguments.values())

    # Numba reads the signature; `fastad.jit.fingerprint` sees that the code is of this file.
    typed.__signature__ = signature
    # For "cpu", to be tried before Numba's own; with literal types, as a form is for one axis.
    overload(function, target="cpu", prefer_literal=True)(typed)


for _function in (*FORMS, *joins.JOINS):
    if _function not in IMPLEMENTED:
        _register(_function)
