"""What a function may change, read off Numba's representation of it: arguments, random state.

A derivative may call f several times.  Before each call, the arguments into which f may write have
to be restored; and only such arguments must not share memory with what is differentiated.  An array
that nobody writes into may be reported as written (a name holds a number first, a view later),
never the other way round.
"""

import inspect
from typing import NamedTuple

import numpy as np
from numba.core import compiler, ir, types
from numba.core.dispatcher import Dispatcher

from ..numbers.jet import ActiveType
from .generated import Driver, python_function
from .libraries import (
    FRESH_METHODS,
    PLAIN,
    VIEW_METHODS,
    is_fresh,
    is_random,
    library_writes,
    of_library,
    runs_its_own_body,
)

_NUMBERS = types.Number | types.Boolean | types.EnumMember | ActiveType
# Kinds of Numba's expressions whose value is a part of another value.
_PARTS = frozenset(("getitem", "static_getitem", "typed_getitem", "exhaust_iter", "getattr"))


class Effects(NamedTuple):
    """What a function changes: parameters (by name, or by position), the state of random numbers.

    Attributes
    ----------
    written : frozenset
    random : bool
    container : bool
        Whether it may return a tuple, a list or the like.
    surely : frozenset
        Those of `written` into which a known statement writes; the others go to unknown functions.
    returned : frozenset
        The parameters with which its result may share memory.
    shared : str
        A function with a rule that returns (part of) its argument, one of which is written; or "".
    casts : bool
        Whether ``np.asarray`` is given a dtype: by an array's type it makes a copy, or none.
    """

    written: frozenset
    random: bool = False
    container: bool = False
    surely: frozenset = frozenset()
    returned: frozenset = frozenset()
    shared: str = ""
    casts: bool = False

    def refused_with_a_rule(self, name):
        """Return why a function with these effects is refused if it has a rule, or ""."""
        if not self.surely:
            return ""
        return (
            f"{name}, which has a rule, writes into its argument {min(self.surely)!r}; a rule is "
            "of a function that leaves its arguments as they are: let it return the array"
        )


def is_container(t):
    """Tell whether values of a Numba type may hold arrays, or other things that can change."""
    plain = _NUMBERS | types.Array | types.NoneType | types.UnicodeType
    return not isinstance(types.unliteral(t), plain)


def effects(f, argument_types=None):
    """Return what a function may change.

    Parameters
    ----------
    f : callable
        A function that Numba compiles, or one compiled by it.
    argument_types : dict of str to numba type, optional
        Name of a parameter -> its type.  Without it any argument may be a container.

    Returns
    -------
    Effects
        With the names of parameters.

    Examples
    --------
    >>> def scale(x, factors):
    ...     x = x.copy()
    ...     row = factors[0]
    ...     row[:] = 1.0
    ...     x[0] = 2.0
    ...     return x
    >>> sorted(effects(scale, {"x": types.float64[:]}).written)
    ['factors']
    >>> sorted(effects(scale).written)  # a copy of a list shares what is in it
    ['factors', 'x']
    """
    names = list(inspect.signature(python_function(f)).parameters)
    given = argument_types or {}
    containers = {n: given.get(n) for n in names if n not in given or is_container(given[n])}
    found = _effects(f, containers, {}, given)
    named = {
        part: frozenset(names[k] for k in getattr(found, part) if k < len(names))
        for part in ("written", "surely", "returned")
    }
    return found._replace(**named)


def _effects(f, containers, known, given=None):
    """Return the `Effects` of a function, with positions; ``known`` has the results so far.

    ``containers`` maps the parameters that may be containers to their types, or None.
    """
    if isinstance(f, Driver):  # it has those of its function, but derivatives are new memory
        found = _effects(f.made_of.f, containers, known, given)
        return found if f.made_of.kind in ("jvp", "vjp") else found._replace(returned=frozenset())
    function = python_function(f)
    key = function, frozenset(containers.items())
    if key not in known:
        everything = frozenset(range(len(inspect.signature(function).parameters)))
        unknown = Effects(everything, container=True, returned=everything)
        known[key] = unknown  # for its calls of itself
        try:
            known[key] = Statements(function, containers, known, given or {}).effects()
        except Exception:  # Numba cannot read it, and will say so when it compiles it
            known[key] = unknown
    return known[key]


