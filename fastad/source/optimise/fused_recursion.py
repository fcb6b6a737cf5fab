"""Recursive functions that only add up what their calls return: both sweeps in one call.

Where the cotangent of a call's result is known before the call, as in
``total += sign * a[row, column] * minor(a, following, row + 1)``, the called function is given
it, and returns its value and propagates the cotangent in the same call.  Nothing is kept, and each
call is made once.
"""

import ast
from dataclasses import replace

from ..analysis.activity import Activity, real
from ..analysis.dependence import exposed
from ..analysis.live_ranges import split
from ..ir.expressions import constant, load, names_in, negative, tuple_of
from ..ir.statements import (
    Array,
    Assign,
    Call,
    Fill,
    For,
    If,
    Names,
    Raise,
    Return,
    Store,
    While,
    blocks,
    is_array,
    reads_of,
    sum_term,
    walk,
    written,
)
from ..reverse.loop_facts import defined_in, loop_over, reads_in
from ..reverse.recursion import given_apart, joint_call
from ..reverse.storage import zeroed


class FusedRecursion:
    """A function that calls itself returns its value and propagates its cotangent in one call.

    Legal where the function returns one number, a *sum* that is only added to, so that its
    cotangent is the seed all along; where it writes into no active array, and binds each other
    active scalar once, and reads it in that block only; where the cotangent of a call's result can
    be computed before the call, without results of calls; where no active sum is an argument of a
    call; and where nothing changes what the reverse of a statement reads until that reverse runs.

    Examples
    --------
    >>> import numpy as np
    >>> from numba import njit
    >>> from fastad.source.emit.shown import change_by
    >>> __name__ = "__main__"  # where rec is: not in this library
    >>> @njit
    ... def rec(x, n):
    ...     if n == 0:
    ...         return 0.0
    ...     return x[n - 1] * x[n] + rec(x, n - 1)
    >>> def f(x, n):
    ...     return rec(x, n)
    >>> print(change_by("recursion", f, np.ones(4), 3, about="_both,return result_2"))
    +def rec_both(x_2, n_3, x_2_bar, seed_):
    -    return result_2, stack_, top_, kept_, kept_top_
    +        rec_1 = rec_both(x_2, n_4, x_2_bar, rec_1_bar)
    +    return result_2
    +    rec_2 = rec_both(x, n, x_bar, rec_2_bar)
    """

    name = "recursion"

    def whole(self, generated):
        """Return the body of a generated function with both sweeps in its calls, or None."""
        a, p = generated.adjoint, generated.program
        if p.returns_tuple or not any(isinstance(s, Call) for s in walk(p.body)):
            return None
        state = a.mark()
        try:
            body = both_sweeps(a, p, generated.cotangents[0])
        except NotJoint:
            a.back(state)
            return None
        starts = [zeroed(b) for n, b in a.bars.items() if not is_array(p.types[n])]
        last = generated.end(p.results[0])
        return [*generated.zeros(), *starts, *body, *generated.left(), last]

    def call(self, adjoint, s):
        return joint_of(adjoint, s.function)


class NotJoint(Exception):
    """A cotangent is not known before the call that needs it."""


class Joint:
    """The generated function that makes both sweeps of a program.

    Attributes
    ----------
    name : str
    arrays, scalars : list of int
        The positions of the parameters that have adjoints.
    changed : set of int
        The positions of the arrays that it writes into; these have no adjoints.
    """

    def __init__(self, adjoint, program):
        positions = [k for k, n in enumerate(program.parameters) if real(program.types[n])]
        self.name = adjoint.fresh(f"{program.name}_both")
        self.arrays = [k for k in positions if is_array(program.types[program.parameters[k]])]
        self.scalars = [k for k in positions if k not in self.arrays]
        self.changed = program.changes


def joint_of(adjoint, key):
    """Return the `Joint` of a function, made when it is first asked for, or None."""
    known = adjoint.pairs
    if ("joint", key) not in known:
        state = adjoint.mark()
        program = split(adjoint.program.calls[key])
        joint = known["joint", key] = Joint(adjoint, program)
        try:
            _make(adjoint, joint, program)
        except NotJoint:
            adjoint.back(state)
            known["joint", key] = None
    return known["joint", key]


def _make(adjoint, joint, p):
    if joint.changed & {*joint.arrays}:
        raise NotJoint
    inputs = [p.parameters[k] for k in (*joint.arrays, *joint.scalars)]
    inner = type(adjoint)(p, Activity(p, inputs), adjoint.passes)
    inner.pairs, inner.inside, inner.lift = adjoint.pairs, 1, adjoint.lift
    arrays = [inner.bars.get(p.parameters[k]) or inner.fresh("unused") for k in joint.arrays]
    scalars = [inner.bars.get(p.parameters[k], constant(0.0, None)) for k in joint.scalars]
    zeros = [zeroed(b) for b in scalars if isinstance(b, str)]
    body = both_sweeps(inner, p, "seed_")
    adjoint.functions += inner.functions
    last = Return(tuple_of([p.results[0], *scalars]) if scalars else load(p.results[0]))
    adjoint.add_function(
        joint.name,
        [*p.parameters, *arrays, "seed_"],
        [*zeros, *body, last],
        apart=given_apart(p),
    )


