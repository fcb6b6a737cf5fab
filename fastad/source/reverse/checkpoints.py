"""A long loop whose iterations are run again from snapshots (`fastad.checkpoint`).

F runs the loop and keeps the state before some iterations.  R goes back one iteration after the
other.  It finds the last snapshot before the iteration and runs the loop from there, keeping states
on the way in the room that is free again.  Then it runs the iteration forward and backward, with
stacks as long as one iteration needs.

Variables of the generated code: ``held`` the iterations before which the states were kept,
``newest`` the place of the last; ``v_saved`` the states of a variable v.
"""

from numba.core import types

from ..analysis.activity import real
from ..analysis.array_coverage import covers
from ..analysis.contents import content
from ..analysis.dependence import exposed
from ..ir.statements import (
    Array,
    Call,
    Fill,
    For,
    Store,
    Unsupported,
    is_array,
    names_in,
    reads_of,
    text,
    walk,
    written,
)
from .loops import for_loop
from .storage import carried_arrays


class State:
    """What an iteration takes from the one before, and what is to be as before in the end.

    Attributes
    ----------
    numbers : list of str
    items : list of str
        Arrays that are written into.
    bound : list of str
        Array variables that an iteration binds to another array.
    """

    def __init__(self, adjoint, s, needed):
        self.adjoint, self.types = adjoint, adjoint.types
        body = list(walk(s.body))
        if any(isinstance(t, Call) for t in body):
            self.refuse(s, "calls a function that calls itself")
        assigned = {n for t in body for n in written(t)}
        numbers = {n for n in assigned if not is_array(self.types[n])} - {s.name}
        self.numbers = sorted(numbers & (exposed(s.body) | needed))
        self.bound = sorted(carried_arrays(adjoint, s.body, needed))
        fresh = {t.name for t in body if isinstance(t, Array) and t.kind == "new"}
        outside = {*adjoint.program.parameters}
        for t in adjoint.loops.all:
            if not any(t is u for u in body):
                outside |= set(written(t))
        writes = [t for t in body if isinstance(t, Store | Fill)]
        memories = {adjoint.memory(t.array) for t in writes}
        memories -= fresh - {adjoint.memory(v) for v in outside}
        self.items, self.rewritten = [], set()
        for m in sorted(memories):
            here = [t.array for t in writes if adjoint.memory(t.array) == m]
            names = {v for n in here for v in self.owners(n, body, outside)}
            bound = sorted(names & {*self.bound})
            self.rewritten |= {*bound}
            seen = {m, content(m)} & needed or not covers(adjoint.loops, m, s)
            if not bound and (seen or names != {m}):
                self.items += sorted(names)
        anywhere = {
            adjoint.memory(t.array) for t in adjoint.loops.all if isinstance(t, Store | Fill)
        }
        for n in self.bound:
            if n not in outside:
                self.refuse(s, f"takes {n} from the iteration before, but none is made before it")
            same = {v for v in outside if v != n and adjoint.memory(v) == adjoint.memory(n)}
            if same and adjoint.memory(n) in anywhere:
                other = f"{n} and {min(same)} may be parts of one"
                self.refuse(s, f"binds {n} to other arrays, and writes into arrays where {other}")
        self.changed = assigned | {s.name} | {content(m) for m in memories}
        self.saved = {n: adjoint.fresh(f"{n}_saved") for n in self.all}
        self.first = {n: adjoint.fresh(f"{n}_first") for n in self.bound}
        self.first_bar = {n: adjoint.fresh(f"{n}_first_bar") for n in self.bound}
        adjoint.starts |= set(self.numbers)

    def owners(self, name, body, outside):
        """Return the variables from before the loop that an array is, or is a part of."""
        found, todo, seen = set(), [name], set()
        while todo:
            n = todo.pop()
            if n in outside:
                found.add(n)
            if n not in seen:
                seen.add(n)
                todo += [t.of for t in body if isinstance(t, Array) and t.name == n and t.of]
        return found

    @property
    def all(self):
        return [*self.numbers, *self.items, *self.bound]

    def refuse(self, s, why):
        raise Unsupported(
            f"a loop over checkpoint {why}; write into one array (y[:] = ...), or use range", s
        )

    def room(self, states):
        """Return lines that make room for some states."""
        lines = []
        for n in self.numbers:
            new = f"np.empty({states}, np.int64)"
            lines.append(
                f"{self.saved[n]} = "
                + (f"new_stack(base_, {states})" if real(self.types[n]) else new)
            )
        lines += [f"{self.saved[n]} = saved_for({n}, {states})" for n in self.items]
        for n in self.bound:
            lines += [f"{self.saved[n]} = [{n}]", f"{self.first[n]} = {n}"]
            if n in self.adjoint.bars:
                lines.append(f"{self.first_bar[n]} = {self.adjoint.bars[n]}")
        return lines

    def keep(self, place):
        """Return lines that keep the state."""
        lines = [f"{self.saved[n]}[{place}] = {n}" for n in [*self.numbers, *self.items]]
        return [*lines, *(f"put({self.saved[n]}, {place}, {n})" for n in self.bound)]

    def take(self, place):
        """Return lines that bring back a state's numbers, and the items of arrays."""
        lines = []
        for n in self.numbers:
            truth = " != 0" if isinstance(self.types[n], types.Boolean) else ""
            lines.append(f"{n} = {self.saved[n]}[{place}]{truth}")
        lines += [f"{n}[...] = {self.saved[n]}[{place}]" for n in self.items]
        return lines

    def take_bound(self, place):
        """Return lines that bind array variables to copies of what they were."""
        return [f"{n} = copy_of({self.saved[n]}[{place}])" for n in self.bound]

    def bars(self):
        """Return the variables bound to arrays that have adjoints: (name, adjoint)."""
        return [(n, self.adjoint.bars[n]) for n in self.bound if n in self.adjoint.bars]

    def renewed(self):
        """Return lines that make new adjoints for arrays that an iteration binds."""
        return [f"{bar} = zeros_for({n}, base_)" for n, bar in self.bars()]

    def restored(self):
        """Return lines that bring back what was before the loop."""
        lines = self.take("0")
        for n in self.bound:
            lines.append(f"{n} = {self.first[n]}")
            if n in self.rewritten:
                lines.append(f"{n}[...] = {self.saved[n]}[0]")
        for n, bar in self.bars():
            lines += [f"{self.first_bar[n]} += {bar}", f"{bar} = {self.first_bar[n]}"]
        return lines


