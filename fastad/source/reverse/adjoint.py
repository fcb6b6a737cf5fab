"""The adjoint program: a forward sweep that keeps what is needed, and the way back.

Every statement S becomes two lists of lines, F and R.  The lines R find the variables as
they are after S, take S back where an earlier statement's R needs the old values, and
carry the cotangents from what S wrote to what it read.  A block's F are in order, its R in
the opposite order.

References
----------
Griewank and Walther, *Evaluating Derivatives*, 2nd ed., SIAM 2008, chapters 4, 6 and 12.
Hascoet and Pascual, "The Tapenade automatic differentiation tool", ACM Trans. Math. Softw.
39, 2013 (what has to be recorded; the stack).
"""

import ast
from collections import Counter

from numba.core import types

from ..analysis.contents import content
from ..analysis.dependence import Loops, sum_term
from ..ir.statements import (
    Array,
    For,
    If,
    Raise,
    Unsupported,
    While,
    arrays_bound,
    names_in,
    reads_of,
    text,
    walk,
    written,
)
from . import arrays, custom_rules, recursion
from .checkpoints import checkpointed_loop
from .expressions import Pullback, negative
from .loops import for_loop, while_loop
from .prange import parallel_loop, runs_in_chunks
from .running_extremes import extreme_loop
from .storage import Sweeps


