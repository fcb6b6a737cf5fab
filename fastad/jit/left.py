"""What a driver's function leaves in an argument, where what calls the driver reads it.

A driver's rule says nothing of that: forward mode leaves the numbers without their derivatives.
"""

import inspect

from numba.core import ir, types

from .call_graph import reached, statements_of
from .effects import effects
from .fingerprint import python_function
from .generated import Driver
from .libraries import PLAIN


def read_after_driver(f):
    """Return (driver, parameter) where f, or a function that it calls, reads what one leaves there.

    Returns None where there is none: a work array may be passed that nobody else looks into.
    """
    drivers = [v for v in reached(f)[1:] if isinstance(v, Driver)]
    left = {id(d): names for d in drivers if (names := _left_by(d))}
    for value in reached(f) if left else ():
        function = python_function(value)
        if not isinstance(value, Driver) and inspect.isfunction(function):
            found = _read_in(function, left)
            if found:
                return found
    return None


def _left_by(driver):
    """Return the parameters into which a driver's function writes what depends on its variables.

    Variables are what the driver differentiates by. Forward mode loses the derivative of such
    numbers alone: where they depend on data, or on what the array held before, it is right.
    """
    f, numbers = driver.made_of.f, driver.made_of.argnums
    function = python_function(f)
    names = [*inspect.signature(function).parameters]
    written = effects(f, dict.fromkeys(names, types.float64[:])).surely
    active = {names[k] for k in (numbers if isinstance(numbers, tuple) else (numbers,))}
    return (written - active) & _computed_of(function, active) if written - active else set()


def _computed_of(function, parameters):
    """Return the variables that may hold, also as arrays' items, what depends on parameters."""
    statements = statements_of(function)
    if statements is None:
        return {*inspect.signature(function).parameters}
    body = [s for block in statements.ir.blocks.values() for s in block.body]
    found, before = set(), None
    while found != before:
        before = set(found)
        for s in body:
            found |= _passed_on(s, before | found, parameters)
        # A parameter is "arg.w" where views are concerned; "w.1" is a later binding of w.
        found |= {n.removeprefix("arg.").partition(".")[0] for n in statements.reached(found)}
    return found


def _passed_on(s, known, parameters):
    """Return the variables into which a statement may put what depends on the known ones."""
    if isinstance(s, ir.SetItem | ir.StaticSetItem):
        return {s.target.name} if s.value.name in known else set()
    if not isinstance(s, ir.Assign):
        return set()
    if isinstance(s.value, ir.Arg):
        return {s.target.name} if s.value.name in parameters else set()
    read = {v.name for v in s.list_vars()} - {s.target.name}
    if not read & known:
        return set()
    return {s.target.name, *(read if _is_call(s) else ())}  # which may write into its arguments


def _read_in(function, left):
    statements = statements_of(function)
    if statements is None:
        return None
    body = [s for block in statements.ir.blocks.values() for s in block.body]
    called = [(s, statements.callee(s.value.func)[0]) for s in body if _is_call(s)]
    called = [(s, driver) for s, driver in called if id(driver) in left]
    for s, _ in called:
        statements.sources.pop(s.target.name, None)  # derivatives are memory of their own
    others = [s for s in body if not any(s is t for t, _ in called)]
    for s, driver in called:
        names = inspect.signature(python_function(driver)).parameters
        for name, v in [*zip(names, s.value.args, strict=False), *s.value.kws]:
            if name in left[id(driver)] and _is_read(statements, others, v):
                return driver, name
    return None


def _is_call(s):
    return isinstance(s, ir.Assign) and isinstance(s.value, ir.Expr) and s.value.op == "call"


def _is_read(statements, body, array):
    """Tell whether statements read an array's items, by any name."""
    memory = statements.reached({array.name})

    def shares(v):
        return bool(statements.reached({v.name}) & memory)

    for s in body:
        if isinstance(s, ir.Return) and shares(s.value):
            return True
        e = s.value if isinstance(s, ir.Assign) else None
        plain = not isinstance(e, ir.Expr) or e.op == "cast"
        plain = plain or (e.op == "getattr" and e.attr in PLAIN)
        if not plain and any(map(shares, e.list_vars())):
            return True
    return False