class Statements:
    """The analysis of one function: what it writes into, and which variables may share memory."""

    def __init__(self, function, containers, known, given):
        self.ir = compiler.run_frontend(function)
        self.containers, self.known, self.given = containers, known, given
        self.sources = {}  # variable -> the variables of which it may be a view
        self.marked, self.unsure = set(), set()  # written into; passed to unknown functions
        self.results, self.ruled = set(), {}  # returned; results of functions with rules -> names
        self.random, self.container, self.shared, self.casts = False, False, "", False

    def effects(self):
        """Go through the statements, and return the `Effects`."""
        for block in self.ir.blocks.values():
            for s in block.body:
                if isinstance(s, ir.Assign):
                    self.assign(s.target, s.value)
                elif isinstance(s, ir.SetItem | ir.StaticSetItem):
                    self.mark(s.target)
                    if self.is_container(s.target, lists=True):
                        self.join(s.target, s.value)
                elif isinstance(s, ir.SetAttr | ir.DelItem):
                    self.mark(s.target)
                elif isinstance(s, ir.Return):
                    self.container |= self.is_container(s.value)
                    self.results.add(s.value.name)
        written = self.reached(self.marked | self.unsure)
        for name, function in self.ruled.items():
            if self.reached({name}) & written:
                self.shared = function
        surely, returned = self.reached(self.marked), self.reached(self.results)
        parts = *map(self.places, (surely, returned)), self.shared, self.casts
        return Effects(self.places(written), self.random, self.container, *parts)

    def reached(self, names):
        """Return variables with all variables of which they may be views."""
        reached, todo = set(), list(names)
        while todo:
            name = todo.pop()
            if name not in reached:
                reached.add(name)
                todo += self.sources.get(name, ())
        return reached

    def places(self, names):
        """Return the positions of those parameters that are among some variables."""
        return frozenset(k for k, n in enumerate(self.ir.arg_names) if f"arg.{n}" in names)

    def is_container(self, variable, seen=frozenset(), lists=False):
        """Tell whether a variable may hold a tuple, a list or the like: a sum shares its parts.

        With ``lists``, whether it may hold a container into which others can be stored: no tuple.
        """
        if variable.name in seen:
            return False
        known = self.type_of(variable)
        if known is not None:
            parts = known.types if lists and isinstance(known, types.BaseTuple) else [known]
            return any(map(is_container, parts))
        seen = seen | {variable.name}
        for value in self.ir._definitions.get(variable.name, ()):
            if isinstance(value, ir.Arg):
                found = value.name in self.containers
            elif isinstance(value, ir.Var):
                found = self.is_container(value, seen, lists)
            elif not isinstance(value, ir.Expr):
                found = False  # a constant cannot be written into
            elif value.op == "call":
                found = self.makes_container(value, seen, lists)
            elif self.of_pair(value) is not None:
                found = any(self.is_container(v, seen) for v in self.of_pair(value))
            else:
                made = value.op.startswith("build_") and not (lists and value.op == "build_tuple")
                parts = () if made else value.list_vars()
                found = made or value.op == "make_function"
                found = found or any(self.is_container(v, seen, lists) for v in parts)
            if found:
                return True
        return False

    def of_pair(self, e):
        """Return the operand of ``zip`` or ``enumerate`` whose item an expression is, in a list.

        The list is empty for the number from ``enumerate``; None if that is not known.
        """
        call = self.pairs(e.value) if e.op == "static_getitem" else None
        if call is None or call.kws or call.vararg or type(e.index) is not int:
            return None
        each = [[v] for v in call.args]
        if self.callee(call.func)[0] is enumerate:
            each = [[], *each[:1]]  # the first item is a number
        return each[e.index] if 0 <= e.index < len(each) else None

    def pairs(self, variable):
        """Return the call of ``zip`` or ``enumerate`` that makes a variable's tuple, or None."""
        value = self.expression_of(variable)
        while value is not None and value.op == "exhaust_iter":
            value = self.expression_of(value.value)
        if value is None:
            return None
        over = self.of_pair(value) or []  # for a tuple in a tuple
        if value.op == "pair_first":
            step = self.expression_of(value.value)
            begin = self.expression_of(step.value) if step and step.op == "iternext" else None
            over = [begin.value] if begin and begin.op == "getiter" else []
        call = self.expression_of(over[0]) if over else None
        is_call = call is not None and call.op == "call"
        return call if is_call and self.callee(call.func)[0] in (zip, enumerate) else None

    def expression_of(self, variable):
        """Return the only expression that is bound to a variable, through other names; or None."""
        value = self.definition(variable)
        if isinstance(value, ir.Var):
            return self.expression_of(value)
        return value if isinstance(value, ir.Expr) else None

    def makes_container(self, e, seen, lists):
        """Tell whether the result of a call may be a tuple, a list or the like."""
        callee, method = self.callee(e.func)
        if method is not None:
            return self.is_container(self.definition(e.func).value, seen, lists)
        if isinstance(callee, np.ufunc) or is_fresh(callee):
            return False
        pairs = lists and callee in (enumerate, zip, reversed)
        if of_library(callee) and (pairs or not isinstance(callee, type)):
            return any(self.is_container(v, seen, lists) for v in e.args)
        own = isinstance(callee, Dispatcher) or inspect.isfunction(callee)
        return self.of_callee(callee, e, e.args).container if own else True

    def of_callee(self, callee, e, args):
        """Return the `Effects` of a function that is called."""
        names = list(inspect.signature(python_function(callee)).parameters)
        if e.vararg:
            return _effects(callee, dict.fromkeys(names), self.known)
        given = [*zip(names, args, strict=False), *e.kws]
        containers = {n: self.type_of(v) for n, v in given if self.is_container(v)}
        return _effects(callee, containers, self.known)

    def type_of(self, variable):
        """Return the type of a variable that is a parameter or a part of one, or None.

        For an item or a view of an array it is the array's type: neither is a container.
        """
        return self.type_of_value(self.definition(variable))

    def type_of_value(self, value):
        """Return the type of a value, or None; see `type_of`."""
        if isinstance(value, ir.Var):
            return self.type_of(value)
        if isinstance(value, ir.Arg):
            return self.containers.get(value.name) or self.given.get(value.name)
        if isinstance(value, ir.Expr) and value.op in ("call", "build_tuple"):
            return self.type_of_tuple(value)
        if not isinstance(value, ir.Expr) or value.op not in _PARTS:
            return None
        whole = self.type_of(value.value)
        if isinstance(whole, types.Array) and value.op != "getattr":
            return whole
        if not isinstance(whole, types.BaseTuple):
            return None
        if value.op == "exhaust_iter":
            return whole
        if value.op == "getattr":
            fields = getattr(whole, "fields", ())
            return whole.types[fields.index(value.attr)] if value.attr in fields else None
        place = getattr(value, "index", None)
        if isinstance(place, ir.Var):
            place = getattr(self.definition(place), "value", None)
        return whole.types[place] if type(place) is int and abs(place) < len(whole) else None

    def type_of_tuple(self, e):
        """Return the type of a tuple whose items have known types, or None."""
        if e.op == "build_tuple":
            parts = [self.type_of(v) for v in e.items]
            return None if None in parts else types.Tuple(parts)
        made, parts = self.callee(e.func)[0], [self.type_of(v) for v in e.args]
        if not (hasattr(made, "_fields") and len(made._fields) == len(parts)) or None in parts:
            return None
        return types.NamedTuple(parts, made)

    def own_method(self, owner, method):
        """Return the compiled function of a method of a jitclass's instance, or None."""
        of_class = getattr(self.type_of(owner), "class_type", None)
        return of_class.jit_methods.get(method) if of_class is not None else None

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
        if e.op == "binop" and any(map(self.is_container, (e.lhs, e.rhs))):
            self.join(target, e.lhs)
            self.join(target, e.rhs)
        if e.op in ("binop", "unary"):
            pass
        elif e.op == "getattr":
            number = isinstance(self.type_of_value(e), _NUMBERS)
            if not number and (e.attr not in PLAIN or self.is_container(e.value)):
                self.join(target, e.value)
        elif e.op == "inplace_binop":
            self.mark(e.lhs)
            self.join(target, e.lhs)
            if any(map(self.is_container, (e.lhs, e.rhs))):
                self.join(target, e.rhs)
        elif e.op == "call":
            self.call(target, e)
        elif e.op == "make_function":  # it may hold, and write into, any argument
            for name in self.ir.arg_names:
                self.marked.add(f"arg.{name}")
        elif isinstance(self.type_of_value(e), _NUMBERS):
            pass  # a number shares no memory with its tuple
        else:  # items, parts of tuples, iterators, casts
            for v in e.list_vars():
                self.join(target, v)
        self.special(e)

    def special(self, e):
        """Mark instances of jitclasses: properties, items, arithmetic run the class's own code."""
        for v in () if e.op == "call" else e.list_vars():
            of_class = getattr(self.type_of(v), "class_type", None)
            if of_class is None or (e.op == "getattr" and e.attr in of_class.struct):
                continue
            if e.op != "getattr" or e.attr in of_class.jit_props:
                self.mark(v)  # that code may change it

    def call(self, target, e):
        given = [*e.args, *(v for _, v in e.kws), *([e.vararg] if e.vararg else [])]
        callee, method = self.callee(e.func)
        if method is not None:
            owner = self.definition(e.func).value
            function = self.own_method(owner, method)
            if function is not None:
                self.own_call(function, e, [owner, *e.args])
            elif method not in FRESH_METHODS | VIEW_METHODS:
                self.mark(owner)  # append, sort, fill, or an unknown method may change it
                for v in given if method != "fill" else ():
                    self.join(owner, v)
                    self.mark(v)
            shares = method not in FRESH_METHODS or self.is_container(owner)
            if function is not None or shares:
                for v in (owner, *given):
                    self.join(target, v)
            return
        self.random |= is_random(callee)
        if isinstance(callee, np.ufunc):
            for v in e.args[callee.nin :]:
                self.mark(v)
        elif of_library(callee):
            kinds = [self.callee(v)[1] for v in given[1:]]
            self.casts |= callee is np.asarray and kinds not in ([], ["dtype"])
            if library_writes(callee, len(e.args), [key for key, _ in e.kws]):
                for v in given:
                    self.mark(v)
        elif not (isinstance(callee, type) and issubclass(callee, tuple)):
            found = self.own_call(callee, e, e.args)
            rule = None if isinstance(callee, Driver) else getattr(callee, "rule", None)
            if found.returned and rule is not None:
                self.ruled[target.name] = callee.__name__
        for v in (v for key, v in e.kws if key == "out"):
            self.mark(v)
        if not (isinstance(callee, np.ufunc) or is_fresh(callee)):
            for v in given:
                self.join(target, v)

    def own_call(self, callee, e, args):
        """Mark the arguments into which a called function writes; return its `Effects`."""
        if not runs_its_own_body(callee):
            for v in [*args, *(v for _, v in e.kws), *([e.vararg] if e.vararg else [])]:
                self.unsure.add(v.name)
            return Effects(frozenset())
        found = self.of_callee(callee, e, args)
        self.random |= found.random
        self.shared, self.casts = self.shared or found.shared, self.casts or found.casts
        names = list(inspect.signature(python_function(callee)).parameters)
        given = [*enumerate(args)]
        given += [(names.index(k) if k in names else None, v) for k, v in e.kws]
        given += [(None, e.vararg)] if e.vararg and found.written else []
        for position, v in given:
            if position is None or position in found.surely:
                self.mark(v)
            elif position in found.written:
                self.unsure.add(v.name)
        return found

    def definition(self, variable):
        found = self.ir._definitions.get(variable.name, ())
        return found[0] if len(found) == 1 else None

    def callee(self, variable):
        """Return (the called object, None), (None, name of a method), or (None, None)."""
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
