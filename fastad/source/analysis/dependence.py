"""Which loops have iterations that depend on each other through nothing but sums.

Such a loop may be reversed iteration by iteration, each one forward and at once backward: its
values are still in registers and in the first cache, and none is stored.
"""

import ast
from dataclasses import dataclass, field

import numpy as np
from numba.core import types

from ..ir.callees import EXPENSIVE, EXTREMES, SHAPED, SHAPED_LIKE
from ..ir.expressions import called, names_in, text
from ..ir.statements import (
    Array,
    Assign,
    Call,
    Fill,
    For,
    Raise,
    Ruled,
    Store,
    While,
    arrays_bound,
    blocks,
    expressions,
    is_array,
    reads_of,
    sum_term,
    walk,
    written,
)
from .activity import operands
from .array_coverage import covers
from .contents import array_parts
from .nonnegative import not_negative


@dataclass
class Independent:
    """How the iterations of a loop use what they write; see `Loops.independent`.

    Attributes
    ----------
    private : set of str
        Scalars and memories that each iteration writes before it reads them, and that nothing reads
        after the loop.
    sums : set of str
        Scalars to which iterations only add.
    counters : set of str
        Integers to which each iteration adds a step that the loop does not change.
    outputs : set of str
        Memories that the loop writes into and does not read.
    extremes : dict of str to ast.expr
        Running minimum or maximum v, of ``v = min(v, term)`` -> the term.
    beside : dict of str to str
        Tangent of a running extreme -> the extreme.
    """

    private: set = field(default_factory=set)
    sums: set = field(default_factory=set)
    counters: set = field(default_factory=set)
    outputs: set = field(default_factory=set)
    extremes: dict = field(default_factory=dict)
    beside: dict = field(default_factory=dict)


def _about(body, name):
    return [s for s in walk(body) if name in written(s) or name in reads_of(s)]


def tangent_of_extreme(body, name):
    """Return the running extreme whose tangent the block's one statement on ``name`` computes."""
    about = _about(body, name)
    one = len(about) == 1 and isinstance(about[0], Assign) and any(s is about[0] for s in body)
    return about[0].beside if one and about[0].name == name else ""


def extreme_term(body, name):
    """Return the term if the block's only statement on v is ``v = min(v, term)`` (or max)."""
    about = _about(body, name)
    about = [s for s in about if getattr(s, "beside", "") != name]
    if len(about) != 1 or not isinstance(about[0], Assign) or not any(s in about for s in body):
        return None
    value = about[0].value
    if getattr(value, "rule", None) not in EXTREMES:
        return None
    terms = [a for a in operands(value) if name not in names_in(a)]
    own = [a for a in operands(value) if isinstance(a, ast.Name) and a.id == name]
    return terms[0] if len(terms) == len(own) == 1 else None


def exposed(body):
    """Return the variables that a block may read before it writes them."""
    seen = set()
    defined = set()
    _exposed(body, defined, seen)
    return seen


def _exposed(body, defined, seen):
    for s in body:
        if isinstance(s, While):
            _exposed(s.setup, defined, seen)
        seen |= reads_of(s) - defined
        if isinstance(s, Store | Fill) and s.array not in defined:
            seen.add(s.array)
        if isinstance(s, For):
            inside = defined | {s.name}
            _exposed(s.body, inside, seen)
        elif isinstance(s, While):
            _exposed(s.body, set(defined), seen)
        elif hasattr(s, "orelse"):
            first, second = set(defined), set(defined)
            _exposed(s.body, first, seen)
            _exposed(s.orelse, second, seen)
            defined |= first & second
        else:
            defined |= set(written(s))


