"""Which of its arguments a function may change: read off Numba's representation of it.

A derivative may call f several times.  Only what f may write into has to be put back before
each call, and only such arguments must not share memory with what is differentiated.

The answer errs on the safe side: an array may be called written that is not, for a name that
holds a number now and a view then; never the other way round.
"""

import inspect
import math

import numpy as np
from numba.core import compiler, ir
from numba.core.dispatcher import Dispatcher

from ._generated import python_function


def _names(text):
    return frozenset(text.split())


# Attributes and functions whose result shares no memory with what it is taken of.
_PLAIN = _names("shape size ndim dtype itemsize nbytes strides")
_FRESH_METHODS = _names(
    "copy astype sum mean prod min max var std dot flatten argmin argmax argsort cumsum cumprod "
    "any all item nonzero repeat take trace count index"
)
_FRESH = _names(
    "zeros ones empty full zeros_like ones_like empty_like full_like eye identity arange linspace "
    "copy array sum mean prod min max amin amax var std median dot vdot outer cumsum cumprod sort "
    "argsort argmin argmax any all nonzero searchsorted count_nonzero where concatenate stack "
    "hstack vstack column_stack append repeat diff trace interp trapezoid solve inv det slogdet "
    "cholesky eigh eigvalsh norm logsumexp len range int float bool abs round isinstance print "
    "divmod pow"
)
_CHANGING_METHODS = _names(
    "fill sort put partition itemset resize append extend insert pop clear remove reverse update "
    "setdefault popitem setflags byteswap"
)
_CHANGING = _names("fill_diagonal put copyto place putmask put_along_axis shuffle setitem delitem")
_LIBRARIES = ("numpy", "math", "builtins", "operator", "_operator", "cmath", "numba")


def written(f):
    """Return the names of the parameters that a function may write into.

    Parameters
    ----------
    f : callable
        A function that Numba compiles, or one compiled by it.

    Returns
    -------
    frozenset of str

    Examples
    --------
    >>> def scale(x, factors):
    ...     x = x.copy()
    ...     row = factors[0]
    ...     row[:] = 1.0
    ...     x[0] = 2.0
    ...     return x
    >>> sorted(written(scale))
    ['factors']
    """
    names = list(inspect.signature(python_function(f)).parameters)
    return frozenset(names[k] for k in _positions(f, {}) if k < len(names))


def _positions(f, known):
    """Return the positions of the parameters that a function may write into."""
    recipe = getattr(getattr(f, "parts", None), "recipe", None)
    if recipe is not None:  # of a driver: its function's, which come first
        f = recipe[1][1]
    function = python_function(f)
    if function not in known:
        everything = frozenset(range(len(inspect.signature(function).parameters)))
        known[function] = everything  # where it calls itself
        try:
            known[function] = _Function(function, known).changed()
        except Exception:  # Numba does not read it: it will say so when it compiles
            known[function] = everything
    return known[function]