def checkpointed_loop(adjoint, s, needed):
    """Return (F, R, needed) of a loop over ``fastad.checkpoint``.

    Raises
    ------
    Unsupported
        Inside another loop, and where the state cannot be told.
    """
    if adjoint.inside:
        raise Unsupported("checkpoint inside another loop; use it for the outer one, or range", s)
    state = State(adjoint, s, needed)
    if not any(n in adjoint.activity.active for t in walk(s.body) for n in _binds(t)):
        return for_loop(adjoint, s, needed)  # what it overwrites may be needed all the same
    if s.name in needed:
        raise Unsupported(f"{s.name} is needed before the loop; use another name", s)
    f, r, uses = _iteration(adjoint, s, state)
    forward, back = _sweeps(adjoint, s, state, f, r)
    adjoint.used |= uses
    return forward, back, (needed - state.changed) | uses


def _sweeps(adjoint, s, state, f, r):
    """Return (F, R) of the loop, from those of one iteration."""
    names = ("iterations", "states", "held", "newest", "upcoming", "left", "start", "place")
    own = iterations, states, held, newest, upcoming, left, start, place = [
        *map(adjoint.fresh, names)
    ]
    saved = [*state.saved.values(), *state.first.values(), *state.first_bar.values()]
    adjoint.program.namer.conditional |= {*own, *saved}  # under a condition, both ways
    body = adjoint.plain(s.body)

    def keep(end):
        """Return lines that keep a state, for iterations up to ``end``."""
        return [
            f"if {s.name} == {upcoming}:",
            [
                f"{newest} += 1",
                f"{held}[{newest}] = {s.name}",
                *state.keep(newest),
                f"{upcoming} = next_snapshot({s.name}, {end}, {states} - {newest} - 1)",
            ],
        ]

    forward = [
        f"{iterations} = max({text(s.stop)}, 0)",
        f"{states} = snapshots_for({iterations}, {text(s.snapshots)})",
        *state.room(f"{states} + 1"),
        f"{held} = np.zeros({states} + 1, np.int64)",
        f"{newest} = -1",
        f"{upcoming} = 0",
    ]
    sweep, done = keep(iterations), iterations
    if s.until:
        done = adjoint.fresh("done")
        adjoint.program.namer.conditional.add(done)
        forward.append(f"{done} = 0")
        sweep += [*body, f"{done} += 1", f"if {s.until}:", ["break"]]
    else:  # the state before the last iteration, with which the way back begins
        sweep += [f"if {s.name} == {iterations} - 1:", state.keep(states) or ["pass"], *body]
    forward += [f"for {s.name} in range({iterations}):", sweep]
    renewed = state.renewed()
    if renewed:
        forward += [f"if {done} > 0:", renewed]
    iteration = [
        f"while {held}[{newest}] >= {left}:",
        [f"{newest} -= 1"],
        f"{place} = {newest}",
        f"{start} = {held}[{newest}]",
    ]
    if not s.until:
        iteration += [
            f"if {left} == {iterations}:",
            [f"{place} = {states}", f"{start} = {iterations} - 1"],
        ]
    iteration += [
        *state.take(place),
        *state.take_bound(place),
        f"{upcoming} = next_snapshot({start}, {left}, {states} - {newest} - 1)",
        f"for {s.name} in range({start}, {left} - 1):",
        [*keep(left), *body],
        f"{s.name} = {left} - 1",
    ]
    ends = [(n, bar, adjoint.fresh(f"{bar}_end")) for n, bar in state.bars()]
    iteration += [f"{end} = {bar}" for _, bar, end in ends] + renewed + f
    iteration += [*(f"{bar} += {end}" for _, bar, end in ends), *r, f"{left} -= 1"]
    back = [f"{left} = {done}", f"while {left} > 0:", iteration]
    last = state.restored()
    return forward, [*back, *([f"if {done} > 0:", last] if last else [])]


def _binds(t):
    return {t.array} if isinstance(t, Store | Fill) else set(written(t))


def _iteration(adjoint, s, state):
    """Return (F, R, what they read) of one iteration."""
    outer = adjoint.frame, adjoint.used, adjoint.carried
    adjoint.frame, adjoint.used = None, set()
    adjoint.carried = outer[2] | set(state.bound)
    adjoint.inside += 1
    f, r, _ = adjoint.block(s.body, set(), at_once=True)
    adjoint.inside -= 1
    used = adjoint.used
    adjoint.frame, adjoint.used, adjoint.carried = outer
    for e in (s.stop, s.snapshots):
        used |= names_in(e) | adjoint.contents(e)
    for t in walk(s.body):
        used |= reads_of(t)
        if isinstance(t, Store | Fill):
            used.add(t.array)
        used |= adjoint.activity.contents.read_by(t)
        if isinstance(t, For) and t.until:
            used.add(t.until)
    return f, r, used - state.changed