class Loops:
    """What is known of the loops of a program."""

    def __init__(self, program, activity):
        self.program = program
        self.memory = activity.memory
        self.types = program.types
        self.all = list(walk(program.body))
        self.not_negative = not_negative(program)
        self.single = self.single_definitions()
        self.fixed = self.fixed_names()

    def single_definitions(self):
        """Return name -> expression for the variables, no parameters, that are assigned once."""
        count, value = {}, {}
        for s in self.all:
            for n in written(s):
                count[n] = count.get(n, 0) + 1
                value[n] = s.value if isinstance(s, Assign | Array) else None
        return {
            n: v
            for n, v in value.items()
            if count[n] == 1 and v is not None and n not in self.program.parameters
        }

    def fixed_names(self):
        """Return the variables that never change: they have one value wherever they have one.

        They are parameters that nothing binds again, and variables that are bound once, outside of
        all loops.
        """
        bound = [n for s in self.all for n in written(s)]
        again = {s.name for s in self.all if isinstance(s, For)}
        for s in self.all:
            if isinstance(s, For | While):
                again |= {n for block in blocks(s) for t in walk(block) for n in written(t)}
        parameters = {*self.program.parameters}
        once = {n for n in bound if bound.count(n) == 1} - parameters - again
        return once | (parameters - {*bound})

    def independent(self, loop, extremes=False):
        """Return an `Independent`, or None where an iteration may depend on an earlier one.

        The body must have no exit, ``raise``, ``while`` or recursive call. Each scalar that it
        writes must be private, a sum or a counter, or with ``extremes`` a running extreme or the
        tangent of one; each memory must be private or an output.
        """
        inside = list(walk(loop.body))
        if loop.exit_flag or any(isinstance(s, Raise | Call | While) for s in inside):
            return None
        if any(isinstance(s, For) and s.exit_flag for s in inside):
            return None
        found = Independent()
        scalars = {n for s in inside for n in written(s)}
        first = exposed(loop.body)
        outside = self.reads_outside(loop.body)
        for n in sorted(scalars):
            if n in first:
                kind = self.carried(n, loop)
                term = extreme_term(loop.body, n) if extremes else None
                beside = tangent_of_extreme(loop.body, n) if extremes else ""
                if kind is not None:
                    getattr(found, kind).add(n)
                elif term is not None:
                    found.extremes[n] = term
                elif beside:
                    found.beside[n] = beside
                else:
                    return None
            elif n in outside:
                return None
            else:
                found.private.add(n)
        if loop.name in outside:
            return None
        return found if self.arrays(loop, inside, found, outside) else None

    def reads_outside(self, body):
        """Return the variables read anywhere but in a block."""
        inside = {id(s) for s in walk(body)}
        found = set(self.program.results)
        for s in self.all:
            if id(s) in inside:
                continue
            found |= reads_of(s)
            if isinstance(s, Store | Fill):
                found.add(s.array)
            if isinstance(s, For | While) and s.exit_flag:
                found.add(s.exit_flag)
        return found

    def carried(self, name, loop):
        """Return "sums" or "counters" for a scalar that is carried between iterations, or None.

        A sum is read by nothing in the loop but its own updates. A counter is an integer with one
        update, outside of branches and inner loops, whose step reads nothing that the loop writes.
        """
        inside = list(walk(loop.body))
        writes = [s for s in inside if name in written(s)]
        if not all(sum_term(s) for s in writes):
            return None
        if sum(name in reads_of(s) for s in inside) == len(writes):
            return "sums"
        if isinstance(self.types[name], types.Integer):
            own = {n for s in inside for n in written(s)}
            into = {self.memory(s.array) for s in inside if isinstance(s, Store | Fill)}
            own |= {n for n in self.types if self.memory(n) in into}
            if len(writes) == 1 and any(s is writes[0] for s in loop.body):
                if not names_in(sum_term(writes[0])[1]) & own:
                    return "counters"
        return None

    def arrays(self, loop, inside, found, outside):
        """Sort the memories that the loop writes into; return False where one is of neither kind.

        Private are arrays that each iteration makes anew, and local arrays that nothing outside
        reads and of which each iteration writes the items it reads (`array_coverage.covers`).
        Outputs are arrays that the loop does not read.
        """
        views = {s.name for s in inside if isinstance(s, Array) and s.kind == "view"}
        fresh = {n for s in inside for n in arrays_bound(s)} - views
        others = [s for s in self.all if not any(s is t for t in inside)]
        elsewhere = {*self.program.parameters, *(n for s in others for n in arrays_bound(s))}
        for memory in {self.memory(s.array) for s in inside if isinstance(s, Store | Fill)}:
            names = {n for n in self.types if is_array(self.types[n]) and self.memory(n) == memory}
            if memory in fresh and not names & elsewhere:
                found.private.add(memory)
                continue
            if not self.values_read(inside, names):
                found.outputs.add(memory)
                continue
            if self.values_read(others, names) or memory in self.program.results:
                return False
            if memory in self.program.parameters:
                return False
            if not covers(self, memory, loop):
                return False
            found.private.add(memory)
        return True

    @staticmethod
    def values_read(statements, names):
        """Tell whether an item of an array is read, or a view of it made."""
        return any(_reads_items(e, names) for s in statements for e in expressions(s))

    def canonical(self, e):
        """Return the text of an integer expression, with definitions in the place of variables.

        Where the definitions name something that may change (not in `fixed`) it is the plain text.
        """
        traced = self._traced(e)
        return traced if self._never_changes(traced) else text(e)

    def extent(self, array, axis):
        """Return the text of an array's extent along an axis: that with which it was made."""
        traced = self._traced_extent(array, axis)
        plain = f"{text(array)}.shape[{axis}]"
        return traced if self._never_changes(traced) else plain

    def _never_changes(self, source):
        """Tell whether an expression reads only numbers and extents that never change."""
        tree = ast.parse(source, mode="eval").body
        items = any(
            isinstance(n, ast.Call)
            or (isinstance(n, ast.Subscript) and not isinstance(n.value, ast.Attribute))
            for n in ast.walk(tree)
        )
        return not items and names_in(tree) <= self.fixed

    def _traced(self, e, depth=0):
        if depth > 8:
            return text(e)
        if isinstance(e, ast.Name) and e.id in self.single:
            value = self.single[e.id]
            if isinstance(self.types.get(e.id), types.Integer):
                return self._traced(value, depth + 1)
        if called(e) is len:
            return self._traced_extent(e.args[0], 0, depth + 1)
        if isinstance(e, ast.Attribute) and e.attr == "size" and isinstance(e.value, ast.Name):
            t = self.types.get(e.value.id)
            if is_array(t) and t.ndim == 1:
                return self._traced_extent(e.value, 0, depth + 1)
        if isinstance(e, ast.Subscript) and isinstance(e.value, ast.Attribute):
            if e.value.attr == "shape" and isinstance(e.slice, ast.Constant):
                return self._traced_extent(e.value.value, e.slice.value, depth + 1)
        return text(e)

    def _traced_extent(self, array, axis, depth=0):
        plain = f"{text(array)}.shape[{axis}]"
        if depth > 8 or not isinstance(array, ast.Name):
            return plain
        value = self.single.get(array.id)
        if value is None:
            return plain
        if isinstance(value, ast.Name):
            return self._traced_extent(value, axis, depth + 1)
        if called(value) in {*SHAPED_LIKE, np.full_like} and value.args:
            return self._traced_extent(value.args[0], axis, depth + 1)
        if called(value) in {*SHAPED, np.full} and value.args:
            shape = value.args[0]
            if isinstance(shape, ast.Name) and isinstance(self.single.get(shape.id), ast.Tuple):
                shape = self.single[shape.id]
            if isinstance(shape, ast.Tuple):
                return self._traced(shape.elts[axis], depth + 1)
            return self._traced(shape, depth + 1)
        if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
            if isinstance(getattr(value.slice, "type", None), types.Integer):
                return self._traced_extent(value.value, axis + 1, depth + 1)
        return plain


def _reads_items(e, names):
    """Tell whether an expression reads items of some arrays, or makes a view of one."""
    if isinstance(e, ast.Name):
        return e.id in names
    parts = array_parts(e)
    if getattr(e, "operation", "") == "constant":
        parts = [p for p in parts if not isinstance(p, ast.Name)]
    return any(_reads_items(p, names) for p in parts)


def is_cheap(body):
    """Tell whether running statements again costs less than storing their values."""
    for s in walk(body):
        if isinstance(s, For | While | Call | Ruled):
            return False
        for e in expressions(s):
            for n in ast.walk(e):
                if getattr(n, "rule", None) in EXPENSIVE:
                    return False
    return True
