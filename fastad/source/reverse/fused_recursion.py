"""Functions that call themselves and only add up what the calls return: both sweeps in one.

Where the cotangent of a call's result is known before the call, as in
``total += sign * a[row, column] * minor(a, following, row + 1)``, the called function can
return its value and carry its cotangent on in the same call.  Nothing is kept, and each
call is made once.
"""

import ast

from ..analysis.activity import Activity, real
from ..analysis.dependence import exposed, sum_term
from ..analysis.live_ranges import split
from ..ir.statements import (
    Array,
    Assign,
    Call,
    Fill,
    For,
    If,
    Raise,
    Store,
    While,
    blocks,
    is_array,
    names_in,
    reads_of,
    text,
    walk,
    written,
)
from .expressions import negative
from .loop_facts import defined_in, reads_in
from .outline import Names


class NotJoint(Exception):
    """A cotangent is not known before the call that needs it."""


class Joint:
    """The function that is both sweeps of a program.

    Attributes
    ----------
    name : str
    arrays, scalars : list of int
        The positions of the parameters that have adjoints.
    changed : set of int
        The positions of the arrays that are written into; none of those.
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
    if "recursion" not in adjoint.passes:
        return None
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
    scalars = [inner.bars.get(p.parameters[k], "0.0") for k in joint.scalars]
    zeros = [f"{b} = 0.0" for b in scalars if b != "0.0"]
    lines = both_sweeps(inner, p, "seed_")
    adjoint.functions += inner.functions
    header = f"def {joint.name}({', '.join([*p.parameters, *arrays, 'seed_'])}):"
    returned = ", ".join([p.results[0], *scalars])
    body = [*zeros, *lines, f"return {returned}"]
    adjoint.functions.append((joint.name, [header, body], given_apart(p)))


def given_apart(program):
    """Tell whether no array can be given to a function twice, and its adjoint with it."""
    dtypes = [program.types[n].dtype for n in program.parameters if is_array(program.types[n])]
    return len({*dtypes}) == len(dtypes)


def both_sweeps(adjoint, p, seed):
    """Return the lines of a program that run it and carry the cotangent of its result.

    Raises
    ------
    NotJoint
    """
    return _Both(adjoint, p).lines(seed)


class _Both:
    """Emits a program's statements, each with its reverse beside it.

    The active scalars are of two kinds.  *Sums* are the result and what it is bound to at
    the end: their cotangent is the result's from the start, as they are only added to.  All
    others live in the block that binds them: their cotangent is complete where it ends.
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
        self.postponed = {}  # id of a statement -> its reverse's lines that wait for its value
        # Active variables whose cotangents begin at zero before the first call of their block, for
        # the reverse of what depends on the calls adds to them there; so not where they are made.
        self.begun = set()

    def bound_to_sums(self, body):
        """Add to the sums what a sum is bound to, where all that made it runs just before."""
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
        """Refuse a variable that does not live in one block, bound once."""
        inside = {id(t) for t in walk(body)}
        binders = [t for t in walk(self.program.body) if name in written(t)]
        outside = [t for t in walk(self.program.body) if id(t) not in inside]
        read = any(name in reads_of(t) for t in outside)
        if len(binders) > 1 or read or name in exposed(body) or name in self.program.parameters:
            raise NotJoint

    def lines(self, seed):
        if not self.sums & self.active:
            raise NotJoint
        bars = [self.adjoint.bars[n] for n in sorted(self.sums & self.active)]
        return [*(f"{b} = {seed}" for b in bars), *self.block(self.program.body)]

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
                lines = self.assign(s, late)
                if lines is not None:
                    out += lines
                elif not any(s is t for t in late[1]):
                    p, reverse = self.reverse(s)
                    self.unchanged(p.uses, body[k + 1 :], s)
                    if s.name not in self.begun:
                        out.append(f"{a.bars[s.name]} = 0.0")
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
        """Return lines, before a block's first call, that give the calls' results cotangents."""
        first, dependent, values = late
        a = self.adjoint
        start = next(k for k, s in enumerate(body) if s is first)
        bound = {n for s in body[start:] for n in written(s)} & self.active
        self.begun |= bound - self.sums
        out = [f"{a.bars[n]} = 0.0" for n in sorted(values | self.begun & bound)]
        for s in reversed(dependent):
            if isinstance(s.value, ast.Name) and s.name in self.sums and s.value.id in self.sums:
                self.postponed[id(s)] = []
                continue
            p, lines = self.reverse(s)
            end = next(k for k, t in enumerate(body) if t is s)
            self.unchanged(p.uses - values, [t for t in body[start:end] if t is not s], s)
            now, then = self.parted(lines, values, {t.name for t in dependent})
            out += now
            self.postponed[id(s)] = then
        return out

    def parted(self, lines, values, more):
        """Part lines into those that do not read the calls' results, and the others."""
        bars = {self.adjoint.bars[n] for n in values}
        unknown, now, then = values | more, [], []
        for line in lines:
            names = Names([line])
            if names.loaded & unknown:
                if names.stored & bars:
                    raise NotJoint  # a cotangent that a call needs is not known before it
                unknown |= names.stored - {*self.adjoint.bars.values()}
                then.append(line)
                continue
            now.append(line)
        shared = {n for line in now for n in Names([line]).stored} - {*self.adjoint.bars.values()}
        if any(Names([line]).loaded & shared for line in then):
            then = [line for line in now if Names([line]).stored & shared] + then
        return now, then

    def reverse(self, s):
        """Return (what it reads, lines) of a statement's reverse."""
        a = self.adjoint
        p, bar, term = a.pullback(), a.bars[s.name], sum_term(s)
        if term is not None and s.name in self.sums:
            p.pull(term[1], bar if term[0] > 0 else negative(bar))
        elif a.activity.is_active(s.value):
            if s.name in names_in(s.value):
                raise NotJoint
            p.pull(s.value, bar, s.name)
        if p.lines and Names(p.lines).stored & {a.bars[n] for n in self.sums & self.active}:
            raise NotJoint  # a sum that is more than added to
        return p, p.lines

    def assign(self, s, late):
        """Return the lines after a statement that binds an active scalar, or None: at the end."""
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
        """Refuse where statements change what a reverse reads."""
        changed = {n for t in statements for n in defined_in(self.adjoint, t)}
        changed |= {n for t in statements if isinstance(t, For) for n in written(t)}
        if uses & changed:
            raise NotJoint

    # Statements that hold others ------------------------------------------------------------

    def branches(self, s):
        before, lines, live = set(self.live), [f"if {text(s.test)}:"], set()
        lines.append(self.block(s.body) or ["pass"])
        live |= self.live
        self.live = before
        if s.orelse:
            lines += ["else:", self.block(s.orelse) or ["pass"]]
        self.live = live | self.live
        return lines

    def loop(self, s):
        inside = [t for t in walk(s.body) if isinstance(t, Assign) and t.name in self.sums]
        if any(sum_term(t) is None for t in inside):
            raise NotJoint
        a, body = self.adjoint, self.block(s.body)
        leave = [f"if {s.until}:", ["break"]] if s.until else []
        if isinstance(s, For):
            return [f"for {s.name} in {a.range(s)}:", [*body, *leave] or ["pass"]]
        if not all(self.passive(t) for t in s.setup):
            raise NotJoint
        setup = a.plain(s.setup)
        return [*setup, f"while {text(s.test)}:", [*body, *leave, *setup] or ["pass"]]

    def call(self, s):
        a = self.adjoint
        joint = joint_of(a, s.function)
        if joint is None:
            raise NotJoint
        if any(names_in(x) & self.sums & self.active for x in s.arguments):
            raise NotJoint  # its cotangent is more than the seed
        return joint_call(a, joint, s, a.bars[s.names[0]])


def joint_call(adjoint, joint, s, seed):
    """Return the lines that call a joint function, and add its scalars' cotangents."""
    given, taken, bars = [text(a) for a in s.arguments], [s.names[0]], []
    for k in joint.arrays:
        bars.append(adjoint.bars.get(given[k]) or f"zeros_for({given[k]}, base_)")
    line = f"{joint.name}({', '.join([*given, *bars, seed])})"
    adds = []
    for k in joint.scalars:
        taken.append(adjoint.fresh("b"))
        if given[k] in adjoint.bars:
            adds.append(f"{adjoint.bars[given[k]]} += {taken[-1]}")
    return [f"{', '.join(taken)} = {line}", *adds]