class Adjoint(Sweeps):
    """Builds the two sweeps of a program.

    Parameters
    ----------
    program : Program
        With a name for each web.
    activity : Activity
    passes : set of str
        The optimisations that are made (`fastad.source.optimise.pipeline`).
    """

    def __init__(self, program, activity, passes):
        self.program, self.activity, self.passes = program, activity, passes
        self.types = program.types
        self.memory = activity.memory
        self.loops = Loops(program, activity)
        self.fresh = program.namer.fresh
        bound = Counter([*program.parameters, *(n for s in walk(program.body) for n in written(s))])
        self.bound_again = {n for n, times in bound.items() if times > 1}
        self.bars = {}
        for n in sorted(activity.active):
            self.bars[n] = self.fresh(f"{n}_bar")
        program.namer.conditional |= {*self.bars.values()}
        self.lift = False  # local arrays may hold Jets
        self.frame = None
        self.pushes = 0  # by the block at hand, outside frames
        self.used = set()  # all that the R of the block at hand read
        self.stacks = set()
        self.starts = set()  # scalars to be given a value at the start
        self.lists = {}  # arrays whose old bindings are kept -> the list's name
        self.bar_lists = {}  # name of such a list -> the list of the adjoints
        self.counts = set()  # names of the numbers of iterations of loops with a frame
        self.inside = 0  # loops around
        self.events = 0  # values kept so far
        self.pairs = {}  # of the functions that call themselves
        self.functions = []  # (name, lines) of loops that became functions
        self.carried = set()  # arrays whose binding goes from iteration to iteration
        self.late = set()  # memories whose adjoints are made on the way back
        self.unwritten = set()  # sums, and memories added to, that keep what they have

    def cleared(self, name):
        """Return the line that ends a value's adjoint, where the variable had one before."""
        return [f"{self.bars[name]} = 0.0"] if self.inside or name in self.bound_again else []

    def function(self, function, hint):
        """Return the name under which the generated code knows a function."""
        return self.program.namer.of_global(hint, function)

    # Blocks ------------------------------------------------------------------------------

    def block(self, body, needed, at_once=False):
        """Return (F, R, needed) of a block; ``needed`` names what earlier R read.

        ``at_once`` says that R follows F, and finds its arrays bound as F left them.
        """
        forward, back = [], []
        outer = self.pushes
        if self.inside and not at_once and "private_adjoints" in self.passes:
            self.late |= self.private_arrays(body)
        for s in body:
            self.pushes = 0
            f, r, needed = self.statement(s, needed)
            if self.pushes:
                f = [f"stack_ = room(stack_, top_, {self.pushes})", *f]
            forward += f
            back = r + back
        self.pushes = outer
        if self.inside and back and not at_once:
            f, r, uses = self.bindings(body)
            forward, back, needed = forward + f, r + back, needed | uses
        return forward, back, needed

    def private_arrays(self, body):
        """Return the memories that are made in a block and that nothing outside of it reads.

        Their adjoints are zero where the way back through the block begins: they are made there.
        """
        outside = self.loops.reads_outside(body) | self.carried | self.bound_again
        made = {t.name for t in body if isinstance(t, Array) and t.kind == "new"}
        made -= outside
        bound, changed = set(), set()
        for t in reversed(body):  # a view has to be made again, from what it was made from
            if not (isinstance(t, Array) and t.kind == "view" and names_in(t.value) & changed):
                bound |= set(arrays_bound(t))
            changed |= {n for u in walk([t]) for n in written(u)}
        bound -= outside
        names = {n: {v for v in self.types if self.memory(v) == n} for n in made}
        return {n for n in made if self.memory(n) == n and names[n] <= bound}

    def bindings(self, body):
        """Return (F at the end, R at the start, uses) that bring back a block's arrays.

        A view is made again; new memory is kept in a list, iteration by iteration.
        """
        forward, back, uses = [], [], set()
        direct = {n for s in body for n in arrays_bound(s)}
        wanted = self.used & (direct | self.leaving(body)) - self.carried
        changed = set()  # after the statement at hand
        for s in reversed(body):
            bound = {n for t in walk([s]) for n in arrays_bound(t)}
            for name in sorted(bound & wanted):  # its last binding
                again = isinstance(s, Array) and s.kind == "view"
                if again and not names_in(s.value) & changed:
                    back = [f"{name} = {text(s.value)}", *back]
                    if name in self.bars:
                        back.insert(1, f"{self.bars[name]} = {arrays.shadow(self, s)}")
                    uses |= names_in(s.value)
                    self.used |= names_in(s.value)
                else:
                    self.keep_last(name, forward, back)
            wanted -= bound
            changed |= {n for t in walk([s]) for n in written(t)}
        return forward, back, uses

    def keep_last(self, name, forward, back):
        """Keep an array variable's binding, and its adjoint's, at the end of a block."""
        if self.frame is not None:
            raise Unsupported("an array made inside an innermost loop")
        kept = self.list_of(name)
        forward.append(f"{kept}.append({name})")
        back.insert(0, f"{name} = last_of({kept})")
        if name in self.late and name in self.bars:
            back.insert(1, f"{self.bars[name]} = zeros_for({name}, base_)")
        elif name in self.bars:
            forward.append(f"{self.bar_lists[kept]}.append({self.bars[name]})")
            back.insert(1, f"{self.bars[name]} = last_of({self.bar_lists[kept]})")

    @staticmethod
    def leaving(body):
        """Return the array variables that are bound in inner blocks only, and read outside."""
        found = set()
        for s in body:
            bound = {n for t in walk([s]) for n in arrays_bound(t)}
            for t in walk([u for u in body if u is not s]) if bound else ():
                found |= bound & (reads_of(t) | {getattr(t, "array", "")})
        return found

    def list_of(self, name):
        """Return the name of the list that keeps an array variable's bindings."""
        self.events += 1
        if name not in self.lists:
            kept = self.lists[name] = self.fresh(f"{name}_kept")
            self.bar_lists[kept] = self.fresh(f"{kept}_bar")
        return self.lists[name]

    def statement(self, s, needed):
        kind = type(s).__name__.lower()
        f, r, needed = getattr(self, f"on_{kind}")(s, needed)
        if r and s.line and not isinstance(s, For | While | If):
            r = [f"# {self.shown(s)}", *r]
        return f, r, needed

    def pullback(self):
        return Pullback(self.activity, self.bars, self.fresh)

    def note(self, p):
        self.used |= p.uses
        return p.uses

    # Statements ------------------------------------------------------------------------------

    def on_raise(self, s, needed):
        return self.plain([s]), [], needed

    def on_assign(self, s, needed):
        v = s.name
        p = self.pullback()
        r = self.fresh("r")
        lines, zero = [], []
        if v in self.activity.active:
            bar = self.bars[v]
            term = sum_term(s)
            if term is not None:
                p.pull(term[1], bar if term[0] > 0 else negative(bar))
            elif self.activity.is_active(s.value):
                if v in names_in(s.value):
                    b = self.fresh("b")
                    lines, bar = [f"{b} = {bar}", f"{bar} = 0.0"], b
                else:
                    zero = self.cleared(v)
                p.pull(s.value, bar, r)
            else:
                zero = self.cleared(v)
        uses = set(p.uses)
        self.note(p)
        if p.uses_result:
            self.used.add(v)
        f, before = [] if v in self.unwritten else self.plain([s]), []
        old = v in needed or v in uses
        after = {*needed, *uses}
        after.discard(v)
        if old:
            self.starts.add(v)
            counts = "counters" in self.passes and isinstance(self.types[v], types.Integer)
            step = sum_term(s) if counts else None
            if step is not None:
                read = names_in(step[1]) | self.contents(step[1]) | {v}
                self.used |= read
                after |= read
                before = [f"{v} {'-=' if step[0] > 0 else '+='} {text(step[1])}"]
            else:
                push, taken, ready = self.keep(v, self.types[v])
                f = push + f
                before = [*ready, f"{v} = {taken}"]
                if p.uses_result:
                    before.insert(0, f"{r} = {v}")
        if p.uses_result:
            after.add(v)
            if f"{r} = {v}" not in before:
                p.lines = [_renamed(x, r, v) for x in p.lines]
        return f, [*before, *lines, *p.lines, *zero], after

    def on_store(self, s, needed):
        token = content(self.memory(s.array))
        p = self.pullback()
        index = ", ".join(p.read(i) for i in s.index)
        place = f"{s.array}[{index}]"
        lines, r = [], self.fresh("r")
        if s.array in self.activity.active:
            bar = f"{self.bars[s.array]}[{index}]"
            if s.add:
                p.pull(s.value, bar)
            elif self.activity.is_active(s.value):
                b = self.fresh("b")
                lines = [f"{b} = {bar}", f"{bar} = 0.0"]
                p.pull(s.value, b, r)
            else:
                lines = [f"{bar} = 0.0"]
        p.uses.add(s.array)
        uses = set(p.uses)
        f, before = [] if self.memory(s.array) in self.unwritten else self.plain([s]), []
        if token in needed or token in uses:
            push, taken, ready = self.keep(place, self.types[s.array].dtype)
            f = push + f
            before = [*ready, f"{place} = {taken}"]
            if p.uses_result:
                before.insert(0, f"{r} = {place}")
        if p.uses_result:
            uses.add(token)
            if f"{r} = {place}" not in before:
                p.lines = [_renamed(x, r, place) for x in p.lines]
        if not (lines or p.lines or before):
            return f, [], needed
        self.used |= uses
        return f, [*before, *lines, *p.lines], needed | uses

    def on_array(self, s, needed):
        if s.kind == "number":
            return self.number(s, needed)
        active = s.name in self.activity.active
        lines, uses = ([], set())
        if active:
            lines, uses = arrays.pull(self, s)
        f = self.plain([s])
        if active and self.memory(s.name) not in self.late:
            f += [f"{self.bars[s.name]} = {arrays.shadow(self, s)}"]
        before = []
        if s.name in self.carried or s.name in needed:
            f, before = self.keep_binding(s.name, f)
        after = (needed - {s.name}) | uses
        self.used |= uses
        return f, [*lines, *before], after

    def number(self, s, needed):
        """A reduction of arrays to a number."""
        lines, uses, before, f = [], set(), [], self.plain([s])
        after = needed - {s.name}
        if s.name in self.activity.active:
            lines, uses = arrays.pull(self, s)
            lines += self.cleared(s.name)
        if s.name in needed:
            self.starts.add(s.name)
            push, taken, ready = self.keep(s.name, self.types[s.name])
            f, before = push + f, [*ready, f"{s.name} = {taken}"]
        self.used |= uses
        return f, [*lines, *before], after | uses

    def keep_binding(self, name, f):
        """Keep an array variable's old binding, and its adjoint's, in a list."""
        if self.frame is not None:
            raise Unsupported("an array bound inside an innermost loop")
        kept = self.list_of(name)
        lines = [f"{kept}.append({name})", *f]
        before = [f"{name} = last_of({kept})"]
        if name in self.bars:
            bar = self.bars[name]
            lines.insert(1, f"{self.bar_lists[kept]}.append({bar})")
            before.append(f"{bar} = last_of({self.bar_lists[kept]})")
        return lines, before

    def on_fill(self, s, needed):
        token = content(self.memory(s.array))
        lines, uses = [], set()
        if s.array in self.activity.active:
            lines, uses = arrays.pull_fill(self, s)
        f, before = [] if self.memory(s.array) in self.unwritten else self.plain([s]), []
        if token in needed or token in uses:
            if self.frame is not None:
                raise Unsupported("a whole array kept inside an innermost loop")
            kept = self.fresh(f"{s.array}_old")
            self.events += 1
            self.lists[kept] = kept
            f = [f"{kept}.append({s.array}.copy())", *f]
            before = [f"{s.array}[:] = last_of({kept})"]
        if not (lines or before):
            return f, [], needed
        uses |= {s.array}
        self.used |= uses
        return f, [*before, *lines], needed | uses

    def on_if(self, s, needed):
        if s.body and all(isinstance(t, Raise) for t in s.body) and not s.orelse:
            return [f"if {text(s.test)}:", self.plain(s.body)], [], needed
        uses = names_in(s.test) | self.contents(s.test)
        changed = {n for b in (s.body, s.orelse) for t in walk(b) for n in written(t)}
        for t in walk([*s.body, *s.orelse]):
            changed |= self.activity.contents.written_by(t)
        f1, r1, n1 = self.block(s.body, needed)
        f2, r2, n2 = self.block(s.orelse, needed)
        after = n1 | n2
        if not (r1 or r2):
            return self.branch(text(s.test), f1, f2), [], after
        if not uses & changed and not any(isinstance(n, ast.Call) for n in ast.walk(s.test)):
            self.used |= uses
            test = text(s.test)
            return self.branch(test, f1, f2), self.branch(test, r1, r2), after | uses
        taken = self.fresh("taken")
        push, back, ready = self.keep(taken, types.boolean)
        forward = [f"{taken} = {text(s.test)}", *self.branch(taken, f1, f2), *push]
        return forward, [*ready, f"{taken} = {back}", *self.branch(taken, r1, r2)], after

    @staticmethod
    def branch(test, first, second):
        if not first and not second:
            return []
        if not first:
            return [f"if not {test}:" if test.isidentifier() else f"if not ({test}):", second]
        lines = [f"if {test}:", first]
        return [*lines, "else:", second] if second else lines

    def contents(self, node):
        """Return the tokens of the arrays whose items an expression reads."""
        return self.activity.items_read(node)

    def on_call(self, s, needed):
        return recursion.call(self, s, needed)

    def on_ruled(self, s, needed):
        return custom_rules.sweeps(self, s, needed)

    # Loops -----------------------------------------------------------------------------------

    def on_for(self, s, needed):
        if s.snapshots is not None:
            return checkpointed_loop(self, s, needed)
        if runs_in_chunks(self, s):
            return parallel_loop(self, s, needed)
        return extreme_loop(self, s, needed) or for_loop(self, s, needed)

    def on_while(self, s, needed):
        return while_loop(self, s, needed)


def _renamed(line, name, source):
    """Return a line with what it reads of a name replaced by another source."""
    node = ast.parse(source, mode="eval").body

    class Replace(ast.NodeTransformer):
        def visit_Name(self, n):
            return node if n.id == name and isinstance(n.ctx, ast.Load) else n

    return ast.unparse(Replace().visit(ast.parse(line)))