def both_sweeps(adjoint, p, seed):
    """Return the statements that run a program and carry the cotangent of its result.

    Raises
    ------
    NotJoint
    """
    return _Both(adjoint, p).body(seed)


class _Both:
    """Emits a program's statements, each with its reverse beside it.

    The active scalars are of two kinds.  *Sums* are the result and the variables that it is bound
    to at the end: they are only added to, so that their cotangent is the result's from the start.
    All others live in the block that binds them: their cotangent is complete where it ends.
    """

    def __init__(self, adjoint, p):
        self.adjoint, self.program = adjoint, p
        self.active = adjoint.activity.active
        if len(p.results) != 1 or is_array(p.types[p.results[0]]):
            raise NotJoint
        self.sums = {p.results[0]}
        while self.bound_to_sums(p.body):
            pass
        self.live = set()  # sums that have had an active value
        self.postponed = {}  # id of a statement -> what of its reverse reads the calls' results
        # Active variables whose cotangents are set to zero before the first call of their block,
        # where the reverse of statements that depend on the calls adds to them; others are set to
        # zero where the variable is bound.
        self.begun = set()

    def bound_to_sums(self, body):
        """Add to the sums a variable to which a sum is bound, if its block computes all of it."""
        for k, s in enumerate(body):
            for inner in blocks(s):
                if self.bound_to_sums(inner):
                    return True
            if not isinstance(s, Assign) or s.name not in self.sums or not self.ends_in_sum(s):
                continue
            before = {id(t) for t in walk(body[:k])}
            makers = [t for t in walk(self.program.body) if s.value.id in written(t)]
            if makers and all(isinstance(t, Assign) and id(t) in before for t in makers):
                self.sums.add(s.value.id)
                return True
        return False

    def ends_in_sum(self, s):
        """Tell whether a statement binds a sum to another active variable."""
        if not isinstance(s.value, ast.Name) or s.value.id not in self.active - self.sums:
            return False
        return s.value.id not in self.program.parameters

    def local(self, name, body):
        """Refuse a variable that is bound more than once, or read outside of a block."""
        inside = {id(t) for t in walk(body)}
        binders = [t for t in walk(self.program.body) if name in written(t)]
        outside = [t for t in walk(self.program.body) if id(t) not in inside]
        read = any(name in reads_of(t) for t in outside)
        if len(binders) > 1 or read or name in exposed(body) or name in self.program.parameters:
            raise NotJoint

    def body(self, seed):
        if not self.sums & self.active:
            raise NotJoint
        bars = [self.adjoint.bars[n] for n in sorted(self.sums & self.active)]
        return [*(Assign(b, load(seed)) for b in bars), *self.block(self.program.body)]

    # Blocks ---------------------------------------------------------------------------------

    def block(self, body):
        a = self.adjoint
        late = self.late(body)
        out, back = [], []
        for k, s in enumerate(body):
            for name in ({*written(s)} & self.active) - self.sums:
                self.local(name, body)
            if isinstance(s, Call) and s.names[0] in self.active:
                if s is late[0]:
                    out += self.early(body, late)
                out += self.call(s)
            elif isinstance(s, If):
                out += self.branches(s)
            elif isinstance(s, For | While):
                out += self.loop(s)
            elif isinstance(s, Assign) and s.name in self.active:
                out += a.plain([s])
                pulled = self.assign(s, late)
                if pulled is not None:
                    out += pulled
                elif not any(s is t for t in late[1]):
                    p, reverse = self.reverse(s)
                    self.unchanged(p.uses, body[k + 1 :], s)
                    if s.name not in self.begun:
                        out.append(zeroed(a.bars[s.name]))
                    back = [*reverse, *back]
            elif self.passive(s):
                out += a.plain([s])
            else:
                raise NotJoint
        return [*out, *back]

    def passive(self, s):
        """Tell whether a statement has nothing to do with derivatives."""
        if isinstance(s, Raise):
            return True
        if isinstance(s, Assign | Array):
            return s.name not in self.active
        if isinstance(s, Store | Fill):
            return s.array not in self.active
        if isinstance(s, Call):
            return s.names[0] not in self.active
        return False

    def late(self, body):
        """Return the first active call of a block, the statements that depend on calls' results,
        and the variables that hold those, the sums apart."""
        calls = [s for s in body if isinstance(s, Call) and s.names[0] in self.active]
        values, dependent = {c.names[0] for c in calls}, []
        for s in body:
            if any(s is c for c in calls):
                if any(names_in(x) & (values - {*s.names}) & self.active for x in s.arguments):
                    raise NotJoint
            elif reads_in(self.adjoint, s) & values:
                if not isinstance(s, Assign):
                    raise NotJoint
                if s.name in self.active:
                    dependent.append(s)
                    if s.name not in self.sums:
                        values.add(s.name)
        return (calls or [None])[0], dependent, values

    def early(self, body, late):
        """Return what computes the calls' cotangents, before the first call of a block."""
        first, dependent, values = late
        a = self.adjoint
        start = next(k for k, s in enumerate(body) if s is first)
        bound = {n for s in body[start:] for n in written(s)} & self.active
        self.begun |= bound - self.sums
        out = [zeroed(a.bars[n]) for n in sorted(values | self.begun & bound)]
        for s in reversed(dependent):
            if isinstance(s.value, ast.Name) and s.name in self.sums and s.value.id in self.sums:
                self.postponed[id(s)] = []
                continue
            p, pulled = self.reverse(s)
            end = next(k for k, t in enumerate(body) if t is s)
            self.unchanged(p.uses - values, [t for t in body[start:end] if t is not s], s)
            now, then = self.parted(pulled, values, {t.name for t in dependent})
            out += now
            self.postponed[id(s)] = then
        return out

    def parted(self, pulled, values, more):
        """Split statements into those that do not read the calls' results, and the others."""
        bars = {self.adjoint.bars[n] for n in values}
        unknown, now, then = values | more, [], []
        for t in pulled:
            names = Names([t])
            if names.loaded & unknown:
                if names.stored & bars:
                    raise NotJoint  # the cotangent of a call depends on a call's result
                unknown |= names.stored - {*self.adjoint.bars.values()}
                then.append(t)
                continue
            now.append(t)
        shared = {n for t in now for n in Names([t]).stored} - {*self.adjoint.bars.values()}
        if any(Names([t]).loaded & shared for t in then):
            then = [t for t in now if Names([t]).stored & shared] + then
        return now, then

    def reverse(self, s):
        """Return (what it reads, the statements) of a statement's reverse."""
        a = self.adjoint
        p, bar, term = a.pullback(s.name), a.bars[s.name], sum_term(s)
        if term is not None and s.name in self.sums:
            p.pull(term[1], load(bar) if term[0] > 0 else negative(load(bar)))
        elif a.activity.is_active(s.value):
            if s.name in names_in(s.value):
                raise NotJoint
            p.pull(s.value, bar, s.name)
        if Names(p.body).stored & {a.bars[n] for n in self.sums & self.active}:
            raise NotJoint  # a sum is read by more than its additions
        return p, p.body

    def assign(self, s, late):
        """Return the reverse that runs right after an assignment; None if it runs at the end."""
        if any(s is t for t in late[1]):
            if s.name in self.sums:
                self.gains(s)
            return self.postponed[id(s)]
        if s.name not in self.sums:
            return None
        self.gains(s)
        if isinstance(s.value, ast.Name) and s.value.id in self.sums:
            return []
        return self.reverse(s)[1]

    def gains(self, s):
        """Note that a sum has an active value; refuse one that would lose what it had."""
        if sum_term(s) is None and self.live & {s.name}:
            raise NotJoint
        if self.adjoint.activity.is_active(s.value):
            self.live.add(s.name)

    def unchanged(self, uses, statements, s):
        """Refuse statements that change what the reverse of another one reads."""
        changed = {n for t in statements for n in defined_in(self.adjoint, t)}
        changed |= {n for t in statements if isinstance(t, For) for n in written(t)}
        if uses & changed:
            raise NotJoint

    # Statements that hold others ------------------------------------------------------------

    def branches(self, s):
        before, live = set(self.live), set()
        body = self.block(s.body)
        live |= self.live
        self.live = before
        orelse = self.block(s.orelse)
        self.live = live | self.live
        return [If(s.test, body, orelse)]

    def loop(self, s):
        inside = [t for t in walk(s.body) if isinstance(t, Assign) and t.name in self.sums]
        if any(sum_term(t) is None for t in inside):
            raise NotJoint
        a, body = self.adjoint, self.block(s.body)
        if isinstance(s, For):
            return [loop_over(s, body)]
        if not all(self.passive(t) for t in s.setup):
            raise NotJoint
        return [replace(s, setup=a.plain(s.setup), body=body)]

    def call(self, s):
        a = self.adjoint
        joint = joint_of(a, s.function)
        if joint is None:
            raise NotJoint
        if any(names_in(x) & self.sums & self.active for x in s.arguments):
            raise NotJoint  # then the sum's cotangent would be more than the seed
        return joint_call(a, joint, s, a.bars[s.names[0]])