class _Function:
    """The statements of one function, and which of its variables may share memory."""

    def __init__(self, function, known):
        self.ir = compiler.run_frontend(function)
        self.known = known
        self.sources, self.marked = {}, set()  # variable -> what it may be a view of

    def changed(self):
        """Return the positions of the parameters whose memory a statement may change."""
        for block in self.ir.blocks.values():
            for s in block.body:
                if isinstance(s, ir.Assign):
                    self.assign(s.target, s.value)
                elif isinstance(s, ir.SetItem | ir.StaticSetItem):
                    self.mark(s.target)
                    if self.holds_objects(s.target):
                        self.join(s.target, s.value)
                elif isinstance(s, ir.SetAttr | ir.DelItem):
                    self.mark(s.target)
        reached, todo = set(), list(self.marked)
        while todo:
            name = todo.pop()
            if name not in reached:
                reached.add(name)
                todo += self.sources.get(name, ())
        return frozenset(k for k, n in enumerate(self.ir.arg_names) if f"arg.{n}" in reached)

    def holds_objects(self, variable):
        """Tell whether a variable is a list or a dict, whose items may be arrays."""
        value = self.definition(variable)
        if isinstance(value, ir.Var):
            return self.holds_objects(value)
        if not isinstance(value, ir.Expr):
            return False
        if value.op != "call":
            return value.op in ("build_list", "build_map")
        module = getattr(self.callee(value.func)[0], "__module__", None) or ""
        return module.startswith("numba.typed") or self.callee(value.func)[1] == "empty"

    def join(self, view, of):
        name = of if isinstance(of, str) else of.name
        self.sources.setdefault(view.name, set()).add(name)

    def mark(self, variable):
        self.marked.add(variable.name)

    def assign(self, target, value):
        if isinstance(value, ir.Arg):
            self.join(target, f"arg.{value.name}")
        elif isinstance(value, ir.Var):
            self.join(target, value)
        elif isinstance(value, ir.Yield):
            self.join(target, value.value)
        elif isinstance(value, ir.Expr):
            self.expression(target, value)

    def expression(self, target, e):
        if e.op in ("binop", "unary"):
            return
        if e.op == "getattr":
            if e.attr not in _PLAIN:
                self.join(target, e.value)
        elif e.op == "inplace_binop":
            self.mark(e.lhs)
            self.join(target, e.lhs)
        elif e.op == "call":
            self.call(target, e)
        elif e.op == "make_function":  # it may hold, and change, whatever is there
            for name in self.ir.arg_names:
                self.marked.add(f"arg.{name}")
        else:  # items, parts of tuples, what is iterated over, casts
            for v in e.list_vars():
                self.join(target, v)

    def call(self, target, e):
        given = [*e.args, *(v for _, v in e.kws), *([e.vararg] if e.vararg else [])]
        callee, method = self.callee(e.func)
        if method is not None:
            owner = self.definition(e.func).value
            if method in _CHANGING_METHODS:
                self.mark(owner)
                if method != "fill":
                    for v in given:
                        self.join(owner, v)
            if method not in _FRESH_METHODS:
                for v in (owner, *given):
                    self.join(target, v)
            return
        name = getattr(callee, "__name__", "")
        if isinstance(callee, np.ufunc):
            for v in e.args[callee.nin :]:
                self.mark(v)
        elif _of_library(callee):
            if name in _CHANGING or (name in ("dot", "clip", "take") and len(e.args) > 2):
                for v in given:
                    self.mark(v)
        else:
            self.own_call(callee, e, given)
        for key, v in e.kws:
            if key == "out":
                self.mark(v)
        if not (isinstance(callee, np.ufunc | type) or (_of_library(callee) and name in _FRESH)):
            for v in given:
                self.join(target, v)

    def own_call(self, callee, e, given):
        """Note what a function of the user's writes into; of an unknown one, all."""
        if not isinstance(callee, Dispatcher) and not inspect.isfunction(callee):
            for v in given:
                self.mark(v)
            return
        changed = _positions(callee, self.known)
        names = list(inspect.signature(python_function(callee)).parameters)
        for position, v in enumerate(e.args):
            if position in changed:
                self.mark(v)
        for key, v in e.kws:
            if key not in names or names.index(key) in changed:
                self.mark(v)
        if e.vararg and changed:
            self.mark(e.vararg)

    def definition(self, variable):
        found = self.ir._definitions.get(variable.name, ())
        return found[0] if len(found) == 1 else None

    def callee(self, variable):
        """Return (what is called, None), or (None, a method's name) of a variable's value."""
        value = self.definition(variable)
        if isinstance(value, ir.Var):
            return self.callee(value)
        if isinstance(value, ir.Global | ir.FreeVar):
            return value.value, None
        if isinstance(value, ir.Expr) and value.op == "getattr":
            owner, _ = self.callee(value.value)
            if inspect.ismodule(owner) or isinstance(owner, type):
                return getattr(owner, value.attr, None), None
            return None, value.attr
        return None, None


def _of_library(callee):
    module = (getattr(callee, "__module__", None) or "").split(".")[0]
    known = module in (*_LIBRARIES, "fastad") and not isinstance(callee, Dispatcher)
    return known or callee in (math.fabs, len, range)
