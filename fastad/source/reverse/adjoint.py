"""The adjoint program: a forward sweep that keeps what is needed, and the way back.

Each statement S becomes two lists of statements: F for the forward sweep, R for the reverse sweep.
R starts with the variables as S left them.  It restores the old values of what S overwrote, where
the R of an earlier statement needs them (then F pushes them on a stack), and propagates cotangents
from what S wrote to what S read.  The F of a block are in its order, its R in the opposite order.

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
from ..analysis.dependence import Loops
from ..analysis.steepness import Steepness
from ..ir.expressions import constant, item, load, names_in, negative, subscript
from ..ir.statements import (
    Array,
    Assign,
    For,
    If,
    Raise,
    Room,
    Store,
    Unsupported,
    While,
    arrays_bound,
    reading,
    reads_of,
    sum_term,
    walk,
    written,
)
from ..ir.templates import statements
from . import arrays, custom_rules, recursion
from .checkpoints import checkpointed_loop
from .expressions import Pullback
from .loops import for_loop, while_loop
from .prange import parallel_loop, runs_in_chunks
from .storage import Sweeps, in_list, zeroed, zeros_for


class Adjoint(Sweeps):
    """Builds the two sweeps of a program.

    Parameters
    ----------
    program : Program
        With a name for each live range.
    activity : Activity
    passes : Passes
        The optimisations (`fastad.source.optimise.pipeline`).
    """

    def __init__(self, program, activity, passes):
        self.program, self.activity, self.passes = program, activity, passes
        self.steepness = Steepness(activity)
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
        self.lift = False  # whether active local arrays hold Jets, of a driver around this one
        self.in_threads = True  # whether loops under prange are reversed by threads
        self.frame = None
        self.pushes = 0  # number of pushes of the present statement, outside of frames
        self.used = set()  # names and tokens that the R of the present block read
        self.stacks = set()
        self.starts = set()  # scalars that are zero at the start, as they may be kept before bound
        self.lists = {}  # array variable -> the list that keeps its old bindings
        self.bar_lists = {}  # such a list -> the list that keeps the bindings of the adjoints
        self.counts = set()  # variables that hold the number of iterations of a loop with a frame
        self.inside = 0  # number of loops around
        self.events = 0  # number of values kept so far
        self.pairs = {}  # key of a recursive function -> `Pair`, or ("joint", key) -> `Joint`
        self.functions = []  # generated `Function`s: loops, the sweeps of recursive functions
        self.carried = set()  # array variables whose binding goes from iteration to iteration
        self.late = set()  # memories whose adjoints are made in the reverse sweep
        self.unwritten = set()  # sums and memories to which F must not add a second time

    def cleared(self, name):
        """Return the statement that zeroes a variable's adjoint; none if it is bound only once."""
        again = self.inside or name in self.bound_again
        return [zeroed(self.bars[name])] if again else []

    def function(self, function, hint):
        """Return the name under which the generated code knows a function."""
        return self.program.namer.of_global(hint, function)

    # Blocks ------------------------------------------------------------------------------

    def block(self, body, needed, at_once=False):
        """Return (F, R, needed) of a block.

        ``needed`` are the names and tokens that the R of earlier statements read; those returned
        are the same for statements after the block.  ``at_once`` says that R runs right after F,
        with arrays bound as F left them.
        """
        forward, back = [], []
        outer = self.pushes
        if self.inside and not at_once:
            self.late |= self.passes.ask("private", self, body) or set()
        for s in body:
            self.pushes = 0
            f, r, needed = self.statement(s, needed)
            if self.pushes:
                f = [Room("stack_", constant(self.pushes, None)), *f]
            forward += f
            back = r + back
        self.pushes = outer
        if self.inside and back and not at_once:
            f, r, uses = self.bindings(body)
            forward, back, needed = forward + f, r + back, needed | uses
        return forward, back, needed

    def bindings(self, body):
        """Return (end of F, start of R, uses) by which R finds the arrays that a block binds.

        R makes a view again; new memory is kept in a list, iteration by iteration.
        """
        forward, back, uses = [], [], set()
        direct = {n for s in body for n in arrays_bound(s)}
        wanted = self.used & (direct | self.leaving(body)) - self.carried
        changed = set()  # variables bound after the present statement
        for s in reversed(body):
            bound = {n for t in walk([s]) for n in arrays_bound(t)}
            for name in sorted(bound & wanted):  # this is its last binding in the block
                again = isinstance(s, Array) and s.kind == "view"
                if again and not names_in(s.value) & changed:
                    back = [Array(name, s.value, "view", s.of), *back]
                    if name in self.bars:
                        back.insert(1, arrays.shadow(self, s))
                    uses |= names_in(s.value)
                    self.used |= names_in(s.value)
                else:
                    self.keep_last(name, forward, back)
            wanted -= bound
            changed |= {n for t in walk([s]) for n in written(t)}
        return forward, back, uses

    def keep_last(self, name, forward, back):
        """Keep the bindings of an array variable and its adjoint at the end of a block."""
        if self.frame is not None:
            raise Unsupported("an array made inside an innermost loop")
        kept = self.list_of(name)
        push, taken = in_list(kept, name)
        forward.append(push)
        back.insert(0, taken)
        if name in self.late and name in self.bars:
            back.insert(1, zeros_for(self.bars[name], name))
        elif name in self.bars:
            push, taken = in_list(self.bar_lists[kept], self.bars[name])
            forward.append(push)
            back.insert(1, taken)

    @staticmethod
    def leaving(body):
        """Return array variables that one statement's inner blocks bind, and another one reads."""
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
            r = [self.comment(s), *r]
        return f, r, needed

    def pullback(self, name):
        """Return the pullback of what is assigned to a variable, or stored in an array."""
        return Pullback(self.activity, self.bars, self.fresh, self.steepness.product(name))

    def note(self, p):
        self.used |= p.uses
        return p.uses

    # Statements ------------------------------------------------------------------------------

    def on_raise(self, s, needed):
        return self.plain([s]), [], needed

    def on_assign(self, s, needed):
        v, p, r = s.name, self.pullback(s.name), self.fresh("r")
        first, zero = [], []
        if v in self.activity.active:
            bar, term = self.bars[v], sum_term(s)
            if term is not None:
                p.pull(term[1], load(bar) if term[0] > 0 else negative(load(bar)))
            elif self.activity.is_active(s.value):
                if v in names_in(s.value):
                    b = self.fresh("b")
                    first, bar = [Assign(b, load(bar)), zeroed(bar)], b
                else:
                    zero = self.cleared(v)
                p.pull(s.value, bar, r)
            else:
                zero = self.cleared(v)
        uses = set(p.uses)
        self.note(p)
        if p.uses_result:
            self.used.add(v)
        f, before, result = [] if v in self.unwritten else self.plain([s]), [], load(v)
        old = v in needed or v in uses
        after = {*needed, *uses}
        after.discard(v)
        if old:
            self.starts.add(v)
            undone = self.passes.ask("undo", self, s)
            if undone is not None:
                before, read = undone
                self.used |= read
                after |= read
            else:
                push, taken, ready = self.keep(v, self.types[v])
                f = push + f
                before = [*ready, Assign(v, taken)]
                if p.uses_result:  # R reads the result before it restores the old value
                    before.insert(0, Assign(r, result))
                    result = load(r)
        if p.uses_result:
            after.add(v)
        return f, [*before, *first, *reading(p.body, {r: result}), *zero], after

    def on_store(self, s, needed):
        token = content(self.memory(s.array))
        p, first, r = self.pullback(s.array), [], self.fresh("r")
        index = [p.read(i) for i in s.index]
        place = subscript(load(s.array), index)
        if s.array in self.activity.active:
            bar = Store(self.bars[s.array], index, constant(0.0, None))
            at = item(bar.array, index)
            if s.add:
                p.pull(s.value, at)
            elif self.activity.is_active(s.value):
                b = self.fresh("b")
                first = [Assign(b, at), bar]
                p.pull(s.value, b, r)
            else:
                first = [bar]
        p.uses.add(s.array)
        uses = set(p.uses)
        f, before = [] if self.memory(s.array) in self.unwritten else self.plain([s]), []
        result = place
        if token in needed or token in uses:
            push, taken, ready = self.keep(place, self.types[s.array].dtype)
            f = push + f
            before = [*ready, Store(s.array, index, taken)]
            if p.uses_result:
                before.insert(0, Assign(r, place))
                result = load(r)
        if p.uses_result:
            uses.add(token)
        if not (first or p.body or before):
            return f, [], needed
        self.used |= uses
        return f, [*before, *first, *reading(p.body, {r: result})], needed | uses

    def on_array(self, s, needed):
        if s.kind == "number":
            return self.number(s, needed)
        active = s.name in self.activity.active
        pulled, uses = arrays.pull(self, s) if active else ([], set())
        f = self.plain([s])
        if active and self.memory(s.name) not in self.late:
            f += [arrays.shadow(self, s)]
        before = []
        if s.name in self.carried or s.name in needed:
            f, before = self.keep_binding(s.name, f)
        after = (needed - {s.name}) | uses
        self.used |= uses
        return f, [*pulled, *before], after

    def number(self, s, needed):
        """Reverse a reduction of arrays to a number."""
        pulled, uses, before, f = [], set(), [], self.plain([s])
        after = needed - {s.name}
        if s.name in self.activity.active:
            pulled, uses = arrays.pull(self, s)
            pulled = pulled + self.cleared(s.name)
        if s.name in needed:
            self.starts.add(s.name)
            push, taken, ready = self.keep(s.name, self.types[s.name])
            f, before = push + f, [*ready, Assign(s.name, taken)]
        self.used |= uses
        return f, [*pulled, *before], after | uses

    def keep_binding(self, name, f):
        """Keep the old bindings of an array variable and its adjoint in lists; return (F, R)."""
        if self.frame is not None:
            raise Unsupported("an array bound inside an innermost loop")
        kept = self.list_of(name)
        pairs = [in_list(kept, name)]
        if name in self.bars:
            pairs.append(in_list(self.bar_lists[kept], self.bars[name]))
        return [*(push for push, _ in pairs), *f], [taken for _, taken in pairs]

    def keep_items(self, name, f, kept):
        """Return F after a statement that keeps a copy of the array, whose items F overwrites."""
        self.events += 1
        self.lists[kept] = kept
        return [*statements("kept.append(a.copy())", kept=kept, a=name), *f]

    def on_fill(self, s, needed):
        token = content(self.memory(s.array))
        pulled, uses = [], set()
        if s.array in self.activity.active:
            pulled, uses = arrays.pull_fill(self, s)
        f, before = [] if self.memory(s.array) in self.unwritten else self.plain([s]), []
        if token in needed or token in uses:
            if self.frame is not None:
                raise Unsupported("a whole array kept inside an innermost loop")
            kept = self.fresh(f"{s.array}_old")
            f = self.keep_items(s.array, f, kept)
            before = statements("a[:] = last_of(kept)", a=s.array, kept=kept)
        if not (pulled or before):
            return f, [], needed
        uses |= {s.array}
        self.used |= uses
        return f, [*before, *pulled], needed | uses

    def on_if(self, s, needed):
        if s.body and all(isinstance(t, Raise) for t in s.body) and not s.orelse:
            return self.plain([s]), [], needed
        uses = names_in(s.test) | self.contents(s.test)
        changed = {n for b in (s.body, s.orelse) for t in walk(b) for n in written(t)}
        for t in walk([*s.body, *s.orelse]):
            changed |= self.activity.contents.written_by(t)
        f1, r1, n1 = self.block(s.body, needed)
        f2, r2, n2 = self.block(s.orelse, needed)
        after = n1 | n2
        if not (r1 or r2):
            return branch(s.test, f1, f2), [], after
        if not uses & changed and not any(isinstance(n, ast.Call) for n in ast.walk(s.test)):
            self.used |= uses
            return branch(s.test, f1, f2), branch(s.test, r1, r2), after | uses
        taken = self.fresh("taken")
        push, back, ready = self.keep(taken, types.boolean)
        forward = [Assign(taken, s.test), *branch(load(taken), f1, f2), *push]
        return forward, [*ready, Assign(taken, back), *branch(load(taken), r1, r2)], after

    def contents(self, node):
        """Return the tokens of the arrays whose items an expression reads."""
        return self.activity.items_read(node)

    def on_call(self, s, needed):
        return recursion.sweeps(self, s, needed)

    def on_ruled(self, s, needed):
        return custom_rules.sweeps(self, s, needed)

    # Loops -----------------------------------------------------------------------------------

    def on_for(self, s, needed):
        if s.snapshots is not None:
            return checkpointed_loop(self, s, needed)
        if runs_in_chunks(self, s):
            return parallel_loop(self, s, needed)
        return for_loop(self, s, needed)

    def on_while(self, s, needed):
        return while_loop(self, s, needed)


def branch(test, first, second):
    """Return a list of the `If`, empty if both branches are."""
    return [If(test, first, second)] if first or second else []
